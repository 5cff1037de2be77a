/* test_hash.c: the hash functions against published values.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Source: FIPS 180-4 examples; the RIPEMD-160 paper; RFC 4231 test cases 1 to 4.
 */
#include "protocol/bitcoin/hash.h"
#include "tests/bitcoin/hex.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

static void assert_hash(const uint8_t *hash, size_t length, const char *expected)
{
    uint8_t bytes[64];
    assert_int_equal(hex_read(bytes, sizeof bytes, expected), length);
    assert_memory_equal(hash, bytes, length);
}

static void published_hashes_come_out(void **state)
{
    (void)state;
    uint8_t hash[64];
    btc_sha256(hash, "abc", 3);
    assert_hash(hash, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    btc_sha256(hash, NULL, 0);
    assert_hash(hash, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    btc_sha256d(hash, NULL, 0);
    assert_hash(hash, 32, "5df6e0e2761359d30a8275058e299fcc0381534545f55cf43e41983f5d4c9456");
    btc_ripemd160(hash, "abc", 3);
    assert_hash(hash, 20, "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc");
    btc_sha1(hash, "abc", 3);
    assert_hash(hash, 20, "a9993e364706816aba3e25717850c26c9cd0d89d");
    btc_sha512(hash, "abc", 3);
    assert_hash(hash, 64,
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d44"
                "23643ce80e2a9ac94fa54ca49f");
    btc_hash160(hash, NULL, 0);
    assert_hash(hash, 20, "b472a266d0bd89c13706a4132ccfb16f7c3b9fcb");
}

static void sha256_in_pieces_is_sha256_at_once(void **state)
{
    (void)state;
    uint8_t message[300], whole[32], pieces[32];
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)(i * 7);
    btc_sha256(whole, message, sizeof message);
    for (size_t cut = 0; cut <= sizeof message; cut += 13) {
        struct btc_sha256_state hash;
        btc_sha256_init(&hash);
        btc_sha256_update(&hash, message, cut);
        struct btc_sha256_state copy = hash;
        btc_sha256_update(&copy, message + cut, sizeof message - cut);
        btc_sha256_final(&copy, pieces);
        assert_memory_equal(pieces, whole, 32);
        btc_sha256_update(&hash, message + cut, sizeof message - cut);
        btc_sha256d_final(&hash, pieces);
        btc_sha256(whole, whole, 32);
        assert_memory_equal(pieces, whole, 32);
        btc_sha256(whole, message, sizeof message);
    }
    btc_sha256d_pair(pieces, message, message + 32);
    btc_sha256d(whole, message, 64);
    assert_memory_equal(pieces, whole, 32);
}

static void hmacs_come_out_as_rfc_4231_has_them(void **state)
{
    (void)state;
    static const struct {
        const char *key, *message, *sha256, *sha512;
    } CASES[] = {
        {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
         "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f"
         "170"
         "2e696c203a126854"},
        {"4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
         "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6"
         "b4b"
         "636e070a38bce737"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        uint8_t key[64], message[64], hash[64];
        struct btc_bytes k = btc_bytes(key, hex_read(key, sizeof key, CASES[i].key));
        struct btc_bytes m = btc_bytes(message, hex_read(message, sizeof message, CASES[i].message));
        btc_hmac_sha256(hash, k, m);
        assert_hash(hash, 32, CASES[i].sha256);
        btc_hmac_sha512(hash, k, m);
        assert_hash(hash, 64, CASES[i].sha512);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_hashes_come_out),
        cmocka_unit_test(sha256_in_pieces_is_sha256_at_once),
        cmocka_unit_test(hmacs_come_out_as_rfc_4231_has_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
