/* node_line.c: a connection of a node as bytes.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/node_line.h"

#include <assert.h>
#include <string.h>

static void keep_act(struct ln_node_line *line)
{
    line->act_length = line->transport.act_length;
    memcpy(line->act, line->transport.act, line->act_length);
}

enum ln_transport_result ln_node_line_open(struct ln_node_line *line, const struct ln_node *node, uint8_t *buffer,
                                           const uint8_t ephemeral[32], const uint8_t *remote)
{
    const struct ln_transport_setup setup = {.curve = node->shop->backend->curve,
                                             .buffer = buffer,
                                             .capacity = LN_TRANSPORT_BUFFER_BYTES,
                                             .static_secret = node->config.secret,
                                             .ephemeral_secret = ephemeral};
    memset(line, 0, sizeof *line);
    if (remote == NULL) {
        return ln_transport_respond(&line->transport, &setup);
    }
    enum ln_transport_result result = ln_transport_initiate(&line->transport, &setup, remote);
    if (result == LN_TRANSPORT_SEND) {
        keep_act(line);
    }
    return result;
}

/* The handshake is over: both know who the other is. */
static enum ln_node_result join(struct ln_node_line *line, struct ln_node *node)
{
    enum ln_node_result result = ln_node_connect(node, &line->peer, line->transport.remote_static);
    line->joined = result == LN_NODE_OK;
    return result;
}

bool ln_node_line_close(struct ln_node_line *line, struct ln_node *node)
{
    enum ln_node_result result = LN_NODE_OK;
    (void)ln_transport_close(&line->transport);
    if (line->joined) {
        line->joined = false;
        result = ln_node_disconnect(node, line->peer);
    }
    return result != LN_NODE_NO_MEMORY;
}

/* What one report of the transport means. Returns what the line's user is told. */
static enum ln_transport_result act_on(struct ln_node_line *line, struct ln_node *node, bool *failed,
                                       enum ln_transport_result report)
{
    enum ln_node_result result = LN_NODE_OK;
    if (report == LN_TRANSPORT_SEND) {
        keep_act(line);
    }
    if (!line->joined && ln_transport_established(&line->transport)) {
        result = join(line, node);
    } else if (report == LN_TRANSPORT_MESSAGE) {
        result = ln_node_receive(node, line->peer, line->transport.message);
    }
    *failed = result == LN_NODE_NO_MEMORY;
    if (report > LN_TRANSPORT_MESSAGE || result != LN_NODE_OK) {
        *failed |= !*failed && !ln_node_line_close(line, node);
        return report > LN_TRANSPORT_MESSAGE ? report : LN_TRANSPORT_CLOSED;
    }
    return LN_TRANSPORT_MORE;
}

enum ln_transport_result ln_node_line_receive(struct ln_node_line *line, struct ln_node *node, bool *failed,
                                              const uint8_t *bytes, size_t length)
{
    enum ln_transport_result result = LN_TRANSPORT_MORE;
    line->act_length = 0;
    *failed = false;
    while (length > 0 && result == LN_TRANSPORT_MORE) {
        size_t used = 0;
        enum ln_transport_result report = ln_transport_receive(&line->transport, &used, bytes, length);
        bytes += used;
        length -= used;
        result = act_on(line, node, failed, report);
    }
    return result;
}

void ln_node_line_send(struct ln_node_line *line, uint8_t *out, struct btc_bytes message)
{
    assert(line->joined);
    ln_transport_send(&line->transport, out, message);
}
