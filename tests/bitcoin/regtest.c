/* regtest.c: a regtest chain with a miner and a payer, for tests.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/bitcoin/regtest.h"

#include "protocol/bitcoin/hash.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES   (64u << 20)
#define SCRATCH_BYTES (8u << 20)

static void *resize(void *context, void *memory, size_t old_bytes, size_t new_bytes)
{
    struct counting_allocator *allocator = context;
    assert((memory == NULL) == (old_bytes == 0) && allocator->out_bytes >= old_bytes);
    if (new_bytes > old_bytes && allocator->fail_after == 0)
        return NULL;
    if (new_bytes > old_bytes && allocator->fail_after > 0)
        allocator->fail_after--;
    allocator->out_bytes += new_bytes - old_bytes;
    if (new_bytes == 0) {
        free(memory);
        return NULL;
    }
    memory = realloc(memory, new_bytes);
    assert(memory != NULL);
    return memory;
}

void counting_allocator_init(struct counting_allocator *allocator)
{
    *allocator = (struct counting_allocator){.base = {allocator, resize}, .fail_after = -1};
}

struct regtest *regtest_new(void)
{
    struct regtest *regtest = calloc(1, sizeof *regtest);
    assert(regtest != NULL);
    counting_allocator_init(&regtest->allocator);
    btc_curve_init(&regtest->curve);
    btc_arena_init(&regtest->arena, malloc(ARENA_BYTES), ARENA_BYTES);
    btc_arena_init(&regtest->scratch, malloc(SCRATCH_BYTES), SCRATCH_BYTES);
    regtest->blocks = calloc(REGTEST_MAX_BLOCKS, sizeof *regtest->blocks);
    assert(regtest->arena.memory != NULL && regtest->scratch.memory != NULL && regtest->blocks != NULL);
    regtest->tools =
        (struct btc_judge_tools){.curve = &regtest->curve, .space = &regtest->space, .scratch = &regtest->scratch};
    regtest->options = (struct btc_connect_options){&regtest->tools, UINT32_MAX};
    btc_chain_init_regtest(&regtest->chain, &regtest->allocator.base, (struct btc_salt){{1, 2}});
    regtest->secret[31] = 7;
    bool is_valid = btc_pubkey_wire_from_secret(&regtest->curve, regtest->public_key, regtest->secret);
    assert(is_valid);
    uint8_t key_hash[20];
    btc_hash160(key_hash, regtest->public_key, 33);
    btc_script_p2wpkh(regtest->script, key_hash);
    return regtest;
}

void regtest_free(struct regtest *regtest)
{
    for (uint32_t i = 0; i < REGTEST_MAX_BLOCKS; i++)
        btc_undo_release(&regtest->blocks[i].undo, &regtest->allocator.base);
    btc_chain_close(&regtest->chain);
    assert(regtest->allocator.out_bytes == 0);
    free(regtest->blocks);
    free(regtest->arena.memory);
    free(regtest->scratch.memory);
    free(regtest);
}

/* ---- blocks ---- */

struct btc_block regtest_draft(struct regtest *regtest, const struct btc_tx *const *txs, uint32_t tx_count,
                               int64_t fees_sat)
{
    struct btc_block_plan plan = {.place = btc_chain_next_place(&regtest->chain),
                                  .version = BTC_BLOCK_VERSION,
                                  .payout = btc_bytes(regtest->script, sizeof regtest->script),
                                  .fees_sat = fees_sat,
                                  .txs = txs,
                                  .tx_count = tx_count};
    struct btc_block block;
    regtest->tag++;
    plan.time = plan.place.median_time + 3600;
    plan.tag = btc_bytes(&regtest->tag, sizeof regtest->tag);
    enum btc_block_error error = btc_block_build(&block, &regtest->arena, &plan);
    assert(error == BTC_BLOCK_OK);
    return block;
}

void regtest_grind(struct btc_block *block)
{
    bool is_found = btc_header_grind(&block->header, 1000);
    assert(is_found);
}

void regtest_reseal(struct regtest *regtest, struct btc_block *block)
{
    (void)regtest;
    uint8_t root[32];
    uint32_t index = btc_coinbase_commitment_index(&block->txs[0]);
    if (index < block->txs[0].output_count && block->txs[0].inputs[0].witness_count == 1) {
        btc_block_witness_root(root, block);
        btc_sha256d_pair((uint8_t *)(uintptr_t)block->txs[0].outputs[index].script.data + 6, root,
                         block->txs[0].inputs[0].witness[0].data);
    }
    btc_block_merkle_root(block->header.merkle_root, block);
    regtest_grind(block);
}

enum btc_block_error regtest_connect(struct regtest *regtest, const struct btc_block *block)
{
    struct btc_undo undo = {NULL, 0};
    enum btc_block_error error = btc_chain_connect(&regtest->chain, &undo, &regtest->fault, block, &regtest->options);
    assert(regtest->scratch.used == 0);
    if (error == BTC_BLOCK_OK) {
        assert(regtest->chain.height < REGTEST_MAX_BLOCKS);
        regtest->blocks[regtest->chain.height] = (struct regtest_block){*block, undo};
        regtest->subsidies_sat += btc_subsidy_sat(regtest->chain.rules, regtest->chain.height);
    }
    return error;
}

void regtest_disconnect(struct regtest *regtest)
{
    struct regtest_block *kept = &regtest->blocks[regtest->chain.height];
    regtest->subsidies_sat -= btc_subsidy_sat(regtest->chain.rules, regtest->chain.height);
    enum btc_block_error error = btc_chain_disconnect(&regtest->chain, &kept->block, &kept->undo, &regtest->scratch);
    assert(error == BTC_BLOCK_OK && regtest->scratch.used == 0);
    btc_undo_release(&kept->undo, &regtest->allocator.base);
}

void regtest_mine(struct regtest *regtest, const struct btc_tx *const *txs, uint32_t tx_count, int64_t fees_sat)
{
    struct btc_block block = regtest_draft(regtest, txs, tx_count, fees_sat);
    regtest_grind(&block);
    enum btc_block_error error = regtest_connect(regtest, &block);
    assert(error == BTC_BLOCK_OK);
}

void regtest_mine_empty(struct regtest *regtest, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        regtest_mine(regtest, NULL, 0, 0);
}

struct btc_outpoint regtest_outpoint(const struct btc_tx *tx, uint32_t index)
{
    struct btc_outpoint outpoint = {.index = index};
    btc_txid(outpoint.txid, tx);
    return outpoint;
}

struct btc_outpoint regtest_coinbase(const struct regtest *regtest, uint32_t height)
{
    assert(height > 0 && height <= regtest->chain.height);
    return regtest_outpoint(&regtest->blocks[height].block.txs[0], 0);
}

/* ---- payments ---- */

static void *take(struct regtest *regtest, size_t count, size_t size)
{
    void *taken = btc_arena_take(&regtest->arena, count, size);
    assert(taken != NULL);
    return taken;
}

void regtest_sign(struct regtest *regtest, struct btc_tx *tx, const int64_t *values_sat)
{
    const struct btc_signer signer = {&regtest->curve, regtest->secret, regtest->public_key, BTC_SIGN_LOW_R};
    for (uint32_t i = 0; i < tx->input_count; i++) {
        bool is_signed = btc_sign_p2wpkh(tx, &regtest->arena, i, &signer, values_sat[i], NULL);
        assert(is_signed);
    }
}

struct btc_tx *regtest_spend(struct regtest *regtest, const struct regtest_spend *spend)
{
    struct btc_tx *tx = take(regtest, 1, sizeof *tx);
    *tx = (struct btc_tx){.version = 2,
                          .locktime = spend->locktime,
                          .input_count = spend->input_count,
                          .output_count = spend->output_count,
                          .inputs = take(regtest, spend->input_count, sizeof *tx->inputs),
                          .outputs = take(regtest, spend->output_count, sizeof *tx->outputs)};
    for (uint32_t i = 0; i < spend->input_count; i++)
        tx->inputs[i] = (struct btc_input){.previous = spend->inputs[i], .sequence = spend->sequence};
    for (uint32_t i = 0; i < spend->output_count; i++)
        tx->outputs[i] = (struct btc_output){spend->outputs_sat[i], btc_bytes(regtest->script, sizeof regtest->script)};
    regtest_sign(regtest, tx, spend->values_sat);
    return tx;
}

struct btc_tx *regtest_pay(struct regtest *regtest, struct btc_outpoint outpoint, int64_t value_sat, int64_t fee_sat)
{
    int64_t left_sat = value_sat - fee_sat;
    return regtest_spend(regtest, &(struct regtest_spend){.inputs = &outpoint,
                                                          .values_sat = &value_sat,
                                                          .input_count = 1,
                                                          .sequence = BTC_SEQUENCE_FINAL,
                                                          .outputs_sat = &left_sat,
                                                          .output_count = 1});
}
