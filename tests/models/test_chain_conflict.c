/* test_chain_conflict.c: which of two versions wins, on a whole chain, against the closed forms.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/propagation.h"
#include "tests/models/chain_lab.h"
#include "tests/models/near.h"

#define SIGNALS (BTC_SEQUENCE_NO_RBF - 1)

struct duel {
    int64_t delta_us;
    uint32_t payment_peers, rival_peers;
    uint32_t sequence;
    int64_t apart_us; /* between two duels */
};

struct duels {
    unsigned count, won; /* by the rival */
    unsigned seen;       /* conflicts that the operator was told of */
};

/* Pays the shop and somebody else with the same coin, coin after coin; counts what was mined. */
static struct duels fight(struct lab *lab, const struct duel *duel, uint32_t count)
{
    uint32_t first = chain_tx_count(lab->chain);
    for (uint32_t i = 0; i < count; i++) {
        struct lab_payment payment = lab_payment();
        payment.required = &lab->coins[i];
        payment.peers = duel->payment_peers;
        payment.sequence = duel->sequence;
        lab_pay(lab, &payment);
        payment.value_sat = 50000;
        payment.rate_sat_per_kwu *= 2;
        payment.peers = duel->rival_peers;
        payment.origin = CHAIN_GOSSIP;
        payment.delay_us = duel->delta_us;
        lab_pay(lab, &payment);
        lab_run(lab, sim_now_us(lab->sim) + duel->apart_us);
    }
    lab_run(lab, sim_now_us(lab->sim) + 4 * HOUR_US);
    struct duels duels = {.count = count};
    for (uint32_t i = 0; i < count; i++) {
        bool lost = chain_tx(lab->chain, first + 2 * i)->state != CHAIN_TX_MINED;
        assert_int_equal(chain_tx(lab->chain, first + 2 * i + 1)->state == CHAIN_TX_MINED, lost);
        duels.won += lost;
        duels.seen += lab_event_count(lab, CHAIN_EVENT_CONFLICT, first + 2 * i) > 0 ||
                      lab_event_count(lab, CHAIN_EVENT_REPLACED, first + 2 * i) > 0;
    }
    return duels;
}

/* The mean share of the law holds for how often the rival is mined: each miner has it with that probability. */
static void a_race_is_won_as_the_odds_law_says(void **state)
{
    (void)state;
    static const struct {
        int64_t delta_ms;
        uint32_t payment_peers, rival_peers;
    } cases[] = {{0, 1, 1}, {500, 1, 1}, {1000, 1, 2}, {0, 8, 1}};
    enum { COUNT = 500 };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lab lab;
        struct propagation_config config;
        struct propagation propagation;
        lab_init(&lab);
        lab.config.block_delay_us = 0;
        lab_begin(&lab, 61 + i, COUNT);
        const struct duel duel = {.delta_us = cases[i].delta_ms * 1000,
                                  .payment_peers = cases[i].payment_peers,
                                  .rival_peers = cases[i].rival_peers,
                                  .sequence = BTC_SEQUENCE_NO_RBF,
                                  .apart_us = 20 * MINUTE_US};
        struct duels duels = fight(&lab, &duel, COUNT);
        propagation_config_default(&config, lab.config.relay);
        propagation_init(&propagation, &config);
        double law = propagation_share_mean(&propagation,
                                            &(struct propagation_conflict){cases[i].payment_peers, cases[i].rival_peers,
                                                                           (double)cases[i].delta_ms / 1000.0});
        /* A block found before both have spread is won by who was in time: a bias of the order of 5 s in 600 s. */
        print_message("delta %.1f s, %u against %u: rival mined %.3f, law %.3f\n", (double)cases[i].delta_ms / 1000.0,
                      cases[i].rival_peers, cases[i].payment_peers, (double)duels.won / COUNT, law);
        near((double)duels.won / COUNT, law, 3.0 * sqrt(law * (1.0 - law) / COUNT) + 0.02 * law);
        lab_close(&lab);
    }
}

static void full_replacement_wins_by_its_share_of_the_hash_rate(void **state)
{
    (void)state;
    enum { COUNT = 300 };
    static const int64_t share_ppm[] = {0, 300000, 1000000};
    for (size_t i = 0; i < 3; i++) {
        struct lab lab;
        lab_init(&lab);
        lab.config.block_delay_us = 0;
        lab.config.full_rbf_ppm = share_ppm[i];
        lab_begin(&lab, 71 + i, COUNT);
        const struct duel duel = {.delta_us = 60 * SECOND_US,
                                  .payment_peers = 8,
                                  .rival_peers = 1,
                                  .sequence = BTC_SEQUENCE_NO_RBF,
                                  .apart_us = 3 * HOUR_US};
        struct duels duels = fight(&lab, &duel, COUNT);
        double law = exp(-60.0 / 600.0) * (double)share_ppm[i] / 1e6;
        print_message("full replacement by %.0f %%: rival mined %.3f, law %.3f\n", (double)share_ppm[i] / 1e4,
                      (double)duels.won / COUNT, law);
        near_share(duels.won, COUNT, law);
        /* With some replacing nodes about, one of eight peers offers the rival before long. */
        double law_seen = i == 0 ? 0.0 : exp(-64.0 / 600.0) * (1.0 - pow(1.0 - (double)share_ppm[i] / 1e6, 8));
        near(duels.seen, COUNT * law_seen, 3.0 * sqrt(COUNT * law_seen * (1.0 - law_seen)) + COUNT * 0.02);
        lab_close(&lab);
    }
}

static void a_signal_lets_everybody_replace(void **state)
{
    (void)state;
    enum { COUNT = 200 };
    struct lab lab;
    lab_init(&lab);
    lab.config.block_delay_us = 0;
    lab_begin(&lab, 81, COUNT);
    const struct duel duel = {
        .delta_us = 5 * MINUTE_US, .payment_peers = 8, .rival_peers = 1, .sequence = SIGNALS, .apart_us = 3 * HOUR_US};
    struct duels duels = fight(&lab, &duel, COUNT);
    near_share(duels.won, COUNT, exp(-300.0 / 600.0));
    assert_true(duels.seen >= duels.won);
    lab_close(&lab);
}

static void observers_see_what_the_node_alone_would_miss(void **state)
{
    (void)state;
    enum { COUNT = 300 };
    unsigned seen[2];
    for (unsigned i = 0; i < 2; i++) {
        struct lab lab;
        lab_init(&lab);
        lab.config.peers = 1;
        lab.config.observers = 40 * i;
        lab_begin(&lab, 91, COUNT);
        const struct duel duel = {.delta_us = SECOND_US / 2,
                                  .payment_peers = 1,
                                  .rival_peers = 1,
                                  .sequence = BTC_SEQUENCE_NO_RBF,
                                  .apart_us = HOUR_US};
        seen[i] = fight(&lab, &duel, COUNT).seen;
        lab_close(&lab);
    }
    print_message("of %d conflicts half a second late, one peer sees %u, 40 observers see %u\n", COUNT, seen[0],
                  seen[1]);
    assert_true(seen[0] < COUNT / 2 && seen[1] > COUNT * 9 / 10);
}

/* The simulation of nodes takes the law's place and gives the same, as the law was fitted to it. */
static void nodes_agree_with_the_law(void **state)
{
    (void)state;
    enum { COUNT = 60 };
    struct lab lab;
    lab_init(&lab);
    lab.config.block_delay_us = 0;
    lab.config.gossip = CHAIN_GOSSIP_NODE;
    lab_begin(&lab, 101, COUNT);
    const struct duel duel = {.delta_us = SECOND_US / 2,
                              .payment_peers = 1,
                              .rival_peers = 1,
                              .sequence = BTC_SEQUENCE_NO_RBF,
                              .apart_us = 20 * MINUTE_US};
    struct duels duels = fight(&lab, &duel, COUNT);
    print_message("nodes, delta 0.5 s: rival mined %.3f, law 0.254\n", (double)duels.won / COUNT);
    near_share(duels.won, COUNT, 0.254);
    lab_close(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_race_is_won_as_the_odds_law_says),
        cmocka_unit_test(full_replacement_wins_by_its_share_of_the_hash_rate),
        cmocka_unit_test(a_signal_lets_everybody_replace),
        cmocka_unit_test(observers_see_what_the_node_alone_would_miss),
        cmocka_unit_test(nodes_agree_with_the_law),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
