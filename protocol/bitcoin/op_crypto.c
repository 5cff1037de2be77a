/* op_crypto.c: operations: hashes and signatures.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/machine.h"
#include "protocol/bitcoin/ops.h"

#include <assert.h>
#include <string.h>

enum btc_script_error btc_op_hash(struct btc_machine *machine)
{
    struct btc_bytes element = *btc_machine_top(machine, 1);
    uint8_t hash[32];
    size_t length = 32;
    if (machine->op.code == BTC_OP_SHA256) {
        btc_sha256(hash, element.data, element.length);
    } else if (machine->op.code == BTC_OP_HASH256) {
        btc_sha256d(hash, element.data, element.length);
    } else {
        length = 20;
        if (machine->op.code == BTC_OP_HASH160)
            btc_hash160(hash, element.data, element.length);
        else if (machine->op.code == BTC_OP_RIPEMD160)
            btc_ripemd160(hash, element.data, element.length);
        else
            btc_sha1(hash, element.data, element.length);
    }
    machine->depth--;
    btc_machine_push_result(machine, hash, length);
    return BTC_SCRIPT_OK;
}

enum btc_script_error btc_op_codeseparator(struct btc_machine *machine)
{
    machine->code_begin = machine->at;
    return BTC_SCRIPT_OK;
}

/* ---- how signatures and keys must look ---- */

static enum btc_script_error check_signature_form(const struct btc_machine *machine, struct btc_bytes signature)
{
    /* The empty signature is the short way to give an invalid one. */
    if (signature.length == 0)
        return BTC_SCRIPT_OK;
    const uint32_t encoding = BTC_VERIFY_DERSIG | BTC_VERIFY_LOW_S | BTC_VERIFY_STRICTENC;
    struct btc_bytes der = btc_bytes(signature.data, signature.length - 1);
    if ((machine->flags & encoding) && !btc_der_is_strict(der))
        return BTC_SCRIPT_SIG_DER;
    if ((machine->flags & BTC_VERIFY_LOW_S) && !btc_der_is_low_s(machine->spend->curve, der))
        return BTC_SCRIPT_SIG_HIGH_S;
    uint32_t type = signature.data[signature.length - 1] & ~BTC_SIGHASH_ANYONECANPAY;
    if ((machine->flags & BTC_VERIFY_STRICTENC) && (type < BTC_SIGHASH_ALL || type > BTC_SIGHASH_SINGLE))
        return BTC_SCRIPT_SIG_HASHTYPE;
    return BTC_SCRIPT_OK;
}

static enum btc_script_error check_key_form(const struct btc_machine *machine, struct btc_bytes key)
{
    bool compressed = key.length == 33 && (key.data[0] == 2 || key.data[0] == 3);
    bool uncompressed = key.length == 65 && key.data[0] == 4;
    if ((machine->flags & BTC_VERIFY_STRICTENC) && !compressed && !uncompressed)
        return BTC_SCRIPT_PUBKEYTYPE;
    if ((machine->flags & BTC_VERIFY_WITNESS_PUBKEYTYPE) && machine->age == BTC_SCRIPT_SEGWIT && !compressed)
        return BTC_SCRIPT_WITNESS_PUBKEYTYPE;
    return BTC_SCRIPT_OK;
}

/* ---- script code ---- */

/* Where a push stands that is written the way the first version wrote it: by length alone, not always the shortest. */
static size_t write_plain_push(uint8_t prefix[3], size_t length)
{
    assert(length <= BTC_MAX_ELEMENT_BYTES);
    if (length < BTC_OP_PUSHDATA1) {
        prefix[0] = (uint8_t)length;
        return 1;
    }
    prefix[0] = length <= 0xff ? BTC_OP_PUSHDATA1 : BTC_OP_PUSHDATA2;
    prefix[1] = (uint8_t)length;
    prefix[2] = (uint8_t)(length >> 8);
    return length <= 0xff ? 2 : 3;
}

static bool push_stands_at(struct btc_bytes code, size_t at, struct btc_bytes prefix, struct btc_bytes data)
{
    if (code.length - at < prefix.length + data.length)
        return false;
    return memcmp(code.data + at, prefix.data, prefix.length) == 0 &&
           btc_bytes_equal(btc_bytes(code.data + at + prefix.length, data.length), data);
}

/* Removes every operation from code that pushes exactly data. With out NULL it only counts. Returns how many there are.
 * out may be code's own bytes: what is kept moves towards the front. */
static size_t delete_push(struct btc_bytes *code, struct btc_bytes data, uint8_t *out)
{
    uint8_t bytes[3];
    struct btc_bytes prefix = btc_bytes(bytes, write_plain_push(bytes, data.length));
    struct btc_op op;
    size_t found = 0, kept = 0, begin = 0, at = 0, end;
    do {
        end = at;
        for (; push_stands_at(*code, at, prefix, data); at += prefix.length + data.length)
            found++;
        if (out != NULL && end > begin)
            memmove(out + kept, code->data + begin, end - begin);
        kept += end - begin;
        begin = at;
    } while (btc_script_next(&op, *code, &at));
    if (out != NULL) {
        memmove(out + kept, code->data + begin, code->length - begin);
        *code = btc_bytes(out, kept + code->length - begin);
    }
    return found;
}

static struct btc_bytes script_code(const struct btc_machine *machine)
{
    return btc_bytes(machine->script.data + machine->code_begin, machine->script.length - machine->code_begin);
}

/* A legacy signature cannot sign itself: where the script code pushes it, that push is left out of what is hashed. */
static enum btc_script_error drop_signature(struct btc_machine *machine, struct btc_bytes *code,
                                            struct btc_bytes signature)
{
    if (machine->age != BTC_SCRIPT_LEGACY || delete_push(code, signature, NULL) == 0)
        return BTC_SCRIPT_OK;
    if (machine->flags & BTC_VERIFY_CONST_SCRIPTCODE)
        return BTC_SCRIPT_SIG_FINDANDDELETE;
    delete_push(code, signature, machine->space->script_code);
    return BTC_SCRIPT_OK;
}

/* ---- judging ---- */

/* The hash that was taken last: a multisig tries one signature against several keys. */
struct taken_hash {
    bool taken;
    uint8_t type;
    uint8_t hash[32];
};

static void take_hash(const struct btc_machine *machine, struct taken_hash *hash, struct btc_bytes code, uint8_t type)
{
    if (hash->taken && hash->type == type)
        return;
    const struct btc_spend *spend = machine->spend;
    struct btc_sighash_what what = {.tx = spend->tx,
                                    .input = spend->input,
                                    .type = type,
                                    .script_code = code,
                                    .value_sat = spend->spent->value_sat,
                                    .cache = spend->cache};
    if (machine->age == BTC_SCRIPT_SEGWIT)
        btc_sighash_segwit(hash->hash, &what);
    else
        btc_sighash_legacy(hash->hash, &what);
    hash->taken = true;
    hash->type = type;
}

static bool is_signed(const struct btc_machine *machine, struct taken_hash *hash, struct btc_bytes code,
                      struct btc_bytes signature, struct btc_bytes key)
{
    const struct btc_spend *spend = machine->spend;
    if (signature.length == 0 || (key.length != 33 && key.length != 65))
        return false;
    take_hash(machine, hash, code, signature.data[signature.length - 1]);
    struct btc_bytes der = btc_bytes(signature.data, signature.length - 1);
    if (spend->judge == NULL)
        return btc_ecdsa_verify_lax(spend->curve, der, hash->hash, key);
    struct btc_signature_check check = {spend->curve, hash->hash, der, key};
    return spend->judge(spend->judge_context, &check);
}

enum btc_script_error btc_op_checksig(struct btc_machine *machine)
{
    struct btc_bytes signature = *btc_machine_top(machine, 2);
    struct btc_bytes key = *btc_machine_top(machine, 1);
    struct btc_bytes code = script_code(machine);
    struct taken_hash hash = {.taken = false};
    enum btc_script_error error = drop_signature(machine, &code, signature);
    if (error == BTC_SCRIPT_OK)
        error = check_signature_form(machine, signature);
    if (error == BTC_SCRIPT_OK)
        error = check_key_form(machine, key);
    if (error != BTC_SCRIPT_OK)
        return error;
    bool good = is_signed(machine, &hash, code, signature, key);
    if (!good && (machine->flags & BTC_VERIFY_NULLFAIL) && signature.length > 0)
        return BTC_SCRIPT_SIG_NULLFAIL;
    machine->depth -= 2;
    if (machine->op.code == BTC_OP_CHECKSIG)
        btc_machine_push_bool(machine, good);
    else if (!good)
        return BTC_SCRIPT_CHECKSIGVERIFY;
    return BTC_SCRIPT_OK;
}

/* ---- multisig ----
 *
 *     dummy | signatures, first to last | how many | keys, first to last | how many      <- top
 *
 * Both are compared from the last to the first. */
struct multisig {
    size_t keys, signatures;
    size_t key, signature; /* distance from the top of the last of each */
    size_t elements;       /* all, with the dummy */
};

static enum btc_script_error read_multisig(struct btc_machine *machine, struct multisig *multisig)
{
    int64_t keys, signatures;
    if (machine->depth < 1)
        return BTC_SCRIPT_INVALID_STACK_OPERATION;
    if (!btc_machine_number(machine, &keys, 1, 4))
        return BTC_SCRIPT_UNKNOWN_ERROR;
    if (keys < 0 || keys > (int64_t)BTC_MAX_MULTISIG_KEYS)
        return BTC_SCRIPT_PUBKEY_COUNT;
    machine->op_count += (uint32_t)keys;
    if (machine->op_count > BTC_MAX_SCRIPT_OPS)
        return BTC_SCRIPT_OP_COUNT;
    multisig->keys = (size_t)keys;
    multisig->key = 2;
    multisig->signature = multisig->key + multisig->keys + 1;
    if (machine->depth < multisig->signature - 1)
        return BTC_SCRIPT_INVALID_STACK_OPERATION;
    if (!btc_machine_number(machine, &signatures, multisig->signature - 1, 4))
        return BTC_SCRIPT_UNKNOWN_ERROR;
    if (signatures < 0 || signatures > keys)
        return BTC_SCRIPT_SIG_COUNT;
    multisig->signatures = (size_t)signatures;
    multisig->elements = multisig->signature + multisig->signatures;
    return machine->depth < multisig->elements ? BTC_SCRIPT_INVALID_STACK_OPERATION : BTC_SCRIPT_OK;
}

static enum btc_script_error drop_signatures(struct btc_machine *machine, const struct multisig *multisig,
                                             struct btc_bytes *code)
{
    for (size_t i = 0; i < multisig->signatures; i++) {
        struct btc_bytes signature = *btc_machine_top(machine, multisig->signature + i);
        enum btc_script_error error = drop_signature(machine, code, signature);
        if (error != BTC_SCRIPT_OK)
            return error;
    }
    return BTC_SCRIPT_OK;
}

/* Each signature must fit a key, and keys are passed over in order. A key or signature that is never reached is never
 * looked at, whatever it is: consensus depends on this order. */
static enum btc_script_error judge_multisig(struct btc_machine *machine, const struct multisig *multisig,
                                            struct btc_bytes code, bool *good)
{
    size_t signatures = multisig->signatures, keys = multisig->keys;
    struct taken_hash hash = {.taken = false};
    *good = true;
    while (*good && signatures > 0) {
        struct btc_bytes signature = *btc_machine_top(machine, multisig->signature + multisig->signatures - signatures);
        struct btc_bytes key = *btc_machine_top(machine, multisig->key + multisig->keys - keys);
        enum btc_script_error error = check_signature_form(machine, signature);
        if (error == BTC_SCRIPT_OK)
            error = check_key_form(machine, key);
        if (error != BTC_SCRIPT_OK)
            return error;
        if (is_signed(machine, &hash, code, signature, key))
            signatures--;
        keys--;
        *good = signatures <= keys;
    }
    return BTC_SCRIPT_OK;
}

static bool some_signature_is_not_empty(struct btc_machine *machine, const struct multisig *multisig)
{
    for (size_t i = 0; i < multisig->signatures; i++)
        if (btc_machine_top(machine, multisig->signature + i)->length > 0)
            return true;
    return false;
}

enum btc_script_error btc_op_checkmultisig(struct btc_machine *machine)
{
    struct multisig multisig;
    struct btc_bytes code = script_code(machine);
    bool good = false;
    enum btc_script_error error = read_multisig(machine, &multisig);
    if (error == BTC_SCRIPT_OK)
        error = drop_signatures(machine, &multisig, &code);
    if (error == BTC_SCRIPT_OK)
        error = judge_multisig(machine, &multisig, code, &good);
    if (error != BTC_SCRIPT_OK)
        return error;
    if (!good && (machine->flags & BTC_VERIFY_NULLFAIL) && some_signature_is_not_empty(machine, &multisig))
        return BTC_SCRIPT_SIG_NULLFAIL;
    /* The first version took one element too many; BIP 147 makes it empty. */
    if ((machine->flags & BTC_VERIFY_NULLDUMMY) && btc_machine_top(machine, multisig.elements)->length > 0)
        return BTC_SCRIPT_SIG_NULLDUMMY;
    machine->depth -= multisig.elements;
    if (machine->op.code == BTC_OP_CHECKMULTISIG)
        btc_machine_push_bool(machine, good);
    else if (!good)
        return BTC_SCRIPT_CHECKMULTISIGVERIFY;
    return BTC_SCRIPT_OK;
}
