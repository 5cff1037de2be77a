/* slices.h: edges of many nodes in one array, those of one node side by side.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     | edges of node 3 | ... | edges of node 1, room | free | ...
 *
 * A slice that is full moves to one of twice the size; slices left behind are used again. So a search walks over packed
 * memory, and an update touches one node's slice only. The order within a slice means nothing.
 */
#ifndef KONSENTO_LIGHTNING_SLICES_H
#define KONSENTO_LIGHTNING_SLICES_H

#include "protocol/bitcoin/allocator.h"

#define LN_SLICE_CLASSES 24
#define LN_EDGE_MSAT_MAX ((UINT64_C(1) << 48) - 1) /* 2,814 bitcoin: larger amounts are not routed */

/* A direction of a channel that can be routed over: its policy is known, not disabled and makes sense, and the
 * channel's features are known. 40 bytes. */
struct ln_edge {
    uint64_t most_msat;     /* the least of htlc_maximum_msat, capacity and LN_EDGE_MSAT_MAX */
    uint64_t capacity_msat; /* if unknown, most_msat; at most LN_EDGE_MSAT_MAX */
    uint64_t least_msat : 48;
    uint64_t cltv_blocks : 16;
    uint32_t peer;   /* the node at the other end */
    uint32_t number; /* 2 * channel + direction */
    uint32_t fee_base_msat;
    uint32_t fee_proportional_ppm;
};

struct ln_slice {
    uint32_t first;
    uint32_t count;
    uint32_t capacity; /* a power of two, or 0 */
};

struct ln_slices {
    const struct btc_allocator *allocator;
    struct ln_edge *edges;
    uint32_t limit; /* edges at and above were never used */
    uint32_t capacity;
    uint32_t free[LN_SLICE_CLASSES]; /* slices of 2^i edges; a list through the first edge's peer */
};

void ln_slices_init(struct ln_slices *slices, const struct btc_allocator *allocator);
void ln_slices_close(struct ln_slices *slices);
/* Makes room for one more edge in each of two slices. Returns false if there is no memory. */
__attribute__((warn_unused_result)) bool ln_slices_reserve(struct ln_slices *slices, const struct ln_slice *a,
                                                           const struct ln_slice *b);
/* Adds an edge, or puts it in the place of the one with its number. Limits: room was reserved. */
void ln_slices_put(struct ln_slices *slices, struct ln_slice *slice, const struct ln_edge *edge);
/* Takes out the edge with that number, if it is there; the last one's slice is given back. */
void ln_slices_take(struct ln_slices *slices, struct ln_slice *slice, uint32_t number);

#endif
