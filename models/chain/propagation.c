/* propagation.c: delays, winners, the odds law.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/propagation.h"

#include <assert.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#define MICROSECONDS 1e6
#define DELAY_MAX_S  86400.0

const double propagation_gervais_share[PROPAGATION_GERVAIS_MINERS] = {
    0.289, 0.196, 0.159, 0.133, 0.066, 0.054, 0.029, 0.016, 0.012, 0.012, 0.012, 0.009, 0.005, 0.005, 0.002, 0.002};

/* Medians as seen in networks of these years; the rest as gossip.h gives for each generation. */
static const struct {
    double tx_median_s, slope_per_s, growth_per_s, weight_shape;
} by_generation[] = {
    [GOSSIP_2018] = {3.9, 2.15, 2.35, 3.0},
    [GOSSIP_CURRENT] = {8.5, 0.70, 1.05, 1.0},
};

/* The hash rate that knows of a block at once: its finder's. */
static double informed_share(const double *shares, size_t miner_count)
{
    double sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < miner_count; i++) {
        assert(shares[i] >= 0.0);
        sum += shares[i];
        squares += shares[i] * shares[i];
    }
    assert(sum > 0.0);
    return squares / (sum * sum);
}

double propagation_mean_for(double stale_delay_s, const double *shares, size_t miner_count)
{
    double informed = informed_share(shares, miner_count);
    return informed < 1.0 ? stale_delay_s / (1.0 - informed) : 0.0;
}

void propagation_config_default(struct propagation_config *config, enum gossip_generation generation)
{
    *config = (struct propagation_config){
        .generation = generation,
        .block_mean_s = propagation_mean_for(1.0, propagation_gervais_share, PROPAGATION_GERVAIS_MINERS),
        .block_sigma = 1.1,
        .tx_median_s = by_generation[generation].tx_median_s,
        .tx_sigma = 0.4,
        .miner_shares = propagation_gervais_share,
        .miner_count = PROPAGATION_GERVAIS_MINERS};
}

void propagation_init(struct propagation *propagation, const struct propagation_config *config)
{
    assert(config->block_mean_s >= 0.0 && config->block_sigma >= 0.0);
    assert(config->tx_median_s >= 0.0 && config->tx_sigma >= 0.0);
    assert(config->miner_count >= 1 && config->miner_count <= PROPAGATION_MINERS_MAX);
    *propagation = (struct propagation){
        .miner_count = config->miner_count,
        .stale_delay_s = config->block_mean_s * (1.0 - informed_share(config->miner_shares, config->miner_count)),
        .block_mu = log(config->block_mean_s) - 0.5 * config->block_sigma * config->block_sigma,
        .block_sigma = config->block_sigma,
        .tx_mu = log(config->tx_median_s),
        .tx_sigma = config->tx_sigma,
        .slope_per_s = by_generation[config->generation].slope_per_s,
        .growth_per_s = by_generation[config->generation].growth_per_s,
        .weight_shape = by_generation[config->generation].weight_shape};
    double sum = 0.0;
    for (size_t i = 0; i < config->miner_count; i++)
        sum += config->miner_shares[i];
    for (size_t i = 0; i < config->miner_count; i++)
        propagation->share[i] = config->miner_shares[i] / sum;
}

size_t propagation_winner(const struct propagation *propagation, gsl_rng *rng)
{
    double place = gsl_rng_uniform(rng);
    for (size_t i = 0; i + 1 < propagation->miner_count; i++) {
        place -= propagation->share[i];
        if (place < 0.0)
            return i;
    }
    return propagation->miner_count - 1;
}

static int64_t lognormal_us(gsl_rng *rng, double mu, double sigma)
{
    double delay_s = exp(mu + gsl_ran_gaussian_ziggurat(rng, 1.0) * sigma);
    return llround(fmin(delay_s, DELAY_MAX_S) * MICROSECONDS);
}

int64_t propagation_block_delay_us(const struct propagation *propagation, gsl_rng *rng)
{
    return lognormal_us(rng, propagation->block_mu, propagation->block_sigma); /* a mean of 0 has mu = -inf: 0 */
}

int64_t propagation_tx_delay_us(const struct propagation *propagation, gsl_rng *rng)
{
    return lognormal_us(rng, propagation->tx_mu, propagation->tx_sigma);
}

double propagation_stale_share(double stale_delay_s, double interval_s)
{
    return -expm1(-stale_delay_s / interval_s);
}

/* ---- conflicts ------------------------------------------------------------------------------------------------- */

double propagation_share_mean(const struct propagation *propagation, const struct propagation_conflict *conflict)
{
    assert(conflict->payment_nodes > 0 && conflict->conflict_nodes > 0);
    double odds = (double)conflict->conflict_nodes / conflict->payment_nodes;
    return 1.0 / (1.0 + exp(propagation->slope_per_s * conflict->delta_s) / odds);
}

double propagation_share_draw(const struct propagation *propagation, gsl_rng *rng,
                              const struct propagation_conflict *conflict)
{
    assert(conflict->payment_nodes > 0 && conflict->conflict_nodes > 0);
    /* A sum of n gamma weights of one shape is a gamma of n times the shape. */
    double shape = propagation->weight_shape;
    double payment = gsl_ran_gamma(rng, conflict->payment_nodes * shape, 1.0);
    double rival = gsl_ran_gamma(rng, conflict->conflict_nodes * shape, 1.0);
    return 1.0 / (1.0 + exp(propagation->growth_per_s * conflict->delta_s) * payment / rival);
}

int64_t propagation_observe_us(const struct propagation *propagation, gsl_rng *rng,
                               const struct propagation_conflict *conflict, double share, unsigned observers)
{
    assert(share >= 0.0 && share <= 1.0);
    int64_t first_us = PROPAGATION_NEVER_US;
    for (unsigned i = 0; i < observers; i++) {
        double luck = gsl_rng_uniform(rng);
        int64_t seen_us = llround(conflict->delta_s * MICROSECONDS) + propagation_tx_delay_us(propagation, rng);
        if (luck < share && seen_us < first_us)
            first_us = seen_us;
    }
    return first_us;
}

double propagation_observer_bound(unsigned observers)
{
    double k = observers;
    return observers == 0 ? 1.0 : exp(k * log(k) - (k + 1.0) * log1p(k));
}

unsigned propagation_observers_for(double risk)
{
    assert(risk > 0.0 && risk < 1.0);
    unsigned k = (unsigned)fmax(1.0 / (M_E * risk) - 2.0, 0.0); /* the bound is about 1 / (e (k + 1)) */
    while (propagation_observer_bound(k) > risk)
        k++;
    while (k > 0 && propagation_observer_bound(k - 1) <= risk)
        k--;
    return k;
}
