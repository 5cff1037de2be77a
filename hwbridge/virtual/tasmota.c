/* tasmota.c: the virtual outlet as a Tasmota plug.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/virtual/tasmota.h"

#include "hwbridge/virtual/mqtt_wire.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TOPIC_MAX     192
#define PAYLOAD_MAX   512
#define OUT_MAX       65536
#define IN_MAX        65536
#define LATE_MAX      64
#define KEEPALIVE_S   30
#define RETRY_NS      INT64_C(500000000)
#define SECOND_NS     INT64_C(1000000000)
#define PULSE_STEP_NS INT64_C(100000000)
#define PPM           1000000

enum connection { CONNECTION_NONE, CONNECTION_DIALLING, CONNECTION_GREETING, CONNECTION_UP };

/* What a delay keeps back. */
struct late {
    int64_t at_ns;
    struct wire_packet packet;
};

struct tasmota {
    struct tasmota_config config;
    struct plug plug;
    int fd;
    enum connection connection;
    int64_t dial_ns, ping_ns, telemetry_ns;
    uint8_t out[OUT_MAX], in[IN_MAX];
    size_t out_length, in_length;
    struct late *late; /* in order */
    size_t late_count;
    long pulse; /* PulseTime1 */
    long power_on_state;
    bool retains_power;
    bool is_frozen;
};

/* ---- the wire ---------------------------------------------------------------------------------------------------- */

static void queue(struct tasmota *tasmota, const uint8_t *bytes, size_t length)
{
    if (length > OUT_MAX - tasmota->out_length)
        return; /* as a small device does */
    memcpy(tasmota->out + tasmota->out_length, bytes, length);
    tasmota->out_length += length;
}

static bool chance(struct tasmota *tasmota, enum fault_kind kind, int64_t now_ns)
{
    const struct fault *fault = faults_now(&tasmota->plug.faults, kind, now_ns);
    return fault != NULL && plug_draw(&tasmota->plug, PPM) < fault->figure;
}

/* Everything that it says about itself passes here and may come to harm. */
static void say_packet(struct tasmota *tasmota, struct wire_packet *packet, int64_t now_ns)
{
    const struct fault *delay = faults_now(&tasmota->plug.faults, FAULT_DELAY, now_ns);
    if (chance(tasmota, FAULT_DROP, now_ns))
        return;
    bool is_twice = chance(tasmota, FAULT_DUPLICATE, now_ns);
    if (delay == NULL && tasmota->late_count == 0) {
        queue(tasmota, packet->bytes, packet->length);
        if (is_twice)
            queue(tasmota, packet->bytes, packet->length);
        return;
    }
    if (tasmota->late_count == LATE_MAX)
        return;
    tasmota->late[tasmota->late_count++] =
        (struct late){.at_ns = now_ns + (delay == NULL ? 0 : delay->figure), .packet = *packet};
}

static void say(struct tasmota *tasmota, const char *prefix, const char *word, const char *payload, int64_t now_ns)
{
    char topic[TOPIC_MAX];
    struct wire_packet packet;
    if (tasmota->connection != CONNECTION_UP)
        return;
    snprintf(topic, sizeof topic, "%s/%s/%s", prefix, tasmota->config.topic, word);
    bool is_mangled = chance(tasmota, FAULT_MALFORMED, now_ns);
    wire_publish(&packet, topic, is_mangled ? "{\"ENERGY\":{\"Total\":1e999,\"Power\":[[[\xff" : payload,
                 strcmp(word, "LWT") == 0);
    say_packet(tasmota, &packet, now_ns);
}

static void let_late_go(struct tasmota *tasmota, int64_t now_ns)
{
    size_t gone = 0;
    while (gone < tasmota->late_count && tasmota->late[gone].at_ns <= now_ns) {
        queue(tasmota, tasmota->late[gone].packet.bytes, tasmota->late[gone].packet.length);
        gone++;
    }
    tasmota->late_count -= gone;
    memmove(tasmota->late, tasmota->late + gone, tasmota->late_count * sizeof tasmota->late[0]);
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

static void say_power(struct tasmota *tasmota, int64_t now_ns)
{
    bool is_dead = faults_now(&tasmota->plug.faults, FAULT_DEAD_RELAY, now_ns) != NULL;
    bool is_stuck = faults_now(&tasmota->plug.faults, FAULT_STUCK_RELAY, now_ns) != NULL;
    bool said = is_dead || is_stuck ? tasmota->plug.is_wanted : tasmota->plug.is_closed; /* it does not know better */
    say(tasmota, "stat", "RESULT", said ? "{\"POWER\":\"ON\"}" : "{\"POWER\":\"OFF\"}", now_ns);
    say(tasmota, "stat", "POWER", said ? "ON" : "OFF", now_ns);
}

static void say_energy(struct tasmota *tasmota, const char *prefix, const char *word, const char *form, int64_t now_ns)
{
    char energy[PAYLOAD_MAX / 2], payload[PAYLOAD_MAX];
    int64_t power_w = plug_power_w(&tasmota->plug, now_ns);
    snprintf(energy, sizeof energy,
             "\"ENERGY\":{\"TotalStartTime\":\"2018-03-01T00:00:00\",\"Total\":%.3f,\"Power\":%lld,\"Voltage\":200,"
             "\"Current\":%.3f}",
             (double)plug_counter_uj(&tasmota->plug, now_ns) / 3.6e12, (long long)power_w, (double)power_w / 200);
    snprintf(payload, sizeof payload, "%s{\"Time\":\"2018-03-01T00:00:00\",%s}%s", form, energy, *form == 0 ? "" : "}");
    say(tasmota, prefix, word, payload, now_ns);
}

/* A number within a range, or -1: a question. */
static long number_of(const char *text, long most)
{
    char *end = NULL;
    errno = 0;
    long value = strtol(text, &end, 10);
    return *text != 0 && *end == 0 && errno == 0 && value >= 0 && value <= most ? value : -1;
}

static void obey_pulse(struct tasmota *tasmota, const char *payload, int64_t now_ns)
{
    char answer[PAYLOAD_MAX];
    long value = number_of(payload, 64900);
    if (value >= 0) {
        tasmota->pulse = value;
        plug_set_lease(&tasmota->plug, value <= 111 ? value * PULSE_STEP_NS : (value - 100) * SECOND_NS);
    }
    snprintf(answer, sizeof answer, "{\"PulseTime1\":{\"Set\":%ld,\"Remaining\":0}}", tasmota->pulse);
    say(tasmota, "stat", "RESULT", answer, now_ns);
}

static void obey_power(struct tasmota *tasmota, const char *payload, int64_t now_ns)
{
    bool is_on = strcasecmp(payload, "ON") == 0 || strcmp(payload, "1") == 0;
    bool is_off = strcasecmp(payload, "OFF") == 0 || strcmp(payload, "0") == 0;
    bool is_toggle = strcasecmp(payload, "TOGGLE") == 0;
    if (!is_on && !is_off && !is_toggle)
        say_power(tasmota, now_ns); /* empty, or not understood */
    else
        plug_command(&tasmota->plug, is_toggle ? !tasmota->plug.is_closed : is_on, now_ns);
}

static void obey_setting(struct tasmota *tasmota, const char *word, const char *payload, int64_t now_ns)
{
    char answer[PAYLOAD_MAX];
    long value = number_of(payload, 5);
    if (strcmp(word, "PowerOnState") == 0) {
        tasmota->power_on_state = value >= 0 ? value : tasmota->power_on_state;
        snprintf(answer, sizeof answer, "{\"PowerOnState\":%ld}", tasmota->power_on_state);
    } else if (strcmp(word, "PowerRetain") == 0) {
        tasmota->retains_power = value >= 0 ? value == 1 : tasmota->retains_power;
        snprintf(answer, sizeof answer, "{\"PowerRetain\":\"%s\"}", tasmota->retains_power ? "ON" : "OFF");
    } else {
        snprintf(answer, sizeof answer, "{\"Command\":\"Unknown\"}");
    }
    say(tasmota, "stat", "RESULT", answer, now_ns);
}

static void obey(struct tasmota *tasmota, const char *word, const char *payload, int64_t now_ns)
{
    if (strcmp(word, "POWER") == 0 || strcmp(word, "POWER1") == 0)
        obey_power(tasmota, payload, now_ns);
    else if (strcmp(word, "PulseTime1") == 0)
        obey_pulse(tasmota, payload, now_ns);
    else if (strcmp(word, "STATUS") == 0 && (strcmp(payload, "10") == 0 || strcmp(payload, "8") == 0))
        say_energy(tasmota, "stat", strcmp(payload, "10") == 0 ? "STATUS10" : "STATUS8", "{\"StatusSNS\":", now_ns);
    else
        obey_setting(tasmota, word, payload, now_ns);
}

static void hear_command(struct tasmota *tasmota, const struct wire_heard *heard, int64_t now_ns)
{
    char topic[TOPIC_MAX], payload[PAYLOAD_MAX], prefix[TOPIC_MAX];
    if (heard->number != 0) {
        struct wire_packet packet;
        wire_puback(&packet, heard->number);
        queue(tasmota, packet.bytes, packet.length);
    }
    if (heard->topic_length >= sizeof topic || heard->payload_length >= sizeof payload)
        return;
    snprintf(topic, sizeof topic, "%.*s", (int)heard->topic_length, heard->topic);
    snprintf(payload, sizeof payload, "%.*s", (int)heard->payload_length, heard->payload);
    snprintf(prefix, sizeof prefix, "cmnd/%s/", tasmota->config.topic);
    if (strncmp(topic, prefix, strlen(prefix)) == 0)
        obey(tasmota, topic + strlen(prefix), payload, now_ns);
}

/* ---- the connection ---------------------------------------------------------------------------------------------- */

static void hang_up(struct tasmota *tasmota, int64_t now_ns)
{
    if (tasmota->fd >= 0)
        (void)close(tasmota->fd);
    tasmota->fd = -1;
    tasmota->connection = CONNECTION_NONE;
    tasmota->in_length = tasmota->out_length = tasmota->late_count = 0;
    tasmota->dial_ns = now_ns + RETRY_NS;
}

static void dial(struct tasmota *tasmota, int64_t now_ns)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(tasmota->config.port)};
    tasmota->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (tasmota->fd < 0 || inet_pton(AF_INET, tasmota->config.host, &address.sin_addr) != 1 ||
        (connect(tasmota->fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS)) {
        hang_up(tasmota, now_ns);
        return;
    }
    int one = 1;
    (void)setsockopt(tasmota->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    tasmota->connection = CONNECTION_DIALLING;
}

static void greet(struct tasmota *tasmota)
{
    char will[TOPIC_MAX];
    struct wire_packet packet;
    snprintf(will, sizeof will, "tele/%s/LWT", tasmota->config.topic);
    wire_connect(&packet, &(struct wire_connect){.client_id = tasmota->config.topic,
                                                 .user = tasmota->config.user,
                                                 .password = tasmota->config.password,
                                                 .will_topic = will,
                                                 .will_payload = "Offline",
                                                 .keepalive_s = KEEPALIVE_S});
    queue(tasmota, packet.bytes, packet.length);
    tasmota->connection = CONNECTION_GREETING;
}

static void greeted(struct tasmota *tasmota, int64_t now_ns)
{
    char topic[TOPIC_MAX];
    struct wire_packet packet;
    tasmota->connection = CONNECTION_UP;
    snprintf(topic, sizeof topic, "cmnd/%s/+", tasmota->config.topic);
    wire_subscribe(&packet, 1, topic);
    queue(tasmota, packet.bytes, packet.length);
    say(tasmota, "tele", "LWT", "Online", now_ns);
    say(tasmota, "cmnd", "POWER", "", now_ns);
    tasmota->ping_ns = now_ns + KEEPALIVE_S / 2 * SECOND_NS;
    tasmota->telemetry_ns = now_ns + tasmota->config.telemetry_ns;
}

static bool hear(struct tasmota *tasmota, const struct wire_heard *heard, int64_t now_ns)
{
    if (heard->kind == WIRE_CONNACK && tasmota->connection == CONNECTION_GREETING && heard->code == 0)
        greeted(tasmota, now_ns);
    else if (heard->kind == WIRE_PUBLISH && tasmota->connection == CONNECTION_UP)
        hear_command(tasmota, heard, now_ns);
    return heard->kind != WIRE_CONNACK || heard->code == 0;
}

static bool read_all(struct tasmota *tasmota, int64_t now_ns)
{
    ssize_t count = read(tasmota->fd, tasmota->in + tasmota->in_length, IN_MAX - tasmota->in_length);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR))
        return false;
    tasmota->in_length += count > 0 ? (size_t)count : 0;
    size_t at = 0;
    for (;;) {
        struct wire_heard heard;
        long length = wire_read(&heard, tasmota->in + at, tasmota->in_length - at);
        if (length < 0 || (length > 0 && !hear(tasmota, &heard, now_ns)))
            return false;
        if (length == 0)
            break;
        at += (size_t)length;
    }
    tasmota->in_length -= at;
    memmove(tasmota->in, tasmota->in + at, tasmota->in_length);
    return true;
}

static bool write_all(struct tasmota *tasmota)
{
    if (tasmota->out_length == 0)
        return true;
    ssize_t count = send(tasmota->fd, tasmota->out, tasmota->out_length, MSG_NOSIGNAL);
    if (count < 0)
        return errno == EAGAIN || errno == EINTR;
    tasmota->out_length -= (size_t)count;
    memmove(tasmota->out, tasmota->out + count, tasmota->out_length);
    return true;
}

static bool has_connected(const struct tasmota *tasmota)
{
    int error = 0;
    socklen_t size = sizeof error;
    struct pollfd ready = {.fd = tasmota->fd, .events = POLLOUT};
    return poll(&ready, 1, 0) == 1 && getsockopt(tasmota->fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

static void converse(struct tasmota *tasmota, int64_t now_ns)
{
    if (tasmota->connection == CONNECTION_NONE && now_ns >= tasmota->dial_ns) {
        dial(tasmota, now_ns);
        tasmota->dial_ns = now_ns + RETRY_NS;
    }
    if (tasmota->connection == CONNECTION_DIALLING) {
        if (has_connected(tasmota))
            greet(tasmota);
        else if (now_ns >= tasmota->dial_ns)
            hang_up(tasmota, now_ns);
    }
    if (tasmota->connection < CONNECTION_GREETING)
        return;
    let_late_go(tasmota, now_ns);
    if (!read_all(tasmota, now_ns) || !write_all(tasmota))
        hang_up(tasmota, now_ns);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static void tell_changes(struct tasmota *tasmota, int64_t now_ns)
{
    if (tasmota->connection != CONNECTION_UP)
        return;
    if (tasmota->plug.has_started)
        say(tasmota, "tele", "INFO1", "{\"Info1\":{\"Module\":\"konsento\"}}", now_ns);
    if (tasmota->plug.has_changed)
        say_power(tasmota, now_ns);
    tasmota->plug.has_started = tasmota->plug.has_changed = false;
}

static void tell_regularly(struct tasmota *tasmota, int64_t now_ns)
{
    if (tasmota->connection != CONNECTION_UP)
        return;
    if (now_ns >= tasmota->ping_ns) {
        struct wire_packet packet;
        wire_ping(&packet);
        queue(tasmota, packet.bytes, packet.length);
        tasmota->ping_ns = now_ns + KEEPALIVE_S / 2 * SECOND_NS;
    }
    if (now_ns >= tasmota->telemetry_ns) {
        say_energy(tasmota, "tele", "SENSOR", "", now_ns);
        tasmota->telemetry_ns = now_ns + tasmota->config.telemetry_ns;
    }
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t wire_due_ns(const struct tasmota *tasmota)
{
    if (tasmota->connection != CONNECTION_UP)
        return tasmota->dial_ns;
    int64_t late_ns = tasmota->late_count > 0 ? tasmota->late[0].at_ns : INT64_MAX;
    return sooner(late_ns, sooner(tasmota->ping_ns, tasmota->telemetry_ns));
}

int64_t tasmota_run(struct tasmota *tasmota, int64_t now_ns)
{
    int64_t due_ns = plug_run(&tasmota->plug, now_ns);
    tasmota->is_frozen = faults_now(&tasmota->plug.faults, FAULT_FREEZE, now_ns) != NULL;
    if (tasmota->is_frozen)
        return due_ns; /* the relay's own timer lives */
    if (tasmota->plug.is_off) {
        if (tasmota->connection != CONNECTION_NONE)
            hang_up(tasmota, now_ns);
        return due_ns;
    }
    converse(tasmota, now_ns);
    due_ns = sooner(due_ns, plug_run(&tasmota->plug, now_ns)); /* what was heard may have moved it */
    tell_changes(tasmota, now_ns);
    tell_regularly(tasmota, now_ns);
    if (tasmota->connection >= CONNECTION_GREETING && !write_all(tasmota))
        hang_up(tasmota, now_ns);
    return sooner(due_ns, wire_due_ns(tasmota));
}

int tasmota_descriptor(const struct tasmota *tasmota, short *events)
{
    bool wants_out = tasmota->connection == CONNECTION_DIALLING || tasmota->out_length > 0;
    *events = (short)(POLLIN | (wants_out ? POLLOUT : 0));
    bool is_deaf = tasmota->plug.is_off || tasmota->is_frozen;
    return is_deaf ? -1 : tasmota->fd;
}

const struct plug *tasmota_plug(const struct tasmota *tasmota)
{
    return &tasmota->plug;
}

struct tasmota *tasmota_new(const struct tasmota_config *config, const struct faults *faults, int64_t now_ns)
{
    struct tasmota *tasmota = calloc(1, sizeof *tasmota);
    if (tasmota == NULL)
        return NULL;
    tasmota->late = calloc(LATE_MAX, sizeof *tasmota->late);
    if (tasmota->late == NULL) {
        free(tasmota);
        return NULL;
    }
    tasmota->config = *config;
    tasmota->fd = -1;
    plug_init(&tasmota->plug, &config->plug, faults, &config->truth, now_ns);
    return tasmota;
}

void tasmota_free(struct tasmota *tasmota)
{
    if (tasmota == NULL)
        return;
    if (tasmota->fd >= 0)
        (void)close(tasmota->fd);
    free(tasmota->late);
    free(tasmota);
}

/* ---- for the loop ------------------------------------------------------------------------------------------------ */

static int64_t run_outlet(void *self, int64_t now_ns)
{
    return tasmota_run(self, now_ns);
}

static size_t outlet_descriptors(const void *self, struct pollfd *fds)
{
    fds[0].fd = tasmota_descriptor(self, &fds[0].events);
    return 1;
}

static const struct plug *outlet_plug(const void *self)
{
    return tasmota_plug(self);
}

static void free_outlet(void *self)
{
    tasmota_free(self);
}

struct virtual_outlet tasmota_outlet(struct tasmota *tasmota)
{
    static const struct virtual_ops ops = {.name = "tasmota",
                                           .run = run_outlet,
                                           .descriptors = outlet_descriptors,
                                           .plug = outlet_plug,
                                           .free = free_outlet};
    return (struct virtual_outlet){&ops, tasmota};
}
