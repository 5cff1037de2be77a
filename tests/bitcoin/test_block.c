/* test_block.c: headers, merkle trees, parsing, and each rule that needs no coins broken once.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Source of the constants: Bitcoin's main chain (blocks 0, 170, 100,000) and regtest's first block.
 */
#include "protocol/bitcoin/block.h"
#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/merkle.h"
#include "tests/bitcoin/hex.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

static uint8_t memory[1 << 20];
static struct btc_arena arena;

static int set_up(void **state)
{
    (void)state;
    btc_arena_init(&arena, memory, sizeof memory);
    return 0;
}

static void read_reversed(uint8_t out[32], const char *text)
{
    assert_int_equal(hex_read(out, 32, text), 32);
    btc_txid_reverse(out, out);
}

/* ---- the real chain ---- */

static const struct {
    struct {
        uint32_t version;
        const char *previous, *root;
        uint32_t time, bits, nonce;
    } header;
    const char *hash;
    uint32_t tx_count;
    const char *txids[4];
} REAL_BLOCKS[] = {
    {{1, "0000000000000000000000000000000000000000000000000000000000000000",
      "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b", 1231006505, 0x1d00ffff, 2083236893},
     "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f",
     1,
     {"4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"}},
    {{1, "000000002a22cfee1f2c846adbd12b3e183d4f97683f85dad08a79780a84bd55",
      "7dac2c5666815c17a3b36427de37bb9d2e2c5ccec3f8633eb91a4205cb4c10ff", 1231731025, 0x1d00ffff, 1889418792},
     "00000000d1145790a8694403d4063f323d499e655c83426834d4ce2f8dd4a2ee",
     2,
     {"b1fea52486ce0c62bb442b530a3f0132b826c74e473d1f2c220bfa78111c5082",
      "f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16"}},
    {{1, "000000000002d01c1fccc21636b607dfd930d31d01c3a62104612a1719011250",
      "f3e94742aca4b5ef85488dc37c06c3282295ffec960994b2c0d5ac2a25a95766", 1293623863, 0x1b04864c, 274148111},
     "000000000003ba27aa200b1cecaad478d2b00432346c3f1f3986da1afd33e506",
     4,
     {"8c14f0db3df150123e6f3dbbf30f8b955a8249b62ac1d1ff16284aefa3d06d87",
      "fff2525b8931402dd09222c50775608f75787bd2b87e56995a7bdd30f79702c4",
      "6359f0868171b1d194cbee1af2f16ea598ae8fad666d9b012c8ed2b79a236ec4",
      "e9a66845e05d5abc0ad04ec80f774a7e585c6e8db975962d069a522137b80c1d"}},
};

static void real_headers_have_their_hashes_and_roots(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof REAL_BLOCKS / sizeof *REAL_BLOCKS; i++) {
        struct btc_header header = {REAL_BLOCKS[i].header.version,
                                    {0},
                                    {0},
                                    REAL_BLOCKS[i].header.time,
                                    REAL_BLOCKS[i].header.bits,
                                    REAL_BLOCKS[i].header.nonce},
                          again;
        uint8_t expected[32], hash[32], root[32], bytes[BTC_HEADER_BYTES];
        read_reversed(header.previous, REAL_BLOCKS[i].header.previous);
        read_reversed(header.merkle_root, REAL_BLOCKS[i].header.root);
        read_reversed(expected, REAL_BLOCKS[i].hash);
        btc_header_hash(hash, &header);
        assert_memory_equal(hash, expected, 32);
        assert_true(btc_hash_meets_bits(hash, header.bits));
        assert_false(btc_hash_meets_bits(hash, 0x1a000001));
        btc_header_write(bytes, &header);
        btc_header_read(&again, bytes);
        assert_memory_equal(&again, &header, sizeof header);
        struct btc_merkle merkle;
        btc_merkle_init(&merkle);
        for (uint32_t k = 0; k < REAL_BLOCKS[i].tx_count; k++) {
            uint8_t txid[32];
            read_reversed(txid, REAL_BLOCKS[i].txids[k]);
            btc_merkle_add(&merkle, txid);
        }
        btc_merkle_root(root, &merkle);
        assert_memory_equal(root, header.merkle_root, 32);
        assert_false(merkle.is_mutated);
    }
}

static void the_regtest_genesis_block_is_whole(void **state)
{
    struct btc_block block;
    struct btc_block_fault fault;
    uint8_t hash[32], expected[32], bytes[BTC_GENESIS_BYTES];
    set_up(state);
    assert_int_equal(btc_block_parse(&block, &fault, &arena, btc_bytes(btc_regtest_genesis, BTC_GENESIS_BYTES)),
                     BTC_BLOCK_OK);
    btc_header_hash(hash, &block.header);
    read_reversed(expected, "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206");
    assert_memory_equal(hash, expected, 32);
    assert_int_equal(btc_block_check(&fault, &block, &arena), BTC_BLOCK_OK);
    assert_int_equal(block.txs[0].outputs[0].value_sat, btc_subsidy_sat(&btc_regtest_rules, 0));
    struct btc_writer writer;
    btc_writer_init(&writer, bytes, sizeof bytes);
    btc_block_write(&writer, &block);
    assert_int_equal(writer.length, BTC_GENESIS_BYTES);
    assert_memory_equal(bytes, btc_regtest_genesis, BTC_GENESIS_BYTES);
    assert_int_equal(btc_block_weight_wu(&block), 4 * BTC_GENESIS_BYTES);
}

/* ---- numbers ---- */

static void targets_follow_from_bits(void **state)
{
    (void)state;
    static const struct {
        uint32_t bits;
        const char *target; /* as people read it; NULL: not a target */
    } CASES[] = {
        {0x1d00ffff, "00000000ffff0000000000000000000000000000000000000000000000000000"},
        {0x207fffff, "7fffff0000000000000000000000000000000000000000000000000000000000"},
        {0x1b0404cb, "00000000000404cb000000000000000000000000000000000000000000000000"},
        {0x05009234, "0000000000000000000000000000000000000000000000000000000092340000"},
        {0x02123456, "0000000000000000000000000000000000000000000000000000000000001234"},
        {0x01123456, "0000000000000000000000000000000000000000000000000000000000000012"},
        {0x220000ff, "ff00000000000000000000000000000000000000000000000000000000000000"},
        {0x2200ffff, NULL}, /* too large */
        {0xff123456, NULL},
        {0x04923456, NULL}, /* negative */
        {0x00123456, NULL}, /* zero */
        {0x1d000000, NULL},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        uint8_t target[32], expected[32];
        assert_int_equal(btc_target_from_bits(target, CASES[i].bits), CASES[i].target != NULL);
        if (CASES[i].target == NULL)
            continue;
        read_reversed(expected, CASES[i].target);
        assert_memory_equal(target, expected, 32);
        assert_true(btc_hash_meets_bits(target, CASES[i].bits)); /* the target itself is low enough */
    }
}

static void subsidies_halve_every_150_blocks(void **state)
{
    (void)state;
    assert_int_equal(btc_subsidy_sat(&btc_regtest_rules, 0), 5000000000);
    assert_int_equal(btc_subsidy_sat(&btc_regtest_rules, 149), 5000000000);
    assert_int_equal(btc_subsidy_sat(&btc_regtest_rules, 150), 2500000000);
    assert_int_equal(btc_subsidy_sat(&btc_regtest_rules, 150 * 32), 1);
    assert_int_equal(btc_subsidy_sat(&btc_regtest_rules, 150 * 33), 0);
    assert_int_equal(btc_subsidy_sat(&btc_regtest_rules, UINT32_MAX), 0);
    const struct btc_chain_rules mainnet = {210000, BTC_MAINNET_MAX_BITS};
    int64_t sum_sat = 0;
    for (uint32_t halving = 0; halving < 34; halving++)
        sum_sat += 210000 * btc_subsidy_sat(&mainnet, halving * 210000);
    assert_int_equal(sum_sat, INT64_C(2099999997690000)); /* the known total */
}

static void the_median_of_eleven_times_moves_and_moves_back(void **state)
{
    (void)state;
    struct btc_recent_times recent = {0}, states[40];
    uint32_t oldest[40], seed = 5;
    assert_int_equal(btc_median_time(&recent), 0);
    for (uint32_t i = 0; i < 40; i++) {
        states[i] = recent;
        seed = seed * 1664525 + 1013904223;
        uint32_t time = 1000 + (seed >> 20);
        oldest[i] = btc_recent_times_push(&recent, time);
        uint32_t below = 0, equal = 0, median = btc_median_time(&recent);
        for (uint32_t k = 0; k < recent.count; k++) {
            below += recent.times[k] < median;
            equal += recent.times[k] == median;
        }
        assert_true(below <= recent.count / 2 && below + equal > recent.count / 2);
    }
    for (uint32_t i = 40; i > 0; i--) {
        btc_recent_times_pop(&recent, oldest[i - 1], states[i - 1].count);
        assert_memory_equal(&recent, &states[i - 1], sizeof recent);
    }
}

/* The root by levels, as the definition has it. */
static void slow_root(uint8_t root[32], uint8_t (*nodes)[32], uint32_t count)
{
    for (; count > 1; count = (count + 1) / 2)
        for (uint32_t i = 0; i < (count + 1) / 2; i++)
            btc_sha256d_pair(nodes[i], nodes[2 * i], nodes[2 * i + 1 < count ? 2 * i + 1 : 2 * i]);
    memcpy(root, nodes[0], 32);
}

static void make_leaves(uint8_t (*leaves)[32], uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        btc_sha256(leaves[i], &i, sizeof i);
}

static bool merkle_of(uint8_t root[32], uint8_t (*leaves)[32], uint32_t count)
{
    struct btc_merkle merkle;
    btc_merkle_init(&merkle);
    for (uint32_t i = 0; i < count; i++)
        btc_merkle_add(&merkle, leaves[i]);
    btc_merkle_root(root, &merkle);
    return merkle.is_mutated;
}

static void merkle_roots_of_all_sizes_are_right(void **state)
{
    (void)state;
    static uint8_t leaves[200][32], nodes[200][32];
    make_leaves(leaves, 200);
    for (uint32_t count = 1; count <= 200; count++) {
        uint8_t fast[32], slow[32];
        assert_false(merkle_of(fast, leaves, count));
        memcpy(nodes, leaves, sizeof nodes);
        slow_root(slow, nodes, count);
        assert_memory_equal(fast, slow, 32);
    }
}

static void repeated_tails_are_noticed(void **state)
{
    (void)state;
    static uint8_t leaves[64][32];
    unsigned forged = 0;
    for (uint32_t count = 1; count <= 32; count++) {
        for (uint32_t tail = 1; tail <= count; tail++) {
            uint8_t original[32], found[32];
            make_leaves(leaves, count);
            merkle_of(original, leaves, count);
            memcpy(leaves[count], leaves[count - tail], tail * sizeof *leaves);
            bool is_mutated = merkle_of(found, leaves, count + tail);
            if (memcmp(original, found, 32) == 0) {
                assert_true(is_mutated); /* the same root from a longer list: must never pass */
                forged++;
            }
        }
    }
    assert_int_equal(forged, 26); /* every count but the powers of two has one such tail */
}

/* ---- parsing ---- */

static void torn_blocks_are_refused_by_name(void **state)
{
    uint8_t bytes[BTC_GENESIS_BYTES + 1];
    struct btc_block block;
    struct btc_block_fault fault;
    memcpy(bytes, btc_regtest_genesis, BTC_GENESIS_BYTES);
    bytes[BTC_GENESIS_BYTES] = 0;
    for (size_t length = 0; length <= sizeof bytes; length++) {
        set_up(state);
        enum btc_block_error error = btc_block_parse(&block, &fault, &arena, btc_bytes(bytes, length));
        if (length < BTC_HEADER_BYTES + 1)
            assert_int_equal(error, BTC_BLOCK_SHORT);
        else if (length < BTC_HEADER_BYTES + 10)
            assert_int_equal(error, BTC_BLOCK_TOO_MANY); /* not even the shortest transaction fits */
        else if (length < BTC_GENESIS_BYTES)
            assert_true(error == BTC_BLOCK_TX && fault.tx == 0);
        else
            assert_int_equal(error, length == BTC_GENESIS_BYTES ? BTC_BLOCK_OK : BTC_BLOCK_TRAILING);
        assert_true(error == BTC_BLOCK_OK || arena.used == 0);
    }
    static const uint8_t LONG_ONE[] = {0xfd, 0x01, 0x00};
    memcpy(bytes + BTC_HEADER_BYTES, LONG_ONE, sizeof LONG_ONE);
    assert_int_equal(btc_block_parse(&block, NULL, &arena, btc_bytes(bytes, sizeof bytes)), BTC_BLOCK_NONMINIMAL);
    struct btc_arena small;
    btc_arena_init(&small, memory, 100);
    assert_int_equal(btc_block_parse(&block, NULL, &small, btc_bytes(btc_regtest_genesis, BTC_GENESIS_BYTES)),
                     BTC_BLOCK_NO_MEMORY);
    assert_int_equal(small.used, 0);
}

static void every_error_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i < BTC_BLOCK_ERROR_COUNT; i++) {
        assert_non_null(btc_block_error_name(i));
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(btc_block_error_name(i), btc_block_error_name(k));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_headers_have_their_hashes_and_roots),
        cmocka_unit_test(the_regtest_genesis_block_is_whole),
        cmocka_unit_test(targets_follow_from_bits),
        cmocka_unit_test(subsidies_halve_every_150_blocks),
        cmocka_unit_test(the_median_of_eleven_times_moves_and_moves_back),
        cmocka_unit_test(merkle_roots_of_all_sizes_are_right),
        cmocka_unit_test(repeated_tails_are_noticed),
        cmocka_unit_test(torn_blocks_are_refused_by_name),
        cmocka_unit_test(every_error_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
