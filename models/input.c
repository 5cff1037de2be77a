/* input.c: problems collected, sorted, counted.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/input.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void input_report_init(struct input_report *report, struct input_problem *problems)
{
    *report = (struct input_report){.problems = problems};
}

/* Room for one more problem, or NULL. */
static struct input_problem *make_room(struct input_report *report, enum input_severity severity)
{
    if (report->problem_count < INPUT_PROBLEMS_MAX)
        return &report->problems[report->problem_count++];
    if (severity == INPUT_NOTE)
        return NULL;
    for (size_t i = 0; i < report->problem_count; i++)
        if (report->problems[i].severity == INPUT_NOTE)
            return &report->problems[i];
    return NULL;
}

void input_report_add(struct input_report *report, enum input_severity severity, const char *file, unsigned line,
                      const char *format, ...)
{
    report->error_count += severity == INPUT_ERROR;
    struct input_problem *problem = make_room(report, severity);
    if (problem == NULL)
        return;
    problem->severity = severity;
    problem->line = line;
    snprintf(problem->file, sizeof problem->file, "%s", file);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem->text, sizeof problem->text, format, arguments);
    va_end(arguments);
}

static int compare(const void *left, const void *right)
{
    const struct input_problem *a = left, *b = right;
    if (a->severity != b->severity)
        return a->severity == INPUT_ERROR ? -1 : 1;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return strcmp(a->text, b->text);
}

void input_report_finish(struct input_report *report)
{
    size_t stored = 0;
    for (size_t i = 0; i < report->problem_count; i++)
        stored += report->problems[i].severity == INPUT_ERROR;
    qsort(report->problems, report->problem_count, sizeof report->problems[0], compare);
    if (stored == report->error_count)
        return;
    char *text = report->problems[stored - 1].text;
    size_t length = strlen(text);
    char more[64];
    size_t more_length = (size_t)snprintf(more, sizeof more, " (and %zu more errors)", report->error_count - stored);
    size_t size = sizeof report->problems[0].text;
    if (length + more_length >= size)
        length = size - 1 - more_length;
    memcpy(text + length, more, more_length + 1);
}
