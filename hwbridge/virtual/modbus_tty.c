/* modbus_tty.c: the end of a serial line.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/virtual/modbus_tty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static speed_t speed_of(int baud)
{
    static const struct {
        int baud;
        speed_t speed;
    } speeds[] = {{1200, B1200},   {2400, B2400},   {4800, B4800},   {9600, B9600},
                  {19200, B19200}, {38400, B38400}, {57600, B57600}, {115200, B115200}};
    for (size_t i = 0; i < sizeof speeds / sizeof speeds[0]; i++)
        if (speeds[i].baud == baud)
            return speeds[i].speed;
    return B0;
}

static bool make_raw(int fd, int baud)
{
    struct termios terms;
    if (tcgetattr(fd, &terms) != 0)
        return false;
    cfmakeraw(&terms);
    terms.c_cflag |= CLOCAL | CREAD;
    return cfsetspeed(&terms, speed_of(baud)) == 0 && tcsetattr(fd, TCSANOW, &terms) == 0;
}

static bool make_pair(struct modbus_tty *tty, const char *path)
{
    char name[MODBUS_TTY_MAX];
    tty->fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (tty->fd < 0 || grantpt(tty->fd) != 0 || unlockpt(tty->fd) != 0 || ptsname_r(tty->fd, name, sizeof name) != 0)
        return false;
    tty->other = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    char left[MODBUS_TTY_MAX];
    if (readlink(path, left, sizeof left) > 0)
        (void)unlink(path); /* left behind, and leading nowhere */
    if (tty->other < 0 || symlink(name, path) != 0)
        return false;
    snprintf(tty->link, sizeof tty->link, "%s", path);
    return true;
}

bool modbus_tty_open(struct modbus_tty *tty, const char *path, int baud, char *why, size_t why_size)
{
    *tty = (struct modbus_tty){.fd = -1, .other = -1};
    if (speed_of(baud) == B0) {
        snprintf(why, why_size, "serial line %.80s: %d baud: 1200, 2400, ... 38400, 57600 or 115200", path, baud);
        return false;
    }
    if (strlen(path) >= sizeof tty->link) {
        snprintf(why, why_size, "serial line %.40s...: %zu characters at most", path, sizeof tty->link - 1);
        return false;
    }
    tty->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    bool is_there = tty->fd >= 0 || (errno == ENOENT && make_pair(tty, path));
    if (is_there && make_raw(tty->other >= 0 ? tty->other : tty->fd, baud))
        return true;
    snprintf(why, why_size, "serial line %.80s: %s", path, strerror(errno));
    modbus_tty_close(tty);
    return false;
}

void modbus_tty_close(struct modbus_tty *tty)
{
    if (tty->link[0] != 0)
        (void)unlink(tty->link);
    if (tty->fd >= 0)
        (void)close(tty->fd);
    if (tty->other >= 0)
        (void)close(tty->other);
    *tty = (struct modbus_tty){.fd = -1, .other = -1};
}
