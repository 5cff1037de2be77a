/* terminal.c: data to stdout, everything else to stderr.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/terminal.h"

#include "cli/exit_codes.h"
#include "cli/options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLAIN_EVERY_S     30
#define PLAIN_EVERY_S_MAX 86400

static bool is_capable(int descriptor)
{
    const char *term = getenv("TERM");
    return isatty(descriptor) && term != NULL && strcmp(term, "dumb") != 0;
}

void terminal_init(struct terminal *terminal, bool quiet)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *every = getenv("KONSENTO_PROGRESS_S");
    uint64_t seconds = PLAIN_EVERY_S;
    if (every != NULL && !options_number(&seconds, every, 1, PLAIN_EVERY_S_MAX))
        complain("KONSENTO_PROGRESS_S: '%s' is not a whole number of seconds from 1 to %d; %d is used", every,
                 PLAIN_EVERY_S_MAX, PLAIN_EVERY_S);
    *terminal = (struct terminal){
        .colour = is_capable(STDOUT_FILENO) && (no_colour == NULL || *no_colour == '\0'),
        .live = is_capable(STDERR_FILENO),
        .quiet = quiet,
        .plain_every_ms = (unsigned)seconds * 1000,
    };
}

void terminal_guard_streams(void)
{
    /* Opened the wrong way round, so that the first use of a closed stream is an error and not a silent loss. */
    const int modes[] = {O_WRONLY, O_RDONLY, O_RDONLY};
    for (int descriptor = 0; descriptor <= 2; descriptor++)
        if (fcntl(descriptor, F_GETFD) == -1 && errno == EBADF)
            (void)!open("/dev/null", modes[descriptor]);
}

void complain(const char *format, ...)
{
    char text[2048];
    va_list rest;
    va_start(rest, format);
    vsnprintf(text, sizeof text, format, rest);
    va_end(rest);
    fprintf(stderr, "konsento: %s\n", text);
}

const char *paint_on(const struct terminal *terminal, enum paint paint)
{
    static const char *const codes[] = {
        [PAINT_GOOD] = "\033[32m", [PAINT_BAD] = "\033[31m", [PAINT_UNSURE] = "\033[33m", [PAINT_HEADING] = "\033[1m"};
    return terminal->colour ? codes[paint] : "";
}

const char *paint_off(const struct terminal *terminal)
{
    return terminal->colour ? "\033[0m" : "";
}

bool terminal_flush(void)
{
    errno = 0;
    bool lost = ferror(stdout) != 0;
    if (fflush(stdout) != 0)
        lost = true;
    if (lost && errno == 0) { /* lost while it was written, nothing is left to fail now: one byte more tells why */
        clearerr(stdout);
        putchar('\n');
        fflush(stdout);
    }
    int reason = errno;
    /* Some file systems report a full disk only on close; a second descriptor leaves stdout itself usable. */
    int copy = dup(STDOUT_FILENO);
    if (copy != -1 && close(copy) != 0) {
        lost = true;
        reason = errno;
    }
    if (lost)
        complain("cannot write to standard output: %s", reason != 0 ? strerror(reason) : "output was lost");
    clearerr(stdout); /* told once */
    return !lost;
}

int terminal_finish(int code)
{
    bool is_answer = code == CODE_OK || code == CODE_THRESHOLD || code == CODE_UNDECIDED || code == CODE_REGRESSION;
    return !terminal_flush() && is_answer ? CODE_FAILURE : code;
}

int text_columns(const char *text)
{
    int columns = 0;
    for (; *text != '\0'; text++)
        columns += ((unsigned char)*text & 0xc0) != 0x80;
    return columns;
}
