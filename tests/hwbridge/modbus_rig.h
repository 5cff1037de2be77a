/* modbus_rig.h: a Modbus device in a process of its own, and a bridge, for tests of the whole wire.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_HWBRIDGE_MODBUS_RIG_H
#define KONSENTO_TESTS_HWBRIDGE_MODBUS_RIG_H

#include "hwbridge/live.h"
#include "hwbridge/modbus.h"

#include <sys/types.h>

#define MODBUS_RIG_EDGES  16
#define MODBUS_RIG_WISHES 4

/* What the virtual device really did, in memory that both processes see. */
struct modbus_rig_truth {
    volatile uint32_t count;
    struct {
        int64_t at_ns, energy_uj;
        bool is_closed;
    } edges[MODBUS_RIG_EDGES];
};

struct modbus_rig_told {
    unsigned closed, opened, faults;
    char cause[32];
    enum hw_outlet_state state; /* behind a replay */
};

struct modbus_rig {
    const char *map;    /* of the switch, by the bridge's name; of a virtual device by its own */
    const char *script; /* its faults */
    bool is_serial;
    int64_t lease_us;
    int answer_ms; /* that the device has; 0: as usual */
    pid_t device;
    uint16_t port;
    char folder[32], tty[64];
    struct modbus_rig_truth *truth;
    struct sim *sim;
    struct pace *pace;
    struct live *live;
    struct bridge *bridge; /* of a replay */
    struct journal journal;
    int64_t wish_us[MODBUS_RIG_WISHES];
    bool is_wished_on[MODBUS_RIG_WISHES];
    size_t wish_count;
    struct hw_driver driver;
    struct bridge_outlet_config config;
    struct modbus_rig_told told;
    uint16_t wish_kind;
};

/* In: map, script, is_serial, lease_us. Asserts that all is up. */
void modbus_rig_open(struct modbus_rig *rig);
/* The device alone; and a bridge for it, which may be in another process. */
void modbus_rig_start(struct modbus_rig *rig);
void modbus_rig_bridge(struct modbus_rig *rig);
/* As modbus_rig_start, of somebody else's device: a program that prints "ready" when it listens on the port that is its
 * argument, or on the serial line. In: arguments, ended by NULL, of which "PORT" or "TTY" is replaced. Returns false if
 * it does not come up: then all is closed again. */
bool modbus_rig_open_stranger(struct modbus_rig *rig, const char *const *arguments);
void modbus_rig_close(struct modbus_rig *rig);
/* Ends the run, and runs its journal again without devices; all wishes were made before it began. Returns whether it is
 * the same to its end; why if not. */
bool modbus_rig_replays(struct modbus_rig *rig, char *why, size_t why_size);
/* Likewise, of a bridge in another process that was killed: its journal is the same to where it breaks off. Out:
 * told, which that process kept for itself. */
bool modbus_rig_replays_cut(struct modbus_rig *rig, char *why, size_t why_size);
/* At a time of the run. Before modbus_rig_bridge, or behind it. */
void modbus_rig_wish(struct modbus_rig *rig, int64_t at_us, bool is_on);
enum sim_end modbus_rig_run(struct modbus_rig *rig, int64_t until_us);
const struct hw_outlet *modbus_rig_outlet(const struct modbus_rig *rig);
bool modbus_rig_is_closed(const struct modbus_rig *rig);

#endif
