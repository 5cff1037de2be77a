/* test_hw_modbus_failures.c: what goes wrong on a Modbus line leaves no power behind, in real time.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bounds on real time are wide on the late side: the machine may be busy. Whatever happens, what the journal holds of
 * the run runs again to the same digest.
 */
#include "tests/hwbridge/modbus_rig.h"

#include "tests/support/child.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SEC     INT64_C(1000000)
#define MS      INT64_C(1000)
#define WH      INT64_C(3600000000)
#define POWER_W 3000

/* Returns what was counted too little, or, below 0, too much. */
static int64_t missed_uj(const struct modbus_rig *rig)
{
    uint32_t count = rig->truth->count;
    assert_true(count > 0);
    return rig->truth->edges[count - 1].energy_uj - modbus_rig_outlet(rig)->meter.total_uj;
}

/* Ends the run: it can be run again. */
static void runs_again(struct modbus_rig *rig)
{
    char why[512] = "";
    if (!modbus_rig_replays(rig, why, sizeof why))
        fail_msg("%s", why);
}

/* ---- the bridge dies -------------------------------------------------------------------------------------------- */

/* A bridge in a process of its own, that has switched on. Returns that process. */
static pid_t bridge_apart(struct modbus_rig *rig)
{
    modbus_rig_start(rig);
    modbus_rig_wish(rig, 500 * MS, true);
    pid_t bridge = child_fork();
    if (bridge == 0) {
        (void)setpgid(0, 0);
        modbus_rig_bridge(rig);
        (void)modbus_rig_run(rig, 60 * SEC);
        _exit(0);
    }
    (void)setpgid(bridge, bridge);
    for (int i = 0; i < 1000 && !modbus_rig_is_closed(rig); i++)
        usleep(10000);
    assert_true(modbus_rig_is_closed(rig));
    return bridge;
}

static void opens_within(const struct modbus_rig *rig, int64_t for_us)
{
    for (int64_t us = 0; us < for_us && modbus_rig_is_closed(rig); us += 10000)
        usleep(10000);
    assert_false(modbus_rig_is_closed(rig));
}

/* What it has left of its journal runs again, to where it was killed. */
static void bury(struct modbus_rig *rig, pid_t bridge)
{
    char why[512] = "";
    (void)kill(-bridge, SIGKILL);
    (void)waitpid(bridge, NULL, 0);
    if (!modbus_rig_replays_cut(rig, why, sizeof why))
        fail_msg("%s", why);
    assert_true(rig->told.state == HW_OUTLET_ON_PENDING || rig->told.state == HW_OUTLET_ON);
    modbus_rig_close(rig);
}

/* The line's own process is left, notices, and switches off: long before any lease. */
static void a_killed_bridge_leaves_no_power(void **state)
{
    (void)state;
    struct modbus_rig rig = {.map = "relay", .script = "", .lease_us = 30 * SEC};
    pid_t bridge = bridge_apart(&rig);
    (void)kill(bridge, SIGKILL);
    opens_within(&rig, 3 * SEC);
    bury(&rig, bridge);
}

/* It lives and does nothing: the line's process keeps the lease for a relay that has no timer. */
static void a_hung_bridge_leaves_no_power(void **state)
{
    (void)state;
    struct modbus_rig rig = {.map = "relay", .script = "", .lease_us = 3 * SEC};
    pid_t bridge = bridge_apart(&rig);
    (void)kill(bridge, SIGSTOP);
    opens_within(&rig, 6 * SEC);
    bury(&rig, bridge);
}

/* Both processes at once, as when the machine dies: only the charger's watchdog is left. */
static void a_watchdog_survives_the_machine(void **state)
{
    (void)state;
    struct modbus_rig rig = {.map = "keba", .script = "", .lease_us = 10 * SEC};
    pid_t bridge = bridge_apart(&rig);
    (void)kill(-bridge, SIGKILL);
    usleep(2000000);
    assert_true(modbus_rig_is_closed(&rig));
    opens_within(&rig, 11 * SEC);
    int64_t on_us = (rig.truth->edges[1].at_ns - rig.truth->edges[0].at_ns) / 1000;
    assert_true(on_us >= 10 * SEC);
    bury(&rig, bridge);
}

/* ---- the device, or the way to it ------------------------------------------------------------------------------- */

/* Noticed within six seconds; off by its watchdog, and behind its return by command. */
static void a_frozen_charger_is_noticed(void **state)
{
    (void)state;
    struct modbus_rig rig = {.map = "abb", .script = "2500ms-14s freeze", .lease_us = 10 * SEC};
    modbus_rig_open(&rig);
    modbus_rig_wish(&rig, 1200 * MS, true);
    modbus_rig_wish(&rig, 13600 * MS, false);
    assert_int_equal(modbus_rig_run(&rig, 8750 * MS), SIM_END_HORIZON);
    assert_int_equal(modbus_rig_outlet(&rig)->state, HW_OUTLET_LOST);
    assert_true(rig.told.faults > 0); /* "silent", or "link" when its system takes no more connections for it */
    assert_int_equal(modbus_rig_run(&rig, 13500 * MS), SIM_END_HORIZON);
    assert_false(modbus_rig_is_closed(&rig));
    assert_int_equal(modbus_rig_run(&rig, 18 * SEC), SIM_END_HORIZON);
    assert_int_equal(modbus_rig_outlet(&rig)->state, HW_OUTLET_OFF);
    assert_true(missed_uj(&rig) >= 0 && missed_uj(&rig) < WH);
    runs_again(&rig);
    modbus_rig_close(&rig);
}

/* Nobody answers the door, then it does again: power comes back only behind a confirmed OFF. */
static void a_device_without_power_is_found_again(void **state)
{
    (void)state;
    struct modbus_rig rig = {.map = "relay", .script = "3s powercycle 1500ms", .lease_us = 3 * SEC};
    modbus_rig_open(&rig);
    modbus_rig_wish(&rig, 1200 * MS, true);
    modbus_rig_wish(&rig, 4300 * MS, false);
    assert_int_equal(modbus_rig_run(&rig, 4200 * MS), SIM_END_HORIZON);
    assert_int_equal(modbus_rig_outlet(&rig)->state, HW_OUTLET_LOST);
    assert_string_equal(rig.told.cause, "link");
    assert_int_equal(modbus_rig_run(&rig, 8 * SEC), SIM_END_HORIZON);
    assert_int_equal(modbus_rig_outlet(&rig)->state, HW_OUTLET_OFF);
    assert_int_equal(rig.truth->count, 2);
    assert_true(missed_uj(&rig) >= 0 && missed_uj(&rig) < WH);
    runs_again(&rig);
    modbus_rig_close(&rig);
}

/* Answers that are lost, late, twice, overtaken or broken: switched all the same, and nothing invented. */
static void survive_noise(bool is_serial)
{
    struct modbus_rig rig = {.map = "relay",
                             .script = "1s-4s delay 20ms; 4s-5s delay 450ms; 1s drop 5%; 1s malformed 5%; "
                                       "1s duplicate 5%; 1s deaf 5%; 1s reorder 5%",
                             .lease_us = 9 * SEC,
                             .is_serial = is_serial};
    modbus_rig_open(&rig);
    modbus_rig_wish(&rig, 1500 * MS, true);
    modbus_rig_wish(&rig, 7 * SEC, false);
    assert_int_equal(modbus_rig_run(&rig, 14 * SEC), SIM_END_HORIZON);
    assert_int_equal(modbus_rig_outlet(&rig)->state, HW_OUTLET_OFF);
    assert_false(modbus_rig_is_closed(&rig));
    assert_int_equal(rig.told.closed, 1);
    assert_true(missed_uj(&rig) >= 0 && missed_uj(&rig) < WH);
    runs_again(&rig);
    modbus_rig_close(&rig);
}

static void a_noisy_network_is_survived(void **state)
{
    (void)state;
    survive_noise(false);
}

static void a_noisy_serial_line_is_survived(void **state)
{
    (void)state;
    survive_noise(true);
}

static void a_refusal_is_told(void **state)
{
    (void)state;
    struct modbus_rig rig = {.map = "keba", .script = "0s refuse", .lease_us = 10 * SEC};
    modbus_rig_open(&rig);
    modbus_rig_wish(&rig, 1200 * MS, true);
    assert_int_equal(modbus_rig_run(&rig, 2500 * MS), SIM_END_HORIZON);
    assert_string_equal(rig.told.cause, "refused");
    assert_int_equal(modbus_rig_outlet(&rig)->state, HW_OUTLET_OFF);
    assert_int_equal(rig.truth->count, 0);
    runs_again(&rig);
    modbus_rig_close(&rig);
}

static void a_stuck_relay_is_latched(void **state)
{
    (void)state;
    struct modbus_rig rig = {.map = "relay", .script = "2s stuck-relay", .lease_us = 9 * SEC};
    modbus_rig_open(&rig);
    modbus_rig_wish(&rig, 1200 * MS, true);
    modbus_rig_wish(&rig, 3 * SEC, false);
    assert_int_equal(modbus_rig_run(&rig, 8 * SEC), SIM_END_HORIZON);
    assert_int_equal(modbus_rig_outlet(&rig)->state, HW_OUTLET_STUCK);
    assert_true(modbus_rig_is_closed(&rig));
    runs_again(&rig);
    modbus_rig_close(&rig);
}

/* The line's process is killed: it is made again, and what stands behind it is switched off first. */
static void a_line_whose_process_dies_comes_back(void **state)
{
    (void)state;
    struct modbus_rig rig = {.map = "relay", .script = "", .lease_us = 9 * SEC};
    modbus_rig_open(&rig);
    modbus_rig_wish(&rig, 1200 * MS, true);
    modbus_rig_wish(&rig, 2100 * MS, false);
    assert_int_equal(modbus_rig_run(&rig, 2 * SEC), SIM_END_HORIZON);
    assert_true(modbus_rig_is_closed(&rig));
    pid_t line = modbus_line_process(&rig.driver, 0);
    assert_true(line > 0 && kill(line, SIGKILL) == 0);
    assert_int_equal(modbus_rig_run(&rig, 6 * SEC), SIM_END_HORIZON);
    assert_string_equal(rig.told.cause, "link");
    assert_int_equal(modbus_rig_outlet(&rig)->state, HW_OUTLET_OFF);
    assert_false(modbus_rig_is_closed(&rig));
    runs_again(&rig);
    modbus_rig_close(&rig);
}

/* ---- neighbours on a line --------------------------------------------------------------------------------------- */

/* Three that are dead are told OFF all the time; the one that lives is looked at all the same, and switched at once. */
static void the_dead_leave_the_line_to_the_living(void **state)
{
    (void)state;
    struct modbus_rig rig = {.map = "relay", .script = "", .is_serial = true};
    struct modbus_device devices[4];
    struct modbus_line line;
    struct modbus_report report;
    modbus_rig_start(&rig);
    for (uint32_t i = 0; i < 4; i++)
        devices[i] = (struct modbus_device){
            .outlet = i, .map = modbus_map_find("relay"), .unit = (uint8_t)(i < 3 ? 90 + i : 2), .relay = 3};
    assert_true(modbus_line_start(
        &line,
        &(struct modbus_line_options){
            .tty = rig.tty, .baud = 19200, .parity = 'N', .answer_ms = 100, .devices = devices, .device_count = 4}));
    unsigned looks = 0;
    for (int i = 0; i < 50; i++) {
        for (uint32_t k = 0; k < 3; k++)
            (void)modbus_line_order(&line, &(struct modbus_order){.device = k, .command = {.number = (uint64_t)i + 1}});
        (void)modbus_line_order(&line, &(struct modbus_order){.device = 3, .job = MODBUS_JOB_LOOK});
        usleep(100000);
        while (modbus_line_read(&line, &report) == 1)
            looks += report.order.device == 3 && report.results[0].outcome == MODBUS_DONE;
    }
    assert_true(looks >= 8);
    modbus_line_stop(&line, 3000);
    modbus_rig_close(&rig);
}

/* Waits until a device's answers have come. Returns whether one of them says that the relay is closed behind the OFF.
 */
static bool says_closed_behind(const struct modbus_line *line, uint64_t off)
{
    struct modbus_report report;
    bool is_told = false;
    for (int ms = 0; ms < 150; ms++) {
        while (modbus_line_read(line, &report) == 1)
            is_told = is_told || (report.order.job == MODBUS_JOB_LOOK && report.results[0].words[0] == 1 &&
                                  report.switched >= off);
        usleep(1000);
    }
    return is_told;
}

/* An OFF passes a look that has begun: what was seen before it is not told as seen behind it. */
static void what_was_seen_before_off_is_not_behind_it(void **state)
{
    (void)state;
    struct modbus_rig rig = {.map = "relay", .script = "", .is_serial = true};
    const struct modbus_device device = {
        .map = modbus_map_find("relay"), .unit = 2, .relay = 3, .meter = modbus_map_find("sdm230"), .meter_unit = 1};
    struct modbus_line line;
    modbus_rig_start(&rig);
    assert_true(modbus_line_start(
        &line,
        &(struct modbus_line_options){
            .tty = rig.tty, .baud = 19200, .parity = 'N', .answer_ms = 300, .devices = &device, .device_count = 1}));
    struct modbus_order on = {.job = MODBUS_JOB_ON, .command = {.limit_ma = 16000, .lease_us = 60 * SEC}};
    const struct modbus_order look = {.job = MODBUS_JOB_LOOK};
    struct modbus_order off = {.job = MODBUS_JOB_OFF};
    for (useconds_t ms = 0; ms < 60; ms += 6) {
        on.command.number = off.command.number + 1;
        off.command.number += 2;
        assert_true(modbus_line_order(&line, &on));
        usleep(100000);
        assert_true(modbus_line_order(&line, &look));
        usleep(ms * 1000);
        assert_true(modbus_line_order(&line, &off));
        assert_false(says_closed_behind(&line, off.command.number));
    }
    modbus_line_stop(&line, 3000);
    modbus_rig_close(&rig);
}

/* ---- what is not begun ------------------------------------------------------------------------------------------ */

static bool opens(const struct modbus_line_options *line, const struct modbus_outlet *outlet, size_t count, char *why,
                  size_t size)
{
    struct hw_driver driver;
    return modbus_open(
        &driver, &(struct modbus_options){.lines = line, .line_count = 1, .outlets = outlet, .outlet_count = count},
        why, size);
}

static void what_is_not_safe_is_refused(void **state)
{
    (void)state;
    char why[200];
    struct modbus_line_options line = {.address = "127.0.0.1", .port = 1502, .answer_ms = 100};
    struct modbus_outlet keba[2] = {{.device = {.map = modbus_map_find("keba"), .unit = 255, .lease_us = 30 * SEC}}};
    struct modbus_outlet relay = {.device = {.map = modbus_map_find("relay"), .unit = 1, .lease_us = 30 * SEC}};
    assert_false(opens(&line, &relay, 1, why, sizeof why));
    assert_non_null(strstr(why, "--unsafe-settings"));
    keba[0].device.lease_us = 5 * SEC;
    assert_false(opens(&line, keba, 1, why, sizeof why));
    assert_non_null(strstr(why, "10 to 600 s"));
    keba[0].device.lease_us = 30 * SEC;
    keba[1] = keba[0];
    assert_false(opens(&line, keba, 2, why, sizeof why));
    assert_non_null(strstr(why, "two devices"));
    keba[0].device.unit = 250;
    assert_false(opens(&line, keba, 1, why, sizeof why));
    assert_non_null(strstr(why, "1 to 247, and 255"));
    keba[0].device.unit = 255;
    line.address = NULL;
    line.tty = "/dev/null";
    assert_false(opens(&line, keba, 1, why, sizeof why));
    assert_non_null(strstr(why, "serial"));
    line.address = "192.168.1.20";
    assert_false(opens(&line, keba, 1, why, sizeof why));
    assert_non_null(strstr(why, "--allow-network"));
    line.address = "charger.example";
    assert_false(opens(&line, keba, 1, why, sizeof why));
    assert_non_null(strstr(why, "four numbers"));
}

/* Preflight has set what it found, and read it back. */
static void settings_are_set_and_read_back(void **state)
{
    (void)state;
    char text[400];
    struct modbus_rig rig = {.map = "keba", .script = "", .lease_us = 10 * SEC};
    modbus_rig_open(&rig);
    assert_false(modbus_settings(&rig.driver, 0, text, sizeof text));
    assert_non_null(strstr(text, "no answer"));
    assert_int_equal(modbus_rig_run(&rig, 1500 * MS), SIM_END_HORIZON);
    assert_true(modbus_settings(&rig.driver, 0, text, sizeof text));
    assert_non_null(strstr(text, "fail-safe current is 0: yes"));
    assert_int_equal(modbus_unsafe_count(&rig.driver), 0);
    runs_again(&rig);
    modbus_rig_close(&rig);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_bridge_leaves_no_power),
        cmocka_unit_test(a_hung_bridge_leaves_no_power),
        cmocka_unit_test(a_watchdog_survives_the_machine),
        cmocka_unit_test(a_frozen_charger_is_noticed),
        cmocka_unit_test(a_device_without_power_is_found_again),
        cmocka_unit_test(a_noisy_network_is_survived),
        cmocka_unit_test(a_noisy_serial_line_is_survived),
        cmocka_unit_test(a_refusal_is_told),
        cmocka_unit_test(a_stuck_relay_is_latched),
        cmocka_unit_test(a_line_whose_process_dies_comes_back),
        cmocka_unit_test(the_dead_leave_the_line_to_the_living),
        cmocka_unit_test(what_was_seen_before_off_is_not_behind_it),
        cmocka_unit_test(what_is_not_safe_is_refused),
        cmocka_unit_test(settings_are_set_and_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
