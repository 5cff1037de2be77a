/* invoice.h: a request for payment as text: BOLT 11.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     ln bc 2500u 1 timestamp | tag length data | tag length data ... | signature     and bech32's checksum
 *
 * Reading takes the first valid field of each kind; later ones, fields of unknown kinds and fields of a wrong length
 * are passed over and counted, as the specification's own example wants it (its rule to fail on wrong lengths
 * contradicts that example). What is missing, ambiguous or not in its shortest form fails. Reading and writing take 5
 * KiB of stack.
 */
#ifndef KONSENTO_LIGHTNING_INVOICE_H
#define KONSENTO_LIGHTNING_INVOICE_H

#include "protocol/bitcoin/address.h"
#include "protocol/lightning/backend.h"
#include "protocol/lightning/features.h"
#include "protocol/lightning/msat.h"

#define LN_INVOICE_CHARS_MAX     4296 /* what a QR code holds in upper case */
#define LN_INVOICE_FIELD_BYTES   639
#define LN_INVOICE_FALLBACKS_MAX 4
#define LN_INVOICE_HOPS_MAX      20
#define LN_INVOICE_FIELDS_MAX    32
#define LN_INVOICE_EXPIRY_S      3600 /* when the invoice does not say */
#define LN_INVOICE_CLTV_BLOCKS   18

enum ln_invoice_result {
    LN_INVOICE_OK,
    LN_INVOICE_TEXT,        /* no bech32: character, case, separator, checksum */
    LN_INVOICE_TOO_LONG,    /* more than LN_INVOICE_CHARS_MAX; writing: does not fit */
    LN_INVOICE_PREFIX,      /* not "ln" and a network that we know */
    LN_INVOICE_AMOUNT,      /* no number, zero, leading zero, unknown multiplier, beyond all bitcoin */
    LN_INVOICE_PRECISION,   /* a fraction of a millisatoshi */
    LN_INVOICE_TOO_SHORT,   /* no room for timestamp and signature, or a field runs over them */
    LN_INVOICE_PADDING,     /* spare bits of a field that are not zero */
    LN_INVOICE_NOT_MINIMAL, /* x, c or 9 with leading zeros */
    LN_INVOICE_RANGE,       /* x or c too large to mean anything */
    LN_INVOICE_UTF8,        /* the description is no text */
    LN_INVOICE_NO_HASH,     /* no payment hash */
    LN_INVOICE_NO_SECRET,   /* no payment secret */
    LN_INVOICE_DESCRIPTION, /* neither description nor hash of one, or both */
    LN_INVOICE_FEATURE,   /* requires a feature that we do not know, or lacks a dependency; writing: both bits of one */
    LN_INVOICE_SIGNATURE, /* does not match, or no key can be recovered */
    LN_INVOICE_HIGH_S,    /* with a payee given, the signature must have a low S */
};

/* Which optional members hold something. */
enum ln_invoice_present {
    LN_INVOICE_HAS_AMOUNT = 1,
    LN_INVOICE_HAS_DESCRIPTION = 2,
    LN_INVOICE_HAS_DESCRIPTION_HASH = 4,
    LN_INVOICE_HAS_METADATA = 8,
    LN_INVOICE_HAS_PAYEE = 16, /* the payee stands in the text; it is known in any case */
    LN_INVOICE_HAS_EXPIRY = 32,
    LN_INVOICE_HAS_CLTV = 64,
    LN_INVOICE_HAS_FEATURES = 128,
};

/* An on-chain address to fall back on: a witness program, or version 17 (P2PKH) or 18 (P2SH) with its hash. */
struct ln_invoice_fallback {
    uint8_t version;
    uint8_t length;
    uint8_t program[40];
};

/* One hop of a private route to the payee. */
struct ln_invoice_hop {
    uint8_t node[33]; /* at the start of the channel */
    uint8_t route;    /* which route it belongs to: 0, 1, ... in order */
    uint16_t cltv_expiry_delta_blocks;
    uint32_t fee_base_msat;
    uint32_t fee_proportional_ppm;
    uint64_t short_channel_id;
};

struct ln_invoice_bytes {
    uint16_t length;
    uint8_t bytes[LN_INVOICE_FIELD_BYTES];
};

struct ln_invoice {
    enum btc_network network;
    uint32_t present;
    uint64_t amount_msat;
    uint64_t timestamp_s; /* below 2^35 */
    uint64_t expiry_s;
    uint32_t min_final_cltv_blocks;
    uint8_t payment_hash[32];
    uint8_t payment_secret[32];
    uint8_t description_hash[32];
    uint8_t payee[33];
    uint8_t signature[65]; /* r, s, recovery id */
    uint8_t fallback_count;
    uint8_t hop_count;
    uint8_t field_count;                  /* of order; 0 lets the writer choose */
    uint8_t ignored;                      /* fields passed over, 255 for more */
    uint8_t order[LN_INVOICE_FIELDS_MAX]; /* tags in the order of the text */
    struct ln_features features;
    struct ln_invoice_fallback fallbacks[LN_INVOICE_FALLBACKS_MAX];
    struct ln_invoice_hop hops[LN_INVOICE_HOPS_MAX];
    struct ln_invoice_bytes description;
    struct ln_invoice_bytes metadata;
};

/* In: text without a scheme ("lightning:"). Out: invoice, of no use on a result other than OK. */
BTC_CURVE_MUST_USE enum ln_invoice_result ln_invoice_read(const struct btc_curve *curve, struct ln_invoice *invoice,
                                                          struct btc_bytes text);

/* Signs and writes. In: secret of the payee; invoice with payment_hash, payment_secret and one kind of description.
 * Out: text with its end; invoice->payee and signature. Returns LN_INVOICE_TOO_LONG, LN_INVOICE_SIGNATURE (bad secret),
 * or the rule that the invoice breaks. */
BTC_CURVE_MUST_USE enum ln_invoice_result ln_invoice_write(const struct btc_curve *curve, char *text, size_t capacity,
                                                           struct ln_invoice *invoice, const uint8_t secret[32]);

/* The same with any back end. In: public_key, of secret. */
BTC_CURVE_MUST_USE enum ln_invoice_result ln_invoice_read_by(const struct ln_backend *backend,
                                                             struct ln_invoice *invoice, struct btc_bytes text);
BTC_CURVE_MUST_USE enum ln_invoice_result ln_invoice_write_by(const struct ln_backend *backend, char *text,
                                                              size_t capacity, struct ln_invoice *invoice,
                                                              const uint8_t secret[32], const uint8_t public_key[33]);

/* Zero, with the defaults for expiry and final expiry delta. */
void ln_invoice_init(struct ln_invoice *invoice, enum btc_network network);

/* Whether it is too late to pay. In: now_s, seconds since 1970. */
bool ln_invoice_is_expired(const struct ln_invoice *invoice, uint64_t now_s);
/* Whether a description is the invoice's: the text itself, or what hashes to description_hash. */
bool ln_invoice_describes(const struct ln_invoice *invoice, struct btc_bytes description);

const char *ln_invoice_text(enum ln_invoice_result result);

#endif
