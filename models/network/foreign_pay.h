/* foreign_pay.h: whole payments over foreign hops: route, try, learn, try again.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What real nodes do over real channels, for payers that are modeled too: parts are found by ln_split_find, offered one
 * after the other, and settled together once all are held; a part that fails teaches the payer, and its amount is
 * routed again. A failure names its hop (real onions encrypt that for the payer); all of it takes no time, since
 * nothing else happens meanwhile. The payer knows the balances of its own channels, the payee asks for a fixed amount.
 */
#ifndef KONSENTO_MODELS_NETWORK_FOREIGN_PAY_H
#define KONSENTO_MODELS_NETWORK_FOREIGN_PAY_H

#include "models/network/foreign.h"
#include "protocol/lightning/split.h"

struct foreign_payer_config {
    struct foreign *foreign;
    const struct ln_graph *graph; /* the one of foreign */
    struct ln_router *router;
    struct ln_split_limits limits;
    uint32_t attempts_max; /* parts offered, at least 1 */
};

/* What payers need to pay, one after the other. */
struct foreign_payer;

/* Returns NULL if there is no memory. */
struct foreign_payer *foreign_payer_open(const struct foreign_payer_config *config);
void foreign_payer_close(struct foreign_payer *payer);

struct foreign_payment {
    uint32_t payer; /* node numbers */
    uint32_t payee;
    uint64_t amount_msat;
    uint64_t max_fee_msat;
    uint32_t final_blocks;
    uint32_t max_blocks;
    uint64_t now_s;
    struct ln_liquidity *liquidity; /* what the payer has learned */
};

struct foreign_outcome {
    bool is_paid;
    enum ln_route_result route; /* LN_ROUTE_OK, or why no (further) route was found */
    enum foreign_result last;   /* why the last attempt failed, FOREIGN_OK if none did */
    uint32_t attempts;          /* parts offered */
    uint32_t parts;             /* settled */
    uint64_t fee_msat;
};

/* Pays, or leaves every balance as it was. */
void foreign_pay(struct foreign_payer *payer, struct foreign_outcome *outcome, const struct foreign_payment *payment);

#endif
