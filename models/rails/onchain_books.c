/* onchain_books.c: whose a transaction is, who is told; the floor on which the rail's other files stand.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/onchain_books.h"

#include <stdlib.h>
#include <string.h>

#define ROLE_STEP UINT64_C(0x9e3779b97f4a7c15)

void onchain_raise(struct onchain *onchain, const struct rail_event *event)
{
    onchain->listener.on_event(onchain->listener.self, event);
}

void onchain_schedule(struct onchain *onchain, struct sim_handle *handle, uint16_t kind, int64_t at_us, uint32_t entity)
{
    *handle = sim_schedule(onchain->sim, at_us, SIM_TIMER,
                           &(struct sim_action){.kind = kind, .entity = entity, .object = onchain});
}

bool onchain_grow_accounts(struct onchain *onchain, size_t count)
{
    size_t new_count = onchain->account_count == 0 ? 256 : onchain->account_count;
    while (new_count < count)
        new_count *= 2;
    struct account *accounts = realloc(onchain->accounts, new_count * sizeof accounts[0]);
    if (accounts == NULL)
        return false;
    memset(accounts + onchain->account_count, 0, (new_count - onchain->account_count) * sizeof accounts[0]);
    onchain->accounts = accounts;
    onchain->account_count = new_count;
    return true;
}

void onchain_own(struct onchain *onchain, uint32_t tx, struct owner owner)
{
    if (tx == CHAIN_NONE)
        return;
    if (tx >= onchain->owner_count) {
        size_t count = onchain->owner_count == 0 ? 1024 : onchain->owner_count;
        while (count <= tx)
            count *= 2;
        struct owner *owners = realloc(onchain->owners, count * sizeof owners[0]);
        if (owners == NULL) {
            trouble_memory(onchain->trouble);
            return;
        }
        memset(owners + onchain->owner_count, 0, (count - onchain->owner_count) * sizeof owners[0]);
        onchain->owners = owners;
        onchain->owner_count = count;
    }
    onchain->owners[tx] = owner;
}

void onchain_own_versions(struct onchain *onchain, uint32_t newest, struct owner owner)
{
    while (newest != CHAIN_NONE) {
        struct owner before = onchain_owner(onchain, newest);
        onchain_own(onchain, newest, owner);
        newest = before.has_older ? before.older : CHAIN_NONE;
    }
}

struct owner onchain_owner(const struct onchain *onchain, uint32_t tx)
{
    return tx < onchain->owner_count ? onchain->owners[tx] : (struct owner){0};
}

uint64_t transfer_key(const struct onchain *onchain, const struct transfer *transfer, enum owner_role role)
{
    uint64_t entity = onchain->accounts[transfer->session].key << 16 | (transfer->number & 0xffff);
    return entity ^ (uint64_t)role * ROLE_STEP; /* one of each role, far from all others */
}

uint64_t onchain_upkeep_key(uint32_t index, uint32_t height)
{
    uint64_t entity = (uint64_t)index << 32 | height;
    return entity ^ (uint64_t)OWNER_UPKEEP * ROLE_STEP;
}
