/* trace.h: real block times, read strictly from a CSV file and replayed.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Format: lines that begin with '#' are comments; then the header height,unix_time (columns in any order, others are
 * not read and a note says so); then one block a line, heights one after the other without a gap.
 * Header times need not rise: miners' clocks differ, and 9 of 2,016 real gaps of March 2018 are negative. A header that
 * is not later than the median of the eleven before it would be invalid in Bitcoin and is an error here. For replay a
 * block arrives at the running maximum of the header times, so some gaps are 0.
 */
#ifndef KONSENTO_MODELS_CHAIN_TRACE_H
#define KONSENTO_MODELS_CHAIN_TRACE_H

#include "models/input.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_BLOCKS_MAX 2000000
#define TRACE_NEVER_US   INT64_MAX

struct trace {
    int64_t *header_s;  /* as in the headers, Unix time */
    int64_t *arrival_s; /* running maximum */
    size_t block_count; /* at least 2 */
    uint32_t first_height;
};

/* Reads bytes[0..length). In: path names the file in messages. Returns true if there was no error; else *trace is
 * empty. Owns: trace_close. */
bool trace_read(struct trace *trace, struct input_report *report, const char *bytes, size_t length, const char *path)
    __attribute__((warn_unused_result));
void trace_close(struct trace *trace);

/* Arrival of a block after that of the first one. In: block < block_count. */
int64_t trace_arrival_us(const struct trace *trace, size_t block);
/* The first block that arrives after now_us (blocks that arrive together: the first of them); block_count if none. */
size_t trace_next(const struct trace *trace, int64_t now_us);
/* How long a payer who comes at now_us waits for n confirmations, n >= 1; TRACE_NEVER_US if the file ends before. */
int64_t trace_wait_us(const struct trace *trace, int64_t now_us, unsigned confirmations);
/* Time from the first header to the last, which decides a retarget; negative gaps between headers. */
int64_t trace_header_span_s(const struct trace *trace, size_t first, size_t last);
size_t trace_negative_gaps(const struct trace *trace);

#endif
