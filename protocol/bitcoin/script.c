/* script.c: walking and building scripts; script numbers.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/script.h"

#include <assert.h>
#include <string.h>

/* The length a push states, read behind its opcode. Returns false at the end; *at then stays where it is. */
static bool read_push_length(size_t *length, uint8_t code, struct btc_bytes script, size_t *at)
{
    size_t digits = code < BTC_OP_PUSHDATA1 ? 0 : (size_t)1 << (code - BTC_OP_PUSHDATA1);
    if (script.length - *at < digits)
        return false;
    *length = digits == 0 ? code : 0;
    for (size_t i = 0; i < digits; i++)
        *length |= (size_t)script.data[*at + i] << (8 * i);
    *at += digits;
    return true;
}

bool btc_script_next(struct btc_op *op, struct btc_bytes script, size_t *at)
{
    *op = (struct btc_op){.code = 0xff};
    if (*at >= script.length)
        return false;
    uint8_t code = script.data[(*at)++];
    if (code <= BTC_OP_PUSHDATA4) {
        size_t length;
        if (!read_push_length(&length, code, script, at) || length > script.length - *at)
            return false;
        op->data = btc_bytes(script.data + *at, length);
        *at += length;
    }
    op->code = code;
    return true;
}

bool btc_script_is_push_only(struct btc_bytes script)
{
    struct btc_op op;
    for (size_t at = 0; at < script.length;)
        if (!btc_script_next(&op, script, &at) || op.code > BTC_OP_16)
            return false;
    return true;
}

/* The opcode of the shortest push; for lengths 1 to 75 it is the length. */
static uint8_t shortest_push(struct btc_bytes data)
{
    if (data.length == 0)
        return BTC_OP_0;
    if (data.length == 1 && data.data[0] >= 1 && data.data[0] <= 16)
        return (uint8_t)(BTC_OP_1 + data.data[0] - 1);
    if (data.length == 1 && data.data[0] == 0x81)
        return BTC_OP_1NEGATE;
    if (data.length < BTC_OP_PUSHDATA1)
        return (uint8_t)data.length;
    return data.length <= 0xff ? BTC_OP_PUSHDATA1 : data.length <= 0xffff ? BTC_OP_PUSHDATA2 : BTC_OP_PUSHDATA4;
}

bool btc_op_is_minimal(const struct btc_op *op)
{
    assert(op->code <= BTC_OP_PUSHDATA4);
    return op->code == shortest_push(op->data);
}

size_t btc_script_number_write(uint8_t out[9], int64_t number)
{
    /* Negated as unsigned: the smallest number has no positive twin. */
    uint64_t magnitude = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    size_t length = 0;
    for (; magnitude > 0; magnitude >>= 8)
        out[length++] = (uint8_t)magnitude;
    if (length == 0)
        return 0;
    if (out[length - 1] & 0x80)
        out[length++] = 0;
    if (number < 0)
        out[length - 1] |= 0x80;
    return length;
}

/* Minimal: the last byte holds more than the sign, unless the one before needs its top bit for itself. */
static bool number_is_minimal(struct btc_bytes bytes)
{
    if (bytes.length == 0 || (bytes.data[bytes.length - 1] & 0x7f) != 0)
        return true;
    return bytes.length > 1 && (bytes.data[bytes.length - 2] & 0x80) != 0;
}

bool btc_script_number_read(int64_t *number, struct btc_bytes bytes, size_t limit, bool must_be_minimal)
{
    assert(limit <= 8);
    if (bytes.length > limit || (must_be_minimal && !number_is_minimal(bytes)))
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.length; i++)
        value |= (uint64_t)bytes.data[i] << (8 * i);
    uint64_t sign = bytes.length == 0 ? 0 : UINT64_C(0x80) << (8 * (bytes.length - 1));
    *number = (value & sign) != 0 ? -(int64_t)(value & ~sign) : (int64_t)value;
    return true;
}

void btc_script_op(struct btc_writer *writer, enum btc_opcode code)
{
    btc_write_u8(writer, (uint8_t)code);
}

void btc_script_push(struct btc_writer *writer, struct btc_bytes data)
{
    assert(data.length <= BTC_MAX_ELEMENT_BYTES);
    uint8_t code = shortest_push(data);
    btc_write_u8(writer, code);
    if (code > BTC_OP_PUSHDATA2)
        return; /* the opcode is the data */
    if (code == BTC_OP_PUSHDATA1)
        btc_write_u8(writer, (uint8_t)data.length);
    else if (code == BTC_OP_PUSHDATA2)
        btc_write_u16(writer, (uint16_t)data.length);
    btc_write(writer, data.data, data.length);
}

void btc_script_push_number(struct btc_writer *writer, int64_t number)
{
    uint8_t bytes[9];
    btc_script_push(writer, btc_bytes(bytes, btc_script_number_write(bytes, number)));
}
