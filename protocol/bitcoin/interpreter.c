/* interpreter.c: does this input satisfy the output it spends?   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/interpreter.h"

#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/machine.h"

#include <assert.h>
#include <string.h>

/* The most elements of a witness that are kept, see struct btc_script_space. */
#define WITNESS_KEPT (BTC_MAX_STACK + 44)

static enum btc_script_error ends_true(struct btc_machine *machine)
{
    bool good = machine->depth > 0 && btc_element_is_true(*btc_machine_top(machine, 1));
    return good ? BTC_SCRIPT_OK : BTC_SCRIPT_EVAL_FALSE;
}

static enum btc_script_error run_legacy(struct btc_machine *machine, struct btc_bytes script)
{
    enum btc_script_error error = btc_machine_run(machine, script, BTC_SCRIPT_LEGACY);
    return error != BTC_SCRIPT_OK ? error : ends_true(machine);
}

/* Runs a script on count witness items alone. What lies below is gone: a witness must end with exactly one element. */
static enum btc_script_error run_witness_script(struct btc_machine *machine, struct btc_bytes script,
                                                const struct btc_bytes *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (items[i].length > BTC_MAX_ELEMENT_BYTES)
            return BTC_SCRIPT_PUSH_SIZE;
    machine->depth = 0;
    machine->hidden = count > WITNESS_KEPT ? count - WITNESS_KEPT : 0;
    for (size_t i = machine->hidden; i < count; i++)
        btc_machine_push(machine, items[i]);
    enum btc_script_error error = btc_machine_run(machine, script, BTC_SCRIPT_SEGWIT);
    if (error != BTC_SCRIPT_OK)
        return error;
    return machine->hidden + machine->depth != 1 ? BTC_SCRIPT_CLEANSTACK : ends_true(machine);
}

static enum btc_script_error run_p2wsh(struct btc_machine *machine, const struct btc_input *input,
                                       struct btc_bytes program)
{
    if (input->witness_count == 0)
        return BTC_SCRIPT_WITNESS_PROGRAM_WITNESS_EMPTY;
    struct btc_bytes script = input->witness[input->witness_count - 1];
    uint8_t hash[32];
    btc_sha256(hash, script.data, script.length);
    if (memcmp(hash, program.data, 32) != 0)
        return BTC_SCRIPT_WITNESS_PROGRAM_MISMATCH;
    return run_witness_script(machine, script, input->witness, input->witness_count - 1);
}

static enum btc_script_error run_p2wpkh(struct btc_machine *machine, const struct btc_input *input,
                                        struct btc_bytes program)
{
    if (input->witness_count != 2)
        return BTC_SCRIPT_WITNESS_PROGRAM_MISMATCH;
    btc_script_p2pkh(machine->space->implied, program.data);
    struct btc_bytes script = btc_bytes(machine->space->implied, BTC_P2PKH_BYTES);
    return run_witness_script(machine, script, input->witness, 2);
}

enum nesting { NATIVE, INSIDE_P2SH };

static enum btc_script_error run_witness(struct btc_machine *machine, uint8_t version, struct btc_bytes program,
                                         enum nesting nesting)
{
    const struct btc_input *input = &machine->spend->tx->inputs[machine->spend->input];
    if (version == 0 && program.length == 32)
        return run_p2wsh(machine, input, program);
    if (version == 0 && program.length == 20)
        return run_p2wpkh(machine, input, program);
    if (version == 0)
        return BTC_SCRIPT_WITNESS_PROGRAM_WRONG_LENGTH;
    /* BIP 341 gave these a meaning, which we do not check; they are as they were before. */
    if (version == 1 && program.length == 32 && nesting == NATIVE)
        return BTC_SCRIPT_OK;
    return machine->flags & BTC_VERIFY_DISCOURAGE_WITNESS_PROGRAM ? BTC_SCRIPT_DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM
                                                                  : BTC_SCRIPT_OK;
}

/* How far the evaluation of one input has come. */
struct evaluation {
    struct btc_machine machine;
    const struct btc_input *input;
    struct btc_bytes spent; /* the script of the spent output */
    bool used_witness;
};

/* If script is a witness program, runs the witness. In: the scriptSig it must come with. */
static enum btc_script_error evaluate_witness(struct evaluation *evaluation, struct btc_bytes script,
                                              struct btc_bytes script_sig, enum nesting nesting)
{
    uint8_t version;
    struct btc_bytes program;
    if (!(evaluation->machine.flags & BTC_VERIFY_WITNESS) || !btc_script_is_witness_program(&version, &program, script))
        return BTC_SCRIPT_OK;
    evaluation->used_witness = true;
    if (!btc_bytes_equal(evaluation->input->script, script_sig))
        return nesting == NATIVE ? BTC_SCRIPT_WITNESS_MALLEATED : BTC_SCRIPT_WITNESS_MALLEATED_P2SH;
    enum btc_script_error error = run_witness(&evaluation->machine, version, program, nesting);
    /* One element is left by definition: the stack of a witness is none of the outer script's. */
    evaluation->machine.depth = 1;
    evaluation->machine.hidden = 0;
    return error;
}

/* The top element that scriptSig left is the script; the rest is its stack. */
static enum btc_script_error evaluate_p2sh(struct evaluation *evaluation, struct btc_bytes script)
{
    struct btc_machine *machine = &evaluation->machine;
    if (!btc_script_is_push_only(evaluation->input->script))
        return BTC_SCRIPT_SIG_PUSHONLY;
    /* The pattern took that element and left its verdict in its place: all below is as scriptSig left it. */
    machine->depth--;
    enum btc_script_error error = run_legacy(machine, script);
    if (error != BTC_SCRIPT_OK)
        return error;
    /* A witness program is 4 to 42 bytes, so its push is its length and itself. */
    uint8_t push[43];
    size_t length = script.length < sizeof push ? script.length : 0;
    push[0] = (uint8_t)length;
    if (length > 0)
        memcpy(push + 1, script.data, length);
    return evaluate_witness(evaluation, script, btc_bytes(push, length + 1), INSIDE_P2SH);
}

static enum btc_script_error evaluate(struct evaluation *evaluation)
{
    struct btc_machine *machine = &evaluation->machine;
    enum btc_script_error error = btc_machine_run(machine, evaluation->input->script, BTC_SCRIPT_LEGACY);
    if (error != BTC_SCRIPT_OK)
        return error;
    bool p2sh = (machine->flags & BTC_VERIFY_P2SH) && btc_script_is_p2sh(evaluation->spent);
    struct btc_bytes redeem_script = machine->depth > 0 ? *btc_machine_top(machine, 1) : btc_bytes(NULL, 0);
    error = run_legacy(machine, evaluation->spent);
    if (error == BTC_SCRIPT_OK)
        error = evaluate_witness(evaluation, evaluation->spent, btc_bytes(NULL, 0), NATIVE);
    if (error == BTC_SCRIPT_OK && p2sh)
        error = evaluate_p2sh(evaluation, redeem_script);
    return error;
}

enum btc_script_error btc_script_verify(struct btc_script_space *space, const struct btc_spend *spend, uint32_t flags)
{
    assert(spend->input < spend->tx->input_count);
    assert(!(flags & BTC_VERIFY_CLEANSTACK) || (flags & BTC_VERIFY_WITNESS));
    assert(!(flags & BTC_VERIFY_WITNESS) || (flags & BTC_VERIFY_P2SH));
    struct evaluation evaluation = {.input = &spend->tx->inputs[spend->input], .spent = spend->spent->script};
    btc_machine_init(&evaluation.machine, space, spend, flags);
    if ((flags & BTC_VERIFY_SIGPUSHONLY) && !btc_script_is_push_only(evaluation.input->script))
        return BTC_SCRIPT_SIG_PUSHONLY;
    enum btc_script_error error = evaluate(&evaluation);
    if (error != BTC_SCRIPT_OK)
        return error;
    if ((flags & BTC_VERIFY_CLEANSTACK) && evaluation.machine.depth != 1)
        return BTC_SCRIPT_CLEANSTACK;
    if ((flags & BTC_VERIFY_WITNESS) && !evaluation.used_witness && evaluation.input->witness_count > 0)
        return BTC_SCRIPT_WITNESS_UNEXPECTED;
    return BTC_SCRIPT_OK;
}

enum btc_script_error btc_tx_verify(struct btc_script_space *space, uint32_t *failed, const struct btc_tx_spend *spend,
                                    uint32_t flags)
{
    struct btc_sighash_cache cache;
    bool segwit = btc_tx_has_witness(spend->tx);
    if (segwit)
        btc_sighash_cache_init(&cache, spend->tx);
    for (uint32_t i = 0; i < spend->tx->input_count; i++) {
        struct btc_spend one = {.curve = spend->curve,
                                .tx = spend->tx,
                                .input = i,
                                .spent = &spend->spent[i],
                                .cache = segwit ? &cache : NULL,
                                .judge = spend->judge,
                                .judge_context = spend->judge_context};
        enum btc_script_error error = btc_script_verify(space, &one, flags);
        if (error != BTC_SCRIPT_OK) {
            *failed = i;
            return error;
        }
    }
    return BTC_SCRIPT_OK;
}
