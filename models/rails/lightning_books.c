/* lightning_books.c: whose is what, who is told.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/lightning_books.h"

#include <stdlib.h>
#include <string.h>

void lightning_raise(struct lightning *rail, const struct rail_event *event)
{
    rail->listener.on_event(rail->listener.self, event);
}

struct sim_handle lightning_schedule(struct lightning *rail, uint16_t kind, int64_t after_us, uint32_t entity)
{
    return sim_schedule(rail->sim, sim_now_us(rail->sim) + after_us, SIM_TIMER,
                        &(struct sim_action){.kind = kind, .entity = entity, .object = rail});
}

/* Makes an array of zeros longer: at least to count. Returns NULL when memory is out. */
static void *grow(void *items, size_t *have, size_t count, size_t size)
{
    size_t new_count = *have == 0 ? 256 : *have;
    while (new_count < count)
        new_count *= 2;
    unsigned char *grown = realloc(items, new_count * size);
    if (grown == NULL)
        return NULL;
    memset(grown + *have * size, 0, (new_count - *have) * size);
    *have = new_count;
    return grown;
}

bool lightning_grow_accounts(struct lightning *rail, size_t count)
{
    void *grown = grow(rail->accounts, &rail->account_count, count, sizeof rail->accounts[0]);
    if (grown != NULL)
        rail->accounts = grown;
    return grown != NULL;
}

bool lightning_own(struct lightning *rail, uint32_t node, enum station_role role, uint32_t index)
{
    if (node >= rail->station_count) {
        void *grown = grow(rail->stations, &rail->station_count, (size_t)node + 1, sizeof rail->stations[0]);
        if (grown == NULL)
            return false;
        rail->stations = grown;
    }
    rail->stations[node] =
        (struct station){.role = role, .index = index, .first_to = SLAB_NONE, .first_from = SLAB_NONE};
    return true;
}

bool lightning_is_own(const struct lightning *rail, uint32_t node)
{
    return node < rail->station_count && rail->stations[node].role != STATION_FOREIGN;
}

uint32_t lightning_ledger_account(const struct lightning *rail, uint32_t node)
{
    const struct station *station = &rail->stations[node];
    return station->role == STATION_PHONE      ? LEDGER_FIRST_PAYER + station->index
           : station->role == STATION_PROVIDER ? LEDGER_PROVIDER
                                               : LEDGER_OPERATOR;
}

struct cost *lightning_cost(struct lightning *rail, uint32_t tx)
{
    if (tx >= rail->cost_count) {
        void *grown = grow(rail->costs, &rail->cost_count, (size_t)tx + 1, sizeof rail->costs[0]);
        if (grown == NULL) {
            trouble_memory(rail->trouble);
            return NULL;
        }
        rail->costs = grown;
    }
    return &rail->costs[tx];
}

bool olds_put(struct olds *olds, uint64_t number)
{
    if (olds->count == LIGHTNING_OLD_MAX)
        return false;
    olds->number[olds->count++] = number;
    return true;
}

void lightning_count_capacity(struct lightning *rail, int64_t change_msat)
{
    int64_t now_us = sim_now_us(rail->sim);
    rail->tally.msat_us += (double)rail->tally.capacity_msat * (double)(now_us - rail->tally.at_us);
    rail->tally.at_us = now_us;
    rail->tally.capacity_msat += change_msat;
}
