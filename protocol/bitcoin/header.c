/* header.c: block headers: 80 bytes, their hash, the target it must not exceed, median time.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/header.h"

#include "protocol/bitcoin/hash.h"
#include <assert.h>
#include <string.h>

void btc_header_read(struct btc_header *header, const uint8_t bytes[BTC_HEADER_BYTES])
{
    struct btc_reader reader;
    btc_reader_init(&reader, bytes, BTC_HEADER_BYTES);
    header->version = btc_read_u32(&reader);
    btc_read_copy(&reader, header->previous, 32);
    btc_read_copy(&reader, header->merkle_root, 32);
    header->time = btc_read_u32(&reader);
    header->bits = btc_read_u32(&reader);
    header->nonce = btc_read_u32(&reader);
}

void btc_header_write(uint8_t bytes[BTC_HEADER_BYTES], const struct btc_header *header)
{
    struct btc_writer writer;
    btc_writer_init(&writer, bytes, BTC_HEADER_BYTES);
    btc_write_u32(&writer, header->version);
    btc_write(&writer, header->previous, 32);
    btc_write(&writer, header->merkle_root, 32);
    btc_write_u32(&writer, header->time);
    btc_write_u32(&writer, header->bits);
    btc_write_u32(&writer, header->nonce);
    assert(!writer.failed && writer.length == BTC_HEADER_BYTES);
}

void btc_header_hash(uint8_t hash[32], const struct btc_header *header)
{
    uint8_t bytes[BTC_HEADER_BYTES];
    btc_header_write(bytes, header);
    btc_sha256d(hash, bytes, sizeof bytes);
}

bool btc_target_from_bits(uint8_t target[32], uint32_t bits)
{
    int exponent = (int)(bits >> 24);
    uint32_t mantissa = bits & 0x007fffff;
    uint8_t result[32] = {0};
    bool is_zero = true;
    /* value = mantissa * 256^(exponent - 3); digits below one fall away */
    for (int digit = 0; digit < 3; digit++) {
        uint8_t value = (uint8_t)(mantissa >> 8 * digit);
        int place = exponent - 3 + digit;
        if (value == 0 || place < 0)
            continue;
        if (place >= 32)
            return false;
        result[place] = value;
        is_zero = false;
    }
    if (is_zero || (bits & 0x00800000) != 0)
        return false;
    memcpy(target, result, 32);
    return true;
}

bool btc_hash_meets_bits(const uint8_t hash[32], uint32_t bits)
{
    uint8_t target[32];
    if (!btc_target_from_bits(target, bits))
        return false;
    for (int i = 31; i >= 0; i--)
        if (hash[i] != target[i])
            return hash[i] < target[i];
    return true;
}

bool btc_header_grind(struct btc_header *header, uint32_t attempts)
{
    for (uint32_t i = 0; i < attempts; i++) {
        uint8_t hash[32];
        btc_header_hash(hash, header);
        if (btc_hash_meets_bits(hash, header->bits))
            return true;
        header->nonce++;
    }
    return false;
}

/* ---- median time past ---- */

uint32_t btc_recent_times_push(struct btc_recent_times *recent, uint32_t time)
{
    if (recent->count < BTC_MEDIAN_TIME_SPAN) {
        recent->times[recent->count++] = time;
        return 0;
    }
    uint32_t oldest = recent->times[0];
    memmove(recent->times, recent->times + 1, sizeof recent->times - sizeof recent->times[0]);
    recent->times[BTC_MEDIAN_TIME_SPAN - 1] = time;
    return oldest;
}

void btc_recent_times_pop(struct btc_recent_times *recent, uint32_t oldest, uint32_t count)
{
    assert(recent->count > 0 && (count == recent->count || count + 1 == recent->count));
    if (count == recent->count) {
        memmove(recent->times + 1, recent->times, sizeof recent->times - sizeof recent->times[0]);
        recent->times[0] = oldest;
    } else {
        recent->times[--recent->count] = 0;
    }
}

uint32_t btc_median_time(const struct btc_recent_times *recent)
{
    uint32_t sorted[BTC_MEDIAN_TIME_SPAN];
    for (uint32_t i = 0; i < recent->count; i++) {
        uint32_t at = i;
        for (; at > 0 && sorted[at - 1] > recent->times[i]; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = recent->times[i];
    }
    return recent->count == 0 ? 0 : sorted[recent->count / 2];
}
