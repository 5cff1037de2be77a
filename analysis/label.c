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

const char *label_config(char label[LABEL_BYTES], const struct results_study *study, size_t config)
{
    size_t used = 0;
    label[0] = '\0';
    for (size_t i = 0; i < study->param_count && used < LABEL_BYTES; i++) {
        const struct results_param *param = &study->params[i];
        bool rail = strcmp(param->name, "rail") == 0;
        if (!varies(study, param) && !(rail && study->config_count == 1)) {
            continue;
        }
        used += (size_t)snprintf(label + used, LABEL_BYTES - used, "%s%s%s%s", used > 0 ? ", " : "",
                                 rail ? "" : param->name, rail ? "" : " ", param->values[config]);
    }
    if (used == 0) {
        snprintf(label, LABEL_BYTES, study->config_count == 1 ? "all" : "configuration %zu", config);
    }
    return label;
}
