/* rows.h: a study and its rows in memory, sorted by (config, replication).   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside view of struct results, for the files of this folder. Every row is one block of memory: the row, then its
 * metrics, table values, blob, series and texts.
 */
#ifndef KONSENTO_ANALYSIS_ROWS_H
#define KONSENTO_ANALYSIS_ROWS_H

#include "analysis/blob.h"
#include "analysis/pool.h"
#include "analysis/results.h"

#define ROW_END_REASON_BYTES 32
#define ROW_FAILURE_BYTES    512

struct results {
    struct results_study study; /* texts and arrays in the pool */
    struct pool pool;
    struct results_row **rows;
    size_t row_count, row_capacity;
};

/* Deep copy of a study into the pool. Returns false when memory is out. */
bool study_copy(struct results_study *copy, struct pool *pool, const struct results_study *study);
/* Hex SHA-256 over the names of columns, tables, series and the number of configurations: rows of two studies fit
 * together if it is equal. */
void study_shape(char hex[65], const struct results_study *study);

/* A row with room for what the arguments say, metrics NaN, everything else zero; NULL when memory is out.
 * table_row_count: per table, NULL if none. The rest is copied; texts are cut to what a file holds, the blob may be
 * NULL. Owns: free. */
struct row_rest {
    const char *end_reason, *failure;
    const struct blob *blob;
};
struct results_row *row_new(const struct results_study *study, bool has_series, const size_t *table_row_count,
                            struct row_rest rest);
/* Where a new row's values go. */
double *row_metrics(struct results_row *row);
float *row_series(struct results_row *row);
int64_t *row_table(struct results_row *row, size_t table);
struct results_row *row_copy(const struct results_study *study, const struct results_row *row);

/* Takes a row into its place. Returns false when memory is out; the row is then still the caller's.
 * The row must not be there yet. */
bool rows_insert(struct results *results, struct results_row *row);
/* Index of the first row not before (config, replication). */
size_t rows_lower_bound(const struct results *results, uint32_t config, uint32_t replication);
/* Takes a row out again and frees it; it must be there. */
void rows_remove(struct results *results, uint32_t config, uint32_t replication);

struct results *rows_open(void);

#endif
