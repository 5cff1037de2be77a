/* test_hw_mqtt.c: a real broker, a virtual plug in a process of its own, and the bridge, in real time.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plug's own timer is 3 s. Bounds on real time are wide on the late side: the machine may be busy.
 */
#include "tests/hwbridge/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define SEC INT64_C(1000000)
#define MS  INT64_C(1000)

static int64_t edge_ns(const struct rig *rig, uint32_t index)
{
    assert_true(index < rig->truth->count);
    return rig->truth->edges[index].at_ns;
}

/* Switched on, renewed beyond its timer, metered, switched off; and what the plug counted is what the bridge did. */
static void a_plug_is_switched_renewed_and_metered(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig, "", NULL);
    rig_wish(&rig, 1500 * MS, true);
    rig_wish(&rig, 6500 * MS, false);
    assert_int_equal(rig_run(&rig, 8200 * MS), SIM_END_HORIZON);
    assert_int_equal(rig.told.closed, 1);
    assert_int_equal(rig.told.opened, 1);
    assert_int_equal(rig.told.faults, 0);
    assert_int_equal(rig.truth->count, 2);
    assert_false(rig_is_closed(&rig));
    assert_true(rig_outlet(&rig)->tally.renewals >= 2);
    int64_t off_uj = rig.truth->edges[1].energy_uj - rig_outlet(&rig)->meter.total_uj;
    assert_true(off_uj >= 0 && off_uj < 2 * INT64_C(3600000000));
    assert_int_equal(rig_outlet(&rig)->meter.gap_uj, 0);
    rig_close(&rig);
}

/* The bridge dies while it is on: nobody renews, and the plug's own timer opens it. */
static void a_bridge_that_dies_leaves_no_power(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig, "", NULL);
    rig_wish(&rig, 1500 * MS, true);
    assert_int_equal(rig_run(&rig, 2500 * MS), SIM_END_HORIZON);
    assert_true(rig_is_closed(&rig));
    for (int i = 0; i < 45 && rig_is_closed(&rig); i++)
        usleep(100000);
    assert_false(rig_is_closed(&rig));
    assert_true(edge_ns(&rig, 1) - edge_ns(&rig, 0) <= 5 * SEC * 1000);
    rig_close(&rig);
}

/* The broker is killed and comes back: all is noticed, power ends by itself, and comes again behind a confirmed OFF. */
static void a_broker_that_dies_is_survived(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig, "", NULL);
    rig_wish(&rig, 1500 * MS, true);
    assert_int_equal(rig_run(&rig, 2200 * MS), SIM_END_HORIZON);
    assert_int_equal(rig_outlet(&rig)->state, HW_OUTLET_ON);
    rig_stop_broker(&rig);
    assert_int_equal(rig_run(&rig, 3 * SEC), SIM_END_HORIZON);
    assert_int_equal(rig_outlet(&rig)->state, HW_OUTLET_LOST);
    assert_string_equal(rig.told.cause, "link");
    assert_int_equal(rig_run(&rig, 6500 * MS), SIM_END_HORIZON);
    assert_false(rig_is_closed(&rig));
    assert_int_equal(rig.told.opened, 1);
    rig_start_broker(&rig);
    assert_int_equal(rig_run(&rig, 14 * SEC), SIM_END_HORIZON);
    assert_int_equal(rig_outlet(&rig)->state, HW_OUTLET_ON);
    assert_true(rig_is_closed(&rig));
    assert_int_equal(live_end(rig.live, SIM_END_INTERRUPT, 3000), 0);
    usleep(100000);
    assert_false(rig_is_closed(&rig));
    rig_close(&rig);
}

/* A plug that is there and says nothing is lost within six seconds; one that comes back is switched off. */
static void a_frozen_plug_is_noticed(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig, "2s-9500ms freeze", NULL);
    rig_wish(&rig, 1200 * MS, true);
    assert_int_equal(rig_run(&rig, 8600 * MS), SIM_END_HORIZON);
    assert_int_equal(rig_outlet(&rig)->state, HW_OUTLET_LOST);
    assert_false(rig_is_closed(&rig));
    assert_int_equal(rig.told.opened, 1);
    rig_wish(&rig, 8700 * MS, false);
    assert_int_equal(rig_run(&rig, 12 * SEC), SIM_END_HORIZON);
    assert_int_equal(rig_outlet(&rig)->state, HW_OUTLET_OFF);
    rig_close(&rig);
}

/* A retained ON switches the plug on when it connects, as it would a bought one. The bridge switches it off, counts
 * what it was, and takes the command away from the broker: who connects next finds none. */
static void a_retained_command_is_cleared(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig, "", "ON");
    assert_int_equal(rig_run(&rig, 2500 * MS), SIM_END_HORIZON);
    assert_int_equal(rig_outlet(&rig)->state, HW_OUTLET_OFF);
    assert_true(rig.truth->count >= 2);
    assert_true(rig.truth->edges[0].is_closed);
    assert_false(rig_is_closed(&rig));
    assert_false(rig_finds_retained(&rig));
    rig_close(&rig);
}

int main(int argc, char **argv)
{
    if (!rig_is_possible()) {
        printf("skipped: no mosquitto here\n");
        return 77;
    }
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plug_is_switched_renewed_and_metered), cmocka_unit_test(a_bridge_that_dies_leaves_no_power),
        cmocka_unit_test(a_broker_that_dies_is_survived),         cmocka_unit_test(a_frozen_plug_is_noticed),
        cmocka_unit_test(a_retained_command_is_cleared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
