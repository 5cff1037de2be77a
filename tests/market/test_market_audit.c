/* test_market_audit.c: the auditors of trading do trip: one fault each, put into a running world.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/check.h"
#include "tests/models/fixture.h"

#include "models/calendar.h"

#include <string.h>

typedef void fault(struct world *world);

/* A world with a market, a car that gives and payments under way; the fault comes in the middle of an interval. */
static const char *stopped_by(fault *put_in, uint64_t audit_every)
{
    static char name[32];
    struct fixture fixture = {.order = {.seed = 1, .audit_every = audit_every}};
    fixture_config(&fixture.config);
    struct world_config *config = &fixture.config;
    config->building.flats = 3;
    config->building.base_load_w_per_flat = 500;
    config->building.roof = (struct roof_config){.peak_w = 100, /* something happens every minute */
                                                 .ratio_ppm = 800000,
                                                 .latitude_udeg = 35180000,
                                                 .longitude_udeg = 136900000,
                                                 .zone_us = 9 * HOUR_US,
                                                 .clearness_ppm = 600000,
                                                 .day_ppm = 300000,
                                                 .flicker_ppm = 300000,
                                                 .cloud_us = 10 * MINUTE_US,
                                                 .step_us = MINUTE_US};
    config->fleet.car.feed_w = 2000;
    config->fleet.car.feed_efficiency_ppm = 1000000;
    config->fleet.car.feed_share_ppm = 1000000;
    config->rails[0].cloud.settlement_us = 10 * DAY_US;
    config->market = (struct market_config){.rule = MARKET_AUCTION,
                                            .interval_us = 30 * MINUTE_US,
                                            .settle_us = 30 * MINUTE_US,
                                            .retail_uyen_per_kwh = 50000000};
    fixture_open(&fixture, "a,0,5000,10,40\nb,100,9000,0.1,40\nc,150,9000,0.1,40\n");
    struct world *world = &fixture.world;
    assert_int_equal(sim_run(world->sim, 8 * HOUR_US + 7 * MINUTE_US, 0, NULL), SIM_END_HORIZON);
    assert_true(world->trading.market.is_open && outlet_is_feeding(&world->outlets[0]));
    assert_true(world->sessions.guest_msat > 0);
    put_in(world);
    sim_run(world->sim, DAY_US, 0, NULL);
    const struct sim_audit_failure *failure = sim_audit_failure(world->sim);
    strcpy(name, failure->name == NULL ? "" : failure->name);
    fixture_close(&fixture);
    return name;
}

static void none(struct world *world)
{
    (void)world;
}
static void a_flats_meter_runs_ahead(struct world *world)
{
    world->trading.used_uj[2] += 1;
}
static void the_market_forgets_a_uj_of_the_grid(struct world *world)
{
    world->trading.market.bought_uj -= 1;
}
static void an_order_is_served_beyond_its_limit(struct world *world)
{
    struct auction *auction = &world->trading.market.auction;
    for (size_t i = 0; i < auction->count; i++)
        if (auction->orders[i].accepted_uj > 0 && auction->orders[i].side == AUCTION_BID)
            auction->orders[i].limit_uyen_per_kwh = auction->price_uyen_per_kwh - 1;
}
static void more_is_bought_than_sold(struct world *world)
{
    world->trading.market.auction.traded_uj += 1;
}
static void a_trade_is_larger_than_its_orders(struct world *world)
{
    world->trading.market.trades.trades[0].energy_uj += 1;
}
static void a_seller_is_owed_a_part_less(struct world *world)
{
    struct debt_list *pairs = &world->trading.market.desk.pairs;
    assert_true(pairs->count > 0);
    pairs->debts[0].parts -= 1;
}
static void a_debt_is_forgotten(struct world *world)
{
    struct debt_list *pairs = &world->trading.market.desk.pairs;
    assert_true(pairs->count > 0 && pairs->debts[pairs->count - 1].parts != 0);
    pairs->count--;
}
static void a_debt_is_booked_on_one_side(struct world *world)
{
    struct desk *desk = &world->trading.market.desk;
    desk->due_parts[0] += 1;
    desk->pairs.debts[0].to = 0; /* both ends the same: the list adds up to nothing */
}
static void a_car_gives_a_uj_that_no_outlet_saw(struct world *world)
{
    session_at(&world->sessions, 0)->battery.given_uj += 1;
}
static void a_refill_loses_a_uj_less_than_it_must(struct world *world)
{
    session_at(&world->sessions, 0)->battery.refill_uj -= 1;
}
static void a_neighbour_finds_a_msat(struct world *world)
{
    world->sessions.guest_msat += 1;
}

static void each_fault_is_found_by_its_auditor(void **state)
{
    (void)state;
    assert_string_equal(stopped_by(none, 1), "");
    assert_string_equal(stopped_by(a_flats_meter_runs_ahead, 1), "trading");
    assert_string_equal(stopped_by(the_market_forgets_a_uj_of_the_grid, 1), "trading");
    assert_string_equal(stopped_by(an_order_is_served_beyond_its_limit, 1), "trading");
    assert_string_equal(stopped_by(more_is_bought_than_sold, 1), "trading");
    assert_string_equal(stopped_by(a_seller_is_owed_a_part_less, 1), "trading");
    assert_string_equal(stopped_by(a_debt_is_forgotten, 1), "trading");
    assert_string_equal(stopped_by(a_debt_is_booked_on_one_side, 1), "trading");
    assert_string_equal(stopped_by(a_car_gives_a_uj_that_no_outlet_saw, 1), "energy");
    assert_string_equal(stopped_by(a_refill_loses_a_uj_less_than_it_must, 1), "energy");
    assert_string_equal(stopped_by(a_neighbour_finds_a_msat, 1), "sessions");
}

/* An auction lasts an interval, and regular audits may all lie elsewhere. */
static void a_fault_between_two_audits_is_found_by_the_next(void **state)
{
    (void)state;
    static const uint64_t never = UINT64_C(1) << 40;
    assert_string_equal(stopped_by(none, never), "");
    assert_string_equal(stopped_by(an_order_is_served_beyond_its_limit, never), "trading");
    assert_string_equal(stopped_by(more_is_bought_than_sold, never), "trading");
    assert_string_equal(stopped_by(a_trade_is_larger_than_its_orders, never), "trading");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_is_found_by_its_auditor),
        cmocka_unit_test(a_fault_between_two_audits_is_found_by_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
