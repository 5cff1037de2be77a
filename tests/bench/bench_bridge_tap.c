/* bench_bridge_tap.c: a process between broker and bridge that passes all on, and tells when.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/bench/bench_bridge.h"
#include "tests/hwbridge/rig.h"

#include "tests/support/child.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static struct {
    pid_t process;
    volatile int64_t *wrote_ns;
} tap;

static struct sockaddr_in address_of(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void be_prompt(int fd)
{
    int one = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

/* Returns false when either side has hung up. */
static bool pass(int from, int to, bool is_timed)
{
    char bytes[65536];
    ssize_t length = read(from, bytes, sizeof bytes);
    if (length <= 0)
        return false;
    if (is_timed)
        *tap.wrote_ns = bench_now_ns();
    for (ssize_t done = 0; done < length;) {
        ssize_t sent = send(to, bytes + done, (size_t)(length - done), MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        done += sent;
    }
    return true;
}

static void serve(int bridge, uint16_t broker_port)
{
    struct sockaddr_in address = address_of(broker_port);
    int broker = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(broker, (struct sockaddr *)&address, sizeof address) != 0)
        return;
    be_prompt(broker);
    be_prompt(bridge);
    struct pollfd fds[2] = {{.fd = bridge, .events = POLLIN}, {.fd = broker, .events = POLLIN}};
    bool is_open = true;
    while (is_open && poll(fds, 2, -1) > 0)
        is_open =
            (fds[0].revents == 0 || pass(bridge, broker, false)) && (fds[1].revents == 0 || pass(broker, bridge, true));
    (void)close(broker);
}

void tap_open(uint16_t port, uint16_t broker_port)
{
    struct sockaddr_in address = address_of(port);
    int door = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    (void)setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    int failed = bind(door, (struct sockaddr *)&address, sizeof address) | listen(door, 4);
    tap.wrote_ns = mmap(NULL, sizeof *tap.wrote_ns, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert(failed == 0 && tap.wrote_ns != MAP_FAILED);
    tap.process = child_fork();
    if (tap.process == 0)
        for (;;) {
            int bridge = accept(door, NULL, NULL);
            if (bridge >= 0)
                serve(bridge, broker_port);
            (void)close(bridge);
        }
    (void)close(door);
}

int64_t tap_wrote_ns(void)
{
    return *tap.wrote_ns;
}

void tap_close(void)
{
    rig_kill(&tap.process);
    (void)munmap((void *)(uintptr_t)tap.wrote_ns, sizeof *tap.wrote_ns);
}
