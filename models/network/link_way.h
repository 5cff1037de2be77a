/* link_way.h: one way of a link: messages in their order, and when they arrive.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_NETWORK_LINK_WAY_H
#define KONSENTO_MODELS_NETWORK_LINK_WAY_H

#include "models/network/link_class.h"
#include "sim/kernel.h"
#include "sim/stream.h"

#include <stdbool.h>

enum way_what { WAY_DATA, WAY_OPEN, WAY_CLOSE };

struct way_entry {
    int64_t sent_us;
    int64_t left_us;    /* its last byte */
    int64_t arrives_us; /* unless the link breaks before */
    uint32_t length;
    uint32_t epoch; /* the connection it belongs to */
    uint8_t what;   /* enum way_what */
    bool is_resent; /* a packet of it was lost */
};

/* RFC 6298: smoothed round trip and its variation; both ways of a connection share it. */
struct way_timer {
    int64_t smooth_us, variation_us;
    int64_t timeout_us;
};

struct way {
    const struct link_class *class;
    struct way_entry *entries; /* from head to tail */
    uint32_t head, tail, capacity;
    uint8_t *bytes; /* of DATA, one after the other */
    size_t bytes_head, bytes_tail, bytes_capacity;
    int64_t free_us;    /* when the next packet can leave */
    int64_t arrived_us; /* nothing behind may come before */
    struct sim_stream stream;
    uint64_t packets, packets_lost;
};

void way_close(struct way *way);
static inline bool way_is_empty(const struct way *way)
{
    return way->head == way->tail;
}
static inline struct way_entry *way_first(const struct way *way)
{
    return &way->entries[way->head];
}

/* Puts a message behind the others; when it arrives is not yet known. Returns NULL when memory is out. */
struct way_entry *way_put(struct way *way, enum way_what what, const uint8_t *bytes, uint32_t length);
/* Takes the first away. Returns its bytes, good until the next way_put. */
const uint8_t *way_take(struct way *way);
/* Drops the last. */
void way_drop_last(struct way *way);

/* Time that a message takes at the link's rate, headers included. */
int64_t way_wire_us(const struct link_class *class, size_t bytes);
/* Delay of one packet that must not be queued, sent again after timeout_us, twice that and so on if it is lost. Returns
 * INT64_MAX if that is more than limit_us. */
int64_t way_draw_us(struct way *way, int64_t timeout_us, int64_t limit_us);
/* Plans the arrival of an entry that begins to leave at at_us or later. limit_us: packets that were lost so often that
 * they come later than this after they left never come. Returns false for that: the connection is dead. */
bool way_plan(struct way *way, struct way_entry *entry, int64_t at_us, const struct way_timer *timer, int64_t limit_us);
/* Plans all of them anew after a break: the first is sent again when its timer, doubled each time, says so. */
bool way_plan_again(struct way *way, int64_t now_us, const struct way_timer *timer, int64_t limit_us);

/* A new connection, whose first round trip took so long; each further one. */
void way_timer_begin(struct way_timer *timer, const struct link_class *class, int64_t trip_us);
void way_timer_learn(struct way_timer *timer, const struct link_class *class, int64_t trip_us);

#endif
