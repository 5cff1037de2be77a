/* export_json.c: a results file as JSON.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/decimal.h"
#include "analysis/export.h"
#include "analysis/fault.h"

#include <math.h>
#include <string.h>

/* Bytes of the UTF-8 character at text, 0 if there is none (RFC 3629: no overlong form, no surrogate). */
static size_t character_length(const unsigned char *text)
{
    unsigned char c = text[0], second = text[1];
    if (c < 0x80) {
        return 1;
    }
    size_t length = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    bool bad = c < 0xc2 || c > 0xf4 || (c == 0xe0 && second < 0xa0) || (c == 0xed && second > 0x9f) ||
               (c == 0xf0 && second < 0x90) || (c == 0xf4 && second > 0x8f);
    for (size_t i = 1; i < length && !bad; i++) {
        bad = (text[i] & 0xc0) != 0x80; /* also stops at the end of the text */
    }
    return bad ? 0 : length;
}

void export_json_text(FILE *out, const char *text)
{
    const unsigned char *at = (const unsigned char *)(text == NULL ? "" : text);
    fputc('"', out);
    while (*at != '\0') {
        size_t length = character_length(at);
        if (length == 0) {
            fputs("\\ufffd", out);
        } else if (*at == '"' || *at == '\\') {
            fprintf(out, "\\%c", *at);
        } else if (*at < ' ' || *at == 0x7f) {
            fprintf(out, "\\u%04x", *at);
        } else {
            fwrite(at, 1, length, out);
        }
        at += length == 0 ? 1 : length;
    }
    fputc('"', out);
}

void export_json_number(FILE *out, double value)
{
    char text[DECIMAL_BYTES];
    fputs(isfinite(value) ? decimal(text, value) : "null", out);
}

static void put_comma(FILE *out, size_t index)
{
    fputs(index == 0 ? "" : ", ", out);
}

/* "name": "text" or null */
static void put_member(FILE *out, const char *name, const char *text)
{
    export_json_text(out, name);
    fputs(": ", out);
    if (text == NULL) {
        fputs("null", out);
    } else {
        export_json_text(out, text);
    }
}

static void put_texts(FILE *out, const char *name, const struct results_text *texts, size_t count)
{
    fprintf(out, "\"%s\": {", name);
    for (size_t i = 0; i < count; i++) {
        put_comma(out, i);
        put_member(out, texts[i].name, texts[i].text);
    }
    fputs("},\n", out);
}

static void put_configs(FILE *out, const struct results_study *study)
{
    fputs("\"configs\": [", out);
    for (size_t i = 0; i < study->config_count; i++) {
        fputs(i == 0 ? "\n  {" : ",\n  {", out);
        for (size_t p = 0; p < study->param_count; p++) {
            put_comma(out, p);
            put_member(out, study->params[p].name, study->params[p].values[i]);
        }
        fputc('}', out);
    }
    fputs("],\n", out);
}

static void put_columns(FILE *out, const struct results_study *study)
{
    fputs("\"metrics\": [", out);
    for (size_t i = 0; i < study->column_count; i++) {
        const struct results_column *column = &study->columns[i];
        fputs(i == 0 ? "\n  {" : ",\n  {", out);
        put_member(out, "name", column->name);
        fputs(", ", out);
        put_member(out, "unit", column->unit);
        fputs(", ", out);
        put_member(out, "long_name", column->long_name);
        fputs(", ", out);
        put_member(out, "definition", column->definition);
        fputc('}', out);
    }
    fputs("],\n", out);
}

static void put_digest(FILE *out, const char *name, const uint8_t digest[32])
{
    fprintf(out, "\"%s\": \"", name);
    for (size_t i = 0; i < 32; i++) {
        fprintf(out, "%02x", digest[i]);
    }
    fputs("\", ", out);
}

static void put_table(FILE *out, const struct results_table *table, const struct results_row *row, size_t index)
{
    export_json_text(out, table->name);
    fputs(": [", out);
    for (size_t i = 0; i < row->table_row_count[index]; i++) {
        put_comma(out, i);
        fputc('[', out);
        for (size_t j = 0; j < table->column_count; j++) {
            put_comma(out, j);
            fprintf(out, "%lld", (long long)row->table_rows[index][i * table->column_count + j]);
        }
        fputc(']', out);
    }
    fputc(']', out);
}

static void put_row(FILE *out, const struct results_study *study, const struct results_row *row)
{
    fprintf(out, "{\"config\": %u, \"replication\": %u, \"events\": %llu, \"ties\": %llu, ", row->config,
            row->replication, (unsigned long long)row->events, (unsigned long long)row->ties);
    put_digest(out, "digest", row->digest);
    put_member(out, "end_reason", row->end_reason);
    fprintf(out, ", \"deterministic\": %s, \"failed\": %s, ", row->deterministic ? "true" : "false",
            row->failed ? "true" : "false");
    put_member(out, "failure", row->failure);
    fputs(", \"cpu_s\": ", out);
    export_json_number(out, row->cpu_s);
    fputs(", \"values\": [", out);
    for (size_t c = 0; c < study->column_count; c++) {
        put_comma(out, c);
        export_json_number(out, row->metrics[c]);
    }
    fputs("], \"events_of\": {", out);
    for (size_t i = 0; i < study->table_count; i++) {
        put_comma(out, i);
        put_table(out, &study->tables[i], row, i);
    }
    fputs("}}", out);
}

static void put_table_columns(FILE *out, const struct results_study *study)
{
    fputs("\"event_columns\": {", out);
    for (size_t i = 0; i < study->table_count; i++) {
        put_comma(out, i);
        export_json_text(out, study->tables[i].name);
        fputs(": [", out);
        for (size_t j = 0; j < study->tables[i].column_count; j++) {
            put_comma(out, j);
            export_json_text(out, study->tables[i].columns[j]);
        }
        fputc(']', out);
    }
    fputs("},\n", out);
}

enum results_result export_json(FILE *out, struct results_error *error, const struct results *results)
{
    const struct results_study *study = results_study(results);
    uint8_t digest[32];
    results_digest(digest, results);
    fputs("{", out);
    put_member(out, "identity", study->identity);
    fprintf(out, ", \"seed\": %llu, ", (unsigned long long)study->seed);
    put_digest(out, "digest", digest);
    fprintf(out, "\"replications\": %zu,\n", results_row_count(results));
    put_texts(out, "attributes", study->attributes, study->attribute_count);
    put_configs(out, study);
    put_columns(out, study);
    put_table_columns(out, study);
    fputs("\"rows\": [", out);
    for (size_t i = 0; i < results_row_count(results) && ferror(out) == 0; i++) {
        fputs(i == 0 ? "\n  " : ",\n  ", out);
        put_row(out, study, results_row(results, i));
    }
    fputs("]}\n", out);
    return fflush(out) != 0 || ferror(out) != 0 ? fault(error, RESULTS_IO, "export: cannot write: %m") : RESULTS_OK;
}
