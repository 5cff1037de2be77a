/* node.h: the operator's node: what it sees of own transactions and of the chain, told as events.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Its tip and mempool are a view like a miner's. Notices of the mempool come while it changes; they wait in a queue
 * until the change is complete, then go out in order.
 */
#ifndef KONSENTO_MODELS_CHAIN_NODE_H
#define KONSENTO_MODELS_CHAIN_NODE_H

#include "models/chain/parts.h"

/* Joins the view of the operator's zone; after view_open. */
void node_open(struct chain *chain);
void node_close(struct chain *chain);

/* An own transaction arrives. */
void node_take_tx(struct chain *chain, uint32_t tx);
/* An observer reports that other spends the same as tx. */
void node_observe(struct chain *chain, uint32_t tx, uint32_t other);
/* Puts an event behind those that wait. */
void node_tell(struct chain *chain, const struct chain_event *event);
/* Raises all events that wait. */
void node_flush(struct chain *chain);

#endif
