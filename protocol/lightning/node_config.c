/* node_config.c: what nodes in one thread share.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/node_config.h"

#include <string.h>

#include "protocol/lightning/split.h"

#define MESSAGE_ROOM 70000 /* for a message of any length */

static size_t scratch_bytes(uint32_t htlcs)
{
    return LN_ONCHAIN_SCRATCH_BYTES(htlcs) + LN_SCRATCH_BYTES(htlcs) + MESSAGE_ROOM;
}

static bool take_list(const struct btc_allocator *allocator, void *list, size_t bytes)
{
    void *memory = btc_allocate(allocator, bytes);
    memcpy(list, &memory, sizeof memory);
    return memory != NULL;
}

bool ln_node_shop_open(struct ln_node_shop *shop, const struct btc_allocator *allocator,
                       const struct ln_backend *backend, uint32_t htlcs)
{
    uint8_t *scratch, *bytes, *chain_bytes;
    struct ln_effect *list;
    struct ln_onchain_effect *chain_list;
    memset(shop, 0, sizeof *shop);
    shop->allocator = allocator;
    shop->backend = backend;
    shop->htlcs = htlcs;
    shop->router = ln_router_open(allocator);
    bool good = shop->router != NULL;
    good &= take_list(allocator, &shop->parts, LN_SPLIT_PARTS_MAX * sizeof *shop->parts);
    good &= take_list(allocator, &scratch, scratch_bytes(htlcs));
    good &= take_list(allocator, &list, LN_EFFECTS_LIST(htlcs) * sizeof *list);
    good &= take_list(allocator, &bytes, LN_EFFECTS_BYTES(htlcs));
    good &= take_list(allocator, &chain_list, LN_ONCHAIN_EFFECTS_LIST(htlcs) * sizeof *chain_list);
    good &= take_list(allocator, &chain_bytes, LN_ONCHAIN_EFFECTS_BYTES(htlcs));
    btc_arena_init(&shop->scratch, scratch, scratch_bytes(htlcs));
    ln_effects_init(&shop->effects, list, (uint32_t)LN_EFFECTS_LIST(htlcs), bytes, LN_EFFECTS_BYTES(htlcs));
    ln_onchain_effects_init(&shop->chain_effects, chain_list, (uint32_t)LN_ONCHAIN_EFFECTS_LIST(htlcs), chain_bytes,
                            LN_ONCHAIN_EFFECTS_BYTES(htlcs));
    if (!good) {
        ln_node_shop_close(shop);
    }
    return good;
}

static void give_list(const struct btc_allocator *allocator, void *memory, size_t bytes)
{
    btc_release(allocator, memory, memory == NULL ? 0 : bytes);
}

void ln_node_shop_close(struct ln_node_shop *shop)
{
    const struct btc_allocator *allocator = shop->allocator;
    uint32_t htlcs = shop->htlcs;
    if (shop->router != NULL) {
        ln_router_close(shop->router);
    }
    give_list(allocator, shop->parts, LN_SPLIT_PARTS_MAX * sizeof *shop->parts);
    give_list(allocator, shop->scratch.memory, scratch_bytes(htlcs));
    give_list(allocator, shop->effects.list, LN_EFFECTS_LIST(htlcs) * sizeof *shop->effects.list);
    give_list(allocator, shop->effects.arena.memory, LN_EFFECTS_BYTES(htlcs));
    give_list(allocator, shop->chain_effects.list, LN_ONCHAIN_EFFECTS_LIST(htlcs) * sizeof *shop->chain_effects.list);
    give_list(allocator, shop->chain_effects.arena.memory, LN_ONCHAIN_EFFECTS_BYTES(htlcs));
    memset(shop, 0, sizeof *shop);
}
