/* label.h: what a configuration is called in reports and tables.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_LABEL_H
#define KONSENTO_ANALYSIS_LABEL_H

#include "analysis/results.h"

#define LABEL_BYTES 200

/* The values of the parameters in which the configurations differ: "cloud", or "cloud, outlets 8". The rail stands
 * without its name; a study with one configuration has its rail, or "all". */
const char *label_config(char label[LABEL_BYTES], const struct results_study *study, size_t config);

#endif
