/* script_form.c: the standard forms of output scripts: making and recognising them.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/script.h"

#include <assert.h>
#include <string.h>

void btc_script_p2pkh(uint8_t script[BTC_P2PKH_BYTES], const uint8_t key_hash[20])
{
    script[0] = BTC_OP_DUP;
    script[1] = BTC_OP_HASH160;
    script[2] = 20;
    memcpy(script + 3, key_hash, 20);
    script[23] = BTC_OP_EQUALVERIFY;
    script[24] = BTC_OP_CHECKSIG;
}

void btc_script_p2sh(uint8_t script[BTC_P2SH_BYTES], const uint8_t script_hash[20])
{
    script[0] = BTC_OP_HASH160;
    script[1] = 20;
    memcpy(script + 2, script_hash, 20);
    script[22] = BTC_OP_EQUAL;
}

void btc_script_p2wpkh(uint8_t script[BTC_P2WPKH_BYTES], const uint8_t key_hash[20])
{
    script[0] = BTC_OP_0;
    script[1] = 20;
    memcpy(script + 2, key_hash, 20);
}

void btc_script_p2wsh(uint8_t script[BTC_P2WSH_BYTES], const uint8_t script_hash[32])
{
    script[0] = BTC_OP_0;
    script[1] = 32;
    memcpy(script + 2, script_hash, 32);
}

void btc_script_multisig(struct btc_writer *writer, unsigned required, const struct btc_bytes *keys, unsigned count)
{
    assert(required >= 1 && required <= count && count <= BTC_MAX_MULTISIG_KEYS);
    btc_script_push_number(writer, required);
    for (unsigned i = 0; i < count; i++) {
        assert(keys[i].length == 33 || keys[i].length == 65);
        btc_script_push(writer, keys[i]);
    }
    btc_script_push_number(writer, count);
    btc_script_op(writer, BTC_OP_CHECKMULTISIG);
}

void btc_script_nulldata(struct btc_writer *writer, struct btc_bytes data)
{
    btc_script_op(writer, BTC_OP_RETURN);
    btc_script_push(writer, data);
}

bool btc_script_is_p2sh(struct btc_bytes script)
{
    return script.length == BTC_P2SH_BYTES && script.data[0] == BTC_OP_HASH160 && script.data[1] == 20 &&
           script.data[22] == BTC_OP_EQUAL;
}

bool btc_script_is_witness_program(uint8_t *version, struct btc_bytes *program, struct btc_bytes script)
{
    if (script.length < 4 || script.length > 42 || script.data[1] + 2u != script.length)
        return false;
    uint8_t code = script.data[0];
    if (code != BTC_OP_0 && (code < BTC_OP_1 || code > BTC_OP_16))
        return false;
    *version = code == BTC_OP_0 ? 0 : (uint8_t)(code - BTC_OP_1 + 1);
    *program = btc_bytes(script.data + 2, script.length - 2);
    return true;
}

bool btc_script_is_unspendable(struct btc_bytes script)
{
    return (script.length > 0 && script.data[0] == BTC_OP_RETURN) || script.length > BTC_MAX_SCRIPT_BYTES;
}

static bool is_p2pkh(struct btc_bytes script)
{
    return script.length == BTC_P2PKH_BYTES && script.data[0] == BTC_OP_DUP && script.data[1] == BTC_OP_HASH160 &&
           script.data[2] == 20 && script.data[23] == BTC_OP_EQUALVERIFY && script.data[24] == BTC_OP_CHECKSIG;
}

/* The length that the first byte of a public key announces, 0 for a byte that begins none. */
static size_t key_length(uint8_t first)
{
    return first == 2 || first == 3 ? 33 : first == 4 || first == 6 || first == 7 ? 65 : 0;
}

static bool is_key(struct btc_bytes data)
{
    return data.length > 0 && data.length == key_length(data.data[0]);
}

static bool is_pubkey(struct btc_bytes script)
{
    if (script.length != 35 && script.length != 67)
        return false;
    return script.data[0] == script.length - 2 && is_key(btc_bytes(script.data + 1, script.length - 2)) &&
           script.data[script.length - 1] == BTC_OP_CHECKSIG;
}

/* The number 1 to 20 that an operation pushes in the shortest form, else 0. */
static uint8_t small_number(const struct btc_op *op)
{
    if (op->code >= BTC_OP_1 && op->code <= BTC_OP_16)
        return (uint8_t)(op->code - BTC_OP_1 + 1);
    if (op->code != 1 || !btc_op_is_minimal(op) || op->data.data[0] > BTC_MAX_MULTISIG_KEYS)
        return 0;
    return op->data.data[0];
}

static bool match_multisig(struct btc_script_form *form, struct btc_bytes script)
{
    struct btc_op op;
    size_t at = 0;
    if (!btc_script_next(&op, script, &at))
        return false;
    uint8_t required = small_number(&op), count = 0;
    size_t keys = at, behind = at;
    bool more = btc_script_next(&op, script, &at);
    for (; more && is_key(op.data); more = btc_script_next(&op, script, &at)) {
        behind = at;
        count = count > BTC_MAX_MULTISIG_KEYS ? count : (uint8_t)(count + 1);
    }
    if (!more || required == 0 || required > count || small_number(&op) != count)
        return false;
    if (at + 1 != script.length || script.data[at] != BTC_OP_CHECKMULTISIG)
        return false;
    *form = (struct btc_script_form){.kind = BTC_SCRIPT_MULTISIG,
                                     .required = required,
                                     .count = count,
                                     .payload = btc_bytes(script.data + keys, behind - keys)};
    return true;
}

static struct btc_script_form witness_form(uint8_t version, struct btc_bytes program)
{
    struct btc_script_form form = {.kind = BTC_SCRIPT_WITNESS_UNKNOWN, .version = version, .payload = program};
    if (version == 0 && program.length == 20)
        form.kind = BTC_SCRIPT_P2WPKH;
    else if (version == 0 && program.length == 32)
        form.kind = BTC_SCRIPT_P2WSH;
    else if (version == 0)
        form = (struct btc_script_form){.kind = BTC_SCRIPT_NONSTANDARD};
    else if (version == 1 && program.length == 32)
        form.kind = BTC_SCRIPT_P2TR;
    return form;
}

static struct btc_script_form payload_form(enum btc_script_kind kind, struct btc_bytes script, size_t at, size_t length)
{
    return (struct btc_script_form){.kind = kind, .payload = btc_bytes(script.data + at, length)};
}

struct btc_script_form btc_script_classify(struct btc_bytes script)
{
    struct btc_script_form form = {.kind = BTC_SCRIPT_NONSTANDARD};
    uint8_t version;
    struct btc_bytes program;
    if (btc_script_is_p2sh(script))
        return payload_form(BTC_SCRIPT_P2SH, script, 2, 20);
    if (btc_script_is_witness_program(&version, &program, script))
        return witness_form(version, program);
    if (script.length > 0 && script.data[0] == BTC_OP_RETURN) {
        bool pushes = btc_script_is_push_only(btc_bytes(script.data + 1, script.length - 1));
        return pushes ? payload_form(BTC_SCRIPT_NULLDATA, script, 1, script.length - 1) : form;
    }
    if (is_pubkey(script))
        return payload_form(BTC_SCRIPT_PUBKEY, script, 1, script.length - 2);
    if (is_p2pkh(script))
        return payload_form(BTC_SCRIPT_P2PKH, script, 3, 20);
    match_multisig(&form, script);
    return form;
}
