/* child.h: a process of a test that ends with the test.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_SUPPORT_CHILD_H
#define KONSENTO_TESTS_SUPPORT_CHILD_H

#include <assert.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

/* As fork, asserted. The child is killed with its parent: nothing is left behind. */
static inline pid_t child_fork(void)
{
    pid_t parent = getpid(), pid = fork();
    assert(pid >= 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
    }
    return pid;
}

#endif
