/* test_precision.c: replications until an interval is narrow enough, and what such intervals cover.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/design.h"
#include "analysis/estimate.h"
#include "analysis/precision.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define STUDIES 2000
#define MOST    2000

/* How a study that stops by the rule ends. */
struct stopped {
    struct estimate estimate;
    size_t count;
};

static struct stopped run_study(gsl_rng *rng, double values[MOST], bool is_skewed, struct precision_target target)
{
    size_t count = 0, wanted = PRECISION_FIRST_STAGE;
    while (wanted > count) {
        for (; count < wanted; count++)
            values[count] = is_skewed ? gsl_ran_gamma(rng, 2, 5) : 10 + gsl_ran_gaussian(rng, 3);
        wanted = precision_wanted(values, count, target, MOST);
        assert_in_range(wanted, count, MOST);
    }
    return (struct stopped){estimate_mean(values, count, 0.95), count};
}

static void expect_coverage(bool is_skewed, struct precision_target target)
{
    static double values[MOST];
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_ranlxs0);
    int covered = 0, narrow = 0;
    double used = 0;
    for (int study = 0; study < STUDIES; study++) {
        struct stopped stopped = run_study(rng, values, is_skewed, target);
        double half = (stopped.estimate.hi - stopped.estimate.lo) / 2;
        covered += stopped.estimate.lo <= 10 && stopped.estimate.hi >= 10;
        narrow += half <= (target.is_relative ? target.half_width * stopped.estimate.mean : target.half_width);
        used += (double)stopped.count / STUDIES;
    }
    gsl_rng_free(rng);
    print_message("target %g%s, %s: %.1f %% covered, %.0f replications\n", target.half_width,
                  target.is_relative ? " of the mean" : "", is_skewed ? "skewed" : "normal", 100.0 * covered / STUDIES,
                  used);
    assert_in_range(covered, STUDIES * 93 / 100, STUDIES * 97 / 100);
    assert_int_equal(narrow, STUDIES);
}

static void intervals_of_stopped_studies_still_cover(void **state)
{
    (void)state;
    expect_coverage(false, (struct precision_target){0.5, false});
    expect_coverage(false, (struct precision_target){0.04, true});
    expect_coverage(true, (struct precision_target){0.05, true});
}

static void a_stage_is_never_small_nor_huge(void **state)
{
    (void)state;
    const double wide[20] = {0, 20, 0, 20, 0, 20, 0, 20, 0, 20, 0, 20, 0, 20, 0, 20, 0, 20, 0, 20};
    const double none[10] = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    assert_int_equal(precision_wanted(wide, 20, (struct precision_target){0.01, true}, 10000), 80);
    assert_int_equal(precision_wanted(wide, 20, (struct precision_target){0.01, true}, 50), 50);
    assert_int_equal(precision_wanted(wide, 20, (struct precision_target){4.79, false}, 10000), 24);
    assert_int_equal(precision_wanted(wide, 20, (struct precision_target){5, false}, 10000), 20);
    assert_int_equal(precision_wanted(wide, 3, (struct precision_target){5, false}, 10000), PRECISION_FIRST_STAGE);
    assert_int_equal(precision_wanted(none, 10, (struct precision_target){5, false}, 10000), 10);
}

static void a_latin_hypercube_has_one_point_in_each_slice(void **state)
{
    (void)state;
    double places[50 * 3], again[50 * 3], other[50 * 3];
    assert_true(design_latin(places, 50, 3, 42) && design_latin(again, 50, 3, 42) && design_latin(other, 50, 3, 43));
    for (size_t axis = 0; axis < 3; axis++) {
        bool seen[50] = {false};
        for (size_t i = 0; i < 50; i++) {
            size_t slice = (size_t)(places[i * 3 + axis] * 50);
            assert_true(slice < 50 && !seen[slice]);
            seen[slice] = true;
        }
    }
    assert_memory_equal(places, again, sizeof places);
    assert_memory_not_equal(places, other, sizeof places);
}

static void a_sobol_sequence_begins_in_the_middle_and_fills_evenly(void **state)
{
    (void)state;
    double places[64 * 2];
    assert_true(design_sobol(places, 64, 2));
    assert_true(places[0] == 0.5 && places[1] == 0.5);
    int counts[4][4] = {{0}};
    for (size_t i = 0; i < 63; i++)
        counts[(int)(places[2 * i] * 4)][(int)(places[2 * i + 1] * 4)]++;
    for (int i = 0; i < 16; i++)
        assert_in_range(counts[i / 4][i % 4], 3, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_of_stopped_studies_still_cover),
        cmocka_unit_test(a_stage_is_never_small_nor_huge),
        cmocka_unit_test(a_latin_hypercube_has_one_point_in_each_slice),
        cmocka_unit_test(a_sobol_sequence_begins_in_the_middle_and_fills_evenly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
