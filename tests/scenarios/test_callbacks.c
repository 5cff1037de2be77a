/* test_callbacks.c: functions of a scenario, called from workers.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/calendar.h"
#include "tests/scenarios/reading.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct reading *read_tariff(const char *function, const struct scenario_limits *limits)
{
    char text[6000];
    snprintf(text, sizeof text, "tariff = %s", function);
    return reading_text(reading_scenario(text), NULL, limits);
}

/* The price at an hour of the first day, or -1: the callback failed; why is told. */
static int64_t ask(struct scenario_worker *worker, int hour, char why[300])
{
    const struct world_callbacks *callbacks = scenario_worker_callbacks(worker);
    struct civil_time t;
    int64_t price = -2;
    why[0] = '\0';
    calendar_civil(&t, 1519862400, hour * HOUR_US);
    assert_non_null(callbacks->tariff);
    return callbacks->tariff(callbacks->self, &price, &t, why, 300) ? price : -1;
}

static void a_tariff_function_is_asked(void **state)
{
    (void)state;
    char why[300];
    struct reading *reading =
        read_tariff("function(t) return t.hour * 100 + t.weekday + (t.weekend and 0.5 or 0) + t.day / 100 end", NULL);
    if (!reading->good)
        fail_msg("%s", reading_told(reading));
    assert_int_equal(reading->scenario.config.tariff.kind, TARIFF_CALLBACK);
    assert_int_equal(reading->scenario.config.tariff.step_us, 30 * MINUTE_US);
    struct scenario_worker *worker = scenario_worker_open(&reading->scenario);
    assert_int_equal(ask(worker, 7, why), -1);
    assert_string_equal(why, "no replication has begun");
    scenario_worker_begin(worker, 1, 0);
    assert_int_equal(ask(worker, 7, why), 704010000); /* 1 March 2018 was a Thursday */
    scenario_worker_close(worker);
    reading_close(reading);
}

static void scenarios_without_functions_have_no_callbacks(void **state)
{
    (void)state;
    struct reading *reading = reading_text(reading_scenario(""), NULL, NULL);
    struct scenario_worker *worker = scenario_worker_open(&reading->scenario);
    scenario_worker_begin(worker, 1, 0);
    assert_null(scenario_worker_callbacks(worker)->tariff);
    scenario_worker_close(worker);
    reading_close(reading);
}

static void mistakes_are_found_when_the_scenario_is_read(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"function(t) return -1 end", "3:1: tariff returned -1, expected a price of 0 .. 10000 JPY/kWh"},
        {"function(t) return 10001 end", "tariff returned 10001, expected"},
        {"function(t) return 0/0 end", "nan, expected a price"},
        {"function(t) return 1/0 end", "tariff returned inf, expected"},
        {"function(t) return \"3 kW\" end", "tariff returned \"3 kW\", expected"},
        {"function(t) return {} end", "tariff returned table, expected"},
        {"function(t) end", "tariff returned nil, expected"},
        {"function(t)\n  return t.huor + 1 end", "4:12: attempt to perform arithmetic on a nil value (field 'huor')"},
        {"function(t)\n  error(\"told\") end", "4:3: told (tariff called for 2018-03-01 00:00)"},
        {"function(t) if t.hour == 5 then error(\"told\") end return 1 end", "(tariff called for 2018-03-01 05:00)"},
        {"function(t) k.note(\"x\") return 1 end", "3:1: notes are made while the scenario is read, not in a run"},
        {"function(t) return k.include \"x.lua\" end", "k.include works while the scenario is read, not in a run"},
        {"function(t) return (\"x\"):rep(1 << 28) end", "3:1: tariff: not enough memory: a scenario may use 32768 KiB"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading *reading = read_tariff(cases[i][0], NULL);
        if (reading->good)
            fail_msg("was taken: %s", cases[i][0]);
        reading_assert_told(reading, cases[i][1]);
        reading_close(reading);
    }
}

static void an_endless_callback_is_stopped_in_a_run(void **state)
{
    (void)state;
    static const char *const functions[] = {
        "function(t) if t.year == 2018 and t.month == 3 and t.day < 30 then return 1 end while true do end end",
        "function(t) if t.day < 30 then return 1 end while true do pcall(function() while true do end end) end end",
        "function(t) if t.day < 30 then return 1 end coroutine.wrap(function() while true do end end)() end",
    };
    const struct scenario_limits limits = {.callback_us = 100000};
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        char why[300];
        struct reading *reading = read_tariff(functions[i], &limits);
        if (!reading->good)
            fail_msg("%s", reading_told(reading));
        struct scenario_worker *worker = scenario_worker_open(&reading->scenario);
        scenario_worker_begin(worker, 1, 0);
        assert_int_equal(ask(worker, 5, why), 1000000);
        assert_false(scenario_worker_was_slow(worker));
        assert_int_equal(ask(worker, 29 * 24, why), -1);
        assert_non_null(strstr(why, "stopped: it took too long"));
        assert_non_null(strstr(why, "test.lua:3: "));
        assert_true(scenario_worker_was_slow(worker));
        scenario_worker_begin(worker, 1, 1); /* the next replication has a state of its own */
        assert_int_equal(ask(worker, 5, why), 1000000);
        assert_false(scenario_worker_was_slow(worker));
        scenario_worker_close(worker);
        reading_close(reading);
    }
}

static void memory_bombs_in_a_run_fail_the_callback(void **state)
{
    (void)state;
    char why[300];
    struct reading *reading =
        read_tariff("function(t) if t.day < 30 then return 1 end return (\"x\"):rep(1 << 30) end", NULL);
    struct scenario_worker *worker = scenario_worker_open(&reading->scenario);
    scenario_worker_begin(worker, 1, 0);
    assert_int_equal(ask(worker, 29 * 24, why), -1);
    assert_non_null(strstr(why, "test.lua:3: tariff: not enough memory: a scenario may use "));
    assert_false(scenario_worker_was_slow(worker)); /* the cap is the same on every machine */
    assert_int_equal(ask(worker, 5, why), 1000000);
    scenario_worker_close(worker);
    reading_close(reading);
}

static void what_belongs_to_reading_fails_in_a_run(void **state)
{
    (void)state;
    static const char *const calls[] = {"k.note \"x\"", "print(1)", "require \"x\""};
    for (size_t i = 0; i < 3; i++) {
        char why[300], text[200];
        snprintf(text, sizeof text, "function(t) if t.day > 20 then %s end return 1 end", calls[i]);
        struct reading *reading = read_tariff(text, NULL);
        struct scenario_worker *worker = scenario_worker_open(&reading->scenario);
        scenario_worker_begin(worker, 1, 0);
        assert_int_equal(ask(worker, 25 * 24, why), -1);
        assert_non_null(strstr(why, "not in a run"));
        scenario_worker_close(worker);
        reading_close(reading);
    }
}

#define DRAWS 20

static void draw(int64_t prices[DRAWS], struct scenario_worker *worker, uint64_t seed, uint32_t replication)
{
    char why[300];
    scenario_worker_begin(worker, seed, replication);
    for (int i = 0; i < DRAWS; i++)
        prices[i] = ask(worker, i, why);
}

static const char drawing[] = "(function() local a, b = k.rng \"a\", k.rng \"b\" local n = 0\n"
                              "return function(t) n = n + 1\n"
                              "return n + a:uniform() + b:exponential(1) + a:integer(1, 6) + b:uniform(1, 2) +\n"
                              "math.abs(a:normal(0, 1)) end end)()";

static void streams_belong_to_seed_and_replication(void **state)
{
    (void)state;
    int64_t first[DRAWS], again[DRAWS], other[DRAWS];
    struct reading *reading = read_tariff(drawing, NULL);
    if (!reading->good)
        fail_msg("%s", reading_told(reading));
    struct scenario_worker *one = scenario_worker_open(&reading->scenario);
    struct scenario_worker *two = scenario_worker_open(&reading->scenario);
    draw(first, one, 7, 3);
    draw(other, one, 7, 4);
    assert_memory_not_equal(first, other, sizeof first);
    draw(other, one, 8, 3);
    assert_memory_not_equal(first, other, sizeof first);
    draw(again, one, 7, 3); /* after other replications, and in another worker: the same, counters included */
    assert_memory_equal(first, again, sizeof first);
    draw(again, two, 7, 3);
    assert_memory_equal(first, again, sizeof first);
    for (int i = 0; i < DRAWS; i++)
        assert_true(first[i] > 0);
    scenario_worker_close(one);
    scenario_worker_close(two);
    reading_close(reading);
}

static void streams_refuse_wrong_arguments(void **state)
{
    (void)state;
    static const char *const calls[][2] = {
        {"(k.rng \"a\"):exponential(-1)", "must not be negative"},
        {"(k.rng \"a\"):integer(2, 1)", "must be a..a"},
        {"(k.rng \"a\"):normal(0)", "number expected, got no value"},
        {"(k.rng \"a\"):uniform(0/0, 1)", "must be finite"},
        {"(k.rng \"a\"):unifrom()", "k.rng has no 'unifrom' (did you mean 'uniform'?)"},
        {"k.rng \"\"", "must be a name"},
        {"(k.rng \"a\").uniform({})", "expected, got table"},
    };
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        char text[300];
        snprintf(text, sizeof text, "local k = require \"konsento\" local x = (%s)", calls[i][0]);
        struct reading *reading = reading_text(text, NULL, NULL);
        reading_assert_told(reading, calls[i][1]);
        reading_close(reading);
    }
}

struct job {
    const struct scenario *scenario;
    int64_t prices[8][DRAWS];
};

static void *run_job(void *argument)
{
    struct job *job = argument;
    struct scenario_worker *worker = scenario_worker_open(job->scenario);
    for (uint32_t i = 0; i < 8; i++)
        draw(job->prices[i], worker, 1, i);
    scenario_worker_close(worker);
    return NULL;
}

static void threads_do_not_disturb_each_other(void **state)
{
    (void)state;
    struct reading *reading = read_tariff(drawing, NULL);
    pthread_t threads[4];
    struct job *jobs = calloc(4, sizeof *jobs);
    for (int i = 0; i < 4; i++) {
        jobs[i].scenario = &reading->scenario;
        assert_int_equal(pthread_create(&threads[i], NULL, run_job, &jobs[i]), 0);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (int i = 1; i < 4; i++)
        assert_memory_equal(jobs[0].prices, jobs[i].prices, sizeof jobs[0].prices);
    free(jobs);
    reading_close(reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tariff_function_is_asked),
        cmocka_unit_test(scenarios_without_functions_have_no_callbacks),
        cmocka_unit_test(mistakes_are_found_when_the_scenario_is_read),
        cmocka_unit_test(an_endless_callback_is_stopped_in_a_run),
        cmocka_unit_test(memory_bombs_in_a_run_fail_the_callback),
        cmocka_unit_test(what_belongs_to_reading_fails_in_a_run),
        cmocka_unit_test(streams_belong_to_seed_and_replication),
        cmocka_unit_test(streams_refuse_wrong_arguments),
        cmocka_unit_test(threads_do_not_disturb_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
