/* chain.h: the public chain of one run: miners, forks, the operator's node, and every byte that the run owns.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   chain_submit --tx--> gossip --+--> miner 0: tip, mempool --+
 *                                 +--> miner 1: tip, mempool --+--block--> gossip --> miners
 *                                 +--> ...                     |                         |
 *                                 +--> operator's node: tip, mempool <-------------------+
 *                                               |
 *                                       events: seen, conflict, depth, block, reorg ...  (upwards)
 *
 * Two layers. Real: transactions that the experiment owns, and the blocks with their coinbases; each block is validated
 * on its own branch by the interpreter and every other rule of consensus (protocol/bitcoin/chain.h, regtest rules).
 * Statistical: everybody else's transactions (models/chain/feemarket.h), which take the rest of each block's space but
 * are not in it; hash rate and difficulty (models/chain/blocks.h), which stand beside regtest's fixed target.
 *
 * Each miner and the operator's node see blocks and transactions when they arrive, keep the branch with most blocks and
 * of equal ones the first seen, and hold a real mempool with the era's policy. Forks, stale blocks, reorganisations,
 * and which version of a double spend wins follow from that; nothing else decides them.
 *
 * Contract. Blocks are found in phase ENVIRONMENT, blocks and transactions arrive in phase MESSAGE. Events are raised
 * from kernel events alone, never from inside a function of this page; a listener may call every function of this page
 * but chain_free. When memory runs out or a block of our own making is invalid, the run's trouble says so, and the
 * functions then do nothing.
 *
 * All draws come from streams "chain....", keyed by the caller for transactions: rails meet equal blocks. docs/models.md.
 */
#ifndef KONSENTO_MODELS_CHAIN_CHAIN_H
#define KONSENTO_MODELS_CHAIN_CHAIN_H

#include "models/chain/config.h"
#include "models/chain/event.h"
#include "models/chain/feemarket.h"
#include "models/chain/trace.h"
#include "models/trouble.h"
#include "protocol/bitcoin/mempool.h"

#define CHAIN_LISTENERS_MAX 16
#define CHAIN_NEVER_US      INT64_MAX
#define CHAIN_FUND_MAX_SAT  (INT64_C(5000) * 100000000) /* all of chain_fund together */

struct chain;

/* ---- building --------------------------------------------------------------------------------------------------- */

struct chain_options {
    struct trouble *trouble; /* of the run; outlives the chain */
    const struct chain_config *config;
    const struct trace *trace; /* of block times; outlives the chain. NULL: they are drawn */
    int64_t start_unix_s;      /* civil time at time 0, 2012 or later (asserts); blocks' header times follow it */
    btc_signature_judge *also; /* finds signatures good that are not ECDSA's (tokens), its context is NULL; NULL: none.
                                  Blocks that hold such are valid nowhere else */
};

/* Makes a chain of the genesis block. A trace is replayed from the run's civil time on if it has that, else from its
 * beginning; after its last block it begins anew, one mean interval later. Returns NULL when memory is out. Owns:
 * chain_free. */
struct chain *chain_new(const struct chain_options *options);
void chain_free(struct chain *chain);

/* Asks for a coin that is there at time 0: the faucet pays it in a real transaction. Before chain_begin. */
void chain_fund(struct chain *chain, struct btc_bytes script, int64_t value_sat);
/* Mines what lies before time 0: coinbases for the faucet, a hundred blocks until they are mature, the faucet's
 * payments, six blocks on top. Then plans the first block of the run. Call it once, at time 0. */
void chain_begin(struct chain *chain);

/* ---- own transactions ------------------------------------------------------------------------------------------- */

/* Where a transaction enters the network. */
enum chain_origin {
    CHAIN_DIRECT, /* the payer hands it to the operator's node, which sends it on to its peers */
    CHAIN_GOSSIP, /* the payer's wallet sends it to `peers` nodes; the operator's node hears of it like all others */
    CHAIN_PRIVATE /* to the attacker's miner, who keeps it to himself; to nobody if there is none */
};

/* How far it comes. */
enum chain_reach {
    CHAIN_REACH_ALL,     /* nodes and miners */
    CHAIN_REACH_OPERATOR /* the operator's node, and no miner: his relay policies, or bad luck, keep it from them */
};

struct chain_order {
    const struct btc_tx *tx; /* copied */
    enum chain_origin origin;
    enum chain_reach reach;
    uint32_t peers;   /* nodes that have it first: n_V of a payment, n_A helpers of a rival; 0: the config's */
    int64_t delay_us; /* it is sent so much later than now; >= 0 */
    uint64_t key;     /* names its draws, the same on every rail; two transactions of one key draw alike */
};

/* Sends a transaction. If it spends what an earlier own transaction spends, which of the two a miner or node has first
 * follows the odds law (models/chain/propagation.h), and its policy what becomes of the second. One that was sent
 * before (same txid) is sent again to those who do not have it. Returns its number, from 0 in the order of sending;
 * CHAIN_NONE when memory is out. */
uint32_t chain_submit(struct chain *chain, const struct chain_order *order);

/* What the operator's node knows of an own transaction. */
enum chain_tx_state {
    CHAIN_TX_UNSEEN, /* has not arrived */
    CHAIN_TX_POOLED, /* unconfirmed, in its mempool */
    CHAIN_TX_MINED,  /* in a block of its best chain */
    CHAIN_TX_GONE    /* refused, replaced, evicted, expired, or a block has a rival: see the last event */
};

struct chain_tx {
    struct btc_tx tx; /* stays until chain_free */
    uint8_t txid[32];
    uint8_t wtxid[32];
    uint64_t key;
    enum chain_origin origin;
    enum chain_tx_state state;
    int64_t fee_sat; /* -1: it spends what is unknown to the chain */
    uint32_t weight_wu;
    uint32_t height; /* if mined */
    uint32_t rival;  /* the earlier own transaction that it was found to spend the same as; CHAIN_NONE */
    int64_t sent_us;
    int64_t seen_us; /* first in the operator's mempool or chain; CHAIN_NEVER_US */
};

uint32_t chain_tx_count(const struct chain *chain);
const struct chain_tx *chain_tx(const struct chain *chain, uint32_t number);
/* Returns its number, CHAIN_NONE if it is not an own transaction. */
uint32_t chain_tx_find(const struct chain *chain, const uint8_t txid[32]);
/* Blocks of the operator's best chain from its own block on: its confirmations; 0 if it is not mined. */
uint32_t chain_tx_depth(const struct chain *chain, uint32_t number);

/* A payment from the faucet, sent by gossip: somebody withdraws from an exchange. rate_sat_per_kwu: feerate.
 * Returns its number, CHAIN_NONE if the faucet is dry or memory is out. */
uint32_t chain_faucet_pay(struct chain *chain, struct btc_bytes script, int64_t value_sat, uint32_t rate_sat_per_kwu);

/* ---- events (models/chain/event.h) ------------------------------------------------------------------------------ */

/* Listeners hear in the order in which they came. Limit: CHAIN_LISTENERS_MAX (asserts). */
void chain_listen(struct chain *chain, const struct chain_listener *listener);

/* ---- looking ---------------------------------------------------------------------------------------------------- */

/* Tip of the operator's node: its height, and the median time past that locks are judged by. */
uint32_t chain_height(const struct chain *chain);
uint32_t chain_median_time(const struct chain *chain);
/* Civil time now, Unix seconds. */
int64_t chain_unix_s(const struct chain *chain);

/* Coins of the operator's best chain, and its mempool. Good until the next call of a function of this page that may
 * move the chain: none that takes it const. */
const struct btc_chain *chain_coins(struct chain *chain);
struct btc_mempool *chain_mempool(struct chain *chain);
/* Other people's demand, as it was when the last block was found, and what the highest public block took of it: what
 * fee estimators are fed with (models/chain/estimator.h). */
const struct feemarket *chain_market(const struct chain *chain);
const struct feemarket_block *chain_market_taken(const struct chain *chain);
/* The transaction of the operator's best chain or mempool that spends an output, as a number of an own transaction;
 * CHAIN_NONE if none does. */
uint32_t chain_spender(const struct chain *chain, const struct btc_outpoint *outpoint);

/* Calls visit for the blocks of the operator's best chain from a height on: how a wallet learns of the funding.
 * Limits: blocks that are still kept (asserts). Returns false if memory ran out. */
typedef void chain_block_visitor(void *context, const struct btc_block *block, uint32_t height);
bool chain_visit(struct chain *chain, uint32_t from_height, chain_block_visitor *visit, void *context);

/* What happened so far. */
struct chain_tally {
    uint64_t blocks;     /* found since time 0, those on losing branches and secret ones included */
    uint64_t stale;      /* of these, not on the highest public branch now */
    uint64_t empty;      /* without any transaction by chance, not for want of demand */
    uint64_t reorgs;     /* of the operator's node */
    uint32_t deepest;    /* blocks that the deepest of these took back */
    uint64_t txs_mined;  /* own transactions in blocks, of all branches */
    uint64_t connects;   /* blocks validated, each time anew */
    uint64_t signatures; /* judged */
    uint64_t bytes;      /* of blocks in memory */
};
void chain_tally(struct chain_tally *tally, const struct chain *chain);

/* ---- forced events ---------------------------------------------------------------------------------------------- */

/* Replaces blocks now, in an event of its own: see struct chain_reorg, whose at_us is not looked at. rival: an own
 * transaction, sent or kept private, that the first block of the new branch holds; CHAIN_NONE. If that makes the block
 * invalid, or the new branch would begin before time 0, the run fails. */
void chain_force_reorg(struct chain *chain, const struct chain_reorg *reorg, uint32_t rival);

/* Begins an attack by hash rate. One at a time (asserts); limits: the config has an attacker. */
void chain_attack(struct chain *chain, const struct chain_attack *attack);
bool chain_is_attacked(const struct chain *chain);
/* Publishes what he has, now. */
void chain_attack_release(struct chain *chain);

/* ---- the whole -------------------------------------------------------------------------------------------------- */

/* Writes every block ever found, losing branches included, parents before children, as blk*.dat files have them: magic
 * fa bf b5 da, length (4 bytes, little-endian), block. The genesis block comes first. Limits: config.keep is ALL
 * (asserts). */
typedef void chain_sink(void *context, const uint8_t *bytes, size_t length);
void chain_export(const struct chain *chain, chain_sink *sink, void *context);

/* Auditor (sim/kernel.h): coins and what was burnt are the subsidies of the branch at hand; every own transaction that
 * the operator's chain has spent its inputs, every one in its mempool can. chain_new gives the kernel one that looks at
 * the newest transactions always and at the others in turn; this one looks at all. */
bool chain_audit(const void *chain, char *why, size_t why_size);

#endif
