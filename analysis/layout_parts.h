/* layout_parts.h: results.h5 while it is being written.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside view for layout_write.c (the study and its columns) and layout_parts.c (what hangs on rows).
 */
#ifndef KONSENTO_ANALYSIS_LAYOUT_PARTS_H
#define KONSENTO_ANALYSIS_LAYOUT_PARTS_H

#include "analysis/h5out.h"
#include "analysis/results.h"

#define DIGEST_BYTES 32

/* The link of a replication's blob: "c0-r12". */
#define LAYOUT_BLOB_BYTES 32
void layout_blob_name(char name[LAYOUT_BLOB_BYTES], uint32_t config, uint32_t replication);

/* The file being written. cells: for each row, its place in an array over (config, rep). */
struct layout {
    struct h5_out out;
    const struct results *results;
    uint32_t *replications;
    size_t replication_count;
    size_t *cells;
    size_t cell_count;
    size_t config_axis, rep_axis, byte_axis, time_axis, statistic_axis;
};

/* The groups of these names. */
void layout_write_replications(struct layout *layout);
void layout_write_events(struct layout *layout);
void layout_write_blobs(struct layout *layout);
void layout_write_summary(struct layout *layout);
void layout_write_differences(struct layout *layout);
void layout_write_provenance(struct layout *layout);

#endif
