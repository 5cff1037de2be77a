/* watch.h: transactions that a node wants to hear of when blocks have them.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_HOST_WATCH_H
#define KONSENTO_MODELS_HOST_WATCH_H

#include "models/host/parts.h"

void watch_open(struct watched *watched);
void watch_close(struct watched *watched);
/* It made or will make outputs that matter. Returns false when memory is out. */
__attribute__((warn_unused_result)) bool watched_add(struct watched *watched, const uint8_t txid[32]);
/* Whether the node wants it: it is watched, or spends what a watched one made, or a coin of the wallet. */
bool watch_wants(const struct host_node *node, const struct btc_tx *tx, const uint8_t txid[32]);

#endif
