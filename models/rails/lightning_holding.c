/* lightning_holding.c: what each owner has, and what is still open.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/lightning_holding.h"

#include "models/rails/lightning_place.h"
#include "models/rails/lightning_public.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- the chain -------------------------------------------------------------------------------------------------- */

static bool is_mined(const struct lightning *rail, const struct btc_outpoint *outpoint)
{
    uint32_t tx = chain_tx_find(rail->chain, outpoint->txid);
    return tx != CHAIN_NONE && chain_tx(rail->chain, tx)->state == CHAIN_TX_MINED;
}

static bool is_spent(const struct lightning *rail, const struct btc_outpoint *outpoint)
{
    uint32_t tx = chain_spender(rail->chain, outpoint);
    return tx != CHAIN_NONE && chain_tx(rail->chain, tx)->state == CHAIN_TX_MINED;
}

/* ---- HTLCs ------------------------------------------------------------------------------------------------------ */

/* One end of a channel. */
struct end {
    const struct ln_node *node;
    const struct ln_channel *channel;
};

static const struct ln_slot *slot_at(const struct end *end, uint32_t number)
{
    return &end->node->pool.records[number];
}

static const struct ln_slot *find_slot(const struct end *end, uint8_t owner, uint64_t id)
{
    for (uint32_t i = end->channel->first_record; i != LN_RECORD_NONE; i = slot_at(end, i)->next) {
        const struct ln_slot *slot = slot_at(end, i);
        if (ln_htlc_row(slot->state)->owner == owner && slot->id == id)
            return slot;
    }
    return NULL;
}

static int64_t offered_msat(const struct end *end)
{
    int64_t sum_msat = 0;
    for (uint32_t i = end->channel->first_record; i != LN_RECORD_NONE; i = slot_at(end, i)->next) {
        const struct ln_slot *slot = slot_at(end, i);
        sum_msat += ln_htlc_row(slot->state)->owner == LN_US ? (int64_t)slot->amount_msat : 0;
    }
    return sum_msat;
}

/* HTLCs that one end has offered. Who offers books an HTLC out when it is gone for him, who is paid books it in when it
 * is gone for her; in between it is in the record of one alone. */
static int64_t between_msat(const struct end *from, const struct end *to)
{
    int64_t sum_msat = offered_msat(from);
    for (uint32_t i = from->channel->first_record; i != LN_RECORD_NONE; i = slot_at(from, i)->next) {
        const struct ln_slot *slot = slot_at(from, i);
        bool is_his = ln_htlc_row(slot->state)->owner == LN_US;
        bool was_seen = slot->id < to->channel->next_id[LN_THEM];
        if (is_his && was_seen && slot->outcome == LN_OUTCOME_FULFILLED && find_slot(to, LN_THEM, slot->id) == NULL)
            sum_msat -= (int64_t)slot->amount_msat; /* is hers already */
    }
    for (uint32_t i = to->channel->first_record; i != LN_RECORD_NONE; i = slot_at(to, i)->next) {
        const struct ln_slot *slot = slot_at(to, i);
        bool is_his = ln_htlc_row(slot->state)->owner == LN_THEM;
        if (is_his && slot->outcome == LN_OUTCOME_FULFILLED && find_slot(from, LN_US, slot->id) == NULL)
            sum_msat += (int64_t)slot->amount_msat; /* is not hers yet */
    }
    return sum_msat;
}

/* ---- channels --------------------------------------------------------------------------------------------------- */

/* What a channel is to its ends. */
struct stake {
    int64_t has_msat[2], open_msat;
};

static struct end end_of(const struct lightning *rail, const struct tie *tie, int end)
{
    const struct ln_node_channel *entry = place_entry(rail, tie, end);
    return (struct end){.node = host_look(rail->host, end == 0 ? tie->opener : tie->other),
                        .channel = entry == NULL ? NULL : &entry->channel};
}

/* Who gives a channel up hands its HTLCs over to the chain. One that is closed by agreement has none. */
static bool is_believed(const struct lightning *rail, const struct tie *tie, int end)
{
    const struct ln_node_channel *entry = place_entry(rail, tie, end);
    return entry != NULL && (entry->mode == LN_MODE_LIVE || entry->channel.stage == LN_STAGE_CLOSED);
}

/* Of one that is usable and whose funding is not spent: whether both ends are to be believed. */
static bool divide(struct stake *stake, const struct lightning *rail, const struct tie *tie)
{
    if (!is_believed(rail, tie, 0) || !is_believed(rail, tie, 1))
        return false;
    for (int i = 0; i < 2; i++) {
        const struct end end = end_of(rail, tie, i);
        stake->has_msat[i] = (int64_t)end.channel->settled_msat[LN_US] - offered_msat(&end);
    }
    stake->open_msat = 1000 * tie->capacity_sat - stake->has_msat[0] - stake->has_msat[1];
    return true;
}

static struct stake stake_of(const struct lightning *rail, const struct tie *tie)
{
    struct stake stake = {{0, 0}, 0};
    if (tie->capacity_sat == 0 || !tie->has_funding || (tie->is_gone[0] && tie->is_gone[1]))
        return stake;                                  /* nothing was sent yet, or all is where it belongs */
    bool is_spent_now = is_spent(rail, &tie->funding); /* a block may have been taken back since it was told */
    bool is_here = is_mined(rail, &tie->funding);
    if (tie->state == TIE_SPENT || is_spent_now) {
        bool is_over = tie->state == TIE_SPENT && is_spent_now && !tie->is_forced;
        stake.open_msat = is_over ? 0 : 1000 * tie->capacity_sat;
        return stake;
    }
    if (!tie->was_ready && !is_here)
        return stake;
    if (!tie->was_ready || !divide(&stake, rail, tie))
        stake = (struct stake){{0, 0}, 1000 * tie->capacity_sat};
    if (!is_here) /* its coins are counted with the wallet's */
        stake.has_msat[0] -= 1000 * tie->capacity_sat;
    return stake;
}

static void add_end(struct holding *holding, const struct stake *stake, int end)
{
    holding->has_msat += stake->has_msat[end];
    holding->open_msat += stake->open_msat;
}

static bool holds_capacity(const struct lightning *rail, const struct tie *tie, char *why, size_t why_size)
{
    struct stake stake;
    bool is_usable = tie->capacity_sat > 0 && tie->was_ready && tie->state != TIE_SPENT;
    if (!is_usable || is_spent(rail, &tie->funding) || !divide(&stake, rail, tie))
        return true;
    const struct end ends[2] = {end_of(rail, tie, 0), end_of(rail, tie, 1)};
    int64_t htlcs_msat = between_msat(&ends[0], &ends[1]) + between_msat(&ends[1], &ends[0]);
    if (htlcs_msat == stake.open_msat)
        return true;
    snprintf(why, why_size,
             "a channel of %" PRId64 " sat holds %" PRId64 " msat, %" PRId64 " msat and HTLCs of %" PRId64 " msat",
             tie->capacity_sat, stake.has_msat[0], stake.has_msat[1], htlcs_msat);
    return false;
}

bool holding_audit_ties(const struct lightning *rail, char *why, size_t why_size)
{
    for (uint32_t i = 0; i < rail->ties.limit; i++) {
        if (!holds_capacity(rail, tie_at(rail, i), why, why_size))
            return false;
    }
    return true;
}

/* ---- payments --------------------------------------------------------------------------------------------------- */

/* What a payment may have moved that the books do not know, or the other way round; over a hub or others twice. */
static int64_t under_way_msat(const struct lightning *rail, const struct exchange *exchange)
{
    bool is_phones = exchange->kind == EXCHANGE_REFUND && rail->stations[exchange->from].role == STATION_PHONE;
    int64_t refund_msat = is_phones ? exchange->amount_msat : 0; /* not his by the books since it was asked for */
    if (exchange->amount_msat == 0 || exchange->state < EXCHANGE_PAYS)
        return refund_msat;
    int64_t fee_msat = exchange->amount_msat / 1000000 * rail->config->fee_max_ppm + LIGHTNING_FEE_MSAT;
    return 2 * (exchange->amount_msat + fee_msat) + refund_msat;
}

/* Slices that were taken while others of the deposit are not decided. */
static int64_t taken_msat(const struct lightning *rail, uint32_t payer)
{
    int64_t sum_msat = 0;
    for (uint32_t i = 0; i < rail->deposits.limit; i++) {
        const struct deposit *deposit = deposit_at(rail, i);
        bool is_his = deposit->slice_count > 0 &&
                      (payer == LIGHTNING_OPERATORS || rail->accounts[deposit->session].payer == payer);
        sum_msat += is_his ? deposit->amount_msat + deposit->fee_msat : 0;
    }
    return sum_msat;
}

/* What payees with a phone are to give back and have not begun to. */
static int64_t owed_by_phones_msat(const struct lightning *rail, uint32_t payer)
{
    int64_t sum_msat = 0;
    for (size_t i = 0; i < rail->account_count; i++) {
        const struct account *account = &rail->accounts[i];
        bool is_one = account->is_open && account->payee != RAIL_OPERATOR;
        sum_msat += is_one && (payer == LIGHTNING_OPERATORS || account->payee == payer + 1) ? account->refund_msat : 0;
    }
    return sum_msat;
}

/* ---- owners ----------------------------------------------------------------------------------------------------- */

struct holding holding_of_phone(const struct lightning *rail, uint32_t payer)
{
    const struct phone *phone = &rail->phones[payer];
    const struct station *station = &rail->stations[phone->node];
    struct holding holding = {.has_msat = 1000 * host_wallet_mined_sat(rail->host, phone->node),
                              .open_msat = taken_msat(rail, payer) + owed_by_phones_msat(rail, payer)};
    for (uint32_t i = phone->first_line; i != SLAB_NONE; i = line_at(rail, i)->next) {
        for (uint32_t k = line_at(rail, i)->first_tie; k != SLAB_NONE; k = tie_at(rail, k)->next) {
            const struct stake stake = stake_of(rail, tie_at(rail, k));
            add_end(&holding, &stake, tie_at(rail, k)->opener == phone->node ? 0 : 1);
        }
    }
    for (uint32_t i = station->first_to; i != SLAB_NONE; i = exchange_at(rail, i)->next_to)
        holding.open_msat += under_way_msat(rail, exchange_at(rail, i));
    for (uint32_t i = station->first_from; i != SLAB_NONE; i = exchange_at(rail, i)->next_from)
        holding.open_msat += under_way_msat(rail, exchange_at(rail, i));
    return holding;
}

static bool is_operators(const struct lightning *rail, uint32_t node)
{
    enum station_role role = rail->stations[node].role;
    return role == STATION_OUTLET || role == STATION_HUB;
}

struct holding holding_of_operator(const struct lightning *rail)
{
    const struct abroad_standing standing = public_standing(rail);
    struct holding holding = {.has_msat = public_books(rail).net_msat, .open_msat = standing.open_msat};
    holding.open_msat += taken_msat(rail, LIGHTNING_OPERATORS) + owed_by_phones_msat(rail, LIGHTNING_OPERATORS);
    for (uint32_t i = 0; i < rail->outlet_count; i++)
        holding.has_msat += 1000 * host_wallet_mined_sat(rail->host, rail->outlets[i]);
    if (rail->hub != HOST_NONE)
        holding.has_msat += 1000 * host_wallet_mined_sat(rail->host, rail->hub);
    for (uint32_t i = 0; i < rail->ties.limit; i++) {
        const struct tie *tie = tie_at(rail, i);
        bool is_his[2] = {is_operators(rail, tie->opener), is_operators(rail, tie->other)};
        if (tie->capacity_sat == 0 || (!is_his[0] && !is_his[1]))
            continue;
        const struct stake stake = stake_of(rail, tie);
        holding.has_msat += (is_his[0] ? stake.has_msat[0] : 0) + (is_his[1] ? stake.has_msat[1] : 0);
        holding.open_msat += stake.open_msat;
    }
    for (uint32_t i = 0; i < rail->exchanges.limit; i++)
        holding.open_msat += under_way_msat(rail, exchange_at(rail, i));
    return holding;
}
