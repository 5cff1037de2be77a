/* present_text.h: names of metrics, and texts in columns, for a terminal.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_PRESENT_TEXT_H
#define KONSENTO_CLI_PRESENT_TEXT_H

#include "analysis/results.h"

/* Name and unit of a metric. */
void text_name(char text[128], const struct results_column *column);
void text_print_padded(const char *text, int columns);

#endif
