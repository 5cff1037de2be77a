/* test_ln_bolt2.c: what BOLT 2 demands at the edges of a channel's life and that no longer test comes by.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * docs/bolt2.md has the list of demands, and which test shows each.
 */
#include "protocol/bitcoin/hash.h"
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/duo.h"

static struct duo duo;

static const struct duo_setup usual = {.backend = LN_BACKEND_REAL,
                                       .flags = LN_CHANNEL_ANCHORS,
                                       .slots = 64,
                                       .feerate_sat_per_kwu = 1000,
                                       .funding_sat = 1000000,
                                       .push_msat = 300000000};

static struct ln_channel *channel_of(unsigned end)
{
    return &duo.ends[end].channel;
}

static const struct ln_workshop *shop_of(unsigned end)
{
    return &duo.ends[end].shop;
}

/* The oldest message of an end; it stays in the queue. */
static struct ln_message peek(unsigned from)
{
    struct ln_message message;
    uint32_t length;
    const struct duo_queue *queue = &duo.ends[from].out;
    assert_true(queue->count > 0);
    memcpy(&length, queue->bytes + queue->head, 4);
    assert_int_equal(ln_message_decode(&message, NULL, queue->bytes + queue->head + 4, length), LN_WIRE_OK);
    return message;
}

static enum ln_channel_result receive(unsigned end, const struct ln_message *message)
{
    enum ln_channel_result result = ln_channel_receive(channel_of(end), shop_of(end), message);
    duo_take(&duo, end);
    return result;
}

/* ---- establishment ---- */

static enum ln_channel_result open_with(const struct duo_setup *setup)
{
    struct ln_opening opening = {.funding_sat = setup->funding_sat,
                                 .push_msat = setup->push_msat,
                                 .feerate_sat_per_kwu = setup->feerate_sat_per_kwu};
    memset(opening.temporary_id, 7, 32);
    enum ln_channel_result result = ln_establish_open(channel_of(0), shop_of(0), &opening);
    duo_take(&duo, 0);
    return result;
}

static void send_open(const struct duo_setup *setup)
{
    duo_begin(&duo, setup);
    assert_int_equal(open_with(setup), LN_CHANNEL_OK);
}

static void the_opener_limits_the_depth_that_it_waits_for(void **state)
{
    (void)state;
    send_open(&usual);
    channel_of(0)->policy.max_minimum_depth_blocks = 6;
    duo_deliver(&duo, 0);
    struct ln_message message = peek(1);
    message.channel.minimum_depth_blocks = 7;
    assert_int_equal(receive(0, &message), LN_CHANNEL_TERMS);
    assert_int_equal(ln_channel_verdict(LN_CHANNEL_TERMS), LN_VERDICT_FAIL);
    message.channel.minimum_depth_blocks = 6;
    assert_int_equal(receive(0, &message), LN_CHANNEL_OK);
}

static void zero_conf_means_no_depth_and_must_be_allowed(void **state)
{
    struct duo_setup setup = usual;
    (void)state;
    setup.flags = LN_CHANNEL_ZERO_CONF;
    send_open(&setup);
    duo_deliver(&duo, 0);
    struct ln_message message = peek(1);
    assert_int_equal(message.channel.minimum_depth_blocks, 0);
    message.channel.minimum_depth_blocks = 1;
    assert_int_equal(receive(0, &message), LN_CHANNEL_TERMS);
    send_open(&setup);
    channel_of(1)->policy.flags = 0; /* trusts nobody to fund unconfirmed */
    assert_int_equal(duo_try(&duo, 0), LN_CHANNEL_TYPE);
}

static void the_channel_type_answered_is_the_one_asked_for(void **state)
{
    (void)state;
    send_open(&usual);
    duo_deliver(&duo, 0);
    struct ln_message message = peek(1);
    static const uint8_t without_anchors[2] = {0x10, 0};
    assert_int_equal(message.channel.channel_type.length, 3); /* the smallest bitmap: bits 12 and 22 */
    message.channel.channel_type = btc_bytes(without_anchors, 2);
    assert_int_equal(receive(0, &message), LN_CHANNEL_TYPE);
}

static void an_alias_hides_only_what_is_not_announced(void **state)
{
    struct duo_setup setup = usual;
    (void)state;
    setup.flags = LN_CHANNEL_SCID_ALIAS | LN_CHANNEL_ANNOUNCE;
    duo_begin(&duo, &setup);
    assert_int_equal(open_with(&setup), LN_CHANNEL_TERMS);
    setup.flags = LN_CHANNEL_SCID_ALIAS;
    send_open(&setup);
    struct ln_message message = peek(0);
    message.channel.channel_flags = 1;
    assert_int_equal(receive(1, &message), LN_CHANNEL_TYPE);
    message.channel.channel_flags = 0xfe; /* undefined bits are ignored */
    assert_int_equal(receive(1, &message), LN_CHANNEL_OK);
}

static void amounts_that_make_no_channel_are_not_opened_and_not_accepted(void **state)
{
    static const struct {
        uint64_t funding_sat;
        uint64_t push_msat;
        enum ln_channel_result result;
    } rows[] = {{LN_FUNDING_MAX_SAT + 1, 0, LN_CHANNEL_TERMS},
                {1000000, 1000000001, LN_CHANNEL_FEE},
                {1000000, 998216001, LN_CHANNEL_FEE}, /* 1124 weight units and two anchors: 1784 sat */
                {12000, 1000000, LN_CHANNEL_RESERVE}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct duo_setup setup = usual;
        duo_begin(&duo, &setup);
        channel_of(0)->policy.terms.reserve_sat = channel_of(1)->policy.terms.reserve_sat = 10000;
        setup.funding_sat = rows[i].funding_sat;
        setup.push_msat = rows[i].push_msat;
        assert_int_equal(open_with(&setup), rows[i].result);
        assert_int_equal(channel_of(0)->stage, LN_STAGE_NEW);
        setup.funding_sat = 1000000;
        setup.push_msat = 0;
        assert_int_equal(open_with(&setup), LN_CHANNEL_OK);
        struct ln_message message = peek(0);
        message.channel.funding_sat = rows[i].funding_sat;
        message.channel.push_msat = rows[i].push_msat;
        assert_int_equal(receive(1, &message), rows[i].result);
    }
}

static void both_reserves_are_above_both_dust_limits(void **state)
{
    (void)state;
    duo_begin(&duo, &usual);
    channel_of(0)->policy.terms.reserve_sat = channel_of(0)->policy.terms.dust_limit_sat - 1;
    assert_int_equal(open_with(&usual), LN_CHANNEL_TERMS);
    send_open(&usual);
    duo_deliver(&duo, 0);
    struct ln_message message = peek(1);
    message.channel.channel_reserve_sat = channel_of(0)->policy.terms.dust_limit_sat - 1;
    assert_int_equal(receive(0, &message), LN_CHANNEL_TERMS);
    message = peek(1);
    message.channel.dust_limit_sat = channel_of(0)->policy.terms.reserve_sat + 1;
    message.channel.channel_reserve_sat = message.channel.dust_limit_sat;
    assert_int_equal(receive(0, &message), LN_CHANNEL_TERMS);
    send_open(&usual);
    message = peek(0);
    message.channel.feerate_sat_per_kwu = 252;
    assert_int_equal(receive(1, &message), LN_CHANNEL_TERMS);
    channel_of(1)->policy.funding_min_sat = 1000001;
    assert_int_equal(duo_try(&duo, 0), LN_CHANNEL_TERMS);
}

static void ids_bind_messages_to_their_channel(void **state)
{
    struct btc_outpoint outpoint = {.index = 0x0102};
    (void)state;
    send_open(&usual);
    duo_deliver(&duo, 0);
    struct ln_message message = peek(1);
    message.channel.temporary_channel_id[0] ^= 1;
    assert_int_equal(receive(0, &message), LN_CHANNEL_ID);
    duo_deliver(&duo, 1);
    memset(outpoint.txid, 0x5c, 32);
    assert_int_equal(ln_establish_fund(channel_of(0), shop_of(0), &outpoint), LN_CHANNEL_OK);
    duo_take(&duo, 0);
    duo_deliver(&duo, 0);
    message = peek(1);
    assert_int_equal(message.type, LN_FUNDING_SIGNED);
    assert_int_equal(message.funding_signed.channel_id[29], 0x5c);
    assert_int_equal(message.funding_signed.channel_id[30], 0x5c ^ 0x01);
    assert_int_equal(message.funding_signed.channel_id[31], 0x5c ^ 0x02);
    message.funding_signed.channel_id[31] ^= 1;
    assert_int_equal(receive(0, &message), LN_CHANNEL_ID);
}

static void what_is_not_funded_dies_with_its_connection(void **state)
{
    struct btc_outpoint outpoint = {.index = 3};
    (void)state;
    send_open(&usual);
    duo_deliver(&duo, 0);
    duo_deliver(&duo, 1);
    assert_int_equal(ln_establish_fund(channel_of(0), shop_of(0), &outpoint), LN_CHANNEL_OK);
    duo_take(&duo, 0);
    duo_deliver(&duo, 0); /* funding_signed is lost: the accepter remembers the channel, the opener does not */
    duo_disconnect(&duo);
    assert_int_equal(channel_of(0)->stage, LN_STAGE_DEAD);
    assert_int_equal(channel_of(1)->stage, LN_STAGE_FUNDED);
    duo_reconnect(&duo);
    assert_int_equal(duo.ends[0].out.count, 0);
    assert_int_equal(peek(1).type, LN_CHANNEL_REESTABLISH);
    send_open(&usual);
    struct ln_message message = {.type = LN_ERROR};
    memcpy(message.complaint.channel_id, channel_of(0)->id, 32);
    assert_int_equal(receive(0, &message), LN_CHANNEL_OK);
    assert_int_equal(channel_of(0)->stage, LN_STAGE_DEAD);
    assert_int_equal(duo.ends[0].transactions, 0);
}

/* ---- HTLCs ---- */

static void htlcs_of_one_hash_are_two_and_ids_go_on(void **state)
{
    (void)state;
    duo_init(&duo, &usual);
    assert_int_equal(duo_add(&duo, 0, 20000000, 1), LN_CHANNEL_OK);
    assert_int_equal(duo_add(&duo, 0, 20000000, 1), LN_CHANNEL_OK);
    assert_int_equal(peek(0).add.id, 0);
    duo_settle(&duo);
    duo_audit(&duo);
    assert_true(duo_flip(&duo, 0) > 3000);
    duo_fulfill(&duo, 1, 0, 1);
    duo_fail(&duo, 1, 1);
    duo_settle(&duo);
    assert_int_equal(channel_of(0)->settled_msat[LN_US], 680000000);
    assert_int_equal(duo_add(&duo, 0, 20000000, 1), LN_CHANNEL_OK);
    assert_int_equal(peek(0).add.id, 2);
}

static void the_least_amount_is_the_receivers(void **state)
{
    (void)state;
    duo_init(&duo, &usual);
    channel_of(0)->their_terms.htlc_minimum_msat = channel_of(1)->policy.terms.htlc_minimum_msat = 5000;
    assert_int_equal(duo_add(&duo, 0, 4999, 1), LN_CHANNEL_AMOUNT);
    assert_int_equal(duo_add(&duo, 0, 5000, 1), LN_CHANNEL_OK);
    struct ln_message message = peek(0);
    message.add.amount_msat = 4999;
    assert_int_equal(receive(1, &message), LN_CHANNEL_AMOUNT);
    duo_deliver(&duo, 0);
}

static void an_htlc_is_removed_when_both_are_committed_to_it_and_once(void **state)
{
    uint8_t preimage[32];
    (void)state;
    memset(preimage, 1, 32);
    duo_init(&duo, &usual);
    assert_int_equal(duo_add(&duo, 0, 20000000, 1), LN_CHANNEL_OK);
    duo_deliver(&duo, 0);
    struct btc_bytes none = btc_bytes(NULL, 0);
    assert_int_equal(ln_channel_fulfill(channel_of(1), shop_of(1), 0, preimage, none), LN_CHANNEL_NO_HTLC);
    duo_tick(&duo, 0);
    duo_deliver(&duo, 0); /* in its commitment, not yet in both for good */
    assert_int_equal(ln_channel_fulfill(channel_of(1), shop_of(1), 0, preimage, none), LN_CHANNEL_NO_HTLC);
    duo_settle(&duo);
    struct ln_message message = {.type = LN_UPDATE_FULFILL_HTLC};
    memcpy(message.fulfill.channel_id, channel_of(0)->id, 32);
    memcpy(message.fulfill.payment_preimage, preimage, 32);
    duo_fulfill(&duo, 1, 0, 1);
    duo_deliver(&duo, 1);
    assert_int_equal(receive(0, &message), LN_CHANNEL_NO_HTLC); /* a second time */
    assert_int_equal(ln_channel_fulfill(channel_of(1), shop_of(1), 0, preimage, none), LN_CHANNEL_NO_HTLC);
    duo_settle(&duo);
}

static void a_malformed_htlc_comes_back_with_the_hash_of_its_onion(void **state)
{
    uint8_t hash[32] = {9};
    (void)state;
    duo_init(&duo, &usual);
    assert_int_equal(duo_add(&duo, 0, 20000000, 1), LN_CHANNEL_OK);
    duo_settle(&duo);
    assert_int_equal(ln_channel_fail_malformed(channel_of(1), shop_of(1), 0, hash, 0x4005), LN_CHANNEL_CODE);
    assert_int_equal(ln_channel_fail_malformed(channel_of(1), shop_of(1), 0, hash, 0xc005), LN_CHANNEL_OK);
    duo_take(&duo, 1);
    struct ln_message message = peek(1);
    assert_memory_equal(message.malformed.sha256_of_onion, hash, 32);
    duo_settle(&duo);
    assert_int_equal(duo_count(&duo, 0, LN_EVENT_FAILED), 1);
}

/* ---- committing ---- */

static void nothing_is_committed_without_an_update_and_nothing_twice(void **state)
{
    (void)state;
    duo_init(&duo, &usual);
    assert_int_equal(ln_channel_commit(channel_of(0), shop_of(0)), LN_CHANNEL_NOTHING);
    assert_int_equal(duo_add(&duo, 0, 20000000, 1), LN_CHANNEL_OK);
    duo_tick(&duo, 0);
    assert_int_equal(duo_add(&duo, 0, 20000000, 2), LN_CHANNEL_OK);
    assert_int_equal(ln_channel_commit(channel_of(0), shop_of(0)), LN_CHANNEL_WAIT);
    duo_deliver(&duo, 0);
    struct ln_message message = peek(0);
    message.tlvs.present |= LN_HAS_FUNDING_TXID; /* of another funding transaction: there is no splice */
    assert_int_equal(receive(1, &message), LN_CHANNEL_MESSAGE);
    duo_settle(&duo);
    duo_audit(&duo);
    /* A feerate alone is enough. */
    assert_int_equal(ln_channel_update_fee(channel_of(0), shop_of(0), 1300), LN_CHANNEL_OK);
    duo_take(&duo, 0);
    duo_settle(&duo);
    assert_int_equal(channel_of(1)->fees.rate_sat_per_kwu[LN_LIVE], 1300);
}

static void a_fee_from_who_does_not_pay_it_is_refused(void **state)
{
    (void)state;
    duo_init(&duo, &usual);
    struct ln_message message = {.type = LN_UPDATE_FEE, .fee = {.feerate_sat_per_kwu = 1100}};
    memcpy(message.fee.channel_id, channel_of(0)->id, 32);
    assert_int_equal(receive(0, &message), LN_CHANNEL_OPENER);
    message.fee.feerate_sat_per_kwu = 50000;
    channel_of(1)->policy.feerate_max_sat_per_kwu = 1000000;
    message.fee.feerate_sat_per_kwu = 700000; /* 1124 weight units: more than the opener has */
    assert_int_equal(receive(1, &message), LN_CHANNEL_FEE);
}

static void without_anchors_a_fee_must_not_trim_too_much(void **state)
{
    struct duo_setup setup = usual;
    (void)state;
    setup.flags = 0;
    duo_init(&duo, &setup);
    channel_of(0)->policy.max_dust_exposure_msat = 2000000;
    assert_int_equal(duo_add(&duo, 0, 3000000, 1), LN_CHANNEL_OK); /* has an output at 1000 sat per kwu */
    duo_settle(&duo);
    assert_int_equal(ln_channel_update_fee(channel_of(0), shop_of(0), 9000), LN_CHANNEL_DUST);
    assert_int_equal(ln_channel_update_fee(channel_of(0), shop_of(0), 2000), LN_CHANNEL_OK);
    duo_take(&duo, 0);
    duo_settle(&duo);
}

/* ---- reestablishment ---- */

static void nothing_is_said_before_channel_reestablish(void **state)
{
    (void)state;
    duo_init(&duo, &usual);
    assert_int_equal(duo_add(&duo, 0, 20000000, 1), LN_CHANNEL_OK);
    duo_settle(&duo);
    duo_disconnect(&duo);
    assert_int_equal(duo_add(&duo, 0, 20000000, 2), LN_CHANNEL_OFFLINE);
    duo_fulfill(&duo, 1, 0, 1); /* is sent when the connection stands again */
    assert_int_equal(duo.ends[1].out.count, 0);
    duo_reconnect(&duo);
    assert_int_equal(duo_add(&duo, 0, 20000000, 2), LN_CHANNEL_OFFLINE);
    assert_int_equal(ln_channel_commit(channel_of(1), shop_of(1)), LN_CHANNEL_OFFLINE);
    assert_int_equal(duo.ends[0].out.count, 1);
    struct ln_message message = {.type = LN_UPDATE_FEE, .fee = {.feerate_sat_per_kwu = 1100}};
    memcpy(message.fee.channel_id, channel_of(0)->id, 32);
    assert_int_equal(receive(1, &message), LN_CHANNEL_MESSAGE);
    duo_settle(&duo);
    assert_int_equal(channel_of(0)->settled_msat[LN_US], 680000000);
    message = (struct ln_message){.type = LN_CHANNEL_REESTABLISH};
    memcpy(message.reestablish.channel_id, channel_of(0)->id, 32);
    assert_int_equal(receive(1, &message), LN_CHANNEL_MESSAGE); /* twice in one connection */
}

static void channel_ready_is_sent_again_until_a_commitment_follows(void **state)
{
    (void)state;
    duo_init(&duo, &usual);
    for (unsigned round = 0; round < 2; round++) {
        duo_disconnect(&duo);
        duo_reconnect(&duo);
        duo_deliver(&duo, 0);
        duo_deliver(&duo, 1);
        assert_int_equal(duo.ends[0].out.count, round == 0); /* a redundant one is ignored */
        if (round == 0) {
            assert_int_equal(peek(0).type, LN_CHANNEL_READY);
        }
        duo_settle(&duo);
        assert_int_equal(duo_count(&duo, 0, LN_EVENT_READY), 1);
        if (round == 0) {
            assert_int_equal(duo_add(&duo, 0, 20000000, 1), LN_CHANNEL_OK);
            duo_settle(&duo);
        }
    }
}

static void a_failed_channel_answers_with_its_error(void **state)
{
    (void)state;
    duo_init(&duo, &usual);
    assert_int_equal(ln_channel_fail(channel_of(0), shop_of(0), btc_bytes("x", 1)), LN_CHANNEL_OK);
    duo_take(&duo, 0);
    assert_int_equal(duo.ends[0].transactions, 1);
    duo_disconnect(&duo); /* the error is lost */
    duo_reconnect(&duo);
    assert_int_equal(peek(0).type, LN_ERROR);
    duo_deliver(&duo, 0);
    assert_int_equal(channel_of(1)->stage, LN_STAGE_FAILED);
    assert_int_equal(duo.ends[1].transactions, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_opener_limits_the_depth_that_it_waits_for),
        cmocka_unit_test(zero_conf_means_no_depth_and_must_be_allowed),
        cmocka_unit_test(the_channel_type_answered_is_the_one_asked_for),
        cmocka_unit_test(an_alias_hides_only_what_is_not_announced),
        cmocka_unit_test(amounts_that_make_no_channel_are_not_opened_and_not_accepted),
        cmocka_unit_test(both_reserves_are_above_both_dust_limits),
        cmocka_unit_test(ids_bind_messages_to_their_channel),
        cmocka_unit_test(what_is_not_funded_dies_with_its_connection),
        cmocka_unit_test(htlcs_of_one_hash_are_two_and_ids_go_on),
        cmocka_unit_test(the_least_amount_is_the_receivers),
        cmocka_unit_test(an_htlc_is_removed_when_both_are_committed_to_it_and_once),
        cmocka_unit_test(a_malformed_htlc_comes_back_with_the_hash_of_its_onion),
        cmocka_unit_test(nothing_is_committed_without_an_update_and_nothing_twice),
        cmocka_unit_test(a_fee_from_who_does_not_pay_it_is_refused),
        cmocka_unit_test(without_anchors_a_fee_must_not_trim_too_much),
        cmocka_unit_test(nothing_is_said_before_channel_reestablish),
        cmocka_unit_test(channel_ready_is_sent_again_until_a_commitment_follows),
        cmocka_unit_test(a_failed_channel_answers_with_its_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
