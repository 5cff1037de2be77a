/* link_dial.c: how a connection comes to be, and the pauses between attempts.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An attempt succeeds a round trip later if the link held all the time and the other machine was there; else it fails
 * at its timeout.
 */
#include "models/least.h"
#include "models/network/link_parts.h"

#include <assert.h>

#define FIRST_TIMEOUT_US 1000000 /* RFC 6298: before there is a round trip */

void link_dial_now(struct links *links, uint32_t number)
{
    struct link *link = link_at(links, number);
    assert(link->dial_state == LINK_DIAL_NOT && !link->sides[0].is_up);
    if (!link->sides[0].is_present || !link->is_wanted)
        return;
    int64_t there_us = way_draw_us(&link->ways[0], FIRST_TIMEOUT_US, link->dial_timeout_us);
    int64_t back_us = way_draw_us(&link->ways[1], FIRST_TIMEOUT_US, link->dial_timeout_us);
    bool is_slow = there_us == INT64_MAX || back_us == INT64_MAX || there_us + back_us > link->dial_timeout_us;
    link->dial_state = LINK_DIAL_CALLS;
    link->dials++;
    link->dial_breaks = link->breaks;
    link->dial_absences = link->absences;
    link->dial_fails = is_slow || link->gone_count > 0 || !link->sides[1].is_present;
    link->dial_trip_us = link->dial_fails ? 0 : there_us + back_us;
    link_dial_at(links, number, link->dial_fails ? link->dial_timeout_us : link->dial_trip_us);
}

void link_dial_stop(struct links *links, uint32_t number)
{
    struct link *link = link_at(links, number);
    link->dial_state = LINK_DIAL_NOT;
    sim_cancel(links->sim, link->dial);
}

static void connect(struct links *links, uint32_t number)
{
    struct link *link = link_at(links, number);
    link->dial_count = 0;
    link->epoch++;
    way_timer_begin(&link->timer, link->ways[0].class, link->dial_trip_us);
    if (link->is_dead) { /* what is left of the connection before */
        link_drop_from(links, number, 0, 0);
        link_drop_from(links, number, 1, 0);
        link->is_dead = false;
    }
    link->sides[0].epoch = link->epoch;
    if (!link_put(links, number, 0, WAY_OPEN, NULL, 0))
        return;
    link->sides[0].is_up = true;
    if (link->is_dead)
        link_lose_at(links, number, 0, sim_now_us(links->sim) + link->sides[0].patience_us);
    link->sides[0].is_up = false;
    link_rise(links, number, 0, link->epoch);
}

void link_on_dial(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct links *links = object;
    struct link *link = link_at(links, entity);
    (void)sim;
    (void)argument;
    enum link_dial state = link->dial_state;
    link->dial_state = LINK_DIAL_NOT;
    if (state == LINK_DIAL_PAUSES) {
        link_dial_now(links, entity);
        return;
    }
    if (link->dial_fails) {
        link_pause(links, entity);
        return;
    }
    if (link->breaks == link->dial_breaks && link->absences == link->dial_absences) {
        connect(links, entity);
        return;
    }
    /* Something was gone meanwhile: no answer comes, and the caller waits for its timeout. */
    link->dial_state = LINK_DIAL_CALLS;
    link->dial_fails = true;
    link_dial_at(links, entity, max64(link->dial_timeout_us - link->dial_trip_us, 1));
}
