/* percent.h: a percentage from the command line.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_PERCENT_H
#define KONSENTO_CLI_PERCENT_H

#include <stdbool.h>

/* "2%", "2 %" or "2" -> 0.02. Returns false if it is none, less than zero or not finite. */
bool percent_read(double *share, const char *text);

#endif
