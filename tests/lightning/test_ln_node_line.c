/* test_ln_node_line.c: two nodes that talk through the transport, in pieces of any size.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/cmocka_all.h"

#include <stdlib.h>

#include "protocol/lightning/node_line.h"
#include "tests/lightning/dice.h"
#include "tests/lightning/town_parts.h"

#define PIPE_BYTES (4u << 20)

struct side {
    struct ln_node_line line;
    uint8_t *buffer;
    uint8_t *out; /* bytes to the other side */
    size_t head, tail;
    unsigned messages;
};

static struct town *town;
static struct side sides[2];

static int open_town(void **state)
{
    (void)state;
    town = town_new();
    for (unsigned i = 0; i < 2; i++) {
        sides[i].buffer = malloc(LN_TRANSPORT_BUFFER_BYTES);
        sides[i].out = malloc(PIPE_BYTES);
    }
    return sides[0].buffer == NULL || sides[1].buffer == NULL || sides[0].out == NULL || sides[1].out == NULL;
}

static int close_town(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        free(sides[i].buffer);
        free(sides[i].out);
    }
    town_free(town);
    return 0;
}

static void put(struct side *side, const uint8_t *bytes, size_t length)
{
    assert_true(side->tail + length <= PIPE_BYTES);
    memcpy(side->out + side->tail, bytes, length);
    side->tail += length;
}

/* What the node wants sent goes through its line. */
static void take(unsigned number)
{
    static uint8_t bytes[LN_TRANSPORT_MESSAGE_MAX + LN_TRANSPORT_OVERHEAD];
    struct town_node *node = &town->nodes[number];
    struct side *side = &sides[number];
    for (uint32_t i = 0; i < node->out.count; i++) {
        const struct ln_node_effect *effect = &node->out.list[i];
        if (effect->kind == LN_NODE_MESSAGE && side->line.joined) {
            ln_node_line_send(&side->line, bytes, effect->bytes);
            put(side, bytes, effect->bytes.length + LN_TRANSPORT_OVERHEAD);
            side->messages++;
        } else if (effect->kind == LN_NODE_EVENT) {
            node->counts[effect->event.kind]++;
        }
    }
    ln_node_effects_clear(&node->out);
}

static void open_lines(const uint8_t *called)
{
    static const uint8_t ephemeral[2][32] = {{1, 2, 3}, {4, 5, 6}};
    for (unsigned i = 0; i < 2; i++) {
        sides[i].head = sides[i].tail = sides[i].messages = 0;
    }
    assert_int_equal(ln_node_line_open(&sides[0].line, &town->nodes[0].node, sides[0].buffer, ephemeral[0], called),
                     LN_TRANSPORT_SEND);
    put(&sides[0], sides[0].line.act, sides[0].line.act_length);
    assert_int_equal(ln_node_line_open(&sides[1].line, &town->nodes[1].node, sides[1].buffer, ephemeral[1], NULL),
                     LN_TRANSPORT_MORE);
}

/* Carries up to so many bytes from a side to the other. */
static enum ln_transport_result carry(unsigned from, size_t most)
{
    struct side *side = &sides[from], *other = &sides[1 - from];
    size_t length = side->tail - side->head < most ? side->tail - side->head : most;
    bool failed;
    enum ln_transport_result result =
        ln_node_line_receive(&other->line, town_call(town, 1 - from), &failed, side->out + side->head, length);
    assert_false(failed);
    side->head += length;
    put(other, other->line.act, other->line.act_length);
    take(1 - from);
    return result;
}

static void nodes_talk_through_the_transport(void **state)
{
    (void)state;
    struct dice dice = {3};
    uint64_t channel;
    town_begin(town, &(struct town_setup){.nodes = 2, .backend = LN_BACKEND_REAL});
    town_start(town);
    open_lines(town->nodes[1].node.node_id);
    for (unsigned at = 0; at < 4000 && sides[0].head + sides[1].head < sides[0].tail + sides[1].tail; at++) {
        assert_int_equal(carry(at % 2, 1 + dice_below(&dice, 90)), LN_TRANSPORT_MORE);
    }
    assert_int_equal(town_count(town, 0, LN_NODE_PEER_READY), 1);
    assert_int_equal(town_count(town, 1, LN_NODE_PEER_READY), 1);
    struct ln_node_opening opening = {.peer = sides[0].line.peer, .funding_sat = 100000, .feerate_sat_per_kwu = 1000};
    assert_int_equal(ln_node_open_channel(town_call(town, 0), &channel, &opening), LN_NODE_OK);
    take(0);
    while (sides[0].head + sides[1].head < sides[0].tail + sides[1].tail) {
        assert_int_equal(carry(0, 7), LN_TRANSPORT_MORE);
        assert_int_equal(carry(1, 7), LN_TRANSPORT_MORE);
    }
    assert_int_equal(town_count(town, 0, LN_NODE_FUND), 1);
    assert_int_equal(sides[0].messages, 2); /* init, open_channel */
    assert_int_equal(sides[1].messages, 2);
    for (unsigned i = 0; i < 2; i++) {
        bool good = ln_node_line_close(&sides[i].line, town_call(town, i));
        assert_true(good);
        take(i);
    }
    assert_int_equal(town_count(town, 0, LN_NODE_CHANNEL_GONE), 1); /* it dies with its connection */
}

static void a_line_that_is_tampered_with_ends_and_the_node_knows(void **state)
{
    (void)state;
    town_begin(town, &(struct town_setup){.nodes = 2, .backend = LN_BACKEND_TOKEN});
    town_start(town);
    open_lines(town->nodes[1].node.node_id);
    while (town_count(town, 0, LN_NODE_PEER_READY) + town_count(town, 1, LN_NODE_PEER_READY) < 2) {
        assert_int_equal(carry(0, 1000), LN_TRANSPORT_MORE);
        assert_int_equal(carry(1, 1000), LN_TRANSPORT_MORE);
    }
    const uint8_t rubbish[18] = {1, 2, 3};
    put(&sides[0], rubbish, sizeof rubbish);
    assert_int_equal(carry(0, 1000), LN_TRANSPORT_BAD_LENGTH);
    assert_false(sides[1].line.joined);
    assert_false(town->nodes[1].node.peers[0].connected);
    assert_true(town->nodes[0].node.peers[0].connected);
    bool good = ln_node_line_close(&sides[0].line, town_call(town, 0));
    assert_true(good);
    take(0);
    assert_false(town->nodes[0].node.peers[0].connected);
}

static void who_is_called_by_a_wrong_name_does_not_answer(void **state)
{
    (void)state;
    town_begin(town, &(struct town_setup){.nodes = 2, .backend = LN_BACKEND_TOKEN});
    town_start(town);
    open_lines(town->nodes[0].node.node_id);
    assert_int_equal(carry(0, 1000), LN_TRANSPORT_ACT_BAD_TAG);
    assert_false(sides[1].line.joined);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_talk_through_the_transport),
        cmocka_unit_test(a_line_that_is_tampered_with_ends_and_the_node_knows),
        cmocka_unit_test(who_is_called_by_a_wrong_name_does_not_answer),
    };
    return cmocka_run_group_tests(tests, open_town, close_town);
}
