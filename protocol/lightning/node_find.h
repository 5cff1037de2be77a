/* node_find.h: what a node has, by the numbers that name it: channels, links, invoices, payments, attempts.   [real]
 * SPDX-License-Identifier: MIT
 */
#ifndef KONSENTO_LIGHTNING_NODE_FIND_H
#define KONSENTO_LIGHTNING_NODE_FIND_H

#include "protocol/lightning/node_core.h"

/* All return NULL for what is not there; new ones: if the limit is reached. */

/* ---- peers and channels ---- */

struct ln_node_channel *ln_node_find_channel(const struct ln_node *node, uint64_t number);
struct ln_node_channel *ln_node_find_scid(const struct ln_node *node, uint64_t short_channel_id);
struct ln_node_peer *ln_node_find_peer(const struct ln_node *node, const uint8_t node_id[33]);
/* In: connected or not. */
static inline struct ln_node_peer *ln_node_peer_of(const struct ln_node *node, const struct ln_node_channel *entry)
{
    return &node->peers[entry->peer];
}
static inline uint32_t ln_node_peer_place(const struct ln_node *node, const struct ln_node_peer *peer)
{
    return (uint32_t)(peer - node->peers);
}
/* Whether the peer is there and both inits are exchanged. */
static inline bool ln_node_is_up(const struct ln_node *node, const struct ln_node_channel *entry)
{
    return node->peers[entry->peer].ready;
}

void ln_node_index_channel(struct ln_node *node, struct ln_node_channel *entry);
void ln_node_unindex_channel(struct ln_node *node, struct ln_node_channel *entry);
/* The short channel id has become known, or is no longer. In: 0 for the second. */
void ln_node_set_scid(struct ln_node *node, struct ln_node_channel *entry, uint64_t short_channel_id);

/* ---- links: a free place, filled by the caller and then indexed ---- */
struct ln_node_link *ln_node_new_link(struct ln_node *node);
void ln_node_index_link(struct ln_node *node, struct ln_node_link *link);
struct ln_node_link *ln_node_link_in(const struct ln_node *node, uint64_t channel, uint64_t htlc);
struct ln_node_link *ln_node_link_out(const struct ln_node *node, uint64_t channel, uint64_t htlc);
/* Forgets it, in the stream too. */
void ln_node_end_link(struct ln_node *node, struct ln_node_link *link);

/* ---- invoices and payments, likewise ---- */

struct ln_node_invoice *ln_node_new_invoice(struct ln_node *node);
void ln_node_index_invoice(struct ln_node *node, struct ln_node_invoice *invoice);
struct ln_node_invoice *ln_node_invoice_by_hash(const struct ln_node *node, const uint8_t payment_hash[32]);
struct ln_node_invoice *ln_node_find_invoice(const struct ln_node *node, uint64_t number);
void ln_node_end_invoice(struct ln_node *node, struct ln_node_invoice *invoice);

struct ln_payment *ln_node_new_payment(struct ln_node *node);
struct ln_payment *ln_node_find_payment(const struct ln_node *node, uint64_t number);
void ln_node_end_payment(struct ln_node *node, struct ln_payment *payment);

struct ln_attempt *ln_node_new_attempt(struct ln_node *node);
void ln_node_index_attempt(struct ln_node *node, struct ln_attempt *attempt);
struct ln_attempt *ln_node_attempt_out(const struct ln_node *node, uint64_t channel, uint64_t htlc);
void ln_node_end_attempt(struct ln_node *node, struct ln_attempt *attempt);

#endif
