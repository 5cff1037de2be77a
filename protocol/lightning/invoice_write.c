/* invoice_write.c: from invoice to text.   [real]
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <string.h>

#include "protocol/bitcoin/bech32.h"
#include "protocol/lightning/invoice_parts.h"
#include "protocol/lightning/utf8.h"
#include "protocol/lightning/wire.h"

#define HOP_BYTES       51
#define PICO_PER_MSAT   10
#define WORDS_PER_FIELD 1023

struct writing {
    const struct ln_invoice *invoice;
    uint8_t *words;
    size_t count;
    size_t capacity;
    bool full;
    uint8_t fallbacks; /* written */
    uint8_t hops;
};

static void put_word(struct writing *writing, unsigned word)
{
    if (writing->count == writing->capacity) {
        writing->full = true;
        return;
    }
    writing->words[writing->count++] = (uint8_t)(word & 31);
}

/* A number in count words, the highest first. */
static void put_number(struct writing *writing, uint64_t number, unsigned count)
{
    while (count-- > 0) {
        put_word(writing, (unsigned)(number >> (5 * count)) & 31);
    }
}

static void put_head(struct writing *writing, enum ln_invoice_tag tag, size_t words)
{
    assert(words <= WORDS_PER_FIELD);
    put_word(writing, tag);
    put_number(writing, words, 2);
}

static void put_bytes(struct writing *writing, struct btc_bytes bytes)
{
    size_t words = btc_words_for_bytes(bytes.length);
    if (words > writing->capacity - writing->count) {
        writing->full = true;
        return;
    }
    btc_words_from_bytes(writing->words + writing->count, bytes);
    writing->count += words;
}

static void put_field(struct writing *writing, enum ln_invoice_tag tag, struct btc_bytes bytes)
{
    put_head(writing, tag, btc_words_for_bytes(bytes.length));
    put_bytes(writing, bytes);
}

static void put_least_number(struct writing *writing, enum ln_invoice_tag tag, uint64_t number)
{
    unsigned words = 0;
    for (uint64_t rest = number; rest != 0; rest >>= 5) {
        words++;
    }
    put_head(writing, tag, words);
    put_number(writing, number, words);
}

static void put_features(struct writing *writing)
{
    const struct ln_features *features = &writing->invoice->features;
    unsigned words = (LN_FEATURE_BITS + 4) / 5;
    unsigned values[(LN_FEATURE_BITS + 4) / 5] = {0};
    for (unsigned bit = 0; bit < LN_FEATURE_BITS; bit++) {
        values[bit / 5] |= (unsigned)ln_features_has_bit(features, bit) << bit % 5;
    }
    while (words > 0 && values[words - 1] == 0) {
        words--;
    }
    if (words == 0) {
        return; /* BOLT 11: a field without bits is left out */
    }
    put_head(writing, LN_TAG_FEATURES, words);
    while (words-- > 0) {
        put_word(writing, values[words]);
    }
}

static void put_fallback(struct writing *writing)
{
    if (writing->fallbacks == writing->invoice->fallback_count) {
        return;
    }
    const struct ln_invoice_fallback *fallback = &writing->invoice->fallbacks[writing->fallbacks++];
    put_head(writing, LN_TAG_FALLBACK, 1 + btc_words_for_bytes(fallback->length));
    put_word(writing, fallback->version);
    put_bytes(writing, btc_bytes(fallback->program, fallback->length));
}

/* The next hops that belong to one route. */
static void put_route(struct writing *writing)
{
    const struct ln_invoice *invoice = writing->invoice;
    uint8_t bytes[LN_INVOICE_FIELD_BYTES];
    struct ln_writer writer = ln_writer_init(bytes, sizeof bytes);
    uint8_t first = writing->hops;
    while (writing->hops < invoice->hop_count && invoice->hops[writing->hops].route == invoice->hops[first].route) {
        const struct ln_invoice_hop *hop = &invoice->hops[writing->hops++];
        ln_write_bytes(&writer, hop->node, 33);
        ln_write_unsigned(&writer, hop->short_channel_id, 8);
        ln_write_unsigned(&writer, hop->fee_base_msat, 4);
        ln_write_unsigned(&writer, hop->fee_proportional_ppm, 4);
        ln_write_unsigned(&writer, hop->cltv_expiry_delta_blocks, 2);
    }
    if (writer.fault != LN_WIRE_OK) {
        writing->full = true;
    } else if (writer.at > 0) {
        put_field(writing, LN_TAG_ROUTE, btc_bytes(bytes, writer.at));
    }
}

static void put_tag(struct writing *writing, enum ln_invoice_tag tag)
{
    const struct ln_invoice *invoice = writing->invoice;
    switch (tag) {
    case LN_TAG_PAYMENT_HASH:
        put_field(writing, tag, btc_bytes(invoice->payment_hash, 32));
        break;
    case LN_TAG_PAYMENT_SECRET:
        put_field(writing, tag, btc_bytes(invoice->payment_secret, 32));
        break;
    case LN_TAG_DESCRIPTION:
        put_field(writing, tag, btc_bytes(invoice->description.bytes, invoice->description.length));
        break;
    case LN_TAG_DESCRIPTION_HASH:
        put_field(writing, tag, btc_bytes(invoice->description_hash, 32));
        break;
    case LN_TAG_METADATA:
        put_field(writing, tag, btc_bytes(invoice->metadata.bytes, invoice->metadata.length));
        break;
    case LN_TAG_PAYEE:
        put_field(writing, tag, btc_bytes(invoice->payee, 33));
        break;
    case LN_TAG_EXPIRY:
        put_least_number(writing, tag, invoice->expiry_s);
        break;
    case LN_TAG_CLTV:
        put_least_number(writing, tag, invoice->min_final_cltv_blocks);
        break;
    case LN_TAG_FEATURES:
        put_features(writing);
        break;
    case LN_TAG_FALLBACK:
        put_fallback(writing);
        break;
    case LN_TAG_ROUTE:
        put_route(writing);
        break;
    }
}

/* What the writer writes, and in which order, when the invoice has none. */
static const struct {
    enum ln_invoice_tag tag;
    uint32_t bit; /* 0: always */
} usual[] = {
    {LN_TAG_PAYMENT_SECRET, 0},
    {LN_TAG_PAYMENT_HASH, 0},
    {LN_TAG_DESCRIPTION, LN_INVOICE_HAS_DESCRIPTION},
    {LN_TAG_DESCRIPTION_HASH, LN_INVOICE_HAS_DESCRIPTION_HASH},
    {LN_TAG_METADATA, LN_INVOICE_HAS_METADATA},
    {LN_TAG_PAYEE, LN_INVOICE_HAS_PAYEE},
    {LN_TAG_EXPIRY, LN_INVOICE_HAS_EXPIRY},
    {LN_TAG_CLTV, LN_INVOICE_HAS_CLTV},
    {LN_TAG_FEATURES, LN_INVOICE_HAS_FEATURES},
};

static void put_usual(struct writing *writing)
{
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        if (usual[i].bit == 0 || (writing->invoice->present & usual[i].bit)) {
            put_tag(writing, usual[i].tag);
        }
    }
    while (writing->fallbacks < writing->invoice->fallback_count) {
        put_fallback(writing);
    }
    while (writing->hops < writing->invoice->hop_count && !writing->full) {
        put_route(writing);
    }
}

static void put_data(struct writing *writing)
{
    const struct ln_invoice *invoice = writing->invoice;
    put_number(writing, invoice->timestamp_s, LN_INVOICE_TIMESTAMP_WORDS);
    for (unsigned i = 0; i < invoice->field_count; i++) {
        put_tag(writing, (enum ln_invoice_tag)invoice->order[i]);
    }
    if (invoice->field_count == 0) {
        put_usual(writing);
    }
}

/* The amount in the largest unit that it is a whole number of. Out: text of at most 22 characters. */
static void write_amount(char *text, uint64_t amount_msat)
{
    static const struct {
        uint64_t pico;
        const char *letter;
    } units[] = {{UINT64_C(1000000000000), ""}, {1000000000, "m"}, {1000000, "u"}, {1000, "n"}, {1, "p"}};
    unsigned __int128 pico = (unsigned __int128)amount_msat * PICO_PER_MSAT;
    size_t unit = 0;
    while (pico % units[unit].pico != 0) {
        unit++;
    }
    unsigned __int128 number = pico / units[unit].pico;
    char digits[20];
    size_t count = 0;
    for (; number > 0; number /= 10) {
        digits[count++] = (char)('0' + (int)(number % 10));
    }
    while (count > 0) {
        *text++ = digits[--count];
    }
    memcpy(text, units[unit].letter, strlen(units[unit].letter) + 1);
}

static void write_prefix(struct btc_bech32 *bech32, const struct ln_invoice *invoice)
{
    const char *currency = ln_invoice_currency(invoice->network);
    size_t length = strlen(currency);
    memcpy(bech32->prefix, "ln", 2);
    memcpy(bech32->prefix + 2, currency, length + 1);
    if (invoice->present & LN_INVOICE_HAS_AMOUNT) {
        write_amount(bech32->prefix + 2 + length, invoice->amount_msat);
    }
    bech32->prefix_length = strlen(bech32->prefix);
}

/* BOLT 9: not both bits of a pair. */
static bool has_both_bits(const struct ln_features *features)
{
    for (unsigned even = 0; even < LN_FEATURE_BITS; even += 2) {
        if (ln_features_has_bit(features, even) && ln_features_has_bit(features, even + 1)) {
            return true;
        }
    }
    return false;
}

/* What an invoice must be to be written. */
static enum ln_invoice_result check(const struct ln_invoice *invoice)
{
    bool priced = (invoice->present & LN_INVOICE_HAS_AMOUNT) != 0;
    if (priced && (invoice->amount_msat == 0 || invoice->amount_msat > LN_MSAT_MAX)) {
        return LN_INVOICE_AMOUNT;
    }
    if (invoice->timestamp_s >> 35 != 0 || invoice->expiry_s > UINT32_MAX) {
        return LN_INVOICE_RANGE;
    }
    if (!ln_utf8_is_valid(btc_bytes(invoice->description.bytes, invoice->description.length))) {
        return LN_INVOICE_UTF8;
    }
    return has_both_bits(&invoice->features) ? LN_INVOICE_FEATURE : ln_invoice_check(invoice, -1);
}

enum ln_invoice_result ln_invoice_write_by(const struct ln_backend *backend, char *text, size_t capacity,
                                           struct ln_invoice *invoice, const uint8_t secret[32],
                                           const uint8_t public_key[33])
{
    uint8_t words[LN_INVOICE_CHARS_MAX];
    uint8_t hash[32];
    struct btc_bech32 bech32 = {.kind = BTC_BECH32, .words = words};
    struct writing writing = {.invoice = invoice, .words = words, .capacity = sizeof words};
    enum ln_invoice_result result = check(invoice);
    if (result != LN_INVOICE_OK) {
        return result;
    }
    memcpy(invoice->payee, public_key, 33);
    put_data(&writing);
    write_prefix(&bech32, invoice);
    ln_invoice_hash(hash, btc_bytes(bech32.prefix, bech32.prefix_length), words, writing.count);
    if (!ln_backend_sign_recoverable(backend, invoice->signature, hash, secret, public_key)) {
        return LN_INVOICE_SIGNATURE;
    }
    put_bytes(&writing, btc_bytes(invoice->signature, 65));
    bech32.word_count = writing.count;
    bool fits = !writing.full && btc_bech32_write(text, capacity, &bech32) > 0;
    return fits ? LN_INVOICE_OK : LN_INVOICE_TOO_LONG;
}

enum ln_invoice_result ln_invoice_write(const struct btc_curve *curve, char *text, size_t capacity,
                                        struct ln_invoice *invoice, const uint8_t secret[32])
{
    const struct ln_backend real = {.kind = LN_BACKEND_REAL, .curve = curve};
    uint8_t public_key[33];
    enum ln_invoice_result result = check(invoice);
    if (result != LN_INVOICE_OK) {
        return result;
    }
    if (!btc_pubkey_wire_from_secret(curve, public_key, secret)) {
        return LN_INVOICE_SIGNATURE;
    }
    return ln_invoice_write_by(&real, text, capacity, invoice, secret, public_key);
}
