/* route_edge.c: what it takes to pass an edge.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/msat.h"
#include "protocol/lightning/route_state.h"

const struct ln_route_prices ln_route_prices_default = {
    .risk_ppb = 15,
    .hop_msat = 100,
    .nat_msat = 13000,
    .nat_ppm = 500,
    .prior = {.kind = LN_PRIOR_UNIFORM, .scale_msat = 1},
};

/* base + amount * ppm / 1000000 (BOLT 7); beyond 21 million bitcoin it is that. */
static uint64_t fee_of(const struct ln_edge *edge, uint64_t amount_msat)
{
    if (amount_msat <= UINT32_MAX) {
        return edge->fee_base_msat + amount_msat * edge->fee_proportional_ppm / 1000000;
    }
    uint64_t fee_msat;
    return ln_msat_fee(&fee_msat, amount_msat, edge->fee_base_msat, edge->fee_proportional_ppm) ? fee_msat
                                                                                                : LN_MSAT_MAX;
}

/* What is known of an edge beyond the graph, NULL if nothing. */
static const struct ln_known *known_of(const struct ln_router *router, const struct ln_edge *edge)
{
    uint32_t at = LN_GRAPH_NONE;
    if (edge->number & LN_EXTRA) {
        at = router->extras[edge->number & ~LN_EXTRA].known;
    } else if (router->marks[edge->number >> 7] >> (edge->number >> 1 & 63) & 1) {
        at = router->known_of[edge->number >> 1];
    }
    return at == LN_GRAPH_NONE ? NULL : &router->known[at];
}

/* On top of what is on its way already: what passing both costs, less what passing the first does. */
static bool nats_of_known(const struct ln_router *router, uint32_t *nats, const struct ln_known *known,
                          unsigned direction, uint64_t amount_msat)
{
    const struct ln_bounds *bounds = &known->bounds[direction];
    uint64_t pending_msat = known->pending_msat[direction];
    uint32_t before = 0;
    if (known->barred[direction] ||
        !ln_probability_nats(nats, &router->prices.prior, bounds, amount_msat + pending_msat) ||
        !ln_probability_nats(&before, &router->prices.prior, bounds, pending_msat)) {
        return false;
    }
    *nats -= before;
    return true;
}

/* -ln of the chance that the edge has that much. Returns false if it has not. */
static bool nats_of(const struct ln_router *router, uint32_t *nats, const struct ln_edge *edge, uint64_t amount_msat)
{
    const struct ln_known *known = known_of(router, edge);
    bool is_extra = (edge->number & LN_EXTRA) != 0;
    if (known != NULL) {
        unsigned direction = is_extra ? router->extras[edge->number & ~LN_EXTRA].direction : edge->number & 1;
        return nats_of_known(router, nats, known, direction, amount_msat);
    }
    if (is_extra) { /* an own channel: its balance is known */
        *nats = 0;
        return true;
    }
    struct ln_bounds bounds = {0, edge->capacity_msat, edge->capacity_msat};
    return ln_probability_nats(nats, &router->prices.prior, &bounds, amount_msat);
}

static uint64_t cost_of(const struct ln_router *router, const struct ln_passage *passage, uint64_t amount_msat)
{
    switch (router->aim) {
    case LN_AIM_FEE:
        return (passage->fee_msat << LN_COST_BITS) + 1;
    case LN_AIM_BLOCKS:
        return ((uint64_t)passage->blocks << LN_COST_BITS) + 1;
    case LN_AIM_HOPS:
        return 1;
    case LN_AIM_COST:
        break;
    }
    uint64_t risk = (uint64_t)((unsigned __int128)(amount_msat * passage->blocks) * router->risk_factor >> 64);
    uint64_t doubt = router->nat_weight * passage->nats >> (LN_NATS_BITS - LN_COST_BITS);
    uint64_t hop = (uint64_t)router->prices.hop_msat << LN_COST_BITS;
    return (passage->fee_msat << LN_COST_BITS) + risk + doubt + hop + 1;
}

bool ln_router_pass(const struct ln_router *router, struct ln_passage *passage, const struct ln_edge *edge,
                    uint32_t from, uint64_t amount_msat)
{
    bool is_payer = from == router->payer;
    passage->fee_msat = is_payer ? 0 : fee_of(edge, amount_msat);
    passage->blocks = is_payer ? 0 : (uint32_t)edge->cltv_blocks;
    if (amount_msat > edge->most_msat || passage->fee_msat > LN_EDGE_MSAT_MAX ||
        !nats_of(router, &passage->nats, edge, amount_msat)) {
        return false;
    }
    passage->cost = cost_of(router, passage, amount_msat);
    return true;
}

struct ln_edge ln_router_edge(const struct ln_router *router, uint32_t number)
{
    struct ln_edge edge = {0};
    if (number & LN_EXTRA) {
        return router->extras[number & ~LN_EXTRA].edge;
    }
    const struct ln_graph_channel *channel = &router->graph->channels[number >> 1];
    (void)ln_graph_is_usable(channel, number & 1, &edge);
    edge.number = number;
    edge.peer = channel->nodes[number & 1];
    return edge;
}

uint64_t ln_router_edge_id(const struct ln_router *router, uint32_t number)
{
    return number & LN_EXTRA ? router->extras[number & ~LN_EXTRA].short_channel_id
                             : router->graph->channels[number >> 1].short_channel_id;
}

bool ln_router_is_passable(const struct ln_router *router, uint32_t node)
{
    return node == router->payee || node == router->payer || node >= router->graph->node_limit ||
           (router->graph->nodes[node].flags & LN_GRAPH_UNKNOWN_FEATURE) == 0;
}
