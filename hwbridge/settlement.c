/* settlement.c: a UNIX socket on which another Lightning node tells of payments.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/settlement.h"

#include <assert.h>
#include <errno.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SECOND_NS  INT64_C(1000000000)
#define LINES_ONCE 16 /* of one client, before others have their turn */

struct client {
    int fd; /* -1: none */
    char line[SETTLEMENT_LINE_MAX];
    size_t length;
    bool is_oversized; /* the rest of this line is dropped */
    int64_t heard_ns, second_ns;
    unsigned lines; /* since second_ns */
};

struct door {
    struct settlement_options options;
    int fd;
    char path[sizeof((struct sockaddr_un *)0)->sun_path];
    struct client clients[SETTLEMENT_CLIENTS];
    uint64_t counts[SETTLEMENT_RESULTS];
};

const char *settlement_result_name(enum settlement_result result)
{
    static const char *const names[SETTLEMENT_RESULTS] = {"ok",       "oversized", "syntax", "preimage",
                                                          "stranger", "repeated",  "busy",   "flood"};
    return names[result];
}

/* ---- lines ------------------------------------------------------------------------------------------------------ */

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_bytes(uint8_t *bytes, size_t count, const char *word, size_t length)
{
    if (length != 2 * count)
        return false;
    for (size_t i = 0; i < count; i++) {
        int high = digit(word[2 * i]), low = digit(word[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

static bool read_number(uint64_t *number, const char *word, size_t length, uint64_t most)
{
    *number = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned value = (unsigned)word[i] - '0';
        if (value > 9 || __builtin_mul_overflow(*number, 10, number) ||
            __builtin_add_overflow(*number, (uint64_t)value, number))
            return false;
    }
    return length > 0 && *number <= most;
}

/* BOLT #7: 24 bits of the block's height, 24 of the transaction's index, 16 of the output's. */
static bool read_channel(uint64_t *channel, const char *word, size_t length)
{
    static const struct {
        unsigned shift;
        uint64_t most;
    } parts[3] = {{40, 0xffffff}, {16, 0xffffff}, {0, 0xffff}};
    if (memchr(word, 'x', length) == NULL)
        return read_number(channel, word, length, UINT64_MAX);
    *channel = 0;
    for (size_t i = 0; i < 3; i++) {
        const char *cross = memchr(word, 'x', length);
        size_t span = cross == NULL ? length : (size_t)(cross - word);
        uint64_t number;
        if ((cross == NULL) != (i == 2) || !read_number(&number, word, span, parts[i].most))
            return false;
        *channel |= number << parts[i].shift;
        word += cross == NULL ? span : span + 1;
        length -= cross == NULL ? span : span + 1;
    }
    return true;
}

enum settlement_result settlement_parse(struct journal_settlement *settlement, const char *line, size_t length)
{
    const char *words[4];
    size_t lengths[4], count = 0;
    struct sha256_ctx sha;
    uint8_t hash[32];
    if (length >= SETTLEMENT_LINE_MAX)
        return SETTLEMENT_OVERSIZED;
    for (size_t at = 0; at <= length && count < 4; count++) {
        const char *blank = count == 3 ? NULL : memchr(line + at, ' ', length - at);
        words[count] = line + at;
        lengths[count] = blank == NULL ? length - at : (size_t)(blank - words[count]);
        at += lengths[count] + 1;
    }
    if (count != 4 || !read_channel(&settlement->short_channel_id, words[0], lengths[0]) ||
        !read_bytes(settlement->node_id, 33, words[1], lengths[1]) ||
        !read_bytes(settlement->payment_hash, 32, words[2], lengths[2]) ||
        !read_bytes(settlement->preimage, 32, words[3], lengths[3]))
        return SETTLEMENT_SYNTAX;
    sha256_init(&sha);
    sha256_update(&sha, 32, settlement->preimage);
    sha256_digest(&sha, 32, hash);
    return memcmp(hash, settlement->payment_hash, 32) == 0 ? SETTLEMENT_OK : SETTLEMENT_PREIMAGE;
}

/* ---- clients ---------------------------------------------------------------------------------------------------- */

static void hang_up(struct client *client)
{
    if (client->fd >= 0)
        (void)close(client->fd);
    *client = (struct client){.fd = -1};
}

/* Who does not read its answers loses them. */
static void reply(struct door *door, struct client *client, enum settlement_result result)
{
    char text[64];
    door->counts[result]++;
    int length = result == SETTLEMENT_OK ? snprintf(text, sizeof text, "ok\n")
                                         : snprintf(text, sizeof text, "no: %s\n", settlement_result_name(result));
    (void)!send(client->fd, text, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static bool is_flood(struct client *client, int64_t now_ns)
{
    if (now_ns - client->second_ns >= SECOND_NS) {
        client->second_ns = now_ns;
        client->lines = 0;
    }
    return ++client->lines > SETTLEMENT_LINES_MAX;
}

/* Returns false when it is hung up on. */
static bool hear_line(struct door *door, struct client *client, int64_t now_ns)
{
    struct journal_settlement settlement = {0};
    size_t length = client->length;
    if (is_flood(client, now_ns)) {
        reply(door, client, SETTLEMENT_FLOOD);
        return false;
    }
    length -= length > 0 && client->line[length - 1] == '\r';
    enum settlement_result result =
        client->is_oversized ? SETTLEMENT_OVERSIZED : settlement_parse(&settlement, client->line, length);
    if (result == SETTLEMENT_OK)
        result = door->options.on_settlement(door->options.self, &settlement);
    reply(door, client, result);
    client->length = 0;
    client->is_oversized = false;
    return true;
}

static bool take_byte(struct door *door, struct client *client, char byte, int64_t now_ns)
{
    if (byte == '\n')
        return hear_line(door, client, now_ns);
    if (client->length == SETTLEMENT_LINE_MAX - 1)
        client->is_oversized = true;
    else
        client->line[client->length++] = byte;
    return true;
}

static void hear(struct door *door, struct client *client, int64_t now_ns)
{
    char bytes[SETTLEMENT_LINE_MAX * LINES_ONCE];
    ssize_t count = recv(client->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    bool is_quiet = count < 0 && (errno == EAGAIN || errno == EINTR);
    bool is_asleep = now_ns - client->heard_ns > SETTLEMENT_PATIENCE_S * SECOND_NS;
    if (count == 0 || (count < 0 && !is_quiet) || (is_quiet && is_asleep)) {
        hang_up(client);
        return;
    }
    client->heard_ns = count > 0 ? now_ns : client->heard_ns;
    for (ssize_t i = 0; i < count; i++)
        if (!take_byte(door, client, bytes[i], now_ns)) {
            hang_up(client);
            return;
        }
}

static void let_in(struct door *door, int64_t now_ns)
{
    for (;;) {
        int fd = accept4(door->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        struct client *free_client = NULL;
        for (size_t i = 0; i < SETTLEMENT_CLIENTS && free_client == NULL; i++)
            if (door->clients[i].fd < 0)
                free_client = &door->clients[i];
        if (free_client == NULL)
            (void)close(fd);
        else
            *free_client = (struct client){.fd = fd, .heard_ns = now_ns, .second_ns = now_ns};
    }
}

/* ---- the driver ------------------------------------------------------------------------------------------------- */

static int64_t service(void *self, int64_t now_ns)
{
    struct door *door = self;
    bool has_clients = false;
    let_in(door, now_ns);
    for (size_t i = 0; i < SETTLEMENT_CLIENTS; i++) {
        if (door->clients[i].fd >= 0)
            hear(door, &door->clients[i], now_ns);
        has_clients = has_clients || door->clients[i].fd >= 0;
    }
    return has_clients ? now_ns + SECOND_NS : INT64_MAX; /* somebody may have fallen asleep */
}

static size_t descriptors(void *self, int *fds, size_t max)
{
    const struct door *door = self;
    size_t count = 0;
    if (count < max)
        fds[count++] = door->fd;
    for (size_t i = 0; i < SETTLEMENT_CLIENTS && count < max; i++)
        if (door->clients[i].fd >= 0)
            fds[count++] = door->clients[i].fd;
    return count;
}

/* It has no outlets. */
static bool submit(void *self, const struct hw_command *command)
{
    (void)self, (void)command;
    return true;
}

static void preflight(void *self, uint32_t outlet)
{
    (void)self, (void)outlet;
}

static void close_door(void *self)
{
    struct door *door = self;
    for (size_t i = 0; i < SETTLEMENT_CLIENTS; i++)
        hang_up(&door->clients[i]);
    if (door->fd >= 0) {
        (void)close(door->fd);
        (void)unlink(door->path);
    }
    free(door);
}

static const struct hw_driver_ops ops = {.name = "settlement",
                                         .service = service,
                                         .submit = submit,
                                         .descriptors = descriptors,
                                         .preflight = preflight,
                                         .close = close_door};

/* A socket without a listener is what a killed run has left. */
static bool is_dead(const struct sockaddr_un *address)
{
    struct stat there;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || stat(address->sun_path, &there) != 0 || !S_ISSOCK(there.st_mode)) {
        if (fd >= 0)
            (void)close(fd);
        return false;
    }
    bool is_refused = connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 && errno == ECONNREFUSED;
    (void)close(fd);
    return is_refused;
}

static bool listen_on(struct door *door)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, door->path, sizeof door->path);
    if (is_dead(&address))
        (void)unlink(door->path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    if (fchmod(fd, 0600) != 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        int reason = errno;
        (void)close(fd);
        errno = reason;
        return false;
    }
    door->fd = fd; /* from here on the file is ours to take away */
    return chmod(door->path, 0600) == 0 && listen(fd, SETTLEMENT_CLIENTS) == 0;
}

bool settlement_open(struct hw_driver *driver, const struct settlement_options *options, char *why, size_t why_size)
{
    struct door *door = calloc(1, sizeof *door);
    if (door == NULL) {
        snprintf(why, why_size, "memory is out");
        return false;
    }
    door->options = *options;
    door->fd = -1;
    for (size_t i = 0; i < SETTLEMENT_CLIENTS; i++)
        door->clients[i].fd = -1;
    bool fits = strlen(options->path) < sizeof door->path;
    snprintf(door->path, sizeof door->path, "%s", options->path);
    if (!fits || !listen_on(door)) {
        snprintf(why, why_size, "%s: %s", options->path, fits ? strerror(errno) : "the path is too long for a socket");
        close_door(door);
        return false;
    }
    *driver = (struct hw_driver){&ops, door};
    return true;
}

const uint64_t *settlement_counts(const struct hw_driver *driver)
{
    assert(driver->ops == &ops);
    return ((const struct door *)driver->self)->counts;
}
