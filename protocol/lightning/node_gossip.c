/* node_gossip.c: what a node says of its channels, and what it hears.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/node_gossip.h"

#include <assert.h>
#include <string.h>

#include "protocol/lightning/graph_gossip.h"

#define GOSSIP_BYTES 600
#define TOLD_AT_ONCE 100                    /* messages of old, to one peer */
#define REFRESH_S    (LN_GRAPH_STALE_S / 2) /* well before others forget what we said */
#define LATE_US      UINT64_C(86400000000)  /* until we look again whether the peer of an old update is back */

static uint32_t depth_of(const struct ln_node *node, const struct ln_node_channel *entry)
{
    bool mined = entry->funding_height > 0 && entry->funding_height <= node->height;
    return mined ? node->height - entry->funding_height + 1 : 0;
}

static uint8_t direction_of(const struct ln_node *node, const struct ln_node_channel *entry)
{
    return memcmp(node->node_id, ln_node_peer_of(node, entry)->node_id, 33) < 0 ? 0 : 1;
}

/* ---- channel_update ---- */

/* Timestamps rise with each update of a channel. */
static uint32_t next_timestamp(const struct ln_node *node, struct ln_node_channel *entry)
{
    uint32_t now_s = (uint32_t)(node->now_us / 1000000);
    entry->update_time_s = now_s > entry->update_time_s ? now_s : entry->update_time_s + 1;
    return entry->update_time_s;
}

/* Out: bytes, GOSSIP_BYTES. In: the id under which the listener knows the channel. Returns the length. */
static size_t make_update(uint8_t *bytes, const struct ln_node *node, struct ln_node_channel *entry,
                          uint64_t short_channel_id)
{
    const struct ln_node_forwarding *forwarding = &entry->forwarding;
    struct ln_message message = {.type = LN_CHANNEL_UPDATE};
    struct ln_channel_update *update = &message.channel_update;
    uint64_t most_msat = 1000 * entry->channel.funding_sat;
    bool limited = forwarding->htlc_maximum_msat != 0 && forwarding->htlc_maximum_msat < most_msat;
    uint64_t least_msat = entry->channel.their_terms.htlc_minimum_msat;
    size_t length;
    memcpy(update->chain_hash, node->config.chain_hash, 32);
    update->short_channel_id = short_channel_id;
    update->timestamp = next_timestamp(node, entry);
    update->message_flags =
        LN_UPDATE_MUST_BE_ONE | (entry->channel.flags & LN_CHANNEL_ANNOUNCE ? 0 : LN_UPDATE_DONT_FORWARD);
    update->channel_flags = direction_of(node, entry) | (entry->mode == LN_MODE_LIVE ? 0 : LN_UPDATE_DISABLE);
    update->cltv_expiry_delta_blocks = forwarding->cltv_expiry_delta_blocks;
    update->htlc_minimum_msat = least_msat > forwarding->htlc_minimum_msat ? least_msat : forwarding->htlc_minimum_msat;
    update->fee_base_msat = forwarding->fee_base_msat;
    update->fee_proportional_ppm = forwarding->fee_proportional_ppm;
    update->htlc_maximum_msat = limited ? forwarding->htlc_maximum_msat : most_msat;
    enum ln_wire wire = ln_message_encode(bytes, GOSSIP_BYTES, &length, &message);
    enum ln_gossip_result result =
        ln_gossip_sign(node->shop->backend->curve, bytes, length, LN_GOSSIP_NODE_1, node->config.secret);
    assert(wire == LN_WIRE_OK && result == LN_GOSSIP_OK);
    return length;
}

static void tell_others(struct ln_node *node, uint32_t but, struct btc_bytes bytes)
{
    for (uint32_t i = 0; i < node->config.limits.peers; i++) {
        if (i != but && node->peers[i].ready) {
            ln_node_say(node, LN_NODE_MESSAGE, bytes)->peer = i;
        }
    }
}

static enum ln_hearing take(struct ln_node *node, struct btc_bytes bytes, enum ln_trust trust,
                            const struct ln_funding_look *look)
{
    const struct ln_listener listener = {node->shop->backend->curve, trust, node->now_us / 1000000};
    return node->config.graph == NULL ? LN_HEARING_PRIVATE
                                      : ln_graph_hear(node->config.graph, NULL, &listener, bytes, look);
}

/* Our own graph hears of it, and everybody but the other end, who hears of it anyway. */
static void publish(struct ln_node *node, uint32_t but, struct btc_bytes bytes)
{
    enum ln_hearing hearing = take(node, bytes, LN_TRUST_SENDER, NULL);
    if (hearing == LN_HEARING_OK || node->config.graph == NULL) {
        tell_others(node, but, bytes);
    }
}

static void look_again_at(struct ln_node *node, uint64_t at_us)
{
    node->refresh_us = at_us < node->refresh_us ? at_us : node->refresh_us;
}

static void send_update(struct ln_node *node, struct ln_node_channel *entry)
{
    uint8_t bytes[GOSSIP_BYTES];
    bool hidden = !entry->is_listed && entry->channel.their_alias != 0;
    uint64_t id = hidden ? entry->channel.their_alias : ln_node_scid_of(entry);
    struct btc_bytes update = btc_bytes(bytes, make_update(bytes, node, entry, id));
    entry->update_sent = true;
    ln_node_mark_channel(node, entry);
    ln_node_say(node, LN_NODE_MESSAGE, update)->peer = entry->peer;
    if (entry->is_listed) {
        publish(node, entry->peer, update);
        look_again_at(node, node->now_us + UINT64_C(1000000) * REFRESH_S);
    }
}

/* One that goes to the chain forwards nothing any more. */
static void send_disabled(struct ln_node *node, struct ln_node_channel *entry)
{
    uint8_t bytes[GOSSIP_BYTES];
    struct btc_bytes update = btc_bytes(bytes, make_update(bytes, node, entry, entry->short_channel_id));
    entry->is_listed = false;
    ln_node_mark_channel(node, entry);
    publish(node, LN_NODE_NONE, update);
}

void ln_node_terms_changed(struct ln_node *node, struct ln_node_channel *entry)
{
    entry->update_sent = false;
    ln_node_touch(node, entry);
}

/* ---- node_announcement ---- */

static bool has_listed(const struct ln_node *node)
{
    for (uint32_t i = 0; i < node->channel_places.top; i++) {
        if (node->channels[i] != NULL && node->channels[i]->is_listed) {
            return true;
        }
    }
    return false;
}

/* BOLT 7: not before a channel of ours is known, as nobody would take it. */
static void show_itself(struct ln_node *node)
{
    struct ln_message message = {.type = LN_NODE_ANNOUNCEMENT};
    struct ln_node_announcement *announcement = &message.node_announcement;
    struct ln_features shown;
    uint8_t features[LN_FEATURE_BITS / 8];
    uint8_t bytes[GOSSIP_BYTES];
    size_t length;
    bool fresh = node->shown_us != 0 && node->now_us < node->shown_us + UINT64_C(1000000) * REFRESH_S;
    if (!(node->config.flags & LN_NODE_SHOWS_ITSELF) || fresh || !has_listed(node)) {
        return;
    }
    ln_features_select(&shown, &node->config.features, LN_PLACE_NODE);
    announcement->features = btc_bytes(features, ln_features_write(features, &shown));
    announcement->timestamp = (uint32_t)(node->now_us / 1000000);
    memcpy(announcement->node_id, node->node_id, 33);
    memcpy(announcement->rgb_color, node->config.rgb_color, 3);
    memcpy(announcement->alias, node->config.alias, 32);
    announcement->addresses = node->config.addresses;
    enum ln_wire wire = ln_message_encode(bytes, sizeof bytes, &length, &message);
    enum ln_gossip_result result =
        ln_gossip_sign(node->shop->backend->curve, bytes, length, LN_GOSSIP_NODE_1, node->config.secret);
    assert(wire == LN_WIRE_OK && result == LN_GOSSIP_OK);
    node->shown_us = node->now_us;
    publish(node, LN_NODE_NONE, btc_bytes(bytes, length));
}

/* ---- announcing ---- */

static void ends_of(const struct ln_node *node, const struct ln_node_channel *entry, struct ln_announced_end ends[2])
{
    memcpy(ends[0].node_id, node->node_id, 33);
    memcpy(ends[0].bitcoin_key, entry->channel.keyring.base[LN_US][LN_BASE_FUNDING].wire, 33);
    memcpy(ends[1].node_id, ln_node_peer_of(node, entry)->node_id, 33);
    memcpy(ends[1].bitcoin_key, entry->channel.keyring.base[LN_THEM][LN_BASE_FUNDING].wire, 33);
}

/* The announcement without signatures. Out: ours, the place of our end. Returns the length. */
static size_t make_announcement(uint8_t *bytes, struct ln_message *message, enum ln_gossip_place *ours,
                                const struct ln_node *node, const struct ln_node_channel *entry)
{
    struct ln_announced_end ends[2];
    size_t length;
    ends_of(node, entry, ends);
    *ours = ln_announcement_init(message, node->config.chain_hash, entry->short_channel_id, &ends[0], &ends[1]);
    enum ln_wire wire = ln_message_encode(bytes, GOSSIP_BYTES, &length, message);
    assert(wire == LN_WIRE_OK);
    return length;
}

static struct ln_announcement_signatures sign(const struct ln_node *node, const struct ln_node_channel *entry,
                                              struct btc_bytes bytes)
{
    struct ln_announcement_signatures signatures;
    enum ln_gossip_result result =
        ln_announcement_sign(node->shop->backend->curve, &signatures, bytes, node->config.secret,
                             entry->channel.keyring.secrets.secret[LN_BASE_FUNDING]);
    assert(result == LN_GOSSIP_OK);
    memcpy(signatures.channel_id, entry->channel.id, 32);
    signatures.short_channel_id = entry->short_channel_id;
    return signatures;
}

/* Both have signed: the graph learns of the channel, and everybody else. */
static void list(struct ln_node *node, struct ln_node_channel *entry)
{
    struct ln_message message;
    enum ln_gossip_place ours;
    struct ln_announced_end ends[2];
    uint8_t bytes[GOSSIP_BYTES];
    size_t length = make_announcement(bytes, &message, &ours, node, entry);
    struct ln_announcement_signatures mine = sign(node, entry, btc_bytes(bytes, length));
    ends_of(node, entry, ends);
    if (entry->their_signatures.short_channel_id != entry->short_channel_id ||
        ln_announcement_verify(node->shop->backend->curve, &entry->their_signatures, btc_bytes(bytes, length),
                               &ends[1]) != LN_GOSSIP_OK) {
        entry->has_signatures = false;
        return;
    }
    ln_announcement_put(&message, ours, &mine);
    ln_announcement_put(&message, ours == LN_GOSSIP_NODE_1 ? LN_GOSSIP_NODE_2 : LN_GOSSIP_NODE_1,
                        &entry->their_signatures);
    enum ln_wire wire = ln_message_encode(bytes, sizeof bytes, &length, &message);
    assert(wire == LN_WIRE_OK);
    uint8_t script[BTC_P2WSH_BYTES];
    ln_node_funding_script(script, &entry->channel);
    const struct ln_funding_look look = {.state = LN_FUNDING_FOUND,
                                         .script = btc_bytes(script, sizeof script),
                                         .confirmations = depth_of(node, entry),
                                         .amount_sat = entry->channel.funding_sat,
                                         .outpoint = entry->channel.funding};
    entry->is_listed = true;
    entry->update_sent = false;
    ln_node_mark_channel(node, entry);
    (void)take(node, btc_bytes(bytes, length), LN_TRUST_SENDER, &look); /* the other end may have told the graph */
    tell_others(node, entry->peer, btc_bytes(bytes, length));
    show_itself(node);
}

static void send_signatures(struct ln_node *node, struct ln_node_channel *entry)
{
    struct ln_message message;
    enum ln_gossip_place ours;
    uint8_t bytes[GOSSIP_BYTES];
    size_t length = make_announcement(bytes, &message, &ours, node, entry);
    struct ln_message answer = {.type = LN_ANNOUNCEMENT_SIGNATURES};
    answer.announcement_signatures = sign(node, entry, btc_bytes(bytes, length));
    ln_node_send(node, entry->peer, &answer);
    entry->signatures_sent = true;
}

static void announce(struct ln_node *node, struct ln_node_channel *entry)
{
    if (!entry->signatures_sent && !entry->is_listed) {
        send_signatures(node, entry);
    }
    if (entry->has_signatures && !entry->is_listed) {
        list(node, entry);
    }
}

void ln_node_talk_about(struct ln_node *node, struct ln_node_channel *entry)
{
    if (entry->mode == LN_MODE_CHAIN && entry->is_listed) {
        send_disabled(node, entry);
    }
    if (!entry->ready || entry->mode != LN_MODE_LIVE || !ln_node_is_up(node, entry) || !entry->channel.reestablished) {
        return;
    }
    if ((entry->channel.flags & LN_CHANNEL_ANNOUNCE) && depth_of(node, entry) >= LN_GRAPH_DEPTH_BLOCKS &&
        !entry->channel.shutdown.sent) {
        announce(node, entry);
    }
    if (!entry->update_sent) {
        send_update(node, entry);
    }
}

/* ---- time ---- */

/* Says again what would be forgotten; of channels whose peer is away nothing: they cannot be used. */
void ln_node_refresh(struct ln_node *node)
{
    uint32_t now_s = (uint32_t)(node->now_us / 1000000);
    if (node->now_us < node->refresh_us) {
        return;
    }
    node->refresh_us = UINT64_MAX;
    show_itself(node);
    for (uint32_t i = 0; i < node->channel_places.top; i++) {
        struct ln_node_channel *entry = node->channels[i];
        if (entry == NULL || !entry->is_listed) {
            continue;
        }
        bool old = entry->update_time_s + REFRESH_S <= now_s;
        if (old && entry->channel.reestablished) {
            ln_node_terms_changed(node, entry);
        } else {
            look_again_at(node, old ? node->now_us + LATE_US : UINT64_C(1000000) * (entry->update_time_s + REFRESH_S));
        }
    }
}

/* ---- hearing ---- */

/* The peer's terms for a channel of ours, whatever id it knows it by. Returns whether it was such. */
static bool hear_own(struct ln_node *node, uint32_t peer, const struct ln_message *message, struct btc_bytes bytes)
{
    const struct ln_channel_update *update = &message->channel_update;
    struct ln_node_channel *entry = ln_node_find_scid(node, update->short_channel_id);
    bool theirs = entry != NULL && entry->peer == peer &&
                  (update->channel_flags & LN_UPDATE_DIRECTION) != direction_of(node, entry);
    if (!theirs ||
        ln_gossip_verify(node->shop->backend->curve, message, bytes, node->peers[peer].node_id) != LN_GOSSIP_OK) {
        return false;
    }
    entry->their_terms = ln_graph_policy_of(update);
    entry->has_their_terms = true;
    ln_node_mark_channel(node, entry);
    return true;
}

/* BOLT 7: who has ours already may have lost them, and is answered, once for each connection. */
static void hear_signatures(struct ln_node *node, uint32_t peer, const struct ln_announcement_signatures *signatures)
{
    for (uint32_t i = node->peers[peer].first_channel; i != LN_NODE_NONE; i = node->channels[i]->next_of_peer) {
        struct ln_node_channel *entry = node->channels[i];
        if (memcmp(entry->channel.id, signatures->channel_id, 32) == 0 &&
            (entry->channel.flags & LN_CHANNEL_ANNOUNCE)) {
            if (entry->is_listed && !entry->signatures_sent && !entry->channel.shutdown.sent) {
                send_signatures(node, entry);
            }
            entry->their_signatures = *signatures;
            entry->has_signatures = true;
            ln_node_touch(node, entry);
        }
    }
}

static void hear_others(struct ln_node *node, uint32_t peer, const struct ln_message *message, struct btc_bytes bytes)
{
    const struct ln_funding_look look = {.state = LN_FUNDING_UNCHECKED, .confirmations = LN_GRAPH_DEPTH_BLOCKS};
    bool announcement = message->type == LN_CHANNEL_ANNOUNCEMENT;
    if (!(node->config.flags & LN_NODE_HEARS_GOSSIP)) {
        return;
    }
    enum ln_hearing hearing = take(node, bytes, LN_TRUST_NOBODY, announcement ? &look : NULL);
    if (hearing == LN_HEARING_OK && ln_gossip_may_forward(message)) {
        tell_others(node, peer, bytes);
    } else if (hearing == LN_HEARING_FALSE) {
        ln_node_warn(node, peer, NULL, "false gossip");
    }
}

void ln_node_hear_gossip(struct ln_node *node, uint32_t peer, const struct ln_message *message, struct btc_bytes bytes)
{
    if (message->type == LN_ANNOUNCEMENT_SIGNATURES) {
        hear_signatures(node, peer, &message->announcement_signatures);
        return;
    }
    bool own = message->type == LN_CHANNEL_UPDATE && hear_own(node, peer, message, bytes);
    if (!own || (message->channel_update.message_flags & LN_UPDATE_DONT_FORWARD) == 0) {
        hear_others(node, peer, message, bytes);
    }
}

/* ---- gossip of old ---- */

void ln_node_hear_filter(struct ln_node *node, uint32_t peer, const struct ln_gossip_timestamp_filter *filter)
{
    struct ln_node_peer *to = &node->peers[peer];
    if (memcmp(filter->chain_hash, node->config.chain_hash, 32) == 0) {
        to->filter = (struct ln_tell_filter){filter->first_timestamp, filter->timestamp_range};
        to->telling = (struct ln_telling){0};
        to->is_told = node->config.graph != NULL;
    }
}

void ln_node_ask_for_gossip(struct ln_node *node, uint32_t peer)
{
    struct ln_message message = {.type = LN_GOSSIP_TIMESTAMP_FILTER};
    show_itself(node);
    if (!(node->config.flags & LN_NODE_HEARS_GOSSIP)) {
        return;
    }
    memcpy(message.timestamp_filter.chain_hash, node->config.chain_hash, 32);
    message.timestamp_filter.timestamp_range = UINT32_MAX;
    ln_node_send(node, peer, &message);
}

void ln_node_tell_old(struct ln_node *node, uint32_t peer)
{
    struct ln_node_peer *to = &node->peers[peer];
    uint8_t bytes[LN_KEPT_BYTES_MAX];
    for (unsigned i = 0; i < TOLD_AT_ONCE && to->is_told; i++) {
        size_t length = ln_graph_tell(node->config.graph, &to->telling, bytes, &to->filter);
        to->is_told = length > 0;
        if (length > 0) {
            ln_node_say(node, LN_NODE_MESSAGE, btc_bytes(bytes, length))->peer = peer;
        }
    }
}
