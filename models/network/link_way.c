/* link_way.c: one way of a link.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/network/link_way.h"

#include "models/least.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MAX_US 120000000 /* TCP_RTO_MAX of Linux */

void way_close(struct way *way)
{
    free(way->entries);
    free(way->bytes);
}

/* ---- the queue ------------------------------------------------------------------------------------------------- */

/* Makes room behind the last of `used` items by moving them to the front or into a larger array. */
static bool make_room(void **items, size_t *head, size_t *tail, size_t *capacity, size_t size, size_t needed)
{
    size_t used = *tail - *head;
    if (*tail + needed <= *capacity)
        return true;
    if (*head < *capacity / 2 || used + needed > *capacity) {
        size_t grown = *capacity == 0 ? 16 : 2 * *capacity;
        while (grown < *tail + needed)
            grown *= 2;
        void *moved = realloc(*items, grown * size);
        if (moved == NULL)
            return false;
        *items = moved;
        *capacity = grown;
        return true;
    }
    memmove(*items, (uint8_t *)*items + *head * size, used * size);
    *head = 0;
    *tail = used;
    return true;
}

static bool make_entry_room(struct way *way)
{
    size_t head = way->head, tail = way->tail, capacity = way->capacity;
    void *entries = way->entries;
    if (!make_room(&entries, &head, &tail, &capacity, sizeof way->entries[0], 1))
        return false;
    way->entries = entries;
    way->head = (uint32_t)head;
    way->tail = (uint32_t)tail;
    way->capacity = (uint32_t)capacity;
    return true;
}

static bool make_byte_room(struct way *way, uint32_t length)
{
    void *bytes = way->bytes;
    if (length == 0)
        return true;
    if (!make_room(&bytes, &way->bytes_head, &way->bytes_tail, &way->bytes_capacity, 1, length))
        return false;
    way->bytes = bytes;
    return true;
}

struct way_entry *way_put(struct way *way, enum way_what what, const uint8_t *bytes, uint32_t length)
{
    if (!make_entry_room(way) || !make_byte_room(way, length))
        return NULL;
    if (length > 0)
        memcpy(way->bytes + way->bytes_tail, bytes, length);
    way->bytes_tail += length;
    struct way_entry *entry = &way->entries[way->tail++];
    *entry = (struct way_entry){.length = length, .what = (uint8_t)what};
    return entry;
}

const uint8_t *way_take(struct way *way)
{
    assert(!way_is_empty(way));
    const uint8_t *bytes = way->bytes == NULL ? NULL : way->bytes + way->bytes_head;
    way->bytes_head += way->entries[way->head++].length;
    if (way_is_empty(way))
        way->head = way->tail = 0;
    if (way->bytes_head == way->bytes_tail)
        way->bytes_head = way->bytes_tail = 0;
    return bytes;
}

void way_drop_last(struct way *way)
{
    assert(!way_is_empty(way));
    way->bytes_tail -= way->entries[--way->tail].length;
}

/* ---- times ----------------------------------------------------------------------------------------------------- */

static double uniform_pos(struct way *way)
{
    double uniform = stream_uniform(&way->stream);
    return uniform > 0 ? uniform : 0x1p-54;
}

/* Time until a packet leaves for good; the number of its losses in *losses. INT64_MAX: more than limit_us. */
static int64_t lost_us(struct way *way, int64_t timeout_us, int64_t limit_us)
{
    int64_t waited_us = 0;
    if (way->class->loss_ppm == 0)
        return 0;
    while (stream_uniform(&way->stream) * 1e6 < (double)way->class->loss_ppm) {
        way->packets_lost++;
        waited_us += timeout_us;
        timeout_us = min64(2 * timeout_us, TIMEOUT_MAX_US);
        if (waited_us > limit_us)
            return INT64_MAX;
    }
    return waited_us;
}

int64_t way_draw_us(struct way *way, int64_t timeout_us, int64_t limit_us)
{
    int64_t waited_us = lost_us(way, timeout_us, limit_us);
    way->packets++;
    if (waited_us == INT64_MAX)
        return INT64_MAX;
    return waited_us + link_class_delay_us(way->class, uniform_pos(way));
}

/* Bytes of packets and headers, at the link's rate. */
static int64_t wire_us(const struct link_class *class, uint64_t bytes)
{
    if (class->rate_bit_per_s == 0)
        return 0;
    __int128 bits = (__int128)bytes * 8 * 1000000;
    return (int64_t)((bits + class->rate_bit_per_s - 1) / class->rate_bit_per_s);
}

static uint32_t packets_of(const struct link_class *class, size_t bytes)
{
    return bytes == 0 ? 1 : (uint32_t)((bytes + class->packet_bytes - 1) / class->packet_bytes);
}

int64_t way_wire_us(const struct link_class *class, size_t bytes)
{
    return wire_us(class, bytes + (uint64_t)packets_of(class, bytes) * class->header_bytes);
}

bool way_plan(struct way *way, struct way_entry *entry, int64_t at_us, const struct way_timer *timer, int64_t limit_us)
{
    const struct link_class *class = way->class;
    uint32_t packets = packets_of(class, entry->length);
    int64_t begin_us = max64(at_us, way->free_us), arrives_us = 0;
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < packets; i++) {
        uint64_t rest = entry->length - (uint64_t)i * class->packet_bytes;
        bytes += (rest < class->packet_bytes ? rest : class->packet_bytes) + class->header_bytes;
        uint64_t losses = way->packets_lost;
        int64_t delay_us = way_draw_us(way, timer->timeout_us, limit_us);
        if (delay_us == INT64_MAX)
            return false;
        entry->is_resent |= way->packets_lost > losses;
        arrives_us = max64(arrives_us, begin_us + wire_us(class, bytes) + delay_us);
    }
    entry->left_us = way->free_us = begin_us + wire_us(class, bytes);
    entry->arrives_us = way->arrived_us = max64(arrives_us, way->arrived_us);
    return true;
}

bool way_plan_again(struct way *way, int64_t now_us, const struct way_timer *timer, int64_t limit_us)
{
    if (way_is_empty(way))
        return true;
    int64_t pause_us = timer->timeout_us, at_us = way_first(way)->sent_us + pause_us;
    while (at_us < now_us) {
        pause_us = min64(2 * pause_us, TIMEOUT_MAX_US);
        at_us += pause_us;
    }
    way->free_us = way->arrived_us = 0;
    for (uint32_t i = way->head; i < way->tail; i++) {
        way->entries[i].is_resent = true;
        if (!way_plan(way, &way->entries[i], at_us, timer, limit_us))
            return false;
    }
    return true;
}

static void set_timeout(struct way_timer *timer, const struct link_class *class)
{
    timer->timeout_us =
        min64(max64(timer->smooth_us + 4 * timer->variation_us, class->least_timeout_us), TIMEOUT_MAX_US);
}

void way_timer_begin(struct way_timer *timer, const struct link_class *class, int64_t trip_us)
{
    *timer = (struct way_timer){.smooth_us = trip_us, .variation_us = trip_us / 2};
    set_timeout(timer, class);
}

void way_timer_learn(struct way_timer *timer, const struct link_class *class, int64_t trip_us)
{
    int64_t off_us = timer->smooth_us > trip_us ? timer->smooth_us - trip_us : trip_us - timer->smooth_us;
    timer->variation_us = (3 * timer->variation_us + off_us) / 4;
    timer->smooth_us = (7 * timer->smooth_us + trip_us) / 8;
    set_timeout(timer, class);
}
