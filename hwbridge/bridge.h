/* bridge.h: devices as outlets of a run: the hardware's side of the outlet port, inside the kernel.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *    session ──outlet port──►  struct bridge  ──wire.on_command──►  live.h (drivers, journal) or replay.h (a journal)
 *       ▲                       │   │    ▲
 *       └──── listener ─────────┘   │    └── bridge_take ◄── inputs, with the time at which they count
 *                                   └── one struct hw_outlet each (lease.h)
 *
 * All that an outlet decides, it decides in an event of the kernel: inputs are events, and so are wishes of the session
 * and what is due. The same inputs behind the same events are therefore the same run. Each input is folded into the
 * trace digest.
 *
 * The meter's reading is the total of meter.h as it was told last: it lags by the device's period of telling, and the
 * session's guard must cover that. Behind an OFF it is read once more, meter_us after the relay has opened, and only
 * then on_opened is told: what has flowed is known by then, however long it takes to reach the device. A car is idle
 * when the device has told of less than idle_below_w for idle_us.
 */
#ifndef KONSENTO_HWBRIDGE_BRIDGE_H
#define KONSENTO_HWBRIDGE_BRIDGE_H

#include "hwbridge/journal.h"
#include "hwbridge/lease.h"
#include "sim/kernel.h"
#include "sim/ports.h"

#define BRIDGE_INPUTS_MAX      4096 /* taken and not yet executed */
#define BRIDGE_SETTLEMENTS_MAX 256  /* likewise */

struct bridge_outlet_config {
    struct hw_outlet_config lease; /* lease.outlet: its number on the wires' side, its index here */
    int64_t idle_below_w, idle_us;
    int64_t meter_us; /* its counter is at most so old when it tells it; 0: nobody waits for it */
};
/* 20 W for 60 s. */
#define BRIDGE_IDLE_BELOW_W 20
#define BRIDGE_IDLE_US      INT64_C(60000000)

/* Who sends what is decided. */
struct bridge_wire {
    void *self;
    void (*on_command)(void *self, const struct hw_command *command);
};

/* Who is told of payments that other nodes tell of; inside an event. */
struct bridge_payee {
    void *self;
    void (*on_settlement)(void *self, const struct journal_settlement *settlement);
};

struct bridge_outlet;

struct bridge {
    struct sim *sim;
    struct bridge_wire wire;
    struct outlet_listener listener;
    struct bridge_payee payee;
    struct bridge_outlet *outlets;
    size_t outlet_count;
    struct hw_input *inputs; /* a ring */
    uint32_t first_input, input_count;
    struct journal_settlement *settlements; /* a ring */
    uint32_t first_settlement, settlement_count;
    int64_t taken_us; /* the last input's time; -1: none yet */
    struct sim_handle rejoin;
    uint16_t input_kind, wish_kind, due_kind, idle_kind, energy_kind, begin_kind, settle_kind, sever_kind, rejoin_kind,
        last_kind;
};

struct bridge_options {
    struct sim *sim;
    const struct bridge_outlet_config *outlets; /* copied */
    size_t outlet_count;                        /* 1 .. HW_OUTLETS_MAX */
    struct bridge_wire wire;
    struct outlet_listener listener; /* hears outlets by their index */
    struct bridge_payee payee;       /* on_settlement may be NULL */
};

/* Registers its kinds of events, and an auditor; the first event commands OFF to all. Returns NULL when memory is out.
 * Owns: bridge_free. */
struct bridge *bridge_new(const struct bridge_options *options);
void bridge_free(struct bridge *bridge);

/* The port of an outlet; switch_on takes any lease: what counts is the device's. */
struct outlet_port bridge_port(struct bridge *bridge, uint32_t outlet);
const struct hw_outlet *bridge_outlet(const struct bridge *bridge, uint32_t outlet);

/* Something came from outside; it counts at at_us > sim_now_us (asserted), never before one that came earlier
 * (asserted). Returns false if BRIDGE_INPUTS_MAX wait: it is not taken. */
bool bridge_take(struct bridge *bridge, const struct hw_input *input, int64_t at_us)
    __attribute__((warn_unused_result));
/* Likewise: another node tells of a payment. Returns false if BRIDGE_SETTLEMENTS_MAX wait: it is not taken. */
bool bridge_settle(struct bridge *bridge, const struct journal_settlement *settlement, int64_t at_us)
    __attribute__((warn_unused_result));
/* The run was killed where it stands now, and is back at at_us > bridge->taken_us, > sim_now_us (asserted): until then
 * all outlets are lost; from then on OFF is commanded, and wishes that stand are fulfilled behind it. */
void bridge_restart(struct bridge *bridge, int64_t at_us);
/* Somebody else sends from now on: a replay has come to its end, and the run goes on with devices. */
void bridge_rewire(struct bridge *bridge, const struct bridge_wire *wire);

#endif
