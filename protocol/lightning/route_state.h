/* route_state.h: what a search knows while it runs: labels of nodes, edges that are not in the graph, knowledge. [real]
 * SPDX-License-Identifier: MIT
 *
 * Arrays stay from search to search. A label belongs to this search if its generation does; marks of channels are
 * cleared one by one at the end. Nodes that the graph does not know get numbers behind those of the graph.
 */
#ifndef KONSENTO_LIGHTNING_ROUTE_STATE_H
#define KONSENTO_LIGHTNING_ROUTE_STATE_H

#include "protocol/lightning/route.h"
#include "protocol/lightning/route_heap.h"

#define LN_STRANGERS_MAX (2 + LN_INVOICE_HOPS_MAX) /* payer, payee, and who the invoice names */
#define LN_EXTRA         UINT32_C(0x80000000)      /* set in an edge's number: an extra edge's place */

/* The best way known from a node to the payee. 32 bytes. */
struct ln_label {
    uint64_t cost;
    uint64_t amount_msat; /* that must arrive at the node */
    uint32_t via;         /* number of the edge from here on */
    uint32_t next;        /* the node at its end */
    uint32_t generation;
    uint16_t blocks; /* expiry of what arrives, above the present height */
    uint8_t hops;
    uint8_t state; /* enum ln_label_state */
};

enum ln_label_state {
    LN_LABEL_OPEN,
    LN_LABEL_SETTLED,
    LN_LABEL_BLOCKED, /* not to be routed through */
};

/* An edge from the payer's own channels, or from the invoice. */
struct ln_extra {
    struct ln_edge edge; /* its peer: the node where it begins */
    uint64_t short_channel_id;
    uint64_t capacity_msat; /* 0: unknown */
    uint32_t next;          /* extra edge that ends at the same node */
    uint32_t end;
    uint32_t known; /* in knowledge, LN_GRAPH_NONE: nothing */
    uint8_t source; /* enum ln_hop_source */
    uint8_t direction;
};

/* What is known of a channel beyond the graph. */
struct ln_known {
    uint64_t short_channel_id;
    uint64_t pending_msat[2];
    struct ln_bounds bounds[2];
    uint32_t channel; /* in the graph, or LN_GRAPH_NONE */
    bool barred[2];
};

/* How the payer reaches a node, at the least: every hop reckoned as if it carried the payment alone, without the fees
 * of those behind it. */
struct ln_reach {
    uint64_t cost;
    uint32_t via;  /* number of the edge that ends here */
    uint32_t from; /* the node where it begins */
    uint32_t generation;
    uint32_t is_settled;
};

/* What a search minimises. */
enum ln_route_aim {
    LN_AIM_COST,
    LN_AIM_FEE,
    LN_AIM_BLOCKS,
    LN_AIM_HOPS,
};

/* Which limits cut something off. */
enum ln_route_cut {
    LN_CUT_FEE = 1,
    LN_CUT_BLOCKS = 2,
    LN_CUT_HOPS = 4,
};

struct ln_router {
    const struct btc_allocator *allocator;
    uint64_t settled;
    uint32_t generation;
    /* by node */
    struct ln_label *labels;
    struct ln_reach *reaches;
    uint32_t *extra_of; /* first extra edge that ends there, LN_GRAPH_NONE */
    uint32_t label_capacity, reach_capacity, extra_of_capacity;
    /* by channel */
    uint64_t *marks;    /* bit: something is known of the channel */
    uint32_t *known_of; /* where, if the bit is set */
    uint32_t mark_capacity, known_of_capacity;
    struct ln_known *known;
    uint32_t known_count, known_capacity;
    struct ln_extra *extras;
    uint32_t extra_count, extra_capacity;
    struct ln_heap heap;                     /* from the payee */
    struct ln_heap forward_heap;             /* from the payer */
    uint8_t strangers[LN_STRANGERS_MAX][33]; /* ids of nodes that are not in the graph */
    uint32_t stranger_count;
    /* of this search */
    const struct ln_graph *graph;
    const struct ln_route_request *request;
    struct ln_route_prices prices;
    uint32_t payer, payee; /* node numbers */
    uint64_t most_msat;    /* amount and greatest fee */
    uint64_t risk_factor;  /* msat x blocks to cost, in 2^-64 */
    uint64_t nat_weight;   /* cost of one -ln p, in msat */
    uint32_t max_blocks;
    uint32_t max_hops;
    enum ln_route_aim aim;
    unsigned cuts;          /* enum ln_route_cut */
    uint64_t forward_edges; /* looked at, from either end */
    uint64_t backward_edges;
    uint32_t meeting; /* the node with a final label that the last step of the payer's search reached best */
};

/* ---- route_known.c ---- */

/* Makes a router ready for a request; and as before it. Returns LN_ROUTE_OK or why there is no search. */
LN_GRAPH_MUST_USE enum ln_route_result ln_router_prepare(struct ln_router *router, const struct ln_graph *graph,
                                                         const struct ln_route_request *request);
void ln_router_clear(struct ln_router *router);
/* Gives blocked nodes of the request their labels. */
void ln_router_block_nodes(struct ln_router *router);
const uint8_t *ln_router_node_id(const struct ln_router *router, uint32_t node);

/* ---- route_edge.c ---- */

/* A hop as it would be used. */
struct ln_passage {
    uint64_t fee_msat;
    uint64_t cost; /* by the router's aim */
    uint32_t nats;
    uint32_t blocks;
};

/* What it takes to carry amount over an edge that begins at from. Returns false if it cannot be. */
bool ln_router_pass(const struct ln_router *router, struct ln_passage *passage, const struct ln_edge *edge,
                    uint32_t from, uint64_t amount_msat);
/* An edge by its number, complete; peer is the node where it begins. */
struct ln_edge ln_router_edge(const struct ln_router *router, uint32_t number);
uint64_t ln_router_edge_id(const struct ln_router *router, uint32_t number);
/* Whether a node may be on the way: BOLT 7 forbids those that require what we do not know. */
bool ln_router_is_passable(const struct ln_router *router, uint32_t node);

/* ---- route_forward.c ---- */

/* Begins at the payer. Returns false if there is no memory. */
LN_GRAPH_MUST_USE bool ln_forward_begin(struct ln_router *router);
/* Settles the next node, if there is one left, and sets router->meeting. Returns false if there is no memory. */
LN_GRAPH_MUST_USE bool ln_forward_step(struct ln_router *router);
/* No node that is not settled is reached for less; UINT64_MAX if all are. */
uint64_t ln_forward_radius(const struct ln_router *router);

/* Whether a node has a label of this search in that state. */
static inline bool ln_router_is_label(const struct ln_router *router, uint32_t node, enum ln_label_state state)
{
    return router->labels[node].generation == router->generation && router->labels[node].state == state;
}

/* ---- route_search.c ---- */

/* Fills labels from the payee to the payer. Returns LN_ROUTE_OK, LN_ROUTE_NO_WAY, LN_ROUTE_NO_MEMORY. */
LN_GRAPH_MUST_USE enum ln_route_result ln_router_search(struct ln_router *router, enum ln_route_aim aim);

#endif
