/* address.h: addresses and private keys as people pass them on.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     script            text
 *     P2PKH, P2SH       base58check of version | hash
 *     P2WPKH, P2WSH     bech32 of "version 0" | program
 *     P2TR and later    bech32m of version | program
 *     private key       base58check of version | secret [| 01 if its public key is compressed]   ("WIF")
 *
 * Test networks share prefixes, so the network an address belongs to is an input. Source: BIP 13, 141, 173, 350.
 */
#ifndef KONSENTO_BITCOIN_ADDRESS_H
#define KONSENTO_BITCOIN_ADDRESS_H

#include "protocol/bitcoin/bytes.h"

#define BTC_MAX_ADDRESS_TEXT   92 /* 90 characters, or fewer, and the end */
#define BTC_MAX_ADDRESS_SCRIPT 42 /* a witness program of 40 bytes */
#define BTC_WIF_TEXT           53 /* 52 characters and the end */

enum btc_network { BTC_MAINNET = 0, BTC_TESTNET, BTC_SIGNET, BTC_REGTEST, BTC_NETWORK_COUNT };

/* What is written differently on each network. */
struct btc_network_text {
    uint8_t p2pkh;
    uint8_t p2sh;
    uint8_t wif;
    uint32_t extended_public;
    uint32_t extended_private;
    const char *bech32_prefix;
};

const struct btc_network_text *btc_network_text(enum btc_network network);

enum btc_address_error {
    BTC_ADDRESS_OK = 0,
    BTC_ADDRESS_TEXT,    /* neither valid base58check nor bech32: a character, the case, or the checksum is wrong */
    BTC_ADDRESS_NETWORK, /* well formed, but of another network or purpose */
    BTC_ADDRESS_LENGTH,  /* the payload has a length that its kind does not allow */
    BTC_ADDRESS_VERSION, /* a witness version above 16 */
    BTC_ADDRESS_KIND,    /* bech32 where bech32m must be, or the other way round (BIP 350) */
    BTC_ADDRESS_PADDING, /* spare bits of the last word: too many, or not zero */
    BTC_ADDRESS_SECRET   /* a private key of zero, or of the group's order or more */
};

const char *btc_address_error_name(enum btc_address_error error);

struct btc_address_script {
    uint8_t length;
    uint8_t bytes[BTC_MAX_ADDRESS_SCRIPT];
};

/* Out: the output script that pays to the address. */
__attribute__((warn_unused_result)) enum btc_address_error
btc_address_read(struct btc_address_script *script, enum btc_network network, struct btc_bytes text);

/* Out: text with its end. Returns its length, 0 if the script has no address. */
size_t btc_address_write(char text[BTC_MAX_ADDRESS_TEXT], enum btc_network network, struct btc_bytes script);

struct btc_private_key {
    uint8_t secret[32];
    bool is_compressed; /* its public key is meant in compressed form */
};

__attribute__((warn_unused_result)) enum btc_address_error
btc_wif_read(struct btc_private_key *key, enum btc_network network, struct btc_bytes text);
size_t btc_wif_write(char text[BTC_WIF_TEXT], enum btc_network network, const struct btc_private_key *key);

#endif
