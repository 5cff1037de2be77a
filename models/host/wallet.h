/* wallet.h: what nodes want of their wallets, and what they send to the chain.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_HOST_WALLET_H
#define KONSENTO_MODELS_HOST_WALLET_H

#include "models/host/parts.h"

/* Signs a transaction for LN_NODE_FUND, keeps it, and tells the node; gives the channel up if there are no coins. */
void wallet_fund(struct host *host, uint32_t node, const struct ln_node_event *event, struct btc_bytes script);
/* The transaction with that output may be sent; it is, once. */
void wallet_send_funding(struct host *host, uint32_t node, const struct btc_outpoint *outpoint);
/* With each block: fundings that nobody mines get a child that pays for them, out of their change. */
void wallet_hurry_fundings(struct host *host);
/* Those that the node could not send while it was cut off from the chain. */
void wallet_send_due(struct host *host, uint32_t node);
/* A channel is forgotten: coins of a funding that was never sent are free. */
void wallet_forget_channel(struct host *host, uint32_t node, uint64_t channel);
/* A transaction of the node itself, in bytes. */
void wallet_broadcast(struct host *host, uint32_t node, struct btc_bytes bytes);
void wallet_forget(struct host *host, uint32_t node, const uint8_t txid[32]);
/* Between host_enter and host_leave: what the node knows of coins and rates is brought up to date. */
void wallet_update(struct host *host, uint32_t node);

#endif
