/* route_find.c: routes, from the request to the hops.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/route.h"

#include "protocol/lightning/route_state.h"
#include <assert.h>
#include <string.h>

const char *ln_route_text(enum ln_route_result result)
{
    switch (result) {
    case LN_ROUTE_OK:
        return "ok";
    case LN_ROUTE_AMOUNT:
        return "amount is nothing, or too large to be routed";
    case LN_ROUTE_SELF:
        return "payer and payee are one node";
    case LN_ROUTE_NO_PAYER:
        return "the payer has no channels";
    case LN_ROUTE_NO_PAYEE:
        return "the payee is unknown";
    case LN_ROUTE_NO_WAY:
        return "no channels lead there that could carry the amount";
    case LN_ROUTE_FEE:
        return "no way within the fee limit";
    case LN_ROUTE_EXPIRY:
        return "no way within the limit of blocks";
    case LN_ROUTE_TOO_LONG:
        return "no way within the limit of hops";
    case LN_ROUTE_NO_MEMORY:
        return "out of memory";
    }
    return "unknown";
}

/* ---- the router ---- */

struct ln_router *ln_router_open(const struct btc_allocator *allocator)
{
    struct ln_router *router = btc_allocate(allocator, sizeof *router);
    if (router != NULL) {
        *router = (struct ln_router){.allocator = allocator};
    }
    return router;
}

void ln_router_close(struct ln_router *router)
{
    const struct btc_allocator *allocator = router->allocator;
    btc_release(allocator, router->labels, router->label_capacity * sizeof *router->labels);
    btc_release(allocator, router->extra_of, router->extra_of_capacity * sizeof *router->extra_of);
    btc_release(allocator, router->marks, router->mark_capacity * sizeof *router->marks);
    btc_release(allocator, router->known_of, router->known_of_capacity * sizeof *router->known_of);
    btc_release(allocator, router->known, router->known_capacity * sizeof *router->known);
    btc_release(allocator, router->extras, router->extra_capacity * sizeof *router->extras);
    btc_release(allocator, router->reaches, router->reach_capacity * sizeof *router->reaches);
    btc_release(allocator, router->heap.entries, router->heap.capacity * sizeof *router->heap.entries);
    btc_release(allocator, router->forward_heap.entries,
                router->forward_heap.capacity * sizeof *router->forward_heap.entries);
    btc_release(allocator, router, sizeof *router);
}

size_t ln_router_memory(const struct ln_router *router)
{
    return sizeof *router + router->label_capacity * sizeof *router->labels +
           router->extra_of_capacity * sizeof *router->extra_of + router->mark_capacity * sizeof *router->marks +
           router->known_of_capacity * sizeof *router->known_of + router->known_capacity * sizeof *router->known +
           router->extra_capacity * sizeof *router->extras + router->reach_capacity * sizeof *router->reaches +
           ((size_t)router->heap.capacity + router->forward_heap.capacity) * sizeof *router->heap.entries;
}

uint64_t ln_router_settled(const struct ln_router *router)
{
    return router->settled;
}

/* ---- the route ---- */

static void describe_hop(const struct ln_router *router, struct ln_route_hop *hop, uint32_t number)
{
    if (number & LN_EXTRA) {
        const struct ln_extra *extra = &router->extras[number & ~LN_EXTRA];
        hop->short_channel_id = extra->short_channel_id;
        hop->capacity_msat = 0;
        hop->channel = LN_GRAPH_NONE;
        hop->direction = extra->direction;
        hop->source = extra->source;
        return;
    }
    const struct ln_graph_channel *channel = &router->graph->channels[number >> 1];
    uint64_t capacity_msat = channel->capacity_sat * 1000;
    hop->short_channel_id = channel->short_channel_id;
    hop->capacity_msat = capacity_msat < LN_EDGE_MSAT_MAX ? capacity_msat : LN_EDGE_MSAT_MAX;
    hop->channel = number >> 1;
    hop->direction = number & 1;
    hop->source = LN_HOP_GRAPH;
}

/* Follows the labels from the payer. Costs are those of the request, whatever was aimed at. */
static void build(struct ln_router *router, struct ln_route *route)
{
    router->aim = LN_AIM_COST;
    route->hop_count = 0;
    route->amount_msat = router->request->amount_msat;
    route->cost = 0;
    route->nats = 0;
    for (uint32_t node = router->payer; node != router->payee;) {
        const struct ln_label *label = &router->labels[node], *after = &router->labels[label->next];
        struct ln_edge edge = ln_router_edge(router, label->via);
        struct ln_passage passage;
        assert(route->hop_count < LN_ROUTE_HOPS_MAX);
        struct ln_route_hop *hop = &route->hops[route->hop_count++];
        describe_hop(router, hop, label->via);
        hop->amount_msat = after->amount_msat;
        hop->expiry_blocks = after->blocks;
        memcpy(hop->node_id, ln_router_node_id(router, label->next), 33);
        bool can = ln_router_pass(router, &passage, &edge, node, hop->amount_msat);
        assert(can && label->amount_msat == hop->amount_msat + passage.fee_msat);
        route->nats += passage.nats;
        route->cost += passage.cost;
        node = label->next;
    }
    route->fee_msat = route->hops[0].amount_msat - route->amount_msat;
}

/* Searches for the least cost, and for the least of what a limit cut off, until something is found. */
static enum ln_route_result search(struct ln_router *router)
{
    static const struct {
        enum ln_route_cut cut;
        enum ln_route_aim aim;
        enum ln_route_result result;
    } rows[] = {{LN_CUT_FEE, LN_AIM_FEE, LN_ROUTE_FEE},
                {LN_CUT_BLOCKS, LN_AIM_BLOCKS, LN_ROUTE_EXPIRY},
                {LN_CUT_HOPS, LN_AIM_HOPS, LN_ROUTE_TOO_LONG}};
    enum ln_route_result result = ln_router_search(router, LN_AIM_COST), reason = LN_ROUTE_NO_WAY;
    unsigned cuts = router->cuts;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && result == LN_ROUTE_NO_WAY; i++) {
        if (cuts & rows[i].cut) {
            result = ln_router_search(router, rows[i].aim);
            reason = reason == LN_ROUTE_NO_WAY && (router->cuts & rows[i].cut) ? rows[i].result : reason;
        }
    }
    return result == LN_ROUTE_NO_WAY ? reason : result;
}

enum ln_route_result ln_route_find(struct ln_router *router, struct ln_route *route, const struct ln_graph *graph,
                                   const struct ln_route_request *request)
{
    enum ln_route_result result = ln_router_prepare(router, graph, request);
    if (result == LN_ROUTE_OK) {
        result = search(router);
    }
    if (result == LN_ROUTE_OK) {
        build(router, route);
    }
    ln_router_clear(router);
    return result;
}

uint32_t ln_route_learnable(const struct ln_route *route, struct ln_liquidity_hop *hops, uint32_t *skipped)
{
    uint32_t count = 0;
    *skipped = 0;
    for (uint32_t i = 0; i < route->hop_count; i++) {
        const struct ln_route_hop *hop = &route->hops[i];
        if (hop->source == LN_HOP_OWN) {
            assert(i == 0);
            *skipped = 1;
            continue;
        }
        hops[count++] = (struct ln_liquidity_hop){.short_channel_id = hop->short_channel_id,
                                                  .capacity_msat = hop->capacity_msat,
                                                  .amount_msat = hop->amount_msat,
                                                  .channel = hop->channel,
                                                  .direction = hop->direction};
    }
    return count;
}
