/* core.c: the simulator's life, its kinds, and the events that are to come.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/kernel.h"

#include "sim/core.h"
#include "sim/digest.h"
#include "sim/memory.h"
#include <assert.h>
#include <stdlib.h>

#define FIRST_SLOTS 64
#define FIRST_KINDS 16

_Static_assert(sizeof(struct slot) == 32, "two slots on a cache line");
_Static_assert(SIM_PENDING_MAX == KEY_SLOTS_MAX, "every slot has a number in the key");

static void memory_is_out(struct sim *sim)
{
    sim->is_memory_out = true;
    core_halt(sim);
}

/* ---- kinds ----------------------------------------------------------------------------------------------------- */

static bool grow_kinds(struct sim *sim)
{
    size_t capacity = memory_next_capacity(sim->kind_capacity, FIRST_KINDS);
    if (!memory_grow((void **)&sim->kinds, sim->kind_capacity * sizeof(struct kind), capacity * sizeof(struct kind)))
        return false;
    sim->kind_capacity = (uint32_t)capacity;
    return true;
}

uint16_t sim_kind_add(struct sim *sim, const char *name, sim_handler *handler)
{
    assert(name != NULL && handler != NULL);
    assert(sim->kind_count < SIM_KINDS_MAX);
    if (sim->kind_count == sim->kind_capacity && !grow_kinds(sim)) {
        memory_is_out(sim);
        return 0;
    }
    sim->kinds[sim->kind_count++] = (struct kind){.handler = handler, .name = name};
    return (uint16_t)sim->kind_count;
}

static const struct kind *kind_of(const struct sim *sim, uint16_t kind)
{
    assert(kind >= 1 && kind <= sim->kind_count);
    return &sim->kinds[kind - 1];
}

const char *sim_kind_name(const struct sim *sim, uint16_t kind)
{
    return kind_of(sim, kind)->name;
}

uint64_t sim_event_count_of(const struct sim *sim, uint16_t kind)
{
    return kind_of(sim, kind)->count;
}

/* ---- slots ----------------------------------------------------------------------------------------------------- */

static bool grow_slots(struct sim *sim)
{
    size_t old = sim->slot_capacity;
    size_t capacity = memory_next_capacity(old, FIRST_SLOTS);
    if (capacity > SIM_PENDING_MAX)
        capacity = SIM_PENDING_MAX;
    if (capacity == old ||
        !memory_grow((void **)&sim->slots, old * sizeof(struct slot), capacity * sizeof(struct slot)) ||
        !queue_reserve(&sim->queue, sim->slots, capacity))
        return false;
    sim->slot_capacity = (uint32_t)capacity;
    return true;
}

struct sim *sim_new(const struct sim_options *options)
{
    struct sim *sim = calloc(1, sizeof *sim);
    if (sim == NULL)
        return NULL;
    sim->options = *options;
    if (sim->options.audit_every == 0)
        sim->options.audit_every = SIM_AUDIT_EVERY;
    sim->chain = DIGEST_START;
    sim->free_slot = SLOT_NONE;
    sim->last = (struct key){.time_us = -1};
    sim->next_audit = sim->options.audit_every;
    queue_init(&sim->queue, options->queue == SIM_QUEUE_SORTED);
    if (!grow_slots(sim)) {
        sim_free(sim);
        return NULL;
    }
    return sim;
}

void sim_free(struct sim *sim)
{
    if (sim == NULL)
        return;
    queue_free(&sim->queue);
    free(sim->slots);
    free(sim->kinds);
    free(sim);
}

/* A slot never used before; SLOT_NONE, with the run told to end, when there is no room. */
static uint32_t fresh_slot(struct sim *sim)
{
    if (sim->slot_count == sim->slot_capacity && !grow_slots(sim)) {
        memory_is_out(sim);
        return SLOT_NONE;
    }
    sim->slots[sim->slot_count] = (struct slot){.generation = 1, .next_free = SLOT_NONE};
    return sim->slot_count++;
}

static bool is_pending(const struct sim *sim, struct sim_handle handle)
{
    return handle.slot < sim->slot_count && sim->slots[handle.slot].generation == handle.generation;
}

/* ---- insertion numbers ----------------------------------------------------------------------------------------- */

/* A permutation of the 38-bit numbers (four rounds of a Feistel network), so that the order stays total. */
static __attribute__((noinline)) uint64_t permuted(uint64_t number, uint64_t key)
{
    const unsigned half_bits = KEY_NUMBER_BITS / 2;
    const uint64_t mask = (UINT64_C(1) << half_bits) - 1;
    uint64_t left = number >> half_bits, right = number & mask;
    for (uint64_t round = 0; round < 4; round++) {
        uint64_t mixed = digest_fold(digest_fold(key + round, right), round);
        uint64_t next = left ^ (mixed >> 20 & mask);
        left = right;
        right = next;
    }
    return left << half_bits | right;
}

static inline uint64_t fresh_number(struct sim *sim)
{
    assert(sim->next_number < KEY_NUMBER_MAX);
    uint64_t number = sim->next_number++;
    return __builtin_expect(sim->options.tie_fuzz == 0, true) ? number : permuted(number, sim->options.tie_fuzz);
}

/* ---- events ---------------------------------------------------------------------------------------------------- */

struct sim_handle sim_schedule(struct sim *sim, int64_t at_us, enum sim_phase phase, const struct sim_action *action)
{
    assert(at_us >= sim->now_us);
    assert((unsigned)phase < 16);
    if (__builtin_expect(action->kind - 1u >= sim->kind_count, false)) {
        assert(sim->is_memory_out);
        return (struct sim_handle){0};
    }
    uint32_t place = sim->free_slot;
    if (__builtin_expect(place == SLOT_NONE, false) && (place = fresh_slot(sim)) == SLOT_NONE)
        return (struct sim_handle){0};
    struct slot *slot = &sim->slots[place];
    sim->free_slot = slot->next_free;
    slot->object = action->object;
    slot->argument = action->argument;
    slot->entity = action->entity;
    slot->kind = action->kind;
    slot->phase = (uint16_t)phase;
    queue_push(&sim->queue, key_make(at_us, phase, fresh_number(sim), place));
    return (struct sim_handle){place, slot->generation};
}

bool sim_cancel(struct sim *sim, struct sim_handle handle)
{
    if (!is_pending(sim, handle))
        return false;
    queue_remove(&sim->queue, handle.slot);
    core_release(sim, handle.slot);
    return true;
}

bool sim_move(struct sim *sim, struct sim_handle handle, int64_t at_us)
{
    assert(at_us >= sim->now_us);
    if (!is_pending(sim, handle))
        return false;
    unsigned phase = sim->slots[handle.slot].phase;
    queue_change(&sim->queue, key_make(at_us, phase, fresh_number(sim), handle.slot));
    return true;
}

bool sim_is_pending(const struct sim *sim, struct sim_handle handle)
{
    return is_pending(sim, handle);
}

size_t sim_pending_count(const struct sim *sim)
{
    return queue_count(&sim->queue);
}

int64_t sim_next_us(const struct sim *sim)
{
    return queue_least(&sim->queue).time_us;
}

/* ---- what is known ---------------------------------------------------------------------------------------------- */

int64_t sim_now_us(const struct sim *sim)
{
    return sim->now_us;
}

uint64_t sim_event_count(const struct sim *sim)
{
    return sim->event_count;
}

uint64_t sim_tie_count(const struct sim *sim)
{
    return sim->tie_count;
}

uint64_t sim_seed(const struct sim *sim)
{
    return sim->options.seed;
}

uint32_t sim_replication(const struct sim *sim)
{
    return sim->options.replication;
}

void sim_trace(struct sim *sim, uint64_t value)
{
    sim->chain = digest_fold(sim->chain, value);
}

uint64_t sim_digest_chain(const struct sim *sim)
{
    return sim->chain;
}

void sim_digest_final(const struct sim *sim, uint8_t digest[32])
{
    digest_seal(digest, sim->chain, sim->event_count, sim->now_us);
}
