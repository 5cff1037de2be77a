/* estimator.c: experiment on the fee estimator: how long it lags behind demand that has fallen.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two days of demand for 70 % of the blocks around 60 sat/vB; a spike of 102 % around 300 sat/vB; then as before. An
 * estimate has come down when it is half the way, in logarithms, from the spike's median feerate to the one around it.
 * It may be down at once: what waits in the mempool is little when blocks have just come fast.
 */
#include "models/chain/estimator.h"

#include "models/calendar.h"
#include "models/chain/config.h"
#include "models/chain/era.h"
#include "models/lab/bench.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

#define INTERVAL_S  600.0
#define LOW_RATE    60.0 /* median feerate, sat/vB */
#define HIGH        5.0  /* feerates of the spike over those before and after it */
#define BEFORE_US   (2 * DAY_US)
#define AFTER_US    (5 * DAY_US)
#define LOW_DEMAND  0.70
#define HIGH_DEMAND 1.02

enum estimate { ESTIMATE_CORE, ESTIMATE_POSITION, ESTIMATES };

struct step {
    struct feemarket market;
    struct estimator estimator;
    int64_t lag_us[ESTIMATES]; /* until it was half the way down; AFTER_US: not yet */
};

/* The markets before and after the spike, and in it. */
static void step_markets(struct feemarket_config *low, struct feemarket_config *high)
{
    struct era era = *era_get(CHAIN_ERA_2018_03);
    era.fee_p10_sat = 0.5 * LOW_RATE * era.payment_vsize_vb;
    era.fee_p50_sat = LOW_RATE * era.payment_vsize_vb;
    era.fee_p90_sat = 2.5 * LOW_RATE * era.payment_vsize_vb;
    era.batch_rate = 1.0;
    era.floor_share = era.slow_sd = era.backlog_vb = 0.0;
    era_market(low, &era, 0);
    era.fee_p10_sat *= HIGH;
    era.fee_p50_sat *= HIGH;
    era.fee_p90_sat *= HIGH;
    era_market(high, &era, 0);
    low->demand_vb_per_s = LOW_DEMAND * FEEMARKET_CAPACITY_VB / INTERVAL_S;
    high->demand_vb_per_s = HIGH_DEMAND * FEEMARKET_CAPACITY_VB / INTERVAL_S;
    low->day_swing = low->week_swing = high->day_swing = high->week_swing = 0.0;
}

static double estimate(const struct step *step, const struct lab_estimator_config *config, enum estimate which)
{
    if (which == ESTIMATE_POSITION)
        return estimator_position(&step->market, FEEMARKET_CAPACITY_VB, config->target_blocks, 0.0);
    return estimator_core(&step->estimator, config->target_blocks, (enum estimator_mode)config->mode);
}

static void mine(struct step *step, int64_t now_us)
{
    struct feemarket_block block;
    feemarket_advance(&step->market, NULL, now_us);
    feemarket_mine(&step->market, &block, FEEMARKET_CAPACITY_VB);
    estimator_block(&step->estimator, &block);
}

/* Another demand from a moment between two blocks on. */
static void change(struct step *step, const struct feemarket_config *config, int64_t at_us)
{
    feemarket_advance(&step->market, NULL, at_us);
    step->market.config = *config;
}

/* Who has come down since? */
static void look(struct step *step, const struct lab_estimator_config *config, int64_t since_us)
{
    for (int i = 0; i < ESTIMATES; i++)
        if (since_us < step->lag_us[i] && estimate(step, config, (enum estimate)i) <= LOW_RATE * sqrt(HIGH))
            step->lag_us[i] = since_us;
}

static bool live(struct bench *bench, struct step *step, gsl_rng *rng)
{
    const struct lab_estimator_config *config = &bench->experiment->estimator;
    struct feemarket_config low, high;
    step_markets(&low, &high);
    feemarket_init(&step->market, &low, NULL);
    estimator_init(&step->estimator, low.tx_vb);
    int64_t down_us = BEFORE_US + config->spike_us, now_us = 0;
    step->lag_us[ESTIMATE_CORE] = step->lag_us[ESTIMATE_POSITION] = AFTER_US;
    while (now_us < down_us + AFTER_US) {
        if (bench_is_over(bench))
            return false;
        now_us += (int64_t)(1e6 * gsl_ran_exponential(rng, INTERVAL_S));
        if (step->market.now_us < BEFORE_US && now_us >= BEFORE_US)
            change(step, &high, BEFORE_US);
        if (step->market.now_us < down_us && now_us >= down_us) {
            change(step, &low, down_us);
            look(step, config, 0);
        }
        mine(step, now_us);
        bench->result->trials++;
        if (now_us >= down_us)
            look(step, config, now_us - down_us);
    }
    return true;
}

void lab_estimator(struct bench *bench)
{
    struct sim_stream stream;
    gsl_rng *rng = bench_stream(bench, &stream, 0);
    struct step *step = calloc(1, sizeof *step);
    if (step == NULL) {
        bench_memory(bench);
        return;
    }
    if (live(bench, step, rng)) {
        bench_set(bench, LAB_ESTIMATOR_LAG, (double)step->lag_us[ESTIMATE_CORE] / (double)HOUR_US);
        bench_set(bench, LAB_ESTIMATOR_POSITION_LAG, (double)step->lag_us[ESTIMATE_POSITION] / (double)HOUR_US);
    }
    free(step);
}
