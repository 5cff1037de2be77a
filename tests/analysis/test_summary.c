/* test_summary.c: shares and counts that never varied, named baselines, the scoreboard of a study.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/label.h"
#include "analysis/scoretext.h"
#include "analysis/summary.h"
#include "tests/analysis/study.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { SHARE, COUNT, TRIALS, COST, WORTH, COLUMNS };
#define RAILS 2
#define REPS  10

static const struct results_column columns[COLUMNS] = {{"payment.share", "%", NULL, NULL},
                                                       {"payment.failed", "1", NULL, NULL},
                                                       {"payment.count", "1", NULL, NULL},
                                                       {"loss.per_1000", "yen", NULL, NULL},
                                                       {"session.value", "yen", NULL, NULL}};
static const struct results_relation relations[COLUMNS] = {{+1, NULL, "payment.count", NULL},
                                                           {-1, NULL, RESULTS_COUNT, NULL},
                                                           {0, NULL, NULL, NULL},
                                                           {-1, NULL, "payment.count", "session.value"},
                                                           {0, NULL, NULL, NULL}};
static const char *const rails[RAILS] = {"zero", "card"};
static const struct results_param params[] = {{"rail", NULL, rails}};
static const struct results_text attributes[] = {{"baseline", "card"}, {"yen_per_btc", "1000000"}};
static const struct results_text provenance[] = {
    {"scoreboard",
     "safety\tis it safe?\tloss.per_1000\tno.such\nnothing\tis there?\tno.such\nfast\tis it?\tpayment.share\n"}};

static const struct results_study study = {
    .identity = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    .config_count = RAILS,
    .columns = columns,
    .column_count = COLUMNS,
    .relations = relations,
    .params = params,
    .param_count = 1,
    .attributes = attributes,
    .attribute_count = 2,
    .provenance = provenance,
    .provenance_count = 1,
};

/* A study in a folder of its own. */
struct made {
    char path[64];
    struct results_dir *dir;
    const struct results *results;
};

static void make(struct made *made, const double values[COLUMNS])
{
    struct results_error error;
    study_folder(made->path);
    assert_int_equal(results_dir_open(&made->dir, &error, made->path, &study), RESULTS_OK);
    for (uint32_t config = 0; config < RAILS; config++)
        for (uint32_t i = 0; i < REPS; i++) {
            double metrics[COLUMNS];
            memcpy(metrics, values, sizeof metrics);
            metrics[TRIALS] += config; /* the card has one payment more */
            const struct results_row row = {
                .config = config, .replication = i, .end_reason = "horizon", .failure = "", .metrics = metrics};
            assert_int_equal(results_dir_add(made->dir, &error, &row, 1), RESULTS_OK);
        }
    made->results = results_dir_results(made->dir);
}

static void drop(struct made *made)
{
    results_dir_close(made->dir);
    study_remove(made->path);
}

#define Z 1.959963984540054

/* 10 replications of 40 payments, all alike. */
static void a_share_without_failures_has_wilsons_interval(void **state)
{
    (void)state;
    struct made made;
    make(&made, (const double[]){100, 0, 40, 0, 300});
    struct estimate share = summary_metric(made.results, 0, SHARE, 0.95);
    double bound = 100 * Z * Z / (400 + Z * Z);
    assert_true(share.mean == 100 && share.hi == 100);
    assert_true(fabs(share.lo - (100 - bound)) < 1e-9);
    drop(&made);
    make(&made, (const double[]){0, 0, 40, 0, 300});
    share = summary_metric(made.results, 0, SHARE, 0.95);
    assert_true(share.lo == 0 && fabs(share.hi - bound) < 1e-9);
    drop(&made);
}

static void a_share_in_between_that_never_varied_stays_as_it_is(void **state)
{
    (void)state;
    struct made made;
    make(&made, (const double[]){50, 3, 40, 7, 300});
    struct estimate share = summary_metric(made.results, 0, SHARE, 0.95);
    struct estimate count = summary_metric(made.results, 0, COUNT, 0.95);
    struct estimate cost = summary_metric(made.results, 0, COST, 0.95);
    assert_true(share.lo == 50 && share.hi == 50);
    assert_true(count.lo == 3 && count.hi == 3);
    assert_true(cost.lo == 7 && cost.hi == 7);
    drop(&made);
}

static void a_count_of_none_has_the_poisson_bound(void **state)
{
    (void)state;
    struct made made;
    make(&made, (const double[]){100, 0, 40, 0, 300});
    struct estimate count = summary_metric(made.results, 0, COUNT, 0.95);
    assert_true(count.mean == 0 && count.lo == 0);
    assert_true(fabs(count.hi - 0.36888794541139363) < 1e-12); /* -ln 0.025 / 10 */
    drop(&made);
}

/* No loss in 400 sessions of 300 yen: at most Wilson's share of a thousand of them may be lost. */
static void a_cost_that_never_came_is_bounded_by_what_one_is_worth(void **state)
{
    (void)state;
    struct made made;
    make(&made, (const double[]){100, 0, 40, 0, 300});
    struct estimate cost = summary_metric(made.results, 0, COST, 0.95);
    assert_true(cost.mean == 0 && cost.lo == 0);
    assert_true(fabs(cost.hi - 300000 * Z * Z / (400 + Z * Z)) < 1e-6);
    drop(&made);
}

/* Of 2,000 studies with a rare failure, those that saw none and those that saw some together. */
static void rare_failures_are_covered(void **state)
{
    (void)state;
    enum { STUDIES = 2000, TRIES = 40 };
    static const double chances[] = {0.0005, 0.005, 0.0096};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 20180301);
    for (size_t c = 0; c < sizeof chances / sizeof chances[0]; c++) {
        unsigned none = 0, covered = 0;
        for (unsigned i = 0; i < STUDIES; i++) {
            bool is_none = gsl_ran_binomial(rng, chances[c], REPS * TRIES) == 0;
            none += is_none;
            covered += is_none && chances[c] <= estimate_wilson_zero(REPS * TRIES, 0.95);
        }
        /* What is not covered may be no more than 5 % of all studies. */
        print_message("chance %g: %u studies saw none, %u of their intervals cover it\n", chances[c], none, covered);
        assert_true(none > 10 && none - covered <= STUDIES / 20);
    }
    gsl_rng_free(rng);
}

static void differences_are_to_the_named_baseline(void **state)
{
    (void)state;
    struct made made;
    make(&made, (const double[]){100, 0, 40, 0, 300});
    assert_int_equal(label_baseline(&study, 0), 1);
    assert_int_equal(label_baseline(&study, 1), 1);
    struct estimate_paired paired = summary_paired(made.results, (const size_t[]){1, 0}, TRIALS, 0.95);
    assert_true(paired.difference.mean == -1);
    drop(&made);
}

/* A grid of two sizes: each has its own baseline. One without any is compared with itself: not at all. */
static void a_baseline_differs_in_its_rail_alone(void **state)
{
    (void)state;
    static const char *const both[] = {"zero", "card", "zero", "card", "zero"};
    static const char *const sizes[] = {"1", "1", "2", "2", "3"};
    const struct results_param two[] = {{"rail", NULL, both}, {"size", NULL, sizes}};
    struct results_study grid = study;
    grid.config_count = 5;
    grid.params = two;
    grid.param_count = 2;
    assert_int_equal(label_baseline(&grid, 0), 1);
    assert_int_equal(label_baseline(&grid, 2), 3);
    assert_int_equal(label_baseline(&grid, 4), 4);
    grid.attribute_count = 0; /* nobody named one: the first rail */
    assert_int_equal(label_baseline(&grid, 3), 2);
}

static void the_scoreboard_is_read_back(void **state)
{
    (void)state;
    struct made made;
    struct pool pool = {0};
    struct scoretext_property properties[SCORETEXT_PROPERTIES_MAX];
    make(&made, (const double[]){100, 0, 40, 0, 300});
    assert_int_equal(scoretext_read(properties, &pool, made.results), 2);
    assert_string_equal(properties[0].title, "safety");
    assert_string_equal(properties[1].question, "is it?");
    assert_int_equal(properties[0].column_count, 1);
    assert_int_equal(properties[0].columns[0], COST);
    assert_true(scoretext_is_yen(&columns[COST]) && !scoretext_is_yen(&columns[SHARE]));
    assert_true(fabs(scoretext_yen_per_sat(made.results) - 0.01) < 1e-12);
    pool_close(&pool);
    drop(&made);
}

/* What is told in a file comes back: relations, and the table of differences does no harm. */
static void relations_survive_the_file(void **state)
{
    (void)state;
    struct made made;
    struct results *read;
    struct results_error error;
    char file[256];
    make(&made, (const double[]){100, 0, 40, 0, 300});
    assert_int_equal(results_dir_finish(made.dir, &error, NULL, 0), RESULTS_OK);
    assert_int_equal(results_open(&read, &error, study_path(file, made.path, "results.h5")), RESULTS_OK);
    const struct results_relation *relation = results_study(read)->relations;
    for (size_t i = 0; i < COLUMNS; i++) {
        assert_int_equal(relation[i].better, relations[i].better);
        assert_int_equal(relation[i].trials == NULL, relations[i].trials == NULL);
        if (relation[i].trials != NULL)
            assert_string_equal(relation[i].trials, relations[i].trials);
    }
    assert_string_equal(relation[COST].worth, "session.value");
    struct estimate share = summary_metric(read, 0, SHARE, 0.95);
    assert_true(share.lo < 100);
    results_close(read);
    drop(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_share_without_failures_has_wilsons_interval),
        cmocka_unit_test(a_share_in_between_that_never_varied_stays_as_it_is),
        cmocka_unit_test(a_count_of_none_has_the_poisson_bound),
        cmocka_unit_test(a_cost_that_never_came_is_bounded_by_what_one_is_worth),
        cmocka_unit_test(rare_failures_are_covered),
        cmocka_unit_test(differences_are_to_the_named_baseline),
        cmocka_unit_test(a_baseline_differs_in_its_rail_alone),
        cmocka_unit_test(the_scoreboard_is_read_back),
        cmocka_unit_test(relations_survive_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
