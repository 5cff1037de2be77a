/* source.h: the texts that a scenario is made of: read once, kept for the provenance and for workers.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SCENARIOS_LANG_SOURCE_H
#define KONSENTO_SCENARIOS_LANG_SOURCE_H

#include "scenarios/lang/keep.h"

#include <stdbool.h>
#include <stdint.h>

#define SOURCES_MAX      64
#define SOURCE_BYTES_MAX (1 << 20)
#define SOURCE_NAME_MAX  56 /* Lua cuts longer names of chunks */

struct source {
    const char *path; /* as it can be opened */
    const char *name; /* relative to the scenario's folder; also the name of the chunk in Lua */
    const char *text; /* size bytes and a closing zero */
    size_t size;
    bool running; /* being evaluated now: an include of it is a circle */
};

struct source_set {
    struct source items[SOURCES_MAX];
    size_t count;
    const char *folder; /* of the first one; "." or ends without a slash */
    struct keep *keep;
};

/* Adds the scenario's own file. Returns it, or NULL with the reason in why. */
struct source *source_open(char *why, size_t why_size, struct source_set *set, const char *path);
/* The same with the text given, for tests and workers. */
struct source *source_from_text(char *why, size_t why_size, struct source_set *set, const char *path, const char *text,
                                size_t size);
/* The file of that name (with its suffix) under the scenario's folder; read only if it is not there yet. */
struct source *source_include(char *why, size_t why_size, struct source_set *set, const char *name);

/* By the name of the chunk, NULL: none. */
struct source *source_by_name(struct source_set *set, const char *name);
/* 64-bit FNV-1a of the text. */
uint64_t source_hash(const struct source *source);

#endif
