/* node_event.c: what channels tell, and what a node makes of it.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/node_event.h"

#include <assert.h>
#include <string.h>

/* ---- an HTLC of a peer is live ---- */

static void read_hop(struct ln_node_hop *hop, const struct ln_node *node, struct ln_node_channel *entry,
                     const struct ln_slot *slot)
{
    memset(hop, 0, sizeof *hop);
    hop->incoming.entry = entry;
    hop->incoming.htlc = slot->id;
    hop->incoming.since_us = node->now_us;
    hop->htlc = (struct ln_hop_htlc){.amount_msat = slot->amount_msat,
                                     .cltv_expiry_height = slot->cltv_expiry_height,
                                     .height = node->height,
                                     .has_path_key = slot->flags & LN_RECORD_PATH_KEY};
    memcpy(hop->htlc.payment_hash, slot->payment_hash, 32);
}

static void fail_code(struct ln_node *node, const struct ln_node_hop *hop, uint16_t code)
{
    struct ln_failure failure = {.code = code};
    ln_node_fail(node, &hop->incoming, &failure, hop->onion);
}

/* The onion is open: what does it want? */
static void follow_onion(struct ln_node *node, struct ln_node_hop *hop, const struct ln_onion_layer *layer)
{
    struct ln_payload payload;
    struct ln_fault fault;
    enum ln_payload_place place = layer->is_final ? LN_PAYLOAD_FINAL : LN_PAYLOAD_FORWARD;
    if (ln_payload_decode(&payload, &fault, place, btc_bytes(layer->payload, layer->payload_length)) != LN_WIRE_OK) {
        struct ln_failure failure = ln_hop_bad_payload(&fault);
        ln_node_fail(node, &hop->incoming, &failure, hop->onion);
        return;
    }
    hop->payload = &payload;
    if (layer->is_final) {
        ln_node_take_part(node, hop);
    } else {
        ln_node_forward(node, hop, layer->next);
    }
}

static void hear_htlc(struct ln_node *node, struct ln_node_channel *entry, const struct ln_event *event)
{
    struct ln_workshop shop = ln_node_workshop(node);
    struct ln_onion_layer layer;
    struct ln_node_hop hop;
    uint8_t onion[LN_ONION_BYTES];
    const struct ln_slot *slot =
        entry->mode == LN_MODE_LIVE ? ln_channel_find(&entry->channel, &shop, LN_THEM, event->id) : NULL;
    bool live = slot != NULL && slot->state == ln_htlc_state(LN_THEM, LN_LIVE);
    if (!live || ln_node_link_in(node, entry->number, event->id) != NULL) {
        return; /* it has gone to the chain, or is known from before a restart */
    }
    memcpy(onion, slot->blob, sizeof onion); /* the answer takes its place */
    read_hop(&hop, node, entry, slot);
    hop.onion = onion;
    struct ln_onion_peel peel = {onion, node->config.secret, btc_bytes(hop.htlc.payment_hash, 32)};
    enum ln_onion_result result =
        ln_backend_peel(node->shop->backend, &layer, hop.incoming.secret, &peel, node->node_id);
    if (result != LN_ONION_OK) {
        fail_code(node, &hop, (uint16_t)ln_failure_of_onion(result));
    } else if (event->kind == LN_EVENT_HTLC_EXPOSED) {
        fail_code(node, &hop, LN_TEMPORARY_CHANNEL_FAILURE);
    } else if (!ln_node_is_founded(node, entry)) {
        fail_code(node, &hop, LN_TEMPORARY_NODE_FAILURE);
    } else {
        follow_onion(node, &hop, &layer);
    }
}

/* ---- an HTLC of ours ends ---- */

static void hear_fulfilled(struct ln_node *node, uint64_t channel, uint64_t htlc, const uint8_t preimage[32],
                           struct btc_bytes attribution)
{
    struct ln_node_link *link = ln_node_link_out(node, channel, htlc);
    struct ln_attempt *attempt = ln_node_attempt_out(node, channel, htlc);
    if (link != NULL) {
        ln_node_forward_fulfilled(node, link, preimage, attribution);
    } else if (attempt != NULL) {
        ln_node_attempt_fulfilled(node, attempt, preimage);
    }
}

static void hear_failed(struct ln_node *node, struct ln_node_job *job)
{
    struct ln_node_link *link = ln_node_link_out(node, job->channel, job->event.id);
    struct ln_attempt *attempt = ln_node_attempt_out(node, job->channel, job->event.id);
    if (link != NULL) {
        ln_node_forward_failed(node, link, job);
    } else if (attempt != NULL) {
        ln_node_attempt_failed(node, attempt, job);
    }
}

/* ---- the channel ---- */

static struct ln_node_event *tell(struct ln_node *node, enum ln_node_event_kind kind,
                                  const struct ln_node_channel *entry)
{
    struct ln_node_event *event = ln_node_tell(node, kind);
    event->channel = entry->number;
    event->outpoint = entry->channel.funding;
    event->amount_msat = 1000 * entry->channel.funding_sat;
    memcpy(event->node_id, ln_node_peer_of(node, entry)->node_id, 33);
    return event;
}

static void ask_for_funding(struct ln_node *node, const struct ln_node_channel *entry, const struct ln_node_job *job)
{
    struct ln_node_effect *effect = ln_node_say(node, LN_NODE_EVENT, btc_bytes(job->bytes, job->length));
    effect->event.kind = LN_NODE_FUND;
    effect->event.channel = entry->number;
    effect->event.amount_msat = job->event.amount_msat;
}

static void hear_ready(struct ln_node *node, struct ln_node_channel *entry)
{
    entry->ready = true;
    tell(node, LN_NODE_CHANNEL_READY, entry)->short_channel_id =
        entry->short_channel_id != 0 ? entry->short_channel_id : entry->channel.policy.alias;
    ln_node_mark_channel(node, entry);
}

static void hear_channel(struct ln_node *node, struct ln_node_channel *entry, struct ln_node_job *job)
{
    switch (job->event.kind) {
    case LN_EVENT_FUND:
        ask_for_funding(node, entry, job);
        break;
    case LN_EVENT_FUNDING_SAFE:
        tell(node, LN_NODE_FUNDING_SAFE, entry);
        break;
    case LN_EVENT_READY:
        hear_ready(node, entry);
        break;
    case LN_EVENT_HTLC:
    case LN_EVENT_HTLC_EXPOSED:
        hear_htlc(node, entry, &job->event);
        break;
    case LN_EVENT_FULFILLED:
        hear_fulfilled(node, job->channel, job->event.id, job->event.answer,
                       btc_bytes(job->attribution, job->attribution_length));
        break;
    case LN_EVENT_FAILED:
        hear_failed(node, job);
        break;
    case LN_EVENT_SETTLED:
        break;
    case LN_EVENT_SHUTDOWN:
        tell(node, LN_NODE_CHANNEL_LEAVES, entry);
        break;
    case LN_EVENT_CLOSED:
        tell(node, LN_NODE_CHANNEL_AGREED, entry);
        ln_node_begin_chain(node, entry);
        break;
    case LN_EVENT_FAILURE:
        tell(node, LN_NODE_CHANNEL_FAILS, entry);
        ln_node_begin_chain(node, entry);
        break;
    case LN_EVENT_DATA_LOSS:
        tell(node, LN_NODE_CHANNEL_LOST, entry);
        ln_node_begin_chain(node, entry);
        break;
    }
}

/* ---- the chain ---- */

static void hear_lapsed(struct ln_node *node, const struct ln_node_job *job)
{
    struct ln_node_link *link = ln_node_link_out(node, job->channel, job->chain.htlc.id);
    struct ln_attempt *attempt = ln_node_attempt_out(node, job->channel, job->chain.htlc.id);
    if (link != NULL) {
        ln_node_forward_lapsed(node, link);
    } else if (attempt != NULL) {
        ln_node_attempt_lapsed(node, attempt);
    }
}

/* One of theirs went back to them. What it paid for outside goes on without it. */
static void hear_taken_back(struct ln_node *node, const struct ln_node_job *job)
{
    struct ln_node_link *link = ln_node_link_in(node, job->channel, job->chain.htlc.id);
    if (link != NULL && link->kind == LN_LINK_PART) {
        ln_node_part_lapsed(node, link);
    } else if (link != NULL) {
        ln_node_end_link(node, link);
    }
}

static void hear_chain(struct ln_node *node, struct ln_node_channel *entry, const struct ln_node_job *job)
{
    switch (job->chain.kind) {
    case LN_ONCHAIN_PREIMAGE:
        hear_fulfilled(node, job->channel, job->chain.htlc.id, job->chain.htlc.preimage, btc_bytes(NULL, 0));
        break;
    case LN_ONCHAIN_FAILED:
        hear_lapsed(node, job);
        break;
    case LN_ONCHAIN_LAPSED:
        hear_taken_back(node, job);
        break;
    case LN_ONCHAIN_RESOLVED:
        ln_node_remove_channel(node, entry, "resolved on the chain");
        break;
    case LN_ONCHAIN_CLAIMED:
        break;
    case LN_ONCHAIN_PERSIST:
    case LN_ONCHAIN_WATCH:
    case LN_ONCHAIN_NEED_PAST:
    case LN_ONCHAIN_BROADCAST:
    case LN_ONCHAIN_FORGET:
    case LN_ONCHAIN_WANT_COINS:
    case LN_ONCHAIN_CLOSED:
    case LN_ONCHAIN_REOPENED:
        assert(false && "no job");
    }
}

void ln_node_do_job(struct ln_node *node)
{
    struct ln_node_channel *entry = ln_node_find_channel(node, node->job.channel);
    if (entry == NULL) {
        return;
    }
    if (node->job.by_chain) {
        hear_chain(node, entry, &node->job);
    } else {
        hear_channel(node, entry, &node->job);
    }
}
