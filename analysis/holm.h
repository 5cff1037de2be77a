/* holm.h: several tests at once without more false alarms than one would give.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Source: Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6 (1979).
 */
#ifndef KONSENTO_ANALYSIS_HOLM_H
#define KONSENTO_ANALYSIS_HOLM_H

#include <stdbool.h>
#include <stddef.h>

/* adjusted[i]: the smallest level for the whole family at which test i is rejected. p-values in 0..1; a NaN stays NaN
 * and counts as no test. adjusted may be p itself. Returns false, nothing changed, when memory is out. */
bool holm_adjust(double *adjusted, const double *p, size_t count);

#endif
