/* test_ln_secrets.c: per-commitment secrets.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The constants are from BOLT 3, appendix D.
 */
#include "protocol/lightning/secrets.h"
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/dice.h"
#include "tests/support/flat.h"

static void secrets_follow_from_the_seed(void **state)
{
    static const struct {
        uint8_t seed_byte;
        uint64_t index;
        const char *secret;
    } rows[] = {
        {0x00, LN_SECRET_FIRST, "02a40c85b6f28da08dfdbe0926c53fab2de6d28c10301f8f7c4073d5e42e3148"},
        {0xff, LN_SECRET_FIRST, "7cc854b54e3e0dcdb010d7a3fee464a9687be6e8db3be6854c475621e007a5dc"},
        {0xff, UINT64_C(0xaaaaaaaaaaa), "56f4008fb007ca9acf0e15b054d5c9fd12ee06cea347914ddbaed70d1c13a528"},
        {0x01, 1, "915c75942a26bb3a433a8ce2cb0427c29ec6c1775cfc78328b57f6ba7bfeaa9c"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t seed[32];
        uint8_t expected[32];
        uint8_t secret[32];
        memset(seed, rows[i].seed_byte, 32);
        hex_read(expected, 32, rows[i].secret);
        ln_secret_generate(secret, seed, rows[i].index);
        assert_memory_equal(secret, expected, 32);
    }
}

static void all_secrets_received_can_be_got_again(void **state)
{
    enum { COUNT = 1500 };
    struct ln_secrets secrets;
    uint8_t seed[32];
    struct dice dice = {1};
    (void)state;
    dice_fill(&dice, seed, 32);
    ln_secrets_init(&secrets);
    for (uint64_t i = 0; i < COUNT; i++) {
        uint8_t secret[32];
        uint8_t got[32];
        ln_secret_generate(secret, seed, LN_SECRET_FIRST - i);
        assert_int_equal(ln_secrets_insert(&secrets, LN_SECRET_FIRST - i, secret), LN_SECRETS_OK);
        uint64_t earlier = LN_SECRET_FIRST - dice_next(&dice) % (i + 1);
        ln_secret_generate(secret, seed, earlier);
        assert_true(ln_secrets_get(&secrets, got, earlier));
        assert_memory_equal(got, secret, 32);
        assert_false(ln_secrets_get(&secrets, got, LN_SECRET_FIRST - i - 1));
    }
    for (uint64_t i = 0; i < COUNT; i++) {
        uint8_t secret[32];
        uint8_t got[32];
        ln_secret_generate(secret, seed, LN_SECRET_FIRST - i);
        assert_true(ln_secrets_get(&secrets, got, LN_SECRET_FIRST - i));
        assert_memory_equal(got, secret, 32);
    }
}

static void a_wrong_secret_changes_nothing(void **state)
{
    struct ln_secrets secrets;
    uint8_t seed[32] = {7};
    unsigned refused = 0;
    (void)state;
    ln_secrets_init(&secrets);
    for (uint64_t i = 0; i < 300; i++) {
        struct ln_secrets before = secrets;
        uint8_t secret[32];
        uint64_t index = LN_SECRET_FIRST - i;
        ln_secret_generate(secret, seed, index);
        secret[i % 32] ^= (uint8_t)(1u << i % 8);
        assert_int_equal(ln_secrets_insert(&secrets, index - 1, secret), LN_SECRETS_ORDER);
        if (ln_secrets_insert(&secrets, index, secret) == LN_SECRETS_OK) {
            assert_int_equal(index % 2, 1); /* the lowest bucket proves nothing yet; the next one does */
            secrets = before;
        } else {
            refused++;
        }
        assert_memory_equal(&secrets, &before, sizeof before);
        ln_secret_generate(secret, seed, index);
        assert_int_equal(ln_secrets_insert(&secrets, index, secret), LN_SECRETS_OK);
    }
    assert_int_equal(refused, 150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_follow_from_the_seed),
        cmocka_unit_test(all_secrets_received_can_be_got_again),
        cmocka_unit_test(a_wrong_secret_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
