/* coverage.h: something that is there and gone in turn: a router, the radio of a garage, a line.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     there ── exponential, mean_there ──► gone ── exponential, mean_gone ──► there ...     and gaps at set times
 *
 * It is gone while any of its causes says so: the random process, a scheduled gap, somebody who holds it down. Links
 * hang on one or several (link.h), and one may carry many links, which then fail together. It begins there. The random
 * process draws from a stream of its own, so that whatever uses the link meets the same gaps.
 */
#ifndef KONSENTO_MODELS_NETWORK_COVERAGE_H
#define KONSENTO_MODELS_NETWORK_COVERAGE_H

#include "models/slab.h"
#include "models/trouble.h"
#include "sim/stream.h"

struct coverage_gap {
    int64_t at_us;
    int64_t duration_us;
};

struct coverage_config {
    int64_t mean_there_us; /* 0: no random gaps */
    int64_t mean_gone_us;
    const struct coverage_gap *gaps; /* read by coverage_add alone; may overlap */
    size_t gap_count;
};

struct coverage_listener {
    void *self;
    void (*on_change)(void *self, uint32_t coverage, bool is_there);
};

/* All of one run, by number from 0. */
struct coverages {
    struct sim *sim;
    struct trouble *trouble;
    struct slab slab;
    uint16_t toggle_kind, gap_kind;
};

void coverages_open(struct coverages *coverages, struct trouble *trouble);
void coverages_close(struct coverages *coverages);

/* In: key, of its stream. Returns its number, SLAB_NONE when memory is out (told to trouble). */
uint32_t coverage_add(struct coverages *coverages, const struct coverage_config *config, uint64_t key);
bool coverage_is_there(const struct coverages *coverages, uint32_t coverage);
/* Returns false when memory is out. Listeners hear in the order in which they came, and only of changes. */
__attribute__((warn_unused_result)) bool coverage_listen(struct coverages *coverages, uint32_t coverage,
                                                         const struct coverage_listener *listener);
/* Takes it away, or takes that back; each hold needs its release (asserts). */
void coverage_hold(struct coverages *coverages, uint32_t coverage);
void coverage_release(struct coverages *coverages, uint32_t coverage);
/* Time that it was gone so far. */
int64_t coverage_gone_us(const struct coverages *coverages, uint32_t coverage);

#endif
