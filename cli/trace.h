/* trace.h: which event tables are stored, and of which replications.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_TRACE_H
#define KONSENTO_CLI_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_TABLES_MAX 32
#define TRACE_RANGES_MAX 64

struct trace {
    size_t tables[TRACE_TABLES_MAX]; /* indices of event_tables, in their order */
    size_t table_count;              /* 0: no events are stored */
    struct trace_range {
        uint32_t first, last;
    } ranges[TRACE_RANGES_MAX];
    size_t range_count; /* 0: all replications */
};

/* Reads --events and --trace-reps; either may be NULL. Returns false with the reason in why. */
bool trace_parse(struct trace *trace, char *why, size_t why_size, const char *kinds, const char *ranges);
/* Are events of this replication stored? */
bool trace_has(const struct trace *trace, uint32_t replication);

#endif
