/* utf8.c: whether bytes are text.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/utf8.h"

/* Returns the length of the sequence that a first byte announces, 0 if it announces none. */
static size_t sequence_length(uint8_t first)
{
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xc2 && first < 0xe0) {
        return 2;
    }
    if (first >= 0xe0 && first < 0xf0) {
        return 3;
    }
    return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

/* The second byte of some sequences is bounded further: no overlong forms, no surrogates, nothing above 10ffff. */
static bool second_fits(uint8_t first, uint8_t second)
{
    switch (first) {
    case 0xe0:
        return second >= 0xa0;
    case 0xed:
        return second < 0xa0;
    case 0xf0:
        return second >= 0x90;
    case 0xf4:
        return second < 0x90;
    }
    return true;
}

bool ln_utf8_is_valid(struct btc_bytes text)
{
    for (size_t at = 0; at < text.length;) {
        const uint8_t *sequence = text.data + at;
        size_t length = sequence_length(sequence[0]);
        if (length == 0 || length > text.length - at) {
            return false;
        }
        for (size_t i = 1; i < length; i++) {
            if ((sequence[i] & 0xc0) != 0x80) {
                return false;
            }
        }
        if (length > 1 && !second_fits(sequence[0], sequence[1])) {
            return false;
        }
        at += length;
    }
    return true;
}
