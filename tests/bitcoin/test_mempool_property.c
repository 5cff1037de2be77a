/* test_mempool_property.c: random payments, blocks, reorganisations: what the pool promises holds.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * After every step the pool is audited (sums, kinship, order), and now and then a template is mined, which full
 * validation must accept: so whatever the pool holds could have been in the next block. Memory fails at random places.
 */
#include "protocol/bitcoin/template.h"
#include "tests/bitcoin/pool_bench.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS    3000
#define MAX_MADE 200
#define MAX_TXS  400

struct output {
    struct btc_outpoint outpoint;
    int64_t value_sat;
};

struct world {
    struct bench *bench;
    uint64_t seed;
    int64_t now_s;
    struct output outputs[MAX_MADE]; /* of recent payments, in the chain, in the pool, or gone */
    uint32_t output_count;
    unsigned verdicts[BTC_MEMPOOL_ERROR_COUNT];
    unsigned blocks, disconnects;
};

static uint32_t draw(struct world *world, uint32_t below)
{
    world->seed = world->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((world->seed >> 33) % below);
}

static void remember(struct world *world, const struct btc_tx *tx)
{
    for (uint32_t i = 0; i < tx->output_count; i++) {
        uint32_t at = world->output_count < MAX_MADE ? world->output_count++ : draw(world, MAX_MADE);
        world->outputs[at] = (struct output){regtest_outpoint(tx, i), tx->outputs[i].value_sat};
    }
}

/* An output that is likely to be in the chain or the pool still. */
static const struct output *pick_output(struct world *world)
{
    const struct output *pick = &world->outputs[draw(world, world->output_count)];
    for (uint32_t tries = draw(world, 10); tries > 0; tries--) {
        struct btc_mempool_info info;
        if (btc_utxo_get(&world->bench->regtest->chain.coins, &pick->outpoint) != NULL ||
            btc_mempool_get(&info, &world->bench->pool, pick->outpoint.txid))
            break;
        pick = &world->outputs[draw(world, world->output_count)];
    }
    return pick;
}

/* Spends one to three known outputs, not asking whether they are still there. */
static void offer_one(struct world *world)
{
    struct btc_outpoint inputs[3];
    int64_t values_sat[3], outputs_sat[3], sum_sat = 0;
    uint32_t input_count = 0, wanted = 1 + draw(world, 3), output_count = 1 + draw(world, 3);
    for (uint32_t i = 0; i < wanted; i++) {
        const struct output *pick = pick_output(world);
        bool is_new = true;
        for (uint32_t k = 0; k < input_count; k++)
            is_new &= !btc_outpoint_equal(&inputs[k], &pick->outpoint);
        if (!is_new)
            continue;
        inputs[input_count] = pick->outpoint;
        values_sat[input_count++] = pick->value_sat;
        sum_sat += pick->value_sat;
    }
    int64_t left_sat = sum_sat - draw(world, draw(world, 4) == 0 ? 100000 : 2000);
    if (left_sat < 3000)
        return;
    for (uint32_t i = 0; i < output_count; i++)
        outputs_sat[i] = left_sat / output_count;
    struct btc_tx *tx = regtest_spend(
        world->bench->regtest, &(struct regtest_spend){.inputs = inputs,
                                                       .values_sat = values_sat,
                                                       .input_count = input_count,
                                                       .sequence = draw(world, 2) == 0 ? RBF : BTC_SEQUENCE_FINAL,
                                                       .outputs_sat = outputs_sat,
                                                       .output_count = output_count});
    bool fails = draw(world, 10) == 0;
    world->bench->regtest->allocator.fail_after = fails ? (int64_t)draw(world, 3) : -1;
    struct btc_mempool_verdict verdict =
        btc_mempool_accept(&world->bench->pool, tx, &world->bench->regtest->tools, world->now_s);
    world->bench->regtest->allocator.fail_after = -1;
    world->verdicts[verdict.error]++;
    if (verdict.error == BTC_MEMPOOL_OK)
        remember(world, tx);
}

/* Spends the coinbase that has just become mature: one step back and it is not. */
static void spend_young_coinbase(struct world *world)
{
    struct regtest *regtest = world->bench->regtest;
    uint32_t height = regtest->chain.height - (BTC_COINBASE_MATURITY - 1);
    const struct btc_tx *coinbase = &regtest->blocks[height].block.txs[0];
    const struct btc_tx *tx =
        regtest_pay(regtest, regtest_outpoint(coinbase, 0), coinbase->outputs[0].value_sat, 500 + draw(world, 5000));
    struct btc_mempool_verdict verdict = btc_mempool_accept(&world->bench->pool, tx, &regtest->tools, world->now_s);
    world->verdicts[verdict.error]++;
}

static void mine_template(struct world *world)
{
    struct regtest *regtest = world->bench->regtest;
    struct btc_template template;
    const struct btc_tx *txs[MAX_TXS];
    const struct btc_template_limits limits = {1000 + draw(world, 100000), BTC_TEMPLATE_SIGOP_COST,
                                               draw(world, 2) * 1000};
    assert_true(btc_template_make(&template, &world->bench->pool, &regtest->arena, &limits));
    assert_true(template.count <= MAX_TXS && template.weight_wu <= limits.max_weight_wu);
    for (uint32_t i = 0; i < template.count; i++)
        txs[i] = template.items[i].tx;
    regtest_mine(regtest, txs, template.count, template.fees_sat);
    btc_mempool_connect(&world->bench->pool, &regtest->blocks[regtest->chain.height].block, world->now_s);
    world->blocks++;
}

/* Mines a payment that was never relayed and spends what one in the pool spends. */
static void mine_rival(struct world *world)
{
    struct regtest *regtest = world->bench->regtest;
    for (uint32_t i = 0; i < world->output_count; i++) {
        const struct output *output = &world->outputs[i];
        if (btc_utxo_get(&regtest->chain.coins, &output->outpoint) == NULL ||
            btc_mempool_spender(&world->bench->pool, &output->outpoint) == NULL)
            continue;
        const struct btc_tx *rival = regtest_pay(regtest, output->outpoint, output->value_sat, 777);
        regtest_mine(regtest, &rival, 1, 777);
        btc_mempool_connect(&world->bench->pool, &regtest->blocks[regtest->chain.height].block, world->now_s);
        remember(world, rival);
        return;
    }
}

static void step_back(struct world *world)
{
    struct regtest *regtest = world->bench->regtest;
    if (regtest->chain.height <= 102)
        return;
    struct btc_block block = regtest->blocks[regtest->chain.height].block;
    regtest_disconnect(regtest);
    assert_true(btc_mempool_disconnect(&world->bench->pool, &block, &regtest->tools, world->now_s));
    world->disconnects++;
}

static void the_pool_keeps_its_promises(void **state)
{
    static struct world world;
    world.bench = *state;
    world.seed = 7;
    world.now_s = NOW;
    btc_mempool_close(&world.bench->pool);
    open_pool(world.bench, BTC_POLICY_2018);
    world.bench->pool.policy.max_vbytes = 4000;
    world.bench->pool.policy.expiry_s = 12000;
    for (uint32_t i = 0; i < SPLIT; i++)
        world.outputs[world.output_count++] = (struct output){world.bench->coins[i], EACH};
    for (uint32_t step = 0; step < STEPS; step++) {
        world.now_s += draw(&world, 600);
        uint32_t what = draw(&world, 30);
        if (what == 0)
            mine_template(&world);
        else if (what == 1)
            step_back(&world);
        else if (what == 2)
            btc_mempool_expire(&world.bench->pool, world.now_s);
        else if (what == 3)
            mine_rival(&world);
        else if (what == 4)
            spend_young_coinbase(&world);
        else
            offer_one(&world);
        btc_mempool_audit(&world.bench->pool);
    }
    printf("%u blocks, %u taken back; verdicts:", world.blocks, world.disconnects);
    for (unsigned i = 0; i < BTC_MEMPOOL_ERROR_COUNT; i++)
        if (world.verdicts[i] > 0)
            printf(" %s %u,", btc_mempool_error_name(i), world.verdicts[i]);
    printf(" events:");
    for (unsigned i = 0; i <= BTC_MEMPOOL_REFUSED; i++)
        printf(" %u", world.bench->events[i]);
    printf("\n");
    assert_true(world.verdicts[BTC_MEMPOOL_NO_MEMORY] > 0);
    assert_true(world.verdicts[BTC_MEMPOOL_OK] > 100 && world.blocks > 10 && world.disconnects > 10);
    for (unsigned i = 0; i <= BTC_MEMPOOL_REFUSED; i++)
        assert_true(world.bench->events[i] > 0); /* everything that can happen to a transaction happened */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_pool_keeps_its_promises, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
