/* store.c: records that grow to a stream.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/host/store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SHORT_BYTES (256u << 10) /* that never need to be made shorter */
#define LONGER      4            /* times as long as when it was short */

static void drop_next(struct host_store *store)
{
    if (store->next != NULL)
        store_close(store->next);
    free(store->next);
    store->next = NULL;
}

void store_close(struct host_store *store)
{
    drop_next(store);
    free(store->bytes);
    free(store->records);
    *store = (struct host_store){0};
}

static bool make_room(struct host_store *store, size_t bytes)
{
    if (store->count == store->record_capacity) {
        uint32_t capacity = store->record_capacity == 0 ? 64 : 2 * store->record_capacity;
        void *grown = realloc(store->records, capacity * sizeof store->records[0]);
        if (grown == NULL)
            return false;
        store->records = grown;
        store->record_capacity = capacity;
    }
    if (store->length + bytes <= store->capacity)
        return true;
    size_t capacity = store->capacity == 0 ? 65536 : 2 * store->capacity;
    while (capacity < store->length + bytes)
        capacity *= 2;
    uint8_t *grown = realloc(store->bytes, capacity);
    if (grown == NULL)
        return false;
    store->bytes = grown;
    store->capacity = capacity;
    return true;
}

bool store_put(struct host_store *store, struct btc_bytes record, uint32_t block)
{
    store = store->next != NULL ? store->next : store;
    if (store->length + record.length == 0 && store->safe_count == store->count)
        store->count = store->safe_count = 0; /* of a node that keeps nothing: what is done is done */
    if (!make_room(store, record.length))
        return false;
    if (record.length > 0)
        memcpy(store->bytes + store->length, record.data, record.length);
    store->length += record.length;
    store->records[store->count++] = (struct record){.end = store->length, .block = block};
    return true;
}

bool store_is_long(const struct host_store *store)
{
    size_t most = store->long_bytes == 0 ? SHORT_BYTES : store->long_bytes;
    return store->length > most && store->safe_count == store->count && store->next == NULL;
}

bool store_begin_next(struct host_store *store, struct btc_bytes head, struct btc_bytes checkpoint, uint32_t block)
{
    assert(store->safe_count == store->count && store->next == NULL);
    struct host_store *next = calloc(1, sizeof *next);
    if (next == NULL || !store_put(next, head, block) || !store_put(next, checkpoint, block)) {
        if (next != NULL)
            store_close(next);
        free(next);
        return false;
    }
    next->long_bytes = LONGER * next->length > SHORT_BYTES ? LONGER * next->length : SHORT_BYTES;
    store->next = next;
    return true;
}

void store_switch(struct host_store *store)
{
    struct host_store next = *store->next;
    free(store->next);
    store->next = NULL;
    store_close(store);
    *store = next;
    store->safe_count = 2;
}

void store_safe(struct host_store *store)
{
    assert(store->next == NULL && store->safe_count < store->count);
    store->safe_count++;
}

static size_t end_of(const struct host_store *store, uint32_t count)
{
    return count == 0 ? 0 : store->records[count - 1].end;
}

void store_cut(struct host_store *store, uint32_t part_ppm)
{
    size_t safe = end_of(store, store->safe_count);
    size_t part = 0;
    drop_next(store);
    if (store->safe_count < store->count)
        part = (size_t)((double)(end_of(store, store->safe_count + 1) - safe) * part_ppm / 1e6);
    store->length = safe + part;
    store->count = store->safe_count;
}

void store_keep(struct host_store *store, size_t good_bytes)
{
    assert(good_bytes <= store->length);
    while (store->count > 0 && end_of(store, store->count) > good_bytes)
        store->count--;
    store->safe_count = store->count;
    store->length = good_bytes;
}

bool store_copy(struct host_store *store, const struct host_store *from)
{
    struct host_store copy = {0};
    uint32_t count = from->safe_count;
    copy.capacity = copy.length = end_of(from, count);
    copy.bytes = malloc(copy.capacity + 1);
    copy.records = malloc((count + 1) * sizeof copy.records[0]);
    if (copy.bytes == NULL || copy.records == NULL) {
        store_close(&copy);
        return false;
    }
    copy.count = copy.safe_count = copy.record_capacity = count;
    if (count > 0) {
        memcpy(copy.bytes, from->bytes, copy.length);
        memcpy(copy.records, from->records, count * sizeof copy.records[0]);
    }
    store_close(store);
    *store = copy;
    return true;
}

uint32_t store_block(const struct host_store *store)
{
    return store->count == 0 ? HOST_NONE : store->records[store->count - 1].block;
}
