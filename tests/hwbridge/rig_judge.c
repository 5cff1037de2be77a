/* rig_judge.c: what really flowed beside what was wanted.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/hwbridge/rig.h"

#include <string.h>

/* Whether power is wanted at a time, and nobody has told the controller that there is none. */
static bool is_wanted(const struct rig_log *log, int64_t at_ns)
{
    bool is_wished = false, is_doubted = false;
    for (unsigned i = 0; i < log->count && log->lines[i].at_ns <= at_ns; i++) {
        is_wished = log->lines[i].word == RIG_WISH_ON || (is_wished && log->lines[i].word != RIG_WISH_OFF);
        is_doubted = log->lines[i].word == RIG_FAULT || log->lines[i].word == RIG_OPENED ||
                     (is_doubted && log->lines[i].word != RIG_CLOSED && log->lines[i].word != RIG_WISH_ON);
    }
    return is_wished && !is_doubted;
}

/* The next time behind at_ns at which the log has something to say. */
static int64_t next_line_ns(const struct rig_log *log, int64_t at_ns)
{
    for (unsigned i = 0; i < log->count; i++)
        if (log->lines[i].at_ns > at_ns)
            return log->lines[i].at_ns;
    return INT64_MAX;
}

static void add_longest(struct rig_unwanted *longest, int64_t run_ns)
{
    if (run_ns <= longest->ns)
        return;
    longest->ns = run_ns;
    longest->uj = run_ns / 1000 * RIG_POWER_W;
}

/* From a closing edge to the opening one: pieces between lines of the log. */
static void judge_interval(struct rig_unwanted *longest, const struct rig_log *log, int64_t from_ns, int64_t until_ns)
{
    int64_t run_ns = 0;
    while (from_ns < until_ns) {
        int64_t next_ns = next_line_ns(log, from_ns);
        next_ns = next_ns < until_ns ? next_ns : until_ns;
        run_ns = is_wanted(log, from_ns) ? 0 : run_ns + (next_ns - from_ns);
        add_longest(longest, run_ns);
        from_ns = next_ns;
    }
}

struct rig_unwanted rig_unwanted(const struct rig *rig, uint32_t outlet)
{
    const struct rig_truth *truth = &rig->truth[outlet];
    struct rig_unwanted longest = {0, 0};
    for (uint32_t i = 0; i + 1 < truth->count; i++)
        if (truth->edges[i].is_closed)
            judge_interval(&longest, &rig->log[outlet], truth->edges[i].at_ns, truth->edges[i + 1].at_ns);
    return longest;
}

int64_t rig_true_uj(const struct rig *rig, uint32_t outlet)
{
    const struct rig_truth *truth = &rig->truth[outlet];
    return truth->count == 0 ? 0 : truth->edges[truth->count - 1].energy_uj;
}
