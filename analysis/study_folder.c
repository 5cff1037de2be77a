/* study_folder.c: a folder with shards in it.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/study_folder.h"

#include "analysis/fault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHARDS_NAME "shards"
#define LOCK_TRIES  1000

enum results_result study_folder_name(struct study_folder *folder, struct results_error *error, const char *path)
{
    folder->folder = folder->shards = folder->lock = -1;
    if (path[0] == '\0' || strlen(path) >= STUDY_FOLDER_PATH_BYTES - 32) {
        return fault(error, RESULTS_IO, "\"%.200s\": is no folder name, or too long a one", path);
    }
    snprintf(folder->path, sizeof folder->path, "%s", path);
    snprintf(folder->shards_path, sizeof folder->shards_path, "%.*s/" SHARDS_NAME, STUDY_FOLDER_PATH_BYTES - 16, path);
    return RESULTS_OK;
}

/* Creates a folder and those above it. Returns false with errno. */
static bool make_folders(const char *path)
{
    char part[STUDY_FOLDER_PATH_BYTES];
    size_t length = strlen(path);
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0') {
            continue;
        }
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST) {
            return false;
        }
    }
    return true;
}

enum results_result study_folder_create(struct study_folder *folder, struct results_error *error)
{
    if (!make_folders(folder->path)) {
        return fault(error, RESULTS_IO, "%s: cannot create the folder: %m", folder->path);
    }
    folder->folder = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->folder < 0) {
        return fault(error, RESULTS_IO, "%s: cannot open the folder: %m", folder->path);
    }
    return RESULTS_OK;
}

enum results_result study_folder_open(struct study_folder *folder, struct results_error *error)
{
    enum results_result result = study_folder_create(folder, error);
    if (result != RESULTS_OK) {
        return result;
    }
    folder->lock = openat(folder->folder, ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (folder->lock < 0) {
        return fault(error, RESULTS_IO, "%s: cannot write into the folder: %m", folder->path);
    }
    /* Who only looks whether somebody writes (study_file_is_busy) holds it for a moment. */
    int locked = flock(folder->lock, LOCK_EX | LOCK_NB);
    for (int i = 0; i < LOCK_TRIES && locked != 0 && errno == EWOULDBLOCK; i++) {
        sched_yield();
        locked = flock(folder->lock, LOCK_EX | LOCK_NB);
    }
    if (locked != 0) {
        return errno == EWOULDBLOCK
                   ? fault(error, RESULTS_IO, "%s: another process is writing into this folder", folder->path)
                   : fault(error, RESULTS_IO, "%s: cannot lock the folder: %m", folder->path);
    }
    return RESULTS_OK;
}

enum results_result study_folder_peek(struct study_folder *folder, struct results_error *error, bool *there)
{
    folder->folder = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *there = folder->folder >= 0;
    if (*there) {
        folder->shards = openat(folder->folder, SHARDS_NAME, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    } else if (errno != ENOENT && errno != ENOTDIR) {
        return fault(error, RESULTS_IO, "%s: cannot open the folder: %m", folder->path);
    }
    return RESULTS_OK;
}

static void close_descriptor(int *descriptor)
{
    if (*descriptor >= 0) {
        close(*descriptor);
    }
    *descriptor = -1;
}

void study_folder_close(struct study_folder *folder)
{
    if (folder->shards >= 0 && folder->lock >= 0) {
        unlinkat(folder->folder, SHARDS_NAME, AT_REMOVEDIR); /* if it is empty; still under the lock */
    }
    close_descriptor(&folder->shards);
    close_descriptor(&folder->folder);
    close_descriptor(&folder->lock);
}

enum results_result study_folder_open_shards(struct study_folder *folder, struct results_error *error)
{
    if (folder->shards >= 0) {
        return RESULTS_OK;
    }
    if (mkdirat(folder->folder, SHARDS_NAME, 0777) != 0 && errno != EEXIST) {
        return fault(error, RESULTS_IO, "%s: cannot create the folder: %m", folder->shards_path);
    }
    folder->shards = openat(folder->folder, SHARDS_NAME, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->shards < 0) {
        return fault(error, RESULTS_IO, "%s: cannot open the folder: %m", folder->shards_path);
    }
    return RESULTS_OK;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* A study.h5 on its way (study_file.c): "study.1234.h5", "study.1234.h5.tmp". */
static bool is_study_on_its_way(const char *name)
{
    return strncmp(name, "study.", 6) == 0 && strcmp(name, "study.h5") != 0 &&
           (ends_with(name, ".h5") || ends_with(name, ".h5.tmp"));
}

static bool is_shard_on_its_way(const char *name)
{
    return ends_with(name, ".h5.tmp");
}

/* A leftover does no harm: what cannot be removed is overwritten or ignored. */
static void remove_those(int folder, bool (*is_one)(const char *name))
{
    DIR *list = fdopendir(dup(folder));
    if (list == NULL) {
        return;
    }
    rewinddir(list);
    for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
        if (is_one(entry->d_name)) {
            unlinkat(folder, entry->d_name, 0);
        }
    }
    closedir(list);
}

void study_folder_remove_leftovers(const struct study_folder *folder)
{
    unlinkat(folder->folder, "results.h5.tmp", 0);
    remove_those(folder->folder, is_study_on_its_way);
    remove_those(folder->shards, is_shard_on_its_way);
}

static int is_shard(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && ends_with(entry->d_name, ".h5");
}

/* Calls visit for each shard's name, in order of names, until it fails. */
typedef enum results_result visitor(const struct study_folder *folder, struct results_error *error, const char *name,
                                    const struct study_folder_reading *reading);
static enum results_result each_shard(const struct study_folder *folder, struct results_error *error, visitor *visit,
                                      const struct study_folder_reading *reading)
{
    struct dirent **entries;
    if (folder->shards < 0) {
        return RESULTS_OK;
    }
    int count = scandirat(folder->shards, ".", &entries, is_shard, alphasort);
    if (count < 0) {
        return fault(error, errno == ENOMEM ? RESULTS_MEMORY : RESULTS_IO, "%s: cannot be listed: %m",
                     folder->shards_path);
    }
    enum results_result result = RESULTS_OK;
    for (int i = 0; i < count; i++) {
        if (result == RESULTS_OK) {
            result = visit(folder, error, entries[i]->d_name, reading);
        }
        free(entries[i]);
    }
    free(entries);
    return result;
}

static enum results_result read_shard(const struct study_folder *folder, struct results_error *error, const char *name,
                                      const struct study_folder_reading *reading)
{
    char path[STUDY_FOLDER_PATH_BYTES + 256 + 1];
    snprintf(path, sizeof path, "%s/%s", folder->shards_path, name);
    enum results_result result = shard_read(error, path, reading->study, reading->shape, reading->receiver);
    if (result != RESULTS_OK && reading->gone_is_fine && faccessat(folder->shards, name, F_OK, 0) != 0) {
        return RESULTS_OK;
    }
    return result;
}

enum results_result study_folder_read(const struct study_folder *folder, struct results_error *error,
                                      const struct study_folder_reading *reading)
{
    return each_shard(folder, error, read_shard, reading);
}

static enum results_result remove_shard(const struct study_folder *folder, struct results_error *error,
                                        const char *name, const struct study_folder_reading *reading)
{
    (void)reading;
    if (unlinkat(folder->shards, name, 0) != 0 && errno != ENOENT) {
        return fault(error, RESULTS_IO, "%s/%s: cannot be removed: %m", folder->shards_path, name);
    }
    return RESULTS_OK;
}

enum results_result study_folder_remove_shards(struct study_folder *folder, struct results_error *error)
{
    if (folder->shards < 0) {
        return RESULTS_OK;
    }
    enum results_result result = each_shard(folder, error, remove_shard, NULL);
    close_descriptor(&folder->shards);
    unlinkat(folder->folder, SHARDS_NAME, AT_REMOVEDIR); /* stays if somebody put a file of their own there */
    return result;
}
