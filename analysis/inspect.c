/* inspect.c: what a results file holds, as text for a terminal.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/inspect.h"

#include "analysis/blob.h"
#include "analysis/fault.h"
#include "analysis/label.h"
#include "analysis/summary.h"

#include <math.h>
#include <string.h>

#define CONFIGS_SHOWN 50
#define TEXT_SHOWN    100

/* Text without what would move a terminal's cursor, cut to TEXT_SHOWN characters. */
static void put_text(FILE *out, const char *text)
{
    size_t shown = 0;
    for (const char *at = text == NULL ? "" : text; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;
        shown += (c & 0xc0) != 0x80;
        if (shown > TEXT_SHOWN) {
            fputs(" ...", out);
            return;
        }
        fputc(c < ' ' || c == 0x7f ? ' ' : c, out);
    }
}

/* Replication numbers that occur anywhere in the study: highest + 1 says how many were meant. */
static size_t replications_meant(const struct results *results)
{
    size_t meant = 0;
    for (size_t i = 0; i < results_row_count(results); i++) {
        size_t number = (size_t)results_row(results, i)->replication + 1;
        meant = number > meant ? number : meant;
    }
    return meant;
}

static void put_study(FILE *out, const struct results *results)
{
    const struct results_study *study = results_study(results);
    uint8_t digest[32];
    results_digest(digest, results);
    fprintf(out, "identity      %.64s\nseed          %llu\ndigest        ", study->identity,
            (unsigned long long)study->seed);
    for (size_t i = 0; i < sizeof digest; i++) {
        fprintf(out, "%02x", digest[i]);
    }
    fprintf(out, "\nreplications  %zu of %zu configuration%s\n", results_row_count(results), study->config_count,
            study->config_count == 1 ? "" : "s");
}

static void put_configs(FILE *out, const struct results *results)
{
    const struct results_study *study = results_study(results);
    size_t meant = replications_meant(results);
    fputs("\nconfigurations\n", out);
    for (size_t i = 0; i < study->config_count && i < CONFIGS_SHOWN; i++) {
        struct summary_count count = summary_count(results, i);
        char label[LABEL_BYTES];
        fputs("  ", out);
        put_text(out, label_config(label, study, i));
        fprintf(out, ": %zu done, %zu missing, %zu failed\n", count.done, meant - count.done, count.failed);
    }
    if (study->config_count > CONFIGS_SHOWN) {
        fprintf(out, "  ... and %zu more\n", study->config_count - CONFIGS_SHOWN);
    }
}

static void put_params(FILE *out, const struct results_study *study)
{
    fputs("\nparameters (of the first configuration)\n", out);
    for (size_t i = 0; i < study->param_count; i++) {
        fprintf(out, "  %-32s ", study->params[i].name);
        put_text(out, study->params[i].values[0]);
        fprintf(out, " %s\n", study->params[i].unit == NULL ? "" : study->params[i].unit);
    }
}

/* Why there is no value. */
static const char *why_none(const struct results *results)
{
    struct summary_count count = summary_count(results, 0);
    return count.done == 0              ? "not run"
           : count.done == count.failed ? "every replication failed"
                                        : "nothing to measure: not of this rail, or divided by none";
}

/* Each metric with its mean and interval in the first configuration. */
static void put_metrics(FILE *out, const struct results *results)
{
    const struct results_study *study = results_study(results);
    fputs("\nmetrics (first configuration: mean, 95 % interval)\n", out);
    for (size_t c = 0; c < study->column_count; c++) {
        struct estimate estimate = summary_metric(results, 0, c, SUMMARY_LEVEL);
        if (estimate.n == 0) {
            fprintf(out, "  %-32s %14s  %s\n", study->columns[c].name, "-", why_none(results));
            continue;
        }
        fprintf(out, "  %-32s %14.8g", study->columns[c].name, estimate.mean);
        fprintf(out, " %s", study->columns[c].unit == NULL ? "" : study->columns[c].unit);
        if (estimate.n == 1 && estimate.lo == estimate.hi) {
            fputs("  exact", out);
        } else if (!isnan(estimate.lo) && !isnan(estimate.hi)) {
            fprintf(out, "  [%.8g, %.8g]", estimate.lo, estimate.hi);
        }
        fputc('\n', out);
    }
}

static void put_tables(FILE *out, const struct results *results)
{
    const struct results_study *study = results_study(results);
    if (study->series_name != NULL) {
        fprintf(out, "\nseries\n  %s [%s]: %zu steps of %g s\n", study->series_name,
                study->series_unit == NULL ? "" : study->series_unit, study->series_length, study->series_step_s);
    }
    if (study->table_count > 0) {
        fputs("\nevent tables\n", out);
    }
    for (size_t t = 0; t < study->table_count; t++) {
        size_t rows = 0;
        for (size_t i = 0; i < results_row_count(results); i++) {
            rows += results_row(results, i)->table_row_count[t];
        }
        fprintf(out, "  %s: %zu rows of", study->tables[t].name, rows);
        for (size_t j = 0; j < study->tables[t].column_count; j++) {
            fprintf(out, " %s", study->tables[t].columns[j]);
        }
        fputc('\n', out);
    }
}

static void put_blobs(FILE *out, const struct results *results)
{
    const struct results_study *study = results_study(results);
    unsigned long long count = 0, length = 0, stored = 0;
    if (study->blob_name == NULL) {
        return;
    }
    for (size_t i = 0; i < results_row_count(results); i++) {
        const struct blob *blob = results_row(results, i)->blob;
        count += blob != NULL;
        length += blob != NULL ? blob->length : 0;
        stored += blob != NULL ? blob->byte_count : 0;
    }
    fprintf(out, "\nblobs\n  %s: %llu of %llu bytes, stored in %llu\n", study->blob_name, count, length, stored);
}

static void put_texts(FILE *out, const struct results_study *study)
{
    fputs("\nattributes\n", out);
    for (size_t i = 0; i < study->attribute_count; i++) {
        fprintf(out, "  %-24s ", study->attributes[i].name);
        put_text(out, study->attributes[i].text);
        fputc('\n', out);
    }
    fputs("\nprovenance\n", out);
    for (size_t i = 0; i < study->provenance_count; i++) {
        fputs("  ", out);
        put_text(out, study->provenance[i].name);
        fprintf(out, ": %zu bytes\n", strlen(study->provenance[i].text));
    }
}

enum results_result inspect_write(FILE *out, struct results_error *error, const struct results *results)
{
    const struct results_study *study = results_study(results);
    put_study(out, results);
    put_configs(out, results);
    put_params(out, study);
    put_metrics(out, results);
    put_tables(out, results);
    put_blobs(out, results);
    put_texts(out, study);
    return fflush(out) != 0 || ferror(out) != 0 ? fault(error, RESULTS_IO, "inspect: cannot write: %m") : RESULTS_OK;
}
