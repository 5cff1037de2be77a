/* change.c: what differs between two states of the same bytes.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/change.h"

#include <string.h>

#include "protocol/lightning/wire.h"

#define WORD 8
#define HEAD 4 /* the length */

/* Whether a word's worth of bytes is the same; behind the end of the shorter nothing is. */
static bool same_word(struct btc_bytes before, struct btc_bytes after, size_t at)
{
    return at + WORD <= before.length && at + WORD <= after.length &&
           memcmp(before.data + at, after.data + at, WORD) == 0;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Runs are whole words: finer ones would need more heads than they save bytes. */
size_t ln_change_write(uint8_t *out, size_t capacity, struct btc_bytes before, struct btc_bytes after)
{
    struct ln_writer writer = ln_writer_init(out, capacity);
    ln_write_unsigned(&writer, after.length, HEAD);
    for (size_t at = 0; at < after.length; at += WORD) {
        size_t begin = at;
        while (at < after.length && !same_word(before, after, at)) {
            at += WORD;
        }
        if (at > begin) {
            size_t length = smaller(at, after.length) - begin;
            ln_write_unsigned(&writer, begin, 4);
            ln_write_unsigned(&writer, length, 4);
            ln_write_bytes(&writer, after.data + begin, length);
        }
    }
    return writer.fault == LN_WIRE_OK ? writer.at : 0;
}

bool ln_change_length(size_t *length, struct btc_bytes change)
{
    struct ln_reader reader = ln_reader_init(change.data, change.length);
    *length = (size_t)ln_read_unsigned(&reader, HEAD);
    return reader.fault == LN_WIRE_OK;
}

bool ln_change_apply(uint8_t *bytes, size_t old_length, struct btc_bytes change)
{
    struct ln_reader reader = ln_reader_init(change.data, change.length);
    size_t length = (size_t)ln_read_unsigned(&reader, HEAD);
    if (reader.fault == LN_WIRE_OK && length > old_length) {
        memset(bytes + old_length, 0, length - old_length);
    }
    while (reader.fault == LN_WIRE_OK && ln_reader_left(&reader) > 0) {
        size_t at = (size_t)ln_read_unsigned(&reader, 4);
        size_t count = (size_t)ln_read_unsigned(&reader, 4);
        const uint8_t *run = ln_read_bytes(&reader, count);
        if (run == NULL || at > length || count > length - at) {
            return false;
        }
        memcpy(bytes + at, run, count);
    }
    return reader.fault == LN_WIRE_OK;
}
