/* query.h: asking a peer for gossip: arrays of channels, flags, timestamps, checksums.   [real]
 * SPDX-License-Identifier: MIT
 *
 * An array is a byte that says how it is encoded, 0 for plain, and its elements. Source: BOLT 7, query messages.
 */
#ifndef KONSENTO_LIGHTNING_QUERY_H
#define KONSENTO_LIGHTNING_QUERY_H

#include "protocol/lightning/wire.h"

/* query_channel_range's options. */
#define LN_QUERY_TIMESTAMPS 1
#define LN_QUERY_CHECKSUMS  2

/* query_short_channel_ids' flags: what the sender wants of a channel. */
#define LN_QUERY_ANNOUNCEMENT 1
#define LN_QUERY_UPDATE_1     2
#define LN_QUERY_UPDATE_2     4
#define LN_QUERY_NODE_1       8
#define LN_QUERY_NODE_2       16
#define LN_QUERY_ALL          31

enum ln_query_result {
    LN_QUERY_OK,
    LN_QUERY_ENCODING, /* not plain */
    LN_QUERY_LENGTH,   /* no whole number of elements, or not one for each channel */
    LN_QUERY_ORDER,    /* short channel ids not ascending */
    LN_QUERY_FLAG,     /* a flag not in its shortest form */
};

/* Two numbers per channel, node 1's first: timestamps or checksums of its channel_updates; 0 for none. */
struct ln_query_pair {
    uint32_t of_node[2];
};

/* The array of an encoded list, read in place: element i with ln_query_id. Out: count. */
__attribute__((warn_unused_result)) enum ln_query_result ln_query_ids_check(struct btc_bytes list, size_t *count);
/* In: list that passed ln_query_ids_check; i below its count (asserts). */
uint64_t ln_query_id(struct btc_bytes list, size_t i);
/* In: ids ascending (asserts). The writer's fault says whether they fit. */
void ln_query_ids_write(struct ln_writer *writer, const uint64_t *ids, size_t count);

/* Out: flags, count of them. */
__attribute__((warn_unused_result)) enum ln_query_result ln_query_flags_read(uint64_t *flags, size_t count,
                                                                             struct btc_bytes list);
void ln_query_flags_write(struct ln_writer *writer, const uint64_t *flags, size_t count);

/* timestamps_tlv. Out: pairs, count of them. */
__attribute__((warn_unused_result)) enum ln_query_result ln_query_timestamps_read(struct ln_query_pair *pairs,
                                                                                  size_t count, struct btc_bytes list);
void ln_query_timestamps_write(struct ln_writer *writer, const struct ln_query_pair *pairs, size_t count);
/* checksums_tlv, which has no byte for its encoding. */
__attribute__((warn_unused_result)) enum ln_query_result ln_query_checksums_read(struct ln_query_pair *pairs,
                                                                                 size_t count, struct btc_bytes list);
void ln_query_checksums_write(struct ln_writer *writer, const struct ln_query_pair *pairs, size_t count);

/* CRC-32C of a channel_update without signature and timestamp. In: bytes of the whole message, type included. Returns 0
 * for bytes that are no channel_update. */
uint32_t ln_query_checksum(struct btc_bytes bytes);

const char *ln_query_text(enum ln_query_result result);

#endif
