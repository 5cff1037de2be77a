/* where.c: --where NAME=VALUE: which configurations of a results file are meant.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/where.h"

#include "cli/terminal.h"
#include "scenarios/lang/suggest.h"

#include <stdio.h>
#include <string.h>

/* The parameter that "NAME=VALUE" speaks of, NULL with the reason told. */
static const struct results_param *find_param(const char *command, const struct results_study *study, const char *where)
{
    struct suggestion suggestion;
    char name[64], near[96];
    size_t length = strcspn(where, "=");
    snprintf(name, sizeof name, "%.*s", (int)length, where);
    suggest_begin(&suggestion, name);
    for (size_t i = 0; i < study->param_count; i++) {
        const struct results_param *param = &study->params[i];
        if (strlen(param->name) == length && strncmp(param->name, where, length) == 0)
            return param;
        suggest_offer(&suggestion, param->name);
    }
    complain("%s: --where: there is no parameter '%s'%s", command, name, suggest_text(near, &suggestion));
    return NULL;
}

bool where_is(const struct arguments *arguments, const struct results_study *study, size_t config)
{
    for (size_t i = 0; i < arguments->setting_count; i++) {
        const struct results_param *param = find_param(arguments->command->name, study, arguments->settings[i]);
        if (param == NULL || strcmp(param->values[config], strchr(arguments->settings[i], '=') + 1) != 0)
            return false;
    }
    return true;
}

/* Is every parameter there, with this value in some configuration? Tells what is not. */
bool where_check(const struct arguments *arguments, const struct results_study *study)
{
    for (size_t i = 0; i < arguments->setting_count; i++) {
        const char *where = arguments->settings[i], *value = strchr(where, '=') + 1;
        const struct results_param *param = find_param(arguments->command->name, study, where);
        struct suggestion suggestion;
        char near[96];
        bool found = false;
        if (param == NULL)
            return false;
        suggest_begin(&suggestion, value);
        for (size_t config = 0; config < study->config_count && !found; config++) {
            found = strcmp(param->values[config], value) == 0;
            suggest_offer(&suggestion, param->values[config]);
        }
        if (!found) {
            complain("%s: --where: %s is never '%s'%s", arguments->command->name, param->name, value,
                     suggest_text(near, &suggestion));
            return false;
        }
    }
    return true;
}
