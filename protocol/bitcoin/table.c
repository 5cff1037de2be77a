/* table.c: a hash table from keys that others keep to numbers.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/table.h"

#include <assert.h>

#ifdef KONSENTO_HARD /* grows as early as can be */
#define MIN_CAPACITY 2u
#else
#define MIN_CAPACITY 16u
#endif
#define MAX_CAPACITY (UINT32_C(1) << 31)

/* ---- SipHash ---- */

struct sip {
    uint64_t v[4];
};

static uint64_t rotate_left(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static void sip_round(struct sip *s)
{
    s->v[0] += s->v[1];
    s->v[2] += s->v[3];
    s->v[1] = rotate_left(s->v[1], 13) ^ s->v[0];
    s->v[3] = rotate_left(s->v[3], 16) ^ s->v[2];
    s->v[0] = rotate_left(s->v[0], 32);
    s->v[2] += s->v[1];
    s->v[0] += s->v[3];
    s->v[1] = rotate_left(s->v[1], 17) ^ s->v[2];
    s->v[3] = rotate_left(s->v[3], 21) ^ s->v[0];
    s->v[2] = rotate_left(s->v[2], 32);
}

static void sip_absorb(struct sip *s, uint64_t word)
{
    s->v[3] ^= word;
    sip_round(s);
    sip_round(s);
    s->v[0] ^= word;
}

static uint64_t little_endian(const uint8_t *bytes, size_t count)
{
    uint64_t word = 0;
    for (size_t i = 0; i < count; i++)
        word |= (uint64_t)bytes[i] << 8 * i;
    return word;
}

uint64_t btc_siphash(struct btc_salt salt, const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    struct sip s = {{salt.words[0] ^ UINT64_C(0x736f6d6570736575), salt.words[1] ^ UINT64_C(0x646f72616e646f6d),
                     salt.words[0] ^ UINT64_C(0x6c7967656e657261), salt.words[1] ^ UINT64_C(0x7465646279746573)}};
    for (size_t i = 0; i + 8 <= length; i += 8)
        sip_absorb(&s, little_endian(at + i, 8));
    sip_absorb(&s, little_endian(at + length / 8 * 8, length % 8) | (uint64_t)length << 56);
    s.v[2] ^= 0xff;
    for (unsigned i = 0; i < 4; i++)
        sip_round(&s);
    return s.v[0] ^ s.v[1] ^ s.v[2] ^ s.v[3];
}

/* ---- the table ---- */

void btc_table_init(struct btc_table *table, const struct btc_allocator *allocator, struct btc_salt salt)
{
    *table = (struct btc_table){.allocator = allocator, .salt = salt};
}

void btc_table_close(struct btc_table *table)
{
    btc_release(table->allocator, table->slots, table->capacity * sizeof *table->slots);
    btc_table_init(table, table->allocator, table->salt);
}

uint32_t btc_table_hash(const struct btc_table *table, const void *key, size_t length)
{
    return (uint32_t)btc_siphash(table->salt, key, length);
}

static void place(struct btc_table *table, struct btc_table_slot slot)
{
    uint32_t mask = table->capacity - 1, at = slot.hash & mask;
    while (table->slots[at].number != BTC_TABLE_NONE)
        at = (at + 1) & mask;
    table->slots[at] = slot;
}

static bool rebuild(struct btc_table *table, uint32_t capacity)
{
    struct btc_table old = *table;
    struct btc_table_slot *slots = btc_allocate(table->allocator, capacity * sizeof *slots);
    if (slots == NULL)
        return false;
    for (uint32_t i = 0; i < capacity; i++)
        slots[i].number = BTC_TABLE_NONE;
    table->slots = slots;
    table->capacity = capacity;
    for (uint32_t i = 0; i < old.capacity; i++)
        if (old.slots[i].number != BTC_TABLE_NONE)
            place(table, old.slots[i]);
    btc_release(old.allocator, old.slots, old.capacity * sizeof *old.slots);
    return true;
}

bool btc_table_reserve(struct btc_table *table, uint32_t count)
{
    uint64_t wanted = (uint64_t)table->used + count;
    uint64_t capacity = table->capacity == 0 ? MIN_CAPACITY : table->capacity;
    while (wanted * 3 > capacity * 2) /* at most two thirds full */
        capacity *= 2;
    if (capacity == table->capacity)
        return true;
    return capacity <= MAX_CAPACITY && rebuild(table, (uint32_t)capacity);
}

uint32_t btc_table_find(const struct btc_table *table, uint32_t hash, btc_table_match *match, const void *context,
                        const void *key)
{
    if (table->used == 0)
        return BTC_TABLE_NONE;
    uint32_t mask = table->capacity - 1;
    for (uint32_t at = hash & mask; table->slots[at].number != BTC_TABLE_NONE; at = (at + 1) & mask)
        if (table->slots[at].hash == hash && match(context, table->slots[at].number, key))
            return table->slots[at].number;
    return BTC_TABLE_NONE;
}

void btc_table_put(struct btc_table *table, uint32_t hash, uint32_t number)
{
    assert(number != BTC_TABLE_NONE && table->used < table->capacity / 3 * 2 + 1);
    place(table, (struct btc_table_slot){hash, number});
    table->used++;
}

/* Closes the gap: each later pair of the run moves in unless that would put it before the place its hash names. */
static void close_gap(struct btc_table *table, uint32_t gap)
{
    uint32_t mask = table->capacity - 1;
    for (uint32_t at = (gap + 1) & mask; table->slots[at].number != BTC_TABLE_NONE; at = (at + 1) & mask) {
        uint32_t home = table->slots[at].hash & mask;
        if (((at - home) & mask) >= ((at - gap) & mask)) {
            table->slots[gap] = table->slots[at];
            gap = at;
        }
    }
    table->slots[gap].number = BTC_TABLE_NONE;
}

void btc_table_take(struct btc_table *table, uint32_t hash, uint32_t number)
{
    assert(table->used > 0);
    uint32_t mask = table->capacity - 1, at = hash & mask;
    while (table->slots[at].number != number) {
        assert(table->slots[at].number != BTC_TABLE_NONE);
        at = (at + 1) & mask;
    }
    close_gap(table, at);
    table->used--;
}
