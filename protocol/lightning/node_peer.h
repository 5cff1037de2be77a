/* node_peer.h: connections of a node, and what peers say.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Source: BOLT 1; BOLT 2 for which channel a message is about.
 */
#ifndef KONSENTO_LIGHTNING_NODE_PEER_H
#define KONSENTO_LIGHTNING_NODE_PEER_H

#include "protocol/lightning/node_channel.h"
#include "protocol/lightning/node_gossip.h"

enum ln_node_result ln_node_peer_comes(struct ln_node *node, uint32_t *peer, const uint8_t node_id[33]);
enum ln_node_result ln_node_peer_goes(struct ln_node *node, uint32_t peer);
enum ln_node_result ln_node_peer_says(struct ln_node *node, uint32_t peer, struct btc_bytes message);

/* Pings, and peers that keep us waiting. */
void ln_node_peers_in_time(struct ln_node *node);
uint64_t ln_node_peers_next_us(const struct ln_node *node);

#endif
