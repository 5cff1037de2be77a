/* test_vector_keys.c: addresses, private keys and base58 against Bitcoin Core's test data.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/bitcoin/address.h"
#include "protocol/bitcoin/base58.h"
#include "tests/bitcoin/hex.h"
#include "tests/bitcoin/vector_file.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct btc_bytes text_bytes(const char *text)
{
    return btc_bytes(text, strlen(text));
}

static enum btc_network network_named(const char *name)
{
    static const char *const NAMES[BTC_NETWORK_COUNT] = {"main", "test", "signet", "regtest"};
    for (unsigned i = 0; i < BTC_NETWORK_COUNT; i++)
        if (strcmp(NAMES[i], name) == 0)
            return (enum btc_network)i;
    fail_msg("unknown network %s", name);
    return BTC_MAINNET;
}

static void flip_case(char *text)
{
    for (; *text != '\0'; text++)
        *text = (char)(islower((unsigned char)*text) ? toupper((unsigned char)*text) : tolower((unsigned char)*text));
}

static void check_private(const char *text, enum btc_network network, const cJSON *details, const uint8_t *payload)
{
    struct btc_private_key key;
    struct btc_address_script script;
    char again[BTC_WIF_TEXT];
    assert_int_equal(btc_wif_read(&key, network, text_bytes(text)), BTC_ADDRESS_OK);
    assert_memory_equal(key.secret, payload, 32);
    assert_int_equal(key.is_compressed, cJSON_IsTrue(cJSON_GetObjectItem(details, "isCompressed")));
    assert_int_not_equal(btc_address_read(&script, network, text_bytes(text)), BTC_ADDRESS_OK);
    assert_int_equal(btc_wif_write(again, network, &key), strlen(text));
    assert_string_equal(again, text);
}

static void check_address(const char *text, enum btc_network network, const cJSON *details, struct btc_bytes payload)
{
    struct btc_private_key key;
    struct btc_address_script script;
    char again[BTC_MAX_ADDRESS_TEXT], flipped[128];
    assert_int_equal(btc_address_read(&script, network, text_bytes(text)), BTC_ADDRESS_OK);
    assert_true(btc_bytes_equal(btc_bytes(script.bytes, script.length), payload));
    assert_int_not_equal(btc_wif_read(&key, network, text_bytes(text)), BTC_ADDRESS_OK);
    assert_int_equal(btc_address_write(again, network, payload), strlen(text));
    assert_string_equal(again, text);
    snprintf(flipped, sizeof flipped, "%s", text);
    flip_case(flipped);
    bool may_flip = cJSON_IsTrue(cJSON_GetObjectItem(details, "tryCaseFlip"));
    assert_int_equal(btc_address_read(&script, network, text_bytes(flipped)) == BTC_ADDRESS_OK, may_flip);
}

static void valid_keys_and_addresses_are_read_and_written(void **state)
{
    (void)state;
    cJSON *cases = vector_json("key_io_valid.json"), *entry;
    unsigned count = 0;
    cJSON_ArrayForEach(entry, cases)
    {
        uint8_t payload[64];
        const char *text = vector_string(entry, 0);
        size_t length = hex_read(payload, sizeof payload, vector_string(entry, 1));
        const cJSON *details = cJSON_GetArrayItem(entry, 2);
        enum btc_network network = network_named(cJSON_GetStringValue(cJSON_GetObjectItem(details, "chain")));
        if (cJSON_IsTrue(cJSON_GetObjectItem(details, "isPrivkey")))
            check_private(text, network, details, payload);
        else
            check_address(text, network, details, btc_bytes(payload, length));
        count++;
    }
    cJSON_Delete(cases);
    printf("key_io_valid: %u cases\n", count);
    assert_true(count >= 70);
}

static void invalid_keys_and_addresses_are_refused(void **state)
{
    (void)state;
    cJSON *cases = vector_json("key_io_invalid.json"), *entry;
    unsigned count = 0;
    cJSON_ArrayForEach(entry, cases)
    {
        const char *text = vector_string(entry, 0);
        for (unsigned network = 0; network < BTC_NETWORK_COUNT; network++) {
            struct btc_private_key key;
            struct btc_address_script script;
            assert_int_not_equal(btc_wif_read(&key, network, text_bytes(text)), BTC_ADDRESS_OK);
            assert_int_not_equal(btc_address_read(&script, network, text_bytes(text)), BTC_ADDRESS_OK);
        }
        count++;
    }
    cJSON_Delete(cases);
    printf("key_io_invalid: %u cases\n", count);
    assert_true(count >= 70);
}

static void base58_is_written_and_read(void **state)
{
    (void)state;
    cJSON *cases = vector_json("base58_encode_decode.json"), *entry;
    unsigned count = 0;
    cJSON_ArrayForEach(entry, cases)
    {
        uint8_t bytes[BTC_MAX_BASE58_BYTES], again[BTC_MAX_BASE58_BYTES];
        char text[BTC_MAX_BASE58_TEXT];
        size_t length = hex_read(bytes, sizeof bytes, vector_string(entry, 0)), again_length;
        struct btc_bytes expected = text_bytes(vector_string(entry, 1));
        assert_true(btc_base58_read(again, sizeof again, &again_length, expected));
        assert_true(btc_bytes_equal(btc_bytes(again, again_length), btc_bytes(bytes, length)));
        if (length > 0)
            assert_false(btc_base58_read(again, length - 1, &again_length, expected));
        size_t written = btc_base58_write(text, btc_bytes(bytes, length));
        assert_true(btc_bytes_equal(btc_bytes(text, written), expected));
        count++;
    }
    cJSON_Delete(cases);
    printf("base58_encode_decode: %u cases\n", count);
    assert_true(count >= 14);
}

int main(void)
{
    char *text = vector_text("key_io_valid.json");
    if (text == NULL) {
        puts("skipped: no vectors");
        return VECTORS_SKIPPED;
    }
    free(text);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_keys_and_addresses_are_read_and_written),
        cmocka_unit_test(invalid_keys_and_addresses_are_refused),
        cmocka_unit_test(base58_is_written_and_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
