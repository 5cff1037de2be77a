/* graph.h: what is known of the network: nodes, channels, and what each end of a channel asks for forwarding.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     node 7 ──direction 0──► node 9        a channel has two nodes, the one with the lesser id first, and two
 * policies: ◄──direction 1──               policy d is that of nodes[d], for what it sends to nodes[1 - d]
 *
 * Nodes and channels have numbers, good until they are removed, then given to others. By order of id and of short
 * channel id they have ranks. Directions that can be routed over are kept a second time as edges, packed, per node:
 * those that come in and those that go out. Routes do not depend on the order in which things were heard.
 *
 * This file takes what it is told; who may tell is graph_gossip.h's to say, or that of the reader of a file.
 * Memory comes from the caller's allocator; arrays double when they are full, up to the limits. Unless a result is OK
 * nothing has changed. Source: BOLT 7.
 */
#ifndef KONSENTO_LIGHTNING_GRAPH_H
#define KONSENTO_LIGHTNING_GRAPH_H

#include "protocol/bitcoin/tx.h"
#include "protocol/lightning/features.h"
#include "protocol/lightning/kept.h"
#include "protocol/lightning/slices.h"
#include "protocol/lightning/sorted.h"

#define LN_GRAPH_NONE     UINT32_MAX
#define LN_GRAPH_MUST_USE __attribute__((warn_unused_result))

enum ln_graph_result {
    LN_GRAPH_OK,
    LN_GRAPH_KNOWN,     /* the channel is there already */
    LN_GRAPH_SAME_NODE, /* both ends are one node, or not in order */
    LN_GRAPH_OUTPOINT,  /* another channel has this outpoint */
    LN_GRAPH_AMOUNT,    /* beyond 21 million bitcoin */
    LN_GRAPH_BANNED,    /* one of the nodes is blacklisted */
    LN_GRAPH_FULL,      /* a limit is reached */
    LN_GRAPH_NO_MEMORY,
};

enum ln_policy_flag {
    LN_POLICY_KNOWN = 1, /* there was a channel_update */
    LN_POLICY_DISABLED = 2,
};

/* What a node asks for what it sends over a channel. */
struct ln_policy {
    uint64_t htlc_minimum_msat;
    uint64_t htlc_maximum_msat;
    uint32_t fee_base_msat;
    uint32_t fee_proportional_ppm;
    uint32_t timestamp_s;
    uint16_t cltv_expiry_delta_blocks;
    uint8_t flags; /* enum ln_policy_flag */
};

enum ln_graph_flag {
    LN_GRAPH_UNKNOWN_FEATURE = 1, /* requires a feature that we do not know: not to be routed through */
    LN_GRAPH_ANNOUNCED = 2,       /* node: there was a node_announcement */
    LN_GRAPH_HAS_OUTPOINT = 8,    /* channel: outpoint is known */
    LN_GRAPH_BLACKLISTED = 4,     /* node: signed two announcements for one output; kept without channels */
};

struct ln_graph_channel {
    uint64_t short_channel_id;
    uint64_t capacity_sat; /* 0: unknown; then htlc_maximum_msat stands for it */
    uint32_t nodes[2];     /* numbers; LN_GRAPH_NONE: no channel has this number */
    struct ln_policy policies[2];
    uint32_t kept_announcement; /* in graph.kept, LN_KEPT_NONE if not kept */
    uint32_t kept_updates[2];
    uint32_t heard_s;      /* when it was announced to us */
    uint32_t spent_height; /* of the block that spent the funding output; 0: unspent */
    uint8_t flags;
    struct btc_outpoint outpoint;
};

enum ln_slice_kind {
    LN_SLICE_IN,  /* directions that end here */
    LN_SLICE_OUT, /* directions that begin here */
};

struct ln_graph_node {
    uint8_t id[33];
    uint8_t flags;
    uint32_t timestamp_s;   /* of the node_announcement */
    uint32_t channel_count; /* 0 for a number not in use, and for the blacklisted */
    uint32_t kept_announcement;
    struct ln_slice slices[2];   /* by enum ln_slice_kind */
    struct ln_features features; /* of the node_announcement */
};

struct ln_graph_config {
    const struct btc_allocator *allocator;
    uint8_t chain_hash[32];
    uint32_t nodes_max; /* each at most 2^22 */
    uint32_t channels_max;
    uint32_t kept_bytes_max; /* for messages that are kept to be sent on; 0: none */
};

struct ln_graph {
    struct ln_graph_config config;
    uint64_t version; /* rises with each change that routes can depend on */
    struct ln_graph_node *nodes;
    struct ln_graph_channel *channels;
    uint32_t node_limit, node_capacity, node_free;          /* numbers ever used are below limit; list of free ones */
    uint32_t channel_limit, channel_capacity, channel_free; /* through timestamp_s and heard_s */
    struct ln_sorted by_id;                                 /* nodes */
    struct ln_sorted by_scid;                               /* channels */
    struct ln_sorted by_outpoint;                           /* channels whose outpoint is known */
    struct ln_slices slices;
    struct ln_kept kept;
};

/* Owns: everything, until close. */
void ln_graph_init(struct ln_graph *graph, const struct ln_graph_config *config);
void ln_graph_close(struct ln_graph *graph);

/* ---- looking ---- */

/* Return LN_GRAPH_NONE for what is not there. */
uint32_t ln_graph_find_node(const struct ln_graph *graph, const uint8_t id[33]);
uint32_t ln_graph_find_channel(const struct ln_graph *graph, uint64_t short_channel_id);
uint32_t ln_graph_find_outpoint(const struct ln_graph *graph, const struct btc_outpoint *outpoint);

/* In: a number in use (asserts). Good until the next change. */
const struct ln_graph_node *ln_graph_node(const struct ln_graph *graph, uint32_t number);
const struct ln_graph_channel *ln_graph_channel(const struct ln_graph *graph, uint32_t number);
uint32_t ln_graph_node_count(const struct ln_graph *graph);
uint32_t ln_graph_channel_count(const struct ln_graph *graph);
/* In: a rank below the count. Returns the number. */
uint32_t ln_graph_node_at(const struct ln_graph *graph, uint32_t rank);
uint32_t ln_graph_channel_at(const struct ln_graph *graph, uint32_t rank);
/* Ranks of the first channel, the first node, whose id is not less; the count if there is none. */
uint32_t ln_graph_channel_rank(const struct ln_graph *graph, uint64_t short_channel_id);
uint32_t ln_graph_node_rank(const struct ln_graph *graph, const uint8_t id[33]);
/* The edges of a node. Out: count, maybe 0. */
const struct ln_edge *ln_graph_edges(const struct ln_graph *graph, uint32_t *count, uint32_t node,
                                     enum ln_slice_kind kind);
/* Whether a direction can be routed over. Out: edge, complete but for peer and number; may be NULL. */
bool ln_graph_is_usable(const struct ln_graph_channel *channel, unsigned direction, struct ln_edge *edge);
/* Bytes of memory held. */
size_t ln_graph_memory(const struct ln_graph *graph);
/* SHA-256 of all that is known, in order: equal for equal graphs, however they were heard of. */
void ln_graph_digest(uint8_t digest[32], const struct ln_graph *graph);

/* ---- changing ---- */

struct ln_graph_opening {
    uint64_t short_channel_id;
    uint64_t capacity_sat;               /* 0: unknown */
    const uint8_t *node_ids[2];          /* 33 bytes each, ascending */
    const struct btc_outpoint *outpoint; /* NULL: unknown */
    uint32_t heard_s;
    uint8_t flags; /* LN_GRAPH_UNKNOWN_FEATURE or 0 */
};

/* Adds a channel, and its nodes if they are new. Out: number, which may be NULL. */
LN_GRAPH_MUST_USE enum ln_graph_result ln_graph_add_channel(struct ln_graph *graph, uint32_t *number,
                                                            const struct ln_graph_opening *opening);
/* Puts a policy in the place of the one before. */
LN_GRAPH_MUST_USE enum ln_graph_result ln_graph_set_policy(struct ln_graph *graph, uint32_t channel, unsigned direction,
                                                           const struct ln_policy *policy);
/* Takes it out with all that was kept of it, and its nodes if it was their last channel. */
void ln_graph_remove_channel(struct ln_graph *graph, uint32_t channel);
/* Takes out all channels of these nodes, and refuses new ones. Returns LN_GRAPH_OK, LN_GRAPH_FULL, LN_GRAPH_NO_MEMORY.
 */
LN_GRAPH_MUST_USE enum ln_graph_result ln_graph_blacklist(struct ln_graph *graph, uint8_t ids[][33], uint32_t count);
/* What a node_announcement told. In: flags, LN_GRAPH_UNKNOWN_FEATURE or 0. */
void ln_graph_describe_node(struct ln_graph *graph, uint32_t node, uint32_t timestamp_s,
                            const struct ln_features *features, uint8_t flags);

/* Keeps a message in the place of the one before, to be sent on. One that is too long, or finds no room, is not kept,
 * and the one before goes all the same: it is out of date. In: place, a kept_ member of a node or channel of the graph.
 */
void ln_graph_keep(struct ln_graph *graph, uint32_t *place, struct btc_bytes message);

/* The funding output was spent, or taken back with its block (BOLT 7 asks the same of both); 0: it is unspent again. */
void ln_graph_mark_spent(struct ln_graph *graph, uint32_t channel, uint32_t spent_height);

const char *ln_graph_text(enum ln_graph_result result);

#endif
