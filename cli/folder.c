/* folder.c: removes a study's own files from its folder, and nothing else.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool ends_in(const char *name, const char *end)
{
    size_t length = strlen(name), end_length = strlen(end);
    return length > end_length && strcmp(name + length - end_length, end) == 0;
}

static bool remove_file(struct results_error *error, int folder, const char *path, const char *name)
{
    if (unlinkat(folder, name, 0) == 0 || errno == ENOENT)
        return true;
    snprintf(error->text, sizeof error->text, "cannot remove %s/%s: %s", path, name, strerror(errno));
    return false;
}

static bool clear_shards(struct results_error *error, int folder, const char *path)
{
    int shards = openat(folder, "shards", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = shards != -1 ? fdopendir(shards) : NULL;
    bool cleared = true;
    if (list == NULL) {
        if (shards != -1)
            close(shards);
        return true; /* no shards, nothing to remove; anything else shows when the folder is opened again */
    }
    for (const struct dirent *entry = readdir(list); entry != NULL && cleared; entry = readdir(list))
        if (ends_in(entry->d_name, ".h5") || ends_in(entry->d_name, ".tmp"))
            cleared = remove_file(error, dirfd(list), path, entry->d_name);
    closedir(list);
    return cleared;
}

static bool clear_part(struct results_error *error, const char *path)
{
    int part = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (part == -1)
        return true;
    bool cleared = clear_shards(error, part, path) && remove_file(error, part, path, ".lock");
    unlinkat(part, "shards", AT_REMOVEDIR);
    close(part);
    rmdir(path);
    return cleared;
}

/* What other processes of a sweep left there. */
static bool clear_parts(struct results_error *error, int folder, const char *path)
{
    int parts = openat(folder, "parts", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = parts != -1 ? fdopendir(parts) : NULL;
    bool cleared = true;
    if (list == NULL) {
        if (parts != -1)
            close(parts);
        return true;
    }
    for (const struct dirent *entry = readdir(list); entry != NULL && cleared; entry = readdir(list)) {
        char *part;
        if (entry->d_name[0] == '.')
            continue;
        cleared = asprintf(&part, "%s/parts/%s", path, entry->d_name) >= 0;
        if (!cleared)
            break;
        cleared = clear_part(error, part);
        free(part);
    }
    closedir(list);
    unlinkat(folder, "parts", AT_REMOVEDIR);
    return cleared;
}

static bool clear_journals(struct results_error *error, int folder, const char *path)
{
    int list_fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = list_fd != -1 ? fdopendir(list_fd) : NULL;
    bool cleared = true;
    if (list == NULL) {
        if (list_fd != -1)
            close(list_fd);
        return true;
    }
    for (const struct dirent *entry = readdir(list); entry != NULL && cleared; entry = readdir(list))
        if (ends_in(entry->d_name, ".hwj"))
            cleared = remove_file(error, folder, path, entry->d_name);
    closedir(list);
    return cleared;
}

bool folder_clear(struct results_error *error, const char *path)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder == -1) {
        snprintf(error->text, sizeof error->text, "cannot open %s: %s", path, strerror(errno));
        return false;
    }
    /* A report.html without results beside it is not ours. */
    bool finished = faccessat(folder, "results.h5", F_OK, 0) == 0;
    bool cleared = clear_parts(error, folder, path) && clear_shards(error, folder, path) &&
                   clear_journals(error, folder, path) && remove_file(error, folder, path, "study.h5") && remove_file(error, folder, path, "results.h5") &&
                   (!finished || remove_file(error, folder, path, "report.html"));
    close(folder);
    return cleared;
}
