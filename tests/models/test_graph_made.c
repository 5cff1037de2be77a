/* test_graph_made.c: the graph that is made up.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/room.h"
#include "models/network/graph_made.h"
#include "tests/models/near.h"

#include <stdlib.h>

static void make(struct ln_graph *graph)
{
    const struct ln_graph_config config = {.allocator = &room_allocator, .nodes_max = 1000, .channels_max = 4000};
    assert_true(graph_make(graph, &config));
}

static void it_is_in_one_piece_with_few_hubs_and_many_leaves(void **state)
{
    (void)state;
    struct ln_graph graph;
    make(&graph);
    assert_int_equal(ln_graph_node_count(&graph), GRAPH_MADE_NODES);
    assert_int_equal(ln_graph_channel_count(&graph), GRAPH_MADE_CHANNELS);
    uint32_t *degree = calloc(graph.node_limit, sizeof degree[0]), *piece = calloc(graph.node_limit, sizeof piece[0]);
    assert_non_null(degree);
    assert_non_null(piece);
    for (uint32_t i = 0; i < graph.node_limit; i++)
        piece[i] = i;
    for (int round = 0; round < 20; round++) {
        for (uint32_t i = 0; i < ln_graph_channel_count(&graph); i++) {
            const uint32_t *ends = ln_graph_channel(&graph, ln_graph_channel_at(&graph, i))->nodes;
            uint32_t least = piece[ends[0]] < piece[ends[1]] ? piece[ends[0]] : piece[ends[1]];
            piece[ends[0]] = piece[ends[1]] = least;
            degree[ends[0]] += round == 0;
            degree[ends[1]] += round == 0;
        }
    }
    uint32_t most = 0, leaves = 0;
    for (uint32_t i = 0; i < graph.node_limit; i++) {
        assert_int_equal(piece[i], piece[0]);
        most = degree[i] > most ? degree[i] : most;
        leaves += degree[i] <= 5;
    }
    within(most, 40, 400); /* of 8 in the mean */
    assert_true(leaves > GRAPH_MADE_NODES / 3);
    free(degree);
    free(piece);
    ln_graph_close(&graph);
}

static void it_is_always_the_same(void **state)
{
    (void)state;
    struct ln_graph graphs[2];
    make(&graphs[0]);
    make(&graphs[1]);
    for (uint32_t i = 0; i < GRAPH_MADE_CHANNELS; i++) {
        const struct ln_graph_channel *a = ln_graph_channel(&graphs[0], ln_graph_channel_at(&graphs[0], i));
        const struct ln_graph_channel *b = ln_graph_channel(&graphs[1], ln_graph_channel_at(&graphs[1], i));
        assert_int_equal(a->short_channel_id, b->short_channel_id);
        assert_int_equal(a->capacity_sat, b->capacity_sat);
        assert_int_equal(a->policies[1].fee_proportional_ppm, b->policies[1].fee_proportional_ppm);
    }
    ln_graph_close(&graphs[0]);
    ln_graph_close(&graphs[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_in_one_piece_with_few_hubs_and_many_leaves),
        cmocka_unit_test(it_is_always_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
