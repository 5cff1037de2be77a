/* export_netcdf.c: a results file as classic netCDF, which needs no HDF5 to read.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * netCDF-3 with 64-bit offsets, written by hand: a header of dimensions, attributes and variables, then the values of
 * each variable in one piece, everything big-endian. Parameters, metrics, which replications are done and failed, and
 * the load; event tables, blobs and provenance stay in results.h5.
 *
 * Source: The NetCDF Classic Format Specification, Unidata.
 */
#include "analysis/export.h"

#include "analysis/fault.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NC_BYTE = 1, NC_CHAR = 2, NC_FLOAT = 5, NC_DOUBLE = 6 };
enum { NC_DIMENSION = 10, NC_VARIABLE = 11, NC_ATTRIBUTE = 12 };

#define VARIABLE_BYTES_MAX ((uint64_t)0xfffffffb) /* of this format */
#define DIMENSIONS_MAX     1100
#define VARIABLES_MAX      2300

struct dimension {
    char name[240];
    uint64_t length;
};

struct variable {
    const char *name;
    size_t dimensions[3], rank;
    int type;
    const char *unit, *long_name;
    uint64_t bytes, begin;
};

/* The file being written. */
struct netcdf {
    FILE *out;
    const struct results *results;
    const struct results_study *study;
    uint32_t *replications; /* number of each place along `rep` */
    size_t replication_count;
    struct dimension dimensions[DIMENSIONS_MAX];
    size_t dimension_count;
    struct variable variables[VARIABLES_MAX];
    size_t variable_count;
    bool counts; /* nothing is written: only lengths are wanted */
    uint64_t length;
};

/* ---- pieces ----------------------------------------------------------------------------------------------------- */

static void put_bytes(struct netcdf *file, const void *bytes, size_t length)
{
    static const char zeros[4] = {0};
    size_t padding = (4 - length % 4) % 4;
    file->length += length + padding;
    if (!file->counts) {
        fwrite(bytes, 1, length, file->out);
        fwrite(zeros, 1, padding, file->out);
    }
}

/* An integer of so many bytes, most significant first. */
static void put_integer(struct netcdf *file, uint64_t value, size_t size)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    }
    put_bytes(file, bytes, size);
}

static void put_double(struct netcdf *file, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_integer(file, bits, 8);
}

static void put_float(struct netcdf *file, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_integer(file, bits, 4);
}

static void put_name(struct netcdf *file, const char *name)
{
    put_integer(file, strlen(name), 4);
    put_bytes(file, name, strlen(name));
}

static void put_attribute(struct netcdf *file, const char *name, const char *text)
{
    put_name(file, name);
    put_integer(file, NC_CHAR, 4);
    put_name(file, text);
}

/* ---- what is in it ---------------------------------------------------------------------------------------------- */

static size_t add_dimension(struct netcdf *file, const char *name, uint64_t length)
{
    struct dimension *dimension = &file->dimensions[file->dimension_count];
    snprintf(dimension->name, sizeof dimension->name, "%s", name);
    dimension->length = length;
    return file->dimension_count++;
}

static void add_variable(struct netcdf *file, const struct variable *variable)
{
    struct variable *added = &file->variables[file->variable_count++];
    *added = *variable;
    added->bytes = variable->type == NC_DOUBLE ? 8 : variable->type == NC_FLOAT ? 4 : 1;
    for (size_t i = 0; i < variable->rank; i++) {
        added->bytes *= file->dimensions[variable->dimensions[i]].length;
    }
    added->bytes += (4 - added->bytes % 4) % 4;
}

static bool is_number(const char *text)
{
    char *end;
    strtod(text, &end);
    return end != text && *end == '\0';
}

static bool is_numeric(const struct results_param *param, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_number(param->values[i])) {
            return false;
        }
    }
    return true;
}

static void add_param(struct netcdf *file, const struct results_param *param)
{
    size_t count = file->study->config_count, longest = 1;
    struct variable variable = {
        .name = param->name, .dimensions = {0}, .rank = 1, .type = NC_DOUBLE, .unit = param->unit};
    if (!is_numeric(param, count)) {
        char name[240];
        for (size_t i = 0; i < count; i++) {
            size_t length = strlen(param->values[i]);
            longest = length > longest ? length : longest;
        }
        snprintf(name, sizeof name, "%.200s_characters", param->name);
        variable.type = NC_CHAR;
        variable.rank = 2;
        variable.dimensions[1] = add_dimension(file, name, longest);
    }
    add_variable(file, &variable);
}

static void describe(struct netcdf *file)
{
    const struct results_study *study = file->study;
    add_dimension(file, "config", study->config_count);
    add_dimension(file, "rep", file->replication_count);
    bool has_series = study->series_name != NULL && study->series_length > 0;
    if (has_series) {
        add_dimension(file, "time", study->series_length);
        add_variable(file,
                     &(struct variable){.name = "time",
                                        .dimensions = {2},
                                        .rank = 1,
                                        .type = NC_DOUBLE,
                                        .unit = study->series_time_units != NULL ? study->series_time_units : "s"});
    }
    add_variable(file, &(struct variable){.name = "rep", .dimensions = {1}, .rank = 1, .type = NC_DOUBLE});
    add_variable(file, &(struct variable){.name = "done", .dimensions = {0, 1}, .rank = 2, .type = NC_BYTE});
    add_variable(file, &(struct variable){.name = "failed", .dimensions = {0, 1}, .rank = 2, .type = NC_BYTE});
    for (size_t i = 0; i < study->param_count; i++) {
        add_param(file, &study->params[i]);
    }
    for (size_t i = 0; i < study->column_count; i++) {
        add_variable(file, &(struct variable){.name = study->columns[i].name,
                                              .dimensions = {0, 1},
                                              .rank = 2,
                                              .type = NC_DOUBLE,
                                              .unit = study->columns[i].unit,
                                              .long_name = study->columns[i].long_name});
    }
    if (has_series) {
        add_variable(file, &(struct variable){.name = study->series_name,
                                              .dimensions = {0, 1, 2},
                                              .rank = 3,
                                              .type = NC_FLOAT,
                                              .unit = study->series_unit});
    }
}

/* ---- the header ------------------------------------------------------------------------------------------------- */

static void put_attributes(struct netcdf *file)
{
    const struct results_study *study = file->study;
    put_integer(file, NC_ATTRIBUTE, 4);
    put_integer(file, study->attribute_count + 2, 4);
    put_attribute(file, "Conventions", "CF-1.8");
    put_attribute(file, "identity", study->identity);
    for (size_t i = 0; i < study->attribute_count; i++) {
        put_attribute(file, study->attributes[i].name, study->attributes[i].text);
    }
}

static void put_variable(struct netcdf *file, const struct variable *variable)
{
    size_t attributes = (variable->unit != NULL) + (variable->long_name != NULL);
    put_name(file, variable->name);
    put_integer(file, variable->rank, 4);
    for (size_t i = 0; i < variable->rank; i++) {
        put_integer(file, variable->dimensions[i], 4);
    }
    put_integer(file, attributes > 0 ? NC_ATTRIBUTE : 0, 4);
    put_integer(file, attributes, 4);
    if (variable->unit != NULL) {
        put_attribute(file, "units", variable->unit);
    }
    if (variable->long_name != NULL) {
        put_attribute(file, "long_name", variable->long_name);
    }
    put_integer(file, (uint64_t)variable->type, 4);
    put_integer(file, variable->bytes, 4);
    put_integer(file, variable->begin, 8);
}

static void put_header(struct netcdf *file)
{
    put_bytes(file, "CDF\2", 4);
    put_integer(file, 0, 4); /* no records */
    put_integer(file, NC_DIMENSION, 4);
    put_integer(file, file->dimension_count, 4);
    for (size_t i = 0; i < file->dimension_count; i++) {
        put_name(file, file->dimensions[i].name);
        put_integer(file, file->dimensions[i].length, 4);
    }
    put_attributes(file);
    put_integer(file, NC_VARIABLE, 4);
    put_integer(file, file->variable_count, 4);
    for (size_t i = 0; i < file->variable_count; i++) {
        put_variable(file, &file->variables[i]);
    }
}

/* ---- values ----------------------------------------------------------------------------------------------------- */

static const struct results_row *row_at(const struct netcdf *file, size_t config, size_t place)
{
    return results_find(file->results, (uint32_t)config, file->replications[place]);
}

static void put_padding(struct netcdf *file, uint64_t written)
{
    static const char zeros[4] = {0};
    if (!file->counts) {
        fwrite(zeros, 1, (4 - written % 4) % 4, file->out);
    }
}

static void put_flags(struct netcdf *file, bool failed)
{
    for (size_t config = 0; config < file->study->config_count; config++) {
        for (size_t i = 0; i < file->replication_count; i++) {
            const struct results_row *row = row_at(file, config, i);
            fputc(row != NULL && (!failed || row->failed), file->out);
        }
    }
    put_padding(file, file->study->config_count * file->replication_count);
}

static void put_param(struct netcdf *file, const struct results_param *param, const struct variable *variable)
{
    size_t count = file->study->config_count;
    for (size_t i = 0; i < count && variable->type == NC_DOUBLE; i++) {
        put_double(file, strtod(param->values[i], NULL));
    }
    if (variable->type == NC_CHAR) {
        uint64_t width = file->dimensions[variable->dimensions[1]].length;
        for (size_t i = 0; i < count; i++) {
            size_t length = strlen(param->values[i]);
            fwrite(param->values[i], 1, length, file->out);
            for (; length < width; length++) {
                fputc(0, file->out);
            }
        }
        put_padding(file, count * width);
    }
}

static void put_metric(struct netcdf *file, size_t column)
{
    for (size_t config = 0; config < file->study->config_count; config++) {
        for (size_t i = 0; i < file->replication_count; i++) {
            const struct results_row *row = row_at(file, config, i);
            put_double(file, row != NULL ? row->metrics[column] : NAN);
        }
    }
}

static void put_series(struct netcdf *file)
{
    for (size_t config = 0; config < file->study->config_count; config++) {
        for (size_t i = 0; i < file->replication_count; i++) {
            const struct results_row *row = row_at(file, config, i);
            for (size_t step = 0; step < file->study->series_length; step++) {
                put_float(file, row != NULL && row->series != NULL ? row->series[step] : NAN);
            }
        }
    }
}

/* In the order of describe. */
static void put_values(struct netcdf *file)
{
    const struct results_study *study = file->study;
    const struct variable *variable = file->variables;
    bool has_series = study->series_name != NULL && study->series_length > 0;
    for (size_t i = 0; has_series && i < study->series_length; i++) {
        put_double(file, (double)i * study->series_step_s);
    }
    variable += has_series;
    for (size_t i = 0; i < file->replication_count; i++) {
        put_double(file, file->replications[i]);
    }
    put_flags(file, false);
    put_flags(file, true);
    variable += 3;
    for (size_t i = 0; i < study->param_count; i++) {
        put_param(file, &study->params[i], variable++);
    }
    for (size_t i = 0; i < study->column_count; i++) {
        put_metric(file, i);
    }
    if (has_series) {
        put_series(file);
    }
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The replications that any configuration has, in order, each once. */
static bool find_replications(struct netcdf *file)
{
    size_t rows = results_row_count(file->results), kept = 0;
    file->replications = calloc(rows + 1, sizeof *file->replications);
    if (file->replications == NULL) {
        return false;
    }
    for (size_t i = 0; i < rows; i++) {
        file->replications[i] = results_row(file->results, i)->replication;
    }
    qsort(file->replications, rows, sizeof *file->replications, compare_numbers);
    for (size_t i = 0; i < rows; i++) {
        if (kept == 0 || file->replications[kept - 1] != file->replications[i]) {
            file->replications[kept++] = file->replications[i];
        }
    }
    file->replication_count = kept;
    return true;
}

static enum results_result write_file(struct netcdf *file, struct results_error *error)
{
    describe(file);
    file->counts = true; /* how long the header is does not depend on where variables begin */
    put_header(file);
    uint64_t at = file->length;
    for (size_t i = 0; i < file->variable_count; i++) {
        if (file->variables[i].bytes > VARIABLE_BYTES_MAX) {
            return fault(error, RESULTS_FORMAT,
                         "export: %s is larger than classic netCDF allows (4 GiB): results.h5 "
                         "itself opens as netCDF-4",
                         file->variables[i].name);
        }
        file->variables[i].begin = at;
        at += file->variables[i].bytes;
    }
    file->counts = false;
    put_header(file);
    put_values(file);
    return fflush(file->out) != 0 || ferror(file->out) != 0 ? fault(error, RESULTS_IO, "export: cannot write: %m")
                                                            : RESULTS_OK;
}

enum results_result export_netcdf(FILE *out, struct results_error *error, const struct results *results)
{
    struct netcdf *file = calloc(1, sizeof *file);
    if (file == NULL) {
        return fault_memory(error, "export");
    }
    file->out = out;
    file->results = results;
    file->study = results_study(results);
    bool fits = file->study->param_count <= RESULTS_PARAMS_MAX && file->study->column_count <= RESULTS_COLUMNS_MAX;
    enum results_result result = !fits                     ? fault(error, RESULTS_FORMAT, "export: too many columns")
                                 : find_replications(file) ? write_file(file, error)
                                                           : fault_memory(error, "export");
    free(file->replications);
    free(file);
    return result;
}
