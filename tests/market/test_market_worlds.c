/* test_market_worlds.c: random buildings that trade and are dispatched: energy and money are conserved in all. [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Audited after every 64th event and at the end: meters of flats against the building's books, trades against orders,
 * cars against outlets, sessions and settlements against the ledger, the limit of managed charging.
 */
#include "tests/models/check.h"
#include "tests/models/fixture.h"

#include "models/calendar.h"
#include "sim/stream.h"

#include <math.h>
#include <stdio.h>

#define WORLDS 500

static int64_t pick(gsl_rng *rng, const int64_t *values, size_t count)
{
    return values[gsl_rng_uniform_int(rng, count)];
}
#define PICK(rng, ...)                                                                                                 \
    pick(rng, (const int64_t[]){__VA_ARGS__}, sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

static void random_site(struct world_config *config, gsl_rng *rng)
{
    struct building_config *building = &config->building;
    building->flats = 1 + (uint32_t)gsl_rng_uniform_int(rng, 8);
    building->base_load_w_per_flat = PICK(rng, 0, 350);
    building->service_limit_ma = PICK(rng, CONFIG_SERVICE_UNLIMITED_MA, 60000);
    building->wiring = (enum wiring)gsl_rng_uniform_int(rng, 3);
    building->outlets.phases = building->wiring == WIRING_THREE_PHASE ? (uint32_t)PICK(rng, 1, 3) : 1;
    building->boards = (uint32_t)PICK(rng, 0, 1, 3);
    building->board_limit_ma = PICK(rng, CONFIG_SERVICE_UNLIMITED_MA, 12000, 40000);
    building->transformer = (struct transformer_config){.rating_w = PICK(rng, 0, 8000, 50000),
                                                        .limit_ppm = PICK(rng, INT64_MAX, 1000000),
                                                        .no_load_ppm = 2000,
                                                        .load_loss_ppm = 10000,
                                                        .air_mean_c = 16};
    building->outlets.count = (uint32_t)PICK(rng, 0, 0, 2);
    building->outlets.contactor_delay_us = PICK(rng, 0, 50000);
    building->outlets.meter_resolution_uj = PICK(rng, 1, 3600000000);
    building->strategy = (enum charging_strategy)gsl_rng_uniform_int(rng, STRATEGY_COUNT);
    building->minimum_current_ma = PICK(rng, 0, 6000);
    building->round_current_ma = 1000;
    building->turn_us = 15 * MINUTE_US;
    building->household = (struct household_config){.daily_uj = PICK(rng, 0, 9 * KWH_UJ),
                                                    .spread_ppm = 400000,
                                                    .flicker_ppm = 500000,
                                                    .winter_ppm = 200000,
                                                    .leg_ppm = 500000};
    building->roof = (struct roof_config){.peak_w = PICK(rng, 0, 10000),
                                          .owners = (uint32_t)gsl_rng_uniform_int(rng, building->flats + 1),
                                          .ratio_ppm = 800000,
                                          .latitude_udeg = 35180000,
                                          .longitude_udeg = 136900000,
                                          .zone_us = 9 * HOUR_US,
                                          .clearness_ppm = 600000,
                                          .day_ppm = 300000,
                                          .flicker_ppm = 300000,
                                          .cloud_us = 10 * MINUTE_US,
                                          .step_us = 5 * MINUTE_US};
}

static void random_cars(struct world_config *config, gsl_rng *rng)
{
    config->fleet.cars.count = 1 + (uint32_t)gsl_rng_uniform_int(rng, 9);
    config->fleet.unmet = (enum unmet_demand)gsl_rng_uniform_int(rng, 2);
    struct car_config *car = &config->fleet.car;
    car->knee = (enum battery_knee)gsl_rng_uniform_int(rng, 3);
    car->full_soc_ppm = PICK(rng, 1000000, 800000);
    car->feed_w = PICK(rng, 0, 1000, 3000);
    car->feed_efficiency_ppm = PICK(rng, 1000000, 900000, 333333);
    car->feed_reserve_ppm = PICK(rng, 0, 400000);
    car->feed_wear_uyen_per_kwh = PICK(rng, 0, 6000000);
    car->feed_share_ppm = PICK(rng, 1000000, 500000);
}

static void random_market(struct world_config *config, gsl_rng *rng)
{
    int64_t interval_us = PICK(rng, 15 * MINUTE_US, 30 * MINUTE_US, 7 * MINUTE_US);
    config->market = (struct market_config){.rule = (enum market_rule)gsl_rng_uniform_int(rng, 3),
                                            .interval_us = interval_us,
                                            .settle_us = interval_us * PICK(rng, 1, 5, 48),
                                            .retail_uyen_per_kwh = PICK(rng, MARKET_RETAIL_TARIFF, 45000000),
                                            .feed_in_uyen_per_kwh = PICK(rng, 0, 8000000, 50000000),
                                            .limits = (enum market_limits)gsl_rng_uniform_int(rng, 2),
                                            .charging = (enum market_charging)gsl_rng_uniform_int(rng, 2),
                                            .least_msat = PICK(rng, 0, 1000000)};
    config->aggregator = (struct aggregator_config){.slot_us = 30 * MINUTE_US,
                                                    .baseline_days = 3,
                                                    .baseline_highest = 2,
                                                    .adjust_from_us = 5 * HOUR_US,
                                                    .adjust_until_us = 2 * HOUR_US,
                                                    .rebound_us = 2 * HOUR_US};
    config->aggregator.dispatch.request_count = gsl_rng_uniform_int(rng, 2);
    config->aggregator.dispatch.requests[0] =
        (struct request_config){.at_us = 2 * DAY_US, .duration_us = DAY_US, .reduce_w = PICK(rng, 1000, 20000)};
}

static void random_rail(struct world_config *config, gsl_rng *rng)
{
    struct cloud_config *cloud = &config->rails[0].cloud;
    cloud->latency_us = PICK(rng, 0, 800000, HOUR_US);
    cloud->settlement_us = PICK(rng, 0, HOUR_US, 2 * DAY_US);
    cloud->fee_ppm = PICK(rng, 0, 32500);
    cloud->decline_ppm = PICK(rng, 0, 50000, 500000);
    cloud->chargeback_ppm = PICK(rng, 0, 300000);
    config->payment.purchase_uj = PICK(rng, INT64_MAX, KWH_UJ);
    config->tariff.price_uyen_per_kwh = PICK(rng, 30000000, 20000000, 0);
    config->warmup_us = PICK(rng, 0, DAY_US + 1);
    config->start_unix_s += PICK(rng, 0, 7777, 180 * 86400);
    config->duration_us = 4 * DAY_US + PICK(rng, 0, 12345);
}

static void check_end(struct fixture *fixture, double metrics[METRIC_COUNT])
{
    char why[256];
    if (!trading_audit(&fixture->world, why, sizeof why))
        fail_msg("%s", why);
    if (fixture->config.market.rule != MARKET_NONE && metrics[METRIC_MARKET_VOLUME] > 0) {
        assert_true(metrics[METRIC_MARKET_DELIVERED_SHARE] <= 100 + 1e-9);
        assert_true(metrics[METRIC_MARKET_FALLBACK] <= metrics[METRIC_MARKET_VOLUME] + 1e-9);
    }
    if (!isnan(metrics[METRIC_DISPATCH_DELIVERED_SHARE]))
        assert_true(metrics[METRIC_DISPATCH_DELIVERED_SHARE] <= 100 + 1e-9);
}

static void random_buildings_conserve_money_and_energy(void **state)
{
    (void)state;
    double volume = 0, fed = 0, fallback = 0, own = 0, reversed = 0, delivered = 0;
    for (uint64_t i = 0; i < WORLDS; i++) {
        struct sim_stream stream;
        stream_open(&stream, 11, 0, "test.market", i);
        gsl_rng *rng = stream_rng(&stream);
        struct fixture fixture = {.order = {.seed = i, .tie_fuzz = i % 3, .audit_every = 64}};
        double metrics[METRIC_COUNT];
        fixture_config(&fixture.config);
        random_site(&fixture.config, rng);
        random_cars(&fixture.config, rng);
        random_market(&fixture.config, rng);
        random_rail(&fixture.config, rng);
        fixture_open(&fixture, NULL);
        fixture_run(&fixture, metrics);
        check_end(&fixture, metrics);
        fixture_close(&fixture);
        volume += metrics[METRIC_MARKET_VOLUME] > 0;
        own += metrics[METRIC_MARKET_OWN_USE] > 0;
        fed += metrics[METRIC_FEED_ENERGY] > 0;
        fallback += metrics[METRIC_MARKET_FALLBACK] > 0;
        reversed += metrics[METRIC_SETTLEMENT_REVERSED_SHARE] > 0;
        delivered += metrics[METRIC_DISPATCH_DELIVERED] > 0;
    }
    print_message(
        "of %d: %.0f traded, %.0f used their own, %.0f gave, %.0f fell back, %.0f took back, %.0f delivered\n", WORLDS,
        volume, own, fed, fallback, reversed, delivered);
    assert_true(volume > 100 && own > 20 && fed > 60 && fallback > 60 && reversed > 20 && delivered > 80);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_buildings_conserve_money_and_energy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
