/* onchain_fee.h: what a claim may pay, and the coins that pay it.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Source: BIP 125; BOLT 5.
 */
#ifndef KONSENTO_LIGHTNING_ONCHAIN_FEE_H
#define KONSENTO_LIGHTNING_ONCHAIN_FEE_H

#include "protocol/lightning/onchain_draft.h"

/* The feerate for something that should be mined up to a height. */
uint32_t ln_onchain_rate(const struct ln_onchain *onchain, uint32_t deadline_height);
/* Whether a claim that was broadcast is due to pay more. Out: rate, that it then should have. */
bool ln_onchain_is_stuck(const struct ln_onchain *onchain, const struct ln_claim *claim, uint32_t deadline_height,
                         uint32_t *rate_sat_per_kwu);

/* What a fee must obey. */
struct ln_fee_bounds {
    uint32_t rate_sat_per_kwu; /* wanted */
    int64_t most_sat;          /* what is to be had is worth no more */
    int64_t more_than_sat;     /* paid by what is replaced, 0: nothing is */
    uint32_t parent_wu;        /* unconfirmed parent that is paid for too */
    int64_t parent_fee_sat;
};

/* Chooses the fee of a draft without coins, that sweeps already if it is to. Returns -1 if it would be too little to be
 * relayed or to replace. */
int64_t ln_onchain_fee(const struct ln_draft *draft, const struct ln_fee_bounds *bounds);
/* Likewise, with coins: those that the claim has, and more if need be; then the last output. Out: missing_sat, the fee
 * that no coins were there for, 0 if it is another reason. */
int64_t ln_onchain_fund(struct ln_draft *draft, struct ln_onchain *onchain, struct ln_claim *claim,
                        const struct ln_fee_bounds *bounds, int64_t *missing_sat);

#endif
