/* node_line.h: a connection of a node as bytes: the transport (BOLT 8), and behind it the node's peer.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     bytes ──► handshake ──► ln_node_connect, then each message ──► ln_node_receive     the end ──► ln_node_disconnect
 *     LN_NODE_MESSAGE ──► ln_node_line_send ──► bytes                LN_NODE_DISCONNECT ──► ln_node_line_close
 *
 * For hosts that have real sockets; one that simulates links may hand messages over as they are. Effects of the node
 * gather in its list, for the host to carry out behind each call. Source: BOLT 8.
 */
#ifndef KONSENTO_LIGHTNING_NODE_LINE_H
#define KONSENTO_LIGHTNING_NODE_LINE_H

#include "protocol/lightning/node.h"
#include "protocol/lightning/transport.h"

struct ln_node_line {
    struct ln_transport transport;
    bool joined;   /* the node knows of it */
    uint32_t peer; /* if joined */
    uint8_t act[LN_TRANSPORT_ACT_MAX];
    uint8_t act_length; /* to be sent now; 0: nothing */
};

/* In: buffer, LN_TRANSPORT_BUFFER_BYTES, kept by the caller; ephemeral, 32 bytes that are used for this line alone;
 * remote, who is called, NULL to be called. Returns LN_TRANSPORT_SEND (line->act is to be sent), LN_TRANSPORT_MORE, or
 * LN_TRANSPORT_ACT_BAD_KEY. */
LN_MUST_USE enum ln_transport_result ln_node_line_open(struct ln_node_line *line, const struct ln_node *node,
                                                       uint8_t *buffer, const uint8_t ephemeral[32],
                                                       const uint8_t *remote);
/* Takes bytes that came, however they were cut. Out: line->act, to be sent before anything else. Returns
 * LN_TRANSPORT_MORE; or why the line has ended, and the node then knows; LN_TRANSPORT_CLOSED also if the node refuses
 * the peer (it is connected already, or there are too many). Out: failed, whether the node has (LN_NODE_NO_MEMORY). */
LN_MUST_USE enum ln_transport_result ln_node_line_receive(struct ln_node_line *line, struct ln_node *node, bool *failed,
                                                          const uint8_t *bytes, size_t length);
/* The bytes of a message to the line's peer. Out: out, message.length + LN_TRANSPORT_OVERHEAD. In: a line that is
 * joined (asserts). */
void ln_node_line_send(struct ln_node_line *line, uint8_t *out, struct btc_bytes message);
/* It is closed, by either side. Returns false if the node has failed. */
LN_MUST_USE bool ln_node_line_close(struct ln_node_line *line, struct ln_node *node);

#endif
