/* store.c: the stream of records of a node.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/store.h"

#include <assert.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/lightning/array.h"
#include "protocol/lightning/wire.h"

#define VERSION      2
#define NODE_ID      33
#define HEAD_BYTES   (2 + NODE_ID)
#define BYTES_FIRST  4096
#define LENGTH_PLACE 18 /* in an entry */
#define CHECK_PLACE  5  /* in a record */
#define CHECK_BYTES  4

enum what {
    WHAT_PUT = 1,
    WHAT_DROP,
    WHAT_DROP_ALL,
    WHAT_CHANGE,
};

/* Before the first record: nobody's. */
static const uint8_t first_seal[LN_STORE_SEAL_BYTES] = "konsento: the records of a node";

static void seal_of(uint8_t seal[LN_STORE_SEAL_BYTES], const uint8_t before[LN_STORE_SEAL_BYTES],
                    struct btc_bytes record)
{
    struct btc_sha256_state state;
    btc_sha256_init(&state);
    btc_sha256_update(&state, before, LN_STORE_SEAL_BYTES);
    btc_sha256_update(&state, record.data, record.length);
    btc_sha256_final(&state, seal);
}

/* The bytes that make a length believable, before its record is whole. */
static void check_of(uint8_t check[CHECK_BYTES], const uint8_t before[LN_STORE_SEAL_BYTES], const uint8_t *record)
{
    uint8_t seal[LN_STORE_SEAL_BYTES];
    seal_of(seal, before, btc_bytes(record, CHECK_PLACE));
    memcpy(check, seal, CHECK_BYTES);
}

static void put_number(uint8_t *bytes, uint64_t value, size_t width)
{
    struct ln_writer writer = ln_writer_init(bytes, width);
    ln_write_unsigned(&writer, value, width);
}

/* ---- writing ---- */

void ln_store_writer_close(struct ln_store_writer *writer)
{
    btc_release(writer->allocator, writer->bytes, writer->capacity);
    writer->bytes = NULL;
    writer->capacity = writer->length = 0;
}

/* Makes room for so many bytes behind what there is. */
static bool reserve(struct ln_store_writer *writer, size_t more)
{
    size_t wanted = writer->length + more;
    size_t grown = writer->capacity < BYTES_FIRST ? BYTES_FIRST : writer->capacity;
    while (grown < wanted) {
        grown *= 2;
    }
    if (!writer->failed && wanted > writer->capacity) {
        void *bytes = writer->allocator->resize(writer->allocator->context, writer->bytes, writer->capacity, grown);
        writer->failed = bytes == NULL;
        writer->bytes = bytes == NULL ? writer->bytes : bytes;
        writer->capacity = bytes == NULL ? writer->capacity : grown;
    }
    return !writer->failed;
}

void ln_store_begin(struct ln_store_writer *writer, enum ln_store_type type)
{
    writer->length = writer->begin = 0;
    writer->failed = false;
    if (reserve(writer, LN_STORE_PREFIX_BYTES)) {
        writer->bytes[4] = (uint8_t)type;
        writer->length = LN_STORE_PREFIX_BYTES;
    }
}

static void put_entry_head(struct ln_store_writer *writer, enum what what, const struct ln_store_key *key)
{
    uint8_t *at = writer->bytes + writer->length;
    at[0] = (uint8_t)what;
    at[1] = key->kind;
    put_number(at + 2, key->first, 8);
    put_number(at + 10, key->second, 8);
    put_number(at + LENGTH_PLACE, 0, 4);
    writer->length += LN_STORE_ENTRY_BYTES;
}

uint8_t *ln_store_put(struct ln_store_writer *writer, const struct ln_store_key *key, size_t most)
{
    assert(writer->begin == 0 && key->kind > 0 && key->kind < LN_STORE_KINDS);
    if (!reserve(writer, LN_STORE_ENTRY_BYTES + most)) {
        return NULL;
    }
    writer->begin = writer->length;
    put_entry_head(writer, WHAT_PUT, key);
    return writer->bytes + writer->length;
}

void ln_store_put_end(struct ln_store_writer *writer, size_t length)
{
    assert(writer->begin != 0 && length <= writer->capacity - writer->length && length <= UINT32_MAX);
    put_number(writer->bytes + writer->begin + LENGTH_PLACE, length, 4);
    writer->length += length;
    writer->begin = 0;
}

void ln_store_put_bytes(struct ln_store_writer *writer, const struct ln_store_key *key, struct btc_bytes bytes)
{
    uint8_t *to = ln_store_put(writer, key, bytes.length);
    if (to != NULL) {
        if (bytes.length > 0) {
            memcpy(to, bytes.data, bytes.length);
        }
        ln_store_put_end(writer, bytes.length);
    }
}

void ln_store_put_change(struct ln_store_writer *writer, const struct ln_store_key *key, const struct ln_fields *before,
                         const struct ln_fields *after)
{
    uint8_t *to = ln_store_put(writer, key, after->length);
    if (to == NULL) {
        return;
    }
    size_t length = before->count == 0 ? 0 : ln_change_write(to, after->length, before, after);
    if (length == 0) {
        memcpy(to, after->bytes, after->length);
        length = after->length;
    } else {
        writer->bytes[writer->begin] = WHAT_CHANGE;
    }
    ln_store_put_end(writer, length);
}

void ln_store_drop(struct ln_store_writer *writer, const struct ln_store_key *key)
{
    if (reserve(writer, LN_STORE_ENTRY_BYTES)) {
        put_entry_head(writer, WHAT_DROP, key);
    }
}

void ln_store_drop_all(struct ln_store_writer *writer, enum ln_store_kind kind, uint64_t first)
{
    struct ln_store_key key = {.kind = (uint8_t)kind, .first = first};
    if (reserve(writer, LN_STORE_ENTRY_BYTES)) {
        put_entry_head(writer, WHAT_DROP_ALL, &key);
    }
}

bool ln_store_has_entries(const struct ln_store_writer *writer)
{
    return writer->failed || writer->length > LN_STORE_PREFIX_BYTES;
}

struct btc_bytes ln_store_end(struct ln_store_writer *writer)
{
    assert(writer->begin == 0);
    if (!reserve(writer, LN_STORE_SEAL_BYTES) || writer->length - LN_STORE_PREFIX_BYTES > UINT32_MAX) {
        return btc_bytes(NULL, 0);
    }
    put_number(writer->bytes, writer->length - LN_STORE_PREFIX_BYTES, 4);
    check_of(writer->bytes + CHECK_PLACE, writer->seal, writer->bytes);
    seal_of(writer->seal, writer->seal, btc_bytes(writer->bytes, writer->length));
    memcpy(writer->bytes + writer->length, writer->seal, LN_STORE_SEAL_BYTES);
    return btc_bytes(writer->bytes, writer->length + LN_STORE_SEAL_BYTES);
}

struct btc_bytes ln_store_head(struct ln_store_writer *writer, const uint8_t node_id[33])
{
    memcpy(writer->seal, first_seal, sizeof writer->seal);
    ln_store_begin(writer, LN_STORE_HEAD);
    if (!reserve(writer, HEAD_BYTES)) {
        return btc_bytes(NULL, 0);
    }
    put_number(writer->bytes + writer->length, VERSION, 2);
    memcpy(writer->bytes + writer->length + 2, node_id, NODE_ID);
    writer->length += HEAD_BYTES;
    return ln_store_end(writer);
}

/* ---- the index ---- */

static bool same_key(const void *context, uint32_t number, const void *key)
{
    const struct ln_store_index *index = context;
    const struct ln_store_key *a = &index->entries[number].key, *b = key;
    return a->kind == b->kind && a->first == b->first && a->second == b->second;
}

static uint32_t hash_of(const struct ln_store_index *index, const struct ln_store_key *key)
{
    const uint64_t words[3] = {key->kind, key->first, key->second};
    return btc_table_hash(&index->by_key, words, sizeof words);
}

static struct ln_store_entry *find(const struct ln_store_index *index, const struct ln_store_key *key)
{
    uint32_t number = btc_table_find(&index->by_key, hash_of(index, key), same_key, index, key);
    return number == BTC_TABLE_NONE ? NULL : &index->entries[number];
}

const struct ln_store_entry *ln_store_find(const struct ln_store_index *index, const struct ln_store_key *key)
{
    const struct ln_store_entry *entry = find(index, key);
    return entry != NULL && entry->stands ? entry : NULL;
}

static bool put(struct ln_store_index *index, const struct ln_store_key *key, struct btc_bytes bytes)
{
    struct ln_store_entry *entry = find(index, key);
    if (entry == NULL) {
        if (!LN_ARRAY_RESERVE(index->entries, index->capacity, (uint64_t)index->count + 1, index->allocator) ||
            !btc_table_reserve(&index->by_key, 1)) {
            return false;
        }
        entry = &index->entries[index->count];
        *entry = (struct ln_store_entry){.key = *key};
        btc_table_put(&index->by_key, hash_of(index, key), index->count++);
    }
    entry->bytes = bytes;
    entry->stands = true;
    return true;
}

static void drop_all(struct ln_store_index *index, const struct ln_store_key *key)
{
    for (uint32_t i = 0; i < index->count; i++) {
        struct ln_store_entry *entry = &index->entries[i];
        if (key == NULL || (entry->key.kind == key->kind && entry->key.first == key->first)) {
            entry->stands = false;
        }
    }
}

/* What is changed no longer lies in the stream. */
static bool own(struct ln_store_index *index, struct ln_store_entry *entry, size_t length)
{
    size_t wanted = length > entry->bytes.length ? length : entry->bytes.length;
    const struct btc_allocator *allocator = index->allocator;
    if (entry->own_capacity < wanted) {
        size_t grown = 2 * wanted;
        uint8_t *memory = btc_allocate(allocator, grown);
        if (memory == NULL) {
            return false;
        }
        memcpy(memory, entry->bytes.data, entry->bytes.length);
        btc_release(allocator, entry->own, entry->own_capacity);
        entry->own = memory;
        entry->own_capacity = grown;
    } else if (entry->bytes.data != entry->own && entry->bytes.length > 0) {
        memcpy(entry->own, entry->bytes.data, entry->bytes.length);
    }
    entry->bytes.data = entry->own;
    return true;
}

static enum ln_store_result change(struct ln_store_index *index, const struct ln_store_key *key, struct btc_bytes bytes)
{
    struct ln_store_entry *entry = find(index, key);
    size_t length;
    if (entry == NULL || !entry->stands || !ln_change_length(&length, bytes)) {
        return LN_STORE_VERSION;
    }
    if (!own(index, entry, length)) {
        return LN_STORE_NO_MEMORY;
    }
    bool good = ln_change_apply(entry->own, entry->bytes.length, bytes);
    entry->bytes.length = length;
    return good ? LN_STORE_OK : LN_STORE_VERSION;
}

static enum ln_store_result apply(struct ln_store_index *index, uint64_t what, const struct ln_store_key *key,
                                  struct btc_bytes bytes)
{
    struct ln_store_entry *entry;
    switch (what) {
    case WHAT_PUT:
        return put(index, key, bytes) ? LN_STORE_OK : LN_STORE_NO_MEMORY;
    case WHAT_CHANGE:
        return change(index, key, bytes);
    case WHAT_DROP:
        entry = find(index, key);
        if (entry != NULL) {
            entry->stands = false;
        }
        break;
    case WHAT_DROP_ALL:
        drop_all(index, key);
        break;
    }
    return LN_STORE_OK;
}

/* ---- reading ---- */

static enum ln_store_result read_entries(struct ln_store_index *index, struct btc_bytes body)
{
    struct ln_reader reader = ln_reader_init(body.data, body.length);
    while (ln_reader_left(&reader) > 0) {
        struct ln_store_key key;
        uint64_t what = ln_read_unsigned(&reader, 1);
        key.kind = (uint8_t)ln_read_unsigned(&reader, 1);
        key.first = ln_read_unsigned(&reader, 8);
        key.second = ln_read_unsigned(&reader, 8);
        size_t length = (size_t)ln_read_unsigned(&reader, 4);
        const uint8_t *bytes = ln_read_bytes(&reader, length);
        if (reader.fault != LN_WIRE_OK || what < WHAT_PUT || what > WHAT_CHANGE || key.kind == 0 ||
            key.kind >= LN_STORE_KINDS) {
            return LN_STORE_VERSION; /* sealed by its writer, so it means something to another version */
        }
        enum ln_store_result result = apply(index, what, &key, btc_bytes(bytes, length));
        if (result != LN_STORE_OK) {
            return result;
        }
    }
    return LN_STORE_OK;
}

static enum ln_store_result read_head(struct btc_bytes body, const uint8_t *node_id)
{
    struct ln_reader reader = ln_reader_init(body.data, body.length);
    uint64_t version = ln_read_unsigned(&reader, 2);
    const uint8_t *writer = ln_read_bytes(&reader, NODE_ID);
    if (version != VERSION || writer == NULL || ln_reader_left(&reader) != 0) {
        return LN_STORE_VERSION;
    }
    return node_id == NULL || memcmp(node_id, writer, NODE_ID) == 0 ? LN_STORE_OK : LN_STORE_OWNER;
}

static enum ln_store_result read_body(struct ln_store_index *index, uint8_t type, struct btc_bytes body,
                                      const uint8_t *node_id)
{
    bool first = index->records == 0;
    if (first || type == LN_STORE_HEAD) {
        return first && type == LN_STORE_HEAD ? read_head(body, node_id) : LN_STORE_DAMAGED;
    }
    if (type == LN_STORE_CHECKPOINT) {
        drop_all(index, NULL);
    }
    bool known = type == LN_STORE_BATCH || type == LN_STORE_CHECKPOINT;
    return known ? read_entries(index, body) : LN_STORE_VERSION;
}

/* A record whose end is missing was cut off, if its length can be believed. */
static enum ln_store_result find_end(const struct ln_store_index *index, size_t *sealed, struct btc_bytes left)
{
    uint8_t check[CHECK_BYTES];
    uint8_t seal[LN_STORE_SEAL_BYTES];
    if (left.length < LN_STORE_PREFIX_BYTES) {
        return LN_STORE_TORN;
    }
    check_of(check, index->seal, left.data);
    if (memcmp(check, left.data + CHECK_PLACE, sizeof check) != 0) {
        return LN_STORE_DAMAGED;
    }
    struct ln_reader reader = ln_reader_init(left.data, left.length);
    *sealed = LN_STORE_PREFIX_BYTES + (size_t)ln_read_unsigned(&reader, 4);
    if (left.length < *sealed + sizeof seal) {
        return LN_STORE_TORN;
    }
    seal_of(seal, index->seal, btc_bytes(left.data, *sealed));
    return memcmp(seal, left.data + *sealed, sizeof seal) == 0 ? LN_STORE_OK : LN_STORE_DAMAGED;
}

static enum ln_store_result read_record(struct ln_store_index *index, struct btc_bytes stream, const uint8_t *node_id)
{
    const uint8_t *at = stream.data + index->good_bytes;
    size_t sealed = 0;
    enum ln_store_result result = find_end(index, &sealed, btc_bytes(at, stream.length - index->good_bytes));
    if (result == LN_STORE_OK) {
        struct btc_bytes body = btc_bytes(at + LN_STORE_PREFIX_BYTES, sealed - LN_STORE_PREFIX_BYTES);
        result = read_body(index, at[4], body, node_id);
    }
    if (result == LN_STORE_OK) {
        memcpy(index->seal, at + sealed, LN_STORE_SEAL_BYTES);
        index->good_bytes += sealed + LN_STORE_SEAL_BYTES;
        index->records++;
    }
    return result;
}

enum ln_store_result ln_store_read(struct ln_store_index *index, const struct btc_allocator *allocator,
                                   struct btc_bytes stream, const uint8_t *node_id)
{
    static const struct btc_salt salt = {{0x6b6f6e73656e746f, 0x7265636f726473}}; /* keys are our own choice */
    enum ln_store_result result = LN_STORE_OK;
    *index = (struct ln_store_index){.allocator = allocator};
    btc_table_init(&index->by_key, allocator, salt);
    memcpy(index->seal, first_seal, sizeof index->seal);
    while (result == LN_STORE_OK && index->good_bytes < stream.length) {
        result = read_record(index, stream, node_id);
    }
    return result;
}

void ln_store_index_close(struct ln_store_index *index)
{
    for (uint32_t i = 0; i < index->count; i++) {
        btc_release(index->allocator, index->entries[i].own, index->entries[i].own_capacity);
    }
    btc_table_close(&index->by_key);
    btc_release(index->allocator, index->entries, index->capacity * sizeof *index->entries);
    index->entries = NULL;
    index->count = index->capacity = 0;
}

/* ---- making short ---- */

bool ln_store_compact(struct ln_store_writer *writer, uint8_t head[128], size_t *head_length,
                      struct btc_bytes *checkpoint, const struct ln_store_index *index, const uint8_t node_id[33])
{
    struct btc_bytes begin = ln_store_head(writer, node_id);
    if (begin.length == 0) {
        return false;
    }
    assert(begin.length <= 128);
    memcpy(head, begin.data, begin.length);
    *head_length = begin.length;
    ln_store_begin(writer, LN_STORE_CHECKPOINT);
    for (uint32_t i = 0; i < index->count; i++) {
        if (index->entries[i].stands) {
            ln_store_put_bytes(writer, &index->entries[i].key, index->entries[i].bytes);
        }
    }
    *checkpoint = ln_store_end(writer);
    return checkpoint->length > 0;
}

const char *ln_store_text(enum ln_store_result result)
{
    switch (result) {
    case LN_STORE_OK:
        return "ok";
    case LN_STORE_TORN:
        return "the last record is cut off";
    case LN_STORE_DAMAGED:
        return "a record is altered or out of its place";
    case LN_STORE_VERSION:
        return "written by another version";
    case LN_STORE_OWNER:
        return "another node's";
    case LN_STORE_NO_MEMORY:
        return "out of memory";
    }
    return "unknown";
}
