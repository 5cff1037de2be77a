/* test_report.c: the report page, the exports and the description of a file.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/analysis/study.h"

#include "analysis/estimate_text.h"
#include "analysis/export.h"
#include "analysis/inspect.h"
#include "analysis/label.h"
#include "analysis/report.h"
#include "analysis/summary.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A study with `replications` of every configuration, in memory of a folder that stays open. */
static struct results_dir *make_study(const char *path, const struct results_study *study, uint32_t replications)
{
    struct results_error error = {""};
    struct results_dir *dir;
    assert_int_equal(results_dir_open(&dir, &error, path, study), RESULTS_OK);
    for (uint32_t i = 0; i < replications; i++) {
        for (uint32_t c = 0; c < STUDY_CONFIGS; c++) {
            struct study_row made;
            study_fill(&made, c, i);
            assert_int_equal(results_dir_hold(dir, &error, &made.row, 1), RESULTS_OK);
        }
    }
    return dir;
}

static char *read_text(const char *path, size_t *length)
{
    FILE *in = fopen(path, "rb");
    char *text = calloc(1, (1 << 22) + 1);
    assert_true(in != NULL && text != NULL);
    *length = fread(text, 1, 1 << 22, in);
    fclose(in);
    return text;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("\"%s\" is missing", part);
    }
}

static const struct report_threshold thresholds[] = {
    {"wait.p95 < 5 s", "cloud", "wait.p95", {100.4, 100.2, 100.6, 1, 17}, VERDICT_FAIL},
    {"energy.delivered_share > \"90\" %",
     "onchain0",
     "energy.delivered_share",
     {200.5, 200.1, 200.9, 1, 17},
     VERDICT_PASS},
};

static char *make_report(const char *path, const struct results *results, const struct report_order *order,
                         size_t *length)
{
    char file[256];
    struct results_error error = {""};
    assert_int_equal(report_write(study_path(file, path, "report.html"), &error, results, order), RESULTS_OK);
    return read_text(file, length);
}

static void the_page_says_what_was_found_and_how_to_repeat_it(void **state)
{
    (void)state;
    char path[64];
    size_t length;
    study_folder(path);
    struct results_study study = study_small;
    study.param_count = 1; /* three rails under the same parameters */
    struct results_dir *dir = make_study(path, &study, 20);
    const struct report_order order = {.title = "A garage",
                                       .repeat_command = "konsento run a.lua --seed 42",
                                       .thresholds = thresholds,
                                       .threshold_count = 2};
    char *page = make_report(path, results_dir_results(dir), &order, &length);
    assert_has(page, "<strong>fail</strong> on 2 thresholds: 1 pass, 1 fail</p>");
    assert_has(page, "wait.p95 &lt; 5 s");
    assert_has(page, "100.2 &hellip; 100.6");
    assert_has(page, "konsento run a.lua --seed 42");
    assert_has(page, "energy.delivered_share");
    assert_has(page, "time of day [h]");
    assert_has(page, "load [W]");
    assert_has(page, "<th>cloud<br><small>baseline</small></th>");
    assert_has(page, "<summary>All metrics</summary>");
    assert_has(page, "--events session,payment");
    assert_has(page, "STRESS-DES checklist");
    assert_has(page, "energy of outlet 3 off by 1 uJ");
    assert_has(page, "return k.scenario { }");
    char text[ESTIMATE_TEXT_BYTES];
    struct estimate estimate = summary_metric(results_dir_results(dir), 2, 1, 0.95);
    estimate_text(text, sizeof text, &estimate);
    assert_has(page, text);
    struct estimate_paired paired = summary_paired(results_dir_results(dir), (size_t[]){0, 2}, 1, 0.95);
    estimate_interval_text(text, sizeof text, &paired.difference, "+");
    assert_has(page, text);
    free(page);
    results_dir_close(dir);
    study_remove(path);
}

/* Whatever a scenario's author writes into names and texts stays text. */
static void nothing_in_a_study_becomes_markup(void **state)
{
    (void)state;
    char path[64];
    size_t length;
    static const char evil[] = "<script>alert('x')</script>\" onload=\"x";
    const char *const values[] = {evil, "b", "c"};
    const struct results_param param = {"rail", NULL, values};
    const struct results_text text = {"a<b>.lua", "</pre><script src=\"http://x\"></script>"};
    const struct results_text attribute = {"evil", evil};
    struct results_column columns[STUDY_COLUMNS];
    memcpy(columns, study_small.columns, sizeof columns);
    columns[0] = (struct results_column){"<i>name", "<b>", evil, evil};
    struct results_study study = study_small;
    study.params = &param;
    study.param_count = 1;
    study.provenance = &text;
    study.provenance_count = 1;
    study.attributes = &attribute;
    study.attribute_count = 1;
    study.columns = columns;
    study.series_name = "<u>load";
    study.series_unit = evil;
    study_folder(path);
    struct results_dir *dir = make_study(path, &study, 5);
    const struct report_threshold threshold = {evil, evil, evil, {1, 1, 1, 0, 1}, VERDICT_UNDECIDED};
    const struct report_order order = {
        .title = evil, .repeat_command = evil, .thresholds = &threshold, .threshold_count = 1};
    char *page = make_report(path, results_dir_results(dir), &order, &length);
    static const char *const never[] = {"<script", "<b>", "<i>", "<u>", "\" onload"};
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        if (strstr(page, never[i]) != NULL) {
            fail_msg("%s went through", never[i]);
        }
    }
    assert_has(page, "&lt;script&gt;");
    free(page);
    results_dir_close(dir);
    study_remove(path);
}

static void the_page_needs_no_network(void **state)
{
    (void)state;
    char path[64];
    size_t length;
    study_folder(path);
    struct results_dir *dir = make_study(path, &study_small, 3);
    const struct report_order order = {
        .title = "t", .repeat_command = "konsento run", .thresholds = NULL, .threshold_count = 0};
    char *page = make_report(path, results_dir_results(dir), &order, &length);
    assert_has(page, "content=\"default-src 'none'; style-src 'unsafe-inline'\"");
    static const char *const never[] = {"http:", "https:", "url(", "@import", "src=", "href=", "<link", "<script"};
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        assert_null(strstr(page, never[i]));
    }
    assert_has(page, "prefers-color-scheme: dark");
    assert_has(page, "@media print");
    assert_has(page, "sets no thresholds");
    free(page);
    results_dir_close(dir);
    study_remove(path);
}

/* 1,000 metrics in 300 configurations with megabytes of provenance: the page stays small and says what it leaves out.
 */
static void the_page_of_a_huge_study_stays_small(void **state)
{
    (void)state;
    enum { CONFIGS = 300, COLUMNS = 1000, LENGTH = 2976 };
    static char names[COLUMNS][16], values[CONFIGS][8];
    static struct results_column columns[COLUMNS];
    static const char *value_list[CONFIGS];
    static double metrics[COLUMNS];
    static float series[LENGTH];
    for (size_t i = 0; i < COLUMNS; i++) {
        snprintf(names[i], sizeof names[i], "metric.m%zu", i);
        columns[i] = (struct results_column){names[i], "kWh", "some quantity of energy", "a sentence that defines it"};
    }
    for (size_t i = 0; i < CONFIGS; i++) {
        snprintf(values[i], sizeof values[i], "%zu", i);
        value_list[i] = values[i];
    }
    char *text = malloc(1 << 21);
    assert_non_null(text);
    memset(text, '<', (1 << 21) - 1);
    text[(1 << 21) - 1] = '\0';
    const struct results_param param = {"outlets", NULL, value_list};
    const struct results_text provenance[] = {{"a.lua", text}, {"b.lua", text}};
    const struct results_text attribute = {"command_line", text};
    const struct results_study study = {.identity = "x",
                                        .config_count = CONFIGS,
                                        .columns = columns,
                                        .column_count = COLUMNS,
                                        .params = &param,
                                        .param_count = 1,
                                        .provenance = provenance,
                                        .provenance_count = 2,
                                        .attributes = &attribute,
                                        .attribute_count = 1,
                                        .series_name = "load",
                                        .series_unit = "W",
                                        .series_length = LENGTH,
                                        .series_step_s = 900};
    char path[64];
    study_folder(path);
    struct results_error error;
    struct results_dir *dir;
    assert_int_equal(results_dir_open(&dir, &error, path, &study), RESULTS_OK);
    for (uint32_t c = 0; c < CONFIGS; c++) {
        for (size_t i = 0; i < LENGTH; i++) {
            series[i] = (float)(c * 1000 + i * 7919 % 10007);
        }
        struct results_row row = {.config = c,
                                  .end_reason = "horizon",
                                  .failure = text,
                                  .failed = c % 3 == 2,
                                  .metrics = metrics,
                                  .series = series};
        assert_int_equal(results_dir_hold(dir, &error, &row, 1), RESULTS_OK);
    }
    const struct report_order order = {
        .title = "t", .repeat_command = "konsento run", .thresholds = NULL, .threshold_count = 0};
    size_t length;
    char *page = make_report(path, results_dir_results(dir), &order, &length);
    print_message("%zu bytes\n", length);
    assert_true(length <= 400 * 1000);
    assert_has(page, "all of them are in the results file");
    assert_has(page, "[cut: 2097151 bytes in all");
    assert_has(page, "the first 8 configurations");
    free(page);
    free(text);
    results_dir_close(dir);
    study_remove(path);
}

static void deterministic_results_are_called_exact(void **state)
{
    (void)state;
    static const double metrics[] = {304};
    static const struct results_column column = {"site.peak_current", "A", "peak current", NULL};
    const struct results_study study = {.identity = "x", .config_count = 1, .columns = &column, .column_count = 1};
    char path[64];
    size_t length;
    study_folder(path);
    struct results_error error;
    struct results_dir *dir;
    assert_int_equal(results_dir_open(&dir, &error, path, &study), RESULTS_OK);
    for (uint32_t i = 0; i < 2; i++) {
        struct results_row row = {
            .replication = i, .deterministic = true, .end_reason = "horizon", .failure = "", .metrics = metrics};
        assert_int_equal(results_dir_hold(dir, &error, &row, 1), RESULTS_OK);
    }
    struct estimate estimate = summary_metric(results_dir_results(dir), 0, 0, 0.95);
    assert_true(estimate.lo == 304 && estimate.hi == 304);
    const struct report_order order = {
        .title = "t", .repeat_command = "konsento run", .thresholds = NULL, .threshold_count = 0};
    char *page = make_report(path, results_dir_results(dir), &order, &length);
    assert_has(page, "<td class=\"n\">304</td><td class=\"n\">exact</td>");
    free(page);
    results_dir_close(dir);
    study_remove(path);
}

static void summary_leaves_out_what_failed_and_pairs_by_replication(void **state)
{
    (void)state;
    char path[64];
    study_folder(path);
    struct results_dir *dir = make_study(path, &study_small, 14);
    const struct results *results = results_dir_results(dir);
    assert_int_equal(summary_metric(results, 0, 0, 0.95).n, 12); /* 3 and 10 failed */
    assert_int_equal(summary_metric(results, 0, 3, 0.95).n, 6);  /* of the odd ones; the even ones are NaN */
    struct summary_count count = summary_count(results, 1);
    assert_true(count.done == 14 && count.failed == 2);
    struct estimate_paired paired = summary_paired(results, (size_t[]){0, 2}, 0, 0.95);
    assert_int_equal(paired.difference.n, 12);
    assert_true(fabs(paired.difference.mean - 200) < 1);
    results_dir_close(dir);
    study_remove(path);
}

/* Runs an export into memory. */
static char *export_with(enum results_result (*function)(FILE *, struct results_error *, const struct results *),
                         const struct results *results)
{
    char *text = NULL;
    size_t length;
    struct results_error error;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    assert_int_equal(function(out, &error, results), RESULTS_OK);
    fclose(out);
    return text;
}

static void csv_has_one_line_per_value_and_exact_numbers(void **state)
{
    (void)state;
    char path[64];
    study_folder(path);
    struct results_dir *dir = make_study(path, &study_small, 2);
    const struct results *results = results_dir_results(dir);
    char *csv = export_with(export_csv, results);
    assert_has(csv, "config,rail,outlets,replication,metric,unit,value\n");
    assert_has(csv, "\n0,cloud,8,0,often.nan,,\n"); /* not a number: empty */
    const char *line = strstr(csv, "2,lightning \xe9\x9b\xb7,1e3,1,money.revenue,yen,");
    assert_non_null(line);
    assert_true(strtod(strrchr(strndupa(line, strcspn(line, "\n")), ',') + 1, NULL) ==
                results_find(results, 2, 1)->metrics[2]);
    size_t lines = 0;
    for (const char *at = csv; *at != '\0'; at++) {
        lines += *at == '\n';
    }
    assert_int_equal(lines, 1 + 2 * STUDY_CONFIGS * STUDY_COLUMNS);
    free(csv);
    results_dir_close(dir);
    study_remove(path);
}

static void csv_quotes_what_needs_quotes(void **state)
{
    (void)state;
    static const char *const values[] = {"a,b", "say \"x\"", "two\nlines"};
    const struct results_param param = {"rail, of course", NULL, values};
    struct results_study study = study_small;
    study.params = &param;
    study.param_count = 1;
    char path[64];
    study_folder(path);
    struct results_dir *dir = make_study(path, &study, 1);
    char *csv = export_with(export_csv, results_dir_results(dir));
    assert_has(csv, "config,\"rail, of course\",replication,");
    assert_has(csv, "\n0,\"a,b\",0,");
    assert_has(csv, "\n1,\"say \"\"x\"\"\",0,");
    assert_has(csv, "\n2,\"two\nlines\",0,");
    free(csv);
    results_dir_close(dir);
    study_remove(path);
}

static void event_tables_and_series_are_exported_by_name(void **state)
{
    (void)state;
    char path[64];
    study_folder(path);
    struct results_dir *dir = make_study(path, &study_small, 3);
    struct results_error error;
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    assert_int_equal(export_events_csv(out, &error, results_dir_results(dir), "payment"), RESULTS_OK);
    assert_int_equal(export_events_csv(out, &error, results_dir_results(dir), "paiment"), RESULTS_FORMAT);
    assert_string_equal(error.text, "export: no event table \"paiment\"; this file has session, payment");
    assert_int_equal(export_series_csv(out, &error, results_dir_results(dir)), RESULTS_OK);
    fclose(out);
    assert_has(text, "config,rail,outlets,replication,at_us,amount_msat\n");
    assert_has(text, "\n0,cloud,8,1,-1000000007000,-1001000007007\n");
    assert_has(text, "config,rail,outlets,replication,time_s,load_W\n");
    assert_has(text, "\n0,cloud,8,0,900,");
    free(text);
    results_dir_close(dir);
    study_remove(path);
}

static void json_escapes_and_has_null_for_nan(void **state)
{
    (void)state;
    char path[64];
    study_folder(path);
    struct results_dir *dir = make_study(path, &study_small, 1);
    char *json = export_with(export_json, results_dir_results(dir));
    assert_has(json, "\"title\": \"Small <study> & \\\"quotes\\\"\"");
    assert_has(json, "\"end_reason\": \"horizon\"");
    assert_has(json, ", null]");
    free(json);
    json = NULL;
    size_t length;
    FILE *out = open_memstream(&json, &length);
    export_json_text(out, "tab\t nul\x01 del\x7f bad\xff\xc3 over\xc0\xaf surrogate\xed\xa0\x80 fine\xf0\x9f\x94\x8c");
    fclose(out);
    assert_string_equal(json, "\"tab\\u0009 nul\\u0001 del\\u007f bad\\ufffd\\ufffd over\\ufffd\\ufffd "
                              "surrogate\\ufffd\\ufffd\\ufffd fine\xf0\x9f\x94\x8c\"");
    free(json);
    results_dir_close(dir);
    study_remove(path);
}

static void a_full_disk_stops_every_export(void **state)
{
    (void)state;
    char path[64];
    study_folder(path);
    struct results_dir *dir = make_study(path, &study_small, 20);
    const struct results *results = results_dir_results(dir);
    enum results_result (*const functions[])(FILE *, struct results_error *, const struct results *) = {
        export_csv, export_json, export_series_csv, inspect_write};
    for (size_t i = 0; i < 4; i++) {
        struct results_error error = {""};
        FILE *out = fopen("/dev/full", "w");
        if (out == NULL) {
            skip();
        }
        assert_int_equal(functions[i](out, &error, results), RESULTS_IO);
        assert_has(error.text, "No space left on device");
        fclose(out);
    }
    results_dir_close(dir);
    study_remove(path);
}

static void inspect_tells_done_from_missing_and_failed(void **state)
{
    (void)state;
    char path[64];
    study_folder(path);
    struct results_dir *dir = make_study(path, &study_small, 4);
    struct study_row made;
    struct results_error error;
    study_fill(&made, 1, 4);
    assert_int_equal(results_dir_hold(dir, &error, &made.row, 1), RESULTS_OK);
    char *text = export_with(inspect_write, results_dir_results(dir));
    assert_has(text, "cloud, outlets 8: 4 done, 1 missing, 1 failed\n");
    assert_has(text, "onchain0, outlets 12.5: 5 done, 0 missing, 1 failed\n");
    assert_has(text, "other/base.lua: 16 bytes\n");
    assert_has(text, "payment: ");
    free(text);
    results_dir_close(dir);
    study_remove(path);
}

static void a_configuration_is_called_by_what_differs(void **state)
{
    (void)state;
    char label[LABEL_BYTES];
    struct results_study study = study_small;
    assert_string_equal(label_config(label, &study, 1), "onchain0, outlets 12.5");
    study.config_count = 1;
    assert_string_equal(label_config(label, &study, 0), "cloud");
    study.param_count = 0;
    assert_string_equal(label_config(label, &study, 0), "all");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_says_what_was_found_and_how_to_repeat_it),
        cmocka_unit_test(nothing_in_a_study_becomes_markup),
        cmocka_unit_test(the_page_needs_no_network),
        cmocka_unit_test(the_page_of_a_huge_study_stays_small),
        cmocka_unit_test(deterministic_results_are_called_exact),
        cmocka_unit_test(summary_leaves_out_what_failed_and_pairs_by_replication),
        cmocka_unit_test(csv_has_one_line_per_value_and_exact_numbers),
        cmocka_unit_test(csv_quotes_what_needs_quotes),
        cmocka_unit_test(event_tables_and_series_are_exported_by_name),
        cmocka_unit_test(json_escapes_and_has_null_for_nan),
        cmocka_unit_test(a_full_disk_stops_every_export),
        cmocka_unit_test(inspect_tells_done_from_missing_and_failed),
        cmocka_unit_test(a_configuration_is_called_by_what_differs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
