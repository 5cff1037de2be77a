/* onion.c: Sphinx packets.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/onion.h"

#include <assert.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/lightning/cipher.h"
#include "protocol/lightning/wire.h"

#define PAYLOADS  LN_ONION_PAYLOADS_BYTES
#define KEY_AT    1
#define START_AT  34
#define HMAC_AT   (START_AT + PAYLOADS)
#define MAC_BYTES 32
/* Whole blocks of the stream that cover all payloads. */
#define OPENED ((PAYLOADS + LN_STREAM_BLOCK - 1) / LN_STREAM_BLOCK * LN_STREAM_BLOCK)

const char *ln_onion_text(enum ln_onion_result result)
{
    switch (result) {
    case LN_ONION_OK:
        return "ok";
    case LN_ONION_VERSION:
        return "unknown onion version";
    case LN_ONION_KEY:
        return "onion key is no point";
    case LN_ONION_HMAC:
        return "onion HMAC does not match";
    case LN_ONION_PAYLOAD:
        return "onion payload has an impossible length";
    case LN_ONION_TOO_LONG:
        return "payloads do not fit into an onion";
    }
    return "unknown";
}

/* SHA256(key || secret): what blinds the key for the next hop. */
static void blinding_factor(uint8_t factor[32], const uint8_t key[33], const uint8_t secret[32])
{
    uint8_t both[65];
    memcpy(both, key, 33);
    memcpy(both + 33, secret, 32);
    btc_sha256(factor, both, sizeof both);
}

static void packet_hmac(uint8_t hmac[32], const uint8_t secret[32], const uint8_t *payloads,
                        struct btc_bytes associated)
{
    uint8_t mu[32];
    ln_key_of_type(mu, "mu", secret);
    ln_hmac(hmac, btc_bytes(mu, 32), (struct btc_bytes[]){btc_bytes(payloads, PAYLOADS), associated}, 2);
}

static void xor_stream(uint8_t *bytes, size_t length, const char *word, const uint8_t secret[32])
{
    uint8_t key[32];
    ln_key_of_type(key, word, secret);
    ln_stream_xor(bytes, length, key);
}

/* ---- building ---- */

enum ln_onion_result ln_onion_path_init(const struct btc_curve *curve, struct ln_onion_path *path, const uint8_t *nodes,
                                        uint32_t count, const uint8_t session_key[32])
{
    assert(count >= 1 && count <= LN_ONION_HOPS_MAX);
    uint8_t ephemeral[32];
    memcpy(ephemeral, session_key, 32);
    path->count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct btc_pubkey node;
        uint8_t factor[32];
        if (!btc_pubkey_read_compressed(curve, &node, nodes + (size_t)33 * i) ||
            !btc_pubkey_wire_from_secret(curve, path->keys[i], ephemeral) ||
            !btc_ecdh(curve, path->secrets[i], &node, ephemeral)) {
            return LN_ONION_KEY;
        }
        blinding_factor(factor, path->keys[i], path->secrets[i]);
        if (!btc_secret_multiply(curve, ephemeral, factor)) {
            return LN_ONION_KEY;
        }
    }
    return LN_ONION_OK;
}

static size_t hop_bytes(struct btc_bytes payload)
{
    return ln_bigsize_length(payload.length) + payload.length + MAC_BYTES;
}

/* What all hops but the last will have shifted in and obfuscated behind the payloads. Out: filler, right after byte 0.
 * Returns its length. */
static size_t make_filler(uint8_t filler[PAYLOADS], const struct ln_onion_path *path, const struct btc_bytes *payloads)
{
    size_t length = 0;
    for (uint32_t i = 0; i + 1 < path->count; i++) {
        uint8_t stream[2 * PAYLOADS] = {0};
        uint8_t key[32];
        size_t grown = length + hop_bytes(payloads[i]);
        size_t block = (PAYLOADS - length) / LN_STREAM_BLOCK, skipped = block * LN_STREAM_BLOCK;
        ln_key_of_type(key, "rho", path->secrets[i]);
        ln_stream_xor_from(stream + skipped, PAYLOADS + grown - length - skipped, key, (uint32_t)block);
        memset(filler + length, 0, grown - length);
        for (size_t at = 0; at < grown; at++) {
            filler[at] ^= stream[PAYLOADS - length + at];
        }
        length = grown;
    }
    return length;
}

static bool payloads_fit(const struct ln_onion_path *path, const struct btc_bytes *payloads)
{
    size_t total = 0;
    for (uint32_t i = 0; i < path->count; i++) {
        assert(payloads[i].length >= 2);
        if (payloads[i].length > PAYLOADS) {
            return false;
        }
        total += hop_bytes(payloads[i]);
    }
    return total <= PAYLOADS;
}

/* Puts a hop's payload, and the HMAC that it is to find, before all that is there. */
static void push_hop(uint8_t *mix, struct btc_bytes payload, const uint8_t hmac[32])
{
    size_t shift = hop_bytes(payload);
    memmove(mix + shift, mix, PAYLOADS - shift);
    struct ln_writer writer = ln_writer_init(mix, shift);
    ln_write_bigsize(&writer, payload.length);
    ln_write_bytes(&writer, payload.data, payload.length);
    ln_write_bytes(&writer, hmac, MAC_BYTES);
    assert(writer.fault == LN_WIRE_OK && writer.at == shift);
}

enum ln_onion_result ln_onion_build(uint8_t packet[LN_ONION_PACKET_BYTES], const struct ln_onion_path *path,
                                    const struct btc_bytes *payloads, const uint8_t session_key[32],
                                    struct btc_bytes associated)
{
    if (!payloads_fit(path, payloads)) {
        return LN_ONION_TOO_LONG;
    }
    uint8_t filler[PAYLOADS];
    size_t filler_length = make_filler(filler, path, payloads);
    uint8_t *mix = packet + START_AT;
    uint8_t hmac[MAC_BYTES] = {0};
    memset(mix, 0, PAYLOADS);
    xor_stream(mix, PAYLOADS, "pad", session_key);
    for (uint32_t i = path->count; i-- > 0;) {
        push_hop(mix, payloads[i], hmac);
        xor_stream(mix, PAYLOADS, "rho", path->secrets[i]);
        if (i + 1 == path->count) {
            memcpy(mix + PAYLOADS - filler_length, filler, filler_length);
        }
        packet_hmac(hmac, path->secrets[i], mix, associated);
    }
    packet[0] = 0;
    memcpy(packet + KEY_AT, path->keys[0], 33);
    memcpy(packet + HMAC_AT, hmac, MAC_BYTES);
    return LN_ONION_OK;
}

/* ---- peeling ---- */

enum ln_onion_result ln_onion_secret(const struct btc_curve *curve, uint8_t secret[32],
                                     const uint8_t packet[LN_ONION_PACKET_BYTES], const uint8_t node_secret[32])
{
    struct btc_pubkey key;
    if (packet[0] != 0) {
        return LN_ONION_VERSION;
    }
    if (!btc_pubkey_read_compressed(curve, &key, packet + KEY_AT) || !btc_ecdh(curve, secret, &key, node_secret)) {
        return LN_ONION_KEY;
    }
    return LN_ONION_OK;
}

static bool is_zero(const uint8_t *bytes, size_t length)
{
    uint8_t any = 0;
    for (size_t i = 0; i < length; i++) {
        any |= bytes[i];
    }
    return any == 0;
}

/* Takes the front hop off the deobfuscated payloads. In: open, twice PAYLOADS bytes, the first PAYLOADS and some
 * deciphered; key, of their stream. */
static enum ln_onion_result pop_hop(struct ln_onion_layer *layer, uint8_t *open, const uint8_t key[32])
{
    struct ln_reader reader = ln_reader_init(open, PAYLOADS);
    uint64_t length = ln_read_bigsize(&reader);
    if (reader.fault != LN_WIRE_OK || length < 2 || length > PAYLOADS) {
        return LN_ONION_PAYLOAD;
    }
    const uint8_t *payload = ln_read_bytes(&reader, (size_t)length);
    const uint8_t *hmac = ln_read_bytes(&reader, MAC_BYTES);
    if (hmac == NULL) {
        return LN_ONION_PAYLOAD;
    }
    memcpy(layer->payload, payload, (size_t)length);
    layer->payload_length = (uint16_t)length;
    layer->is_final = is_zero(hmac, MAC_BYTES);
    if (PAYLOADS + reader.at > OPENED) { /* what is shifted in from behind */
        ln_stream_xor_from(open + OPENED, PAYLOADS + reader.at - OPENED, key, OPENED / LN_STREAM_BLOCK);
    }
    memset(layer->next, 0, START_AT);
    memcpy(layer->next + START_AT, open + reader.at, PAYLOADS);
    memcpy(layer->next + HMAC_AT, hmac, MAC_BYTES);
    return LN_ONION_OK;
}

enum ln_onion_result ln_onion_open(struct ln_onion_layer *layer, const uint8_t packet[LN_ONION_PACKET_BYTES],
                                   const uint8_t secret[32], struct btc_bytes associated)
{
    if (packet[0] != 0) {
        return LN_ONION_VERSION;
    }
    uint8_t hmac[MAC_BYTES];
    packet_hmac(hmac, secret, packet + START_AT, associated);
    if (!ln_equal_secret(hmac, packet + HMAC_AT, MAC_BYTES)) {
        return LN_ONION_HMAC;
    }
    uint8_t open[2 * PAYLOADS] = {0};
    memcpy(open, packet + START_AT, PAYLOADS);
    uint8_t key[32];
    ln_key_of_type(key, "rho", secret);
    ln_stream_xor(open, OPENED, key);
    return pop_hop(layer, open, key);
}

enum ln_onion_result ln_onion_next_key(const struct btc_curve *curve, uint8_t next[33], const uint8_t key[33],
                                       const uint8_t secret[32])
{
    uint8_t factor[32];
    struct btc_pubkey point;
    blinding_factor(factor, key, secret);
    if (!btc_pubkey_read_compressed(curve, &point, key) || !btc_pubkey_multiply(curve, &point, factor)) {
        return LN_ONION_KEY;
    }
    btc_pubkey_write(curve, next, &point);
    return LN_ONION_OK;
}

enum ln_onion_result ln_onion_peel(const struct btc_curve *curve, struct ln_onion_layer *layer, uint8_t secret[32],
                                   const struct ln_onion_peel *peel)
{
    enum ln_onion_result result = ln_onion_secret(curve, secret, peel->packet, peel->node_secret);
    if (result == LN_ONION_OK) {
        result = ln_onion_open(layer, peel->packet, secret, peel->associated);
    }
    if (result == LN_ONION_OK && !layer->is_final) {
        result = ln_onion_next_key(curve, layer->next + KEY_AT, peel->packet + KEY_AT, secret);
    }
    return result;
}
