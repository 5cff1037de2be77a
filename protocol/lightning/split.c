/* split.c: a payment in parts.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/split.h"

#include <assert.h>

struct split {
    const struct ln_split_limits *limits;
    struct ln_route *parts;
    uint32_t count;
    uint64_t left_msat;
    uint64_t fee_left_msat;
};

static bool may_halve(const struct split *split, uint64_t size_msat)
{
    uint64_t half_msat = size_msat - size_msat / 2;
    uint64_t parts = (split->left_msat + half_msat - 1) / half_msat;
    return size_msat > 1 && half_msat >= split->limits->part_min_msat &&
           parts <= split->limits->parts_max - split->count;
}

static bool is_likely(const struct ln_route *route, uint32_t likely_ppm)
{
    return ln_probability_of_nats(route->nats) * 1000000 >> 32 >= likely_ppm;
}

/* The part's share of the fee that is left. */
static uint64_t fee_share(const struct split *split, uint64_t size_msat)
{
    return (uint64_t)((unsigned __int128)split->fee_left_msat * size_msat / split->left_msat);
}

static void place(struct split *split, uint64_t size_msat)
{
    split->left_msat -= size_msat;
    split->fee_left_msat -= split->parts[split->count].fee_msat;
    split->count++;
}

/* Reasons that smaller parts do not mend. */
static bool is_hopeless(enum ln_route_result result)
{
    return result == LN_ROUTE_SELF || result == LN_ROUTE_NO_PAYER || result == LN_ROUTE_NO_PAYEE ||
           result == LN_ROUTE_NO_MEMORY;
}

static enum ln_route_result find_parts(struct ln_router *router, struct split *split, const struct ln_graph *graph,
                                       const struct ln_route_request *request, uint32_t likely_ppm)
{
    uint64_t size_msat = request->amount_msat;
    split->count = 0;
    split->left_msat = request->amount_msat;
    split->fee_left_msat = request->max_fee_msat;
    while (split->left_msat > 0) {
        struct ln_route_request part = *request;
        size_msat = size_msat < split->left_msat ? size_msat : split->left_msat;
        part.amount_msat = size_msat;
        part.max_fee_msat = fee_share(split, size_msat);
        part.placed = split->parts;
        part.placed_count = split->count;
        enum ln_route_result result = ln_route_find(router, &split->parts[split->count], graph, &part);
        bool halve = !is_hopeless(result) && may_halve(split, size_msat) &&
                     (result != LN_ROUTE_OK || !is_likely(&split->parts[split->count], likely_ppm));
        if (halve) {
            size_msat -= size_msat / 2;
        } else if (result == LN_ROUTE_OK) {
            place(split, size_msat);
        } else {
            return result;
        }
    }
    return LN_ROUTE_OK;
}

enum ln_route_result ln_split_find(struct ln_router *router, struct ln_route *parts, uint32_t *count,
                                   const struct ln_graph *graph, const struct ln_route_request *request,
                                   const struct ln_split_limits *limits)
{
    struct split split = {.limits = limits, .parts = parts};
    assert(limits->parts_max >= 1 && limits->parts_max <= LN_SPLIT_PARTS_MAX && request->placed_count == 0);
    if (request->amount_msat == 0) {
        return LN_ROUTE_AMOUNT;
    }
    enum ln_route_result result = find_parts(router, &split, graph, request, limits->likely_ppm);
    if (result != LN_ROUTE_OK && !is_hopeless(result) && limits->likely_ppm > 0) {
        result = find_parts(router, &split, graph, request, 0); /* unlikely parts are better than none */
    }
    *count = split.count;
    return result;
}
