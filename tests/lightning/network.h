/* network.h: small networks for tests of graphs and routes.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Nodes are letters or numbers: their ids are 02, zeros, and the number, so that the order of numbers is that of ids.
 */
#ifndef KONSENTO_TESTS_LIGHTNING_NETWORK_H
#define KONSENTO_TESTS_LIGHTNING_NETWORK_H

#include "protocol/lightning/route.h"

/* An allocator over malloc that counts, and fails when told to. */
struct counting {
    struct btc_allocator allocator;
    size_t held;
    unsigned calls;
    unsigned fail_at; /* the call that fails, counted from 1; 0: none */
};
void counting_init(struct counting *counting);

void network_id(uint8_t id[33], uint32_t node);
/* An empty graph with ample limits. */
void network_init(struct ln_graph *graph, const struct btc_allocator *allocator);

struct network_side {
    uint32_t base_msat;
    uint32_t ppm;
    uint16_t cltv_blocks;
};
/* Adds a channel with both directions: a's policy is that towards b. */
void network_connect(struct ln_graph *graph, uint64_t short_channel_id, uint64_t capacity_sat, const uint32_t nodes[2],
                     const struct network_side sides[2]);
/* A request of the default kind: any fee, any expiry, nothing learned. */
struct ln_route_request network_request(uint32_t payer, uint32_t payee, uint64_t amount_msat);

#endif
