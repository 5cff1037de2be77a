/* test_hw_wire.c: what may happen to broker, bridge, disk and clock while outlets are on, in real time.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One plug of each dialect, leases of 3 s. Which failure is held where: test_hw_devices.c. Bounds on real time are wide
 * on the late side: the machine may be busy.
 */
#include "tests/hwbridge/rig.h"

#include "tests/support/child.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define SEC   INT64_C(1000000)
#define MS    INT64_C(1000)
#define PLUGS 3

static const struct rig_plug calm[PLUGS] = {{"tasmota", "", 0}, {"shelly", "", 0}, {"zigbee", "", 0}};
static struct rig rig; /* large */

/* ---- what all have in common ------------------------------------------------------------------------------------- */

static void open_all(const struct rig_options *options)
{
    struct rig_options all = *options;
    if (all.plugs == NULL) {
        all.plugs = calm;
        all.plug_count = PLUGS;
    }
    rig_open(&rig, &all);
}

static void wish_all(int64_t on_us, int64_t off_us)
{
    for (uint32_t i = 0; i < rig.options.plug_count; i++) {
        rig_wish(&rig, on_us, i, true);
        if (off_us > 0)
            rig_wish(&rig, off_us, i, false);
    }
}

static void expect_state(enum hw_outlet_state state)
{
    for (uint32_t i = 0; i < rig.options.plug_count; i++)
        assert_int_equal(rig_outlet(&rig, i)->state, state);
}

static void expect_relays(bool is_closed)
{
    for (uint32_t i = 0; i < rig.options.plug_count; i++)
        assert_int_equal(rig_is_closed(&rig, i), is_closed);
}

/* Leases are as long as the world waits for a relay that nobody commands any more. */
static void wait_until_open(void)
{
    for (int i = 0; i < 60; i++) {
        bool is_one_closed = false;
        for (uint32_t k = 0; k < rig.options.plug_count; k++)
            is_one_closed = is_one_closed || rig_is_closed(&rig, k);
        if (!is_one_closed)
            return;
        usleep(100000);
    }
    fail_msg("a relay is closed still");
}

static void judge_power(void)
{
    for (uint32_t i = 0; i < rig.options.plug_count; i++) {
        struct rig_unwanted unwanted = rig_unwanted(&rig, i);
        assert_true(unwanted.ns <= (RIG_LEASE_US + SEC) * 1000);
        assert_true(unwanted.uj <= RIG_POWER_W * RIG_LEASE_US);
        assert_false(rig_is_closed(&rig, i));
    }
}

static void judge_meters(void)
{
    for (uint32_t i = 0; i < rig.options.plug_count; i++) {
        int64_t less_uj = rig_true_uj(&rig, i) - rig_outlet(&rig, i)->meter.total_uj;
        assert_true(less_uj >= -RIG_WH && less_uj <= RIG_WH);
    }
}

static void judge_replay(void)
{
    char why[512];
    if (!rig_replay(&rig, why, sizeof why))
        fail_msg("%s", why);
}

static void end_and_judge(enum sim_end end)
{
    assert_int_equal(rig_end(&rig, end, 3000), 0);
    wait_until_open();
    judge_power();
    judge_replay();
    rig_close(&rig);
}

/* ---- nothing special --------------------------------------------------------------------------------------------- */

/* Switched on, renewed beyond the timer, metered, switched off; and preflight has read back what makes it safe. */
static void plugs_are_switched_renewed_and_metered(void **state)
{
    (void)state;
    char text[512];
    open_all(&(struct rig_options){0});
    wish_all(1 * SEC, 5500 * MS);
    rig_start(&rig);
    assert_int_equal(rig_run(&rig, 7200 * MS), SIM_END_HORIZON);
    for (uint32_t i = 0; i < PLUGS; i++) {
        assert_int_equal(rig.log[i].closed, 1);
        assert_int_equal(rig.log[i].opened, 1);
        assert_int_equal(rig.log[i].faults, 0);
        assert_int_equal(rig.truth[i].count, 2);
        assert_true(rig_outlet(&rig, i)->tally.renewals >= 2);
        assert_int_equal(rig_outlet(&rig, i)->meter.gap_uj, 0);
        assert_int_equal(mqtt_settings(&rig.driver, i, text, sizeof text), i < 2); /* the third cannot tell */
    }
    judge_meters();
    end_and_judge(SIM_END_HORIZON);
}

/* ---- broker ------------------------------------------------------------------------------------------------------ */

static void stop_broker(void *self)
{
    rig_stop_broker(self);
}

static void start_broker(void *self)
{
    rig_start_broker(self);
}

/* Killed and back: all is noticed, power ends by itself, and comes again behind a confirmed OFF. */
static void a_broker_that_dies_is_survived(void **state)
{
    (void)state;
    open_all(&(struct rig_options){0});
    wish_all(1 * SEC, 0);
    rig_act(&rig, 2 * SEC, stop_broker, &rig);
    rig_act(&rig, 3500 * MS, start_broker, &rig);
    rig_start(&rig);
    assert_int_equal(rig_run(&rig, 2500 * MS), SIM_END_HORIZON);
    expect_state(HW_OUTLET_LOST);
    for (uint32_t i = 0; i < PLUGS; i++)
        assert_true(rig_was_told(&rig, i, "link", NULL));
    assert_int_equal(rig_run(&rig, 7 * SEC), SIM_END_HORIZON);
    expect_state(HW_OUTLET_ON);
    expect_relays(true);
    end_and_judge(SIM_END_HORIZON);
}

static void hang_broker(void *self)
{
    (void)kill(((struct rig *)self)->broker, SIGSTOP);
}

static void free_broker(void *self)
{
    (void)kill(((struct rig *)self)->broker, SIGCONT);
}

/* It stands and says nothing, its connections as well; behind it plugs die by their leases. What waits in it when it
 * goes on does no harm: the last word in there is OFF. */
static void a_broker_that_hangs_is_noticed(void **state)
{
    (void)state;
    open_all(&(struct rig_options){0});
    wish_all(1 * SEC, 9 * SEC);
    rig_act(&rig, 2 * SEC, hang_broker, &rig);
    rig_act(&rig, 8500 * MS, free_broker, &rig);
    rig_start(&rig);
    assert_int_equal(rig_run(&rig, 2 * SEC), SIM_END_HORIZON);
    expect_state(HW_OUTLET_ON);
    struct timespec hung;
    clock_gettime(CLOCK_MONOTONIC, &hung);
    assert_int_equal(rig_run(&rig, 8300 * MS), SIM_END_HORIZON);
    expect_relays(false);
    for (uint32_t i = 0; i < PLUGS; i++) {
        int64_t told_ns = 0;
        bool was_told = rig_was_told(&rig, i, "silent", &told_ns) || rig_was_told(&rig, i, "link", &told_ns);
        /* One that took no renewal is given up before it is lost. */
        assert_true(was_told || rig_was_told(&rig, i, "lease", &told_ns));
        assert_true(told_ns - (hung.tv_sec * 1000000000 + hung.tv_nsec) <= 6250000000);
    }
    assert_int_equal(rig_run(&rig, 11 * SEC), SIM_END_HORIZON);
    expect_state(HW_OUTLET_OFF);
    judge_meters();
    end_and_judge(SIM_END_HORIZON);
}

/* A retained ON switches the plug on when it connects, as it would a bought one. The bridge switches it off, counts
 * what it was, and takes the command away from the broker: who connects next finds none. */
static void a_retained_command_is_cleared(void **state)
{
    (void)state;
    open_all(&(struct rig_options){.plugs = calm, .plug_count = 1, .retained = "ON"});
    rig_start(&rig);
    assert_int_equal(rig_run(&rig, 2500 * MS), SIM_END_HORIZON);
    expect_state(HW_OUTLET_OFF);
    assert_true(rig.truth[0].count >= 2);
    assert_true(rig.truth[0].edges[0].is_closed);
    assert_false(rig_is_closed(&rig, 0));
    assert_false(rig_finds_retained(&rig));
    assert_int_equal(rig_end(&rig, SIM_END_HORIZON, 3000), 0);
    judge_replay();
    rig_close(&rig);
}

/* Somebody else switches on what is off, and off what is on: again and again. */
static void second_master(void *self)
{
    static const char *const on[PLUGS] = {
        "ON", "{\"id\":1,\"src\":\"x\",\"method\":\"Switch.Set\",\"params\":{\"id\":0,\"on\":true}}",
        "{\"state\":\"ON\"}"};
    static const char *const off[PLUGS] = {
        "OFF", "{\"id\":1,\"src\":\"x\",\"method\":\"Switch.Set\",\"params\":{\"id\":0,\"on\":false}}",
        "{\"state\":\"OFF\"}"};
    const struct rig *at = self;
    int fd = rig_stranger(at, NULL, NULL);
    for (uint32_t i = 0; i < PLUGS; i++) {
        char topic[64];
        bool is_on = rig_outlet(at, i)->state == HW_OUTLET_ON;
        rig_topic(topic, at, i);
        rig_publish(fd, topic, is_on ? off[i] : on[i], strlen(is_on ? off[i] : on[i]));
    }
    usleep(1000);
    (void)close(fd);
}

static void two_masters_do_not_leave_it_on(void **state)
{
    (void)state;
    open_all(&(struct rig_options){0});
    wish_all(2500 * MS, 5 * SEC);
    for (int64_t at_us = 1 * SEC; at_us < 6500 * MS; at_us += 500 * MS)
        rig_act(&rig, at_us, second_master, &rig);
    rig_start(&rig);
    assert_int_equal(rig_run(&rig, 7500 * MS), SIM_END_HORIZON);
    expect_state(HW_OUTLET_OFF);
    for (uint32_t i = 0; i < PLUGS; i++) {
        assert_true(rig_outlet(&rig, i)->tally.ghosts >= 3);
        assert_true(rig_was_told(&rig, i, "switched", NULL));
        assert_true(rig_unwanted(&rig, i).ns < 500 * MS * 1000); /* each is answered at once */
    }
    judge_meters();
    end_and_judge(SIM_END_HORIZON);
}

/* ---- latency ----------------------------------------------------------------------------------------------------- */

/* All that a plug says comes five seconds late: nobody can hold such a lease, and nobody leaves it on. */
static void five_seconds_of_latency_are_safe(void **state)
{
    (void)state;
    static const struct rig_plug slow[PLUGS] = {
        {"tasmota", "1500ms-7s delay 5s", 0}, {"shelly", "1500ms-7s delay 5s", 0}, {"zigbee", "1500ms-7s delay 5s", 0}};
    open_all(&(struct rig_options){.plugs = slow, .plug_count = PLUGS, .is_patient = true});
    wish_all(1 * SEC, 6 * SEC);
    rig_start(&rig);
    assert_int_equal(rig_run(&rig, 13500 * MS), SIM_END_HORIZON);
    expect_state(HW_OUTLET_OFF);
    judge_meters();
    end_and_judge(SIM_END_HORIZON);
}

/* ---- the bridge -------------------------------------------------------------------------------------------------- */

/* Nobody renews, and each plug's own timer opens it. */
static void a_bridge_that_stops_leaves_no_power(void **state)
{
    (void)state;
    open_all(&(struct rig_options){0});
    wish_all(1 * SEC, 0);
    rig_start(&rig);
    assert_int_equal(rig_run(&rig, 2 * SEC), SIM_END_HORIZON);
    expect_relays(true);
    wait_until_open();
    for (uint32_t i = 0; i < PLUGS; i++)
        assert_true(rig.truth[i].edges[1].at_ns - rig.truth[i].edges[0].at_ns <= 5 * SEC * 1000);
    rig_close(&rig);
}

/* Killed while all are on. Plugs die by their leases; the journal is read, the run goes on, what flowed while nobody
 * was there is counted, the wish that stood is fulfilled; and the journal of both lives is one run. */
static void a_bridge_that_is_killed_goes_on(void **state)
{
    (void)state;
    char why[512];
    open_all(&(struct rig_options){0});
    wish_all(1 * SEC, 10 * SEC);
    pid_t bridge = child_fork();
    if (bridge == 0) {
        rig_start(&rig);
        (void)rig_run(&rig, 60 * SEC);
        _exit(0);
    }
    usleep(3300000);
    expect_relays(true);
    rig_kill(&bridge);
    wait_until_open();
    assert_true(rig.truth[0].edges[1].at_ns - rig.truth[0].edges[0].at_ns <= 7 * SEC * 1000);
    usleep(300000); /* behind what the bridge knows of the lease, too */
    int64_t first_uj = rig_true_uj(&rig, 0);
    if (!rig_continue(&rig, why, sizeof why))
        fail_msg("%s", why);
    int64_t back_us = sim_now_us(rig.sim);
    for (uint32_t i = 0; i < PLUGS; i++)
        assert_int_equal(rig.log[i].opened, 1); /* its lease had run out meanwhile */
    assert_true(back_us < 8 * SEC);
    assert_int_equal(rig_run(&rig, 9500 * MS), SIM_END_HORIZON);
    expect_state(HW_OUTLET_ON);
    expect_relays(true);
    assert_int_equal(rig_run(&rig, 11500 * MS), SIM_END_HORIZON);
    expect_state(HW_OUTLET_OFF);
    judge_meters(); /* of both lives, to the step of the counter */
    for (uint32_t i = 0; i < PLUGS; i++) {
        assert_true(rig_outlet(&rig, i)->meter.total_uj > first_uj);
        assert_int_equal(rig_outlet(&rig, i)->meter.gap_uj, 0);
    }
    assert_int_equal(rig_end(&rig, SIM_END_HORIZON, 3000), 0);
    judge_replay();
    rig_close(&rig);
}

/* Disks fill up; here files may not grow any more. What nobody could account for is not switched on. */
static void fill_disk(void *self)
{
    const struct rig *at = self;
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)setrlimit(RLIMIT_FSIZE, &(struct rlimit){at->journal.bytes + 200, RLIM_INFINITY});
}

static void a_full_disk_ends_the_run(void **state)
{
    (void)state;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    open_all(&(struct rig_options){0});
    wish_all(1 * SEC, 0);
    rig_act(&rig, 2500 * MS, fill_disk, &rig);
    rig_start(&rig);
    assert_int_equal(rig_run(&rig, 8 * SEC), SIM_END_STOPPED);
    assert_int_not_equal(live_error(rig.live), 0);
    assert_true(sim_now_us(rig.sim) < 4 * SEC);
    assert_int_equal(rig_end(&rig, SIM_END_STOPPED, 3000), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    wait_until_open();
    judge_power();
    char why[512];
    assert_false(rig_replay(&rig, why, sizeof why)); /* there is no end in it */
    assert_string_equal(why, "the journal has no end");
    rig_close(&rig);
}

/* ---- clocks ------------------------------------------------------------------------------------------------------ */

static int64_t step_s; /* of the wall clock of this process */

/* In front of the C library's, for all that is linked into this process. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
    int failed = (int)syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
        now->tv_sec += step_s;
    return failed;
}

time_t time(time_t *out)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (out != NULL)
        *out = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    (void)zone;
    struct timespec now;
    int failed = clock_gettime(CLOCK_REALTIME, &now);
    *out = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return failed;
}

static void step_clock(void *self)
{
    step_s = *(const int64_t *)self;
}

static void a_clock_that_is_set_changes_nothing(void **state)
{
    (void)state;
    static const int64_t ahead_s = 7200, back_s = -86400;
    time_t before = time(NULL);
    open_all(&(struct rig_options){0});
    wish_all(1 * SEC, 5 * SEC);
    rig_act(&rig, 2 * SEC, step_clock, (void *)&ahead_s);
    rig_act(&rig, 3500 * MS, step_clock, (void *)&back_s);
    rig_start(&rig);
    assert_int_equal(rig_run(&rig, 6500 * MS), SIM_END_HORIZON);
    assert_true(time(NULL) < before - 80000); /* it was set indeed */
    step_s = 0;
    for (uint32_t i = 0; i < PLUGS; i++) {
        assert_int_equal(rig.log[i].faults, 0);
        assert_int_equal(rig.truth[i].count, 2);
    }
    judge_meters();
    end_and_judge(SIM_END_HORIZON);
}

static void stall(void *self)
{
    (void)self;
    usleep(150000);
}

static void nothing(void *self)
{
    (void)self;
}

static void a_stall_is_caught_up(void **state)
{
    (void)state;
    open_all(&(struct rig_options){.policy = PACE_CATCHUP});
    wish_all(1 * SEC, 4 * SEC);
    for (int64_t at_us = 2 * SEC; at_us < 3500 * MS; at_us += 300 * MS)
        rig_act(&rig, at_us, stall, NULL);
    rig_start(&rig);
    assert_int_equal(rig_run(&rig, 5500 * MS), SIM_END_HORIZON);
    for (uint32_t i = 0; i < PLUGS; i++)
        assert_int_equal(rig.log[i].faults, 0);
    judge_meters();
    end_and_judge(SIM_END_HORIZON);
}

/* Who must keep step, and cannot, switches off at once. */
static void a_stall_ends_a_hard_run(void **state)
{
    (void)state;
    open_all(&(struct rig_options){.policy = PACE_HARD, .limit_us = 100 * MS});
    wish_all(1 * SEC, 0);
    rig_act(&rig, 2500 * MS, stall, NULL);
    rig_act(&rig, 2501 * MS, nothing, NULL); /* is late */
    rig_start(&rig);
    assert_int_equal(rig_run(&rig, 6 * SEC), SIM_END_LATE);
    if (sim_now_us(rig.sim) < 2500 * MS)
        print_message("this machine has stalled it itself\n");
    assert_int_equal(rig_end(&rig, SIM_END_LATE, 3000), 0);
    wait_until_open();
    judge_power();
    judge_replay();
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
        cmocka_unit_test(plugs_are_switched_renewed_and_metered),
        cmocka_unit_test(a_broker_that_dies_is_survived),
        cmocka_unit_test(a_broker_that_hangs_is_noticed),
        cmocka_unit_test(a_retained_command_is_cleared),
        cmocka_unit_test(two_masters_do_not_leave_it_on),
        cmocka_unit_test(five_seconds_of_latency_are_safe),
        cmocka_unit_test(a_bridge_that_stops_leaves_no_power),
        cmocka_unit_test(a_bridge_that_is_killed_goes_on),
        cmocka_unit_test(a_full_disk_ends_the_run),
        cmocka_unit_test(a_clock_that_is_set_changes_nothing),
        cmocka_unit_test(a_stall_is_caught_up),
        cmocka_unit_test(a_stall_ends_a_hard_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
