/* test_ln_channel_hostile.c: bad hours and bad peers: updates that come late, terms that nobody asked for.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/duo.h"

static struct duo duo;

static const struct duo_setup usual = {.backend = LN_BACKEND_TOKEN,
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

/* End 0 offers two HTLCs while it waits for a revoke_and_ack, so that it cannot sign them; the first expires at 502. */
static void offer_and_cannot_sign(void)
{
    duo_init(&duo, &usual);
    assert_int_equal(duo_add(&duo, 0, 20000000, 200), LN_CHANNEL_OK);
    duo_tick(&duo, 0);
    assert_int_equal(duo_add(&duo, 0, 30000000, 2), LN_CHANNEL_OK);
    assert_int_equal(duo_add(&duo, 0, 40000000, 201), LN_CHANNEL_OK);
}

/* Upstream, the payment for it has been given back by then: who signs it still pays for it. */
static void an_htlc_that_expires_unsigned_is_withdrawn_while_the_peer_is_away(void **state)
{
    (void)state;
    offer_and_cannot_sign();
    duo_disconnect(&duo);
    assert_int_equal(ln_channel_block(channel_of(0), shop_of(0), 504, 100), LN_CHANNEL_OK);
    assert_int_equal(duo.effects.count, 0);
    assert_int_equal(ln_channel_block(channel_of(0), shop_of(0), 505, 100), LN_CHANNEL_OK);
    assert_int_equal(duo.effects.list[0].kind, LN_EFFECT_PERSIST);
    assert_int_equal(duo.effects.count, 3);
    duo_take(&duo, 0);
    assert_int_equal(duo_count(&duo, 0, LN_EVENT_FAILED), 2); /* it, and the one behind it */
    duo_reconnect(&duo);
    duo_settle(&duo);
    duo_audit(&duo);
    assert_int_equal(duo.ends[1].pool.used, 1);
    assert_int_equal(duo_add(&duo, 0, 40000000, 201), LN_CHANNEL_OK);
    duo_settle(&duo);
    duo_audit(&duo);
    assert_int_equal(duo_count(&duo, 1, LN_EVENT_HTLC), 2);
    duo_fulfill(&duo, 1, 0, 200);
    duo_fail(&duo, 1, 1);
    duo_settle(&duo);
    assert_int_equal(channel_of(0)->settled_msat[LN_US], 680000000);
    assert_int_equal(duo.ends[0].pool.used + duo.ends[1].pool.used, 0);
}

/* It may be sitting on its revoke_and_ack; what was offered to it cannot be taken back. */
static void an_htlc_that_expires_unsigned_under_the_eyes_of_the_peer_fails_the_channel(void **state)
{
    (void)state;
    offer_and_cannot_sign();
    assert_int_equal(ln_channel_block(channel_of(0), shop_of(0), 504, 100), LN_CHANNEL_OK);
    assert_int_equal(channel_of(0)->stage, LN_STAGE_NORMAL);
    assert_int_equal(ln_channel_block(channel_of(0), shop_of(0), 505, 100), LN_CHANNEL_OK);
    assert_int_equal(channel_of(0)->stage, LN_STAGE_FAILED);
    duo_take(&duo, 0);
    duo_disconnect(&duo);
    assert_int_equal(ln_channel_block(channel_of(0), shop_of(0), 506, 100), LN_CHANNEL_OK);
    assert_int_equal(duo.effects.count, 0); /* the chain tells how it ends */
}

/* What end 0 has said is lost, end 1 offers twenty HTLCs, signs them, and has its revoke_and_ack: end 0 has still to
 * sign them when it says again what was lost. */
static void lose_what_is_said_and_hear_of_htlcs(void)
{
    duo.ends[0].out.head = duo.ends[0].out.tail = duo.ends[0].out.count = 0;
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(duo_add(&duo, 1, 1000000, 20 + i), LN_CHANNEL_OK);
    }
    duo_tick(&duo, 1);
    while (duo_deliver(&duo, 1)) {
    }
    duo_disconnect(&duo);
    duo_reconnect(&duo);
    duo_settle(&duo);
    duo_audit(&duo);
    assert_int_equal(duo_count(&duo, 0, LN_EVENT_HTLC), 20);
}

static void an_htlc_sent_again_meets_htlcs_that_it_could_not_know_of(void **state)
{
    struct duo_setup setup = usual;
    (void)state;
    setup.push_msat = 500000000;
    duo_init(&duo, &setup);
    /* all that the opener can pay: 500,000 - 10,000 - 660 - 2 * (1124 + 2 * 172) sat */
    assert_int_equal(duo_add(&duo, 0, 486404001, 1), LN_CHANNEL_FEE);
    assert_int_equal(duo_add(&duo, 0, 486404000, 1), LN_CHANNEL_OK);
    lose_what_is_said_and_hear_of_htlcs();
    assert_int_equal(duo_count(&duo, 1, LN_EVENT_HTLC), 1);
}

static void a_feerate_sent_again_meets_htlcs_that_it_could_not_know_of(void **state)
{
    struct duo_setup setup = usual;
    (void)state;
    setup.push_msat = 980000000;
    duo_init(&duo, &setup);
    /* (20,000 - 10,000 - 660) sat / 1124 weight units */
    assert_int_equal(ln_channel_update_fee(channel_of(0), shop_of(0), 8310), LN_CHANNEL_OK);
    duo_take(&duo, 0);
    lose_what_is_said_and_hear_of_htlcs();
    assert_int_equal(channel_of(1)->fees.rate_sat_per_kwu[LN_LIVE], 8310);
}

static void a_form_that_is_not_allowed_is_not_accepted(void **state)
{
    struct ln_opening opening = {.funding_sat = 1000000, .feerate_sat_per_kwu = 1000};
    (void)state;
    duo_begin(&duo, &usual);
    channel_of(1)->policy.flags = 0;
    assert_int_equal(ln_establish_open(channel_of(0), shop_of(0), &opening), LN_CHANNEL_OK);
    duo_take(&duo, 0);
    assert_int_equal(duo_try(&duo, 0), LN_CHANNEL_TYPE);
    assert_int_equal(channel_of(1)->stage, LN_STAGE_NEW);
}

static void a_feerate_of_nothing_is_refused(void **state)
{
    struct ln_message message = {.type = LN_UPDATE_FEE};
    (void)state;
    duo_init(&duo, &usual);
    channel_of(0)->policy.feerate_min_sat_per_kwu = 0;
    channel_of(1)->policy.feerate_min_sat_per_kwu = 0;
    memcpy(message.fee.channel_id, channel_of(1)->id, 32);
    assert_int_equal(ln_channel_receive(channel_of(1), shop_of(1), &message), LN_CHANNEL_FEERATE);
    assert_int_equal(ln_channel_update_fee(channel_of(0), shop_of(0), 0), LN_CHANNEL_FEERATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_htlc_that_expires_unsigned_is_withdrawn_while_the_peer_is_away),
        cmocka_unit_test(an_htlc_that_expires_unsigned_under_the_eyes_of_the_peer_fails_the_channel),
        cmocka_unit_test(an_htlc_sent_again_meets_htlcs_that_it_could_not_know_of),
        cmocka_unit_test(a_feerate_sent_again_meets_htlcs_that_it_could_not_know_of),
        cmocka_unit_test(a_form_that_is_not_allowed_is_not_accepted),
        cmocka_unit_test(a_feerate_of_nothing_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
