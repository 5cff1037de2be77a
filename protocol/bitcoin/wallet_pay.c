/* wallet_pay.c: a wallet pays: coins, change, fee, signatures; and raises the fee of what it paid.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/amount.h"
#include "protocol/bitcoin/policy.h"
#include "protocol/bitcoin/selection.h"
#include "protocol/bitcoin/wallet.h"
#include <assert.h>
#include <string.h>

#define INPUT_BASE_BYTES 41 /* outpoint, empty script, sequence */
#define MAX_ROUNDS       8  /* of selection, when the fee turned out higher than the target allowed for */

/* A payment being made. */
struct draft {
    const struct btc_wallet *wallet;
    const struct btc_wallet_plan *plan;
    struct btc_selectable *coins;
    uint32_t coin_count;
    struct btc_output outputs[BTC_MAX_WALLET_PAYMENTS];
    uint32_t output_count; /* without change */
    uint8_t record_script[BTC_MAX_WALLET_RECORD + 3];
    uint8_t change_script_bytes[BTC_P2WPKH_BYTES];
    struct btc_output change;
    int64_t paid_sat; /* all outputs but change */
    uint32_t chosen;
    int64_t chosen_sat;
    int64_t fee_sat;
    bool has_change;
};

/* ---- sizes and fees ---- */

/* Weight of an input: 4 for each base byte, then count, signature with its hash type, key. */
static uint32_t input_weight_wu(const struct btc_wallet_plan *plan)
{
    uint32_t signature = plan->sign_mode == BTC_SIGN_LOW_R ? 71 : 72; /* low S always; with the hash type byte */
    return BTC_WITNESS_SCALE * INPUT_BASE_BYTES + 1 + 1 + signature + 1 + BTC_PUBKEY_BYTES;
}

static uint32_t output_bytes(const struct btc_output *output)
{
    return (uint32_t)(8 + btc_compact_size(output->script.length) + output->script.length);
}

static uint32_t draft_weight_wu(const struct draft *draft, uint32_t inputs, bool has_change)
{
    uint32_t base =
        8 + (uint32_t)btc_compact_size(inputs) + (uint32_t)btc_compact_size((uint64_t)draft->output_count + has_change);
    for (uint32_t i = 0; i < draft->output_count; i++)
        base += output_bytes(&draft->outputs[i]);
    base += has_change ? output_bytes(&draft->change) : 0;
    return BTC_WITNESS_SCALE * base + 2 + inputs * input_weight_wu(draft->plan);
}

/* The rate asked for, and what BIP 125 asks of a replacement. */
static int64_t fee_for_sat(const struct draft *draft, uint32_t inputs, bool has_change)
{
    uint32_t vbytes = btc_policy_vsize(draft_weight_wu(draft, inputs, has_change), 0);
    int64_t by_rate_sat = btc_policy_fee_sat(vbytes, draft->plan->rate_sat_per_kwu);
    int64_t by_rule_sat =
        draft->plan->replaced_fee_sat + btc_policy_fee_sat(vbytes, draft->plan->incremental_sat_per_kwu);
    return by_rate_sat > by_rule_sat ? by_rate_sat : by_rule_sat;
}

/* ---- outputs ---- */

static enum btc_wallet_error add_payments(struct draft *draft)
{
    const struct btc_wallet_plan *plan = draft->plan;
    if (plan->payment_count > BTC_MAX_WALLET_PAYMENTS - (plan->record.length > 0) ||
        plan->record.length > BTC_MAX_WALLET_RECORD || plan->replaced_fee_sat < 0 ||
        plan->replaced_fee_sat > BTC_MAX_MONEY_SAT)
        return BTC_WALLET_LIMIT;
    for (uint32_t i = 0; i < plan->payment_count; i++) {
        const struct btc_output *payment = &plan->payments[i];
        if (!btc_amount_add(&draft->paid_sat, draft->paid_sat, payment->value_sat))
            return BTC_WALLET_LIMIT;
        if (payment->value_sat < btc_dust_limit_sat(payment, plan->dust_sat_per_kwu))
            return BTC_WALLET_DUST;
        draft->outputs[draft->output_count++] = *payment;
    }
    if (plan->record.length > 0) {
        struct btc_writer writer;
        btc_writer_init(&writer, draft->record_script, sizeof draft->record_script);
        btc_script_nulldata(&writer, plan->record);
        assert(!writer.failed);
        draft->outputs[draft->output_count++] = (struct btc_output){0, btc_writer_view(&writer)};
    }
    return BTC_WALLET_OK;
}

static void set_change_script(struct draft *draft)
{
    draft->change.script = draft->plan->change_script;
    if (draft->change.script.length == 0) {
        const struct btc_wallet_key *key = btc_pool_at(&draft->wallet->keys, draft->wallet->change_key);
        btc_script_p2wpkh(draft->change_script_bytes, key->hash);
        draft->change.script = btc_bytes(draft->change_script_bytes, BTC_P2WPKH_BYTES);
    }
}

/* ---- inputs ---- */

static bool is_spendable(const struct btc_wallet *wallet, const struct btc_wallet_coin *coin,
                         enum btc_wallet_source source)
{
    if (coin->spent_height != BTC_WALLET_UNSPENT)
        return false;
    if (coin->height == BTC_WALLET_UNCONFIRMED) {
        const struct btc_wallet_key *key = btc_pool_at(&wallet->keys, coin->key);
        return source == BTC_WALLET_ANY_COIN || (source == BTC_WALLET_OWN_CHANGE && key->branch == BTC_WALLET_CHANGE);
    }
    return !coin->is_coinbase || wallet->height + 1 - coin->height >= BTC_COINBASE_MATURITY;
}

static bool is_required(const struct btc_wallet_plan *plan, const struct btc_outpoint *outpoint)
{
    for (uint32_t i = 0; i < plan->required_count; i++)
        if (btc_outpoint_equal(&plan->required[i], outpoint))
            return true;
    return false;
}

/* Lists the coins that may be spent, or must be. The fee of an input is rounded down: see choose_coins. */
static enum btc_wallet_error list_coins(struct draft *draft, struct btc_arena *scratch)
{
    const struct btc_wallet *wallet = draft->wallet;
    int64_t input_fee_sat = btc_amount_fee(input_weight_wu(draft->plan), draft->plan->rate_sat_per_kwu);
    uint32_t required = 0;
    draft->coins = btc_arena_take(scratch, wallet->by_outpoint.used, sizeof *draft->coins);
    if (draft->coins == NULL)
        return BTC_WALLET_NO_MEMORY;
    draft->coin_count = 0;
    for (uint32_t i = 0; i < wallet->by_outpoint.capacity; i++) {
        uint32_t number = wallet->by_outpoint.slots[i].number;
        if (number == BTC_TABLE_NONE)
            continue;
        const struct btc_wallet_coin *coin = btc_pool_at(&wallet->coins, number);
        bool must = is_required(draft->plan, &coin->outpoint);
        if (must && coin->spent_height < BTC_WALLET_UNSPENT)
            return BTC_WALLET_INPUT;
        if (!must && !is_spendable(wallet, coin, draft->plan->source))
            continue;
        required += must;
        draft->coins[draft->coin_count++] = (struct btc_selectable){.outpoint = coin->outpoint,
                                                                    .value_sat = coin->value_sat,
                                                                    .effective_sat = coin->value_sat - input_fee_sat,
                                                                    .number = number,
                                                                    .is_chosen = must};
    }
    return required == draft->plan->required_count ? BTC_WALLET_OK : BTC_WALLET_INPUT;
}

static void count_chosen(struct draft *draft)
{
    draft->chosen = 0;
    draft->chosen_sat = 0;
    for (uint32_t i = 0; i < draft->coin_count; i++) {
        if (draft->coins[i].is_chosen) {
            draft->chosen++;
            draft->chosen_sat += draft->coins[i].value_sat;
        }
    }
}

/* With the chosen coins: change if it is worth while, else its value goes to the fee. Returns what is missing, 0 if all
 * is paid for. */
static int64_t settle(struct draft *draft, enum btc_selection_result result)
{
    int64_t over_sat = draft->chosen_sat - draft->paid_sat;
    int64_t with_change_sat = fee_for_sat(draft, draft->chosen, true);
    int64_t dust_sat = btc_dust_limit_sat(&draft->change, draft->plan->dust_sat_per_kwu);
    draft->change.value_sat = over_sat - with_change_sat;
    draft->has_change = result == BTC_SELECTION_CHANGE && draft->change.value_sat >= (dust_sat > 0 ? dust_sat : 1);
    draft->fee_sat = draft->has_change ? with_change_sat : over_sat;
    int64_t least_sat = draft->has_change ? with_change_sat : fee_for_sat(draft, draft->chosen, false);
    return draft->fee_sat < least_sat ? least_sat - draft->fee_sat : 0;
}

static void unchoose(struct draft *draft)
{
    for (uint32_t i = 0; i < draft->coin_count; i++)
        draft->coins[i].is_chosen = is_required(draft->plan, &draft->coins[i].outpoint);
}

/* Chooses coins until outputs and fee are paid for. Fees of parts are rounded down, the whole's fee is rounded up, and
 * that of a replacement does not grow in step with the inputs; so what is found missing is added to the target of the
 * next round. */
static enum btc_wallet_error choose_coins(struct draft *draft)
{
    const struct btc_wallet_plan *plan = draft->plan;
    int64_t change_fee_sat =
        btc_amount_fee_up(BTC_WITNESS_SCALE * output_bytes(&draft->change), plan->rate_sat_per_kwu);
    int64_t spend_fee_sat = btc_amount_fee_up(input_weight_wu(plan), plan->rate_sat_per_kwu);
    struct btc_selection_goal goal = {
        .target_sat = draft->paid_sat + btc_amount_fee(draft_weight_wu(draft, 0, false), plan->rate_sat_per_kwu),
        .change_cost_sat = change_fee_sat + spend_fee_sat,
        .change_reserve_sat = change_fee_sat + btc_dust_limit_sat(&draft->change, plan->dust_sat_per_kwu)};
    for (unsigned round = 0; round < MAX_ROUNDS; round++) {
        unchoose(draft);
        enum btc_selection_result result = btc_select(draft->coins, draft->coin_count, &goal);
        if (result == BTC_SELECTION_SHORT)
            return BTC_WALLET_FUNDS;
        count_chosen(draft);
        if (draft->chosen > BTC_MAX_WALLET_INPUTS)
            return BTC_WALLET_LIMIT;
        int64_t missing_sat = settle(draft, result);
        if (missing_sat == 0)
            return draft->output_count + draft->has_change > 0 ? BTC_WALLET_OK : BTC_WALLET_FUNDS;
        goal.target_sat += missing_sat;
    }
    return BTC_WALLET_FUNDS;
}

/* ---- the transaction ---- */

static bool copy_output(struct btc_output *out, struct btc_arena *arena, const struct btc_output *output)
{
    uint8_t *script = btc_arena_take(arena, output->script.length, 1);
    if (script == NULL)
        return false;
    if (output->script.length > 0)
        memcpy(script, output->script.data, output->script.length);
    *out = (struct btc_output){output->value_sat, btc_bytes(script, output->script.length)};
    return true;
}

static bool fill_outputs(struct btc_tx *tx, const struct draft *draft, struct btc_arena *arena)
{
    for (uint32_t i = 0; i < draft->output_count; i++)
        if (!copy_output(&tx->outputs[i], arena, &draft->outputs[i]))
            return false;
    return !draft->has_change || copy_output(&tx->outputs[draft->output_count], arena, &draft->change);
}

static void fill_inputs(struct btc_tx *tx, const struct draft *draft)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < draft->coin_count; i++)
        if (draft->coins[i].is_chosen)
            tx->inputs[at++] =
                (struct btc_input){.previous = draft->coins[i].outpoint, .sequence = draft->plan->sequence};
}

static bool sign_inputs(struct btc_tx *tx, const struct draft *draft, struct btc_arena *arena)
{
    struct btc_sighash_cache cache;
    btc_sighash_cache_init(&cache, tx);
    for (uint32_t i = 0; i < tx->input_count; i++) {
        const struct btc_wallet_coin *coin = btc_wallet_get(draft->wallet, &tx->inputs[i].previous);
        const struct btc_wallet_key *key = btc_pool_at(&draft->wallet->keys, coin->key);
        const struct btc_signer signer = {draft->wallet->curve, key->secret, key->public_key, draft->plan->sign_mode};
        if (!btc_sign_p2wpkh(tx, arena, i, &signer, coin->value_sat, &cache))
            return false;
    }
    return true;
}

static uint32_t find_change(const struct btc_tx *tx, const struct draft *draft)
{
    for (uint32_t i = 0; i < tx->output_count && draft->has_change; i++)
        if (tx->outputs[i].value_sat == draft->change.value_sat &&
            btc_bytes_equal(tx->outputs[i].script, draft->change.script))
            return i;
    return BTC_WALLET_NO_CHANGE;
}

static enum btc_wallet_error build(struct btc_wallet_payment *payment, const struct draft *draft,
                                   struct btc_arena *arena)
{
    struct btc_wallet_payment result = {.fee_sat = draft->fee_sat};
    struct btc_tx *tx = &result.tx;
    size_t used = arena->used;
    *tx = (struct btc_tx){.version = 2,
                          .locktime = draft->plan->locktime,
                          .input_count = draft->chosen,
                          .output_count = draft->output_count + draft->has_change};
    tx->inputs = btc_arena_take(arena, tx->input_count, sizeof *tx->inputs);
    tx->outputs = btc_arena_take(arena, tx->output_count, sizeof *tx->outputs);
    bool has_room = tx->inputs != NULL && tx->outputs != NULL && fill_outputs(tx, draft, arena);
    if (has_room) {
        fill_inputs(tx, draft);
        btc_tx_sort_bip69(tx);
        has_room = sign_inputs(tx, draft, arena);
    }
    if (!has_room) {
        arena->used = used;
        return BTC_WALLET_NO_MEMORY;
    }
    btc_txid(result.txid, tx);
    result.change = find_change(tx, draft);
    *payment = result;
    return BTC_WALLET_OK;
}

enum btc_wallet_error btc_wallet_pay(struct btc_wallet_payment *payment, const struct btc_wallet *wallet,
                                     struct btc_arena *arena, struct btc_arena *scratch,
                                     const struct btc_wallet_plan *plan)
{
    size_t used = scratch->used;
    struct draft *draft = btc_arena_take(scratch, 1, sizeof *draft);
    if (draft == NULL)
        return BTC_WALLET_NO_MEMORY;
    draft->wallet = wallet;
    draft->plan = plan;
    enum btc_wallet_error error = add_payments(draft);
    if (error == BTC_WALLET_OK) {
        set_change_script(draft);
        error = list_coins(draft, scratch);
    }
    if (error == BTC_WALLET_OK)
        error = choose_coins(draft);
    if (error == BTC_WALLET_OK)
        error = build(payment, draft, arena);
    scratch->used = used;
    return error;
}

/* ---- raising a fee ---- */

/* What of an old transaction a replacement keeps. */
struct kept {
    struct btc_output payments[BTC_MAX_WALLET_PAYMENTS + 1]; /* change may stand among them while they are read */
    struct btc_outpoint inputs[BTC_MAX_WALLET_INPUTS];
};

static bool is_own_change(const struct btc_wallet *wallet, const struct btc_tx *tx, uint32_t output)
{
    struct btc_outpoint outpoint = {.index = output};
    btc_txid(outpoint.txid, tx);
    const struct btc_wallet_coin *coin = btc_wallet_get(wallet, &outpoint);
    return coin != NULL &&
           ((const struct btc_wallet_key *)btc_pool_at(&wallet->keys, coin->key))->branch == BTC_WALLET_CHANGE;
}

/* Turns an old transaction into a plan. */
static enum btc_wallet_error plan_again(struct btc_wallet_plan *plan, struct kept *kept,
                                        const struct btc_wallet *wallet, const struct btc_tx *old)
{
    if (old->input_count > BTC_MAX_WALLET_INPUTS || old->output_count > BTC_MAX_WALLET_PAYMENTS + 1)
        return BTC_WALLET_LIMIT;
    plan->payments = kept->payments;
    plan->payment_count = 0;
    plan->required = kept->inputs;
    plan->required_count = old->input_count;
    plan->change_script = btc_bytes(NULL, 0);
    plan->record = btc_bytes(NULL, 0);
    plan->source = BTC_WALLET_CONFIRMED_ONLY; /* BIP 125 rule 2 */
    plan->sequence = old->inputs[0].sequence;
    plan->locktime = old->locktime;
    for (uint32_t i = 0; i < old->input_count; i++)
        kept->inputs[i] = old->inputs[i].previous;
    for (uint32_t i = 0; i < old->output_count; i++) {
        if (is_own_change(wallet, old, i))
            plan->change_script = old->outputs[i].script;
        else
            kept->payments[plan->payment_count++] = old->outputs[i];
    }
    return BTC_WALLET_OK;
}

static bool is_unconfirmed_own(const struct btc_wallet *wallet, const struct btc_tx *tx)
{
    for (uint32_t i = 0; i < tx->input_count; i++) {
        const struct btc_wallet_coin *coin = btc_wallet_get(wallet, &tx->inputs[i].previous);
        if (coin == NULL || coin->spent_height != BTC_WALLET_UNCONFIRMED)
            return false;
    }
    return tx->input_count > 0;
}

enum btc_wallet_error btc_wallet_bump(struct btc_wallet_payment *payment, const struct btc_wallet *wallet,
                                      struct btc_arena *arena, struct btc_arena *scratch, const struct btc_tx *old,
                                      const struct btc_wallet_plan *plan)
{
    struct btc_wallet_plan again = *plan;
    int64_t old_fee_sat;
    if (!is_unconfirmed_own(wallet, old) || !btc_wallet_fee(&old_fee_sat, wallet, old))
        return BTC_WALLET_CONFIRMED;
    size_t used = scratch->used;
    struct kept *kept = btc_arena_take(scratch, 1, sizeof *kept);
    if (kept == NULL)
        return BTC_WALLET_NO_MEMORY;
    enum btc_wallet_error error = plan_again(&again, kept, wallet, old);
    again.replaced_fee_sat += old_fee_sat;
    if (error == BTC_WALLET_OK)
        error = btc_wallet_pay(payment, wallet, arena, scratch, &again);
    scratch->used = used;
    return error;
}
