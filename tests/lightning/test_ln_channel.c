/* test_ln_channel.c: two ends of a channel: payments, limits, fees, mistakes of the peer.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/duo.h"

static struct duo duo;

static const struct duo_setup usual = {.backend = LN_BACKEND_REAL,
                                       .flags = LN_CHANNEL_ANCHORS,
                                       .slots = 64,
                                       .feerate_sat_per_kwu = 1000,
                                       .funding_sat = 1000000,
                                       .push_msat = 300000000};

static struct ln_channel *end(unsigned number)
{
    return &duo.ends[number].channel;
}

static void a_payment_goes_over_and_back(void **state)
{
    (void)state;
    for (unsigned backend = LN_BACKEND_REAL; backend <= LN_BACKEND_TOKEN; backend++) {
        for (unsigned anchors = 0; anchors < 2; anchors++) {
            struct duo_setup setup = usual;
            setup.backend = (enum ln_backend_kind)backend;
            setup.flags = anchors ? LN_CHANNEL_ANCHORS : 0;
            duo_init(&duo, &setup);
            assert_int_equal(duo_add(&duo, 0, 50000000, 1), LN_CHANNEL_OK);
            duo_settle(&duo);
            assert_int_equal(duo_count(&duo, 1, LN_EVENT_HTLC), 1);
            duo_audit(&duo);
            duo_fulfill(&duo, 1, 0, 1);
            duo_settle(&duo);
            duo_audit(&duo);
            assert_int_equal(duo_count(&duo, 0, LN_EVENT_FULFILLED), 1);
            assert_int_equal(end(0)->settled_msat[LN_US], 650000000);
            assert_int_equal(end(1)->settled_msat[LN_US], 350000000);
            assert_int_equal(duo.ends[0].pool.used + duo.ends[1].pool.used, 0);
            bool known = backend == LN_BACKEND_MEMO; /* byte by byte as the real ones */
            assert_true(known ? duo.interpreted == 0 : duo.interpreted >= 6);
        }
    }
}

/* ---- the table ---- */

/* Seen from the other end, what we send is what they receive. */
static enum ln_step mirror(uint8_t step)
{
    static const enum ln_step steps[] = {LN_STEP_NONE, LN_RECEIVE_COMMIT, LN_SEND_REVOKE, LN_SEND_COMMIT,
                                         LN_RECEIVE_REVOKE};
    return steps[step];
}

static void states_only_advance_and_both_ends_see_the_same(void **state)
{
    (void)state;
    for (uint8_t at = 0; at < LN_HTLC_STATES; at++) {
        const struct ln_htlc_row *row = ln_htlc_row(at);
        const struct ln_htlc_row *other =
            ln_htlc_row(ln_htlc_state(ln_other_side((enum ln_side)row->owner), (enum ln_phase)row->phase));
        assert_int_equal(at, ln_htlc_state((enum ln_side)row->owner, (enum ln_phase)row->phase));
        assert_int_equal(other->step, mirror(row->step));
        unsigned swapped = (row->places & LN_IN_LOCAL ? LN_IN_REMOTE : 0) |
                           (row->places & LN_IN_REMOTE ? LN_IN_LOCAL : 0) |
                           (row->places & LN_IN_OLD_LOCAL ? LN_IN_OLD_REMOTE : 0) |
                           (row->places & LN_IN_OLD_REMOTE ? LN_IN_OLD_LOCAL : 0);
        assert_int_equal(other->places, swapped);
        for (unsigned step = LN_STEP_NONE; step <= LN_SEND_REVOKE; step++) {
            uint8_t next = ln_htlc_state_after(at, (enum ln_step)step);
            assert_int_equal(next, step != LN_STEP_NONE && row->step == step ? at + 1 : at);
            assert_int_equal(ln_htlc_row(next)->owner, row->owner);
        }
        /* Only our signature changes their commitment, only theirs ours; revoking forgets the old one. */
        if (row->step != LN_STEP_NONE) {
            unsigned changed = row->places ^ ln_htlc_row((uint8_t)(at + 1))->places;
            static const unsigned allowed[] = {0, LN_IN_REMOTE, LN_IN_OLD_REMOTE, LN_IN_LOCAL, LN_IN_OLD_LOCAL};
            assert_int_equal(changed & ~allowed[row->step], 0);
        }
    }
}

/* ---- back ends ---- */

static void real_and_memo_say_the_same_bytes_and_tokens_the_same_messages(void **state)
{
    uint8_t transcripts[3][3][32];
    (void)state;
    for (unsigned masked = DUO_ALL_BYTES; masked <= DUO_NO_TOKENS; masked++) {
        for (unsigned backend = LN_BACKEND_REAL; backend <= LN_BACKEND_TOKEN; backend++) {
            struct duo_setup setup = usual;
            setup.backend = (enum ln_backend_kind)backend;
            duo.masked = (enum duo_mask)masked;
            duo_init(&duo, &setup);
            for (unsigned i = 0; i < 5; i++) {
                assert_int_equal(duo_add(&duo, i % 2, 400000 + 3000000 * i, i), LN_CHANNEL_OK);
                duo_tick(&duo, 0);
            }
            duo_settle(&duo);
            duo_disconnect(&duo);
            duo_reconnect(&duo);
            duo_settle(&duo);
            duo_fulfill(&duo, 1, 0, 0);
            duo_fail(&duo, 1, 1);
            duo_fulfill(&duo, 0, 0, 1);
            duo_settle(&duo);
            memcpy(transcripts[masked][backend], duo.transcript, 32);
        }
        uint8_t(*found)[32] = transcripts[masked];
        assert_memory_equal(found[LN_BACKEND_REAL], found[LN_BACKEND_MEMO], 32);
        int differ = memcmp(found[LN_BACKEND_REAL], found[LN_BACKEND_TOKEN], 32) != 0;
        assert_int_equal(differ, masked != DUO_NO_TOKENS);
    }
    duo.masked = DUO_ALL_BYTES;
}

static void keys_are_those_of_bolt_3(void **state)
{
    (void)state;
    duo_init(&duo, &usual);
    for (unsigned owner = LN_US; owner <= LN_THEM; owner++) {
        struct ln_basepoints points[2];
        struct ln_commitment_keys expected;
        struct ln_derived derived;
        const struct ln_keyring *keyring = &end(0)->keyring;
        for (unsigned i = 0; i < LN_BASE_COUNT; i++) {
            memcpy(points[0].point[i], keyring->base[owner][i].wire, 33);
            memcpy(points[1].point[i], keyring->base[1 - owner][i].wire, 33);
        }
        const struct ln_point *point = &end(0)->our_next;
        assert_true(ln_commitment_keys_derive(&duo.curve, &expected, &points[0], &points[1], point->wire));
        assert_true(ln_backend_derive(&duo.backend, &derived, keyring, (enum ln_side)owner, point, true));
        assert_memory_equal(&derived.keys, &expected, sizeof expected);
    }
}

/* ---- limits ---- */

static void limits_hold_to_the_millisatoshi(void **state)
{
    struct duo_setup setup = usual;
    (void)state;
    setup.backend = LN_BACKEND_TOKEN;
    duo_init(&duo, &setup);
    assert_int_equal(duo_add(&duo, 0, 0, 1), LN_CHANNEL_AMOUNT);
    /* Not the opener: all but the reserve, 10,000 sat. */
    assert_int_equal(duo_add(&duo, 1, 290000001, 1), LN_CHANNEL_RESERVE);
    assert_int_equal(duo_add(&duo, 1, 290000000, 1), LN_CHANNEL_OK);
    duo_settle(&duo);
    /* The opener: reserve, anchors, and at twice the feerate a commitment with this HTLC, theirs and one more:
     * 700,000 - 10,000 - 660 - 2 * (1124 + 3 * 172) sat. */
    assert_int_equal(duo_add(&duo, 0, 686060001, 2), LN_CHANNEL_FEE);
    assert_int_equal(duo_add(&duo, 0, 686060000, 2), LN_CHANNEL_OK);
    duo_settle(&duo);
    duo_audit(&duo);
    assert_int_equal(duo_add(&duo, 0, 1, 2), LN_CHANNEL_FEE);
}

static void number_and_value_in_flight_are_limited(void **state)
{
    struct duo_setup setup = usual;
    (void)state;
    setup.backend = LN_BACKEND_TOKEN;
    setup.slots = 1000;
    setup.funding_sat = 10000000;
    setup.push_msat = 0;
    duo_init(&duo, &setup);
    for (unsigned i = 0; i < LN_HTLCS_MAX; i++) {
        assert_int_equal(duo_add(&duo, 0, 1000000, i % 200), LN_CHANNEL_OK);
    }
    assert_int_equal(duo_add(&duo, 0, 1000000, 1), LN_CHANNEL_TOO_MANY);
    duo_settle(&duo);
    assert_int_equal(duo_add(&duo, 0, 1000000, 1), LN_CHANNEL_TOO_MANY);
    for (unsigned i = 0; i < LN_HTLCS_MAX; i++) {
        duo_fulfill(&duo, 1, i, i % 200);
    }
    duo_settle(&duo);
    duo_audit(&duo);
    assert_int_equal(duo.ends[0].pool.used, 0);
    assert_int_equal(duo_add(&duo, 0, 9000000001, 1), LN_CHANNEL_IN_FLIGHT);
    assert_int_equal(duo_add(&duo, 0, 9000000000, 1), LN_CHANNEL_OK);
}

static void dust_at_risk_is_limited_at_both_ends(void **state)
{
    struct duo_setup setup = usual;
    (void)state;
    setup.backend = LN_BACKEND_TOKEN;
    duo_init(&duo, &setup);
    end(0)->policy.max_dust_exposure_msat = 1000000;
    end(1)->policy.max_dust_exposure_msat = 600000;
    assert_int_equal(duo_add(&duo, 0, 300000, 1), LN_CHANNEL_OK);
    assert_int_equal(duo_add(&duo, 0, 350000, 2), LN_CHANNEL_OK); /* more than the other wants */
    assert_int_equal(duo_add(&duo, 0, 353000, 3), LN_CHANNEL_DUST);
    duo_settle(&duo);
    assert_int_equal(duo_count(&duo, 1, LN_EVENT_HTLC), 1);
    assert_int_equal(duo_count(&duo, 1, LN_EVENT_HTLC_EXPOSED), 1);
    uint8_t preimage[32];
    memset(preimage, 2, 32);
    assert_int_equal(ln_channel_fulfill(end(1), &duo.ends[1].shop, 1, preimage, btc_bytes(NULL, 0)), LN_CHANNEL_DUST);
    duo_fail(&duo, 1, 1);
    duo_fulfill(&duo, 1, 0, 1);
    duo_settle(&duo);
    assert_int_equal(duo_count(&duo, 0, LN_EVENT_FAILED), 1);
}

static void only_the_opener_changes_the_feerate_and_only_what_it_can_pay(void **state)
{
    struct duo_setup setup = usual;
    (void)state;
    setup.backend = LN_BACKEND_TOKEN;
    setup.push_msat = 980000000;
    duo_init(&duo, &setup);
    assert_int_equal(ln_channel_update_fee(end(1), &duo.ends[1].shop, 2000), LN_CHANNEL_OPENER);
    assert_int_equal(ln_channel_update_fee(end(0), &duo.ends[0].shop, 252), LN_CHANNEL_FEERATE);
    assert_int_equal(ln_channel_update_fee(end(0), &duo.ends[0].shop, 50001), LN_CHANNEL_FEERATE);
    /* 20,000 - 10,000 - 660 sat for 1124 weight units */
    assert_int_equal(ln_channel_update_fee(end(0), &duo.ends[0].shop, 8311), LN_CHANNEL_FEE);
    assert_int_equal(ln_channel_update_fee(end(0), &duo.ends[0].shop, 8310), LN_CHANNEL_OK);
    duo_take(&duo, 0);
    duo_settle(&duo);
    assert_int_equal(end(0)->fees.rate_sat_per_kwu[LN_LIVE], 8310);
    assert_int_equal(end(1)->fees.rate_sat_per_kwu[LN_LIVE], 8310);
    duo_audit(&duo);
}

/* ---- mistakes of the peer ---- */

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

/* The message is refused, and nothing has changed. */
static void expect(const struct ln_message *message, enum ln_channel_result result)
{
    struct ln_channel before = *end(1);
    uint32_t used = duo.ends[1].pool.used;
    assert_int_equal(ln_channel_receive(end(1), &duo.ends[1].shop, message), result);
    assert_memory_equal(end(1), &before, sizeof before);
    assert_int_equal(duo.ends[1].pool.used, used);
    assert_int_equal(duo.effects.count, 0);
    assert_int_equal(duo.scratch.used, 0);
}

static void a_message_that_breaks_the_rules_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    duo_init(&duo, &usual);
    assert_int_equal(duo_add(&duo, 0, 20000000, 1), LN_CHANNEL_OK);
    struct ln_message message = peek(0);
    message.add.id = 1;
    expect(&message, LN_CHANNEL_ID);
    message = peek(0);
    message.add.channel_id[5] ^= 1;
    expect(&message, LN_CHANNEL_ID);
    message = peek(0);
    message.add.amount_msat = 690000001;
    expect(&message, LN_CHANNEL_RESERVE);
    message.add.amount_msat = 0;
    expect(&message, LN_CHANNEL_AMOUNT);
    message = peek(0);
    message.add.cltv_expiry_height = LN_EXPIRY_BEHIND;
    expect(&message, LN_CHANNEL_EXPIRY);
    duo_deliver(&duo, 0);
    duo_tick(&duo, 0);
    message = peek(0);
    message.commitment_signed.signature[40] ^= 1;
    expect(&message, LN_CHANNEL_SIGNATURE);
    message = peek(0);
    message.commitment_signed.htlc_signatures.length = 0;
    expect(&message, LN_CHANNEL_COUNT);
    uint8_t wrong[64];
    message = peek(0);
    memcpy(wrong, message.commitment_signed.htlc_signatures.data, 64);
    wrong[63] ^= 1;
    message.commitment_signed.htlc_signatures.data = wrong;
    expect(&message, LN_CHANNEL_SIGNATURE);
    duo_deliver(&duo, 0);
    message = (struct ln_message){.type = LN_UPDATE_FEE, .fee = {.feerate_sat_per_kwu = 100}};
    memcpy(message.fee.channel_id, end(1)->id, 32);
    expect(&message, LN_CHANNEL_FEERATE);
    message.fee.feerate_sat_per_kwu = 50001;
    expect(&message, LN_CHANNEL_FEERATE);
}

static void a_false_revocation_or_preimage_is_refused(void **state)
{
    (void)state;
    duo_init(&duo, &usual);
    assert_int_equal(duo_add(&duo, 1, 20000000, 1), LN_CHANNEL_OK);
    duo_tick(&duo, 1);
    duo_deliver(&duo, 1);
    duo_deliver(&duo, 1);
    struct ln_message message = peek(0);
    assert_int_equal(message.type, LN_REVOKE_AND_ACK);
    message.revoke_and_ack.per_commitment_secret[9] ^= 1;
    expect(&message, LN_CHANNEL_SECRET);
    message = peek(0);
    memset(message.revoke_and_ack.next_per_commitment_point + 1, 0xff, 32);
    expect(&message, LN_CHANNEL_POINT);
    duo_settle(&duo);
    message = (struct ln_message){.type = LN_REVOKE_AND_ACK};
    memcpy(message.revoke_and_ack.channel_id, end(1)->id, 32);
    expect(&message, LN_CHANNEL_MESSAGE);
    duo_fulfill(&duo, 0, 0, 1);
    message = peek(0);
    message.fulfill.payment_preimage[0] ^= 1;
    expect(&message, LN_CHANNEL_PREIMAGE);
    message = peek(0);
    message.fulfill.id = 1;
    expect(&message, LN_CHANNEL_NO_HTLC);
    message = (struct ln_message){.type = LN_UPDATE_FAIL_MALFORMED_HTLC, .malformed = {.failure_code = 5}};
    memcpy(message.malformed.channel_id, end(1)->id, 32);
    expect(&message, LN_CHANNEL_CODE);
    duo_settle(&duo);
    duo_audit(&duo);
}

static void a_full_pool_refuses_and_changes_nothing(void **state)
{
    struct duo_setup setup = usual;
    (void)state;
    setup.slots = 2;
    duo_init(&duo, &setup);
    assert_int_equal(duo_add(&duo, 0, 20000000, 1), LN_CHANNEL_OK);
    assert_int_equal(duo_add(&duo, 0, 20000000, 2), LN_CHANNEL_OK);
    assert_int_equal(duo_add(&duo, 0, 20000000, 3), LN_CHANNEL_NO_ROOM);
    duo_settle(&duo);
    duo_fail(&duo, 1, 0);
    duo_fulfill(&duo, 1, 1, 2);
    duo_settle(&duo);
    assert_int_equal(duo_add(&duo, 0, 20000000, 3), LN_CHANNEL_OK);
}

/* ---- transactions ---- */

static void commitments_fail_with_any_bit_of_their_witness_flipped(void **state)
{
    (void)state;
    for (unsigned anchors = 0; anchors < 2; anchors++) {
        struct duo_setup setup = usual;
        setup.flags = anchors ? LN_CHANNEL_ANCHORS : 0;
        duo_init(&duo, &setup);
        assert_int_equal(duo_add(&duo, 0, 20000000, 1), LN_CHANNEL_OK);
        assert_int_equal(duo_add(&duo, 1, 30000000, 2), LN_CHANNEL_OK);
        duo_settle(&duo);
        assert_true(duo_flip(&duo, 0) > 3000);
        assert_true(duo_flip(&duo, 1) > 3000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_payment_goes_over_and_back),
        cmocka_unit_test(states_only_advance_and_both_ends_see_the_same),
        cmocka_unit_test(real_and_memo_say_the_same_bytes_and_tokens_the_same_messages),
        cmocka_unit_test(keys_are_those_of_bolt_3),
        cmocka_unit_test(limits_hold_to_the_millisatoshi),
        cmocka_unit_test(number_and_value_in_flight_are_limited),
        cmocka_unit_test(dust_at_risk_is_limited_at_both_ends),
        cmocka_unit_test(only_the_opener_changes_the_feerate_and_only_what_it_can_pay),
        cmocka_unit_test(a_message_that_breaks_the_rules_is_refused_and_changes_nothing),
        cmocka_unit_test(a_false_revocation_or_preimage_is_refused),
        cmocka_unit_test(a_full_pool_refuses_and_changes_nothing),
        cmocka_unit_test(commitments_fail_with_any_bit_of_their_witness_flipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
