/* test_coverage.c: a 95 % interval covers the truth in 95 of 100 studies, not in 90 and not in 99.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each test makes 2,000 synthetic studies with a known answer from one fixed seed.
 */
#include "analysis/batch.h"
#include "analysis/estimate.h"
#include "analysis/threshold.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define STUDIES 2000

static gsl_rng *generator(void)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(rng);
    gsl_rng_set(rng, 20180301);
    return rng;
}

static int covers(const struct estimate *estimate, double truth)
{
    return estimate->lo <= truth && truth <= estimate->hi;
}

static void assert_share(unsigned covered, double low, double high)
{
    double share = (double)covered / STUDIES;
    print_message("covered %.4f\n", share);
    if (share < low || share > high) {
        fail_msg("covered %.4f, not %.3f to %.3f", share, low, high);
    }
}

static void interval_of_a_mean_covers_normal_values(void **state)
{
    (void)state;
    static const size_t sizes[] = {3, 10, 40};
    gsl_rng *rng = generator();
    for (size_t s = 0; s < 3; s++) {
        unsigned covered = 0;
        for (size_t i = 0; i < STUDIES; i++) {
            double values[40];
            for (size_t j = 0; j < sizes[s]; j++) {
                values[j] = 7 + gsl_ran_gaussian(rng, 3);
            }
            struct estimate e = estimate_mean(values, sizes[s], 0.95);
            covered += covers(&e, 7);
        }
        assert_share(covered, 0.93, 0.97);
    }
    gsl_rng_free(rng);
}

/* A queue's waits in small: skewed, 30 replications. */
static void interval_of_a_mean_covers_skewed_values(void **state)
{
    (void)state;
    gsl_rng *rng = generator();
    unsigned covered = 0;
    for (size_t i = 0; i < STUDIES; i++) {
        double values[30];
        for (size_t j = 0; j < 30; j++) {
            values[j] = gsl_ran_gamma(rng, 4, 0.5);
        }
        struct estimate e = estimate_mean(values, 30, 0.95);
        covered += covers(&e, 2);
    }
    gsl_rng_free(rng);
    assert_share(covered, 0.93, 0.97);
}

static void paired_interval_covers_and_pairing_pays(void **state)
{
    (void)state;
    gsl_rng *rng = generator();
    unsigned covered = 0;
    double gain = 0;
    for (size_t i = 0; i < STUDIES; i++) {
        double a[12], b[12];
        for (size_t j = 0; j < 12; j++) {
            double world = gsl_ran_gaussian(rng, 5);
            a[j] = world + gsl_ran_gaussian(rng, 1);
            b[j] = world + 0.5 + gsl_ran_gaussian(rng, 1);
        }
        struct estimate_paired paired = estimate_paired(a, b, 12, 0.95);
        covered += covers(&paired.difference, 0.5);
        gain += log(paired.variance_gain) / STUDIES;
    }
    gsl_rng_free(rng);
    assert_share(covered, 0.93, 0.97);
    assert_true(exp(gain) > 20 && exp(gain) < 34); /* (26 + 26) / 2 */
}

/* Order statistics come in steps: the promise is at least 95 %, and the exact value follows from the binomial. */
static void quantile_interval_covers_as_the_binomial_says(void **state)
{
    (void)state;
    static const struct {
        double p;
        unsigned lower, upper; /* order statistics for 100 values */
    } table[] = {{0.5, 40, 61}, {0.9, 84, 96}};
    for (size_t t = 0; t < 2; t++) {
        gsl_rng *rng = generator();
        unsigned covered = 0;
        for (size_t i = 0; i < STUDIES; i++) {
            double values[100];
            for (size_t j = 0; j < 100; j++) {
                values[j] = gsl_ran_exponential(rng, 1);
            }
            struct estimate e = estimate_quantile(values, 100, table[t].p, 0.95);
            covered += covers(&e, -log(1 - table[t].p));
        }
        gsl_rng_free(rng);
        double exact = gsl_cdf_binomial_P(table[t].upper - 1, table[t].p, 100) -
                       gsl_cdf_binomial_P(table[t].lower - 1, table[t].p, 100);
        assert_true(exact >= 0.95);
        assert_share(covered, exact - 0.015, exact + 0.015);
    }
}

/* An autoregressive run of 4,096 with correlation 0.8: single values would cover in less than half of the studies. */
static void batch_means_cover_where_single_values_do_not(void **state)
{
    (void)state;
    static double values[4096];
    gsl_rng *rng = generator();
    unsigned covered = 0, naive = 0, independent = 0;
    for (size_t i = 0; i < STUDIES; i++) {
        double x = gsl_ran_gaussian(rng, 1 / sqrt(1 - 0.64));
        for (size_t j = 0; j < 4096; j++) {
            x = 0.8 * x + gsl_ran_gaussian_ziggurat(rng, 1);
            values[j] = x;
        }
        struct batch_means batches = batch_mean(values, 4096, 0.95);
        struct estimate single = estimate_mean(values, 4096, 0.95);
        covered += covers(&batches.estimate, 0);
        naive += covers(&single, 0);
        independent += batches.independent;
    }
    gsl_rng_free(rng);
    assert_share(independent, 0.95, 1);
    assert_share(covered, 0.91, 0.97); /* batch means are a little too narrow for correlated runs of finite length */
    assert_share(naive, 0, 0.55);
}

/* A study that doubles its replications while a threshold is undecided, as konsento run does: its limit is the truth,
 * so that every decision is a wrong one. Five looks share the 5 %. Without sharing more would be wrong. */
static void a_study_that_looks_five_times_is_wrong_no_more_often(void **state)
{
    (void)state;
    enum { FIRST = 10, LOOKS = 5, MOST = FIRST << (LOOKS - 1) };
    gsl_rng *rng = generator();
    for (int sharing = 0; sharing < 2; sharing++) {
        unsigned wrong = 0;
        double level = sharing ? 1 - 0.05 / LOOKS : 0.95;
        for (size_t i = 0; i < STUDIES; i++) {
            double values[MOST];
            enum verdict verdict = VERDICT_UNDECIDED;
            for (size_t j = 0; j < MOST; j++) {
                values[j] = 7 + gsl_ran_gaussian(rng, 3);
            }
            for (size_t n = FIRST; n <= MOST && verdict == VERDICT_UNDECIDED; n *= 2) {
                struct estimate estimate = estimate_mean(values, n, level);
                verdict = threshold_check(&estimate, 7, true, false);
            }
            wrong += verdict != VERDICT_UNDECIDED;
        }
        print_message("%s: %.4f decide, all of them wrongly\n", sharing ? "shared" : "not shared",
                      (double)wrong / STUDIES);
        assert_true(sharing ? wrong < 0.05 * STUDIES : wrong > 0.07 * STUDIES);
    }
    gsl_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interval_of_a_mean_covers_normal_values),
        cmocka_unit_test(interval_of_a_mean_covers_skewed_values),
        cmocka_unit_test(paired_interval_covers_and_pairing_pays),
        cmocka_unit_test(quantile_interval_covers_as_the_binomial_says),
        cmocka_unit_test(batch_means_cover_where_single_values_do_not),
        cmocka_unit_test(a_study_that_looks_five_times_is_wrong_no_more_often),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
