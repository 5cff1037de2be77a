/* mqtt_outlet.c: a virtual outlet behind an MQTT broker.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/virtual/mqtt_outlet.h"

#include "hwbridge/virtual/mqtt_wire.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define OUT_MAX     16384
#define IN_MAX      16384
#define LATE_MAX    64
#define KEEPALIVE_S 30
#define RETRY_NS    INT64_C(500000000)
#define SECOND_NS   INT64_C(1000000000)
#define PPM         1000000
#define BORN_S      1519862400 /* 2018-03-01 00:00:00 */

enum connection { CONNECTION_NONE, CONNECTION_DIALLING, CONNECTION_GREETING, CONNECTION_UP };

/* What a delay keeps back. */
struct late {
    int64_t at_ns;
    struct wire_packet packet;
};

struct mqtt_outlet {
    const struct mqtt_words *words;
    struct mqtt_outlet_config config;
    struct plug plug;
    int64_t settings[MQTT_OUTLET_SETTINGS];
    int fd;
    enum connection connection;
    int64_t dial_ns, ping_ns, telemetry_ns;
    uint8_t out[OUT_MAX], in[IN_MAX];
    size_t out_length, in_length;
    struct late *late; /* in order; made when there is a delay for the first time */
    size_t late_count;
    struct wire_packet overtaken; /* goes behind the next one; length 0: none */
    bool is_frozen;
    bool was_off; /* it had no power: its connection stands still, and nobody is behind it */
};

/* ---- the wire ---------------------------------------------------------------------------------------------------- */

static void queue(struct mqtt_outlet *outlet, const struct wire_packet *packet)
{
    if (packet->length > OUT_MAX - outlet->out_length)
        return; /* as a small device does */
    memcpy(outlet->out + outlet->out_length, packet->bytes, packet->length);
    outlet->out_length += packet->length;
}

static bool chance(struct mqtt_outlet *outlet, enum fault_kind kind, int64_t now_ns)
{
    const struct fault *fault = faults_now(&outlet->plug.faults, kind, now_ns);
    return fault != NULL && plug_draw(&outlet->plug, PPM) < fault->figure;
}

static void keep_back(struct mqtt_outlet *outlet, const struct wire_packet *packet, int64_t at_ns)
{
    if (outlet->late == NULL)
        outlet->late = calloc(LATE_MAX, sizeof *outlet->late);
    if (outlet->late == NULL || outlet->late_count == LATE_MAX)
        return; /* lost */
    outlet->late[outlet->late_count++] = (struct late){.at_ns = at_ns, .packet = *packet};
}

static void send_packet(struct mqtt_outlet *outlet, const struct wire_packet *packet, int64_t now_ns)
{
    const struct fault *delay = faults_now(&outlet->plug.faults, FAULT_DELAY, now_ns);
    if (delay == NULL && outlet->late_count == 0)
        queue(outlet, packet);
    else
        keep_back(outlet, packet, now_ns + (delay == NULL ? 0 : delay->figure));
}

static void say_packet(struct mqtt_outlet *outlet, const struct wire_packet *packet, int64_t now_ns)
{
    if (chance(outlet, FAULT_DROP, now_ns))
        return;
    if (outlet->overtaken.length == 0 && chance(outlet, FAULT_REORDER, now_ns)) {
        outlet->overtaken = *packet;
        return;
    }
    send_packet(outlet, packet, now_ns);
    if (chance(outlet, FAULT_DUPLICATE, now_ns))
        send_packet(outlet, packet, now_ns);
    if (outlet->overtaken.length > 0)
        send_packet(outlet, &outlet->overtaken, now_ns);
    outlet->overtaken.length = 0;
}

static void say(struct mqtt_outlet *outlet, const char *topic, const char *payload, bool is_retained, int64_t now_ns)
{
    struct wire_packet packet;
    if (outlet->connection != CONNECTION_UP)
        return;
    bool is_mangled = chance(outlet, FAULT_MALFORMED, now_ns);
    wire_publish(&packet, topic, is_mangled ? "{\"ENERGY\":{\"Total\":1e999,\"Power\":[[[\xff" : payload, is_retained);
    say_packet(outlet, &packet, now_ns);
}

void mqtt_outlet_say(struct mqtt_outlet *outlet, const char *topic, const char *payload, int64_t now_ns)
{
    say(outlet, topic, payload, false, now_ns);
}

static void let_late_go(struct mqtt_outlet *outlet, int64_t now_ns)
{
    size_t gone = 0;
    while (gone < outlet->late_count && outlet->late[gone].at_ns <= now_ns)
        queue(outlet, &outlet->late[gone++].packet);
    outlet->late_count -= gone;
    if (gone > 0)
        memmove(outlet->late, outlet->late + gone, outlet->late_count * sizeof outlet->late[0]);
}

/* ---- for words --------------------------------------------------------------------------------------------------- */

struct plug *mqtt_outlet_plug(struct mqtt_outlet *outlet)
{
    return &outlet->plug;
}

const char *mqtt_outlet_topic(const struct mqtt_outlet *outlet)
{
    return outlet->config.topic;
}

int64_t *mqtt_outlet_settings(struct mqtt_outlet *outlet)
{
    return outlet->settings;
}

bool mqtt_outlet_is_on(struct mqtt_outlet *outlet, int64_t now_ns)
{
    bool is_dead = faults_now(&outlet->plug.faults, FAULT_DEAD_RELAY, now_ns) != NULL;
    bool is_stuck = faults_now(&outlet->plug.faults, FAULT_STUCK_RELAY, now_ns) != NULL;
    return is_dead || is_stuck ? outlet->plug.is_wanted : outlet->plug.is_closed;
}

void mqtt_outlet_time(struct mqtt_outlet *outlet, char text[32], int64_t now_ns)
{
    const struct fault *skew = faults_now(&outlet->plug.faults, FAULT_SKEW, now_ns);
    int64_t since_ns = now_ns - outlet->plug.faults.begun_ns + (skew == NULL ? 0 : skew->figure);
    time_t seconds = BORN_S + (time_t)(since_ns / SECOND_NS);
    struct tm broken;
    (void)gmtime_r(&seconds, &broken);
    (void)strftime(text, 32, "%Y-%m-%dT%H:%M:%S", &broken);
}

/* ---- the connection ---------------------------------------------------------------------------------------------- */

static void hang_up(struct mqtt_outlet *outlet, int64_t now_ns)
{
    if (outlet->fd >= 0)
        (void)close(outlet->fd);
    outlet->fd = -1;
    outlet->connection = CONNECTION_NONE;
    outlet->in_length = outlet->out_length = outlet->late_count = outlet->overtaken.length = 0;
    outlet->dial_ns = now_ns + RETRY_NS;
}

static void dial(struct mqtt_outlet *outlet, int64_t now_ns)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(outlet->config.port)};
    outlet->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (outlet->fd < 0 || inet_pton(AF_INET, outlet->config.host, &address.sin_addr) != 1 ||
        (connect(outlet->fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS)) {
        hang_up(outlet, now_ns);
        return;
    }
    int one = 1;
    (void)setsockopt(outlet->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    outlet->connection = CONNECTION_DIALLING;
    outlet->dial_ns = now_ns + RETRY_NS;
}

/* Its topic in a form of the words. */
static void fill(char topic[MQTT_OUTLET_TOPIC_MAX], const char *form, const struct mqtt_outlet *outlet)
{
    const char *gap = strstr(form, "%s");
    snprintf(topic, MQTT_OUTLET_TOPIC_MAX, "%.*s%s%s", (int)(gap - form), form, outlet->config.topic, gap + 2);
}

static void greet(struct mqtt_outlet *outlet)
{
    char will[MQTT_OUTLET_TOPIC_MAX];
    struct wire_packet packet;
    fill(will, outlet->words->will_topic, outlet);
    wire_connect(&packet, &(struct wire_connect){.client_id = outlet->config.topic,
                                                 .user = outlet->config.user,
                                                 .password = outlet->config.password,
                                                 .will_topic = will,
                                                 .will_payload = outlet->words->will_down,
                                                 .keepalive_s = KEEPALIVE_S});
    queue(outlet, &packet);
    outlet->connection = CONNECTION_GREETING;
}

static void greeted(struct mqtt_outlet *outlet, int64_t now_ns)
{
    char topic[MQTT_OUTLET_TOPIC_MAX];
    struct wire_packet packet;
    outlet->connection = CONNECTION_UP;
    fill(topic, outlet->words->subscription, outlet);
    wire_subscribe(&packet, 1, topic);
    queue(outlet, &packet);
    fill(topic, outlet->words->will_topic, outlet);
    say(outlet, topic, outlet->words->will_up, true, now_ns);
    if (outlet->words->greet != NULL)
        outlet->words->greet(outlet, now_ns);
    outlet->ping_ns = now_ns + KEEPALIVE_S / 2 * SECOND_NS;
    /* Many that connect at once do not tell at once. */
    outlet->telemetry_ns = now_ns + outlet->config.telemetry_ns / 1000 * (1 + plug_draw(&outlet->plug, 1000));
}

static void hear_publish(struct mqtt_outlet *outlet, const struct wire_heard *heard, int64_t now_ns)
{
    char topic[MQTT_OUTLET_TOPIC_MAX], payload[MQTT_OUTLET_PAYLOAD_MAX];
    if (heard->number != 0) {
        struct wire_packet packet;
        wire_puback(&packet, heard->number);
        queue(outlet, &packet);
    }
    bool is_long = heard->topic_length >= sizeof topic || heard->payload_length >= sizeof payload;
    if (is_long || chance(outlet, FAULT_DEAF, now_ns))
        return;
    snprintf(topic, sizeof topic, "%.*s", (int)heard->topic_length, heard->topic);
    snprintf(payload, sizeof payload, "%.*s", (int)heard->payload_length, heard->payload);
    outlet->words->hear(outlet, topic, payload, now_ns);
}

static bool hear(struct mqtt_outlet *outlet, const struct wire_heard *heard, int64_t now_ns)
{
    if (heard->kind == WIRE_CONNACK && outlet->connection == CONNECTION_GREETING && heard->code == 0)
        greeted(outlet, now_ns);
    else if (heard->kind == WIRE_PUBLISH && outlet->connection == CONNECTION_UP)
        hear_publish(outlet, heard, now_ns);
    return heard->kind != WIRE_CONNACK || heard->code == 0;
}

static bool read_all(struct mqtt_outlet *outlet, int64_t now_ns)
{
    ssize_t count = read(outlet->fd, outlet->in + outlet->in_length, IN_MAX - outlet->in_length);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR))
        return false;
    outlet->in_length += count > 0 ? (size_t)count : 0;
    size_t at = 0;
    for (;;) {
        struct wire_heard heard;
        long length = wire_read(&heard, outlet->in + at, outlet->in_length - at);
        if (length < 0 || (length > 0 && !hear(outlet, &heard, now_ns)))
            return false;
        if (length == 0)
            break;
        at += (size_t)length;
    }
    outlet->in_length -= at;
    memmove(outlet->in, outlet->in + at, outlet->in_length);
    return outlet->in_length < IN_MAX;
}

static bool write_all(struct mqtt_outlet *outlet)
{
    if (outlet->out_length == 0)
        return true;
    ssize_t count = send(outlet->fd, outlet->out, outlet->out_length, MSG_NOSIGNAL);
    if (count < 0)
        return errno == EAGAIN || errno == EINTR;
    outlet->out_length -= (size_t)count;
    memmove(outlet->out, outlet->out + count, outlet->out_length);
    return true;
}

static bool has_connected(const struct mqtt_outlet *outlet)
{
    int error = 0;
    socklen_t size = sizeof error;
    struct pollfd ready = {.fd = outlet->fd, .events = POLLOUT};
    return poll(&ready, 1, 0) == 1 && getsockopt(outlet->fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

static void converse(struct mqtt_outlet *outlet, int64_t now_ns)
{
    if (outlet->connection == CONNECTION_NONE && now_ns >= outlet->dial_ns)
        dial(outlet, now_ns);
    if (outlet->connection == CONNECTION_DIALLING) {
        if (has_connected(outlet))
            greet(outlet);
        else if (now_ns >= outlet->dial_ns)
            hang_up(outlet, now_ns);
    }
    if (outlet->connection < CONNECTION_GREETING)
        return;
    let_late_go(outlet, now_ns);
    if (!read_all(outlet, now_ns) || !write_all(outlet))
        hang_up(outlet, now_ns);
}

/* ---- the loop ---------------------------------------------------------------------------------------------------- */

static void tell_changes(struct mqtt_outlet *outlet, int64_t now_ns)
{
    if (outlet->connection != CONNECTION_UP)
        return;
    if (outlet->plug.has_started && outlet->words->tell_start != NULL)
        outlet->words->tell_start(outlet, now_ns);
    if (outlet->plug.has_changed)
        outlet->words->tell_relay(outlet, now_ns);
    outlet->plug.has_started = outlet->plug.has_changed = false;
}

static void tell_regularly(struct mqtt_outlet *outlet, int64_t now_ns)
{
    if (outlet->connection != CONNECTION_UP)
        return;
    if (now_ns >= outlet->ping_ns) {
        struct wire_packet packet;
        wire_ping(&packet);
        queue(outlet, &packet);
        outlet->ping_ns = now_ns + KEEPALIVE_S / 2 * SECOND_NS;
    }
    if (now_ns >= outlet->telemetry_ns) {
        outlet->words->tell_meter(outlet, now_ns);
        outlet->telemetry_ns = now_ns + outlet->config.telemetry_ns;
    }
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t wire_due_ns(const struct mqtt_outlet *outlet)
{
    if (outlet->connection != CONNECTION_UP)
        return outlet->dial_ns;
    int64_t late_ns = outlet->late_count > 0 ? outlet->late[0].at_ns : INT64_MAX;
    return sooner(late_ns, sooner(outlet->ping_ns, outlet->telemetry_ns));
}

static int64_t run(void *self, int64_t now_ns)
{
    struct mqtt_outlet *outlet = self;
    int64_t due_ns = plug_run(&outlet->plug, now_ns);
    outlet->is_frozen = faults_now(&outlet->plug.faults, FAULT_FREEZE, now_ns) != NULL;
    if (outlet->is_frozen)
        return due_ns; /* the relay's own timer lives */
    if (outlet->plug.is_off) {
        outlet->was_off = true;
        return due_ns;
    }
    if (outlet->was_off) {
        hang_up(outlet, now_ns);
        outlet->dial_ns = now_ns;
        outlet->was_off = false;
    }
    converse(outlet, now_ns);
    due_ns = sooner(due_ns, plug_run(&outlet->plug, now_ns)); /* what was heard may have moved it */
    tell_changes(outlet, now_ns);
    tell_regularly(outlet, now_ns);
    if (outlet->connection >= CONNECTION_GREETING && !write_all(outlet))
        hang_up(outlet, now_ns);
    return sooner(due_ns, wire_due_ns(outlet));
}

static size_t descriptors(const void *self, struct pollfd *fds)
{
    const struct mqtt_outlet *outlet = self;
    bool wants_out = outlet->connection == CONNECTION_DIALLING || outlet->out_length > 0;
    bool is_deaf = outlet->plug.is_off || outlet->is_frozen;
    fds[0] = (struct pollfd){.fd = is_deaf ? -1 : outlet->fd, .events = (short)(POLLIN | (wants_out ? POLLOUT : 0))};
    return 1;
}

static const struct plug *plug_of(const void *self)
{
    return &((const struct mqtt_outlet *)self)->plug;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

const struct mqtt_words *mqtt_words_find(const char *name)
{
    static const struct mqtt_words *const all[] = {&tasmota_words, &shelly_words, &zigbee_words};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(all[i]->name, name) == 0)
            return all[i];
    return NULL;
}

struct mqtt_outlet *mqtt_outlet_new(const struct mqtt_words *words, const struct mqtt_outlet_config *config,
                                    const struct faults *faults, int64_t now_ns)
{
    struct mqtt_outlet *outlet = calloc(1, sizeof *outlet);
    if (outlet == NULL)
        return NULL;
    outlet->words = words;
    outlet->config = *config;
    outlet->fd = -1;
    memcpy(outlet->settings, words->settings, sizeof outlet->settings);
    plug_init(&outlet->plug, &config->plug, faults, &config->truth, now_ns);
    return outlet;
}

void mqtt_outlet_free(struct mqtt_outlet *outlet)
{
    if (outlet == NULL)
        return;
    if (outlet->fd >= 0)
        (void)close(outlet->fd);
    free(outlet->late);
    free(outlet);
}

static void free_outlet(void *self)
{
    mqtt_outlet_free(self);
}

struct virtual_outlet mqtt_outlet(struct mqtt_outlet *outlet)
{
    static const struct virtual_ops ops = {
        .name = "mqtt", .run = run, .descriptors = descriptors, .plug = plug_of, .free = free_outlet};
    return (struct virtual_outlet){&ops, outlet};
}
