/* node_peer.c: connections of a node, and what peers say.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/node_peer.h"

#include <string.h>

#include "protocol/lightning/control.h"
#include "protocol/lightning/node_due.h"

#define PONG_BYTES 4 /* that our pings ask for */

/* ---- connections ---- */

static uint32_t free_place(const struct ln_node *node)
{
    for (uint32_t i = 0; i < node->config.limits.peers; i++) {
        if (!node->peers[i].used) {
            return i;
        }
    }
    return LN_NODE_NONE;
}

static void send_init(struct ln_node *node, uint32_t peer)
{
    struct ln_message message;
    uint8_t memory[LN_FEATURE_BITS / 8];
    ln_init_make(&message, memory, &node->config.features, btc_bytes(node->config.chain_hash, 32));
    ln_node_send(node, peer, &message);
}

enum ln_node_result ln_node_peer_comes(struct ln_node *node, uint32_t *place, const uint8_t node_id[33])
{
    struct ln_node_peer *peer = ln_node_find_peer(node, node_id);
    *place = peer == NULL ? free_place(node) : ln_node_peer_place(node, peer);
    if (*place == LN_NODE_NONE) {
        return LN_NODE_FULL;
    }
    if (peer != NULL && peer->connected) {
        return LN_NODE_STAGE;
    }
    if (peer == NULL) {
        peer = &node->peers[*place];
        *peer = (struct ln_node_peer){.used = true, .first_channel = LN_NODE_NONE, .due_us = UINT64_MAX};
        memcpy(peer->node_id, node_id, 33);
    }
    peer->connected = true;
    peer->ready = peer->leaving = false;
    peer->heard_us = node->now_us;
    peer->pinged_us = 0;
    ln_node_peer_moved(node, *place);
    send_init(node, *place);
    return LN_NODE_OK;
}

enum ln_node_result ln_node_peer_goes(struct ln_node *node, uint32_t place)
{
    struct ln_workshop shop = ln_node_workshop(node);
    if (place >= node->config.limits.peers || !node->peers[place].connected) {
        return LN_NODE_UNKNOWN;
    }
    struct ln_node_peer *peer = &node->peers[place];
    peer->connected = peer->ready = peer->leaving = peer->is_told = false;
    for (uint32_t i = peer->first_channel; i != LN_NODE_NONE; i = node->channels[i]->next_of_peer) {
        struct ln_node_channel *entry = node->channels[i];
        entry->update_sent = entry->signatures_sent = false;
        entry->waits_since_us = 0;
        ln_channel_disconnect(&entry->channel, &shop);
        ln_node_take(node, entry);
        ln_node_touch(node, entry);
    }
    peer->used = peer->first_channel != LN_NODE_NONE;
    ln_node_peer_moved(node, place);
    return LN_NODE_OK;
}

/* ---- init ---- */

static void refuse(struct ln_node *node, uint32_t peer, const char *text)
{
    ln_node_warn(node, peer, NULL, text);
    struct ln_node_effect *effect = ln_node_say(node, LN_NODE_EVENT, btc_bytes(NULL, 0));
    effect->peer = peer;
    effect->event.kind = LN_NODE_PEER_REFUSED;
    effect->event.text = text;
    memcpy(effect->event.node_id, node->peers[peer].node_id, 33);
}

static void hear_init(struct ln_node *node, uint32_t place, const struct ln_init *init)
{
    struct ln_node_peer *peer = &node->peers[place];
    struct ln_workshop shop = ln_node_workshop(node);
    if (peer->ready) {
        return;
    }
    enum ln_init_result result =
        ln_init_check(&peer->features, NULL, init, &node->config.features, node->config.chain_hash);
    if (result != LN_INIT_OK) {
        refuse(node, place, ln_init_text(result));
        return;
    }
    peer->ready = true;
    struct ln_node_effect *effect = ln_node_say(node, LN_NODE_EVENT, btc_bytes(NULL, 0));
    effect->peer = place;
    effect->event.kind = LN_NODE_PEER_READY;
    memcpy(effect->event.node_id, peer->node_id, 33);
    for (uint32_t i = peer->first_channel; i != LN_NODE_NONE; i = node->channels[i]->next_of_peer) {
        ln_channel_reconnect(&node->channels[i]->channel, &shop);
        ln_node_take(node, node->channels[i]);
    }
    ln_node_ask_for_gossip(node, place);
}

/* ---- setup and control ---- */

static void hear_ping(struct ln_node *node, uint32_t peer, const struct ln_ping *ping)
{
    struct btc_arena *scratch = &node->shop->scratch;
    uint8_t *bytes = scratch->memory + scratch->used;
    size_t length = 0;
    if (ln_pong_encode(bytes, scratch->capacity - scratch->used, &length, ping) == LN_WIRE_OK && length > 0) {
        ln_node_say(node, LN_NODE_MESSAGE, btc_bytes(bytes, length))->peer = peer;
    }
}

static void send_error(struct ln_node *node, uint32_t peer, const uint8_t channel_id[32], const char *text)
{
    struct ln_message message = {.type = LN_ERROR};
    memcpy(message.complaint.channel_id, channel_id, 32);
    message.complaint.data = btc_bytes(text, strlen(text));
    ln_node_send(node, peer, &message);
}

/* An error ends the channel that it names, or all of the peer's. */
static void hear_complaint(struct ln_node *node, uint32_t peer, const struct ln_message *message)
{
    struct ln_workshop shop = ln_node_workshop(node);
    struct ln_node_effect *effect = ln_node_say(node, LN_NODE_EVENT, message->complaint.data);
    effect->peer = peer;
    effect->event.kind = LN_NODE_PEER_WARNING;
    effect->event.text = message->type == LN_ERROR ? "error" : "warning";
    memcpy(effect->event.node_id, node->peers[peer].node_id, 33);
    for (uint32_t i = node->peers[peer].first_channel; i != LN_NODE_NONE && message->type == LN_ERROR;
         i = node->channels[i]->next_of_peer) {
        struct ln_node_channel *entry = node->channels[i];
        struct ln_message own = *message;
        if (entry->mode == LN_MODE_LIVE && ln_complaint_concerns(&message->complaint, entry->channel.id)) {
            memcpy(own.complaint.channel_id, entry->channel.id, 32);
            enum ln_channel_result result = ln_channel_receive(&entry->channel, &shop, &own);
            (void)result; /* doubtful: it waits for the peer's commitment */
            ln_node_take(node, entry);
            ln_node_touch(node, entry);
        }
    }
}

/* ---- channels ---- */

static struct ln_node_channel *find_by_id(const struct ln_node *node, uint32_t peer, const uint8_t id[32])
{
    for (uint32_t i = node->peers[peer].first_channel; i != LN_NODE_NONE; i = node->channels[i]->next_of_peer) {
        if (memcmp(node->channels[i]->channel.id, id, 32) == 0) {
            return node->channels[i];
        }
    }
    return NULL;
}

static bool is_negotiated(const struct ln_node *node, uint32_t peer, enum ln_feature feature)
{
    return ln_features_negotiated(&node->config.features, &node->peers[peer].features, feature);
}

static uint8_t flags_allowed(const struct ln_node *node, uint32_t peer)
{
    uint8_t flags = node->config.channel.flags;
    flags |= LN_CHANNEL_SCID_ALIAS;
    flags |= is_negotiated(node, peer, LN_FEATURE_ANCHORS) ? LN_CHANNEL_ANCHORS : 0;
    flags &= (uint8_t) ~(node->config.flags & LN_NODE_TRUSTS_FUNDING ? 0 : LN_CHANNEL_ZERO_CONF);
    flags |= node->config.flags & LN_NODE_TRUSTS_FUNDING ? LN_CHANNEL_ZERO_CONF : 0;
    flags |= is_negotiated(node, peer, LN_FEATURE_SHUTDOWN_ANYSEGWIT) ? LN_CHANNEL_ANY_SEGWIT : 0;
    return flags;
}

static void hear_open(struct ln_node *node, uint32_t peer, const struct ln_message *message)
{
    struct ln_workshop shop = ln_node_workshop(node);
    const uint8_t *id = message->channel.temporary_channel_id;
    bool may = (node->config.flags & LN_NODE_TAKES_CHANNELS) && find_by_id(node, peer, id) == NULL;
    struct ln_node_channel *entry = may ? ln_node_add_channel(node, peer, flags_allowed(node, peer)) : NULL;
    if (entry == NULL) {
        send_error(node, peer, id, may ? "too many channels" : "no channels are taken");
        return;
    }
    enum ln_channel_result result = ln_channel_receive(&entry->channel, &shop, message);
    if (result != LN_CHANNEL_OK) {
        send_error(node, peer, id, ln_channel_result_text(result));
        ln_node_remove_channel(node, entry, ln_channel_result_text(result));
        return;
    }
    ln_node_take(node, entry);
}

/* All begin with the channel's id, but accept_channel, whose struct has the chain's hash first. */
static const uint8_t *id_of(const struct ln_message *message)
{
    return message->type == LN_ACCEPT_CHANNEL ? message->channel.temporary_channel_id : message->complaint.channel_id;
}

static void hear_channel(struct ln_node *node, uint32_t peer, const struct ln_message *message)
{
    struct ln_workshop shop = ln_node_workshop(node);
    struct ln_node_channel *entry = find_by_id(node, peer, id_of(message));
    bool talks = entry != NULL && (entry->mode == LN_MODE_LIVE || entry->channel.stage == LN_STAGE_CLOSED);
    if (!talks) {
        if (entry == NULL || message->type == LN_CHANNEL_REESTABLISH) {
            send_error(node, peer, id_of(message), entry == NULL ? "no such channel" : "this channel has failed");
        }
        return;
    }
    bool was_up = entry->channel.reestablished;
    enum ln_channel_result result = ln_channel_receive(&entry->channel, &shop, message);
    if (result == LN_CHANNEL_OK) {
        ln_node_take(node, entry);
    } else {
        ln_node_punish(node, entry, result);
    }
    if (entry->channel.reestablished != was_up || entry->channel.stage == LN_STAGE_DEAD) {
        ln_node_touch(node, entry);
    }
}

/* ---- all messages ---- */

static void hear(struct ln_node *node, uint32_t peer, const struct ln_message *message, struct btc_bytes bytes)
{
    switch (message->type) {
    case LN_INIT:
        hear_init(node, peer, &message->init);
        break;
    case LN_PING:
        hear_ping(node, peer, &message->ping);
        break;
    case LN_PONG:
        node->peers[peer].pinged_us = 0;
        break;
    case LN_ERROR:
    case LN_WARNING:
        hear_complaint(node, peer, message);
        break;
    case LN_OPEN_CHANNEL:
        hear_open(node, peer, message);
        break;
    case LN_CHANNEL_ANNOUNCEMENT:
    case LN_NODE_ANNOUNCEMENT:
    case LN_CHANNEL_UPDATE:
    case LN_ANNOUNCEMENT_SIGNATURES:
        ln_node_hear_gossip(node, peer, message, bytes);
        break;
    case LN_QUERY_SHORT_CHANNEL_IDS: /* gossip_queries are not offered */
    case LN_REPLY_SHORT_CHANNEL_IDS_END:
    case LN_QUERY_CHANNEL_RANGE:
    case LN_REPLY_CHANNEL_RANGE:
        break;
    case LN_GOSSIP_TIMESTAMP_FILTER:
        ln_node_hear_filter(node, peer, &message->timestamp_filter);
        break;
    default:
        hear_channel(node, peer, message);
    }
}

static void listen(struct ln_node *node, uint32_t place, struct btc_bytes bytes)
{
    struct ln_message message;
    struct ln_node_peer *peer = &node->peers[place];
    enum ln_wire wire = ln_message_decode(&message, NULL, bytes.data, bytes.length);
    if (wire == LN_WIRE_UNKNOWN_ODD) {
        return;
    }
    if (wire != LN_WIRE_OK) {
        refuse(node, place, ln_wire_text(wire));
    } else if (!peer->ready && message.type != LN_INIT && message.type != LN_ERROR && message.type != LN_WARNING) {
        refuse(node, place, "init comes first");
    } else {
        hear(node, place, &message, bytes);
    }
}

enum ln_node_result ln_node_peer_says(struct ln_node *node, uint32_t place, struct btc_bytes bytes)
{
    if (place >= node->config.limits.peers || !node->peers[place].connected) {
        return LN_NODE_UNKNOWN;
    }
    node->peers[place].heard_us = node->now_us;
    if (!node->peers[place].leaving) { /* what it says on its way out is not answered */
        listen(node, place, bytes);
    }
    ln_node_peer_moved(node, place);
    return LN_NODE_OK;
}

/* ---- time ---- */

static void leave(struct ln_node *node, uint32_t place)
{
    node->peers[place].leaving = true;
    ln_node_say(node, LN_NODE_DISCONNECT, btc_bytes(NULL, 0))->peer = place;
}

static void send_ping(struct ln_node *node, uint32_t place)
{
    struct ln_message message = {.type = LN_PING};
    message.ping.num_pong_bytes = PONG_BYTES;
    ln_node_send(node, place, &message);
    node->peers[place].pinged_us = node->now_us;
}

static void act(struct ln_node *node, uint32_t place)
{
    struct ln_node_peer *peer = &node->peers[place];
    if (peer->ready && !peer->leaving) {
        ln_node_tell_old(node, place);
    }
    if (node->now_us < ln_node_due_us(node, peer)) {
        return;
    }
    uint64_t since_us = ln_node_owes_since_us(node, peer);
    if (node->config.stall_us != 0 && since_us != 0 && node->now_us >= since_us + node->config.stall_us) {
        leave(node, place);
    } else {
        send_ping(node, place);
    }
}

/* One who is told gossip is due again at once, but in its turn. */
void ln_node_peers_in_time(struct ln_node *node)
{
    for (uint32_t i = 0; i < node->config.limits.peers && node->now_us >= node->due_us; i++) {
        uint32_t place = node->due_us == 0 ? i : node->due_peer;
        act(node, place);
        ln_node_peer_moved(node, place);
    }
}

uint64_t ln_node_peers_next_us(const struct ln_node *node)
{
    return node->due_us == 0 ? node->now_us : node->due_us;
}
