/* op_flow.c: operations: constants, control flow, locks.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/locktime.h"
#include "protocol/bitcoin/machine.h"
#include "protocol/bitcoin/ops.h"

enum btc_script_error btc_op_constant(struct btc_machine *machine)
{
    static const uint8_t values[] = {0x81, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    btc_machine_push(machine, btc_bytes(&values[machine->op.code - BTC_OP_1NEGATE], 1));
    return BTC_SCRIPT_OK;
}

enum btc_script_error btc_op_nop(struct btc_machine *machine)
{
    (void)machine;
    return BTC_SCRIPT_OK;
}

enum btc_script_error btc_op_discouraged_nop(struct btc_machine *machine)
{
    return machine->flags & BTC_VERIFY_DISCOURAGE_NOPS ? BTC_SCRIPT_DISCOURAGE_UPGRADABLE_NOPS : BTC_SCRIPT_OK;
}

/* The conditions are a stack of booleans of which only the outermost false one matters. */
enum btc_script_error btc_op_if(struct btc_machine *machine)
{
    bool holds = false;
    if (machine->first_false == BTC_NO_FALSE) {
        if (machine->depth < 1)
            return BTC_SCRIPT_UNBALANCED_CONDITIONAL;
        struct btc_bytes value = *btc_machine_top(machine, 1);
        bool minimal = value.length == 0 || (value.length == 1 && value.data[0] == 1);
        if (machine->age == BTC_SCRIPT_SEGWIT && (machine->flags & BTC_VERIFY_MINIMALIF) && !minimal)
            return BTC_SCRIPT_MINIMALIF;
        holds = btc_element_is_true(value) == (machine->op.code == BTC_OP_IF);
        machine->depth--;
        if (!holds)
            machine->first_false = machine->conditions;
    }
    machine->conditions++;
    return BTC_SCRIPT_OK;
}

enum btc_script_error btc_op_else(struct btc_machine *machine)
{
    if (machine->conditions == 0)
        return BTC_SCRIPT_UNBALANCED_CONDITIONAL;
    uint32_t innermost = machine->conditions - 1;
    if (machine->first_false == BTC_NO_FALSE)
        machine->first_false = innermost;
    else if (machine->first_false == innermost)
        machine->first_false = BTC_NO_FALSE;
    return BTC_SCRIPT_OK;
}

enum btc_script_error btc_op_endif(struct btc_machine *machine)
{
    if (machine->conditions == 0)
        return BTC_SCRIPT_UNBALANCED_CONDITIONAL;
    machine->conditions--;
    if (machine->first_false == machine->conditions)
        machine->first_false = BTC_NO_FALSE;
    return BTC_SCRIPT_OK;
}

enum btc_script_error btc_op_verify(struct btc_machine *machine)
{
    if (!btc_element_is_true(*btc_machine_top(machine, 1)))
        return BTC_SCRIPT_VERIFY;
    machine->depth--;
    return BTC_SCRIPT_OK;
}

enum btc_script_error btc_op_return(struct btc_machine *machine)
{
    (void)machine;
    return BTC_SCRIPT_OP_RETURN;
}

/* BIP 65 and BIP 112 take numbers of five bytes, since locks go up to 2^32 - 1. */
enum btc_script_error btc_op_locktime(struct btc_machine *machine)
{
    int64_t locktime;
    if (!(machine->flags & BTC_VERIFY_CHECKLOCKTIMEVERIFY))
        return BTC_SCRIPT_OK;
    if (machine->depth < 1)
        return BTC_SCRIPT_INVALID_STACK_OPERATION;
    if (!btc_machine_number(machine, &locktime, 1, 5))
        return BTC_SCRIPT_UNKNOWN_ERROR;
    if (locktime < 0)
        return BTC_SCRIPT_NEGATIVE_LOCKTIME;
    bool met = btc_tx_meets_locktime(machine->spend->tx, machine->spend->input, locktime);
    return met ? BTC_SCRIPT_OK : BTC_SCRIPT_UNSATISFIED_LOCKTIME;
}

enum btc_script_error btc_op_sequence(struct btc_machine *machine)
{
    int64_t sequence;
    if (!(machine->flags & BTC_VERIFY_CHECKSEQUENCEVERIFY))
        return BTC_SCRIPT_OK;
    if (machine->depth < 1)
        return BTC_SCRIPT_INVALID_STACK_OPERATION;
    if (!btc_machine_number(machine, &sequence, 1, 5))
        return BTC_SCRIPT_UNKNOWN_ERROR;
    if (sequence < 0)
        return BTC_SCRIPT_NEGATIVE_LOCKTIME;
    if (sequence & (int64_t)BTC_SEQUENCE_LOCK_OFF)
        return BTC_SCRIPT_OK;
    bool met = btc_tx_meets_sequence(machine->spend->tx, machine->spend->input, sequence);
    return met ? BTC_SCRIPT_OK : BTC_SCRIPT_UNSATISFIED_LOCKTIME;
}
