/* test_hw_lease_property.c: the safety core against devices and wires that do everything wrong.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A device with a lease timer of its own stands behind a wire that delays, drops, repeats and cuts, is power-cycled,
 * and switched by others. Whatever happens: from the moment at which nobody wants power any more, the relay is open
 * within lease + delay + 1 s; when the wire is good again, what is wanted and what is come together; and the total
 * of the meter is the energy that flowed, to the steps and messages that were lost.
 */
#include "hwbridge/lease.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define MS       INT64_C(1000)
#define SEC      INT64_C(1000000)
#define WH       INT64_C(3600000000)
#define LETTERS  256
#define DELAY_MS 2000

struct letter {
    int64_t at_us;
    bool to_device;
    struct hw_command command;
    struct hw_input input;
};

struct world {
    struct hw_outlet outlet;
    uint64_t random;
    int64_t now_us;
    bool is_wire_good, is_cut;
    struct letter letters[LETTERS];
    unsigned letter_count;
    /* The device. */
    bool is_on;
    int64_t dies_us, counter_uj, true_uj;
    int64_t unwanted_us; /* since when nobody wants power */
    int64_t finger_us;   /* when somebody else switched it last */
};

static uint32_t draw(struct world *world, uint32_t below)
{
    world->random = world->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(world->random >> 33) % below;
}

/* Puts a letter on the wire; some are lost, some come twice, all may be late. Order is kept, as TCP does. */
static void post(struct world *world, struct letter letter)
{
    if (world->is_cut || (!world->is_wire_good && draw(world, 100) < 20))
        return;
    unsigned copies = !world->is_wire_good && draw(world, 100) < 5 ? 2 : 1;
    for (unsigned i = 0; i < copies && world->letter_count < LETTERS; i++) {
        letter.at_us = world->now_us + (world->is_wire_good ? 5 * MS : (int64_t)draw(world, DELAY_MS) * MS);
        for (unsigned k = 0; k < world->letter_count; k++)
            if (world->letters[k].to_device == letter.to_device && world->letters[k].at_us > letter.at_us)
                letter.at_us = world->letters[k].at_us;
        world->letters[world->letter_count++] = letter;
    }
}

static void tell(struct world *world, struct hw_input input)
{
    input.outlet = 3;
    post(world, (struct letter){.to_device = false, .input = input});
}

static void tell_relay(struct world *world)
{
    tell(world, (struct hw_input){.kind = HW_RELAY, .value = world->is_on});
}

static void tell_meter(struct world *world)
{
    tell(world, (struct hw_input){
                    .kind = HW_METER, .energy_uj = world->counter_uj / WH * WH, .power_w = world->is_on ? 3000 : 0});
}

static void on_command(void *self, const struct hw_command *command)
{
    post(self, (struct letter){.to_device = true, .command = *command});
}

static void on_report(void *self, uint32_t outlet, enum hw_outlet_report_kind kind, enum hw_outlet_cause cause,
                      int64_t value)
{
    (void)self, (void)outlet, (void)cause, (void)value;
    assert_true(kind <= HW_OUTLET_PLUGGED);
}

static void carry_out(struct world *world, const struct hw_command *command)
{
    if (command->kind == HW_COMMAND_ON) {
        world->is_on = true;
        world->dies_us = world->now_us + command->lease_us;
    } else if (command->kind == HW_COMMAND_OFF) {
        world->is_on = false;
    }
    tell_relay(world);
    if (command->kind == HW_COMMAND_PROBE)
        tell_meter(world);
}

static void deliver(struct world *world)
{
    for (unsigned i = 0; i < world->letter_count;) {
        struct letter letter = world->letters[i];
        if (letter.at_us > world->now_us) {
            i++;
            continue;
        }
        memmove(&world->letters[i], &world->letters[i + 1], (world->letter_count - i - 1) * sizeof letter);
        world->letter_count--;
        if (letter.to_device)
            carry_out(world, &letter.command);
        else
            hw_outlet_hear(&world->outlet, world->now_us, &letter.input);
    }
}

/* The device's own life for 10 ms. */
static void live(struct world *world)
{
    if (world->is_on && world->now_us >= world->dies_us) {
        world->is_on = false;
        tell_relay(world);
    }
    if (world->is_on) {
        world->counter_uj += 3000 * 10 * MS;
        world->true_uj += 3000 * 10 * MS;
    }
    if (world->now_us % (10 * SEC) == 0)
        tell_meter(world);
}

static void misfortune(struct world *world)
{
    switch (draw(world, 4000)) {
    case 0: /* power cut: the relay falls open */
        world->is_on = false;
        tell(world, (struct hw_input){.kind = HW_BOOT});
        break;
    case 1:
        world->is_cut = !world->is_cut;
        break;
    case 2: /* somebody's finger */
        world->is_on = !world->is_on;
        world->finger_us = world->now_us;
        world->dies_us = world->now_us + 30 * SEC; /* its timer works for everybody */
        tell_relay(world);
        break;
    default:
        break;
    }
}

static void wish(struct world *world)
{
    switch (draw(world, 2000)) {
    case 0:
        hw_outlet_want_on(&world->outlet, world->now_us, 16000);
        break;
    case 1:
        hw_outlet_want_off(&world->outlet, world->now_us);
        break;
    default:
        break;
    }
}

static void look(struct world *world)
{
    char why[128];
    assert_true(hw_outlet_audit(&world->outlet, why, sizeof why));
    if (world->outlet.is_wanted_on)
        world->unwanted_us = world->now_us;
    int64_t limit_us = 30 * SEC + DELAY_MS * MS + SEC;
    if (world->is_on && world->now_us - world->unwanted_us > limit_us)
        assert_true(world->now_us - world->finger_us <= 30 * SEC);
}

static void run(struct world *world, int64_t until_us, bool is_bad)
{
    for (; world->now_us < until_us; world->now_us += 10 * MS) {
        if (is_bad) {
            misfortune(world);
            wish(world);
        }
        live(world);
        deliver(world);
        if (world->now_us >= hw_outlet_next_us(&world->outlet))
            hw_outlet_time(&world->outlet, world->now_us);
        look(world);
    }
}

static void whatever_happens_power_ends_and_wishes_come_true(void **state)
{
    (void)state;
    uint64_t losses = 0, ghosts = 0, renewals = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        static struct world world;
        memset(&world, 0, sizeof world);
        world.random = seed;
        struct hw_outlet_config config;
        hw_outlet_config_init(&config, 3, 16000, 200, WH);
        const struct hw_outlet_out out = {&world, on_command, on_report};
        hw_outlet_init(&world.outlet, &config, &out);
        hw_outlet_begin(&world.outlet, 0);
        world.is_wire_good = true;
        run(&world, 2 * SEC, false);
        world.is_wire_good = false;
        run(&world, 300 * SEC, true);
        world.is_cut = false;
        world.is_wire_good = true;
        hw_outlet_acknowledge(&world.outlet, world.now_us);
        run(&world, 340 * SEC, false);
        hw_outlet_want_on(&world.outlet, world.now_us, 16000);
        run(&world, 400 * SEC, false);
        assert_int_equal(world.outlet.state, HW_OUTLET_ON);
        assert_true(world.is_on);
        hw_outlet_want_off(&world.outlet, world.now_us);
        run(&world, 415 * SEC, false);
        assert_int_equal(world.outlet.state, HW_OUTLET_OFF);
        assert_false(world.is_on);
        int64_t off_uj = world.true_uj - world.outlet.meter.total_uj;
        assert_true(off_uj >= -2 * WH && off_uj <= 2 * WH);
        losses += world.outlet.tally.losses;
        ghosts += world.outlet.tally.ghosts;
        renewals += world.outlet.tally.renewals;
    }
    assert_true(losses > 60 && ghosts > 10 && renewals > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(whatever_happens_power_ends_and_wishes_come_true)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
