/* test_chain_era.c: a month of each era, simulated, against the published fees and pool sizes of that month.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/near.h"

#include "models/calendar.h"
#include "models/chain/era.h"
#include "models/chain/propagation.h"
#include "sim/stream.h"

#include <gsl/gsl_randist.h>
#include <stdlib.h>
#include <string.h>

#define DAYS 31

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

/* Feerate below which a share of the weight lies. */
static double rate_quantile(const double weight[FEEMARKET_BUCKETS], double share)
{
    double all = 0.0, sum = 0.0;
    for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++)
        all += weight[i];
    for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++) {
        if (sum + weight[i] >= share * all)
            return feemarket_edge(i) * pow(FEEMARKET_RATIO, (share * all - sum) / weight[i]);
        sum += weight[i];
    }
    return INFINITY;
}

struct month {
    double pool_median_mvb, pool_max_mvb; /* of the days' means */
    double fee_p10, fee_p50, fee_p90;     /* of a payment, sat */
    double mean_rate, typical_rate;       /* sat/vB */
    double tx_per_s, block_fee_btc;
    double fill; /* mean share of the capacity that is used */
};

/* One month: blocks at random, one in a hundred empty, the pool looked at every ten minutes. */
static void simulate(struct month *month, const struct era *era, uint64_t seed)
{
    struct sim_stream stream;
    stream_open(&stream, seed, 0, "test.era", 0);
    gsl_rng *rng = stream_rng(&stream);
    struct feemarket_config config;
    era_market(&config, era, 1519862400);
    struct feemarket market;
    feemarket_init(&market, &config, rng);
    double part[FEEMARKET_BUCKETS], payments[FEEMARKET_BUCKETS] = {0}, pool[DAYS] = {0}, fee_sat = 0.0, mined = 0.0;
    era_payment_parts(part, era);
    int blocks = 0;
    double interval_us = era_interval_s(era) * 1e6;
    int64_t next_us = (int64_t)gsl_ran_exponential(rng, interval_us);
    struct feemarket_block block;
    for (int64_t look = 1; look <= DAYS * 144; look++) {
        for (; next_us <= look * 10 * MINUTE_US; next_us += (int64_t)gsl_ran_exponential(rng, interval_us), blocks++) {
            feemarket_advance(&market, rng, next_us);
            feemarket_mine(&market, &block, gsl_rng_uniform(rng) < 0.01 ? 0.0 : FEEMARKET_CAPACITY_VB);
            fee_sat += block.fee_sat;
            mined += block.total_vb;
            for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++)
                payments[i] += block.mined_vb[i] * part[i];
        }
        feemarket_advance(&market, rng, look * 10 * MINUTE_US);
        pool[(look - 1) / 144] += feemarket_waiting_vb(&market) / 144.0 / 1e6;
    }
    qsort(pool, DAYS, sizeof pool[0], compare_doubles);
    *month = (struct month){.pool_median_mvb = pool[DAYS / 2],
                            .pool_max_mvb = pool[DAYS - 1],
                            .fee_p10 = rate_quantile(payments, 0.1) * era->payment_vsize_vb,
                            .fee_p50 = rate_quantile(payments, 0.5) * era->payment_vsize_vb,
                            .fee_p90 = rate_quantile(payments, 0.9) * era->payment_vsize_vb,
                            .mean_rate = fee_sat / mined,
                            .typical_rate = rate_quantile(payments, 0.5),
                            .tx_per_s = mined / era->mean_vsize_vb / (DAYS * 86400.0),
                            .block_fee_btc = fee_sat / blocks / 1e8,
                            .fill = mined / blocks / FEEMARKET_CAPACITY_VB};
}

/* Medians over months of some seeds; the pool's highest day too. */
static void simulate_months(struct month *month, const struct era *era)
{
    enum { SEEDS = 5, FIELDS = sizeof(struct month) / sizeof(double) };
    struct month months[SEEDS];
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        simulate(&months[seed], era, seed + 1);
    double fields[SEEDS];
    for (int field = 0; field < FIELDS; field++) {
        for (int i = 0; i < SEEDS; i++)
            memcpy(&fields[i], (const char *)&months[i] + (size_t)field * sizeof(double), sizeof(double));
        qsort(fields, SEEDS, sizeof fields[0], compare_doubles);
        memcpy((char *)month + (size_t)field * sizeof(double), &fields[SEEDS / 2], sizeof(double));
    }
    print_message(
        "%s: pool %.1f MvB, highest day %.1f; fees %.0f / %.0f / %.0f sat (published %.0f / %.0f / %.0f); rate "
        "mean %.0f, typical %.0f; %.2f tx/s; %.2f BTC a block; %.0f %% full\n",
        era->name, month->pool_median_mvb, month->pool_max_mvb, month->fee_p10, month->fee_p50, month->fee_p90,
        era->fee_p10_sat, era->fee_p50_sat, era->fee_p90_sat, month->mean_rate, month->typical_rate, month->tx_per_s,
        month->block_fee_btc, 100.0 * month->fill);
}

static void fees_are_near(const struct month *month, const struct era *era, double tolerance)
{
    near(month->fee_p10 / era->fee_p10_sat, 1.0, tolerance);
    near(month->fee_p50 / era->fee_p50_sat, 1.0, tolerance);
    near(month->fee_p90 / era->fee_p90_sat, 1.0, tolerance);
    near(month->mean_rate / era->mean_rate_sat_per_vb, 1.0, 0.1);
}

static void march_2018_has_a_small_pool_with_rare_large_days(void **state)
{
    (void)state;
    struct month month;
    simulate_months(&month, era_find("2018-03"));
    fees_are_near(&month, era_find("2018-03"), 0.1);
    within(month.pool_median_mvb, 0.5, 4.0); /* published median 1.0 MB, largest 33 MB */
    within(month.pool_max_mvb, 6.0, 80.0);
    near(month.tx_per_s, 2.12, 0.2);
    near(month.block_fee_btc, 0.22, 0.03);
    within(month.fill, 0.70, 0.90);
}

static void january_2018_has_a_full_pool(void **state)
{
    (void)state;
    struct month month;
    simulate_months(&month, era_find("2018-01"));
    fees_are_near(&month, era_find("2018-01"), 0.1);
    within(month.pool_median_mvb, 70.0, 120.0); /* published 114 and 136 MB */
    within(month.pool_max_mvb, 95.0, 140.0);
    near(month.block_fee_btc, 2.98, 0.6);
    assert_true(month.fill > 0.95);
}

static void the_fee_peak_of_december_2017_is_reproduced(void **state)
{
    (void)state;
    struct month month;
    const struct era *era = era_find("2017-12");
    simulate_months(&month, era);
    fees_are_near(&month, era, 0.1);
    near(month.block_fee_btc, 5.15, 0.5);
    /* Published: 1,358 yen for a payment of 141 vB at the mean rate, 2,177 for one of 226 vB. */
    double yen = month.mean_rate * era->yen_per_btc / 1e8;
    print_message("2017-12: 141 vB cost %.0f yen, 226 vB %.0f yen\n", 141.0 * yen, 226.0 * yen);
    near(141.0 * yen / 1358.0, 1.0, 0.1);
    near(226.0 * yen / 2177.0, 1.0, 0.1);
}

static void spring_2021_and_the_halving_are_reproduced(void **state)
{
    (void)state;
    struct month month;
    simulate_months(&month, era_find("2021"));
    fees_are_near(&month, era_find("2021"), 0.1);
    within(month.pool_median_mvb, 60.0, 115.0); /* published 79 and 108 MB */
    simulate_months(&month, era_find("2024-04"));
    near(month.mean_rate / 863.0, 1.0, 0.1);
    near(month.block_fee_btc, 8.6, 0.9); /* 1,258 BTC in 146 blocks */
}

static void nobody_else_is_in_the_empty_era(void **state)
{
    (void)state;
    struct feemarket_config config;
    era_market(&config, era_find("empty"), 0);
    struct feemarket market;
    feemarket_init(&market, &config, NULL);
    feemarket_advance(&market, NULL, 30 * DAY_US);
    assert_true(feemarket_waiting_vb(&market) == 0.0);
    near(feemarket_marginal_rate(&market, FEEMARKET_CAPACITY_VB), 1.0, 0.0);
}

static void every_era_is_complete_and_its_demand_has_the_published_quantiles(void **state)
{
    (void)state;
    static const char *const names[] = {"2017-12", "2018-03", "2021", "2024-04", "empty", "2018-01"};
    for (size_t k = 0; k < 6; k++) {
        const struct era *era = era_get(k);
        assert_string_equal(era->name, names[k]);
        assert_ptr_equal(era_find(names[k]), era);
        assert_true(era->yen_per_btc > 0.0 && era->stale_delay_s > 0.0 && era->min_relay_sat_per_vb > 0.0);
        within(era->full_rbf_share, 0.0, 1.0);
        within(era->opt_in_share, 0.0, 1.0);
        within(era_interval_s(era), 500.0, 600.0);
        struct feemarket_config config;
        era_market(&config, era, 0);
        double part[FEEMARKET_BUCKETS], payments[FEEMARKET_BUCKETS], sum = 0.0;
        era_payment_parts(part, era);
        for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++) {
            payments[i] = part[i] * config.share[i];
            sum += payments[i];
        }
        near(sum, (1.0 - era->floor_share) * era->payment_vsize_vb / era->mean_vsize_vb, 1e-9);
        if (k == 4)
            continue;
        near(rate_quantile(payments, 0.1) * era->payment_vsize_vb / era->fee_p10_sat, 1.0, 0.1);
        near(rate_quantile(payments, 0.5) * era->payment_vsize_vb / era->fee_p50_sat, 1.0, 0.1);
        near(rate_quantile(payments, 0.9) * era->payment_vsize_vb / era->fee_p90_sat, 1.0, 0.1);
    }
    assert_null(era_get(6));
    assert_null(era_find("2019"));
}

static void the_eras_stale_delays_give_the_counted_shares(void **state)
{
    (void)state;
    const struct era *era = era_find("2018-03");
    near(propagation_stale_share(era->stale_delay_s, 579.0), 94.0 / 54508.0, 2e-5);
    era = era_find("2017-12");
    near(propagation_stale_share(era->stale_delay_s, era_interval_s(era)), 28.0 / 7851.0, 3e-4);
    era = era_find("2018-01");
    near(propagation_stale_share(era->stale_delay_s, 600.0), 39.0 / 14550.0, 3e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(march_2018_has_a_small_pool_with_rare_large_days),
        cmocka_unit_test(january_2018_has_a_full_pool),
        cmocka_unit_test(the_fee_peak_of_december_2017_is_reproduced),
        cmocka_unit_test(spring_2021_and_the_halving_are_reproduced),
        cmocka_unit_test(nobody_else_is_in_the_empty_era),
        cmocka_unit_test(every_era_is_complete_and_its_demand_has_the_published_quantiles),
        cmocka_unit_test(the_eras_stale_delays_give_the_counted_shares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
