/* test_outlet.c: contactor, meter, watch and lease of a modeled outlet, also all at one instant.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/check.h"
#include "tests/models/fixture.h"

#include "models/calendar.h"

#include <stdio.h>
#include <string.h>

#define NEVER   INT64_MAX
#define FULL_MA 16000

struct bench {
    struct sim *sim;
    struct building building;
    struct building_config config;
    struct car_config car;
    struct outlet_site site;
    struct outlet outlet;
    struct outlet_port port;
    struct battery battery;
    char heard[512]; /* "closed@5 idle@17 ..." */
};

static void hear(struct bench *bench, const char *what)
{
    size_t length = strlen(bench->heard);
    snprintf(bench->heard + length, sizeof bench->heard - length, "%s%s@%lld", length > 0 ? " " : "", what,
             (long long)sim_now_us(bench->sim));
}

static void on_closed(void *self, uint32_t outlet)
{
    assert_int_equal(outlet, 3);
    hear(self, "closed");
}
static void on_opened(void *self, uint32_t outlet)
{
    assert_int_equal(outlet, 3);
    hear(self, "opened");
}
static void on_energy(void *self, uint32_t outlet, int64_t meter_uj)
{
    (void)outlet;
    char text[64];
    snprintf(text, sizeof text, "energy(%lld)", (long long)meter_uj);
    hear(self, text);
}
static void on_idle(void *self, uint32_t outlet)
{
    (void)outlet;
    hear(self, "idle");
}

static void open_bench(struct bench *bench, int64_t delay_us, int64_t resolution_uj)
{
    struct world_config world;
    fixture_config(&world);
    memset(bench, 0, sizeof *bench);
    bench->config = world.building;
    bench->config.outlets.contactor_delay_us = delay_us;
    bench->config.outlets.meter_resolution_uj = resolution_uj;
    bench->car = world.fleet.car;
    bench->sim = sim_new(&(struct sim_options){.seed = 1});
    assert_non_null(bench->sim);
    assert_true(building_init(&bench->building, &bench->config, 0, DAY_US, MINUTE_US));
    outlet_site_init(&bench->site, bench->sim, &bench->building, &bench->config, &bench->car);
    bench->site.listener = (struct outlet_listener){
        .self = bench, .on_closed = on_closed, .on_opened = on_opened, .on_energy = on_energy, .on_idle = on_idle};
    outlet_init(&bench->outlet, &bench->site, 3);
    bench->port = outlet_port(&bench->outlet);
    assert_int_equal(bench->port.outlet, 3);
    bench->battery = (struct battery){.capacity_uj = 10 * KWH_UJ, .missing_uj = 6 * KWH_UJ, .wanted_uj = 6 * KWH_UJ};
}

static void close_bench(struct bench *bench)
{
    building_close(&bench->building);
    sim_free(bench->sim);
}

static void until(struct bench *bench, int64_t time_us)
{
    sim_run(bench->sim, time_us, 0, NULL);
}
static void on(struct bench *bench, int64_t limit_ma, int64_t lease_us)
{
    bench->port.ops->switch_on(bench->port.self, limit_ma, lease_us);
}
static void off(struct bench *bench)
{
    bench->port.ops->switch_off(bench->port.self);
}
static int64_t meter(struct bench *bench)
{
    return bench->port.ops->meter_uj(bench->port.self);
}

static void power_flows_after_the_contactors_delay(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, 100, 1);
    outlet_plug(&bench.outlet, &bench.battery);
    on(&bench, FULL_MA, NEVER);
    until(&bench, 1000);
    assert_int_equal(meter(&bench), 900 * 3200);
    off(&bench);
    until(&bench, 2000);
    assert_string_equal(bench.heard, "closed@100 opened@1100");
    assert_int_equal(meter(&bench), 1000 * 3200);
    outlet_unplug(&bench.outlet);
    assert_int_equal(bench.battery.taken_uj, 1000 * 3200);
    assert_true(outlet_is_free(&bench.outlet));
    close_bench(&bench);
}

static void answers_come_as_events_never_from_inside_a_call(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, 0, 1);
    outlet_plug(&bench.outlet, &bench.battery);
    on(&bench, FULL_MA, NEVER);
    off(&bench);
    bench.port.ops->watch(bench.port.self, 0);
    assert_string_equal(bench.heard, "");
    until(&bench, 0);
    assert_string_equal(bench.heard, "opened@0 energy(0)@0");
    close_bench(&bench);
}

static void off_while_closing_turns_it_back(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, 100, 1);
    outlet_plug(&bench.outlet, &bench.battery);
    on(&bench, FULL_MA, NEVER);
    until(&bench, 60);
    off(&bench);
    until(&bench, 500);
    assert_string_equal(bench.heard, "opened@160");
    assert_int_equal(meter(&bench), 0);
    close_bench(&bench);
}

static void on_while_opening_is_carried_out_after_it_opened(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, 100, 1);
    outlet_plug(&bench.outlet, &bench.battery);
    on(&bench, FULL_MA, NEVER);
    until(&bench, 200);
    off(&bench);
    until(&bench, 250);
    on(&bench, FULL_MA, NEVER);
    until(&bench, 1000);
    assert_string_equal(bench.heard, "closed@100 opened@300 closed@400");
    assert_int_equal(meter(&bench), (200 + 600) * 3200);
    close_bench(&bench);
}

/* Off, on and off again at one instant, with and without a delay: the last command holds. */
static void the_last_command_of_an_instant_holds(void **state)
{
    (void)state;
    for (int64_t delay_us = 0; delay_us <= 50; delay_us += 50) {
        struct bench bench;
        open_bench(&bench, delay_us, 1);
        outlet_plug(&bench.outlet, &bench.battery);
        on(&bench, FULL_MA, NEVER);
        until(&bench, 1000);
        off(&bench);
        on(&bench, FULL_MA, NEVER);
        off(&bench);
        until(&bench, 2000);
        assert_int_equal(bench.outlet.contact, CONTACT_OPEN);
        int64_t reading_uj = meter(&bench);
        until(&bench, 3000);
        assert_int_equal(meter(&bench), reading_uj);
        off(&bench);
        on(&bench, FULL_MA, NEVER);
        until(&bench, 4000);
        assert_int_equal(bench.outlet.contact, CONTACT_CLOSED);
        close_bench(&bench);
    }
}

static void a_lease_that_is_not_renewed_opens_the_contactor(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, 10, 1);
    outlet_plug(&bench.outlet, &bench.battery);
    on(&bench, FULL_MA, 1000);
    until(&bench, 900);
    on(&bench, FULL_MA, 1000); /* until 1900 */
    until(&bench, 5000);
    assert_string_equal(bench.heard, "closed@10 opened@1910");
    assert_int_equal(meter(&bench), 1900 * 3200);
    close_bench(&bench);
}

static void a_lease_renewed_for_ever_never_dies(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, 0, 1);
    outlet_plug(&bench.outlet, &bench.battery);
    on(&bench, FULL_MA, 1000);
    until(&bench, 999);
    on(&bench, FULL_MA, NEVER);
    until(&bench, 100000);
    assert_string_equal(bench.heard, "closed@0");
    close_bench(&bench);
}

static void off_ends_the_lease_too(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, 0, 1);
    outlet_plug(&bench.outlet, &bench.battery);
    on(&bench, FULL_MA, 1000);
    until(&bench, 500);
    off(&bench);
    until(&bench, 3000); /* nothing happens when it would have ended */
    on(&bench, FULL_MA, NEVER);
    until(&bench, 5000);
    assert_string_equal(bench.heard, "closed@0 opened@500 closed@3000");
    close_bench(&bench);
}

static void the_meter_shows_whole_steps_and_the_watch_waits_for_one(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, 0, 10000);
    outlet_plug(&bench.outlet, &bench.battery);
    on(&bench, FULL_MA, NEVER);
    bench.port.ops->watch(bench.port.self, 10001); /* the reading is 20,000 next: after 6.25 us */
    until(&bench, 6);
    assert_int_equal(meter(&bench), 10000);
    until(&bench, 100);
    assert_string_equal(bench.heard, "closed@0 energy(20000)@7");
    close_bench(&bench);
}

static void a_new_watch_replaces_the_old_one(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, 0, 1);
    outlet_plug(&bench.outlet, &bench.battery);
    on(&bench, FULL_MA, NEVER);
    bench.port.ops->watch(bench.port.self, 32000);
    bench.port.ops->watch(bench.port.self, 64000);
    until(&bench, 1000);
    assert_string_equal(bench.heard, "closed@0 energy(64000)@20");
    bench.port.ops->watch(bench.port.self, 64000); /* reached long ago: now */
    bench.port.ops->watch(bench.port.self, NEVER); /* and called off */
    until(&bench, 2000);
    assert_string_equal(bench.heard, "closed@0 energy(64000)@20");
    close_bench(&bench);
}

static void a_full_car_goes_idle_and_the_watch_at_the_same_instant_is_heard(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, 0, 1);
    bench.battery.wanted_uj = 32000;
    outlet_plug(&bench.outlet, &bench.battery);
    on(&bench, FULL_MA, NEVER);
    bench.port.ops->watch(bench.port.self, 32000);
    until(&bench, 1000);
    assert_string_equal(bench.heard, "closed@0 idle@10 energy(32000)@10");
    close_bench(&bench);
}

static void a_car_that_wants_nothing_is_idle_as_soon_as_power_is_there(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, 5, 1);
    bench.battery.wanted_uj = 0;
    outlet_plug(&bench.outlet, &bench.battery);
    on(&bench, FULL_MA, NEVER);
    until(&bench, 1000);
    assert_string_equal(bench.heard, "closed@5 idle@5");
    close_bench(&bench);
}

static void a_new_limit_changes_the_power_at_once(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, 0, 1);
    outlet_plug(&bench.outlet, &bench.battery);
    on(&bench, FULL_MA, NEVER);
    until(&bench, 1000);
    on(&bench, 6000, NEVER);
    until(&bench, 3000);
    on(&bench, 99000, NEVER); /* no more than the outlet can */
    until(&bench, 4000);
    assert_int_equal(meter(&bench), 1000 * 3200 + 2000 * 1200 + 1000 * 3200);
    on(&bench, 0, NEVER);
    until(&bench, 9000);
    assert_int_equal(meter(&bench), 1000 * 3200 + 2000 * 1200 + 1000 * 3200);
    close_bench(&bench);
}

static void the_meter_goes_on_with_the_next_car(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, 0, 1000);
    for (int i = 1; i <= 3; i++) {
        struct battery battery = {.capacity_uj = KWH_UJ, .missing_uj = KWH_UJ, .wanted_uj = 33333};
        outlet_plug(&bench.outlet, &battery);
        on(&bench, FULL_MA, NEVER);
        until(&bench, i * 1000);
        off(&bench);
        outlet_unplug(&bench.outlet);
        assert_false(outlet_is_free(&bench.outlet)); /* still closed */
        until(&bench, i * 1000);
        assert_true(outlet_is_free(&bench.outlet));
        assert_int_equal(battery.taken_uj, 33333);
        assert_int_equal(outlet_energy_uj(&bench.outlet), i * 33333);
        assert_int_equal(meter(&bench), i * 33333 / 1000 * 1000);
    }
    close_bench(&bench);
}

static void unplug_now(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)sim, (void)entity, (void)argument;
    struct bench *bench = object;
    off(bench);
    outlet_unplug(&bench->outlet);
}

/* Departures are in an earlier phase than the outlet's own events of the same instant. */
static void unplugging_at_the_instant_of_completion_loses_nothing(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, 0, 1);
    bench.battery.wanted_uj = 31999;
    outlet_plug(&bench.outlet, &bench.battery);
    on(&bench, FULL_MA, NEVER);
    uint16_t kind = sim_kind_add(bench.sim, "test.unplug", unplug_now);
    sim_schedule(bench.sim, 10, SIM_ENVIRONMENT, &(struct sim_action){.kind = kind, .object = &bench});
    until(&bench, 100);
    assert_string_equal(bench.heard, "closed@0 opened@10");
    assert_int_equal(bench.battery.taken_uj, 31999);
    assert_int_equal(bench.building.booked_uj, 31999);
    close_bench(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(power_flows_after_the_contactors_delay),
        cmocka_unit_test(answers_come_as_events_never_from_inside_a_call),
        cmocka_unit_test(off_while_closing_turns_it_back),
        cmocka_unit_test(on_while_opening_is_carried_out_after_it_opened),
        cmocka_unit_test(the_last_command_of_an_instant_holds),
        cmocka_unit_test(a_lease_that_is_not_renewed_opens_the_contactor),
        cmocka_unit_test(a_lease_renewed_for_ever_never_dies),
        cmocka_unit_test(off_ends_the_lease_too),
        cmocka_unit_test(the_meter_shows_whole_steps_and_the_watch_waits_for_one),
        cmocka_unit_test(a_new_watch_replaces_the_old_one),
        cmocka_unit_test(a_full_car_goes_idle_and_the_watch_at_the_same_instant_is_heard),
        cmocka_unit_test(a_car_that_wants_nothing_is_idle_as_soon_as_power_is_there),
        cmocka_unit_test(a_new_limit_changes_the_power_at_once),
        cmocka_unit_test(the_meter_goes_on_with_the_next_car),
        cmocka_unit_test(unplugging_at_the_instant_of_completion_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
