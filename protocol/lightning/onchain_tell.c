/* onchain_tell.c: what came of HTLCs, and when all is done.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/onchain_tell.h"

#include <string.h>

#include "protocol/bitcoin/hash.h"

static uint32_t depth_of(const struct ln_onchain *onchain, uint32_t height)
{
    return height == 0 || height > onchain->height ? 0 : onchain->height - height + 1;
}

static void emit(const struct ln_onchain_tools *tools, const struct ln_onchain_htlc *htlc)
{
    static const enum ln_onchain_effect_kind kinds[] = {[LN_TOLD_PREIMAGE] = LN_ONCHAIN_PREIMAGE,
                                                        [LN_TOLD_FAILED] = LN_ONCHAIN_FAILED,
                                                        [LN_TOLD_CLAIMED] = LN_ONCHAIN_CLAIMED,
                                                        [LN_TOLD_LAPSED] = LN_ONCHAIN_LAPSED};
    struct ln_onchain_effect *effect = ln_onchain_effects_add(tools->effects, kinds[htlc->told]);
    effect->htlc.owner = htlc->htlc.side == LN_HTLC_OFFERED ? LN_US : LN_THEM;
    effect->htlc.id = htlc->htlc.id;
    effect->htlc.amount_msat = htlc->htlc.amount_msat;
    effect->htlc.cltv_expiry_height = htlc->htlc.cltv_expiry_height;
    memcpy(effect->htlc.payment_hash, htlc->htlc.payment_hash, 32);
    if (htlc->has_preimage) {
        memcpy(effect->htlc.preimage, htlc->preimage, 32);
    }
}

static void tell(struct ln_onchain_htlc *htlc, enum ln_told told, const struct ln_onchain_tools *tools)
{
    htlc->told = (uint8_t)told;
    emit(tools, htlc);
}

/* ---- preimages ---- */

static void use_preimage(struct ln_onchain *onchain, const struct ln_onchain_tools *tools, const uint8_t preimage[32])
{
    uint8_t hash[32];
    btc_sha256(hash, preimage, 32);
    for (uint32_t i = 0; i < onchain->htlc_count; i++) {
        struct ln_onchain_htlc *htlc = &onchain->htlcs[i];
        bool waits = htlc->told == LN_TOLD_NOTHING && htlc->htlc.side == LN_HTLC_OFFERED;
        if (waits && memcmp(hash, htlc->htlc.payment_hash, 32) == 0) {
            htlc->has_preimage = true;
            memcpy(htlc->preimage, preimage, 32);
            tell(htlc, LN_TOLD_PREIMAGE, tools);
        }
    }
}

/* ---- outcomes ---- */

/* The output that an HTLC of the final view has in the commitment that spent the funding, NULL if none. */
static const struct ln_out *out_of(const struct ln_onchain *onchain, uint32_t htlc)
{
    for (uint32_t i = 1; i < onchain->out_count; i++) {
        const struct ln_out *out = &onchain->outs[i];
        if (out->htlc == LN_ONCHAIN_NONE) {
            continue;
        }
        bool past = out->htlc >= onchain->htlc_capacity;
        if ((past ? onchain->htlcs[out->htlc].same : out->htlc) == htlc) {
            return out;
        }
    }
    return NULL;
}

/* Whether an HTLC may have an output that we cannot tell from others. */
static bool may_be_hidden(const struct ln_onchain *onchain)
{
    return onchain->close == LN_CLOSE_FUTURE || (onchain->close == LN_CLOSE_REVOKED && !onchain->past_given);
}

/* An HTLC without output: gone once the commitment is deep, or at once if no other commitment has one either. */
static bool is_gone_without(const struct ln_onchain *onchain, const struct ln_onchain_htlc *htlc)
{
    uint32_t late = htlc->htlc.cltv_expiry_height + ln_cltv_final_delta(&onchain->policy.patience);
    bool deep = depth_of(onchain, onchain->outs[0].spent_height) >= onchain->policy.fail_depth_blocks;
    bool nowhere =
        htlc->outputs == 0 && onchain->terms.may_broadcast; /* else there are states that we have forgotten */
    return nowhere || (deep && (!may_be_hidden(onchain) || onchain->height >= late));
}

/* What decides about an HTLC with this output: the output itself, or on a revoked commitment the one behind the peer's
 * second stage, which is still ours to take. Returns NULL if that is not there. */
static const struct ln_out *deciding_out(const struct ln_onchain *onchain, const struct ln_out *out)
{
    if (onchain->close != LN_CLOSE_REVOKED || !out->second_stage) {
        return out;
    }
    uint32_t parent = (uint32_t)(out - onchain->outs);
    for (uint32_t i = parent + 1; i < onchain->out_count; i++) {
        if (onchain->outs[i].parent == parent) {
            return &onchain->outs[i];
        }
    }
    return NULL;
}

static void tell_outcome(struct ln_onchain *onchain, const struct ln_onchain_tools *tools, uint32_t number)
{
    struct ln_onchain_htlc *htlc = &onchain->htlcs[number];
    const struct ln_out *out = out_of(onchain, number);
    bool ours = htlc->htlc.side == LN_HTLC_OFFERED;
    if (htlc->told != LN_TOLD_NOTHING) {
        return;
    }
    if (out == NULL) {
        if (is_gone_without(onchain, htlc)) {
            tell(htlc, ours ? LN_TOLD_FAILED : LN_TOLD_LAPSED, tools);
        }
        return;
    }
    out = deciding_out(onchain, out);
    if (out == NULL || out->spent_by == LN_SPENT_NOT ||
        depth_of(onchain, out->spent_height) < onchain->policy.fail_depth_blocks) {
        return;
    }
    if (out->spent_by == LN_SPENT_BY_US) {
        tell(htlc, ours ? LN_TOLD_FAILED : LN_TOLD_CLAIMED, tools);
    } else if (!ours) {
        tell(htlc, LN_TOLD_LAPSED, tools);
    }
}

static void watch(struct ln_onchain *onchain, const struct ln_onchain_tools *tools)
{
    for (uint32_t i = 0; i < onchain->out_count; i++) {
        if (!onchain->outs[i].watched) {
            onchain->outs[i].watched = true;
            ln_onchain_effects_add(tools->effects, LN_ONCHAIN_WATCH)->outpoint = onchain->outs[i].outpoint;
        }
    }
}

void ln_onchain_tell(struct ln_onchain *onchain, const struct ln_onchain_tools *tools, enum ln_resend resend)
{
    for (uint32_t i = 0; i < onchain->htlc_count && resend == LN_RESEND_ALL; i++) {
        if (onchain->htlcs[i].told != LN_TOLD_NOTHING) {
            emit(tools, &onchain->htlcs[i]);
        }
    }
    watch(onchain, tools);
    for (uint32_t i = 1; i < onchain->out_count; i++) {
        if (onchain->outs[i].has_preimage) {
            use_preimage(onchain, tools, onchain->outs[i].preimage);
        }
    }
    for (uint32_t i = 0; i < onchain->htlc_count; i++) {
        tell_outcome(onchain, tools, i);
    }
}

/* ---- the end ---- */

static bool is_settled(const struct ln_onchain *onchain, const struct ln_out *out)
{
    uint32_t deep = onchain->policy.resolved_depth_blocks;
    if (out->spent_by != LN_SPENT_NOT) {
        return depth_of(onchain, out->spent_height) >= deep;
    }
    if (depth_of(onchain, out->born_height) < deep) {
        return false;
    }
    if (ln_onchain_chance(onchain, out).is) {
        return ln_onchain_is_abandoned(onchain, out);
    }
    return out->kind != LN_OUT_HTLC || onchain->height > onchain->htlcs[out->htlc].htlc.cltv_expiry_height;
}

void ln_onchain_tell_end(struct ln_onchain *onchain, const struct ln_onchain_tools *tools)
{
    bool all = onchain->close != LN_CLOSE_NONE;
    for (uint32_t i = 0; i < onchain->out_count && all; i++) {
        all = is_settled(onchain, &onchain->outs[i]);
    }
    if (all && !onchain->resolved) {
        for (uint32_t i = 0; i < onchain->htlc_count; i++) {
            struct ln_onchain_htlc *htlc = &onchain->htlcs[i];
            if (htlc->told == LN_TOLD_NOTHING) { /* abandoned, or theirs and nobody took it */
                tell(htlc, htlc->htlc.side == LN_HTLC_OFFERED ? LN_TOLD_FAILED : LN_TOLD_LAPSED, tools);
            }
        }
        ln_onchain_effects_add(tools->effects, LN_ONCHAIN_RESOLVED);
    }
    onchain->resolved = all;
}
