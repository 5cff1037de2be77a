/* test_memory_out.c: the n-th allocation fails, for every n: a named error, and nothing has changed.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each act is tried with one more allocation granted than before until it succeeds. With KONSENTO_HARD every coin,
 * entry and script is an allocation of its own, so there are many more places to fail. That all memory comes back is
 * asserted when the chain is freed.
 */
#include "protocol/bitcoin/hash.h"
#include "tests/bitcoin/purse.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

#ifdef KONSENTO_HARD
#define SEVERAL 2
#else
#define SEVERAL 1
#endif

static struct counting_allocator *allocator_of(const struct purse *purse)
{
    return &purse->bench->regtest->allocator;
}

/* ---- transactions and blocks: the arena is what runs out ---- */

static void a_transaction_is_read_whole_or_not_at_all(void **state)
{
    struct purse *purse = *state;
    static uint8_t bytes[4096], memory[4096];
    struct btc_writer writer;
    RECEIVE(purse, 50000, 50000, 50000);
    struct btc_wallet_payment made;
    assert_int_equal(make(purse, &made, plan_payment(purse, 120000)), BTC_WALLET_OK);
    btc_writer_init(&writer, bytes, sizeof bytes);
    btc_tx_write(&writer, &made.tx, BTC_TX_WITNESS);
    const struct btc_tx untouched = {.version = 77};
    unsigned refused = 0;
    enum btc_tx_error error = BTC_TX_NO_MEMORY;
    for (size_t capacity = 0; error != BTC_TX_OK; capacity++) {
        struct btc_arena arena;
        struct btc_tx tx = untouched;
        btc_arena_init(&arena, memory, capacity);
        error = btc_tx_parse(&tx, &arena, btc_writer_view(&writer));
        assert_true(capacity < sizeof memory && (error == BTC_TX_OK || error == BTC_TX_NO_MEMORY));
        if (error == BTC_TX_OK)
            break;
        assert_int_equal(arena.used, 0);
        assert_memory_equal(&tx, &untouched, sizeof tx);
        assert_int_equal(btc_tx_copy(&tx, &arena, &made.tx), BTC_TX_NO_MEMORY);
        assert_int_equal(arena.used, 0);
        refused++;
    }
    assert_true(refused > 200); /* three inputs, two outputs, six items */
}

static void a_block_is_read_whole_or_not_at_all(void **state)
{
    struct purse *purse = *state;
    static uint8_t bytes[8192], memory[8192];
    struct btc_writer writer;
    RECEIVE(purse, 50000, 60000);
    const struct regtest *regtest = purse->bench->regtest;
    btc_writer_init(&writer, bytes, sizeof bytes);
    btc_block_write(&writer, &regtest->blocks[regtest->chain.height].block);
    enum btc_block_error error = BTC_BLOCK_NO_MEMORY;
    for (size_t capacity = 0; error != BTC_BLOCK_OK; capacity += 8) {
        struct btc_arena arena;
        struct btc_block block;
        struct btc_block_fault fault;
        assert_true(capacity <= sizeof memory);
        btc_arena_init(&arena, memory, capacity);
        error = btc_block_parse(&block, &fault, &arena, btc_writer_view(&writer));
        assert_true(error == BTC_BLOCK_OK || (error == BTC_BLOCK_NO_MEMORY && arena.used == 0));
    }
}

/* ---- coins ---- */

static void a_coin_is_added_or_not(void **state)
{
    struct purse *purse = *state;
    struct counting_allocator *allocator = allocator_of(purse);
    static const uint8_t script[100] = {0x51};
    struct btc_utxo set;
    btc_utxo_init(&set, &allocator->base, (struct btc_salt){{8, 9}});
    unsigned refused = 0;
    for (uint32_t i = 0; i < 40; i++) {
        const struct btc_coin coin = {.outpoint = {{7}, i}, .output = {i, btc_bytes(script, 20 + i * 2)}};
        bool added = false;
        for (int64_t granted = 0; !added; granted++) {
            uint8_t before[32], after[32];
            size_t out_bytes = allocator->out_bytes;
            btc_utxo_digest(before, &set);
            allocator->fail_after = granted;
            added = btc_utxo_add(&set, &coin);
            allocator->fail_after = -1;
            btc_utxo_digest(after, &set);
            refused += !added;
            assert_int_equal(memcmp(before, after, 32) != 0, added);
            assert_int_equal(btc_utxo_count(&set), i + added);
            assert_true(allocator->out_bytes >= out_bytes);
        }
    }
    assert_true(refused >= 20 * SEVERAL);
    btc_utxo_close(&set);
}

/* ---- the mempool ---- */

static void add_to_digest(void *context, const struct btc_mempool_info *info)
{
    btc_sha256_update(context, info->txid, 32);
    btc_sha256_update(context, &info->fee_sat, sizeof info->fee_sat);
    btc_sha256_update(context, &info->ancestor_fee_sat, sizeof info->ancestor_fee_sat);
    btc_sha256_update(context, &info->descendant_fee_sat, sizeof info->descendant_fee_sat);
}

static void pool_digest(uint8_t digest[32], struct bench *bench)
{
    struct btc_sha256_state state;
    btc_mempool_audit(&bench->pool);
    btc_sha256_init(&state);
    btc_sha256_update(&state, &bench->pool.vbytes, sizeof bench->pool.vbytes);
    btc_mempool_visit(&bench->pool, add_to_digest, &state);
    btc_sha256_final(&state, digest);
}

/* Offers until there is memory. Returns how often there was none. */
static unsigned offer_until_taken(struct bench *bench, const struct btc_tx *tx)
{
    struct counting_allocator *allocator = &bench->regtest->allocator;
    for (unsigned granted = 0;; granted++) {
        uint8_t before[32], after[32];
        unsigned added = bench->events[BTC_MEMPOOL_ADDED], replaced = bench->events[BTC_MEMPOOL_REPLACED];
        pool_digest(before, bench);
        allocator->fail_after = granted;
        struct btc_mempool_verdict verdict = offer(bench, tx);
        allocator->fail_after = -1;
        if (verdict.error == BTC_MEMPOOL_OK)
            return granted;
        assert_string_equal(btc_mempool_error_name(verdict.error), btc_mempool_error_name(BTC_MEMPOOL_NO_MEMORY));
        pool_digest(after, bench);
        assert_memory_equal(before, after, 32);
        assert_int_equal(bench->events[BTC_MEMPOOL_ADDED], added);
        assert_int_equal(bench->events[BTC_MEMPOOL_REPLACED], replaced);
    }
}

static void the_mempool_takes_a_transaction_or_stays_as_it_was(void **state)
{
    struct purse *purse = *state;
    struct bench *bench = purse->bench;
    struct btc_tx *first = pay_rbf(bench, 0, 1000), *child = child_of(bench, first, 2000);
    unsigned refused = offer_until_taken(bench, first);
    assert_true(refused >= 3); /* entries, spends, tables, lists, the copy */
    refused += offer_until_taken(bench, child);
    refused += offer_until_taken(bench, pay_rbf(bench, 0, 50000)); /* replaces both */
    assert_int_equal(btc_mempool_count(&bench->pool), 1);
    for (uint32_t coin = 1; coin < 20; coin++)
        refused += offer_until_taken(bench, spread(bench, bench->coins[coin], EACH, BTC_SEQUENCE_FINAL, 5000, 3));
    print_message("%u times there was no memory\n", refused);
    assert_true(refused >= 25 * SEVERAL);
}

static void a_block_taken_back_without_memory_leaves_a_sound_pool(void **state)
{
    struct purse *purse = *state;
    struct bench *bench = purse->bench;
    struct regtest *regtest = bench->regtest;
    bool complete = false;
    for (int64_t granted = 0; !complete; granted++) {
        const struct btc_tx *txs[2] = {pay(bench, 0, 1000 + granted), pay(bench, 1, 1000 + granted)};
        regtest_mine(regtest, txs, 2, 2000);
        struct btc_block block = regtest->blocks[regtest->chain.height].block;
        btc_mempool_connect(&bench->pool, &block, NOW);
        assert_int_equal(btc_mempool_count(&bench->pool), 0);
        btc_mempool_close(&bench->pool); /* with what it kept for later */
        open_pool(bench, BTC_POLICY_2018);
        regtest_disconnect(regtest);
        regtest->allocator.fail_after = granted;
        complete = btc_mempool_disconnect(&bench->pool, &block, &regtest->tools, NOW);
        regtest->allocator.fail_after = -1;
        btc_mempool_audit(&bench->pool);
        assert_true(btc_mempool_count(&bench->pool) <= 2);
        assert_int_equal(btc_mempool_count(&bench->pool) == 2, complete);
    }
}

/* ---- the wallet ---- */

static void a_wallet_is_made_or_not(void **state)
{
    struct purse *purse = *state;
    struct counting_allocator *allocator = allocator_of(purse);
    struct btc_wallet wallet;
    size_t out_bytes = allocator->out_bytes;
    unsigned refused = 0;
    for (bool made = false; !made; refused += !made) {
        allocator->fail_after = refused;
        made = btc_wallet_init(&wallet, &purse->bench->regtest->curve, purse_setup(purse->bench));
        allocator->fail_after = -1;
        if (!made)
            assert_int_equal(allocator->out_bytes, out_bytes);
    }
    assert_true(refused >= 1);
    btc_wallet_close(&wallet);
    assert_int_equal(allocator->out_bytes, out_bytes);
}

static void a_script_that_could_not_be_given_out_is_the_next(void **state)
{
    struct purse *purse = *state;
    struct counting_allocator *allocator = allocator_of(purse);
    struct btc_wallet other;
    assert_true(btc_wallet_init(&other, &purse->bench->regtest->curve, purse_setup(purse->bench)));
    for (unsigned i = 0; i < 30; i++) {
        uint8_t script[BTC_P2WPKH_BYTES], expected[BTC_P2WPKH_BYTES];
        assert_true(btc_wallet_new_script(&other, expected));
        bool given = false;
        for (int64_t granted = 0; !given; granted++) {
            uint32_t next = purse->wallet.next_index[0];
            allocator->fail_after = granted;
            given = btc_wallet_new_script(&purse->wallet, script);
            allocator->fail_after = -1;
            assert_int_equal(purse->wallet.next_index[0], next + given);
        }
        assert_memory_equal(script, expected, BTC_P2WPKH_BYTES);
    }
    btc_wallet_close(&other);
}

/* What was shown halfway is completed by showing it again. */
static void a_payment_shown_again_completes_what_memory_cut_short(void **state)
{
    struct purse *purse = *state;
    struct counting_allocator *allocator = allocator_of(purse);
    RECEIVE(purse, 100000, 50000);
    struct btc_wallet_payment made;
    struct btc_wallet_plan *plan = plan_payment(purse, 120000);
    plan->source = BTC_WALLET_OWN_CHANGE;
    assert_int_equal(make(purse, &made, plan), BTC_WALLET_OK);
    bool seen = false;
    for (int64_t granted = 0; !seen; granted++) {
        allocator->fail_after = granted;
        seen = btc_wallet_see(&purse->wallet, &made.tx, BTC_WALLET_UNCONFIRMED);
        allocator->fail_after = -1;
    }
    assert_balance(purse, 0, 150000 - 120000 - made.fee_sat);
    btc_wallet_forget(&purse->wallet, made.txid);
    assert_balance(purse, 150000, 0);
}

/* Pays with arena or scratch cut to ever more bytes. */
static unsigned pay_until_there_is_room(struct purse *purse, bool cut_scratch)
{
    static uint8_t memory[1 << 14];
    struct regtest *regtest = purse->bench->regtest;
    struct btc_wallet_plan *plan = plan_payment(purse, 120000);
    for (unsigned refused = 0;; refused++) {
        struct btc_arena small;
        struct btc_wallet_payment made;
        assert_true(refused * 16u <= sizeof memory);
        btc_arena_init(&small, memory, refused * (size_t)16);
        enum btc_wallet_error error = btc_wallet_pay(&made, &purse->wallet, cut_scratch ? &regtest->arena : &small,
                                                     cut_scratch ? &small : &regtest->scratch, plan);
        if (error == BTC_WALLET_OK)
            return refused;
        assert_int_equal(error, BTC_WALLET_NO_MEMORY);
        assert_int_equal(small.used, 0);
        assert_int_equal(regtest->scratch.used, 0);
        assert_balance(purse, 150000, 0);
    }
}

static void a_payment_is_built_whole_or_not_at_all(void **state)
{
    struct purse *purse = *state;
    RECEIVE(purse, 100000, 50000);
    assert_true(pay_until_there_is_room(purse, false) > 20);
    assert_true(pay_until_there_is_room(purse, true) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, purse_set_up, purse_tear_down)
        TEST(a_transaction_is_read_whole_or_not_at_all),
        TEST(a_block_is_read_whole_or_not_at_all),
        TEST(a_coin_is_added_or_not),
        TEST(the_mempool_takes_a_transaction_or_stays_as_it_was),
        TEST(a_block_taken_back_without_memory_leaves_a_sound_pool),
        TEST(a_wallet_is_made_or_not),
        TEST(a_script_that_could_not_be_given_out_is_the_next),
        TEST(a_payment_shown_again_completes_what_memory_cut_short),
        TEST(a_payment_is_built_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
