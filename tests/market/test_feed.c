/* test_feed.c: power out of cars: batteries, outlets and sessions, to the microjoule and the msat.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/check.h"
#include "tests/models/fixture.h"

#include "models/calendar.h"
#include "sim/stream.h"

#include <math.h>

static void what_is_given_comes_back_with_its_losses(void **state)
{
    (void)state;
    struct battery battery = {.capacity_uj = 40 * KWH_UJ, .missing_uj = 10 * KWH_UJ};
    assert_int_equal(battery_refill_uj(792, 792000), 1000);
    assert_int_equal(battery_refill_uj(1, 792000), 2); /* rounded up */
    assert_int_equal(battery_refill_uj(7, 1000000), 7);
    assert_int_equal(battery_spare_uj(&battery, 500000, 1000000), 10 * KWH_UJ);
    assert_int_equal(battery_spare_uj(&battery, 750000, 1000000), 0);
    assert_int_equal(battery_spare_uj(&battery, 900000, 1000000), 0);
    battery_give(&battery, 792 * KWH_UJ / 1000, 792000);
    assert_int_equal(battery.missing_uj, 11 * KWH_UJ);
    assert_int_equal(battery.wanted_uj, KWH_UJ);
}

/* taken - given - lost is what the battery has gained, and its owner's reserve is never touched. */
static void batteries_conserve_energy_both_ways(void **state)
{
    (void)state;
    struct sim_stream stream;
    stream_open(&stream, 3, 0, "test.feed", 0);
    gsl_rng *rng = stream_rng(&stream);
    for (int round = 0; round < 200; round++) {
        int64_t round_trip_ppm = 1 + (int64_t)gsl_rng_uniform_int(rng, 1000000);
        int64_t floor_ppm = (int64_t)gsl_rng_uniform_int(rng, 1000001);
        struct battery battery = {.capacity_uj = 1 + (int64_t)(gsl_rng_uniform(rng) * 4e14)};
        battery.missing_uj = (int64_t)(gsl_rng_uniform(rng) * (double)battery.capacity_uj);
        battery.wanted_uj = battery.missing_uj / 2;
        int64_t before_uj = battery.missing_uj;
        for (int step = 0; step < 20; step++) {
            int64_t spare_uj = battery_spare_uj(&battery, floor_ppm, round_trip_ppm);
            if (step % 2 == 0)
                battery_give(&battery, (int64_t)(gsl_rng_uniform(rng) * (double)spare_uj), round_trip_ppm);
            else
                battery_take(&battery, (int64_t)(gsl_rng_uniform(rng) * (double)battery.wanted_uj));
            int64_t lost_uj = battery.refill_uj - battery.given_uj;
            assert_true(lost_uj >= 0);
            assert_int_equal(battery.taken_uj - battery.given_uj - lost_uj, before_uj - battery.missing_uj);
            spare_uj = battery_spare_uj(&battery, floor_ppm, round_trip_ppm);
            battery_give(&battery, spare_uj, round_trip_ppm); /* all of it leaves the reserve */
            double content = (double)(battery.capacity_uj - battery.missing_uj);
            if (spare_uj > 0)
                assert_true(content >= (double)battery.capacity_uj * (double)floor_ppm / 1e6 - 1);
        }
    }
}

/* ---- through the outlet ---------------------------------------------------------------------------------------- */

static void open_world(struct fixture *fixture, const char *rows)
{
    fixture_config(&fixture->config);
    fixture->config.duration_us = DAY_US;
    fixture->config.fleet.car.feed_w = 3000;
    fixture->config.fleet.car.feed_efficiency_ppm = 900000;
    fixture->config.fleet.car.feed_reserve_ppm = 200000;
    fixture->config.fleet.car.feed_share_ppm = 1000000;
    fixture->order.audit_every = 1;
    fixture_open(fixture, rows);
}

static void run_until(struct fixture *fixture, int64_t minute)
{
    sim_run(fixture->world.sim, minute * MINUTE_US, 0, NULL);
    assert_null(sim_audit_failure(fixture->world.sim)->name);
}

static bool feed(struct fixture *fixture, int64_t power_w, int64_t energy_uj)
{
    struct outlet_port port = outlet_port(&fixture->world.outlets[0]);
    return port.ops->feed(port.self, power_w, energy_uj);
}

/* Full after 187.5 min; then it gives 1 kWh, and has 1 / (0.88 x 0.9) kWh again. */
static void a_full_car_gives_and_is_charged_again(void **state)
{
    (void)state;
    struct fixture fixture = {0};
    double metrics[METRIC_COUNT];
    open_world(&fixture, "a,0,600,10,40\n");
    run_until(&fixture, 300);
    assert_true(session_at(&fixture.world.sessions, 0)->is_resting);
    assert_int_equal(outlet_energy_uj(&fixture.world.outlets[0]), 10 * KWH_UJ);
    assert_true(feed(&fixture, 2000, KWH_UJ));
    run_until(&fixture, 315);
    assert_int_equal(outlet_fed_uj(&fixture.world.outlets[0]), KWH_UJ / 2);
    assert_true(outlet_is_feeding(&fixture.world.outlets[0]));
    run_until(&fixture, 330);
    assert_int_equal(outlet_fed_uj(&fixture.world.outlets[0]), KWH_UJ);
    fixture_run(&fixture, metrics);
    double refill = 1 / 0.792;
    assert_near(metrics[METRIC_ENERGY_DEMANDED], 10 + refill, 1e-9);
    assert_near(metrics[METRIC_ENERGY_DELIVERED], 10 + refill, 1e-9);
    assert_near(metrics[METRIC_FEED_ENERGY], 1, 1e-9);
    assert_near(metrics[METRIC_FEED_LOSS], refill - 1, 1e-9);
    assert_near(metrics[METRIC_SITE_ENERGY], 9 + refill, 1e-9);
    assert_near(metrics[METRIC_REVENUE], 30 * (10 + refill), 1e-3);
    assert_near(metrics[METRIC_SESSION_INTERRUPTED_SHARE], 0, 0);
    fixture_close(&fixture);
}

/* 60 min at 3.2 kW, 30 min out at 2 kW, then the rest and the refill. */
static void charging_pauses_while_a_car_gives(void **state)
{
    (void)state;
    struct fixture fixture = {0};
    double metrics[METRIC_COUNT];
    open_world(&fixture, "a,0,600,10,40\n");
    run_until(&fixture, 60);
    assert_true(feed(&fixture, 2000, KWH_UJ));
    run_until(&fixture, 89);
    assert_int_equal(outlet_energy_uj(&fixture.world.outlets[0]), 3200 * 3600 * SECOND_US);
    run_until(&fixture, 100);
    assert_true(outlet_energy_uj(&fixture.world.outlets[0]) > 3200 * 3600 * SECOND_US);
    fixture_run(&fixture, metrics);
    assert_near(metrics[METRIC_ENERGY_DELIVERED], 10 + 1 / 0.792, 1e-9);
    fixture_close(&fixture);
}

static void nobody_gives_below_the_reserve_or_without_a_car(void **state)
{
    (void)state;
    struct fixture fixture = {0};
    open_world(&fixture, "a,10,600,10,40\n");
    run_until(&fixture, 5);
    assert_false(feed(&fixture, 1000, KWH_UJ));
    run_until(&fixture, 400); /* full: 40 kWh at the battery are 45.45 at the outlet; a fifth of it stays */
    assert_true(feed(&fixture, 3000, 1000 * KWH_UJ));
    assert_near((double)fixture.world.outlets[0].draw.curve.end_uj / (double)KWH_UJ, 40 / 0.88 * 0.8 * 0.792, 1e-9);
    assert_true(feed(&fixture, 1000, KWH_UJ)); /* the next one ends it */
    run_until(&fixture, 500);
    assert_int_equal(outlet_fed_uj(&fixture.world.outlets[0]), KWH_UJ);
    fixture_run(&fixture, NULL);
    fixture_close(&fixture);
}

/* It asks for what it gave at the next outlet, or here: nothing is lost with the car that drives off. */
static void who_leaves_while_giving_takes_the_refill_along(void **state)
{
    (void)state;
    struct fixture fixture = {0};
    double metrics[METRIC_COUNT];
    open_world(&fixture, "a,0,300,5,40\n");
    run_until(&fixture, 290);
    assert_true(feed(&fixture, 3000, KWH_UJ));
    fixture_run(&fixture, metrics);
    assert_near(metrics[METRIC_FEED_ENERGY], 0.5, 1e-9);
    assert_near(metrics[METRIC_ENERGY_UNSERVED], 0.5 / 0.792, 1e-9);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_given_comes_back_with_its_losses),
        cmocka_unit_test(batteries_conserve_energy_both_ways),
        cmocka_unit_test(a_full_car_gives_and_is_charged_again),
        cmocka_unit_test(charging_pauses_while_a_car_gives),
        cmocka_unit_test(nobody_gives_below_the_reserve_or_without_a_car),
        cmocka_unit_test(who_leaves_while_giving_takes_the_refill_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
