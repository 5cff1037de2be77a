/* payment.h: really signed transactions of one input, for tests and benchmarks.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_BITCOIN_PAYMENT_H
#define KONSENTO_TESTS_BITCOIN_PAYMENT_H

#include "protocol/bitcoin/interpreter.h"

/* What the input spends. */
enum payment_form {
    PAYMENT_P2PKH,
    PAYMENT_P2SH_MULTISIG, /* 2 of 2, legacy */
    PAYMENT_P2WPKH,
    PAYMENT_P2SH_P2WPKH,
    PAYMENT_P2WSH_MULTISIG, /* 2 of 2: Lightning's funding output */
    PAYMENT_P2WSH_HTLC,     /* BOLT #3 "Received HTLC Outputs", taken with both signatures and the preimage */
    PAYMENT_FORMS
};

/* What the outputs pay to; both get what the input holds less a fee. */
enum payment_output { PAYMENT_TO_P2PKH, PAYMENT_TO_P2WPKH, PAYMENT_TO_P2WSH };

struct payment {
    enum payment_form form;
    struct btc_tx tx;
    struct btc_input input;
    struct btc_output outputs[2], spent;
    struct btc_bytes witness[5];
    struct btc_sighash_what what; /* what is signed */
    uint8_t hash[32];
    unsigned signature_count;
    uint8_t secrets[2][32], wires[2][33];
    struct btc_pubkey keys[2];
    struct btc_signature pairs[2];
    uint8_t signatures[2][BTC_MAX_DER_BYTES + 1]; /* with the hash type */
    size_t signature_lengths[2];
    uint8_t preimage[32];
    uint8_t spent_script[BTC_P2WSH_BYTES], code[160], script_sig[512], output_scripts[2][BTC_P2WSH_BYTES];
};

/* Makes and signs it with keys derived from number. Do not copy it: it points into itself. */
void payment_init(struct payment *payment, const struct btc_curve *curve, enum payment_form form, uint32_t number);

/* Sets the outputs, one or two, and signs again. */
void payment_set_outputs(struct payment *payment, const struct btc_curve *curve, const enum payment_output *outputs,
                         uint32_t count);

/* Several payments as the inputs of one transaction. */
#define PAYMENT_JOINED 8
struct joint_payment {
    struct payment parts[PAYMENT_JOINED];
    struct btc_tx tx;
    struct btc_input inputs[PAYMENT_JOINED];
    struct btc_output spent[PAYMENT_JOINED];
};

/* In: 1 <= count <= PAYMENT_JOINED; the keys derive from number and on. Do not copy it. */
void joint_payment_init(struct joint_payment *joint, const struct btc_curve *curve, enum payment_form form,
                        uint32_t number, uint32_t count);

/* Signs again after something in tx has changed. */
void payment_sign(struct payment *payment, const struct btc_curve *curve);

/* What the interpreter says. */
enum btc_script_error payment_verify(const struct payment *payment, const struct btc_curve *curve, uint32_t flags);

#endif
