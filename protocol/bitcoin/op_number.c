/* op_number.c: operations on numbers: 32 bits in, up to 40 bits out.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/machine.h"
#include "protocol/bitcoin/ops.h"

#include <assert.h>

#define NUMBER_BYTES 4

static int64_t unary(uint8_t code, int64_t a)
{
    switch (code) {
    case BTC_OP_1ADD:
        return a + 1;
    case BTC_OP_1SUB:
        return a - 1;
    case BTC_OP_NEGATE:
        return -a;
    case BTC_OP_ABS:
        return a < 0 ? -a : a;
    case BTC_OP_NOT:
        return a == 0;
    }
    assert(code == BTC_OP_0NOTEQUAL);
    return a != 0;
}

enum btc_script_error btc_op_unary(struct btc_machine *machine)
{
    int64_t a;
    if (!btc_machine_number(machine, &a, 1, NUMBER_BYTES))
        return BTC_SCRIPT_UNKNOWN_ERROR;
    machine->depth--;
    btc_machine_push_number(machine, unary(machine->op.code, a));
    return BTC_SCRIPT_OK;
}

static int64_t binary(uint8_t code, int64_t a, int64_t b)
{
    switch (code) {
    case BTC_OP_ADD:
        return a + b;
    case BTC_OP_SUB:
        return a - b;
    case BTC_OP_BOOLAND:
        return a != 0 && b != 0;
    case BTC_OP_BOOLOR:
        return a != 0 || b != 0;
    case BTC_OP_NUMEQUAL:
    case BTC_OP_NUMEQUALVERIFY:
        return a == b;
    case BTC_OP_NUMNOTEQUAL:
        return a != b;
    case BTC_OP_LESSTHAN:
        return a < b;
    case BTC_OP_GREATERTHAN:
        return a > b;
    case BTC_OP_LESSTHANOREQUAL:
        return a <= b;
    case BTC_OP_GREATERTHANOREQUAL:
        return a >= b;
    case BTC_OP_MIN:
        return a < b ? a : b;
    }
    assert(code == BTC_OP_MAX);
    return a > b ? a : b;
}

enum btc_script_error btc_op_binary(struct btc_machine *machine)
{
    int64_t a, b;
    if (!btc_machine_number(machine, &a, 2, NUMBER_BYTES) || !btc_machine_number(machine, &b, 1, NUMBER_BYTES))
        return BTC_SCRIPT_UNKNOWN_ERROR;
    int64_t result = binary(machine->op.code, a, b);
    machine->depth -= 2;
    if (machine->op.code != BTC_OP_NUMEQUALVERIFY)
        btc_machine_push_number(machine, result);
    else if (result == 0)
        return BTC_SCRIPT_NUMEQUALVERIFY;
    return BTC_SCRIPT_OK;
}

enum btc_script_error btc_op_within(struct btc_machine *machine)
{
    int64_t value, least, above;
    if (!btc_machine_number(machine, &value, 3, NUMBER_BYTES) ||
        !btc_machine_number(machine, &least, 2, NUMBER_BYTES) || !btc_machine_number(machine, &above, 1, NUMBER_BYTES))
        return BTC_SCRIPT_UNKNOWN_ERROR;
    machine->depth -= 3;
    btc_machine_push_bool(machine, least <= value && value < above);
    return BTC_SCRIPT_OK;
}
