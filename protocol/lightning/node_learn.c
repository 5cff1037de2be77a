/* node_learn.c: what attempts teach a node about other people's channels, and keeping it.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/node_learn.h"

#include <assert.h>
#include <string.h>

#include "protocol/lightning/walk.h"

#define LESSON_BYTES 128

/* ---- keeping ---- */

/* Amounts that are on their way are counted anew from the attempts. */
static void walk_lesson(struct ln_walk *walk, struct ln_liquidity_record *record)
{
    LN_WALK(walk, record->short_channel_id);
    LN_WALK(walk, record->capacity_msat);
    LN_WALK(walk, record->lower_msat);
    LN_WALK(walk, record->upper_msat);
    LN_WALK(walk, record->barred_until_s[0]);
    LN_WALK(walk, record->barred_until_s[1]);
    LN_WALK(walk, record->learned_s);
    LN_WALK(walk, record->is_guessed);
}

static void keep(struct ln_node *node, const struct ln_liquidity_hop *hops, uint32_t count)
{
    for (uint32_t i = 0; i < count && (node->config.flags & LN_NODE_KEEPS_RECORDS); i++) {
        const struct ln_liquidity_record *found = ln_liquidity_find(&node->liquidity, hops[i].short_channel_id);
        uint8_t bytes[LESSON_BYTES];
        struct ln_writer writer = ln_writer_init(bytes, sizeof bytes);
        struct ln_walk walk = {.writer = &writer};
        assert(found != NULL);
        struct ln_liquidity_record record = *found;
        walk_lesson(&walk, &record);
        assert(writer.fault == LN_WIRE_OK);
        ln_store_put_bytes(&node->writer, &(struct ln_store_key){LN_STORE_LESSON, record.slot, 0},
                           btc_bytes(bytes, writer.at));
        node->dirty = true;
    }
}

enum ln_node_result ln_node_read_lesson(struct ln_node *node, uint64_t slot, struct btc_bytes bytes)
{
    struct ln_reader reader = ln_reader_init(bytes.data, bytes.length);
    struct ln_walk walk = {.reader = &reader};
    struct ln_liquidity_record record = {.slot = (uint32_t)slot};
    walk_lesson(&walk, &record);
    record.channel = ln_graph_find_channel(node->graph, record.short_channel_id);
    bool whole = reader.fault == LN_WIRE_OK && ln_reader_left(&reader) == 0 && slot < UINT32_MAX;
    if (whole && slot >= node->liquidity.records_max) {
        return LN_NODE_OK;
    }
    if (!whole || !ln_liquidity_fits(&node->liquidity, &record)) {
        return LN_NODE_STORE;
    }
    return ln_liquidity_put(&node->liquidity, &record) ? LN_NODE_OK : LN_NODE_NO_MEMORY;
}

/* ---- learning ---- */

/* Without room for it nothing is learned from the attempt. */
void ln_node_learn_again(struct ln_node *node, struct ln_attempt *attempt)
{
    struct ln_liquidity_hop hops[LN_ROUTE_HOPS_MAX];
    uint32_t skipped;
    uint32_t count = ln_route_learnable(&attempt->route, hops, &skipped);
    attempt->counted = ln_liquidity_sent(&node->liquidity, hops, count, node->now_us / 1000000);
}

void ln_node_learn_sent(struct ln_node *node, struct ln_attempt *attempt)
{
    struct ln_liquidity_hop hops[LN_ROUTE_HOPS_MAX];
    uint32_t skipped;
    ln_node_learn_again(node, attempt);
    keep(node, hops, attempt->counted ? ln_route_learnable(&attempt->route, hops, &skipped) : 0);
}

void ln_node_learn_settled(struct ln_node *node, const struct ln_attempt *attempt)
{
    struct ln_liquidity_hop hops[LN_ROUTE_HOPS_MAX];
    uint32_t skipped;
    if (attempt->counted) {
        uint32_t count = ln_route_learnable(&attempt->route, hops, &skipped);
        ln_liquidity_settled(&node->liquidity, hops, count, node->now_us / 1000000);
        keep(node, hops, count);
    }
}

void ln_node_learn_failed(struct ln_node *node, const struct ln_attempt *attempt,
                          const struct ln_liquidity_failure *failure)
{
    struct ln_liquidity_hop hops[LN_ROUTE_HOPS_MAX];
    struct ln_liquidity_failure lesson = *failure;
    uint32_t skipped;
    if (!attempt->counted) {
        return;
    }
    uint32_t count = ln_route_learnable(&attempt->route, hops, &skipped);
    if (lesson.hop != LN_LIQUIDITY_NO_HOP) {
        lesson.hop = lesson.hop < skipped ? LN_LIQUIDITY_NO_HOP : lesson.hop - skipped;
    }
    ln_liquidity_failed(&node->liquidity, hops, count, &lesson, node->now_us / 1000000);
    keep(node, hops, count);
}
