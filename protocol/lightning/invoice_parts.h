/* invoice_parts.h: what reading and writing an invoice share.   [real]
 * SPDX-License-Identifier: MIT
 */
#ifndef KONSENTO_LIGHTNING_INVOICE_PARTS_H
#define KONSENTO_LIGHTNING_INVOICE_PARTS_H

#include "protocol/lightning/invoice.h"

#define LN_INVOICE_TIMESTAMP_WORDS 7
#define LN_INVOICE_SIGNATURE_WORDS 104

enum ln_invoice_tag {
    LN_TAG_PAYMENT_HASH = 1,      /* p */
    LN_TAG_ROUTE = 3,             /* r */
    LN_TAG_FEATURES = 5,          /* 9 */
    LN_TAG_EXPIRY = 6,            /* x */
    LN_TAG_FALLBACK = 9,          /* f */
    LN_TAG_DESCRIPTION = 13,      /* d */
    LN_TAG_PAYMENT_SECRET = 16,   /* s */
    LN_TAG_PAYEE = 19,            /* n */
    LN_TAG_DESCRIPTION_HASH = 23, /* h */
    LN_TAG_CLTV = 24,             /* c */
    LN_TAG_METADATA = 27,         /* m */
};

/* The text after "ln" that names a network. */
const char *ln_invoice_currency(enum btc_network network);

/* The rules that hold for an invoice as a whole: description, features. */
enum ln_invoice_result ln_invoice_check(const struct ln_invoice *invoice, int lost_feature);

/* What is signed: SHA-256 of the prefix and the words, filled up with zero bits to whole bytes. */
void ln_invoice_hash(uint8_t hash[32], struct btc_bytes prefix, const uint8_t *words, size_t word_count);

#endif
