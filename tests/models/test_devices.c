/* test_devices.c: outlets that are devices beside modeled ones: books, last readings, faults, the end.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The device is a fake behind the port that the hardware has: its relay takes time, its meter tells now and then and
 * in steps, and its load knows nothing of the car in the model. Audits run behind every event.
 */
#include "tests/models/check.h"
#include "tests/models/fixture.h"

#include "models/calendar.h"

#include <string.h>

#define WH        INT64_C(3600000000)
#define POWER_W   3000
#define RELAY_US  20000
#define METER_US  SECOND_US
#define UNSEEN_US (4 * SECOND_US)

struct fake {
    struct sim *sim;
    struct outlet_listener listener;
    struct world_device device;
    struct world_devices hook;
    bool is_wanted, is_closed;
    int64_t flowed_us, energy_uj, shown_uj, watch_uj;
    unsigned refusals; /* ON that it still refuses */
    unsigned closed, opened;
    bool is_ghost; /* gives power though nobody asked */
    bool is_idle;  /* its load draws nothing */
    struct sim_handle relay, last;
    uint16_t relay_kind, tell_kind, last_kind;
};

/* ---- the device -------------------------------------------------------------------------------------------------- */

static void flow(struct fake *fake)
{
    int64_t now_us = sim_now_us(fake->sim);
    if (fake->is_closed && !fake->is_idle)
        fake->energy_uj += POWER_W * (now_us - fake->flowed_us);
    fake->flowed_us = now_us;
}

static void tell(struct fake *fake)
{
    flow(fake);
    fake->shown_uj = fake->energy_uj / WH * WH;
    if (fake->shown_uj < fake->watch_uj)
        return;
    fake->watch_uj = INT64_MAX;
    fake->listener.on_energy(fake->listener.self, 0, fake->shown_uj);
}

static void plan(struct fake *fake, struct sim_handle *handle, int64_t after_us, uint16_t kind)
{
    sim_cancel(fake->sim, *handle);
    *handle = sim_schedule(fake->sim, sim_now_us(fake->sim) + after_us, SIM_TIMER,
                           &(struct sim_action){.kind = kind, .object = fake});
}

static void handle_tell(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)entity, (void)argument;
    struct fake *fake = object;
    tell(fake);
    sim_schedule(sim, sim_now_us(sim) + METER_US, SIM_TIMER,
                 &(struct sim_action){.kind = fake->tell_kind, .object = fake});
}

static void handle_relay(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)sim, (void)entity, (void)argument;
    struct fake *fake = object;
    flow(fake);
    if (fake->is_wanted && fake->refusals > 0) {
        fake->refusals--;
        fake->is_wanted = false;
        fake->listener.on_fault(fake->listener.self, 0, "refused");
        return;
    }
    fake->is_closed = fake->is_wanted || fake->is_ghost;
    if (fake->is_wanted) {
        fake->closed++;
        fake->listener.on_closed(fake->listener.self, 0);
    } else {
        plan(fake, &fake->last, METER_US, fake->last_kind);
    }
}

static void handle_last(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)sim, (void)entity, (void)argument;
    struct fake *fake = object;
    tell(fake);
    fake->opened++;
    fake->listener.on_opened(fake->listener.self, 0);
}

static void switch_to(struct fake *fake, bool is_wanted)
{
    fake->is_wanted = is_wanted;
    sim_cancel(fake->sim, fake->last);
    plan(fake, &fake->relay, RELAY_US, fake->relay_kind);
}

static void switch_on(void *self, int64_t limit_ma, int64_t lease_us)
{
    (void)limit_ma, (void)lease_us;
    switch_to(self, true);
}

static void switch_off(void *self)
{
    switch_to(self, false);
}

static int64_t meter_uj(void *self)
{
    return ((const struct fake *)self)->shown_uj;
}

static void watch(void *self, int64_t at_uj)
{
    ((struct fake *)self)->watch_uj = at_uj;
}

static const struct outlet_ops ops = {
    .switch_on = switch_on, .switch_off = switch_off, .meter_uj = meter_uj, .watch = watch};

static struct outlet_port port(void *self, uint32_t device)
{
    assert_int_equal(device, 0);
    return (struct outlet_port){&ops, self, 0};
}

static bool open_fake(void *self, struct sim *sim, const struct world_ears *ears, const volatile int *interrupt)
{
    (void)interrupt;
    struct fake *fake = self;
    fake->sim = sim;
    fake->listener = ears->outlets;
    fake->relay_kind = sim_kind_add(sim, "fake.relay", handle_relay);
    fake->tell_kind = sim_kind_add(sim, "fake.tell", handle_tell);
    fake->last_kind = sim_kind_add(sim, "fake.last", handle_last);
    sim_schedule(sim, METER_US / 2, SIM_TIMER, &(struct sim_action){.kind = fake->tell_kind, .object = fake});
    return true;
}

/* ---- a world with it --------------------------------------------------------------------------------------------- */

#define ROWS_MAX 8
struct scene {
    struct fixture fixture;
    struct fake fake;
    size_t count;
    int64_t delivered_uj[ROWS_MAX], end[ROWS_MAX], plugged_us[ROWS_MAX], departure_us[ROWS_MAX]; /* by key */
    struct world_events events;
    double metrics[METRIC_COUNT];
};

static void on_row(void *self, size_t table, const int64_t *values)
{
    struct scene *scene = self;
    if (table != EVENT_TABLE_SESSION)
        return;
    size_t key = (size_t)values[0];
    assert_true(key < ROWS_MAX);
    scene->count++;
    scene->plugged_us[key] = values[4];
    scene->departure_us[key] = values[6];
    scene->delivered_uj[key] = values[8];
    scene->end[key] = values[17];
}

/* The first outlet is the device. */
static void start(struct scene *scene)
{
    *scene = (struct scene){.fixture.order = {.seed = 1, .audit_every = 1}, .fake = {.watch_uj = INT64_MAX}};
    fixture_config(&scene->fixture.config);
    scene->fixture.config.duration_us = 2 * HOUR_US;
    scene->fixture.config.building.outlets.current_ma = 15000;
    scene->fixture.config.building.outlets.meter_resolution_uj = WH;
    scene->fixture.config.payment.purchase_uj = 100 * WH;
    scene->fake.device = (struct world_device){.outlet = 0, .unseen_us = UNSEEN_US};
    scene->fake.hook = (struct world_devices){.self = &scene->fake,
                                              .devices = &scene->fake.device,
                                              .count = 1,
                                              .closing_us = 10 * SECOND_US,
                                              .open = open_fake,
                                              .port = port};
    scene->events = (struct world_events){scene, on_row};
    scene->fixture.order.events = &scene->events;
    scene->fixture.order.devices = &scene->fake.hook;
}

static void run(struct scene *scene, const char *rows)
{
    fixture_open(&scene->fixture, rows);
    fixture_run(&scene->fixture, scene->metrics);
}

static int64_t stray_uj(const struct scene *scene)
{
    return scene->fixture.world.outlets[0].stray_uj;
}

/* All that the device has shown is a session's or stray; all that sessions had is paid for. */
static void check_books(struct scene *scene, int64_t modeled_uj)
{
    int64_t sessions_uj = 0;
    for (size_t i = 0; i < ROWS_MAX; i++)
        sessions_uj += scene->delivered_uj[i];
    assert_true(sessions_uj - modeled_uj + stray_uj(scene) == scene->fake.shown_uj);
    assert_near(scene->metrics[METRIC_REVENUE], (double)sessions_uj / 3.6e12 * 30, 1e-6);
    assert_near(scene->metrics[METRIC_ENERGY_DELIVERED], (double)sessions_uj / 3.6e12, 1e-9);
    fixture_close(&scene->fixture);
}

static void a_device_and_a_model_are_paid_for_alike(void **state)
{
    (void)state;
    struct scene scene;
    start(&scene);
    run(&scene, "real,1,100,0.5,40\nmodel,2,100,0.5,40\n");
    assert_int_equal(scene.count, 2);
    assert_true(scene.delivered_uj[1] == 500 * WH);
    /* The device's load never says that it is full: it stops when the demand is met and the guard is left. */
    assert_true(scene.delivered_uj[0] >= 500 * WH && scene.delivered_uj[0] <= 506 * WH);
    assert_true(scene.fake.energy_uj - scene.fake.shown_uj < WH);
    assert_int_equal(stray_uj(&scene), 0);
    check_books(&scene, 500 * WH);
}

static void who_leaves_stays_until_the_last_reading(void **state)
{
    (void)state;
    struct scene scene;
    start(&scene);
    run(&scene, "real,1,10,30,40\nreal,10,20,0.2,40\n");
    assert_int_equal(scene.count, 2);
    /* 9 minutes of 3 kW are 450 Wh, and the relay opens after the departure. */
    assert_true(scene.delivered_uj[0] == 450 * WH);
    assert_int_equal(scene.departure_us[0], 10 * MINUTE_US + RELAY_US + METER_US);
    assert_int_equal(scene.plugged_us[1], scene.departure_us[0]); /* the next one waits for it */
    assert_int_equal(scene.end[0], SESSION_END_DEPARTED);
    check_books(&scene, 0);
}

static void power_that_nobody_ordered_is_stray(void **state)
{
    (void)state;
    struct scene scene;
    start(&scene);
    scene.fake.is_ghost = true; /* its relay does not open */
    run(&scene, "real,1,10,0.1,40\n");
    assert_true(stray_uj(&scene) > 1000 * WH);
    assert_true(scene.delivered_uj[0] < 500 * WH);
    assert_true(scene.delivered_uj[0] + stray_uj(&scene) == scene.fake.shown_uj);
    fixture_close(&scene.fixture);
}

static void an_outlet_with_a_fault_is_asked_again(void **state)
{
    (void)state;
    struct scene scene;
    start(&scene);
    scene.fake.refusals = 3;
    run(&scene, "real,1,30,0.2,40\n");
    assert_int_equal(scene.fake.refusals, 0);
    assert_int_equal(scene.fake.closed, 1);
    assert_true(scene.delivered_uj[0] >= 200 * WH);
    assert_near(scene.metrics[METRIC_TIME_TO_POWER_MEAN], 30 + 4 * RELAY_US / 1e6, 1);
    check_books(&scene, 0);
}

static void handle_full(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)sim, (void)entity, (void)argument;
    struct fake *fake = object;
    flow(fake);
    fake->is_idle = true;
    fake->listener.on_idle(fake->listener.self, 0);
}

static void a_full_car_is_settled_at_once_and_stays(void **state)
{
    (void)state;
    struct scene scene;
    start(&scene);
    fixture_open(&scene.fixture, "real,1,60,30,40\n");
    uint16_t kind = sim_kind_add(scene.fixture.world.sim, "test.full", handle_full);
    sim_schedule(scene.fixture.world.sim, 20 * MINUTE_US, SIM_ENVIRONMENT,
                 &(struct sim_action){.kind = kind, .object = &scene.fake});
    fixture_run(&scene.fixture, scene.metrics);
    assert_int_equal(scene.end[0], SESSION_END_COMPLETE);
    assert_int_equal(scene.departure_us[0], 60 * MINUTE_US);
    assert_true(scene.delivered_uj[0] == 949 * WH); /* 19 minutes less a relay's time */
    check_books(&scene, 0);
}

static void devices_are_read_before_the_run_ends(void **state)
{
    (void)state;
    struct scene scene;
    start(&scene);
    run(&scene, "real,1,500,300,400\n");
    assert_int_equal(scene.count, 1);
    assert_int_equal(scene.departure_us[0], 2 * HOUR_US - 10 * SECOND_US + RELAY_US + METER_US);
    assert_false(scene.fake.is_closed);
    check_books(&scene, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_and_a_model_are_paid_for_alike),
        cmocka_unit_test(who_leaves_stays_until_the_last_reading),
        cmocka_unit_test(power_that_nobody_ordered_is_stray),
        cmocka_unit_test(an_outlet_with_a_fault_is_asked_again),
        cmocka_unit_test(a_full_car_is_settled_at_once_and_stays),
        cmocka_unit_test(devices_are_read_before_the_run_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
