/* auction.c: the walk down two stairs, and the sharing of a step.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/market/auction.h"

#include "models/least.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_CAPACITY 64

void auction_init(struct auction *auction)
{
    *auction = (struct auction){0};
}

void auction_close(struct auction *auction)
{
    free(auction->orders);
    free(auction->sorted);
    auction_init(auction);
}

void auction_clear(struct auction *auction)
{
    auction->count = 0;
    auction->traded_uj = auction->price_uyen_per_kwh = 0;
}

static bool grow(struct auction *auction)
{
    size_t capacity = auction->capacity == 0 ? FIRST_CAPACITY : 2 * auction->capacity;
    struct auction_order *orders = realloc(auction->orders, capacity * sizeof orders[0]);
    if (orders == NULL)
        return false;
    auction->orders = orders;
    uint32_t *sorted = realloc(auction->sorted, capacity * sizeof sorted[0]);
    if (sorted == NULL)
        return false;
    auction->sorted = sorted;
    auction->capacity = capacity;
    return true;
}

bool auction_add(struct auction *auction, const struct auction_order *order)
{
    assert(order->energy_uj > 0 && order->limit_uyen_per_kwh >= 0);
    if (auction->count == auction->capacity && !grow(auction))
        return false;
    auction->orders[auction->count] = *order;
    auction->orders[auction->count++].accepted_uj = 0;
    return true;
}

static void forget(struct auction *auction)
{
    for (size_t i = 0; i < auction->count; i++)
        auction->orders[i].accepted_uj = 0;
}

/* ---- a group of orders ------------------------------------------------------------------------------------------- */

/* Orders of one side whose limits lie in low .. high. */
struct group {
    enum auction_side side;
    int64_t low, high;
};

static bool is_in(const struct auction_order *order, const struct group *group)
{
    return order->side == group->side && order->limit_uyen_per_kwh >= group->low &&
           order->limit_uyen_per_kwh <= group->high;
}

static int64_t sum_uj(const struct auction *auction, const struct group *group)
{
    int64_t total_uj = 0;
    for (size_t i = 0; i < auction->count; i++)
        if (is_in(&auction->orders[i], group))
            total_uj += auction->orders[i].energy_uj;
    return total_uj;
}

/* Shares energy_uj, no more than the group asks for, among it. */
static void share(struct auction *auction, const struct group *group, int64_t energy_uj)
{
    int64_t total_uj = sum_uj(auction, group), left_uj = energy_uj;
    assert(energy_uj >= 0 && energy_uj <= total_uj);
    if (energy_uj == 0)
        return;
    for (size_t i = 0; i < auction->count; i++) {
        struct auction_order *order = &auction->orders[i];
        if (!is_in(order, group))
            continue;
        order->accepted_uj = (int64_t)((__int128)order->energy_uj * energy_uj / total_uj);
        left_uj -= order->accepted_uj;
    }
    for (size_t i = 0; left_uj > 0; i++) {
        struct auction_order *order = &auction->orders[i];
        if (!is_in(order, group) || order->accepted_uj == order->energy_uj)
            continue;
        order->accepted_uj++;
        left_uj--;
    }
}

/* Those strictly inside the marginal limit have all, those at it share what is left. */
static void serve(struct auction *auction, enum auction_side side, int64_t limit, int64_t energy_uj)
{
    struct group inside = {side, side == AUCTION_BID ? limit + 1 : 0, side == AUCTION_BID ? INT64_MAX : limit - 1};
    struct group at = {side, limit, limit};
    int64_t inside_uj = sum_uj(auction, &inside);
    share(auction, &inside, inside_uj);
    share(auction, &at, energy_uj - inside_uj);
}

/* ---- uniform price ----------------------------------------------------------------------------------------------- */

/* Is a before b? Bids from the dearest, then asks from the cheapest. */
static int compare(const struct auction_order *a, const struct auction_order *b)
{
    if (a->side != b->side)
        return a->side == AUCTION_BID ? -1 : 1;
    if (a->limit_uyen_per_kwh == b->limit_uyen_per_kwh)
        return a < b ? -1 : 1;
    bool is_better = a->side == AUCTION_BID ? a->limit_uyen_per_kwh > b->limit_uyen_per_kwh
                                            : a->limit_uyen_per_kwh < b->limit_uyen_per_kwh;
    return is_better ? -1 : 1;
}

/* A heap with the last order on top, taken down from the end: no context is needed, and memory is ours. */
static void sink(const struct auction *auction, size_t at, size_t count)
{
    uint32_t *sorted = auction->sorted;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= count)
            return;
        if (child + 1 < count && compare(&auction->orders[sorted[child]], &auction->orders[sorted[child + 1]]) < 0)
            child++;
        if (compare(&auction->orders[sorted[at]], &auction->orders[sorted[child]]) > 0)
            return;
        uint32_t moved = sorted[at];
        sorted[at] = sorted[child];
        sorted[child] = moved;
        at = child;
    }
}

static void sort(const struct auction *auction)
{
    for (size_t i = 0; i < auction->count; i++)
        auction->sorted[i] = (uint32_t)i;
    for (size_t i = auction->count / 2; i-- > 0;)
        sink(auction, i, auction->count);
    for (size_t last = auction->count; last-- > 1;) {
        uint32_t moved = auction->sorted[0];
        auction->sorted[0] = auction->sorted[last];
        auction->sorted[last] = moved;
        sink(auction, 0, last);
    }
}

/* Where the two stairs cross. */
struct crossing {
    int64_t traded_uj;
    int64_t last_bid, last_ask; /* limits of the last orders that trade */
    int64_t low, high;          /* prices at which exactly this is traded */
};

static const struct auction_order *sorted_order(const struct auction *auction, size_t i)
{
    return &auction->orders[auction->sorted[i]];
}

static void cross(struct crossing *crossing, const struct auction *auction)
{
    size_t asks = 0, bid = 0;
    while (asks < auction->count && sorted_order(auction, asks)->side == AUCTION_BID)
        asks++;
    size_t ask = asks;
    int64_t bid_left_uj = 0, ask_left_uj = 0;
    *crossing = (struct crossing){0};
    for (;;) {
        if (bid_left_uj == 0 && bid < asks)
            bid_left_uj = sorted_order(auction, bid)->energy_uj;
        if (ask_left_uj == 0 && ask < auction->count)
            ask_left_uj = sorted_order(auction, ask)->energy_uj;
        bool has_both = bid < asks && ask < auction->count;
        if (!has_both ||
            sorted_order(auction, bid)->limit_uyen_per_kwh < sorted_order(auction, ask)->limit_uyen_per_kwh)
            break;
        int64_t energy_uj = min64(bid_left_uj, ask_left_uj);
        crossing->traded_uj += energy_uj;
        crossing->last_bid = sorted_order(auction, bid)->limit_uyen_per_kwh;
        crossing->last_ask = sorted_order(auction, ask)->limit_uyen_per_kwh;
        bid_left_uj -= energy_uj;
        ask_left_uj -= energy_uj;
        bid += bid_left_uj == 0;
        ask += ask_left_uj == 0;
    }
    crossing->low = crossing->last_ask;
    crossing->high = crossing->last_bid;
    if (bid < asks) /* who is not served, or not wholly, would pay more than a lower price */
        crossing->low = max64(crossing->low, sorted_order(auction, bid)->limit_uyen_per_kwh);
    if (ask < auction->count)
        crossing->high = min64(crossing->high, sorted_order(auction, ask)->limit_uyen_per_kwh);
}

void auction_uniform(struct auction *auction)
{
    struct crossing crossing;
    forget(auction);
    sort(auction);
    cross(&crossing, auction);
    auction->traded_uj = crossing.traded_uj;
    auction->price_uyen_per_kwh = 0;
    if (crossing.traded_uj == 0)
        return;
    assert(crossing.low <= crossing.high);
    auction->price_uyen_per_kwh = crossing.low + (crossing.high - crossing.low) / 2;
    serve(auction, AUCTION_BID, crossing.last_bid, crossing.traded_uj);
    serve(auction, AUCTION_ASK, crossing.last_ask, crossing.traded_uj);
}

void auction_at_price(struct auction *auction, int64_t price_uyen_per_kwh)
{
    struct group bids = {AUCTION_BID, price_uyen_per_kwh, INT64_MAX}, asks = {AUCTION_ASK, 0, price_uyen_per_kwh};
    forget(auction);
    auction->traded_uj = min64(sum_uj(auction, &bids), sum_uj(auction, &asks));
    auction->price_uyen_per_kwh = price_uyen_per_kwh;
    share(auction, &bids, auction->traded_uj);
    share(auction, &asks, auction->traded_uj);
}

/* ---- audit ------------------------------------------------------------------------------------------------------- */

bool auction_audit(const struct auction *auction, char *why, size_t why_size)
{
    int64_t side_uj[2] = {0, 0}, price = auction->price_uyen_per_kwh;
    for (size_t i = 0; i < auction->count; i++) {
        const struct auction_order *order = &auction->orders[i];
        bool agrees =
            order->side == AUCTION_BID ? price <= order->limit_uyen_per_kwh : price >= order->limit_uyen_per_kwh;
        bool is_sound = order->accepted_uj >= 0 && order->accepted_uj <= order->energy_uj;
        if (!is_sound || (order->accepted_uj > 0 && !agrees)) {
            snprintf(why, why_size,
                     "order %zu of trader %" PRIu32 ": %" PRId64 " of %" PRId64 " uJ at %" PRId64
                     " micro-yen per kWh, limit %" PRId64,
                     i, order->trader, order->accepted_uj, order->energy_uj, price, order->limit_uyen_per_kwh);
            return false;
        }
        side_uj[order->side] += order->accepted_uj;
    }
    if (side_uj[AUCTION_BID] == auction->traded_uj && side_uj[AUCTION_ASK] == auction->traded_uj)
        return true;
    snprintf(why, why_size, "bought %" PRId64 " uJ, sold %" PRId64 " uJ, traded %" PRId64 " uJ", side_uj[AUCTION_BID],
             side_uj[AUCTION_ASK], auction->traded_uj);
    return false;
}
