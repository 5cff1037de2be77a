/* test_ln_route_oracle.c: routes against searches that are too simple to be wrong.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Small random networks: every path is tried (exhaustive), for all parts of the cost at once. Larger ones: Bellman and
 * Ford's rounds, where costs do not depend on the amount, so that both must agree to the last bit.
 */
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/dice.h"
#include "tests/lightning/network.h"

#define NODES_MAX    200
#define CHANNELS_MAX 600

struct direction {
    uint32_t from, to;
    uint32_t base_msat, ppm;
    uint16_t blocks;
    uint64_t scid;
    uint64_t least_msat, most_msat;
    uint64_t capacity_msat;
};

struct world {
    struct direction directions[2 * CHANNELS_MAX];
    uint32_t direction_count;
    uint32_t node_count;
};

static struct counting memory;
static struct world world;
static struct ln_graph graph;
static struct ln_router *router;

/* ---- random networks ---- */

static void roll_direction(struct dice *dice, struct direction *direction, bool flat)
{
    direction->base_msat = dice_below(dice, 3) == 0 ? 0 : dice_below(dice, 2000);
    direction->ppm = flat ? 0 : dice_below(dice, 3000);
    direction->blocks = (uint16_t)dice_below(dice, 150);
    direction->least_msat = dice_below(dice, 4) == 0 ? dice_below(dice, 2000000) : 1;
    direction->most_msat =
        dice_below(dice, 4) == 0 ? direction->capacity_msat - dice_below(dice, 1000000) : direction->capacity_msat;
}

static void roll_world(struct dice *dice, uint32_t node_count, uint32_t channel_count, bool flat)
{
    world.node_count = node_count;
    world.direction_count = 0;
    for (uint32_t i = 0; i < channel_count; i++) {
        uint32_t a = dice_below(dice, node_count), b = dice_below(dice, node_count);
        uint64_t capacity_msat = 1000 * (1000 + (uint64_t)dice_below(dice, 1u << (10 + dice_below(dice, 14))));
        if (a == b) {
            continue;
        }
        for (unsigned side = 0; side < 2; side++) {
            struct direction *direction = &world.directions[world.direction_count++];
            *direction = (struct direction){
                .from = side == 0 ? a : b, .to = side == 0 ? b : a, .scid = i + 1, .capacity_msat = capacity_msat};
            roll_direction(dice, direction, flat);
        }
    }
}

static void add_to_graph(const struct direction *direction)
{
    uint8_t ids[2][33];
    unsigned side = direction->from > direction->to;
    uint32_t channel = ln_graph_find_channel(&graph, direction->scid);
    network_id(ids[side], direction->from);
    network_id(ids[1 - side], direction->to);
    if (channel == LN_GRAPH_NONE) {
        const struct ln_graph_opening opening = {.short_channel_id = direction->scid,
                                                 .capacity_sat = direction->capacity_msat / 1000,
                                                 .node_ids = {ids[0], ids[1]}};
        assert_int_equal(ln_graph_add_channel(&graph, &channel, &opening), LN_GRAPH_OK);
    }
    const struct ln_policy policy = {.htlc_minimum_msat = direction->least_msat,
                                     .htlc_maximum_msat = direction->most_msat,
                                     .fee_base_msat = direction->base_msat,
                                     .fee_proportional_ppm = direction->ppm,
                                     .timestamp_s = 1,
                                     .cltv_expiry_delta_blocks = direction->blocks,
                                     .flags = LN_POLICY_KNOWN};
    assert_int_equal(ln_graph_set_policy(&graph, channel, side, &policy), LN_GRAPH_OK);
}

/* The order of the directions is the dice's. */
static void build(struct dice *dice)
{
    uint32_t order[2 * CHANNELS_MAX];
    network_init(&graph, &memory.allocator);
    for (uint32_t i = 0; i < world.direction_count; i++) {
        uint32_t j = dice_below(dice, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    for (uint32_t i = 0; i < world.direction_count; i++) {
        add_to_graph(&world.directions[order[i]]);
    }
}

/* ---- every path ---- */

struct trial {
    const struct ln_route_request *request;
    uint32_t payer;
    uint64_t best; /* cost, UINT64_MAX: none */
    bool seen[NODES_MAX];
};

/* The cost as route.h says it, reckoned on its own. */
static bool cost_of(const struct trial *trial, const struct direction *direction, uint64_t amount_msat, uint64_t *cost,
                    uint64_t *fee_msat)
{
    const struct ln_route_prices *prices = trial->request->prices;
    struct ln_bounds bounds = {0, direction->capacity_msat, direction->capacity_msat};
    uint32_t nats;
    if (amount_msat < direction->least_msat || amount_msat > direction->most_msat ||
        !ln_probability_nats(&nats, &prices->prior, &bounds, amount_msat)) {
        return false;
    }
    bool own = direction->from == trial->payer;
    long double weight =
        prices->nat_msat + (uint64_t)((long double)trial->request->amount_msat * prices->nat_ppm / 1e6L);
    long double risk = own ? 0 : (long double)amount_msat * direction->blocks * prices->risk_ppb * 1024 / 1e9L;
    *fee_msat = own ? 0 : direction->base_msat + amount_msat * direction->ppm / 1000000;
    *cost = 1024 * (*fee_msat + prices->hop_msat) + (uint64_t)risk + ((uint64_t)weight * nats >> 10) + 1;
    return true;
}

static void try_all(struct trial *trial, uint32_t node, uint64_t amount_msat, uint64_t blocks, uint64_t cost,
                    uint32_t hops)
{
    if (node == trial->payer) {
        trial->best = cost < trial->best ? cost : trial->best;
        return;
    }
    if (hops == trial->request->max_hops) {
        return;
    }
    trial->seen[node] = true;
    for (uint32_t i = 0; i < world.direction_count; i++) {
        const struct direction *direction = &world.directions[i];
        uint64_t more, fee_msat;
        if (direction->to != node || trial->seen[direction->from] ||
            !cost_of(trial, direction, amount_msat, &more, &fee_msat)) {
            continue;
        }
        uint64_t then = blocks + (direction->from == trial->payer ? 0 : direction->blocks);
        if (amount_msat + fee_msat <= trial->request->amount_msat + trial->request->max_fee_msat &&
            then <= trial->request->max_blocks) {
            try_all(trial, direction->from, amount_msat + fee_msat, then, cost + more, hops + 1);
        }
    }
    trial->seen[node] = false;
}

static struct ln_route_prices roll_prices(struct dice *dice)
{
    return (struct ln_route_prices){
        .risk_ppb = dice_below(dice, 100),
        .hop_msat = dice_below(dice, 500),
        .nat_msat = dice_below(dice, 50000),
        .nat_ppm = dice_below(dice, 2000),
        .prior = {dice_below(dice, 2) == 0 ? LN_PRIOR_UNIFORM : LN_PRIOR_BIMODAL, 1 + dice_below(dice, 1u << 30)}};
}

/* A route is what it says: one path, amounts and expiries as BOLT 7 has them. */
static void check_route(const struct ln_route *route, const struct ln_route_request *request, uint32_t payer)
{
    uint64_t amount_msat = request->amount_msat, blocks = request->final_blocks;
    uint8_t id[33];
    assert_in_range(route->hop_count, 1, request->max_hops);
    assert_memory_equal(route->hops[route->hop_count - 1].node_id, request->payee, 33);
    for (uint32_t i = route->hop_count; i-- > 0;) {
        const struct ln_route_hop *hop = &route->hops[i];
        uint32_t at = 0;
        for (; at < world.direction_count; at++) {
            unsigned side = world.directions[at].from > world.directions[at].to;
            if (world.directions[at].scid == hop->short_channel_id && side == hop->direction) {
                break;
            }
        }
        const struct direction *direction = &world.directions[at];
        network_id(id, direction->to);
        assert_memory_equal(hop->node_id, id, 33);
        network_id(id, direction->from);
        assert_memory_equal(i == 0 ? request->payer : route->hops[i - 1].node_id, id, 33);
        assert_true((i == 0) == (direction->from == payer));
        assert_int_equal(hop->amount_msat, amount_msat);
        assert_int_equal(hop->expiry_blocks, blocks);
        assert_in_range(amount_msat, direction->least_msat, direction->most_msat);
        amount_msat += i == 0 ? 0 : direction->base_msat + amount_msat * direction->ppm / 1000000;
        blocks += i == 0 ? 0 : direction->blocks;
    }
    assert_int_equal(route->fee_msat, amount_msat - request->amount_msat);
    assert_true(route->fee_msat <= request->max_fee_msat && blocks <= request->max_blocks);
}

static struct ln_route_request roll_request(struct dice *dice, uint32_t *payer, bool tight)
{
    uint32_t from = dice_below(dice, world.node_count);
    uint32_t to = (from + 1 + dice_below(dice, world.node_count - 1)) % world.node_count;
    struct ln_route_request request =
        network_request(from, to, 1 + dice_below(dice, 1u << (12 + dice_below(dice, 17))));
    if (tight) {
        request.max_fee_msat = dice_below(dice, 4000);
        request.max_blocks = 18 + dice_below(dice, 400);
        request.max_hops = 1 + dice_below(dice, 5);
    }
    *payer = from;
    return request;
}

struct tally {
    unsigned found, best, missed, none;
};

static void try_one(struct dice *dice, struct tally *tally, bool tight)
{
    struct ln_route route;
    uint32_t payer;
    roll_world(dice, 2 + dice_below(dice, 6), 1 + dice_below(dice, 14), false);
    build(dice);
    struct ln_route_prices prices = roll_prices(dice);
    struct ln_route_request request = roll_request(dice, &payer, tight);
    request.prices = &prices;
    struct trial trial = {.request = &request, .payer = payer, .best = UINT64_MAX};
    uint32_t payee = request.payee[32];
    try_all(&trial, payee, request.amount_msat, request.final_blocks, 0, 0);
    enum ln_route_result result = ln_route_find(router, &route, &graph, &request);
    if (result == LN_ROUTE_OK) {
        check_route(&route, &request, payer);
        assert_true(trial.best != UINT64_MAX);
        /* each hop is rounded down once more here or there */
        assert_true(route.cost + 2 * LN_ROUTE_HOPS_MAX >= trial.best);
        tally->found++;
        tally->best += route.cost <= trial.best + 2 * LN_ROUTE_HOPS_MAX;
        if (!tight) { /* fees of at most 0.3 percent a hop and what follows from them */
            assert_true(route.cost <= trial.best + trial.best / 50 + 2048);
        }
    } else if (trial.best != UINT64_MAX) {
        tally->missed++;
    } else {
        tally->none++;
    }
    ln_graph_close(&graph);
}

static void routes_are_as_cheap_as_the_best_of_all_paths(void **state)
{
    struct tally tally = {0};
    struct dice dice = {1};
    (void)state;
    for (unsigned i = 0; i < 6000; i++) {
        try_one(&dice, &tally, false);
    }
    printf("%u found, %u the best, %u missed, %u without a way\n", tally.found, tally.best, tally.missed, tally.none);
    assert_int_equal(tally.missed, 0);
    assert_true(tally.found > 2000 && tally.none > 200);
    assert_true(tally.best * 1000 >= tally.found * 995);
}

static void routes_within_tight_limits_are_seldom_missed(void **state)
{
    struct tally tally = {0};
    struct dice dice = {2};
    (void)state;
    for (unsigned i = 0; i < 6000; i++) {
        try_one(&dice, &tally, true);
    }
    printf("%u found, %u the best, %u missed, %u without a way\n", tally.found, tally.best, tally.missed, tally.none);
    assert_true(tally.missed * 200 <= tally.found);
    assert_true(tally.found > 1000);
}

/* ---- Bellman and Ford ---- */

static uint64_t rounds(const struct trial *trial, uint32_t payee, uint32_t *hop_count)
{
    uint64_t cost[NODES_MAX];
    uint32_t hops[NODES_MAX] = {0};
    bool changed = true;
    memset(cost, 0xff, sizeof cost);
    cost[payee] = 0;
    while (changed) {
        changed = false;
        for (uint32_t i = 0; i < world.direction_count; i++) {
            const struct direction *direction = &world.directions[i];
            uint64_t more, fee_msat;
            if (cost[direction->to] != UINT64_MAX && direction->to != trial->payer &&
                cost_of(trial, direction, trial->request->amount_msat, &more, &fee_msat) &&
                cost[direction->to] + more < cost[direction->from]) {
                cost[direction->from] = cost[direction->to] + more;
                hops[direction->from] = hops[direction->to] + 1;
                changed = true;
            }
        }
    }
    *hop_count = hops[trial->payer];
    return cost[trial->payer];
}

/* Fees without rates, no price on time or doubt, and no bounds on amounts: a cost is what it is, whatever comes behind.
 */
static void costs_are_those_of_bellman_and_ford(void **state)
{
    const struct ln_route_prices prices = {.hop_msat = 7};
    unsigned found = 0;
    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        struct dice dice = {1000 + i};
        uint32_t payer;
        struct ln_route route;
        uint32_t node_count = 2 + dice_below(&dice, NODES_MAX - 1); /* dense: the cheapest ways have few hops */
        roll_world(&dice, node_count, 2 * node_count + dice_below(&dice, node_count), true);
        for (uint32_t at = 0; at < world.direction_count; at++) {
            world.directions[at].least_msat = 1;
            world.directions[at].most_msat = world.directions[at].capacity_msat;
        }
        build(&dice);
        for (unsigned pair = 0; pair < 20; pair++) {
            struct ln_route_request request = roll_request(&dice, &payer, false);
            request.prices = &prices;
            request.amount_msat = 500000; /* the least capacity is twice that: fees never fill a channel */
            request.max_blocks = UINT16_MAX;
            struct trial trial = {.request = &request, .payer = payer};
            uint32_t hop_count;
            uint64_t best = rounds(&trial, request.payee[32], &hop_count);
            if (hop_count > LN_ROUTE_HOPS_MAX) {
                continue;
            }
            enum ln_route_result result = ln_route_find(router, &route, &graph, &request);
            assert_int_equal(result == LN_ROUTE_OK, best != UINT64_MAX);
            if (result == LN_ROUTE_OK) {
                assert_int_equal(route.cost, best);
                check_route(&route, &request, payer);
                found++;
            }
        }
        ln_graph_close(&graph);
    }
    assert_true(found > 2000);
}

static void routes_do_not_depend_on_the_order_in_which_channels_were_heard(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 60; i++) {
        struct dice dice = {5000 + i}, asking = {i};
        struct ln_route routes[2][10];
        enum ln_route_result results[2][10];
        struct ln_route_prices prices = roll_prices(&asking);
        roll_world(&dice, 60, 300, i % 2 == 0);
        for (uint32_t at = 0; at < world.direction_count; at++) { /* many equal ways */
            world.directions[at].base_msat = world.directions[at].base_msat / 1000 * 1000;
            world.directions[at].ppm = world.directions[at].ppm / 1000 * 1000;
            world.directions[at].blocks = 40;
            world.directions[at].capacity_msat = 100000000;
            world.directions[at].least_msat = 1;
            world.directions[at].most_msat = 100000000;
        }
        for (unsigned turn = 0; turn < 2; turn++) {
            struct dice same = {i};
            build(&dice);
            for (unsigned pair = 0; pair < 10; pair++) {
                uint32_t payer;
                struct ln_route_request request = roll_request(&same, &payer, false);
                request.prices = &prices;
                results[turn][pair] = ln_route_find(router, &routes[turn][pair], &graph, &request);
            }
            ln_graph_close(&graph);
        }
        for (unsigned pair = 0; pair < 10; pair++) {
            assert_int_equal(results[0][pair], results[1][pair]);
            for (unsigned hop = 0; results[0][pair] == LN_ROUTE_OK && hop < routes[0][pair].hop_count; hop++) {
                assert_int_equal(routes[0][pair].hop_count, routes[1][pair].hop_count);
                assert_int_equal(routes[0][pair].hops[hop].short_channel_id,
                                 routes[1][pair].hops[hop].short_channel_id);
            }
        }
    }
}

static int open_router(void **state)
{
    (void)state;
    counting_init(&memory);
    router = ln_router_open(&memory.allocator);
    return router == NULL;
}

static int close_router(void **state)
{
    (void)state;
    ln_router_close(router);
    return memory.held != 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(routes_are_as_cheap_as_the_best_of_all_paths),
        cmocka_unit_test(routes_within_tight_limits_are_seldom_missed),
        cmocka_unit_test(costs_are_those_of_bellman_and_ford),
        cmocka_unit_test(routes_do_not_depend_on_the_order_in_which_channels_were_heard),
    };
    return cmocka_run_group_tests(tests, open_router, close_router);
}
