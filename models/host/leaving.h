/* leaving.h: what leaves a node.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_HOST_LEAVING_H
#define KONSENTO_MODELS_HOST_LEAVING_H

#include "protocol/lightning/node_effects.h"

enum output_kind {
    OUTPUT_BYTES,   /* raw, to a line: an act of the handshake */
    OUTPUT_MESSAGE, /* to a line */
    OUTPUT_CLOSE,   /* a line */
    OUTPUT_WRITE,   /* a record begins to be written */
    OUTPUT_SAFE,    /* it is written */
    OUTPUT_SHORT,   /* a short stream is written, in place of a long one */
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

#endif
