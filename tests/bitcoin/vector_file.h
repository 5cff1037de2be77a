/* vector_file.h: published test vectors: where they lie, JSON.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The vectors are Bitcoin Core's and BIP 69's, found in KONSENTO_SHARED/vectors/bitcoin. A checkout without them skips
 * their tests (exit 77); what a standalone checkout needs stands as constants in the unit tests.
 */
#ifndef KONSENTO_TESTS_BITCOIN_VECTOR_FILE_H
#define KONSENTO_TESTS_BITCOIN_VECTOR_FILE_H

#include <cjson/cJSON.h>

#define VECTORS_SKIPPED 77

/* Reads a file of the vectors whole, with a NUL behind it. Returns NULL if there is no such file. Owns: the caller
 * frees. */
char *vector_text(const char *name);

/* The same as JSON. Returns NULL if there is no such file. Owns: the caller cJSON_Deletes. */
cJSON *vector_json(const char *name);

/* The element at index of an array as text; asserts that it is one. */
const char *vector_string(const cJSON *array, int index);

#endif
