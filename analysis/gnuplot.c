/* gnuplot.c: a child process between two files that are nowhere but in memory.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The script is given as a file, not through a pipe: from a pipe gnuplot reads each character by a call of its own.
 */
#include "analysis/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Returns false if there is no such program. */
static bool start(pid_t *child, const char *program, int input, int output)
{
    posix_spawn_file_actions_t actions;
    char *const arguments[] = {(char *)"gnuplot", (char *)"/dev/stdin", NULL};
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

static bool has_succeeded(pid_t child)
{
    int status = -1;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool put_all(int file, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t count = write(file, bytes, length);
        if (count <= 0 && errno != EINTR) {
            return false;
        }
        bytes += count > 0 ? count : 0;
        length -= count > 0 ? (size_t)count : 0;
    }
    return lseek(file, 0, SEEK_SET) == 0;
}

/* The whole file, ended by a zero; NULL if that failed, or it is too much. */
static char *get_all(int file)
{
    struct stat facts;
    if (fstat(file, &facts) != 0 || facts.st_size >= (off_t)GNUPLOT_BYTES_MAX) {
        return NULL;
    }
    size_t length = (size_t)facts.st_size, at = 0;
    char *bytes = malloc(length + 1);
    while (bytes != NULL && at < length) {
        ssize_t count = pread(file, bytes + at, length - at, (off_t)at);
        if (count <= 0 && errno != EINTR) {
            free(bytes);
            return NULL;
        }
        at += count > 0 ? (size_t)count : 0;
    }
    if (bytes != NULL) {
        bytes[length] = 0;
    }
    return bytes;
}

char *gnuplot_run(const char *program, const char *script, size_t length)
{
    int input = memfd_create("script", MFD_CLOEXEC), output = memfd_create("pictures", MFD_CLOEXEC);
    pid_t child;
    bool good = input >= 0 && output >= 0 && put_all(input, script, length) && start(&child, program, input, output) &&
                has_succeeded(child);
    char *bytes = good ? get_all(output) : NULL;
    if (input >= 0) {
        close(input);
    }
    if (output >= 0) {
        close(output);
    }
    return bytes;
}
