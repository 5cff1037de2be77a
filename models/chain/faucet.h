/* faucet.h: where own money comes from: coinbases before time 0, and a wallet that pays them out.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     1 .. n          coinbases for the faucet (regtest halves the subsidy every 150 blocks: n is below that)
 *     n+1 .. n+100    until the last of them is mature
 *     then            the payments that were asked for, and six blocks on top; time 0 follows
 *
 * Blocks before time 0 are 600 s apart and known to everybody.
 */
#ifndef KONSENTO_MODELS_CHAIN_FAUCET_H
#define KONSENTO_MODELS_CHAIN_FAUCET_H

#include "models/chain/parts.h"

/* Returns false if there is no memory. */
__attribute__((warn_unused_result)) bool faucet_open(struct chain *chain);
void faucet_close(struct chain *chain);
/* Mines all that lies before time 0. In trouble it is told. */
void faucet_mine(struct chain *chain);

#endif
