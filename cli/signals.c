/* signals.c: requests to stop.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one place with variables outside functions: a signal handler has no other way to tell what it saw.
 */
#include "cli/signals.h"

#include "cli/exit_codes.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t seen;
static const char *last_words_text;

static void handle(int number)
{
    int request = number == SIGINT ? STOP_INTERRUPT : STOP_TERMINATE;
    if (seen != STOP_NONE) {
        (void)!write(STDERR_FILENO, last_words_text, strlen(last_words_text));
        _exit(request == STOP_INTERRUPT ? CODE_INTERRUPTED : CODE_INCOMPLETE);
    }
    seen = request;
}

void signals_catch(const char *last_words)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
    last_words_text = last_words;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART}, before;
        sigemptyset(&action.sa_mask);
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
    }
}

enum stop_request signals_seen(void)
{
    return (enum stop_request)seen;
}
