/* foreign_pay.c: whole payments over foreign hops.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/network/foreign_pay.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct foreign_payer {
    struct foreign_payer_config config;
    struct ln_route_own *own; /* as many as any node has channels */
    struct ln_route held[LN_SPLIT_PARTS_MAX];
    struct ln_route found[LN_SPLIT_PARTS_MAX];
    uint32_t held_count;
    uint32_t found_count;
};

struct foreign_payer *foreign_payer_open(const struct foreign_payer_config *config)
{
    assert(config->attempts_max >= 1);
    struct foreign_payer *payer = calloc(1, sizeof *payer);
    if (payer == NULL)
        return NULL;
    uint32_t most = 1;
    for (uint32_t rank = 0; rank < ln_graph_node_count(config->graph); rank++) {
        uint32_t count;
        (void)ln_graph_edges(config->graph, &count, ln_graph_node_at(config->graph, rank), LN_SLICE_OUT);
        most = count > most ? count : most;
    }
    payer->config = *config;
    payer->own = calloc(most, sizeof *payer->own);
    if (payer->own == NULL) {
        free(payer);
        return NULL;
    }
    return payer;
}

void foreign_payer_close(struct foreign_payer *payer)
{
    free(payer->own);
    free(payer);
}

/* The payer's channels as they are now; those that it announces as usable. */
static void look_at_own(struct foreign_payer *payer, struct ln_route_request *request, uint32_t node)
{
    const struct ln_graph *graph = payer->config.graph;
    const struct ln_edge *edges = ln_graph_edges(graph, &request->own_count, node, LN_SLICE_OUT);
    for (uint32_t i = 0; i < request->own_count; i++) {
        uint32_t channel = edges[i].number / 2;
        struct ln_route_own *own = &payer->own[i];
        own->short_channel_id = graph->channels[channel].short_channel_id;
        own->sendable_msat = foreign_sendable_msat(payer->config.foreign, channel, edges[i].number % 2);
        own->htlc_minimum_msat = edges[i].least_msat;
        own->htlc_maximum_msat = edges[i].most_msat;
        memcpy(own->peer, graph->nodes[edges[i].peer].id, 33);
    }
    request->own = payer->own;
}

static struct ln_route_request request_of(const struct foreign_payer *payer, const struct foreign_payment *payment)
{
    const struct ln_graph *graph = payer->config.graph;
    struct ln_route_request request = {.amount_msat = payment->amount_msat,
                                       .max_fee_msat = payment->max_fee_msat,
                                       .final_blocks = payment->final_blocks,
                                       .max_blocks = payment->max_blocks,
                                       .max_hops = LN_ROUTE_HOPS_MAX,
                                       .now_s = payment->now_s,
                                       .liquidity = payment->liquidity};
    memcpy(request.payer, ln_graph_node(graph, payment->payer)->id, 33);
    memcpy(request.payee, ln_graph_node(graph, payment->payee)->id, 33);
    return request;
}

/* What a failure means for the payer. The payer's own channels are not in its memory of others. */
static void learn(const struct foreign_payment *payment, const struct ln_route *route, enum foreign_result result,
                  uint32_t failed)
{
    struct ln_liquidity_hop hops[LN_ROUTE_HOPS_MAX];
    uint32_t skipped, count = ln_route_learnable(route, hops, &skipped);
    struct ln_liquidity_failure failure = {.hop = failed < skipped ? LN_LIQUIDITY_NO_HOP : failed - skipped,
                                           .blame =
                                               result == FOREIGN_LIQUIDITY ? LN_BLAME_LIQUIDITY : LN_BLAME_CHANNEL};
    ln_liquidity_failed(payment->liquidity, hops, count, &failure, payment->now_s);
}

/* Offers one part. Returns whether it is held. */
static bool offer(struct foreign_payer *payer, struct foreign_outcome *outcome, const struct foreign_payment *payment,
                  const struct ln_route *route)
{
    struct ln_liquidity_hop hops[LN_ROUTE_HOPS_MAX];
    uint32_t failed, skipped, count = ln_route_learnable(route, hops, &skipped);
    if (!ln_liquidity_sent(payment->liquidity, hops, count, payment->now_s)) {
        outcome->route = LN_ROUTE_NO_MEMORY;
        return false;
    }
    outcome->attempts++;
    outcome->last = foreign_offer_route(payer->config.foreign, &failed, route);
    if (outcome->last == FOREIGN_OK) {
        payer->held[payer->held_count++] = *route;
        return true;
    }
    learn(payment, route, outcome->last, failed);
    return false;
}

/* Looks for parts that bring what is missing and offers them until one fails. Returns the amount held by now. */
static uint64_t offer_parts(struct foreign_payer *payer, struct foreign_outcome *outcome,
                            const struct foreign_payment *payment, struct ln_route_request *request)
{
    uint64_t held_msat = payment->amount_msat - request->amount_msat;
    struct ln_split_limits limits = payer->config.limits;
    limits.parts_max -= payer->held_count;
    look_at_own(payer, request, payment->payer);
    outcome->route =
        ln_split_find(payer->config.router, payer->found, &payer->found_count, payer->config.graph, request, &limits);
    for (uint32_t i = 0; outcome->route == LN_ROUTE_OK && i < payer->found_count; i++) {
        if (outcome->attempts == payer->config.attempts_max || !offer(payer, outcome, payment, &payer->found[i]))
            break;
        held_msat += payer->found[i].amount_msat;
        request->max_fee_msat -= payer->found[i].fee_msat;
    }
    return held_msat;
}

static void settle(struct foreign_payer *payer, struct foreign_outcome *outcome, const struct foreign_payment *payment)
{
    for (uint32_t i = 0; i < payer->held_count; i++) {
        const struct ln_route *route = &payer->held[i];
        struct ln_liquidity_hop hops[LN_ROUTE_HOPS_MAX];
        uint32_t skipped, count = ln_route_learnable(route, hops, &skipped);
        foreign_settle_route(payer->config.foreign, route);
        ln_liquidity_settled(payment->liquidity, hops, count, payment->now_s);
        outcome->fee_msat += route->fee_msat;
    }
    outcome->is_paid = true;
    outcome->parts = payer->held_count;
}

/* The payee lets go of what is not the whole (BOLT 4): every hop could have passed it. */
static void give_up(struct foreign_payer *payer, const struct foreign_payment *payment)
{
    for (uint32_t i = 0; i < payer->held_count; i++) {
        foreign_fail_route(payer->config.foreign, &payer->held[i]);
        learn(payment, &payer->held[i], FOREIGN_OK, payer->held[i].hop_count);
    }
}

void foreign_pay(struct foreign_payer *payer, struct foreign_outcome *outcome, const struct foreign_payment *payment)
{
    struct ln_route_request request = request_of(payer, payment);
    *outcome = (struct foreign_outcome){.route = LN_ROUTE_OK, .last = FOREIGN_OK};
    payer->held_count = 0;
    while (request.amount_msat > 0 && outcome->route == LN_ROUTE_OK && outcome->attempts < payer->config.attempts_max &&
           payer->held_count < payer->config.limits.parts_max) {
        request.amount_msat = payment->amount_msat - offer_parts(payer, outcome, payment, &request);
    }
    if (request.amount_msat == 0)
        settle(payer, outcome, payment);
    else
        give_up(payer, payment);
}
