/* lightning_deposit.h: an order that is held in slices until it is known what was used.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   order --> slices of a half, a quarter, ... , each a hold invoice --> all held: CREDITED
 *        used up to u --> the fewest large ones that sum up to u or a little more are settled, the others cancelled
 *                     --> FINAL when the settled ones are taken; what is over u goes back by a payment: REFUNDED
 *
 * An HTLC cannot be settled in part, so the deposit is cut into halves: with n slices it is settled to 1 / 2^(n-1) of
 * its amount. Whoever holds them decides alone and needs nobody: the payer may be gone. Worst cases: an operator who
 * cheats takes all slices, and the payer loses what he did not use; a payer who cheats wins nothing, for what is held
 * can be taken. Of an honest operator the payer is owed at most one smallest slice, until it has come back. If a
 * channel goes to the chain while slices are held, what was used is claimed there; slices that the chain makes
 * worthless (dust) are lost to the operator. Held too long (deposit_blocks), everything is settled, and what was not
 * used goes back by a payment at the end.
 */
#ifndef KONSENTO_MODELS_RAILS_LIGHTNING_DEPOSIT_H
#define KONSENTO_MODELS_RAILS_LIGHTNING_DEPOSIT_H

#include "models/rails/lightning_exchange.h"

/* One more of its session; its slices are to be made. Returns SLAB_NONE when memory is out (told to trouble). */
uint32_t deposit_new(struct lightning *rail, const struct rail_order *order);
/* Amount of the slice number i of n. */
int64_t deposit_slice_msat(int64_t amount_msat, uint32_t i, uint32_t n);

/* What came of one of its slices. */
enum deposit_news {
    DEPOSIT_NOTHING,
    DEPOSIT_HELD,     /* all are */
    DEPOSIT_FAILED,   /* one cannot be held: the others are cancelled */
    DEPOSIT_REVERSED, /* one that was held has gone back: the others are cancelled too */
    DEPOSIT_OVER      /* all have ended, as it was decided */
};
enum deposit_news deposit_hear(struct lightning *rail, uint32_t exchange, enum exchange_outcome outcome);

/* Of what is held and not decided, takes up to amount_msat to be given back. Returns what it took. */
int64_t deposit_refund(struct lightning *rail, uint32_t session, int64_t amount_msat);
/* Settles and cancels, in all deposits of a session that are held. */
void deposit_decide(struct lightning *rail, uint32_t session);
/* The same for those that are held for too long at a height. */
void deposit_block(struct lightning *rail, uint32_t height);
/* Its session forgets it when all slices have ended. */
void deposit_drop(struct lightning *rail, uint32_t deposit);

#endif
