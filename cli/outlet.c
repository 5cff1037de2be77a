/* outlet.c: konsento outlet: a virtual outlet, in a process of its own, on the wire of a bought one.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/outlet_wires.h"
#include "cli/password.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "hwbridge/virtual/run.h"
#include "scenarios/lang/quantity.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOK_NS INT64_C(100000000)  /* between two looks for a request to stop */
#define SAVE_NS INT64_C(1000000000) /* between two savings of the counter */

struct task {
    const struct arguments *arguments;
    struct outlet_request request;
    struct faults faults;
    struct virtual_outlet outlet;
    char password[PASSWORD_BYTES];
    FILE *truth;
    const char *counter_path; /* NULL: forgotten */
    int64_t save_ns, saved_uj;
    volatile int stop;
};

/* ---- what was asked for ----------------------------------------------------------------------------------------- */

/* Out: value, as it was if the option is not there. */
static bool read_quantity(int64_t *value, const struct arguments *arguments, enum option_id option,
                          enum dimension dimension)
{
    struct quantity quantity;
    char why[200];
    const char *text = arguments->text[option];
    if (!arguments->given[option])
        return true;
    enum quantity_result result = quantity_parse(&quantity, text, DIMENSION_BIT(dimension));
    if (result == QUANTITY_OK && quantity.atoms >= 0) {
        *value = quantity.atoms;
        return true;
    }
    complain("outlet: %s: %s", text,
             result == QUANTITY_OK ? "must not be negative"
                                   : quantity_explain(why, sizeof why, result, text, DIMENSION_BIT(dimension)));
    return false;
}

static const struct outlet_wire *find_wire(struct task *task)
{
    const struct outlet_wire *found = NULL;
    for (size_t i = 0; i < outlet_wire_count; i++) {
        if (!task->arguments->given[outlet_wires[i].option])
            continue;
        if (found != NULL) {
            complain("outlet: --%s and --%s exclude each other: one outlet, one wire", found->name,
                     outlet_wires[i].name);
            return NULL;
        }
        found = &outlet_wires[i];
        task->request.text = task->arguments->text[found->option];
    }
    if (found == NULL)
        complain("outlet: which wire? For instance: konsento outlet --tasmota mqtt://127.0.0.1:1883/plug1");
    return found;
}

static bool read_counter(struct task *task)
{
    long long counter_uj = 0;
    FILE *file = task->counter_path == NULL ? NULL : fopen(task->counter_path, "re");
    if (file == NULL && task->counter_path != NULL && errno != ENOENT) {
        complain("outlet: %s: %s", task->counter_path, strerror(errno));
        return false;
    }
    if (file == NULL)
        return true;
    bool is_read = fscanf(file, "%lld", &counter_uj) == 1 && counter_uj >= 0;
    fclose(file);
    task->request.plug.counter_uj = counter_uj;
    if (!is_read)
        complain("outlet: %s: holds no counter", task->counter_path);
    return is_read;
}

static bool read_options(struct task *task)
{
    const struct arguments *arguments = task->arguments;
    struct outlet_request *request = &task->request;
    int64_t power_mw = 3000000, period_us = 10000000;
    char why[200];
    request->plug = (struct plug_config){
        .demand_uj = INT64_MAX, .resolution_uj = INT64_C(3600000000), .seed = arguments->number[OPTION_SEED]};
    if (!read_quantity(&power_mw, arguments, OPTION_POWER, DIMENSION_POWER) ||
        !read_quantity(&period_us, arguments, OPTION_PERIOD, DIMENSION_TIME) ||
        !read_quantity(&request->plug.demand_uj, arguments, OPTION_DEMAND, DIMENSION_ENERGY) ||
        !read_quantity(&request->plug.resolution_uj, arguments, OPTION_RESOLUTION, DIMENSION_ENERGY))
        return false;
    if (period_us < 1000 || request->plug.resolution_uj < 1 || power_mw > INT64_C(100000000000)) {
        complain("outlet: --period is at least 1 ms, --resolution at least 1 uJ, --power at most 100 MW");
        return false;
    }
    request->plug.power_w = power_mw / 1000;
    request->plug.rate = arguments->given[OPTION_RATE] ? (int64_t)arguments->number[OPTION_RATE] : 1;
    request->period_ns = period_us * 1000;
    const char *script = arguments->given[OPTION_FAULT] ? arguments->text[OPTION_FAULT] : "";
    if (!faults_read(&task->faults, script, why, sizeof why)) {
        complain("outlet: %s", why);
        return false;
    }
    request->faults = &task->faults;
    request->user = arguments->given[OPTION_USER] ? arguments->text[OPTION_USER] : NULL;
    task->counter_path = arguments->given[OPTION_COUNTER] ? arguments->text[OPTION_COUNTER] : NULL;
    return read_counter(task);
}

static bool read_password(struct task *task)
{
    char why[300];
    if (!task->arguments->given[OPTION_PASSWORD_FILE])
        return true;
    task->request.password = task->password;
    if (password_read(task->password, task->arguments->text[OPTION_PASSWORD_FILE], why, sizeof why))
        return true;
    complain("outlet: %s", why);
    return false;
}

/* ---- the truth -------------------------------------------------------------------------------------------------- */

static void on_edge(void *self, int64_t now_ns, bool is_closed, int64_t energy_uj)
{
    struct task *task = self;
    if (task->truth != NULL)
        fprintf(task->truth, "%" PRId64 " %s %" PRId64 "\n", now_ns, is_closed ? "closed" : "open", energy_uj);
}

static bool open_truth(struct task *task)
{
    const char *path = task->arguments->text[OPTION_TRUTH];
    if (!task->arguments->given[OPTION_TRUTH])
        return true;
    task->truth = strcmp(path, "-") == 0 ? stdout : fopen(path, "ae");
    if (task->truth == NULL) {
        complain("outlet: %s: %s", path, strerror(errno));
        return false;
    }
    setvbuf(task->truth, NULL, _IOLBF, 0); /* who is killed has told all */
    fprintf(task->truth, "%" PRId64 " start 0\n", virtual_now_ns());
    return true;
}

static const struct plug *plug_of(const struct task *task)
{
    return task->outlet.ops->plug(task->outlet.self);
}

/* Whole or not at all. */
static bool save(struct task *task)
{
    char *path;
    int64_t counter_uj = task->request.plug.counter_uj + plug_of(task)->energy_uj;
    if (task->counter_path == NULL || counter_uj == task->saved_uj)
        return true;
    if (asprintf(&path, "%s.tmp", task->counter_path) < 0)
        return false;
    FILE *file = fopen(path, "we");
    bool is_written = file != NULL && fprintf(file, "%" PRId64 "\n", counter_uj) > 0;
    is_written = file != NULL && fclose(file) == 0 && is_written && rename(path, task->counter_path) == 0;
    free(path);
    task->saved_uj = counter_uj;
    return is_written;
}

static int close_truth(struct task *task)
{
    int code = CODE_OK;
    if (task->truth != NULL)
        fprintf(task->truth, "%" PRId64 " end %" PRId64 "\n", virtual_now_ns(), plug_of(task)->energy_uj);
    if (task->truth != NULL && (ferror(task->truth) || (task->truth != stdout && fclose(task->truth) != 0)))
        code = CODE_FAILURE;
    if (!save(task) || code != CODE_OK) {
        complain("outlet: the log of the truth, or the counter, could not be written");
        code = CODE_FAILURE;
    }
    return code;
}

/* ---- the loop --------------------------------------------------------------------------------------------------- */

/* Stands beside the outlet in the loop: looks for requests to stop, saves the counter. */
static int64_t run_keeper(void *self, int64_t now_ns)
{
    struct task *task = self;
    if (signals_seen() != STOP_NONE)
        task->stop = 1;
    if (now_ns >= task->save_ns) {
        task->save_ns = now_ns + SAVE_NS;
        if (!save(task))
            task->stop = 1;
    }
    return now_ns + LOOK_NS;
}

static size_t no_descriptors(const void *self, struct pollfd *fds)
{
    (void)self, (void)fds;
    return 0;
}

static const struct virtual_ops keeper_ops = {.name = "keeper", .run = run_keeper, .descriptors = no_descriptors};

static int run(struct task *task, const struct outlet_wire *wire)
{
    char why[300];
    task->request.arguments = task->arguments;
    task->request.truth = (struct plug_truth){task, on_edge};
    if (!open_truth(task))
        return CODE_FAILURE;
    if (!wire->open(&task->outlet, &task->request, why, sizeof why)) {
        complain("outlet: %s", why);
        return CODE_USAGE;
    }
    signals_catch("\n");
    if (!task->arguments->given[OPTION_QUIET])
        fprintf(stderr, "konsento outlet: %s %s, %" PRId64 " W; end it with Ctrl-C\n", wire->name, task->request.text,
                task->request.plug.power_w);
    const struct virtual_outlet outlets[] = {task->outlet, {&keeper_ops, task}};
    bool has_memory = virtual_run(outlets, 2, INT64_MAX, &task->stop);
    if (!has_memory)
        complain("memory is out");
    int code = close_truth(task);
    task->outlet.ops->free(task->outlet.self);
    return has_memory ? code : CODE_FAILURE;
}

int command_outlet(const struct arguments *arguments)
{
    struct task *task = calloc(1, sizeof *task);
    if (task == NULL) {
        complain("memory is out");
        return CODE_FAILURE;
    }
    task->arguments = arguments;
    const struct outlet_wire *wire = find_wire(task);
    int code = CODE_USAGE;
    if (wire != NULL && read_options(task) && read_password(task))
        code = run(task, wire);
    free(task);
    return code;
}
