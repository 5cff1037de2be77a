/* onchain_news.c: what the chain tells the rail, sorted by whose transaction it is about.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/onchain_news.h"

#include "models/rails/onchain_account.h"
#include "models/rails/onchain_books.h"
#include "models/rails/onchain_final.h"
#include "models/rails/onchain_fraud.h"
#include "models/rails/onchain_transfer.h"
#include "models/rails/onchain_upkeep.h"
#include "models/rails/onchain_wait.h"

/* ---- blocks ----------------------------------------------------------------------------------------------------- */

static void connect(struct onchain *onchain, const struct chain_event *event)
{
    if (event->height > onchain->best_height) {
        onchain->best_height = event->height;
        feerates_connect(&onchain->feerates);
    }
    purse_connect(&onchain->operator, event->block, event->height);
    for (uint32_t i = 0; i < onchain->payer_count; i++)
        purse_connect(&onchain->payers[i].purse, event->block, event->height);
    for (uint32_t i = 0; i < onchain->transfers.limit; i++)
        transfer_block(onchain, i);
    settlement_retry(onchain);
    final_block(onchain);
    upkeep_block(onchain);
}

static void disconnect(struct onchain *onchain, const struct chain_event *event)
{
    purse_disconnect(&onchain->operator, event->block, event->height);
    for (uint32_t i = 0; i < onchain->payer_count; i++)
        purse_disconnect(&onchain->payers[i].purse, event->block, event->height);
}

/* ---- one payment ------------------------------------------------------------------------------------------------ */

static bool is_version_of(const struct onchain *onchain, uint32_t tx, uint32_t index)
{
    struct owner owner = onchain_owner(onchain, tx);
    return tx != CHAIN_NONE && owner.role == OWNER_TRANSFER && owner.index == index;
}

static void contest(struct onchain *onchain, uint32_t index, uint32_t rival)
{
    struct transfer *transfer = transfer_at(onchain, index);
    if (!transfer_is_open(transfer) || is_version_of(onchain, rival, index))
        return;
    if (transfer->rival == CHAIN_NONE)
        transfer->rival = rival;
    if (onchain->config->conflicts == ONCHAIN_CONFLICTS_IGNORED)
        return;
    transfer->is_conflicted = true;
    transfer_withdraw(onchain, index);
}

/* The version at hand left the mempool, and no newer one is there. is_block: a block showed it. */
static void gone(struct onchain *onchain, uint32_t index, const struct chain_event *event, bool is_block)
{
    struct transfer *transfer = transfer_at(onchain, index);
    if (!transfer_is_open(transfer) || transfer->tx != event->tx)
        return;
    if (is_version_of(onchain, event->other, index)) {
        transfer->tx = event->other;
        return;
    }
    if (transfer->rival == CHAIN_NONE)
        transfer->rival = event->other;
    if (onchain->config->conflicts == ONCHAIN_CONFLICTS_IGNORED && !is_block)
        return;
    transfer->is_gone = true;
    transfer_withdraw(onchain, index);
}

static void refused(struct onchain *onchain, uint32_t index, uint32_t tx)
{
    struct transfer *transfer = transfer_at(onchain, index);
    const struct account *account = &onchain->accounts[transfer->session];
    bool was_never_there = transfer->seen_us == CHAIN_NEVER_US && transfer->depth == 0;
    if (!transfer_is_open(transfer))
        return;
    if (transfer->tx == tx && was_never_there)
        transfer_lose(onchain, index, account->fraud == ONCHAIN_HONEST ? RAIL_CAUSE_REFUSED : account->fraud_cause);
}

static void expired(struct onchain *onchain, uint32_t index, uint32_t tx)
{
    struct transfer *transfer = transfer_at(onchain, index);
    if (transfer_is_open(transfer) && transfer->tx == tx && transfer->depth == 0)
        transfer_lose(onchain, index, RAIL_CAUSE_EXPIRED);
}

static void hear_transfer(struct onchain *onchain, uint32_t index, const struct chain_event *event)
{
    switch (event->kind) {
    case CHAIN_EVENT_SEEN:
        transfer_seen(onchain, index, event->tx);
        break;
    case CHAIN_EVENT_REFUSED:
        refused(onchain, index, event->tx);
        break;
    case CHAIN_EVENT_CONFLICT:
        contest(onchain, index, event->other);
        break;
    case CHAIN_EVENT_REPLACED:
    case CHAIN_EVENT_EVICTED:
        gone(onchain, index, event, false);
        break;
    case CHAIN_EVENT_LOST:
    case CHAIN_EVENT_DROPPED:
        gone(onchain, index, event, true);
        break;
    case CHAIN_EVENT_EXPIRED:
        expired(onchain, index, event->tx);
        break;
    case CHAIN_EVENT_DEPTH:
        transfer_depth(onchain, index, event->tx, event->depth);
        break;
    default:
        break;
    }
}

/* ---- others ----------------------------------------------------------------------------------------------------- */

static void hear_settlement(struct onchain *onchain, uint32_t session, const struct chain_event *event)
{
    if (event->kind == CHAIN_EVENT_DEPTH)
        settlement_depth(onchain, session, event->depth);
    else if (event->kind == CHAIN_EVENT_SEEN)
        settlement_retry(onchain);
    else if (event->kind == CHAIN_EVENT_REFUSED || event->kind == CHAIN_EVENT_EXPIRED ||
             event->kind == CHAIN_EVENT_EVICTED || event->kind == CHAIN_EVENT_DROPPED ||
             event->kind == CHAIN_EVENT_LOST || event->kind == CHAIN_EVENT_REPLACED)
        settlement_refused(onchain, session);
}

/* Money for a payment of a session that is over. */
static void hear_stray(struct onchain *onchain, struct owner owner, const struct chain_event *event)
{
    if (event->kind != CHAIN_EVENT_DEPTH || event->depth < onchain->config->final_confirmations)
        return;
    ledger_move(onchain->ledger, LEDGER_FIRST_PAYER + owner.index, LEDGER_OWED, owner.value_sat * 1000);
    onchain->payers[owner.index].balance_msat += owner.value_sat * 1000;
    onchain_own(onchain, event->tx, (struct owner){0});
}

static void hear_own(struct onchain *onchain, const struct chain_event *event)
{
    struct owner owner = onchain_owner(onchain, event->tx);
    struct owner other = onchain_owner(onchain, event->other);
    switch (owner.role) {
    case OWNER_TRANSFER:
        hear_transfer(onchain, owner.index, event);
        break;
    case OWNER_SETTLEMENT:
        hear_settlement(onchain, owner.index, event);
        break;
    case OWNER_STRAY:
        hear_stray(onchain, owner, event);
        break;
    case OWNER_RIVAL:
        if (event->kind == CHAIN_EVENT_CONFLICT && other.role == OWNER_TRANSFER)
            contest(onchain, other.index, event->tx);
        break;
    case OWNER_FINAL:
        final_hear(onchain, owner.index, event);
        break;
    case OWNER_UPKEEP:
        upkeep_hear(onchain, owner.index, event);
        break;
    case OWNER_NOBODY:
        break;
    }
}

void onchain_hear(void *self, const struct chain_event *event)
{
    struct onchain *onchain = self;
    if (onchain->trouble->is_memory_out)
        return;
    if (event->kind == CHAIN_EVENT_CONNECT)
        connect(onchain, event);
    else if (event->kind == CHAIN_EVENT_DISCONNECT)
        disconnect(onchain, event);
    else if (event->kind == CHAIN_EVENT_PREMINED || event->kind == CHAIN_EVENT_GAVE_UP)
        fraud_release(onchain);
    else if (event->tx != CHAIN_NONE)
        hear_own(onchain, event);
}
