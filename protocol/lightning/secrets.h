/* secrets.h: per-commitment secrets: made from one seed, kept in 49 slots.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Secrets are numbered from 2^48 - 1 downwards. A secret whose index ends in n zero bits yields all secrets whose index
 * differs from it in those n bits alone, so of all secrets received only the newest of each number of zeros need be
 * kept. Because they must come in order, the index of each slot follows from the number of the newest.
 * Source: BOLT 3, per-commitment secret requirements, efficient per-commitment secret storage, appendix D.
 */
#ifndef KONSENTO_LIGHTNING_SECRETS_H
#define KONSENTO_LIGHTNING_SECRETS_H

#include <stdbool.h>
#include <stdint.h>

#define LN_SECRET_BITS  48
#define LN_SECRET_FIRST ((UINT64_C(1) << LN_SECRET_BITS) - 1)

/* The secret with an index, from the seed that only its owner knows. In: index <= LN_SECRET_FIRST. */
void ln_secret_generate(uint8_t secret[32], const uint8_t seed[32], uint64_t index);
/* Goes from the secret of an index whose lower bits are zero to the one that has them as in index: the rest of the way
 * for who keeps a secret on it. */
void ln_secret_descend(uint8_t secret[32], unsigned bits, uint64_t index);

/* The secrets that a peer has revealed. */
struct ln_secrets {
    uint64_t next; /* the index that must come next; LN_SECRET_FIRST + 1 - number received */
    uint8_t known[LN_SECRET_BITS + 1][32];
};

enum ln_secrets_result {
    LN_SECRETS_OK,
    LN_SECRETS_ORDER, /* not the index that must come next */
    LN_SECRETS_WRONG, /* earlier secrets do not follow from it: the peer cheats or is broken */
};

void ln_secrets_init(struct ln_secrets *secrets);
/* Takes the next secret. On a result other than OK nothing has changed. */
__attribute__((warn_unused_result)) enum ln_secrets_result ln_secrets_insert(struct ln_secrets *secrets, uint64_t index,
                                                                             const uint8_t secret[32]);
/* Returns false if the secret with that index has not been received. */
__attribute__((warn_unused_result)) bool ln_secrets_get(const struct ln_secrets *secrets, uint8_t secret[32],
                                                        uint64_t index);

#endif
