/* block_build.c: a miner's block: coinbase, commitment, roots; and the first block of regtest.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/block.h"

#include "protocol/bitcoin/amount.h"
#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/script.h"
#include <assert.h>
#include <string.h>

#define COMMITMENT_SCRIPT_SIZE 38
#define MAX_COINBASE_SCRIPT    100

/* Version 1, time 1296688602, nonce 2, and the coinbase that all of Bitcoin's chains begin with. */
const uint8_t btc_regtest_genesis[BTC_GENESIS_BYTES] = {
    0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x3b, 0xa3,
    0xed, 0xfd, 0x7a, 0x7b, 0x12, 0xb2, 0x7a, 0xc7, 0x2c, 0x3e, 0x67, 0x76, 0x8f, 0x61, 0x7f, 0xc8, 0x1b, 0xc3, 0x88,
    0x8a, 0x51, 0x32, 0x3a, 0x9f, 0xb8, 0xaa, 0x4b, 0x1e, 0x5e, 0x4a, 0xda, 0xe5, 0x49, 0x4d, 0xff, 0xff, 0x7f, 0x20,
    0x02, 0x00, 0x00, 0x00, 0x01, 0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0x4d, 0x04, 0xff, 0xff, 0x00, 0x1d, 0x01, 0x04, 0x45, 0x54, 0x68,
    0x65, 0x20, 0x54, 0x69, 0x6d, 0x65, 0x73, 0x20, 0x30, 0x33, 0x2f, 0x4a, 0x61, 0x6e, 0x2f, 0x32, 0x30, 0x30, 0x39,
    0x20, 0x43, 0x68, 0x61, 0x6e, 0x63, 0x65, 0x6c, 0x6c, 0x6f, 0x72, 0x20, 0x6f, 0x6e, 0x20, 0x62, 0x72, 0x69, 0x6e,
    0x6b, 0x20, 0x6f, 0x66, 0x20, 0x73, 0x65, 0x63, 0x6f, 0x6e, 0x64, 0x20, 0x62, 0x61, 0x69, 0x6c, 0x6f, 0x75, 0x74,
    0x20, 0x66, 0x6f, 0x72, 0x20, 0x62, 0x61, 0x6e, 0x6b, 0x73, 0xff, 0xff, 0xff, 0xff, 0x01, 0x00, 0xf2, 0x05, 0x2a,
    0x01, 0x00, 0x00, 0x00, 0x43, 0x41, 0x04, 0x67, 0x8a, 0xfd, 0xb0, 0xfe, 0x55, 0x48, 0x27, 0x19, 0x67, 0xf1, 0xa6,
    0x71, 0x30, 0xb7, 0x10, 0x5c, 0xd6, 0xa8, 0x28, 0xe0, 0x39, 0x09, 0xa6, 0x79, 0x62, 0xe0, 0xea, 0x1f, 0x61, 0xde,
    0xb6, 0x49, 0xf6, 0xbc, 0x3f, 0x4c, 0xef, 0x38, 0xc4, 0xf3, 0x55, 0x04, 0xe5, 0x1e, 0xc1, 0x12, 0xde, 0x5c, 0x38,
    0x4d, 0xf7, 0xba, 0x0b, 0x8d, 0x57, 0x8a, 0x4c, 0x70, 0x2b, 0x6b, 0xf1, 0x1d, 0x5f, 0xac, 0x00, 0x00, 0x00, 0x00,
};

/* All that a coinbase points to, in one piece. */
struct coinbase_room {
    struct btc_input input;
    struct btc_bytes witness;
    struct btc_output outputs[2];
    uint8_t nonce[32];
    uint8_t commitment[COMMITMENT_SCRIPT_SIZE];
    uint8_t script[MAX_COINBASE_SCRIPT];
};

static void init_input(struct coinbase_room *room, const struct btc_block_plan *plan)
{
    struct btc_writer writer;
    btc_writer_init(&writer, room->script, sizeof room->script);
    btc_script_push_number(&writer, plan->place.height);
    btc_script_push(&writer, plan->tag); /* an empty one too: heights up to 16 are one byte, and two are asked for */
    assert(!writer.failed);
    room->witness = btc_bytes(room->nonce, sizeof room->nonce);
    room->input = (struct btc_input){.previous.index = BTC_OUTPOINT_NULL_INDEX,
                                     .script = btc_writer_view(&writer),
                                     .sequence = BTC_SEQUENCE_FINAL,
                                     .witness_count = 1,
                                     .witness = &room->witness};
}

static void init_outputs(struct coinbase_room *room, const struct btc_block_plan *plan, struct btc_bytes payout)
{
    static const uint8_t MARK[6] = {0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed};
    memcpy(room->commitment, MARK, sizeof MARK);
    room->outputs[0].value_sat = btc_subsidy_sat(plan->place.rules, plan->place.height) + plan->fees_sat;
    room->outputs[0].script = payout;
    room->outputs[1].script = btc_bytes(room->commitment, sizeof room->commitment);
}

static bool copy_bytes(struct btc_bytes *copy, struct btc_arena *arena, struct btc_bytes bytes)
{
    uint8_t *room = btc_arena_take(arena, bytes.length, 1);
    if (room == NULL)
        return false;
    if (bytes.length > 0)
        memcpy(room, bytes.data, bytes.length);
    *copy = btc_bytes(room, bytes.length);
    return true;
}

/* The block stands alone: a mempool drops its transactions as soon as they are mined. */
static bool copy_txs(struct btc_tx *txs, struct btc_arena *arena, const struct btc_block_plan *plan)
{
    for (uint32_t i = 0; i < plan->tx_count; i++)
        if (btc_tx_copy(&txs[i], arena, plan->txs[i]) != BTC_TX_OK)
            return false;
    return true;
}

/* The hash that the commitment holds depends on all transactions but the coinbase, the merkle root on the coinbase. */
static void seal(struct btc_block *block, struct coinbase_room *room)
{
    uint8_t root[32];
    btc_block_witness_root(root, block);
    btc_sha256d_pair(room->commitment + 6, root, room->nonce);
    bool is_original = btc_block_merkle_root(block->header.merkle_root, block);
    assert(is_original);
}

enum btc_block_error btc_block_build(struct btc_block *block, struct btc_arena *arena,
                                     const struct btc_block_plan *plan)
{
    assert(plan->tag.length <= BTC_MAX_COINBASE_TAG_BYTES && plan->fees_sat >= 0);
    size_t used = arena->used;
    struct btc_bytes payout;
    struct coinbase_room *room = btc_arena_take(arena, 1, sizeof *room);
    struct btc_tx *txs = btc_arena_take(arena, (size_t)plan->tx_count + 1, sizeof *txs);
    if (room == NULL || txs == NULL || !copy_bytes(&payout, arena, plan->payout) || !copy_txs(txs + 1, arena, plan)) {
        arena->used = used;
        return BTC_BLOCK_NO_MEMORY;
    }
    init_input(room, plan);
    init_outputs(room, plan, payout);
    txs[0] = (struct btc_tx){
        .version = 2, .input_count = 1, .output_count = 2, .inputs = &room->input, .outputs = room->outputs};
    *block = (struct btc_block){.tx_count = plan->tx_count + 1, .txs = txs};
    block->header.version = plan->version;
    memcpy(block->header.previous, plan->place.previous, 32);
    block->header.time = plan->time;
    block->header.bits = plan->place.rules->bits;
    seal(block, room);
    return BTC_BLOCK_OK;
}
