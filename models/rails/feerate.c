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
    feerates->answers = calloc(1, sizeof *feerates->answers);
    if (feerates->estimator == NULL || feerates->answers == NULL)
        return false;
    estimator_init(feerates->estimator, chain_market(chain)->config.tx_vb);
    return true;
}

void feerates_close(struct feerates *feerates)
{
    free(feerates->estimator);
    free(feerates->answers);
    feerates->answers = NULL;
    feerates->estimator = NULL;
}

void feerates_connect(struct feerates *feerates)
{
    if (feerates->estimator == NULL)
        return;
    estimator_block(feerates->estimator, chain_market_taken(feerates->chain));
    feerates->answers->count = 0;
}

static double ask(const struct feerates *feerates, uint32_t target_blocks)
{
    struct feerate_answers *answers = feerates->answers;
    for (uint32_t i = 0; i < answers->count; i++) {
        if (answers->target_blocks[i] == target_blocks)
            return answers->sat_per_vb[i];
    }
    double sat_per_vb = estimator_core(feerates->estimator, target_blocks, ESTIMATOR_ECONOMICAL);
    if (answers->count < FEERATE_ANSWERS) {
        answers->target_blocks[answers->count] = target_blocks;
        answers->sat_per_vb[answers->count++] = sat_per_vb;
    }
    return sat_per_vb;
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
        sat_per_vb = ask(feerates, policy->target_blocks);
    if (sat_per_vb <= ESTIMATOR_NONE)
        sat_per_vb = estimator_position(chain_market(feerates->chain), BLOCK_CAPACITY, policy->target_blocks, 0);
    return feerates_at_least(feerates, (int64_t)fmin(ceil(sat_per_vb * KWU_PER_VB), RATE_MAX));
}
