/* test_ln_node_chain.c: nodes whose channels end: by agreement, by force, by cheating, in time or too late.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/cmocka_all.h"

#include "protocol/bitcoin/hash.h"
#include "tests/lightning/town_parts.h"

#define AMOUNT_MSAT UINT64_C(50000000)

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

static void row(unsigned nodes, bool anchors)
{
    town_row(town, &(struct town_setup){.nodes = nodes, .backend = LN_BACKEND_REAL, .anchors = anchors});
}

static uint32_t count(unsigned node, enum ln_node_event_kind kind)
{
    return town_count(town, node, kind);
}

/* ---- closing ---- */

static void a_channel_closes_by_agreement(void **state)
{
    (void)state;
    for (unsigned anchors = 0; anchors < 2; anchors++) {
        row(2, anchors);
        assert_true(town_send(town, 0, 1, AMOUNT_MSAT));
        int64_t before_sat[2] = {town_wallet_sat(town, 0), town_wallet_sat(town, 1)};
        assert_int_equal(ln_node_close_channel(town_call(town, 1), town_channel(town, 1, 0, 0)->number), LN_NODE_OK);
        town_take(town, 1);
        town_settle(town);
        for (unsigned i = 0; i < 2; i++) {
            assert_int_equal(count(i, LN_NODE_CHANNEL_AGREED), 1);
        }
        town_cut(town, 0, 1);
        town_join(town, 0, 1); /* what is agreed may be agreed again */
        town_settle(town);
        town_mine_many(town, 20);
        int64_t gained_sat[2] = {town_wallet_sat(town, 0) - before_sat[0], town_wallet_sat(town, 1) - before_sat[1]};
        assert_int_equal(gained_sat[1], 450000);
        assert_in_range(gained_sat[0], 548000, 549999); /* the opener pays the fee */
        for (unsigned i = 0; i < 2; i++) {
            assert_int_equal(town_last(town, i, LN_NODE_CHANNEL_SPENT)->close, LN_CLOSE_MUTUAL);
            assert_int_equal(count(i, LN_NODE_CHANNEL_GONE), 1);
            assert_null(town_channel(town, i, 1 - i, 0));
        }
    }
}

static void a_closing_lets_payments_finish_first(void **state)
{
    (void)state;
    char text[2000];
    struct ln_pay_terms limits = town_limits();
    row(2, false);
    uint64_t invoice = town_ask(town, 1, AMOUNT_MSAT, true, text);
    town_pay(town, 0, text, &limits);
    town_settle(town);
    assert_int_equal(ln_node_close_channel(town_call(town, 0), town_channel(town, 0, 1, 0)->number), LN_NODE_OK);
    town_take(town, 0);
    town_settle(town);
    assert_int_equal(count(1, LN_NODE_CHANNEL_LEAVES), 1);
    assert_int_equal(count(0, LN_NODE_CHANNEL_AGREED), 0);
    assert_int_equal(ln_node_settle(town_call(town, 1), invoice, NULL), LN_NODE_OK);
    town_take(town, 1);
    town_settle(town);
    assert_int_equal(count(0, LN_NODE_PAYMENT_SENT), 1);
    assert_int_equal(count(0, LN_NODE_CHANNEL_AGREED), 1);
}

static void a_channel_is_given_up_and_everybody_gets_what_is_due(void **state)
{
    (void)state;
    for (unsigned anchors = 0; anchors < 2; anchors++) {
        row(2, anchors);
        int64_t before_sat[2] = {town_wallet_sat(town, 0), town_wallet_sat(town, 1)};
        assert_int_equal(ln_node_force_close(town_call(town, 0), town_channel(town, 0, 1, 0)->number), LN_NODE_OK);
        town_take(town, 0);
        town_settle(town);
        town_mine_many(town, 45);
        assert_int_equal(town_last(town, 0, LN_NODE_CHANNEL_SPENT)->close, LN_CLOSE_OURS);
        assert_int_equal(town_last(town, 1, LN_NODE_CHANNEL_SPENT)->close, LN_CLOSE_THEIRS);
        int64_t gained_sat[2] = {town_wallet_sat(town, 0) - before_sat[0], town_wallet_sat(town, 1) - before_sat[1]};
        assert_in_range(gained_sat[0], 595000, 599999);
        assert_in_range(gained_sat[1], 399000, 400000 + 330); /* its anchor */
        assert_int_equal(count(0, LN_NODE_CHANNEL_GONE), 1);
        assert_int_equal(count(1, LN_NODE_CHANNEL_GONE), 1);
    }
}

/* ---- HTLCs ---- */

/* A payment from 0 to 2 that 2 holds. */
static uint64_t begin_held(bool anchors)
{
    char text[2000];
    struct ln_pay_terms limits = town_limits();
    limits.attempts_max = 1;
    row(3, anchors);
    uint64_t invoice = town_ask(town, 2, AMOUNT_MSAT, true, text);
    town_pay(town, 0, text, &limits);
    town_settle(town);
    assert_int_equal(count(2, LN_NODE_INVOICE_HELD), 1);
    return invoice;
}

/* The payee has the preimage and nobody to tell it to: it goes to the chain in time, where the hub reads it and tells
 * the payer at once. */
static void a_preimage_on_the_chain_goes_upstream_at_once(void **state)
{
    (void)state;
    for (unsigned anchors = 0; anchors < 2; anchors++) {
        uint64_t invoice = begin_held(anchors);
        uint64_t hub_msat = town_balance_msat(town, 1, 0);
        town_cut(town, 1, 2);
        assert_int_equal(ln_node_settle(town_call(town, 2), invoice, NULL), LN_NODE_OK);
        town_take(town, 2);
        town_settle(town);
        uint32_t blocks = 0;
        while (count(0, LN_NODE_PAYMENT_SENT) == 0) {
            assert_int_equal(count(0, LN_NODE_PAYMENT_FAILED), 0);
            town_mine_many(town, 1);
            assert_true(++blocks < 40);
        }
        assert_int_equal(count(2, LN_NODE_CHANNEL_FAILS), 1);
        assert_int_equal(town_balance_msat(town, 1, 0) - hub_msat, AMOUNT_MSAT + 6000);
        assert_int_equal(count(0, LN_NODE_CHANNEL_FAILS), 0); /* the first channel lives */
        town_mine_many(town, 60);
        assert_int_equal(count(1, LN_NODE_CHANNEL_GONE), 1);
        assert_int_equal(count(2, LN_NODE_CHANNEL_GONE), 1);
        assert_int_equal(count(2, LN_NODE_INVOICE_PAID), 1);
        assert_true(town_send(town, 0, 1, 1000));
    }
}

/* The payee says nothing more at all. The hub waits until the HTLC has expired, takes it back on the chain, and fails
 * it upstream while there is still time. */
static void a_payee_that_stalls_costs_its_own_channel_alone(void **state)
{
    (void)state;
    for (unsigned anchors = 0; anchors < 2; anchors++) {
        begin_held(anchors);
        uint64_t payer_msat = town_balance_msat(town, 0, 1);
        town_crash(town, 2, 0, 0); /* and never comes up again */
        for (uint32_t blocks = 0; count(0, LN_NODE_PAYMENT_FAILED) == 0; blocks++) {
            town_mine_many(town, 1);
            assert_true(blocks < 60);
        }
        assert_int_equal(town_last(town, 0, LN_NODE_ATTEMPT_FAILED)->code, LN_PERMANENT_CHANNEL_FAILURE);
        assert_memory_equal(town_last(town, 0, LN_NODE_ATTEMPT_FAILED)->node_id, town->nodes[1].node.node_id, 33);
        assert_int_equal(town_balance_msat(town, 0, 1), payer_msat);
        assert_int_equal(count(0, LN_NODE_CHANNEL_FAILS), 0);
        assert_int_equal(count(1, LN_NODE_CHANNEL_FAILS), 1);
        assert_true(town_send(town, 0, 1, 1000));
        town_mine_many(town, 40);
        assert_int_equal(count(1, LN_NODE_CHANNEL_GONE), 1);
    }
}

/* A peer that takes messages and answers none is left, and tried again. */
static void a_peer_that_keeps_us_waiting_is_disconnected(void **state)
{
    (void)state;
    char text[2000];
    struct ln_pay_terms limits = town_limits();
    town_begin(town, &(struct town_setup){.nodes = 2, .backend = LN_BACKEND_TOKEN});
    town_config(town, 0)->stall_us = 30000000;
    town_config(town, 0)->silence_us = 20000000;
    town_start(town);
    town_join(town, 0, 1);
    town_open(town, 0, 1, TOWN_ROW_SAT, 0, 0);
    town_ask(town, 1, AMOUNT_MSAT, false, text);
    town_pay(town, 0, text, &limits);
    town_tick(town, 29000000);
    assert_true(town->joined[0][1]);
    town_tick(town, 2000000);
    assert_false(town->joined[0][1]);
    town_join(town, 0, 1);
    town_settle(town);
    assert_int_equal(count(0, LN_NODE_PAYMENT_SENT), 1);
    town_wait(town, 300000000); /* pings are answered */
    assert_true(town->joined[0][1]);
    town_tick(town, 21000000);
    assert_true(town->queues[0][1].count > 0);
    town_tick(town, 31000000); /* one is not */
    assert_false(town->joined[0][1]);
}

/* Many blocks at once, behind every expiry: both channels go to the chain, and the payer gets its money back. */
static void a_burst_of_blocks_ends_in_the_same_way(void **state)
{
    (void)state;
    for (unsigned anchors = 0; anchors < 2; anchors++) {
        begin_held(anchors);
        uint64_t start_sat[3];
        for (unsigned i = 0; i < 3; i++) {
            start_sat[i] = (uint64_t)town_wallet_sat(town, i);
        }
        town_crash(town, 2, 0, 0);
        town_crash(town, 1, 0, 0);
        for (unsigned i = 0; i < 90; i++) {
            town_mine(town, ~0u, 0);
        }
        town_mend(town);
        town_mine_many(town, 60);
        assert_int_equal(count(0, LN_NODE_PAYMENT_FAILED), 1);
        assert_int_equal(count(0, LN_NODE_PAYMENT_SENT), 0);
        assert_int_equal(count(2, LN_NODE_INVOICE_PAID), 0);
        uint64_t dues_sat[3] = {600000, 400000 + 600000, 400000};
        for (unsigned i = 0; i < 3; i++) {
            uint64_t in_channels_sat = 0;
            for (unsigned k = 0; k < 3; k++) {
                const struct ln_node_channel *entry = town_channel(town, i, k, 0);
                in_channels_sat += k != i && entry != NULL ? entry->channel.settled_msat[LN_US] / 1000 : 0;
            }
            uint64_t gained_sat = (uint64_t)town_wallet_sat(town, i) - start_sat[i] + in_channels_sat;
            assert_in_range(gained_sat, dues_sat[i] - 25000, dues_sat[i] + 660);
        }
    }
}

/* ---- cheating ---- */

static void a_revoked_commitment_is_punished_from_the_records(void **state)
{
    (void)state;
    for (unsigned anchors = 0; anchors < 2; anchors++) {
        char text[2000];
        struct ln_pay_terms limits = town_limits();
        row(2, anchors);
        town_ask(town, 1, AMOUNT_MSAT, true, text); /* the state of yesterday has an HTLC */
        town_pay(town, 0, text, &limits);
        town_settle(town);
        uint32_t yesterday = town->nodes[0].written;
        assert_true(town_send(town, 0, 1, 300000000));
        town_crash(town, 0, 0, 0);
        struct town_node *cheat = &town->nodes[0];
        cheat->written = cheat->safe = yesterday;
        cheat->disk_length = cheat->ends[yesterday - 1];
        town_restart(town, 0, LN_SNAPSHOT_LATEST); /* it pretends to be up to date */
        int64_t before_sat = town_wallet_sat(town, 1);
        assert_int_equal(ln_node_force_close(town_call(town, 0), town_channel(town, 0, 1, 0)->number), LN_NODE_OK);
        town_take(town, 0);
        town_mine_many(town, 1);
        assert_int_equal(town_last(town, 1, LN_NODE_CHANNEL_SPENT)->close, LN_CLOSE_REVOKED);
        town_mine_many(town, 60);
        int64_t gained_sat = town_wallet_sat(town, 1) - before_sat;
        assert_in_range(gained_sat, 992000, 999999); /* all of it */
        assert_int_equal(count(1, LN_NODE_CHANNEL_GONE), 1);
    }
}

/* ---- reorganisations ---- */

static void blocks_that_go_and_come_change_nothing(void **state)
{
    (void)state;
    uint64_t invoice = begin_held(true);
    town_cut(town, 1, 2);
    assert_int_equal(ln_node_settle(town_call(town, 2), invoice, NULL), LN_NODE_OK);
    town_take(town, 2);
    for (unsigned i = 0; i < 50; i++) {
        town_mine_many(town, 1);
        if (i % 3 == 2) {
            town_undo(town, 2);
            town_settle(town);
            town_mine_many(town, 2);
        }
    }
    assert_int_equal(count(0, LN_NODE_PAYMENT_SENT), 1);
    town_mine_many(town, 30);
    assert_int_equal(count(1, LN_NODE_CHANNEL_GONE), 1);
    assert_int_equal(count(2, LN_NODE_CHANNEL_GONE), 1);
    assert_int_equal(count(0, LN_NODE_CHANNEL_FAILS), 0);
}

/* One resolver was written when it saw its commitment, the other long before; then that commitment's block goes while
 * the node is down. */
static void records_of_different_age_agree_about_the_chain(void **state)
{
    (void)state;
    for (unsigned lost = 0; lost < 4; lost++) {
        row(3, false);
        uint64_t late = town_channel(town, 1, 2, 0)->number;
        assert_int_equal(ln_node_force_close(town_call(town, 1), town_channel(town, 1, 0, 0)->number), LN_NODE_OK);
        town_take(town, 1);
        town_mine_many(town, 5);
        assert_int_equal(ln_node_force_close(town_call(town, 1), late), LN_NODE_OK);
        town_take(town, 1);
        town_mine(town, ~0u, 0);
        const struct ln_onchain *chain = ln_node_channel(&town->nodes[1].node, late)->chain;
        assert_int_equal(chain->close, LN_CLOSE_OURS);
        town_crash(town, 1, UINT32_MAX, 0);
        town_undo(town, 1 + lost);
        for (unsigned i = 0; i < 2 + lost; i++) {
            town_mine(town, 0, 0);
        }
        town_restart(town, 1, LN_SNAPSHOT_LATEST);
        chain = ln_node_channel(&town->nodes[1].node, late)->chain;
        assert_int_equal(chain->close, LN_CLOSE_NONE);
        assert_int_equal(chain->height, town_height(town));
        town_mine_many(town, 40);
        assert_int_equal(count(1, LN_NODE_CHANNEL_GONE), 2);
    }
}

/* A claim with a preimage goes back into the mempool with its block; the blocks that come instead say nothing of it,
 * and nothing else that would be written down. */
static void what_was_undone_is_not_believed_behind_a_restart(void **state)
{
    (void)state;
    uint64_t invoice = begin_held(true);
    uint64_t out = town_channel(town, 1, 2, 0)->number;
    town_cut(town, 1, 2);
    assert_int_equal(ln_node_settle(town_call(town, 2), invoice, NULL), LN_NODE_OK);
    town_take(town, 2);
    while (count(1, LN_NODE_CHANNEL_SPENT) == 0) {
        town_mine_many(town, 1);
    }
    town_mine(town, 1u << 1, 0); /* the hub has what is its own; then comes the claim */
    town_mine(town, ~0u, 0);
    assert_int_equal(count(1, LN_NODE_FORWARD_SETTLED), 1);
    town_settle(town);
    const struct ln_onchain *chain = ln_node_channel(&town->nodes[1].node, out)->chain;
    uint32_t spent = 0;
    for (uint32_t i = 1; i < chain->out_count; i++) {
        spent += chain->outs[i].spent_by == LN_SPENT_BY_THEM;
    }
    assert_int_equal(spent, 1);
    town_undo(town, 1);
    town_mine(town, 0, 0);
    assert_true(town_send(town, 0, 1, 1000)); /* some record of the new block */
    town_crash(town, 1, UINT32_MAX, 0);
    town_mend(town);
    chain = ln_node_channel(&town->nodes[1].node, out)->chain;
    for (uint32_t i = 1; i < chain->out_count; i++) {
        assert_int_not_equal(chain->outs[i].spent_by, LN_SPENT_BY_THEM);
    }
    town_mine_many(town, 60);
    assert_int_equal(count(1, LN_NODE_CHANNEL_GONE), 1);
}

static void a_funding_that_is_taken_back_has_no_short_channel_id(void **state)
{
    (void)state;
    row(2, false);
    uint64_t before = town_channel(town, 0, 1, 0)->short_channel_id;
    uint32_t told = count(0, LN_NODE_FUNDING_SAFE);
    town_undo(town, 7);
    assert_int_equal(town_channel(town, 0, 1, 0)->short_channel_id, 0);
    assert_int_equal(count(0, LN_NODE_FUNDING_SAFE), told + 1); /* to be broadcast once more */
    town_mine_many(town, 7);
    assert_int_equal(town_channel(town, 0, 1, 0)->short_channel_id, before);
    assert_true(town_send(town, 0, 1, 1000));
}

/* Who did not fund it cannot be sure that there is anything in it. */
static void over_a_funding_that_is_taken_back_nothing_is_taken(void **state)
{
    (void)state;
    row(3, false);
    assert_true(town_send(town, 2, 1, AMOUNT_MSAT)); /* from who accepted it to who funded it */
    town_undo(town, 4);
    assert_true(town_send(town, 0, 2, AMOUNT_MSAT)); /* three blocks deep, as was asked for */
    town_undo(town, 1);
    assert_false(town_send(town, 0, 2, AMOUNT_MSAT));
    assert_int_equal(town_last(town, 0, LN_NODE_ATTEMPT_FAILED)->code, LN_TEMPORARY_NODE_FAILURE);
    assert_true(town_send(town, 2, 1, AMOUNT_MSAT));
    town_crash(town, 2, UINT32_MAX, 0);
    town_mend(town);
    assert_false(town_send(town, 0, 2, AMOUNT_MSAT));
    town_mine_many(town, 1); /* ten minutes: those that waited are tried again */
    assert_int_equal(count(0, LN_NODE_PAYMENT_SENT), 3);
}

static void a_funding_that_moves_is_announced_again(void **state)
{
    (void)state;
    row(3, false);
    uint64_t before[2] = {town_channel(town, 0, 1, 0)->short_channel_id, town_channel(town, 1, 2, 0)->short_channel_id};
    assert_true(town_send(town, 0, 2, AMOUNT_MSAT));
    town_undo(town, town_height(town) - town->base_height);
    town_mine(town, 0, 0);
    town_mine_many(town, 6);
    for (unsigned i = 0; i < 2; i++) {
        uint64_t now = town_channel(town, i, i + 1, 0)->short_channel_id;
        assert_int_not_equal(now, before[i]);
        assert_int_equal(ln_graph_find_channel(&town->graph, before[i]), LN_GRAPH_NONE);
        assert_int_not_equal(ln_graph_find_channel(&town->graph, now), LN_GRAPH_NONE);
    }
    assert_true(town_send(town, 0, 2, AMOUNT_MSAT));
}

/* One end has both signatures, the other has lost what it heard with its last record. */
static void signatures_that_were_lost_are_sent_again(void **state)
{
    (void)state;
    row(2, false);
    town_undo(town, 7);
    town_mine_many(town, 5);
    assert_false(town_channel(town, 0, 1, 0)->is_listed || town_channel(town, 1, 0, 0)->is_listed);
    town->late = true;
    town_mine(town, ~0u, 0);
    town_make_safe(town, 0, UINT32_MAX);
    town_make_safe(town, 1, UINT32_MAX);
    while (town_deliver(town, 1, 0)) {
        town_make_safe(town, 0, UINT32_MAX);
    }
    while (town_deliver(town, 0, 1)) {
    }
    assert_true(town_channel(town, 0, 1, 0)->is_listed && town_channel(town, 1, 0, 0)->is_listed);
    town_crash(town, 1, 0, 0);
    town->late = false;
    town_mend(town);
    assert_true(town_channel(town, 1, 0, 0)->is_listed);
}

/* ---- unfunded ---- */

static void a_channel_whose_funding_does_not_come_is_forgotten(void **state)
{
    (void)state;
    uint64_t channel;
    town_begin(town, &(struct town_setup){.nodes = 2, .backend = LN_BACKEND_TOKEN});
    town_config(town, 0)->unfunded_blocks = town_config(town, 1)->unfunded_blocks = 30;
    town_start(town);
    town_join(town, 0, 1);
    town_settle(town);
    struct ln_node_opening opening = {
        .peer = town->nodes[0].peer_of[1], .funding_sat = 100000, .feerate_sat_per_kwu = 1000};
    assert_int_equal(ln_node_open_channel(town_call(town, 0), &channel, &opening), LN_NODE_OK);
    town_take(town, 0);
    town_settle(town);
    assert_int_equal(count(0, LN_NODE_FUNDING_SAFE), 1);
    for (unsigned i = 0; i < 29; i++) {
        town_mine(town, 0, 0); /* the miner does not want it */
        town_settle(town);
    }
    assert_int_equal(count(1, LN_NODE_CHANNEL_GONE), 0);
    town_mine(town, 0, 0);
    assert_int_equal(count(1, LN_NODE_CHANNEL_GONE), 1);
    assert_string_equal(town_last(town, 1, LN_NODE_CHANNEL_GONE)->text, "its funding did not come");
    assert_int_equal(count(0, LN_NODE_CHANNEL_GONE), 0); /* who funds it does not forget */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_channel_closes_by_agreement),
        cmocka_unit_test(a_closing_lets_payments_finish_first),
        cmocka_unit_test(a_channel_is_given_up_and_everybody_gets_what_is_due),
        cmocka_unit_test(a_preimage_on_the_chain_goes_upstream_at_once),
        cmocka_unit_test(a_payee_that_stalls_costs_its_own_channel_alone),
        cmocka_unit_test(a_peer_that_keeps_us_waiting_is_disconnected),
        cmocka_unit_test(a_burst_of_blocks_ends_in_the_same_way),
        cmocka_unit_test(a_revoked_commitment_is_punished_from_the_records),
        cmocka_unit_test(blocks_that_go_and_come_change_nothing),
        cmocka_unit_test(records_of_different_age_agree_about_the_chain),
        cmocka_unit_test(what_was_undone_is_not_believed_behind_a_restart),
        cmocka_unit_test(a_funding_that_is_taken_back_has_no_short_channel_id),
        cmocka_unit_test(over_a_funding_that_is_taken_back_nothing_is_taken),
        cmocka_unit_test(a_funding_that_moves_is_announced_again),
        cmocka_unit_test(signatures_that_were_lost_are_sent_again),
        cmocka_unit_test(a_channel_whose_funding_does_not_come_is_forgotten),
    };
    return cmocka_run_group_tests(tests, open_town, close_town);
}
