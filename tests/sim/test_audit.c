/* test_audit.c: auditors: when they run, and what a failure leaves behind.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A till that loses a coin at event number leak. */
struct till {
    uint16_t kind;
    int64_t paid, held;
    uint64_t leak;
};

static void pay(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct till *till = object;
    struct sim_action action = {.kind = till->kind, .entity = entity, .object = till, .argument = argument + 1};
    till->paid++;
    till->held += argument != till->leak;
    sim_schedule(sim, sim_now_us(sim) + 10, SIM_MODEL, &action);
}

static bool money_is_conserved(const void *object, char *why, size_t why_size)
{
    const struct till *till = object;
    if (till->paid == till->held)
        return true;
    snprintf(why, why_size, "paid %lld, held %lld", (long long)till->paid, (long long)till->held);
    return false;
}

static bool count_call(const void *object, char *why, size_t why_size)
{
    unsigned *const *calls = object;
    (void)why;
    (void)why_size;
    (**calls)++;
    return true;
}

static struct sim *sim_with(struct till *till, uint64_t audit_every, uint64_t leak)
{
    struct sim *sim = sim_new(&(struct sim_options){.audit_every = audit_every});
    *till = (struct till){.kind = sim_kind_add(sim, "pay", pay), .leak = leak};
    struct sim_action action = {.kind = till->kind, .object = till, .argument = 1};
    sim_schedule(sim, 10, SIM_MODEL, &action);
    sim_audit_add(sim, "money", money_is_conserved, till);
    return sim;
}

static void a_failed_audit_stops_the_run_and_says_where(void **state)
{
    (void)state;
    struct till till;
    struct sim *sim = sim_with(&till, 100, 250);
    assert_null(sim_audit_failure(sim)->name);
    assert_int_equal(sim_run(sim, 100000, 0, NULL), SIM_END_AUDIT);
    const struct sim_audit_failure *failure = sim_audit_failure(sim);
    assert_string_equal(failure->name, "money");
    assert_int_equal(failure->event_number, 300);
    assert_int_equal(failure->time_us, 3000);
    assert_string_equal(failure->why, "paid 300, held 299");
    sim_free(sim);
}

static void a_failure_stays(void **state)
{
    (void)state;
    struct till till;
    struct sim *sim = sim_with(&till, 100, 250);
    sim_run(sim, 100000, 0, NULL);
    till.held = till.paid;
    assert_int_equal(sim_run(sim, 100000, 0, NULL), SIM_END_AUDIT);
    assert_false(sim_step(sim));
    assert_int_equal(sim_event_count(sim), 300);
    sim_free(sim);
}

static void the_audit_at_the_end_finds_what_no_other_could(void **state)
{
    (void)state;
    struct till till;
    struct sim *sim = sim_with(&till, 0, 5);
    assert_int_equal(sim_run(sim, 100, 0, NULL), SIM_END_AUDIT);
    assert_int_equal(sim_audit_failure(sim)->event_number, 10);
    sim_free(sim);
}

static void steps_are_audited_too(void **state)
{
    (void)state;
    struct till till;
    struct sim *sim = sim_with(&till, 7, 3);
    unsigned steps = 0;
    while (sim_step(sim))
        steps++;
    assert_int_equal(steps, 7);
    assert_string_equal(sim_audit_failure(sim)->name, "money");
    sim_free(sim);
}

static void audits_come_every_so_many_events_and_at_the_end(void **state)
{
    (void)state;
    struct till till;
    unsigned calls = 0, *counter = &calls;
    struct sim *sim = sim_with(&till, 10, 0);
    sim_audit_add(sim, "count", count_call, &counter);
    assert_int_equal(sim_run(sim, 350, 0, NULL), SIM_END_HORIZON);
    assert_int_equal(sim_event_count(sim), 35);
    assert_int_equal(calls, 4);
    assert_int_equal(sim_run(sim, SIM_TIME_MAX_US, 4, NULL), SIM_END_LIMIT);
    assert_int_equal(calls, 5);
    assert_int_equal(sim_run(sim, SIM_TIME_MAX_US, 2, NULL), SIM_END_LIMIT);
    assert_int_equal(calls, 7);
    sim_free(sim);
}

static void the_first_auditor_that_fails_is_named(void **state)
{
    (void)state;
    struct till till, other = {.paid = 1};
    struct sim *sim = sim_with(&till, 1, 0);
    sim_audit_add(sim, "other", money_is_conserved, &other);
    sim_audit_add(sim, "third", money_is_conserved, &other);
    assert_int_equal(sim_run(sim, 100000, 0, NULL), SIM_END_AUDIT);
    assert_string_equal(sim_audit_failure(sim)->name, "other");
    assert_int_equal(sim_audit_failure(sim)->event_number, 1);
    sim_free(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_audit_stops_the_run_and_says_where),
        cmocka_unit_test(a_failure_stays),
        cmocka_unit_test(the_audit_at_the_end_finds_what_no_other_could),
        cmocka_unit_test(steps_are_audited_too),
        cmocka_unit_test(audits_come_every_so_many_events_and_at_the_end),
        cmocka_unit_test(the_first_auditor_that_fails_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
