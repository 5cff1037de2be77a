/* audit.c: what must hold of the chain at any moment.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/parts.h"

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

/* No two mined transactions spend the same, and the operator's node is right about each. Only where the coins stand at
 * its tip can they tell. */
static bool audit_txs(const struct chain *chain, char *why, size_t why_size)
{
    if (chain->branch.at != chain->views[chain->operator].tip)
        return true;
    for (uint32_t i = 0; i < own_count(&chain->own); i++) {
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
    if (chain->trouble->is_memory_out || chain->trouble->is_failed)
        return true; /* the run is void */
    return audit_coins(chain, why, why_size) && audit_txs(chain, why, why_size);
}
