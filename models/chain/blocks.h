/* blocks.h: when blocks are found: a hash rate that grows, a difficulty that follows every 2016 blocks.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Within a period the difficulty D (expected hashes per block) stays; the hash rate is H(t) = H0 exp(a t). The time to
 * the next block is then exactly ln(1 + a E D / H(t)) / a with E a standard exponential: no thinning, no step. After
 * 2016 blocks D is multiplied by 1,209,600 s (for a target of 600 s) over the time between the first and the last
 * header of the period (2015 gaps: Bitcoin's own off-by-one), clamped to [1/4, 4].
 *
 * Under steady growth a period lasts T with T exp(a T) = 2016 x target, so the mean interval is target x exp(-a T): the
 * configuration gives a T ("growth per period"), the rest follows. Difficulty is measured in seconds of the hash rate
 * at time 0.
 *
 * Source: Bowden, Keeler, Krzesinski, Taylor 2018 (arXiv 1801.07447) for the model; the closed form is ours.
 */
#ifndef KONSENTO_MODELS_CHAIN_BLOCKS_H
#define KONSENTO_MODELS_CHAIN_BLOCKS_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

#define BLOCKS_PER_PERIOD   2016
#define BLOCKS_TARGET_US    INT64_C(600000000)
#define BLOCKS_NEVER_US     INT64_MAX
#define BLOCKS_RETARGET_MAX 4.0

struct blocks {
    double growth_per_s;      /* a */
    double work_s;            /* D / H0: mean interval at the hash rate of time 0 */
    double target_s;          /* interval that the retarget aims at */
    int64_t period_first_us;  /* header time of the period's first block */
    uint32_t mined_in_period; /* blocks of the present period so far, the first included */
};

/* Sets up the steady state at the beginning of a period, whose first block is mined at time 0.
 * In: target_us > 0; growth_per_period = a T, 0 for a constant hash rate, -0.5 .. 1. */
void blocks_init(struct blocks *blocks, int64_t target_us, double growth_per_period);

/* Time of the next block if mining goes on from now_us with share (0..1] of the hash rate: memoryless, so a race or a
 * change of power just draws again. Draws one number. Returns BLOCKS_NEVER_US if a falling hash rate never finds one.
 */
int64_t blocks_next_us(const struct blocks *blocks, gsl_rng *rng, int64_t now_us, double share);

/* A block of the best chain was mined at time_us; retargets after the last block of a period.
 * Returns the factor applied to the difficulty, 1.0 if none. */
double blocks_mined(struct blocks *blocks, int64_t time_us);

/* Mean interval now, from the present difficulty and hash rate. */
double blocks_mean_interval_s(const struct blocks *blocks, int64_t now_us);

/* The factor by which difficulty changes when the first and last header of a period are timespan_s apart. */
double blocks_retarget_factor(double timespan_s, double target_s);

#endif
