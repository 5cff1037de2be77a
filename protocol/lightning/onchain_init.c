/* onchain_init.c: from a channel to its resolver.   [real]
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <string.h>

#include "protocol/lightning/channel_view.h"
#include "protocol/lightning/onchain.h"
#include "protocol/lightning/onchain_find.h"

/* ---- HTLCs ---- */

/* What of an HTLC's places are commitments that may yet appear, and have an output for it. */
static uint8_t outputs_of(const struct ln_channel *channel, const struct ln_slot *record)
{
    const struct ln_htlc_row *row = ln_htlc_row(record->state);
    const enum ln_place places[3] = {LN_IN_LOCAL, channel->awaiting_revoke ? LN_IN_OLD_REMOTE : LN_IN_REMOTE,
                                     LN_IN_REMOTE};
    uint8_t outputs = 0;
    for (unsigned i = 0; i < (channel->awaiting_revoke ? 3 : 2); i++) {
        enum ln_side owner = i == 0 ? LN_US : LN_THEM;
        enum ln_htlc_side side = row->owner == owner ? LN_HTLC_OFFERED : LN_HTLC_RECEIVED;
        struct ln_fee_terms terms = {.form = ln_channel_form_of(channel),
                                     .feerate_sat_per_kwu = ln_fee_rate(&channel->fees, places[i], LN_STEP_NONE),
                                     .dust_limit_sat = ln_channel_terms(channel, owner)->dust_limit_sat};
        if ((row->places & places[i]) && !ln_htlc_is_trimmed(&terms, side, record->amount_msat)) {
            outputs |= (uint8_t)(LN_ON_OURS << i);
        }
    }
    return outputs;
}

static void take_htlc(struct ln_onchain_htlc *htlc, const struct ln_channel *channel, const struct ln_slot *record)
{
    const struct ln_htlc_row *row = ln_htlc_row(record->state);
    memset(htlc, 0, sizeof *htlc);
    htlc->htlc = (struct ln_htlc){.id = record->id,
                                  .amount_msat = record->amount_msat,
                                  .cltv_expiry_height = record->cltv_expiry_height,
                                  .side = row->owner == LN_US ? LN_HTLC_OFFERED : LN_HTLC_RECEIVED};
    memcpy(htlc->htlc.payment_hash, record->payment_hash, 32);
    memcpy(htlc->signature, record->signature, 64);
    htlc->same = LN_ONCHAIN_NONE;
    htlc->outputs = outputs_of(channel, record);
    if (row->phase >= LN_REMOVE && record->outcome == LN_OUTCOME_FULFILLED) {
        htlc->has_preimage = true;
        memcpy(htlc->preimage, record->answer, 32);
        htlc->told = row->owner == LN_US ? LN_TOLD_PREIMAGE : LN_TOLD_NOTHING;
    }
}

static bool take_htlcs(struct ln_onchain *onchain, const struct ln_channel *channel, const struct ln_workshop *shop)
{
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE; i = ln_record_of(shop, i)->next) {
        const struct ln_slot *record = ln_record_of(shop, i);
        if (record->state == ln_htlc_state(LN_THEM, LN_ADD)) {
            continue; /* they proposed it, nobody signed it */
        }
        if (onchain->htlc_count == onchain->htlc_capacity) {
            return false;
        }
        take_htlc(&onchain->htlcs[onchain->htlc_count++], channel, record);
    }
    return true;
}

/* ---- terms ---- */

static void take_numbers(struct ln_onchain_terms *terms, const struct ln_channel *channel)
{
    terms->number[LN_US] = channel->local_number;
    terms->number[LN_THEM] = channel->remote_number - channel->awaiting_revoke;
    terms->has_next = channel->awaiting_revoke;
    memcpy(terms->points[0], channel->their_point.wire, 33);
    memcpy(terms->points[1], channel->their_next.wire, 33);
}

static void take_terms(struct ln_onchain *onchain, const struct ln_onchain_setup *setup,
                       const struct ln_channel *channel, const struct ln_workshop *shop)
{
    struct ln_onchain_terms *terms = &onchain->terms;
    const struct ln_look look = {LN_US, LN_STEP_NONE};
    struct ln_fee_terms fees = ln_look_terms(channel, look);
    terms->form = fees.form;
    terms->funding = channel->funding;
    terms->funding_sat = (int64_t)channel->funding_sat;
    terms->may_broadcast = !channel->doubtful && channel->stage != LN_STAGE_LOST;
    terms->opener = channel->opener;
    terms->delay_blocks[LN_US] = channel->their_terms.to_self_delay_blocks;
    terms->delay_blocks[LN_THEM] = channel->policy.terms.to_self_delay_blocks;
    terms->feerate_sat_per_kwu = fees.feerate_sat_per_kwu;
    terms->dust_limit_sat = fees.dust_limit_sat;
    ln_look_balances(channel, shop, look, terms->balance_msat);
    memcpy(terms->their_signature, channel->their_signature, 64);
    take_numbers(terms, channel);
    terms->shutdown_length = channel->shutdown.sent ? channel->policy.shutdown_length : 0;
    memcpy(terms->shutdown, channel->policy.shutdown_script, sizeof terms->shutdown);
    assert(setup->sweep_script.length <= sizeof terms->sweep && setup->closing.length <= sizeof terms->closing);
    terms->sweep_length = (uint8_t)setup->sweep_script.length;
    memcpy(terms->sweep, setup->sweep_script.data, setup->sweep_script.length);
    terms->closing_length = (uint16_t)setup->closing.length;
    if (setup->closing.length > 0) {
        memcpy(terms->closing, setup->closing.data, setup->closing.length);
    }
}

/* ---- the object ---- */

static enum ln_onchain_result find_our_txid(struct ln_onchain *onchain, const struct ln_onchain_tools *tools)
{
    struct ln_our_commitment ours;
    size_t used = tools->scratch->used;
    bool built = ln_our_commitment_build(&ours, onchain, tools);
    if (built) {
        memcpy(onchain->our_txid, ours.commitment.txid, 32);
    }
    tools->scratch->used = used;
    return built ? LN_ONCHAIN_OK : LN_ONCHAIN_NO_ROOM;
}

enum ln_onchain_result ln_onchain_init(struct ln_onchain *onchain, void *memory, uint32_t htlcs,
                                       const struct ln_onchain_tools *tools, const struct ln_onchain_setup *setup,
                                       struct ln_channel *channel, const struct ln_workshop *shop)
{
    if (channel->stage < LN_STAGE_FUNDED || channel->stage == LN_STAGE_DEAD) {
        return LN_ONCHAIN_STAGE;
    }
    ln_onchain_place(onchain, memory, htlcs);
    onchain->policy = setup->policy;
    onchain->rates = setup->rates;
    onchain->height = setup->height;
    onchain->keyring = channel->keyring;
    onchain->secrets = channel->their_secrets;
    take_terms(onchain, setup, channel, shop);
    if (!take_htlcs(onchain, channel, shop)) {
        return LN_ONCHAIN_NO_ROOM;
    }
    onchain->outs[0] = (struct ln_out){.outpoint = onchain->terms.funding,
                                       .value_sat = onchain->terms.funding_sat,
                                       .kind = LN_OUT_FUNDING,
                                       .htlc = LN_ONCHAIN_NONE,
                                       .parent = LN_ONCHAIN_NONE,
                                       .claim = LN_ONCHAIN_NONE};
    onchain->out_count = 1;
    return find_our_txid(onchain, tools);
}
