/* fuzz_block.c: blocks from arbitrary bytes: no crash, nothing lost, connecting leaves no trace.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A block that can be read is put on a chain of its own: its header is mended first, so that the rules behind the proof
 * of work are reached. Whatever the verdict, the chain must then be as before, or be so after taking the block back;
 * and so it must be wherever on the way memory runs out.
 */
#include "protocol/bitcoin/chain.h"
#include "protocol/bitcoin/hash.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_BYTES (16u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

struct fuzz {
    uint8_t *memory;
    struct btc_arena arena;
    struct btc_arena scratch;
    struct btc_script_space space;
    struct btc_curve curve;
    int64_t left; /* allocations that still succeed; negative: all do */
};

static void *resize(void *context, void *memory, size_t old_bytes, size_t new_bytes)
{
    struct fuzz *fuzz = context;
    (void)old_bytes;
    if (new_bytes > old_bytes && fuzz->left == 0)
        return NULL;
    if (new_bytes > old_bytes && fuzz->left > 0)
        fuzz->left--;
    if (new_bytes == 0) {
        free(memory);
        return NULL;
    }
    return realloc(memory, new_bytes);
}

static void check_written(const struct btc_block *block, struct btc_bytes bytes)
{
    struct btc_writer writer;
    uint8_t *again = malloc(bytes.length);
    assert(again != NULL);
    btc_writer_init(&writer, again, bytes.length);
    btc_block_write(&writer, block);
    assert(!writer.failed && btc_bytes_equal(btc_writer_view(&writer), bytes));
    assert(btc_block_weight_wu(block) >= bytes.length && btc_block_weight_wu(block) <= 4 * bytes.length);
    free(again);
}

/* Coins for the inputs, so that some of the blocks have something to spend. */
static void plant_coins(struct btc_chain *chain, const struct btc_block *block)
{
    static const uint8_t TRUE_SCRIPT[] = {0x51};
    for (uint32_t tx = 1; tx < block->tx_count && tx < 8; tx++) {
        for (uint32_t i = 0; i < block->txs[tx].input_count && i < 8; i++) {
            struct btc_coin coin = {.outpoint = block->txs[tx].inputs[i].previous,
                                    .output = {5000000000, btc_bytes(TRUE_SCRIPT, sizeof TRUE_SCRIPT)}};
            if ((i + tx) % 3 != 0 && btc_utxo_get(&chain->coins, &coin.outpoint) == NULL) {
                bool is_added = btc_utxo_add(&chain->coins, &coin);
                assert(is_added);
            }
        }
    }
}

static void mend_header(struct btc_block *block, const struct btc_chain *chain)
{
    struct btc_block_place place = btc_chain_next_place(chain);
    memcpy(block->header.previous, place.previous, 32);
    block->header.bits = place.rules->bits;
    block->header.version = BTC_BLOCK_VERSION;
    block->header.time = place.median_time + 1 + block->header.time % 1000;
    btc_block_merkle_root(block->header.merkle_root, block);
    bool is_found = btc_header_grind(&block->header, 10000);
    assert(is_found);
}

/* Connects and takes back. Returns what connecting says; then all is as before. */
static enum btc_block_error connect(struct fuzz *fuzz, struct btc_chain *chain, const struct btc_block *block)
{
    const struct btc_judge_tools tools = {.curve = &fuzz->curve, .space = &fuzz->space, .scratch = &fuzz->scratch};
    const struct btc_connect_options options = {&tools, UINT32_MAX};
    uint8_t before[32], after[32];
    struct btc_undo undo;
    struct btc_block_fault fault;
    btc_utxo_digest(before, &chain->coins);
    enum btc_block_error error = btc_chain_connect(chain, &undo, &fault, block, &options), back = BTC_BLOCK_OK;
    assert(btc_block_error_name(error) != NULL && fuzz->scratch.used == 0);
    fuzz->left = -1;
    if (error == BTC_BLOCK_OK) {
        back = btc_chain_disconnect(chain, block, &undo, &fuzz->scratch);
        btc_undo_release(&undo, chain->allocator);
    }
    btc_utxo_digest(after, &chain->coins);
    assert(back == BTC_BLOCK_OK && memcmp(before, after, 32) == 0 && chain->height == 0);
    return error;
}

static void put_on_a_chain(struct fuzz *fuzz, struct btc_block *block)
{
    struct btc_chain chain;
    const struct btc_allocator allocator = {fuzz, resize};
    btc_chain_init_regtest(&chain, &allocator, (struct btc_salt){{1, 2}});
    plant_coins(&chain, block);
    mend_header(block, &chain);
    enum btc_block_error error = connect(fuzz, &chain, block);
    fuzz->left = block->header.nonce % 4;
    enum btc_block_error again = connect(fuzz, &chain, block);
    assert(again == error || again == BTC_BLOCK_NO_MEMORY);
    btc_chain_close(&chain);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct fuzz *fuzz; /* made once: the fuzzer calls this often */
    if (fuzz == NULL) {
        fuzz = calloc(1, sizeof *fuzz);
        assert(fuzz != NULL);
        fuzz->memory = malloc(2 * MEMORY_BYTES);
        assert(fuzz->memory != NULL);
        btc_curve_init(&fuzz->curve);
        fuzz->left = -1;
    }
    struct btc_block block;
    struct btc_block_fault fault;
    btc_arena_init(&fuzz->arena, fuzz->memory, MEMORY_BYTES);
    btc_arena_init(&fuzz->scratch, fuzz->memory + MEMORY_BYTES, MEMORY_BYTES);
    enum btc_block_error error = btc_block_parse(&block, &fault, &fuzz->arena, btc_bytes(bytes, length));
    assert(btc_block_error_name(error) != NULL);
    if (error != BTC_BLOCK_OK) {
        assert(fuzz->arena.used == 0);
        return 0;
    }
    check_written(&block, btc_bytes(bytes, length));
    if (btc_block_check(&fault, &block, &fuzz->scratch) == BTC_BLOCK_OK)
        assert(block.tx_count > 0 && btc_tx_is_coinbase(&block.txs[0]));
    put_on_a_chain(fuzz, &block);
    return 0;
}
