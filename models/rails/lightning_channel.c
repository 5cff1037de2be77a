/* lightning_channel.c: channels of the rail.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/lightning_channel.h"

#include "models/rails/lightning_books.h"
#include "models/rails/lightning_holders.h"
#include "models/rails/lightning_place.h"
#include "models/rails/lightning_presence.h"
#include "protocol/lightning/node_find.h"

#include <assert.h>
#include <string.h>

#define FUNDING_WU 700 /* of one that spends a coin or two */

/* ---- opening ---------------------------------------------------------------------------------------------------- */

static bool is_phones(const struct line *line)
{
    return line->payer != LIGHTNING_OPERATORS;
}

static uint32_t opener_of(const struct lightning *rail, const struct line *line)
{
    if (!is_phones(line))
        return line->far; /* the hub */
    return rail->config->opener == LIGHTNING_OPENER_PHONE ? line->near : line->far;
}

static int64_t capacity_of(const struct lightning *rail, const struct line *line)
{
    int64_t wanted_sat = is_phones(line) ? rail->config->capacity_sat : rail->config->hub_capacity_sat;
    if (wanted_sat < line->needed_msat / 1000)
        wanted_sat = line->needed_msat / 1000;
    return wanted_sat < (int64_t)LN_FUNDING_MAX_SAT ? wanted_sat : (int64_t)LN_FUNDING_MAX_SAT;
}

static uint8_t flags_of(const struct lightning *rail, const struct line *line)
{
    uint8_t flags = rail->config->type == LIGHTNING_TYPE_ANCHORS ? LN_CHANNEL_ANCHORS : 0;
    if (rail->config->depth == LIGHTNING_DEPTH_ZERO || !is_phones(line))
        flags |= LN_CHANNEL_ZERO_CONF | LN_CHANNEL_SCID_ALIAS;
    return flags;
}

static uint32_t rate_of(const struct ln_node *node)
{
    uint32_t rate = node->rates.normal_sat_per_kwu;
    return rate < 253 ? 253 : rate;
}

/* Whether the opener's wallet has enough; if not a coin is bought, once. */
static bool has_coins(struct lightning *rail, struct line *line, uint32_t opener, int64_t capacity_sat)
{
    struct host_wallet wallet;
    const struct ln_node *node = host_look(rail->host, opener);
    int64_t fee_sat = (int64_t)rate_of(node) * FUNDING_WU / 1000;
    host_wallet(&wallet, rail->host, opener);
    if (wallet.confirmed_sat + wallet.pending_sat >= capacity_sat + fee_sat)
        return true;
    if (line->is_buying)
        return false;
    int64_t coin_sat = capacity_sat + 4 * fee_sat;
    if (coin_sat < rail->config->coin_sat)
        coin_sat = rail->config->coin_sat;
    uint32_t tx = host_buy(rail->host, opener, coin_sat);
    struct cost *cost = tx == CHAIN_NONE ? NULL : lightning_cost(rail, tx);
    line->is_buying = cost != NULL;
    if (cost != NULL)
        *cost = (struct cost){.is_known = true, .node = opener, .tie = SLAB_NONE, .bought_sat = coin_sat};
    return false;
}

static void begin_tie(struct lightning *rail, uint32_t line_number, uint64_t channel,
                      const struct ln_node_opening *asked)
{
    struct line *line = line_at(rail, line_number);
    uint32_t number = slab_take(&rail->ties);
    if (number == SLAB_NONE) {
        trouble_memory(rail->trouble);
        return;
    }
    uint32_t opener = opener_of(rail, line);
    *tie_at(rail, number) = (struct tie){.state = TIE_OPENING,
                                         .line = line_number,
                                         .next = line->first_tie,
                                         .opener = opener,
                                         .other = opener == line->near ? line->far : line->near,
                                         .number = {channel, 0},
                                         .is_first = !line->had_tie,
                                         .capacity_sat = (int64_t)asked->funding_sat,
                                         .push_msat = (int64_t)asked->push_msat,
                                         .opened_us = sim_now_us(rail->sim)};
    line->first_tie = number;
    line->is_needy = line->is_buying = false;
    line->had_tie = true;
    line->needed_msat = 0;
}

/* Opens what is needed, if it can be now. */
static void try_open(struct lightning *rail, uint32_t number)
{
    struct line *line = line_at(rail, number);
    uint32_t opener = opener_of(rail, line);
    uint32_t peer = host_peer(rail->host, opener, opener == line->near ? line->far : line->near);
    int64_t capacity_sat = capacity_of(rail, line);
    if (!line->is_needy || !line->is_up || peer == LN_NODE_NONE || host_look(rail->host, opener) == NULL ||
        !has_coins(rail, line, opener, capacity_sat))
        return;
    struct ln_node *node = host_enter(rail->host, opener);
    if (node == NULL)
        return;
    uint64_t channel;
    int64_t push_sat = is_phones(line) ? rail->config->push_sat : 0;
    const struct ln_node_opening opening = {.peer = peer,
                                            .funding_sat = (uint64_t)capacity_sat,
                                            .push_msat = 1000 * (uint64_t)push_sat,
                                            .feerate_sat_per_kwu = rate_of(node),
                                            .flags = flags_of(rail, line)};
    enum ln_node_result result = ln_node_open_channel(node, &channel, &opening);
    host_leave(rail->host, opener, result, NULL);
    if (result == LN_NODE_OK)
        begin_tie(rail, number, channel, &opening);
}

static void become_needy(struct lightning *rail, uint32_t number)
{
    struct line *line = line_at(rail, number);
    if (!line->is_needy && is_phones(line))
        rail->phones[line->payer].opening_count++;
    line->is_needy = true;
    presence_want(rail, number);
    try_open(rail, number);
}

bool channel_is_coming(const struct lightning *rail, uint32_t number)
{
    const struct line *line = line_at(rail, number);
    bool is_coming = line->is_needy;
    for (uint32_t i = line->first_tie; i != SLAB_NONE; i = tie_at(rail, i)->next)
        is_coming = is_coming || tie_at(rail, i)->state == TIE_OPENING;
    return is_coming;
}

static bool has_ready(const struct lightning *rail, const struct line *line)
{
    for (uint32_t i = line->first_tie; i != SLAB_NONE; i = tie_at(rail, i)->next) {
        if (tie_at(rail, i)->state == TIE_READY)
            return true;
    }
    return false;
}

void channel_need(struct lightning *rail, uint32_t number)
{
    if (!channel_is_coming(rail, number) && !has_ready(rail, line_at(rail, number)))
        become_needy(rail, number);
}

/* ---- closing ---------------------------------------------------------------------------------------------------- */

/* Both ends reckon with what blocks cost now. */
static void set_closing_rate(struct lightning *rail, const struct tie *tie)
{
    for (int end = 0; end < 2; end++) {
        struct ln_node_channel *entry = (struct ln_node_channel *)place_entry(rail, tie, end);
        const struct ln_node *node = host_look(rail->host, end == 0 ? tie->opener : tie->other);
        if (entry != NULL)
            entry->channel.policy.closing_feerate_sat_per_kwu = rate_of(node);
    }
}

static void close_tie(struct lightning *rail, const struct tie *tie)
{
    set_closing_rate(rail, tie);
    struct ln_node *node = host_enter(rail->host, tie->opener);
    if (node != NULL)
        host_leave(rail->host, tie->opener, ln_node_close_channel(node, tie->number[0]), NULL);
}

static void force_tie(struct lightning *rail, struct tie *tie, int end)
{
    uint32_t number = end == 0 ? tie->opener : tie->other;
    struct ln_node *node = host_enter(rail->host, number);
    if (node == NULL)
        return;
    tie->is_forced = true;
    host_leave(rail->host, number, ln_node_force_close(node, tie->number[end]), NULL);
}

void channel_top_up(struct lightning *rail, uint32_t number, int64_t amount_msat)
{
    struct line *line = line_at(rail, number);
    if (rail->config->top_up == LIGHTNING_TOP_UP_NONE || channel_is_coming(rail, number))
        return;
    for (uint32_t i = line->first_tie; rail->config->top_up == LIGHTNING_TOP_UP_REOPEN && i != SLAB_NONE;
         i = tie_at(rail, i)->next) {
        if (tie_at(rail, i)->state == TIE_READY)
            close_tie(rail, tie_at(rail, i));
    }
    line->needed_msat = 2 * amount_msat;
    become_needy(rail, number);
}

static bool is_old(const struct lightning *rail, const struct tie *tie)
{
    return rail->config->life_us != INT64_MAX && sim_now_us(rail->sim) - tie->opened_us >= rail->config->life_us;
}

void channel_rest(struct lightning *rail, uint32_t number)
{
    for (uint32_t i = line_at(rail, number)->first_tie; i != SLAB_NONE; i = tie_at(rail, i)->next) {
        if (tie_at(rail, i)->state == TIE_READY && is_old(rail, tie_at(rail, i)))
            close_tie(rail, tie_at(rail, i));
    }
}

/* Who has waited too long for the other goes to the chain: the operator for a phone that does not come any more, a
 * phone for an operator who does not answer it. */
void channel_day(struct lightning *rail)
{
    for (uint32_t i = 0; i < rail->ties.limit; i++) {
        struct tie *tie = tie_at(rail, i);
        if (tie->capacity_sat == 0 || tie->state != TIE_READY || tie->is_forced)
            continue;
        struct line *line = line_at(rail, tie->line);
        if (link_is_up(&rail->links, line->link, LINK_DIALLER))
            line->heard_us = sim_now_us(rail->sim);
        if (rail->config->force_us == INT64_MAX || sim_now_us(rail->sim) - line->heard_us < rail->config->force_us)
            continue;
        uint32_t who = line->is_wanted ? line->near : line->far;
        force_tie(rail, tie, who == tie->opener ? 0 : 1);
    }
}

/* ---- what nodes say --------------------------------------------------------------------------------------------- */

static uint32_t find_line(const struct lightning *rail, uint32_t node, uint32_t other)
{
    for (uint32_t i = 0; i < rail->lines.limit; i++) {
        const struct line *line = line_at(rail, i);
        if ((line->near == node && line->far == other) || (line->near == other && line->far == node))
            return i;
    }
    return SLAB_NONE;
}

static uint32_t find_tie(const struct lightning *rail, uint32_t node, uint64_t channel, int *end)
{
    for (uint32_t i = 0; i < rail->ties.limit; i++) {
        const struct tie *tie = tie_at(rail, i);
        if (tie->capacity_sat == 0)
            continue;
        for (*end = 0; *end < 2; (*end)++) {
            if ((*end == 0 ? tie->opener : tie->other) == node && tie->number[*end] == channel && channel != 0)
                return i;
        }
    }
    return SLAB_NONE;
}

/* The other end has taken a channel: the one whose funding is the same. */
static void learn(struct lightning *rail, uint32_t node, uint64_t channel)
{
    const struct ln_node *looked = host_look(rail->host, node);
    const struct ln_node_channel *entry = looked == NULL ? NULL : ln_node_channel(looked, channel);
    for (uint32_t i = 0; entry != NULL && i < rail->ties.limit; i++) {
        struct tie *tie = tie_at(rail, i);
        if (tie->capacity_sat == 0 || tie->other != node || tie->number[1] != 0)
            continue;
        const struct ln_node_channel *theirs = place_entry(rail, tie, 0);
        if (theirs != NULL && btc_outpoint_equal(&theirs->channel.funding, &entry->channel.funding))
            tie->number[1] = channel;
    }
}

static void end_opening(struct lightning *rail, const struct tie *tie)
{
    const struct line *line = line_at(rail, tie->line);
    if (!is_phones(line))
        return;
    rail->phones[line->payer].opening_count--;
    presence_look(rail, line->payer);
}

static void on_ready(struct lightning *rail, struct tie *tie)
{
    if (tie->state != TIE_OPENING)
        return;
    tie->state = TIE_READY;
    tie->was_ready = true;
    rail->tally.opened++;
    lightning_count_capacity(rail, 1000 * tie->capacity_sat);
    rail->stations[tie->opener].given_msat -= tie->push_msat;
    rail->stations[tie->other].given_msat += tie->push_msat;
    end_opening(rail, tie);
}

static void on_spent(struct lightning *rail, struct tie *tie, enum ln_close close)
{
    if (tie->state == TIE_SPENT && close == LN_CLOSE_REVOKED && !tie->is_revoked) { /* who revoked it said otherwise */
        rail->tally.by_force--;
        rail->tally.by_penalty++;
    }
    tie->is_revoked = tie->is_revoked || close == LN_CLOSE_REVOKED;
    if (tie->state == TIE_SPENT)
        return;
    if (tie->was_ready)
        lightning_count_capacity(rail, -1000 * tie->capacity_sat);
    else
        end_opening(rail, tie);
    tie->state = TIE_SPENT;
    tie->is_forced = close != LN_CLOSE_MUTUAL;
    rail->tally.together += close == LN_CLOSE_MUTUAL;
    rail->tally.by_penalty += close == LN_CLOSE_REVOKED;
    rail->tally.by_force += close != LN_CLOSE_MUTUAL && close != LN_CLOSE_REVOKED;
}

static void unlink_tie(struct lightning *rail, uint32_t number)
{
    uint32_t *place = &line_at(rail, tie_at(rail, number)->line)->first_tie;
    while (*place != number)
        place = &tie_at(rail, *place)->next;
    *place = tie_at(rail, number)->next;
    slab_return(&rail->ties, number);
}

static void on_gone(struct lightning *rail, uint32_t number, int end)
{
    struct tie *tie = tie_at(rail, number);
    tie->is_gone[end] = true;
    if (tie->state == TIE_OPENING && end == 0) { /* it never was: the need stays */
        end_opening(rail, tie);
        tie->is_gone[1] = tie->is_gone[1] || tie->number[1] == 0;
    }
    if (!tie->is_gone[0] || !tie->is_gone[1])
        return;
    if (tie->is_forced && is_phones(line_at(rail, tie->line)))
        holders_settle(rail, tie);
    else if (tie->is_forced)
        rail->ended_inside_msat += 1000 * tie->capacity_sat;
    unlink_tie(rail, number);
}

static uint32_t on_channel(struct lightning *rail, uint32_t node, const struct ln_node_event *event)
{
    int end = 0;
    uint32_t number = find_tie(rail, node, event->channel, &end);
    if (number == SLAB_NONE)
        return SLAB_NONE;
    struct tie *tie = tie_at(rail, number);
    uint32_t line = tie->line;
    switch (event->kind) {
    case LN_NODE_CHANNEL_READY:
        on_ready(rail, tie);
        return line;
    case LN_NODE_CHANNEL_LEAVES:
    case LN_NODE_CHANNEL_AGREED:
    case LN_NODE_CHANNEL_FAILS:
    case LN_NODE_CHANNEL_LOST:
        if (tie->state == TIE_READY)
            tie->state = TIE_LEAVING;
        break;
    case LN_NODE_CHANNEL_SPENT:
        on_spent(rail, tie, event->close);
        break;
    case LN_NODE_CHANNEL_GONE:
        on_gone(rail, number, end);
        break;
    default:
        break;
    }
    return SLAB_NONE;
}

static uint32_t on_peer(struct lightning *rail, uint32_t node, const struct ln_node_event *event)
{
    uint32_t other = host_find_node(rail->host, event->node_id);
    uint32_t number = other == HOST_NONE ? SLAB_NONE : find_line(rail, node, other);
    if (number == SLAB_NONE)
        return SLAB_NONE;
    struct line *line = line_at(rail, number);
    line->is_up = true;
    line->heard_us = sim_now_us(rail->sim);
    try_open(rail, number);
    return node == line->near ? number : SLAB_NONE; /* who dials asks */
}

uint32_t channel_hear(struct lightning *rail, uint32_t node, const struct ln_node_event *event)
{
    if (event->kind == LN_NODE_PEER_READY)
        return on_peer(rail, node, event);
    if (event->kind == LN_NODE_CHANNEL_NEW)
        learn(rail, node, event->channel);
    return on_channel(rail, node, event);
}

void channel_block(struct lightning *rail)
{
    for (uint32_t i = 0; i < rail->lines.limit; i++) {
        if (line_at(rail, i)->is_needy)
            try_open(rail, i);
    }
    for (uint32_t i = 0; i < rail->payer_count; i++) {
        if (rail->phones[i].unsettled_msat > 0)
            holders_look(rail, i);
    }
}
