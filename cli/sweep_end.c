/* sweep_end.c: all rows of a sweep into one file, and what it says.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/sweep_end.h"

#include "cli/clock.h"
#include "cli/exit_codes.h"

#include <stdio.h>
#include <time.h>

/* A network file system may show files of other machines late. */
#define WAIT_FOR_FILES_MS 60000

static size_t count_missing(const struct sweep_end_order *order)
{
    size_t missing = 0;
    const struct tally_rule *rule = order->tally->rule;
    for (size_t point = 0; point < rule->point_count; point++)
        for (uint32_t arm = 0; arm < rule->points[point].arms; arm++)
            for (uint32_t i = 0; i < order->tally->wanted[point]; i++)
                missing += !results_dir_has(order->dir, rule->points[point].first_config + arm, i);
    return missing;
}

/* Rows that the tally knows of were written by somebody: they will show. */
static enum results_result adopt(const struct sweep_end_order *order, struct results_error *error, size_t *missing)
{
    int64_t began_ms = clock_now_ms();
    enum results_result result = results_dir_adopt_parts(order->dir, error);
    *missing = count_missing(order);
    while (result == RESULTS_OK && *missing > tally_missing(order->tally) &&
           clock_now_ms() - began_ms < WAIT_FOR_FILES_MS) {
        nanosleep(&(struct timespec){0, 200000000}, NULL);
        result = results_dir_adopt_parts(order->dir, error);
        *missing = count_missing(order);
    }
    return result;
}

int sweep_end(const struct sweep_end_order *order)
{
    struct results_error error = {""};
    char date[32], wanted[64];
    size_t missing = count_missing(order);
    enum results_result result = order->adopt ? adopt(order, &error, &missing) : RESULTS_OK;
    if (result == RESULTS_OK && missing > 0) {
        complain("%zu of %zu replications are missing%s", missing, tally_wanted(order->tally),
                 order->partial ? "" : "; konsento status DIR says which");
        if (!order->partial)
            return CODE_INCOMPLETE;
    }
    clock_date(date, sizeof date);
    snprintf(wanted, sizeof wanted, "%zu of %zu replications", tally_wanted(order->tally) - missing,
             tally_wanted(order->tally));
    const struct results_text closing[] = {{"finished", date},
                                           {"ended", missing > 0 ? wanted : "all replications that were wanted"}};
    if (result == RESULTS_OK)
        result = results_dir_finish(order->dir, &error, closing, sizeof closing / sizeof closing[0]);
    if (result != RESULTS_OK) {
        complain("%s", error.text);
        return result == RESULTS_FORMAT || result == RESULTS_MISMATCH ? CODE_USAGE : CODE_FAILURE;
    }
    int code = sweep_show(&order->showing, results_dir_results(order->dir));
    return missing > 0 && code != CODE_FAILURE ? CODE_INCOMPLETE : code;
}
