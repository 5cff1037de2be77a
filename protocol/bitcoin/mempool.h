/* mempool.h: transactions that wait for a block: who may enter, who must leave, who comes first.   [real]
 * SPDX-License-Identifier: MIT
 *
 *             accept ──► [ pool ] ──► template (by the feerate of a transaction with its unconfirmed ancestors)
 *      a block connected ──► mined ones and those in conflict leave
 *      a block taken back ──► its transactions enter again
 *      too large ──► the worst package leaves, and the least rate to enter rises;   too old ──► leaves
 *
 * Every transaction in the pool could be in the next block: its inputs are coins of the chain or outputs of others in
 * the pool, no two spend one output, and its scripts hold. Sums over ancestors and descendants are kept up to date.
 * What happens to a transaction is told by a notice; conflicts that are refused are told too, since an outlet that
 * waits for its money must see them.
 *
 * Errors and rules follow Bitcoin Core 26; where BIP 125 and Core differ (inherited signalling) the BIP stands.
 * Seconds are Unix time and an input.
 */
#ifndef KONSENTO_BITCOIN_MEMPOOL_H
#define KONSENTO_BITCOIN_MEMPOOL_H

#include "protocol/bitcoin/chain.h"
#include "protocol/bitcoin/heap.h"
#include "protocol/bitcoin/policy.h"

enum btc_mempool_error {
    BTC_MEMPOOL_OK = 0,
    BTC_MEMPOOL_TX,              /* fails its own check: fault.tx_error */
    BTC_MEMPOOL_COINBASE,        /* coinbase */
    BTC_MEMPOOL_NONSTANDARD,     /* standard_error says what */
    BTC_MEMPOOL_NONFINAL,        /* non-final: nLockTime */
    BTC_MEMPOOL_ALREADY,         /* txn-already-in-mempool */
    BTC_MEMPOOL_SAME_TXID,       /* txn-same-nonwitness-data-in-mempool */
    BTC_MEMPOOL_CONFLICT,        /* txn-mempool-conflict: spends what another spends, which may not be replaced */
    BTC_MEMPOOL_KNOWN,           /* txn-already-known: in a block already */
    BTC_MEMPOOL_MISSING,         /* bad-txns-inputs-missingorspent */
    BTC_MEMPOOL_INPUTS,          /* breaks a consensus rule: block_error says which */
    BTC_MEMPOOL_SIGOPS,          /* bad-txns-too-many-sigops */
    BTC_MEMPOOL_RELAY_FEE,       /* min relay fee not met */
    BTC_MEMPOOL_POOL_FEE,        /* mempool min fee not met */
    BTC_MEMPOOL_CHAIN_TOO_LONG,  /* too-long-mempool-chain */
    BTC_MEMPOOL_SPENDS_CONFLICT, /* bad-txns-spends-conflicting-tx */
    BTC_MEMPOOL_REPLACE_FEE,     /* insufficient fee: BIP 125 rules 3 and 4, or a lower rate than what it replaces */
    BTC_MEMPOOL_REPLACE_COUNT,   /* too many potential replacements: BIP 125 rule 5 */
    BTC_MEMPOOL_REPLACE_UNCONFIRMED, /* replacement-adds-unconfirmed: BIP 125 rule 2 */
    BTC_MEMPOOL_SCRIPT,              /* mandatory- or non-mandatory-script-verify-flag-failed: fault.script_error */
    BTC_MEMPOOL_FULL,                /* mempool full: entered, and was the worst */
    BTC_MEMPOOL_NO_MEMORY,
    BTC_MEMPOOL_ERROR_COUNT
};

const char *btc_mempool_error_name(enum btc_mempool_error error);

/* How an acceptance went. */
struct btc_mempool_verdict {
    enum btc_mempool_error error;
    enum btc_standard_error standard_error; /* with NONSTANDARD */
    enum btc_block_error block_error;       /* with INPUTS */
    struct btc_block_fault fault;
    int64_t fee_sat; /* from INPUTS on */
    uint32_t vbytes;
    uint32_t replaced; /* transactions that had to leave for it */
};

enum btc_mempool_event {
    BTC_MEMPOOL_ADDED = 0,
    BTC_MEMPOOL_MINED,      /* left: in a block */
    BTC_MEMPOOL_REPLACED,   /* left: other took its place, or the place of an ancestor */
    BTC_MEMPOOL_CONFLICTED, /* left: a block has other, which spends the same */
    BTC_MEMPOOL_EVICTED,    /* left: the pool was full */
    BTC_MEMPOOL_EXPIRED,    /* left: too old, or below one that is */
    BTC_MEMPOOL_INVALID,    /* left: after a reorganisation it could no longer be in the next block */
    BTC_MEMPOOL_REFUSED     /* stays: other, which spends the same, was refused */
};

struct btc_mempool_notice {
    enum btc_mempool_event event;
    const struct btc_tx *tx; /* good during the call */
    const uint8_t *txid;
    const struct btc_tx *other; /* NULL where there is none */
};
/* Limits: must not change the pool. */
typedef void btc_mempool_listener(void *context, const struct btc_mempool_notice *notice);

struct btc_mempool_entry; /* mempool_store.h */

/* The lists that walks over related entries fill. */
enum btc_mempool_list_use {
    BTC_LIST_ANCESTORS = 0,
    BTC_LIST_DESCENDANTS,
    BTC_LIST_CONFLICTS, /* all that must leave for a replacement */
    BTC_LIST_SWEEP,     /* what an outer loop goes over */
    BTC_LIST_COUNT
};

/* Numbers of entries, as many as there can be. */
struct btc_mempool_list {
    uint32_t *numbers;
    uint32_t count;
};

struct btc_mempool {
    const struct btc_allocator *allocator;
    const struct btc_chain *chain;
    struct btc_policy policy;
    btc_mempool_listener *listener; /* may be NULL */
    void *listener_context;
    struct btc_pool entries;
    struct btc_pool spends;
    struct btc_table by_txid;
    struct btc_table by_spend;
    struct btc_heap heap; /* worst package first */
    struct btc_mempool_list lists[BTC_LIST_COUNT];
    uint32_t list_capacity; /* of heap and lists */
    uint32_t epoch;         /* of the newest walk */
    uint64_t vbytes;        /* of all entries */
    /* The rate that the last eviction left behind, 1/65536 satoshi per 1000 weight units, as of decay_time_s. */
    uint64_t evicted_rate_q16;
    int64_t decay_time_s;
    bool has_block_since_eviction;
};

/* Owns: everything, until close. Do not move a pool. In: a chain that outlives the pool; policy is copied. */
void btc_mempool_init(struct btc_mempool *pool, const struct btc_chain *chain, const struct btc_policy *policy,
                      const struct btc_allocator *allocator, struct btc_salt salt);
void btc_mempool_close(struct btc_mempool *pool);

uint32_t btc_mempool_count(const struct btc_mempool *pool);

/* ---- in ---- */

/* Judges a transaction and takes a copy in if it passes. Limits: tools->scratch about 150 bytes per input. */
struct btc_mempool_verdict btc_mempool_accept(struct btc_mempool *pool, const struct btc_tx *tx,
                                              const struct btc_judge_tools *tools, int64_t now_s);

/* Least rate to enter now: the greater of the relay rate and what evictions left behind. */
uint32_t btc_mempool_min_rate(struct btc_mempool *pool, int64_t now_s);

/* ---- out ---- */

/* Call it after btc_chain_connect. */
void btc_mempool_connect(struct btc_mempool *pool, const struct btc_block *block, int64_t now_s);

/* Call it after btc_chain_disconnect: takes the block's transactions in again, without asking for fees, and drops what
 * cannot be in the next block any more. Returns false if memory ran out: some may then have been dropped that could
 * have stayed. */
__attribute__((warn_unused_result)) bool btc_mempool_disconnect(struct btc_mempool *pool, const struct btc_block *block,
                                                                const struct btc_judge_tools *tools, int64_t now_s);

/* Drops what entered before now - expiry, and what depends on it. */
void btc_mempool_expire(struct btc_mempool *pool, int64_t now_s);

/* ---- looking ---- */

/* What is known of a transaction in the pool. Sums are over it and its unconfirmed ancestors or descendants. */
struct btc_mempool_info {
    const struct btc_tx *tx;
    const uint8_t *txid;
    int64_t time_s;
    int64_t fee_sat;
    uint32_t weight_wu;
    uint32_t vbytes;
    uint32_t sigop_cost;
    uint32_t ancestor_count;
    uint64_t ancestor_vbytes;
    int64_t ancestor_fee_sat;
    uint32_t descendant_count;
    uint64_t descendant_vbytes;
    int64_t descendant_fee_sat;
};

/* Returns false if it is not in the pool. info's pointers are good until the pool changes. */
bool btc_mempool_get(struct btc_mempool_info *info, const struct btc_mempool *pool, const uint8_t txid[32]);

/* Calls visit with everything in the pool, in the same order in every run that did the same.
 * Limits: visit does not change the pool. */
typedef void btc_mempool_visitor(void *context, const struct btc_mempool_info *info);
void btc_mempool_visit(const struct btc_mempool *pool, btc_mempool_visitor *visit, void *context);

/* The transaction in the pool that spends an output, NULL if none does. Good until the pool changes. */
const struct btc_tx *btc_mempool_spender(const struct btc_mempool *pool, const struct btc_outpoint *outpoint);

/* May it be replaced under BIP 125: does it, or an unconfirmed ancestor, say so? Limits: in the pool (asserts). */
bool btc_mempool_is_replaceable(struct btc_mempool *pool, const uint8_t txid[32]);

/* Recomputes every sum and checks every promise of this page; asserts. Takes long: for tests. */
void btc_mempool_audit(struct btc_mempool *pool);

#endif
