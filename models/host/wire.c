/* wire.c: messages over links.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/host/wire.h"

#include "models/host/input.h"
#include "models/host/queue.h"
#include "models/host/tap.h"
#include "models/host/work.h"
#include "protocol/lightning/message_type.h"
#include "sim/stream.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const size_t act_bytes[4] = {0, 50, 50, 66};

/* ---- out ------------------------------------------------------------------------------------------------------- */

static bool is_current(const struct line_end *line, uint32_t epoch)
{
    return line->is_up && line->epoch == epoch;
}

void wire_send_bytes(struct host *host, uint32_t number, uint32_t epoch, struct btc_bytes bytes)
{
    struct line_end *line = host_line_at(host, number);
    if (is_current(line, epoch))
        line->port.ops->send(line->port.self, bytes.data, bytes.length);
}

void wire_send_message(struct host *host, uint32_t number, uint32_t epoch, struct btc_bytes message)
{
    struct line_end *line = host_line_at(host, number);
    if (!is_current(line, epoch) || !line->is_ready) {
        host->tally.dropped++;
        return;
    }
    assert(message.length <= LN_TRANSPORT_MESSAGE_MAX);
    if (host->options.wire == HOST_WIRE_NOISE) {
        ln_transport_send(&line->transport, host->sealed, message);
    } else {
        memcpy(host->sealed, message.data, message.length);
        memset(host->sealed + message.length, 0, LN_TRANSPORT_OVERHEAD);
    }
    if (host->options.tap != NULL)
        host->options.tap->on_message(host->options.tap->self, line->node, line->other, message);
    host->tally.messages++;
    host->tally.message_bytes += message.length;
    if (!line->port.ops->send(line->port.self, host->sealed, message.length + LN_TRANSPORT_OVERHEAD))
        host->tally.dropped++;
}

/* ---- connections ----------------------------------------------------------------------------------------------- */

static void free_held(struct line_end *line)
{
    while (line->held != NULL) {
        struct held *next = line->held->next;
        free(line->held);
        line->held = next;
    }
    line->held_last = NULL;
}

void wire_drop(struct host *host, uint32_t number)
{
    struct line_end *line = host_line_at(host, number);
    (void)host;
    free(line->buffer);
    line->buffer = NULL;
    line->is_up = line->is_ready = false;
    line->acts = 0;
    free_held(line);
}

/* This end has had enough of the connection: the node hears that it is gone. */
static void hang_up(struct host *host, uint32_t number)
{
    struct line_end *line = host_line_at(host, number);
    bool was_ready = line->is_ready;
    uint32_t peer = line->peer;
    line->port.ops->close(line->port.self);
    wire_drop(host, number);
    struct ln_node *node = was_ready ? host_enter(host, line->node) : NULL;
    if (node != NULL)
        host_leave(host, line->node, ln_node_disconnect(node, peer), NULL);
}

void wire_close(struct host *host, uint32_t number, uint32_t epoch)
{
    if (is_current(host_line_at(host, number), epoch))
        hang_up(host, number);
}

void wire_part(struct host *host, uint32_t number)
{
    if (host_line_at(host, number)->is_up)
        hang_up(host, number);
}

/* ---- handshake ------------------------------------------------------------------------------------------------- */

static void draw_ephemeral(struct host *host, struct line_end *line, uint8_t secret[32])
{
    struct host_node *node = host_node_at(host, line->node);
    struct sim_stream stream;
    sim_stream_open(&stream, host->sim, "host.ephemeral", node->key << 24 | (node->connections++ & 0xffffff));
    do {
        for (size_t i = 0; i < 32; i++)
            secret[i] = (uint8_t)gsl_rng_uniform_int(stream_rng(&stream), 256);
    } while (!btc_secret_is_valid(host->backend.curve, secret));
}

static void put_act(struct host *host, uint32_t number, struct btc_bytes act)
{
    struct line_end *line = host_line_at(host, number);
    struct device_work work = {{0}};
    host_work_act(&work, ++line->acts, true);
    int64_t done_us = device_work(&host_node_at(host, line->node)->device, sim_now_us(host->sim), &work);
    struct output *output = queue_put(host, line->node, OUTPUT_BYTES, done_us, act);
    if (output == NULL)
        return;
    output->line = number;
    output->epoch = line->epoch;
    queue_aim(host, line->node);
}

static bool start_noise(struct host *host, struct line_end *line)
{
    uint8_t ephemeral[32];
    line->buffer = malloc(LN_TRANSPORT_BUFFER_BYTES);
    if (line->buffer == NULL) {
        trouble_memory(host->trouble);
        return false;
    }
    draw_ephemeral(host, line, ephemeral);
    const struct ln_transport_setup setup = {.curve = host->backend.curve,
                                             .buffer = line->buffer,
                                             .capacity = LN_TRANSPORT_BUFFER_BYTES,
                                             .static_secret = host_node_at(host, line->node)->config.secret,
                                             .ephemeral_secret = ephemeral};
    enum ln_transport_result result =
        line->end == LINK_DIALLER
            ? ln_transport_initiate(&line->transport, &setup, host_node_at(host, line->other)->node_id)
            : ln_transport_respond(&line->transport, &setup);
    assert(result == LN_TRANSPORT_SEND || result == LN_TRANSPORT_MORE);
    return true;
}

static void on_up(void *self, uint32_t link)
{
    struct line_end *line = self;
    struct host *host = line->host;
    (void)link;
    if (host_is_over(host) || !host_node_at(host, line->node)->is_up)
        return;
    static const uint8_t nothing[66] = {0};
    line->is_up = true;
    line->epoch++;
    line->acts = 0;
    bool is_noise = host->options.wire == HOST_WIRE_NOISE;
    if (is_noise && !start_noise(host, line))
        return;
    if (line->end == LINK_DIALLER)
        put_act(host, line->number,
                is_noise ? btc_bytes(line->transport.act, line->transport.act_length)
                         : btc_bytes(nothing, act_bytes[1]));
}

static void on_down(void *self, uint32_t link)
{
    struct line_end *line = self;
    struct host *host = line->host;
    (void)link;
    bool was_ready = line->is_ready;
    wire_drop(host, line->number);
    struct ln_node *node = was_ready ? host_enter(host, line->node) : NULL;
    if (node != NULL)
        host_leave(host, line->node, ln_node_disconnect(node, line->peer), NULL);
}

/* Both ends know each other. */
static void become_ready(struct host *host, uint32_t number, const struct device_work *work)
{
    struct line_end *line = host_line_at(host, number);
    struct ln_node *node = host_enter(host, line->node);
    if (node == NULL)
        return;
    enum ln_node_result result = ln_node_connect(node, &line->peer, host_node_at(host, line->other)->node_id);
    line->is_ready = result == LN_NODE_OK;
    if (line->is_ready)
        host_node_at(host, line->node)->line_of_peer[line->peer] = number;
    host_leave(host, line->node, result, work);
    if (result != LN_NODE_OK)
        hang_up(host, number);
}

/* ---- in -------------------------------------------------------------------------------------------------------- */

static void hold(struct host *host, struct line_end *line, struct btc_bytes message)
{
    struct held *held = malloc(sizeof *held + message.length);
    if (held == NULL) {
        trouble_memory(host->trouble);
        return;
    }
    held->next = NULL;
    held->length = message.length;
    memcpy(held->bytes, message.data, message.length);
    if (line->held_last == NULL)
        line->held = held;
    else
        line->held_last->next = held;
    line->held_last = held;
}

static void take_message(struct host *host, uint32_t number, struct btc_bytes message)
{
    struct line_end *line = host_line_at(host, number);
    struct ln_node *node = host_enter(host, line->node);
    if (node == NULL)
        return;
    struct device_work work = {{0}};
    host_work_taken(&work, message);
    host_leave(host, line->node, ln_node_receive(node, line->peer, message), &work);
}

/* Who stalls still answers pings: it looks alive. */
static void on_message(struct host *host, uint32_t number, struct btc_bytes message)
{
    struct line_end *line = host_line_at(host, number);
    if (line->is_stalled && host_message_type(message) >= LN_OPEN_CHANNEL)
        hold(host, line, message);
    else
        take_message(host, number, message);
}

void wire_stall(struct host *host, uint32_t number, bool is_stalled)
{
    struct line_end *line = host_line_at(host, number);
    line->is_stalled = is_stalled;
    while (!line->is_stalled && line->held != NULL) {
        struct held *held = line->held;
        line->held = held->next;
        if (line->held == NULL)
            line->held_last = NULL;
        take_message(host, number, btc_bytes(held->bytes, held->length));
        free(held);
    }
}

/* An act was taken. In: work, of it. Who answered last is ready behind it. */
static void after_act(struct host *host, uint32_t number, bool is_ready)
{
    struct line_end *line = host_line_at(host, number);
    struct device_work work = {{0}};
    host_work_act(&work, ++line->acts, false);
    device_work(&host_node_at(host, line->node)->device, sim_now_us(host->sim), &work);
    if (line->acts < 3)
        put_act(host, number, btc_bytes(line->transport.act, act_bytes[line->acts + 1]));
    if (is_ready || line->acts == 3)
        become_ready(host, number, NULL);
}

/* Returns false when the connection has ended, by an error or by what the node made of a message. */
static bool take_noise(struct host *host, uint32_t number, struct btc_bytes bytes, size_t *used)
{
    struct line_end *line = host_line_at(host, number);
    uint32_t epoch = line->epoch;
    switch (ln_transport_receive(&line->transport, used, bytes.data, bytes.length)) {
    case LN_TRANSPORT_MORE:
        break;
    case LN_TRANSPORT_SEND:
        after_act(host, number, ln_transport_established(&line->transport));
        break;
    case LN_TRANSPORT_READY:
        after_act(host, number, true);
        break;
    case LN_TRANSPORT_MESSAGE:
        on_message(host, number, line->transport.message);
        break;
    default: /* tampered with: nobody here does that but a fault */
        hang_up(host, number);
        break;
    }
    return is_current(line, epoch);
}

static void take_plain(struct host *host, uint32_t number, struct btc_bytes bytes)
{
    struct line_end *line = host_line_at(host, number);
    if (!line->is_ready)
        after_act(host, number, line->acts == 1 && line->end == LINK_DIALLER);
    else
        on_message(host, number, btc_bytes(bytes.data, bytes.length - LN_TRANSPORT_OVERHEAD));
}

static void on_bytes(void *self, uint32_t link, const uint8_t *bytes, size_t length)
{
    struct line_end *line = self;
    struct host *host = line->host;
    (void)link;
    if (!line->is_up || host_is_over(host))
        return;
    if (host->options.wire == HOST_WIRE_PLAIN) {
        take_plain(host, line->number, btc_bytes(bytes, length));
        return;
    }
    for (size_t done = 0, used = 0; done < length; done += used) {
        used = 0;
        if (!take_noise(host, line->number, btc_bytes(bytes + done, length - done), &used))
            return;
    }
}

void wire_listen(struct host *host, uint32_t number)
{
    struct line_end *line = host_line_at(host, number);
    line->port = link_port(host->links, line->link, line->end);
    link_listen(host->links, line->link, line->end,
                &(struct link_listener){.self = line, .on_bytes = on_bytes, .on_up = on_up, .on_down = on_down});
}
