/* tally_rule.c: how many replications a sweep wants, as text and back.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   konsento sweep 1
 *   replications N          0: as each scenario says
 *   most N
 *   target METRIC WIDTH relative|absolute
 *   point ARMS REPLICATIONS HASH [TAB NAME=VALUE]...
 */
#include "cli/options.h"
#include "cli/tally.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_LINE "konsento sweep 1"

char *tally_rule_write(const struct tally_rule *rule)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    fprintf(out, FIRST_LINE "\nreplications %" PRIu32 "\nmost %" PRIu32 "\n", rule->replications, rule->most);
    for (size_t i = 0; i < rule->target_count; i++)
        fprintf(out, "target %s %.17g %s\n", rule->targets[i].metric, rule->targets[i].precision.half_width,
                rule->targets[i].precision.is_relative ? "relative" : "absolute");
    for (size_t i = 0; i < rule->point_count; i++)
        fprintf(out, "point %" PRIu32 " %" PRIu32 " %s%s%s\n", rule->points[i].arms, rule->points[i].replications,
                rule->points[i].hash, *rule->points[i].settings != '\0' ? "\t" : "", rule->points[i].settings);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

static bool read_count(uint32_t *count, const char *text)
{
    uint64_t number;
    if (text == NULL || !options_number(&number, text, 0, UINT32_MAX))
        return false;
    *count = (uint32_t)number;
    return true;
}

static bool read_target(struct tally_rule *rule, const struct results_study *study, char *rest)
{
    const char *metric = strsep(&rest, " "), *width = strsep(&rest, " ");
    if (rest == NULL || rule->target_count == TALLY_TARGETS_MAX)
        return false;
    struct tally_target *target = &rule->targets[rule->target_count++];
    char *end;
    *target = (struct tally_target){.metric = metric, .column = 0};
    target->precision.half_width = strtod(width, &end);
    target->precision.is_relative = strcmp(rest, "relative") == 0;
    while (target->column < study->column_count && strcmp(study->columns[target->column].name, metric) != 0)
        target->column++;
    return *end == '\0' && target->precision.half_width > 0 && target->column < study->column_count;
}

static bool read_point(struct tally_rule *rule, struct tally_point *point, char *rest)
{
    uint32_t first = rule->point_count > 0 ? point[-1].first_config + point[-1].arms : 0;
    char *settings = strchr(rest, '\t');
    if (settings != NULL)
        *settings++ = '\0';
    const char *arms = strsep(&rest, " "), *replications = strsep(&rest, " ");
    *point = (struct tally_point){
        .first_config = first, .hash = rest != NULL ? rest : "", .settings = settings != NULL ? settings : ""};
    rule->point_count++;
    return read_count(&point->arms, arms) && point->arms > 0 && read_count(&point->replications, replications) &&
           point->replications > 0;
}

static bool read_line(struct tally_rule *rule, struct tally_point *points, const struct results_study *study,
                      char *line)
{
    char *rest = line;
    const char *word = strsep(&rest, " ");
    if (rest == NULL)
        return false;
    if (strcmp(word, "replications") == 0)
        return read_count(&rule->replications, rest);
    if (strcmp(word, "most") == 0)
        return read_count(&rule->most, rest);
    if (strcmp(word, "target") == 0)
        return read_target(rule, study, rest);
    return strcmp(word, "point") == 0 && read_point(rule, &points[rule->point_count], rest);
}

bool tally_rule_read(struct tally_rule *rule, struct pool *pool, const struct results_study *study, const char *text)
{
    size_t lines = 1;
    for (const char *c = text; *c != '\0'; c++)
        lines += *c == '\n';
    char *copy = pool_take(pool, strlen(text) + 1, 1);
    struct tally_point *points = pool_take(pool, lines, sizeof *points);
    *rule = (struct tally_rule){.points = points};
    if (copy == NULL || points == NULL)
        return false;
    memcpy(copy, text, strlen(text) + 1);
    char *rest = copy;
    const char *first = strsep(&rest, "\n");
    if (strcmp(first, FIRST_LINE) != 0)
        return false;
    while (rest != NULL && *rest != '\0')
        if (!read_line(rule, points, study, strsep(&rest, "\n")))
            return false;
    const struct tally_point *last = points + rule->point_count;
    return rule->point_count > 0 && last[-1].first_config + last[-1].arms == study->config_count;
}
