/* sweep_unit.c: one replication of one arm of one point.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/crew.h"
#include "cli/sweep_run.h"

void sweep_unit_end(struct sweep_hand *hand, struct scenes *scenes)
{
    if (hand->worker != NULL)
        scenario_worker_close(hand->worker);
    if (hand->scene != NULL)
        scene_give(scenes, hand->scene);
    *hand = (struct sweep_hand){NULL, NULL};
}

bool sweep_unit(enum unit_end *end, struct unit **unit, struct sweep_hand *hand, struct scenes *scenes,
                const struct crew_task *task, const volatile int *interrupt)
{
    if (hand->scene == NULL || hand->scene->point != task->point) {
        sweep_unit_end(hand, scenes);
        hand->scene = scene_take(scenes, task->point);
        if (hand->scene == NULL)
            return false;
        /* Scenarios without callbacks need no Lua while they run. */
        const struct scenario *scenario = &hand->scene->loaded.scenario;
        if (scenario_has_callbacks(scenario))
            hand->worker = scenario_worker_open(scenario);
        if (scenario_has_callbacks(scenario) && hand->worker == NULL) {
            *end = UNIT_NO_MEMORY;
            return true;
        }
    }
    struct unit_order order = hand->scene->order;
    order.series_length = scenes->series_length;
    *end = unit_run(unit, &order, hand->worker, task->arm, task->replication, interrupt);
    if (*end == UNIT_DONE)
        (*unit)->row.config = task->config;
    return true;
}
