/* node_chain.h: what a node sees of the chain, and its channels that end there.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     block ──► funding found: depth, short channel id
 *           ──► funding spent, or the channel given up: its resolver (onchain.h) takes over, and tells by jobs what
 *               becomes of HTLCs
 *
 * Source: BOLT 5; BOLT 2 for unfunded channels; BOLT 7 for short channel ids.
 */
#ifndef KONSENTO_LIGHTNING_NODE_CHAIN_H
#define KONSENTO_LIGHTNING_NODE_CHAIN_H

#include "protocol/lightning/node_channel.h"

/* The resolver takes over, unless it has already. In: a channel from LN_STAGE_FUNDED on. */
void ln_node_begin_chain(struct ln_node *node, struct ln_node_channel *entry);
/* Memory for a resolver. Returns false if there is none. */
LN_MUST_USE bool ln_node_place_chain(struct ln_node *node, struct ln_node_channel *entry, uint32_t htlcs);
/* Turns what the last call on the resolver left into effects and jobs. */
void ln_node_take_chain(struct ln_node *node, struct ln_node_channel *entry);

void ln_node_see_block(struct ln_node *node, uint32_t height, const struct ln_node_tx *txs, uint32_t tx_count);
void ln_node_lose_blocks(struct ln_node *node, uint32_t height);
void ln_node_see_rates(struct ln_node *node, const struct ln_onchain_rates *rates);
void ln_node_see_coins(struct ln_node *node, const struct ln_onchain_coin *coins, uint32_t count);
enum ln_node_result ln_node_see_waiting(struct ln_node *node, uint64_t channel, const struct btc_tx *tx);
enum ln_node_result ln_node_see_past(struct ln_node *node, uint64_t channel, struct btc_bytes record);

#endif
