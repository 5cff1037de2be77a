/* study_folder.h: a folder with shards in it: lock, names, reading them, removing them.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The folder of a study, and each of its parts (results.h), looks like this:
 *
 *   FOLDER/.lock                 held while somebody writes
 *   FOLDER/shards/c..-r...h5     finished rows
 */
#ifndef KONSENTO_ANALYSIS_STUDY_FOLDER_H
#define KONSENTO_ANALYSIS_STUDY_FOLDER_H

#include "analysis/results.h"
#include "analysis/shard.h"

#define STUDY_FOLDER_PATH_BYTES 4096

struct study_folder {
    char path[STUDY_FOLDER_PATH_BYTES], shards_path[STUDY_FOLDER_PATH_BYTES];
    int folder, shards, lock; /* open descriptors, -1: none */
};

/* Names it; nothing is opened. IO if the name is none. */
enum results_result study_folder_name(struct study_folder *folder, struct results_error *error, const char *path);
/* Creates the folder with those above it, and opens it. */
enum results_result study_folder_create(struct study_folder *folder, struct results_error *error);
/* The same, and takes its lock. */
enum results_result study_folder_open(struct study_folder *folder, struct results_error *error);
/* Opens what is there, takes no lock and creates nothing; *there says whether the folder exists. */
enum results_result study_folder_peek(struct study_folder *folder, struct results_error *error, bool *there);
void study_folder_close(struct study_folder *folder);

/* Creates and opens FOLDER/shards, unless that was done. */
enum results_result study_folder_open_shards(struct study_folder *folder, struct results_error *error);
/* Removes what a killed write left behind. */
void study_folder_remove_leftovers(const struct study_folder *folder);

/* What each shard of one folder is read for. gone_is_fine: a shard that vanishes meanwhile is none. */
struct study_folder_reading {
    const struct results_study *study;
    const char *shape;
    const struct shard_receiver *receiver;
    bool gone_is_fine;
};
/* Reads every shard in order of names, until one fails. */
enum results_result study_folder_read(const struct study_folder *folder, struct results_error *error,
                                      const struct study_folder_reading *reading);
/* Removes every shard, and FOLDER/shards if nothing else is in it. */
enum results_result study_folder_remove_shards(struct study_folder *folder, struct results_error *error);

#endif
