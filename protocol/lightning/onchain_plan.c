/* onchain_plan.c: which claims are made when.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/onchain_plan.h"

#include <assert.h>
#include <string.h>

#include "protocol/bitcoin/amount.h"
#include "protocol/lightning/onchain_own.h"

/* Weight that an input adds, at most: 41 bytes of base, and the witness. */
static uint32_t input_weight_wu(const struct ln_onchain *onchain, const struct ln_out *out)
{
    const uint32_t base = 4 * 41;
    switch ((enum ln_out_kind)out->kind) {
    case LN_OUT_HTLC:
        return base + (onchain->close == LN_CLOSE_OURS ? 330 : 256);
    case LN_OUT_DELAYED:
    case LN_OUT_REVOKED:
        return base + 157;
    case LN_OUT_TO_REMOTE:
    case LN_OUT_ANCHOR:
    case LN_OUT_FUNDING:
    case LN_OUT_UNKNOWN:
        break;
    }
    return base + 116;
}

static bool is_presigned(const struct ln_onchain *onchain, uint8_t kind)
{
    return kind == LN_CLAIM_SECOND && onchain->terms.form == LN_STATIC_REMOTEKEY;
}

/* ---- the end of claims ---- */

static void end_claim(struct ln_onchain *onchain, uint32_t number)
{
    for (uint32_t i = 0; i < onchain->out_count; i++) {
        if (onchain->outs[i].claim == number) {
            onchain->outs[i].claim = LN_ONCHAIN_NONE;
        }
    }
    memset(&onchain->claims[number], 0, sizeof onchain->claims[number]);
}

/* Ends claims of which an out is spent or gone, or no longer old enough, or a coin is spent. */
static void reap(struct ln_plan *plan)
{
    struct ln_onchain *onchain = plan->onchain;
    for (uint32_t i = 0; i < onchain->out_capacity; i++) {
        struct ln_claim *claim = &onchain->claims[i];
        uint32_t open = 0;
        bool mined = false;
        if (!claim->live) {
            continue;
        }
        for (uint32_t k = 0; k < onchain->out_count; k++) {
            const struct ln_out *out = &onchain->outs[k];
            if (out->claim == i) {
                bool ripe = ln_onchain_chance(onchain, out).earliest_height <= onchain->height + 1;
                open += ripe && out->spent_by == LN_SPENT_NOT;
                mined |= out->spent_by != LN_SPENT_NOT && memcmp(out->spender, claim->txid, 32) == 0;
            }
        }
        if (open != claim->parts || ln_plan_lacks_coin(plan, claim)) {
            if (!mined) {
                ln_plan_forget(plan, claim);
            }
            end_claim(onchain, i);
        }
    }
}

/* ---- beginnings ---- */

static bool is_claimable(const struct ln_onchain *onchain, const struct ln_out *out, struct ln_chance *chance)
{
    bool held = out->kind == LN_OUT_ANCHOR && onchain->commitment.live;
    if (out->spent_by != LN_SPENT_NOT || held) {
        return false;
    }
    *chance = ln_onchain_chance(onchain, out);
    return chance->is && chance->earliest_height <= onchain->height + 1;
}

/* Whether the peer can make a claim fail that has this out with others. */
static bool is_contested(uint8_t kind)
{
    return kind == LN_CLAIM_PREIMAGE || kind == LN_CLAIM_TIMEOUT || kind == LN_CLAIM_PENALTY_HTLC ||
           kind == LN_CLAIM_SECOND;
}

static bool is_near(const struct ln_onchain *onchain, uint32_t deadline_height)
{
    return deadline_height != UINT32_MAX && deadline_height < onchain->height + onchain->policy.security_blocks;
}

/* How an out is to be claimed: with others, alone, or not now. */
enum company {
    NOT_NOW,
    ALONE,
    WITH_OTHERS,
};

static enum company company_of(const struct ln_onchain *onchain, const struct ln_out *out,
                               const struct ln_chance *chance)
{
    uint32_t rate = ln_onchain_rate(onchain, chance->deadline_height);
    int64_t cost_sat = btc_amount_fee_up(input_weight_wu(onchain, out), rate);
    if (is_presigned(onchain, chance->kind)) {
        return ALONE;
    }
    if (chance->kind == LN_CLAIM_SWEEP) {
        return out->value_sat > cost_sat ? WITH_OTHERS : NOT_NOW;
    }
    bool alone =
        out->value_sat < 2 * cost_sat || (is_contested(chance->kind) && is_near(onchain, chance->deadline_height));
    return alone ? ALONE : WITH_OTHERS;
}

static uint32_t free_claim(struct ln_onchain *onchain)
{
    uint32_t number = 0;
    while (onchain->claims[number].live) {
        number++;
        assert(number < onchain->out_capacity); /* no more claims than outs */
    }
    return number;
}

/* A claim that was not broadcast yet and takes more of this kind. */
static uint32_t open_claim(const struct ln_onchain *onchain, const struct ln_chance *chance)
{
    bool same_lock = chance->kind == LN_CLAIM_SECOND;
    for (uint32_t i = 0; i < onchain->out_capacity; i++) {
        const struct ln_claim *claim = &onchain->claims[i];
        if (claim->live && !claim->alone && claim->rate_sat_per_kwu == 0 && claim->kind == chance->kind &&
            claim->parts < LN_ONCHAIN_INPUTS_MAX && (!same_lock || claim->locktime == chance->locktime)) {
            return i;
        }
    }
    return LN_ONCHAIN_NONE;
}

static uint32_t join(struct ln_onchain *onchain, struct ln_out *out, const struct ln_chance *chance,
                     enum company company)
{
    uint32_t number = company == ALONE ? LN_ONCHAIN_NONE : open_claim(onchain, chance);
    if (number == LN_ONCHAIN_NONE) {
        number = free_claim(onchain);
        onchain->claims[number] = (struct ln_claim){.live = true, .alone = company == ALONE, .kind = chance->kind};
    }
    struct ln_claim *claim = &onchain->claims[number];
    claim->parts++;
    claim->locktime = chance->locktime > claim->locktime ? chance->locktime : claim->locktime;
    out->claim = number;
    return number;
}

static void form(struct ln_onchain *onchain)
{
    for (uint32_t i = 0; i < onchain->out_count; i++) {
        struct ln_out *out = &onchain->outs[i];
        struct ln_chance chance;
        if (out->claim != LN_ONCHAIN_NONE || !is_claimable(onchain, out, &chance)) {
            continue;
        }
        enum company company = company_of(onchain, out, &chance);
        if (company != NOT_NOW) {
            (void)join(onchain, out, &chance, company);
        }
    }
}

/* ---- apart ---- */

static uint32_t deadline_of(const struct ln_onchain *onchain, uint32_t number, const struct ln_out **largest)
{
    uint32_t deadline_height = UINT32_MAX;
    *largest = NULL;
    for (uint32_t i = 0; i < onchain->out_count; i++) {
        const struct ln_out *out = &onchain->outs[i];
        if (out->claim == number) {
            uint32_t height = ln_onchain_chance(onchain, out).deadline_height;
            deadline_height = height < deadline_height ? height : deadline_height;
            *largest = *largest == NULL || out->value_sat > (*largest)->value_sat ? out : *largest;
        }
    }
    return deadline_height;
}

/* Claims that the peer could hold up go apart near their deadline. The largest part replaces the whole, so it must be
 * able to pay more than that did; if it is not, they stay together. */
static void split(struct ln_onchain *onchain, uint32_t number)
{
    struct ln_claim *claim = &onchain->claims[number];
    const struct ln_out *largest;
    uint32_t deadline_height = deadline_of(onchain, number, &largest);
    if (claim->parts < 2 || claim->rate_sat_per_kwu == 0 || !is_contested(claim->kind) ||
        !is_near(onchain, deadline_height) || largest->value_sat < 2 * claim->fee_sat + 1000) {
        return;
    }
    struct ln_claim whole = *claim;
    uint32_t first = (uint32_t)(largest - onchain->outs);
    end_claim(onchain, number);
    struct ln_chance chance = ln_onchain_chance(onchain, largest);
    uint32_t replaces = join(onchain, &onchain->outs[first], &chance, ALONE);
    onchain->claims[replaces].floor_sat = whole.fee_sat;
    onchain->claims[replaces].coins = whole.coins;
    memcpy(onchain->claims[replaces].txid, whole.txid, 32);
}

/* ---- broadcasting ---- */

static bool fill(struct ln_draft *draft, struct ln_plan *plan, uint32_t number)
{
    const struct ln_onchain *onchain = plan->onchain;
    const struct ln_claim *claim = &onchain->claims[number];
    bool good = ln_draft_begin(draft, onchain, plan->tools, claim->parts + LN_ONCHAIN_COINS);
    if (!good) {
        plan->result = LN_ONCHAIN_NO_ROOM;
    }
    for (uint32_t i = 0; i < onchain->out_count && good; i++) {
        const struct ln_out *out = &onchain->outs[i];
        if (out->claim == number) {
            good = claim->kind == LN_CLAIM_SECOND
                       ? ln_draft_add_second(draft, out)
                       : ln_draft_add_out(draft, out, ln_onchain_chance(onchain, out).locktime);
        }
    }
    if (!good && plan->result == LN_ONCHAIN_OK) {
        plan->result = LN_ONCHAIN_KEYS;
    }
    return good;
}

/* Chooses the fee. Returns -1 if the claim is not to be broadcast. */
static int64_t price(struct ln_draft *draft, struct ln_plan *plan, struct ln_claim *claim, uint32_t rate)
{
    int64_t missing_sat = 0;
    struct ln_fee_bounds bounds = {.rate_sat_per_kwu = rate, .most_sat = draft->claim_sat};
    bounds.more_than_sat = claim->rate_sat_per_kwu > 0 ? claim->fee_sat : claim->floor_sat;
    if (is_presigned(plan->onchain, claim->kind)) {
        return draft->in_sat - draft->out_sat;
    }
    if (claim->kind == LN_CLAIM_SECOND) {
        int64_t fee_sat = ln_onchain_fund(draft, plan->onchain, claim, &bounds, &missing_sat);
        ln_plan_want(plan, missing_sat);
        return fee_sat;
    }
    ln_draft_sweep(draft);
    return ln_onchain_fee(draft, &bounds);
}

static void send(struct ln_plan *plan, uint32_t number, int64_t fee_sat, uint32_t rate, struct ln_draft *draft)
{
    struct ln_claim *claim = &plan->onchain->claims[number];
    const struct ln_out *largest;
    ln_plan_send(plan, claim, draft, fee_sat, deadline_of(plan->onchain, number, &largest));
    claim->rate_sat_per_kwu = rate;
}

/* A claim's first broadcast. What nobody would relay is let go. */
static void begin(struct ln_plan *plan, uint32_t number)
{
    struct ln_onchain *onchain = plan->onchain;
    struct ln_claim *claim = &onchain->claims[number];
    const struct ln_out *largest;
    struct ln_draft draft;
    uint32_t rate = ln_onchain_rate(onchain, deadline_of(onchain, number, &largest));
    if (!fill(&draft, plan, number)) {
        return;
    }
    int64_t fee_sat = price(&draft, plan, claim, rate);
    if (fee_sat < 0) {
        end_claim(onchain, number);
        return;
    }
    claim->raised_height = onchain->height;
    send(plan, number, fee_sat, rate, &draft);
}

/* One that pays more. Returns false if it would pay more than it is worth. */
static bool raise_fee(struct ln_plan *plan, uint32_t number, uint32_t rate)
{
    struct ln_claim *claim = &plan->onchain->claims[number];
    struct ln_draft draft;
    if (!fill(&draft, plan, number)) {
        return false;
    }
    int64_t fee_sat = price(&draft, plan, claim, rate);
    if (fee_sat >= 0) {
        claim->raised_height = plan->onchain->height;
        send(plan, number, fee_sat, rate, &draft);
    }
    return fee_sat >= 0;
}

/* The same transaction once more. */
static void repeat(struct ln_plan *plan, uint32_t number)
{
    struct ln_claim *claim = &plan->onchain->claims[number];
    struct ln_draft draft;
    if (!fill(&draft, plan, number)) {
        return;
    }
    if (!is_presigned(plan->onchain, claim->kind)) {
        ln_plan_same_coins(plan, claim, &draft);
    }
    send(plan, number, claim->fee_sat, claim->rate_sat_per_kwu, &draft);
}

static void go_on(struct ln_plan *plan, uint32_t number)
{
    struct ln_onchain *onchain = plan->onchain;
    struct ln_claim *claim = &onchain->claims[number];
    const struct ln_out *largest;
    uint32_t rate;
    size_t used = plan->tools->scratch->used;
    bool again =
        plan->resend == LN_RESEND_ALL || onchain->height - claim->sent_height >= onchain->policy.rebroadcast_blocks;
    bool stuck = ln_onchain_is_stuck(onchain, claim, deadline_of(onchain, number, &largest), &rate);
    stuck = stuck && !is_presigned(onchain, claim->kind) && raise_fee(plan, number, rate);
    plan->tools->scratch->used = used;
    if (again && !stuck && plan->result == LN_ONCHAIN_OK) {
        repeat(plan, number);
    }
}

/* ---- all of it ---- */

enum ln_onchain_result ln_onchain_plan(struct ln_onchain *onchain, const struct ln_onchain_tools *tools,
                                       enum ln_resend resend)
{
    struct ln_plan plan = {.onchain = onchain, .tools = tools, .resend = resend};
    size_t used = tools->scratch->used;
    ln_own_reap(&plan);
    reap(&plan);
    if (onchain->close == LN_CLOSE_NONE) {
        ln_own_send(&plan);
    }
    for (uint32_t i = 0; i < onchain->out_capacity; i++) {
        if (onchain->claims[i].live) {
            split(onchain, i);
        }
    }
    form(onchain);
    for (uint32_t i = 0; i < onchain->out_capacity && plan.result == LN_ONCHAIN_OK; i++) {
        tools->scratch->used = used;
        if (onchain->claims[i].live && onchain->claims[i].rate_sat_per_kwu == 0) {
            begin(&plan, i);
        } else if (onchain->claims[i].live) {
            go_on(&plan, i);
        }
    }
    tools->scratch->used = used;
    return plan.result;
}

bool ln_onchain_is_abandoned(const struct ln_onchain *onchain, const struct ln_out *out)
{
    struct ln_chance chance;
    return out->claim == LN_ONCHAIN_NONE && is_claimable(onchain, out, &chance);
}
