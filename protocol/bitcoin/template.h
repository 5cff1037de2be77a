/* template.h: a miner's choice: the transactions of the next block.   [real]
 * SPDX-License-Identifier: MIT
 *
 * A transaction is worth what it pays together with the unconfirmed ancestors it needs ("package"), so a child can pay
 * for its parent. The best package goes first; what is left of the others is weighed anew without it.
 *
 * Source: Bitcoin Core's block assembly by ancestor feerate.
 */
#ifndef KONSENTO_BITCOIN_TEMPLATE_H
#define KONSENTO_BITCOIN_TEMPLATE_H

#include "protocol/bitcoin/mempool.h"

struct btc_template_limits {
    uint32_t max_weight_wu; /* of the transactions; BTC_TEMPLATE_WEIGHT_WU leaves room for header and coinbase */
    uint32_t max_sigop_cost;
    uint32_t min_rate_sat_per_kwu; /* packages below stay out: others in the block pay more */
};

#define BTC_TEMPLATE_WEIGHT_WU  3996000u
#define BTC_TEMPLATE_SIGOP_COST 79600u

struct btc_template_item {
    const struct btc_tx *tx;
    int64_t fee_sat;
    uint32_t weight_wu;
    uint32_t sigop_cost;
    uint32_t package_rate_sat_per_kwu; /* of the package it was chosen with, rounded down */
};

struct btc_template {
    struct btc_template_item *items; /* parents before children, best packages first */
    uint32_t count;
    int64_t fees_sat;
    uint32_t weight_wu;
    uint32_t sigop_cost;
};

/* Chooses transactions for the next block. Out: the template, its items in the arena; good until the pool changes.
 * Returns false if the arena has no room: 100 bytes per transaction in the pool will do. */
__attribute__((warn_unused_result)) bool btc_template_make(struct btc_template *template, struct btc_mempool *pool,
                                                           struct btc_arena *arena,
                                                           const struct btc_template_limits *limits);

#endif
