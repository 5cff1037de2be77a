/* test_ln_route.c: own channels, invoices, blocks, limits, and what was learned.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/network.h"

#define CAPACITY_SAT 100000
#define AMOUNT_MSAT  UINT64_C(1000000)

static struct counting memory;
static struct ln_graph graph;
static struct ln_router *router;
static struct ln_route route;

static void connect(uint64_t scid, uint32_t a, uint32_t b, uint32_t base_msat)
{
    const uint32_t nodes[2] = {a, b};
    const struct network_side sides[2] = {{base_msat, 0, 40}, {base_msat, 0, 40}};
    network_connect(&graph, scid, CAPACITY_SAT, nodes, sides);
}

/*    1 ── 2 ── 3 ── 4      cheap above, dear below
 *    └─── 5 ── 6 ───┘   */
static int build(void **state)
{
    (void)state;
    counting_init(&memory);
    network_init(&graph, &memory.allocator);
    router = ln_router_open(&memory.allocator);
    connect(12, 1, 2, 10);
    connect(23, 2, 3, 10);
    connect(34, 3, 4, 10);
    connect(15, 1, 5, 1000);
    connect(56, 5, 6, 1000);
    connect(64, 6, 4, 1000);
    return 0;
}

static int drop(void **state)
{
    (void)state;
    ln_graph_close(&graph);
    ln_router_close(router);
    assert_int_equal(memory.held, 0);
    return 0;
}

static void assert_way(const struct ln_route_request *request, const uint64_t *scids, uint32_t count)
{
    assert_int_equal(ln_route_find(router, &route, &graph, request), LN_ROUTE_OK);
    assert_int_equal(route.hop_count, count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(route.hops[i].short_channel_id, scids[i]);
    }
}

static void assert_none(const struct ln_route_request *request, enum ln_route_result result)
{
    assert_int_equal(ln_route_find(router, &route, &graph, request), result);
}

static const uint64_t upper[] = {12, 23, 34}, lower[] = {15, 56, 64};

static void the_cheaper_way_is_taken(void **state)
{
    (void)state;
    struct ln_route_request request = network_request(1, 4, AMOUNT_MSAT);
    assert_way(&request, upper, 3);
    assert_int_equal(route.fee_msat, 20);
    assert_int_equal(route.hops[0].amount_msat, AMOUNT_MSAT + 20);
    assert_int_equal(route.hops[0].expiry_blocks, 18 + 80);
    assert_int_equal(route.hops[2].expiry_blocks, 18);
    assert_int_equal(route.hops[0].capacity_msat, CAPACITY_SAT * 1000);
    assert_int_equal(route.hops[0].source, LN_HOP_GRAPH);
}

static void nobody_pays_itself_strangers_or_nothing(void **state)
{
    (void)state;
    struct ln_route_request request = network_request(1, 1, AMOUNT_MSAT);
    assert_none(&request, LN_ROUTE_SELF);
    request = network_request(1, 9, AMOUNT_MSAT);
    assert_none(&request, LN_ROUTE_NO_PAYEE);
    request = network_request(9, 1, AMOUNT_MSAT);
    assert_none(&request, LN_ROUTE_NO_PAYER);
    request = network_request(1, 4, 0);
    assert_none(&request, LN_ROUTE_AMOUNT);
    request = network_request(1, 4, LN_EDGE_MSAT_MAX + 1);
    assert_none(&request, LN_ROUTE_AMOUNT);
    request = network_request(1, 4, CAPACITY_SAT * UINT64_C(1000) + 1);
    assert_none(&request, LN_ROUTE_NO_WAY);
    for (enum ln_route_result result = LN_ROUTE_OK; result <= LN_ROUTE_NO_MEMORY; result++) {
        assert_string_not_equal(ln_route_text(result), "unknown");
    }
}

static void limits_are_kept_and_named(void **state)
{
    (void)state;
    struct ln_route_request request = network_request(1, 4, AMOUNT_MSAT);
    request.max_fee_msat = 20;
    assert_way(&request, upper, 3);
    request.max_fee_msat = 19;
    assert_none(&request, LN_ROUTE_FEE);
    request = network_request(1, 4, AMOUNT_MSAT);
    request.max_blocks = 18 + 80;
    assert_way(&request, upper, 3);
    request.max_blocks = 18 + 79;
    assert_none(&request, LN_ROUTE_EXPIRY);
    request.max_blocks = 17;
    assert_none(&request, LN_ROUTE_EXPIRY);
    request = network_request(1, 4, AMOUNT_MSAT);
    request.max_hops = 3;
    assert_way(&request, upper, 3);
    request.max_hops = 2;
    assert_none(&request, LN_ROUTE_TOO_LONG);
}

/* The cheapest way breaks a limit, a dearer one keeps it. */
static void a_dearer_way_within_the_limits_is_found(void **state)
{
    (void)state;
    const struct network_side slow[2] = {{0, 0, 1000}, {0, 0, 1000}};
    const uint32_t far[2] = {1, 7}, near[2] = {7, 4};
    network_connect(&graph, 17, CAPACITY_SAT, far, slow);
    network_connect(&graph, 74, CAPACITY_SAT, near, slow);
    struct ln_route_prices prices = {.hop_msat = 1};
    struct ln_route_request request = network_request(1, 4, AMOUNT_MSAT);
    request.prices = &prices;
    assert_way(&request, (const uint64_t[]){17, 74}, 2);
    request.max_blocks = 200;
    assert_way(&request, upper, 3);
}

static void own_channels_are_free_and_their_balance_counts(void **state)
{
    (void)state;
    struct ln_route_own own[2] = {
        {.short_channel_id = 900, .sendable_msat = AMOUNT_MSAT + 9, .htlc_maximum_msat = UINT64_MAX},
        {.short_channel_id = 901, .sendable_msat = 50000000, .htlc_maximum_msat = UINT64_MAX}};
    const struct ln_route_prices short_ways = {.hop_msat = 1000};
    struct ln_route_request request = network_request(100, 4, AMOUNT_MSAT);
    request.prices = &short_ways;
    network_id(own[0].peer, 3);
    network_id(own[1].peer, 5);
    request.own = own;
    request.own_count = 2;
    assert_way(&request, (const uint64_t[]){901, 56, 64}, 3); /* by way of 3 it takes 10 more than the AMOUNT */
    own[0].sendable_msat++;
    assert_way(&request, (const uint64_t[]){900, 34}, 2);
    assert_int_equal(route.hops[0].source, LN_HOP_OWN);
    assert_int_equal(route.hops[0].amount_msat, AMOUNT_MSAT + 10);
    own[0].htlc_minimum_msat = AMOUNT_MSAT + 11;
    assert_way(&request, (const uint64_t[]){901, 56, 64}, 3);
    struct ln_liquidity_hop hops[LN_ROUTE_HOPS_MAX];
    uint32_t skipped;
    assert_int_equal(ln_route_learnable(&route, hops, &skipped), 2);
    assert_int_equal(skipped, 1);
    assert_int_equal(hops[0].short_channel_id, 56);
    request.own_count = 0;
    assert_none(&request, LN_ROUTE_NO_PAYER);
    /* who gives its channels does not use those of the graph */
    request = network_request(1, 4, AMOUNT_MSAT);
    request.prices = &short_ways;
    request.own = own + 1;
    request.own_count = 1;
    assert_way(&request, (const uint64_t[]){901, 56, 64}, 3);
    /* a channel to the payee itself */
    network_id(own[1].peer, 200);
    request = network_request(1, 200, AMOUNT_MSAT);
    request.own = own + 1;
    request.own_count = 1;
    assert_way(&request, (const uint64_t[]){901}, 1);
    assert_int_equal(route.fee_msat, 0);
}

static void invoices_lead_to_payees_that_nobody_knows(void **state)
{
    (void)state;
    struct ln_invoice_hop hints[3] = {
        {.route = 0, .short_channel_id = 800, .cltv_expiry_delta_blocks = 30, .fee_base_msat = 7},
        {.route = 0, .short_channel_id = 801, .cltv_expiry_delta_blocks = 31, .fee_base_msat = 8},
        {.route = 1, .short_channel_id = 802, .cltv_expiry_delta_blocks = 1, .fee_base_msat = 9999999},
    };
    struct ln_route_request request = network_request(1, 77, AMOUNT_MSAT);
    network_id(hints[0].node, 3);
    network_id(hints[1].node, 66); /* unknown too */
    network_id(hints[2].node, 2);
    request.hints = hints;
    request.hint_count = 3;
    assert_way(&request, (const uint64_t[]){12, 23, 800, 801}, 4);
    assert_int_equal(route.fee_msat, 10 + 7 + 8);
    assert_int_equal(route.hops[0].expiry_blocks, 18 + 31 + 30 + 40);
    assert_int_equal(route.hops[2].source, LN_HOP_HINT);
    uint8_t id[33];
    network_id(id, 66);
    assert_memory_equal(route.hops[2].node_id, id, 33);
    network_id(hints[0].node, 55); /* begins nowhere */
    assert_way(&request, (const uint64_t[]){12, 802}, 2);
    request.hint_count = 2;
    assert_none(&request, LN_ROUTE_NO_WAY);
}

/* Nobody tells the capacity of a private channel: it is open to any amount until it fails. */
static void private_channels_are_used_again_and_again(void **state)
{
    (void)state;
    struct ln_liquidity liquidity;
    struct ln_liquidity_hop hops[LN_ROUTE_HOPS_MAX];
    struct ln_invoice_hop hint = {.short_channel_id = 800, .cltv_expiry_delta_blocks = 30};
    const struct ln_liquidity_failure failure = {.hop = 2, .blame = LN_BLAME_LIQUIDITY};
    struct ln_route_request request = network_request(1, 77, AMOUNT_MSAT);
    uint32_t skipped, count;
    network_id(hint.node, 3);
    ln_liquidity_init(&liquidity, &memory.allocator, 100, 3600);
    request.hints = &hint;
    request.hint_count = 1;
    request.liquidity = &liquidity;
    for (unsigned i = 1; i <= 8; i++) {
        request.amount_msat = AMOUNT_MSAT * (i % 5 + 1);
        assert_way(&request, (const uint64_t[]){12, 23, 800}, 3);
        count = ln_route_learnable(&route, hops, &skipped);
        assert_true(ln_liquidity_sent(&liquidity, hops, count, 0));
        ln_liquidity_settled(&liquidity, hops, count, 0);
    }
    assert_true(ln_liquidity_sent(&liquidity, hops, count, 0));
    ln_liquidity_failed(&liquidity, hops, count, &failure, 0);
    assert_none(&request, LN_ROUTE_NO_WAY); /* not again at once */
    request.amount_msat = AMOUNT_MSAT / 2;
    assert_way(&request, (const uint64_t[]){12, 23, 800}, 3);
    request.amount_msat = AMOUNT_MSAT * 6;
    request.now_s = 2 * 3600;
    assert_way(&request, (const uint64_t[]){12, 23, 800}, 3);
    ln_liquidity_close(&liquidity);
}

static void blocked_directions_and_nodes_are_passed_by(void **state)
{
    (void)state;
    struct ln_route_block block = {.short_channel_id = 23};
    struct ln_route_request request = network_request(1, 4, AMOUNT_MSAT);
    request.blocks = &block;
    request.block_count = 1;
    network_id(block.from, 3);
    assert_way(&request, upper, 3); /* the other direction */
    network_id(block.from, 2);
    assert_way(&request, lower, 3);
    block.short_channel_id = 0;
    network_id(block.from, 3);
    assert_way(&request, lower, 3);
    network_id(block.from, 4); /* payees are never blocked */
    assert_way(&request, upper, 3);
}

static void what_was_learned_turns_routes(void **state)
{
    (void)state;
    struct ln_liquidity liquidity;
    struct ln_liquidity_hop hops[LN_ROUTE_HOPS_MAX];
    struct ln_liquidity_failure failure = {.hop = 1, .blame = LN_BLAME_LIQUIDITY};
    uint32_t skipped;
    struct ln_route_request request = network_request(1, 4, AMOUNT_MSAT);
    ln_liquidity_init(&liquidity, &memory.allocator, 100, 3600);
    request.liquidity = &liquidity;
    request.now_s = 5000;
    assert_way(&request, upper, 3);
    uint32_t count = ln_route_learnable(&route, hops, &skipped);
    assert_true(ln_liquidity_sent(&liquidity, hops, count, 5000));
    ln_liquidity_failed(&liquidity, hops, count, &failure, 5000);
    assert_way(&request, lower, 3);
    request.amount_msat = AMOUNT_MSAT / 100; /* less may still pass */
    assert_way(&request, upper, 3);
    request.amount_msat = AMOUNT_MSAT;
    request.now_s = 5000 + 10 * 3600;
    assert_way(&request, upper, 3);
    failure.blame = LN_BLAME_CHANNEL;
    assert_true(ln_liquidity_sent(&liquidity, hops, count, 90000));
    ln_liquidity_failed(&liquidity, hops, count, &failure, 90000);
    request.amount_msat = AMOUNT_MSAT / 100;
    request.now_s = 90000;
    assert_way(&request, lower, 3);
    ln_liquidity_close(&liquidity);
}

static void parts_that_leave_together_count_together(void **state)
{
    (void)state;
    struct ln_route_request request = network_request(1, 4, 60000000);
    assert_way(&request, upper, 3);
    struct ln_route placed = route;
    request.placed = &placed;
    request.placed_count = 1;
    assert_way(&request, lower, 3); /* 60,000 sat twice do not fit into 100,000 */
    struct ln_liquidity liquidity;
    struct ln_liquidity_hop hops[LN_ROUTE_HOPS_MAX];
    uint32_t skipped, count = ln_route_learnable(&placed, hops, &skipped);
    ln_liquidity_init(&liquidity, &memory.allocator, 100, 3600);
    assert_true(ln_liquidity_sent(&liquidity, hops, count, 0)); /* the same, on its way */
    request.placed_count = 0;
    request.liquidity = &liquidity;
    assert_way(&request, lower, 3);
    ln_liquidity_close(&liquidity);
}

/* BOLT 7: nodes and channels that require what we do not know. */
static void unknown_requirements_are_not_routed_through(void **state)
{
    (void)state;
    uint8_t id[33];
    const struct ln_features none = {0};
    struct ln_route_request request = network_request(1, 4, AMOUNT_MSAT);
    network_id(id, 3);
    ln_graph_describe_node(&graph, ln_graph_find_node(&graph, id), 1, &none, LN_GRAPH_UNKNOWN_FEATURE);
    assert_way(&request, lower, 3);
    network_id(id, 4); /* its owner may be paid: the invoice decides */
    ln_graph_describe_node(&graph, ln_graph_find_node(&graph, id), 1, &none, LN_GRAPH_UNKNOWN_FEATURE);
    assert_way(&request, lower, 3);
}

static void a_search_without_memory_says_so_and_leaves_the_router_usable(void **state)
{
    (void)state;
    unsigned failures = 0;
    for (unsigned fail_at = 1; fail_at < 30; fail_at++) {
        struct ln_router *fresh = ln_router_open(&memory.allocator);
        struct ln_route_request request = network_request(1, 4, AMOUNT_MSAT);
        assert_non_null(fresh);
        memory.fail_at = memory.calls + fail_at;
        enum ln_route_result result = ln_route_find(fresh, &route, &graph, &request);
        memory.fail_at = 0;
        failures += result == LN_ROUTE_NO_MEMORY;
        assert_true(result == LN_ROUTE_NO_MEMORY || result == LN_ROUTE_OK);
        assert_int_equal(ln_route_find(fresh, &route, &graph, &request), LN_ROUTE_OK);
        assert_int_equal(route.hops[0].short_channel_id, 12);
        assert_true(ln_router_memory(fresh) > 0 && ln_router_settled(fresh) > 0);
        ln_router_close(fresh);
    }
    assert_in_range(failures, 5, 20);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, build, drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_cheaper_way_is_taken),
        TEST(nobody_pays_itself_strangers_or_nothing),
        TEST(limits_are_kept_and_named),
        TEST(a_dearer_way_within_the_limits_is_found),
        TEST(own_channels_are_free_and_their_balance_counts),
        TEST(invoices_lead_to_payees_that_nobody_knows),
        TEST(private_channels_are_used_again_and_again),
        TEST(blocked_directions_and_nodes_are_passed_by),
        TEST(what_was_learned_turns_routes),
        TEST(parts_that_leave_together_count_together),
        TEST(unknown_requirements_are_not_routed_through),
        TEST(a_search_without_memory_says_so_and_leaves_the_router_usable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
