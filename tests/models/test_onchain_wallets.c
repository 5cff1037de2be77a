/* test_onchain_wallets.c: fees raised under pressure, coins merged while it is cheap, money that lies still.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/calendar.h"
#include "models/rails/onchain_parts.h"
#include "tests/models/near.h"
#include "tests/models/onchain_fixture.h"

#define MSAT_PER_YEN 100000.0 /* at 1,000,000 yen per bitcoin */
#define MSAT_PER_KWH 3000000  /* at 30 yen */

static struct onchain_config *rail_of(struct onchain_fixture *fixture)
{
    return &fixture->base.config.rails[0].onchain;
}

/* ---- fees raised ---- */

/* The fee peak of 2017-12: a wallet that aimed a day ahead, and raises its fee or does not. */
static void run_peak(struct onchain_fixture *fixture, enum onchain_bump bump)
{
    const struct onchain_timetable timetable = {.count = 60, .every_min = 180, .stay_min = 170, .cars = 10, .kwh = 6};
    onchain_fixture_config(fixture);
    chain_config_init(&fixture->base.config.chain, CHAIN_ERA_2017_12);
    fixture->base.config.chain.miner_count = 2;
    fixture->base.config.start_unix_s = INT64_C(1513296000); /* 2017-12-15 */
    struct onchain_config *rail = rail_of(fixture);
    rail->payer_feerate = (struct feerate_config){.kind = FEERATE_POSITION, .target_blocks = 2};
    rail->bump = bump;
    rail->bump_after_blocks = 2;
    rail->confirmations = 1;
    rail->coin_sat = 5000000;
    onchain_fixture_run_timetable(fixture, &timetable);
}

static void payers_who_raise_their_fees_wait_less_and_pay_more(void **state)
{
    (void)state;
    struct onchain_fixture patient, eager;
    run_peak(&patient, ONCHAIN_BUMP_OFF);
    run_peak(&eager, ONCHAIN_BUMP_ON);
    size_t versions = 0;
    for (uint32_t i = 0; i < chain_tx_count(eager.base.world.chain); i++)
        versions += chain_tx(eager.base.world.chain, i)->rival != CHAIN_NONE;
    print_message("2017-12: %zu raised; wait %.0f s, without %.0f s; fee %.0f yen, without %.0f yen\n", versions,
                  eager.metrics[METRIC_TIME_TO_CONFIRMATION_MEAN], patient.metrics[METRIC_TIME_TO_CONFIRMATION_MEAN],
                  eager.metrics[METRIC_FEE_PER_SESSION], patient.metrics[METRIC_FEE_PER_SESSION]);
    assert_true(versions >= 3);
    assert_true(eager.metrics[METRIC_TIME_TO_CONFIRMATION_MEAN] <
                patient.metrics[METRIC_TIME_TO_CONFIRMATION_MEAN] * 0.9);
    assert_true(eager.metrics[METRIC_FEE_PER_SESSION] > patient.metrics[METRIC_FEE_PER_SESSION]);
    near(eager.metrics[METRIC_PAYMENT_SUCCESS_SHARE], 100, 0);
    near(eager.metrics[METRIC_MERCHANT_LOSS], 0, 0);
    /* none was counted twice: the operator has what the sessions cost */
    int64_t kept_msat = 0;
    for (size_t i = 0; i < eager.sessions.count; i++)
        kept_msat += session_value(&eager, i, "cost_msat");
    assert_int_equal(ledger_balance_msat(&eager.base.world.ledger, LEDGER_OPERATOR), kept_msat);
    onchain_fixture_close(&patient);
    onchain_fixture_close(&eager);
}

/* ---- coins merged ---- */

/* Cars that leave early: each session leaves a coin with the operator and one with the payer, too small to pay the
 * next session alone. Payments are made at 20 sat/vB; merging costs 1. */
static void run_small_coins(struct onchain_fixture *fixture, uint32_t merge_coins)
{
    const struct onchain_timetable timetable = {.count = 400, .every_min = 240, .stay_min = 60, .cars = 2, .kwh = 12};
    onchain_fixture_config(fixture);
    struct onchain_config *rail = rail_of(fixture);
    rail->payer_feerate.rate_sat_per_kwu = 20 * 250;
    rail->merge_coins = merge_coins;
    rail->merge_rate_sat_per_kwu = 250;
    rail->coins = 16;
    rail->coin_sat = 60000;
    onchain_fixture_run_timetable(fixture, &timetable);
}

static uint32_t coins_of(struct purse *purse)
{
    struct btc_outpoint coins[1];
    return purse_smallest(coins, purse, 1);
}

static void wallets_that_merge_their_coins_pay_less_later(void **state)
{
    (void)state;
    struct onchain_fixture scattered, merged;
    run_small_coins(&scattered, 0);
    run_small_coins(&merged, 10);
    const struct onchain *with = merged.base.world.rail.self, *without = scattered.base.world.rail.self;
    uint32_t few = coins_of(&((struct onchain *)with)->operator),
             many = coins_of(&((struct onchain *)without)->operator);
    double fee_with = merged.metrics[METRIC_FEE_PER_SESSION], fee_without = scattered.metrics[METRIC_FEE_PER_SESSION];
    print_message(
        "operator's coins %u, without merging %u; fee per session %.2f yen (upkeep %.2f in all), without %.2f yen\n",
        few, many, fee_with, merged.metrics[METRIC_FEE_UPKEEP], fee_without);
    assert_true(few <= 12 && many > 100);
    for (uint32_t i = 0; i < with->payer_count; i++)
        assert_true(coins_of(&with->payers[i].purse) <= 12);
    assert_true(merged.metrics[METRIC_FEE_UPKEEP] > 0);
    near(scattered.metrics[METRIC_FEE_UPKEEP], 0, 0);
    assert_true(fee_with < fee_without);
    near(merged.metrics[METRIC_PAYMENT_SUCCESS_SHARE], 100, 0);
    assert_int_equal(payment_count(&scattered, RAIL_UPKEEP), 0);
    double upkeep_msat = 0;
    for (size_t i = 0; i < merged.payments.count; i++)
        upkeep_msat +=
            payment_value(&merged, i, "kind") == RAIL_UPKEEP ? (double)payment_value(&merged, i, "fee_msat") : 0;
    near(merged.metrics[METRIC_FEE_UPKEEP], upkeep_msat / MSAT_PER_YEN, 1e-6);
    onchain_fixture_close(&scattered);
    onchain_fixture_close(&merged);
}

static void nobody_merges_while_it_is_dear(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    const struct onchain_timetable timetable = {.count = 100, .every_min = 120, .stay_min = 60, .cars = 2, .kwh = 1};
    onchain_fixture_config(&fixture);
    chain_config_init(&fixture.base.config.chain, CHAIN_ERA_2017_12);
    fixture.base.config.chain.miner_count = 1;
    struct onchain_config *rail = rail_of(&fixture);
    rail->payer_feerate = (struct feerate_config){.kind = FEERATE_POSITION, .target_blocks = 1};
    rail->coin_sat = 100000000;
    rail->merge_coins = 6;
    rail->merge_rate_sat_per_kwu = 5 * 250;
    onchain_fixture_run_timetable(&fixture, &timetable);
    struct onchain *onchain = fixture.base.world.rail.self;
    assert_true(coins_of(&onchain->operator) > 50);
    near(fixture.metrics[METRIC_FEE_UPKEEP], 0, 0);
    onchain_fixture_close(&fixture);
}

/* ---- money that lies still ---- */

static double at_s(const struct onchain_fixture *fixture, int kind)
{
    return (double)payment_value(fixture, (size_t)payment_row(fixture, 0, kind), "at_us") / 1e6;
}

/* One session of 6 kWh, 180 yen, 6,750 s of power. Locked from the asking: all of it until it is used and final.
 * Exposed: what has flowed, until the payment is final. */
static void capital_and_exposure_are_integrals_of_one_session(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    onchain_fixture_config(&fixture);
    fixture.base.config.duration_us = DAY_US;
    onchain_fixture_run(&fixture, "a,10,300,6,20\n");
    double value_sat = 6 * MSAT_PER_KWH / 1e3, rate_sat = value_sat / 6750;
    double asked_s = 600, on_s = at_s(&fixture, RAIL_CREDITED), final_s = at_s(&fixture, RAIL_FINAL);
    double full_s = on_s + 6750, flowed_s = fmin(final_s, full_s) - on_s;
    assert_true(final_s < full_s); /* so that both parts are there */
    double locked = value_sat * (final_s - asked_s) + rate_sat * (full_s - final_s) * (full_s - final_s) / 2;
    near(fixture.metrics[METRIC_CAPITAL_LOCKED], locked / 86400, 1e-3 * locked / 86400);
    near(fixture.metrics[METRIC_CAPITAL_LOCKED_PER_SESSION], fixture.metrics[METRIC_CAPITAL_LOCKED], 1e-9);
    double exposed_yen_s = rate_sat * 1e3 / MSAT_PER_YEN * flowed_s * flowed_s / 2;
    near(fixture.metrics[METRIC_EXPOSURE_DELIVERED_MEAN], exposed_yen_s / 86400, 1e-3);
    near(fixture.metrics[METRIC_EXPOSURE_DELIVERED_SESSION_MAX], rate_sat * 1e3 / MSAT_PER_YEN * flowed_s, 1e-2);
    near(fixture.metrics[METRIC_EXPOSURE_MAX], 180, 1e-2);
    near(fixture.metrics[METRIC_EXPOSURE_MEAN], 180 * (final_s - on_s) / 86400, 1e-2);
    near(fixture.metrics[METRIC_SESSION_NEVER_POWERED_SHARE], 0, 0);
    onchain_fixture_close(&fixture);
}

/* A car that leaves before the first block, on a rail that waits for one: it never had power. */
static void who_leaves_before_the_block_never_had_power(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    onchain_fixture_config(&fixture);
    fixture.base.config.duration_us = DAY_US;
    rail_of(&fixture)->confirmations = 6;
    onchain_fixture_run(&fixture, "a,10,14,6,20\nb,20,600,6,20\n");
    near(fixture.metrics[METRIC_SESSION_NEVER_POWERED_SHARE], 50, 0);
    /* its money comes, and goes back; what is left of the other's is dust */
    size_t refunded = (size_t)payment_row(&fixture, 0, RAIL_REFUNDED);
    int64_t paid_msat = session_value(&fixture, 0, "paid_msat");
    assert_true(paid_msat >= 6 * MSAT_PER_KWH);
    assert_int_equal(payment_value(&fixture, refunded, "amount_msat"), paid_msat);
    near(fixture.metrics[METRIC_MERCHANT_LOSS], 0, 0);
    onchain_fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payers_who_raise_their_fees_wait_less_and_pay_more),
        cmocka_unit_test(wallets_that_merge_their_coins_pay_less_later),
        cmocka_unit_test(nobody_merges_while_it_is_dear),
        cmocka_unit_test(capital_and_exposure_are_integrals_of_one_session),
        cmocka_unit_test(who_leaves_before_the_block_never_had_power),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
