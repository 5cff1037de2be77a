/* fuzz_interpreter.c: arbitrary scripts and witnesses: no crash, no bound broken, and flags only ever forbid.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Input: flags (4 bytes; the three highest bits zero: real ECDSA), version, locktime, sequence, value in satoshi (4
 * each), how many witness items (1), form (1), then strings: scriptSig, script, items. Form, from the lowest bit: the
 * last item is hashed into a P2WSH output; that or the script is wrapped in P2SH; further inputs (2 bits), outputs (2
 * bits: 1, 2, 3, none), which of the inputs is ours (2 bits).
 *
 * Signatures are judged by a hash of the check, so that about half are good and the interpreter goes on behind them.
 * With real ECDSA the output that is spent is the one of the published script tests, so that these are seeds whose
 * signatures are good; the verdict must be the same with a memory of verdicts. Every string is a block of memory of its
 * own, so that a sanitizer sees a read behind its end.
 */
#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/interpreter.h"
#include "protocol/bitcoin/sigops.h"
#include "protocol/bitcoin/verdicts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ITEMS  255
#define MAX_INPUTS 4

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
    struct btc_input inputs[MAX_INPUTS], *input;
    struct btc_output outputs[3], spent;
    uint32_t place; /* of our input */
    struct btc_bytes items[MAX_ITEMS];
    void *blocks[MAX_ITEMS + 2];
    uint32_t block_count;
    uint8_t script[BTC_P2WSH_BYTES], wrapped[BTC_P2SH_BYTES], script_sig[2 * BTC_MAX_ELEMENT_BYTES];
};

/* A string in memory of its own. */
static struct btc_bytes take_string(struct scene *scene, struct btc_reader *reader)
{
    struct btc_bytes view = btc_read_string(reader, SIZE_MAX);
    uint8_t *block = malloc(view.length);
    assert(block != NULL || view.length == 0);
    if (view.length > 0)
        memcpy(block, view.data, view.length);
    scene->blocks[scene->block_count++] = block;
    return btc_bytes(block, view.length);
}

/* P2WSH of the last witness item, if there is one. */
static void pay_to_witness(struct scene *scene)
{
    uint8_t hash[32];
    if (scene->input->witness_count == 0)
        return;
    struct btc_bytes last = scene->items[scene->input->witness_count - 1];
    btc_sha256(hash, last.data, last.length);
    btc_script_p2wsh(scene->script, hash);
    scene->spent.script = btc_bytes(scene->script, BTC_P2WSH_BYTES);
}

/* P2SH of the script that is spent; scriptSig pushes it behind what it was, as far as there is room. */
static void wrap(struct scene *scene)
{
    uint8_t hash[20];
    struct btc_bytes script = scene->spent.script;
    if (script.length > BTC_MAX_ELEMENT_BYTES || scene->input->script.length > BTC_MAX_ELEMENT_BYTES - 3)
        return;
    struct btc_writer script_sig;
    btc_writer_init(&script_sig, scene->script_sig, sizeof scene->script_sig);
    btc_write(&script_sig, scene->input->script.data, scene->input->script.length);
    btc_script_push(&script_sig, script);
    assert(!script_sig.failed);
    btc_hash160(hash, script.data, script.length);
    btc_script_p2sh(scene->wrapped, hash);
    scene->spent.script = btc_bytes(scene->wrapped, BTC_P2SH_BYTES);
    scene->input->script = btc_writer_view(&script_sig);
}

/* The transaction that the published script tests spend from: a coinbase that pays to the script. */
static void spend_published(struct scene *scene)
{
    static const uint8_t two_zeros[2] = {BTC_OP_0, BTC_OP_0};
    struct btc_input input = {
        .previous.index = BTC_OUTPOINT_NULL_INDEX, .script = btc_bytes(two_zeros, 2), .sequence = BTC_SEQUENCE_FINAL};
    const struct btc_tx credit = {1, 0, 1, 1, &input, &scene->spent};
    btc_txid(scene->input->previous.txid, &credit);
}

static void read_scene(struct scene *scene, struct btc_reader *reader)
{
    uint32_t version = btc_read_u32(reader), locktime = btc_read_u32(reader), sequence = btc_read_u32(reader);
    int64_t value_sat = btc_read_u32(reader);
    uint32_t item_count = btc_read_u8(reader);
    uint8_t form = btc_read_u8(reader);
    uint32_t input_count = 1 + (form >> 2 & 3u);
    scene->tx =
        (struct btc_tx){version, locktime, input_count, (1 + (form >> 4 & 3u)) % 4, scene->inputs, scene->outputs};
    for (uint32_t i = 0; i < input_count; i++)
        scene->inputs[i] = (struct btc_input){.previous.index = i, .sequence = sequence + i};
    for (uint32_t i = 0; i < 3; i++)
        scene->outputs[i].value_sat = value_sat;
    scene->place = (uint32_t)(form >> 6) % input_count;
    scene->input = &scene->inputs[scene->place];
    scene->input->previous.index = 0;
    scene->input->witness_count = item_count;
    scene->input->witness = scene->items;
    scene->input->script = take_string(scene, reader);
    scene->spent = (struct btc_output){value_sat, take_string(scene, reader)};
    for (uint32_t i = 0; i < item_count; i++)
        scene->items[i] = take_string(scene, reader);
    if (form & 1)
        pay_to_witness(scene);
    if (form & 2)
        wrap(scene);
    spend_published(scene);
}

/* The hashes that all inputs share, and verdicts that are remembered, save time and nothing else. */
static void check_caches(struct btc_script_space *space, const struct btc_spend *spend, uint32_t flags,
                         enum btc_script_error error)
{
    struct btc_sighash_cache cache;
    struct btc_spend cached = *spend;
    btc_sighash_cache_init(&cache, spend->tx);
    cached.cache = &cache;
    assert(btc_script_verify(space, &cached, flags) == error);
    uint32_t failed;
    const struct btc_tx_spend whole = {spend->curve, spend->tx, spend->spent, spend->judge, spend->judge_context};
    if (spend->tx->input_count == 1)
        assert(btc_tx_verify(space, &failed, &whole, flags) == error);
    if (spend->judge != NULL)
        return;
    struct btc_known_key keys[4];
    struct btc_known_signature signatures[4];
    struct btc_verdicts verdicts;
    btc_verdicts_init(&verdicts, keys, 4, signatures, 4);
    cached.judge = btc_verdicts_judge;
    cached.judge_context = &verdicts;
    assert(btc_script_verify(space, &cached, flags) == error);
    assert(btc_script_verify(space, &cached, flags) == error);
}

/* What passes with more rules passes with fewer: every flag is a soft fork. */
static void check_fewer_flags(struct btc_script_space *space, const struct btc_spend *spend, uint32_t flags)
{
    for (uint32_t bit = 1; bit <= BTC_VERIFY_CONST_SCRIPTCODE; bit <<= 1)
        if ((flags & bit) && fill_flags(flags & ~bit) == (flags & ~bit))
            assert(btc_script_verify(space, spend, flags & ~bit) == BTC_SCRIPT_OK);
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
    const struct btc_spend spend = {.curve = &curve,
                                    .tx = &scene->tx,
                                    .input = scene->place,
                                    .spent = &scene->spent,
                                    .judge = word >> 29 == 0 ? NULL : judge_by_hash};
    enum btc_script_error error = btc_script_verify(space, &spend, flags);
    assert(btc_script_error_name(error) != NULL);
    assert(btc_script_verify(space, &spend, flags) == error);
    check_caches(space, &spend, flags, error);
    if (error == BTC_SCRIPT_OK)
        check_fewer_flags(space, &spend, flags);
    struct btc_output spents[MAX_INPUTS] = {scene->spent, scene->spent, scene->spent, scene->spent};
    assert(btc_tx_sigop_cost(&scene->tx, spents, BTC_VERIFY_NONE) <=
           btc_tx_sigop_cost(&scene->tx, spents, BTC_VERIFY_P2SH | BTC_VERIFY_WITNESS));
    for (uint32_t i = 0; i < scene->block_count; i++)
        free(scene->blocks[i]);
    free(scene);
    free(space);
    return 0;
}
