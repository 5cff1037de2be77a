/* trace.c: which event tables are stored, and whether the chain is, and of which replications.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/trace.h"

#include "cli/options.h"
#include "models/metrics.h"
#include "scenarios/lang/suggest.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define REFUSE(...) (snprintf(why, why_size, __VA_ARGS__), false)

/* Cuts the next piece between commas out of *text. Returns false at the end, or if the piece is too long (piece ""). */
static bool next_piece(char piece[64], const char **text)
{
    if (*text == NULL)
        return false;
    size_t length = strcspn(*text, ",");
    snprintf(piece, 64, "%.*s", length < 64 ? (int)length : 0, *text);
    *text = (*text)[length] == ',' ? *text + length + 1 : NULL;
    return true;
}

static bool select_table(bool *wanted, char *why, size_t why_size, const char *name)
{
    struct suggestion suggestion;
    char near[96];
    suggest_begin(&suggestion, name);
    for (size_t i = 0; i < event_table_count; i++) {
        suggest_offer(&suggestion, event_tables[i].name);
        if (strcmp(event_tables[i].name, name) == 0 || strcmp(name, "all") == 0)
            wanted[i] = true;
    }
    for (size_t i = 0; i < event_table_count; i++)
        if (wanted[i] && (strcmp(event_tables[i].name, name) == 0 || strcmp(name, "all") == 0))
            return true;
    return REFUSE("--events: no event table '%s'%s", name, suggest_text(near, &suggestion));
}

static bool parse_kinds(struct trace *trace, char *why, size_t why_size, const char *kinds)
{
    bool wanted[TRACE_TABLES_MAX] = {false};
    char piece[64];
    assert(event_table_count <= TRACE_TABLES_MAX);
    while (next_piece(piece, &kinds))
        if (!select_table(wanted, why, why_size, piece))
            return false;
    for (size_t i = 0; i < event_table_count; i++)
        if (wanted[i])
            trace->tables[trace->table_count++] = i;
    return true;
}

static bool parse_range(struct trace_range *range, char *piece)
{
    uint64_t first, last;
    char *dash = strchr(piece, '-');
    if (dash != NULL)
        *dash = '\0';
    if (!options_number(&first, piece, 0, UINT32_MAX))
        return false;
    last = first;
    if (dash != NULL && !options_number(&last, dash + 1, first, UINT32_MAX))
        return false;
    *range = (struct trace_range){(uint32_t)first, (uint32_t)last};
    return true;
}

bool trace_parse(struct trace *trace, char *why, size_t why_size, const struct trace_words *words)
{
    char piece[64];
    const char *rest = words->ranges;
    *trace = (struct trace){.chain = words->chain};
    if (words->kinds == NULL && !words->chain && words->ranges != NULL)
        return REFUSE("--trace-reps needs --events KINDS or --chain");
    if (words->kinds != NULL && !parse_kinds(trace, why, why_size, words->kinds))
        return false;
    while (next_piece(piece, &rest)) {
        if (trace->range_count == TRACE_RANGES_MAX)
            return REFUSE("--trace-reps: more than %d ranges", TRACE_RANGES_MAX);
        if (!parse_range(&trace->ranges[trace->range_count++], piece))
            return REFUSE("--trace-reps: '%s' is no list of replications such as 3, 0-2 or 0-2,9", words->ranges);
    }
    return true;
}

static bool is_traced(const struct trace *trace, uint32_t replication)
{
    if (trace->range_count == 0)
        return true;
    for (size_t i = 0; i < trace->range_count; i++)
        if (replication >= trace->ranges[i].first && replication <= trace->ranges[i].last)
            return true;
    return false;
}

bool trace_has_events(const struct trace *trace, uint32_t replication)
{
    return trace->table_count > 0 && is_traced(trace, replication);
}

bool trace_has_chain(const struct trace *trace, uint32_t replication)
{
    return trace->chain && is_traced(trace, replication);
}
