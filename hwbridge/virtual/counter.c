/* counter.c: a virtual outlet's energy counter on disk.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/virtual/counter.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#define PATH_LONGEST 1024

int64_t counter_read(const char *path, int64_t otherwise_uj)
{
    int64_t counter_uj;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return otherwise_uj;
    bool is_read = fscanf(file, "%" SCNd64, &counter_uj) == 1 && counter_uj >= 0;
    (void)fclose(file);
    return is_read ? counter_uj : otherwise_uj;
}

bool counter_write(const char *path, int64_t counter_uj)
{
    char beside[PATH_LONGEST];
    int length = snprintf(beside, sizeof beside, "%s.new", path);
    if (length < 0 || (size_t)length >= sizeof beside) {
        errno = ENAMETOOLONG;
        return false;
    }
    FILE *file = fopen(beside, "we");
    if (file == NULL)
        return false;
    bool is_written = fprintf(file, "%" PRId64 "\n", counter_uj) > 0;
    is_written = fclose(file) == 0 && is_written;
    return is_written && rename(beside, path) == 0;
}
