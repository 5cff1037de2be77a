/* results.h: the results file: HDF5 with metrics as columns, written whole or not at all.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A study is a set of configurations (rows of parameters, one of them the payment rail) times replications. Each
 * finished replication is one row of metrics. Rows are collected into shards, files DIR/shards/NAME.h5 that are written
 * to .tmp, closed and renamed: the set of shard names is the checkpoint. At the end all rows go into DIR/results.h5 the
 * same way, with the complete provenance. Layout: docs/results.md. This file knows no simulator.
 */
#ifndef KONSENTO_ANALYSIS_RESULTS_H
#define KONSENTO_ANALYSIS_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct results_column {
    const char *name, *unit, *long_name, *definition;
};

/* What a metric has to do with others, for whoever judges or draws it. */
#define RESULTS_COUNT "1"
struct results_relation {
    int better;          /* +1: more is better, -1: less is, 0: neither */
    const char *part_of; /* the metric that this one is a part of, beside others; NULL: none */
    /* RESULTS_COUNT: a count of happenings. A metric's name: this one is a share of what that one counts, in %, or with
     * worth the cost of 1,000 of them. NULL: neither. */
    const char *trials;
    const char *worth; /* a metric: what one of them costs at most, as a rule; NULL: a share */
};

/* One parameter: for each configuration a text; numeric if every one of them is a number. */
struct results_param {
    const char *name, *unit;
    const char *const *values; /* config_count of them */
};

struct results_text {
    const char *name, *text; /* attribute, or provenance file and its content */
};

/* An opt-in event table; every column int64. */
struct results_table {
    const char *name;
    const char *const *columns;
    size_t column_count;
};

/* What all rows of a study share. Pointers are borrowed from the caller (writing) or owned by the file (reading). */
struct results_study {
    const char *identity;                      /* hex SHA-256 of identity_parts, by which two studies are told apart */
    const struct results_text *identity_parts; /* so that a mismatch can say what differs */
    size_t identity_part_count;
    uint64_t seed;
    size_t config_count;
    const struct results_column *columns;
    size_t column_count;
    const struct results_relation *relations; /* of each column; NULL: nothing is known */
    const struct results_param *params;
    size_t param_count;
    const struct results_text *attributes;
    size_t attribute_count;
    const struct results_text *provenance;
    size_t provenance_count;
    const char *series_name, *series_unit; /* "load", "W"; NULL: no series */
    size_t series_length;
    double series_step_s;
    const char *series_time_units; /* "seconds since 2020-01-01 00:00:00"; NULL: "s" from the start */
    const struct results_table *tables;
    size_t table_count;
    const char *blob_name, *blob_definition; /* "chain"; NULL: replications leave no blob */
};

struct blob;

/* One finished replication of one configuration. */
struct results_row {
    uint32_t config, replication;
    uint8_t digest[32];
    uint64_t events, ties;
    bool deterministic, failed;
    const char *end_reason; /* "horizon", "audit", ...; <= 31 characters */
    const char *failure;    /* "" unless failed; <= 511 characters */
    double cpu_s;
    const double *metrics;            /* column_count, NaN where undefined */
    const float *series;              /* series_length or NULL */
    const int64_t *const *table_rows; /* per table: row-major values; NULL if none */
    const size_t *table_row_count;    /* per table */
    const struct blob *blob;          /* analysis/blob.h; NULL if it left none */
};

/* Limits of a study; a name is a link in HDF5 and netCDF: 1..200 bytes, printable ASCII, no '/'. */
#define RESULTS_CONFIGS_MAX       1000000
#define RESULTS_COLUMNS_MAX       1000
#define RESULTS_PARAMS_MAX        1000
#define RESULTS_TABLES_MAX        32
#define RESULTS_TABLE_COLUMNS_MAX 64
#define RESULTS_TEXTS_MAX         1000 /* attributes, provenance texts */
#define RESULTS_SERIES_MAX        ((size_t)1 << 24)
#define RESULTS_CELLS_MAX         ((uint64_t)1 << 28) /* configurations x replications */

/* Outcome of a file operation; on anything but OK nothing stands under a final name and error says why. */
enum results_result {
    RESULTS_OK,
    RESULTS_IO,       /* cannot write or read: full disk, no permission, not there */
    RESULTS_FORMAT,   /* not a konsento file, or damaged */
    RESULTS_MISMATCH, /* belongs to another study: identity differs */
    RESULTS_MEMORY
};
struct results_error {
    char text[512];
};

/* A study with its rows in memory, sorted by (config, replication): read from a file, or being collected in a folder.
 */
struct results;

/* Creates DIR (and its parents) and DIR/shards if needed, takes the folder's lock, removes .tmp leftovers, reads every
 * shard present (and results.h5 if it is there). Returns MISMATCH if the folder holds another study: the text says what
 * differs. Owns: results_dir_close, which also gives the lock back. One thread at a time per folder. */
struct results_dir;
enum results_result results_dir_open(struct results_dir **dir, struct results_error *error, const char *path,
                                     const struct results_study *study);
void results_dir_close(struct results_dir *dir);

/* Locks every part of the folder, DIR/parts/NAME, and takes the rows of its shards: parts are folders with shards of
 * the same study, each written by a process of its own. Called again it looks again. A part in use is an error. The
 * next finish removes parts. */
enum results_result results_dir_adopt_parts(struct results_dir *dir, struct results_error *error);

/* Is this replication already there: on disk, or held? */
bool results_dir_has(const struct results_dir *dir, uint32_t config, uint32_t replication);
size_t results_dir_count(const struct results_dir *dir);
/* Every row of the folder so far. Lives until results_dir_close; a later add or hold may move its rows. */
const struct results *results_dir_results(const struct results_dir *dir);
/* Writes one shard with these rows, none of them there yet: .tmp, close, rename. */
enum results_result results_dir_add(struct results_dir *dir, struct results_error *error,
                                    const struct results_row *rows, size_t row_count);
/* Keeps rows in memory for the next finish, without a shard: for a run so short that a killed one may start again. */
enum results_result results_dir_hold(struct results_dir *dir, struct results_error *error,
                                     const struct results_row *rows, size_t row_count);
/* Merges every row, sorted by (config, replication), into DIR/results.h5 and then removes the shards. Where nothing is
 * new since results.h5 was written, that file stays as it is, with the attributes of the run that made it. */
enum results_result results_dir_finish(struct results_dir *dir, struct results_error *error,
                                       const struct results_text *closing_attributes, size_t closing_count);

/* A results file opened for reading; all strings and arrays live until results_close. A file without its seal (changed
 * since it was written, or cut off) is not read. */
enum results_result results_open(struct results **results, struct results_error *error, const char *path);
void results_close(struct results *results);
const struct results_study *results_study(const struct results *results);
/* Rows sorted by (config, replication). */
size_t results_row_count(const struct results *results);
const struct results_row *results_row(const struct results *results, size_t index);
/* The row of one replication, NULL if it was not done. */
const struct results_row *results_find(const struct results *results, uint32_t config, uint32_t replication);
/* The text of an attribute, NULL if there is none. */
const char *results_attribute(const struct results *results, const char *name);
/* Index of a metric by name, or column_count. */
size_t results_column_find(const struct results *results, const char *name);

/* SHA-256 over (config, replication, digest) of all rows in order: the digest of the study. */
void results_digest(uint8_t digest[32], const struct results *results);

#endif
