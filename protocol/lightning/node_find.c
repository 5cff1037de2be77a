/* node_find.c: what a node has, by the numbers that name it.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/node_find.h"

#include <assert.h>
#include <string.h>

/* A pair of numbers: channel and HTLC, or one number and zero. */
struct pair {
    uint64_t first;
    uint64_t second;
};

static uint32_t hash_pair(const struct btc_table *table, const struct pair *pair)
{
    return btc_table_hash(table, pair, sizeof *pair);
}

/* ---- peers and channels ---- */

struct ln_node_peer *ln_node_find_peer(const struct ln_node *node, const uint8_t node_id[33])
{
    for (uint32_t i = 0; i < node->config.limits.peers; i++) {
        if (node->peers[i].used && memcmp(node->peers[i].node_id, node_id, 33) == 0) {
            return &node->peers[i];
        }
    }
    return NULL;
}

static bool has_number(const void *context, uint32_t place, const void *key)
{
    const struct ln_node *node = context;
    const struct pair *pair = key;
    return node->channels[place]->number == pair->first;
}

struct ln_node_channel *ln_node_find_channel(const struct ln_node *node, uint64_t number)
{
    struct pair key = {number, 0};
    uint32_t place = btc_table_find(&node->by_number, hash_pair(&node->by_number, &key), has_number, node, &key);
    return place == BTC_TABLE_NONE ? NULL : node->channels[place];
}

/* In by_scid a channel stands twice: as 2 * place by its alias, as 2 * place + 1 by its short channel id. */
static bool has_scid(const void *context, uint32_t number, const void *key)
{
    const struct ln_node *node = context;
    const struct pair *pair = key;
    const struct ln_node_channel *entry = node->channels[number / 2];
    return (number % 2 == 0 ? entry->channel.policy.alias : entry->short_channel_id) == pair->first;
}

struct ln_node_channel *ln_node_find_scid(const struct ln_node *node, uint64_t short_channel_id)
{
    struct pair key = {short_channel_id, 0};
    uint32_t number = btc_table_find(&node->by_scid, hash_pair(&node->by_scid, &key), has_scid, node, &key);
    return number == BTC_TABLE_NONE ? NULL : node->channels[number / 2];
}

void ln_node_index_channel(struct ln_node *node, struct ln_node_channel *entry)
{
    struct pair number = {entry->number, 0}, alias = {entry->channel.policy.alias, 0};
    struct ln_node_peer *peer = ln_node_peer_of(node, entry);
    node->channels[entry->place] = entry;
    btc_table_put(&node->by_number, hash_pair(&node->by_number, &number), entry->place);
    btc_table_put(&node->by_scid, hash_pair(&node->by_scid, &alias), 2 * entry->place);
    entry->next_of_peer = peer->first_channel;
    peer->first_channel = entry->place;
}

void ln_node_set_scid(struct ln_node *node, struct ln_node_channel *entry, uint64_t short_channel_id)
{
    struct pair before = {entry->short_channel_id, 0}, now = {short_channel_id, 0};
    if (entry->short_channel_id != 0) {
        btc_table_take(&node->by_scid, hash_pair(&node->by_scid, &before), 2 * entry->place + 1);
    }
    entry->short_channel_id = short_channel_id;
    if (short_channel_id != 0) {
        btc_table_put(&node->by_scid, hash_pair(&node->by_scid, &now), 2 * entry->place + 1);
    }
}

void ln_node_unindex_channel(struct ln_node *node, struct ln_node_channel *entry)
{
    struct pair number = {entry->number, 0}, alias = {entry->channel.policy.alias, 0};
    uint32_t *link = &ln_node_peer_of(node, entry)->first_channel;
    ln_node_set_scid(node, entry, 0);
    btc_table_take(&node->by_number, hash_pair(&node->by_number, &number), entry->place);
    btc_table_take(&node->by_scid, hash_pair(&node->by_scid, &alias), 2 * entry->place);
    while (*link != entry->place) {
        assert(*link != LN_NODE_NONE);
        link = &node->channels[*link]->next_of_peer;
    }
    *link = entry->next_of_peer;
    node->channels[entry->place] = NULL;
}

/* ---- links ---- */

static bool comes_in(const void *context, uint32_t place, const void *key)
{
    const struct ln_node *node = context;
    const struct pair *pair = key;
    return node->links[place].in_channel == pair->first && node->links[place].in_htlc == pair->second;
}

static bool goes_out(const void *context, uint32_t place, const void *key)
{
    const struct ln_node *node = context;
    const struct pair *pair = key;
    return node->links[place].out_channel == pair->first && node->links[place].out_htlc == pair->second;
}

struct ln_node_link *ln_node_new_link(struct ln_node *node)
{
    uint32_t place = ln_places_take(&node->link_places);
    if (place == LN_NODE_NONE) {
        return NULL;
    }
    memset(&node->links[place], 0, sizeof node->links[place]);
    return &node->links[place];
}

void ln_node_index_link(struct ln_node *node, struct ln_node_link *link)
{
    struct pair in = {link->in_channel, link->in_htlc}, out = {link->out_channel, link->out_htlc};
    uint32_t place = (uint32_t)(link - node->links);
    assert(link->kind != LN_LINK_FREE);
    btc_table_put(&node->links_in, hash_pair(&node->links_in, &in), place);
    if (link->kind == LN_LINK_FORWARD) {
        btc_table_put(&node->links_out, hash_pair(&node->links_out, &out), place);
    }
}

static struct ln_node_link *find_link(const struct ln_node *node, const struct btc_table *table, btc_table_match *match,
                                      struct pair key)
{
    uint32_t place = btc_table_find(table, hash_pair(table, &key), match, node, &key);
    return place == BTC_TABLE_NONE ? NULL : &node->links[place];
}

struct ln_node_link *ln_node_link_in(const struct ln_node *node, uint64_t channel, uint64_t htlc)
{
    return find_link(node, &node->links_in, comes_in, (struct pair){channel, htlc});
}

struct ln_node_link *ln_node_link_out(const struct ln_node *node, uint64_t channel, uint64_t htlc)
{
    return find_link(node, &node->links_out, goes_out, (struct pair){channel, htlc});
}

void ln_node_end_link(struct ln_node *node, struct ln_node_link *link)
{
    struct pair in = {link->in_channel, link->in_htlc}, out = {link->out_channel, link->out_htlc};
    uint32_t place = (uint32_t)(link - node->links);
    btc_table_take(&node->links_in, hash_pair(&node->links_in, &in), place);
    if (link->kind == LN_LINK_FORWARD) {
        btc_table_take(&node->links_out, hash_pair(&node->links_out, &out), place);
    }
    ln_node_drop(node, LN_STORE_LINK, link->in_channel, link->in_htlc);
    link->kind = LN_LINK_FREE;
    ln_places_give(&node->link_places, place);
}

/* ---- invoices ---- */

static bool asks_for(const void *context, uint32_t place, const void *key)
{
    const struct ln_node *node = context;
    return memcmp(node->invoices[place].payment_hash, key, 32) == 0;
}

struct ln_node_invoice *ln_node_new_invoice(struct ln_node *node)
{
    uint32_t place = ln_places_take(&node->invoice_places);
    if (place == LN_NODE_NONE) {
        return NULL;
    }
    memset(&node->invoices[place], 0, sizeof node->invoices[place]);
    return &node->invoices[place];
}

void ln_node_index_invoice(struct ln_node *node, struct ln_node_invoice *invoice)
{
    assert(invoice->state != LN_INVOICE_FREE);
    btc_table_put(&node->by_hash, btc_table_hash(&node->by_hash, invoice->payment_hash, 32),
                  (uint32_t)(invoice - node->invoices));
}

struct ln_node_invoice *ln_node_invoice_by_hash(const struct ln_node *node, const uint8_t payment_hash[32])
{
    uint32_t hash = btc_table_hash(&node->by_hash, payment_hash, 32);
    uint32_t place = btc_table_find(&node->by_hash, hash, asks_for, node, payment_hash);
    return place == BTC_TABLE_NONE ? NULL : &node->invoices[place];
}

struct ln_node_invoice *ln_node_find_invoice(const struct ln_node *node, uint64_t number)
{
    for (uint32_t i = 0; i < node->invoice_places.top; i++) {
        if (node->invoices[i].state != LN_INVOICE_FREE && node->invoices[i].number == number) {
            return &node->invoices[i];
        }
    }
    return NULL;
}

void ln_node_end_invoice(struct ln_node *node, struct ln_node_invoice *invoice)
{
    uint32_t place = (uint32_t)(invoice - node->invoices);
    btc_table_take(&node->by_hash, btc_table_hash(&node->by_hash, invoice->payment_hash, 32), place);
    ln_node_drop(node, LN_STORE_INVOICE, invoice->number, 0);
    invoice->state = LN_INVOICE_FREE;
    ln_places_give(&node->invoice_places, place);
}

/* ---- payments ---- */

struct ln_payment *ln_node_new_payment(struct ln_node *node)
{
    uint32_t place = ln_places_take(&node->payment_places);
    return place == LN_NODE_NONE ? NULL : &node->payments[place];
}

struct ln_payment *ln_node_find_payment(const struct ln_node *node, uint64_t number)
{
    for (uint32_t i = 0; i < node->payment_places.top; i++) {
        if (node->payments[i].state != LN_PAYMENT_FREE && node->payments[i].number == number) {
            return &node->payments[i];
        }
    }
    return NULL;
}

void ln_node_end_payment(struct ln_node *node, struct ln_payment *payment)
{
    ln_node_drop(node, LN_STORE_PAYMENT, payment->number, 0);
    payment->state = LN_PAYMENT_FREE;
    ln_places_give(&node->payment_places, (uint32_t)(payment - node->payments));
}

static bool was_sent_as(const void *context, uint32_t place, const void *key)
{
    const struct ln_node *node = context;
    const struct pair *pair = key;
    return node->attempts[place].channel == pair->first && node->attempts[place].htlc == pair->second;
}

struct ln_attempt *ln_node_new_attempt(struct ln_node *node)
{
    uint32_t place = ln_places_take(&node->attempt_places);
    return place == LN_NODE_NONE ? NULL : &node->attempts[place];
}

void ln_node_index_attempt(struct ln_node *node, struct ln_attempt *attempt)
{
    struct pair key = {attempt->channel, attempt->htlc};
    assert(attempt->state != LN_ATTEMPT_FREE);
    btc_table_put(&node->attempts_out, hash_pair(&node->attempts_out, &key), (uint32_t)(attempt - node->attempts));
}

struct ln_attempt *ln_node_attempt_out(const struct ln_node *node, uint64_t channel, uint64_t htlc)
{
    struct pair key = {channel, htlc};
    const struct btc_table *table = &node->attempts_out;
    uint32_t place = btc_table_find(table, hash_pair(table, &key), was_sent_as, node, &key);
    return place == BTC_TABLE_NONE ? NULL : &node->attempts[place];
}

void ln_node_end_attempt(struct ln_node *node, struct ln_attempt *attempt)
{
    struct pair key = {attempt->channel, attempt->htlc};
    uint32_t place = (uint32_t)(attempt - node->attempts);
    btc_table_take(&node->attempts_out, hash_pair(&node->attempts_out, &key), place);
    ln_node_drop(node, LN_STORE_ATTEMPT, attempt->number, 0);
    attempt->state = LN_ATTEMPT_FREE;
    ln_places_give(&node->attempt_places, place);
}
