/* test_chain_property.c: random chains with reorganisations: money is conserved, and going back is exact.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * After every block: the coins are worth the subsidies that could be claimed, less what miners left and what was burnt.
 * After every step back: the digest of the set is the one that was noted when the chain stood there first.
 */
#include "tests/bitcoin/regtest.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <string.h>

#define MAX_COINS  64
#define MAX_TXS    8
#define MAX_HEIGHT 460 /* three halvings */

struct world {
    struct regtest *regtest;
    uint64_t seed;
    int64_t lost_sat[MAX_HEIGHT + 1]; /* by the block of each height: left by the miner or burnt */
    uint8_t digests[MAX_HEIGHT + 1][32];
    struct btc_recent_times recents[MAX_HEIGHT + 1];
};

static uint32_t draw(struct world *world, uint32_t below)
{
    world->seed = world->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((world->seed >> 33) % below);
}

struct found {
    struct world *world;
    uint32_t count;
    struct btc_outpoint outpoints[MAX_COINS];
    int64_t values_sat[MAX_COINS];
};

static int order_outpoints(const struct btc_outpoint *a, const struct btc_outpoint *b)
{
    int order = memcmp(a->txid, b->txid, 32);
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

/* Keeps the MAX_COINS smallest outpoints that can be spent, in order: the set itself has none. */
static void keep_coin(void *context, const struct btc_coin *coin)
{
    struct found *found = context;
    const struct regtest *regtest = found->world->regtest;
    bool is_young = coin->origin == BTC_COIN_COINBASE && regtest->chain.height + 1 - coin->age.height < 100;
    if (is_young || !btc_bytes_equal(coin->output.script, btc_bytes(regtest->script, sizeof regtest->script)))
        return;
    uint32_t at = found->count < MAX_COINS ? found->count : MAX_COINS - 1;
    if (found->count == MAX_COINS && order_outpoints(&coin->outpoint, &found->outpoints[at]) > 0)
        return;
    for (; at > 0 && order_outpoints(&coin->outpoint, &found->outpoints[at - 1]) < 0; at--) {
        found->outpoints[at] = found->outpoints[at - 1];
        found->values_sat[at] = found->values_sat[at - 1];
    }
    found->outpoints[at] = coin->outpoint;
    found->values_sat[at] = coin->output.value_sat;
    found->count += found->count < MAX_COINS;
}

/* Spends one or two of the coins into up to three outputs; some are spent again in the same block. Returns the fee. */
static int64_t make_tx(struct world *world, struct found *found, const struct btc_tx **tx, int64_t *burnt_sat)
{
    uint32_t inputs = 1 + draw(world, 2), outputs = 1 + draw(world, 3);
    if (inputs > found->count)
        inputs = found->count;
    struct btc_outpoint spent[2];
    int64_t values_sat[2], sum_sat = 0, outputs_sat[3];
    for (uint32_t i = 0; i < inputs; i++) {
        uint32_t pick = draw(world, found->count);
        spent[i] = found->outpoints[pick];
        values_sat[i] = found->values_sat[pick];
        sum_sat += values_sat[i];
        found->outpoints[pick] = found->outpoints[--found->count];
        found->values_sat[pick] = found->values_sat[found->count];
    }
    int64_t fee_sat = draw(world, 5000) % (sum_sat + 1), left_sat = sum_sat - fee_sat;
    for (uint32_t i = 0; i < outputs; i++) {
        outputs_sat[i] = i + 1 == outputs ? left_sat : left_sat / 3;
        left_sat -= outputs_sat[i];
    }
    struct btc_tx *made = regtest_spend(world->regtest, &(struct regtest_spend){.inputs = spent,
                                                                                .values_sat = values_sat,
                                                                                .input_count = inputs,
                                                                                .sequence = BTC_SEQUENCE_FINAL,
                                                                                .outputs_sat = outputs_sat,
                                                                                .output_count = outputs});
    if (draw(world, 8) == 0) { /* one output burns its value */
        static const uint8_t RECORD[] = {0x6a, 0x01, 0x2a};
        made->outputs[0].script = btc_bytes(RECORD, sizeof RECORD);
        *burnt_sat += made->outputs[0].value_sat;
        regtest_sign(world->regtest, made, values_sat);
    } else if (found->count < MAX_COINS && outputs_sat[0] > 0) {
        found->outpoints[found->count] = regtest_outpoint(made, 0);
        found->values_sat[found->count++] = outputs_sat[0];
    }
    *tx = made;
    return fee_sat;
}

static void step_forward(struct world *world)
{
    struct regtest *regtest = world->regtest;
    struct found found = {.world = world};
    const struct btc_tx *txs[MAX_TXS];
    uint32_t count = 0;
    int64_t fees_sat = 0, burnt_sat = 0;
    btc_utxo_visit(&regtest->chain.coins, keep_coin, &found);
    for (uint32_t wanted = draw(world, MAX_TXS); count < wanted && found.count > 0; count++)
        fees_sat += make_tx(world, &found, &txs[count], &burnt_sat);
    int64_t left_sat = draw(world, 3) == 0 ? draw(world, 1000) % (fees_sat + 1) : 0; /* a miner may claim less */
    regtest_mine(regtest, txs, count, fees_sat - left_sat);
    uint32_t height = regtest->chain.height;
    world->lost_sat[height] = world->lost_sat[height - 1] + left_sat + burnt_sat;
    btc_utxo_digest(world->digests[height], &regtest->chain.coins);
    world->recents[height] = regtest->chain.recent;
}

static void sum_coin(void *context, const struct btc_coin *coin)
{
    *(int64_t *)context += coin->output.value_sat;
}

static void audit(struct world *world)
{
    const struct btc_chain *chain = &world->regtest->chain;
    uint8_t digest[32];
    int64_t sum_sat = 0;
    btc_utxo_visit(&chain->coins, sum_coin, &sum_sat);
    assert_int_equal(sum_sat, chain->coins.total_sat);
    assert_int_equal(sum_sat + world->lost_sat[chain->height], world->regtest->subsidies_sat);
    btc_utxo_digest(digest, &chain->coins);
    assert_memory_equal(digest, world->digests[chain->height], 32);
    assert_memory_equal(&chain->recent, &world->recents[chain->height], sizeof chain->recent);
}

static void money_is_conserved_and_going_back_is_exact(void **state)
{
    (void)state;
    static struct world world;
    unsigned reorganisations = 0, undone = 0;
    world.regtest = regtest_new();
    world.seed = 1;
    btc_utxo_digest(world.digests[0], &world.regtest->chain.coins);
    world.recents[0] = world.regtest->chain.recent;
    while (world.regtest->chain.height < MAX_HEIGHT) {
        step_forward(&world);
        audit(&world);
        if (draw(&world, 10) != 0)
            continue;
        uint32_t depth = 1 + draw(&world, 12);
        reorganisations++;
        for (; depth > 0 && world.regtest->chain.height > 0; depth--, undone++) {
            regtest_disconnect(world.regtest);
            audit(&world);
        }
    }
    while (world.regtest->chain.height > 0) {
        regtest_disconnect(world.regtest);
        audit(&world);
    }
    assert_int_equal(btc_utxo_count(&world.regtest->chain.coins), 0);
    printf("%u reorganisations, %u blocks undone and replaced\n", reorganisations, undone);
    assert_true(reorganisations > 20);
    regtest_free(world.regtest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(money_is_conserved_and_going_back_is_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
