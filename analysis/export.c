/* export.c: a results file as CSV.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/export.h"

#include "analysis/decimal.h"
#include "analysis/fault.h"

#include <math.h>
#include <string.h>

static enum results_result finish(FILE *out, struct results_error *error)
{
    return fflush(out) != 0 || ferror(out) != 0 ? fault(error, RESULTS_IO, "export: cannot write: %m") : RESULTS_OK;
}

/* A CSV field: quoted if it holds a comma, a quote or the end of a line, or begins or ends with a space. */
static void put_field(FILE *out, const char *text)
{
    size_t length = text == NULL ? 0 : strlen(text);
    bool plain = length == 0 || (strpbrk(text, ",\"\r\n") == NULL && text[0] != ' ' && text[length - 1] != ' ');
    if (plain) {
        fputs(length == 0 ? "" : text, out);
        return;
    }
    fputc('"', out);
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '"') {
            fputc('"', out);
        }
        fputc(text[i], out);
    }
    fputc('"', out);
}

static void put_number(FILE *out, double value)
{
    char text[DECIMAL_BYTES];
    if (!isnan(value)) {
        fputs(decimal(text, value), out);
    }
}

/* "config,rail,outlets,replication" */
static void put_key_names(FILE *out, const struct results_study *study)
{
    fputs("config", out);
    for (size_t i = 0; i < study->param_count; i++) {
        fputc(',', out);
        put_field(out, study->params[i].name);
    }
    fputs(",replication", out);
}

static void put_key(FILE *out, const struct results_study *study, const struct results_row *row)
{
    fprintf(out, "%u", row->config);
    for (size_t i = 0; i < study->param_count; i++) {
        fputc(',', out);
        put_field(out, study->params[i].values[row->config]);
    }
    fprintf(out, ",%u", row->replication);
}

static void put_metrics(FILE *out, const struct results_study *study, const struct results_row *row)
{
    for (size_t c = 0; c < study->column_count; c++) {
        put_key(out, study, row);
        fputc(',', out);
        put_field(out, study->columns[c].name);
        fputc(',', out);
        put_field(out, study->columns[c].unit);
        fputc(',', out);
        put_number(out, row->metrics[c]);
        fputc('\n', out);
    }
}

enum results_result export_csv(FILE *out, struct results_error *error, const struct results *results)
{
    const struct results_study *study = results_study(results);
    put_key_names(out, study);
    fputs(",metric,unit,value\n", out);
    for (size_t i = 0; i < results_row_count(results) && ferror(out) == 0; i++) {
        put_metrics(out, study, results_row(results, i));
    }
    return finish(out, error);
}

/* Index of a table by name, or table_count with error filled. */
static size_t find_table(struct results_error *error, const struct results_study *study, const char *name)
{
    char names[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < study->table_count; i++) {
        if (strcmp(study->tables[i].name, name) == 0) {
            return i;
        }
        if (used < sizeof names) {
            used +=
                (size_t)snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? ", " : "", study->tables[i].name);
        }
    }
    fault(error, RESULTS_FORMAT, "export: no event table \"%.60s\"; this file has %s", name,
          study->table_count == 0 ? "none" : names);
    return study->table_count;
}

static void put_events(FILE *out, const struct results_study *study, const struct results_row *row, size_t table)
{
    size_t width = study->tables[table].column_count;
    for (size_t i = 0; i < row->table_row_count[table]; i++) {
        put_key(out, study, row);
        for (size_t j = 0; j < width; j++) {
            fprintf(out, ",%lld", (long long)row->table_rows[table][i * width + j]);
        }
        fputc('\n', out);
    }
}

enum results_result export_events_csv(FILE *out, struct results_error *error, const struct results *results,
                                      const char *table)
{
    const struct results_study *study = results_study(results);
    size_t index = find_table(error, study, table);
    if (index == study->table_count) {
        return RESULTS_FORMAT;
    }
    put_key_names(out, study);
    for (size_t j = 0; j < study->tables[index].column_count; j++) {
        fputc(',', out);
        put_field(out, study->tables[index].columns[j]);
    }
    fputc('\n', out);
    for (size_t i = 0; i < results_row_count(results) && ferror(out) == 0; i++) {
        put_events(out, study, results_row(results, i), index);
    }
    return finish(out, error);
}

static void put_series(FILE *out, const struct results_study *study, const struct results_row *row)
{
    for (size_t i = 0; row->series != NULL && i < study->series_length; i++) {
        put_key(out, study, row);
        fputc(',', out);
        put_number(out, (double)i * study->series_step_s);
        fputc(',', out);
        put_number(out, row->series[i]);
        fputc('\n', out);
    }
}

enum results_result export_series_csv(FILE *out, struct results_error *error, const struct results *results)
{
    const struct results_study *study = results_study(results);
    if (study->series_name == NULL) {
        return fault(error, RESULTS_FORMAT, "export: this file has no series");
    }
    put_key_names(out, study);
    fputs(",time_s,", out);
    char name[256];
    snprintf(name, sizeof name, "%.120s_%.120s", study->series_name,
             study->series_unit == NULL ? "" : study->series_unit);
    put_field(out, name);
    fputc('\n', out);
    for (size_t i = 0; i < results_row_count(results) && ferror(out) == 0; i++) {
        put_series(out, study, results_row(results, i));
    }
    return finish(out, error);
}
