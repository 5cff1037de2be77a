/* fuzz_interpreter.c: arbitrary scripts and witnesses: no crash, no bound broken, and flags only ever forbid.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Input: flags (4 bytes), version, locktime, sequence (4 each), how many witness items (1), whether the last of them is
 * hashed into a P2WSH output and whether that or the script is wrapped in P2SH (1), then strings: scriptSig, script,
 * items. Signatures are judged by a hash of the check, so that about half are good and the interpreter goes on behind
 * them; every eighth input has real ECDSA.
 */
#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/interpreter.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ITEMS 255

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static bool judge_by_hash(void *context, const struct btc_signature_check *check)
{
    uint8_t digest[32];
    (void)context;
    btc_sha256(digest, check->signature.data, check->signature.length);
    return ((digest[0] ^ check->hash[0] ^ check->public_key.data[1]) & 1) != 0;
}

static uint32_t fill_flags(uint32_t flags)
{
    flags &= BTC_VERIFY_ALL;
    if (flags & BTC_VERIFY_CLEANSTACK)
        flags |= BTC_VERIFY_WITNESS;
    if (flags & BTC_VERIFY_WITNESS)
        flags |= BTC_VERIFY_P2SH;
    return flags;
}

/* One evaluation, read from the bytes. */
struct scene {
    struct btc_tx tx;
    struct btc_input input;
    struct btc_output output, spent;
    struct btc_bytes items[MAX_ITEMS];
    uint8_t script[BTC_P2WSH_BYTES], wrapped[BTC_P2SH_BYTES], script_sig[2 * BTC_MAX_ELEMENT_BYTES];
};

/* P2WSH of the last witness item, if there is one. */
static void pay_to_witness(struct scene *scene)
{
    uint8_t hash[32];
    if (scene->input.witness_count == 0)
        return;
    struct btc_bytes last = scene->items[scene->input.witness_count - 1];
    btc_sha256(hash, last.data, last.length);
    btc_script_p2wsh(scene->script, hash);
    scene->spent.script = btc_bytes(scene->script, BTC_P2WSH_BYTES);
}

/* P2SH of the script that is spent; scriptSig pushes it behind what it was, as far as there is room. */
static void wrap(struct scene *scene)
{
    uint8_t hash[20];
    struct btc_bytes script = scene->spent.script;
    if (script.length > BTC_MAX_ELEMENT_BYTES || scene->input.script.length > BTC_MAX_ELEMENT_BYTES - 3)
        return;
    struct btc_writer script_sig;
    btc_writer_init(&script_sig, scene->script_sig, sizeof scene->script_sig);
    btc_write(&script_sig, scene->input.script.data, scene->input.script.length);
    btc_script_push(&script_sig, script);
    assert(!script_sig.failed);
    btc_hash160(hash, script.data, script.length);
    btc_script_p2sh(scene->wrapped, hash);
    scene->spent.script = btc_bytes(scene->wrapped, BTC_P2SH_BYTES);
    scene->input.script = btc_writer_view(&script_sig);
}

static void read_scene(struct scene *scene, struct btc_reader *reader)
{
    scene->tx = (struct btc_tx){0, 0, 1, 1, &scene->input, &scene->output};
    scene->tx.version = btc_read_u32(reader);
    scene->tx.locktime = btc_read_u32(reader);
    scene->input.sequence = btc_read_u32(reader);
    scene->input.witness_count = btc_read_u8(reader);
    scene->input.witness = scene->items;
    uint8_t form = btc_read_u8(reader);
    scene->input.script = btc_read_string(reader, SIZE_MAX);
    scene->spent = (struct btc_output){1000, btc_read_string(reader, SIZE_MAX)};
    for (uint32_t i = 0; i < scene->input.witness_count; i++)
        scene->items[i] = btc_read_string(reader, SIZE_MAX);
    if (form & 1)
        pay_to_witness(scene);
    if (form & 2)
        wrap(scene);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct btc_reader reader;
    struct btc_curve curve;
    struct btc_script_space *space = malloc(sizeof *space);
    struct scene *scene = calloc(1, sizeof *scene);
    assert(space != NULL && scene != NULL);
    btc_curve_init(&curve);
    btc_reader_init(&reader, bytes, length);
    uint32_t word = btc_read_u32(&reader), flags = fill_flags(word);
    read_scene(scene, &reader);
    const struct btc_spend spend = {
        .curve = &curve, .tx = &scene->tx, .spent = &scene->spent, .judge = word >> 29 == 0 ? NULL : judge_by_hash};
    enum btc_script_error error = btc_script_verify(space, &spend, flags);
    assert(btc_script_error_name(error) != NULL);
    assert(btc_script_verify(space, &spend, flags) == error);
    /* What passes with more rules passes with fewer: every flag is a soft fork. */
    if (error == BTC_SCRIPT_OK)
        for (uint32_t bit = 1; bit <= BTC_VERIFY_CONST_SCRIPTCODE; bit <<= 1)
            if (fill_flags(flags & ~bit) == (flags & ~bit))
                assert(btc_script_verify(space, &spend, flags & ~bit) == BTC_SCRIPT_OK);
    free(scene);
    free(space);
    return 0;
}
