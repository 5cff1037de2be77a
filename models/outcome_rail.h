/* outcome_rail.h: metrics of what a rail says about itself, and of its chain.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_OUTCOME_RAIL_H
#define KONSENTO_MODELS_OUTCOME_RAIL_H

#include "models/chain/chain.h"
#include "models/metrics.h"
#include "models/money.h"
#include "models/rails/rail.h"

/* As things stand at one moment: what is measured is the difference of two. */
struct outcome_rail {
    struct rail_report report;
    struct chain_tally tally; /* if has_chain */
    bool has_chain;
};
/* chain: NULL if the rail has none. */
void outcome_rail_look(struct outcome_rail *look, const struct rail *rail, const struct chain *chain);

/* Fills the metrics of channels, capital, chain, trust, pairs, liquidity and capacity; those of sessions and of weight
 * are there. block_target_us: the chain's. */
void outcome_rail_metrics(double metrics[METRIC_COUNT], const struct outcome_rail *begin,
                          const struct outcome_rail *end, const struct money *money, int64_t block_target_us);

#endif
