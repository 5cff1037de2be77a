/* test_vector_bolt11.c: every vector of BOLT 11: invoices to accept, byte by byte again, and to refuse.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/lightning/invoice.h"
#include "tests/lightning/cmocka_all.h"
#include "tests/support/flat.h"

#include <ctype.h>

#define DECODED "cases[%u].decoded_by_verify_py."

static struct btc_curve curve;
static struct ln_invoice invoice;

static void expect_bytes(const struct flat *flat, unsigned i, const char *name, const uint8_t *bytes, size_t length)
{
    uint8_t expected[1024];
    char path[96];
    snprintf(path, sizeof path, DECODED "%s", i, name);
    assert_int_equal(flat_bytes(flat, expected, sizeof expected, "%s", path), length);
    assert_memory_equal(bytes, expected, length);
}

static void expect_number(const struct flat *flat, unsigned i, const char *name, uint64_t number, uint64_t otherwise)
{
    char path[96];
    snprintf(path, sizeof path, DECODED "%s", i, name);
    const char *text = flat_find(flat, "%s", path);
    assert_int_equal(number, text == NULL ? otherwise : flat_number(flat, "%s", path));
}

static void check_head(const struct flat *flat, unsigned i)
{
    static const char *const currencies[] = {"bc", "tb", "tbs", "bcrt"};
    const char *amount = flat_text(flat, DECODED "amount_msat", i);
    bool priced = (invoice.present & LN_INVOICE_HAS_AMOUNT) != 0;
    assert_int_equal(priced, amount[0] != '\0');
    if (priced) {
        assert_int_equal(invoice.amount_msat, flat_number(flat, DECODED "amount_msat", i));
    }
    assert_string_equal(currencies[invoice.network], flat_text(flat, DECODED "currency", i));
    expect_number(flat, i, "timestamp", invoice.timestamp_s, 0);
    expect_number(flat, i, "expiry", invoice.expiry_s, 3600);
    expect_number(flat, i, "min_final_cltv_expiry_delta", invoice.min_final_cltv_blocks, 18);
    expect_bytes(flat, i, "payment_hash", invoice.payment_hash, 32);
    expect_bytes(flat, i, "payment_secret", invoice.payment_secret, 32);
    expect_bytes(flat, i, "payee", invoice.payee, 33);
}

static void check_description(const struct flat *flat, unsigned i)
{
    const char *description = flat_find(flat, DECODED "description", i);
    assert_int_equal((invoice.present & LN_INVOICE_HAS_DESCRIPTION) != 0, description != NULL);
    if (description != NULL) {
        assert_int_equal(invoice.description.length, strlen(description));
        assert_memory_equal(invoice.description.bytes, description, invoice.description.length);
    } else {
        expect_bytes(flat, i, "description_hash", invoice.description_hash, 32);
    }
    if (invoice.present & LN_INVOICE_HAS_METADATA) {
        expect_bytes(flat, i, "metadata", invoice.metadata.bytes, invoice.metadata.length);
    } else {
        assert_null(flat_find(flat, DECODED "metadata", i));
    }
}

static void check_fallbacks_and_features(const struct flat *flat, unsigned i)
{
    unsigned count = flat_length(flat, DECODED "fallbacks", i);
    assert_int_equal(invoice.fallback_count, count);
    for (unsigned k = 0; k < count; k++) {
        char name[40];
        snprintf(name, sizeof name, "fallbacks[%u].program", k);
        assert_int_equal(invoice.fallbacks[k].version, flat_number(flat, DECODED "fallbacks[%u].version", i, k));
        expect_bytes(flat, i, name, invoice.fallbacks[k].program, invoice.fallbacks[k].length);
    }
    struct ln_features expected = {{0}};
    for (unsigned k = 0; k < flat_length(flat, DECODED "features", i); k++) {
        ln_features_set(&expected, (unsigned)flat_number(flat, DECODED "features[%u]", i, k));
    }
    assert_true(ln_features_equal(&invoice.features, &expected));
}

static void check_hop(const struct flat *flat, unsigned i, unsigned route, unsigned hop,
                      const struct ln_invoice_hop *is)
{
    uint64_t block;
    uint64_t transaction;
    uint64_t output;
    uint8_t node[33];
    const char *scid = flat_text(flat, DECODED "routes[%u][%u].scid", i, route, hop);
    assert_int_equal(sscanf(scid, "%lux%lux%lu", &block, &transaction, &output), 3);
    assert_int_equal(is->short_channel_id, block << 40 | transaction << 16 | output);
    flat_exact(flat, node, 33, DECODED "routes[%u][%u].pubkey", i, route, hop);
    assert_memory_equal(is->node, node, 33);
    assert_int_equal(is->route, route);
    assert_int_equal(is->fee_base_msat, flat_number(flat, DECODED "routes[%u][%u].fee_base_msat", i, route, hop));
    assert_int_equal(is->fee_proportional_ppm, flat_number(flat, DECODED "routes[%u][%u].fee_ppm", i, route, hop));
    assert_int_equal(is->cltv_expiry_delta_blocks,
                     flat_number(flat, DECODED "routes[%u][%u].cltv_delta", i, route, hop));
}

static void check_routes(const struct flat *flat, unsigned i)
{
    unsigned total = 0;
    for (unsigned route = 0; route < flat_length(flat, DECODED "routes", i); route++) {
        for (unsigned hop = 0; hop < flat_length(flat, DECODED "routes[%u]", i, route); hop++) {
            check_hop(flat, i, route, hop, &invoice.hops[total++]);
        }
    }
    assert_int_equal(invoice.hop_count, total);
}

static void check_signature(const struct flat *flat, unsigned i)
{
    uint8_t signature[64];
    if (flat_find(flat, "cases[%u].signature", i) == NULL) {
        return;
    }
    flat_exact(flat, signature, 64, "cases[%u].signature", i);
    assert_memory_equal(invoice.signature, signature, 64);
    assert_int_equal(invoice.signature[64], flat_number(flat, "cases[%u].recovery_id", i));
}

/* What was read and signed again is the same text, unless the vector has fields that are passed over, or a signature
 * that nobody makes. Returns whether it was compared. */
static bool write_again(const struct flat *flat, unsigned i, const char *text)
{
    static char again[LN_INVOICE_CHARS_MAX];
    uint8_t secret[32];
    bool high_s = strstr(flat_text(flat, "cases[%u].name", i), "high-S") != NULL;
    if (invoice.ignored > 0 || high_s) {
        return false;
    }
    flat_exact(flat, secret, 32, "common.privkey");
    assert_int_equal(ln_invoice_write(&curve, again, sizeof again, &invoice, secret), LN_INVOICE_OK);
    assert_int_equal(strlen(again), strlen(text));
    for (size_t at = 0; again[at] != '\0'; at++) {
        assert_int_equal(again[at], tolower(text[at]));
    }
    return true;
}

static void every_valid_invoice_is_read_and_written_again(void **state)
{
    struct flat flat;
    unsigned rewritten = 0;
    (void)state;
    assert_true(flat_open(&flat, KONSENTO_SHARED, "bolt11-valid"));
    unsigned count = flat_length(&flat, "cases");
    for (unsigned i = 0; i < count; i++) {
        const char *text = flat_text(&flat, "cases[%u].invoice", i);
        assert_int_equal(ln_invoice_read(&curve, &invoice, btc_bytes(text, strlen(text))), LN_INVOICE_OK);
        check_head(&flat, i);
        check_description(&flat, i);
        check_fallbacks_and_features(&flat, i);
        check_routes(&flat, i);
        check_signature(&flat, i);
        assert_int_equal(invoice.ignored, flat_length(&flat, DECODED "unknown_tags", i));
        rewritten += write_again(&flat, i, text);
    }
    assert_int_equal(count, 16);
    assert_int_equal(rewritten, 14);
    printf("bolt11-valid: %u cases, %u written again byte by byte\n", count, rewritten);
    flat_close(&flat);
}

static enum ln_invoice_result refusal_for(const char *reason)
{
    static const struct {
        const char *part;
        enum ln_invoice_result result;
    } reasons[] = {{"unknown feature", LN_INVOICE_FEATURE},
                   {"checksum", LN_INVOICE_TEXT},
                   {"no 1", LN_INVOICE_TEXT},
                   {"mixed case", LN_INVOICE_TEXT},
                   {"not recoverable", LN_INVOICE_SIGNATURE},
                   {"too short", LN_INVOICE_TOO_SHORT},
                   {"multiplier", LN_INVOICE_AMOUNT},
                   {"sub-millisatoshi", LN_INVOICE_PRECISION},
                   {"Missing required `s`", LN_INVOICE_NO_SECRET},
                   {"high-S", LN_INVOICE_HIGH_S}};
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (strstr(reason, reasons[i].part) != NULL) {
            return reasons[i].result;
        }
    }
    return LN_INVOICE_OK;
}

static void every_invalid_invoice_is_refused_for_its_reason(void **state)
{
    struct flat flat;
    (void)state;
    assert_true(flat_open(&flat, KONSENTO_SHARED, "bolt11-invalid"));
    unsigned count = flat_length(&flat, "cases");
    for (unsigned i = 0; i < count; i++) {
        const char *text = flat_text(&flat, "cases[%u].invoice", i);
        const char *reason = flat_text(&flat, "cases[%u].reason", i);
        enum ln_invoice_result result = ln_invoice_read(&curve, &invoice, btc_bytes(text, strlen(text)));
        if (result == LN_INVOICE_OK || result != refusal_for(reason)) {
            fail_msg("case %u (%s): %s", i, reason, ln_invoice_text(result));
        }
    }
    assert_int_equal(count, 10);
    printf("bolt11-invalid: %u cases\n", count);
    flat_close(&flat);
}

int main(void)
{
    struct flat flat;
    if (!flat_open(&flat, KONSENTO_SHARED, "bolt11-valid")) {
        printf("skipped: no published vectors in %s\n", KONSENTO_SHARED);
        return TEST_SKIPPED;
    }
    flat_close(&flat);
    btc_curve_init(&curve);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_valid_invoice_is_read_and_written_again),
        cmocka_unit_test(every_invalid_invoice_is_refused_for_its_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
