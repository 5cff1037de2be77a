/* estimate_text.h: estimates as texts with as many digits as the interval deserves.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_ESTIMATE_TEXT_H
#define KONSENTO_ANALYSIS_ESTIMATE_TEXT_H

#include "analysis/estimate.h"

#include <stdbool.h>

#define ESTIMATE_TEXT_BYTES 160

bool estimate_is_exact(const struct estimate *estimate);
/* "12.3 ± 0.4"; "12.3" if it is exact; "0 [0, 0.12]" where the interval is on one side; a dash without a value. */
void estimate_text(char *text, size_t size, const struct estimate *estimate);
/* "12.3 [11.9, 12.7]". sign: "+" to show it always, "". */
void estimate_interval_text(char *text, size_t size, const struct estimate *estimate, const char *sign);

#endif
