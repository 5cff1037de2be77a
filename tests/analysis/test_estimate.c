/* test_estimate.c: estimates against known values.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/batch.h"
#include "analysis/estimate.h"
#include "analysis/estimate_text.h"
#include "analysis/holm.h"
#include "analysis/threshold.h"
#include "analysis/warmup.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void assert_close(double a, double b, double tolerance)
{
    if (!(fabs(a - b) <= tolerance)) {
        fail_msg("%.12g is not %.12g within %g", a, b, tolerance);
    }
}

/* Quantiles of Student's t as printed in tables; n values of +1 and -1 around 0 have a known deviation. */
static void mean_has_the_t_interval_of_the_tables(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        double level, t;
    } table[] = {{2, 0.95, 12.706204736},  {4, 0.95, 3.182446305},  {10, 0.95, 2.262157163}, {30, 0.95, 2.045229642},
                 {100, 0.95, 1.984216952}, {10, 0.99, 3.249835542}, {10, 0.90, 1.833112933}, {1000, 0.95, 1.962341461}};
    for (size_t i = 0; i < COUNT(table); i++) {
        double values[1000];
        for (size_t j = 0; j < table[i].n; j++) {
            values[j] = j % 2 == 0 ? 1 : -1;
        }
        double n = (double)table[i].n, sd = sqrt(n / (n - 1));
        struct estimate e = estimate_mean(values, table[i].n, table[i].level);
        assert_close(e.mean, 0, 1e-12);
        assert_close(e.sd, sd, 1e-12);
        assert_close(e.hi, table[i].t * sd / sqrt(n), 1e-8);
        assert_close(e.lo, -e.hi, 1e-12);
        assert_int_equal(e.n, table[i].n);
    }
}

static void mean_leaves_out_what_is_not_a_number(void **state)
{
    (void)state;
    const double values[] = {NAN, 1, 2, NAN, 3, 4, 5, NAN};
    struct estimate e = estimate_mean(values, COUNT(values), 0.95);
    assert_int_equal(e.n, 5);
    assert_close(e.mean, 3, 1e-15);
    assert_close(e.hi - e.mean, 1.963243161, 1e-8); /* 2.776445105 * 1.58113883 / sqrt 5 */
}

static void mean_of_none_or_one_has_no_interval(void **state)
{
    (void)state;
    const double values[] = {NAN, 7};
    struct estimate none = estimate_mean(values, 1, 0.95), one = estimate_mean(values, 2, 0.95);
    assert_true(none.n == 0 && isnan(none.mean) && isnan(none.lo) && isnan(none.hi));
    assert_true(one.n == 1 && one.mean == 7 && isnan(one.lo) && isnan(one.hi));
    none = estimate_mean(NULL, 0, 0.95);
    assert_int_equal(none.n, 0);
}

static void mean_of_large_values_keeps_their_small_spread(void **state)
{
    (void)state;
    const double values[] = {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16};
    struct estimate e = estimate_mean(values, 4, 0.95);
    assert_close(e.mean, 1e9 + 10, 1e-6);
    assert_close(e.sd * e.sd, 30, 1e-6);
}

static void exact_value_is_its_own_interval(void **state)
{
    (void)state;
    struct estimate e = estimate_exact(304);
    assert_true(e.n == 1 && e.mean == 304 && e.lo == 304 && e.hi == 304 && e.sd == 0);
    assert_int_equal(estimate_exact(NAN).n, 0);
}

/* Order statistics from the binomial tables: for the median of 10 the second and the ninth (97.9 %). */
static void quantile_interval_takes_the_tabled_order_statistics(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        double p, lo, hi;
    } table[] = {{6, 0.5, 1, 6},     {9, 0.5, 2, 8},      {10, 0.5, 2, 9},      {20, 0.5, 6, 15},   {100, 0.5, 40, 61},
                 {5, 0.5, NAN, NAN}, {20, 0.95, 17, NAN}, {100, 0.95, 90, 100}, {20, 0.05, NAN, 4}, {100, 0.05, 1, 11}};
    for (size_t i = 0; i < COUNT(table); i++) {
        double values[100];
        for (size_t j = 0; j < table[i].n; j++) {
            values[j] = (double)((j * 37) % table[i].n + 1); /* 1..n in another order where 37 and n have no factor */
        }
        struct estimate e = estimate_quantile(values, table[i].n, table[i].p, 0.95);
        assert_true(e.lo == table[i].lo || (isnan(e.lo) && isnan(table[i].lo)));
        assert_true(e.hi == table[i].hi || (isnan(e.hi) && isnan(table[i].hi)));
    }
}

static void quantile_is_of_type_seven(void **state)
{
    (void)state;
    const double values[] = {10, 3, 7, NAN, 1, 9, 2, 8, 5, 6, 4};
    assert_close(estimate_quantile(values, 11, 0.95, 0.95).mean, 9.55, 1e-12);
    assert_close(estimate_quantile(values, 11, 0.25, 0.95).mean, 3.25, 1e-12);
    assert_close(estimate_quantile(values, 11, 0, 0.95).mean, 1, 0);
    assert_close(estimate_quantile(values, 11, 1, 0.95).mean, 10, 0);
    assert_int_equal(estimate_quantile(values, 11, 0.5, 0.95).n, 10);
    assert_int_equal(estimate_quantile(values + 3, 1, 0.5, 0.95).n, 0);
}

/* By hand: differences 2, 1, 3, 1; mean 1.75, squares 2.75; squares of a 5, of b 0.75, products 1.5. */
static void paired_difference_is_as_computed_by_hand(void **state)
{
    (void)state;
    const double a[] = {10, 12, NAN, 9, 11, 1}, b[] = {12, 13, 5, 12, 12, NAN};
    struct estimate_paired paired = estimate_paired(a, b, 6, 0.95);
    assert_int_equal(paired.difference.n, 4);
    assert_close(paired.difference.mean, 1.75, 1e-12);
    assert_close(paired.difference.hi - 1.75, 3.182446305 * sqrt(2.75 / 3) / 2, 1e-8);
    assert_close(paired.correlation, 1.5 / sqrt(5 * 0.75), 1e-12);
    assert_close(paired.variance_gain, 5.75 / 2.75, 1e-12);
}

static void pairing_without_variance_has_no_gain(void **state)
{
    (void)state;
    const double a[] = {1, 2, 3}, b[] = {2, 3, 4}, c[] = {5, 5, 5};
    assert_true(isnan(estimate_paired(a, b, 3, 0.95).variance_gain));
    assert_close(estimate_paired(a, b, 3, 0.95).difference.lo, 1, 0);
    assert_true(isnan(estimate_paired(a, c, 3, 0.95).correlation));
    assert_true(isnan(estimate_paired(a, b, 1, 0.95).variance_gain));
}

static void threshold_has_three_verdicts(void **state)
{
    (void)state;
    const struct estimate e = {5, 4, 6, 1, 20};
    assert_int_equal(threshold_check(&e, 7, true, true), VERDICT_PASS);
    assert_int_equal(threshold_check(&e, 3, true, true), VERDICT_FAIL);
    assert_int_equal(threshold_check(&e, 5, true, true), VERDICT_UNDECIDED);
    assert_int_equal(threshold_check(&e, 3, false, true), VERDICT_PASS);
    assert_int_equal(threshold_check(&e, 7, false, true), VERDICT_FAIL);
    assert_int_equal(threshold_check(&e, 5, false, true), VERDICT_UNDECIDED);
}

static void threshold_at_the_very_limit_depends_on_strictness(void **state)
{
    (void)state;
    const struct estimate exact = estimate_exact(5);
    assert_int_equal(threshold_check(&exact, 5, true, false), VERDICT_PASS);
    assert_int_equal(threshold_check(&exact, 5, true, true), VERDICT_FAIL);
    assert_int_equal(threshold_check(&exact, 5, false, false), VERDICT_PASS);
    assert_int_equal(threshold_check(&exact, 5, false, true), VERDICT_FAIL);
}

static void threshold_without_interval_is_undecided(void **state)
{
    (void)state;
    const struct estimate none = {NAN, NAN, NAN, NAN, 0}, one = {1, NAN, NAN, NAN, 1}, half = {5, 4, NAN, 1, 20};
    assert_int_equal(threshold_check(&none, 7, true, true), VERDICT_UNDECIDED);
    assert_int_equal(threshold_check(&one, 7, true, true), VERDICT_UNDECIDED);
    assert_int_equal(threshold_check(&half, 7, true, true), VERDICT_UNDECIDED);
    assert_int_equal(threshold_check(&half, 3, true, true), VERDICT_FAIL); /* lo alone is enough for that */
}

static void verdicts_are_ranked_and_named(void **state)
{
    (void)state;
    assert_int_equal(verdict_worst(VERDICT_PASS, VERDICT_UNDECIDED), VERDICT_UNDECIDED);
    assert_int_equal(verdict_worst(VERDICT_FAIL, VERDICT_UNDECIDED), VERDICT_FAIL);
    assert_int_equal(verdict_worst(VERDICT_PASS, VERDICT_PASS), VERDICT_PASS);
    assert_string_equal(verdict_name(VERDICT_PASS), "pass");
    assert_string_equal(verdict_name(VERDICT_FAIL), "fail");
    assert_string_equal(verdict_name(VERDICT_UNDECIDED), "undecided");
}

/* A series of 200 that starts 25 values too high, then alternates: the cut is there. */
static void warm_up_is_cut_where_it_ends(void **state)
{
    (void)state;
    double values[200];
    for (size_t i = 0; i < 200; i++) {
        values[i] = (i % 2 == 0 ? 1 : -1) + (i / 5 % 2 == 0 ? 0.3 : 0) + (i < 25 ? 10 : 0);
    }
    struct warmup_cut cut = warmup_mser5(values, 200);
    assert_int_equal(cut.cut, 25);
    assert_true(cut.reliable);
}

static void warm_up_of_a_steady_series_is_nothing(void **state)
{
    (void)state;
    double values[100];
    for (size_t i = 0; i < 100; i++) {
        values[i] = 3;
    }
    assert_int_equal(warmup_mser5(values, 100).cut, 0);
    assert_true(warmup_mser5(values, 100).reliable);
    assert_false(warmup_mser5(values, 19).reliable);
}

static void a_ramp_has_no_steady_state(void **state)
{
    (void)state;
    double values[100];
    for (size_t i = 0; i < 100; i++) {
        values[i] = (double)(i * i);
    }
    assert_false(warmup_mser5(values, 100).reliable);
}

/* p 0.01, 0.04, 0.03, 0.005 for four tests: 0.005 * 4, 0.01 * 3, 0.03 * 2, and 0.04 may not be less than that. */
static void holm_is_as_computed_by_hand(void **state)
{
    (void)state;
    double p[] = {0.01, NAN, 0.04, 0.03, 0.005, NAN};
    assert_true(holm_adjust(p, p, 6));
    assert_close(p[4], 0.02, 1e-15);
    assert_close(p[0], 0.03, 1e-15);
    assert_close(p[3], 0.06, 1e-15);
    assert_close(p[2], 0.06, 1e-15);
    assert_true(isnan(p[1]) && isnan(p[5]));
    double large[] = {0.9, 0.8};
    assert_true(holm_adjust(large, large, 2));
    assert_true(large[0] == 1 && large[1] == 1);
}

static void batches_of_too_short_a_run_say_so(void **state)
{
    (void)state;
    double values[40];
    for (size_t i = 0; i < 40; i++) {
        values[i] = (double)i; /* perfectly correlated */
    }
    assert_int_equal(batch_mean(values, 19, 0.95).estimate.n, 0);
    struct batch_means ramp = batch_mean(values, 40, 0.95);
    assert_false(ramp.independent);
    assert_int_equal(ramp.batch_size, 2);
    assert_true(ramp.lag1 > 0.8);
}

static void assert_text(struct estimate estimate, const char *expected)
{
    char text[ESTIMATE_TEXT_BYTES];
    estimate_text(text, sizeof text, &estimate);
    assert_string_equal(text, expected);
}

static void texts_have_the_digits_that_the_interval_deserves(void **state)
{
    (void)state;
    assert_text((struct estimate){12.3456, 12.0, 12.7, 1, 9}, "12.35 ± 0.35");
    assert_text((struct estimate){123456, 123000, 123900, 1, 9}, "123456 ± 450");
    assert_text((struct estimate){28000000, 28000000, 28000000, 0, 9}, "28000000");
    assert_text((struct estimate){98.3333333333, 98.3333333333, 98.3333333333, 0, 9}, "98.33333");
    assert_text((struct estimate){0, 0, 56123.4, 0, 9}, "0 [0, 56100]");
    assert_text((struct estimate){0, 0, 999.6, 0, 9}, "0 [0, 1000]");
    assert_text((struct estimate){100, 99.8123, 100, 0, 9}, "100 [99.8, 100]");
    assert_text((struct estimate){NAN, NAN, NAN, NAN, 0}, "–");
    assert_text((struct estimate){5, NAN, NAN, NAN, 1}, "5 (n = 1)");
}

/* What is the same but for the last bits has no gain of 1e30, and no difference. */
static void pairs_that_differ_by_rounding_are_equal(void **state)
{
    (void)state;
    double a[20], b[20];
    for (size_t i = 0; i < 20; i++) {
        a[i] = 1000 + (double)i * 0.1;
        b[i] = a[i] * (1 + (i % 3 == 0 ? 2e-16 : -1e-16)); /* rounds up or stays */
    }
    b[7] = nextafter(a[7], 2000);
    struct estimate_paired paired = estimate_paired(a, b, 20, 0.95);
    assert_true(paired.difference.mean == 0 && paired.difference.lo == 0 && paired.difference.hi == 0);
    assert_true(isnan(paired.variance_gain));
    b[7] += 1e-3; /* that is a difference */
    paired = estimate_paired(a, b, 20, 0.95);
    assert_true(paired.difference.mean > 0 && paired.variance_gain > 1e6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mean_has_the_t_interval_of_the_tables),
        cmocka_unit_test(mean_leaves_out_what_is_not_a_number),
        cmocka_unit_test(mean_of_none_or_one_has_no_interval),
        cmocka_unit_test(mean_of_large_values_keeps_their_small_spread),
        cmocka_unit_test(exact_value_is_its_own_interval),
        cmocka_unit_test(quantile_interval_takes_the_tabled_order_statistics),
        cmocka_unit_test(quantile_is_of_type_seven),
        cmocka_unit_test(paired_difference_is_as_computed_by_hand),
        cmocka_unit_test(pairing_without_variance_has_no_gain),
        cmocka_unit_test(threshold_has_three_verdicts),
        cmocka_unit_test(threshold_at_the_very_limit_depends_on_strictness),
        cmocka_unit_test(threshold_without_interval_is_undecided),
        cmocka_unit_test(verdicts_are_ranked_and_named),
        cmocka_unit_test(warm_up_is_cut_where_it_ends),
        cmocka_unit_test(warm_up_of_a_steady_series_is_nothing),
        cmocka_unit_test(a_ramp_has_no_steady_state),
        cmocka_unit_test(holm_is_as_computed_by_hand),
        cmocka_unit_test(batches_of_too_short_a_run_say_so),
        cmocka_unit_test(texts_have_the_digits_that_the_interval_deserves),
        cmocka_unit_test(pairs_that_differ_by_rounding_are_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
