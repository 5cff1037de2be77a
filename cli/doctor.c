/* doctor.c: konsento doctor: is this machine fit, and how fast does it start.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cluster.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/loaded.h"
#include "cli/template.h"
#include "cli/terminal.h"
#include "cli/version.h"
#include "models/world.h"

#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SLEEP_NS     100000
#define SLEEP_TRIALS 20

/* What was found so far; bad: something that a run needs is missing. */
struct findings {
    struct terminal terminal;
    bool bad;
};

enum finding { FINDING_GOOD, FINDING_BAD, FINDING_REMARK };

__attribute__((format(printf, 4, 5))) static void found(struct findings *findings, enum finding finding,
                                                        const char *what, const char *format, ...)
{
    static const char *const marks[] = {"✓", "✗", "·"};
    static const enum paint paints[] = {PAINT_GOOD, PAINT_BAD, PAINT_UNSURE};
    char text[512];
    va_list rest;
    va_start(rest, format);
    vsnprintf(text, sizeof text, format, rest);
    va_end(rest);
    printf("%s%s%s %-20s %s\n", paint_on(&findings->terminal, paints[finding]), marks[finding],
           paint_off(&findings->terminal), what, text);
    findings->bad = findings->bad || finding == FINDING_BAD;
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- the machine ------------------------------------------------------------------------------------------------ */

static void look_at_cores(struct findings *findings)
{
    cpu_set_t set;
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    int usable = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    found(findings, FINDING_GOOD, "cores", "%d usable of %ld", usable, online);
}

static void look_at_libraries(struct findings *findings)
{
    struct version_library libraries[VERSION_LIBRARIES];
    char variant[64];
    version_libraries(libraries);
    version_hdf5_variant(variant, sizeof variant);
    for (size_t i = 0; i < VERSION_LIBRARIES; i++) {
        bool same = strcmp(libraries[i].built, libraries[i].running) == 0;
        found(findings, same ? FINDING_GOOD : FINDING_REMARK, libraries[i].name, "%s%s%s", libraries[i].running,
              same ? "" : ", built with ", same ? "" : libraries[i].built);
    }
    found(findings, FINDING_GOOD, "HDF5 variant", "%s", variant);
    found(findings, FINDING_GOOD, "MPI", "%s", cluster_library());
}

/* How late a short sleep ends, at best and at worst: what a paced run can promise. */
static void look_at_timer(struct findings *findings)
{
    struct timespec resolution;
    int64_t best = INT64_MAX, worst = 0;
    clock_getres(CLOCK_MONOTONIC, &resolution);
    for (int i = 0; i < SLEEP_TRIALS; i++) {
        const struct timespec pause = {0, SLEEP_NS};
        int64_t before = now_ns();
        nanosleep(&pause, NULL);
        int64_t late = now_ns() - before - SLEEP_NS;
        best = late < best ? late : best;
        worst = late > worst ? late : worst;
    }
    found(findings, FINDING_GOOD, "timer", "resolution %ld ns; a sleep of 0.1 ms ends %.0f to %.0f us late",
          resolution.tv_nsec, (double)best * 1e-3, (double)worst * 1e-3);
}

static void look_for_tool(struct findings *findings, const char *tool, const char *use)
{
    char list[4096], path[4400];
    snprintf(list, sizeof list, "%s", getenv("PATH") != NULL ? getenv("PATH") : "");
    for (char *rest = list, *folder = strsep(&rest, ":"); folder != NULL; folder = strsep(&rest, ":")) {
        snprintf(path, sizeof path, "%s/%s", *folder != '\0' ? folder : ".", tool);
        if (access(path, X_OK) == 0) {
            found(findings, FINDING_GOOD, tool, "%s", path);
            return;
        }
    }
    found(findings, FINDING_REMARK, tool, "not found; optional: %s", use);
}

/* ---- files and the first event ---------------------------------------------------------------------------------- */

static void look_at_folder(struct findings *findings)
{
    char name[] = "konsento-doctor-XXXXXX";
    int file = mkstemp(name);
    if (file == -1) {
        found(findings, FINDING_BAD, "this folder", "cannot be written to: %s; runs need -o DIR", strerror(errno));
        return;
    }
    close(file);
    unlink(name);
    found(findings, FINDING_GOOD, "this folder", "can be written to");
}

struct first_event {
    int64_t at_ns;
};

static void note_first(void *self, const struct sim_executed *event, const char *kind_name)
{
    struct first_event *first = self;
    (void)event;
    (void)kind_name;
    if (first->at_ns == 0)
        first->at_ns = now_ns();
}

static bool write_trial(const char *title, int file)
{
    FILE *out = fdopen(file, "w");
    if (out == NULL) {
        close(file);
        return false;
    }
    template_write(out, title);
    return fclose(out) == 0;
}

static void run_trial(struct findings *findings, const char *path)
{
    struct arguments arguments = {0};
    struct loaded loaded;
    struct first_event first = {0};
    struct world_result result;
    int64_t began = now_ns();
    if (loaded_open(&loaded, &arguments, path, LOADED_QUIET) > 0) {
        found(findings, FINDING_BAD, "first event", "the scenario of `konsento new` does not load");
        return;
    }
    int64_t ready = now_ns();
    struct scenario_worker *worker = scenario_worker_open(&loaded.scenario);
    const struct world_order order = {.seed = 1,
                                      .callbacks = worker != NULL ? scenario_worker_callbacks(worker) : NULL,
                                      .observe = note_first,
                                      .observe_self = &first};
    bool ran = worker != NULL;
    if (ran) {
        scenario_worker_begin(worker, 1, 0);
        ran = world_run(&result, &loaded.scenario.config, loaded.input, &order);
    }
    int64_t ended = now_ns();
    if (!ran || result.failed || first.at_ns == 0)
        found(findings, FINDING_BAD, "first event", "the scenario of `konsento new` does not run: %s",
              ran && result.failed ? result.failure : "memory is out");
    else {
        found(findings, FINDING_GOOD, "first event", "after %.1f ms, of them %.1f ms to read the scenario",
              (double)(first.at_ns - began) * 1e-6, (double)(ready - began) * 1e-6);
        found(findings, FINDING_GOOD, "speed", "%.2f million events/s in a run of %.1f ms",
              (double)result.events / (double)(ended - first.at_ns) * 1e3, (double)(ended - began) * 1e-6);
    }
    if (ran)
        world_result_close(&result);
    if (worker != NULL)
        scenario_worker_close(worker);
    loaded_close(&loaded);
}

static void look_at_first_event(struct findings *findings)
{
    const char *folder = getenv("TMPDIR");
    char path[4096];
    snprintf(path, sizeof path, "%s/konsento-doctor-XXXXXX.lua", folder != NULL && *folder != '\0' ? folder : "/tmp");
    int file = mkstemps(path, 4);
    if (file == -1) {
        found(findings, FINDING_BAD, "first event", "no trial file: %s: %s", path, strerror(errno));
        return;
    }
    if (write_trial("Trial", file))
        run_trial(findings, path);
    else
        found(findings, FINDING_BAD, "first event", "cannot write %s: %s", path, strerror(errno));
    unlink(path);
}

int command_doctor(const struct arguments *arguments)
{
    struct findings findings = {.bad = false};
    char name[VERSION_NAME_BYTES];
    (void)arguments;
    terminal_init(&findings.terminal, false);
    version_name(name);
    found(&findings, FINDING_GOOD, "konsento", "%s, %s", name, version_compiler());
    look_at_cores(&findings);
    look_at_libraries(&findings);
    look_at_timer(&findings);
    look_at_folder(&findings);
    look_at_first_event(&findings);
    look_for_tool(&findings, "gnuplot", "figures for papers");
    look_for_tool(&findings, "mpiexec", "runs on clusters");
    if (findings.bad)
        complain("something that a run needs is missing");
    return findings.bad ? CODE_FAILURE : CODE_OK;
}
