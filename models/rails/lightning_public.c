/* lightning_public.c: phones and outlets that meet in the public graph.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/lightning_public.h"

#include <stdlib.h>
#include <string.h>

#define RESERVE_PPM 10000
#define LESSONS     256

/* Of the funder: enough for the first payments of all, in one block. */
#define FUNDER_KEY      (UINT64_C(1) << 23)
#define FUNDER_COINS    32
#define FUNDER_COIN_SAT ((int64_t)LN_FUNDING_MAX_SAT + 300000)

struct public
{
    const struct abroad_map *map;
    struct foreign *foreign;
    struct abroad *abroad;
    uint32_t provider, operator; /* nodes of the graph */
    uint32_t funder;             /* node of the host; HOST_NONE: hops are modeled */
    uint32_t bought;             /* its newest coin: a transaction; CHAIN_NONE */
};

/* ---- nodes of the graph ----------------------------------------------------------------------------------------- */

static void count_open(uint32_t *degree, const struct ln_graph *graph)
{
    for (uint32_t i = 0; i < ln_graph_channel_count(graph); i++) {
        const struct ln_graph_channel *channel = ln_graph_channel(graph, ln_graph_channel_at(graph, i));
        uint8_t both = channel->policies[0].flags & channel->policies[1].flags & LN_POLICY_KNOWN;
        uint8_t none = (channel->policies[0].flags | channel->policies[1].flags) & LN_POLICY_DISABLED;
        degree[channel->nodes[0]] += both != 0 && none == 0;
        degree[channel->nodes[1]] += both != 0 && none == 0;
    }
}

/* The node that so many have more channels than; LN_GRAPH_NONE if there are not as many. Counts are used up. */
static uint32_t of_rank(uint32_t *degree, const struct ln_graph *graph, uint32_t rank)
{
    uint32_t node = LN_GRAPH_NONE;
    for (uint32_t k = 0; k <= rank; k++) {
        node = 0;
        for (uint32_t i = 1; i < graph->node_limit; i++)
            node = degree[i] > degree[node] ? i : node;
        if (degree[node] == 0)
            return LN_GRAPH_NONE;
        degree[node] = k < rank ? 0 : degree[node];
    }
    return node;
}

static bool choose(struct public *public, const struct lightning *rail)
{
    const struct ln_graph *graph = &public->map->graph;
    const uint32_t ranks[2] = {rail->config->provider_rank, rail->config->operator_rank};
    uint32_t *nodes[2] = {&public->provider, &public->operator};
    bool is_good = true;
    for (int i = 0; i < 2 && is_good; i++) {
        uint32_t *degree = calloc(graph->node_limit + 1, sizeof degree[0]);
        if (degree == NULL) {
            trouble_memory(rail->trouble);
            return false;
        }
        count_open(degree, graph);
        *nodes[i] = of_rank(degree, graph, ranks[i]);
        is_good = *nodes[i] != LN_GRAPH_NONE;
        free(degree);
    }
    if (!is_good || public->provider == public->operator)
        trouble_fail(rail->trouble, "the graph has no two nodes of the ranks of provider and operator");
    return is_good && public->provider != public->operator;
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

struct public *public_open(struct lightning *rail, const struct abroad_map *map)
{
    struct public *public = calloc(1, sizeof *public);
    if (public == NULL) {
        trouble_memory(rail->trouble);
        return NULL;
    }
    struct sim_stream stream;
    sim_stream_open(&stream, rail->sim, "rail.lightning.foreign", 0);
    public->map = map;
    public->funder = HOST_NONE;
    public->bought = CHAIN_NONE;
    const struct foreign_config config = {.graph = &map->graph,
                                          .prior = {LN_PRIOR_UNIFORM, 1},
                                          .reserve_ppm = RESERVE_PPM,
                                          .traffic_s = (uint32_t)(rail->config->traffic_us / 1000000),
                                          .seed = gsl_rng_get(stream_rng(&stream))};
    public->foreign = foreign_open(&config);
    if (public->foreign == NULL)
        trouble_memory(rail->trouble);
    if (public->foreign != NULL && choose(public, rail))
        return public;
    public_close(public);
    return NULL;
}

void public_close(struct public *public)
{
    if (public == NULL)
        return;
    if (public->abroad != NULL)
        abroad_free(public->abroad);
    if (public->foreign != NULL)
        foreign_close(public->foreign);
    free(public);
}

/* It has no line to anybody: a wallet. */
static uint32_t add_funder(struct lightning *rail)
{
    struct ln_node_config config;
    host_node_config_init(&config, rail->host, 1);
    config.flags &= (uint8_t)~LN_NODE_KEEPS_RECORDS;
    return host_add_node(rail->host, &(struct host_node_setup){.config = &config,
                                                               .device = device_class_get(DEVICE_SERVER),
                                                               .key = FUNDER_KEY,
                                                               .coins = FUNDER_COINS,
                                                               .coin_sat = FUNDER_COIN_SAT});
}

bool public_begin(struct lightning *rail)
{
    struct public *public = rail->public;
    bool is_real = rail->config->hops == LIGHTNING_HOPS_REAL;
    if (is_real && (public->funder = add_funder(rail)) == HOST_NONE)
        return false;
    const struct abroad_options options = {.mode = is_real ? ABROAD_REAL : ABROAD_MODELED,
                                           .host = rail->host,
                                           .links = &rail->links,
                                           .map = public->map,
                                           .foreign = public->foreign,
                                           .link = link_class_get(LINK_DATACENTRE),
                                           .device = device_class_get(DEVICE_SERVER),
                                           .funder = public->funder,
                                           .key = 1};
    public->abroad = abroad_new(&options);
    return public->abroad != NULL;
}

void public_configure(const struct lightning *rail, struct ln_node_config *config, struct host_node_setup *setup,
                      enum station_role role)
{
    const struct public *public = rail->public;
    if (public == NULL)
        return;
    config->graph = (struct ln_graph *)&public->map->graph; /* nobody hears gossip: it does not change */
    config->limits.lessons = LESSONS;
    if (role == STATION_HUB || role == STATION_PROVIDER)
        abroad_gateway(config);
    if (role == STATION_HUB)
        setup->secret = public->map->secrets[public->operator];
    if (role == STATION_PROVIDER)
        setup->secret = public->map->secrets[public->provider];
}

struct abroad_books public_books(const struct lightning *rail)
{
    return rail->public == NULL ? (struct abroad_books){0, 0} : abroad_books(rail->public->abroad, rail->hub);
}

struct abroad_standing public_standing(const struct lightning *rail)
{
    return rail->public == NULL ? (struct abroad_standing){0, 0} : abroad_standing(rail->public->abroad, rail->hub);
}

void public_block(struct lightning *rail)
{
    struct public *public = rail->public;
    if (public == NULL || public->funder == HOST_NONE)
        return;
    if (public->bought != CHAIN_NONE && chain_tx(rail->chain, public->bought)->state == CHAIN_TX_POOLED)
        return; /* they are on their way */
    struct host_wallet wallet;
    host_wallet(&wallet, rail->host, public->funder);
    int64_t least_sat = (FUNDER_COINS - 1) * FUNDER_COIN_SAT;
    for (int64_t has_sat = wallet.confirmed_sat + wallet.pending_sat; has_sat < least_sat; has_sat += FUNDER_COIN_SAT) {
        public->bought = host_buy(rail->host, public->funder, FUNDER_COIN_SAT);
        if (public->bought == CHAIN_NONE)
            return;
    }
}
