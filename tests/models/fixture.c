/* fixture.c: small worlds for the tests of models/.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/fixture.h"

#include "models/calendar.h"
#include "tests/models/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void assert_near(double actual, double expected, double tolerance)
{
    if (fabs(actual - expected) <= tolerance)
        return;
    print_error("%.9g is not within %.3g of %.9g\n", actual, tolerance, expected);
    fail();
}

void fixture_config(struct world_config *config)
{
    *config = (struct world_config){
        .name = "fixture",
        .start_unix_s = INT64_C(1578268800),
        .duration_us = 7 * DAY_US,
        .series_step_us = 15 * MINUTE_US,
        .yen_per_btc = 1000000,
        .building = {.service_limit_ma = CONFIG_SERVICE_UNLIMITED_MA,
                     .outlets = {.voltage_v = 200, .current_ma = 16000, .meter_resolution_uj = 1}},
        .fleet = {.source = FLEET_CARS,
                  .car = {.battery_uj = 40 * KWH_UJ,
                          .dc_power_w = 50000,
                          .efficiency_ppm = 880000,
                          .taper_from_ppm = 800000,
                          .knee = KNEE_IDEAL,
                          .idle_below_w = 300,
                          .full_soc_ppm = 1000000},
                  .cars = {.count = 10,
                           .daily_distance_m = 30000,
                           .daily_distance_sigma_ppm = 600000,
                           .distance_between_sigma_ppm = 600000,
                           .consumption_wh_per_km = 150,
                           .plug_in_soc_ppm = 600000,
                           .plug_in_width_ppm = 150000,
                           .reserve_soc_ppm = 200000}},
        .tariff = {.kind = TARIFF_FLAT, .price_uyen_per_kwh = 30000000},
        .payment = {.purchase_uj = INT64_MAX, .retry_us = MINUTE_US, .retries_max = 3},
        .rails = {{.kind = RAIL_CLOUD, .name = "cloud"}},
        .rail_count = 1,
    };
}

void fixture_replay(struct replay *replay, const char *rows)
{
    static const char header[] = "evse,arrival_min,departure_min,energy_kwh,battery_kwh\n";
    size_t length = sizeof header - 1 + strlen(rows);
    char *text = malloc(length + 1);
    assert_non_null(text);
    memcpy(text, header, sizeof header - 1);
    memcpy(text + sizeof header - 1, rows, strlen(rows) + 1);
    struct input_problem problems[INPUT_PROBLEMS_MAX];
    struct input_report report;
    input_report_init(&report, problems);
    struct replay_config config = {.path = "rows"};
    if (!replay_read(replay, &report, text, length, &config))
        fail_msg("line %u: %s", problems[0].line, problems[0].text);
    free(text);
}

void fixture_open(struct fixture *fixture, const char *rows)
{
    fixture->replay = (struct replay){0};
    if (rows != NULL) {
        fixture_replay(&fixture->replay, rows);
        fixture->config.fleet.source = FLEET_REPLAY;
    }
    const struct world_data data = {.replay = rows == NULL ? NULL : &fixture->replay, .map = fixture->map};
    assert_true(world_open(&fixture->world, &fixture->config, &data, &fixture->order));
}

void fixture_run(struct fixture *fixture, double metrics[METRIC_COUNT])
{
    struct world *world = &fixture->world;
    double own[METRIC_COUNT];
    char why[256] = "";
    sim_run(world->sim, fixture->config.duration_us, 0, NULL);
    const struct sim_audit_failure *failure = sim_audit_failure(world->sim);
    if (failure->name != NULL)
        fail_msg("%s: %s", failure->name, failure->why);
    if (world->trouble.is_failed)
        fail_msg("%s", world->trouble.text);
    world_finish(world);
    world_metrics(world, metrics == NULL ? own : metrics);
    if (!world_audit_energy(world, why, sizeof why) || !world_audit_money(world, why, sizeof why) ||
        !world_audit_sessions(world, why, sizeof why))
        fail_msg("%s", why);
}

void fixture_close(struct fixture *fixture)
{
    world_close(&fixture->world);
    replay_close(&fixture->replay);
}

void fixture_metrics(struct fixture *fixture, double metrics[METRIC_COUNT], const char *rows)
{
    fixture_open(fixture, rows);
    fixture_run(fixture, metrics);
    fixture_close(fixture);
}

void fixture_run_file(struct world_result *result, const struct world_config *config)
{
    struct input_problem problems[INPUT_PROBLEMS_MAX];
    size_t count;
    struct world_input *input = world_input_open(problems, &count, config);
    assert_non_null(input);
    assert_int_equal(world_input_file_count(input), 1);
    struct world_order order = {.seed = 2};
    assert_true(world_run(result, config, input, &order));
    if (result->failed)
        fail_msg("%s", result->failure);
    world_input_close(input);
}
