/* test_accumulator.c: moments, levels, samples, counters, histograms against hand calculation.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/accumulator.h"
#include "sim/stream.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define VALUES 1000

static void assert_close(double value, double expected, double relative)
{
    if (!(fabs(value - expected) <= relative * fmax(1, fabs(expected))))
        fail_msg("%.17g is not %.17g within %g", value, expected, relative);
}

/* Values far from zero with a small spread: what a naive sum of squares gets wrong. */
static void draw_values(double values[VALUES])
{
    struct sim_stream stream;
    stream_open(&stream, 1, 0, "values", 0);
    for (int i = 0; i < VALUES; i++)
        values[i] = 1e9 + gsl_ran_gaussian_ziggurat(stream_rng(&stream), 3);
}

/* ---- moments --------------------------------------------------------------------------------------------------- */

static void moments_agree_with_two_passes(void **state)
{
    (void)state;
    double values[VALUES];
    struct moments moments;
    draw_values(values);
    moments_init(&moments);
    for (int i = 0; i < VALUES; i++)
        moments_add(&moments, values[i]);
    assert_int_equal(moments.count, VALUES);
    assert_close(moments.mean, gsl_stats_mean(values, 1, VALUES), 1e-15);
    assert_close(moments_variance(&moments), gsl_stats_variance(values, 1, VALUES), 1e-7);
    assert_close(moments_deviation(&moments), gsl_stats_sd(values, 1, VALUES), 1e-7);
    assert_true(moments.minimum == gsl_stats_min(values, 1, VALUES));
    assert_true(moments.maximum == gsl_stats_max(values, 1, VALUES));
}

static void merged_moments_are_those_of_all_values_wherever_they_are_cut(void **state)
{
    (void)state;
    double values[VALUES];
    struct moments whole;
    draw_values(values);
    moments_init(&whole);
    for (int i = 0; i < VALUES; i++)
        moments_add(&whole, values[i]);
    for (int cut = 0; cut <= VALUES; cut += 125) {
        struct moments left, right;
        moments_init(&left);
        moments_init(&right);
        for (int i = 0; i < VALUES; i++)
            moments_add(i < cut ? &left : &right, values[i]);
        moments_merge(&left, &right);
        assert_int_equal(left.count, VALUES);
        assert_close(left.mean, whole.mean, 1e-15);
        assert_close(moments_variance(&left), moments_variance(&whole), 1e-7);
        assert_true(left.minimum == whole.minimum && left.maximum == whole.maximum);
    }
}

static void too_few_values_have_no_moments(void **state)
{
    (void)state;
    struct moments moments;
    moments_init(&moments);
    assert_true(isnan(moments.mean) && isnan(moments_variance(&moments)));
    assert_true(moments.minimum == INFINITY && moments.maximum == -INFINITY);
    moments_add(&moments, 4);
    assert_true(moments.mean == 4 && isnan(moments_variance(&moments)));
    moments_add(&moments, 6);
    assert_true(moments.mean == 5 && moments_variance(&moments) == 2);
}

/* ---- level ----------------------------------------------------------------------------------------------------- */

static void a_level_is_weighted_by_the_time_it_held(void **state)
{
    (void)state;
    struct level level;
    level_init(&level, 100, 2);
    level_set(&level, 110, 5);
    level_add(&level, 130, -6);
    level_finish(&level, 200);
    assert_true(level_mean(&level) == (2 * 10 + 5 * 20 - 1 * 70) / 100.0);
    assert_true(level_area(&level) == 50);
    assert_int_equal(level_maximum(&level), 5);
    assert_int_equal(level_minimum(&level), -1);
}

static void what_held_for_no_time_was_never_there(void **state)
{
    (void)state;
    struct level cars;
    level_init(&cars, 0, 0);
    level_add(&cars, 10, 1);
    level_add(&cars, 20, 1); /* the next comes before the last has left, at the same instant */
    level_add(&cars, 20, -1);
    level_add(&cars, 30, -1);
    level_add(&cars, 30, 1); /* and the other way round */
    level_finish(&cars, 40);
    assert_int_equal(level_maximum(&cars), 1);
    assert_int_equal(level_minimum(&cars), 0);
    assert_true(level_mean(&cars) == 0.75);
}

static void the_last_value_counts_only_if_time_passes_before_finish(void **state)
{
    (void)state;
    struct level level;
    level_init(&level, 0, 1);
    level_set(&level, 10, 9);
    level_finish(&level, 10);
    assert_int_equal(level_maximum(&level), 1);
    level_finish(&level, 11);
    assert_int_equal(level_maximum(&level), 9);
}

static void a_level_that_saw_no_time_has_no_mean(void **state)
{
    (void)state;
    struct level level;
    level_init(&level, 50, 7);
    level_finish(&level, 50);
    assert_true(isnan(level_mean(&level)));
    assert_int_equal(level_maximum(&level), 7);
    assert_int_equal(level_minimum(&level), 7);
}

static void a_restarted_level_forgets_the_past_and_keeps_its_value(void **state)
{
    (void)state;
    struct level level;
    level_init(&level, 0, 100);
    level_set(&level, 10, 3);
    level_restart(&level, 50);
    level_finish(&level, 60);
    assert_true(level_mean(&level) == 3);
    assert_int_equal(level_maximum(&level), 3);
    assert_int_equal(level.duration_us, 10);
}

static void the_area_is_exact_beyond_64_bits(void **state)
{
    (void)state;
    struct level level;
    const int64_t large = INT64_C(2100000000000000000); /* more msat than there are */
    level_init(&level, 0, large);
    level_set(&level, INT64_C(31557600000000), large - 1);
    level_finish(&level, 2 * INT64_C(31557600000000));
    assert_true(level.area == (__int128)(2 * large - 1) * INT64_C(31557600000000));
    assert_int_equal(level_maximum(&level), large);
    assert_int_equal(level_minimum(&level), large - 1);
}

static void merged_levels_pool_time_and_extremes(void **state)
{
    (void)state;
    struct level one, other, none;
    level_init(&one, 0, 2);
    level_finish(&one, 10);
    level_init(&other, 500, 8);
    level_finish(&other, 530);
    level_init(&none, 0, 1000);
    level_finish(&none, 0);
    level_merge(&one, &other);
    level_merge(&one, &none);
    assert_true(level_mean(&one) == (2 * 10 + 8 * 30) / 40.0);
    assert_int_equal(level_maximum(&one), 8);
    assert_int_equal(level_minimum(&one), 2);
}

/* ---- sample ---------------------------------------------------------------------------------------------------- */

static void quantiles_are_exact(void **state)
{
    (void)state;
    struct sample sample;
    sample_init(&sample);
    assert_true(isnan(sample_quantile(&sample, 0.5)));
    for (int i = 0; i < 101; i++)
        assert_true(sample_add(&sample, i * 37 % 101));
    for (int i = 0; i <= 100; i++)
        assert_close(sample_quantile(&sample, i / 100.0), i, 1e-14);
    assert_close(sample_quantile(&sample, 0.125), 12.5, 1e-14);
    sample_free(&sample);
}

static void a_sample_goes_on_growing_after_a_look(void **state)
{
    (void)state;
    struct sample sample;
    sample_init(&sample);
    assert_true(sample_add(&sample, 3));
    assert_true(sample_quantile(&sample, 0.5) == 3);
    assert_true(sample_add(&sample, 1));
    assert_true(sample_add(&sample, 2));
    assert_true(sample_quantile(&sample, 0) == 1);
    assert_true(sample_quantile(&sample, 0.5) == 2);
    for (int i = 0; i < 10000; i++)
        assert_true(sample_add(&sample, 10 + i));
    assert_true(sample_quantile(&sample, 1) == 10009);
    sample_clear(&sample);
    assert_true(sample_add(&sample, 5));
    assert_true(sample_quantile(&sample, 0.9) == 5);
    sample_free(&sample);
}

static void merged_samples_hold_all_values(void **state)
{
    (void)state;
    struct sample one, other, empty;
    sample_init(&one);
    sample_init(&other);
    sample_init(&empty);
    for (int i = 0; i < 1000; i++)
        assert_true(sample_add(i % 3 == 0 ? &one : &other, i));
    assert_true(sample_merge(&one, &other));
    assert_true(sample_merge(&one, &empty));
    assert_true(sample_merge(&empty, &one));
    assert_int_equal(one.count, 1000);
    assert_int_equal(empty.count, 1000);
    for (int i = 0; i < 1000; i++)
        assert_close(sample_quantile(&one, i / 999.0), i, 1e-12);
    assert_true(sample_merge(&one, &one)); /* with itself: each value twice */
    assert_int_equal(one.count, 2000);
    assert_close(gsl_stats_mean(one.values, 1, one.count), 499.5, 1e-14);
    sample_free(&one);
    sample_free(&other);
    sample_free(&empty);
}

/* ---- counter --------------------------------------------------------------------------------------------------- */

static void a_counter_gives_the_share_of_hits(void **state)
{
    (void)state;
    struct counter one, other;
    counter_init(&one);
    counter_init(&other);
    assert_true(isnan(counter_share(&one)));
    counter_hit(&one);
    counter_miss(&one);
    counter_miss(&other);
    counter_miss(&other);
    counter_merge(&one, &other);
    assert_true(counter_share(&one) == 0.25);
    assert_int_equal(one.trials, 4);
}

/* ---- histogram ------------------------------------------------------------------------------------------------- */

static void buckets_cover_all_integers_without_gap(void **state)
{
    (void)state;
    assert_int_equal(histogram_bucket_low(0), 0);
    for (unsigned bucket = 0; bucket + 1 < HISTOGRAM_BUCKETS; bucket++) {
        int64_t low = histogram_bucket_low(bucket), high = histogram_bucket_high(bucket);
        assert_true(low <= high && (double)(high - low + 1) <= fmax(1, (double)low / 16));
        assert_true(histogram_bucket_low(bucket + 1) == high + 1);
    }
    assert_true(histogram_bucket_high(HISTOGRAM_BUCKETS - 1) == INT64_MAX);
}

static void values_fall_into_the_bucket_that_holds_them(void **state)
{
    (void)state;
    for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        struct histogram histogram;
        histogram_init(&histogram);
        histogram_add(&histogram, histogram_bucket_low(bucket));
        histogram_add(&histogram, histogram_bucket_high(bucket));
        assert_int_equal(histogram.bucket[bucket], 2);
        assert_true(histogram.maximum == histogram_bucket_high(bucket));
    }
}

static void quantiles_of_a_histogram_are_right_within_their_bucket(void **state)
{
    (void)state;
    struct histogram histogram;
    histogram_init(&histogram);
    assert_int_equal(histogram_quantile(&histogram, 0.5), 0);
    assert_true(isnan(histogram_mean(&histogram)));
    for (int i = 1; i <= 1000; i++)
        histogram_add(&histogram, i * 100);
    assert_true(histogram_mean(&histogram) == 50050);
    for (int percent = 1; percent <= 100; percent++) {
        int64_t quantile = histogram_quantile(&histogram, percent / 100.0);
        assert_in_range(quantile, percent * 1000, percent * 1000 * 17 / 16);
    }
    assert_int_equal(histogram_quantile(&histogram, 0), histogram_bucket_high(57)); /* 100..103 */
    assert_int_equal(histogram_quantile(&histogram, 1), 100000);
}

static void merged_histograms_hold_all_values(void **state)
{
    (void)state;
    struct histogram one, other, whole;
    histogram_init(&one);
    histogram_init(&other);
    histogram_init(&whole);
    for (int64_t i = 0; i < 5000; i++) {
        histogram_add(i % 2 == 0 ? &one : &other, i * i);
        histogram_add(&whole, i * i);
    }
    histogram_merge(&one, &other);
    assert_memory_equal(&one, &whole, sizeof one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_agree_with_two_passes),
        cmocka_unit_test(merged_moments_are_those_of_all_values_wherever_they_are_cut),
        cmocka_unit_test(too_few_values_have_no_moments),
        cmocka_unit_test(a_level_is_weighted_by_the_time_it_held),
        cmocka_unit_test(what_held_for_no_time_was_never_there),
        cmocka_unit_test(the_last_value_counts_only_if_time_passes_before_finish),
        cmocka_unit_test(a_level_that_saw_no_time_has_no_mean),
        cmocka_unit_test(a_restarted_level_forgets_the_past_and_keeps_its_value),
        cmocka_unit_test(the_area_is_exact_beyond_64_bits),
        cmocka_unit_test(merged_levels_pool_time_and_extremes),
        cmocka_unit_test(quantiles_are_exact),
        cmocka_unit_test(a_sample_goes_on_growing_after_a_look),
        cmocka_unit_test(merged_samples_hold_all_values),
        cmocka_unit_test(a_counter_gives_the_share_of_hits),
        cmocka_unit_test(buckets_cover_all_integers_without_gap),
        cmocka_unit_test(values_fall_into_the_bucket_that_holds_them),
        cmocka_unit_test(quantiles_of_a_histogram_are_right_within_their_bucket),
        cmocka_unit_test(merged_histograms_hold_all_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
