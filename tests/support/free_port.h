/* free_port.h: a port of the loopback that nobody listens on.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tests run beside each other, and a port that the system chooses may be taken as somebody's own end of a connection
 * before the server that it is for listens there. These are below the range that the system chooses from, and each
 * process begins elsewhere.
 */
#ifndef KONSENTO_TESTS_SUPPORT_FREE_PORT_H
#define KONSENTO_TESTS_SUPPORT_FREE_PORT_H

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#define FREE_PORT_FIRST 10000
#define FREE_PORT_COUNT 20000

/* Returns another one each time, number being 0, 1, 2 ... in a process. */
static inline uint16_t free_port(uint32_t number)
{
    for (uint32_t i = 0; i < FREE_PORT_COUNT; i++) {
        uint32_t offset = ((uint32_t)getpid() * 37 + number * 9973 + i * 7) % FREE_PORT_COUNT;
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons((uint16_t)(FREE_PORT_FIRST + offset)),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        int failed = bind(fd, (struct sockaddr *)&address, sizeof address);
        assert(fd >= 0);
        (void)close(fd);
        if (failed == 0)
            return (uint16_t)(FREE_PORT_FIRST + offset);
    }
    assert(!"a port is free");
    return 0;
}

#endif
