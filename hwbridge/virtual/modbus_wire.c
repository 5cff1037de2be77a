/* modbus_wire.c: Modbus, the server's side.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/virtual/modbus_wire.h"

#include <assert.h>
#include <string.h>

#define HEAD_LENGTH 7 /* of TCP, with the unit */

uint16_t modbus_wire_crc(const uint8_t *bytes, size_t length)
{
    uint16_t crc = 0xffff;
    for (size_t i = 0; i < length; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (uint16_t)((crc & 1) != 0 ? crc >> 1 ^ 0xa001 : crc >> 1);
    }
    return crc;
}

static uint16_t word_at(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* ---- questions -------------------------------------------------------------------------------------------------- */

/* Functions 15 and 16: address, count, bytes, values. Returns false if the lengths disagree. */
static bool read_many(struct modbus_ask *ask, const uint8_t *pdu, size_t length)
{
    bool is_bits = ask->is_bits;
    if (length < 6)
        return false;
    size_t bytes = pdu[5];
    if (length != 6 + bytes || bytes != (is_bits ? (ask->count + 7u) / 8 : ask->count * 2u))
        return false;
    if (ask->count == 0 || ask->count > MODBUS_WRITES_MAX) {
        ask->fault = MODBUS_BAD_VALUE;
        return true;
    }
    for (size_t i = 0; i < ask->count; i++)
        ask->values[i] = (uint16_t)(is_bits ? pdu[6 + i / 8] >> (i % 8) & 1 : word_at(pdu + 6 + 2 * i));
    return true;
}

static bool read_one(struct modbus_ask *ask)
{
    uint16_t value = ask->count;
    ask->count = 1;
    ask->values[0] = ask->is_bits ? value == 0xff00 : value;
    ask->fault = ask->is_bits && value != 0xff00 && value != 0 ? MODBUS_BAD_VALUE : MODBUS_OK;
    return true;
}

static bool read_pdu(struct modbus_ask *ask, const uint8_t *pdu, size_t length)
{
    if (length < 1)
        return false;
    ask->function = pdu[0];
    ask->is_bits = pdu[0] == 1 || pdu[0] == 2 || pdu[0] == 5 || pdu[0] == 15;
    ask->is_write = pdu[0] == 5 || pdu[0] == 6 || pdu[0] == 15 || pdu[0] == 16;
    ask->fault = pdu[0] <= 6 || pdu[0] == 15 || pdu[0] == 16 ? MODBUS_OK : MODBUS_NO_FUNCTION;
    if (ask->fault != MODBUS_OK)
        return true;
    if (length < 5)
        return false;
    ask->address = word_at(pdu + 1);
    ask->count = word_at(pdu + 3);
    if (pdu[0] == 15 || pdu[0] == 16)
        return read_many(ask, pdu, length);
    if (length != 5)
        return false;
    if (ask->is_write)
        return read_one(ask);
    ask->fault = ask->count == 0 || ask->count > MODBUS_ASKED_MAX ? MODBUS_BAD_VALUE : MODBUS_OK;
    return true;
}

long modbus_wire_tcp_read(struct modbus_ask *ask, const uint8_t *bytes, size_t length)
{
    if (length < HEAD_LENGTH)
        return 0;
    size_t rest = word_at(bytes + 4);
    if (word_at(bytes + 2) != 0 || rest < 2 || rest > MODBUS_FRAME_MAX - 6)
        return -1;
    if (length < 6 + rest)
        return 0;
    *ask = (struct modbus_ask){.number = word_at(bytes), .unit = bytes[6]};
    return read_pdu(ask, bytes + HEAD_LENGTH, rest - 1) ? (long)(6 + rest) : -1;
}

bool modbus_wire_rtu_read(struct modbus_ask *ask, const uint8_t *bytes, size_t length)
{
    if (length < 4 || length > MODBUS_FRAME_MAX)
        return false;
    uint16_t crc = modbus_wire_crc(bytes, length - 2);
    if (bytes[length - 2] != (crc & 0xff) || bytes[length - 1] != crc >> 8)
        return false;
    *ask = (struct modbus_ask){.unit = bytes[0]};
    return read_pdu(ask, bytes + 1, length - 3);
}

/* ---- answers ---------------------------------------------------------------------------------------------------- */

static void put(struct modbus_frame *frame, unsigned byte)
{
    assert(frame->length < sizeof frame->bytes);
    frame->bytes[frame->length++] = (uint8_t)byte;
}

static void put_word(struct modbus_frame *frame, unsigned word)
{
    put(frame, word >> 8);
    put(frame, word & 0xff);
}

static void put_values(struct modbus_frame *frame, const struct modbus_ask *ask, const uint16_t *values)
{
    if (!ask->is_bits) {
        put(frame, ask->count * 2u);
        for (size_t i = 0; i < ask->count; i++)
            put_word(frame, values[i]);
        return;
    }
    put(frame, (ask->count + 7u) / 8);
    for (size_t i = 0; i < ask->count; i += 8) {
        unsigned byte = 0;
        for (size_t bit = 0; bit < 8 && i + bit < ask->count; bit++)
            byte |= (values[i + bit] != 0) << bit;
        put(frame, byte);
    }
}

static void put_pdu(struct modbus_frame *frame, const struct modbus_ask *ask, enum modbus_exception exception,
                    const uint16_t *values)
{
    put(frame, exception == MODBUS_OK ? ask->function : ask->function | 0x80u);
    if (exception != MODBUS_OK) {
        put(frame, exception);
    } else if (!ask->is_write) {
        put_values(frame, ask, values);
    } else {
        put_word(frame, ask->address);
        unsigned coil = ask->values[0] != 0 ? 0xff00 : 0;
        put_word(frame, ask->function == 5 ? coil : ask->function == 6 ? ask->values[0] : ask->count);
    }
}

void modbus_wire_tcp_answer(struct modbus_frame *frame, const struct modbus_ask *ask, enum modbus_exception exception,
                            const uint16_t *values)
{
    frame->length = 0;
    put_word(frame, ask->number);
    put_word(frame, 0);
    put_word(frame, 0);
    put(frame, ask->unit);
    put_pdu(frame, ask, exception, values);
    frame->bytes[4] = (uint8_t)((frame->length - 6) >> 8);
    frame->bytes[5] = (uint8_t)(frame->length - 6);
}

void modbus_wire_rtu_answer(struct modbus_frame *frame, const struct modbus_ask *ask, enum modbus_exception exception,
                            const uint16_t *values)
{
    frame->length = 0;
    put(frame, ask->unit);
    put_pdu(frame, ask, exception, values);
    uint16_t crc = modbus_wire_crc(frame->bytes, frame->length);
    put(frame, crc & 0xff);
    put(frame, crc >> 8);
}
