/* present_text.h: estimates and names as texts for a terminal.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_PRESENT_TEXT_H
#define KONSENTO_CLI_PRESENT_TEXT_H

#include "analysis/estimate.h"
#include "analysis/results.h"

#include <stdbool.h>

#define TEXT_BYTES 160

bool text_is_exact(const struct estimate *estimate);
/* "12.3 ± 0.4", "12.3 exactly" as "12.3", "0 [0, 0.12]" where the interval is not symmetric, a dash without a value. */
void text_estimate(char *text, size_t size, const struct estimate *estimate);
/* "12.3 [11.9, 12.7]". sign: "+" to show it always, "". */
void text_interval(char *text, size_t size, const struct estimate *estimate, const char *sign);
/* Name and unit of a metric. */
void text_name(char text[128], const struct results_column *column);
void text_print_padded(const char *text, int columns);

#endif
