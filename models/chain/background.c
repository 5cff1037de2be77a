/* background.c: the public chain as the statistics see it.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/background.h"

#include "models/calendar.h"
#include "models/chain/era.h"

#include <math.h>

#define PPM 1e6

/* Where the run stands in the trace: at its own civil time if the trace has that, else at the beginning. */
static void open_trace(struct chain *chain)
{
    const struct trace *trace = chain->trace;
    int64_t first_s = trace->arrival_s[0], last_s = trace->arrival_s[trace->block_count - 1];
    bool is_within = chain->start_unix_s >= first_s && chain->start_unix_s < last_s;
    chain->background.trace_shift_us = is_within ? (first_s - chain->start_unix_s) * SECOND_US : 0;
    chain->background.trace_next = trace_next(trace, -chain->background.trace_shift_us);
}

void background_open(struct chain *chain)
{
    struct background *background = &chain->background;
    const struct chain_config *config = chain->config;
    struct feemarket_config market;
    sim_stream_open(&background->times, chain->sim, "chain.times", 0);
    sim_stream_open(&background->demand, chain->sim, "chain.demand", config->background_seed);
    era_market(&market, era_get(config->era), chain->start_unix_s);
    market.min_relay_sat_per_vb = config->min_relay_sat_per_kwu / 250.0;
    feemarket_init(&background->market, &market, stream_rng(&background->demand));
    background->before = background->market;
    blocks_init(&background->blocks, config->block_target_us, (double)config->growth_per_period_ppm / PPM);
    if (chain->trace != NULL)
        open_trace(chain);
}

static int64_t next_of_trace(struct chain *chain)
{
    struct background *background = &chain->background;
    const struct trace *trace = chain->trace;
    if (background->trace_next == trace->block_count) { /* once more from the beginning, a mean interval later */
        int64_t length_us = trace_arrival_us(trace, trace->block_count - 1);
        background->trace_shift_us += length_us + length_us / (int64_t)(trace->block_count - 1);
        background->trace_next = 0;
    }
    return trace_arrival_us(trace, background->trace_next++) + background->trace_shift_us;
}

int64_t background_next_us(struct chain *chain)
{
    struct background *background = &chain->background;
    if (chain->trace != NULL)
        return next_of_trace(chain);
    return blocks_next_us(&background->blocks, stream_rng(&background->times), sim_now_us(chain->sim), 1.0);
}

void background_advance(struct chain *chain)
{
    struct background *background = &chain->background;
    feemarket_advance(&background->market, stream_rng(&background->demand), sim_now_us(chain->sim));
}

const struct feemarket *background_market(const struct chain *chain, uint32_t height)
{
    bool is_new = height > tree_at(&chain->tree, chain->best)->height;
    return is_new ? &chain->background.market : &chain->background.before;
}

void background_take(struct chain *chain, double own_vb)
{
    struct background *background = &chain->background;
    background->before = background->market;
    background->market.own_vb = (double)chain->views[chain->operator].pools[0].vbytes;
    feemarket_mine(&background->market, &background->taken, fmax(BACKGROUND_CAPACITY_VB - own_vb, 0.0));
    if (chain->trace == NULL)
        blocks_mined(&background->blocks, sim_now_us(chain->sim));
}
