/* machine.h: the stack machine that runs one script after another on one stack.   [real]
 * SPDX-License-Identifier: MIT
 *
 * An element is a view: into the script that pushed it, into the witness, into a constant, or into the space's results.
 * Copying an element copies the view, so no operation moves bytes. Inside of protocol/bitcoin only: callers use
 * interpreter.h.
 *
 *     elements:  [0 .. depth)  stack         free          [.. alternative) alternative stack, top first
 *
 * Source: Bitcoin consensus.
 */
#ifndef KONSENTO_BITCOIN_MACHINE_H
#define KONSENTO_BITCOIN_MACHINE_H

#include "protocol/bitcoin/script_rules.h"
#include "protocol/bitcoin/spend.h"

#define BTC_NO_FALSE UINT32_MAX

/* Which rules of signing and of cleanliness a script runs under. */
enum btc_script_age {
    BTC_SCRIPT_LEGACY = 0,
    BTC_SCRIPT_SEGWIT = 1 /* version 0 */
};

struct btc_machine {
    struct btc_script_space *space;
    const struct btc_spend *spend;
    uint32_t flags;

    /* the stack, kept from script to script */
    size_t depth;
    size_t hidden;  /* elements below the lowest that is kept: a witness with more than any script can use */
    size_t results; /* of the space, used */

    /* the script that runs */
    enum btc_script_age age;
    struct btc_bytes script;
    size_t at;          /* behind the current operation */
    size_t code_begin;  /* behind the last OP_CODESEPARATOR that was executed */
    struct btc_op op;   /* the current operation */
    size_t alternative; /* elements on the alternative stack */
    uint32_t op_count;
    uint32_t conditions;  /* nested OP_IFs */
    uint32_t first_false; /* the outermost of them that does not hold; BTC_NO_FALSE if all hold */
};

void btc_machine_init(struct btc_machine *machine, struct btc_script_space *space, const struct btc_spend *spend,
                      uint32_t flags);

/* Runs a script on the stack as it is. */
enum btc_script_error btc_machine_run(struct btc_machine *machine, struct btc_bytes script, enum btc_script_age age);

/* False: empty, zero, or negative zero of any length. */
bool btc_element_is_true(struct btc_bytes element);

/* The element at distance from_top, 1 is the top. In: 1 <= from_top <= depth. */
static inline struct btc_bytes *btc_machine_top(struct btc_machine *machine, size_t from_top)
{
    return &machine->space->elements[machine->depth - from_top];
}

void btc_machine_push(struct btc_machine *machine, struct btc_bytes element);
void btc_machine_push_bool(struct btc_machine *machine, bool value);

/* Pushes length bytes, at most 32, that are copied into the space. */
void btc_machine_push_result(struct btc_machine *machine, const uint8_t *bytes, size_t length);
void btc_machine_push_number(struct btc_machine *machine, int64_t number);

/* Reads the element at from_top as a number of at most limit bytes. Returns false if it is none. */
bool btc_machine_number(struct btc_machine *machine, int64_t *number, size_t from_top, size_t limit);

#endif
