/* onchain_send.c: what planning has at hand, and how it speaks.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/onchain_send.h"

#include <string.h>

void ln_plan_emit(const struct ln_plan *plan, const struct btc_tx *tx, const uint8_t replaced[32], int64_t fee_sat,
                  uint32_t deadline_height)
{
    struct ln_onchain_effect *effect = ln_onchain_effects_add(plan->tools->effects, LN_ONCHAIN_BROADCAST);
    effect->bytes = ln_onchain_effects_tx(plan->tools->effects, tx);
    effect->fee_sat = fee_sat;
    effect->deadline_height = deadline_height;
    btc_txid(effect->txid, tx);
    if (memcmp(effect->txid, replaced, 32) != 0) {
        memcpy(effect->replaced, replaced, 32);
    }
}

void ln_plan_send(struct ln_plan *plan, struct ln_claim *claim, struct ln_draft *draft, int64_t fee_sat,
                  uint32_t deadline_height)
{
    if (!ln_draft_finish(draft, fee_sat)) {
        plan->result = LN_ONCHAIN_KEYS;
        return;
    }
    ln_plan_emit(plan, &draft->tx, claim->txid, fee_sat, deadline_height);
    btc_txid(claim->txid, &draft->tx);
    claim->fee_sat = fee_sat;
    claim->sent_height = plan->onchain->height;
}

void ln_plan_same_coins(const struct ln_plan *plan, const struct ln_claim *claim, struct ln_draft *draft)
{
    for (uint32_t i = 0; i < LN_ONCHAIN_COINS; i++) {
        if (claim->coins >> i & 1) {
            ln_draft_add_coin(draft, &plan->onchain->coins[i]);
        }
    }
    ln_draft_sweep(draft);
}

void ln_plan_forget(const struct ln_plan *plan, const struct ln_claim *claim)
{
    for (uint32_t i = 0; i < LN_ONCHAIN_COINS; i++) {
        plan->onchain->coins[i].is_free |= claim->coins >> i & 1;
    }
    if (claim->rate_sat_per_kwu > 0) {
        memcpy(ln_onchain_effects_add(plan->tools->effects, LN_ONCHAIN_FORGET)->txid, claim->txid, 32);
    }
}

void ln_plan_want(const struct ln_plan *plan, int64_t missing_sat)
{
    if (missing_sat > 0 && missing_sat != plan->onchain->wanted_sat) {
        plan->onchain->wanted_sat = missing_sat;
        ln_onchain_effects_add(plan->tools->effects, LN_ONCHAIN_WANT_COINS)->amount_sat = missing_sat;
    }
}

bool ln_plan_is_due(const struct ln_plan *plan, const struct ln_claim *claim)
{
    uint32_t height = plan->onchain->height; /* below sent_height after a reorganisation */
    return plan->resend == LN_RESEND_ALL || height < claim->sent_height ||
           height - claim->sent_height >= plan->onchain->policy.rebroadcast_blocks;
}

bool ln_plan_lacks_coin(const struct ln_plan *plan, const struct ln_claim *claim)
{
    for (uint32_t i = 0; i < LN_ONCHAIN_COINS; i++) {
        const struct ln_onchain_coin *coin = &plan->onchain->coins[i];
        if ((claim->coins >> i & 1) && (coin->spent_height > 0 || coin->value_sat == 0)) {
            return true;
        }
    }
    return false;
}
