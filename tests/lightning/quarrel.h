/* quarrel.h: two ends of a channel that end it on a real chain, and everything counted that they get.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     end 0 (opens) ──channel── end 1        each with a resolver, a wallet of coins, records of the past
 *          \                      /
 *           what they broadcast, waiting ──miner──► regtest blocks, fully validated
 *
 * The miner is told whose transactions it takes and whose first. A transaction that waited for a lock is put one block
 * earlier too, where the chain must refuse it. Blocks can be taken back; what was in them waits again. Whatever happens
 * both ends' wallets must come out as their tallies say, to the satoshi, and nothing may appear or vanish.
 */
#ifndef KONSENTO_TESTS_LIGHTNING_QUARREL_H
#define KONSENTO_TESTS_LIGHTNING_QUARREL_H

#include "protocol/lightning/channel.h"
#include "protocol/lightning/onchain.h"
#include "protocol/lightning/onchain_spend.h"
#include "protocol/lightning/onchain_store.h"
#include "protocol/lightning/past.h"
#include "tests/bitcoin/regtest.h"

#define QUARREL_HTLCS       12 /* that each end offers in its life */
#define QUARREL_SLOTS       24
#define QUARREL_STATES      48 /* commitments of one end */
#define QUARREL_WAITING     700
#define QUARREL_QUEUE_BYTES 65536
#define QUARREL_FUNDING_SAT 1000000
#define QUARREL_COINS       12
#define QUARREL_COIN_SAT    60000

struct quarrel_setup {
    enum ln_backend_kind backend;
    bool anchors;
    uint32_t feerate_sat_per_kwu;
    uint16_t delay_blocks[2]; /* that the end must wait */
    struct ln_onchain_policy policy;
    struct ln_onchain_rates rates;
};

/* Everything needed to broadcast a state of an end later. */
struct quarrel_state {
    struct ln_channel channel;
    struct ln_slot slots[QUARREL_SLOTS];
    struct ln_pool pool;
};

struct quarrel_end {
    struct ln_channel channel;
    struct ln_pool pool;
    struct ln_slot slots[QUARREL_SLOTS];
    struct ln_workshop shop;
    struct {
        uint32_t head;
        uint32_t tail;
        uint32_t count;
        uint8_t bytes[QUARREL_QUEUE_BYTES];
    } queue;
    struct quarrel_state *states; /* by local_number */
    uint8_t past[QUARREL_STATES][LN_PAST_HEAD_BYTES + LN_PAST_HTLC_BYTES * QUARREL_SLOTS];
    size_t past_length[QUARREL_STATES];
    bool forgets_past; /* has lost its records */
    bool without_coins;
    uint8_t closing[LN_ONCHAIN_CLOSING_BYTES]; /* that it wanted broadcast */
    size_t closing_length;
    /* on the chain */
    bool resolves;
    struct ln_onchain onchain;
    _Alignas(16) uint8_t memory[LN_ONCHAIN_BYTES(QUARREL_SLOTS)];
    uint8_t stored[LN_ONCHAIN_STORE_BYTES(QUARREL_SLOTS)];
    size_t stored_length;
    uint32_t stored_height; /* up to which it knows the best chain */
    uint8_t secret[32];
    uint8_t key[33];
    uint8_t script[BTC_P2WPKH_BYTES];
    struct ln_onchain_coin coins[QUARREL_COINS];
    uint32_t coin_count;
    int64_t start_sat;
    /* what it was told, by owner and id of the HTLC */
    uint8_t told[2][QUARREL_HTLCS]; /* enum ln_onchain_effect_kind, 0: nothing */
    uint32_t told_height[2][QUARREL_HTLCS];
    uint8_t learned[QUARREL_HTLCS][32];
    uint32_t counts[LN_ONCHAIN_RESOLVED + 1];
    enum ln_close close;
};

struct quarrel_tx {
    const struct btc_tx *tx;
    uint8_t txid[32];
    uint8_t owner; /* end, 2: nobody's */
    bool gone;     /* replaced, forgotten, or of no interest */
    uint32_t mined_height;
    bool locked; /* it could not have been in a block before the one it is in */
    int64_t fee_sat;
    uint32_t deadline_height;
    uint32_t first_height; /* of the first broadcast */
};

struct quarrel {
    struct regtest *regtest;
    struct ln_backend backend;
    struct ln_effects effects;
    struct ln_effect list[LN_EFFECTS_LIST(QUARREL_SLOTS)];
    _Alignas(16) uint8_t effect_memory[LN_EFFECTS_BYTES(QUARREL_SLOTS)];
    struct btc_arena scratch;
    _Alignas(16) uint8_t scratch_memory[LN_ONCHAIN_SCRATCH_BYTES(QUARREL_SLOTS) + LN_SCRATCH_BYTES(QUARREL_SLOTS)];
    struct ln_onchain_effects chain_effects;
    struct ln_onchain_effect chain_list[LN_ONCHAIN_EFFECTS_LIST(QUARREL_SLOTS)];
    _Alignas(16) uint8_t chain_memory[LN_ONCHAIN_EFFECTS_BYTES(QUARREL_SLOTS)];
    struct quarrel_end ends[2];
    struct quarrel_end *saved; /* two */
    struct quarrel_setup setup;
    struct quarrel_tx waiting[QUARREL_WAITING];
    uint32_t waiting_count;
    uint8_t digest[32];      /* of all that resolvers said since the channel was opened, or opened again */
    uint32_t base_height;    /* where every quarrel begins */
    uint32_t funding_height; /* of the block with the channel */
    size_t base_used;        /* of the regtest arena */
    uint32_t saved_height;
    size_t saved_used;
    struct btc_outpoint spread; /* that the funding is paid from */
    const struct btc_tx *funding;
    bool is_unfunded; /* its block was taken back, and none has it since */
    /* what happened */
    uint64_t blocks;
    uint64_t mined;
    uint64_t refused; /* one block too early */
    uint64_t broadcasts;
    uint64_t replacements;
    uint64_t reorganised;
    uint64_t refunded; /* fundings that came back */
    uint64_t restarts;
};

/* A chain with coins. One at a time per process is plenty: it is large. */
struct quarrel *quarrel_new(void);
void quarrel_free(struct quarrel *quarrel);
/* A fresh channel, its funding in a block. What was before is undone. */
void quarrel_open(struct quarrel *quarrel, const struct quarrel_setup *setup);
struct quarrel_setup quarrel_usual(bool anchors);
/* What quarrel_again goes back to. */
void quarrel_save(struct quarrel *quarrel);
/* The chain and both ends as they were when saved: to end the same channel in another way. */
void quarrel_again(struct quarrel *quarrel);

/* ---- while the channel lives ---- */

/* Preimage n is 32 bytes of 0x40 + n; the id counts from 0 for each end. */
void quarrel_preimage(uint8_t preimage[32], unsigned n);
void quarrel_add(struct quarrel *quarrel, unsigned end, uint64_t amount_msat, unsigned n, uint32_t expiry_height);
/* Likewise if the limits allow it. Returns whether they do. */
bool quarrel_try_add(struct quarrel *quarrel, unsigned end, uint64_t amount_msat, unsigned n, uint32_t expiry_height);
/* Changes the feerate of the commitments if that is allowed. */
void quarrel_try_fee(struct quarrel *quarrel, uint32_t rate_sat_per_kwu);
/* Delivers at most so many messages, one end after the other, ticking when there are none. Returns how many. */
unsigned quarrel_settle(struct quarrel *quarrel, unsigned most);
void quarrel_fulfill(struct quarrel *quarrel, unsigned end, uint64_t id, unsigned n);
void quarrel_fail(struct quarrel *quarrel, unsigned end, uint64_t id);
/* Closes by agreement; what is made then ends the channel. */
void quarrel_agree(struct quarrel *quarrel);

/* ---- on the chain ---- */

/* An end gives the channel up, or sees it given up: its resolver is made and started. */
void quarrel_resolve(struct quarrel *quarrel, unsigned end);
/* The end pretends that an older state is its last: its resolver is made from that and started. */
void quarrel_resolve_old(struct quarrel *quarrel, unsigned end, uint64_t number);
/* A block with what waits of the ends given, first's before the other's. In: takes, a bit for each end; 0: nobody's,
 * nor the funding if that waits. */
void quarrel_mine(struct quarrel *quarrel, unsigned takes, unsigned first);
void quarrel_mine_many(struct quarrel *quarrel, unsigned takes, unsigned first, uint32_t count);
/* Takes back so many blocks; that of the funding too, but not with quarrel_again behind it. */
void quarrel_undo(struct quarrel *quarrel, uint32_t blocks);
/* The end learns the preimage of an HTLC that the other offers. */
void quarrel_learn(struct quarrel *quarrel, unsigned end, uint64_t id, unsigned n);
/* The end crashes and goes on from what it last stored. */
void quarrel_restart(struct quarrel *quarrel, unsigned end);
void quarrel_rates(struct quarrel *quarrel, unsigned end, uint32_t relaxed, uint32_t normal, uint32_t urgent);
/* What waits to be mined and spends the funding, to the end that did not broadcast it; the first that came keeps others
 * out of mempools. */
void quarrel_show(struct quarrel *quarrel, unsigned end);
/* The coins of the end's wallet that are confirmed and free, to its resolver. */
void quarrel_give_coins(struct quarrel *quarrel, unsigned end);
uint32_t quarrel_height(const struct quarrel *quarrel);

/* ---- checking ---- */

/* The wallet of an end on the chain. */
int64_t quarrel_wallet_sat(const struct quarrel *quarrel, unsigned end);
/* Each wallet is as its tally says, and everything adds up to the funding. */
void quarrel_audit(struct quarrel *quarrel);
/* The transaction that spent the funding, NULL if none is in a block. */
const struct btc_tx *quarrel_commitment(const struct quarrel *quarrel);

#endif
