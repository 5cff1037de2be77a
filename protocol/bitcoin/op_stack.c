/* op_stack.c: operations that move elements about.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/machine.h"
#include "protocol/bitcoin/ops.h"

#include <string.h>

enum btc_script_error btc_op_to_alternative(struct btc_machine *machine)
{
    machine->alternative++;
    machine->space->elements[BTC_SPACE_ELEMENTS - machine->alternative] = *btc_machine_top(machine, 1);
    machine->depth--;
    return BTC_SCRIPT_OK;
}

enum btc_script_error btc_op_from_alternative(struct btc_machine *machine)
{
    if (machine->alternative == 0)
        return BTC_SCRIPT_INVALID_ALTSTACK_OPERATION;
    struct btc_bytes element = machine->space->elements[BTC_SPACE_ELEMENTS - machine->alternative];
    machine->alternative--;
    btc_machine_push(machine, element);
    return BTC_SCRIPT_OK;
}

enum btc_script_error btc_op_if_dup(struct btc_machine *machine)
{
    struct btc_bytes top = *btc_machine_top(machine, 1);
    if (btc_element_is_true(top))
        btc_machine_push(machine, top);
    return BTC_SCRIPT_OK;
}

enum btc_script_error btc_op_depth(struct btc_machine *machine)
{
    btc_machine_push_number(machine, (int64_t)(machine->hidden + machine->depth));
    return BTC_SCRIPT_OK;
}

/* OP_PICK copies, OP_ROLL moves the element that lies so many below. */
enum btc_script_error btc_op_pick(struct btc_machine *machine)
{
    int64_t distance;
    if (!btc_machine_number(machine, &distance, 1, 4))
        return BTC_SCRIPT_UNKNOWN_ERROR;
    machine->depth--;
    if (distance < 0 || distance >= (int64_t)(machine->hidden + machine->depth))
        return BTC_SCRIPT_INVALID_STACK_OPERATION;
    if (distance >= (int64_t)machine->depth)
        return BTC_SCRIPT_STACK_SIZE; /* it is hidden: the stack is too large whatever this operation does */
    struct btc_bytes *at = btc_machine_top(machine, (size_t)distance + 1);
    struct btc_bytes element = *at;
    if (machine->op.code == BTC_OP_ROLL) {
        memmove(at, at + 1, (size_t)distance * sizeof *at);
        machine->depth--;
    }
    btc_machine_push(machine, element);
    return BTC_SCRIPT_OK;
}

enum btc_script_error btc_op_size(struct btc_machine *machine)
{
    btc_machine_push_number(machine, (int64_t)btc_machine_top(machine, 1)->length);
    return BTC_SCRIPT_OK;
}

enum btc_script_error btc_op_equal(struct btc_machine *machine)
{
    bool equal = btc_bytes_equal(*btc_machine_top(machine, 2), *btc_machine_top(machine, 1));
    machine->depth -= 2;
    if (machine->op.code == BTC_OP_EQUAL)
        btc_machine_push_bool(machine, equal);
    else if (!equal)
        return BTC_SCRIPT_EQUALVERIFY;
    return BTC_SCRIPT_OK;
}
