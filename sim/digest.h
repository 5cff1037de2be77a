/* digest.h: the fingerprint of a run: a 64-bit chain over integers, sealed with SHA-256.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each step is a bijection of the chain for a given value, so nothing folded earlier is forgotten: two runs that differ
 * in one value differ from there on, but for one accident in 2^64. It guards against mistakes, not against forgers.
 */
#ifndef KONSENTO_SIM_DIGEST_H
#define KONSENTO_SIM_DIGEST_H

#include <stdint.h>

#define DIGEST_START UINT64_C(0x6b6f6e73656e746f) /* "konsento" */

/* The chain after value. */
static inline uint64_t digest_fold(uint64_t chain, uint64_t value)
{
    chain = (chain ^ value) * UINT64_C(0x9fb21c651e98df25);
    return chain ^ chain >> 32;
}

/* SHA-256 over the three integers, each as eight bytes, least significant first. */
void digest_seal(uint8_t digest[32], uint64_t chain, uint64_t count, int64_t time_us);

#endif
