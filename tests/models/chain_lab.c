/* chain_lab.c: a chain, a payer with a wallet, and a list of what happened.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/chain_lab.h"

#include "models/chain/room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ARENA_BYTES  (4u << 20)
#define EQUAL_MINERS 10

void lab_init(struct lab *lab)
{
    *lab = (struct lab){0};
    chain_config_init(&lab->config, CHAIN_ERA_EMPTY);
    lab->config.miner_count = EQUAL_MINERS;
    for (uint32_t i = 0; i < EQUAL_MINERS; i++)
        lab->config.miners[i].share_ppm = 1;
    lab->config.empty_ppm = 0;
    lab->config.template_us = SECOND_US;
}

static void remember(struct lab *lab, const struct chain_event *event)
{
    if (lab->event_count == lab->event_capacity) {
        lab->event_capacity = lab->event_capacity == 0 ? 256 : 2 * lab->event_capacity;
        lab->events = realloc(lab->events, lab->event_capacity * sizeof *lab->events);
        assert_non_null(lab->events);
    }
    lab->events[lab->event_count++] =
        (struct lab_event){.event = *event,
                           .error = event->verdict == NULL ? BTC_MEMPOOL_OK : event->verdict->error,
                           .at_us = sim_now_us(lab->sim)};
}

static void on_event(void *self, const struct chain_event *event)
{
    struct lab *lab = self;
    if (lab->react != NULL)
        lab->react(lab, event);
    if (event->kind != CHAIN_EVENT_CONNECT && event->kind != CHAIN_EVENT_DISCONNECT)
        remember(lab, event);
    if (event->kind == CHAIN_EVENT_CONNECT)
        assert_true(btc_wallet_connect(&lab->payer, event->block, event->height));
    if (event->kind == CHAIN_EVENT_DISCONNECT)
        btc_wallet_disconnect(&lab->payer, event->block, event->height);
    if (event->kind == CHAIN_EVENT_LOST || event->kind == CHAIN_EVENT_REPLACED)
        btc_wallet_forget(&lab->payer, chain_tx(lab->chain, event->tx)->txid);
}

static void learn(void *context, const struct btc_block *block, uint32_t height)
{
    struct lab *lab = context;
    assert_true(btc_wallet_connect(&lab->payer, block, height));
    for (uint32_t i = 0; i < block->tx_count; i++)
        for (uint32_t k = 0; k < block->txs[i].output_count; k++)
            if (btc_wallet_owns(&lab->payer, block->txs[i].outputs[k].script)) {
                btc_txid(lab->coins[lab->coin_count].txid, &block->txs[i]);
                lab->coins[lab->coin_count++].index = k;
            }
}

static void open_payer(struct lab *lab, uint32_t coins)
{
    static const char SEED[] = "a payer of the laboratory";
    const struct btc_wallet_setup setup = {
        .network = BTC_REGTEST, .seed = btc_bytes(SEED, sizeof SEED - 1), .allocator = &room_allocator};
    uint8_t script[BTC_P2WPKH_BYTES];
    btc_curve_init(&lab->curve);
    assert_true(btc_wallet_init(&lab->payer, &lab->curve, &setup));
    memset(lab->shop, 7, sizeof lab->shop);
    lab->shop[0] = 0;
    lab->shop[1] = 20;
    for (uint32_t i = 0; i < coins; i++) {
        assert_true(btc_wallet_new_script(&lab->payer, script));
        chain_fund(lab->chain, btc_bytes(script, sizeof script), LAB_COIN_SAT);
    }
}

void lab_begin(struct lab *lab, uint64_t seed, uint32_t coins)
{
    lab->sim = sim_new(&(struct sim_options){.seed = seed, .tie_fuzz = lab->tie_fuzz});
    assert_non_null(lab->sim);
    lab->trouble = (struct trouble){.sim = lab->sim};
    lab->chain = chain_new(&(struct chain_options){
        .trouble = &lab->trouble, .config = &lab->config, .trace = lab->trace, .start_unix_s = LAB_START_S});
    assert_non_null(lab->chain);
    assert_true(room_reserve(&lab->arena, ARENA_BYTES) && room_reserve(&lab->scratch, ARENA_BYTES));
    open_payer(lab, coins);
    chain_listen(lab->chain, &(struct chain_listener){lab, on_event});
    chain_begin(lab->chain);
    lab->coins = calloc(coins + 1, sizeof *lab->coins);
    assert_non_null(lab->coins);
    assert_true(chain_visit(lab->chain, 1, learn, lab));
    assert_int_equal(lab->coin_count, coins);
    assert_int_equal(btc_wallet_balance(&lab->payer).confirmed_sat, (int64_t)coins * LAB_COIN_SAT);
}

void lab_run(struct lab *lab, int64_t until_us)
{
    enum sim_end end = sim_run(lab->sim, until_us, 0, NULL);
    if (end == SIM_END_AUDIT)
        fail_msg("%s: %s", sim_audit_failure(lab->sim)->name, sim_audit_failure(lab->sim)->why);
    if (lab->trouble.is_failed)
        fail_msg("%s", lab->trouble.text);
    assert_false(lab->trouble.is_memory_out);
    assert_int_equal(end, SIM_END_HORIZON);
}

void lab_close(struct lab *lab)
{
    char why[200];
    chain_coins(lab->chain);
    btc_mempool_audit(chain_mempool(lab->chain));
    if (!chain_audit(lab->chain, why, sizeof why))
        fail_msg("%s", why);
    chain_free(lab->chain);
    btc_wallet_close(&lab->payer);
    room_free(&lab->arena);
    room_free(&lab->scratch);
    free(lab->events);
    free(lab->coins);
    sim_free(lab->sim);
}

struct lab_payment lab_payment(void)
{
    return (struct lab_payment){.value_sat = 100000,
                                .rate_sat_per_kwu = 2500,
                                .sequence = BTC_SEQUENCE_NO_RBF,
                                .source = BTC_WALLET_OWN_CHANGE,
                                .origin = CHAIN_DIRECT};
}

uint32_t lab_pay(struct lab *lab, const struct lab_payment *payment)
{
    struct btc_wallet_payment made;
    const struct btc_output output = {payment->value_sat, btc_bytes(lab->shop, sizeof lab->shop)};
    const struct btc_wallet_plan plan = {.payments = &output,
                                         .payment_count = 1,
                                         .rate_sat_per_kwu = payment->rate_sat_per_kwu,
                                         .dust_sat_per_kwu = 750,
                                         .source = payment->source,
                                         .sequence = payment->sequence,
                                         .locktime = payment->locktime,
                                         .required = payment->required,
                                         .required_count = payment->required != NULL ? 1 : 0};
    lab->arena.used = lab->scratch.used = 0;
    assert_int_equal(btc_wallet_pay(&made, &lab->payer, &lab->arena, &lab->scratch, &plan), BTC_WALLET_OK);
    uint32_t tx = chain_submit(lab->chain, &(struct chain_order){.tx = &made.tx,
                                                                 .origin = payment->origin,
                                                                 .peers = payment->peers,
                                                                 .delay_us = payment->delay_us,
                                                                 .key = ++lab->key});
    assert_int_not_equal(tx, CHAIN_NONE);
    if (payment->required == NULL)
        assert_true(btc_wallet_see(&lab->payer, &made.tx, BTC_WALLET_UNCONFIRMED));
    return tx;
}

const struct lab_event *lab_event(const struct lab *lab, enum chain_event_kind kind, uint32_t tx, uint32_t n)
{
    for (uint32_t i = 0; i < lab->event_count; i++) {
        const struct chain_event *event = &lab->events[i].event;
        if (event->kind == kind && (tx == CHAIN_NONE || event->tx == tx) && n-- == 0)
            return &lab->events[i];
    }
    return NULL;
}

uint32_t lab_event_count(const struct lab *lab, enum chain_event_kind kind, uint32_t tx)
{
    uint32_t count = 0;
    while (lab_event(lab, kind, tx, count) != NULL)
        count++;
    return count;
}
