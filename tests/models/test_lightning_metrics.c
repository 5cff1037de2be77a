/* test_lightning_metrics.c: what a run says its channels cost, hold and reach.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/check.h"
#include "tests/models/lightning_fixture.h"
#include "tests/models/near.h"

#include "models/calendar.h"

#define RATE_KWU     253 /* an empty chain: what is relayed */
#define SAT_PER_YEN  100
#define CLOSING_WU   (4 * (10 + 41 + 31 + 31) + 2 + 222) /* BOLT 3: a 2-of-2, two P2WPKH outputs */
#define FUNDINGS_WU  (4 * (10 + 41 + 43 + 31) + 2 + 108)
#define PAIRS_SHARED "a,600,720,2,40\nb,605,665,2,40\nb,800,900,2,40\na,805,900,2,40\n"

static void start(struct onchain_fixture *fixture, enum lightning_topology topology)
{
    lightning_fixture_config(fixture);
    lightning_config_of(fixture)->topology = topology;
    fixture->base.config.payment.purchase_uj = KWH_UJ;
    fixture->base.config.duration_us = 2 * DAY_US;
}

/* ---- what channels cost ----------------------------------------------------------------------------------------- */

/* Nothing is closed; what it will cost is part of what the run has cost, and of what it weighs. */
static void closings_to_come_are_paid_for(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    start(&fixture, LIGHTNING_DIRECT);
    onchain_fixture_run(&fixture, "a,600,720,2,40\nb,605,665,2,40\n");
    const double *metrics = fixture.metrics;
    double channels = metrics[METRIC_CHANNEL_OPENED];
    near(channels, 2, 0);
    near(metrics[METRIC_FEE_UPKEEP_CLOSE], 0, 0);
    near(metrics[METRIC_FEE_UPKEEP_CLOSE_DUE], channels * CLOSING_WU * RATE_KWU / 1000 / SAT_PER_YEN, 0.03);
    near(metrics[METRIC_FEE_UPKEEP], metrics[METRIC_FEE_UPKEEP_OPEN] + metrics[METRIC_FEE_UPKEEP_CLOSE_DUE], 1e-9);
    near(metrics[METRIC_FEE_TOTAL], metrics[METRIC_FEE_UPKEEP] + metrics[METRIC_FEE_SESSIONS], 1e-9);
    near(metrics[METRIC_CHAIN_WEIGHT_PER_SESSION], channels * (CLOSING_WU + FUNDINGS_WU) / 4.0 / 2, 1.5);
    onchain_fixture_close(&fixture);
}

/* A channel that was closed costs nothing any more. */
static void closings_are_paid_for_once(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    start(&fixture, LIGHTNING_DIRECT);
    lightning_config_of(&fixture)->life_us = DAY_US;
    onchain_fixture_run_timetable(
        &fixture, &(struct onchain_timetable){.count = 4, .every_min = 1440, .stay_min = 300, .cars = 1, .kwh = 3});
    const double *metrics = fixture.metrics;
    double open = metrics[METRIC_CHANNEL_OPENED] - metrics[METRIC_CHANNEL_CLOSED_TOGETHER];
    assert_true(metrics[METRIC_CHANNEL_CLOSED_TOGETHER] >= 2);
    near(metrics[METRIC_FEE_UPKEEP_CLOSE_DUE], open * CLOSING_WU * RATE_KWU / 1000 / SAT_PER_YEN, 0.03);
    onchain_fixture_close(&fixture);
}

/* Phones sign up in the first hours: what that costs does not depend on where the warm-up ends. */
static void a_warm_up_does_not_hide_what_channels_cost(void **state)
{
    (void)state;
    double open_yen[3], opened[3];
    for (int i = 0; i < 3; i++) {
        struct onchain_fixture fixture;
        start(&fixture, LIGHTNING_HUB);
        lightning_config_of(&fixture)->sign_up_us = 10 * HOUR_US;
        fixture.base.config.warmup_us = i * 5 * HOUR_US;
        onchain_fixture_run(&fixture, "a,900,1000,2,40\nb,905,1005,2,40\n");
        open_yen[i] = fixture.metrics[METRIC_FEE_UPKEEP_OPEN];
        opened[i] = fixture.metrics[METRIC_CHANNEL_OPENED];
        near(fixture.metrics[METRIC_SESSION_COUNT], 2, 0);
        onchain_fixture_close(&fixture);
    }
    assert_true(open_yen[0] > 0);
    for (int i = 1; i < 3; i++) {
        near(open_yen[i], open_yen[0], 0);
        near(opened[i], opened[0], 0);
    }
}

/* ---- what they hold --------------------------------------------------------------------------------------------- */

/* Two channels of 400,000 sat, for a little less than two days; what payments hold is a part of it. */
static void capital_is_what_stands_in_channels(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    start(&fixture, LIGHTNING_DIRECT);
    lightning_config_of(&fixture)->depth = LIGHTNING_DEPTH_ZERO;
    onchain_fixture_run(&fixture, "a,600,720,2,40\nb,605,665,2,40\n");
    const double *metrics = fixture.metrics;
    near(metrics[METRIC_CAPITAL_LOCKED], metrics[METRIC_CHANNEL_CAPITAL], 0);
    near(metrics[METRIC_CAPITAL_LOCKED], 2 * 400000.0 * 2, 2000);
    near(metrics[METRIC_CAPITAL_LOCKED_PER_SESSION], metrics[METRIC_CAPITAL_LOCKED] / 2, 1e-6);
    within(metrics[METRIC_CAPITAL_IN_PAYMENTS], 1, metrics[METRIC_CAPITAL_LOCKED] / 100);
    onchain_fixture_close(&fixture);
}

/* ---- whom they reach -------------------------------------------------------------------------------------------- */

static double able_share(enum lightning_topology topology, const char *rows, int64_t capacity_sat)
{
    struct onchain_fixture fixture;
    start(&fixture, topology);
    fixture.base.config.building.outlets.count = 2;
    lightning_config_of(&fixture)->opened = LIGHTNING_OPENED_VISIT;
    lightning_config_of(&fixture)->capacity_sat = capacity_sat;
    onchain_fixture_run(&fixture, rows);
    double share = fixture.metrics[METRIC_PAIRS_ABLE_SHARE];
    near(fixture.metrics[METRIC_PAIRS_OPEN_SHARE], 0, 0); /* each had to open a channel first */
    onchain_fixture_close(&fixture);
    return share;
}

/* Two cars and two outlets: with a channel each for itself each reaches one outlet, over a hub both. A channel that
 * cannot carry what a purchase costs (3,000 sat) beside its reserve of 1,000 reaches nobody. */
static void pairs_are_those_that_can_pay_what_is_usual(void **state)
{
    (void)state;
    static const char rows[] = "a,600,720,2,40\nb,605,665,2,40\n";
    near(able_share(LIGHTNING_DIRECT, rows, 400000), 50, 0);
    near(able_share(LIGHTNING_HUB, rows, 400000), 100, 0);
    near(able_share(LIGHTNING_DIRECT, PAIRS_SHARED, 400000), 100, 0);
    near(able_share(LIGHTNING_DIRECT, rows, 10000), 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closings_to_come_are_paid_for),
        cmocka_unit_test(closings_are_paid_for_once),
        cmocka_unit_test(a_warm_up_does_not_hide_what_channels_cost),
        cmocka_unit_test(capital_is_what_stands_in_channels),
        cmocka_unit_test(pairs_are_those_that_can_pay_what_is_usual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
