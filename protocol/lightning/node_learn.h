/* node_learn.h: what attempts teach a node about other people's channels, and keeping it.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Records of liquidity.h are written down with the record of the attempt that changed them, each under its slot, so
 * that the stream never holds more of them than the node does.
 */
#ifndef KONSENTO_LIGHTNING_NODE_LEARN_H
#define KONSENTO_LIGHTNING_NODE_LEARN_H

#include "protocol/lightning/node_core.h"

/* An attempt leaves; it came back from its payee as wished; it failed. */
void ln_node_learn_sent(struct ln_node *node, struct ln_attempt *attempt);
void ln_node_learn_settled(struct ln_node *node, const struct ln_attempt *attempt);
void ln_node_learn_failed(struct ln_node *node, const struct ln_attempt *attempt,
                          const struct ln_liquidity_failure *failure);
/* Restoring: an attempt that is under way. */
void ln_node_learn_again(struct ln_node *node, struct ln_attempt *attempt);
/* Restoring: one entry of the stream, before the attempts. One for which there is no room any more is forgotten. */
LN_MUST_USE enum ln_node_result ln_node_read_lesson(struct ln_node *node, uint64_t slot, struct btc_bytes bytes);

#endif
