/* test_world_property.c: hundreds of random small worlds: money and energy are conserved in all of them.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every world runs with its auditors after every 16th event and at the end (fixture_run fails on any of them).
 * On top of that, what the audits do not say is checked here: bounds that no configuration may break.
 */
#include "tests/models/check.h"
#include "tests/models/fixture.h"

#include "models/calendar.h"
#include "sim/stream.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define WORLDS 400

static int64_t pick(gsl_rng *rng, const int64_t *values, size_t count)
{
    return values[gsl_rng_uniform_int(rng, count)];
}
#define PICK(rng, ...)                                                                                                 \
    pick(rng, (const int64_t[]){__VA_ARGS__}, sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

static void random_site(struct world_config *config, gsl_rng *rng)
{
    struct building_config *building = &config->building;
    building->flats = (uint32_t)gsl_rng_uniform_int(rng, 5);
    building->base_load_w_per_flat = PICK(rng, 0, 300, 777);
    building->service_limit_ma = PICK(rng, CONFIG_SERVICE_UNLIMITED_MA, 20000, 50000);
    building->outlets.count = (uint32_t)PICK(rng, 0, 0, 1, 3);
    building->outlets.current_ma = PICK(rng, 16000, 30000, 6100);
    building->outlets.contactor_delay_us = PICK(rng, 0, 50000, SECOND_US, 20 * SECOND_US);
    building->outlets.meter_resolution_uj = PICK(rng, 1, 1000, 3600000, KWH_UJ / 100);
    building->strategy = (enum charging_strategy)gsl_rng_uniform_int(rng, STRATEGY_COUNT);
    building->minimum_current_ma = PICK(rng, 0, 6000);
    building->round_current_ma = PICK(rng, 500, 1000);
    building->turn_us = PICK(rng, MINUTE_US, 15 * MINUTE_US);
}

/* Wires, homes, sun, a transformer; staying on that costs, cars that are moved, visitors. */
static void random_house(struct world_config *config, gsl_rng *rng)
{
    struct building_config *building = &config->building;
    building->wiring = (enum wiring)gsl_rng_uniform_int(rng, 3);
    building->outlets.phases = building->wiring == WIRING_THREE_PHASE ? (uint32_t)PICK(rng, 1, 3) : 1;
    building->boards = (uint32_t)PICK(rng, 0, 1, 3);
    building->board_limit_ma = PICK(rng, CONFIG_SERVICE_UNLIMITED_MA, 12000, 40000);
    building->household = (struct household_config){.daily_uj = PICK(rng, 0, 0, 9 * KWH_UJ),
                                                    .spread_ppm = PICK(rng, 0, 500000),
                                                    .flicker_ppm = PICK(rng, 0, 600000),
                                                    .winter_ppm = 250000,
                                                    .leg_ppm = PICK(rng, 500000, 900000)};
    building->roof = (struct roof_config){.peak_w = PICK(rng, 0, 3000, 12000),
                                          .ratio_ppm = 800000,
                                          .latitude_udeg = 35000000,
                                          .longitude_udeg = 137000000,
                                          .zone_us = 9 * HOUR_US,
                                          .clearness_ppm = PICK(rng, ROOF_NAGOYA, 700000),
                                          .day_ppm = PICK(rng, 0, 500000),
                                          .flicker_ppm = PICK(rng, 0, 400000),
                                          .cloud_us = HOUR_US,
                                          .step_us = PICK(rng, 10 * MINUTE_US, 7 * MINUTE_US + 1)};
    building->transformer = (struct transformer_config){.rating_w = PICK(rng, 0, 8000, 50000),
                                                        .limit_ppm = PICK(rng, INT64_MAX, 1000000),
                                                        .no_load_ppm = 2000,
                                                        .load_loss_ppm = 10000,
                                                        .air_mean_c = 16};
    building->idle = (struct idle_config){.fee_msat = PICK(rng, 0, 0, 50000, 5000000),
                                          .grace_us = PICK(rng, 0, HOUR_US),
                                          .move_ppm = PICK(rng, 0, 700000),
                                          .moving_us = 20 * MINUTE_US};
    if (building->outlets.count > 0)
        return;
    building->sharing = (struct sharing_config){.owned_ppm = PICK(rng, 300000, 1000000),
                                                .visits_ppm = PICK(rng, 0, 2000000, 10000000),
                                                .visitors = 5,
                                                .from_us = 8 * HOUR_US,
                                                .to_us = PICK(rng, 8 * HOUR_US, 22 * HOUR_US),
                                                .weekend_to_us = 24 * HOUR_US,
                                                .energy_uj = 6 * KWH_UJ,
                                                .energy_sigma_ppm = 700000,
                                                .stay_us = 3 * HOUR_US,
                                                .stay_sigma_ppm = 900000};
}

static void random_fleet(struct world_config *config, gsl_rng *rng)
{
    struct fleet_config *fleet = &config->fleet;
    fleet->unmet = (enum unmet_demand)gsl_rng_uniform_int(rng, 2);
    fleet->cars.count = 1 + (uint32_t)gsl_rng_uniform_int(rng, 8);
    fleet->cars.daily_distance_m = PICK(rng, 5000, 30000, 200000);
    fleet->cars.hour_shift_us = PICK(rng, 0, 3 * HOUR_US);
    fleet->cars.plug_in_width_ppm = PICK(rng, 0, 150000);
    fleet->car.battery_uj = PICK(rng, 0, 20 * KWH_UJ, 60 * KWH_UJ);
    fleet->car.charger_w = PICK(rng, 0, 2900, 6000);
    fleet->car.knee = (enum battery_knee)gsl_rng_uniform_int(rng, 3);
    fleet->car.full_soc_ppm = PICK(rng, 1000000, 800000);
    fleet->car.efficiency_ppm = PICK(rng, 1000000, 880000, 333333);
}

static void random_rail(struct world_config *config, gsl_rng *rng)
{
    struct cloud_config *cloud = &config->rails[0].cloud;
    cloud->latency_us = PICK(rng, 0, 800000, 30 * SECOND_US, HOUR_US);
    cloud->latency_sigma_ppm = PICK(rng, 0, 500000);
    cloud->settlement_us = PICK(rng, 0, HOUR_US, 2 * DAY_US);
    cloud->fee_ppm = PICK(rng, 0, 32500);
    cloud->fee_fixed_msat = PICK(rng, 0, 5000000);
    cloud->decline_ppm = PICK(rng, 0, 50000, 500000);
    cloud->chargeback_ppm = PICK(rng, 0, 20000, 300000);
    cloud->outage_every_us = PICK(rng, 0, DAY_US);
    cloud->outage_mean_us = 2 * HOUR_US;
    cloud->outages[0] = (struct outage_config){.at_us = DAY_US, .duration_us = 5 * HOUR_US};
    cloud->outage_count = gsl_rng_uniform_int(rng, 2);
    config->payment = (struct payment_config){.purchase_uj = PICK(rng, INT64_MAX, KWH_UJ, KWH_UJ / 50, 5 * KWH_UJ),
                                              .reorder_uj = PICK(rng, 0, KWH_UJ / 10, 100 * KWH_UJ),
                                              .retry_us = PICK(rng, 0, MINUTE_US, HOUR_US),
                                              .retries_max = (uint32_t)PICK(rng, 0, 1, 5)};
}

static void random_tariff(struct world_config *config, gsl_rng *rng)
{
    struct tariff_config *tariff = &config->tariff;
    if (gsl_rng_uniform_int(rng, 2)) {
        tariff->price_uyen_per_kwh = PICK(rng, 0, 1, 30000000, 999999999);
        return;
    }
    tariff->kind = TARIFF_TIME_OF_USE;
    tariff->band_count = 4;
    const struct tariff_band bands[] = {
        {DAY_ANY, 0, 8 * HOUR_US, PICK(rng, 0, 16520000)},
        {DAY_WEEKDAY, 8 * HOUR_US, 22 * HOUR_US, 38800000},
        {DAY_WEEKEND, 8 * HOUR_US, 22 * HOUR_US, 28610000},
        {DAY_ANY, 22 * HOUR_US, 24 * HOUR_US, PICK(rng, 16520000, 500000000)},
    };
    memcpy(tariff->bands, bands, sizeof bands);
}

static void random_config(struct world_config *config, gsl_rng *rng)
{
    fixture_config(config);
    config->duration_us = (3 + (int64_t)gsl_rng_uniform_int(rng, 5)) * DAY_US + (int64_t)gsl_rng_uniform_int(rng, 1000);
    config->warmup_us = PICK(rng, 0, DAY_US + 1);
    config->series_step_us = PICK(rng, 15 * MINUTE_US, 7 * MINUTE_US + 3);
    config->start_unix_s += (int64_t)gsl_rng_uniform_int(rng, 1000000);
    config->yen_per_btc = gsl_rng_uniform_int(rng, 2) ? 1000000 : 12345678.9;
    random_site(config, rng);
    random_house(config, rng);
    random_fleet(config, rng);
    random_rail(config, rng);
    random_tariff(config, rng);
}

static void check_bounds(const struct world_config *config, const double *metrics)
{
    double demanded = metrics[METRIC_ENERGY_DEMANDED], delivered = metrics[METRIC_ENERGY_DELIVERED];
    assert_true(delivered >= 0 && delivered <= demanded + 1e-9);
    assert_near(metrics[METRIC_ENERGY_UNSERVED], demanded - delivered, 1e-6);
    if (config->rails[0].cloud.chargeback_ppm == 0 || config->rails[0].cloud.settlement_us == 0) {
        assert_true(metrics[METRIC_MERCHANT_LOSS] == 0);
        assert_true(metrics[METRIC_ENERGY_UNPAID] == 0);
    }
    assert_true(metrics[METRIC_ENERGY_UNPAID] <=
                delivered +
                    (double)config->building.outlets.meter_resolution_uj * metrics[METRIC_SESSION_COUNT] / 3.6e12 +
                    1e-9);
    double power_w = (double)outlet_config_power_w(&config->building.outlets);
    double limit_a = (double)config->building.service_limit_ma / 1000;
    int64_t base_w = config->building.flats * config->building.base_load_w_per_flat;
    int64_t service_v = building_service_v(&config->building);
    bool is_constant = config->building.household.daily_uj == 0; /* homes may fill a leg alone */
    if (config->building.strategy != STRATEGY_NONE && is_constant && (double)base_w / (double)service_v <= limit_a)
        assert_true(metrics[METRIC_SITE_PEAK_CURRENT] <= limit_a + 1e-9);
    assert_true(metrics[METRIC_SITE_COINCIDENCE_FACTOR] <= 1 + 1e-12);
    assert_true(metrics[METRIC_OUTLET_UTILISATION] <= 100 + 1e-9);
    assert_true(metrics[METRIC_OUTLET_CHARGING_SHARE] <= metrics[METRIC_OUTLET_UTILISATION] + 1e-9);
    if (is_constant)
        assert_true(metrics[METRIC_SITE_PEAK_POWER] <= power_w * 8 + 5 * 777);
    double from_grid = metrics[METRIC_SITE_IMPORT] - metrics[METRIC_SITE_EXPORT];
    assert_near(from_grid + metrics[METRIC_SITE_ROOF], metrics[METRIC_SITE_ENERGY], 1e-6);
    assert_true(config->building.roof.peak_w > 0 || metrics[METRIC_SITE_EXPORT] == 0);
    assert_true(metrics[METRIC_EXPOSURE_MEAN] <= metrics[METRIC_EXPOSURE_MAX] + 1e-9);
    if (!isnan(metrics[METRIC_TIME_TO_POWER_P50]))
        assert_true(metrics[METRIC_TIME_TO_POWER_P50] <= metrics[METRIC_TIME_TO_POWER_P95] * (1 + 1e-12));
}

static void random_worlds_conserve_money_and_energy(void **state)
{
    (void)state;
    double sessions = 0, losses = 0, waits = 0, interrupted = 0, failed = 0;
    for (uint64_t i = 0; i < WORLDS; i++) {
        struct sim_stream stream;
        stream_open(&stream, 7, 0, "test.world", i);
        struct fixture fixture = {.order = {.seed = i, .tie_fuzz = i % 3, .audit_every = 16}};
        random_config(&fixture.config, stream_rng(&stream));
        double metrics[METRIC_COUNT];
        fixture_metrics(&fixture, metrics, NULL);
        check_bounds(&fixture.config, metrics);
        sessions += metrics[METRIC_SESSION_COUNT];
        losses += metrics[METRIC_MERCHANT_LOSS] > 0;
        waits += metrics[METRIC_OUTLET_WAIT_MEAN] > 0;
        interrupted += metrics[METRIC_SESSION_INTERRUPTED_SHARE] > 0;
        failed += metrics[METRIC_SESSION_UNPOWERED_SHARE] > 0;
    }
    printf("%d worlds, %.0f sessions; with losses %.0f, waits %.0f, interruptions %.0f, unpowered %.0f\n", WORLDS,
           sessions, losses, waits, interrupted, failed);
    assert_true(sessions > 3000 && losses > 10 && waits > 50 && interrupted > 50 && failed > 30);
}

/* The same worlds from recorded sessions, with overlaps at one outlet. */
static void random_recordings_conserve_money_and_energy(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 100; i++) {
        struct sim_stream stream;
        stream_open(&stream, 8, 0, "test.world", i);
        gsl_rng *rng = stream_rng(&stream);
        char rows[4096] = "";
        for (int row = 0; row < 40; row++) {
            unsigned long arrival = gsl_rng_uniform_int(rng, 4000), stay = 1 + gsl_rng_uniform_int(rng, 1500);
            char line[96];
            snprintf(line, sizeof line, "%lu,%lu,%lu,%lu.%lu,%lu\n", gsl_rng_uniform_int(rng, 5), arrival,
                     arrival + stay, gsl_rng_uniform_int(rng, 40), (unsigned long)row,
                     40 + gsl_rng_uniform_int(rng, 2));
            strcat(rows, line);
        }
        struct fixture fixture = {.order = {.seed = i, .audit_every = 16}};
        random_config(&fixture.config, rng);
        double metrics[METRIC_COUNT];
        fixture_metrics(&fixture, metrics, rows);
        check_bounds(&fixture.config, metrics);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_worlds_conserve_money_and_energy),
        cmocka_unit_test(random_recordings_conserve_money_and_energy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
