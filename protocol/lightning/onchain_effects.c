/* onchain_effects.c: what a channel on its way through the chain wants done.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/onchain_effects.h"

#include <assert.h>
#include <string.h>

void ln_onchain_effects_init(struct ln_onchain_effects *effects, struct ln_onchain_effect *list, uint32_t capacity,
                             void *memory, size_t bytes)
{
    *effects = (struct ln_onchain_effects){.list = list, .capacity = capacity};
    btc_arena_init(&effects->arena, memory, bytes);
}

void ln_onchain_effects_clear(struct ln_onchain_effects *effects)
{
    effects->count = 0;
    effects->arena.used = 0;
}

struct ln_onchain_effect *ln_onchain_effects_add(struct ln_onchain_effects *effects, enum ln_onchain_effect_kind kind)
{
    assert(effects->count < effects->capacity);
    struct ln_onchain_effect *effect = &effects->list[effects->count++];
    memset(effect, 0, sizeof *effect);
    effect->kind = kind;
    effect->deadline_height = UINT32_MAX;
    return effect;
}

struct btc_bytes ln_onchain_effects_tx(struct ln_onchain_effects *effects, const struct btc_tx *tx)
{
    size_t size = btc_tx_size(tx, BTC_TX_WITNESS);
    uint8_t *bytes = btc_arena_take(&effects->arena, 1, size);
    assert(bytes != NULL);
    struct btc_writer writer;
    btc_writer_init(&writer, bytes, size);
    btc_tx_write(&writer, tx, BTC_TX_WITNESS);
    assert(!writer.failed && writer.length == size);
    return btc_bytes(bytes, size);
}
