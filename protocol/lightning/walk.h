/* walk.h: going over the members of a struct, to write them or to read them: one way for both.   [real]
 * SPDX-License-Identifier: MIT
 */
#ifndef KONSENTO_LIGHTNING_WALK_H
#define KONSENTO_LIGHTNING_WALK_H

#include "protocol/lightning/wire.h"
#include <string.h>

/* A writer or a reader; the other is NULL. */
struct ln_walk {
    struct ln_writer *writer;
    struct ln_reader *reader;
};

static inline void ln_walk_bytes(struct ln_walk *walk, void *bytes, size_t length)
{
    if (walk->writer != NULL) {
        ln_write_bytes(walk->writer, bytes, length);
        return;
    }
    const uint8_t *from = ln_read_bytes(walk->reader, length);
    if (from != NULL && length > 0) {
        memcpy(bytes, from, length);
    }
}

static inline uint64_t ln_walk_number(struct ln_walk *walk, uint64_t value, size_t width)
{
    if (walk->writer != NULL) {
        ln_write_unsigned(walk->writer, value, width);
        return value;
    }
    return ln_read_unsigned(walk->reader, width);
}

/* A member that is an integer, enum or bool, in its own width. */
#define LN_WALK(walk_, member_)                                                                                        \
    do {                                                                                                               \
        (member_) = (__typeof__(member_))ln_walk_number((walk_), (uint64_t)(member_), sizeof(member_));                \
    } while (0)
/* A member that is an array of bytes. */
#define LN_WALK_ARRAY(walk_, member_) ln_walk_bytes((walk_), (member_), sizeof(member_))

#endif
