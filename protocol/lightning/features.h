/* features.h: feature bits: who can what, who insists on what.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Features come in pairs of bits: the even one says required, the odd one optional. On the wire they are bytes in
 * big-endian order, bit 0 being the lowest of the last byte. Bits above the set's size are checked but not kept.
 * Source: BOLT 9; BOLT 1, the init message.
 */
#ifndef KONSENTO_LIGHTNING_FEATURES_H
#define KONSENTO_LIGHTNING_FEATURES_H

#include "protocol/bitcoin/bytes.h"

#define LN_FEATURE_BITS 128

/* The even bit of each pair that we know. */
enum ln_feature {
    LN_FEATURE_DATA_LOSS_PROTECT = 0,
    LN_FEATURE_UPFRONT_SHUTDOWN_SCRIPT = 4,
    LN_FEATURE_GOSSIP_QUERIES = 6,
    LN_FEATURE_VAR_ONION = 8,
    LN_FEATURE_GOSSIP_QUERIES_EX = 10,
    LN_FEATURE_STATIC_REMOTEKEY = 12,
    LN_FEATURE_PAYMENT_SECRET = 14,
    LN_FEATURE_BASIC_MPP = 16,
    LN_FEATURE_LARGE_CHANNEL = 18,
    LN_FEATURE_ANCHORS = 22,
    LN_FEATURE_ROUTE_BLINDING = 24,
    LN_FEATURE_SHUTDOWN_ANYSEGWIT = 26,
    LN_FEATURE_DUAL_FUND = 28,
    LN_FEATURE_QUIESCE = 34,
    LN_FEATURE_ATTRIBUTION_DATA = 36,
    LN_FEATURE_ONION_MESSAGES = 38,
    LN_FEATURE_PROVIDE_STORAGE = 42,
    LN_FEATURE_CHANNEL_TYPE = 44,
    LN_FEATURE_SCID_ALIAS = 46,
    LN_FEATURE_PAYMENT_METADATA = 48,
    LN_FEATURE_ZEROCONF = 50,
    LN_FEATURE_SIMPLE_CLOSE = 60,
    LN_FEATURE_SPLICE = 62,
};

/* Where a feature may be shown (BOLT 9, column Context). */
enum ln_feature_place {
    LN_PLACE_INIT = 1,
    LN_PLACE_NODE = 2,
    LN_PLACE_INVOICE = 4,
    LN_PLACE_CHANNEL_TYPE = 8,
};

struct ln_features {
    uint64_t words[LN_FEATURE_BITS / 64];
};

enum ln_features_result {
    LN_FEATURES_OK,
    LN_FEATURES_UNKNOWN_EVEN, /* requires what we do not know */
    LN_FEATURES_DEPENDENCY,   /* lacks what one of its features depends on */
};

void ln_features_set(struct ln_features *features, unsigned bit);
bool ln_features_has_bit(const struct ln_features *features, unsigned bit);
/* Whether a feature is offered, by either bit. */
bool ln_features_offer(const struct ln_features *features, enum ln_feature feature);
/* Whether both sides may rely on it: both offer it, or ours insists (BOLT 1, init). */
bool ln_features_negotiated(const struct ln_features *ours, const struct ln_features *theirs, enum ln_feature feature);
void ln_features_combine(struct ln_features *into, const struct ln_features *from);
/* What may be shown at a place, and what all nodes are assumed to have. Bits that we have no name for are left out. */
void ln_features_select(struct ln_features *shown, const struct ln_features *from, enum ln_feature_place place);
bool ln_features_equal(const struct ln_features *a, const struct ln_features *b);

/* Reads bytes of any length. Out: features; lost, the first set even bit that did not fit, or -1. */
void ln_features_read(struct ln_features *features, int *lost, struct btc_bytes bytes);
/* Out: bytes, at least LN_FEATURE_BITS / 8 of room. Returns how many, the least that holds all set bits. */
size_t ln_features_write(uint8_t *bytes, const struct ln_features *features);

/* Checks what a peer shows against the features that we know; those that all nodes are assumed to have are known
 * always. In: lost, as ln_features_read gave it. Out: bit, which may be NULL, the offending one. */
__attribute__((warn_unused_result)) enum ln_features_result
ln_features_check(unsigned *bit, const struct ln_features *theirs, int lost, const struct ln_features *known);
/* BOLT 9's name for a bit, NULL for one that is unknown. */
const char *ln_feature_name(unsigned bit);
/* Returns where it may stand: a sum of enum ln_feature_place, 0 for features that all nodes are assumed to have. */
unsigned ln_feature_places(enum ln_feature feature);

#endif
