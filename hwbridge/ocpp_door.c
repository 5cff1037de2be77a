/* ocpp_door.c: the socket that charge points knock at.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/ocpp_door.h"

#include "hwbridge/ocpp_text.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <libwebsockets.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define PROTOCOL        "ocpp1.6"
#define VISITORS_MORE   16 /* that have not said yet who they are */
#define ACCEPTS_AT_ONCE 16
#define OUT_MAX         16384
#define HANDSHAKE_S     5
#define HEADER_MAX      256
#define READY_AT_ONCE   8                  /* sockets; the bridge has more to do than to listen */
#define TICK_NS         INT64_C(250000000) /* between two looks of libwebsockets at all it has */
#define NOBODY          (-1L)

/* One connection. Its buffers are there while it is in. */
struct visitor {
    struct ocpp_door *door;
    struct lws *wsi;
    int fd;
    bool is_there, is_in, is_doomed, is_counted;
    long point;
    char *in, *out; /* out: texts, each behind its length */
    size_t in_length, out_length;
    bool is_oversized;
};

struct ocpp_door {
    struct ocpp_host host;
    enum ocpp_security security;
    int listen_fd, epoll_fd;
    uint16_t port;
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct visitor *visitors;
    size_t visitor_count;
    struct visitor **visitor_of; /* by point, NULL: it is not in */
    size_t points;
    bool is_busy, is_closing;
    bool is_strange; /* somebody is not in yet, or has to go: libwebsockets looks at all */
    int64_t tick_ns; /* it does so anyway then */
    size_t waiting;  /* texts to be sent */
    uint8_t scratch[LWS_PRE + OCPP_TEXT_MAX];
};

/* ---- visitors ---------------------------------------------------------------------------------------------------- */

static void reject(struct visitor *visitor, long point, enum hw_reject why)
{
    const struct ocpp_host *host = &visitor->door->host;
    visitor->is_counted = true;
    if (!visitor->door->is_closing)
        host->on_reject(host->self, point, why);
}

static struct visitor *free_visitor(struct ocpp_door *door)
{
    for (size_t i = 0; i < door->visitor_count; i++)
        if (!door->visitors[i].is_there)
            return &door->visitors[i];
    return NULL;
}

static void forget_out(struct visitor *visitor)
{
    for (size_t at = 0; at < visitor->out_length;) {
        uint16_t length;
        memcpy(&length, visitor->out + at, sizeof length);
        at += sizeof length + length;
        visitor->door->waiting--;
    }
    visitor->out_length = 0;
}

/* Shown out when libwebsockets is next served. */
static void doom(struct visitor *visitor)
{
    if (visitor->is_doomed)
        return;
    visitor->is_doomed = true;
    visitor->door->is_strange = true;
    forget_out(visitor);
    lws_set_timeout(visitor->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
}

static void leave(struct visitor *visitor)
{
    struct ocpp_door *door = visitor->door;
    bool was_in = visitor->is_in && door->visitor_of[visitor->point] == visitor;
    if (was_in)
        door->visitor_of[visitor->point] = NULL;
    forget_out(visitor);
    free(visitor->in);
    free(visitor->out);
    visitor->is_there = false;
    if (was_in && !door->is_closing)
        door->host.on_close(door->host.self, visitor->point);
    else if (!visitor->is_in && !visitor->is_counted)
        reject(visitor, NOBODY, HW_REJECT_STRANGER); /* no TLS, no certificate, no request, or nothing at all */
}

/* ---- who is it --------------------------------------------------------------------------------------------------- */

/* The last part of the path. */
static bool read_name(struct lws *wsi, char name[OCPP_SECRET_MAX])
{
    char path[HEADER_MAX];
    int length = lws_hdr_copy(wsi, path, sizeof path, WSI_TOKEN_GET_URI);
    const char *last = length > 0 ? strrchr(path, '/') : NULL;
    if (last == NULL || last[1] == 0 || strlen(last + 1) >= OCPP_SECRET_MAX)
        return false;
    snprintf(name, OCPP_SECRET_MAX, "%s", last + 1);
    return true;
}

/* "Basic " and name:password in base 64. The name has to be the one that it comes under. */
static bool read_password(struct lws *wsi, const char *name, char password[OCPP_SECRET_MAX])
{
    char line[HEADER_MAX], pair[HEADER_MAX];
    int length = lws_hdr_copy(wsi, line, sizeof line, WSI_TOKEN_HTTP_AUTHORIZATION);
    if (length <= 6 || strncasecmp(line, "Basic ", 6) != 0)
        return false;
    length = lws_b64_decode_string(line + 6, pair, sizeof pair - 1);
    if (length <= 0 || memchr(pair, 0, (size_t)length) != NULL)
        return false;
    pair[length] = 0;
    char *colon = strchr(pair, ':');
    if (colon == NULL || (size_t)(colon - pair) != strlen(name) || memcmp(pair, name, strlen(name)) != 0)
        return false;
    snprintf(password, OCPP_SECRET_MAX, "%s", colon + 1);
    return strlen(colon + 1) < OCPP_SECRET_MAX;
}

static bool has_certificate(struct lws *wsi, const char *name)
{
    union lws_tls_cert_info_results info;
    return lws_tls_peer_cert_info(wsi, LWS_TLS_CERT_INFO_COMMON_NAME, &info, sizeof info.ns.name) == 0 &&
           strcmp(info.ns.name, name) == 0;
}

static long find_out(const struct ocpp_door *door, struct lws *wsi)
{
    char name[OCPP_SECRET_MAX], password[OCPP_SECRET_MAX];
    bool needs_password = door->security == OCPP_SECURITY_BASIC || door->security == OCPP_SECURITY_TLS;
    if (!read_name(wsi, name) || (needs_password && !read_password(wsi, name, password)) ||
        (door->security == OCPP_SECURITY_MUTUAL && !has_certificate(wsi, name)))
        return NOBODY;
    return door->host.admit(door->host.self, name, needs_password ? password : NULL);
}

static bool speaks_ocpp(struct lws *wsi)
{
    char list[HEADER_MAX];
    int length = lws_hdr_copy(wsi, list, sizeof list, WSI_TOKEN_PROTOCOL);
    for (const char *at = list; length > 0 && *at != 0;) {
        at += strspn(at, ", \t");
        size_t one = strcspn(at, ", \t");
        if (one == strlen(PROTOCOL) && memcmp(at, PROTOCOL, one) == 0)
            return true;
        at += one;
    }
    return false;
}

/* As libwebsockets has it: 0: come in, 1: refused with an answer, -1: hung up. */
static int knock(struct visitor *visitor, const char *upgrade)
{
    struct ocpp_door *door = visitor->door;
    bool is_right = strcasecmp(upgrade, "websocket") == 0 && speaks_ocpp(visitor->wsi);
    visitor->point = is_right ? find_out(door, visitor->wsi) : NOBODY;
    if (visitor->point != NOBODY)
        return 0;
    reject(visitor, NOBODY, is_right ? HW_REJECT_STRANGER : HW_REJECT_SYNTAX);
    unsigned code = is_right ? HTTP_STATUS_UNAUTHORIZED : HTTP_STATUS_BAD_REQUEST;
    return lws_return_http_status(visitor->wsi, code, NULL) == 0 ? 1 : -1;
}

static int come_in(struct visitor *visitor)
{
    struct ocpp_door *door = visitor->door;
    struct visitor *before = door->visitor_of[visitor->point];
    visitor->in = malloc(GUARD_BYTES_MAX);
    visitor->out = malloc(OUT_MAX);
    if (visitor->in == NULL || visitor->out == NULL)
        return -1;
    if (before != NULL) {
        doom(before);
        door->visitor_of[visitor->point] = NULL;
        door->host.on_close(door->host.self, visitor->point);
    }
    visitor->is_in = true;
    door->visitor_of[visitor->point] = visitor;
    door->host.on_open(door->host.self, visitor->point);
    return 0;
}

/* ---- texts ------------------------------------------------------------------------------------------------------- */

bool ocpp_door_send(struct ocpp_door *door, long point, const char *text, size_t length)
{
    struct visitor *visitor = door->visitor_of[point];
    const uint16_t size = (uint16_t)length;
    assert(length <= OCPP_TEXT_MAX && visitor != NULL);
    if (visitor->is_doomed)
        return false;
    if (visitor->out_length + sizeof size + length > OUT_MAX) {
        doom(visitor);
        return false;
    }
    memcpy(visitor->out + visitor->out_length, &size, sizeof size);
    memcpy(visitor->out + visitor->out_length + sizeof size, text, length);
    visitor->out_length += sizeof size + length;
    door->waiting++;
    door->is_busy = true;
    (void)lws_callback_on_writable(visitor->wsi);
    return true;
}

static int write_one(struct visitor *visitor)
{
    struct ocpp_door *door = visitor->door;
    uint16_t length;
    if (visitor->out_length == 0)
        return 0;
    memcpy(&length, visitor->out, sizeof length);
    memcpy(door->scratch + LWS_PRE, visitor->out + sizeof length, length);
    visitor->out_length -= sizeof length + length;
    memmove(visitor->out, visitor->out + sizeof length + length, visitor->out_length);
    door->waiting--;
    door->is_busy = true;
    if (lws_write(visitor->wsi, door->scratch + LWS_PRE, length, LWS_WRITE_TEXT) < (int)length)
        return -1;
    if (visitor->out_length > 0)
        (void)lws_callback_on_writable(visitor->wsi);
    return 0;
}

static void take_text(struct visitor *visitor)
{
    const struct ocpp_door *door = visitor->door;
    long point = visitor->point;
    size_t length = visitor->in_length;
    bool is_oversized = visitor->is_oversized;
    visitor->in_length = 0;
    visitor->is_oversized = false;
    if (is_oversized)
        reject(visitor, point, HW_REJECT_OVERSIZED);
    else if (lws_frame_is_binary(visitor->wsi))
        reject(visitor, point, HW_REJECT_SYNTAX);
    else
        door->host.on_text(door->host.self, point, visitor->in, length);
}

/* What is too long is read to its end, and not kept. */
static int receive(struct visitor *visitor, const void *bytes, size_t length)
{
    visitor->door->is_busy = true;
    if (visitor->is_doomed)
        return -1;
    if (length > GUARD_BYTES_MAX - visitor->in_length)
        visitor->is_oversized = true;
    if (!visitor->is_oversized) {
        memcpy(visitor->in + visitor->in_length, bytes, length);
        visitor->in_length += length;
    }
    if (lws_is_final_fragment(visitor->wsi) && lws_remaining_packet_payload(visitor->wsi) == 0)
        take_text(visitor);
    return visitor->is_doomed ? -1 : 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
    (void)user;
    struct visitor *visitor = lws_get_opaque_user_data(wsi);
    if (reason == LWS_CALLBACK_OPENSSL_PERFORM_CLIENT_CERT_VERIFICATION)
        return length == 0; /* OpenSSL's own verdict: libwebsockets asks us in its place */
    if (visitor == NULL)
        return 0;
    visitor->wsi = wsi;
    switch (reason) {
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return knock(visitor, in);
    case LWS_CALLBACK_HTTP: /* a browser */
        return -1;
    case LWS_CALLBACK_ESTABLISHED:
        return come_in(visitor);
    case LWS_CALLBACK_RECEIVE:
        return receive(visitor, in, length);
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return visitor->is_doomed ? -1 : write_one(visitor);
    case LWS_CALLBACK_WSI_DESTROY:
        leave(visitor);
        return 0;
    default:
        return 0;
    }
}

/* ---- service ----------------------------------------------------------------------------------------------------- */

static bool watch(const struct ocpp_door *door, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(door->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void adopt(struct ocpp_door *door, int fd)
{
    int one = 1;
    struct visitor *visitor = free_visitor(door);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (visitor == NULL || !watch(door, fd)) {
        door->host.on_reject(door->host.self, NOBODY, HW_REJECT_FLOOD);
        (void)close(fd);
        return;
    }
    *visitor = (struct visitor){.door = door, .fd = fd, .is_there = true, .point = NOBODY};
    door->is_strange = true;
    const lws_adopt_desc_t description = {.vh = door->vhost,
                                          .type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP | LWS_ADOPT_ALLOW_SSL,
                                          .fd.sockfd = fd,
                                          .opaque = visitor};
    if (lws_adopt_descriptor_vhost_via_info(&description) == NULL)
        visitor->is_there = false;
}

static void accept_all(struct ocpp_door *door)
{
    for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
        int fd = accept4(door->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        door->is_busy = true;
        adopt(door, fd);
    }
}

static void serve_fd(struct ocpp_door *door, int fd, uint32_t ready)
{
    struct lws_pollfd pollfd = {.fd = fd, .events = POLLIN | POLLOUT, .revents = (short)ready};
    (void)lws_service_fd(door->context, &pollfd);
}

/* Returns how many there were. */
static int read_ready(struct ocpp_door *door)
{
    struct epoll_event events[READY_AT_ONCE];
    int count = epoll_wait(door->epoll_fd, events, READY_AT_ONCE, 0);
    for (int i = 0; i < count; i++)
        if (events[i].data.fd != door->listen_fd)
            serve_fd(door, events[i].data.fd, events[i].events);
    return count;
}

static void write_waiting(struct ocpp_door *door)
{
    for (size_t i = 0; i < door->visitor_count && door->waiting > 0; i++) {
        const struct visitor *visitor = &door->visitors[i];
        struct pollfd ready = {.fd = visitor->fd, .events = POLLOUT};
        if (visitor->is_there && visitor->out_length > 0 && poll(&ready, 1, 0) == 1)
            serve_fd(door, visitor->fd, POLLOUT);
    }
}

static bool has_strangers(const struct ocpp_door *door)
{
    for (size_t i = 0; i < door->visitor_count; i++)
        if (door->visitors[i].is_there && (!door->visitors[i].is_in || door->visitors[i].is_doomed))
            return true;
    return false;
}

/* All that libwebsockets has: handshakes, timeouts, pings, what it has read and not parsed yet. */
static void serve_all(struct ocpp_door *door, int64_t now_ns)
{
    door->tick_ns = now_ns + TICK_NS;
    (void)lws_service(door->context, -1); /* without waiting */
    door->is_strange = has_strangers(door);
}

/* Once all are in, only those are looked at that have something to say or to hear, and only so many at once. */
bool ocpp_door_serve(struct ocpp_door *door, int64_t now_ns)
{
    door->is_busy = false;
    accept_all(door);
    int ready = 0;
    if (!door->is_strange)
        ready = read_ready(door);
    write_waiting(door);
    bool is_forced = lws_service_adjust_timeout(door->context, 1, 0) == 0;
    bool is_due = now_ns >= door->tick_ns && (ready < READY_AT_ONCE || now_ns >= door->tick_ns + 4 * TICK_NS);
    if (door->is_strange || is_forced || is_due)
        serve_all(door, now_ns);
    return door->is_busy || ready == READY_AT_ONCE || lws_service_adjust_timeout(door->context, 1, 0) == 0;
}

bool ocpp_door_is_choked(const struct ocpp_door *door)
{
    return door->waiting > 0;
}

int ocpp_door_descriptor(const struct ocpp_door *door)
{
    return door->epoll_fd;
}

uint16_t ocpp_door_port(const struct ocpp_door *door)
{
    return door->port;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static bool read_address(struct sockaddr_storage *address, socklen_t *size, const struct ocpp_door_options *options)
{
    struct sockaddr_in *four = (struct sockaddr_in *)address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, options->address, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(options->port);
        *size = sizeof *four;
        return true;
    }
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(options->port);
    *size = sizeof *six;
    return inet_pton(AF_INET6, options->address, &six->sin6_addr) == 1;
}

static bool open_sockets(struct ocpp_door *door, const struct ocpp_door_options *options)
{
    struct sockaddr_storage address;
    socklen_t size;
    int one = 1;
    errno = EINVAL;
    if (!read_address(&address, &size, options))
        return false;
    door->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    door->listen_fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (door->epoll_fd < 0 || door->listen_fd < 0 ||
        setsockopt(door->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        bind(door->listen_fd, (struct sockaddr *)&address, size) != 0 || listen(door->listen_fd, SOMAXCONN) != 0 ||
        getsockname(door->listen_fd, (struct sockaddr *)&address, &size) != 0)
        return false;
    door->port = ntohs(address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
                                                    : ((struct sockaddr_in6 *)&address)->sin6_port);
    return watch(door, door->listen_fd);
}

static bool open_context(struct ocpp_door *door, const struct ocpp_door_options *options)
{
    static const struct lws_protocols protocols[] = {{.name = "http-only", .callback = on_event},
                                                     {.name = PROTOCOL, .callback = on_event, .rx_buffer_size = 4096},
                                                     {.name = NULL}};
    static const lws_retry_bo_t idle = {.secs_since_valid_ping = 20, .secs_since_valid_hangup = 30};
    bool is_tls = options->security == OCPP_SECURITY_TLS || options->security == OCPP_SECURITY_MUTUAL;
    struct lws_context_creation_info info = {.port = CONTEXT_PORT_NO_LISTEN_SERVER,
                                             .protocols = protocols,
                                             .gid = -1,
                                             .uid = -1,
                                             .timeout_secs = HANDSHAKE_S,
                                             .fd_limit_per_thread = (unsigned)door->visitor_count + 16,
                                             .retry_and_idle_policy = &idle,
                                             .alpn = "http/1.1",
                                             .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                                                        (is_tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0)};
    lws_set_log_level(0, NULL); /* it would print */
    door->context = lws_create_context(&info);
    if (door->context == NULL)
        return false;
    info.ssl_cert_filepath = is_tls ? options->cert_file : NULL;
    info.ssl_private_key_filepath = is_tls ? options->key_file : NULL;
    if (is_tls)
        info.ssl_options_set = SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1;
    if (options->security == OCPP_SECURITY_MUTUAL) {
        info.ssl_ca_filepath = options->ca_file;
        info.options |= LWS_SERVER_OPTION_REQUIRE_VALID_OPENSSL_CLIENT_CERT;
    }
    door->vhost = lws_create_vhost(door->context, &info);
    return door->vhost != NULL;
}

void ocpp_door_close(struct ocpp_door *door)
{
    door->is_closing = true;
    if (door->context != NULL)
        lws_context_destroy(door->context);
    if (door->listen_fd >= 0)
        (void)close(door->listen_fd);
    if (door->epoll_fd >= 0)
        (void)close(door->epoll_fd);
    free(door->visitors);
    free(door->visitor_of);
    free(door);
}

static bool can_read(const char *file)
{
    return file != NULL && access(file, R_OK) == 0;
}

static bool has_files(const struct ocpp_door_options *options, char *why, size_t why_size)
{
    bool is_tls = options->security == OCPP_SECURITY_TLS || options->security == OCPP_SECURITY_MUTUAL;
    const char *files[] = {options->cert_file, options->key_file, options->ca_file};
    static const char *const names[] = {"certificate", "key", "certificate of authority"};
    size_t count = !is_tls ? 0 : options->security == OCPP_SECURITY_MUTUAL ? 3 : 2;
    for (size_t i = 0; i < count; i++)
        if (!can_read(files[i])) {
            snprintf(why, why_size, "the %s %s cannot be read", names[i], files[i] == NULL ? "(none)" : files[i]);
            return false;
        }
    return true;
}

struct ocpp_door *ocpp_door_open(const struct ocpp_door_options *options, char *why, size_t why_size)
{
    struct ocpp_door *door = calloc(1, sizeof *door);
    snprintf(why, why_size, "memory is out");
    if (door == NULL)
        return NULL;
    *door = (struct ocpp_door){.host = options->host,
                               .security = options->security,
                               .listen_fd = -1,
                               .epoll_fd = -1,
                               .points = options->points,
                               .visitor_count = 2 * options->points + VISITORS_MORE};
    door->visitors = calloc(door->visitor_count, sizeof *door->visitors);
    door->visitor_of = calloc(options->points, sizeof(struct visitor *));
    bool is_open = door->visitors != NULL && door->visitor_of != NULL && has_files(options, why, why_size);
    if (is_open && !open_sockets(door, options)) {
        snprintf(why, why_size, "%s port %u: %s", options->address, options->port, strerror(errno));
        is_open = false;
    }
    if (is_open && !open_context(door, options)) {
        snprintf(why, why_size, "%s port %u: libwebsockets does not take certificate or key", options->address,
                 options->port);
        is_open = false;
    }
    if (is_open)
        return door;
    ocpp_door_close(door);
    return NULL;
}
