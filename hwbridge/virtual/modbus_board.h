/* modbus_board.h: the virtual outlet's registers: a relay with a meter beside it, or one of three chargers. [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   name      units                       switches                      watchdog
 *   sdm230    meter 1, relay board 2      coil `relay`                  none: it stays as it is
 *   sdm630    the same                    the same                      none
 *   keba      charger, unit 255           5014, mA in 5004              5018 s; then 5016 mA
 *   abb       charger, unit 1             mA in 0x4100, 0 off           0x4106 s; then off
 *   wallbe    charger, unit 255           coil 400, 0.1 A in 528        none
 *
 * A car is always plugged in. A watchdog counts from the last question of any kind, as on the devices themselves.
 * Registers that are not in these tables answer with an exception, and so do values that the device would not take.
 */
#ifndef KONSENTO_HWBRIDGE_VIRTUAL_MODBUS_BOARD_H
#define KONSENTO_HWBRIDGE_VIRTUAL_MODBUS_BOARD_H

#include "hwbridge/virtual/modbus_wire.h"
#include "hwbridge/virtual/plug.h"

struct modbus_board_kind;

struct modbus_board {
    const struct modbus_board_kind *kind;
    struct plug plug;
    uint8_t unit, meter_unit;
    uint16_t relay;
    uint16_t limit, failsafe_ma, watchdog_s;
    int64_t heard_ns;
};

struct modbus_board_config {
    const char *name;   /* of the table above */
    uint8_t unit;       /* 0: that it comes with */
    uint8_t meter_unit; /* likewise */
    uint16_t relay;     /* the coil */
    struct plug_config plug;
    struct plug_truth truth;
};

/* Returns false if there is none of that name. */
bool modbus_board_init(struct modbus_board *board, const struct modbus_board_config *config,
                       const struct faults *faults, int64_t now_ns);
/* Whether a unit of that number is there. */
bool modbus_board_has(const struct modbus_board *board, uint8_t unit);
/* Answers a question. Out: values read, ask->count of them. */
enum modbus_exception modbus_board_answer(struct modbus_board *board, uint16_t *values, const struct modbus_ask *ask,
                                          int64_t now_ns);
/* Does what is due. Returns when it has something to do next. */
int64_t modbus_board_run(struct modbus_board *board, int64_t now_ns);

#endif
