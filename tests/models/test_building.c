/* test_building.c: peaks, overload and the load series against a calculation second by second.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/check.h"
#include "tests/models/fixture.h"

#include "models/calendar.h"
#include "sim/stream.h"

#include <math.h>

#define DRAWS 12

static void set_curve(struct building_draw *draw, int64_t power_w, int64_t wanted_uj, int64_t own_limit_w)
{
    struct battery battery = {.capacity_uj = 2 * KWH_UJ, .missing_uj = wanted_uj, .wanted_uj = wanted_uj};
    struct battery_limits limits = {.power_w = power_w, .own_limit_w = own_limit_w, .taper_ppm = 500000, .idle_w = 100};
    battery_curve_init(&draw->curve, &battery, &limits);
}

static void config_of(struct building_config *config)
{
    struct world_config world;
    fixture_config(&world);
    *config = world.building;
}

static void a_level_held_for_no_time_is_no_peak(void **state)
{
    (void)state;
    struct building_config config;
    config_of(&config);
    struct building building;
    assert_true(building_init(&building, &config, 0, DAY_US, HOUR_US));
    struct building_draw a = {0}, b = {0}, c = {0};
    set_curve(&a, 3200, KWH_UJ, 0);
    set_curve(&b, 3200, KWH_UJ, 0);
    set_curve(&c, 1000, KWH_UJ, 0);
    building_draw_start(&building, &a, 0);
    building_draw_start(&building, &b, 100); /* comes before the other has gone, at the same instant */
    building_draw_stop(&building, &a, 100);
    building_draw_start(&building, &c, 200);
    building_draw_stop(&building, &b, 201);
    building_draw_stop(&building, &c, 300);
    building_finish(&building, 400);
    assert_true(building_peak_w(&building) == 4200);
    assert_true(building_peak_a(&building) == 21);
    building_close(&building);
}

static void the_base_load_is_part_of_the_peak_and_not_of_the_cars(void **state)
{
    (void)state;
    struct building_config config;
    config_of(&config);
    config.flats = 10;
    config.base_load_w_per_flat = 400;
    config.service_limit_ma = 30000; /* 6 kW */
    struct building building;
    assert_true(building_init(&building, &config, 0, DAY_US, HOUR_US));
    struct building_draw a = {0};
    set_curve(&a, 3200, KWH_UJ, 0);
    building_draw_start(&building, &a, 10 * MINUTE_US);
    building_draw_stop(&building, &a, 20 * MINUTE_US);
    building_finish(&building, DAY_US);
    assert_true(building_peak_w(&building) == 7200);
    assert_true(building.peak_w == 3200);
    assert_int_equal(building.over_limit_us, 10 * MINUTE_US);
    assert_near(building_load_w(&building, 0, DAY_US), 4000 + 3200.0 / 6, 1e-9);
    assert_near(building_load_w(&building, 1, DAY_US), 4000, 1e-9);
    building_close(&building);
}

static void a_level_equal_to_the_limit_is_not_over_it(void **state)
{
    (void)state;
    struct building_config config;
    config_of(&config);
    config.service_limit_ma = 16000;
    struct building building;
    assert_true(building_init(&building, &config, 0, DAY_US, HOUR_US));
    struct building_draw a = {0};
    set_curve(&a, 3200, KWH_UJ, 0);
    building_draw_start(&building, &a, 0);
    building_draw_stop(&building, &a, 1000);
    building_finish(&building, DAY_US);
    assert_int_equal(building.over_limit_us, 0);
    building_close(&building);
}

/* Random draws with tapers, one after another in time; every second is looked at on its own. */
struct random_draw {
    struct building_draw draw;
    int64_t start_us, stop_us;
};

static double power_at(const struct random_draw *draws, int64_t time_us)
{
    double sum = 0;
    for (int i = 0; i < DRAWS; i++)
        if (draws[i].start_us <= time_us && time_us < draws[i].stop_us)
            sum += battery_curve_power_w(&draws[i].draw.curve, time_us - draws[i].start_us);
    return sum;
}

static void play(struct building *building, struct random_draw *draws, int64_t until_us)
{
    for (int64_t now_us = 0; now_us < until_us; now_us += SECOND_US) /* every start and stop is at a whole second */
        for (int i = 0; i < DRAWS; i++) {
            struct building_draw *draw = &draws[i].draw;
            int64_t knee_us = draws[i].start_us + draw->curve.knee_us;
            if (draw->is_active && !draw->is_tapering && draw->curve.tail_uj > 0 && knee_us <= now_us)
                building_draw_taper(building, draw, knee_us);
            if (now_us == draws[i].start_us)
                building_draw_start(building, draw, now_us);
            if (now_us == draws[i].stop_us)
                building_draw_stop(building, draw, now_us);
        }
}

/* Knees at whole seconds keep the order of events simple. */
static void random_draws(struct random_draw *draws, gsl_rng *rng)
{
    for (int i = 0; i < DRAWS; i++) {
        struct random_draw *draw = &draws[i];
        *draw = (struct random_draw){.start_us = (int64_t)gsl_rng_uniform_int(rng, 3000) * SECOND_US};
        int64_t power_w = 1000 + (int64_t)gsl_rng_uniform_int(rng, 3) * 1000;
        int64_t knee_missing_uj = KWH_UJ / 1000 * power_w / 4; /* capacity 2 kWh, taper from 0.5, own limit 4 kW */
        int64_t knee_us = (int64_t)gsl_rng_uniform_int(rng, 600) * SECOND_US;
        set_curve(&draw->draw, power_w, knee_missing_uj + power_w * knee_us, 4000);
        int64_t length_us = (1 + (int64_t)gsl_rng_uniform_int(rng, 3000)) * SECOND_US;
        if (length_us > draw->draw.curve.end_us)
            length_us = draw->draw.curve.end_us / SECOND_US * SECOND_US;
        draw->stop_us = draw->start_us + (length_us > 0 ? length_us : SECOND_US);
    }
}

static void tapering_draws_give_the_peak_and_the_overload_of_a_calculation_by_seconds(void **state)
{
    (void)state;
    for (uint64_t world = 0; world < 60; world++) {
        struct sim_stream stream;
        stream_open(&stream, 3, 0, "test.building", world);
        struct random_draw draws[DRAWS];
        random_draws(draws, stream_rng(&stream));
        struct building_config config;
        config_of(&config);
        config.service_limit_ma = 60000; /* 12 kW */
        struct building building;
        assert_true(building_init(&building, &config, 0, 7200 * SECOND_US, 7 * MINUTE_US));
        play(&building, draws, 7200 * SECOND_US);
        building_finish(&building, 7200 * SECOND_US);
        double peak_w = 0, over_s = 0, energy_j = 0;
        for (int64_t s = 0; s < 7200; s++) {
            double now_w = power_at(draws, s * SECOND_US);
            peak_w = fmax(peak_w, now_w);
            over_s += now_w > 12000;
            energy_j += (now_w + power_at(draws, (s + 1) * SECOND_US - 1)) / 2;
        }
        assert_near(building_peak_w(&building), peak_w, 1e-6);
        assert_near((double)building.over_limit_us / 1e6, over_s, 12);
        assert_near((double)building.booked_uj / 1e6 / energy_j, 1, 1e-4);
        double series_j = 0;
        for (size_t i = 0; i < building.step_count; i++)
            series_j += (double)building.step_uj[i] / 1e6;
        assert_near(series_j, (double)building.booked_uj / 1e6, 1e-3);
        building_close(&building);
    }
}

static void the_warm_up_is_forgotten_by_peak_energy_and_overload(void **state)
{
    (void)state;
    struct building_config config;
    config_of(&config);
    config.service_limit_ma = 10000;
    struct building building;
    assert_true(building_init(&building, &config, 0, DAY_US, HOUR_US));
    struct building_draw a = {0}, b = {0}, taper = {0};
    set_curve(&a, 3200, KWH_UJ, 0);
    set_curve(&b, 3200, KWH_UJ, 0);
    set_curve(&taper, 1000, KWH_UJ / 8, 4000); /* tapers from the start */
    assert_int_equal(taper.curve.knee_us, 0);
    building_draw_start(&building, &a, 0);
    building_draw_start(&building, &b, 0);
    building_draw_start(&building, &taper, 0);
    building_draw_stop(&building, &b, 1000);
    building_restart(&building, 2000);
    building_draw_stop(&building, &a, 5000);
    building_draw_stop(&building, &taper, 6000);
    building_finish(&building, 10000);
    int64_t tail_uj = battery_curve_energy_uj(&taper.curve, 6000) - battery_curve_energy_uj(&taper.curve, 2000);
    assert_int_equal(building.counted_uj, 3000 * 3200 + tail_uj);
    assert_int_equal(building.over_limit_us, 3000);
    assert_near(building.peak_w, 3200 + battery_curve_power_w(&taper.curve, 2000), 1e-9);
    building_close(&building);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_level_held_for_no_time_is_no_peak),
        cmocka_unit_test(the_base_load_is_part_of_the_peak_and_not_of_the_cars),
        cmocka_unit_test(a_level_equal_to_the_limit_is_not_over_it),
        cmocka_unit_test(tapering_draws_give_the_peak_and_the_overload_of_a_calculation_by_seconds),
        cmocka_unit_test(the_warm_up_is_forgotten_by_peak_energy_and_overload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
