/* study.h: a small study with known values for the tests of the results file.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_ANALYSIS_STUDY_H
#define KONSENTO_TESTS_ANALYSIS_STUDY_H

#include "analysis/blob.h"
#include "analysis/results.h"

#define STUDY_CONFIGS 3
#define STUDY_COLUMNS 4
#define STUDY_SERIES  96
#define STUDY_TABLES  2
#define STUDY_BLOB    70

/* Three configurations, four metrics, a load series of one day, two event tables, short blobs. */
extern const struct results_study study_small;

/* Room for one row of that study. */
struct study_row {
    struct results_row row;
    double metrics[STUDY_COLUMNS];
    float series[STUDY_SERIES];
    int64_t values[STUDY_TABLES][3 * 8];
    const int64_t *tables[STUDY_TABLES];
    size_t table_counts[STUDY_TABLES];
    char failure[64];
    struct blob blob;
    uint32_t blob_size;
    uint8_t blob_bytes[STUDY_BLOB];
};
/* The row of (config, replication): every value is a function of the two, so that any wrong row shows. */
void study_fill(struct study_row *made, uint32_t config, uint32_t replication);

/* Asserts that two rows are equal in everything a file keeps. */
void study_assert_equal(const struct results_study *study, const struct results_row *a, const struct results_row *b);
/* Asserts that the row is the one that study_fill makes. */
void study_assert_row(const struct results_row *row);

/* A new empty folder for one test, removed with all it holds by study_remove. */
void study_folder(char path[64]);
void study_remove(const char *path);
/* path/name in a buffer of 256. */
const char *study_path(char buffer[256], const char *path, const char *name);
/* Does the file exist? */
int study_exists(const char *path, const char *name);

#endif
