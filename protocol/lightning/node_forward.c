/* node_forward.c: HTLCs that are passed on.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/node_forward.h"

#include <string.h>

/* ---- may it be forwarded ---- */

static struct ln_node_channel *find_out(const struct ln_node *node, uint64_t short_channel_id)
{
    struct ln_node_channel *entry = ln_node_find_scid(node, short_channel_id);
    bool forwards = node->config.flags & LN_NODE_FORWARDS;
    if (entry == NULL || !forwards) {
        return NULL;
    }
    /* BOLT 2: what the alias hides must not be found out by its real id. */
    bool hidden = entry->channel.flags & LN_CHANNEL_SCID_ALIAS;
    return hidden && short_channel_id == entry->short_channel_id ? NULL : entry;
}

static struct ln_hop_terms terms_of(const struct ln_node *node, const struct ln_node_channel *out)
{
    const struct ln_node_forwarding *forwarding = &out->forwarding;
    uint64_t most_msat = 1000 * out->channel.funding_sat;
    uint64_t least_msat = out->channel.their_terms.htlc_minimum_msat;
    bool limited = forwarding->htlc_maximum_msat != 0 && forwarding->htlc_maximum_msat < most_msat;
    return (struct ln_hop_terms){
        .htlc_minimum_msat = least_msat > forwarding->htlc_minimum_msat ? least_msat : forwarding->htlc_minimum_msat,
        .htlc_maximum_msat = limited ? forwarding->htlc_maximum_msat : most_msat,
        .fee_base_msat = forwarding->fee_base_msat,
        .fee_proportional_ppm = forwarding->fee_proportional_ppm,
        .cltv_expiry_delta_blocks = forwarding->cltv_expiry_delta_blocks,
        .margin_blocks = (uint16_t)(node->config.onchain.patience.grace_blocks + 1)};
}

/* Why a channel that exists cannot take anything. Returns 0 if it can. */
static uint16_t code_of_state(const struct ln_node *node, const struct ln_node_channel *out)
{
    const struct ln_channel *channel = &out->channel;
    if (out->mode == LN_MODE_CHAIN || channel->stage >= LN_STAGE_CLOSED) {
        return LN_PERMANENT_CHANNEL_FAILURE;
    }
    if (channel->stage < LN_STAGE_NORMAL) {
        return LN_UNKNOWN_NEXT_PEER;
    }
    return ln_node_is_usable(node, out) ? 0 : LN_TEMPORARY_CHANNEL_FAILURE;
}

static uint16_t code_of_result(enum ln_channel_result result)
{
    return result == LN_CHANNEL_EXPIRY ? LN_EXPIRY_TOO_FAR : LN_TEMPORARY_CHANNEL_FAILURE;
}

/* ---- forwarding ---- */

static void fail(struct ln_node *node, const struct ln_node_hop *hop, const struct ln_node_channel *out,
                 const struct ln_failure *failure)
{
    struct ln_node_event *event = ln_node_tell(node, LN_NODE_FORWARD_FAILED);
    event->channel = hop->incoming.entry->number;
    event->other = out == NULL ? 0 : out->number;
    event->code = failure->code;
    event->text = ln_failure_name(failure->code);
    event->amount_msat = hop->payload->amount_msat;
    memcpy(event->payment_hash, hop->htlc.payment_hash, 32);
    ln_node_fail(node, &hop->incoming, failure, hop->onion);
}

static void keep(struct ln_node *node, struct ln_node_link *link, const struct ln_node_hop *hop, uint64_t out,
                 uint64_t id)
{
    link->kind = LN_LINK_FORWARD;
    link->in_channel = hop->incoming.entry->number;
    link->in_htlc = hop->incoming.htlc;
    link->in_msat = hop->htlc.amount_msat;
    link->in_expiry_height = hop->htlc.cltv_expiry_height;
    link->out_expiry_height = (uint32_t)hop->payload->cltv_height;
    link->out_channel = out;
    link->out_htlc = id;
    link->out_msat = hop->payload->amount_msat;
    link->since_us = hop->incoming.since_us;
    memcpy(link->payment_hash, hop->htlc.payment_hash, 32);
    memcpy(link->secret, hop->incoming.secret, 32);
    ln_node_index_link(node, link);
    ln_node_mark_link(node, link);
}

static struct ln_node_event *tell_link(struct ln_node *node, enum ln_node_event_kind kind,
                                       const struct ln_node_link *link)
{
    struct ln_node_event *event = ln_node_tell(node, kind);
    event->channel = link->in_channel;
    event->other = link->out_channel;
    event->amount_msat = link->out_msat;
    event->fee_msat = link->in_msat - link->out_msat;
    memcpy(event->payment_hash, link->payment_hash, 32);
    return event;
}

/* Offers it on. Returns 0, or the failure's code. */
static uint16_t offer(struct ln_node *node, const struct ln_node_hop *hop, struct ln_node_channel *out,
                      const uint8_t next[LN_ONION_BYTES])
{
    struct ln_workshop shop = ln_node_workshop(node);
    struct ln_add add = {.amount_msat = hop->payload->amount_msat,
                         .cltv_expiry_height = (uint32_t)hop->payload->cltv_height,
                         .payment_hash = hop->htlc.payment_hash,
                         .onion = next};
    uint64_t id;
    struct ln_node_link *link = ln_node_new_link(node);
    if (link == NULL) {
        return LN_TEMPORARY_CHANNEL_FAILURE;
    }
    enum ln_channel_result result = ln_channel_add(&out->channel, &shop, &id, &add);
    if (result != LN_CHANNEL_OK) {
        ln_places_give(&node->link_places, (uint32_t)(link - node->links));
        return code_of_result(result);
    }
    keep(node, link, hop, out->number, id);
    ln_node_mark_channel(node, out);
    ln_node_take(node, out);
    tell_link(node, LN_NODE_FORWARD_SENT, link);
    return 0;
}

static void forward_over(struct ln_node *node, const struct ln_node_hop *hop, const uint8_t next[LN_ONION_BYTES],
                         struct ln_node_channel *out)
{
    struct ln_failure failure = {.code = LN_UNKNOWN_NEXT_PEER};
    if (out != NULL) {
        struct ln_hop_terms terms = terms_of(node, out);
        uint16_t code = 0;
        if (ln_hop_may_forward(&failure, hop->payload, &hop->htlc, &terms)) {
            code = code_of_state(node, out);
            code = code != 0 ? code : offer(node, hop, out, next);
            if (code == 0) {
                return;
            }
            failure = (struct ln_failure){.code = code};
        }
    }
    fail(node, hop, out, &failure);
}

void ln_node_forward_over(struct ln_node *node, const struct ln_node_hop *hop, const uint8_t next[LN_ONION_BYTES],
                          const struct ln_node_channel *over)
{
    struct ln_node_channel *out =
        over == NULL ? find_out(node, hop->payload->short_channel_id) : ln_node_find_channel(node, over->number);
    forward_over(node, hop, next, out);
}

/* ---- where only the host reaches ---- */

void ln_node_ask_host(struct ln_node *node, const struct ln_node_link *link, uint64_t short_channel_id,
                      const uint8_t next[LN_ONION_BYTES])
{
    struct ln_node_effect *effect = ln_node_say(node, LN_NODE_EVENT, btc_bytes(next, LN_ONION_BYTES));
    struct ln_node_event *event = &effect->event;
    event->kind = LN_NODE_FORWARD_ASKED;
    event->channel = link->in_channel;
    event->htlc = link->in_htlc;
    event->short_channel_id = short_channel_id;
    event->amount_msat = link->out_msat;
    event->fee_msat = link->in_msat - link->out_msat;
    event->expiry_height = link->out_expiry_height;
    memcpy(event->payment_hash, link->payment_hash, 32);
}

/* An HTLC that would leave more behind it than came in is nobody's to forward. Returns 0, or the failure's code. */
static uint16_t ask(struct ln_node *node, const struct ln_node_hop *hop, const uint8_t next[LN_ONION_BYTES])
{
    if (hop->payload->amount_msat > hop->htlc.amount_msat) {
        return LN_UNKNOWN_NEXT_PEER;
    }
    struct ln_node_link *link = ln_node_new_link(node);
    if (link == NULL) {
        return LN_TEMPORARY_CHANNEL_FAILURE;
    }
    keep(node, link, hop, LN_NODE_OUTSIDE, hop->incoming.entry->number << 32 | (uint32_t)hop->incoming.htlc);
    ln_node_ask_host(node, link, hop->payload->short_channel_id, next);
    return 0;
}

void ln_node_forward(struct ln_node *node, const struct ln_node_hop *hop, const uint8_t next[LN_ONION_BYTES])
{
    bool blinded = hop->htlc.has_path_key || (hop->payload->tlvs.present & LN_PAYLOAD_ENCRYPTED);
    struct ln_node_channel *out = blinded ? NULL : find_out(node, hop->payload->short_channel_id);
    if (blinded) {
        fail(node, hop, NULL, &(struct ln_failure){.code = LN_INVALID_ONION_BLINDING});
    } else if (out == NULL && (node->config.flags & LN_NODE_ASKS_FORWARDS)) {
        uint16_t code = ask(node, hop, next);
        if (code != 0) {
            fail(node, hop, NULL, &(struct ln_failure){.code = code});
        }
    } else {
        forward_over(node, hop, next, out);
    }
}

/* ---- what comes back ---- */

/* How an offer of the host's ended. */
static struct ln_node_event *tell_offer(struct ln_node *node, enum ln_node_event_kind kind,
                                        const struct ln_node_link *link, struct btc_bytes bytes)
{
    struct ln_node_effect *effect = ln_node_say(node, LN_NODE_EVENT, bytes);
    struct ln_node_event *event = &effect->event;
    event->kind = kind;
    event->other = link->out_channel;
    event->htlc = link->out_htlc;
    event->amount_msat = link->out_msat;
    memcpy(event->payment_hash, link->payment_hash, 32);
    return event;
}

void ln_node_forward_fulfilled(struct ln_node *node, struct ln_node_link *link, const uint8_t preimage[32],
                               struct btc_bytes attribution)
{
    if (link->in_channel == LN_NODE_OUTSIDE) {
        memcpy(tell_offer(node, LN_NODE_OFFER_FULFILLED, link, btc_bytes(NULL, 0))->preimage, preimage, 32);
        ln_node_end_link(node, link);
        return;
    }
    tell_link(node, LN_NODE_FORWARD_SETTLED, link);
    ln_node_fulfill_link(node, link, preimage, attribution);
}

void ln_node_forward_failed(struct ln_node *node, struct ln_node_link *link, const struct ln_node_job *job)
{
    if (link->in_channel == LN_NODE_OUTSIDE) {
        bool malformed = job->event.failure_code != 0;
        struct btc_bytes reason = btc_bytes(job->bytes, malformed ? 0 : job->length);
        tell_offer(node, LN_NODE_OFFER_FAILED, link, reason)->code = job->event.failure_code;
        ln_node_end_link(node, link);
        return;
    }
    struct ln_node_event *event = tell_link(node, LN_NODE_FORWARD_FAILED, link);
    event->fee_msat = 0;
    event->text = "failed behind us";
    if (job->event.failure_code != 0) { /* BOLT 4: who hears of a malformed onion tells its sender */
        struct ln_failure failure = {.code = job->event.failure_code};
        memcpy(failure.sha256_of_onion, job->event.answer, 32);
        event->code = failure.code;
        ln_node_fail_link(node, link, &failure);
        return;
    }
    ln_node_pass_failure_link(node, link, btc_bytes(job->bytes, job->length),
                              btc_bytes(job->attribution, job->attribution_length));
}

void ln_node_forward_lapsed(struct ln_node *node, struct ln_node_link *link)
{
    if (link->in_channel == LN_NODE_OUTSIDE) {
        tell_offer(node, LN_NODE_OFFER_FAILED, link, btc_bytes(NULL, 0))->code = LN_PERMANENT_CHANNEL_FAILURE;
        ln_node_end_link(node, link);
        return;
    }
    struct ln_failure failure = {.code = LN_PERMANENT_CHANNEL_FAILURE};
    struct ln_node_event *event = tell_link(node, LN_NODE_FORWARD_FAILED, link);
    event->fee_msat = 0;
    event->code = failure.code;
    event->text = "its channel ended on the chain";
    ln_node_fail_link(node, link, &failure);
}
