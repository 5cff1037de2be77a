/* layout_parts.c: the groups of results.h5 that hang on rows, and the provenance.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/layout_parts.h"

#include "analysis/h5blob.h"
#include "analysis/rows.h"
#include "analysis/summary.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One scalar of struct results_row as an array over (config, rep). */
struct field {
    const char *name, *long_name;
    hid_t type;
    size_t offset, size;
};

static void write_field(struct layout *layout, hid_t group, const struct field *field, const struct h5_axes *axes)
{
    struct h5_out *out = &layout->out;
    uint8_t *values = calloc(layout->cell_count + 1, field->size);
    if (values == NULL) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < layout->results->row_count; i++) {
        const uint8_t *row = (const uint8_t *)layout->results->rows[i];
        memcpy(values + layout->cells[i] * field->size, row + field->offset, field->size);
    }
    hid_t dataset = h5_out_column(out, group, field->name, field->type, axes, values);
    h5_out_attribute_text(out, dataset, "long_name", field->long_name);
    h5_out_end(dataset);
    free(values);
}

/* Which cells hold a replication: what tells "not run" from "not a number". */
static void write_done(struct layout *layout, hid_t group)
{
    struct h5_out *out = &layout->out;
    struct h5_axes axes = {2, {layout->config_axis, layout->rep_axis}};
    uint8_t *done = calloc(layout->cell_count + 1, 1);
    if (done == NULL) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < layout->results->row_count; i++) {
        done[layout->cells[i]] = 1;
    }
    hid_t dataset = h5_out_column(out, group, "done", H5T_NATIVE_UINT8, &axes, done);
    h5_out_attribute_text(out, dataset, "long_name", "1 if this replication was run");
    h5_out_end(dataset);
    free(done);
}

static void write_text_field(struct layout *layout, hid_t group, const struct field *field)
{
    struct h5_out *out = &layout->out;
    struct h5_axes axes = {2, {layout->config_axis, layout->rep_axis}};
    const char **texts = malloc((layout->cell_count + 1) * sizeof *texts);
    if (texts == NULL) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < layout->cell_count; i++) {
        texts[i] = "";
    }
    for (size_t i = 0; i < layout->results->row_count; i++) {
        memcpy(&texts[layout->cells[i]], (const char *)layout->results->rows[i] + field->offset, sizeof *texts);
    }
    hid_t dataset = h5_out_column(out, group, field->name, out->text, &axes, texts);
    h5_out_attribute_text(out, dataset, "long_name", field->long_name);
    h5_out_end(dataset);
    free(texts);
}

#define FIELD(name, long_name, type, member)                                                                           \
    {                                                                                                                  \
        name, long_name, type, offsetof(struct results_row, member), sizeof((struct results_row *)0)->member           \
    }

void layout_write_replications(struct layout *layout)
{
    const struct field fields[] = {
        FIELD("failed", "1 if an audit or an error ended it", H5T_NATIVE_UINT8, failed),
        FIELD("deterministic", "1 if nothing was drawn at random", H5T_NATIVE_UINT8, deterministic),
        FIELD("events", "events executed", H5T_NATIVE_UINT64, events),
        FIELD("ties", "events at the same time and phase as the one before", H5T_NATIVE_UINT64, ties),
        FIELD("cpu_s", "processor time in seconds", H5T_NATIVE_DOUBLE, cpu_s),
    };
    const struct field digest = FIELD("digest", "SHA-256 of the event trace", H5T_NATIVE_UINT8, digest);
    const struct field texts[] = {
        FIELD("end_reason", "why it ended", layout->out.text, end_reason),
        FIELD("failure", "what failed", layout->out.text, failure),
    };
    struct h5_axes plane = {2, {layout->config_axis, layout->rep_axis}};
    struct h5_axes bytes = {3, {layout->config_axis, layout->rep_axis, layout->byte_axis}};
    hid_t group = h5_out_group(&layout->out, layout->out.file, "replications");
    write_done(layout, group);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        write_field(layout, group, &fields[i], &plane);
    }
    write_field(layout, group, &digest, &bytes);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        write_text_field(layout, group, &texts[i]);
    }
    h5_out_end(group);
}

static hid_t event_type(const struct results_table *table)
{
    hid_t type = H5Tcreate(H5T_COMPOUND, (table->column_count + 2) * sizeof(int64_t));
    H5Tinsert(type, "config", 0, H5T_NATIVE_INT64);
    H5Tinsert(type, "rep", sizeof(int64_t), H5T_NATIVE_INT64);
    for (size_t i = 0; i < table->column_count; i++) {
        H5Tinsert(type, table->columns[i], (i + 2) * sizeof(int64_t), H5T_NATIVE_INT64);
    }
    return type;
}

/* The event rows of one replication with its configuration and number in front; malloc'ed. */
static int64_t *event_values(const struct results_row *row, size_t table, size_t width)
{
    size_t count = row->table_row_count[table];
    int64_t *values = reallocarray(NULL, count, width * sizeof *values);
    for (size_t i = 0; values != NULL && i < count; i++) {
        values[i * width] = row->config;
        values[i * width + 1] = row->replication;
        memcpy(values + i * width + 2, row->table_rows[table] + i * (width - 2), (width - 2) * sizeof *values);
    }
    return values;
}

static void write_event_table(struct layout *layout, hid_t group, size_t table)
{
    const struct results *results = layout->results;
    const struct results_table *info = &results->study.tables[table];
    struct h5_out *out = &layout->out;
    hsize_t total = 0, start = 0;
    for (size_t i = 0; i < results->row_count; i++) {
        total += results->rows[i]->table_row_count[table];
    }
    hid_t type = event_type(info);
    hid_t dataset = h5_out_plain(out, group, info->name, type, &(struct h5_size){1, {total}}, NULL);
    for (size_t i = 0; i < results->row_count && !out->failed; i++) {
        hsize_t count = results->rows[i]->table_row_count[table];
        int64_t *values = count == 0 ? NULL : event_values(results->rows[i], table, info->column_count + 2);
        if (count > 0 && values == NULL) {
            out->failed = true;
        } else if (count > 0) {
            h5_out_part(out, dataset, type, &start, &count, values);
        }
        free(values);
        start += count;
    }
    h5_out_end(dataset);
    H5Tclose(type);
}

void layout_write_events(struct layout *layout)
{
    if (layout->results->study.table_count == 0) {
        return;
    }
    hid_t group = h5_out_group(&layout->out, layout->out.file, "events");
    for (size_t i = 0; i < layout->results->study.table_count; i++) {
        write_event_table(layout, group, i);
    }
    h5_out_end(group);
}

void layout_blob_name(char name[LAYOUT_BLOB_BYTES], uint32_t config, uint32_t replication)
{
    snprintf(name, LAYOUT_BLOB_BYTES, "c%" PRIu32 "-r%" PRIu32, config, replication);
}

void layout_write_blobs(struct layout *layout)
{
    const struct results *results = layout->results;
    struct h5_out *out = &layout->out;
    if (results->study.blob_name == NULL) {
        return;
    }
    hid_t blobs = h5_out_group(out, out->file, "blobs"), group = h5_out_group(out, blobs, results->study.blob_name);
    h5_out_attribute_text(out, group, "definition", results->study.blob_definition);
    for (size_t i = 0; i < results->row_count; i++) {
        const struct results_row *row = results->rows[i];
        char name[LAYOUT_BLOB_BYTES];
        if (row->blob == NULL) {
            continue;
        }
        layout_blob_name(name, row->config, row->replication);
        hid_t dataset = h5_out_blob(out, group, name, row->blob);
        h5_out_attribute_u64(out, dataset, "config", row->config);
        h5_out_attribute_u64(out, dataset, "rep", row->replication);
        h5_out_end(dataset);
    }
    h5_out_end(group);
    h5_out_end(blobs);
}

/* What the report shows: one row per configuration. */
static const char *const statistics[] = {"mean", "half_width", "n", "lo", "hi"};
#define STATISTIC_COUNT (sizeof statistics / sizeof statistics[0])

static void write_summary_of(struct layout *layout, hid_t group, size_t column, double *values)
{
    const struct results *results = layout->results;
    struct h5_axes axes = {2, {layout->config_axis, layout->statistic_axis}};
    for (size_t i = 0; i < results->study.config_count; i++) {
        struct estimate estimate = summary_metric(results, i, column, SUMMARY_LEVEL);
        values[i * STATISTIC_COUNT] = estimate.mean;
        values[i * STATISTIC_COUNT + 1] = (estimate.hi - estimate.lo) / 2;
        values[i * STATISTIC_COUNT + 2] = (double)estimate.n;
        values[i * STATISTIC_COUNT + 3] = estimate.lo;
        values[i * STATISTIC_COUNT + 4] = estimate.hi;
    }
    const struct results_column *info = &results->study.columns[column];
    hid_t dataset = h5_out_column(&layout->out, group, info->name, H5T_NATIVE_DOUBLE, &axes, values);
    h5_out_attribute_text(&layout->out, dataset, "units", info->unit);
    h5_out_end(dataset);
}

void layout_write_summary(struct layout *layout)
{
    const struct results_study *study = &layout->results->study;
    struct h5_out *out = &layout->out;
    double *values = malloc(study->config_count * STATISTIC_COUNT * sizeof *values);
    out->failed = out->failed || values == NULL;
    layout->statistic_axis = h5_out_scale(out, "statistic", out->text, STATISTIC_COUNT, statistics);
    hid_t scale = out->scales[layout->statistic_axis].dataset;
    h5_out_attribute_text(out, scale, "long_name",
                          "mean, half width of its interval, values that are not NaN, ends of the interval");
    h5_out_attribute_double(out, scale, "level", SUMMARY_LEVEL);
    hid_t group = h5_out_group(out, out->file, "summary");
    for (size_t c = 0; c < study->column_count && !out->failed; c++) {
        write_summary_of(layout, group, c, values);
    }
    h5_out_end(group);
    free(values);
}

/* A text is linked by the last part of its name, or by its number where that is taken; the whole name is an attribute.
 */
void layout_write_provenance(struct layout *layout)
{
    const struct results_study *study = &layout->results->study;
    struct h5_out *out = &layout->out;
    hid_t group = h5_out_group(out, out->file, "provenance");
    for (size_t i = 0; i < study->provenance_count; i++) {
        char link[32];
        snprintf(link, sizeof link, "text.%zu", i);
        const char *slash = strrchr(study->provenance[i].name, '/');
        const char *base = slash == NULL ? study->provenance[i].name : slash + 1;
        bool free_name = base[0] != '\0' && base[0] != '.' && strlen(base) < H5_LINK_BYTES_MAX;
        free_name = free_name && !out->failed && H5Lexists(group, base, H5P_DEFAULT) == 0;
        const char *text = study->provenance[i].text;
        hid_t dataset =
            h5_out_plain(out, group, free_name ? base : link, out->text, &(struct h5_size){.rank = 0}, &text);
        h5_out_attribute_text(out, dataset, "name", study->provenance[i].name);
        h5_out_end(dataset);
    }
    h5_out_end(group);
}
