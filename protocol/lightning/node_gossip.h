/* node_gossip.h: what a node says of its channels to their peers and to everybody, and what it hears.   [real]
 * SPDX-License-Identifier: MIT
 *
 * To the peer of each channel goes a channel_update, so that it can be routed over even if nobody else may know of it.
 * A channel that is to be announced is, six blocks deep, as soon as both ends have signed. Gossip of others is taken
 * into the graph if the configuration says so, and what is new is sent on. What is known of old a peer is told in
 * pieces, if it asks by gossip_timestamp_filter and the graph keeps messages. Source: BOLT 7.
 */
#ifndef KONSENTO_LIGHTNING_NODE_GOSSIP_H
#define KONSENTO_LIGHTNING_NODE_GOSSIP_H

#include "protocol/lightning/node_channel.h"

/* Says what is due about a channel whose peer is up. */
void ln_node_talk_about(struct ln_node *node, struct ln_node_channel *entry);
/* The channel asks for something else from now on. */
void ln_node_terms_changed(struct ln_node *node, struct ln_node_channel *entry);

/* By node->refresh_us: says again what is about to grow old. */
void ln_node_refresh(struct ln_node *node);

/* Messages 256 to 259 of a peer. */
void ln_node_hear_gossip(struct ln_node *node, uint32_t peer, const struct ln_message *message, struct btc_bytes bytes);

/* What a peer wants to hear of old; what we want to. */
void ln_node_hear_filter(struct ln_node *node, uint32_t peer, const struct ln_gossip_timestamp_filter *filter);
void ln_node_ask_for_gossip(struct ln_node *node, uint32_t peer);
/* The next piece of what it wants. */
void ln_node_tell_old(struct ln_node *node, uint32_t peer);

#endif
