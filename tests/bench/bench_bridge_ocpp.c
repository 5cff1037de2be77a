/* bench_bridge_ocpp.c: how long a charger takes to accept.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The virtual charger on loopback is started and stopped again and again: from the session's wish to the event in which
 * the acceptance of its RemoteStart counts.
 */
#include "tests/bench/bench_bridge.h"

#ifdef KONSENTO_OCPP
#include "tests/hwbridge/ocpp_rig.h"

#include <stdlib.h>
#include <string.h>

#define CYCLE_US INT64_C(150000)
#define FIRST_US INT64_C(2000000)

struct watch {
    struct sim *sim;
    struct samples *samples;
    int64_t wished_ns; /* 0: accepted, or not wished */
};

static void on_event(void *self, const struct sim_executed *event)
{
    struct watch *watch = self;
    const char *kind = sim_kind_name(watch->sim, event->kind);
    if (strcmp(kind, "rig.wish") == 0)
        watch->wished_ns = event->argument != 0 ? bench_now_ns() : 0;
    bool is_accepted = strcmp(kind, "bridge.input") == 0 && event->argument == HW_ACK;
    if (!is_accepted || watch->wished_ns == 0)
        return;
    samples_add(watch->samples, (double)(bench_now_ns() - watch->wished_ns) / 1000);
    watch->wished_ns = 0;
}

void bench_ocpp(struct bridge_report *report, unsigned cycles)
{
    struct samples *samples = calloc(1, sizeof *samples);
    struct ocpp_rig rig = {.charger = 0};
    cycles = cycles > OCPP_RIG_EDGES / 2 - 2 ? OCPP_RIG_EDGES / 2 - 2 : cycles;
    ocpp_rig_open(&rig, 0);
    ocpp_rig_start_charger(&rig, "", OCPP_RIG_PASSWORD, 0);
    struct watch watch = {.sim = rig.sim, .samples = samples};
    sim_observe(rig.sim, on_event, &watch);
    for (unsigned i = 0; i < cycles; i++) {
        ocpp_rig_wish(&rig, FIRST_US + i * CYCLE_US, true);
        ocpp_rig_wish(&rig, FIRST_US + i * CYCLE_US + CYCLE_US / 2, false);
    }
    (void)ocpp_rig_run(&rig, FIRST_US + cycles * CYCLE_US + 500000);
    report_samples(report, "OCPP settle -> Accepted", samples, 1000);
    ocpp_rig_close(&rig);
    free(samples);
}
#else
void bench_ocpp(struct bridge_report *report, unsigned cycles)
{
    (void)report, (void)cycles;
}
#endif
