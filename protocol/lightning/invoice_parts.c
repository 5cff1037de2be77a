/* invoice_parts.c: what reading and writing an invoice share.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/invoice_parts.h"

#include <string.h>

#include "protocol/bitcoin/hash.h"

void ln_invoice_init(struct ln_invoice *invoice, enum btc_network network)
{
    memset(invoice, 0, sizeof *invoice);
    invoice->network = network;
    invoice->expiry_s = LN_INVOICE_EXPIRY_S;
    invoice->min_final_cltv_blocks = LN_INVOICE_CLTV_BLOCKS;
}

bool ln_invoice_is_expired(const struct ln_invoice *invoice, uint64_t now_s)
{
    return now_s > invoice->timestamp_s + invoice->expiry_s; /* 35 and 32 bits: no overflow */
}

bool ln_invoice_describes(const struct ln_invoice *invoice, struct btc_bytes description)
{
    uint8_t hash[32];
    if (invoice->present & LN_INVOICE_HAS_DESCRIPTION) {
        return btc_bytes_equal(btc_bytes(invoice->description.bytes, invoice->description.length), description);
    }
    btc_sha256(hash, description.data, description.length);
    return memcmp(hash, invoice->description_hash, 32) == 0;
}

const char *ln_invoice_text(enum ln_invoice_result result)
{
    static const char *const texts[] = {
        [LN_INVOICE_OK] = "ok",
        [LN_INVOICE_TEXT] = "no bech32 text",
        [LN_INVOICE_TOO_LONG] = "too long",
        [LN_INVOICE_PREFIX] = "not of a network that we know",
        [LN_INVOICE_AMOUNT] = "bad amount",
        [LN_INVOICE_PRECISION] = "a fraction of a millisatoshi",
        [LN_INVOICE_TOO_SHORT] = "too short",
        [LN_INVOICE_PADDING] = "spare bits are not zero",
        [LN_INVOICE_NOT_MINIMAL] = "number with leading zeros",
        [LN_INVOICE_RANGE] = "number too large",
        [LN_INVOICE_UTF8] = "description is not UTF-8",
        [LN_INVOICE_NO_HASH] = "no payment hash",
        [LN_INVOICE_NO_SECRET] = "no payment secret",
        [LN_INVOICE_DESCRIPTION] = "needs one description or the hash of one",
        [LN_INVOICE_FEATURE] = "requires an unknown feature",
        [LN_INVOICE_SIGNATURE] = "wrong signature",
        [LN_INVOICE_HIGH_S] = "signature with a high S",
    };
    return texts[result];
}

const char *ln_invoice_currency(enum btc_network network)
{
    static const char *const currencies[BTC_NETWORK_COUNT] = {
        [BTC_MAINNET] = "bc", [BTC_TESTNET] = "tb", [BTC_SIGNET] = "tbs", [BTC_REGTEST] = "bcrt"};
    return currencies[network];
}

enum ln_invoice_result ln_invoice_check(const struct ln_invoice *invoice, int lost_feature)
{
    struct ln_features known = {{0}};
    ln_features_set(&known, LN_FEATURE_VAR_ONION);
    ln_features_set(&known, LN_FEATURE_PAYMENT_SECRET);
    ln_features_set(&known, LN_FEATURE_BASIC_MPP);
    ln_features_set(&known, LN_FEATURE_ATTRIBUTION_DATA);
    ln_features_set(&known, LN_FEATURE_PAYMENT_METADATA);
    bool direct = (invoice->present & LN_INVOICE_HAS_DESCRIPTION) != 0;
    bool hashed = (invoice->present & LN_INVOICE_HAS_DESCRIPTION_HASH) != 0;
    if (direct == hashed) {
        return LN_INVOICE_DESCRIPTION;
    }
    if (ln_features_check(NULL, &invoice->features, lost_feature, &known) != LN_FEATURES_OK) {
        return LN_INVOICE_FEATURE;
    }
    return LN_INVOICE_OK;
}

void ln_invoice_hash(uint8_t hash[32], struct btc_bytes prefix, const uint8_t *words, size_t word_count)
{
    struct btc_sha256_state state;
    btc_sha256_init(&state);
    btc_sha256_update(&state, prefix.data, prefix.length);
    unsigned bits = 0;
    unsigned pending = 0;
    for (size_t i = 0; i < word_count; i++) {
        bits = bits << 5 | words[i];
        pending += 5;
        if (pending >= 8) {
            pending -= 8;
            uint8_t byte = (uint8_t)(bits >> pending);
            btc_sha256_update(&state, &byte, 1);
        }
    }
    if (pending > 0) {
        uint8_t byte = (uint8_t)(bits << (8 - pending));
        btc_sha256_update(&state, &byte, 1);
    }
    btc_sha256_final(&state, hash);
}
