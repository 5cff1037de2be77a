/* sweep_study.c: all points of a sweep as one study.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/sweep_study.h"

#include "cli/describe_names.h"
#include "cli/judge.h"
#include "cli/terminal.h"
#include "scenarios/lang/suggest.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is learnt point by point. */
struct survey {
    struct sweep_study *study;
    struct pool *pool;
    struct tally_point *points;
    const char **arms; /* per configuration */
    size_t arm_capacity, config_count;
    const char **params;   /* per point: one value per declared parameter of the first point */
    const char *data;      /* lines of all data files, each once */
    const char *threshold; /* as the first point has them */
    bool thresholds_differ, series_differ;
};

/* Concatenation in the pool. */
static const char *join(struct pool *pool, const char *a, const char *b)
{
    size_t size = strlen(a) + strlen(b) + 1;
    char *text = pool_take(pool, size, 1);
    if (text != NULL)
        snprintf(text, size, "%s%s", a, b);
    return text;
}

/* ---- one point -------------------------------------------------------------------------------------------------- */

static bool add_arms(struct survey *survey, const struct scenario *scenario)
{
    size_t count = scenario_arm_count(scenario);
    if (survey->config_count + count > RESULTS_CONFIGS_MAX) {
        complain("sweep: more than %d configurations", RESULTS_CONFIGS_MAX);
        return false;
    }
    if (survey->config_count + count > survey->arm_capacity) {
        size_t capacity = 2 * (survey->config_count + count);
        const char **arms = realloc(survey->arms, capacity * sizeof *arms);
        if (arms == NULL)
            return false;
        survey->arms = arms;
        survey->arm_capacity = capacity;
    }
    for (size_t i = 0; i < count; i++)
        survey->arms[survey->config_count++] = pool_text(survey->pool, scenario_arm_name(scenario, i));
    return true;
}

/* The value of a declared parameter, "" where this point does not declare it. */
static const char *param_value(const struct scenario *scenario, const char *name)
{
    for (size_t i = 0; i < scenario->param_count; i++)
        if (strcmp(scenario->params[i].name, name) == 0)
            return scenario->params[i].value;
    return "";
}

static void add_data(struct survey *survey, const struct scene *scene)
{
    const char *lines = describe_data_files(survey->pool, &scene->request);
    while (lines != NULL && *lines != '\0' && survey->data != NULL) {
        size_t length = strcspn(lines, "\n") + 1;
        char *line = strndup(lines, length);
        if (line == NULL)
            survey->pool->failed = true;
        else if (strstr(survey->data, line) == NULL)
            survey->data = join(survey->pool, survey->data, line);
        free(line);
        lines += length;
    }
}

static const char *settings_text(struct pool *pool, const struct scene *scene)
{
    const char *text = "";
    for (size_t i = 0; scene->settings[i] != NULL && text != NULL; i++)
        text = join(pool, i > 0 ? join(pool, text, "\t") : text, scene->settings[i]);
    char *copy = text != NULL ? pool_take(pool, strlen(text) + 1, 1) : NULL;
    for (size_t i = 0; copy != NULL && text[i] != '\0'; i++)
        copy[i] = (unsigned char)text[i] < 0x20 && text[i] != '\t' ? ' ' : text[i];
    return copy != NULL ? copy : "";
}

static bool has_same_columns(const struct scenario *a, const struct scenario *b)
{
    if (scenario_metric_count(a) != scenario_metric_count(b) || scenario_is_lab(a) != scenario_is_lab(b))
        return false;
    for (size_t i = 0; i < scenario_metric_count(a); i++)
        if (strcmp(scenario_metric(a, i)->name, scenario_metric(b, i)->name) != 0)
            return false;
    return true;
}

static bool compare_with_first(struct survey *survey, const struct scene *scene)
{
    const struct scenario *first = &survey->study->first->loaded.scenario, *here = &scene->loaded.scenario;
    if (!has_same_columns(first, here)) {
        complain("sweep: the points have different metrics: %s has others than the first one",
                 settings_text(survey->pool, scene));
        return false;
    }
    char *thresholds = judge_store(here);
    if (thresholds == NULL || strcmp(thresholds, survey->threshold) != 0)
        survey->thresholds_differ = true;
    free(thresholds);
    if (unit_series_length(&first->config) != unit_series_length(&here->config) ||
        first->config.series_step_us != here->config.series_step_us ||
        first->config.start_unix_s != here->config.start_unix_s)
        survey->series_differ = true;
    return true;
}

static bool survey_point(struct survey *survey, const struct scene *scene)
{
    const struct scenario *first = &survey->study->first->loaded.scenario, *here = &scene->loaded.scenario;
    struct tally_point *point = &survey->points[scene->point];
    *point = (struct tally_point){.first_config = (uint32_t)survey->config_count,
                                  .arms = (uint32_t)scenario_arm_count(here),
                                  .replications = here->replications,
                                  .hash = survey->study->scenes->hashes[scene->point],
                                  .settings = settings_text(survey->pool, scene)};
    if (!compare_with_first(survey, scene) || !add_arms(survey, here))
        return false;
    for (size_t i = 0; i < first->param_count; i++)
        survey->params[scene->point * first->param_count + i] =
            pool_text(survey->pool, param_value(here, first->params[i].name));
    add_data(survey, scene);
    return !survey->pool->failed;
}

static bool survey_points(struct survey *survey)
{
    struct scenes *scenes = survey->study->scenes;
    for (size_t i = 0; i < scenes->plan->point_count; i++) {
        struct scene *scene = scene_take(scenes, i);
        if (scene == NULL)
            return false;
        bool good = survey_point(survey, scene);
        scene_give(scenes, scene);
        if (!good) {
            if (survey->pool->failed)
                complain("memory is out");
            return false;
        }
    }
    return true;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static const char **spread(struct survey *survey, size_t stride, const char *const *values)
{
    const char **spread = pool_take(survey->pool, survey->config_count, sizeof *spread);
    for (size_t i = 0; spread != NULL && i < survey->study->scenes->plan->point_count; i++)
        for (uint32_t arm = 0; arm < survey->points[i].arms; arm++)
            spread[survey->points[i].first_config + arm] = values[i * stride];
    return spread;
}

static bool is_declared(const struct scenario *scenario, const char *name)
{
    for (size_t i = 0; i < scenario->param_count; i++)
        if (strcmp(scenario->params[i].name, name) == 0)
            return true;
    return false;
}

static void describe_params(struct survey *survey)
{
    const struct scenario *first = &survey->study->first->loaded.scenario;
    const struct plan *plan = survey->study->scenes->plan;
    struct results_study *study = &survey->study->description.study;
    struct results_param *params = pool_take(survey->pool, 1 + first->param_count + plan->axis_count, sizeof *params);
    const char **arms = pool_take(survey->pool, survey->config_count, sizeof *arms);
    if (params == NULL || arms == NULL)
        return;
    memcpy(arms, survey->arms, survey->config_count * sizeof *arms);
    params[0] = (struct results_param){study->params[0].name, "", arms};
    size_t count = 1;
    for (size_t i = 0; i < first->param_count; i++)
        params[count++] = (struct results_param){study->params[1 + i].name, "",
                                                 spread(survey, first->param_count, survey->params + i)};
    for (size_t i = 0; i < plan->axis_count; i++)
        if (!is_declared(first, plan->axes[i].name))
            params[count++] =
                (struct results_param){plan->axes[i].name, "", spread(survey, plan->axis_count, plan->values + i)};
    study->params = params;
    study->param_count = count;
    study->config_count = survey->config_count;
}

/* "outlets=4,8,12; cars=1..9; sample latin:20; where …": what the user wrote. */
static const char *axes_text(const struct arguments *arguments, struct pool *pool)
{
    const char *text = "";
    for (size_t i = 0; i < arguments->pair_count && text != NULL; i++)
        if (arguments->pairs[i].option == OPTION_AXIS)
            text = join(pool, *text != '\0' ? join(pool, text, "; ") : text, arguments->pairs[i].text);
    if (arguments->given[OPTION_SAMPLE])
        text = join(pool, join(pool, text, "; sample "), arguments->text[OPTION_SAMPLE]);
    if (arguments->given[OPTION_FILTER])
        text = join(pool, join(pool, text, "; where "), arguments->text[OPTION_FILTER]);
    return text;
}

/* The first point's identity with what differs between points taken from all of them. */
static void describe_identity(struct survey *survey)
{
    struct results_study *study = &survey->study->description.study;
    struct pool *pool = survey->pool;
    const struct plan *plan = survey->study->scenes->plan;
    size_t room = plan->point_count * SCENE_HASH_BYTES, count = study->identity_part_count;
    struct results_text *parts = pool_take(pool, count + 1, sizeof *parts);
    char *all = pool_take(pool, room + 1, 1);
    if (parts == NULL || all == NULL)
        return;
    for (size_t i = 0; i < plan->point_count; i++) {
        memcpy(all + i * SCENE_HASH_BYTES, survey->study->scenes->hashes[i], SCENE_HASH_BYTES - 1);
        all[(i + 1) * SCENE_HASH_BYTES - 1] = '\n';
    }
    memcpy(parts, study->identity_parts, count * sizeof *parts);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(parts[i].name, "scenario") == 0 && plan->point_count > 1)
            parts[i].text = describe_hash(pool, all);
        if (strcmp(parts[i].name, "data") == 0)
            parts[i].text = survey->data;
    }
    parts[count++] = (struct results_text){"axes", axes_text(survey->study->scenes->arguments, pool)};
    study->identity_parts = parts;
    study->identity_part_count = count;
    study->identity = pool->failed ? "" : describe_identity_hash(pool, parts, count);
}

static void describe_provenance(struct survey *survey)
{
    struct results_study *study = &survey->study->description.study;
    size_t count = study->provenance_count;
    struct results_text *texts = pool_take(survey->pool, count + 1, sizeof *texts);
    char *rule = tally_rule_write(&survey->study->rule);
    if (texts == NULL || rule == NULL) {
        survey->pool->failed = true;
        free(rule);
        return;
    }
    memcpy(texts, study->provenance, count * sizeof *texts);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(texts[i].name, "data_files") == 0)
            texts[i].text = survey->data;
        if (strcmp(texts[i].name, DESCRIBE_THRESHOLDS) == 0 && survey->thresholds_differ)
            texts[i].text = "";
    }
    texts[count++] = (struct results_text){DESCRIBE_SWEEP, pool_text(survey->pool, rule)};
    free(rule);
    study->provenance = texts;
    study->provenance_count = count;
}

static void describe_attributes(struct survey *survey)
{
    struct results_study *study = &survey->study->description.study;
    struct results_text *texts = pool_take(survey->pool, study->attribute_count, sizeof *texts);
    char *command = sweep_command(survey->study->scenes->arguments, study->seed, false);
    if (texts == NULL || command == NULL) {
        survey->pool->failed = true;
        free(command);
        return;
    }
    memcpy(texts, study->attributes, study->attribute_count * sizeof *texts);
    for (size_t i = 0; i < study->attribute_count; i++)
        if (strcmp(texts[i].name, DESCRIBE_COMMAND) == 0)
            texts[i].text = pool_text(survey->pool, command);
    free(command);
    study->attributes = texts;
}

static void drop_series(struct results_study *study)
{
    study->series_name = study->series_unit = study->series_time_units = NULL;
    study->series_length = 0;
    study->series_step_s = 0;
}

static void describe_whole(struct survey *survey)
{
    struct description *description = &survey->study->description;
    char name[DESCRIBE_SLUG_BYTES], folder[DESCRIBE_SLUG_BYTES + 32];
    survey->study->rule.points = survey->points;
    survey->study->rule.point_count = survey->study->scenes->plan->point_count;
    describe_params(survey);
    describe_identity(survey);
    describe_attributes(survey);
    if (survey->series_differ)
        drop_series(&description->study);
    describe_slug(name, survey->study->first->loaded.scenario.config.name);
    snprintf(folder, sizeof folder, "runs/%s-sweep-%.8s", name, description->study.identity);
    description->folder = pool_text(survey->pool, folder);
}

/* ---- targets ---------------------------------------------------------------------------------------------------- */

/* METRIC=2% of the mean, METRIC=0.5 in its unit. */
static bool read_target(struct tally_target *target, const struct results_study *study, struct pool *pool,
                        const char *text)
{
    const char *equals = strchr(text, '=');
    char name[128], near[96], *end;
    struct suggestion suggestion;
    snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
    double width = strtod(equals + 1, &end);
    bool is_relative = *end == '%';
    *target = (struct tally_target){.metric = pool_text(pool, name),
                                    .precision = {is_relative ? width / 100 : width, is_relative}};
    if (end == equals + 1 || end[is_relative] != '\0' || !(width > 0) || isinf(width)) {
        complain("sweep: --target %s: wants METRIC=N%% (of the mean) or METRIC=N (in its unit)", text);
        return false;
    }
    suggest_begin(&suggestion, name);
    for (; target->column < study->column_count; target->column++) {
        if (strcmp(study->columns[target->column].name, name) == 0)
            return true;
        suggest_offer(&suggestion, study->columns[target->column].name);
    }
    complain("sweep: --target %s: there is no such metric%s", text, suggest_text(near, &suggestion));
    return false;
}

static bool read_rule(struct sweep_study *study)
{
    const struct arguments *arguments = study->scenes->arguments;
    struct tally_rule *rule = &study->rule;
    if (arguments->given[OPTION_REPS])
        rule->replications = (uint32_t)arguments->number[OPTION_REPS];
    rule->most = arguments->given[OPTION_MAX_REPS] ? (uint32_t)arguments->number[OPTION_MAX_REPS] : 1000;
    for (size_t i = 0; i < arguments->pair_count; i++) {
        if (arguments->pairs[i].option != OPTION_TARGET)
            continue;
        if (rule->target_count == TALLY_TARGETS_MAX) {
            complain("sweep: more than %d targets", TALLY_TARGETS_MAX);
            return false;
        }
        if (!read_target(&rule->targets[rule->target_count++], &study->description.study, &study->description.pool,
                         arguments->pairs[i].text))
            return false;
    }
    return true;
}

/* ---- opening ---------------------------------------------------------------------------------------------------- */

static bool check_request(const struct sweep_study *study)
{
    const struct scenario *scenario = &study->first->loaded.scenario;
    if (study->scenes->trace.table_count == 0 || !scenario_is_lab(scenario))
        return true;
    complain("sweep: --events: a laboratory has no tables of events");
    return false;
}

static bool make_survey(struct survey *survey, struct sweep_study *study)
{
    size_t points = study->scenes->plan->point_count;
    size_t params = study->first->loaded.scenario.param_count;
    char *threshold = judge_store(&study->first->loaded.scenario);
    *survey = (struct survey){.study = study, .pool = &study->description.pool, .data = ""};
    survey->points = pool_take(survey->pool, points, sizeof *survey->points);
    survey->params = pool_take(survey->pool, points * params + 1, sizeof *survey->params);
    survey->threshold = pool_text(survey->pool, threshold);
    survey->pool->failed = survey->pool->failed || threshold == NULL;
    free(threshold);
    return !survey->pool->failed;
}

bool sweep_study_open(struct sweep_study *study, struct scenes *scenes)
{
    struct survey survey;
    memset(study, 0, sizeof *study);
    study->scenes = scenes;
    study->first = scene_take(scenes, 0);
    if (study->first == NULL || !check_request(study))
        return false;
    if (!describe_study(&study->description, &study->first->request) || !make_survey(&survey, study)) {
        complain("memory is out");
        return false;
    }
    if (!read_rule(study))
        return false;
    bool surveyed = survey_points(&survey);
    if (surveyed) {
        describe_whole(&survey);
        describe_provenance(&survey);
    }
    free(survey.arms);
    if (surveyed && study->description.pool.failed)
        complain("memory is out");
    if (surveyed && !scenes->is_quiet) {
        if (survey.thresholds_differ)
            fprintf(stderr, "note: the points have different thresholds: they are not judged\n");
        if (survey.series_differ)
            fprintf(stderr, "note: the points have different spans of time: no load series is stored\n");
    }
    scenes->series_length = study->description.study.series_length;
    return surveyed && !study->description.pool.failed;
}

void sweep_study_close(struct sweep_study *study)
{
    if (study->first != NULL)
        scene_give(study->scenes, study->first);
    describe_close(&study->description);
}
