/* ops.h: the operations of the stack machine, one function per family.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Each runs machine->op on a stack that has as many elements as its row in machine.c's table asks for.
 */
#ifndef KONSENTO_BITCOIN_OPS_H
#define KONSENTO_BITCOIN_OPS_H

#include "protocol/bitcoin/script_rules.h"

struct btc_machine;
typedef enum btc_script_error btc_operation(struct btc_machine *machine);

/* op_flow.c: constants, control, locks */
btc_operation btc_op_constant, btc_op_nop, btc_op_discouraged_nop, btc_op_if, btc_op_else, btc_op_endif, btc_op_verify,
    btc_op_return, btc_op_locktime, btc_op_sequence;

/* op_stack.c: moving elements about */
btc_operation btc_op_to_alternative, btc_op_from_alternative, btc_op_if_dup, btc_op_depth, btc_op_pick, btc_op_size,
    btc_op_equal;

/* op_number.c */
btc_operation btc_op_unary, btc_op_binary, btc_op_within;

/* op_crypto.c */
btc_operation btc_op_hash, btc_op_codeseparator, btc_op_checksig, btc_op_checkmultisig;

#endif
