/* node_channel.c: the channels of a node.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/node_channel.h"

#include <assert.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/lightning/channel_limits.h"
#include "protocol/lightning/node_due.h"
#include "protocol/lightning/past.h"
#include "protocol/lightning/scid.h"

#define ALIAS_HEIGHT 16000000 /* aliases look like ids of blocks from here on, centuries ahead */
#define SEND_TRIES   24

/* ---- coming and going ---- */

/* An alias that is no channel's id and will not be one. */
static uint64_t draw_alias(struct ln_node *node)
{
    uint64_t alias;
    do {
        uint64_t drawn = ln_node_draw_number(node, "alias");
        alias = ln_scid(ALIAS_HEIGHT + (uint32_t)(drawn % 700000), (uint32_t)(drawn >> 20) & 0xffffff,
                        (uint16_t)(drawn >> 48));
    } while (ln_node_find_scid(node, alias) != NULL);
    return alias;
}

struct ln_node_channel *ln_node_place_channel(struct ln_node *node)
{
    uint32_t place = ln_places_take(&node->channel_places);
    if (place == LN_NODE_NONE) {
        return NULL;
    }
    struct ln_node_channel *entry = btc_allocate(node->shop->allocator, sizeof *entry);
    if (entry == NULL) {
        ln_places_give(&node->channel_places, place);
        return NULL;
    }
    memset(entry, 0, sizeof *entry);
    entry->place = place;
    entry->next_of_peer = LN_NODE_NONE;
    entry->channel.first_record = entry->channel.last_record = LN_RECORD_NONE;
    return entry;
}

void ln_node_give_records(struct ln_node *node, struct ln_node_channel *entry)
{
    struct ln_channel *channel = &entry->channel;
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE;) {
        uint32_t next = node->pool.records[i].next;
        ln_pool_give(&node->pool, i);
        i = next;
    }
    channel->first_record = channel->last_record = LN_RECORD_NONE;
    channel->record_count = 0;
}

void ln_node_free_channel(struct ln_node *node, struct ln_node_channel *entry)
{
    const struct btc_allocator *allocator = node->shop->allocator;
    if (entry->chain != NULL) {
        btc_release(allocator, entry->chain_memory, LN_ONCHAIN_BYTES(entry->chain_htlcs));
        btc_release(allocator, entry->chain, sizeof *entry->chain);
    }
    ln_node_close_draft(node, &entry->kept);
    btc_release(allocator, entry, sizeof *entry);
}

struct ln_node_channel *ln_node_add_channel(struct ln_node *node, uint32_t peer, uint8_t flags)
{
    struct ln_channel_policy policy = node->config.channel;
    struct ln_workshop shop = ln_node_workshop(node);
    uint8_t seed[32];
    struct ln_node_channel *entry = ln_node_place_channel(node);
    if (entry == NULL) {
        return NULL;
    }
    ln_node_draw(node, seed, "channel");
    policy.alias = draw_alias(node);
    policy.flags = flags;
    if (!ln_channel_init(&entry->channel, &shop, &policy, seed)) {
        ln_places_give(&node->channel_places, entry->place);
        ln_node_free_channel(node, entry);
        return NULL;
    }
    entry->number = node->next_channel++;
    node->dirty = true;
    entry->peer = peer;
    entry->opened_height = node->height;
    entry->forwarding = node->config.forwarding;
    ln_node_index_channel(node, entry);
    return entry;
}

void ln_node_remove_channel(struct ln_node *node, struct ln_node_channel *entry, const char *text)
{
    uint32_t place = entry->place;
    struct ln_node_event *event = ln_node_tell(node, LN_NODE_CHANNEL_GONE);
    event->channel = entry->number;
    event->text = text;
    if (entry->remembered) {
        ln_node_drop(node, LN_STORE_CHANNEL, entry->number, 0);
        ln_node_drop(node, LN_STORE_CHAIN, entry->number, 0);
        if (node->config.flags & LN_NODE_KEEPS_RECORDS) {
            ln_store_drop_all(&node->writer, LN_STORE_PAST, entry->number);
        }
    }
    for (uint32_t i = 0; i < node->touched_count; i++) {
        if (node->touched[i] == place) {
            node->touched[i] = node->touched[--node->touched_count];
            break;
        }
    }
    ln_node_give_records(node, entry);
    ln_node_unindex_channel(node, entry);
    ln_node_peer_moved(node, entry->peer);
    ln_node_free_channel(node, entry);
    ln_places_give(&node->channel_places, place);
}

/* ---- taking ---- */

static void keep_record(struct ln_node *node, const struct ln_node_channel *entry, struct btc_bytes record)
{
    struct ln_past past;
    bool good = ln_past_read(&past, record);
    assert(good);
    struct ln_store_key key = {LN_STORE_PAST, entry->number, past.number};
    if (node->config.flags & LN_NODE_KEEPS_RECORDS) {
        ln_store_put_bytes(&node->writer, &key, record);
    }
}

/* The closing that is agreed. Our commitment, if the channel failed, is for the resolver to broadcast. */
static void take_broadcast(struct ln_node *node, struct ln_node_channel *entry, struct btc_bytes bytes)
{
    if (entry->channel.stage != LN_STAGE_CLOSED) {
        return;
    }
    assert(bytes.length <= sizeof entry->closing);
    memcpy(entry->closing, bytes.data, bytes.length);
    entry->closing_length = (uint16_t)bytes.length;
    if (entry->mode == LN_MODE_CHAIN) { /* agreed again */
        ln_node_say(node, LN_NODE_BROADCAST, bytes)->event.channel = entry->number;
    }
}

static void take_event(struct ln_node *node, const struct ln_node_channel *entry, const struct ln_effect *effect)
{
    struct ln_node_job job;
    bool with_bytes = effect->event.kind == LN_EVENT_FAILED || effect->event.kind == LN_EVENT_FUND;
    job.channel = entry->number;
    job.by_chain = false;
    job.event = effect->event;
    memset(&job.chain, 0, sizeof job.chain);
    job.length = with_bytes ? (uint16_t)effect->bytes.length : 0;
    job.attribution_length = (uint16_t)effect->attribution.length;
    assert(effect->bytes.length <= sizeof job.bytes && effect->attribution.length <= sizeof job.attribution);
    if (job.length > 0) {
        memcpy(job.bytes, effect->bytes.data, job.length);
    }
    if (job.attribution_length > 0) {
        memcpy(job.attribution, effect->attribution.data, job.attribution_length);
    }
    ln_node_push_job(node, &job);
}

void ln_node_take(struct ln_node *node, struct ln_node_channel *entry)
{
    struct ln_effects *effects = &node->shop->effects;
    for (uint32_t i = 0; i < effects->count; i++) {
        const struct ln_effect *effect = &effects->list[i];
        switch (effect->kind) {
        case LN_EFFECT_PERSIST:
            ln_node_mark_channel(node, entry);
            if (effect->bytes.length > 0) {
                keep_record(node, entry, effect->bytes);
            }
            break;
        case LN_EFFECT_MESSAGE:
            ln_node_say(node, LN_NODE_MESSAGE, effect->bytes)->peer = entry->peer;
            break;
        case LN_EFFECT_BROADCAST:
            take_broadcast(node, entry, effect->bytes);
            break;
        case LN_EFFECT_EVENT:
            take_event(node, entry, effect);
            if (entry->channel.stage >= LN_STAGE_FUNDED) {
                ln_node_mark_channel(node, entry);
            }
            break;
        }
    }
    if (effects->count > 0) {
        ln_node_touch(node, entry);
    }
    ln_effects_clear(effects);
}

/* ---- the end of an input ---- */

static void note_waiting(struct ln_node *node, struct ln_node_channel *entry)
{
    const struct ln_channel *channel = &entry->channel;
    bool waits = channel->awaiting_revoke && channel->reestablished;
    if (!waits) {
        entry->waits_since_us = 0;
    } else if (entry->waits_since_us == 0 || entry->waits_number != channel->remote_number) {
        entry->waits_since_us = node->now_us;
        entry->waits_number = channel->remote_number;
    }
}

void ln_node_finish_channel(struct ln_node *node, struct ln_node_channel *entry)
{
    struct ln_workshop shop = ln_node_workshop(node);
    bool talks = entry->mode == LN_MODE_LIVE || entry->channel.stage == LN_STAGE_CLOSED;
    if (talks && entry->channel.stage >= LN_STAGE_FUNDED) {
        enum ln_channel_result result = ln_channel_tick(&entry->channel, &shop);
        assert(result == LN_CHANNEL_OK);
        ln_node_take(node, entry);
    }
    note_waiting(node, entry);
    ln_node_peer_moved(node, entry->peer);
}

void ln_node_warn(struct ln_node *node, uint32_t peer, const uint8_t *channel_id, const char *text)
{
    struct ln_message message = {.type = LN_WARNING};
    if (channel_id != NULL) {
        memcpy(message.complaint.channel_id, channel_id, 32);
    }
    message.complaint.data = btc_bytes(text, strlen(text));
    ln_node_send(node, peer, &message);
    ln_node_say(node, LN_NODE_DISCONNECT, btc_bytes(NULL, 0))->peer = peer;
    node->peers[peer].leaving = true;
    ln_node_peer_moved(node, peer);
}

void ln_node_tell_funding(struct ln_node *node, const struct ln_node_channel *entry)
{
    struct ln_node_event *event = ln_node_tell(node, LN_NODE_FUNDING_SAFE);
    event->channel = entry->number;
    event->outpoint = entry->channel.funding;
}

void ln_node_punish(struct ln_node *node, struct ln_node_channel *entry, enum ln_channel_result result)
{
    struct ln_workshop shop = ln_node_workshop(node);
    const char *text = ln_channel_result_text(result);
    switch (ln_channel_verdict(result)) {
    case LN_VERDICT_NONE:
        break;
    case LN_VERDICT_FAIL:
        if (ln_channel_fail(&entry->channel, &shop, btc_bytes(text, strlen(text))) == LN_CHANNEL_OK) {
            ln_node_take(node, entry);
            break;
        }
        ln_node_warn(node, entry->peer, entry->channel.id, text); /* doubtful: nothing may be broadcast */
        break;
    case LN_VERDICT_WARN:
        ln_node_warn(node, entry->peer, entry->channel.id, text);
        break;
    }
}

/* ---- what can be sent ---- */

bool ln_node_is_founded(const struct ln_node *node, const struct ln_node_channel *entry)
{
    bool mined = entry->funding_height > 0 && entry->funding_height <= node->seen_height;
    uint32_t depth_blocks = mined ? node->seen_height - entry->funding_height + 1 : 0;
    return entry->channel.opener == LN_US || depth_blocks >= entry->channel.minimum_depth_blocks;
}

bool ln_node_is_usable(const struct ln_node *node, const struct ln_node_channel *entry)
{
    const struct ln_shutdown_state *shutdown = &entry->channel.shutdown;
    return entry->mode == LN_MODE_LIVE && ln_node_is_up(node, entry) && ln_channel_is_live(&entry->channel) &&
           !shutdown->wanted && !shutdown->sent && !shutdown->received;
}

static bool can_send(const struct ln_channel *channel, const struct ln_workshop *shop, uint64_t amount_msat)
{
    struct ln_offer offer = {LN_US, amount_msat, 1};
    return ln_limits_add(channel, shop, &offer) == LN_CHANNEL_OK &&
           ln_limits_add_prudent(channel, shop, &offer) == LN_CHANNEL_OK;
}

/* The most that we have there, in any event: all that is under way taken off. */
static uint64_t upper_msat(const struct ln_channel *channel, const struct ln_workshop *shop)
{
    uint64_t balance_msat[2];
    uint64_t reserve_msat = 1000 * channel->their_terms.reserve_sat;
    ln_look_balances(channel, shop, (struct ln_look){LN_THEM, LN_SEND_COMMIT}, balance_msat);
    uint64_t has_msat = balance_msat[LN_US] > reserve_msat ? balance_msat[LN_US] - reserve_msat : 0;
    uint64_t most_msat = channel->their_terms.max_in_flight_msat;
    return has_msat < most_msat ? has_msat : most_msat;
}

/* Limits rise with the amount but for dust, of which less may be allowed than of what has an output: so from above, by
 * halving the distance, good to a part in a million. */
uint64_t ln_node_can_send_msat(struct ln_node *node, const struct ln_node_channel *entry)
{
    struct ln_workshop shop = ln_node_workshop(node);
    const struct ln_channel *channel = &entry->channel;
    if (!ln_node_is_usable(node, entry)) {
        return 0;
    }
    uint64_t high_msat = upper_msat(channel, &shop), low_msat = 0;
    if (high_msat == 0 || can_send(channel, &shop, high_msat)) {
        return high_msat;
    }
    for (unsigned i = 0; i < SEND_TRIES && high_msat - low_msat > 1 + (high_msat >> 20); i++) {
        uint64_t middle_msat = low_msat + (high_msat - low_msat) / 2;
        if (can_send(channel, &shop, middle_msat)) {
            low_msat = middle_msat;
        } else {
            high_msat = middle_msat;
        }
    }
    return low_msat;
}

uint64_t ln_node_scid_of(const struct ln_node_channel *entry)
{
    return entry->short_channel_id != 0 ? entry->short_channel_id : entry->channel.policy.alias;
}

void ln_node_funding_script(uint8_t script[BTC_P2WSH_BYTES], const struct ln_channel *channel)
{
    uint8_t witness_script[LN_FUNDING_SCRIPT_BYTES];
    uint8_t hash[32];
    ln_script_funding(witness_script, channel->keyring.base[LN_US][LN_BASE_FUNDING].wire,
                      channel->keyring.base[LN_THEM][LN_BASE_FUNDING].wire);
    btc_sha256(hash, witness_script, sizeof witness_script);
    btc_script_p2wsh(script, hash);
}
