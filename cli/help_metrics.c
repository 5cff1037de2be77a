/* help_metrics.c: help on what is measured, out of the table of metrics.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/help_metrics.h"

#include <string.h>

#define NAME_COLUMNS 34
#define UNIT_COLUMNS 9

/* "energy" of "energy.demanded". */
static size_t group_length(const char *name)
{
    return strcspn(name, ".");
}

static bool is_new_group(int metric)
{
    const char *name = metric_table[metric].name, *before = metric > 0 ? metric_table[metric - 1].name : "";
    size_t length = group_length(name);
    return length != group_length(before) || strncmp(name, before, length) != 0;
}

void help_metrics(FILE *out)
{
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        const struct metric_info *info = &metric_table[metric];
        fprintf(out, "%s  %-*s %-*s %s\n", is_new_group(metric) ? "\n" : "", NAME_COLUMNS, info->name, UNIT_COLUMNS,
                strcmp(info->unit, "1") == 0 ? "" : info->unit, info->long_name);
    }
}

bool help_metric(FILE *out, const char *name)
{
    enum metric metric = metric_find(name);
    if (metric == METRIC_COUNT)
        return false;
    const struct metric_info *info = &metric_table[metric];
    fprintf(out, "%s%s%s%s: %s.\n\n%s.\n", info->name, strcmp(info->unit, "1") == 0 ? "" : " [",
            strcmp(info->unit, "1") == 0 ? "" : info->unit, strcmp(info->unit, "1") == 0 ? "" : "]", info->long_name,
            info->definition);
    if (info->better != 0)
        fprintf(out, "%s is better.\n", info->better > 0 ? "More" : "Less");
    if (*info->source != '\0')
        fprintf(out, "Source: %s.\n", info->source);
    return true;
}
