/* slab.c: chunks of items and a stack of free numbers.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/slab.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_ITEMS 256

void slab_init(struct slab *slab, size_t item_size)
{
    *slab = (struct slab){.item_size = item_size};
}

void slab_close(struct slab *slab)
{
    for (size_t i = 0; i < slab->chunk_count; i++)
        free(slab->chunks[i]);
    free(slab->chunks);
    free(slab->free_numbers);
    slab_init(slab, slab->item_size);
}

static bool add_chunk(struct slab *slab)
{
    size_t count = slab->chunk_count + 1;
    unsigned char **chunks = realloc(slab->chunks, count * sizeof chunks[0]);
    if (chunks == NULL)
        return false;
    slab->chunks = chunks;
    uint32_t *numbers = realloc(slab->free_numbers, count * CHUNK_ITEMS * sizeof numbers[0]);
    if (numbers == NULL)
        return false;
    slab->free_numbers = numbers;
    slab->chunks[slab->chunk_count] = calloc(CHUNK_ITEMS, slab->item_size);
    if (slab->chunks[slab->chunk_count] == NULL)
        return false;
    slab->chunk_count = count;
    return true;
}

uint32_t slab_take(struct slab *slab)
{
    uint32_t number = slab->limit;
    if (slab->free_count > 0)
        number = slab->free_numbers[--slab->free_count];
    else if (number == slab->chunk_count * CHUNK_ITEMS && !add_chunk(slab))
        return SLAB_NONE;
    else
        slab->limit++;
    slab->used_count++;
    return number;
}

void slab_return(struct slab *slab, uint32_t number)
{
    assert(number < slab->limit && slab->used_count > 0);
    slab->used_count--;
    memset(slab_at(slab, number), 0, slab->item_size);
    slab->free_numbers[slab->free_count++] = number;
}

void *slab_at(const struct slab *slab, uint32_t number)
{
    assert(number < slab->limit);
    return slab->chunks[number / CHUNK_ITEMS] + (number % CHUNK_ITEMS) * slab->item_size;
}
