/* slab.h: numbered objects of one size that come and go; memory grows in chunks and never moves.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An item that nobody holds is all zero, so that sums may run over 0 .. limit - 1. Numbers are given out again, the
 * last returned first: no address and no hash decides anything.
 */
#ifndef KONSENTO_MODELS_SLAB_H
#define KONSENTO_MODELS_SLAB_H

#include <stddef.h>
#include <stdint.h>

#define SLAB_NONE UINT32_MAX

struct slab {
    size_t item_size;
    unsigned char **chunks;
    size_t chunk_count;
    uint32_t *free_numbers; /* a stack */
    uint32_t free_count;
    uint32_t used_count;
    uint32_t limit; /* numbers ever given out */
};

void slab_init(struct slab *slab, size_t item_size);
void slab_close(struct slab *slab);
/* Returns the number of a zeroed item, SLAB_NONE when memory is out. */
uint32_t slab_take(struct slab *slab);
void slab_return(struct slab *slab, uint32_t number);
/* The item; valid until it is returned. */
void *slab_at(const struct slab *slab, uint32_t number);

#endif
