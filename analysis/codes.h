/* codes.h: what the numbers in event tables stand for, as the study tells it in its attributes.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * codes.payment.kind = "0 credited, 1 final, ..."
 */
#ifndef KONSENTO_ANALYSIS_CODES_H
#define KONSENTO_ANALYSIS_CODES_H

#include "analysis/results.h"

#define CODES_NAME_BYTES 40

/* The name of a code; "" if none is told. Returns name. */
const char *codes_name(char name[CODES_NAME_BYTES], const struct results *results, const char *table,
                       const char *column, int64_t code);

/* A table by its name, and one of its columns; table_count, column_count if there is none. */
size_t codes_table(const struct results *results, const char *name);
size_t codes_column(const struct results_table *table, const char *name);

#endif
