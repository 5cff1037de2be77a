/* node_invoice.c: being paid.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/node_invoice.h"

#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/lightning/invoice.h"

#define SLACK_BLOCKS 4 /* between the least that is safe and what invoices ask for */

static struct ln_node_event *tell(struct ln_node *node, enum ln_node_event_kind kind,
                                  const struct ln_node_invoice *invoice, const char *text)
{
    struct ln_node_event *event = ln_node_tell(node, kind);
    event->invoice = invoice->number;
    event->text = text;
    event->amount_msat = invoice->state == LN_INVOICE_PAID ? invoice->paid_msat : invoice->part_msat;
    memcpy(event->payment_hash, invoice->payment_hash, 32);
    if (invoice->has_preimage) {
        memcpy(event->preimage, invoice->preimage, 32);
    }
    return event;
}

/* ---- parts ---- */

static struct ln_node_link *next_part(const struct ln_node *node, const struct ln_node_invoice *invoice, uint32_t *at)
{
    while (*at < node->link_places.top) {
        struct ln_node_link *link = &node->links[(*at)++];
        if (link->kind == LN_LINK_PART && link->out_channel == invoice->number) {
            return link;
        }
    }
    return NULL;
}

static void forget_parts(struct ln_node *node, struct ln_node_invoice *invoice)
{
    invoice->part_count = 0;
    invoice->part_msat = invoice->total_msat = invoice->first_us = 0;
    ln_node_mark_invoice(node, invoice);
}

static struct ln_failure refusal(const struct ln_node *node, uint64_t htlc_msat)
{
    return (struct ln_failure){
        .code = LN_INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS, .htlc_msat = htlc_msat, .height = node->height};
}

static void fail_parts(struct ln_node *node, struct ln_node_invoice *invoice, enum ln_failure_code code)
{
    uint32_t at = 0;
    for (struct ln_node_link *link; (link = next_part(node, invoice, &at)) != NULL;) {
        struct ln_failure failure = refusal(node, link->in_msat);
        failure.code = (uint16_t)code;
        ln_node_fail_link(node, link, &failure);
    }
    forget_parts(node, invoice);
}

static void fulfill_parts(struct ln_node *node, struct ln_node_invoice *invoice)
{
    uint32_t at = 0;
    invoice->state = LN_INVOICE_PAID;
    invoice->paid_msat = invoice->part_msat;
    tell(node, LN_NODE_INVOICE_PAID, invoice, "");
    for (struct ln_node_link *link; (link = next_part(node, invoice, &at)) != NULL;) {
        ln_node_fulfill_link(node, link, invoice->preimage, btc_bytes(NULL, 0));
    }
    forget_parts(node, invoice);
}

static void cancel(struct ln_node *node, struct ln_node_invoice *invoice, const char *text)
{
    invoice->state = LN_INVOICE_CANCELLED;
    tell(node, LN_NODE_INVOICE_CANCELLED, invoice, text);
    fail_parts(node, invoice, LN_INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS);
}

/* ---- an HTLC ---- */

static struct ln_node_invoice *make_keysend(struct ln_node *node, const struct ln_node_hop *hop)
{
    struct ln_node_invoice *invoice = node->config.flags & LN_NODE_TAKES_KEYSEND ? ln_node_new_invoice(node) : NULL;
    if (invoice == NULL) {
        return NULL;
    }
    invoice->state = LN_INVOICE_OPEN;
    invoice->keysend = invoice->has_preimage = true;
    invoice->number = node->next_invoice++;
    invoice->expires_us = node->now_us;
    invoice->min_final_blocks = ln_cltv_final_delta(&node->config.onchain.patience) + 1;
    memcpy(invoice->payment_hash, hop->htlc.payment_hash, 32);
    memcpy(invoice->preimage, hop->payload->keysend_preimage, 32);
    ln_node_index_invoice(node, invoice);
    node->dirty = true;
    return invoice;
}

/* The invoice that an HTLC may be for, NULL if there is none. */
static struct ln_node_invoice *find_asked(struct ln_node *node, const struct ln_node_hop *hop)
{
    struct ln_node_invoice *invoice = ln_node_invoice_by_hash(node, hop->htlc.payment_hash);
    if (invoice == NULL && ln_hop_is_keysend(hop->payload, &hop->htlc)) {
        return make_keysend(node, hop);
    }
    bool open = invoice != NULL && invoice->state == LN_INVOICE_OPEN && !invoice->keysend;
    return open && (invoice->part_count > 0 || node->now_us < invoice->expires_us) ? invoice : NULL;
}

static bool may_take(struct ln_failure *failure, const struct ln_node_hop *hop, const struct ln_node_invoice *invoice)
{
    struct ln_hop_request request = {.several_parts = true};
    if (invoice != NULL) {
        request.amount_msat = invoice->amount_msat;
        request.min_final_cltv_blocks = invoice->min_final_blocks;
        request.payment_secret = invoice->keysend ? NULL : invoice->payment_secret;
        request.several_parts = !invoice->keysend;
    }
    return ln_hop_may_take(failure, hop->payload, &hop->htlc, invoice == NULL ? NULL : &request);
}

static bool add_part(struct ln_node *node, const struct ln_node_hop *hop, struct ln_node_invoice *invoice)
{
    struct ln_node_link *link = ln_node_new_link(node);
    if (link == NULL) {
        return false;
    }
    link->kind = LN_LINK_PART;
    link->in_channel = hop->incoming.entry->number;
    link->in_htlc = hop->incoming.htlc;
    link->in_msat = hop->htlc.amount_msat;
    link->in_expiry_height = hop->htlc.cltv_expiry_height;
    link->out_channel = invoice->number;
    link->since_us = hop->incoming.since_us;
    memcpy(link->payment_hash, hop->htlc.payment_hash, 32);
    memcpy(link->secret, hop->incoming.secret, 32);
    ln_node_index_link(node, link);
    ln_node_mark_link(node, link);
    invoice->first_us = invoice->part_count == 0 ? node->now_us : invoice->first_us;
    invoice->part_count++;
    invoice->part_msat += hop->htlc.amount_msat;
    invoice->total_msat = hop->payload->total_msat;
    ln_node_mark_invoice(node, invoice);
    return true;
}

static void complete(struct ln_node *node, struct ln_node_invoice *invoice)
{
    if (invoice->hold || !invoice->has_preimage) {
        invoice->state = LN_INVOICE_HELD;
        tell(node, LN_NODE_INVOICE_HELD, invoice, "");
    } else {
        fulfill_parts(node, invoice);
    }
}

void ln_node_take_part(struct ln_node *node, const struct ln_node_hop *hop)
{
    struct ln_failure failure;
    struct ln_node_invoice *invoice = find_asked(node, hop);
    bool take = may_take(&failure, hop, invoice);
    if (take && invoice->part_count > 0 && invoice->total_msat != hop->payload->total_msat) {
        fail_parts(node, invoice, LN_INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS); /* BOLT 4: the whole set */
        failure = refusal(node, hop->htlc.amount_msat);
        take = false;
    }
    if (take && !add_part(node, hop, invoice)) {
        failure = (struct ln_failure){.code = LN_TEMPORARY_NODE_FAILURE};
        take = false;
    }
    if (take && invoice->part_msat >= invoice->total_msat) {
        complete(node, invoice);
    } else if (!take) {
        ln_node_fail(node, &hop->incoming, &failure, hop->onion);
        if (invoice != NULL && invoice->keysend && invoice->part_count == 0) {
            ln_node_end_invoice(node, invoice);
        }
    }
}

void ln_node_part_lapsed(struct ln_node *node, struct ln_node_link *link)
{
    struct ln_node_invoice *invoice = ln_node_find_invoice(node, link->out_channel);
    if (invoice != NULL && invoice->part_count > 0) {
        invoice->part_count--;
        invoice->part_msat -= link->in_msat;
        ln_node_mark_invoice(node, invoice);
    }
    ln_node_end_link(node, link);
    if (invoice != NULL && invoice->state == LN_INVOICE_HELD) {
        cancel(node, invoice, "a part went back on the chain");
    }
}

/* ---- time ---- */

void ln_node_invoices_in_time(struct ln_node *node)
{
    for (uint32_t i = 0; i < node->invoice_places.top; i++) {
        struct ln_node_invoice *invoice = &node->invoices[i];
        if (invoice->state != LN_INVOICE_OPEN) {
            continue;
        }
        if (invoice->part_count > 0 && node->now_us >= invoice->first_us + node->config.mpp_timeout_us) {
            fail_parts(node, invoice, LN_MPP_TIMEOUT);
        }
        if (invoice->part_count == 0 && node->now_us >= invoice->expires_us) {
            cancel(node, invoice, "expired");
        }
    }
}

uint64_t ln_node_invoices_next_us(const struct ln_node *node)
{
    uint64_t next_us = UINT64_MAX;
    for (uint32_t i = 0; i < node->invoice_places.top; i++) {
        const struct ln_node_invoice *invoice = &node->invoices[i];
        if (invoice->state == LN_INVOICE_OPEN) {
            uint64_t due_us =
                invoice->part_count > 0 ? invoice->first_us + node->config.mpp_timeout_us : invoice->expires_us;
            next_us = due_us < next_us ? due_us : next_us;
        }
    }
    return next_us;
}

/* A part whose channel would go on chain with the next block if it were fulfilled now. */
static bool is_late(const struct ln_node *node, const struct ln_node_link *link)
{
    uint32_t before = ln_cltv_final_delta(&node->config.onchain.patience);
    return link->kind == LN_LINK_PART && node->height + before >= link->in_expiry_height;
}

void ln_node_invoices_at_height(struct ln_node *node)
{
    for (uint32_t i = 0; i < node->link_places.top; i++) {
        if (!is_late(node, &node->links[i])) {
            continue;
        }
        struct ln_node_invoice *invoice = ln_node_find_invoice(node, node->links[i].out_channel);
        if (invoice->state == LN_INVOICE_HELD) {
            cancel(node, invoice, "a part is about to expire");
        } else {
            fail_parts(node, invoice, LN_MPP_TIMEOUT);
        }
    }
}

void ln_node_invoices_again(struct ln_node *node)
{
    static const enum ln_node_event_kind kinds[] = {[LN_INVOICE_HELD] = LN_NODE_INVOICE_HELD,
                                                    [LN_INVOICE_PAID] = LN_NODE_INVOICE_PAID,
                                                    [LN_INVOICE_CANCELLED] = LN_NODE_INVOICE_CANCELLED};
    for (uint32_t i = 0; i < node->invoice_places.top; i++) {
        if (node->invoices[i].state >= LN_INVOICE_HELD) {
            tell(node, kinds[node->invoices[i].state], &node->invoices[i], "again");
        }
    }
}

/* ---- commands ---- */

/* What a private channel's peer asks for, so that strangers find us behind it. */
static bool hint_of(struct ln_invoice_hop *hint, const struct ln_node *node, const struct ln_node_channel *entry)
{
    const struct ln_policy *terms = &entry->their_terms;
    if (!entry->ready || entry->mode != LN_MODE_LIVE || (entry->channel.flags & LN_CHANNEL_ANNOUNCE) ||
        !entry->has_their_terms) {
        return false;
    }
    bool alias = entry->channel.their_alias != 0;
    *hint = (struct ln_invoice_hop){.cltv_expiry_delta_blocks = terms->cltv_expiry_delta_blocks,
                                    .fee_base_msat = terms->fee_base_msat,
                                    .fee_proportional_ppm = terms->fee_proportional_ppm,
                                    .short_channel_id = alias ? entry->channel.their_alias : entry->short_channel_id};
    memcpy(hint->node, ln_node_peer_of(node, entry)->node_id, 33);
    return hint->short_channel_id != 0;
}

static void add_hints(struct ln_invoice *invoice, const struct ln_node *node)
{
    const uint32_t most = 8; /* each takes 51 bytes of the text */
    for (uint32_t i = 0; i < node->channel_places.top && invoice->hop_count < most; i++) {
        struct ln_invoice_hop hint;
        if (node->channels[i] != NULL && hint_of(&hint, node, node->channels[i])) {
            hint.route = invoice->hop_count;
            invoice->hops[invoice->hop_count++] = hint;
        }
    }
}

static enum ln_node_result write_text(struct ln_node *node, char *text, size_t capacity,
                                      const struct ln_node_invoice *made, const struct ln_node_asking *asking)
{
    struct ln_invoice invoice;
    ln_invoice_init(&invoice, node->config.network);
    invoice.amount_msat = made->amount_msat;
    invoice.present = LN_INVOICE_HAS_DESCRIPTION | LN_INVOICE_HAS_EXPIRY | LN_INVOICE_HAS_CLTV |
                      LN_INVOICE_HAS_FEATURES | (made->amount_msat != 0 ? LN_INVOICE_HAS_AMOUNT : 0);
    invoice.timestamp_s = node->now_us / 1000000;
    invoice.expiry_s = asking->expiry_s == 0 ? LN_INVOICE_EXPIRY_S : asking->expiry_s;
    invoice.min_final_cltv_blocks = made->min_final_blocks;
    memcpy(invoice.payment_hash, made->payment_hash, 32);
    memcpy(invoice.payment_secret, made->payment_secret, 32);
    if (asking->description.length > sizeof invoice.description.bytes) {
        return LN_NODE_TERMS;
    }
    invoice.description.length = (uint16_t)asking->description.length;
    if (asking->description.length > 0) {
        memcpy(invoice.description.bytes, asking->description.data, asking->description.length);
    }
    ln_features_set(&invoice.features, LN_FEATURE_VAR_ONION);
    ln_features_set(&invoice.features, LN_FEATURE_PAYMENT_SECRET);
    ln_features_set(&invoice.features, LN_FEATURE_BASIC_MPP + 1);
    add_hints(&invoice, node);
    enum ln_invoice_result result =
        ln_invoice_write_by(node->shop->backend, text, capacity, &invoice, node->config.secret, node->node_id);
    return result == LN_INVOICE_OK ? LN_NODE_OK : LN_NODE_TERMS;
}

static enum ln_node_result fill_keys(struct ln_node *node, struct ln_node_invoice *invoice,
                                     const struct ln_node_asking *asking)
{
    invoice->has_preimage = asking->preimage != NULL || asking->payment_hash == NULL;
    if (asking->preimage != NULL) {
        memcpy(invoice->preimage, asking->preimage, 32);
    } else if (invoice->has_preimage) {
        ln_node_draw(node, invoice->preimage, "preimage");
    }
    btc_sha256(invoice->payment_hash, invoice->preimage, 32);
    if (asking->payment_hash != NULL) {
        bool fits = !invoice->has_preimage || memcmp(invoice->payment_hash, asking->payment_hash, 32) == 0;
        if (!fits || !asking->hold) {
            return fits ? LN_NODE_TERMS : LN_NODE_PREIMAGE;
        }
        memcpy(invoice->payment_hash, asking->payment_hash, 32);
    }
    ln_node_draw(node, invoice->payment_secret, "payment secret");
    return ln_node_invoice_by_hash(node, invoice->payment_hash) == NULL ? LN_NODE_OK : LN_NODE_AGAIN;
}

enum ln_node_result ln_node_make_invoice(struct ln_node *node, uint64_t *number, char *text, size_t capacity,
                                         const struct ln_node_asking *asking)
{
    uint32_t least = ln_cltv_final_delta(&node->config.onchain.patience) + SLACK_BLOCKS;
    uint64_t expiry_s = asking->expiry_s == 0 ? LN_INVOICE_EXPIRY_S : asking->expiry_s;
    struct ln_node_invoice made = {.hold = asking->hold,
                                   .amount_msat = asking->amount_msat,
                                   .expires_us = node->now_us + 1000000 * expiry_s,
                                   .min_final_blocks =
                                       asking->min_final_blocks > least ? asking->min_final_blocks : least};
    if (asking->amount_msat > LN_MSAT_MAX || expiry_s > UINT32_MAX) {
        return LN_NODE_TERMS;
    }
    enum ln_node_result result = fill_keys(node, &made, asking);
    result = result == LN_NODE_OK ? write_text(node, text, capacity, &made, asking) : result;
    struct ln_node_invoice *invoice = result == LN_NODE_OK ? ln_node_new_invoice(node) : NULL;
    if (invoice == NULL) {
        return result == LN_NODE_OK ? LN_NODE_FULL : result;
    }
    *invoice = made;
    invoice->state = LN_INVOICE_OPEN;
    invoice->number = node->next_invoice++;
    node->dirty = true;
    ln_node_index_invoice(node, invoice);
    ln_node_mark_invoice(node, invoice);
    *number = invoice->number;
    return LN_NODE_OK;
}

enum ln_node_result ln_node_settle_invoice(struct ln_node *node, uint64_t number, const uint8_t *preimage)
{
    struct ln_node_invoice *invoice = ln_node_find_invoice(node, number);
    uint8_t hash[32];
    if (invoice == NULL) {
        return LN_NODE_UNKNOWN;
    }
    if (invoice->state != LN_INVOICE_HELD) {
        return LN_NODE_STAGE;
    }
    if (preimage == NULL && !invoice->has_preimage) {
        return LN_NODE_PREIMAGE;
    }
    btc_sha256(hash, preimage == NULL ? invoice->preimage : preimage, 32);
    if (memcmp(hash, invoice->payment_hash, 32) != 0) {
        return LN_NODE_PREIMAGE;
    }
    memmove(invoice->preimage, preimage == NULL ? invoice->preimage : preimage, 32);
    invoice->has_preimage = true;
    fulfill_parts(node, invoice);
    return LN_NODE_OK;
}

enum ln_node_result ln_node_cancel_invoice(struct ln_node *node, uint64_t number)
{
    struct ln_node_invoice *invoice = ln_node_find_invoice(node, number);
    if (invoice == NULL) {
        return LN_NODE_UNKNOWN;
    }
    if (invoice->state != LN_INVOICE_OPEN && invoice->state != LN_INVOICE_HELD) {
        return LN_NODE_STAGE;
    }
    cancel(node, invoice, "by command");
    return LN_NODE_OK;
}

enum ln_node_result ln_node_drop_invoice(struct ln_node *node, uint64_t number)
{
    struct ln_node_invoice *invoice = ln_node_find_invoice(node, number);
    if (invoice == NULL) {
        return LN_NODE_UNKNOWN;
    }
    if (invoice->state < LN_INVOICE_PAID) {
        return LN_NODE_STAGE;
    }
    ln_node_end_invoice(node, invoice);
    return LN_NODE_OK;
}
