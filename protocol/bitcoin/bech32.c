/* bech32.c: the text form of segwit addresses and of Lightning invoices: bech32 and bech32m.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/bech32.h"

#include <assert.h>
#include <string.h>

#define CHECKSUM_WORDS 6

static const char ALPHABET[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/* One step of the BCH code over GF(32): takes in one word. BIP 173 "Checksum". */
static uint32_t polymod_step(uint32_t state, uint8_t word)
{
    static const uint32_t GENERATOR[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    uint32_t top = state >> 25;
    state = (state & 0x1ffffff) << 5 ^ word;
    for (unsigned bit = 0; bit < 5; bit++) /* without a branch that nobody can predict */
        state ^= GENERATOR[bit] & (0 - (top >> bit & 1));
    return state;
}

/* The state after the prefix: the high bits of each character, a zero, the low bits. */
static uint32_t polymod_prefix(const char *prefix, size_t length)
{
    uint32_t state = 1;
    for (size_t i = 0; i < length; i++)
        state = polymod_step(state, (uint8_t)prefix[i] >> 5);
    state = polymod_step(state, 0);
    for (size_t i = 0; i < length; i++)
        state = polymod_step(state, prefix[i] & 31);
    return state;
}

static bool is_lower(uint8_t character)
{
    return character >= 'a' && character <= 'z';
}

static bool is_upper(uint8_t character)
{
    return character >= 'A' && character <= 'Z';
}

static uint8_t to_lower(uint8_t character)
{
    return is_upper(character) ? (uint8_t)(character + ('a' - 'A')) : character;
}

static enum btc_bech32_error check_characters(struct btc_bytes text)
{
    bool lower = false, upper = false;
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] < 33 || text.data[i] > 126)
            return BTC_BECH32_CHARACTER;
        lower |= is_lower(text.data[i]);
        upper |= is_upper(text.data[i]);
    }
    return lower && upper ? BTC_BECH32_CASE : BTC_BECH32_OK;
}

/* Value of a character, or -1. */
static int word_of(uint8_t character)
{
    const char *found = strchr(ALPHABET, to_lower(character));
    return found == NULL ? -1 : (int)(found - ALPHABET);
}

/* Position of the last '1', text.length if there is none. */
static size_t find_separator(struct btc_bytes text)
{
    for (size_t i = text.length; i > 0; i--)
        if (text.data[i - 1] == '1')
            return i - 1;
    return text.length;
}

/* Reads words and checksum from behind the separator. */
static enum btc_bech32_error read_words(struct btc_bech32 *bech32, struct btc_bytes text, size_t separator)
{
    size_t count = text.length - separator - 1;
    uint32_t state = polymod_prefix(bech32->prefix, bech32->prefix_length);
    for (size_t i = 0; i < count; i++) {
        int word = word_of(text.data[separator + 1 + i]);
        if (word < 0)
            return BTC_BECH32_CHARACTER;
        state = polymod_step(state, (uint8_t)word);
        if (i + CHECKSUM_WORDS < count)
            bech32->words[i] = (uint8_t)word;
    }
    if (state != BTC_BECH32 && state != BTC_BECH32M)
        return BTC_BECH32_CHECKSUM;
    bech32->kind = (enum btc_bech32_kind)state;
    bech32->word_count = count - CHECKSUM_WORDS;
    return BTC_BECH32_OK;
}

enum btc_bech32_error btc_bech32_read(struct btc_bech32 *bech32, struct btc_bytes text, size_t limit)
{
    if (text.length < 8 || text.length > limit)
        return BTC_BECH32_LENGTH;
    enum btc_bech32_error error = check_characters(text);
    if (error != BTC_BECH32_OK)
        return error;
    size_t separator = find_separator(text);
    if (separator == 0 || separator + 1 + CHECKSUM_WORDS > text.length || separator > BTC_MAX_BECH32_PREFIX)
        return BTC_BECH32_SEPARATOR;
    if (text.length - separator - 1 - CHECKSUM_WORDS > bech32->word_capacity)
        return BTC_BECH32_CAPACITY;
    struct btc_bech32 result = *bech32;
    result.prefix_length = separator;
    for (size_t i = 0; i < separator; i++)
        result.prefix[i] = (char)to_lower(text.data[i]);
    result.prefix[separator] = '\0';
    error = read_words(&result, text, separator);
    if (error == BTC_BECH32_OK)
        *bech32 = result;
    return error;
}

size_t btc_bech32_write(char *text, size_t capacity, const struct btc_bech32 *bech32)
{
    size_t length = bech32->prefix_length + 1 + bech32->word_count + CHECKSUM_WORDS;
    if (length >= capacity)
        return 0;
    assert(bech32->prefix_length >= 1 && bech32->prefix_length <= BTC_MAX_BECH32_PREFIX);
    for (size_t i = 0; i < bech32->prefix_length; i++)
        assert(bech32->prefix[i] >= 33 && bech32->prefix[i] <= 126 && !is_upper((uint8_t)bech32->prefix[i]));
    memcpy(text, bech32->prefix, bech32->prefix_length);
    char *out = text + bech32->prefix_length;
    *out++ = '1';
    uint32_t state = polymod_prefix(bech32->prefix, bech32->prefix_length);
    for (size_t i = 0; i < bech32->word_count; i++) {
        assert(bech32->words[i] < 32);
        state = polymod_step(state, bech32->words[i]);
        *out++ = ALPHABET[bech32->words[i]];
    }
    for (unsigned i = 0; i < CHECKSUM_WORDS; i++)
        state = polymod_step(state, 0);
    state ^= (uint32_t)bech32->kind;
    for (unsigned i = 0; i < CHECKSUM_WORDS; i++)
        *out++ = ALPHABET[state >> 5 * (CHECKSUM_WORDS - 1 - i) & 31];
    *out = '\0';
    return length;
}

void btc_words_from_bytes(uint8_t *words, struct btc_bytes bytes)
{
    uint32_t bits = 0;
    unsigned held = 0;
    for (size_t i = 0; i < bytes.length; i++) {
        bits = (bits << 8 | bytes.data[i]) & 0xfff;
        for (held += 8; held >= 5; held -= 5)
            *words++ = bits >> (held - 5) & 31;
    }
    if (held > 0)
        *words = (uint8_t)(bits << (5 - held) & 31);
}

bool btc_bytes_from_words(uint8_t *bytes, size_t *length, const uint8_t *words, size_t word_count)
{
    uint32_t bits = 0;
    unsigned held = 0;
    size_t written = 0;
    for (size_t i = 0; i < word_count; i++) {
        bits = (bits << 5 | words[i]) & 0xfff;
        held += 5;
        if (held >= 8) {
            held -= 8;
            bytes[written++] = (uint8_t)(bits >> held);
        }
    }
    if (held >= 5 || (bits & ((1u << held) - 1)) != 0)
        return false;
    *length = written;
    return true;
}
