/* test_ln_onchain_fuzz.c: random quarrels on the chain.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     test_ln_onchain_fuzz                       what ctest runs
 *     test_ln_onchain_fuzz SEED RUNS [STEPS]     more, or others
 *     test_ln_onchain_fuzz hex BYTES [real]      one input again, as it was printed
 *
 * Each run is announced by its input on a fault, so that it can be run again.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lightning/brawl.h"
#include "tests/lightning/dice.h"

#define STEPS     60
#define INPUT_MAX 2048

static uint8_t input[INPUT_MAX];
static size_t input_length;
static enum ln_backend_kind input_backend;

/* Prints the input that is running, with what is safe in a signal handler. */
static void announce(int number)
{
    static const char digits[] = "0123456789abcdef";
    static char line[2 * INPUT_MAX + 16];
    size_t at = 0;
    memcpy(line, "hex ", 4);
    at += 4;
    for (size_t i = 0; i < input_length; i++) {
        line[at++] = digits[input[i] >> 4];
        line[at++] = digits[input[i] & 15];
    }
    if (input_backend == LN_BACKEND_REAL) {
        memcpy(line + at, " real", 5);
        at += 5;
    }
    line[at++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, at);
    (void)written;
    signal(number, SIG_DFL);
    raise(number);
}

static size_t read_hex(const char *text)
{
    size_t length = 0;
    unsigned byte;
    while (length < INPUT_MAX && sscanf(text + 2 * length, "%2x", &byte) == 1) {
        input[length++] = (uint8_t)byte;
    }
    return length;
}

static void run(struct brawl *brawl)
{
    brawl_run(brawl, input_backend, input, input_length);
}

static void run_many(struct brawl *brawl, uint64_t seed, uint64_t runs, size_t steps)
{
    for (uint64_t i = 0; i < runs; i++) {
        struct dice dice = {seed * UINT64_C(1000003) + i};
        input_backend = i % 16 == 0 ? LN_BACKEND_REAL : LN_BACKEND_TOKEN;
        input_length = 1 + 2 * (8 + dice_below(&dice, (uint32_t)steps * 2 - 8));
        input_length = input_length > INPUT_MAX ? INPUT_MAX : input_length;
        dice_fill(&dice, input, input_length);
        run(brawl);
    }
}

int main(int argc, char **argv)
{
    static struct brawl brawl;
    brawl.quarrel = quarrel_new();
    signal(SIGABRT, announce);
    signal(SIGSEGV, announce);
    if (argc > 2 && strcmp(argv[1], "hex") == 0) {
        input_length = read_hex(argv[2]);
        input_backend = argc > 3 ? LN_BACKEND_REAL : LN_BACKEND_TOKEN;
        run(&brawl);
    } else {
        uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
        uint64_t runs = argc > 2 ? strtoull(argv[2], NULL, 10) : 1500;
        run_many(&brawl, seed, runs, argc > 3 ? strtoul(argv[3], NULL, 10) : STEPS);
    }
    printf("%llu runs, %llu steps, %llu payments, %llu cheats, %llu blocks, %llu transactions mined, "
           "%llu refused one block earlier, %llu replaced, %llu blocks reorganised, "
           "%llu fundings with them, %llu restarts, %llu HTLCs too late\n",
           (unsigned long long)brawl.runs, (unsigned long long)brawl.steps, (unsigned long long)brawl.payments,
           (unsigned long long)brawl.cheats, (unsigned long long)brawl.quarrel->blocks,
           (unsigned long long)brawl.quarrel->mined, (unsigned long long)brawl.quarrel->refused,
           (unsigned long long)brawl.quarrel->replacements, (unsigned long long)brawl.quarrel->reorganised,
           (unsigned long long)brawl.quarrel->refunded, (unsigned long long)brawl.quarrel->restarts,
           (unsigned long long)brawl.lapsed);
    quarrel_free(brawl.quarrel);
    return 0;
}
