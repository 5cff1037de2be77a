/* failure.h: failures on their way back: codes, messages, and the packets that hide them.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     message  code | data of that code | TLVs
 *     packet   HMAC | length | message | length | padding      each hop back XORs a stream over all of it
 *
 * The hop that fails makes the packet; it and every hop before it obfuscate it; the sender takes stream after stream
 * off until an HMAC fits, and so knows who failed. Source: BOLT 4, returning errors, failure messages.
 */
#ifndef KONSENTO_LIGHTNING_FAILURE_H
#define KONSENTO_LIGHTNING_FAILURE_H

#include "protocol/lightning/attribution.h"
#include "protocol/lightning/onion.h"
#include "protocol/lightning/tlv.h"

#define LN_FAILURE_PADDED       256 /* bytes that message and padding take together, at least */
#define LN_FAILURE_OVERHEAD     36
#define LN_FAILURE_PACKET_BYTES (LN_FAILURE_PADDED + LN_FAILURE_OVERHEAD)

/* Flags in a code. */
#define LN_FAILURE_BADONION 0x8000
#define LN_FAILURE_PERM     0x4000
#define LN_FAILURE_NODE     0x2000
#define LN_FAILURE_UPDATE   0x1000

enum ln_failure_code {
    LN_TEMPORARY_NODE_FAILURE = 0x2002,
    LN_PERMANENT_NODE_FAILURE = 0x6002,
    LN_REQUIRED_NODE_FEATURE_MISSING = 0x6003,
    LN_INVALID_ONION_VERSION = 0xc004,
    LN_INVALID_ONION_HMAC = 0xc005,
    LN_INVALID_ONION_KEY = 0xc006,
    LN_TEMPORARY_CHANNEL_FAILURE = 0x1007,
    LN_PERMANENT_CHANNEL_FAILURE = 0x4008,
    LN_REQUIRED_CHANNEL_FEATURE_MISSING = 0x4009,
    LN_UNKNOWN_NEXT_PEER = 0x400a,
    LN_AMOUNT_BELOW_MINIMUM = 0x100b,
    LN_FEE_INSUFFICIENT = 0x100c,
    LN_INCORRECT_CLTV_EXPIRY = 0x100d,
    LN_EXPIRY_TOO_SOON = 0x100e,
    LN_INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS = 0x400f,
    LN_FINAL_INCORRECT_CLTV_EXPIRY = 0x0012,
    LN_FINAL_INCORRECT_HTLC_AMOUNT = 0x0013,
    LN_CHANNEL_DISABLED = 0x1014,
    LN_EXPIRY_TOO_FAR = 0x0015,
    LN_INVALID_ONION_PAYLOAD = 0x4016,
    LN_MPP_TIMEOUT = 0x0017,
    LN_INVALID_ONION_BLINDING = 0xc018,
};

/* A failure message. Which members count depends on the code. */
struct ln_failure {
    uint16_t code;
    uint16_t disabled_flags;
    uint16_t offset;
    uint32_t cltv_expiry_height;
    uint32_t height;
    uint64_t htlc_msat;
    uint64_t type;
    uint8_t sha256_of_onion[32];
    struct btc_bytes channel_update;
    struct btc_bytes rest; /* what follows: a TLV stream by BOLT 4, kept unread */
};

/* BOLT 4's name for a code, NULL for one that is unknown. */
const char *ln_failure_name(uint16_t code);
/* The code for an onion that could not be peeled. In: result not LN_ONION_OK, LN_ONION_TOO_LONG (asserts). */
enum ln_failure_code ln_failure_of_onion(enum ln_onion_result result);

/* Reads a message. An unknown code is no fault: all its data is in rest. Returns LN_WIRE_SHORT, with code set if there
 * was one, when data is missing. Views point into bytes. */
__attribute__((warn_unused_result)) enum ln_wire ln_failure_decode(struct ln_failure *failure, struct btc_bytes bytes);
__attribute__((warn_unused_result)) enum ln_wire ln_failure_encode(uint8_t *bytes, size_t capacity, size_t *length,
                                                                   const struct ln_failure *failure);

/* Makes the packet of the hop that fails, not yet obfuscated. In: message of at most 65535 bytes; padded, bytes for
 * message and padding, LN_FAILURE_PADDED unless the caller wants more; secret, shared with the sender.
 * Out: packet, with room for the greater of message and padded, and LN_FAILURE_OVERHEAD. Returns the packet's length.
 */
size_t ln_failure_wrap_first(uint8_t *packet, struct btc_bytes message, size_t padded, const uint8_t secret[32]);
/* Obfuscates: the step of each hop on the way back, the failing one included. */
void ln_failure_wrap(uint8_t *packet, size_t length, const uint8_t secret[32]);

/* What the sender learned. */
struct ln_failure_report {
    int source;               /* hop that failed, 0 the first; -1 if no HMAC fits */
    struct btc_bytes message; /* in packet */
    int blamed;               /* first hop whose attribution does not match; -1 if none, or no attribution */
    uint32_t hold_count;      /* hops with a genuine hold time */
    uint32_t hold_times[LN_ATTRIBUTION_HOPS];
};

/* Takes the layers off, in place. In: attribution, NULL if none came; path, the onion's.
 * Returns false if the source is unknown. */
bool ln_failure_unwrap(struct ln_failure_report *report, uint8_t *packet, size_t length, uint8_t *attribution,
                       const struct ln_onion_path *path);

#endif
