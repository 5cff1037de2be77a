/* route_forward.c: what it takes at least to get from the payer to a node.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Dijkstra's search over edges that go out. Each is reckoned with the amount that the payee gets: no hop ever carries
 * less, and no part of a cost falls with the amount, so no way is cheaper than this says.
 */
#include "protocol/lightning/array.h"
#include "protocol/lightning/route_state.h"

static bool reserve(struct ln_router *router, uint64_t count)
{
    struct ln_heap *heap = &router->forward_heap;
    return LN_ARRAY_RESERVE(heap->entries, heap->capacity, heap->count + count, router->allocator);
}

bool ln_forward_begin(struct ln_router *router)
{
    router->forward_heap.count = 0;
    router->forward_edges = 0;
    if (!reserve(router, 1)) {
        return false;
    }
    router->reaches[router->payer] = (struct ln_reach){.from = LN_GRAPH_NONE, .generation = router->generation};
    ln_heap_push(&router->forward_heap, 0, router->payer);
    return true;
}

uint64_t ln_forward_radius(const struct ln_router *router)
{
    return router->forward_heap.count == 0 ? UINT64_MAX : router->forward_heap.entries[0].cost;
}

/* Remembers the node whose way on is known, if it makes the cheapest whole way. */
static void meet(struct ln_router *router, uint32_t node)
{
    uint32_t other = router->meeting;
    if (ln_router_is_label(router, node, LN_LABEL_SETTLED) &&
        (other == LN_GRAPH_NONE || router->labels[node].cost + router->reaches[node].cost <
                                       router->labels[other].cost + router->reaches[other].cost)) {
        router->meeting = node;
    }
}

static void relax(struct ln_router *router, const struct ln_edge *edge, uint32_t from, uint32_t to)
{
    struct ln_reach *reach = &router->reaches[to];
    struct ln_passage passage;
    bool is_seen = reach->generation == router->generation;
    if ((is_seen && reach->is_settled) || edge->least_msat > router->most_msat ||
        !ln_router_pass(router, &passage, edge, from, router->request->amount_msat)) {
        return;
    }
    uint64_t cost = router->reaches[from].cost + passage.cost;
    if (!is_seen || cost < reach->cost) {
        *reach = (struct ln_reach){.cost = cost, .via = edge->number, .from = from, .generation = router->generation};
        ln_heap_push(&router->forward_heap, cost, to);
        meet(router, to);
    }
}

static void relax_graph(struct ln_router *router, uint32_t node)
{
    uint32_t count;
    const struct ln_edge *edges = ln_graph_edges(router->graph, &count, node, LN_SLICE_OUT);
    router->forward_edges += count;
    for (uint32_t i = 0; i < count; i++) {
        relax(router, &edges[i], node, edges[i].peer);
    }
}

/* Own channels begin at the payer; those of the invoice are few. */
static void relax_extras(struct ln_router *router, uint32_t node)
{
    bool has_any = node == router->payer || router->request->hint_count > 0;
    for (uint32_t i = 0; has_any && i < router->extra_count; i++) {
        if (router->extras[i].edge.peer == node) {
            relax(router, &router->extras[i].edge, node, router->extras[i].end);
        }
    }
}

static bool settle(struct ln_router *router, uint32_t node)
{
    bool in_graph = node < router->graph->node_limit && (node != router->payer || router->request->own == NULL);
    uint64_t count = in_graph ? router->graph->nodes[node].slices[LN_SLICE_OUT].count : 0;
    if (!ln_router_is_passable(router, node)) {
        return true;
    }
    if (!reserve(router, count + router->extra_count)) {
        return false;
    }
    relax_extras(router, node);
    if (count > 0) {
        relax_graph(router, node);
    }
    return true;
}

bool ln_forward_step(struct ln_router *router)
{
    router->meeting = LN_GRAPH_NONE;
    while (router->forward_heap.count > 0) {
        uint32_t node = ln_heap_pop(&router->forward_heap).node;
        if (!router->reaches[node].is_settled) {
            router->reaches[node].is_settled = 1;
            router->settled++;
            return settle(router, node);
        }
    }
    return true;
}
