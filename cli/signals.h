/* signals.h: the first request to stop is remembered, the second one obeyed at once.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_SIGNALS_H
#define KONSENTO_CLI_SIGNALS_H

enum stop_request {
    STOP_NONE,
    STOP_INTERRUPT, /* SIGINT */
    STOP_TERMINATE  /* SIGTERM, SIGHUP, SIGUSR1 */
};

/* Catches the signals from now on; one that was ignored stays ignored. last_words: printed on stderr when the second
 * request ends the process; must stay valid. */
void signals_catch(const char *last_words);
/* What was asked for so far. */
enum stop_request signals_seen(void);
/* What is done once when the process aborts, before it dies: in a signal handler, on the thread that failed. Should it
 * take too long the process dies without it. */
void signals_before_abort(void (*act)(void *self), void *self);

#endif
