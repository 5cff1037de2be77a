/* trade.c: dealing asks to bids.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/market/trade.h"

#include "models/least.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void trade_book_init(struct trade_book *book)
{
    *book = (struct trade_book){0};
}

void trade_book_close(struct trade_book *book)
{
    free(book->trades);
    free(book->left_uj);
    trade_book_init(book);
}

/* Each trade but the last ends an order, and own use one more. */
static bool make_room(struct trade_book *book, size_t orders)
{
    if (orders > book->left_capacity) {
        int64_t *left_uj = realloc(book->left_uj, orders * sizeof left_uj[0]);
        if (left_uj == NULL)
            return false;
        book->left_uj = left_uj;
        book->left_capacity = orders;
    }
    if (orders <= book->capacity)
        return true;
    struct trade *trades = realloc(book->trades, orders * sizeof trades[0]);
    if (trades == NULL)
        return false;
    book->trades = trades;
    book->capacity = orders;
    return true;
}

static void deal(struct trade_book *book, size_t bid, size_t ask)
{
    int64_t energy_uj = min64(book->left_uj[bid], book->left_uj[ask]);
    if (energy_uj == 0)
        return;
    assert(book->count < book->capacity);
    book->left_uj[bid] -= energy_uj;
    book->left_uj[ask] -= energy_uj;
    book->trades[book->count++] = (struct trade){.bid = (uint32_t)bid, .ask = (uint32_t)ask, .energy_uj = energy_uj};
}

static void deal_own(struct trade_book *book, const struct auction *auction)
{
    for (size_t i = 0; i + 1 < auction->count; i++) {
        const struct auction_order *order = &auction->orders[i], *next = &auction->orders[i + 1];
        if (order->trader != next->trader || order->side == next->side)
            continue;
        deal(book, order->side == AUCTION_BID ? i : i + 1, order->side == AUCTION_BID ? i + 1 : i);
    }
}

bool trade_match(struct trade_book *book, const struct auction *auction)
{
    size_t ask = 0;
    book->count = 0;
    if (!make_room(book, auction->count))
        return false;
    for (size_t i = 0; i < auction->count; i++)
        book->left_uj[i] = auction->orders[i].accepted_uj;
    deal_own(book, auction);
    for (size_t bid = 0; bid < auction->count; bid++) {
        if (auction->orders[bid].side != AUCTION_BID)
            continue;
        while (book->left_uj[bid] > 0) {
            while (auction->orders[ask].side != AUCTION_ASK || book->left_uj[ask] == 0)
                ask++;
            deal(book, bid, ask);
        }
    }
    return true;
}

void trade_deliver(struct trade_book *book, int64_t *metered_uj)
{
    for (size_t i = 0; i < book->count; i++) {
        struct trade *trade = &book->trades[i];
        int64_t delivered_uj = min64(metered_uj[trade->bid], metered_uj[trade->ask]);
        trade->delivered_uj = min64(trade->energy_uj, delivered_uj);
        assert(trade->delivered_uj >= 0);
        metered_uj[trade->bid] -= trade->delivered_uj;
        metered_uj[trade->ask] -= trade->delivered_uj;
    }
}

static bool is_sound(const struct trade *trade, const struct auction *auction)
{
    return trade->bid < auction->count && trade->ask < auction->count &&
           auction->orders[trade->bid].side == AUCTION_BID && auction->orders[trade->ask].side == AUCTION_ASK &&
           trade->delivered_uj >= 0 && trade->delivered_uj <= trade->energy_uj;
}

bool trade_audit(const struct trade_book *book, const struct auction *auction, char *why, size_t why_size)
{
    for (size_t i = 0; i < auction->count; i++)
        book->left_uj[i] = auction->orders[i].accepted_uj;
    for (size_t i = 0; i < book->count; i++) {
        const struct trade *trade = &book->trades[i];
        if (!is_sound(trade, auction)) {
            snprintf(why, why_size,
                     "trade %zu delivers %" PRId64 " of %" PRId64 " uJ between orders %" PRIu32 " and %" PRIu32, i,
                     trade->delivered_uj, trade->energy_uj, trade->bid, trade->ask);
            return false;
        }
        book->left_uj[trade->bid] -= trade->energy_uj;
        book->left_uj[trade->ask] -= trade->energy_uj;
    }
    for (size_t i = 0; i < auction->count; i++)
        if (book->left_uj[i] != 0) {
            snprintf(why, why_size, "order %zu: trades lack %" PRId64 " uJ of what was accepted", i, book->left_uj[i]);
            return false;
        }
    return true;
}

bool trade_is_own(const struct trade *trade, const struct auction *auction)
{
    return auction->orders[trade->bid].trader == auction->orders[trade->ask].trader;
}
