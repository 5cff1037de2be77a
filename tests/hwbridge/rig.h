/* rig.h: a broker, a virtual plug and a bridge on loopback, for tests of the whole wire.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_HWBRIDGE_RIG_H
#define KONSENTO_TESTS_HWBRIDGE_RIG_H

#include "hwbridge/live.h"

#include <sys/types.h>

#define RIG_EDGES    64
#define RIG_LEASE_US INT64_C(3000000)

/* What the plug really did, in memory that both processes see. */
struct rig_truth {
    volatile uint32_t count;
    struct {
        int64_t at_ns, energy_uj;
        bool is_closed;
    } edges[RIG_EDGES];
};

/* What the controller was told. */
struct rig_told {
    unsigned closed, opened, faults;
    char cause[32];
    int64_t wished_ns, told_ns; /* the last wish; the last thing told */
};

struct rig {
    pid_t broker, plug;
    uint16_t port;
    char folder[64];
    struct rig_truth *truth;
    struct sim *sim;
    struct pace *pace;
    struct live *live;
    struct journal journal;
    struct bridge_outlet_config config;
    struct hw_driver driver;
    struct rig_told told;
    uint16_t wish_kind;
};

/* Whether there is a broker to be had. */
bool rig_is_possible(void);
/* Broker, plug with that fault script, bridge. Asserts that all are up. In: retained, what lies at the broker as the
 * plug's command before; NULL: nothing. */
void rig_open(struct rig *rig, const char *script, const char *retained);
/* Whether who connects now finds a command. */
bool rig_finds_retained(const struct rig *rig);
void rig_close(struct rig *rig);
/* At a time of the run the controller wishes it on or off. */
void rig_wish(struct rig *rig, int64_t at_us, bool is_on);
/* Lets the run go on to that time, in real time. */
enum sim_end rig_run(struct rig *rig, int64_t until_us);
const struct hw_outlet *rig_outlet(const struct rig *rig);
/* Whether its relay is closed, by its own word. */
bool rig_is_closed(const struct rig *rig);
void rig_start_broker(struct rig *rig);
void rig_stop_broker(struct rig *rig);

#endif
