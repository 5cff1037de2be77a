/* study_file.h: a study described before it has rows, and a folder looked at while others write into it.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * DIR/study.h5 is a results file without rows. Processes that share a folder (ranks, shards i/N) agree on it, and who
 * has only the folder (merge, status) reads from it what the study is.
 */
#ifndef KONSENTO_ANALYSIS_STUDY_FILE_H
#define KONSENTO_ANALYSIS_STUDY_FILE_H

#include "analysis/results.h"

/* Writes DIR/study.h5, creating DIR. MISMATCH if DIR has another study, in study.h5 or results.h5; the text says what
 * differs. */
enum results_result study_file_write(struct results_error *error, const char *folder,
                                     const struct results_study *study);

/* Reads the study of a folder, from study.h5 or else results.h5, and every row that is on disk now: in results.h5,
 * shards/ and parts/. Takes no lock and changes nothing. Owns: results_close. */
enum results_result study_file_peek(struct results **results, struct results_error *error, const char *folder);

/* Is a process writing into this folder or one of its parts? */
bool study_file_is_busy(const char *folder);

#endif
