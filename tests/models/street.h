/* street.h: a row of Lightning nodes in the engine, a channel between each two, and a list of what happened.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     node 0 ──link 0── node 1 ──link 1── node 2 ...      each dials the next and opens the channel to it
 */
#ifndef KONSENTO_TESTS_MODELS_STREET_H
#define KONSENTO_TESTS_MODELS_STREET_H

#include "models/host/host.h"

#define STREET_NODES    5
#define STREET_START_S  INT64_C(1519862400) /* 2018-03-01 */
#define STREET_FUND_SAT 1000000
#define STREET_PUSH_SAT 400000
#define SECOND          INT64_C(1000000)
#define MINUTE          (60 * SECOND)
#define HOUR            (60 * MINUTE)
#define DAY             (24 * HOUR)

struct street_event {
    int64_t at_us;
    uint32_t node;
    struct ln_node_event event;
};

struct street {
    /* to be changed between street_init and street_begin */
    uint64_t seed;
    uint64_t tie_fuzz;
    uint32_t nodes;
    struct chain_config chain_config;
    const struct trace *trace; /* of block times; NULL: drawn */
    struct host_options options;
    struct link_class class; /* of all links */
    enum device_kind device[STREET_NODES];
    int64_t coin_sat[STREET_NODES];                /* of each of four coins in a wallet; 0: enough */
    struct coverage_config coverage[STREET_NODES]; /* of each link */
    bool is_cut_off[STREET_NODES]; /* from the chain, with the link to the left, node 0 with that to the right */
    int64_t patience_us;
    uint8_t channel_flags; /* enum ln_channel_flag */
    int64_t settling_us;   /* before channels are opened: mempools fill */
    bool has_graph;        /* that all share, with all channels announced */
    void (*configure)(struct ln_node_config *config, uint32_t node);
    void (*add_nodes)(struct street *street); /* in place of the row, if nodes is 0; before the chain begins */
    /* behind it */
    struct ln_graph graph;
    struct sim *sim;
    struct trouble trouble;
    struct chain *chain;
    struct coverages coverages;
    struct links links;
    struct host *host;
    uint32_t node[STREET_NODES], link[STREET_NODES], cover[STREET_NODES];
    uint64_t channel[STREET_NODES]; /* number that node i has for the channel to i + 1 */
    void (*react)(struct street *street, uint32_t node, const struct ln_node_event *event); /* NULL: nobody */
    struct street_event *events;
    uint32_t event_count, event_capacity;
};

/* Three nodes on ideal devices; links of 10 ms, lossless; fixed feerates; one miner, nobody else on the chain. */
void street_init(struct street *street);
/* Begins; behind it all channels are ready and both sides have money. */
void street_begin(struct street *street);
/* The same, up to the moment when all are connected. */
void street_meet(struct street *street);
void street_open(struct street *street, uint32_t node);
/* Runs; fails the test if there is trouble or an audit failed. */
void street_run(struct street *street, int64_t for_us);
/* Runs until so many events of that kind have come from a node, at most so long. Returns whether they have. */
bool street_wait(struct street *street, uint32_t node, enum ln_node_event_kind kind, uint32_t count, int64_t most_us);
/* Audits and closes. Returns the run's digest chain. */
uint64_t street_close(struct street *street);

/* An invoice. Returns its number. Out: text, 2000 bytes. */
uint64_t street_ask(struct street *street, uint32_t node, uint64_t amount_msat, bool hold, char *text);
/* Limits: 20 attempts, fee of 1 percent and 10 sat, an hour. */
struct ln_pay_terms street_limits(const struct street *street);
uint64_t street_pay(struct street *street, uint32_t node, const char *text);
uint64_t street_pay_with(struct street *street, uint32_t node, const char *text, const struct ln_pay_terms *limits);

uint32_t street_count(const struct street *street, uint32_t node, enum ln_node_event_kind kind);
/* The last of that kind, NULL if there is none. */
const struct street_event *street_last(const struct street *street, uint32_t node, enum ln_node_event_kind kind);
/* What node i owns in its channel to i + 1 or, with is_left, to i - 1. */
uint64_t street_balance_msat(const struct street *street, uint32_t node, bool is_left);
/* All that a node has, in its wallet and in channels that are open. */
int64_t street_wealth_msat(const struct street *street, uint32_t node);

#endif
