/* propagation.h: who finds a block, when others hear of it, which of two rival transactions they hold.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Blocks: the delay to each miner is lognormal. The effective delay D is the hash rate's mean time without the block,
 * D = integral of (1 - informed share) dt, the finder's own share counted as informed at once; with it the share of
 * stale blocks is s = 1 - exp(-D / interval) (Decker and Wattenhofer 2013), so D = 1.0 s gives 2018's 0.17 %.
 * Transactions: the delay to a node is lognormal (Moedinger et al. 2020), its median by the generation of gossip.
 *
 * Conflicts: n_V nodes hold the payment at once, n_A the conflict a time delta later. The mean share a of nodes (and of
 * hash rate) that end with the conflict obeys the odds law a / (1 - a) = (n_A / n_V) exp(-slope delta). One network's
 * share scatters, since each beginning grows by a random factor: with gamma weights w,
 *     a = sum_A w exp(-g delta) / (sum_A w exp(-g delta) + sum_V w),        each miner and observer then Bernoulli(a).
 * Slopes, growth rates and the shape of the weights are fitted to gossip.h (tests/models/test_chain_gossip.c): shape 3
 * in 2018, 1 (exponential weights) with the current shared timers. The mean of a convex law of a scattered number is
 * not the law of its mean, hence slope < g.
 */
#ifndef KONSENTO_MODELS_CHAIN_PROPAGATION_H
#define KONSENTO_MODELS_CHAIN_PROPAGATION_H

#include "models/chain/gossip.h"

#include <gsl/gsl_rng.h>
#include <stddef.h>
#include <stdint.h>

#define PROPAGATION_MINERS_MAX 160
#define PROPAGATION_NEVER_US   INT64_MAX

/* Shares of 16 miners of 2015, from the code of Gervais et al. 2016; their sum is 1.001 and is taken out. */
#define PROPAGATION_GERVAIS_MINERS 16
extern const double propagation_gervais_share[PROPAGATION_GERVAIS_MINERS];

struct propagation_config {
    enum gossip_generation generation;
    double block_mean_s;        /* mean delay of a block to another miner; see propagation_mean_for */
    double block_sigma;         /* of the logarithm of block delays: 1.1, as p90 / p50 = 4.1 measured in 2014 */
    double tx_median_s;         /* of transaction delays: 3.9 (2018), 8.5 (current) */
    double tx_sigma;            /* 0.4: wider than gossip.h's, for slow nodes */
    const double *miner_shares; /* hash rate in any scale; read by propagation_init only */
    size_t miner_count;         /* 1 .. PROPAGATION_MINERS_MAX */
};

struct propagation {
    size_t miner_count;
    double share[PROPAGATION_MINERS_MAX]; /* sums to 1 */
    double stale_delay_s;                 /* D */
    double block_mu, block_sigma;
    double tx_mu, tx_sigma;
    double slope_per_s;  /* of the mean's log odds */
    double growth_per_s; /* g of one network */
    double weight_shape; /* of the gamma weights, mean 1 */
};

/* A payment and its conflict on their way. */
struct propagation_conflict {
    unsigned payment_nodes;  /* n_V, 1 or more: peers that get the payment at once */
    unsigned conflict_nodes; /* n_A, 1 or more: the attacker's helpers */
    double delta_s;          /* the conflict's start after the payment's, may be negative */
};

/* 16 miners, D = 1.0 s. */
void propagation_config_default(struct propagation_config *config, enum gossip_generation generation);
/* Mean delay to another miner that makes the effective delay D, among miners of these shares (any scale). */
double propagation_mean_for(double stale_delay_s, const double *shares, size_t miner_count);
void propagation_init(struct propagation *propagation, const struct propagation_config *config);

/* Index of the miner who finds the next block. */
size_t propagation_winner(const struct propagation *propagation, gsl_rng *rng);
/* Delay of a block from its finder to another miner; of a transaction to a node or miner. */
int64_t propagation_block_delay_us(const struct propagation *propagation, gsl_rng *rng);
int64_t propagation_tx_delay_us(const struct propagation *propagation, gsl_rng *rng);
/* Share of stale blocks at a mean interval. */
double propagation_stale_share(double stale_delay_s, double interval_s);

/* Share that ends with the conflict: its mean, and that of one network (draw once per conflict). */
double propagation_share_mean(const struct propagation *propagation, const struct propagation_conflict *conflict);
double propagation_share_draw(const struct propagation *propagation, gsl_rng *rng,
                              const struct propagation_conflict *conflict);

/* When the first of some observers sees the conflict, after the payment's start; PROPAGATION_NEVER_US if all of them
 * hold the payment. In: share as drawn, for that network. A listening window of w sees it if the result is <= w. */
int64_t propagation_observe_us(const struct propagation *propagation, gsl_rng *rng,
                               const struct propagation_conflict *conflict, double share, unsigned observers);
/* Largest probability, over all shares, that k observers miss a conflict which is mined: k^k / (k+1)^(k+1). */
double propagation_observer_bound(unsigned observers);
/* Fewest observers for which that bound is at most risk. In: 0 < risk < 1. */
unsigned propagation_observers_for(double risk);

#endif
