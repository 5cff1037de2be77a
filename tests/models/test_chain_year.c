/* test_chain_year.c: a year of blocks with own transactions, its cost, and a second judge of every byte.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/era.h"
#include "models/chain/room.h"
#include "tests/models/chain_lab.h"
#include "tests/models/near.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- a file of blocks, and a chain that trusts nobody ---------------------------------------------------------- */

struct file {
    uint8_t *bytes;
    size_t length, capacity;
};

static void append(void *context, const uint8_t *bytes, size_t length)
{
    struct file *file = context;
    if (file->length + length > file->capacity) {
        file->capacity = 2 * (file->length + length);
        file->bytes = realloc(file->bytes, file->capacity);
        assert_non_null(file->bytes);
    }
    memcpy(file->bytes + file->length, bytes, length);
    file->length += length;
}

struct judged_block {
    struct btc_bytes bytes;
    uint8_t hash[32];
    uint32_t parent;
    uint32_t height;
    struct btc_undo undo;
};

/* Reads blocks in their order in the file and connects each where it belongs, with real ECDSA for every signature. */
struct judge {
    struct btc_chain chain;
    struct btc_curve curve;
    struct btc_script_space space;
    struct btc_arena arena, scratch;
    struct btc_judge_tools tools;
    struct judged_block *blocks;
    uint32_t count, at;
    uint32_t taken_back;
    uint64_t txs;
};

static void judge_open(struct judge *judge, size_t most_blocks)
{
    *judge = (struct judge){.blocks = calloc(most_blocks, sizeof *judge->blocks)};
    assert_non_null(judge->blocks);
    btc_curve_init(&judge->curve);
    btc_chain_init_regtest(&judge->chain, &room_allocator, (struct btc_salt){{9, 9}});
    assert_true(room_reserve(&judge->scratch, 16u << 20));
    judge->tools = (struct btc_judge_tools){.curve = &judge->curve, .space = &judge->space, .scratch = &judge->scratch};
}

static void judge_close(struct judge *judge)
{
    for (uint32_t i = 0; i < judge->count; i++)
        btc_undo_release(&judge->blocks[i].undo, &room_allocator);
    btc_chain_close(&judge->chain);
    room_free(&judge->arena);
    room_free(&judge->scratch);
    free(judge->blocks);
}

static struct btc_block read_block(struct judge *judge, struct btc_bytes bytes)
{
    struct btc_block block;
    assert_true(room_reserve(&judge->arena, 20 * bytes.length + 4096));
    assert_int_equal(btc_block_parse(&block, NULL, &judge->arena, bytes), BTC_BLOCK_OK);
    return block;
}

static void connect_block(struct judge *judge, uint32_t number)
{
    struct judged_block *judged = &judge->blocks[number];
    struct btc_block block = read_block(judge, judged->bytes);
    struct btc_block_fault fault;
    const struct btc_connect_options options = {&judge->tools, UINT32_MAX};
    enum btc_block_error error = btc_chain_connect(&judge->chain, &judged->undo, &fault, &block, &options);
    if (error != BTC_BLOCK_OK)
        fail_msg("block %u: %s", number, btc_block_error_name(error));
    judge->at = number;
}

static void disconnect_block(struct judge *judge)
{
    struct judged_block *judged = &judge->blocks[judge->at];
    struct btc_block block = read_block(judge, judged->bytes);
    assert_int_equal(btc_chain_disconnect(&judge->chain, &block, &judged->undo, &judge->scratch), BTC_BLOCK_OK);
    btc_undo_release(&judged->undo, &room_allocator);
    judge->at = judged->parent;
    judge->taken_back++;
}

static void go_to(struct judge *judge, uint32_t number)
{
    uint32_t path[256], length = 0;
    uint32_t fork = number;
    while (judge->blocks[fork].height > judge->blocks[judge->at].height) {
        path[length++] = fork;
        fork = judge->blocks[fork].parent;
    }
    while (judge->at != fork) {
        if (judge->blocks[fork].height == judge->blocks[judge->at].height) {
            path[length++] = fork;
            fork = judge->blocks[fork].parent;
        }
        disconnect_block(judge);
    }
    assert_true(length < 256);
    while (length > 0)
        connect_block(judge, path[--length]);
}

/* Takes the next block of the file. */
static void judge_next(struct judge *judge, struct btc_bytes bytes)
{
    struct btc_block block = read_block(judge, bytes);
    uint32_t number = judge->count, parent = number;
    struct judged_block *judged = &judge->blocks[number];
    judged->bytes = bytes;
    btc_header_hash(judged->hash, &block.header);
    judge->count++;
    judge->txs += block.tx_count - 1;
    if (number == 0) {
        assert_memory_equal(judged->hash, judge->chain.tip, 32);
        return;
    }
    do
        assert_true(parent-- > 0);
    while (memcmp(judge->blocks[parent].hash, block.header.previous, 32) != 0);
    judged->parent = parent;
    judged->height = judge->blocks[parent].height + 1;
    go_to(judge, parent);
    connect_block(judge, number);
}

static void judge_file(struct judge *judge, const struct file *file)
{
    struct btc_reader reader;
    btc_reader_init(&reader, file->bytes, file->length);
    while (btc_reader_left(&reader) > 0) {
        assert_int_equal(btc_read_u32(&reader), 0xdab5bffa); /* fa bf b5 da */
        uint32_t length = btc_read_u32(&reader);
        struct btc_bytes bytes = btc_read_view(&reader, length);
        assert_int_equal(reader.error, BTC_READ_OK);
        judge_next(judge, bytes);
    }
}

/* The export of a run is accepted block by block, and ends with the same coins on the operator's branch. */
static void judge_run(struct lab *lab, uint32_t least_taken_back)
{
    struct file file = {NULL, 0, 0};
    struct judge *judge = malloc(sizeof *judge);
    struct chain_tally tally;
    uint8_t ours[32], theirs[32];
    assert_non_null(judge);
    chain_export(lab->chain, append, &file);
    chain_tally(&tally, lab->chain);
    assert_int_equal(file.length,
                     tally.bytes + 8 * (tally.blocks + chain_height(lab->chain) + 1 - (tally.blocks - tally.stale)));
    judge_open(judge, file.length / 200 + 2);
    judge_file(judge, &file);
    const struct btc_chain *coins = chain_coins(lab->chain);
    uint32_t tip = 0;
    while (memcmp(judge->blocks[tip].hash, coins->tip, 32) != 0)
        assert_true(++tip < judge->count);
    go_to(judge, tip);
    btc_utxo_digest(ours, &coins->coins);
    btc_utxo_digest(theirs, &judge->chain.coins);
    assert_memory_equal(ours, theirs, 32);
    assert_true(judge->taken_back >= least_taken_back);
    print_message("%u blocks and %u transactions judged anew, %u blocks taken back on the way, %zu bytes\n",
                  judge->count, (unsigned)judge->txs, judge->taken_back, file.length);
    judge_close(judge);
    free(judge);
    free(file.bytes);
}

/* ---- tests ----------------------------------------------------------------------------------------------------- */

static double cpu_s(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void a_year_with_ten_thousand_payments_is_quick_and_valid(void **state)
{
    (void)state;
    enum { PAYMENTS = 10000, BLOCKS = 52560, COINS = 100 };
    struct lab lab;
    struct chain_tally tally;
    lab_init(&lab);
    chain_config_init(&lab.config, CHAIN_ERA_2018_03);
    lab.config.growth_per_period_ppm = 0;
    lab.config.keep = CHAIN_KEEP_ALL;
    double begun_s = cpu_s();
    lab_begin(&lab, 1, COINS);
    struct lab_payment payment = lab_payment();
    payment.value_sat = 3000;
    for (int i = 0; i < PAYMENTS; i++) {
        lab_run(&lab, (int64_t)BLOCKS * 600 * SECOND_US / PAYMENTS * i);
        payment.rate_sat_per_kwu = 2500 + 250 * (uint32_t)(i % 40);
        lab_pay(&lab, &payment);
    }
    do {
        lab_run(&lab, sim_now_us(lab.sim) + HOUR_US);
        chain_tally(&tally, lab.chain);
    } while (tally.blocks < BLOCKS);
    double took_s = cpu_s() - begun_s;
    unsigned mined = 0;
    for (uint32_t i = 0; i < chain_tx_count(lab.chain); i++)
        mined += chain_tx(lab.chain, i)->state == CHAIN_TX_MINED;
    print_message("%u blocks, %u own transactions, %u mined: %.2f CPU s (limit 60); %u signatures judged, %u events\n",
                  (unsigned)tally.blocks, PAYMENTS, mined, took_s, (unsigned)tally.signatures,
                  (unsigned)sim_event_count(lab.sim));
    assert_true(took_s < 60.0);
    assert_true(mined >= PAYMENTS * 99 / 100);
    judge_run(&lab, 20);
    lab_close(&lab);
}

static void another_judge_follows_every_branch(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab);
    lab.config.block_target_us = MINUTE_US;
    lab.config.block_delay_us = 10 * SECOND_US;
    lab.config.keep = CHAIN_KEEP_ALL;
    lab.config.attacker_share_ppm = 450000;
    for (uint32_t i = 0; i < 6; i++)
        lab.config.reorgs[i] = (struct chain_reorg){.at_us = (10 + i) * HOUR_US,
                                                    .depth_blocks = 1 + 9 * i,
                                                    .content = i % 2 == 0 ? CHAIN_REORG_SAME : CHAIN_REORG_EMPTY};
    lab.config.reorg_count = 6;
    lab_begin(&lab, 2, 60);
    struct lab_payment payment = lab_payment();
    for (uint32_t i = 0; i < 60; i++) {
        payment.required = NULL;
        payment.origin = CHAIN_GOSSIP;
        lab_pay(&lab, &payment);
        if (i % 6 == 0 && !chain_is_attacked(lab.chain))
            chain_attack(lab.chain,
                         &(struct chain_attack){
                             .rival = CHAIN_NONE, .premine_blocks = 1, .confirmations = 3, .give_up_blocks = 4});
        lab_run(&lab, sim_now_us(lab.sim) + 20 * MINUTE_US);
    }
    judge_run(&lab, 60);
    lab_close(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_year_with_ten_thousand_payments_is_quick_and_valid),
        cmocka_unit_test(another_judge_follows_every_branch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
