/* test_ln_hop.c: what forwards, what is taken, and the first thing that is wrong with the rest.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/bitcoin/hash.h"
#include "protocol/lightning/hop.h"
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/dice.h"

/* The hop of BOLT 7's routing example: B forwards 4,999,999 msat to C for 10,199. */
static const struct ln_hop_terms terms = {.htlc_minimum_msat = 1000,
                                          .htlc_maximum_msat = 5000000,
                                          .fee_base_msat = 200,
                                          .fee_proportional_ppm = 2000,
                                          .cltv_expiry_delta_blocks = 20,
                                          .margin_blocks = 3};

static struct ln_payload forward_payload(void)
{
    return (struct ln_payload){.tlvs = {.present = LN_PAYLOAD_AMOUNT | LN_PAYLOAD_CLTV | LN_PAYLOAD_CHANNEL},
                               .amount_msat = 4999999,
                               .cltv_height = 1000 + 18 + 42};
}

static struct ln_hop_htlc forward_htlc(void)
{
    return (struct ln_hop_htlc){
        .amount_msat = 4999999 + 10199, .cltv_expiry_height = 1000 + 20 + 18 + 42, .height = 1000};
}

static void the_routing_example_forwards(void **state)
{
    struct ln_payload payload = forward_payload();
    struct ln_hop_htlc htlc = forward_htlc();
    struct ln_failure failure;
    (void)state;
    assert_true(ln_hop_may_forward(&failure, &payload, &htlc, &terms));
}

/* Each row breaks one rule by the least that breaks it. */
static void what_does_not_forward_fails_by_its_code(void **state)
{
    static const struct {
        int64_t amount;
        int64_t outgoing_amount;
        int expiry;
        int outgoing_expiry;
        int height;
        bool disabled;
        uint16_t code;
        uint64_t data;
    } rows[] = {
        {-1, 0, 0, 0, 0, false, LN_FEE_INSUFFICIENT, 5010197},
        {0, 1, 0, 0, 0, false, LN_FEE_INSUFFICIENT, 5010198},
        {1, 1, 0, 0, 0, false, LN_FEE_INSUFFICIENT, 5010199},
        {2, 1, 0, 0, 0, false, 0, 0},
        {10000, 2, 0, 0, 0, false, LN_TEMPORARY_CHANNEL_FAILURE, 0},
        {0, 1000 - 4999999, 0, 0, 0, false, 0, 0},
        {0, 999 - 4999999, 0, 0, 0, false, LN_AMOUNT_BELOW_MINIMUM, 999},
        {0, 0, -1, 0, 0, false, LN_INCORRECT_CLTV_EXPIRY, 1060},
        {0, 0, 0, 1, 0, false, LN_INCORRECT_CLTV_EXPIRY, 1061},
        {0, 0, 0, 0, 56, false, 0, 0},
        {0, 0, 0, 0, 57, false, LN_EXPIRY_TOO_SOON, 0},
        {0, 0, 0, 0, 0, true, LN_CHANNEL_DISABLED, 0},
        {0, 0, 2016 - 80, 0, 0, false, 0, 0},
        {0, 0, 2017 - 80, 0, 0, false, LN_EXPIRY_TOO_FAR, 0},
        {-1, 0, -1, 0, 57, true, LN_FEE_INSUFFICIENT, 5010197}, /* the first of the list */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ln_payload payload = forward_payload();
        struct ln_hop_htlc htlc = forward_htlc();
        struct ln_hop_terms changed = terms;
        struct ln_failure failure = {0};
        payload.amount_msat += (uint64_t)rows[i].outgoing_amount;
        payload.cltv_height += (uint64_t)rows[i].outgoing_expiry;
        htlc.amount_msat += (uint64_t)rows[i].amount;
        htlc.cltv_expiry_height += (uint32_t)rows[i].expiry;
        htlc.height += (uint32_t)rows[i].height;
        changed.disabled = rows[i].disabled;
        assert_int_equal(ln_hop_may_forward(&failure, &payload, &htlc, &changed), rows[i].code == 0);
        assert_int_equal(failure.code, rows[i].code);
        uint64_t data = rows[i].code == LN_INCORRECT_CLTV_EXPIRY ? failure.cltv_expiry_height : failure.htlc_msat;
        assert_int_equal(data, rows[i].data);
        assert_int_equal(failure.channel_update.length, 0);
    }
}

/* Whatever is asked of it, the difference that a hop keeps covers its fee, and its time covers its delta. */
static void what_forwards_pays_the_hop(void **state)
{
    struct dice dice = {71};
    unsigned forwarded = 0;
    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        struct ln_payload payload = forward_payload();
        struct ln_hop_htlc htlc = forward_htlc();
        struct ln_failure failure;
        struct ln_hop_terms any = {.htlc_maximum_msat = LN_MSAT_MAX,
                                   .fee_base_msat = (uint32_t)dice_next(&dice) >> dice_below(&dice, 32),
                                   .fee_proportional_ppm = (uint32_t)dice_next(&dice) >> dice_below(&dice, 32),
                                   .cltv_expiry_delta_blocks = (uint16_t)dice_below(&dice, 200)};
        payload.amount_msat = dice_next(&dice) >> dice_below(&dice, 64);
        htlc.amount_msat = payload.amount_msat + (dice_next(&dice) >> dice_below(&dice, 64));
        htlc.cltv_expiry_height = 1000 + dice_below(&dice, 3000);
        payload.cltv_height = 1000 + dice_below(&dice, 3000);
        if (payload.amount_msat > LN_MSAT_MAX || htlc.amount_msat > LN_MSAT_MAX) {
            continue;
        }
        if (ln_hop_may_forward(&failure, &payload, &htlc, &any)) {
            unsigned __int128 fee =
                any.fee_base_msat + (unsigned __int128)payload.amount_msat * any.fee_proportional_ppm / 1000000;
            assert_true(htlc.amount_msat - payload.amount_msat >= fee);
            assert_true(htlc.cltv_expiry_height - payload.cltv_height >= any.cltv_expiry_delta_blocks);
            assert_true(htlc.cltv_expiry_height <= htlc.height + LN_HOP_EXPIRY_MAX_BLOCKS);
            forwarded++;
        } else {
            assert_non_null(ln_failure_name(failure.code));
        }
    }
    assert_true(forwarded > 1000);
}

/* ---- the payee ---- */

static const uint8_t secret[32] = {1, 2, 3};

static struct ln_payload final_payload(void)
{
    struct ln_payload payload = {.tlvs = {.present = LN_PAYLOAD_AMOUNT | LN_PAYLOAD_CLTV | LN_PAYLOAD_PAYMENT},
                                 .amount_msat = 400,
                                 .total_msat = 1000,
                                 .cltv_height = 1018};
    memcpy(payload.payment_secret, secret, 32);
    return payload;
}

static const struct ln_hop_request asked = {
    .amount_msat = 1000, .min_final_cltv_blocks = 18, .payment_secret = secret, .several_parts = true};

static uint16_t take(const struct ln_payload *payload, const struct ln_hop_htlc *htlc,
                     const struct ln_hop_request *request)
{
    struct ln_failure failure = {0};
    bool taken = ln_hop_may_take(&failure, payload, htlc, request);
    assert_int_equal(taken, failure.code == 0);
    if (failure.code == LN_INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS) {
        assert_int_equal(failure.htlc_msat, htlc->amount_msat);
        assert_int_equal(failure.height, htlc->height);
    } else if (failure.code == LN_FINAL_INCORRECT_CLTV_EXPIRY) {
        assert_int_equal(failure.cltv_expiry_height, htlc->cltv_expiry_height);
    } else if (failure.code == LN_FINAL_INCORRECT_HTLC_AMOUNT) {
        assert_int_equal(failure.htlc_msat, htlc->amount_msat);
    }
    return failure.code;
}

static void a_payee_takes_what_it_asked_for(void **state)
{
    const uint16_t details = LN_INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS;
    struct ln_payload payload = final_payload();
    struct ln_hop_htlc htlc = {.amount_msat = 400, .cltv_expiry_height = 1018, .height = 1000};
    struct ln_hop_request request = asked;
    (void)state;
    assert_int_equal(take(&payload, &htlc, &asked), 0);
    assert_int_equal(take(&payload, &htlc, NULL), details);
    htlc.amount_msat = 399;
    assert_int_equal(take(&payload, &htlc, &asked), LN_FINAL_INCORRECT_HTLC_AMOUNT);
    htlc.amount_msat = 401; /* who forwarded took less */
    assert_int_equal(take(&payload, &htlc, &asked), 0);
    htlc.height = 1001;
    assert_int_equal(take(&payload, &htlc, &asked), details);
    htlc.height = 900;
    htlc.cltv_expiry_height = 1017;
    assert_int_equal(take(&payload, &htlc, &asked), LN_FINAL_INCORRECT_CLTV_EXPIRY);
    htlc.cltv_expiry_height = 1018;
    request.several_parts = false;
    assert_int_equal(take(&payload, &htlc, &request), details);
    payload.amount_msat = htlc.amount_msat = 1000;
    assert_int_equal(take(&payload, &htlc, &request), 0);
}

static void amounts_are_bounded_both_ways(void **state)
{
    static const struct {
        uint64_t asked_msat;
        uint64_t total_msat;
        bool good;
    } rows[] = {{1000, 999, false},  {1000, 1000, true}, {1000, 2000, true},
                {1000, 2001, false}, {0, 1, true},       {0, 1u << 30, true}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ln_payload payload = final_payload();
        struct ln_hop_htlc htlc = {.amount_msat = 400, .cltv_expiry_height = 1018, .height = 1000};
        struct ln_hop_request request = asked;
        request.amount_msat = rows[i].asked_msat;
        payload.total_msat = rows[i].total_msat;
        assert_int_equal(take(&payload, &htlc, &request) == 0, rows[i].good);
    }
}

static void secrets_and_metadata_must_be_those_of_the_invoice(void **state)
{
    const uint16_t details = LN_INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS;
    struct ln_hop_htlc htlc = {.amount_msat = 400, .cltv_expiry_height = 1018, .height = 1000};
    struct ln_payload payload = final_payload();
    struct ln_hop_request request = asked;
    (void)state;
    payload.payment_secret[31] ^= 1;
    assert_int_equal(take(&payload, &htlc, &asked), details);
    payload = final_payload();
    payload.tlvs.present &= ~(uint32_t)LN_PAYLOAD_PAYMENT;
    payload.total_msat = payload.amount_msat = htlc.amount_msat = 1000;
    assert_int_equal(take(&payload, &htlc, &asked), details);
    request.payment_secret = NULL;
    assert_int_equal(take(&payload, &htlc, &request), 0);
    payload = final_payload();
    request = asked;
    request.metadata = btc_bytes("abc", 3);
    htlc.amount_msat = 400;
    assert_int_equal(take(&payload, &htlc, &request), details);
    payload.metadata = btc_bytes("abd", 3);
    assert_int_equal(take(&payload, &htlc, &request), details);
    payload.metadata = btc_bytes("abc", 3);
    assert_int_equal(take(&payload, &htlc, &request), 0);
}

static void blinded_paths_are_refused(void **state)
{
    struct ln_payload payload = forward_payload();
    struct ln_hop_htlc htlc = forward_htlc();
    struct ln_failure failure;
    (void)state;
    htlc.has_path_key = true;
    assert_false(ln_hop_may_forward(&failure, &payload, &htlc, &terms));
    assert_int_equal(failure.code, LN_INVALID_ONION_BLINDING);
    assert_false(ln_hop_may_take(&failure, &payload, &htlc, &asked));
    assert_int_equal(failure.code, LN_INVALID_ONION_BLINDING);
    htlc.has_path_key = false;
    payload.tlvs.present = LN_PAYLOAD_ENCRYPTED | LN_PAYLOAD_PATH_KEY;
    assert_false(ln_hop_may_forward(&failure, &payload, &htlc, &terms));
    assert_int_equal(failure.code, LN_INVALID_ONION_BLINDING);
    assert_false(ln_hop_may_take(&failure, &payload, &htlc, &asked));
    assert_int_equal(failure.code, LN_INVALID_ONION_PAYLOAD);
    assert_int_equal(failure.type, 10);
}

static void keysend_brings_the_preimage(void **state)
{
    struct ln_payload payload = {.tlvs = {.present = LN_PAYLOAD_KEYSEND}, .keysend_preimage = {7}};
    struct ln_hop_htlc htlc = {0};
    (void)state;
    assert_false(ln_hop_is_keysend(&payload, &htlc));
    btc_sha256(htlc.payment_hash, payload.keysend_preimage, 32);
    assert_true(ln_hop_is_keysend(&payload, &htlc));
    payload.tlvs.present = 0;
    assert_false(ln_hop_is_keysend(&payload, &htlc));
}

static void a_bad_payload_is_told_by_record_and_place(void **state)
{
    static const uint8_t no_amount[] = {4, 1, 9};
    static const uint8_t unknown_even[] = {2, 1, 5, 4, 1, 9, 20, 1, 0};
    struct ln_payload payload;
    struct ln_fault fault;
    (void)state;
    assert_int_equal(ln_payload_decode(&payload, &fault, LN_PAYLOAD_FINAL, btc_bytes(no_amount, 3)), LN_WIRE_MISSING);
    struct ln_failure failure = ln_hop_bad_payload(&fault);
    assert_int_equal(failure.code, LN_INVALID_ONION_PAYLOAD);
    assert_int_equal(failure.type, 2);
    assert_int_equal(ln_payload_decode(&payload, &fault, LN_PAYLOAD_FINAL, btc_bytes(unknown_even, 9)),
                     LN_WIRE_UNKNOWN_EVEN);
    failure = ln_hop_bad_payload(&fault);
    assert_int_equal(failure.type, 20);
    assert_in_range(failure.offset, 6, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_routing_example_forwards),
        cmocka_unit_test(what_does_not_forward_fails_by_its_code),
        cmocka_unit_test(what_forwards_pays_the_hop),
        cmocka_unit_test(a_payee_takes_what_it_asked_for),
        cmocka_unit_test(amounts_are_bounded_both_ways),
        cmocka_unit_test(secrets_and_metadata_must_be_those_of_the_invoice),
        cmocka_unit_test(blinded_paths_are_refused),
        cmocka_unit_test(keysend_brings_the_preimage),
        cmocka_unit_test(a_bad_payload_is_told_by_record_and_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
