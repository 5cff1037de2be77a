/* onion.h: Sphinx packets: a route wrapped in layers, of which each hop peels one.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     packet    version | public key | payloads: 1300 bytes | HMAC
 *     payloads  length | payload | HMAC of the next packet | what the next hop will see...
 *
 * Each layer shifts the payloads and XORs a stream; a filler makes sender and hops agree on what the shifting brings in
 * from behind. The steps that need the curve stand apart from those that do not, so that shared secrets may come from
 * elsewhere (a hardware key, a memo). Building and opening take up to 6 KiB of stack. Source: BOLT 4.
 */
#ifndef KONSENTO_LIGHTNING_ONION_H
#define KONSENTO_LIGHTNING_ONION_H

#include "protocol/bitcoin/curve.h"

#define LN_ONION_PACKET_BYTES   1366
#define LN_ONION_PAYLOADS_BYTES 1300
#define LN_ONION_HOPS_MAX       27

enum ln_onion_result {
    LN_ONION_OK,
    LN_ONION_VERSION, /* not version 0 */
    LN_ONION_KEY,     /* the public key is no point */
    LN_ONION_HMAC,    /* tampered with, not for us, or for another payment hash */
    LN_ONION_PAYLOAD, /* the payload's length makes no sense */
    LN_ONION_TOO_LONG /* build: the payloads do not fit */
};

/* What the sender shares with each hop. */
struct ln_onion_path {
    uint32_t count;
    uint8_t keys[LN_ONION_HOPS_MAX][33]; /* that the hops find in their packets */
    uint8_t secrets[LN_ONION_HOPS_MAX][32];
};

/* What a hop finds. */
struct ln_onion_layer {
    bool is_final;
    uint16_t payload_length;
    uint8_t payload[LN_ONION_PAYLOADS_BYTES];
    uint8_t next[LN_ONION_PACKET_BYTES]; /* unless final: the packet to forward */
};

const char *ln_onion_text(enum ln_onion_result result);

/* In: nodes, count public keys of 33 bytes, 1 to LN_ONION_HOPS_MAX, the last one's being the payee; session_key, fresh
 * for each onion. Returns LN_ONION_KEY if one is no point. */
BTC_CURVE_MUST_USE enum ln_onion_result ln_onion_path_init(const struct btc_curve *curve, struct ln_onion_path *path,
                                                           const uint8_t *nodes, uint32_t count,
                                                           const uint8_t session_key[32]);

/* In: payloads, path->count TLV streams of at least 2 bytes each, without their length; associated, the payment hash.
 */
BTC_CURVE_MUST_USE enum ln_onion_result ln_onion_build(uint8_t packet[LN_ONION_PACKET_BYTES],
                                                       const struct ln_onion_path *path,
                                                       const struct btc_bytes *payloads, const uint8_t session_key[32],
                                                       struct btc_bytes associated);

/* Out: secret, shared with the sender. Returns LN_ONION_VERSION or LN_ONION_KEY for a bad packet. */
BTC_CURVE_MUST_USE enum ln_onion_result ln_onion_secret(const struct btc_curve *curve, uint8_t secret[32],
                                                        const uint8_t packet[LN_ONION_PACKET_BYTES],
                                                        const uint8_t node_secret[32]);
/* Opens one layer. Out: layer, with zeros in place of the next packet's public key: see ln_onion_next_key. */
BTC_CURVE_MUST_USE enum ln_onion_result ln_onion_open(struct ln_onion_layer *layer,
                                                      const uint8_t packet[LN_ONION_PACKET_BYTES],
                                                      const uint8_t secret[32], struct btc_bytes associated);
/* The next packet's public key from this packet's. */
BTC_CURVE_MUST_USE enum ln_onion_result ln_onion_next_key(const struct btc_curve *curve, uint8_t next[33],
                                                          const uint8_t key[33], const uint8_t secret[32]);

struct ln_onion_peel {
    const uint8_t *packet;      /* LN_ONION_PACKET_BYTES */
    const uint8_t *node_secret; /* 32 bytes */
    struct btc_bytes associated;
};

/* All three in a row. Out: layer, secret. */
BTC_CURVE_MUST_USE enum ln_onion_result ln_onion_peel(const struct btc_curve *curve, struct ln_onion_layer *layer,
                                                      uint8_t secret[32], const struct ln_onion_peel *peel);

#endif
