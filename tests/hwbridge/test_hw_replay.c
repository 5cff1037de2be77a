/* test_hw_replay.c: live runs with a device that misbehaves, and their replays.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two outlets behind a driver whose device lives in this process, a hundred times as fast as real ones. A controller
 * in the kernel switches them and asks for energy. Whatever the device did and however late the machine was, the
 * journal brings the same digest once more.
 */
#include "hwbridge/live.h"
#include "hwbridge/replay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define PATH     "replay_under_test.hwj"
#define SEC      INT64_C(1000000)
#define WH       INT64_C(3600000000)
#define SPEED    100
#define OUTLETS  2
#define QUEUE    64
#define UNTIL_US (40 * SEC)

/* ---- a disk ------------------------------------------------------------------------------------------------------ */

static _Thread_local unsigned syncs; /* by this thread, not by the one that waits for the disk in its place */

/* In libc's place. */
int fdatasync(int fd)
{
    syncs++;
    return fsync(fd);
}

/* ---- a device ---------------------------------------------------------------------------------------------------- */

struct answer {
    int64_t at_ns;
    struct hw_input input;
};

struct toy {
    struct hw_sink sink;
    uint64_t random;
    unsigned drop_percent;
    struct answer queue[QUEUE];
    size_t count;
    int64_t counter_uj[OUTLETS], seen_ns;
    bool is_on[OUTLETS];
    uint64_t misnumbered; /* 0: its answers have no number */
};

static uint32_t draw(struct toy *toy, uint32_t below)
{
    toy->random = toy->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(toy->random >> 33) % below;
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void answer(struct toy *toy, struct hw_input input)
{
    if (toy->count == QUEUE || draw(toy, 100) < toy->drop_percent)
        return;
    toy->queue[toy->count++] = (struct answer){now_ns() + (int64_t)draw(toy, 2000000), input};
}

static bool toy_submit(void *self, const struct hw_command *command)
{
    struct toy *toy = self;
    if (draw(toy, 100) < toy->drop_percent / 2)
        return false;
    if (command->kind != HW_COMMAND_PROBE)
        toy->is_on[command->outlet] = command->kind == HW_COMMAND_ON;
    answer(toy, (struct hw_input){.kind = HW_RELAY,
                                  .outlet = command->outlet,
                                  .command = toy->misnumbered == 0 ? 0 : command->number + toy->misnumbered,
                                  .value = toy->is_on[command->outlet],
                                  .raw = 77});
    return true;
}

static void flow(struct toy *toy, int64_t at_ns)
{
    for (uint32_t i = 0; i < OUTLETS && toy->seen_ns != 0; i++) {
        toy->counter_uj[i] += toy->is_on[i] ? (at_ns - toy->seen_ns) / 1000 * SPEED * 3000 : 0;
        answer(toy, (struct hw_input){.kind = HW_METER,
                                      .outlet = i,
                                      .energy_uj = toy->counter_uj[i] / WH * WH,
                                      .power_w = toy->is_on[i] ? 3000 : 0});
    }
    toy->seen_ns = at_ns;
}

static int64_t toy_service(void *self, int64_t at_ns)
{
    struct toy *toy = self;
    if (at_ns - toy->seen_ns > 10000000)
        flow(toy, at_ns);
    int64_t next_ns = toy->seen_ns + 10000000;
    for (size_t i = 0; i < toy->count;) {
        struct answer answer = toy->queue[i];
        if (answer.at_ns > at_ns) {
            next_ns = answer.at_ns < next_ns ? answer.at_ns : next_ns;
            i++;
            continue;
        }
        toy->queue[i] = toy->queue[--toy->count];
        toy->sink.on_input(toy->sink.self, &answer.input);
    }
    return next_ns;
}

static size_t toy_descriptors(void *self, int *fds, size_t max)
{
    (void)self, (void)fds, (void)max;
    return 0;
}

static void toy_close(void *self)
{
    (void)self;
}

static const struct hw_driver_ops toy_ops = {
    .name = "toy", .service = toy_service, .submit = toy_submit, .descriptors = toy_descriptors, .close = toy_close};

/* ---- a controller ------------------------------------------------------------------------------------------------ */

struct controller {
    struct sim *sim;
    struct bridge *bridge;
    uint16_t kind;
    unsigned closed, opened, energy, faults;
};

static void handle_turn(struct sim *sim, void *object, uint32_t outlet, uint64_t turn)
{
    struct controller *controller = object;
    struct outlet_port port = bridge_port(controller->bridge, outlet);
    if (turn % 2 == 0) {
        port.ops->switch_on(port.self, 16000, INT64_MAX);
        port.ops->watch(port.self, port.ops->meter_uj(port.self) + 2 * WH);
    } else {
        port.ops->switch_off(port.self);
    }
    sim_schedule(
        sim, sim_now_us(sim) + (turn % 2 == 0 ? 6 : 3) * SEC, SIM_MODEL,
        &(struct sim_action){.kind = controller->kind, .entity = outlet, .object = controller, .argument = turn + 1});
}

static void on_closed(void *self, uint32_t outlet)
{
    (void)outlet;
    ((struct controller *)self)->closed++;
}

static void on_opened(void *self, uint32_t outlet)
{
    (void)outlet;
    ((struct controller *)self)->opened++;
}

static void on_energy(void *self, uint32_t outlet, int64_t meter_uj)
{
    struct controller *controller = self;
    sim_trace(controller->sim, (uint64_t)meter_uj);
    struct outlet_port port = bridge_port(controller->bridge, outlet);
    port.ops->switch_off(port.self);
    controller->energy++;
}

static void on_fault(void *self, uint32_t outlet, const char *cause)
{
    (void)outlet;
    assert_non_null(cause);
    ((struct controller *)self)->faults++;
}

static struct outlet_listener listen_with(struct controller *controller)
{
    return (struct outlet_listener){controller, on_closed, on_opened, on_energy, NULL, on_fault, NULL};
}

static void start(struct controller *controller, struct bridge *bridge)
{
    controller->bridge = bridge;
    controller->kind = sim_kind_add(controller->sim, "test.turn", handle_turn);
    for (uint32_t outlet = 0; outlet < OUTLETS; outlet++)
        sim_schedule(controller->sim, (1 + outlet) * SEC, SIM_MODEL,
                     &(struct sim_action){.kind = controller->kind, .entity = outlet, .object = controller});
}

static void configure(struct bridge_outlet_config configs[OUTLETS])
{
    for (uint32_t outlet = 0; outlet < OUTLETS; outlet++) {
        configs[outlet] = (struct bridge_outlet_config){.idle_below_w = BRIDGE_IDLE_BELOW_W, .idle_us = BRIDGE_IDLE_US};
        hw_outlet_config_init(&configs[outlet].lease, outlet, 16000, 200, WH);
    }
}

/* ---- live and again ---------------------------------------------------------------------------------------------- */

struct outcome {
    uint8_t digest[32];
    struct controller controller;
};

static void run_live(struct outcome *outcome, uint64_t seed, unsigned drop_percent)
{
    struct journal journal;
    (void)unlink(PATH);
    assert_int_equal(journal_open(&journal, PATH), 0);
    struct sim *sim = sim_new(&(struct sim_options){.seed = 1});
    struct pace *pace = pace_open(&(struct pace_options){.policy = PACE_CATCHUP, .speed = SPEED});
    struct live *live = live_new();
    struct toy toy = {.sink = live_sink(live), .random = seed, .drop_percent = drop_percent};
    const struct hw_driver driver = {&toy_ops, &toy};
    struct bridge_outlet_config configs[OUTLETS];
    configure(configs);
    *outcome = (struct outcome){.controller.sim = sim};
    assert_true(live_open(live, &(struct live_options){.sim = sim,
                                                       .pace = pace,
                                                       .outlets = configs,
                                                       .driver_of = (const uint32_t[OUTLETS]){0},
                                                       .outlet_count = OUTLETS,
                                                       .drivers = &driver,
                                                       .driver_count = 1,
                                                       .journal = &journal,
                                                       .listener = listen_with(&outcome->controller)}));
    start(&outcome->controller, live_bridge(live));
    struct clock_port clock = pace_port(pace);
    struct sim_input input = live_input(live);
    enum sim_end end = sim_run_paced(sim, &clock, &input, UNTIL_US);
    assert_int_equal(end, SIM_END_HORIZON);
    toy.drop_percent = 0;
    toy.misnumbered = 1; /* answers to what nobody has sent confirm nothing */
    toy.count = 0;
    assert_int_equal(live_end(live, SIM_END_INTERRUPT, 50), OUTLETS);
    assert_false(live_is_confirmed(live, 0));
    toy.misnumbered = 0;
    assert_int_equal(live_end(live, end, 3000), 0);
    assert_true(live_is_confirmed(live, 0));
    for (uint32_t outlet = 0; outlet < OUTLETS; outlet++)
        assert_false(toy.is_on[outlet]);
    sim_digest_final(sim, outcome->digest);
    assert_true(live_tally(live)->inputs > 50);
    live_free(live);
    pace_close(pace);
    sim_free(sim);
    assert_int_equal(journal_close(&journal), 0);
}

/* A run that was brought to where its journal ends. */
struct world {
    struct sim *sim;
    struct bridge *bridge;
    struct journal_reader reader;
    enum replay_result result;
};

static struct world read_again(struct outcome *outcome, char *why, size_t why_size)
{
    struct world world;
    struct journal_record first;
    assert_int_equal(journal_reader_open(&world.reader, PATH), 0);
    assert_int_equal(journal_read(&world.reader, &first), JOURNAL_OK);
    world.sim = sim_new(&(struct sim_options){.seed = 1});
    struct replay *replay = replay_new(world.sim, &world.reader, &first);
    struct bridge_outlet_config configs[OUTLETS];
    configure(configs);
    *outcome = (struct outcome){.controller.sim = world.sim};
    world.bridge = bridge_new(&(struct bridge_options){.sim = world.sim,
                                                       .outlets = configs,
                                                       .outlet_count = OUTLETS,
                                                       .wire = replay_wire(replay),
                                                       .listener = listen_with(&outcome->controller)});
    start(&outcome->controller, world.bridge);
    world.result = replay_run(replay, world.bridge, why, why_size);
    sim_digest_final(world.sim, outcome->digest);
    replay_free(replay);
    journal_reader_close(&world.reader);
    return world;
}

static enum replay_result run_again(struct outcome *outcome, char *why, size_t why_size)
{
    struct world world = read_again(outcome, why, why_size);
    bridge_free(world.bridge);
    sim_free(world.sim);
    return world.result;
}

/* In: for_us, that it lives; 0: it is killed as soon as it is back. */
static void go_on(struct outcome *outcome, int64_t idle_us, int64_t for_us)
{
    char why[512];
    struct journal journal;
    struct world world = read_again(outcome, why, sizeof why);
    assert_int_equal(world.result, REPLAY_CUT);
    int64_t now_us = sim_now_us(world.sim), taken_us = world.bridge->taken_us;
    int64_t back_us = (taken_us > now_us ? taken_us : now_us) + 1 + idle_us;
    assert_int_equal(journal_continue(&journal, PATH, &world.reader), 0);
    struct pace *pace = pace_open(&(struct pace_options){.policy = PACE_CATCHUP, .speed = SPEED, .start_us = back_us});
    struct live *live = live_new();
    struct toy toy = {.sink = live_sink(live), .random = 9};
    assert_true(live_open(live, &(struct live_options){.sim = world.sim,
                                                       .pace = pace,
                                                       .driver_of = (const uint32_t[OUTLETS]){0},
                                                       .outlet_count = OUTLETS,
                                                       .drivers = &(const struct hw_driver){&toy_ops, &toy},
                                                       .driver_count = 1,
                                                       .journal = &journal,
                                                       .bridge = world.bridge}));
    assert_true(live_resume(live, back_us));
    for (uint32_t outlet = 0; outlet < OUTLETS; outlet++)
        assert_false(toy.is_on[outlet]); /* what was due meanwhile has not left */
    live_look_at(live, 0);
    syncs = 0;
    assert_true(live_settle(live, &(const struct journal_settlement){.short_channel_id = 7, .preimage = {5}}));
    assert_int_equal(syncs, 1); /* a power cut behind the answer does not take the payment away */
    struct clock_port clock = pace_port(pace);
    struct sim_input input = live_input(live);
    if (for_us > 0) {
        assert_int_equal(sim_run_paced(world.sim, &clock, &input, back_us + for_us), SIM_END_HORIZON);
        assert_int_equal(live_end(live, SIM_END_HORIZON, 3000), 0);
    }
    sim_digest_final(world.sim, outcome->digest);
    live_free(live);
    pace_close(pace);
    sim_free(world.sim);
    assert_int_equal(journal_close(&journal), 0);
}

static void a_replay_has_the_digest_of_the_run(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        struct outcome live, again;
        char why[512];
        run_live(&live, seed, seed == 1 ? 0 : 20);
        enum replay_result result = run_again(&again, why, sizeof why);
        if (result != REPLAY_SAME)
            fail_msg("%s", why);
        assert_memory_equal(live.digest, again.digest, 32);
        assert_int_equal(live.controller.closed, again.controller.closed);
        assert_int_equal(live.controller.energy, again.controller.energy);
        assert_int_equal(live.controller.faults, again.controller.faults);
        if (seed == 1)
            assert_true(live.controller.closed >= 6 && live.controller.energy >= 4 && live.controller.opened >= 6);
    }
}

/* Rewrites the journal, one record changed, sealed as if nothing had happened. */
static void forge(enum journal_kind kind, void (*change)(struct journal_record *record))
{
    struct journal_reader reader;
    struct journal_record record;
    struct journal forged;
    assert_int_equal(journal_reader_open(&reader, PATH), 0);
    (void)unlink(PATH ".forged");
    assert_int_equal(journal_open(&forged, PATH ".forged"), 0);
    unsigned seen = 0;
    while (journal_read(&reader, &record) == JOURNAL_OK) {
        if (record.kind == kind && ++seen == 5)
            change(&record);
        assert_true(journal_write(&forged, &record));
    }
    assert_true(seen >= 5);
    assert_int_equal(journal_close(&forged), 0);
    journal_reader_close(&reader);
    assert_int_equal(rename(PATH ".forged", PATH), 0);
}

static void change_power(struct journal_record *record)
{
    record->input.kind = HW_FAULT;
}

static void change_limit(struct journal_record *record)
{
    record->command.number += 1;
}

static void a_changed_journal_is_found_out(void **state)
{
    (void)state;
    struct outcome live, again;
    char why[512];
    run_live(&live, 3, 0);
    forge(JOURNAL_INPUT, change_power);
    assert_int_equal(run_again(&again, why, sizeof why), REPLAY_DIFFERENT);
    assert_non_null(strstr(why, "the journal has"));
    run_live(&live, 4, 0);
    forge(JOURNAL_COMMAND, change_limit);
    assert_int_equal(run_again(&again, why, sizeof why), REPLAY_DIFFERENT);
}

static void a_killed_run_replays_to_its_last_record(void **state)
{
    (void)state;
    struct outcome live, again;
    char why[512];
    run_live(&live, 5, 0);
    FILE *file = fopen(PATH, "re");
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long length = ftell(file);
    fclose(file);
    /* Longer than two lines: behind each kind of record, and in the middle of it. */
    for (long cut = 0; cut < 400; cut += 13) {
        assert_int_equal(truncate(PATH, length / 2 + 400 - cut), 0);
        assert_int_equal(run_again(&again, why, sizeof why), REPLAY_CUT);
    }
}

/* Killed in the middle, and killed again before it was back, and then not: one journal, one run. */
static void a_run_that_was_killed_twice_goes_on(void **state)
{
    (void)state;
    struct outcome live, again;
    char why[512];
    run_live(&live, 6, 0);
    FILE *file = fopen(PATH, "re");
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long length = ftell(file);
    fclose(file);
    assert_int_equal(truncate(PATH, length / 2), 0);
    go_on(&live, 45 * SEC, 0);
    go_on(&live, 100 * SEC, 20 * SEC);
    enum replay_result result = run_again(&again, why, sizeof why);
    if (result != REPLAY_SAME)
        fail_msg("%s", why);
    assert_memory_equal(live.digest, again.digest, 32);
    assert_int_equal(live.controller.closed, again.controller.closed);
    assert_true(again.controller.closed >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_replay_has_the_digest_of_the_run),
        cmocka_unit_test(a_changed_journal_is_found_out),
        cmocka_unit_test(a_killed_run_replays_to_its_last_record),
        cmocka_unit_test(a_run_that_was_killed_twice_goes_on),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(PATH);
    return failed;
}
