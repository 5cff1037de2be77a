/* fault.h: fills a results_error and returns its result in one line.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_FAULT_H
#define KONSENTO_ANALYSIS_FAULT_H

#include "analysis/results.h"

/* Writes the text (cut to fit; %m is errno's) and returns result. error may be NULL. */
__attribute__((format(printf, 3, 4))) enum results_result fault(struct results_error *error, enum results_result result,
                                                                const char *format, ...);
enum results_result fault_memory(struct results_error *error, const char *what);

#endif
