/* bridge_run.h: konsento bridge run: one replication of each rail, in step with its devices.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * run.c runs the study; this stands beside it: checks the devices before, gives each rail its site, tells afterwards
 * how well the run kept step.
 */
#ifndef KONSENTO_CLI_BRIDGE_RUN_H
#define KONSENTO_CLI_BRIDGE_RUN_H

#include "cli/request.h"
#include "cli/study.h"

struct bridge_run;

/* konsento run (bridge NULL), konsento bridge run. Returns an exit code. */
int run_scenario(const struct arguments *arguments, struct bridge_run *bridge);

/* Returns NULL when memory is out. Owns: bridge_run_free. */
struct bridge_run *bridge_run_new(const struct arguments *arguments);
void bridge_run_free(struct bridge_run *run);

/* The scenario is loaded and the folder made: devices are checked, nothing is switched. Returns false, all reasons
 * told. */
bool bridge_run_open(struct bridge_run *run, const struct request *request, const char *folder);
/* Joins the rails' devices to the units. */
void bridge_run_order(struct bridge_run *run, struct study_order *order);
/* After the units: how each rail kept step, a paragraph each; "" if none ran now. Lives as long as the run. */
const char *bridge_run_text(struct bridge_run *run);
/* Has a rail ended because of its devices? Then it is told. */
bool bridge_run_complained(struct bridge_run *run);
/* The end: prints that text, on stderr if stdout is JSON, and closes the sites. Returns the code to end with. */
int bridge_run_close(struct bridge_run *run, int code, bool is_json);

#endif
