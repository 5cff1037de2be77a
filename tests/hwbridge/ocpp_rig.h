/* ocpp_rig.h: a virtual charger and a bridge on loopback, for tests of the whole wire.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_HWBRIDGE_OCPP_RIG_H
#define KONSENTO_TESTS_HWBRIDGE_OCPP_RIG_H

#include "hwbridge/live.h"
#include "hwbridge/ocpp.h"

#include <sys/types.h>

#define OCPP_RIG_EDGES    256
#define OCPP_RIG_LEASE_US INT64_C(3000000)
#define OCPP_RIG_PASSWORD "0123456789abcdef"

/* What the charger really did, in memory that both processes see. */
struct ocpp_rig_truth {
    volatile uint32_t count;
    struct {
        int64_t at_ns, energy_uj;
        bool is_closed;
    } edges[OCPP_RIG_EDGES];
};

struct ocpp_rig {
    pid_t charger;
    uint16_t port;
    struct ocpp_rig_truth *truth;
    struct sim *sim;
    struct pace *pace;
    struct live *live;
    struct hw_driver driver;
    struct bridge_outlet_config config;
    unsigned closed, opened, faults; /* that the controller was told */
    char cause[32];
    int64_t wished_ns, accepted_ns; /* real time: the last wish; the charger's last Accepted */
    uint16_t wish_kind;
};

/* A bridge with one outlet, connector 1 of CP1. In: port, 0: any. */
void ocpp_rig_open(struct ocpp_rig *rig, uint16_t port);
/* The bridge goes as one that is killed does: nothing is switched off. */
void ocpp_rig_close_bridge(struct ocpp_rig *rig);
void ocpp_rig_close(struct ocpp_rig *rig);
/* A process of its own. In: skew_us, that its clock is ahead. */
void ocpp_rig_start_charger(struct ocpp_rig *rig, const char *script, const char *password, int64_t skew_us);
void ocpp_rig_stop_charger(struct ocpp_rig *rig);
/* At a time of the run the controller wishes it on or off. */
void ocpp_rig_wish(struct ocpp_rig *rig, int64_t at_us, bool is_on);
/* Lets the run go on to that time, in real time. */
enum sim_end ocpp_rig_run(struct ocpp_rig *rig, int64_t until_us);
const struct hw_outlet *ocpp_rig_outlet(const struct ocpp_rig *rig);
/* Whether the contactor is closed, by its own word. */
bool ocpp_rig_is_closed(const struct ocpp_rig *rig);

#endif
