/* driver.h: what the bridge and the drivers of devices say to each other.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     bridge ──submit(command)──►  driver  ──bytes──►  device
 *       ▲                            │
 *       └──────── on_input ──────────┘◄──bytes───
 *
 * A driver turns commands into one wire's bytes and that wire's bytes into inputs. It decides nothing: leases, retries,
 * probes, what a reading is worth are the bridge's, in one place for all wires (lease.h, meter.h). It never blocks:
 * its descriptors are in the bridge's set, and it is served when one of them is ready or its timer is due.
 *
 * Every number is checked by the driver before it becomes an input: finite, in range, of the right type. What is not,
 * is counted by reason and dropped; so is what was retained by a broker, oversized, or nested too deeply.
 */
#ifndef KONSENTO_HWBRIDGE_DRIVER_H
#define KONSENTO_HWBRIDGE_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HW_OUTLETS_MAX   4096
#define HW_UNKNOWN_VALUE INT64_MIN /* a figure that the device did not tell */

enum hw_input_kind {
    HW_LINK_UP,   /* the device can be reached */
    HW_LINK_DOWN, /* it cannot: it says so, its broker, or its connection */
    HW_BOOT,      /* it has just started */
    HW_RELAY,     /* value: 1 closed, 0 open */
    HW_ACK,       /* it does what command number `command` asked for */
    HW_NACK,      /* it will not */
    HW_METER,     /* energy_uj, power_w, as far as told */
    HW_PLUG,      /* value: 1 a car is plugged in, 0 none */
    HW_FAULT,     /* it reports a fault of its own; value: its number */
    HW_ALIVE,     /* it answered a probe, or said anything else */
    HW_LOOKED_AT  /* not from the device: a person says that it is in order again */
};
#define HW_INPUT_KINDS 11
const char *hw_input_kind_name(enum hw_input_kind kind);

/* Of outlets less than HW_OUTLETS_MAX. Fields that a kind has no use for are 0. */
struct hw_input {
    enum hw_input_kind kind;
    uint32_t outlet;
    uint64_t command;  /* ACK, NACK: which; RELAY: the one it answers, 0: none */
    int64_t value;     /* RELAY, PLUG, FAULT */
    int64_t energy_uj; /* METER: the counter, HW_UNKNOWN_VALUE: not told */
    int64_t power_w;   /* METER: HW_UNKNOWN_VALUE: not told */
    uint64_t raw;      /* of the bytes that it came in: hw_raw */
};
/* A hash of bytes, for the journal: FNV-1a, 64 bits. */
uint64_t hw_raw(const void *bytes, size_t length);

enum hw_command_kind {
    HW_COMMAND_OFF,  /* no power, at once; and clears what a broker keeps for it */
    HW_COMMAND_ON,   /* power of at most limit_ma, which ends by itself after lease_us */
    HW_COMMAND_PROBE /* is it there, is its relay closed, what does its meter say */
};
#define HW_COMMAND_KINDS 3
const char *hw_command_kind_name(enum hw_command_kind kind);

struct hw_command {
    enum hw_command_kind kind;
    uint32_t outlet;
    uint64_t number; /* from 1, grows with each command of an outlet */
    int64_t limit_ma, lease_us;
};

/* Why a driver dropped what came in. */
enum hw_reject {
    HW_REJECT_OVERSIZED,
    HW_REJECT_SYNTAX,   /* not of the form the wire has; nested too deeply */
    HW_REJECT_TYPE,     /* a field of another type */
    HW_REJECT_RANGE,    /* a number that is none, or out of range */
    HW_REJECT_TEXT,     /* not UTF-8, or with a zero in it */
    HW_REJECT_RETAINED, /* kept by a broker: nobody knows how old it is */
    HW_REJECT_STRANGER, /* of a device that is not configured, or has not proved who it is */
    HW_REJECT_UNASKED,  /* an answer to no command */
    HW_REJECT_FLOOD     /* more than its share of messages */
};
#define HW_REJECTS 9
const char *hw_reject_name(enum hw_reject reject);

/* Where inputs go. Calls come from inside the driver's service. */
struct hw_sink {
    void *self;
    void (*on_input)(void *self, const struct hw_input *input);
    void (*on_reject)(void *self, uint32_t outlet, enum hw_reject reject); /* outlet: HW_OUTLETS_MAX: nobody's */
};

struct hw_driver_ops {
    const char *name; /* "mqtt" */
    /* Reads and writes what can be without waiting. In: real time, CLOCK_MONOTONIC. Returns when it wants to be served
     * next though no descriptor is ready, INT64_MAX: never. */
    int64_t (*service)(void *self, int64_t now_ns);
    /* Sends a command; the same number may come again. Returns false if the wire takes nothing now. */
    bool (*submit)(void *self, const struct hw_command *command);
    /* What service has said is not ready: descriptors to wait for. Out: fds, at most max. Returns how many. */
    size_t (*descriptors)(void *self, int *fds, size_t max);
    /* Whether the device's own settings are safe: it stays off after a power cut, its lease timer works, nothing is
     * retained. Asked when the device is up; answered in settings. */
    void (*preflight)(void *self, uint32_t outlet);
    /* What preflight has found out so far. Out: text, a line for each setting. Returns whether all are known and good.
     * NULL: devices of this wire have no such settings. */
    bool (*settings)(void *self, uint32_t outlet, char *text, size_t text_size);
    void (*close)(void *self);
};

struct hw_driver {
    const struct hw_driver_ops *ops;
    void *self;
};

#endif
