/* test_sizes.c: the sizes that fees are reckoned with, measured on really signed transactions.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A signature with its hash type takes 72 bytes, or 71 where R happens to be low; the sizes below are those of 72.
 */
#include "protocol/bitcoin/tx.h"
#include "tests/bitcoin/payment.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on

static struct btc_curve curve;

/* A payment whose signature has this many bytes. */
static void find_payment(struct payment *payment, enum payment_form form, const enum payment_output *outputs,
                         uint32_t count, size_t signature_length)
{
    for (uint32_t number = 0; number < 100; number++) {
        payment_init(payment, &curve, form, number);
        payment_set_outputs(payment, &curve, outputs, count);
        if (payment->signature_lengths[0] == signature_length)
            break;
    }
    assert_int_equal(payment->signature_lengths[0], signature_length);
    assert_int_equal(payment_verify(payment, &curve, BTC_VERIFY_POLICY), BTC_SCRIPT_OK);
}

static void check(enum payment_form form, const enum payment_output *outputs, uint32_t count, uint32_t weight_wu)
{
    struct payment payment;
    uint32_t per_byte = form == PAYMENT_P2PKH ? 4 : 1;
    find_payment(&payment, form, outputs, count, 72);
    assert_int_equal(btc_tx_weight_wu(&payment.tx), weight_wu);
    assert_int_equal(btc_tx_vsize(&payment.tx), (weight_wu + 3) / 4);
    find_payment(&payment, form, outputs, count, 71);
    assert_int_equal(btc_tx_weight_wu(&payment.tx), weight_wu - per_byte);
}

static const enum payment_output to_p2wpkh[2] = {PAYMENT_TO_P2WPKH, PAYMENT_TO_P2WPKH};

static void p2wpkh_with_one_output_takes_110_vbytes(void **state)
{
    (void)state;
    check(PAYMENT_P2WPKH, to_p2wpkh, 1, 438);
}

static void p2wpkh_with_two_outputs_takes_141_vbytes(void **state)
{
    (void)state;
    check(PAYMENT_P2WPKH, to_p2wpkh, 2, 562);
    assert_int_equal((562 + 3) / 4, 141);
}

static void p2pkh_with_two_outputs_takes_226_vbytes(void **state)
{
    (void)state;
    static const enum payment_output to_p2pkh[2] = {PAYMENT_TO_P2PKH, PAYMENT_TO_P2PKH};
    check(PAYMENT_P2PKH, to_p2pkh, 2, 226 * 4);
}

static void funding_a_channel_with_change_takes_153_vbytes(void **state)
{
    (void)state;
    static const enum payment_output funding[2] = {PAYMENT_TO_P2WSH, PAYMENT_TO_P2WPKH};
    check(PAYMENT_P2WPKH, funding, 2, 610);
    assert_int_equal((610 + 3) / 4, 153);
}

int main(void)
{
    btc_curve_init(&curve);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p2wpkh_with_one_output_takes_110_vbytes),
        cmocka_unit_test(p2wpkh_with_two_outputs_takes_141_vbytes),
        cmocka_unit_test(p2pkh_with_two_outputs_takes_226_vbytes),
        cmocka_unit_test(funding_a_channel_with_change_takes_153_vbytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
