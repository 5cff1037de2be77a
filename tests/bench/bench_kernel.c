/* bench_kernel.c: what the kernel costs, each figure beside its floor.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Usage: bench_kernel [--quick] [--check] [--margin=X]
 * CPU time of one thread pinned to the processor it started on; figure and floor are timed in turns in the same
 * process, the best of many rounds counts, so that other work on the machine disturbs both or neither. An event is one
 * pop from the pending-event set and one dispatch. --check exits with 1 when a limit is exceeded; --margin widens the
 * limits, for machines that are known to be busy.
 */
#include "figures.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void pin_to_this_processor(void)
{
    cpu_set_t set;
    int processor = sched_getcpu();
    if (processor < 0)
        return;
    CPU_ZERO(&set);
    CPU_SET((size_t)processor, &set);
    (void)sched_setaffinity(0, sizeof set, &set); /* refused: the figures are noisier, not wrong */
}

int main(int argc, char **argv)
{
    enum effort effort = EFFORT_FULL;
    bool must_hold = false;
    struct report report = {.margin = 1};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0) {
            effort = EFFORT_QUICK;
        } else if (strcmp(argv[i], "--check") == 0) {
            must_hold = true;
        } else if (strncmp(argv[i], "--margin=", 9) == 0 && strtod(argv[i] + 9, NULL) >= 1) {
            report.margin = strtod(argv[i] + 9, NULL);
        } else {
            fprintf(stderr, "usage: bench_kernel [--quick] [--check] [--margin=X], X >= 1\n");
            return 2;
        }
    }
    pin_to_this_processor();
    figures_hold(&report, effort);
    figures_station(&report, effort);
    figures_parts(&report, effort);
    return must_hold && report.failures > 0 ? 1 : 0;
}
