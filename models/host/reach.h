/* reach.h: a node's way to the chain: there or not.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_HOST_REACH_H
#define KONSENTO_MODELS_HOST_REACH_H

#include "models/host/parts.h"

/* Its way hangs on a coverage. Returns false when memory is out. */
__attribute__((warn_unused_result)) bool reach_open(struct host *host, uint32_t node, uint32_t coverage);
void reach_close(struct host_node *node);
/* A transaction of the node: sent, or kept until it is back. In: replaced, all zero if nothing is. */
void reach_broadcast(struct host *host, uint32_t node, struct btc_bytes bytes, const uint8_t replaced[32]);
/* One that can no longer be mined. */
void reach_forget(struct host *host, uint32_t node, const uint8_t txid[32]);

#endif
