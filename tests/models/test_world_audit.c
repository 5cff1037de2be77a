/* test_world_audit.c: the auditors do trip: one fault each, put into a running world.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/check.h"
#include "tests/models/fixture.h"

#include "models/calendar.h"

#include <string.h>

typedef void fault(struct world *world);

/* Runs a world into the second day, puts the fault in, goes on; says which auditor stopped it ("" none). */
static const char *stopped_by(struct fixture *fixture, fault *put_in)
{
    static char name[32];
    *fixture = (struct fixture){.order = {.seed = 1, .audit_every = 1}};
    fixture_config(&fixture->config);
    fixture->config.rails[0].cloud.settlement_us = 10 * DAY_US;
    fixture->config.rails[0].cloud.fee_ppm = 30000;
    fixture->config.building.roof = (struct roof_config){
        .peak_w = 1000, .ratio_ppm = 1000000, .clearness_ppm = 500000, .cloud_us = HOUR_US, .step_us = HOUR_US};
    fixture_open(fixture, "a,0,2000,30,40\nb,100,9000,40,40\nc,1500,9000,40,40\nb,9001,9002,1,40\n");
    struct world *world = &fixture->world;
    assert_int_equal(sim_run(world->sim, DAY_US, 0, NULL), SIM_END_HORIZON);
    put_in(world);
    enum sim_end end = sim_run(world->sim, fixture->config.duration_us, 0, NULL);
    const struct sim_audit_failure *failure = sim_audit_failure(world->sim);
    assert_true((end == SIM_END_AUDIT) == (failure->name != NULL));
    strcpy(name, failure->name == NULL ? "" : failure->name);
    if (failure->name != NULL)
        assert_true(failure->why[0] != '\0' && failure->time_us >= DAY_US);
    return name;
}

static void none(struct world *world)
{
    (void)world;
}
static void lose_one_uj_in_an_outlet(struct world *world)
{
    world->outlets[0].finished_uj -= 1;
}
static void a_car_takes_one_uj_too_many(struct world *world)
{
    session_at(&world->sessions, 1)->battery.taken_uj += 1;
}
static void a_session_is_debited_for_one_uj_less(struct world *world)
{
    session_at(&world->sessions, 1)->metered_uj -= 1;
}
static void the_building_books_one_uj_twice(struct world *world)
{
    world->building.booked_uj += 1;
}
static void the_grid_gives_one_uj_too_many(struct world *world)
{
    world->building.sums.import_uj += 1;
}
static void the_roof_gives_one_uj_that_nobody_takes(struct world *world)
{
    world->building.sums.roof_uj += 1;
}
static void a_payer_finds_a_msat(struct world *world)
{
    world->ledger.balance_msat[LEDGER_FIRST_PAYER] += 1;
}
static void the_operator_takes_a_payers_msat(struct world *world)
{
    ledger_move(&world->ledger, LEDGER_FIRST_PAYER + 1, LEDGER_OPERATOR, 1);
}
static void the_provider_takes_a_msat_too_many(struct world *world)
{
    ledger_move(&world->ledger, LEDGER_OPERATOR, LEDGER_PROVIDER, 1);
}
static void the_provider_settles_a_msat_early(struct world *world)
{
    ledger_move(&world->ledger, LEDGER_IN_FLIGHT, LEDGER_OPERATOR, 1);
}
static void a_credit_is_forgotten_while_the_outlet_is_on(struct world *world)
{
    struct session *session = session_at(&world->sessions, 1);
    ledger_move(&world->ledger, LEDGER_OPERATOR, LEDGER_FIRST_PAYER + session->car, session->paid_msat);
    session->paid_msat = 0;
}
/* The controller believes in 100 kWh of credit for everybody: c, who comes later, is served for nothing. */
static void an_outlet_is_switched_on_without_credit(struct world *world)
{
    world->sessions.guard_uj = -100 * KWH_UJ;
}

static void each_fault_is_found_by_its_auditor(void **state)
{
    (void)state;
    static const struct {
        fault *put_in;
        const char *auditor;
    } table[] = {
        {none, ""},
        {lose_one_uj_in_an_outlet, "energy"},
        {a_car_takes_one_uj_too_many, "energy"},
        {a_session_is_debited_for_one_uj_less, "energy"},
        {the_building_books_one_uj_twice, "energy"},
        {the_grid_gives_one_uj_too_many, "energy"},
        {the_roof_gives_one_uj_that_nobody_takes, "energy"},
        {a_payer_finds_a_msat, "money"},
        {the_operator_takes_a_payers_msat, "sessions"},
        {the_provider_takes_a_msat_too_many, "sessions"},
        {the_provider_settles_a_msat_early, "money"},
        {a_credit_is_forgotten_while_the_outlet_is_on, "sessions"},
        {an_outlet_is_switched_on_without_credit, "sessions"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct fixture fixture;
        const char *name = stopped_by(&fixture, table[i].put_in);
        if (strcmp(name, table[i].auditor) != 0)
            fail_msg("fault %zu was stopped by '%s'", i, name);
        fixture_close(&fixture);
    }
}

/* Without its guard the controller opens too late, and the auditor sees it. */
static void without_the_guard_a_slow_contactor_gives_energy_away(void **state)
{
    (void)state;
    for (int with_guard = 0; with_guard < 2; with_guard++) {
        struct fixture fixture = {.order = {.seed = 1, .audit_every = 1}};
        fixture_config(&fixture.config);
        fixture.config.building.outlets.contactor_delay_us = SECOND_US;
        fixture.config.payment.purchase_uj = KWH_UJ;
        fixture.config.rails[0].cloud.latency_us = MINUTE_US;
        fixture_open(&fixture, "a,0,1000,30,40\n");
        if (!with_guard)
            fixture.world.sessions.guard_uj = 0;
        enum sim_end end = sim_run(fixture.world.sim, fixture.config.duration_us, 0, NULL);
        assert_int_equal(end == SIM_END_AUDIT, !with_guard);
        fixture_close(&fixture);
    }
}

/* A payment that was taken back is no reason to look away from what flows afterwards. */
static void power_after_a_chargeback_is_seen(void **state)
{
    (void)state;
    for (int without_credit = 0; without_credit < 2; without_credit++) {
        struct fixture fixture = {.order = {.seed = 1, .audit_every = 1}};
        fixture_config(&fixture.config);
        fixture.config.payment.purchase_uj = KWH_UJ;
        fixture.config.rails[0].cloud.settlement_us = HOUR_US;
        fixture.config.rails[0].cloud.chargeback_ppm = 1000000;
        fixture_open(&fixture, "a,0,1000,30,40\n");
        struct world *world = &fixture.world;
        const struct session *session = NULL;
        while (session == NULL || session->reversed_msat == 0) {
            assert_true(sim_step(world->sim));
            session = session_at(&world->sessions, 0);
            if (without_credit && session->paid_msat > 0)
                session_at(&world->sessions, 0)->guard_uj = -100 * KWH_UJ; /* it believes in credit that is not there */
        }
        enum sim_end end = sim_run(world->sim, fixture.config.duration_us, 0, NULL);
        assert_int_equal(end == SIM_END_AUDIT, without_credit);
        fixture_close(&fixture);
    }
}

/* What a session that is over may look like, to the millisatoshi. */
static void a_session_is_paid_or_lost_when_it_is_over(void **state)
{
    (void)state;
    struct sessions sessions = {0};
    money_init(&sessions.money, 1000000);
    const __int128 cost_parts = money_parts(&sessions.money, 1000);
    static const struct {
        int64_t paid_msat, refunded_msat, returned_msat, reversed_msat, idle_msat, in_flight_msat;
        bool is_right;
    } rows[] = {
        {1000, 0, 0, 0, 0, 0, true},      {1500, 500, 500, 0, 0, 0, true}, {1500, 500, 400, 0, 0, 0, true},
        {1000, 0, 0, 1000, 0, 0, true},   {400, 0, 0, 0, 0, 0, true},      {1001, 0, 0, 0, 0, 0, false},
        {1500, 499, 499, 0, 0, 0, false}, {1000, 0, 0, 0, 0, 1, false},    {1007, 0, 0, 0, 7, 0, true},
        {1500, 500, 501, 0, 0, 0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char why[200];
        const struct session session = {.cost_parts = cost_parts,
                                        .paid_msat = rows[i].paid_msat,
                                        .refunded_msat = rows[i].refunded_msat,
                                        .returned_msat = rows[i].returned_msat,
                                        .reversed_msat = rows[i].reversed_msat,
                                        .idle_msat = rows[i].idle_msat,
                                        .in_flight_msat = rows[i].in_flight_msat};
        assert_int_equal(session_audit_over(&sessions, &session, why, sizeof why), rows[i].is_right);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_is_found_by_its_auditor),
        cmocka_unit_test(power_after_a_chargeback_is_seen),
        cmocka_unit_test(without_the_guard_a_slow_contactor_gives_energy_away),
        cmocka_unit_test(a_session_is_paid_or_lost_when_it_is_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
