/* onchain.c: a channel on the chain: every input there is.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/onchain.h"

#include <assert.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/script.h"
#include "protocol/lightning/onchain_own.h"
#include "protocol/lightning/onchain_tell.h"
#include "protocol/lightning/past.h"

const struct ln_onchain_policy ln_onchain_policy_usual = {.patience = {2, 2, 12},
                                                          .fail_depth_blocks = 6,
                                                          .resolved_depth_blocks = 100,
                                                          .security_blocks = 18,
                                                          .rebroadcast_blocks = 6,
                                                          .floor_sat_per_kwu = 253,
                                                          .incremental_sat_per_kwu = 250};

/* ---- a call ---- */

/* Every call that says anything says PERSIST first. */
static uint32_t open_call(const struct ln_onchain_tools *tools)
{
    uint32_t at = tools->effects->count;
    ln_onchain_effects_add(tools->effects, LN_ONCHAIN_PERSIST);
    return at;
}

static void close_call(const struct ln_onchain_tools *tools, uint32_t at)
{
    if (tools->effects->count == at + 1) {
        tools->effects->count = at;
    }
}

static void tell_close(const struct ln_onchain *onchain, const struct ln_onchain_tools *tools)
{
    struct ln_onchain_effect *effect = ln_onchain_effects_add(tools->effects, LN_ONCHAIN_CLOSED);
    effect->close = onchain->close;
    effect->number = onchain->close_number;
    memcpy(effect->txid, onchain->outs[0].spender, 32);
    if (onchain->close == LN_CLOSE_REVOKED && !onchain->past_given) {
        ln_onchain_effects_add(tools->effects, LN_ONCHAIN_NEED_PAST)->number = onchain->close_number;
    }
}

/* All that follows from what is known. */
static enum ln_onchain_result follow(struct ln_onchain *onchain, const struct ln_onchain_tools *tools,
                                     enum ln_resend resend)
{
    ln_onchain_tell(onchain, tools, resend);
    enum ln_onchain_result result = ln_onchain_plan(onchain, tools, resend);
    ln_onchain_tell_end(onchain, tools);
    return result;
}

enum ln_onchain_result ln_onchain_start(struct ln_onchain *onchain, const struct ln_onchain_tools *tools)
{
    uint32_t at = open_call(tools);
    for (uint32_t i = 0; i < onchain->out_count; i++) {
        onchain->outs[i].watched = false;
    }
    onchain->resolved = false;
    onchain->wanted_sat = 0;
    if (onchain->close != LN_CLOSE_NONE) {
        tell_close(onchain, tools);
    }
    enum ln_onchain_result result = follow(onchain, tools, LN_RESEND_ALL);
    close_call(tools, at);
    return result;
}

enum ln_onchain_result ln_onchain_tick(struct ln_onchain *onchain, const struct ln_onchain_tools *tools)
{
    uint32_t at = open_call(tools);
    enum ln_onchain_result result = follow(onchain, tools, LN_RESEND_DUE);
    close_call(tools, at);
    return result;
}

/* ---- blocks ---- */

enum ln_onchain_result ln_onchain_connect(struct ln_onchain *onchain, const struct ln_onchain_tools *tools,
                                          uint32_t height, const struct btc_tx *const *txs, uint32_t tx_count)
{
    assert(height > onchain->height);
    uint32_t at = open_call(tools);
    size_t used = tools->scratch->used;
    bool was_closed = onchain->close != LN_CLOSE_NONE;
    enum ln_onchain_result result = LN_ONCHAIN_OK;
    onchain->height = height;
    for (uint32_t i = 0; i < tx_count && result == LN_ONCHAIN_OK; i++) {
        result = ln_onchain_see(onchain, tools, txs[i], height);
        tools->scratch->used = used;
    }
    if (!was_closed && onchain->close != LN_CLOSE_NONE) {
        tell_close(onchain, tools);
    }
    if (result == LN_ONCHAIN_OK) {
        result = follow(onchain, tools, LN_RESEND_DUE);
    }
    close_call(tools, at);
    return result;
}

enum ln_onchain_result ln_onchain_disconnect(struct ln_onchain *onchain, const struct ln_onchain_tools *tools,
                                             uint32_t height)
{
    assert(height <= onchain->height);
    uint32_t at = open_call(tools);
    if (ln_onchain_cut(onchain, height)) {
        onchain->commitment.sent_height = 0; /* due again */
        ln_onchain_effects_add(tools->effects, LN_ONCHAIN_REOPENED);
    }
    onchain->resolved = false;
    close_call(tools, at);
    return LN_ONCHAIN_OK;
}

/* ---- what waits ---- */

/* Our anchor in a commitment of the peer's; LN_ONCHAIN_NONE if it has none. */
static uint32_t find_anchor(const struct ln_onchain *onchain, const struct btc_tx *tx)
{
    uint8_t script[LN_ANCHOR_SCRIPT_BYTES];
    uint8_t hash[32];
    uint8_t wanted[BTC_P2WSH_BYTES];
    ln_script_anchor(script, onchain->keyring.base[LN_US][LN_BASE_FUNDING].wire);
    btc_sha256(hash, script, sizeof script);
    btc_script_p2wsh(wanted, hash);
    for (uint32_t i = 0; i < tx->output_count; i++) {
        if (btc_bytes_equal(tx->outputs[i].script, btc_bytes(wanted, sizeof wanted))) {
            return i;
        }
    }
    return LN_ONCHAIN_NONE;
}

static struct ln_rival rival_of(struct ln_onchain *onchain, const struct ln_onchain_tools *tools,
                                const struct btc_tx *tx)
{
    struct ln_rival rival = {0};
    uint64_t number = onchain->close_number;
    if (tx == NULL || onchain->terms.form != LN_ANCHORS || onchain->close != LN_CLOSE_NONE ||
        ln_onchain_recognise(onchain, tools, tx) != LN_CLOSE_THEIRS) {
        onchain->close_number = number;
        return rival;
    }
    rival.where = onchain->close_number == onchain->terms.number[LN_THEM] ? LN_ON_THEIRS : LN_ON_THEIRS_NEXT;
    onchain->close_number = number;
    rival.anchor = find_anchor(onchain, tx);
    rival.is_there = rival.anchor != LN_ONCHAIN_NONE;
    btc_txid(rival.txid, tx);
    rival.weight_wu = btc_tx_weight_wu(tx);
    rival.fee_sat = onchain->terms.funding_sat - btc_tx_output_sum_sat(tx);
    return rival;
}

enum ln_onchain_result ln_onchain_waits(struct ln_onchain *onchain, const struct ln_onchain_tools *tools,
                                        const struct btc_tx *tx)
{
    struct ln_rival rival = rival_of(onchain, tools, tx);
    const struct ln_rival *known = &onchain->rival;
    if (rival.is_there == known->is_there && memcmp(rival.txid, known->txid, 32) == 0) {
        return LN_ONCHAIN_OK;
    }
    uint32_t at = open_call(tools);
    ln_own_leave_child(onchain, tools);
    onchain->rival = rival;
    enum ln_onchain_result result = follow(onchain, tools, LN_RESEND_DUE);
    close_call(tools, at);
    return result;
}

/* ---- what the caller knows ---- */

enum ln_onchain_result ln_onchain_fulfill(struct ln_onchain *onchain, const struct ln_onchain_tools *tools, uint64_t id,
                                          const uint8_t preimage[32])
{
    uint8_t hash[32];
    btc_sha256(hash, preimage, 32);
    for (uint32_t i = 0; i < onchain->htlc_count; i++) {
        struct ln_onchain_htlc *htlc = &onchain->htlcs[i];
        if (htlc->htlc.side != LN_HTLC_RECEIVED || htlc->htlc.id != id ||
            memcmp(hash, htlc->htlc.payment_hash, 32) != 0) {
            continue;
        }
        if (htlc->has_preimage) {
            return LN_ONCHAIN_OK;
        }
        htlc->has_preimage = true;
        memcpy(htlc->preimage, preimage, 32);
        ln_onchain_effects_add(tools->effects, LN_ONCHAIN_PERSIST);
        return follow(onchain, tools, LN_RESEND_DUE);
    }
    return LN_ONCHAIN_UNKNOWN;
}

/* Which HTLC of the final view one of a revoked commitment is. Two that look the same are so in every respect. */
static uint32_t same_as(const struct ln_onchain *onchain, const struct ln_htlc *htlc, uint32_t past_count)
{
    for (uint32_t i = 0; i < onchain->htlc_count; i++) {
        const struct ln_htlc *other = &onchain->htlcs[i].htlc;
        bool taken = false;
        for (uint32_t k = 0; k < past_count; k++) {
            taken |= onchain->htlcs[onchain->htlc_capacity + k].same == i;
        }
        if (!taken && other->side == htlc->side && other->amount_msat == htlc->amount_msat &&
            other->cltv_expiry_height == htlc->cltv_expiry_height &&
            memcmp(other->payment_hash, htlc->payment_hash, 32) == 0) {
            return i;
        }
    }
    return LN_ONCHAIN_NONE;
}

enum ln_onchain_result ln_onchain_past(struct ln_onchain *onchain, const struct ln_onchain_tools *tools,
                                       struct btc_bytes record)
{
    struct ln_past past;
    if (onchain->close != LN_CLOSE_REVOKED || onchain->past_given || !ln_past_read(&past, record) ||
        past.number != onchain->close_number) {
        return LN_ONCHAIN_UNKNOWN;
    }
    if (past.htlc_count > onchain->htlc_capacity) {
        return LN_ONCHAIN_NO_ROOM;
    }
    for (uint32_t i = 0; i < past.htlc_count; i++) {
        struct ln_onchain_htlc *htlc = &onchain->htlcs[onchain->htlc_capacity + i];
        memset(htlc, 0, sizeof *htlc);
        ln_past_htlc(&htlc->htlc, record, i);
        htlc->htlc.side = htlc->htlc.side == LN_HTLC_OFFERED ? LN_HTLC_RECEIVED : LN_HTLC_OFFERED;
        htlc->same = same_as(onchain, &htlc->htlc, i);
    }
    size_t used = tools->scratch->used;
    onchain->past_count = past.htlc_count;
    onchain->past_given = ln_onchain_identify(onchain, tools);
    tools->scratch->used = used;
    if (!onchain->past_given) {
        onchain->past_count = 0;
        return LN_ONCHAIN_NO_ROOM;
    }
    ln_onchain_effects_add(tools->effects, LN_ONCHAIN_PERSIST);
    return follow(onchain, tools, LN_RESEND_DUE);
}

void ln_onchain_set_rates(struct ln_onchain *onchain, const struct ln_onchain_rates *rates)
{
    onchain->rates = *rates;
}

/* ---- coins ---- */

static bool is_listed(const struct btc_outpoint *outpoint, const struct ln_onchain_coin *coins, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (btc_outpoint_equal(outpoint, &coins[i].outpoint)) {
            return true;
        }
    }
    return false;
}

/* The coins that claims use. */
static uint32_t coins_in_use(const struct ln_onchain *onchain)
{
    uint32_t used = onchain->commitment.live ? onchain->commitment.coins : 0;
    for (uint32_t i = 0; i < onchain->out_capacity; i++) {
        used |= onchain->claims[i].live ? onchain->claims[i].coins : 0;
    }
    return used;
}

/* How well a place can do without its coin: 0 it cannot; most if it has none. Of coins that were used the value is
 * needed to know the fee, should a transaction of old be mined. */
static unsigned spare(const struct ln_onchain_coin *coin, bool in_use)
{
    if (coin->value_sat == 0) {
        return 4;
    }
    if (in_use || (coin->is_free && coin->spent_height == 0)) {
        return 0;
    }
    return !coin->was_used ? 3 : coin->spent_height > 0 ? 2 : 1;
}

static struct ln_onchain_coin *room_for_coin(struct ln_onchain *onchain, uint32_t used)
{
    struct ln_onchain_coin *best = NULL;
    unsigned most = 0;
    for (uint32_t i = 0; i < LN_ONCHAIN_COINS; i++) {
        unsigned can = spare(&onchain->coins[i], used >> i & 1);
        if (can > most) {
            most = can;
            best = &onchain->coins[i];
        }
    }
    return best;
}

void ln_onchain_set_coins(struct ln_onchain *onchain, const struct ln_onchain_coin *coins, uint32_t count)
{
    uint32_t used = coins_in_use(onchain);
    for (uint32_t i = 0; i < LN_ONCHAIN_COINS; i++) {
        struct ln_onchain_coin *coin = &onchain->coins[i];
        coin->is_free = coin->value_sat > 0 && is_listed(&coin->outpoint, coins, count);
    }
    for (uint32_t i = 0; i < count; i++) {
        bool known = false;
        for (uint32_t k = 0; k < LN_ONCHAIN_COINS; k++) {
            known |= onchain->coins[k].value_sat > 0 && is_listed(&onchain->coins[k].outpoint, &coins[i], 1);
        }
        struct ln_onchain_coin *room = known || coins[i].value_sat <= 0 ? NULL : room_for_coin(onchain, used);
        if (room != NULL) {
            *room = coins[i];
            room->spent_height = 0;
            room->is_free = true;
            room->was_used = false;
        }
    }
    onchain->wanted_sat = 0;
}

/* ---- what came of it ---- */

/* What a second stage itself took from its HTLC, without coins of the wallet. */
static int64_t stage_fee_sat(const struct ln_onchain *onchain, const struct ln_out *behind)
{
    const struct ln_out *parent = behind->parent == LN_ONCHAIN_NONE ? behind : &onchain->outs[behind->parent];
    return parent->spent_by == LN_SPENT_BY_US ? parent->value_sat - behind->value_sat : 0;
}

static int64_t stage_fee_of_parent_sat(const struct ln_onchain *onchain, uint32_t parent)
{
    for (uint32_t i = parent + 1; i < onchain->out_count; i++) {
        if (onchain->outs[i].parent == parent) {
            return stage_fee_sat(onchain, &onchain->outs[i]);
        }
    }
    return 0;
}

/* What an out came to. A second stage is counted, with the fee that it took itself, when its output is swept. */
static void count_out(struct ln_onchain_tally *tally, const struct ln_onchain *onchain, uint32_t number)
{
    const struct ln_out *out = &onchain->outs[number];
    bool ours = out->spent_by == LN_SPENT_BY_US;
    tally->fees_sat += out->fee_sat;
    if (ours && out->second_stage) {
        tally->fees_sat -= stage_fee_of_parent_sat(onchain, number);
    } else if (ours) {
        tally->claimed_sat += out->value_sat + stage_fee_sat(onchain, out);
        tally->fees_sat += stage_fee_sat(onchain, out);
    } else if (out->spent_by == LN_SPENT_BY_THEM) {
        bool punished = onchain->close == LN_CLOSE_REVOKED && out->second_stage;
        tally->lost_sat += punished ? 0 : out->value_sat;
    } else if (ln_onchain_is_abandoned(onchain, out)) {
        tally->abandoned_sat += out->value_sat + stage_fee_sat(onchain, out);
    } else {
        tally->pending_sat += out->value_sat + stage_fee_sat(onchain, out);
    }
}

struct ln_onchain_tally ln_onchain_tally(const struct ln_onchain *onchain)
{
    struct ln_onchain_tally tally = {0};
    for (uint32_t i = 1; i < onchain->out_count; i++) {
        count_out(&tally, onchain, i);
    }
    return tally;
}
