/* node_forward.h: HTLCs that are passed on, for a fee.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     in: irrevocably committed ──► fee, expiry, limits ──► out
 *         fulfilled as soon as the preimage is known   ◄── link    failed once out is irrevocably gone
 *
 * Source: BOLT 2, forwarding HTLCs; BOLT 4, failure messages; BOLT 7, HTLC fees.
 */
#ifndef KONSENTO_LIGHTNING_NODE_FORWARD_H
#define KONSENTO_LIGHTNING_NODE_FORWARD_H

#include "protocol/lightning/hop.h"
#include "protocol/lightning/node_answer.h"

/* An HTLC of a peer whose onion is open. */
struct ln_node_hop {
    struct ln_incoming incoming;
    struct ln_hop_htlc htlc;
    const struct ln_payload *payload;
    const uint8_t *onion; /* as it came */
};

/* Forwards it, asks the host, or fails it. In: next, the onion for the next hop. */
void ln_node_forward(struct ln_node *node, const struct ln_node_hop *hop, const uint8_t next[LN_ONION_BYTES]);
/* Over a channel of the host's choice, or NULL for the one that the onion names; nobody is asked. */
void ln_node_forward_over(struct ln_node *node, const struct ln_node_hop *hop, const uint8_t next[LN_ONION_BYTES],
                          const struct ln_node_channel *over);
/* Tells the host of a link that waits for its answer. */
void ln_node_ask_host(struct ln_node *node, const struct ln_node_link *link, uint64_t short_channel_id,
                      const uint8_t next[LN_ONION_BYTES]);

/* The preimage of an outgoing one. */
void ln_node_forward_fulfilled(struct ln_node *node, struct ln_node_link *link, const uint8_t preimage[32],
                               struct btc_bytes attribution);
/* The peer failed an outgoing one, and it has gone for good. In: job, of LN_EVENT_FAILED. */
void ln_node_forward_failed(struct ln_node *node, struct ln_node_link *link, const struct ln_node_job *job);
/* Likewise, on the chain. */
void ln_node_forward_lapsed(struct ln_node *node, struct ln_node_link *link);

#endif
