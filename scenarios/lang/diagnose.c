/* diagnose.c: the list of everything that is wrong with a scenario, each with its place.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/diagnose.h"

#include "scenarios/lang/plain.h"

#include <string.h>

static void add(struct diagnostics *diagnostics, const struct place *place, bool is_note, const char *format,
                va_list arguments) __attribute__((format(printf, 4, 0)));

static bool is_same(const struct scenario_diagnostic *a, const struct scenario_diagnostic *b)
{
    return a->line == b->line && a->column == b->column && a->is_note == b->is_note && strcmp(a->file, b->file) == 0 &&
           strcmp(a->text, b->text) == 0;
}

/* A loop that makes the same mistake a hundred times is told once. */
static bool is_known(const struct diagnostics *diagnostics, const struct scenario_diagnostic *item)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        if (is_same(&diagnostics->list[i], item))
            return true;
    return false;
}

static void add(struct diagnostics *diagnostics, const struct place *place, bool is_note, const char *format,
                va_list arguments)
{
    struct scenario_diagnostic item = {.line = place->line, .column = place->column, .is_note = is_note};
    snprintf(item.file, sizeof item.file, "%s", place->file != NULL ? place->file : "");
    vsnprintf(item.text, sizeof item.text, format, arguments);
    plain_make(item.text);
    if (diagnostics->list != NULL && is_known(diagnostics, &item))
        return;
    if (!is_note)
        diagnostics->errors++;
    if (diagnostics->list != NULL && diagnostics->count < SCENARIO_DIAGNOSTICS_MAX)
        diagnostics->list[diagnostics->count++] = item;
}

void diagnostics_error(struct diagnostics *diagnostics, const struct place *place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(diagnostics, place, false, format, arguments);
    va_end(arguments);
}

void diagnostics_note(struct diagnostics *diagnostics, const struct place *place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(diagnostics, place, true, format, arguments);
    va_end(arguments);
}

static int compare(const struct scenario_diagnostic *a, const struct scenario_diagnostic *b)
{
    int files = strcmp(a->file, b->file);
    if (files != 0)
        return files;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return a->column == b->column ? 0 : a->column < b->column ? -1 : 1;
}

static size_t count_errors(const struct diagnostics *diagnostics)
{
    size_t errors = 0;
    for (size_t i = 0; i < diagnostics->count; i++)
        errors += !diagnostics->list[i].is_note;
    return errors;
}

void diagnostics_finish(struct diagnostics *diagnostics)
{
    struct scenario_diagnostic *list = diagnostics->list;
    for (size_t i = 1; i < diagnostics->count; i++) {
        struct scenario_diagnostic item = list[i];
        size_t j = i;
        for (; j > 0 && compare(&item, &list[j - 1]) < 0; j--)
            list[j] = list[j - 1];
        list[j] = item;
    }
    size_t lost = diagnostics->errors - (list != NULL ? count_errors(diagnostics) : diagnostics->errors);
    if (lost > 0 && diagnostics->count == SCENARIO_DIAGNOSTICS_MAX) {
        struct scenario_diagnostic *last = &list[diagnostics->count - 1];
        bool was_error = !last->is_note;
        last->is_note = false;
        snprintf(last->text, sizeof last->text, "and %zu more errors", lost + was_error);
    }
}
