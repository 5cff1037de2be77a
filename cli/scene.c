/* scene.c: the scenario of each point of a sweep, loaded when it is needed and kept for a while.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/scene.h"

#include "cli/describe.h"
#include "cli/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDLE_MAX 16

bool scenes_open(struct scenes *scenes, const struct arguments *arguments, const struct plan *plan)
{
    const struct trace_words words = {
        .kinds = arguments->given[OPTION_EVENTS] ? arguments->text[OPTION_EVENTS] : NULL,
        .ranges = arguments->given[OPTION_TRACE_REPS] ? arguments->text[OPTION_TRACE_REPS] : NULL,
        .chain = arguments->given[OPTION_CHAIN],
    };
    char why[256];
    memset(scenes, 0, sizeof *scenes);
    scenes->arguments = arguments;
    scenes->plan = plan;
    scenes->idle_max = IDLE_MAX;
    scenes->is_quiet = arguments->given[OPTION_QUIET];
    pthread_mutex_init(&scenes->lock, NULL);
    if (!trace_parse(&scenes->trace, why, sizeof why, &words)) {
        complain("sweep: %s", why);
        return false;
    }
    scenes->hashes = calloc(plan->point_count + 1, sizeof *scenes->hashes);
    if (scenes->hashes == NULL)
        complain("memory is out");
    return scenes->hashes != NULL;
}

static void scene_free(struct scene *scene)
{
    for (size_t i = 0; scene->settings != NULL && scene->settings[i] != NULL; i++)
        free(scene->settings[i]);
    free(scene->settings);
    free(scene->arguments);
    free(scene->repeat);
    free(scene);
}

static void scene_unload(struct scene *scene)
{
    loaded_close(&scene->loaded);
    scene_free(scene);
}

void scenes_close(struct scenes *scenes)
{
    while (scenes->first != NULL) {
        struct scene *scene = scenes->first;
        scenes->first = scene->next;
        scene_unload(scene);
    }
    free(scenes->hashes);
    pthread_mutex_destroy(&scenes->lock);
}

/* ---- loading ---------------------------------------------------------------------------------------------------- */

/* The command line with the axes' values behind the user's own --set. */
static bool set_axes(struct scene *scene, const struct scenes *scenes)
{
    const struct plan *plan = scenes->plan;
    scene->arguments = malloc(sizeof *scene->arguments);
    scene->settings = calloc(plan->axis_count + 1, sizeof *scene->settings);
    if (scene->arguments == NULL || scene->settings == NULL)
        return false;
    *scene->arguments = *scenes->arguments;
    for (size_t i = 0; i < plan->axis_count; i++) {
        if (asprintf(&scene->settings[i], "%s=%s", plan->axes[i].name, plan_value(plan, scene->point, i)) < 0) {
            scene->settings[i] = NULL;
            return false;
        }
        scene->arguments->settings[scene->arguments->setting_count++] = scene->settings[i];
    }
    return true;
}

static bool make_orders(struct scene *scene, const struct scenes *scenes)
{
    const struct arguments *arguments = scene->arguments;
    const struct scenario *scenario = &scene->loaded.scenario;
    scene->request = (struct request){
        .arguments = arguments,
        .path = arguments->words[0],
        .scenario = scenario,
        .input = scene->loaded.input,
        .trace = scenes->trace,
        .seed = arguments->given[OPTION_SEED] ? arguments->number[OPTION_SEED] : scenario->seed,
        .tie_fuzz = arguments->number[OPTION_TIE_FUZZ],
        .replications = scenario->replications,
    };
    scene->repeat = request_command(&scene->request, REQUEST_WITHOUT_REPLICATIONS);
    scene->order = (struct unit_order){
        .scenario = scenario,
        .input = scene->loaded.input,
        .trace = &scenes->trace,
        .seed = scene->request.seed,
        .tie_fuzz = scene->request.tie_fuzz,
        .series_length = scenes->series_length,
        .repeat = scene->repeat,
    };
    return scene->repeat != NULL;
}

/* What a point is, in one hash: the completed scenario, what its functions may do, its data. */
static bool hash_point(char hash[SCENE_HASH_BYTES], const struct scene *scene)
{
    struct pool pool = {.failed = false};
    const char *text = describe_point_hash(&pool, &scene->request);
    if (text != NULL)
        snprintf(hash, SCENE_HASH_BYTES, "%s", text);
    pool_close(&pool);
    return text != NULL;
}

static bool check_same(struct scenes *scenes, const struct scene *scene)
{
    char hash[SCENE_HASH_BYTES], *before = scenes->hashes[scene->point];
    if (!hash_point(hash, scene)) {
        complain("memory is out");
        return false;
    }
    if (*before == '\0')
        memcpy(before, hash, SCENE_HASH_BYTES);
    if (memcmp(before, hash, SCENE_HASH_BYTES) == 0)
        return true;
    complain("%s, or a file that it reads, has changed while the sweep was running", scene->request.path);
    return false;
}

static void tell_point(const struct scene *scene)
{
    fputs("konsento: at the point ", stderr);
    for (size_t i = 0; scene->settings[i] != NULL; i++)
        fprintf(stderr, "%s%s", i > 0 ? ", " : "", scene->settings[i]);
    fputc('\n', stderr);
}

static struct scene *load(struct scenes *scenes, size_t point)
{
    struct scene *scene = calloc(1, sizeof *scene);
    if (scene != NULL)
        scene->point = point;
    if (scene == NULL || !set_axes(scene, scenes)) {
        complain("memory is out");
        if (scene != NULL)
            scene_free(scene);
        return NULL;
    }
    /* Notes are told once. */
    bool tells = point == 0 && scenes->hashes[0][0] == '\0' && !scenes->is_quiet;
    if (loaded_open(&scene->loaded, scene->arguments, scene->arguments->words[0], tells ? LOADED_PLAIN : LOADED_QUIET) >
        0) {
        if (scene->settings[0] != NULL)
            tell_point(scene);
        scene_free(scene);
        return NULL;
    }
    if (!loaded_runs_without_devices(&scene->loaded, scene->arguments->words[0]) || !make_orders(scene, scenes) ||
        !check_same(scenes, scene)) {
        scene_unload(scene);
        return NULL;
    }
    return scene;
}

/* ---- keeping ---------------------------------------------------------------------------------------------------- */

/* Of those that nobody uses, lets the one go that was used longest ago, if there are too many. */
static void drop_idle(struct scenes *scenes)
{
    struct scene **oldest = NULL;
    size_t idle = 0;
    for (struct scene **link = &scenes->first; *link != NULL; link = &(*link)->next) {
        if ((*link)->users > 0)
            continue;
        idle++;
        if (oldest == NULL || (*link)->used < (*oldest)->used)
            oldest = link;
    }
    if (idle <= scenes->idle_max)
        return;
    struct scene *scene = *oldest;
    *oldest = scene->next;
    scene_unload(scene);
}

struct scene *scene_take(struct scenes *scenes, size_t point)
{
    pthread_mutex_lock(&scenes->lock);
    struct scene *scene = scenes->first;
    while (scene != NULL && scene->point != point)
        scene = scene->next;
    if (scene == NULL) {
        scene = load(scenes, point);
        if (scene != NULL) {
            scene->next = scenes->first;
            scenes->first = scene;
        }
    }
    if (scene != NULL) {
        scene->users++;
        scene->used = ++scenes->uses;
    }
    drop_idle(scenes);
    pthread_mutex_unlock(&scenes->lock);
    return scene;
}

void scene_give(struct scenes *scenes, struct scene *scene)
{
    pthread_mutex_lock(&scenes->lock);
    scene->users--;
    pthread_mutex_unlock(&scenes->lock);
}
