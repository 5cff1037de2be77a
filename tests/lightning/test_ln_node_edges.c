/* test_ln_node_edges.c: nodes at their edges: strangers, dust, memory that runs out, and none that is taken.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/cmocka_all.h"

#include "tests/lightning/dice.h"
#include "tests/lightning/town_parts.h"

static struct town *town;

static int open_town(void **state)
{
    (void)state;
    town = town_new();
    return 0;
}

static int close_town(void **state)
{
    (void)state;
    town_free(town);
    return 0;
}

static uint32_t count(unsigned node, enum ln_node_event_kind kind)
{
    return town_count(town, node, kind);
}

static void two(void)
{
    town_begin(town, &(struct town_setup){.nodes = 2, .backend = LN_BACKEND_TOKEN});
}

/* ---- what peers may say ---- */

/* A message of node 1, whatever it is, to node 0. */
static void say(const void *bytes, size_t length)
{
    struct ln_node *node = town_call(town, 0);
    assert_int_equal(ln_node_receive(node, town->nodes[0].peer_of[1], btc_bytes(bytes, length)), LN_NODE_OK);
    town_take(town, 0);
}

static void init_comes_first(void **state)
{
    (void)state;
    static const uint8_t ping[] = {0, 18, 0, 1, 0, 0};
    two();
    town_start(town);
    town_join(town, 0, 1);
    say(ping, sizeof ping);
    assert_int_equal(count(0, LN_NODE_PEER_REFUSED), 1);
    assert_string_equal(town_last(town, 0, LN_NODE_PEER_REFUSED)->text, "init comes first");
    assert_false(town->joined[0][1]);
}

static void who_is_on_another_chain_is_refused(void **state)
{
    (void)state;
    two();
    memset(town_config(town, 1)->chain_hash, 0x99, 32);
    town_start(town);
    town_join(town, 0, 1);
    town_settle(town);
    assert_int_equal(count(0, LN_NODE_PEER_REFUSED) + count(1, LN_NODE_PEER_REFUSED), 1);
    assert_false(town->joined[0][1]);
}

static void who_insists_on_the_unknown_is_refused(void **state)
{
    (void)state;
    uint8_t init[2 + 2 + 2 + 13] = {0, 16, 0, 0, 0, 13, 0x10}; /* feature 100 */
    two();
    town_start(town);
    town_join(town, 0, 1);
    say(init, sizeof init);
    assert_int_equal(count(0, LN_NODE_PEER_REFUSED), 1);
    assert_false(town->joined[0][1]);
    init[6] = 0x20; /* 101: as it likes */
    town_join(town, 0, 1);
    say(init, sizeof init);
    assert_int_equal(count(0, LN_NODE_PEER_REFUSED), 1);
    assert_int_equal(count(0, LN_NODE_PEER_READY), 1);
}

static void odd_messages_are_ignored_and_even_ones_are_not(void **state)
{
    (void)state;
    static const uint8_t odd[] = {0x80, 0x01, 1, 2, 3}, even[] = {0x80, 0x02, 1, 2, 3};
    static const uint8_t ping[] = {0, 18, 0, 5, 0, 1, 7}, pong[] = {0, 19, 0, 5, 0, 0, 0, 0, 0};
    two();
    town_start(town);
    town_join(town, 0, 1);
    town_settle(town);
    say(odd, sizeof odd);
    assert_true(town->joined[0][1]);
    say(ping, sizeof ping);
    struct town_queue *queue = &town->queues[0][1];
    assert_int_equal(queue->count, 1);
    assert_memory_equal(queue->bytes + queue->head + 4, pong, sizeof pong);
    say(even, sizeof even);
    assert_false(town->joined[0][1]);
    assert_string_equal(town_last(town, 0, LN_NODE_PEER_REFUSED)->text, "unknown even type");
}

static void an_error_for_all_ends_all_channels(void **state)
{
    (void)state;
    uint8_t error[2 + 32 + 2] = {0, 17};
    two();
    town_start(town);
    town_join(town, 0, 1);
    town_open(town, 0, 1, TOWN_ROW_SAT, TOWN_ROW_PUSH_MSAT, 0);
    town_open(town, 0, 1, TOWN_ROW_SAT, TOWN_ROW_PUSH_MSAT, 0);
    uint8_t other[2 + 32 + 2] = {0, 17, 9, 9}; /* of a channel that is not there */
    say(other, sizeof other);
    assert_int_equal(count(0, LN_NODE_CHANNEL_FAILS), 0);
    say(error, sizeof error);
    assert_int_equal(count(0, LN_NODE_CHANNEL_FAILS), 2);
    assert_int_equal(count(0, LN_NODE_PEER_WARNING), 2);
}

static void what_is_not_wanted_is_not_opened(void **state)
{
    (void)state;
    uint64_t channel;
    two();
    town_config(town, 1)->flags &= (uint8_t)~LN_NODE_TAKES_CHANNELS;
    town_start(town);
    town_join(town, 0, 1);
    town_settle(town);
    struct ln_node_opening opening = {
        .peer = town->nodes[0].peer_of[1], .funding_sat = 100000, .feerate_sat_per_kwu = 1000};
    assert_int_equal(ln_node_open_channel(town_call(town, 0), &channel, &opening), LN_NODE_OK);
    town_take(town, 0);
    town_settle(town);
    assert_int_equal(count(0, LN_NODE_CHANNEL_GONE), 1);
    assert_null(town_channel(town, 0, 1, 0));
    opening.funding_sat = 5000; /* less than its reserve */
    assert_int_equal(ln_node_open_channel(town_call(town, 0), &channel, &opening), LN_NODE_TERMS);
    town_take(town, 0);
    opening.peer = 7;
    assert_int_equal(ln_node_open_channel(town_call(town, 0), &channel, &opening), LN_NODE_UNKNOWN);
    town_cut(town, 0, 1);
    assert_int_equal(ln_node_disconnect(town_call(town, 0), 0), LN_NODE_UNKNOWN);
    town_take(town, 0);
}

/* Bytes that a peer makes up, most of them with a type and a channel id that make sense. */
static size_t make_up(struct dice *dice, uint8_t bytes[2000], const uint8_t channel_id[32])
{
    static const uint16_t types[] = {1,   16,  18,  19,  32,  33,  34,  35,  36,  38,  39,  128, 130, 131, 132,
                                     133, 134, 135, 136, 256, 257, 258, 259, 261, 262, 263, 264, 265, 7};
    static const uint16_t lengths[] = {36, 40, 98, 99, 74, 128, 170, 321, 1452, 6, 300, 430};
    uint16_t type = types[dice_below(dice, sizeof types / sizeof types[0])];
    size_t length = dice_below(dice, 3) == 0 ? 2 + dice_below(dice, 1500) : lengths[dice_below(dice, 12)];
    dice_fill(dice, bytes, length);
    for (size_t i = 2; i < length && dice_below(dice, 2) == 0; i++) {
        bytes[i] &= (uint8_t)dice_next(dice) & 3; /* small numbers make more sense than large ones */
    }
    bytes[0] = (uint8_t)(type >> 8);
    bytes[1] = (uint8_t)type;
    if (length >= 34 && dice_below(dice, 4) > 0) {
        memcpy(bytes + 2, channel_id, 32);
    }
    return length;
}

static void whatever_a_peer_makes_up_the_node_stands(void **state)
{
    (void)state;
    struct dice dice = {77};
    uint8_t bytes[2000];
    char text[2000];
    unsigned thrown_out = 0;
    for (unsigned run = 0; run < 150; run++) {
        struct ln_pay_terms limits = town_limits();
        uint8_t id[32];
        town_row(town, &(struct town_setup){.nodes = 3, .backend = LN_BACKEND_TOKEN});
        memcpy(id, town_channel(town, 0, 1, 0)->channel.id, 32);
        town_ask(town, 2, 5000000, true, text);
        town_pay(town, 0, text, &limits);
        for (unsigned i = dice_below(&dice, 12); i > 0; i--) {
            town_deliver(town, 0, 1);
            town_deliver(town, 1, 0);
        }
        for (unsigned i = 0; i < 60; i++) {
            size_t length = make_up(&dice, bytes, id);
            town_join(town, 0, 1);
            while (dice_below(&dice, 8) > 0 && (town_deliver(town, 1, 0) || town_deliver(town, 0, 1))) {
            }
            if (town->joined[0][1]) {
                say(bytes, length);
                thrown_out += !town->joined[0][1];
            }
            town_audit(town);
        }
        town_mend(town);
        town_mine_many(town, 2);
        assert_int_equal(count(0, LN_NODE_CHANNEL_LOST), 0);
    }
    assert_in_range(thrown_out, 1000, 8900); /* of 9000 */
}

/* ---- dust ---- */

static void more_dust_than_we_want_at_risk_is_failed_when_it_is_committed(void **state)
{
    (void)state;
    char text[2000];
    struct ln_pay_terms limits = town_limits();
    two();
    town_config(town, 1)->channel.max_dust_exposure_msat = 1000000;
    town_start(town);
    town_join(town, 0, 1);
    town_open(town, 0, 1, TOWN_ROW_SAT, TOWN_ROW_PUSH_MSAT, 0);
    uint64_t invoice = town_ask(town, 1, 700000, true, text);
    town_pay(town, 0, text, &limits);
    town_settle(town);
    assert_int_equal(count(1, LN_NODE_INVOICE_HELD), 1);
    limits.attempts_max = 1;
    town_ask(town, 1, 700001, false, text);
    town_pay(town, 0, text, &limits);
    town_settle(town);
    assert_int_equal(town_last(town, 0, LN_NODE_ATTEMPT_FAILED)->code, LN_TEMPORARY_CHANNEL_FAILURE);
    assert_int_equal(count(1, LN_NODE_INVOICE_PAID), 0);
    assert_int_equal(ln_node_settle(town_call(town, 1), invoice, NULL), LN_NODE_OK);
    town_take(town, 1);
    town_settle(town);
    assert_int_equal(count(0, LN_NODE_PAYMENT_SENT), 1);
    assert_int_equal(count(0, LN_NODE_CHANNEL_FAILS) + count(1, LN_NODE_CHANNEL_FAILS), 0);
}

/* ---- memory ---- */

static void row(void)
{
    town_row(town, &(struct town_setup){.nodes = 3, .backend = LN_BACKEND_TOKEN});
}

static void forget_all(void)
{
    for (unsigned i = 0; i < 3; i++) {
        struct ln_node *node = town_call(town, i);
        for (uint32_t k = 0; k < node->payment_places.top; k++) {
            if (node->payments[k].state == LN_PAYMENT_SENT) {
                assert_int_equal(ln_node_forget_payment(node, node->payments[k].number), LN_NODE_OK);
                town_take(town, i);
            }
        }
        for (uint32_t k = 0; k < node->invoice_places.top; k++) {
            if (node->invoices[k].state == LN_INVOICE_PAID) {
                assert_int_equal(ln_node_forget_invoice(node, node->invoices[k].number), LN_NODE_OK);
                town_take(town, i);
            }
        }
    }
}

static void who_is_warm_takes_no_more_memory(void **state)
{
    (void)state;
    row();
    for (unsigned i = 0; i < 20; i++) {
        assert_true(town_send(town, i % 2 == 0 ? 0 : 2, i % 2 == 0 ? 2 : 0, 2000000 + i));
        forget_all();
    }
    town->regtest->allocator.fail_after = 0; /* not one more piece */
    for (unsigned i = 0; i < 50; i++) {
        assert_true(town_send(town, i % 2 == 0 ? 0 : 2, i % 2 == 0 ? 2 : 0, 2000000 + i));
        forget_all();
    }
    town_cut(town, 0, 1);
    town_join(town, 0, 1);
    town_settle(town);
    assert_true(town_send(town, 0, 2, 2000000));
    town->regtest->allocator.fail_after = -1;
}

/* A node that is given so many pieces and no more says so, and gives all back. */
static void memory_that_runs_out_is_told_and_given_back(void **state)
{
    (void)state;
    two();
    town_start(town);
    struct counting_allocator *allocator = &town->regtest->allocator;
    struct ln_node_effects out;
    static struct ln_node node;
    bool opened = false;
    for (int64_t pieces = 0; !opened; pieces++) {
        size_t before = allocator->out_bytes;
        ln_node_effects_init(&out, &allocator->base);
        town->shop.out = &out;
        allocator->fail_after = pieces;
        enum ln_node_result result = ln_node_open(&node, &town->shop, town_config(town, 0), town->now_us, 100);
        allocator->fail_after = -1;
        opened = result == LN_NODE_OK;
        assert_true(opened || result == LN_NODE_NO_MEMORY);
        ln_node_close(&node);
        ln_node_effects_close(&out);
        assert_int_equal(allocator->out_bytes, before);
        assert_true(pieces < 100);
    }
}

static void a_node_without_memory_goes_on_from_its_stream(void **state)
{
    (void)state;
    char text[2000];
    struct ln_pay_terms limits = town_limits();
    row();
    town_ask(town, 2, 5000000, true, text);
    uint64_t payment;
    struct ln_node *node = town_call(town, 0);
    town->regtest->allocator.fail_after = 0;
    ln_node_effects_close(&town->nodes[0].out); /* so that the next effect needs memory */
    enum ln_node_result result = ln_node_pay_invoice(node, &payment, btc_bytes(text, strlen(text)), &limits);
    town->regtest->allocator.fail_after = -1;
    assert_int_equal(result, LN_NODE_NO_MEMORY);
    town_crash(town, 0, 0, 0);
    town_mend(town);
    assert_true(town_send(town, 0, 2, 5000000));
}

static void nodes_that_keep_no_records_live_as_well(void **state)
{
    (void)state;
    two();
    for (unsigned i = 0; i < 2; i++) {
        town_config(town, i)->flags &= (uint8_t)~LN_NODE_KEEPS_RECORDS;
    }
    town_start(town);
    town_join(town, 0, 1);
    town_open(town, 0, 1, TOWN_ROW_SAT, TOWN_ROW_PUSH_MSAT, 0);
    assert_true(town_send(town, 0, 1, 5000000));
    assert_int_equal(town->nodes[0].written, 0);
}

static void a_config_that_cannot_be_safe_is_refused(void **state)
{
    (void)state;
    static struct ln_node node;
    struct ln_node_effects out;
    two();
    ln_node_effects_init(&out, &town->regtest->allocator.base);
    town->shop.out = &out;
    struct ln_node_config config = *town_config(town, 0);
    config.forwarding.cltv_expiry_delta_blocks = 33;
    assert_int_equal(ln_node_open(&node, &town->shop, &config, 0, 0), LN_NODE_TERMS);
    ln_node_close(&node);
    config = *town_config(town, 0);
    memset(config.secret, 0, 32);
    assert_int_equal(ln_node_open(&node, &town->shop, &config, 0, 0), LN_NODE_KEYS);
    ln_node_close(&node);
    ln_node_effects_close(&out);
    for (int result = LN_NODE_OK; result <= LN_NODE_NO_MEMORY; result++) {
        assert_string_not_equal(ln_node_result_text((enum ln_node_result)result), "unknown");
    }
    for (int cause = LN_PAY_NONE; cause < LN_PAY_CAUSES; cause++) {
        assert_string_not_equal(ln_pay_cause_text((enum ln_pay_cause)cause), "unknown");
    }
    for (int kind = LN_NODE_PEER_READY; kind <= LN_NODE_OFFER_FAILED; kind++) {
        assert_string_not_equal(ln_node_event_name((enum ln_node_event_kind)kind), "unknown");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(init_comes_first),
        cmocka_unit_test(who_is_on_another_chain_is_refused),
        cmocka_unit_test(who_insists_on_the_unknown_is_refused),
        cmocka_unit_test(odd_messages_are_ignored_and_even_ones_are_not),
        cmocka_unit_test(an_error_for_all_ends_all_channels),
        cmocka_unit_test(what_is_not_wanted_is_not_opened),
        cmocka_unit_test(whatever_a_peer_makes_up_the_node_stands),
        cmocka_unit_test(more_dust_than_we_want_at_risk_is_failed_when_it_is_committed),
        cmocka_unit_test(who_is_warm_takes_no_more_memory),
        cmocka_unit_test(memory_that_runs_out_is_told_and_given_back),
        cmocka_unit_test(a_node_without_memory_goes_on_from_its_stream),
        cmocka_unit_test(nodes_that_keep_no_records_live_as_well),
        cmocka_unit_test(a_config_that_cannot_be_safe_is_refused),
    };
    return cmocka_run_group_tests(tests, open_town, close_town);
}
