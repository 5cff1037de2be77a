/* test_chain_feemarket.c: no weight is lost, time may be cut anywhere, the best are mined first, limits hold.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/near.h"

#include "models/calendar.h"
#include "models/chain/feemarket.h"
#include "sim/stream.h"

#include <gsl/gsl_randist.h>
#include <string.h>

#define INTERVAL_S 570.0

/* 1,750 vB/s, what full blocks take, evenly over the buckets 0 to 39. */
static void even_config(struct feemarket_config *config)
{
    *config = (struct feemarket_config){.demand_vb_per_s = FEEMARKET_CAPACITY_VB / INTERVAL_S,
                                        .tx_vb = 250.0,
                                        .min_relay_sat_per_vb = 1.0,
                                        .memory_bytes = FEEMARKET_MEMORY_BYTES};
    for (unsigned i = 0; i < 40; i++)
        config->share[i] = 1.0 / 40.0;
}

static void balanced(const struct feemarket *market)
{
    const struct feemarket_sums *sums = &market->sums;
    double in = sums->backlog + sums->arrived + sums->restored;
    double out = sums->mined + sums->evicted + sums->expired;
    near(feemarket_waiting_vb(market), in - out, 1e-9 * (in + 1.0));
    for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++) {
        double sum = 0.0;
        for (unsigned k = 0; k < FEEMARKET_COHORTS; k++) {
            assert_true(market->cohort_vb[i][k] >= 0.0);
            sum += market->cohort_vb[i][k];
        }
        near(market->waiting_vb[i], sum, 1e-9 * (sum + 1.0));
    }
}

static void no_weight_is_lost_or_made(void **state)
{
    (void)state;
    double expired = 0.0;
    for (int kind = 0; kind < 4; kind++) {
        struct sim_stream stream;
        stream_open(&stream, 1, 0, "test.feemarket", (uint64_t)kind);
        gsl_rng *rng = stream_rng(&stream);
        struct feemarket_config config;
        even_config(&config);
        config.arrivals = kind % 2 == 0 ? FEEMARKET_FLUID : FEEMARKET_POISSON;
        config.demand_vb_per_s *= kind < 2 ? 0.9 : 1.5;
        config.day_swing = 0.3;
        config.slow_sd = 0.2;
        config.slow_memory_h = 24;
        config.backlog_vb = 20e6;
        config.backlog_top_sat_per_vb = 3.0;
        struct feemarket market;
        feemarket_init(&market, &config, rng);
        struct feemarket_block block;
        for (int i = 0; i < 4000; i++) {
            feemarket_advance(&market, rng, market.now_us + (int64_t)(1e6 * gsl_ran_exponential(rng, INTERVAL_S)));
            feemarket_mine(&market, &block, i % 50 == 0 ? 0.0 : FEEMARKET_CAPACITY_VB);
            assert_true(block.total_vb <= FEEMARKET_CAPACITY_VB * (1.0 + 1e-12));
            if (i % 97 == 0)
                feemarket_restore(&market, &block);
            balanced(&market);
        }
        assert_true(market.sums.restored > 0.0);
        assert_true(kind < 2 || market.sums.evicted > 0.0);
        assert_true(kind < 2 || market.sums.refused > 0.0);
        print_message("kind %d: %.1f MvB came, %.1f mined, %.1f evicted, %.1f expired, %.1f refused\n", kind,
                      market.sums.arrived / 1e6, market.sums.mined / 1e6, market.sums.evicted / 1e6,
                      market.sums.expired / 1e6, market.sums.refused / 1e6);
        expired += market.sums.expired;
    }
    assert_true(expired > 0.0);
}

/* A market driven to the same moments, with the time between cut at random moments or not at all. */
static void drive(struct feemarket *market, gsl_rng *rng, gsl_rng *cuts)
{
    struct feemarket_block block;
    for (int i = 1; i <= 400; i++) {
        int64_t to_us = (int64_t)i * 3137 * SECOND_US;
        for (unsigned long k = cuts == NULL ? 0 : gsl_rng_uniform_int(cuts, 4); k > 0; k--) {
            int64_t left_us = to_us - market->now_us;
            feemarket_advance(market, rng, market->now_us + (int64_t)((double)left_us * gsl_rng_uniform(cuts)));
        }
        feemarket_advance(market, rng, to_us);
        feemarket_mine(market, &block, 3.0 * FEEMARKET_CAPACITY_VB);
    }
}

static void time_may_be_cut_anywhere(void **state)
{
    (void)state;
    struct feemarket_config config;
    even_config(&config);
    config.demand_vb_per_s *= 2.2;
    config.day_swing = 0.25;
    config.week_swing = 0.1;
    config.slow_sd = 0.15;
    config.slow_memory_h = 12;
    config.start_unix_s = 1519862400;
    struct sim_stream draws[2], cuts;
    static struct feemarket markets[2];
    stream_open(&cuts, 2, 0, "test.cuts", 0);
    for (int i = 0; i < 2; i++) {
        stream_open(&draws[i], 2, 0, "test.feemarket", 0);
        feemarket_init(&markets[i], &config, stream_rng(&draws[i]));
        drive(&markets[i], stream_rng(&draws[i]), i == 0 ? NULL : stream_rng(&cuts));
    }
    assert_true(markets[0].sums.evicted > 1e6);
    near(markets[1].sums.arrived / markets[0].sums.arrived, 1.0, 1e-9);
    near(markets[1].sums.evicted / markets[0].sums.evicted, 1.0, 1e-6);
    near(markets[1].rolling_sat_per_vb / markets[0].rolling_sat_per_vb, 1.0, 1e-6);
    for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++)
        near(markets[1].waiting_vb[i], markets[0].waiting_vb[i], 1e-6 * (markets[0].waiting_vb[i] + 1.0));
}

static void the_cycles_are_integrated_exactly(void **state)
{
    (void)state;
    struct feemarket_config config;
    even_config(&config);
    config.day_swing = 0.4;
    config.week_swing = 0.2;
    config.start_unix_s = 1519862400 + 4321;
    near(feemarket_cycle_mean(&config, 17, 17 + 7 * DAY_US), 1.0, 1e-12);
    int64_t from_us = 5 * HOUR_US, to_us = 29 * HOUR_US + 7;
    struct feemarket market;
    feemarket_init(&market, &config, NULL);
    double sum = 0.0;
    const int steps = 100000;
    for (int i = 0; i < steps; i++) {
        market.now_us = from_us + (int64_t)((i + 0.5) * (double)(to_us - from_us) / steps);
        sum += feemarket_demand_vb_per_s(&market) / config.demand_vb_per_s;
    }
    near(feemarket_cycle_mean(&config, from_us, to_us), sum / steps, 1e-8);
}

static void demand_peaks_in_the_afternoon_and_in_mid_week(void **state)
{
    (void)state;
    struct feemarket_config config;
    even_config(&config);
    config.day_swing = 0.2;
    config.week_swing = 0.1;
    config.start_unix_s = 1519862400; /* Thursday 2018-03-01 0:00 UTC */
    double afternoon = feemarket_cycle_mean(&config, 14 * HOUR_US, 16 * HOUR_US);
    double night = feemarket_cycle_mean(&config, 2 * HOUR_US, 4 * HOUR_US);
    within(afternoon / night, 1.4, 1.6);
    double thursday = feemarket_cycle_mean(&config, 0, DAY_US);
    double weekend = feemarket_cycle_mean(&config, 2 * DAY_US, 4 * DAY_US);
    double week_days = (7.0 - 2.0 * weekend) / 5.0;
    assert_true(thursday > 1.0);
    /* 2014: Saturdays and Sundays at 85 to 90 % of the mean day. */
    within(weekend, 0.85, 0.95);
    assert_true(week_days > weekend);
}

static void poisson_arrivals_have_the_mean_and_the_variance(void **state)
{
    (void)state;
    struct sim_stream stream;
    stream_open(&stream, 3, 0, "test.feemarket", 0);
    struct feemarket_config config;
    even_config(&config);
    config.arrivals = FEEMARKET_POISSON;
    struct feemarket market;
    feemarket_init(&market, &config, stream_rng(&stream));
    struct feemarket_block block;
    double sum = 0.0, squares = 0.0;
    const int blocks = 3000;
    for (int i = 0; i < blocks; i++) {
        feemarket_advance(&market, stream_rng(&stream), market.now_us + 100 * SECOND_US);
        feemarket_mine(&market, &block, 1e9);
        double count = block.mined_vb[7] / config.tx_vb;
        near(count, round(count), 1e-6);
        sum += count;
        squares += count * count;
    }
    double expected = config.demand_vb_per_s / 40.0 * 100.0 / config.tx_vb, mean = sum / blocks;
    near(mean, expected, 4.0 * sqrt(expected / blocks));
    near((squares / blocks - mean * mean) / expected, 1.0, 0.12);
}

static void rank_and_rate_are_inverse(void **state)
{
    (void)state;
    struct feemarket_config config;
    even_config(&config);
    struct feemarket market;
    feemarket_init(&market, &config, NULL);
    feemarket_advance(&market, NULL, 5 * HOUR_US);
    double waiting = feemarket_waiting_vb(&market);
    near(feemarket_above_vb(&market, 1.0), waiting, 1e-6);
    near(feemarket_above_vb(&market, feemarket_edge(40)), 0.0, 1e-6);
    near(feemarket_above_vb(&market, 1e9), 0.0, 0.0);
    for (double part = 0.01; part < 1.0; part += 0.01) {
        double rate = feemarket_rate_at(&market, part * waiting);
        near(feemarket_above_vb(&market, rate), part * waiting, 1e-6 * waiting);
        near(feemarket_share_above(&config, rate), part, 1e-9); /* nothing was mined: it waits as it came */
    }
    near(feemarket_rate_at(&market, 2.0 * waiting), 1.0, 0.0);
    for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++)
        assert_int_equal(feemarket_bucket_of(feemarket_edge(i)), i);
    assert_int_equal(feemarket_bucket_of(0.1), 0);
    assert_int_equal(feemarket_bucket_of(1e9), FEEMARKET_BUCKETS - 1);
}

static void a_block_takes_the_best(void **state)
{
    (void)state;
    struct feemarket_config config;
    even_config(&config);
    struct feemarket market;
    feemarket_init(&market, &config, NULL);
    feemarket_advance(&market, NULL, 3000 * SECOND_US);
    double marginal = feemarket_marginal_rate(&market, FEEMARKET_CAPACITY_VB);
    double before = feemarket_waiting_vb(&market);
    struct feemarket_block block;
    feemarket_mine(&market, &block, FEEMARKET_CAPACITY_VB);
    near(block.total_vb, FEEMARKET_CAPACITY_VB, 1e-6);
    near(feemarket_waiting_vb(&market), before - FEEMARKET_CAPACITY_VB, 1e-3);
    unsigned last = feemarket_bucket_of(marginal);
    for (unsigned i = last + 1; i < FEEMARKET_BUCKETS; i++)
        assert_true(market.waiting_vb[i] == 0.0);
    for (unsigned i = 0; i < last; i++)
        assert_true(block.mined_vb[i] == 0.0);
    double fee_sat = 0.0;
    for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++)
        fee_sat += block.mined_vb[i] * feemarket_bucket_rate(i);
    near(block.fee_sat, fee_sat, 1e-3);
    near(feemarket_bucket_rate(0), 0.2 / log(1.2), 1e-12); /* mean of a log-uniform density over 1 .. 1.2 */
}

/* Demand 1.25 times the capacity: one fifth is never mined, the lowest. */
static void the_marginal_rate_is_where_demand_meets_capacity(void **state)
{
    (void)state;
    struct feemarket_config config;
    even_config(&config);
    config.demand_vb_per_s *= 1.25;
    config.memory_bytes = 1e12;
    struct feemarket market;
    feemarket_init(&market, &config, NULL);
    struct feemarket_block block;
    double log_sum = 0.0;
    for (int i = 0; i < 600; i++) {
        feemarket_advance(&market, NULL, market.now_us + (int64_t)(INTERVAL_S * 1e6));
        if (i >= 100)
            log_sum += log(feemarket_marginal_rate(&market, FEEMARKET_CAPACITY_VB));
        feemarket_mine(&market, &block, FEEMARKET_CAPACITY_VB);
    }
    near(feemarket_share_above(&config, feemarket_edge(8)), 0.8, 1e-12);
    near(log_sum / 500 / log(FEEMARKET_RATIO), 8.0, 1.0);
}

static void own_transactions_fit_by_rank_and_never_overfill(void **state)
{
    (void)state;
    struct sim_stream stream;
    stream_open(&stream, 4, 0, "test.feemarket", 0);
    gsl_rng *rng = stream_rng(&stream);
    for (int trial = 0; trial < 500; trial++) {
        struct feemarket_config config;
        even_config(&config);
        struct feemarket market;
        feemarket_init(&market, &config, NULL);
        feemarket_advance(&market, NULL, (int64_t)(1e6 * gsl_rng_uniform(rng) * 4000.0));
        struct feemarket_own own[50];
        double rate = 2000.0;
        for (int i = 0; i < 50; i++) {
            own[i] = (struct feemarket_own){.sat_per_vb = rate, .vsize_vb = 100.0 + 40000.0 * gsl_rng_uniform(rng)};
            rate *= 0.85 + 0.15 * gsl_rng_uniform(rng);
        }
        double taken = feemarket_select(&market, own, 50, FEEMARKET_CAPACITY_VB), sum = 0.0;
        assert_true(taken <= FEEMARKET_CAPACITY_VB);
        double lowest = INFINITY;
        for (int i = 0; i < 50; i++) {
            double room = FEEMARKET_CAPACITY_VB - feemarket_above_vb(&market, own[i].sat_per_vb) - sum;
            assert_true(own[i].fits == (own[i].vsize_vb <= room));
            if (own[i].fits) {
                sum += own[i].vsize_vb;
                lowest = own[i].sat_per_vb;
            }
        }
        near(taken, sum, 0.0);
        /* What outbids the last own one that is in, is in too. */
        struct feemarket_block block;
        double above = feemarket_above_vb(&market, lowest);
        feemarket_mine(&market, &block, FEEMARKET_CAPACITY_VB - taken);
        assert_true(block.total_vb >= above - 1e-6 && block.total_vb + taken <= FEEMARKET_CAPACITY_VB + 1e-6);
    }
}

/* Of rate f sent at time 0: the first block k with k C > B(f) + demand x share above f x time. */
static void an_own_transaction_confirms_when_capacity_has_passed_what_outbids_it(void **state)
{
    (void)state;
    struct feemarket_config config;
    even_config(&config);
    config.demand_vb_per_s *= 1.1;
    config.backlog_vb = 10e6;
    config.backlog_top_sat_per_vb = feemarket_edge(30);
    for (unsigned edge = 8; edge < 40; edge += 2) {
        double rate = feemarket_edge(edge);
        struct feemarket market;
        feemarket_init(&market, &config, NULL);
        double ahead = feemarket_above_vb(&market, rate);
        double coming = config.demand_vb_per_s * feemarket_share_above(&config, rate) * INTERVAL_S;
        struct feemarket_own own = {.sat_per_vb = rate, .vsize_vb = 141.0};
        struct feemarket_block block;
        int blocks = 0;
        while (!own.fits) {
            feemarket_advance(&market, NULL, market.now_us + (int64_t)(INTERVAL_S * 1e6));
            blocks++;
            feemarket_select(&market, &own, 1, FEEMARKET_CAPACITY_VB);
            feemarket_mine(&market, &block, FEEMARKET_CAPACITY_VB - (own.fits ? own.vsize_vb : 0.0));
        }
        double expected = (ahead + own.vsize_vb) / (FEEMARKET_CAPACITY_VB - coming);
        near(blocks, fmax(ceil(expected), 1.0), 0.01);
    }
}

static void a_full_pool_evicts_the_worst_and_raises_the_min_fee(void **state)
{
    (void)state;
    struct feemarket_config config;
    even_config(&config);
    config.demand_vb_per_s *= 4.0;
    struct feemarket market;
    feemarket_init(&market, &config, NULL);
    double limit_vb = FEEMARKET_MEMORY_BYTES / FEEMARKET_MEMORY_PER_VB;
    feemarket_advance(&market, NULL, (int64_t)(1.3e6 * limit_vb / config.demand_vb_per_s));
    balanced(&market);
    /* Three tenths too much came, evenly over 40 buckets: what is left is what pays more than the min fee. */
    assert_true(feemarket_waiting_vb(&market) <= limit_vb * 1.02);
    within(feemarket_bucket_of(market.rolling_sat_per_vb), 8, 12);
    double least = feemarket_min_rate(&market);
    near(least, market.rolling_sat_per_vb, 0.0);
    near(feemarket_above_vb(&market, least - FEEMARKET_INCREMENT_RATE), feemarket_waiting_vb(&market), 0.02 * limit_vb);
}

static void the_min_fee_halves_in_twelve_hours_and_faster_in_an_emptier_pool(void **state)
{
    (void)state;
    struct feemarket_config config;
    even_config(&config);
    config.demand_vb_per_s = 0.0;
    double limit_vb = FEEMARKET_MEMORY_BYTES / FEEMARKET_MEMORY_PER_VB;
    static const struct {
        double used, half_life_h;
    } cases[] = {{0.9, 12.0}, {0.4, 6.0}, {0.1, 3.0}};
    for (int i = 0; i < 3; i++) {
        config.backlog_vb = cases[i].used * limit_vb;
        config.backlog_top_sat_per_vb = 1000.0;
        struct feemarket market;
        feemarket_init(&market, &config, NULL);
        market.rolling_sat_per_vb = 64.0;
        feemarket_advance(&market, NULL, (int64_t)(cases[i].half_life_h * (double)HOUR_US));
        near(market.rolling_sat_per_vb, 32.0, 1e-9);
        assert_true(feemarket_min_rate(&market) == market.rolling_sat_per_vb);
        feemarket_advance(&market, NULL, (int64_t)(9.0 * cases[i].half_life_h * (double)HOUR_US));
        assert_true(market.rolling_sat_per_vb == 0.0); /* below half a satoshi there is none */
        near(feemarket_min_rate(&market), 1.0, 0.0);
    }
}

static void own_weight_counts_as_memory(void **state)
{
    (void)state;
    struct feemarket_config config;
    even_config(&config);
    config.backlog_vb = 50e6;
    config.backlog_top_sat_per_vb = 1000.0;
    struct feemarket market;
    feemarket_init(&market, &config, NULL);
    market.own_vb = FEEMARKET_MEMORY_BYTES / FEEMARKET_MEMORY_PER_VB - 40e6;
    feemarket_advance(&market, NULL, 10 * MINUTE_US);
    near(feemarket_waiting_vb(&market), 40e6, 1.0);
    assert_true(market.sums.evicted > 10e6);
}

static void weight_expires_between_336_and_348_hours(void **state)
{
    (void)state;
    struct feemarket_config config;
    even_config(&config);
    struct feemarket market;
    feemarket_init(&market, &config, NULL);
    feemarket_advance(&market, NULL, 7 * HOUR_US);
    double came = feemarket_waiting_vb(&market);
    market.config.demand_vb_per_s = 0.0;
    feemarket_advance(&market, NULL, 336 * HOUR_US);
    near(feemarket_waiting_vb(&market), came, 1e-6);
    feemarket_advance(&market, NULL, 348 * HOUR_US + 1);
    near(feemarket_waiting_vb(&market), 0.0, 0.0);
    near(market.sums.expired, came, 1e-6);
}

static void the_slow_factor_has_mean_one_and_its_correlation_time(void **state)
{
    (void)state;
    struct sim_stream stream;
    stream_open(&stream, 6, 0, "test.feemarket", 0);
    struct feemarket_config config;
    even_config(&config);
    config.slow_sd = 0.3;
    config.slow_memory_h = 24.0;
    struct feemarket market;
    feemarket_init(&market, &config, stream_rng(&stream));
    double sum = 0.0, squares = 0.0, products = 0.0, last = market.slow_log;
    const int count = 6000;
    market.config.demand_vb_per_s = 1.0;
    for (int i = 0; i < count; i++) {
        feemarket_advance(&market, stream_rng(&stream), market.now_us + 6 * HOUR_US);
        sum += feemarket_demand_vb_per_s(&market);
        squares += market.slow_log * market.slow_log;
        products += market.slow_log * last;
        last = market.slow_log;
    }
    near(sum / count, 1.0, 0.04);
    near(sqrt(squares / count), 0.3, 0.03);
    near(products / squares, exp(-0.25), 0.04);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_weight_is_lost_or_made),
        cmocka_unit_test(time_may_be_cut_anywhere),
        cmocka_unit_test(the_cycles_are_integrated_exactly),
        cmocka_unit_test(demand_peaks_in_the_afternoon_and_in_mid_week),
        cmocka_unit_test(poisson_arrivals_have_the_mean_and_the_variance),
        cmocka_unit_test(rank_and_rate_are_inverse),
        cmocka_unit_test(a_block_takes_the_best),
        cmocka_unit_test(the_marginal_rate_is_where_demand_meets_capacity),
        cmocka_unit_test(own_transactions_fit_by_rank_and_never_overfill),
        cmocka_unit_test(an_own_transaction_confirms_when_capacity_has_passed_what_outbids_it),
        cmocka_unit_test(a_full_pool_evicts_the_worst_and_raises_the_min_fee),
        cmocka_unit_test(the_min_fee_halves_in_twelve_hours_and_faster_in_an_emptier_pool),
        cmocka_unit_test(own_weight_counts_as_memory),
        cmocka_unit_test(weight_expires_between_336_and_348_hours),
        cmocka_unit_test(the_slow_factor_has_mean_one_and_its_correlation_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
