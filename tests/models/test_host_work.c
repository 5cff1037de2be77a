/* test_host_work.c: what messages are said to cost, against what a node with real keys does.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The linker puts a counter before each function of the curve (--wrap). Counted is what happens inside inputs of nodes
 * and in transports; the chain's own judging of scripts is not.
 */
#include "tests/models/near.h"
#include "tests/models/street.h"

#include "protocol/bitcoin/verdicts.h"

#include <string.h>

static uint64_t counts[DEVICE_OPERATIONS];

static bool is_suspended; /* while the chain judges scripts */

#define COUNT(operation) counts[operation] += !is_suspended

/* ---- wrapped functions ---- */

#define WRAP(name, operation, parameters, ...)                                                                         \
    bool __real_##name parameters;                                                                                     \
    bool __wrap_##name parameters;                                                                                     \
    bool __wrap_##name parameters                                                                                      \
    {                                                                                                                  \
        COUNT(operation);                                                                                              \
        return __real_##name(__VA_ARGS__);                                                                             \
    }

WRAP(btc_ecdsa_sign, DEVICE_SIGN,
     (const struct btc_curve *curve, struct btc_signature *signature, const uint8_t hash[32], const uint8_t secret[32],
      enum btc_sign_mode mode),
     curve, signature, hash, secret, mode)
WRAP(btc_ecdsa_verify, DEVICE_VERIFY,
     (const struct btc_curve *curve, const struct btc_signature *signature, const uint8_t hash[32],
      const struct btc_pubkey *pubkey),
     curve, signature, hash, pubkey)
WRAP(btc_ecdsa_sign_recoverable, DEVICE_SIGN,
     (const struct btc_curve *curve, uint8_t wire[65], const uint8_t hash[32], const uint8_t secret[32]), curve, wire,
     hash, secret)
WRAP(btc_ecdsa_recover, DEVICE_RECOVER,
     (const struct btc_curve *curve, struct btc_pubkey *pubkey, const uint8_t wire[65], const uint8_t hash[32]), curve,
     pubkey, wire, hash)
WRAP(btc_ecdh, DEVICE_ECDH,
     (const struct btc_curve *curve, uint8_t shared[32], const struct btc_pubkey *pubkey, const uint8_t secret[32]),
     curve, shared, pubkey, secret)
WRAP(btc_pubkey_from_secret, DEVICE_POINT,
     (const struct btc_curve *curve, struct btc_pubkey *pubkey, const uint8_t secret[32]), curve, pubkey, secret)
WRAP(btc_pubkey_wire_from_secret, DEVICE_POINT,
     (const struct btc_curve *curve, uint8_t wire[33], const uint8_t secret[32]), curve, wire, secret)
WRAP(btc_pubkey_add, DEVICE_TWEAK_ADD,
     (const struct btc_curve *curve, struct btc_pubkey *pubkey, const uint8_t tweak[32]), curve, pubkey, tweak)
WRAP(btc_pubkey_multiply, DEVICE_TWEAK_MULTIPLY,
     (const struct btc_curve *curve, struct btc_pubkey *pubkey, const uint8_t tweak[32]), curve, pubkey, tweak)
WRAP(btc_pubkey_combine, DEVICE_COMBINE,
     (const struct btc_curve *curve, struct btc_pubkey *sum, const struct btc_pubkey *a, const struct btc_pubkey *b),
     curve, sum, a, b)
WRAP(btc_pubkey_read, DEVICE_READ_POINT,
     (const struct btc_curve *curve, struct btc_pubkey *pubkey, struct btc_bytes wire), curve, pubkey, wire)
WRAP(btc_pubkey_read_compressed, DEVICE_READ_POINT,
     (const struct btc_curve *curve, struct btc_pubkey *pubkey, const uint8_t wire[33]), curve, pubkey, wire)

/* ---- nettle: bytes that go through; a digest, and each key of an HMAC, take about a block more ---- */

#define BLOCK 64

#define WRAP_BYTES(name, operation, bytes, parameters, ...)                                                            \
    void __real_##name parameters;                                                                                     \
    void __wrap_##name parameters;                                                                                     \
    void __wrap_##name parameters                                                                                      \
    {                                                                                                                  \
        counts[operation] += is_suspended ? 0 : (bytes);                                                               \
        __real_##name(__VA_ARGS__);                                                                                    \
    }

WRAP_BYTES(nettle_sha256_update, DEVICE_HASH_BYTE, length, (void *state, size_t length, const uint8_t *data), state,
           length, data)
WRAP_BYTES(nettle_sha256_digest, DEVICE_HASH_BYTE, BLOCK / 2, (void *state, size_t length, uint8_t *digest), state,
           length, digest)
WRAP_BYTES(nettle_hmac_sha256_set_key, DEVICE_HASH_BYTE, 2 * BLOCK, (void *state, size_t length, const uint8_t *key),
           state, length, key)
WRAP_BYTES(nettle_hmac_sha256_update, DEVICE_HASH_BYTE, length, (void *state, size_t length, const uint8_t *data),
           state, length, data)
WRAP_BYTES(nettle_hmac_sha256_digest, DEVICE_HASH_BYTE, 3 * BLOCK / 2, (void *state, size_t length, uint8_t *digest),
           state, length, digest)
WRAP_BYTES(nettle_chacha_crypt32, DEVICE_CIPHER_BYTE, length,
           (void *state, size_t length, uint8_t *out, const uint8_t *in), state, length, out, in)
WRAP_BYTES(nettle_chacha_crypt, DEVICE_CIPHER_BYTE, length,
           (void *state, size_t length, uint8_t *out, const uint8_t *in), state, length, out, in)
WRAP_BYTES(nettle_chacha_poly1305_encrypt, DEVICE_CIPHER_BYTE, length,
           (void *state, size_t length, uint8_t *out, const uint8_t *in), state, length, out, in)
WRAP_BYTES(nettle_chacha_poly1305_decrypt, DEVICE_CIPHER_BYTE, length,
           (void *state, size_t length, uint8_t *out, const uint8_t *in), state, length, out, in)

bool __real_btc_verdicts_judge(void *verdicts, const struct btc_signature_check *check);
bool __wrap_btc_verdicts_judge(void *verdicts, const struct btc_signature_check *check);
bool __wrap_btc_verdicts_judge(void *verdicts, const struct btc_signature_check *check)
{
    is_suspended = true;
    bool is_good = __real_btc_verdicts_judge(verdicts, check);
    is_suspended = false;
    return is_good;
}

/* ---- a street whose devices are asked what they were told ------------------------------------------------------- */

struct ledger {
    struct street street;
    struct device_work before[3];
};

static void begin(struct ledger *ledger)
{
    for (uint32_t i = 0; i < 3; i++)
        ledger->before[i] = host_device(ledger->street.host, ledger->street.node[i])->done;
    memset(counts, 0, sizeof counts);
}

static uint64_t said(const struct ledger *ledger, enum device_operation operation)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < 3; i++)
        sum += host_device(ledger->street.host, ledger->street.node[i])->done.count[operation] -
               ledger->before[i].count[operation];
    return sum;
}

/* Operations of the curve are right to the last one; bytes within a share, but for those of pings and blocks. */
static void check(const struct ledger *ledger, double hashed_off, double ciphered_off)
{
    for (enum device_operation i = DEVICE_SIGN; i <= DEVICE_READ_POINT; i++) {
        if (said(ledger, i) != counts[i])
            fail_msg("%s: %llu, said %llu", device_operation_name(i), (unsigned long long)counts[i],
                     (unsigned long long)said(ledger, i));
    }
    double hashed = (double)counts[DEVICE_HASH_BYTE], ciphered = (double)counts[DEVICE_CIPHER_BYTE];
    near((double)said(ledger, DEVICE_HASH_BYTE), hashed, hashed_off * hashed);
    near((double)said(ledger, DEVICE_CIPHER_BYTE), ciphered, ciphered_off * ciphered);
}

#define ANYTHING 100.0

static void configure(struct ln_node_config *config, uint32_t node)
{
    (void)node;
    config->silence_us = 0; /* no pings */
}

static void pay(struct ledger *ledger, uint32_t count, uint64_t amount_msat)
{
    char text[2000];
    uint32_t before = street_count(&ledger->street, 0, LN_NODE_PAYMENT_SENT);
    for (uint32_t i = 0; i < count; i++) {
        street_ask(&ledger->street, 2, amount_msat + i, false, text);
        street_pay(&ledger->street, 0, text);
    }
    street_run(&ledger->street, 30 * SECOND);
    assert_int_equal(street_count(&ledger->street, 0, LN_NODE_PAYMENT_SENT) - before, count);
}

static void what_is_said_is_what_is_done(void **state)
{
    (void)state;
    struct ledger ledger;
    street_init(&ledger.street);
    ledger.street.configure = configure;
    street_meet(&ledger.street);
    begin(&ledger);
    street_open(&ledger.street, 0);
    street_open(&ledger.street, 1);
    street_run(&ledger.street, 3 * HOUR);
    check(&ledger, ANYTHING, ANYTHING);
    begin(&ledger);
    pay(&ledger, 1, 50000000);
    check(&ledger, 0.15, 0.15);
    begin(&ledger);
    pay(&ledger, 1, 1000); /* trimmed: no second stages */
    check(&ledger, 0.25, 0.15);
    begin(&ledger);
    pay(&ledger, 4, 20000000);
    check(&ledger, 0.25, 0.15);
    begin(&ledger);
    coverage_hold(&ledger.street.coverages, ledger.street.cover[0]);
    street_run(&ledger.street, MINUTE);
    coverage_release(&ledger.street.coverages, ledger.street.cover[0]);
    street_run(&ledger.street, 30 * SECOND);
    check(&ledger, 0.35, 0.5); /* tags count as bytes */
    begin(&ledger);
    struct ln_node *node = host_enter(ledger.street.host, ledger.street.node[0]);
    assert_non_null(node);
    host_leave(ledger.street.host, ledger.street.node[0], ln_node_close_channel(node, ledger.street.channel[0]), NULL);
    street_run(&ledger.street, 10 * SECOND);
    check(&ledger, ANYTHING, ANYTHING);
    street_close(&ledger.street);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_said_is_what_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
