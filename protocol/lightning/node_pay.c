/* node_pay.c: payments of a node.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/node_pay.h"

#include <assert.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/lightning/graph_gossip.h"
#include "protocol/lightning/node_learn.h"

#define SLACK_BLOCKS 2 /* that may come while a payment is on its way */
#define PLANS_MAX    8 /* of one payment in one input: own channels that refuse what was planned */

/* ---- telling ---- */

static struct ln_node_event *tell(struct ln_node *node, enum ln_node_event_kind kind, const struct ln_payment *payment)
{
    struct ln_node_event *event = ln_node_tell(node, kind);
    event->payment = payment->number;
    memcpy(event->payment_hash, payment->terms.payment_hash, 32);
    return event;
}

static void tell_end(struct ln_node *node, const struct ln_payment *payment)
{
    bool sent = payment->state == LN_PAYMENT_SENT;
    struct ln_node_event *event = tell(node, sent ? LN_NODE_PAYMENT_SENT : LN_NODE_PAYMENT_FAILED, payment);
    event->amount_msat = sent ? payment->paid_msat : payment->terms.amount_msat;
    event->fee_msat = payment->fee_msat;
    if (sent) {
        memcpy(event->preimage, payment->preimage, 32);
        return;
    }
    const char *name = ln_failure_name(payment->code);
    event->cause = payment->cause;
    event->code = payment->code;
    memcpy(event->node_id, payment->failed_node, 33);
    event->text = name != NULL                        ? name
                  : payment->cause == LN_PAY_NO_ROUTE ? ln_route_text((enum ln_route_result)payment->route)
                                                      : ln_pay_cause_text((enum ln_pay_cause)payment->cause);
}

/* Ends it if nothing is under way any more and nothing will be. */
static void end_if_over(struct ln_node *node, struct ln_payment *payment)
{
    if (payment->state == LN_PAYMENT_GIVING_UP && payment->attempts_under_way == 0) {
        payment->state = payment->has_preimage ? LN_PAYMENT_SENT : LN_PAYMENT_FAILED;
        ln_node_mark_payment(node, payment);
        tell_end(node, payment);
    }
}

/* ---- sending ---- */

static uint32_t list_own(struct ln_node *node)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < node->channel_places.top; i++) {
        const struct ln_node_channel *entry = node->channels[i];
        if (entry == NULL || !ln_node_is_usable(node, entry)) {
            continue;
        }
        struct ln_route_own *own = &node->own[count];
        *own = (struct ln_route_own){.short_channel_id = ln_node_scid_of(entry),
                                     .sendable_msat = ln_node_can_send_msat(node, entry),
                                     .htlc_minimum_msat = entry->channel.their_terms.htlc_minimum_msat,
                                     .htlc_maximum_msat = entry->channel.their_terms.max_in_flight_msat};
        memcpy(own->peer, ln_node_peer_of(node, entry)->node_id, 33);
        count += own->sendable_msat > 0;
    }
    return count;
}

static struct ln_pay_map map_of(struct ln_node *node, uint32_t own_count)
{
    return (struct ln_pay_map){.router = node->shop->router,
                               .graph = node->graph,
                               .liquidity = &node->liquidity,
                               .prices = node->config.prices,
                               .own = node->own,
                               .own_count = own_count,
                               .payer = node->node_id,
                               .now_us = node->now_us,
                               .height = node->height,
                               .likely_ppm = node->config.likely_ppm,
                               .shadow_blocks = SLACK_BLOCKS};
}

static enum ln_channel_result add_htlc(struct ln_node *node, const struct ln_payment *payment,
                                       struct ln_attempt *attempt, struct ln_node_channel *entry)
{
    struct ln_workshop shop = ln_node_workshop(node);
    uint8_t onion[LN_ONION_PACKET_BYTES];
    const struct ln_route_hop *first = &attempt->route.hops[0];
    if (ln_payment_onion(onion, payment, attempt, node->shop->backend) != LN_ONION_OK) {
        return LN_CHANNEL_POINT; /* a node id of the graph or a hint is no point, or the onion is too long */
    }
    struct ln_add add = {.amount_msat = first->amount_msat,
                         .cltv_expiry_height = node->height + first->expiry_blocks,
                         .payment_hash = payment->terms.payment_hash,
                         .onion = onion};
    return ln_channel_add(&entry->channel, &shop, &attempt->htlc, &add);
}

/* ---- attempts ---- */

static void fail_here(struct ln_node *node, struct ln_payment *payment, const struct ln_attempt *attempt)
{
    struct ln_attempt_verdict verdict;
    struct ln_attempt_failure failure = {.source = -1, .by_us = true};
    struct ln_pay_map map = map_of(node, 0);
    ln_payment_attempt_failed(payment, &verdict, attempt, &failure, &map);
}

static void fill_attempt(struct ln_node *node, struct ln_attempt *attempt, const struct ln_payment *payment,
                         const struct ln_route *route)
{
    memset(attempt, 0, sizeof *attempt);
    attempt->number = node->next_attempt++;
    attempt->payment = payment->number;
    attempt->sent_us = node->now_us;
    attempt->height = node->height;
    attempt->route = *route;
    ln_node_draw(node, attempt->session_key, "session");
    node->dirty = true;
}

/* Sends one part. Returns false if that cannot be: the payment then avoids its first channel. */
static bool send_part(struct ln_node *node, struct ln_payment *payment, const struct ln_route *route)
{
    struct ln_attempt *attempt = ln_node_new_attempt(node);
    struct ln_node_channel *entry = ln_node_find_scid(node, route->hops[0].short_channel_id);
    if (attempt == NULL) {
        ln_payment_give_up(payment, LN_PAY_NO_ROOM);
        return false;
    }
    fill_attempt(node, attempt, payment, route);
    bool sent = entry != NULL && add_htlc(node, payment, attempt, entry) == LN_CHANNEL_OK;
    if (!sent) {
        fail_here(node, payment, attempt);
        ln_places_give(&node->attempt_places, (uint32_t)(attempt - node->attempts));
        return false;
    }
    attempt->state = LN_ATTEMPT_SENT;
    attempt->channel = entry->number;
    ln_node_learn_sent(node, attempt);
    ln_payment_sent(payment, attempt);
    ln_node_index_attempt(node, attempt);
    ln_node_mark_attempt(node, attempt);
    ln_node_mark_channel(node, entry);
    struct ln_node_event *event = tell(node, LN_NODE_ATTEMPT_SENT, payment);
    event->attempt = attempt->number;
    event->channel = entry->number;
    event->amount_msat = route->amount_msat;
    event->fee_msat = route->fee_msat;
    ln_node_take(node, entry);
    return true;
}

/* Sends what is missing, if it may be. */
static void try(struct ln_node *node, struct ln_payment *payment)
{
    struct ln_route *parts = node->shop->parts;
    uint8_t before = payment->state;
    for (unsigned plan = 0; plan < PLANS_MAX && ln_payment_may_try(payment, node->now_us, node->height); plan++) {
        uint32_t count = 0;
        struct ln_pay_map map = map_of(node, list_own(node));
        enum ln_route_result result = ln_payment_plan(payment, parts, &count, &map);
        ln_node_mark_payment(node, payment);
        if (result != LN_ROUTE_OK) {
            ln_payment_no_route(payment, result, node->now_us);
            break;
        }
        for (uint32_t i = 0; i < count && send_part(node, payment, &parts[i]); i++) {
        }
    }
    if (payment->state != before) {
        ln_node_mark_payment(node, payment);
    }
    end_if_over(node, payment);
}

/* ---- what comes back ---- */

static void end_attempt(struct ln_node *node, struct ln_payment *payment, struct ln_attempt *attempt)
{
    bool over = ln_payment_attempt_over(payment, attempt);
    ln_node_end_attempt(node, attempt);
    ln_node_mark_payment(node, payment);
    if (over) {
        tell_end(node, payment);
    } else {
        try(node, payment);
    }
}

void ln_node_attempt_fulfilled(struct ln_node *node, struct ln_attempt *attempt, const uint8_t preimage[32])
{
    struct ln_payment *payment = ln_node_find_payment(node, attempt->payment);
    assert(payment != NULL);
    ln_payment_fulfilled(payment, attempt, preimage);
    ln_node_learn_settled(node, attempt);
    end_attempt(node, payment, attempt);
}

static void conclude(struct ln_node *node, struct ln_attempt *attempt, const struct ln_attempt_failure *failure,
                     const char *text)
{
    struct ln_payment *payment = ln_node_find_payment(node, attempt->payment);
    struct ln_attempt_verdict verdict;
    struct ln_pay_map map = map_of(node, 0);
    assert(payment != NULL);
    ln_payment_attempt_failed(payment, &verdict, attempt, failure, &map);
    ln_node_learn_failed(node, attempt, &verdict.lesson);
    struct ln_node_event *event = tell(node, LN_NODE_ATTEMPT_FAILED, payment);
    event->attempt = attempt->number;
    event->channel = attempt->channel;
    event->code = failure->code;
    event->short_channel_id = verdict.short_channel_id;
    event->amount_msat = attempt->route.amount_msat;
    event->text = text;
    if (verdict.node_id != NULL) {
        memcpy(event->node_id, verdict.node_id, 33);
    }
    end_attempt(node, payment, attempt);
}

/* BOLT 4 lets nodes add their channel_update, with or without its message type. Returns whether it was news. */
static bool apply_update(struct ln_node *node, struct btc_bytes update)
{
    uint8_t bytes[512];
    const struct ln_listener listener = {node->shop->backend->curve, LN_TRUST_NOBODY, node->now_us / 1000000};
    const uint8_t type[2] = {LN_CHANNEL_UPDATE >> 8, LN_CHANNEL_UPDATE & 0xff};
    if (update.length < 2 || update.length + 2 > sizeof bytes || node->config.graph == NULL) {
        return false;
    }
    size_t skip = memcmp(update.data, type, 2) == 0 ? 2 : 0;
    memcpy(bytes, type, 2);
    memcpy(bytes + 2, update.data + skip, update.length - skip);
    return ln_graph_hear(node->graph, NULL, &listener, btc_bytes(bytes, update.length + 2 - skip), NULL) ==
           LN_HEARING_OK;
}

/* Reads what the peer passed on to us. Returns the word for it. */
static const char *read_failure(struct ln_node *node, struct ln_attempt_failure *failure,
                                const struct ln_attempt *attempt, struct ln_node_job *job)
{
    struct ln_onion_path path;
    struct ln_failure_report report;
    struct ln_failure message;
    uint8_t *attribution = job->attribution_length == LN_ATTRIBUTION_BYTES ? job->attribution : NULL;
    *failure = (struct ln_attempt_failure){.source = -1};
    if (!ln_attempt_path(&path, attempt, node->shop->backend)) {
        return "a failure that nobody can read";
    }
    bool readable = ln_failure_unwrap(&report, job->bytes, job->length, attribution, &path);
    failure->blamed = attribution != NULL ? (uint32_t)(report.blamed + 1) : 0;
    if (!readable) {
        return "a failure that nobody can read";
    }
    failure->source = report.source;
    if (ln_failure_decode(&message, report.message) != LN_WIRE_OK) {
        message.channel_update = btc_bytes(NULL, 0); /* of one that is too short the code counts */
    }
    failure->code = message.code;
    failure->updated = (message.code & LN_FAILURE_UPDATE) && apply_update(node, message.channel_update);
    const char *name = ln_failure_name(message.code);
    return name == NULL ? "a failure without a name" : name;
}

void ln_node_attempt_failed(struct ln_node *node, struct ln_attempt *attempt, struct ln_node_job *job)
{
    struct ln_attempt_failure failure = {.source = 0, .code = job->event.failure_code};
    const char *text = ln_failure_name(failure.code);
    if (failure.code == 0) {
        text = read_failure(node, &failure, attempt, job);
    }
    conclude(node, attempt, &failure, text == NULL ? "a malformed onion" : text);
}

void ln_node_attempt_lapsed(struct ln_node *node, struct ln_attempt *attempt)
{
    struct ln_attempt_failure failure = {.source = -1, .by_us = true};
    conclude(node, attempt, &failure, "its channel ended on the chain");
}

/* ---- time ---- */

void ln_node_payments_in_time(struct ln_node *node)
{
    for (uint32_t i = 0; i < node->payment_places.top; i++) {
        if (node->payments[i].state == LN_PAYMENT_TRYING) {
            try(node, &node->payments[i]);
        }
    }
}

uint64_t ln_node_payments_next_us(const struct ln_node *node)
{
    uint64_t next_us = UINT64_MAX;
    for (uint32_t i = 0; i < node->payment_places.top; i++) {
        const struct ln_payment *payment = &node->payments[i];
        if (payment->state != LN_PAYMENT_TRYING) {
            continue;
        }
        uint64_t deadline_us = payment->terms.deadline_us;
        uint64_t due_us = payment->next_us > node->now_us ? payment->next_us : UINT64_MAX;
        due_us = deadline_us != 0 && deadline_us > node->now_us && deadline_us < due_us ? deadline_us : due_us;
        next_us = due_us < next_us ? due_us : next_us;
    }
    return next_us;
}

void ln_node_payments_wake(struct ln_node *node)
{
    for (uint32_t i = 0; i < node->payment_places.top; i++) {
        struct ln_payment *payment = &node->payments[i];
        if (payment->state == LN_PAYMENT_TRYING && payment->attempts_under_way == 0) {
            payment->next_us = node->now_us;
            try(node, payment);
        }
    }
}

void ln_node_payments_again(struct ln_node *node)
{
    for (uint32_t i = 0; i < node->attempt_places.top; i++) {
        if (node->attempts[i].state == LN_ATTEMPT_SENT) {
            ln_node_learn_again(node, &node->attempts[i]);
        }
    }
    for (uint32_t i = 0; i < node->payment_places.top; i++) {
        if (node->payments[i].state == LN_PAYMENT_SENT || node->payments[i].state == LN_PAYMENT_FAILED) {
            tell_end(node, &node->payments[i]);
        }
    }
}

/* ---- commands ---- */

static bool is_known(const struct ln_node *node, const uint8_t payment_hash[32])
{
    for (uint32_t i = 0; i < node->payment_places.top; i++) {
        const struct ln_payment *payment = &node->payments[i];
        if (payment->state != LN_PAYMENT_FREE && payment->state != LN_PAYMENT_FAILED &&
            memcmp(payment->terms.payment_hash, payment_hash, 32) == 0) {
            return true;
        }
    }
    return false;
}

enum ln_node_result ln_node_begin_payment(struct ln_node *node, uint64_t *number, const struct ln_pay_terms *terms)
{
    if (terms->amount_msat == 0 || terms->amount_msat > LN_MSAT_MAX ||
        terms->metadata_length > sizeof terms->metadata || terms->hint_count > LN_INVOICE_HOPS_MAX) {
        return LN_NODE_TERMS;
    }
    if (is_known(node, terms->payment_hash)) {
        return LN_NODE_AGAIN;
    }
    struct ln_payment *payment = ln_node_new_payment(node);
    if (payment == NULL) {
        return LN_NODE_FULL;
    }
    ln_payment_begin(payment, node->next_payment++, terms, node->now_us);
    if (node->config.shadow_blocks_max > 0) {
        uint64_t drawn = ln_node_draw_number(node, "shadow");
        payment->terms.final_blocks += (uint32_t)(drawn % (node->config.shadow_blocks_max + 1u));
    }
    node->dirty = true;
    *number = payment->number;
    ln_node_mark_payment(node, payment);
    try(node, payment);
    return LN_NODE_OK;
}

static enum ln_node_result read_invoice(const struct ln_node *node, struct ln_pay_terms *terms, struct btc_bytes text)
{
    struct ln_invoice invoice;
    if (ln_invoice_read_by(node->shop->backend, &invoice, text) != LN_INVOICE_OK ||
        invoice.network != node->config.network) {
        return LN_NODE_TEXT;
    }
    if (ln_invoice_is_expired(&invoice, node->now_us / 1000000)) {
        return LN_NODE_EXPIRED;
    }
    memcpy(terms->payee, invoice.payee, 33);
    memcpy(terms->payment_hash, invoice.payment_hash, 32);
    memcpy(terms->payment_secret, invoice.payment_secret, 32);
    terms->has_secret = true;
    terms->has_keysend = false;
    terms->amount_msat = invoice.present & LN_INVOICE_HAS_AMOUNT ? invoice.amount_msat : terms->amount_msat;
    terms->final_blocks = invoice.min_final_cltv_blocks;
    terms->metadata_length = invoice.present & LN_INVOICE_HAS_METADATA ? invoice.metadata.length : 0;
    memcpy(terms->metadata, invoice.metadata.bytes, terms->metadata_length);
    terms->hint_count = invoice.hop_count;
    memcpy(terms->hints, invoice.hops, invoice.hop_count * sizeof *invoice.hops);
    if (!ln_features_offer(&invoice.features, LN_FEATURE_BASIC_MPP)) {
        terms->parts_max = 1;
    }
    return LN_NODE_OK;
}

enum ln_node_result ln_node_begin_invoice(struct ln_node *node, uint64_t *number, struct btc_bytes text,
                                          const struct ln_pay_terms *limits)
{
    struct ln_pay_terms terms = *limits;
    enum ln_node_result result = read_invoice(node, &terms, text);
    return result == LN_NODE_OK ? ln_node_begin_payment(node, number, &terms) : result;
}

enum ln_node_result ln_node_begin_keysend(struct ln_node *node, uint64_t *number, const struct ln_pay_terms *limits)
{
    struct ln_pay_terms terms = *limits;
    ln_node_draw(node, terms.preimage, "keysend");
    btc_sha256(terms.payment_hash, terms.preimage, 32);
    terms.has_keysend = true;
    terms.has_secret = false;
    terms.metadata_length = 0;
    terms.parts_max = 1; /* without a secret parts cannot be told from those of others */
    uint32_t least = ln_cltv_final_delta(&node->config.onchain.patience) + SLACK_BLOCKS;
    terms.final_blocks = terms.final_blocks > least ? terms.final_blocks : least;
    return ln_node_begin_payment(node, number, &terms);
}

enum ln_node_result ln_node_stop_payment(struct ln_node *node, uint64_t number)
{
    struct ln_payment *payment = ln_node_find_payment(node, number);
    if (payment == NULL) {
        return LN_NODE_UNKNOWN;
    }
    if (payment->state != LN_PAYMENT_TRYING) {
        return LN_NODE_STAGE;
    }
    ln_payment_give_up(payment, LN_PAY_CANCELLED);
    ln_node_mark_payment(node, payment);
    end_if_over(node, payment);
    return LN_NODE_OK;
}

enum ln_node_result ln_node_drop_payment(struct ln_node *node, uint64_t number)
{
    struct ln_payment *payment = ln_node_find_payment(node, number);
    if (payment == NULL) {
        return LN_NODE_UNKNOWN;
    }
    if (payment->state != LN_PAYMENT_SENT && payment->state != LN_PAYMENT_FAILED) {
        return LN_NODE_STAGE;
    }
    ln_node_end_payment(node, payment);
    return LN_NODE_OK;
}
