/* scripts.h: the witness scripts of channel transactions.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     funding     2 of the two funding keys
 *     to_local    the revocation key at once, or the owner's delayed key after to_self_delay; also second stages
 *     to_remote   the other's payment key, with anchors after one block (without, it is no script but P2WPKH)
 *     anchor      a funding key, or anybody after 16 blocks
 *     offered     the other with preimage or revocation key, or both sides' HTLC keys for the timeout
 *     received    both sides' HTLC keys with preimage, or the other after cltv_expiry, or the revocation key
 *
 * Owner is who may broadcast the commitment, other is the peer. Keys are 33 bytes, scripts go into the caller's memory.
 * Source: BOLT 3, funding transaction output, commitment transaction outputs.
 */
#ifndef KONSENTO_LIGHTNING_SCRIPTS_H
#define KONSENTO_LIGHTNING_SCRIPTS_H

#include "protocol/bitcoin/bytes.h"

/* What kind of commitments a channel has: channel_type's bits 12 and 22. */
enum ln_channel_form {
    LN_STATIC_REMOTEKEY,
    LN_ANCHORS, /* anchors, and second stages without fees */
};

enum ln_htlc_side {
    LN_HTLC_OFFERED,  /* the owner pays */
    LN_HTLC_RECEIVED, /* the owner is paid */
};

#define LN_FUNDING_SCRIPT_BYTES   71
#define LN_TO_LOCAL_SCRIPT_BYTES  79 /* at most: the delay takes 1 to 3 bytes */
#define LN_TO_REMOTE_SCRIPT_BYTES 37
#define LN_ANCHOR_SCRIPT_BYTES    40
#define LN_HTLC_SCRIPT_BYTES      143 /* at most: received, with anchors, an expiry of 4 bytes */

/* In: the keys in any order. */
void ln_script_funding(uint8_t script[LN_FUNDING_SCRIPT_BYTES], const uint8_t key_a[33], const uint8_t key_b[33]);
/* Returns the length. */
size_t ln_script_to_local(uint8_t script[LN_TO_LOCAL_SCRIPT_BYTES], const uint8_t revocation[33],
                          const uint8_t delayed[33], uint16_t to_self_delay_blocks);
void ln_script_to_remote(uint8_t script[LN_TO_REMOTE_SCRIPT_BYTES], const uint8_t payment[33]);
void ln_script_anchor(uint8_t script[LN_ANCHOR_SCRIPT_BYTES], const uint8_t funding[33]);

struct ln_htlc_script {
    enum ln_channel_form form;
    enum ln_htlc_side side;
    uint8_t revocation_hash[20]; /* HASH160 of the revocation key */
    const uint8_t *owner_key;
    const uint8_t *other_key;
    const uint8_t *payment_hash; /* 32 bytes */
    uint32_t cltv_expiry_height; /* received only */
};

/* Returns the length. */
size_t ln_script_htlc(uint8_t script[LN_HTLC_SCRIPT_BYTES], const struct ln_htlc_script *what);

#endif
