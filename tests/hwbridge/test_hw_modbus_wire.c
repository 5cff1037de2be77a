/* test_hw_modbus_wire.c: a virtual Modbus device in a process of its own, and the bridge, in real time.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bounds on real time are wide on the late side: the machine may be busy.
 */
#include "tests/hwbridge/modbus_rig.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SEC INT64_C(1000000)
#define MS  INT64_C(1000)
#define WH  INT64_C(3600000000)

/* Switched on, metered, switched off; and what the device counted is what the bridge did, but for the last step. */
static void switch_and_meter(struct modbus_rig *rig)
{
    modbus_rig_open(rig);
    modbus_rig_wish(rig, 1500 * MS, true);
    modbus_rig_wish(rig, 4500 * MS, false);
    assert_int_equal(modbus_rig_run(rig, 6500 * MS), SIM_END_HORIZON);
    assert_string_equal(rig->told.cause, "");
    assert_int_equal(rig->told.closed, 1);
    assert_int_equal(rig->told.opened, 1);
    assert_int_equal(rig->truth->count, 2);
    assert_false(modbus_rig_is_closed(rig));
    assert_int_equal(modbus_rig_outlet(rig)->state, HW_OUTLET_OFF);
    int64_t missed_uj = rig->truth->edges[1].energy_uj - modbus_rig_outlet(rig)->meter.total_uj;
    assert_true(rig->truth->edges[1].energy_uj > 2 * WH);
    assert_true(missed_uj >= 0 && missed_uj < 2 * WH);
    assert_int_equal(modbus_rig_outlet(rig)->meter.gap_uj, 0);
    assert_int_equal(live_tally(rig->live)->rejects[HW_REJECT_RANGE], 0);
    modbus_rig_close(rig);
}

static void a_relay_beside_a_meter_is_switched_and_metered(void **state)
{
    (void)state;
    switch_and_meter(&(struct modbus_rig){.map = "relay", .script = "", .lease_us = 3 * SEC});
}

static void a_serial_line_is_as_good(void **state)
{
    (void)state;
    switch_and_meter(&(struct modbus_rig){.map = "relay", .script = "", .lease_us = 3 * SEC, .is_serial = true});
}

static void a_keba_is_switched_and_metered(void **state)
{
    (void)state;
    switch_and_meter(&(struct modbus_rig){.map = "keba", .script = "", .lease_us = 30 * SEC});
}

static void an_abb_is_switched_and_metered(void **state)
{
    (void)state;
    switch_and_meter(&(struct modbus_rig){.map = "abb", .script = "", .lease_us = 30 * SEC});
}

static void a_wallbe_is_switched_and_metered(void **state)
{
    (void)state;
    switch_and_meter(&(struct modbus_rig){.map = "wallbe", .script = "", .lease_us = 3 * SEC});
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_relay_beside_a_meter_is_switched_and_metered),
        cmocka_unit_test(a_serial_line_is_as_good),
        cmocka_unit_test(a_keba_is_switched_and_metered),
        cmocka_unit_test(an_abb_is_switched_and_metered),
        cmocka_unit_test(a_wallbe_is_switched_and_metered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
