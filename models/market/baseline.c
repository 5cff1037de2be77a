/* baseline.c: rings of days, and the mean of the best of them.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/market/baseline.h"

#include "models/market/config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool baseline_init(struct baseline *baseline, uint32_t slots, uint32_t days, uint32_t highest)
{
    assert(slots > 0 && days > 0 && days <= AGGREGATOR_DAYS_MAX && highest > 0 && highest <= days);
    *baseline = (struct baseline){.slots = slots, .days_max = days, .highest = highest};
    baseline->today_uj = calloc(slots, sizeof baseline->today_uj[0]);
    for (int kind = 0; kind < 2; kind++)
        baseline->kept_uj[kind] = calloc((size_t)slots * days, sizeof baseline->kept_uj[0][0]);
    return baseline->today_uj != NULL && baseline->kept_uj[0] != NULL && baseline->kept_uj[1] != NULL;
}

void baseline_close(struct baseline *baseline)
{
    free(baseline->today_uj);
    free(baseline->kept_uj[0]);
    free(baseline->kept_uj[1]);
    *baseline = (struct baseline){0};
}

static int64_t *day_row(const struct baseline *baseline, int kind, uint32_t day)
{
    return baseline->kept_uj[kind] + (size_t)day * baseline->slots;
}

void baseline_begin_day(struct baseline *baseline, bool is_weekend)
{
    int kind = baseline->is_weekend;
    if (baseline->is_whole && !baseline->is_requested) {
        memcpy(day_row(baseline, kind, baseline->next[kind]), baseline->today_uj,
               baseline->slots * sizeof baseline->today_uj[0]);
        baseline->next[kind] = (baseline->next[kind] + 1) % baseline->days_max;
        if (baseline->kept_count[kind] < baseline->days_max)
            baseline->kept_count[kind]++;
    }
    baseline->is_weekend = is_weekend;
    baseline->is_requested = false;
    baseline->is_whole = false;
    memset(baseline->today_uj, 0, baseline->slots * sizeof baseline->today_uj[0]);
}

void baseline_add(struct baseline *baseline, uint32_t slot, int64_t energy_uj)
{
    assert(slot < baseline->slots);
    if (slot == 0)
        baseline->is_whole = true; /* so far; a run that begins in the middle of a day never says this for it */
    baseline->today_uj[slot] = energy_uj;
}

void baseline_request(struct baseline *baseline)
{
    baseline->is_requested = true;
}

/* How many kept days of today's kind have more energy than this one; of equal ones the earlier in the ring. */
static uint32_t rank(const struct baseline *baseline, const __int128 *energies_uj, uint32_t day)
{
    uint32_t better = 0;
    for (uint32_t other = 0; other < baseline->kept_count[baseline->is_weekend]; other++)
        better += energies_uj[other] > energies_uj[day] || (energies_uj[other] == energies_uj[day] && other < day);
    return better;
}

bool baseline_slot_uj(const struct baseline *baseline, int64_t *energy_uj, uint32_t slot)
{
    int kind = baseline->is_weekend;
    uint32_t count = baseline->kept_count[kind], taken = 0;
    __int128 energies_uj[AGGREGATOR_DAYS_MAX], sum_uj = 0;
    assert(slot < baseline->slots);
    for (uint32_t day = 0; day < count; day++) {
        energies_uj[day] = 0;
        for (uint32_t i = 0; i < baseline->slots; i++)
            energies_uj[day] += day_row(baseline, kind, day)[i];
    }
    for (uint32_t day = 0; day < count; day++) {
        if (rank(baseline, energies_uj, day) >= baseline->highest)
            continue;
        sum_uj += day_row(baseline, kind, day)[slot];
        taken++;
    }
    if (taken == 0)
        return false;
    *energy_uj = (int64_t)(sum_uj / taken);
    return true;
}

int64_t baseline_adjustment_uj(const struct baseline *baseline, uint32_t from, uint32_t until)
{
    __int128 sum_uj = 0;
    assert(from <= until && until <= baseline->slots);
    for (uint32_t slot = from; slot < until; slot++) {
        int64_t slot_uj;
        if (!baseline_slot_uj(baseline, &slot_uj, slot))
            return 0;
        sum_uj += baseline->today_uj[slot] - slot_uj;
    }
    return until == from ? 0 : (int64_t)(sum_uj / (until - from));
}
