/* node_outside.h: HTLCs that go on, or come from, where only the host reaches.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     peer ──HTLC──► node ──LN_NODE_FORWARD_ASKED──► host        the host knows another way, or makes a channel first
 *     peer ◄─────── node ◄──ln_node_answer───────── host
 *     host ──ln_node_offer──► node ──HTLC──► peer                and tells how it ended: LN_NODE_OFFER_...
 *
 * Both are links (node_parts.h) whose other side has the number LN_NODE_OUTSIDE, kept and told again as others are.
 * Whoever is asked must answer before the incoming HTLC's expiry, as for any forwarding. Source: BOLT 4.
 */
#ifndef KONSENTO_LIGHTNING_NODE_OUTSIDE_H
#define KONSENTO_LIGHTNING_NODE_OUTSIDE_H

#include "protocol/lightning/node_forward.h"

/* Asks once more about all that is not answered: behind a restart. */
void ln_node_ask_again(struct ln_node *node);

LN_MUST_USE enum ln_node_result ln_node_answer_outside(struct ln_node *node, uint64_t channel, uint64_t htlc,
                                                       const struct ln_node_answer *answer);
LN_MUST_USE enum ln_node_result ln_node_offer_outside(struct ln_node *node, uint64_t *htlc, uint64_t channel,
                                                      const struct ln_add *add);

#endif
