/* rig.c: a broker, a virtual plug and a bridge on loopback.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/hwbridge/rig.h"

#include "hwbridge/mqtt.h"
#include "hwbridge/virtual/mqtt_wire.h"
#include "hwbridge/virtual/run.h"
#include "hwbridge/virtual/tasmota.h"

#include <arpa/inet.h>
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BROKER "/usr/sbin/mosquitto"
#define WH     INT64_C(3600000000)

bool rig_is_possible(void)
{
    return access(BROKER, X_OK) == 0;
}

/* ---- broker ------------------------------------------------------------------------------------------------------ */

static uint16_t free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int failed = bind(fd, (struct sockaddr *)&address, size) | getsockname(fd, (struct sockaddr *)&address, &size);
    assert(fd >= 0 && failed == 0);
    (void)close(fd);
    return ntohs(address.sin_port);
}

static bool answers(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool is_there = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    (void)close(fd);
    return is_there;
}

static pid_t child(void)
{
    pid_t parent = getpid(), pid = fork();
    assert(pid >= 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* nothing is left behind */
        if (getppid() != parent)
            _exit(1);
    }
    return pid;
}

void rig_start_broker(struct rig *rig)
{
    char path[96];
    snprintf(path, sizeof path, "%s/broker.conf", rig->folder);
    FILE *file = fopen(path, "we");
    assert(file != NULL);
    fprintf(file,
            "user root\nlistener %u 127.0.0.1\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\n"
            "max_packet_size 16384\nlog_dest none\n",
            rig->port);
    fclose(file);
    rig->broker = child();
    if (rig->broker == 0) {
        execl(BROKER, BROKER, "-c", path, (char *)NULL);
        _exit(1);
    }
    for (int i = 0; i < 500 && !answers(rig->port); i++)
        usleep(10000);
    assert(answers(rig->port));
}

static void stop(pid_t *pid)
{
    if (*pid <= 0)
        return;
    (void)kill(*pid, SIGKILL);
    (void)waitpid(*pid, NULL, 0);
    *pid = 0;
}

void rig_stop_broker(struct rig *rig)
{
    stop(&rig->broker);
}

/* ---- plug -------------------------------------------------------------------------------------------------------- */

static void on_edge(void *self, int64_t now_ns, bool is_closed, int64_t energy_uj)
{
    struct rig_truth *truth = self;
    assert(truth->count < RIG_EDGES);
    truth->edges[truth->count].at_ns = now_ns;
    truth->edges[truth->count].is_closed = is_closed;
    truth->edges[truth->count].energy_uj = energy_uj;
    truth->count++;
}

static void start_plug(struct rig *rig, const char *script)
{
    rig->plug = child();
    if (rig->plug != 0)
        return;
    static const volatile int never = 0;
    struct faults faults;
    char why[160];
    if (!faults_read(&faults, script, why, sizeof why))
        _exit(2);
    const struct tasmota_config config = {
        .host = "127.0.0.1",
        .port = rig->port,
        .topic = "plug1",
        .telemetry_ns = 1000000000,
        .plug = {.power_w = 3000, .demand_uj = INT64_MAX, .resolution_uj = WH, .counter_uj = 6294 * WH, .seed = 7},
        .truth = {rig->truth, on_edge}};
    struct tasmota *plug = tasmota_new(&config, &faults, virtual_now_ns());
    const struct virtual_outlet outlet = tasmota_outlet(plug);
    (void)virtual_run(&outlet, 1, INT64_MAX, &never);
    _exit(0);
}

bool rig_is_closed(const struct rig *rig)
{
    uint32_t count = rig->truth->count;
    return count > 0 && rig->truth->edges[count - 1].is_closed;
}

/* ---- bridge ------------------------------------------------------------------------------------------------------ */

static void on_closed(void *self, uint32_t outlet)
{
    (void)outlet;
    struct rig *rig = self;
    rig->told.closed++;
    rig->told.told_ns = virtual_now_ns();
}

static void on_opened(void *self, uint32_t outlet)
{
    (void)outlet;
    struct rig *rig = self;
    rig->told.opened++;
    rig->told.told_ns = virtual_now_ns();
}

static void on_fault(void *self, uint32_t outlet, const char *cause)
{
    (void)outlet;
    struct rig *rig = self;
    rig->told.faults++;
    snprintf(rig->told.cause, sizeof rig->told.cause, "%s", cause);
}

static void handle_wish(struct sim *sim, void *object, uint32_t outlet, uint64_t is_on)
{
    (void)sim;
    struct rig *rig = object;
    struct outlet_port port = bridge_port(live_bridge(rig->live), outlet);
    rig->told.wished_ns = virtual_now_ns();
    if (is_on)
        port.ops->switch_on(port.self, 16000, INT64_MAX);
    else
        port.ops->switch_off(port.self);
}

void rig_wish(struct rig *rig, int64_t at_us, bool is_on)
{
    sim_schedule(rig->sim, at_us, SIM_MODEL,
                 &(struct sim_action){.kind = rig->wish_kind, .object = rig, .argument = is_on});
}

static void open_driver(struct rig *rig)
{
    char why[160];
    const struct mqtt_plug plug = {.outlet = 0, .dialect = &mqtt_tasmota, .topic = "plug1", .lease_us = RIG_LEASE_US};
    const struct mqtt_options options = {.host = "127.0.0.1",
                                         .port = rig->port,
                                         .client_id = "konsento",
                                         .plugs = &plug,
                                         .plug_count = 1,
                                         .sink = live_sink(rig->live)};
    bool is_open = mqtt_open(&rig->driver, &options, why, sizeof why);
    assert(is_open);
}

static void open_bridge(struct rig *rig)
{
    char path[96];
    snprintf(path, sizeof path, "%s/run.hwj", rig->folder);
    rig->sim = sim_new(&(struct sim_options){.seed = 1});
    rig->pace = pace_open(&(struct pace_options){.policy = PACE_CATCHUP, .speed = 1});
    rig->live = live_new();
    assert(rig->sim != NULL && rig->pace != NULL && rig->live != NULL);
    int failed = journal_open(&rig->journal, path);
    assert(failed == 0);
    open_driver(rig);
    rig->config = (struct bridge_outlet_config){.idle_below_w = BRIDGE_IDLE_BELOW_W, .idle_us = BRIDGE_IDLE_US};
    hw_outlet_config_init(&rig->config.lease, 0, 16000, 200, WH);
    rig->config.lease.lease_us = RIG_LEASE_US;
    bool is_open =
        live_open(rig->live,
                  &(struct live_options){
                      .sim = rig->sim,
                      .pace = rig->pace,
                      .outlets = &rig->config,
                      .driver_of = &(const uint32_t){0},
                      .outlet_count = 1,
                      .drivers = &rig->driver,
                      .driver_count = 1,
                      .journal = &rig->journal,
                      .listener = {.self = rig, .on_closed = on_closed, .on_opened = on_opened, .on_fault = on_fault}});
    assert(is_open);
    rig->wish_kind = sim_kind_add(rig->sim, "rig.wish", handle_wish);
}

/* A client of three packets, one after the other. Returns its connection, greeted. */
static int greet_broker(const struct rig *rig)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(rig->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct wire_packet packet;
    uint8_t answer[4];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int failed = connect(fd, (struct sockaddr *)&address, sizeof address);
    assert(failed == 0);
    wire_connect(&packet, &(struct wire_connect){.client_id = "stranger", .keepalive_s = 60});
    ssize_t sent = write(fd, packet.bytes, packet.length);
    ssize_t got = read(fd, answer, sizeof answer);
    assert(sent == (ssize_t)packet.length && got == 4 && answer[3] == 0);
    return fd;
}

static void leave_retained(const struct rig *rig, const char *payload)
{
    struct wire_packet packet;
    int fd = greet_broker(rig);
    wire_publish(&packet, "cmnd/plug1/POWER", payload, true);
    ssize_t sent = write(fd, packet.bytes, packet.length);
    assert(sent == (ssize_t)packet.length);
    usleep(100000);
    (void)close(fd);
}

bool rig_finds_retained(const struct rig *rig)
{
    struct wire_packet packet;
    struct wire_heard heard;
    uint8_t bytes[256];
    bool is_found = false;
    int fd = greet_broker(rig);
    wire_subscribe(&packet, 1, "cmnd/plug1/POWER");
    ssize_t got = write(fd, packet.bytes, packet.length);
    usleep(300000);
    got = read(fd, bytes, sizeof bytes);
    assert(got > 0);
    for (long at = 0, length; (length = wire_read(&heard, bytes + at, (size_t)(got - at))) > 0; at += length)
        is_found = is_found || (heard.kind == WIRE_PUBLISH && heard.is_retained);
    (void)close(fd);
    return is_found;
}

void rig_open(struct rig *rig, const char *script, const char *retained)
{
    *rig = (struct rig){.port = free_port(), .folder = "rigXXXXXX"};
    rig->truth = mmap(NULL, sizeof *rig->truth, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert(rig->truth != MAP_FAILED && mkdtemp(rig->folder) != NULL);
    rig_start_broker(rig);
    if (retained != NULL)
        leave_retained(rig, retained);
    start_plug(rig, script);
    for (int i = 0; i < 500 && retained != NULL && rig->truth->count == 0; i++)
        usleep(10000); /* the bridge comes when the harm is done */
    open_bridge(rig);
}

enum sim_end rig_run(struct rig *rig, int64_t until_us)
{
    struct clock_port clock = pace_port(rig->pace);
    struct sim_input input = live_input(rig->live);
    return sim_run_paced(rig->sim, &clock, &input, until_us);
}

const struct hw_outlet *rig_outlet(const struct rig *rig)
{
    return bridge_outlet(live_bridge(rig->live), 0);
}

void rig_close(struct rig *rig)
{
    char path[96];
    live_free(rig->live);
    pace_close(rig->pace);
    sim_free(rig->sim);
    (void)journal_close(&rig->journal);
    stop(&rig->plug);
    stop(&rig->broker);
    (void)munmap(rig->truth, sizeof *rig->truth);
    snprintf(path, sizeof path, "%s/run.hwj", rig->folder);
    (void)unlink(path);
    snprintf(path, sizeof path, "%s/broker.conf", rig->folder);
    (void)unlink(path);
    (void)rmdir(rig->folder);
}
