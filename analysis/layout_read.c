/* layout_read.c: reads results.h5: the study.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/decimal.h"
#include "analysis/fault.h"
#include "analysis/layout.h"
#include "analysis/layout_cells.h"
#include "analysis/sealed.h"

#include <string.h>

static const char *optional_text(struct h5_in *in, hid_t object, const char *name)
{
    return h5_in_has_attribute(in, object, name) ? h5_in_attribute_text(in, object, name) : NULL;
}

static void *take(struct h5_in *in, size_t count, size_t size)
{
    void *bytes = pool_take(in->pool, count, size);
    if (bytes == NULL) {
        h5_in_fault(in, "the file", "does not fit into memory");
    }
    return bytes;
}

static bool is_own_attribute(const char *name)
{
    static const char *const own[] = {"Conventions", "identity", "shape", "seed", "digest"};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (strcmp(name, own[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Every text attribute of an object; in the root those that are not the layout's own. */
static const struct results_text *read_texts(struct h5_in *in, hid_t object, size_t *count)
{
    bool root = object == in->file;
    size_t name_count;
    const char *const *names = h5_in_attribute_names(in, object, &name_count);
    struct results_text *texts = take(in, name_count, sizeof *texts);
    *count = 0;
    for (size_t i = 0; i < name_count && !in->failed; i++) {
        if (!root || !is_own_attribute(names[i])) {
            texts[*count].name = names[i];
            texts[(*count)++].text = h5_in_attribute_text(in, object, names[i]);
        }
    }
    return texts;
}

static void read_root(struct h5_in *in, struct results_study *study)
{
    const char *convention = h5_in_attribute_text(in, in->file, "Conventions");
    if (!in->failed && strcmp(convention, LAYOUT_CONVENTION) != 0) {
        h5_in_fault(in, "Conventions", "is not \"" LAYOUT_CONVENTION "\"");
    }
    study->identity = h5_in_attribute_text(in, in->file, "identity");
    study->seed = h5_in_attribute_u64(in, in->file, "seed");
    study->attributes = read_texts(in, in->file, &study->attribute_count);
    hid_t group = h5_in_group(in, in->file, "identity");
    study->identity_parts = read_texts(in, group, &study->identity_part_count);
    h5_in_end(group);
}

static hsize_t read_axis_length(struct h5_in *in, const char *name)
{
    hid_t dataset = h5_in_dataset(in, in->file, name);
    hsize_t length = h5_in_length(in, dataset, name);
    h5_in_end(dataset);
    return length;
}

static struct results_relation read_relation(struct h5_in *in, hid_t dataset)
{
    const char *better = optional_text(in, dataset, "better");
    return (struct results_relation){better == NULL                ? 0
                                     : strcmp(better, "more") == 0 ? 1
                                                                   : -1,
                                     optional_text(in, dataset, "part_of"), optional_text(in, dataset, "trials"),
                                     optional_text(in, dataset, "worth")};
}

static void read_columns(struct h5_in *in, struct results_study *study)
{
    hid_t group = h5_in_group(in, in->file, "metrics");
    const char *const *names = h5_in_names(in, group, &study->column_count);
    struct results_column *columns = take(in, study->column_count, sizeof *columns);
    struct results_relation *relations = take(in, study->column_count, sizeof *relations);
    for (size_t i = 0; i < study->column_count && !in->failed; i++) {
        hid_t dataset = h5_in_dataset(in, group, names[i]);
        relations[i] = read_relation(in, dataset);
        columns[i] =
            (struct results_column){names[i], optional_text(in, dataset, "units"),
                                    optional_text(in, dataset, "long_name"), optional_text(in, dataset, "definition")};
        h5_in_end(dataset);
    }
    study->columns = columns;
    study->relations = relations;
    h5_in_end(group);
}

static const char *number_text(struct h5_in *in, double value)
{
    char text[DECIMAL_BYTES];
    const char *copy = pool_text(in->pool, decimal(text, value));
    if (copy == NULL) {
        h5_in_fault(in, "params", "do not fit into memory");
    }
    return copy;
}

static const char *const *read_param_values(struct h5_in *in, hid_t group, const char *name, bool numeric, size_t count)
{
    const char **values = take(in, count, sizeof *values);
    double *numbers = numeric ? take(in, count, sizeof *numbers) : NULL;
    if (in->failed) {
        return NULL;
    }
    if (!numeric) {
        h5_in_texts(in, group, name, count, values);
        return values;
    }
    h5_in_values(in, group, name, H5T_NATIVE_DOUBLE, 1, (hsize_t[]){count}, numbers);
    for (size_t i = 0; i < count && !in->failed; i++) {
        values[i] = number_text(in, numbers[i]);
    }
    return values;
}

static void read_params(struct h5_in *in, struct results_study *study)
{
    hid_t group = h5_in_group(in, in->file, "params");
    const char *const *names = h5_in_names(in, group, &study->param_count);
    struct results_param *params = take(in, study->param_count, sizeof *params);
    for (size_t i = 0; i < study->param_count && !in->failed; i++) {
        hid_t dataset = h5_in_dataset(in, group, names[i]);
        hid_t type = in->failed ? H5I_INVALID_HID : H5Dget_type(dataset);
        bool numeric = type >= 0 && H5Tget_class(type) == H5T_FLOAT;
        params[i] = (struct results_param){names[i], optional_text(in, dataset, "units"), NULL};
        if (type >= 0) {
            H5Tclose(type);
        }
        h5_in_end(dataset);
        params[i].values = read_param_values(in, group, names[i], numeric, study->config_count);
    }
    study->params = params;
    h5_in_end(group);
}

static void read_series_info(struct h5_in *in, struct results_study *study)
{
    if (!h5_in_has(in, in->file, "series")) {
        return;
    }
    hid_t group = h5_in_group(in, in->file, "series");
    size_t count;
    const char *const *names = h5_in_names(in, group, &count);
    if (!in->failed && count != 1) {
        h5_in_fault(in, "series", "holds more or less than one dataset");
    }
    hid_t dataset = in->failed ? H5I_INVALID_HID : h5_in_dataset(in, group, names[0]);
    hid_t time = h5_in_dataset(in, in->file, "time");
    study->series_unit = in->failed ? NULL : optional_text(in, dataset, "units");
    study->series_length = h5_in_length(in, time, "time");
    study->series_step_s = h5_in_attribute_double(in, time, "step_s");
    const char *units = h5_in_attribute_text(in, time, "units");
    if (!in->failed) {
        study->series_name = names[0];
        study->series_time_units = strcmp(units, "s") == 0 ? NULL : units;
    }
    h5_in_end(time);
    h5_in_end(dataset);
    h5_in_end(group);
}

/* Member names of a compound of integers, without the leading config and rep. */
static void read_table_columns(struct h5_in *in, hid_t type, struct results_table *table)
{
    int members = H5Tget_class(type) == H5T_COMPOUND ? H5Tget_nmembers(type) : 0;
    if (members < 3 || members > RESULTS_TABLE_COLUMNS_MAX + 2) {
        h5_in_fault(in, table->name, "is no event table");
        return;
    }
    const char **columns = take(in, (size_t)members - 2, sizeof *columns);
    for (int i = 0; i < members && !in->failed; i++) {
        char *name = H5Tget_member_name(type, (unsigned)i);
        bool key = i < 2 && name != NULL && strcmp(name, i == 0 ? "config" : "rep") == 0;
        if (name == NULL || (i < 2 && !key) || H5Tget_member_class(type, (unsigned)i) != H5T_INTEGER) {
            h5_in_fault(in, table->name, "has columns that do not belong there");
        } else if (i >= 2) {
            columns[i - 2] = pool_text(in->pool, name);
        }
        H5free_memory(name);
    }
    table->columns = columns;
    table->column_count = (size_t)members - 2;
}

static void read_tables(struct h5_in *in, struct results_study *study)
{
    if (!h5_in_has(in, in->file, "events")) {
        return;
    }
    hid_t group = h5_in_group(in, in->file, "events");
    const char *const *names = h5_in_names(in, group, &study->table_count);
    struct results_table *tables = take(in, study->table_count, sizeof *tables);
    for (size_t i = 0; i < study->table_count && !in->failed; i++) {
        hid_t dataset = h5_in_dataset(in, group, names[i]);
        hid_t type = in->failed ? H5I_INVALID_HID : H5Dget_type(dataset);
        tables[i].name = names[i];
        if (type >= 0) {
            read_table_columns(in, type, &tables[i]);
            H5Tclose(type);
        }
        h5_in_end(dataset);
    }
    study->tables = tables;
    h5_in_end(group);
}

static void read_blob_info(struct h5_in *in, struct results_study *study)
{
    if (!h5_in_has(in, in->file, "blobs")) {
        return;
    }
    hid_t group = h5_in_group(in, in->file, "blobs");
    size_t count;
    const char *const *names = h5_in_names(in, group, &count);
    if (!in->failed && count != 1) {
        h5_in_fault(in, "blobs", "holds more or less than one group");
    }
    hid_t named = in->failed ? H5I_INVALID_HID : h5_in_group(in, group, names[0]);
    if (!in->failed) {
        study->blob_name = names[0];
        study->blob_definition = optional_text(in, named, "definition");
    }
    h5_in_end(named);
    h5_in_end(group);
}

static void read_provenance(struct h5_in *in, struct results_study *study)
{
    hid_t group = h5_in_group(in, in->file, "provenance");
    const char *const *names = h5_in_names(in, group, &study->provenance_count);
    struct results_text *texts = take(in, study->provenance_count, sizeof *texts);
    for (size_t i = 0; i < study->provenance_count && !in->failed; i++) {
        hid_t dataset = h5_in_dataset(in, group, names[i]);
        texts[i].name = h5_in_attribute_text(in, dataset, "name");
        h5_in_end(dataset);
        h5_in_texts(in, group, names[i], 1, &texts[i].text);
    }
    study->provenance = texts;
    h5_in_end(group);
}

static void read_study(struct h5_in *in, struct results_study *study)
{
    read_root(in, study);
    study->config_count = read_axis_length(in, "config");
    if (!in->failed && (study->config_count == 0 || study->config_count > RESULTS_CONFIGS_MAX)) {
        h5_in_fault(in, "config", "has an impossible length");
    }
    read_columns(in, study);
    read_params(in, study);
    read_series_info(in, study);
    read_tables(in, study);
    read_blob_info(in, study);
    read_provenance(in, study);
}

enum results_result results_open(struct results **results, struct results_error *error, const char *path)
{
    *results = NULL;
    struct results *made = rows_open();
    if (made == NULL) {
        return fault_memory(error, path);
    }
    struct h5_in in;
    enum results_result result = sealed_open(&in, error, path, &made->pool);
    if (result == RESULTS_OK) {
        read_study(&in, &made->study);
        if (!in.failed && layout_check_study(error, &made->study) != RESULTS_OK) {
            h5_in_fault(&in, "the study", "has names or sizes out of bounds");
        }
        layout_read_cells(&in, made);
        if (made->pool.failed) {
            result = fault_memory(error, path);
        } else if (in.failed) {
            result = fault(error, RESULTS_FORMAT, "%s: is no results file of this version: %s", path, in.fault);
        }
    }
    h5_in_close(&in);
    if (result != RESULTS_OK) {
        results_close(made);
        return result;
    }
    *results = made;
    return RESULTS_OK;
}
