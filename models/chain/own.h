/* own.h: the transactions that the run owns, by number, by txid, and by what they spend.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * by_outpoint leads to the newest transaction that was sent and spends an output; each knows, for each of its inputs,
 * the one before it that spends the same.
 */
#ifndef KONSENTO_MODELS_CHAIN_OWN_H
#define KONSENTO_MODELS_CHAIN_OWN_H

#include "models/chain/chain.h"
#include "models/slab.h"
#include "protocol/bitcoin/table.h"

struct own_tx {
    struct chain_tx seen; /* what the outside may look at */
    uint8_t *memory;      /* of seen.tx */
    int64_t *arrival_us;  /* by zone: when the network brings it there; CHAIN_NEVER_US */
    uint32_t *earlier;    /* by input: the transaction sent before that spends the same; CHAIN_NONE */
    uint32_t peers;       /* that get it first */
    enum chain_reach reach;
    uint32_t sent_count;
    uint32_t told_rival;     /* the transaction against which CONFLICT was raised last; CHAIN_NONE */
    uint32_t reported_depth; /* by the last DEPTH event */
    bool is_watched;         /* is in the node's list of depths */
    bool is_linked;          /* is in by_outpoint */
};

struct own_txs {
    struct slab txs;
    struct btc_table by_txid;
    struct btc_table by_outpoint;
    uint32_t zone_count;
};

void own_open(struct own_txs *own, uint32_t zone_count);
void own_close(struct own_txs *own);

struct own_tx *own_at(const struct own_txs *own, uint32_t number);
uint32_t own_count(const struct own_txs *own);
uint32_t own_find(const struct own_txs *own, const uint8_t txid[32]);

/* The most that a copy of a transaction takes from an arena. */
size_t own_copy_bytes(const struct btc_tx *tx);
/* Takes a copy. Limits: not there yet (asserts). Returns its number, CHAIN_NONE if there is no memory. */
uint32_t own_add(struct own_txs *own, const struct btc_tx *tx);
/* It is sent: links it with those that spend the same. Returns false if there is no memory. */
__attribute__((warn_unused_result)) bool own_link(struct own_txs *own, uint32_t number);

/* The newest transaction that was sent and spends an output; CHAIN_NONE. */
uint32_t own_spender(const struct own_txs *own, const struct btc_outpoint *outpoint);
/* The one before number that spends the same as its input does. */
uint32_t own_earlier_spender(const struct own_txs *own, uint32_t number, const struct btc_outpoint *outpoint);
/* Of those that spend an output, the newest in a state; CHAIN_NONE. */
uint32_t own_spender_in(const struct own_txs *own, const struct btc_outpoint *outpoint, enum chain_tx_state state);
/* The newest other transaction, sent before, that spends an output that this one spends; CHAIN_NONE. */
uint32_t own_rival(const struct own_txs *own, uint32_t number);
/* The output, NULL if it is of no own transaction. */
const struct btc_output *own_output(const struct own_txs *own, const struct btc_outpoint *outpoint);

#endif
