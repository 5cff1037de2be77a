/* keep.c: memory that lives as long as the scenario and goes in one piece.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/keep.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef KONSENTO_HARD
#define BLOCK_BYTES 64
#else
#define BLOCK_BYTES 4096
#endif

struct keep_block {
    struct keep_block *next;
    size_t used, size;
    alignas(max_align_t) unsigned char bytes[];
};

static struct keep_block *block_new(struct keep *keep, size_t size)
{
    size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;
    struct keep_block *block = calloc(1, sizeof *block + room);
    if (block == NULL)
        return NULL;
    block->size = room;
    block->next = keep->blocks;
    keep->blocks = block;
    return block;
}

void *keep_alloc(struct keep *keep, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    struct keep_block *block = keep->blocks;
    if (block == NULL || block->size - block->used < size)
        block = block_new(keep, size);
    if (block == NULL)
        return NULL;
    void *memory = block->bytes + block->used;
    block->used += size;
    return memory;
}

char *keep_text(struct keep *keep, const char *text, size_t length)
{
    char *copy = keep_alloc(keep, length + 1);
    if (copy != NULL && length > 0)
        memcpy(copy, text, length);
    return copy;
}

void keep_free(struct keep *keep)
{
    while (keep->blocks != NULL) {
        struct keep_block *next = keep->blocks->next;
        free(keep->blocks);
        keep->blocks = next;
    }
}
