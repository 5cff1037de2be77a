/* schema_metrics.c: docs/metrics.md out of the tables that metrics are computed by.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/lab/metrics.h"
#include "models/scoreboard.h"
#include "scenarios/lang/schema_print.h"

#include <string.h>

static void write_relation(FILE *out, const char *name)
{
    struct metric_relation relation = metric_relation(name);
    if (relation.part_of != NULL)
        fprintf(out, " Part of `%s`.", relation.part_of);
    if (relation.trials != NULL && strcmp(relation.trials, METRIC_COUNTS) == 0)
        fputs(" A count.", out);
    else if (relation.worth != NULL)
        fprintf(out, " Where none happened, at most as many of `%s` as may be missed, at `%s` each.", relation.trials,
                relation.worth);
    else if (relation.trials != NULL)
        fprintf(out, " A share of `%s`.", relation.trials);
}

static void write_row(FILE *out, const struct metric_info *info)
{
    static const char *const better[] = {"less", "", "more"};
    fprintf(out, "| `%s` | %s | %s | %s.", info->name, info->unit, info->long_name, info->definition);
    write_relation(out, info->name);
    fprintf(out, " | %s | %s |\n", better[info->better + 1], info->source);
}

static void write_head(FILE *out)
{
    fputs("| metric | unit | meaning | definition | better | source |\n|---|---|---|---|---|---|\n", out);
}

/* "payment" of "payment.failed.outage". */
static size_t group_length(const char *name)
{
    return strcspn(name, ".");
}

static bool same_group(const char *a, const char *b)
{
    return group_length(a) == group_length(b) && strncmp(a, b, group_length(a)) == 0;
}

static void write_group(FILE *out, enum metric first)
{
    const char *name = metric_table[first].name;
    fprintf(out, "\n## %.*s\n\n", (int)group_length(name), name);
    write_head(out);
    for (int i = (int)first; i < METRIC_COUNT; i++)
        if (same_group(metric_table[i].name, name))
            write_row(out, &metric_table[i]);
}

static bool is_first(enum metric metric)
{
    for (int i = 0; i < (int)metric; i++)
        if (same_group(metric_table[i].name, metric_table[metric].name))
            return false;
    return true;
}

static void write_scoreboard(FILE *out)
{
    fputs("\n## The scoreboard\n\nThe case for channels says that a blockchain cannot have all five of these, and that "
          "channels can. Every comparison opens with them.\n\n| property | question | figures |\n|---|---|---|\n",
          out);
    for (size_t i = 0; i < SCOREBOARD_PROPERTIES; i++) {
        const struct scoreboard_property *property = &scoreboard[i];
        fprintf(out, "| %s | %s | ", property->title, property->question);
        for (size_t j = 0; j < property->figure_count; j++)
            fprintf(out, "%s`%s`", j > 0 ? ", " : "", metric_table[property->figures[j]].name);
        fputs(" |\n", out);
    }
}

static void write_lab(FILE *out)
{
    fputs("\n## Laboratories\n\nWhat experiments measure (`k.lab`); each has its own.\n\n", out);
    write_head(out);
    for (int i = 0; i < LAB_METRIC_COUNT; i++)
        write_row(out, &lab_metric_table[i].info);
}

void schema_write_metrics(FILE *out)
{
    fputs(
        "<!-- metrics.md: everything that is measured. Made by `konsento schema --metrics`; a test keeps it equal. "
        "-->\n"
        "# Metrics\n\n"
        "One value per replication and rail; reports show the mean over replications with its 95 % interval. A "
        "session counts if its car arrives after the warm-up and leaves before the end of the run; a payment counts if "
        "it was asked for after the warm-up. Where nothing is divided by nothing there is no value. Money is kept in "
        "millisatoshi and told in yen at the scenario's exchange rate; summaries and reports show satoshi beside "
        "it.\n\n"
        "Intervals are Student's t over replications. A share of a count that came out alike in every replication (0 % "
        "or 100 %) would have an interval of no width: it has Wilson's, over all trials of all replications. A count "
        "that was 0 in every replication has the exact Poisson bound (the rule of three).\n",
        out);
    write_scoreboard(out);
    for (int i = 0; i < METRIC_COUNT; i++)
        if (is_first((enum metric)i))
            write_group(out, (enum metric)i);
    write_lab(out);
}
