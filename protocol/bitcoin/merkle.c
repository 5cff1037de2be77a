/* merkle.c: the merkle root of a list of hashes, leaf by leaf, in the memory of one path.   [real]
 * SPDX-License-Identifier: MIT
 *
 * The bits of count say which levels hold a waiting left node: adding a leaf is adding one to a binary number, and each
 * carry joins two nodes.
 */
#include "protocol/bitcoin/merkle.h"

#include "protocol/bitcoin/hash.h"
#include <assert.h>
#include <string.h>

void btc_merkle_init(struct btc_merkle *merkle)
{
    merkle->count = 0;
    merkle->is_mutated = false;
}

/* node = hash of the waiting node of this level and node */
static void join(struct btc_merkle *merkle, uint8_t node[32], unsigned level)
{
    if (memcmp(merkle->waiting[level], node, 32) == 0)
        merkle->is_mutated = true;
    btc_sha256d_pair(node, merkle->waiting[level], node);
}

/* Carries node upwards from a level of which count has the bits. Returns the level where it comes to rest. */
static unsigned carry(struct btc_merkle *merkle, uint8_t node[32], unsigned level, uint32_t count)
{
    for (; (count >> level & 1) != 0; level++)
        join(merkle, node, level);
    return level;
}

void btc_merkle_add(struct btc_merkle *merkle, const uint8_t leaf[32])
{
    assert(merkle->count < UINT32_C(1) << 31);
    uint8_t node[32];
    memcpy(node, leaf, 32);
    unsigned level = carry(merkle, node, 0, merkle->count);
    memcpy(merkle->waiting[level], node, 32);
    merkle->count++;
}

void btc_merkle_root(uint8_t root[32], struct btc_merkle *merkle)
{
    uint8_t node[32] = {0};
    uint64_t count = merkle->count;
    if (count > 0) {
        unsigned level = (unsigned)__builtin_ctz(merkle->count);
        memcpy(node, merkle->waiting[level], 32);
        while (count != UINT64_C(1) << level) {
            btc_sha256d_pair(node, node, node); /* lonely: its own neighbour */
            unsigned next = carry(merkle, node, level + 1, (uint32_t)count);
            count += UINT64_C(1) << level;
            level = next;
        }
    }
    memcpy(root, node, 32);
}
