/* test_chain_gossip.c: how fast a transaction spreads, and the odds law of its conflicts, node by node.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/near.h"

#include "models/chain/gossip.h"
#include "models/chain/propagation.h"
#include "sim/stream.h"

#include <string.h>

#define STARTS_MAX 64

static void open_network(struct gossip *gossip, enum gossip_generation generation, uint32_t node_count, gsl_rng *rng)
{
    struct gossip_config config;
    gossip_config_default(&config, generation);
    config.node_count = node_count;
    assert_true(gossip_open(gossip, &config, rng));
}

/* One conflict in an open network. Returns the share of nodes that hold it. */
static double race(struct gossip *gossip, gsl_rng *rng, const struct propagation_conflict *conflict)
{
    uint32_t nodes[STARTS_MAX];
    struct gossip_start starts[STARTS_MAX];
    unsigned count = conflict->payment_nodes + conflict->conflict_nodes;
    assert_true(count <= STARTS_MAX);
    gossip_draw_nodes(gossip, nodes, rng, 0, count);
    for (unsigned i = 0; i < count; i++) {
        bool is_payment = i < conflict->payment_nodes;
        starts[i] = (struct gossip_start){.node = nodes[i],
                                          .version = is_payment ? GOSSIP_PAYMENT : GOSSIP_CONFLICT,
                                          .time_s = is_payment ? 0.0 : conflict->delta_s};
    }
    assert_true(gossip_run(gossip, rng, starts, count));
    return gossip_conflict_share(gossip);
}

/* Mean share over networks, each used for `races` conflicts. */
static double mean_share(enum gossip_generation generation, const struct propagation_conflict *conflict, int networks,
                         int races)
{
    double sum = 0.0;
    for (int n = 0; n < networks; n++) {
        struct sim_stream stream;
        stream_open(&stream, 11, 0, "test.gossip", (uint64_t)n);
        struct gossip gossip;
        open_network(&gossip, generation, 6000, stream_rng(&stream));
        for (int i = 0; i < races; i++)
            sum += race(&gossip, stream_rng(&stream), conflict) / races / networks;
        gossip_close(&gossip);
    }
    return sum;
}

static void every_node_opens_eight_connections_and_both_ends_know(void **state)
{
    (void)state;
    struct sim_stream stream;
    stream_open(&stream, 1, 0, "test.gossip", 0);
    struct gossip gossip;
    open_network(&gossip, GOSSIP_2018, 500, stream_rng(&stream));
    assert_int_equal(gossip.first_peer[0], 0);
    assert_int_equal(gossip.first_peer[500], 500 * 2 * GOSSIP_OUTBOUND);
    for (uint32_t node = 0; node < 500; node++) {
        unsigned opened = 0;
        for (uint32_t i = gossip.first_peer[node]; i < gossip.first_peer[node + 1]; i++) {
            const struct gossip_peer *peer = &gossip.peers[i];
            assert_true(peer->node != node && peer->node < 500);
            opened += !peer->came;
            unsigned back = 0;
            for (uint32_t k = gossip.first_peer[peer->node]; k < gossip.first_peer[peer->node + 1]; k++)
                back += gossip.peers[k].node == node && gossip.peers[k].came != peer->came;
            assert_int_equal(back, 1);
        }
        assert_int_equal(opened, GOSSIP_OUTBOUND);
    }
    gossip_close(&gossip);
}

static void the_same_draws_give_the_same_race_and_everyone_is_reached(void **state)
{
    (void)state;
    double times[2], shares[2];
    for (int i = 0; i < 2; i++) {
        struct sim_stream stream;
        stream_open(&stream, 2, 0, "test.gossip", 0);
        struct gossip gossip;
        open_network(&gossip, GOSSIP_CURRENT, 2000, stream_rng(&stream));
        struct propagation_conflict conflict = {.payment_nodes = 3, .conflict_nodes = 2, .delta_s = 0.5};
        shares[i] = race(&gossip, stream_rng(&stream), &conflict);
        assert_true(gossip_quantile_s(&gossip, &times[i], 1.0));
        assert_true(times[i] < 60.0);
        unsigned at_start = 0;
        for (uint32_t node = 0; node < 2000; node++) {
            at_start += gossip.nodes[node].time_s == 0.0;
            assert_true(gossip.nodes[node].version != GOSSIP_CONFLICT || gossip.nodes[node].time_s >= 0.5);
        }
        assert_int_equal(at_start, 3);
        gossip_close(&gossip);
    }
    assert_true(shares[0] == shares[1] && times[0] == times[1] && shares[0] > 0.0 && shares[0] < 1.0);
}

static void a_node_keeps_what_it_holds_first(void **state)
{
    (void)state;
    struct sim_stream stream;
    stream_open(&stream, 3, 0, "test.gossip", 0);
    struct gossip gossip;
    open_network(&gossip, GOSSIP_2018, 100, stream_rng(&stream));
    struct gossip_start starts[100];
    for (uint32_t i = 0; i < 100; i++)
        starts[i] =
            (struct gossip_start){.node = i, .version = i % 3 == 0 ? GOSSIP_CONFLICT : GOSSIP_PAYMENT, .time_s = 0.0};
    assert_true(gossip_run(&gossip, stream_rng(&stream), starts, 100));
    near(gossip_conflict_share(&gossip), 0.34, 1e-12);
    /* All hold the payment before the conflict begins anywhere: it gets nowhere. */
    struct gossip_start late[2] = {{.node = 5, .version = GOSSIP_PAYMENT, .time_s = 0.0},
                                   {.node = 7, .version = GOSSIP_CONFLICT, .time_s = 1000.0}};
    assert_true(gossip_run(&gossip, stream_rng(&stream), late, 2));
    near(gossip_conflict_share(&gossip), 0.0, 0.0);
    assert_true(gossip.nodes[7].version == GOSSIP_PAYMENT);
    gossip_close(&gossip);
}

/* Mean times at which shares of the nodes hold a transaction of one node. */
static void spread(double times_s[3], enum gossip_generation generation, uint32_t node_count, int networks)
{
    static const double shares[3] = {0.5, 0.9, 0.99};
    memset(times_s, 0, 3 * sizeof times_s[0]);
    for (int n = 0; n < networks; n++) {
        struct sim_stream stream;
        stream_open(&stream, 4, 0, "test.gossip", (uint64_t)n);
        struct gossip gossip;
        open_network(&gossip, generation, node_count, stream_rng(&stream));
        struct gossip_start start = {.node = 0, .version = GOSSIP_PAYMENT, .time_s = 0.0};
        assert_true(gossip_run(&gossip, stream_rng(&stream), &start, 1));
        for (int i = 0; i < 3; i++) {
            double time_s;
            assert_true(gossip_quantile_s(&gossip, &time_s, shares[i]));
            times_s[i] += time_s / networks;
        }
        gossip_close(&gossip);
    }
    print_message("%s, %u nodes: half after %.2f s, 90 %% after %.2f, 99 %% after %.2f\n",
                  generation == GOSSIP_2018 ? "2018" : "current", node_count, times_s[0], times_s[1], times_s[2]);
}

static void half_the_nodes_of_2018_have_it_in_four_seconds(void **state)
{
    (void)state;
    double times_s[3];
    spread(times_s, GOSSIP_2018, 6000, 40);
    within(times_s[0], 3.8, 4.0);
    near(times_s[1], 4.52, 0.2);
    near(times_s[2], 5.13, 0.25);
    spread(times_s, GOSSIP_2018, 10000, 15);
    near(times_s[0], 4.01, 0.2);
}

static void current_nodes_take_twice_as_long(void **state)
{
    (void)state;
    double times_s[3];
    spread(times_s, GOSSIP_CURRENT, 6000, 25);
    near(times_s[0], 8.46, 0.6);
    near(times_s[1], 9.80, 0.7);
    near(times_s[2], 10.81, 0.8);
}

/* Log odds of the mean share against the delay, by least squares. */
static void the_odds_law_has_slope_2_15_in_2018(void **state)
{
    (void)state;
    static const double delays_s[] = {0.0, 0.5, 1.0, 1.5, 2.0};
    double x = 0.0, y = 0.0, xx = 0.0, xy = 0.0;
    for (int i = 0; i < 5; i++) {
        struct propagation_conflict conflict = {.payment_nodes = 1, .conflict_nodes = 1, .delta_s = delays_s[i]};
        double share = mean_share(GOSSIP_2018, &conflict, 25, 4), odds = log(share / (1.0 - share));
        print_message("delay %.1f s: share %.4f, log odds %.3f, law %.3f\n", delays_s[i], share, odds,
                      -2.15 * delays_s[i]);
        x += delays_s[i] / 5.0;
        y += odds / 5.0;
        xx += delays_s[i] * delays_s[i] / 5.0;
        xy += delays_s[i] * odds / 5.0;
    }
    double slope = (xy - x * y) / (xx - x * x);
    print_message("slope %.3f per second\n", -slope);
    near(-slope, 2.15, 0.1);
}

struct row {
    unsigned payment_nodes, conflict_nodes;
    double delta_s;
};

/* What propagation.h draws without a network, against the network; tolerances are factors of the odds. */
static void compare(enum gossip_generation generation, const struct row *rows, size_t row_count, double draws_tolerance,
                    double law_tolerance)
{
    struct propagation_config config;
    propagation_config_default(&config, generation);
    struct propagation propagation;
    propagation_init(&propagation, &config);
    for (size_t i = 0; i < row_count; i++) {
        struct propagation_conflict conflict = {rows[i].payment_nodes, rows[i].conflict_nodes, rows[i].delta_s};
        double share = mean_share(generation, &conflict, 12, 4), drawn = 0.0;
        struct sim_stream stream;
        stream_open(&stream, 5, 0, "test.draw", i);
        for (int k = 0; k < 20000; k++)
            drawn += propagation_share_draw(&propagation, stream_rng(&stream), &conflict) / 20000;
        double law = propagation_share_mean(&propagation, &conflict);
        print_message("n_V %u, n_A %u, %.1f s: network %.4f, law %.4f, mean of draws %.4f\n", conflict.payment_nodes,
                      conflict.conflict_nodes, conflict.delta_s, share, law, drawn);
        within(drawn * (1.0 - share) / (share * (1.0 - drawn)), 1.0 / draws_tolerance, draws_tolerance);
        within(law * (1.0 - share) / (share * (1.0 - law)), 1.0 / law_tolerance, law_tolerance);
    }
}

static void drawn_shares_agree_with_the_network_of_2018(void **state)
{
    (void)state;
    static const struct row rows[] = {{1, 1, 0.0}, {1, 1, 1.0}, {8, 1, 0.0}, {8, 1, 1.0}, {1, 5, 1.0}, {50, 1, 0.0}};
    compare(GOSSIP_2018, rows, sizeof rows / sizeof rows[0], 1.35, 1.35);
}

static void drawn_shares_agree_with_the_current_network(void **state)
{
    (void)state;
    static const struct row rows[] = {{1, 1, 0.0}, {1, 1, 2.0}, {8, 1, 0.0}, {8, 1, 2.0}};
    compare(GOSSIP_CURRENT, rows, sizeof rows / sizeof rows[0], 1.6,
            2.5); /* one slope for all n_V is too simple here */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_node_opens_eight_connections_and_both_ends_know),
        cmocka_unit_test(the_same_draws_give_the_same_race_and_everyone_is_reached),
        cmocka_unit_test(a_node_keeps_what_it_holds_first),
        cmocka_unit_test(half_the_nodes_of_2018_have_it_in_four_seconds),
        cmocka_unit_test(current_nodes_take_twice_as_long),
        cmocka_unit_test(the_odds_law_has_slope_2_15_in_2018),
        cmocka_unit_test(drawn_shares_agree_with_the_network_of_2018),
        cmocka_unit_test(drawn_shares_agree_with_the_current_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
