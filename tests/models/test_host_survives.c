/* test_host_survives.c: what a payment lives through, and what it dies of: by name.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/near.h"
#include "tests/models/street.h"

#include "protocol/lightning/failure.h"

#include <string.h>

#define AMOUNT_MSAT 50000000

/* ---- what every story ends with -------------------------------------------------------------------------------- */

static void all_is_quiet(const struct street *street)
{
    for (uint32_t i = 0; i < street->nodes; i++) {
        const struct ln_node *node = host_look(street->host, street->node[i]);
        assert_non_null(node);
        assert_int_equal(node->pool.used, 0); /* no HTLC anywhere */
        for (uint32_t k = 0; k < node->link_places.top; k++)
            assert_int_equal(node->links[k].kind, LN_LINK_FREE);
    }
}

/* The payer has the preimage if and only if the payee took the money; nobody else lost or won but the hub its fee. */
static void both_agree(struct street *street, const int64_t before_msat[3], bool is_paid)
{
    const struct street_event *sent = street_last(street, 0, LN_NODE_PAYMENT_SENT);
    assert_int_equal(sent != NULL, is_paid);
    assert_int_equal(street_count(street, 2, LN_NODE_INVOICE_PAID) > 0, is_paid);
    int64_t fee_msat = is_paid ? (int64_t)sent->event.fee_msat : 0, amount_msat = is_paid ? AMOUNT_MSAT : 0;
    assert_int_equal(street_wealth_msat(street, 0) - before_msat[0], -amount_msat - fee_msat);
    assert_int_equal(street_wealth_msat(street, 1) - before_msat[1], fee_msat);
    assert_int_equal(street_wealth_msat(street, 2) - before_msat[2], amount_msat);
}

static void another_payment_passes(struct street *street)
{
    char text[2000];
    uint32_t before = street_count(street, 2, LN_NODE_INVOICE_PAID);
    street_ask(street, 2, 7000000, false, text);
    street_pay(street, 0, text);
    assert_true(street_wait(street, 2, LN_NODE_INVOICE_PAID, before + 1, HOUR));
    street_run(street, MINUTE);
}

static void no_channel_was_given_up(const struct street *street)
{
    for (uint32_t i = 0; i < street->nodes; i++) {
        assert_int_equal(street_count(street, i, LN_NODE_CHANNEL_FAILS), 0);
        assert_int_equal(street_count(street, i, LN_NODE_CHANNEL_LOST), 0);
        assert_int_equal(street_count(street, i, LN_NODE_CHANNEL_SPENT), 0);
    }
}

struct story {
    struct street street;
    int64_t before_msat[3];
    uint64_t payment, invoice;
};

static void story_begin(struct story *story, bool hold)
{
    char text[2000];
    street_begin(&story->street);
    for (uint32_t i = 0; i < 3; i++)
        story->before_msat[i] = street_wealth_msat(&story->street, i);
    story->invoice = street_ask(&story->street, 2, AMOUNT_MSAT, hold, text);
    story->payment = street_pay(&story->street, 0, text);
}

/* ---- crashes --------------------------------------------------------------------------------------------------- */

/* Records that a node writes from the payment's beginning until all is quiet. */
static void count_records(uint64_t range[2], uint32_t victim)
{
    struct story story;
    street_init(&story.street);
    story.street.device[victim] = DEVICE_BOARD;
    street_begin(&story.street);
    range[0] = host_record_count(story.street.host, story.street.node[victim]);
    street_close(&story.street);
    street_init(&story.street);
    story.street.device[victim] = DEVICE_BOARD;
    story_begin(&story, false);
    street_run(&story.street, MINUTE);
    range[1] = host_record_count(story.street.host, story.street.node[victim]);
    street_close(&story.street);
}

static void crash_at(uint32_t victim, uint64_t record, enum host_crash_point point, int64_t for_us)
{
    struct story story;
    struct host_tally tally;
    street_init(&story.street);
    story.street.device[victim] = DEVICE_BOARD;
    street_begin(&story.street);
    host_crash_at(story.street.host, story.street.node[victim], record, point, for_us);
    char text[2000];
    for (uint32_t i = 0; i < 3; i++)
        story.before_msat[i] = street_wealth_msat(&story.street, i);
    street_ask(&story.street, 2, AMOUNT_MSAT, false, text);
    if (host_is_up(story.street.host, story.street.node[0]))
        street_pay(&story.street, 0, text);
    street_run(&story.street, 2 * HOUR + for_us);
    host_tally(&tally, story.street.host);
    assert_int_equal(tally.crashes, 1);
    assert_int_equal(tally.torn, point == HOST_CRASH_TORN);
    no_channel_was_given_up(&story.street);
    all_is_quiet(&story.street);
    both_agree(&story.street, story.before_msat,
               victim == 1 || street_count(&story.street, 0, LN_NODE_PAYMENT_SENT) > 0);
    another_payment_passes(&story.street);
    street_close(&story.street);
}

static uint32_t crash_everywhere(uint32_t victim)
{
    uint64_t range[2];
    uint32_t runs = 0;
    count_records(range, victim);
    assert_true(range[1] >= range[0] + 4);
    for (uint64_t record = range[0] + 1; record <= range[1]; record++) {
        for (enum host_crash_point point = HOST_CRASH_BEFORE; point <= HOST_CRASH_BEHIND; point++, runs++)
            crash_at(victim, record, point, 5 * SECOND);
    }
    return runs;
}

static void a_payment_survives_a_crash_of_the_hub_at_any_record(void **state)
{
    (void)state;
    assert_true(crash_everywhere(1) >= 18);
}

/* The invoice's text leaves the payee before its record is safe: then the payee may have forgotten it, and says so. */
static void a_payment_survives_a_crash_of_the_payee_at_any_record(void **state)
{
    (void)state;
    assert_true(crash_everywhere(2) >= 15);
}

/* Or it is forgotten, with nothing on its way. */
static void a_payment_survives_a_crash_of_the_payer_at_any_record(void **state)
{
    (void)state;
    assert_true(crash_everywhere(0) >= 15);
}

/* ---- payee offline --------------------------------------------------------------------------------------------- */

static void a_payee_that_is_away_is_paid_when_it_is_back(void **state)
{
    (void)state;
    struct story story;
    char text[2000];
    street_init(&story.street);
    street_begin(&story.street);
    for (uint32_t i = 0; i < 3; i++)
        story.before_msat[i] = street_wealth_msat(&story.street, i);
    street_ask(&story.street, 2, AMOUNT_MSAT, false, text);
    street_run(&story.street, SECOND);
    host_crash(story.street.host, story.street.node[2], sim_now_us(story.street.sim) + 10 * MINUTE);
    street_run(&story.street, MINUTE); /* the hub knows */
    street_pay(&story.street, 0, text);
    street_run(&story.street, 5 * MINUTE);
    const struct street_event *failed = street_last(&story.street, 0, LN_NODE_ATTEMPT_FAILED);
    assert_non_null(failed);
    assert_int_equal(failed->event.code, LN_TEMPORARY_CHANNEL_FAILURE);
    assert_memory_equal(failed->event.node_id, host_node_id(story.street.host, story.street.node[1]), 33);
    assert_int_equal(street_count(&story.street, 0, LN_NODE_PAYMENT_SENT), 0);
    street_run(&story.street, 55 * MINUTE);
    no_channel_was_given_up(&story.street);
    all_is_quiet(&story.street);
    both_agree(&story.street, story.before_msat, true);
    street_close(&story.street);
}

static void a_payee_that_stays_away_is_not_paid(void **state)
{
    (void)state;
    struct story story;
    char text[2000];
    street_init(&story.street);
    street_begin(&story.street);
    for (uint32_t i = 0; i < 3; i++)
        story.before_msat[i] = street_wealth_msat(&story.street, i);
    street_ask(&story.street, 2, AMOUNT_MSAT, false, text);
    street_run(&story.street, SECOND);
    host_crash(story.street.host, story.street.node[2], sim_now_us(story.street.sim) + 2 * HOUR);
    street_run(&story.street, MINUTE);
    struct ln_pay_terms limits = street_limits(&story.street);
    limits.deadline_us -= (uint64_t)(50 * MINUTE);
    street_pay_with(&story.street, 0, text, &limits);
    street_run(&story.street, 3 * HOUR);
    const struct street_event *failed = street_last(&story.street, 0, LN_NODE_PAYMENT_FAILED);
    assert_non_null(failed);
    assert_true(failed->event.cause == LN_PAY_DEADLINE || failed->event.cause == LN_PAY_ATTEMPTS);
    assert_int_equal(failed->event.code, LN_TEMPORARY_CHANNEL_FAILURE);
    no_channel_was_given_up(&story.street);
    all_is_quiet(&story.street);
    both_agree(&story.street, story.before_msat, false);
    street_close(&story.street);
}

/* ---- links that break in the middle ---------------------------------------------------------------------------- */

static void break_at(uint32_t link, int64_t after_us, int64_t for_us)
{
    struct story story;
    street_init(&story.street);
    story_begin(&story, false);
    street_run(&story.street, after_us);
    coverage_hold(&story.street.coverages, story.street.cover[link]);
    street_run(&story.street, for_us);
    coverage_release(&story.street.coverages, story.street.cover[link]);
    street_run(&story.street, 2 * HOUR);
    no_channel_was_given_up(&story.street);
    all_is_quiet(&story.street);
    both_agree(&story.street, story.before_msat, true);
    another_payment_passes(&story.street);
    street_close(&story.street);
}

/* The dance over two hops takes about 0.2 s; a break of 5 s is borne by the connection, one of 50 s ends it. */
static void a_payment_survives_the_loss_of_a_link_at_any_moment(void **state)
{
    (void)state;
    for (int64_t after_us = 0; after_us <= 200000; after_us += 5000) {
        for (uint32_t link = 0; link < 2; link++)
            break_at(link, after_us, after_us % 10000 == 0 ? 50 * SECOND : 5 * SECOND);
    }
}

/* ---- blocks that come all at once ------------------------------------------------------------------------------ */

#define BURST_AT_S   (12 * 3600)
#define BURST_BLOCKS 120

/* A block every ten minutes for half a day, then a hundred and twenty, ten seconds apart, then as before. */
static void burst(struct trace *trace, int64_t *times_s, size_t count)
{
    int64_t time_s = STREET_START_S - 600;
    for (size_t i = 0; i < count; i++) {
        int64_t since_s = time_s - STREET_START_S;
        bool is_burst = since_s >= BURST_AT_S && since_s < BURST_AT_S + 10 * BURST_BLOCKS;
        times_s[i] = time_s;
        time_s += is_burst ? 10 : 600;
    }
    *trace = (struct trace){.header_s = times_s, .arrival_s = times_s, .block_count = count, .first_height = 1};
}

/* A story whose payment is under way half an hour before the burst. */
struct burst_story {
    struct story story;
    struct trace trace;
    int64_t times_s[2000];
    int64_t fees_sat;
};

static void burst_begin(struct burst_story *burst_story, bool hold, bool is_stalled)
{
    struct street *street = &burst_story->story.street;
    struct host_money money;
    char text[2000];
    burst(&burst_story->trace, burst_story->times_s, 2000);
    street_init(street);
    street->trace = &burst_story->trace;
    street_begin(street);
    street_run(street, BURST_AT_S * SECOND - 30 * MINUTE - sim_now_us(street->sim));
    for (uint32_t i = 0; i < 3; i++)
        burst_story->story.before_msat[i] = street_wealth_msat(street, i);
    host_money(&money, street->host);
    burst_story->fees_sat = money.fees_sat;
    host_stall(street->host, street->node[2], street->node[1], is_stalled);
    burst_story->story.invoice = street_ask(street, 2, AMOUNT_MSAT, hold, text);
    burst_story->story.payment = street_pay(street, 0, text);
    street_run(street, MINUTE);
    assert_int_equal(street_count(street, 2, LN_NODE_INVOICE_HELD), hold);
    assert_int_equal(street_count(street, 1, LN_NODE_FORWARD_SENT), 1);
}

static int64_t gain_msat(const struct burst_story *burst_story, uint32_t node)
{
    return street_wealth_msat(&burst_story->story.street, node) - burst_story->story.before_msat[node];
}

/* What the three have lost together is what miners have got; nothing lies on the chain unclaimed. */
static void only_miners_won(const struct burst_story *burst_story)
{
    struct host_money money;
    host_money(&money, burst_story->story.street.host);
    assert_int_equal(money.claims_sat, 0);
    assert_int_equal(gain_msat(burst_story, 0) + gain_msat(burst_story, 1) + gain_msat(burst_story, 2),
                     -1000 * (money.fees_sat - burst_story->fees_sat));
}

static void failed_by(const struct street *street, uint32_t node, uint16_t code, enum ln_pay_cause cause)
{
    const struct street_event *failed = street_last(street, 0, LN_NODE_PAYMENT_FAILED);
    assert_non_null(failed);
    assert_int_equal(failed->event.cause, cause);
    assert_int_equal(failed->event.code, code);
    assert_string_equal(failed->event.text, ln_failure_name(code));
    assert_memory_equal(failed->event.node_id, host_node_id(street->host, street->node[node]), 33);
    assert_int_equal(street_count(street, 0, LN_NODE_PAYMENT_SENT), 0);
    assert_int_equal(street_count(street, 2, LN_NODE_INVOICE_PAID), 0);
}

/* The payee gives the HTLC back while there is time for it. */
static void a_payee_that_keeps_its_preimage_gives_back_in_a_burst_of_blocks(void **state)
{
    (void)state;
    struct burst_story burst_story;
    struct street *street = &burst_story.story.street;
    burst_begin(&burst_story, true, false);
    street_run(street, 3 * DAY);
    assert_string_equal(street_last(street, 2, LN_NODE_INVOICE_CANCELLED)->event.text, "a part is about to expire");
    failed_by(street, 2, LN_INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS, LN_PAY_REFUSED);
    no_channel_was_given_up(street);
    all_is_quiet(street);
    both_agree(street, burst_story.story.before_msat, false);
    street_close(street);
}

/* BOLT 5: the hub takes its HTLC back on the chain, and only then fails the payer's. */
static void times_out_on_the_chain(struct burst_story *burst_story)
{
    struct street *street = &burst_story->story.street;
    street_run(street, 10 * DAY);
    failed_by(street, 1, LN_PERMANENT_CHANNEL_FAILURE, LN_PAY_DEADLINE);
    assert_string_equal(street_last(street, 1, LN_NODE_FORWARD_FAILED)->event.text, "its channel ended on the chain");
    assert_int_equal(street_count(street, 1, LN_NODE_CHANNEL_SPENT), 1);
    assert_int_equal(street_count(street, 0, LN_NODE_CHANNEL_SPENT), 0);
    assert_true(street_last(street, 1, LN_NODE_FORWARD_FAILED)->at_us >
                street_last(street, 1, LN_NODE_CHANNEL_SPENT)->at_us);
    all_is_quiet(street);
    assert_int_equal(gain_msat(burst_story, 0), 0);
    only_miners_won(burst_story);
    within((double)gain_msat(burst_story, 1), -5e6, -1);
    within((double)gain_msat(burst_story, 2), -5e6, 0);
}

static void a_lost_link_and_a_burst_of_blocks_end_on_the_chain(void **state)
{
    (void)state;
    struct burst_story burst_story;
    struct street *street = &burst_story.story.street;
    burst_begin(&burst_story, true, false);
    coverage_hold(&street->coverages, street->cover[1]);
    times_out_on_the_chain(&burst_story);
    street_close(street);
}

/* The payee has been told to settle, and cannot say so but on the chain: there the hub finds the preimage. */
static void a_preimage_comes_by_the_chain_when_the_link_is_lost(void **state)
{
    (void)state;
    struct burst_story burst_story;
    struct street *street = &burst_story.story.street;
    burst_begin(&burst_story, true, false);
    coverage_hold(&street->coverages, street->cover[1]);
    street_run(street, SECOND);
    struct ln_node *node = host_enter(street->host, street->node[2]);
    assert_non_null(node);
    enum ln_node_result result = ln_node_settle(node, burst_story.story.invoice, NULL);
    host_leave(street->host, street->node[2], result, NULL);
    assert_int_equal(result, LN_NODE_OK);
    street_run(street, 10 * DAY);
    const struct street_event *sent = street_last(street, 0, LN_NODE_PAYMENT_SENT);
    assert_non_null(sent);
    assert_int_equal(street_count(street, 2, LN_NODE_INVOICE_PAID), 1);
    assert_int_equal(street_count(street, 2, LN_NODE_CHANNEL_FAILS), 1);
    all_is_quiet(street);
    assert_int_equal(gain_msat(&burst_story, 0), -AMOUNT_MSAT - (int64_t)sent->event.fee_msat);
    only_miners_won(&burst_story);
    within((double)gain_msat(&burst_story, 1), (double)sent->event.fee_msat - 5e6, (double)sent->event.fee_msat);
    within((double)gain_msat(&burst_story, 2), AMOUNT_MSAT - 5e6, AMOUNT_MSAT);
    street_close(street);
}

/* The hub has no power while everything expires. The payer takes its HTLC back; when the hub comes back, so does it. */
static void a_hub_that_sleeps_through_a_burst_of_blocks_loses_nothing(void **state)
{
    (void)state;
    struct burst_story burst_story;
    struct street *street = &burst_story.story.street;
    burst_begin(&burst_story, true, false);
    host_crash(street->host, street->node[1], sim_now_us(street->sim) + 3 * HOUR);
    street_run(street, 10 * DAY);
    const struct street_event *failed = street_last(street, 0, LN_NODE_PAYMENT_FAILED);
    assert_non_null(failed);
    assert_int_equal(street_count(street, 0, LN_NODE_PAYMENT_SENT), 0);
    assert_int_equal(street_count(street, 0, LN_NODE_CHANNEL_SPENT), 1);
    all_is_quiet(street);
    only_miners_won(&burst_story);
    within((double)gain_msat(&burst_story, 0), -5e6, 0);
    within((double)gain_msat(&burst_story, 1), -5e6, 0);
    street_close(street);
}

/* ---- a peer that stalls ---------------------------------------------------------------------------------------- */

/* It answers pings and nothing else: the hub hangs up and dials, in vain, until the HTLC's time is over. */
static void a_peer_that_stalls_is_left_by_the_chain(void **state)
{
    (void)state;
    struct burst_story burst_story;
    struct street *street = &burst_story.story.street;
    burst_begin(&burst_story, false, true);
    assert_int_equal(street_count(street, 2, LN_NODE_INVOICE_PAID), 0);
    times_out_on_the_chain(&burst_story);
    assert_true(street_count(street, 1, LN_NODE_PEER_READY) > 10);
    street_close(street);
}

static void a_peer_that_stalls_and_thinks_better_of_it_is_paid(void **state)
{
    (void)state;
    struct burst_story burst_story;
    struct street *street = &burst_story.story.street;
    burst_begin(&burst_story, false, true);
    street_run(street, 5 * MINUTE);
    assert_int_equal(street_count(street, 0, LN_NODE_PAYMENT_SENT), 0);
    host_stall(street->host, street->node[2], street->node[1], false);
    street_run(street, 2 * HOUR);
    no_channel_was_given_up(street);
    all_is_quiet(street);
    both_agree(street, burst_story.story.before_msat, true);
    street_close(street);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_payment_survives_a_crash_of_the_hub_at_any_record),
        cmocka_unit_test(a_payment_survives_a_crash_of_the_payee_at_any_record),
        cmocka_unit_test(a_payment_survives_a_crash_of_the_payer_at_any_record),
        cmocka_unit_test(a_payee_that_is_away_is_paid_when_it_is_back),
        cmocka_unit_test(a_payee_that_stays_away_is_not_paid),
        cmocka_unit_test(a_payment_survives_the_loss_of_a_link_at_any_moment),
        cmocka_unit_test(a_payee_that_keeps_its_preimage_gives_back_in_a_burst_of_blocks),
        cmocka_unit_test(a_lost_link_and_a_burst_of_blocks_end_on_the_chain),
        cmocka_unit_test(a_preimage_comes_by_the_chain_when_the_link_is_lost),
        cmocka_unit_test(a_hub_that_sleeps_through_a_burst_of_blocks_loses_nothing),
        cmocka_unit_test(a_peer_that_stalls_is_left_by_the_chain),
        cmocka_unit_test(a_peer_that_stalls_and_thinks_better_of_it_is_paid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
