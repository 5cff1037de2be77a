/* onchain_find.c: what a transaction in a block means to a channel on the chain.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/onchain_find.h"

#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/script.h"

/* ---- scripts ---- */

size_t ln_onchain_htlc_script(uint8_t script[LN_HTLC_SCRIPT_BYTES], const struct ln_onchain *onchain,
                              const struct ln_onchain_htlc *htlc)
{
    const struct ln_commitment_keys *keys = &onchain->derived.keys;
    bool ours = onchain->close == LN_CLOSE_OURS;
    bool offered = (htlc->htlc.side == LN_HTLC_OFFERED) == ours; /* by the commitment's owner */
    struct ln_htlc_script what = {.form = onchain->terms.form,
                                  .side = offered ? LN_HTLC_OFFERED : LN_HTLC_RECEIVED,
                                  .owner_key = keys->owner_htlc,
                                  .other_key = keys->other_htlc,
                                  .payment_hash = htlc->htlc.payment_hash,
                                  .cltv_expiry_height = htlc->htlc.cltv_expiry_height};
    btc_hash160(what.revocation_hash, keys->revocation, 33);
    return ln_script_htlc(script, &what);
}

size_t ln_onchain_delayed_script(uint8_t script[LN_TO_LOCAL_SCRIPT_BYTES], const struct ln_onchain *onchain)
{
    const struct ln_commitment_keys *keys = &onchain->derived.keys;
    unsigned owner = onchain->close == LN_CLOSE_OURS ? LN_US : LN_THEM;
    return ln_script_to_local(script, keys->revocation, keys->owner_delayed, onchain->terms.delay_blocks[owner]);
}

static void hash_to_remote(uint8_t hash[32], enum ln_channel_form form, const uint8_t payment[33])
{
    uint8_t script[LN_TO_REMOTE_SCRIPT_BYTES];
    memset(hash, 0, 32);
    if (form == LN_ANCHORS) {
        ln_script_to_remote(script, payment);
        btc_sha256(hash, script, sizeof script);
    } else {
        btc_hash160(hash, payment, 33);
    }
}

static void hash_anchor(uint8_t hash[32], const uint8_t funding[33])
{
    uint8_t script[LN_ANCHOR_SCRIPT_BYTES];
    ln_script_anchor(script, funding);
    btc_sha256(hash, script, sizeof script);
}

static void hash_delayed(uint8_t hash[32], const struct ln_onchain *onchain)
{
    uint8_t script[LN_TO_LOCAL_SCRIPT_BYTES];
    btc_sha256(hash, script, ln_onchain_delayed_script(script, onchain));
}

/* The hash that an output pays to, zeros behind a short one. Returns false if it is no witness program. */
static bool read_program(uint8_t hash[32], const struct btc_output *output)
{
    uint8_t version;
    struct btc_bytes program;
    memset(hash, 0, 32);
    if (!btc_script_is_witness_program(&version, &program, output->script) || version != 0 || program.length > 32) {
        return false;
    }
    memcpy(hash, program.data, program.length);
    return true;
}

/* ---- our commitment ---- */

static bool fill_list(struct ln_our_commitment *ours, const struct ln_onchain *onchain, struct btc_arena *scratch)
{
    ours->list = btc_arena_take(scratch, onchain->htlc_count, sizeof *ours->list);
    ours->places = btc_arena_take(scratch, onchain->htlc_count, sizeof *ours->places);
    if (ours->list == NULL || ours->places == NULL) {
        return false;
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < onchain->htlc_count; i++) {
        if (onchain->htlcs[i].outputs & LN_ON_OURS) {
            ours->list[count] = onchain->htlcs[i].htlc;
            ours->places[count++] = i;
        }
    }
    ours->view.htlcs = ours->list;
    ours->view.htlc_count = count;
    return true;
}

bool ln_our_commitment_build(struct ln_our_commitment *ours, struct ln_onchain *onchain,
                             const struct ln_onchain_tools *tools)
{
    const struct ln_onchain_terms *terms = &onchain->terms;
    struct ln_point point;
    uint8_t secret[32];
    memset(ours, 0, sizeof *ours);
    if (!fill_list(ours, onchain, tools->scratch)) {
        return false;
    }
    ln_keyring_secret(&onchain->keyring, secret, terms->number[LN_US]);
    if (!ln_backend_point(tools->backend, &point, secret) ||
        !ln_backend_derive(tools->backend, &ours->derived, &onchain->keyring, LN_US, &point, true)) {
        return false;
    }
    memcpy(ours->point, point.wire, 33);
    struct ln_commitment_view *view = &ours->view;
    view->terms = (struct ln_fee_terms){terms->form, terms->feerate_sat_per_kwu, terms->dust_limit_sat};
    view->funding = terms->funding;
    view->funding_sat = terms->funding_sat;
    view->owner_funding_key = onchain->keyring.base[LN_US][LN_BASE_FUNDING].wire;
    view->other_funding_key = onchain->keyring.base[LN_THEM][LN_BASE_FUNDING].wire;
    view->keys = &ours->derived.keys;
    view->opener = terms->opener == LN_US ? LN_OWNER : LN_OTHER;
    view->to_self_delay_blocks = terms->delay_blocks[LN_US];
    view->number = terms->number[LN_US];
    view->obscuring_factor = onchain->keyring.obscuring_factor;
    view->owner_msat = terms->balance_msat[LN_US];
    view->other_msat = terms->balance_msat[LN_THEM];
    return ln_commitment_build(&ours->commitment, tools->scratch, view) == LN_COMMITMENT_OK;
}

/* ---- births ---- */

/* Returns NULL if the channel had more HTLCs than the object was made for. */
static struct ln_out *bear(struct ln_onchain *onchain, enum ln_out_kind kind, const struct btc_output *output,
                           const struct btc_outpoint *outpoint, uint32_t height)
{
    if (onchain->out_count == onchain->out_capacity) {
        return NULL;
    }
    struct ln_out *out = &onchain->outs[onchain->out_count++];
    memset(out, 0, sizeof *out);
    out->kind = (uint8_t)kind;
    out->outpoint = *outpoint;
    out->value_sat = output->value_sat;
    out->born_height = height;
    out->htlc = out->parent = out->claim = LN_ONCHAIN_NONE;
    (void)read_program(out->script_hash, output);
    return out;
}

static enum ln_onchain_result bear_ours(struct ln_onchain *onchain, const struct ln_onchain_tools *tools,
                                        const struct btc_tx *tx, uint32_t height)
{
    static const int kinds[] = {[LN_OUTPUT_TO_LOCAL] = LN_OUT_DELAYED,
                                [LN_OUTPUT_TO_REMOTE] = -1,
                                [LN_OUTPUT_OWNER_ANCHOR] = LN_OUT_ANCHOR,
                                [LN_OUTPUT_OTHER_ANCHOR] = -1,
                                [LN_OUTPUT_HTLC] = LN_OUT_HTLC};
    struct ln_our_commitment ours;
    struct btc_outpoint outpoint;
    if (!ln_our_commitment_build(&ours, onchain, tools)) {
        return LN_ONCHAIN_NO_ROOM;
    }
    onchain->derived = ours.derived;
    memcpy(onchain->point, ours.point, 33);
    memcpy(outpoint.txid, ours.commitment.txid, 32);
    for (outpoint.index = 0; outpoint.index < tx->output_count; outpoint.index++) {
        const struct ln_commitment_output *what = &ours.commitment.outputs[outpoint.index];
        if (kinds[what->kind] >= 0) {
            struct ln_out *out =
                bear(onchain, (enum ln_out_kind)kinds[what->kind], &tx->outputs[outpoint.index], &outpoint, height);
            out->htlc = what->htlc == NULL ? LN_ONCHAIN_NONE : ours.places[what->htlc - ours.list];
        }
    }
    return LN_ONCHAIN_OK;
}

/* What the outputs of a commitment of the peer may pay to. */
struct expected {
    uint8_t to_remote[32];
    uint8_t anchor[32];
    uint8_t their_anchor[32];
    uint8_t delayed[32];
    struct {
        uint8_t hash[32];
        uint32_t htlc; /* none: taken */
    } * htlcs;
    uint32_t htlc_count;
};

static bool expect_htlcs(struct expected *expected, const struct ln_onchain *onchain, struct btc_arena *scratch,
                         uint32_t first, uint32_t count)
{
    expected->htlcs = btc_arena_take(scratch, count, sizeof *expected->htlcs);
    if (expected->htlcs == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint8_t script[LN_HTLC_SCRIPT_BYTES];
        btc_sha256(expected->htlcs[i].hash, script,
                   ln_onchain_htlc_script(script, onchain, &onchain->htlcs[first + i]));
        expected->htlcs[i].htlc = first + i;
    }
    expected->htlc_count = count;
    return true;
}

/* The HTLC that an output is for; two that look the same are each given once. */
static uint32_t take_htlc(struct expected *expected, const struct ln_onchain *onchain, const uint8_t hash[32],
                          int64_t value_sat)
{
    for (uint32_t i = 0; i < expected->htlc_count; i++) {
        uint32_t htlc = expected->htlcs[i].htlc;
        if (htlc != LN_ONCHAIN_NONE && memcmp(expected->htlcs[i].hash, hash, 32) == 0 &&
            (int64_t)(onchain->htlcs[htlc].htlc.amount_msat / 1000) == value_sat) {
            expected->htlcs[i].htlc = LN_ONCHAIN_NONE;
            return htlc;
        }
    }
    return LN_ONCHAIN_NONE;
}

/* What an output of the peer's commitment is to us. Returns -1 for nothing. */
static int kind_of(struct expected *expected, const struct ln_onchain *onchain, const struct btc_output *output,
                   uint32_t *htlc)
{
    uint8_t hash[32];
    bool revoked = onchain->close == LN_CLOSE_REVOKED;
    *htlc = LN_ONCHAIN_NONE;
    if (!read_program(hash, output)) {
        return -1;
    }
    if (memcmp(hash, expected->to_remote, 32) == 0) {
        return LN_OUT_TO_REMOTE;
    }
    if (onchain->terms.form == LN_ANCHORS && memcmp(hash, expected->anchor, 32) == 0) {
        return LN_OUT_ANCHOR;
    }
    if (onchain->terms.form == LN_ANCHORS && memcmp(hash, expected->their_anchor, 32) == 0) {
        return -1;
    }
    if (onchain->close != LN_CLOSE_FUTURE && memcmp(hash, expected->delayed, 32) == 0) {
        return revoked ? LN_OUT_REVOKED : -1;
    }
    *htlc = take_htlc(expected, onchain, hash, output->value_sat);
    if (*htlc != LN_ONCHAIN_NONE) {
        return LN_OUT_HTLC;
    }
    bool perhaps = revoked || onchain->close == LN_CLOSE_FUTURE;
    return perhaps && output->script.length == BTC_P2WSH_BYTES ? LN_OUT_UNKNOWN : -1;
}

static void expect_fixed(struct expected *expected, const struct ln_onchain *onchain)
{
    const struct ln_keyring *keyring = &onchain->keyring;
    memset(expected, 0, sizeof *expected);
    hash_to_remote(expected->to_remote, onchain->terms.form, keyring->base[LN_US][LN_BASE_PAYMENT].wire);
    hash_anchor(expected->anchor, keyring->base[LN_US][LN_BASE_FUNDING].wire);
    hash_anchor(expected->their_anchor, keyring->base[LN_THEM][LN_BASE_FUNDING].wire);
}

static enum ln_onchain_result bear_theirs(struct ln_onchain *onchain, const struct ln_onchain_tools *tools,
                                          const struct btc_tx *tx, uint32_t height)
{
    struct expected expected;
    struct btc_outpoint outpoint;
    expect_fixed(&expected, onchain);
    if (onchain->close != LN_CLOSE_FUTURE) {
        hash_delayed(expected.delayed, onchain);
    }
    if (onchain->close == LN_CLOSE_THEIRS &&
        !expect_htlcs(&expected, onchain, tools->scratch, 0, onchain->htlc_count)) {
        return LN_ONCHAIN_NO_ROOM;
    }
    btc_txid(outpoint.txid, tx);
    for (outpoint.index = 0; outpoint.index < tx->output_count; outpoint.index++) {
        uint32_t htlc;
        int kind = kind_of(&expected, onchain, &tx->outputs[outpoint.index], &htlc);
        if (kind < 0) {
            continue;
        }
        struct ln_out *out = bear(onchain, (enum ln_out_kind)kind, &tx->outputs[outpoint.index], &outpoint, height);
        if (out == NULL) {
            return LN_ONCHAIN_NO_ROOM;
        }
        out->htlc = htlc;
    }
    return LN_ONCHAIN_OK;
}

bool ln_onchain_identify(struct ln_onchain *onchain, const struct ln_onchain_tools *tools)
{
    struct expected expected = {0};
    if (!expect_htlcs(&expected, onchain, tools->scratch, onchain->htlc_capacity, onchain->past_count)) {
        return false;
    }
    for (uint32_t i = 0; i < onchain->out_count; i++) {
        struct ln_out *out = &onchain->outs[i];
        if (out->kind == LN_OUT_UNKNOWN) {
            out->htlc = take_htlc(&expected, onchain, out->script_hash, out->value_sat);
            out->kind = out->htlc == LN_ONCHAIN_NONE ? LN_OUT_UNKNOWN : LN_OUT_HTLC;
        }
    }
    return true;
}

/* ---- whose ---- */

static bool pays_to(const struct btc_tx *tx, const uint8_t hash[32])
{
    uint8_t found[32];
    for (uint32_t i = 0; i < tx->output_count; i++) {
        if (read_program(found, &tx->outputs[i]) && memcmp(found, hash, 32) == 0) {
            return true;
        }
    }
    return false;
}

static bool pays_script(const struct btc_tx *tx, const uint8_t *script, size_t length)
{
    for (uint32_t i = 0; i < tx->output_count; i++) {
        if (length > 0 && btc_bytes_equal(tx->outputs[i].script, btc_bytes(script, length))) {
            return true;
        }
    }
    return false;
}

/* An older commitment of ours: nobody should have it but us. */
static bool is_ours_of_old(struct ln_onchain *onchain, const struct ln_onchain_tools *tools, const struct btc_tx *tx,
                           uint64_t number)
{
    uint8_t hash[32];
    uint8_t script[LN_TO_LOCAL_SCRIPT_BYTES];
    uint8_t secret[32];
    struct ln_point point;
    struct ln_derived derived;
    hash_to_remote(hash, onchain->terms.form, onchain->keyring.base[LN_THEM][LN_BASE_PAYMENT].wire);
    if (pays_to(tx, hash)) {
        return true;
    }
    ln_keyring_secret(&onchain->keyring, secret, number);
    if (!ln_backend_point(tools->backend, &point, secret) ||
        !ln_backend_derive(tools->backend, &derived, &onchain->keyring, LN_US, &point, false)) {
        return false;
    }
    size_t length = ln_script_to_local(script, derived.keys.revocation, derived.keys.owner_delayed,
                                       onchain->terms.delay_blocks[LN_US]);
    btc_sha256(hash, script, length);
    return pays_to(tx, hash);
}

enum ln_close ln_onchain_recognise(struct ln_onchain *onchain, const struct ln_onchain_tools *tools,
                                   const struct btc_tx *tx)
{
    const struct ln_onchain_terms *terms = &onchain->terms;
    uint8_t txid[32];
    btc_txid(txid, tx);
    if (memcmp(txid, onchain->our_txid, 32) == 0) {
        return LN_CLOSE_OURS;
    }
    if (tx->input_count != 1 || tx->inputs[0].sequence >> 24 != 0x80 || tx->locktime >> 24 != 0x20) {
        bool agreed = terms->closing_length > 0 || pays_script(tx, terms->shutdown, terms->shutdown_length);
        return agreed ? LN_CLOSE_MUTUAL : LN_CLOSE_ROGUE;
    }
    uint64_t number = ln_commitment_number(tx, onchain->keyring.obscuring_factor);
    onchain->close_number = number;
    if (number > LN_COMMITMENT_NUMBER_MAX || is_ours_of_old(onchain, tools, tx, number)) {
        return LN_CLOSE_ROGUE;
    }
    if (number < terms->number[LN_THEM]) {
        return ln_secrets_get(&onchain->secrets, onchain->per_commitment_secret, LN_SECRET_FIRST - number)
                   ? LN_CLOSE_REVOKED
                   : LN_CLOSE_ROGUE;
    }
    return number <= terms->number[LN_THEM] + terms->has_next ? LN_CLOSE_THEIRS : LN_CLOSE_FUTURE;
}

/* The keys of the peer's commitment. */
static bool derive_theirs(struct ln_onchain *onchain, const struct ln_onchain_tools *tools)
{
    struct ln_point point;
    bool revoked = onchain->close == LN_CLOSE_REVOKED;
    const uint8_t *wire = onchain->terms.points[onchain->close_number != onchain->terms.number[LN_THEM]];
    bool good = revoked ? ln_backend_point(tools->backend, &point, onchain->per_commitment_secret)
                        : ln_backend_read_point(tools->backend, &point, wire);
    if (!good || !ln_backend_derive(tools->backend, &onchain->derived, &onchain->keyring, LN_THEM, &point, true)) {
        return false;
    }
    memcpy(onchain->point, point.wire, 33);
    return true;
}

static enum ln_onchain_result see_close(struct ln_onchain *onchain, const struct ln_onchain_tools *tools,
                                        const struct btc_tx *tx, uint32_t height)
{
    onchain->close_number = 0;
    onchain->close = ln_onchain_recognise(onchain, tools, tx);
    switch (onchain->close) {
    case LN_CLOSE_OURS:
        onchain->close_number = onchain->terms.number[LN_US];
        return bear_ours(onchain, tools, tx, height);
    case LN_CLOSE_THEIRS:
    case LN_CLOSE_REVOKED:
        return derive_theirs(onchain, tools) ? bear_theirs(onchain, tools, tx, height) : LN_ONCHAIN_KEYS;
    case LN_CLOSE_FUTURE:
        return bear_theirs(onchain, tools, tx, height);
    case LN_CLOSE_NONE:
    case LN_CLOSE_MUTUAL:
    case LN_CLOSE_ROGUE:
        break;
    }
    return LN_ONCHAIN_OK;
}

/* ---- spendings ---- */

/* Reads a witness: the commitment's owner spends an HTLC by a second stage of five items, the other side by three. What
 * is not known to be an HTLC we can have spent only with the revocation key. */
static void read_witness(struct ln_out *out, const struct ln_onchain *onchain, const struct btc_input *input)
{
    const struct btc_bytes *items = input->witness;
    uint32_t count = input->witness_count;
    struct btc_bytes key = count >= 2 ? items[1] : btc_bytes(NULL, 0);
    bool ours = onchain->close == LN_CLOSE_OURS;
    bool by_us = true;
    switch ((enum ln_out_kind)out->kind) {
    case LN_OUT_HTLC:
    case LN_OUT_UNKNOWN:
        out->second_stage = count == 5;
        by_us = out->kind == LN_OUT_UNKNOWN ? key.length == 33 : out->second_stage == ours;
        key = count == 5 ? items[3] : key;
        out->has_preimage = key.length == 32;
        break;
    case LN_OUT_DELAYED:
        by_us = key.length == 0;
        break;
    case LN_OUT_REVOKED:
        by_us = key.length == 1;
        break;
    case LN_OUT_ANCHOR:
        by_us = count > 0 && items[0].length > 0;
        break;
    case LN_OUT_FUNDING:
    case LN_OUT_TO_REMOTE:
        break;
    }
    if (out->has_preimage) {
        memcpy(out->preimage, key.data, 32);
    }
    out->spent_by = by_us ? LN_SPENT_BY_US : LN_SPENT_BY_THEM;
}

/* The output of a second stage stands where its input does. Returns false if there is no room for it. */
static bool bear_second(struct ln_onchain *onchain, const struct btc_tx *tx, uint32_t input, uint32_t parent)
{
    const struct ln_out *from = &onchain->outs[parent];
    uint8_t expected[32];
    uint8_t found[32];
    bool ours = onchain->close == LN_CLOSE_OURS;
    if (!from->second_stage || (!ours && onchain->close != LN_CLOSE_REVOKED) || input >= tx->output_count) {
        return true;
    }
    hash_delayed(expected, onchain);
    if (!read_program(found, &tx->outputs[input]) || memcmp(found, expected, 32) != 0) {
        return true;
    }
    struct btc_outpoint outpoint = {.index = input};
    btc_txid(outpoint.txid, tx);
    struct ln_out *out =
        bear(onchain, ours ? LN_OUT_DELAYED : LN_OUT_REVOKED, &tx->outputs[input], &outpoint, from->spent_height);
    if (out == NULL) {
        return false;
    }
    out->parent = parent;
    return true;
}

static struct ln_out *find_out(const struct ln_onchain *onchain, const struct btc_outpoint *outpoint)
{
    for (uint32_t i = 0; i < onchain->out_count; i++) {
        if (btc_outpoint_equal(&onchain->outs[i].outpoint, outpoint)) {
            return &onchain->outs[i];
        }
    }
    return NULL;
}

static struct ln_onchain_coin *find_coin(struct ln_onchain *onchain, const struct btc_outpoint *outpoint)
{
    for (uint32_t i = 0; i < LN_ONCHAIN_COINS; i++) {
        if (onchain->coins[i].value_sat > 0 && btc_outpoint_equal(&onchain->coins[i].outpoint, outpoint)) {
            return &onchain->coins[i];
        }
    }
    return NULL;
}

/* What a transaction pays, if all that it spends is known here; 0 else. */
static int64_t fee_of(struct ln_onchain *onchain, const struct btc_tx *tx)
{
    int64_t fee_sat = 0;
    for (uint32_t i = 0; i < tx->input_count; i++) {
        const struct ln_out *out = find_out(onchain, &tx->inputs[i].previous);
        const struct ln_onchain_coin *coin = find_coin(onchain, &tx->inputs[i].previous);
        if (out == NULL && coin == NULL) {
            return 0;
        }
        fee_sat += out != NULL ? out->value_sat : coin->value_sat;
    }
    return fee_sat - btc_tx_output_sum_sat(tx);
}

enum ln_onchain_result ln_onchain_see(struct ln_onchain *onchain, const struct ln_onchain_tools *tools,
                                      const struct btc_tx *tx, uint32_t height)
{
    enum ln_onchain_result result = LN_ONCHAIN_OK;
    bool first = true;
    for (uint32_t i = 0; i < tx->input_count && result == LN_ONCHAIN_OK; i++) {
        struct ln_out *out = find_out(onchain, &tx->inputs[i].previous);
        struct ln_onchain_coin *coin = find_coin(onchain, &tx->inputs[i].previous);
        if (coin != NULL) {
            coin->spent_height = height;
        }
        if (out == NULL || out->spent_by != LN_SPENT_NOT) {
            continue;
        }
        out->spent_height = height;
        btc_txid(out->spender, tx);
        if (out->kind == LN_OUT_FUNDING) {
            out->spent_by = LN_SPENT_BY_US;
            result = see_close(onchain, tools, tx, height);
            continue;
        }
        read_witness(out, onchain, &tx->inputs[i]);
        out->fee_sat = first && out->spent_by == LN_SPENT_BY_US ? fee_of(onchain, tx) : 0;
        first = false;
        if (!bear_second(onchain, tx, i, (uint32_t)(out - onchain->outs))) {
            result = LN_ONCHAIN_NO_ROOM;
        }
    }
    return result;
}

/* ---- reorganisations ---- */

bool ln_onchain_cut(struct ln_onchain *onchain, uint32_t height)
{
    bool was_closed = onchain->close != LN_CLOSE_NONE;
    while (onchain->out_count > 1 && onchain->outs[onchain->out_count - 1].born_height > height) {
        onchain->out_count--;
    }
    for (uint32_t i = 0; i < onchain->out_count; i++) {
        struct ln_out *out = &onchain->outs[i];
        if (out->spent_by != LN_SPENT_NOT && out->spent_height > height) {
            out->spent_by = LN_SPENT_NOT;
            out->second_stage = out->has_preimage = false;
            out->spent_height = 0;
            out->fee_sat = 0;
        }
    }
    for (uint32_t i = 0; i < LN_ONCHAIN_COINS; i++) {
        if (onchain->coins[i].spent_height > height) {
            onchain->coins[i].spent_height = 0;
        }
    }
    if (onchain->outs[0].spent_by == LN_SPENT_NOT) {
        onchain->close = LN_CLOSE_NONE;
        onchain->past_given = false;
        onchain->past_count = 0;
    }
    onchain->height = height;
    return was_closed && onchain->close == LN_CLOSE_NONE;
}
