/* hex.c: bytes from hexadecimal digits, for tests.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/bitcoin/hex.h"

#include <assert.h>
#include <string.h>

static int digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

size_t hex_read(uint8_t *out, size_t capacity, const char *text)
{
    size_t length = 0;
    for (; digit(text[0]) >= 0; text += 2, length++) {
        assert(digit(text[1]) >= 0 && length < capacity);
        out[length] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
    }
    return length;
}

struct btc_bytes hex_bytes(struct btc_arena *arena, const char *text)
{
    size_t capacity = strlen(text) / 2;
    uint8_t *bytes = btc_arena_take(arena, capacity, 1);
    assert(bytes != NULL);
    return btc_bytes(bytes, hex_read(bytes, capacity, text));
}

struct btc_tx hex_tx(struct btc_arena *arena, const char *text)
{
    struct btc_tx tx;
    enum btc_tx_error error = btc_tx_parse(&tx, arena, hex_bytes(arena, text));
    assert(error == BTC_TX_OK);
    return tx;
}
