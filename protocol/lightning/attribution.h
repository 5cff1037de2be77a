/* attribution.h: who held an HTLC for how long: data that each hop signs on the way back.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     hold times   20 x u32, in units of 100 ms, the nearest hop first
 *     HMACs        210 x 4 bytes: row x (hop x) has one for each distance 19-x .. 0 that the hop may have to the end
 *
 * Each hop shifts what it received by one hop, adds its time and its row, and obfuscates all. The sender undoes that
 * hop by hop and learns where the chain of HMACs breaks. Source: BOLT 4, returning errors (attribution_data).
 */
#ifndef KONSENTO_LIGHTNING_ATTRIBUTION_H
#define KONSENTO_LIGHTNING_ATTRIBUTION_H

#include "protocol/bitcoin/bytes.h"

#define LN_ATTRIBUTION_HOPS       20
#define LN_ATTRIBUTION_DATA_BYTES 920
#define LN_HOLD_UNIT_US           100000

/* The hop's step back. In: data, as it came from downstream, all zeros where it began; secret, which the hop shares
 * with the sender; packet, the failure packet before the hop obfuscates it, empty for a fulfilled HTLC. */
void ln_attribution_add(uint8_t data[LN_ATTRIBUTION_DATA_BYTES], const uint8_t secret[32], uint32_t hold_time,
                        struct btc_bytes packet);

/* The sender's step for one hop. In: packet, after the hop's obfuscation was taken off; distance, how many hops of the
 * route come after it. Out: data, as it was before the hop; hold_time. Returns false if the hop's HMAC does not match.
 */
__attribute__((warn_unused_result)) bool ln_attribution_remove(uint8_t data[LN_ATTRIBUTION_DATA_BYTES],
                                                               uint32_t *hold_time, const uint8_t secret[32],
                                                               unsigned distance, struct btc_bytes packet);

#endif
