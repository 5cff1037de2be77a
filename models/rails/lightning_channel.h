/* lightning_channel.h: channels of the rail: opened, topped up, closed.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   needed --> line up, coins there --> OPENING --depth, or trust--> READY --> LEAVING --> SPENT --> gone
 *                 |                                                    |                    ^
 *                 +-- no coins: one is bought, tried again with       +-- silent too long --+
 *                     the next block                                      (by force)
 *
 * A channel that cannot carry the next payment is topped up as the config says: without splices that is another channel
 * beside it, or a closing by agreement and a new channel. Between the operator's own nodes money goes back by a payment
 * instead, which costs nothing on the chain.
 */
#ifndef KONSENTO_MODELS_RAILS_LIGHTNING_CHANNEL_H
#define KONSENTO_MODELS_RAILS_LIGHTNING_CHANNEL_H

#include "models/rails/lightning_parts.h"

/* A channel is to be there: opens one over a line that has none which could become usable. */
void channel_need(struct lightning *rail, uint32_t line);
/* The line's channels cannot carry what is wanted. In: amount_msat, that one must carry. */
void channel_top_up(struct lightning *rail, uint32_t line, int64_t amount_msat);
/* Whether one is being opened, or waits for coins. */
bool channel_is_coming(const struct lightning *rail, uint32_t line);

/* What a node says about a channel or a peer. Returns the line that it is about and that may be used from now on,
 * SLAB_NONE: none. */
uint32_t channel_hear(struct lightning *rail, uint32_t node, const struct ln_node_event *event);
/* A block has come: there may be coins. */
void channel_block(struct lightning *rail);
/* Once a day: those that are too old, those that nobody answers. */
void channel_day(struct lightning *rail);
/* The line is not used any more for now: time to close what is too old. */
void channel_rest(struct lightning *rail, uint32_t line);

#endif
