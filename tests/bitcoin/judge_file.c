/* judge_file.c: what this library says of blocks in a file, for a test that asks somebody else too.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   judge_file CHAIN BLOCKS     both as blk*.dat files have them: magic, length, block
 *
 * Connects every block of CHAIN on its own branch. Then each of BLOCKS is tried where it belongs, and one line says
 * "ok" or the name of what is wrong with it; it is taken back, so that all stand on CHAIN alone.
 */
#include "protocol/bitcoin/chain.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCRATCH_BYTES ((size_t)32 << 20)
#define BLOCKS_MAX    100000

struct known {
    struct btc_bytes bytes;
    uint8_t hash[32];
    uint32_t parent, height;
    struct btc_undo undo;
};

struct judge {
    struct btc_allocator allocator;
    struct btc_chain chain;
    struct btc_curve curve;
    struct btc_script_space space;
    struct btc_arena arena, scratch;
    struct btc_judge_tools tools;
    struct known *known;
    uint32_t count, at;
};

static void *resize(void *context, void *memory, size_t old_bytes, size_t new_bytes)
{
    (void)context, (void)old_bytes;
    if (new_bytes == 0) {
        free(memory);
        return NULL;
    }
    return realloc(memory, new_bytes);
}

static void lend(struct btc_arena *arena, size_t bytes)
{
    void *memory = malloc(bytes);
    assert(memory != NULL);
    btc_arena_init(arena, memory, bytes);
}

static void judge_open(struct judge *judge)
{
    judge->allocator = (struct btc_allocator){NULL, resize};
    btc_curve_init(&judge->curve);
    btc_chain_init_regtest(&judge->chain, &judge->allocator, (struct btc_salt){{3, 4}});
    lend(&judge->scratch, SCRATCH_BYTES);
    judge->tools = (struct btc_judge_tools){.curve = &judge->curve, .space = &judge->space, .scratch = &judge->scratch};
    judge->known = calloc(BLOCKS_MAX, sizeof *judge->known);
    assert(judge->known != NULL);
}

static void judge_close(struct judge *judge)
{
    for (uint32_t i = 0; i < judge->count; i++)
        btc_undo_release(&judge->known[i].undo, &judge->allocator);
    btc_chain_close(&judge->chain);
    free(judge->known);
    free(judge->scratch.memory);
}

/* In: the fault of a parse or a connect. */
static const char *name_of(enum btc_block_error error, const struct btc_block_fault *fault)
{
    if (error == BTC_BLOCK_TX)
        return btc_tx_error_name(fault->tx_error);
    return error == BTC_BLOCK_SCRIPT ? btc_script_error_name(fault->script_error) : btc_block_error_name(error);
}

/* ---- one block -------------------------------------------------------------------------------------------------- */

static enum btc_block_error read_block(struct judge *judge, struct btc_block *block, struct btc_block_fault *fault,
                                       struct btc_bytes bytes)
{
    lend(&judge->arena, BTC_TX_ARENA_BYTES(bytes.length) + sizeof(struct btc_tx) * bytes.length / 10);
    return btc_block_parse(block, fault, &judge->arena, bytes);
}

static enum btc_block_error connect_block(struct judge *judge, struct btc_undo *undo, struct btc_block_fault *fault,
                                          struct btc_bytes bytes)
{
    struct btc_block block;
    const struct btc_connect_options options = {&judge->tools, UINT32_MAX};
    enum btc_block_error error = read_block(judge, &block, fault, bytes);
    if (error == BTC_BLOCK_OK)
        error = btc_chain_connect(&judge->chain, undo, fault, &block, &options);
    free(judge->arena.memory);
    return error;
}

static void disconnect_block(struct judge *judge, struct btc_undo *undo, struct btc_bytes bytes)
{
    struct btc_block block;
    enum btc_block_error error = read_block(judge, &block, NULL, bytes);
    assert(error == BTC_BLOCK_OK);
    error = btc_chain_disconnect(&judge->chain, &block, undo, &judge->scratch);
    assert(error == BTC_BLOCK_OK);
    btc_undo_release(undo, &judge->allocator);
    free(judge->arena.memory);
}

/* ---- its place -------------------------------------------------------------------------------------------------- */

/* The number of the block before, count if it is not known. */
static uint32_t find_parent(const struct judge *judge, struct btc_bytes bytes)
{
    uint32_t number = judge->count;
    while (number > 0 && memcmp(judge->known[number - 1].hash, bytes.data + 4, 32) != 0)
        number--;
    return number > 0 ? number - 1 : judge->count;
}

static void go_to(struct judge *judge, uint32_t number)
{
    uint32_t path[1000], length = 0;
    while (number != judge->at) {
        struct known *known = &judge->known[number], *tip = &judge->known[judge->at];
        if (known->height > tip->height) {
            assert(length < sizeof path / sizeof path[0]);
            path[length++] = number;
            number = known->parent;
        } else {
            disconnect_block(judge, &tip->undo, tip->bytes);
            judge->at = tip->parent;
        }
    }
    while (length > 0) {
        struct btc_block_fault fault;
        struct known *known = &judge->known[path[--length]];
        enum btc_block_error error = connect_block(judge, &known->undo, &fault, known->bytes);
        assert(error == BTC_BLOCK_OK);
        judge->at = path[length];
    }
}

static void add(struct judge *judge, struct btc_bytes bytes)
{
    struct known *known = &judge->known[judge->count];
    struct btc_header header;
    assert(judge->count < BLOCKS_MAX && bytes.length > BTC_HEADER_BYTES);
    *known = (struct known){.bytes = bytes, .parent = find_parent(judge, bytes)};
    btc_header_read(&header, bytes.data);
    btc_header_hash(known->hash, &header);
    if (judge->count > 0) {
        assert(known->parent < judge->count);
        known->height = judge->known[known->parent].height + 1;
        judge->count++;
        go_to(judge, judge->count - 1);
    } else {
        assert(memcmp(known->hash, judge->chain.tip, 32) == 0);
        judge->count++;
    }
}

static void try_block(struct judge *judge, struct btc_bytes bytes)
{
    uint32_t parent = find_parent(judge, bytes);
    struct btc_undo undo;
    struct btc_block_fault fault = {0};
    uint8_t before[32], after[32];
    if (parent < judge->count)
        go_to(judge, parent);
    btc_utxo_digest(before, &judge->chain.coins);
    enum btc_block_error error = connect_block(judge, &undo, &fault, bytes);
    puts(name_of(error, &fault));
    if (error == BTC_BLOCK_OK)
        disconnect_block(judge, &undo, bytes);
    btc_utxo_digest(after, &judge->chain.coins);
    assert(memcmp(before, after, 32) == 0);
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

/* The whole file; free its data. */
static struct btc_bytes read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert(file != NULL);
    fseek(file, 0, SEEK_END);
    long length = ftell(file);
    uint8_t *bytes = malloc((size_t)length + 1);
    assert(length >= 0 && bytes != NULL);
    rewind(file);
    size_t count = fread(bytes, 1, (size_t)length, file);
    assert(count == (size_t)length);
    fclose(file);
    return btc_bytes(bytes, count);
}

static void each_block(struct judge *judge, struct btc_bytes file, void (*visit)(struct judge *, struct btc_bytes))
{
    struct btc_reader reader;
    btc_reader_init(&reader, file.data, file.length);
    while (btc_reader_left(&reader) > 0) {
        uint32_t magic = btc_read_u32(&reader);
        struct btc_bytes bytes = btc_read_view(&reader, btc_read_u32(&reader));
        assert(reader.error == BTC_READ_OK && magic == 0xdab5bffa);
        visit(judge, bytes);
    }
}

int main(int argc, char **argv)
{
    static struct judge judge;
    if (argc != 3) {
        fputs("usage: judge_file CHAIN BLOCKS\n", stderr);
        return 2;
    }
    struct btc_bytes chain = read_file(argv[1]), blocks = read_file(argv[2]);
    judge_open(&judge);
    each_block(&judge, chain, add);
    each_block(&judge, blocks, try_block);
    judge_close(&judge);
    free((void *)(uintptr_t)chain.data);
    free((void *)(uintptr_t)blocks.data);
    return 0;
}
