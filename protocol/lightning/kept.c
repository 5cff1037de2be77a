/* kept.c: messages that are kept as they came, in pieces of 64 bytes.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/kept.h"

#include <assert.h>
#include <string.h>

#define PIECE_BYTES  60
#define LENGTH_BYTES 2

struct piece {
    uint32_t next;
    uint8_t bytes[PIECE_BYTES];
};

void ln_kept_init(struct ln_kept *kept, const struct btc_allocator *allocator, uint32_t bytes_max)
{
    btc_pool_init(&kept->pieces, allocator, sizeof(struct piece));
    kept->pieces_max = bytes_max / (uint32_t)sizeof(struct piece);
}

void ln_kept_close(struct ln_kept *kept)
{
    btc_pool_close(&kept->pieces);
}

static uint32_t piece_count(size_t length)
{
    return (uint32_t)((length + LENGTH_BYTES + PIECE_BYTES - 1) / PIECE_BYTES);
}

static struct piece *piece_at(const struct ln_kept *kept, uint32_t number)
{
    return btc_pool_at(&kept->pieces, number);
}

uint32_t ln_kept_put(struct ln_kept *kept, struct btc_bytes message)
{
    uint8_t text[LENGTH_BYTES + LN_KEPT_BYTES_MAX + PIECE_BYTES] = {0};
    uint32_t count = piece_count(message.length), next = LN_KEPT_NONE;
    if (message.length == 0 || message.length > LN_KEPT_BYTES_MAX || kept->pieces.used + count > kept->pieces_max ||
        !btc_pool_reserve(&kept->pieces, count)) {
        return LN_KEPT_NONE;
    }
    text[0] = (uint8_t)(message.length >> 8);
    text[1] = (uint8_t)message.length;
    memcpy(text + LENGTH_BYTES, message.data, message.length);
    for (uint32_t i = count; i-- > 0;) {
        uint32_t number = btc_pool_take(&kept->pieces);
        assert(number != BTC_POOL_NONE);
        struct piece *piece = piece_at(kept, number);
        piece->next = next;
        memcpy(piece->bytes, text + (size_t)i * PIECE_BYTES, PIECE_BYTES);
        next = number;
    }
    return next;
}

size_t ln_kept_get(const struct ln_kept *kept, uint8_t *bytes, uint32_t number)
{
    const struct piece *piece = piece_at(kept, number);
    size_t length = (size_t)piece->bytes[0] << 8 | piece->bytes[1];
    size_t skip = LENGTH_BYTES;
    for (size_t done = 0; done < length;) {
        size_t part = PIECE_BYTES - skip < length - done ? PIECE_BYTES - skip : length - done;
        memcpy(bytes + done, piece->bytes + skip, part);
        done += part;
        skip = 0;
        piece = done < length ? piece_at(kept, piece->next) : piece;
    }
    return length;
}

void ln_kept_drop(struct ln_kept *kept, uint32_t number)
{
    while (number != LN_KEPT_NONE) {
        uint32_t next = piece_at(kept, number)->next;
        btc_pool_give(&kept->pieces, number);
        number = next;
    }
}
