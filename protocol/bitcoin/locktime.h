/* locktime.h: when a transaction may be in a block: nLockTime and relative locks.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Times are Unix seconds: BIP 113 compares with the median time past of the block before. A relative lock of n blocks
 * on a coin of height h is met in block h + n; one of n * 512 s counts from the median time past of the block before
 * the coin's own. Source: BIP 65, 68, 112, 113.
 */
#ifndef KONSENTO_BITCOIN_LOCKTIME_H
#define KONSENTO_BITCOIN_LOCKTIME_H

#include "protocol/bitcoin/tx.h"

/* Where a spent output was made. */
struct btc_coin_age {
    uint32_t height; /* of its block */
    uint32_t time;   /* median time past of the block before it (the block of height - 1) */
};

/* The earliest block: height >= min_height and median time past of its parent >= min_time. */
struct btc_earliest {
    uint32_t min_height;
    uint32_t min_time;
};

/* nLockTime: may the transaction be in the block of this height whose parent has this median time past? */
bool btc_tx_is_final(const struct btc_tx *tx, uint32_t height, uint32_t median_time);

/* BIP 68: the earliest block that all relative locks allow; {0, 0} for version 1. In: ages, one per input. */
struct btc_earliest btc_tx_earliest(const struct btc_tx *tx, const struct btc_coin_age *ages);

/* BIP 65: does nLockTime of tx satisfy `locktime OP_CHECKLOCKTIMEVERIFY` in this input? */
bool btc_tx_meets_locktime(const struct btc_tx *tx, uint32_t input, int64_t locktime);

/* BIP 112: does nSequence of this input satisfy `sequence OP_CHECKSEQUENCEVERIFY`? */
bool btc_tx_meets_sequence(const struct btc_tx *tx, uint32_t input, int64_t sequence);

#endif
