/* lift.h: the second coordinate of a point, from its first: what reading a compressed key costs.   [real]
 * SPDX-License-Identifier: MIT
 *
 * A compressed key leaves out y; reading it takes a square root modulo p = 2^256 - 2^32 - 977, a chain of 266 squarings
 * and multiplications that each wait for the one before. Here the chain is laid out for that: four words, carries kept
 * short. It takes public numbers only, so its time need not be constant.
 *
 * Nobody has to trust it: the caller hands x and y to the curve library, which checks that they lie on the curve.
 * Inside of protocol/bitcoin only: callers use btc_pubkey_read.
 */
#ifndef KONSENTO_BITCOIN_LIFT_H
#define KONSENTO_BITCOIN_LIFT_H

#include <stdint.h>

/* y of the point with this x whose y is odd (parity 1) or even (0), both big-endian. Where x has no point, or is p or
 * more, y is some number that lies on no point with x. */
void btc_lift(uint8_t y[32], const uint8_t x[32], unsigned parity);

#endif
