/* modbus_server.c: the virtual outlet as a Modbus device.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/virtual/modbus_server.h"

#include "hwbridge/virtual/modbus_tty.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define VISITORS_MAX (VIRTUAL_DESCRIPTORS_MAX - 1)
#define IN_MAX       1024
#define LATE_MAX     64
#define PPM          1000000
#define CHAR_BITS    11
#define SECOND_NS    INT64_C(1000000000)

/* Somebody who asks: a connection, or the serial line. */
struct visitor {
    int fd; /* -1: none */
    uint8_t in[IN_MAX];
    size_t length;
    int64_t heard_ns; /* the last byte */
};

/* An answer that is to leave then. */
struct late {
    int64_t at_ns;
    size_t visitor;
    int fd; /* of the one who asked: another may sit there by then */
    struct modbus_frame frame;
};

struct modbus_server {
    struct modbus_server_config config;
    struct modbus_board board;
    int door; /* listens; -1: none */
    uint16_t port;
    struct visitor visitors[VISITORS_MAX]; /* the first is the serial line, if there is one */
    struct late late[LATE_MAX];            /* in order of being asked */
    size_t late_count;
    struct modbus_tty tty;
    bool is_frozen;
};

/* ---- the door --------------------------------------------------------------------------------------------------- */

static bool is_serial(const struct modbus_server *server)
{
    return server->config.address == NULL;
}

static bool open_door(struct modbus_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(server->port)};
    socklen_t size = sizeof address;
    int one = 1;
    server->door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool is_open = server->door >= 0 && inet_pton(AF_INET, server->config.address, &address.sin_addr) == 1 &&
                   setsockopt(server->door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
                   bind(server->door, (struct sockaddr *)&address, size) == 0 && listen(server->door, 8) == 0 &&
                   getsockname(server->door, (struct sockaddr *)&address, &size) == 0;
    if (is_open)
        server->port = ntohs(address.sin_port);
    return is_open;
}

static void hang_up(struct visitor *visitor)
{
    if (visitor->fd >= 0)
        (void)close(visitor->fd);
    *visitor = (struct visitor){.fd = -1};
}

static void shut(struct modbus_server *server)
{
    for (size_t i = 0; i < VISITORS_MAX && !is_serial(server); i++)
        hang_up(&server->visitors[i]);
    if (server->door >= 0)
        (void)close(server->door);
    server->door = -1;
    server->late_count = 0;
}

static void let_in(struct modbus_server *server)
{
    for (size_t i = 0; i < VISITORS_MAX && server->door >= 0; i++) {
        struct visitor *visitor = &server->visitors[i];
        if (visitor->fd >= 0)
            continue;
        visitor->fd = accept4(server->door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (visitor->fd < 0)
            return;
        int one = 1;
        (void)setsockopt(visitor->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }
}

/* ---- answers ---------------------------------------------------------------------------------------------------- */

static bool chance(struct modbus_server *server, enum fault_kind kind, int64_t now_ns)
{
    const struct fault *fault = faults_now(&server->board.plug.faults, kind, now_ns);
    return fault != NULL && plug_draw(&server->board.plug, PPM) < fault->figure;
}

static int64_t chars_ns(const struct modbus_server *server, size_t count)
{
    return (int64_t)count * CHAR_BITS * SECOND_NS / server->config.baud;
}

/* 3.5 characters. */
static int64_t silence_ns(const struct modbus_server *server)
{
    return chars_ns(server, 7) / 2;
}

static void answer_at(struct modbus_server *server, const struct visitor *visitor, const struct modbus_frame *frame,
                      int64_t at_ns)
{
    if (server->late_count == LATE_MAX)
        return; /* as a small device does */
    size_t at = (size_t)(visitor - server->visitors);
    server->late[server->late_count++] =
        (struct late){.at_ns = at_ns, .visitor = at, .fd = visitor->fd, .frame = *frame};
}

/* What was held back for another to overtake it leaves behind that. */
static void let_overtaken_go(struct modbus_server *server, int64_t at_ns)
{
    struct late held;
    if (server->late_count < 2 || server->late[0].at_ns != INT64_MAX)
        return;
    held = server->late[0];
    held.at_ns = at_ns;
    memmove(server->late, server->late + 1, (server->late_count - 1) * sizeof server->late[0]);
    server->late[server->late_count - 1] = held;
}

/* A frame with a bit turned, or one that is sound and says what is no number. */
static void spoil(struct modbus_server *server, struct modbus_frame *frame, const struct modbus_ask *ask)
{
    static const uint16_t nonsense[MODBUS_ASKED_MAX] = {0x7fc0, 0};
    bool is_read = !ask->is_write && !ask->is_bits && ask->count > 0 && ask->count <= MODBUS_ASKED_MAX;
    if (is_read && plug_draw(&server->board.plug, 2) == 0) {
        if (is_serial(server))
            modbus_wire_rtu_answer(frame, ask, MODBUS_OK, nonsense);
        else
            modbus_wire_tcp_answer(frame, ask, MODBUS_OK, nonsense);
        return;
    }
    frame->bytes[is_serial(server) ? frame->length - 1 : 2] ^= 0x40;
}

/* All that it says passes here and may come to harm. */
static void say(struct modbus_server *server, const struct visitor *visitor, struct modbus_frame *frame,
                const struct modbus_ask *ask, int64_t now_ns)
{
    const struct fault *delay = faults_now(&server->board.plug.faults, FAULT_DELAY, now_ns);
    int64_t at_ns = now_ns + (delay == NULL ? 0 : delay->figure);
    at_ns += is_serial(server) ? chars_ns(server, frame->length) : 0;
    if (chance(server, FAULT_DROP, now_ns))
        return;
    if (chance(server, FAULT_MALFORMED, now_ns))
        spoil(server, frame, ask);
    bool is_held = server->late_count == 0 && chance(server, FAULT_REORDER, now_ns);
    answer_at(server, visitor, frame, is_held ? INT64_MAX : at_ns);
    let_overtaken_go(server, at_ns);
    if (chance(server, FAULT_DUPLICATE, now_ns))
        answer_at(server, visitor, frame, at_ns); /* its first characters are on the line when the first has ended */
}

static void let_late_go(struct modbus_server *server, int64_t now_ns)
{
    size_t kept = 0;
    for (size_t i = 0; i < server->late_count; i++) {
        const struct late *late = &server->late[i];
        struct visitor *visitor = &server->visitors[late->visitor];
        if (late->at_ns > now_ns) {
            server->late[kept++] = *late;
        } else if (visitor->fd == late->fd) {
            ssize_t sent = write(visitor->fd, late->frame.bytes, late->frame.length);
            if (sent != (ssize_t)late->frame.length && !is_serial(server))
                hang_up(visitor); /* it does not listen */
        }
    }
    server->late_count = kept;
}

/* ---- questions -------------------------------------------------------------------------------------------------- */

static void hear(struct modbus_server *server, const struct visitor *visitor, const struct modbus_ask *ask,
                 int64_t now_ns)
{
    uint16_t values[MODBUS_ASKED_MAX] = {0};
    struct modbus_frame frame;
    bool is_ours = modbus_board_has(&server->board, ask->unit);
    if (!is_ours && is_serial(server))
        return; /* another's on the line */
    if (chance(server, FAULT_DEAF, now_ns))
        return;
    enum modbus_exception exception =
        is_ours ? modbus_board_answer(&server->board, values, ask, now_ns) : MODBUS_NO_DEVICE;
    if (is_serial(server))
        modbus_wire_rtu_answer(&frame, ask, exception, values);
    else
        modbus_wire_tcp_answer(&frame, ask, exception, values);
    say(server, visitor, &frame, ask, now_ns);
}

static bool hear_tcp(struct modbus_server *server, struct visitor *visitor, int64_t now_ns)
{
    size_t at = 0;
    for (;;) {
        struct modbus_ask ask;
        long length = modbus_wire_tcp_read(&ask, visitor->in + at, visitor->length - at);
        if (length < 0)
            return false;
        if (length == 0)
            break;
        hear(server, visitor, &ask, now_ns);
        at += (size_t)length;
    }
    visitor->length -= at;
    memmove(visitor->in, visitor->in + at, visitor->length);
    return true;
}

/* Characters come at their pace: the silence counts from when the last of them would have come. */
static void hear_serial(struct modbus_server *server, struct visitor *visitor, int64_t now_ns)
{
    struct modbus_ask ask;
    if (visitor->length == 0 || now_ns < visitor->heard_ns + silence_ns(server))
        return;
    if (modbus_wire_rtu_read(&ask, visitor->in, visitor->length))
        hear(server, visitor, &ask, now_ns);
    visitor->length = 0;
}

static void listen_to(struct modbus_server *server, struct visitor *visitor, int64_t now_ns)
{
    ssize_t got = read(visitor->fd, visitor->in + visitor->length, IN_MAX - visitor->length);
    bool is_gone = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
    if (is_serial(server)) {
        if (got > 0) {
            int64_t from_ns = visitor->length > 0 && visitor->heard_ns > now_ns ? visitor->heard_ns : now_ns;
            visitor->heard_ns = from_ns + chars_ns(server, (size_t)got);
            visitor->length += (size_t)got;
        }
        hear_serial(server, visitor, now_ns);
        return;
    }
    visitor->length += got > 0 ? (size_t)got : 0;
    if (is_gone || !hear_tcp(server, visitor, now_ns))
        hang_up(visitor);
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

static void converse(struct modbus_server *server, int64_t now_ns)
{
    if (!is_serial(server) && server->door < 0 && !open_door(server))
        shut(server); /* the port may be free again when it is next run */
    let_in(server);
    for (size_t i = 0; i < VISITORS_MAX; i++)
        if (server->visitors[i].fd >= 0)
            listen_to(server, &server->visitors[i], now_ns);
    let_late_go(server, now_ns);
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t wire_due_ns(const struct modbus_server *server, int64_t now_ns)
{
    int64_t due_ns = INT64_MAX;
    for (size_t i = 0; i < server->late_count; i++)
        due_ns = sooner(due_ns, server->late[i].at_ns);
    if (is_serial(server) && server->visitors[0].length > 0)
        due_ns = sooner(due_ns, server->visitors[0].heard_ns + silence_ns(server));
    return !is_serial(server) && server->door < 0 ? sooner(due_ns, now_ns + SECOND_NS) : due_ns;
}

int64_t modbus_server_run(struct modbus_server *server, int64_t now_ns)
{
    int64_t due_ns = modbus_board_run(&server->board, now_ns);
    server->is_frozen = faults_now(&server->board.plug.faults, FAULT_FREEZE, now_ns) != NULL;
    if (server->is_frozen)
        return due_ns; /* the relay's own timer lives */
    if (server->board.plug.is_off) {
        shut(server);
        server->visitors[0].length = 0;
        return due_ns;
    }
    converse(server, now_ns);
    due_ns = modbus_board_run(&server->board, now_ns); /* what was heard may have moved it */
    return sooner(due_ns, wire_due_ns(server, now_ns));
}

const struct plug *modbus_server_plug(const struct modbus_server *server)
{
    return &server->board.plug;
}

uint16_t modbus_server_port(const struct modbus_server *server)
{
    return server->port;
}

void modbus_server_free(struct modbus_server *server)
{
    if (server == NULL)
        return;
    shut(server);
    if (is_serial(server))
        modbus_tty_close(&server->tty);
    free(server);
}

static bool open_wire(struct modbus_server *server, char *why, size_t why_size)
{
    if (!is_serial(server)) {
        if (open_door(server))
            return true;
        snprintf(why, why_size, "Modbus on %s port %u: %s", server->config.address, server->port, strerror(errno));
        return false;
    }
    if (!modbus_tty_open(&server->tty, server->config.tty, server->config.baud, why, why_size))
        return false;
    server->visitors[0].fd = server->tty.fd;
    return true;
}

struct modbus_server *modbus_server_new(const struct modbus_server_config *config, const struct faults *faults,
                                        int64_t now_ns, char *why, size_t why_size)
{
    struct modbus_server *server = calloc(1, sizeof *server);
    snprintf(why, why_size, "memory is out");
    if (server == NULL)
        return NULL;
    server->config = *config;
    server->port = config->port;
    server->door = -1;
    server->tty.fd = server->tty.other = -1;
    for (size_t i = 0; i < VISITORS_MAX; i++)
        server->visitors[i].fd = -1;
    bool is_known = modbus_board_init(&server->board, &config->board, faults, now_ns);
    if (!is_known)
        snprintf(why, why_size, "Modbus device \"%.40s\": sdm230, sdm630, keba, abb or wallbe", config->board.name);
    if (!is_known || !open_wire(server, why, why_size)) {
        modbus_server_free(server);
        return NULL;
    }
    why[0] = 0;
    return server;
}

/* ---- for the loop ----------------------------------------------------------------------------------------------- */

static int64_t run_outlet(void *self, int64_t now_ns)
{
    return modbus_server_run(self, now_ns);
}

static size_t outlet_descriptors(const void *self, struct pollfd *fds)
{
    const struct modbus_server *server = self;
    size_t count = 0;
    if (server->is_frozen || server->board.plug.is_off)
        return 0;
    if (server->door >= 0)
        fds[count++] = (struct pollfd){.fd = server->door, .events = POLLIN};
    for (size_t i = 0; i < VISITORS_MAX; i++)
        if (server->visitors[i].fd >= 0)
            fds[count++] = (struct pollfd){.fd = server->visitors[i].fd, .events = POLLIN};
    return count;
}

static const struct plug *outlet_plug(const void *self)
{
    return modbus_server_plug(self);
}

static void free_outlet(void *self)
{
    modbus_server_free(self);
}

struct virtual_outlet modbus_server_outlet(struct modbus_server *server)
{
    static const struct virtual_ops ops = {.name = "modbus",
                                           .run = run_outlet,
                                           .descriptors = outlet_descriptors,
                                           .plug = outlet_plug,
                                           .free = free_outlet};
    return (struct virtual_outlet){&ops, server};
}
