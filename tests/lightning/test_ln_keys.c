/* test_ln_keys.c: the keys of a channel.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The constants are from BOLT 3, appendix E.
 */
#include "protocol/lightning/keys.h"
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/dice.h"
#include "tests/support/flat.h"

static struct btc_curve curve;

static void expect_hex(const uint8_t *bytes, size_t length, const char *hex)
{
    uint8_t expected[64];
    assert_int_equal(hex_read(expected, sizeof expected, hex), length);
    assert_memory_equal(bytes, expected, length);
}

static void the_keys_of_the_specification_are_derived(void **state)
{
    uint8_t base_secret[32];
    uint8_t commitment_secret[32];
    uint8_t base[33];
    uint8_t point[33];
    uint8_t key[33];
    (void)state;
    for (unsigned i = 0; i < 32; i++) {
        base_secret[i] = (uint8_t)i;
        commitment_secret[i] = (uint8_t)(31 - i);
    }
    assert_true(btc_pubkey_wire_from_secret(&curve, base, base_secret));
    assert_true(btc_pubkey_wire_from_secret(&curve, point, commitment_secret));
    expect_hex(base, 33, "036d6caac248af96f6afa7f904f550253a0f3ef3f5aa2fe6838a95b216691468e2");
    assert_true(ln_key_public(&curve, key, base, point));
    expect_hex(key, 33, "0235f2dbfaa89b57ec7b055afe29849ef7ddfeb1cefdb9ebdc43f5494984db29e5");
    assert_true(ln_key_secret(&curve, key, base_secret, point));
    expect_hex(key, 32, "cbced912d3b21bf196a766651e436aff192362621ce317704ea2f75d87e7be0f");
    assert_true(ln_key_revocation_public(&curve, key, base, point));
    expect_hex(key, 33, "02916e326636d19c33f13e8c0c3a03dd157f332f3e99c317c141dd865eb01f8ff0");
    assert_true(ln_key_revocation_secret(&curve, key, base_secret, commitment_secret));
    expect_hex(key, 32, "d09ffff62ddb2297ab000cc85bcb4283fdeb6aa052affbc9dddcf33b61078110");
}

static void secret_and_public_derivation_agree(void **state)
{
    struct dice dice = {9};
    (void)state;
    for (unsigned round = 0; round < 50; round++) {
        uint8_t seed[2][32];
        struct ln_base_secrets secrets[2];
        struct ln_basepoints points[2];
        struct ln_commitment_keys keys;
        uint8_t commitment_secret[32];
        uint8_t point[33];
        uint8_t secret[32];
        uint8_t wire[33];
        dice_fill(&dice, seed[0], sizeof seed);
        dice_fill(&dice, commitment_secret, 32);
        assert_true(ln_base_secrets_init(&curve, &secrets[0], &points[0], seed[0]));
        assert_true(ln_base_secrets_init(&curve, &secrets[1], &points[1], seed[1]));
        assert_true(btc_pubkey_wire_from_secret(&curve, point, commitment_secret));
        assert_true(ln_commitment_keys_derive(&curve, &keys, &points[0], &points[1], point));
        assert_true(ln_key_secret(&curve, secret, secrets[0].secret[LN_BASE_DELAYED_PAYMENT], point));
        assert_true(btc_pubkey_wire_from_secret(&curve, wire, secret));
        assert_memory_equal(wire, keys.owner_delayed, 33);
        assert_true(ln_key_secret(&curve, secret, secrets[1].secret[LN_BASE_HTLC], point));
        assert_true(btc_pubkey_wire_from_secret(&curve, wire, secret));
        assert_memory_equal(wire, keys.other_htlc, 33);
        assert_true(ln_key_revocation_secret(&curve, secret, secrets[1].secret[LN_BASE_REVOCATION], commitment_secret));
        assert_true(btc_pubkey_wire_from_secret(&curve, wire, secret));
        assert_memory_equal(wire, keys.revocation, 33);
        assert_memory_equal(points[1].point[LN_BASE_PAYMENT], keys.other_payment, 33);
    }
}

static void bad_points_are_refused(void **state)
{
    uint8_t bad[33] = {2};
    uint8_t good[33];
    uint8_t secret[32] = {1};
    uint8_t key[33];
    (void)state;
    memset(bad + 1, 0xff, 32);
    assert_true(btc_pubkey_wire_from_secret(&curve, good, secret));
    assert_false(ln_key_public(&curve, key, bad, good));
    assert_false(ln_key_revocation_public(&curve, key, bad, good));
    assert_false(ln_key_revocation_public(&curve, key, good, bad));
}

int main(void)
{
    btc_curve_init(&curve);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_keys_of_the_specification_are_derived),
        cmocka_unit_test(secret_and_public_derivation_agree),
        cmocka_unit_test(bad_points_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
