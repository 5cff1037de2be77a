/* config.h: the checked description of a laboratory: experiments on the chain's models, without a building.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Plain data as in models/config.h: one unit per field, range-checked by whoever fills it.
 */
#ifndef KONSENTO_MODELS_LAB_CONFIG_H
#define KONSENTO_MODELS_LAB_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#define LAB_EXPERIMENTS_MAX 32
#define LAB_CELLS_MAX       64

/* What is tried. The order is that of lab_kinds and of metrics. */
enum lab_kind {
    LAB_FORMULA,   /* closed forms of the attacker's race against printed tables */
    LAB_RACE,      /* the race itself */
    LAB_WAITING,   /* waiting for n blocks at a constant hash rate */
    LAB_PERIOD,    /* the same in one real period of 2016 blocks against periods as they are drawn */
    LAB_RETARGET,  /* the difficulty's change after a real period */
    LAB_GROWTH,    /* length of a period while the hash rate grows */
    LAB_STALE,     /* blocks that lose, on the whole chain with its miners */
    LAB_GOSSIP,    /* one transaction through a network of nodes */
    LAB_CONFLICT,  /* two of them: the odds law */
    LAB_OBSERVERS, /* double spends that observers miss */
    LAB_LATE,      /* double spends that come late */
    LAB_SIZE,      /* one transaction, built and signed */
    LAB_MEMPOOL,   /* months of an era */
    LAB_ESTIMATOR, /* the fee estimator after a step down */
    LAB_KIND_COUNT
};

enum lab_formula { LAB_NAKAMOTO, LAB_EXACT, LAB_NAKAMOTO_DEPTH, LAB_EXACT_DEPTH };

/* One place of a printed table. */
struct lab_cell {
    int64_t share_ppm;
    uint32_t confirmations;
    uint64_t printed; /* its digits without the point; not looked at by the depths */
};

struct lab_formula_config {
    int formula;       /* enum lab_formula */
    uint32_t decimals; /* that printed has */
    int64_t risk_ppm;  /* the depths: confirmations at which the attacker's chance is below it */
    struct lab_cell cells[LAB_CELLS_MAX];
    size_t cell_count;
};

struct lab_race_config {
    int64_t share_ppm;
    uint32_t confirmations, give_up_blocks, trials;
};

struct lab_waiting_config {
    uint32_t confirmations, blocks;
    int64_t interval_us;
};

/* Quantiles of the real period, for where no file of block times is there. */
struct lab_period_config {
    uint32_t confirmations, periods;
    int64_t growth_ppm; /* of the logarithm of the hash rate, over one period */
    int64_t p50_us, p90_us, p99_us;
};

struct lab_retarget_config {
    int64_t timespan_us; /* for where no file of block times is there */
};

struct lab_growth_config {
    int64_t growth_ppm, interval_us;
    uint32_t periods;
};

struct lab_stale_config {
    int64_t interval_us, delay_us;
    uint32_t blocks;
};

struct lab_gossip_config {
    int generation; /* enum gossip_generation */
    uint32_t nodes, networks;
};

struct lab_conflict_config {
    int generation;
    uint32_t nodes, networks, races; /* races: in each network, at each delay; twice at the last */
};

struct lab_observers_config {
    int generation;
    uint32_t observers, trials;
    int64_t risk_ppm;
};

struct lab_late_config {
    int generation;
    int64_t from_us, to_us; /* the second transaction's start after the first's */
    uint32_t peers, helpers, trials;
};

enum lab_transaction {
    LAB_P2WPKH_1_1, /* 1 input, 1 output */
    LAB_P2WPKH_1_2,
    LAB_P2PKH_1_2,
    LAB_FUNDING, /* of a channel, with change */
    LAB_COMMITMENT,
    LAB_COMMITMENT_ANCHORS,
    LAB_HTLC_TIMEOUT,
    LAB_HTLC_TIMEOUT_ANCHORS,
    LAB_HTLC_SUCCESS,
    LAB_HTLC_SUCCESS_ANCHORS,
    LAB_TRANSACTION_COUNT
};

struct lab_size_config {
    int transaction; /* enum lab_transaction */
    uint32_t htlcs;  /* in a commitment */
};

struct lab_mempool_config {
    int era; /* enum chain_era */
    uint32_t days;
};

struct lab_estimator_config {
    int mode; /* enum estimator_mode */
    uint32_t target_blocks;
    int64_t spike_us;
};

struct lab_experiment {
    const char *name; /* unique in the laboratory */
    int kind;         /* enum lab_kind */
    union {
        struct lab_formula_config formula;
        struct lab_race_config race;
        struct lab_waiting_config waiting;
        struct lab_period_config period;
        struct lab_retarget_config retarget;
        struct lab_growth_config growth;
        struct lab_stale_config stale;
        struct lab_gossip_config gossip;
        struct lab_conflict_config conflict;
        struct lab_observers_config observers;
        struct lab_late_config late;
        struct lab_size_config size;
        struct lab_mempool_config mempool;
        struct lab_estimator_config estimator;
    };
};

struct lab_config {
    const char *trace_path; /* real block times (models/chain/trace.h); NULL: none */
    struct lab_experiment experiments[LAB_EXPERIMENTS_MAX];
    size_t experiment_count; /* 0: this is no laboratory */
};

#endif
