/* layout_check.c: can a study be stored: names and sizes.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/fault.h"
#include "analysis/layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES_MAX 200

/* Attributes that layout_write.c makes itself. */
static const char *const reserved_attributes[] = {"Conventions", "identity", "shape", "seed", "digest"};
static const char *const reserved_columns[] = {"config", "rep"};

static bool is_name(const char *name)
{
    size_t length = name == NULL ? 0 : strnlen(name, NAME_BYTES_MAX + 1);
    if (length == 0 || length > NAME_BYTES_MAX || name[0] == '.') {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (name[i] < ' ' || name[i] > '~' || name[i] == '/') {
            return false;
        }
    }
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names of one kind, as they lie in an array of structs that begin with the name. */
struct names {
    const char *kind;
    const void *first;
    size_t count, stride, max;
    const char *const *reserved;
    size_t reserved_count;
};

static const char *name_at(const struct names *names, size_t index)
{
    const char *name;
    memcpy(&name, (const char *)names->first + index * names->stride, sizeof name);
    return name;
}

static enum results_result check_names(struct results_error *error, const struct names *names)
{
    if (names->count > names->max) {
        return fault(error, RESULTS_FORMAT, "results: %zu %ss, at most %zu can be stored", names->count, names->kind,
                     names->max);
    }
    size_t count = names->count + names->reserved_count;
    const char **sorted = malloc((count + 1) * sizeof *sorted);
    if (sorted == NULL) {
        return fault_memory(error, "results");
    }
    enum results_result result = RESULTS_OK;
    for (size_t i = 0; i < count; i++) {
        sorted[i] = i < names->count ? name_at(names, i) : names->reserved[i - names->count];
        if (result == RESULTS_OK && !is_name(sorted[i])) {
            result =
                fault(error, RESULTS_FORMAT,
                      "results: the %s name \"%.60s\" cannot be stored: 1 to %d printable characters, no '/', no dot "
                      "in front",
                      names->kind, sorted[i] == NULL ? "" : sorted[i], NAME_BYTES_MAX);
        }
    }
    if (result == RESULTS_OK) {
        qsort(sorted, count, sizeof *sorted, compare_names);
    }
    for (size_t i = 1; result == RESULTS_OK && i < count; i++) {
        if (strcmp(sorted[i - 1], sorted[i]) == 0) {
            result = fault(error, RESULTS_FORMAT, "results: the %s name \"%s\" is used twice", names->kind, sorted[i]);
        }
    }
    free(sorted);
    return result;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NAMES(kind, array, count, max)                                                                                 \
    {                                                                                                                  \
        kind, array, count, sizeof *(array), max, NULL, 0                                                              \
    }

static enum results_result check_tables(struct results_error *error, const struct results_study *study)
{
    struct names tables = NAMES("event table", study->tables, study->table_count, RESULTS_TABLES_MAX);
    enum results_result result = check_names(error, &tables);
    for (size_t i = 0; result == RESULTS_OK && i < study->table_count; i++) {
        const struct results_table *table = &study->tables[i];
        struct names columns = NAMES("event column", table->columns, table->column_count, RESULTS_TABLE_COLUMNS_MAX);
        columns.reserved = reserved_columns;
        columns.reserved_count = COUNT(reserved_columns);
        result = check_names(error, &columns);
        if (result == RESULTS_OK && table->column_count == 0) {
            result = fault(error, RESULTS_FORMAT, "results: the event table \"%s\" has no columns", table->name);
        }
    }
    return result;
}

static enum results_result check_series(struct results_error *error, const struct results_study *study)
{
    if (study->series_name == NULL) {
        return RESULTS_OK;
    }
    if (!is_name(study->series_name) || study->series_length > RESULTS_SERIES_MAX || !isfinite(study->series_step_s) ||
        study->series_step_s <= 0) {
        return fault(error, RESULTS_FORMAT, "results: the series \"%.60s\" cannot be stored: %zu steps of %g s",
                     study->series_name, study->series_length, study->series_step_s);
    }
    return RESULTS_OK;
}

static enum results_result check_blobs(struct results_error *error, const struct results_study *study)
{
    if (study->blob_name == NULL || is_name(study->blob_name)) {
        return RESULTS_OK;
    }
    return fault(error, RESULTS_FORMAT, "results: blobs cannot be stored as \"%.60s\"", study->blob_name);
}

enum results_result layout_check_closing(struct results_error *error, const struct layout_closing *closing)
{
    const struct names names = {
        "attribute",         closing->attributes,       closing->count, sizeof *closing->attributes, RESULTS_TEXTS_MAX,
        reserved_attributes, COUNT(reserved_attributes)};
    return check_names(error, &names);
}

enum results_result layout_check_study(struct results_error *error, const struct results_study *study)
{
    if (study->identity == NULL || study->config_count == 0 || study->config_count > RESULTS_CONFIGS_MAX) {
        return fault(error, RESULTS_FORMAT, "results: a study has an identity and 1 to %d configurations, not %zu",
                     RESULTS_CONFIGS_MAX, study->config_count);
    }
    const struct names lists[] = {
        NAMES("metric", study->columns, study->column_count, RESULTS_COLUMNS_MAX),
        NAMES("parameter", study->params, study->param_count, RESULTS_PARAMS_MAX),
        NAMES("identity part", study->identity_parts, study->identity_part_count, RESULTS_TEXTS_MAX),
        {"attribute", study->attributes, study->attribute_count, sizeof *study->attributes, RESULTS_TEXTS_MAX,
         reserved_attributes, COUNT(reserved_attributes)},
    };
    enum results_result result = RESULTS_OK;
    for (size_t i = 0; result == RESULTS_OK && i < COUNT(lists); i++) {
        result = check_names(error, &lists[i]);
    }
    if (result == RESULTS_OK) {
        result = check_series(error, study);
    }
    if (result == RESULTS_OK) {
        result = check_blobs(error, study);
    }
    return result == RESULTS_OK ? check_tables(error, study) : result;
}
