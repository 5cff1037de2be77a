/* probability.h: how likely a channel can forward an amount, in integers.   [real]
 * SPDX-License-Identifier: MIT
 *
 * A channel's capacity is public, its liquidity (what the near end has of it) is not. Before anything is known it is
 *
 *     uniform    as likely anywhere between 0 and capacity (Pickhardt et al. 2021)
 *     bimodal    mostly near either end: density e^(-x/s) + e^((x-c)/s) for a scale s (lnd's second estimator)
 *
 * and what was learned (liquidity.h) cuts that down to lower <= liquidity <= upper. The chance that an amount passes is
 * P(liquidity >= amount | bounds); routes add up -ln of it. It never falls when the amount rises. Tables hold 1/128 of
 * an octave, joined by straight lines: -ln p is right to 0.4 % of itself, e^-x to 4e-6. Source: Pickhardt, Tikhomirov,
 * Biryukov, Nowostawski, "Security and privacy of Lightning Network payments with uncertain channel balances", 2021.
 */
#ifndef KONSENTO_LIGHTNING_PROBABILITY_H
#define KONSENTO_LIGHTNING_PROBABILITY_H

#include <stdbool.h>
#include <stdint.h>

#define LN_NATS_BITS      20 /* -ln p is counted in 2^-20 */
#define LN_NATS_MAX       (UINT32_C(32) << LN_NATS_BITS)
#define LN_BOUND_MSAT_MAX ((UINT64_C(1) << 48) - 1) /* of amounts and capacities here */
#define LN_SURE           (UINT64_C(1) << 32)       /* p = 1 */

enum ln_prior_kind {
    LN_PRIOR_UNIFORM,
    LN_PRIOR_BIMODAL,
};

struct ln_prior {
    enum ln_prior_kind kind;
    uint64_t scale_msat; /* of the bimodal one, at least 1 */
};

/* What is known of one direction of a channel: lower <= liquidity <= upper <= capacity < 2^48. */
struct ln_bounds {
    uint64_t lower_msat;
    uint64_t upper_msat;
    uint64_t capacity_msat;
};

/* -ln p of that amount. Returns false if it cannot pass: amount above upper. */
__attribute__((warn_unused_result)) bool ln_probability_nats(uint32_t *nats, const struct ln_prior *prior,
                                                             const struct ln_bounds *bounds, uint64_t amount_msat);

/* -ln(p / 2^32), at most LN_NATS_MAX. In: 0 < p <= 2^32. */
uint32_t ln_nats_of(uint64_t p);
/* 2^-(halves / 2^32), in 2^-32. */
uint64_t ln_half_power(uint64_t halves);
/* part / whole, in 2^-32, at least the true one by rounding of large wholes. In: part below 2^48, at most 32 wholes. */
uint64_t ln_ratio(uint64_t part, uint64_t whole);
/* e^-(nats), in 2^-32. */
uint64_t ln_probability_of_nats(uint64_t nats);

#endif
