/* address.c: addresses and private keys as people pass them on.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/address.h"

#include "protocol/bitcoin/base58.h"
#include "protocol/bitcoin/bech32.h"
#include "protocol/bitcoin/script.h"
#include <assert.h>
#include <string.h>

/* Words of the longest witness address: its version and 40 bytes; any longer text within the limit is read too, to
 * say what is wrong with it. */
#define MAX_ADDRESS_WORDS 90
#define PAYLOAD_CAPACITY  64

static const struct btc_network_text NETWORKS[BTC_NETWORK_COUNT] = {
    [BTC_MAINNET] = {0x00, 0x05, 0x80, 0x0488b21e, 0x0488ade4, "bc"},
    [BTC_TESTNET] = {0x6f, 0xc4, 0xef, 0x043587cf, 0x04358394, "tb"},
    [BTC_SIGNET] = {0x6f, 0xc4, 0xef, 0x043587cf, 0x04358394, "tb"},
    [BTC_REGTEST] = {0x6f, 0xc4, 0xef, 0x043587cf, 0x04358394, "bcrt"},
};

const struct btc_network_text *btc_network_text(enum btc_network network)
{
    assert((unsigned)network < BTC_NETWORK_COUNT);
    return &NETWORKS[network];
}

const char *btc_address_error_name(enum btc_address_error error)
{
    switch (error) {
    case BTC_ADDRESS_OK:
        return "ok";
    case BTC_ADDRESS_TEXT:
        return "neither base58check nor bech32";
    case BTC_ADDRESS_NETWORK:
        return "of another network or purpose";
    case BTC_ADDRESS_LENGTH:
        return "wrong length";
    case BTC_ADDRESS_VERSION:
        return "witness version above 16";
    case BTC_ADDRESS_KIND:
        return "bech32 and bech32m mixed up";
    case BTC_ADDRESS_PADDING:
        return "spare bits are not zero";
    case BTC_ADDRESS_SECRET:
        return "private key out of range";
    }
    return "unknown";
}

/* ---- reading ---- */

static enum btc_address_error read_base58(struct btc_address_script *script, enum btc_network network,
                                          struct btc_bytes text)
{
    uint8_t payload[PAYLOAD_CAPACITY];
    size_t length;
    if (!btc_base58check_read(payload, sizeof payload, &length, text) || length == 0)
        return BTC_ADDRESS_TEXT;
    const struct btc_network_text *prefixes = btc_network_text(network);
    bool is_p2pkh = payload[0] == prefixes->p2pkh;
    if (!is_p2pkh && payload[0] != prefixes->p2sh)
        return BTC_ADDRESS_NETWORK;
    if (length != 21)
        return BTC_ADDRESS_LENGTH;
    script->length = is_p2pkh ? BTC_P2PKH_BYTES : BTC_P2SH_BYTES;
    if (is_p2pkh)
        btc_script_p2pkh(script->bytes, payload + 1);
    else
        btc_script_p2sh(script->bytes, payload + 1);
    return BTC_ADDRESS_OK;
}

/* BIP 141: 2 to 40 bytes; version 0 has 20 or 32. */
static bool program_length_is_valid(uint8_t version, size_t length)
{
    if (version == 0)
        return length == 20 || length == 32;
    return length >= 2 && length <= 40;
}

static enum btc_address_error read_segwit(struct btc_address_script *script, enum btc_network network,
                                          const struct btc_bech32 *bech32)
{
    if (strcmp(bech32->prefix, btc_network_text(network)->bech32_prefix) != 0)
        return BTC_ADDRESS_NETWORK;
    if (bech32->word_count == 0)
        return BTC_ADDRESS_LENGTH;
    uint8_t version = bech32->words[0];
    if (version > 16)
        return BTC_ADDRESS_VERSION;
    if (bech32->kind != (version == 0 ? BTC_BECH32 : BTC_BECH32M))
        return BTC_ADDRESS_KIND;
    uint8_t program[MAX_ADDRESS_WORDS];
    size_t length;
    if (!btc_bytes_from_words(program, &length, bech32->words + 1, bech32->word_count - 1))
        return BTC_ADDRESS_PADDING;
    if (!program_length_is_valid(version, length))
        return BTC_ADDRESS_LENGTH;
    script->length = (uint8_t)(2 + length);
    script->bytes[0] = version == 0 ? BTC_OP_0 : (uint8_t)(BTC_OP_1 + version - 1);
    script->bytes[1] = (uint8_t)length;
    memcpy(script->bytes + 2, program, length);
    return BTC_ADDRESS_OK;
}

enum btc_address_error btc_address_read(struct btc_address_script *script, enum btc_network network,
                                        struct btc_bytes text)
{
    uint8_t words[MAX_ADDRESS_WORDS];
    struct btc_bech32 bech32 = {.words = words, .word_capacity = sizeof words};
    if (btc_bech32_read(&bech32, text, BTC_BECH32_ADDRESS_LIMIT) == BTC_BECH32_OK)
        return read_segwit(script, network, &bech32);
    return read_base58(script, network, text);
}

/* ---- writing ---- */

static size_t write_base58(char *text, uint8_t version, struct btc_bytes hash)
{
    uint8_t payload[21];
    char buffer[BTC_MAX_BASE58_TEXT];
    payload[0] = version;
    memcpy(payload + 1, hash.data, 20);
    size_t length = btc_base58check_write(buffer, btc_bytes(payload, sizeof payload));
    memcpy(text, buffer, length + 1);
    return length;
}

static size_t write_segwit(char *text, enum btc_network network, uint8_t version, struct btc_bytes program)
{
    uint8_t words[MAX_ADDRESS_WORDS];
    struct btc_bech32 bech32 = {.kind = version == 0 ? BTC_BECH32 : BTC_BECH32M, .words = words};
    const char *prefix = btc_network_text(network)->bech32_prefix;
    bech32.prefix_length = strlen(prefix);
    memcpy(bech32.prefix, prefix, bech32.prefix_length + 1);
    words[0] = version;
    btc_words_from_bytes(words + 1, program);
    bech32.word_count = 1 + btc_words_for_bytes(program.length);
    return btc_bech32_write(text, BTC_MAX_ADDRESS_TEXT, &bech32);
}

size_t btc_address_write(char text[BTC_MAX_ADDRESS_TEXT], enum btc_network network, struct btc_bytes script)
{
    struct btc_script_form form = btc_script_classify(script);
    const struct btc_network_text *prefixes = btc_network_text(network);
    uint8_t version;
    struct btc_bytes program;
    if (btc_script_is_witness_program(&version, &program, script))
        return program_length_is_valid(version, program.length) ? write_segwit(text, network, version, program) : 0;
    if (form.kind == BTC_SCRIPT_P2PKH)
        return write_base58(text, prefixes->p2pkh, form.payload);
    if (form.kind == BTC_SCRIPT_P2SH)
        return write_base58(text, prefixes->p2sh, form.payload);
    return 0;
}

/* ---- private keys ---- */

/* 0 < secret < n, the order of the group. */
static bool secret_in_range(const uint8_t secret[32])
{
    static const uint8_t ORDER[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
                                      0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};
    static const uint8_t ZERO[32];
    return memcmp(secret, ZERO, 32) != 0 && memcmp(secret, ORDER, 32) < 0;
}

enum btc_address_error btc_wif_read(struct btc_private_key *key, enum btc_network network, struct btc_bytes text)
{
    uint8_t payload[PAYLOAD_CAPACITY];
    size_t length;
    if (!btc_base58check_read(payload, sizeof payload, &length, text) || length == 0)
        return BTC_ADDRESS_TEXT;
    if (payload[0] != btc_network_text(network)->wif)
        return BTC_ADDRESS_NETWORK;
    if (length != 33 && !(length == 34 && payload[33] == 1))
        return BTC_ADDRESS_LENGTH;
    if (!secret_in_range(payload + 1))
        return BTC_ADDRESS_SECRET;
    memcpy(key->secret, payload + 1, 32);
    key->is_compressed = length == 34;
    return BTC_ADDRESS_OK;
}

size_t btc_wif_write(char text[BTC_WIF_TEXT], enum btc_network network, const struct btc_private_key *key)
{
    uint8_t payload[34];
    char buffer[BTC_MAX_BASE58_TEXT];
    payload[0] = btc_network_text(network)->wif;
    memcpy(payload + 1, key->secret, 32);
    payload[33] = 1;
    size_t length = btc_base58check_write(buffer, btc_bytes(payload, key->is_compressed ? 34 : 33));
    assert(length < BTC_WIF_TEXT);
    memcpy(text, buffer, length + 1);
    return length;
}
