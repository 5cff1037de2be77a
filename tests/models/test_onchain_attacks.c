/* test_onchain_attacks.c: what double spenders take of an unconfirmed outlet, against closed forms.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * r: yen a second of power, T: time to deliver what was paid, tau: mean time to a block.
 *
 *   race, seen       power is cut when the conflict is seen:  r (time from power to then + contactor's delay)
 *   race, unseen     ... when a block shows it:               r tau (1 - exp(-T / tau))
 *   replacement      sent at t = tau, if no block came:       r t exp(-t / tau) = r tau / e
 *   low fee          the same, tau being longer
 *   any              never more than the grace and what was paid
 *
 * All figures come from the rows of sessions and payments: metered energy at the tariff's price, less what was paid,
 * refunded, reversed; never from the code that makes the metrics.
 */
#include "models/calendar.h"
#include "tests/models/check.h"
#include "tests/models/onchain_fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SESSIONS       400
#define EVERY_MIN      240
#define YEN_PER_KWH    27
#define TAU_S          600.0
#define WITHIN_SIGMAS  3.5
#define UNSEEN_AT_MOST (1 / (M_E * (8 + 1))) /* observer bound a (1 - a)^k <= 1 / e (k + 1), eight peers */
#define MSAT_PER_YEN   100000.0              /* at 1,000,000 yen per bitcoin */

/* One kind of outlet. */
struct plug {
    int64_t voltage_v, current_ma;
    int minutes; /* to charge what is asked for */
};
static const struct plug SLOW = {200, 15000, 120}; /* 3 kW, 6 kWh */
static const struct plug FAST = {400, 125000, 30}; /* 50 kW, 25 kWh */

static double power_w(const struct plug *plug)
{
    return (double)(plug->voltage_v * plug->current_ma) / 1e3;
}

static double yen_per_s(const struct plug *plug)
{
    return YEN_PER_KWH * power_w(plug) / 3.6e6;
}

static double asked_yen(const struct plug *plug)
{
    return yen_per_s(plug) * plug->minutes * 60;
}

static struct onchain_config *rail_of(struct onchain_fixture *fixture)
{
    return &fixture->base.config.rails[0].onchain;
}

/* All sessions are attacked, one after the other. */
static void set_up(struct onchain_fixture *fixture, const struct plug *plug, struct fraud_config fraud)
{
    onchain_fixture_config(fixture);
    struct world_config *config = &fixture->base.config;
    config->duration_us = (SESSIONS + 12) * EVERY_MIN * MINUTE_US;
    config->building.outlets.voltage_v = plug->voltage_v;
    config->building.outlets.current_ma = plug->current_ma;
    config->building.outlets.contactor_delay_us = 100000;
    config->fleet.car.battery_uj = 60 * KWH_UJ;
    config->fleet.car.dc_power_w = 200000;
    config->fleet.car.efficiency_ppm = 1000000;
    config->tariff.price_uyen_per_kwh = YEN_PER_KWH * 1000000;
    config->chain.growth_per_period_ppm = 0;
    config->chain.block_delay_us = 0;
    config->chain.full_rbf_ppm = 0;
    struct onchain_config *rail = rail_of(fixture);
    rail->listen_us = 0;
    rail->coin_sat = 100000000;
    fraud.share_ppm = 1000000;
    if (fraud.helpers == 0)
        fraud.helpers = 8;
    rail->frauds[0] = fraud;
    rail->fraud_count = 1;
}

static void run(struct onchain_fixture *fixture, const struct plug *plug)
{
    char *rows = malloc(SESSIONS * 64), *at = rows;
    assert_non_null(rows);
    for (int i = 0; i < SESSIONS; i++)
        at += sprintf(at, "a,%d,%d,%.3f,60\n", 10 + i * EVERY_MIN, 10 + i * EVERY_MIN + plug->minutes + 60,
                      power_w(plug) * plug->minutes / 60e3);
    onchain_fixture_run(fixture, rows);
    free(rows);
    assert_int_equal(fixture->sessions.count, SESSIONS);
}

/* ---- from the rows ---- */

/* Yen that were delivered and not paid. */
static double loss_of(const struct onchain_fixture *fixture, size_t session)
{
    double delivered_yen = (double)session_value(fixture, session, "metered_uj") / 3.6e12 * YEN_PER_KWH;
    int64_t kept_msat = session_value(fixture, session, "paid_msat") -
                        session_value(fixture, session, "refunded_msat") -
                        session_value(fixture, session, "reversed_msat");
    double loss_yen = delivered_yen - (double)kept_msat / MSAT_PER_YEN;
    return loss_yen > 1e-4 ? loss_yen : 0; /* what is owed is rounded up to the millisatoshi */
}

/* Time of the first event of a kind in a session; -1: none. */
static int64_t time_of(const struct onchain_fixture *fixture, size_t session, enum rail_event_kind kind)
{
    int64_t row = payment_row(fixture, session, (int)kind);
    return row < 0 ? -1 : payment_value(fixture, (size_t)row, "at_us");
}

struct losses {
    size_t count;                 /* sessions in which the payment was taken back */
    double mean, error;           /* over all sessions */
    double mean_lost, error_lost; /* over those */
    double largest;
};

static void losses_of(struct losses *losses, const struct onchain_fixture *fixture)
{
    double sum = 0, squares = 0;
    *losses = (struct losses){0};
    for (size_t i = 0; i < fixture->sessions.count; i++) {
        double loss = loss_of(fixture, i);
        losses->count += session_value(fixture, i, "reversed_msat") > 0;
        losses->largest = fmax(losses->largest, loss);
        sum += loss;
        squares += loss * loss;
    }
    double n = (double)fixture->sessions.count, lost = (double)losses->count;
    losses->mean = sum / n;
    losses->error = sqrt((squares / n - losses->mean * losses->mean) / (n - 1));
    losses->mean_lost = sum / lost;
    losses->error_lost = sqrt((squares / lost - losses->mean_lost * losses->mean_lost) / (lost - 1));
}

static void assert_agrees(double measured, double error, double closed_form)
{
    if (fabs(measured - closed_form) <= WITHIN_SIGMAS * error)
        return;
    print_error("measured %.4f +- %.4f yen, closed form %.4f yen\n", measured, error, closed_form);
    fail();
}

/* The metric says the same as the rows. */
static void check_metric(const struct onchain_fixture *fixture, enum metric metric, const struct losses *losses)
{
    assert_near(fixture->metrics[metric], losses->mean * SESSIONS, 1e-2);
    assert_near(fixture->metrics[METRIC_LOSS_MAX], losses->largest, 1e-3);
}

/* In each session that was taken back, energy flowed from the contact to the withdrawal and the contactor's delay. */
static void check_each(const struct onchain_fixture *fixture, const struct plug *plug)
{
    for (size_t i = 0; i < fixture->sessions.count; i++) {
        if (session_value(fixture, i, "reversed_msat") == 0)
            continue;
        int64_t cut_us = time_of(fixture, i, RAIL_LIMIT); /* none: the car was full or had left before */
        int64_t end_us = cut_us < 0 ? session_value(fixture, i, "departure_us") : cut_us + 100000;
        double flowed_s = (double)(end_us - session_value(fixture, i, "powered_us")) / 1e6;
        double expected = fmin(yen_per_s(plug) * fmax(flowed_s, 0), asked_yen(plug));
        assert_near(loss_of(fixture, i), expected, 1e-3);
    }
}

/* ---- attacks ---- */

static void check_seen_race(const struct plug *plug)
{
    struct onchain_fixture fixture;
    struct losses losses;
    set_up(&fixture, plug, (struct fraud_config){.method = FRAUD_RACE});
    run(&fixture, plug);
    losses_of(&losses, &fixture);
    /* n_A = n_V at the same time: odds law 1/2 */
    assert_near((double)losses.count / SESSIONS, 0.5, WITHIN_SIGMAS * 0.5 / sqrt(SESSIONS));
    check_each(&fixture, plug);
    check_metric(&fixture, METRIC_LOSS_RACE, &losses);
    /* seen some 4 s after it was sent, but for those that none of eight peers told of: r 4 s */
    double seen_s = 0, seen = 0;
    for (size_t i = 0; i < SESSIONS; i++) {
        double flowed_s = loss_of(&fixture, i) / yen_per_s(plug);
        bool is_seen = flowed_s > 0 && flowed_s < 20;
        seen_s += is_seen ? flowed_s : 0;
        seen += is_seen;
    }
    assert_true((double)losses.count - seen <= UNSEEN_AT_MOST * SESSIONS);
    assert_near(seen_s / seen, 4, 0.5);
    onchain_fixture_close(&fixture);
}

static void a_race_that_is_seen_takes_what_flowed_until_then(void **state)
{
    (void)state;
    check_seen_race(&SLOW);
    check_seen_race(&FAST);
}

/* The same with nodes and their announcements simulated for each conflict. */
static void a_race_through_simulated_nodes_is_won_as_often(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    struct losses losses;
    set_up(&fixture, &SLOW, (struct fraud_config){.method = FRAUD_RACE, .share_ppm = 1000000});
    fixture.base.config.chain.gossip = CHAIN_GOSSIP_NODE;
    const struct onchain_timetable timetable = {
        .count = 60, .every_min = EVERY_MIN, .stay_min = 180, .cars = 1, .kwh = 6};
    fixture.base.config.duration_us = 0;
    onchain_fixture_run_timetable(&fixture, &timetable);
    losses_of(&losses, &fixture);
    assert_near((double)losses.count / timetable.count, 0.5, WITHIN_SIGMAS * 0.5 / sqrt(timetable.count));
    check_each(&fixture, &SLOW);
    onchain_fixture_close(&fixture);
}

static void a_race_takes_from_who_listens_only_if_nobody_tells_him(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    struct losses losses;
    set_up(&fixture, &SLOW, (struct fraud_config){.method = FRAUD_RACE});
    rail_of(&fixture)->listen_us = 30 * SECOND_US;
    run(&fixture, &SLOW);
    losses_of(&losses, &fixture);
    assert_true((double)losses.count <= UNSEEN_AT_MOST * SESSIONS);
    for (size_t i = 0; i < SESSIONS; i++)
        if (loss_of(&fixture, i) > 0) /* learned from a block */
            assert_true(session_value(&fixture, i, "powered_us") >=
                        session_value(&fixture, i, "plugged_us") + 30 * SECOND_US);
    onchain_fixture_close(&fixture);
}

static void check_unseen_race(const struct plug *plug, double grace_yen)
{
    struct onchain_fixture fixture;
    struct losses losses;
    set_up(&fixture, plug, (struct fraud_config){.method = FRAUD_RACE, .helpers = 1000});
    fixture.base.config.chain.peers = 1; /* nearly all are won */
    rail_of(&fixture)->conflicts = ONCHAIN_CONFLICTS_IGNORED;
    double most_s = plug->minutes * 60;
    if (grace_yen > 0) {
        rail_of(&fixture)->grace_msat = llround(grace_yen * MSAT_PER_YEN);
        most_s = fmin(most_s, grace_yen / yen_per_s(plug));
    }
    run(&fixture, plug);
    losses_of(&losses, &fixture);
    assert_true(losses.count > SESSIONS * 95 / 100);
    assert_agrees(losses.mean_lost, losses.error_lost, yen_per_s(plug) * TAU_S * (1 - exp(-most_s / TAU_S)));
    assert_true(losses.largest <= yen_per_s(plug) * most_s + 1e-9);
    check_metric(&fixture, METRIC_LOSS_RACE, &losses);
    if (grace_yen == 0)
        check_each(&fixture, plug);
    onchain_fixture_close(&fixture);
}

static void a_race_that_is_not_seen_takes_what_flows_until_a_block(void **state)
{
    (void)state;
    check_unseen_race(&SLOW, 0);
    check_unseen_race(&FAST, 0);
}

static void the_grace_bounds_what_an_unseen_race_takes(void **state)
{
    (void)state;
    check_unseen_race(&SLOW, 5);
    check_unseen_race(&FAST, 50);
}

/* tau_s: mean time until a block takes the payment, as all but every n-th block are empty. replacing: share of the hash
 * rate that replaces without a signal. */
struct later_attack {
    double tau_s, grace_yen, replacing;
};

static void check_later_attack(const struct plug *plug, struct fraud_config fraud, struct later_attack later)
{
    double tau_s = later.tau_s, grace_yen = later.grace_yen;
    struct onchain_fixture fixture;
    struct losses losses;
    fraud.delay_us = llround(fmin(tau_s, plug->minutes * 60) * 1e6);
    set_up(&fixture, plug, fraud);
    fixture.base.config.chain.full_rbf_ppm = llround(later.replacing * 1e6);
    fixture.base.config.chain.empty_ppm = llround((1 - TAU_S / tau_s) * 1e6);
    double t_s = (double)fraud.delay_us / 1e6, most_yen = yen_per_s(plug) * t_s;
    if (grace_yen > 0) {
        rail_of(&fixture)->grace_msat = llround(grace_yen * MSAT_PER_YEN);
        most_yen = fmin(most_yen, grace_yen);
    }
    run(&fixture, plug);
    losses_of(&losses, &fixture);
    assert_agrees(losses.mean, losses.error, later.replacing * most_yen * exp(-t_s / tau_s));
    assert_true(losses.largest <= asked_yen(plug));
    assert_true(grace_yen == 0 || losses.largest <= grace_yen);
    check_metric(&fixture, fraud.method == FRAUD_STALL ? METRIC_LOSS_STALL : METRIC_LOSS_REPLACEMENT, &losses);
    onchain_fixture_close(&fixture);
}

static void the_best_replacement_takes_r_tau_over_e(void **state)
{
    (void)state;
    const struct fraud_config fraud = {.method = FRAUD_REPLACEMENT};
    check_later_attack(&SLOW, fraud, (struct later_attack){TAU_S, 0, 1});
    check_later_attack(&FAST, fraud, (struct later_attack){TAU_S, 0, 1});
}

/* P = exp(-t / tau) h, where a share h of the hash rate replaces and the payment was everywhere long before. */
static void where_half_of_the_miners_replace_half_of_it_is_taken(void **state)
{
    (void)state;
    check_later_attack(&SLOW, (struct fraud_config){.method = FRAUD_REPLACEMENT}, (struct later_attack){TAU_S, 0, 0.5});
}

static void a_low_fee_makes_the_same_attack_worse(void **state)
{
    (void)state;
    const struct fraud_config fraud = {.method = FRAUD_STALL, .rate_sat_per_kwu = 250};
    check_later_attack(&SLOW, fraud, (struct later_attack){6000, 0, 1});
    check_later_attack(&FAST, fraud, (struct later_attack){6000, 0, 1});
}

static void the_grace_bounds_replacements_too(void **state)
{
    (void)state;
    check_later_attack(&SLOW, (struct fraud_config){.method = FRAUD_REPLACEMENT}, (struct later_attack){TAU_S, 3, 1});
    check_later_attack(&FAST, (struct fraud_config){.method = FRAUD_STALL, .rate_sat_per_kwu = 250},
                       (struct later_attack){6000, 20, 1});
}

/* A wallet that offers little on a chain that others fill: the same sessions, once honest, once not. */
static void a_stalled_payment_is_lost_where_the_honest_one_had_to_wait(void **state)
{
    (void)state;
    struct onchain_fixture honest, stalled;
    const struct fraud_config fraud = {
        .method = FRAUD_STALL, .rate_sat_per_kwu = 500, .delay_us = HOUR_US, .helpers = 8};
    struct onchain_fixture *const both[] = {&honest, &stalled};
    for (size_t i = 0; i < 2; i++) {
        set_up(both[i], &SLOW, fraud);
        struct chain_config *chain = &both[i]->base.config.chain;
        chain_config_init(chain, CHAIN_ERA_2018_03);
        chain->full_rbf_ppm = 1000000;
        rail_of(both[i])->payer_feerate.rate_sat_per_kwu = i == 0 ? 500 : 12500;
        rail_of(both[i])->fraud_count = i;
        run(both[i], &SLOW);
    }
    size_t lost = 0, differ = 0;
    for (size_t i = 0; i < SESSIONS; i++) {
        int64_t waited_us = time_of(&honest, i, RAIL_CONFIRMED) - session_value(&honest, i, "powered_us");
        bool had_to_wait = waited_us > HOUR_US || time_of(&honest, i, RAIL_CONFIRMED) < 0;
        double loss_yen = loss_of(&stalled, i);
        lost += loss_yen > 0;
        differ += had_to_wait != (loss_yen > 0);
        if (loss_yen > 0)
            assert_near(loss_yen, yen_per_s(&SLOW) * 3600, yen_per_s(&SLOW) * 60);
    }
    assert_true(lost > 5);
    assert_true(differ <= 2 + lost / 20); /* a block within the seconds that the rival needs */
    onchain_fixture_close(&honest);
    onchain_fixture_close(&stalled);
}

/* Success takes that no honest block comes while his is held back. */
static void a_finney_attack_takes_what_flows_while_the_block_is_held(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    struct losses losses;
    double hold_s = 300, q = 0.3;
    set_up(&fixture, &SLOW, (struct fraud_config){.method = FRAUD_FINNEY, .delay_us = 300 * SECOND_US});
    fixture.base.config.chain.attacker_share_ppm = llround(q * 1e6);
    run(&fixture, &SLOW);
    losses_of(&losses, &fixture);
    assert_true(losses.count > SESSIONS / 4);
    check_each(&fixture, &SLOW);
    check_metric(&fixture, METRIC_LOSS_FINNEY, &losses);
    assert_true(losses.largest > yen_per_s(&SLOW) * hold_s * 0.9);
    onchain_fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_race_that_is_seen_takes_what_flowed_until_then),
        cmocka_unit_test(a_race_through_simulated_nodes_is_won_as_often),
        cmocka_unit_test(a_race_takes_from_who_listens_only_if_nobody_tells_him),
        cmocka_unit_test(a_race_that_is_not_seen_takes_what_flows_until_a_block),
        cmocka_unit_test(the_grace_bounds_what_an_unseen_race_takes),
        cmocka_unit_test(the_best_replacement_takes_r_tau_over_e),
        cmocka_unit_test(where_half_of_the_miners_replace_half_of_it_is_taken),
        cmocka_unit_test(a_low_fee_makes_the_same_attack_worse),
        cmocka_unit_test(the_grace_bounds_replacements_too),
        cmocka_unit_test(a_stalled_payment_is_lost_where_the_honest_one_had_to_wait),
        cmocka_unit_test(a_finney_attack_takes_what_flows_while_the_block_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
