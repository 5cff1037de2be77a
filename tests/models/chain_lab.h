/* chain_lab.h: a chain, a payer with a wallet, and a list of what happened, for the tests of models/chain.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_MODELS_CHAIN_LAB_H
#define KONSENTO_TESTS_MODELS_CHAIN_LAB_H

#include "models/calendar.h"
#include "models/chain/chain.h"
#include "protocol/bitcoin/wallet.h"

#define LAB_START_S  INT64_C(1519862400) /* 2018-03-01 */
#define LAB_COIN_SAT 1000000

/* An event as a test wants to see it later. */
struct lab_event {
    struct chain_event event; /* its pointers are not good any more */
    enum btc_mempool_error error;
    int64_t at_us;
};

struct lab {
    struct chain_config config;
    const struct trace *trace; /* NULL: none */
    uint64_t tie_fuzz;
    struct sim *sim;
    struct trouble trouble;
    struct chain *chain;
    struct btc_curve curve;
    struct btc_wallet payer;
    uint8_t shop[BTC_P2WPKH_BYTES]; /* the operator's script */
    struct btc_outpoint *coins;     /* that the payer has at time 0 */
    uint32_t coin_count;
    void (*react)(struct lab *lab, const struct chain_event *event); /* called with each event; NULL */
    void *test;                                                      /* react's own */
    struct btc_arena arena, scratch;
    struct lab_event *events;
    uint32_t event_count, event_capacity;
    uint64_t key;
};

/* Fills the config: era empty, ten equal miners, no luck: no empty blocks, a template a second old. */
void lab_init(struct lab *lab);
/* Begins the run with the config as changed since. coins: of LAB_COIN_SAT each, for the payer. */
void lab_begin(struct lab *lab, uint64_t seed, uint32_t coins);
/* Runs; fails the test if there is trouble or an audit failed. */
void lab_run(struct lab *lab, int64_t until_us);
/* Audits mempools and closes. */
void lab_close(struct lab *lab);

struct lab_payment {
    int64_t value_sat;
    uint32_t rate_sat_per_kwu;
    uint32_t sequence;
    enum btc_wallet_source source;
    const struct btc_outpoint *required; /* one input that must be, NULL: any */
    enum chain_origin origin;
    uint32_t peers;
    int64_t delay_us;
    uint32_t locktime;
};
/* Pays the shop, now. Returns the number of the transaction. The wallet sees it unless it spends a required input. */
uint32_t lab_pay(struct lab *lab, const struct lab_payment *payment);
/* An ordinary payment: 100,000 sat at 10 sat/vB, direct, no signal. */
struct lab_payment lab_payment(void);

/* The n-th event of a kind about a transaction (CHAIN_NONE: any), from 0; NULL. */
const struct lab_event *lab_event(const struct lab *lab, enum chain_event_kind kind, uint32_t tx, uint32_t n);
uint32_t lab_event_count(const struct lab *lab, enum chain_event_kind kind, uint32_t tx);

#endif
