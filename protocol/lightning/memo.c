/* memo.c: results of curve operations, kept for the other end.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/memo.h"

#include <assert.h>
#include <string.h>

/* What is looked up are hashes, points and signatures: any four bytes of them are spread evenly. */
static uint32_t spread(const uint8_t bytes[4])
{
    uint32_t word;
    memcpy(&word, bytes, 4);
    return word;
}

static bool is_power_of_two(uint32_t number)
{
    return number != 0 && (number & (number - 1)) == 0;
}

size_t ln_memo_bytes(uint32_t slots, uint32_t signatures)
{
    return slots * (sizeof(struct ln_memo_commitment) + 2 * sizeof(struct ln_memo_point) + sizeof(struct ln_memo_keys) +
                    sizeof(struct ln_memo_hop) + sizeof(struct ln_memo_signer)) +
           signatures * sizeof(struct ln_memo_signature);
}

void ln_memo_init(struct ln_memo *memo, void *memory, uint32_t slots, uint32_t signatures)
{
    assert(is_power_of_two(slots) && is_power_of_two(signatures) && signatures >= LN_MEMO_WAYS);
    memset(memory, 0, ln_memo_bytes(slots, signatures));
    memo->commitments = memory;
    memo->points = (struct ln_memo_point *)(memo->commitments + slots);
    memo->wires = memo->points + slots;
    memo->keys = (struct ln_memo_keys *)(memo->wires + slots);
    memo->hops = (struct ln_memo_hop *)(memo->keys + slots);
    memo->signers = (struct ln_memo_signer *)(memo->hops + slots);
    memo->signatures = (struct ln_memo_signature *)(memo->signers + slots);
    memo->slots_mask = slots - 1;
    memo->rows_mask = signatures / LN_MEMO_WAYS - 1;
}

const struct ln_point *ln_memo_find_point(const struct ln_memo *memo, const uint8_t secret[32])
{
    const struct ln_memo_point *slot = &memo->points[spread(secret) & memo->slots_mask];
    return memcmp(slot->secret, secret, 32) == 0 ? &slot->point : NULL;
}

const struct ln_memo_point *ln_memo_find_wire(const struct ln_memo *memo, const uint8_t wire[33])
{
    const struct ln_memo_point *slot = &memo->wires[spread(wire + 1) & memo->slots_mask];
    return memcmp(slot->point.wire, wire, 33) == 0 ? slot : NULL;
}

void ln_memo_put_point(struct ln_memo *memo, const uint8_t secret[32], const struct ln_point *point)
{
    struct ln_memo_point *slot = &memo->points[spread(secret) & memo->slots_mask];
    memcpy(slot->secret, secret, 32);
    slot->point = *point;
    memo->wires[spread(point->wire + 1) & memo->slots_mask] = *slot;
}

const struct ln_derived *ln_memo_find_keys(const struct ln_memo *memo, const uint8_t channel[32],
                                           const uint8_t point[33])
{
    const struct ln_memo_keys *slot = &memo->keys[spread(point + 1) & memo->slots_mask];
    return memcmp(slot->point, point, 33) == 0 && memcmp(slot->channel, channel, 32) == 0 ? &slot->derived : NULL;
}

void ln_memo_put_keys(struct ln_memo *memo, const uint8_t channel[32], const uint8_t point[33],
                      const struct ln_derived *derived)
{
    struct ln_memo_keys *slot = &memo->keys[spread(point + 1) & memo->slots_mask];
    memcpy(slot->channel, channel, 32);
    memcpy(slot->point, point, 33);
    slot->derived = *derived;
}

struct ln_memo_commitment *ln_memo_commitment_slot(struct ln_memo *memo, const uint64_t digest[2])
{
    return &memo->commitments[digest[0] & memo->slots_mask];
}

const struct ln_memo_commitment *ln_memo_find_commitment(const struct ln_memo *memo, const uint64_t digest[2],
                                                         const uint8_t point[33])
{
    const struct ln_memo_commitment *slot = &memo->commitments[digest[0] & memo->slots_mask];
    bool same = slot->digest[0] == digest[0] && slot->digest[1] == digest[1] && memcmp(slot->point, point, 33) == 0;
    return same ? slot : NULL;
}

const struct ln_memo_hop *ln_memo_find_hop(const struct ln_memo *memo, const uint8_t key[33], const uint8_t node[33])
{
    const struct ln_memo_hop *slot = &memo->hops[spread(key + 1) & memo->slots_mask];
    return memcmp(slot->key, key, 33) == 0 && memcmp(slot->node, node, 33) == 0 ? slot : NULL;
}

void ln_memo_put_hop(struct ln_memo *memo, const struct ln_memo_hop *hop)
{
    memo->hops[spread(hop->key + 1) & memo->slots_mask] = *hop;
}

const struct ln_memo_signer *ln_memo_find_signer(const struct ln_memo *memo, const uint8_t hash[32],
                                                 const uint8_t signature[65])
{
    const struct ln_memo_signer *slot = &memo->signers[spread(hash) & memo->slots_mask];
    return memcmp(slot->hash, hash, 32) == 0 && memcmp(slot->signature, signature, 65) == 0 ? slot : NULL;
}

void ln_memo_put_signer(struct ln_memo *memo, const struct ln_memo_signer *signer)
{
    memo->signers[spread(signer->hash) & memo->slots_mask] = *signer;
}

static struct ln_memo_signature *row_of(const struct ln_memo *memo, const struct ln_memo_signature *signature)
{
    return &memo->signatures[(size_t)LN_MEMO_WAYS * (spread(signature->signature) & memo->rows_mask)];
}

bool ln_memo_has_signature(const struct ln_memo *memo, const struct ln_memo_signature *signature)
{
    const struct ln_memo_signature *row = row_of(memo, signature);
    for (unsigned way = 0; way < LN_MEMO_WAYS; way++) {
        if (memcmp(&row[way], signature, sizeof *signature) == 0) {
            return true;
        }
    }
    return false;
}

void ln_memo_put_signature(struct ln_memo *memo, const struct ln_memo_signature *signature)
{
    struct ln_memo_signature *row = row_of(memo, signature);
    memmove(row + 1, row, (LN_MEMO_WAYS - 1) * sizeof *row);
    row[0] = *signature;
}
