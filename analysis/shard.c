/* shard.c: a few finished rows as a small HDF5 file, row by row instead of as columns.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/shard.h"

#include "analysis/fault.h"
#include "analysis/h5blob.h"
#include "analysis/sealed.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHARD_CONVENTION "konsento-shard-1"
#define MEMORY_STEP      ((size_t)1 << 16)
#define SHARD_ROWS_MAX   1000000

/* The scalars of a row as they lie in the compound dataset `rows`. */
struct record {
    uint32_t config, replication;
    uint64_t events, ties;
    double cpu_s;
    uint8_t deterministic, failed, has_series, padding[5];
    uint8_t digest[32];
    char end_reason[ROW_END_REASON_BYTES];
    char failure[ROW_FAILURE_BYTES];
};

void shard_name(char name[SHARD_NAME_BYTES], const struct results_row *first)
{
    snprintf(name, SHARD_NAME_BYTES, "c%06u-r%06u.h5", first->config, first->replication);
}

static hid_t fixed_text(size_t size)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, size);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

static hid_t record_type(void)
{
    hsize_t digest_bytes = 32;
    hid_t digest = H5Tarray_create2(H5T_NATIVE_UINT8, 1, &digest_bytes);
    hid_t end_reason = fixed_text(ROW_END_REASON_BYTES), failure = fixed_text(ROW_FAILURE_BYTES);
    hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(struct record));
    H5Tinsert(type, "config", HOFFSET(struct record, config), H5T_NATIVE_UINT32);
    H5Tinsert(type, "replication", HOFFSET(struct record, replication), H5T_NATIVE_UINT32);
    H5Tinsert(type, "events", HOFFSET(struct record, events), H5T_NATIVE_UINT64);
    H5Tinsert(type, "ties", HOFFSET(struct record, ties), H5T_NATIVE_UINT64);
    H5Tinsert(type, "cpu_s", HOFFSET(struct record, cpu_s), H5T_NATIVE_DOUBLE);
    H5Tinsert(type, "deterministic", HOFFSET(struct record, deterministic), H5T_NATIVE_UINT8);
    H5Tinsert(type, "failed", HOFFSET(struct record, failed), H5T_NATIVE_UINT8);
    H5Tinsert(type, "has_series", HOFFSET(struct record, has_series), H5T_NATIVE_UINT8);
    H5Tinsert(type, "digest", HOFFSET(struct record, digest), digest);
    H5Tinsert(type, "end_reason", HOFFSET(struct record, end_reason), end_reason);
    H5Tinsert(type, "failure", HOFFSET(struct record, failure), failure);
    H5Tclose(digest);
    H5Tclose(end_reason);
    H5Tclose(failure);
    return type;
}

/* The rows being written. */
struct shard {
    const struct results_study *study;
    const struct results_row *const *rows;
    size_t count;
};

static void fill_record(struct record *record, const struct results_row *row)
{
    *record = (struct record){.config = row->config, .replication = row->replication};
    record->events = row->events;
    record->ties = row->ties;
    record->cpu_s = row->cpu_s;
    record->deterministic = row->deterministic;
    record->failed = row->failed;
    record->has_series = row->series != NULL;
    memcpy(record->digest, row->digest, sizeof record->digest);
    snprintf(record->end_reason, sizeof record->end_reason, "%s", row->end_reason);
    snprintf(record->failure, sizeof record->failure, "%s", row->failure);
}

static void write_records(struct h5_out *out, const struct shard *shard)
{
    struct record *records = calloc(shard->count, sizeof *records);
    if (records == NULL) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < shard->count; i++) {
        fill_record(&records[i], shard->rows[i]);
    }
    hid_t type = record_type();
    h5_out_end(h5_out_plain(out, out->file, "rows", type, &(struct h5_size){1, {shard->count}}, records));
    H5Tclose(type);
    free(records);
}

static void write_metrics(struct h5_out *out, const struct shard *shard)
{
    hsize_t width = shard->study->column_count;
    struct h5_size size = {2, {shard->count, width}};
    hid_t dataset = h5_out_plain(out, out->file, "metrics", H5T_NATIVE_DOUBLE, &size, NULL);
    for (size_t i = 0; i < shard->count && width > 0; i++) {
        h5_out_part(out, dataset, H5T_NATIVE_DOUBLE, (hsize_t[]){i, 0}, (hsize_t[]){1, width}, shard->rows[i]->metrics);
    }
    h5_out_end(dataset);
}

static void write_series(struct h5_out *out, const struct shard *shard)
{
    hsize_t length = shard->study->series_length;
    if (shard->study->series_name == NULL || length == 0) {
        return;
    }
    struct h5_size size = {2, {shard->count, length}};
    hid_t dataset = h5_out_plain(out, out->file, "series", H5T_NATIVE_FLOAT, &size, NULL);
    for (size_t i = 0; i < shard->count; i++) {
        if (shard->rows[i]->series != NULL) {
            h5_out_part(out, dataset, H5T_NATIVE_FLOAT, (hsize_t[]){i, 0}, (hsize_t[]){1, length},
                        shard->rows[i]->series);
        }
    }
    h5_out_end(dataset);
}

/* One event table: how many rows each replication has, and all of them one after the other. */
static void write_table(struct h5_out *out, const struct shard *shard, hid_t group, size_t table)
{
    uint64_t *counts = calloc(shard->count, sizeof *counts);
    if (counts == NULL) {
        out->failed = true;
        return;
    }
    hsize_t total = 0, at = 0, width = shard->study->tables[table].column_count;
    for (size_t i = 0; i < shard->count; i++) {
        counts[i] = shard->rows[i]->table_row_count[table];
        total += counts[i];
    }
    hid_t rows = h5_out_plain(out, group, "rows", H5T_NATIVE_INT64, &(struct h5_size){2, {total, width}}, NULL);
    for (size_t i = 0; i < shard->count; i++) {
        if (counts[i] > 0) {
            h5_out_part(out, rows, H5T_NATIVE_INT64, (hsize_t[]){at, 0}, (hsize_t[]){counts[i], width},
                        shard->rows[i]->table_rows[table]);
        }
        at += counts[i];
    }
    h5_out_end(rows);
    h5_out_end(h5_out_plain(out, group, "counts", H5T_NATIVE_UINT64, &(struct h5_size){1, {shard->count}}, counts));
    free(counts);
}

static void write_tables(struct h5_out *out, const struct shard *shard)
{
    for (size_t i = 0; i < shard->study->table_count; i++) {
        char name[H5_NAME_BYTES];
        snprintf(name, sizeof name, "table.%zu", i);
        hid_t group = h5_out_group(out, out->file, name);
        write_table(out, shard, group, i);
        h5_out_end(group);
    }
}

static void blob_link(char name[H5_NAME_BYTES], size_t index)
{
    snprintf(name, H5_NAME_BYTES, "row.%zu", index);
}

/* One dataset for each row that has a blob. */
static void write_blobs(struct h5_out *out, const struct shard *shard)
{
    if (shard->study->blob_name == NULL) {
        return;
    }
    hid_t group = h5_out_group(out, out->file, "blobs");
    for (size_t i = 0; i < shard->count; i++) {
        char name[H5_NAME_BYTES];
        blob_link(name, i);
        if (shard->rows[i]->blob != NULL) {
            h5_out_end(h5_out_blob(out, group, name, shard->rows[i]->blob));
        }
    }
    h5_out_end(group);
}

/* By how much the image grows: at once to where the event tables fit in. */
static size_t memory_step(const struct shard *shard)
{
    size_t bytes = MEMORY_STEP;
    for (size_t i = 0; i < shard->study->table_count; i++) {
        size_t row = shard->study->tables[i].column_count * sizeof(int64_t);
        for (size_t r = 0; r < shard->count; r++) {
            bytes += shard->rows[r]->table_row_count[i] * row;
        }
    }
    return bytes;
}

enum results_result shard_write(struct results_error *error, const struct store_place *place,
                                const struct results_study *study, const char *shape,
                                const struct results_row *const *rows, size_t row_count)
{
    assert(row_count > 0);
    struct shard shard = {study, rows, row_count};
    struct h5_out out;
    h5_out_open(&out, memory_step(&shard), H5_PLAIN); /* read once, soon, and removed */
    h5_out_attribute_text(&out, out.file, "Conventions", SHARD_CONVENTION);
    h5_out_attribute_text(&out, out.file, "identity", study->identity);
    h5_out_attribute_text(&out, out.file, "shape", shape);
    write_records(&out, &shard);
    write_metrics(&out, &shard);
    write_series(&out, &shard);
    write_tables(&out, &shard);
    write_blobs(&out, &shard);
    size_t length;
    uint8_t *image = h5_out_finish(&out, &length);
    if (image == NULL) {
        return fault_memory(error, place->name);
    }
    enum results_result result = store_write(error, place, image, length, STORE_SEALED, STORE_AGAINST_KILL);
    free(image);
    return result;
}

/* The shard being read; the event tables' rows are read replication by replication. */
struct reading {
    struct h5_in in;
    const struct results_study *study;
    struct record *records;
    size_t count;
    hid_t metrics, series;
    hid_t tables[RESULTS_TABLES_MAX];
    const uint64_t *table_counts[RESULTS_TABLES_MAX];
    uint64_t table_at[RESULTS_TABLES_MAX];
    hid_t blobs;
};

static void read_records(struct reading *reading)
{
    struct h5_in *in = &reading->in;
    hid_t dataset = h5_in_dataset(in, in->file, "rows");
    hsize_t count = h5_in_length(in, dataset, "rows");
    h5_in_end(dataset);
    if (count == 0 || count > SHARD_ROWS_MAX) {
        h5_in_fault(in, "rows", "are none or too many");
        return;
    }
    reading->records = pool_take(in->pool, count, sizeof *reading->records);
    if (reading->records == NULL) {
        h5_in_fault(in, "rows", "do not fit into memory");
        return;
    }
    reading->count = count;
    hid_t type = record_type();
    h5_in_values(in, in->file, "rows", type, 1, &count, reading->records);
    H5Tclose(type);
}

static void open_table(struct reading *reading, size_t table)
{
    struct h5_in *in = &reading->in;
    char name[H5_NAME_BYTES];
    snprintf(name, sizeof name, "table.%zu", table);
    hid_t group = h5_in_group(in, in->file, name);
    uint64_t *counts = pool_take(in->pool, reading->count, sizeof *counts);
    if (counts == NULL) {
        h5_in_fault(in, name, "does not fit into memory");
        return;
    }
    h5_in_values(in, group, "counts", H5T_NATIVE_UINT64, 1, (hsize_t[]){reading->count}, counts);
    hsize_t total = 0;
    for (size_t i = 0; i < reading->count; i++) {
        if (__builtin_add_overflow(total, counts[i], &total)) {
            h5_in_fault(in, name, "counts too many rows");
        }
    }
    reading->table_counts[table] = counts;
    reading->tables[table] = h5_in_dataset(in, group, "rows");
    h5_in_expect(in, reading->tables[table], name, H5T_NATIVE_INT64, 2,
                 (hsize_t[]){total, reading->study->tables[table].column_count});
    h5_in_end(group);
}

static void open_parts(struct reading *reading)
{
    struct h5_in *in = &reading->in;
    const struct results_study *study = reading->study;
    reading->metrics = h5_in_dataset(in, in->file, "metrics");
    h5_in_expect(in, reading->metrics, "metrics", H5T_NATIVE_DOUBLE, 2,
                 (hsize_t[]){reading->count, study->column_count});
    if (study->series_name != NULL && study->series_length > 0) {
        reading->series = h5_in_dataset(in, in->file, "series");
        h5_in_expect(in, reading->series, "series", H5T_NATIVE_FLOAT, 2,
                     (hsize_t[]){reading->count, study->series_length});
    }
    for (size_t i = 0; i < study->table_count && !in->failed; i++) {
        open_table(reading, i);
    }
    if (study->blob_name != NULL) {
        reading->blobs = h5_in_group(in, in->file, "blobs");
    }
}

static void fill_row(struct results_row *row, const struct record *record)
{
    row->config = record->config;
    row->replication = record->replication;
    row->events = record->events;
    row->ties = record->ties;
    row->cpu_s = record->cpu_s;
    row->deterministic = record->deterministic != 0;
    row->failed = record->failed != 0;
    memcpy(row->digest, record->digest, sizeof row->digest);
}

static void read_row_tables(struct reading *reading, struct results_row *row)
{
    for (size_t i = 0; i < reading->study->table_count; i++) {
        hsize_t width = reading->study->tables[i].column_count, count = row->table_row_count[i];
        if (count > 0) {
            h5_in_part(&reading->in, reading->tables[i], H5T_NATIVE_INT64, (hsize_t[]){reading->table_at[i], 0},
                       (hsize_t[]){count, width}, row_table(row, i));
        }
        reading->table_at[i] += count;
    }
}

/* Row `index` with its texts and its blob, everything else not filled in yet; NULL when memory is out. */
static struct results_row *make_row(struct reading *reading, size_t index)
{
    const struct results_study *study = reading->study;
    struct record *record = &reading->records[index];
    record->end_reason[ROW_END_REASON_BYTES - 1] = record->failure[ROW_FAILURE_BYTES - 1] = '\0';
    size_t counts[RESULTS_TABLES_MAX];
    for (size_t i = 0; i < study->table_count; i++) {
        counts[i] = reading->table_counts[i][index];
    }
    struct blob blob = {.length = 0};
    char name[H5_NAME_BYTES];
    blob_link(name, index);
    if (study->blob_name != NULL && h5_in_has(&reading->in, reading->blobs, name)) {
        h5_in_blob(&blob, &reading->in, reading->blobs, name);
    }
    struct row_rest rest = {record->end_reason, record->failure, blob.length > 0 ? &blob : NULL};
    struct results_row *row = row_new(study, record->has_series != 0 && study->series_name != NULL, counts, rest);
    blob_free(&blob);
    return row;
}

/* Row `index` of the shard, NULL on a fault. */
static struct results_row *read_row(struct reading *reading, size_t index)
{
    const struct results_study *study = reading->study;
    struct record *record = &reading->records[index];
    struct results_row *row = make_row(reading, index);
    if (row == NULL) {
        reading->in.pool->failed = true;
        return NULL;
    }
    fill_row(row, record);
    if (study->column_count > 0) {
        h5_in_part(&reading->in, reading->metrics, H5T_NATIVE_DOUBLE, (hsize_t[]){index, 0},
                   (hsize_t[]){1, study->column_count}, row_metrics(row));
    }
    if (row->series != NULL && study->series_length > 0) {
        h5_in_part(&reading->in, reading->series, H5T_NATIVE_FLOAT, (hsize_t[]){index, 0},
                   (hsize_t[]){1, study->series_length}, row_series(row));
    }
    read_row_tables(reading, row);
    if (reading->in.failed || row->config >= study->config_count) {
        h5_in_fault(&reading->in, "rows", "name a configuration that is not there");
        free(row);
        return NULL;
    }
    return row;
}

/* Is it a shard of this study? */
static enum results_result check_study(struct reading *reading, struct results_error *error, const char *path,
                                       const char *shape)
{
    struct h5_in *in = &reading->in;
    const char *convention = h5_in_attribute_text(in, in->file, "Conventions");
    const char *identity = h5_in_attribute_text(in, in->file, "identity");
    const char *found = h5_in_attribute_text(in, in->file, "shape");
    if (in->failed || strcmp(convention, SHARD_CONVENTION) != 0) {
        return fault(error, RESULTS_FORMAT, "%s: is no konsento shard", path);
    }
    if (strcmp(identity, reading->study->identity) != 0) {
        return fault(error, RESULTS_MISMATCH, "%s: belongs to another study: identity %.16s there, %.16s here", path,
                     identity, reading->study->identity);
    }
    if (strcmp(found, shape) != 0) {
        return fault(error, RESULTS_MISMATCH, "%s: was made by another build: its metrics or sizes differ", path);
    }
    return RESULTS_OK;
}

static enum results_result read_rows(struct reading *reading, struct results_error *error, const char *path,
                                     const struct shard_receiver *receiver)
{
    struct h5_in *in = &reading->in;
    read_records(reading);
    open_parts(reading);
    for (size_t i = 0; !in->failed && i < reading->count; i++) {
        struct results_row *row = read_row(reading, i);
        if (row == NULL) {
            break;
        }
        enum results_result result = receiver->row(receiver->data, error, row);
        if (result != RESULTS_OK) {
            return result;
        }
    }
    if (in->pool->failed) {
        return fault_memory(error, path);
    }
    return in->failed ? fault(error, RESULTS_FORMAT, "%s: is damaged: %s", path, in->fault) : RESULTS_OK;
}

enum results_result shard_read(struct results_error *error, const char *path, const struct results_study *study,
                               const char *shape, const struct shard_receiver *receiver)
{
    struct pool pool = {.failed = false};
    struct reading reading = {.study = study};
    enum results_result result = sealed_open(&reading.in, error, path, &pool);
    if (result == RESULTS_OK) {
        result = check_study(&reading, error, path, shape);
    }
    if (result == RESULTS_OK) {
        result = read_rows(&reading, error, path, receiver);
    }
    h5_in_close(&reading.in);
    pool_close(&pool);
    return result;
}
