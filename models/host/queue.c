/* queue.c: a ring of outputs, and one kernel event for its first.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/host/queue.h"

#include "models/least.h"

#include <stdlib.h>
#include <string.h>

static struct output *output_at(struct outputs *outputs, uint32_t place)
{
    return &outputs->items[(outputs->first + place) % outputs->capacity];
}

static bool make_room(struct outputs *outputs)
{
    if (outputs->count < outputs->capacity)
        return true;
    uint32_t capacity = outputs->capacity == 0 ? 16 : 2 * outputs->capacity;
    struct output *items = malloc(capacity * sizeof items[0]);
    if (items == NULL)
        return false;
    for (uint32_t i = 0; i < outputs->count; i++)
        items[i] = *output_at(outputs, i);
    free(outputs->items);
    *outputs = (struct outputs){.items = items, .count = outputs->count, .capacity = capacity};
    return true;
}

/* ---- bytes ----------------------------------------------------------------------------------------------------- */

#define SPARE_BYTES 2048 /* most messages are shorter */

/* Memory that an output had and the next one takes. */
struct spare {
    struct spare *next;
};

static uint8_t *take_bytes(struct host *host, size_t length)
{
    struct spare *spare = host->spare;
    if (length > SPARE_BYTES)
        return malloc(length);
    if (spare == NULL)
        return malloc(SPARE_BYTES);
    host->spare = spare->next;
    return (uint8_t *)spare;
}

void queue_release(struct host *host, const struct output *output)
{
    struct spare *spare = (struct spare *)(void *)output->bytes;
    if (output->length > SPARE_BYTES) {
        free(output->bytes);
    } else if (spare != NULL) {
        spare->next = host->spare;
        host->spare = spare;
    }
}

void queue_free_spare(struct host *host)
{
    while (host->spare != NULL) {
        struct spare *next = host->spare->next;
        free(host->spare);
        host->spare = next;
    }
}

/* ---- the ring -------------------------------------------------------------------------------------------------- */

struct output *queue_put(struct host *host, uint32_t number, enum output_kind kind, int64_t due_us,
                         struct btc_bytes bytes)
{
    struct outputs *outputs = &host_node_at(host, number)->outputs;
    uint8_t *copy = bytes.length == 0 ? NULL : take_bytes(host, bytes.length);
    if (!make_room(outputs) || (bytes.length > 0 && copy == NULL)) {
        free(copy);
        trouble_memory(host->trouble);
        return NULL;
    }
    if (bytes.length > 0)
        memcpy(copy, bytes.data, bytes.length);
    if (outputs->count > 0)
        due_us = max64(due_us, output_at(outputs, outputs->count - 1)->due_us);
    struct output *output = output_at(outputs, outputs->count++);
    *output = (struct output){.kind = kind, .due_us = due_us, .line = HOST_NONE, .bytes = copy, .length = bytes.length};
    return output;
}

bool queue_take(struct host *host, uint32_t number, struct output *output)
{
    struct outputs *outputs = &host_node_at(host, number)->outputs;
    if (outputs->count == 0 || output_at(outputs, 0)->due_us > sim_now_us(host->sim))
        return false;
    *output = *output_at(outputs, 0);
    outputs->first = (outputs->first + 1) % outputs->capacity;
    outputs->count--;
    return true;
}

static void empty(struct host *host, struct outputs *outputs)
{
    for (uint32_t i = 0; i < outputs->count; i++)
        queue_release(host, output_at(outputs, i));
    outputs->count = 0;
}

void queue_drop(struct host *host, uint32_t number)
{
    empty(host, &host_node_at(host, number)->outputs);
    queue_aim(host, number);
}

void queue_close(struct host *host, struct host_node *node)
{
    empty(host, &node->outputs);
    free(node->outputs.items);
}

void queue_aim(struct host *host, uint32_t number)
{
    struct host_node *node = host_node_at(host, number);
    if (node->outputs.count == 0) {
        sim_cancel(host->sim, node->output_event);
        return;
    }
    int64_t due_us = max64(output_at(&node->outputs, 0)->due_us, sim_now_us(host->sim));
    if (sim_is_pending(host->sim, node->output_event)) {
        sim_move(host->sim, node->output_event, due_us);
        return;
    }
    node->output_event =
        sim_schedule(host->sim, due_us, SIM_MODEL,
                     &(struct sim_action){.kind = host->output_kind, .entity = number, .object = host});
}
