/* policy.c: what nodes relay and keep: narrower than consensus, and different from year to year.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/policy.h"

#include "protocol/bitcoin/sigops.h"
#include <assert.h>

#define MIN_STANDARD_TX_BYTES     65 /* 64 bytes could pass for an inner node of a merkle tree */
#define MAX_STANDARD_SCRIPTSIG    1650
#define MAX_STANDARD_MULTISIG     3
#define MAX_STANDARD_P2SH_SIGOPS  15
#define MAX_STANDARD_P2WSH_SCRIPT 3600
#define MAX_STANDARD_P2WSH_ITEMS  100
#define MAX_STANDARD_P2WSH_ITEM   80
#define SIGOP_VBYTES              20
#define SPEND_LEGACY_VBYTES       148 /* outpoint, script with signature and key, sequence */
#define SPEND_WITNESS_VBYTES      67  /* the same with a quarter of 107 for the witness */

#define COMMON                                                                                                         \
    .standardness = BTC_STANDARD_REQUIRED, .dust_sat_per_kwu = 750, .max_ancestors = 25,                               \
    .max_ancestor_vbytes = 101000, .max_descendants = 25, .max_descendant_vbytes = 101000, .max_replaced = 100,        \
    .max_vbytes = 100000000, .expiry_s = 336 * 3600, .min_fee_half_life_s = 12 * 3600

/* Records: one of 80 bytes from 2014 (Core 0.11 counts the whole script, 83) to Core 30 (2025), which counts all
 * together and stops at 100,000 bytes: more than a standard transaction can hold. */
#define ONE_RECORD   .max_records = 1, .max_record_bytes = BTC_MAX_NULLDATA_BYTES
#define MANY_RECORDS .max_records = UINT32_MAX, .max_record_bytes = 100000

static const struct btc_policy policies[BTC_POLICY_ERA_COUNT] = {
    [BTC_POLICY_FIRST_SEEN] = {COMMON, ONE_RECORD, .replacement = BTC_REPLACE_NEVER, .min_relay_sat_per_kwu = 250,
                               .incremental_sat_per_kwu = 250},
    [BTC_POLICY_2018] = {COMMON, ONE_RECORD, .replacement = BTC_REPLACE_SIGNALLED, .min_relay_sat_per_kwu = 250,
                         .incremental_sat_per_kwu = 250},
    [BTC_POLICY_2024] = {COMMON, ONE_RECORD, .replacement = BTC_REPLACE_ANY, .min_relay_sat_per_kwu = 250,
                         .incremental_sat_per_kwu = 250},
    [BTC_POLICY_2025] = {COMMON, MANY_RECORDS, .replacement = BTC_REPLACE_ANY, .min_relay_sat_per_kwu = 25,
                         .incremental_sat_per_kwu = 25},
};

const struct btc_policy *btc_policy_of_era(enum btc_policy_era era)
{
    assert((unsigned)era < BTC_POLICY_ERA_COUNT);
    return &policies[era];
}

const char *btc_standard_error_name(enum btc_standard_error error)
{
    switch (error) {
    case BTC_STANDARD_OK:
        return "ok";
    case BTC_STANDARD_VERSION:
        return "version";
    case BTC_STANDARD_TX_SIZE:
        return "tx-size";
    case BTC_STANDARD_TX_SIZE_SMALL:
        return "tx-size-small";
    case BTC_STANDARD_SCRIPTSIG_SIZE:
        return "scriptsig-size";
    case BTC_STANDARD_SCRIPTSIG_PUSH:
        return "scriptsig-not-pushonly";
    case BTC_STANDARD_SCRIPTPUBKEY:
        return "scriptpubkey";
    case BTC_STANDARD_DUST:
        return "dust";
    case BTC_STANDARD_MULTI_OP_RETURN:
        return "multi-op-return";
    case BTC_STANDARD_DATACARRIER:
        return "datacarrier";
    case BTC_STANDARD_INPUTS:
        return "bad-txns-nonstandard-inputs";
    case BTC_STANDARD_WITNESS:
        return "bad-witness-nonstandard";
    }
    return "unknown";
}

uint32_t btc_policy_vsize(uint32_t weight_wu, uint32_t sigop_cost)
{
    uint64_t weight = (uint64_t)sigop_cost * SIGOP_VBYTES;
    if (weight < weight_wu)
        weight = weight_wu;
    return (uint32_t)((weight + 3) / 4);
}

int64_t btc_policy_fee_sat(uint64_t vbytes, uint32_t rate_sat_per_kwu)
{
    assert(vbytes <= UINT64_C(1) << 40);
    unsigned __int128 product = (unsigned __int128)vbytes * BTC_WITNESS_SCALE * rate_sat_per_kwu;
    return (int64_t)((product + 999) / 1000);
}

bool btc_tx_signals_replacement(const struct btc_tx *tx)
{
    for (uint32_t i = 0; i < tx->input_count; i++)
        if (tx->inputs[i].sequence < BTC_SEQUENCE_NO_RBF)
            return true;
    return false;
}

/* ---- without coins ---- */

static bool is_witness_kind(enum btc_script_kind kind)
{
    return kind == BTC_SCRIPT_P2WPKH || kind == BTC_SCRIPT_P2WSH || kind == BTC_SCRIPT_P2TR ||
           kind == BTC_SCRIPT_WITNESS_UNKNOWN;
}

int64_t btc_dust_limit_sat(const struct btc_output *output, uint32_t dust_sat_per_kwu)
{
    if (btc_script_is_unspendable(output->script))
        return 0;
    size_t vbytes = 8 + btc_compact_size(output->script.length) + output->script.length;
    enum btc_script_kind kind = btc_script_classify(output->script).kind;
    vbytes += is_witness_kind(kind) ? SPEND_WITNESS_VBYTES : SPEND_LEGACY_VBYTES;
    return btc_policy_fee_sat(vbytes, dust_sat_per_kwu);
}

static bool is_standard_output(const struct btc_script_form *form)
{
    if (form->kind == BTC_SCRIPT_MULTISIG)
        return form->count <= MAX_STANDARD_MULTISIG && form->required <= form->count;
    return form->kind != BTC_SCRIPT_NONSTANDARD;
}

/* The OP_RETURN outputs so far. */
struct records {
    uint32_t count;
    uint64_t bytes;
};

/* Where one is all there may be, its length belongs to its form. */
static enum btc_standard_error count_record(struct records *records, const struct btc_policy *policy,
                                            struct btc_bytes script)
{
    records->count++;
    records->bytes += script.length;
    if (policy->max_records == 1)
        return script.length > policy->max_record_bytes ? BTC_STANDARD_SCRIPTPUBKEY : BTC_STANDARD_OK;
    return records->bytes > policy->max_record_bytes ? BTC_STANDARD_DATACARRIER : BTC_STANDARD_OK;
}

static enum btc_standard_error check_outputs(const struct btc_tx *tx, const struct btc_policy *policy)
{
    struct records records = {0};
    for (uint32_t i = 0; i < tx->output_count; i++) {
        const struct btc_output *output = &tx->outputs[i];
        struct btc_script_form form = btc_script_classify(output->script);
        enum btc_standard_error error = BTC_STANDARD_OK;
        if (form.kind == BTC_SCRIPT_NULLDATA)
            error = count_record(&records, policy, output->script);
        else if (!is_standard_output(&form))
            error = BTC_STANDARD_SCRIPTPUBKEY;
        if (error != BTC_STANDARD_OK)
            return error;
        if (output->value_sat < btc_dust_limit_sat(output, policy->dust_sat_per_kwu))
            return BTC_STANDARD_DUST;
    }
    return records.count > policy->max_records ? BTC_STANDARD_MULTI_OP_RETURN : BTC_STANDARD_OK;
}

enum btc_standard_error btc_standard_check(const struct btc_tx *tx, const struct btc_policy *policy)
{
    if (tx->version != 1 && tx->version != 2)
        return BTC_STANDARD_VERSION;
    if (btc_tx_weight_wu(tx) > BTC_MAX_STANDARD_TX_WEIGHT_WU)
        return BTC_STANDARD_TX_SIZE;
    for (uint32_t i = 0; i < tx->input_count; i++) {
        if (tx->inputs[i].script.length > MAX_STANDARD_SCRIPTSIG)
            return BTC_STANDARD_SCRIPTSIG_SIZE;
        if (!btc_script_is_push_only(tx->inputs[i].script))
            return BTC_STANDARD_SCRIPTSIG_PUSH;
    }
    enum btc_standard_error error = check_outputs(tx, policy);
    if (error != BTC_STANDARD_OK)
        return error;
    return btc_tx_size(tx, BTC_TX_BASE) < MIN_STANDARD_TX_BYTES ? BTC_STANDARD_TX_SIZE_SMALL : BTC_STANDARD_OK;
}

/* ---- with coins ---- */

/* What the last operation of a push-only script pushes: P2SH's script. Empty if there is none. */
static struct btc_bytes last_push(struct btc_bytes script)
{
    struct btc_op op;
    struct btc_bytes last = {NULL, 0};
    size_t at = 0;
    while (btc_script_next(&op, script, &at))
        last = op.data;
    return last;
}

static bool is_standard_spend(const struct btc_input *input, struct btc_bytes spent)
{
    enum btc_script_kind kind = btc_script_classify(spent).kind;
    if (kind == BTC_SCRIPT_NONSTANDARD || kind == BTC_SCRIPT_WITNESS_UNKNOWN)
        return false;
    return kind != BTC_SCRIPT_P2SH ||
           btc_script_sigops(last_push(input->script), BTC_SIGOPS_ACCURATE) <= MAX_STANDARD_P2SH_SIGOPS;
}

static bool is_standard_p2wsh(const struct btc_input *input)
{
    uint32_t items = input->witness_count - 1;
    if (input->witness[items].length > MAX_STANDARD_P2WSH_SCRIPT || items > MAX_STANDARD_P2WSH_ITEMS)
        return false;
    for (uint32_t i = 0; i < items; i++)
        if (input->witness[i].length > MAX_STANDARD_P2WSH_ITEM)
            return false;
    return true;
}

static bool is_standard_witness(const struct btc_input *input, struct btc_bytes spent)
{
    if (input->witness_count == 0)
        return true;
    if (btc_script_is_p2sh(spent))
        spent = last_push(input->script);
    enum btc_script_kind kind = btc_script_classify(spent).kind;
    if (!is_witness_kind(kind))
        return false;
    return kind != BTC_SCRIPT_P2WSH || is_standard_p2wsh(input);
}

enum btc_standard_error btc_standard_check_inputs(const struct btc_inputs *inputs)
{
    for (uint32_t i = 0; i < inputs->tx->input_count; i++)
        if (!is_standard_spend(&inputs->tx->inputs[i], inputs->outputs[i].script))
            return BTC_STANDARD_INPUTS;
    for (uint32_t i = 0; i < inputs->tx->input_count; i++)
        if (!is_standard_witness(&inputs->tx->inputs[i], inputs->outputs[i].script))
            return BTC_STANDARD_WITNESS;
    return BTC_STANDARD_OK;
}
