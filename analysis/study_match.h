/* study_match.h: is it the same study, and if not, what differs.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_STUDY_MATCH_H
#define KONSENTO_ANALYSIS_STUDY_MATCH_H

#include "analysis/results.h"

/* The provenance text that lists data files: SHA-256, two spaces, path, one a line. */
#define STUDY_DATA_FILES "data_files"

/* What differs between two studies: "scenario differs; seed is 42 there, 7 here"; data files by name. */
void study_difference(char *text, size_t size, const struct results_study *there, const struct results_study *here);
/* MISMATCH, with what differs, unless rows of one fit into the other. path: of the one that is there already. */
enum results_result study_match(struct results_error *error, const char *path, const struct results_study *there,
                                const struct results_study *here);

#endif
