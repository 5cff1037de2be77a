/* feerate.h: what a wallet offers miners, by its policy.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The operator's node watches blocks and knows the mempool; payers ask it, or one like it. Own transactions are few
 * against everybody else's and are left out of the estimate.
 */
#ifndef KONSENTO_MODELS_RAILS_FEERATE_H
#define KONSENTO_MODELS_RAILS_FEERATE_H

#include "models/chain/chain.h"
#include "models/chain/estimator.h"
#include "models/config.h"

#define FEERATE_ANSWERS 8

/* What the estimator has answered since the last block: each of hundreds of wallets asks the same. */
struct feerate_answers {
    uint32_t target_blocks[FEERATE_ANSWERS];
    double sat_per_vb[FEERATE_ANSWERS];
    uint32_t count;
};

struct feerates {
    const struct chain *chain;
    uint32_t min_sat_per_kwu;    /* that is relayed */
    struct estimator *estimator; /* NULL if nobody asks it */
    struct feerate_answers *answers;
};

/* Returns false when memory is out. Owns: feerates_close. */
__attribute__((warn_unused_result)) bool feerates_open(struct feerates *feerates, const struct chain *chain,
                                                       const struct chain_config *config, bool needs_estimator);
void feerates_close(struct feerates *feerates);
/* A block has joined the operator's best chain. */
void feerates_connect(struct feerates *feerates);

/* What the policy offers now, in sat per 1,000 weight units; at least what enters mempools now (a full one asks for
 * more than what is relayed), at most 10,000 sat/vB. */
uint32_t feerates_get(const struct feerates *feerates, const struct feerate_config *policy);
/* The same for a rate that was set. */
uint32_t feerates_at_least(const struct feerates *feerates, int64_t rate_sat_per_kwu);

#endif
