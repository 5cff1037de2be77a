/* test_verdicts.c: a judge that remembers gives the answers of one that does not.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/bitcoin/verdicts.h"
#include "tests/bitcoin/payment.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

#define KEYS       8
#define SIGNATURES 16

static struct btc_curve curve;
static struct btc_known_key keys[KEYS];
static struct btc_known_signature signatures[SIGNATURES];
static struct btc_verdicts verdicts;

static int reset(void **state)
{
    (void)state;
    btc_verdicts_init(&verdicts, keys, KEYS, signatures, SIGNATURES);
    return 0;
}

static struct btc_signature_check check_of(const struct payment *payment)
{
    return (struct btc_signature_check){&curve, payment->hash,
                                        btc_bytes(payment->signatures[0], payment->signature_lengths[0] - 1),
                                        btc_bytes(payment->wires[0], 33)};
}

static void a_second_look_is_answered_from_memory(void **state)
{
    (void)state;
    struct payment payment;
    payment_init(&payment, &curve, PAYMENT_P2WPKH, 1);
    const struct btc_signature_check check = check_of(&payment);
    assert_true(btc_verdicts_judge(&verdicts, &check));
    assert_int_equal(verdicts.remembered, 0);
    assert_true(btc_verdicts_judge(&verdicts, &check));
    assert_int_equal(verdicts.remembered, 1);
    assert_int_equal(verdicts.judged, 2);
}

static void a_known_key_is_not_read_again(void **state)
{
    (void)state;
    struct payment payment;
    payment_init(&payment, &curve, PAYMENT_P2WPKH, 1);
    struct btc_signature_check check = check_of(&payment);
    assert_true(btc_verdicts_judge(&verdicts, &check));
    payment.tx.locktime = 5;
    payment_sign(&payment, &curve);
    check = check_of(&payment);
    assert_true(btc_verdicts_judge(&verdicts, &check));
    assert_int_equal(verdicts.keys_remembered, 1);
    assert_int_equal(verdicts.remembered, 0);
}

static void what_was_good_does_not_make_anything_else_good(void **state)
{
    (void)state;
    struct payment payment;
    payment_init(&payment, &curve, PAYMENT_P2WPKH, 2);
    const struct btc_signature_check good = check_of(&payment);
    assert_true(btc_verdicts_judge(&verdicts, &good));
    for (size_t bit = 0; bit < 32 * 8; bit++) {
        payment.hash[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(btc_verdicts_judge(&verdicts, &good));
        payment.hash[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t bit = 0; bit < 33 * 8; bit++) {
        payment.wires[0][bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(btc_verdicts_judge(&verdicts, &good));
        payment.wires[0][bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_true(btc_verdicts_judge(&verdicts, &good));
}

static void bytes_cannot_move_from_the_signature_into_the_key(void **state)
{
    (void)state;
    struct payment payment;
    payment_init(&payment, &curve, PAYMENT_P2WPKH, 3);
    struct btc_signature_check check = check_of(&payment);
    assert_true(btc_verdicts_judge(&verdicts, &check));
    uint8_t joined[33 + BTC_MAX_DER_BYTES];
    memcpy(joined, check.public_key.data, 33);
    memcpy(joined + 33, check.signature.data, check.signature.length);
    size_t length = 33 + check.signature.length;
    check.public_key = btc_bytes(joined, 65);
    check.signature = btc_bytes(joined + 65, length - 65);
    assert_false(btc_verdicts_judge(&verdicts, &check));
}

static void verifying_with_memory_says_what_verifying_without_says(void **state)
{
    (void)state;
    static struct btc_script_space space;
    for (uint32_t number = 0; number < 40; number++) {
        struct payment payment;
        payment_init(&payment, &curve, (enum payment_form)(number / 2 % PAYMENT_FORMS), number / 4);
        payment.spent.value_sat += number % 2; /* every other one is wrong for segwit */
        const struct btc_spend spend = {.curve = &curve,
                                        .tx = &payment.tx,
                                        .spent = &payment.spent,
                                        .judge = btc_verdicts_judge,
                                        .judge_context = &verdicts};
        enum btc_script_error plain = payment_verify(&payment, &curve, BTC_VERIFY_POLICY);
        for (int again = 0; again < 2; again++)
            assert_int_equal(btc_script_verify(&space, &spend, BTC_VERIFY_POLICY), plain);
    }
    assert_true(verdicts.remembered > 0 && verdicts.remembered < verdicts.judged);
}

static void without_places_it_judges_everything_anew(void **state)
{
    (void)state;
    struct payment payment;
    btc_verdicts_init(&verdicts, NULL, 0, NULL, 0);
    payment_init(&payment, &curve, PAYMENT_P2WPKH, 1);
    const struct btc_signature_check check = check_of(&payment);
    for (int i = 0; i < 2; i++)
        assert_true(btc_verdicts_judge(&verdicts, &check));
    assert_int_equal(verdicts.judged, 2);
    assert_int_equal(verdicts.remembered + verdicts.keys_remembered, 0);
}

int main(void)
{
    btc_curve_init(&curve);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_second_look_is_answered_from_memory, reset),
        cmocka_unit_test_setup(a_known_key_is_not_read_again, reset),
        cmocka_unit_test_setup(what_was_good_does_not_make_anything_else_good, reset),
        cmocka_unit_test_setup(bytes_cannot_move_from_the_signature_into_the_key, reset),
        cmocka_unit_test_setup(verifying_with_memory_says_what_verifying_without_says, reset),
        cmocka_unit_test_setup(without_places_it_judges_everything_anew, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
