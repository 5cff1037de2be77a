/* estimator.h: what feerate to offer: by the place in the mempool, or by what was confirmed before.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two estimators over the background's buckets and own transactions:
 *   position  the feerate that n blocks full of what waits now would reach
 *   core      Bitcoin Core's block policy estimator: three horizons of decaying averages of how many blocks each
 * feerate took to confirm. It knows the past only: after a step down it lags for hours (issue 10490 there).
 *
 *     horizon   periods x blocks   decay     half-life (blocks)
 *     short        12 x 1          0.962        18
 *     medium       24 x 2          0.9952      144
 *     long         42 x 24         0.99931    1008
 *
 * An answer for target Y is the highest of: 60 % confirmed within Y/2, 85 % within Y, 95 % within 2Y (conservative: the
 * last over longer horizons too). Buckets of feerates, highest first, are joined until they hold enough transactions.
 *
 * Apart from the original: feerate buckets of ratio 1.2 instead of 1.05, since the background knows no finer ones; and
 * within a bucket a block takes old and new alike.
 */
#ifndef KONSENTO_MODELS_CHAIN_ESTIMATOR_H
#define KONSENTO_MODELS_CHAIN_ESTIMATOR_H

#include "models/chain/feemarket.h"

#define ESTIMATOR_HORIZONS    3
#define ESTIMATOR_PERIODS_MAX 42
#define ESTIMATOR_AGES        1008 /* blocks; older ones are counted together */
#define ESTIMATOR_NONE        0.0  /* no estimate: too few blocks or transactions seen */

/* Feerate at which a transaction sent now would be in one of the next blocks, in sat/vB. interval_s > 0: what is still
 * to come within that many intervals, and outbids it, is expected too; 0: what waits now is all. */
double estimator_position(const struct feemarket *market, double capacity_vb, unsigned target_blocks,
                          double interval_s);

enum estimator_mode { ESTIMATOR_ECONOMICAL, ESTIMATOR_CONSERVATIVE };

/* Decaying counts of one horizon, in transactions. */
struct estimator_horizon {
    double count[FEEMARKET_BUCKETS];                         /* confirmed, ever */
    double rate_sum[FEEMARKET_BUCKETS];                      /* sum of their feerates */
    double within[ESTIMATOR_PERIODS_MAX][FEEMARKET_BUCKETS]; /* confirmed within so many periods */
    double failed[ESTIMATOR_PERIODS_MAX][FEEMARKET_BUCKETS]; /* left unconfirmed after so many periods */
};

/* About 770 kB; holds no pointers. */
struct estimator {
    double tx_vb;                                      /* weight of one background transaction */
    unsigned blocks;                                   /* seen so far: height of the last, counted from 0 */
    double waiting[FEEMARKET_BUCKETS][ESTIMATOR_AGES]; /* background, by block after which it came, modulo AGES */
    double waiting_old[FEEMARKET_BUCKETS];             /* older */
    double waiting_all[FEEMARKET_BUCKETS];             /* both */
    uint32_t own[FEEMARKET_BUCKETS][ESTIMATOR_AGES];   /* own transactions, likewise */
    uint32_t own_old[FEEMARKET_BUCKETS], own_all[FEEMARKET_BUCKETS];
    struct estimator_horizon horizons[ESTIMATOR_HORIZONS];
};

void estimator_init(struct estimator *estimator, double tx_vb);
/* A block of the best chain: what it took of the background, what came and left before it (models/chain/feemarket.h).
 */
void estimator_block(struct estimator *estimator, const struct feemarket_block *block);

/* An own transaction. It enters after block number estimator->blocks, which the caller keeps as entered_blocks. mined:
 * the block that holds it has just been told (estimator_block), once for each. left: replaced, evicted, expired. */
void estimator_own_entered(struct estimator *estimator, double sat_per_vb);
void estimator_own_mined(struct estimator *estimator, double sat_per_vb, unsigned entered_blocks);
void estimator_own_left(struct estimator *estimator, double sat_per_vb, unsigned entered_blocks);

/* Feerate for confirmation within target blocks (1 is taken as 2, as in Core; more than half the blocks seen, or 1008,
 * as that), in sat/vB; ESTIMATOR_NONE if there is none. */
double estimator_core(const struct estimator *estimator, unsigned target_blocks, enum estimator_mode mode);

#endif
