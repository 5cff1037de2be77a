/* observed.c: one replication run again while somebody looks at every event.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/observed.h"

#include "models/lab/lab.h"

#include <stdio.h>
#include <string.h>

static void run_lab(struct observed *observed, const struct observed_order *order)
{
    struct lab_result result;
    const struct lab_order lab = {.seed = order->request->seed,
                                  .replication = order->replication,
                                  .experiment = order->arm,
                                  .input = order->request->input,
                                  .interrupt = order->interrupt};
    lab_run(&result, &order->request->scenario->lab, &lab);
    observed->end = result.end == LAB_END_MEMORY      ? OBSERVED_NO_MEMORY
                    : result.end == LAB_END_INTERRUPT ? OBSERVED_INTERRUPTED
                                                      : OBSERVED_DONE;
    observed->failed = result.failed;
    observed->events = result.trials;
    memcpy(observed->digest, result.digest, sizeof observed->digest);
    snprintf(observed->text, sizeof observed->text, "%s", result.failure);
}

static void run_world(struct observed *observed, const struct observed_order *order, struct scenario_worker *worker)
{
    struct world_result result;
    const struct request *request = order->request;
    const struct world_order world = {
        .seed = request->seed,
        .replication = order->replication,
        .rail = order->arm,
        .tie_fuzz = request->tie_fuzz,
        .interrupt = order->interrupt,
        .devices = order->devices,
        .callbacks = worker != NULL ? scenario_worker_callbacks(worker) : NULL,
        .observe = order->observe,
        .observe_self = order->self,
    };
    if (worker != NULL)
        scenario_worker_begin(worker, request->seed, order->replication);
    bool ran = world_run(&result, &request->scenario->config, request->input, &world);
    observed->end = !ran || result.end == SIM_END_MEMORY                 ? OBSERVED_NO_MEMORY
                    : result.end == SIM_END_INTERRUPT                    ? OBSERVED_INTERRUPTED
                    : worker != NULL && scenario_worker_was_slow(worker) ? OBSERVED_TOO_SLOW
                                                                         : OBSERVED_DONE;
    observed->failed = result.failed;
    observed->events = result.events;
    memcpy(observed->digest, result.digest, sizeof observed->digest);
    snprintf(observed->text, sizeof observed->text, "%s", result.failure);
    world_result_close(&result);
}

void observed_run(struct observed *observed, const struct observed_order *order)
{
    const struct scenario *scenario = order->request->scenario;
    memset(observed, 0, sizeof *observed);
    if (scenario_is_lab(scenario)) {
        run_lab(observed, order);
        return;
    }
    struct scenario_worker *worker = NULL;
    if (scenario_has_callbacks(scenario))
        worker = scenario_worker_open(scenario);
    if (scenario_has_callbacks(scenario) && worker == NULL)
        observed->end = OBSERVED_NO_MEMORY;
    else
        run_world(observed, order, worker);
    if (worker != NULL)
        scenario_worker_close(worker);
}
