/* bench.h: what an experiment works with: its config, its streams, and where its figures go.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_LAB_BENCH_H
#define KONSENTO_MODELS_LAB_BENCH_H

#include "models/chain/trace.h"
#include "models/lab/lab.h"
#include "sim/stream.h"

struct bench {
    const struct lab_experiment *experiment;
    const struct lab_order *order;
    const struct trace *trace; /* real block times; NULL: none */
    struct lab_result *result;
    uint64_t streams; /* opened */
};

/* Opens a stream of the experiment's name. part: one of several. */
gsl_rng *bench_stream(struct bench *bench, struct sim_stream *stream, uint64_t part);
/* To be asked between trials: is there no sense in going on? */
bool bench_is_over(struct bench *bench);
void bench_memory(struct bench *bench);
void bench_fail(struct bench *bench, const char *why);
void bench_set(struct bench *bench, enum lab_metric metric, double value);

/* The experiments, one for each kind. */
void lab_formula(struct bench *bench);
void lab_race(struct bench *bench);
void lab_waiting(struct bench *bench);
void lab_period(struct bench *bench);
void lab_retarget(struct bench *bench);
void lab_growth(struct bench *bench);
void lab_stale(struct bench *bench);
void lab_gossip(struct bench *bench);
void lab_conflict(struct bench *bench);
void lab_observers(struct bench *bench);
void lab_late(struct bench *bench);
void lab_size(struct bench *bench);
void lab_mempool(struct bench *bench);
void lab_estimator(struct bench *bench);

#endif
