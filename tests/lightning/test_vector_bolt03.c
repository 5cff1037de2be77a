/* test_vector_bolt03.c: BOLT 3's vectors of secrets and keys.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/lightning/keys.h"
#include "protocol/lightning/secrets.h"
#include "tests/lightning/cmocka_all.h"
#include "tests/support/flat.h"

static struct btc_curve curve;

static void generate_case(const struct flat *flat, unsigned i)
{
    uint8_t seed[32];
    uint8_t expected[32];
    uint8_t secret[32];
    flat_exact(flat, seed, 32, "cases[%u].seed", i);
    flat_exact(flat, expected, 32, "cases[%u].secret", i);
    ln_secret_generate(secret, seed, flat_number(flat, "cases[%u].index", i));
    assert_memory_equal(secret, expected, 32);
}

static void insert_case(const struct flat *flat, unsigned i)
{
    struct ln_secrets secrets;
    ln_secrets_init(&secrets);
    for (unsigned step = 0; step < flat_length(flat, "cases[%u].steps", i); step++) {
        uint8_t secret[32];
        flat_exact(flat, secret, 32, "cases[%u].steps[%u].secret", i, step);
        bool ok = strcmp(flat_text(flat, "cases[%u].steps[%u].ok", i, step), "true") == 0;
        uint64_t index = flat_number(flat, "cases[%u].steps[%u].index", i, step);
        assert_int_equal(ln_secrets_insert(&secrets, index, secret), ok ? LN_SECRETS_OK : LN_SECRETS_WRONG);
    }
}

static void every_secret_vector_holds(void **state)
{
    struct flat flat;
    (void)state;
    assert_true(flat_open(&flat, KONSENTO_SHARED, "bolt03-secrets"));
    unsigned count = flat_length(&flat, "cases");
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(flat_text(&flat, "cases[%u].op", i), "generate") == 0) {
            generate_case(&flat, i);
        } else {
            insert_case(&flat, i);
        }
    }
    assert_int_equal(count, 14);
    printf("bolt03-secrets: %u cases\n", count);
    flat_close(&flat);
}

struct key_inputs {
    uint8_t base_secret[32];
    uint8_t commitment_secret[32];
    uint8_t base_point[33];
    uint8_t commitment_point[33];
};

/* Returns the length of the key. */
static size_t derive(uint8_t key[33], const char *op, const struct key_inputs *in)
{
    bool done = false;
    size_t length = 33;
    if (strcmp(op, "localpubkey") == 0) {
        done = ln_key_public(&curve, key, in->base_point, in->commitment_point);
    } else if (strcmp(op, "localprivkey") == 0) {
        done = ln_key_secret(&curve, key, in->base_secret, in->commitment_point);
        length = 32;
    } else if (strcmp(op, "revocationpubkey") == 0) {
        done = ln_key_revocation_public(&curve, key, in->base_point, in->commitment_point);
    } else if (strcmp(op, "revocationprivkey") == 0) {
        done = ln_key_revocation_secret(&curve, key, in->base_secret, in->commitment_secret);
        length = 32;
    }
    assert_true(done);
    return length;
}

static void every_key_vector_holds(void **state)
{
    struct flat flat;
    struct key_inputs in;
    (void)state;
    assert_true(flat_open(&flat, KONSENTO_SHARED, "bolt03-keys"));
    flat_exact(&flat, in.base_secret, 32, "common.base_secret");
    flat_exact(&flat, in.commitment_secret, 32, "common.per_commitment_secret");
    flat_exact(&flat, in.base_point, 33, "common.base_point");
    flat_exact(&flat, in.commitment_point, 33, "common.per_commitment_point");
    unsigned count = flat_length(&flat, "cases");
    for (unsigned i = 0; i < count; i++) {
        uint8_t key[33];
        uint8_t expected[33];
        size_t length = derive(key, flat_text(&flat, "cases[%u].op", i), &in);
        flat_exact(&flat, expected, length, "cases[%u].expect", i);
        assert_memory_equal(key, expected, length);
    }
    assert_int_equal(count, 4);
    printf("bolt03-keys: %u cases\n", count);
    flat_close(&flat);
}

int main(void)
{
    struct flat flat;
    if (!flat_open(&flat, KONSENTO_SHARED, "bolt03-secrets")) {
        printf("skipped: no published vectors in %s\n", KONSENTO_SHARED);
        return TEST_SKIPPED;
    }
    flat_close(&flat);
    btc_curve_init(&curve);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_secret_vector_holds),
        cmocka_unit_test(every_key_vector_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
