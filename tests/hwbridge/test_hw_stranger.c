/* test_hw_stranger.c: a Tasmota plug that is not ours, and a publisher that is nobody's, in real time.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plug stands on npm's mqtt (tests/strangers/tasmota.js), the publisher is mosquitto_pub. Leases of 3 s. Bounds on
 * real time are wide on the late side: the machine may be busy.
 */
#include "tests/hwbridge/rig.h"

#include "tests/support/child.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define SEC INT64_C(1000000)
#define MS  INT64_C(1000)

static struct rig rig; /* large */

/* ---- the plug ---------------------------------------------------------------------------------------------------- */

static int64_t now_ns(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* What it prints about itself is the truth. */
static void note(struct rig_truth *truth, const char *line)
{
    if (truth->count == RIG_EDGES || (strncmp(line, "ON ", 3) != 0 && strncmp(line, "OFF ", 4) != 0))
        return;
    truth->edges[truth->count].at_ns = now_ns();
    truth->edges[truth->count].is_closed = line[1] == 'N';
    truth->edges[truth->count].energy_uj = strtoll(strchr(line, ' '), NULL, 10);
    truth->count++;
}

/* Reads what the plug says for as long as it lives. */
static void run_plug(const struct rig *self)
{
    int fds[2];
    char port[8], line[64];
    snprintf(port, sizeof port, "%u", self->port);
    if (pipe(fds) != 0)
        return;
    if (child_fork() == 0) {
        (void)dup2(fds[1], STDOUT_FILENO);
        execlp("node", "node", KONSENTO_SOURCE "/tests/strangers/tasmota.js", port, "plug0", (char *)NULL);
        _exit(1);
    }
    (void)close(fds[1]);
    self->truth[0].begun_ns = now_ns();
    FILE *file = fdopen(fds[0], "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        note(&self->truth[0], line);
}

static void open_stranger(void)
{
    static const struct rig_plug plug = {"tasmota", "", 0};
    rig_open(&rig, &(struct rig_options){.plugs = &plug, .plug_count = 1, .strange = run_plug});
}

static int64_t missed_uj(void)
{
    return rig_true_uj(&rig, 0) - rig_outlet(&rig, 0)->meter.total_uj;
}

/* ---- what it must do --------------------------------------------------------------------------------------------- */

static void a_stranger_is_switched_renewed_and_metered(void **state)
{
    (void)state;
    open_stranger();
    rig_wish(&rig, 4 * SEC, 0, true);
    rig_wish(&rig, 9 * SEC, 0, false);
    rig_start(&rig);
    assert_int_equal(rig_run(&rig, 10700 * MS), SIM_END_HORIZON);
    assert_int_equal(rig_outlet(&rig, 0)->state, HW_OUTLET_OFF);
    assert_int_equal(rig.truth->count, 2);
    assert_false(rig_is_closed(&rig, 0));
    assert_true(rig_outlet(&rig, 0)->tally.renewals >= 2);
    assert_true(rig_true_uj(&rig, 0) > 2 * RIG_WH);
    assert_true(missed_uj() >= 0 && missed_uj() < 2 * RIG_WH);
    assert_int_equal(rig_outlet(&rig, 0)->meter.gap_uj, 0);
    for (int i = 0; i < HW_REJECTS; i++)
        if (i != HW_REJECT_RETAINED)
            assert_int_equal(live_tally(rig.live)->rejects[i], 0);
    char text[400];
    assert_true(mqtt_settings(&rig.driver, 0, text, sizeof text));
    rig_close(&rig);
}

/* Nobody renews: its own PulseTime ends it. */
static void a_stranger_opens_by_its_own_timer(void **state)
{
    (void)state;
    open_stranger();
    rig_wish(&rig, 3 * SEC, 0, true);
    rig_start(&rig);
    assert_int_equal(rig_run(&rig, 4 * SEC), SIM_END_HORIZON);
    assert_true(rig_is_closed(&rig, 0));
    for (int i = 0; i < 60 && rig_is_closed(&rig, 0); i++)
        usleep(100000);
    assert_false(rig_is_closed(&rig, 0));
    assert_true(rig.truth->edges[1].at_ns - rig.truth->edges[0].at_ns <= 5 * SEC * 1000);
    rig_close(&rig);
}

/* It dies, and the broker says so by its will. */
static void a_stranger_that_dies_is_lost_at_once(void **state)
{
    (void)state;
    open_stranger();
    rig_wish(&rig, 3 * SEC, 0, true);
    rig_start(&rig);
    assert_int_equal(rig_run(&rig, 4 * SEC), SIM_END_HORIZON);
    assert_int_equal(rig_outlet(&rig, 0)->state, HW_OUTLET_ON);
    rig_kill(&rig.plugs);
    assert_int_equal(rig_run(&rig, 5 * SEC), SIM_END_HORIZON);
    assert_int_equal(rig_outlet(&rig, 0)->state, HW_OUTLET_LOST);
    assert_true(rig_was_told(&rig, 0, "link", NULL));
    rig_close(&rig);
}

/* ---- who else speaks --------------------------------------------------------------------------------------------- */

static bool publish(const char *topic, const char *payload)
{
    char port[8];
    snprintf(port, sizeof port, "%u", rig.port);
    const char *const arguments[] = {"mosquitto_pub", "-h", "127.0.0.1", "-p", port, "-t", topic, "-m", payload, NULL};
    return rig_program(arguments);
}

/* Another client switches it on: it is switched off again, and counted. */
static void what_somebody_else_switches_on_goes_off(void **state)
{
    (void)state;
    open_stranger();
    rig_start(&rig);
    assert_int_equal(rig_run(&rig, 3 * SEC), SIM_END_HORIZON);
    assert_int_equal(rig_outlet(&rig, 0)->state, HW_OUTLET_OFF);
    assert_true(publish("cmnd/plug0/POWER", "ON"));
    assert_int_equal(rig_run(&rig, 5500 * MS), SIM_END_HORIZON);
    assert_int_equal(rig_outlet(&rig, 0)->tally.ghosts, 1);
    assert_int_equal(rig_outlet(&rig, 0)->state, HW_OUTLET_OFF);
    assert_int_equal(rig.truth->count, 2);
    assert_false(rig_is_closed(&rig, 0));
    rig_close(&rig);
}

/* Forged states and readings turn nothing on and are paid by nobody; what is no message is counted. */
static void what_is_forged_is_not_paid_for(void **state)
{
    (void)state;
    open_stranger();
    rig_start(&rig);
    assert_int_equal(rig_run(&rig, 3 * SEC), SIM_END_HORIZON);
    assert_true(publish("tele/plug0/SENSOR", "{\"ENERGY\":{\"Total\":26.294,\"Power\":0}}"));
    assert_true(publish("tele/plug0/SENSOR", "{\"ENERGY\":{\"Total\":1e999}}"));
    assert_true(publish("stat/plug0/POWER", "PERHAPS"));
    assert_int_equal(rig_run(&rig, 5 * SEC), SIM_END_HORIZON);
    assert_int_equal(rig_outlet(&rig, 0)->state, HW_OUTLET_OFF);
    assert_int_equal(rig_outlet(&rig, 0)->meter.total_uj, 0);
    assert_true(live_tally(rig.live)->rejects[HW_REJECT_RANGE] >= 1);
    assert_true(live_tally(rig.live)->rejects[HW_REJECT_SYNTAX] >= 1);
    assert_int_equal(rig.truth->count, 0);
    rig_close(&rig);
}

int main(int argc, char **argv)
{
    const char *path = getenv("NODE_PATH");
    if (!rig_is_possible() || path == NULL || access(path, R_OK) != 0) {
        printf("skipped: no mosquitto, no node, or nothing installed for it\n");
        return 77;
    }
    if (access("/usr/bin/mosquitto_pub", X_OK) != 0) {
        printf("skipped: no mosquitto_pub (Debian package mosquitto-clients)\n");
        return 77;
    }
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stranger_is_switched_renewed_and_metered),
        cmocka_unit_test(a_stranger_opens_by_its_own_timer),
        cmocka_unit_test(a_stranger_that_dies_is_lost_at_once),
        cmocka_unit_test(what_somebody_else_switches_on_goes_off),
        cmocka_unit_test(what_is_forged_is_not_paid_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
