/* queue.h: the one door to the pending-event set: the heap, or the naive queue that checks it.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SIM_QUEUE_H
#define KONSENTO_SIM_QUEUE_H

#include "sim/heap.h"
#include "sim/sorted.h"

struct queue {
    struct heap heap;
    struct sorted sorted;
    bool is_naive;
};

static inline bool queue_is_naive(const struct queue *queue)
{
    return __builtin_expect(queue->is_naive, false);
}

static inline void queue_init(struct queue *queue, bool is_naive)
{
    queue->is_naive = is_naive;
    heap_init(&queue->heap);
    sorted_init(&queue->sorted);
}

static inline void queue_free(struct queue *queue)
{
    heap_free(&queue->heap);
    sorted_free(&queue->sorted);
}

/* Makes room for keys of slots 0 .. count-1; see heap_reserve. */
static inline bool queue_reserve(struct queue *queue, struct slot *slots, size_t count)
{
    return queue_is_naive(queue) ? sorted_reserve(&queue->sorted, count) : heap_reserve(&queue->heap, slots, count);
}

static inline size_t queue_count(const struct queue *queue)
{
    return queue_is_naive(queue) ? queue->sorted.count : heap_count(&queue->heap);
}

static inline void queue_push(struct queue *queue, struct key key)
{
    if (queue_is_naive(queue))
        sorted_push(&queue->sorted, key);
    else
        heap_push(&queue->heap, key);
}

/* Takes the least key; queue_settle must follow before the next queue_take, queue_push may come in between. */
static inline struct key queue_take(struct queue *queue)
{
    return queue_is_naive(queue) ? sorted_take(&queue->sorted) : heap_take(&queue->heap);
}

static inline void queue_settle(struct queue *queue)
{
    if (queue->heap.has_hole)
        heap_fill(&queue->heap);
}

static inline void queue_remove(struct queue *queue, uint32_t slot)
{
    queue_settle(queue);
    if (queue_is_naive(queue))
        sorted_remove(&queue->sorted, slot);
    else
        heap_remove(&queue->heap, slot);
}

static inline void queue_change(struct queue *queue, struct key key)
{
    queue_settle(queue);
    if (queue_is_naive(queue))
        sorted_change(&queue->sorted, key);
    else
        heap_change(&queue->heap, key);
}

/* The least key, KEY_NONE when there is none. */
static inline struct key queue_least(const struct queue *queue)
{
    return queue_is_naive(queue) ? sorted_least(&queue->sorted) : heap_least(&queue->heap);
}

#endif
