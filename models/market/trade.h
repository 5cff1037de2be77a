/* trade.h: who delivers to whom: accepted orders into trades, and trades held against the meters.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bids and asks that follow each other and are the same trader's serve each other first: that is own use, and nobody
 * pays for it. Then asks are dealt to bids, both in the order in which they came, so that there are fewer trades than
 * orders. When the interval is over, a trade counts as far as its seller has fed and its buyer has drawn, in that
 * order; what a meter shows beyond trades is the grid's.
 */
#ifndef KONSENTO_MODELS_MARKET_TRADE_H
#define KONSENTO_MODELS_MARKET_TRADE_H

#include "models/market/auction.h"

struct trade {
    uint32_t bid, ask; /* indices of orders */
    int64_t energy_uj;
    int64_t delivered_uj; /* 0 .. energy_uj, after trade_deliver */
};

struct trade_book {
    struct trade *trades;
    size_t count, capacity;
    int64_t *left_uj; /* per order, room for the dealing */
    size_t left_capacity;
};

void trade_book_init(struct trade_book *book);
void trade_book_close(struct trade_book *book);
/* Of a cleared auction. Returns false when memory is out. */
bool trade_match(struct trade_book *book, const struct auction *auction) __attribute__((warn_unused_result));
/* metered_uj: for each order, what its meter shows for it, >= 0; afterwards what is left of it for the grid. */
void trade_deliver(struct trade_book *book, int64_t *metered_uj);
/* Each trade is of a bid and an ask, no more is delivered than was dealt, and an order's trades are what it was
 * accepted for. Returns false and the reason. */
bool trade_audit(const struct trade_book *book, const struct auction *auction, char *why, size_t why_size);
/* Does a trader deliver to himself? */
bool trade_is_own(const struct trade *trade, const struct auction *auction);

#endif
