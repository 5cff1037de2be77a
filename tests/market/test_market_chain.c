/* test_market_chain.c: neighbours who pay each other in transactions, honest ones and others.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One flat owns a roof in June, two do not; paid every two hours with no confirmation. Their cars come when it is over.
 */
#include "tests/models/check.h"
#include "tests/models/onchain_fixture.h"

#include "models/calendar.h"

static void open_house(struct fixture *fixture)
{
    struct onchain_fixture chain;
    onchain_fixture_config(&chain);
    *fixture = chain.base;
    struct world_config *config = &fixture->config;
    config->duration_us = 3 * DAY_US;
    config->start_unix_s = INT64_C(1591574400); /* 8 June 2020 */
    config->building.flats = 3;
    config->building.base_load_w_per_flat = 500;
    config->building.roof = (struct roof_config){.peak_w = 5000,
                                                 .owners = 1,
                                                 .ratio_ppm = 800000,
                                                 .latitude_udeg = 35180000,
                                                 .longitude_udeg = 136900000,
                                                 .zone_us = 9 * HOUR_US,
                                                 .clearness_ppm = 600000,
                                                 .cloud_us = 10 * MINUTE_US,
                                                 .step_us = 5 * MINUTE_US};
    config->market = (struct market_config){.rule = MARKET_MID_RATE,
                                            .interval_us = 30 * MINUTE_US,
                                            .settle_us = 2 * HOUR_US,
                                            .retail_uyen_per_kwh = MARKET_RETAIL_TARIFF,
                                            .feed_in_uyen_per_kwh = 8000000};
    fixture->order.audit_every = 64;
}

static const char late[] = "a,4310,4315,0.01,40\nb,4310,4315,0.01,40\nc,4310,4315,0.01,40\n";

static int64_t purse_msat(const struct fixture *fixture, uint32_t payer)
{
    return ledger_balance_msat(&fixture->world.ledger, LEDGER_FIRST_PAYER + payer);
}

static void run(struct fixture *fixture, double metrics[METRIC_COUNT])
{
    char why[256];
    fixture_open(fixture, late);
    sim_run(fixture->world.sim, 4300 * MINUTE_US, 0, NULL);
    assert_null(sim_audit_failure(fixture->world.sim)->name);
    int64_t made_msat = purse_msat(fixture, 0), others_msat = purse_msat(fixture, 1) + purse_msat(fixture, 2);
    assert_true(made_msat > 0 && others_msat < -made_msat); /* they have paid fees as well */
    assert_int_equal(made_msat % 1000, 0);                  /* whole satoshi */
    fixture_run(fixture, metrics);
    if (!trading_audit(&fixture->world, why, sizeof why))
        fail_msg("%s", why);
    fixture_close(fixture);
}

static void neighbours_pay_in_transactions(void **state)
{
    (void)state;
    struct fixture fixture;
    double metrics[METRIC_COUNT];
    open_house(&fixture);
    run(&fixture, metrics);
    assert_true(metrics[METRIC_MARKET_VOLUME] > 10);
    assert_near(metrics[METRIC_MARKET_PRICE_MEAN], 19, 1e-9);
    assert_true(metrics[METRIC_SETTLEMENT_COUNT] > 20);
    assert_near(metrics[METRIC_SETTLEMENT_FAILED_SHARE], 0, 0);
    assert_near(metrics[METRIC_SETTLEMENT_REVERSED_SHARE], 0, 0);
    assert_near(metrics[METRIC_MARKET_FALLBACK], 0, 0);
    assert_true(metrics[METRIC_SETTLEMENT_FEE] > 0);
    assert_near(metrics[METRIC_MARKET_SAVINGS], 22 * metrics[METRIC_MARKET_VOLUME], 1e-6);
}

/* Half of the payments are double spends. */
static void double_spenders_are_left_with_the_grid(void **state)
{
    (void)state;
    struct fixture fixture;
    double metrics[METRIC_COUNT];
    open_house(&fixture);
    struct onchain_config *onchain = &fixture.config.rails[0].onchain;
    onchain->frauds[0] = (struct fraud_config){.method = FRAUD_REPLACEMENT, .share_ppm = 500000, .delay_us = SECOND_US};
    onchain->fraud_count = 1;
    fixture.config.chain.full_rbf_ppm = 1000000;
    run(&fixture, metrics);
    double reversed = metrics[METRIC_SETTLEMENT_REVERSED_SHARE];
    assert_true(reversed > 10 && reversed < 90);
    assert_true(metrics[METRIC_MARKET_FALLBACK] > 1);
    double kept = metrics[METRIC_MARKET_VOLUME] - metrics[METRIC_MARKET_FALLBACK];
    assert_near(metrics[METRIC_MARKET_SAVINGS], 22 * kept, 1e-6);
}

/* Final at the first confirmation, and an attacker with three tenths of the hash rate waits for it: what he takes back
 * was final. The neighbour loses it, the payer has it again, and all books agree. */
static void what_a_deep_reorganisation_undoes_is_the_neighbours_loss(void **state)
{
    (void)state;
    struct fixture fixture;
    double metrics[METRIC_COUNT];
    open_house(&fixture);
    fixture.order.seed = 2;
    struct onchain_config *onchain = &fixture.config.rails[0].onchain;
    onchain->frauds[0] = (struct fraud_config){.method = FRAUD_HASH,
                                               .share_ppm = 1000000,
                                               .helpers = 1,
                                               .hash_ppm = 300000,
                                               .confirmations = 1,
                                               .give_up_blocks = 20};
    onchain->fraud_count = 1;
    onchain->confirmations = onchain->final_confirmations = 1;
    fixture.config.chain.attacker_share_ppm = 300000;
    fixture.config.chain.block_delay_us = 0;
    fixture_open(&fixture, late);
    sim_run(fixture.world.sim, 4300 * MINUTE_US, 0, NULL);
    assert_null(sim_audit_failure(fixture.world.sim)->name);
    const struct market_sums *sums = &fixture.world.trading.market.sums;
    assert_true(sums->undone_msat > 0 && sums->undone_msat < sums->paid_msat);
    assert_true(purse_msat(&fixture, 0) == sums->paid_msat - sums->undone_msat);
    fixture_run(&fixture, metrics);
    assert_true(metrics[METRIC_SETTLEMENT_UNDONE] > 1 && metrics[METRIC_PAYMENT_SHAKEN] > 1);
    assert_near(metrics[METRIC_SETTLEMENT_REVERSED_SHARE], 0, 0); /* it was final */
    assert_near(metrics[METRIC_PAYMENT_UNDONE], 0, 0);            /* the operator's: none */
    assert_near(metrics[METRIC_MERCHANT_LOSS], 0, 0);
    assert_near(metrics[METRIC_MARKET_SAVINGS], 22 * metrics[METRIC_MARKET_VOLUME], 1e-6);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_pay_in_transactions),
        cmocka_unit_test(double_spenders_are_left_with_the_grid),
        cmocka_unit_test(what_a_deep_reorganisation_undoes_is_the_neighbours_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
