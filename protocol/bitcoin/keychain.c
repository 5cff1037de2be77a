/* keychain.c: one seed, a tree of keys (BIP 32), and the keys' text form.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/keychain.h"

#include "protocol/bitcoin/base58.h"
#include "protocol/bitcoin/hash.h"
#include <assert.h>
#include <string.h>

static void put_u32_big_endian(uint8_t out[4], uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t get_u32_big_endian(const uint8_t in[4])
{
    return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
}

bool btc_keychain_init(struct btc_keychain *master, const struct btc_curve *curve, struct btc_bytes seed)
{
    assert(seed.length >= BTC_MIN_SEED_BYTES && seed.length <= BTC_MAX_SEED_BYTES);
    uint8_t halves[64];
    btc_hmac_sha512(halves, btc_bytes("Bitcoin seed", 12), seed);
    struct btc_keychain result = {.half = BTC_KEYCHAIN_PRIVATE};
    memcpy(result.secret, halves, 32);
    memcpy(result.chain_code, halves + 32, 32);
    if (!btc_pubkey_wire_from_secret(curve, result.public_key, result.secret))
        return false;
    *master = result;
    return true;
}

void btc_keychain_identifier(uint8_t identifier[20], const struct btc_keychain *keychain)
{
    btc_hash160(identifier, keychain->public_key, 33);
}

/* HMAC over the parent's key and the index: the tweak of the key, and the child's chain code. BIP 32 "CKD". */
static void child_entropy(uint8_t halves[64], const struct btc_keychain *parent, uint32_t index)
{
    uint8_t message[37];
    if (index >= BTC_HARDENED) {
        message[0] = 0;
        memcpy(message + 1, parent->secret, 32);
    } else {
        memcpy(message, parent->public_key, 33);
    }
    put_u32_big_endian(message + 33, index);
    btc_hmac_sha512(halves, btc_bytes(parent->chain_code, 32), btc_bytes(message, sizeof message));
}

/* public_key += tweak * G */
static bool tweak_public(const struct btc_curve *curve, uint8_t public_key[33], const uint8_t tweak[32])
{
    struct btc_pubkey point;
    if (!btc_pubkey_read_compressed(curve, &point, public_key) || !btc_pubkey_add(curve, &point, tweak))
        return false;
    btc_pubkey_write(curve, public_key, &point);
    return true;
}

static bool tweak_private(const struct btc_curve *curve, struct btc_keychain *keychain, const uint8_t tweak[32])
{
    return btc_secret_add(curve, keychain->secret, tweak) &&
           btc_pubkey_wire_from_secret(curve, keychain->public_key, keychain->secret);
}

bool btc_keychain_derive(struct btc_keychain *child, const struct btc_curve *curve, const struct btc_keychain *parent,
                         uint32_t index)
{
    bool is_private = parent->half == BTC_KEYCHAIN_PRIVATE;
    if (parent->depth == 255 || (index >= BTC_HARDENED && !is_private))
        return false;
    uint8_t halves[64], identifier[20];
    child_entropy(halves, parent, index);
    struct btc_keychain result = *parent;
    if (!(is_private ? tweak_private(curve, &result, halves) : tweak_public(curve, result.public_key, halves)))
        return false;
    btc_keychain_identifier(identifier, parent);
    memcpy(result.parent, identifier, 4);
    memcpy(result.chain_code, halves + 32, 32);
    result.depth++;
    result.index = index;
    *child = result;
    return true;
}

bool btc_keychain_descend(struct btc_keychain *descendant, const struct btc_curve *curve,
                          const struct btc_keychain *ancestor, const struct btc_keychain_path *path)
{
    assert(path->count <= BTC_MAX_KEYCHAIN_PATH);
    struct btc_keychain at = *ancestor;
    for (size_t i = 0; i < path->count; i++)
        if (!btc_keychain_derive(&at, curve, &at, path->indices[i]))
            return false;
    *descendant = at;
    return true;
}

/* One step: digits, and a mark if it is hardened. Moves *at behind it. */
static bool read_step(uint32_t *index, struct btc_bytes text, size_t *at)
{
    uint64_t value = 0;
    size_t start = *at;
    for (; *at < text.length && text.data[*at] >= '0' && text.data[*at] <= '9'; (*at)++) {
        value = value * 10 + (text.data[*at] - '0');
        if (value >= BTC_HARDENED)
            return false;
    }
    if (*at == start)
        return false;
    *index = (uint32_t)value;
    if (*at < text.length && (text.data[*at] == '\'' || text.data[*at] == 'h' || text.data[*at] == 'H')) {
        *index |= BTC_HARDENED;
        (*at)++;
    }
    return true;
}

bool btc_keychain_path_read(struct btc_keychain_path *path, struct btc_bytes text)
{
    struct btc_keychain_path result = {0};
    if (text.length == 0 || text.data[0] != 'm')
        return false;
    size_t at = 1;
    while (at < text.length) {
        if (text.data[at++] != '/' || result.count == BTC_MAX_KEYCHAIN_PATH ||
            !read_step(&result.indices[result.count], text, &at))
            return false;
        result.count++;
    }
    *path = result;
    return true;
}

void btc_keychain_neuter(struct btc_keychain *public_half, const struct btc_keychain *keychain)
{
    struct btc_keychain result = *keychain;
    result.half = BTC_KEYCHAIN_PUBLIC;
    memset(result.secret, 0, sizeof result.secret);
    *public_half = result;
}

/* ---- text: version 4, depth 1, parent 4, index 4, chain code 32, key 33 ---- */

void btc_keychain_write(char text[BTC_KEYCHAIN_TEXT], enum btc_network network, const struct btc_keychain *keychain)
{
    const struct btc_network_text *prefixes = btc_network_text(network);
    bool is_private = keychain->half == BTC_KEYCHAIN_PRIVATE;
    uint8_t bytes[BTC_KEYCHAIN_BYTES] = {0};
    put_u32_big_endian(bytes, is_private ? prefixes->extended_private : prefixes->extended_public);
    bytes[4] = keychain->depth;
    memcpy(bytes + 5, keychain->parent, 4);
    put_u32_big_endian(bytes + 9, keychain->index);
    memcpy(bytes + 13, keychain->chain_code, 32);
    if (is_private)
        memcpy(bytes + 46, keychain->secret, 32);
    else
        memcpy(bytes + 45, keychain->public_key, 33);
    char buffer[BTC_MAX_BASE58_TEXT];
    size_t length = btc_base58check_write(buffer, btc_bytes(bytes, sizeof bytes));
    assert(length < BTC_KEYCHAIN_TEXT);
    memcpy(text, buffer, length + 1);
}

/* Reads the key of the half that was announced, and finds the public one. */
static bool read_key(struct btc_keychain *keychain, const struct btc_curve *curve, const uint8_t key[33])
{
    if (keychain->half == BTC_KEYCHAIN_PRIVATE) {
        memcpy(keychain->secret, key + 1, 32);
        return key[0] == 0 && btc_secret_is_valid(curve, keychain->secret) &&
               btc_pubkey_wire_from_secret(curve, keychain->public_key, keychain->secret);
    }
    struct btc_pubkey point;
    memcpy(keychain->public_key, key, 33);
    return btc_pubkey_read_compressed(curve, &point, key);
}

enum btc_keychain_error btc_keychain_read(struct btc_keychain *keychain, const struct btc_curve *curve,
                                          enum btc_network network, struct btc_bytes text)
{
    const struct btc_network_text *prefixes = btc_network_text(network);
    uint8_t bytes[BTC_MAX_BASE58_BYTES - 4];
    size_t length;
    if (!btc_base58check_read(bytes, sizeof bytes, &length, text))
        return BTC_KEYCHAIN_TEXT_INVALID;
    if (length != BTC_KEYCHAIN_BYTES)
        return BTC_KEYCHAIN_LENGTH;
    uint32_t version = get_u32_big_endian(bytes);
    if (version != prefixes->extended_private && version != prefixes->extended_public)
        return BTC_KEYCHAIN_VERSION;
    struct btc_keychain result = {
        .half = version == prefixes->extended_private ? BTC_KEYCHAIN_PRIVATE : BTC_KEYCHAIN_PUBLIC,
        .depth = bytes[4],
        .index = get_u32_big_endian(bytes + 9),
    };
    memcpy(result.parent, bytes + 5, 4);
    memcpy(result.chain_code, bytes + 13, 32);
    if (result.depth == 0 && (result.index != 0 || get_u32_big_endian(result.parent) != 0))
        return BTC_KEYCHAIN_MASTER;
    if (!read_key(&result, curve, bytes + 45))
        return BTC_KEYCHAIN_KEY;
    *keychain = result;
    return BTC_KEYCHAIN_OK;
}
