/* test_interpreter_property.c: really signed inputs pass, and fail with any one bit of their proof flipped.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/bitcoin/payment.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on

#define PER_FORM 3

static struct btc_curve curve;

static void every_form_passes_under_consensus_and_policy(void **state)
{
    (void)state;
    for (enum payment_form form = 0; form < PAYMENT_FORMS; form++)
        for (uint32_t type = BTC_SIGHASH_ALL; type <= BTC_SIGHASH_SINGLE; type++)
            for (uint32_t anyone = 0; anyone <= BTC_SIGHASH_ANYONECANPAY; anyone += BTC_SIGHASH_ANYONECANPAY) {
                struct payment payment;
                payment_init(&payment, &curve, form, type);
                payment.what.type = type | anyone;
                payment_sign(&payment, &curve);
                assert_int_equal(payment_verify(&payment, &curve, BTC_VERIFY_CONSENSUS), BTC_SCRIPT_OK);
                assert_int_equal(payment_verify(&payment, &curve, BTC_VERIFY_POLICY), BTC_SCRIPT_OK);
            }
}

/* Flips each bit of bytes that belong to the payment's proof. Returns how many. */
static unsigned flip_all(const struct payment *payment, struct btc_bytes bytes)
{
    uint8_t *writable = (uint8_t *)(uintptr_t)bytes.data;
    for (size_t bit = 0; bit < 8 * bytes.length; bit++) {
        writable[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_not_equal(payment_verify(payment, &curve, BTC_VERIFY_POLICY), BTC_SCRIPT_OK);
        writable[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    return (unsigned)(8 * bytes.length);
}

static void any_flipped_bit_of_a_witness_or_script_sig_fails(void **state)
{
    (void)state;
    unsigned flipped = 0;
    for (enum payment_form form = 0; form < PAYMENT_FORMS; form++)
        for (uint32_t number = 0; number < PER_FORM; number++) {
            struct payment payment;
            payment_init(&payment, &curve, form, number);
            for (uint32_t i = 0; i < payment.input.witness_count; i++)
                flipped += flip_all(&payment, payment.input.witness[i]);
            flipped += flip_all(&payment, payment.input.script);
            assert_int_equal(payment_verify(&payment, &curve, BTC_VERIFY_POLICY), BTC_SCRIPT_OK);
        }
    print_message("%u bits flipped\n", flipped);
    assert_true(flipped > 15000);
}

static void any_change_of_what_is_signed_fails(void **state)
{
    (void)state;
    for (enum payment_form form = 0; form < PAYMENT_FORMS; form++) {
        struct payment payment;
        payment_init(&payment, &curve, form, 9);
        bool segwit = payment.input.witness_count > 0;
        uint32_t *words[] = {&payment.tx.version, &payment.tx.locktime, &payment.input.sequence,
                             &payment.input.previous.index};
        for (int i = 0; i < 4; i++) {
            *words[i] ^= 1;
            assert_int_not_equal(payment_verify(&payment, &curve, BTC_VERIFY_CONSENSUS), BTC_SCRIPT_OK);
            *words[i] ^= 1;
        }
        payment.outputs[1].value_sat++;
        assert_int_not_equal(payment_verify(&payment, &curve, BTC_VERIFY_CONSENSUS), BTC_SCRIPT_OK);
        payment.outputs[1].value_sat--;
        payment.spent.value_sat++; /* only BIP 143 signs what the spent output holds */
        assert_int_equal(payment_verify(&payment, &curve, BTC_VERIFY_CONSENSUS) != BTC_SCRIPT_OK, segwit);
        payment.spent.value_sat--;
        assert_int_equal(payment_verify(&payment, &curve, BTC_VERIFY_CONSENSUS), BTC_SCRIPT_OK);
    }
}

int main(void)
{
    btc_curve_init(&curve);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_passes_under_consensus_and_policy),
        cmocka_unit_test(any_flipped_bit_of_a_witness_or_script_sig_fails),
        cmocka_unit_test(any_change_of_what_is_signed_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
