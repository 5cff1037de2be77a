/* test_session.c: the session controller: blocks, changing prices, retries, chargebacks.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows are recorded sessions "evse,arrival_min,departure_min,energy_kwh,battery_kwh"; the price is 30 yen per kWh and
 * a bitcoin a million yen, so 1 kWh costs 3,000,000 msat.
 */
#include "tests/models/check.h"
#include "tests/models/fixture.h"

#include "models/calendar.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MSAT_PER_KWH 3000000.0

/* The rows of the event tables, the newest last. */
struct rows {
    int64_t session[64][20];
    size_t session_count;
    int64_t payment[256][10];
    size_t payment_count;
};
enum {
    S_KEY,
    S_CAR,
    S_OUTLET,
    S_ARRIVAL,
    S_PLUGGED,
    S_POWERED,
    S_DEPARTURE,
    S_DEMAND,
    S_DELIVERED,
    S_METERED,
    S_PAID,
    S_REFUNDED,
    S_REVERSED,
    S_COST,
    S_FEE,
    S_CREDITED,
    S_FAILED,
    S_END
};
enum { P_SESSION, P_PAYMENT, P_AT, P_ASKED, P_KIND, P_CAUSE, P_AMOUNT, P_FEE };

static void on_row(void *self, size_t table, const int64_t *values)
{
    struct rows *rows = self;
    size_t bytes = event_tables[table].column_count * sizeof values[0];
    if (table == EVENT_TABLE_SESSION)
        memcpy(rows->session[rows->session_count++], values, bytes);
    else
        memcpy(rows->payment[rows->payment_count++], values, bytes);
    assert_true(rows->session_count < 64 && rows->payment_count < 256);
}

static struct rows seen;
static double metrics[METRIC_COUNT];

static void start(struct fixture *fixture)
{
    *fixture = (struct fixture){.order = {.seed = 1, .audit_every = 1}};
    fixture_config(&fixture->config);
    fixture->config.fleet.car.efficiency_ppm = 1000000;
}

static void run(struct fixture *fixture, const char *rows)
{
    memset(&seen, 0, sizeof seen);
    static struct world_events events = {.self = &seen, .row = on_row};
    fixture->order.events = &events;
    fixture_metrics(fixture, metrics, rows);
}

static void a_free_and_instant_rail_loses_no_energy_and_no_time(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    run(&fixture, "a,10,130,6.4,40\nb,20,80,9,40\n");
    assert_int_equal(seen.session_count, 2);
    assert_int_equal(seen.session[0][S_POWERED], 20 * MINUTE_US); /* b leaves first */
    assert_int_equal(seen.session[0][S_DELIVERED], 3200 * INT64_C(3600) * 1000000);
    assert_int_equal(seen.session[0][S_END], SESSION_END_DEPARTED);
    assert_int_equal(seen.session[1][S_DELIVERED], 64 * KWH_UJ / 10);
    assert_int_equal(seen.session[1][S_POWERED], 10 * MINUTE_US);
    assert_true(metrics[METRIC_SESSION_INTERRUPTED_SHARE] == 0);
    assert_true(metrics[METRIC_PAYMENT_COUNT] == 2); /* the whole demand at once */
    assert_near((double)seen.session[0][S_COST], 3.2 * MSAT_PER_KWH, 1);
    assert_int_equal(seen.session[0][S_PAID] - seen.session[0][S_REFUNDED], seen.session[0][S_COST]);
    assert_near(metrics[METRIC_REVENUE], 30 * (3.2 + 6.4), 1e-4);
}

static void blocks_are_bought_one_by_one_without_interruption_if_the_rail_is_instant(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    fixture.config.payment.purchase_uj = KWH_UJ;
    run(&fixture, "a,0,300,5.5,40\n");
    assert_int_equal(seen.session[0][S_DELIVERED], 55 * KWH_UJ / 10);
    assert_int_equal(seen.session[0][S_CREDITED], 6); /* five and a half */
    assert_true(metrics[METRIC_SESSION_INTERRUPTED_SHARE] == 0);
}

static void with_latency_blocks_interrupt_unless_they_are_ordered_early(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    fixture.config.payment.purchase_uj = KWH_UJ;
    fixture.config.rails[0].cloud.latency_us = MINUTE_US;
    run(&fixture, "a,0,600,5,40\n");
    assert_true(metrics[METRIC_SESSION_INTERRUPTED_SHARE] == 100);
    assert_int_equal(seen.session[0][S_POWERED], MINUTE_US);
    fixture.config.payment.reorder_uj = KWH_UJ / 10; /* 112 s ahead */
    run(&fixture, "a,0,600,5,40\n");
    assert_true(metrics[METRIC_SESSION_INTERRUPTED_SHARE] == 0);
    assert_int_equal(seen.session[0][S_CREDITED], 5);
    assert_true(metrics[METRIC_TIME_TO_POWER_MEAN] == 60);
}

static void no_energy_flows_before_credit_or_beyond_it(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    fixture.config.payment.purchase_uj = KWH_UJ;
    fixture.config.building.outlets.contactor_delay_us = 2 * SECOND_US;
    fixture.config.building.outlets.meter_resolution_uj = KWH_UJ / 1000;
    fixture.config.rails[0].cloud.latency_us = 30 * SECOND_US;
    fixture.config.rails[0].cloud.outages[0] = (struct outage_config){.at_us = 10 * MINUTE_US, .duration_us = DAY_US};
    fixture.config.rails[0].cloud.outage_count = 1;
    run(&fixture, "a,0,600,5,40\n"); /* audited after every event */
    int64_t guard_uj = 3200 * (2 * SECOND_US + 1) + KWH_UJ / 1000;
    assert_int_equal(seen.session[0][S_POWERED], 32 * SECOND_US);
    assert_true(seen.session[0][S_DELIVERED] <= KWH_UJ && seen.session[0][S_DELIVERED] >= KWH_UJ - guard_uj);
    assert_int_equal(seen.session[0][S_END], SESSION_END_UNPOWERED);
    assert_int_equal(seen.session[0][S_FAILED], 4); /* one try and three more */
    assert_true(metrics[METRIC_PAYMENT_FAILED_OUTAGE] == 4);
    assert_true(metrics[METRIC_SESSION_UNPOWERED_SHARE] == 100);
}

static void failed_payments_are_tried_again_after_the_configured_time(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    fixture.config.rails[0].cloud.outages[0] = (struct outage_config){.at_us = 0, .duration_us = 150 * SECOND_US};
    fixture.config.rails[0].cloud.outage_count = 1;
    run(&fixture, "a,0,600,5,40\n"); /* fails at 0, 60, 120 s; succeeds at 180 s */
    assert_int_equal(seen.session[0][S_POWERED], 180 * SECOND_US);
    assert_int_equal(seen.session[0][S_FAILED], 3);
    assert_int_equal(seen.session[0][S_DELIVERED], 5 * KWH_UJ);
    fixture.config.payment.retries_max = 2;
    run(&fixture, "a,0,600,5,40\n");
    assert_int_equal(seen.session[0][S_POWERED], -1);
    assert_int_equal(seen.session[0][S_FAILED], 3);
    assert_int_equal(seen.session[0][S_PAID], 0);
    assert_true(isnan(metrics[METRIC_TIME_TO_POWER_MEAN]));
    assert_true(metrics[METRIC_PAYMENT_SUCCESS_SHARE] == 0);
}

static void every_price_is_debited_for_its_own_time(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    fixture.config.tariff.kind = TARIFF_TIME_OF_USE;
    fixture.config.tariff.band_count = 2;
    fixture.config.tariff.bands[0] = (struct tariff_band){DAY_ANY, 0, 8 * HOUR_US, 16520000};
    fixture.config.tariff.bands[1] = (struct tariff_band){DAY_ANY, 8 * HOUR_US, 24 * HOUR_US, 38800000};
    run(&fixture, "a,360,720,9.6,40\n"); /* 6 to 9 o'clock: two hours at one price, one at the other */
    assert_int_equal(seen.session[0][S_DELIVERED], 96 * KWH_UJ / 10);
    double yen = 6.4 * 16.52 + 3.2 * 38.80;
    assert_near((double)seen.session[0][S_COST] / 1e5, yen, 0.001);
    assert_int_equal(seen.session[0][S_CREDITED], 2); /* what was bought at night does not last at the day's price */
    assert_true(metrics[METRIC_SESSION_INTERRUPTED_SHARE] == 0);
}

/* The change of the price and the arrival come in either order. */
static void who_comes_when_the_price_changes_buys_at_the_new_one(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    fixture.config.tariff.kind = TARIFF_TIME_OF_USE;
    fixture.config.tariff.band_count = 2;
    fixture.config.tariff.bands[0] = (struct tariff_band){DAY_ANY, 0, 8 * HOUR_US, 10000000};
    fixture.config.tariff.bands[1] = (struct tariff_band){DAY_ANY, 8 * HOUR_US, 24 * HOUR_US, 40000000};
    for (uint64_t fuzz = 0; fuzz < 8; fuzz++) {
        fixture.order.tie_fuzz = fuzz;
        run(&fixture, "a,480,600,3.2,40\nb,1440,1500,3.2,40\n");
        assert_near((double)seen.session[0][S_PAID] / 1e5, 3.2 * 40, 0.001);
        assert_near((double)seen.session[1][S_PAID] / 1e5, 3.2 * 10, 0.001);
        assert_int_equal(seen.session[0][S_CREDITED], 1);
    }
}

/* The price doubles while the credit is nearly used up and the contactor needs ten seconds to open. */
static void a_higher_price_never_makes_energy_unpaid(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    fixture.config.building.outlets.contactor_delay_us = 10 * SECOND_US;
    fixture.config.payment.purchase_uj = 32 * KWH_UJ / 10; /* an hour */
    fixture.config.rails[0].cloud.latency_us = 5 * MINUTE_US;
    fixture.config.tariff.kind = TARIFF_TIME_OF_USE;
    fixture.config.tariff.band_count = 2;
    fixture.config.tariff.bands[1] = (struct tariff_band){DAY_ANY, 8 * HOUR_US, 24 * HOUR_US, 400000000};
    fixture.config.tariff.bands[0] = (struct tariff_band){DAY_ANY, 0, 8 * HOUR_US, 10000000};
    for (int minute = 410; minute < 420; minute++) { /* credit runs out about 8 o'clock */
        char rows[64];
        snprintf(rows, sizeof rows, "a,%d,900,20,40\n", minute);
        run(&fixture, rows); /* audited after every event */
        assert_true(metrics[METRIC_MERCHANT_LOSS] == 0);
        assert_true(seen.session[0][S_DELIVERED] > 3 * KWH_UJ);
    }
}

static void a_price_of_zero_needs_no_payment(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    fixture.config.tariff.price_uyen_per_kwh = 0;
    run(&fixture, "a,0,600,5,40\n");
    assert_int_equal(seen.session[0][S_DELIVERED], 5 * KWH_UJ);
    assert_true(metrics[METRIC_PAYMENT_COUNT] == 0);
    assert_true(metrics[METRIC_REVENUE] == 0);
}

static void a_chargeback_after_delivery_is_unpaid_energy(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    fixture.config.rails[0].cloud.settlement_us = 2 * DAY_US;
    fixture.config.rails[0].cloud.chargeback_ppm = 1000000;
    fixture.config.rails[0].cloud.fee_fixed_msat = 1000;
    fixture.order.seed = 2;
    run(&fixture, "a,0,60,1.6,40\n");
    assert_int_equal(seen.session[0][S_DELIVERED], 16 * KWH_UJ / 10);
    assert_int_equal(seen.session[0][S_REVERSED], seen.session[0][S_PAID] - seen.session[0][S_REFUNDED]);
    assert_near(metrics[METRIC_MERCHANT_LOSS], 48, 0.001);
    assert_near(metrics[METRIC_ENERGY_UNPAID], 1.6, 1e-6);
    assert_true(metrics[METRIC_REVENUE] == 0);
    assert_true(metrics[METRIC_PAYMENT_REVERSED_SHARE] == 100);
    assert_near(metrics[METRIC_FEE_PER_SESSION], 0.01, 1e-9);
    assert_true(isnan(metrics[METRIC_TIME_TO_FINALITY_MEAN]));
}

static void a_chargeback_while_charging_opens_the_contactor(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    fixture.config.rails[0].cloud.settlement_us = 10 * MINUTE_US;
    fixture.config.rails[0].cloud.chargeback_ppm = 1000000;
    run(&fixture, "a,0,600,16,40\n");
    int64_t reversed_at_us = seen.payment[1][P_AT];
    assert_int_equal(seen.payment[1][P_KIND], RAIL_REVERSED);
    assert_true(reversed_at_us > 0 && reversed_at_us < 10 * MINUTE_US);
    assert_int_equal(seen.session[0][S_DELIVERED], 3200 * reversed_at_us);
    assert_int_equal(seen.session[0][S_END], SESSION_END_UNPOWERED);
    assert_int_equal(seen.session[0][S_CREDITED], 1); /* nobody sells to it again */
    assert_near(metrics[METRIC_ENERGY_UNPAID], (double)seen.session[0][S_DELIVERED] / 3.6e12, 1e-6);
}

static void a_payment_that_comes_after_the_car_has_left_goes_back(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    fixture.config.rails[0].cloud.latency_us = HOUR_US;
    run(&fixture, "a,0,30,5,40\n");
    assert_int_equal(seen.session[0][S_POWERED], -1);
    assert_true(seen.session[0][S_PAID] > 0);
    assert_int_equal(seen.session[0][S_REFUNDED], seen.session[0][S_PAID]);
    assert_int_equal(seen.session[0][S_COST], 0);
    assert_true(metrics[METRIC_REVENUE] == 0);
}

static void what_is_left_of_the_credit_is_refunded_to_the_msat(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    fixture.config.rails[0].cloud.settlement_us = 5 * MINUTE_US; /* final before the refund */
    run(&fixture, "a,0,7,30,40\n");
    int64_t cost_msat = (int64_t)ceil(3.2 * 7 / 60 * MSAT_PER_KWH);
    assert_int_equal(seen.session[0][S_COST], cost_msat);
    assert_int_equal(seen.session[0][S_PAID] - seen.session[0][S_REFUNDED], cost_msat);
    assert_near((double)seen.session[0][S_PAID], 30 * MSAT_PER_KWH, 2);
    assert_true(metrics[METRIC_EXPOSURE_MAX] > 899);
}

static void a_session_without_demand_buys_nothing(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    run(&fixture, "a,0,60,0,40\na,70,80,0.1,40\n");
    assert_int_equal(seen.session[0][S_CREDITED], 0);
    assert_int_equal(seen.session[0][S_END], SESSION_END_COMPLETE);
    assert_int_equal(seen.session[1][S_DELIVERED], KWH_UJ / 10);
    assert_true(metrics[METRIC_ENERGY_DEMANDS_MET_SHARE] == 100);
}

static void exposure_is_what_is_credited_and_not_final(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    fixture.config.duration_us = 10 * HOUR_US;
    fixture.config.rails[0].cloud.settlement_us = 2 * HOUR_US;
    run(&fixture, "a,0,590,3.2,40\nb,60,590,3.2,40\n"); /* 96 yen each, 2 h each, 1 h of it together */
    assert_near(metrics[METRIC_EXPOSURE_MAX], 192, 0.01);
    assert_near(metrics[METRIC_EXPOSURE_MEAN], 96 * 4.0 / 10, 0.01);
    assert_true(metrics[METRIC_TIME_TO_FINALITY_P95] == 7200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_free_and_instant_rail_loses_no_energy_and_no_time),
        cmocka_unit_test(blocks_are_bought_one_by_one_without_interruption_if_the_rail_is_instant),
        cmocka_unit_test(with_latency_blocks_interrupt_unless_they_are_ordered_early),
        cmocka_unit_test(no_energy_flows_before_credit_or_beyond_it),
        cmocka_unit_test(failed_payments_are_tried_again_after_the_configured_time),
        cmocka_unit_test(every_price_is_debited_for_its_own_time),
        cmocka_unit_test(who_comes_when_the_price_changes_buys_at_the_new_one),
        cmocka_unit_test(a_higher_price_never_makes_energy_unpaid),
        cmocka_unit_test(a_price_of_zero_needs_no_payment),
        cmocka_unit_test(a_chargeback_after_delivery_is_unpaid_energy),
        cmocka_unit_test(a_chargeback_while_charging_opens_the_contactor),
        cmocka_unit_test(a_payment_that_comes_after_the_car_has_left_goes_back),
        cmocka_unit_test(what_is_left_of_the_credit_is_refunded_to_the_msat),
        cmocka_unit_test(a_session_without_demand_buys_nothing),
        cmocka_unit_test(exposure_is_what_is_credited_and_not_final),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
