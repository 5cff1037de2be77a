/* test_auction.c: every small book against brute force, and random large ones against their promises.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The oracle knows nothing of stairs: it tries every price there could be (halves of micro-yen as well) for how much
 * would be traded, and deals unit by unit for what the trade is worth.
 */
#include "models/market/auction.h"
#include "models/market/trade.h"
#include "sim/stream.h"
#include "tests/models/check.h"

#include <stdio.h>
#include <string.h>

#define ORDERS_MAX 4
#define LIMITS     4 /* 0 .. 3 */
#define ENERGIES   3 /* 1 .. 3 */

static void fill(struct auction *auction, const struct auction_order *orders, size_t count)
{
    auction_clear(auction);
    for (size_t i = 0; i < count; i++)
        assert_true(auction_add(auction, &orders[i]));
}

/* What is offered and wanted at half of twice_price. */
static int64_t willing_uj(const struct auction *auction, enum auction_side side, int64_t twice_price)
{
    int64_t total_uj = 0;
    for (size_t i = 0; i < auction->count; i++) {
        const struct auction_order *order = &auction->orders[i];
        bool is_willing = side == AUCTION_BID ? 2 * order->limit_uyen_per_kwh >= twice_price
                                              : 2 * order->limit_uyen_per_kwh <= twice_price;
        if (order->side == side && is_willing)
            total_uj += order->energy_uj;
    }
    return total_uj;
}

static int64_t most_traded_uj(const struct auction *auction)
{
    int64_t most_uj = 0;
    for (int64_t twice_price = 0; twice_price <= 2 * LIMITS; twice_price++) {
        int64_t bids_uj = willing_uj(auction, AUCTION_BID, twice_price);
        int64_t asks_uj = willing_uj(auction, AUCTION_ASK, twice_price);
        int64_t traded_uj = bids_uj < asks_uj ? bids_uj : asks_uj;
        most_uj = traded_uj > most_uj ? traded_uj : most_uj;
    }
    return most_uj;
}

/* The k-th best limit of a side, unit by unit; -1: there are not so many. */
static int64_t unit_limit(const struct auction *auction, enum auction_side side, int64_t k)
{
    for (int64_t step = 0; step < LIMITS; step++) {
        int64_t limit = side == AUCTION_BID ? LIMITS - 1 - step : step;
        for (size_t i = 0; i < auction->count; i++)
            if (auction->orders[i].side == side && auction->orders[i].limit_uyen_per_kwh == limit &&
                (k -= auction->orders[i].energy_uj) < 0)
                return limit;
    }
    return -1;
}

/* Value to buyers less cost to sellers: of the best possible trade, and of what was accepted. */
static int64_t best_worth(const struct auction *auction)
{
    int64_t worth = 0;
    for (int64_t k = 0;; k++) {
        int64_t bid = unit_limit(auction, AUCTION_BID, k), ask = unit_limit(auction, AUCTION_ASK, k);
        if (bid < 0 || ask < 0 || bid <= ask)
            return worth;
        worth += bid - ask;
    }
}

static int64_t accepted_worth(const struct auction *auction)
{
    int64_t worth = 0;
    for (size_t i = 0; i < auction->count; i++) {
        const struct auction_order *order = &auction->orders[i];
        int64_t value = order->accepted_uj * order->limit_uyen_per_kwh;
        worth += order->side == AUCTION_BID ? value : -value;
    }
    return worth;
}

/* Nobody who would rather have traded more at this price is served less than another who has no better claim. */
static void check_fair(const struct auction *auction)
{
    for (size_t i = 0; i < auction->count; i++)
        for (size_t j = 0; j < auction->count; j++) {
            const struct auction_order *a = &auction->orders[i], *b = &auction->orders[j];
            if (a->side != b->side)
                continue;
            bool is_better = a->side == AUCTION_BID ? a->limit_uyen_per_kwh > b->limit_uyen_per_kwh
                                                    : a->limit_uyen_per_kwh < b->limit_uyen_per_kwh;
            if (is_better && b->accepted_uj > 0)
                assert_int_equal(a->accepted_uj, a->energy_uj);
            if (a->limit_uyen_per_kwh != b->limit_uyen_per_kwh)
                continue;
            int64_t difference = a->accepted_uj * b->energy_uj - b->accepted_uj * a->energy_uj;
            int64_t apart = a->energy_uj + b->energy_uj; /* each less than a microjoule from its share */
            assert_true(difference < apart && -difference < apart);
        }
}

static void check_trades(const struct auction *auction)
{
    struct trade_book book;
    int64_t left_uj[64];
    trade_book_init(&book);
    assert_true(auction->count <= 64);
    assert_true(trade_match(&book, auction));
    for (size_t i = 0; i < auction->count; i++)
        left_uj[i] = auction->orders[i].accepted_uj;
    for (size_t i = 0; i < book.count; i++) {
        const struct trade *trade = &book.trades[i];
        assert_int_equal(auction->orders[trade->bid].side, AUCTION_BID);
        assert_int_equal(auction->orders[trade->ask].side, AUCTION_ASK);
        assert_true(trade->energy_uj > 0);
        left_uj[trade->bid] -= trade->energy_uj;
        left_uj[trade->ask] -= trade->energy_uj;
    }
    for (size_t i = 0; i < auction->count; i++)
        assert_int_equal(left_uj[i], 0);
    assert_true(book.count <= auction->count);
    trade_book_close(&book);
}

static void check_uniform(struct auction *auction)
{
    char why[200];
    auction_uniform(auction);
    if (!auction_audit(auction, why, sizeof why))
        fail_msg("%s", why);
    assert_int_equal(auction->traded_uj, most_traded_uj(auction));
    assert_int_equal(accepted_worth(auction), best_worth(auction));
    check_fair(auction);
    check_trades(auction);
    if (auction->traded_uj == 0)
        return;
    /* who is better off at this price with more has all that he asked for */
    for (size_t i = 0; i < auction->count; i++) {
        const struct auction_order *order = &auction->orders[i];
        bool is_eager = order->side == AUCTION_BID ? order->limit_uyen_per_kwh > auction->price_uyen_per_kwh + 1
                                                   : order->limit_uyen_per_kwh < auction->price_uyen_per_kwh;
        if (is_eager)
            assert_int_equal(order->accepted_uj, order->energy_uj);
    }
}

static void check_at_price(struct auction *auction, int64_t price)
{
    char why[200];
    auction_at_price(auction, price);
    if (!auction_audit(auction, why, sizeof why))
        fail_msg("%s", why);
    int64_t bids_uj = willing_uj(auction, AUCTION_BID, 2 * price);
    int64_t asks_uj = willing_uj(auction, AUCTION_ASK, 2 * price);
    assert_int_equal(auction->traded_uj, bids_uj < asks_uj ? bids_uj : asks_uj);
    check_trades(auction);
}

/* Order i of a book as one number: side, limit, energy. */
static void decode(struct auction_order *order, uint32_t trader, unsigned code)
{
    *order = (struct auction_order){.trader = trader,
                                    .side = (enum auction_side)(code % 2),
                                    .limit_uyen_per_kwh = code / 2 % LIMITS,
                                    .energy_uj = 1 + code / 2 / LIMITS};
}

/* Every sequence of up to three orders, and a fourth that is no less than the third. */
static uint64_t try_books(struct auction *auction, struct auction_order *orders, size_t count, unsigned from)
{
    uint64_t books = 1;
    fill(auction, orders, count);
    check_uniform(auction);
    fill(auction, orders, count);
    check_at_price(auction, 1);
    if (count == ORDERS_MAX)
        return books;
    for (unsigned code = count < 3 ? 0 : from; code < 2 * LIMITS * ENERGIES; code++) {
        decode(&orders[count], (uint32_t)count, code);
        books += try_books(auction, orders, count + 1, code);
    }
    return books;
}

static void every_small_book_is_cleared_as_brute_force_says(void **state)
{
    (void)state;
    struct auction auction;
    struct auction_order orders[ORDERS_MAX];
    auction_init(&auction);
    uint64_t books = try_books(&auction, orders, 0, 0);
    print_message("%llu books\n", (unsigned long long)books);
    assert_true(books > 10000);
    auction_close(&auction);
}

static void large_books_keep_their_promises(void **state)
{
    (void)state;
    struct sim_stream stream;
    struct auction auction;
    char why[200];
    stream_open(&stream, 1, 0, "test.auction", 0);
    gsl_rng *rng = stream_rng(&stream);
    auction_init(&auction);
    for (int round = 0; round < 300; round++) {
        size_t count = 1 + gsl_rng_uniform_int(rng, 60);
        auction_clear(&auction);
        for (size_t i = 0; i < count; i++) {
            struct auction_order order = {.trader = (uint32_t)(i / 2),
                                          .side = (enum auction_side)gsl_rng_uniform_int(rng, 2),
                                          .limit_uyen_per_kwh =
                                              8000000 + (int64_t)gsl_rng_uniform_int(rng, 20) * 1000001,
                                          .energy_uj = 1 + (int64_t)(gsl_rng_uniform(rng) * 3.6e13)};
            assert_true(auction_add(&auction, &order));
        }
        auction_uniform(&auction);
        if (!auction_audit(&auction, why, sizeof why))
            fail_msg("%s", why);
        check_trades(&auction);
        auction_at_price(&auction, 17000000);
        if (!auction_audit(&auction, why, sizeof why))
            fail_msg("%s", why);
    }
    auction_close(&auction);
}

static void price_is_the_middle_of_what_both_sides_bear(void **state)
{
    (void)state;
    struct auction auction;
    auction_init(&auction);
    const struct auction_order balanced[] = {{0, AUCTION_BID, 27, 5, 0}, {1, AUCTION_ASK, 8, 5, 0}};
    fill(&auction, balanced, 2);
    auction_uniform(&auction);
    assert_int_equal(auction.price_uyen_per_kwh, 17);
    const struct auction_order scarce[] = {{0, AUCTION_BID, 27, 9, 0}, {1, AUCTION_ASK, 8, 5, 0}};
    fill(&auction, scarce, 2);
    auction_uniform(&auction);
    assert_int_equal(auction.price_uyen_per_kwh, 27);
    const struct auction_order ample[] = {
        {0, AUCTION_BID, 27, 4, 0}, {1, AUCTION_ASK, 8, 5, 0}, {2, AUCTION_ASK, 8, 5, 0}};
    fill(&auction, ample, 3);
    auction_uniform(&auction);
    assert_int_equal(auction.price_uyen_per_kwh, 8);
    assert_int_equal(auction.orders[1].accepted_uj, 2);
    assert_int_equal(auction.orders[2].accepted_uj, 2);
    auction_close(&auction);
}

static void own_use_comes_first_and_meters_have_the_last_word(void **state)
{
    (void)state;
    struct auction auction;
    struct trade_book book;
    auction_init(&auction);
    trade_book_init(&book);
    const struct auction_order orders[] = {
        {0, AUCTION_ASK, 8, 10, 0}, {1, AUCTION_BID, 27, 6, 0}, {1, AUCTION_ASK, 20, 4, 0}, {2, AUCTION_BID, 27, 9, 0}};
    fill(&auction, orders, 4);
    auction_uniform(&auction);
    assert_int_equal(auction.traded_uj, 14);
    assert_true(trade_match(&book, &auction));
    assert_true(trade_is_own(&book.trades[0], &auction));
    assert_int_equal(book.trades[0].energy_uj, 4);
    int64_t metered_uj[] = {7, 6, 4, 20}; /* the first seller has less, the last buyer draws more */
    trade_deliver(&book, metered_uj);
    int64_t delivered_uj = 0;
    for (size_t i = 0; i < book.count; i++)
        delivered_uj += book.trades[i].delivered_uj;
    assert_int_equal(delivered_uj, 4 + 7);
    const int64_t grid_uj[] = {0, 0, 0, 15};
    assert_memory_equal(metered_uj, grid_uj, sizeof grid_uj);
    trade_book_close(&book);
    auction_close(&auction);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_small_book_is_cleared_as_brute_force_says),
        cmocka_unit_test(large_books_keep_their_promises),
        cmocka_unit_test(price_is_the_middle_of_what_both_sides_bear),
        cmocka_unit_test(own_use_comes_first_and_meters_have_the_last_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
