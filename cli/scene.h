/* scene.h: the scenario of each point of a sweep, loaded when it is needed and kept for a while.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A point is the scenario file with the axes' values set. A sweep may have thousands of them, so a few are kept loaded
 * at a time. Each is loaded once at the start to learn what it is; loaded again later it must be the same, or the file
 * has changed while the sweep was running.
 */
#ifndef KONSENTO_CLI_SCENE_H
#define KONSENTO_CLI_SCENE_H

#include "cli/loaded.h"
#include "cli/plan.h"
#include "cli/request.h"
#include "cli/unit.h"

#include <pthread.h>

#define SCENE_HASH_BYTES 65

/* One point, loaded. */
struct scene {
    size_t point;
    struct arguments *arguments; /* with the axes' values as --set */
    struct loaded loaded;
    struct request request;
    char *repeat;
    struct unit_order order;
    char **settings; /* the axes' values, NAME=VALUE */
    unsigned users;
    uint64_t used; /* the larger, the later */
    struct scene *next;
};

struct scenes {
    const struct arguments *arguments;
    const struct plan *plan;
    struct trace trace;
    char (*hashes)[SCENE_HASH_BYTES]; /* per point: what it was when first loaded, "" before */
    size_t series_length;             /* for the unit orders; set once it is known */
    pthread_mutex_t lock;
    struct scene *first;
    size_t idle_max; /* kept although nobody uses them */
    bool is_quiet;   /* notes of scenarios are not told */
    uint64_t uses;
};

/* Returns false when memory is out, or with the reason told. Owns: scenes_close. */
bool scenes_open(struct scenes *scenes, const struct arguments *arguments, const struct plan *plan);
void scenes_close(struct scenes *scenes);

/* The point, loaded: NULL with every error told. Any thread may ask. Owns: scene_give. */
struct scene *scene_take(struct scenes *scenes, size_t point);
void scene_give(struct scenes *scenes, struct scene *scene);

#endif
