/* difficulty.c: experiments on the retarget: the real one, and its law while the hash rate grows.   [model]
 * [model] SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/blocks.h"
#include "models/lab/bench.h"

#include <math.h>

#define MILLION 1e6

/* The period's headers are told to the model one by one, as they were: what it then does to the difficulty. */
static double replay(const struct trace *trace)
{
    struct blocks blocks;
    double factor = 1.0;
    blocks_init(&blocks, BLOCKS_TARGET_US, 0.0);
    for (size_t i = 1; i < BLOCKS_PER_PERIOD; i++)
        factor *= blocks_mined(&blocks, trace_header_span_s(trace, 0, i) * 1000000);
    return factor;
}

void lab_retarget(struct bench *bench)
{
    const struct lab_retarget_config *config = &bench->experiment->retarget;
    const struct trace *trace = bench->trace;
    double timespan_s = (double)config->timespan_us / MILLION;
    if (trace != NULL && trace->block_count < BLOCKS_PER_PERIOD) {
        bench_fail(bench, "the file of block times has less than 2016 blocks");
        return;
    }
    if (trace != NULL)
        timespan_s = (double)trace_header_span_s(trace, 0, BLOCKS_PER_PERIOD - 1);
    bench->result->trials = trace != NULL ? BLOCKS_PER_PERIOD : 1;
    bench_set(bench, LAB_RETARGET_TIMESPAN, timespan_s);
    bench_set(bench, LAB_RETARGET_FACTOR,
              trace != NULL ? replay(trace) : blocks_retarget_factor(timespan_s, (double)BLOCKS_TARGET_US / MILLION));
}

void lab_growth(struct bench *bench)
{
    const struct lab_growth_config *config = &bench->experiment->growth;
    struct sim_stream stream;
    struct blocks blocks;
    gsl_rng *rng = bench_stream(bench, &stream, 0);
    int64_t now_us = 0;
    blocks_init(&blocks, config->interval_us, (double)config->growth_ppm / MILLION);
    for (uint32_t period = 0; period < config->periods; period++) {
        if (bench_is_over(bench))
            return;
        for (int i = 0; i < BLOCKS_PER_PERIOD; i++) {
            now_us = blocks_next_us(&blocks, rng, now_us, 1.0);
            blocks_mined(&blocks, now_us);
        }
    }
    double period_s = (double)now_us / MILLION / config->periods;
    double aim_s = BLOCKS_PER_PERIOD * (double)config->interval_us / MILLION;
    bench->result->trials = config->periods;
    bench_set(bench, LAB_GROWTH_INTERVAL, period_s / BLOCKS_PER_PERIOD);
    bench_set(bench, LAB_GROWTH_DEVIATION, 100.0 * (period_s * exp(blocks.growth_per_s * period_s) / aim_s - 1.0));
}
