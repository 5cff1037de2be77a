/* node_keep.c: the parts of a node as entries of its stream.   [real]
 * SPDX-License-Identifier: MIT
 *
 * One walk over the members of each part serves writing and reading, so that the two cannot differ.
 */
#include "protocol/lightning/node_keep.h"

#include <assert.h>
#include <string.h>

#include "protocol/lightning/node_learn.h"
#include "protocol/lightning/onchain_store.h"
#include "protocol/lightning/walk.h"

#define CHANNEL_FIELDS(htlcs) (256 + 16 * (size_t)(htlcs))
#define PART_BYTES            8192 /* what a part that is not a channel takes at most */

/* ---- walks ---- */

static void walk_node(struct ln_walk *walk, struct ln_node *node)
{
    LN_WALK(walk, node->next_channel);
    LN_WALK(walk, node->next_invoice);
    LN_WALK(walk, node->next_payment);
    LN_WALK(walk, node->next_attempt);
    LN_WALK(walk, node->persists);
    LN_WALK(walk, node->height);
}

static void walk_policy(struct ln_walk *walk, struct ln_policy *policy)
{
    LN_WALK(walk, policy->htlc_minimum_msat);
    LN_WALK(walk, policy->htlc_maximum_msat);
    LN_WALK(walk, policy->fee_base_msat);
    LN_WALK(walk, policy->fee_proportional_ppm);
    LN_WALK(walk, policy->timestamp_s);
    LN_WALK(walk, policy->cltv_expiry_delta_blocks);
    LN_WALK(walk, policy->flags);
}

/* All but the channel itself, whose snapshot follows, and its peer, whose node id comes before. */
static void walk_channel(struct ln_walk *walk, struct ln_node_channel *entry)
{
    LN_WALK(walk, entry->mode);
    LN_WALK(walk, entry->ready);
    LN_WALK(walk, entry->has_their_terms);
    LN_WALK(walk, entry->is_listed);
    LN_WALK(walk, entry->has_signatures);
    LN_WALK(walk, entry->short_channel_id);
    LN_WALK(walk, entry->opened_height);
    LN_WALK(walk, entry->funding_height);
    LN_WALK(walk, entry->update_time_s);
    LN_WALK(walk, entry->forwarding.fee_base_msat);
    LN_WALK(walk, entry->forwarding.fee_proportional_ppm);
    LN_WALK(walk, entry->forwarding.cltv_expiry_delta_blocks);
    LN_WALK(walk, entry->forwarding.htlc_minimum_msat);
    LN_WALK(walk, entry->forwarding.htlc_maximum_msat);
    walk_policy(walk, &entry->their_terms);
    LN_WALK_ARRAY(walk, entry->their_signatures.channel_id);
    LN_WALK(walk, entry->their_signatures.short_channel_id);
    LN_WALK_ARRAY(walk, entry->their_signatures.node_signature);
    LN_WALK_ARRAY(walk, entry->their_signatures.bitcoin_signature);
    LN_WALK(walk, entry->chain_htlcs);
    LN_WALK(walk, entry->closing_length);
    if (entry->closing_length <= sizeof entry->closing) {
        ln_walk_bytes(walk, entry->closing, entry->closing_length);
    }
}

static void walk_link(struct ln_walk *walk, struct ln_node_link *link)
{
    LN_WALK(walk, link->kind);
    LN_WALK(walk, link->in_channel);
    LN_WALK(walk, link->in_htlc);
    LN_WALK(walk, link->in_msat);
    LN_WALK(walk, link->in_expiry_height);
    LN_WALK(walk, link->out_expiry_height);
    LN_WALK(walk, link->out_channel);
    LN_WALK(walk, link->out_htlc);
    LN_WALK(walk, link->out_msat);
    LN_WALK(walk, link->since_us);
    LN_WALK_ARRAY(walk, link->payment_hash);
    LN_WALK_ARRAY(walk, link->secret);
}

static void walk_invoice(struct ln_walk *walk, struct ln_node_invoice *invoice)
{
    LN_WALK(walk, invoice->state);
    LN_WALK(walk, invoice->hold);
    LN_WALK(walk, invoice->keysend);
    LN_WALK(walk, invoice->has_preimage);
    LN_WALK(walk, invoice->number);
    LN_WALK(walk, invoice->amount_msat);
    LN_WALK(walk, invoice->total_msat);
    LN_WALK(walk, invoice->part_msat);
    LN_WALK(walk, invoice->paid_msat);
    LN_WALK(walk, invoice->expires_us);
    LN_WALK(walk, invoice->first_us);
    LN_WALK(walk, invoice->part_count);
    LN_WALK(walk, invoice->min_final_blocks);
    LN_WALK_ARRAY(walk, invoice->payment_hash);
    LN_WALK_ARRAY(walk, invoice->payment_secret);
    LN_WALK_ARRAY(walk, invoice->preimage);
}

static void walk_hint(struct ln_walk *walk, struct ln_invoice_hop *hint)
{
    LN_WALK_ARRAY(walk, hint->node);
    LN_WALK(walk, hint->route);
    LN_WALK(walk, hint->cltv_expiry_delta_blocks);
    LN_WALK(walk, hint->fee_base_msat);
    LN_WALK(walk, hint->fee_proportional_ppm);
    LN_WALK(walk, hint->short_channel_id);
}

static void walk_terms(struct ln_walk *walk, struct ln_pay_terms *terms)
{
    LN_WALK_ARRAY(walk, terms->payee);
    LN_WALK_ARRAY(walk, terms->payment_hash);
    LN_WALK(walk, terms->amount_msat);
    LN_WALK(walk, terms->max_fee_msat);
    LN_WALK(walk, terms->deadline_us);
    LN_WALK(walk, terms->deadline_height);
    LN_WALK(walk, terms->max_blocks);
    LN_WALK(walk, terms->final_blocks);
    LN_WALK(walk, terms->attempts_max);
    LN_WALK(walk, terms->parts_max);
    LN_WALK(walk, terms->part_min_msat);
    LN_WALK(walk, terms->has_secret);
    LN_WALK(walk, terms->has_keysend);
    LN_WALK_ARRAY(walk, terms->payment_secret);
    LN_WALK_ARRAY(walk, terms->preimage);
    LN_WALK(walk, terms->metadata_length);
    if (terms->metadata_length <= sizeof terms->metadata) {
        ln_walk_bytes(walk, terms->metadata, terms->metadata_length);
    }
    LN_WALK(walk, terms->hint_count);
    for (uint8_t i = 0; i < terms->hint_count && i < LN_INVOICE_HOPS_MAX; i++) {
        walk_hint(walk, &terms->hints[i]);
    }
}

/* What it avoids is forgotten with a restart. */
static void walk_payment(struct ln_walk *walk, struct ln_payment *payment)
{
    LN_WALK(walk, payment->state);
    LN_WALK(walk, payment->cause);
    LN_WALK(walk, payment->route);
    LN_WALK(walk, payment->code);
    LN_WALK(walk, payment->number);
    LN_WALK(walk, payment->begun_us);
    LN_WALK(walk, payment->next_us);
    LN_WALK(walk, payment->pause_us);
    LN_WALK(walk, payment->under_way_msat);
    LN_WALK(walk, payment->under_way_fee_msat);
    LN_WALK(walk, payment->paid_msat);
    LN_WALK(walk, payment->fee_msat);
    LN_WALK(walk, payment->attempts);
    LN_WALK(walk, payment->attempts_under_way);
    LN_WALK_ARRAY(walk, payment->failed_node);
    LN_WALK(walk, payment->has_preimage);
    LN_WALK_ARRAY(walk, payment->preimage);
    walk_terms(walk, &payment->terms);
}

static void walk_hop(struct ln_walk *walk, struct ln_route_hop *hop)
{
    LN_WALK(walk, hop->short_channel_id);
    LN_WALK(walk, hop->amount_msat);
    LN_WALK(walk, hop->capacity_msat);
    LN_WALK(walk, hop->expiry_blocks);
    LN_WALK_ARRAY(walk, hop->node_id);
    LN_WALK(walk, hop->direction);
    LN_WALK(walk, hop->source);
}

static void walk_attempt(struct ln_walk *walk, struct ln_attempt *attempt)
{
    struct ln_route *route = &attempt->route;
    LN_WALK(walk, attempt->state);
    LN_WALK(walk, attempt->number);
    LN_WALK(walk, attempt->payment);
    LN_WALK(walk, attempt->channel);
    LN_WALK(walk, attempt->htlc);
    LN_WALK(walk, attempt->sent_us);
    LN_WALK(walk, attempt->height);
    LN_WALK_ARRAY(walk, attempt->session_key);
    LN_WALK(walk, route->hop_count);
    LN_WALK(walk, route->amount_msat);
    LN_WALK(walk, route->fee_msat);
    for (uint32_t i = 0; i < route->hop_count && i < LN_ROUTE_HOPS_MAX; i++) {
        walk_hop(walk, &route->hops[i]);
    }
}

/* ---- writing ---- */

/* One part of whatever kind. */
struct part {
    struct ln_store_key key;
    struct ln_node *node;
    struct ln_node_channel *entry;
    struct ln_node_link *link;
    struct ln_node_invoice *invoice;
    struct ln_payment *payment;
    struct ln_attempt *attempt;
};

static void walk_part(struct ln_walk *walk, const struct part *part)
{
    switch ((enum ln_store_kind)part->key.kind) {
    case LN_STORE_NODE:
        walk_node(walk, part->node);
        break;
    case LN_STORE_LINK:
        walk_link(walk, part->link);
        break;
    case LN_STORE_INVOICE:
        walk_invoice(walk, part->invoice);
        break;
    case LN_STORE_PAYMENT:
        walk_payment(walk, part->payment);
        break;
    case LN_STORE_ATTEMPT:
        walk_attempt(walk, part->attempt);
        break;
    case LN_STORE_CHANNEL:
    case LN_STORE_PAST:
    case LN_STORE_CHAIN:
    case LN_STORE_LESSON:
    case LN_STORE_KINDS:
        assert(false && "not such a part");
    }
}

static void put_part(struct ln_node *node, const struct part *part)
{
    uint8_t *bytes = ln_store_put(&node->writer, &part->key, PART_BYTES);
    if (bytes != NULL) {
        struct ln_writer writer = ln_writer_init(bytes, PART_BYTES);
        struct ln_walk walk = {.writer = &writer};
        walk_part(&walk, part);
        assert(writer.fault == LN_WIRE_OK);
        ln_store_put_end(&node->writer, writer.at);
    }
}

/* Returns false if there is no memory. */
static bool draft_channel(struct ln_node *node, struct ln_node_channel *entry)
{
    struct ln_workshop shop = ln_node_workshop(node);
    struct ln_node_draft *draft = &node->draft;
    size_t capacity = 2048 + LN_SNAPSHOT_BYTES(entry->channel.record_count);
    if (!ln_node_reserve_draft(node, draft, capacity, (uint32_t)CHANNEL_FIELDS(entry->channel.record_count))) {
        return false;
    }
    struct ln_writer writer = ln_writer_init(draft->fields.bytes, capacity);
    struct ln_walk walk = {.writer = &writer};
    writer.ends = draft->fields.ends;
    writer.end_capacity = draft->end_capacity;
    ln_write_bytes(&writer, ln_node_peer_of(node, entry)->node_id, 33);
    walk_channel(&walk, entry);
    ln_snapshot_write_bare(&writer, &entry->channel, &shop);
    assert(writer.fault == LN_WIRE_OK);
    draft->fields.length = writer.at;
    draft->fields.count = writer.end_count;
    return true;
}

static bool copy_draft(struct ln_node *node, struct ln_node_draft *to, const struct ln_node_draft *from)
{
    if (!ln_node_reserve_draft(node, to, from->fields.length, from->fields.count)) {
        return false;
    }
    memcpy(to->fields.bytes, from->fields.bytes, from->fields.length);
    memcpy(to->fields.ends, from->fields.ends, from->fields.count * sizeof *from->fields.ends);
    to->fields.length = from->fields.length;
    to->fields.count = from->fields.count;
    return true;
}

static void put_channel(struct ln_node *node, struct ln_node_channel *entry)
{
    const struct ln_store_key key = {LN_STORE_CHANNEL, entry->number, 0};
    if (!draft_channel(node, entry)) {
        node->failed = true;
        return;
    }
    ln_store_put_change(&node->writer, &key, &entry->kept.fields, &node->draft.fields);
    node->failed |= !copy_draft(node, &entry->kept, &node->draft);
}

static void put_chain(struct ln_node *node, const struct ln_node_channel *entry)
{
    const struct ln_store_key key = {LN_STORE_CHAIN, entry->number, 0};
    size_t capacity = LN_ONCHAIN_STORE_BYTES(entry->chain_htlcs), length;
    uint8_t *bytes = ln_store_put(&node->writer, &key, capacity);
    if (bytes != NULL) {
        enum ln_onchain_result result = ln_onchain_write(bytes, capacity, &length, entry->chain);
        assert(result == LN_ONCHAIN_OK);
        ln_store_put_end(&node->writer, length);
    }
}

/* The part of a mark. Returns its flag, NULL if it has gone. */
static bool *part_of(struct part *part, struct ln_node *node, const struct ln_node_mark *mark)
{
    uint32_t place = mark->place;
    *part = (struct part){.key.kind = mark->kind, .node = node};
    switch ((enum ln_store_kind)mark->kind) {
    case LN_STORE_CHANNEL:
    case LN_STORE_CHAIN:
        part->entry = node->channels[place];
        if (part->entry == NULL) {
            return NULL;
        }
        return mark->kind == LN_STORE_CHANNEL ? &part->entry->dirty : &part->entry->chain_dirty;
    case LN_STORE_LINK:
        part->link = &node->links[place];
        part->key.first = part->link->in_channel;
        part->key.second = part->link->in_htlc;
        return part->link->kind == LN_LINK_FREE ? NULL : &part->link->dirty;
    case LN_STORE_INVOICE:
        part->invoice = &node->invoices[place];
        part->key.first = part->invoice->number;
        return part->invoice->state == LN_INVOICE_FREE ? NULL : &part->invoice->dirty;
    case LN_STORE_PAYMENT:
        part->payment = &node->payments[place];
        part->key.first = part->payment->number;
        return part->payment->state == LN_PAYMENT_FREE ? NULL : &part->payment->dirty;
    case LN_STORE_ATTEMPT:
        part->attempt = &node->attempts[place];
        part->key.first = part->attempt->number;
        return part->attempt->state == LN_ATTEMPT_FREE ? NULL : &part->attempt->dirty;
    case LN_STORE_NODE:
    case LN_STORE_PAST:
    case LN_STORE_LESSON:
    case LN_STORE_KINDS:
        break;
    }
    assert(false && "nobody marks such");
    return NULL;
}

/* A mark whose part has gone, or was put before, finds nothing to do. */
static void put_marked(struct ln_node *node, const struct ln_node_mark *mark)
{
    struct part part;
    bool *dirty = part_of(&part, node, mark);
    if (dirty == NULL || !*dirty) {
        return;
    }
    *dirty = false;
    if (mark->kind == LN_STORE_CHANNEL) {
        put_channel(node, part.entry);
    } else if (mark->kind == LN_STORE_CHAIN) {
        put_chain(node, part.entry);
    } else {
        put_part(node, &part);
    }
}

void ln_node_keep_marked(struct ln_node *node)
{
    const struct part self = {.key = {LN_STORE_NODE, 0, 0}, .node = node};
    for (uint32_t i = 0; i < node->mark_count; i++) {
        put_marked(node, &node->marks[i]);
    }
    node->mark_count = 0;
    put_part(node, &self);
}

void ln_node_clear_marks(struct ln_node *node)
{
    for (uint32_t i = 0; i < node->mark_count; i++) {
        struct part part;
        bool *dirty = part_of(&part, node, &node->marks[i]);
        if (dirty != NULL) {
            *dirty = false;
        }
    }
    node->mark_count = 0;
}

/* ---- reading ---- */

static bool read_part(const struct part *part, struct btc_bytes bytes)
{
    struct ln_reader reader = ln_reader_init(bytes.data, bytes.length);
    struct ln_walk walk = {.reader = &reader};
    walk_part(&walk, part);
    return reader.fault == LN_WIRE_OK && ln_reader_left(&reader) == 0;
}

static enum ln_node_result read_link(struct ln_node *node, struct part *part, struct btc_bytes bytes)
{
    part->link = ln_node_new_link(node);
    if (part->link == NULL) {
        return LN_NODE_FULL;
    }
    if (!read_part(part, bytes) || (part->link->kind != LN_LINK_FORWARD && part->link->kind != LN_LINK_PART)) {
        return LN_NODE_STORE;
    }
    ln_node_index_link(node, part->link);
    return LN_NODE_OK;
}

static enum ln_node_result read_invoice(struct ln_node *node, struct part *part, struct btc_bytes bytes)
{
    part->invoice = ln_node_new_invoice(node);
    if (part->invoice == NULL) {
        return LN_NODE_FULL;
    }
    if (!read_part(part, bytes) || part->invoice->state == LN_INVOICE_FREE ||
        part->invoice->state > LN_INVOICE_CANCELLED) {
        return LN_NODE_STORE;
    }
    ln_node_index_invoice(node, part->invoice);
    return LN_NODE_OK;
}

static enum ln_node_result read_payment(struct ln_node *node, struct part *part, struct btc_bytes bytes)
{
    part->payment = ln_node_new_payment(node);
    if (part->payment == NULL) {
        return LN_NODE_FULL;
    }
    memset(part->payment, 0, sizeof *part->payment);
    bool good = read_part(part, bytes) && part->payment->state != LN_PAYMENT_FREE &&
                part->payment->state <= LN_PAYMENT_FAILED && part->payment->terms.hint_count <= LN_INVOICE_HOPS_MAX &&
                part->payment->terms.metadata_length <= sizeof part->payment->terms.metadata;
    return good ? LN_NODE_OK : LN_NODE_STORE;
}

static enum ln_node_result read_attempt(struct ln_node *node, struct part *part, struct btc_bytes bytes)
{
    part->attempt = ln_node_new_attempt(node);
    if (part->attempt == NULL) {
        return LN_NODE_FULL;
    }
    memset(part->attempt, 0, sizeof *part->attempt);
    if (!read_part(part, bytes) || part->attempt->state != LN_ATTEMPT_SENT || part->attempt->route.hop_count == 0 ||
        part->attempt->route.hop_count > LN_ROUTE_HOPS_MAX) {
        return LN_NODE_STORE;
    }
    for (uint32_t i = 0; i < part->attempt->route.hop_count; i++) {
        struct ln_route_hop *hop = &part->attempt->route.hops[i];
        hop->channel = ln_graph_find_channel(node->graph, hop->short_channel_id);
    }
    ln_node_index_attempt(node, part->attempt);
    return LN_NODE_OK;
}

/* The peer with an id, who need not be connected. */
static enum ln_node_result find_peer(struct ln_node *node, uint32_t *place, const uint8_t node_id[33])
{
    struct ln_node_peer *peer = ln_node_find_peer(node, node_id);
    for (uint32_t i = 0; peer == NULL && i < node->config.limits.peers; i++) {
        if (!node->peers[i].used) {
            peer = &node->peers[i];
            *peer = (struct ln_node_peer){.used = true, .first_channel = LN_NODE_NONE, .due_us = UINT64_MAX};
            memcpy(peer->node_id, node_id, 33);
        }
    }
    if (peer == NULL) {
        return LN_NODE_FULL;
    }
    *place = ln_node_peer_place(node, peer);
    return LN_NODE_OK;
}

static enum ln_node_result read_snapshot(struct ln_node *node, struct ln_node_channel *entry, struct btc_bytes bytes,
                                         enum ln_snapshot_age age)
{
    struct ln_workshop shop = ln_node_workshop(node);
    enum ln_snapshot_result result = ln_snapshot_read_bare(&entry->channel, &shop, bytes, age);
    return result == LN_SNAPSHOT_OK ? LN_NODE_OK : result == LN_SNAPSHOT_NO_ROOM ? LN_NODE_FULL : LN_NODE_STORE;
}

static enum ln_node_result read_channel(struct ln_node *node, const struct ln_store_entry *from,
                                        enum ln_snapshot_age age)
{
    struct ln_reader reader = ln_reader_init(from->bytes.data, from->bytes.length);
    struct ln_walk walk = {.reader = &reader};
    const uint8_t *node_id = ln_read_bytes(&reader, 33);
    struct ln_node_channel *entry = ln_node_place_channel(node);
    enum ln_node_result result = LN_NODE_STORE;
    if (entry == NULL) {
        return node->channel_places.top == node->channel_places.limit ? LN_NODE_FULL : LN_NODE_NO_MEMORY;
    }
    walk_channel(&walk, entry);
    uint64_t short_channel_id = entry->short_channel_id;
    entry->short_channel_id = 0;
    entry->number = from->key.first;
    entry->remembered = true;
    if (reader.fault == LN_WIRE_OK && entry->closing_length <= sizeof entry->closing) {
        result = find_peer(node, &entry->peer, node_id);
    }
    if (result == LN_NODE_OK) {
        struct btc_bytes snapshot = btc_bytes(reader.bytes + reader.at, ln_reader_left(&reader));
        result = read_snapshot(node, entry, snapshot, age);
    }
    if (result != LN_NODE_OK) {
        ln_node_free_channel(node, entry);
        return result;
    }
    ln_node_index_channel(node, entry);
    ln_node_set_scid(node, entry, short_channel_id);
    ln_node_take(node, entry);
    return LN_NODE_OK;
}

static enum ln_node_result read_chain(struct ln_node *node, const struct ln_store_entry *from)
{
    struct ln_onchain_tools tools = ln_node_tools(node);
    struct ln_node_channel *entry = ln_node_find_channel(node, from->key.first);
    if (entry == NULL || entry->mode != LN_MODE_CHAIN || entry->chain != NULL) {
        return LN_NODE_STORE;
    }
    if (!ln_node_place_chain(node, entry, entry->chain_htlcs)) {
        return LN_NODE_NO_MEMORY;
    }
    enum ln_onchain_result result =
        ln_onchain_read(entry->chain, entry->chain_memory, entry->chain_htlcs, &tools, from->bytes);
    return result == LN_ONCHAIN_OK ? LN_NODE_OK : LN_NODE_STORE;
}

static enum ln_node_result read_entry(struct ln_node *node, const struct ln_store_entry *entry,
                                      enum ln_snapshot_age age)
{
    struct part part = {.key = entry->key, .node = node};
    switch ((enum ln_store_kind)entry->key.kind) {
    case LN_STORE_NODE:
        return read_part(&part, entry->bytes) ? LN_NODE_OK : LN_NODE_STORE;
    case LN_STORE_LINK:
        return read_link(node, &part, entry->bytes);
    case LN_STORE_INVOICE:
        return read_invoice(node, &part, entry->bytes);
    case LN_STORE_PAYMENT:
        return read_payment(node, &part, entry->bytes);
    case LN_STORE_ATTEMPT:
        return read_attempt(node, &part, entry->bytes);
    case LN_STORE_CHANNEL:
        return read_channel(node, entry, age);
    case LN_STORE_CHAIN:
        return read_chain(node, entry);
    case LN_STORE_LESSON:
        return ln_node_read_lesson(node, entry->key.first, entry->bytes);
    case LN_STORE_PAST:
    case LN_STORE_KINDS:
        break;
    }
    return LN_NODE_OK;
}

enum ln_node_result ln_node_read_all(struct ln_node *node, const struct ln_store_index *index, enum ln_snapshot_age age)
{
    static const enum ln_store_kind order[] = {LN_STORE_NODE,    LN_STORE_LINK,    LN_STORE_INVOICE, LN_STORE_PAYMENT,
                                               LN_STORE_ATTEMPT, LN_STORE_CHANNEL, LN_STORE_CHAIN,   LN_STORE_LESSON};
    if (ln_store_find(index, &(struct ln_store_key){LN_STORE_NODE, 0, 0}) == NULL) {
        return LN_NODE_UNKNOWN;
    }
    for (size_t k = 0; k < sizeof order / sizeof order[0]; k++) {
        for (uint32_t i = 0; i < index->count; i++) {
            const struct ln_store_entry *entry = &index->entries[i];
            if (entry->stands && entry->key.kind == order[k]) {
                enum ln_node_result result = read_entry(node, entry, age);
                if (result != LN_NODE_OK) {
                    return result;
                }
            }
        }
    }
    return LN_NODE_OK;
}
