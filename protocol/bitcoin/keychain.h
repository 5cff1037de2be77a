/* keychain.h: one seed, a tree of keys (BIP 32), and the keys' text form.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     seed ── m ─┬─ m/0 ── m/0/5 ...       a private key makes private children; a public key makes the public
 *                └─ m/84' ...              halves of its children, but not the hardened ones (')
 *
 * About one derivation in 2^127 has no result; functions return false then, and the caller takes the next index.
 *
 * Source: BIP 32; BIP 84 for paths of P2WPKH wallets.
 */
#ifndef KONSENTO_BITCOIN_KEYCHAIN_H
#define KONSENTO_BITCOIN_KEYCHAIN_H

#include "protocol/bitcoin/address.h"
#include "protocol/bitcoin/curve.h"

#define BTC_HARDENED          0x80000000u /* added to an index */
#define BTC_KEYCHAIN_BYTES    78
#define BTC_KEYCHAIN_TEXT     112 /* 111 characters and the end */
#define BTC_MAX_KEYCHAIN_PATH 16  /* steps; nobody uses more than 6 */
#define BTC_MIN_SEED_BYTES    16
#define BTC_MAX_SEED_BYTES    64
#define BTC_KEYCHAIN_MUST_USE __attribute__((warn_unused_result))

enum btc_keychain_half { BTC_KEYCHAIN_PUBLIC = 0, BTC_KEYCHAIN_PRIVATE = 1 };

struct btc_keychain {
    enum btc_keychain_half half;
    uint8_t depth;          /* 0 for the master key */
    uint8_t parent[4];      /* fingerprint of the parent's public key; zero for the master key */
    uint32_t index;         /* among its siblings; zero for the master key */
    uint8_t chain_code[32]; /* the entropy its children are made with */
    uint8_t public_key[33]; /* compressed */
    uint8_t secret[32];     /* PRIVATE only, else zero */
};

/* The steps from one key to a descendant. */
struct btc_keychain_path {
    size_t count;
    uint32_t indices[BTC_MAX_KEYCHAIN_PATH];
};

enum btc_keychain_error {
    BTC_KEYCHAIN_OK = 0,
    BTC_KEYCHAIN_TEXT_INVALID, /* not base58check */
    BTC_KEYCHAIN_LENGTH,       /* not 78 bytes */
    BTC_KEYCHAIN_VERSION,      /* neither of the network's two prefixes */
    BTC_KEYCHAIN_MASTER,       /* depth zero, but a parent or an index */
    BTC_KEYCHAIN_KEY           /* a key of the wrong half, out of range, or not on the curve */
};

/* The master key. In: a seed of 16 to 64 bytes (asserts). Returns false if the seed has none. */
BTC_KEYCHAIN_MUST_USE bool btc_keychain_init(struct btc_keychain *master, const struct btc_curve *curve,
                                             struct btc_bytes seed);

/* The child of this index. child may be parent. Returns false if there is none, if the index is hardened and the parent
 * public, or if the parent is 255 steps deep already. */
BTC_KEYCHAIN_MUST_USE bool btc_keychain_derive(struct btc_keychain *child, const struct btc_curve *curve,
                                               const struct btc_keychain *parent, uint32_t index);

/* The descendant at the end of a path. descendant may be ancestor. */
BTC_KEYCHAIN_MUST_USE bool btc_keychain_descend(struct btc_keychain *descendant, const struct btc_curve *curve,
                                                const struct btc_keychain *ancestor,
                                                const struct btc_keychain_path *path);

/* Reads "m/84'/0h/0H/1/5"; a lone "m" is no step at all. Returns false if it is malformed or too long. */
BTC_KEYCHAIN_MUST_USE bool btc_keychain_path_read(struct btc_keychain_path *path, struct btc_bytes text);

/* Forgets the private half. public_half may be keychain. */
void btc_keychain_neuter(struct btc_keychain *public_half, const struct btc_keychain *keychain);

/* HASH160 of the public key; its first 4 bytes are the fingerprint. */
void btc_keychain_identifier(uint8_t identifier[20], const struct btc_keychain *keychain);

/* The text form ("xprv...", "xpub...", "tprv...", "tpub..."), with its end. */
void btc_keychain_write(char text[BTC_KEYCHAIN_TEXT], enum btc_network network, const struct btc_keychain *keychain);

BTC_KEYCHAIN_MUST_USE enum btc_keychain_error btc_keychain_read(struct btc_keychain *keychain,
                                                                const struct btc_curve *curve, enum btc_network network,
                                                                struct btc_bytes text);

#endif
