/* secrets.c: per-commitment secrets.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/secrets.h"

#include <assert.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"

void ln_secret_descend(uint8_t secret[32], unsigned bits, uint64_t index)
{
    for (unsigned bit = bits; bit-- > 0;) {
        if (index >> bit & 1) {
            secret[bit / 8] ^= (uint8_t)(1u << bit % 8);
            btc_sha256(secret, secret, 32);
        }
    }
}

static unsigned trailing_zeros(uint64_t index)
{
    return index == 0 ? LN_SECRET_BITS : (unsigned)__builtin_ctzll(index);
}

/* The index that slot keeps when next is the index still to come: the least above or at next + 1 with exactly slot
 * zeros. Returns false if none has been received. */
static bool slot_index(uint64_t *index, uint64_t next, unsigned slot)
{
    uint64_t newest = next + 1;
    if (slot == LN_SECRET_BITS) {
        *index = 0;
        return newest == 0;
    }
    uint64_t unit = UINT64_C(1) << slot;
    uint64_t multiple = newest / unit + (newest % unit != 0);
    multiple += multiple % 2 == 0;
    *index = multiple * unit;
    return *index <= LN_SECRET_FIRST;
}

void ln_secret_generate(uint8_t secret[32], const uint8_t seed[32], uint64_t index)
{
    assert(index <= LN_SECRET_FIRST);
    memmove(secret, seed, 32);
    ln_secret_descend(secret, LN_SECRET_BITS, index);
}

void ln_secrets_init(struct ln_secrets *secrets)
{
    memset(secrets, 0, sizeof *secrets);
    secrets->next = LN_SECRET_FIRST;
}

enum ln_secrets_result ln_secrets_insert(struct ln_secrets *secrets, uint64_t index, const uint8_t secret[32])
{
    if (index != secrets->next || index > LN_SECRET_FIRST) {
        return LN_SECRETS_ORDER;
    }
    unsigned slot = trailing_zeros(index);
    for (unsigned below = 0; below < slot; below++) {
        uint64_t known;
        uint8_t derived[32];
        memcpy(derived, secret, 32);
        if (slot_index(&known, index, below)) {
            ln_secret_descend(derived, slot, known);
            if (memcmp(derived, secrets->known[below], 32) != 0) {
                return LN_SECRETS_WRONG;
            }
        }
    }
    memcpy(secrets->known[slot], secret, 32);
    secrets->next = index - 1;
    return LN_SECRETS_OK;
}

bool ln_secrets_get(const struct ln_secrets *secrets, uint8_t secret[32], uint64_t index)
{
    if (index > LN_SECRET_FIRST || index < secrets->next + 1) {
        return false;
    }
    for (unsigned slot = 0; slot <= LN_SECRET_BITS; slot++) {
        uint64_t known;
        uint64_t prefix = index & ~((UINT64_C(1) << slot) - 1);
        if (slot_index(&known, secrets->next, slot) && prefix == known) {
            memcpy(secret, secrets->known[slot], 32);
            ln_secret_descend(secret, slot, index);
            return true;
        }
    }
    return false;
}
