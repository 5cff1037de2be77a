/* flat.h: reads test vectors written as lines `path = value`.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     cases# = 2                      how many elements a list has
 *     cases[0].name = first
 *
 * Paths are given as printf formats. A vector that is not there is a fault of the test and fails it, except through
 * flat_find. The folder of the files is KONSENTO_SHARED/vectors/flat; where it is absent, tests are skipped.
 */
#ifndef KONSENTO_TESTS_FLAT_H
#define KONSENTO_TESTS_FLAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLAT_PATH(at) __attribute__((format(printf, at, (at) + 1)))
#define TEST_SKIPPED  77

struct flat_line {
    const char *path;
    const char *value;
};

struct flat {
    char *text;
    struct flat_line *lines; /* sorted by path */
    size_t count;
};

/* Reads folder/vectors/flat/name.txt. Returns false if it is not there. */
bool flat_open(struct flat *flat, const char *folder, const char *name);
void flat_close(struct flat *flat);

/* Returns NULL if there is no such line. */
const char *flat_find(const struct flat *flat, const char *path, ...) FLAT_PATH(2);
const char *flat_text(const struct flat *flat, const char *path, ...) FLAT_PATH(2);
uint64_t flat_number(const struct flat *flat, const char *path, ...) FLAT_PATH(2);
/* How many elements the list at path has: 0 if there is no such list. */
unsigned flat_length(const struct flat *flat, const char *path, ...) FLAT_PATH(2);
/* Out: bytes, capacity of room. Returns how many. */
size_t flat_bytes(const struct flat *flat, uint8_t *bytes, size_t capacity, const char *path, ...) FLAT_PATH(4);
/* Exactly size bytes. */
void flat_exact(const struct flat *flat, uint8_t *bytes, size_t size, const char *path, ...) FLAT_PATH(4);

/* Reads hexadecimal digits. Fails the test if they are none or do not fit. Returns how many bytes. */
size_t hex_read(uint8_t *bytes, size_t capacity, const char *text);

#endif
