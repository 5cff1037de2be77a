/* machine.c: the stack machine: one table of operations, one loop.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/machine.h"

#include "protocol/bitcoin/ops.h"

#include <assert.h>
#include <string.h>

/* One row per opcode. A row with an order only moves elements: it takes `needs` elements, named a, b, c ... from the
 * lowest, and puts back those of the order. A row without operation and order is a bad opcode. */
struct rule {
    btc_operation *operation;
    uint8_t needs; /* elements on the stack, checked first */
    bool disabled; /* fails even where it is not executed */
    const char *order;
};

static const struct rule rules[256] = {
    [BTC_OP_1NEGATE] = {.operation = btc_op_constant},
    [BTC_OP_1... BTC_OP_16] = {.operation = btc_op_constant},
    [BTC_OP_NOP] = {.operation = btc_op_nop},
    [BTC_OP_IF] = {.operation = btc_op_if},
    [BTC_OP_NOTIF] = {.operation = btc_op_if},
    [BTC_OP_ELSE] = {.operation = btc_op_else},
    [BTC_OP_ENDIF] = {.operation = btc_op_endif},
    [BTC_OP_VERIFY] = {.operation = btc_op_verify, .needs = 1},
    [BTC_OP_RETURN] = {.operation = btc_op_return},
    [BTC_OP_TOALTSTACK] = {.operation = btc_op_to_alternative, .needs = 1},
    [BTC_OP_FROMALTSTACK] = {.operation = btc_op_from_alternative},
    [BTC_OP_2DROP] = {.needs = 2, .order = ""},
    [BTC_OP_2DUP] = {.needs = 2, .order = "abab"},
    [BTC_OP_3DUP] = {.needs = 3, .order = "abcabc"},
    [BTC_OP_2OVER] = {.needs = 4, .order = "abcdab"},
    [BTC_OP_2ROT] = {.needs = 6, .order = "cdefab"},
    [BTC_OP_2SWAP] = {.needs = 4, .order = "cdab"},
    [BTC_OP_IFDUP] = {.operation = btc_op_if_dup, .needs = 1},
    [BTC_OP_DEPTH] = {.operation = btc_op_depth},
    [BTC_OP_DROP] = {.needs = 1, .order = ""},
    [BTC_OP_DUP] = {.needs = 1, .order = "aa"},
    [BTC_OP_NIP] = {.needs = 2, .order = "b"},
    [BTC_OP_OVER] = {.needs = 2, .order = "aba"},
    [BTC_OP_PICK] = {.operation = btc_op_pick, .needs = 2},
    [BTC_OP_ROLL] = {.operation = btc_op_pick, .needs = 2},
    [BTC_OP_ROT] = {.needs = 3, .order = "bca"},
    [BTC_OP_SWAP] = {.needs = 2, .order = "ba"},
    [BTC_OP_TUCK] = {.needs = 2, .order = "bab"},
    [BTC_OP_CAT... BTC_OP_RIGHT] = {.disabled = true},
    [BTC_OP_SIZE] = {.operation = btc_op_size, .needs = 1},
    [BTC_OP_INVERT... BTC_OP_XOR] = {.disabled = true},
    [BTC_OP_EQUAL] = {.operation = btc_op_equal, .needs = 2},
    [BTC_OP_EQUALVERIFY] = {.operation = btc_op_equal, .needs = 2},
    [BTC_OP_1ADD] = {.operation = btc_op_unary, .needs = 1},
    [BTC_OP_1SUB] = {.operation = btc_op_unary, .needs = 1},
    [BTC_OP_2MUL... BTC_OP_2DIV] = {.disabled = true},
    [BTC_OP_NEGATE... BTC_OP_0NOTEQUAL] = {.operation = btc_op_unary, .needs = 1},
    [BTC_OP_ADD... BTC_OP_SUB] = {.operation = btc_op_binary, .needs = 2},
    [BTC_OP_MUL... BTC_OP_RSHIFT] = {.disabled = true},
    [BTC_OP_BOOLAND... BTC_OP_MAX] = {.operation = btc_op_binary, .needs = 2},
    [BTC_OP_WITHIN] = {.operation = btc_op_within, .needs = 3},
    [BTC_OP_RIPEMD160... BTC_OP_HASH256] = {.operation = btc_op_hash, .needs = 1},
    [BTC_OP_CODESEPARATOR] = {.operation = btc_op_codeseparator},
    [BTC_OP_CHECKSIG... BTC_OP_CHECKSIGVERIFY] = {.operation = btc_op_checksig, .needs = 2},
    [BTC_OP_CHECKMULTISIG... BTC_OP_CHECKMULTISIGVERIFY] = {.operation = btc_op_checkmultisig},
    [BTC_OP_NOP1] = {.operation = btc_op_discouraged_nop},
    [BTC_OP_CHECKLOCKTIMEVERIFY] = {.operation = btc_op_locktime},
    [BTC_OP_CHECKSEQUENCEVERIFY] = {.operation = btc_op_sequence},
    [BTC_OP_NOP4... BTC_OP_NOP10] = {.operation = btc_op_discouraged_nop},
};

void btc_machine_init(struct btc_machine *machine, struct btc_script_space *space, const struct btc_spend *spend,
                      uint32_t flags)
{
    memset(machine, 0, sizeof *machine);
    machine->space = space;
    machine->spend = spend;
    machine->flags = flags;
}

bool btc_element_is_true(struct btc_bytes element)
{
    for (size_t i = 0; i < element.length; i++)
        if (element.data[i] != 0)
            return i + 1 < element.length || element.data[i] != 0x80;
    return false;
}

void btc_machine_push(struct btc_machine *machine, struct btc_bytes element)
{
    assert(machine->depth + machine->alternative < BTC_SPACE_ELEMENTS);
    machine->space->elements[machine->depth++] = element;
}

void btc_machine_push_bool(struct btc_machine *machine, bool value)
{
    static const uint8_t one = 1;
    btc_machine_push(machine, btc_bytes(&one, value ? 1 : 0));
}

void btc_machine_push_result(struct btc_machine *machine, const uint8_t *bytes, size_t length)
{
    assert(machine->results < BTC_SPACE_RESULTS && length <= sizeof machine->space->results[0]);
    uint8_t *result = machine->space->results[machine->results++];
    memcpy(result, bytes, length);
    btc_machine_push(machine, btc_bytes(result, length));
}

void btc_machine_push_number(struct btc_machine *machine, int64_t number)
{
    uint8_t bytes[9];
    size_t length = btc_script_number_write(bytes, number);
    btc_machine_push_result(machine, bytes, length);
}

bool btc_machine_number(struct btc_machine *machine, int64_t *number, size_t from_top, size_t limit)
{
    bool minimal = (machine->flags & BTC_VERIFY_MINIMALDATA) != 0;
    return btc_script_number_read(number, *btc_machine_top(machine, from_top), limit, minimal);
}

static enum btc_script_error move_elements(struct btc_machine *machine, const struct rule *rule)
{
    struct btc_bytes taken[6];
    assert(rule->needs <= 6);
    machine->depth -= rule->needs;
    memcpy(taken, &machine->space->elements[machine->depth], rule->needs * sizeof *taken);
    for (const char *name = rule->order; *name != '\0'; name++)
        btc_machine_push(machine, taken[*name - 'a']);
    return BTC_SCRIPT_OK;
}

static enum btc_script_error push_data(struct btc_machine *machine)
{
    if ((machine->flags & BTC_VERIFY_MINIMALDATA) && !btc_op_is_minimal(&machine->op))
        return BTC_SCRIPT_MINIMALDATA;
    btc_machine_push(machine, machine->op.data);
    return BTC_SCRIPT_OK;
}

static enum btc_script_error execute(struct btc_machine *machine, const struct rule *rule)
{
    if (rule->operation == NULL && rule->order == NULL)
        return BTC_SCRIPT_BAD_OPCODE;
    if (machine->depth < rule->needs)
        return BTC_SCRIPT_INVALID_STACK_OPERATION;
    return rule->operation != NULL ? rule->operation(machine) : move_elements(machine, rule);
}

static enum btc_script_error step(struct btc_machine *machine)
{
    if (!btc_script_next(&machine->op, machine->script, &machine->at))
        return BTC_SCRIPT_BAD_OPCODE;
    const uint8_t code = machine->op.code;
    const struct rule *rule = &rules[code];
    if (machine->op.data.length > BTC_MAX_ELEMENT_BYTES)
        return BTC_SCRIPT_PUSH_SIZE;
    if (code > BTC_OP_16 && ++machine->op_count > BTC_MAX_SCRIPT_OPS)
        return BTC_SCRIPT_OP_COUNT;
    if (rule->disabled)
        return BTC_SCRIPT_DISABLED_OPCODE;
    if (code == BTC_OP_CODESEPARATOR && machine->age == BTC_SCRIPT_LEGACY &&
        (machine->flags & BTC_VERIFY_CONST_SCRIPTCODE))
        return BTC_SCRIPT_OP_CODESEPARATOR;
    /* OP_VERIF and OP_VERNOTIF lie between OP_IF and OP_ENDIF, and so are bad even where nothing is executed. */
    if (machine->first_false != BTC_NO_FALSE && (code < BTC_OP_IF || code > BTC_OP_ENDIF))
        return BTC_SCRIPT_OK;
    return code <= BTC_OP_PUSHDATA4 ? push_data(machine) : execute(machine, rule);
}

enum btc_script_error btc_machine_run(struct btc_machine *machine, struct btc_bytes script, enum btc_script_age age)
{
    if (script.length > BTC_MAX_SCRIPT_BYTES)
        return BTC_SCRIPT_SCRIPT_SIZE;
    machine->script = script;
    machine->age = age;
    machine->at = machine->code_begin = 0;
    machine->alternative = 0;
    machine->op_count = machine->conditions = 0;
    machine->first_false = BTC_NO_FALSE;
    while (machine->at < script.length) {
        enum btc_script_error error = step(machine);
        if (error != BTC_SCRIPT_OK)
            return error;
        if (machine->hidden + machine->depth + machine->alternative > BTC_MAX_STACK)
            return BTC_SCRIPT_STACK_SIZE;
    }
    return machine->conditions == 0 ? BTC_SCRIPT_OK : BTC_SCRIPT_UNBALANCED_CONDITIONAL;
}
