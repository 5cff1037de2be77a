/* lightning_cost.h: what transactions on the chain cost, and whom.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whoever opened a channel pays for its funding and for what closes it, by agreement or not; whoever sends anything
 * else pays for that. What the other side loses by a closing is what no output can hold: parts of a satoshi, or dust.
 * Booked when a block of the operator's best chain has the transaction, taken back when it is gone.
 */
#ifndef KONSENTO_MODELS_RAILS_LIGHTNING_COST_H
#define KONSENTO_MODELS_RAILS_LIGHTNING_COST_H

#include "models/rails/lightning_parts.h"

/* A node has sent a transaction. */
void cost_sent(struct lightning *rail, uint32_t node, uint32_t tx);
/* It has so many confirmations. */
void cost_depth(struct lightning *rail, uint32_t tx, uint32_t depth);

#endif
