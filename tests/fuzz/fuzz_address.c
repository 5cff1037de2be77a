/* fuzz_address.c: addresses, keys and paths from arbitrary text: no crash, and writing gives back what was read. [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/bitcoin/address.h"
#include "protocol/bitcoin/base58.h"
#include "protocol/bitcoin/bech32.h"
#include "protocol/bitcoin/keychain.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static uint8_t lower(uint8_t character)
{
    return character >= 'A' && character <= 'Z' ? (uint8_t)(character + 32) : character;
}

static bool same_but_for_case(const char *a, struct btc_bytes b)
{
    for (size_t i = 0; i < b.length; i++)
        if (lower((uint8_t)a[i]) != lower(b.data[i]))
            return false;
    return a[b.length] == '\0';
}

static void try_network(enum btc_network network, struct btc_bytes text)
{
    struct btc_address_script script;
    struct btc_private_key key;
    char address[BTC_MAX_ADDRESS_TEXT], wif[BTC_WIF_TEXT];
    enum btc_address_error error = btc_address_read(&script, network, text);
    assert(btc_address_error_name(error) != NULL);
    if (error == BTC_ADDRESS_OK) {
        size_t written = btc_address_write(address, network, btc_bytes(script.bytes, script.length));
        assert(written == text.length && same_but_for_case(address, text));
    }
    if (btc_wif_read(&key, network, text) == BTC_ADDRESS_OK) {
        assert(error != BTC_ADDRESS_OK);
        assert(btc_wif_write(wif, network, &key) == text.length && memcmp(wif, text.data, text.length) == 0);
    }
}

static void try_bech32(struct btc_bytes text)
{
    uint8_t *words = malloc(text.length + 1);
    char *again = malloc(text.length + 1);
    assert(words != NULL && again != NULL);
    struct btc_bech32 bech32 = {.words = words, .word_capacity = text.length};
    if (btc_bech32_read(&bech32, text, text.length) == BTC_BECH32_OK) {
        assert(btc_bech32_write(again, text.length + 1, &bech32) == text.length && same_but_for_case(again, text));
        size_t byte_count;
        uint8_t *joined = malloc(text.length + 1);
        assert(joined != NULL);
        if (btc_bytes_from_words(joined, &byte_count, words, bech32.word_count)) {
            assert(btc_words_for_bytes(byte_count) == bech32.word_count);
            uint8_t *split = malloc(bech32.word_count + 1);
            assert(split != NULL);
            btc_words_from_bytes(split, btc_bytes(joined, byte_count));
            assert(memcmp(split, words, bech32.word_count) == 0);
            free(split);
        }
        free(joined);
    }
    free(words);
    free(again);
}

static void try_base58(struct btc_bytes text)
{
    uint8_t bytes[BTC_MAX_BASE58_BYTES];
    char again[BTC_MAX_BASE58_TEXT];
    size_t length;
    if (btc_base58_read(bytes, sizeof bytes, &length, text))
        assert(btc_base58_write(again, btc_bytes(bytes, length)) == text.length &&
               (text.length == 0 || memcmp(again, text.data, text.length) == 0));
}

static void try_keychain(const struct btc_curve *curve, struct btc_bytes text)
{
    struct btc_keychain keychain;
    struct btc_keychain_path path;
    char again[BTC_KEYCHAIN_TEXT];
    for (unsigned network = 0; network < BTC_NETWORK_COUNT; network++) {
        if (btc_keychain_read(&keychain, curve, network, text) != BTC_KEYCHAIN_OK)
            continue;
        btc_keychain_write(again, network, &keychain);
        assert(strlen(again) == text.length && memcmp(again, text.data, text.length) == 0);
    }
    if (btc_keychain_path_read(&path, text))
        assert(path.count <= BTC_MAX_KEYCHAIN_PATH);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct btc_curve curve;
    static bool is_ready;
    if (!is_ready)
        btc_curve_init(&curve);
    is_ready = true;
    struct btc_bytes text = btc_bytes(bytes, length);
    for (unsigned network = 0; network < BTC_NETWORK_COUNT; network++)
        try_network(network, text);
    try_bech32(text);
    try_base58(text);
    try_keychain(&curve, text);
    return 0;
}
