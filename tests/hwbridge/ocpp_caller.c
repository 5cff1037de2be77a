/* ocpp_caller.c: a driver with nothing behind it, and who calls it by hand.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/hwbridge/ocpp_caller.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int64_t real_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- the porch --------------------------------------------------------------------------------------------------- */

static void on_input(void *self, const struct hw_input *input)
{
    ((struct porch *)self)->inputs[input->kind]++;
}

static void on_reject(void *self, uint32_t outlet, enum hw_reject reject)
{
    (void)outlet;
    ((struct porch *)self)->rejects[reject]++;
}

bool porch_open(struct porch *porch, const struct ocpp_options *options, char *why, size_t why_size)
{
    static const struct ocpp_outlet outlets[] = {
        {.outlet = 0, .name = "CP1", .password = CALLER_PASSWORD, .connector = 1, .voltage_v = 200, .phases = 1},
        {.outlet = 1, .name = "CP2", .password = "another", .connector = 1, .voltage_v = 200, .phases = 1}};
    struct ocpp_options whole = *options;
    *porch = (struct porch){.port = 0};
    whole.outlets = outlets;
    whole.outlet_count = 2;
    whole.sink = (struct hw_sink){porch, on_input, on_reject};
    if (!ocpp_open(&porch->driver, &whole, why, why_size))
        return false;
    porch->port = ocpp_port(&porch->driver);
    return true;
}

void porch_close(struct porch *porch)
{
    porch->driver.ops->close(porch->driver.self);
}

static void serve_once(struct porch *porch, int most_ms)
{
    struct pollfd ready = {.events = POLLIN};
    (void)porch->driver.ops->service(porch->driver.self, real_ns());
    (void)porch->driver.ops->descriptors(porch->driver.self, &ready.fd, 1);
    (void)poll(&ready, 1, most_ms);
}

void porch_serve(struct porch *porch, int64_t for_ms)
{
    for (int64_t end_ns = real_ns() + for_ms * 1000000; real_ns() < end_ns;)
        serve_once(porch, 1);
}

uint64_t porch_rejects(const struct porch *porch)
{
    uint64_t count = 0;
    for (int i = 0; i < HW_REJECTS; i++)
        count += porch->rejects[i];
    return count;
}

/* ---- the caller -------------------------------------------------------------------------------------------------- */

int caller_connect(const struct porch *porch)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(porch->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int failed = connect(fd, (struct sockaddr *)&address, sizeof address);
    int one = 1;
    failed |= setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    assert(fd >= 0 && failed == 0);
    return fd;
}

bool caller_send(struct porch *porch, int fd, const void *bytes, size_t length)
{
    for (size_t sent = 0; sent < length;) {
        ssize_t count = send(fd, (const char *)bytes + sent, length - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && errno != EAGAIN)
            return false;
        sent += count > 0 ? (size_t)count : 0;
        serve_once(porch, 0);
    }
    return true;
}

bool caller_say(struct porch *porch, int fd, enum ws_opcode opcode, const void *text, size_t length)
{
    uint8_t *bytes = malloc(WS_HEAD_MAX + length);
    assert(bytes != NULL);
    bool is_said = caller_send(porch, fd, bytes, ws_write(bytes, opcode, text, length, 0x11223344));
    free(bytes);
    return is_said;
}

bool caller_is_out(int fd)
{
    char bytes[4096];
    ssize_t count;
    do
        count = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    while (count > 0);
    return count == 0 || errno != EAGAIN;
}

int caller_open(struct porch *porch, const struct ws_greeting *greeting)
{
    char text[2048], answer[2048];
    struct ws_greeting whole = *greeting;
    whole.host = "127.0.0.1";
    whole.port = porch->port;
    int fd = caller_connect(porch);
    size_t length = ws_greet(text, sizeof text, &whole);
    size_t got = 0;
    bool is_sent = length > 0 && caller_send(porch, fd, text, length);
    for (int i = 0; is_sent && i < 2000; i++) {
        serve_once(porch, 1);
        ssize_t count = recv(fd, answer + got, sizeof answer - got, MSG_DONTWAIT);
        if (count == 0 || (count < 0 && errno != EAGAIN))
            break;
        got += count > 0 ? (size_t)count : 0;
        long taken = ws_greeted(answer, got, &whole);
        if (taken > 0)
            return fd;
        if (taken < 0)
            break;
    }
    (void)close(fd);
    return -1;
}

int caller_open_as(struct porch *porch, const char *path, const char *user, const char *password)
{
    return caller_open(porch,
                       &(struct ws_greeting){.path = path, .user = user, .password = password, .protocol = "ocpp1.6"});
}
