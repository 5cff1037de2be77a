/* foreign.c: other people's channels: balances that nobody sees, which payments move.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/network/foreign.h"

#include "protocol/lightning/msat.h"
#include "sim/stream.h"
#include <assert.h>
#include <endian.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PURPOSE_BALANCE "foreign/balance"
#define PURPOSE_ABSENT  "foreign/absent"
#define PURPOSE_TRAFFIC "foreign/traffic/%u"

struct balance {
    uint64_t capacity_msat; /* 0: not drawn yet */
    uint64_t free_msat[2];
    uint64_t held_msat[2]; /* offered by that end */
    uint64_t fresh_s;      /* when others share it out anew; UINT64_MAX: never */
    uint32_t draws;        /* so far, behind the first */
};

struct foreign {
    struct foreign_config config;
    uint64_t now_s;
    struct balance *balances; /* by channel number */
    uint8_t *presences;       /* by node number; 0: not drawn, 1: there, 2: not */
};

const char *foreign_text(enum foreign_result result)
{
    static const char *const texts[FOREIGN_RESULTS] = {
        [FOREIGN_OK] = "ok",
        [FOREIGN_UNKNOWN] = "no such channel",
        [FOREIGN_ABSENT] = "node not there",
        [FOREIGN_DISABLED] = "channel disabled",
        [FOREIGN_MINIMUM] = "amount below minimum",
        [FOREIGN_FEE] = "fee insufficient",
        [FOREIGN_EXPIRY] = "expiry too close to the next",
        [FOREIGN_LIQUIDITY] = "liquidity",
    };
    return result < FOREIGN_RESULTS ? texts[result] : "unknown";
}

struct foreign *foreign_open(const struct foreign_config *config)
{
    assert(config->reserve_ppm < 500000 && config->absent_ppm <= 1000000);
    struct foreign *foreign = calloc(1, sizeof *foreign);
    if (foreign == NULL)
        return NULL;
    foreign->config = *config;
    foreign->balances = calloc(config->graph->channel_limit + 1, sizeof *foreign->balances);
    foreign->presences = calloc(config->graph->node_limit + 1, 1);
    if (foreign->balances == NULL || foreign->presences == NULL) {
        foreign_close(foreign);
        return NULL;
    }
    return foreign;
}

void foreign_close(struct foreign *foreign)
{
    free(foreign->balances);
    free(foreign->presences);
    free(foreign);
}

size_t foreign_memory(const struct foreign *foreign)
{
    const struct ln_graph *graph = foreign->config.graph;
    return sizeof *foreign + (graph->channel_limit + 1) * sizeof *foreign->balances + graph->node_limit + 1;
}

/* ---- draws ---- */

static uint64_t larger_of(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Where nobody tells the capacity, what its ends say that they would forward stands for it. */
static uint64_t capacity_of(const struct ln_graph_channel *channel)
{
    uint64_t told_msat = larger_of(channel->policies[0].htlc_maximum_msat, channel->policies[1].htlc_maximum_msat);
    uint64_t capacity_msat = channel->capacity_sat > 0 ? channel->capacity_sat * 1000 : told_msat;
    return capacity_msat < LN_MSAT_MAX ? larger_of(capacity_msat, 1) : LN_MSAT_MAX;
}

/* A share of 1 from the prior. Bimodal: an exponential, cut off at the other end, from an end that a coin chooses. */
static double draw_share(const struct ln_prior *prior, struct sim_stream *stream, double capacity_msat)
{
    double u = stream_uniform(stream);
    if (prior->kind == LN_PRIOR_UNIFORM)
        return u;
    double scale = (double)prior->scale_msat / capacity_msat;
    double x = -scale * log1p(-u * -expm1(-1 / scale));
    return stream_uniform(stream) < 0.5 ? x : 1 - x;
}

/* What is free goes to the two ends as the stream says, which then says when that happens again. */
static void share_out(const struct foreign *foreign, struct balance *balance, struct sim_stream *stream)
{
    uint64_t free_msat = balance->capacity_msat - balance->held_msat[0] - balance->held_msat[1];
    double share = draw_share(&foreign->config.prior, stream, (double)balance->capacity_msat);
    uint64_t near_msat = (uint64_t)(share * (double)free_msat);
    balance->free_msat[0] = near_msat < free_msat ? near_msat : free_msat;
    balance->free_msat[1] = free_msat - balance->free_msat[0];
    if (foreign->config.traffic_s == 0) {
        balance->fresh_s = UINT64_MAX;
        return;
    }
    double gap_s = -log1p(-stream_uniform(stream)) * foreign->config.traffic_s;
    balance->fresh_s += gap_s < 1e15 ? 1 + (uint64_t)gap_s : (uint64_t)1e15;
}

/* Others have paid since. Each time has a stream of its own, so that who looks how often changes nothing. */
static void drift(const struct foreign *foreign, struct balance *balance, uint64_t short_channel_id)
{
    while (balance->fresh_s <= foreign->now_s) {
        struct sim_stream stream;
        char purpose[40];
        snprintf(purpose, sizeof purpose, PURPOSE_TRAFFIC, (unsigned)++balance->draws);
        stream_open(&stream, foreign->config.seed, foreign->config.replication, purpose, short_channel_id);
        share_out(foreign, balance, &stream);
    }
}

static struct balance *balance_of(struct foreign *foreign, uint32_t number)
{
    struct balance *balance = &foreign->balances[number];
    const struct ln_graph_channel *channel = ln_graph_channel(foreign->config.graph, number);
    if (balance->capacity_msat == 0) {
        struct sim_stream stream;
        stream_open(&stream, foreign->config.seed, foreign->config.replication, PURPOSE_BALANCE,
                    channel->short_channel_id);
        *balance = (struct balance){.capacity_msat = capacity_of(channel)};
        share_out(foreign, balance, &stream);
    }
    drift(foreign, balance, channel->short_channel_id);
    return balance;
}

void foreign_clock(struct foreign *foreign, uint64_t now_s)
{
    assert(now_s >= foreign->now_s);
    foreign->now_s = now_s;
}

bool foreign_is_present(struct foreign *foreign, uint32_t node)
{
    uint8_t *presence = &foreign->presences[node];
    if (*presence == 0) {
        struct sim_stream stream;
        uint64_t entity;
        memcpy(&entity, ln_graph_node(foreign->config.graph, node)->id + 33 - sizeof entity, sizeof entity);
        stream_open(&stream, foreign->config.seed, foreign->config.replication, PURPOSE_ABSENT, be64toh(entity));
        *presence = stream_uniform(&stream) * 1e6 < foreign->config.absent_ppm ? 2 : 1;
    }
    return *presence == 1;
}

static uint64_t reserve_of(const struct foreign *foreign, uint64_t capacity_msat)
{
    return (uint64_t)((unsigned __int128)capacity_msat * foreign->config.reserve_ppm / 1000000);
}

static uint64_t sendable(const struct foreign *foreign, const struct balance *balance, unsigned direction)
{
    uint64_t reserve_msat = reserve_of(foreign, balance->capacity_msat), free_msat = balance->free_msat[direction];
    return free_msat > reserve_msat ? free_msat - reserve_msat : 0;
}

uint64_t foreign_balance_msat(struct foreign *foreign, uint32_t channel, unsigned direction)
{
    return balance_of(foreign, channel)->free_msat[direction];
}

uint64_t foreign_sendable_msat(struct foreign *foreign, uint32_t channel, unsigned direction)
{
    return sendable(foreign, balance_of(foreign, channel), direction);
}

/* ---- hops ---- */

/* The channel's number; the hop may know where it was. */
static uint32_t place_of(const struct ln_graph *graph, const struct foreign_hop *hop)
{
    bool same = hop->channel < graph->channel_limit && graph->channels[hop->channel].nodes[0] != LN_GRAPH_NONE &&
                graph->channels[hop->channel].short_channel_id == hop->short_channel_id;
    return same ? hop->channel : ln_graph_find_channel(graph, hop->short_channel_id);
}

/* BOLT 4 and 7: what the near end asks before it forwards. */
static enum foreign_result check_policy(const struct ln_policy *policy, const struct foreign_hop *hop)
{
    uint64_t fee_msat;
    if (hop->amount_msat < policy->htlc_minimum_msat)
        return FOREIGN_MINIMUM;
    if (hop->amount_msat > policy->htlc_maximum_msat)
        return FOREIGN_LIQUIDITY;
    if (hop->is_payer)
        return FOREIGN_OK;
    if ((policy->flags & (LN_POLICY_KNOWN | LN_POLICY_DISABLED)) != LN_POLICY_KNOWN)
        return FOREIGN_DISABLED;
    if (!ln_msat_fee(&fee_msat, hop->amount_msat, policy->fee_base_msat, policy->fee_proportional_ppm) ||
        hop->fee_msat < fee_msat)
        return FOREIGN_FEE;
    return hop->blocks < policy->cltv_expiry_delta_blocks ? FOREIGN_EXPIRY : FOREIGN_OK;
}

enum foreign_result foreign_offer(struct foreign *foreign, const struct foreign_hop *hop)
{
    const struct ln_graph *graph = foreign->config.graph;
    uint32_t number = place_of(graph, hop);
    if (number == LN_GRAPH_NONE)
        return FOREIGN_UNKNOWN;
    const struct ln_graph_channel *channel = ln_graph_channel(graph, number);
    enum foreign_result result = check_policy(&channel->policies[hop->direction], hop);
    if (result != FOREIGN_OK)
        return result;
    if (!foreign_is_present(foreign, channel->nodes[1 - hop->direction]))
        return FOREIGN_ABSENT;
    struct balance *balance = balance_of(foreign, number);
    if (sendable(foreign, balance, hop->direction) < hop->amount_msat)
        return FOREIGN_LIQUIDITY;
    balance->free_msat[hop->direction] -= hop->amount_msat;
    balance->held_msat[hop->direction] += hop->amount_msat;
    return FOREIGN_OK;
}

static void end_hold(struct foreign *foreign, const struct foreign_hop *hop, unsigned owner)
{
    uint32_t number = place_of(foreign->config.graph, hop);
    assert(number != LN_GRAPH_NONE);
    struct balance *balance = &foreign->balances[number];
    assert(balance->held_msat[hop->direction] >= hop->amount_msat);
    balance->held_msat[hop->direction] -= hop->amount_msat;
    balance->free_msat[owner] += hop->amount_msat;
}

void foreign_settle(struct foreign *foreign, const struct foreign_hop *hop)
{
    end_hold(foreign, hop, 1 - hop->direction);
}

void foreign_fail(struct foreign *foreign, const struct foreign_hop *hop)
{
    end_hold(foreign, hop, hop->direction);
}

/* ---- routes ---- */

struct foreign_hop foreign_hop_of(const struct ln_route *route, uint32_t at)
{
    const struct ln_route_hop *hop = &route->hops[at], *before = at > 0 ? hop - 1 : hop;
    return (struct foreign_hop){.short_channel_id = hop->short_channel_id,
                                .channel = hop->channel,
                                .direction = hop->direction,
                                .amount_msat = hop->amount_msat,
                                .fee_msat = before->amount_msat - hop->amount_msat,
                                .blocks = before->expiry_blocks - hop->expiry_blocks,
                                .is_payer = at == 0};
}

static void fail_before(struct foreign *foreign, const struct ln_route *route, uint32_t end)
{
    for (uint32_t i = end; i-- > 0;) {
        const struct foreign_hop hop = foreign_hop_of(route, i);
        foreign_fail(foreign, &hop);
    }
}

enum foreign_result foreign_offer_route(struct foreign *foreign, uint32_t *failed, const struct ln_route *route)
{
    for (uint32_t i = 0; i < route->hop_count; i++) {
        const struct foreign_hop hop = foreign_hop_of(route, i);
        enum foreign_result result = foreign_offer(foreign, &hop);
        if (result != FOREIGN_OK) {
            fail_before(foreign, route, i);
            *failed = i;
            return result;
        }
    }
    return FOREIGN_OK;
}

void foreign_settle_route(struct foreign *foreign, const struct ln_route *route)
{
    for (uint32_t i = route->hop_count; i-- > 0;) {
        const struct foreign_hop hop = foreign_hop_of(route, i);
        foreign_settle(foreign, &hop);
    }
}

void foreign_fail_route(struct foreign *foreign, const struct ln_route *route)
{
    fail_before(foreign, route, route->hop_count);
}

uint64_t foreign_audit_msat(const struct foreign *foreign)
{
    uint64_t sum_msat = 0;
    for (uint32_t i = 0; i < foreign->config.graph->channel_limit; i++) {
        const struct balance *balance = &foreign->balances[i];
        assert(balance->free_msat[0] + balance->free_msat[1] + balance->held_msat[0] + balance->held_msat[1] ==
               balance->capacity_msat);
        sum_msat += balance->capacity_msat;
    }
    return sum_msat;
}
