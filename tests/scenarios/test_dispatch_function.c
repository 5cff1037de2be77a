/* test_dispatch_function.c: the function that says what is requested of a building.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/calendar.h"
#include "tests/scenarios/reading.h"

#include <stdlib.h>
#include <string.h>

static struct reading *read_dispatch(const char *more)
{
    return reading_text(reading_scenario(more), NULL, NULL);
}

/* The request at an hour of the first day, -1: the callback failed. */
static int64_t ask(struct scenario_worker *worker, int hour, bool has_baseline, char why[300])
{
    const struct world_callbacks *callbacks = scenario_worker_callbacks(worker);
    struct dispatch_state state = {.load_w = 12000,
                                   .charging_w = 7000,
                                   .baseline_w = has_baseline ? 15000 : 0,
                                   .has_baseline = has_baseline,
                                   .feed_w = 3000};
    int64_t request_w = -2;
    calendar_civil(&state.t, 1519862400, hour * HOUR_US);
    assert_non_null(callbacks->dispatch);
    return callbacks->dispatch(callbacks->self, &request_w, &state, why, 300) ? request_w : -1;
}

static void it_is_asked_with_what_the_aggregator_knows(void **state)
{
    (void)state;
    char why[300];
    struct reading *reading =
        read_dispatch("dispatch = function(t, site) if not site.baseline then return \"2 kW\" end "
                      "return t.hour * 1000 + site.load - site.charging + site.feed end");
    if (!reading->good)
        fail_msg("%s", reading_told(reading));
    assert_int_equal(reading->scenario.config.aggregator.dispatch.kind, DISPATCH_CALLBACK);
    struct scenario_worker *worker = scenario_worker_open(&reading->scenario);
    assert_int_equal(ask(worker, 7, true, why), -1);
    assert_string_equal(why, "no replication has begun");
    scenario_worker_begin(worker, 1, 0);
    assert_null(scenario_worker_callbacks(worker)->tariff);
    assert_int_equal(ask(worker, 7, true, why), 15000);
    assert_int_equal(ask(worker, 7, false, why), 2000);
    scenario_worker_close(worker);
    reading_close(reading);
}

static void it_stands_beside_a_tariff(void **state)
{
    (void)state;
    char why[300];
    struct reading *reading =
        read_dispatch("tariff = function(t) return t.hour end, dispatch = function(t) return 10 * t.hour end");
    struct scenario_worker *worker = scenario_worker_open(&reading->scenario);
    scenario_worker_begin(worker, 1, 0);
    const struct world_callbacks *callbacks = scenario_worker_callbacks(worker);
    struct civil_time t;
    int64_t price;
    calendar_civil(&t, 1519862400, 5 * HOUR_US);
    assert_true(callbacks->tariff(callbacks->self, &price, &t, why, sizeof why));
    assert_int_equal(price, 5000000);
    assert_int_equal(ask(worker, 5, true, why), 50);
    scenario_worker_close(worker);
    reading_close(reading);
}

static void mistakes_are_found_when_the_scenario_is_read(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"dispatch = function(t) return -1 end",
         "dispatch returned -1, expected a power of 0 .. 100 MW in W, as in 20000"},
        {"dispatch = function(t) return \"3 JPY/kWh\" end", "dispatch returned \"3 JPY/kWh\", expected a power"},
        {"dispatch = function(t, site) return site.laod + 1 end",
         "attempt to perform arithmetic on a nil value (field 'laod')"},
        {"dispatch = function(t, site) return site.baseline end", "dispatch returned nil, expected"},
        {"dispatch = 5", "dispatch must be k.requests { ... } or a function, got number"},
        {"dispatch = k.requests { list = { k.request { at = \"1 min\", duration = \"5 min\", reduce = \"1 kW\" } } }",
         "dispatch.list[1] is over before a slot of the aggregator begins"},
        {"dispatch = k.requests { list = { k.request { at = \"900 days\", duration = \"1 h\", reduce = \"1 kW\" } } }",
         "dispatch.list[1] must be before the end of duration"},
        {"dispatch = function() return 0 end, aggregator = k.aggregator { slot = \"7 min\" }",
         "aggregator.slot must divide a day"},
        {"dispatch = function() return 0 end, aggregator = k.aggregator { baseline_highest = 11 }",
         "aggregator.baseline_highest must not be more than aggregator.baseline_days"},
        {"market = k.market { rule = \"auction\", interval = \"30 min\", settlement = \"45 min\" }",
         "market.settlement must be a multiple of market.interval"},
        {"market = k.market { rule = \"auction\" }, building = k.building { flats = 0 }", "market needs flats"},
        {"market = k.market { rule = \"auction\" }, chain = k.chain {}, rails = { k.rail.cloud {}, k.rail.lightning {} "
         "}",
         "rails[2].topology = \"direct\": each phone has channels with the operator's outlets alone"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading *reading = read_dispatch(cases[i][0]);
        if (reading->good)
            fail_msg("was taken: %s", cases[i][0]);
        reading_assert_told(reading, cases[i][1]);
        reading_close(reading);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_asked_with_what_the_aggregator_knows),
        cmocka_unit_test(it_stands_beside_a_tariff),
        cmocka_unit_test(mistakes_are_found_when_the_scenario_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
