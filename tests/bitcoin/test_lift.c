/* test_lift.c: the quick square root against the curve library's own.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A wrong root would only cost time, as the library checks the point and reads the key itself if it lies on none; so
 * what is asked here is that the root is right wherever there is one.
 */
#include "protocol/bitcoin/curve.h"
#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/lift.h"
#include "tests/bitcoin/hex.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

/* The library's word: uncompressed form, or false. */
static bool library_lifts(uint8_t both[65], const uint8_t compressed[33])
{
    secp256k1_pubkey point;
    size_t length = 65;
    const secp256k1_context *context = secp256k1_context_static;
    return secp256k1_ec_pubkey_parse(context, &point, compressed, 33) == 1 &&
           secp256k1_ec_pubkey_serialize(context, both, &length, &point, SECP256K1_EC_UNCOMPRESSED) == 1;
}

/* Returns true if x has a point; then the lifted y must be its y, and else be on no point. */
static bool agrees(const uint8_t x[32], unsigned parity)
{
    uint8_t compressed[33] = {(uint8_t)(2 + parity)}, expected[65], lifted[65] = {4};
    secp256k1_pubkey point;
    memcpy(compressed + 1, x, 32);
    memcpy(lifted + 1, x, 32);
    btc_lift(lifted + 33, x, parity);
    bool has_point = library_lifts(expected, compressed);
    if (has_point)
        assert_memory_equal(lifted, expected, 65);
    else
        assert_false(secp256k1_ec_pubkey_parse(secp256k1_context_static, &point, lifted, 65));
    struct btc_pubkey pubkey;
    assert_int_equal(btc_pubkey_read(NULL, &pubkey, btc_bytes(compressed, 33)), has_point);
    uint8_t wire[33];
    if (has_point) {
        btc_pubkey_write(NULL, wire, &pubkey);
        assert_memory_equal(wire, compressed, 33);
    }
    return has_point;
}

static void every_x_is_lifted_as_the_library_does(void **state)
{
    (void)state;
    unsigned points = 0;
    for (uint32_t i = 0; i < 20000; i++) {
        uint8_t x[32];
        btc_sha256(x, &i, sizeof i);
        points += agrees(x, i / 2 % 2);
    }
    /* half of all x have a point */
    assert_in_range(points, 9700, 10300);
}

/* Around 0, around p, and words that are all ones or zero: where carries run through. */
static void edges_are_lifted_as_the_library_does(void **state)
{
    (void)state;
    static const char *const BASES[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffb00",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff00",
        "0000000000000000ffffffffffffffffffffffffffffffffffffffffffffff00",
        "ffffffffffffffff0000000000000000ffffffffffffffffffffffffffffff00",
        "00000000000000000000000000000000ffffffffffffffff0000000000000000",
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364100",
    };
    unsigned points = 0;
    for (size_t i = 0; i < sizeof BASES / sizeof *BASES; i++)
        for (unsigned last = 0; last < 256; last++) {
            uint8_t x[32];
            hex_read(x, 32, BASES[i]);
            x[31] = (uint8_t)last;
            points += agrees(x, 0) + agrees(x, 1);
        }
    assert_true(points > 1000);
}

static void the_generator_and_its_mirror_are_lifted(void **state)
{
    (void)state;
    uint8_t x[32], y[32], expected[32];
    hex_read(x, 32, "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");
    hex_read(expected, 32, "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8");
    btc_lift(y, x, 0);
    assert_memory_equal(y, expected, 32);
    hex_read(expected, 32, "b7c52588d95c3b9aa25b0403f1eef75702e84bb7597aabe663b82f6f04ef2777");
    btc_lift(y, x, 1);
    assert_memory_equal(y, expected, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_x_is_lifted_as_the_library_does),
        cmocka_unit_test(edges_are_lifted_as_the_library_does),
        cmocka_unit_test(the_generator_and_its_mirror_are_lifted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
