/* rig.c: the bridge of a rig: live, killed and continued, replayed.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/hwbridge/rig.h"

#include "hwbridge/replay.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t real_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- the controller ---------------------------------------------------------------------------------------------- */

static void note(struct rig *rig, uint32_t outlet, enum rig_word word, const char *cause)
{
    struct rig_log *log = &rig->log[outlet];
    if (rig->is_replay)
        return;
    assert(log->count < RIG_LOG_MAX);
    log->lines[log->count].word = word;
    log->lines[log->count].at_ns = real_ns();
    snprintf(log->lines[log->count].cause, sizeof log->lines[0].cause, "%s", cause);
    log->count++;
    log->closed += word == RIG_CLOSED;
    log->opened += word == RIG_OPENED;
    log->faults += word == RIG_FAULT;
}

static void on_closed(void *self, uint32_t outlet)
{
    note(self, outlet, RIG_CLOSED, "");
}

static void on_opened(void *self, uint32_t outlet)
{
    note(self, outlet, RIG_OPENED, "");
}

static void on_fault(void *self, uint32_t outlet, const char *cause)
{
    note(self, outlet, RIG_FAULT, cause);
}

static struct outlet_listener listener(struct rig *rig)
{
    return (struct outlet_listener){.self = rig, .on_closed = on_closed, .on_opened = on_opened, .on_fault = on_fault};
}

static void handle_plan(struct sim *sim, void *object, uint32_t outlet, uint64_t index)
{
    (void)sim;
    struct rig *rig = object;
    const struct rig_plan *plan = &rig->plan[index];
    if (plan->act != NULL) {
        if (!rig->is_replay)
            plan->act(plan->self);
        return;
    }
    struct outlet_port port = bridge_port(rig->bridge, outlet);
    note(rig, outlet, plan->is_on ? RIG_WISH_ON : RIG_WISH_OFF, "");
    if (plan->is_on)
        port.ops->switch_on(port.self, 16000, INT64_MAX);
    else
        port.ops->switch_off(port.self);
}

void rig_wish(struct rig *rig, int64_t at_us, uint32_t outlet, bool is_on)
{
    assert(rig->plan_count < RIG_PLAN_MAX);
    rig->plan[rig->plan_count++] = (struct rig_plan){.at_us = at_us, .outlet = outlet, .is_on = is_on};
}

void rig_act(struct rig *rig, int64_t at_us, void (*act)(void *self), void *self)
{
    assert(rig->plan_count < RIG_PLAN_MAX);
    rig->plan[rig->plan_count++] = (struct rig_plan){.at_us = at_us, .act = act, .self = self};
}

static void schedule_plan(struct rig *rig)
{
    rig->plan_kind = sim_kind_add(rig->sim, "rig.plan", handle_plan);
    for (size_t i = 0; i < rig->plan_count; i++)
        sim_schedule(
            rig->sim, rig->plan[i].at_us, SIM_MODEL,
            &(struct sim_action){.kind = rig->plan_kind, .entity = rig->plan[i].outlet, .object = rig, .argument = i});
}

/* ---- live -------------------------------------------------------------------------------------------------------- */

static void journal_path(char path[96], const struct rig *rig)
{
    snprintf(path, 96, "%s/run.hwj", rig->folder);
}

static int64_t lease_us(const struct rig *rig)
{
    return rig->options.lease_us == 0 ? RIG_LEASE_US : rig->options.lease_us;
}

static struct bridge_outlet_config *configs(const struct rig *rig)
{
    size_t count = rig->options.plug_count;
    struct bridge_outlet_config *all = calloc(count, sizeof *all);
    assert(all != NULL);
    for (uint32_t i = 0; i < count; i++) {
        all[i] = (struct bridge_outlet_config){.idle_below_w = BRIDGE_IDLE_BELOW_W, .idle_us = BRIDGE_IDLE_US};
        hw_outlet_config_init(&all[i].lease, i, 16000, 200, RIG_WH);
        all[i].lease.lease_us = lease_us(rig);
        all[i].lease.meter.modulus_uj = rig->options.plugs[i].modulus_uj;
        if (rig->options.is_patient)
            continue;
        all[i].lease.settle_us = 1000000;
        all[i].lease.stuck_us = 1500000;
        all[i].lease.meter.still_us = 3000000;
    }
    return all;
}

static void open_driver(struct rig *rig)
{
    char why[160], topics[RIG_OUTLETS][16];
    struct mqtt_plug plugs[RIG_OUTLETS];
    for (uint32_t i = 0; i < rig->options.plug_count; i++) {
        snprintf(topics[i], sizeof topics[i], "plug%u", i);
        plugs[i] = (struct mqtt_plug){.outlet = i,
                                      .dialect = mqtt_dialect_find(rig->options.plugs[i].dialect),
                                      .topic = topics[i],
                                      .lease_us = lease_us(rig)};
    }
    struct mqtt_options options = {.host = "127.0.0.1",
                                   .port = rig->port,
                                   .client_id = "konsento",
                                   .plugs = plugs,
                                   .plug_count = rig->options.plug_count,
                                   .sink = live_sink(rig->live)};
    if (rig->options.tap != NULL)
        options.sink = rig->options.tap(options.sink);
    if (rig->options.secure != NULL)
        rig->options.secure(rig, &options);
    bool is_open = mqtt_open(&rig->driver, &options, why, sizeof why);
    assert(is_open);
}

/* In: rig->bridge, of a replay that goes on; NULL: a new one is made. */
static void open_live(struct rig *rig, int64_t start_us)
{
    rig->pace = pace_open(&(struct pace_options){.policy = rig->options.policy,
                                                 .rest = rig->options.rest,
                                                 .limit_us = rig->options.limit_us,
                                                 .speed = 1,
                                                 .start_us = start_us});
    rig->live = live_new();
    assert(rig->pace != NULL && rig->live != NULL);
    open_driver(rig);
    struct bridge_outlet_config *outlets = configs(rig);
    uint32_t driver_of[RIG_OUTLETS] = {0};
    bool is_open = live_open(rig->live, &(struct live_options){.sim = rig->sim,
                                                               .pace = rig->pace,
                                                               .outlets = outlets,
                                                               .driver_of = driver_of,
                                                               .outlet_count = rig->options.plug_count,
                                                               .drivers = &rig->driver,
                                                               .driver_count = 1,
                                                               .journal = &rig->journal,
                                                               .listener = listener(rig),
                                                               .bridge = rig->bridge});
    assert(is_open);
    free(outlets);
    rig->bridge = live_bridge(rig->live);
}

void rig_start(struct rig *rig)
{
    char path[96];
    journal_path(path, rig);
    rig->sim = sim_new(&(struct sim_options){.seed = 1});
    int failed = journal_open(&rig->journal, path);
    assert(rig->sim != NULL && failed == 0);
    open_live(rig, 0);
    schedule_plan(rig);
}

enum sim_end rig_run(struct rig *rig, int64_t until_us)
{
    struct clock_port clock = pace_port(rig->pace);
    struct sim_input input = live_input(rig->live);
    return sim_run_paced(rig->sim, &clock, &input, until_us);
}

size_t rig_end(struct rig *rig, enum sim_end end, int64_t for_ms)
{
    return live_end(rig->live, end, for_ms);
}

const struct hw_outlet *rig_outlet(const struct rig *rig, uint32_t outlet)
{
    return bridge_outlet(rig->bridge, outlet);
}

bool rig_was_told(const struct rig *rig, uint32_t outlet, const char *cause, int64_t *at_ns)
{
    const struct rig_log *log = &rig->log[outlet];
    for (unsigned i = 0; i < log->count; i++) {
        if (log->lines[i].word != RIG_FAULT || strcmp(log->lines[i].cause, cause) != 0)
            continue;
        if (at_ns != NULL)
            *at_ns = log->lines[i].at_ns;
        return true;
    }
    return false;
}

/* ---- again ------------------------------------------------------------------------------------------------------- */

static enum replay_result replay_into(struct rig *rig, struct journal_reader *reader, char *why, size_t why_size)
{
    char path[96];
    struct journal_record first;
    journal_path(path, rig);
    int failed = journal_reader_open(reader, path);
    enum journal_result has_first = journal_read(reader, &first);
    rig->sim = sim_new(&(struct sim_options){.seed = 1});
    assert(failed == 0 && has_first == JOURNAL_OK && rig->sim != NULL);
    struct replay *replay = replay_new(rig->sim, reader, &first);
    struct bridge_outlet_config *outlets = configs(rig);
    rig->bridge = bridge_new(&(struct bridge_options){.sim = rig->sim,
                                                      .outlets = outlets,
                                                      .outlet_count = rig->options.plug_count,
                                                      .wire = replay_wire(replay),
                                                      .listener = listener(rig)});
    assert(replay != NULL && rig->bridge != NULL);
    free(outlets);
    schedule_plan(rig);
    rig->is_replay = true;
    enum replay_result result = replay_run(replay, rig->bridge, why, why_size);
    rig->is_replay = false;
    replay_free(replay);
    return result;
}

bool rig_continue(struct rig *rig, char *why, size_t why_size)
{
    struct journal_reader reader;
    char path[96];
    int64_t idle_us;
    journal_path(path, rig);
    if (replay_into(rig, &reader, why, why_size) != REPLAY_CUT)
        return false;
    int failed = journal_idle_us(path, &idle_us) + journal_continue(&rig->journal, path, &reader);
    journal_reader_close(&reader);
    int64_t now_us = sim_now_us(rig->sim), last_us = rig->bridge->taken_us > now_us ? rig->bridge->taken_us : now_us;
    snprintf(why, why_size, "the journal cannot be written on");
    if (failed != 0)
        return false;
    open_live(rig, last_us + 1 + idle_us);
    return live_resume(rig->live, last_us + 1 + idle_us);
}

bool rig_replay(struct rig *rig, char *why, size_t why_size)
{
    struct rig again = *rig;
    struct journal_reader reader;
    int failed = journal_close(&rig->journal);
    enum replay_result result = replay_into(&again, &reader, why, why_size);
    journal_reader_close(&reader);
    bridge_free(again.bridge);
    sim_free(again.sim);
    if (result == REPLAY_CUT)
        snprintf(why, why_size, "the journal has no end");
    return result == REPLAY_SAME && failed == 0;
}

void rig_close(struct rig *rig)
{
    live_free(rig->live);
    if (rig->pace != NULL)
        pace_close(rig->pace);
    sim_free(rig->sim);
    if (rig->journal.fd > 0)
        (void)journal_close(&rig->journal);
    rig_close_wire(rig);
}
