/* queue.h: what is on its way out of a node, in order.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_HOST_QUEUE_H
#define KONSENTO_MODELS_HOST_QUEUE_H

#include "models/host/host.h"

struct host_node;

enum output_kind {
    OUTPUT_BYTES,   /* raw, to a line: an act of the handshake */
    OUTPUT_MESSAGE, /* to a line */
    OUTPUT_CLOSE,   /* a line */
    OUTPUT_WRITE,   /* a record begins to be written */
    OUTPUT_SAFE,    /* it is written */
    OUTPUT_BROADCAST,
    OUTPUT_FORGET, /* txid */
    OUTPUT_FETCH,
    OUTPUT_EVENT
};

struct output {
    enum output_kind kind;
    int64_t due_us;
    uint32_t line;   /* place in host->lines; HOST_NONE: none */
    uint32_t epoch;  /* of its connection */
    uint64_t number; /* record, commitment */
    uint8_t *bytes;  /* owned */
    size_t length;
    struct ln_node_event event;
};

/* A ring that grows. */
struct outputs {
    struct output *items;
    uint32_t first, count, capacity;
};

/* Puts one behind the others; it is due when they are, at due_us at the earliest. Bytes are copied. Returns NULL when
 * memory is out (told to trouble). */
struct output *queue_put(struct host *host, uint32_t node, enum output_kind kind, int64_t due_us,
                         struct btc_bytes bytes);
/* Takes the first if it is due. Its bytes are the caller's to free. */
bool queue_take(struct host *host, uint32_t node, struct output *output);
/* Everything that waits is lost. */
void queue_drop(struct host *host, uint32_t node);
void queue_close(struct host_node *node);
/* The event for the first is due when that is. */
void queue_aim(struct host *host, uint32_t node);

#endif
