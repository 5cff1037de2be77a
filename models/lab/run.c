/* run.c: the table of experiments, and one of them run.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/build.h"
#include "models/lab/bench.h"
#include "sim/digest.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

#define DIGEST_SCALE 1e9

static const struct {
    const char *name;
    void (*run)(struct bench *bench);
} lab_kinds[LAB_KIND_COUNT] = {
    [LAB_FORMULA] = {"formula", lab_formula},
    [LAB_RACE] = {"race", lab_race},
    [LAB_WAITING] = {"waiting", lab_waiting},
    [LAB_PERIOD] = {"period", lab_period},
    [LAB_RETARGET] = {"retarget", lab_retarget},
    [LAB_GROWTH] = {"growth", lab_growth},
    [LAB_STALE] = {"stale", lab_stale},
    [LAB_GOSSIP] = {"gossip", lab_gossip},
    [LAB_CONFLICT] = {"conflict", lab_conflict},
    [LAB_OBSERVERS] = {"observers", lab_observers},
    [LAB_LATE] = {"late", lab_late},
    [LAB_SIZE] = {"size", lab_size},
    [LAB_MEMPOOL] = {"mempool", lab_mempool},
    [LAB_ESTIMATOR] = {"estimator", lab_estimator},
};

const char *lab_kind_name(enum lab_kind kind)
{
    return lab_kinds[kind].name;
}

/* A figure as an integer of nine digits and its exponent: the last bits of a double may differ between compilers. */
static uint64_t fold_figure(uint64_t chain, double value)
{
    int exponent = 0;
    if (!isfinite(value))
        return digest_fold(chain, UINT64_MAX);
    double mantissa = frexp(value, &exponent);
    chain = digest_fold(chain, (uint64_t)llround(mantissa * DIGEST_SCALE));
    return digest_fold(chain, (uint64_t)(int64_t)exponent);
}

static void seal(struct lab_result *result)
{
    uint64_t chain = digest_fold(DIGEST_START, result->trials);
    for (int i = 0; i < LAB_METRIC_COUNT; i++)
        if (!isnan(result->metrics[i]))
            chain = fold_figure(digest_fold(chain, (uint64_t)i), result->metrics[i]);
    digest_seal(result->digest, chain, result->trials, 0);
}

void lab_run(struct lab_result *result, const struct lab_config *config, const struct lab_order *order)
{
    assert(order->experiment < config->experiment_count);
    const struct lab_experiment *experiment = &config->experiments[order->experiment];
    struct bench bench = {
        .experiment = experiment, .order = order, .trace = world_input_data(order->input).trace, .result = result};
    assert(experiment->kind >= 0 && experiment->kind < LAB_KIND_COUNT);
    *result = (struct lab_result){.end = LAB_END_DONE};
    for (int i = 0; i < LAB_METRIC_COUNT; i++)
        result->metrics[i] = NAN;
    lab_kinds[experiment->kind].run(&bench);
    result->deterministic = bench.streams == 0;
    seal(result);
}
