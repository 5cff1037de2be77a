/* selection.c: which coins to spend: the same ones for the same wallet, always.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/selection.h"

#include "protocol/bitcoin/sort.h"
#include <string.h>

#define MAX_DEPTH 64u /* coins that branch and bound looks at: the most valuable ones */

/* Those that must be first, then the most valuable. */
static int order(const void *context, const void *a, const void *b)
{
    const struct btc_selectable *x = a, *y = b;
    (void)context;
    if (x->is_chosen != y->is_chosen)
        return x->is_chosen ? -1 : 1;
    if (x->effective_sat != y->effective_sat)
        return x->effective_sat > y->effective_sat ? -1 : 1;
    int by_txid = memcmp(x->outpoint.txid, y->outpoint.txid, 32);
    return by_txid != 0 ? by_txid : (x->outpoint.index > y->outpoint.index) - (x->outpoint.index < y->outpoint.index);
}

/* The search goes through the coins in order and includes each before it leaves it out. */
struct search {
    const struct btc_selectable *coins;
    uint32_t count;
    int64_t low_sat;                 /* the sum must reach this */
    int64_t high_sat;                /* and not exceed this; sinks to below the best sum found */
    int64_t left_sat[MAX_DEPTH + 1]; /* sum of all coins from here on */
    uint64_t chosen;                 /* bit i: coin i is in */
    uint64_t best;
    bool has_best;
};

/* Leaves the last included coin out, and forgets what was decided after it. Returns the depth behind it, 0 at the end.
 */
static uint32_t backtrack(struct search *search, uint32_t depth, int64_t *sum_sat)
{
    while (depth > 0 && (search->chosen >> (depth - 1) & 1) == 0)
        depth--;
    if (depth > 0) {
        search->chosen &= ~(UINT64_C(1) << (depth - 1));
        *sum_sat -= search->coins[depth - 1].effective_sat;
    }
    return depth;
}

static void branch_and_bound(struct search *search)
{
    int64_t sum_sat = 0;
    uint32_t depth = 0;
    for (uint32_t steps = 0; steps < BTC_SELECTION_STEPS; steps++) {
        bool is_found = sum_sat >= search->low_sat && sum_sat <= search->high_sat;
        if (is_found) {
            search->best = search->chosen;
            search->has_best = true;
            search->high_sat = sum_sat - 1;
        }
        bool is_dead = is_found || depth == search->count || sum_sat > search->high_sat ||
                       sum_sat + search->left_sat[depth] < search->low_sat;
        if (!is_dead) {
            search->chosen |= UINT64_C(1) << depth;
            sum_sat += search->coins[depth++].effective_sat;
            continue;
        }
        depth = backtrack(search, depth, &sum_sat);
        if (depth == 0)
            return;
    }
}

/* Coins that bring something, behind those that must be. */
static uint32_t count_useful(const struct btc_selectable *coins, uint32_t from, uint32_t count)
{
    uint32_t at = from;
    while (at < count && coins[at].effective_sat > 0)
        at++;
    return at - from;
}

static bool select_exact(struct btc_selectable *coins, uint32_t count, int64_t low_sat, int64_t high_sat)
{
    struct search search = {
        .coins = coins, .count = count < MAX_DEPTH ? count : MAX_DEPTH, .low_sat = low_sat, .high_sat = high_sat};
    for (uint32_t i = search.count; i > 0; i--)
        search.left_sat[i - 1] = search.left_sat[i] + coins[i - 1].effective_sat;
    branch_and_bound(&search);
    for (uint32_t i = 0; i < search.count && search.has_best; i++)
        coins[i].is_chosen = (search.best >> i & 1) != 0;
    return search.has_best;
}

enum btc_selection_result btc_select(struct btc_selectable *coins, uint32_t count,
                                     const struct btc_selection_goal *goal)
{
    int64_t missing_sat = goal->target_sat;
    uint32_t musts = 0;
    btc_sort(coins, count, sizeof *coins, order, NULL);
    while (musts < count && coins[musts].is_chosen)
        missing_sat -= coins[musts++].effective_sat;
    struct btc_selectable *free_coins = coins + musts;
    uint32_t useful = count_useful(coins, musts, count);
    if (select_exact(free_coins, useful, missing_sat, missing_sat + goal->change_cost_sat))
        return BTC_SELECTION_EXACT;
    int64_t sum_sat = 0;
    for (uint32_t i = 0; i < useful && sum_sat < missing_sat + goal->change_reserve_sat; i++) {
        free_coins[i].is_chosen = true;
        sum_sat += free_coins[i].effective_sat;
    }
    if (sum_sat >= missing_sat + goal->change_reserve_sat)
        return BTC_SELECTION_CHANGE;
    if (sum_sat >= missing_sat)
        return BTC_SELECTION_TIGHT;
    for (uint32_t i = 0; i < useful; i++)
        free_coins[i].is_chosen = false;
    return BTC_SELECTION_SHORT;
}
