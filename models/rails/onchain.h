/* onchain.h: payments in transactions on the public chain, credited with no confirmation or with many.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   pay --> payer's wallet signs --> chain --seen--> listen --accepted--> CREDITED     (0 confirmations)
 *                                      |                |
 *                                      |                +--refused--> wait as below
 *                                      +--depth n----------------------> CREDITED      (n confirmations)
 *                                      +--depth `settled`--> counts as paid for caps and grace
 *                                      +--depth `final`----> FINAL
 *                                      +--conflict, replaced, evicted, too old --> LIMIT: no power against it
 *                                      +--its rival at depth `final` --> REVERSED, or FAILED if it was not credited
 *
 * Money on the chain is whole satoshi and above dust: what is asked is rounded up, and what is over is kept as the
 * payer's balance, which the next payment to the operator uses first; another payee keeps it for good. Payers pay the
 * fees of their payments. Unused prepayment goes
 * back in one transaction per session, when all its payments are final: no refund is lost to a reversal. A refund that
 * is dust, or whose fee is more than itself, is added to the payer's balance instead. The session's usage record
 * (key, energy, cost) stands in an OP_RETURN output of the refund, or in a transaction of its own.
 *
 * Refunds of what another payee had are sent by the operator's wallet too, and booked to that payee.
 *
 * The fee of a payment is booked when it is credited, corrected if another version is mined, and given back if the
 * payment is reversed: the double spend's own fee is the attacker's, and no session's. Money that comes for a payment
 * which had failed or was reversed is added to the payer's balance.
 *
 * A payment that was final and is not any more is told as SHAKEN, and as UNDONE when its rival is final instead;
 * neither is of a session. Wallets with many coins merge the smallest while that is cheap; the fee is told as UPKEEP.
 * Of honest payments a share reaches no miner: nodes forget them after 336 h.
 *
 * Limits: a refund or record that was settled is not watched any longer. Coins bought on the way (faucet) and their
 * fees cost the sessions nothing.
 */
#ifndef KONSENTO_MODELS_RAILS_ONCHAIN_H
#define KONSENTO_MODELS_RAILS_ONCHAIN_H

#include "models/chain/chain.h"
#include "models/config.h"
#include "models/rails/ledger.h"
#include "models/rails/rail.h"
#include "models/trouble.h"

#define ONCHAIN_RECORD_TAG   "knst"
#define ONCHAIN_RECORD_BYTES 28 /* tag, then 8 bytes each, little-endian: key, energy in uJ, cost in msat */

struct onchain_options {
    struct trouble *trouble;
    const struct onchain_config *config;
    const struct chain_config *chain_config;
    struct chain *chain; /* not begun yet; outlives the rail */
    struct ledger *ledger;
    struct rail_listener listener;
    uint32_t payer_count;
};

/* Opens all wallets and asks for their coins. The config outlives the rail. Returns false when memory is out. Owns:
 * rail->ops->free. */
bool onchain_open(struct rail *rail, const struct onchain_options *options) __attribute__((warn_unused_result));
/* After chain_begin: the wallets look for their coins. Returns false when memory is out. */
bool onchain_begin(struct rail *rail) __attribute__((warn_unused_result));

#endif
