/* node_outside.c: HTLCs that go on, or come from, where only the host reaches.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/node_outside.h"

#include <string.h>

#include "protocol/bitcoin/hash.h"

/* ---- asking again ---- */

/* What the onion of an HTLC says that is still live. */
struct opened {
    struct ln_node_hop hop;
    struct ln_payload payload;
    struct ln_onion_layer layer;
    uint8_t onion[LN_ONION_BYTES];
};

/* Returns false if the HTLC is not there any more. Its onion was good when it came. */
static bool open_again(struct opened *opened, struct ln_node *node, const struct ln_node_link *link)
{
    struct ln_workshop shop = ln_node_workshop(node);
    struct ln_node_channel *entry = ln_node_find_channel(node, link->in_channel);
    const struct ln_slot *slot = entry == NULL || entry->mode != LN_MODE_LIVE
                                     ? NULL
                                     : ln_channel_find(&entry->channel, &shop, LN_THEM, link->in_htlc);
    if (slot == NULL || slot->state != ln_htlc_state(LN_THEM, LN_LIVE)) {
        return false;
    }
    memset(&opened->hop, 0, sizeof opened->hop);
    memcpy(opened->onion, slot->blob, sizeof opened->onion);
    opened->hop.incoming = (struct ln_incoming){entry, slot->id, link->since_us, {0}};
    opened->hop.onion = opened->onion;
    opened->hop.payload = &opened->payload;
    opened->hop.htlc = (struct ln_hop_htlc){
        .amount_msat = slot->amount_msat, .cltv_expiry_height = slot->cltv_expiry_height, .height = node->height};
    memcpy(opened->hop.htlc.payment_hash, slot->payment_hash, 32);
    struct ln_onion_peel peel = {opened->onion, node->config.secret, btc_bytes(opened->hop.htlc.payment_hash, 32)};
    struct ln_fault fault;
    return ln_backend_peel(node->shop->backend, &opened->layer, opened->hop.incoming.secret, &peel, node->node_id) ==
               LN_ONION_OK &&
           ln_payload_decode(&opened->payload, &fault, LN_PAYLOAD_FORWARD,
                             btc_bytes(opened->layer.payload, opened->layer.payload_length)) == LN_WIRE_OK;
}

void ln_node_ask_again(struct ln_node *node)
{
    for (uint32_t i = 0; i < node->link_places.top; i++) {
        const struct ln_node_link *link = &node->links[i];
        struct opened opened;
        if (link->kind == LN_LINK_FORWARD && link->out_channel == LN_NODE_OUTSIDE && open_again(&opened, node, link)) {
            ln_node_ask_host(node, link, opened.payload.short_channel_id, opened.layer.next);
        }
    }
}

/* ---- answers ---- */

static enum ln_node_result fail(struct ln_node *node, struct ln_node_link *link, const struct ln_node_answer *answer)
{
    if (answer->reason.length > LN_BLOB_BYTES || (answer->reason.length == 0 && answer->code == 0)) {
        return LN_NODE_TERMS;
    }
    if (answer->reason.length > 0) {
        ln_node_pass_failure_link(node, link, answer->reason, btc_bytes(NULL, 0));
    } else {
        ln_node_fail_link(node, link, &(struct ln_failure){.code = answer->code});
    }
    return LN_NODE_OK;
}

/* From here on it is an HTLC that was never asked about. */
static enum ln_node_result pass_on(struct ln_node *node, struct ln_node_link *link, uint64_t channel)
{
    const struct ln_node_channel *over = ln_node_find_channel(node, channel);
    struct opened opened;
    if (over == NULL) {
        return LN_NODE_UNKNOWN;
    }
    bool live = open_again(&opened, node, link);
    ln_node_end_link(node, link);
    if (live) {
        ln_node_forward_over(node, &opened.hop, opened.layer.next, over);
    }
    return LN_NODE_OK;
}

enum ln_node_result ln_node_answer_outside(struct ln_node *node, uint64_t channel, uint64_t htlc,
                                           const struct ln_node_answer *answer)
{
    struct ln_node_link *link = ln_node_link_in(node, channel, htlc);
    if (channel == LN_NODE_OUTSIDE || link == NULL || link->kind != LN_LINK_FORWARD ||
        link->out_channel != LN_NODE_OUTSIDE) {
        return LN_NODE_UNKNOWN;
    }
    uint8_t hash[32];
    switch (answer->kind) {
    case LN_ANSWER_FULFILLED:
        btc_sha256(hash, answer->preimage, 32);
        if (memcmp(hash, link->payment_hash, 32) != 0) {
            return LN_NODE_PREIMAGE;
        }
        ln_node_forward_fulfilled(node, link, answer->preimage, btc_bytes(NULL, 0));
        return LN_NODE_OK;
    case LN_ANSWER_FAILED:
        return fail(node, link, answer);
    case LN_ANSWER_OVER:
        return pass_on(node, link, answer->channel);
    }
    return LN_NODE_TERMS;
}

/* ---- offers ---- */

enum ln_node_result ln_node_offer_outside(struct ln_node *node, uint64_t *htlc, uint64_t channel,
                                          const struct ln_add *add)
{
    struct ln_workshop shop = ln_node_workshop(node);
    struct ln_node_channel *entry = ln_node_find_channel(node, channel);
    if (entry == NULL || entry->mode != LN_MODE_LIVE) {
        return LN_NODE_UNKNOWN;
    }
    if (!ln_node_is_usable(node, entry)) {
        return LN_NODE_OFFLINE;
    }
    struct ln_node_link *link = ln_node_new_link(node);
    if (link == NULL) {
        return LN_NODE_FULL;
    }
    enum ln_channel_result result = ln_channel_add(&entry->channel, &shop, htlc, add);
    if (result != LN_CHANNEL_OK) {
        ln_places_give(&node->link_places, (uint32_t)(link - node->links));
        return LN_NODE_TERMS;
    }
    link->kind = LN_LINK_FORWARD;
    link->in_channel = LN_NODE_OUTSIDE;
    link->in_htlc = channel << 32 | (uint32_t)*htlc;
    link->in_msat = link->out_msat = add->amount_msat;
    link->in_expiry_height = link->out_expiry_height = add->cltv_expiry_height;
    link->out_channel = channel;
    link->out_htlc = *htlc;
    link->since_us = node->now_us;
    memcpy(link->payment_hash, add->payment_hash, 32);
    ln_node_index_link(node, link);
    ln_node_mark_link(node, link);
    ln_node_mark_channel(node, entry);
    ln_node_take(node, entry);
    return LN_NODE_OK;
}
