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
#include "analysis/store.h"
#include "analysis/study_folder.h"
#include "analysis/study_match.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RESULTS_NAME "results.h5"
#define PARTS_NAME   "parts"

struct results_dir {
    struct study_folder main;
    char shape[65];
    struct results *results;
    bool fresh; /* rows that results.h5 does not hold yet, or no results.h5 at all */
    struct study_folder **parts;
    size_t part_count;
};

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
                         dir->main.path, row->config, row->replication);
        free(row);
        return result;
    }
    if (!rows_insert(dir->results, row)) {
        free(row);
        return fault_memory(error, dir->main.path);
    }
    dir->fresh = true;
    return RESULTS_OK;
}

/* Adopts the rows of a complete file. */
static enum results_result read_results(struct results_dir *dir, struct results_error *error)
{
    struct stat status;
    if (fstatat(dir->main.folder, RESULTS_NAME, &status, 0) != 0 && errno == ENOENT) {
        dir->fresh = true;
        return RESULTS_OK;
    }
    char path[STUDY_FOLDER_PATH_BYTES + sizeof "/" RESULTS_NAME];
    snprintf(path, sizeof path, "%s/" RESULTS_NAME, dir->main.path);
    struct results *there;
    enum results_result result = results_open(&there, error, path);
    if (result != RESULTS_OK) {
        return result;
    }
    result = study_match(error, path, results_study(there), &dir->results->study);
    for (size_t i = 0; result == RESULTS_OK && i < there->row_count; i++) {
        struct results_row *row = there->rows[i];
        there->rows[i] = NULL; /* now ours */
        result = receive_row(dir, error, row);
    }
    results_close(there);
    dir->fresh = false;
    return result;
}

static enum results_result read_shards(struct results_dir *dir, struct results_error *error,
                                       const struct study_folder *folder)
{
    const struct shard_receiver receiver = {receive_row, dir};
    const struct study_folder_reading reading = {
        .study = &dir->results->study, .shape = dir->shape, .receiver = &receiver};
    return study_folder_read(folder, error, &reading);
}

static enum results_result load(struct results_dir *dir, struct results_error *error)
{
    enum results_result result = study_folder_open(&dir->main, error);
    if (result == RESULTS_OK) {
        result = read_results(dir, error);
    }
    if (result == RESULTS_OK) {
        result = study_folder_open_shards(&dir->main, error);
    }
    if (result != RESULTS_OK) {
        return result;
    }
    study_folder_remove_leftovers(&dir->main);
    return read_shards(dir, error, &dir->main);
}

enum results_result results_dir_open(struct results_dir **dir, struct results_error *error, const char *path,
                                     const struct results_study *study)
{
    *dir = NULL;
    enum results_result result = layout_check_study(error, study);
    if (result != RESULTS_OK) {
        return result;
    }
    struct results_dir *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return fault_memory(error, path);
    }
    result = study_folder_name(&made->main, error, path);
    if (result != RESULTS_OK) {
        free(made);
        return result;
    }
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

void results_dir_close(struct results_dir *dir)
{
    if (dir == NULL) {
        return;
    }
    for (size_t i = 0; i < dir->part_count; i++) {
        study_folder_close(dir->parts[i]);
        free(dir->parts[i]);
    }
    free(dir->parts);
    study_folder_close(&dir->main);
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
            return fault_memory(error, dir->main.path);
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
        return fault_memory(error, dir->main.path);
    }
    for (size_t i = 0; i < row_count; i++) {
        held[i] = results_find(dir->results, rows[i].config, rows[i].replication);
    }
    char name[SHARD_NAME_BYTES];
    shard_name(name, held[0]);
    struct store_place place = {dir->main.shards, dir->main.shards_path, name};
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
    enum results_result result = study_folder_open_shards(&dir->main, error);
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

/* ---- parts ------------------------------------------------------------------------------------------------------ */

/* Locks one part and takes its rows. */
static enum results_result adopt_part(struct results_dir *dir, struct results_error *error, const char *name)
{
    char path[STUDY_FOLDER_PATH_BYTES + 256 + sizeof PARTS_NAME + 2];
    struct study_folder **parts = realloc(dir->parts, (dir->part_count + 1) * sizeof(struct study_folder *));
    struct study_folder *part = calloc(1, sizeof *part);
    if (parts != NULL) {
        dir->parts = parts;
    }
    if (parts == NULL || part == NULL) {
        free(part);
        return fault_memory(error, dir->main.path);
    }
    snprintf(path, sizeof path, "%s/" PARTS_NAME "/%s", dir->main.path, name);
    enum results_result result = study_folder_name(part, error, path);
    if (result != RESULTS_OK) {
        free(part);
        return result;
    }
    dir->parts[dir->part_count++] = part;
    result = study_folder_open(part, error);
    if (result == RESULTS_OK) {
        result = study_folder_open_shards(part, error);
    }
    if (result != RESULTS_OK) {
        return result;
    }
    study_folder_remove_leftovers(part);
    return read_shards(dir, error, part);
}

static int is_part(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

enum results_result results_dir_adopt_parts(struct results_dir *dir, struct results_error *error)
{
    struct dirent **entries;
    while (dir->part_count > 0) {
        dir->part_count--;
        study_folder_close(dir->parts[dir->part_count]);
        free(dir->parts[dir->part_count]);
    }
    int count = scandirat(dir->main.folder, PARTS_NAME, &entries, is_part, alphasort);
    if (count < 0) {
        return errno == ENOENT ? RESULTS_OK
                               : fault(error, RESULTS_IO, "%s/" PARTS_NAME ": cannot be listed: %m", dir->main.path);
    }
    enum results_result result = RESULTS_OK;
    for (int i = 0; i < count; i++) {
        if (result == RESULTS_OK) {
            result = adopt_part(dir, error, entries[i]->d_name);
        }
        free(entries[i]);
    }
    free(entries);
    return result;
}

/* What it held is in results.h5 now. */
static enum results_result remove_part(const struct results_dir *dir, struct results_error *error,
                                       struct study_folder *part)
{
    enum results_result result = study_folder_remove_shards(part, error);
    if (result == RESULTS_OK) {
        unlinkat(part->folder, ".lock", 0);
        unlinkat(dir->main.folder, part->path + strlen(dir->main.path) + 1, AT_REMOVEDIR);
    }
    return result;
}

/* ---- the file they become --------------------------------------------------------------------------------------- */

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
        return fault_memory(error, dir->main.path);
    }
    struct store_place place = {dir->main.folder, dir->main.path, RESULTS_NAME};
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
    result = study_folder_remove_shards(&dir->main, error);
    for (size_t i = 0; i < dir->part_count && result == RESULTS_OK; i++) {
        result = remove_part(dir, error, dir->parts[i]);
    }
    if (dir->part_count > 0) {
        unlinkat(dir->main.folder, PARTS_NAME, AT_REMOVEDIR); /* stays while somebody is at work there */
    }
    return result;
}
