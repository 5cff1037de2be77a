/* exit_codes.h: what the program tells the shell; `konsento help exit-codes` says the same.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_EXIT_CODES_H
#define KONSENTO_CLI_EXIT_CODES_H

enum exit_code {
    CODE_OK = 0,
    CODE_FAILURE = 1,       /* a replication failed, a file cannot be written, memory is out */
    CODE_USAGE = 2,         /* command line, scenario or data file */
    CODE_THRESHOLD = 3,     /* a threshold is broken */
    CODE_UNDECIDED = 4,     /* an interval lies on both sides of a threshold */
    CODE_REGRESSION = 5,    /* two results differ by more than the margin */
    CODE_INCOMPLETE = 6,    /* stopped on request of the system; the same command goes on */
    CODE_INTERRUPTED = 130, /* Ctrl-C; the same command goes on */
};

#endif
