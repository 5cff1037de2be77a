/* test_chain_blocks.c: block times, retargets and races against their closed forms and the published tables.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/blocks.h"
#include "models/chain/race.h"
#include "sim/stream.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance)) {
        fail_msg("%.10g, expected %.10g within %.3g", value, expected, tolerance);
    }
}

/* Mines count blocks from time 0; returns the time of the last one. */
static int64_t mine(struct blocks *blocks, gsl_rng *rng, unsigned count)
{
    int64_t now_us = 0;
    for (unsigned i = 0; i < count; i++) {
        now_us = blocks_next_us(blocks, rng, now_us, 1.0);
        blocks_mined(blocks, now_us);
    }
    return now_us;
}

static void constant_hash_rate_gives_the_target_interval(void **state)
{
    (void)state;
    struct sim_stream stream;
    stream_open(&stream, 1, 0, "blocks", 0);
    struct blocks blocks;
    blocks_init(&blocks, BLOCKS_TARGET_US, 0.0);
    unsigned count = 40 * BLOCKS_PER_PERIOD;
    double mean_s = (double)mine(&blocks, stream_rng(&stream), count) / 1e6 / count;
    /* sd of the mean is 600 / sqrt(80,640) = 2.1 s; the retarget pulls it closer. */
    near(mean_s, 600.0, 3.0);
}

static void steady_growth_gives_the_closed_form_interval(void **state)
{
    (void)state;
    for (int i = 1; i <= 3; i++) {
        double growth = 0.05 * i;
        struct sim_stream stream;
        stream_open(&stream, 2, 0, "blocks", (uint64_t)i);
        struct blocks blocks;
        blocks_init(&blocks, BLOCKS_TARGET_US, growth);
        unsigned count = 60 * BLOCKS_PER_PERIOD;
        double mean_s = (double)mine(&blocks, stream_rng(&stream), count) / 1e6 / count;
        near(mean_s / (600.0 * exp(-growth)), 1.0, 0.01);
    }
}

static void retarget_of_march_2018_is_the_real_one(void **state)
{
    (void)state;
    /* Heights 512064 .. 514079: 1,149,536 s between the first and the last header. */
    near(blocks_retarget_factor(1149536.0, 600.0), 1.05225, 5e-6);
    near(blocks_retarget_factor(1.0, 600.0), 4.0, 0.0);
    near(blocks_retarget_factor(1e9, 600.0), 0.25, 0.0);
}

static void retarget_counts_2015_gaps(void **state)
{
    (void)state;
    struct blocks blocks;
    blocks_init(&blocks, BLOCKS_TARGET_US, 0.0);
    double work_s = blocks.work_s;
    for (int i = 1; i < BLOCKS_PER_PERIOD - 1; i++) {
        assert_true(blocks_mined(&blocks, i * BLOCKS_TARGET_US) == 1.0);
    }
    double factor = blocks_mined(&blocks, (BLOCKS_PER_PERIOD - 1) * BLOCKS_TARGET_US);
    near(factor, 2016.0 / 2015.0, 1e-12);
    near(blocks.work_s, work_s * factor, 1e-9);
}

static void falling_hash_rate_may_never_find_a_block(void **state)
{
    (void)state;
    struct sim_stream stream;
    stream_open(&stream, 3, 0, "blocks", 0);
    struct blocks blocks;
    blocks_init(&blocks, BLOCKS_TARGET_US, -0.5);
    int never = 0;
    for (int i = 0; i < 1000; i++) {
        never += blocks_next_us(&blocks, stream_rng(&stream), INT64_C(100000000) * 1000000, 1.0) == BLOCKS_NEVER_US;
    }
    assert_true(never > 900);
}

static void nakamoto_equals_the_printed_table(void **state)
{
    (void)state;
    static const struct {
        double q;
        unsigned z;
        double p;
    } table[] = {{0.1, 0, 1.0000000},  {0.1, 1, 0.2045873},  {0.1, 2, 0.0509779},  {0.1, 3, 0.0131722},
                 {0.1, 4, 0.0034552},  {0.1, 5, 0.0009137},  {0.1, 6, 0.0002428},  {0.1, 7, 0.0000647},
                 {0.1, 8, 0.0000173},  {0.1, 9, 0.0000046},  {0.1, 10, 0.0000012}, {0.3, 0, 1.0000000},
                 {0.3, 5, 0.1773523},  {0.3, 10, 0.0416605}, {0.3, 15, 0.0101008}, {0.3, 20, 0.0024804},
                 {0.3, 25, 0.0006132}, {0.3, 30, 0.0001522}, {0.3, 35, 0.0000379}, {0.3, 40, 0.0000095},
                 {0.3, 45, 0.0000024}, {0.3, 50, 0.0000006}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        near(race_nakamoto(table[i].q, table[i].z), table[i].p, 1e-7);
    }
}

static void exact_forms_agree_and_equal_the_published_table(void **state)
{
    (void)state;
    static const struct {
        double q;
        double percent[7]; /* z = 1..6, 10 */
    } table[] = {{0.02, {4.000, 0.237, 0.016, 0.001, 0, 0, 0}},
                 {0.05, {10.000, 1.450, 0.232, 0.039, 0.007, 0.001, 0}},
                 {0.10, {20.000, 5.600, 1.712, 0.546, 0.178, 0.059, 0.001}},
                 {0.15, {30.000, 12.150, 5.322, 2.421, 1.126, 0.531, 0.029}},
                 {0.20, {40.000, 20.800, 11.584, 6.669, 3.916, 2.331, 0.316}},
                 {0.25, {50.000, 31.250, 20.703, 14.111, 9.785, 6.866, 1.781}},
                 {0.30, {60.000, 43.200, 32.616, 25.207, 19.762, 15.645, 6.511}},
                 {0.40, {80.000, 70.400, 63.488, 57.958, 53.314, 49.300, 37.218}}};
    static const unsigned depth[7] = {1, 2, 3, 4, 5, 6, 10};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        for (size_t j = 0; j < 7; j++) {
            near(100.0 * race_beta(table[i].q, depth[j]), table[i].percent[j], 5.0e-4 + 1e-9);
            near(race_rosenfeld(table[i].q, depth[j]), race_beta(table[i].q, depth[j]), 1e-12);
        }
    }
}

static void confirmations_for_a_tenth_of_a_percent(void **state)
{
    (void)state;
    static const double q[] = {0.10, 0.15, 0.20, 0.25, 0.30, 0.35, 0.40, 0.45};
    static const unsigned z[] = {6, 9, 13, 20, 32, 58, 133, 539};
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(race_confirmations(q[i], 0.001), z[i]);
    }
}

static void simulated_race_agrees_within_three_sigma(void **state)
{
    (void)state;
    static const struct {
        double q;
        unsigned z;
    } cases[] = {{0.1, 1}, {0.1, 3}, {0.25, 2}, {0.3, 6}, {0.4, 4}};
    const int trials = 1000000;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sim_stream stream;
        stream_open(&stream, 7, 0, "race", i);
        int won = 0;
        for (int trial = 0; trial < trials; trial++) {
            won += race_run(stream_rng(&stream), cases[i].q, cases[i].z, 60);
        }
        double p = race_beta(cases[i].q, cases[i].z);
        near((double)won / trials, p, 3.0 * sqrt(p * (1.0 - p) / trials));
    }
}

static void waiting_for_n_blocks_is_erlang(void **state)
{
    (void)state;
    static const struct {
        unsigned n;
        double p50, p90, p99;
    } table[] = {{1, 416, 1382, 2763}, {2, 1007, 2334, 3983}, {3, 1604, 3193, 5044}, {6, 3402, 5565, 7865}};
    for (size_t i = 0; i < 4; i++) {
        near(race_wait_quantile_s(table[i].n, 600.0, 0.50), table[i].p50, 0.51);
        near(race_wait_quantile_s(table[i].n, 600.0, 0.90), table[i].p90, 0.51);
        near(race_wait_quantile_s(table[i].n, 600.0, 0.99), table[i].p99, 0.51);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constant_hash_rate_gives_the_target_interval),
        cmocka_unit_test(steady_growth_gives_the_closed_form_interval),
        cmocka_unit_test(retarget_of_march_2018_is_the_real_one),
        cmocka_unit_test(retarget_counts_2015_gaps),
        cmocka_unit_test(falling_hash_rate_may_never_find_a_block),
        cmocka_unit_test(nakamoto_equals_the_printed_table),
        cmocka_unit_test(exact_forms_agree_and_equal_the_published_table),
        cmocka_unit_test(confirmations_for_a_tenth_of_a_percent),
        cmocka_unit_test(simulated_race_agrees_within_three_sigma),
        cmocka_unit_test(waiting_for_n_blocks_is_erlang),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
