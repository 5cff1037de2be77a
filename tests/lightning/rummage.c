/* rummage.c: many random inputs for something that is driven by bytes.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/rummage.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lightning/dice.h"

#define TOTALS_MAX 32

static void keep_no_core(void)
{
    struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
}

static size_t make_input(const struct rummage *rummage, uint8_t *bytes, uint64_t seed, size_t steps)
{
    struct dice dice = {seed};
    size_t length = rummage->head_bytes + 2 * steps;
    assert(length <= RUMMAGE_INPUT_MAX);
    dice_fill(&dice, bytes, length);
    return length;
}

/* ---- one finding ---- */

/* Runs an input in a child without its complaints. Returns whether it fails. */
static bool fails(const struct rummage *rummage, const uint8_t *bytes, size_t length, enum ln_backend_kind backend)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (freopen("/dev/null", "w", stderr) == NULL) {
            _exit(0);
        }
        rummage->run(rummage->context, backend, bytes, length);
        _exit(0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        return false;
    }
    return status != 0;
}

/* Goes once over the input and takes away pieces of a size that are not needed. */
static size_t take_away(const struct rummage *rummage, uint8_t *bytes, size_t length, size_t piece,
                        enum ln_backend_kind backend)
{
    static uint8_t shorter[RUMMAGE_INPUT_MAX];
    for (size_t at = rummage->head_bytes; at + piece <= length;) {
        memcpy(shorter, bytes, at);
        memcpy(shorter + at, bytes + at + piece, length - at - piece);
        if (fails(rummage, shorter, length - piece, backend)) {
            length -= piece;
            memcpy(bytes, shorter, length);
        } else {
            at += piece;
        }
    }
    return length;
}

static void make_zero(const struct rummage *rummage, uint8_t *bytes, size_t length, enum ln_backend_kind backend)
{
    for (size_t i = 0; i < length; i++) {
        uint8_t before = bytes[i];
        bytes[i] = 0;
        if (before != 0 && !fails(rummage, bytes, length, backend)) {
            bytes[i] = before;
        }
    }
}

/* Ever smaller pieces, the smallest (one step) until none can be spared. */
static size_t minimise(const struct rummage *rummage, uint8_t *bytes, size_t length, enum ln_backend_kind backend)
{
    for (size_t piece = length / 2 & ~(size_t)1; piece > 2; piece = piece / 2 & ~(size_t)1) {
        length = take_away(rummage, bytes, length, piece, backend);
    }
    for (size_t before = length + 1; length < before;) {
        before = length;
        length = take_away(rummage, bytes, length, 2, backend);
    }
    make_zero(rummage, bytes, length, backend);
    return take_away(rummage, bytes, length, 2, backend);
}

static size_t report(const struct rummage *rummage, uint8_t *bytes, size_t length, enum ln_backend_kind backend)
{
    length = minimise(rummage, bytes, length, backend);
    printf("fails after %zu steps with back end %d: hex ", (length - rummage->head_bytes) / 2, (int)backend);
    for (size_t i = 0; i < length; i++) {
        printf("%02x", bytes[i]);
    }
    printf("%s\n", backend == LN_BACKEND_REAL ? " real" : "");
    fflush(stdout);
    return length;
}

/* ---- many runs ---- */

/* A batch runs in one child, which tells its totals through a pipe. Returns false if it failed. */
static bool run_batch(const struct rummage *rummage, uint64_t *totals, uint64_t seed, unsigned runs,
                      enum ln_backend_kind backend)
{
    static uint8_t bytes[RUMMAGE_INPUT_MAX];
    uint64_t mine[TOTALS_MAX];
    size_t size = rummage->total_count * sizeof *mine;
    int ends[2];
    int status = 1;
    assert(rummage->total_count <= TOTALS_MAX);
    if (pipe(ends) != 0) {
        return false;
    }
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (freopen("/dev/null", "w", stderr) == NULL) {
            _exit(1);
        }
        memset(rummage->totals, 0, size);
        for (unsigned i = 0; i < runs; i++) {
            rummage->run(rummage->context, backend, bytes, make_input(rummage, bytes, seed + i, rummage->steps));
        }
        _exit(write(ends[1], rummage->totals, size) == (ssize_t)size ? 0 : 1);
    }
    close(ends[1]);
    bool told = child > 0 && read(ends[0], mine, size) == (ssize_t)size;
    close(ends[0]);
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0 || !told) {
        return false;
    }
    for (size_t i = 0; i < rummage->total_count; i++) {
        totals[i] += mine[i];
    }
    return true;
}

static void print_totals(const struct rummage *rummage, const uint64_t *totals, enum ln_backend_kind backend)
{
    printf("back end %d:", (int)backend);
    for (size_t i = 0; i < rummage->total_count; i++) {
        printf("%s %llu %s", i == 0 ? "" : ",", (unsigned long long)totals[i], rummage->names[i]);
    }
    printf("\n");
}

/* Every kind of thing must have happened in so many steps. */
static bool is_rich(const struct rummage *rummage, const uint64_t *totals)
{
    for (size_t i = 0; i < rummage->total_count; i++) {
        if (totals[i] == 0) {
            return false;
        }
    }
    return true;
}

static int find_in_batch(const struct rummage *rummage, uint64_t seed, unsigned count, enum ln_backend_kind backend)
{
    static uint8_t bytes[RUMMAGE_INPUT_MAX];
    for (unsigned i = 0; i < count; i++) {
        size_t length = make_input(rummage, bytes, seed + i, rummage->steps);
        if (fails(rummage, bytes, length, backend)) {
            printf("seed %llu\n", (unsigned long long)(seed + i));
            length = report(rummage, bytes, length, backend);
            rummage->run(rummage->context, backend, bytes, length); /* complains */
            return 1;
        }
    }
    printf("runs fail together and not alone\n");
    return 1;
}

int rummage_all(struct rummage *rummage, uint64_t seed, unsigned runs, enum ln_backend_kind backend)
{
    uint64_t totals[TOTALS_MAX] = {0};
    keep_no_core();
    for (unsigned done = 0; done < runs; done += rummage->batch) {
        unsigned count = runs - done < rummage->batch ? runs - done : rummage->batch;
        if (!run_batch(rummage, totals, seed + done, count, backend)) {
            return find_in_batch(rummage, seed + done, count, backend);
        }
    }
    print_totals(rummage, totals, backend);
    return runs < rummage->batch || is_rich(rummage, totals) ? 0 : 1;
}

int rummage_find(struct rummage *rummage, uint64_t steps_max, size_t steps)
{
    static uint8_t bytes[RUMMAGE_INPUT_MAX];
    keep_no_core();
    for (uint64_t seed = 1; seed * steps <= steps_max; seed++) {
        size_t length = make_input(rummage, bytes, seed, steps);
        if (fails(rummage, bytes, length, LN_BACKEND_TOKEN)) {
            printf("found within %llu steps, seed %llu\n", (unsigned long long)(seed * steps),
                   (unsigned long long)seed);
            return 0;
        }
    }
    printf("nothing found in %llu steps\n", (unsigned long long)steps_max);
    return 1;
}

int rummage_hex(struct rummage *rummage, const char *text, enum ln_backend_kind backend)
{
    static uint8_t bytes[RUMMAGE_INPUT_MAX];
    size_t length = strlen(text) / 2;
    for (size_t i = 0; i < length; i++) {
        unsigned byte;
        if (i == RUMMAGE_INPUT_MAX || sscanf(text + 2 * i, "%2x", &byte) != 1) {
            printf("no such input\n");
            return 2;
        }
        bytes[i] = (uint8_t)byte;
    }
    rummage->run(rummage->context, backend, bytes, length);
    print_totals(rummage, rummage->totals, backend);
    return 0;
}
