/* auction.h: one interval's market for energy: orders in, one price and accepted quantities out.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   price |  bids, dearest first      Uniform price: the largest quantity that can be traded is traded, and everybody
 *         |------.   .--------        at one price. Bids above it and asks below it are served whole. Prices at which
 *         |      +-.-| asks,          that is so form an interval; its middle is taken, rounded down to the micro-yen.
 *         |  .---'  '-- cheapest
 *         +-------+----- energy       Mid-market: the price is the middle of what the grid takes and gives; who cannot
 *                                     agree to it does not trade, and the longer side is served in proportion.
 *
 * Ties. Orders at the limit that is served in part share in proportion to what they asked for, rounded down to the
 * microjoule; of what is left over, the first to come have one each. Nothing depends on anything else: the same orders
 * in the same order give the same result.
 *
 * Limits are integers in micro-yen per kWh, energies in microjoules. No order gets more than it asked for, none trades
 * outside its limit, and what is sold is what is bought (auction_audit).
 * Sources: Nicolaisen, Petrov, Tesfatsion 2001 for the double auction; Long et al. 2017 for mid-market rates.
 */
#ifndef KONSENTO_MODELS_MARKET_AUCTION_H
#define KONSENTO_MODELS_MARKET_AUCTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum auction_side { AUCTION_BID, AUCTION_ASK };

struct auction_order {
    uint32_t trader;
    enum auction_side side;
    int64_t limit_uyen_per_kwh; /* a bid's highest, an ask's lowest price, >= 0 */
    int64_t energy_uj;          /* > 0 */
    int64_t accepted_uj;        /* 0 .. energy_uj, when cleared */
};

struct auction {
    struct auction_order *orders; /* in the order of coming */
    uint32_t *sorted;             /* room for the clearing */
    size_t count, capacity;
    int64_t price_uyen_per_kwh; /* when cleared; of no meaning if nothing is traded */
    int64_t traded_uj;
};

void auction_init(struct auction *auction);
void auction_close(struct auction *auction);
/* Forgets all orders. */
void auction_clear(struct auction *auction);
/* Returns false when memory is out. The sum of all energies of one side stays within 64 bits. */
bool auction_add(struct auction *auction, const struct auction_order *order) __attribute__((warn_unused_result));

/* Fills accepted_uj, price and traded_uj. */
void auction_uniform(struct auction *auction);
void auction_at_price(struct auction *auction, int64_t price_uyen_per_kwh);

/* Asserts what a cleared auction promises. Returns false and the reason. */
bool auction_audit(const struct auction *auction, char *why, size_t why_size);

#endif
