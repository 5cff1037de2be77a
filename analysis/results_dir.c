/* results_dir.c: the folder of a study: lock, shards, and the file they become.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   DIR/.lock                 held while the folder is open
 *   DIR/shards/c..-r...h5     finished rows, until
 *   DIR/results.h5            holds them all
 *
 * Every step is one rename, so a killed process leaves shards, a complete results.h5, or both; then the shards say
 * nothing that the file does not say, and are removed by the next finish.
 */
#include "analysis/fault.h"
#include "analysis/layout.h"
#include "analysis/rows.h"
#include "analysis/shard.h"
#include "analysis/store.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES   4096
#define RESULTS_NAME "results.h5"
#define SHARDS_NAME  "shards"

struct results_dir {
    char path[PATH_BYTES], shards_path[PATH_BYTES];
    char shape[65];
    int folder, shards, lock; /* open descriptors, -1: none */
    struct results *results;
    bool fresh; /* rows that results.h5 does not hold yet, or no results.h5 at all */
};

/* Creates a folder and those above it. Returns false with errno. */
static bool make_folders(const char *path)
{
    char part[PATH_BYTES];
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

static enum results_result open_shards(struct results_dir *dir, struct results_error *error)
{
    if (mkdirat(dir->folder, SHARDS_NAME, 0777) != 0 && errno != EEXIST) {
        return fault(error, RESULTS_IO, "%s: cannot create the folder: %m", dir->shards_path);
    }
    dir->shards = openat(dir->folder, SHARDS_NAME, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir->shards < 0) {
        return fault(error, RESULTS_IO, "%s: cannot open the folder: %m", dir->shards_path);
    }
    return RESULTS_OK;
}

/* Creates the folder, and takes its lock. */
static enum results_result open_folder(struct results_dir *dir, struct results_error *error)
{
    if (!make_folders(dir->path)) {
        return fault(error, RESULTS_IO, "%s: cannot create the folder: %m", dir->path);
    }
    dir->folder = open(dir->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir->folder < 0) {
        return fault(error, RESULTS_IO, "%s: cannot open the folder: %m", dir->path);
    }
    dir->lock = openat(dir->folder, ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (dir->lock < 0) {
        return fault(error, RESULTS_IO, "%s: cannot write into the folder: %m", dir->path);
    }
    if (flock(dir->lock, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK
                   ? fault(error, RESULTS_IO, "%s: another process is writing into this folder", dir->path)
                   : fault(error, RESULTS_IO, "%s: cannot lock the folder: %m", dir->path);
    }
    return RESULTS_OK;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* What is left of a write that was killed. */
static void remove_leftovers(const struct results_dir *dir)
{
    unlinkat(dir->folder, RESULTS_NAME ".tmp", 0);
    DIR *list = fdopendir(dup(dir->shards));
    if (list == NULL) {
        return; /* a leftover does no harm: it is overwritten or ignored */
    }
    rewinddir(list);
    for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
        if (ends_with(entry->d_name, ".h5.tmp")) {
            unlinkat(dir->shards, entry->d_name, 0);
        }
    }
    closedir(list);
}

/* Takes a row from disk, unless it is there already; then both must tell the same. */
static enum results_result receive_row(void *data, struct results_error *error, struct results_row *row)
{
    struct results_dir *dir = data;
    const struct results_row *there = results_find(dir->results, row->config, row->replication);
    if (there != NULL) {
        bool same = memcmp(there->digest, row->digest, sizeof row->digest) == 0;
        enum results_result result =
            same ? RESULTS_OK
                 : fault(error, RESULTS_FORMAT, "%s: two different results for configuration %u, replication %u",
                         dir->path, row->config, row->replication);
        free(row);
        return result;
    }
    if (!rows_insert(dir->results, row)) {
        free(row);
        return fault_memory(error, dir->path);
    }
    dir->fresh = true;
    return RESULTS_OK;
}

static const char *part_text(const struct results_study *study, const char *name)
{
    for (size_t i = 0; i < study->identity_part_count; i++) {
        if (strcmp(study->identity_parts[i].name, name) == 0) {
            return study->identity_parts[i].text;
        }
    }
    return "(none)";
}

/* "scenario differs; seed is 42 there, 7 here": short values in full, hashes by name. */
static void describe_difference(char *text, size_t size, const struct results_study *there,
                                const struct results_study *here)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < here->identity_part_count && used < size; i++) {
        const char *name = here->identity_parts[i].name, *ours = here->identity_parts[i].text;
        const char *theirs = part_text(there, name), *comma = used > 0 ? "; " : "";
        if (strcmp(ours, theirs) == 0) {
            continue;
        }
        bool shown = strlen(ours) <= 32 && strlen(theirs) <= 32;
        int count = shown ? snprintf(text + used, size - used, "%s%s is %s there, %s here", comma, name, theirs, ours)
                          : snprintf(text + used, size - used, "%s%s differs", comma, name);
        used += (size_t)count;
    }
    if (used == 0) {
        snprintf(text, size, "identity is %.16s there, %.16s here", there->identity, here->identity);
    }
}

static enum results_result check_same_study(const struct results_dir *dir, struct results_error *error,
                                            const struct results_study *there)
{
    const struct results_study *here = &dir->results->study;
    char shape[65];
    if (strcmp(there->identity, here->identity) != 0) {
        char difference[300];
        describe_difference(difference, sizeof difference, there, here);
        return fault(error, RESULTS_MISMATCH, "%.120s: holds another study: %s", dir->path, difference);
    }
    study_shape(shape, there);
    if (strcmp(shape, dir->shape) != 0) {
        return fault(error, RESULTS_MISMATCH,
                     "%s/" RESULTS_NAME ": was made by another build: its metrics or sizes differ", dir->path);
    }
    return RESULTS_OK;
}

/* Adopts the rows of a complete file. */
static enum results_result read_results(struct results_dir *dir, struct results_error *error)
{
    struct stat status;
    if (fstatat(dir->folder, RESULTS_NAME, &status, 0) != 0 && errno == ENOENT) {
        dir->fresh = true;
        return RESULTS_OK;
    }
    char path[PATH_BYTES + sizeof "/" RESULTS_NAME];
    snprintf(path, sizeof path, "%s/" RESULTS_NAME, dir->path);
    struct results *there;
    enum results_result result = results_open(&there, error, path);
    if (result != RESULTS_OK) {
        return result;
    }
    result = check_same_study(dir, error, results_study(there));
    for (size_t i = 0; result == RESULTS_OK && i < there->row_count; i++) {
        struct results_row *row = there->rows[i];
        there->rows[i] = NULL; /* now ours */
        result = receive_row(dir, error, row);
    }
    results_close(there);
    dir->fresh = false;
    return result;
}

static int is_shard(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && ends_with(entry->d_name, ".h5");
}

/* Calls visit for each shard's name, in order of names, until it fails. */
static enum results_result each_shard(struct results_dir *dir, struct results_error *error,
                                      enum results_result (*visit)(struct results_dir *, struct results_error *,
                                                                   const char *name))
{
    struct dirent **entries;
    int count = scandirat(dir->folder, SHARDS_NAME, &entries, is_shard, alphasort);
    if (count < 0) {
        return fault(error, errno == ENOMEM ? RESULTS_MEMORY : RESULTS_IO, "%s: cannot be listed: %m",
                     dir->shards_path);
    }
    enum results_result result = RESULTS_OK;
    for (int i = 0; i < count; i++) {
        if (result == RESULTS_OK) {
            result = visit(dir, error, entries[i]->d_name);
        }
        free(entries[i]);
    }
    free(entries);
    return result;
}

static enum results_result read_shard(struct results_dir *dir, struct results_error *error, const char *name)
{
    char path[PATH_BYTES + 256 + 1];
    snprintf(path, sizeof path, "%s/%s", dir->shards_path, name);
    struct shard_receiver receiver = {receive_row, dir};
    return shard_read(error, path, &dir->results->study, dir->shape, &receiver);
}

static enum results_result remove_shard(struct results_dir *dir, struct results_error *error, const char *name)
{
    if (unlinkat(dir->shards, name, 0) != 0 && errno != ENOENT) {
        return fault(error, RESULTS_IO, "%s/%s: cannot be removed: %m", dir->shards_path, name);
    }
    return RESULTS_OK;
}

static enum results_result load(struct results_dir *dir, struct results_error *error)
{
    enum results_result result = open_folder(dir, error);
    if (result == RESULTS_OK) {
        result = read_results(dir, error);
    }
    if (result == RESULTS_OK) {
        result = open_shards(dir, error);
    }
    if (result != RESULTS_OK) {
        return result;
    }
    remove_leftovers(dir);
    return each_shard(dir, error, read_shard);
}

enum results_result results_dir_open(struct results_dir **dir, struct results_error *error, const char *path,
                                     const struct results_study *study)
{
    *dir = NULL;
    if (path[0] == '\0' || strlen(path) >= PATH_BYTES - 32) {
        return fault(error, RESULTS_IO, "\"%.200s\": is no folder name, or too long a one", path);
    }
    enum results_result result = layout_check_study(error, study);
    if (result != RESULTS_OK) {
        return result;
    }
    struct results_dir *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return fault_memory(error, path);
    }
    made->folder = made->shards = made->lock = -1;
    snprintf(made->path, sizeof made->path, "%s", path);
    snprintf(made->shards_path, sizeof made->shards_path, "%.*s/" SHARDS_NAME, PATH_BYTES - 16, path);
    made->results = rows_open();
    bool good = made->results != NULL && study_copy(&made->results->study, &made->results->pool, study);
    study_shape(made->shape, study);
    result = good ? load(made, error) : fault_memory(error, path);
    if (result != RESULTS_OK) {
        results_dir_close(made);
        return result;
    }
    *dir = made;
    return RESULTS_OK;
}

static void close_descriptor(int descriptor)
{
    if (descriptor >= 0) {
        close(descriptor);
    }
}

void results_dir_close(struct results_dir *dir)
{
    if (dir == NULL) {
        return;
    }
    if (dir->shards >= 0) {
        unlinkat(dir->folder, SHARDS_NAME, AT_REMOVEDIR); /* if it is empty; still under the lock */
    }
    close_descriptor(dir->shards);
    close_descriptor(dir->folder);
    close_descriptor(dir->lock);
    results_close(dir->results);
    free(dir);
}

bool results_dir_has(const struct results_dir *dir, uint32_t config, uint32_t replication)
{
    return results_find(dir->results, config, replication) != NULL;
}

size_t results_dir_count(const struct results_dir *dir)
{
    return dir->results->row_count;
}

const struct results *results_dir_results(const struct results_dir *dir)
{
    return dir->results;
}

enum results_result results_dir_hold(struct results_dir *dir, struct results_error *error,
                                     const struct results_row *rows, size_t row_count)
{
    for (size_t i = 0; i < row_count; i++) {
        assert(rows[i].config < dir->results->study.config_count);
        struct results_row *row = row_copy(&dir->results->study, &rows[i]);
        if (row == NULL || !rows_insert(dir->results, row)) {
            free(row);
            for (size_t j = 0; j < i; j++) {
                rows_remove(dir->results, rows[j].config, rows[j].replication);
            }
            return fault_memory(error, dir->path);
        }
        dir->fresh = true;
    }
    return RESULTS_OK;
}

/* The rows just held, as a shard. */
static enum results_result write_held(struct results_dir *dir, struct results_error *error,
                                      const struct results_row *rows, size_t row_count)
{
    const struct results_row **held = calloc(row_count, sizeof *held);
    if (held == NULL) {
        return fault_memory(error, dir->path);
    }
    for (size_t i = 0; i < row_count; i++) {
        held[i] = results_find(dir->results, rows[i].config, rows[i].replication);
    }
    char name[SHARD_NAME_BYTES];
    shard_name(name, held[0]);
    struct store_place place = {dir->shards, dir->shards_path, name};
    enum results_result result = shard_write(error, &place, &dir->results->study, dir->shape, held, row_count);
    free(held);
    return result;
}

enum results_result results_dir_add(struct results_dir *dir, struct results_error *error,
                                    const struct results_row *rows, size_t row_count)
{
    if (row_count == 0) {
        return RESULTS_OK;
    }
    enum results_result result = dir->shards < 0 ? open_shards(dir, error) : RESULTS_OK;
    if (result == RESULTS_OK) {
        result = results_dir_hold(dir, error, rows, row_count);
    }
    if (result != RESULTS_OK) {
        return result;
    }
    result = write_held(dir, error, rows, row_count);
    for (size_t i = 0; result != RESULTS_OK && i < row_count; i++) {
        rows_remove(dir->results, rows[i].config, rows[i].replication);
    }
    return result;
}

static enum results_result write_results(struct results_dir *dir, struct results_error *error,
                                         const struct layout_closing *closing)
{
    enum results_result result = layout_check_closing(error, closing);
    if (result != RESULTS_OK) {
        return result;
    }
    size_t length;
    uint8_t *image = layout_write(&length, dir->results, closing);
    if (image == NULL) {
        return fault_memory(error, dir->path);
    }
    struct store_place place = {dir->folder, dir->path, RESULTS_NAME};
    result = store_write(error, &place, image, length, STORE_SEALED, STORE_AGAINST_POWER_LOSS);
    free(image);
    return result;
}

enum results_result results_dir_finish(struct results_dir *dir, struct results_error *error,
                                       const struct results_text *closing_attributes, size_t closing_count)
{
    struct layout_closing closing = {closing_attributes, closing_count};
    enum results_result result = dir->fresh ? write_results(dir, error, &closing) : RESULTS_OK;
    if (result != RESULTS_OK) {
        return result;
    }
    dir->fresh = false;
    if (dir->shards < 0) {
        return RESULTS_OK;
    }
    result = each_shard(dir, error, remove_shard);
    close(dir->shards);
    dir->shards = -1;
    unlinkat(dir->folder, SHARDS_NAME, AT_REMOVEDIR); /* stays if somebody put a file of their own there */
    return result;
}
