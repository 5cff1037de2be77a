/* folder.h: removes a study's own files from its folder, and nothing else.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_FOLDER_H
#define KONSENTO_CLI_FOLDER_H

#include "analysis/results.h"

#include <stdbool.h>

/* Removes results.h5 with its report.html, study.h5, and in shards/ and parts/ what ends in .h5 and .tmp. Returns false with the reason in
 * error. */
bool folder_clear(struct results_error *error, const char *path);

#endif
