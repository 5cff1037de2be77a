/* change.c: what differs between two states of the same bytes.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/change.h"

#include <string.h>

#include "protocol/lightning/wire.h"

#define HEAD     4 /* the length */
#define RUN_HEAD 8

static uint32_t begin_of(const struct ln_fields *fields, uint32_t place)
{
    return place == 0 ? 0 : fields->ends[place - 1];
}

static bool same_field(const struct ln_fields *before, const struct ln_fields *after, uint32_t place)
{
    uint32_t begin = begin_of(after, place), end = after->ends[place];
    return memcmp(before->bytes + begin, after->bytes + begin, end - begin) == 0;
}

/* How many fields lie in the same places. */
static uint32_t count_aligned(const struct ln_fields *before, const struct ln_fields *after)
{
    uint32_t count = before->count < after->count ? before->count : after->count, i = 0;
    while (i < count && before->ends[i] == after->ends[i]) {
        i++;
    }
    return i;
}

static void write_run(struct ln_writer *writer, const struct ln_fields *after, uint32_t begin, uint32_t end)
{
    if (end > begin) {
        ln_write_unsigned(writer, begin, 4);
        ln_write_unsigned(writer, end - begin, 4);
        ln_write_bytes(writer, after->bytes + begin, end - begin);
    }
}

size_t ln_change_write(uint8_t *out, size_t capacity, const struct ln_fields *before, const struct ln_fields *after)
{
    struct ln_writer writer = ln_writer_init(out, capacity);
    uint32_t aligned = count_aligned(before, after), begin = 0, end = 0; /* of the run that is not yet written */
    ln_write_unsigned(&writer, after->length, HEAD);
    for (uint32_t i = 0; i < aligned; i++) {
        if (same_field(before, after, i)) {
            continue;
        }
        if (begin_of(after, i) > end + RUN_HEAD || end == 0) {
            write_run(&writer, after, begin, end);
            begin = begin_of(after, i);
        }
        end = after->ends[i];
    }
    write_run(&writer, after, begin, end);
    write_run(&writer, after, begin_of(after, aligned), (uint32_t)after->length);
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
