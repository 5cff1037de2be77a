/* test_site.c: limits at every node and leg, the exchange with the grid, idle fees, moved cars, lent outlets.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/check.h"
#include "tests/models/fixture.h"
#include "tests/models/near.h"

#include "models/calendar.h"
#include "models/least.h"
#include "models/site/tree.h"
#include "sim/stream.h"

#include <stdio.h>
#include <string.h>

#define OUTLETS 12

/* ---- wires ------------------------------------------------------------------------------------------------------ */

static int64_t pick(gsl_rng *rng, int64_t least, int64_t most)
{
    return least + (int64_t)gsl_rng_uniform_int(rng, (unsigned long)(most - least + 1));
}

static void random_wires(struct building_config *config, gsl_rng *rng)
{
    *config = (struct building_config){.flats = 3,
                                       .wiring = (enum wiring)pick(rng, 0, 2),
                                       .boards = (uint32_t)pick(rng, 0, 3),
                                       .service_limit_ma = pick(rng, 20000, 90000),
                                       .board_limit_ma = pick(rng, 10000, 60000),
                                       .outlets = {.voltage_v = 200, .current_ma = 16000, .phases = 1}};
    if (config->wiring == WIRING_THREE_WIRE && pick(rng, 0, 1) == 1)
        config->outlets.voltage_v = 100;
    if (config->wiring == WIRING_THREE_PHASE && pick(rng, 0, 1) == 1)
        config->outlets.phases = 3;
    config->transformer = (struct transformer_config){.rating_w = pick(rng, 5000, 30000), .limit_ppm = 1000000};
}

/* Amperes on a leg of a board (TREE_NONE: of the service), told another way than by lanes. */
static double leg_a(const struct building_config *config, const int64_t power_w[OUTLETS], uint32_t board, uint32_t leg)
{
    double sum_a = 0;
    for (uint32_t i = 0; i < OUTLETS; i++) {
        uint32_t turn = config->boards == 0 ? i : i / config->boards;
        double volts = (double)config->outlets.voltage_v, own_a = (double)power_w[i] / volts;
        if (board != TREE_NONE && (config->boards == 0 || i % config->boards != board))
            continue;
        if (config->wiring == WIRING_THREE_WIRE && volts < 200 && turn % 2 != leg)
            own_a = 0;
        if (config->wiring == WIRING_THREE_PHASE)
            own_a = config->outlets.phases == 3 ? own_a / 3 : turn % 3 == leg ? own_a : 0;
        sum_a += own_a;
    }
    return sum_a;
}

/* By how much the nearest limit is missed, in amperes of a leg or watts of the transformer; below 0: exceeded. */
static double least_margin(const struct building_config *config, const int64_t power_w[OUTLETS])
{
    uint32_t legs = config->wiring == WIRING_SINGLE ? 1 : config->wiring == WIRING_THREE_WIRE ? 2 : 3;
    double least = (double)config->transformer.rating_w;
    for (uint32_t i = 0; i < OUTLETS; i++)
        least -= (double)power_w[i];
    for (uint32_t leg = 0; leg < legs; leg++) {
        least = fmin(least, (double)config->service_limit_ma / 1000 - leg_a(config, power_w, TREE_NONE, leg));
        for (uint32_t board = 0; board < config->boards; board++)
            least = fmin(least, (double)config->board_limit_ma / 1000 - leg_a(config, power_w, board, leg));
    }
    return least;
}

static void room_ends_where_a_limit_does(void **state)
{
    (void)state;
    for (uint64_t world = 0; world < 300; world++) {
        struct sim_stream stream;
        stream_open(&stream, 1, 0, "test.wires", world);
        gsl_rng *rng = stream_rng(&stream);
        struct building_config config;
        struct tree tree;
        random_wires(&config, rng);
        assert_true(tree_init(&tree, &config));
        tree_room_begin(&tree);
        int64_t power_w[OUTLETS] = {0};
        for (int turn = 0; turn < 40; turn++) {
            uint32_t outlet = (uint32_t)pick(rng, 0, OUTLETS - 1);
            int64_t most_w = tree_room_most_w(&tree, outlet), taken_w = pick(rng, 0, 2) == 0 ? most_w : most_w / 3;
            power_w[outlet] += most_w + 6; /* six watts more than there is room for */
            assert_true(least_margin(&config, power_w) < 0);
            power_w[outlet] += taken_w - most_w - 6;
            assert_true(least_margin(&config, power_w) >= -1e-9);
            tree_room_take(&tree, outlet, taken_w);
        }
        tree_close(&tree);
    }
}

static void loads_stand_on_the_legs_that_carry_them(void **state)
{
    (void)state;
    for (uint64_t world = 0; world < 100; world++) {
        struct sim_stream stream;
        stream_open(&stream, 2, 0, "test.wires", world);
        gsl_rng *rng = stream_rng(&stream);
        struct building_config config;
        struct tree tree;
        random_wires(&config, rng);
        assert_true(tree_init(&tree, &config));
        int64_t power_w[OUTLETS], sum_w = 0;
        for (uint32_t i = 0; i < OUTLETS; i++) {
            power_w[i] = pick(rng, -3000, 3200);
            sum_w += power_w[i];
            tree_add(&tree, i, power_w[i]);
        }
        double leg_v = config.wiring == WIRING_THREE_WIRE ? 100 : 200;
        if (config.outlets.voltage_v == 100)
            leg_v = 100;
        for (uint32_t leg = 0; leg < tree.leg_count; leg++)
            near((double)tree.nodes[TREE_SERVICE].cars.parts[leg] / TREE_PARTS / leg_v,
                 leg_a(&config, power_w, TREE_NONE, leg), 1e-9);
        assert_int_equal(tree.nodes[TREE_TRANSFORMER].cars.parts[TREE_TOTAL], TREE_PARTS * sum_w);
        tree_close(&tree);
    }
}

/* ---- exchange --------------------------------------------------------------------------------------------------- */

#define DRAWS    8
#define LENGTH_S 3600

struct exchange {
    struct building building;
    struct building_draw draws[DRAWS];
    int64_t begin_s[DRAWS], end_s[DRAWS]; /* stopped then, if not full before */
    int64_t base_w[LENGTH_S / 60], roof_w[LENGTH_S / 60];
};

static void random_exchange(struct exchange *exchange, gsl_rng *rng)
{
    memset(exchange, 0, sizeof *exchange);
    for (int i = 0; i < DRAWS; i++) {
        bool gives = pick(rng, 0, 3) == 0;
        struct battery battery = {.capacity_uj = 2 * KWH_UJ};
        battery.missing_uj = battery.wanted_uj = pick(rng, 50, 2000) * (KWH_UJ / 1000);
        struct battery_limits limits = {.power_w = pick(rng, 500, 3200), .taper_ppm = 500000, .idle_w = 100};
        limits.own_limit_w = gives ? 0 : pick(rng, 0, 1) * 4000;
        battery_curve_init(&exchange->draws[i].curve, &battery, &limits);
        exchange->draws[i].is_feeding = gives;
        exchange->draws[i].outlet = (uint32_t)i;
        exchange->begin_s[i] = pick(rng, 0, LENGTH_S - 2);
        exchange->end_s[i] = pick(rng, exchange->begin_s[i] + 1, LENGTH_S - 1);
    }
    for (int minute = 0; minute < LENGTH_S / 60; minute++) {
        exchange->base_w[minute] = pick(rng, 0, 3000);
        exchange->roof_w[minute] = pick(rng, 0, 6000);
    }
}

static bool draws_at(const struct exchange *exchange, int draw, int64_t s)
{
    const struct battery_curve *curve = &exchange->draws[draw].curve;
    return s >= exchange->begin_s[draw] && s < exchange->end_s[draw] &&
           (s - exchange->begin_s[draw]) * SECOND_US < curve->end_us;
}

static double net_w(const struct exchange *exchange, int64_t s)
{
    double sum_w = (double)(exchange->base_w[s / 60] - exchange->roof_w[s / 60]);
    for (int i = 0; i < DRAWS; i++) {
        double power_w =
            battery_curve_power_w(&exchange->draws[i].curve, (s - exchange->begin_s[i]) * SECOND_US + SECOND_US / 2);
        if (draws_at(exchange, i, s))
            sum_w += exchange->draws[i].is_feeding ? -power_w : power_w;
    }
    return sum_w;
}

/* What happens to a draw at a whole second: it begins, reaches its knee, or ends; draws end early to the second. */
static void play_second(struct exchange *exchange, int64_t s)
{
    struct building *building = &exchange->building;
    char why[256];
    if (s % 60 == 0) {
        struct tree_lanes lanes = {0};
        tree_spread_balanced(&building->tree, &lanes, exchange->base_w[s / 60] - exchange->roof_w[s / 60]);
        building_set_outside(building, exchange->base_w[s / 60], exchange->roof_w[s / 60], &lanes, s * SECOND_US);
    }
    for (int i = 0; i < DRAWS; i++) {
        struct building_draw *draw = &exchange->draws[i];
        if (draw->is_active && !draw->is_tapering && draw->curve.tail_uj > 0 &&
            draw->since_us + draw->curve.knee_us <= s * SECOND_US)
            building_draw_taper(building, draw, draw->since_us + draw->curve.knee_us);
        if (draw->is_active && !draws_at(exchange, i, s))
            building_draw_stop(building, draw, s * SECOND_US);
        if (s == exchange->begin_s[i] && draws_at(exchange, i, s))
            building_draw_start(building, draw, s * SECOND_US);
    }
    assert_true(building_audit(building, why, sizeof why));
}

/* Import and export against a sum second by second; homes, roof, cars and grid to the microjoule. Knees and ends that
 * do not fall on a second are brought there: the curve is cut to whole seconds. */
static void what_flows_is_split_into_both_directions(void **state)
{
    (void)state;
    for (uint64_t world = 0; world < 40; world++) {
        static struct exchange exchange;
        struct sim_stream stream;
        stream_open(&stream, 3, 0, "test.exchange", world);
        bool has_roof = world % 2 == 0; /* the others are split only after the first car has given */
        random_exchange(&exchange, stream_rng(&stream));
        for (int minute = 0; minute < LENGTH_S / 60 && !has_roof; minute++)
            exchange.roof_w[minute] = 0;
        for (int i = 0; i < DRAWS; i++) /* a knee inside a second would be played late */
            if (exchange.draws[i].curve.knee_us % SECOND_US != 0 && exchange.draws[i].curve.tail_uj > 0)
                exchange.end_s[i] =
                    min64(exchange.end_s[i], exchange.begin_s[i] + exchange.draws[i].curve.knee_us / SECOND_US);
        struct building_config config = {.flats = 1,
                                         .service_limit_ma = CONFIG_SERVICE_UNLIMITED_MA,
                                         .outlets = {.voltage_v = 200},
                                         .roof = {.peak_w = has_roof ? 1000 : 0},
                                         .household = {.daily_uj = KWH_UJ}};
        assert_true(building_init(&exchange.building, &config, 0, LENGTH_S * SECOND_US, MINUTE_US));
        double in_j = 0, out_j = 0;
        for (int64_t s = 0; s < LENGTH_S; s++) {
            play_second(&exchange, s);
            in_j += fmax(0, net_w(&exchange, s));
            out_j += fmax(0, -net_w(&exchange, s));
        }
        for (int i = 0; i < DRAWS; i++)
            assert_false(exchange.draws[i].is_active);
        building_finish(&exchange.building, LENGTH_S * SECOND_US);
        struct building_sums sums = building_counted(&exchange.building);
        assert_true(sums.import_uj - sums.export_uj == sums.homes_uj - sums.roof_uj + exchange.building.booked_uj);
        near((double)sums.import_uj / 1e6, in_j, 1e-3 * in_j + DRAWS * 3200);
        near((double)sums.export_uj / 1e6, out_j, 1e-3 * out_j + DRAWS * 3200);
        building_close(&exchange.building);
    }
}

/* ---- idle cars -------------------------------------------------------------------------------------------------- */

#define MSAT_PER_KWH 3000000 /* 30 yen per kWh, a bitcoin a million yen */

static double metrics[METRIC_COUNT];

static void start(struct fixture *fixture)
{
    *fixture = (struct fixture){.order = {.seed = 1, .audit_every = 1}};
    fixture_config(&fixture->config);
}

/* 3.2 kWh take an hour; the car stays three: 120 minutes idle, 100 of them beyond the grace, 1 yen each. */
static void staying_on_is_paid_for(void **state)
{
    (void)state;
    static const int64_t purchases_uj[] = {INT64_MAX, KWH_UJ, 8 * KWH_UJ};
    for (size_t i = 0; i < 3; i++) {
        struct fixture fixture;
        start(&fixture);
        fixture.config.building.idle = (struct idle_config){.fee_msat = 100000, .grace_us = 20 * MINUTE_US};
        fixture.config.payment.purchase_uj = purchases_uj[i];
        fixture_open(&fixture, "a,0,180,3.2,40\n");
        fixture_run(&fixture, metrics);
        near(metrics[METRIC_IDLE_TIME], 120, 0.01);
        near(metrics[METRIC_IDLE_FEES], 100, 1e-9);
        near(metrics[METRIC_REVENUE], 96 + 100, 1e-9);
        near((double)ledger_balance_msat(&fixture.world.ledger, LEDGER_OPERATOR), 3.2 * MSAT_PER_KWH + 100 * 100000, 1);
        fixture_close(&fixture);
    }
}

static void within_the_grace_nothing_is_owed(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    fixture.config.building.idle = (struct idle_config){.fee_msat = 100000, .grace_us = 120 * MINUTE_US};
    fixture_metrics(&fixture, metrics, "a,0,180,3.2,40\nb,0,30,3.2,40\n");
    near(metrics[METRIC_IDLE_FEES], 0, 0);
    near(metrics[METRIC_REVENUE], 96 + 48, 1e-9);
}

/* The provider declines whatever comes after the energy: the fee stays unpaid, and nobody waits for ever. */
static void a_fee_that_is_never_paid_closes_the_session(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    fixture.config.building.idle = (struct idle_config){.fee_msat = 100000};
    fixture.config.rails[0].cloud.outages[0] = (struct outage_config){.at_us = 2 * HOUR_US, .duration_us = DAY_US};
    fixture.config.rails[0].cloud.outage_count = 1;
    fixture_metrics(&fixture, metrics, "a,0,180,3.2,40\n");
    near(metrics[METRIC_IDLE_FEES], 120, 1e-9);
    near(metrics[METRIC_REVENUE], 96, 1e-3);
    near(metrics[METRIC_SESSION_COUNT], 1, 0);
    near(metrics[METRIC_MERCHANT_LOSS], 0, 0);
}

/* One outlet, two cars: who comes second waits until the first is moved, or drives away. */
static void a_moved_car_makes_room(void **state)
{
    (void)state;
    for (int moves = 0; moves < 2; moves++) {
        struct fixture fixture;
        start(&fixture);
        fixture.config.building.outlets.count = 1;
        fixture.config.building.idle = (struct idle_config){.move_ppm = moves * 1000000, .moving_us = MINUTE_US};
        fixture_metrics(&fixture, metrics, "a,0,600,3.2,40\nb,30,900,3.2,40\n");
        near(metrics[METRIC_IDLE_MOVED_SHARE], moves * 100, 0);
        within(metrics[METRIC_OUTLET_WAIT_P95], moves ? 1700 : 32000, moves ? 3000 : 34300);
        near(metrics[METRIC_ENERGY_DELIVERED], 6.4, 1e-9);
        if (moves)
            assert_true(metrics[METRIC_IDLE_TIME] < 15);
    }
}

/* ---- lent outlets ----------------------------------------------------------------------------------------------- */

static void lend(struct fixture *fixture)
{
    start(fixture);
    fixture->config.fleet.cars.count = 10;
    fixture->config.building.sharing = (struct sharing_config){.owned_ppm = 500000,
                                                               .visits_ppm = 6000000,
                                                               .visitors = 8,
                                                               .from_us = 8 * HOUR_US,
                                                               .to_us = 18 * HOUR_US,
                                                               .weekend_from_us = 10 * HOUR_US,
                                                               .weekend_to_us = 16 * HOUR_US,
                                                               .energy_uj = 6 * KWH_UJ,
                                                               .energy_sigma_ppm = 500000,
                                                               .stay_us = 4 * HOUR_US,
                                                               .stay_sigma_ppm = 500000};
}

/* Whoever owns an outlet has what visitors paid, and the operator nothing of it; all under every rail's terms. */
static void visitors_pay_who_owns_the_outlet(void **state)
{
    (void)state;
    double visits = 0;
    for (uint64_t seed = 0; seed < 12; seed++) {
        struct fixture fixture;
        lend(&fixture);
        fixture.order.seed = seed;
        struct cloud_config *cloud = &fixture.config.rails[0].cloud;
        *cloud = (struct cloud_config){.latency_us = seed % 2 * SECOND_US,
                                       .settlement_us = seed % 3 * HOUR_US,
                                       .fee_ppm = seed % 2 * 30000,
                                       .chargeback_ppm = seed % 4 == 3 ? 100000 : 0};
        fixture.config.payment.purchase_uj = seed % 2 ? KWH_UJ : INT64_MAX;
        fixture_open(&fixture, NULL);
        fixture_run(&fixture, metrics);
        visits += metrics[METRIC_SHARING_VISITS];
        int64_t owners_msat = 0;
        for (size_t car = 1; car < 10; car += 2) /* every second one owns */
            assert_true(lending_is_owned(&fixture.config.building.sharing, (uint32_t)car));
        for (size_t visitor = 10; visitor < 18; visitor++)
            owners_msat -= ledger_balance_msat(&fixture.world.ledger, LEDGER_FIRST_PAYER + visitor);
        if (seed % 4 == 0) { /* no fees, nothing taken back: what visitors spent is what owners have */
            near(metrics[METRIC_SHARING_INCOME], (double)owners_msat / 1e5, 30);
            assert_true(metrics[METRIC_SHARING_INCOME] > 0);
        }
        fixture_close(&fixture);
    }
    within(visits / 12 / 7, 4.2, 6); /* less those of visitors who are there already */
}

/* A visitor never stays beyond the time of lending, and none comes outside it. */
static void outlets_are_lent_in_their_hours(void **state)
{
    (void)state;
    struct fixture fixture;
    lend(&fixture);
    fixture_open(&fixture, NULL);
    struct world *world = &fixture.world;
    int seen = 0;
    while (sim_step(world->sim) && sim_now_us(world->sim) < fixture.config.duration_us)
        for (uint32_t number = 0; number < world->sessions.slab.limit; number++) {
            const struct session *session = session_at(&world->sessions, number);
            if (!session->is_used || session->visitor == SESSION_NO_VISITOR || session->has_left)
                continue;
            bool is_weekend = calendar_is_weekend(fixture.config.start_unix_s, session->arrival_us);
            int64_t from_us = session->arrival_us % DAY_US, to_us = session->departure_us % DAY_US;
            assert_true(from_us >= (is_weekend ? 10 : 8) * HOUR_US && to_us <= (is_weekend ? 16 : 18) * HOUR_US);
            assert_true(lending_is_owned(&fixture.config.building.sharing, session->stay.outlet));
            seen++;
        }
    assert_true(seen > 100);
    fixture_close(&fixture);
}

/* An account at the central provider takes time once, and none for members. */
static void an_account_is_opened_once(void **state)
{
    (void)state;
    for (int members = 0; members < 2; members++) {
        struct fixture fixture;
        start(&fixture);
        fixture.config.rails[0].cloud.signup_us = 5 * MINUTE_US;
        fixture.config.rails[0].cloud.member_ppm = members * 1000000;
        fixture_metrics(&fixture, metrics, "a,0,180,3.2,40\na,200,380,3.2,40\na,400,580,3.2,40\n");
        near(metrics[METRIC_TIME_TO_POWER_MEAN], members ? 0 : 100, 1e-6);
    }
}

/* ---- sun -------------------------------------------------------------------------------------------------------- */

/* A car from nine to five on a clear day: the sun alone if it suffices; what lacks is taken in time. */
static void surplus_charges_first_and_the_grid_in_time(void **state)
{
    (void)state;
    static const struct {
        enum charging_strategy strategy;
        int64_t peak_w;
        double least_share, most_share; /* of the grid */
    } rows[] = {{STRATEGY_PV_SURPLUS, 6000, 0, 0.001},
                {STRATEGY_PV_SURPLUS, 2000, 0.2, 0.6},
                {STRATEGY_PV_SURPLUS, 1, 0.99, 1},
                {STRATEGY_NONE, 6000, 0.02, 0.4}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture fixture;
        start(&fixture);
        fixture.config.duration_us = DAY_US;
        fixture.config.building.strategy = rows[i].strategy;
        fixture.config.building.round_current_ma = 1000;
        fixture.config.building.turn_us = MINUTE_US;
        fixture.config.building.roof = (struct roof_config){.peak_w = rows[i].peak_w,
                                                            .ratio_ppm = 1000000,
                                                            .latitude_udeg = 35170000,
                                                            .longitude_udeg = 135000000,
                                                            .zone_us = 9 * HOUR_US,
                                                            .clearness_ppm = 1000000,
                                                            .cloud_us = HOUR_US,
                                                            .step_us = 10 * MINUTE_US};
        fixture_metrics(&fixture, metrics, "a,540,1020,12,40\n");
        near(metrics[METRIC_ENERGY_DELIVERED], 12, 0.05);
        within(metrics[METRIC_SITE_IMPORT] / 12, rows[i].least_share - 1e-9, rows[i].most_share);
        double balance = metrics[METRIC_SITE_IMPORT] - metrics[METRIC_SITE_EXPORT] + metrics[METRIC_SITE_ROOF];
        near(balance, metrics[METRIC_SITE_ENERGY], 1e-9);
        near(metrics[METRIC_SITE_SELF_SUFFICIENCY],
             100 * (1 - metrics[METRIC_SITE_IMPORT] / metrics[METRIC_SITE_ENERGY]), 1e-9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(room_ends_where_a_limit_does),
        cmocka_unit_test(loads_stand_on_the_legs_that_carry_them),
        cmocka_unit_test(what_flows_is_split_into_both_directions),
        cmocka_unit_test(staying_on_is_paid_for),
        cmocka_unit_test(within_the_grace_nothing_is_owed),
        cmocka_unit_test(a_fee_that_is_never_paid_closes_the_session),
        cmocka_unit_test(a_moved_car_makes_room),
        cmocka_unit_test(visitors_pay_who_owns_the_outlet),
        cmocka_unit_test(outlets_are_lent_in_their_hours),
        cmocka_unit_test(an_account_is_opened_once),
        cmocka_unit_test(surplus_charges_first_and_the_grid_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
