/* modbus_wire.h: Modbus, the server's side: frames of TCP and of a serial line, and what is in them.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   TCP   number(2) 0(2) length(2) unit(1) PDU          serial   unit(1) PDU CRC-16(2, low byte first), then silence
 *
 * Written apart from the library that the bridge speaks with, so that a mistake in one is not made good by the other.
 * Source: MODBUS Application Protocol V1.1b3; MODBUS Messaging on TCP/IP V1.0b; MODBUS over Serial Line V1.02.
 */
#ifndef KONSENTO_HWBRIDGE_VIRTUAL_MODBUS_WIRE_H
#define KONSENTO_HWBRIDGE_VIRTUAL_MODBUS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODBUS_FRAME_MAX  260
#define MODBUS_ASKED_MAX  125 /* registers in one question */
#define MODBUS_WRITES_MAX 123

enum modbus_exception {
    MODBUS_OK = 0,
    MODBUS_NO_FUNCTION = 1,
    MODBUS_NO_ADDRESS = 2,
    MODBUS_BAD_VALUE = 3,
    MODBUS_FAILURE = 4,
    MODBUS_NO_DEVICE = 11 /* behind this gateway */
};

/* A question: read count values from address, or write these. */
struct modbus_ask {
    uint16_t number; /* of TCP */
    uint8_t unit, function;
    uint16_t address, count;
    bool is_bits;
    bool is_write;
    enum modbus_exception fault; /* of the question itself: it is answered with that */
    uint16_t values[MODBUS_WRITES_MAX];
};

struct modbus_frame {
    uint8_t bytes[MODBUS_FRAME_MAX];
    size_t length;
};

/* Returns how many bytes the first question takes; 0: more must come; -1: these are none. */
long modbus_wire_tcp_read(struct modbus_ask *ask, const uint8_t *bytes, size_t length);
/* All that came between two silences. Returns false if it is none: its CRC is wrong, or it is too short or long. */
bool modbus_wire_rtu_read(struct modbus_ask *ask, const uint8_t *bytes, size_t length);

/* The answer to ask: values that were read, or the echo of a write, or an exception. */
void modbus_wire_tcp_answer(struct modbus_frame *frame, const struct modbus_ask *ask, enum modbus_exception exception,
                            const uint16_t *values);
void modbus_wire_rtu_answer(struct modbus_frame *frame, const struct modbus_ask *ask, enum modbus_exception exception,
                            const uint16_t *values);

uint16_t modbus_wire_crc(const uint8_t *bytes, size_t length);

#endif
