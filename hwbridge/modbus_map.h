/* modbus_map.h: which registers of a device say what, as tables, and what their bits mean.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   command ──modbus_plan──► writes and reads, one transaction each ──► modbus_line.h carries them out
 *   what was read ──modbus_decode──► inputs, or the reason why there are none
 *
 * An outlet is a switch, a meter, or a charger that is both; a switch and a meter may be two units on one line. Nothing
 * is ever written that does not stand in a table. Floats are put together here: Debian 12's libmodbus 3.1.6 writes them
 * in the wrong order. A number that is none, or out of range, is refused before it is an integer.
 *
 * A serial answer does not say what it answers. So what a device is asked for on a serial line differs in length or
 * function from question to question, if need be by words that nobody looks at: then a late answer is not mistaken.
 *
 * A charger with a watchdog goes to its fail-safe current, which has to be 0, when nobody has spoken to it for so long:
 * that is the lease. A coil relay has none, nor has a charger without a watchdog: see modbus.h.
 *
 * Source: Modbus Application Protocol V1.1b3; Eastron SDM230 and SDM630 Modbus Protocol (input registers, FC 04); KEBA
 * KeContact P30 Modbus TCP Programmers Guide; ABB Terra AC Charger Modbus Communication; register list of Wallbe's
 * chargers (Phoenix Contact EV-CC-AC1); cross-read with the drivers of evcc and mbmd.
 */
#ifndef KONSENTO_HWBRIDGE_MODBUS_MAP_H
#define KONSENTO_HWBRIDGE_MODBUS_MAP_H

#include "hwbridge/driver.h"

#define MODBUS_WORDS_MAX    4
#define MODBUS_STEPS_MAX    12 /* of one plan */
#define MODBUS_INPUTS_MAX   4
#define MODBUS_SETTINGS_MAX 3

enum modbus_function {
    MODBUS_READ_COILS = 1,
    MODBUS_READ_HOLDING = 3,
    MODBUS_READ_INPUTS = 4,
    MODBUS_WRITE_COIL = 5,
    MODBUS_WRITE_ONE = 6,
    MODBUS_WRITE_MANY = 16
};

/* How many words, and in which order the bytes A (most significant) to D come over the wire. */
enum modbus_form {
    MODBUS_BIT,
    MODBUS_U16,
    MODBUS_U32_ABCD,
    MODBUS_U32_CDAB,
    MODBUS_S32_CDAB,
    MODBUS_F32_ABCD,
    MODBUS_F32_CDAB,
    MODBUS_F32_BADC,
    MODBUS_F32_DCBA
};
#define MODBUS_FORMS 9

/* What a field says. */
enum modbus_meaning {
    MODBUS_STATE,   /* by its states: whether power may flow, whether a car is there, whether it is faulty */
    MODBUS_POWER,   /* times scale: W */
    MODBUS_ENERGY,  /* times scale: Wh; of several, the sum */
    MODBUS_SETTING0 /* and following: what a setting is now */
};

/* What a state says of power and car; -1: nothing. */
struct modbus_state {
    uint16_t state;
    int8_t is_closed, is_plugged;
    bool is_fault;
};

/* All that there are; any other is no answer. */
struct modbus_states {
    uint16_t shift, mask; /* of the number, before it is looked up */
    size_t count;
    const struct modbus_state *states;
};

struct modbus_field {
    enum modbus_meaning meaning;
    enum modbus_function function;
    uint16_t address;
    enum modbus_form form;
    double scale;
    const struct modbus_states *states;
    uint16_t words; /* that are asked for, if more than the form has */
};

/* What is written. */
enum modbus_value {
    MODBUS_CONST,    /* what stands beside it */
    MODBUS_LIMIT_MA, /* of the command */
    MODBUS_LIMIT_DA, /* in 0.1 A, rounded down */
    MODBUS_LEASE_S,  /* rounded down: never later than was asked for */
};

struct modbus_write {
    enum modbus_function function;
    uint16_t address;
    enum modbus_value value;
    uint16_t constant;
};

/* What preflight reads back; value CONST: has to be constant, LEASE_S: has to be the lease. */
struct modbus_setting {
    const char *name;
    enum modbus_value value;
    uint16_t constant;
};

struct modbus_map {
    const char *name; /* in scenarios */
    uint8_t unit;     /* that it comes with */
    bool is_switch, is_meter;
    bool is_movable; /* its relay is any coil: address of fields and writes is added to the device's */
    uint16_t least_ma;
    uint16_t watchdog_least_s, watchdog_most_s; /* 0: it has none */
    int64_t step_uj;                            /* of its counter at its finest */
    const struct modbus_field *fields;
    size_t field_count;
    const struct modbus_write *on, *off, *prepare;
    size_t on_count, off_count, prepare_count;
    const struct modbus_setting *settings;
    size_t setting_count;
    const char *advice; /* what a person has to see to, since the device does not tell; NULL: nothing */
};

/* Returns NULL if there is none of that name. */
const struct modbus_map *modbus_map_find(const char *name);
/* By index, NULL behind the last. */
const struct modbus_map *modbus_map_at(size_t index);
/* One step of its counter when that shows so much: a float has fewer digits behind the point the more stand before. */
int64_t modbus_map_step_uj(const struct modbus_map *map, int64_t counter_uj);

/* ---- plans ------------------------------------------------------------------------------------------------------ */

struct modbus_device {
    uint32_t outlet;
    const struct modbus_map *map; /* the switch, or both */
    uint8_t unit;
    uint16_t relay;                 /* its coil, where the map is movable */
    const struct modbus_map *meter; /* NULL: the map's own, if it has one */
    uint8_t meter_unit;
    int64_t lease_us; /* that commands will ask for */
};

enum modbus_job { MODBUS_JOB_OFF, MODBUS_JOB_ON, MODBUS_JOB_PREFLIGHT, MODBUS_JOB_LOOK };
#define MODBUS_JOBS 4

/* One transaction. */
struct modbus_step {
    uint8_t unit;
    enum modbus_function function;
    uint16_t address, count;
    uint16_t words[MODBUS_WORDS_MAX]; /* to write */
    const struct modbus_field *field; /* read for it; NULL: a write */
};
/* Returns how many; 0: an ON below what the device can do. Switching first, then reading. In: command for ON alone. */
size_t modbus_plan(struct modbus_step steps[MODBUS_STEPS_MAX], const struct modbus_device *device, enum modbus_job job,
                   const struct hw_command *command);

/* ---- what came -------------------------------------------------------------------------------------------------- */

enum modbus_outcome {
    MODBUS_NOT_DONE, /* a step before it failed */
    MODBUS_DONE,
    MODBUS_REFUSED, /* an exception: it will not */
    MODBUS_SILENT,  /* no answer, or none that can be read */
    MODBUS_NO_LINE  /* it cannot be reached at all */
};

struct modbus_result {
    uint8_t outcome; /* enum modbus_outcome */
    uint8_t exception;
    uint16_t words[MODBUS_WORDS_MAX];
};

struct modbus_findings {
    struct hw_input inputs[MODBUS_INPUTS_MAX];
    size_t count;
    bool has_relay, is_closed;
    uint32_t settings_good, settings_bad; /* bits */
};

/* What the steps of a plan have read. In: count results of its steps. Returns -1, or an enum hw_reject: then nothing is
 * found. */
int modbus_decode(struct modbus_findings *findings, const struct modbus_device *device, const struct modbus_step *steps,
                  const struct modbus_result *results, size_t count);
/* A number of words, which may be none: check with isfinite. */
double modbus_number(const uint16_t words[MODBUS_WORDS_MAX], enum modbus_form form);
size_t modbus_form_words(enum modbus_form form);

#endif
