/* trace_line.c: one event of a run as a line of text.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/trace_line.h"

#include <inttypes.h>

#define DAY_US INT64_C(86400000000)

static const char *phase_name(enum sim_phase phase)
{
    switch (phase) {
    case SIM_ENVIRONMENT:
        return "environment";
    case SIM_MESSAGE:
        return "message";
    case SIM_TIMER:
        return "timer";
    case SIM_MODEL:
        return "model";
    case SIM_PROBE:
        return "probe";
    case SIM_CONTROL:
        return "control";
    }
    return "?";
}

void trace_line_print(FILE *out, const struct sim_executed *event, const char *kind)
{
    int64_t day = event->time_us / DAY_US, rest = event->time_us % DAY_US;
    int hours = (int)(rest / 3600000000), minutes = (int)(rest / 60000000 % 60);
    fprintf(out,
            "%8" PRIu64 "  d%" PRId64 " %02d:%02d:%09.6f  %-11s  %-20s  entity %" PRIu32 "  argument %" PRIu64
            "  chain %016" PRIx64 "\n",
            event->number, day, hours, minutes, (double)(rest % 60000000) * 1e-6, phase_name(event->phase), kind,
            event->entity, event->argument, event->chain);
}
