/* onchain_own.c: our commitment on its way into a block, and the child that pays for it or the peer's.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/onchain_own.h"

#include <string.h>

#include "protocol/bitcoin/amount.h"

/* When it should be in a block: soon enough for its most urgent HTLC. In: where, which commitment. */
static uint32_t deadline_of(const struct ln_onchain *onchain, enum ln_onchain_where where)
{
    uint32_t deadline_height = UINT32_MAX;
    uint32_t half = onchain->policy.patience.inclusion_blocks / 2u;
    for (uint32_t i = 0; i < onchain->htlc_count; i++) {
        const struct ln_onchain_htlc *htlc = &onchain->htlcs[i];
        bool offered = htlc->htlc.side == LN_HTLC_OFFERED;
        if ((htlc->outputs & where) && (offered || htlc->has_preimage)) {
            uint32_t expiry = htlc->htlc.cltv_expiry_height;
            uint32_t height = offered ? expiry + half : expiry - (expiry > half ? half : 0);
            deadline_height = height < deadline_height ? height : deadline_height;
        }
    }
    return deadline_height;
}

/* What we may lose if it is not mined. */
static int64_t at_stake_sat(const struct ln_onchain *onchain, const struct ln_our_commitment *ours)
{
    int64_t sum_sat = 0;
    for (uint32_t i = 0; i < ours->commitment.tx.output_count; i++) {
        const struct ln_commitment_output *what = &ours->commitment.outputs[i];
        const struct ln_onchain_htlc *htlc =
            what->htlc == NULL ? NULL : &onchain->htlcs[ours->places[what->htlc - ours->list]];
        bool mine = what->kind == LN_OUTPUT_TO_LOCAL ||
                    (htlc != NULL && (htlc->htlc.side == LN_HTLC_OFFERED || htlc->has_preimage));
        sum_sat += mine ? ours->commitment.tx.outputs[i].value_sat : 0;
    }
    return sum_sat;
}

static bool sign_commitment(struct ln_plan *plan, struct ln_our_commitment *ours)
{
    const struct ln_backend *backend = plan->tools->backend;
    const struct ln_keyring *keyring = &plan->onchain->keyring;
    uint8_t hash[32];
    uint8_t compact[64];
    struct btc_signature pair[2];
    ln_commitment_sighash(hash, &ours->commitment);
    if (!ln_backend_sign(backend, compact, hash, keyring->secrets.secret[LN_BASE_FUNDING],
                         keyring->base[LN_US][LN_BASE_FUNDING].wire) ||
        !btc_signature_read(backend->curve, &pair[0], compact) ||
        !btc_signature_read(backend->curve, &pair[1], plan->onchain->terms.their_signature)) {
        return false;
    }
    ln_commitment_sign(backend->curve, &ours->commitment, &ours->view, &pair[0], &pair[1]);
    return true;
}

static bool find_anchor(struct ln_out *anchor, const struct ln_our_commitment *ours, uint32_t height)
{
    const struct ln_commitment *commitment = &ours->commitment;
    memset(anchor, 0, sizeof *anchor);
    anchor->kind = LN_OUT_ANCHOR;
    anchor->born_height = height;
    memcpy(anchor->outpoint.txid, commitment->txid, 32);
    for (uint32_t i = 0; i < commitment->tx.output_count; i++) {
        if (commitment->outputs[i].kind == LN_OUTPUT_OWNER_ANCHOR) {
            anchor->outpoint.index = i;
            anchor->value_sat = commitment->tx.outputs[i].value_sat;
            return true;
        }
    }
    return false;
}

/* With both signatures as long as they can get: `0 signature signature script`, item counts and lengths. */
static uint32_t signed_weight_wu(const struct btc_tx *commitment)
{
    const uint32_t witness = 2 + 1 + 1 + 2 * (1 + 72) + 1 + LN_FUNDING_SCRIPT_BYTES;
    return (uint32_t)(4 * btc_tx_size(commitment, BTC_TX_BASE)) + witness;
}

/* What a child pays for. */
struct parent {
    struct ln_out anchor;
    uint32_t weight_wu;
    int64_t fee_sat;
    int64_t at_stake_sat;
    uint32_t deadline_height;
};

static bool our_parent(struct parent *parent, const struct ln_onchain *onchain, const struct ln_our_commitment *ours)
{
    const struct btc_tx *tx = &ours->commitment.tx;
    parent->weight_wu = signed_weight_wu(tx);
    parent->fee_sat = onchain->terms.funding_sat - btc_tx_output_sum_sat(tx);
    parent->at_stake_sat = at_stake_sat(onchain, ours);
    parent->deadline_height = deadline_of(onchain, LN_ON_OURS);
    return find_anchor(&parent->anchor, ours, onchain->height);
}

/* Returns false if nothing of ours in it needs to be hurried. */
static bool their_parent(struct parent *parent, const struct ln_onchain *onchain)
{
    const struct ln_rival *rival = &onchain->rival;
    *parent = (struct parent){.anchor = {.kind = LN_OUT_ANCHOR,
                                         .born_height = onchain->height,
                                         .value_sat = LN_ANCHOR_SAT,
                                         .outpoint.index = rival->anchor},
                              .weight_wu = rival->weight_wu,
                              .fee_sat = rival->fee_sat,
                              .deadline_height = deadline_of(onchain, rival->where)};
    memcpy(parent->anchor.outpoint.txid, rival->txid, 32);
    for (uint32_t i = 0; i < onchain->htlc_count; i++) {
        const struct ln_onchain_htlc *htlc = &onchain->htlcs[i];
        bool mine = htlc->htlc.side == LN_HTLC_OFFERED || htlc->has_preimage;
        parent->at_stake_sat += (htlc->outputs & rival->where) && mine ? (int64_t)(htlc->htlc.amount_msat / 1000) : 0;
    }
    return parent->deadline_height != UINT32_MAX;
}

/* The child without its coins. */
static bool begin_child(struct ln_draft *draft, struct ln_plan *plan, const struct parent *parent)
{
    if (!ln_draft_begin(draft, plan->onchain, plan->tools, 1 + LN_ONCHAIN_COINS) ||
        !ln_draft_add_out(draft, &parent->anchor, 0)) {
        plan->result = LN_ONCHAIN_NO_ROOM;
        return false;
    }
    return true;
}

/* A child at a rate, for the first time or instead of one that pays less. Returns false if none is sent. */
static bool pay_child(struct ln_plan *plan, const struct parent *parent, uint32_t rate)
{
    struct ln_onchain *onchain = plan->onchain;
    struct ln_claim *claim = &onchain->commitment;
    struct ln_fee_bounds bounds = {.rate_sat_per_kwu = rate,
                                   .most_sat = parent->at_stake_sat,
                                   .more_than_sat = claim->fee_sat,
                                   .parent_wu = parent->weight_wu,
                                   .parent_fee_sat = parent->fee_sat};
    struct ln_draft draft;
    int64_t missing_sat;
    if (claim->rate_sat_per_kwu == 0 && bounds.parent_fee_sat >= btc_amount_fee_up(bounds.parent_wu, rate)) {
        return false;
    }
    if (!begin_child(&draft, plan, parent)) {
        return false;
    }
    int64_t fee_sat = ln_onchain_fund(&draft, onchain, claim, &bounds, &missing_sat);
    ln_plan_want(plan, missing_sat);
    if (fee_sat >= 0) {
        claim->rate_sat_per_kwu = rate;
        claim->raised_height = onchain->height;
        ln_plan_send(plan, claim, &draft, fee_sat, parent->deadline_height);
    }
    return fee_sat >= 0;
}

static void send_child(struct ln_plan *plan, const struct parent *parent, bool again)
{
    struct ln_onchain *onchain = plan->onchain;
    struct ln_claim *claim = &onchain->commitment;
    uint32_t rate = ln_onchain_rate(onchain, parent->deadline_height);
    bool first = claim->rate_sat_per_kwu == 0;
    struct ln_draft draft;
    if (first || ln_onchain_is_stuck(onchain, claim, parent->deadline_height, &rate)) {
        if (pay_child(plan, parent, rate) || first) {
            return;
        }
    }
    if (again && plan->result == LN_ONCHAIN_OK && begin_child(&draft, plan, parent)) {
        ln_plan_same_coins(plan, claim, &draft);
        ln_plan_send(plan, claim, &draft, claim->fee_sat, parent->deadline_height);
    }
}

static void send_closing(const struct ln_plan *plan)
{
    const struct ln_onchain_terms *terms = &plan->onchain->terms;
    struct btc_tx tx;
    if (btc_tx_parse(&tx, plan->tools->scratch, btc_bytes(terms->closing, terms->closing_length)) == BTC_TX_OK) {
        ln_plan_emit(plan, &tx, (const uint8_t[32]){0}, terms->funding_sat - btc_tx_output_sum_sat(&tx), UINT32_MAX);
    }
}

static void send_commitment(struct ln_plan *plan, bool again)
{
    struct ln_onchain *onchain = plan->onchain;
    struct ln_our_commitment ours;
    struct parent parent = {0};
    if (!ln_our_commitment_build(&ours, onchain, plan->tools)) {
        plan->result = LN_ONCHAIN_NO_ROOM;
        return;
    }
    if (again) {
        int64_t fee_sat = onchain->terms.funding_sat - btc_tx_output_sum_sat(&ours.commitment.tx);
        if (!sign_commitment(plan, &ours)) {
            plan->result = LN_ONCHAIN_KEYS;
            return;
        }
        ln_plan_emit(plan, &ours.commitment.tx, (const uint8_t[32]){0}, fee_sat, deadline_of(onchain, LN_ON_OURS));
    }
    if (onchain->terms.form == LN_ANCHORS && !onchain->rival.is_there && our_parent(&parent, onchain, &ours)) {
        send_child(plan, &parent, again);
    }
}

void ln_own_send(struct ln_plan *plan)
{
    struct ln_onchain *onchain = plan->onchain;
    struct ln_claim *claim = &onchain->commitment;
    bool agreed = onchain->terms.closing_length > 0;
    bool again = !claim->live || ln_plan_is_due(plan, claim);
    struct parent parent;
    if (!agreed && !onchain->terms.may_broadcast && !onchain->rival.is_there) {
        return;
    }
    claim->kind = LN_CLAIM_COMMITMENT;
    claim->live = true;
    claim->sent_height = again ? onchain->height : claim->sent_height;
    if (agreed && again) {
        send_closing(plan);
    } else if (!agreed && onchain->terms.may_broadcast) {
        send_commitment(plan, again);
    }
    if (onchain->rival.is_there && their_parent(&parent, onchain)) {
        send_child(plan, &parent, again);
    }
}

void ln_own_leave_child(struct ln_onchain *onchain, const struct ln_onchain_tools *tools)
{
    const struct ln_plan plan = {.onchain = onchain, .tools = tools};
    struct ln_claim *claim = &onchain->commitment;
    if (claim->live) {
        ln_plan_forget(&plan, claim);
        *claim = (struct ln_claim){.live = true, .kind = claim->kind, .sent_height = claim->sent_height};
    }
}

static bool is_parent_mined(const struct ln_onchain *onchain)
{
    const struct ln_rival *rival = &onchain->rival;
    return rival->is_there ? onchain->close == LN_CLOSE_THEIRS && memcmp(onchain->outs[0].spender, rival->txid, 32) == 0
                           : onchain->close == LN_CLOSE_OURS;
}

void ln_own_reap(struct ln_plan *plan)
{
    struct ln_onchain *onchain = plan->onchain;
    struct ln_claim *claim = &onchain->commitment;
    bool closed = onchain->close != LN_CLOSE_NONE;
    bool old = closed && onchain->height >= onchain->outs[0].spent_height + onchain->policy.resolved_depth_blocks / 2u;
    bool parent_mined = is_parent_mined(onchain);
    bool done = closed && (!parent_mined || old);
    bool mined = false;
    for (uint32_t i = 0; i < onchain->out_count && parent_mined; i++) {
        const struct ln_out *out = &onchain->outs[i];
        if (out->kind == LN_OUT_ANCHOR) {
            done |= out->spent_by != LN_SPENT_NOT;
            mined |= memcmp(out->spender, claim->txid, 32) == 0;
        }
    }
    bool childless = parent_mined && claim->rate_sat_per_kwu == 0;
    if (claim->live && (done || childless || ln_plan_lacks_coin(plan, claim))) {
        if (!mined) {
            ln_plan_forget(plan, claim);
        }
        memset(claim, 0, sizeof *claim);
    }
}
