/* graph_made.c: a small public graph that nobody has measured.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/network/graph_made.h"

#include "models/network/graph_read.h"
#include "sim/stream.h"

#include <gsl/gsl_randist.h>
#include <math.h>

#define EACH 4 /* channels that a new node opens */

#define CAPACITY_MEDIAN_SAT 2e6
#define CAPACITY_SIGMA      1.2
#define FEE_BASE_MSAT       33
#define FEE_MEDIAN_PPM      100.0
#define FEE_SIGMA           1.5
#define DELTA_BLOCKS        80

static bool connect(struct ln_graph *graph, gsl_rng *rng, uint64_t scid, const uint32_t nodes[2])
{
    uint8_t ids[2][33];
    uint32_t channel;
    double capacity_sat = CAPACITY_MEDIAN_SAT * exp(CAPACITY_SIGMA * gsl_ran_ugaussian(rng));
    for (unsigned i = 0; i < 2; i++)
        graph_read_node_id(ids[i], nodes[i]);
    const struct ln_graph_opening opening = {.short_channel_id = scid,
                                             .capacity_sat = 20000 + (uint64_t)fmin(capacity_sat, 1e9),
                                             .node_ids = {ids[nodes[0] > nodes[1]], ids[nodes[0] < nodes[1]]}};
    if (ln_graph_add_channel(graph, &channel, &opening) != LN_GRAPH_OK)
        return false;
    for (unsigned i = 0; i < 2; i++) {
        const struct ln_policy policy = {
            .htlc_minimum_msat = 1000,
            .htlc_maximum_msat = opening.capacity_sat * 990,
            .fee_base_msat = FEE_BASE_MSAT,
            .fee_proportional_ppm = (uint32_t)fmin(FEE_MEDIAN_PPM * exp(FEE_SIGMA * gsl_ran_ugaussian(rng)), 10000),
            .cltv_expiry_delta_blocks = DELTA_BLOCKS,
            .flags = LN_POLICY_KNOWN};
        if (ln_graph_set_policy(graph, channel, i, &policy) != LN_GRAPH_OK)
            return false;
    }
    return true;
}

/* An end of a channel that is there: who has many is found often. */
static uint32_t popular(gsl_rng *rng, uint32_t (*ends)[2], uint32_t count, uint32_t newcomer)
{
    if (count == 0)
        return newcomer - 1;
    return ends[gsl_rng_uniform_int(rng, count)][gsl_rng_uniform_int(rng, 2)];
}

static bool is_joined(uint32_t (*ends)[2], uint32_t first, uint32_t count, uint32_t other)
{
    for (uint32_t i = first; i < count; i++) {
        if (ends[i][1] == other)
            return true;
    }
    return false;
}

bool graph_make(struct ln_graph *graph, const struct ln_graph_config *config)
{
    uint32_t ends[GRAPH_MADE_CHANNELS][2], count = 0;
    struct sim_stream stream;
    stream_open(&stream, 1, 0, "graph.made", 0);
    gsl_rng *rng = stream_rng(&stream);
    ln_graph_init(graph, config);
    for (uint32_t node = EACH; node < GRAPH_MADE_NODES; node++) {
        uint32_t first = count;
        for (uint32_t i = 0; i < EACH; i++) {
            uint32_t other = node == EACH ? i : popular(rng, ends, first, node);
            for (uint32_t again = 0; is_joined(ends, first, count, other); again++)
                other = again < 20 ? popular(rng, ends, first, node) : (other + 1) % node;
            ends[count][0] = node;
            ends[count][1] = other;
            if (!connect(graph, rng, (uint64_t)(count + 1) << 40, ends[count]))
                return false;
            count++;
        }
    }
    return true;
}
