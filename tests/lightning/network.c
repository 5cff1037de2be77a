/* network.c: small networks for tests of graphs and routes.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/network.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void *resize(void *context, void *memory, size_t old_bytes, size_t new_bytes)
{
    struct counting *counting = context;
    assert((memory == NULL) == (old_bytes == 0));
    if (new_bytes == 0) {
        counting->held -= old_bytes;
        free(memory);
        return NULL;
    }
    counting->calls++;
    if (counting->calls == counting->fail_at) {
        return NULL;
    }
    /* Always elsewhere, so that a sanitizer sees the use of an old address. */
    void *moved = malloc(new_bytes);
    assert(moved != NULL);
    memset(moved, 0xa5, new_bytes);
    if (old_bytes > 0) {
        memcpy(moved, memory, old_bytes < new_bytes ? old_bytes : new_bytes);
        free(memory);
    }
    counting->held += new_bytes - old_bytes;
    return moved;
}

void counting_init(struct counting *counting)
{
    *counting = (struct counting){.allocator = {counting, resize}};
}

void network_id(uint8_t id[33], uint32_t node)
{
    memset(id, 0, 33);
    id[0] = 2;
    for (unsigned i = 0; i < 4; i++) {
        id[32 - i] = (uint8_t)(node >> 8 * i);
    }
}

void network_init(struct ln_graph *graph, const struct btc_allocator *allocator)
{
    const struct ln_graph_config config = {.allocator = allocator,
                                           .chain_hash = {1},
                                           .nodes_max = 100000,
                                           .channels_max = 1000000,
                                           .kept_bytes_max = 1 << 24};
    ln_graph_init(graph, &config);
}

void network_connect(struct ln_graph *graph, uint64_t short_channel_id, uint64_t capacity_sat, const uint32_t nodes[2],
                     const struct network_side sides[2])
{
    uint8_t ids[2][33];
    unsigned first = nodes[0] > nodes[1];
    uint32_t channel;
    network_id(ids[0], nodes[first]);
    network_id(ids[1], nodes[1 - first]);
    struct ln_graph_opening opening = {
        .short_channel_id = short_channel_id, .capacity_sat = capacity_sat, .node_ids = {ids[0], ids[1]}};
    enum ln_graph_result result = ln_graph_add_channel(graph, &channel, &opening);
    assert(result == LN_GRAPH_OK);
    for (unsigned i = 0; i < 2; i++) {
        const struct network_side *side = &sides[i];
        struct ln_policy policy = {.htlc_minimum_msat = 1,
                                   .htlc_maximum_msat = capacity_sat * 1000,
                                   .fee_base_msat = side->base_msat,
                                   .fee_proportional_ppm = side->ppm,
                                   .timestamp_s = 1,
                                   .cltv_expiry_delta_blocks = side->cltv_blocks,
                                   .flags = LN_POLICY_KNOWN};
        result = ln_graph_set_policy(graph, channel, i ^ first, &policy);
        assert(result == LN_GRAPH_OK);
    }
}

struct ln_route_request network_request(uint32_t payer, uint32_t payee, uint64_t amount_msat)
{
    struct ln_route_request request = {.amount_msat = amount_msat,
                                       .max_fee_msat = LN_EDGE_MSAT_MAX,
                                       .final_blocks = 18,
                                       .max_blocks = 2016,
                                       .max_hops = LN_ROUTE_HOPS_MAX};
    network_id(request.payer, payer);
    network_id(request.payee, payee);
    return request;
}
