/* waiting.c: experiments on waiting: at a constant hash rate, and in one real period.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One period of 2016 blocks is a small sample: its quantiles scatter by several percent. A real period is therefore
 * held against the band that periods of the sampler make, not against their mean alone.
 */
#include "models/chain/blocks.h"
#include "models/chain/race.h"
#include "models/lab/bench.h"
#include "models/lab/wait.h"
#include "sim/accumulator.h"

#include <stdlib.h>

#define MILLION   1e6
#define QUANTILES 3
#define GAPS      BLOCKS_PER_PERIOD

static const double shares[QUANTILES] = {0.50, 0.90, 0.99};

/* ---- constant hash rate ---------------------------------------------------------------------------------------- */

/* Blocks one after the other at an interval that no retarget moves. */
static void draw_blocks(struct bench *bench, int64_t *arrival_us, size_t count, int64_t interval_us)
{
    struct sim_stream stream;
    struct blocks blocks;
    gsl_rng *rng = bench_stream(bench, &stream, 0);
    blocks_init(&blocks, interval_us, 0.0);
    arrival_us[0] = 0;
    for (size_t i = 1; i < count; i++)
        arrival_us[i] = blocks_next_us(&blocks, rng, arrival_us[i - 1], 1.0);
}

void lab_waiting(struct bench *bench)
{
    const struct lab_waiting_config *config = &bench->experiment->waiting;
    size_t count = (size_t)config->blocks + config->confirmations;
    int64_t *arrival_us = malloc(count * sizeof *arrival_us);
    if (arrival_us == NULL) {
        bench_memory(bench);
        return;
    }
    draw_blocks(bench, arrival_us, count, config->interval_us);
    const struct wait_blocks blocks = {arrival_us, count, config->confirmations};
    bench->result->trials = config->blocks;
    bench_set(bench, LAB_WAITING_MEAN, wait_mean_us(&blocks) / MILLION);
    for (int i = 0; i < QUANTILES && !bench_is_over(bench); i++) {
        double wait_s = (double)wait_quantile_us(&blocks, shares[i]) / MILLION;
        double law_s = race_wait_quantile_s(config->confirmations, (double)config->interval_us / MILLION, shares[i]);
        bench_set(bench, (enum lab_metric)(LAB_WAITING_P50 + i), wait_s);
        bench_set(bench, (enum lab_metric)(LAB_WAITING_P50_DEVIATION + i), 100.0 * (wait_s / law_s - 1.0));
    }
    free(arrival_us);
}

/* ---- one period ------------------------------------------------------------------------------------------------ */

/* The second of two periods: its difficulty is what the first, which scatters too, has left. */
static void draw_period(int64_t arrival_us[GAPS + 1], gsl_rng *rng, double growth)
{
    struct blocks blocks;
    int64_t now_us = 0;
    blocks_init(&blocks, BLOCKS_TARGET_US, growth);
    for (int i = 0; i < BLOCKS_PER_PERIOD - 1; i++) {
        now_us = blocks_next_us(&blocks, rng, now_us, 1.0);
        blocks_mined(&blocks, now_us);
    }
    for (int i = 0; i <= GAPS; i++) {
        arrival_us[i] = now_us;
        now_us = blocks_next_us(&blocks, rng, now_us, 1.0);
    }
}

/* The real quantiles: of the file, else as the scenario says. Returns false after telling why there are none. */
static bool real_waits(struct bench *bench, int64_t real_us[QUANTILES])
{
    const struct lab_period_config *config = &bench->experiment->period;
    const struct trace *trace = bench->trace;
    real_us[0] = config->p50_us;
    real_us[1] = config->p90_us;
    real_us[2] = config->p99_us;
    if (trace == NULL)
        return true;
    size_t count = trace->block_count < GAPS + 1 ? trace->block_count : GAPS + 1;
    if (count <= config->confirmations) {
        bench_fail(bench, "the file of block times is too short for so many confirmations");
        return false;
    }
    int64_t *arrival_us = malloc(count * sizeof *arrival_us);
    if (arrival_us == NULL) {
        bench_memory(bench);
        return false;
    }
    for (size_t i = 0; i < count; i++)
        arrival_us[i] = trace_arrival_us(trace, i);
    const struct wait_blocks blocks = {arrival_us, count, config->confirmations};
    for (int i = 0; i < QUANTILES; i++)
        real_us[i] = wait_quantile_us(&blocks, shares[i]);
    free(arrival_us);
    return true;
}

struct drawn_periods {
    struct moments wait_s[QUANTILES];
    uint32_t below[QUANTILES]; /* periods whose quantile is less than the real one */
};

static bool draw_periods(struct bench *bench, struct drawn_periods *drawn, const int64_t real_us[QUANTILES])
{
    const struct lab_period_config *config = &bench->experiment->period;
    struct sim_stream stream;
    gsl_rng *rng = bench_stream(bench, &stream, 0);
    int64_t arrival_us[GAPS + 1];
    const struct wait_blocks blocks = {arrival_us, GAPS + 1, config->confirmations};
    for (uint32_t period = 0; period < config->periods; period++) {
        if (bench_is_over(bench))
            return false;
        draw_period(arrival_us, rng, (double)config->growth_ppm / MILLION);
        for (int i = 0; i < QUANTILES; i++) {
            int64_t wait_us = wait_quantile_us(&blocks, shares[i]);
            moments_add(&drawn->wait_s[i], (double)wait_us / MILLION);
            drawn->below[i] += wait_us < real_us[i];
        }
    }
    return true;
}

void lab_period(struct bench *bench)
{
    const struct lab_period_config *config = &bench->experiment->period;
    int64_t real_us[QUANTILES];
    struct drawn_periods drawn = {.below = {0}};
    for (int i = 0; i < QUANTILES; i++)
        moments_init(&drawn.wait_s[i]);
    if (!real_waits(bench, real_us) || !draw_periods(bench, &drawn, real_us))
        return;
    bench->result->trials = config->periods;
    for (int i = 0; i < QUANTILES; i++) {
        double mean_s = drawn.wait_s[i].mean, real_s = (double)real_us[i] / MILLION;
        bench_set(bench, (enum lab_metric)(LAB_PERIOD_P50 + i), mean_s);
        bench_set(bench, (enum lab_metric)(LAB_PERIOD_REAL_P50 + i), real_s);
        bench_set(bench, (enum lab_metric)(LAB_PERIOD_P50_DEVIATION + i), 100.0 * (real_s / mean_s - 1.0));
        bench_set(bench, (enum lab_metric)(LAB_PERIOD_P50_RANK + i), 100.0 * drawn.below[i] / config->periods);
        bench_set(bench, (enum lab_metric)(LAB_PERIOD_P50_SCATTER + i),
                  100.0 * moments_deviation(&drawn.wait_s[i]) / mean_s);
    }
}
