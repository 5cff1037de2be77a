/* test_cases.c: what a test run found, as text and TAP.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/test_cases.h"

#include <stdlib.h>
#include <string.h>

bool test_cases_add(struct test_cases *cases, const struct test_case *one)
{
    if (cases->count == cases->capacity) {
        size_t capacity = cases->capacity > 0 ? 2 * cases->capacity : 64;
        struct test_case *list = realloc(cases->list, capacity * sizeof *list);
        if (list == NULL)
            return false;
        cases->list = list;
        cases->capacity = capacity;
    }
    struct test_case *added = &cases->list[cases->count];
    *added = *one;
    added->file = pool_text(&cases->pool, one->file);
    added->name = pool_text(&cases->pool, one->name);
    added->message = pool_text(&cases->pool, one->message != NULL ? one->message : "");
    cases->count += !cases->pool.failed;
    return !cases->pool.failed;
}

void test_cases_close(struct test_cases *cases)
{
    free(cases->list);
    pool_close(&cases->pool);
}

void test_cases_count(size_t counts[CASE_RESULTS], const struct test_cases *cases, const char *file)
{
    memset(counts, 0, CASE_RESULTS * sizeof *counts);
    for (size_t i = 0; i < cases->count; i++)
        if (file == NULL || strcmp(cases->list[i].file, file) == 0)
            counts[cases->list[i].result]++;
}

const char *case_result_name(enum case_result result)
{
    static const char *const names[CASE_RESULTS] = {"passed", "skipped", "undecided", "differs", "failed", "error"};
    return names[result];
}

/* Prints text with something before each of its lines. */
static void print_indented(const char *text, const char *before)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        printf("%s%.*s\n", before, (int)length, text);
        text += length + (text[length] == '\n');
    }
}

void test_cases_print(const struct test_cases *cases, const struct terminal *terminal)
{
    static const enum paint paints[CASE_RESULTS] = {PAINT_GOOD, PAINT_UNSURE, PAINT_UNSURE,
                                                    PAINT_BAD,  PAINT_BAD,    PAINT_BAD};
    const char *file = NULL;
    size_t counts[CASE_RESULTS];
    for (size_t i = 0; i < cases->count; i++) {
        const struct test_case *one = &cases->list[i];
        if (file == NULL || strcmp(file, one->file) != 0)
            printf("%s%s%s  %.2f s\n", paint_on(terminal, PAINT_HEADING), one->file, paint_off(terminal), one->seconds);
        file = one->file;
        printf("  %s%-9s%s  %s\n", paint_on(terminal, paints[one->result]), case_result_name(one->result),
               paint_off(terminal), one->name);
        if (one->result != CASE_PASSED)
            print_indented(one->message, "             ");
    }
    test_cases_count(counts, cases, NULL);
    printf("%zu passed, %zu failed, %zu differ, %zu undecided, %zu skipped, %zu errors\n", counts[CASE_PASSED],
           counts[CASE_FAILED], counts[CASE_DIFFERS], counts[CASE_UNDECIDED], counts[CASE_SKIPPED], counts[CASE_ERROR]);
}

/* A '#' would begin a directive. */
static void print_description(const struct test_case *one)
{
    printf("%s: ", one->file);
    for (const char *c = one->name; *c != '\0'; c++) {
        if (*c == '#' || *c == '\\')
            putchar('\\');
        putchar(*c);
    }
}

void test_cases_print_tap(const struct test_cases *cases)
{
    printf("TAP version 14\n1..%zu\n", cases->count);
    for (size_t i = 0; i < cases->count; i++) {
        const struct test_case *one = &cases->list[i];
        bool good = one->result == CASE_PASSED || one->result == CASE_SKIPPED;
        printf("%sok %zu - ", good ? "" : "not ", i + 1);
        print_description(one);
        if (one->result == CASE_SKIPPED)
            printf(" # SKIP %.*s", (int)strcspn(one->message, "\n"), one->message);
        putchar('\n');
        if (good)
            continue;
        printf("  ---\n  result: %s\n  message: |\n", case_result_name(one->result));
        print_indented(one->message, "    ");
        printf("  ...\n");
    }
}
