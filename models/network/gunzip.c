/* gunzip.c: files packed by gzip.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/network/graph_read_parts.h"
#include <stdlib.h>
#include <zlib.h>

#define FIRST_BYTES (1u << 20)
#define WITH_GZIP   (16 + MAX_WBITS)

struct unpacked {
    uint8_t *bytes;
    size_t length;
    size_t capacity;
};

static const char *grow(struct unpacked *unpacked)
{
    if (unpacked->capacity == GRAPH_BYTES_MAX)
        return "unpacked it is larger than 512 MiB";
    size_t capacity = unpacked->capacity == 0 ? FIRST_BYTES : 2 * unpacked->capacity;
    capacity = capacity < GRAPH_BYTES_MAX ? capacity : GRAPH_BYTES_MAX;
    uint8_t *bytes = realloc(unpacked->bytes, capacity);
    if (bytes == NULL)
        return "out of memory";
    unpacked->bytes = bytes;
    unpacked->capacity = capacity;
    return NULL;
}

/* Unpacks one member after the other, as gzip does with files put together. Returns NULL, or what is wrong. */
static const char *unpack(struct unpacked *unpacked, z_stream *stream)
{
    for (;;) {
        const char *fault = unpacked->length == unpacked->capacity ? grow(unpacked) : NULL;
        if (fault != NULL)
            return fault;
        stream->next_out = unpacked->bytes + unpacked->length;
        stream->avail_out = (uInt)(unpacked->capacity - unpacked->length);
        int result = inflate(stream, Z_NO_FLUSH);
        unpacked->length = unpacked->capacity - stream->avail_out;
        if (result == Z_STREAM_END && stream->avail_in == 0)
            return NULL;
        if (result == Z_STREAM_END)
            result = inflateReset(stream);
        if (result == Z_BUF_ERROR && stream->avail_in == 0)
            return "the packed data ends early";
        if (result == Z_MEM_ERROR)
            return "out of memory";
        if (result != Z_OK && result != Z_BUF_ERROR)
            return "the packed data is damaged";
    }
}

uint8_t *graph_gunzip(size_t *length, const char **reason, const uint8_t *packed, size_t packed_length)
{
    struct unpacked unpacked = {0};
    z_stream stream = {.next_in = (Bytef *)packed, .avail_in = (uInt)packed_length};
    if (packed_length > GRAPH_BYTES_MAX) {
        *reason = "it is larger than 512 MiB";
        return NULL;
    }
    *reason = "out of memory";
    if (inflateInit2(&stream, WITH_GZIP) != Z_OK)
        return NULL;
    *reason = unpack(&unpacked, &stream);
    inflateEnd(&stream);
    if (*reason != NULL) {
        free(unpacked.bytes);
        return NULL;
    }
    *length = unpacked.length;
    return unpacked.bytes;
}
