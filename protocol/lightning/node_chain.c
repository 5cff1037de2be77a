/* node_chain.c: what a node sees of the chain, and its channels that end there.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/node_chain.h"

#include <assert.h>
#include <string.h>

#include "protocol/bitcoin/script.h"
#include "protocol/lightning/scid.h"

#define KEPT_EACH 36 /* blocks: no more than so many must be seen again after a restart */

/* ---- the resolver ---- */

bool ln_node_place_chain(struct ln_node *node, struct ln_node_channel *entry, uint32_t htlcs)
{
    const struct btc_allocator *allocator = node->shop->allocator;
    entry->chain_memory = btc_allocate(allocator, LN_ONCHAIN_BYTES(htlcs));
    struct ln_onchain *chain = entry->chain_memory == NULL ? NULL : btc_allocate(allocator, sizeof *entry->chain);
    if (chain == NULL) {
        btc_release(allocator, entry->chain_memory, entry->chain_memory == NULL ? 0 : LN_ONCHAIN_BYTES(htlcs));
        entry->chain_memory = NULL;
        return false;
    }
    memset(chain, 0, sizeof *chain);
    entry->chain = chain;
    entry->chain_htlcs = htlcs;
    return true;
}

/* Which of the wallet's coins a resolver may use: no coin is given to two. */
static void give_coins(struct ln_node *node)
{
    struct ln_onchain_coin share[LN_ONCHAIN_COINS];
    uint32_t count = 0, turn = 0;
    for (uint32_t i = 0; i < node->channel_places.top; i++) {
        count += node->channels[i] != NULL && node->channels[i]->chain != NULL;
    }
    for (uint32_t i = 0; i < node->channel_places.top; i++) {
        if (node->channels[i] == NULL || node->channels[i]->chain == NULL) {
            continue;
        }
        uint32_t given = 0;
        for (uint32_t k = turn++; k < node->coin_count; k += count) {
            share[given++] = node->coins[k];
        }
        ln_onchain_set_coins(node->channels[i]->chain, share, given);
    }
}

static void expect(struct ln_node *node, enum ln_onchain_result result)
{
    assert(result == LN_ONCHAIN_OK || result == LN_ONCHAIN_NO_ROOM);
    if (result != LN_ONCHAIN_OK) {
        node->failed = true; /* the workshop was opened for fewer HTLCs */
    }
}

/* How many HTLCs there can be: the peer may show a state that we have forgotten. A channel remembers more than a
 * commitment may hold while some are on their way out and others already on their way in. */
static uint32_t room_for(const struct ln_channel *channel, const struct ln_workshop *shop)
{
    uint32_t records = 0, most = (uint32_t)channel->policy.terms.max_accepted_htlcs;
    most += channel->their_terms.max_accepted_htlcs;
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE; i = ln_record_of(shop, i)->next) {
        records++;
    }
    return records > most ? records : most;
}

void ln_node_begin_chain(struct ln_node *node, struct ln_node_channel *entry)
{
    struct ln_workshop shop = ln_node_workshop(node);
    struct ln_onchain_tools tools = ln_node_tools(node);
    struct ln_onchain_setup setup = {.policy = node->config.onchain,
                                     .rates = node->rates,
                                     .sweep_script = node->config.sweep_script,
                                     .closing = btc_bytes(entry->closing, entry->closing_length),
                                     .height = node->height};
    if (entry->mode == LN_MODE_CHAIN) {
        return;
    }
    if (!ln_node_place_chain(node, entry, room_for(&entry->channel, &shop))) {
        node->failed = true;
        return;
    }
    entry->mode = LN_MODE_CHAIN;
    entry->ready = false;
    expect(node, ln_onchain_init(entry->chain, entry->chain_memory, entry->chain_htlcs, &tools, &setup, &entry->channel,
                                 &shop));
    ln_node_give_records(node, entry);
    if (entry->channel.stage < LN_STAGE_CLOSED) { /* the peer is told that it has failed */
        entry->channel.stage = LN_STAGE_FAILED;
    }
    ln_node_mark_channel(node, entry);
    ln_node_mark_chain(node, entry);
    ln_node_touch(node, entry); /* others hear of it */
    give_coins(node);
    if (!node->failed) {
        expect(node, ln_onchain_start(entry->chain, &tools));
        ln_node_take_chain(node, entry);
    }
}

/* ---- taking ---- */

static void take_broadcast(struct ln_node *node, const struct ln_node_channel *entry,
                           const struct ln_onchain_effect *effect)
{
    struct ln_node_event *event = &ln_node_say(node, LN_NODE_BROADCAST, effect->bytes)->event;
    event->channel = entry->number;
    event->fee_msat = 1000 * (uint64_t)effect->fee_sat;
    memcpy(event->txid, effect->txid, 32);
    memcpy(event->replaced, effect->replaced, 32);
}

static void take_job(struct ln_node *node, const struct ln_node_channel *entry, const struct ln_onchain_effect *effect)
{
    struct ln_node_job job;
    job.channel = entry->number;
    job.by_chain = true;
    memset(&job.event, 0, sizeof job.event);
    job.chain = *effect;
    job.chain.bytes = btc_bytes(NULL, 0);
    job.length = job.attribution_length = 0;
    ln_node_push_job(node, &job);
}

static void take_close(struct ln_node *node, const struct ln_node_channel *entry,
                       const struct ln_onchain_effect *effect)
{
    bool closed = effect->kind == LN_ONCHAIN_CLOSED;
    struct ln_node_event *event = ln_node_tell(node, closed ? LN_NODE_CHANNEL_SPENT : LN_NODE_CHANNEL_REOPENED);
    event->channel = entry->number;
    event->close = effect->close;
    memcpy(event->txid, effect->txid, 32);
    if (node->config.graph != NULL) {
        ln_graph_hear_spent(node->config.graph, &entry->channel.funding,
                            closed ? entry->chain->outs[0].spent_height : 0);
    }
}

static void take_one(struct ln_node *node, struct ln_node_channel *entry, const struct ln_onchain_effect *effect)
{
    struct ln_node_effect *said;
    switch (effect->kind) {
    case LN_ONCHAIN_PERSIST:
        ln_node_mark_chain(node, entry);
        break;
    case LN_ONCHAIN_WATCH:
        ln_node_watch(node, &effect->outpoint);
        break;
    case LN_ONCHAIN_NEED_PAST:
        said = ln_node_say(node, LN_NODE_FETCH, btc_bytes(NULL, 0));
        said->number = effect->number;
        said->event.channel = entry->number;
        break;
    case LN_ONCHAIN_BROADCAST:
        take_broadcast(node, entry, effect);
        break;
    case LN_ONCHAIN_FORGET:
        memcpy(ln_node_say(node, LN_NODE_FORGET_TX, btc_bytes(NULL, 0))->event.txid, effect->txid, 32);
        break;
    case LN_ONCHAIN_WANT_COINS:
        said = ln_node_say(node, LN_NODE_EVENT, btc_bytes(NULL, 0));
        said->event.kind = LN_NODE_WANT_COINS;
        said->event.channel = entry->number;
        said->event.amount_msat = 1000 * (uint64_t)effect->amount_sat;
        break;
    case LN_ONCHAIN_CLOSED:
    case LN_ONCHAIN_REOPENED:
        take_close(node, entry, effect);
        break;
    case LN_ONCHAIN_PREIMAGE:
    case LN_ONCHAIN_FAILED:
    case LN_ONCHAIN_CLAIMED:
    case LN_ONCHAIN_LAPSED:
    case LN_ONCHAIN_RESOLVED:
        take_job(node, entry, effect);
        break;
    }
}

void ln_node_take_chain(struct ln_node *node, struct ln_node_channel *entry)
{
    struct ln_onchain_effects *effects = &node->shop->chain_effects;
    for (uint32_t i = 0; i < effects->count; i++) {
        take_one(node, entry, &effects->list[i]);
    }
    ln_onchain_effects_clear(effects);
}

/* ---- blocks ---- */

/* A block as resolvers want it. */
struct sight {
    uint32_t height;
    uint32_t count;
    const struct ln_node_tx *txs;
    const struct btc_tx **plain;
    uint8_t (*txids)[32];
};

static bool pays_funding(const struct ln_channel *channel, const struct btc_tx *tx)
{
    uint8_t wanted[BTC_P2WSH_BYTES];
    const struct btc_output *output = &tx->outputs[channel->funding.index];
    ln_node_funding_script(wanted, channel);
    return output->value_sat == (int64_t)channel->funding_sat &&
           btc_bytes_equal(output->script, btc_bytes(wanted, sizeof wanted));
}

/* The block has the funding transaction. One that pays something else funds nothing. */
static void find_funding(struct ln_node *node, struct ln_node_channel *entry, const struct sight *sight)
{
    const struct btc_outpoint *funding = &entry->channel.funding;
    for (uint32_t i = 0; i < sight->count && entry->funding_height == 0; i++) {
        const struct ln_node_tx *tx = &sight->txs[i];
        if (memcmp(sight->txids[i], funding->txid, 32) == 0 && funding->index < tx->tx->output_count &&
            pays_funding(&entry->channel, tx->tx)) {
            entry->funding_height = sight->height;
            entry->update_sent = false; /* the peer may know it by another id */
            ln_node_set_scid(node, entry, ln_scid(sight->height, tx->place, (uint16_t)funding->index));
            ln_node_mark_channel(node, entry);
        }
    }
}

static bool spends(const struct sight *sight, const struct btc_outpoint *outpoint)
{
    for (uint32_t i = 0; i < sight->count; i++) {
        const struct btc_tx *tx = sight->txs[i].tx;
        for (uint32_t k = 0; k < tx->input_count; k++) {
            if (btc_outpoint_equal(&tx->inputs[k].previous, outpoint)) {
                return true;
            }
        }
    }
    return false;
}

/* BOLT 2: who did not open it may forget a channel whose funding does not come. */
static bool is_forgettable(const struct ln_node *node, const struct ln_node_channel *entry)
{
    return entry->channel.opener == LN_THEM && entry->channel.stage == LN_STAGE_FUNDED && entry->funding_height == 0 &&
           node->height >= entry->opened_height + node->config.unfunded_blocks;
}

static void see_live(struct ln_node *node, struct ln_node_channel *entry)
{
    struct ln_workshop shop = ln_node_workshop(node);
    enum ln_channel_result result = ln_channel_block(&entry->channel, &shop, node->height, entry->funding_height);
    assert(result == LN_CHANNEL_OK || result == LN_CHANNEL_DOUBTFUL || result == LN_CHANNEL_STAGE);
    ln_node_take(node, entry);
    ln_node_touch(node, entry);
    if (is_forgettable(node, entry)) {
        ln_node_remove_channel(node, entry, "its funding did not come");
    }
}

static void see_chain(struct ln_node *node, struct ln_node_channel *entry, const struct sight *sight)
{
    struct ln_onchain_tools tools = ln_node_tools(node);
    if (sight->height > entry->chain->height) {
        expect(node, ln_onchain_connect(entry->chain, &tools, sight->height, sight->plain, sight->count));
        ln_node_take_chain(node, entry);
        if (sight->height % KEPT_EACH == 0) {
            ln_node_mark_chain(node, entry);
        }
    }
}

static void see_one(struct ln_node *node, struct ln_node_channel *entry, const struct sight *sight)
{
    if (entry->channel.stage < LN_STAGE_FUNDED || entry->channel.stage == LN_STAGE_DEAD) {
        return;
    }
    find_funding(node, entry, sight);
    if (entry->mode == LN_MODE_LIVE && spends(sight, &entry->channel.funding)) {
        ln_node_begin_chain(node, entry);
    }
    if (node->failed) {
        return;
    }
    if (entry->mode == LN_MODE_CHAIN) {
        see_chain(node, entry, sight);
    }
}

static bool look(struct sight *sight, struct btc_arena *scratch)
{
    sight->plain = btc_arena_take(scratch, sight->count, sizeof *sight->plain);
    sight->txids = btc_arena_take(scratch, sight->count, sizeof *sight->txids);
    if (sight->plain == NULL || sight->txids == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < sight->count; i++) {
        sight->plain[i] = sight->txs[i].tx;
        btc_txid(sight->txids[i], sight->txs[i].tx);
    }
    return true;
}

/* Resolvers that begin here stand one block below, and see this one first. */
void ln_node_see_block(struct ln_node *node, uint32_t height, const struct ln_node_tx *txs, uint32_t tx_count)
{
    struct btc_arena *scratch = &node->shop->scratch;
    size_t used = scratch->used;
    struct sight sight = {.height = height, .count = tx_count, .txs = txs};
    if (!look(&sight, scratch)) {
        node->failed = true;
        return;
    }
    for (uint32_t i = 0; i < node->channel_places.top && !node->failed; i++) {
        node->height = height - 1;
        if (node->channels[i] != NULL) {
            see_one(node, node->channels[i], &sight);
        }
    }
    node->height = height;
    node->seen_height = height > node->seen_height ? height : node->seen_height;
    for (uint32_t i = 0; i < node->channel_places.top && !node->failed; i++) {
        struct ln_node_channel *entry = node->channels[i];
        if (entry != NULL && entry->mode == LN_MODE_LIVE && entry->channel.stage >= LN_STAGE_FUNDED &&
            entry->channel.stage != LN_STAGE_DEAD) {
            see_live(node, entry);
        }
    }
    scratch->used = used;
}

/* The block of the funding is gone. Who made that transaction broadcasts it again; it may come back with another id,
 * which then has to be announced anew. */
static void lose_funding(struct ln_node *node, struct ln_node_channel *entry)
{
    entry->funding_height = 0;
    entry->is_listed = entry->signatures_sent = false;
    ln_node_set_scid(node, entry, 0);
    ln_node_mark_channel(node, entry);
    if (entry->channel.opener == LN_US) {
        ln_node_tell_funding(node, entry);
    }
}

void ln_node_lose_blocks(struct ln_node *node, uint32_t height)
{
    struct ln_onchain_tools tools = ln_node_tools(node);
    node->height = height < node->height ? height : node->height;
    node->seen_height = height < node->seen_height ? height : node->seen_height;
    for (uint32_t i = 0; i < node->channel_places.top && !node->failed; i++) {
        struct ln_node_channel *entry = node->channels[i];
        if (entry != NULL && entry->funding_height > height) {
            lose_funding(node, entry);
        }
        if (entry != NULL && entry->mode == LN_MODE_CHAIN && entry->chain->height > height) {
            expect(node, ln_onchain_disconnect(entry->chain, &tools, height));
            ln_node_take_chain(node, entry);
            ln_node_mark_chain(node, entry); /* so that no record knows of blocks that a later one does not follow */
        }
    }
}

/* ---- the wallet ---- */

void ln_node_see_rates(struct ln_node *node, const struct ln_onchain_rates *rates)
{
    node->rates = *rates;
    for (uint32_t i = 0; i < node->channel_places.top; i++) {
        if (node->channels[i] != NULL && node->channels[i]->chain != NULL) {
            ln_onchain_set_rates(node->channels[i]->chain, rates);
        }
    }
}

void ln_node_see_coins(struct ln_node *node, const struct ln_onchain_coin *coins, uint32_t count)
{
    struct ln_onchain_tools tools = ln_node_tools(node);
    node->coin_count = count < LN_ONCHAIN_COINS ? count : LN_ONCHAIN_COINS;
    memcpy(node->coins, coins, node->coin_count * sizeof *coins);
    give_coins(node);
    for (uint32_t i = 0; i < node->channel_places.top && !node->failed; i++) {
        struct ln_node_channel *entry = node->channels[i];
        if (entry != NULL && entry->chain != NULL) {
            expect(node, ln_onchain_tick(entry->chain, &tools));
            ln_node_take_chain(node, entry);
        }
    }
}

enum ln_node_result ln_node_see_waiting(struct ln_node *node, uint64_t channel, const struct btc_tx *tx)
{
    struct ln_onchain_tools tools = ln_node_tools(node);
    struct ln_node_channel *entry = ln_node_find_channel(node, channel);
    if (entry == NULL || entry->chain == NULL) {
        return entry == NULL ? LN_NODE_UNKNOWN : LN_NODE_STAGE;
    }
    expect(node, ln_onchain_waits(entry->chain, &tools, tx));
    ln_node_take_chain(node, entry);
    return LN_NODE_OK;
}

enum ln_node_result ln_node_see_past(struct ln_node *node, uint64_t channel, struct btc_bytes record)
{
    struct ln_onchain_tools tools = ln_node_tools(node);
    struct ln_node_channel *entry = ln_node_find_channel(node, channel);
    if (entry == NULL || entry->chain == NULL) {
        return LN_NODE_UNKNOWN;
    }
    enum ln_onchain_result result = ln_onchain_past(entry->chain, &tools, record);
    if (result == LN_ONCHAIN_UNKNOWN) {
        return LN_NODE_TERMS;
    }
    expect(node, result);
    ln_node_take_chain(node, entry);
    return LN_NODE_OK;
}
