/* merkle.h: the merkle root of a list of hashes, leaf by leaf, in the memory of one path.   [real]
 * SPDX-License-Identifier: MIT
 *
 *            root                 A level with an odd number of nodes pairs its last with itself. So the lists
 *           /    \                 a b c  and  a b c c  have one root: whoever gets a block from a stranger must
 *         ab      cc               refuse the second form, or the first is taken for known and bad. is_mutated says
 *        / \     /                 that some pair of equal nodes was met that is not such a lonely last one.
 *       a   b   c
 *
 * Source: Bitcoin consensus; CVE-2012-2459.
 */
#ifndef KONSENTO_BITCOIN_MERKLE_H
#define KONSENTO_BITCOIN_MERKLE_H

#include <stdbool.h>
#include <stdint.h>

#define BTC_MERKLE_LEVELS 32

struct btc_merkle {
    uint32_t count;                         /* leaves so far */
    bool is_mutated;                        /* two equal neighbours were met */
    uint8_t waiting[BTC_MERKLE_LEVELS][32]; /* per level, the left node that has no right one yet */
};

void btc_merkle_init(struct btc_merkle *merkle);
/* Limits: 2^31 leaves (asserts). */
void btc_merkle_add(struct btc_merkle *merkle, const uint8_t leaf[32]);
/* Out: the root; zero if there was no leaf. Sets is_mutated for the last time. */
void btc_merkle_root(uint8_t root[32], struct btc_merkle *merkle);

#endif
