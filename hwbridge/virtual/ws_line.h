/* ws_line.h: a virtual charger's connection: it dials, greets, and suffers what its fault script has.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Texts that it says may be lost, late, overtaken, doubled or mangled; texts that it hears come whole or not at all.
 * After a connection is lost it dials again each half second.
 */
#ifndef KONSENTO_HWBRIDGE_VIRTUAL_WS_LINE_H
#define KONSENTO_HWBRIDGE_VIRTUAL_WS_LINE_H

#include "hwbridge/virtual/plug.h"
#include "hwbridge/virtual/ws_wire.h"

#include <poll.h>

#define WS_TEXT_MAX 4096

struct ws_line_config {
    const char *host; /* address, numbers only */
    uint16_t port;
    const char *path, *user, *password, *protocol; /* as ws_wire.h has them */
};

struct ws_line;

/* Who hears. Calls come from inside ws_line_run. */
struct ws_ear {
    void *self;
    void (*on_open)(void *self, int64_t now_ns);
    void (*on_text)(void *self, const char *text, size_t length, int64_t now_ns);
};

/* In: plug, whose faults and chances count, outlives it. Returns NULL when memory is out. Owns: ws_line_free. */
struct ws_line *ws_line_new(const struct ws_line_config *config, struct plug *plug, const struct ws_ear *ear);
void ws_line_free(struct ws_line *line);
bool ws_line_is_up(const struct ws_line *line);
void ws_line_hang_up(struct ws_line *line, int64_t now_ns);
/* Reads, and writes what was said. */
void ws_line_run(struct ws_line *line, int64_t now_ns);
/* Writes what was said meanwhile. */
void ws_line_flush(struct ws_line *line, int64_t now_ns);
void ws_line_say(struct ws_line *line, const char *text, size_t length, int64_t now_ns);
/* When it has something to do next. */
int64_t ws_line_due_ns(const struct ws_line *line);
void ws_line_descriptor(const struct ws_line *line, struct pollfd *fd);

#endif
