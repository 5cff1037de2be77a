/* store.h: files that are written whole or not at all, and carry a seal.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   bytes  -->  NAME.tmp  -->  (fsync)  -->  rename  -->  NAME
 *
 * HDF5 neither notices a flipped bit in plain data nor survives a full disk while it closes a file, so it never sees
 * the disk when we write: it builds an image in memory, and the image is written here. The seal is appended behind the
 * end of the HDF5 data, where every reader ignores it: 16 bytes of magic and the SHA-256 of all bytes before the seal.
 */
#ifndef KONSENTO_ANALYSIS_STORE_H
#define KONSENTO_ANALYSIS_STORE_H

#include "analysis/results.h"

#include <stddef.h>
#include <stdint.h>

#define STORE_SEAL_BYTES 48

/* How much a file must withstand: the death of the process, or of the machine too (costs a few milliseconds). */
enum store_safety { STORE_AGAINST_KILL, STORE_AGAINST_POWER_LOSS };
enum store_form { STORE_PLAIN, STORE_SEALED };

/* Where a file goes: a name in an open folder; folder_path is for messages. */
struct store_place {
    int folder;
    const char *folder_path, *name;
};

/* Writes the bytes to NAME.tmp and renames it to NAME. On failure NAME is what it was and NAME.tmp is gone. */
enum results_result store_write(struct results_error *error, const struct store_place *place, const uint8_t *bytes,
                                size_t length, enum store_form form, enum store_safety safety);
/* The same for a path relative to the working directory. */
enum results_result store_write_path(struct results_error *error, const char *path, const uint8_t *bytes,
                                     size_t length);
/* Reads an open file to its end and compares its seal. path is for messages. */
enum results_result store_check_seal(struct results_error *error, int file, const char *path);

#endif
