/* test_battery.c: the closed form against integration in small steps, and its promises about rounding.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/check.h"
#include "tests/models/fixture.h"

#include "sim/stream.h"

#include <math.h>

#define HOUR_S 3600.0

static void init(struct battery_curve *curve, struct battery *battery, double capacity_kwh, double soc,
                 const struct battery_limits *limits)
{
    battery->capacity_uj = (int64_t)(capacity_kwh * (double)KWH_UJ);
    battery->missing_uj = (int64_t)((1 - soc) * (double)battery->capacity_uj);
    battery->wanted_uj = battery->missing_uj;
    battery->taken_uj = 0;
    battery_curve_init(curve, battery, limits);
}

/* Power from the definition: the battery's own limit falls linearly from taper_ppm on. */
static double defined_power_w(const struct battery *battery, const struct battery_limits *limits, double drawn_uj)
{
    double missing = ((double)battery->missing_uj - drawn_uj) / (double)battery->capacity_uj;
    double taper = 1 - (double)limits->taper_ppm / 1e6;
    double own_w = (double)limits->own_limit_w * fmin(1, missing / taper);
    return fmin((double)limits->power_w, own_w);
}

/* Fourth-order Runge-Kutta: the definition knows no closed form. */
static double integrated_uj(const struct battery *battery, const struct battery_limits *limits, double seconds)
{
    double drawn = 0, step_us = 0.5e6;
    for (double t = 0; t < seconds; t += 0.5) {
        double k1 = defined_power_w(battery, limits, drawn);
        double k2 = defined_power_w(battery, limits, drawn + k1 * step_us / 2);
        double k3 = defined_power_w(battery, limits, drawn + k2 * step_us / 2);
        double k4 = defined_power_w(battery, limits, drawn + k3 * step_us);
        drawn += (k1 + 2 * k2 + 2 * k3 + k4) * step_us / 6;
    }
    return drawn;
}

static void the_closed_form_is_the_integral_of_the_definition(void **state)
{
    (void)state;
    static const struct battery_limits cases[] = {
        {.power_w = 3200, .own_limit_w = 3200, .taper_ppm = 800000, .idle_w = 50},  /* knee ac */
        {.power_w = 3200, .own_limit_w = 50000, .taper_ppm = 800000, .idle_w = 50}, /* knee dc */
        {.power_w = 2900, .own_limit_w = 30000, .taper_ppm = 500000, .idle_w = 50},
        {.power_w = 11000, .own_limit_w = 7000, .taper_ppm = 700000, .idle_w = 50}, /* the battery limits */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (double soc = 0.1; soc < 1; soc += 0.4) { /* 0.1, 0.5, 0.9 */
            struct battery battery;
            struct battery_curve curve;
            init(&curve, &battery, 20, soc, &cases[i]);
            for (double hours = 0.5; hours < 9; hours += 2.5) {
                int64_t time_us = (int64_t)(hours * HOUR_S * 1e6);
                if (time_us > curve.end_us)
                    break;
                double expected = integrated_uj(&battery, &cases[i], hours * HOUR_S);
                assert_near((double)battery_curve_energy_uj(&curve, time_us) / expected, 1, 2e-6);
                double power_w = defined_power_w(&battery, &cases[i], expected);
                if (time_us < curve.end_us)
                    assert_near(battery_curve_power_w(&curve, time_us) / power_w, 1, 1e-4);
            }
        }
}

static void a_sakura_tapers_at_98_percent(void **state)
{
    (void)state;
    struct battery battery;
    struct battery_curve curve;
    struct battery_limits limits = {.power_w = 2900, .own_limit_w = 30000, .taper_ppm = 800000, .idle_w = 300};
    init(&curve, &battery, 20, 0.5, &limits);
    double knee_soc = 0.5 + (double)curve.knee_uj / (double)battery.capacity_uj;
    assert_near(knee_soc, 0.8 + 0.2 * (1 - 2.9 / 30), 1e-6); /* 0.9807 */
    double end_soc = 0.5 + (double)curve.end_uj / (double)battery.capacity_uj;
    assert_near(end_soc, 1 - (1 - knee_soc) * 300 / 2900, 1e-6);
}

static void every_battery_is_full_after_a_finite_time(void **state)
{
    (void)state;
    struct battery battery;
    struct battery_curve curve;
    struct battery_limits limits = {.power_w = 3200, .own_limit_w = 3200, .taper_ppm = 800000, .idle_w = 1};
    init(&curve, &battery, 40, 0.2, &limits);
    assert_true(curve.end_us > 0 && curve.end_us < INT64_C(86400000000) * 2);
    assert_true(battery_curve_power_w(&curve, curve.end_us - 1) >= 1 - 1e-6);
    assert_true(battery_curve_power_w(&curve, curve.end_us) == 0);
    assert_int_equal(battery_curve_energy_uj(&curve, INT64_MAX), curve.end_uj);
}

static void an_ideal_battery_takes_exactly_what_it_wants(void **state)
{
    (void)state;
    struct battery battery = {.capacity_uj = 1000003, .missing_uj = 1000003, .wanted_uj = 777777};
    struct battery_limits limits = {.power_w = 3200, .idle_w = 300};
    struct battery_curve curve;
    battery_curve_init(&curve, &battery, &limits);
    assert_int_equal(curve.end_us, 244); /* 777,777 / 3,200 = 243.06 */
    assert_int_equal(battery_curve_energy_uj(&curve, 243), 243 * 3200);
    assert_int_equal(battery_curve_energy_uj(&curve, 244), 777777);
    battery_take(&battery, 777777);
    assert_int_equal(battery.wanted_uj, 0);
    assert_int_equal(battery.missing_uj, 1000003 - 777777);
    battery_curve_init(&curve, &battery, &limits);
    assert_int_equal(curve.end_uj, 0);
}

static void random_limits(struct battery_limits *limits, gsl_rng *rng)
{
    *limits = (struct battery_limits){.power_w = 1 + (int64_t)gsl_rng_uniform_int(rng, 12000),
                                      .taper_ppm = (int64_t)gsl_rng_uniform_int(rng, 1000001),
                                      .idle_w = 1 + (int64_t)gsl_rng_uniform_int(rng, 600)};
    switch (gsl_rng_uniform_int(rng, 3)) {
    case 0:
        limits->own_limit_w = limits->power_w;
        break;
    case 1:
        limits->own_limit_w = 1000 + (int64_t)gsl_rng_uniform_int(rng, 100000);
        break;
    }
}

/* Time to an energy and energy at a time are inverse; energy never decreases and never exceeds what was wanted. */
static void check_inverse(const struct battery_curve *curve, const struct battery *battery, gsl_rng *rng)
{
    assert_true(curve->end_uj >= 0 && curve->end_uj <= battery->wanted_uj);
    assert_int_equal(battery_curve_energy_uj(curve, curve->end_us), curve->end_uj);
    if (curve->end_uj > 0)
        assert_true(battery_curve_energy_uj(curve, curve->end_us - 1) < curve->end_uj);
    assert_int_equal(battery_curve_time_us(curve, curve->end_uj + 1), INT64_MAX);
    for (int i = 0; i < 50 && curve->end_us > 1; i++) {
        int64_t time_us = (int64_t)(gsl_rng_uniform(rng) * (double)curve->end_us);
        int64_t here = battery_curve_energy_uj(curve, time_us), next = battery_curve_energy_uj(curve, time_us + 1);
        assert_true(here <= next && next <= curve->end_uj);
        assert_true(next - here <= curve->power_w + 1);
        assert_true(battery_curve_power_w(curve, time_us) <= (double)curve->power_w + 1e-6);
        int64_t energy_uj = (int64_t)(gsl_rng_uniform(rng) * (double)curve->end_uj);
        int64_t at_us = battery_curve_time_us(curve, energy_uj);
        assert_true(battery_curve_energy_uj(curve, at_us) >= energy_uj);
        assert_true(at_us == 0 || battery_curve_energy_uj(curve, at_us - 1) < energy_uj);
    }
}

static void time_and_energy_are_inverse_in_random_cases(void **state)
{
    (void)state;
    struct sim_stream stream;
    stream_open(&stream, 1, 0, "test.battery", 0);
    gsl_rng *rng = stream_rng(&stream);
    for (int i = 0; i < 20000; i++) {
        struct battery_limits limits = {0};
        random_limits(&limits, rng);
        struct battery battery = {.capacity_uj = 1 + (int64_t)(gsl_rng_uniform(rng) * 100 * (double)KWH_UJ)};
        battery.missing_uj = (int64_t)(gsl_rng_uniform(rng) * (double)battery.capacity_uj);
        battery.wanted_uj = (int64_t)(gsl_rng_uniform(rng) * (double)battery.missing_uj);
        if (gsl_rng_uniform_int(rng, 2))
            battery.wanted_uj = battery.missing_uj;
        struct battery_curve curve;
        battery_curve_init(&curve, &battery, &limits);
        check_inverse(&curve, &battery, rng);
    }
}

/* Stopped anywhere and begun anew, the battery follows the same curve. */
static void an_interrupted_charge_continues_where_it_was(void **state)
{
    (void)state;
    struct battery_limits limits = {.power_w = 3200, .own_limit_w = 6000, .taper_ppm = 600000, .idle_w = 100};
    struct battery battery;
    struct battery_curve whole, part;
    init(&whole, &battery, 30, 0.3, &limits);
    int64_t past_us = 0, drawn_uj = 0;
    for (int i = 0; i < 6; i++) {
        int64_t part_us = whole.end_us / 7;
        battery_curve_init(&part, &battery, &limits);
        int64_t energy_uj = battery_curve_energy_uj(&part, part_us);
        battery_take(&battery, energy_uj);
        past_us += part_us;
        drawn_uj += energy_uj;
        assert_near((double)(drawn_uj - battery_curve_energy_uj(&whole, past_us)), 0, 20000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_closed_form_is_the_integral_of_the_definition),
        cmocka_unit_test(a_sakura_tapers_at_98_percent),
        cmocka_unit_test(every_battery_is_full_after_a_finite_time),
        cmocka_unit_test(an_ideal_battery_takes_exactly_what_it_wants),
        cmocka_unit_test(time_and_energy_are_inverse_in_random_cases),
        cmocka_unit_test(an_interrupted_charge_continues_where_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
