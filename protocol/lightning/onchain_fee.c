/* onchain_fee.c: what a claim may pay, and the coins that pay it.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/onchain_fee.h"

#include <assert.h>

#include "protocol/bitcoin/amount.h"

#define MOST_COINS 8 /* in one transaction */

/* ---- rates ---- */

static uint32_t blocks_left(const struct ln_onchain *onchain, uint32_t deadline_height)
{
    return deadline_height > onchain->height ? deadline_height - onchain->height : 0;
}

static uint32_t saturate(uint64_t rate)
{
    return rate > UINT32_MAX / 4 ? UINT32_MAX / 4 : (uint32_t)rate;
}

uint32_t ln_onchain_rate(const struct ln_onchain *onchain, uint32_t deadline_height)
{
    const struct ln_onchain_rates *rates = &onchain->rates;
    uint32_t left = blocks_left(onchain, deadline_height);
    uint32_t third = onchain->policy.security_blocks / 3u;
    uint64_t rate = rates->normal_sat_per_kwu;
    if (deadline_height == UINT32_MAX) {
        rate = rates->relaxed_sat_per_kwu;
    } else if (left < third) { /* up to twice as much in the end */
        rate = (uint64_t)rates->urgent_sat_per_kwu * (2 * third - left) / third;
    } else if (left < onchain->policy.security_blocks) {
        rate = rates->urgent_sat_per_kwu;
    }
    return rate < onchain->policy.floor_sat_per_kwu ? onchain->policy.floor_sat_per_kwu : saturate(rate);
}

bool ln_onchain_is_stuck(const struct ln_onchain *onchain, const struct ln_claim *claim, uint32_t deadline_height,
                         uint32_t *rate_sat_per_kwu)
{
    bool gone_back = onchain->height < claim->raised_height; /* a reorganisation */
    uint32_t waited = gone_back ? 0 : onchain->height - claim->raised_height;
    bool near = blocks_left(onchain, deadline_height) < onchain->policy.security_blocks;
    uint32_t patience = near ? 1 : onchain->policy.rebroadcast_blocks;
    uint32_t target = ln_onchain_rate(onchain, deadline_height);
    if (deadline_height != UINT32_MAX && waited >= patience) {
        uint32_t higher = saturate((uint64_t)claim->rate_sat_per_kwu * 5 / 4);
        target = higher > target ? higher : target;
    }
    *rate_sat_per_kwu = target;
    return target > claim->rate_sat_per_kwu;
}

/* ---- fees ---- */

/* The fee between what relaying asks and what the bounds allow; -1 if there is none. In: room, that the last output can
 * give up. */
static int64_t choose(const struct ln_draft *draft, const struct ln_fee_bounds *bounds, int64_t room_sat)
{
    const struct ln_onchain_policy *policy = &draft->onchain->policy;
    uint32_t weight_wu = ln_draft_weight_wu(draft);
    int64_t least_sat = btc_amount_fee_up(weight_wu, policy->floor_sat_per_kwu);
    int64_t most_sat = bounds->most_sat < room_sat ? bounds->most_sat : room_sat;
    int64_t wanted_sat =
        btc_amount_fee_up(weight_wu + bounds->parent_wu, bounds->rate_sat_per_kwu) - bounds->parent_fee_sat;
    if (bounds->more_than_sat > 0) {
        int64_t more_sat = bounds->more_than_sat + btc_amount_fee_up(weight_wu, policy->incremental_sat_per_kwu);
        least_sat = more_sat > least_sat ? more_sat : least_sat;
    }
    wanted_sat = wanted_sat < least_sat ? least_sat : wanted_sat;
    wanted_sat = wanted_sat > most_sat ? most_sat : wanted_sat;
    return wanted_sat < least_sat ? -1 : wanted_sat;
}

int64_t ln_onchain_fee(const struct ln_draft *draft, const struct ln_fee_bounds *bounds)
{
    assert(draft->sweeps);
    return choose(draft, bounds, draft->in_sat - draft->out_sat - ln_draft_dust_sat(draft));
}

/* ---- coins ---- */

static bool can_take(const struct ln_onchain *onchain, uint32_t coin, uint32_t mine)
{
    uint32_t taken = onchain->commitment.live ? onchain->commitment.coins : 0;
    for (uint32_t i = 0; i < onchain->out_capacity; i++) {
        taken |= onchain->claims[i].live ? onchain->claims[i].coins : 0;
    }
    bool there = onchain->coins[coin].is_free && onchain->coins[coin].spent_height == 0;
    return there && !((taken | mine) >> coin & 1);
}

/* The smallest free coin of at least so much, or else the largest free one. Returns LN_ONCHAIN_NONE if none is. */
static uint32_t pick(const struct ln_onchain *onchain, int64_t least_sat, uint32_t mine)
{
    uint32_t best = LN_ONCHAIN_NONE;
    for (uint32_t i = 0; i < LN_ONCHAIN_COINS; i++) {
        if (!can_take(onchain, i, mine)) {
            continue;
        }
        int64_t value_sat = onchain->coins[i].value_sat;
        int64_t best_sat = best == LN_ONCHAIN_NONE ? 0 : onchain->coins[best].value_sat;
        bool better = best_sat < least_sat ? value_sat > best_sat : value_sat >= least_sat && value_sat < best_sat;
        best = best == LN_ONCHAIN_NONE || better ? i : best;
    }
    return best;
}

/* The fee as if it swept already. Out: short_sat, by which the inputs fall short of the wanted fee. */
static int64_t try_fee(struct ln_draft *draft, const struct ln_fee_bounds *bounds, int64_t *short_sat)
{
    struct ln_draft swept = *draft;
    ln_draft_sweep(&swept);
    int64_t room_sat = draft->in_sat - draft->out_sat - ln_draft_dust_sat(draft);
    int64_t ideal_sat = choose(&swept, bounds, INT64_MAX);
    *short_sat = ideal_sat > room_sat ? ideal_sat - room_sat : 0;
    return ideal_sat < 0 ? -1 : ideal_sat;
}

int64_t ln_onchain_fund(struct ln_draft *draft, struct ln_onchain *onchain, struct ln_claim *claim,
                        const struct ln_fee_bounds *bounds, int64_t *missing_sat)
{
    uint32_t inputs = draft->tx.input_count;
    uint32_t used = claim->coins;
    int64_t short_sat;
    *missing_sat = 0;
    for (uint32_t i = 0; i < LN_ONCHAIN_COINS; i++) {
        if (used >> i & 1) {
            ln_draft_add_coin(draft, &onchain->coins[i]);
        }
    }
    int64_t fee_sat = try_fee(draft, bounds, &short_sat);
    while (fee_sat >= 0 && short_sat > 0) {
        /* a further input of P2WPKH costs about 273 weight units */
        int64_t least_sat = short_sat + btc_amount_fee_up(273, bounds->rate_sat_per_kwu);
        uint32_t coin = pick(onchain, least_sat, used);
        if (coin == LN_ONCHAIN_NONE || draft->tx.input_count - inputs == MOST_COINS) {
            *missing_sat = fee_sat;
            ln_draft_drop_coins(draft, inputs);
            return -1;
        }
        used |= UINT32_C(1) << coin;
        onchain->coins[coin].was_used = true;
        ln_draft_add_coin(draft, &onchain->coins[coin]);
        fee_sat = try_fee(draft, bounds, &short_sat);
    }
    if (fee_sat < 0) {
        ln_draft_drop_coins(draft, inputs);
        return -1;
    }
    claim->coins = used;
    ln_draft_sweep(draft);
    return fee_sat;
}
