/* present_json.c: a study at its end, as one JSON object.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/present.h"

#include "analysis/label.h"
#include "analysis/pool.h"
#include "analysis/scoretext.h"
#include "analysis/summary.h"
#include "cli/json.h"

#include <string.h>

static void write_estimate(struct json *json, const struct estimate *estimate)
{
    json_real(json, "mean", estimate->mean);
    json_real(json, "lo", estimate->lo);
    json_real(json, "hi", estimate->hi);
    json_unsigned(json, "n", estimate->n);
}

/* Money in satoshi too. */
static void write_sat(struct json *json, const struct results *results, size_t column, struct estimate estimate)
{
    double yen_per_sat = scoretext_yen_per_sat(results);
    if (!scoretext_is_yen(&results_study(results)->columns[column]) || !(yen_per_sat > 0))
        return;
    estimate.mean /= yen_per_sat;
    estimate.lo /= yen_per_sat;
    estimate.hi /= yen_per_sat;
    json_open_object(json, "sat");
    write_estimate(json, &estimate);
    json_close_object(json);
}

static void write_metrics(struct json *json, const struct results *results)
{
    const struct results_study *study = results_study(results);
    json_open_array(json, "metrics");
    for (size_t config = 0; config < study->config_count; config++) {
        for (size_t column = 0; column < study->column_count; column++) {
            struct estimate estimate = summary_metric(results, config, column, SUMMARY_LEVEL);
            json_open_object(json, NULL);
            json_text(json, "name", study->columns[column].name);
            json_text(json, label_arm_word(study), judge_rail(results, config));
            json_unsigned(json, "config", config);
            json_text(json, "unit", study->columns[column].unit);
            write_estimate(json, &estimate);
            write_sat(json, results, column, estimate);
            json_close_object(json);
        }
    }
    json_close_array(json);
}

static void write_figure(struct json *json, const struct results *results, size_t column)
{
    const struct results_study *study = results_study(results);
    json_open_object(json, NULL);
    json_text(json, "metric", study->columns[column].name);
    json_text(json, "unit", study->columns[column].unit);
    json_open_array(json, "rails");
    for (size_t config = 0; config < study->config_count; config++) {
        struct estimate estimate = summary_metric(results, config, column, SUMMARY_LEVEL);
        json_open_object(json, NULL);
        json_text(json, label_arm_word(study), judge_rail(results, config));
        json_unsigned(json, "config", config);
        write_estimate(json, &estimate);
        write_sat(json, results, column, estimate);
        json_close_object(json);
    }
    json_close_array(json);
    json_close_object(json);
}

static void write_scoreboard(struct json *json, const struct results *results)
{
    struct scoretext_property properties[SCORETEXT_PROPERTIES_MAX];
    struct pool pool = {0};
    size_t count = scoretext_read(properties, &pool, results);
    json_open_array(json, "scoreboard");
    for (size_t i = 0; i < count; i++) {
        json_open_object(json, NULL);
        json_text(json, "property", properties[i].title);
        json_text(json, "question", properties[i].question);
        json_open_array(json, "figures");
        for (size_t j = 0; j < properties[i].column_count; j++)
            write_figure(json, results, properties[i].columns[j]);
        json_close_array(json);
        json_close_object(json);
    }
    json_close_array(json);
    pool_close(&pool);
}

static void write_difference(struct json *json, const struct results *results, const size_t pair[2], size_t column)
{
    const struct results_study *study = results_study(results);
    struct estimate_paired paired = summary_paired(results, pair, column, SUMMARY_LEVEL);
    if (paired.difference.n == 0)
        return;
    json_open_object(json, NULL);
    json_text(json, "name", study->columns[column].name);
    json_text(json, label_arm_word(study), judge_rail(results, pair[1]));
    json_text(json, "baseline", judge_rail(results, pair[0]));
    json_unsigned(json, "config", pair[1]);
    json_text(json, "unit", study->columns[column].unit);
    write_estimate(json, &paired.difference);
    json_real(json, "variance_gain", paired.variance_gain);
    json_close_object(json);
}

static void write_differences(struct json *json, const struct results *results)
{
    const struct results_study *study = results_study(results);
    json_open_array(json, "differences");
    for (size_t config = 0; config < study->config_count && label_is_comparison(study); config++) {
        size_t baseline = label_baseline(study, config);
        for (size_t column = 0; column < study->column_count && baseline != config; column++)
            write_difference(json, results, (const size_t[]){baseline, config}, column);
    }
    json_close_array(json);
}

static const char *unit_of(const struct results *results, const char *metric)
{
    size_t column = results_column_find(results, metric);
    return column < results_study(results)->column_count ? results_study(results)->columns[column].unit : "";
}

static void write_thresholds(struct json *json, const struct presentation *presentation)
{
    json_open_array(json, "thresholds");
    for (size_t i = 0; i < presentation->judgements->count; i++) {
        const struct judgement *one = &presentation->judgements->list[i];
        json_open_object(json, NULL);
        json_text(json, "text", one->text);
        json_text(json, "metric", one->metric);
        json_text(json, label_arm_word(results_study(presentation->results)), one->rail);
        json_unsigned(json, "config", one->config);
        json_text(json, "op", one->op);
        json_real(json, "limit", one->limit);
        json_text(json, "unit", unit_of(presentation->results, one->metric));
        write_estimate(json, &one->estimate);
        json_text(json, "verdict", verdict_name(one->verdict));
        json_close_object(json);
    }
    json_close_array(json);
}

void present_json(const struct presentation *presentation)
{
    struct json json = {.out = stdout};
    const char *title = results_attribute(presentation->results, "title");
    char digest[65];
    present_digest(digest, presentation->results);
    json_open_object(&json, NULL);
    json_text(&json, "scenario", title != NULL ? title : "");
    json_unsigned(&json, "seed", results_study(presentation->results)->seed);
    json_unsigned(&json, "replications", present_replications(presentation->results));
    json_text(&json, "digest", digest);
    json_text(&json, "verdict", verdict_name(presentation->judgements->verdict));
    write_scoreboard(&json, presentation->results);
    write_metrics(&json, presentation->results);
    write_differences(&json, presentation->results);
    write_thresholds(&json, presentation);
    json_text(&json, "results", presentation->results_path);
    json_close_object(&json);
    putchar('\n');
}
