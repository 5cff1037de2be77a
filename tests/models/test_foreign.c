/* test_foreign.c: hidden balances: drawn once, moved by payments, conserved.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/room.h"
#include "models/network/foreign_pay.h"
#include "models/network/graph_read.h"
#include "sim/stream.h"
#include "tests/models/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_SAT 100000
#define NODES        60

static struct ln_graph graph;

static void connect(uint64_t scid, uint32_t a, uint32_t b, uint64_t capacity_sat)
{
    uint8_t ids[2][33];
    uint32_t channel;
    graph_read_node_id(ids[0], a < b ? a : b);
    graph_read_node_id(ids[1], a < b ? b : a);
    const struct ln_graph_opening opening = {
        .short_channel_id = scid, .capacity_sat = capacity_sat, .node_ids = {ids[0], ids[1]}};
    const struct ln_policy policy = {.htlc_minimum_msat = 1000,
                                     .htlc_maximum_msat = capacity_sat * 990,
                                     .fee_base_msat = 1000,
                                     .fee_proportional_ppm = 200,
                                     .cltv_expiry_delta_blocks = 40,
                                     .flags = LN_POLICY_KNOWN};
    assert_int_equal(ln_graph_add_channel(&graph, &channel, &opening), LN_GRAPH_OK);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(ln_graph_set_policy(&graph, channel, i, &policy), LN_GRAPH_OK);
}

/* A ring with chords. */
static int build(void **state)
{
    const struct ln_graph_config config = {.allocator = &room_allocator, .nodes_max = 1000, .channels_max = 30000};
    (void)state;
    ln_graph_init(&graph, &config);
    for (uint32_t i = 0; i < NODES; i++) {
        connect(1 + i, i, (i + 1) % NODES, CAPACITY_SAT);
        connect(1001 + i, i, (i + 7) % NODES, 2 * CAPACITY_SAT);
        connect(2001 + i, i, (i + 23) % NODES, CAPACITY_SAT / 2);
    }
    return 0;
}

static int drop(void **state)
{
    (void)state;
    ln_graph_close(&graph);
    return 0;
}

static struct foreign *open_foreign(enum ln_prior_kind kind, uint64_t scale_msat, uint64_t seed)
{
    const struct foreign_config config = {
        .graph = &graph, .prior = {kind, scale_msat}, .reserve_ppm = 10000, .seed = seed};
    struct foreign *foreign = foreign_open(&config);
    assert_non_null(foreign);
    return foreign;
}

static struct foreign_hop hop_of(uint64_t scid, unsigned direction, uint64_t amount_msat)
{
    return (struct foreign_hop){.short_channel_id = scid,
                                .channel = LN_GRAPH_NONE,
                                .direction = (uint8_t)direction,
                                .amount_msat = amount_msat,
                                .fee_msat = 1000 + amount_msat * 200 / 1000000,
                                .blocks = 40};
}

static void draws_depend_on_names_not_on_order(void **state)
{
    struct foreign *a = open_foreign(LN_PRIOR_UNIFORM, 1, 7), *b = open_foreign(LN_PRIOR_UNIFORM, 1, 7),
                   *c = open_foreign(LN_PRIOR_UNIFORM, 1, 8);
    unsigned differ = 0;
    (void)state;
    for (uint32_t i = 0; i < ln_graph_channel_count(&graph); i++)
        (void)foreign_sendable_msat(b, ln_graph_channel_count(&graph) - 1 - i, 0);
    for (uint32_t i = 0; i < ln_graph_channel_count(&graph); i++) {
        assert_int_equal(foreign_sendable_msat(a, i, 0), foreign_sendable_msat(b, i, 0));
        differ += foreign_sendable_msat(a, i, 0) != foreign_sendable_msat(c, i, 0);
    }
    assert_true(differ > 150);
    assert_true(foreign_memory(a) > 0);
    foreign_close(a);
    foreign_close(b);
    foreign_close(c);
}

/* What the prior says of an amount is what the draws do, to three standard errors. */
static void draws_follow_the_prior(void **state)
{
    static const struct ln_prior priors[] = {
        {LN_PRIOR_UNIFORM, 1}, {LN_PRIOR_BIMODAL, 10000000}, {LN_PRIOR_BIMODAL, 50000000}};
    const uint32_t channels = 20000;
    (void)state;
    ln_graph_close(&graph);
    const struct ln_graph_config config = {.allocator = &room_allocator, .nodes_max = 1000, .channels_max = 30000};
    ln_graph_init(&graph, &config);
    for (uint32_t i = 0; i < channels; i++)
        connect(1 + i, i % 2, 2, CAPACITY_SAT);
    for (unsigned p = 0; p < sizeof priors / sizeof priors[0]; p++) {
        struct foreign_config hidden = {.graph = &graph, .prior = priors[p], .seed = 5};
        struct foreign *foreign = foreign_open(&hidden);
        for (uint64_t amount_msat = 5000000; amount_msat < CAPACITY_SAT * 1000; amount_msat += 15000000) {
            const struct ln_bounds bounds = {0, CAPACITY_SAT * 1000, CAPACITY_SAT * 1000};
            uint32_t nats, passes = 0;
            assert_true(ln_probability_nats(&nats, &priors[p], &bounds, amount_msat));
            double expected = exp(-(double)nats / (1 << LN_NATS_BITS));
            for (uint32_t i = 0; i < channels; i++)
                passes += foreign_sendable_msat(foreign, i, i % 2) >= amount_msat;
            double error = sqrt(expected * (1 - expected) / channels);
            assert_true(fabs((double)passes / channels - expected) < 3 * error + 0.001);
        }
        foreign_close(foreign);
    }
}

/* What payments did to balances is forgotten; how balances are distributed stays. */
static void others_use_channels_too(void **state)
{
    const uint32_t channels = 20000, traffic_s = 86400;
    (void)state;
    ln_graph_close(&graph);
    const struct ln_graph_config config = {.allocator = &room_allocator, .nodes_max = 1000, .channels_max = 30000};
    ln_graph_init(&graph, &config);
    for (uint32_t i = 0; i < channels; i++)
        connect(1 + i, i % 2, 2, CAPACITY_SAT);
    struct foreign_config hidden = {.graph = &graph, .prior = {LN_PRIOR_UNIFORM, 1}, .traffic_s = traffic_s, .seed = 6};
    struct foreign *often = foreign_open(&hidden), *once = foreign_open(&hidden);
    uint64_t *first_msat = calloc(channels, sizeof *first_msat);
    for (uint32_t i = 0; i < channels; i++)
        first_msat[i] = foreign_balance_msat(often, i, 0);
    for (uint64_t now_s = traffic_s / 4; now_s <= 2 * traffic_s; now_s += traffic_s / 4) {
        uint32_t same = 0, low = 0;
        foreign_clock(often, now_s);
        for (uint32_t i = 0; i < channels; i++) {
            uint64_t now_msat = foreign_balance_msat(often, i, 0);
            same += now_msat == first_msat[i];
            low += now_msat < CAPACITY_SAT * 300;
        }
        double expected = exp(-(double)now_s / traffic_s);
        assert_true(fabs((double)same / channels - expected) < 4 * sqrt(expected / channels));
        assert_true(fabs((double)low / channels - 0.3) < 4 * sqrt(0.21 / channels));
    }
    foreign_clock(once, 2 * traffic_s); /* who looks how often changes nothing */
    for (uint32_t i = 0; i < channels; i++)
        assert_int_equal(foreign_balance_msat(once, i, 0), foreign_balance_msat(often, i, 0));
    assert_int_equal(foreign_audit_msat(often), (uint64_t)channels * CAPACITY_SAT * 1000);
    free(first_msat);
    foreign_close(once);
    foreign_close(often);
}

/* What is on its way stays where it is, however others share out the rest. */
static void traffic_leaves_holds_alone(void **state)
{
    struct foreign_config config = {.graph = &graph, .traffic_s = 100, .seed = 7};
    struct foreign *foreign = foreign_open(&config);
    uint32_t channel = ln_graph_find_channel(&graph, 1001);
    (void)state;
    for (unsigned round = 0; round < 200; round++) {
        uint64_t can_msat = foreign_sendable_msat(foreign, channel, round % 2);
        struct foreign_hop hop = hop_of(1001, round % 2, can_msat / 2 + 1000);
        bool is_held = foreign_offer(foreign, &hop) == FOREIGN_OK;
        foreign_clock(foreign, 100 * (round + 1));
        uint64_t capacity_msat = ln_graph_channel(&graph, channel)->capacity_sat * 1000;
        assert_int_equal(foreign_balance_msat(foreign, channel, 0) + foreign_balance_msat(foreign, channel, 1),
                         capacity_msat - (is_held ? hop.amount_msat : 0));
        if (is_held && round % 3 == 0)
            foreign_fail(foreign, &hop);
        else if (is_held)
            foreign_settle(foreign, &hop);
        (void)foreign_audit_msat(foreign);
    }
    foreign_close(foreign);
}

static void hops_forward_by_their_policy(void **state)
{
    struct foreign *foreign = open_foreign(LN_PRIOR_UNIFORM, 1, 7);
    uint32_t channel = ln_graph_find_channel(&graph, 1001);
    uint64_t can_msat = foreign_sendable_msat(foreign, channel, 0),
             other_msat = foreign_sendable_msat(foreign, channel, 1);
    (void)state;
    struct foreign_hop hop = hop_of(1001, 0, can_msat);
    assert_true(can_msat > 100000 && can_msat < 2 * CAPACITY_SAT * 990);
    hop.fee_msat--;
    assert_int_equal(foreign_offer(foreign, &hop), FOREIGN_FEE);
    hop.fee_msat++;
    hop.blocks--;
    assert_int_equal(foreign_offer(foreign, &hop), FOREIGN_EXPIRY);
    hop.is_payer = true; /* asks nothing of itself */
    hop.fee_msat = 0;
    assert_int_equal(foreign_offer(foreign, &hop), FOREIGN_OK);
    foreign_fail(foreign, &hop);
    hop = hop_of(1001, 0, can_msat + 1);
    assert_int_equal(foreign_offer(foreign, &hop), FOREIGN_LIQUIDITY);
    hop = hop_of(1001, 0, 999);
    assert_int_equal(foreign_offer(foreign, &hop), FOREIGN_MINIMUM);
    hop = hop_of(1001, 0, 2 * CAPACITY_SAT * 990 + 1);
    assert_int_equal(foreign_offer(foreign, &hop), FOREIGN_LIQUIDITY);
    hop = hop_of(999999, 0, 1000);
    assert_int_equal(foreign_offer(foreign, &hop), FOREIGN_UNKNOWN);
    hop = hop_of(1001, 0, can_msat);
    assert_int_equal(foreign_offer(foreign, &hop), FOREIGN_OK);
    assert_int_equal(foreign_sendable_msat(foreign, channel, 0), 0);
    assert_int_equal(foreign_sendable_msat(foreign, channel, 1), other_msat);
    foreign_settle(foreign, &hop);
    assert_int_equal(foreign_sendable_msat(foreign, channel, 1), other_msat + can_msat);
    struct ln_policy disabled = ln_graph_channel(&graph, channel)->policies[1];
    disabled.flags |= LN_POLICY_DISABLED;
    assert_int_equal(ln_graph_set_policy(&graph, channel, 1, &disabled), LN_GRAPH_OK);
    hop = hop_of(1001, 1, 1000);
    assert_int_equal(foreign_offer(foreign, &hop), FOREIGN_DISABLED);
    for (enum foreign_result result = 0; result < FOREIGN_RESULTS; result++)
        assert_string_not_equal(foreign_text(result), "unknown");
    (void)foreign_audit_msat(foreign);
    foreign_close(foreign);
}

static void some_announced_nodes_are_not_there(void **state)
{
    struct foreign_config config = {.graph = &graph, .absent_ppm = 300000, .seed = 3};
    struct foreign *foreign = foreign_open(&config);
    unsigned absent = 0;
    (void)state;
    for (uint32_t i = 0; i < NODES; i++) {
        struct foreign_hop hop = hop_of(1 + i, i == NODES - 1 ? 1 : 0, 1000); /* to the next node of the ring */
        uint8_t id[33];
        graph_read_node_id(id, (i + 1) % NODES);
        bool there = foreign_is_present(foreign, ln_graph_find_node(&graph, id));
        assert_int_equal(foreign_offer(foreign, &hop) == FOREIGN_ABSENT, !there);
        absent += !there;
    }
    assert_in_range(absent, 8, 30);
    foreign_close(foreign);
}

static void a_route_is_held_whole_or_not_at_all(void **state)
{
    struct foreign *foreign = open_foreign(LN_PRIOR_UNIFORM, 1, 7);
    struct ln_router *router = ln_router_open(&room_allocator);
    struct sim_stream dice;
    unsigned held = 0, refused = 0;
    (void)state;
    stream_open(&dice, 1, 0, "test", 0);
    for (unsigned i = 0; i < 2000; i++) {
        struct ln_route route;
        struct ln_route_request request = {
            .max_fee_msat = 10000000, .final_blocks = 18, .max_blocks = 2016, .max_hops = LN_ROUTE_HOPS_MAX};
        uint32_t failed, a = (uint32_t)(stream_uniform(&dice) * NODES), b = (uint32_t)(stream_uniform(&dice) * NODES);
        graph_read_node_id(request.payer, a);
        graph_read_node_id(request.payee, b);
        request.amount_msat = (uint64_t)(1000 * (1 + stream_uniform(&dice) * 60000));
        if (ln_route_find(router, &route, &graph, &request) != LN_ROUTE_OK)
            continue;
        uint32_t channel = route.hops[0].channel;
        uint64_t before_msat = foreign_sendable_msat(foreign, channel, route.hops[0].direction);
        if (foreign_offer_route(foreign, &failed, &route) == FOREIGN_OK) {
            held++;
            assert_int_equal(foreign_sendable_msat(foreign, channel, route.hops[0].direction),
                             before_msat - route.hops[0].amount_msat);
            if (i % 2 == 0)
                foreign_settle_route(foreign, &route);
            else
                foreign_fail_route(foreign, &route);
        } else {
            refused++;
            assert_true(failed < route.hop_count);
            assert_int_equal(foreign_sendable_msat(foreign, channel, route.hops[0].direction), before_msat);
        }
        (void)foreign_audit_msat(foreign);
    }
    assert_true(held > 300 && refused > 300);
    ln_router_close(router);
    foreign_close(foreign);
}

/* ---- payments ---- */

struct run {
    uint64_t paid, attempts, parts;
    uint64_t fee_msat, left_msat;
};

/* 400 payments, by turns from one node to others and back, so that there is something to remember, and to spend. In:
 * learn, whether payers remember from one payment to the next. */
static struct run pay_many(uint64_t seed, bool learn)
{
    struct foreign *foreign = open_foreign(LN_PRIOR_UNIFORM, 1, seed);
    struct ln_router *router = ln_router_open(&room_allocator);
    const struct foreign_payer_config config = {
        .foreign = foreign, .graph = &graph, .router = router, .limits = {8, 1000000, 300000}, .attempts_max = 20};
    struct foreign_payer *payer = foreign_payer_open(&config);
    struct ln_liquidity memory;
    struct sim_stream dice;
    struct run run = {0};
    ln_liquidity_init(&memory, &room_allocator, 1000, 3600);
    stream_open(&dice, seed, 0, "payments", 0);
    for (unsigned i = 0; i < 400; i++) {
        struct foreign_outcome outcome;
        uint32_t other = (uint32_t)(stream_uniform(&dice) * (NODES - 6)) + 6;
        struct foreign_payment payment = {.payer = i % 2 == 0 ? 5 : other,
                                          .payee = i % 2 == 0 ? other : 5,
                                          .amount_msat = (uint64_t)(1000000 + stream_uniform(&dice) * 30000000),
                                          .max_fee_msat = 1000000,
                                          .final_blocks = 18,
                                          .max_blocks = 2016,
                                          .now_s = 1000 + i,
                                          .liquidity = &memory};
        uint64_t before_msat = foreign_audit_msat(foreign);
        foreign_pay(payer, &outcome, &payment);
        assert_true(foreign_audit_msat(foreign) >= before_msat);
        assert_true(outcome.is_paid ? outcome.parts >= 1 && outcome.fee_msat <= payment.max_fee_msat
                                    : outcome.fee_msat == 0 && outcome.parts == 0);
        run.paid += outcome.is_paid;
        run.attempts += outcome.attempts;
        run.parts += outcome.parts;
        run.fee_msat += outcome.fee_msat;
        for (uint32_t record = 0; record < memory.count; record++) { /* nothing stays on its way */
            assert_int_equal(memory.records[record].pending_msat[0] + memory.records[record].pending_msat[1], 0);
        }
        if (!learn) {
            ln_liquidity_close(&memory);
        }
    }
    for (uint32_t i = 0; i < ln_graph_channel_count(&graph); i++)
        run.left_msat += foreign_sendable_msat(foreign, i, 0) * (i + 1);
    ln_liquidity_close(&memory);
    foreign_payer_close(payer);
    ln_router_close(router);
    foreign_close(foreign);
    return run;
}

static void payments_are_the_same_each_time_and_memory_spares_attempts(void **state)
{
    uint64_t with = 0, without = 0, paid = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct run a = pay_many(seed, true), b = pay_many(seed, true), c = pay_many(seed, false);
        assert_memory_equal(&a, &b, sizeof a);
        with += a.attempts - a.parts;
        without += c.attempts - c.parts;
        paid += a.paid;
    }
    printf("%llu paid, %llu attempts failed, %llu without memory\n", (unsigned long long)paid, (unsigned long long)with,
           (unsigned long long)without);
    assert_true(paid > 500);
    assert_true(with < without);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, build, drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(draws_depend_on_names_not_on_order),
        TEST(draws_follow_the_prior),
        TEST(others_use_channels_too),
        TEST(traffic_leaves_holds_alone),
        TEST(hops_forward_by_their_policy),
        TEST(some_announced_nodes_are_not_there),
        TEST(a_route_is_held_whole_or_not_at_all),
        TEST(payments_are_the_same_each_time_and_memory_spares_attempts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
