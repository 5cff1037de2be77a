/* test_ln_split.c: payments in parts.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/lightning/split.h"
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/dice.h"
#include "tests/lightning/network.h"

static struct counting memory;
static struct ln_graph graph;
static struct ln_router *router;
static struct ln_route parts[LN_SPLIT_PARTS_MAX];
static uint32_t count;

static void connect(uint64_t scid, uint32_t a, uint32_t b, uint64_t capacity_sat)
{
    const uint32_t nodes[2] = {a, b};
    const struct network_side sides[2] = {{10, 100, 40}, {10, 100, 40}};
    network_connect(&graph, scid, capacity_sat, nodes, sides);
}

/* Three ways from 1 to 9, of 100,000 sat each. */
static int build(void **state)
{
    (void)state;
    counting_init(&memory);
    network_init(&graph, &memory.allocator);
    router = ln_router_open(&memory.allocator);
    for (uint32_t i = 2; i < 5; i++) {
        connect(10 + i, 1, i, 100000);
        connect(20 + i, i, 9, 100000);
    }
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

/* All of it, within the fee limit, and no channel beyond its capacity. */
static void check_parts(const struct ln_route_request *request, const struct ln_split_limits *limits)
{
    uint64_t sum_msat = 0, fee_msat = 0;
    assert_in_range(count, 1, limits->parts_max);
    for (uint32_t i = 0; i < count; i++) {
        sum_msat += parts[i].amount_msat;
        fee_msat += parts[i].fee_msat;
    }
    assert_int_equal(sum_msat, request->amount_msat);
    assert_true(fee_msat <= request->max_fee_msat);
    for (uint32_t rank = 0; rank < ln_graph_channel_count(&graph); rank++) {
        const struct ln_graph_channel *channel = ln_graph_channel(&graph, ln_graph_channel_at(&graph, rank));
        uint64_t through_msat[2] = {0, 0};
        for (uint32_t i = 0; i < count; i++) {
            for (uint32_t hop = 0; hop < parts[i].hop_count; hop++) {
                if (parts[i].hops[hop].short_channel_id == channel->short_channel_id) {
                    through_msat[parts[i].hops[hop].direction] += parts[i].hops[hop].amount_msat;
                }
            }
        }
        assert_true(through_msat[0] <= channel->capacity_sat * 1000 && through_msat[1] <= channel->capacity_sat * 1000);
    }
}

static void one_part_if_it_is_likely(void **state)
{
    const struct ln_split_limits limits = {16, 1000, 500000};
    struct ln_route_request request = network_request(1, 9, 20000000);
    (void)state;
    assert_int_equal(ln_split_find(router, parts, &count, &graph, &request, &limits), LN_ROUTE_OK);
    assert_int_equal(count, 1);
    check_parts(&request, &limits);
}

static void several_if_one_does_not_fit_or_is_not_likely(void **state)
{
    const struct ln_split_limits only_if_needed = {16, 1000, 0}, likely = {16, 1000, 600000};
    struct ln_route_request request = network_request(1, 9, 250000000);
    (void)state;
    assert_int_equal(ln_split_find(router, parts, &count, &graph, &request, &only_if_needed), LN_ROUTE_OK);
    assert_in_range(count, 3, 8);
    check_parts(&request, &only_if_needed);
    request.amount_msat = 60000000;
    assert_int_equal(ln_split_find(router, parts, &count, &graph, &request, &only_if_needed), LN_ROUTE_OK);
    assert_int_equal(count, 1);
    assert_int_equal(ln_split_find(router, parts, &count, &graph, &request, &likely), LN_ROUTE_OK);
    assert_true(count >= 2);
    assert_true(parts[0].hops[0].short_channel_id != parts[1].hops[0].short_channel_id);
    check_parts(&request, &likely);
}

static void all_or_nothing(void **state)
{
    const struct ln_split_limits limits = {16, 1000, 500000}, single = {1, 1000, 500000}, coarse = {16, 90000000, 0};
    struct ln_route_request request = network_request(1, 9, 310000000);
    (void)state;
    assert_int_equal(ln_split_find(router, parts, &count, &graph, &request, &limits), LN_ROUTE_NO_WAY);
    request.amount_msat = 150000000;
    assert_int_equal(ln_split_find(router, parts, &count, &graph, &request, &single), LN_ROUTE_NO_WAY);
    assert_int_equal(ln_split_find(router, parts, &count, &graph, &request, &coarse), LN_ROUTE_NO_WAY);
    request.max_fee_msat = 100;
    assert_int_equal(ln_split_find(router, parts, &count, &graph, &request, &limits), LN_ROUTE_FEE);
    request.amount_msat = 0;
    assert_int_equal(ln_split_find(router, parts, &count, &graph, &request, &limits), LN_ROUTE_AMOUNT);
    request = network_request(1, 77, 1000);
    assert_int_equal(ln_split_find(router, parts, &count, &graph, &request, &limits), LN_ROUTE_NO_PAYEE);
}

/* Halves would be likelier, but no channel takes amounts as small. */
static void what_cannot_be_likely_is_tried_all_the_same(void **state)
{
    const struct ln_split_limits limits = {16, 1000, 999999};
    struct ln_route_request request = network_request(1, 9, 50000000);
    (void)state;
    for (uint32_t rank = 0; rank < ln_graph_channel_count(&graph); rank++) {
        uint32_t channel = ln_graph_channel_at(&graph, rank);
        struct ln_policy policy = ln_graph_channel(&graph, channel)->policies[0];
        policy.htlc_minimum_msat = 40000000;
        assert_int_equal(ln_graph_set_policy(&graph, channel, 0, &policy), LN_GRAPH_OK);
    }
    assert_int_equal(ln_split_find(router, parts, &count, &graph, &request, &limits), LN_ROUTE_OK);
    assert_int_equal(count, 1);
    check_parts(&request, &limits);
}

static void own_balances_are_spent_once(void **state)
{
    const struct ln_split_limits limits = {16, 1000, 0};
    struct ln_route_own own[3] = {0};
    struct ln_route_request request = network_request(50, 9, 100000000);
    uint64_t sent_msat[3] = {0};
    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        own[i] = (struct ln_route_own){
            .short_channel_id = 70 + i, .sendable_msat = 40000000, .htlc_maximum_msat = UINT64_MAX};
        network_id(own[i].peer, 2 + i);
    }
    request.own = own;
    request.own_count = 3;
    assert_int_equal(ln_split_find(router, parts, &count, &graph, &request, &limits), LN_ROUTE_OK);
    check_parts(&request, &limits);
    for (uint32_t i = 0; i < count; i++) {
        sent_msat[parts[i].hops[0].short_channel_id - 70] += parts[i].hops[0].amount_msat;
    }
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(sent_msat[i] <= 40000000);
    }
    request.amount_msat = 119999999; /* the fees do not fit */
    assert_int_equal(ln_split_find(router, parts, &count, &graph, &request, &limits), LN_ROUTE_NO_WAY);
}

static void random_splits_hold_what_they_promise(void **state)
{
    unsigned found = 0, several = 0;
    (void)state;
    for (unsigned run = 0; run < 200; run++) {
        struct dice dice = {run};
        ln_graph_close(&graph);
        network_init(&graph, &memory.allocator);
        for (uint32_t i = 0; i < 60; i++) {
            uint32_t a = dice_below(&dice, 20), b = dice_below(&dice, 20);
            if (a != b) {
                connect(i + 1, a, b, 1000 + dice_below(&dice, 100000));
            }
        }
        for (unsigned pair = 0; pair < 10; pair++) {
            struct ln_split_limits limits = {1 + dice_below(&dice, 20), 1000, dice_below(&dice, 1000000)};
            struct ln_route_request request = network_request(dice_below(&dice, 20), dice_below(&dice, 20),
                                                              1000 * (1 + (uint64_t)dice_below(&dice, 200000)));
            request.max_fee_msat = dice_below(&dice, 200000);
            if (ln_split_find(router, parts, &count, &graph, &request, &limits) == LN_ROUTE_OK) {
                check_parts(&request, &limits);
                found++;
                several += count > 1;
            }
        }
    }
    assert_true(found > 800 && several > 200);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, build, drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_part_if_it_is_likely),
        TEST(several_if_one_does_not_fit_or_is_not_likely),
        TEST(all_or_nothing),
        TEST(what_cannot_be_likely_is_tried_all_the_same),
        TEST(own_balances_are_spent_once),
        TEST(random_splits_hold_what_they_promise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
