/* race.c: timing in turns, best of many, and the table of figures.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "race.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

static double cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* The compiler must believe that somebody looks at value. */
static void look_at(uint64_t value)
{
    __asm__ volatile("" : : "r"(value));
}

void race(struct lane *lanes, size_t lane_count, unsigned rounds, size_t count)
{
    for (size_t i = 0; i < lane_count; i++) {
        lanes[i].best_ns = INFINITY;
        look_at(lanes[i].run(lanes[i].self, count / 4 + 1));
    }
    for (unsigned round = 0; round < rounds; round++)
        for (size_t i = 0; i < lane_count; i++) {
            double begin_ns = cpu_ns();
            look_at(lanes[i].run(lanes[i].self, count));
            lanes[i].best_ns = fmin(lanes[i].best_ns, (cpu_ns() - begin_ns) / (double)count);
        }
}

void report_title(const char *title)
{
    printf("\n%-46s %9s  %9s %7s %7s\n", title, "value", "floor", "ratio", "limit");
}

void report_figure(struct report *report, const struct figure *figure)
{
    double ratio = figure->floor > 0 ? figure->value / figure->floor : 0;
    double limit = figure->limit * report->margin;
    bool is_over = limit > 0 && (figure->floor > 0 ? ratio : figure->value) > limit;
    report->failures += is_over;
    printf("%-46s %6.1f %s ", figure->name, figure->value, figure->unit);
    if (figure->floor > 0)
        printf("%9.1f %7.2f ", figure->floor, ratio);
    else
        printf("%9s %7s ", "-", "-");
    if (limit > 0)
        printf("%7.2f  %s", limit, is_over ? "EXCEEDED" : "ok");
    printf("%s%s\n", figure->floor_name != NULL ? "  floor: " : "",
           figure->floor_name != NULL ? figure->floor_name : "");
    fflush(stdout);
}

void report_claim(struct report *report, const char *claim, bool holds)
{
    report->failures += !holds;
    printf("%s: %s\n", claim, holds ? "ok" : "DOES NOT HOLD");
}
