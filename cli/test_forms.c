/* test_forms.c: what a test run found, as JUnit XML, GitHub annotations and a summary in Markdown.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/github.h"
#include "cli/test_cases.h"

#include <string.h>

/* GitHub shows no more of a summary. */
#define SUMMARY_MAX ((long)1 << 20)

/* ---- JUnit ------------------------------------------------------------------------------------------------------ */

/* Characters that XML 1.0 has no way to write become a question mark. */
static void write_xml(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '<')
            fputs("&lt;", out);
        else if (c == '>')
            fputs("&gt;", out);
        else if (c == '&')
            fputs("&amp;", out);
        else if (c == '"')
            fputs("&quot;", out);
        else if (c == '\n' || c == '\t')
            fprintf(out, "&#%d;", c);
        else
            fputc(c < 0x20 || c == 0x7f ? '?' : c, out);
    }
}

static void write_case(FILE *out, const struct test_case *one)
{
    fputs("    <testcase classname=\"", out);
    write_xml(out, one->file);
    fputs("\" name=\"", out);
    write_xml(out, one->name);
    fprintf(out, "\" time=\"%.3f\"", one->seconds);
    if (one->result == CASE_PASSED) {
        fputs("/>\n", out);
        return;
    }
    const char *element = one->result == CASE_SKIPPED ? "skipped" : one->result == CASE_ERROR ? "error" : "failure";
    fprintf(out, ">\n      <%s message=\"", element);
    char first[512];
    snprintf(first, sizeof first, "%.*s", (int)strcspn(one->message, "\n"), one->message);
    write_xml(out, first);
    if (one->result == CASE_SKIPPED)
        fputs("\"/>\n", out);
    else {
        fprintf(out, "\" type=\"%s\">", case_result_name(one->result));
        write_xml(out, one->message);
        fprintf(out, "</%s>\n", element);
    }
    fputs("    </testcase>\n", out);
}

static double seconds_of(const struct test_cases *cases, const char *file)
{
    double seconds = 0;
    for (size_t i = 0; i < cases->count; i++)
        if (file == NULL || strcmp(cases->list[i].file, file) == 0)
            seconds += cases->list[i].seconds;
    return seconds;
}

static void write_counts(FILE *out, const struct test_cases *cases, const char *file, bool with_skipped)
{
    size_t counts[CASE_RESULTS], all = 0;
    test_cases_count(counts, cases, file);
    for (size_t i = 0; i < CASE_RESULTS; i++)
        all += counts[i];
    fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", all,
            counts[CASE_FAILED] + counts[CASE_DIFFERS] + counts[CASE_UNDECIDED], counts[CASE_ERROR]);
    if (with_skipped)
        fprintf(out, " skipped=\"%zu\"", counts[CASE_SKIPPED]);
    fprintf(out, " time=\"%.3f\">\n", seconds_of(cases, file));
}

void test_cases_write_junit(FILE *out, const struct test_cases *cases)
{
    const char *file = NULL;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"konsento\"", out);
    write_counts(out, cases, NULL, false);
    for (size_t i = 0; i < cases->count; i++) {
        const struct test_case *one = &cases->list[i];
        if (file == NULL || strcmp(file, one->file) != 0) {
            fprintf(out, "%s  <testsuite name=\"", file != NULL ? "  </testsuite>\n" : "");
            write_xml(out, one->file);
            fputc('"', out);
            write_counts(out, cases, one->file, true);
        }
        file = one->file;
        write_case(out, one);
    }
    fprintf(out, "%s</testsuites>\n", file != NULL ? "  </testsuite>\n" : "");
}

/* ---- GitHub ----------------------------------------------------------------------------------------------------- */

void test_cases_print_annotations(const struct test_cases *cases)
{
    for (size_t i = 0; i < cases->count; i++) {
        const struct test_case *one = &cases->list[i];
        char title[200];
        if (one->result == CASE_PASSED || one->result == CASE_SKIPPED)
            continue;
        snprintf(title, sizeof title, "konsento: %.180s", one->name);
        const struct github_annotation annotation = {.kind = one->result == CASE_UNDECIDED ? "warning" : "error",
                                                     .file = one->file,
                                                     .line = one->line,
                                                     .title = title,
                                                     .text = one->message};
        github_annotate(&annotation);
    }
}

/* In a cell of a table. */
static void write_cell(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n')
            fputs("<br>", out);
        else if (strchr("|<>&*_`\\", *text) != NULL)
            fprintf(out, "&#%d;", *text);
        else
            fputc(*text, out);
    }
}

void test_cases_write_summary(FILE *out, const struct test_cases *cases)
{
    size_t counts[CASE_RESULTS];
    test_cases_count(counts, cases, NULL);
    fprintf(out,
            "### konsento test\n\n%zu passed, %zu failed, %zu differ, %zu undecided, %zu skipped, %zu errors\n\n"
            "| scenario | case | result | |\n|---|---|---|---|\n",
            counts[CASE_PASSED], counts[CASE_FAILED], counts[CASE_DIFFERS], counts[CASE_UNDECIDED],
            counts[CASE_SKIPPED], counts[CASE_ERROR]);
    for (size_t i = 0; i < cases->count && ftell(out) < SUMMARY_MAX - 8192; i++) {
        const struct test_case *one = &cases->list[i];
        fputs("| ", out);
        write_cell(out, one->file);
        fputs(" | ", out);
        write_cell(out, one->name);
        fprintf(out, " | %s | ", case_result_name(one->result));
        write_cell(out, one->result == CASE_PASSED ? "" : one->message);
        fputs(" |\n", out);
    }
    fputc('\n', out);
}
