/* audit.c: what must hold of the chain at any moment.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/audit.h"

#include <inttypes.h>
#include <stdio.h>

/* Every satoshi that a miner could create is in a coin, or was burnt for all to see: none twice, none from nowhere. */
static bool audit_coins(const struct chain *chain, char *why, size_t why_size)
{
    const struct tree_node *tip = tree_at(&chain->tree, chain->branch.at);
    int64_t coins_sat = chain->branch.chain.coins.total_sat;
    if (coins_sat + tip->burnt_sat == tip->subsidies_sat)
        return true;
    snprintf(why, why_size, "coins %" PRId64 " sat and burnt %" PRId64 " sat are not the subsidies %" PRId64 " sat",
             coins_sat, tip->burnt_sat, tip->subsidies_sat);
    return false;
}

static bool is_coin(const struct chain *chain, const struct btc_outpoint *outpoint)
{
    return btc_utxo_get(&chain->branch.chain.coins, outpoint) != NULL;
}

/* A mined transaction has spent its inputs; one that waits has a coin, or the output of another that waits. */
static bool is_accounted(const struct chain *chain, const struct chain_tx *tx)
{
    const struct btc_mempool *pool = &chain->views[chain->operator].pools[0];
    struct btc_mempool_info info;
    for (uint32_t i = 0; i < tx->tx.input_count; i++) {
        const struct btc_outpoint *outpoint = &tx->tx.inputs[i].previous;
        if (tx->state == CHAIN_TX_MINED && is_coin(chain, outpoint))
            return false;
        if (tx->state == CHAIN_TX_POOLED && !is_coin(chain, outpoint) && !btc_mempool_get(&info, pool, outpoint->txid))
            return false;
    }
    return (tx->state == CHAIN_TX_POOLED) == btc_mempool_get(&info, pool, tx->txid);
}

/* The operator's node is right about transactions first .. end - 1. Only where the coins stand at its tip can they
 * tell. */
static bool audit_txs(const struct chain *chain, uint32_t first, uint32_t end, char *why, size_t why_size)
{
    if (chain->branch.at != chain->views[chain->operator].tip)
        return true;
    for (uint32_t i = first; i < end && i < own_count(&chain->own); i++) {
        if (is_accounted(chain, &own_at(&chain->own, i)->seen))
            continue;
        snprintf(why, why_size, "the inputs of own transaction %" PRIu32 " are not accounted for", i);
        return false;
    }
    return true;
}

bool chain_audit(const void *object, char *why, size_t why_size)
{
    const struct chain *chain = object;
    return chain_is_over(chain) ||
           (audit_coins(chain, why, why_size) && audit_txs(chain, 0, own_count(&chain->own), why, why_size));
}

bool audit_recent(const void *object, char *why, size_t why_size)
{
    const struct chain *chain = object;
    uint32_t count = own_count(&chain->own), newest = count > AUDIT_WINDOW ? count - AUDIT_WINDOW : 0;
    uint32_t windows = newest / AUDIT_WINDOW + 1;
    uint32_t other = (uint32_t)(sim_event_count(chain->sim) / SIM_AUDIT_EVERY % windows) * AUDIT_WINDOW;
    return chain_is_over(chain) ||
           (audit_coins(chain, why, why_size) && audit_txs(chain, newest, count, why, why_size) &&
            audit_txs(chain, other, other + AUDIT_WINDOW, why, why_size));
}
