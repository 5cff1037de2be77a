/* route_search.c: Dijkstra's search from the payee to the payer.   [real]
 * SPDX-License-Identifier: MIT
 *
 * The heap has four children per entry and no decrease: an entry whose node was settled since is passed over. Every
 * edge costs something, so a node's label is final when it is settled, whatever the order among equals.
 */
#include "protocol/lightning/array.h"
#include "protocol/lightning/msat.h"
#include "protocol/lightning/route_state.h"
#include <assert.h>
#include <string.h>

#define ARITY 4

/* ---- heap ---- */

static void push(struct ln_router *router, uint64_t cost, uint32_t node)
{
    struct ln_heap_entry *heap = router->heap;
    uint32_t at = router->heap_count++;
    for (; at > 0 && cost < heap[(at - 1) / ARITY].cost; at = (at - 1) / ARITY) {
        heap[at] = heap[(at - 1) / ARITY];
    }
    heap[at] = (struct ln_heap_entry){cost, node};
}

static struct ln_heap_entry pop(struct ln_router *router)
{
    struct ln_heap_entry *heap = router->heap;
    struct ln_heap_entry first = heap[0], last = heap[--router->heap_count];
    uint32_t count = router->heap_count, at = 0;
    for (;;) {
        uint32_t child = ARITY * at + 1, least = child;
        if (child >= count) {
            break;
        }
        uint32_t end = count - child < ARITY ? count : child + ARITY;
        for (uint32_t i = child + 1; i < end; i++) {
            least = heap[i].cost < heap[least].cost ? i : least;
        }
        if (heap[least].cost >= last.cost) {
            break;
        }
        heap[at] = heap[least];
        at = least;
    }
    heap[at] = last;
    return first;
}

/* ---- edges ---- */

bool ln_router_nats(const struct ln_router *router, uint32_t *nats, const struct ln_edge *edge, uint64_t amount_msat)
{
    const struct ln_known *known = ln_router_known(router, edge);
    if (known == NULL) {
        if (edge->number & LN_EXTRA) { /* an own channel: its balance is known */
            *nats = 0;
            return true;
        }
        struct ln_bounds bounds = {0, edge->capacity_msat, edge->capacity_msat};
        return ln_probability_nats(nats, &router->prices.prior, &bounds, amount_msat);
    }
    unsigned direction =
        edge->number & LN_EXTRA ? router->extras[edge->number & ~LN_EXTRA].direction : edge->number & 1;
    uint64_t pending_msat = known->pending_msat[direction];
    uint32_t before = 0;
    if (known->barred[direction] ||
        !ln_probability_nats(nats, &router->prices.prior, &known->bounds[direction], amount_msat + pending_msat) ||
        !ln_probability_nats(&before, &router->prices.prior, &known->bounds[direction], pending_msat)) {
        return false;
    }
    *nats -= before;
    return true;
}

uint64_t ln_router_cost(const struct ln_router *router, const struct ln_edge *edge, uint64_t amount_msat,
                        uint64_t fee_msat, uint32_t nats)
{
    uint64_t blocks = edge->peer == router->payer ? 0 : edge->cltv_blocks;
    uint64_t risk = (uint64_t)((unsigned __int128)(amount_msat * blocks) * router->risk_factor >> 64);
    uint64_t doubt = router->nat_weight * nats >> (LN_NATS_BITS - LN_COST_BITS);
    uint64_t hop = (uint64_t)router->prices.hop_msat << LN_COST_BITS;
    return (fee_msat << LN_COST_BITS) + risk + doubt + hop + 1;
}

static uint64_t aimed_cost(const struct ln_router *router, const struct ln_edge *edge, uint64_t amount_msat,
                           uint64_t fee_msat, uint32_t nats)
{
    switch (router->aim) {
    case LN_AIM_FEE:
        return (fee_msat << LN_COST_BITS) + 1;
    case LN_AIM_BLOCKS:
        return ((uint64_t)edge->cltv_blocks << LN_COST_BITS) + 1;
    case LN_AIM_HOPS:
        return 1;
    case LN_AIM_COST:
        break;
    }
    return ln_router_cost(router, edge, amount_msat, fee_msat, nats);
}

/* base + amount * ppm / 1000000 (BOLT 7), saturating. */
static uint64_t fee_of(const struct ln_edge *edge, uint64_t amount_msat)
{
    if (amount_msat <= UINT32_MAX) {
        return edge->fee_base_msat + amount_msat * edge->fee_proportional_ppm / 1000000;
    }
    uint64_t fee_msat;
    return ln_msat_fee(&fee_msat, amount_msat, edge->fee_base_msat, edge->fee_proportional_ppm) ? fee_msat
                                                                                                : LN_MSAT_MAX;
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

/* ---- the search ---- */

static uint64_t id_of(const struct ln_router *router, uint32_t number)
{
    return number & LN_EXTRA ? router->extras[number & ~LN_EXTRA].short_channel_id
                             : router->graph->channels[number >> 1].short_channel_id;
}

/* Of two ways of one cost: which one does not depend on the order in which the graph was built. */
static bool comes_first(const struct ln_router *router, const struct ln_label *a, const struct ln_label *b)
{
    if (a->amount_msat != b->amount_msat) {
        return a->amount_msat < b->amount_msat;
    }
    if (a->blocks != b->blocks) {
        return a->blocks < b->blocks;
    }
    return a->hops != b->hops ? a->hops < b->hops : id_of(router, a->via) < id_of(router, b->via);
}

/* Extends the way from settled node `to` back over an edge. Returns false if it cannot be used. */
static bool extend(struct ln_router *router, struct ln_label *label, const struct ln_edge *edge, uint32_t to)
{
    const struct ln_label *after = &router->labels[to];
    uint64_t amount_msat = after->amount_msat, fee_msat = 0, blocks = after->blocks;
    uint32_t nats;
    if (amount_msat < edge->least_msat || amount_msat > edge->most_msat) {
        return false;
    }
    if (edge->peer != router->payer) {
        fee_msat = fee_of(edge, amount_msat);
        blocks += edge->cltv_blocks;
        if (fee_msat > router->most_msat - amount_msat || blocks > router->max_blocks) {
            router->cuts |= blocks > router->max_blocks ? LN_CUT_BLOCKS : LN_CUT_FEE;
            return false;
        }
    }
    if (!ln_router_nats(router, &nats, edge, amount_msat)) {
        return false;
    }
    *label = (struct ln_label){.cost = after->cost + aimed_cost(router, edge, amount_msat, fee_msat, nats),
                               .amount_msat = amount_msat + fee_msat,
                               .via = edge->number,
                               .next = to,
                               .generation = router->generation,
                               .blocks = (uint16_t)blocks,
                               .hops = (uint8_t)(after->hops + 1)};
    return true;
}

static void relax(struct ln_router *router, const struct ln_edge *edge, uint32_t to)
{
    struct ln_label *label = &router->labels[edge->peer];
    const struct ln_label *payer = &router->labels[router->payer];
    struct ln_label better;
    bool is_seen = label->generation == router->generation;
    if ((is_seen && label->state != LN_LABEL_OPEN) || !extend(router, &better, edge, to)) {
        return;
    }
    if (is_seen &&
        (better.cost > label->cost || (better.cost == label->cost && !comes_first(router, &better, label)))) {
        return;
    }
    if (payer->generation == router->generation && better.cost > payer->cost) {
        return;
    }
    bool is_cheaper = !is_seen || better.cost < label->cost;
    *label = better;
    if (is_cheaper) {
        push(router, better.cost, edge->peer);
    }
}

/* Edges of the graph that begin at the payer are as good as its own channels, if those are not given. */
static void relax_graph(struct ln_router *router, uint32_t node)
{
    uint32_t count;
    const struct ln_edge *edges = ln_graph_edges(router->graph, &count, node, LN_SLICE_IN);
    for (uint32_t i = 0; i < count; i++) {
        if (edges[i].peer != router->payer || router->request->own == NULL) {
            relax(router, &edges[i], node);
        }
    }
}

static bool is_passable(const struct ln_router *router, uint32_t node)
{
    return node == router->payee || node >= router->graph->node_limit ||
           (router->graph->nodes[node].flags & LN_GRAPH_UNKNOWN_FEATURE) == 0;
}

/* Settles a node. Returns false if the heap finds no memory. */
static bool settle(struct ln_router *router, uint32_t node)
{
    const struct ln_label *label = &router->labels[node];
    uint32_t count = node < router->graph->node_limit ? router->graph->nodes[node].slices[LN_SLICE_IN].count : 0;
    router->settled++;
    if (!is_passable(router, node)) {
        return true;
    }
    if (label->hops >= router->max_hops) {
        router->cuts |= LN_CUT_HOPS;
        return true;
    }
    if (!LN_ARRAY_RESERVE(router->heap, router->heap_capacity,
                          (uint64_t)router->heap_count + count + router->extra_count, router->allocator)) {
        return false;
    }
    for (uint32_t i = router->extra_of[node]; i != LN_GRAPH_NONE; i = router->extras[i].next) {
        relax(router, &router->extras[i].edge, node);
    }
    if (count > 0) {
        relax_graph(router, node);
    }
    return true;
}

static void begin(struct ln_router *router, enum ln_route_aim aim)
{
    if (++router->generation == 0) {
        memset(router->labels, 0, router->label_capacity * sizeof *router->labels);
        router->generation = 1;
    }
    router->aim = aim;
    router->cuts = 0;
    router->heap_count = 0;
    ln_router_block_nodes(router);
    router->labels[router->payee] = (struct ln_label){.amount_msat = router->request->amount_msat,
                                                      .generation = router->generation,
                                                      .blocks = (uint16_t)router->request->final_blocks};
}

enum ln_route_result ln_router_search(struct ln_router *router, enum ln_route_aim aim)
{
    begin(router, aim);
    if (!LN_ARRAY_RESERVE(router->heap, router->heap_capacity, 1, router->allocator)) {
        return LN_ROUTE_NO_MEMORY;
    }
    if (router->request->final_blocks > router->max_blocks) {
        router->cuts |= LN_CUT_BLOCKS;
        return LN_ROUTE_NO_WAY;
    }
    push(router, 0, router->payee);
    while (router->heap_count > 0) {
        uint32_t node = pop(router).node;
        if (node == router->payer) {
            return LN_ROUTE_OK;
        }
        if (router->labels[node].state == LN_LABEL_OPEN) {
            router->labels[node].state = LN_LABEL_SETTLED;
            if (!settle(router, node)) {
                return LN_ROUTE_NO_MEMORY;
            }
        }
    }
    return LN_ROUTE_NO_WAY;
}
