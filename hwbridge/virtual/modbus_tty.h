/* modbus_tty.h: the end of a serial line: a real one, or a pseudo terminal made for it.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_HWBRIDGE_VIRTUAL_MODBUS_TTY_H
#define KONSENTO_HWBRIDGE_VIRTUAL_MODBUS_TTY_H

#include <stdbool.h>
#include <stddef.h>

#define MODBUS_TTY_MAX 108

struct modbus_tty {
    int fd;                    /* to read and write; does not wait */
    int other;                 /* a pseudo terminal's far end, held open so that nobody's leaving ends it; -1: none */
    char link[MODBUS_TTY_MAX]; /* where the far end is found; removed when it is closed */
};

/* Opens what is at path: eight bits, no parity, that speed, nothing interpreted. If nothing is there, makes a pseudo
 * terminal and a symbolic link to it. Returns false, and why. */
bool modbus_tty_open(struct modbus_tty *tty, const char *path, int baud, char *why, size_t why_size);
void modbus_tty_close(struct modbus_tty *tty);

#endif
