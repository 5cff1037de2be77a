/* test_ln_channel_fuzz.c: a million random steps of three nodes; a finding is minimised and printed.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     test_ln_channel_fuzz               what ctest runs
 *     test_ln_channel_fuzz SEED [RUNS]   more, or one run again
 *
 * Each run is its own process, so that a finding of any kind (assert, abort, sanitizer) is caught, its input made
 * shorter as long as it still fails, and printed as bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lightning/dice.h"
#include "tests/lightning/trio.h"

#define STEPS 4000

static struct trio trio;

struct totals {
    uint64_t steps, delivered, crashes, losses, paid, unpaid;
};

static size_t make_input(uint8_t *bytes, uint64_t seed, size_t steps)
{
    struct dice dice = {seed};
    dice_fill(&dice, bytes, 1 + 2 * steps);
    return 1 + 2 * steps;
}

/* Runs an input in a child without its complaints. Returns whether it fails. */
static bool fails(const uint8_t *bytes, size_t length, enum ln_backend_kind backend)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (freopen("/dev/null", "w", stderr) == NULL) {
            _exit(2);
        }
        trio_run(&trio, backend, bytes, length);
        _exit(0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        return false;
    }
    return status != 0;
}

/* Takes away ever smaller pieces that are not needed. */
static size_t minimise(uint8_t *bytes, size_t length, enum ln_backend_kind backend)
{
    static uint8_t shorter[1 + 2 * STEPS];
    for (size_t piece = (length / 4) & ~(size_t)1; piece >= 2; piece = (piece / 2) & ~(size_t)1) {
        for (size_t at = 1; at + piece <= length;) {
            memcpy(shorter, bytes, at);
            memcpy(shorter + at, bytes + at + piece, length - at - piece);
            if (fails(shorter, length - piece, backend)) {
                length -= piece;
                memcpy(bytes, shorter, length);
            } else {
                at += piece;
            }
        }
    }
    return length;
}

static int report(uint64_t seed, uint8_t *bytes, size_t length, enum ln_backend_kind backend)
{
    printf("seed %llu fails with back end %d\n", (unsigned long long)seed, (int)backend);
    length = minimise(bytes, length, backend);
    printf("%zu bytes:", length);
    for (size_t i = 0; i < length; i++) {
        printf(" %02x", bytes[i]);
    }
    printf("\n");
    fflush(stdout);
    trio_run(&trio, backend, bytes, length); /* complains */
    return 1;
}

static void add_totals(struct totals *totals)
{
    totals->steps += trio.steps;
    totals->delivered += trio.delivered;
    totals->crashes += trio.crashes;
    totals->losses += trio.losses;
    totals->paid += trio.paid;
    totals->unpaid += trio.unpaid;
}

/* A batch runs in one child, which tells its totals through a pipe. Returns false if it failed. */
static bool run_batch(struct totals *totals, uint64_t seed, unsigned runs, enum ln_backend_kind backend, size_t steps)
{
    static uint8_t bytes[1 + 2 * STEPS];
    int ends[2];
    if (pipe(ends) != 0) {
        return false;
    }
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct totals mine = {0};
        for (unsigned i = 0; i < runs; i++) {
            size_t length = make_input(bytes, seed + i, steps);
            trio_run(&trio, backend, bytes, length);
            add_totals(&mine);
        }
        _exit(write(ends[1], &mine, sizeof mine) == (ssize_t)sizeof mine ? 0 : 1);
    }
    struct totals mine = {0};
    int status = 1;
    close(ends[1]);
    bool told = child > 0 && read(ends[0], &mine, sizeof mine) == (ssize_t)sizeof mine;
    close(ends[0]);
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0 || !told) {
        return false;
    }
    totals->steps += mine.steps;
    totals->delivered += mine.delivered;
    totals->crashes += mine.crashes;
    totals->losses += mine.losses;
    totals->paid += mine.paid;
    totals->unpaid += mine.unpaid;
    return true;
}

static int run_all(uint64_t seed, unsigned runs, enum ln_backend_kind backend, size_t steps)
{
    static uint8_t bytes[1 + 2 * STEPS];
    struct totals totals = {0};
    if (!run_batch(&totals, seed, runs, backend, steps)) {
        for (unsigned i = 0; i < runs; i++) {
            size_t length = make_input(bytes, seed + i, steps);
            if (fails(bytes, length, backend)) {
                return report(seed + i, bytes, length, backend);
            }
        }
        return 1;
    }
    printf("back end %d: %llu steps, %llu messages, %llu losses, %llu crashes, %llu payments made, %llu not\n",
           (int)backend, (unsigned long long)totals.steps, (unsigned long long)totals.delivered,
           (unsigned long long)totals.losses, (unsigned long long)totals.crashes, (unsigned long long)totals.paid,
           (unsigned long long)totals.unpaid);
    return totals.paid > 0 && totals.unpaid > 0 ? 0 : 1;
}

/* The same input gives the same messages, whoever signs. */
static int check_transcripts(void)
{
    static uint8_t bytes[1 + 2 * 400];
    uint8_t first[32] = {0};
    for (unsigned run = 0; run < 4; run++) {
        size_t length = make_input(bytes, 99, 400);
        trio_run(&trio, run == 3 ? LN_BACKEND_TOKEN : (enum ln_backend_kind)run, bytes, length);
        if (run == 0) {
            memcpy(first, trio.transcript, 32);
        } else if (memcmp(first, trio.transcript, 32) != 0) {
            printf("transcript %u differs\n", run);
            return 1;
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        uint64_t seed = strtoull(argv[1], NULL, 0);
        unsigned runs = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 0) : 1;
        return run_all(seed, runs, LN_BACKEND_TOKEN, STEPS);
    }
    return check_transcripts() | run_all(1, 252, LN_BACKEND_TOKEN, STEPS) | run_all(5000, 2, LN_BACKEND_REAL, 2000) |
           run_all(6000, 2, LN_BACKEND_MEMO, 2000);
}
