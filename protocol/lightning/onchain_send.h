/* onchain_send.h: what planning has at hand, and how it speaks.   [real]
 * SPDX-License-Identifier: MIT
 */
#ifndef KONSENTO_LIGHTNING_ONCHAIN_SEND_H
#define KONSENTO_LIGHTNING_ONCHAIN_SEND_H

#include "protocol/lightning/onchain_fee.h"

enum ln_resend {
    LN_RESEND_DUE, /* only what is due */
    LN_RESEND_ALL, /* after a restart */
};

struct ln_plan {
    struct ln_onchain *onchain;
    const struct ln_onchain_tools *tools;
    enum ln_resend resend;
    enum ln_onchain_result result;
};

/* Emits BROADCAST. In: replaced, 32 bytes, all zero for nothing; the same transaction replaces nothing either. */
void ln_plan_emit(const struct ln_plan *plan, const struct btc_tx *tx, const uint8_t replaced[32], int64_t fee_sat,
                  uint32_t deadline_height);
/* Signs a draft, emits it, and writes down what the claim now is. */
void ln_plan_send(struct ln_plan *plan, struct ln_claim *claim, struct ln_draft *draft, int64_t fee_sat,
                  uint32_t deadline_height);
/* Puts the coins of a claim into a draft, as they were, and the last output. */
void ln_plan_same_coins(const struct ln_plan *plan, const struct ln_claim *claim, struct ln_draft *draft);
/* Its coins are free; emits FORGET, if the claim was broadcast. */
void ln_plan_forget(const struct ln_plan *plan, const struct ln_claim *claim);
/* Emits WANT_COINS, if that is news. */
void ln_plan_want(const struct ln_plan *plan, int64_t missing_sat);
/* Whether it is time to send a claim again. */
bool ln_plan_is_due(const struct ln_plan *plan, const struct ln_claim *claim);
/* Whether a coin of the claim is gone. */
bool ln_plan_lacks_coin(const struct ln_plan *plan, const struct ln_claim *claim);

#endif
