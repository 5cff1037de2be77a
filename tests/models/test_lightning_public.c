/* test_lightning_public.c: sessions paid over the public graph: like those over a hub, but for time and fees.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/room.h"
#include "models/host/abroad.h"
#include "models/network/graph_made.h"
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
        cmocka_unit_test(nodes_that_the_graph_has_not_are_named),
    };
    return cmocka_run_group_tests(tests, open_map, close_map);
}
