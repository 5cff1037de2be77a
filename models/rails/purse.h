/* purse.h: a wallet with real keys on the modeled chain, and the room in which wallets build transactions.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The keys, the coins, the signatures are real (protocol/bitcoin/wallet.h); modeled is only where the seed comes from:
 * a named stream, so that a run can be repeated, and that every rail's payers have the same keys.
 */
#ifndef KONSENTO_MODELS_RAILS_PURSE_H
#define KONSENTO_MODELS_RAILS_PURSE_H

#include "models/chain/chain.h"
#include "protocol/bitcoin/wallet.h"

#define PURSE_DUST_SAT_PER_KWU 750 /* 3 sat/vB, as Bitcoin Core */

/* What all purses of a run share. */
struct purse_room {
    struct trouble *trouble;
    struct chain *chain;
    struct btc_curve curve;
    struct btc_arena arena;   /* of the transaction that was built last */
    struct btc_arena scratch; /* of the choice of coins */
};

void purse_room_open(struct purse_room *room, struct trouble *trouble, struct chain *chain);
void purse_room_close(struct purse_room *room);

struct purse {
    struct purse_room *room;
    struct btc_wallet wallet;
    bool is_open;
};

/* purpose, entity: name the stream of the seed. Returns false when memory is out. Owns: purse_close. */
__attribute__((warn_unused_result)) bool purse_open(struct purse *purse, struct purse_room *room, const char *purpose,
                                                    uint64_t entity);
void purse_close(struct purse *purse);

/* Coins that are there at time 0; before chain_begin. Returns false when memory is out. */
__attribute__((warn_unused_result)) bool purse_fund(struct purse *purse, uint32_t coins, int64_t coin_sat);
/* A script that was not given out before. Returns false when memory is out (told to trouble). */
__attribute__((warn_unused_result)) bool purse_script(struct purse *purse, uint8_t script[BTC_P2WPKH_BYTES]);

/* Follows the operator's best chain. */
void purse_connect(struct purse *purse, const struct btc_block *block, uint32_t height);
void purse_disconnect(struct purse *purse, const struct btc_block *block, uint32_t height);
/* Learns of a transaction that was sent, of one that will not be mined. */
void purse_see(struct purse *purse, const struct btc_tx *tx);
void purse_forget(struct purse *purse, const struct btc_tx *tx);

/* Lists the coins in blocks that it has, the smallest first: at most `most` of them. Returns how many there are. */
uint32_t purse_smallest(struct btc_outpoint *coins, struct purse *purse, uint32_t most);

/* Least value of an output to a purse that is relayed. */
int64_t purse_dust_sat(void);

/* Builds a payment; plan lacks what is the same for all (dust, signatures). Coins in blocks first, then own change.
 * The result stays until the next purse_pay or purse_bump of the room. NO_MEMORY is told to trouble. */
enum btc_wallet_error purse_pay(struct btc_wallet_payment *payment, struct purse *purse, struct btc_wallet_plan plan);
enum btc_wallet_error purse_bump(struct btc_wallet_payment *payment, struct purse *purse, const struct btc_tx *old,
                                 uint32_t rate_sat_per_kwu, uint32_t incremental_sat_per_kwu);
/* A transaction that gives the same coins back to their owner instead, and pays more fee than old_fee_sat if
 * incremental_sat_per_kwu > 0. Of an old transaction of this purse. */
enum btc_wallet_error purse_take_back(struct btc_wallet_payment *payment, struct purse *purse, const struct btc_tx *old,
                                      int64_t old_fee_sat, uint32_t rate_sat_per_kwu, uint32_t incremental_sat_per_kwu);

#endif
