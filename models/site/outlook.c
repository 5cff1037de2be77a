/* outlook.c: steps of the tariff asked ahead, and the cheapest of them.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/site/outlook.h"

#include "models/least.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 64

void outlook_init(struct outlook *outlook, const struct tariff *tariff, struct trouble *trouble)
{
    *outlook = (struct outlook){.tariff = tariff, .trouble = trouble};
}

void outlook_close(struct outlook *outlook)
{
    free(outlook->steps);
    outlook->steps = NULL;
}

static bool grow(struct outlook *outlook)
{
    size_t capacity = outlook->capacity == 0 ? FIRST_CAPACITY : 2 * outlook->capacity;
    struct outlook_step *steps = realloc(outlook->steps, capacity * sizeof steps[0]);
    if (steps == NULL)
        return false;
    outlook->steps = steps;
    outlook->capacity = capacity;
    return true;
}

/* Makes room for one step: drops what is past, or grows. */
static bool make_room(struct outlook *outlook)
{
    if (outlook->count < outlook->capacity)
        return true;
    if (2 * outlook->first < outlook->capacity || outlook->first == 0)
        return grow(outlook);
    outlook->count -= outlook->first;
    memmove(outlook->steps, outlook->steps + outlook->first, outlook->count * sizeof outlook->steps[0]);
    outlook->first = 0;
    return true;
}

static bool add_step(struct outlook *outlook, int64_t from_us)
{
    char why[400];
    struct outlook_step step = {.from_us = from_us, .until_us = tariff_next_us(outlook->tariff, from_us)};
    if (!make_room(outlook)) {
        trouble_memory(outlook->trouble);
        return false;
    }
    if (!tariff_price(outlook->tariff, &step.price_uyen_per_kwh, from_us, why, sizeof why)) {
        trouble_fail(outlook->trouble, why);
        return false;
    }
    outlook->steps[outlook->count++] = step;
    return true;
}

/* Afterwards the step at `first` is the present one, and steps reach until_us. Returns false on trouble. */
static bool look_ahead(struct outlook *outlook, int64_t now_us, int64_t until_us)
{
    while (outlook->first < outlook->count && outlook->steps[outlook->first].until_us <= now_us)
        outlook->first++;
    if (outlook->first == outlook->count && !add_step(outlook, now_us))
        return false;
    while (outlook->steps[outlook->count - 1].until_us < until_us)
        if (!add_step(outlook, outlook->steps[outlook->count - 1].until_us))
            return false;
    return true;
}

int64_t outlook_cheaper_us(struct outlook *outlook, int64_t now_us, int64_t until_us)
{
    if (!look_ahead(outlook, now_us, until_us))
        return 0;
    const struct outlook_step *present = &outlook->steps[outlook->first];
    int64_t cheaper_us = 0;
    for (size_t i = outlook->first + 1; i < outlook->count && outlook->steps[i].from_us < until_us; i++) {
        const struct outlook_step *step = &outlook->steps[i];
        if (step->price_uyen_per_kwh < present->price_uyen_per_kwh)
            cheaper_us += min64(step->until_us, until_us) - step->from_us;
    }
    return cheaper_us;
}

int64_t outlook_lowest_uyen_per_kwh(struct outlook *outlook, int64_t now_us, int64_t until_us)
{
    if (!look_ahead(outlook, now_us, until_us))
        return 0;
    int64_t lowest = outlook->steps[outlook->first].price_uyen_per_kwh;
    for (size_t i = outlook->first + 1; i < outlook->count && outlook->steps[i].from_us < until_us; i++)
        lowest = min64(lowest, outlook->steps[i].price_uyen_per_kwh);
    return lowest;
}
