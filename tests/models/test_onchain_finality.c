/* test_onchain_finality.c: waiting for blocks, payments that no block takes, payments that blocks give back.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/calendar.h"
#include "models/chain/race.h"
#include "tests/models/near.h"
#include "tests/models/onchain_fixture.h"

#include <string.h>

#define TAU_S        600.0
#define YEN_PER_KWH  30
#define MSAT_PER_YEN 100000.0 /* at 1,000,000 yen per bitcoin */

static struct onchain_config *rail_of(struct onchain_fixture *fixture)
{
    return &fixture->base.config.rails[0].onchain;
}

/* ---- waiting ---- */

static const struct onchain_timetable PATIENT = {.count = 600, .every_min = 240, .stay_min = 230, .cars = 8, .kwh = 1};

static void check_waits(uint32_t n)
{
    static const double parts[] = {0.1, 0.5, 0.9};
    struct onchain_fixture fixture;
    double sum_s = 0, below[3] = {0};
    onchain_fixture_config(&fixture);
    fixture.base.config.chain.tx_delay_us = 1000;
    rail_of(&fixture)->confirmations = n;
    onchain_fixture_run_timetable(&fixture, &PATIENT);
    for (size_t i = 0; i < fixture.sessions.count; i++) {
        size_t row = (size_t)payment_row(&fixture, i, RAIL_CREDITED);
        double wait_s =
            (double)(payment_value(&fixture, row, "at_us") - payment_value(&fixture, row, "asked_us")) / 1e6;
        sum_s += wait_s;
        for (size_t k = 0; k < 3; k++)
            below[k] += wait_s <= race_wait_quantile_s(n, TAU_S, parts[k]);
    }
    double count = (double)fixture.sessions.count;
    print_message("%u confirmations: mean %.0f s, Erlang %.0f s; below its quantiles %.3f %.3f %.3f\n", n,
                  sum_s / count, n * TAU_S, below[0] / count, below[1] / count, below[2] / count);
    near(sum_s / count, n * TAU_S, 3.5 * TAU_S * sqrt(n / count));
    for (size_t k = 0; k < 3; k++)
        near_share(below[k], count, parts[k]);
    onchain_fixture_close(&fixture);
}

static void the_wait_for_n_confirmations_is_erlang(void **state)
{
    (void)state;
    check_waits(1);
    check_waits(2);
    check_waits(6);
}

/* The real blocks of 2018-03 and any payer: quantiles as they were counted from the file. */
static void the_wait_on_the_real_blocks_is_theirs(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    struct input_problem problems[INPUT_PROBLEMS_MAX];
    size_t problem_count;
    onchain_fixture_config(&fixture);
    struct world_config *config = &fixture.base.config;
    config->chain.trace_path = KONSENTO_SHARED "/data/btc_block_times_2018-03.csv";
    config->chain.tx_delay_us = 1000;
    config->start_unix_s = INT64_C(1577836800); /* not within the trace, which is replayed from its beginning */
    config->fleet.cars.count = 200;
    config->duration_us = 28 * DAY_US;
    rail_of(&fixture)->confirmations = 1;
    struct world_input *input = world_input_open(problems, &problem_count, config);
    if (input == NULL)
        skip();
    struct world_order order = {.seed = 1};
    struct world_result result;
    assert_true(world_run(&result, config, input, &order));
    assert_false(result.failed);
    print_message("real blocks: mean wait %.0f s, 95 %% %.0f s, %.0f payments\n",
                  result.metrics[METRIC_TIME_TO_CONFIRMATION_MEAN], result.metrics[METRIC_TIME_TO_CONFIRMATION_P95],
                  result.metrics[METRIC_PAYMENT_COUNT]);
    assert_true(result.metrics[METRIC_PAYMENT_COUNT] > 1500);
    near(result.metrics[METRIC_TIME_TO_CONFIRMATION_MEAN], 544, 544 * 0.1);
    world_result_close(&result);
    world_input_close(input);
}

/* ---- payments that no block takes ---- */

/* Loss of each: the grace, or all that was paid. */
static void check_never_confirmed(double grace_yen)
{
    const double share = 0.3, asked_yen = 6 * YEN_PER_KWH;
    const struct onchain_timetable timetable = {.count = 200, .every_min = 240, .stay_min = 230, .cars = 20, .kwh = 6};
    struct onchain_fixture fixture;
    onchain_fixture_config(&fixture);
    fixture.base.config.duration_us = 55 * DAY_US; /* 200 sessions, 14 days, and 6 blocks */
    rail_of(&fixture)->never_confirm_ppm = (int64_t)(share * 1e6);
    rail_of(&fixture)->coins = 16;
    if (grace_yen > 0)
        rail_of(&fixture)->grace_msat = (int64_t)(grace_yen * MSAT_PER_YEN);
    onchain_fixture_run_timetable(&fixture, &timetable);
    double count = fixture.metrics[METRIC_PAYMENT_NEVER_CONFIRMED], loss_yen = grace_yen > 0 ? grace_yen : asked_yen;
    near_share(count, timetable.count, share);
    near(fixture.metrics[METRIC_LOSS_NEVER_CONFIRMED], count * loss_yen, 1e-3 * count);
    near(fixture.metrics[METRIC_LOSS_PER_1000_SESSIONS], 1000 * count / timetable.count * loss_yen, 1e-1);
    assert_true(fixture.metrics[METRIC_LOSS_MAX] <= loss_yen + 1e-3);
    size_t reversed = 0;
    for (size_t i = 0; i < fixture.sessions.count; i++) {
        int64_t row = payment_row(&fixture, i, RAIL_REVERSED);
        if (row < 0)
            continue;
        reversed++;
        assert_int_equal(payment_value(&fixture, (size_t)row, "cause"), RAIL_CAUSE_EXPIRED);
        int64_t waited_us =
            payment_value(&fixture, (size_t)row, "at_us") - payment_value(&fixture, (size_t)row, "asked_us");
        within((double)waited_us / (double)HOUR_US, 336, 337.5); /* and until the next block */
    }
    assert_int_equal(reversed, (size_t)count);
    onchain_fixture_close(&fixture);
}

static void a_payment_that_never_confirms_costs_the_session_or_the_grace(void **state)
{
    (void)state;
    check_never_confirmed(0);
    check_never_confirmed(20);
}

/* ---- reorganisations ---- */

static void force(struct onchain_fixture *fixture, int64_t at_us, uint32_t depth)
{
    struct chain_config *chain = &fixture->base.config.chain;
    chain->reorgs[chain->reorg_count++] =
        (struct chain_reorg){.at_us = at_us, .depth_blocks = depth, .content = CHAIN_REORG_EMPTY};
}

/* Where the blocks are, by a run without reorganisations. */
static void times_of(int64_t *confirmed_us, int64_t *final_us)
{
    struct onchain_fixture fixture;
    onchain_fixture_config(&fixture);
    fixture.base.config.duration_us = 2 * DAY_US;
    onchain_fixture_run(&fixture, "a,10,300,6,20\n");
    *confirmed_us = payment_value(&fixture, (size_t)payment_row(&fixture, 0, RAIL_CONFIRMED), "at_us");
    *final_us = payment_value(&fixture, (size_t)payment_row(&fixture, 0, RAIL_FINAL), "at_us");
    onchain_fixture_close(&fixture);
}

static void a_reorganisation_before_finality_puts_it_off_and_takes_nothing(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    int64_t confirmed_us, final_us;
    times_of(&confirmed_us, &final_us);
    onchain_fixture_config(&fixture);
    fixture.base.config.duration_us = 2 * DAY_US;
    rail_of(&fixture)->grace_msat = (int64_t)(5 * MSAT_PER_YEN);
    force(&fixture, confirmed_us + SECOND_US, 1);
    onchain_fixture_run(&fixture, "a,10,300,6,20\n");
    assert_int_equal(payment_count(&fixture, RAIL_CONFIRMED), 1);
    assert_int_equal(payment_count(&fixture, RAIL_FINAL), 1);
    assert_int_equal(payment_count(&fixture, RAIL_REVERSED), 0);
    assert_true(payment_value(&fixture, (size_t)payment_row(&fixture, 0, RAIL_FINAL), "at_us") > final_us - HOUR_US);
    /* settled, then not any more: the grace holds again, which is used up */
    size_t limits = 0;
    for (size_t i = 0; i < fixture.payments.count; i++) {
        bool is_after = payment_value(&fixture, i, "at_us") >= confirmed_us;
        if (payment_value(&fixture, i, "kind") == RAIL_LIMIT && is_after)
            limits += payment_value(&fixture, i, "amount_msat") == (int64_t)(5 * MSAT_PER_YEN);
    }
    assert_int_equal(limits, 1);
    near(fixture.metrics[METRIC_ENERGY_DELIVERED], 6, 1e-9);
    near(fixture.metrics[METRIC_MERCHANT_LOSS], 0, 1e-9);
    near(fixture.metrics[METRIC_PAYMENT_SHAKEN], 0, 0);
    onchain_fixture_close(&fixture);
}

static void a_payment_that_was_final_is_told_as_shaken_and_comes_back(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    int64_t confirmed_us, final_us;
    times_of(&confirmed_us, &final_us);
    onchain_fixture_config(&fixture);
    fixture.base.config.duration_us = 2 * DAY_US;
    force(&fixture, final_us + SECOND_US, 6);
    onchain_fixture_run(&fixture, "a,10,300,6,20\n");
    assert_int_equal(payment_count(&fixture, RAIL_SHAKEN), 1);
    assert_int_equal(payment_count(&fixture, RAIL_UNDONE), 0);
    near(fixture.metrics[METRIC_PAYMENT_SHAKEN], 1, 0);
    near(fixture.metrics[METRIC_MERCHANT_LOSS], 0, 1e-9);
    struct chain_tally tally;
    chain_tally(&tally, fixture.base.world.chain);
    assert_int_equal(tally.deepest, 6);
    onchain_fixture_close(&fixture);
}

/* ---- more work ---- */

static const struct onchain_timetable RACES = {.count = 150, .every_min = 1440, .stay_min = 1300, .cars = 1, .kwh = 6};

static void attack_by_hash(struct onchain_fixture *fixture, double q, uint32_t z, uint32_t final)
{
    onchain_fixture_config(fixture);
    fixture->base.config.chain.attacker_share_ppm = (int64_t)(q * 1e6);
    fixture->base.config.chain.block_delay_us = 0;
    struct onchain_config *rail = rail_of(fixture);
    rail->confirmations = z;
    rail->final_confirmations = final;
    rail->frauds[0] = (struct fraud_config){.method = FRAUD_HASH,
                                            .share_ppm = 1000000,
                                            .helpers = 1,
                                            .hash_ppm = (int64_t)(q * 1e6),
                                            .confirmations = z,
                                            .give_up_blocks = 20};
    rail->fraud_count = 1;
    onchain_fixture_run_timetable(fixture, &RACES);
}

static void a_race_for_more_work_is_won_as_often_as_the_closed_form_says(void **state)
{
    (void)state;
    static const struct {
        double q;
        uint32_t z;
    } cases[] = {{0.3, 1}, {0.4, 2}};
    for (size_t i = 0; i < 2; i++) {
        struct onchain_fixture fixture;
        attack_by_hash(&fixture, cases[i].q, cases[i].z, 12);
        double law = race_rosenfeld(cases[i].q, cases[i].z);
        double tried = fixture.metrics[METRIC_ATTACK_HASH_COUNT], won = fixture.metrics[METRIC_ATTACK_HASH_WON_SHARE];
        print_message("q %.1f, %u confirmations: %.1f %% of %.0f won, closed form %.1f %%; %.2f yen each\n", cases[i].q,
                      cases[i].z, won, tried, 100 * law, fixture.metrics[METRIC_LOSS_HASH_PER_ATTACK]);
        assert_true(tried > 0.9 * RACES.count);
        near_share(won / 100 * tried, tried, law);
        near(fixture.metrics[METRIC_LOSS_HASH], fixture.metrics[METRIC_MERCHANT_LOSS], 1e-9);
        assert_true(fixture.metrics[METRIC_LOSS_HASH] > 0);
        assert_true(fixture.metrics[METRIC_LOSS_MAX] <= 6 * YEN_PER_KWH + 1e-6);
        onchain_fixture_close(&fixture);
    }
}

/* Final at the first confirmation, which the attacker waits for: what he takes was final. */
static void what_a_deeper_reorganisation_takes_is_the_operators_loss(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    attack_by_hash(&fixture, 0.3, 1, 1);
    double undone = fixture.metrics[METRIC_PAYMENT_UNDONE];
    double tried = fixture.metrics[METRIC_ATTACK_HASH_COUNT];
    near_share(undone, tried, race_rosenfeld(0.3, 1));
    assert_int_equal(payment_count(&fixture, RAIL_UNDONE), (size_t)undone);
    assert_true(payment_count(&fixture, RAIL_SHAKEN) >= (size_t)undone);
    double lost_msat = 0;
    for (size_t i = 0; i < fixture.payments.count; i++)
        if (payment_value(&fixture, i, "kind") == RAIL_UNDONE) {
            lost_msat += (double)payment_value(&fixture, i, "amount_msat");
            assert_int_equal(payment_value(&fixture, i, "session"), -1);
            assert_int_equal(payment_value(&fixture, i, "cause"), RAIL_CAUSE_OVERTAKEN);
        }
    near(lost_msat, undone * 6 * YEN_PER_KWH * MSAT_PER_YEN, undone * 1000); /* whole satoshi */
    near(fixture.metrics[METRIC_LOSS_HASH], lost_msat / MSAT_PER_YEN, 1e-6);
    near(fixture.metrics[METRIC_MERCHANT_LOSS], lost_msat / MSAT_PER_YEN, 1e-6);
    /* the operator has what was not undone */
    double kept_msat = (RACES.count - undone) * 6 * YEN_PER_KWH * MSAT_PER_YEN;
    near((double)ledger_balance_msat(&fixture.base.world.ledger, LEDGER_OPERATOR), kept_msat, RACES.count * 1000);
    onchain_fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wait_for_n_confirmations_is_erlang),
        cmocka_unit_test(the_wait_on_the_real_blocks_is_theirs),
        cmocka_unit_test(a_payment_that_never_confirms_costs_the_session_or_the_grace),
        cmocka_unit_test(a_reorganisation_before_finality_puts_it_off_and_takes_nothing),
        cmocka_unit_test(a_payment_that_was_final_is_told_as_shaken_and_comes_back),
        cmocka_unit_test(a_race_for_more_work_is_won_as_often_as_the_closed_form_says),
        cmocka_unit_test(what_a_deeper_reorganisation_takes_is_the_operators_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
