/* digest.h: the fingerprint of a run: a 64-bit chain over integers, sealed with SHA-256.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each step is a bijection of the chain for a given value, so nothing folded earlier is forgotten: two runs that differ
 * in one value differ from there on, but for one accident in 2^64. It guards against mistakes, not against forgers.
 *
 * The integers of an event are mixed apart from the chain, and only the mix waits for the chain of the event before:
 * the processor does the rest beside other work.
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

/* The chain after an event. In: its time; what and who it was; its argument. */
static inline uint64_t digest_event(uint64_t chain, int64_t time_us, uint64_t who, uint64_t argument)
{
    uint64_t event = digest_fold(digest_fold(digest_fold(DIGEST_START, (uint64_t)time_us), who), argument);
    return digest_fold(chain, event);
}

/* SHA-256 over the three integers, each as eight bytes, least significant first. */
void digest_seal(uint8_t digest[32], uint64_t chain, uint64_t count, int64_t time_us);

#endif
