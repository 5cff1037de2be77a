/* test_world.c: queues at outlets, unmet demand, warm-up, common random numbers, input and callbacks.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/check.h"
#include "tests/models/fixture.h"

#include "models/calendar.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What each session asked for and got, by its key. */
#define KEYS 4000
struct sessions_seen {
    size_t count;
    int64_t key[KEYS], arrival_us[KEYS], departure_us[KEYS], demand_uj[KEYS], outlet[KEYS], plugged_us[KEYS],
        delivered_uj[KEYS], end[KEYS];
};

static void on_row(void *self, size_t table, const int64_t *values)
{
    struct sessions_seen *seen = self;
    if (table != EVENT_TABLE_SESSION)
        return;
    size_t i = seen->count++;
    assert_true(i < KEYS);
    seen->key[i] = values[0];
    seen->outlet[i] = values[2];
    seen->arrival_us[i] = values[3];
    seen->plugged_us[i] = values[4];
    seen->departure_us[i] = values[6];
    seen->demand_uj[i] = values[7];
    seen->delivered_uj[i] = values[8];
    seen->end[i] = values[17];
}

static double metrics[METRIC_COUNT];

static void run(struct fixture *fixture, struct sessions_seen *seen, const char *rows)
{
    struct world_events events = {.self = seen, .row = on_row};
    memset(seen, 0, sizeof *seen);
    fixture->order.events = &events;
    fixture_metrics(fixture, metrics, rows);
    fixture->order.events = NULL;
}

static size_t find(const struct sessions_seen *seen, int64_t key)
{
    for (size_t i = 0; i < seen->count; i++)
        if (seen->key[i] == key)
            return i;
    fail_msg("no session %lld", (long long)key);
    return 0;
}

static void start(struct fixture *fixture)
{
    *fixture = (struct fixture){.order = {.seed = 1, .audit_every = 1}};
    fixture_config(&fixture->config);
    fixture->config.fleet.car.efficiency_ppm = 1000000;
}

/* ---- queues ---------------------------------------------------------------------------------------------------- */

static void a_car_that_finds_its_outlet_taken_waits_and_leaves_at_its_own_time(void **state)
{
    (void)state;
    struct fixture fixture;
    struct sessions_seen seen;
    start(&fixture);
    /* key:    0            1            2 (never in)  3 */
    run(&fixture, &seen, "a,0,60,1,40\na,10,120,9,40\na,20,90,9,40\na,30,200,1.6,40\n");
    assert_int_equal(seen.count, 4);
    assert_int_equal(seen.plugged_us[find(&seen, 1)], 60 * MINUTE_US);
    assert_int_equal(seen.delivered_uj[find(&seen, 1)], 3200 * HOUR_US);
    assert_int_equal(seen.end[find(&seen, 2)], SESSION_END_UNPLUGGED);
    assert_int_equal(seen.plugged_us[find(&seen, 2)], -1);
    assert_int_equal(seen.plugged_us[find(&seen, 3)], 120 * MINUTE_US); /* 2 was before it and gave up */
    assert_int_equal(seen.delivered_uj[find(&seen, 3)], 16 * KWH_UJ / 10);
    assert_true(metrics[METRIC_SESSION_UNPLUGGED_SHARE] == 25);
    assert_near(metrics[METRIC_OUTLET_WAIT_MEAN], (0 + 50 + 70 + 90) * 60 / 4.0, 1e-9);
    assert_near(metrics[METRIC_OUTLET_UTILISATION], 100 * (200.0 / (7 * 24 * 60)), 1e-9);
}

static void leaving_and_coming_at_one_instant_is_no_wait(void **state)
{
    (void)state;
    struct fixture fixture;
    struct sessions_seen seen;
    start(&fixture);
    for (uint64_t fuzz = 0; fuzz < 8; fuzz++) {
        fixture.order.tie_fuzz = fuzz;
        run(&fixture, &seen, "a,0,60,40,40\nb,0,60,40,40\na,60,120,40,40\nb,60,61,40,40\n");
        assert_int_equal(seen.plugged_us[find(&seen, 2)], 60 * MINUTE_US);
        assert_true(metrics[METRIC_OUTLET_WAIT_MEAN] == 0);
        assert_true(metrics[METRIC_SITE_PEAK_CURRENT] == 32);
        assert_true(metrics[METRIC_ENERGY_DELIVERED_SHARE] == 100 * (3.2 + 3.2 + 3.2 + 3.2 / 60) / 160);
    }
}

static void the_next_car_waits_for_the_contactor(void **state)
{
    (void)state;
    struct fixture fixture;
    struct sessions_seen seen;
    start(&fixture);
    fixture.config.building.outlets.contactor_delay_us = 3 * SECOND_US;
    run(&fixture, &seen, "a,0,60,40,40\na,30,120,40,40\n");
    assert_int_equal(seen.plugged_us[find(&seen, 1)], HOUR_US + 3 * SECOND_US);
    assert_int_equal(seen.delivered_uj[find(&seen, 1)], 3200 * (HOUR_US - 6 * SECOND_US));
}

/* The last session is settled and its number given to the next one while the contactor is still opening. */
static void an_outlet_whose_session_is_settled_still_waits_for_its_contactor(void **state)
{
    (void)state;
    struct fixture fixture;
    struct sessions_seen seen;
    for (uint32_t outlets = 0; outlets < 2; outlets++) {
        start(&fixture);
        fixture.config.building.outlets.contactor_delay_us = 3 * SECOND_US;
        fixture.config.building.outlets.count = outlets;
        run(&fixture, &seen, "a,0,60,40,40\na,60.02,120,40,40\na,130,200,40,40\n");
        assert_int_equal(seen.plugged_us[find(&seen, 1)], HOUR_US + 3 * SECOND_US);
        assert_int_equal(seen.plugged_us[find(&seen, 2)], 130 * MINUTE_US);
        assert_int_equal(seen.delivered_uj[find(&seen, 2)], 3200 * (70 * MINUTE_US - 3 * SECOND_US));
    }
}

static void a_shared_pool_has_one_queue_for_all(void **state)
{
    (void)state;
    struct fixture fixture;
    struct sessions_seen seen;
    start(&fixture);
    fixture.config.building.outlets.count = 2;
    run(&fixture, &seen, "a,0,100,40,40\nb,5,50,40,40\nc,10,200,1,40\nd,20,200,1,40\n");
    assert_int_equal(seen.outlet[find(&seen, 0)], 0);
    assert_int_equal(seen.outlet[find(&seen, 1)], 1);
    assert_int_equal(seen.plugged_us[find(&seen, 2)], 50 * MINUTE_US);
    assert_int_equal(seen.outlet[find(&seen, 2)], 1);
    assert_int_equal(seen.plugged_us[find(&seen, 3)], 100 * MINUTE_US);
    assert_int_equal(seen.outlet[find(&seen, 3)], 0);
}

/* ---- unmet demand ---------------------------------------------------------------------------------------------- */

static const char short_stays[] = "a,0,60,10,20\na,1440,1500,10,20\na,2880,2940,10,20\na,4320,5320,2,20\n";

static void unmet_demand_per_session_is_gone(void **state)
{
    (void)state;
    struct fixture fixture;
    struct sessions_seen seen;
    start(&fixture);
    fixture.config.fleet.car.battery_uj = 0;
    run(&fixture, &seen, short_stays);
    for (int64_t key = 0; key < 3; key++)
        assert_int_equal(seen.demand_uj[find(&seen, key)], 10 * KWH_UJ);
    assert_int_equal(seen.delivered_uj[find(&seen, 3)], 2 * KWH_UJ);
    assert_near(metrics[METRIC_ENERGY_UNSERVED], 3 * 6.8, 1e-9);
    assert_true(metrics[METRIC_CAR_SHORTFALL] == 0);
}

static void unmet_demand_in_the_battery_comes_back_until_the_battery_is_empty(void **state)
{
    (void)state;
    struct fixture fixture;
    struct sessions_seen seen;
    start(&fixture);
    fixture.config.fleet.car.battery_uj = 0;
    fixture.config.fleet.unmet = UNMET_IN_BATTERY;
    run(&fixture, &seen, short_stays);
    assert_int_equal(seen.demand_uj[find(&seen, 0)], 10 * KWH_UJ);
    assert_int_equal(seen.demand_uj[find(&seen, 1)], 168 * KWH_UJ / 10); /* 6.8 came back */
    assert_int_equal(seen.demand_uj[find(&seen, 2)], 20 * KWH_UJ);       /* 13.6 + 10: 3.6 too many */
    assert_int_equal(seen.demand_uj[find(&seen, 3)], 188 * KWH_UJ / 10);
    assert_int_equal(seen.delivered_uj[find(&seen, 3)], 188 * KWH_UJ / 10);
    assert_near(metrics[METRIC_CAR_SHORTFALL], 3.6, 1e-9);
    assert_true(metrics[METRIC_CAR_SHORTFALL_COUNT] == 1);
}

static void a_recorded_session_larger_than_the_battery_is_possible(void **state)
{
    (void)state;
    struct fixture fixture;
    struct sessions_seen seen;
    start(&fixture);
    fixture.config.fleet.car.battery_uj = 20 * KWH_UJ;
    fixture.config.fleet.car.full_soc_ppm = 900000;
    run(&fixture, &seen, "a,0,1000,33,40\n");
    assert_int_equal(seen.delivered_uj[0], 33 * KWH_UJ);
    fixture.config.fleet.unmet = UNMET_IN_BATTERY;
    run(&fixture, &seen, "a,0,1000,33,40\n");
    assert_int_equal(seen.delivered_uj[0], 18 * KWH_UJ);
    assert_near(metrics[METRIC_CAR_SHORTFALL], 15, 1e-9);
}

/* ---- warm-up and end ------------------------------------------------------------------------------------------- */

static void nothing_from_the_warm_up_counts(void **state)
{
    (void)state;
    struct fixture fixture;
    struct sessions_seen seen;
    start(&fixture);
    static const char rows[] = "a,10,1500,3,40\nb,20,1500,3,40\nc,30,1500,3,40\na,1600,1700,1.6,40\nb,1800,1810,9,40\n";
    fixture.config.warmup_us = DAY_US;
    run(&fixture, &seen, rows);
    assert_int_equal(seen.count, 5); /* rows are complete */
    assert_true(metrics[METRIC_SESSION_COUNT] == 2);
    assert_near(metrics[METRIC_ENERGY_DELIVERED], 1.6 + 3.2 / 6, 1e-9);
    assert_true(metrics[METRIC_SITE_PEAK_CURRENT] == 16); /* 48 A were before */
    assert_near(metrics[METRIC_SITE_ENERGY], 1.6 + 3.2 / 6, 1e-9);
    assert_true(metrics[METRIC_PAYMENT_COUNT] == 2);
    assert_near(metrics[METRIC_REVENUE], 30 * (1.6 + 3.2 / 6), 1e-3);
    /* three cars stay an hour beyond the warm-up's end; then 100 and 10 minutes */
    assert_near(metrics[METRIC_OUTLET_UTILISATION], 100 * (3 * 60 + 110) / (3 * 6 * 1440.0), 1e-9);
}

/* All of it: the session, its payment and what it lacked. */
static void an_arrival_at_the_warm_ups_end_counts(void **state)
{
    (void)state;
    struct fixture fixture;
    struct sessions_seen seen;
    start(&fixture);
    fixture.config.warmup_us = DAY_US;
    fixture.config.fleet.unmet = UNMET_IN_BATTERY;
    fixture.config.fleet.car.battery_uj = 20 * KWH_UJ;
    run(&fixture, &seen, "a,1439.99,2879,25,40\nb,1440,2880,23,40\n");
    assert_true(metrics[METRIC_SESSION_COUNT] == 1);
    assert_true(metrics[METRIC_PAYMENT_COUNT] == 1);
    assert_true(metrics[METRIC_CAR_SHORTFALL_COUNT] == 1);
    assert_near(metrics[METRIC_CAR_SHORTFALL], 3, 1e-9);
    assert_near(metrics[METRIC_ENERGY_DEMANDED], 20, 1e-9);
}

static void sessions_cut_by_the_end_do_not_count(void **state)
{
    (void)state;
    struct fixture fixture;
    struct sessions_seen seen;
    start(&fixture);
    fixture.config.duration_us = DAY_US;
    run(&fixture, &seen, "a,10,100,3,40\nb,1400,1440,3,40\nc,1400,1441,3,40\nd,2000,2001,3,40\n");
    assert_true(metrics[METRIC_SESSION_COUNT] == 2);
    assert_true(metrics[METRIC_SESSION_UNFINISHED] == 1);
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.end[find(&seen, 2)], SESSION_END_NONE);
    assert_near(metrics[METRIC_SITE_ENERGY], 3 + 2 * 3.2 * 40 / 60, 1e-9);
}

/* ---- common random numbers ------------------------------------------------------------------------------------- */

static void two_rails_meet_the_same_arrivals(void **state)
{
    (void)state;
    static struct sessions_seen fast, slow;
    struct fixture fixture;
    start(&fixture);
    fixture.order.audit_every = 0;
    fixture.config.duration_us = 28 * DAY_US;
    fixture.config.fleet.cars.count = 40;
    fixture.config.rail_count = 2;
    fixture.config.rails[1] = (struct rail_config){.kind = RAIL_CLOUD, .name = "slow"};
    fixture.config.rails[1].cloud = (struct cloud_config){.latency_us = 2 * HOUR_US,
                                                          .latency_sigma_ppm = 800000,
                                                          .decline_ppm = 200000,
                                                          .outage_every_us = DAY_US,
                                                          .outage_mean_us = 3 * HOUR_US};
    run(&fixture, &fast, NULL);
    double fast_share = metrics[METRIC_ENERGY_DELIVERED_SHARE];
    fixture.order.rail = 1;
    run(&fixture, &slow, NULL);
    assert_true(metrics[METRIC_ENERGY_DELIVERED_SHARE] < fast_share - 5);
    assert_true(fast.count > 300);
    assert_int_equal(fast.count, slow.count);
    for (size_t i = 0; i < fast.count; i++) {
        size_t j = find(&slow, fast.key[i]);
        assert_int_equal(slow.arrival_us[j], fast.arrival_us[i]);
        assert_int_equal(slow.departure_us[j], fast.departure_us[i]);
        assert_int_equal(slow.demand_uj[j], fast.demand_uj[i]);
    }
}

/* ---- the whole face -------------------------------------------------------------------------------------------- */

static bool ask(void *self, int64_t *price, const struct civil_time *t, char *why, size_t why_size)
{
    int64_t *limit_us = self;
    assert_int_equal(t->minute % 15, 0);
    if (t->time_us >= *limit_us) {
        snprintf(why, why_size, "the callback gave up");
        return false;
    }
    *price = t->hour * 1000000;
    return true;
}

static void a_callback_is_asked_each_step_and_its_failure_ends_the_run(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    fixture.config.tariff = (struct tariff_config){.kind = TARIFF_CALLBACK, .step_us = 15 * MINUTE_US};
    int64_t limit_us = INT64_MAX;
    struct world_callbacks callbacks = {.self = &limit_us, .tariff = ask};
    fixture.order.callbacks = &callbacks;
    struct world_result result;
    assert_true(world_run(&result, &fixture.config, NULL, &fixture.order));
    assert_false(result.failed);
    assert_false(result.deterministic);
    assert_int_equal(result.end, SIM_END_HORIZON);
    world_result_close(&result);
    limit_us = 2 * DAY_US;
    assert_true(world_run(&result, &fixture.config, NULL, &fixture.order));
    assert_true(result.failed);
    assert_int_equal(result.end, SIM_END_STOPPED);
    assert_non_null(strstr(result.failure, "the callback gave up (seed 1, replication 0, time 172800.000000 s"));
    world_result_close(&result);
    limit_us = 0; /* not even a first price */
    assert_true(world_run(&result, &fixture.config, NULL, &fixture.order));
    assert_true(result.failed);
    world_result_close(&result);
}

static void the_same_order_gives_the_same_digest_and_another_seed_another(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    struct world_result a, b, c;
    assert_true(world_run(&a, &fixture.config, NULL, &fixture.order));
    assert_true(world_run(&b, &fixture.config, NULL, &fixture.order));
    fixture.order.replication = 1;
    assert_true(world_run(&c, &fixture.config, NULL, &fixture.order));
    assert_memory_equal(a.digest, b.digest, sizeof a.digest);
    assert_memory_equal(a.metrics, b.metrics, sizeof a.metrics);
    assert_memory_not_equal(a.digest, c.digest, sizeof a.digest);
    assert_false(a.deterministic);
    assert_true(a.metrics[METRIC_SESSION_COUNT] > 5);
    world_result_close(&a);
    world_result_close(&b);
    world_result_close(&c);
}

struct watched {
    uint64_t count, arrivals;
};

static void on_executed(void *self, const struct sim_executed *event, const char *kind_name)
{
    struct watched *watched = self;
    watched->count++;
    assert_int_equal(event->number, watched->count);
    watched->arrivals += strcmp(kind_name, "fleet.day") == 0;
}

static void an_observer_sees_every_event_by_name(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    struct watched watched = {0};
    fixture.order.observe = on_executed;
    fixture.order.observe_self = &watched;
    struct world_result result;
    assert_true(world_run(&result, &fixture.config, NULL, &fixture.order));
    assert_int_equal(result.events, watched.count);
    assert_int_equal(watched.arrivals, 70); /* ten cars, seven days */
    world_result_close(&result);
}

static void an_interrupt_ends_the_run_early(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    fixture.config.duration_us = 400 * DAY_US;
    volatile int interrupt = 1;
    fixture.order.interrupt = &interrupt;
    struct world_result result;
    assert_true(world_run(&result, &fixture.config, NULL, &fixture.order));
    assert_int_equal(result.end, SIM_END_INTERRUPT);
    assert_false(result.failed);
    world_result_close(&result);
}

static void input_says_what_is_wrong_with_a_file(void **state)
{
    (void)state;
    struct world_config config;
    struct input_problem problems[INPUT_PROBLEMS_MAX];
    size_t count;
    fixture_config(&config);
    struct world_input *input = world_input_open(problems, &count, &config);
    assert_non_null(input);
    assert_int_equal(world_input_file_count(input), 0);
    assert_int_equal(count, 1);
    assert_int_equal(problems[0].severity, INPUT_NOTE);
    assert_string_equal(problems[0].text, "arrivals are generated: 10 cars of the per-car model");
    world_input_close(input);
    config.fleet.source = FLEET_REPLAY;
    config.fleet.replay.path = KONSENTO_BUILD "/no/such/file.csv";
    assert_null(world_input_open(problems, &count, &config));
    assert_int_equal(count, 1);
    assert_string_equal(problems[0].text, "cannot be read: No such file or directory");
    config.fleet.replay.path = KONSENTO_BUILD;
    assert_null(world_input_open(problems, &count, &config));
    assert_string_equal(problems[0].text, "is not a regular file");
}

static void input_hashes_the_file_and_notes_late_sessions(void **state)
{
    (void)state;
    char path[] = KONSENTO_BUILD "/sessions-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    static const char text[] =
        "evse,arrival_min,departure_min,energy_kwh,battery_kwh\n1,0,60,1,NA\n1,10070,10090,1,40\n"
        "1,20000,20001,1,40\n";
    assert_int_equal(write(descriptor, text, sizeof text - 1), sizeof text - 1);
    close(descriptor);
    struct world_config config;
    struct input_problem problems[INPUT_PROBLEMS_MAX];
    size_t count;
    fixture_config(&config);
    config.fleet.source = FLEET_REPLAY;
    config.fleet.replay.path = path;
    config.fleet.car.battery_uj = 0;
    config.fleet.car.knee = KNEE_DC;
    struct world_input *input = world_input_open(problems, &count, &config);
    unlink(path);
    assert_non_null(input);
    assert_int_equal(count, 3);
    assert_string_equal(problems[0].text, "1 of 3 sessions begin after the end of the run");
    assert_string_equal(problems[1].text, "1 sessions are cut by the end of the run and do not count");
    assert_string_equal(problems[2].text, "1 sessions do not say how large the battery is: 40 kWh assumed");
    const char *told;
    uint8_t hash[32];
    world_input_file(&told, hash, input, 0);
    assert_string_equal(told, path);
    assert_memory_not_equal(hash, (uint8_t[32]){0}, 32);
    struct world_result result;
    struct world_order order = {.seed = 1};
    assert_true(world_run(&result, &config, input, &order));
    assert_true(result.metrics[METRIC_SESSION_COUNT] == 1);
    world_result_close(&result);
    world_input_close(input);
}

#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#define IS_SANITIZED __has_feature(address_sanitizer)
#else
#define IS_SANITIZED 0
#endif

static void a_year_of_a_thousand_outlets_takes_seconds(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    fixture.order.audit_every = 0;
    struct world_config *config = &fixture.config;
    config->duration_us = 365 * DAY_US;
    config->fleet.cars.count = 1000;
    config->fleet.car.knee = KNEE_DC;
    config->building.outlets.contactor_delay_us = SECOND_US / 10;
    config->building.service_limit_ma = 3000000;
    config->payment.purchase_uj = 5 * KWH_UJ;
    config->payment.reorder_uj = KWH_UJ / 100;
    config->rails[0].cloud = (struct cloud_config){.latency_us = 800000,
                                                   .latency_sigma_ppm = 500000,
                                                   .settlement_us = 2 * DAY_US,
                                                   .fee_ppm = 32500,
                                                   .decline_ppm = 20000,
                                                   .chargeback_ppm = 1000};
    struct world_result result;
    clock_t begin = clock();
    assert_true(world_run(&result, config, NULL, &fixture.order));
    double cpu_s = (double)(clock() - begin) / CLOCKS_PER_SEC;
    printf("%.2f s CPU, %llu events, %.0f sessions\n", cpu_s, (unsigned long long)result.events,
           result.metrics[METRIC_SESSION_COUNT]);
    assert_false(result.failed);
    assert_true(result.metrics[METRIC_SESSION_COUNT] > 90000);
    if (!IS_SANITIZED)
        assert_true(cpu_s < 5);
    world_result_close(&result);
}

/* The widest values that the scenario language lets through, all together: no overflow, and books that balance. */
static void the_widest_configuration_runs(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    struct world_config *config = &fixture.config;
    config->duration_us = 3660 * DAY_US;
    config->series_step_us = DAY_US;
    config->building.flats = 10000;
    config->building.base_load_w_per_flat = 20000;
    config->building.service_limit_ma = 1000;
    config->building.outlets = (struct outlet_config){
        .voltage_v = 480, .current_ma = 80000, .contactor_delay_us = 10 * SECOND_US, .meter_resolution_uj = KWH_UJ};
    config->fleet.car.battery_uj = 1000 * KWH_UJ;
    config->fleet.car.efficiency_ppm = 100000;
    config->fleet.car.full_soc_ppm = 100000;
    config->fleet.unmet = UNMET_IN_BATTERY;
    config->fleet.cars.daily_distance_m = 1000000;
    config->fleet.cars.daily_distance_sigma_ppm = 3000000;
    config->fleet.cars.distance_between_sigma_ppm = 3000000;
    config->fleet.cars.consumption_wh_per_km = 1000;
    config->fleet.cars.hour_shift_us = 12 * HOUR_US;
    config->fleet.cars.plug_in_soc_ppm = 2000000;
    config->payment.purchase_uj = 1000 * KWH_UJ;
    config->payment.reorder_uj = 1000 * KWH_UJ;
    config->rails[0].cloud = (struct cloud_config){.latency_us = HOUR_US,
                                                   .latency_sigma_ppm = 3000000,
                                                   .settlement_us = 366 * DAY_US,
                                                   .fee_ppm = 1000000,
                                                   .fee_fixed_msat = INT64_C(100000000000),
                                                   .decline_ppm = 500000,
                                                   .chargeback_ppm = 500000,
                                                   .outage_every_us = 3660 * DAY_US,
                                                   .outage_mean_us = 366 * DAY_US};
    config->tariff.price_uyen_per_kwh = INT64_C(10000000000);
    fixture.order.audit_every = 0;
    fixture_metrics(&fixture, metrics, NULL);
    assert_true(metrics[METRIC_SESSION_COUNT] > 100 && metrics[METRIC_CAR_SHORTFALL] > 0);
}

static void a_payment_of_more_than_a_hundred_bitcoin_ends_the_run_with_a_reason(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    fixture.config.yen_per_btc = 1;
    struct world_result result;
    assert_true(world_run(&result, &fixture.config, NULL, &fixture.order));
    assert_true(result.failed);
    assert_non_null(strstr(result.failure, "payment of more than 100 BTC"));
    world_result_close(&result);
}

static void every_metric_has_a_name_a_unit_and_a_definition(void **state)
{
    (void)state;
    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct metric_info *info = &metric_table[i];
        assert_true(info->name != NULL && info->unit[0] && info->long_name[0] && info->definition[0]);
        assert_non_null(info->source);
        assert_int_equal(metric_find(info->name), i); /* and the name is unique */
        assert_true(info->better >= -1 && info->better <= 1);
    }
    assert_int_equal(metric_find("energy.delivered_shar"), METRIC_COUNT);
    for (size_t i = 0; i < event_table_count; i++)
        assert_null(event_tables[i].columns[event_tables[i].column_count]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_car_that_finds_its_outlet_taken_waits_and_leaves_at_its_own_time),
        cmocka_unit_test(leaving_and_coming_at_one_instant_is_no_wait),
        cmocka_unit_test(the_next_car_waits_for_the_contactor),
        cmocka_unit_test(an_outlet_whose_session_is_settled_still_waits_for_its_contactor),
        cmocka_unit_test(a_shared_pool_has_one_queue_for_all),
        cmocka_unit_test(unmet_demand_per_session_is_gone),
        cmocka_unit_test(unmet_demand_in_the_battery_comes_back_until_the_battery_is_empty),
        cmocka_unit_test(a_recorded_session_larger_than_the_battery_is_possible),
        cmocka_unit_test(nothing_from_the_warm_up_counts),
        cmocka_unit_test(an_arrival_at_the_warm_ups_end_counts),
        cmocka_unit_test(sessions_cut_by_the_end_do_not_count),
        cmocka_unit_test(two_rails_meet_the_same_arrivals),
        cmocka_unit_test(a_callback_is_asked_each_step_and_its_failure_ends_the_run),
        cmocka_unit_test(the_same_order_gives_the_same_digest_and_another_seed_another),
        cmocka_unit_test(an_observer_sees_every_event_by_name),
        cmocka_unit_test(an_interrupt_ends_the_run_early),
        cmocka_unit_test(input_says_what_is_wrong_with_a_file),
        cmocka_unit_test(input_hashes_the_file_and_notes_late_sessions),
        cmocka_unit_test(a_year_of_a_thousand_outlets_takes_seconds),
        cmocka_unit_test(the_widest_configuration_runs),
        cmocka_unit_test(a_payment_of_more_than_a_hundred_bitcoin_ends_the_run_with_a_reason),
        cmocka_unit_test(every_metric_has_a_name_a_unit_and_a_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
