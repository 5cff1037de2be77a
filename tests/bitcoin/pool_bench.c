/* pool_bench.c: a mempool over a regtest chain, and payments to put into it, for tests.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/bitcoin/pool_bench.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

static void count_event(void *context, const struct btc_mempool_notice *notice)
{
    struct bench *bench = context;
    bench->events[notice->event]++;
    memcpy(bench->last_txid, notice->txid, 32);
    bench->last_other = notice->other;
}

void open_pool(struct bench *bench, enum btc_policy_era era)
{
    btc_mempool_init(&bench->pool, &bench->regtest->chain, btc_policy_of_era(era), &bench->regtest->allocator.base,
                     (struct btc_salt){{3, 4}});
    bench->pool.listener = count_event;
    bench->pool.listener_context = bench;
}

int bench_set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    struct regtest *regtest = bench->regtest = regtest_new();
    regtest_mine_empty(regtest, 101);
    const struct btc_outpoint coinbase = regtest_coinbase(regtest, 1);
    int64_t value_sat = FIRST, outputs_sat[SPLIT];
    for (uint32_t i = 0; i < SPLIT; i++)
        outputs_sat[i] = EACH;
    const struct btc_tx *split = regtest_spend(regtest, &(struct regtest_spend){.inputs = &coinbase,
                                                                                .values_sat = &value_sat,
                                                                                .input_count = 1,
                                                                                .sequence = BTC_SEQUENCE_FINAL,
                                                                                .outputs_sat = outputs_sat,
                                                                                .output_count = SPLIT});
    regtest_mine(regtest, &split, 1, 0);
    for (uint32_t i = 0; i < SPLIT; i++)
        bench->coins[i] = regtest_outpoint(split, i);
    open_pool(bench, BTC_POLICY_2018);
    *state = bench;
    return 0;
}

int bench_tear_down(void **state)
{
    struct bench *bench = *state;
    btc_mempool_audit(&bench->pool);
    btc_mempool_close(&bench->pool);
    regtest_free(bench->regtest);
    free(bench);
    return 0;
}

struct btc_tx *spread(struct bench *bench, struct btc_outpoint outpoint, int64_t value_sat, uint32_t sequence,
                      int64_t fee_sat, uint32_t count)
{
    int64_t outputs_sat[64];
    for (uint32_t i = 0; i < count; i++)
        outputs_sat[i] = (value_sat - fee_sat) / count;
    outputs_sat[0] += (value_sat - fee_sat) % count;
    return regtest_spend(bench->regtest, &(struct regtest_spend){.inputs = &outpoint,
                                                                 .values_sat = &value_sat,
                                                                 .input_count = 1,
                                                                 .sequence = sequence,
                                                                 .outputs_sat = outputs_sat,
                                                                 .output_count = count});
}

struct btc_tx *pay(struct bench *bench, uint32_t coin, int64_t fee_sat)
{
    return spread(bench, bench->coins[coin], EACH, BTC_SEQUENCE_FINAL, fee_sat, 1);
}

struct btc_tx *pay_rbf(struct bench *bench, uint32_t coin, int64_t fee_sat)
{
    return spread(bench, bench->coins[coin], EACH, RBF, fee_sat, 1);
}

struct btc_tx *child_of(struct bench *bench, const struct btc_tx *parent, int64_t fee_sat)
{
    return spread(bench, regtest_outpoint(parent, 0), parent->outputs[0].value_sat, BTC_SEQUENCE_FINAL, fee_sat, 1);
}

struct btc_mempool_verdict offer(struct bench *bench, const struct btc_tx *tx)
{
    struct btc_mempool_verdict verdict = btc_mempool_accept(&bench->pool, tx, &bench->regtest->tools, NOW);
    assert_int_equal(bench->regtest->scratch.used, 0);
    btc_mempool_audit(&bench->pool);
    return verdict;
}

void assert_offer(struct bench *bench, const struct btc_tx *tx, enum btc_mempool_error error)
{
    uint32_t count = btc_mempool_count(&bench->pool);
    assert_string_equal(btc_mempool_error_name(offer(bench, tx).error), btc_mempool_error_name(error));
    if (error != BTC_MEMPOOL_OK && error != BTC_MEMPOOL_FULL)
        assert_int_equal(btc_mempool_count(&bench->pool), count);
}

bool is_in(const struct bench *bench, const struct btc_tx *tx)
{
    uint8_t txid[32];
    struct btc_mempool_info info;
    btc_txid(txid, tx);
    return btc_mempool_get(&info, &bench->pool, txid);
}

void resign(struct bench *bench, struct btc_tx *tx)
{
    const int64_t value_sat = EACH;
    regtest_sign(bench->regtest, tx, &value_sat);
}
