/* sweep_round.c: the tasks of one round, by number.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/sweep_round.h"

#include <stdlib.h>
#include <string.h>

bool sweep_round_open(struct sweep_round *round, const struct tally_rule *rule)
{
    *round = (struct sweep_round){.rule = rule};
    round->before = calloc(rule->point_count, sizeof *round->before);
    round->wanted = calloc(rule->point_count, sizeof *round->wanted);
    round->first = calloc(rule->point_count + 1, sizeof *round->first);
    return round->before != NULL && round->wanted != NULL && round->first != NULL;
}

void sweep_round_close(struct sweep_round *round)
{
    free(round->before);
    free(round->wanted);
    free(round->first);
    free(round->done);
}

bool sweep_round_begin(struct sweep_round *round, const uint32_t *wanted)
{
    size_t points = round->rule->point_count;
    memcpy(round->before, round->wanted, points * sizeof *round->before);
    memcpy(round->wanted, wanted, points * sizeof *round->wanted);
    for (size_t i = 0; i < points; i++)
        round->first[i + 1] =
            round->first[i] + (uint64_t)(round->wanted[i] - round->before[i]) * round->rule->points[i].arms;
    free(round->done);
    round->done_bytes = round->first[points] / 8 + 1;
    round->done = calloc(round->done_bytes, 1);
    return round->done != NULL;
}

uint64_t sweep_round_length(const struct sweep_round *round)
{
    return round->first[round->rule->point_count];
}

void sweep_round_task(struct crew_task *task, const struct sweep_round *round, uint64_t number)
{
    size_t low = 0, high = round->rule->point_count; /* first[low] <= number < first[high] */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (round->first[middle] <= number)
            low = middle;
        else
            high = middle;
    }
    const struct tally_point *point = &round->rule->points[low];
    uint64_t within = number - round->first[low];
    task->point = (uint32_t)low;
    task->arm = (uint32_t)(within % point->arms);
    task->config = point->first_config + task->arm;
    task->replication = round->before[low] + (uint32_t)(within / point->arms);
}

bool sweep_round_is_done(const struct sweep_round *round, uint64_t number)
{
    return (round->done[number / 8] >> (number % 8) & 1) != 0;
}

void sweep_round_mark(struct sweep_round *round, const struct tally *tally)
{
    uint64_t length = sweep_round_length(round);
    for (uint64_t number = 0; number < length; number++) {
        struct crew_task task;
        sweep_round_task(&task, round, number);
        if (tally_has(tally, task.config, task.replication))
            round->done[number / 8] |= (uint8_t)(1u << number % 8);
    }
}
