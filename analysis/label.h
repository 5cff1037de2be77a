/* label.h: what a configuration is called in reports and tables.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_LABEL_H
#define KONSENTO_ANALYSIS_LABEL_H

#include "analysis/results.h"

#include <stdbool.h>

#define LABEL_BYTES 200

/* The parameter that tells what is compared, and stands without its name: "rail", or "experiment" in a laboratory.
 * Returns its index, study->param_count if there is none. */
size_t label_arm(const struct results_study *study);
/* Its name; "configuration" if there is none. */
const char *label_arm_word(const struct results_study *study);
/* Do all configurations answer one question? Rails do; experiments have nothing to do with each other. */
bool label_is_comparison(const struct results_study *study);

/* The configuration that this one is compared with: of the rail that the attribute LABEL_BASELINE names (the first one
 * if there is none), with all other parameters the same. The baseline's own is itself. */
#define LABEL_BASELINE "baseline"
size_t label_baseline(const struct results_study *study, size_t config);

/* How many configurations a page shows if it has room for `most`: all, or as many whole points of a sweep, each with
 * all of its rails, as there is room for. */
size_t label_shown(const struct results_study *study, size_t most);
/* Adds to a title of at most `size` bytes that this is not all: "; the first 8 configurations". */
void label_add_shown(char *title, size_t size, const struct results_study *study, size_t most);

/* The values of the parameters in which the configurations differ: "cloud", or "cloud, outlets 8". A study with one
 * configuration has its rail, or "all". */
const char *label_config(char label[LABEL_BYTES], const struct results_study *study, size_t config);

#endif
