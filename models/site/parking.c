/* parking.c: outlets held, queues of cars.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/site/parking.h"

#include <assert.h>
#include <stdlib.h>

bool parking_init(struct parking *parking, uint32_t outlet_count, bool is_shared)
{
    assert(outlet_count > 0);
    *parking = (struct parking){.outlet_count = outlet_count, .is_shared = is_shared};
    parking->at = calloc(outlet_count, sizeof parking->at[0]);
    parking->queues = calloc(is_shared ? 1 : outlet_count, sizeof parking->queues[0]);
    parking->free_outlets = calloc(outlet_count, sizeof parking->free_outlets[0]);
    level_init(&parking->plugged, 0, 0);
    if (parking->at == NULL || parking->queues == NULL || parking->free_outlets == NULL) {
        parking_close(parking);
        return false;
    }
    for (uint32_t i = 0; i < outlet_count; i++) /* outlet 0 on top */
        parking->free_outlets[i] = outlet_count - 1 - i;
    parking->free_count = outlet_count;
    return true;
}

void parking_close(struct parking *parking)
{
    free(parking->at);
    free(parking->queues);
    free(parking->free_outlets);
    *parking = (struct parking){0};
}

static struct parking_queue *queue_of(struct parking *parking, uint32_t outlet)
{
    return &parking->queues[parking->is_shared ? 0 : outlet];
}

static void queue_add(struct parking_queue *queue, struct stay *stay)
{
    stay->previous = queue->last;
    stay->next = NULL;
    if (queue->last != NULL)
        queue->last->next = stay;
    else
        queue->first = stay;
    queue->last = stay;
}

static void queue_remove(struct parking_queue *queue, struct stay *stay)
{
    if (stay->previous != NULL)
        stay->previous->next = stay->next;
    else
        queue->first = stay->next;
    if (stay->next != NULL)
        stay->next->previous = stay->previous;
    else
        queue->last = stay->previous;
    stay->previous = stay->next = NULL;
}

static void hold(struct parking *parking, struct stay *stay, uint32_t outlet, int64_t now_us)
{
    assert(parking->at[outlet] == NULL);
    parking->at[outlet] = stay;
    stay->outlet = outlet;
    stay->place = STAY_PLUGGED;
    level_add(&parking->plugged, now_us, 1);
}

bool parking_arrive(struct parking *parking, struct stay *stay, uint32_t outlet, int64_t now_us)
{
    assert(stay->place == STAY_AWAY);
    if (parking->is_shared && parking->free_count > 0) {
        hold(parking, stay, parking->free_outlets[--parking->free_count], now_us);
        return true;
    }
    if (!parking->is_shared) {
        assert(outlet < parking->outlet_count);
        if (parking->at[outlet] == NULL) {
            hold(parking, stay, outlet, now_us);
            return true;
        }
    }
    stay->place = STAY_WAITING;
    stay->outlet = parking->is_shared ? PARKING_NONE : outlet;
    queue_add(queue_of(parking, outlet), stay);
    parking->waiting_count++;
    return false;
}

void parking_leave(struct parking *parking, struct stay *stay, int64_t now_us)
{
    if (stay->place == STAY_WAITING) {
        queue_remove(queue_of(parking, stay->outlet), stay);
        parking->waiting_count--;
    } else {
        assert(stay->place == STAY_PLUGGED && parking->at[stay->outlet] == stay);
        parking->at[stay->outlet] = &parking->gone;
        level_add(&parking->plugged, now_us, -1);
    }
    stay->place = STAY_AWAY;
}

struct stay *parking_release(struct parking *parking, uint32_t outlet, int64_t now_us)
{
    assert(parking->at[outlet] == &parking->gone);
    parking->at[outlet] = NULL;
    struct parking_queue *queue = queue_of(parking, outlet);
    struct stay *stay = queue->first;
    if (stay == NULL) {
        if (parking->is_shared)
            parking->free_outlets[parking->free_count++] = outlet;
        return NULL;
    }
    queue_remove(queue, stay);
    parking->waiting_count--;
    hold(parking, stay, outlet, now_us);
    return stay;
}
