/* store.h: what a node writes down: records in a row, each sealed together with all before it.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     record   length (4) | type (1) | check (4) | body | seal: SHA-256 of the seal before and all of these
 *     check    the first bytes of SHA-256 of the seal before, length and type: a length that can be believed
 *     body     entries, put, changed or dropped together:   what (1) | kind (1) | key (8, 8) | length (4) | bytes
 *
 *     head ──► batch ──► batch ──► ... ──► checkpoint ──► batch ──► ...   a checkpoint replaces what is before it
 *
 * A batch is what one input of a node has changed, whole or not at all. Reading goes over the stream once and keeps for
 * each kind and key the last that was put, with what has changed in it since (change.h). A record that was cut off, as
 * a crash does it, is dropped with its effects, which nobody has seen; one that is altered, missing or out of its place
 * breaks the chain of seals, and what stands before it may be too old. To make a stream short its entries that still
 * stand are written anew, as a checkpoint at the head of a new one. Integers are big-endian. Secrets are in it: keep it
 * as safe as them.
 */
#ifndef KONSENTO_LIGHTNING_STORE_H
#define KONSENTO_LIGHTNING_STORE_H

#include <stdbool.h>

#include "protocol/bitcoin/allocator.h"
#include "protocol/bitcoin/bytes.h"
#include "protocol/bitcoin/table.h"
#include "protocol/lightning/change.h"

#define LN_STORE_SEAL_BYTES   32
#define LN_STORE_PREFIX_BYTES 9
#define LN_STORE_ENTRY_BYTES  22 /* before its bytes */
#define LN_STORE_MUST_USE     __attribute__((warn_unused_result))

enum ln_store_type {
    LN_STORE_HEAD = 1, /* body: version (2), who writes (33) */
    LN_STORE_BATCH,
    LN_STORE_CHECKPOINT,
};

/* What entries are about, and the two numbers of their keys. */
enum ln_store_kind {
    LN_STORE_NODE = 1, /* 0, 0: counters */
    LN_STORE_CHANNEL,  /* channel, 0 */
    LN_STORE_PAST,     /* channel, commitment number: past.h */
    LN_STORE_CHAIN,    /* channel, 0: its resolver */
    LN_STORE_LINK,     /* channel, HTLC */
    LN_STORE_INVOICE,  /* invoice, 0 */
    LN_STORE_PAYMENT,  /* payment, 0 */
    LN_STORE_ATTEMPT,  /* attempt, 0 */
    LN_STORE_LESSON,   /* slot of liquidity.h, 0 */
    LN_STORE_KINDS
};

struct ln_store_key {
    uint8_t kind; /* enum ln_store_kind */
    uint64_t first;
    uint64_t second;
};

/* ---- writing ---- */

/* Begin with zero but for allocator. */
struct ln_store_writer {
    const struct btc_allocator *allocator;
    uint8_t *bytes;
    size_t capacity;
    size_t length;
    size_t begin; /* of the entry that is open, 0: none */
    bool failed;  /* no memory: nothing is written until the next begin */
    uint8_t seal[LN_STORE_SEAL_BYTES];
};

void ln_store_writer_close(struct ln_store_writer *writer);
/* Begins a record; what the last one was is gone. */
void ln_store_begin(struct ln_store_writer *writer, enum ln_store_type type);
/* Opens an entry of at most so many bytes. Returns where they go; NULL if there is no memory. */
LN_STORE_MUST_USE uint8_t *ln_store_put(struct ln_store_writer *writer, const struct ln_store_key *key, size_t most);
/* Closes it. In: length, at most what was asked for (asserts). */
void ln_store_put_end(struct ln_store_writer *writer, size_t length);
/* An entry whole. */
void ln_store_put_bytes(struct ln_store_writer *writer, const struct ln_store_key *key, struct btc_bytes bytes);
/* Likewise, or, where that is shorter, what has changed in it. In: before, as the last record with the entry left it in
 * this stream; no fields: it is not there. */
void ln_store_put_change(struct ln_store_writer *writer, const struct ln_store_key *key, const struct ln_fields *before,
                         const struct ln_fields *after);
void ln_store_drop(struct ln_store_writer *writer, const struct ln_store_key *key);
/* Drops all entries of the kind with the same first number. */
void ln_store_drop_all(struct ln_store_writer *writer, enum ln_store_kind kind, uint64_t first);
/* Whether the record has entries. */
bool ln_store_has_entries(const struct ln_store_writer *writer);
/* Seals the record. Returns its bytes, good until the next begin; empty if there was no memory (the chain is as
 * before). */
struct btc_bytes ln_store_end(struct ln_store_writer *writer);
/* The record that every stream begins with. In: node_id, 33 bytes. */
struct btc_bytes ln_store_head(struct ln_store_writer *writer, const uint8_t node_id[33]);

/* ---- reading ---- */

enum ln_store_result {
    LN_STORE_OK,
    LN_STORE_TORN,    /* the last record is cut off: good_bytes are without it */
    LN_STORE_DAMAGED, /* a record is altered, or not the one that belongs there: good_bytes are those before it */
    LN_STORE_VERSION, /* written by another version */
    LN_STORE_OWNER,   /* another node's */
    LN_STORE_NO_MEMORY,
};

struct ln_store_entry {
    struct ln_store_key key;
    struct btc_bytes bytes; /* in the stream; of one that was changed, own */
    bool stands;
    uint8_t *own;
    size_t own_capacity;
};

struct ln_store_index {
    const struct btc_allocator *allocator;
    struct ln_store_entry *entries; /* in the order in which their keys came first; those dropped do not stand */
    uint32_t count;
    uint32_t capacity;
    struct btc_table by_key;
    uint64_t records;
    size_t good_bytes;
    uint8_t seal[LN_STORE_SEAL_BYTES]; /* of the last good record: writing goes on from it */
};

/* Reads a stream. Out: index, closed by the caller whatever the result, its views in stream; with TORN and DAMAGED it
 * has what the good records say. In: node_id, 33 bytes, or NULL for any. */
LN_STORE_MUST_USE enum ln_store_result ln_store_read(struct ln_store_index *index,
                                                     const struct btc_allocator *allocator, struct btc_bytes stream,
                                                     const uint8_t *node_id);
void ln_store_index_close(struct ln_store_index *index);
/* Returns NULL if no such entry stands. */
const struct ln_store_entry *ln_store_find(const struct ln_store_index *index, const struct ln_store_key *key);
/* A new stream that says what the index says, as a head and a checkpoint. In: writer, of the new stream. Out: head and
 * checkpoint, the second good until writer's next begin. Returns false if there is no memory. */
LN_STORE_MUST_USE bool ln_store_compact(struct ln_store_writer *writer, uint8_t head[128], size_t *head_length,
                                        struct btc_bytes *checkpoint, const struct ln_store_index *index,
                                        const uint8_t node_id[33]);

const char *ln_store_text(enum ln_store_result result);

#endif
