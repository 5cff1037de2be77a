/* bench_rows.c: event rows into files, in rows per second of processor time: bench_rows [PLAIN [DEFLATED]].   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows of 64 bytes as a payment table has them: configuration, replication, times that grow, numbers, amounts, kinds.
 *
 *   plain      a shard: everything from the rows of a replication to a sealed file under its final name
 *   deflated   results.h5 out of the rows in memory: shuffle and gzip -1, sealed
 *
 * Arguments are the least that will do, in millions of rows.
 */
#include "analysis/results.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define COLUMNS      8
#define ROWS         250000 /* of a replication */
#define REPLICATIONS 4
#define RUNS         3 /* the best one counts: whatever else runs makes none of them faster */

static double cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void fail(const char *text)
{
    fprintf(stderr, "bench_rows: %s\n", text);
    exit(1);
}

static int64_t *make_rows(void)
{
    int64_t *values = malloc(ROWS * COLUMNS * sizeof *values), at_us = 0;
    uint64_t random = 20180301;
    if (values == NULL) {
        fail("memory is out");
    }
    for (size_t i = 0; i < ROWS; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        at_us += (int64_t)(random >> 40);
        const int64_t row[COLUMNS] = {at_us,
                                      (int64_t)i / 12,
                                      (int64_t)i % 12,
                                      (int64_t)(random >> 60),
                                      100000 + (int64_t)(random >> 52) % 900,
                                      at_us - (int64_t)(random >> 44),
                                      (int64_t)(random >> 62),
                                      16000 + (int64_t)(random >> 58)};
        memcpy(values + i * COLUMNS, row, sizeof row);
    }
    return values;
}

struct rates {
    double plain, deflated;
};

static void run(struct rates *rates, const int64_t *values)
{
    static const char *const names[COLUMNS] = {"at_us",       "session",  "payment", "kind",
                                               "amount_msat", "asked_us", "cause",   "fee_msat"};
    static const struct results_table table = {"payment", names, COLUMNS};
    static const struct results_study study = {.identity = "00", .config_count = 1, .tables = &table, .table_count = 1};
    static const size_t count = ROWS;
    char folder[] = "/tmp/bench-rows-XXXXXX", file[64];
    struct results_error error = {""};
    struct results_dir *dir;
    if (mkdtemp(folder) == NULL || results_dir_open(&dir, &error, folder, &study) != RESULTS_OK) {
        fail(error.text);
    }
    double began = cpu_s();
    for (uint32_t i = 0; i < REPLICATIONS; i++) {
        const struct results_row row = {
            .replication = i, .end_reason = "horizon", .failure = "", .table_rows = &values, .table_row_count = &count};
        if (results_dir_add(dir, &error, &row, 1) != RESULTS_OK) {
            fail(error.text);
        }
    }
    double added = cpu_s();
    if (results_dir_finish(dir, &error, NULL, 0) != RESULTS_OK) {
        fail(error.text);
    }
    double finished = cpu_s();
    results_dir_close(dir);
    rates->plain = REPLICATIONS * ROWS / (added - began) / 1e6;
    rates->deflated = REPLICATIONS * ROWS / (finished - added) / 1e6;
    static const char *const left[] = {"results.h5", ".lock", "shards"};
    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++) {
        snprintf(file, sizeof file, "%s/%s", folder, left[i]);
        remove(file);
    }
    rmdir(folder);
}

int main(int argc, char **argv)
{
    struct rates best = {0, 0}, rates;
    int64_t *values = make_rows();
    for (int i = 0; i < RUNS; i++) {
        run(&rates, values);
        best.plain = rates.plain > best.plain ? rates.plain : best.plain;
        best.deflated = rates.deflated > best.deflated ? rates.deflated : best.deflated;
    }
    free(values);
    printf("plain     %6.2f million rows per CPU second\ndeflated  %6.2f\n", best.plain, best.deflated);
    bool good =
        (argc < 2 || best.plain >= strtod(argv[1], NULL)) && (argc < 3 || best.deflated >= strtod(argv[2], NULL));
    return good ? 0 : 1;
}
