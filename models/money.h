/* money.h: what energy costs, exactly: microjoules times price over a fixed denominator, in 128 bits.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   1 kWh = 3.6e12 uJ, 1 BTC = 1e11 msat, price p in micro-yen per kWh, rate r in micro-yen per BTC:
 *
 *                 E p       1e11       E p
 *   cost [msat] = ------- * ---- = ----------          so  cost parts = E p,  one msat = 36 r parts.
 *                 3.6e12     r       36 r
 *
 * Costs are added as parts, across any number of price changes, and rounded once: what is owed is rounded up.
 */
#ifndef KONSENTO_MODELS_MONEY_H
#define KONSENTO_MODELS_MONEY_H

#include <stdint.h>

struct money {
    int64_t parts_per_msat; /* 36 r */
    double yen_per_msat;
};

/* yen_per_btc: 1 .. 1e9, rounded to the micro-yen. */
void money_init(struct money *money, double yen_per_btc);
/* Energy x price. */
__int128 money_cost_parts(int64_t energy_uj, int64_t price_uyen_per_kwh);
__int128 money_parts(const struct money *money, int64_t msat);
/* Parts >= 0 as msat, rounded up; INT64_MAX if it is more than that. */
int64_t money_owed_msat(const struct money *money, __int128 parts);
/* The most energy whose cost does not exceed parts; INT64_MAX if the price is 0 and parts >= 0; 0 if parts < 0. */
int64_t money_energy_uj(__int128 parts, int64_t price_uyen_per_kwh);
double money_yen(const struct money *money, double msat);

#endif
