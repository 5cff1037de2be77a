/* features.c: feature bits.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/features.h"

#include <assert.h>
#include <string.h>

#define NO_DEPENDENCY 0xff
#define IN            (LN_PLACE_INIT | LN_PLACE_NODE)

struct row {
    uint8_t feature;
    uint8_t places;
    uint8_t depends;
    const char *name;
};

/* BOLT 9's table. Rows without places are assumed of every node: they need not be shown, so basic_mpp's dependency on
 * payment_secret always holds and is left out. */
static const struct row rows[] = {
    {LN_FEATURE_DATA_LOSS_PROTECT, 0, NO_DEPENDENCY, "option_data_loss_protect"},
    {LN_FEATURE_UPFRONT_SHUTDOWN_SCRIPT, IN, NO_DEPENDENCY, "option_upfront_shutdown_script"},
    {LN_FEATURE_GOSSIP_QUERIES, 0, NO_DEPENDENCY, "gossip_queries"},
    {LN_FEATURE_VAR_ONION, 0, NO_DEPENDENCY, "var_onion_optin"},
    {LN_FEATURE_GOSSIP_QUERIES_EX, IN, NO_DEPENDENCY, "gossip_queries_ex"},
    {LN_FEATURE_STATIC_REMOTEKEY, 0, NO_DEPENDENCY, "option_static_remotekey"},
    {LN_FEATURE_PAYMENT_SECRET, 0, NO_DEPENDENCY, "payment_secret"},
    {LN_FEATURE_BASIC_MPP, IN | LN_PLACE_INVOICE, NO_DEPENDENCY, "basic_mpp"},
    {LN_FEATURE_LARGE_CHANNEL, IN, NO_DEPENDENCY, "option_support_large_channel"},
    {LN_FEATURE_ANCHORS, IN | LN_PLACE_CHANNEL_TYPE, NO_DEPENDENCY, "option_anchors"},
    {LN_FEATURE_ROUTE_BLINDING, IN | LN_PLACE_INVOICE, NO_DEPENDENCY, "option_route_blinding"},
    {LN_FEATURE_SHUTDOWN_ANYSEGWIT, IN, NO_DEPENDENCY, "option_shutdown_anysegwit"},
    {LN_FEATURE_DUAL_FUND, IN, NO_DEPENDENCY, "option_dual_fund"},
    {LN_FEATURE_QUIESCE, IN, NO_DEPENDENCY, "option_quiesce"},
    {LN_FEATURE_ATTRIBUTION_DATA, IN | LN_PLACE_INVOICE, NO_DEPENDENCY, "option_attribution_data"},
    {LN_FEATURE_ONION_MESSAGES, IN, NO_DEPENDENCY, "option_onion_messages"},
    {LN_FEATURE_PROVIDE_STORAGE, IN, NO_DEPENDENCY, "option_provide_storage"},
    {LN_FEATURE_CHANNEL_TYPE, 0, NO_DEPENDENCY, "option_channel_type"},
    {LN_FEATURE_SCID_ALIAS, IN | LN_PLACE_CHANNEL_TYPE, NO_DEPENDENCY, "option_scid_alias"},
    {LN_FEATURE_PAYMENT_METADATA, LN_PLACE_INVOICE, NO_DEPENDENCY, "option_payment_metadata"},
    {LN_FEATURE_ZEROCONF, IN | LN_PLACE_CHANNEL_TYPE, LN_FEATURE_SCID_ALIAS, "option_zeroconf"},
    {LN_FEATURE_SIMPLE_CLOSE, IN, LN_FEATURE_SHUTDOWN_ANYSEGWIT, "option_simple_close"},
    {LN_FEATURE_SPLICE, IN, NO_DEPENDENCY, "option_splice"},
};
#define ROW_COUNT (sizeof rows / sizeof rows[0])

static const struct row *find_row(unsigned bit)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].feature == (bit & ~1u)) {
            return &rows[i];
        }
    }
    return NULL;
}

void ln_features_set(struct ln_features *features, unsigned bit)
{
    assert(bit < LN_FEATURE_BITS);
    features->words[bit / 64] |= UINT64_C(1) << bit % 64;
}

bool ln_features_has_bit(const struct ln_features *features, unsigned bit)
{
    return bit < LN_FEATURE_BITS && (features->words[bit / 64] >> bit % 64 & 1) != 0;
}

bool ln_features_offer(const struct ln_features *features, enum ln_feature feature)
{
    return ln_features_has_bit(features, feature) || ln_features_has_bit(features, feature + 1);
}

bool ln_features_negotiated(const struct ln_features *ours, const struct ln_features *theirs, enum ln_feature feature)
{
    return ln_features_has_bit(ours, feature) ||
           (ln_features_offer(ours, feature) && ln_features_offer(theirs, feature));
}

void ln_features_combine(struct ln_features *into, const struct ln_features *from)
{
    for (size_t i = 0; i < LN_FEATURE_BITS / 64; i++) {
        into->words[i] |= from->words[i];
    }
}

void ln_features_select(struct ln_features *shown, const struct ln_features *from, enum ln_feature_place place)
{
    struct ln_features selected = {{0}};
    for (unsigned bit = 0; bit < LN_FEATURE_BITS; bit++) {
        const struct row *row = find_row(bit);
        if (row != NULL && ln_features_has_bit(from, bit) && (row->places == 0 || (row->places & place))) {
            ln_features_set(&selected, bit);
        }
    }
    *shown = selected;
}

bool ln_features_equal(const struct ln_features *a, const struct ln_features *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

void ln_features_read(struct ln_features *features, int *lost, struct btc_bytes bytes)
{
    *features = (struct ln_features){{0}};
    *lost = -1;
    for (size_t bit = 0; bit < 8 * bytes.length; bit++) {
        bool set = bytes.data[bytes.length - 1 - bit / 8] >> bit % 8 & 1;
        if (set && bit < LN_FEATURE_BITS) {
            ln_features_set(features, (unsigned)bit);
        } else if (set && bit % 2 == 0 && *lost < 0) {
            *lost = (int)bit;
        }
    }
}

size_t ln_features_write(uint8_t *bytes, const struct ln_features *features)
{
    size_t length = LN_FEATURE_BITS / 8;
    while (length > 0 && (features->words[(length - 1) / 8] >> 8 * ((length - 1) % 8) & 0xff) == 0) {
        length--;
    }
    for (size_t i = 0; i < length; i++) {
        bytes[length - 1 - i] = (uint8_t)(features->words[i / 8] >> 8 * (i % 8));
    }
    return length;
}

static enum ln_features_result blame(unsigned *bit, unsigned which, enum ln_features_result result)
{
    if (bit != NULL) {
        *bit = which;
    }
    return result;
}

static bool is_known(const struct ln_features *known, unsigned even)
{
    const struct row *row = find_row(even);
    return ln_features_offer(known, (enum ln_feature)even) || (row != NULL && row->places == 0);
}

enum ln_features_result ln_features_check(unsigned *bit, const struct ln_features *theirs, int lost,
                                          const struct ln_features *known)
{
    for (unsigned even = 0; even < LN_FEATURE_BITS; even += 2) {
        if (ln_features_has_bit(theirs, even) && !is_known(known, even)) {
            return blame(bit, even, LN_FEATURES_UNKNOWN_EVEN);
        }
    }
    if (lost >= 0) {
        return blame(bit, (unsigned)lost, LN_FEATURES_UNKNOWN_EVEN);
    }
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].depends != NO_DEPENDENCY && ln_features_offer(theirs, rows[i].feature) &&
            !ln_features_offer(theirs, rows[i].depends)) {
            return blame(bit, rows[i].feature, LN_FEATURES_DEPENDENCY);
        }
    }
    return LN_FEATURES_OK;
}

const char *ln_feature_name(unsigned bit)
{
    const struct row *row = find_row(bit);
    return row == NULL ? NULL : row->name;
}

unsigned ln_feature_places(enum ln_feature feature)
{
    const struct row *row = find_row(feature);
    return row == NULL ? 0 : row->places;
}
