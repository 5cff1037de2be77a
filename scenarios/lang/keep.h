/* keep.h: memory that lives as long as the scenario and goes in one piece.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SCENARIOS_LANG_KEEP_H
#define KONSENTO_SCENARIOS_LANG_KEEP_H

#include <stddef.h>

struct keep_block;
struct keep {
    struct keep_block *blocks;
};

/* Zeroed memory, aligned for anything. Returns NULL when memory is out. Owns: keep_free. */
void *keep_alloc(struct keep *keep, size_t size);
/* A copy of length bytes with a closing zero; NULL when memory is out. */
char *keep_text(struct keep *keep, const char *text, size_t length);
void keep_free(struct keep *keep);

#endif
