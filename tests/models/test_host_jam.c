/* test_host_jam.c: channels filled by payments that never become whole, or that nobody means to settle.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     jammer 0 ── hub 1 ── outlet 2 ── accomplice 3       places of a channel: 30 each way (host_options.htlcs / 2)
 */
#include "models/host/adversary.h"
#include "tests/models/near.h"
#include "tests/models/street.h"

#include "protocol/lightning/failure.h"

#include <string.h>

#define PLACES 30

struct jam {
    struct street street;
    int64_t before_msat[STREET_NODES];
    char text[2000];
};

static void begin(struct jam *jam, uint32_t nodes)
{
    street_init(&jam->street);
    jam->street.nodes = nodes;
    jam->street.has_graph = nodes > 3; /* hints of invoices name one hop */
    street_begin(&jam->street);
    for (uint32_t i = 0; i < nodes; i++)
        jam->before_msat[i] = street_wealth_msat(&jam->street, i);
}

static void nobody_lost(struct jam *jam, int64_t paid_msat)
{
    for (uint32_t i = 0; i < jam->street.nodes; i++) {
        const struct ln_node *node = host_look(jam->street.host, jam->street.node[i]);
        assert_int_equal(node->pool.used, 0);
        assert_int_equal(street_count(&jam->street, i, LN_NODE_CHANNEL_FAILS), 0);
        int64_t gain_msat = street_wealth_msat(&jam->street, i) - jam->before_msat[i];
        assert_int_equal(gain_msat, i == 1 ? -paid_msat : i == 2 ? paid_msat : 0);
    }
}

/* A payment of the hub's own to the outlet: over the channel that is jammed. */
static bool is_paid(struct jam *jam, uint64_t amount_msat)
{
    uint32_t before = street_count(&jam->street, 1, LN_NODE_PAYMENT_SENT);
    char text[2000];
    street_ask(&jam->street, 2, amount_msat, false, text);
    struct ln_pay_terms limits = street_limits(&jam->street);
    limits.deadline_us -= (uint64_t)(HOUR - 20 * SECOND);
    street_pay_with(&jam->street, 1, text, &limits);
    street_run(&jam->street, 25 * SECOND);
    return street_count(&jam->street, 1, LN_NODE_PAYMENT_SENT) > before;
}

/* ---- parts that never become whole ----------------------------------------------------------------------------- */

static uint32_t send_parts(struct jam *jam, uint32_t parts, uint64_t part_msat)
{
    return host_jam(
        jam->street.host, jam->street.node[0],
        &(struct host_jam){jam->street.channel[0], btc_bytes(jam->text, strlen(jam->text)), parts, part_msat});
}

static void parts_fill_the_places_of_a_channel_for_a_minute(void **state)
{
    (void)state;
    struct jam jam;
    begin(&jam, 3);
    assert_true(is_paid(&jam, 1000000));
    street_ask(&jam.street, 2, 400000000, false, jam.text);
    street_run(&jam.street, SECOND);
    assert_int_equal(send_parts(&jam, PLACES + 5, 1000000), PLACES);
    street_run(&jam.street, 10 * SECOND);
    assert_int_equal(street_count(&jam.street, 1, LN_NODE_FORWARD_SENT), PLACES);
    assert_false(is_paid(&jam, 1000000)); /* 36 s behind the first part */
    street_run(&jam.street, 60 * SECOND);
    assert_int_equal(street_count(&jam.street, 0, LN_NODE_OFFER_FAILED), PLACES);
    assert_true(is_paid(&jam, 1000000));
    street_run(&jam.street, HOUR);
    nobody_lost(&jam, 2000000);
    street_close(&jam.street);
}

static void parts_take_the_liquidity_of_a_channel(void **state)
{
    (void)state;
    struct jam jam;
    begin(&jam, 3);
    street_ask(&jam.street, 2, 900000000, false, jam.text);
    street_run(&jam.street, SECOND);
    assert_int_equal(send_parts(&jam, 4, 140000000), 4); /* 560,000 of the hub's 600,000 sat */
    street_run(&jam.street, 10 * SECOND);
    assert_false(is_paid(&jam, 100000000));
    assert_true(is_paid(&jam, 1000000)); /* places are left */
    street_run(&jam.street, 60 * SECOND);
    assert_true(is_paid(&jam, 100000000));
    street_run(&jam.street, HOUR);
    nobody_lost(&jam, 101000000);
    street_close(&jam.street);
}

/* Again and again: a channel that is of no use to anybody, for as long as the jammer likes, and free of charge. */
static void repeated_it_blocks_a_channel_for_good(void **state)
{
    (void)state;
    struct jam jam;
    uint32_t tries = 0, paid = 0;
    begin(&jam, 3);
    for (uint32_t i = 0; i < 20; i++) {
        street_ask(&jam.street, 2, 400000000, false, jam.text);
        street_run(&jam.street, SECOND);
        send_parts(&jam, PLACES, 1000000);
        street_run(&jam.street, 5 * SECOND);
        tries++;
        paid += is_paid(&jam, 1000000);
        street_run(&jam.street, 34 * SECOND);
    }
    assert_int_equal(tries, 20);
    assert_int_equal(paid, 0);
    street_run(&jam.street, HOUR);
    assert_true(is_paid(&jam, 1000000));
    street_run(&jam.street, HOUR);
    nobody_lost(&jam, 1000000);
    street_close(&jam.street);
}

static void what_cannot_be_jammed_is_not(void **state)
{
    (void)state;
    struct jam jam;
    begin(&jam, 3);
    street_ask(&jam.street, 2, 1000000, false, jam.text);
    street_run(&jam.street, SECOND);
    assert_int_equal(send_parts(&jam, 2, 500000), 0); /* that would pay it */
    jam.text[20]++;
    assert_int_equal(send_parts(&jam, 2, 400000), 0); /* no invoice */
    street_run(&jam.street, HOUR);
    nobody_lost(&jam, 0);
    street_close(&jam.street);
}

/* ---- payments that an accomplice holds ------------------------------------------------------------------------- */

static void fill_by_holding(struct jam *jam)
{
    for (uint32_t i = 0; i < PLACES; i++) {
        street_ask(&jam->street, 3, 1000000, true, jam->text);
        street_pay(&jam->street, 0, jam->text);
        street_run(&jam->street, SECOND);
    }
    street_run(&jam->street, MINUTE);
}

/* Until shortly before they expire: then the accomplice gives them back, for it would lose its own channel. */
static void held_payments_fill_all_channels_between_two_accomplices(void **state)
{
    (void)state;
    struct jam jam;
    begin(&jam, 4);
    fill_by_holding(&jam);
    assert_int_equal(street_count(&jam.street, 3, LN_NODE_INVOICE_HELD), PLACES);
    assert_false(is_paid(&jam, 1000000));
    int64_t since_us = sim_now_us(jam.street.sim);
    while (!is_paid(&jam, 1000000) && sim_now_us(jam.street.sim) < since_us + 2 * DAY)
        street_run(&jam.street, 10 * MINUTE);
    within((double)(sim_now_us(jam.street.sim) - since_us), (double)HOUR, (double)DAY);
    assert_int_equal(street_count(&jam.street, 3, LN_NODE_INVOICE_CANCELLED), PLACES);
    street_run(&jam.street, HOUR);
    nobody_lost(&jam, 1000000);
    street_close(&jam.street);
}

/* Who does not give them back loses the channel, and no more: the chain gives every HTLC back to who offered it. */
static void who_holds_for_too_long_is_left_by_the_chain(void **state)
{
    (void)state;
    struct jam jam;
    struct host_money money;
    begin(&jam, 4);
    for (uint32_t i = 0; i < 3; i++) {
        street_ask(&jam.street, 3, 50000000, true, jam.text);
        street_pay(&jam.street, 0, jam.text);
    }
    street_run(&jam.street, MINUTE);
    host_stall(jam.street.host, jam.street.node[3], jam.street.node[2], true);
    street_run(&jam.street, 20 * DAY);
    assert_int_equal(street_count(&jam.street, 2, LN_NODE_CHANNEL_FAILS), 1);
    assert_int_equal(street_count(&jam.street, 0, LN_NODE_PAYMENT_FAILED), 3);
    host_money(&money, jam.street.host);
    assert_int_equal(money.claims_sat, 0);
    for (uint32_t i = 0; i < 2; i++)
        assert_int_equal(street_wealth_msat(&jam.street, i), jam.before_msat[i]);
    for (uint32_t i = 2; i < 4; i++)
        within((double)(street_wealth_msat(&jam.street, i) - jam.before_msat[i]), -1e7, 0);
    street_close(&jam.street);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_fill_the_places_of_a_channel_for_a_minute),
        cmocka_unit_test(parts_take_the_liquidity_of_a_channel),
        cmocka_unit_test(repeated_it_blocks_a_channel_for_good),
        cmocka_unit_test(what_cannot_be_jammed_is_not),
        cmocka_unit_test(held_payments_fill_all_channels_between_two_accomplices),
        cmocka_unit_test(who_holds_for_too_long_is_left_by_the_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
