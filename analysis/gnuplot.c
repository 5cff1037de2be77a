/* gnuplot.c: a child process, its input through a socket, its output through a pipe.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Returns false if there is no such program. */
static bool start(pid_t *child, const char *program, int input, int output)
{
    posix_spawn_file_actions_t actions;
    char *const arguments[] = {(char *)"gnuplot", (char *)"-", NULL};
    if (posix_spawn_file_actions_init(&actions) != 0) {
        return false;
    }
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    bool good = posix_spawnp(child, program, &actions, NULL, arguments, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    return good;
}

/* What goes in and what comes out while the child runs. */
struct traffic {
    int input, output; /* our ends; input -1: all is written */
    const char *script;
    size_t length, written;
    FILE *out;
    size_t size; /* of what came out */
};

/* Gives the child what it takes. A child that is gone takes nothing. */
static void feed(struct traffic *traffic)
{
    ssize_t count = send(traffic->input, traffic->script + traffic->written, traffic->length - traffic->written,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) {
        traffic->written += (size_t)count;
    }
    bool is_over =
        traffic->written == traffic->length || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
    if (is_over) {
        close(traffic->input);
        traffic->input = -1;
    }
}

enum drained { DRAINED_MORE, DRAINED_END, DRAINED_FAILED };

static enum drained drain(struct traffic *traffic)
{
    char part[16384];
    ssize_t count = read(traffic->output, part, sizeof part);
    if (count == 0) {
        return DRAINED_END;
    }
    if (count < 0) {
        return errno == EINTR ? DRAINED_MORE : DRAINED_FAILED;
    }
    traffic->size += (size_t)count;
    bool good = traffic->size < GNUPLOT_BYTES_MAX && fwrite(part, 1, (size_t)count, traffic->out) == (size_t)count;
    return good ? DRAINED_MORE : DRAINED_FAILED;
}

/* Writes and reads until the child closes its output. Returns false if that failed, or it was too much. */
static bool exchange(struct traffic *traffic)
{
    for (enum drained drained = DRAINED_MORE;;) {
        struct pollfd ends[2] = {{traffic->output, POLLIN, 0}, {traffic->input, POLLOUT, 0}};
        if (poll(ends, 2, -1) < 0) {
            if (errno == EINTR) {
                continue;
            }
            return false;
        }
        if (traffic->input >= 0 && ends[1].revents != 0) {
            feed(traffic);
        }
        if (ends[0].revents != 0) {
            drained = drain(traffic);
        }
        if (drained != DRAINED_MORE) {
            return drained == DRAINED_END;
        }
    }
}

/* Everything that comes out of the child; NULL if that failed. */
static char *talk(struct traffic *traffic)
{
    char *bytes = NULL;
    size_t size = 0;
    traffic->out = open_memstream(&bytes, &size);
    bool good = traffic->out != NULL && exchange(traffic);
    good = traffic->out != NULL && fclose(traffic->out) == 0 && good;
    if (!good) {
        free(bytes);
        bytes = NULL;
    }
    return bytes;
}

static bool has_succeeded(pid_t child)
{
    int status = -1;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The child with our ends of its input and output; false if it does not run, and nothing is open. */
static bool launch(pid_t *child, struct traffic *traffic, const char *program)
{
    int input[2], output[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input) != 0) {
        return false;
    }
    if (pipe2(output, O_CLOEXEC) != 0) {
        close(input[0]);
        close(input[1]);
        return false;
    }
    bool is_running = start(child, program, input[1], output[1]);
    close(input[1]);
    close(output[1]);
    if (!is_running) {
        close(input[0]);
        close(output[0]);
    }
    traffic->input = input[0];
    traffic->output = output[0];
    return is_running;
}

char *gnuplot_run(const char *program, const char *script, size_t length)
{
    struct traffic traffic = {.script = script, .length = length};
    pid_t child;
    if (!launch(&child, &traffic, program)) {
        return NULL;
    }
    char *bytes = talk(&traffic);
    if (traffic.input >= 0) {
        close(traffic.input);
    }
    close(traffic.output);
    if (!has_succeeded(child)) {
        free(bytes);
        bytes = NULL;
    }
    return bytes;
}
