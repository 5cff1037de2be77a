/* program.c: runs the program as a user would.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/cli/program.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <ftw.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define NOBODY        65534
#define TIMEOUT_S     120
#define ARGUMENTS_MAX 64

/* ---- files ------------------------------------------------------------------------------------------------------ */

void folder_enter(struct folder *folder)
{
    snprintf(folder->path, sizeof folder->path, "%s/tests/cli-XXXXXX", KONSENTO_BUILD);
    assert_non_null(mkdtemp(folder->path));
    assert_int_equal(chmod(folder->path, 0777), 0);
    assert_int_equal(chdir(folder->path), 0);
}

static int remove_entry(const char *path, const struct stat *status, int flag, struct FTW *place)
{
    (void)status;
    (void)flag;
    (void)place;
    return remove(path);
}

void folder_leave(struct folder *folder)
{
    assert_int_equal(chdir("/"), 0);
    nftw(folder->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void file_write_bytes(const char *path, const void *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

void file_write(const char *path, const char *text)
{
    file_write_bytes(path, text, strlen(text));
}

static char *read_all(FILE *file)
{
    size_t size = 0, capacity = 4096;
    char *text = malloc(capacity);
    assert_non_null(text);
    for (size_t got; (got = fread(text + size, 1, capacity - size - 1, file)) > 0;) {
        size += got;
        if (capacity - size < 2) {
            capacity *= 2;
            text = realloc(text, capacity);
            assert_non_null(text);
        }
    }
    text[size] = '\0';
    return text;
}

char *file_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("%s: %s", path, strerror(errno));
    char *text = read_all(file);
    fclose(file);
    return text;
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static bool ends_so(const char *name, const char *end)
{
    size_t length = strlen(name), end_length = strlen(end);
    return length >= end_length && strcmp(name + length - end_length, end) == 0;
}

size_t files_ending(const char *folder, const char *end)
{
    char *const paths[] = {(char *)(uintptr_t)folder, NULL};
    size_t count = 0;
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    assert_non_null(tree);
    for (const FTSENT *entry = fts_read(tree); entry != NULL; entry = fts_read(tree))
        count += entry->fts_info == FTS_F && ends_so(entry->fts_name, end);
    fts_close(tree);
    return count;
}

/* ---- processes -------------------------------------------------------------------------------------------------- */

static void redirect_stdout(const struct start *start, int pipe_end)
{
    if (start->stdout_closed)
        close(STDOUT_FILENO);
    else if (start->stdout_path == NULL)
        dup2(pipe_end, STDOUT_FILENO);
    else
        dup2(open(start->stdout_path, O_WRONLY | O_CREAT, 0666), STDOUT_FILENO);
}

/* In the child. */
static void become(const struct start *start, const char *const *words)
{
    signal(SIGINT, SIG_DFL);
    for (size_t i = 0; start->environment != NULL && start->environment[i] != NULL; i++)
        putenv((char *)(uintptr_t)start->environment[i]);
    if (start->file_bytes_max > 0) {
        const struct rlimit limit = {(rlim_t)start->file_bytes_max, (rlim_t)start->file_bytes_max};
        setrlimit(RLIMIT_FSIZE, &limit);
        signal(SIGXFSZ, SIG_IGN);
    }
    if (start->as_nobody && (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
        _exit(126);
    execvp(words[0], (char *const *)(uintptr_t)words);
    _exit(127);
}

static void pause_us(long us)
{
    const struct timespec pause = {us / 1000000, us % 1000000 * 1000};
    nanosleep(&pause, NULL);
}

static void send_signals(const struct start *start, pid_t child)
{
    if (start->kill_signal == 0)
        return;
    pause_us(start->kill_after_us);
    for (int i = 0; start->kill_folder != NULL && i < 10000 && files_ending(start->kill_folder, ".h5") == 0; i++)
        pause_us(1000);
    kill(child, start->kill_signal);
    if (start->second_signal == 0)
        return;
    pause_us(start->second_after_us);
    kill(child, start->second_signal);
}

/* One pipe read to its end by a thread of its own, so that neither output blocks the other. */
struct reader {
    pthread_t thread;
    FILE *file;
    char *text;
};

static void *reader_main(void *argument)
{
    struct reader *reader = argument;
    reader->text = read_all(reader->file);
    fclose(reader->file);
    return NULL;
}

static void reader_start(struct reader *reader, int end)
{
    reader->file = fdopen(end, "rb");
    assert_non_null(reader->file);
    assert_int_equal(pthread_create(&reader->thread, NULL, reader_main, reader), 0);
}

static int wait_for(pid_t child)
{
    int status = 0;
    for (int milliseconds = 0; waitpid(child, &status, WNOHANG) == 0; milliseconds++) {
        if (milliseconds > TIMEOUT_S * 1000)
            kill(child, SIGKILL);
        pause_us(1000);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static struct said start_and_wait(const struct start *start, const char *const *words)
{
    int out[2], err[2];
    struct reader readers[2];
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    assert_int_equal(pipe2(err, O_CLOEXEC), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        redirect_stdout(start, out[1]);
        dup2(err[1], STDERR_FILENO);
        become(start, words);
    }
    close(out[1]);
    close(err[1]);
    reader_start(&readers[0], out[0]);
    reader_start(&readers[1], err[0]);
    send_signals(start, child);
    struct said said = {.code = wait_for(child)};
    pthread_join(readers[0].thread, NULL);
    pthread_join(readers[1].thread, NULL);
    said.out = readers[0].text;
    said.err = readers[1].text;
    return said;
}

struct said program_run(const struct start *start, const char *const *arguments)
{
    const char *words[ARGUMENTS_MAX] = {KONSENTO_BUILD "/konsento"};
    size_t count = 0;
    for (; arguments[count] != NULL; count++) {
        assert_true(count + 2 < ARGUMENTS_MAX);
        words[count + 1] = arguments[count];
    }
    return start_and_wait(start, words);
}

struct said other_run(const struct start *start, const char *const *arguments)
{
    return start_and_wait(start, arguments);
}

void said_free(struct said *said)
{
    free(said->out);
    free(said->err);
}

/* ---- expectations ----------------------------------------------------------------------------------------------- */

void expect_code(const struct said *said, int code, const char *where)
{
    if (said->code != code)
        fail_msg("%s: exit code %d instead of %d\nstdout:\n%.3000s\nstderr:\n%.3000s", where, said->code, code,
                 said->out, said->err);
}

void expect_text(const char *whole, const char *part, const char *where)
{
    if (strstr(whole, part) == NULL)
        fail_msg("%s: '%s' is not in:\n%.3000s", where, part, whole);
}

void expect_no_text(const char *whole, const char *part, const char *where)
{
    if (strstr(whole, part) != NULL)
        fail_msg("%s: '%s' should not be in:\n%.3000s", where, part, whole);
}

void json_member(char *value, size_t size, const char *json, const char *name)
{
    char start[64];
    snprintf(start, sizeof start, "\"%s\": \"", name);
    const char *from = strstr(json, start);
    if (from == NULL)
        fail_msg("no \"%s\" in:\n%.2000s", name, json);
    else
        snprintf(value, size, "%.*s", (int)strcspn(from + strlen(start), "\""), from + strlen(start));
}

bool program_found(const char *name)
{
    char command[256];
    snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", name);
    FILE *pipe = popen(command, "r");
    return pipe != NULL && pclose(pipe) == 0;
}
