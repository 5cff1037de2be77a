/* world_input.c: the files a config names, read once for all threads.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/build.h"
#include "models/chain/room.h"
#include "models/fleet/history.h"
#include "models/fleet/profile_text.h"
#include "models/fleet/resample.h"
#include "models/host/abroad.h"
#include "models/network/graph_made.h"
#include "models/network/graph_read.h"
#include "models/site/tariff_csv.h"

#include <assert.h>
#include <errno.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_SIZE_MAX (INT64_C(1) << 30)

#define FILES_MAX 5

struct input_file {
    char *path;
    uint8_t sha256[32];
};

struct world_input {
    struct input_file files[FILES_MAX];
    size_t file_count;
    bool has_replay, has_profile, has_resample, has_trace;
    struct replay replay;
    struct profile profile;
    struct resample resample;
    struct trace trace;
    struct roof_series roof;
    bool has_roof;
    struct tariff_config tariff;
    bool has_tariff;
    struct abroad_map map;
    bool has_map;
};

/* Reads the whole of path. Returns NULL after saying why not. Owns: free. */
static char *read_file(struct input_report *report, size_t *length, const char *path)
{
    struct stat status;
    FILE *file = fopen(path, "rb");
    if (file == NULL || fstat(fileno(file), &status) != 0) {
        input_report_add(report, INPUT_ERROR, path, 0, "cannot be read: %s", strerror(errno));
        if (file != NULL)
            fclose(file);
        return NULL;
    }
    char *bytes = NULL;
    if (!S_ISREG(status.st_mode))
        input_report_add(report, INPUT_ERROR, path, 0, "is not a regular file");
    else if (status.st_size > FILE_SIZE_MAX)
        input_report_add(report, INPUT_ERROR, path, 0, "is larger than 1 GiB");
    else if ((bytes = malloc((size_t)status.st_size + 1)) == NULL)
        input_report_add(report, INPUT_ERROR, path, 0, "memory is out");
    if (bytes != NULL) {
        *length = fread(bytes, 1, (size_t)status.st_size, file);
        if (ferror(file)) {
            input_report_add(report, INPUT_ERROR, path, 0, "cannot be read: %s", strerror(errno));
            free(bytes);
            bytes = NULL;
        }
    }
    fclose(file);
    return bytes;
}

static void note_late(struct input_report *report, const struct replay *replay, const struct world_config *config)
{
    size_t late = 0, cut = 0;
    for (size_t i = 0; i < replay->row_count; i++) {
        late += replay->rows[i].arrival_us > config->duration_us;
        cut += replay->rows[i].arrival_us <= config->duration_us && replay->rows[i].departure_us > config->duration_us;
    }
    const char *path = config->fleet.replay.path;
    if (late > 0)
        input_report_add(report, INPUT_NOTE, path, 0, "%zu of %zu sessions begin after the end of the run", late,
                         replay->row_count);
    if (cut > 0)
        input_report_add(report, INPUT_NOTE, path, 0, "%zu sessions are cut by the end of the run and do not count",
                         cut);
}

static void note_battery(struct input_report *report, const struct replay *replay, const struct world_config *config)
{
    if (config->fleet.car.battery_uj > 0 || config->fleet.car.knee == KNEE_IDEAL)
        return;
    size_t unknown = 0;
    for (size_t i = 0; i < replay->row_count; i++)
        unknown += replay->rows[i].battery_uj == 0;
    if (unknown > 0)
        input_report_add(report, INPUT_NOTE, config->fleet.replay.path, 0,
                         "%zu sessions do not say how large the battery is: 40 kWh assumed", unknown);
}

/* Recorded civil times keep their hours and weekdays only if the run's calendar has the same ones. */
static void note_calendar(struct input_report *report, const struct replay *replay, const struct world_config *config)
{
    static const char *const names[] = {"",         "Monday", "Tuesday",  "Wednesday",
                                        "Thursday", "Friday", "Saturday", "Sunday"};
    if (config->tariff.kind == TARIFF_FLAT || replay->start_unix_s == INT64_MIN ||
        (replay->start_unix_s - config->start_unix_s) % (7 * 86400) == 0)
        return;
    struct civil_time recorded, run;
    calendar_civil(&recorded, replay->start_unix_s, 0);
    calendar_civil(&run, config->start_unix_s, 0);
    input_report_add(report, INPUT_NOTE, config->fleet.replay.path, 0,
                     "time 0 is a %s %02d:%02d in the recording (fleet.from) and a %s %02d:%02d in the run (start): "
                     "prices meet other hours than they did",
                     names[recorded.weekday], recorded.hour, recorded.minute, names[run.weekday], run.hour, run.minute);
}

/* Reads a file and notes it. Returns NULL after saying why not. Owns: free. */
static char *take_file(struct world_input *input, struct input_report *report, size_t *length, const char *path)
{
    char *bytes = read_file(report, length, path);
    if (bytes == NULL)
        return NULL;
    struct input_file *file = &input->files[input->file_count];
    struct sha256_ctx hash;
    sha256_init(&hash);
    sha256_update(&hash, *length, (const uint8_t *)bytes);
    sha256_digest(&hash, sizeof file->sha256, file->sha256);
    file->path = strdup(path);
    if (file->path != NULL) {
        input->file_count++;
        return bytes;
    }
    input_report_add(report, INPUT_ERROR, path, 0, "memory is out");
    free(bytes);
    return NULL;
}

static bool open_replay(struct world_input *input, struct input_report *report, const struct world_config *config)
{
    const char *path = config->fleet.replay.path;
    size_t length = 0;
    char *bytes = take_file(input, report, &length, path);
    if (bytes == NULL)
        return false;
    input->has_replay = replay_read(&input->replay, report, bytes, length, &config->fleet.replay);
    free(bytes);
    if (input->has_replay) {
        note_late(report, &input->replay, config);
        note_battery(report, &input->replay, config);
        note_calendar(report, &input->replay, config);
    }
    return input->has_replay;
}

static bool open_profile(struct world_input *input, struct input_report *report, const struct profile_config *config)
{
    size_t length = 0;
    char *bytes = take_file(input, report, &length, config->path);
    if (bytes == NULL)
        return false;
    input->has_profile = profile_read(&input->profile, report, bytes, length, config->path);
    free(bytes);
    return input->has_profile;
}

/* Users of the recording and what they did after each plug-out. Rows that are no sessions are told and left out. */
static bool make_resample(struct world_input *input, struct input_report *report, const struct replay *replay,
                          const char *path)
{
    struct history history;
    int64_t start_unix_s = replay->start_unix_s == INT64_MIN ? history_monday(0) : replay->start_unix_s;
    if (!history_init(&history, replay, start_unix_s) || !resample_init(&input->resample, &history)) {
        input_report_add(report, INPUT_ERROR, path, 0, "memory is out");
        history_close(&history);
        return false;
    }
    input->has_resample = true;
    history_close(&history);
    if (input->resample.user_count == 0)
        input_report_add(report, INPUT_ERROR, path, 0,
                         "no user has %d sessions in four weeks that the recording covers whole: nobody to draw",
                         HISTORY_ACTIVE_SESSIONS);
    else
        input_report_add(report, INPUT_NOTE, path, 0, "cars live as %u recorded users did, in %zu months, by lot",
                         input->resample.user_count, input->resample.month_count);
    return input->resample.user_count > 0;
}

static bool open_resample(struct world_input *input, struct input_report *report, const struct replay_config *config)
{
    size_t length = 0;
    char *bytes = take_file(input, report, &length, config->path);
    if (bytes == NULL)
        return false;
    struct replay_config all = *config;
    struct replay replay;
    all.from_unix_s = INT64_MIN;
    all.faults = REPLAY_LEAVE_OUT;
    bool is_good = replay_read(&replay, report, bytes, length, &all);
    free(bytes);
    if (!is_good)
        return false;
    is_good = make_resample(input, report, &replay, config->path);
    replay_close(&replay);
    return is_good;
}

static bool needs_chain(const struct world_config *config)
{
    bool is_needed = false;
    for (size_t i = 0; i < config->rail_count; i++)
        is_needed |= config->rails[i].kind == RAIL_ONCHAIN || config->rails[i].kind == RAIL_LIGHTNING;
    return is_needed;
}

static bool open_trace(struct world_input *input, struct input_report *report, const char *path)
{
    size_t length = 0;
    char *bytes = take_file(input, report, &length, path);
    if (bytes == NULL)
        return false;
    input->has_trace = trace_read(&input->trace, report, bytes, length, path);
    free(bytes);
    return input->has_trace;
}

static bool open_roof(struct world_input *input, struct input_report *report, const char *path)
{
    size_t length = 0;
    char *bytes = take_file(input, report, &length, path);
    if (bytes == NULL)
        return false;
    input->has_roof = roof_series_read(&input->roof, report, bytes, length, path);
    free(bytes);
    return input->has_roof;
}

static bool open_tariff(struct world_input *input, struct input_report *report, const char *path)
{
    size_t length = 0;
    char *bytes = take_file(input, report, &length, path);
    if (bytes == NULL)
        return false;
    input->has_tariff = tariff_csv_read(&input->tariff, report, bytes, length, path);
    free(bytes);
    return input->has_tariff;
}

/* The graph that payments go over, if a rail has one, with keys that we know. */
static bool open_graph(struct world_input *input, struct input_report *report, const char *path)
{
    const struct ln_graph_config config = {
        .allocator = &room_allocator, .nodes_max = GRAPH_NODES_MAX, .channels_max = GRAPH_CHANNELS_MAX};
    struct ln_graph graph;
    struct btc_curve curve;
    size_t length = 0;
    char *bytes = path == NULL ? NULL : take_file(input, report, &length, path);
    bool is_good = path == NULL || bytes != NULL;
    if (!is_good)
        return false;
    if (path == NULL) {
        input_report_add(report, INPUT_NOTE, "", 0,
                         "the graph of channels is made up: %d nodes, %d channels (models/network/graph_made.h)",
                         GRAPH_MADE_NODES, GRAPH_MADE_CHANNELS);
        is_good = graph_make(&graph, &config);
    } else {
        const struct graph_source source = {.name = path, .bytes = (const uint8_t *)bytes, .length = length};
        is_good = graph_read(&graph, report, &config, &source);
    }
    free(bytes);
    btc_curve_init(&curve);
    input->has_map = is_good;
    is_good = is_good && abroad_map_open(&input->map, &graph, &curve, 1);
    if (input->has_map || path == NULL)
        ln_graph_close(&graph);
    return is_good;
}

static bool is_public(const struct rail_config *rail)
{
    return rail->kind == RAIL_LIGHTNING && rail->lightning.topology == LIGHTNING_PUBLIC;
}

static bool is_same_path(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* The graph of all rails that have one; true if there is none. */
static bool open_graphs(struct world_input *input, struct input_report *report, const struct world_config *config)
{
    const struct lightning_config *first = NULL;
    for (size_t i = 0; i < config->rail_count; i++) {
        const struct lightning_config *rail = &config->rails[i].lightning;
        if (!is_public(&config->rails[i]))
            continue;
        first = first == NULL ? rail : first;
        if (!is_same_path(rail->graph_path, first->graph_path)) {
            input_report_add(report, INPUT_ERROR, rail->graph_path == NULL ? "" : rail->graph_path, 0,
                             "rail %s has another graph than the rails before it; all have the same",
                             config->rails[i].name);
            return false;
        }
    }
    return first == NULL || open_graph(input, report, first->graph_path);
}

struct world_input *world_input_open(struct input_problem *problems, size_t *problem_count,
                                     const struct world_config *config)
{
    struct input_report report;
    input_report_init(&report, problems);
    struct world_input *input = calloc(1, sizeof *input);
    bool is_open = input != NULL;
    if (input == NULL)
        input_report_add(&report, INPUT_ERROR, "", 0, "memory is out");
    else if (config->fleet.source == FLEET_REPLAY)
        is_open = open_replay(input, &report, config);
    else if (config->fleet.source == FLEET_PROFILE)
        is_open = open_profile(input, &report, &config->fleet.profile);
    else if (config->fleet.source == FLEET_RESAMPLE)
        is_open = open_resample(input, &report, &config->fleet.replay);
    else
        input_report_add(&report, INPUT_NOTE, "", 0, "arrivals are generated: %u cars of the per-car model",
                         config->fleet.cars.count);
    if (input != NULL && config->chain.trace_path != NULL && needs_chain(config) &&
        !open_trace(input, &report, config->chain.trace_path))
        is_open = false;
    const struct roof_config *roof = &config->building.roof;
    if (input != NULL && roof->path != NULL && roof->peak_w > 0 && !open_roof(input, &report, roof->path))
        is_open = false;
    if (input != NULL && config->tariff.kind == TARIFF_CSV && !open_tariff(input, &report, config->tariff.path))
        is_open = false;
    if (input != NULL && !open_graphs(input, &report, config))
        is_open = false;
    input_report_finish(&report);
    *problem_count = report.problem_count;
    if (is_open)
        return input;
    world_input_close(input);
    return NULL;
}

struct world_input *world_input_open_trace(struct input_problem *problems, size_t *problem_count, const char *path)
{
    struct input_report report;
    input_report_init(&report, problems);
    struct world_input *input = calloc(1, sizeof *input);
    bool is_open = input != NULL;
    if (input == NULL)
        input_report_add(&report, INPUT_ERROR, "", 0, "memory is out");
    else if (path != NULL)
        is_open = open_trace(input, &report, path);
    input_report_finish(&report);
    *problem_count = report.problem_count;
    if (is_open)
        return input;
    world_input_close(input);
    return NULL;
}

void world_input_close(struct world_input *input)
{
    if (input == NULL)
        return;
    replay_close(&input->replay);
    resample_close(&input->resample);
    trace_close(&input->trace);
    roof_series_close(&input->roof);
    if (input->has_map)
        abroad_map_close(&input->map);
    for (size_t i = 0; i < input->file_count; i++)
        free(input->files[i].path);
    free(input);
}

size_t world_input_file_count(const struct world_input *input)
{
    return input->file_count;
}

void world_input_file(const char **path, uint8_t sha256[32], const struct world_input *input, size_t index)
{
    assert(index < world_input_file_count(input));
    const struct input_file *file = &input->files[index];
    *path = file->path;
    memcpy(sha256, file->sha256, sizeof file->sha256);
}

struct world_data world_input_data(const struct world_input *input)
{
    if (input == NULL)
        return (struct world_data){0};
    return (struct world_data){.replay = input->has_replay ? &input->replay : NULL,
                               .profile = input->has_profile ? &input->profile : NULL,
                               .resample = input->has_resample ? &input->resample : NULL,
                               .trace = input->has_trace ? &input->trace : NULL,
                               .map = input->has_map ? &input->map : NULL,
                               .roof = input->has_roof ? &input->roof : NULL,
                               .tariff = input->has_tariff ? &input->tariff : NULL};
}
