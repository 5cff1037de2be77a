/* trace.h: which event tables are stored, and whether the chain is, and of which replications.   [engine]
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
    bool chain;                      /* the blocks of the chain are stored */
    struct trace_range {
        uint32_t first, last;
    } ranges[TRACE_RANGES_MAX];
    size_t range_count; /* 0: all replications */
};

/* --events and --trace-reps, either may be NULL; --chain. */
struct trace_words {
    const char *kinds, *ranges;
    bool chain;
};
/* Returns false with the reason in why. */
bool trace_parse(struct trace *trace, char *why, size_t why_size, const struct trace_words *words);
/* Are events of this replication stored? Is its chain? */
bool trace_has_events(const struct trace *trace, uint32_t replication);
bool trace_has_chain(const struct trace *trace, uint32_t replication);

#endif
