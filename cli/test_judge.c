/* test_judge.c: the cases of one scenario: digest, statistics, thresholds.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/test_judge.h"

#include "analysis/compare.h"
#include "cli/judge.h"
#include "cli/present.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define TOLD_METRICS_MAX 20

/* Cases go through here: the first one tells the time. */
__attribute__((format(printf, 5, 6))) static bool add(const struct test_judging *judging, enum case_result result,
                                                      unsigned line, const char *name, const char *format, ...)
{
    char *message = NULL;
    va_list rest;
    va_start(rest, format);
    int length = vasprintf(&message, format, rest);
    va_end(rest);
    if (length < 0)
        return false;
    const struct test_cases *cases = judging->cases;
    bool first = cases->count == 0 || strcmp(cases->list[cases->count - 1].file, judging->run->request.path) != 0;
    const struct test_case one = {.file = judging->run->request.path,
                                  .name = name,
                                  .message = message,
                                  .line = line,
                                  .result = result,
                                  .seconds = first ? judging->seconds : 0};
    bool added = test_cases_add(judging->cases, &one);
    free(message);
    return added;
}

/* ---- digest ----------------------------------------------------------------------------------------------------- */

static void hex_of(char hex[65], const uint8_t digest[32])
{
    for (size_t i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

static const struct results_row *find_row(const struct test_judging *judging, const struct expected_row *expected,
                                          uint32_t *arm)
{
    const struct results *results = test_run_results(judging->run);
    for (*arm = 0; *arm < results_study(results)->config_count; (*arm)++)
        if (strcmp(judge_rail(results, *arm), expected->arm) == 0)
            return results_find(results, *arm, expected->replication);
    return NULL;
}

/* "replication 1 of card: the first event that differs is …": by running that replication again. */
static char *tell_divergence(const struct test_judging *judging, const struct expected_row *row, uint32_t arm)
{
    struct event_divergence divergence;
    const struct observed_order order = {
        .request = &judging->run->request, .arm = arm, .replication = row->replication};
    char *text = NULL;
    int length;
    if (*row->tags.text == '\0' && row->tags.events == 0)
        length = asprintf(&text, "replication %" PRIu32 " of %s differs", row->replication, row->arm);
    else if (!event_tags_compare(&divergence, &order, &row->tags))
        length = asprintf(&text, "replication %" PRIu32 " of %s differs, and could not be run again", row->replication,
                          row->arm);
    else if (!divergence.found)
        length = asprintf(&text,
                          "replication %" PRIu32 " of %s differs, but not when it is run again: is the program not "
                          "deterministic?",
                          row->replication, row->arm);
    else {
        bool one = divergence.first == divergence.last;
        length = asprintf(
            &text,
            "replication %" PRIu32 " of %s: the first event that differs is %s%" PRIu64 "%s%.0" PRIu64 "%s\n%s%s",
            row->replication, row->arm, one ? "number " : "one of ", divergence.first, one ? "" : " to ",
            one ? 0 : divergence.last, *divergence.lines != '\0' ? "; now:" : "; now the run ends before it",
            divergence.lines, divergence.last - divergence.first > 7 ? "…\n" : "");
        free(divergence.lines);
    }
    return length < 0 ? NULL : text;
}

static char *find_divergence(const struct test_judging *judging)
{
    for (size_t i = 0; i < judging->expected->row_count; i++) {
        const struct expected_row *row = &judging->expected->rows[i];
        uint32_t arm;
        char hex[65];
        const struct results_row *now = find_row(judging, row, &arm);
        if (now != NULL)
            hex_of(hex, now->digest);
        if (now != NULL && strcmp(hex, row->digest) != 0)
            return tell_divergence(judging, row, arm);
    }
    return strdup("no replication that was there then differs: others were added or have gone");
}

static bool judge_digest(const struct test_judging *judging)
{
    char digest[65];
    if (judging->expected == NULL)
        return add(judging, CASE_SKIPPED, 0, "digest", "nothing was accepted yet: konsento test --accept %s",
                   judging->run->request.path);
    if (judging->skips_digest)
        return add(judging, CASE_SKIPPED, 0, "digest", "--no-digest");
    present_digest(digest, test_run_results(judging->run));
    if (strcmp(digest, judging->expected->digest) == 0)
        return add(judging, CASE_PASSED, 0, "digest", "%s", "");
    char *where = find_divergence(judging);
    bool added = where != NULL && add(judging, CASE_DIFFERS, 0, "digest", "%.16s… was accepted (by %s), %.16s… now\n%s",
                                      judging->expected->digest, judging->expected->program, digest, where);
    free(where);
    return added;
}

/* ---- statistics ------------------------------------------------------------------------------------------------- */

/* Is the change shown to be within the margin? */
static bool is_equivalent(const struct compare_line *line, double margin)
{
    double room = line->is_relative ? margin : margin * fabs(line->a.mean);
    if (line->change.n == 0)
        return line->a.n == 0 && line->b.n == 0; /* no value then, none now */
    if (isnan(line->change.lo))                  /* one replication: no interval, the values themselves */
        return fabs(line->change.mean) <= room;
    return line->change.lo >= -room && line->change.hi <= room;
}

static bool compare_metric(const struct test_judging *judging, struct compare_line *line, size_t arm,
                           const struct expected_metric *metric)
{
    const struct results *results = test_run_results(judging->run);
    size_t column = results_column_find(results, metric->name), count = judging->expected->replications;
    double *now = calloc(count, sizeof *now);
    if (now == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const struct results_row *row = results_find(results, (uint32_t)arm, i);
        bool there = row != NULL && !row->failed && column < results_study(results)->column_count;
        now[i] = there ? row->metrics[column] : NAN;
    }
    const struct compare_sample a = {metric->values, count, false}, b = {now, count, false};
    *line = (struct compare_line){.is_paired = true};
    compare_samples(line, &a, &b, 0);
    free(now);
    return true;
}

static void tell_metric(FILE *out, const struct compare_line *line, const struct expected_metric *metric, double margin)
{
    double scale = line->is_relative ? 100 : 1;
    const char *unit = line->is_relative ? " %" : "";
    fprintf(out, "%s: %.6g was accepted, %.6g now", metric->name, line->a.mean, line->b.mean);
    if (line->a.n == 0 || line->b.n == 0)
        fprintf(out, ": it had %s value", line->a.n == 0 ? "no" : "a");
    else if (isnan(line->change.lo))
        fprintf(out, ", change %+.3g%s", line->change.mean * scale, unit);
    else
        fprintf(out, ", change %+.3g%s [%+.3g, %+.3g]", line->change.mean * scale, unit, line->change.lo * scale,
                line->change.hi * scale);
    fprintf(out, ", not shown to be within %g %%\n", margin * 100);
}

/* All metrics of one arm are one case. */
static bool judge_arm(const struct test_judging *judging, size_t arm)
{
    const char *name = judge_rail(test_run_results(judging->run), arm);
    char *text = NULL, title[160];
    size_t size = 0, compared = 0, wrong = 0;
    FILE *out = open_memstream(&text, &size);
    bool good = out != NULL;
    for (size_t i = 0; good && i < judging->expected->metric_count; i++) {
        const struct expected_metric *metric = &judging->expected->metrics[i];
        double margin = expected_margin(judging->expected, metric->name);
        struct compare_line line;
        if (strcmp(metric->arm, name) != 0)
            continue;
        good = compare_metric(judging, &line, arm, metric);
        compared++;
        if (good && !is_equivalent(&line, margin) && wrong++ < TOLD_METRICS_MAX)
            tell_metric(out, &line, metric, margin);
    }
    if (out == NULL || fclose(out) != 0 || !good) {
        free(text);
        return false;
    }
    snprintf(title, sizeof title, "statistics of %.120s", name);
    if (compared == 0)
        good = add(judging, CASE_DIFFERS, 0, title, "there was no such rail or experiment when results were accepted");
    else if (wrong == 0)
        good = add(judging, CASE_PASSED, 0, title, "%s", "");
    else
        good = add(judging, CASE_DIFFERS, 0, title, "%zu of %zu metrics\n%s", wrong, compared, text);
    free(text);
    return good;
}

/* ---- thresholds ------------------------------------------------------------------------------------------------- */

/* The line of the file where it is written. */
static unsigned line_of(const struct test_judging *judging, const char *text)
{
    const struct scenario *scenario = &judging->run->loaded.scenario;
    for (size_t i = 0; i < scenario->threshold_count; i++)
        if (strcmp(scenario->thresholds[i].text, text) == 0)
            return scenario->thresholds[i].line;
    return 0;
}

static bool judge_thresholds(const struct test_judging *judging)
{
    static const enum case_result results[] = {
        [VERDICT_PASS] = CASE_PASSED, [VERDICT_FAIL] = CASE_FAILED, [VERDICT_UNDECIDED] = CASE_UNDECIDED};
    struct judgements judgements;
    if (!judge_results(&judgements, test_run_results(judging->run)))
        return false;
    bool good = true;
    for (size_t i = 0; i < judgements.count && good; i++) {
        const struct judgement *one = &judgements.list[i];
        char title[300];
        snprintf(title, sizeof title, "%.200s: %.80s", one->text, one->rail);
        good = add(judging, results[one->verdict], line_of(judging, one->text), title, "%.7g [%.7g, %.7g]",
                   one->estimate.mean, one->estimate.lo, one->estimate.hi);
    }
    judge_close(&judgements);
    return good;
}

static bool judge_failures(const struct test_judging *judging)
{
    const struct results *results = test_run_results(judging->run);
    bool good = true;
    for (size_t i = 0; i < results_row_count(results) && good; i++) {
        const struct results_row *row = results_row(results, i);
        char title[160];
        if (!row->failed)
            continue;
        snprintf(title, sizeof title, "replication %" PRIu32 " of %.100s", row->replication,
                 judge_rail(results, row->config));
        good = add(judging, CASE_ERROR, 0, title, "%s", row->failure);
    }
    return good;
}

bool test_judge(const struct test_judging *judging)
{
    bool good = judge_digest(judging) && judge_failures(judging);
    size_t arms = results_study(test_run_results(judging->run))->config_count;
    for (size_t arm = 0; judging->expected != NULL && good && arm < arms; arm++)
        good = judge_arm(judging, arm);
    return good && judge_thresholds(judging);
}
