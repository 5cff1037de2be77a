/* input.h: what is wrong with a data file, told with file and line, all of it at once.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_INPUT_H
#define KONSENTO_MODELS_INPUT_H

#include <stddef.h>

/* A fault in a data file, or a remark on it. */
enum input_severity { INPUT_NOTE, INPUT_ERROR };
struct input_problem {
    enum input_severity severity;
    unsigned line; /* 0: the file as a whole */
    char file[256];
    char text[256];
};

#define INPUT_PROBLEMS_MAX 20

/* Problems being collected. Notes beyond the room are dropped; errors are counted on. */
struct input_report {
    struct input_problem *problems; /* room for INPUT_PROBLEMS_MAX */
    size_t problem_count;
    size_t error_count;
};

void input_report_init(struct input_report *report, struct input_problem *problems);
/* line 0: the file as a whole. A note gives way to an error when there is no room. */
void input_report_add(struct input_report *report, enum input_severity severity, const char *file, unsigned line,
                      const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Errors first, by line, then notes; says in the last text how many errors did not fit. */
void input_report_finish(struct input_report *report);

#endif
