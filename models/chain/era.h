/* era.h: what the public chain was like in five times: demand, fees, block times, policy, prices.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An era's demand has three parts: payments, whose feerates are the published fee quantiles over the median size; all
 * that is larger (batches, consolidations), which pays less per byte in proportion batch_rate; and a floor mass at the
 * least feerate. The first two are lognormal about their median, with a sigma of their own above and below it, which
 * reproduces p10, p50 and p90 exactly. Payments are the part payment_vsize / mean_vsize of the weight.
 *
 * Marks at the figures in era.c: published = day data of bitcoinvisuals.com 2017-07 .. 2021-08 unless another source is
 * named; derived = computed from published figures; fitted = chosen so that the simulated market reproduces published
 * ones (tests/models/test_chain_era.c); guessed.
 */
#ifndef KONSENTO_MODELS_CHAIN_ERA_H
#define KONSENTO_MODELS_CHAIN_ERA_H

#include "models/chain/feemarket.h"
#include "models/chain/gossip.h"

#include <stddef.h>

#define ERA_TARGET_S 600.0

struct era {
    const char *name;
    /* blocks */
    double growth_per_period; /* a T of models/chain/blocks.h: mean interval 600 exp(-a T) */
    double stale_delay_s;     /* D of models/chain/propagation.h */
    /* demand and fees */
    double tx_per_s;                              /* confirmed */
    double mean_vsize_vb, payment_vsize_vb;       /* mean of all, median */
    double fee_p10_sat, fee_p50_sat, fee_p90_sat; /* per transaction */
    double mean_rate_sat_per_vb;                  /* all fees over all weight */
    double demand_ratio;                          /* weight that asks for space, floor apart, over weight confirmed */
    double batch_rate;                            /* feerate of batches over that of payments */
    double floor_share;                           /* of the demand: at 1 to 1.2 sat/vB */
    double slow_sd, slow_memory_h;                /* feemarket's slow factor */
    double backlog_vb;                            /* waiting at time 0 */
    /* policy */
    double min_relay_sat_per_vb;
    double full_rbf_share; /* h: of the hash rate, replaces without a signal */
    double opt_in_share;   /* of transactions, signal BIP 125 */
    enum gossip_generation generation;
    /* money */
    double yen_per_btc;
};

/* Returns NULL if there is no era of that name. */
const struct era *era_find(const char *name);
/* Eras in order: 2017-12, 2018-03, 2021, 2024-04, empty; behind them 2018-01. Returns NULL beyond the last. */
const struct era *era_get(size_t index);

/* Mean time between blocks; weight confirmed per second. */
double era_interval_s(const struct era *era);
double era_confirmed_vb_per_s(const struct era *era);
/* The market of an era: fluid arrivals; time 0 is start_unix_s (UTC). */
void era_market(struct feemarket_config *config, const struct era *era, int64_t start_unix_s);
/* Part of the weight in each bucket that are payments. */
void era_payment_parts(double part[FEEMARKET_BUCKETS], const struct era *era);

#endif
