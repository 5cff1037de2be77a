/* link_state.c: a connection that stands: messages on their way, and ends that know and ends that do not.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/least.h"
#include "models/network/link_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- on the way ------------------------------------------------------------------------------------------------ */

void link_aim(struct links *links, uint32_t number, uint32_t way)
{
    struct link *link = link_at(links, number);
    if (way_is_empty(&link->ways[way]) || link->gone_count > 0 || link->is_dead) {
        sim_cancel(links->sim, link->arrivals[way]);
        return;
    }
    int64_t at_us = max64(way_first(&link->ways[way])->arrives_us, sim_now_us(links->sim));
    if (sim_is_pending(links->sim, link->arrivals[way])) {
        sim_move(links->sim, link->arrivals[way], at_us);
        return;
    }
    link->arrivals[way] = sim_schedule(
        links->sim, at_us, SIM_MESSAGE,
        &(struct sim_action){.kind = links->arrive_kind, .entity = number, .object = links, .argument = way});
}

void link_die(struct links *links, uint32_t number)
{
    struct link *link = link_at(links, number);
    link->is_dead = true;
    for (uint32_t end = 0; end < 2; end++) {
        link_lose_at(links, number, end, sim_now_us(links->sim) + link->sides[end].patience_us);
        link_aim(links, number, end);
    }
}

bool link_put(struct links *links, uint32_t number, uint32_t way, enum way_what what, const uint8_t *bytes,
              uint32_t length)
{
    struct link *link = link_at(links, number);
    bool was_empty = way_is_empty(&link->ways[way]);
    struct way_entry *entry = way_put(&link->ways[way], what, bytes, length);
    if (entry == NULL) {
        trouble_memory(links->trouble);
        return false;
    }
    int64_t now_us = sim_now_us(links->sim);
    entry->sent_us = now_us;
    entry->epoch = link->sides[way].epoch;
    if (link->gone_count > 0 || link->is_dead)
        return true; /* planned when the link is back, or never */
    if (!way_plan(&link->ways[way], entry, now_us, &link->timer, link->sides[way].patience_us))
        link_die(links, number);
    else if (was_empty)
        link_aim(links, number, way);
    return true;
}

/* ---- dialling again -------------------------------------------------------------------------------------------- */

void link_dial_at(struct links *links, uint32_t number, int64_t after_us)
{
    link_at(links, number)->dial =
        sim_schedule(links->sim, sim_now_us(links->sim) + after_us, SIM_TIMER,
                     &(struct sim_action){.kind = links->dial_kind, .entity = number, .object = links});
}

void link_pause(struct links *links, uint32_t number)
{
    struct link *link = link_at(links, number);
    assert(link->dial_state == LINK_DIAL_NOT);
    if (!link->is_wanted || !link->sides[0].is_present)
        return;
    int64_t pause_us = link->pause_first_us;
    for (uint32_t i = 0; i < link->dial_count && pause_us < link->pause_most_us; i++)
        pause_us *= 2;
    pause_us = min64(pause_us, link->pause_most_us);
    double part = 0.5 + 0.5 * stream_uniform(&link->pauses);
    link->dial_count++;
    link->dial_state = LINK_DIAL_PAUSES;
    link_dial_at(links, number, (int64_t)(part * (double)pause_us));
}

/* ---- ends ------------------------------------------------------------------------------------------------------ */

void link_drop_from(struct links *links, uint32_t number, uint32_t way, uint32_t kept)
{
    struct link *link = link_at(links, number);
    struct way *queue = &link->ways[way];
    while (queue->tail - queue->head > kept) {
        link->lost += queue->entries[queue->tail - 1].what == WAY_DATA;
        way_drop_last(queue);
    }
    link_aim(links, number, way);
}

void link_forget(struct links *links, uint32_t number, uint32_t end)
{
    struct link *link = link_at(links, number);
    struct link_side *side = &link->sides[end], *other = &link->sides[1 - end];
    side->is_up = side->is_alone = false;
    sim_cancel(links->sim, side->loss);
    link_drop_from(links, number, end, 0);
    other->is_alone = other->is_up && other->epoch == side->epoch;
}

void link_lose(struct links *links, uint32_t number, uint32_t end)
{
    struct link_side *side = &link_at(links, number)->sides[end];
    assert(side->is_up);
    link_forget(links, number, end);
    side->downs++;
    if (end == LINK_DIALLER)
        link_pause(links, number);
    if (side->listener.on_down != NULL)
        side->listener.on_down(side->listener.self, number);
}

void link_lose_at(struct links *links, uint32_t number, uint32_t end, int64_t at_us)
{
    struct link_side *side = &link_at(links, number)->sides[end];
    if (!side->is_up)
        return;
    if (!sim_is_pending(links->sim, side->loss)) {
        side->loss = sim_schedule(
            links->sim, at_us, SIM_TIMER,
            &(struct sim_action){.kind = links->loss_kind, .entity = number, .object = links, .argument = end});
        side->loss_us = at_us;
    } else if (at_us < side->loss_us) {
        sim_move(links->sim, side->loss, at_us);
        side->loss_us = at_us;
    }
}

void link_on_loss(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)sim;
    link_lose(object, entity, (uint32_t)argument);
}

void link_refuse(struct links *links, uint32_t number, uint32_t end)
{
    struct link *link = link_at(links, number);
    int64_t trip_us = 2 * link_class_mean_us(link->ways[0].class);
    link_lose_at(links, number, end, sim_now_us(links->sim) + trip_us + link->timer.timeout_us);
}

void link_rise(struct links *links, uint32_t number, uint32_t end, uint32_t epoch)
{
    struct link_side *side = &link_at(links, number)->sides[end];
    assert(!side->is_up && side->is_present);
    side->is_up = true;
    side->is_alone = false;
    side->epoch = epoch;
    if (side->listener.on_up != NULL)
        side->listener.on_up(side->listener.self, number);
}

/* ---- arrivals -------------------------------------------------------------------------------------------------- */

/* Nobody has that connection at the other end: a refusal goes back, or nothing at all. */
static void bounce(struct links *links, uint32_t number, uint32_t way, uint32_t epoch)
{
    struct link *link = link_at(links, number);
    struct link_side *sender = &link->sides[way];
    if (!sender->is_up || sender->epoch != epoch)
        return;
    int64_t now_us = sim_now_us(links->sim);
    if (!link->sides[1 - way].is_present)
        link_lose_at(links, number, way, now_us + sender->patience_us);
    else
        link_lose_at(links, number, way, now_us + link_class_mean_us(link->ways[1 - way].class));
}

static void arrive_open(struct links *links, uint32_t number, uint32_t epoch)
{
    struct link_side *side = &link_at(links, number)->sides[LINK_ANSWERER];
    if (!side->is_present) {
        bounce(links, number, 0, epoch);
        return;
    }
    if (side->is_up)
        link_lose(links, number, LINK_ANSWERER);
    link_rise(links, number, LINK_ANSWERER, epoch);
}

static void arrive_data(struct links *links, uint32_t number, uint32_t way, const struct way_entry *entry)
{
    struct link *link = link_at(links, number);
    struct link_side *side = &link->sides[1 - way];
    if (!side->is_up || side->epoch != entry->epoch) {
        link->lost++;
        bounce(links, number, way, entry->epoch);
        return;
    }
    link->delivered++;
    link->delivered_bytes += entry->length;
    if (!entry->is_resent)
        way_timer_learn(&link->timer, link->ways[way].class, 2 * (entry->arrives_us - entry->left_us));
    sim_trace(links->sim, entry->length);
    if (side->listener.on_bytes != NULL)
        side->listener.on_bytes(side->listener.self, number, links->carried, entry->length);
}

/* Bytes are copied out first: who hears them may send, and that may move the queue. */
static bool carry(struct links *links, const uint8_t *bytes, uint32_t length)
{
    if (length > links->carried_capacity) {
        uint8_t *grown = realloc(links->carried, 2 * (size_t)length);
        if (grown == NULL) {
            trouble_memory(links->trouble);
            return false;
        }
        links->carried = grown;
        links->carried_capacity = 2 * (size_t)length;
    }
    if (length > 0)
        memcpy(links->carried, bytes, length);
    return true;
}

void link_on_arrive(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct links *links = object;
    struct link *link = link_at(links, entity);
    uint32_t way = (uint32_t)argument;
    struct way_entry entry = *way_first(&link->ways[way]);
    (void)sim;
    if (!carry(links, way_take(&link->ways[way]), entry.length))
        return;
    link_aim(links, entity, way);
    switch ((enum way_what)entry.what) {
    case WAY_DATA:
        arrive_data(links, entity, way, &entry);
        break;
    case WAY_OPEN:
        arrive_open(links, entity, entry.epoch);
        break;
    case WAY_CLOSE:
        if (link->sides[1 - way].is_up && link->sides[1 - way].epoch == entry.epoch)
            link_lose(links, entity, 1 - way);
        break;
    }
}
