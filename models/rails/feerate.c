/* feerate.c: fixed, by the estimator, or by the place in the mempool.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/feerate.h"

#include "models/chain/era.h"

#include <math.h>
#include <stdlib.h>

#define KWU_PER_VB     250.0 /* sat per 1,000 weight units that 1 sat/vB is */
#define RATE_MAX       2500000
#define BLOCK_CAPACITY FEEMARKET_CAPACITY_VB

bool feerates_open(struct feerates *feerates, const struct chain *chain, const struct chain_config *config,
                   bool needs_estimator)
{
    *feerates = (struct feerates){.chain = chain, .min_sat_per_kwu = config->min_relay_sat_per_kwu};
    if (!needs_estimator)
        return true;
    feerates->estimator = malloc(sizeof *feerates->estimator);
    if (feerates->estimator == NULL)
        return false;
    estimator_init(feerates->estimator, chain_market(chain)->config.tx_vb);
    return true;
}

void feerates_close(struct feerates *feerates)
{
    free(feerates->estimator);
    feerates->estimator = NULL;
}

void feerates_connect(struct feerates *feerates)
{
    if (feerates->estimator != NULL)
        estimator_block(feerates->estimator, chain_market_taken(feerates->chain));
}

uint32_t feerates_at_least(const struct feerates *feerates, int64_t rate_sat_per_kwu)
{
    double entry = ceil(feemarket_min_rate(chain_market(feerates->chain)) * KWU_PER_VB);
    int64_t least = (int64_t)fmin(fmax(entry, feerates->min_sat_per_kwu), RATE_MAX);
    int64_t rate = rate_sat_per_kwu < RATE_MAX ? rate_sat_per_kwu : RATE_MAX;
    return (uint32_t)(rate > least ? rate : least);
}

uint32_t feerates_get(const struct feerates *feerates, const struct feerate_config *policy)
{
    if (policy->kind == FEERATE_FIXED)
        return feerates_at_least(feerates, policy->rate_sat_per_kwu);
    double sat_per_vb = ESTIMATOR_NONE;
    if (policy->kind == FEERATE_ESTIMATOR)
        sat_per_vb = estimator_core(feerates->estimator, policy->target_blocks, ESTIMATOR_ECONOMICAL);
    if (sat_per_vb <= ESTIMATOR_NONE)
        sat_per_vb = estimator_position(chain_market(feerates->chain), BLOCK_CAPACITY, policy->target_blocks, 0);
    return feerates_at_least(feerates, (int64_t)fmin(ceil(sat_per_vb * KWU_PER_VB), RATE_MAX));
}
