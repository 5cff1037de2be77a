/* test_ln_channel_fuzz.c: a million random steps of three nodes; a finding is minimised and printed.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     test_ln_channel_fuzz                    what ctest runs
 *     test_ln_channel_fuzz SEED [RUNS]        more, or one run again
 *     test_ln_channel_fuzz hex BYTES [real]   one input again, as it was printed
 *     test_ln_channel_fuzz find STEPS         looks for a finding until so many steps; no finding is a failure
 *
 * Inputs run in other processes, so that a finding of any kind (assert, abort, sanitizer) is caught. Its input is made
 * shorter as long as it still fails, its bytes are made zero where that makes no difference, and what is left is
 * printed in hexadecimal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lightning/dice.h"
#include "tests/lightning/trio.h"

#define STEPS     4000
#define INPUT_MAX (1 + 2 * STEPS)
#define BATCH     28 /* runs in one process */

static struct trio trio;

static size_t make_input(uint8_t *bytes, uint64_t seed, size_t steps)
{
    struct dice dice = {seed};
    dice_fill(&dice, bytes, 1 + 2 * steps);
    return 1 + 2 * steps;
}

/* ---- one finding ---- */

/* Runs an input in a child without its complaints. Returns whether it fails. */
static bool fails(const uint8_t *bytes, size_t length, enum ln_backend_kind backend)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (freopen("/dev/null", "w", stderr) == NULL) {
            _exit(0);
        }
        trio.court.depth = COURT_BRIEF;
        trio_run(&trio, backend, bytes, length);
        _exit(0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        return false;
    }
    return status != 0;
}

/* Goes once over the input and takes away pieces of a size that are not needed. */
static size_t take_away(uint8_t *bytes, size_t length, size_t piece, enum ln_backend_kind backend)
{
    static uint8_t shorter[INPUT_MAX];
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
    return length;
}

static void make_zero(uint8_t *bytes, size_t length, enum ln_backend_kind backend)
{
    for (size_t i = 0; i < length; i++) {
        uint8_t before = bytes[i];
        bytes[i] = 0;
        if (before != 0 && !fails(bytes, length, backend)) {
            bytes[i] = before;
        }
    }
}

/* Ever smaller pieces, the smallest (one step) until none can be spared. */
static size_t minimise(uint8_t *bytes, size_t length, enum ln_backend_kind backend)
{
    for (size_t piece = length / 2 & ~(size_t)1; piece > 2; piece = piece / 2 & ~(size_t)1) {
        length = take_away(bytes, length, piece, backend);
    }
    for (size_t before = length + 1; length < before;) {
        before = length;
        length = take_away(bytes, length, 2, backend);
    }
    make_zero(bytes, length, backend);
    return take_away(bytes, length, 2, backend);
}

static size_t report(uint8_t *bytes, size_t length, enum ln_backend_kind backend)
{
    length = minimise(bytes, length, backend);
    printf("fails after %zu steps with back end %d: hex ", (length - 1) / 2, (int)backend);
    for (size_t i = 0; i < length; i++) {
        printf("%02x", bytes[i]);
    }
    printf("%s\n", backend == LN_BACKEND_REAL ? " real" : "");
    fflush(stdout);
    return length;
}

/* ---- many runs ---- */

/* A batch runs in one child, which tells its totals through a pipe. Returns false if it failed. */
static bool run_batch(struct trio_totals *totals, uint64_t seed, unsigned runs, enum ln_backend_kind backend,
                      size_t steps)
{
    static uint8_t bytes[INPUT_MAX];
    struct trio_totals mine = {0};
    int ends[2];
    int status = 1;
    if (pipe(ends) != 0) {
        return false;
    }
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        memset(&trio.totals, 0, sizeof trio.totals);
        for (unsigned i = 0; i < runs; i++) {
            trio_run(&trio, backend, bytes, make_input(bytes, seed + i, steps));
        }
        _exit(write(ends[1], &trio.totals, sizeof mine) == (ssize_t)sizeof mine ? 0 : 1);
    }
    close(ends[1]);
    bool told = child > 0 && read(ends[0], &mine, sizeof mine) == (ssize_t)sizeof mine;
    close(ends[0]);
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0 || !told) {
        return false;
    }
    const uint64_t *from = (const uint64_t *)&mine;
    uint64_t *to = (uint64_t *)totals;
    for (size_t i = 0; i < TRIO_TOTALS; i++) {
        to[i] += from[i];
    }
    return true;
}

static void print_totals(const struct trio_totals *totals, enum ln_backend_kind backend)
{
    static const char *const names[TRIO_TOTALS] = {"steps",
                                                   "messages",
                                                   "losses",
                                                   "crashes",
                                                   "to an older snapshot",
                                                   "payments made",
                                                   "not",
                                                   "channels closed",
                                                   "revoked commitments rebuilt",
                                                   "snapshots found too old",
                                                   "old ones good",
                                                   "transactions judged"};
    const uint64_t *from = (const uint64_t *)totals;
    printf("back end %d:", (int)backend);
    for (size_t i = 0; i < TRIO_TOTALS; i++) {
        printf("%s %llu %s", i == 0 ? "" : ",", (unsigned long long)from[i], names[i]);
    }
    printf("\n");
}

/* Every kind of thing must have happened in a million steps. */
static bool is_rich(const struct trio_totals *totals)
{
    const uint64_t *from = (const uint64_t *)totals;
    for (size_t i = 0; i < TRIO_TOTALS; i++) {
        if (from[i] == 0) {
            return false;
        }
    }
    return true;
}

static int run_all(uint64_t seed, unsigned runs, enum ln_backend_kind backend, size_t steps)
{
    static uint8_t bytes[INPUT_MAX];
    struct trio_totals totals = {0};
    for (unsigned done = 0; done < runs; done += BATCH) {
        unsigned count = runs - done < BATCH ? runs - done : BATCH;
        if (run_batch(&totals, seed + done, count, backend, steps)) {
            continue;
        }
        for (unsigned i = 0; i < count; i++) {
            size_t length = make_input(bytes, seed + done + i, steps);
            if (fails(bytes, length, backend)) {
                printf("seed %llu\n", (unsigned long long)(seed + done + i));
                length = report(bytes, length, backend);
                trio_run(&trio, backend, bytes, length); /* complains */
                return 1;
            }
        }
        printf("runs fail together and not alone\n");
        return 1;
    }
    print_totals(&totals, backend);
    return runs < BATCH || is_rich(&totals) ? 0 : 1;
}

static int find(uint64_t steps_max)
{
    static uint8_t bytes[INPUT_MAX];
    const size_t steps = 500;
    for (uint64_t seed = 1; seed * steps <= steps_max; seed++) {
        size_t length = make_input(bytes, seed, steps);
        if (fails(bytes, length, LN_BACKEND_TOKEN)) {
            printf("found within %llu steps; ", (unsigned long long)(seed * steps));
            report(bytes, length, LN_BACKEND_TOKEN);
            return 0;
        }
    }
    printf("nothing found in %llu steps\n", (unsigned long long)steps_max);
    return 1;
}

static int run_hex(const char *text, bool real)
{
    static uint8_t bytes[INPUT_MAX];
    size_t length = strlen(text) / 2;
    for (size_t i = 0; i < length; i++) {
        unsigned byte;
        if (i == INPUT_MAX || sscanf(text + 2 * i, "%2x", &byte) != 1) {
            printf("no such input\n");
            return 2;
        }
        bytes[i] = (uint8_t)byte;
    }
    trio_run(&trio, real ? LN_BACKEND_REAL : LN_BACKEND_TOKEN, bytes, length);
    print_totals(&trio.totals, real ? LN_BACKEND_REAL : LN_BACKEND_TOKEN);
    return 0;
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
    struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    if (argc > 2 && strcmp(argv[1], "hex") == 0) {
        return run_hex(argv[2], argc > 3 && strcmp(argv[3], "real") == 0);
    }
    if (argc > 2 && strcmp(argv[1], "find") == 0) {
        return find(strtoull(argv[2], NULL, 0));
    }
    if (argc > 1) {
        uint64_t seed = strtoull(argv[1], NULL, 0);
        unsigned runs = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 0) : 1;
        return run_all(seed, runs, LN_BACKEND_TOKEN, STEPS);
    }
    return check_transcripts() | run_all(1, 252, LN_BACKEND_TOKEN, STEPS) | run_all(5000, 2, LN_BACKEND_REAL, 2000) |
           run_all(6000, 2, LN_BACKEND_MEMO, 2000);
}
