/* pool.h: memory that is given back in one go.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a results file holds lives as long as the file is open. A pool that runs out of memory stays failed: callers may
 * take several pieces and look once.
 */
#ifndef KONSENTO_ANALYSIS_POOL_H
#define KONSENTO_ANALYSIS_POOL_H

#include <stdbool.h>
#include <stddef.h>

struct pool {
    struct pool_block *blocks;
    bool failed;
};

/* Zeroed bytes, aligned for any type; NULL when memory is out (and the pool has failed). size 0 gives a valid pointer.
 */
void *pool_take(struct pool *pool, size_t count, size_t size);
/* A copy of a text; NULL for NULL. */
const char *pool_text(struct pool *pool, const char *text);
/* Gives everything back; the pool is empty and usable again. */
void pool_close(struct pool *pool);

#endif
