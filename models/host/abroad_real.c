/* abroad_real.c: channels of the graph that become real when somebody wants to use them.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/host/abroad_parts.h"
#include "protocol/lightning/channel_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define RATE_MIN_SAT_PER_KWU 253

/* ---- answers --------------------------------------------------------------------------------------------------- */

static void answer(struct abroad *abroad, const struct waiter *waiter, const struct ln_node_answer *what)
{
    struct ln_node *node = host_enter(abroad->options.host, waiter->node);
    if (node != NULL) /* one without power asks again */
        host_leave(abroad->options.host, waiter->node, ln_node_answer(node, waiter->in_channel, waiter->in_htlc, what),
                   NULL);
}

static void answer_over(struct abroad *abroad, const struct making *making, const struct waiter *waiter)
{
    unsigned direction = making->nodes[1] == waiter->node;
    answer(abroad, waiter, &(struct ln_node_answer){.kind = LN_ANSWER_OVER, .channel = making->numbers[direction]});
}

static void answer_code(struct abroad *abroad, const struct waiter *waiter, uint16_t code)
{
    abroad->tally.failed++;
    answer(abroad, waiter, &(struct ln_node_answer){.kind = LN_ANSWER_FAILED, .code = code});
}

static void refuse(struct abroad *abroad, struct making *making)
{
    for (uint32_t i = 0; i < making->waiter_count; i++)
        answer_code(abroad, &making->waiters[i], LN_TEMPORARY_CHANNEL_FAILURE);
    making->waiter_count = 0;
}

/* ---- making ---------------------------------------------------------------------------------------------------- */

static struct making *find_making(struct abroad *abroad, uint32_t channel)
{
    for (uint32_t i = 0; i < abroad->making_count; i++) {
        if (abroad->makings[i].channel == channel)
            return &abroad->makings[i];
    }
    return NULL;
}

static struct making *new_making(struct abroad *abroad)
{
    if (abroad->making_count == abroad->making_capacity) {
        uint32_t capacity = abroad->making_capacity == 0 ? 16 : 2 * abroad->making_capacity;
        void *grown = realloc(abroad->makings, capacity * sizeof abroad->makings[0]);
        if (grown == NULL) {
            trouble_memory(abroad->trouble);
            return NULL;
        }
        abroad->makings = grown;
        abroad->making_capacity = capacity;
    }
    struct making *making = &abroad->makings[abroad->making_count++];
    *making = (struct making){.channel = LN_GRAPH_NONE};
    return making;
}

static bool wait_for(struct abroad *abroad, struct making *making, const struct waiter *waiter)
{
    if (making->waiter_count == making->waiter_capacity) {
        uint32_t capacity = making->waiter_capacity == 0 ? 4 : 2 * making->waiter_capacity;
        void *grown = realloc(making->waiters, capacity * sizeof making->waiters[0]);
        if (grown == NULL) {
            trouble_memory(abroad->trouble);
            return false;
        }
        making->waiters = grown;
        making->waiter_capacity = capacity;
    }
    making->waiters[making->waiter_count++] = *waiter;
    return true;
}

/* The node of the host that is a node of the graph; made if it is not there. */
static uint32_t host_node_of(struct abroad *abroad, uint32_t node)
{
    uint32_t found = host_find_node(abroad->options.host, ln_graph_node(abroad_graph(abroad), node)->id);
    if (found != HOST_NONE)
        return found;
    struct ln_node_config config;
    host_node_config_init(&config, abroad->options.host, ABROAD_CHANNELS_MAX);
    abroad_gateway(&config);
    config.limits.invoices = config.limits.payments = config.limits.attempts = config.limits.lessons = 1;
    config.silence_us = 0; /* links tell when they are gone */
    config.flags &= (uint8_t)~LN_NODE_KEEPS_RECORDS;
    config.graph = NULL; /* it routes nothing of its own */
    abroad->tally.nodes++;
    return host_add_node(abroad->options.host, &(struct host_node_setup){.config = &config,
                                                                         .device = abroad->options.device,
                                                                         .key = UINT64_C(1) << 32 | node,
                                                                         .secret = abroad->options.map->secrets[node],
                                                                         .has_funder = true,
                                                                         .funder = abroad->options.funder});
}

/* Lays a line between two nodes that have none. Returns false when memory is out. */
static bool connect(struct abroad *abroad, const struct making *making)
{
    struct link_config config;
    if (host_are_joined(abroad->options.host, making->nodes[0], making->nodes[1]))
        return true;
    link_config_init(&config, abroad->options.link, UINT64_C(1) << 40 | making->channel);
    uint32_t link = link_add(abroad->options.links, &config);
    if (link == SLAB_NONE || !host_join(abroad->options.host, making->nodes[0], making->nodes[1], link))
        return false;
    link_want(abroad->options.links, link, true);
    return true;
}

/* Both ends begin with what the model drew, the reserves included that it does not let anybody send. Who has more opens
 * it: he has to pay for the commitments. */
static void share_out(const struct abroad *abroad, struct making *making, uint64_t capacity_sat)
{
    uint64_t drawn_msat[2], capacity_msat = 1000 * capacity_sat;
    abroad_tell_time(abroad);
    for (unsigned i = 0; i < 2; i++)
        drawn_msat[i] = foreign_balance_msat(abroad->options.foreign, making->channel, i);
    making->opener = drawn_msat[1] > drawn_msat[0];
    uint64_t other_msat = drawn_msat[1 - making->opener], all_msat = drawn_msat[0] + drawn_msat[1];
    if (all_msat > capacity_msat)
        other_msat = (uint64_t)((unsigned __int128)other_msat * capacity_msat / all_msat);
    making->begun_msat[1 - making->opener] = other_msat;
    making->begun_msat[making->opener] = capacity_msat - other_msat;
}

static uint32_t rate_of(const struct abroad *abroad, const struct ln_node *node)
{
    uint32_t rate = abroad->options.feerate_sat_per_kwu;
    if (rate == 0)
        rate = node->rates.normal_sat_per_kwu;
    return rate < RATE_MIN_SAT_PER_KWU ? RATE_MIN_SAT_PER_KWU : rate;
}

/* Does nothing until they are connected. */
static void open_channel(struct abroad *abroad, struct making *making)
{
    const struct ln_graph_channel *drawn = ln_graph_channel(abroad_graph(abroad), making->channel);
    uint64_t capacity_sat = drawn->capacity_sat < LN_FUNDING_MAX_SAT ? drawn->capacity_sat : LN_FUNDING_MAX_SAT;
    share_out(abroad, making, capacity_sat);
    uint32_t opener = making->nodes[making->opener], other = making->nodes[1 - making->opener];
    uint32_t peer = host_peer(abroad->options.host, opener, other);
    struct ln_node *node = peer == LN_NODE_NONE ? NULL : host_enter(abroad->options.host, opener);
    uint64_t number;
    if (node == NULL)
        return;
    enum ln_node_result result =
        ln_node_open_channel(node, &number,
                             &(struct ln_node_opening){.peer = peer,
                                                       .funding_sat = capacity_sat,
                                                       .push_msat = making->begun_msat[1 - making->opener],
                                                       .feerate_sat_per_kwu = rate_of(abroad, node),
                                                       .flags = LN_CHANNEL_ZERO_CONF | LN_CHANNEL_SCID_ALIAS});
    making->opening = result == LN_NODE_OK ? number : 0;
    host_leave(abroad->options.host, opener, result, NULL);
    if (result == LN_NODE_OK)
        host_lend(abroad->options.host, opener, number, abroad->options.funder);
    else if (result != LN_NODE_OFFLINE) /* too small, no room */
        refuse(abroad, making);
}

static struct making *make(struct abroad *abroad, uint32_t channel)
{
    const struct ln_graph_channel *drawn = ln_graph_channel(abroad_graph(abroad), channel);
    struct making *making = new_making(abroad);
    if (making == NULL)
        return NULL;
    making->channel = channel;
    making->nodes[0] = host_node_of(abroad, drawn->nodes[0]);
    making->nodes[1] = host_node_of(abroad, drawn->nodes[1]);
    abroad->tally.channels++;
    bool is_there = making->nodes[0] != HOST_NONE && making->nodes[1] != HOST_NONE;
    return is_there && connect(abroad, making) ? making : NULL;
}

/* ---- asked ------------------------------------------------------------------------------------------------------ */

static void want(struct abroad *abroad, uint32_t channel, const struct waiter *waiter)
{
    struct making *making = find_making(abroad, channel);
    if (making == NULL)
        making = make(abroad, channel);
    if (making == NULL)
        return; /* memory is out */
    if (making->is_closed)
        answer_code(abroad, waiter, LN_PERMANENT_CHANNEL_FAILURE);
    else if (making->numbers[0] != 0 && making->numbers[1] != 0)
        answer_over(abroad, making, waiter);
    else if (wait_for(abroad, making, waiter) && making->opening == 0)
        open_channel(abroad, making);
}

void real_asked(struct abroad *abroad, uint32_t node, const struct ln_node_event *event)
{
    const struct ln_graph *graph = abroad_graph(abroad);
    const struct waiter waiter = {node, event->channel, event->htlc};
    uint32_t here = ln_graph_find_node(graph, host_node_id(abroad->options.host, node));
    uint32_t place = ln_graph_find_channel(graph, event->short_channel_id);
    const struct ln_graph_channel *channel = place == LN_GRAPH_NONE ? NULL : ln_graph_channel(graph, place);
    abroad->tally.asked++;
    if (channel == NULL || here == LN_GRAPH_NONE || (channel->nodes[0] != here && channel->nodes[1] != here) ||
        !foreign_is_present(abroad->options.foreign, channel->nodes[channel->nodes[0] == here])) {
        answer_code(abroad, &waiter, LN_UNKNOWN_NEXT_PEER);
        return;
    }
    if (ln_graph_is_usable(channel, channel->nodes[1] == here, NULL))
        want(abroad, place, &waiter);
    else
        answer_code(abroad, &waiter, LN_CHANNEL_DISABLED);
}

/* ---- from line to channel -------------------------------------------------------------------------------------- */

static void set_terms(struct abroad *abroad, const struct making *making, unsigned direction)
{
    const struct ln_policy *policy = &ln_graph_channel(abroad_graph(abroad), making->channel)->policies[direction];
    const struct ln_node_forwarding terms = {.fee_base_msat = policy->fee_base_msat,
                                             .fee_proportional_ppm = policy->fee_proportional_ppm,
                                             .cltv_expiry_delta_blocks = policy->cltv_expiry_delta_blocks,
                                             .htlc_minimum_msat = policy->htlc_minimum_msat,
                                             .htlc_maximum_msat = policy->htlc_maximum_msat};
    struct ln_node *node = host_enter(abroad->options.host, making->nodes[direction]);
    if (node != NULL) /* a delta too short for its patience is refused: it keeps its own, and asks for more */
        host_leave(abroad->options.host, making->nodes[direction],
                   ln_node_set_forwarding(node, making->numbers[direction], &terms), NULL);
}

static const struct ln_node_channel *entry_of(const struct abroad *abroad, uint32_t node, uint64_t number)
{
    const struct ln_node *looked = host_look(abroad->options.host, node);
    return looked == NULL || number == 0 ? NULL : ln_node_channel(looked, number);
}

/* Two nodes may have several channels: at the far end it is the one of the same funding. */
static bool is_it(const struct abroad *abroad, const struct making *making, unsigned direction,
                  const struct ln_node_event *event)
{
    const uint8_t *other_id = host_node_id(abroad->options.host, making->nodes[1 - direction]);
    if (making->opening == 0 || making->numbers[direction] != 0 || memcmp(event->node_id, other_id, 33) != 0)
        return false;
    if (direction == making->opener)
        return event->channel == making->opening;
    const struct ln_node_channel *theirs = entry_of(abroad, making->nodes[making->opener], making->opening);
    const struct ln_node_channel *ours = entry_of(abroad, making->nodes[direction], event->channel);
    return theirs == NULL || ours == NULL || btc_outpoint_equal(&theirs->channel.funding, &ours->channel.funding);
}

static void become_ready(struct abroad *abroad, struct making *making, unsigned direction, uint64_t number)
{
    making->numbers[direction] = number;
    set_terms(abroad, making, direction);
    if (making->numbers[1 - direction] == 0)
        return;
    for (uint32_t i = 0; i < making->waiter_count; i++)
        answer_over(abroad, making, &making->waiters[i]);
    making->waiter_count = 0;
}

/* It was never funded: without coins, or the peer does not want it; or the line broke, then it waits for that. */
static void lose_opening(struct abroad *abroad, struct making *making)
{
    uint32_t opener = making->nodes[making->opener], other = making->nodes[1 - making->opener];
    making->opening = 0;
    if (host_peer(abroad->options.host, opener, other) != LN_NODE_NONE)
        refuse(abroad, making);
}

static void hear(struct abroad *abroad, struct making *making, unsigned direction, const struct ln_node_event *event)
{
    if (event->kind == LN_NODE_PEER_READY) {
        if (making->opening == 0 && making->waiter_count > 0)
            open_channel(abroad, making);
    } else if (event->kind == LN_NODE_CHANNEL_READY) {
        if (is_it(abroad, making, direction, event))
            become_ready(abroad, making, direction, event->channel);
    } else if (making->numbers[direction] != 0 && making->numbers[direction] == event->channel) {
        making->is_closed = true;
        making->is_gone[direction] = making->is_gone[direction] || event->kind == LN_NODE_CHANNEL_GONE;
        refuse(abroad, making);
    } else if (event->kind == LN_NODE_CHANNEL_GONE && direction == making->opener &&
               making->opening == event->channel) {
        lose_opening(abroad, making);
    }
}

void real_heard(struct abroad *abroad, uint32_t node, const struct ln_node_event *event)
{
    for (uint32_t i = 0; i < abroad->making_count; i++) {
        struct making *making = &abroad->makings[i];
        if (making->nodes[0] == node || making->nodes[1] == node)
            hear(abroad, making, making->nodes[1] == node, event);
    }
}

void real_books(struct abroad_books *books, const struct abroad *abroad, uint32_t node)
{
    for (uint32_t i = 0; i < abroad->making_count; i++) {
        const struct making *making = &abroad->makings[i];
        unsigned direction = making->nodes[1] == node;
        if (making->nodes[direction] != node || making->numbers[direction] == 0)
            continue;
        const struct ln_node_channel *entry =
            making->is_gone[direction] ? NULL : entry_of(abroad, node, making->numbers[direction]);
        books->net_msat -= (int64_t)making->begun_msat[direction];
        books->net_msat += entry == NULL ? 0 : (int64_t)entry->channel.settled_msat[LN_US];
    }
}

static int64_t htlcs_msat(const struct ln_node *node, const struct ln_channel *channel)
{
    int64_t sum_msat = 0;
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE; i = node->pool.records[i].next)
        sum_msat += (int64_t)node->pool.records[i].amount_msat;
    return sum_msat;
}

struct abroad_standing abroad_standing(const struct abroad *abroad, uint32_t node)
{
    struct abroad_standing standing = {0, 0};
    for (uint32_t i = 0; i < abroad->making_count; i++) {
        const struct making *making = &abroad->makings[i];
        unsigned direction = making->nodes[1] == node;
        if (making->nodes[direction] != node || making->numbers[direction] == 0)
            continue;
        int64_t whole_msat = (int64_t)(making->begun_msat[0] + making->begun_msat[1]);
        const struct ln_node_channel *entry =
            making->is_gone[direction] ? NULL : entry_of(abroad, node, making->numbers[direction]);
        if (making->is_gone[direction])
            standing.ended_msat += whole_msat;
        else if (making->is_closed || entry == NULL)
            standing.open_msat += whole_msat;
        else
            standing.open_msat += htlcs_msat(host_look(abroad->options.host, node), &entry->channel);
    }
    return standing;
}
