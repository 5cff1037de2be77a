/* gnuplot.c: a child process, its input in a file without a name, its output through a pipe.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* The script in memory, ready to be read; -1 if that fails. */
static int script_file(const char *script, size_t length)
{
    int file = memfd_create("script", MFD_CLOEXEC);
    for (size_t done = 0; file >= 0 && done < length;) {
        ssize_t part = write(file, script + done, length - done);
        if (part <= 0) {
            close(file);
            return -1;
        }
        done += (size_t)part;
    }
    if (file >= 0 && lseek(file, 0, SEEK_SET) != 0) {
        close(file);
        return -1;
    }
    return file;
}

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

/* Everything that comes through the pipe; NULL if it is too much. */
static char *read_all(int pipe)
{
    char *bytes = NULL, part[16384];
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    bool good = out != NULL;
    for (ssize_t count = 1; good && count != 0;) {
        count = read(pipe, part, sizeof part);
        if (count > 0) {
            good = fwrite(part, 1, (size_t)count, out) == (size_t)count && fflush(out) == 0 && size < GNUPLOT_BYTES_MAX;
        } else if (count < 0 && errno != EINTR) {
            good = false;
        }
    }
    good = out != NULL && fclose(out) == 0 && good;
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

char *gnuplot_run(const char *program, const char *script, size_t length)
{
    int ends[2], input = script_file(script, length);
    pid_t child;
    char *bytes = NULL;
    if (input < 0) {
        return NULL;
    }
    if (pipe2(ends, O_CLOEXEC) == 0) {
        bool is_running = start(&child, program, input, ends[1]);
        close(ends[1]);
        bytes = is_running ? read_all(ends[0]) : NULL;
        close(ends[0]);
        if (is_running && !has_succeeded(child)) {
            free(bytes);
            bytes = NULL;
        }
    }
    close(input);
    return bytes;
}
