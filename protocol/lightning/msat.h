/* msat.h: amounts in channels: thousandths of a satoshi, added and taken away with a check.   [real]
 * SPDX-License-Identifier: MIT
 *
 * An amount is a uint64_t whose name ends in _msat, in range when at most LN_MSAT_MAX. On false the result is
 * untouched. Source: BOLT 1, fundamental types (upper bound); BOLT 7, HTLC fees.
 */
#ifndef KONSENTO_LIGHTNING_MSAT_H
#define KONSENTO_LIGHTNING_MSAT_H

#include <stdbool.h>
#include <stdint.h>

#define LN_MSAT_MAX UINT64_C(2100000000000000000) /* 21 million bitcoin */

/* sum = a + b. Returns false if a term or the sum is out of range. */
__attribute__((warn_unused_result)) static inline bool ln_msat_add(uint64_t *sum_msat, uint64_t a_msat, uint64_t b_msat)
{
    if (a_msat > LN_MSAT_MAX || b_msat > LN_MSAT_MAX - a_msat) {
        return false;
    }
    *sum_msat = a_msat + b_msat;
    return true;
}

/* difference = a - b. Returns false if a is out of range or b > a. */
__attribute__((warn_unused_result)) static inline bool ln_msat_subtract(uint64_t *difference_msat, uint64_t a_msat,
                                                                        uint64_t b_msat)
{
    if (a_msat > LN_MSAT_MAX || b_msat > a_msat) {
        return false;
    }
    *difference_msat = a_msat - b_msat;
    return true;
}

/* base + amount * ppm / 1000000, rounded down (BOLT 7). Returns false if amount or the fee is out of range. */
__attribute__((warn_unused_result)) static inline bool ln_msat_fee(uint64_t *fee_msat, uint64_t amount_msat,
                                                                   uint32_t base_msat, uint32_t ppm)
{
    if (amount_msat > LN_MSAT_MAX) {
        return false;
    }
    unsigned __int128 fee = base_msat + (unsigned __int128)amount_msat * ppm / 1000000;
    if (fee > LN_MSAT_MAX) {
        return false;
    }
    *fee_msat = (uint64_t)fee;
    return true;
}

#endif
