/* test_measure.c: money that lies still on a card: until settlement, from the warm-up on, till a chargeback.   [model]
 * [model] SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/calendar.h"
#include "tests/models/fixture.h"
#include "tests/models/near.h"

#define VALUE_YEN  180.0   /* 6 kWh at 30 yen */
#define VALUE_SAT  18000.0 /* at 1,000,000 yen per bitcoin */
#define CHARGE_S   6750.0  /* at 3.2 kW */
#define PLUGGED_S  600.0
#define SETTLE_D   2.0
#define DURATION_S (10 * 86400.0)

static void settle_late(struct fixture *fixture)
{
    *fixture = (struct fixture){0};
    fixture_config(&fixture->config);
    fixture->config.duration_us = 10 * DAY_US;
    fixture->config.rails[0].cloud.settlement_us = 2 * DAY_US;
}

static void a_card_payment_is_locked_until_it_is_settled(void **state)
{
    (void)state;
    struct fixture fixture;
    double metrics[METRIC_COUNT];
    settle_late(&fixture);
    fixture_metrics(&fixture, metrics, "a,10,300,6,20\n");
    near(metrics[METRIC_CAPITAL_LOCKED], VALUE_SAT * SETTLE_D, 1);
    near(metrics[METRIC_EXPOSURE_MEAN], VALUE_YEN * SETTLE_D / 10, 1e-3);
    /* had: a ramp while the car charges, then all of it */
    double had_yen_s = VALUE_YEN * (SETTLE_D * 86400 - CHARGE_S / 2);
    near(metrics[METRIC_EXPOSURE_DELIVERED_MEAN], had_yen_s / DURATION_S, 1e-3);
    near(metrics[METRIC_EXPOSURE_DELIVERED_SESSION_MAX], VALUE_YEN, 1e-3);
    near(metrics[METRIC_FEE_UPKEEP], 0, 0);
    assert_true(isnan(metrics[METRIC_ATTACK_RACE_COUNT]));
}

static void what_lay_still_before_the_warm_ups_end_does_not_count(void **state)
{
    (void)state;
    struct fixture fixture;
    double metrics[METRIC_COUNT];
    settle_late(&fixture);
    fixture.config.warmup_us = DAY_US;
    fixture_metrics(&fixture, metrics, "a,10,300,6,20\n");
    double left_d = SETTLE_D + PLUGGED_S / 86400 - 1;
    near(metrics[METRIC_CAPITAL_LOCKED], VALUE_SAT * left_d, 1);
    near(metrics[METRIC_EXPOSURE_DELIVERED_MEAN], VALUE_YEN * left_d / 9, 1e-3);
    near(metrics[METRIC_EXPOSURE_DELIVERED_SESSION_MAX], VALUE_YEN, 1e-3);
    assert_true(isnan(metrics[METRIC_CAPITAL_LOCKED_PER_SESSION])); /* the session does not count */
}

/* Taken back at a moment between: a loss is no exposure any more. */
static void what_was_taken_back_is_not_locked_any_more(void **state)
{
    (void)state;
    struct fixture fixture;
    double metrics[METRIC_COUNT];
    settle_late(&fixture);
    fixture.config.rails[0].cloud.chargeback_ppm = 1000000;
    fixture_metrics(&fixture, metrics, "a,10,300,6,20\n");
    double loss_yen = metrics[METRIC_MERCHANT_LOSS];
    assert_true(loss_yen > 0 && loss_yen <= VALUE_YEN + 1e-3);
    within(metrics[METRIC_CAPITAL_LOCKED], 1, VALUE_SAT * SETTLE_D);
    near(metrics[METRIC_LOSS_CHARGEBACK], loss_yen, 1e-9);
    near(metrics[METRIC_LOSS_OTHER], 0, 1e-9);
    near(metrics[METRIC_LOSS_PER_1000_SESSIONS], 1000 * loss_yen, 1e-6);
    near(metrics[METRIC_ATTACK_SHARE], 100, 0); /* under which the loss is */
    near(metrics[METRIC_LOSS_NEVER_CONFIRMED], 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_card_payment_is_locked_until_it_is_settled),
        cmocka_unit_test(what_lay_still_before_the_warm_ups_end_does_not_count),
        cmocka_unit_test(what_was_taken_back_is_not_locked_any_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
