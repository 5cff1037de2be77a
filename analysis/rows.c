/* rows.c: a study and its rows in memory, sorted by (config, replication).   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/rows.h"

#include <assert.h>
#include <math.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct results_text *copy_texts(struct pool *pool, const struct results_text *texts, size_t count)
{
    struct results_text *copy = pool_take(pool, count, sizeof *copy);
    for (size_t i = 0; copy != NULL && i < count; i++) {
        copy[i] = (struct results_text){pool_text(pool, texts[i].name), pool_text(pool, texts[i].text)};
    }
    return copy;
}

static const char *const *copy_strings(struct pool *pool, const char *const *strings, size_t count)
{
    const char **copy = pool_take(pool, count, sizeof *copy);
    for (size_t i = 0; copy != NULL && i < count; i++) {
        copy[i] = pool_text(pool, strings[i]);
    }
    return copy;
}

static const struct results_relation *copy_relations(struct pool *pool, const struct results_study *study)
{
    if (study->relations == NULL) {
        return NULL;
    }
    struct results_relation *copy = pool_take(pool, study->column_count, sizeof *copy);
    for (size_t i = 0; i < study->column_count && copy != NULL; i++) {
        const struct results_relation *relation = &study->relations[i];
        copy[i] = (struct results_relation){relation->better, pool_text(pool, relation->part_of),
                                            pool_text(pool, relation->trials), pool_text(pool, relation->worth)};
    }
    return copy;
}

static const struct results_column *copy_columns(struct pool *pool, const struct results_study *study)
{
    struct results_column *copy = pool_take(pool, study->column_count, sizeof *copy);
    for (size_t i = 0; copy != NULL && i < study->column_count; i++) {
        const struct results_column *column = &study->columns[i];
        copy[i] = (struct results_column){pool_text(pool, column->name), pool_text(pool, column->unit),
                                          pool_text(pool, column->long_name), pool_text(pool, column->definition)};
    }
    return copy;
}

static const struct results_param *copy_params(struct pool *pool, const struct results_study *study)
{
    struct results_param *copy = pool_take(pool, study->param_count, sizeof *copy);
    for (size_t i = 0; copy != NULL && i < study->param_count; i++) {
        const struct results_param *param = &study->params[i];
        copy[i] = (struct results_param){pool_text(pool, param->name), pool_text(pool, param->unit),
                                         copy_strings(pool, param->values, study->config_count)};
    }
    return copy;
}

static const struct results_table *copy_tables(struct pool *pool, const struct results_study *study)
{
    struct results_table *copy = pool_take(pool, study->table_count, sizeof *copy);
    for (size_t i = 0; copy != NULL && i < study->table_count; i++) {
        const struct results_table *table = &study->tables[i];
        copy[i] = (struct results_table){pool_text(pool, table->name),
                                         copy_strings(pool, table->columns, table->column_count), table->column_count};
    }
    return copy;
}

bool study_copy(struct results_study *copy, struct pool *pool, const struct results_study *study)
{
    struct results_study made = *study;
    made.identity = pool_text(pool, study->identity);
    made.identity_parts = copy_texts(pool, study->identity_parts, study->identity_part_count);
    made.columns = copy_columns(pool, study);
    made.relations = copy_relations(pool, study);
    made.params = copy_params(pool, study);
    made.attributes = copy_texts(pool, study->attributes, study->attribute_count);
    made.provenance = copy_texts(pool, study->provenance, study->provenance_count);
    made.series_name = pool_text(pool, study->series_name);
    made.series_unit = pool_text(pool, study->series_unit);
    made.series_time_units = pool_text(pool, study->series_time_units);
    made.tables = copy_tables(pool, study);
    made.blob_name = pool_text(pool, study->blob_name);
    made.blob_definition = pool_text(pool, study->blob_definition);
    *copy = made;
    return !pool->failed;
}

static void hash_text(struct sha256_ctx *hash, const char *text)
{
    sha256_update(hash, text == NULL ? 0 : strlen(text), (const uint8_t *)text);
    sha256_update(hash, 1, (const uint8_t *)"");
}

void study_shape(char hex[65], const struct results_study *study)
{
    struct sha256_ctx hash;
    char numbers[96];
    sha256_init(&hash);
    snprintf(numbers, sizeof numbers, "%zu configurations, %zu steps of %.17g", study->config_count,
             study->series_name == NULL ? 0 : study->series_length,
             study->series_name == NULL ? 0.0 : study->series_step_s);
    hash_text(&hash, numbers);
    hash_text(&hash, study->series_name);
    for (size_t i = 0; i < study->column_count; i++) {
        hash_text(&hash, study->columns[i].name);
        hash_text(&hash, study->columns[i].unit);
    }
    for (size_t i = 0; i < study->table_count; i++) {
        hash_text(&hash, "table");
        hash_text(&hash, study->tables[i].name);
        for (size_t j = 0; j < study->tables[i].column_count; j++) {
            hash_text(&hash, study->tables[i].columns[j]);
        }
    }
    if (study->blob_name != NULL) {
        hash_text(&hash, "blob");
        hash_text(&hash, study->blob_name);
    }
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_digest(&hash, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
}

/* Length of a text cut to at most `size` - 1 bytes, never inside a UTF-8 character. */
static size_t cut_length(const char *text, size_t size)
{
    size_t length = strnlen(text, size);
    if (length < size) {
        return length;
    }
    for (length = size - 1; length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80; length--) {
    }
    return length;
}

/* Bytes of a row's parts, in their order in memory. */
struct row_plan {
    size_t metrics, tables, counts, values, blob, series, blob_sizes, blob_bytes, end_reason, failure, total;
};

static bool plan_add(size_t *total, size_t *part, size_t count, size_t size)
{
    return !__builtin_mul_overflow(count, size, part) && !__builtin_add_overflow(*total, *part, total);
}

/* Returns false if the sizes do not fit into memory. */
static bool row_plan(struct row_plan *plan, const struct results_study *study, bool has_series,
                     const size_t *table_row_count, struct row_rest rest)
{
    size_t values = 0;
    const struct blob none = {.length = 0}, *blob = rest.blob != NULL ? rest.blob : &none;
    for (size_t i = 0; i < study->table_count && table_row_count != NULL; i++) {
        size_t table;
        if (!plan_add(&values, &table, table_row_count[i], study->tables[i].column_count)) {
            return false;
        }
    }
    size_t tables = study->table_count, series = has_series ? study->series_length : 0;
    *plan = (struct row_plan){.total = sizeof(struct results_row)};
    return plan_add(&plan->total, &plan->metrics, study->column_count, sizeof(double)) &&
           plan_add(&plan->total, &plan->tables, tables, sizeof(int64_t *)) &&
           plan_add(&plan->total, &plan->counts, tables, sizeof(size_t)) &&
           plan_add(&plan->total, &plan->values, values, sizeof(int64_t)) &&
           plan_add(&plan->total, &plan->blob, rest.blob != NULL, sizeof(struct blob)) &&
           plan_add(&plan->total, &plan->series, series, sizeof(float)) &&
           plan_add(&plan->total, &plan->blob_sizes, blob->chunk_count, sizeof *blob->chunk_sizes) &&
           plan_add(&plan->total, &plan->blob_bytes, blob->byte_count, 1) &&
           plan_add(&plan->total, &plan->end_reason, cut_length(rest.end_reason, ROW_END_REASON_BYTES) + 1, 1) &&
           plan_add(&plan->total, &plan->failure, cut_length(rest.failure, ROW_FAILURE_BYTES) + 1, 1);
}

static void set_tables(const struct results_study *study, struct results_row *row, const size_t *table_row_count,
                       char *place, const struct row_plan *plan)
{
    const int64_t **tables = (const int64_t **)(void *)place;
    size_t *counts = (size_t *)(void *)(place + plan->tables);
    const int64_t *values = (const int64_t *)(void *)(place + plan->tables + plan->counts);
    for (size_t i = 0; i < study->table_count; i++) {
        tables[i] = values;
        counts[i] = table_row_count == NULL ? 0 : table_row_count[i];
        values += counts[i] * study->tables[i].column_count;
    }
    row->table_rows = tables;
    row->table_row_count = counts;
}

/* A copy of the blob: the struct, and apart from it what it points to. */
static const struct blob *set_blob(char *place, char *arrays, const struct row_plan *plan, const struct blob *blob)
{
    struct blob *copy = (struct blob *)(void *)place;
    *copy = *blob;
    copy->chunk_sizes = memcpy(arrays, blob->chunk_sizes, plan->blob_sizes);
    copy->bytes = memcpy(arrays + plan->blob_sizes, blob->bytes, plan->blob_bytes);
    return copy;
}

struct results_row *row_new(const struct results_study *study, bool has_series, const size_t *table_row_count,
                            struct row_rest rest)
{
    struct row_plan plan;
    if (!row_plan(&plan, study, has_series, table_row_count, rest)) {
        return NULL;
    }
    struct results_row *row = calloc(1, plan.total);
    if (row == NULL) {
        return NULL;
    }
    char *place = (char *)(row + 1);
    double *metrics = (double *)(void *)place;
    for (size_t i = 0; i < study->column_count; i++) {
        metrics[i] = NAN;
    }
    row->metrics = metrics;
    place += plan.metrics;
    if (study->table_count > 0) {
        set_tables(study, row, table_row_count, place, &plan);
    }
    place += plan.tables + plan.counts + plan.values;
    char *blob = place;
    place += plan.blob;
    row->series = has_series ? (const float *)(void *)place : NULL;
    place += plan.series;
    row->blob = rest.blob != NULL ? set_blob(blob, place, &plan, rest.blob) : NULL;
    place += plan.blob_sizes + plan.blob_bytes;
    row->end_reason = memcpy(place, rest.end_reason, plan.end_reason - 1);
    row->failure = memcpy(place + plan.end_reason, rest.failure, plan.failure - 1);
    return row;
}

double *row_metrics(struct results_row *row)
{
    return (double *)row->metrics;
}

float *row_series(struct results_row *row)
{
    return (float *)row->series;
}

int64_t *row_table(struct results_row *row, size_t table)
{
    return (int64_t *)row->table_rows[table];
}

/* The values that need no room of their own. */
static void copy_scalars(struct results_row *copy, const struct results_row *row)
{
    copy->config = row->config;
    copy->replication = row->replication;
    memcpy(copy->digest, row->digest, sizeof copy->digest);
    copy->events = row->events;
    copy->ties = row->ties;
    copy->deterministic = row->deterministic;
    copy->failed = row->failed;
    copy->cpu_s = row->cpu_s;
}

struct results_row *row_copy(const struct results_study *study, const struct results_row *row)
{
    bool has_series = study->series_name != NULL && row->series != NULL;
    bool has_tables = row->table_rows != NULL && row->table_row_count != NULL;
    struct row_rest rest = {row->end_reason == NULL ? "" : row->end_reason, row->failure == NULL ? "" : row->failure,
                            study->blob_name != NULL ? row->blob : NULL};
    struct results_row *copy = row_new(study, has_series, has_tables ? row->table_row_count : NULL, rest);
    if (copy == NULL) {
        return NULL;
    }
    copy_scalars(copy, row);
    if (study->column_count > 0) {
        memcpy(row_metrics(copy), row->metrics, study->column_count * sizeof(double));
    }
    if (has_series && study->series_length > 0) {
        memcpy(row_series(copy), row->series, study->series_length * sizeof(float));
    }
    for (size_t i = 0; has_tables && i < study->table_count; i++) {
        size_t size = row->table_row_count[i] * study->tables[i].column_count * sizeof(int64_t);
        if (size > 0) {
            memcpy(row_table(copy, i), row->table_rows[i], size);
        }
    }
    return copy;
}

struct results *rows_open(void)
{
    return calloc(1, sizeof(struct results));
}

size_t rows_lower_bound(const struct results *results, uint32_t config, uint32_t replication)
{
    size_t low = 0, high = results->row_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct results_row *row = results->rows[middle];
        if (row->config < config || (row->config == config && row->replication < replication)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool rows_insert(struct results *results, struct results_row *row)
{
    if (results->row_count == results->row_capacity) {
        size_t capacity = results->row_capacity == 0 ? 16 : 2 * results->row_capacity;
        struct results_row **rows = reallocarray(results->rows, capacity, sizeof(struct results_row *));
        if (rows == NULL) {
            return false;
        }
        results->rows = rows;
        results->row_capacity = capacity;
    }
    assert(results_find(results, row->config, row->replication) == NULL);
    size_t at = rows_lower_bound(results, row->config, row->replication);
    memmove(results->rows + at + 1, results->rows + at, (results->row_count - at) * sizeof(struct results_row *));
    results->rows[at] = row;
    results->row_count++;
    return true;
}

void rows_remove(struct results *results, uint32_t config, uint32_t replication)
{
    assert(results_find(results, config, replication) != NULL);
    size_t at = rows_lower_bound(results, config, replication);
    free(results->rows[at]);
    results->row_count--;
    memmove(results->rows + at, results->rows + at + 1, (results->row_count - at) * sizeof(struct results_row *));
}

void results_close(struct results *results)
{
    if (results == NULL) {
        return;
    }
    for (size_t i = 0; i < results->row_count; i++) {
        free(results->rows[i]);
    }
    free(results->rows);
    pool_close(&results->pool);
    free(results);
}

const struct results_study *results_study(const struct results *results)
{
    return &results->study;
}

size_t results_row_count(const struct results *results)
{
    return results->row_count;
}

const struct results_row *results_row(const struct results *results, size_t index)
{
    assert(index < results->row_count);
    return results->rows[index];
}

const struct results_row *results_find(const struct results *results, uint32_t config, uint32_t replication)
{
    size_t at = rows_lower_bound(results, config, replication);
    if (at == results->row_count) {
        return NULL;
    }
    const struct results_row *row = results->rows[at];
    return row->config == config && row->replication == replication ? row : NULL;
}

const char *results_attribute(const struct results *results, const char *name)
{
    for (size_t i = 0; i < results->study.attribute_count; i++) {
        if (strcmp(results->study.attributes[i].name, name) == 0) {
            return results->study.attributes[i].text;
        }
    }
    return NULL;
}

size_t results_column_find(const struct results *results, const char *name)
{
    size_t at = 0;
    while (at < results->study.column_count && strcmp(results->study.columns[at].name, name) != 0) {
        at++;
    }
    return at;
}

static void put_u32(uint8_t bytes[4], uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
}

void results_digest(uint8_t digest[32], const struct results *results)
{
    struct sha256_ctx hash;
    sha256_init(&hash);
    for (size_t i = 0; i < results->row_count; i++) {
        const struct results_row *row = results->rows[i];
        uint8_t key[8];
        put_u32(key, row->config);
        put_u32(key + 4, row->replication);
        sha256_update(&hash, sizeof key, key);
        sha256_update(&hash, sizeof row->digest, row->digest);
    }
    sha256_digest(&hash, SHA256_DIGEST_SIZE, digest);
}
