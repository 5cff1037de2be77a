/* bridge_report.h: how a run with devices went, in words: lag, wires, outlets, journal.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_BRIDGE_REPORT_H
#define KONSENTO_CLI_BRIDGE_REPORT_H

#include "cli/bridge_site.h"

#include <stdio.h>

/* A paragraph about one rail; the site is not closed yet. */
void bridge_report_print(FILE *out, const struct bridge_site *site);

#endif
