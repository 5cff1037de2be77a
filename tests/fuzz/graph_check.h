/* graph_check.h: what must be true of a graph, whatever it was made of.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_FUZZ_GRAPH_CHECK_H
#define KONSENTO_TESTS_FUZZ_GRAPH_CHECK_H

#include "models/chain/room.h"
#include "models/network/graph_read.h"
#include "protocol/lightning/route.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Ranks are in order, and edges are those of usable directions. */
static inline void check_graph(const struct ln_graph *graph)
{
    uint32_t usable = 0, edges = 0;
    for (uint32_t rank = 0; rank < ln_graph_channel_count(graph); rank++) {
        const struct ln_graph_channel *channel = ln_graph_channel(graph, ln_graph_channel_at(graph, rank));
        uint64_t scid = channel->short_channel_id;
        assert(ln_graph_find_channel(graph, scid) == ln_graph_channel_at(graph, rank));
        usable += ln_graph_is_usable(channel, 0, NULL) + ln_graph_is_usable(channel, 1, NULL);
        assert(memcmp(ln_graph_node(graph, channel->nodes[0])->id, ln_graph_node(graph, channel->nodes[1])->id, 33) <
               0);
    }
    for (uint32_t rank = 0; rank < ln_graph_node_count(graph); rank++) {
        uint32_t in, out;
        (void)ln_graph_edges(graph, &in, ln_graph_node_at(graph, rank), LN_SLICE_IN);
        (void)ln_graph_edges(graph, &out, ln_graph_node_at(graph, rank), LN_SLICE_OUT);
        edges += in + out;
    }
    assert(edges == 2 * usable);
}

/* A route between the nodes that come first and last; its amounts never fall towards the payer. */
static inline void check_route(const struct ln_graph *graph, uint64_t amount_msat)
{
    uint32_t count = ln_graph_node_count(graph);
    struct ln_route_request request = {.amount_msat = amount_msat,
                                       .max_fee_msat = UINT64_MAX,
                                       .final_blocks = 18,
                                       .max_blocks = UINT32_MAX,
                                       .max_hops = LN_ROUTE_HOPS_MAX};
    struct ln_route route;
    if (count == 0) {
        return;
    }
    memcpy(request.payer, ln_graph_node(graph, ln_graph_node_at(graph, 0))->id, 33);
    memcpy(request.payee, ln_graph_node(graph, ln_graph_node_at(graph, count - 1))->id, 33);
    struct ln_router *router = ln_router_open(&room_allocator);
    assert(router != NULL);
    if (ln_route_find(router, &route, graph, &request) == LN_ROUTE_OK) {
        for (uint32_t i = 1; i < route.hop_count; i++) {
            assert(route.hops[i - 1].amount_msat >= route.hops[i].amount_msat);
            assert(route.hops[i - 1].expiry_blocks >= route.hops[i].expiry_blocks);
        }
        assert(route.hop_count >= 1 && route.hop_count <= LN_ROUTE_HOPS_MAX);
    }
    ln_router_close(router);
}

/* Reads bytes as a file. The reader refuses with an error, or gives a graph that holds together. */
static inline void check_file(const uint8_t *bytes, size_t length)
{
    const struct ln_graph_config config = {.allocator = &room_allocator, .nodes_max = 1000, .channels_max = 1000};
    const struct graph_source source = {.name = "fuzz", .bytes = bytes, .length = length};
    struct input_problem problems[INPUT_PROBLEMS_MAX];
    struct input_report report;
    struct ln_graph graph;
    input_report_init(&report, problems);
    bool good = graph_read(&graph, &report, &config, &source);
    input_report_finish(&report);
    assert(good == (report.error_count == 0) && report.problem_count <= INPUT_PROBLEMS_MAX);
    if (good) {
        check_graph(&graph);
        check_route(&graph, 100000);
        ln_graph_close(&graph);
    }
}

/* The same, with something before the bytes. */
static inline void check_file_with(const char *head, size_t head_length, const uint8_t *bytes, size_t length)
{
    uint8_t *whole = malloc(head_length + length);
    assert(whole != NULL);
    memcpy(whole, head, head_length);
    memcpy(whole + head_length, bytes, length);
    check_file(whole, head_length + length);
    free(whole);
}

#endif
