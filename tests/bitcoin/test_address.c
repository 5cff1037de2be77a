/* test_address.c: addresses, bech32 and base58 against the examples of the BIPs.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Source: BIP 173 and BIP 350, test vectors; BIP 84, test vectors.
 */
#include "protocol/bitcoin/address.h"
#include "protocol/bitcoin/base58.h"
#include "protocol/bitcoin/bech32.h"
#include "tests/bitcoin/hex.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <string.h>

static struct btc_bytes text_bytes(const char *text)
{
    return btc_bytes(text, strlen(text));
}

/* ---- bech32 and bech32m ---- */

static const char *const BECH32_TEXTS[] = {
    "A12UEL5L",
    "a12uel5l",
    "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
    "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
    "11qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqc8247j",
    "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
    "?1ezyfcl",
};

static const char *const BECH32M_TEXTS[] = {
    "A1LQFN3A",
    "a1lqfn3a",
    "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
    "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
    "11llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllludsr8",
    "split1checkupstagehandshakeupstreamerranterredcaperredlc445v",
    "?1v759aa",
};

static const struct {
    const char *text;
    enum btc_bech32_error error;
} BAD_TEXTS[] = {
    {"\x20"
     "1nwldj5",
     BTC_BECH32_CHARACTER},
    {"\x7f"
     "1axkwrx",
     BTC_BECH32_CHARACTER},
    {"\x80"
     "1eym55h",
     BTC_BECH32_CHARACTER},
    {"an84characterslonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1569pvx", BTC_BECH32_LENGTH},
    {"pzry9x0s0muk", BTC_BECH32_SEPARATOR},
    {"1pzry9x0s0muk", BTC_BECH32_SEPARATOR},
    {"x1b4n0q5v", BTC_BECH32_CHARACTER},
    {"li1dgmt3", BTC_BECH32_SEPARATOR},
    {"de1lg7wt\xff", BTC_BECH32_CHARACTER},
    {"A1G7SGD8", BTC_BECH32_CHECKSUM},
    {"10a06t8", BTC_BECH32_LENGTH},
    {"1qzzfhee", BTC_BECH32_SEPARATOR},
    {"\x20"
     "1xj0phk",
     BTC_BECH32_CHARACTER},
    {"\x7f"
     "1g6xzxy",
     BTC_BECH32_CHARACTER},
    {"\x80"
     "1vctc34",
     BTC_BECH32_CHARACTER},
    {"an84characterslonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11d6pts4", BTC_BECH32_LENGTH},
    {"qyrz8wqd2c9m", BTC_BECH32_SEPARATOR},
    {"1qyrz8wqd2c9m", BTC_BECH32_SEPARATOR},
    {"y1b0jsk6g", BTC_BECH32_CHARACTER},
    {"lt1igcx5c0", BTC_BECH32_CHARACTER},
    {"in1muywd", BTC_BECH32_SEPARATOR},
    {"mm1crxm3i", BTC_BECH32_CHARACTER},
    {"au1s5cgom", BTC_BECH32_CHARACTER},
    {"M1VUXWEZ", BTC_BECH32_CHECKSUM},
    {"16plkw9", BTC_BECH32_LENGTH},
    {"1p2gdwpf", BTC_BECH32_SEPARATOR},
    {"a12UEL5L", BTC_BECH32_CASE},
    {"A12uEl5l", BTC_BECH32_CASE},
};

static void check_good(const char *text, enum btc_bech32_kind kind)
{
    uint8_t words[90];
    char again[100], lower[100] = {0};
    struct btc_bech32 bech32 = {.words = words, .word_capacity = sizeof words};
    assert_int_equal(btc_bech32_read(&bech32, text_bytes(text), BTC_BECH32_ADDRESS_LIMIT), BTC_BECH32_OK);
    assert_int_equal(bech32.kind, kind);
    for (size_t i = 0; text[i] != '\0'; i++)
        lower[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
    size_t length = btc_bech32_write(again, sizeof again, &bech32);
    assert_int_equal(length, strlen(text));
    assert_string_equal(again, lower);
    assert_int_equal(btc_bech32_write(again, length, &bech32), 0); /* no room for the end */
    assert_int_equal(btc_bech32_write(again, length + 1, &bech32), length);
    if (bech32.word_count > 0) {
        bech32.word_capacity = bech32.word_count - 1;
        assert_int_equal(btc_bech32_read(&bech32, text_bytes(text), BTC_BECH32_ADDRESS_LIMIT), BTC_BECH32_CAPACITY);
    }
}

static void examples_of_bech32_and_bech32m_are_read_and_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof BECH32_TEXTS / sizeof *BECH32_TEXTS; i++)
        check_good(BECH32_TEXTS[i], BTC_BECH32);
    for (size_t i = 0; i < sizeof BECH32M_TEXTS / sizeof *BECH32M_TEXTS; i++)
        check_good(BECH32M_TEXTS[i], BTC_BECH32M);
}

static void bad_bech32_is_refused_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof BAD_TEXTS / sizeof *BAD_TEXTS; i++) {
        uint8_t words[90];
        struct btc_bech32 bech32 = {.words = words, .word_capacity = sizeof words};
        assert_int_equal(btc_bech32_read(&bech32, text_bytes(BAD_TEXTS[i].text), BTC_BECH32_ADDRESS_LIMIT),
                         BAD_TEXTS[i].error);
    }
}

static void a_longer_limit_lets_longer_texts_in(void **state)
{
    (void)state;
    uint8_t words[1000], again[1000];
    char text[1100];
    for (size_t i = 0; i < sizeof words; i++)
        words[i] = (uint8_t)(i * 11 % 32);
    struct btc_bech32 bech32 = {.kind = BTC_BECH32,
                                .prefix_length = 4,
                                .prefix = "lnbc",
                                .words = words,
                                .word_count = sizeof words,
                                .word_capacity = sizeof words};
    assert_int_equal(btc_bech32_write(text, sizeof text, &bech32), 1011);
    struct btc_bech32 found = {.words = again, .word_capacity = sizeof again};
    assert_int_equal(btc_bech32_read(&found, text_bytes(text), BTC_BECH32_ADDRESS_LIMIT), BTC_BECH32_LENGTH);
    assert_int_equal(btc_bech32_read(&found, text_bytes(text), 2000), BTC_BECH32_OK);
    assert_memory_equal(again, words, sizeof words);
    text[500] = text[500] == 'q' ? 'p' : 'q';
    assert_int_equal(btc_bech32_read(&found, text_bytes(text), 2000), BTC_BECH32_CHECKSUM);
}

static void words_and_bytes_turn_into_each_other(void **state)
{
    (void)state;
    uint8_t bytes[64], words[103], again[64];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 37 + 1);
    for (size_t length = 0; length <= sizeof bytes; length++) {
        size_t found, count = btc_words_for_bytes(length);
        btc_words_from_bytes(words, btc_bytes(bytes, length));
        assert_true(btc_bytes_from_words(again, &found, words, count));
        assert_int_equal(found, length);
        assert_memory_equal(again, bytes, length);
        if (length * 8 % 5 != 0) { /* a spare bit set */
            words[count - 1] |= 1;
            assert_false(btc_bytes_from_words(again, &found, words, count));
            words[count - 1] &= 30;
        }
    }
}

/* ---- addresses ---- */

/* BIP 350: address and the script it pays to. */
static const struct {
    const char *text, *script;
} SEGWIT_ADDRESSES[] = {
    {"BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "0014751e76e8199196d454941c45d1b3a323f1433bd6"},
    {"tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
     "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262"},
    {"bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
     "5128751e76e8199196d454941c45d1b3a323f1433bd6751e76e8199196d454941c45d1b3a323f1433bd6"},
    {"BC1SW50QGDZ25J", "6002751e"},
    {"bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs", "5210751e76e8199196d454941c45d1b3a323"},
    {"tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy",
     "0020000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433"},
    {"tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c",
     "5120000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433"},
    {"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
     "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"},
};

/* BIP 350's invalid addresses, and those of BIP 173 that BIP 350 made invalid. */
static const struct {
    const char *text;
    enum btc_address_error error;
} BAD_ADDRESSES[] = {
    {"tc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq5zuyut", BTC_ADDRESS_NETWORK},
    {"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", BTC_ADDRESS_KIND},
    {"tb1z0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqglt7rf", BTC_ADDRESS_KIND},
    {"BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL", BTC_ADDRESS_KIND},
    {"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh", BTC_ADDRESS_KIND},
    {"tb1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq24jc47", BTC_ADDRESS_KIND},
    {"bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4", BTC_ADDRESS_TEXT},
    {"BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R", BTC_ADDRESS_VERSION},
    {"bc1pw5dgrnzv", BTC_ADDRESS_LENGTH},
    {"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav", BTC_ADDRESS_LENGTH},
    {"BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P", BTC_ADDRESS_LENGTH},
    {"tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq", BTC_ADDRESS_TEXT},
    {"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf", BTC_ADDRESS_PADDING},
    {"tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vpggkg4j", BTC_ADDRESS_PADDING},
    {"bc1gmk9yu", BTC_ADDRESS_LENGTH},
    {"bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7k7grplx", BTC_ADDRESS_KIND},
    {"BC1SW50QA3JX3S", BTC_ADDRESS_KIND},
    {"bc1zw508d6qejxtdg4y5r3zarvaryvg6kdaj", BTC_ADDRESS_KIND},
};

static enum btc_network network_of(const char *text)
{
    return text[0] == 't' || text[0] == 'T' ? BTC_TESTNET : BTC_MAINNET;
}

static void segwit_addresses_of_the_bips_are_read_and_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof SEGWIT_ADDRESSES / sizeof *SEGWIT_ADDRESSES; i++) {
        const char *text = SEGWIT_ADDRESSES[i].text;
        uint8_t script[64];
        struct btc_address_script found;
        char again[BTC_MAX_ADDRESS_TEXT];
        size_t length = hex_read(script, sizeof script, SEGWIT_ADDRESSES[i].script);
        enum btc_network network = network_of(text);
        assert_int_equal(btc_address_read(&found, network, text_bytes(text)), BTC_ADDRESS_OK);
        assert_true(btc_bytes_equal(btc_bytes(found.bytes, found.length), btc_bytes(script, length)));
        assert_int_equal(btc_address_write(again, network, btc_bytes(script, length)), strlen(text));
        assert_int_equal(btc_address_read(&found, network, text_bytes(again)), BTC_ADDRESS_OK);
        assert_int_equal(btc_address_read(&found, BTC_REGTEST, text_bytes(text)), BTC_ADDRESS_NETWORK);
        if (text[0] >= 'a')
            assert_string_equal(again, text);
    }
}

static void bad_addresses_are_refused_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof BAD_ADDRESSES / sizeof *BAD_ADDRESSES; i++) {
        struct btc_address_script found;
        const char *text = BAD_ADDRESSES[i].text;
        assert_int_equal(btc_address_read(&found, network_of(text), text_bytes(text)), BAD_ADDRESSES[i].error);
    }
}

static void base58_addresses_and_keys_keep_their_network(void **state)
{
    (void)state;
    static const uint8_t HASH[20] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};
    uint8_t script[25] = {0x76, 0xa9, 0x14};
    memcpy(script + 3, HASH, 20);
    script[23] = 0x88;
    script[24] = 0xac;
    char text[BTC_MAX_ADDRESS_TEXT], wif[BTC_WIF_TEXT];
    struct btc_address_script found;
    assert_true(btc_address_write(text, BTC_MAINNET, btc_bytes(script, 25)) > 0);
    assert_int_equal(text[0], '1');
    assert_int_equal(btc_address_read(&found, BTC_MAINNET, text_bytes(text)), BTC_ADDRESS_OK);
    assert_memory_equal(found.bytes, script, 25);
    assert_int_equal(btc_address_read(&found, BTC_REGTEST, text_bytes(text)), BTC_ADDRESS_NETWORK);
    text[5] = text[5] == 'a' ? 'b' : 'a';
    assert_int_equal(btc_address_read(&found, BTC_MAINNET, text_bytes(text)), BTC_ADDRESS_TEXT);
    struct btc_private_key key = {{[31] = 1}, true}, again;
    assert_int_equal(btc_wif_write(wif, BTC_MAINNET, &key), 52);
    assert_string_equal(wif, "KwDiBf89QgGbjEhKnhXJuH7LrciVrZi3qYjgd9M7rFU73sVHnoWn");
    assert_int_equal(btc_wif_read(&again, BTC_TESTNET, text_bytes(wif)), BTC_ADDRESS_NETWORK);
    assert_int_equal(btc_wif_read(&again, BTC_MAINNET, text_bytes(wif)), BTC_ADDRESS_OK);
    assert_true(again.is_compressed);
    memset(&key, 0xff, 32);
    btc_wif_write(wif, BTC_MAINNET, &key);
    assert_int_equal(btc_wif_read(&again, BTC_MAINNET, text_bytes(wif)), BTC_ADDRESS_SECRET);
    assert_int_equal(btc_address_read(&found, BTC_MAINNET, text_bytes(wif)), BTC_ADDRESS_NETWORK);
}

static void scripts_without_an_address_have_none(void **state)
{
    (void)state;
    static const char *const SCRIPTS[] = {"", "6a", "51", "0015000102030405060708090a0b0c0d0e0f1011121314",
                                          "21020000000000000000000000000000000000000000000000000000000000000001ac"};
    for (size_t i = 0; i < sizeof SCRIPTS / sizeof *SCRIPTS; i++) {
        uint8_t script[64];
        char text[BTC_MAX_ADDRESS_TEXT];
        size_t length = hex_read(script, sizeof script, SCRIPTS[i]);
        assert_int_equal(btc_address_write(text, BTC_MAINNET, btc_bytes(script, length)), 0);
    }
}

static void base58check_tells_one_changed_character(void **state)
{
    (void)state;
    uint8_t payload[30], found[30];
    char text[BTC_MAX_BASE58_TEXT];
    size_t length;
    memset(payload, 0, sizeof payload);
    payload[29] = 9;
    size_t count = btc_base58check_write(text, btc_bytes(payload, sizeof payload));
    assert_true(btc_base58check_read(found, sizeof found, &length, btc_bytes(text, count)));
    assert_int_equal(length, sizeof payload);
    assert_memory_equal(found, payload, length);
    for (size_t i = 0; i < count; i++) {
        char kept = text[i];
        text[i] = kept == 'z' ? 'y' : 'z';
        assert_false(btc_base58check_read(found, sizeof found, &length, btc_bytes(text, count)));
        text[i] = '0'; /* not in the alphabet */
        assert_false(btc_base58check_read(found, sizeof found, &length, btc_bytes(text, count)));
        text[i] = kept;
    }
    assert_false(btc_base58check_read(found, sizeof payload - 1, &length, btc_bytes(text, count)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_bech32_and_bech32m_are_read_and_written),
        cmocka_unit_test(bad_bech32_is_refused_by_name),
        cmocka_unit_test(a_longer_limit_lets_longer_texts_in),
        cmocka_unit_test(words_and_bytes_turn_into_each_other),
        cmocka_unit_test(segwit_addresses_of_the_bips_are_read_and_written),
        cmocka_unit_test(bad_addresses_are_refused_by_name),
        cmocka_unit_test(base58_addresses_and_keys_keep_their_network),
        cmocka_unit_test(scripts_without_an_address_have_none),
        cmocka_unit_test(base58check_tells_one_changed_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
