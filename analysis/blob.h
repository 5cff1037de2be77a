/* blob.h: a long string of bytes that one replication leaves behind, compressed as it comes.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   bytes --> | chunk | chunk | ... | rest, filled up with zeros |     each compressed by itself (zlib)
 *
 * The chunks are those that HDF5's deflate filter makes: what was compressed here, by the thread that made the bytes,
 * goes into a file and comes out of it as it is. A chunk that does not get smaller stays as it was. One chunk alone is
 * as long as the bytes and has nothing to fill up.
 */
#ifndef KONSENTO_ANALYSIS_BLOB_H
#define KONSENTO_ANALYSIS_BLOB_H

#include "analysis/results.h"

#define BLOB_CHUNK_BYTES ((size_t)1 << 18)
#define BLOB_LENGTH_MAX  ((uint64_t)1 << 40)

struct blob {
    uint64_t length; /* before compression; at least 1 */
    size_t chunk_count;
    size_t byte_count;           /* of all chunks */
    const uint32_t *chunk_sizes; /* bytes of each; blob_chunk_length: it was not compressed */
    const uint8_t *bytes;        /* chunk after chunk */
};

/* Bytes of each chunk before compression, and how many chunks there are. */
size_t blob_chunk_length(uint64_t length);
size_t blob_chunk_count(uint64_t length);

/* A blob being made. Owns: blob_finish, or blob_writer_close to drop it. Once memory is out it takes no more. */
struct blob_writer {
    uint8_t *chunk; /* of BLOB_CHUNK_BYTES, filled from the front */
    size_t filled;
    uint32_t *sizes;
    size_t chunk_count, chunk_capacity;
    uint8_t *bytes;
    size_t byte_count, byte_capacity;
    uint64_t length;
    bool failed;
};
void blob_writer_open(struct blob_writer *writer);
void blob_write(struct blob_writer *writer, const uint8_t *bytes, size_t length);
/* Returns false when memory was out at any moment; the writer is closed in either case. No byte was written: length is
 * 0. Owns: blob_free. */
bool blob_finish(struct blob *blob, struct blob_writer *writer);
void blob_writer_close(struct blob_writer *writer);
void blob_free(struct blob *blob);

/* Gives all bytes to the sink, in pieces. FORMAT if the chunks are damaged, MEMORY. */
typedef void blob_sink(void *context, const uint8_t *bytes, size_t length);
enum results_result blob_read(const struct blob *blob, struct results_error *error, blob_sink *sink, void *context);

#endif
