/* store.h: the stream of records on a node's flash, as far as it is written.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_HOST_STORE_H
#define KONSENTO_MODELS_HOST_STORE_H

#include "models/host/host.h"

struct record {
    size_t end;     /* in the stream */
    uint32_t block; /* newest of host->blocks that the node knew */
};

struct host_store {
    uint8_t *bytes;
    size_t length, capacity; /* with what is being written */
    struct record *records;
    uint32_t count, record_capacity;
    uint32_t safe_count;
    struct host_store *next; /* one that takes its place when it is safe; NULL: none */
    size_t long_bytes;       /* when to make it short; 0: the usual */
};

void store_close(struct host_store *store);
/* A record is about to be written. In: block, the newest that the node knew. Returns false when memory is out. */
__attribute__((warn_unused_result)) bool store_put(struct host_store *store, struct btc_bytes record, uint32_t block);
/* Begins another one, that what is put from now on goes to. In: head and checkpoint of it. Returns false when memory is
 * out; nothing has changed. Limit: all that was put is safe. */
__attribute__((warn_unused_result)) bool store_begin_next(struct host_store *store, struct btc_bytes head,
                                                          struct btc_bytes checkpoint, uint32_t block);
/* It is safe up to its checkpoint, and takes its place. */
void store_switch(struct host_store *store);
/* Whether it has grown so long that a short one is worth its writing, and all that was put is safe. */
bool store_is_long(const struct host_store *store);
/* The next of those that were put is safe. */
void store_safe(struct host_store *store);
/* Power is gone: what is not safe, another store that was begun with it, is lost, but for a part of the next record, in
 * ppm of its bytes. */
void store_cut(struct host_store *store, uint32_t part_ppm);
/* Reading has found so many bytes good, at the end of a record or before all: the rest goes. */
void store_keep(struct host_store *store, size_t good_bytes);
/* Makes it a copy of what is safe of another. On failure, of memory, it is as before. */
__attribute__((warn_unused_result)) bool store_copy(struct host_store *store, const struct host_store *from);
/* Newest block that the last record knows of, HOST_NONE if there is none. */
uint32_t store_block(const struct host_store *store);

#endif
