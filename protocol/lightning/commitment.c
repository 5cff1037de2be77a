/* commitment.c: commitment transactions.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/commitment.h"

#include <assert.h>
#include <string.h>

#include "protocol/bitcoin/amount.h"
#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/script.h"
#include "protocol/bitcoin/sighash.h"
#include "protocol/bitcoin/sort.h"
#include "protocol/lightning/msat.h"

#define LOW_24_BITS 0xffffffu

/* An output before it has its place. */
struct draft {
    struct btc_output output;
    struct ln_commitment_output what;
    uint32_t order; /* last resort, so that no two are equal */
};

/* What building needs at hand. */
struct build {
    const struct ln_commitment_view *view;
    struct btc_arena *arena;
    struct draft *drafts;
    uint32_t count;
    uint8_t revocation_hash[20];
    bool full; /* the arena */
};

/* ---- numbers ---- */

uint64_t ln_obscuring_factor(const uint8_t opener_payment_basepoint[33], const uint8_t accepter_payment_basepoint[33])
{
    uint8_t both[66];
    uint8_t hash[32];
    uint64_t factor = 0;
    memcpy(both, opener_payment_basepoint, 33);
    memcpy(both + 33, accepter_payment_basepoint, 33);
    btc_sha256(hash, both, sizeof both);
    for (unsigned i = 26; i < 32; i++) {
        factor = factor << 8 | hash[i];
    }
    return factor;
}

uint64_t ln_commitment_number(const struct btc_tx *tx, uint64_t obscuring_factor)
{
    uint64_t high = tx->inputs[0].sequence & LOW_24_BITS;
    return (high << 24 | (tx->locktime & LOW_24_BITS)) ^ obscuring_factor;
}

uint32_t ln_commitment_weight_wu(enum ln_channel_form form, uint32_t htlc_count)
{
    return (form == LN_ANCHORS ? 1124 : 724) + 172 * htlc_count;
}

uint64_t ln_commitment_fee_sat(const struct ln_fee_terms *terms, uint32_t htlc_count)
{
    return (uint64_t)btc_amount_fee(ln_commitment_weight_wu(terms->form, htlc_count), terms->feerate_sat_per_kwu);
}

static uint32_t count_untrimmed(const struct ln_commitment_view *view)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < view->htlc_count; i++) {
        count += !ln_htlc_is_trimmed(&view->terms, view->htlcs[i].side, view->htlcs[i].amount_msat);
    }
    return count;
}

/* All that is in the view must come from the funding. */
static bool amounts_fit(const struct ln_commitment_view *view)
{
    uint64_t sum_msat;
    if (!btc_amount_in_range(view->funding_sat) || !ln_msat_add(&sum_msat, view->owner_msat, view->other_msat)) {
        return false;
    }
    for (uint32_t i = 0; i < view->htlc_count; i++) {
        if (!ln_msat_add(&sum_msat, sum_msat, view->htlcs[i].amount_msat)) {
            return false;
        }
    }
    return sum_msat <= (uint64_t)view->funding_sat * 1000;
}

/* What is left of a balance in whole satoshis when its owner has paid; what cannot be paid is not. */
static uint64_t after_paying(uint64_t balance_msat, uint64_t cost_sat)
{
    uint64_t balance_sat = balance_msat / 1000;
    return balance_sat > cost_sat ? balance_sat - cost_sat : 0;
}

/* ---- outputs ---- */

static uint8_t *take(struct build *build, size_t size)
{
    uint8_t *memory = btc_arena_take(build->arena, 1, size);
    build->full |= memory == NULL;
    return memory;
}

static void add(struct build *build, uint64_t value_sat, struct btc_bytes output_script,
                const struct ln_commitment_output *what)
{
    build->drafts[build->count] = (struct draft){{(int64_t)value_sat, output_script}, *what, build->count};
    build->count++;
}

/* An output to the hash of a script. In: what->script in the arena. */
static void add_p2wsh(struct build *build, uint64_t value_sat, const struct ln_commitment_output *what)
{
    uint8_t hash[32];
    uint8_t *script = take(build, BTC_P2WSH_BYTES);
    if (script == NULL) {
        return;
    }
    btc_sha256(hash, what->script.data, what->script.length);
    btc_script_p2wsh(script, hash);
    add(build, value_sat, btc_bytes(script, BTC_P2WSH_BYTES), what);
}

static void add_to_local(struct build *build, uint64_t value_sat)
{
    const struct ln_commitment_view *view = build->view;
    uint8_t *script = take(build, LN_TO_LOCAL_SCRIPT_BYTES);
    if (script != NULL) {
        size_t length =
            ln_script_to_local(script, view->keys->revocation, view->keys->owner_delayed, view->to_self_delay_blocks);
        add_p2wsh(build, value_sat,
                  &(struct ln_commitment_output){LN_OUTPUT_TO_LOCAL, NULL, btc_bytes(script, length)});
    }
}

static void add_to_remote(struct build *build, uint64_t value_sat)
{
    const struct ln_commitment_view *view = build->view;
    struct ln_commitment_output what = {LN_OUTPUT_TO_REMOTE, NULL, btc_bytes(NULL, 0)};
    uint8_t *script = take(build, LN_TO_REMOTE_SCRIPT_BYTES);
    if (script == NULL) {
        return;
    }
    if (view->terms.form == LN_ANCHORS) {
        ln_script_to_remote(script, view->keys->other_payment);
        what.script = btc_bytes(script, LN_TO_REMOTE_SCRIPT_BYTES);
        add_p2wsh(build, value_sat, &what);
    } else {
        uint8_t hash[20];
        btc_hash160(hash, view->keys->other_payment, 33);
        btc_script_p2wpkh(script, hash);
        add(build, value_sat, btc_bytes(script, BTC_P2WPKH_BYTES), &what);
    }
}

static void add_anchor(struct build *build, enum ln_output_kind kind, const uint8_t *funding_key)
{
    uint8_t *script = take(build, LN_ANCHOR_SCRIPT_BYTES);
    if (script != NULL) {
        ln_script_anchor(script, funding_key);
        add_p2wsh(build, LN_ANCHOR_SAT,
                  &(struct ln_commitment_output){kind, NULL, btc_bytes(script, LN_ANCHOR_SCRIPT_BYTES)});
    }
}

static void add_htlc(struct build *build, const struct ln_htlc *htlc)
{
    const struct ln_commitment_view *view = build->view;
    struct ln_htlc_script what = {.form = view->terms.form,
                                  .side = htlc->side,
                                  .owner_key = view->keys->owner_htlc,
                                  .other_key = view->keys->other_htlc,
                                  .payment_hash = htlc->payment_hash,
                                  .cltv_expiry_height = htlc->cltv_expiry_height};
    memcpy(what.revocation_hash, build->revocation_hash, 20);
    uint8_t *script = take(build, LN_HTLC_SCRIPT_BYTES);
    if (script != NULL) {
        size_t length = ln_script_htlc(script, &what);
        add_p2wsh(build, htlc->amount_msat / 1000,
                  &(struct ln_commitment_output){LN_OUTPUT_HTLC, htlc, btc_bytes(script, length)});
    }
}

static void add_htlcs(struct build *build)
{
    const struct ln_commitment_view *view = build->view;
    bool hashed = false;
    for (uint32_t i = 0; i < view->htlc_count; i++) {
        if (!ln_htlc_is_trimmed(&view->terms, view->htlcs[i].side, view->htlcs[i].amount_msat)) {
            if (!hashed) {
                btc_hash160(build->revocation_hash, view->keys->revocation, 33);
                hashed = true;
            }
            add_htlc(build, &view->htlcs[i]);
        }
    }
}

/* BOLT 3, commitment transaction construction, steps 3 to 8. In: htlc_count, not trimmed. */
static void add_all(struct build *build, uint32_t htlc_count)
{
    const struct ln_commitment_view *view = build->view;
    bool anchors = view->terms.form == LN_ANCHORS;
    uint64_t cost_sat = ln_commitment_fee_sat(&view->terms, htlc_count) + (anchors ? 2 * LN_ANCHOR_SAT : 0);
    uint64_t owner_sat = after_paying(view->owner_msat, view->opener == LN_OWNER ? cost_sat : 0);
    uint64_t other_sat = after_paying(view->other_msat, view->opener == LN_OTHER ? cost_sat : 0);
    bool to_local = owner_sat >= view->terms.dust_limit_sat && owner_sat > 0;
    bool to_remote = other_sat >= view->terms.dust_limit_sat && other_sat > 0;
    add_htlcs(build);
    if (to_local) {
        add_to_local(build, owner_sat);
    }
    if (to_remote) {
        add_to_remote(build, other_sat);
    }
    if (anchors && (to_local || htlc_count > 0)) {
        add_anchor(build, LN_OUTPUT_OWNER_ANCHOR, view->owner_funding_key);
    }
    if (anchors && (to_remote || htlc_count > 0)) {
        add_anchor(build, LN_OUTPUT_OTHER_ANCHOR, view->other_funding_key);
    }
}

/* Anchors that the opener cannot pay for would be paid by nobody. BOLT 2 lets no channel get there; a transaction that
 * spends more than it has is not made even so. */
static bool is_funded(const struct build *build)
{
    int64_t sum_sat = 0;
    for (uint32_t i = 0; i < build->count; i++) {
        sum_sat += build->drafts[i].output.value_sat;
    }
    return sum_sat <= build->view->funding_sat;
}

static int compare_drafts(const void *context, const void *a, const void *b)
{
    const struct draft *first = a;
    const struct draft *second = b;
    (void)context;
    int order = btc_output_compare_bip69(&first->output, &second->output);
    if (order == 0 && first->what.htlc != NULL && second->what.htlc != NULL) {
        uint32_t one = first->what.htlc->cltv_expiry_height;
        uint32_t two = second->what.htlc->cltv_expiry_height;
        order = (one > two) - (one < two);
    }
    return order != 0 ? order : (first->order > second->order) - (first->order < second->order);
}

/* ---- the transaction ---- */

static bool place_outputs(struct ln_commitment *commitment, struct build *build)
{
    struct btc_output *outputs = btc_arena_take(build->arena, build->count, sizeof *outputs);
    commitment->outputs = btc_arena_take(build->arena, build->count, sizeof *commitment->outputs);
    if (outputs == NULL || commitment->outputs == NULL) {
        return false;
    }
    btc_sort(build->drafts, build->count, sizeof *build->drafts, compare_drafts, NULL);
    for (uint32_t i = 0; i < build->count; i++) {
        outputs[i] = build->drafts[i].output;
        commitment->outputs[i] = build->drafts[i].what;
    }
    commitment->tx.outputs = outputs;
    commitment->tx.output_count = build->count;
    return true;
}

static void fill_tx(struct ln_commitment *commitment, const struct ln_commitment_view *view)
{
    uint64_t obscured = view->number ^ view->obscuring_factor;
    assert(obscured <= LN_COMMITMENT_NUMBER_MAX);
    commitment->funding_sat = view->funding_sat;
    commitment->input =
        (struct btc_input){.previous = view->funding, .sequence = 0x80000000u | (uint32_t)(obscured >> 24)};
    commitment->tx.version = 2;
    commitment->tx.locktime = 0x20000000u | (uint32_t)(obscured & LOW_24_BITS);
    commitment->tx.inputs = &commitment->input;
    commitment->tx.input_count = 1;
    ln_script_funding(commitment->funding_script, view->owner_funding_key, view->other_funding_key);
    btc_txid(commitment->txid, &commitment->tx);
}

enum ln_commitment_result ln_commitment_build(struct ln_commitment *commitment, struct btc_arena *arena,
                                              const struct ln_commitment_view *view)
{
    assert(view->htlc_count <= LN_COMMITMENT_HTLCS_MAX && view->number <= LN_COMMITMENT_NUMBER_MAX);
    size_t used = arena->used;
    if (!amounts_fit(view)) {
        return LN_COMMITMENT_AMOUNTS;
    }
    struct build build = {.view = view, .arena = arena};
    uint32_t htlc_count = count_untrimmed(view);
    build.drafts = btc_arena_take(arena, htlc_count + 4, sizeof *build.drafts);
    memset(commitment, 0, sizeof *commitment);
    commitment->htlc_count = htlc_count;
    build.full = build.drafts == NULL;
    if (!build.full) {
        add_all(&build, htlc_count);
    }
    enum ln_commitment_result result = LN_COMMITMENT_OK;
    if (build.full || !place_outputs(commitment, &build)) {
        result = LN_COMMITMENT_NO_MEMORY;
    } else if (build.count == 0) {
        result = LN_COMMITMENT_NO_OUTPUT;
    } else if (!is_funded(&build)) {
        result = LN_COMMITMENT_AMOUNTS;
    }
    if (result != LN_COMMITMENT_OK) {
        arena->used = used;
        return result;
    }
    fill_tx(commitment, view);
    return LN_COMMITMENT_OK;
}

void ln_commitment_sighash(uint8_t hash[32], const struct ln_commitment *commitment)
{
    struct btc_sighash_what what = {.tx = &commitment->tx,
                                    .type = BTC_SIGHASH_ALL,
                                    .script_code = btc_bytes(commitment->funding_script, LN_FUNDING_SCRIPT_BYTES),
                                    .value_sat = commitment->funding_sat};
    btc_sighash_segwit(hash, &what);
}

void ln_funding_witness_write(const struct btc_curve *curve, struct btc_bytes witness[4],
                              uint8_t signatures[2][LN_DER_SIGNATURE_BYTES], const struct ln_funding_witness *from,
                              struct btc_bytes script)
{
    bool swapped = memcmp(from->first_key, from->second_key, 33) > 0;
    const struct btc_signature *ordered[2] = {swapped ? from->second : from->first,
                                              swapped ? from->first : from->second};
    witness[0] = btc_bytes(NULL, 0);
    for (unsigned i = 0; i < 2; i++) {
        size_t length = ln_signature_der(curve, signatures[i], ordered[i], BTC_SIGHASH_ALL);
        witness[1 + i] = btc_bytes(signatures[i], length);
    }
    witness[3] = script;
}

void ln_commitment_sign(const struct btc_curve *curve, struct ln_commitment *commitment,
                        const struct ln_commitment_view *view, const struct btc_signature *owner,
                        const struct btc_signature *other)
{
    struct ln_funding_witness from = {view->owner_funding_key, owner, view->other_funding_key, other};
    ln_funding_witness_write(curve, commitment->witness, commitment->signatures, &from,
                             btc_bytes(commitment->funding_script, LN_FUNDING_SCRIPT_BYTES));
    commitment->input.witness = commitment->witness;
    commitment->input.witness_count = 4;
}

void ln_commitment_htlc_tx(struct ln_htlc_tx *htlc_tx, const struct ln_commitment *commitment,
                           const struct ln_commitment_view *view, uint32_t output)
{
    assert(output < commitment->tx.output_count && commitment->outputs[output].kind == LN_OUTPUT_HTLC);
    struct ln_htlc_spend spend = {.terms = view->terms,
                                  .outpoint = {.index = output},
                                  .script = commitment->outputs[output].script,
                                  .htlc = commitment->outputs[output].htlc,
                                  .keys = view->keys,
                                  .to_self_delay_blocks = view->to_self_delay_blocks};
    memcpy(spend.outpoint.txid, commitment->txid, 32);
    ln_htlc_tx_init(htlc_tx, &spend);
}
