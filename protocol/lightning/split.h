/* split.h: a payment in parts that together have what no single route has.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     the whole ──► a route likely enough? one part
 *                   else half of what is left, and again, each part priced with those already placed on its channels
 *
 * Routing parts one after another at their marginal price is the greedy form of minimum-cost flow, whose costs are
 * convex: fees grow in proportion, and -ln p of the uniform prior faster (Pickhardt and Richter, "Optimally reliable
 * and cheap payment flows on the Lightning Network", 2021). Their flow would also take back parts that later ones make
 * a bad choice; that is left out: it gains little where few parts are wanted, and each part costs one search. Halving
 * (as lnd does) keeps the parts few. All or nothing: a split that does not place the whole amount is none.
 * Source: BOLT 4, basic multi-part payments.
 */
#ifndef KONSENTO_LIGHTNING_SPLIT_H
#define KONSENTO_LIGHTNING_SPLIT_H

#include "protocol/lightning/route.h"

#define LN_SPLIT_PARTS_MAX 64

struct ln_split_limits {
    uint32_t parts_max;     /* 1 .. LN_SPLIT_PARTS_MAX */
    uint64_t part_min_msat; /* parts are not halved below it */
    uint32_t likely_ppm;    /* a part less likely than this is halved, if it can be; 0: only if there is no route */
};

/* Finds parts. In: request as for one route; placed: parts of it that are still on their way are not needed there if
 * request->liquidity knows of them. Out: parts, limits->parts_max of room; count. Returns LN_ROUTE_OK, or why the first
 * part that could not be halved any more found no route. */
LN_GRAPH_MUST_USE enum ln_route_result ln_split_find(struct ln_router *router, struct ln_route *parts, uint32_t *count,
                                                     const struct ln_graph *graph,
                                                     const struct ln_route_request *request,
                                                     const struct ln_split_limits *limits);

#endif
