/* fit.c: konsento fit: a profile of charging sessions from a file of recorded ones, and how well it fits.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/fleet/fit.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/paths.h"
#include "cli/terminal.h"
#include "models/fleet/car_month.h"
#include "models/fleet/fitness.h"
#include "models/fleet/profile_text.h"
#include "models/fleet/resample.h"
#include "sim/stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_SIZE_MAX (1L << 30)
#define NOTES_LINE    240
#define BIAS_TOLD     20 /* from one row in so many */

struct task {
    const struct arguments *arguments;
    const char *path;
    struct replay replay;
    struct history history;
    struct profile profile;
    struct car_process cars;
};

/* ---- the sessions ---------------------------------------------------------------------------------------------- */

static char *read_file(size_t *length, const char *path)
{
    if (path_is_folder(path)) {
        complain("%s cannot be read: it is a folder", path);
        return NULL;
    }
    FILE *file = fopen(path, "rb");
    char *bytes = NULL;
    long size = 0;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) >= 0 && size <= FILE_SIZE_MAX &&
        fseek(file, 0, SEEK_SET) == 0 && (bytes = malloc((size_t)size + 1)) != NULL)
        *length = fread(bytes, 1, (size_t)size, file);
    if (bytes == NULL || ferror(file)) {
        complain("%s cannot be read: %s", path, size > FILE_SIZE_MAX ? "larger than 1 GiB" : strerror(errno));
        free(bytes);
        bytes = NULL;
    }
    if (file != NULL)
        fclose(file);
    return bytes;
}

static void tell_problems(const struct input_report *report)
{
    for (size_t i = 0; i < report->problem_count; i++) {
        const struct input_problem *problem = &report->problems[i];
        const char *severity = problem->severity == INPUT_ERROR ? "error" : "note";
        if (problem->line > 0)
            fprintf(stderr, "%s:%u: %s: %s\n", problem->file, problem->line, severity, problem->text);
        else
            fprintf(stderr, "%s: %s: %s\n", problem->file, severity, problem->text);
    }
}

/* A row left out is, more often than not, a session that took place. */
static void tell_bias(size_t left_out, size_t read)
{
    if (left_out * BIAS_TOLD > left_out + read)
        fprintf(stderr,
                "note: %.0f %% of the rows are left out: where these were sessions, sessions and energy a day are told "
                "too low by that much\n",
                100 * (double)left_out / (double)(left_out + read));
}

/* Reads the sessions, tells every fault and counts what is left out. Returns an exit code. */
static int read_sessions(struct task *task)
{
    size_t length = 0;
    char *bytes = read_file(&length, task->path);
    if (bytes == NULL)
        return CODE_USAGE;
    struct input_problem problems[INPUT_PROBLEMS_MAX];
    struct input_report report;
    input_report_init(&report, problems);
    struct replay_config config = {.path = task->path,
                                   .location = task->arguments->text[OPTION_LOCATION],
                                   .from_unix_s = INT64_MIN,
                                   .faults = REPLAY_LEAVE_OUT};
    bool is_good = replay_read(&task->replay, &report, bytes, length, &config);
    input_report_finish(&report);
    tell_problems(&report);
    free(bytes);
    if (!is_good)
        return CODE_USAGE;
    size_t left_out = task->replay.faulty_count + task->replay.missing_count;
    printf("%zu sessions read; %zu rows left out: %zu with faults, %zu with missing values\n", task->replay.row_count,
           left_out, task->replay.faulty_count, task->replay.missing_count);
    if (left_out <= task->replay.row_count) {
        tell_bias(left_out, task->replay.row_count);
        return CODE_OK;
    }
    complain("%s: more rows are left out than remain; nothing is fitted to a file so misread", task->path);
    return CODE_USAGE;
}

/* Files without dates count minutes from a time 0 that is taken for a Monday. */
static int sort_sessions(struct task *task)
{
    int64_t start_unix_s = task->replay.start_unix_s;
    if (!history_init(&task->history, &task->replay, start_unix_s == INT64_MIN ? history_monday(0) : start_unix_s)) {
        complain("memory is out");
        return CODE_FAILURE;
    }
    const struct history *history = &task->history;
    uint32_t active = 0;
    for (uint32_t i = 0; i < history->user_count; i++)
        active += history->users[i].month_count > 0;
    printf(
        "%zu used; %zu with odd energies (0.5..150 kWh are used) and %zu with odd durations (2 min..5 days) are not\n",
        history->stay_count, history->odd_energy_count, history->odd_duration_count);
    printf("%u users, %zu active user-months (four weeks with %d sessions or more)\n\n", active, history->month_count,
           HISTORY_ACTIVE_SESSIONS);
    return CODE_OK;
}

static bool fit_cars(struct task *task, bool is_elsewhere)
{
    double sessions = fit_population.sessions, asked_kwh = fit_population.asked_kwh;
    if (!is_elsewhere)
        history_level(&sessions, &asked_kwh, &task->history);
    car_process_apartments(&task->cars, task->profile.charger_w);
    return car_process_fit(&task->cars, sessions, asked_kwh);
}

static int fit(struct task *task)
{
    bool is_elsewhere = task->arguments->given[OPTION_ELSEWHERE];
    switch (fit_profile(&task->profile, &task->history, is_elsewhere ? &fit_population : NULL)) {
    case FIT_OK:
        if (fit_cars(task, is_elsewhere))
            return CODE_OK;
        break;
    case FIT_TOO_FEW:
        complain("%s: too little is left to fit: at least %d users, %d active user-months, %d sessions, and %d of them "
                 "on weekdays and at weekends are needed",
                 task->path, FIT_USERS_MIN, FIT_MONTHS_MIN, FIT_STAYS_MIN, MIXTURE_SAMPLES_MIN);
        return CODE_USAGE;
    case FIT_MEMORY:
        break;
    }
    complain("memory is out");
    return CODE_FAILURE;
}

/* ---- goodness of fit ------------------------------------------------------------------------------------------- */

static void tell_aggregate(const char *name, const struct aggregate *aggregate)
{
    printf("%-12s %6.3f %6.3f %7.2f %7.2f %8.1f %% %8.3f %7.1f %%", name, aggregate->coincidence_mean,
           aggregate->coincidence_p95, aggregate->asked_kwh, aggregate->delivered_kwh, 100 * aggregate->undelivered,
           aggregate->sessions, 100 * aggregate->blocked);
}

static bool tell_fitness(const char *name, const struct aggregate_source *model, const struct aggregate_source *truth)
{
    struct fitness fitness;
    struct sim_stream stream;
    stream_open(&stream, 1, 0, name, 0);
    if (!fitness_measure(&fitness, model, truth, stream_rng(&stream)))
        return false;
    tell_aggregate(name, &fitness.aggregate);
    printf("   %.3f    %.3f  %.3f\n", fitness.distance[FITNESS_HOUR], fitness.distance[FITNESS_DURATION],
           fitness.distance[FITNESS_ENERGY]);
    return true;
}

static int tell_table(const struct task *task)
{
    struct aggregate_source truth, model;
    struct resample resample;
    if (!resample_init(&resample, &task->history)) {
        complain("memory is out");
        return CODE_FAILURE;
    }
    printf("50 outlets of 3.2 kW, four weeks, nobody manages; the sessions themselves first\n"
           "             coincidence   kWh/outlet/day      not  sessions   found it   distance of distributions\n"
           "generator      mean    p95   asked deliv. delivered  /day       taken     arrival duration energy\n");
    aggregate_truth(&truth, &task->history);
    bool is_told = tell_fitness("sessions", &truth, &truth);
    resample_source(&model, &resample);
    is_told = is_told && tell_fitness("resampled", &model, &truth);
    for (int i = 0; is_told && i < GENERATOR_COUNT; i++) {
        struct profile_source self = {.profile = &task->profile, .generator = (enum generator)i};
        profile_source(&model, &self);
        is_told = tell_fitness(generator_name(self.generator), &model, &truth);
    }
    car_process_source(&model, &task->cars);
    is_told = is_told && tell_fitness("cars", &model, &truth);
    if (is_told)
        printf("\ncars: k.fleet.cars { daily_distance = \"%.1f km\", plug_in_at = \"%.0f %%\" }, with batteries of 40 "
               "kWh\n",
               (double)task->cars.cars.daily_distance_m / 1000, (double)task->cars.cars.plug_in_soc_ppm / 1e4);
    resample_close(&resample);
    if (!is_told)
        complain("memory is out");
    return is_told ? CODE_OK : CODE_FAILURE;
}

/* ---- the profile ----------------------------------------------------------------------------------------------- */

static int write_profile(const struct task *task)
{
    const char *path = task->arguments->text[OPTION_OUTPUT];
    if (!task->arguments->given[OPTION_OUTPUT])
        return CODE_OK;
    const char *slash = strrchr(task->path, '/');
    char comment[NOTES_LINE * 2];
    snprintf(comment, sizeof comment,
             "Charging sessions in numbers, by konsento fit.\n"
             "From %.100s%s%.60s: %zu sessions in %zu active user-months.\n"
             "As driving cars: k.fleet.cars { daily_distance = \"%.1f km\", plug_in_at = \"%.0f %%\" }.\n%s",
             slash != NULL ? slash + 1 : task->path, task->arguments->given[OPTION_LOCATION] ? ", " : "",
             task->arguments->given[OPTION_LOCATION] ? task->arguments->text[OPTION_LOCATION] : "",
             task->history.stay_count, task->history.month_count, (double)task->cars.cars.daily_distance_m / 1000,
             (double)task->cars.cars.plug_in_soc_ppm / 1e4,
             task->arguments->given[OPTION_ELSEWHERE] ? "For another building: level and chargers of twelve sites.\n"
                                                      : "");
    char *text = profile_write(&task->profile, comment);
    if (text == NULL) {
        complain("memory is out");
        return CODE_FAILURE;
    }
    bool is_written = path_write_new(path, text, strlen(text));
    int why = errno;
    if (is_written)
        printf("\n%s\n", path);
    else
        complain(why == EEXIST ? "%s is there already; it is not overwritten (%s)" : "cannot write %s: %s", path,
                 strerror(why));
    free(text);
    return is_written ? CODE_OK : why == EEXIST ? CODE_USAGE : CODE_FAILURE;
}

int command_fit(const struct arguments *arguments)
{
    struct task task = {.arguments = arguments, .path = arguments->words[0]};
    int code = read_sessions(&task);
    if (code == CODE_OK)
        code = sort_sessions(&task);
    if (code == CODE_OK)
        code = fit(&task);
    if (code == CODE_OK)
        code = tell_table(&task);
    if (code == CODE_OK)
        code = write_profile(&task);
    history_close(&task.history);
    replay_close(&task.replay);
    return code;
}
