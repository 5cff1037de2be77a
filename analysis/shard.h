/* shard.h: a few finished rows as a small HDF5 file, row by row instead of as columns.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A shard holds no study, only its identity and shape: it lives beside the study it belongs to, until results.h5 is
 * written. Layout: docs/results.md.
 */
#ifndef KONSENTO_ANALYSIS_SHARD_H
#define KONSENTO_ANALYSIS_SHARD_H

#include "analysis/results.h"
#include "analysis/rows.h"
#include "analysis/store.h"

/* The file name of a shard whose first row is this: "c000003-r000017.h5". */
#define SHARD_NAME_BYTES 32
void shard_name(char name[SHARD_NAME_BYTES], const struct results_row *first);

/* Writes the rows (at least one) as a sealed file. shape: study_shape of the study. */
enum results_result shard_write(struct results_error *error, const struct store_place *place,
                                const struct results_study *study, const char *shape,
                                const struct results_row *const *rows, size_t row_count);

/* What to do with each row read; takes ownership. false stops the reading (the receiver has filled error). */
struct shard_receiver {
    enum results_result (*row)(void *data, struct results_error *error, struct results_row *row);
    void *data;
};
/* Reads a shard of this study. MISMATCH if it belongs to another one. Rows read before a failure have been received. */
enum results_result shard_read(struct results_error *error, const char *path, const struct results_study *study,
                               const char *shape, const struct shard_receiver *receiver);

#endif
