/* test_lightning_rail.c: payments in channels: plans, failures, channels that come and go.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every run is audited: each holder's money is tied to the ledger to the millisatoshi, all along and at the end.
 */
#include "tests/models/check.h"
#include "tests/models/lightning_fixture.h"
#include "tests/models/near.h"

#include "models/calendar.h"
#include "models/rails/lightning_holders.h"
#include "models/rails/lightning_holding.h"

#include <string.h>

/* Two cars at two outlets: 2 kWh asked for, and an hour of 3.2 kW of 5. */
#define TWO_CARS "a,600,720,2,40\nb,605,665,5,40\n"

static void start(struct onchain_fixture *fixture)
{
    lightning_fixture_config(fixture);
    fixture->base.config.payment.purchase_uj = KWH_UJ;
}

static struct lightning *rail_of(const struct onchain_fixture *fixture)
{
    return fixture->base.world.rail.self;
}

static struct rail_report report_of(const struct onchain_fixture *fixture)
{
    struct rail_report report;
    rail_report_init(&report);
    fixture->base.world.rail.ops->report(fixture->base.world.rail.self, &report);
    return report;
}

/* All that was used was paid, and nothing else. */
static void all_is_paid(const struct onchain_fixture *fixture)
{
    for (size_t i = 0; i < fixture->sessions.count; i++) {
        assert_int_equal(session_value(fixture, i, "paid_msat") - session_value(fixture, i, "refunded_msat"),
                         session_value(fixture, i, "cost_msat"));
        assert_int_equal(session_value(fixture, i, "failed"), 0);
    }
    assert_int_equal(payment_count(fixture, RAIL_CREDITED), payment_count(fixture, RAIL_FINAL));
}

/* ---- plans ------------------------------------------------------------------------------------------------------ */

static void blocks_are_paid_before_they_flow(void **state)
{
    (void)state;
    for (int topology = LIGHTNING_DIRECT; topology <= LIGHTNING_HUB; topology++) {
        struct onchain_fixture fixture;
        start(&fixture);
        lightning_config_of(&fixture)->topology = (enum lightning_topology)topology;
        onchain_fixture_run(&fixture, TWO_CARS);
        all_is_paid(&fixture);
        assert_int_equal(payment_count(&fixture, RAIL_REFUNDED), 2);
        assert_true(session_value(&fixture, 0, "metered_uj") >= 2 * KWH_UJ);
        for (size_t i = 0; i < 2; i++) { /* power comes behind the money */
            int64_t credited = payment_row(&fixture, i, RAIL_CREDITED);
            assert_true(session_value(&fixture, i, "powered_us") >= payment_value(&fixture, (size_t)credited, "at_us"));
        }
        onchain_fixture_close(&fixture);
    }
}

static void on_credit_energy_comes_first_and_all_is_paid(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    start(&fixture);
    struct lightning_config *config = lightning_config_of(&fixture);
    config->plan = LIGHTNING_STREAM;
    config->topology = LIGHTNING_HUB;
    onchain_fixture_run(&fixture, TWO_CARS);
    all_is_paid(&fixture);
    assert_int_equal(payment_count(&fixture, RAIL_REFUNDED), 0);
    int64_t steps = session_value(&fixture, 0, "metered_uj") / config->quantum_uj;
    within((double)session_value(&fixture, 0, "credited"), (double)steps - 1, (double)steps + 2);
    for (size_t i = 0; i < 2; i++) {
        int64_t credited = payment_row(&fixture, i, RAIL_CREDITED);
        assert_true(session_value(&fixture, i, "powered_us") < payment_value(&fixture, (size_t)credited, "at_us"));
    }
    double most_yen = fixture.metrics[METRIC_EXPOSURE_DELIVERED_SESSION_MAX];
    double quantum_yen = 30.0 / 20;
    within(most_yen, quantum_yen, 10); /* the credit limit: 1,000 sat */
    onchain_fixture_close(&fixture);
}

/* Nobody pays: the channel cannot carry a quantum any more, and is not topped up. */
static void what_is_never_paid_is_at_most_the_limit(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    start(&fixture);
    struct lightning_config *config = lightning_config_of(&fixture);
    config->plan = LIGHTNING_STREAM;
    config->capacity_sat = 20000;
    config->top_up = LIGHTNING_TOP_UP_NONE;
    config->credit_limit_msat = 3000000;
    config->patience_us = 5 * SECOND_US;
    fixture.base.config.payment.retry_us = 10 * SECOND_US;
    onchain_fixture_run(&fixture, "a,600,1320,30,40\n");
    int64_t unpaid_msat = session_value(&fixture, 0, "cost_msat") - session_value(&fixture, 0, "paid_msat");
    within((double)unpaid_msat, 1, 3000000);
    near(fixture.metrics[METRIC_MERCHANT_LOSS], (double)unpaid_msat * 1e-5, 1e-6);
    assert_int_equal(session_value(&fixture, 0, "reversed_cause"), RAIL_CAUSE_UNPAID);
    near(fixture.metrics[METRIC_PAYMENT_FAILED_LIQUIDITY], 4, 0); /* tried, and three times more */
    onchain_fixture_close(&fixture);
}

/* Of a deposit what was used is settled to the smallest slice, and the rest of that slice comes back. */
static void a_deposit_is_settled_for_what_was_used(void **state)
{
    (void)state;
    for (int topology = LIGHTNING_DIRECT; topology <= LIGHTNING_HUB; topology++) {
        struct onchain_fixture fixture;
        start(&fixture);
        struct lightning_config *config = lightning_config_of(&fixture);
        config->plan = LIGHTNING_DEPOSIT;
        config->block_uj = 10 * KWH_UJ;
        config->topology = (enum lightning_topology)topology;
        onchain_fixture_run(&fixture, TWO_CARS);
        all_is_paid(&fixture);
        int64_t credited = payment_row(&fixture, 0, RAIL_CREDITED), final = payment_row(&fixture, 0, RAIL_FINAL);
        assert_int_equal(payment_value(&fixture, (size_t)credited, "amount_msat"),
                         session_value(&fixture, 0, "paid_msat"));
        assert_int_equal(payment_value(&fixture, (size_t) final, "amount_msat"),
                         session_value(&fixture, 0, "cost_msat"));
        assert_true(session_value(&fixture, 0, "refunded_msat") > 0);
        assert_int_equal(rail_of(&fixture)->exposure_msat, 0);
        onchain_fixture_close(&fixture);
    }
}

static void a_deposit_that_is_held_too_long_is_settled(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    start(&fixture);
    struct lightning_config *config = lightning_config_of(&fixture);
    config->plan = LIGHTNING_DEPOSIT;
    config->block_uj = 30 * KWH_UJ;
    config->deposit_blocks = 40;
    fixture.base.config.fleet.car.battery_uj = 40 * KWH_UJ;
    onchain_fixture_run(&fixture, "a,600,1100,30,40\n"); /* eight hours: some fifty blocks */
    assert_int_equal(payment_count(&fixture, RAIL_REVERSED), 0);
    assert_int_equal(payment_count(&fixture, RAIL_FINAL), 1);
    int64_t final = payment_row(&fixture, 0, RAIL_FINAL);
    assert_true(payment_value(&fixture, (size_t) final, "at_us") < session_value(&fixture, 0, "departure_us"));
    assert_int_equal(session_value(&fixture, 0, "paid_msat") - session_value(&fixture, 0, "refunded_msat"),
                     session_value(&fixture, 0, "cost_msat"));
    assert_true(session_value(&fixture, 0, "refunded_msat") > 0);
    onchain_fixture_close(&fixture);
}

/* ---- what must not matter --------------------------------------------------------------------------------------- */

static void back_ends_give_equal_metrics_and_digests(void **state)
{
    (void)state;
    for (int plan = LIGHTNING_PREPAID; plan <= LIGHTNING_DEPOSIT; plan++) {
        double first[METRIC_COUNT];
        uint64_t digest = 0;
        for (int crypto = LIGHTNING_CRYPTO_REAL; crypto <= LIGHTNING_CRYPTO_TOKEN; crypto++) {
            struct onchain_fixture fixture;
            start(&fixture);
            struct lightning_config *config = lightning_config_of(&fixture);
            config->crypto = (enum lightning_crypto)crypto;
            config->plan = (enum lightning_plan)plan;
            config->topology = plan == LIGHTNING_PREPAID ? LIGHTNING_DIRECT : LIGHTNING_HUB;
            config->quantum_uj = KWH_UJ / 4;
            config->credit_limit_msat = 2000000;
            config->outlet_device = DEVICE_BOARD;
            config->phone_device = DEVICE_PHONE;
            fixture.base.config.duration_us = DAY_US;
            onchain_fixture_run(&fixture, TWO_CARS);
            uint64_t chain = sim_digest_chain(fixture.base.world.sim);
            if (crypto == LIGHTNING_CRYPTO_REAL) {
                memcpy(first, fixture.metrics, sizeof first);
                digest = chain;
            }
            assert_memory_equal(first, fixture.metrics, sizeof first);
            assert_int_equal(digest, chain);
            onchain_fixture_close(&fixture);
        }
    }
}

/* ---- channels --------------------------------------------------------------------------------------------------- */

/* 240,000 sat are asked for, of channels that hold 100,000. */
static void channels_are_topped_up(void **state)
{
    (void)state;
    for (int how = LIGHTNING_TOP_UP_ADD; how <= LIGHTNING_TOP_UP_REOPEN; how++) {
        struct onchain_fixture fixture;
        start(&fixture);
        struct lightning_config *config = lightning_config_of(&fixture);
        config->top_up = (enum lightning_top_up)how;
        config->capacity_sat = 100000;
        config->coin_sat = 150000;
        config->coins = 1;
        fixture.base.config.payment.purchase_uj = 5 * KWH_UJ;
        onchain_fixture_run_timetable(
            &fixture, &(struct onchain_timetable){.count = 4, .every_min = 720, .stay_min = 600, .cars = 1, .kwh = 20});
        struct rail_report report = report_of(&fixture);
        assert_true(report.channels_opened >= 3);
        if (how == LIGHTNING_TOP_UP_REOPEN)
            assert_true(report.closed_together >= 2);
        else
            assert_int_equal(report.closed_together, 0);
        assert_true(fixture.metrics[METRIC_FEE_UPKEEP_TOP_UP] > 0);
        for (size_t i = 0; i < 4; i++)
            assert_true(session_value(&fixture, i, "metered_uj") > 19 * KWH_UJ);
        onchain_fixture_close(&fixture);
    }
}

static int64_t waited_us(enum lightning_depth depth)
{
    struct onchain_fixture fixture;
    start(&fixture);
    struct lightning_config *config = lightning_config_of(&fixture);
    config->depth = depth;
    config->opened = LIGHTNING_OPENED_VISIT;
    config->confirmations = 3;
    onchain_fixture_run(&fixture, "a,600,1200,2,40\n");
    int64_t waited = session_value(&fixture, 0, "powered_us") - session_value(&fixture, 0, "plugged_us");
    all_is_paid(&fixture);
    onchain_fixture_close(&fixture);
    return waited;
}

static void a_trusted_funding_needs_no_block(void **state)
{
    (void)state;
    assert_true(waited_us(LIGHTNING_DEPTH_ZERO) < 2 * SECOND_US);
    assert_true(waited_us(LIGHTNING_DEPTH_CONFIRMED) > 5 * MINUTE_US);
}

static void old_channels_are_closed_by_agreement(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    start(&fixture);
    lightning_config_of(&fixture)->life_us = DAY_US;
    onchain_fixture_run_timetable(
        &fixture, &(struct onchain_timetable){.count = 5, .every_min = 1440, .stay_min = 300, .cars = 1, .kwh = 3});
    struct rail_report report = report_of(&fixture);
    assert_true(report.closed_together >= 2);
    assert_int_equal(report.closed_by_force, 0);
    assert_true(fixture.metrics[METRIC_FEE_UPKEEP_CLOSE] > 0);
    onchain_fixture_close(&fixture);
}

static void who_is_silent_too_long_is_closed_by_force(void **state)
{
    (void)state;
    for (int opener = LIGHTNING_OPENER_PHONE; opener <= LIGHTNING_OPENER_OPERATOR; opener++) {
        struct onchain_fixture fixture;
        start(&fixture);
        struct lightning_config *config = lightning_config_of(&fixture);
        config->force_us = 3 * DAY_US;
        config->opener = (enum lightning_opener)opener;
        config->push_sat = opener == LIGHTNING_OPENER_OPERATOR ? 300000 : 0;
        config->type = opener == LIGHTNING_OPENER_OPERATOR ? LIGHTNING_TYPE_ANCHORS : LIGHTNING_TYPE_STATIC;
        fixture.base.config.duration_us = 12 * DAY_US;
        onchain_fixture_run(&fixture, TWO_CARS);
        struct rail_report report = report_of(&fixture);
        assert_int_equal(report.closed_by_force, 2);
        assert_int_equal(report.closed_together, 0);
        assert_true(fixture.metrics[METRIC_FEE_UPKEEP_CLAIM] > 0);
        near(report.liquidity_msat, 0, 0);
        all_is_paid(&fixture);
        onchain_fixture_close(&fixture);
    }
}

/* A deposit is held when the operator's side goes to the chain: what it holds it claims there, and the books follow. */
static void a_deposit_is_claimed_on_the_chain(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    start(&fixture);
    struct lightning_config *config = lightning_config_of(&fixture);
    config->plan = LIGHTNING_DEPOSIT;
    config->block_uj = 30 * KWH_UJ;
    fixture.base.config.duration_us = 6 * DAY_US;
    fixture_open(&fixture.base, "a,600,700,30,40\n");
    sim_run(fixture.base.world.sim, 630 * MINUTE_US, 0, NULL);
    struct lightning *rail = rail_of(&fixture);
    const struct tie *tie = tie_at(rail, 0);
    assert_true(rail->exposure_msat > 0);
    struct ln_node *node = host_enter(rail->host, tie->other);
    host_leave(rail->host, tie->other, ln_node_force_close(node, tie->number[1]), NULL);
    fixture_run(&fixture.base, fixture.metrics);
    assert_int_equal(rail->exposure_msat, 0);
    assert_int_equal(report_of(&fixture).closed_by_force, 1);
    assert_true(fixture.metrics[METRIC_REVENUE] > 130); /* an hour and a third at 3.2 kW, had before or settled there */
    near(fixture.metrics[METRIC_MERCHANT_LOSS], 0, 0);
    assert_int_equal(rail->ties.used_count, 0);
    fixture_close(&fixture.base);
}

/* Blocks are taken back in the middle of openings and closings, by agreement and by force, of both types: what was
 * booked goes and comes with them, and each holder's money is where the books say. */
static void reorganisations_are_borne_by_the_books(void **state)
{
    (void)state;
    for (int type = LIGHTNING_TYPE_STATIC; type <= LIGHTNING_TYPE_ANCHORS; type++) {
        struct onchain_fixture fixture;
        start(&fixture);
        struct lightning_config *config = lightning_config_of(&fixture);
        config->type = (enum lightning_type)type;
        config->topology = type == LIGHTNING_TYPE_STATIC ? LIGHTNING_DIRECT : LIGHTNING_HUB;
        config->opened = LIGHTNING_OPENED_VISIT;
        config->life_us = type == LIGHTNING_TYPE_STATIC ? DAY_US : INT64_MAX;
        config->force_us = type == LIGHTNING_TYPE_STATIC ? INT64_MAX : 8 * HOUR_US;
        struct chain_config *chain = &fixture.base.config.chain;
        for (uint32_t i = 0; i < 10; i++)
            chain->reorgs[i] = (struct chain_reorg){.at_us = (i + 1) * 12 * HOUR_US,
                                                    .depth_blocks = 1 + i % 4,
                                                    .content = i % 2 == 0 ? CHAIN_REORG_SAME : CHAIN_REORG_EMPTY};
        chain->reorg_count = 10;
        onchain_fixture_run_timetable(
            &fixture, &(struct onchain_timetable){.count = 14, .every_min = 660, .stay_min = 400, .cars = 2, .kwh = 3});
        struct rail_report report = report_of(&fixture);
        assert_true(report.closed_together + report.closed_by_force >= 3);
        assert_true(fixture.metrics[METRIC_CHAIN_REORGS] >= 8);
        onchain_fixture_close(&fixture);
    }
}

/* An outlet that has most of its channel sends it back to the hub: it can be paid on and on. */
static void outlets_send_back_to_the_hub(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    start(&fixture);
    struct lightning_config *config = lightning_config_of(&fixture);
    config->topology = LIGHTNING_HUB;
    config->hub_capacity_sat = 100000;
    config->capacity_sat = 1000000;
    config->coin_sat = 1500000;
    onchain_fixture_run_timetable(
        &fixture, &(struct onchain_timetable){.count = 4, .every_min = 720, .stay_min = 600, .cars = 1, .kwh = 20});
    near(fixture.metrics[METRIC_PAYMENT_FAILED], 0, 0);
    assert_true(fixture.metrics[METRIC_REVENUE] > 2300); /* 80 kWh: more than twice the channel */
    assert_int_equal(report_of(&fixture).channels_opened, 2);
    onchain_fixture_close(&fixture);
}

/* ---- failures --------------------------------------------------------------------------------------------------- */

static void failures_have_their_names(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    start(&fixture);
    struct lightning_config *config = lightning_config_of(&fixture);
    config->capacity_sat = 20000;
    config->top_up = LIGHTNING_TOP_UP_NONE;
    config->patience_us = 10 * SECOND_US;
    fixture.base.config.payment.purchase_uj = 20 * KWH_UJ; /* 60,000 sat */
    onchain_fixture_run(&fixture, "a,600,1200,20,40\n");
    near(fixture.metrics[METRIC_PAYMENT_FAILED_LIQUIDITY], 4, 0);
    assert_int_equal(session_value(&fixture, 0, "end"), SESSION_END_UNPOWERED);
    onchain_fixture_close(&fixture);

    start(&fixture); /* the channel waits for its block, and the car does not */
    config = lightning_config_of(&fixture);
    config->opened = LIGHTNING_OPENED_VISIT;
    config->confirmations = 100;
    config->patience_us = 10 * SECOND_US;
    onchain_fixture_run(&fixture, "a,600,610,2,40\n");
    near(fixture.metrics[METRIC_PAYMENT_FAILED_NO_CHANNEL], 1, 0);
    onchain_fixture_close(&fixture);

    start(&fixture); /* nobody is reached */
    config = lightning_config_of(&fixture);
    config->patience_us = 10 * SECOND_US;
    fixture.base.config.payment.retries_max = 0;
    fixture_open(&fixture.base, "a,600,700,2,40\n");
    sim_run(fixture.base.world.sim, 500 * MINUTE_US, 0, NULL);
    struct lightning *rail = rail_of(&fixture);
    for (uint32_t i = 0; i < rail->lines.limit; i++)
        link_present(&rail->links, line_at(rail, i)->link, LINK_ANSWERER, false);
    fixture_run(&fixture.base, fixture.metrics);
    near(fixture.metrics[METRIC_PAYMENT_FAILED_OFFLINE], 1, 0);
    fixture_close(&fixture.base);
}

/* ---- audits that trip ------------------------------------------------------------------------------------------- */

static void a_millisatoshi_in_the_wrong_place_is_found(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    char why[256] = "";
    start(&fixture);
    onchain_fixture_run(&fixture, TWO_CARS);
    const struct rail *rail = &fixture.base.world.rail;
    struct ledger *ledger = &fixture.base.world.ledger;
    assert_true(rail->ops->audit(rail->self, why, sizeof why));
    ledger_move(ledger, LEDGER_FIRST_PAYER, LEDGER_OPERATOR, 1);
    assert_false(rail->ops->audit(rail->self, why, sizeof why));
    assert_non_null(strstr(why, "payer 0 holds"));
    ledger_move(ledger, LEDGER_OPERATOR, LEDGER_FIRST_PAYER, 1);
    rail_of(&fixture)->chain_fee_msat++;
    assert_false(rail->ops->audit(rail->self, why, sizeof why));
    assert_non_null(strstr(why, "miners have"));
    rail_of(&fixture)->chain_fee_msat--;
    onchain_fixture_close(&fixture);
}

/* Outlets that are away for days give preimages away, and cannot claim in time what the hub has held for them: the
 * payer has it back, the operator lacks it, and the books say so. */
static void what_the_chain_takes_from_the_payee_is_undone(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    start(&fixture);
    struct lightning_config *config = lightning_config_of(&fixture);
    config->plan = LIGHTNING_DEPOSIT;
    config->topology = LIGHTNING_HUB;
    config->records = LIGHTNING_RECORDS_KEPT;
    fixture.base.config.access.router_outages[0] = (struct outage_config){620 * MINUTE_US, 4 * DAY_US};
    fixture.base.config.access.router_outage_count = 1;
    fixture.base.config.duration_us = 8 * DAY_US;
    fixture.base.order.audit_every = 4;
    onchain_fixture_run(&fixture, TWO_CARS);
    assert_true(payment_count(&fixture, RAIL_UNDONE) > 0);
    assert_true(fixture.metrics[METRIC_MERCHANT_LOSS] > 0);
    onchain_fixture_close(&fixture);
}

/* A deposit is held: what is open is known, and more than that cannot be missing. */
static void what_is_open_hides_no_more_than_itself(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    char why[256] = "";
    start(&fixture);
    struct lightning_config *config = lightning_config_of(&fixture);
    config->plan = LIGHTNING_DEPOSIT;
    config->topology = LIGHTNING_HUB;
    fixture.base.config.duration_us = DAY_US;
    fixture_open(&fixture.base, TWO_CARS);
    const struct lightning *rail = rail_of(&fixture);
    while (rail->exposure_msat == 0)
        sim_run(fixture.base.world.sim, DAY_US, 1, NULL);
    assert_true(holders_audit(rail, why, sizeof why));
    int64_t open_msat = holding_of_operator(rail).open_msat;
    within((double)open_msat, (double)rail->exposure_msat, 12 * (double)rail->exposure_msat);
    for (int i = 0; i < 2; i++) {
        size_t from = i == 0 ? LEDGER_OPERATOR : LEDGER_PROVIDER, to = LEDGER_OPERATOR + LEDGER_PROVIDER - from;
        ledger_move(rail->ledger, from, to, 2 * open_msat + 1);
        assert_false(holders_audit(rail, why, sizeof why));
        assert_non_null(strstr(why, "operator"));
        ledger_move(rail->ledger, to, from, 2 * open_msat + 1);
    }
    onchain_fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_paid_before_they_flow),
        cmocka_unit_test(on_credit_energy_comes_first_and_all_is_paid),
        cmocka_unit_test(what_is_never_paid_is_at_most_the_limit),
        cmocka_unit_test(a_deposit_is_settled_for_what_was_used),
        cmocka_unit_test(a_deposit_that_is_held_too_long_is_settled),
        cmocka_unit_test(back_ends_give_equal_metrics_and_digests),
        cmocka_unit_test(channels_are_topped_up),
        cmocka_unit_test(a_trusted_funding_needs_no_block),
        cmocka_unit_test(old_channels_are_closed_by_agreement),
        cmocka_unit_test(who_is_silent_too_long_is_closed_by_force),
        cmocka_unit_test(a_deposit_is_claimed_on_the_chain),
        cmocka_unit_test(reorganisations_are_borne_by_the_books),
        cmocka_unit_test(outlets_send_back_to_the_hub),
        cmocka_unit_test(failures_have_their_names),
        cmocka_unit_test(a_millisatoshi_in_the_wrong_place_is_found),
        cmocka_unit_test(what_the_chain_takes_from_the_payee_is_undone),
        cmocka_unit_test(what_is_open_hides_no_more_than_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
