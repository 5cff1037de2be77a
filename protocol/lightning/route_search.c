/* route_search.c: the search from the payee, narrowed by one from the payer.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     payer ))) least costs          exact labels ((( payee         both grow until no way that neither has seen
 *                                                                   could be cheaper than the best that they joined
 *     payer ───────── only nodes that can be on the cheapest way ◄── payee       then the labels alone go on
 *
 * The labels are those of Dijkstra's plain search: what is left out could not have been on the way that it finds. Only
 * if a joined way is cheaper than that (fees depend on amounts, see route.h) the plain search is made after all. Every
 * edge costs something, so a label is final when its node is settled, whatever the order among equals.
 */
#include "protocol/lightning/array.h"
#include "protocol/lightning/route_state.h"
#include <assert.h>
#include <string.h>

/* How a search from the payee is narrowed. */
struct narrow {
    uint64_t best;   /* cost of the cheapest joined way, UINT64_MAX: none */
    bool is_forward; /* there is a search from the payer */
};

/* ---- labels ---- */

/* Of two ways of one cost: which one does not depend on the order in which the graph was built. */
static bool comes_first(const struct ln_router *router, const struct ln_label *a, const struct ln_label *b)
{
    if (a->amount_msat != b->amount_msat) {
        return a->amount_msat < b->amount_msat;
    }
    if (a->blocks != b->blocks) {
        return a->blocks < b->blocks;
    }
    return a->hops != b->hops ? a->hops < b->hops
                              : ln_router_edge_id(router, a->via) < ln_router_edge_id(router, b->via);
}

/* Extends a way back over an edge. Out: label. In: after, the label of the edge's end, the node to. Returns false if
 * the edge cannot be used. */
static bool extend(struct ln_router *router, struct ln_label *label, const struct ln_edge *edge, uint32_t to,
                   const struct ln_label *after)
{
    struct ln_passage passage;
    if (after->amount_msat < edge->least_msat ||
        !ln_router_pass(router, &passage, edge, edge->peer, after->amount_msat)) {
        return false;
    }
    uint64_t blocks = (uint64_t)after->blocks + passage.blocks;
    if (blocks > router->max_blocks) {
        router->cuts |= LN_CUT_BLOCKS;
        return false;
    }
    if (passage.fee_msat > router->most_msat - after->amount_msat) {
        router->cuts |= LN_CUT_FEE;
        return false;
    }
    *label = (struct ln_label){.cost = after->cost + passage.cost,
                               .amount_msat = after->amount_msat + passage.fee_msat,
                               .via = edge->number,
                               .next = to,
                               .generation = router->generation,
                               .blocks = (uint16_t)blocks,
                               .hops = (uint8_t)(after->hops + 1)};
    return true;
}

/* What it costs at least to come from the payer to a node. */
static uint64_t least_to(const struct ln_router *router, const struct narrow *narrow, uint32_t node)
{
    const struct ln_reach *reach = &router->reaches[node];
    if (!narrow->is_forward) {
        return 0;
    }
    bool is_settled = reach->generation == router->generation && reach->is_settled;
    return is_settled ? reach->cost : ln_forward_radius(router);
}

/* Whether a way of that cost from a node on can be part of the cheapest. */
static bool can_win(const struct ln_router *router, const struct narrow *narrow, uint32_t node, uint64_t cost)
{
    uint64_t rest = least_to(router, narrow, node);
    return rest <= narrow->best && cost <= narrow->best - rest && !(rest == UINT64_MAX && narrow->is_forward);
}

static void relax(struct ln_router *router, const struct narrow *narrow, const struct ln_edge *edge, uint32_t to)
{
    struct ln_label *label = &router->labels[edge->peer];
    struct ln_label better;
    bool is_seen = label->generation == router->generation;
    if ((is_seen && label->state != LN_LABEL_OPEN) || !extend(router, &better, edge, to, &router->labels[to]) ||
        (is_seen &&
         (better.cost > label->cost || (better.cost == label->cost && !comes_first(router, &better, label)))) ||
        !can_win(router, narrow, edge->peer, better.cost)) {
        return;
    }
    bool is_cheaper = !is_seen || better.cost < label->cost;
    *label = better;
    if (is_cheaper) {
        ln_heap_push(&router->heap, better.cost, edge->peer);
    }
}

/* Edges of the graph that begin at the payer stand for its own channels, if those are not given. */
static void relax_graph(struct ln_router *router, const struct narrow *narrow, uint32_t node)
{
    uint32_t count;
    const struct ln_edge *edges = ln_graph_edges(router->graph, &count, node, LN_SLICE_IN);
    router->backward_edges += count;
    for (uint32_t i = 0; i < count; i++) {
        if (edges[i].peer != router->payer || router->request->own == NULL) {
            relax(router, narrow, &edges[i], node);
        }
    }
}

static bool reserve(struct ln_router *router, uint64_t count)
{
    struct ln_heap *heap = &router->heap;
    return LN_ARRAY_RESERVE(heap->entries, heap->capacity, heap->count + count, router->allocator);
}

/* Settles a node. Returns false if the heap finds no memory. */
static bool settle(struct ln_router *router, const struct narrow *narrow, uint32_t node)
{
    struct ln_label *label = &router->labels[node];
    uint32_t count = node < router->graph->node_limit ? router->graph->nodes[node].slices[LN_SLICE_IN].count : 0;
    label->state = LN_LABEL_SETTLED;
    router->settled++;
    if (!ln_router_is_passable(router, node) || node == router->payer) {
        return true;
    }
    if (label->hops >= router->max_hops) {
        router->cuts |= LN_CUT_HOPS;
        return true;
    }
    if (!reserve(router, (uint64_t)count + router->extra_count)) {
        return false;
    }
    for (uint32_t i = router->extra_of[node]; i != LN_GRAPH_NONE; i = router->extras[i].next) {
        relax(router, narrow, &router->extras[i].edge, node);
    }
    if (count > 0) {
        relax_graph(router, narrow, node);
    }
    return true;
}

/* ---- both searches ---- */

/* A whole way: from the payer as it is reached at the least, on by the labels. Its cost bounds what is looked for. */
static void join(struct ln_router *router, struct narrow *narrow, uint32_t node)
{
    struct ln_label at = router->labels[node];
    unsigned cuts = router->cuts;
    if (!ln_router_is_label(router, node, LN_LABEL_SETTLED) || router->reaches[node].generation != router->generation) {
        return;
    }
    while (node != router->payer) {
        const struct ln_reach *reach = &router->reaches[node];
        struct ln_edge edge = ln_router_edge(router, reach->via);
        struct ln_label before;
        if (at.hops >= router->max_hops || at.cost + reach->cost >= narrow->best ||
            ln_router_is_label(router, reach->from, LN_LABEL_BLOCKED) || !extend(router, &before, &edge, node, &at)) {
            router->cuts = cuts;
            return;
        }
        at = before;
        node = reach->from;
    }
    router->cuts = cuts;
    narrow->best = at.cost < narrow->best ? at.cost : narrow->best;
}

static bool step_backward(struct ln_router *router, const struct narrow *narrow, uint32_t *node)
{
    while (router->heap.count > 0) {
        struct ln_heap_entry first = ln_heap_pop(&router->heap);
        if (ln_router_is_label(router, first.node, LN_LABEL_OPEN) && can_win(router, narrow, first.node, first.cost)) {
            *node = first.node;
            return settle(router, narrow, first.node);
        }
    }
    *node = LN_GRAPH_NONE;
    return true;
}

/* Grows both, the one that has looked at fewer edges first, while they could still find something cheaper. */
static bool grow_both(struct ln_router *router, struct narrow *narrow)
{
    narrow->is_forward = true;
    if (!ln_forward_begin(router)) {
        return false;
    }
    while (router->heap.count > 0 && router->forward_heap.count > 0 &&
           router->heap.entries[0].cost + ln_forward_radius(router) < narrow->best) {
        bool forward = router->forward_edges <= router->backward_edges;
        uint32_t node;
        if (!(forward ? ln_forward_step(router) : step_backward(router, narrow, &node))) {
            return false;
        }
        node = forward ? router->meeting : node;
        if (node != LN_GRAPH_NONE) {
            join(router, narrow, node);
        }
    }
    return true;
}

/* Labels alone, to the payer. */
static enum ln_route_result finish(struct ln_router *router, const struct narrow *narrow)
{
    while (!ln_router_is_label(router, router->payer, LN_LABEL_SETTLED)) {
        uint32_t node;
        if (!step_backward(router, narrow, &node)) {
            return LN_ROUTE_NO_MEMORY;
        }
        if (node == LN_GRAPH_NONE) {
            return LN_ROUTE_NO_WAY;
        }
    }
    return LN_ROUTE_OK;
}

/* Whether no channels lead from payer to payee, whatever the limits. */
static bool is_cut_off(const struct ln_router *router)
{
    return router->forward_heap.count == 0 && router->reaches[router->payee].generation != router->generation;
}

static bool begin(struct ln_router *router)
{
    if (++router->generation == 0) {
        memset(router->labels, 0, router->label_capacity * sizeof *router->labels);
        memset(router->reaches, 0, router->reach_capacity * sizeof *router->reaches);
        router->generation = 1;
    }
    router->heap.count = 0;
    router->backward_edges = 0;
    if (!reserve(router, 1)) {
        return false;
    }
    ln_router_block_nodes(router);
    router->labels[router->payee] = (struct ln_label){.amount_msat = router->request->amount_msat,
                                                      .generation = router->generation,
                                                      .blocks = (uint16_t)router->request->final_blocks};
    ln_heap_push(&router->heap, 0, router->payee);
    return true;
}

enum ln_route_result ln_router_search(struct ln_router *router, enum ln_route_aim aim)
{
    struct narrow narrow = {.best = UINT64_MAX};
    router->aim = aim;
    router->cuts = 0;
    if (router->request->final_blocks > router->max_blocks) {
        router->cuts = LN_CUT_BLOCKS;
        return LN_ROUTE_NO_WAY;
    }
    if (!begin(router) || !grow_both(router, &narrow)) {
        return LN_ROUTE_NO_MEMORY;
    }
    if (is_cut_off(router)) {
        router->cuts = 0;
        return LN_ROUTE_NO_WAY;
    }
    enum ln_route_result result = finish(router, &narrow);
    bool is_joined = narrow.best != UINT64_MAX;
    bool is_worse = result == LN_ROUTE_OK ? router->labels[router->payer].cost > narrow.best : is_joined;
    if (result == LN_ROUTE_NO_MEMORY || !is_worse) {
        return result;
    }
    narrow = (struct narrow){.best = UINT64_MAX};
    return begin(router) ? finish(router, &narrow) : LN_ROUTE_NO_MEMORY;
}
