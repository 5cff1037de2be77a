/* sweep_asked.c: what a scenario's own k.sweep asks for, as if it stood on the command line.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/sweep_asked.h"

#include "cli/loaded.h"
#include "cli/plan.h"
#include "cli/terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static bool has_axis(const struct arguments *arguments)
{
    for (size_t i = 0; i < arguments->pair_count; i++)
        if (arguments->pairs[i].option == OPTION_AXIS)
            return true;
    return false;
}

static void add_pair(struct arguments *whole, struct pool *pool, enum option_id option, const char *name,
                     const char *value)
{
    char *text;
    if (whole->pair_count == ARGUMENTS_PAIRS_MAX || asprintf(&text, "%s=%s", name, value) < 0) {
        pool->failed = true;
        return;
    }
    whole->pairs[whole->pair_count++] = (struct argument_pair){option, pool_text(pool, text)};
    free(text);
}

static void add_text(struct arguments *whole, struct pool *pool, enum option_id option, const char *text)
{
    if (text[0] == '\0' || whole->given[option])
        return;
    whole->given[option] = true;
    whole->text[option] = pool_text(pool, text);
}

static void add_points(struct arguments *whole, struct pool *pool, const struct scenario_sweep *sweep)
{
    for (size_t i = 0; i < sweep->axis_count; i++)
        add_pair(whole, pool, OPTION_AXIS, sweep->axes[i].over, sweep->axes[i].values);
    add_text(whole, pool, OPTION_SAMPLE, sweep->sample);
    add_text(whole, pool, OPTION_FILTER, sweep->where);
}

static void add_targets(struct arguments *whole, struct pool *pool, const struct scenario_sweep *sweep)
{
    for (size_t i = 0; i < sweep->target_count; i++)
        add_pair(whole, pool, OPTION_TARGET, sweep->targets[i].metric, sweep->targets[i].within);
    if (sweep->target_count == 0)
        return;
    whole->given[OPTION_TARGET] = true;
    if (!whole->given[OPTION_MAX_REPS]) {
        char text[16];
        snprintf(text, sizeof text, "%" PRIu32, sweep->replications_max);
        whole->number[OPTION_MAX_REPS] = sweep->replications_max;
        add_text(whole, pool, OPTION_MAX_REPS, text);
    }
}

bool sweep_asked(struct arguments *whole, struct pool *pool, const struct arguments *arguments)
{
    struct loaded loaded;
    *whole = *arguments;
    if (has_axis(arguments))
        return true;
    if (loaded_open_scenario(&loaded, arguments, arguments->words[0], LOADED_QUIET) > 0)
        return false;
    const struct scenario_sweep *sweep = &loaded.scenario.sweep;
    add_points(whole, pool, sweep);
    if (!arguments->given[OPTION_TARGET] && !arguments->given[OPTION_REPS])
        add_targets(whole, pool, sweep);
    loaded_close(&loaded);
    if (pool->failed)
        complain("memory is out");
    return !pool->failed;
}

static bool try_plan(char *why, size_t why_size, const struct arguments *arguments)
{
    struct plan plan;
    const char *axes[ARGUMENTS_PAIRS_MAX];
    struct plan_order order = {
        .axes = axes,
        .sample = arguments->given[OPTION_SAMPLE] ? arguments->text[OPTION_SAMPLE] : NULL,
        .where = arguments->given[OPTION_FILTER] ? arguments->text[OPTION_FILTER] : NULL,
        .seed = 1,
    };
    for (size_t i = 0; i < arguments->pair_count; i++)
        axes[order.axis_count++] = arguments->pairs[i].text;
    bool good = plan_build(&plan, why, why_size, &order);
    plan_close(&plan);
    return good;
}

bool sweep_asked_check(char *why, size_t why_size, const struct scenario_sweep *sweep)
{
    struct pool pool = {0};
    struct arguments *arguments = pool_take(&pool, 1, sizeof *arguments);
    if (arguments != NULL)
        add_points(arguments, &pool, sweep);
    bool good = false;
    if (pool.failed)
        snprintf(why, why_size, "memory is out");
    else
        good = try_plan(why, why_size, arguments);
    pool_close(&pool);
    return good;
}
