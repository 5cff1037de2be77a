/* sweep_show.h: a finished sweep: a line per configuration, the report, and the verdict as an exit code.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_SWEEP_SHOW_H
#define KONSENTO_CLI_SWEEP_SHOW_H

#include "analysis/results.h"
#include "cli/options.h"
#include "cli/tally.h"
#include "cli/terminal.h"

struct sweep_showing {
    const struct arguments *arguments; /* --json, --no-report, --metrics */
    const struct terminal *terminal;
    const struct tally_rule *rule;
    const char *folder;
    const char *why_ended;
};

/* Shows the results and writes DIR/report.html. Returns an exit code. */
int sweep_show(const struct sweep_showing *showing, const struct results *results);

/* Names the metrics of --metrics that there are not. Returns false if there is one. */
bool sweep_check_metrics(const struct arguments *arguments, const struct results_study *study);

#endif
