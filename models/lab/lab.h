/* lab.h: experiments on the chain's models alone: one of them, once, with its own random numbers.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   lab_config --+
 *   world_input -+--> lab_run --> lab_result (metrics, digest)
 *   lab_order ---+
 *
 * What models/world.h is to a building. A result is a function of (config, input, seed, replication, experiment): its
 * streams are named after the experiment, so that another one beside it changes nothing.
 */
#ifndef KONSENTO_MODELS_LAB_LAB_H
#define KONSENTO_MODELS_LAB_LAB_H

#include "models/lab/metrics.h"

#include <stdbool.h>

struct world_input;

struct lab_order {
    uint64_t seed;
    uint32_t replication;
    uint32_t experiment;             /* index in config->experiments */
    const struct world_input *input; /* of world_input_open_trace; NULL: no real block times */
    const volatile int *interrupt;   /* may be NULL */
};

enum lab_end {
    LAB_END_DONE,
    LAB_END_INTERRUPT, /* *interrupt became nonzero: nothing to keep */
    LAB_END_MEMORY     /* memory is out: nothing to keep */
};

struct lab_result {
    enum lab_end end;
    bool failed; /* a model found itself broken: failure says how */
    char failure[512];
    bool deterministic;               /* nothing was drawn: every replication is this one */
    uint8_t digest[32];               /* over trials and metrics, these to nine digits */
    uint64_t trials;                  /* races, blocks, periods: what the experiment counts */
    double metrics[LAB_METRIC_COUNT]; /* NaN: of another experiment, or not defined */
};

void lab_run(struct lab_result *result, const struct lab_config *config, const struct lab_order *order);

/* What the scenario language calls the kind: "race". */
const char *lab_kind_name(enum lab_kind kind);

#endif
