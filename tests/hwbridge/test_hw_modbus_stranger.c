/* test_hw_modbus_stranger.c: devices that other people's programs serve, and the bridge, in real time.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * npm's modbus-serial over TCP; python3-pymodbus over TCP and on a serial line made of two pseudo terminals.
 */
#include "tests/hwbridge/modbus_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SEC     INT64_C(1000000)
#define MS      INT64_C(1000)
#define POWER_W 3000

/* Switched on for 3 s at least, and metered, then off. */
static void switch_and_meter(struct modbus_rig *rig, const char *const *program)
{
    rig->answer_ms = 1500; /* interpreters on a busy machine */
    if (!modbus_rig_open_stranger(rig, program))
        fail_msg("%s %s: did not say that it was ready", program[0], program[1]);
    modbus_rig_wish(rig, 1500 * MS, true);
    modbus_rig_wish(rig, 4500 * MS, false);
    assert_int_equal(modbus_rig_run(rig, 6500 * MS), SIM_END_HORIZON);
    assert_string_equal(rig->told.cause, "");
    assert_int_equal(rig->told.closed, 1);
    assert_int_equal(rig->told.opened, 1);
    const struct hw_outlet *outlet = modbus_rig_outlet(rig);
    assert_int_equal(outlet->state, HW_OUTLET_OFF);
    assert_true(outlet->meter.total_uj >= 2400 * MS * POWER_W && outlet->meter.total_uj <= 5 * SEC * POWER_W);
    assert_int_equal(outlet->meter.gap_uj, 0);
    for (int i = 0; i < HW_REJECTS; i++)
        assert_int_equal(live_tally(rig->live)->rejects[i], 0);
    modbus_rig_close(rig);
}

static void modbus_serial_serves_a_relay(void **state)
{
    (void)state;
    const char *path = getenv("NODE_PATH");
    if (path == NULL || access(path, R_OK) != 0) {
        printf("skipped: no node, or nothing installed for it\n");
        exit(77);
    }
    static const char *const program[] = {"node", KONSENTO_SOURCE "/tests/strangers/modbus_device.js", "PORT", NULL};
    switch_and_meter(&(struct modbus_rig){.map = "relay", .lease_us = 30 * SEC}, program);
}

static void need_pymodbus(void)
{
    if (access("/usr/lib/python3/dist-packages/pymodbus", R_OK) == 0)
        return;
    printf("skipped: no pymodbus (Debian package python3-pymodbus)\n");
    exit(77);
}

static void pymodbus_serves_a_charger(void **state)
{
    (void)state;
    static const char *const program[] = {"/usr/bin/python3", KONSENTO_SOURCE "/tests/strangers/modbus_device.py",
                                          "keba", "PORT", NULL};
    need_pymodbus();
    switch_and_meter(&(struct modbus_rig){.map = "keba", .lease_us = 30 * SEC}, program);
}

static void pymodbus_serves_a_serial_line(void **state)
{
    (void)state;
    static const char *const program[] = {"/usr/bin/python3", KONSENTO_SOURCE "/tests/strangers/modbus_device.py",
                                          "relay", "TTY", NULL};
    need_pymodbus();
    if (access("/usr/lib/python3/dist-packages/serial_asyncio", R_OK) != 0) {
        printf("skipped: no serial_asyncio (Debian package python3-serial-asyncio)\n");
        exit(77);
    }
    switch_and_meter(&(struct modbus_rig){.map = "relay", .lease_us = 30 * SEC, .is_serial = true}, program);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modbus_serial_serves_a_relay),
        cmocka_unit_test(pymodbus_serves_a_charger),
        cmocka_unit_test(pymodbus_serves_a_serial_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
