/* lease.h: the safety core: one outlet that stands somewhere and may do anything.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *              begin             off confirmed            want on            on confirmed
 *   UNKNOWN ─────────► OFF_PENDING ──────────► OFF ──────────────► ON_PENDING ──────────► ON (leased)
 *                        ▲   ▲   ▲                                      │                   │ │
 *                        │   │   └───── want off, no answer, refused ───┘                   │ │
 *                        │   └───────── want off, relay opened, device restarted ───────────┘ │
 *                        │                                                                    │
 *                        └── link up ── LOST ◄── link down, or three probes without answer ───┘ (from any but the next)
 *
 *   STUCK: power flows, or the relay is closed, though it was told to open and said it had.  Latched: until a person
 *   FAULT: the device says that it is out of order, or contradicts itself.                   acknowledges.
 *
 * ON is a lease: the device switches off by itself lease_us after the last command that it took. The bridge renews it
 * at a third. OFF always wins: it is sent at once, and again each second for as long as it takes; an ON that is asked
 * for meanwhile waits. Nobody believes an outlet to be off before it said so behind an OFF.
 *
 * A relay that is told to be closed, or power that is told to flow, in answer to OFF after OFF for stuck_us, latches as
 * well. A bridge that was killed and comes back (hw_outlet_sever, hw_outlet_rejoin) is to its outlets as if they had
 * been lost.
 *
 * A pure state machine: inputs and time in, commands and reports out; it reads no clock and knows no wire, so a journal
 * of inputs replays it. Times are the simulation's axis, which runs at the rate of real time when devices are real.
 */
#ifndef KONSENTO_HWBRIDGE_LEASE_H
#define KONSENTO_HWBRIDGE_LEASE_H

#include "hwbridge/driver.h"
#include "hwbridge/meter.h"

enum hw_outlet_state {
    HW_OUTLET_UNKNOWN,
    HW_OUTLET_OFF_PENDING,
    HW_OUTLET_OFF,
    HW_OUTLET_ON_PENDING,
    HW_OUTLET_ON,
    HW_OUTLET_LOST,
    HW_OUTLET_STUCK,
    HW_OUTLET_FAULT
};
#define HW_OUTLET_STATES 8
const char *hw_outlet_state_name(enum hw_outlet_state state);

enum hw_outlet_report_kind {
    HW_OUTLET_CLOSED,  /* power can flow */
    HW_OUTLET_OPENED,  /* it has said that no power can flow, or its lease has run out */
    HW_OUTLET_READING, /* the meter's total has grown */
    HW_OUTLET_TROUBLE, /* cause */
    HW_OUTLET_PLUGGED, /* value */
};

enum hw_outlet_cause {
    HW_OUTLET_CAUSE_NONE,
    HW_OUTLET_CAUSE_LINK,      /* it cannot be reached */
    HW_OUTLET_CAUSE_SILENT,    /* it answers no probe */
    HW_OUTLET_CAUSE_NO_ANSWER, /* to a command to switch on */
    HW_OUTLET_CAUSE_REFUSED,   /* it will not switch on */
    HW_OUTLET_CAUSE_SWITCHED,  /* somebody else has switched it */
    HW_OUTLET_CAUSE_RESTARTED,
    HW_OUTLET_CAUSE_LEASE,   /* its lease ran out: it took no renewal */
    HW_OUTLET_CAUSE_STUCK,   /* current behind an open relay, or one that does not open */
    HW_OUTLET_CAUSE_FROZEN,  /* its counter stands still while it tells of power */
    HW_OUTLET_CAUSE_REPORTED /* it tells of a fault of its own */
};
#define HW_OUTLET_CAUSES 11
const char *hw_outlet_cause_name(enum hw_outlet_cause cause);

struct hw_outlet_config {
    uint32_t outlet;
    int64_t lease_us;  /* >= 3 s */
    int64_t probe_us;  /* without a sign of life for so long, it is asked for one; 2 s */
    uint32_t probes;   /* that may go unanswered; 3 */
    int64_t answer_us; /* a command is sent again when it was not answered for so long; 1 s */
    uint32_t on_tries; /* of ON; OFF has no limit; 3 */
    int64_t settle_us; /* after an OFF was confirmed power may still be told for so long; 2 s */
    int64_t stuck_us;  /* OFF is not obeyed for so long: it cannot be; 10 s */
    int64_t leak_w;    /* less is no sign of a stuck relay: the device's own use */
    int64_t limit_ma;  /* rated */
    struct meter_config meter;
};
/* Lease 30 s, the figures above, 10 W. In: outlet, rated current at a voltage, step of the meter. */
void hw_outlet_config_init(struct hw_outlet_config *config, uint32_t outlet, int64_t limit_ma, int64_t voltage_v,
                           int64_t resolution_uj);

/* Who carries out what it decides. Calls come from inside the functions below. */
struct hw_outlet_out {
    void *self;
    void (*command)(void *self, const struct hw_command *command);
    void (*report)(void *self, uint32_t outlet, enum hw_outlet_report_kind kind, enum hw_outlet_cause cause,
                   int64_t value);
};

struct hw_outlet_tally {
    uint64_t inputs, commands, renewals, retries, probes;
    uint64_t losses;   /* times that it could not be reached */
    uint64_t ghosts;   /* times that somebody else switched it on */
    int64_t unsafe_us; /* of the spans that have ended: hw_outlet_unsafe_us */
};

struct hw_outlet {
    struct hw_outlet_config config;
    struct hw_outlet_out out;
    struct meter meter;
    enum hw_outlet_state state;
    enum hw_outlet_cause cause; /* of LOST, STUCK, FAULT; of an OFF_PENDING that nobody asked for */
    bool is_wanted_on;
    bool is_closed_told; /* CLOSED was reported, or is asked for, and OPENED was not since */
    bool is_open_told;   /* the device has said so behind the last OFF */
    bool is_doubted;     /* ON, and it said once that it is open; OFF, and it told once of power */
    bool is_severed;     /* the bridge was killed: nothing is commanded, nothing is heard but what its meter says */
    int64_t limit_ma;
    uint64_t number;        /* of the last command */
    uint64_t switch_number; /* of the last ON or OFF */
    uint32_t tries;         /* of it without an answer */
    uint32_t unanswered;    /* periods of silence in a row */
    int64_t entered_us;     /* its state */
    int64_t sent_us;        /* the last ON or OFF */
    int64_t renewed_us;     /* the last ON that was answered was sent */
    int64_t lease_end_us;   /* from here on it is off by itself; INT64_MIN: no lease is running */
    int64_t heard_us, probed_us, opened_us;
    int64_t unsafe_since_us; /* INT64_MAX: it is not */
    struct hw_outlet_tally tally;
};

/* In: out is copied. It is UNKNOWN and does nothing before hw_outlet_begin. */
void hw_outlet_init(struct hw_outlet *outlet, const struct hw_outlet_config *config, const struct hw_outlet_out *out);
/* The run begins: OFF is commanded. */
void hw_outlet_begin(struct hw_outlet *outlet, int64_t now_us);
/* What the session wants. In: limit_ma <= rated, else rated is meant. */
void hw_outlet_want_on(struct hw_outlet *outlet, int64_t now_us, int64_t limit_ma);
void hw_outlet_want_off(struct hw_outlet *outlet, int64_t now_us);
/* Something came from it. */
void hw_outlet_hear(struct hw_outlet *outlet, int64_t now_us, const struct hw_input *input);
/* Time has passed: does what is due. */
void hw_outlet_time(struct hw_outlet *outlet, int64_t now_us);
/* When hw_outlet_time has something to do at the latest; INT64_MAX: never. */
int64_t hw_outlet_next_us(const struct hw_outlet *outlet);
/* Asks it for its relay and its meter now. */
void hw_outlet_ask(struct hw_outlet *outlet, int64_t now_us);
/* A person has looked at it: STUCK and FAULT end, OFF is commanded and has to be confirmed. As HW_LOOKED_AT is heard.
 */
void hw_outlet_acknowledge(struct hw_outlet *outlet, int64_t now_us);
/* The bridge was killed at about now_us. Until it is back nothing happens but that leases run out. */
void hw_outlet_sever(struct hw_outlet *outlet, int64_t now_us);
/* It is back: OFF is commanded; a wish that stands is fulfilled behind it. */
void hw_outlet_rejoin(struct hw_outlet *outlet, int64_t now_us);

/* Whether power may flow for all we know: it was switched on, or not yet heard to be off, and no lease has ended it. */
bool hw_outlet_may_deliver(const struct hw_outlet *outlet, int64_t now_us);
/* Time in which power could flow though nobody wanted it, as far as known, with that which goes on still. */
int64_t hw_outlet_unsafe_us(const struct hw_outlet *outlet, int64_t now_us);
/* Asserts what must hold between its fields. */
bool hw_outlet_audit(const struct hw_outlet *outlet, char *why, size_t why_size);

#endif
