/* mempool_accept.c: may this transaction enter the mempool, and what must leave for it?   [real]
 * SPDX-License-Identifier: MIT
 *
 * The order of the questions is Bitcoin Core's: cheap ones first, signatures last.
 */
#include "protocol/bitcoin/amount.h"
#include "protocol/bitcoin/mempool_store.h"
#include "protocol/bitcoin/sigops.h"
#include <assert.h>
#include <string.h>

/* A small child of one parent may go one beyond the parent's limit, so that both sides of a contract can raise the fee
 * of a shared transaction ("carve-out"; Lightning's anchors need it). */
#define CARVE_OUT_VBYTES 10000u

/* A transaction on its way in. */
struct candidate {
    struct btc_mempool *pool;
    const struct btc_tx *tx;
    const struct btc_judge_tools *tools;
    struct btc_mempool_measure measure;
    struct btc_inputs inputs;
    struct btc_mempool_verdict verdict;
    enum btc_entry_way way;
    uint32_t direct_conflicts; /* at the head of the list of conflicts */
};

/* ---- without coins ---- */

static enum btc_mempool_error check_alone(struct candidate *candidate)
{
    const struct btc_policy *policy = &candidate->pool->policy;
    struct btc_mempool_verdict *verdict = &candidate->verdict;
    verdict->fault.tx_error = btc_tx_check(candidate->tx, candidate->tools->scratch);
    if (verdict->fault.tx_error == BTC_TX_NO_MEMORY)
        return BTC_MEMPOOL_NO_MEMORY;
    if (verdict->fault.tx_error != BTC_TX_OK)
        return BTC_MEMPOOL_TX;
    if (btc_tx_is_coinbase(candidate->tx))
        return BTC_MEMPOOL_COINBASE;
    if (policy->standardness == BTC_STANDARD_REQUIRED) {
        verdict->standard_error = btc_standard_check(candidate->tx, policy);
        if (verdict->standard_error != BTC_STANDARD_OK)
            return BTC_MEMPOOL_NONSTANDARD;
    }
    struct btc_inputs_place place = btc_chain_next_inputs_place(candidate->pool->chain);
    return btc_tx_is_final(candidate->tx, place.height, place.median_time) ? BTC_MEMPOOL_OK : BTC_MEMPOOL_NONFINAL;
}

static enum btc_mempool_error check_new(struct candidate *candidate)
{
    btc_txid(candidate->measure.txid, candidate->tx);
    btc_wtxid(candidate->measure.wtxid, candidate->tx);
    uint32_t twin = btc_store_find(candidate->pool, candidate->measure.txid);
    if (twin == BTC_POOL_NONE)
        return BTC_MEMPOOL_OK;
    bool is_same = memcmp(btc_store_at(candidate->pool, twin)->wtxid, candidate->measure.wtxid, 32) == 0;
    return is_same ? BTC_MEMPOOL_ALREADY : BTC_MEMPOOL_SAME_TXID;
}

/* ---- conflicts ---- */

static bool may_be_replaced(struct btc_mempool *pool, uint32_t number)
{
    const struct btc_mempool_entry *entry = btc_store_at(pool, number);
    if (pool->policy.replacement != BTC_REPLACE_SIGNALLED)
        return pool->policy.replacement == BTC_REPLACE_ANY;
    return btc_mempool_is_replaceable(pool, entry->txid);
}

/* Puts the entries that spend the same outputs at the head of the list of conflicts. */
static enum btc_mempool_error find_conflicts(struct candidate *candidate)
{
    struct btc_mempool *pool = candidate->pool;
    struct btc_mempool_list *conflicts = &pool->lists[BTC_LIST_CONFLICTS];
    btc_walk_start(pool, BTC_LIST_CONFLICTS);
    for (uint32_t i = 0; i < candidate->tx->input_count; i++) {
        uint32_t spender = btc_store_find_spender(pool, &candidate->tx->inputs[i].previous);
        if (spender != BTC_POOL_NONE)
            btc_walk_meet(pool, BTC_LIST_CONFLICTS, spender);
    }
    candidate->direct_conflicts = conflicts->count;
    for (uint32_t i = 0; i < conflicts->count; i++)
        if (!may_be_replaced(pool, conflicts->numbers[i]))
            return BTC_MEMPOOL_CONFLICT;
    return BTC_MEMPOOL_OK;
}

/* Adds the descendants of the direct conflicts to the list. */
static void widen_conflicts(struct candidate *candidate)
{
    struct btc_mempool *pool = candidate->pool;
    uint32_t direct = candidate->direct_conflicts;
    btc_walk_start(pool, BTC_LIST_CONFLICTS);
    for (uint32_t i = 0; i < direct; i++)
        btc_walk_meet(pool, BTC_LIST_CONFLICTS, pool->lists[BTC_LIST_CONFLICTS].numbers[i]);
    btc_walk_descendants(pool, BTC_LIST_CONFLICTS, 0);
}

static bool spends_output_of(const struct btc_tx *tx, const struct btc_mempool *pool, uint32_t input)
{
    return btc_store_find(pool, tx->inputs[input].previous.txid) != BTC_POOL_NONE;
}

/* BIP 125 rule 2: an unconfirmed input must have been an input of one that is replaced. */
static bool adds_unconfirmed(const struct candidate *candidate)
{
    const struct btc_mempool *pool = candidate->pool;
    for (uint32_t i = 0; i < candidate->tx->input_count; i++) {
        if (!spends_output_of(candidate->tx, pool, i))
            continue;
        bool was_there = false;
        for (uint32_t k = 0; k < candidate->direct_conflicts; k++) {
            const struct btc_tx *old = &btc_store_at(pool, pool->lists[BTC_LIST_CONFLICTS].numbers[k])->tx;
            for (uint32_t j = 0; j < old->input_count && !was_there; j++)
                was_there = memcmp(old->inputs[j].previous.txid, candidate->tx->inputs[i].previous.txid, 32) == 0;
        }
        if (!was_there)
            return true;
    }
    return false;
}

static bool pays_more_than_each(const struct candidate *candidate)
{
    const struct btc_mempool *pool = candidate->pool;
    for (uint32_t i = 0; i < candidate->direct_conflicts; i++) {
        const struct btc_mempool_entry *old = btc_store_at(pool, pool->lists[BTC_LIST_CONFLICTS].numbers[i]);
        if (btc_amount_rate_compare(candidate->verdict.fee_sat, candidate->verdict.vbytes, old->fee_sat, old->vbytes) <=
            0)
            return false;
    }
    return true;
}

/* BIP 125 rules 2 to 5. */
static enum btc_mempool_error check_replacement(struct candidate *candidate)
{
    const struct btc_policy *policy = &candidate->pool->policy;
    if (candidate->direct_conflicts == 0)
        return BTC_MEMPOOL_OK;
    if (!pays_more_than_each(candidate))
        return BTC_MEMPOOL_REPLACE_FEE;
    widen_conflicts(candidate);
    struct btc_kin leaving = btc_walk_sum(candidate->pool, BTC_LIST_CONFLICTS);
    if (leaving.count > policy->max_replaced)
        return BTC_MEMPOOL_REPLACE_COUNT;
    if (adds_unconfirmed(candidate))
        return BTC_MEMPOOL_REPLACE_UNCONFIRMED;
    int64_t for_relay_sat = btc_policy_fee_sat(candidate->verdict.vbytes, policy->incremental_sat_per_kwu);
    if (candidate->verdict.fee_sat - leaving.fee_sat < for_relay_sat)
        return BTC_MEMPOOL_REPLACE_FEE;
    candidate->verdict.replaced = leaving.count;
    return BTC_MEMPOOL_OK;
}

/* A child of what it wants to replace. */
static enum btc_mempool_error check_not_own_child(struct candidate *candidate)
{
    struct btc_mempool *pool = candidate->pool;
    btc_walk_ancestors(pool, BTC_LIST_ANCESTORS, candidate->tx);
    for (uint32_t i = 0; i < candidate->direct_conflicts; i++)
        if (btc_store_at(pool, pool->lists[BTC_LIST_CONFLICTS].numbers[i])->mark == pool->epoch)
            return BTC_MEMPOOL_SPENDS_CONFLICT;
    return BTC_MEMPOOL_OK;
}

/* ---- coins ---- */

static bool is_in_chain(const struct candidate *candidate)
{
    struct btc_outpoint outpoint;
    memcpy(outpoint.txid, candidate->measure.txid, 32);
    for (outpoint.index = 0; outpoint.index < candidate->tx->output_count; outpoint.index++)
        if (btc_utxo_get(&candidate->pool->chain->coins, &outpoint) != NULL)
            return true;
    return false;
}

static enum btc_mempool_error find_coins(struct candidate *candidate)
{
    struct btc_arena *scratch = candidate->tools->scratch;
    struct btc_coin *coins = btc_arena_take(scratch, candidate->tx->input_count, sizeof *coins);
    if (coins == NULL || !btc_inputs_take(&candidate->inputs, candidate->tx, scratch))
        return BTC_MEMPOOL_NO_MEMORY;
    for (uint32_t i = 0; i < candidate->tx->input_count; i++) {
        if (!btc_store_find_coin(&coins[i], candidate->pool, &candidate->tx->inputs[i].previous)) {
            candidate->verdict.fault.input = i;
            return is_in_chain(candidate) ? BTC_MEMPOOL_KNOWN : BTC_MEMPOOL_MISSING;
        }
        btc_inputs_set(&candidate->inputs, i, &coins[i]);
    }
    return BTC_MEMPOOL_OK;
}

static enum btc_mempool_error check_inputs(struct candidate *candidate)
{
    struct btc_mempool_verdict *verdict = &candidate->verdict;
    const struct btc_inputs_place place = btc_chain_next_inputs_place(candidate->pool->chain);
    verdict->block_error = btc_inputs_check(&verdict->fee_sat, &verdict->fault, &candidate->inputs, &place);
    if (verdict->block_error != BTC_BLOCK_OK)
        return BTC_MEMPOOL_INPUTS;
    if (candidate->pool->policy.standardness == BTC_STANDARD_REQUIRED) {
        verdict->standard_error = btc_standard_check_inputs(&candidate->inputs);
        if (verdict->standard_error != BTC_STANDARD_OK)
            return BTC_MEMPOOL_NONSTANDARD;
    }
    candidate->measure.fee_sat = verdict->fee_sat;
    candidate->measure.weight_wu = btc_tx_weight_wu(candidate->tx);
    candidate->measure.sigop_cost = btc_tx_sigop_cost(candidate->tx, candidate->inputs.outputs, BTC_VERIFY_POLICY);
    verdict->vbytes = btc_policy_vsize(candidate->measure.weight_wu, candidate->measure.sigop_cost);
    return candidate->measure.sigop_cost > BTC_MAX_STANDARD_TX_SIGOP_COST ? BTC_MEMPOOL_SIGOPS : BTC_MEMPOOL_OK;
}

static enum btc_mempool_error check_fee(struct candidate *candidate)
{
    struct btc_mempool *pool = candidate->pool;
    const struct btc_mempool_verdict *verdict = &candidate->verdict;
    if (candidate->way == BTC_ENTRY_RETURNED)
        return BTC_MEMPOOL_OK;
    uint32_t least = btc_mempool_min_rate(pool, candidate->measure.time_s);
    if (verdict->fee_sat < btc_policy_fee_sat(verdict->vbytes, pool->policy.min_relay_sat_per_kwu))
        return BTC_MEMPOOL_RELAY_FEE;
    return verdict->fee_sat < btc_policy_fee_sat(verdict->vbytes, least) ? BTC_MEMPOOL_POOL_FEE : BTC_MEMPOOL_OK;
}

/* ---- kinship ---- */

struct kin_limits {
    uint32_t ancestors;
    uint32_t ancestor_vbytes;
    uint32_t descendants;
    uint32_t descendant_vbytes;
};

/* In: the walk over the ancestors has been made. */
static bool meets_limits(const struct candidate *candidate, const struct kin_limits *limits)
{
    const struct btc_mempool *pool = candidate->pool;
    const struct btc_mempool_list *ancestors = &pool->lists[BTC_LIST_ANCESTORS];
    struct btc_kin sum = btc_walk_sum(pool, BTC_LIST_ANCESTORS);
    if (sum.count + 1 > limits->ancestors || sum.vbytes + candidate->verdict.vbytes > limits->ancestor_vbytes)
        return false;
    for (uint32_t i = 0; i < ancestors->count; i++) {
        const struct btc_kin *kin = &btc_store_at(pool, ancestors->numbers[i])->descendants;
        if (kin->count + 1 > limits->descendants || kin->vbytes + candidate->verdict.vbytes > limits->descendant_vbytes)
            return false;
    }
    return true;
}

static enum btc_mempool_error check_kinship(struct candidate *candidate)
{
    const struct btc_policy *policy = &candidate->pool->policy;
    struct kin_limits limits = {policy->max_ancestors, policy->max_ancestor_vbytes, policy->max_descendants,
                                policy->max_descendant_vbytes};
    btc_walk_ancestors(candidate->pool, BTC_LIST_ANCESTORS, candidate->tx);
    if (meets_limits(candidate, &limits))
        return BTC_MEMPOOL_OK;
    if (candidate->verdict.vbytes > CARVE_OUT_VBYTES)
        return BTC_MEMPOOL_CHAIN_TOO_LONG;
    limits.ancestors = 2;
    limits.descendants++;
    limits.descendant_vbytes += CARVE_OUT_VBYTES;
    return meets_limits(candidate, &limits) ? BTC_MEMPOOL_OK : BTC_MEMPOOL_CHAIN_TOO_LONG;
}

/* ---- in ---- */

static enum btc_mempool_error check_scripts(struct candidate *candidate)
{
    struct btc_mempool_verdict *verdict = &candidate->verdict;
    uint32_t flags =
        candidate->pool->policy.standardness == BTC_STANDARD_REQUIRED ? BTC_VERIFY_POLICY : BTC_VERIFY_CONSENSUS;
    verdict->block_error = btc_inputs_judge(&verdict->fault, &candidate->inputs, candidate->tools, flags);
    return verdict->block_error == BTC_BLOCK_OK ? BTC_MEMPOOL_OK : BTC_MEMPOOL_SCRIPT;
}

/* All questions, in order. */
static enum btc_mempool_error judge(struct candidate *candidate)
{
    static enum btc_mempool_error (*const questions[])(struct candidate *) = {
        check_alone, check_new,     find_conflicts,      find_coins,        check_inputs,
        check_fee,   check_kinship, check_not_own_child, check_replacement, check_scripts};
    enum btc_mempool_error error = BTC_MEMPOOL_OK;
    for (size_t i = 0; i < sizeof questions / sizeof *questions && error == BTC_MEMPOOL_OK; i++)
        error = questions[i](candidate);
    return error;
}

/* Takes a copy, and only then, when nothing can fail any more, makes room and lets it in. */
static enum btc_mempool_error enter(struct candidate *candidate)
{
    struct btc_mempool *pool = candidate->pool;
    struct btc_mempool_entry prepared;
    if (!btc_store_prepare(pool, &prepared, candidate->tx, &candidate->measure))
        return BTC_MEMPOOL_NO_MEMORY;
    for (uint32_t i = 0; i < candidate->direct_conflicts; i++) {
        uint32_t number = pool->lists[BTC_LIST_CONFLICTS].numbers[i];
        if (btc_store_is_used(pool, number)) /* it may have left as another's descendant */
            btc_store_remove_tree(pool, number, (struct btc_store_cause){BTC_MEMPOOL_REPLACED, candidate->tx});
    }
    uint32_t number = btc_store_add(pool, &prepared);
    btc_store_notify(pool, number, (struct btc_store_cause){BTC_MEMPOOL_ADDED, NULL});
    if (candidate->way == BTC_ENTRY_RETURNED)
        return BTC_MEMPOOL_OK;
    btc_store_trim(pool, candidate->measure.time_s);
    return btc_store_find(pool, candidate->measure.txid) == BTC_POOL_NONE ? BTC_MEMPOOL_FULL : BTC_MEMPOOL_OK;
}

/* Would a miner who does not care for policy be able to mine it? */
static bool could_be_mined(struct candidate *candidate)
{
    int64_t fee_sat;
    struct btc_block_fault fault = {0};
    const struct btc_inputs_place place = btc_chain_next_inputs_place(candidate->pool->chain);
    return find_coins(candidate) == BTC_MEMPOOL_OK &&
           btc_inputs_check(&fee_sat, &fault, &candidate->inputs, &place) == BTC_BLOCK_OK &&
           btc_inputs_judge(&fault, &candidate->inputs, candidate->tools, BTC_VERIFY_CONSENSUS) == BTC_BLOCK_OK;
}

/* Tells of a refused double spend, if it is one that could have been mined: anybody can write down a transaction
 * without signatures. */
static void tell_refused(struct candidate *candidate, enum btc_mempool_error error)
{
    struct btc_mempool *pool = candidate->pool;
    bool is_told = candidate->direct_conflicts > 0 && error != BTC_MEMPOOL_NO_MEMORY && pool->listener != NULL;
    if (!is_told || !could_be_mined(candidate))
        return;
    for (uint32_t i = 0; i < candidate->direct_conflicts; i++)
        btc_store_notify(pool, pool->lists[BTC_LIST_CONFLICTS].numbers[i],
                         (struct btc_store_cause){BTC_MEMPOOL_REFUSED, candidate->tx});
}

struct btc_mempool_verdict btc_store_accept(struct btc_mempool *pool, const struct btc_tx *tx,
                                            const struct btc_judge_tools *tools, int64_t now_s, enum btc_entry_way way)
{
    struct candidate candidate = {.pool = pool, .tx = tx, .tools = tools, .measure.time_s = now_s, .way = way};
    size_t used = tools->scratch->used;
    enum btc_mempool_error error = judge(&candidate);
    if (error != BTC_MEMPOOL_OK)
        tell_refused(&candidate, error);
    else
        error = enter(&candidate);
    tools->scratch->used = used;
    candidate.verdict.error = error;
    return candidate.verdict;
}

struct btc_mempool_verdict btc_mempool_accept(struct btc_mempool *pool, const struct btc_tx *tx,
                                              const struct btc_judge_tools *tools, int64_t now_s)
{
    return btc_store_accept(pool, tx, tools, now_s, BTC_ENTRY_RELAYED);
}
