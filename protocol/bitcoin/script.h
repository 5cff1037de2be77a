/* script.h: Bitcoin script as bytes: opcodes, walking, building, numbers, the standard forms.   [real]
 * SPDX-License-Identifier: MIT
 *
 * A script is a struct btc_bytes. Building is writing: any struct btc_writer takes btc_script_op, btc_script_push and
 * btc_script_push_number, and pushes are always the shortest there is (BIP 62 rule 3), so the builder's output passes
 * MINIMALDATA. Forms of fixed length fill an array.
 *
 *     uint8_t script[BTC_P2WPKH_BYTES];
 *     btc_script_p2wpkh(script, hash_of_public_key);
 *
 * Limits: 10,000 bytes, 520 bytes per element, 201 operations, 1,000 stack elements, 20 keys per multisig.
 * Source: Bitcoin consensus; BIP 16, 62, 141.
 */
#ifndef KONSENTO_BITCOIN_SCRIPT_H
#define KONSENTO_BITCOIN_SCRIPT_H

#include "protocol/bitcoin/bytes.h"
#include "protocol/bitcoin/opcode.h"

#define BTC_MAX_SCRIPT_BYTES   10000u
#define BTC_MAX_ELEMENT_BYTES  520u
#define BTC_MAX_SCRIPT_OPS     201u
#define BTC_MAX_STACK          1000u
#define BTC_MAX_MULTISIG_KEYS  20u
#define BTC_MAX_NULLDATA_BYTES 83u /* standard OP_RETURN output, whole script */

#define BTC_P2PKH_BYTES  25
#define BTC_P2SH_BYTES   23
#define BTC_P2WPKH_BYTES 22
#define BTC_P2WSH_BYTES  34

/* ---- walking ---- */

struct btc_op {
    uint8_t code;
    struct btc_bytes data; /* what it pushes; empty unless code <= OP_PUSHDATA4 */
};

/* Reads the operation at *at and moves *at behind it. Returns false at the end or at a push that runs over the end; *at
 * then stands where reading stopped. In: *at <= script.length. */
bool btc_script_next(struct btc_op *op, struct btc_bytes script, size_t *at);

/* True if nothing but pushes (OP_0 .. OP_16, OP_RESERVED counts as one) and well formed. */
bool btc_script_is_push_only(struct btc_bytes script);

/* True if the operation is the shortest that pushes its data. In: op.code <= OP_PUSHDATA4. */
bool btc_op_is_minimal(const struct btc_op *op);

/* ---- numbers ---- */

/* Bytes of a script number, sign in the top bit of the last. Returns the length, 0 to 9. */
size_t btc_script_number_write(uint8_t out[9], int64_t number);

/* Reads a script number of at most limit bytes (4 for arithmetic, 5 for locks; at most 8).
 * Returns false if it is longer, or if it must be minimal and is not. */
bool btc_script_number_read(int64_t *number, struct btc_bytes bytes, size_t limit, bool must_be_minimal);

/* ---- building ---- */

void btc_script_op(struct btc_writer *writer, enum btc_opcode code);
void btc_script_push(struct btc_writer *writer, struct btc_bytes data); /* shortest push; at most 520 bytes (asserts) */
void btc_script_push_number(struct btc_writer *writer, int64_t number); /* OP_1NEGATE, OP_0 .. OP_16 or a push */

void btc_script_p2pkh(uint8_t script[BTC_P2PKH_BYTES], const uint8_t key_hash[20]);
void btc_script_p2sh(uint8_t script[BTC_P2SH_BYTES], const uint8_t script_hash[20]);
void btc_script_p2wpkh(uint8_t script[BTC_P2WPKH_BYTES], const uint8_t key_hash[20]);
void btc_script_p2wsh(uint8_t script[BTC_P2WSH_BYTES], const uint8_t script_hash[32]);

/* `required keys... count OP_CHECKMULTISIG`. In: 1 <= required <= count <= 20, keys of 33 or 65 bytes (asserts). */
void btc_script_multisig(struct btc_writer *writer, unsigned required, const struct btc_bytes *keys, unsigned count);

/* `OP_RETURN data`. In: at most 80 bytes for a standard output; 520 at all (asserts). */
void btc_script_nulldata(struct btc_writer *writer, struct btc_bytes data);

/* ---- recognising ---- */

enum btc_script_kind {
    BTC_SCRIPT_NONSTANDARD = 0,
    BTC_SCRIPT_PUBKEY,         /* payload: the key */
    BTC_SCRIPT_P2PKH,          /* payload: hash of the key */
    BTC_SCRIPT_P2SH,           /* payload: hash of the script */
    BTC_SCRIPT_MULTISIG,       /* payload: the pushes of the keys; required, count */
    BTC_SCRIPT_NULLDATA,       /* payload: everything behind OP_RETURN */
    BTC_SCRIPT_P2WPKH,         /* payload: the program */
    BTC_SCRIPT_P2WSH,          /* payload: the program */
    BTC_SCRIPT_P2TR,           /* payload: the program (version 1, 32 bytes) */
    BTC_SCRIPT_WITNESS_UNKNOWN /* payload: the program; version */
};

struct btc_script_form {
    enum btc_script_kind kind;
    uint8_t version;          /* of a witness program */
    uint8_t required;         /* of a multisig */
    uint8_t count;            /* of a multisig: 1 to 20 */
    struct btc_bytes payload; /* a view into the script */
};

struct btc_script_form btc_script_classify(struct btc_bytes script);

/* BIP 16's exact byte pattern: the only form of P2SH that consensus knows. */
bool btc_script_is_p2sh(struct btc_bytes script);

/* BIP 141: a version opcode and one direct push of 2 to 40 bytes. Fills version and program, or leaves them alone. */
bool btc_script_is_witness_program(uint8_t *version, struct btc_bytes *program, struct btc_bytes script);

/* True if it can never be spent: OP_RETURN first, or longer than 10,000 bytes. Such outputs enter no UTXO set. */
bool btc_script_is_unspendable(struct btc_bytes script);

#endif
