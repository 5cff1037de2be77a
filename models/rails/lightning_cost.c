/* lightning_cost.c: what transactions on the chain cost, and whom.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/lightning_cost.h"

#include "models/rails/lightning_books.h"
#include "models/rails/lightning_place.h"

#include <assert.h>
#include <string.h>

#define DUST_SAT 1000 /* what has no output of its own is less */

/* ---- what it is ------------------------------------------------------------------------------------------------- */

/* The channel whose funding a transaction is. */
static uint32_t tie_made(struct lightning *rail, const struct chain_tx *tx)
{
    for (uint32_t i = 0; i < rail->ties.limit; i++) {
        struct tie *tie = tie_at(rail, i);
        const struct ln_node_channel *entry =
            tie->capacity_sat == 0 || tie->has_funding ? NULL : place_entry(rail, tie, 0);
        if (entry != NULL && memcmp(entry->channel.funding.txid, tx->txid, 32) == 0) {
            tie->funding = entry->channel.funding;
            tie->has_funding = true;
            return i;
        }
    }
    return SLAB_NONE;
}

static uint32_t tie_spent(const struct lightning *rail, const struct chain_tx *tx)
{
    for (uint32_t i = 0; i < rail->ties.limit; i++) {
        const struct tie *tie = tie_at(rail, i);
        if (tie->capacity_sat > 0 && tie->has_funding && btc_outpoint_equal(&tie->funding, &tx->tx.inputs[0].previous))
            return i;
    }
    return SLAB_NONE;
}

/* A child that pays for a funding which nobody mines serves what the funding serves. Returns NULL if it is none. */
static const struct cost *funding_paid_for(const struct lightning *rail, const struct chain_tx *tx)
{
    for (uint32_t i = 0; i < rail->cost_count; i++) {
        const struct cost *cost = &rail->costs[i];
        bool is_funding = cost->is_known && (cost->kind == RAIL_UPKEEP_OPEN || cost->kind == RAIL_UPKEEP_TOP_UP);
        if (is_funding && memcmp(chain_tx(rail->chain, i)->txid, tx->tx.inputs[0].previous.txid, 32) == 0)
            return cost;
    }
    return NULL;
}

void cost_sent(struct lightning *rail, uint32_t node, uint32_t number)
{
    struct cost *cost = lightning_cost(rail, number);
    const struct chain_tx *tx = chain_tx(rail->chain, number);
    if (cost == NULL || cost->is_known)
        return;
    uint32_t made = tie_made(rail, tx), spent = made == SLAB_NONE ? tie_spent(rail, tx) : SLAB_NONE;
    *cost = (struct cost){.is_known = true, .tie = made, .node = node, .kind = RAIL_UPKEEP_CLAIM};
    if (made != SLAB_NONE) {
        cost->kind = tie_at(rail, made)->is_first ? RAIL_UPKEEP_OPEN : RAIL_UPKEEP_TOP_UP;
    } else if (spent != SLAB_NONE) {
        cost->kind = RAIL_UPKEEP_CLOSE;
        cost->tie = spent;
        cost->node = tie_at(rail, spent)->opener;
        cost->other = tie_at(rail, spent)->other;
    } else {
        const struct cost *funding = funding_paid_for(rail, tx);
        if (funding != NULL) {
            cost->kind = funding->kind;
            cost->tie = funding->tie;
        }
    }
}

/* ---- booking ---------------------------------------------------------------------------------------------------- */

static bool has_output_of(const struct btc_tx *tx, int64_t value_sat)
{
    for (uint32_t i = 0; i < tx->output_count; i++) {
        if (tx->outputs[i].value_sat == value_sat)
            return true;
    }
    return false;
}

/* What the end that did not open loses by a closing. */
static int64_t other_msat(const struct lightning *rail, const struct cost *cost, const struct chain_tx *tx)
{
    const struct tie *tie = tie_at(rail, cost->tie);
    const struct ln_node_channel *ours = place_entry(rail, tie, 0), *theirs = place_entry(rail, tie, 1);
    int64_t has_msat = theirs != NULL ? (int64_t)theirs->channel.settled_msat[LN_US]
                       : ours != NULL ? (int64_t)ours->channel.settled_msat[LN_THEM]
                                      : 0;
    int64_t lost_msat = has_output_of(&tx->tx, has_msat / 1000) ? has_msat % 1000 : has_msat;
    return lost_msat <= 1000 * DUST_SAT ? lost_msat : has_msat % 1000;
}

static void move(struct lightning *rail, uint32_t node, int64_t fee_msat)
{
    uint32_t account = lightning_ledger_account(rail, node);
    if (fee_msat >= 0)
        ledger_move(rail->ledger, account, LEDGER_PROVIDER, fee_msat);
    else
        ledger_move(rail->ledger, LEDGER_PROVIDER, account, -fee_msat);
}

static bool is_payers(const struct lightning *rail, uint32_t node)
{
    return lightning_ledger_account(rail, node) >= LEDGER_FIRST_PAYER;
}

/* What a third party pays is nobody's concern here, but for the sum that miners have. */
static bool is_third(const struct lightning *rail, uint32_t node)
{
    return !lightning_is_own(rail, node) || lightning_ledger_account(rail, node) == LEDGER_PROVIDER;
}

/* In: sign, 1 or -1: taken back. */
static void book(struct lightning *rail, const struct cost *cost, const struct chain_tx *tx, int sign)
{
    int64_t node_msat = sign * cost->node_msat, rest_msat = sign * cost->other_msat;
    rail->chain_fee_msat += node_msat + rest_msat;
    if (!lightning_is_own(rail, cost->node))
        return; /* capital from outside pays */
    node_msat = is_third(rail, cost->node) ? 0 : node_msat;
    rest_msat = cost->other_msat == 0 || is_third(rail, cost->other) ? 0 : rest_msat;
    int64_t payer_msat = is_payers(rail, cost->node) ? node_msat : 0;
    payer_msat += rest_msat != 0 && is_payers(rail, cost->other) ? rest_msat : 0;
    move(rail, cost->node, node_msat);
    if (rest_msat != 0)
        move(rail, cost->other, rest_msat);
    lightning_raise(rail, &(struct rail_event){.kind = RAIL_UPKEEP,
                                               .upkeep = cost->kind,
                                               .session = RAIL_NO_SESSION,
                                               .fee_payer_msat = payer_msat,
                                               .fee_payee_msat = node_msat + rest_msat - payer_msat,
                                               .weight_wu = sign * (int64_t)tx->weight_wu,
                                               .asked_us = sim_now_us(rail->sim)});
}

void cost_depth(struct lightning *rail, uint32_t number, uint32_t depth)
{
    struct cost *cost = number < rail->cost_count ? &rail->costs[number] : NULL;
    if (cost == NULL || !cost->is_known || cost->is_booked == (depth > 0))
        return;
    const struct chain_tx *tx = chain_tx(rail->chain, number);
    cost->is_booked = depth > 0;
    if (cost->bought_sat > 0) {
        rail->stations[cost->node].given_msat += (depth > 0 ? 1000 : -1000) * cost->bought_sat;
        return;
    }
    assert(tx->fee_sat >= 0);
    if (depth > 0) {
        cost->other_msat = cost->kind == RAIL_UPKEEP_CLOSE ? other_msat(rail, cost, tx) : 0;
        cost->node_msat = 1000 * tx->fee_sat - cost->other_msat;
    }
    book(rail, cost, tx, depth > 0 ? 1 : -1);
}
