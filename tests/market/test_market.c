/* test_market.c: neighbours at a fake switchboard: what is traded, owed, paid, and what happens when it is not. [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Flat 0 makes 2 kW, flat 1 uses 1 kW, flat 2 nothing; 30 yen from the grid, 8 yen to it; half-hours, paid once a day.
 * The first half-hour has no meters to go by: 47 of 48 are traded.
 */
#include "tests/models/check.h"
#include "tests/models/fixture.h"

#include "models/calendar.h"
#include "models/market/market.h"

#include <string.h>

#define FLATS    3
#define OPERATOR 9
#define TRADED   23.5 /* kWh of 24 */

struct board {
    struct fixture fixture;
    struct market market;
    struct market_config config;
    int64_t used_w[FLATS], made_w[FLATS];
    int64_t before_uj; /* of flat 1, until since_us */
    int64_t since_us;
    int64_t offer_w, fed_w, fed_uj, fed_since_us;
    int64_t offer_uyen;
};

static int64_t now_us(const struct board *board)
{
    return sim_now_us(board->fixture.world.sim);
}

static __int128 used_uj(void *self, uint32_t flat)
{
    const struct board *board = self;
    return flat == 1 ? board->before_uj + board->used_w[1] * (now_us(board) - board->since_us)
                     : board->used_w[flat] * now_us(board);
}

static __int128 made_uj(void *self, uint32_t flat)
{
    const struct board *board = self;
    return board->made_w[flat] * now_us(board);
}

static __int128 nothing_uj(void *self)
{
    (void)self;
    return 0;
}

static int64_t retail(void *self)
{
    (void)self;
    return 30000000;
}

static int64_t fed_uj(void *self, uint32_t outlet)
{
    const struct board *board = self;
    (void)outlet;
    return board->fed_uj + board->fed_w * (now_us(board) - board->fed_since_us);
}

static size_t offers(void *self, struct market_offer *offers, int64_t interval_us)
{
    struct board *board = self;
    (void)interval_us;
    board->fed_uj = fed_uj(self, 0);
    board->fed_since_us = now_us(board);
    board->fed_w = 0;
    if (board->offer_w > 0)
        offers[0] = (struct market_offer){
            .outlet = 0, .flat = 2, .power_w = board->offer_w, .price_uyen_per_kwh = board->offer_uyen};
    return board->offer_w > 0;
}

static void feed(void *self, uint32_t outlet, int64_t power_w, int64_t energy_uj)
{
    struct board *board = self;
    assert_int_equal(outlet, 0);
    assert_true(power_w <= board->offer_w);
    assert_int_equal(energy_uj, power_w * board->config.interval_us);
    board->fed_w = power_w;
}

static void open_board(struct board *board)
{
    struct market_config config = {.rule = MARKET_AUCTION,
                                   .interval_us = 30 * MINUTE_US,
                                   .settle_us = DAY_US,
                                   .retail_uyen_per_kwh = MARKET_RETAIL_TARIFF,
                                   .feed_in_uyen_per_kwh = 8000000};
    *board = (struct board){.config = config, .used_w = {0, 1000, 0}, .made_w = {2000, 0, 0}};
    fixture_config(&board->fixture.config);
    board->fixture.config.duration_us = 2 * DAY_US;
    board->fixture.order.audit_every = 1;
}

/* Ten cars that have purses, and come when all is over. */
static const char purses[] = "a,2870,2875,0.1,40\nb,2870,2875,0.1,40\nc,2870,2875,0.1,40\nd,2870,2875,0.1,40\n"
                             "e,2870,2875,0.1,40\nf,2870,2875,0.1,40\ng,2870,2875,0.1,40\nh,2870,2875,0.1,40\n"
                             "i,2870,2875,0.1,40\nj,2870,2875,0.1,40\n";

static void start(struct board *board, uint32_t flats)
{
    fixture_open(&board->fixture, purses);
    const struct market_options options = {.trouble = &board->fixture.world.trouble,
                                           .config = &board->config,
                                           .site = {.self = board,
                                                    .used_uj = used_uj,
                                                    .made_uj = made_uj,
                                                    .charged_uj = nothing_uj,
                                                    .operator_made_uj = nothing_uj,
                                                    .retail_uyen_per_kwh = retail,
                                                    .offers = offers,
                                                    .feed = feed,
                                                    .fed_uj = fed_uj},
                                           .sessions = &board->fixture.world.sessions,
                                           .events = board->fixture.order.events,
                                           .flats = flats,
                                           .outlets = 1,
                                           .operator_payer = OPERATOR,
                                           .unit_msat = 1,
                                           .least_msat = 1,
                                           .until_us = 2 * DAY_US};
    assert_true(market_init(&board->market, &options));
    sim_audit_add(board->fixture.world.sim, "market", market_audit, &board->market);
}

static void run_until(struct board *board, int64_t until_us)
{
    sim_run(board->fixture.world.sim, until_us, 0, NULL);
    const struct sim_audit_failure *failure = sim_audit_failure(board->fixture.world.sim);
    if (failure->name != NULL)
        fail_msg("%s: %s", failure->name, failure->why);
}

static void finish(struct board *board, double metrics[METRIC_COUNT])
{
    char why[256];
    market_metrics(&board->market, metrics);
    if (!market_audit(&board->market, why, sizeof why))
        fail_msg("%s", why);
    fixture_run(&board->fixture, NULL);
    market_close(&board->market);
    fixture_close(&board->fixture);
}

static int64_t purse_msat(const struct board *board, uint32_t payer)
{
    return ledger_balance_msat(&board->fixture.world.ledger, LEDGER_FIRST_PAYER + payer);
}

/* ---- one day --------------------------------------------------------------------------------------------------- */

static void with_surplus_the_price_is_what_the_grid_pays(void **state)
{
    (void)state;
    struct board board;
    double metrics[METRIC_COUNT];
    open_board(&board);
    start(&board, FLATS);
    run_until(&board, DAY_US + MINUTE_US);
    assert_int_equal(purse_msat(&board, 1), -18800000); /* 188 yen at a million a bitcoin */
    assert_int_equal(purse_msat(&board, 0), 18800000);
    finish(&board, metrics);
    assert_near(metrics[METRIC_MARKET_VOLUME], TRADED, 1e-9);
    assert_near(metrics[METRIC_MARKET_PRICE_MEAN], 8, 1e-9);
    assert_near(metrics[METRIC_MARKET_DELIVERED_SHARE], 100, 1e-9);
    assert_near(metrics[METRIC_MARKET_SAVINGS], TRADED * 22, 1e-6);
    assert_near(metrics[METRIC_SETTLEMENT_COUNT], 1, 0);
}

static void the_middle_of_both_prices_is_shared(void **state)
{
    (void)state;
    struct board board;
    double metrics[METRIC_COUNT];
    open_board(&board);
    board.config.rule = MARKET_MID_RATE;
    start(&board, FLATS);
    run_until(&board, DAY_US + MINUTE_US);
    finish(&board, metrics);
    assert_near(metrics[METRIC_MARKET_PRICE_MEAN], 19, 1e-9);
    assert_near(metrics[METRIC_SETTLEMENT_PAID], TRADED * 19, 1e-3);
    assert_near(metrics[METRIC_MARKET_SAVINGS], TRADED * 22, 1e-6);
}

static void payments_may_be_made_every_interval(void **state)
{
    (void)state;
    struct board board;
    double metrics[METRIC_COUNT];
    open_board(&board);
    board.config.settle_us = board.config.interval_us;
    board.fixture.config.rails[0].cloud.fee_ppm = 100000;
    start(&board, FLATS);
    run_until(&board, DAY_US + MINUTE_US);
    assert_int_equal(purse_msat(&board, 0), 18800000 * 9 / 10); /* the payee bears the provider's fee */
    finish(&board, metrics);
    assert_near(metrics[METRIC_SETTLEMENT_COUNT], 47, 0);
    assert_near(metrics[METRIC_SETTLEMENT_FEE], 18.8, 1e-6);
    assert_near(metrics[METRIC_MARKET_SAVINGS_NET], TRADED * 22 - 18.8, 1e-6);
}

/* 4 yen a half-hour: three are not enough, four are. */
static void small_debts_wait(void **state)
{
    (void)state;
    struct board board;
    double metrics[METRIC_COUNT];
    open_board(&board);
    board.config.settle_us = board.config.interval_us;
    board.config.least_msat = 1300000;
    start(&board, FLATS);
    run_until(&board, DAY_US + MINUTE_US);
    assert_int_equal(purse_msat(&board, 1), -11 * 1600000);
    assert_true(desk_open_parts(&board.market.desk) == money_parts(&board.fixture.world.sessions.money, 3 * 400000));
    finish(&board, metrics);
    assert_near(metrics[METRIC_SETTLEMENT_COUNT], 11, 0);
}

/* ---- rows ------------------------------------------------------------------------------------------------------ */

struct rows {
    uint64_t trades, settlements;
    int64_t delivered_uj, value_msat, paid_msat;
};

static int64_t value_of(size_t table, const int64_t *values, const char *name)
{
    size_t column = 0;
    while (strcmp(event_tables[table].columns[column], name) != 0)
        column++;
    return values[column];
}

static void on_row(void *self, size_t table, const int64_t *values)
{
    struct rows *rows = self;
    if (table == EVENT_TABLE_TRADE) {
        rows->trades++;
        rows->delivered_uj += value_of(table, values, "delivered_uj");
        rows->value_msat += value_of(table, values, "value_msat");
        assert_int_equal(value_of(table, values, "seller"), 0);
        assert_int_equal(value_of(table, values, "buyer"), 1);
        assert_int_equal(value_of(table, values, "source"), MARKET_HOME);
    } else if (table == EVENT_TABLE_SETTLEMENT) {
        rows->settlements++;
        if (value_of(table, values, "kind") == RAIL_CREDITED)
            rows->paid_msat += value_of(table, values, "amount_msat");
        assert_int_equal(value_of(table, values, "payer"), 1);
        assert_int_equal(value_of(table, values, "payee"), 0);
    }
}

static void rows_say_what_was_traded_and_paid(void **state)
{
    (void)state;
    struct board board;
    struct rows rows = {0};
    const struct world_events events = {.self = &rows, .row = on_row};
    double metrics[METRIC_COUNT];
    open_board(&board);
    board.fixture.order.events = &events;
    start(&board, FLATS);
    run_until(&board, DAY_US + MINUTE_US);
    assert_int_equal(rows.trades, 47);
    assert_int_equal(rows.delivered_uj, 47 * KWH_UJ / 2);
    assert_int_equal(rows.value_msat, 18800000);
    assert_int_equal(rows.paid_msat, 18800000);
    assert_int_equal(rows.settlements, 2); /* credited, final */
    board.market.options.events = NULL;
    finish(&board, metrics);
}

/* ---- what may go wrong ----------------------------------------------------------------------------------------- */

static void a_failed_payment_leaves_both_with_the_grid(void **state)
{
    (void)state;
    struct board board;
    double metrics[METRIC_COUNT];
    open_board(&board);
    board.fixture.config.rails[0].cloud.decline_ppm = 1000000;
    start(&board, FLATS);
    run_until(&board, DAY_US + MINUTE_US);
    assert_int_equal(purse_msat(&board, 0), 0);
    finish(&board, metrics);
    assert_near(metrics[METRIC_SETTLEMENT_FAILED_SHARE], 100, 0);
    assert_near(metrics[METRIC_MARKET_FALLBACK], TRADED, 1e-9);
    assert_near(metrics[METRIC_MARKET_SAVINGS], 0, 1e-6);
}

static void a_payment_taken_back_does_so_too(void **state)
{
    (void)state;
    struct board board;
    double metrics[METRIC_COUNT];
    open_board(&board);
    board.fixture.config.rails[0].cloud.chargeback_ppm = 1000000;
    board.fixture.config.rails[0].cloud.settlement_us = HOUR_US;
    start(&board, FLATS);
    run_until(&board, DAY_US);
    assert_int_equal(purse_msat(&board, 1), -18800000);
    run_until(&board, DAY_US + 2 * HOUR_US);
    assert_int_equal(purse_msat(&board, 1), 0);
    assert_int_equal(purse_msat(&board, 0), 0);
    finish(&board, metrics);
    assert_near(metrics[METRIC_SETTLEMENT_REVERSED_SHARE], 100, 0);
    assert_near(metrics[METRIC_MARKET_SAVINGS], 4 * 0.5 * 22, 1e-6); /* two hours that are not paid for yet */
}

/* The buyer draws a quarter from noon on: one half-hour was contracted for more. */
static void meters_have_the_last_word(void **state)
{
    (void)state;
    struct board board;
    double metrics[METRIC_COUNT];
    open_board(&board);
    start(&board, FLATS);
    run_until(&board, 12 * HOUR_US);
    board.before_uj = (int64_t)used_uj(&board, 1);
    board.since_us = 12 * HOUR_US;
    board.used_w[1] = 250;
    run_until(&board, DAY_US + MINUTE_US);
    finish(&board, metrics);
    assert_near(metrics[METRIC_MARKET_VOLUME], 11.5 + 3, 1e-9);
    assert_near(metrics[METRIC_MARKET_DELIVERED_SHARE], 100 * 14.5 / (11.5 + 0.5 + 23 * 0.125), 1e-6);
}

/* A car at 20 yen beside the roof's 2 kW: it is asked when the roof is not enough. */
static void cars_sell_what_roofs_do_not_cover(void **state)
{
    (void)state;
    struct board board;
    double metrics[METRIC_COUNT];
    open_board(&board);
    board.used_w[1] = 5000;
    board.offer_w = 1500;
    board.offer_uyen = 20000000;
    start(&board, FLATS);
    run_until(&board, DAY_US + MINUTE_US);
    assert_int_equal(board.fed_w, 1500);
    finish(&board, metrics);
    assert_near(metrics[METRIC_MARKET_VOLUME], 47 * (1 + 0.75), 1e-9); /* all that there is */
    assert_near(metrics[METRIC_MARKET_PRICE_MEAN], 30, 1e-9);
    assert_near(metrics[METRIC_MARKET_SAVINGS], 47 * (1 * 22 + 0.75 * (30 - 20)), 1e-6);
}

/* Its flat is the buyer: own use, which nobody pays for. */
static void own_use_is_not_paid(void **state)
{
    (void)state;
    struct board board;
    double metrics[METRIC_COUNT];
    open_board(&board);
    board.made_w[0] = board.used_w[1] = 0;
    board.used_w[2] = 800;
    board.offer_w = 1500;
    board.offer_uyen = 20000000;
    start(&board, FLATS);
    run_until(&board, DAY_US + MINUTE_US);
    finish(&board, metrics);
    assert_near(metrics[METRIC_MARKET_OWN_USE], 47 * 0.4, 1e-9);
    assert_near(metrics[METRIC_MARKET_SAVINGS], 47 * 0.4 * 10, 1e-6);
    assert_near(metrics[METRIC_MARKET_TRADES], 0, 0);
    assert_near(metrics[METRIC_SETTLEMENT_COUNT], 0, 0);
}

/* ---- payments in turn ------------------------------------------------------------------------------------------- */

static void owe(struct board *board, uint32_t from, uint32_t to, int64_t msat)
{
    __int128 parts = money_parts(&board->fixture.world.sessions.money, msat);
    assert_true(desk_owe(&board->market.desk, &(struct debt){.from = from, .to = to, .parts = parts}));
}

/* 0 owes 1 and 2, 1 owes 2; a payment takes ten minutes. One of each at a time: 0 to 1, then 0 to 2, then 1 to 2. */
static void who_may_have_one_payment_at_a_time_takes_turns(void **state)
{
    (void)state;
    static const int64_t expected[2][4][FLATS] = {
        {{0, 0, 0}, {-3000, -3000, 6000}, {-3000, -3000, 6000}, {-3000, -3000, 6000}}, /* all at once */
        {{0, 0, 0}, {-1000, 1000, 0}, {-3000, 1000, 2000}, {-3000, -3000, 6000}}};
    for (uint32_t at_once = 0; at_once < 2; at_once++) {
        struct board board;
        double metrics[METRIC_COUNT];
        open_board(&board);
        board.made_w[0] = board.used_w[1] = 0;
        board.fixture.config.rails[0].cloud.latency_us = 10 * MINUTE_US;
        start(&board, FLATS);
        board.market.desk.at_once = at_once;
        owe(&board, 0, 1, 1000);
        owe(&board, 0, 2, 2000);
        owe(&board, 1, 2, 4000);
        desk_settle(&board.market.desk);
        for (int step = 0; step < 4; step++) {
            run_until(&board, (10 * step + 5) * MINUTE_US);
            for (uint32_t flat = 0; flat < FLATS; flat++)
                assert_int_equal(purse_msat(&board, flat), expected[at_once][step][flat]);
        }
        assert_int_equal(board.market.desk.waiting.count, 0);
        finish(&board, metrics);
        assert_near(metrics[METRIC_SETTLEMENT_COUNT], 3, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_surplus_the_price_is_what_the_grid_pays),
        cmocka_unit_test(the_middle_of_both_prices_is_shared),
        cmocka_unit_test(payments_may_be_made_every_interval),
        cmocka_unit_test(small_debts_wait),
        cmocka_unit_test(rows_say_what_was_traded_and_paid),
        cmocka_unit_test(a_failed_payment_leaves_both_with_the_grid),
        cmocka_unit_test(a_payment_taken_back_does_so_too),
        cmocka_unit_test(meters_have_the_last_word),
        cmocka_unit_test(cars_sell_what_roofs_do_not_cover),
        cmocka_unit_test(own_use_is_not_paid),
        cmocka_unit_test(who_may_have_one_payment_at_a_time_takes_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
