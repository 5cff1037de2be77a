/* test_accept.c: what a scenario gives from now on.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/judge.h"
#include "cli/present.h"
#include "cli/test_judge.h"
#include "cli/version.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool has_value(const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i]))
            return true;
    return false;
}

/* A metric that has no value in any replication is left out. */
static void accept_metrics(struct expected *expected, const struct results *results)
{
    const struct results_study *study = results_study(results);
    struct pool *pool = &expected->pool;
    expected->metrics = pool_take(pool, study->config_count * study->column_count, sizeof *expected->metrics);
    for (uint32_t arm = 0; arm < study->config_count; arm++)
        for (size_t column = 0; column < study->column_count && !pool->failed; column++) {
            double *values = pool_take(pool, expected->replications, sizeof *values);
            for (uint32_t i = 0; values != NULL && i < expected->replications; i++) {
                const struct results_row *row = results_find(results, arm, i);
                values[i] = row != NULL && !row->failed ? row->metrics[column] : NAN;
            }
            if (values == NULL || !has_value(values, expected->replications))
                continue;
            expected->metrics[expected->metric_count++] = (struct expected_metric){
                pool_text(pool, judge_rail(results, arm)), pool_text(pool, study->columns[column].name), values};
        }
}

static bool accept_row(struct expected *expected, const struct test_run *run, const struct results_row *row,
                       size_t tags_most)
{
    struct expected_row *accepted = &expected->rows[expected->row_count++];
    const struct observed_order order = {.request = &run->request, .arm = row->config, .replication = row->replication};
    struct event_tags tags;
    char hex[65];
    for (size_t i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", row->digest[i]);
    accepted->arm = pool_text(&expected->pool, judge_rail(test_run_results(run), row->config));
    accepted->digest = pool_text(&expected->pool, hex);
    accepted->replication = row->replication;
    accepted->tags = (struct event_tags){.stride = 1, .text = (char *)pool_take(&expected->pool, 1, 1)};
    if (scenario_is_lab(run->request.scenario) || row->failed)
        return accepted->tags.text != NULL;
    if (!event_tags_make(&tags, &order, tags_most))
        return false;
    accepted->tags = tags;
    accepted->tags.text = pool_take(&expected->pool, strlen(tags.text) + 1, 1);
    if (accepted->tags.text != NULL)
        memcpy(accepted->tags.text, tags.text, strlen(tags.text) + 1);
    free(tags.text);
    return accepted->tags.text != NULL;
}

static bool accept_rows(struct expected *expected, const struct test_run *run)
{
    const struct results *results = test_run_results(run);
    size_t count = results_row_count(results), most = EVENT_TAGS_MAX / (count > 0 ? count : 1);
    expected->rows = pool_take(&expected->pool, count, sizeof *expected->rows);
    bool good = expected->rows != NULL;
    for (size_t i = 0; i < count && good; i++)
        good = accept_row(expected, run, results_row(results, i), most > 16 ? most : 16);
    return good;
}

static void keep_margins(struct expected *expected, const struct expected *before)
{
    if (before == NULL || before->margin_count == 0)
        return;
    expected->margins = pool_take(&expected->pool, before->margin_count, sizeof *expected->margins);
    for (size_t i = 0; expected->margins != NULL && i < before->margin_count; i++)
        expected->margins[expected->margin_count++] =
            (struct expected_margin){pool_text(&expected->pool, before->margins[i].name), before->margins[i].margin};
}

bool test_accept(struct expected *expected, const struct test_run *run, double margin, const struct expected *before)
{
    char digest[65], program[VERSION_NAME_BYTES];
    *expected =
        (struct expected){.seed = run->request.seed, .replications = run->request.replications, .margin = margin};
    present_digest(digest, test_run_results(run));
    version_name(program);
    expected->digest = pool_text(&expected->pool, digest);
    expected->program = pool_text(&expected->pool, program);
    keep_margins(expected, before);
    accept_metrics(expected, test_run_results(run));
    bool good = accept_rows(expected, run) && !expected->pool.failed;
    if (good)
        return true;
    complain("%s: cannot be run again as it was, or memory is out", run->request.path);
    expected_close(expected);
    return false;
}
