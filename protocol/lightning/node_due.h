/* node_due.h: when peers are due: to be pinged, to be left because they owe an answer, to be told gossip.   [real]
 * SPDX-License-Identifier: MIT
 *
 * The earliest is known at the end of each input without a look at all peers: a hub has hundreds, an input is about
 * one or two.
 */
#ifndef KONSENTO_LIGHTNING_NODE_DUE_H
#define KONSENTO_LIGHTNING_NODE_DUE_H

#include "protocol/lightning/node_state.h"

/* Since when a peer owes us an answer; 0: it does not. */
uint64_t ln_node_owes_since_us(const struct ln_node *node, const struct ln_node_peer *peer);
/* When a peer is due to be pinged or left; UINT64_MAX: never. */
uint64_t ln_node_due_us(const struct ln_node *node, const struct ln_node_peer *peer);
/* Something has changed that decides when a peer is due. Of those due at one time the first in the array is the first.
 */
void ln_node_peer_moved(struct ln_node *node, uint32_t peer);

#endif
