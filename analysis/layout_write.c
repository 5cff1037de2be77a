/* layout_write.c: writes results.h5.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/layout.h"
#include "analysis/layout_parts.h"
#include "analysis/rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_STEP ((size_t)1 << 18)

static int compare_u32(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Every replication number that occurs, sorted, once. */
static bool collect_replications(struct layout *layout)
{
    const struct results *results = layout->results;
    size_t count = 0;
    layout->replications = malloc((results->row_count + 1) * sizeof *layout->replications);
    if (layout->replications == NULL) {
        return false;
    }
    for (size_t i = 0; i < results->row_count; i++) {
        layout->replications[i] = results->rows[i]->replication;
    }
    qsort(layout->replications, results->row_count, sizeof *layout->replications, compare_u32);
    for (size_t i = 0; i < results->row_count; i++) {
        if (count == 0 || layout->replications[count - 1] != layout->replications[i]) {
            layout->replications[count++] = layout->replications[i];
        }
    }
    layout->replication_count = count;
    return true;
}

static bool place_rows(struct layout *layout)
{
    const struct results *results = layout->results;
    uint64_t cell_count = (uint64_t)results->study.config_count * layout->replication_count;
    layout->cells = malloc((results->row_count + 1) * sizeof *layout->cells);
    if (layout->cells == NULL || cell_count > RESULTS_CELLS_MAX) {
        return false;
    }
    layout->cell_count = cell_count;
    for (size_t i = 0; i < results->row_count; i++) {
        const struct results_row *row = results->rows[i];
        const uint32_t *at = bsearch(&row->replication, layout->replications, layout->replication_count,
                                     sizeof *layout->replications, compare_u32);
        layout->cells[i] = row->config * layout->replication_count + (size_t)(at - layout->replications);
    }
    return true;
}

static void write_digest_attribute(struct layout *layout)
{
    uint8_t digest[DIGEST_BYTES];
    char hex[2 * DIGEST_BYTES + 1];
    results_digest(digest, layout->results);
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
    h5_out_attribute_text(&layout->out, layout->out.file, "digest", hex);
}

/* A closing attribute takes the place of the study's own of that name. */
static bool is_closing(const struct layout_closing *closing, const char *name)
{
    for (size_t i = 0; i < closing->count; i++) {
        if (strcmp(closing->attributes[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void write_root(struct layout *layout, const struct layout_closing *closing)
{
    const struct results_study *study = &layout->results->study;
    struct h5_out *out = &layout->out;
    char shape[65];
    study_shape(shape, study);
    h5_out_attribute_text(out, out->file, "Conventions", LAYOUT_CONVENTION);
    h5_out_attribute_text(out, out->file, "identity", study->identity);
    h5_out_attribute_text(out, out->file, "shape", shape);
    h5_out_attribute_u64(out, out->file, "seed", study->seed);
    write_digest_attribute(layout);
    for (size_t i = 0; i < study->attribute_count; i++) {
        if (!is_closing(closing, study->attributes[i].name)) {
            h5_out_attribute_text(out, out->file, study->attributes[i].name, study->attributes[i].text);
        }
    }
    for (size_t i = 0; i < closing->count; i++) {
        h5_out_attribute_text(out, out->file, closing->attributes[i].name, closing->attributes[i].text);
    }
    hid_t identity = h5_out_group(out, out->file, "identity");
    for (size_t i = 0; i < study->identity_part_count; i++) {
        h5_out_attribute_text(out, identity, study->identity_parts[i].name, study->identity_parts[i].text);
    }
    h5_out_end(identity);
}

/* A coordinate 0, 1, 2, ... */
static size_t counting_axis(struct h5_out *out, const char *name, size_t length)
{
    uint32_t *values = malloc((length + 1) * sizeof *values);
    if (values == NULL) {
        out->failed = true;
        length = 0;
    }
    for (size_t i = 0; i < length; i++) {
        values[i] = (uint32_t)i;
    }
    size_t axis = h5_out_scale(out, name, H5T_NATIVE_UINT32, length, values);
    free(values);
    return axis;
}

static void write_time_axis(struct layout *layout)
{
    const struct results_study *study = &layout->results->study;
    struct h5_out *out = &layout->out;
    double *values = malloc((study->series_length + 1) * sizeof *values);
    if (values == NULL) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < study->series_length; i++) {
        values[i] = (double)i * study->series_step_s;
    }
    layout->time_axis = h5_out_scale(out, "time", H5T_NATIVE_DOUBLE, study->series_length, values);
    free(values);
    hid_t time = out->scales[layout->time_axis].dataset;
    h5_out_attribute_text(out, time, "units", study->series_time_units == NULL ? "s" : study->series_time_units);
    h5_out_attribute_text(out, time, "long_name", "start of the step");
    h5_out_attribute_double(out, time, "step_s", study->series_step_s);
}

static void write_axes(struct layout *layout)
{
    struct h5_out *out = &layout->out;
    layout->config_axis = counting_axis(out, "config", layout->results->study.config_count);
    h5_out_attribute_text(out, out->scales[layout->config_axis].dataset, "long_name", "configuration");
    layout->rep_axis = h5_out_scale(out, "rep", H5T_NATIVE_UINT32, layout->replication_count, layout->replications);
    h5_out_attribute_text(out, out->scales[layout->rep_axis].dataset, "long_name", "replication");
    layout->byte_axis = counting_axis(out, "digest_byte", DIGEST_BYTES);
    h5_out_attribute_text(out, out->scales[layout->byte_axis].dataset, "long_name", "byte of a digest");
    if (layout->results->study.series_name != NULL) {
        write_time_axis(layout);
    }
}

/* A decimal number, finite, and nothing else. */
static bool is_number(const char *text, double *value)
{
    char *end;
    if (text[0] == '\0' || strspn(text, "+-.0123456789eE") != strlen(text)) {
        return false;
    }
    *value = strtod(text, &end);
    return *end == '\0' && isfinite(*value);
}

/* Numeric if every value is a number, text otherwise. */
static void write_param(struct layout *layout, hid_t group, const struct results_param *param)
{
    struct h5_out *out = &layout->out;
    struct h5_axes axes = {1, {layout->config_axis}};
    size_t count = layout->results->study.config_count;
    double *numbers = malloc((count + 1) * sizeof *numbers);
    if (numbers == NULL) {
        out->failed = true;
        return;
    }
    bool numeric = true;
    for (size_t i = 0; i < count && numeric; i++) {
        numeric = is_number(param->values[i], &numbers[i]);
    }
    hid_t dataset = numeric ? h5_out_column(out, group, param->name, H5T_NATIVE_DOUBLE, &axes, numbers)
                            : h5_out_column(out, group, param->name, out->text, &axes, param->values);
    h5_out_attribute_text(out, dataset, "units", param->unit);
    h5_out_end(dataset);
    free(numbers);
}

static void write_params(struct layout *layout)
{
    hid_t group = h5_out_group(&layout->out, layout->out.file, "params");
    for (size_t i = 0; i < layout->results->study.param_count; i++) {
        write_param(layout, group, &layout->results->study.params[i]);
    }
    h5_out_end(group);
}

static void describe_column(struct h5_out *out, hid_t object, const struct results_column *column)
{
    h5_out_attribute_text(out, object, "units", column->unit);
    h5_out_attribute_text(out, object, "long_name", column->long_name);
    h5_out_attribute_text(out, object, "definition", column->definition);
}

static void describe_relation(struct h5_out *out, hid_t object, const struct results_relation *relation)
{
    if (relation->better != 0) {
        h5_out_attribute_text(out, object, "better", relation->better > 0 ? "more" : "less");
    }
    if (relation->part_of != NULL) {
        h5_out_attribute_text(out, object, "part_of", relation->part_of);
    }
    if (relation->trials != NULL) {
        h5_out_attribute_text(out, object, "trials", relation->trials);
    }
    if (relation->worth != NULL) {
        h5_out_attribute_text(out, object, "worth", relation->worth);
    }
}

static void write_metrics(struct layout *layout)
{
    const struct results *results = layout->results;
    struct h5_out *out = &layout->out;
    struct h5_axes axes = {2, {layout->config_axis, layout->rep_axis}};
    hid_t group = h5_out_group(out, out->file, "metrics");
    double *values = malloc((layout->cell_count + 1) * sizeof *values);
    out->failed = out->failed || values == NULL;
    for (size_t c = 0; c < results->study.column_count && !out->failed; c++) {
        for (size_t i = 0; i < layout->cell_count; i++) {
            values[i] = NAN;
        }
        for (size_t i = 0; i < results->row_count; i++) {
            values[layout->cells[i]] = results->rows[i]->metrics[c];
        }
        hid_t dataset = h5_out_column(out, group, results->study.columns[c].name, H5T_NATIVE_DOUBLE, &axes, values);
        describe_column(out, dataset, &results->study.columns[c]);
        if (results->study.relations != NULL) {
            describe_relation(out, dataset, &results->study.relations[c]);
        }
        h5_out_end(dataset);
    }
    free(values);
    h5_out_end(group);
}

static void write_series(struct layout *layout)
{
    const struct results *results = layout->results;
    const struct results_study *study = &results->study;
    struct h5_out *out = &layout->out;
    if (study->series_name == NULL) {
        return;
    }
    struct h5_axes axes = {3, {layout->config_axis, layout->rep_axis, layout->time_axis}};
    hid_t group = h5_out_group(out, out->file, "series");
    hid_t dataset = h5_out_column(out, group, study->series_name, H5T_NATIVE_FLOAT, &axes, NULL);
    h5_out_attribute_text(out, dataset, "units", study->series_unit);
    for (size_t i = 0; i < results->row_count && study->series_length > 0; i++) {
        hsize_t config = layout->cells[i] / layout->replication_count,
                rep = layout->cells[i] % layout->replication_count;
        if (results->rows[i]->series != NULL) {
            h5_out_part(out, dataset, H5T_NATIVE_FLOAT, (hsize_t[]){config, rep, 0},
                        (hsize_t[]){1, 1, study->series_length}, results->rows[i]->series);
        }
    }
    h5_out_end(dataset);
    h5_out_end(group);
}

static void write_all(struct layout *layout, const struct layout_closing *closing)
{
    write_root(layout, closing);
    write_axes(layout);
    write_params(layout);
    write_metrics(layout);
    layout_write_summary(layout);
    layout_write_differences(layout);
    write_series(layout);
    layout_write_replications(layout);
    layout_write_events(layout);
    layout_write_blobs(layout);
    layout_write_provenance(layout);
}

uint8_t *layout_write(size_t *length, const struct results *results, const struct layout_closing *closing)
{
    struct layout layout = {.results = results};
    uint8_t *image = NULL;
    if (collect_replications(&layout) && place_rows(&layout)) {
        h5_out_open(&layout.out, MEMORY_STEP, H5_DEFLATED);
        write_all(&layout, closing);
        image = h5_out_finish(&layout.out, length);
    }
    free(layout.cells);
    free(layout.replications);
    return image;
}
