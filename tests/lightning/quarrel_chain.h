/* quarrel_chain.h: the chain under a quarrel: funding, what waits, the miner.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_LIGHTNING_QUARREL_CHAIN_H
#define KONSENTO_TESTS_LIGHTNING_QUARREL_CHAIN_H

#include "tests/lightning/quarrel.h"

/* Judges tokens, and real signatures where they are none: wallets sign for real. */
bool quarrel_judge(void *context, const struct btc_signature_check *check);
/* Undoes blocks down to a height, and what was taken from the arena since; nothing waits any more. */
void quarrel_rewind(struct quarrel *quarrel, uint32_t height, size_t used);
/* A transaction that pays the funding to a script. */
struct btc_outpoint quarrel_make_funding(struct quarrel *quarrel, struct btc_bytes script);
void quarrel_mine_funding(struct quarrel *quarrel);
/* LN_ONCHAIN_BROADCAST and LN_ONCHAIN_FORGET. */
void quarrel_broadcast(struct quarrel *quarrel, unsigned end, const struct ln_onchain_effect *effect);
void quarrel_forget(struct quarrel *quarrel, const uint8_t txid[32]);
/* Whether a coin is confirmed and no transaction that waits spends it. */
bool quarrel_is_free(const struct quarrel *quarrel, const struct btc_outpoint *outpoint);
/* What came first of what waits and spends the funding; NULL if nothing does. Out: owner. */
const struct btc_tx *quarrel_first_waiting(const struct quarrel *quarrel, unsigned *owner);
/* Tells an end's resolver; in quarrel.c. */
void quarrel_connected(struct quarrel *quarrel, unsigned end, uint32_t height);
void quarrel_disconnected(struct quarrel *quarrel, unsigned end, uint32_t height);

#endif
