/* threshold.h: three verdicts on a limit: the interval is inside, outside, or on both sides of it.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_THRESHOLD_H
#define KONSENTO_ANALYSIS_THRESHOLD_H

#include "analysis/estimate.h"

#include <stdbool.h>

enum verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_UNDECIDED };

/* upper: the limit is a ceiling (< or <=); strict: < or >. An estimate without interval or without value is
 * undecided. */
enum verdict threshold_check(const struct estimate *estimate, double limit, bool upper, bool strict);
const char *verdict_name(enum verdict verdict); /* "pass", "fail", "undecided" */
/* fail beats undecided beats pass; no thresholds: pass. */
enum verdict verdict_worst(enum verdict a, enum verdict b);

#endif
