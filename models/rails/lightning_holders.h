/* lightning_holders.h: audit: every millisatoshi to its holder; and what the rail says about itself.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Coins are on the operator's best chain: in wallets, in funding outputs, in what closings left, with miners. That sum
 * is the host's (host_money). Here it is tied to the ledger: miners have what was booked for transactions, and each
 * owner has what came from outside, plus what the ledger says was received, less what it says was paid:
 *
 *     wallet's coins + balances of channels - own fundings without a block
 *         = coins given + channel money bought outside + balance in the ledger
 *
 * to the millisatoshi, for every owner and at every audit, give or take what is open between him and others then
 * (lightning_holding.h): HTLCs, channels on their way to the chain, payments that are not booked at both ends.
 */
#ifndef KONSENTO_MODELS_RAILS_LIGHTNING_HOLDERS_H
#define KONSENTO_MODELS_RAILS_LIGHTNING_HOLDERS_H

#include "models/rails/lightning_parts.h"

/* rail_ops.audit, rail_ops.report; object is struct lightning. */
bool holders_audit(const void *rail, char *why, size_t why_size);
void holders_report(const void *rail, struct rail_report *report);

/* A phone's channel that was closed by force is resolved at both ends. Outputs too small to be claimed, anchors most of
 * all, are its opener's loss; what HTLCs and dust moved between the two ends, against what was booked, is booked now.
 */
void holders_settle(struct lightning *rail, const struct tie *tie);
/* What could not be booked then, because something was on its way, is booked if nothing is. */
void holders_look(struct lightning *rail, uint32_t payer);
/* Likewise for channels of the operator's nodes over the graph, and between them, that have ended on the chain. */
void holders_look_abroad(struct lightning *rail);

#endif
