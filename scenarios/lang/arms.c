/* arms.c: what a study compares and measures: rails or experiments.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/scenario.h"

#include <assert.h>
#include <string.h>

bool scenario_is_lab(const struct scenario *scenario)
{
    return scenario->lab.experiment_count > 0;
}

const char *scenario_arm_word(const struct scenario *scenario)
{
    return scenario_is_lab(scenario) ? "experiment" : "rail";
}

size_t scenario_arm_count(const struct scenario *scenario)
{
    return scenario_is_lab(scenario) ? scenario->lab.experiment_count : scenario->config.rail_count;
}

const char *scenario_arm_name(const struct scenario *scenario, size_t arm)
{
    assert(arm < scenario_arm_count(scenario));
    return scenario_is_lab(scenario) ? scenario->lab.experiments[arm].name : scenario->config.rails[arm].name;
}

size_t scenario_baseline(const struct scenario *scenario)
{
    for (size_t i = 0; scenario->baseline != NULL && i < scenario_arm_count(scenario); i++)
        if (strcmp(scenario_arm_name(scenario, i), scenario->baseline) == 0)
            return i;
    return 0;
}

size_t scenario_metric_count(const struct scenario *scenario)
{
    enum lab_metric metrics[LAB_METRIC_COUNT];
    return scenario_is_lab(scenario) ? lab_metrics(metrics, &scenario->lab) : METRIC_COUNT;
}

const struct metric_info *scenario_metric(const struct scenario *scenario, size_t metric)
{
    enum lab_metric metrics[LAB_METRIC_COUNT];
    assert(metric < scenario_metric_count(scenario));
    if (!scenario_is_lab(scenario))
        return &metric_table[metric];
    lab_metrics(metrics, &scenario->lab);
    return &lab_metric_table[metrics[metric]].info;
}

bool scenario_has_callbacks(const struct scenario *scenario)
{
    return scenario->config.tariff.kind == TARIFF_CALLBACK ||
           scenario->config.aggregator.dispatch.kind == DISPATCH_CALLBACK;
}

size_t scenario_device_rail(const struct scenario *scenario, size_t device)
{
    const char *name = scenario->devices[device].rail;
    if (*name == '\0')
        return scenario->config.rail_count == 1 ? 0 : scenario->config.rail_count;
    for (size_t i = 0; i < scenario->config.rail_count; i++)
        if (strcmp(scenario->config.rails[i].name, name) == 0)
            return i;
    return scenario->config.rail_count;
}
