/* bench.c: what all experiments share.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/lab/bench.h"

#include <stdio.h>

gsl_rng *bench_stream(struct bench *bench, struct sim_stream *stream, uint64_t part)
{
    char purpose[80];
    snprintf(purpose, sizeof purpose, "lab.%s", bench->experiment->name);
    stream_open(stream, bench->order->seed, bench->order->replication, purpose, part);
    bench->streams++;
    return stream_rng(stream);
}

bool bench_is_over(struct bench *bench)
{
    const volatile int *interrupt = bench->order->interrupt;
    if (bench->result->end == LAB_END_DONE && interrupt != NULL && *interrupt != 0)
        bench->result->end = LAB_END_INTERRUPT;
    return bench->result->end != LAB_END_DONE || bench->result->failed;
}

void bench_memory(struct bench *bench)
{
    bench->result->end = LAB_END_MEMORY;
}

void bench_fail(struct bench *bench, const char *why)
{
    struct lab_result *result = bench->result;
    if (result->failed)
        return;
    result->failed = true;
    snprintf(result->failure, sizeof result->failure, "experiment %.40s: %.400s", bench->experiment->name, why);
}

void bench_set(struct bench *bench, enum lab_metric metric, double value)
{
    bench->result->metrics[metric] = value;
}
