/* paths.h: the few things done with names of files.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_PATHS_H
#define KONSENTO_CLI_PATHS_H

#include "analysis/pool.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* folder/name in the pool, NULL when memory is out. */
const char *path_join(struct pool *pool, const char *folder, const char *name);
bool path_is_folder(const char *path);
/* A regular file, perhaps behind a link. */
bool path_is_file(const char *path);
bool path_exists(const char *path);
/* Was the first one written after the second? */
bool path_is_newer(const char *path, const char *than);
/* Writes a new file whole: PATH.tmp and a link to the final name. Returns false with errno; EEXIST if PATH is there. */
bool path_write_new(const char *path, const char *text, size_t length);

#endif
