/* onchain_own.h: our commitment on its way into a block, and the child that pays for it or the peer's.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     agreed closing, or our commitment ──► broadcast, again and again, until something spends the funding
 *     with anchors, if its own feerate is too low: commitment ──our anchor──► child ◄── coins of the wallet
 *
 * If a commitment of the peer's waits instead, and an HTLC of ours in it cannot, the child pays for that one.
 *
 * Source: BOLT 5, failing a channel; BOLT 3, to_local_anchor.
 */
#ifndef KONSENTO_LIGHTNING_ONCHAIN_OWN_H
#define KONSENTO_LIGHTNING_ONCHAIN_OWN_H

#include "protocol/lightning/onchain_send.h"

/* While the funding is unspent: sends what is due. */
void ln_own_send(struct ln_plan *plan);
/* Lets the child go: it is for another parent than the one that waits. */
void ln_own_leave_child(struct ln_onchain *onchain, const struct ln_onchain_tools *tools);
/* Lets the child go once it is mined, cannot be mined, or has lost a coin. */
void ln_own_reap(struct ln_plan *plan);

#endif
