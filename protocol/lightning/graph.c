/* graph.c: what is known of the network.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/graph.h"

#include "protocol/lightning/array.h"
#include "protocol/lightning/msat.h"
#include <assert.h>
#include <string.h>

#define LIMIT_MAX (UINT32_C(1) << 22) /* keeps numbers of edges in 32 bits */

const char *ln_graph_text(enum ln_graph_result result)
{
    switch (result) {
    case LN_GRAPH_OK:
        return "ok";
    case LN_GRAPH_KNOWN:
        return "a channel with this short channel id is there already";
    case LN_GRAPH_SAME_NODE:
        return "node ids are equal or not in ascending order";
    case LN_GRAPH_OUTPOINT:
        return "another channel has this outpoint";
    case LN_GRAPH_AMOUNT:
        return "amount beyond 21 million bitcoin";
    case LN_GRAPH_BANNED:
        return "one of the nodes is blacklisted";
    case LN_GRAPH_FULL:
        return "limit of nodes or channels reached";
    case LN_GRAPH_NO_MEMORY:
        return "out of memory";
    }
    return "unknown";
}

void ln_graph_init(struct ln_graph *graph, const struct ln_graph_config *config)
{
    assert(config->nodes_max <= LIMIT_MAX && config->channels_max <= LIMIT_MAX);
    *graph = (struct ln_graph){.config = *config, .node_free = LN_GRAPH_NONE, .channel_free = LN_GRAPH_NONE};
    ln_slices_init(&graph->slices, config->allocator);
    ln_kept_init(&graph->kept, config->allocator, config->kept_bytes_max);
}

void ln_graph_close(struct ln_graph *graph)
{
    const struct btc_allocator *allocator = graph->config.allocator;
    btc_release(allocator, graph->nodes, graph->node_capacity * sizeof *graph->nodes);
    btc_release(allocator, graph->channels, graph->channel_capacity * sizeof *graph->channels);
    ln_sorted_close(&graph->by_id, allocator);
    ln_sorted_close(&graph->by_scid, allocator);
    ln_sorted_close(&graph->by_outpoint, allocator);
    ln_slices_close(&graph->slices);
    ln_kept_close(&graph->kept);
    struct ln_graph_config config = graph->config;
    ln_graph_init(graph, &config);
}

size_t ln_graph_memory(const struct ln_graph *graph)
{
    size_t sorted = (size_t)graph->by_id.capacity + graph->by_scid.capacity + graph->by_outpoint.capacity;
    size_t pieces = (size_t)btc_pool_limit(&graph->kept.pieces) * graph->kept.pieces.item_bytes;
    return graph->node_capacity * sizeof *graph->nodes + graph->channel_capacity * sizeof *graph->channels +
           sorted * sizeof(uint32_t) + graph->slices.capacity * sizeof *graph->slices.edges + pieces;
}

/* ---- looking ---- */

static int compare_id(const void *context, uint32_t number, const void *key)
{
    const struct ln_graph *graph = context;
    return memcmp(graph->nodes[number].id, key, 33);
}

static int compare_scid(const void *context, uint32_t number, const void *key)
{
    const struct ln_graph *graph = context;
    uint64_t scid = graph->channels[number].short_channel_id, other;
    memcpy(&other, key, sizeof other);
    return scid < other ? -1 : scid > other;
}

static int compare_outpoint(const void *context, uint32_t number, const void *key)
{
    const struct ln_graph *graph = context;
    const struct btc_outpoint *mine = &graph->channels[number].outpoint, *other = key;
    int order = memcmp(mine->txid, other->txid, sizeof mine->txid);
    return order != 0 ? order : mine->index < other->index ? -1 : mine->index > other->index;
}

static uint32_t look_up(const struct ln_graph *graph, const struct ln_sorted *sorted, ln_sorted_compare *compare,
                        const void *key)
{
    uint32_t rank;
    return ln_sorted_find(sorted, &rank, compare, graph, key) ? sorted->numbers[rank] : LN_GRAPH_NONE;
}

uint32_t ln_graph_find_node(const struct ln_graph *graph, const uint8_t id[33])
{
    return look_up(graph, &graph->by_id, compare_id, id);
}

uint32_t ln_graph_find_channel(const struct ln_graph *graph, uint64_t short_channel_id)
{
    return look_up(graph, &graph->by_scid, compare_scid, &short_channel_id);
}

uint32_t ln_graph_find_outpoint(const struct ln_graph *graph, const struct btc_outpoint *outpoint)
{
    return look_up(graph, &graph->by_outpoint, compare_outpoint, outpoint);
}

const struct ln_graph_node *ln_graph_node(const struct ln_graph *graph, uint32_t number)
{
    assert(number < graph->node_limit);
    return &graph->nodes[number];
}

const struct ln_graph_channel *ln_graph_channel(const struct ln_graph *graph, uint32_t number)
{
    assert(number < graph->channel_limit && graph->channels[number].nodes[0] != LN_GRAPH_NONE);
    return &graph->channels[number];
}

uint32_t ln_graph_node_count(const struct ln_graph *graph)
{
    return graph->by_id.count;
}

uint32_t ln_graph_channel_count(const struct ln_graph *graph)
{
    return graph->by_scid.count;
}

uint32_t ln_graph_node_at(const struct ln_graph *graph, uint32_t rank)
{
    assert(rank < graph->by_id.count);
    return graph->by_id.numbers[rank];
}

uint32_t ln_graph_channel_at(const struct ln_graph *graph, uint32_t rank)
{
    assert(rank < graph->by_scid.count);
    return graph->by_scid.numbers[rank];
}

uint32_t ln_graph_channel_rank(const struct ln_graph *graph, uint64_t short_channel_id)
{
    uint32_t rank;
    (void)ln_sorted_find(&graph->by_scid, &rank, compare_scid, graph, &short_channel_id);
    return rank;
}

uint32_t ln_graph_node_rank(const struct ln_graph *graph, const uint8_t id[33])
{
    uint32_t rank;
    (void)ln_sorted_find(&graph->by_id, &rank, compare_id, graph, id);
    return rank;
}

const struct ln_edge *ln_graph_edges(const struct ln_graph *graph, uint32_t *count, uint32_t node,
                                     enum ln_slice_kind kind)
{
    const struct ln_slice *slice = &ln_graph_node(graph, node)->slices[kind];
    *count = slice->count;
    return slice->count == 0 ? NULL : graph->slices.edges + slice->first;
}

static uint64_t least_of(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

bool ln_graph_is_usable(const struct ln_graph_channel *channel, unsigned direction, struct ln_edge *edge)
{
    const struct ln_policy *policy = &channel->policies[direction];
    uint64_t capacity_msat = channel->capacity_sat == 0 ? policy->htlc_maximum_msat : channel->capacity_sat * 1000;
    uint64_t most_msat = least_of(policy->htlc_maximum_msat, LN_EDGE_MSAT_MAX);
    bool usable = (policy->flags & (LN_POLICY_KNOWN | LN_POLICY_DISABLED)) == LN_POLICY_KNOWN &&
                  (channel->flags & LN_GRAPH_UNKNOWN_FEATURE) == 0 && policy->htlc_minimum_msat <= most_msat &&
                  policy->htlc_maximum_msat <= capacity_msat;
    if (usable && edge != NULL) {
        edge->most_msat = most_msat;
        edge->capacity_msat = least_of(capacity_msat, LN_EDGE_MSAT_MAX);
        edge->least_msat = policy->htlc_minimum_msat & LN_EDGE_MSAT_MAX;
        edge->cltv_blocks = policy->cltv_expiry_delta_blocks;
        edge->fee_base_msat = policy->fee_base_msat;
        edge->fee_proportional_ppm = policy->fee_proportional_ppm;
    }
    return usable;
}

/* ---- nodes and channels come ---- */

static enum ln_graph_result check_opening(const struct ln_graph *graph, const struct ln_graph_opening *opening)
{
    if (memcmp(opening->node_ids[0], opening->node_ids[1], 33) >= 0) {
        return LN_GRAPH_SAME_NODE;
    }
    if (opening->capacity_sat > LN_MSAT_MAX / 1000) {
        return LN_GRAPH_AMOUNT;
    }
    if (ln_graph_find_channel(graph, opening->short_channel_id) != LN_GRAPH_NONE) {
        return LN_GRAPH_KNOWN;
    }
    if (opening->outpoint != NULL && ln_graph_find_outpoint(graph, opening->outpoint) != LN_GRAPH_NONE) {
        return LN_GRAPH_OUTPOINT;
    }
    for (unsigned i = 0; i < 2; i++) {
        uint32_t node = ln_graph_find_node(graph, opening->node_ids[i]);
        if (node != LN_GRAPH_NONE && (graph->nodes[node].flags & LN_GRAPH_BLACKLISTED)) {
            return LN_GRAPH_BANNED;
        }
    }
    return LN_GRAPH_OK;
}

/* Makes room for one channel and two nodes. */
static enum ln_graph_result reserve(struct ln_graph *graph, const struct ln_graph_opening *opening)
{
    const struct btc_allocator *allocator = graph->config.allocator;
    uint32_t new_nodes = 0;
    for (unsigned i = 0; i < 2; i++) {
        new_nodes += ln_graph_find_node(graph, opening->node_ids[i]) == LN_GRAPH_NONE;
    }
    if (graph->by_scid.count >= graph->config.channels_max ||
        graph->by_id.count + new_nodes > graph->config.nodes_max) {
        return LN_GRAPH_FULL;
    }
    bool room = LN_ARRAY_RESERVE(graph->nodes, graph->node_capacity, graph->node_limit + 2, allocator) &&
                LN_ARRAY_RESERVE(graph->channels, graph->channel_capacity, graph->channel_limit + 1, allocator) &&
                ln_sorted_reserve(&graph->by_id, allocator, 2) && ln_sorted_reserve(&graph->by_scid, allocator, 1) &&
                ln_sorted_reserve(&graph->by_outpoint, allocator, 1);
    return room ? LN_GRAPH_OK : LN_GRAPH_NO_MEMORY;
}

/* The node's number; it is made if it is not there. */
static uint32_t meet_node(struct ln_graph *graph, const uint8_t id[33])
{
    uint32_t rank, number;
    if (ln_sorted_find(&graph->by_id, &rank, compare_id, graph, id)) {
        return graph->by_id.numbers[rank];
    }
    if (graph->node_free != LN_GRAPH_NONE) {
        number = graph->node_free;
        graph->node_free = graph->nodes[number].timestamp_s;
    } else {
        number = graph->node_limit++;
    }
    graph->nodes[number] = (struct ln_graph_node){.kept_announcement = LN_KEPT_NONE};
    memcpy(graph->nodes[number].id, id, 33);
    ln_sorted_insert(&graph->by_id, rank, number);
    return number;
}

static uint32_t take_channel_number(struct ln_graph *graph)
{
    uint32_t number = graph->channel_free;
    if (number == LN_GRAPH_NONE) {
        return graph->channel_limit++;
    }
    graph->channel_free = graph->channels[number].heard_s;
    return number;
}

enum ln_graph_result ln_graph_add_channel(struct ln_graph *graph, uint32_t *number,
                                          const struct ln_graph_opening *opening)
{
    uint32_t rank;
    enum ln_graph_result result = check_opening(graph, opening);
    if (result == LN_GRAPH_OK) {
        result = reserve(graph, opening);
    }
    if (result != LN_GRAPH_OK) {
        return result;
    }
    uint32_t taken = take_channel_number(graph);
    struct ln_graph_channel *channel = &graph->channels[taken];
    *channel = (struct ln_graph_channel){.short_channel_id = opening->short_channel_id,
                                         .capacity_sat = opening->capacity_sat,
                                         .kept_announcement = LN_KEPT_NONE,
                                         .kept_updates = {LN_KEPT_NONE, LN_KEPT_NONE},
                                         .heard_s = opening->heard_s,
                                         .flags = opening->flags};
    for (unsigned i = 0; i < 2; i++) {
        channel->nodes[i] = meet_node(graph, opening->node_ids[i]);
        graph->nodes[channel->nodes[i]].channel_count++;
    }
    ln_sorted_insert(&graph->by_scid, ln_graph_channel_rank(graph, opening->short_channel_id), taken);
    if (opening->outpoint != NULL) {
        channel->outpoint = *opening->outpoint;
        channel->flags |= LN_GRAPH_HAS_OUTPOINT;
        ln_sorted_find(&graph->by_outpoint, &rank, compare_outpoint, graph, opening->outpoint);
        ln_sorted_insert(&graph->by_outpoint, rank, taken);
    }
    graph->version++;
    if (number != NULL) {
        *number = taken;
    }
    return LN_GRAPH_OK;
}

/* ---- policies ---- */

static void put_edges(struct ln_graph *graph, uint32_t channel, unsigned direction, struct ln_edge *edge)
{
    const uint32_t *nodes = graph->channels[channel].nodes;
    uint32_t from = nodes[direction], to = nodes[1 - direction];
    edge->number = 2 * channel + direction;
    edge->peer = from;
    ln_slices_put(&graph->slices, &graph->nodes[to].slices[LN_SLICE_IN], edge);
    edge->peer = to;
    ln_slices_put(&graph->slices, &graph->nodes[from].slices[LN_SLICE_OUT], edge);
}

static void take_edges(struct ln_graph *graph, uint32_t channel, unsigned direction)
{
    const uint32_t *nodes = graph->channels[channel].nodes;
    uint32_t number = 2 * channel + direction;
    ln_slices_take(&graph->slices, &graph->nodes[nodes[1 - direction]].slices[LN_SLICE_IN], number);
    ln_slices_take(&graph->slices, &graph->nodes[nodes[direction]].slices[LN_SLICE_OUT], number);
}

enum ln_graph_result ln_graph_set_policy(struct ln_graph *graph, uint32_t channel, unsigned direction,
                                         const struct ln_policy *policy)
{
    assert(direction < 2);
    const struct ln_graph_channel *old = ln_graph_channel(graph, channel);
    struct ln_graph_channel changed = *old;
    struct ln_edge edge = {0};
    changed.policies[direction] = *policy;
    bool usable = ln_graph_is_usable(&changed, direction, &edge);
    if (usable && !ln_slices_reserve(&graph->slices, &graph->nodes[old->nodes[1 - direction]].slices[LN_SLICE_IN],
                                     &graph->nodes[old->nodes[direction]].slices[LN_SLICE_OUT])) {
        return LN_GRAPH_NO_MEMORY;
    }
    graph->channels[channel].policies[direction] = *policy;
    if (usable) {
        put_edges(graph, channel, direction, &edge);
    } else {
        take_edges(graph, channel, direction);
    }
    graph->version++;
    return LN_GRAPH_OK;
}

/* ---- and go ---- */

static void forget_node(struct ln_graph *graph, uint32_t number)
{
    uint32_t rank;
    struct ln_graph_node *node = &graph->nodes[number];
    bool found = ln_sorted_find(&graph->by_id, &rank, compare_id, graph, node->id);
    assert(found && node->slices[LN_SLICE_IN].count == 0 && node->slices[LN_SLICE_OUT].count == 0);
    ln_sorted_remove(&graph->by_id, rank);
    ln_kept_drop(&graph->kept, node->kept_announcement);
    *node = (struct ln_graph_node){.timestamp_s = graph->node_free};
    graph->node_free = number;
}

static void forget_ranks(struct ln_graph *graph, const struct ln_graph_channel *channel)
{
    uint32_t rank;
    bool found = ln_sorted_find(&graph->by_scid, &rank, compare_scid, graph, &channel->short_channel_id);
    assert(found);
    ln_sorted_remove(&graph->by_scid, rank);
    if (channel->flags & LN_GRAPH_HAS_OUTPOINT) {
        found = ln_sorted_find(&graph->by_outpoint, &rank, compare_outpoint, graph, &channel->outpoint);
        assert(found);
        ln_sorted_remove(&graph->by_outpoint, rank);
    }
}

void ln_graph_remove_channel(struct ln_graph *graph, uint32_t number)
{
    struct ln_graph_channel channel = *ln_graph_channel(graph, number);
    forget_ranks(graph, &channel);
    ln_kept_drop(&graph->kept, channel.kept_announcement);
    for (unsigned i = 0; i < 2; i++) {
        take_edges(graph, number, i);
        ln_kept_drop(&graph->kept, channel.kept_updates[i]);
    }
    for (unsigned i = 0; i < 2; i++) {
        struct ln_graph_node *node = &graph->nodes[channel.nodes[i]];
        if (--node->channel_count == 0 && (node->flags & LN_GRAPH_BLACKLISTED) == 0) {
            forget_node(graph, channel.nodes[i]);
        }
    }
    graph->channels[number] =
        (struct ln_graph_channel){.nodes = {LN_GRAPH_NONE, LN_GRAPH_NONE}, .heard_s = graph->channel_free};
    graph->channel_free = number;
    graph->version++;
}

static void remove_channels_of(struct ln_graph *graph, uint32_t node)
{
    for (uint32_t rank = graph->by_scid.count; rank-- > 0 && graph->nodes[node].channel_count > 0;) {
        uint32_t number = graph->by_scid.numbers[rank];
        if (graph->channels[number].nodes[0] == node || graph->channels[number].nodes[1] == node) {
            ln_graph_remove_channel(graph, number);
        }
    }
}

enum ln_graph_result ln_graph_blacklist(struct ln_graph *graph, uint8_t ids[][33], uint32_t count)
{
    const struct btc_allocator *allocator = graph->config.allocator;
    if (graph->by_id.count + (uint64_t)count > graph->config.nodes_max) {
        return LN_GRAPH_FULL;
    }
    if (!LN_ARRAY_RESERVE(graph->nodes, graph->node_capacity, (uint64_t)graph->node_limit + count, allocator) ||
        !ln_sorted_reserve(&graph->by_id, allocator, count)) {
        return LN_GRAPH_NO_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t node = meet_node(graph, ids[i]);
        graph->nodes[node].flags |= LN_GRAPH_BLACKLISTED;
        remove_channels_of(graph, node);
    }
    graph->version++;
    return LN_GRAPH_OK;
}

void ln_graph_describe_node(struct ln_graph *graph, uint32_t number, uint32_t timestamp_s,
                            const struct ln_features *features, uint8_t flags)
{
    assert(number < graph->node_limit);
    struct ln_graph_node *node = &graph->nodes[number];
    node->timestamp_s = timestamp_s;
    node->features = *features;
    node->flags = (uint8_t)((node->flags & LN_GRAPH_BLACKLISTED) | flags | LN_GRAPH_ANNOUNCED);
    graph->version++;
}

void ln_graph_keep(struct ln_graph *graph, uint32_t *place, struct btc_bytes message)
{
    ln_kept_drop(&graph->kept, *place);
    *place = ln_kept_put(&graph->kept, message);
}

void ln_graph_mark_spent(struct ln_graph *graph, uint32_t channel, uint32_t spent_height)
{
    assert(ln_graph_channel(graph, channel) != NULL);
    graph->channels[channel].spent_height = spent_height;
}
