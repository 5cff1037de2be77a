/* mqtt.c: the driver for plugs behind an MQTT broker.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/mqtt.h"

#include <assert.h>
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define KEEPALIVE_S    5
#define READS_AT_ONCE  64
#define MISC_NS        INT64_C(1000000000)
#define PAUSE_FIRST_NS INT64_C(500000000)
#define PAUSE_MOST_NS  INT64_C(8000000000)
#define QOS            1
#define COMMAND_QOS    0 /* what is not taken is sent again, as it is then wanted; a library would send what was */

/* A full topic that comes in, and whose it is. */
struct route {
    char topic[MQTT_TOPIC_MAX + 32];
    struct mqtt_device *device;
    size_t index;
};

struct mqtt {
    struct mosquitto *client;
    struct hw_sink sink;
    char *host;
    uint16_t port;
    struct mqtt_device *devices;
    int64_t *lease_us; /* by device, that preflight sets */
    size_t device_count;
    uint32_t *device_of; /* by outlet, UINT32_MAX: none */
    size_t outlet_count;
    struct route *routes; /* sorted */
    size_t route_count;
    bool is_reached;   /* there is a connection, of bytes */
    bool is_up;        /* the broker has greeted */
    bool is_announced; /* its being up, or not, was told */
    int64_t now_ns, dial_ns, misc_ns, pause_ns;
};

/* ---- letters ---------------------------------------------------------------------------------------------------- */

static bool publish(struct mqtt *mqtt, const struct mqtt_letter *letter)
{
    size_t length = strlen(letter->payload);
    return mosquitto_publish(mqtt->client, NULL, letter->topic, (int)length, letter->payload, COMMAND_QOS, false) ==
           MOSQ_ERR_SUCCESS;
}

static bool publish_all(struct mqtt *mqtt, const struct mqtt_letter *letters, size_t count)
{
    assert(count <= MQTT_LETTERS_MAX);
    bool is_sent = true;
    for (size_t i = 0; i < count; i++)
        is_sent = publish(mqtt, &letters[i]) && is_sent;
    return is_sent;
}

static struct mqtt_device *device_of(const struct mqtt *mqtt, uint32_t outlet)
{
    assert(outlet < mqtt->outlet_count && mqtt->device_of[outlet] != UINT32_MAX);
    return &mqtt->devices[mqtt->device_of[outlet]];
}

static bool submit(void *self, const struct hw_command *command)
{
    struct mqtt *mqtt = self;
    struct mqtt_letter letters[MQTT_LETTERS_MAX];
    struct mqtt_device *device = device_of(mqtt, command->outlet);
    if (!mqtt->is_up)
        return false;
    return publish_all(mqtt, letters, device->dialect->encode(letters, device, command));
}

static void preflight(void *self, uint32_t outlet)
{
    struct mqtt *mqtt = self;
    struct mqtt_letter letters[MQTT_LETTERS_MAX];
    struct mqtt_device *device = device_of(mqtt, outlet);
    device->settings_good = device->settings_bad = 0;
    int64_t lease_us = mqtt->lease_us[device - mqtt->devices];
    (void)publish_all(mqtt, letters, device->dialect->preflight(letters, device, lease_us));
}

/* ---- the broker ------------------------------------------------------------------------------------------------- */

/* An empty retained message takes away what is retained. Nothing else is ever published so. */
static void clear_retained(struct mqtt *mqtt, const struct mqtt_device *device)
{
    char topic[MQTT_TOPIC_MAX + 32];
    snprintf(topic, sizeof topic, device->dialect->command, device->topic);
    (void)mosquitto_publish(mqtt->client, NULL, topic, 0, NULL, QOS, true);
}

static void on_connect(struct mosquitto *client, void *self, int code)
{
    struct mqtt *mqtt = self;
    if (code != 0) { /* it closes */
        mqtt->sink.on_reject(mqtt->sink.self, HW_OUTLETS_MAX, HW_REJECT_STRANGER);
        return;
    }
    mqtt->is_up = true;
    mqtt->is_announced = false;
    mqtt->pause_ns = PAUSE_FIRST_NS;
    for (size_t i = 0; i < mqtt->route_count; i++)
        (void)mosquitto_subscribe(client, NULL, mqtt->routes[i].topic, QOS);
    for (size_t i = 0; i < mqtt->device_count; i++)
        clear_retained(mqtt, &mqtt->devices[i]);
}

static void on_disconnect(struct mosquitto *client, void *self, int code)
{
    (void)client;
    struct mqtt *mqtt = self;
    /* It was there and did not greet: one side cannot prove who it is, or does not believe the other. */
    if (!mqtt->is_up && (mqtt->is_reached || code == MOSQ_ERR_TLS))
        mqtt->sink.on_reject(mqtt->sink.self, HW_OUTLETS_MAX, HW_REJECT_STRANGER);
    mqtt->is_reached = false;
    mqtt->is_up = false;
    mqtt->is_announced = false;
    mqtt->dial_ns = mqtt->now_ns + mqtt->pause_ns;
    mqtt->pause_ns = mqtt->pause_ns * 2 < PAUSE_MOST_NS ? mqtt->pause_ns * 2 : PAUSE_MOST_NS;
}

static int compare_routes(const void *a, const void *b)
{
    return strcmp(((const struct route *)a)->topic, ((const struct route *)b)->topic);
}

static const struct route *find_route(const struct mqtt *mqtt, const char *topic)
{
    struct route key;
    if (strlen(topic) >= sizeof key.topic)
        return NULL;
    snprintf(key.topic, sizeof key.topic, "%s", topic);
    return bsearch(&key, mqtt->routes, mqtt->route_count, sizeof key, compare_routes);
}

static void on_message(struct mosquitto *client, void *self, const struct mosquitto_message *message)
{
    (void)client;
    struct mqtt *mqtt = self;
    const struct route *route = find_route(mqtt, message->topic);
    if (route == NULL) {
        mqtt->sink.on_reject(mqtt->sink.self, HW_OUTLETS_MAX, HW_REJECT_STRANGER);
        return;
    }
    struct mqtt_findings findings = {.count = 0};
    const struct mqtt_message letter = {.topic = route->index,
                                        .payload = message->payload == NULL ? "" : message->payload,
                                        .length = (size_t)message->payloadlen,
                                        .is_retained = message->retain};
    int reject = route->device->dialect->decode(&findings, route->device, &letter);
    if (reject != GUARD_OK)
        mqtt->sink.on_reject(mqtt->sink.self, route->device->outlet, (enum hw_reject)reject);
    for (size_t i = 0; i < findings.count; i++)
        mqtt->sink.on_input(mqtt->sink.self, &findings.inputs[i]);
    if (findings.count > 0 && findings.inputs[0].kind == HW_BOOT)
        route->device->was_seen = false; /* its settings are set and asked for once more */
    if (!route->device->was_seen && findings.count > 0 && findings.inputs[0].kind != HW_LINK_DOWN) {
        route->device->was_seen = true;
        preflight(mqtt, route->device->outlet);
    }
}

/* ---- service ---------------------------------------------------------------------------------------------------- */

/* With the broker all plugs go; with the broker alone none is back. */
static void announce(struct mqtt *mqtt)
{
    if (mqtt->is_announced)
        return;
    mqtt->is_announced = true;
    for (size_t i = 0; i < mqtt->device_count; i++) {
        mqtt->devices[i].was_seen = false;
        if (!mqtt->is_up)
            mqtt->sink.on_input(mqtt->sink.self,
                                &(struct hw_input){.kind = HW_LINK_DOWN, .outlet = mqtt->devices[i].outlet});
    }
}

static void dial(struct mqtt *mqtt)
{
    if (mqtt->is_up || mqtt->now_ns < mqtt->dial_ns)
        return;
    mqtt->dial_ns = mqtt->now_ns + mqtt->pause_ns;
    int failed = mosquitto_connect_async(mqtt->client, mqtt->host, mqtt->port, KEEPALIVE_S);
    if (failed != MOSQ_ERR_SUCCESS)
        on_disconnect(mqtt->client, mqtt, failed);
    mqtt->is_announced = true; /* it was not up before */
}

static bool is_connected(int fd)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    return fd >= 0 && getpeername(fd, (struct sockaddr *)&peer, &size) == 0;
}

/* A failure tells on_disconnect itself, but not that of a handshake, which is known by is_reached being still set. */
static void look_at_handshake(struct mqtt *mqtt, int result)
{
    if (result == MOSQ_ERR_TLS && mqtt->is_reached)
        on_disconnect(mqtt->client, mqtt, result);
}

/* Without a connection a failure would be told again and again. */
static void read_and_write(struct mqtt *mqtt)
{
    int result = MOSQ_ERR_SUCCESS;
    mqtt->is_reached = mqtt->is_reached || is_connected(mosquitto_socket(mqtt->client));
    for (int i = 0; i < READS_AT_ONCE && mosquitto_socket(mqtt->client) >= 0; i++) {
        int fd = mosquitto_socket(mqtt->client);
        result = mosquitto_loop_read(mqtt->client, 1);
        if (result != MOSQ_ERR_SUCCESS || fd != mosquitto_socket(mqtt->client))
            break;
    }
    look_at_handshake(mqtt, result);
    if (mosquitto_socket(mqtt->client) >= 0 && mosquitto_want_write(mqtt->client))
        look_at_handshake(mqtt, mosquitto_loop_write(mqtt->client, 1));
}

static int64_t service(void *self, int64_t now_ns)
{
    struct mqtt *mqtt = self;
    mqtt->now_ns = now_ns;
    dial(mqtt);
    read_and_write(mqtt);
    if (now_ns >= mqtt->misc_ns) {
        (void)mosquitto_loop_misc(mqtt->client);
        mqtt->misc_ns = now_ns + MISC_NS;
    }
    announce(mqtt);
    int64_t next_ns = mqtt->is_up ? mqtt->misc_ns : mqtt->dial_ns;
    bool has_socket = mosquitto_socket(mqtt->client) >= 0;
    bool is_waiting = has_socket && (!mqtt->is_up || mosquitto_want_write(mqtt->client));
    return is_waiting && now_ns + 1000000 < next_ns ? now_ns + 1000000 : next_ns;
}

static size_t descriptors(void *self, int *fds, size_t max)
{
    int fd = mosquitto_socket(((struct mqtt *)self)->client);
    if (fd < 0 || max == 0)
        return 0;
    fds[0] = fd;
    return 1;
}

/* ---- settings --------------------------------------------------------------------------------------------------- */

static bool settings(void *self, uint32_t outlet, char *text, size_t text_size)
{
    const struct mqtt_device *device = device_of(self, outlet);
    bool is_good = true;
    size_t at = 0;
    text[0] = 0;
    for (size_t i = 0; device->dialect->settings[i] != NULL; i++) {
        bool bad = (device->settings_bad >> i & 1) != 0, good = (device->settings_good >> i & 1) != 0;
        int length = snprintf(text + at, text_size - at, "%s: %s\n", device->dialect->settings[i],
                              bad    ? "no"
                              : good ? "yes"
                                     : "no answer");
        at += length > 0 && (size_t)length < text_size - at ? (size_t)length : 0;
        is_good = is_good && good && !bad;
    }
    return is_good;
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

static void close_mqtt(void *self)
{
    struct mqtt *mqtt = self;
    if (mqtt->client != NULL) {
        (void)mosquitto_disconnect(mqtt->client);
        mosquitto_destroy(mqtt->client);
    }
    (void)mosquitto_lib_cleanup();
    free(mqtt->host);
    free(mqtt->devices);
    free(mqtt->lease_us);
    free(mqtt->device_of);
    free(mqtt->routes);
    free(mqtt);
}

static const struct hw_driver_ops ops = {.name = "mqtt",
                                         .service = service,
                                         .submit = submit,
                                         .descriptors = descriptors,
                                         .preflight = preflight,
                                         .settings = settings,
                                         .close = close_mqtt};

static bool is_plain(const char *topic)
{
    return *topic != 0 && strlen(topic) < MQTT_TOPIC_MAX && strpbrk(topic, "+#%") == NULL;
}

static bool add_plug(struct mqtt *mqtt, const struct mqtt_plug *plug, char *why, size_t why_size)
{
    if (!is_plain(plug->topic)) {
        snprintf(why, why_size, "topic \"%s\": 1 to %d characters, none of + # %%", plug->topic, MQTT_TOPIC_MAX - 1);
        return false;
    }
    struct mqtt_device *device = &mqtt->devices[mqtt->device_count];
    mqtt->device_of[plug->outlet] = (uint32_t)mqtt->device_count;
    mqtt->lease_us[mqtt->device_count++] = plug->lease_us;
    device->dialect = plug->dialect;
    device->outlet = plug->outlet;
    snprintf(device->topic, sizeof device->topic, "%s", plug->topic);
    for (size_t i = 0; plug->dialect->subscriptions[i] != NULL; i++) {
        struct route *route = &mqtt->routes[mqtt->route_count++];
        *route = (struct route){.device = device, .index = i};
        snprintf(route->topic, sizeof route->topic, plug->dialect->subscriptions[i], plug->topic);
    }
    return true;
}

static bool add_plugs(struct mqtt *mqtt, const struct mqtt_options *options, char *why, size_t why_size)
{
    for (size_t i = 0; i < options->plug_count; i++)
        if (!add_plug(mqtt, &options->plugs[i], why, why_size))
            return false;
    qsort(mqtt->routes, mqtt->route_count, sizeof mqtt->routes[0], compare_routes);
    for (size_t i = 1; i < mqtt->route_count; i++)
        if (strcmp(mqtt->routes[i - 1].topic, mqtt->routes[i].topic) == 0) {
            snprintf(why, why_size, "two plugs have the topic \"%s\"", mqtt->routes[i].device->topic);
            return false;
        }
    return true;
}

static bool set_up(struct mqtt *mqtt, const struct mqtt_options *options, char *why, size_t why_size)
{
    int result = MOSQ_ERR_SUCCESS;
    mosquitto_connect_callback_set(mqtt->client, on_connect);
    mosquitto_disconnect_callback_set(mqtt->client, on_disconnect);
    mosquitto_message_callback_set(mqtt->client, on_message);
    (void)mosquitto_int_option(mqtt->client, MOSQ_OPT_TCP_NODELAY, 1);
    if (options->user != NULL)
        result = mosquitto_username_pw_set(mqtt->client, options->user, options->password);
    if (result == MOSQ_ERR_SUCCESS && options->ca_file != NULL)
        result = mosquitto_tls_set(mqtt->client, options->ca_file, NULL, options->cert_file, options->key_file, NULL);
    if (result != MOSQ_ERR_SUCCESS)
        snprintf(why, why_size, "broker %s: %s", options->host, mosquitto_strerror(result));
    return result == MOSQ_ERR_SUCCESS;
}

/* Room for all of it; the count of plugs is small. */
static bool allocate(struct mqtt *mqtt, const struct mqtt_options *options)
{
    size_t routes = 0;
    for (size_t i = 0; i < options->plug_count; i++) {
        for (size_t k = 0; options->plugs[i].dialect->subscriptions[k] != NULL; k++)
            routes++;
        if (options->plugs[i].outlet >= mqtt->outlet_count)
            mqtt->outlet_count = options->plugs[i].outlet + 1;
    }
    mqtt->client = mosquitto_new(options->client_id, true, mqtt);
    mqtt->host = strdup(options->host);
    mqtt->devices = calloc(options->plug_count, sizeof *mqtt->devices);
    mqtt->lease_us = calloc(options->plug_count, sizeof *mqtt->lease_us);
    mqtt->device_of = malloc(mqtt->outlet_count * sizeof *mqtt->device_of);
    mqtt->routes = calloc(routes, sizeof *mqtt->routes);
    if (mqtt->device_of != NULL)
        memset(mqtt->device_of, 0xff, mqtt->outlet_count * sizeof *mqtt->device_of);
    return mqtt->client != NULL && mqtt->host != NULL && mqtt->devices != NULL && mqtt->lease_us != NULL &&
           mqtt->device_of != NULL && mqtt->routes != NULL;
}

bool mqtt_open(struct hw_driver *driver, const struct mqtt_options *options, char *why, size_t why_size)
{
    assert(options->plug_count > 0);
    struct mqtt *mqtt = calloc(1, sizeof *mqtt);
    snprintf(why, why_size, "memory is out");
    if (mqtt == NULL)
        return false;
    (void)mosquitto_lib_init();
    *mqtt =
        (struct mqtt){.sink = options->sink, .port = options->port, .is_announced = true, .pause_ns = PAUSE_FIRST_NS};
    if (!allocate(mqtt, options) || !add_plugs(mqtt, options, why, why_size) || !set_up(mqtt, options, why, why_size)) {
        close_mqtt(mqtt);
        return false;
    }
    *driver = (struct hw_driver){&ops, mqtt};
    why[0] = 0;
    return true;
}

bool mqtt_settings(const struct hw_driver *driver, uint32_t outlet, char *text, size_t text_size)
{
    assert(driver->ops == &ops);
    return settings(driver->self, outlet, text, text_size);
}
