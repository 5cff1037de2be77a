/* ocpp_rig.c: a virtual charger and a bridge on loopback.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/hwbridge/ocpp_rig.h"

#include "hwbridge/ocpp_point.h"
#include "hwbridge/virtual/charger.h"
#include "hwbridge/virtual/run.h"

#include "tests/support/child.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WH INT64_C(3600000000)

/* ---- charger ----------------------------------------------------------------------------------------------------- */

static void on_edge(void *self, int64_t now_ns, bool is_closed, int64_t energy_uj)
{
    struct ocpp_rig_truth *truth = self;
    assert(truth->count < OCPP_RIG_EDGES);
    truth->edges[truth->count].at_ns = now_ns;
    truth->edges[truth->count].is_closed = is_closed;
    truth->edges[truth->count].energy_uj = energy_uj;
    truth->count++;
}

static void be_charger(const struct ocpp_rig *rig, const char *script, const char *password, int64_t skew_us)
{
    static const volatile int never = 0;
    struct faults faults;
    char why[160];
    if (!faults_read(&faults, script, why, sizeof why))
        _exit(2);
    const struct charger_config config = {.host = "127.0.0.1",
                                          .port = rig->port,
                                          .path = "/CP1",
                                          .password = password,
                                          .meter_s = 1,
                                          .voltage_v = 200,
                                          .clock_skew_us = skew_us,
                                          .plug = {.power_w = 3000,
                                                   .demand_uj = INT64_MAX,
                                                   .resolution_uj = WH / 1000,
                                                   .counter_uj = 6294 * WH,
                                                   .seed = 7},
                                          .truth = {rig->truth, on_edge}};
    const struct virtual_outlet outlet = charger_outlet(charger_new(&config, &faults, virtual_now_ns()));
    (void)virtual_run(&outlet, 1, INT64_MAX, &never);
    _exit(0);
}

void ocpp_rig_start_charger(struct ocpp_rig *rig, const char *script, const char *password, int64_t skew_us)
{
    rig->charger = child_fork();
    if (rig->charger > 0)
        return;
    if (close_range(3, ~0u, 0) != 0)
        _exit(1);
    be_charger(rig, script, password, skew_us);
}

void ocpp_rig_stop_charger(struct ocpp_rig *rig)
{
    if (rig->charger <= 0)
        return;
    (void)kill(rig->charger, SIGKILL);
    (void)waitpid(rig->charger, NULL, 0);
    rig->charger = 0;
}

bool ocpp_rig_is_closed(const struct ocpp_rig *rig)
{
    uint32_t count = rig->truth->count;
    return count > 0 && rig->truth->edges[count - 1].is_closed;
}

/* ---- bridge ------------------------------------------------------------------------------------------------------ */

static void on_closed(void *self, uint32_t outlet)
{
    (void)outlet;
    ((struct ocpp_rig *)self)->closed++;
}

static void on_opened(void *self, uint32_t outlet)
{
    (void)outlet;
    ((struct ocpp_rig *)self)->opened++;
}

static void on_fault(void *self, uint32_t outlet, const char *cause)
{
    (void)outlet;
    struct ocpp_rig *rig = self;
    rig->faults++;
    snprintf(rig->cause, sizeof rig->cause, "%s", cause);
}

static void handle_wish(struct sim *sim, void *object, uint32_t outlet, uint64_t is_on)
{
    (void)sim;
    struct ocpp_rig *rig = object;
    struct outlet_port port = bridge_port(live_bridge(rig->live), outlet);
    rig->wished_ns = virtual_now_ns();
    if (is_on)
        port.ops->switch_on(port.self, 16000, INT64_MAX);
    else
        port.ops->switch_off(port.self);
}

void ocpp_rig_wish(struct ocpp_rig *rig, int64_t at_us, bool is_on)
{
    sim_schedule(rig->sim, at_us, SIM_MODEL,
                 &(struct sim_action){.kind = rig->wish_kind, .object = rig, .argument = is_on});
}

static void on_input(void *self, const struct hw_input *input)
{
    struct ocpp_rig *rig = self;
    struct hw_sink sink = live_sink(rig->live);
    if (input->kind == HW_ACK)
        rig->accepted_ns = virtual_now_ns();
    sink.on_input(sink.self, input);
}

static void on_reject(void *self, uint32_t outlet, enum hw_reject reject)
{
    struct hw_sink sink = live_sink(((struct ocpp_rig *)self)->live);
    sink.on_reject(sink.self, outlet, reject);
}

static void open_driver(struct ocpp_rig *rig, uint16_t port)
{
    char why[160];
    const struct ocpp_outlet outlet = {
        .name = "CP1", .password = OCPP_RIG_PASSWORD, .connector = 1, .voltage_v = 200, .phases = 1};
    const struct ocpp_options options = {.port = port,
                                         .security = OCPP_SECURITY_BASIC,
                                         .outlets = &outlet,
                                         .outlet_count = 1,
                                         .sink = {rig, on_input, on_reject}};
    bool is_open = ocpp_open(&rig->driver, &options, why, sizeof why);
    assert(is_open);
    rig->port = ocpp_port(&rig->driver);
}

static void open_bridge(struct ocpp_rig *rig, uint16_t port)
{
    rig->sim = sim_new(&(struct sim_options){.seed = 1});
    rig->pace = pace_open(&(struct pace_options){.policy = PACE_CATCHUP, .speed = 1});
    rig->live = live_new();
    assert(rig->sim != NULL && rig->pace != NULL && rig->live != NULL);
    open_driver(rig, port);
    rig->config = (struct bridge_outlet_config){.idle_below_w = BRIDGE_IDLE_BELOW_W, .idle_us = BRIDGE_IDLE_US};
    hw_outlet_config_init(&rig->config.lease, 0, 16000, 200, WH);
    ocpp_patience(&rig->config.lease);
    rig->config.lease.lease_us = OCPP_RIG_LEASE_US;
    const struct live_options options = {
        .sim = rig->sim,
        .pace = rig->pace,
        .outlets = &rig->config,
        .driver_of = &(const uint32_t){0},
        .outlet_count = 1,
        .drivers = &rig->driver,
        .driver_count = 1,
        .listener = {.self = rig, .on_closed = on_closed, .on_opened = on_opened, .on_fault = on_fault}};
    bool is_open = live_open(rig->live, &options);
    assert(is_open);
    rig->wish_kind = sim_kind_add(rig->sim, "rig.wish", handle_wish);
}

void ocpp_rig_open(struct ocpp_rig *rig, uint16_t port)
{
    struct ocpp_rig_truth *truth = rig->truth;
    pid_t charger = rig->charger;
    *rig = (struct ocpp_rig){.charger = charger, .truth = truth};
    if (rig->truth == NULL)
        rig->truth = mmap(NULL, sizeof *rig->truth, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert(rig->truth != MAP_FAILED);
    open_bridge(rig, port);
}

enum sim_end ocpp_rig_run(struct ocpp_rig *rig, int64_t until_us)
{
    struct clock_port clock = pace_port(rig->pace);
    struct sim_input input = live_input(rig->live);
    return sim_run_paced(rig->sim, &clock, &input, until_us);
}

const struct hw_outlet *ocpp_rig_outlet(const struct ocpp_rig *rig)
{
    return bridge_outlet(live_bridge(rig->live), 0);
}

void ocpp_rig_close_bridge(struct ocpp_rig *rig)
{
    live_free(rig->live);
    pace_close(rig->pace);
    sim_free(rig->sim);
}

void ocpp_rig_close(struct ocpp_rig *rig)
{
    ocpp_rig_close_bridge(rig);
    ocpp_rig_stop_charger(rig);
    (void)munmap(rig->truth, sizeof *rig->truth);
}
