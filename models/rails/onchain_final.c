/* onchain_final.c: payments that do not stay final.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/onchain_final.h"

#include "models/rails/onchain_books.h"

#include <stdlib.h>

static bool grow(struct onchain *onchain)
{
    uint32_t capacity = onchain->final_capacity == 0 ? 64 : 2 * onchain->final_capacity;
    struct final *finals = realloc(onchain->finals, capacity * sizeof finals[0]);
    if (finals == NULL) {
        trouble_memory(onchain->trouble);
        return false;
    }
    onchain->finals = finals;
    onchain->final_capacity = capacity;
    return true;
}

void final_note(struct onchain *onchain, const struct transfer *transfer)
{
    const struct account *account = &onchain->accounts[transfer->session];
    if (onchain->final_count == onchain->final_capacity && !grow(onchain))
        return;
    uint32_t index = onchain->final_count++;
    onchain->finals[index] = (struct final){.tx = transfer->tx,
                                            .rival = CHAIN_NONE,
                                            .payer = account->payer,
                                            .payee = account->payee,
                                            .cause = account->fraud_cause,
                                            .value_msat = transfer->value_sat * 1000,
                                            .fee_msat = transfer->fee_msat,
                                            .weight_wu = transfer->weight_wu};
    onchain_own_versions(onchain, transfer->newest, (struct owner){.role = OWNER_FINAL, .index = index});
}

static void tell(struct onchain *onchain, const struct final *final, struct rail_event event)
{
    event.session = RAIL_NO_SESSION;
    event.amount_msat = final->value_msat;
    event.payee = final->payee;
    event.asked_us = sim_now_us(onchain->sim);
    onchain_raise(onchain, &event);
}

static void hear_depth(struct onchain *onchain, struct final *final, uint32_t depth)
{
    bool is_enough = depth >= onchain->config->final_confirmations;
    if (is_enough == !final->is_shaken)
        return;
    final->is_shaken = !is_enough;
    onchain->shaken_count += is_enough ? -1u : 1u;
    if (final->is_shaken)
        tell(onchain, final, (struct rail_event){.kind = RAIL_SHAKEN});
}

/* Another version of the payment is none. */
static void hear_rival(struct onchain *onchain, uint32_t index, uint32_t other)
{
    struct final *final = &onchain->finals[index];
    struct owner owner = onchain_owner(onchain, other);
    bool is_version = other != CHAIN_NONE && owner.role == OWNER_FINAL && owner.index == index;
    if (is_version)
        final->tx = other;
    else
        final->rival = other;
}

void final_hear(struct onchain *onchain, uint32_t index, const struct chain_event *event)
{
    struct final *final = &onchain->finals[index];
    if (final->is_undone)
        return;
    if (event->kind == CHAIN_EVENT_DEPTH && event->depth > 0)
        final->tx = event->tx;
    if (event->tx != final->tx)
        return;
    if (event->kind == CHAIN_EVENT_DEPTH)
        hear_depth(onchain, final, event->depth);
    else if (event->kind == CHAIN_EVENT_LOST || event->kind == CHAIN_EVENT_REPLACED)
        hear_rival(onchain, index, event->other);
}

static void undo(struct onchain *onchain, struct final *final, enum rail_cause cause)
{
    uint32_t payer = LEDGER_FIRST_PAYER + final->payer;
    final->is_shaken = false;
    final->is_undone = true;
    onchain->shaken_count--;
    purse_forget(&onchain->payers[final->payer].purse, &chain_tx(onchain->chain, final->tx)->tx);
    purse_forget(onchain_payee(onchain, final->payee), &chain_tx(onchain->chain, final->tx)->tx);
    ledger_move(onchain->ledger, ledger_payee(final->payee), payer, final->value_msat);
    ledger_move(onchain->ledger, LEDGER_PROVIDER, payer, final->fee_msat);
    tell(onchain, final,
         (struct rail_event){
             .kind = RAIL_UNDONE, .cause = cause, .fee_payer_msat = -final->fee_msat, .weight_wu = -final->weight_wu});
}

static void look_at(struct onchain *onchain, struct final *final)
{
    const struct chain_tx *seen = chain_tx(onchain->chain, final->tx);
    bool has_rival = final->rival != CHAIN_NONE;
    uint32_t rival_depth = has_rival ? chain_tx_depth(onchain->chain, final->rival) : 0;
    if (rival_depth >= onchain->config->final_confirmations)
        undo(onchain, final, final->cause);
    else if (seen->state == CHAIN_TX_GONE && rival_depth == 0)
        chain_submit(onchain->chain, &(struct chain_order){.tx = &seen->tx, .origin = CHAIN_DIRECT, .key = seen->key});
}

void final_block(struct onchain *onchain)
{
    for (uint32_t i = onchain->final_count; i-- > 0 && onchain->shaken_count > 0;)
        if (onchain->finals[i].is_shaken)
            look_at(onchain, &onchain->finals[i]);
}
