/* payment.c: a payment that we make.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/payment.h"

#include <assert.h>
#include <string.h>

#include "protocol/lightning/payload.h"

#define ATTEMPTS_USUAL 20
#define BLOCKS_USUAL   2016
#define HOP_BYTES      65 /* of an onion, at most, for a hop that forwards */
#define FINAL_BYTES    140

void ln_payment_begin(struct ln_payment *payment, uint64_t number, const struct ln_pay_terms *terms, uint64_t now_us)
{
    memset(payment, 0, sizeof *payment);
    payment->state = LN_PAYMENT_TRYING;
    payment->number = number;
    payment->begun_us = now_us;
    payment->pause_us = LN_PAYMENT_PAUSE_US;
    payment->terms = *terms;
    struct ln_pay_terms *mine = &payment->terms;
    mine->attempts_max = mine->attempts_max == 0 ? ATTEMPTS_USUAL : mine->attempts_max;
    mine->parts_max = mine->parts_max == 0 ? 1 : mine->parts_max;
    mine->parts_max = mine->parts_max > LN_SPLIT_PARTS_MAX ? LN_SPLIT_PARTS_MAX : mine->parts_max;
    mine->max_blocks = mine->max_blocks == 0 ? BLOCKS_USUAL : mine->max_blocks;
}

void ln_payment_give_up(struct ln_payment *payment, enum ln_pay_cause cause)
{
    if (payment->state == LN_PAYMENT_TRYING) {
        payment->state = LN_PAYMENT_GIVING_UP;
        payment->cause = (uint8_t)cause;
    }
}

/* ---- planning ---- */

static uint64_t missing_msat(const struct ln_payment *payment)
{
    uint64_t has_msat = payment->under_way_msat + payment->paid_msat;
    return has_msat < payment->terms.amount_msat ? payment->terms.amount_msat - has_msat : 0;
}

static bool is_late(const struct ln_payment *payment, uint64_t now_us, uint32_t height)
{
    const struct ln_pay_terms *terms = &payment->terms;
    return (terms->deadline_us != 0 && now_us >= terms->deadline_us) ||
           (terms->deadline_height != 0 && height >= terms->deadline_height);
}

bool ln_payment_may_try(struct ln_payment *payment, uint64_t now_us, uint32_t height)
{
    if (payment->state != LN_PAYMENT_TRYING || payment->has_preimage || missing_msat(payment) == 0) {
        return false;
    }
    if (payment->attempts >= payment->terms.attempts_max) {
        ln_payment_give_up(payment, LN_PAY_ATTEMPTS);
    } else if (is_late(payment, now_us, height)) {
        ln_payment_give_up(payment, LN_PAY_DEADLINE);
    }
    return payment->state == LN_PAYMENT_TRYING && payment->next_us <= now_us &&
           payment->attempts_under_way < payment->terms.parts_max;
}

/* How many hops an onion holds beside what the payee gets. */
static uint32_t hops_max(const struct ln_pay_terms *terms)
{
    uint32_t last = FINAL_BYTES + terms->metadata_length;
    uint32_t hops = last < LN_ONION_PAYLOADS_BYTES ? (LN_ONION_PAYLOADS_BYTES - last) / HOP_BYTES + 1 : 1;
    return hops < LN_ROUTE_HOPS_MAX ? hops : LN_ROUTE_HOPS_MAX;
}

static struct ln_route_request request_of(const struct ln_payment *payment, const struct ln_pay_map *map)
{
    const struct ln_pay_terms *terms = &payment->terms;
    uint64_t spent_msat = payment->under_way_fee_msat + payment->fee_msat;
    struct ln_route_request request = {.amount_msat = missing_msat(payment),
                                       .max_fee_msat =
                                           spent_msat < terms->max_fee_msat ? terms->max_fee_msat - spent_msat : 0,
                                       .final_blocks = terms->final_blocks + map->shadow_blocks,
                                       .max_blocks = terms->max_blocks,
                                       .max_hops = hops_max(terms),
                                       .now_s = map->now_us / 1000000,
                                       .own = map->own,
                                       .own_count = map->own_count,
                                       .hints = terms->hints,
                                       .hint_count = terms->hint_count,
                                       .blocks = payment->blocks,
                                       .block_count = payment->block_count,
                                       .liquidity = map->liquidity,
                                       .prices = map->prices};
    memcpy(request.payer, map->payer, 33);
    memcpy(request.payee, terms->payee, 33);
    return request;
}

static uint32_t least_of(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

enum ln_route_result ln_payment_plan(struct ln_payment *payment, struct ln_route *parts, uint32_t *count,
                                     const struct ln_pay_map *map)
{
    const struct ln_pay_terms *terms = &payment->terms;
    struct ln_route_request request = request_of(payment, map);
    struct ln_split_limits limits = {
        .parts_max = least_of(terms->parts_max - payment->attempts_under_way, terms->attempts_max - payment->attempts),
        .part_min_msat = terms->part_min_msat == 0 ? 1 : terms->part_min_msat,
        .likely_ppm = map->likely_ppm};
    enum ln_route_result result = ln_split_find(map->router, parts, count, map->graph, &request, &limits);
    payment->route = (uint8_t)result;
    return result;
}

void ln_payment_no_route(struct ln_payment *payment, enum ln_route_result why, uint64_t now_us)
{
    payment->route = (uint8_t)why;
    bool patient = payment->terms.deadline_us != 0 || payment->terms.deadline_height != 0;
    if (!patient || why == LN_ROUTE_SELF || why == LN_ROUTE_AMOUNT) {
        ln_payment_give_up(payment, LN_PAY_NO_ROUTE);
        return;
    }
    payment->block_count = payment->block_next = 0;
    payment->next_us = now_us + payment->pause_us;
    payment->pause_us *= 2;
    payment->pause_us = payment->pause_us < LN_PAYMENT_PAUSE_MAX_US ? payment->pause_us : LN_PAYMENT_PAUSE_MAX_US;
}

/* ---- the onion ---- */

struct payloads {
    struct btc_bytes views[LN_ROUTE_HOPS_MAX];
    uint8_t bytes[LN_ONION_PAYLOADS_BYTES];
    size_t used;
};

static bool add_payload(struct payloads *payloads, uint32_t hop, const struct ln_payload *payload)
{
    size_t length;
    uint8_t *at = payloads->bytes + payloads->used;
    if (ln_payload_encode(at, sizeof payloads->bytes - payloads->used, &length, payload) != LN_WIRE_OK) {
        return false;
    }
    payloads->views[hop] = btc_bytes(at, length);
    payloads->used += length;
    return true;
}

static struct ln_payload payload_for(const struct ln_attempt *attempt, uint32_t hop)
{
    const struct ln_route *route = &attempt->route;
    bool last = hop + 1 == route->hop_count;
    const struct ln_route_hop *out = &route->hops[last ? hop : hop + 1];
    return (struct ln_payload){.tlvs.present = LN_PAYLOAD_AMOUNT | LN_PAYLOAD_CLTV | (last ? 0 : LN_PAYLOAD_CHANNEL),
                               .amount_msat = out->amount_msat,
                               .cltv_height = attempt->height + out->expiry_blocks,
                               .short_channel_id = last ? 0 : out->short_channel_id};
}

static void tell_payee(struct ln_payload *payload, const struct ln_pay_terms *terms)
{
    if (terms->has_secret) {
        payload->tlvs.present |= LN_PAYLOAD_PAYMENT;
        memcpy(payload->payment_secret, terms->payment_secret, 32);
        payload->total_msat = terms->amount_msat;
    }
    if (terms->metadata_length > 0) {
        payload->tlvs.present |= LN_PAYLOAD_METADATA;
        payload->metadata = btc_bytes(terms->metadata, terms->metadata_length);
    }
    if (terms->has_keysend) {
        payload->tlvs.present |= LN_PAYLOAD_KEYSEND;
        memcpy(payload->keysend_preimage, terms->preimage, 32);
    }
}

bool ln_attempt_path(struct ln_onion_path *path, const struct ln_attempt *attempt, const struct ln_backend *backend)
{
    uint8_t nodes[LN_ROUTE_HOPS_MAX * 33];
    for (uint32_t i = 0; i < attempt->route.hop_count; i++) {
        memcpy(nodes + (size_t)33 * i, attempt->route.hops[i].node_id, 33);
    }
    return ln_backend_path(backend, path, nodes, attempt->route.hop_count, attempt->session_key) == LN_ONION_OK;
}

enum ln_onion_result ln_payment_onion(uint8_t packet[LN_ONION_PACKET_BYTES], const struct ln_payment *payment,
                                      const struct ln_attempt *attempt, const struct ln_backend *backend)
{
    struct ln_onion_path path;
    struct payloads payloads = {.used = 0};
    for (uint32_t i = 0; i < attempt->route.hop_count; i++) {
        struct ln_payload payload = payload_for(attempt, i);
        if (i + 1 == attempt->route.hop_count) {
            tell_payee(&payload, &payment->terms);
        }
        if (!add_payload(&payloads, i, &payload)) {
            return LN_ONION_TOO_LONG;
        }
    }
    if (!ln_attempt_path(&path, attempt, backend)) {
        return LN_ONION_KEY;
    }
    return ln_onion_build(packet, &path, payloads.views, attempt->session_key,
                          btc_bytes(payment->terms.payment_hash, 32));
}

/* ---- what becomes of attempts ---- */

/* What the payee gets of an attempt, and what hops take. */
static uint64_t given_msat(const struct ln_attempt *attempt)
{
    return attempt->route.amount_msat;
}

void ln_payment_sent(struct ln_payment *payment, const struct ln_attempt *attempt)
{
    payment->attempts++;
    payment->attempts_under_way++;
    payment->under_way_msat += given_msat(attempt);
    payment->under_way_fee_msat += attempt->route.fee_msat;
}

void ln_payment_fulfilled(struct ln_payment *payment, const struct ln_attempt *attempt, const uint8_t preimage[32])
{
    payment->has_preimage = true;
    memcpy(payment->preimage, preimage, 32);
    payment->paid_msat += given_msat(attempt);
    payment->fee_msat += attempt->route.fee_msat;
}

bool ln_payment_attempt_over(struct ln_payment *payment, const struct ln_attempt *attempt)
{
    assert(payment->attempts_under_way > 0 && payment->under_way_msat >= given_msat(attempt));
    payment->attempts_under_way--;
    payment->under_way_msat -= given_msat(attempt);
    payment->under_way_fee_msat -= attempt->route.fee_msat;
    if (payment->attempts_under_way == 0 && payment->has_preimage) {
        payment->state = LN_PAYMENT_SENT;
    } else if (payment->attempts_under_way == 0 && payment->state == LN_PAYMENT_GIVING_UP) {
        payment->state = LN_PAYMENT_FAILED;
    }
    return payment->state == LN_PAYMENT_SENT || payment->state == LN_PAYMENT_FAILED;
}

/* ---- learning from failures ---- */

static void block(struct ln_payment *payment, uint64_t short_channel_id, const uint8_t from[33])
{
    struct ln_route_block *place = &payment->blocks[payment->block_next];
    place->short_channel_id = short_channel_id;
    memcpy(place->from, from, 33);
    payment->block_next = (payment->block_next + 1) % LN_PAYMENT_BLOCKS_MAX;
    payment->block_count += payment->block_count < LN_PAYMENT_BLOCKS_MAX;
}

/* Avoids a hop of the route. The first is our own channel: who sends over it, we, is not in the route. */
static void block_hop(struct ln_payment *payment, const struct ln_attempt *attempt, uint32_t hop,
                      const uint8_t payer[33])
{
    const struct ln_route *route = &attempt->route;
    block(payment, route->hops[hop].short_channel_id, hop == 0 ? payer : route->hops[hop - 1].node_id);
}

static void judge_payee(struct ln_payment *payment, struct ln_attempt_verdict *verdict,
                        const struct ln_attempt *attempt, uint16_t code, uint64_t now_us)
{
    verdict->lesson.hop = attempt->route.hop_count;
    if (code & LN_FAILURE_PERM) { /* it will not have the payment, however it comes */
        ln_payment_give_up(payment, LN_PAY_REFUSED);
    } else if (code != LN_MPP_TIMEOUT) { /* it is busy, or a hop before it has changed amount or expiry */
        payment->next_us = now_us + payment->pause_us;
    }
}

static void judge_hop(struct ln_payment *payment, struct ln_attempt_verdict *verdict, const struct ln_attempt *attempt,
                      const struct ln_attempt_failure *failure)
{
    uint32_t hop = (uint32_t)failure->source + 1;
    const struct ln_route_hop *next = &attempt->route.hops[hop];
    const uint8_t *node = attempt->route.hops[hop - 1].node_id;
    bool liquidity = failure->code == LN_TEMPORARY_CHANNEL_FAILURE;
    verdict->lesson = (struct ln_liquidity_failure){hop, liquidity ? LN_BLAME_LIQUIDITY : LN_BLAME_CHANNEL};
    if (failure->code & LN_FAILURE_NODE) {
        block(payment, 0, node);
        return;
    }
    verdict->short_channel_id = next->short_channel_id;
    if (failure->updated) {
        verdict->lesson.hop = LN_LIQUIDITY_NO_HOP; /* worth another try */
    } else {
        block(payment, next->short_channel_id, node);
    }
}

/* Nobody knows who failed. Where attribution data breaks off, one of the two ends of that hop has spoiled it; without
 * such data the hop behind the first node is avoided; if there is none, our own. */
static void judge_unknown(struct ln_payment *payment, struct ln_attempt_verdict *verdict,
                          const struct ln_attempt *attempt, const struct ln_attempt_failure *failure,
                          const uint8_t payer[33])
{
    uint32_t guess = attempt->route.hop_count > 1 ? 1 : 0;
    uint32_t hop = failure->blamed > 0 ? failure->blamed - 1 : guess;
    assert(hop < attempt->route.hop_count);
    verdict->lesson.hop = LN_LIQUIDITY_NO_HOP;
    verdict->short_channel_id = attempt->route.hops[hop].short_channel_id;
    block_hop(payment, attempt, hop, payer);
}

void ln_payment_attempt_failed(struct ln_payment *payment, struct ln_attempt_verdict *verdict,
                               const struct ln_attempt *attempt, const struct ln_attempt_failure *failure,
                               const struct ln_pay_map *map)
{
    *verdict = (struct ln_attempt_verdict){.lesson.blame = LN_BLAME_LIQUIDITY};
    payment->code = failure->code;
    memset(payment->failed_node, 0, sizeof payment->failed_node);
    if (failure->by_us) {
        verdict->lesson.hop = LN_LIQUIDITY_NO_HOP;
        verdict->short_channel_id = attempt->route.hops[0].short_channel_id;
        block_hop(payment, attempt, 0, map->payer);
        return;
    }
    if (failure->source < 0) {
        judge_unknown(payment, verdict, attempt, failure, map->payer);
        return;
    }
    assert((uint32_t)failure->source < attempt->route.hop_count);
    verdict->node_id = attempt->route.hops[failure->source].node_id;
    memcpy(payment->failed_node, verdict->node_id, 33);
    if ((uint32_t)failure->source + 1 == attempt->route.hop_count) {
        judge_payee(payment, verdict, attempt, failure->code, map->now_us);
    } else {
        judge_hop(payment, verdict, attempt, failure);
    }
}

const char *ln_pay_cause_text(enum ln_pay_cause cause)
{
    static const char *const texts[LN_PAY_CAUSES] = {[LN_PAY_NONE] = "none",
                                                     [LN_PAY_NO_ROUTE] = "no route",
                                                     [LN_PAY_ATTEMPTS] = "too many attempts",
                                                     [LN_PAY_DEADLINE] = "out of time",
                                                     [LN_PAY_REFUSED] = "refused by the payee",
                                                     [LN_PAY_CANCELLED] = "cancelled",
                                                     [LN_PAY_NO_ROOM] = "no room for it"};
    return cause < LN_PAY_CAUSES ? texts[cause] : "unknown";
}
