/* sweep_pilot.c: what a sweep would cost.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/sweep_pilot.h"

#include "cli/clock.h"
#include "cli/crew.h"
#include "cli/exit_codes.h"
#include "cli/span_text.h"
#include "cli/sweep_run.h"
#include "cli/terminal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define PILOT_POINTS 9
#define PILOT_MS     20000
#define SHOWN_POINTS 20

/* What the pilot found. */
struct pilot {
    struct scenes *scenes;
    const struct tally_rule *rule;
    struct tally tally;
    size_t points; /* of which the pilot has run one replication */
};

static enum unit_end run_one(struct pilot *pilot, struct sweep_hand *hand, size_t point, uint32_t arm)
{
    static const volatile int never = 0;
    const struct tally_point *info = &pilot->rule->points[point];
    const struct crew_task task = {(uint32_t)point, arm, info->first_config + arm, 0};
    struct unit *unit = NULL;
    enum unit_end end = UNIT_NO_MEMORY;
    struct tally_note note;
    if (!sweep_unit(&end, &unit, hand, pilot->scenes, &task, &never))
        return UNIT_INTERRUPTED;
    if (end == UNIT_TOO_SLOW)
        complain("%s", unit->failure);
    if (end == UNIT_DONE) {
        tally_note_of(&note, pilot->rule, &unit->row);
        if (!tally_take(&pilot->tally, &note))
            end = UNIT_NO_MEMORY;
    }
    if (unit != NULL)
        unit_free(unit);
    return end;
}

/* The first point, the last and some between. Stops early where they take long. */
static int run_pilot(struct pilot *pilot)
{
    struct sweep_hand hand = {NULL, NULL};
    size_t points = pilot->rule->point_count, count = points < PILOT_POINTS ? points : PILOT_POINTS;
    int64_t began_ms = clock_now_ms();
    int code = CODE_OK;
    for (size_t i = 0; i < count && code == CODE_OK; i++) {
        size_t point = count > 1 ? i * (points - 1) / (count - 1) : 0;
        if (i > 0 && clock_now_ms() - began_ms > PILOT_MS)
            break;
        for (uint32_t arm = 0; arm < pilot->rule->points[point].arms && code == CODE_OK; arm++) {
            enum unit_end end = run_one(pilot, &hand, point, arm);
            if (end == UNIT_NO_MEMORY)
                complain("memory is out");
            code = end == UNIT_DONE ? CODE_OK : end == UNIT_NO_MEMORY ? CODE_FAILURE : CODE_USAGE;
        }
        pilot->points++;
    }
    sweep_unit_end(&hand, pilot->scenes);
    return code;
}

static uint32_t planned(const struct tally_rule *rule, size_t point)
{
    return rule->replications > 0 ? rule->replications : rule->points[point].replications;
}

static void print_settings(const char *settings)
{
    for (; *settings != '\0'; settings++)
        fputs(*settings == '\t' ? "  " : (const char[]){*settings, '\0'}, stdout);
}

static void print_points(const struct tally_rule *rule)
{
    for (size_t i = 0; i < rule->point_count && i < SHOWN_POINTS; i++) {
        const struct tally_point *point = &rule->points[i];
        printf("%5zu  %" PRIu32 " x %" PRIu32 "  ", i, point->arms, planned(rule, i));
        print_settings(*point->settings != '\0' ? point->settings : "the scenario as it is");
        putchar('\n');
    }
    if (rule->point_count > SHOWN_POINTS)
        printf("       … and %zu more\n", rule->point_count - SHOWN_POINTS);
}

static void print_cost(const struct pilot *pilot, unsigned jobs)
{
    const struct tally_rule *rule = pilot->rule;
    double least = 0, most = 0;
    uint64_t units = 0, units_most = 0;
    char text[SPAN_TEXT_BYTES], wall[SPAN_TEXT_BYTES];
    for (size_t i = 0; i < rule->point_count; i++)
        for (uint32_t arm = 0; arm < rule->points[i].arms; arm++) {
            double cpu_s = tally_cpu_s(&pilot->tally, rule->points[i].first_config + arm);
            uint32_t reps = planned(rule, i), more = rule->target_count > 0 && rule->most > reps ? rule->most : reps;
            least += cpu_s * reps;
            most += cpu_s * more;
            units += reps;
            units_most += more;
        }
    printf("\n%" PRIu64 " replications in all", units);
    if (units_most > units)
        printf(", up to %" PRIu64 " until the targets are met", units_most);
    printf("\nabout %s of processor time", span_text(text, least));
    if (most > least)
        printf(" to %s", span_text(text, most));
    printf(", %s on %u thread%s", span_text(wall, least / jobs), jobs, jobs == 1 ? "" : "s");
    if (most > least)
        printf(" to %s", span_text(wall, most / jobs));
    printf("\n(measured: one replication at %zu of %zu points, %s)\n", pilot->points, rule->point_count,
           span_text(text, pilot->tally.cpu_s));
}

int sweep_pilot(struct scenes *scenes, const struct tally_rule *rule, size_t config_count, unsigned jobs)
{
    struct pilot pilot = {.scenes = scenes, .rule = rule};
    if (!tally_open(&pilot.tally, rule, config_count)) {
        complain("memory is out");
        return CODE_FAILURE;
    }
    printf("%zu point%s, %zu configuration%s\n", rule->point_count, rule->point_count == 1 ? "" : "s", config_count,
           config_count == 1 ? "" : "s");
    print_points(rule);
    fflush(stdout);
    int code = run_pilot(&pilot);
    if (code == CODE_OK)
        print_cost(&pilot, jobs);
    tally_close(&pilot.tally);
    return code;
}
