/* node_answer.c: how HTLCs of peers end.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/node_answer.h"

#include <assert.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"

#define FAILURE_BYTES 512 /* of a message of ours */

/* Whether the channel itself takes the answer. */
static bool is_in_channel(struct ln_node *node, struct ln_node_channel *entry)
{
    if (entry->mode == LN_MODE_LIVE && entry->channel.stage >= LN_STAGE_CLOSED) {
        ln_node_begin_chain(node, entry); /* its end is known and not yet acted upon */
    }
    return entry->mode == LN_MODE_LIVE;
}

static bool wants_attribution(const struct ln_node *node, const struct ln_incoming *incoming)
{
    return ln_features_negotiated(&node->config.features, &node->peers[incoming->entry->peer].features,
                                  LN_FEATURE_ATTRIBUTION_DATA);
}

static uint32_t hold_time(const struct ln_node *node, const struct ln_incoming *incoming)
{
    uint64_t held = node->now_us > incoming->since_us ? (node->now_us - incoming->since_us) / LN_HOLD_UNIT_US : 0;
    return held < UINT32_MAX ? (uint32_t)held : UINT32_MAX;
}

/* Adds our row to what came from downstream. In: packet, not yet obfuscated by us. Returns data, or nothing if the peer
 * does not want it. */
static struct btc_bytes attribute(uint8_t data[LN_ATTRIBUTION_BYTES], const struct ln_node *node,
                                  const struct ln_incoming *incoming, struct btc_bytes from, struct btc_bytes packet)
{
    if (!wants_attribution(node, incoming) || packet.length + LN_ATTRIBUTION_BYTES > LN_BLOB_BYTES) {
        return btc_bytes(NULL, 0);
    }
    memset(data, 0, LN_ATTRIBUTION_BYTES);
    if (from.length == LN_ATTRIBUTION_BYTES) {
        memcpy(data, from.data, LN_ATTRIBUTION_BYTES);
    }
    ln_attribution_add(data, incoming->secret, hold_time(node, incoming), packet);
    return btc_bytes(data, LN_ATTRIBUTION_BYTES);
}

static void end_call(struct ln_node *node, struct ln_node_channel *entry, enum ln_channel_result result)
{
    assert(result == LN_CHANNEL_OK || result == LN_CHANNEL_NO_HTLC);
    if (result == LN_CHANNEL_OK) {
        ln_node_mark_channel(node, entry);
    }
    ln_node_take(node, entry);
}

/* ---- the answers ---- */

void ln_node_fulfill(struct ln_node *node, const struct ln_incoming *incoming, const uint8_t preimage[32],
                     struct btc_bytes attribution)
{
    struct ln_node_channel *entry = incoming->entry;
    struct ln_workshop shop = ln_node_workshop(node);
    struct ln_onchain_tools tools = ln_node_tools(node);
    uint8_t data[LN_ATTRIBUTION_BYTES];
    if (is_in_channel(node, entry)) {
        struct btc_bytes ours = attribute(data, node, incoming, attribution, btc_bytes(NULL, 0));
        end_call(node, entry, ln_channel_fulfill(&entry->channel, &shop, incoming->htlc, preimage, ours));
    } else if (!node->failed) {
        enum ln_onchain_result result = ln_onchain_fulfill(entry->chain, &tools, incoming->htlc, preimage);
        node->failed |= result == LN_ONCHAIN_NO_ROOM;
        ln_node_take_chain(node, entry);
    }
}

static void send_failure(struct ln_node *node, const struct ln_incoming *incoming, uint8_t *packet, size_t length,
                         struct btc_bytes attribution)
{
    struct ln_node_channel *entry = incoming->entry;
    struct ln_workshop shop = ln_node_workshop(node);
    uint8_t data[LN_ATTRIBUTION_BYTES];
    if (!is_in_channel(node, entry)) {
        return;
    }
    struct btc_bytes ours = attribute(data, node, incoming, attribution, btc_bytes(packet, length));
    ln_failure_wrap(packet, length, incoming->secret);
    end_call(node, entry,
             ln_channel_fail_htlc(&entry->channel, &shop, incoming->htlc, btc_bytes(packet, length), ours));
}

static void fail_malformed(struct ln_node *node, const struct ln_incoming *incoming, uint16_t code,
                           const uint8_t *onion)
{
    struct ln_node_channel *entry = incoming->entry;
    struct ln_workshop shop = ln_node_workshop(node);
    uint8_t hash[32];
    if (is_in_channel(node, entry)) {
        btc_sha256(hash, onion, LN_ONION_BYTES);
        end_call(node, entry, ln_channel_fail_malformed(&entry->channel, &shop, incoming->htlc, hash, code));
    }
}

void ln_node_fail(struct ln_node *node, const struct ln_incoming *incoming, const struct ln_failure *failure,
                  const uint8_t *onion)
{
    uint8_t message[FAILURE_BYTES];
    uint8_t packet[FAILURE_BYTES + LN_FAILURE_OVERHEAD];
    size_t length = 0;
    if ((failure->code & LN_FAILURE_BADONION) && onion != NULL) {
        fail_malformed(node, incoming, failure->code, onion);
        return;
    }
    enum ln_wire wire = ln_failure_encode(message, sizeof message, &length, failure);
    assert(wire == LN_WIRE_OK);
    length = ln_failure_wrap_first(packet, btc_bytes(message, length), LN_FAILURE_PADDED, incoming->secret);
    send_failure(node, incoming, packet, length, btc_bytes(NULL, 0));
}

void ln_node_pass_failure(struct ln_node *node, const struct ln_incoming *incoming, struct btc_bytes reason,
                          struct btc_bytes attribution)
{
    uint8_t packet[LN_BLOB_BYTES];
    assert(reason.length <= sizeof packet);
    if (reason.length > 0) {
        memcpy(packet, reason.data, reason.length);
    }
    send_failure(node, incoming, packet, reason.length, attribution);
}

/* ---- links ---- */

/* Returns false if the channel is not there any more. */
static bool incoming_of(struct ln_incoming *incoming, const struct ln_node *node, const struct ln_node_link *link)
{
    *incoming = (struct ln_incoming){
        .entry = ln_node_find_channel(node, link->in_channel), .htlc = link->in_htlc, .since_us = link->since_us};
    memcpy(incoming->secret, link->secret, 32);
    return incoming->entry != NULL;
}

void ln_node_fulfill_link(struct ln_node *node, struct ln_node_link *link, const uint8_t preimage[32],
                          struct btc_bytes attribution)
{
    struct ln_incoming incoming;
    if (incoming_of(&incoming, node, link)) {
        ln_node_fulfill(node, &incoming, preimage, attribution);
    }
    ln_node_end_link(node, link);
}

void ln_node_fail_link(struct ln_node *node, struct ln_node_link *link, const struct ln_failure *failure)
{
    struct ln_incoming incoming;
    if (incoming_of(&incoming, node, link)) {
        ln_node_fail(node, &incoming, failure, NULL);
    }
    ln_node_end_link(node, link);
}

void ln_node_pass_failure_link(struct ln_node *node, struct ln_node_link *link, struct btc_bytes reason,
                               struct btc_bytes attribution)
{
    struct ln_incoming incoming;
    if (incoming_of(&incoming, node, link)) {
        ln_node_pass_failure(node, &incoming, reason, attribution);
    }
    ln_node_end_link(node, link);
}
