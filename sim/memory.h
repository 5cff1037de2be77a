/* memory.h: blocks that grow: aligned to cache lines, on huge pages when they are large.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SIM_MEMORY_H
#define KONSENTO_SIM_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Moves *block (NULL: none) into a block of new_size > 0 bytes that keeps the first old_size bytes; the rest is not
 * set. Returns false when memory is out: *block is as it was. Owns: the caller frees *block with free. */
bool memory_grow(void **block, size_t old_size, size_t new_size) __attribute__((warn_unused_result));

/* The capacity that follows capacity: doubled; where limits are shrunk for tests, one more, and past 64 a little more.
 */
size_t memory_next_capacity(size_t capacity, size_t first);

#endif
