/* cores.c: how many cores this process may use.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cores.h"

#include <sched.h>
#include <unistd.h>

unsigned core_count(void)
{
    cpu_set_t set;
    long count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : (unsigned)count;
}
