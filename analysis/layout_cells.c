/* layout_cells.c: results.h5 being read: the rows, out of arrays over (config, rep).   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/layout_cells.h"

#include "analysis/h5blob.h"
#include "analysis/layout_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The arrays over (config, rep), as they stand in the file. Memory lives until the rows are made. */
struct cells {
    struct h5_in *in;
    struct results *results;
    struct pool pool;
    size_t count, replication_count;
    uint32_t *replications;
    uint8_t *done, *failed, *deterministic, *digest;
    uint64_t *events, *ties;
    double *cpu_s;
    const char **end_reason, **failure;
    size_t *table_counts;      /* cell x table */
    hid_t blobs;               /* their group */
    size_t blob_count;         /* in it and not read yet */
    struct results_row **rows; /* per cell, NULL where not done */
};

static void *take(struct cells *cells, size_t count, size_t size)
{
    void *bytes = pool_take(&cells->pool, count, size);
    if (bytes == NULL) {
        cells->results->pool.failed = true;
        h5_in_fault(cells->in, "the rows", "do not fit into memory");
    }
    return bytes;
}

/* Reads an array over (config, rep) with elements of `size` bytes. */
static void *read_plane(struct cells *cells, hid_t group, const char *name, hid_t type, size_t size)
{
    void *values = take(cells, cells->count, size);
    h5_in_values(cells->in, group, name, type, 2,
                 (hsize_t[]){cells->results->study.config_count, cells->replication_count}, values);
    return values;
}

static void read_axis(struct cells *cells)
{
    struct h5_in *in = cells->in;
    hid_t dataset = h5_in_dataset(in, in->file, "rep");
    hsize_t count = h5_in_length(in, dataset, "rep");
    h5_in_end(dataset);
    uint64_t total;
    if (__builtin_mul_overflow(count, (uint64_t)cells->results->study.config_count, &total) ||
        total > RESULTS_CELLS_MAX) {
        h5_in_fault(in, "rep", "is too long");
        return;
    }
    cells->replication_count = count;
    cells->count = total;
    cells->replications = take(cells, count, sizeof *cells->replications);
    h5_in_values(in, in->file, "rep", H5T_NATIVE_UINT32, 1, &count, cells->replications);
    for (size_t i = 1; i < count && !in->failed; i++) {
        if (cells->replications[i - 1] >= cells->replications[i]) {
            h5_in_fault(in, "rep", "is not in order");
        }
    }
}

static const char **read_text_plane(struct cells *cells, hid_t group, const char *name)
{
    const char **texts = take(cells, cells->count, sizeof *texts);
    if (texts != NULL) {
        h5_in_texts(cells->in, group, name, cells->count, texts);
    }
    return texts;
}

static void read_replications(struct cells *cells)
{
    struct h5_in *in = cells->in;
    hid_t group = h5_in_group(in, in->file, "replications");
    cells->done = read_plane(cells, group, "done", H5T_NATIVE_UINT8, 1);
    cells->failed = read_plane(cells, group, "failed", H5T_NATIVE_UINT8, 1);
    cells->deterministic = read_plane(cells, group, "deterministic", H5T_NATIVE_UINT8, 1);
    cells->events = read_plane(cells, group, "events", H5T_NATIVE_UINT64, sizeof(uint64_t));
    cells->ties = read_plane(cells, group, "ties", H5T_NATIVE_UINT64, sizeof(uint64_t));
    cells->cpu_s = read_plane(cells, group, "cpu_s", H5T_NATIVE_DOUBLE, sizeof(double));
    cells->digest = take(cells, cells->count, DIGEST_BYTES);
    h5_in_values(in, group, "digest", H5T_NATIVE_UINT8, 3,
                 (hsize_t[]){cells->results->study.config_count, cells->replication_count, DIGEST_BYTES},
                 cells->digest);
    cells->end_reason = read_text_plane(cells, group, "end_reason");
    cells->failure = read_text_plane(cells, group, "failure");
    h5_in_end(group);
}

/* The cell of a configuration and a replication that was done; cells->count if there is none. */
static size_t find_cell(const struct cells *cells, int64_t config, int64_t replication)
{
    size_t low = 0, high = cells->replication_count;
    if (config < 0 || (uint64_t)config >= cells->results->study.config_count) {
        return cells->count;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (cells->replications[middle] < replication) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    size_t cell = (size_t)config * cells->replication_count + low;
    bool found = low < cells->replication_count && cells->replications[low] == replication && cells->done[cell] != 0;
    return found ? cell : cells->count;
}

/* config and rep of each row of an event table. */
struct event_key {
    int64_t config, replication;
};

static hid_t key_type(void)
{
    hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(struct event_key));
    H5Tinsert(type, "config", HOFFSET(struct event_key, config), H5T_NATIVE_INT64);
    H5Tinsert(type, "rep", HOFFSET(struct event_key, replication), H5T_NATIVE_INT64);
    return type;
}

/* Counts an event table's rows per cell; they must come in the order of the cells. */
static void count_events(struct cells *cells, size_t table, const struct event_key *keys, size_t count)
{
    size_t last = 0, table_count = cells->results->study.table_count;
    for (size_t i = 0; i < count; i++) {
        size_t cell = find_cell(cells, keys[i].config, keys[i].replication);
        if (cell == cells->count || cell < last) {
            h5_in_fault(cells->in, cells->results->study.tables[table].name,
                        "has rows of no replication, or out of order");
            return;
        }
        cells->table_counts[cell * table_count + table]++;
        last = cell;
    }
}

static void read_event_counts(struct cells *cells, hid_t group, size_t table)
{
    struct h5_in *in = cells->in;
    const char *name = cells->results->study.tables[table].name;
    hid_t dataset = h5_in_dataset(in, group, name);
    hsize_t count = h5_in_length(in, dataset, name);
    h5_in_end(dataset);
    struct event_key *keys = in->failed ? NULL : take(cells, count, sizeof *keys);
    hid_t type = key_type();
    h5_in_values(in, group, name, type, 1, &count, keys);
    H5Tclose(type);
    if (!in->failed) {
        count_events(cells, table, keys, count);
    }
}

/* The blob that a replication left behind, if there is one. */
static void read_blob(struct cells *cells, struct blob *blob, size_t cell)
{
    char name[LAYOUT_BLOB_BYTES];
    layout_blob_name(name, (uint32_t)(cell / cells->replication_count),
                     cells->replications[cell % cells->replication_count]);
    if (cells->results->study.blob_name != NULL && h5_in_has(cells->in, cells->blobs, name)) {
        h5_in_blob(blob, cells->in, cells->blobs, name);
        cells->blob_count--;
    }
}

static struct results_row *make_row(struct cells *cells, size_t cell)
{
    const struct results_study *study = &cells->results->study;
    const size_t *counts = study->table_count == 0 ? NULL : cells->table_counts + cell * study->table_count;
    struct blob blob = {.length = 0};
    read_blob(cells, &blob, cell);
    struct row_rest rest = {cells->end_reason[cell], cells->failure[cell], blob.length > 0 ? &blob : NULL};
    struct results_row *row = row_new(study, study->series_name != NULL, counts, rest);
    blob_free(&blob);
    if (row == NULL) {
        return NULL;
    }
    row->config = (uint32_t)(cell / cells->replication_count);
    row->replication = cells->replications[cell % cells->replication_count];
    row->events = cells->events[cell];
    row->ties = cells->ties[cell];
    row->deterministic = cells->deterministic[cell] != 0;
    row->failed = cells->failed[cell] != 0;
    row->cpu_s = cells->cpu_s[cell];
    memcpy(row->digest, cells->digest + cell * DIGEST_BYTES, DIGEST_BYTES);
    return row;
}

static void make_rows(struct cells *cells)
{
    cells->rows = take(cells, cells->count, sizeof(struct results_row *));
    for (size_t i = 0; i < cells->count && !cells->in->failed; i++) {
        if (cells->done[i] == 0) {
            continue;
        }
        struct results_row *row = make_row(cells, i);
        if (row == NULL || !rows_insert(cells->results, row)) {
            free(row);
            cells->results->pool.failed = true;
            h5_in_fault(cells->in, "the rows", "do not fit into memory");
            return;
        }
        cells->rows[i] = row;
    }
}

/* Opens the group of blobs, and knows how many there must be. */
static void open_blobs(struct cells *cells)
{
    const char *name = cells->results->study.blob_name;
    cells->blobs = H5I_INVALID_HID;
    if (name != NULL) {
        hid_t blobs = h5_in_group(cells->in, cells->in->file, "blobs");
        cells->blobs = h5_in_group(cells->in, blobs, name);
        h5_in_names(cells->in, cells->blobs, &cells->blob_count);
        h5_in_end(blobs);
    }
}

static void close_blobs(struct cells *cells)
{
    if (cells->blob_count > 0) {
        h5_in_fault(cells->in, cells->results->study.blob_name, "holds what no replication has left");
    }
    h5_in_end(cells->blobs);
}

static void fill_metrics(struct cells *cells)
{
    const struct results_study *study = &cells->results->study;
    hid_t group = h5_in_group(cells->in, cells->in->file, "metrics");
    double *values = take(cells, cells->count, sizeof *values);
    for (size_t c = 0; c < study->column_count && !cells->in->failed; c++) {
        h5_in_values(cells->in, group, study->columns[c].name, H5T_NATIVE_DOUBLE, 2,
                     (hsize_t[]){study->config_count, cells->replication_count}, values);
        for (size_t i = 0; i < cells->count && !cells->in->failed; i++) {
            if (cells->rows[i] != NULL) {
                row_metrics(cells->rows[i])[c] = values[i];
            }
        }
    }
    h5_in_end(group);
}

/* A series without a single number was never there. */
static void drop_empty_series(struct results_row *row, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!isnan(row->series[i])) {
            return;
        }
    }
    row->series = NULL;
}

static void fill_series(struct cells *cells)
{
    const struct results_study *study = &cells->results->study;
    if (study->series_name == NULL || cells->in->failed) {
        return;
    }
    hid_t group = h5_in_group(cells->in, cells->in->file, "series");
    hid_t dataset = h5_in_dataset(cells->in, group, study->series_name);
    h5_in_expect(cells->in, dataset, study->series_name, H5T_NATIVE_FLOAT, 3,
                 (hsize_t[]){study->config_count, cells->replication_count, study->series_length});
    for (size_t i = 0; i < cells->count && !cells->in->failed; i++) {
        if (cells->rows[i] != NULL && study->series_length > 0) {
            h5_in_part(cells->in, dataset, H5T_NATIVE_FLOAT,
                       (hsize_t[]){i / cells->replication_count, i % cells->replication_count, 0},
                       (hsize_t[]){1, 1, study->series_length}, row_series(cells->rows[i]));
            drop_empty_series(cells->rows[i], study->series_length);
        }
    }
    h5_in_end(dataset);
    h5_in_end(group);
}

/* The columns of a table without its keys, as they lie in a row. */
static hid_t values_type(const struct results_table *table)
{
    hid_t type = H5Tcreate(H5T_COMPOUND, table->column_count * sizeof(int64_t));
    for (size_t i = 0; i < table->column_count; i++) {
        H5Tinsert(type, table->columns[i], i * sizeof(int64_t), H5T_NATIVE_INT64);
    }
    return type;
}

static void fill_events(struct cells *cells, hid_t group, size_t table)
{
    const struct results_study *study = &cells->results->study;
    hid_t dataset = h5_in_dataset(cells->in, group, study->tables[table].name);
    hid_t type = values_type(&study->tables[table]);
    hsize_t start = 0;
    for (size_t i = 0; i < cells->results->row_count && !cells->in->failed; i++) {
        struct results_row *row = cells->results->rows[i];
        hsize_t count = row->table_row_count[table];
        if (count > 0) {
            h5_in_part(cells->in, dataset, type, &start, &count, row_table(row, table));
        }
        start += count;
    }
    H5Tclose(type);
    h5_in_end(dataset);
}

void layout_read_cells(struct h5_in *in, struct results *results)
{
    struct cells cells = {.in = in, .results = results};
    size_t table_count = results->study.table_count;
    hid_t events = table_count == 0 ? H5I_INVALID_HID : h5_in_group(in, in->file, "events");
    if (!in->failed) {
        read_axis(&cells);
    }
    if (!in->failed) {
        read_replications(&cells);
        cells.table_counts = take(&cells, cells.count * table_count, sizeof *cells.table_counts);
    }
    for (size_t i = 0; i < table_count && !in->failed; i++) {
        read_event_counts(&cells, events, i);
    }
    open_blobs(&cells);
    if (!in->failed) {
        make_rows(&cells);
        fill_metrics(&cells);
        fill_series(&cells);
    }
    for (size_t i = 0; i < table_count && !in->failed; i++) {
        fill_events(&cells, events, i);
    }
    close_blobs(&cells);
    h5_in_end(events);
    pool_close(&cells.pool);
}
