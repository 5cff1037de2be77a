/* input.h: what is wrong with a data file, told with file and line.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_INPUT_H
#define KONSENTO_MODELS_INPUT_H

/* A fault in a data file, or a remark on it. */
enum input_severity { INPUT_NOTE, INPUT_ERROR };
struct input_problem {
    enum input_severity severity;
    unsigned line; /* 0: the file as a whole */
    char file[256];
    char text[256];
};

#define INPUT_PROBLEMS_MAX 20

#endif
