/* modbus_line.h: one Modbus line, spoken on by a process of its own.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   driver ──orders──► socket ──► child: libmodbus, which waits ──► TCP or RTU ──► devices
 *          ◄─reports──        ◄──
 *
 * libmodbus blocks for as long as a device takes to answer; the bridge must not. So a child process waits in its stead.
 * It carries out OFF before all else, also between the transactions of another command, and it is the last of the
 * watchmen: what it has switched on it switches off when the command's lease has run out without another, and when its
 * parent is gone; then it ends. It does nothing else of its own accord.
 *
 * It dies with its parent. It cannot help when the machine does, or the line: only a timer in the device can.
 */
#ifndef KONSENTO_HWBRIDGE_MODBUS_LINE_H
#define KONSENTO_HWBRIDGE_MODBUS_LINE_H

#include "hwbridge/modbus_map.h"

#include <sys/types.h>

#define MODBUS_DEVICES_MAX 64 /* on a line */

struct modbus_line_options {
    const char *address; /* IPv4; NULL: a serial line */
    uint16_t port;
    const char *tty;
    int baud;
    char parity;                         /* 'N', 'E', 'O' */
    int answer_ms;                       /* a device has for its answer */
    const struct modbus_device *devices; /* copied by the child */
    size_t device_count;
};

/* Plain bytes between two processes of one program. */
struct modbus_order {
    uint32_t device; /* index */
    enum modbus_job job;
    struct hw_command command; /* number 0: by the child's own accord */
};

struct modbus_report {
    struct modbus_order order;
    uint64_t switched; /* number of the last ON or OFF that the device took */
    uint32_t count;
    struct modbus_result results[MODBUS_STEPS_MAX]; /* of the steps of modbus_plan */
};

struct modbus_line {
    pid_t child; /* 0: none */
    int fd;
};

/* Makes the child; it dials when it is first asked. Returns false, with errno set, if there can be none. */
bool modbus_line_start(struct modbus_line *line, const struct modbus_line_options *options)
    __attribute__((warn_unused_result));
/* Returns false if it takes none now, or is dead. */
bool modbus_line_order(const struct modbus_line *line, const struct modbus_order *order);
/* Returns 1: out is set; 0: nothing has come; -1: the child is dead. */
int modbus_line_read(const struct modbus_line *line, struct modbus_report *report);
/* The child switches off what it has switched on, and ends; if it does not within for_ms, it is killed. */
void modbus_line_stop(struct modbus_line *line, int for_ms);

/* For modbus_line.c alone: what the child does until its parent is gone. */
void modbus_child_run(int fd, pid_t parent, const struct modbus_line_options *options);

#endif
