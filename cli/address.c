/* address.c: where a device or its broker is.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/address.h"

#include "cli/options.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *scheme;
    uint16_t port;
} ports[] = {{"mqtt", 1883}, {"mqtts", 8883}, {"ws", 9000}, {"wss", 9443}, {"modbus-tcp", 502}, {"modbus-rtu", 0}};

static bool is_among(const char *name, size_t length, const char *names)
{
    while (*names != '\0') {
        size_t span = strcspn(names, " ");
        if (span == length && strncmp(names, name, length) == 0)
            return true;
        names += span + (names[span] == ' ');
    }
    return false;
}

static bool copy(char *to, size_t size, const char *from, size_t length)
{
    if (length >= size)
        return false;
    memcpy(to, from, length);
    to[length] = '\0';
    return true;
}

/* HOST, HOST:PORT, [HOST]:PORT. */
static bool read_host(struct address *address, const char *text, size_t length)
{
    char port[8];
    uint64_t number;
    const char *end = text + length, *colon = memchr(text, ':', length);
    if (length > 0 && text[0] == '[') {
        const char *bracket = memchr(text, ']', length);
        if (bracket == NULL || !copy(address->host, sizeof address->host, text + 1, (size_t)(bracket - text - 1)))
            return false;
        colon = bracket + 1 < end ? bracket + 1 : NULL;
        if (colon != NULL && *colon != ':')
            return false;
    } else if (!copy(address->host, sizeof address->host, text, colon == NULL ? length : (size_t)(colon - text))) {
        return false;
    }
    if (colon == NULL)
        return true;
    if (!copy(port, sizeof port, colon + 1, (size_t)(end - colon - 1)) || !options_number(&number, port, 1, 65535))
        return false;
    address->port = (uint16_t)number;
    return true;
}

bool address_read(struct address *address, const char *text, const char *schemes, char *why, size_t why_size)
{
    *address = (struct address){.port = 0};
    const char *mark = strstr(text, "://");
    size_t length = mark == NULL ? 0 : (size_t)(mark - text);
    if (mark == NULL || !is_among(text, length, schemes) ||
        !copy(address->scheme, sizeof address->scheme, text, length)) {
        snprintf(why, why_size, "%.100s: wanted is SCHEME://HOST:PORT/NAME, SCHEME one of: %s", text, schemes);
        return false;
    }
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++)
        if (strcmp(ports[i].scheme, address->scheme) == 0)
            address->port = ports[i].port;
    const char *host = mark + 3;
    size_t host_length = strcspn(host, "/");
    const char *path = host + host_length + (host[host_length] == '/');
    if (!read_host(address, host, host_length) || !copy(address->path, sizeof address->path, path, strlen(path))) {
        snprintf(why, why_size, "%.100s: its host, port or name is none", text);
        return false;
    }
    return true;
}

bool address_is_here(const struct address *address)
{
    const char *host = address->host;
    bool is_number = strspn(host, "0123456789.") == strlen(host);
    return *host == '\0' || strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
           (is_number && strncmp(host, "127.", 4) == 0);
}
