/* ws_line.c: a virtual charger's connection.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/virtual/ws_line.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_MAX 16384
#define LATE_MAX   32
#define RETRY_NS   INT64_C(500000000)
#define PPM        1000000

enum stage { STAGE_NONE, STAGE_DIALLING, STAGE_GREETING, STAGE_UP };

/* What a delay keeps back. */
struct late {
    int64_t at_ns;
    size_t length;
    char text[WS_TEXT_MAX];
};

struct ws_line {
    struct ws_line_config config;
    struct plug *plug;
    struct ws_ear ear;
    struct ws_greeting greeting;
    int fd;
    enum stage stage;
    int64_t dial_ns;
    uint8_t out[BUFFER_MAX], in[BUFFER_MAX];
    size_t out_length, in_length;
    char text[BUFFER_MAX]; /* of several frames */
    size_t text_length;
    struct late *late; /* in order; made when there is a delay for the first time */
    size_t late_count;
    struct late overtaken; /* goes behind the next one; length 0: none */
};

/* ---- out --------------------------------------------------------------------------------------------------------- */

static uint32_t draw_mask(struct ws_line *line)
{
    return plug_draw(line->plug, 1u << 16) << 16 | plug_draw(line->plug, 1u << 16);
}

static void queue(struct ws_line *line, enum ws_opcode opcode, const void *payload, size_t length)
{
    if (line->out_length + WS_HEAD_MAX + length > BUFFER_MAX)
        return; /* as a small device does */
    line->out_length += ws_write(line->out + line->out_length, opcode, payload, length, draw_mask(line));
}

static bool chance(struct ws_line *line, enum fault_kind kind, int64_t now_ns)
{
    const struct fault *fault = faults_now(&line->plug->faults, kind, now_ns);
    return fault != NULL && plug_draw(line->plug, PPM) < fault->figure;
}

static void say_later(struct ws_line *line, const char *text, size_t length, int64_t at_ns)
{
    if (line->late == NULL)
        line->late = calloc(LATE_MAX, sizeof *line->late);
    if (line->late == NULL || line->late_count == LATE_MAX)
        return; /* lost */
    struct late *late = &line->late[line->late_count++];
    late->at_ns = at_ns;
    late->length = length;
    memcpy(late->text, text, length);
}

static void send_text(struct ws_line *line, const char *text, size_t length, int64_t now_ns)
{
    const struct fault *delay = faults_now(&line->plug->faults, FAULT_DELAY, now_ns);
    if (delay == NULL && line->late_count == 0)
        queue(line, WS_TEXT, text, length);
    else
        say_later(line, text, length, now_ns + (delay == NULL ? 0 : delay->figure));
}

void ws_line_say(struct ws_line *line, const char *text, size_t length, int64_t now_ns)
{
    static const char mangled[] = "[2,\"x\",\"MeterValues\",{\"connectorId\":1e999,\"meterValue\":[[[[[\xff";
    if (line->stage != STAGE_UP || length > WS_TEXT_MAX || chance(line, FAULT_DROP, now_ns))
        return;
    if (chance(line, FAULT_MALFORMED, now_ns)) {
        text = mangled;
        length = sizeof mangled - 1;
    }
    if (line->overtaken.length == 0 && chance(line, FAULT_REORDER, now_ns)) {
        line->overtaken.length = length;
        memcpy(line->overtaken.text, text, length);
        return;
    }
    send_text(line, text, length, now_ns);
    if (chance(line, FAULT_DUPLICATE, now_ns))
        send_text(line, text, length, now_ns);
    if (line->overtaken.length > 0)
        send_text(line, line->overtaken.text, line->overtaken.length, now_ns);
    line->overtaken.length = 0;
}

static void let_late_go(struct ws_line *line, int64_t now_ns)
{
    size_t gone = 0;
    for (; gone < line->late_count && line->late[gone].at_ns <= now_ns; gone++)
        queue(line, WS_TEXT, line->late[gone].text, line->late[gone].length);
    line->late_count -= gone;
    if (gone > 0)
        memmove(line->late, line->late + gone, line->late_count * sizeof line->late[0]);
}

void ws_line_flush(struct ws_line *line, int64_t now_ns)
{
    if (line->stage < STAGE_GREETING || line->out_length == 0)
        return;
    ssize_t count = send(line->fd, line->out, line->out_length, MSG_NOSIGNAL);
    if (count < 0) {
        if (errno != EAGAIN && errno != EINTR)
            ws_line_hang_up(line, now_ns);
        return;
    }
    line->out_length -= (size_t)count;
    memmove(line->out, line->out + count, line->out_length);
}

/* ---- in ---------------------------------------------------------------------------------------------------------- */

/* Returns false if the connection has to end. */
static bool hear_frame(struct ws_line *line, const struct ws_frame *frame, int64_t now_ns)
{
    if (frame->opcode == WS_PING)
        queue(line, WS_PONG, frame->payload, frame->length);
    if (frame->opcode == WS_CLOSE)
        return false;
    if (frame->opcode != WS_TEXT && frame->opcode != WS_CONTINUATION)
        return true;
    if (frame->opcode == WS_TEXT)
        line->text_length = 0;
    if (frame->length > BUFFER_MAX - line->text_length)
        return false;
    memcpy(line->text + line->text_length, frame->payload, frame->length);
    line->text_length += frame->length;
    if (frame->is_last && !chance(line, FAULT_DEAF, now_ns))
        line->ear.on_text(line->ear.self, line->text, line->text_length, now_ns);
    return true;
}

/* Returns how many bytes were understood; 0: more must come; -1: the connection has to end. */
static long hear_bytes(struct ws_line *line, const uint8_t *bytes, size_t length, int64_t now_ns)
{
    struct ws_frame frame;
    if (line->stage == STAGE_GREETING) {
        long taken = ws_greeted((const char *)bytes, length, &line->greeting);
        if (taken > 0) {
            line->stage = STAGE_UP;
            line->ear.on_open(line->ear.self, now_ns);
        }
        return taken;
    }
    long taken = ws_read(&frame, bytes, length);
    return taken > 0 && !hear_frame(line, &frame, now_ns) ? -1 : taken;
}

static bool read_all(struct ws_line *line, int64_t now_ns)
{
    ssize_t count = read(line->fd, line->in + line->in_length, BUFFER_MAX - line->in_length);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR))
        return false;
    line->in_length += count > 0 ? (size_t)count : 0;
    size_t at = 0;
    for (;;) {
        long taken = hear_bytes(line, line->in + at, line->in_length - at, now_ns);
        if (taken < 0)
            return false;
        if (taken == 0)
            break;
        at += (size_t)taken;
    }
    line->in_length -= at;
    memmove(line->in, line->in + at, line->in_length);
    return line->in_length < BUFFER_MAX;
}

/* ---- the connection ---------------------------------------------------------------------------------------------- */

bool ws_line_is_up(const struct ws_line *line)
{
    return line->stage == STAGE_UP;
}

void ws_line_hang_up(struct ws_line *line, int64_t now_ns)
{
    if (line->fd >= 0)
        (void)close(line->fd);
    line->fd = -1;
    line->stage = STAGE_NONE;
    line->in_length = line->out_length = line->text_length = line->late_count = line->overtaken.length = 0;
    line->dial_ns = now_ns + RETRY_NS;
}

static void dial(struct ws_line *line, int64_t now_ns)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(line->config.port)};
    line->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    line->dial_ns = now_ns + RETRY_NS;
    if (line->fd < 0 || inet_pton(AF_INET, line->config.host, &address.sin_addr) != 1 ||
        (connect(line->fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS)) {
        ws_line_hang_up(line, now_ns);
        return;
    }
    int one = 1;
    (void)setsockopt(line->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    line->stage = STAGE_DIALLING;
}

static void greet(struct ws_line *line, int64_t now_ns)
{
    line->greeting = (struct ws_greeting){.host = line->config.host,
                                          .path = line->config.path,
                                          .port = line->config.port,
                                          .user = line->config.user,
                                          .password = line->config.password,
                                          .protocol = line->config.protocol};
    for (size_t i = 0; i < sizeof line->greeting.nonce; i++)
        line->greeting.nonce[i] = (uint8_t)plug_draw(line->plug, 256);
    line->out_length = ws_greet((char *)line->out, BUFFER_MAX, &line->greeting);
    line->stage = STAGE_GREETING;
    if (line->out_length == 0)
        ws_line_hang_up(line, now_ns);
}

static bool has_connected(const struct ws_line *line)
{
    int error = 0;
    socklen_t size = sizeof error;
    struct pollfd ready = {.fd = line->fd, .events = POLLOUT};
    return poll(&ready, 1, 0) == 1 && getsockopt(line->fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

void ws_line_run(struct ws_line *line, int64_t now_ns)
{
    if (line->stage == STAGE_NONE && now_ns >= line->dial_ns)
        dial(line, now_ns);
    if (line->stage == STAGE_DIALLING) {
        if (has_connected(line))
            greet(line, now_ns);
        else if (now_ns >= line->dial_ns)
            ws_line_hang_up(line, now_ns);
    }
    if (line->stage < STAGE_GREETING)
        return;
    let_late_go(line, now_ns);
    if (!read_all(line, now_ns))
        ws_line_hang_up(line, now_ns);
    else
        ws_line_flush(line, now_ns);
}

int64_t ws_line_due_ns(const struct ws_line *line)
{
    if (line->stage < STAGE_GREETING)
        return line->dial_ns;
    return line->late_count > 0 ? line->late[0].at_ns : INT64_MAX;
}

void ws_line_descriptor(const struct ws_line *line, struct pollfd *fd)
{
    bool wants_out = line->stage == STAGE_DIALLING || line->out_length > 0;
    *fd = (struct pollfd){.fd = line->fd, .events = (short)(POLLIN | (wants_out ? POLLOUT : 0))};
}

struct ws_line *ws_line_new(const struct ws_line_config *config, struct plug *plug, const struct ws_ear *ear)
{
    struct ws_line *line = calloc(1, sizeof *line);
    if (line == NULL)
        return NULL;
    line->config = *config;
    line->plug = plug;
    line->ear = *ear;
    line->fd = -1;
    return line;
}

void ws_line_free(struct ws_line *line)
{
    if (line == NULL)
        return;
    if (line->fd >= 0)
        (void)close(line->fd);
    free(line->late);
    free(line);
}
