/* blocks.c: when blocks are found: a hash rate that grows, a difficulty that follows every 2016 blocks.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/blocks.h"

#include <assert.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#define MICROSECONDS 1e6
/* Longest gap handed out: beyond it a time in microseconds could overflow. */
#define GAP_MAX_S 1e12

void blocks_init(struct blocks *blocks, int64_t target_us, double growth_per_period)
{
    assert(target_us > 0 && growth_per_period >= -0.5 && growth_per_period <= 1.0);
    blocks->target_s = (double)target_us / MICROSECONDS;
    double period_s = BLOCKS_PER_PERIOD * blocks->target_s * exp(-growth_per_period);
    blocks->growth_per_s = growth_per_period / period_s;
    /* The work of a whole period is the integral of exp(a t) over it. */
    double work_period_s = growth_per_period == 0.0 ? period_s : expm1(growth_per_period) / blocks->growth_per_s;
    blocks->work_s = work_period_s / BLOCKS_PER_PERIOD;
    blocks->period_first_us = 0;
    blocks->mined_in_period = 1;
}

double blocks_mean_interval_s(const struct blocks *blocks, int64_t now_us)
{
    return blocks->work_s * exp(-blocks->growth_per_s * (double)now_us / MICROSECONDS);
}

int64_t blocks_next_us(const struct blocks *blocks, gsl_rng *rng, int64_t now_us, double share)
{
    assert(share > 0.0 && share <= 1.0);
    double flat_gap_s = gsl_ran_exponential(rng, 1.0) * blocks_mean_interval_s(blocks, now_us) / share;
    double a = blocks->growth_per_s;
    if (1.0 + a * flat_gap_s <= 0.0) {
        return BLOCKS_NEVER_US;
    }
    double gap_s = a == 0.0 ? flat_gap_s : log1p(a * flat_gap_s) / a;
    return gap_s > GAP_MAX_S ? BLOCKS_NEVER_US : now_us + (int64_t)llround(gap_s * MICROSECONDS);
}

double blocks_retarget_factor(double timespan_s, double target_s)
{
    double aim_s = BLOCKS_PER_PERIOD * target_s;
    double bounded_s = fmin(fmax(timespan_s, aim_s / BLOCKS_RETARGET_MAX), aim_s * BLOCKS_RETARGET_MAX);
    return aim_s / bounded_s;
}

double blocks_mined(struct blocks *blocks, int64_t time_us)
{
    if (blocks->mined_in_period == 0) {
        blocks->period_first_us = time_us;
    }
    blocks->mined_in_period++;
    if (blocks->mined_in_period < BLOCKS_PER_PERIOD) {
        return 1.0;
    }
    double timespan_s = (double)(time_us - blocks->period_first_us) / MICROSECONDS;
    double factor = blocks_retarget_factor(timespan_s, blocks->target_s);
    blocks->work_s *= factor;
    blocks->mined_in_period = 0;
    return factor;
}
