/* label.c: what a configuration is called in reports and tables.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/label.h"

#include <stdio.h>
#include <string.h>

static bool varies(const struct results_study *study, const struct results_param *param)
{
    for (size_t i = 1; i < study->config_count; i++) {
        if (strcmp(param->values[0], param->values[i]) != 0) {
            return true;
        }
    }
    return false;
}

static const char *const arm_words[] = {"rail", "experiment"};

static bool is_arm(const struct results_param *param)
{
    return strcmp(param->name, arm_words[0]) == 0 || strcmp(param->name, arm_words[1]) == 0;
}

size_t label_arm(const struct results_study *study)
{
    size_t i = 0;
    while (i < study->param_count && !is_arm(&study->params[i])) {
        i++;
    }
    return i;
}

const char *label_arm_word(const struct results_study *study)
{
    size_t arm = label_arm(study);
    return arm < study->param_count ? study->params[arm].name : "configuration";
}

bool label_is_comparison(const struct results_study *study)
{
    return strcmp(label_arm_word(study), arm_words[1]) != 0;
}

static const char *baseline_name(const struct results_study *study)
{
    for (size_t i = 0; i < study->attribute_count; i++) {
        if (strcmp(study->attributes[i].name, LABEL_BASELINE) == 0) {
            return study->attributes[i].text;
        }
    }
    size_t arm = label_arm(study);
    return arm < study->param_count ? study->params[arm].values[0] : "";
}

/* Do two configurations differ in nothing but the arm? */
static bool is_beside(const struct results_study *study, size_t a, size_t b)
{
    for (size_t i = 0; i < study->param_count; i++) {
        if (i != label_arm(study) && strcmp(study->params[i].values[a], study->params[i].values[b]) != 0) {
            return false;
        }
    }
    return true;
}

static bool is_baseline(const struct results_study *study, size_t candidate, size_t config, const char *name)
{
    return strcmp(study->params[label_arm(study)].values[candidate], name) == 0 && is_beside(study, candidate, config);
}

size_t label_baseline(const struct results_study *study, size_t config)
{
    size_t arm = label_arm(study);
    if (arm == study->param_count) {
        return 0;
    }
    const char *name = baseline_name(study);
    /* The rails of one point of a sweep lie side by side: from here outwards. */
    for (size_t away = 0; away < study->config_count; away++) {
        if (away <= config && is_baseline(study, config - away, config, name)) {
            return config - away;
        }
        if (config + away < study->config_count && is_baseline(study, config + away, config, name)) {
            return config + away;
        }
    }
    return config;
}

/* How many arms the first point has: they lie side by side. */
static size_t arms_of_point(const struct results_study *study)
{
    size_t count = 1;
    while (count < study->config_count && is_beside(study, 0, count)) {
        count++;
    }
    return count;
}

size_t label_shown(const struct results_study *study, size_t most)
{
    size_t arms = arms_of_point(study);
    return study->config_count <= most ? study->config_count : arms <= most ? most - most % arms : most;
}

void label_add_shown(char *title, size_t size, const struct results_study *study, size_t most)
{
    size_t shown = label_shown(study, most), used = strlen(title);
    if (shown < study->config_count) {
        snprintf(title + used, size - used, "; the first %zu configurations", shown);
    }
}

const char *label_config(char label[LABEL_BYTES], const struct results_study *study, size_t config)
{
    size_t used = 0;
    label[0] = '\0';
    for (size_t i = 0; i < study->param_count && used < LABEL_BYTES; i++) {
        const struct results_param *param = &study->params[i];
        bool arm = i == label_arm(study);
        if (!varies(study, param) && !(arm && study->config_count == 1)) {
            continue;
        }
        used += (size_t)snprintf(label + used, LABEL_BYTES - used, "%s%s%s%s", used > 0 ? ", " : "",
                                 arm ? "" : param->name, arm ? "" : " ", param->values[config]);
    }
    if (used == 0) {
        snprintf(label, LABEL_BYTES, study->config_count == 1 ? "all" : "configuration %zu", config);
    }
    return label;
}
