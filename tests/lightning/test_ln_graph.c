/* test_ln_graph.c: a graph that grows and shrinks, against a plain list of what it should hold.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/dice.h"
#include "tests/lightning/network.h"

#define NODES    40
#define CHANNELS 200

struct expected {
    bool there;
    uint32_t nodes[2];
    struct ln_policy policies[2];
    uint64_t capacity_sat;
};

static struct counting memory;
static struct expected expected[CHANNELS];

static enum ln_graph_result add(struct ln_graph *graph, uint64_t scid, uint64_t capacity_sat, uint32_t a, uint32_t b)
{
    uint8_t ids[2][33];
    network_id(ids[0], a);
    network_id(ids[1], b);
    const struct btc_outpoint outpoint = {.txid = {(uint8_t)(scid * 7), (uint8_t)scid, 9}, .index = (uint32_t)scid % 3};
    const struct ln_graph_opening opening = {
        .short_channel_id = scid, .capacity_sat = capacity_sat, .node_ids = {ids[0], ids[1]}, .outpoint = &outpoint};
    return ln_graph_add_channel(graph, NULL, &opening);
}

static struct ln_policy roll_policy(struct dice *dice)
{
    return (struct ln_policy){.htlc_minimum_msat = dice_below(dice, 100),
                              .htlc_maximum_msat = dice_below(dice, 120) * 1000,
                              .fee_base_msat = dice_below(dice, 1000),
                              .fee_proportional_ppm = dice_below(dice, 1000),
                              .timestamp_s = dice_below(dice, 1000),
                              .cltv_expiry_delta_blocks = (uint16_t)dice_below(dice, 100),
                              .flags = (uint8_t)dice_below(dice, 4)};
}

/* ---- what must be true ---- */

static bool is_usable(const struct expected *channel, unsigned direction)
{
    const struct ln_policy *policy = &channel->policies[direction];
    return (policy->flags & LN_POLICY_KNOWN) && !(policy->flags & LN_POLICY_DISABLED) &&
           policy->htlc_minimum_msat <= policy->htlc_maximum_msat &&
           policy->htlc_maximum_msat <= channel->capacity_sat * 1000;
}

/* Each usable direction lies once in the slices of both of its ends, with its policy; nothing else does. */
static void check_edges(const struct ln_graph *graph)
{
    uint32_t wanted = 0, found = 0;
    for (uint32_t i = 0; i < CHANNELS; i++) {
        for (unsigned direction = 0; direction < 2; direction++) {
            wanted += expected[i].there && is_usable(&expected[i], direction);
        }
    }
    for (uint32_t rank = 0; rank < ln_graph_node_count(graph); rank++) {
        uint32_t node = ln_graph_node_at(graph, rank);
        for (unsigned kind = 0; kind < 2; kind++) {
            uint32_t count;
            const struct ln_edge *edges = ln_graph_edges(graph, &count, node, kind);
            for (uint32_t i = 0; i < count; i++) {
                const struct ln_graph_channel *channel = ln_graph_channel(graph, edges[i].number / 2);
                unsigned direction = edges[i].number % 2;
                const struct expected *should = &expected[channel->short_channel_id - 1];
                assert_true(is_usable(should, direction));
                assert_int_equal(channel->nodes[kind == LN_SLICE_IN ? 1 - direction : direction], node);
                assert_int_equal(edges[i].peer, channel->nodes[kind == LN_SLICE_IN ? direction : 1 - direction]);
                assert_int_equal(edges[i].fee_base_msat, should->policies[direction].fee_base_msat);
                assert_int_equal(edges[i].most_msat, should->policies[direction].htlc_maximum_msat);
                assert_int_equal(edges[i].cltv_blocks, should->policies[direction].cltv_expiry_delta_blocks);
                found++;
            }
        }
    }
    assert_int_equal(found, 2 * wanted);
}

static void check(const struct ln_graph *graph)
{
    uint32_t count = 0, degrees[NODES] = {0}, nodes = 0;
    uint8_t id[33];
    for (uint32_t i = 0; i < CHANNELS; i++) {
        uint32_t number = ln_graph_find_channel(graph, i + 1);
        assert_int_equal(number != LN_GRAPH_NONE, expected[i].there);
        if (expected[i].there) {
            assert_int_equal(ln_graph_channel_at(graph, count), number); /* ranks are in order */
            assert_int_equal(ln_graph_find_outpoint(graph, &ln_graph_channel(graph, number)->outpoint), number);
            degrees[expected[i].nodes[0]]++;
            degrees[expected[i].nodes[1]]++;
            count++;
        }
    }
    assert_int_equal(ln_graph_channel_count(graph), count);
    for (uint32_t i = 0; i < NODES; i++) {
        network_id(id, i);
        uint32_t number = ln_graph_find_node(graph, id);
        assert_int_equal(number != LN_GRAPH_NONE, degrees[i] > 0);
        if (degrees[i] > 0) {
            assert_int_equal(ln_graph_node_at(graph, nodes++), number);
            assert_int_equal(ln_graph_node(graph, number)->channel_count, degrees[i]);
        }
    }
    assert_int_equal(ln_graph_node_count(graph), nodes);
    check_edges(graph);
}

/* ---- random changes ---- */

static void change(struct ln_graph *graph, struct dice *dice)
{
    uint32_t i = dice_below(dice, CHANNELS);
    uint32_t a = dice_below(dice, NODES - 1), b = a + 1 + dice_below(dice, NODES - 1 - a);
    unsigned direction = dice_below(dice, 2);
    if (!expected[i].there) {
        uint64_t capacity_sat = 50 + dice_below(dice, 100);
        assert_int_equal(add(graph, i + 1, capacity_sat, a, b), LN_GRAPH_OK);
        expected[i] = (struct expected){.there = true, .nodes = {a, b}, .capacity_sat = capacity_sat};
    } else if (dice_below(dice, 4) == 0) {
        ln_graph_remove_channel(graph, ln_graph_find_channel(graph, i + 1));
        expected[i].there = false;
    } else {
        expected[i].policies[direction] = roll_policy(dice);
        assert_int_equal(ln_graph_set_policy(graph, ln_graph_find_channel(graph, i + 1), direction,
                                             &expected[i].policies[direction]),
                         LN_GRAPH_OK);
    }
}

static void a_graph_holds_what_it_was_told(void **state)
{
    struct ln_graph graph;
    struct dice dice = {1};
    (void)state;
    memset(expected, 0, sizeof expected);
    counting_init(&memory);
    network_init(&graph, &memory.allocator);
    for (unsigned step = 0; step < 20000; step++) {
        change(&graph, &dice);
        if (step % 200 == 0) {
            check(&graph);
            assert_int_equal(ln_graph_memory(&graph), memory.held);
        }
    }
    ln_graph_close(&graph);
    assert_int_equal(memory.held, 0);
}

/* Changes that fail for want of memory leave the graph as it was. */
static void without_memory_nothing_changes(void **state)
{
    unsigned failures = 0;
    (void)state;
    for (unsigned fail_at = 1; fail_at < 60; fail_at++) {
        struct ln_graph graph;
        struct dice dice = {7};
        memset(expected, 0, sizeof expected);
        counting_init(&memory);
        memory.fail_at = fail_at;
        network_init(&graph, &memory.allocator);
        for (uint32_t i = 0; i < CHANNELS; i++) {
            uint8_t before[32], after[32];
            uint32_t a = dice_below(&dice, NODES - 1), b = a + 1 + dice_below(&dice, NODES - 1 - a);
            struct ln_policy policy = {.htlc_maximum_msat = 1000, .flags = LN_POLICY_KNOWN};
            ln_graph_digest(before, &graph);
            enum ln_graph_result result = add(&graph, i + 1, 50, a, b);
            if (result == LN_GRAPH_OK) {
                expected[i] = (struct expected){.there = true, .nodes = {a, b}, .capacity_sat = 50};
                ln_graph_digest(before, &graph);
                result = ln_graph_set_policy(&graph, ln_graph_find_channel(&graph, i + 1), 0, &policy);
                expected[i].policies[0] = result == LN_GRAPH_OK ? policy : expected[i].policies[0];
            }
            if (result != LN_GRAPH_OK) {
                assert_int_equal(result, LN_GRAPH_NO_MEMORY);
                ln_graph_digest(after, &graph);
                assert_memory_equal(before, after, 32);
                failures++;
            }
        }
        check(&graph);
        ln_graph_close(&graph);
        assert_int_equal(memory.held, 0);
    }
    assert_true(failures > 20);
}

static void the_digest_does_not_tell_the_order(void **state)
{
    (void)state;
    uint8_t digests[3][32];
    counting_init(&memory);
    for (unsigned turn = 0; turn < 3; turn++) {
        struct ln_graph graph;
        struct dice dice = {turn};
        uint32_t order[CHANNELS];
        network_init(&graph, &memory.allocator);
        for (uint32_t i = 0; i < CHANNELS; i++) {
            uint32_t j = dice_below(&dice, i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        for (uint32_t i = 0; i < CHANNELS; i++) {
            struct dice same = {100 + order[i]};
            uint32_t a = dice_below(&same, NODES - 1);
            struct ln_policy policy = roll_policy(&same);
            assert_int_equal(add(&graph, order[i] + 1, 100, a, NODES - 1), LN_GRAPH_OK);
            assert_int_equal(ln_graph_set_policy(&graph, ln_graph_find_channel(&graph, order[i] + 1), 1, &policy),
                             LN_GRAPH_OK);
        }
        if (turn == 2) {
            ln_graph_remove_channel(&graph, ln_graph_find_channel(&graph, 5));
        }
        ln_graph_digest(digests[turn], &graph);
        ln_graph_close(&graph);
    }
    assert_memory_equal(digests[0], digests[1], 32);
    assert_memory_not_equal(digests[0], digests[2], 32);
}

static void openings_that_cannot_be_are_refused(void **state)
{
    struct ln_graph graph;
    uint8_t ids[2][33];
    (void)state;
    counting_init(&memory);
    network_init(&graph, &memory.allocator);
    assert_int_equal(add(&graph, 1, 10, 1, 2), LN_GRAPH_OK);
    assert_int_equal(add(&graph, 1, 10, 1, 3), LN_GRAPH_KNOWN);
    assert_int_equal(add(&graph, 2, 10, 2, 2), LN_GRAPH_SAME_NODE);
    assert_int_equal(add(&graph, 2, 10, 3, 2), LN_GRAPH_SAME_NODE);
    assert_int_equal(add(&graph, 2, UINT64_C(2100000000000001), 1, 2), LN_GRAPH_AMOUNT);
    network_id(ids[0], 1);
    network_id(ids[1], 2);
    const struct ln_graph_opening again = {
        .short_channel_id = 9, .node_ids = {ids[0], ids[1]}, .outpoint = &ln_graph_channel(&graph, 0)->outpoint};
    assert_int_equal(ln_graph_add_channel(&graph, NULL, &again), LN_GRAPH_OUTPOINT);
    graph.config.channels_max = 1;
    assert_int_equal(add(&graph, 2, 10, 1, 2), LN_GRAPH_FULL);
    graph.config.channels_max = 10;
    graph.config.nodes_max = 3;
    assert_int_equal(add(&graph, 2, 10, 1, 3), LN_GRAPH_OK);
    assert_int_equal(add(&graph, 3, 10, 1, 4), LN_GRAPH_FULL);
    assert_int_equal(ln_graph_channel_count(&graph), 2);
    for (enum ln_graph_result result = LN_GRAPH_OK; result <= LN_GRAPH_NO_MEMORY; result++) {
        assert_string_not_equal(ln_graph_text(result), "unknown");
    }
    ln_graph_close(&graph);
    assert_int_equal(memory.held, 0);
}

static void the_blacklisted_lose_their_channels_and_get_no_others(void **state)
{
    struct ln_graph graph;
    uint8_t ids[2][33];
    (void)state;
    counting_init(&memory);
    network_init(&graph, &memory.allocator);
    assert_int_equal(add(&graph, 1, 10, 1, 2), LN_GRAPH_OK);
    assert_int_equal(add(&graph, 2, 10, 2, 3), LN_GRAPH_OK);
    assert_int_equal(add(&graph, 3, 10, 1, 3), LN_GRAPH_OK);
    network_id(ids[0], 2);
    network_id(ids[1], 9);
    assert_int_equal(ln_graph_blacklist(&graph, ids, 2), LN_GRAPH_OK);
    assert_int_equal(ln_graph_channel_count(&graph), 1);
    assert_int_equal(ln_graph_node_count(&graph), 4); /* 1, 3, and the two */
    assert_int_equal(add(&graph, 4, 10, 2, 3), LN_GRAPH_BANNED);
    assert_int_equal(add(&graph, 4, 10, 3, 9), LN_GRAPH_BANNED);
    ln_graph_close(&graph);
    assert_int_equal(memory.held, 0);
}

static void messages_are_kept_whole_and_their_room_is_used_again(void **state)
{
    struct ln_kept kept;
    struct dice dice = {3};
    uint8_t messages[20][LN_KEPT_BYTES_MAX], got[LN_KEPT_BYTES_MAX];
    size_t lengths[20];
    uint32_t numbers[20];
    (void)state;
    counting_init(&memory);
    ln_kept_init(&kept, &memory.allocator, 64 * 500);
    memset(numbers, 0xff, sizeof numbers);
    for (unsigned step = 0; step < 5000; step++) {
        unsigned i = dice_below(&dice, 20);
        ln_kept_drop(&kept, numbers[i]);
        lengths[i] = 1 + dice_below(&dice, 1u << (4 + dice_below(&dice, 8)));
        dice_fill(&dice, messages[i], lengths[i]);
        numbers[i] = ln_kept_put(&kept, btc_bytes(messages[i], lengths[i]));
        for (unsigned j = 0; j < 20; j++) {
            if (numbers[j] != LN_KEPT_NONE) {
                assert_int_equal(ln_kept_get(&kept, got, numbers[j]), lengths[j]);
                assert_memory_equal(got, messages[j], lengths[j]);
            }
        }
    }
    assert_true(kept.pieces.used <= 500);
    assert_int_equal(ln_kept_put(&kept, btc_bytes(messages, LN_KEPT_BYTES_MAX + 1)), LN_KEPT_NONE);
    assert_int_equal(ln_kept_put(&kept, btc_bytes(NULL, 0)), LN_KEPT_NONE);
    ln_kept_close(&kept);
    assert_int_equal(memory.held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_graph_holds_what_it_was_told),
        cmocka_unit_test(without_memory_nothing_changes),
        cmocka_unit_test(the_digest_does_not_tell_the_order),
        cmocka_unit_test(openings_that_cannot_be_are_refused),
        cmocka_unit_test(the_blacklisted_lose_their_channels_and_get_no_others),
        cmocka_unit_test(messages_are_kept_whole_and_their_room_is_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
