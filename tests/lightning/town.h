/* town.h: up to five nodes, the connections between them, their disks and wallets, and a real chain.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     node ──queue──► node      what a node wants done is done in order; what stands behind a record waits until the
 *      │                        record is safe, at once or when the test says so
 *     disk: the stream of records      wallet: one key      chain: regtest blocks, fully validated (miner.h)
 *
 * A node that crashes loses its memory and its connections and goes on from its disk, cut off anywhere behind the last
 * record that is safe. Nodes are told of blocks as their outpoints ask for it, nothing more.
 */
#ifndef KONSENTO_TESTS_LIGHTNING_TOWN_H
#define KONSENTO_TESTS_LIGHTNING_TOWN_H

#include "protocol/lightning/memo.h"
#include "protocol/lightning/node.h"
#include "tests/lightning/miner.h"

#define TOWN_NODES         5
#define TOWN_QUEUE_BYTES   (1u << 20)
#define TOWN_DISK_BYTES    (24u << 20)
#define TOWN_RECORDS       20000
#define TOWN_WATCHED       4096
#define TOWN_HELD          4096
#define TOWN_HELD_BYTES    (4u << 20)
#define TOWN_LOG           8192
#define TOWN_CHANNELS      16
#define TOWN_HTLCS         60 /* in one channel, both ways */
#define TOWN_FUNDS         16 /* outputs to fund channels from */
#define TOWN_FUND_SAT      2000000
#define TOWN_COINS         8
#define TOWN_COIN_SAT      80000
#define TOWN_ROW_SAT       1000000
#define TOWN_ROW_PUSH_MSAT UINT64_C(400000000)
#define TOWN_START_US      UINT64_C(1700000000000000)
#define TOWN_BLOCKS        8192 /* ever mined in a run */

struct town_queue {
    uint32_t head;
    uint32_t tail;
    uint32_t count;
    uint8_t *bytes; /* length (4), message */
};

struct town_note {
    uint8_t node;
    struct ln_node_event event;
};

struct town_node {
    bool up;
    struct ln_node node;
    struct ln_node_config config;
    struct ln_node_effects out;
    uint32_t peer_of[TOWN_NODES]; /* what the node calls the other, while joined */
    /* disk: the stream, and where its records end */
    uint8_t *disk;
    size_t disk_length;
    size_t ends[TOWN_RECORDS];
    uint16_t blocks[TOWN_RECORDS]; /* the newest block that the node knew with each */
    uint32_t written;
    uint32_t safe;
    /* what waits for a record */
    struct {
        uint32_t needs;
        struct ln_node_effect effect;
        uint32_t at;
    } held[TOWN_HELD];
    uint32_t held_begin, held_end;
    uint8_t *held_bytes;
    uint32_t held_used;
    /* wallet */
    uint8_t secret[32];
    uint8_t key[33];
    uint8_t script[BTC_P2WPKH_BYTES];
    int64_t start_sat;
    int64_t spent_on_funding_sat; /* by the bank, for this node */
    struct btc_outpoint watched[TOWN_WATCHED];
    uint32_t watched_count;
    uint32_t counts[LN_NODE_OFFER_FAILED + 1]; /* of events */
    uint8_t entropy;
    uint32_t doubted; /* records of a disk that may be old: with more than these it says so itself */
    uint16_t block;   /* the newest that it was told of, in mined */
};

struct town {
    struct regtest *regtest;
    struct miner miner;
    struct ln_backend backend;
    struct ln_memo memo;
    void *memo_memory;
    struct ln_node_shop shop;
    struct ln_graph graph;
    unsigned count;
    struct town_node nodes[TOWN_NODES];
    bool joined[TOWN_NODES][TOWN_NODES];
    struct town_queue queues[TOWN_NODES][TOWN_NODES]; /* from, to */
    uint64_t now_us;
    /* the node that crashes with the record of a number (from 1 on), whether that then is on the disk, and how much of
     * the one behind it; it comes up again when town_mend says so */
    struct {
        unsigned node;
        uint32_t record; /* 0: none does */
        bool keep;
        uint32_t torn;
        bool done;
    } doom;
    bool late;  /* records become safe when the test says so */
    bool quiet; /* counts events only */
    struct town_note *log;
    uint32_t logged;
    struct btc_outpoint funds; /* txid of the outputs that channels are funded from */
    uint32_t funds_used;
    const struct btc_tx *fundings[TOWN_CHANNELS];
    uint8_t funding_owner[TOWN_CHANNELS];
    bool funding_sent[TOWN_CHANNELS];
    uint32_t funding_count;
    uint32_t base_height;
    size_t base_used;
    /* all blocks since the town began, also those that were taken back; 0 is the base */
    struct {
        uint16_t parent;
        uint32_t height;
        bool is_best;
    } mined[TOWN_BLOCKS];
    uint16_t mined_count;
    uint16_t tip;
    uint64_t delivered;
    uint64_t crashes;
    uint64_t refused_peers;
    void (*hear)(struct town *town, unsigned node, const struct ln_node_event *event); /* may be NULL */
    void *context;
};

struct town *town_new(void);
void town_free(struct town *town);

struct town_setup {
    unsigned nodes;
    enum ln_backend_kind backend;
    bool anchors;
    bool late;
};
/* Fresh nodes, nothing between them. What was before is undone. */
void town_begin(struct town *town, const struct town_setup *setup);
/* What node i is told at its birth, to be changed before town_start. */
struct ln_node_config *town_config(struct town *town, unsigned node);
void town_start(struct town *town);

/* All of it at once: nodes in a row, 0 to 1 to 2..., joined, each pair with an announced channel of TOWN_ROW_SAT, of
 * which the second has two fifths. */
void town_row(struct town *town, const struct town_setup *setup);

/* ---- connections ---- */

void town_join(struct town *town, unsigned a, unsigned b);
void town_cut(struct town *town, unsigned a, unsigned b);
/* Takes the oldest message from one to the other. Returns false if there is none. */
bool town_deliver(struct town *town, unsigned from, unsigned to);
/* Delivers until nothing moves. */
void town_settle(struct town *town);
/* Time passes, in steps as nodes want to be woken, and everything settles. */
void town_wait(struct town *town, uint64_t us);
void town_tick(struct town *town, uint64_t us);

/* ---- channels and payments ---- */

/* Opens, mines and announces a channel, joined before; returns its number at a. In: flags, enum ln_channel_flag. */
uint64_t town_open(struct town *town, unsigned a, unsigned b, uint64_t funding_sat, uint64_t push_msat, uint8_t flags);
/* The only channel, or the n-th, that a has with b; NULL if there is none. */
const struct ln_node_channel *town_channel(const struct town *town, unsigned a, unsigned b, unsigned n);
/* What a has in its channel with b, HTLCs that are under way not counted. */
uint64_t town_balance_msat(const struct town *town, unsigned a, unsigned b);
uint64_t town_ask(struct town *town, unsigned payee, uint64_t amount_msat, bool hold, char text[2000]);
/* An invoice and its payment, settled as far as they go by themselves. Returns whether the payer was told SENT. */
bool town_send(struct town *town, unsigned payer, unsigned payee, uint64_t amount_msat);
uint64_t town_pay(struct town *town, unsigned payer, const char *text, const struct ln_pay_terms *limits);
struct ln_pay_terms town_limits(void);

/* ---- the chain ---- */

uint32_t town_height(const struct town *town);
/* A block with what waits of the nodes in takes (all: ~0u), told to the nodes that are up, ten minutes later. */
void town_mine(struct town *town, unsigned takes, unsigned first);
void town_mine_many(struct town *town, uint32_t count);
void town_undo(struct town *town, uint32_t blocks);
int64_t town_wallet_sat(const struct town *town, unsigned node);
void town_give_coins(struct town *town, unsigned node);

/* ---- disks ---- */

/* All records of a node are safe; what waited is done. */
void town_make_safe(struct town *town, unsigned node, uint32_t count);
/* In: keep, how many records behind the safe ones are found on the disk; torn, bytes of the next. */
void town_crash(struct town *town, unsigned node, uint32_t keep, uint32_t torn);
/* Comes up again from its disk. In: age. */
void town_restart(struct town *town, unsigned node, enum ln_snapshot_age age);

/* Restarts what is down, joins again who stands in a row, and settles. */
void town_mend(struct town *town);

/* ---- what was heard ---- */

uint32_t town_count(const struct town *town, unsigned node, enum ln_node_event_kind kind);
/* The last event of a kind; NULL if there was none. */
const struct ln_node_event *town_last(const struct town *town, unsigned node, enum ln_node_event_kind kind);

/* All of it that is still known, on stderr. */
void town_print(const struct town *town);

/* ---- checking ---- */

/* Each channel that both ends have alive: every look of both sums up to its funding. */
void town_audit(struct town *town);

#define TOWN_CHECK(condition)                                                                                          \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                            \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

#endif
