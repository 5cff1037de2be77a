/* graph_gossip.c: what a graph believes of gossip, what it forgets, and what it tells peers.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/graph_gossip.h"

#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/script.h"
#include "protocol/lightning/scripts.h"
#include <string.h>

const char *ln_hearing_text(enum ln_hearing hearing)
{
    static const char *const texts[] = {
        [LN_HEARING_OK] = "taken",
        [LN_HEARING_OLD] = "not newer than what is known",
        [LN_HEARING_CHAIN] = "of another chain",
        [LN_HEARING_UNKNOWN] = "of a channel or node that was not announced",
        [LN_HEARING_PRIVATE] = "private",
        [LN_HEARING_STALE] = "older than two weeks",
        [LN_HEARING_FUTURE] = "too far in the future",
        [LN_HEARING_OUTPUT] = "no such unspent output",
        [LN_HEARING_SHALLOW] = "fewer than six confirmations",
        [LN_HEARING_SPENT] = "the channel's output is spent",
        [LN_HEARING_BANNED] = "of a blacklisted node",
        [LN_HEARING_CONFLICT] = "a second pair of nodes for one output",
        [LN_HEARING_BYTES] = "no gossip",
        [LN_HEARING_FALSE] = "wrong form or signature",
        [LN_HEARING_FULL] = "no room",
    };
    return hearing < sizeof texts / sizeof texts[0] ? texts[hearing] : "unknown";
}

struct heard {
    struct ln_message message;
    struct btc_bytes bytes;
    enum ln_gossip_result *why;
    const struct ln_listener *listener;
};

/* Form and signatures, as far as the listener does not trust the sender. In: node_id as ln_gossip_verify wants it. */
static enum ln_hearing check(const struct heard *heard, const uint8_t *node_id)
{
    enum ln_gossip_result result =
        heard->listener->trust == LN_TRUST_SENDER
            ? ln_gossip_check_form(&heard->message)
            : ln_gossip_verify(heard->listener->curve, &heard->message, heard->bytes, node_id);
    *heard->why = result;
    return result == LN_GOSSIP_OK ? LN_HEARING_OK : LN_HEARING_FALSE;
}

/* BOLT 7: what may not be kept to be sent on is not: told are only messages that ln_gossip_may_forward. */
static void keep(struct ln_graph *graph, uint32_t *place, const struct heard *heard)
{
    ln_graph_keep(graph, place, ln_gossip_may_forward(&heard->message) ? heard->bytes : btc_bytes(NULL, 0));
}

static bool is_future(const struct ln_listener *listener, uint32_t timestamp_s)
{
    return timestamp_s > listener->now_s + LN_GRAPH_FUTURE_S;
}

/* ---- channel_announcement ---- */

static enum ln_hearing check_output(const struct ln_channel_announcement *what, const struct ln_funding_look *look)
{
    uint8_t witness_script[LN_FUNDING_SCRIPT_BYTES];
    uint8_t hash[32];
    uint8_t script[BTC_P2WSH_BYTES];
    if (look->state == LN_FUNDING_UNCHECKED) {
        return LN_HEARING_OK;
    }
    if (look->state == LN_FUNDING_ABSENT || look->amount_sat == 0) {
        return LN_HEARING_OUTPUT;
    }
    ln_script_funding(witness_script, what->bitcoin_key_1, what->bitcoin_key_2);
    btc_sha256(hash, witness_script, sizeof witness_script);
    btc_script_p2wsh(script, hash);
    if (!btc_bytes_equal(look->script, btc_bytes(script, sizeof script))) {
        return LN_HEARING_OUTPUT;
    }
    return look->confirmations < LN_GRAPH_DEPTH_BLOCKS ? LN_HEARING_SHALLOW : LN_HEARING_OK;
}

static bool is_banned(const struct ln_graph *graph, const uint8_t id[33])
{
    uint32_t node = ln_graph_find_node(graph, id);
    return node != LN_GRAPH_NONE && (ln_graph_node(graph, node)->flags & LN_GRAPH_BLACKLISTED) != 0;
}

static bool has_these_nodes(const struct ln_graph *graph, const struct ln_graph_channel *channel,
                            const struct ln_channel_announcement *what)
{
    return memcmp(ln_graph_node(graph, channel->nodes[0])->id, what->node_id_1, 33) == 0 &&
           memcmp(ln_graph_node(graph, channel->nodes[1])->id, what->node_id_2, 33) == 0;
}

/* BOLT 7: blacklists the nodes of both announcements, and forgets their channels. */
static enum ln_hearing blacklist(struct ln_graph *graph, uint32_t channel, const struct ln_channel_announcement *what)
{
    uint8_t ids[4][33];
    const uint32_t *before = ln_graph_channel(graph, channel)->nodes;
    memcpy(ids[0], what->node_id_1, 33);
    memcpy(ids[1], what->node_id_2, 33);
    memcpy(ids[2], ln_graph_node(graph, before[0])->id, 33);
    memcpy(ids[3], ln_graph_node(graph, before[1])->id, 33);
    return ln_graph_blacklist(graph, ids, 4) == LN_GRAPH_OK ? LN_HEARING_CONFLICT : LN_HEARING_FULL;
}

/* An output that was announced already. Who has not looked it up cannot say which of two announcements is right. */
static enum ln_hearing hear_again(struct ln_graph *graph, uint32_t channel, const struct heard *heard,
                                  const struct ln_funding_look *look)
{
    const struct ln_channel_announcement *what = &heard->message.channel_announcement;
    const struct ln_graph_channel *known = ln_graph_channel(graph, channel);
    if (has_these_nodes(graph, known, what) || known->capacity_sat == 0 || look->state != LN_FUNDING_FOUND) {
        return LN_HEARING_OLD;
    }
    enum ln_hearing hearing = check(heard, NULL);
    return hearing == LN_HEARING_OK ? blacklist(graph, channel, what) : hearing;
}

static bool has_even_bit(struct btc_bytes features)
{
    for (size_t i = 0; i < features.length; i++) {
        if (features.data[i] & 0x55) {
            return true;
        }
    }
    return false;
}

static enum ln_hearing add_channel(struct ln_graph *graph, const struct heard *heard,
                                   const struct ln_funding_look *look)
{
    const struct ln_channel_announcement *what = &heard->message.channel_announcement;
    bool found = look->state == LN_FUNDING_FOUND;
    uint32_t channel = found ? ln_graph_find_outpoint(graph, &look->outpoint) : LN_GRAPH_NONE;
    if (channel != LN_GRAPH_NONE) { /* it has an id that the chain does not know any more: it was reorganised */
        ln_graph_remove_channel(graph, channel);
    }
    struct ln_graph_opening opening = {
        .short_channel_id = what->short_channel_id,
        .capacity_sat = found ? look->amount_sat : 0,
        .node_ids = {what->node_id_1, what->node_id_2},
        .outpoint = found ? &look->outpoint : NULL,
        .heard_s = (uint32_t)heard->listener->now_s,
        .flags = has_even_bit(what->features) ? LN_GRAPH_UNKNOWN_FEATURE : 0, /* BOLT 9 knows none for channels */
    };
    enum ln_graph_result result = ln_graph_add_channel(graph, &channel, &opening);
    if (result != LN_GRAPH_OK) {
        return result == LN_GRAPH_OUTPOINT || result == LN_GRAPH_AMOUNT ? LN_HEARING_OUTPUT : LN_HEARING_FULL;
    }
    keep(graph, &graph->channels[channel].kept_announcement, heard);
    return LN_HEARING_OK;
}

static enum ln_hearing hear_channel(struct ln_graph *graph, const struct heard *heard,
                                    const struct ln_funding_look *look)
{
    const struct ln_channel_announcement *what = &heard->message.channel_announcement;
    if (memcmp(what->chain_hash, graph->config.chain_hash, 32) != 0) {
        return LN_HEARING_CHAIN;
    }
    enum ln_hearing hearing = check_output(what, look);
    if (hearing != LN_HEARING_OK) {
        return hearing;
    }
    if (is_banned(graph, what->node_id_1) || is_banned(graph, what->node_id_2)) {
        return LN_HEARING_BANNED;
    }
    uint32_t known = ln_graph_find_channel(graph, what->short_channel_id);
    if (known != LN_GRAPH_NONE) {
        return hear_again(graph, known, heard, look);
    }
    hearing = check(heard, NULL);
    return hearing == LN_HEARING_OK ? add_channel(graph, heard, look) : hearing;
}

bool ln_graph_asks_about(const struct ln_graph *graph, uint64_t *short_channel_id, struct btc_bytes bytes)
{
    struct ln_message message;
    if (ln_message_decode(&message, NULL, bytes.data, bytes.length) != LN_WIRE_OK ||
        message.type != LN_CHANNEL_ANNOUNCEMENT ||
        memcmp(message.channel_announcement.chain_hash, graph->config.chain_hash, 32) != 0) {
        return false;
    }
    uint32_t known = ln_graph_find_channel(graph, message.channel_announcement.short_channel_id);
    *short_channel_id = message.channel_announcement.short_channel_id;
    return known == LN_GRAPH_NONE ||
           !has_these_nodes(graph, ln_graph_channel(graph, known), &message.channel_announcement);
}

/* ---- channel_update ---- */

static enum ln_hearing check_update(const struct ln_graph_channel *channel, const struct ln_channel_update *what,
                                    const struct ln_listener *listener)
{
    const struct ln_policy *known = &channel->policies[what->channel_flags & LN_UPDATE_DIRECTION];
    if (what->timestamp == 0 || ((known->flags & LN_POLICY_KNOWN) && what->timestamp <= known->timestamp_s)) {
        return LN_HEARING_OLD;
    }
    if (is_future(listener, what->timestamp)) {
        return LN_HEARING_FUTURE;
    }
    if (what->timestamp + (uint64_t)LN_GRAPH_STALE_S < listener->now_s) {
        return LN_HEARING_STALE;
    }
    bool disables = (what->channel_flags & LN_UPDATE_DISABLE) != 0;
    return channel->spent_height != 0 && !disables ? LN_HEARING_SPENT : LN_HEARING_OK;
}

struct ln_policy ln_graph_policy_of(const struct ln_channel_update *what)
{
    bool disables = (what->channel_flags & LN_UPDATE_DISABLE) != 0;
    return (struct ln_policy){
        .htlc_minimum_msat = what->htlc_minimum_msat,
        .htlc_maximum_msat = what->htlc_maximum_msat,
        .fee_base_msat = what->fee_base_msat,
        .fee_proportional_ppm = what->fee_proportional_ppm,
        .timestamp_s = what->timestamp,
        .cltv_expiry_delta_blocks = what->cltv_expiry_delta_blocks,
        .flags = (uint8_t)(LN_POLICY_KNOWN | (disables ? LN_POLICY_DISABLED : 0)),
    };
}

static enum ln_hearing hear_update(struct ln_graph *graph, const struct heard *heard)
{
    const struct ln_channel_update *what = &heard->message.channel_update;
    unsigned direction = what->channel_flags & LN_UPDATE_DIRECTION;
    if (memcmp(what->chain_hash, graph->config.chain_hash, 32) != 0) {
        return LN_HEARING_CHAIN;
    }
    uint32_t number = ln_graph_find_channel(graph, what->short_channel_id);
    if (number == LN_GRAPH_NONE) {
        return what->message_flags & LN_UPDATE_DONT_FORWARD ? LN_HEARING_PRIVATE : LN_HEARING_UNKNOWN;
    }
    const struct ln_graph_channel *channel = ln_graph_channel(graph, number);
    enum ln_hearing hearing = check_update(channel, what, heard->listener);
    if (hearing == LN_HEARING_OK) {
        hearing = check(heard, ln_graph_node(graph, channel->nodes[direction])->id);
    }
    if (hearing != LN_HEARING_OK) {
        return hearing;
    }
    struct ln_policy policy = ln_graph_policy_of(what);
    if (ln_graph_set_policy(graph, number, direction, &policy) != LN_GRAPH_OK) {
        return LN_HEARING_FULL;
    }
    keep(graph, &graph->channels[number].kept_updates[direction], heard);
    return LN_HEARING_OK;
}

/* ---- node_announcement ---- */

static bool requires_unknown(const struct ln_features *features, int lost)
{
    for (unsigned bit = 0; bit < LN_FEATURE_BITS; bit += 2) {
        if (ln_features_has_bit(features, bit) && ln_feature_name(bit) == NULL) {
            return true;
        }
    }
    return lost >= 0;
}

static enum ln_hearing check_node(const struct ln_graph_node *node, const struct ln_node_announcement *what,
                                  const struct ln_listener *listener)
{
    if (node->flags & LN_GRAPH_BLACKLISTED) {
        return LN_HEARING_BANNED;
    }
    if ((node->flags & LN_GRAPH_ANNOUNCED) && what->timestamp <= node->timestamp_s) {
        return LN_HEARING_OLD;
    }
    return is_future(listener, what->timestamp) ? LN_HEARING_FUTURE : LN_HEARING_OK;
}

static enum ln_hearing hear_node(struct ln_graph *graph, const struct heard *heard)
{
    const struct ln_node_announcement *what = &heard->message.node_announcement;
    struct ln_features features;
    int lost;
    uint32_t number = ln_graph_find_node(graph, what->node_id);
    if (number == LN_GRAPH_NONE) {
        return LN_HEARING_UNKNOWN;
    }
    enum ln_hearing hearing = check_node(ln_graph_node(graph, number), what, heard->listener);
    if (hearing == LN_HEARING_OK) {
        hearing = check(heard, NULL);
    }
    if (hearing != LN_HEARING_OK) {
        return hearing;
    }
    ln_features_read(&features, &lost, what->features);
    ln_graph_describe_node(graph, number, what->timestamp, &features,
                           requires_unknown(&features, lost) ? LN_GRAPH_UNKNOWN_FEATURE : 0);
    keep(graph, &graph->nodes[number].kept_announcement, heard);
    return LN_HEARING_OK;
}

enum ln_hearing ln_graph_hear(struct ln_graph *graph, enum ln_gossip_result *why, const struct ln_listener *listener,
                              struct btc_bytes bytes, const struct ln_funding_look *look)
{
    static const struct ln_funding_look absent = {.state = LN_FUNDING_ABSENT};
    enum ln_gossip_result reason = LN_GOSSIP_OK;
    struct heard heard = {.bytes = bytes, .why = why == NULL ? &reason : why, .listener = listener};
    *heard.why = LN_GOSSIP_OK;
    if (ln_message_decode(&heard.message, NULL, bytes.data, bytes.length) != LN_WIRE_OK) {
        return LN_HEARING_BYTES;
    }
    switch (heard.message.type) {
    case LN_CHANNEL_ANNOUNCEMENT:
        return hear_channel(graph, &heard, look == NULL ? &absent : look);
    case LN_CHANNEL_UPDATE:
        return hear_update(graph, &heard);
    case LN_NODE_ANNOUNCEMENT:
        return hear_node(graph, &heard);
    default:
        return LN_HEARING_BYTES;
    }
}

/* ---- forgetting ---- */

void ln_graph_hear_spent(struct ln_graph *graph, const struct btc_outpoint *outpoint, uint32_t height)
{
    uint32_t channel = ln_graph_find_outpoint(graph, outpoint);
    if (channel != LN_GRAPH_NONE) {
        ln_graph_mark_spent(graph, channel, height);
    }
}

/* BOLT 7 prunes by the older of the two updates: both ends must be there. One that never came is as old as the
 * announcement. */
static bool is_stale(const struct ln_graph_channel *channel, uint64_t now_s)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct ln_policy *policy = &channel->policies[i];
        uint64_t seen_s = policy->flags & LN_POLICY_KNOWN ? policy->timestamp_s : channel->heard_s;
        if (seen_s + LN_GRAPH_STALE_S < now_s) {
            return true;
        }
    }
    return false;
}

uint32_t ln_graph_forget(struct ln_graph *graph, uint64_t now_s, uint32_t height)
{
    uint32_t count = 0;
    for (uint32_t rank = ln_graph_channel_count(graph); rank-- > 0;) {
        uint32_t number = ln_graph_channel_at(graph, rank);
        const struct ln_graph_channel *channel = ln_graph_channel(graph, number);
        bool closed = channel->spent_height != 0 && height >= channel->spent_height + LN_GRAPH_FORGET_BLOCKS;
        if (closed || is_stale(channel, now_s)) {
            ln_graph_remove_channel(graph, number);
            count++;
        }
    }
    return count;
}

/* ---- telling a peer ---- */

enum step { TELL_ANNOUNCEMENT, TELL_UPDATE, TOLD = TELL_UPDATE + 2 };

static bool is_in(const struct ln_tell_filter *filter, uint32_t timestamp_s)
{
    return timestamp_s >= filter->first_s && timestamp_s - filter->first_s < filter->range_s;
}

static bool tells_update(const struct ln_graph_channel *channel, unsigned direction,
                         const struct ln_tell_filter *filter)
{
    return channel->kept_updates[direction] != LN_KEPT_NONE && is_in(filter, channel->policies[direction].timestamp_s);
}

static bool tells_channel(const struct ln_graph_channel *channel, const struct ln_tell_filter *filter)
{
    return channel->kept_announcement != LN_KEPT_NONE && channel->spent_height == 0 &&
           (tells_update(channel, 0, filter) || tells_update(channel, 1, filter));
}

/* What is to be told of a channel at a step, LN_KEPT_NONE if nothing. */
static uint32_t told_of(const struct ln_graph_channel *channel, unsigned step, const struct ln_tell_filter *filter)
{
    if (step == TELL_ANNOUNCEMENT) {
        return channel->kept_announcement;
    }
    unsigned direction = step - TELL_UPDATE;
    return tells_update(channel, direction, filter) ? channel->kept_updates[direction] : LN_KEPT_NONE;
}

static uint32_t next_of_channels(const struct ln_graph *graph, struct ln_telling *telling,
                                 const struct ln_tell_filter *filter)
{
    uint32_t rank = ln_graph_channel_rank(graph, telling->short_channel_id);
    for (; rank < ln_graph_channel_count(graph); rank++) {
        const struct ln_graph_channel *channel = ln_graph_channel(graph, ln_graph_channel_at(graph, rank));
        if (channel->short_channel_id != telling->short_channel_id) {
            telling->short_channel_id = channel->short_channel_id;
            telling->step = TELL_ANNOUNCEMENT;
        }
        while (telling->step != TOLD && tells_channel(channel, filter)) {
            uint32_t kept = told_of(channel, telling->step++, filter);
            if (kept != LN_KEPT_NONE) {
                return kept;
            }
        }
        telling->step = TOLD;
    }
    return LN_KEPT_NONE;
}

static uint32_t next_of_nodes(const struct ln_graph *graph, struct ln_telling *telling,
                              const struct ln_tell_filter *filter)
{
    uint32_t rank = ln_graph_node_rank(graph, telling->node_id);
    for (; rank < ln_graph_node_count(graph); rank++) {
        const struct ln_graph_node *node = ln_graph_node(graph, ln_graph_node_at(graph, rank));
        bool is_next = memcmp(node->id, telling->node_id, 33) > 0;
        if (is_next && node->kept_announcement != LN_KEPT_NONE && is_in(filter, node->timestamp_s)) {
            memcpy(telling->node_id, node->id, 33);
            return node->kept_announcement;
        }
    }
    return LN_KEPT_NONE;
}

size_t ln_graph_tell(const struct ln_graph *graph, struct ln_telling *telling, uint8_t *bytes,
                     const struct ln_tell_filter *filter)
{
    uint32_t kept = telling->tells_nodes ? LN_KEPT_NONE : next_of_channels(graph, telling, filter);
    if (kept == LN_KEPT_NONE) {
        telling->tells_nodes = true;
        kept = next_of_nodes(graph, telling, filter);
    }
    return kept == LN_KEPT_NONE ? 0 : ln_kept_get(&graph->kept, bytes, kept);
}
