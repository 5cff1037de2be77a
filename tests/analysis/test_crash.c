/* test_crash.c: a writer killed at any moment loses nothing finished and leaves nothing wrong.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/analysis/study.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define REPLICATIONS 120
#define KILLS        60
#define FINISH_EVERY 12
#define KILL_US_MAX  40000

/* What the writer tells the test, in memory that both see: rows that were added or kept by a finish. */
struct promise {
    uint32_t finished[STUDY_CONFIGS][REPLICATIONS];
};

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static void must(enum results_result result)
{
    if (result != RESULTS_OK) {
        _exit(9);
    }
}

/* Adds every row that is missing, in an order of its own, and finishes now and then. Ends with a finish. */
static void write_all(const char *path, struct promise *promise)
{
    struct results_error error;
    struct results_dir *dir;
    unsigned added = 0;
    must(results_dir_open(&dir, &error, path, &study_small));
    for (uint32_t i = 0; i < STUDY_CONFIGS * REPLICATIONS; i++) {
        uint32_t unit = i * 7 % (STUDY_CONFIGS * REPLICATIONS), config = unit % STUDY_CONFIGS;
        uint32_t replication = unit / STUDY_CONFIGS;
        if (results_dir_has(dir, config, replication)) {
            continue;
        }
        struct study_row made;
        study_fill(&made, config, replication);
        must(results_dir_add(dir, &error, &made.row, 1));
        __atomic_store_n(&promise->finished[config][replication], 1, __ATOMIC_SEQ_CST);
        if (++added % FINISH_EVERY == 0) {
            must(results_dir_finish(dir, &error, NULL, 0));
        }
    }
    must(results_dir_finish(dir, &error, NULL, 0));
    results_dir_close(dir);
    _exit(0);
}

/* Runs a writer and kills it after some time; 0 microseconds: lets it end. Returns whether it ended by itself. */
static bool run_writer(const char *path, struct promise *promise, uint64_t kill_us)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        write_all(path, promise);
    }
    if (kill_us > 0) {
        nanosleep(&(struct timespec){0, (long)kill_us * 1000}, NULL);
        kill(child, SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return WIFEXITED(status);
}

/* Every row promised is there, and every row there is right. Returns their number. */
static size_t check_folder(const char *path, const struct promise *promise)
{
    struct results_error error = {""};
    struct results_dir *dir;
    if (results_dir_open(&dir, &error, path, &study_small) != RESULTS_OK) {
        fail_msg("%s", error.text);
    }
    const struct results *results = results_dir_results(dir);
    for (size_t i = 0; i < results_row_count(results); i++) {
        study_assert_row(results_row(results, i));
    }
    for (uint32_t c = 0; c < STUDY_CONFIGS; c++) {
        for (uint32_t r = 0; r < REPLICATIONS; r++) {
            assert_true(promise->finished[c][r] == 0 || results_dir_has(dir, c, r));
        }
    }
    size_t count = results_row_count(results);
    results_dir_close(dir);
    return count;
}

static struct promise *new_promise(void)
{
    struct promise *promise = mmap(NULL, sizeof *promise, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(promise != MAP_FAILED);
    return promise;
}

static void read_file_digest(uint8_t digest[32], const char *path)
{
    struct results_error error = {""};
    struct results *results;
    char file[256];
    if (results_open(&results, &error, study_path(file, path, "results.h5")) != RESULTS_OK) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(results_row_count(results), STUDY_CONFIGS * REPLICATIONS);
    results_digest(digest, results);
    results_close(results);
}

/* Lets the writer end what is left, compares the digest, and removes the folder. */
static void end_folder(const char *path, struct promise *promise, const uint8_t expected[32])
{
    uint8_t digest[32];
    assert_true(run_writer(path, promise, 0));
    assert_false(study_exists(path, "shards"));
    read_file_digest(digest, path);
    assert_memory_equal(digest, expected, 32);
    study_remove(path);
    memset(promise, 0, sizeof *promise);
}

static void killed_sixty_times_it_ends_as_if_never_killed(void **state)
{
    (void)state;
    char path[64];
    uint8_t expected[32];
    uint64_t random = 7;
    struct promise *promise = new_promise();
    study_folder(path);
    assert_true(run_writer(path, promise, 0));
    read_file_digest(expected, path);
    end_folder(path, promise, expected);
    study_folder(path);
    unsigned killed = 0, ended = 0;
    for (size_t last = 0; killed < KILLS;) {
        if (run_writer(path, promise, 1 + next_random(&random) % KILL_US_MAX)) {
            ended++;
            end_folder(path, promise, expected);
            study_folder(path);
            last = 0;
            continue;
        }
        killed++;
        size_t count = check_folder(path, promise);
        assert_true(count >= last);
        last = count;
    }
    print_message("%u killed, %u studies ended in between\n", killed, ended);
    end_folder(path, promise, expected);
    munmap(promise, sizeof *promise);
}

/* Two processes that write the same study give the same bytes: nothing of a process gets into the file. */
static void equal_studies_give_equal_bytes(void **state)
{
    (void)state;
    char paths[2][64], file[256];
    char *bytes[2];
    size_t lengths[2];
    struct promise *promise = new_promise();
    for (size_t i = 0; i < 2; i++) {
        study_folder(paths[i]);
        assert_true(run_writer(paths[i], promise, 0));
        FILE *in = fopen(study_path(file, paths[i], "results.h5"), "rb");
        bytes[i] = malloc(1 << 24);
        assert_true(in != NULL && bytes[i] != NULL);
        lengths[i] = fread(bytes[i], 1, 1 << 24, in);
        fclose(in);
    }
    assert_int_equal(lengths[0], lengths[1]);
    assert_true(lengths[0] > 100000 && memcmp(bytes[0], bytes[1], lengths[0]) == 0);
    for (size_t i = 0; i < 2; i++) {
        free(bytes[i]);
        study_remove(paths[i]);
    }
    munmap(promise, sizeof *promise);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_sixty_times_it_ends_as_if_never_killed),
        cmocka_unit_test(equal_studies_give_equal_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
