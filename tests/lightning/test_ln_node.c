/* test_ln_node.c: nodes in a row and in a ring: channels, payments, parts, invoices that are held.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/cmocka_all.h"

#include "protocol/bitcoin/hash.h"
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

static void row(unsigned nodes)
{
    town_row(town, &(struct town_setup){.nodes = nodes, .backend = LN_BACKEND_TOKEN});
}

static uint32_t count(unsigned node, enum ln_node_event_kind kind)
{
    return town_count(town, node, kind);
}

/* ---- payments ---- */

static void two_nodes_open_a_channel_and_pay_each_other(void **state)
{
    (void)state;
    row(2);
    uint64_t before_msat = town_balance_msat(town, 0, 1);
    assert_true(town_send(town, 0, 1, 50000000));
    const struct ln_node_event *sent = town_last(town, 0, LN_NODE_PAYMENT_SENT);
    uint8_t hash[32];
    btc_sha256(hash, sent->preimage, 32);
    assert_memory_equal(hash, sent->payment_hash, 32);
    assert_int_equal(sent->fee_msat, 0);
    assert_int_equal(before_msat - town_balance_msat(town, 0, 1), 50000000);
    assert_true(town_send(town, 1, 0, 20000000));
    assert_int_equal(before_msat - town_balance_msat(town, 0, 1), 30000000);
    assert_int_equal(count(1, LN_NODE_INVOICE_PAID), 1);
    assert_int_equal(count(0, LN_NODE_INVOICE_PAID), 1);
    town_audit(town);
}

static void real_and_token_signatures_give_the_same_course(void **state)
{
    (void)state;
    uint64_t delivered[3], left_msat[3];
    for (unsigned backend = LN_BACKEND_REAL; backend <= LN_BACKEND_TOKEN; backend++) {
        town_row(town, &(struct town_setup){.nodes = 3, .backend = (enum ln_backend_kind)backend});
        assert_true(town_send(town, 0, 2, 50000000));
        assert_true(town_send(town, 2, 0, 1234567));
        delivered[backend] = town->delivered;
        left_msat[backend] = town_balance_msat(town, 0, 1);
    }
    assert_true(delivered[0] == delivered[1] && delivered[1] == delivered[2]);
    assert_true(left_msat[0] == left_msat[1] && left_msat[1] == left_msat[2]);
}

static void a_hub_takes_its_fee_to_the_millisatoshi(void **state)
{
    (void)state;
    const uint64_t amount_msat = 50000123, fee_msat = 1000 + 5000;
    row(3);
    uint64_t payer_msat = town_balance_msat(town, 0, 1), payee_msat = town_balance_msat(town, 2, 1);
    uint64_t hub_msat = town_balance_msat(town, 1, 0) + town_balance_msat(town, 1, 2);
    assert_true(town_send(town, 0, 2, amount_msat));
    assert_int_equal(town_last(town, 0, LN_NODE_PAYMENT_SENT)->fee_msat, fee_msat);
    assert_int_equal(town_last(town, 1, LN_NODE_FORWARD_SETTLED)->fee_msat, fee_msat);
    assert_int_equal(payer_msat - town_balance_msat(town, 0, 1), amount_msat + fee_msat);
    assert_int_equal(town_balance_msat(town, 2, 1) - payee_msat, amount_msat);
    assert_int_equal(town_balance_msat(town, 1, 0) + town_balance_msat(town, 1, 2) - hub_msat, fee_msat);
}

static void five_nodes_pay_from_end_to_end_both_ways(void **state)
{
    (void)state;
    row(5);
    assert_true(town_send(town, 0, 4, 77000000));
    assert_true(town_send(town, 4, 0, 33000000));
    assert_int_equal(count(2, LN_NODE_FORWARD_SETTLED), 2);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(town->nodes[i].node.link_places.top, town->nodes[i].node.link_places.free_count);
        assert_int_equal(town->nodes[i].node.pool.used, 0);
    }
    town_audit(town);
}

static void a_payment_can_be_made_once(void **state)
{
    (void)state;
    char text[2000];
    struct ln_pay_terms limits = town_limits();
    uint64_t again;
    row(2);
    town_ask(town, 1, 1000000, false, text);
    uint64_t payment = town_pay(town, 0, text, &limits);
    struct ln_node *node = town_call(town, 0);
    assert_int_equal(ln_node_pay_invoice(node, &again, btc_bytes(text, strlen(text)), &limits), LN_NODE_AGAIN);
    town_settle(town);
    assert_int_equal(ln_node_pay_invoice(node, &again, btc_bytes(text, strlen(text)), &limits), LN_NODE_AGAIN);
    assert_int_equal(ln_node_forget_payment(node, payment), LN_NODE_OK);
    town_take(town, 0);
    assert_null(ln_node_payment(node, payment));
    again = town_pay(town, 0, text, &limits); /* who has forgotten is refused by the payee, who has not */
    town_settle(town);
    const struct ln_node_event *failed = town_last(town, 0, LN_NODE_PAYMENT_FAILED);
    assert_int_equal(failed->cause, LN_PAY_REFUSED);
    assert_int_equal(failed->code, LN_INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS);
}

static void an_amount_that_is_left_open_is_the_payers_choice(void **state)
{
    (void)state;
    char text[2000];
    struct ln_pay_terms limits = town_limits();
    uint64_t payment;
    row(2);
    town_ask(town, 1, 0, false, text);
    struct btc_bytes bytes = btc_bytes(text, strlen(text));
    assert_int_equal(ln_node_pay_invoice(town_call(town, 0), &payment, bytes, &limits), LN_NODE_TERMS);
    limits.amount_msat = 4242;
    town_pay(town, 0, text, &limits);
    town_settle(town);
    assert_int_equal(town_last(town, 1, LN_NODE_INVOICE_PAID)->amount_msat, 4242);
}

static void keysend_needs_no_invoice(void **state)
{
    (void)state;
    struct ln_pay_terms limits = town_limits();
    uint64_t payment;
    row(3);
    limits.amount_msat = 7000001;
    memcpy(limits.payee, town->nodes[2].node.node_id, 33);
    assert_int_equal(ln_node_keysend(town_call(town, 0), &payment, &limits), LN_NODE_OK);
    town_take(town, 0);
    town_settle(town);
    assert_int_equal(count(0, LN_NODE_PAYMENT_SENT), 1);
    assert_int_equal(town_last(town, 2, LN_NODE_INVOICE_PAID)->amount_msat, 7000001);
    town->nodes[1].node.config.flags &= (uint8_t)~LN_NODE_TAKES_KEYSEND;
    memcpy(limits.payee, town->nodes[1].node.node_id, 33);
    assert_int_equal(ln_node_keysend(town_call(town, 0), &payment, &limits), LN_NODE_OK);
    town_take(town, 0);
    town_settle(town);
    assert_int_equal(town_last(town, 0, LN_NODE_PAYMENT_FAILED)->code, LN_INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS);
}

/* ---- parts ---- */

/* 0 ── 1 ── 3 and 0 ── 2 ── 3. */
static void diamond(void)
{
    static const unsigned pairs[4][2] = {{0, 1}, {0, 2}, {1, 3}, {2, 3}};
    town_begin(town, &(struct town_setup){.nodes = 4, .backend = LN_BACKEND_TOKEN});
    town_start(town);
    for (unsigned i = 0; i < 4; i++) {
        town_join(town, pairs[i][0], pairs[i][1]);
        town_open(town, pairs[i][0], pairs[i][1], 300000, 0, LN_CHANNEL_ANNOUNCE);
    }
}

static void what_no_channel_holds_goes_in_parts(void **state)
{
    (void)state;
    char text[2000];
    struct ln_pay_terms limits = town_limits();
    diamond();
    town_ask(town, 3, 400000000, false, text);
    town_pay(town, 0, text, &limits);
    town_settle(town);
    const struct ln_node_event *failed = town_last(town, 0, LN_NODE_PAYMENT_FAILED);
    assert_int_equal(failed->cause, LN_PAY_NO_ROUTE);
    limits.parts_max = 8;
    town_pay(town, 0, text, &limits);
    town_settle(town);
    assert_int_equal(count(0, LN_NODE_PAYMENT_SENT), 1);
    assert_true(count(0, LN_NODE_ATTEMPT_SENT) >= 2);
    assert_int_equal(count(3, LN_NODE_INVOICE_PAID), 1);
    assert_int_equal(town_last(town, 3, LN_NODE_INVOICE_PAID)->amount_msat, 400000000);
    assert_int_equal(town_balance_msat(town, 3, 1) + town_balance_msat(town, 3, 2), 400000000);
    town_audit(town);
}

/* A part alone is worth nothing to the payee: it waits for the others, and goes back when they do not come. */
static void parts_that_are_not_enough_go_back(void **state)
{
    (void)state;
    char text[2000];
    struct ln_pay_terms limits = town_limits();
    diamond();
    town_ask(town, 3, 400000000, false, text);
    limits.parts_max = 8;
    limits.attempts_max = 2; /* the first part gets there, the other does not */
    struct ln_graph_channel *channel =
        &town->graph.channels[ln_graph_find_channel(&town->graph, town_channel(town, 2, 3, 0)->short_channel_id)];
    assert_true(channel->capacity_sat == 300000);
    town_cut(town, 2, 3);
    town_pay(town, 0, text, &limits);
    town_settle(town);
    assert_int_equal(town_balance_msat(town, 3, 1), 0);
    assert_int_equal(count(3, LN_NODE_INVOICE_PAID), 0);
    assert_true(town_channel(town, 3, 1, 0)->channel.record_count > 0);
    town_wait(town, 61000000);
    assert_int_equal(count(3, LN_NODE_INVOICE_PAID), 0);
    assert_int_equal(town_channel(town, 3, 1, 0)->channel.record_count, 0);
    assert_int_equal(count(0, LN_NODE_PAYMENT_FAILED), 1);
    assert_int_equal(town_balance_msat(town, 0, 1), 300000000);
    town_join(town, 2, 3);
    limits.attempts_max = 20;
    town_pay(town, 0, text, &limits); /* the invoice is still open */
    town_settle(town);
    assert_int_equal(count(0, LN_NODE_PAYMENT_SENT), 1);
}

/* ---- invoices that are held ---- */

static void a_held_invoice_waits_for_who_decides(void **state)
{
    (void)state;
    char text[2000];
    struct ln_pay_terms limits = town_limits();
    row(3);
    for (unsigned settles = 0; settles < 2; settles++) {
        uint64_t before_msat = town_balance_msat(town, 0, 1);
        uint64_t invoice = town_ask(town, 2, 60000000, true, text);
        town_pay(town, 0, text, &limits);
        town_settle(town);
        assert_int_equal(count(2, LN_NODE_INVOICE_HELD), settles + 1);
        town_wait(town, 600000000); /* it takes its time */
        assert_int_equal(count(0, LN_NODE_PAYMENT_SENT) + count(0, LN_NODE_PAYMENT_FAILED), settles);
        struct ln_node *node = town_call(town, 2);
        assert_int_equal(settles ? ln_node_settle(node, invoice, NULL) : ln_node_cancel(node, invoice), LN_NODE_OK);
        town_take(town, 2);
        town_settle(town);
        assert_int_equal(ln_node_settle(node, invoice, NULL), LN_NODE_STAGE);
        assert_int_equal(count(0, LN_NODE_PAYMENT_SENT), settles);
        assert_int_equal(count(0, LN_NODE_PAYMENT_FAILED), 1);
        assert_int_equal(before_msat - town_balance_msat(town, 0, 1), settles ? 60007000 : 0);
        assert_int_equal(ln_node_forget_invoice(node, invoice), LN_NODE_OK);
        town_take(town, 2);
        assert_null(ln_node_invoice(node, invoice));
    }
}

static void the_preimage_of_a_held_invoice_may_come_from_elsewhere(void **state)
{
    (void)state;
    char text[2000];
    uint8_t preimage[32], hash[32];
    uint64_t invoice;
    struct ln_pay_terms limits = town_limits();
    struct ln_node_asking asking = {.amount_msat = 5000000, .hold = true, .payment_hash = hash};
    memset(preimage, 0x77, 32);
    btc_sha256(hash, preimage, 32);
    row(2);
    struct ln_node *node = town_call(town, 1);
    assert_int_equal(ln_node_ask(node, &invoice, text, sizeof text, &asking), LN_NODE_OK);
    town_take(town, 1);
    assert_int_equal(ln_node_ask(node, &invoice, text, sizeof text, &asking), LN_NODE_AGAIN);
    town_pay(town, 0, text, &limits);
    town_settle(town);
    assert_int_equal(count(1, LN_NODE_INVOICE_HELD), 1);
    assert_int_equal(ln_node_settle(town_call(town, 1), invoice, NULL), LN_NODE_PREIMAGE);
    assert_int_equal(ln_node_settle(town_call(town, 1), invoice, hash), LN_NODE_PREIMAGE);
    assert_int_equal(ln_node_settle(town_call(town, 1), invoice, preimage), LN_NODE_OK);
    town_take(town, 1);
    town_settle(town);
    assert_memory_equal(town_last(town, 0, LN_NODE_PAYMENT_SENT)->preimage, preimage, 32);
}

static void a_held_payment_goes_back_before_its_channel_would_have_to_close(void **state)
{
    (void)state;
    char text[2000];
    struct ln_pay_terms limits = town_limits();
    row(3);
    town_ask(town, 2, 60000000, true, text);
    town_pay(town, 0, text, &limits);
    town_settle(town);
    assert_int_equal(count(2, LN_NODE_INVOICE_HELD), 1);
    town_mine_many(town, 10);

    assert_int_equal(count(2, LN_NODE_INVOICE_CANCELLED), 1);
    assert_string_equal(town_last(town, 2, LN_NODE_INVOICE_CANCELLED)->text, "a part is about to expire");
    assert_int_equal(count(0, LN_NODE_PAYMENT_FAILED), 1);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(count(i, LN_NODE_CHANNEL_FAILS), 0);
    }
    assert_true(town_send(town, 0, 2, 1000000));
}

static void an_invoice_expires(void **state)
{
    (void)state;
    char text[2000];
    struct ln_pay_terms limits = town_limits();
    uint64_t payment;
    row(2);
    town_ask(town, 1, 1000, false, text);
    town_wait(town, UINT64_C(3601000000));
    assert_int_equal(count(1, LN_NODE_INVOICE_CANCELLED), 1);
    struct btc_bytes bytes = btc_bytes(text, strlen(text));
    assert_int_equal(ln_node_time(town_call(town, 0), town->now_us), LN_NODE_OK);
    assert_int_equal(ln_node_pay_invoice(town_call(town, 0), &payment, bytes, &limits), LN_NODE_EXPIRED);
    assert_int_equal(ln_node_pay_invoice(town_call(town, 0), &payment, btc_bytes("lnbc1", 5), &limits), LN_NODE_TEXT);
}

/* ---- channels that nobody else knows ---- */

static void a_private_channel_is_found_by_the_hint_of_the_invoice(void **state)
{
    (void)state;
    for (unsigned zero_conf = 0; zero_conf < 2; zero_conf++) {
        town_begin(town, &(struct town_setup){.nodes = 3, .backend = LN_BACKEND_TOKEN, .anchors = true});
        for (unsigned i = 0; i < 3; i++) {
            town_config(town, i)->flags |= LN_NODE_TRUSTS_FUNDING;
        }
        town_start(town);
        town_join(town, 0, 1);
        town_join(town, 1, 2);
        town_open(town, 0, 1, TOWN_ROW_SAT, 0, LN_CHANNEL_ANNOUNCE);
        uint8_t flags = LN_CHANNEL_SCID_ALIAS | (zero_conf ? LN_CHANNEL_ZERO_CONF : 0);
        uint64_t channel;
        struct ln_node_opening opening = {.peer = town->nodes[1].peer_of[2],
                                          .funding_sat = 500000,
                                          .feerate_sat_per_kwu = 1000,
                                          .flags = flags | LN_CHANNEL_ANCHORS};
        assert_int_equal(ln_node_open_channel(town_call(town, 1), &channel, &opening), LN_NODE_OK);
        town_take(town, 1);
        town_settle(town);
        assert_int_equal(town_channel(town, 1, 2, 0)->ready, zero_conf);
        town_mine_many(town, zero_conf ? 0 : 8);
        assert_int_equal(town_channel(town, 1, 2, 0)->short_channel_id == 0, zero_conf);
        assert_int_equal(ln_graph_channel_count(&town->graph), 1);
        assert_true(town_send(town, 0, 2, 3000000));
        assert_int_equal(town_balance_msat(town, 2, 1), 3000000);
        town_mine_many(town, 8);
        assert_true(town_send(town, 0, 2, 3000000)); /* the alias stays good */
    }
}

/* ---- gossip ---- */

static struct ln_graph graphs[5];

/* Five nodes, each with a graph of its own; the first so many in a row. */
static void row_with_graphs(unsigned nodes, uint8_t flags)
{
    struct ln_graph_config keeping = town->graph.config;
    keeping.kept_bytes_max = 100000;
    town_begin(town, &(struct town_setup){.nodes = 5, .backend = LN_BACKEND_TOKEN});
    for (unsigned i = 0; i < 5; i++) {
        ln_graph_init(&graphs[i], &keeping);
        town_config(town, i)->graph = &graphs[i];
        town_config(town, i)->flags |= flags;
    }
    town_start(town);
    for (unsigned i = 0; i + 1 < nodes; i++) {
        town_join(town, i, i + 1);
    }
    for (unsigned i = 0; i + 1 < nodes; i++) {
        town_open(town, i, i + 1, TOWN_ROW_SAT, TOWN_ROW_PUSH_MSAT, LN_CHANNEL_ANNOUNCE);
    }
}

static void forget_graphs(void)
{
    town_begin(town, &(struct town_setup){.nodes = 1, .backend = LN_BACKEND_TOKEN});
    for (unsigned i = 0; i < 5; i++) {
        ln_graph_close(&graphs[i]);
    }
}

static void nodes_hear_of_each_others_channels(void **state)
{
    (void)state;
    row_with_graphs(4, LN_NODE_HEARS_GOSSIP);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(ln_graph_channel_count(&graphs[i]), 3);
    }
    assert_true(town_send(town, 0, 3, 12000000));
    assert_true(town_send(town, 3, 0, 6000000));
    struct ln_node_forwarding dearer = town->nodes[1].config.forwarding;
    dearer.fee_base_msat = 5000;
    assert_int_equal(ln_node_set_forwarding(town_call(town, 1), town_channel(town, 1, 2, 0)->number, &dearer),
                     LN_NODE_OK);
    town_take(town, 1);
    town_settle(town);
    assert_true(town_send(town, 0, 3, 10000000));
    assert_int_equal(town_last(town, 0, LN_NODE_PAYMENT_SENT)->fee_msat, 1000 + 1000 + 5000 + 1000);
    assert_int_equal(ln_graph_channel_count(&graphs[4]), 0); /* it was not there, and asks */
    town_join(town, 4, 3);
    town_settle(town);
    town_wait(town, 1000);
    assert_int_equal(ln_graph_channel_count(&graphs[4]), 3);
    uint32_t channel = ln_graph_channel_at(&graphs[4], 0);
    assert_true(ln_graph_channel(&graphs[4], channel)->policies[0].flags & LN_POLICY_KNOWN);
    assert_true(ln_graph_channel(&graphs[4], channel)->policies[1].flags & LN_POLICY_KNOWN);
    forget_graphs();
}

static bool is_disabled(const struct ln_graph *graph, uint64_t short_channel_id)
{
    const struct ln_graph_channel *channel = ln_graph_channel(graph, ln_graph_find_channel(graph, short_channel_id));
    return (channel->policies[0].flags & channel->policies[1].flags & LN_POLICY_DISABLED) != 0;
}

static uint32_t oldest_update(const struct ln_graph *graph)
{
    uint32_t oldest_s = UINT32_MAX;
    for (uint32_t i = 0; i < ln_graph_channel_count(graph); i++) {
        const struct ln_graph_channel *channel = ln_graph_channel(graph, ln_graph_channel_at(graph, i));
        for (unsigned k = 0; k < 2; k++) {
            uint32_t timestamp_s = channel->policies[k].timestamp_s;
            oldest_s = timestamp_s < oldest_s ? timestamp_s : oldest_s;
        }
    }
    return oldest_s;
}

/* What is said is said again before it is too old to be believed, also behind a restart; what ends is disabled. */
static void what_nodes_say_stays_true(void **state)
{
    (void)state;
    row_with_graphs(3, LN_NODE_HEARS_GOSSIP | LN_NODE_SHOWS_ITSELF);
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned k = 0; k < 3; k++) {
            uint32_t node = ln_graph_find_node(&graphs[i], town->nodes[k].node.node_id);
            assert_true(ln_graph_node(&graphs[i], node)->timestamp_s > 0);
        }
    }
    for (unsigned week = 0; week < 3; week++) {
        town_wait(town, UINT64_C(1000000) * (LN_GRAPH_STALE_S / 2 + 100));
        town_crash(town, week, UINT32_MAX, 0);
        town_mend(town);
        town_wait(town, 100000000);
        for (unsigned i = 0; i < 3; i++) {
            assert_true(oldest_update(&graphs[i]) + LN_GRAPH_STALE_S / 2 > town->now_us / 1000000);
            assert_int_equal(ln_graph_forget(&graphs[i], town->now_us / 1000000, 0), 0);
        }
    }
    uint64_t closed = town_channel(town, 0, 1, 0)->short_channel_id;
    assert_int_equal(ln_node_force_close(town_call(town, 0), town_channel(town, 0, 1, 0)->number), LN_NODE_OK);
    town_take(town, 0);
    town_settle(town);
    assert_true(is_disabled(&graphs[1], closed) && is_disabled(&graphs[2], closed));
    town_mine_many(town, 1);
    assert_int_equal(ln_graph_forget(&graphs[1], town->now_us / 1000000, town_height(town) + 71), 0);
    assert_int_equal(ln_graph_forget(&graphs[1], town->now_us / 1000000, town_height(town) + 72), 1);
    forget_graphs();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_nodes_open_a_channel_and_pay_each_other),
        cmocka_unit_test(real_and_token_signatures_give_the_same_course),
        cmocka_unit_test(a_hub_takes_its_fee_to_the_millisatoshi),
        cmocka_unit_test(five_nodes_pay_from_end_to_end_both_ways),
        cmocka_unit_test(a_payment_can_be_made_once),
        cmocka_unit_test(an_amount_that_is_left_open_is_the_payers_choice),
        cmocka_unit_test(keysend_needs_no_invoice),
        cmocka_unit_test(what_no_channel_holds_goes_in_parts),
        cmocka_unit_test(parts_that_are_not_enough_go_back),
        cmocka_unit_test(a_held_invoice_waits_for_who_decides),
        cmocka_unit_test(the_preimage_of_a_held_invoice_may_come_from_elsewhere),
        cmocka_unit_test(a_held_payment_goes_back_before_its_channel_would_have_to_close),
        cmocka_unit_test(an_invoice_expires),
        cmocka_unit_test(a_private_channel_is_found_by_the_hint_of_the_invoice),
        cmocka_unit_test(nodes_hear_of_each_others_channels),
        cmocka_unit_test(what_nodes_say_stays_true),
    };
    return cmocka_run_group_tests(tests, open_town, close_town);
}
