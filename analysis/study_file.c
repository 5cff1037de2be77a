/* study_file.c: a study described before it has rows, and a folder looked at while others write into it.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/study_file.h"

#include "analysis/fault.h"
#include "analysis/layout.h"
#include "analysis/rows.h"
#include "analysis/store.h"
#include "analysis/study_folder.h"
#include "analysis/study_match.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define WRITE_TRIES     5
#define FILE_PATH_BYTES (STUDY_FOLDER_PATH_BYTES + 300)

/* The two files that say what study a folder holds; the first one that is there counts. */
static const char *const file_names[] = {"study.h5", "results.h5"};
#define FILE_NAMES (sizeof file_names / sizeof file_names[0])

static void file_path(char path[FILE_PATH_BYTES], const char *folder, const char *name)
{
    snprintf(path, FILE_PATH_BYTES, "%.*s/%s", STUDY_FOLDER_PATH_BYTES, folder, name);
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static enum results_result match_file(struct results_error *error, const char *path, const struct results_study *study)
{
    struct results *there;
    if (access(path, F_OK) != 0) {
        return RESULTS_OK;
    }
    enum results_result result = results_open(&there, error, path);
    if (result == RESULTS_OK) {
        result = study_match(error, path, results_study(there), study);
        results_close(there);
    }
    return result;
}

static enum results_result write_study(struct results_error *error, const struct study_folder *folder,
                                       const struct results_study *study)
{
    struct results empty = {.study = *study};
    const struct layout_closing closing = {NULL, 0};
    char name[64];
    size_t length;
    uint8_t *image = layout_write(&length, &empty, &closing);
    if (image == NULL) {
        return fault_memory(error, folder->path);
    }
    /* Several processes may write it at once, each the same: each through a name of its own. Who opens the folder
     * meanwhile takes that for a leftover; then once more. */
    snprintf(name, sizeof name, "study.%ld.h5", (long)getpid());
    const struct store_place place = {folder->folder, folder->path, name};
    enum results_result result = RESULTS_OK;
    int renamed = -1;
    for (int i = 0; i < WRITE_TRIES && renamed != 0 && result == RESULTS_OK; i++) {
        result = store_write(error, &place, image, length, STORE_SEALED, STORE_AGAINST_POWER_LOSS);
        renamed = result == RESULTS_OK ? renameat(folder->folder, name, folder->folder, file_names[0]) : -1;
        if (renamed != 0 && errno != ENOENT) {
            break;
        }
    }
    free(image);
    if (result == RESULTS_OK && renamed != 0) {
        result = fault(error, RESULTS_IO, "%s/%s: cannot be written: %m", folder->path, file_names[0]);
        unlinkat(folder->folder, name, 0);
    }
    return result;
}

enum results_result study_file_write(struct results_error *error, const char *path, const struct results_study *study)
{
    struct study_folder folder;
    enum results_result result = layout_check_study(error, study);
    if (result == RESULTS_OK) {
        result = study_folder_name(&folder, error, path);
    }
    for (size_t i = 0; i < FILE_NAMES && result == RESULTS_OK; i++) {
        char file[FILE_PATH_BYTES];
        file_path(file, path, file_names[i]);
        result = match_file(error, file, study);
    }
    if (result == RESULTS_OK) {
        result = study_folder_create(&folder, error);
        if (result == RESULTS_OK) {
            result = write_study(error, &folder, study);
        }
        study_folder_close(&folder);
    }
    return result;
}

/* ---- looking ---------------------------------------------------------------------------------------------------- */

/* A folder that is looked at. */
struct peek {
    struct results *results;
    char shape[65];
};

static enum results_result take_row(void *data, struct results_error *error, struct results_row *row)
{
    struct peek *peek = data;
    if (results_find(peek->results, row->config, row->replication) != NULL) {
        free(row);
        return RESULTS_OK;
    }
    if (rows_insert(peek->results, row)) {
        return RESULTS_OK;
    }
    free(row);
    return fault_memory(error, "the rows");
}

static enum results_result take_rows_of_file(struct peek *peek, struct results_error *error, const char *path)
{
    struct results *there;
    if (access(path, F_OK) != 0) {
        return RESULTS_OK;
    }
    enum results_result result = results_open(&there, error, path);
    if (result != RESULTS_OK) {
        return result;
    }
    result = study_match(error, path, results_study(there), &peek->results->study);
    for (size_t i = 0; i < there->row_count && result == RESULTS_OK; i++) {
        struct results_row *row = there->rows[i];
        there->rows[i] = NULL;
        result = take_row(peek, error, row);
    }
    results_close(there);
    return result;
}

static enum results_result take_shards(struct peek *peek, struct results_error *error, const char *path)
{
    struct study_folder folder;
    bool there;
    enum results_result result = study_folder_name(&folder, error, path);
    if (result != RESULTS_OK) {
        return result;
    }
    result = study_folder_peek(&folder, error, &there);
    if (result == RESULTS_OK && there) {
        const struct shard_receiver receiver = {take_row, peek};
        const struct study_folder_reading reading = {&peek->results->study, peek->shape, &receiver, true};
        result = study_folder_read(&folder, error, &reading);
    }
    study_folder_close(&folder);
    return result;
}

/* Calls visit for DIR and for each of its parts, until it gives anything but OK. */
typedef enum results_result part_visitor(struct peek *peek, struct results_error *error, const char *path);
static enum results_result each_part(struct peek *peek, struct results_error *error, const char *path,
                                     part_visitor *visit)
{
    char parts[FILE_PATH_BYTES], part[FILE_PATH_BYTES + 300];
    enum results_result result = visit(peek, error, path);
    file_path(parts, path, "parts");
    DIR *list = opendir(parts);
    while (list != NULL && result == RESULTS_OK) {
        const struct dirent *entry = readdir(list);
        if (entry == NULL) {
            break;
        }
        if (entry->d_name[0] == '.') {
            continue;
        }
        snprintf(part, sizeof part, "%s/%s", parts, entry->d_name);
        result = visit(peek, error, part);
    }
    if (list != NULL) {
        closedir(list);
    }
    return result;
}

static enum results_result read_study(struct peek *peek, struct results_error *error, const char *path)
{
    for (size_t i = 0; i < FILE_NAMES; i++) {
        char file[FILE_PATH_BYTES];
        struct results *there;
        file_path(file, path, file_names[i]);
        if (access(file, F_OK) != 0) {
            continue;
        }
        enum results_result result = results_open(&there, error, file);
        if (result != RESULTS_OK) {
            return result;
        }
        bool copied = study_copy(&peek->results->study, &peek->results->pool, results_study(there));
        results_close(there);
        return copied ? RESULTS_OK : fault_memory(error, path);
    }
    return fault(error, RESULTS_IO, "%s: holds neither %s nor %s", path, file_names[0], file_names[1]);
}

enum results_result study_file_peek(struct results **results, struct results_error *error, const char *path)
{
    struct peek peek = {.results = rows_open()};
    char file[FILE_PATH_BYTES];
    *results = NULL;
    if (peek.results == NULL) {
        return fault_memory(error, path);
    }
    enum results_result result = read_study(&peek, error, path);
    if (result == RESULTS_OK) {
        study_shape(peek.shape, &peek.results->study);
        result = each_part(&peek, error, path, take_shards);
    }
    /* Last: shards are removed only after the file that holds them is there. */
    file_path(file, path, file_names[1]);
    if (result == RESULTS_OK) {
        result = take_rows_of_file(&peek, error, file);
    }
    if (result != RESULTS_OK) {
        results_close(peek.results);
        return result;
    }
    *results = peek.results;
    return RESULTS_OK;
}

/* MISMATCH: somebody holds its lock. */
static enum results_result try_lock(struct peek *peek, struct results_error *error, const char *path)
{
    char file[FILE_PATH_BYTES];
    (void)peek;
    (void)error;
    file_path(file, path, ".lock");
    int lock = open(file, O_RDONLY | O_CLOEXEC);
    if (lock < 0) {
        return RESULTS_OK;
    }
    bool busy = flock(lock, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(lock);
    return busy ? RESULTS_MISMATCH : RESULTS_OK;
}

bool study_file_is_busy(const char *path)
{
    return each_part(NULL, NULL, path, try_lock) != RESULTS_OK;
}
