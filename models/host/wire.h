/* wire.h: messages over links: connections, handshakes, encryption.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_HOST_WIRE_H
#define KONSENTO_MODELS_HOST_WIRE_H

#include "models/host/parts.h"

/* Listens to the link of a line. */
void wire_listen(struct host *host, uint32_t line);
/* What has left the node for a line's connection of an epoch; nothing if that is lost meanwhile. */
void wire_send_message(struct host *host, uint32_t line, uint32_t epoch, struct btc_bytes message);
void wire_send_bytes(struct host *host, uint32_t line, uint32_t epoch, struct btc_bytes bytes);
void wire_close(struct host *host, uint32_t line, uint32_t epoch);
/* The owner of this end has no more use for the connection, if there is one. */
void wire_part(struct host *host, uint32_t line);
/* The node is gone: so is its end of the connection. */
void wire_drop(struct host *host, uint32_t line);
/* It looks at messages of the peer, or does not; what it has not looked at it does then. */
void wire_stall(struct host *host, uint32_t line, bool is_stalled);

#endif
