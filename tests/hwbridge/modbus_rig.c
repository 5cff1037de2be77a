/* modbus_rig.c: a Modbus device in a process of its own, and a bridge.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/hwbridge/modbus_rig.h"

#include "hwbridge/replay.h"
#include "hwbridge/virtual/modbus_server.h"
#include "hwbridge/virtual/run.h"

#include "tests/support/child.h"
#include "tests/support/free_port.h"

#include <arpa/inet.h>
#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define WH       INT64_C(3600000000)
#define POWER_W  3000
#define READY_MS 15000
#define BAUD     19200

static bool answers(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_there = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    (void)close(fd);
    return is_there;
}

/* Until the device can be reached. */
static void await_device(const struct modbus_rig *rig)
{
    for (int i = 0; i < 1500; i++) {
        if (rig->is_serial ? access(rig->tty, F_OK) == 0 : answers(rig->port))
            return;
        usleep(10000);
    }
}

/* ---- our device ------------------------------------------------------------------------------------------------- */

static void on_edge(void *self, int64_t now_ns, bool is_closed, int64_t energy_uj)
{
    struct modbus_rig_truth *truth = self;
    assert(truth->count < MODBUS_RIG_EDGES);
    truth->edges[truth->count].at_ns = now_ns;
    truth->edges[truth->count].is_closed = is_closed;
    truth->edges[truth->count].energy_uj = energy_uj;
    truth->count++;
}

static void start_device(struct modbus_rig *rig)
{
    static const volatile int never = 0;
    rig->device = child_fork();
    if (rig->device != 0)
        return;
    struct faults faults;
    char why[160];
    if (!faults_read(&faults, rig->script, why, sizeof why))
        _exit(2);
    bool is_relay = strcmp(rig->map, "relay") == 0;
    const struct modbus_server_config config = {.address = rig->is_serial ? NULL : "127.0.0.1",
                                                .port = rig->port,
                                                .tty = rig->tty,
                                                .baud = BAUD,
                                                .board = {.name = is_relay ? "sdm230" : rig->map,
                                                          .unit = is_relay ? 2 : 0,
                                                          .meter_unit = is_relay ? 1 : 0,
                                                          .relay = 3,
                                                          .plug = {.power_w = POWER_W,
                                                                   .demand_uj = INT64_MAX,
                                                                   .resolution_uj = WH,
                                                                   .counter_uj = 6294 * WH,
                                                                   .seed = 7},
                                                          .truth = {rig->truth, on_edge}}};
    struct modbus_server *server = modbus_server_new(&config, &faults, virtual_now_ns(), why, sizeof why);
    if (server == NULL)
        _exit(3);
    const struct virtual_outlet outlet = modbus_server_outlet(server);
    (void)virtual_run(&outlet, 1, INT64_MAX, &never);
    _exit(0);
}

/* ---- a stranger's ----------------------------------------------------------------------------------------------- */

/* Two serial lines whose far ends are joined: what a stranger writes into the one comes out of the other. */
static int open_end(char *name, size_t size)
{
    struct termios terms;
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    int failed = grantpt(fd) | unlockpt(fd) | ptsname_r(fd, name, size);
    int far = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC); /* stays open: nobody's leaving ends the line */
    assert(fd >= 0 && failed == 0 && far >= 0);
    failed = tcgetattr(far, &terms);
    cfmakeraw(&terms);
    failed |= tcsetattr(far, TCSANOW, &terms);
    assert(failed == 0);
    return fd;
}

static void copy(int from, int to)
{
    char bytes[512];
    ssize_t got = read(from, bytes, sizeof bytes);
    ssize_t put = got > 0 ? write(to, bytes, (size_t)got) : 0;
    assert(put == (got > 0 ? got : 0));
}

/* Ends with the stranger, in whose process group it is. */
static void join_lines(char *ours, char *theirs, size_t size)
{
    struct pollfd ends[2] = {{.fd = open_end(ours, size), .events = POLLIN},
                             {.fd = open_end(theirs, size), .events = POLLIN}};
    if (child_fork() != 0)
        return;
    while (poll(ends, 2, -1) > 0) {
        if ((ends[0].revents & POLLIN) != 0)
            copy(ends[0].fd, ends[1].fd);
        if ((ends[1].revents & POLLIN) != 0)
            copy(ends[1].fd, ends[0].fd);
    }
    _exit(0);
}

static void become(const char *const *arguments, const char *port, const char *tty)
{
    const char *list[16] = {NULL};
    for (size_t i = 0; arguments[i] != NULL && i < 15; i++)
        list[i] = strcmp(arguments[i], "PORT") == 0 ? port : strcmp(arguments[i], "TTY") == 0 ? tty : arguments[i];
    execvp(list[0], (char *const *)(uintptr_t)list);
    _exit(1);
}

static bool says_ready(int fd)
{
    char text[64] = "";
    size_t length = 0;
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    while (strstr(text, "ready") == NULL) {
        ssize_t got = poll(&ready, 1, READY_MS) == 1 ? read(fd, text + length, sizeof text - 1 - length) : 0;
        if (got <= 0)
            return false;
        length += (size_t)got;
        text[length] = 0;
    }
    return true;
}

static bool start_stranger(struct modbus_rig *rig, const char *const *arguments)
{
    int fds[2];
    char port[8], theirs[64] = "";
    snprintf(port, sizeof port, "%u", rig->port);
    if (rig->is_serial)
        join_lines(rig->tty, theirs, sizeof theirs);
    int failed = pipe(fds);
    assert(failed == 0);
    rig->device = child_fork();
    if (rig->device == 0) {
        (void)dup2(fds[1], STDOUT_FILENO);
        (void)close(fds[0]);
        (void)close(fds[1]);
        become(arguments, port, theirs);
    }
    (void)close(fds[1]);
    bool is_up = says_ready(fds[0]);
    (void)close(fds[0]);
    return is_up;
}

/* ---- bridge ----------------------------------------------------------------------------------------------------- */

static void on_closed(void *self, uint32_t outlet)
{
    (void)outlet;
    ((struct modbus_rig *)self)->told.closed++;
}

static void on_opened(void *self, uint32_t outlet)
{
    (void)outlet;
    ((struct modbus_rig *)self)->told.opened++;
}

static void on_fault(void *self, uint32_t outlet, const char *cause)
{
    (void)outlet;
    struct modbus_rig *rig = self;
    rig->told.faults++;
    snprintf(rig->told.cause, sizeof rig->told.cause, "%s", cause);
}

static void handle_wish(struct sim *sim, void *object, uint32_t outlet, uint64_t is_on)
{
    (void)sim;
    struct modbus_rig *rig = object;
    struct outlet_port port = bridge_port(rig->bridge != NULL ? rig->bridge : live_bridge(rig->live), outlet);
    if (is_on)
        port.ops->switch_on(port.self, 16000, INT64_MAX);
    else
        port.ops->switch_off(port.self);
}

static void schedule_wish(struct modbus_rig *rig, int64_t at_us, bool is_on)
{
    sim_schedule(rig->sim, at_us, SIM_MODEL,
                 &(struct sim_action){.kind = rig->wish_kind, .object = rig, .argument = is_on});
}

void modbus_rig_wish(struct modbus_rig *rig, int64_t at_us, bool is_on)
{
    assert(rig->wish_count < MODBUS_RIG_WISHES);
    rig->wish_us[rig->wish_count] = at_us;
    rig->is_wished_on[rig->wish_count++] = is_on;
    if (rig->sim != NULL)
        schedule_wish(rig, at_us, is_on);
}

/* Those that are made, in a simulation that begins. */
static void schedule_wishes(struct modbus_rig *rig)
{
    rig->wish_kind = sim_kind_add(rig->sim, "rig.wish", handle_wish);
    for (size_t i = 0; i < rig->wish_count; i++)
        schedule_wish(rig, rig->wish_us[i], rig->is_wished_on[i]);
}

static struct outlet_listener listener(struct modbus_rig *rig)
{
    return (struct outlet_listener){.self = rig, .on_closed = on_closed, .on_opened = on_opened, .on_fault = on_fault};
}

static void open_driver(struct modbus_rig *rig)
{
    char why[200];
    bool is_relay = strcmp(rig->map, "relay") == 0;
    const struct modbus_map *map = modbus_map_find(rig->map);
    const struct modbus_line_options line = {.address = rig->is_serial ? NULL : "127.0.0.1",
                                             .port = rig->port,
                                             .tty = rig->tty,
                                             .baud = BAUD,
                                             .parity = 'N',
                                             .answer_ms = rig->answer_ms > 0 ? rig->answer_ms : MODBUS_ANSWER_MS};
    const struct modbus_outlet outlet = {.device = {.map = map,
                                                    .unit = is_relay ? 2 : map->unit,
                                                    .relay = 3,
                                                    .meter = is_relay ? modbus_map_find("sdm230") : NULL,
                                                    .meter_unit = 1,
                                                    .lease_us = rig->lease_us},
                                         .is_lease_waived = true};
    bool is_open = modbus_open(&rig->driver,
                               &(struct modbus_options){.lines = &line,
                                                        .line_count = 1,
                                                        .outlets = &outlet,
                                                        .outlet_count = 1,
                                                        .poll_us = 500000,
                                                        .sink = live_sink(rig->live)},
                               why, sizeof why);
    assert(is_open);
}

static void configure(struct modbus_rig *rig)
{
    rig->config = (struct bridge_outlet_config){.idle_below_w = BRIDGE_IDLE_BELOW_W, .idle_us = BRIDGE_IDLE_US};
    hw_outlet_config_init(&rig->config.lease, 0, 16000, 200, WH);
    rig->config.lease.lease_us = rig->lease_us;
}

void modbus_rig_bridge(struct modbus_rig *rig)
{
    rig->sim = sim_new(&(struct sim_options){.seed = 1});
    rig->pace = pace_open(&(struct pace_options){.policy = PACE_CATCHUP, .speed = 1});
    rig->live = live_new();
    assert(rig->sim != NULL && rig->pace != NULL && rig->live != NULL);
    char path[64];
    snprintf(path, sizeof path, "%s/run.hwj", rig->folder);
    int failed = journal_open(&rig->journal, path);
    assert(failed == 0);
    open_driver(rig);
    configure(rig);
    bool is_open = live_open(rig->live, &(struct live_options){.sim = rig->sim,
                                                               .pace = rig->pace,
                                                               .outlets = &rig->config,
                                                               .driver_of = &(const uint32_t){0},
                                                               .outlet_count = 1,
                                                               .drivers = &rig->driver,
                                                               .driver_count = 1,
                                                               .journal = &rig->journal,
                                                               .listener = listener(rig)});
    assert(is_open);
    schedule_wishes(rig);
}

static void prepare(struct modbus_rig *rig)
{
    rig->port = rig->is_serial ? 0 : free_port(0);
    snprintf(rig->folder, sizeof rig->folder, "modbusXXXXXX");
    const char *made = mkdtemp(rig->folder);
    assert(made != NULL);
    snprintf(rig->tty, sizeof rig->tty, "%s/tty", rig->folder);
    rig->truth = mmap(NULL, sizeof *rig->truth, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert(rig->truth != MAP_FAILED);
}

void modbus_rig_start(struct modbus_rig *rig)
{
    prepare(rig);
    start_device(rig);
    await_device(rig);
    bool is_up = waitpid(rig->device, NULL, WNOHANG) == 0;
    assert(is_up); /* its script was read, its port was free */
}

void modbus_rig_open(struct modbus_rig *rig)
{
    modbus_rig_start(rig);
    modbus_rig_bridge(rig);
}

bool modbus_rig_open_stranger(struct modbus_rig *rig, const char *const *arguments)
{
    prepare(rig);
    bool is_up = start_stranger(rig, arguments);
    if (is_up) {
        await_device(rig);
        modbus_rig_bridge(rig);
    } else {
        modbus_rig_close(rig);
    }
    return is_up;
}

enum sim_end modbus_rig_run(struct modbus_rig *rig, int64_t until_us)
{
    struct clock_port clock = pace_port(rig->pace);
    struct sim_input input = live_input(rig->live);
    return sim_run_paced(rig->sim, &clock, &input, until_us);
}

/* Out: told, what the controller was told in the replay. */
static enum replay_result replay(const struct modbus_rig *of, struct modbus_rig_told *told, char *why, size_t why_size)
{
    char path[sizeof of->folder + 16];
    struct journal_reader reader;
    struct journal_record first;
    struct modbus_rig again = *of, *rig = &again;
    again.told = (struct modbus_rig_told){0};
    snprintf(path, sizeof path, "%s/run.hwj", of->folder);
    int failed = journal_reader_open(&reader, path);
    assert(failed == 0);
    enum journal_result has_first = journal_read(&reader, &first);
    rig->sim = sim_new(&(struct sim_options){.seed = 1});
    assert(has_first == JOURNAL_OK && rig->sim != NULL);
    struct replay *replay = replay_new(rig->sim, &reader, &first);
    rig->bridge = bridge_new(&(struct bridge_options){.sim = rig->sim,
                                                      .outlets = &rig->config,
                                                      .outlet_count = 1,
                                                      .wire = replay_wire(replay),
                                                      .listener = listener(rig)});
    assert(replay != NULL && rig->bridge != NULL);
    schedule_wishes(rig);
    enum replay_result result = replay_run(replay, rig->bridge, why, why_size);
    again.told.state = bridge_outlet(rig->bridge, 0)->state;
    replay_free(replay);
    bridge_free(rig->bridge);
    sim_free(rig->sim);
    journal_reader_close(&reader);
    *told = again.told;
    return result;
}

bool modbus_rig_replays(struct modbus_rig *rig, char *why, size_t why_size)
{
    struct modbus_rig_told told;
    size_t unconfirmed = live_end(rig->live, SIM_END_HORIZON, 5000);
    int failed = journal_close(&rig->journal);
    assert(unconfirmed == 0 && failed == 0);
    if (replay(rig, &told, why, why_size) != REPLAY_SAME)
        return false;
    snprintf(why, why_size, "the controller is told something else");
    return told.closed == rig->told.closed && told.opened == rig->told.opened && told.faults == rig->told.faults;
}

bool modbus_rig_replays_cut(struct modbus_rig *rig, char *why, size_t why_size)
{
    configure(rig);
    return replay(rig, &rig->told, why, why_size) == REPLAY_CUT;
}

const struct hw_outlet *modbus_rig_outlet(const struct modbus_rig *rig)
{
    return bridge_outlet(live_bridge(rig->live), 0);
}

bool modbus_rig_is_closed(const struct modbus_rig *rig)
{
    uint32_t count = rig->truth->count;
    return count > 0 && rig->truth->edges[count - 1].is_closed;
}

void modbus_rig_close(struct modbus_rig *rig)
{
    if (rig->live != NULL) {
        live_free(rig->live);
        pace_close(rig->pace);
        sim_free(rig->sim);
    }
    (void)kill(rig->device, SIGKILL);
    (void)waitpid(rig->device, NULL, 0);
    (void)munmap(rig->truth, sizeof *rig->truth);
    char path[64];
    snprintf(path, sizeof path, "%s/run.hwj", rig->folder);
    (void)unlink(path);
    if (strncmp(rig->tty, rig->folder, strlen(rig->folder)) == 0)
        (void)unlink(rig->tty);
    (void)rmdir(rig->folder);
}
