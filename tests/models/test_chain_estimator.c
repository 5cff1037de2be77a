/* test_chain_estimator.c: estimates on markets whose answer is known; test_lab.c asks for the lag.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/near.h"

#include "models/calendar.h"
#include "models/chain/era.h"
#include "models/chain/estimator.h"
#include "sim/stream.h"

#include <gsl/gsl_randist.h>
#include <string.h>

#define TX_VB      250.0
#define INTERVAL_S 570.0

/* A block that takes and gets so many transactions of one bucket. */
static void tell(struct estimator *estimator, unsigned bucket, double arrived, double mined, double left)
{
    struct feemarket_block block = {0};
    block.arrived_vb[bucket] = arrived * TX_VB;
    block.mined_vb[bucket] = mined * TX_VB;
    block.left_vb[bucket] = left * TX_VB;
    estimator_block(estimator, &block);
}

static void without_blocks_or_transactions_there_is_no_estimate(void **state)
{
    (void)state;
    static struct estimator estimator;
    estimator_init(&estimator, TX_VB);
    assert_true(estimator_core(&estimator, 6, ESTIMATOR_ECONOMICAL) == ESTIMATOR_NONE);
    for (int i = 0; i < 3; i++)
        tell(&estimator, 20, 50.0, 50.0, 0.0);
    /* Half of three blocks is one, and no estimate is for one block. */
    assert_true(estimator_core(&estimator, 6, ESTIMATOR_ECONOMICAL) == ESTIMATOR_NONE);
    tell(&estimator, 20, 50.0, 50.0, 0.0);
    near(estimator_core(&estimator, 6, ESTIMATOR_ECONOMICAL), feemarket_bucket_rate(20), 1e-9);
    estimator_init(&estimator, TX_VB);
    for (int i = 0; i < 100; i++)
        tell(&estimator, 20, 0.001, 0.001, 0.0); /* far less than one in ten blocks */
    assert_true(estimator_core(&estimator, 6, ESTIMATOR_CONSERVATIVE) == ESTIMATOR_NONE);
}

/* Bucket 30 confirms at once, bucket 10 always in the eighth block. */
static void a_target_gets_the_feerate_that_confirms_within_it(void **state)
{
    (void)state;
    static struct estimator estimator;
    estimator_init(&estimator, TX_VB);
    for (int i = 0; i < 2000; i++) {
        struct feemarket_block block = {0};
        block.arrived_vb[30] = block.mined_vb[30] = 100.0 * TX_VB;
        /* Every eighth block takes all of bucket 10: ages 1 to 8 in equal parts. */
        block.arrived_vb[10] = 100.0 * TX_VB;
        block.mined_vb[10] = i % 8 == 7 ? 800.0 * TX_VB : 0.0;
        estimator_block(&estimator, &block);
    }
    double fast = feemarket_bucket_rate(30), slow = feemarket_bucket_rate(10);
    near(estimator_core(&estimator, 1, ESTIMATOR_ECONOMICAL), fast, 1e-9);
    near(estimator_core(&estimator, 2, ESTIMATOR_ECONOMICAL), fast, 1e-9);
    near(estimator_core(&estimator, 4, ESTIMATOR_ECONOMICAL), fast, 1e-9);
    /* Within 16 / 2 blocks 100 %: more than 60, and the same for 16 and 32. */
    near(estimator_core(&estimator, 16, ESTIMATOR_ECONOMICAL), slow, 1e-9);
    near(estimator_core(&estimator, 16, ESTIMATOR_CONSERVATIVE), slow, 1e-9);
    near(estimator_core(&estimator, 1008, ESTIMATOR_ECONOMICAL), slow, 1e-9);
    /* Within 6 blocks 6 / 8 are confirmed: less than the 85 % asked for. */
    near(estimator_core(&estimator, 6, ESTIMATOR_ECONOMICAL), fast, 1e-9);
}

static void what_leaves_unconfirmed_or_never_confirms_counts_as_failure(void **state)
{
    (void)state;
    static struct estimator estimator;
    /* Half of bucket 10 is mined at once, the other half leaves after a while: 50 % is no success. */
    estimator_init(&estimator, TX_VB);
    for (int i = 0; i < 1500; i++) {
        struct feemarket_block block = {0};
        block.arrived_vb[30] = block.mined_vb[30] = 100.0 * TX_VB;
        block.arrived_vb[10] = 100.0 * TX_VB;
        block.mined_vb[10] = 50.0 * TX_VB;
        block.left_vb[10] = i >= 40 ? 50.0 * TX_VB : 0.0;
        estimator_block(&estimator, &block);
    }
    near(estimator_core(&estimator, 12, ESTIMATOR_ECONOMICAL), feemarket_bucket_rate(30), 1e-9);
    /* The same with a half that stays for ever. */
    estimator_init(&estimator, TX_VB);
    for (int i = 0; i < 1500; i++) {
        struct feemarket_block block = {0};
        block.arrived_vb[30] = block.mined_vb[30] = 100.0 * TX_VB;
        block.arrived_vb[10] = 10.0 * TX_VB;
        block.mined_vb[10] = 1.0 * TX_VB;
        estimator_block(&estimator, &block);
    }
    near(estimator_core(&estimator, 12, ESTIMATOR_ECONOMICAL), feemarket_bucket_rate(30), 1e-9);
}

static void own_transactions_are_counted_with_their_own_feerate(void **state)
{
    (void)state;
    static struct estimator estimator;
    estimator_init(&estimator, TX_VB);
    for (int i = 0; i < 300; i++) {
        unsigned entered = estimator.blocks;
        for (int k = 0; k < 5; k++)
            estimator_own_entered(&estimator, 33.0);
        tell(&estimator, 40, 0.0, 0.0, 0.0);
        for (int k = 0; k < 5; k++)
            estimator_own_mined(&estimator, 33.0, entered);
    }
    near(estimator_core(&estimator, 6, ESTIMATOR_ECONOMICAL), 33.0, 1e-9);
    unsigned bucket = feemarket_bucket_of(33.0);
    assert_int_equal(estimator.own_all[bucket], 0);
    /* Now they wait for ever: failures, that the old successes outweigh only for a while. */
    for (int i = 0; i < 300; i++) {
        for (int k = 0; k < 5; k++)
            estimator_own_entered(&estimator, 33.0);
        tell(&estimator, 40, 5.0, 5.0, 0.0);
    }
    near(estimator_core(&estimator, 6, ESTIMATOR_ECONOMICAL), feemarket_bucket_rate(40), 1e-9);
    for (unsigned entered = 300; entered < 600; entered++)
        for (int k = 0; k < 5; k++)
            estimator_own_left(&estimator, 33.0, entered);
    assert_int_equal(estimator.own_all[bucket], 0);
    for (unsigned i = 0; i < ESTIMATOR_AGES; i++)
        assert_int_equal(estimator.own[bucket][i], 0);
}

static void own_transactions_older_than_all_ages_are_found_again(void **state)
{
    (void)state;
    static struct estimator estimator;
    estimator_init(&estimator, TX_VB);
    estimator_own_entered(&estimator, 2.0);
    estimator_own_entered(&estimator, 2.0);
    unsigned bucket = feemarket_bucket_of(2.0);
    for (int i = 1; i <= ESTIMATOR_AGES + 5; i++) {
        tell(&estimator, 40, 1.0, 1.0, 0.0);
        assert_int_equal(estimator.own_all[bucket], 2);
        assert_int_equal(estimator.own_old[bucket], i >= ESTIMATOR_AGES ? 2 : 0);
    }
    estimator_own_mined(&estimator, 2.0, 0);
    estimator_own_left(&estimator, 2.0, 0);
    assert_int_equal(estimator.own_all[bucket], 0);
    assert_int_equal(estimator.own_old[bucket], 0);
    for (unsigned h = 0; h < ESTIMATOR_HORIZONS; h++) {
        near(estimator.horizons[h].count[bucket], 1.0, 1e-12);
        near(estimator.horizons[h].within[0][bucket], 0.0, 0.0);
        near(estimator.horizons[h].failed[0][bucket], 1.0, 1e-12);
    }
}

static void decays_have_the_published_half_lives(void **state)
{
    (void)state;
    static const unsigned half_lives[ESTIMATOR_HORIZONS] = {18, 144, 1008};
    static struct estimator estimator;
    for (unsigned h = 0; h < ESTIMATOR_HORIZONS; h++) {
        estimator_init(&estimator, TX_VB);
        tell(&estimator, 20, 1000.0, 1000.0, 0.0);
        for (unsigned i = 0; i < half_lives[h]; i++)
            tell(&estimator, 40, 0.0, 0.0, 0.0);
        near(estimator.horizons[h].count[20], 500.0, 5.0);
        near(estimator.horizons[h].within[0][20], 500.0, 5.0);
    }
}

static void the_estimators_background_is_the_markets(void **state)
{
    (void)state;
    struct sim_stream stream;
    stream_open(&stream, 1, 0, "test.estimator", 0);
    gsl_rng *rng = stream_rng(&stream);
    struct feemarket_config config;
    era_market(&config, era_find("2017-12"), 0);
    static struct feemarket market;
    static struct estimator estimator;
    feemarket_init(&market, &config, rng);
    estimator_init(&estimator, config.tx_vb);
    struct feemarket_block block;
    for (int i = 0; i < 3000; i++) {
        feemarket_advance(&market, rng, market.now_us + (int64_t)(1e6 * gsl_ran_exponential(rng, INTERVAL_S)));
        feemarket_mine(&market, &block, FEEMARKET_CAPACITY_VB);
        estimator_block(&estimator, &block);
    }
    assert_true(market.sums.evicted > 0.0 && market.sums.expired > 0.0);
    for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++) {
        near(estimator.waiting_all[i] * config.tx_vb, market.waiting_vb[i], 1e-6 * (market.waiting_vb[i] + 1.0));
        double sum = estimator.waiting_old[i];
        for (unsigned k = 0; k < ESTIMATOR_AGES; k++) {
            assert_true(estimator.waiting[i][k] >= 0.0);
            sum += estimator.waiting[i][k];
        }
        near(sum, estimator.waiting_all[i], 1e-6 * (sum + 1.0));
    }
    double last = INFINITY;
    for (unsigned target = 2; target <= 1008; target *= 2) {
        double rate = estimator_core(&estimator, target, ESTIMATOR_ECONOMICAL);
        assert_true(rate > 0.0 &&
                    rate <= last * 1.21); /* longer targets never ask for more, but for a bucket's width */
        assert_true(estimator_core(&estimator, target, ESTIMATOR_CONSERVATIVE) >= rate - 1e-9);
        last = rate;
    }
}

static void position_is_the_rate_that_n_blocks_would_reach(void **state)
{
    (void)state;
    struct feemarket_config config;
    era_market(&config, era_find("2017-12"), 0);
    config.slow_sd = 0.0;
    struct feemarket market;
    feemarket_init(&market, &config, NULL);
    feemarket_advance(&market, NULL, 2 * HOUR_US);
    for (unsigned target = 1; target <= 6; target++) {
        double rate = estimator_position(&market, FEEMARKET_CAPACITY_VB, target, 0.0);
        near(feemarket_above_vb(&market, rate) / (target * FEEMARKET_CAPACITY_VB), 1.0, 1e-6);
        double later = estimator_position(&market, FEEMARKET_CAPACITY_VB, target, INTERVAL_S);
        double coming = feemarket_demand_vb_per_s(&market) * INTERVAL_S * target;
        double above = feemarket_above_vb(&market, later) + coming * feemarket_share_above(&config, later);
        near(above / (target * FEEMARKET_CAPACITY_VB), 1.0, 0.01);
        assert_true(later > rate);
    }
    assert_true(estimator_position(&market, FEEMARKET_CAPACITY_VB, 1000, 0.0) == feemarket_min_rate(&market));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_blocks_or_transactions_there_is_no_estimate),
        cmocka_unit_test(a_target_gets_the_feerate_that_confirms_within_it),
        cmocka_unit_test(what_leaves_unconfirmed_or_never_confirms_counts_as_failure),
        cmocka_unit_test(own_transactions_are_counted_with_their_own_feerate),
        cmocka_unit_test(own_transactions_older_than_all_ages_are_found_again),
        cmocka_unit_test(decays_have_the_published_half_lives),
        cmocka_unit_test(the_estimators_background_is_the_markets),
        cmocka_unit_test(position_is_the_rate_that_n_blocks_would_reach),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
