/* network.c: experiments on networks of nodes: how one transaction spreads, and two that exclude each other.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/gossip.h"
#include "models/lab/bench.h"

#include <math.h>

/* Delays of the second transaction. The least squares' slope gives their outer ends twice the weight of the inner ones,
 * and the last scatters most: it is run twice as often. The first is not run at all: the share is one half then. */
#define DELAYS 4
static const double delays_s[DELAYS] = {0.0, 0.5, 1.5, 2.0};
static const unsigned runs[DELAYS] = {0, 1, 1, 2};
#define RUNS 4 /* in all */

/* Draws a network. Returns false when memory is out (told). Owns: gossip_close. */
static bool open_network(struct bench *bench, struct gossip *gossip, gsl_rng *rng, int generation, uint32_t nodes)
{
    struct gossip_config config;
    gossip_config_default(&config, (enum gossip_generation)generation);
    config.node_count = nodes;
    if (gossip_open(gossip, &config, rng))
        return true;
    bench_memory(bench);
    return false;
}

/* Adds the times of one network. */
static bool spread(struct bench *bench, double sums_s[3], uint32_t network)
{
    static const double shares[3] = {0.50, 0.90, 0.99};
    const struct lab_gossip_config *config = &bench->experiment->gossip;
    const struct gossip_start start = {.node = 0, .version = GOSSIP_PAYMENT, .time_s = 0.0};
    struct sim_stream stream;
    struct gossip gossip;
    gsl_rng *rng = bench_stream(bench, &stream, network);
    if (!open_network(bench, &gossip, rng, config->generation, config->nodes))
        return false;
    bool in_memory = gossip_run(&gossip, rng, &start, 1);
    for (int i = 0; i < 3 && in_memory; i++) {
        double time_s = 0.0;
        in_memory = gossip_quantile_s(&gossip, &time_s, shares[i]);
        sums_s[i] += time_s;
    }
    gossip_close(&gossip);
    if (!in_memory)
        bench_memory(bench);
    return in_memory;
}

void lab_gossip(struct bench *bench)
{
    const struct lab_gossip_config *config = &bench->experiment->gossip;
    double sums_s[3] = {0.0};
    for (uint32_t network = 0; network < config->networks; network++)
        if (bench_is_over(bench) || !spread(bench, sums_s, network))
            return;
    bench->result->trials = config->networks;
    for (int i = 0; i < 3; i++)
        bench_set(bench, (enum lab_metric)(LAB_GOSSIP_T50 + i), sums_s[i] / config->networks);
}

/* ---- two that exclude each other ------------------------------------------------------------------------------- */

/* One race between two nodes drawn at random. Returns false when memory is out (told). */
static bool race(struct bench *bench, double *share, struct gossip *gossip, gsl_rng *rng, double late_s)
{
    uint32_t nodes[2];
    gossip_draw_nodes(gossip, nodes, rng, 0, 2);
    const struct gossip_start starts[2] = {{.node = nodes[0], .version = GOSSIP_PAYMENT, .time_s = 0.0},
                                           {.node = nodes[1], .version = GOSSIP_CONFLICT, .time_s = late_s}};
    if (!gossip_run(gossip, rng, starts, 2)) {
        bench_memory(bench);
        return false;
    }
    *share = gossip_conflict_share(gossip);
    return true;
}

/* Adds the shares of all races at one delay. */
static bool race_often(struct bench *bench, double *sum, struct gossip *gossip, gsl_rng *rng, int delay)
{
    uint32_t races = runs[delay] * bench->experiment->conflict.races;
    for (uint32_t i = 0; i < races; i++) {
        double share = 0.0;
        if (bench_is_over(bench) || !race(bench, &share, gossip, rng, delays_s[delay]))
            return false;
        *sum += share;
    }
    return true;
}

/* Adds the shares of one network. */
static bool race_all(struct bench *bench, double sums[DELAYS], uint32_t network)
{
    const struct lab_conflict_config *config = &bench->experiment->conflict;
    struct sim_stream stream;
    struct gossip gossip;
    gsl_rng *rng = bench_stream(bench, &stream, network);
    if (!open_network(bench, &gossip, rng, config->generation, config->nodes))
        return false;
    bool is_good = true;
    for (int delay = 0; delay < DELAYS && is_good; delay++)
        is_good = race_often(bench, &sums[delay], &gossip, rng, delay);
    gossip_close(&gossip);
    return is_good;
}

/* Least squares of the log odds; NaN if a share is 0 or 1. */
static double slope_of(const double share[DELAYS])
{
    double x = 0.0, y = 0.0, xx = 0.0, xy = 0.0;
    for (int i = 0; i < DELAYS; i++) {
        if (!(share[i] > 0.0 && share[i] < 1.0))
            return NAN;
        double odds = log(share[i] / (1.0 - share[i]));
        x += delays_s[i] / DELAYS;
        y += odds / DELAYS;
        xx += delays_s[i] * delays_s[i] / DELAYS;
        xy += delays_s[i] * odds / DELAYS;
    }
    return -(xy - x * y) / (xx - x * x);
}

void lab_conflict(struct bench *bench)
{
    const struct lab_conflict_config *config = &bench->experiment->conflict;
    double share[DELAYS] = {0.0};
    for (uint32_t network = 0; network < config->networks; network++)
        if (!race_all(bench, share, network))
            return;
    bench->result->trials = (uint64_t)RUNS * config->networks * config->races;
    share[0] = 0.5;
    for (int i = 1; i < DELAYS; i++)
        share[i] /= (double)runs[i] * config->networks * config->races;
    bench_set(bench, LAB_CONFLICT_SLOPE, slope_of(share));
    bench_set(bench, LAB_CONFLICT_SHARE_500_MS, 100.0 * share[1]);
    bench_set(bench, LAB_CONFLICT_SHARE_2_S, 100.0 * share[DELAYS - 1]);
}
