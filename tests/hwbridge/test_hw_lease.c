/* test_hw_lease.c: the safety core, situation by situation.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/lease.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define SEC INT64_C(1000000)
#define WH  INT64_C(3600000000)

/* What it said last, and how often. */
struct bench {
    struct hw_outlet outlet;
    struct hw_command last;
    unsigned count[HW_COMMAND_KINDS];
    unsigned reports[HW_OUTLET_PLUGGED + 1];
    enum hw_outlet_cause cause;
    int64_t value;
};

static void on_command(void *self, const struct hw_command *command)
{
    struct bench *bench = self;
    bench->last = *command;
    bench->count[command->kind]++;
}

static void on_report(void *self, uint32_t outlet, enum hw_outlet_report_kind kind, enum hw_outlet_cause cause,
                      int64_t value)
{
    struct bench *bench = self;
    assert_int_equal(outlet, 7);
    bench->reports[kind]++;
    bench->cause = cause;
    bench->value = value;
}

static void begin(struct bench *bench)
{
    struct hw_outlet_config config;
    hw_outlet_config_init(&config, 7, 16000, 200, WH);
    memset(bench, 0, sizeof *bench);
    const struct hw_outlet_out out = {bench, on_command, on_report};
    hw_outlet_init(&bench->outlet, &config, &out);
    hw_outlet_begin(&bench->outlet, 0);
}

static void hear(struct bench *bench, int64_t now_us, enum hw_input_kind kind, int64_t value)
{
    hw_outlet_hear(&bench->outlet, now_us, &(struct hw_input){.kind = kind, .outlet = 7, .value = value});
}

static void meter(struct bench *bench, int64_t now_us, int64_t power_w, int64_t counter_wh)
{
    hw_outlet_hear(&bench->outlet, now_us,
                   &(struct hw_input){.kind = HW_METER, .outlet = 7, .energy_uj = counter_wh * WH, .power_w = power_w});
}

/* Lets time pass, doing what is due when it is due. */
static void pass(struct bench *bench, int64_t until_us)
{
    char why[128];
    while (hw_outlet_next_us(&bench->outlet) <= until_us) {
        hw_outlet_time(&bench->outlet, hw_outlet_next_us(&bench->outlet));
        assert_true(hw_outlet_audit(&bench->outlet, why, sizeof why));
    }
}

static void begin_on(struct bench *bench)
{
    begin(bench);
    hear(bench, SEC / 10, HW_RELAY, 0);
    hw_outlet_want_on(&bench->outlet, SEC / 5, 16000);
    hear(bench, SEC / 4, HW_RELAY, 1);
    assert_int_equal(bench->outlet.state, HW_OUTLET_ON);
}

static void it_is_unknown_until_off_is_confirmed(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench);
    assert_int_equal(bench.count[HW_COMMAND_OFF], 1);
    hw_outlet_want_on(&bench.outlet, SEC / 10, 16000);
    assert_int_equal(bench.count[HW_COMMAND_ON], 0);
    pass(&bench, 3 * SEC);
    assert_int_equal(bench.count[HW_COMMAND_OFF], 4); /* again each second */
    hear(&bench, 3 * SEC + 1, HW_RELAY, 0);
    assert_int_equal(bench.count[HW_COMMAND_ON], 1);
    assert_int_equal(bench.last.lease_us, 30 * SEC);
    assert_int_equal(bench.reports[HW_OUTLET_CLOSED], 0);
    hear(&bench, 3 * SEC + 2, HW_RELAY, 1);
    assert_int_equal(bench.reports[HW_OUTLET_CLOSED], 1);
}

static void a_lease_is_renewed_at_a_third(void **state)
{
    (void)state;
    struct bench bench;
    begin_on(&bench);
    for (int64_t s = 1; s < 60; s++) {
        pass(&bench, s * SEC);
        hear(&bench, s * SEC, HW_RELAY, 1);
    }
    assert_int_equal(bench.outlet.tally.renewals, 5);
    assert_int_equal(bench.count[HW_COMMAND_ON], 6);
    assert_int_equal(bench.count[HW_COMMAND_PROBE], 0); /* it talks all the time */
    assert_int_equal(bench.outlet.state, HW_OUTLET_ON);
}

static void off_is_repeated_until_it_is_confirmed(void **state)
{
    (void)state;
    struct bench bench;
    begin_on(&bench);
    unsigned before = bench.count[HW_COMMAND_OFF];
    hw_outlet_want_off(&bench.outlet, SEC);
    for (int64_t s = 2; s <= 20; s++) {
        pass(&bench, s * SEC);
        hear(&bench, s * SEC, HW_ALIVE, 0);
    }
    assert_int_equal(bench.count[HW_COMMAND_OFF], before + 20);
    assert_int_equal(bench.reports[HW_OUTLET_OPENED], 0);
    hear(&bench, 21 * SEC, HW_RELAY, 0);
    assert_int_equal(bench.reports[HW_OUTLET_OPENED], 1);
    assert_int_equal(bench.outlet.tally.unsafe_us, 20 * SEC);
}

static void an_on_that_comes_behind_an_off_waits(void **state)
{
    (void)state;
    struct bench bench;
    begin_on(&bench);
    hw_outlet_want_off(&bench.outlet, SEC);
    hw_outlet_want_on(&bench.outlet, SEC + 1, 16000);
    assert_int_equal(bench.last.kind, HW_COMMAND_OFF);
    hear(&bench, SEC + 2, HW_RELAY, 1); /* an old message */
    assert_int_equal(bench.last.kind, HW_COMMAND_OFF);
    hear(&bench, SEC + 3, HW_RELAY, 0);
    assert_int_equal(bench.last.kind, HW_COMMAND_ON);
    assert_int_equal(bench.outlet.state, HW_OUTLET_ON_PENDING);
}

static void silence_is_noticed_within_six_seconds(void **state)
{
    (void)state;
    struct bench bench;
    begin_on(&bench);
    int64_t heard_us = SEC / 4;
    pass(&bench, heard_us + 6 * SEC - 1);
    assert_int_equal(bench.outlet.state, HW_OUTLET_ON);
    pass(&bench, heard_us + 6 * SEC);
    assert_int_equal(bench.outlet.state, HW_OUTLET_LOST);
    assert_int_equal(bench.cause, HW_OUTLET_CAUSE_SILENT);
    unsigned on_count = bench.count[HW_COMMAND_ON];
    pass(&bench, heard_us + 30 * SEC - 1);
    assert_int_equal(bench.reports[HW_OUTLET_OPENED], 0); /* the lease runs */
    pass(&bench, heard_us + 30 * SEC);
    assert_int_equal(bench.reports[HW_OUTLET_OPENED], 1);
    assert_int_equal(bench.count[HW_COMMAND_ON], on_count); /* never while it is lost */
    assert_int_equal(bench.outlet.tally.unsafe_us, 24 * SEC);
}

static void one_that_comes_back_is_switched_off_first_and_then_on_again(void **state)
{
    (void)state;
    struct bench bench;
    begin_on(&bench);
    hear(&bench, 5 * SEC, HW_LINK_DOWN, 0);
    assert_int_equal(bench.outlet.state, HW_OUTLET_LOST);
    assert_int_equal(bench.cause, HW_OUTLET_CAUSE_LINK);
    hear(&bench, 9 * SEC, HW_LINK_UP, 0);
    assert_int_equal(bench.outlet.state, HW_OUTLET_OFF_PENDING);
    hear(&bench, 9 * SEC + 1, HW_RELAY, 0);
    assert_int_equal(bench.reports[HW_OUTLET_OPENED], 1);
    assert_int_equal(bench.cause, HW_OUTLET_CAUSE_LINK);
    assert_int_equal(bench.outlet.state, HW_OUTLET_ON_PENDING);
}

/* It says that it is closed to OFF after OFF: neither the end of its lease nor that nobody sees it open ends the time.
 */
static void time_of_a_welded_relay_counts_while_it_goes_on(void **state)
{
    (void)state;
    struct bench bench;
    begin_on(&bench);
    hw_outlet_want_off(&bench.outlet, SEC);
    for (int64_t s = 2; s <= 50; s++) {
        pass(&bench, s * SEC);
        hear(&bench, s * SEC, HW_RELAY, 1);
    }
    assert_int_equal(bench.outlet.state, HW_OUTLET_STUCK);
    assert_int_equal(hw_outlet_unsafe_us(&bench.outlet, 50 * SEC), 49 * SEC);
    hear(&bench, 51 * SEC, HW_RELAY, 0);
    hw_outlet_acknowledge(&bench.outlet, 52 * SEC);
    hear(&bench, 53 * SEC, HW_RELAY, 0);
    assert_int_equal(hw_outlet_unsafe_us(&bench.outlet, 60 * SEC), 52 * SEC);
}

/* One whose lease ends while it is welded begins anew: what was believed to be off is not. */
static void one_that_is_closed_behind_its_lease_is_unsafe(void **state)
{
    (void)state;
    struct bench bench;
    begin_on(&bench); /* its lease ends at 30.25 s */
    hear(&bench, 5 * SEC, HW_LINK_DOWN, 0);
    pass(&bench, 40 * SEC);
    int64_t before_us = hw_outlet_unsafe_us(&bench.outlet, 40 * SEC);
    assert_int_equal(before_us, 25 * SEC + SEC / 4);
    hear(&bench, 40 * SEC, HW_RELAY, 1);
    assert_int_equal(hw_outlet_unsafe_us(&bench.outlet, 45 * SEC), before_us + 5 * SEC);
}

static void one_that_somebody_switches_on_is_switched_off(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench);
    hear(&bench, 1, HW_RELAY, 0);
    unsigned before = bench.count[HW_COMMAND_OFF];
    hear(&bench, SEC, HW_RELAY, 1);
    assert_int_equal(bench.count[HW_COMMAND_OFF], before + 1);
    assert_int_equal(bench.outlet.tally.ghosts, 1);
    assert_true(hw_outlet_may_deliver(&bench.outlet, SEC));
    hear(&bench, 2 * SEC, HW_RELAY, 0);
    assert_false(hw_outlet_may_deliver(&bench.outlet, 2 * SEC));
    assert_int_equal(bench.outlet.tally.unsafe_us, SEC);
}

static void one_that_somebody_switches_off_stays_off(void **state)
{
    (void)state;
    struct bench bench;
    begin_on(&bench);
    hear(&bench, SEC, HW_RELAY, 0); /* may be an old message: it is asked */
    assert_int_equal(bench.outlet.state, HW_OUTLET_ON);
    assert_int_equal(bench.last.kind, HW_COMMAND_PROBE);
    hear(&bench, SEC + 1, HW_RELAY, 0);
    assert_int_equal(bench.outlet.state, HW_OUTLET_OFF_PENDING);
    assert_int_equal(bench.cause, HW_OUTLET_CAUSE_SWITCHED);
    hear(&bench, SEC + 2, HW_RELAY, 0);
    assert_int_equal(bench.outlet.state, HW_OUTLET_OFF);
    assert_int_equal(bench.reports[HW_OUTLET_OPENED], 1);
}

static void a_restart_is_made_good(void **state)
{
    (void)state;
    struct bench bench;
    begin_on(&bench);
    hear(&bench, SEC, HW_BOOT, 0);
    assert_int_equal(bench.outlet.state, HW_OUTLET_OFF_PENDING);
    hear(&bench, SEC + 1, HW_RELAY, 0);
    assert_int_equal(bench.cause, HW_OUTLET_CAUSE_RESTARTED);
    assert_int_equal(bench.outlet.state, HW_OUTLET_ON_PENDING);
}

static void one_that_does_not_answer_on_is_given_up(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench);
    hear(&bench, 1, HW_RELAY, 0);
    hw_outlet_want_on(&bench.outlet, 2, 16000);
    for (int64_t s = 1; s <= 4; s++) {
        pass(&bench, s * SEC);
        hear(&bench, s * SEC, HW_ALIVE, 0);
    }
    assert_int_equal(bench.count[HW_COMMAND_ON], 3);
    assert_int_equal(bench.cause, HW_OUTLET_CAUSE_NO_ANSWER);
    assert_int_equal(bench.outlet.state, HW_OUTLET_OFF_PENDING);
}

static void a_refusal_ends_the_wish(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench);
    hear(&bench, 1, HW_RELAY, 0);
    hw_outlet_want_on(&bench.outlet, 2, 16000);
    hw_outlet_hear(&bench.outlet, 3,
                   &(struct hw_input){.kind = HW_NACK, .outlet = 7, .command = bench.last.number + 9});
    assert_int_equal(bench.outlet.state, HW_OUTLET_ON_PENDING); /* of another command */
    hw_outlet_hear(&bench.outlet, 4, &(struct hw_input){.kind = HW_NACK, .outlet = 7, .command = bench.last.number});
    assert_int_equal(bench.cause, HW_OUTLET_CAUSE_REFUSED);
    assert_false(bench.outlet.is_wanted_on);
}

static void renewals_that_nobody_answers_end_it(void **state)
{
    (void)state;
    struct bench bench;
    begin_on(&bench);
    for (int64_t s = 1; s <= 45 && bench.outlet.state == HW_OUTLET_ON; s++) {
        pass(&bench, s * SEC);
        hear(&bench, s * SEC, HW_ALIVE, 0);
    }
    assert_int_equal(bench.outlet.state, HW_OUTLET_OFF_PENDING);
    assert_int_equal(bench.cause, HW_OUTLET_CAUSE_LEASE);
}

static void power_behind_an_open_relay_latches(void **state)
{
    (void)state;
    struct bench bench;
    begin_on(&bench);
    meter(&bench, SEC, 3000, 100);
    hw_outlet_want_off(&bench.outlet, 2 * SEC);
    hear(&bench, 2 * SEC + 1, HW_RELAY, 0);
    meter(&bench, 3 * SEC, 3000, 101); /* an old reading */
    assert_int_equal(bench.outlet.state, HW_OUTLET_OFF);
    meter(&bench, 5 * SEC, 3000, 102);
    assert_int_equal(bench.last.kind, HW_COMMAND_PROBE);
    meter(&bench, 5 * SEC + 1, 3000, 102);
    assert_int_equal(bench.outlet.state, HW_OUTLET_STUCK);
    assert_true(hw_outlet_may_deliver(&bench.outlet, 6 * SEC));
    hear(&bench, 6 * SEC, HW_RELAY, 0);
    hw_outlet_want_on(&bench.outlet, 7 * SEC, 16000);
    assert_int_equal(bench.count[HW_COMMAND_ON], 1);
    assert_int_equal(bench.outlet.state, HW_OUTLET_STUCK);
    hw_outlet_acknowledge(&bench.outlet, 60 * SEC);
    hear(&bench, 60 * SEC + 1, HW_RELAY, 0);
    assert_int_equal(bench.outlet.state, HW_OUTLET_OFF);
}

static void a_counter_that_stands_still_under_power_latches(void **state)
{
    (void)state;
    struct bench bench;
    begin_on(&bench);
    meter(&bench, SEC, 3000, 100);
    for (int64_t s = 2; s <= 10; s++)
        meter(&bench, s * SEC, 3000, 100);
    assert_int_equal(bench.outlet.state, HW_OUTLET_ON); /* readings may be late all at once */
    meter(&bench, 11 * SEC, 3000, 100);
    assert_int_equal(bench.outlet.state, HW_OUTLET_FAULT);
    assert_int_equal(bench.cause, HW_OUTLET_CAUSE_FROZEN);
    assert_int_equal(bench.last.kind, HW_COMMAND_OFF);
}

static void an_on_without_current_is_no_fault(void **state)
{
    (void)state;
    struct bench bench;
    begin_on(&bench);
    for (int64_t s = 1; s <= 60; s++) {
        pass(&bench, s * SEC);
        hear(&bench, s * SEC, HW_RELAY, 1);
        meter(&bench, s * SEC, 0, 100);
    }
    assert_int_equal(bench.outlet.state, HW_OUTLET_ON);
    assert_int_equal(bench.reports[HW_OUTLET_TROUBLE], 0);
}

static void a_fault_of_its_own_latches(void **state)
{
    (void)state;
    struct bench bench;
    begin_on(&bench);
    hear(&bench, SEC, HW_FAULT, 5);
    assert_int_equal(bench.outlet.state, HW_OUTLET_FAULT);
    hear(&bench, SEC + 1, HW_RELAY, 0);
    assert_int_equal(bench.reports[HW_OUTLET_OPENED], 1);
    unsigned off = bench.count[HW_COMMAND_OFF];
    for (int64_t s = 2; s <= 21; s++) {
        pass(&bench, s * SEC);
        hear(&bench, s * SEC, HW_RELAY, 0);
    }
    assert_int_equal(bench.count[HW_COMMAND_OFF], off + 2); /* it has said that it is open: each 10 s */
}

/* A relay that says itself that it is closed, OFF after OFF. */
static void one_that_does_not_open_latches(void **state)
{
    (void)state;
    struct bench bench;
    begin_on(&bench);
    hw_outlet_want_off(&bench.outlet, SEC);
    for (int64_t s = 2; s <= 10; s++) {
        pass(&bench, s * SEC);
        hear(&bench, s * SEC, HW_RELAY, 1);
        assert_int_equal(bench.outlet.state, HW_OUTLET_OFF_PENDING);
    }
    hear(&bench, 11 * SEC, HW_RELAY, 1);
    assert_int_equal(bench.outlet.state, HW_OUTLET_STUCK);
    assert_int_equal(bench.cause, HW_OUTLET_CAUSE_STUCK);
    assert_true(hw_outlet_may_deliver(&bench.outlet, 100 * SEC));
    hw_outlet_want_on(&bench.outlet, 12 * SEC, 16000);
    pass(&bench, 20 * SEC);
    assert_int_equal(bench.last.kind != HW_COMMAND_ON, true);
    hear(&bench, 21 * SEC, HW_LOOKED_AT, 0);
    hear(&bench, 21 * SEC + 1, HW_RELAY, 0);
    assert_int_equal(bench.outlet.state, HW_OUTLET_OFF);
}

/* While nobody is there nothing is commanded, and its lease runs out; behind it OFF comes first, then the wish. */
static void a_bridge_that_comes_back_begins_with_off(void **state)
{
    (void)state;
    struct bench bench;
    begin_on(&bench);
    meter(&bench, SEC, 3000, 100);
    hw_outlet_sever(&bench.outlet, 2 * SEC);
    assert_int_equal(bench.outlet.state, HW_OUTLET_LOST);
    uint64_t commands = bench.outlet.tally.commands;
    assert_true(hw_outlet_may_deliver(&bench.outlet, 20 * SEC));
    pass(&bench, 1000 * SEC);
    assert_int_equal(bench.outlet.tally.commands, commands);
    assert_int_equal(bench.reports[HW_OUTLET_OPENED], 1);
    assert_false(hw_outlet_may_deliver(&bench.outlet, 1000 * SEC));
    hw_outlet_rejoin(&bench.outlet, 1000 * SEC);
    assert_int_equal(bench.last.kind, HW_COMMAND_OFF);
    meter(&bench, 1000 * SEC + 1, 0, 125); /* what flowed meanwhile */
    assert_int_equal(bench.value, 25 * WH);
    hear(&bench, 1000 * SEC + 2, HW_RELAY, 0);
    assert_int_equal(bench.last.kind, HW_COMMAND_ON);
}

static void what_is_latched_stays_so_over_a_restart(void **state)
{
    (void)state;
    struct bench bench;
    begin_on(&bench);
    hear(&bench, SEC, HW_FAULT, 3);
    hw_outlet_sever(&bench.outlet, 2 * SEC);
    hw_outlet_rejoin(&bench.outlet, 100 * SEC);
    assert_int_equal(bench.outlet.state, HW_OUTLET_FAULT);
    assert_int_equal(bench.last.kind, HW_COMMAND_OFF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_unknown_until_off_is_confirmed),
        cmocka_unit_test(a_lease_is_renewed_at_a_third),
        cmocka_unit_test(off_is_repeated_until_it_is_confirmed),
        cmocka_unit_test(an_on_that_comes_behind_an_off_waits),
        cmocka_unit_test(silence_is_noticed_within_six_seconds),
        cmocka_unit_test(one_that_comes_back_is_switched_off_first_and_then_on_again),
        cmocka_unit_test(time_of_a_welded_relay_counts_while_it_goes_on),
        cmocka_unit_test(one_that_is_closed_behind_its_lease_is_unsafe),
        cmocka_unit_test(one_that_somebody_switches_on_is_switched_off),
        cmocka_unit_test(one_that_somebody_switches_off_stays_off),
        cmocka_unit_test(a_restart_is_made_good),
        cmocka_unit_test(one_that_does_not_answer_on_is_given_up),
        cmocka_unit_test(a_refusal_ends_the_wish),
        cmocka_unit_test(renewals_that_nobody_answers_end_it),
        cmocka_unit_test(power_behind_an_open_relay_latches),
        cmocka_unit_test(a_counter_that_stands_still_under_power_latches),
        cmocka_unit_test(an_on_without_current_is_no_fault),
        cmocka_unit_test(a_fault_of_its_own_latches),
        cmocka_unit_test(one_that_does_not_open_latches),
        cmocka_unit_test(a_bridge_that_comes_back_begins_with_off),
        cmocka_unit_test(what_is_latched_stays_so_over_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
