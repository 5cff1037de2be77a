/* test_dispatch.c: baselines by hand, and an aggregator at a fake switchboard.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/calendar.h"
#include "models/least.h"
#include "models/market/aggregator.h"
#include "tests/models/check.h"
#include "tests/models/near.h"

#include <string.h>

/* ---- baseline -------------------------------------------------------------------------------------------------- */

static void fill_day(struct baseline *baseline, bool is_weekend, int64_t first, int64_t rest)
{
    baseline_begin_day(baseline, is_weekend);
    for (uint32_t slot = 0; slot < baseline->slots; slot++)
        baseline_add(baseline, slot, slot == 0 ? first : rest);
}

static void the_highest_of_the_last_like_days_make_the_baseline(void **state)
{
    (void)state;
    struct baseline baseline;
    int64_t energy_uj;
    assert_true(baseline_init(&baseline, 4, 3, 2));
    fill_day(&baseline, false, 1000, 1000); /* pushed out by the fourth weekday */
    assert_false(baseline_slot_uj(&baseline, &energy_uj, 0));
    fill_day(&baseline, false, 10, 20);
    fill_day(&baseline, true, 7, 7); /* another kind of day */
    fill_day(&baseline, false, 4, 2);
    fill_day(&baseline, false, 30, 10);
    baseline_begin_day(&baseline, false);
    assert_true(baseline_slot_uj(&baseline, &energy_uj, 0));
    assert_int_equal(energy_uj, (10 + 30) / 2); /* days of 70 and 60; the one of 10 is not among the two highest */
    assert_true(baseline_slot_uj(&baseline, &energy_uj, 3));
    assert_int_equal(energy_uj, (20 + 10) / 2);
    baseline_begin_day(&baseline, true);
    assert_true(baseline_slot_uj(&baseline, &energy_uj, 1));
    assert_int_equal(energy_uj, 7);
    baseline_close(&baseline);
}

static void days_with_requests_and_broken_days_do_not_count(void **state)
{
    (void)state;
    struct baseline baseline;
    int64_t energy_uj;
    assert_true(baseline_init(&baseline, 2, 3, 3));
    fill_day(&baseline, false, 10, 10);
    fill_day(&baseline, false, 1, 1);
    baseline_request(&baseline);
    baseline_begin_day(&baseline, false);
    baseline_add(&baseline, 1, 99); /* the run began at noon */
    baseline_begin_day(&baseline, false);
    assert_true(baseline_slot_uj(&baseline, &energy_uj, 1));
    assert_int_equal(energy_uj, 10);
    baseline_add(&baseline, 0, 16);
    assert_int_equal(baseline_adjustment_uj(&baseline, 0, 1), 6);
    assert_int_equal(baseline_adjustment_uj(&baseline, 1, 1), 0);
    baseline_close(&baseline);
}

/* ---- aggregator ------------------------------------------------------------------------------------------------ */

/* Homes at 4 kW, charging at 6 kW or as capped; what was not charged is caught up with at 2 kW more. */
struct board {
    struct sim *sim;
    struct trouble trouble;
    struct aggregator_config config;
    struct aggregator aggregator;
    int64_t homes_w, charging_w, cap_w, feed_w;
    int64_t since_us, homes_uj, charged_uj, fed_uj, feeding_w, feeding_until_us;
    int64_t owed_uj;
};

static void advance(struct board *board)
{
    int64_t now_us = sim_now_us(board->sim), length_us = now_us - board->since_us;
    int64_t wanted_w = board->charging_w + (board->owed_uj > 0 ? 2000 : 0);
    int64_t power_w = min64(wanted_w, board->cap_w);
    board->homes_uj += board->homes_w * length_us;
    board->charged_uj += power_w * length_us;
    board->owed_uj += (board->charging_w - power_w) * length_us;
    int64_t feeding_us = max64(0, min64(now_us, board->feeding_until_us) - board->since_us);
    board->fed_uj += board->feeding_w * feeding_us;
    board->since_us = now_us;
}

static __int128 charged_uj(void *self)
{
    struct board *board = self;
    advance(board);
    return board->charged_uj;
}

static __int128 fed_uj(void *self)
{
    struct board *board = self;
    advance(board);
    return board->fed_uj;
}

static __int128 net_uj(void *self)
{
    struct board *board = self;
    advance(board);
    return board->homes_uj + board->charged_uj - board->fed_uj;
}

static void cap(void *self, int64_t power_w)
{
    struct board *board = self;
    advance(board);
    board->cap_w = power_w;
}

static int64_t feed(void *self, int64_t power_w, int64_t duration_us)
{
    struct board *board = self;
    advance(board);
    int64_t given_w = min64(power_w, board->feed_w);
    if (duration_us == 0)
        return given_w;
    board->feeding_w = given_w;
    board->feeding_until_us = board->since_us + duration_us;
    return given_w;
}

static void open_board(struct board *board, int64_t reduce_w)
{
    *board = (struct board){.homes_w = 4000, .charging_w = 6000, .cap_w = INT64_MAX};
    board->sim = sim_new(&(struct sim_options){.seed = 1});
    assert_non_null(board->sim);
    board->trouble.sim = board->sim;
    board->config = (struct aggregator_config){.slot_us = 30 * MINUTE_US,
                                               .baseline_days = 5,
                                               .baseline_highest = 4,
                                               .rebound_us = 2 * HOUR_US,
                                               .reward_uyen_per_kwh = 10000000};
    board->config.dispatch.request_count = 1; /* Thursday, 18 to 20 h */
    board->config.dispatch.requests[0] =
        (struct request_config){.at_us = 3 * DAY_US + 18 * HOUR_US, .duration_us = 2 * HOUR_US, .reduce_w = reduce_w};
    const struct aggregator_options options = {
        .trouble = &board->trouble,
        .config = &board->config,
        .site = {.self = board, .net_uj = net_uj, .charged_uj = charged_uj, .fed_uj = fed_uj, .cap = cap, .feed = feed},
        .start_unix_s = INT64_C(1578268800), /* a Monday */
        .until_us = 5 * DAY_US};
    assert_true(aggregator_init(&board->aggregator, &options));
}

static void run(struct board *board, double metrics[METRIC_COUNT])
{
    sim_run(board->sim, 5 * DAY_US, 0, NULL);
    aggregator_metrics(&board->aggregator, metrics);
    aggregator_close(&board->aggregator);
    sim_free(board->sim);
}

static void waiting_delivers_and_comes_back(void **state)
{
    (void)state;
    struct board board;
    double metrics[METRIC_COUNT];
    open_board(&board, 5000);
    run(&board, metrics);
    near(metrics[METRIC_DISPATCH_REQUESTED], 10, 1e-9);
    near(metrics[METRIC_DISPATCH_DELIVERED], 10, 1e-9);
    near(metrics[METRIC_DISPATCH_WORST_SLOT], 100, 1e-9);
    near(metrics[METRIC_DISPATCH_REBOUND], 4, 1e-9); /* 2 kW for 2 h; the rest comes later */
    near(metrics[METRIC_DISPATCH_REWARD], 100, 1e-6);
    near(metrics[METRIC_DISPATCH_FED], 0, 0);
    assert_true(board.cap_w == INT64_MAX);
}

static void cars_give_what_waiting_cannot(void **state)
{
    (void)state;
    struct board board;
    double metrics[METRIC_COUNT];
    open_board(&board, 9000);
    board.feed_w = 2000;
    run(&board, metrics);
    near(metrics[METRIC_DISPATCH_REQUESTED], 18, 1e-9);
    near(metrics[METRIC_DISPATCH_DELIVERED], 2 * (6 + 2), 1e-9); /* all charging, and all that cars can give */
    near(metrics[METRIC_DISPATCH_DELIVERED_SHARE], 100 * 8.0 / 9, 1e-9);
    near(metrics[METRIC_DISPATCH_FED], 4, 1e-9);
}

/* Homes use 1 kW more that day: the adjustment sees it, and so the request is met from there. */
static void a_hot_day_moves_the_baseline(void **state)
{
    (void)state;
    for (int adjusted = 0; adjusted < 2; adjusted++) {
        struct board board;
        double metrics[METRIC_COUNT];
        open_board(&board, 3000);
        board.config.adjust_from_us = adjusted ? 5 * HOUR_US : 0;
        board.config.adjust_until_us = adjusted ? 2 * HOUR_US : 0;
        sim_run(board.sim, 3 * DAY_US + HOUR_US / 4, 0, NULL);
        advance(&board);
        board.homes_w = 5000;
        run(&board, metrics);
        near(metrics[METRIC_DISPATCH_DELIVERED], 6, 1e-9); /* measured as it is paid */
        near((double)board.owed_uj / 3.6e12, 0, 1e-9);     /* 6 or 8 kWh were put off, and caught up with */
        near(metrics[METRIC_DISPATCH_REBOUND], adjusted ? 4 : 6, 1e-9);
    }
}

static void without_a_like_day_nothing_is_asked(void **state)
{
    (void)state;
    struct board board;
    double metrics[METRIC_COUNT];
    open_board(&board, 5000);
    board.config.dispatch.requests[0].at_us = 18 * HOUR_US;
    run(&board, metrics);
    near(metrics[METRIC_DISPATCH_UNKNOWN], 4, 0);
    near(metrics[METRIC_DISPATCH_REQUESTED], 0, 0);
    near((double)board.charged_uj / 3.6e12, 5 * 24 * 6, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_highest_of_the_last_like_days_make_the_baseline),
        cmocka_unit_test(days_with_requests_and_broken_days_do_not_count),
        cmocka_unit_test(waiting_delivers_and_comes_back),
        cmocka_unit_test(cars_give_what_waiting_cannot),
        cmocka_unit_test(a_hot_day_moves_the_baseline),
        cmocka_unit_test(without_a_like_day_nothing_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
