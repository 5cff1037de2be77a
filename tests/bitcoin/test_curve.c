/* test_curve.c: keys, signatures strict and lax, the group's laws.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Source of the known signatures: the test vectors for RFC 6979 on secp256k1 that wallets share (SHA-256 of the text is
 * signed). The second one has a high R, so grinding changes it.
 */
#include "protocol/bitcoin/curve.h"
#include "protocol/bitcoin/hash.h"
#include "tests/bitcoin/hex.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

static struct btc_curve curve;

static int set_up(void **state)
{
    (void)state;
    btc_curve_init(&curve);
    return 0;
}

static void make_secret(uint8_t secret[32], uint32_t number)
{
    btc_sha256(secret, &number, sizeof number);
}

static void signatures_are_those_of_rfc_6979(void **state)
{
    (void)state;
    static const struct {
        const char *secret, *text, *signature;
    } CASES[] = {
        {"0000000000000000000000000000000000000000000000000000000000000001", "Satoshi Nakamoto",
         "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8"
         "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5"},
        {"0000000000000000000000000000000000000000000000000000000000000001",
         "All those moments will be lost in time, like tears in rain. Time to die...",
         "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b"
         "547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21"},
        {"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", "Satoshi Nakamoto",
         "fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d0"
         "6b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5"},
        {"f8b8af8ce3c7cca5e300d33939540c10d45ce001b8f252bfbc57ba0342904181", "Alan Turing",
         "7063ae83e7f62bbb171798131b4a0564b956930092b33b07b395615d9ec7e15c"
         "58dfcc1e00a35e1572f366ffe34ba0fc47db1e7189759b9fb233c5b05ab388ea"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        uint8_t secret[32], hash[32], expected[64], wire[64];
        struct btc_signature signature;
        hex_read(secret, 32, CASES[i].secret);
        hex_read(expected, 64, CASES[i].signature);
        btc_sha256(hash, CASES[i].text, strlen(CASES[i].text));
        assert_true(btc_ecdsa_sign(&curve, &signature, hash, secret, BTC_SIGN_PLAIN));
        btc_signature_write(&curve, wire, &signature);
        assert_memory_equal(wire, expected, 64);
        assert_true(btc_ecdsa_sign(&curve, &signature, hash, secret, BTC_SIGN_LOW_R));
        btc_signature_write(&curve, wire, &signature);
        assert_true(wire[0] < 0x80);
        assert_int_equal(memcmp(wire, expected, 64) == 0, expected[0] < 0x80);
    }
}

static void low_r_signatures_are_at_most_70_bytes_and_good(void **state)
{
    (void)state;
    unsigned longest_plain = 0, longest_low = 0;
    for (uint32_t i = 0; i < 40; i++) {
        uint8_t secret[32], hash[32], der[BTC_MAX_DER_BYTES];
        struct btc_signature plain, low, again;
        struct btc_pubkey pubkey;
        make_secret(secret, i);
        make_secret(hash, i + 1000);
        assert_true(btc_pubkey_from_secret(&curve, &pubkey, secret));
        assert_true(btc_ecdsa_sign(&curve, &plain, hash, secret, BTC_SIGN_PLAIN));
        assert_true(btc_ecdsa_sign(&curve, &low, hash, secret, BTC_SIGN_LOW_R));
        assert_true(btc_ecdsa_verify(&curve, &plain, hash, &pubkey));
        assert_true(btc_ecdsa_verify(NULL, &low, hash, &pubkey));
        size_t length = btc_signature_write_der(&curve, der, &plain);
        longest_plain = length > longest_plain ? (unsigned)length : longest_plain;
        length = btc_signature_write_der(&curve, der, &low);
        longest_low = length > longest_low ? (unsigned)length : longest_low;
        assert_true(btc_der_is_strict(btc_bytes(der, length)));
        assert_true(btc_der_is_low_s(&curve, btc_bytes(der, length)));
        assert_true(btc_signature_read_der(&curve, &again, btc_bytes(der, length)));
        assert_memory_equal(&again, &low, sizeof low);
        hash[0] ^= 1;
        assert_false(btc_ecdsa_verify(&curve, &low, hash, &pubkey));
    }
    assert_int_equal(longest_plain, 71);
    assert_int_equal(longest_low, 70);
}

static void blinding_changes_no_signature(void **state)
{
    (void)state;
    uint8_t secret[32], hash[32], entropy[32];
    struct btc_curve blinded;
    struct btc_signature a, b;
    make_secret(secret, 1);
    make_secret(hash, 2);
    make_secret(entropy, 3);
    btc_curve_init(&blinded);
    btc_curve_blind(&blinded, entropy);
    assert_true(btc_ecdsa_sign(&curve, &a, hash, secret, BTC_SIGN_PLAIN));
    assert_true(btc_ecdsa_sign(&blinded, &b, hash, secret, BTC_SIGN_PLAIN));
    assert_memory_equal(&a, &b, sizeof a);
}

/* ---- strict and lax ---- */

/* n - s: the other S of the same signature. */
static void negate_s(uint8_t wire[64])
{
    uint8_t order[32];
    hex_read(order, 32, "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
    int borrow = 0;
    for (int i = 31; i >= 0; i--) {
        int digit = order[i] - wire[32 + i] - borrow;
        borrow = digit < 0;
        wire[32 + i] = (uint8_t)digit;
    }
}

struct lax_case {
    struct btc_pubkey pubkey;
    uint8_t hash[32];
    uint8_t key[33];
    uint8_t der[BTC_MAX_DER_BYTES];
    size_t length;
};

static void make_lax_case(struct lax_case *c)
{
    uint8_t secret[32];
    struct btc_signature signature;
    make_secret(secret, 77);
    make_secret(c->hash, 78);
    assert_true(btc_pubkey_from_secret(&curve, &c->pubkey, secret));
    btc_pubkey_write(&curve, c->key, &c->pubkey);
    assert_true(btc_ecdsa_sign(&curve, &signature, c->hash, secret, BTC_SIGN_LOW_R));
    c->length = btc_signature_write_der(&curve, c->der, &signature);
}

static bool verifies_lax(const struct lax_case *c, const uint8_t *der, size_t length)
{
    return btc_ecdsa_verify_lax(&curve, btc_bytes(der, length), c->hash, btc_bytes(c->key, 33));
}

static void lax_reading_takes_what_the_early_chain_holds(void **state)
{
    (void)state;
    struct lax_case c;
    make_lax_case(&c);
    uint8_t bent[128];
    assert_true(verifies_lax(&c, c.der, c.length));
    /* a wrong length of the sequence, and bytes behind the end */
    memcpy(bent, c.der, c.length);
    bent[1] = 0x01;
    memset(bent + c.length, 0x55, 5);
    assert_true(verifies_lax(&c, bent, c.length + 5));
    assert_false(btc_der_is_strict(btc_bytes(bent, c.length + 5)));
    /* a needless zero before R, whose length then takes two bytes */
    size_t r = c.der[3];
    memcpy(bent, (const uint8_t[]){0x30, 0x82, 0x00, 0x00, 0x02, 0x82, 0x00, (uint8_t)(r + 1), 0x00}, 9);
    memcpy(bent + 9, c.der + 4, c.length - 4);
    assert_true(verifies_lax(&c, bent, c.length + 5));
    assert_false(btc_der_is_strict(btc_bytes(bent, c.length + 5)));
    /* high S */
    struct btc_signature signature;
    uint8_t wire[64];
    assert_true(btc_signature_read_der(&curve, &signature, btc_bytes(c.der, c.length)));
    btc_signature_write(&curve, wire, &signature);
    negate_s(wire);
    assert_true(btc_signature_read(&curve, &signature, wire));
    size_t length = btc_signature_write_der(&curve, bent, &signature);
    assert_true(btc_der_is_strict(btc_bytes(bent, length)));
    assert_false(btc_der_is_low_s(&curve, btc_bytes(bent, length)));
    assert_false(btc_ecdsa_verify(&curve, &signature, c.hash, &c.pubkey));
    assert_true(verifies_lax(&c, bent, length));
    btc_signature_lower_s(&curve, &signature);
    assert_true(btc_ecdsa_verify(&curve, &signature, c.hash, &c.pubkey));
}

static void lax_reading_refuses_what_is_no_signature(void **state)
{
    (void)state;
    struct lax_case c;
    make_lax_case(&c);
    for (size_t length = 0; length < c.length; length++)
        assert_false(verifies_lax(&c, c.der, length));
    static const char *const NONE[] = {
        "", "30", "3000", "300602", "30060201010201", "3006020101030101", "30060285000000000101020101", "3081"};
    for (size_t i = 0; i < sizeof NONE / sizeof *NONE; i++) {
        uint8_t bytes[32];
        struct btc_signature signature;
        size_t length = hex_read(bytes, sizeof bytes, NONE[i]);
        bool is_lax = i == 6; /* five length bytes, four of them zero: readable, though nothing signs so */
        assert_int_equal(btc_signature_read_der_lax(&curve, &signature, btc_bytes(bytes, length)), is_lax);
        assert_false(btc_der_is_strict(btc_bytes(bytes, length)));
    }
    /* integers of 33 bytes and more: readable, and verify nothing */
    uint8_t large[80] = {0x30, 74, 0x02, 33, 1};
    large[37] = 0x02;
    large[38] = 33;
    large[39] = 1;
    assert_false(verifies_lax(&c, large, 72));
    assert_true(btc_signature_read_der_lax(&curve, &(struct btc_signature){0}, btc_bytes(large, 72)));
}

static void every_bent_byte_of_strict_der_is_noticed(void **state)
{
    (void)state;
    struct lax_case c;
    make_lax_case(&c);
    static const uint8_t BAD_AT[] = {0, 1, 2, 3}; /* tags and lengths; the S header follows */
    for (size_t i = 0; i < sizeof BAD_AT; i++) {
        c.der[BAD_AT[i]] ^= 0x40;
        assert_false(btc_der_is_strict(btc_bytes(c.der, c.length)));
        c.der[BAD_AT[i]] ^= 0x40;
    }
    size_t s = 4 + (size_t)c.der[3];
    c.der[s] ^= 1;
    assert_false(btc_der_is_strict(btc_bytes(c.der, c.length)));
    c.der[s] ^= 1;
    c.der[4] |= 0x80; /* negative R */
    assert_false(btc_der_is_strict(btc_bytes(c.der, c.length)));
}

static void public_keys_are_read_in_all_their_forms(void **state)
{
    (void)state;
    uint8_t secret[32], wire[33], long_wire[65];
    struct btc_pubkey pubkey, again;
    make_secret(secret, 5);
    assert_true(btc_pubkey_from_secret(&curve, &pubkey, secret));
    btc_pubkey_write(&curve, wire, &pubkey);
    btc_pubkey_write_uncompressed(&curve, long_wire, &pubkey);
    assert_true(btc_pubkey_read_compressed(&curve, &again, wire));
    assert_int_equal(btc_pubkey_compare(&curve, &again, &pubkey), 0);
    assert_true(btc_pubkey_read(&curve, &again, btc_bytes(long_wire, 65)));
    assert_int_equal(btc_pubkey_compare(&curve, &again, &pubkey), 0);
    long_wire[0] = (uint8_t)(6 + (long_wire[64] & 1)); /* hybrid */
    assert_true(btc_pubkey_read(&curve, &again, btc_bytes(long_wire, 65)));
    long_wire[0] ^= 1; /* hybrid with the wrong parity */
    assert_false(btc_pubkey_read(&curve, &again, btc_bytes(long_wire, 65)));
    wire[0] = 5;
    assert_false(btc_pubkey_read_compressed(&curve, &again, wire));
    assert_false(btc_pubkey_read(&curve, &again, btc_bytes(wire, 32)));
    assert_false(btc_pubkey_read(&curve, &again, btc_bytes(NULL, 0)));
}

/* ---- the group ---- */

static void adding_and_multiplying_agree_on_both_halves(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 20; i++) {
        uint8_t a[32], b[32], sum[32], product[32];
        struct btc_pubkey pub_a, pub_b, expected, found;
        make_secret(a, i);
        make_secret(b, i + 500);
        memcpy(sum, a, 32);
        memcpy(product, a, 32);
        assert_true(btc_secret_add(&curve, sum, b) && btc_secret_multiply(&curve, product, b));
        assert_true(btc_pubkey_from_secret(&curve, &pub_a, a) && btc_pubkey_from_secret(&curve, &pub_b, b));
        assert_true(btc_pubkey_from_secret(&curve, &expected, sum));
        found = pub_a;
        assert_true(btc_pubkey_add(&curve, &found, b));
        assert_int_equal(btc_pubkey_compare(&curve, &found, &expected), 0);
        assert_true(btc_pubkey_combine(&curve, &pub_b, &pub_a, &pub_b));
        assert_int_equal(btc_pubkey_compare(&curve, &pub_b, &expected), 0);
        assert_true(btc_pubkey_from_secret(&curve, &expected, product));
        found = pub_a;
        assert_true(btc_pubkey_multiply(&curve, &found, b));
        assert_int_equal(btc_pubkey_compare(&curve, &found, &expected), 0);
    }
}

static void shared_secrets_are_shared(void **state)
{
    (void)state;
    uint8_t a[32], b[32], from_a[32], from_b[32], point[33], expected[32];
    struct btc_pubkey pub_a, pub_b;
    make_secret(a, 1);
    make_secret(b, 2);
    assert_true(btc_pubkey_from_secret(&curve, &pub_a, a) && btc_pubkey_from_secret(&curve, &pub_b, b));
    assert_true(btc_ecdh(&curve, from_a, &pub_b, a) && btc_ecdh(&curve, from_b, &pub_a, b));
    assert_memory_equal(from_a, from_b, 32);
    assert_true(btc_pubkey_multiply(&curve, &pub_a, b)); /* BOLT #8: the hash of the compressed point */
    btc_pubkey_write(&curve, point, &pub_a);
    btc_sha256(expected, point, 33);
    assert_memory_equal(from_a, expected, 32);
}

static void results_outside_the_group_are_refused(void **state)
{
    (void)state;
    uint8_t zero[32] = {0}, order[32], minus_one[32], one[32] = {[31] = 1}, secret[32], wire[33];
    struct btc_pubkey pubkey, negative;
    hex_read(order, 32, "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
    memcpy(minus_one, order, 32);
    minus_one[31]--;
    assert_false(btc_secret_is_valid(&curve, zero) || btc_secret_is_valid(&curve, order));
    assert_true(btc_secret_is_valid(&curve, one) && btc_secret_is_valid(&curve, minus_one));
    memcpy(secret, one, 32);
    assert_false(btc_secret_add(&curve, secret, minus_one));
    memcpy(secret, one, 32);
    assert_false(btc_secret_multiply(&curve, secret, zero));
    assert_true(btc_pubkey_from_secret(&curve, &pubkey, one) && btc_pubkey_from_secret(&curve, &negative, minus_one));
    struct btc_pubkey sum = pubkey;
    assert_false(btc_pubkey_combine(&curve, &sum, &pubkey, &negative));
    assert_int_equal(btc_pubkey_compare(&curve, &sum, &pubkey), 0);
    assert_false(btc_pubkey_add(&curve, &sum, minus_one));
    assert_false(btc_pubkey_wire_from_secret(&curve, wire, zero));
    assert_false(btc_ecdsa_sign(&curve, &(struct btc_signature){0}, one, zero, BTC_SIGN_LOW_R));
}

static void keys_are_recovered_from_signatures(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 10; i++) {
        uint8_t secret[32], hash[32], wire[65];
        struct btc_pubkey pubkey, found;
        make_secret(secret, i);
        make_secret(hash, i + 90);
        assert_true(btc_pubkey_from_secret(&curve, &pubkey, secret));
        assert_true(btc_ecdsa_sign_recoverable(&curve, wire, hash, secret));
        assert_true(btc_ecdsa_recover(&curve, &found, wire, hash));
        assert_int_equal(btc_pubkey_compare(&curve, &found, &pubkey), 0);
        struct btc_signature signature;
        assert_true(btc_signature_read(&curve, &signature, wire));
        assert_true(btc_ecdsa_verify(&curve, &signature, hash, &pubkey));
        wire[64] = 4;
        assert_false(btc_ecdsa_recover(&curve, &found, wire, hash));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_are_those_of_rfc_6979),
        cmocka_unit_test(low_r_signatures_are_at_most_70_bytes_and_good),
        cmocka_unit_test(blinding_changes_no_signature),
        cmocka_unit_test(lax_reading_takes_what_the_early_chain_holds),
        cmocka_unit_test(lax_reading_refuses_what_is_no_signature),
        cmocka_unit_test(every_bent_byte_of_strict_der_is_noticed),
        cmocka_unit_test(public_keys_are_read_in_all_their_forms),
        cmocka_unit_test(adding_and_multiplying_agree_on_both_halves),
        cmocka_unit_test(shared_secrets_are_shared),
        cmocka_unit_test(results_outside_the_group_are_refused),
        cmocka_unit_test(keys_are_recovered_from_signatures),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
