/* route_known.c: makes a router ready for a request.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/array.h"
#include "protocol/lightning/route_state.h"
#include <assert.h>
#include <string.h>

#define NONE LN_GRAPH_NONE

static uint64_t least_of(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* ---- memory ---- */

static bool reserve_nodes(struct ln_router *router, uint32_t count)
{
    uint32_t labels = router->label_capacity, extras = router->extra_of_capacity;
    if (!LN_ARRAY_RESERVE(router->labels, router->label_capacity, count, router->allocator)) {
        return false;
    }
    memset(router->labels + labels, 0, (router->label_capacity - labels) * sizeof *router->labels);
    uint32_t reaches = router->reach_capacity;
    if (!LN_ARRAY_RESERVE(router->reaches, router->reach_capacity, count, router->allocator)) {
        return false;
    }
    memset(router->reaches + reaches, 0, (router->reach_capacity - reaches) * sizeof *router->reaches);
    if (!LN_ARRAY_RESERVE(router->extra_of, router->extra_of_capacity, count, router->allocator)) {
        return false;
    }
    memset(router->extra_of + extras, 0xff, (router->extra_of_capacity - extras) * sizeof *router->extra_of);
    return true;
}

static bool reserve_channels(struct ln_router *router, uint32_t count)
{
    uint32_t words = router->mark_capacity;
    if (!LN_ARRAY_RESERVE(router->marks, router->mark_capacity, count / 64 + 1, router->allocator)) {
        return false;
    }
    memset(router->marks + words, 0, (router->mark_capacity - words) * sizeof *router->marks);
    return LN_ARRAY_RESERVE(router->known_of, router->known_of_capacity, count, router->allocator);
}

static bool reserve(struct ln_router *router)
{
    const struct ln_route_request *request = router->request;
    uint64_t known = (uint64_t)request->hint_count + request->block_count +
                     (uint64_t)request->placed_count * LN_ROUTE_HOPS_MAX +
                     (request->liquidity == NULL ? 0 : request->liquidity->count);
    return reserve_nodes(router, router->graph->node_limit + LN_STRANGERS_MAX) &&
           reserve_channels(router, router->graph->channel_limit) &&
           LN_ARRAY_RESERVE(router->known, router->known_capacity, known, router->allocator) &&
           LN_ARRAY_RESERVE(router->extras, router->extra_capacity, request->own_count + (uint64_t)request->hint_count,
                            router->allocator);
}

/* ---- nodes ---- */

static uint32_t find_node(const struct ln_router *router, const uint8_t id[33])
{
    uint32_t node = ln_graph_find_node(router->graph, id);
    for (uint32_t i = 0; node == NONE && i < router->stranger_count; i++) {
        if (memcmp(router->strangers[i], id, 33) == 0) {
            node = router->graph->node_limit + i;
        }
    }
    return node;
}

static uint32_t meet_node(struct ln_router *router, const uint8_t id[33])
{
    uint32_t node = find_node(router, id);
    if (node == NONE) {
        assert(router->stranger_count < LN_STRANGERS_MAX);
        memcpy(router->strangers[router->stranger_count], id, 33);
        node = router->graph->node_limit + router->stranger_count++;
    }
    return node;
}

const uint8_t *ln_router_node_id(const struct ln_router *router, uint32_t node)
{
    return node < router->graph->node_limit ? router->graph->nodes[node].id
                                            : router->strangers[node - router->graph->node_limit];
}

/* ---- knowledge ---- */

static struct ln_known *add_known(struct ln_router *router, uint64_t short_channel_id)
{
    assert(router->known_count < router->known_capacity);
    struct ln_known *known = &router->known[router->known_count++];
    *known = (struct ln_known){.short_channel_id = short_channel_id, .channel = NONE};
    return known;
}

/* What is known of a channel of the graph: nothing to begin with. */
static struct ln_known *know(struct ln_router *router, uint32_t channel)
{
    uint64_t bit = UINT64_C(1) << (channel & 63);
    if (router->marks[channel >> 6] & bit) {
        return &router->known[router->known_of[channel]];
    }
    struct ln_known *known = add_known(router, router->graph->channels[channel].short_channel_id);
    router->marks[channel >> 6] |= bit;
    router->known_of[channel] = router->known_count - 1;
    known->channel = channel;
    for (unsigned i = 0; i < 2; i++) {
        struct ln_edge edge = {0};
        (void)ln_graph_is_usable(&router->graph->channels[channel], i, &edge);
        known->bounds[i] = (struct ln_bounds){0, edge.capacity_msat, edge.capacity_msat};
    }
    return known;
}

/* In: known, with the bounds of a channel of which nothing was learned. */
static void learn(const struct ln_route_request *request, struct ln_known *known,
                  const struct ln_liquidity_record *record)
{
    for (unsigned i = 0; i < 2; i++) {
        struct ln_bounds bounds = ln_liquidity_record_bounds(request->liquidity, record, i, request->now_s);
        if (ln_liquidity_is_open(record, &bounds)) {
            bounds.upper_msat = bounds.capacity_msat = known->bounds[i].capacity_msat;
            bounds.lower_msat = least_of(bounds.lower_msat, bounds.upper_msat);
        }
        known->bounds[i] = bounds;
        known->pending_msat[i] = record->pending_msat[i];
        known->barred[i] = ln_liquidity_is_barred(record, i, request->now_s);
    }
}

/* The channel's number in the graph; the record remembers where it was. */
static uint32_t place_of(const struct ln_graph *graph, uint32_t channel, uint64_t short_channel_id)
{
    bool same = channel < graph->channel_limit && graph->channels[channel].nodes[0] != NONE &&
                graph->channels[channel].short_channel_id == short_channel_id;
    return same ? channel : ln_graph_find_channel(graph, short_channel_id);
}

static void learn_all(struct ln_router *router)
{
    const struct ln_liquidity *liquidity = router->request->liquidity;
    for (uint32_t i = 0; liquidity != NULL && i < liquidity->count; i++) {
        const struct ln_liquidity_record *record = &liquidity->records[i];
        uint32_t channel = place_of(router->graph, record->channel, record->short_channel_id);
        if (channel != NONE) {
            learn(router->request, know(router, channel), record);
        }
    }
}

/* ---- extra edges ---- */

static struct ln_extra *add_extra(struct ln_router *router, uint32_t from, uint32_t to)
{
    assert(router->extra_count < router->extra_capacity);
    uint32_t place = router->extra_count++;
    struct ln_extra *extra = &router->extras[place];
    *extra = (struct ln_extra){.known = NONE, .end = to, .next = router->extra_of[to]};
    extra->edge.peer = from;
    extra->edge.number = LN_EXTRA | place;
    router->extra_of[to] = place;
    return extra;
}

static void add_hint(struct ln_router *router, const struct ln_invoice_hop *hop, const uint8_t *end)
{
    const struct ln_route_request *request = router->request;
    uint32_t from = meet_node(router, hop->node), to = meet_node(router, end);
    if (from == to || to == router->payer || (from == router->payer && request->own != NULL)) {
        return; /* its own channels the payer knows better */
    }
    struct ln_extra *extra = add_extra(router, from, to);
    extra->short_channel_id = hop->short_channel_id;
    extra->source = LN_HOP_HINT;
    extra->direction = memcmp(hop->node, end, 33) > 0;
    extra->edge.most_msat = LN_EDGE_MSAT_MAX;
    extra->edge.cltv_blocks = hop->cltv_expiry_delta_blocks;
    extra->edge.fee_base_msat = hop->fee_base_msat;
    extra->edge.fee_proportional_ppm = hop->fee_proportional_ppm;
    const struct ln_liquidity_record *record =
        request->liquidity == NULL ? NULL : ln_liquidity_find(request->liquidity, hop->short_channel_id);
    struct ln_known *known = add_known(router, hop->short_channel_id);
    extra->known = router->known_count - 1;
    for (unsigned i = 0; i < 2; i++) { /* nobody says how much it has: enough, until it fails */
        known->bounds[i] = (struct ln_bounds){LN_EDGE_MSAT_MAX, LN_EDGE_MSAT_MAX, LN_EDGE_MSAT_MAX};
    }
    if (record != NULL) {
        learn(request, known, record);
    }
}

static void add_hints(struct ln_router *router)
{
    const struct ln_route_request *request = router->request;
    for (uint32_t i = 0; i < request->hint_count; i++) {
        const struct ln_invoice_hop *hop = &request->hints[i];
        bool is_last = i + 1 == request->hint_count || hop[1].route != hop->route;
        add_hint(router, hop, is_last ? request->payee : hop[1].node);
    }
}

/* Own channels lead nowhere if their peer is neither in the graph nor in the invoice nor the payee. */
static void add_own(struct ln_router *router)
{
    const struct ln_route_request *request = router->request;
    for (uint32_t i = 0; i < request->own_count; i++) {
        const struct ln_route_own *own = &request->own[i];
        uint32_t peer = find_node(router, own->peer);
        if (peer == NONE || peer == router->payer) {
            continue;
        }
        struct ln_extra *extra = add_extra(router, router->payer, peer);
        extra->short_channel_id = own->short_channel_id;
        extra->source = LN_HOP_OWN;
        extra->direction = memcmp(request->payer, own->peer, 33) > 0;
        extra->edge.most_msat = least_of(least_of(own->sendable_msat, own->htlc_maximum_msat), LN_EDGE_MSAT_MAX);
        extra->edge.least_msat = least_of(own->htlc_minimum_msat, LN_EDGE_MSAT_MAX) & LN_EDGE_MSAT_MAX;
        extra->capacity_msat = least_of(own->sendable_msat, LN_EDGE_MSAT_MAX);
    }
}

static struct ln_extra *find_extra(struct ln_router *router, uint64_t short_channel_id)
{
    for (uint32_t i = 0; i < router->extra_count; i++) {
        if (router->extras[i].short_channel_id == short_channel_id) {
            return &router->extras[i];
        }
    }
    return NULL;
}

/* ---- parts already placed, blocks ---- */

static void count_placed(struct ln_router *router, const struct ln_route_hop *hop)
{
    struct ln_extra *extra = hop->source == LN_HOP_GRAPH ? NULL : find_extra(router, hop->short_channel_id);
    if (hop->source == LN_HOP_GRAPH) {
        uint32_t channel = place_of(router->graph, hop->channel, hop->short_channel_id);
        if (channel != NONE) {
            know(router, channel)->pending_msat[hop->direction] += hop->amount_msat;
        }
    } else if (extra != NULL && extra->known != NONE) {
        router->known[extra->known].pending_msat[hop->direction] += hop->amount_msat;
    } else if (extra != NULL) {
        extra->capacity_msat -= least_of(extra->capacity_msat, hop->amount_msat);
        extra->edge.most_msat = least_of(extra->edge.most_msat, extra->capacity_msat);
    }
}

static void count_all_placed(struct ln_router *router)
{
    for (uint32_t i = 0; i < router->request->placed_count; i++) {
        const struct ln_route *route = &router->request->placed[i];
        for (uint32_t hop = 0; hop < route->hop_count; hop++) {
            count_placed(router, &route->hops[hop]);
        }
    }
}

static void block_channel(struct ln_router *router, const struct ln_route_block *block)
{
    uint32_t channel = ln_graph_find_channel(router->graph, block->short_channel_id);
    uint32_t from = find_node(router, block->from);
    for (uint32_t i = 0; i < router->extra_count; i++) {
        struct ln_extra *extra = &router->extras[i];
        if (extra->short_channel_id == block->short_channel_id && extra->edge.peer == from) {
            extra->edge.most_msat = 0;
        }
    }
    if (channel != NONE && from != NONE) {
        const uint32_t *nodes = router->graph->channels[channel].nodes;
        struct ln_known *known = know(router, channel);
        known->barred[0] |= nodes[0] == from;
        known->barred[1] |= nodes[1] == from;
    }
}

static void block_channels(struct ln_router *router)
{
    for (uint32_t i = 0; i < router->request->block_count; i++) {
        if (router->request->blocks[i].short_channel_id != 0) {
            block_channel(router, &router->request->blocks[i]);
        }
    }
}

/* BOLT 7: nodes that require what we do not know are not routed through either; those the search finds itself. */
void ln_router_block_nodes(struct ln_router *router)
{
    for (uint32_t i = 0; i < router->request->block_count; i++) {
        const struct ln_route_block *block = &router->request->blocks[i];
        uint32_t node = block->short_channel_id == 0 ? find_node(router, block->from) : NONE;
        if (node != NONE && node != router->payer && node != router->payee) {
            router->labels[node].generation = router->generation;
            router->labels[node].state = LN_LABEL_BLOCKED;
        }
    }
}

/* ---- all of it ---- */

static void set_prices(struct ln_router *router)
{
    const struct ln_route_request *request = router->request;
    const struct ln_route_prices *prices = request->prices == NULL ? &ln_route_prices_default : request->prices;
    unsigned __int128 unit = ((unsigned __int128)1 << (64 + LN_COST_BITS)) / 1000000000; /* of a ppb */
    unsigned __int128 weight = prices->nat_msat + (unsigned __int128)request->amount_msat * prices->nat_ppm / 1000000;
    router->prices = *prices;
    router->risk_factor = (uint64_t)(unit * least_of(prices->risk_ppb, 10000));
    router->nat_weight = weight > UINT64_C(1) << 36 ? UINT64_C(1) << 36 : (uint64_t)weight;
    router->most_msat = request->amount_msat + least_of(request->max_fee_msat, LN_EDGE_MSAT_MAX - request->amount_msat);
    router->max_blocks = (uint32_t)least_of(request->max_blocks, UINT16_MAX);
    router->max_hops = (uint32_t)least_of(request->max_hops, LN_ROUTE_HOPS_MAX);
}

static enum ln_route_result check_ends(const struct ln_router *router)
{
    const struct ln_route_request *request = router->request;
    if (router->payer >= router->graph->node_limit && request->own_count == 0) {
        return LN_ROUTE_NO_PAYER;
    }
    if (router->payee >= router->graph->node_limit && router->extra_of[router->payee] == NONE) {
        return LN_ROUTE_NO_PAYEE;
    }
    return LN_ROUTE_OK;
}

enum ln_route_result ln_router_prepare(struct ln_router *router, const struct ln_graph *graph,
                                       const struct ln_route_request *request)
{
    assert(request->hint_count <= LN_INVOICE_HOPS_MAX);
    router->graph = graph;
    router->request = request;
    if (request->amount_msat == 0 || request->amount_msat > LN_EDGE_MSAT_MAX) {
        return LN_ROUTE_AMOUNT;
    }
    if (memcmp(request->payer, request->payee, 33) == 0) {
        return LN_ROUTE_SELF;
    }
    if (!reserve(router)) {
        return LN_ROUTE_NO_MEMORY;
    }
    set_prices(router);
    router->payer = meet_node(router, request->payer);
    router->payee = meet_node(router, request->payee);
    add_hints(router);
    add_own(router);
    learn_all(router);
    count_all_placed(router);
    block_channels(router);
    return check_ends(router);
}

void ln_router_clear(struct ln_router *router)
{
    for (uint32_t i = 0; i < router->known_count; i++) {
        uint32_t channel = router->known[i].channel;
        if (channel != NONE) {
            router->marks[channel >> 6] &= ~(UINT64_C(1) << (channel & 63));
        }
    }
    for (uint32_t i = 0; i < router->extra_count; i++) {
        router->extra_of[router->extras[i].end] = NONE;
    }
    router->known_count = router->extra_count = router->stranger_count = 0;
    router->heap.count = router->forward_heap.count = 0;
}
