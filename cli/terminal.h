/* terminal.h: data to stdout, everything else to stderr; colours, complaints, the last look at stdout.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_TERMINAL_H
#define KONSENTO_CLI_TERMINAL_H

#include <stdbool.h>

/* What the two streams can do. */
struct terminal {
    bool colour;             /* stdout is a terminal that shows colours, and NO_COLOR is not set */
    bool live;               /* stderr is a terminal on which a line can be redrawn */
    bool quiet;              /* --quiet: nothing on stderr but errors */
    unsigned plain_every_ms; /* between two progress lines where stderr is not a terminal */
};

/* Looks at the streams and at NO_COLOR, TERM and KONSENTO_PROGRESS_S. */
void terminal_init(struct terminal *terminal, bool quiet);

/* Makes sure that descriptors 0, 1 and 2 are taken, so that no results file is ever opened as standard output. */
void terminal_guard_streams(void);

/* "konsento: …" on stderr, as one line. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

enum paint { PAINT_GOOD, PAINT_BAD, PAINT_UNSURE, PAINT_HEADING };
/* Escape sequences around a painted text; "" where there is no colour. */
const char *paint_on(const struct terminal *terminal, enum paint paint);
const char *paint_off(const struct terminal *terminal);

/* Flushes stdout. Returns false, with the reason told, if anything written to stdout was lost. */
bool terminal_flush(void);
/* The same at the end. Returns code, or CODE_FAILURE where code is an answer (OK or a verdict) that was lost. */
int terminal_finish(int code);

/* Columns that UTF-8 text takes, one per character. */
int text_columns(const char *text);

#endif
