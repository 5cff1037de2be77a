/* signals.c: requests to stop.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one place with variables outside functions: a signal handler has no other way to tell what it saw.
 */
#include "cli/signals.h"

#include "cli/exit_codes.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* `timeout` sends its signal to the program and again to its process group, and terminals and wrappers send Ctrl-C
 * twice as well: what comes so soon after the first is the first. */
#define SAME_REQUEST_MS 200

static volatile sig_atomic_t seen;
static struct timespec seen_at;
static const char *last_words_text;
static void (*last_act)(void *self);
static void *last_act_self;

static bool is_the_same_request(const struct timespec *now)
{
    int64_t passed_ms = (int64_t)(now->tv_sec - seen_at.tv_sec) * 1000 + (now->tv_nsec - seen_at.tv_nsec) / 1000000;
    return passed_ms < SAME_REQUEST_MS;
}

static void handle(int number)
{
    int request = number == SIGINT ? STOP_INTERRUPT : STOP_TERMINATE;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (seen == STOP_NONE)
        seen_at = now;
    else if (is_the_same_request(&now))
        return;
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
        sigfillset(&action.sa_mask); /* one at a time */
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
    }
}

enum stop_request signals_seen(void)
{
    return (enum stop_request)seen;
}

#define LAST_ACT_S 5

static void handle_abort(int number)
{
    (void)number;
    signal(SIGABRT, SIG_DFL);
    alarm(LAST_ACT_S);
    last_act(last_act_self);
    raise(SIGABRT);
}

void signals_before_abort(void (*act)(void *self), void *self)
{
    last_act = act;
    last_act_self = self;
    signal(SIGABRT, act == NULL ? SIG_DFL : handle_abort);
}
