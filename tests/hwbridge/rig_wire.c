/* rig_wire.c: the processes of a rig: broker, plugs, strangers.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/hwbridge/rig.h"

#include "hwbridge/virtual/mqtt_outlet.h"
#include "hwbridge/virtual/mqtt_wire.h"
#include "hwbridge/virtual/run.h"

#include "tests/support/child.h"
#include "tests/support/free_port.h"

#include <arpa/inet.h>
#include <assert.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BROKER "/usr/sbin/mosquitto"

bool rig_is_possible(void)
{
    return access(BROKER, X_OK) == 0;
}

/* ---- broker ------------------------------------------------------------------------------------------------------ */

static int dial(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

static bool answers(uint16_t port)
{
    int fd = dial(port);
    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

void rig_kill(pid_t *pid)
{
    if (*pid <= 0)
        return;
    (void)kill(*pid, SIGKILL);
    (void)waitpid(*pid, NULL, 0);
    *pid = 0;
}

bool rig_program(const char *const *arguments)
{
    int status = 0;
    pid_t pid = child_fork();
    if (pid == 0) {
        (void)!freopen("/dev/null", "we", stdout);
        (void)!freopen("/dev/null", "we", stderr);
        execvp(arguments[0], (char *const *)(uintptr_t)arguments);
        _exit(127);
    }
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void rig_start_broker(struct rig *rig)
{
    char path[96];
    snprintf(path, sizeof path, "%s/broker.conf", rig->folder);
    FILE *file = fopen(path, "we");
    assert(file != NULL);
    fprintf(file,
            "user root\npersistence false\nset_tcp_nodelay true\nlog_dest none\nper_listener_settings true\n"
            "listener %u 127.0.0.1\n",
            rig->port);
    if (rig->options.broker != NULL)
        rig->options.broker(rig, file);
    else
        fprintf(file, "allow_anonymous true\n");
    fclose(file);
    rig->broker = child_fork();
    if (rig->broker == 0) {
        execl(BROKER, BROKER, "-c", path, (char *)NULL);
        _exit(1);
    }
    for (int i = 0; i < 500 && !answers(rig->port); i++)
        usleep(10000);
    assert(answers(rig->port));
}

void rig_stop_broker(struct rig *rig)
{
    rig_kill(&rig->broker);
}

/* ---- plugs ------------------------------------------------------------------------------------------------------- */

static void on_edge(void *self, int64_t now_ns, bool is_closed, int64_t energy_uj)
{
    struct rig_truth *truth = self;
    (void)now_ns; /* the beginning of the plug's turn */
    assert(truth->count < RIG_EDGES);
    truth->edges[truth->count].at_ns = virtual_now_ns();
    truth->edges[truth->count].is_closed = is_closed;
    truth->edges[truth->count].energy_uj = energy_uj;
    truth->count++;
}

static struct virtual_outlet make_plug(const struct rig *rig, uint32_t outlet, const char *topic)
{
    struct faults faults;
    char why[160];
    const struct rig_plug *plug = &rig->options.plugs[outlet];
    if (!faults_read(&faults, plug->script, why, sizeof why)) {
        fprintf(stderr, "%s\n", why);
        _exit(2);
    }
    const struct mqtt_outlet_config config = {
        .host = "127.0.0.1",
        .port = rig->port,
        .topic = topic,
        .user = "plug",
        .password = RIG_PASSWORD,
        .telemetry_ns = rig->options.telemetry_ns == 0 ? 1000000000 : rig->options.telemetry_ns,
        .plug = {.power_w = RIG_POWER_W,
                 .demand_uj = INT64_MAX,
                 .resolution_uj = RIG_WH,
                 .counter_uj = 6294 * RIG_WH,
                 .seed = 7 + outlet,
                 .is_quick = rig->options.is_quick},
        .truth = {&rig->truth[outlet], on_edge}};
    rig->truth[outlet].begun_ns = virtual_now_ns();
    return mqtt_outlet(mqtt_outlet_new(mqtt_words_find(plug->dialect), &config, &faults, virtual_now_ns()));
}

static void start_plugs(struct rig *rig)
{
    rig->plugs = child_fork();
    if (rig->plugs != 0)
        return;
    if (rig->options.strange != NULL) {
        rig->options.strange(rig);
        _exit(0);
    }
    static const volatile int never = 0;
    static char topics[RIG_OUTLETS][16];
    static struct virtual_outlet outlets[RIG_OUTLETS];
    for (uint32_t i = 0; i < rig->options.plug_count; i++) {
        snprintf(topics[i], sizeof topics[i], "plug%u", i);
        outlets[i] = make_plug(rig, i, topics[i]);
    }
    (void)virtual_run(outlets, rig->options.plug_count, INT64_MAX, &never);
    _exit(0);
}

bool rig_is_closed(const struct rig *rig, uint32_t outlet)
{
    const struct rig_truth *truth = &rig->truth[outlet];
    uint32_t count = truth->count;
    return count > 0 && truth->edges[count - 1].is_closed;
}

/* ---- strangers --------------------------------------------------------------------------------------------------- */

int rig_stranger(const struct rig *rig, const char *user, const char *password)
{
    struct wire_packet packet;
    uint8_t answer[4];
    int fd = dial(rig->port);
    assert(fd >= 0);
    wire_connect(&packet, &(struct wire_connect){
                              .client_id = "stranger", .user = user, .password = password, .keepalive_s = 60});
    ssize_t sent = write(fd, packet.bytes, packet.length), got = read(fd, answer, sizeof answer);
    if (sent == (ssize_t)packet.length && got == 4 && answer[3] == 0)
        return fd;
    (void)close(fd);
    return -1;
}

/* Written by hand: what a hostile client says is no text. */
void rig_publish(int fd, const char *topic, const void *payload, size_t length)
{
    uint8_t head[64] = {0x30};
    size_t topic_length = strlen(topic), left = 2 + topic_length + length, at = 1;
    assert(topic_length < 48 && left < 2097152);
    do {
        head[at++] = (uint8_t)(left % 128 | (left >= 128 ? 0x80 : 0));
        left /= 128;
    } while (left > 0);
    head[at++] = 0;
    head[at++] = (uint8_t)topic_length;
    memcpy(head + at, topic, topic_length);
    at += topic_length;
    (void)!send(fd, head, at, MSG_NOSIGNAL | MSG_MORE);
    for (size_t done = 0; done < length;) {
        ssize_t sent = send(fd, (const char *)payload + done, length - done, MSG_NOSIGNAL);
        if (sent <= 0)
            return; /* the broker has hung up */
        done += (size_t)sent;
    }
}

void rig_topic(char topic[64], const struct rig *rig, uint32_t outlet)
{
    const struct mqtt_dialect *dialect = mqtt_dialect_find(rig->options.plugs[outlet].dialect);
    const char *gap = strstr(dialect->command, "%s");
    snprintf(topic, 64, "%.*splug%u%s", (int)(gap - dialect->command), dialect->command, outlet, gap + 2);
}

void rig_leave_retained(const struct rig *rig, const char *payload)
{
    struct wire_packet packet;
    char topic[64];
    int fd = rig_stranger(rig, NULL, NULL);
    rig_topic(topic, rig, 0);
    wire_publish(&packet, topic, payload, true);
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
    char topic[64];
    bool is_found = false;
    int fd = rig_stranger(rig, NULL, NULL);
    rig_topic(topic, rig, 0);
    wire_subscribe(&packet, 1, topic);
    ssize_t got = write(fd, packet.bytes, packet.length);
    usleep(300000);
    got = read(fd, bytes, sizeof bytes);
    assert(got > 0);
    for (long at = 0, length; (length = wire_read(&heard, bytes + at, (size_t)(got - at))) > 0; at += length)
        is_found = is_found || (heard.kind == WIRE_PUBLISH && heard.is_retained);
    (void)close(fd);
    return is_found;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

void rig_open(struct rig *rig, const struct rig_options *options)
{
    assert(options->plug_count > 0 && options->plug_count <= RIG_OUTLETS);
    *rig = (struct rig){.options = *options, .port = free_port(0), .tls_port = free_port(1), .folder = "rigXXXXXX"};
    size_t truth_size = options->plug_count * sizeof *rig->truth;
    rig->truth = mmap(NULL, truth_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    rig->log = calloc(options->plug_count, sizeof *rig->log);
    assert(rig->truth != MAP_FAILED && rig->log != NULL && mkdtemp(rig->folder) != NULL);
    rig_start_broker(rig);
    if (options->retained != NULL)
        rig_leave_retained(rig, options->retained);
    start_plugs(rig);
    for (int i = 0; i < 500 && options->retained != NULL && rig->truth[0].count == 0; i++)
        usleep(10000); /* the bridge comes when the harm is done */
}

static void empty(const char *folder)
{
    DIR *open = opendir(folder);
    assert(open != NULL);
    for (const struct dirent *entry; (entry = readdir(open)) != NULL;)
        (void)unlinkat(dirfd(open), entry->d_name, 0);
    (void)closedir(open);
}

void rig_close_wire(struct rig *rig)
{
    rig_kill(&rig->plugs);
    rig_kill(&rig->broker);
    (void)munmap(rig->truth, rig->options.plug_count * sizeof *rig->truth);
    free(rig->log);
    empty(rig->folder);
    (void)rmdir(rig->folder);
}
