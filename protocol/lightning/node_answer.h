/* node_answer.h: how HTLCs of peers end: fulfilled or failed, in the channel or on the chain.   [real]
 * SPDX-License-Identifier: MIT
 *
 * A channel that is alive keeps the answer and says it as soon as it can; one on the chain claims what is fulfilled,
 * and what is failed goes back by itself. Failures of ours are wrapped for who sent the onion, those of others wrapped
 * once more, with the time that we held the HTLC if the peer wants to know it. Source: BOLT 4, returning errors.
 */
#ifndef KONSENTO_LIGHTNING_NODE_ANSWER_H
#define KONSENTO_LIGHTNING_NODE_ANSWER_H

#include "protocol/lightning/failure.h"
#include "protocol/lightning/node_chain.h"

/* An HTLC of a peer, irrevocably committed. */
struct ln_incoming {
    struct ln_node_channel *entry;
    uint64_t htlc;
    uint64_t since_us;
    uint8_t secret[32]; /* of its onion */
};

/* In: attribution, as it came from downstream; empty if none did. */
void ln_node_fulfill(struct ln_node *node, const struct ln_incoming *incoming, const uint8_t preimage[32],
                     struct btc_bytes attribution);
/* A failure of ours. One of a bad onion is told without wrapping. In: onion, of the HTLC, for a code with BADONION. */
void ln_node_fail(struct ln_node *node, const struct ln_incoming *incoming, const struct ln_failure *failure,
                  const uint8_t *onion);
/* A failure of somebody behind us. */
void ln_node_pass_failure(struct ln_node *node, const struct ln_incoming *incoming, struct btc_bytes reason,
                          struct btc_bytes attribution);

/* The same for a link, which is then forgotten. */
void ln_node_fulfill_link(struct ln_node *node, struct ln_node_link *link, const uint8_t preimage[32],
                          struct btc_bytes attribution);
void ln_node_fail_link(struct ln_node *node, struct ln_node_link *link, const struct ln_failure *failure);
void ln_node_pass_failure_link(struct ln_node *node, struct ln_node_link *link, struct btc_bytes reason,
                               struct btc_bytes attribution);

#endif
