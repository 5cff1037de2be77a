/* effects.c: what a channel wants done, in order.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/effects.h"

#include <assert.h>
#include <string.h>

void ln_effects_init(struct ln_effects *effects, struct ln_effect *list, uint32_t capacity, void *memory, size_t bytes)
{
    *effects = (struct ln_effects){.list = list, .capacity = capacity};
    btc_arena_init(&effects->arena, memory, bytes);
}

void ln_effects_clear(struct ln_effects *effects)
{
    effects->count = 0;
    effects->arena.used = 0;
}

static struct ln_effect *next(struct ln_effects *effects, enum ln_effect_kind kind)
{
    assert(effects->count < effects->capacity);
    struct ln_effect *effect = &effects->list[effects->count++];
    memset(effect, 0, sizeof *effect);
    effect->kind = kind;
    return effect;
}

struct btc_bytes ln_effects_copy(struct ln_effects *effects, struct btc_bytes bytes)
{
    if (bytes.length == 0) {
        return btc_bytes(NULL, 0);
    }
    uint8_t *memory = btc_arena_take(&effects->arena, 1, bytes.length);
    assert(memory != NULL);
    memcpy(memory, bytes.data, bytes.length);
    return btc_bytes(memory, bytes.length);
}

void ln_effects_persist(struct ln_effects *effects, uint64_t number, struct btc_bytes record)
{
    struct ln_effect *effect = next(effects, LN_EFFECT_PERSIST);
    effect->number = number;
    effect->bytes = record;
}

void ln_effects_message(struct ln_effects *effects, const struct ln_message *message)
{
    struct btc_arena *arena = &effects->arena;
    struct ln_effect *effect = next(effects, LN_EFFECT_MESSAGE);
    size_t length = 0;
    uint8_t *begin = arena->memory + arena->used;
    enum ln_wire wire = ln_message_encode(begin, arena->capacity - arena->used, &length, message);
    assert(wire == LN_WIRE_OK);
    arena->used += (length + 15) & ~(size_t)15;
    assert(arena->used <= arena->capacity);
    effect->bytes = btc_bytes(begin, length);
}

void ln_effects_broadcast(struct ln_effects *effects, const struct btc_tx *tx)
{
    size_t length = btc_tx_size(tx, BTC_TX_WITNESS);
    uint8_t *memory = btc_arena_take(&effects->arena, 1, length);
    struct btc_writer writer;
    assert(memory != NULL);
    btc_writer_init(&writer, memory, length);
    btc_tx_write(&writer, tx, BTC_TX_WITNESS);
    next(effects, LN_EFFECT_BROADCAST)->bytes = btc_bytes(memory, length);
}

struct ln_effect *ln_effects_event(struct ln_effects *effects, const struct ln_event *event, struct btc_bytes bytes)
{
    struct ln_effect *effect = next(effects, LN_EFFECT_EVENT);
    effect->event = *event;
    effect->bytes = ln_effects_copy(effects, bytes);
    return effect;
}
