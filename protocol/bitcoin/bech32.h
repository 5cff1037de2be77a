/* bech32.h: the text form of segwit addresses and of Lightning invoices: bech32 and bech32m.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     bc 1 qw508d6qejxtdg4y5r3zarvary0c5xw7k v8f3t4
 *     |  |  |                                 |
 *     |  |  words: 5 bits per character        checksum: 6 words, over prefix and words
 *     |  the last '1' of the text
 *     prefix (also "hrp"): 1 to 83 characters 33 .. 126
 *
 * Text is all in lower case or all in upper case. Addresses have at most 90 characters; a BOLT #11 invoice may have
 * more, so the limit is an input. Source: BIP 173, BIP 350.
 */
#ifndef KONSENTO_BITCOIN_BECH32_H
#define KONSENTO_BITCOIN_BECH32_H

#include "protocol/bitcoin/bytes.h"

#define BTC_BECH32_ADDRESS_LIMIT 90
#define BTC_MAX_BECH32_PREFIX    83

enum btc_bech32_kind {
    BTC_BECH32 = 1,          /* BIP 173: what the checksum must come to */
    BTC_BECH32M = 0x2bc830a3 /* BIP 350 */
};

enum btc_bech32_error {
    BTC_BECH32_OK = 0,
    BTC_BECH32_LENGTH,    /* shorter than 8 characters or longer than the limit */
    BTC_BECH32_CHARACTER, /* a character that may not stand there */
    BTC_BECH32_CASE,      /* upper and lower case mixed */
    BTC_BECH32_SEPARATOR, /* no '1', nothing before it, or less than a checksum behind it */
    BTC_BECH32_CHECKSUM,  /* neither kind's checksum */
    BTC_BECH32_CAPACITY   /* more words than there is room for */
};

struct btc_bech32 {
    enum btc_bech32_kind kind;
    size_t prefix_length;
    char prefix[BTC_MAX_BECH32_PREFIX + 1]; /* lower case, with its end */
    uint8_t *words;                         /* 0 .. 31 each, in the caller's memory */
    size_t word_count;
    size_t word_capacity;
};

/* In: bech32->words and word_capacity are set by the caller; text of at most limit characters.
 * Out: kind, prefix, words. On error what words points to may be written to, nothing else. */
__attribute__((warn_unused_result)) enum btc_bech32_error btc_bech32_read(struct btc_bech32 *bech32,
                                                                          struct btc_bytes text, size_t limit);

/* Out: text with its end. Returns its length, or 0 if that and the end do not fit into capacity.
 * In: a prefix in lower case (asserts), words below 32 (asserts). */
size_t btc_bech32_write(char *text, size_t capacity, const struct btc_bech32 *bech32);

/* Words that count bytes take. */
static inline size_t btc_words_for_bytes(size_t count)
{
    return (count * 8 + 4) / 5;
}

/* Splits bytes into words, the last filled up with zero bits. In: room for btc_words_for_bytes(bytes.length). */
void btc_words_from_bytes(uint8_t *words, struct btc_bytes bytes);

/* Joins words to bytes. Returns false if 5 or more bits are left over, or one of them is not zero.
 * In: words below 32; room for word_count * 5 / 8 bytes. */
__attribute__((warn_unused_result)) bool btc_bytes_from_words(uint8_t *bytes, size_t *length, const uint8_t *words,
                                                              size_t word_count);

#endif
