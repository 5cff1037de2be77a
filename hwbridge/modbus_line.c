/* modbus_line.c: the parent's end of a line.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/modbus_line.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void on_signal(int number)
{
    (void)number; /* that a wait is interrupted is all */
}

/* A terminal's interrupt is the parent's to answer; a system that ends all processes at once ends the parent too. Each
 * is told by the parent's end. */
static void set_signals(void)
{
    const struct sigaction ignored = {.sa_handler = SIG_IGN}, woken = {.sa_handler = on_signal};
    (void)sigaction(SIGINT, &ignored, NULL);
    (void)sigaction(SIGHUP, &ignored, NULL);
    (void)sigaction(SIGPIPE, &ignored, NULL);
    (void)sigaction(SIGTERM, &woken, NULL);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
}

/* It holds nothing of its parent's open: no journal, no other line. */
static int keep_only(int fd)
{
    int kept = dup2(fd, STDERR_FILENO + 1);
    assert(kept >= 0);
    (void)close_range((unsigned)kept + 1, ~0u, 0);
    return kept;
}

bool modbus_line_start(struct modbus_line *line, const struct modbus_line_options *options)
{
    int fds[2];
    pid_t parent = getpid();
    *line = (struct modbus_line){.fd = -1};
    assert(options->device_count > 0 && options->device_count <= MODBUS_DEVICES_MAX);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
        return false;
    pid_t child = fork();
    if (child == 0) {
        set_signals();
        (void)close(fds[0]); /* or it would never see its parent's end go */
        modbus_child_run(keep_only(fds[1]), parent, options);
        _exit(0);
    }
    int error = errno;
    (void)close(fds[1]);
    if (child < 0) {
        (void)close(fds[0]);
        errno = error;
        return false;
    }
    *line = (struct modbus_line){.child = child, .fd = fds[0]};
    return true;
}

bool modbus_line_order(const struct modbus_line *line, const struct modbus_order *order)
{
    return line->child != 0 && send(line->fd, order, sizeof *order, MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof *order;
}

int modbus_line_read(const struct modbus_line *line, struct modbus_report *report)
{
    if (line->child == 0)
        return -1;
    ssize_t got = recv(line->fd, report, sizeof *report, MSG_DONTWAIT);
    if (got == sizeof *report)
        return 1;
    return got < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

void modbus_line_stop(struct modbus_line *line, int for_ms)
{
    if (line->child == 0)
        return;
    (void)close(line->fd);
    for (int ms = 0; ms < for_ms && waitpid(line->child, NULL, WNOHANG) == 0; ms++) {
        if (ms == for_ms - 1)
            (void)kill(line->child, SIGKILL);
        usleep(1000);
    }
    (void)waitpid(line->child, NULL, 0);
    *line = (struct modbus_line){.fd = -1};
}
