/* bench_house.c: what a year of 1,000 outlets on one service costs: CPU seconds and memory.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Usage: bench_house [DAYS [NONE_S EDF_S MB]]   exits with 1 if a run takes more CPU seconds than the share of a year's
 *                                              that DAYS are, or all of them more memory than that
 * The claim is `bench_house 365 5 30 200`. Last: the same with homes, a roof, four boards and a transformer.
 */
#include "tests/models/fixture.h"

#include "models/calendar.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static void house(struct building_config *building)
{
    building->flats = 1000;
    building->boards = 4;
    building->wiring = WIRING_THREE_WIRE;
    building->household = (struct household_config){
        .daily_uj = 9 * KWH_UJ, .spread_ppm = 500000, .flicker_ppm = 600000, .winter_ppm = 250000, .leg_ppm = 600000};
    building->roof = (struct roof_config){.peak_w = 200000,
                                          .ratio_ppm = 800000,
                                          .latitude_udeg = 35170000,
                                          .longitude_udeg = 136970000,
                                          .zone_us = 9 * HOUR_US,
                                          .clearness_ppm = ROOF_NAGOYA,
                                          .day_ppm = 450000,
                                          .flicker_ppm = 350000,
                                          .cloud_us = 30 * MINUTE_US,
                                          .step_us = 10 * MINUTE_US};
    building->transformer = (struct transformer_config){
        .rating_w = 1500000, .limit_ppm = INT64_MAX, .no_load_ppm = 2000, .load_loss_ppm = 10000, .air_mean_c = 16};
}

/* Returns CPU seconds, -1 if something went wrong. */
static double run(int days, enum charging_strategy strategy, bool has_house)
{
    struct world_config config;
    fixture_config(&config);
    config.duration_us = days * DAY_US;
    config.fleet.cars.count = 1000;
    config.fleet.car.knee = KNEE_DC;
    config.building.strategy = strategy;
    config.building.minimum_current_ma = 6000;
    config.building.round_current_ma = 1000;
    config.building.turn_us = 15 * MINUTE_US;
    config.building.service_limit_ma = has_house ? 6000000 : 1200000;
    if (has_house)
        house(&config.building);
    const struct world_order order = {.seed = 1};
    struct world_result result;
    clock_t begin = clock();
    if (!world_run(&result, &config, NULL, &order) || result.failed)
        return -1;
    double cpu_s = (double)(clock() - begin) / CLOCKS_PER_SEC;
    printf("%s%s: %.2f s CPU, %llu events, %.1f %% of the energy, peak %.0f A\n",
           strategy == STRATEGY_NONE ? "uncontrolled" : "earliest_deadline", has_house ? ", with a house" : "", cpu_s,
           (unsigned long long)result.events, result.metrics[METRIC_ENERGY_DELIVERED_SHARE],
           result.metrics[METRIC_SITE_PEAK_CURRENT]);
    world_result_close(&result);
    return cpu_s;
}

int main(int argc, char **argv)
{
    int days = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 365;
    double none_s = run(days, STRATEGY_NONE, false), edf_s = run(days, STRATEGY_EARLIEST_DEADLINE, false);
    double house_s = run(days, STRATEGY_EARLIEST_DEADLINE, true);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double mb = (double)usage.ru_maxrss / 1024;
    printf("%d days, at most %.0f MB\n", days, mb);
    if (none_s < 0 || edf_s < 0 || house_s < 0)
        return 1;
    if (argc < 5)
        return 0;
    double part = days / 365.0;
    bool good =
        none_s <= part * strtod(argv[2], NULL) && edf_s <= part * strtod(argv[3], NULL) && mb <= strtod(argv[4], NULL);
    return good ? 0 : 1;
}
