/* test_manage.c: managed charging on small worlds whose outcome is calculated by hand, and on one real month.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Small worlds: 200 V outlets of 16 A (3.2 kW), ideal batteries. Rows: outlet, arrival and departure in minutes, kWh.
 * The month: figures of an independent event-driven calculation (least laxity in steps of 15 s) and of ACN-Sim.
 */
#include "tests/models/check.h"
#include "tests/models/fixture.h"

#include "models/calendar.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MONTH KONSENTO_SHARED "/data/arrivals_TRO_R_2020-01.csv"

static void managed(struct fixture *fixture, enum charging_strategy strategy, int64_t service_ma)
{
    *fixture = (struct fixture){.order = {.seed = 1, .audit_every = 1}};
    fixture_config(&fixture->config);
    struct building_config *building = &fixture->config.building;
    building->strategy = strategy;
    building->service_limit_ma = service_ma;
    building->round_current_ma = 1000;
    building->turn_us = 15 * MINUTE_US;
}

/* kWh of each outlet at the end. */
static void run_for_energy(struct fixture *fixture, double *kwh, uint32_t count, const char *rows)
{
    fixture_open(fixture, rows);
    fixture_run(fixture, NULL);
    assert_int_equal(fixture->world.outlet_count, count);
    for (uint32_t i = 0; i < count; i++)
        kwh[i] = (double)fixture->world.outlets[i].finished_uj / (double)KWH_UJ;
    fixture_close(fixture);
}

static void expect(struct fixture *fixture, const char *rows, const double *expected, uint32_t count)
{
    double kwh[8];
    run_for_energy(fixture, kwh, count, rows);
    for (uint32_t i = 0; i < count; i++)
        assert_near(kwh[i], expected[i], 0.002);
}
#define EXPECT(fixture, rows, ...)                                                                                     \
    expect(fixture, rows, (const double[]){__VA_ARGS__}, sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

/* ---- one current for two --------------------------------------------------------------------------------------- */

/* 16 A for both: a comes first and leaves late, b comes 1 h later and leaves after 3 h more; both want more. Until 1 h
 * a has 3.2 kWh, then 3 h of 3.2 kW are to be had by two, then a has 6 h more for its rest. */
static const char pair[] = "a,0,600,20,40\nb,60,240,20,40\n";

static void first_come_lets_the_second_wait(void **state)
{
    (void)state;
    struct fixture fixture;
    managed(&fixture, STRATEGY_FIRST_COME, 16000);
    EXPECT(&fixture, pair, 20, 0);
}

static void earliest_deadline_serves_who_leaves_first(void **state)
{
    (void)state;
    struct fixture fixture;
    managed(&fixture, STRATEGY_EARLIEST_DEADLINE, 16000);
    EXPECT(&fixture, pair, 20, 9.6);
}

static void equal_shares_and_rounds_halve_the_current(void **state)
{
    (void)state;
    struct fixture fixture;
    managed(&fixture, STRATEGY_EQUAL_SHARE, 16000);
    EXPECT(&fixture, pair, 20, 4.8);
    managed(&fixture, STRATEGY_ROUND_ROBIN, 16000);
    EXPECT(&fixture, pair, 20, 4.8);
}

/* 17 A: rounds of 1 A give the odd ampere to who comes first; equal shares halve it. */
static void rounds_deal_whole_amperes(void **state)
{
    (void)state;
    struct fixture fixture;
    managed(&fixture, STRATEGY_ROUND_ROBIN, 17000);
    EXPECT(&fixture, "a,0,60,20,40\nb,0,60,20,40\n", 1.8, 1.6);
    managed(&fixture, STRATEGY_EQUAL_SHARE, 17000);
    EXPECT(&fixture, "a,0,60,20,40\nb,0,60,20,40\n", 1.7, 1.7);
}

/* A car whose charger takes little leaves the rest to the other. */
static void what_a_small_charger_leaves_is_the_others(void **state)
{
    (void)state;
    struct fixture fixture;
    managed(&fixture, STRATEGY_EQUAL_SHARE, 16000);
    fixture.config.fleet.car.charger_w = 1000;
    EXPECT(&fixture, "a,0,60,20,40\nb,0,60,20,40\n", 1, 1);
}

/* a: 6.4 kWh in 4 h, laxity 2 h; b: 6.4 kWh in 3 h, laxity 1 h. b has all of it for 1 h, when a's laxity has fallen to
 * 1 h as well; then both share, 1.6 kW each: b leaves at 3 h with 3.2 + 3.2, a goes on with 3.2 kW for 1 h. */
static void least_laxity_serves_the_most_urgent_and_shares_among_equals(void **state)
{
    (void)state;
    struct fixture fixture;
    managed(&fixture, STRATEGY_LEAST_LAXITY, 16000);
    EXPECT(&fixture, "a,0,240,6.4,40\nb,0,180,6.4,40\n", 6.4, 6.4);
    managed(&fixture, STRATEGY_FIRST_COME, 16000);
    EXPECT(&fixture, "a,0,240,6.4,40\nb,0,180,6.4,40\n", 6.4, 3.2);
}

/* ---- the minimum current --------------------------------------------------------------------------------------- */

/* 10 A for two who may not have less than 6 A: they take turns of 15 min, each with 10 A. */
static void who_cannot_share_takes_turns(void **state)
{
    (void)state;
    struct fixture fixture;
    for (int i = 0; i < 2; i++) {
        managed(&fixture, i == 0 ? STRATEGY_EQUAL_SHARE : STRATEGY_ROUND_ROBIN, 10000);
        fixture.config.building.minimum_current_ma = 6000;
        EXPECT(&fixture, "a,0,120,20,40\nb,0,120,20,40\n", 2, 2);
        managed(&fixture, i == 0 ? STRATEGY_EQUAL_SHARE : STRATEGY_ROUND_ROBIN, 10000);
        fixture.config.building.minimum_current_ma = 6000;
        EXPECT(&fixture, "a,0,45,20,40\nb,0,45,20,40\n", 1, 0.5);
    }
}

/* 20 A in order: the first has 16 A, and 4 A are of no use to the second. */
static void less_than_the_minimum_is_not_given(void **state)
{
    (void)state;
    struct fixture fixture;
    managed(&fixture, STRATEGY_FIRST_COME, 20000);
    fixture.config.building.minimum_current_ma = 6000;
    EXPECT(&fixture, "a,0,60,20,40\nb,0,60,20,40\n", 3.2, 0);
    managed(&fixture, STRATEGY_FIRST_COME, 20000);
    EXPECT(&fixture, "a,0,60,20,40\nb,0,60,20,40\n", 3.2, 0.8);
}

/* With a minimum, the more urgent of two goes on until the other is a turn more urgent: then they take turns. Either
 * is served within a turn or two of half. */
static void least_laxity_with_a_minimum_takes_turns(void **state)
{
    (void)state;
    struct fixture fixture;
    double kwh[2];
    managed(&fixture, STRATEGY_LEAST_LAXITY, 16000);
    fixture.config.building.minimum_current_ma = 16000;
    run_for_energy(&fixture, kwh, 2, "a,0,600,32,40\nb,0,600,32,40\n");
    assert_near(kwh[0] + kwh[1], 32, 0.01);
    assert_near(kwh[0], 16, 2 * 0.8);
}

/* ---- prices ---------------------------------------------------------------------------------------------------- */

static void two_prices(struct world_config *config)
{
    const struct tariff_band bands[] = {{DAY_ANY, 0, 8 * HOUR_US, 10000000},
                                        {DAY_ANY, 8 * HOUR_US, 22 * HOUR_US, 30000000},
                                        {DAY_ANY, 22 * HOUR_US, 24 * HOUR_US, 10000000}};
    config->tariff.kind = TARIFF_TIME_OF_USE;
    config->tariff.band_count = 3;
    memcpy(config->tariff.bands, bands, sizeof bands);
}

/* Price paid per kWh for one car from minute 1200 (20:00) on, when 22:00 brings a third of the price. */
static double price_of(enum charging_strategy strategy, const char *row)
{
    struct fixture fixture;
    double metrics[METRIC_COUNT];
    managed(&fixture, strategy, CONFIG_SERVICE_UNLIMITED_MA);
    two_prices(&fixture.config);
    fixture_metrics(&fixture, metrics, row);
    assert_near(metrics[METRIC_ENERGY_DEMANDS_MET_SHARE], 100, 0);
    return metrics[METRIC_CHARGING_PRICE_MEAN];
}

/* 12.8 kWh need 4 h. Until 06:00 there is time after 22:00; until 01:00 there are 3 h of it, and 1 h must come before:
 * price_led takes it at once, time_of_use at the last moment; without 22:00 both charge at once. */
static void prices_move_charging_to_the_cheap_hours(void **state)
{
    (void)state;
    static const enum charging_strategy both[] = {STRATEGY_TIME_OF_USE, STRATEGY_PRICE_LED};
    for (int i = 0; i < 2; i++) {
        assert_near(price_of(both[i], "a,1200,1800,12.8,40\n"), 10, 0.001);
        assert_near(price_of(both[i], "a,1200,1500,12.8,40\n"), 15, 0.01);
        assert_near(price_of(both[i], "a,600,1200,12.8,40\n"), 30, 0.001);
    }
    assert_near(price_of(STRATEGY_FIRST_COME, "a,1200,1800,12.8,40\n"), 20, 0.001);
}

static double contact_wait_of(enum charging_strategy strategy)
{
    struct fixture fixture;
    managed(&fixture, strategy, CONFIG_SERVICE_UNLIMITED_MA);
    two_prices(&fixture.config);
    fixture_open(&fixture, "a,1200,1500,12.8,40\n");
    double energy_before = -1;
    assert_int_equal(sim_run(fixture.world.sim, 1230 * MINUTE_US, 0, NULL), SIM_END_HORIZON);
    energy_before = (double)outlet_energy_uj(&fixture.world.outlets[0]) / (double)KWH_UJ;
    fixture_close(&fixture);
    return energy_before;
}

static void price_led_starts_early_and_time_of_use_late(void **state)
{
    (void)state;
    assert_near(contact_wait_of(STRATEGY_PRICE_LED), 1.6, 0.001);
    assert_near(contact_wait_of(STRATEGY_TIME_OF_USE), 0, 0.001);
}

/* The rebound: ten cars that came in the evening all begin at 22:00; the limit holds if there is one. */
static void time_of_use_makes_all_begin_at_once(void **state)
{
    (void)state;
    char rows[512] = "";
    for (int i = 0; i < 10; i++)
        snprintf(rows + strlen(rows), sizeof rows - strlen(rows), "%c,%d,1900,3,40\n", 'a' + i, 1000 + 20 * i);
    static const int64_t limits_ma[] = {CONFIG_SERVICE_UNLIMITED_MA, 50000};
    static const double peaks_a[] = {160, 50};
    for (int i = 0; i < 2; i++) {
        struct fixture fixture;
        double metrics[METRIC_COUNT];
        managed(&fixture, STRATEGY_TIME_OF_USE, limits_ma[i]);
        two_prices(&fixture.config);
        fixture_metrics(&fixture, metrics, rows);
        assert_near(metrics[METRIC_SITE_PEAK_CURRENT], peaks_a[i], 1e-9);
        assert_near(metrics[METRIC_ENERGY_DELIVERED_SHARE], 100, 1e-6);
        managed(&fixture, STRATEGY_NONE, limits_ma[i]);
        two_prices(&fixture.config);
        fixture_metrics(&fixture, metrics, rows);
        assert_near(metrics[METRIC_SITE_PEAK_CURRENT], 48, 1e-9); /* 3 kWh are had in 56 min: three at once */
    }
}

/* ---- payments -------------------------------------------------------------------------------------------------- */

/* The earlier car's money comes first; if it never becomes final and the later car's does, that one goes first. The
 * management sees credit and finality only, whatever the rail. */
static void paid_first_puts_final_money_before_mere_credit(void **state)
{
    (void)state;
    struct fixture fixture;
    managed(&fixture, STRATEGY_PAID_FIRST, 16000);
    EXPECT(&fixture, "a,0,120,20,40\nb,1,120,20,40\n", 6.4, 0);
    managed(&fixture, STRATEGY_PAID_FIRST, 16000);
    fixture.config.rails[0].cloud.settlement_us = DAY_US;
    fixture_open(&fixture, "a,0,120,20,40\nb,1,120,20,40\n");
    sim_run(fixture.world.sim, HOUR_US, 0, NULL);
    manage_pay(&fixture.world.manage, 1, true);
    fixture_run(&fixture, NULL);
    assert_near((double)fixture.world.outlets[0].finished_uj / (double)KWH_UJ, 3.2, 0.001);
    assert_near((double)fixture.world.outlets[1].finished_uj / (double)KWH_UJ, 3.2, 0.001);
    fixture_close(&fixture);
}

/* Portions, a slow rail, a slow contactor and a pilot that changes all the time: what flows is paid (audited after
 * every event), and a car that is paused keeps its session. */
static void a_changing_pilot_never_lets_energy_flow_unpaid(void **state)
{
    (void)state;
    for (int strategy = STRATEGY_EQUAL_SHARE; strategy < STRATEGY_COUNT; strategy++) {
        struct fixture fixture;
        double metrics[METRIC_COUNT];
        managed(&fixture, (enum charging_strategy)strategy, 20000);
        fixture.config.building.minimum_current_ma = 6000;
        fixture.config.building.outlets.contactor_delay_us = 5 * SECOND_US;
        fixture.config.building.outlets.meter_resolution_uj = KWH_UJ / 1000;
        fixture.config.payment.purchase_uj = KWH_UJ / 4;
        fixture.config.rails[0].cloud.latency_us = MINUTE_US;
        fixture.config.rails[0].cloud.settlement_us = HOUR_US;
        fixture_metrics(&fixture, metrics, "a,0,600,9,40\nb,30,500,9,40\nc,60,400,9,40\nd,61,700,9,40\n");
        assert_true(metrics[METRIC_SITE_PEAK_CURRENT] <= 20 + 1e-9);
        assert_true(metrics[METRIC_ENERGY_DELIVERED] > 20);
        assert_near(metrics[METRIC_MERCHANT_LOSS], 0, 0);
        assert_near(metrics[METRIC_SESSION_COUNT], 4, 0);
    }
}

/* ---- tapers ---------------------------------------------------------------------------------------------------- */

/* What two tapering cars leave goes to a third ampere by ampere: the service is full while anyone is short. */
static void what_a_taper_leaves_is_given_to_others(void **state)
{
    (void)state;
    struct fixture fixture;
    double metrics[METRIC_COUNT];
    managed(&fixture, STRATEGY_FIRST_COME, 16000);
    fixture.config.fleet.car.knee = KNEE_AC;
    fixture.config.duration_us = 6 * HOUR_US;
    fixture.config.series_step_us = 5 * MINUTE_US;
    fixture_open(&fixture, "a,0,350,15,15\nb,0,350,15,15\nc,0,350,30,40\n");
    fixture_run(&fixture, metrics);
    assert_true(metrics[METRIC_SITE_PEAK_CURRENT] <= 16 + 1e-9);
    for (size_t step = 0; step < 69; step++) /* two tapers may lack an ampere each */
        assert_true(building_load_w(&fixture.world.building, step, 6 * HOUR_US) > 3200 - 300);
    fixture_close(&fixture);
}

/* ---- the auditor ----------------------------------------------------------------------------------------------- */

static void a_grant_behind_the_managements_back_is_found(void **state)
{
    (void)state;
    for (int fault = 0; fault < 2; fault++) {
        struct fixture fixture;
        managed(&fixture, STRATEGY_FIRST_COME, 16000);
        fixture_open(&fixture, pair);
        assert_int_equal(sim_run(fixture.world.sim, 2 * HOUR_US, 0, NULL), SIM_END_HORIZON);
        if (fault)
            outlet_grant(&fixture.world.outlets[1], 3200);
        enum sim_end end = sim_run(fixture.world.sim, fixture.config.duration_us, 0, NULL);
        assert_int_equal(end == SIM_END_AUDIT, fault);
        if (fault)
            assert_string_equal(sim_audit_failure(fixture.world.sim)->name, "limit");
        fixture_close(&fixture);
    }
}

static void a_base_load_above_the_limit_leaves_nothing(void **state)
{
    (void)state;
    struct fixture fixture;
    managed(&fixture, STRATEGY_EQUAL_SHARE, 16000);
    fixture.config.building.flats = 10;
    fixture.config.building.base_load_w_per_flat = 400;
    EXPECT(&fixture, pair, 0, 0);
    managed(&fixture, STRATEGY_EQUAL_SHARE, 16000);
    fixture.config.building.flats = 10;
    fixture.config.building.base_load_w_per_flat = 160;
    EXPECT(&fixture, "a,0,60,20,40\n", 1.6);
}

/* ---- a real month ---------------------------------------------------------------------------------------------- */

static void run_month(struct world_result *result, enum charging_strategy strategy, int64_t service_ma, uint64_t fuzz)
{
    struct fixture fixture;
    struct input_problem problems[INPUT_PROBLEMS_MAX];
    size_t problem_count;
    managed(&fixture, strategy, service_ma);
    fixture.config.duration_us = 31 * DAY_US;
    fixture.config.fleet.source = FLEET_REPLAY;
    fixture.config.fleet.car.battery_uj = 0;
    fixture.config.fleet.replay.path = MONTH;
    struct world_input *input = world_input_open(problems, &problem_count, &fixture.config);
    assert_non_null(input);
    assert_true(world_run(result, &fixture.config, input, &(struct world_order){.seed = 1, .tie_fuzz = fuzz}));
    assert_false(result->failed);
    world_input_close(input);
}

static void the_real_month_agrees_with_published_figures(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum charging_strategy strategy;
        int64_t service_ma;
        double delivered, delivered_off, met, met_off;
    } rows[] = {
        {"earliest deadline", STRATEGY_EARLIEST_DEADLINE, 250000, 92.824, 0.03, 80.74, 0.2},
        {"least laxity", STRATEGY_LEAST_LAXITY, 250000, 92.825, 0.1, 80.74, 0.2},
        {"first come", STRATEGY_FIRST_COME, 250000, 92.800, 0.03, 80.74, 0.2},
        {"round robin", STRATEGY_ROUND_ROBIN, 250000, 92.73, 0.6, 80.83, 2},
        {"earliest deadline", STRATEGY_EARLIEST_DEADLINE, 125000, 91.314, 0.03, 79.66, 0.2},
        {"least laxity", STRATEGY_LEAST_LAXITY, 125000, 92.163, 0.1, 78.30, 0.2},
        {"first come", STRATEGY_FIRST_COME, 125000, 87.795, 0.03, 75.77, 0.2},
        {"round robin", STRATEGY_ROUND_ROBIN, 125000, 87.63, 0.6, 73.33, 2},
        {"equal share", STRATEGY_EQUAL_SHARE, 125000, 87.63, 0.6, 73.33, 2},
        {"paid first", STRATEGY_PAID_FIRST, 125000, 87.795, 0.03, 75.77, 0.2},
        /* without a roof: who starts as late as he may loses nothing where there is room */
        {"PV surplus", STRATEGY_PV_SURPLUS, 1000000, 92.825, 0.03, 80.74, 0.2},
    };
    if (access(MONTH, R_OK) != 0)
        skip();
    printf("%-20s %6s %19s %19s %8s %8s\n", "", "A", "delivered %", "met %", "peak A", "CPU ms");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world_result result;
        clock_t start = clock();
        run_month(&result, rows[i].strategy, rows[i].service_ma, 0);
        double cpu_ms = 1e3 * (double)(clock() - start) / CLOCKS_PER_SEC;
        double delivered = result.metrics[METRIC_ENERGY_DELIVERED_SHARE];
        double met = result.metrics[METRIC_ENERGY_DEMANDS_MET_SHARE], peak = result.metrics[METRIC_SITE_PEAK_CURRENT];
        printf("%-20s %6.0f %9.3f (%7.3f) %9.3f (%7.3f) %8.3f %8.2f\n", rows[i].name, (double)rows[i].service_ma / 1000,
               delivered, rows[i].delivered, met, rows[i].met, peak, cpu_ms);
        assert_near(delivered, rows[i].delivered, rows[i].delivered_off);
        assert_near(met, rows[i].met, rows[i].met_off);
        assert_true(peak <= (double)rows[i].service_ma / 1000);
        assert_true(result.deterministic);
        world_result_close(&result);
    }
}

static void ties_in_another_order_change_little(void **state)
{
    (void)state;
    if (access(MONTH, R_OK) != 0)
        skip();
    for (int strategy = STRATEGY_EQUAL_SHARE; strategy < STRATEGY_COUNT; strategy++) {
        struct world_result plain, fuzzed;
        run_month(&plain, (enum charging_strategy)strategy, 125000, 0);
        run_month(&fuzzed, (enum charging_strategy)strategy, 125000, 0x9e3779b97f4a7c15);
        assert_near(fuzzed.metrics[METRIC_ENERGY_DELIVERED_SHARE], plain.metrics[METRIC_ENERGY_DELIVERED_SHARE], 1e-9);
        assert_near(fuzzed.metrics[METRIC_SITE_PEAK_CURRENT], plain.metrics[METRIC_SITE_PEAK_CURRENT], 1e-9);
        world_result_close(&plain);
        world_result_close(&fuzzed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_come_lets_the_second_wait),
        cmocka_unit_test(earliest_deadline_serves_who_leaves_first),
        cmocka_unit_test(equal_shares_and_rounds_halve_the_current),
        cmocka_unit_test(rounds_deal_whole_amperes),
        cmocka_unit_test(what_a_small_charger_leaves_is_the_others),
        cmocka_unit_test(least_laxity_serves_the_most_urgent_and_shares_among_equals),
        cmocka_unit_test(who_cannot_share_takes_turns),
        cmocka_unit_test(less_than_the_minimum_is_not_given),
        cmocka_unit_test(least_laxity_with_a_minimum_takes_turns),
        cmocka_unit_test(prices_move_charging_to_the_cheap_hours),
        cmocka_unit_test(price_led_starts_early_and_time_of_use_late),
        cmocka_unit_test(time_of_use_makes_all_begin_at_once),
        cmocka_unit_test(paid_first_puts_final_money_before_mere_credit),
        cmocka_unit_test(a_changing_pilot_never_lets_energy_flow_unpaid),
        cmocka_unit_test(what_a_taper_leaves_is_given_to_others),
        cmocka_unit_test(a_grant_behind_the_managements_back_is_found),
        cmocka_unit_test(a_base_load_above_the_limit_leaves_nothing),
        cmocka_unit_test(the_real_month_agrees_with_published_figures),
        cmocka_unit_test(ties_in_another_order_change_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
