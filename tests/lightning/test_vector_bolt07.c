/* test_vector_bolt07.c: the routing example of BOLT 7.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/network.h"
#include "tests/support/flat.h"

#define AMOUNT_MSAT  4999999
#define FINAL_BLOCKS 60 /* 18, and a shadow route of 42 */
#define CAPACITY_SAT 100000

static struct flat flat;
static struct counting memory;
static struct ln_graph graph;
static struct ln_router *router;

static struct network_side side(char node)
{
    return (struct network_side){
        .base_msat = (uint32_t)flat_number(&flat, "common.%c.fee_base_msat", node),
        .ppm = (uint32_t)flat_number(&flat, "common.%c.fee_proportional_millionths", node),
        .cltv_blocks = (uint16_t)flat_number(&flat, "common.%c.cltv_expiry_delta", node),
    };
}

/* Channels around the square A-B-C-D; that of the two ends a path leaves out is left out of the graph. */
static void build(const char *without)
{
    static const char pairs[4][3] = {"AB", "BC", "CD", "AD"};
    network_init(&graph, &memory.allocator);
    for (unsigned i = 0; i < 4; i++) {
        if (without == NULL || strcmp(pairs[i], without) != 0) {
            const uint32_t nodes[2] = {(uint32_t)pairs[i][0], (uint32_t)pairs[i][1]};
            const struct network_side sides[2] = {side(pairs[i][0]), side(pairs[i][1])};
            network_connect(&graph, i + 1, CAPACITY_SAT, nodes, sides);
        }
    }
}

static void check_case(unsigned number, const char *without)
{
    struct ln_route route;
    const char *path = flat_text(&flat, "cases[%u].route", number);
    struct ln_route_request request = network_request((uint32_t)path[0], (uint32_t)path[strlen(path) - 1], AMOUNT_MSAT);
    request.final_blocks = FINAL_BLOCKS;
    build(without);
    assert_int_equal(ln_route_find(router, &route, &graph, &request), LN_ROUTE_OK);
    assert_int_equal(route.hop_count, flat_length(&flat, "cases[%u].hops", number));
    for (unsigned i = 0; i < route.hop_count; i++) {
        uint8_t id[33];
        network_id(id, (uint32_t)flat_text(&flat, "cases[%u].hops[%u].to", number, i)[0]);
        assert_memory_equal(route.hops[i].node_id, id, 33);
        assert_int_equal(route.hops[i].amount_msat, flat_number(&flat, "cases[%u].hops[%u].amount_msat", number, i));
        assert_int_equal(route.hops[i].expiry_blocks, flat_number(&flat, "cases[%u].hops[%u].cltv_expiry", number, i));
        /* What the onion tells this hop's receiver is what the next hop carries; the payee is told what it gets. */
        unsigned next = i + 1 < route.hop_count ? i + 1 : i;
        assert_int_equal(route.hops[next].amount_msat,
                         flat_number(&flat, "cases[%u].hops[%u].amt_to_forward", number, i));
        assert_int_equal(route.hops[next].expiry_blocks,
                         flat_number(&flat, "cases[%u].hops[%u].outgoing_cltv_value", number, i));
    }
    assert_int_equal(route.fee_msat, route.hops[0].amount_msat - AMOUNT_MSAT);
    ln_graph_close(&graph);
}

static void bolt7_routing_example_is_exact(void **state)
{
    (void)state;
    counting_init(&memory);
    router = ln_router_open(&memory.allocator);
    assert_non_null(router);
    assert_int_equal(flat_length(&flat, "cases"), 3);
    check_case(0, NULL); /* B->C: no fee, no delta of its own */
    check_case(1, NULL); /* A->B->C: cheaper than by D */
    check_case(2, "AB"); /* A->D->C: "if for some reason A chose the more expensive route" */
    printf("bolt07-routing-example: 3 cases\n");
    ln_router_close(router);
    assert_int_equal(memory.held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bolt7_routing_example_is_exact)};
    if (!flat_open(&flat, KONSENTO_SHARED, "bolt07-routing-example")) {
        printf("skipped: no published vectors in %s\n", KONSENTO_SHARED);
        return TEST_SKIPPED;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    flat_close(&flat);
    return failed;
}
