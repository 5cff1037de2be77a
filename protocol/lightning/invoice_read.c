/* invoice_read.c: from text to invoice.   [real]
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "protocol/bitcoin/bech32.h"
#include "protocol/lightning/invoice_parts.h"
#include "protocol/lightning/utf8.h"
#include "protocol/lightning/wire.h"

#define HOP_BYTES 51

/* A field as it stands in the text. */
struct field {
    uint8_t tag;
    const uint8_t *words;
    size_t count;
};

/* What reading needs to remember beyond the invoice. */
struct reading {
    struct ln_invoice *invoice;
    bool has_hash;
    bool has_secret;
    int lost_feature;
    uint8_t route_count;
    bool ignored; /* the field at hand */
};

/* ---- prefix ---- */

static enum ln_invoice_result read_multiplier(uint64_t *msat, unsigned __int128 number, const char *rest)
{
    static const struct {
        char letter;
        uint64_t msat;
    } units[] = {{'\0', UINT64_C(100000000000)}, {'m', 100000000}, {'u', 100000}, {'n', 100}};
    if (rest[0] != '\0' && rest[1] != '\0') {
        return LN_INVOICE_AMOUNT;
    }
    if (rest[0] == 'p') {
        *msat = (uint64_t)(number / 10);
        return number % 10 == 0 ? LN_INVOICE_OK : LN_INVOICE_PRECISION;
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (units[i].letter == rest[0]) {
            if (number > LN_MSAT_MAX / units[i].msat) {
                return LN_INVOICE_AMOUNT;
            }
            *msat = (uint64_t)number * units[i].msat;
            return LN_INVOICE_OK;
        }
    }
    return LN_INVOICE_AMOUNT;
}

static enum ln_invoice_result read_amount(struct ln_invoice *invoice, const char *text)
{
    if (text[0] == '\0') {
        return LN_INVOICE_OK;
    }
    unsigned __int128 number = 0; /* all bitcoin in "p" take more than 64 bits */
    if (text[0] == '0') {
        return LN_INVOICE_AMOUNT;
    }
    for (; text[0] >= '0' && text[0] <= '9'; text++) {
        number = number * 10 + (unsigned)(text[0] - '0');
        if (number > (unsigned __int128)LN_MSAT_MAX * 10) {
            return LN_INVOICE_AMOUNT;
        }
    }
    enum ln_invoice_result result = read_multiplier(&invoice->amount_msat, number, text);
    if (result == LN_INVOICE_OK && invoice->amount_msat > LN_MSAT_MAX) {
        return LN_INVOICE_AMOUNT;
    }
    invoice->present |= LN_INVOICE_HAS_AMOUNT;
    return result;
}

/* A network's letters must be followed by the amount or nothing, which tells "lnbc" from "lnbcrt". */
static enum ln_invoice_result read_prefix(struct ln_invoice *invoice, const char *prefix)
{
    if (prefix[0] != 'l' || prefix[1] != 'n') {
        return LN_INVOICE_PREFIX;
    }
    for (unsigned network = 0; network < BTC_NETWORK_COUNT; network++) {
        const char *currency = ln_invoice_currency((enum btc_network)network);
        size_t length = strlen(currency);
        const char *after = prefix + 2 + length;
        if (strncmp(prefix + 2, currency, length) == 0 && (*after == '\0' || (*after >= '0' && *after <= '9'))) {
            invoice->network = (enum btc_network)network;
            return read_amount(invoice, after);
        }
    }
    return LN_INVOICE_PREFIX;
}

/* ---- fields ---- */

static enum ln_invoice_result read_bytes(uint8_t *bytes, size_t *length, const struct field *field)
{
    return btc_bytes_from_words(bytes, length, field->words, field->count) ? LN_INVOICE_OK : LN_INVOICE_PADDING;
}

/* In: size, 32 or 33 bytes. The first field of the right length counts. */
static enum ln_invoice_result read_fixed(struct reading *reading, uint8_t *member, size_t size, bool *has,
                                         const struct field *field)
{
    size_t length;
    if (*has || field->count != btc_words_for_bytes(size)) {
        reading->ignored = true;
        return LN_INVOICE_OK;
    }
    *has = true;
    return read_bytes(member, &length, field);
}

static enum ln_invoice_result read_optional(struct reading *reading, uint8_t *member, size_t size, uint32_t bit,
                                            const struct field *field)
{
    bool has = (reading->invoice->present & bit) != 0;
    enum ln_invoice_result result = read_fixed(reading, member, size, &has, field);
    if (has) {
        reading->invoice->present |= bit;
    }
    return result;
}

static enum ln_invoice_result read_variable(struct reading *reading, struct ln_invoice_bytes *member, uint32_t bit,
                                            const struct field *field)
{
    size_t length = 0;
    if (reading->invoice->present & bit) {
        reading->ignored = true;
        return LN_INVOICE_OK;
    }
    reading->invoice->present |= bit;
    enum ln_invoice_result result = read_bytes(member->bytes, &length, field);
    member->length = (uint16_t)length;
    return result;
}

static enum ln_invoice_result read_description(struct reading *reading, const struct field *field)
{
    struct ln_invoice_bytes *description = &reading->invoice->description;
    enum ln_invoice_result result = read_variable(reading, description, LN_INVOICE_HAS_DESCRIPTION, field);
    if (result == LN_INVOICE_OK && !ln_utf8_is_valid(btc_bytes(description->bytes, description->length))) {
        return LN_INVOICE_UTF8;
    }
    return result;
}

static enum ln_invoice_result read_number(struct reading *reading, uint64_t *number, uint32_t bit, uint64_t limit,
                                          const struct field *field)
{
    if (reading->invoice->present & bit) {
        reading->ignored = true;
        return LN_INVOICE_OK;
    }
    if (field->count > 0 && field->words[0] == 0) {
        return LN_INVOICE_NOT_MINIMAL;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < field->count; i++) {
        value = value << 5 | field->words[i];
        if (value > limit) {
            return LN_INVOICE_RANGE;
        }
    }
    *number = value;
    reading->invoice->present |= bit;
    return LN_INVOICE_OK;
}

static enum ln_invoice_result read_cltv(struct reading *reading, const struct field *field)
{
    uint64_t number = reading->invoice->min_final_cltv_blocks;
    enum ln_invoice_result result = read_number(reading, &number, LN_INVOICE_HAS_CLTV, UINT32_MAX, field);
    reading->invoice->min_final_cltv_blocks = (uint32_t)number;
    return result;
}

static enum ln_invoice_result read_features(struct reading *reading, const struct field *field)
{
    struct ln_invoice *invoice = reading->invoice;
    if (invoice->present & LN_INVOICE_HAS_FEATURES) {
        reading->ignored = true;
        return LN_INVOICE_OK;
    }
    if (field->count == 0 || field->words[0] == 0) {
        return LN_INVOICE_NOT_MINIMAL;
    }
    for (size_t bit = 0; bit < 5 * field->count; bit++) {
        bool set = field->words[field->count - 1 - bit / 5] >> bit % 5 & 1;
        if (set && bit < LN_FEATURE_BITS) {
            ln_features_set(&invoice->features, (unsigned)bit);
        } else if (set && bit % 2 == 0 && reading->lost_feature < 0) {
            reading->lost_feature = (int)bit;
        }
    }
    invoice->present |= LN_INVOICE_HAS_FEATURES;
    return LN_INVOICE_OK;
}

static bool program_fits(uint8_t version, size_t length)
{
    switch (version) {
    case 0:
        return length == 20 || length == 32;
    case 17:
    case 18:
        return length == 20;
    }
    return version <= 16 && length >= 2 && length <= 40;
}

static enum ln_invoice_result read_fallback(struct reading *reading, const struct field *field)
{
    struct ln_invoice *invoice = reading->invoice;
    uint8_t program[LN_INVOICE_FIELD_BYTES];
    size_t length;
    if (field->count < 1 || invoice->fallback_count == LN_INVOICE_FALLBACKS_MAX ||
        !btc_bytes_from_words(program, &length, field->words + 1, field->count - 1) ||
        !program_fits(field->words[0], length)) {
        reading->ignored = true;
        return LN_INVOICE_OK;
    }
    struct ln_invoice_fallback *fallback = &invoice->fallbacks[invoice->fallback_count++];
    fallback->version = field->words[0];
    fallback->length = (uint8_t)length;
    memcpy(fallback->program, program, length);
    return LN_INVOICE_OK;
}

static void read_hop(struct ln_invoice_hop *hop, uint8_t route, struct ln_reader *reader)
{
    hop->route = route;
    memcpy(hop->node, ln_read_bytes(reader, 33), 33);
    hop->short_channel_id = ln_read_unsigned(reader, 8);
    hop->fee_base_msat = (uint32_t)ln_read_unsigned(reader, 4);
    hop->fee_proportional_ppm = (uint32_t)ln_read_unsigned(reader, 4);
    hop->cltv_expiry_delta_blocks = (uint16_t)ln_read_unsigned(reader, 2);
}

/* A route that is malformed, or one more than there is room for, is no help but no harm either. */
static enum ln_invoice_result read_route(struct reading *reading, const struct field *field)
{
    struct ln_invoice *invoice = reading->invoice;
    uint8_t bytes[LN_INVOICE_FIELD_BYTES];
    size_t length;
    if (!btc_bytes_from_words(bytes, &length, field->words, field->count) || length == 0 || length % HOP_BYTES != 0 ||
        length / HOP_BYTES > (size_t)(LN_INVOICE_HOPS_MAX - invoice->hop_count)) {
        reading->ignored = true;
        return LN_INVOICE_OK;
    }
    struct ln_reader reader = ln_reader_init(bytes, length);
    while (ln_reader_left(&reader) > 0) {
        read_hop(&invoice->hops[invoice->hop_count++], reading->route_count, &reader);
    }
    reading->route_count++;
    return LN_INVOICE_OK;
}

static enum ln_invoice_result read_field(struct reading *reading, const struct field *field)
{
    struct ln_invoice *invoice = reading->invoice;
    switch ((enum ln_invoice_tag)field->tag) {
    case LN_TAG_PAYMENT_HASH:
        return read_fixed(reading, invoice->payment_hash, 32, &reading->has_hash, field);
    case LN_TAG_PAYMENT_SECRET:
        return read_fixed(reading, invoice->payment_secret, 32, &reading->has_secret, field);
    case LN_TAG_DESCRIPTION_HASH:
        return read_optional(reading, invoice->description_hash, 32, LN_INVOICE_HAS_DESCRIPTION_HASH, field);
    case LN_TAG_PAYEE:
        return read_optional(reading, invoice->payee, 33, LN_INVOICE_HAS_PAYEE, field);
    case LN_TAG_DESCRIPTION:
        return read_description(reading, field);
    case LN_TAG_METADATA:
        return read_variable(reading, &invoice->metadata, LN_INVOICE_HAS_METADATA, field);
    case LN_TAG_EXPIRY:
        return read_number(reading, &invoice->expiry_s, LN_INVOICE_HAS_EXPIRY, UINT32_MAX, field);
    case LN_TAG_CLTV:
        return read_cltv(reading, field);
    case LN_TAG_FEATURES:
        return read_features(reading, field);
    case LN_TAG_FALLBACK:
        return read_fallback(reading, field);
    case LN_TAG_ROUTE:
        return read_route(reading, field);
    }
    reading->ignored = true;
    return LN_INVOICE_OK;
}

static void note_field(struct reading *reading, uint8_t tag)
{
    struct ln_invoice *invoice = reading->invoice;
    if (!reading->ignored && invoice->field_count < LN_INVOICE_FIELDS_MAX) {
        invoice->order[invoice->field_count++] = tag;
    } else if (invoice->ignored < UINT8_MAX) {
        invoice->ignored++;
    }
}

static enum ln_invoice_result read_fields(struct reading *reading, const uint8_t *words, size_t count)
{
    for (size_t at = 0; at < count;) {
        if (count - at < 3) {
            return LN_INVOICE_TOO_SHORT;
        }
        struct field field = {words[at], words + at + 3, (size_t)words[at + 1] << 5 | words[at + 2]};
        if (field.count > count - at - 3) {
            return LN_INVOICE_TOO_SHORT;
        }
        reading->ignored = false;
        enum ln_invoice_result result = read_field(reading, &field);
        if (result != LN_INVOICE_OK) {
            return result;
        }
        note_field(reading, field.tag);
        at += 3 + field.count;
    }
    if (!reading->has_hash) {
        return LN_INVOICE_NO_HASH;
    }
    return reading->has_secret ? ln_invoice_check(reading->invoice, reading->lost_feature) : LN_INVOICE_NO_SECRET;
}

/* ---- signature ---- */

static bool is_high(const uint8_t s[32])
{
    static const uint8_t half[32] = {0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                     0xff, 0xff, 0xff, 0xff, 0xff, 0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4,
                                     0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0};
    return memcmp(s, half, 32) > 0;
}

/* BOLT 11: with a payee, verify, and insist on a low S; without, recover the key from either S. */
static enum ln_invoice_result check_signature(const struct ln_backend *backend, struct ln_invoice *invoice,
                                              const uint8_t hash[32])
{
    struct ln_point payee;
    if (!(invoice->present & LN_INVOICE_HAS_PAYEE)) {
        bool known = ln_backend_recover(backend, invoice->payee, invoice->signature, hash);
        return known ? LN_INVOICE_OK : LN_INVOICE_SIGNATURE;
    }
    if (is_high(invoice->signature + 32)) {
        return LN_INVOICE_HIGH_S;
    }
    bool genuine = ln_backend_read_point(backend, &payee, invoice->payee) &&
                   ln_backend_verify(backend, invoice->signature, hash, &payee);
    return genuine ? LN_INVOICE_OK : LN_INVOICE_SIGNATURE;
}

static uint64_t read_timestamp(const uint8_t *words)
{
    uint64_t timestamp_s = 0;
    for (size_t i = 0; i < LN_INVOICE_TIMESTAMP_WORDS; i++) {
        timestamp_s = timestamp_s << 5 | words[i];
    }
    return timestamp_s;
}

/* In: bech32, whose checksum was right. */
static enum ln_invoice_result read_data(const struct ln_backend *backend, struct ln_invoice *invoice,
                                        const struct btc_bech32 *bech32)
{
    if (bech32->word_count < LN_INVOICE_TIMESTAMP_WORDS + LN_INVOICE_SIGNATURE_WORDS) {
        return LN_INVOICE_TOO_SHORT;
    }
    struct reading reading = {.invoice = invoice, .lost_feature = -1};
    size_t signed_count = bech32->word_count - LN_INVOICE_SIGNATURE_WORDS;
    size_t length;
    invoice->timestamp_s = read_timestamp(bech32->words);
    enum ln_invoice_result result =
        read_fields(&reading, bech32->words + LN_INVOICE_TIMESTAMP_WORDS, signed_count - LN_INVOICE_TIMESTAMP_WORDS);
    if (result != LN_INVOICE_OK) {
        return result;
    }
    uint8_t hash[32];
    ln_invoice_hash(hash, btc_bytes(bech32->prefix, bech32->prefix_length), bech32->words, signed_count);
    bool whole = btc_bytes_from_words(invoice->signature, &length, bech32->words + signed_count,
                                      LN_INVOICE_SIGNATURE_WORDS); /* 520 bits: nothing is left over */
    return whole ? check_signature(backend, invoice, hash) : LN_INVOICE_SIGNATURE;
}

enum ln_invoice_result ln_invoice_read_by(const struct ln_backend *backend, struct ln_invoice *invoice,
                                          struct btc_bytes text)
{
    uint8_t words[LN_INVOICE_CHARS_MAX];
    struct btc_bech32 bech32 = {.words = words, .word_capacity = sizeof words};
    ln_invoice_init(invoice, BTC_MAINNET);
    if (text.length > LN_INVOICE_CHARS_MAX) {
        return LN_INVOICE_TOO_LONG;
    }
    if (btc_bech32_read(&bech32, text, LN_INVOICE_CHARS_MAX) != BTC_BECH32_OK || bech32.kind != BTC_BECH32) {
        return LN_INVOICE_TEXT;
    }
    enum ln_invoice_result result = read_prefix(invoice, bech32.prefix);
    return result == LN_INVOICE_OK ? read_data(backend, invoice, &bech32) : result;
}

enum ln_invoice_result ln_invoice_read(const struct btc_curve *curve, struct ln_invoice *invoice, struct btc_bytes text)
{
    const struct ln_backend real = {.kind = LN_BACKEND_REAL, .curve = curve};
    return ln_invoice_read_by(&real, invoice, text);
}
