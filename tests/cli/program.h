/* program.h: runs the program as a user would, in a folder of its own, and keeps what it said.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_CLI_PROGRAM_H
#define KONSENTO_TESTS_CLI_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A new empty folder; the working directory becomes it. Owns: folder_leave, which removes it. */
struct folder {
    char path[512];
};
void folder_enter(struct folder *folder);
void folder_leave(struct folder *folder);

void file_write(const char *path, const char *text);
void file_write_bytes(const char *path, const void *bytes, size_t length);
/* The whole file with a zero behind it; free it. Fails the test if it cannot be read. */
char *file_read(const char *path);
bool file_exists(const char *path);
/* Number of files in this folder and below whose name ends so. */
size_t files_ending(const char *folder, const char *end);

/* How to start it; all members may be zero. */
struct start {
    const char *const *environment; /* "NAME=VALUE" on top of ours, ended by NULL */
    const char *stdout_path;        /* instead of a pipe */
    bool stdout_closed;
    long file_bytes_max; /* RLIMIT_FSIZE, 0: none */
    int kill_signal;     /* sent after kill_after_us, 0: none */
    long kill_after_us;
    const char *kill_folder; /* if set: not before this folder holds a finished .h5 file */
    int second_signal;       /* sent second_after_us after the first one, 0: none */
    long second_after_us;
    bool as_nobody; /* without the rights of root */
};

struct said {
    int code; /* exit code; 128 + signal if a signal ended it */
    char *out, *err;
};

/* Runs the program with these arguments, ended by NULL; waits for its end. Owns: said_free. */
struct said program_run(const struct start *start, const char *const *arguments);
/* The same for any program found in PATH. */
struct said other_run(const struct start *start, const char *const *arguments);
void said_free(struct said *said);

#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define KONSENTO(...)  program_run(&(struct start){0}, ARGUMENTS(__VA_ARGS__))

/* Fails the test, showing both outputs, unless the code is this one. */
void expect_code(const struct said *said, int code, const char *where);
void expect_text(const char *whole, const char *part, const char *where);
void expect_no_text(const char *whole, const char *part, const char *where);
#define EXPECT_CODE(said, code)     expect_code(said, code, __func__)
#define EXPECT_TEXT(whole, part)    expect_text(whole, part, __func__)
#define EXPECT_NO_TEXT(whole, part) expect_no_text(whole, part, __func__)

/* Runs, expects a code, forgets what was said. */
#define EXPECT_RUN(code_, ...)                                                                                         \
    do {                                                                                                               \
        struct said said_ = KONSENTO(__VA_ARGS__);                                                                     \
        EXPECT_CODE(&said_, code_);                                                                                    \
        said_free(&said_);                                                                                             \
    } while (0)

/* The value of a text member of the JSON object: {"digest": "…"}. Fails the test if there is none. */
void json_member(char *value, size_t size, const char *json, const char *name);
/* Is this program in PATH? */
bool program_found(const char *name);

#endif
