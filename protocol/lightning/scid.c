/* scid.c: short channel ids.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/scid.h"

#include <assert.h>

#define BITS_24 0xffffffu

uint64_t ln_scid(uint32_t height, uint32_t transaction, uint16_t output)
{
    assert(height <= BITS_24 && transaction <= BITS_24);
    return (uint64_t)height << 40 | (uint64_t)transaction << 16 | output;
}

uint32_t ln_scid_height(uint64_t scid)
{
    return (uint32_t)(scid >> 40);
}

uint32_t ln_scid_transaction(uint64_t scid)
{
    return (uint32_t)(scid >> 16) & BITS_24;
}

uint16_t ln_scid_output(uint64_t scid)
{
    return (uint16_t)scid;
}

static size_t write_number(char *text, uint32_t number)
{
    char digits[10];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    for (size_t i = 0; i < count; i++) {
        text[i] = digits[count - 1 - i];
    }
    return count;
}

size_t ln_scid_write(char text[LN_SCID_TEXT_BYTES], uint64_t scid)
{
    size_t length = write_number(text, ln_scid_height(scid));
    text[length++] = 'x';
    length += write_number(text + length, ln_scid_transaction(scid));
    text[length++] = 'x';
    length += write_number(text + length, ln_scid_output(scid));
    text[length] = '\0';
    return length;
}

/* Takes a number and the character after it. Returns NULL if it is none. */
static const char *read_number(uint32_t *number, const char *text, uint32_t limit, char end)
{
    if (text[0] < '0' || text[0] > '9' || (text[0] == '0' && text[1] >= '0' && text[1] <= '9')) {
        return NULL;
    }
    *number = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        *number = *number * 10 + (uint32_t)(*text - '0');
        if (*number > limit) {
            return NULL;
        }
    }
    return *text == end ? text + 1 : NULL;
}

bool ln_scid_read(uint64_t *scid, const char *text)
{
    uint32_t height;
    uint32_t transaction;
    uint32_t output;
    const char *rest = read_number(&height, text, BITS_24, 'x');
    if (rest != NULL) {
        rest = read_number(&transaction, rest, BITS_24, 'x');
    }
    if (rest == NULL || read_number(&output, rest, UINT16_MAX, '\0') == NULL) {
        return false;
    }
    *scid = ln_scid(height, transaction, (uint16_t)output);
    return true;
}
