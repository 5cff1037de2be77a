/* node_core.c: what all parts of a node stand on.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/node_core.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/lightning/array.h"
#include "protocol/lightning/cipher.h"

#define MPP_TIMEOUT_US  60000000
#define UNFUNDED_BLOCKS 2016
#define MESSAGE_BYTES   65535

/* ---- memory ---- */

static bool open_places(struct ln_places *places, const struct btc_allocator *allocator, uint32_t limit)
{
    *places = (struct ln_places){.limit = limit};
    places->free = btc_allocate(allocator, limit * sizeof *places->free);
    return places->free != NULL || limit == 0;
}

static void close_places(struct ln_places *places, const struct btc_allocator *allocator)
{
    btc_release(allocator, places->free, places->free == NULL ? 0 : places->limit * sizeof *places->free);
}

uint32_t ln_places_take(struct ln_places *places)
{
    if (places->free_count > 0) {
        return places->free[--places->free_count];
    }
    return places->top < places->limit ? places->top++ : LN_NODE_NONE;
}

void ln_places_give(struct ln_places *places, uint32_t place)
{
    assert(places->free_count < places->limit);
    places->free[places->free_count++] = place;
}

bool ln_node_reserve_draft(struct ln_node *node, struct ln_node_draft *draft, size_t bytes, uint32_t ends)
{
    const struct btc_allocator *allocator = node->shop->allocator;
    if (bytes <= draft->capacity && ends <= draft->end_capacity) {
        return true;
    }
    ln_node_close_draft(node, draft);
    draft->fields.bytes = btc_allocate(allocator, bytes);
    draft->capacity = draft->fields.bytes == NULL ? 0 : bytes;
    draft->fields.ends = btc_allocate(allocator, ends * sizeof *draft->fields.ends);
    draft->end_capacity = draft->fields.ends == NULL ? 0 : ends;
    return draft->capacity > 0 && draft->end_capacity > 0;
}

void ln_node_close_draft(struct ln_node *node, struct ln_node_draft *draft)
{
    const struct btc_allocator *allocator = node->shop->allocator;
    btc_release(allocator, draft->fields.bytes, draft->capacity);
    btc_release(allocator, draft->fields.ends, draft->end_capacity * sizeof *draft->fields.ends);
    *draft = (struct ln_node_draft){.capacity = 0};
}

/* The arrays, one by one: what they hold, and how many. */
struct array {
    size_t pointer; /* offset in struct ln_node */
    size_t places;  /* likewise; 0: none */
    size_t item_bytes;
    size_t limit; /* offset in struct ln_node_limits */
};

#define ARRAY(pointer_, places_, limit_)                                                                               \
    {                                                                                                                  \
        offsetof(struct ln_node, pointer_), places_, sizeof *((struct ln_node *)0)->pointer_,                          \
            offsetof(struct ln_node_limits, limit_)                                                                    \
    }
#define PLACES(name_) offsetof(struct ln_node, name_)

static const struct array arrays[] = {ARRAY(peers, 0, peers),
                                      ARRAY(channels, PLACES(channel_places), channels),
                                      ARRAY(own, 0, channels),
                                      ARRAY(touched, 0, channels),
                                      ARRAY(links, PLACES(link_places), links),
                                      ARRAY(invoices, PLACES(invoice_places), invoices),
                                      ARRAY(payments, PLACES(payment_places), payments),
                                      ARRAY(attempts, PLACES(attempt_places), attempts),
                                      ARRAY(slots, 0, htlcs)};
#define ARRAY_COUNT (sizeof arrays / sizeof arrays[0])

static uint32_t limit_of(const struct ln_node *node, const struct array *array)
{
    uint32_t limit;
    memcpy(&limit, (const uint8_t *)&node->config.limits + array->limit, sizeof limit);
    return limit;
}

static bool open_array(struct ln_node *node, const struct array *array)
{
    const struct btc_allocator *allocator = node->shop->allocator;
    size_t bytes = limit_of(node, array) * array->item_bytes;
    void *memory = btc_allocate(allocator, bytes);
    if (memory == NULL && bytes > 0) {
        return false;
    }
    if (bytes > 0) {
        memset(memory, 0, bytes);
    }
    memcpy((uint8_t *)node + array->pointer, &memory, sizeof memory);
    return array->places == 0 ||
           open_places((struct ln_places *)((uint8_t *)node + array->places), allocator, limit_of(node, array));
}

static void close_array(struct ln_node *node, const struct array *array)
{
    const struct btc_allocator *allocator = node->shop->allocator;
    void *memory;
    memcpy(&memory, (uint8_t *)node + array->pointer, sizeof memory);
    btc_release(allocator, memory, memory == NULL ? 0 : limit_of(node, array) * array->item_bytes);
    if (array->places != 0) {
        close_places((struct ln_places *)((uint8_t *)node + array->places), allocator);
    }
}

/* Room for all that may ever be in them, so that putting never fails. */
static bool open_tables(struct ln_node *node)
{
    const struct ln_node_limits *limits = &node->config.limits;
    struct {
        struct btc_table *table;
        uint32_t most;
    } tables[] = {{&node->by_number, limits->channels},    {&node->by_scid, 2 * limits->channels},
                  {&node->links_in, limits->links},        {&node->links_out, limits->links},
                  {&node->attempts_out, limits->attempts}, {&node->by_hash, limits->invoices}};
    uint8_t salt[32];
    bool good = true;
    ln_node_draw(node, salt, "tables");
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        struct btc_salt words;
        memcpy(words.words, salt, sizeof words.words);
        btc_table_init(tables[i].table, node->shop->allocator, words);
        good = good && (tables[i].most == 0 || btc_table_reserve(tables[i].table, tables[i].most));
    }
    return good;
}

static void close_tables(struct ln_node *node)
{
    btc_table_close(&node->by_number);
    btc_table_close(&node->by_scid);
    btc_table_close(&node->links_in);
    btc_table_close(&node->links_out);
    btc_table_close(&node->attempts_out);
    btc_table_close(&node->by_hash);
}

static void fill_defaults(struct ln_node_config *config)
{
    config->mpp_timeout_us = config->mpp_timeout_us == 0 ? MPP_TIMEOUT_US : config->mpp_timeout_us;
    config->unfunded_blocks = config->unfunded_blocks == 0 ? UNFUNDED_BLOCKS : config->unfunded_blocks;
    const struct ln_patience *patience = &config->onchain.patience;
    config->channel.fulfill_deadline_blocks = ln_cltv_final_delta(patience);
    config->channel.timeout_grace_blocks = patience->grace_blocks;
    memcpy(config->channel.chain_hash, config->chain_hash, 32);
}

static void open_graph(struct ln_node *node)
{
    struct ln_graph_config config = {.allocator = node->shop->allocator};
    memcpy(config.chain_hash, node->config.chain_hash, 32);
    ln_graph_init(&node->no_graph, &config);
    node->graph = node->config.graph == NULL ? &node->no_graph : node->config.graph;
}

static void draw_salt(struct ln_node *node)
{
    const struct btc_bytes pieces[2] = {btc_bytes("start", 5), btc_bytes(node->config.entropy, 32)};
    ln_hmac(node->salt, btc_bytes(node->config.seed, 32), pieces, 2);
}

enum ln_node_result ln_node_core_open(struct ln_node *node, struct ln_node_shop *shop,
                                      const struct ln_node_config *config)
{
    memset(node, 0, sizeof *node);
    node->shop = shop;
    node->config = *config;
    node->writer.allocator = shop->allocator;
    node->refresh_us = UINT64_MAX;
    node->next_channel = node->next_invoice = node->next_payment = node->next_attempt = 1;
    fill_defaults(&node->config);
    draw_salt(node);
    open_graph(node);
    bool good = open_tables(node);
    for (size_t i = 0; i < ARRAY_COUNT; i++) {
        good = good && open_array(node, &arrays[i]);
    }
    ln_liquidity_init(&node->liquidity, shop->allocator, config->limits.lessons, config->lesson_half_life_s);
    if (!good) {
        return LN_NODE_NO_MEMORY;
    }
    node->due_us = UINT64_MAX;
    node->due_peer = LN_NODE_NONE;
    for (uint32_t i = 0; i < config->limits.peers; i++) {
        node->peers[i].due_us = UINT64_MAX;
    }
    ln_pool_init(&node->pool, node->slots, config->limits.htlcs);
    return btc_pubkey_wire_from_secret(shop->backend->curve, node->node_id, config->secret) ? LN_NODE_OK : LN_NODE_KEYS;
}

void ln_node_core_close(struct ln_node *node)
{
    for (size_t i = 0; i < ARRAY_COUNT; i++) {
        close_array(node, &arrays[i]);
    }
    close_tables(node);
    ln_graph_close(&node->no_graph);
    ln_liquidity_close(&node->liquidity);
    ln_store_writer_close(&node->writer);
    ln_node_close_draft(node, &node->draft);
    btc_release(node->shop->allocator, node->jobs.bytes, node->jobs.capacity);
    btc_release(node->shop->allocator, node->marks, node->mark_capacity * sizeof *node->marks);
}

/* ---- drawing ---- */

void ln_node_draw(struct ln_node *node, uint8_t out[32], const char *word)
{
    uint8_t counter[8];
    for (unsigned i = 0; i < 8; i++) {
        counter[i] = (uint8_t)(node->draws >> 8 * i);
    }
    const struct btc_bytes pieces[2] = {btc_bytes(counter, 8), btc_bytes(word, strlen(word))};
    ln_hmac(out, btc_bytes(node->salt, 32), pieces, 2);
    node->draws++;
}

uint64_t ln_node_draw_number(struct ln_node *node, const char *word)
{
    uint8_t bytes[32];
    uint64_t number = 0;
    ln_node_draw(node, bytes, word);
    for (unsigned i = 0; i < 8; i++) {
        number = number << 8 | bytes[i];
    }
    return number;
}

/* ---- saying ---- */

struct ln_node_effect *ln_node_say(struct ln_node *node, enum ln_node_effect_kind kind, struct btc_bytes bytes)
{
    struct ln_node_effect *effect = ln_node_effects_add(node->shop->out, kind, bytes);
    if (effect == NULL) {
        node->failed = true;
        memset(&node->spare, 0, sizeof node->spare);
        return &node->spare;
    }
    return effect;
}

struct ln_node_event *ln_node_tell(struct ln_node *node, enum ln_node_event_kind kind)
{
    struct ln_node_event *event = &ln_node_say(node, LN_NODE_EVENT, btc_bytes(NULL, 0))->event;
    event->kind = kind;
    return event;
}

void ln_node_send(struct ln_node *node, uint32_t peer, const struct ln_message *message)
{
    struct btc_arena *scratch = &node->shop->scratch;
    size_t length = 0;
    uint8_t *bytes = scratch->memory + scratch->used;
    size_t room = scratch->capacity - scratch->used;
    enum ln_wire wire = ln_message_encode(bytes, room < MESSAGE_BYTES ? room : MESSAGE_BYTES, &length, message);
    assert(wire == LN_WIRE_OK);
    ln_node_say(node, LN_NODE_MESSAGE, btc_bytes(bytes, length))->peer = peer;
}

void ln_node_watch(struct ln_node *node, const struct btc_outpoint *outpoint)
{
    ln_node_say(node, LN_NODE_WATCH, btc_bytes(NULL, 0))->event.outpoint = *outpoint;
}

/* ---- jobs ---- */

#define JOB_HEAD offsetof(struct ln_node_job, attribution)

static size_t job_bytes(const struct ln_node_job *job)
{
    return JOB_HEAD + job->attribution_length + job->length;
}

void ln_node_push_job(struct ln_node *node, const struct ln_node_job *job)
{
    struct ln_node_jobs *jobs = &node->jobs;
    size_t wanted = jobs->tail + job_bytes(job);
    size_t grown = jobs->capacity == 0 ? 16384 : jobs->capacity;
    while (grown < wanted) {
        grown *= 2;
    }
    if (grown > jobs->capacity) {
        const struct btc_allocator *allocator = node->shop->allocator;
        uint8_t *bytes = allocator->resize(allocator->context, jobs->bytes, jobs->capacity, grown);
        if (bytes == NULL) {
            node->failed = true;
            return;
        }
        jobs->bytes = bytes;
        jobs->capacity = grown;
    }
    uint8_t *at = jobs->bytes + jobs->tail;
    memcpy(at, job, JOB_HEAD);
    memcpy(at + JOB_HEAD, job->attribution, job->attribution_length);
    memcpy(at + JOB_HEAD + job->attribution_length, job->bytes, job->length);
    jobs->tail = wanted;
}

bool ln_node_next_job(struct ln_node *node)
{
    struct ln_node_jobs *jobs = &node->jobs;
    struct ln_node_job *job = &node->job;
    if (jobs->head == jobs->tail) {
        jobs->head = jobs->tail = 0;
        return false;
    }
    const uint8_t *at = jobs->bytes + jobs->head;
    memcpy(job, at, JOB_HEAD);
    memcpy(job->attribution, at + JOB_HEAD, job->attribution_length);
    memcpy(job->bytes, at + JOB_HEAD + job->attribution_length, job->length);
    jobs->head += job_bytes(job);
    return true;
}

/* ---- marking ---- */

static void mark(struct ln_node *node, enum ln_store_kind kind, uint32_t place, bool *dirty)
{
    if (*dirty) {
        return;
    }
    if (!LN_ARRAY_RESERVE(node->marks, node->mark_capacity, (uint64_t)node->mark_count + 1, node->shop->allocator)) {
        node->failed = true;
        return;
    }
    *dirty = true;
    node->marks[node->mark_count++] = (struct ln_node_mark){(uint8_t)kind, place};
}

void ln_node_mark_channel(struct ln_node *node, struct ln_node_channel *entry)
{
    mark(node, LN_STORE_CHANNEL, entry->place, &entry->dirty);
}

void ln_node_mark_chain(struct ln_node *node, struct ln_node_channel *entry)
{
    mark(node, LN_STORE_CHAIN, entry->place, &entry->chain_dirty);
}

void ln_node_mark_link(struct ln_node *node, struct ln_node_link *link)
{
    mark(node, LN_STORE_LINK, (uint32_t)(link - node->links), &link->dirty);
}

void ln_node_mark_invoice(struct ln_node *node, struct ln_node_invoice *invoice)
{
    mark(node, LN_STORE_INVOICE, (uint32_t)(invoice - node->invoices), &invoice->dirty);
}

void ln_node_mark_payment(struct ln_node *node, struct ln_payment *payment)
{
    mark(node, LN_STORE_PAYMENT, (uint32_t)(payment - node->payments), &payment->dirty);
}

void ln_node_mark_attempt(struct ln_node *node, struct ln_attempt *attempt)
{
    mark(node, LN_STORE_ATTEMPT, (uint32_t)(attempt - node->attempts), &attempt->dirty);
}

void ln_node_drop(struct ln_node *node, enum ln_store_kind kind, uint64_t first, uint64_t second)
{
    struct ln_store_key key = {(uint8_t)kind, first, second};
    node->dirty = true;
    if (node->config.flags & LN_NODE_KEEPS_RECORDS) {
        ln_store_drop(&node->writer, &key);
    }
}

void ln_node_touch(struct ln_node *node, struct ln_node_channel *entry)
{
    if (!entry->touched) {
        entry->touched = true;
        node->touched[node->touched_count++] = entry->place;
    }
}
