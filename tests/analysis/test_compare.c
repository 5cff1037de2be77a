/* test_compare.c: changes are found, noise is none: alarms where nothing has changed are counted.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/compare.h"
#include "analysis/holm.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define STUDIES      2000
#define METRICS      20
#define REPLICATIONS 20

/* One value of metric number m: bell-shaped, skewed, counts, or nearly always zero, as real ones are. */
static double draw(gsl_rng *rng, size_t metric)
{
    switch (metric % 4) {
    case 0:
        return 50 + gsl_ran_gaussian(rng, 8);
    case 1:
        return gsl_ran_lognormal(rng, 1, 0.7);
    case 2:
        return gsl_ran_poisson(rng, 3);
    default:
        return gsl_rng_uniform(rng) < 0.05 ? gsl_ran_exponential(rng, 4) : 0;
    }
}

/* Fills both samples; a pair has most of its world in common. */
static void fill_samples(double *a, double *b, gsl_rng *rng, size_t metric, bool is_paired)
{
    for (size_t i = 0; i < REPLICATIONS; i++) {
        double world = draw(rng, metric);
        a[i] = is_paired ? world + gsl_ran_gaussian(rng, 0.5) : world;
        b[i] = is_paired ? world + gsl_ran_gaussian(rng, 0.5) : draw(rng, metric);
    }
}

/* Studies of two equal programs in which any metric raises an alarm. */
static int false_alarms(bool is_paired, double margin)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_ranlxs0);
    int alarms = 0;
    gsl_rng_set(rng, is_paired ? 7 : 8);
    for (int study = 0; study < STUDIES; study++) {
        double a[REPLICATIONS], b[REPLICATIONS], p[METRICS];
        bool alarm = false;
        for (size_t metric = 0; metric < METRICS; metric++) {
            struct compare_line line = {.is_paired = is_paired};
            fill_samples(a, b, rng, metric, is_paired);
            compare_samples(&line, &(struct compare_sample){a, REPLICATIONS, false},
                            &(struct compare_sample){b, REPLICATIONS, false}, margin);
            p[metric] = line.p;
        }
        assert_true(holm_adjust(p, p, METRICS));
        for (size_t metric = 0; metric < METRICS; metric++)
            alarm = alarm || p[metric] < COMPARE_ALARM;
        alarms += alarm;
    }
    gsl_rng_free(rng);
    return alarms;
}

static void equal_programs_raise_an_alarm_once_in_a_hundred_at_most(void **state)
{
    (void)state;
    int paired = false_alarms(true, 0), apart = false_alarms(false, 0), margin = false_alarms(false, 0.02);
    print_message("false alarms in %d studies of %d metrics: paired %d, different seeds %d, margin 2 %% %d\n", STUDIES,
                  METRICS, paired, apart, margin);
    assert_in_range(paired, 0, STUDIES / 100);
    assert_in_range(apart, 0, STUDIES / 100);
    assert_in_range(margin, 0, STUDIES / 100);
}

static struct compare_line compare(const double *a, const double *b, size_t n, bool is_paired, double margin)
{
    struct compare_line line = {.is_paired = is_paired};
    compare_samples(&line, &(struct compare_sample){a, n, false}, &(struct compare_sample){b, n, false}, margin);
    return line;
}

static void a_change_is_found_and_its_interval_covers_it(void **state)
{
    (void)state;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_ranlxs0);
    int covered = 0, found = 0;
    for (int study = 0; study < STUDIES; study++) {
        double a[REPLICATIONS], b[REPLICATIONS];
        for (size_t i = 0; i < REPLICATIONS; i++) {
            a[i] = 100 + gsl_ran_gaussian(rng, 10);
            b[i] = 1.05 * a[i] + gsl_ran_gaussian(rng, 2);
        }
        struct compare_line line = compare(a, b, REPLICATIONS, true, 0);
        assert_true(line.is_relative);
        covered += line.change.lo <= 0.05 && line.change.hi >= 0.05;
        found += line.p < 1e-4;
        assert_true(compare(a, b, REPLICATIONS, true, 0.10).p > 0.5); /* within the margin */
    }
    gsl_rng_free(rng);
    assert_in_range(covered, STUDIES * 93 / 100, STUDIES * 97 / 100);
    assert_in_range(found, STUDIES * 99 / 100, STUDIES);
}

static void one_rare_event_is_no_change(void **state)
{
    (void)state;
    double a[30] = {0}, b[30] = {0};
    a[17] = 1.4;
    struct compare_line line = compare(a, b, 30, true, 0);
    assert_false(line.is_relative); /* what is it 100 % less of? */
    assert_true(line.p > 0.3);
    assert_true(compare(a, b, 30, false, 0).p > 0.3);
}

static void what_never_varies_counts_as_much_as_its_replications(void **state)
{
    (void)state;
    const double a[12] = {5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5}, b[12] = {6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6};
    assert_true(compare(a, b, 2, false, 0).p >= 0.5);
    assert_true(compare(a, b, 12, false, 0).p < 0.001);
    assert_true(compare(a, a, 12, false, 0).p == 1);
    assert_true(isnan(compare(a, b, 1, true, 0).p));
    struct compare_line line = {.is_paired = true};
    compare_samples(&line, &(struct compare_sample){a, 1, true}, &(struct compare_sample){b, 1, true}, 0.1);
    assert_true(line.p == 0); /* exact values are what they are */
    assert_true(fabs(line.change.mean - 0.2) < 1e-12);
    compare_samples(&line, &(struct compare_sample){a, 1, true}, &(struct compare_sample){b, 1, true}, 0.25);
    assert_true(line.p == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_programs_raise_an_alarm_once_in_a_hundred_at_most),
        cmocka_unit_test(a_change_is_found_and_its_interval_covers_it),
        cmocka_unit_test(one_rare_event_is_no_change),
        cmocka_unit_test(what_never_varies_counts_as_much_as_its_replications),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
