/* payment.c: really signed transactions of one input, for tests and benchmarks.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/bitcoin/payment.h"

#include "protocol/bitcoin/hash.h"

#include <assert.h>
#include <string.h>

#define VALUE_SAT 1000000
#define FEE_SAT   1000

static void make_keys(struct payment *payment, const struct btc_curve *curve, uint32_t number)
{
    for (uint32_t i = 0; i < 2; i++) {
        const uint8_t seed[9] = {(uint8_t)payment->form,
                                 (uint8_t)number,
                                 (uint8_t)(number >> 8),
                                 (uint8_t)(number >> 16),
                                 (uint8_t)(number >> 24),
                                 (uint8_t)i,
                                 'k',
                                 'e',
                                 'y'};
        btc_sha256(payment->secrets[i], seed, sizeof seed);
        bool valid = btc_pubkey_from_secret(curve, &payment->keys[i], payment->secrets[i]);
        assert(valid);
        btc_pubkey_write(curve, payment->wires[i], &payment->keys[i]);
    }
    btc_sha256(payment->preimage, payment->wires[0], 33);
}

static struct btc_bytes multisig_script(struct payment *payment)
{
    const struct btc_bytes keys[2] = {btc_bytes(payment->wires[0], 33), btc_bytes(payment->wires[1], 33)};
    struct btc_writer writer;
    btc_writer_init(&writer, payment->code, sizeof payment->code);
    btc_script_multisig(&writer, 2, keys, 2);
    return btc_writer_view(&writer);
}

static void push_hash160(struct btc_writer *writer, struct btc_bytes bytes)
{
    uint8_t hash[20];
    btc_hash160(hash, bytes.data, bytes.length);
    btc_script_push(writer, btc_bytes(hash, 20));
}

static void write_ops(struct btc_writer *writer, const enum btc_opcode *ops, size_t count)
{
    for (size_t i = 0; i < count; i++)
        btc_script_op(writer, ops[i]);
}

#define OPS(writer, ...)                                                                                               \
    write_ops(writer, (const enum btc_opcode[]){__VA_ARGS__},                                                          \
              sizeof(const enum btc_opcode[]){__VA_ARGS__} / sizeof(enum btc_opcode))

/* Any key may be the one that revokes: that branch is not taken. */
static struct btc_bytes htlc_script(struct payment *payment)
{
    struct btc_writer writer;
    btc_writer_init(&writer, payment->code, sizeof payment->code);
    OPS(&writer, BTC_OP_DUP, BTC_OP_HASH160);
    push_hash160(&writer, btc_bytes(payment->secrets[0], 32));
    OPS(&writer, BTC_OP_EQUAL, BTC_OP_IF, BTC_OP_CHECKSIG, BTC_OP_ELSE);
    btc_script_push(&writer, btc_bytes(payment->wires[0], 33));
    OPS(&writer, BTC_OP_SWAP, BTC_OP_SIZE);
    btc_script_push_number(&writer, 32);
    OPS(&writer, BTC_OP_EQUAL, BTC_OP_IF, BTC_OP_HASH160);
    push_hash160(&writer, btc_bytes(payment->preimage, 32));
    OPS(&writer, BTC_OP_EQUALVERIFY, BTC_OP_2, BTC_OP_SWAP);
    btc_script_push(&writer, btc_bytes(payment->wires[1], 33));
    OPS(&writer, BTC_OP_2, BTC_OP_CHECKMULTISIG, BTC_OP_ELSE, BTC_OP_DROP);
    btc_script_push_number(&writer, 500000);
    OPS(&writer, BTC_OP_CHECKLOCKTIMEVERIFY, BTC_OP_DROP, BTC_OP_CHECKSIG, BTC_OP_ENDIF, BTC_OP_ENDIF);
    assert(!writer.failed);
    return btc_writer_view(&writer);
}

/* The script that is spent and the script code that is signed. */
static void make_scripts(struct payment *payment)
{
    uint8_t hash[32], program[BTC_P2WPKH_BYTES];
    btc_hash160(hash, payment->wires[0], 33);
    btc_script_p2pkh(payment->code, hash);
    btc_script_p2wpkh(program, hash);
    struct btc_bytes code = btc_bytes(payment->code, BTC_P2PKH_BYTES);
    size_t length = BTC_P2PKH_BYTES;
    switch (payment->form) {
    case PAYMENT_P2PKH:
        btc_script_p2pkh(payment->spent_script, hash);
        break;
    case PAYMENT_P2WPKH:
        memcpy(payment->spent_script, program, length = BTC_P2WPKH_BYTES);
        break;
    case PAYMENT_P2SH_P2WPKH:
        btc_hash160(hash, program, sizeof program);
        btc_script_p2sh(payment->spent_script, hash);
        length = BTC_P2SH_BYTES;
        break;
    case PAYMENT_P2SH_MULTISIG:
        code = multisig_script(payment);
        btc_hash160(hash, code.data, code.length);
        btc_script_p2sh(payment->spent_script, hash);
        length = BTC_P2SH_BYTES;
        break;
    default:
        code = payment->form == PAYMENT_P2WSH_HTLC ? htlc_script(payment) : multisig_script(payment);
        btc_sha256(hash, code.data, code.length);
        btc_script_p2wsh(payment->spent_script, hash);
        length = BTC_P2WSH_BYTES;
    }
    payment->what.script_code = code;
    payment->spent = (struct btc_output){VALUE_SAT, btc_bytes(payment->spent_script, length)};
}

static void write_script_sig(struct payment *payment)
{
    struct btc_writer script_sig;
    btc_writer_init(&script_sig, payment->script_sig, sizeof payment->script_sig);
    if (payment->form == PAYMENT_P2PKH) {
        btc_script_push(&script_sig, payment->witness[0]);
        btc_script_push(&script_sig, payment->witness[1]);
    } else if (payment->form == PAYMENT_P2SH_MULTISIG) {
        for (int i = 0; i < 4; i++)
            btc_script_push(&script_sig, payment->witness[i]);
    } else if (payment->form == PAYMENT_P2SH_P2WPKH) {
        uint8_t program[BTC_P2WPKH_BYTES], hash[20];
        btc_hash160(hash, payment->wires[0], 33);
        btc_script_p2wpkh(program, hash);
        btc_script_push(&script_sig, btc_bytes(program, sizeof program));
    }
    payment->input.script = btc_writer_view(&script_sig);
}

/* The elements that satisfy the script go into the witness or are pushed by scriptSig. */
static void attach(struct payment *payment)
{
    struct btc_bytes first = btc_bytes(payment->signatures[0], payment->signature_lengths[0]);
    struct btc_bytes second = btc_bytes(payment->signatures[1], payment->signature_lengths[1]);
    bool multisig = payment->signature_count == 2, htlc = payment->form == PAYMENT_P2WSH_HTLC;
    bool segwit = payment->form != PAYMENT_P2PKH && payment->form != PAYMENT_P2SH_MULTISIG;
    payment->witness[0] = multisig ? btc_bytes(NULL, 0) : first;
    payment->witness[1] = multisig ? first : btc_bytes(payment->wires[0], 33);
    payment->witness[2] = second;
    payment->witness[3] = htlc ? btc_bytes(payment->preimage, 32) : payment->what.script_code;
    payment->witness[4] = payment->what.script_code;
    payment->input.witness = payment->witness;
    payment->input.witness_count = !segwit ? 0 : htlc ? 5 : multisig ? 4 : 2;
    write_script_sig(payment);
}

void payment_sign(struct payment *payment, const struct btc_curve *curve)
{
    if (payment->form == PAYMENT_P2PKH || payment->form == PAYMENT_P2SH_MULTISIG)
        btc_sighash_legacy(payment->hash, &payment->what);
    else
        btc_sighash_segwit(payment->hash, &payment->what);
    for (unsigned i = 0; i < payment->signature_count; i++) {
        bool done = btc_ecdsa_sign(curve, &payment->pairs[i], payment->hash, payment->secrets[i], BTC_SIGN_PLAIN);
        assert(done);
        size_t length = btc_signature_write_der(curve, payment->signatures[i], &payment->pairs[i]);
        payment->signatures[i][length] = (uint8_t)payment->what.type;
        payment->signature_lengths[i] = length + 1;
    }
    attach(payment);
}

void payment_set_outputs(struct payment *payment, const struct btc_curve *curve, const enum payment_output *outputs,
                         uint32_t count)
{
    assert(count >= 1 && count <= 2);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *script = payment->output_scripts[i];
        size_t length = outputs[i] == PAYMENT_TO_P2PKH    ? BTC_P2PKH_BYTES
                        : outputs[i] == PAYMENT_TO_P2WPKH ? BTC_P2WPKH_BYTES
                                                          : BTC_P2WSH_BYTES;
        if (outputs[i] == PAYMENT_TO_P2PKH)
            btc_script_p2pkh(script, payment->hash);
        else if (outputs[i] == PAYMENT_TO_P2WPKH)
            btc_script_p2wpkh(script, payment->hash);
        else
            btc_script_p2wsh(script, payment->hash);
        payment->outputs[i] = (struct btc_output){(VALUE_SAT - FEE_SAT) / count, btc_bytes(script, length)};
    }
    payment->tx.output_count = count;
    payment_sign(payment, curve);
}

void payment_init(struct payment *payment, const struct btc_curve *curve, enum payment_form form, uint32_t number)
{
    static const enum payment_output outputs[2] = {PAYMENT_TO_P2WPKH, PAYMENT_TO_P2WPKH};
    memset(payment, 0, sizeof *payment);
    payment->form = form;
    payment->signature_count = form == PAYMENT_P2SH_MULTISIG || form >= PAYMENT_P2WSH_MULTISIG ? 2 : 1;
    make_keys(payment, curve, number);
    make_scripts(payment);
    memcpy(payment->input.previous.txid, payment->secrets[1], 32);
    payment->input.sequence = BTC_SEQUENCE_NO_RBF;
    payment->tx = (struct btc_tx){2, 0, 1, 2, &payment->input, payment->outputs};
    payment->what.tx = &payment->tx;
    payment->what.type = BTC_SIGHASH_ALL;
    payment->what.value_sat = VALUE_SAT;
    payment_set_outputs(payment, curve, outputs, 2);
}

void joint_payment_init(struct joint_payment *joint, const struct btc_curve *curve, enum payment_form form,
                        uint32_t number, uint32_t count)
{
    assert(count >= 1 && count <= PAYMENT_JOINED);
    for (uint32_t i = 0; i < count; i++) {
        payment_init(&joint->parts[i], curve, form, number + i);
        joint->inputs[i] = joint->parts[i].input;
        joint->spent[i] = joint->parts[i].spent;
    }
    joint->tx = joint->parts[0].tx;
    joint->tx.inputs = joint->inputs;
    joint->tx.input_count = count;
    for (uint32_t i = 0; i < count; i++) {
        joint->parts[i].what.tx = &joint->tx;
        joint->parts[i].what.input = i;
        payment_sign(&joint->parts[i], curve);
        joint->inputs[i] = joint->parts[i].input;
    }
}

enum btc_script_error payment_verify(const struct payment *payment, const struct btc_curve *curve, uint32_t flags)
{
    struct btc_script_space space;
    const struct btc_spend spend = {.curve = curve, .tx = &payment->tx, .spent = &payment->spent};
    return btc_script_verify(&space, &spend, flags);
}
