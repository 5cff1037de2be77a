/* presentation.h: what is told of a study at its end.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_PRESENTATION_H
#define KONSENTO_CLI_PRESENTATION_H

#include "analysis/results.h"
#include "cli/judge.h"
#include "cli/terminal.h"

struct presentation {
    const struct results *results;
    const struct judgements *judgements;
    const struct terminal *terminal;
    const char *results_path;
    const char *report_path; /* NULL: none was written */
    const char *why_ended;
    bool is_whole; /* every metric and every difference, not the headline alone */
};

#endif
