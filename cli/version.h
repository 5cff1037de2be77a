/* version.h: which program this is: version, commit, compiler, libraries.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_VERSION_H
#define KONSENTO_CLI_VERSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define VERSION_NAME_BYTES 80

/* "0.1.0" */
const char *version_number(void);
/* "1a2b3c4d5e6f", or "unknown" outside a git checkout. */
const char *version_commit(void);
/* Names what differed from that commit when the program was built, docs and tests aside; "": nothing. */
const char *version_changes(void);
/* "0.1.0 1a2b3c4d5e6f", with " changed 0123456789ab" behind it where something differed. Two programs that may give
 * different rows have different names. */
void version_name(char name[VERSION_NAME_BYTES]);
const char *version_compiler(void);
const char *version_flags(void);

/* A library: the version compiled against, the version running now. */
struct version_library {
    const char *name, *built;
    char running[32];
};
#define VERSION_LIBRARIES 4
void version_libraries(struct version_library libraries[VERSION_LIBRARIES]);
/* "serial" or "parallel", "threadsafe" or not. */
void version_hdf5_variant(char *text, size_t size);

void version_print(FILE *out, bool verbose);

#endif
