/* test_lightning_public.c: sessions paid over the public graph: like those over a hub, but for time and fees.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/room.h"
#include "models/host/abroad.h"
#include "models/network/graph_made.h"
#include "models/rails/lightning_parts.h"
#include "tests/models/lightning_fixture.h"
#include "tests/models/near.h"

#include "models/calendar.h"

#include <string.h>

static struct abroad_map map;

static int open_map(void **state)
{
    (void)state;
    const struct ln_graph_config config = {.allocator = &room_allocator, .nodes_max = 1000, .channels_max = 4000};
    struct ln_graph graph;
    struct btc_curve curve;
    btc_curve_init(&curve);
    bool is_good = graph_make(&graph, &config) && abroad_map_open(&map, &graph, &curve, 1);
    ln_graph_close(&graph);
    return is_good ? 0 : -1;
}

static int close_map(void **state)
{
    (void)state;
    abroad_map_close(&map);
    return 0;
}

static void begin(struct onchain_fixture *fixture, enum lightning_topology topology, enum lightning_plan plan)
{
    memset(fixture, 0, sizeof *fixture);
    lightning_fixture_config(fixture);
    fixture->base.map = &map;
    struct lightning_config *config = lightning_config_of(fixture);
    config->topology = topology;
    config->plan = plan;
    config->operator_rank = 100;
    fixture->base.config.payment.purchase_uj = KWH_UJ;
}

static void run(struct onchain_fixture *fixture)
{
    onchain_fixture_run_timetable(
        fixture, &(struct onchain_timetable){.count = 10, .every_min = 120, .stay_min = 110, .cars = 3, .kwh = 3});
}

/* The same sessions, energy and money; a third of a second more, and fees that third parties have. */
static void sessions_are_paid_over_the_graph_as_over_a_hub(void **state)
{
    (void)state;
    for (enum lightning_plan plan = LIGHTNING_PREPAID; plan <= LIGHTNING_DEPOSIT; plan++) {
        struct onchain_fixture fixtures[2];
        for (int i = 0; i < 2; i++) {
            begin(&fixtures[i], i == 0 ? LIGHTNING_HUB : LIGHTNING_PUBLIC, plan);
            run(&fixtures[i]);
        }
        for (size_t i = 0; i < 10; i++) {
            assert_int_equal(session_value(&fixtures[1], i, "metered_uj"),
                             session_value(&fixtures[0], i, "metered_uj"));
            assert_int_equal(session_value(&fixtures[1], i, "cost_msat"), session_value(&fixtures[0], i, "cost_msat"));
        }
        const double *hub = fixtures[0].metrics, *public = fixtures[1].metrics;
        assert_int_equal((int)public[METRIC_PAYMENT_FAILED], 0);
        assert_int_equal((int)public[METRIC_MERCHANT_LOSS], 0);
        double least_s = plan == LIGHTNING_STREAM ? -0.1 : 0.02; /* power comes before the first payment */
        within(public[METRIC_TIME_TO_POWER_P50] - hub[METRIC_TIME_TO_POWER_P50], least_s, 3);
        assert_true(public[METRIC_FEE_SESSIONS] > hub[METRIC_FEE_SESSIONS]);
        within(public[METRIC_PAIRS_OPEN_SHARE], 1, 100);
        assert_int_equal((int)hub[METRIC_PAIRS_OPEN_SHARE], 0);
        for (int i = 0; i < 2; i++)
            onchain_fixture_close(&fixtures[i]);
    }
}

/* ---- real hops -------------------------------------------------------------------------------------------------- */

static void begin_hops(struct onchain_fixture *fixture, enum lightning_hops hops, enum lightning_plan plan)
{
    begin(fixture, LIGHTNING_PUBLIC, plan);
    lightning_config_of(fixture)->hops = hops;
}

/* What is in funding outputs: with real hops those of the graph's that were used, whose median is 2,000,000 sat. */
static int64_t in_channels_sat(const struct onchain_fixture *fixture)
{
    const struct lightning *rail = fixture->base.world.rail.self;
    struct host_money money;
    host_money(&money, rail->host);
    return money.channels_sat;
}

/* The same sessions, the same money, and what others take for forwarding is the same to the millisatoshi where the ways
 * are; the first payment over a channel waits for it to be opened. Every msat has its holder at every audit. */
static void real_hops_pay_as_modeled_ones_do(void **state)
{
    (void)state;
    for (enum lightning_plan plan = LIGHTNING_PREPAID; plan <= LIGHTNING_DEPOSIT; plan++) {
        struct onchain_fixture fixtures[2];
        for (int i = 0; i < 2; i++) {
            begin_hops(&fixtures[i], i == 0 ? LIGHTNING_HOPS_MODELED : LIGHTNING_HOPS_REAL, plan);
            run(&fixtures[i]);
        }
        static const char *const same[] = {"metered_uj", "cost_msat", "paid_msat", "refunded_msat", "failed"};
        for (size_t i = 0; i < 10; i++)
            for (size_t k = 0; k < sizeof same / sizeof same[0]; k++)
                assert_int_equal(session_value(&fixtures[1], i, same[k]), session_value(&fixtures[0], i, same[k]));
        const double *modeled = fixtures[0].metrics, *real = fixtures[1].metrics;
        assert_int_equal((int)real[METRIC_MERCHANT_LOSS], 0);
        assert_true(real[METRIC_FEE_SESSIONS] > 0);
        near(real[METRIC_FEE_SESSIONS], modeled[METRIC_FEE_SESSIONS], 0);
        near(real[METRIC_TIME_TO_POWER_P50], modeled[METRIC_TIME_TO_POWER_P50], 0.1);
        assert_true(in_channels_sat(&fixtures[1]) > in_channels_sat(&fixtures[0]) + 2 * 1000000);
        for (int i = 0; i < 2; i++)
            onchain_fixture_close(&fixtures[i]);
    }
}

/* Two days of sessions with all keys and signatures, with each reckoned once, with tokens, and with these again. */
static void real_hops_are_the_same_with_all_back_ends(void **state)
{
    (void)state;
    static const enum lightning_crypto backends[] = {LIGHTNING_CRYPTO_TOKEN, LIGHTNING_CRYPTO_TOKEN,
                                                     LIGHTNING_CRYPTO_MEMO, LIGHTNING_CRYPTO_REAL};
    uint64_t first = 0;
    for (size_t i = 0; i < sizeof backends / sizeof backends[0]; i++) {
        struct onchain_fixture fixture;
        begin_hops(&fixture, LIGHTNING_HOPS_REAL, LIGHTNING_PREPAID);
        lightning_config_of(&fixture)->crypto = backends[i];
        onchain_fixture_run_timetable(
            &fixture, &(struct onchain_timetable){.count = 2, .every_min = 120, .stay_min = 110, .cars = 2, .kwh = 2});
        uint64_t digest = sim_digest_chain(fixture.base.world.sim);
        first = i == 0 ? digest : first;
        assert_int_equal((int)fixture.metrics[METRIC_PAYMENT_FAILED], 0);
        assert_int_equal(digest, first);
        onchain_fixture_close(&fixture);
    }
}

/* What channels with the provider cost him, a third party, is in nobody's books, whoever opens and closes them. */
static void channels_with_the_provider_are_closed_and_opened_anew(void **state)
{
    (void)state;
    double open_yen[4];
    for (int i = 0; i < 4; i++) {
        struct onchain_fixture fixture;
        begin_hops(&fixture, i % 2 == 0 ? LIGHTNING_HOPS_MODELED : LIGHTNING_HOPS_REAL, LIGHTNING_PREPAID);
        struct lightning_config *config = lightning_config_of(&fixture);
        config->capacity_sat = 30000;
        config->opener = i < 2 ? LIGHTNING_OPENER_PHONE : LIGHTNING_OPENER_OPERATOR;
        config->push_sat = i < 2 ? 0 : 20000; /* the opener's money is the provider's */
        config->life_us = DAY_US / 4;
        run(&fixture);
        assert_true(fixture.metrics[METRIC_CHANNEL_CLOSED_TOGETHER] > 0);
        assert_true(fixture.metrics[METRIC_CHANNEL_OPENED] > 0);
        open_yen[i] = fixture.metrics[METRIC_FEE_UPKEEP_OPEN];
        onchain_fixture_close(&fixture);
    }
    assert_true(open_yen[0] > open_yen[2] && open_yen[2] > 0); /* the rest is the hub's */
    near(open_yen[1], open_yen[0], 0);
    near(open_yen[3], open_yen[2], 0);
}

/* Cheaters whose channels are with a third party, and ways that are real: every msat has its holder at every audit,
 * and the operator, who is not whom they rob, loses nothing. */
static void real_hops_bear_cheaters(void **state)
{
    (void)state;
    double cheats = 0;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct onchain_fixture fixture;
        begin_hops(&fixture, LIGHTNING_HOPS_REAL, LIGHTNING_PREPAID);
        struct lightning_config *config = lightning_config_of(&fixture);
        config->attacks[0] =
            (struct lightning_attack){.method = LIGHTNING_ATTACK_REVOKED, .share_ppm = 300000, .after_us = DAY_US};
        config->attack_count = 1;
        fixture.base.order.seed = seed;
        fixture.base.order.audit_every = 16;
        fixture.base.config.duration_us = 6 * DAY_US;
        onchain_fixture_run(&fixture, NULL);
        cheats += fixture.metrics[METRIC_CHANNEL_CLOSED_BY_PENALTY];
        assert_int_equal((int)fixture.metrics[METRIC_MERCHANT_LOSS], 0);
        onchain_fixture_close(&fixture);
    }
    assert_true(cheats > 0);
}

/* ---- bad input -------------------------------------------------------------------------------------------------- */

/* Ranks that the graph has not, and the same node twice, are told. */
static void nodes_that_the_graph_has_not_are_named(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct onchain_fixture fixture;
        begin(&fixture, LIGHTNING_PUBLIC, LIGHTNING_PREPAID);
        lightning_config_of(&fixture)->provider_rank = i == 0 ? 100 : 100000;
        const struct world_data data = {.map = &map};
        struct world world = {0};
        assert_false(world_open(&world, &fixture.base.config, &data, &fixture.base.order));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions_are_paid_over_the_graph_as_over_a_hub),
        cmocka_unit_test(real_hops_pay_as_modeled_ones_do),
        cmocka_unit_test(real_hops_are_the_same_with_all_back_ends),
        cmocka_unit_test(channels_with_the_provider_are_closed_and_opened_anew),
        cmocka_unit_test(real_hops_bear_cheaters),
        cmocka_unit_test(nodes_that_the_graph_has_not_are_named),
    };
    return cmocka_run_group_tests(tests, open_map, close_map);
}
