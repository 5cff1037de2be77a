/* rummage.h: many random inputs for something that is driven by bytes; a finding is shrunk and printed.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inputs run in other processes, so that a finding of any kind (assert, abort, sanitizer) is caught. Its input is made
 * shorter as long as it still fails, its bytes are made zero where that makes no difference, and what is left is
 * printed in hexadecimal, to be run again.
 */
#ifndef KONSENTO_TESTS_LIGHTNING_RUMMAGE_H
#define KONSENTO_TESTS_LIGHTNING_RUMMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/lightning/backend.h"

#define RUMMAGE_INPUT_MAX 16384

struct rummage {
    size_t head_bytes; /* before the first step; a step is two bytes */
    size_t steps;      /* of one run */
    unsigned batch;    /* runs in one process */
    void *context;
    void (*run)(void *context, enum ln_backend_kind backend, const uint8_t *bytes, size_t length);
    uint64_t *totals; /* of all runs, in the context */
    const char *const *names;
    size_t total_count;
};

/* Runs with seeds from one on. Returns 0, or 1 if one fails or if, in a batch or more, something never happens (a total
 * is 0). */
int rummage_all(struct rummage *rummage, uint64_t seed, unsigned runs, enum ln_backend_kind backend);
/* Looks for a finding within so many steps, by runs of some. Returns 0 if there is one. */
int rummage_find(struct rummage *rummage, uint64_t steps_max, size_t steps);
/* One input again. Returns 0, 2 for what is no input. */
int rummage_hex(struct rummage *rummage, const char *text, enum ln_backend_kind backend);

#endif
