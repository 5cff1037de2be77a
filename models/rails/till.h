/* till.h: payments that a real Lightning node, outside of this program, is paid for an outlet.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   invoice (hash, amount, outlet) ──settled──► pot of its outlet ──► pay: CREDITED and FINAL as soon as the pot has it
 *                                                     ▲                                     │
 *                                                     └──────────── refund ◄────────────────┘
 *
 * The operator's node has made the invoices, and tells of each that is paid. Each counts once. What a session pays, it
 * pays out of its outlet's pot, and waits until there is enough; what it does not use stays there for the next one: a
 * settled payment cannot be taken back, and this program cannot pay anybody. Money that no session has used is nobody's
 * in the books; the pots are told apart. Nothing here draws anything at random, and nothing is in flight.
 */
#ifndef KONSENTO_MODELS_RAILS_TILL_H
#define KONSENTO_MODELS_RAILS_TILL_H

#include "models/config.h"
#include "models/rails/ledger.h"
#include "models/rails/rail.h"
#include "models/trouble.h"

/* As cloud_open. In: outlets of the building. */
bool till_open(struct rail *rail, struct trouble *trouble, const struct node_config *config, struct ledger *ledger,
               const struct rail_listener *listener, uint32_t outlet_count) __attribute__((warn_unused_result));

enum till_settlement {
    TILL_SETTLED,    /* it counts */
    TILL_UNKNOWN,    /* no invoice has this hash */
    TILL_TOLD_BEFORE /* it has counted already */
};
/* An invoice was paid. Called from inside an event. */
enum till_settlement till_settle(const struct rail *rail, const uint8_t payment_hash[32]);
/* Is this the rail? */
bool till_is(const struct rail *rail);
/* Paid, and used by no session. */
int64_t till_unused_msat(const struct rail *rail);

#endif
