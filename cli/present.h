/* present.h: a study at its end: tables for people, one JSON object for programs.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_PRESENT_H
#define KONSENTO_CLI_PRESENT_H

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
};

void present_tables(const struct presentation *presentation);
void present_json(const struct presentation *presentation);

/* Replications of the configuration that has most. */
size_t present_replications(const struct results *results);
/* 64 hex digits and a zero. */
void present_digest(char hex[65], const struct results *results);
#endif
