/* stale.c: experiment on blocks that lose: the whole chain runs, with its miners and its real blocks.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/chain.h"
#include "models/chain/propagation.h"
#include "models/lab/bench.h"

#include <math.h>

#define MILLION       1e6
#define START_UNIX_S  INT64_C(1519862400) /* 2018-03-01 */
#define BLOCKS_A_STEP 500

/* Runs until so many blocks were found. */
static bool find_blocks(struct bench *bench, struct chain_tally *tally, struct sim *sim, struct chain *chain)
{
    const struct lab_stale_config *config = &bench->experiment->stale;
    do {
        int64_t until_us = sim_now_us(sim) + BLOCKS_A_STEP * config->interval_us;
        enum sim_end end = sim_run(sim, until_us, 0, bench->order->interrupt);
        if (end == SIM_END_AUDIT)
            bench_fail(bench, sim_audit_failure(sim)->why);
        else if (end == SIM_END_MEMORY)
            bench_memory(bench);
        if (bench_is_over(bench) || end != SIM_END_HORIZON) /* stopped: by the chain's trouble */
            return false;
        chain_tally(tally, chain);
    } while (tally->blocks < config->blocks);
    return true;
}

static void tell(struct bench *bench, const struct chain_tally *tally)
{
    const struct lab_stale_config *config = &bench->experiment->stale;
    double interval_s = (double)config->interval_us / MILLION;
    double share = (double)tally->stale / (double)tally->blocks;
    double law = propagation_stale_share((double)config->delay_us / MILLION, interval_s);
    bench->result->trials = tally->blocks;
    bench_set(bench, LAB_STALE_SHARE, 100.0 * share);
    bench_set(bench, LAB_STALE_LAW, 100.0 * law);
    if (law > 0.0)
        bench_set(bench, LAB_STALE_DEVIATION, 100.0 * (share / law - 1.0));
    bench_set(bench, LAB_STALE_DELAY, -interval_s * log1p(-share));
}

static void run_chain(struct bench *bench, struct sim *sim)
{
    const struct lab_stale_config *config = &bench->experiment->stale;
    struct trouble trouble = {.sim = sim};
    struct chain_config chain_config;
    struct chain_tally tally;
    chain_config_init(&chain_config, CHAIN_ERA_EMPTY);
    chain_config.block_target_us = config->interval_us;
    chain_config.block_delay_us = config->delay_us;
    chain_config.growth_per_period_ppm = 0;
    struct chain *chain =
        chain_new(&(struct chain_options){.trouble = &trouble, .config = &chain_config, .start_unix_s = START_UNIX_S});
    if (chain == NULL) {
        bench_memory(bench);
        return;
    }
    chain_begin(chain);
    bool is_done = find_blocks(bench, &tally, sim, chain);
    if (trouble.is_memory_out)
        bench_memory(bench);
    else if (trouble.is_failed)
        bench_fail(bench, trouble.text);
    else if (is_done)
        tell(bench, &tally);
    chain_free(chain);
}

void lab_stale(struct bench *bench)
{
    struct sim *sim =
        sim_new(&(struct sim_options){.seed = bench->order->seed, .replication = bench->order->replication});
    if (sim == NULL) {
        bench_memory(bench);
        return;
    }
    run_chain(bench, sim);
    bench->streams += sim_stream_count(sim);
    sim_free(sim);
}
