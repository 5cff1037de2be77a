/* diagnose.h: the list of everything that is wrong with a scenario, each with its place.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SCENARIOS_LANG_DIAGNOSE_H
#define KONSENTO_SCENARIOS_LANG_DIAGNOSE_H

#include "scenarios/lang/scenario.h"

#include <stdarg.h>

struct place {
    const char *file;      /* NULL: no place at all */
    unsigned line, column; /* from 1; 0: the file as a whole */
};

struct diagnostics {
    struct scenario_diagnostic *list; /* SCENARIO_DIAGNOSTICS_MAX of them; NULL: only counted */
    size_t count;
    size_t errors; /* including those that found no room */
};

/* The text is made plain (plain.h): what a scenario says cannot steer a terminal. */
void diagnostics_error(struct diagnostics *diagnostics, const struct place *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void diagnostics_note(struct diagnostics *diagnostics, const struct place *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Sorts by file, line, column; equal places keep their order. Says how many errors found no room. */
void diagnostics_finish(struct diagnostics *diagnostics);

#endif
