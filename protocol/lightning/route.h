/* route.h: the way of a payment, cheapest by fee, by what its time is worth, and by how likely it passes.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     payer ──own channel──► A ──► B ──► C ──private channel, from the invoice──► payee
 *                                        ◄── the search goes backwards: amounts and expiries are known at the end
 *
 *     cost of a hop = fee + amount * blocks * risk + (nat_msat + amount * nat_ppm) * -ln p + hop_msat
 *
 * p is the chance that the channel has that much where it is needed (probability.h), given what was learned
 * (liquidity.h). Dijkstra's search from the payee keeps, for each node, the way of the least cost; since fees depend on
 * the amount, a dearer way with less fee could in theory end up cheaper by a share as small as the fees. If limits of
 * fee or expiry cut off the cheapest ways, it is repeated for the least fee, then the least expiry, then the fewest
 * hops: a route that keeps one of the limits is found if there is one, one that keeps several nearly always.
 *
 * Ties are decided by amount, hops, and short channel id: a route depends on what is known, not on when it was heard.
 * Costs are integers, in 1/1024 msat. Source: BOLT 7, HTLC fees, recommendations for routing; BOLT 4, size of onions.
 */
#ifndef KONSENTO_LIGHTNING_ROUTE_H
#define KONSENTO_LIGHTNING_ROUTE_H

#include "protocol/lightning/graph.h"
#include "protocol/lightning/invoice.h"
#include "protocol/lightning/liquidity.h"

#define LN_ROUTE_HOPS_MAX 20 /* what an onion of 1300 bytes holds, at 65 bytes a hop */
#define LN_COST_BITS      10

/* What the parts of a cost weigh. */
struct ln_route_prices {
    uint32_t risk_ppb; /* of the amount, per block */
    uint32_t hop_msat; /* per hop: each can fail in ways that nobody models */
    uint64_t nat_msat; /* per -ln p */
    uint32_t nat_ppm;  /* of the payment, per -ln p */
    struct ln_prior prior;
};

/* As lnd weighs time (15e-9 per block), and LDK uncertainty (30 sat per factor 10), roughly; uniform prior. */
extern const struct ln_route_prices ln_route_prices_default;

/* A channel of the payer's, whose balance it knows. */
struct ln_route_own {
    uint64_t short_channel_id;
    uint8_t peer[33];
    uint64_t sendable_msat; /* now: what is on its way is taken off already */
    uint64_t htlc_minimum_msat;
    uint64_t htlc_maximum_msat;
};

/* A direction that is not to be used: the one that begins at from, or, with short_channel_id 0, any through that node.
 */
struct ln_route_block {
    uint64_t short_channel_id;
    uint8_t from[33];
};

struct ln_route_hop {
    uint64_t short_channel_id;
    uint64_t amount_msat;   /* of the HTLC on this channel */
    uint64_t capacity_msat; /* of the channel; 0: unknown */
    uint32_t channel;       /* its number in the graph, LN_GRAPH_NONE if it is not there */
    uint32_t expiry_blocks; /* of that HTLC, above the present height */
    uint8_t node_id[33];    /* who gets it: to whom this hop's payload is written */
    uint8_t direction;
    uint8_t source; /* enum ln_hop_source */
};

enum ln_hop_source {
    LN_HOP_GRAPH,
    LN_HOP_OWN,
    LN_HOP_HINT, /* from the invoice */
};

struct ln_route {
    uint32_t hop_count;
    struct ln_route_hop hops[LN_ROUTE_HOPS_MAX]; /* from the payer on */
    uint64_t amount_msat;                        /* that the payee gets */
    uint64_t fee_msat;                           /* of all hops: hops[0].amount_msat - amount_msat */
    uint64_t cost;                               /* in 1/1024 msat */
    uint64_t nats;                               /* -ln of its chance, see LN_NATS_BITS */
};

struct ln_route_request {
    uint8_t payer[33];
    uint8_t payee[33];
    uint64_t amount_msat;
    uint64_t max_fee_msat;
    uint32_t final_blocks; /* min_final_cltv_expiry_delta of the invoice, and what a shadow route adds */
    uint32_t max_blocks;   /* above the present height, at the payer; at most 65,535 count */
    uint32_t max_hops;     /* 1 .. LN_ROUTE_HOPS_MAX */
    uint64_t now_s;
    const struct ln_route_own *own; /* NULL: the payer's channels in the graph, as if of unknown balance, without fee */
    uint32_t own_count;
    const struct ln_invoice_hop *hints;
    uint32_t hint_count; /* at most LN_INVOICE_HOPS_MAX */
    const struct ln_route_block *blocks;
    uint32_t block_count;
    const struct ln_liquidity *liquidity; /* NULL: nothing was learned */
    const struct ln_route *placed;        /* parts that will leave beside this one: their amounts count */
    uint32_t placed_count;
    const struct ln_route_prices *prices; /* NULL: ln_route_prices_default */
};

enum ln_route_result {
    LN_ROUTE_OK,
    LN_ROUTE_AMOUNT,   /* nothing, or beyond LN_EDGE_MSAT_MAX */
    LN_ROUTE_SELF,     /* payer and payee are one */
    LN_ROUTE_NO_PAYER, /* not in the graph, and no channels of its own given */
    LN_ROUTE_NO_PAYEE, /* not in the graph, and no hints given */
    LN_ROUTE_NO_WAY,   /* no channels that could carry the amount lead there */
    LN_ROUTE_FEE,      /* there are ways, but none within the fee limit */
    LN_ROUTE_EXPIRY,   /* ... within the limit of blocks */
    LN_ROUTE_TOO_LONG, /* ... within the limit of hops */
    LN_ROUTE_NO_MEMORY,
};

/* Memory for searches, used again and again; one per thread. Nothing of one search is seen by the next. */
struct ln_router;
/* Returns NULL if there is no memory. */
struct ln_router *ln_router_open(const struct btc_allocator *allocator);
void ln_router_close(struct ln_router *router);
size_t ln_router_memory(const struct ln_router *router);
/* Nodes settled since it was opened: what searches cost, whatever the machine. */
uint64_t ln_router_settled(const struct ln_router *router);

/* Finds a route. Out: route, of no use on a result other than OK. */
LN_GRAPH_MUST_USE enum ln_route_result ln_route_find(struct ln_router *router, struct ln_route *route,
                                                     const struct ln_graph *graph,
                                                     const struct ln_route_request *request);

/* What ln_liquidity wants to know of the route. Out: hops, LN_ROUTE_HOPS_MAX of room: own channels left out, for there
 * is nothing to learn. Returns how many; the first stands for hops[skipped] of the route. */
uint32_t ln_route_learnable(const struct ln_route *route, struct ln_liquidity_hop *hops, uint32_t *skipped);

const char *ln_route_text(enum ln_route_result result);

#endif
