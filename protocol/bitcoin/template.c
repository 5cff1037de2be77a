/* template.c: a miner's choice: the transactions of the next block.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/template.h"

#include "protocol/bitcoin/amount.h"
#include "protocol/bitcoin/mempool_store.h"
#include "protocol/bitcoin/sort.h"
#include <assert.h>
#include <string.h>

/* Near the limit, packages that do not fit could be tried without end. */
#define MAX_MISFITS 1000u

enum state {
    STATE_WAITING = 0,
    STATE_CHOSEN,
    STATE_MISFIT /* did not fit; may still be chosen as somebody's ancestor */
};

/* An entry, and what is left of its ancestors. Its number is its entry's place in the pool's heap. */
struct candidate {
    uint32_t entry;
    uint32_t place; /* in the heap below */
    enum state state;
    struct btc_kin package;
};

struct choice {
    struct btc_mempool *pool;
    struct candidate *candidates;
    struct btc_heap heap; /* best package first */
    const struct btc_template_limits *limits;
    struct btc_template *template;
    uint32_t misfits;
};

static struct btc_mempool_entry *entry_of(const struct choice *choice, uint32_t number)
{
    return btc_store_at(choice->pool, choice->candidates[number].entry);
}

static bool is_better(const void *context, uint32_t a, uint32_t b)
{
    const struct choice *choice = context;
    const struct btc_kin *kin_a = &choice->candidates[a].package, *kin_b = &choice->candidates[b].package;
    int order =
        btc_amount_rate_compare(kin_a->fee_sat, (uint32_t)kin_a->vbytes, kin_b->fee_sat, (uint32_t)kin_b->vbytes);
    if (order != 0)
        return order > 0;
    return memcmp(entry_of(choice, a)->txid, entry_of(choice, b)->txid, 32) < 0;
}

static uint32_t *place_of(const void *context, uint32_t number)
{
    return &((const struct choice *)context)->candidates[number].place;
}

static const struct btc_heap_keeper keeper = {is_better, place_of};

/* ---- a package ---- */

static int order_parents_first(const void *context, const void *a, const void *b)
{
    const struct btc_mempool_entry *entry_a = btc_store_at(context, *(const uint32_t *)a);
    const struct btc_mempool_entry *entry_b = btc_store_at(context, *(const uint32_t *)b);
    if (entry_a->ancestors.count != entry_b->ancestors.count)
        return entry_a->ancestors.count < entry_b->ancestors.count ? -1 : 1;
    return memcmp(entry_a->txid, entry_b->txid, 32);
}

/* Fills the list of ancestors with what is needed for an entry and not chosen yet, itself last. Returns its weight. */
static uint64_t gather(struct choice *choice, uint32_t number)
{
    struct btc_mempool *pool = choice->pool;
    struct btc_mempool_list *list = &pool->lists[BTC_LIST_ANCESTORS];
    uint64_t weight_wu = 0;
    uint32_t kept = 0;
    btc_walk_ancestors(pool, BTC_LIST_ANCESTORS, &entry_of(choice, number)->tx);
    btc_walk_meet(pool, BTC_LIST_ANCESTORS, choice->candidates[number].entry);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct btc_mempool_entry *entry = btc_store_at(pool, list->numbers[i]);
        if (choice->candidates[entry->candidate].state == STATE_CHOSEN)
            continue;
        weight_wu += entry->weight_wu;
        list->numbers[kept++] = list->numbers[i];
    }
    list->count = kept;
    btc_sort(list->numbers, kept, sizeof *list->numbers, order_parents_first, pool);
    return weight_wu;
}

static uint32_t rate_of(const struct btc_kin *package)
{
    uint64_t rate = (uint64_t)((unsigned __int128)package->fee_sat * 250 / package->vbytes); /* 1000 / 4 */
    return rate > UINT32_MAX ? UINT32_MAX : (uint32_t)rate;
}

static void append(struct choice *choice, const struct btc_mempool_entry *entry, uint32_t rate_sat_per_kwu)
{
    struct btc_template *template = choice->template;
    template->items[template->count++] = (struct btc_template_item){.tx = &entry->tx,
                                                                    .fee_sat = entry->fee_sat,
                                                                    .weight_wu = entry->weight_wu,
                                                                    .sigop_cost = entry->sigop_cost,
                                                                    .package_rate_sat_per_kwu = rate_sat_per_kwu};
    template->fees_sat += entry->fee_sat;
    template->weight_wu += entry->weight_wu;
    template->sigop_cost += entry->sigop_cost;
}

/* Descendants of a chosen entry need it no more. */
static void lighten_descendants(struct choice *choice, uint32_t number)
{
    struct btc_mempool *pool = choice->pool;
    const struct btc_mempool_list *list = &pool->lists[BTC_LIST_DESCENDANTS];
    const struct btc_mempool_entry *chosen = entry_of(choice, number);
    btc_walk_start(pool, BTC_LIST_DESCENDANTS);
    btc_walk_meet(pool, BTC_LIST_DESCENDANTS, choice->candidates[number].entry);
    btc_walk_descendants(pool, BTC_LIST_DESCENDANTS, 0);
    for (uint32_t i = 1; i < list->count; i++) {
        uint32_t child = btc_store_at(pool, list->numbers[i])->candidate;
        struct btc_kin *package = &choice->candidates[child].package;
        package->count--;
        package->sigop_cost -= chosen->sigop_cost;
        package->vbytes -= chosen->vbytes;
        package->fee_sat -= chosen->fee_sat;
        if (choice->candidates[child].state == STATE_WAITING)
            btc_heap_settle(&choice->heap, child);
    }
}

static void choose(struct choice *choice, uint32_t rate_sat_per_kwu)
{
    const struct btc_mempool_list *list = &choice->pool->lists[BTC_LIST_ANCESTORS];
    for (uint32_t i = 0; i < list->count; i++) {
        uint32_t number = btc_store_at(choice->pool, list->numbers[i])->candidate;
        struct candidate *candidate = &choice->candidates[number];
        if (candidate->state == STATE_WAITING)
            btc_heap_take(&choice->heap, number);
        candidate->state = STATE_CHOSEN;
        append(choice, entry_of(choice, number), rate_sat_per_kwu);
        lighten_descendants(choice, number);
    }
}

/* Chooses the best package, or puts it aside. Returns false if nothing more is to be had. */
static bool step(struct choice *choice)
{
    if (choice->heap.count == 0 || choice->misfits > MAX_MISFITS)
        return false;
    uint32_t best = choice->heap.numbers[0];
    const struct btc_kin *package = &choice->candidates[best].package;
    uint32_t rate = rate_of(package);
    if (rate < choice->limits->min_rate_sat_per_kwu)
        return false;
    const struct btc_template *template = choice->template;
    if (template->weight_wu + gather(choice, best) <= choice->limits->max_weight_wu &&
        template->sigop_cost + package->sigop_cost <= choice->limits->max_sigop_cost) {
        choose(choice, rate);
        choice->misfits = 0;
    } else {
        btc_heap_take(&choice->heap, best);
        choice->candidates[best].state = STATE_MISFIT;
        choice->misfits++;
    }
    return true;
}

bool btc_template_make(struct btc_template *template, struct btc_mempool *pool, struct btc_arena *arena,
                       const struct btc_template_limits *limits)
{
    size_t used = arena->used;
    uint32_t count = btc_mempool_count(pool);
    struct btc_template result = {.items = btc_arena_take(arena, count, sizeof *result.items)};
    size_t kept = arena->used;
    struct choice choice = {.pool = pool, .limits = limits, .template = &result};
    choice.candidates = btc_arena_take(arena, count, sizeof *choice.candidates);
    choice.heap = (struct btc_heap){
        .numbers = btc_arena_take(arena, count, sizeof *choice.heap.numbers), .keeper = &keeper, .context = &choice};
    if (result.items == NULL || choice.candidates == NULL || choice.heap.numbers == NULL) {
        arena->used = used;
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct btc_mempool_entry *entry = btc_store_at(pool, pool->heap.numbers[i]);
        entry->candidate = i;
        choice.candidates[i] = (struct candidate){.entry = pool->heap.numbers[i], .package = entry->ancestors};
        btc_heap_add(&choice.heap, i);
    }
    while (step(&choice))
        continue;
    arena->used = kept; /* the items stay, the candidates go */
    *template = result;
    return true;
}
