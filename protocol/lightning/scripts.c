/* scripts.c: the witness scripts of channel transactions.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/scripts.h"

#include <assert.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/script.h"

#define ANCHOR_DELAY_BLOCKS 16

static void op(struct btc_writer *writer, enum btc_opcode code)
{
    btc_script_op(writer, code);
}

static void key(struct btc_writer *writer, const uint8_t wire[33])
{
    btc_script_push(writer, btc_bytes(wire, 33));
}

void ln_script_funding(uint8_t script[LN_FUNDING_SCRIPT_BYTES], const uint8_t key_a[33], const uint8_t key_b[33])
{
    bool swapped = memcmp(key_a, key_b, 33) > 0;
    struct btc_bytes keys[2] = {btc_bytes(swapped ? key_b : key_a, 33), btc_bytes(swapped ? key_a : key_b, 33)};
    struct btc_writer writer;
    btc_writer_init(&writer, script, LN_FUNDING_SCRIPT_BYTES);
    btc_script_multisig(&writer, 2, keys, 2);
    assert(!writer.failed && writer.length == LN_FUNDING_SCRIPT_BYTES);
}

size_t ln_script_to_local(uint8_t script[LN_TO_LOCAL_SCRIPT_BYTES], const uint8_t revocation[33],
                          const uint8_t delayed[33], uint16_t to_self_delay_blocks)
{
    struct btc_writer writer;
    btc_writer_init(&writer, script, LN_TO_LOCAL_SCRIPT_BYTES);
    op(&writer, BTC_OP_IF);
    key(&writer, revocation);
    op(&writer, BTC_OP_ELSE);
    btc_script_push_number(&writer, to_self_delay_blocks);
    op(&writer, BTC_OP_CHECKSEQUENCEVERIFY);
    op(&writer, BTC_OP_DROP);
    key(&writer, delayed);
    op(&writer, BTC_OP_ENDIF);
    op(&writer, BTC_OP_CHECKSIG);
    assert(!writer.failed);
    return writer.length;
}

void ln_script_to_remote(uint8_t script[LN_TO_REMOTE_SCRIPT_BYTES], const uint8_t payment[33])
{
    struct btc_writer writer;
    btc_writer_init(&writer, script, LN_TO_REMOTE_SCRIPT_BYTES);
    key(&writer, payment);
    op(&writer, BTC_OP_CHECKSIGVERIFY);
    op(&writer, BTC_OP_1);
    op(&writer, BTC_OP_CHECKSEQUENCEVERIFY);
    assert(!writer.failed && writer.length == LN_TO_REMOTE_SCRIPT_BYTES);
}

void ln_script_anchor(uint8_t script[LN_ANCHOR_SCRIPT_BYTES], const uint8_t funding[33])
{
    struct btc_writer writer;
    btc_writer_init(&writer, script, LN_ANCHOR_SCRIPT_BYTES);
    key(&writer, funding);
    op(&writer, BTC_OP_CHECKSIG);
    op(&writer, BTC_OP_IFDUP);
    op(&writer, BTC_OP_NOTIF);
    btc_script_push_number(&writer, ANCHOR_DELAY_BLOCKS);
    op(&writer, BTC_OP_CHECKSEQUENCEVERIFY);
    op(&writer, BTC_OP_ENDIF);
    assert(!writer.failed && writer.length == LN_ANCHOR_SCRIPT_BYTES);
}

/* Both kinds begin alike: the revocation key, or the question whether the witness has a preimage. */
static void htlc_head(struct btc_writer *writer, const struct ln_htlc_script *what)
{
    op(writer, BTC_OP_DUP);
    op(writer, BTC_OP_HASH160);
    btc_script_push(writer, btc_bytes(what->revocation_hash, 20));
    op(writer, BTC_OP_EQUAL);
    op(writer, BTC_OP_IF);
    op(writer, BTC_OP_CHECKSIG);
    op(writer, BTC_OP_ELSE);
    key(writer, what->other_key);
    op(writer, BTC_OP_SWAP);
    op(writer, BTC_OP_SIZE);
    btc_script_push_number(writer, 32);
    op(writer, BTC_OP_EQUAL);
}

static void htlc_preimage(struct btc_writer *writer, const struct ln_htlc_script *what)
{
    uint8_t hash[20];
    btc_ripemd160(hash, what->payment_hash, 32);
    op(writer, BTC_OP_HASH160);
    btc_script_push(writer, btc_bytes(hash, 20));
    op(writer, BTC_OP_EQUALVERIFY);
}

static void htlc_both(struct btc_writer *writer, const struct ln_htlc_script *what)
{
    op(writer, BTC_OP_2);
    op(writer, BTC_OP_SWAP);
    key(writer, what->owner_key);
    op(writer, BTC_OP_2);
    op(writer, BTC_OP_CHECKMULTISIG);
}

static void htlc_offered(struct btc_writer *writer, const struct ln_htlc_script *what)
{
    op(writer, BTC_OP_NOTIF);
    op(writer, BTC_OP_DROP);
    htlc_both(writer, what);
    op(writer, BTC_OP_ELSE);
    htlc_preimage(writer, what);
    op(writer, BTC_OP_CHECKSIG);
    op(writer, BTC_OP_ENDIF);
}

static void htlc_received(struct btc_writer *writer, const struct ln_htlc_script *what)
{
    op(writer, BTC_OP_IF);
    htlc_preimage(writer, what);
    htlc_both(writer, what);
    op(writer, BTC_OP_ELSE);
    op(writer, BTC_OP_DROP);
    btc_script_push_number(writer, what->cltv_expiry_height);
    op(writer, BTC_OP_CHECKLOCKTIMEVERIFY);
    op(writer, BTC_OP_DROP);
    op(writer, BTC_OP_CHECKSIG);
    op(writer, BTC_OP_ENDIF);
}

size_t ln_script_htlc(uint8_t script[LN_HTLC_SCRIPT_BYTES], const struct ln_htlc_script *what)
{
    struct btc_writer writer;
    btc_writer_init(&writer, script, LN_HTLC_SCRIPT_BYTES);
    htlc_head(&writer, what);
    if (what->side == LN_HTLC_OFFERED) {
        htlc_offered(&writer, what);
    } else {
        htlc_received(&writer, what);
    }
    if (what->form == LN_ANCHORS) {
        op(&writer, BTC_OP_1);
        op(&writer, BTC_OP_CHECKSEQUENCEVERIFY);
        op(&writer, BTC_OP_DROP);
    }
    op(&writer, BTC_OP_ENDIF);
    assert(!writer.failed);
    return writer.length;
}
