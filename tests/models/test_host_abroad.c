/* test_host_abroad.c: payments over a graph of others: modeled hops and real ones end alike.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     payer ══ gateway A ── 1 ── 2 ── gateway B ══ payee          A and B are nodes 0 and 3 of the graph
 */
#include "models/chain/room.h"
#include "models/host/abroad.h"
#include "models/network/graph_read.h"
#include "protocol/lightning/failure.h"
#include "tests/models/near.h"
#include "tests/models/street.h"

#include <string.h>

#define CAPACITY_SAT UINT64_C(2000000)
#define HOPS         3
#define RESERVE_PPM  10000
#define STEP_MSAT    100000000

/* ---- the graph ------------------------------------------------------------------------------------------------- */

static void connect(struct ln_graph *graph, uint64_t scid, uint32_t a, uint32_t b)
{
    uint8_t ids[2][33];
    uint32_t channel;
    graph_read_node_id(ids[0], a);
    graph_read_node_id(ids[1], b);
    const struct ln_graph_opening opening = {
        .short_channel_id = scid, .capacity_sat = CAPACITY_SAT, .node_ids = {ids[0], ids[1]}};
    const struct ln_policy policy = {.htlc_minimum_msat = 1000,
                                     .htlc_maximum_msat = CAPACITY_SAT * 1000,
                                     .fee_base_msat = 500 + (uint32_t)scid,
                                     .fee_proportional_ppm = 100,
                                     .cltv_expiry_delta_blocks = 60,
                                     .flags = LN_POLICY_KNOWN};
    assert_int_equal(ln_graph_add_channel(graph, &channel, &opening), LN_GRAPH_OK);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(ln_graph_set_policy(graph, channel, i, &policy), LN_GRAPH_OK);
}

static void open_map(struct abroad_map *map)
{
    const struct ln_graph_config config = {.allocator = &room_allocator, .nodes_max = 64, .channels_max = 64};
    struct ln_graph source;
    struct btc_curve curve;
    btc_curve_init(&curve);
    ln_graph_init(&source, &config);
    for (uint32_t i = 0; i < HOPS; i++)
        connect(&source, 101 + i, i, i + 1);
    assert_true(abroad_map_open(map, &source, &curve, 7));
    ln_graph_close(&source);
}

/* The node that the source called by a number. */
static uint32_t node_of(const struct abroad_map *map, uint32_t which)
{
    uint32_t first = ln_graph_find_channel(&map->graph, 101 + (which == 0 ? 0 : which - 1));
    uint32_t second = ln_graph_find_channel(&map->graph, 101 + (which == 0 ? 1 : which));
    const uint32_t *a = ln_graph_channel(&map->graph, first)->nodes;
    if (which == 0 || which == HOPS) { /* the end that the neighbouring channel does not have */
        uint32_t next = which == 0 ? second : ln_graph_find_channel(&map->graph, 101 + HOPS - 2);
        const uint32_t *b = ln_graph_channel(&map->graph, next)->nodes;
        return a[0] == b[0] || a[0] == b[1] ? a[1] : a[0];
    }
    const uint32_t *b = ln_graph_channel(&map->graph, second)->nodes;
    return a[0] == b[0] || a[0] == b[1] ? a[0] : a[1];
}

/* ---- the street with a graph in its middle --------------------------------------------------------------------- */

struct tour {
    struct street street; /* 0 payer, 1 gateway A, 2 funder, 3 gateway B, 4 payee */
    struct abroad_map map;
    struct foreign *foreign;
    struct abroad *abroad;
};

enum { PAYER, GATE_A, FUNDER, GATE_B, PAYEE, PLACES };

static uint32_t add_node(struct tour *tour, uint32_t place, const uint8_t *secret)
{
    struct ln_node_config config;
    struct street *street = &tour->street;
    host_node_config_init(&config, street->host, 16);
    config.graph = &tour->map.graph;
    config.channel.flags |= LN_CHANNEL_SCID_ALIAS;
    config.flags |= LN_NODE_TRUSTS_FUNDING;
    if (secret != NULL)
        abroad_gateway(&config);
    const struct host_node_setup setup = {.config = &config,
                                          .device = device_class_get(DEVICE_IDEAL),
                                          .key = place,
                                          .secret = secret,
                                          .coins = place == FUNDER ? 16 : 4,
                                          .coin_sat = 5000000};
    return host_add_node(street->host, &setup);
}

static void join(struct street *street, uint32_t dialler, uint32_t answerer)
{
    struct link_config config;
    link_config_init(&config, &street->class, 10 * dialler + answerer);
    uint32_t link = link_add(&street->links, &config);
    assert_true(host_join(street->host, street->node[dialler], street->node[answerer], link));
    link_want(&street->links, link, true);
}

static void open_private(struct street *street, uint32_t opener, uint32_t other)
{
    struct ln_node *node = host_enter(street->host, street->node[opener]);
    uint64_t channel;
    assert_non_null(node);
    enum ln_node_result result = ln_node_open_channel(
        node, &channel,
        &(struct ln_node_opening){.peer = host_peer(street->host, street->node[opener], street->node[other]),
                                  .funding_sat = 4000000,
                                  .push_msat = 2000000000,
                                  .feerate_sat_per_kwu = 1000});
    host_leave(street->host, street->node[opener], result, NULL);
    assert_int_equal(result, LN_NODE_OK);
}

/* Called by street_meet between the host's making and the chain's beginning. */
static struct tour *touring;

static void add_nodes(struct street *street)
{
    const uint8_t *a = touring->map.secrets[node_of(&touring->map, 0)];
    const uint8_t *b = touring->map.secrets[node_of(&touring->map, HOPS)];
    for (uint32_t i = 0; i < PLACES; i++)
        street->node[i] = add_node(touring, i, i == GATE_A ? a : i == GATE_B ? b : NULL);
}

static void tour_begin(struct tour *tour, enum abroad_mode mode, uint64_t seed)
{
    struct street *street = &tour->street;
    open_map(&tour->map);
    tour->foreign = foreign_open(&(struct foreign_config){
        .graph = &tour->map.graph, .prior = {LN_PRIOR_UNIFORM, 1}, .reserve_ppm = RESERVE_PPM, .seed = seed});
    assert_non_null(tour->foreign);
    street_init(street);
    street->nodes = 0; /* they are not in a row */
    street->add_nodes = add_nodes;
    street_meet(street);
    tour->abroad = abroad_new(&(struct abroad_options){.mode = mode,
                                                       .host = street->host,
                                                       .links = &street->links,
                                                       .map = &tour->map,
                                                       .foreign = tour->foreign,
                                                       .link = &street->class,
                                                       .device = device_class_get(DEVICE_IDEAL),
                                                       .funder = street->node[FUNDER],
                                                       .feerate_sat_per_kwu = 1000,
                                                       .key = 1});
    assert_non_null(tour->abroad);
    join(street, PAYER, GATE_A);
    join(street, GATE_B, PAYEE);
    street_run(street, MINUTE);
    open_private(street, PAYER, GATE_A);
    open_private(street, GATE_B, PAYEE);
    assert_true(street_wait(street, PAYER, LN_NODE_CHANNEL_READY, 1, DAY));
    assert_true(street_wait(street, PAYEE, LN_NODE_CHANNEL_READY, 1, DAY));
    street_run(street, MINUTE);
}

static void tour_open(struct tour *tour, enum abroad_mode mode, uint64_t seed)
{
    *tour = (struct tour){.foreign = NULL};
    touring = tour;
    tour_begin(tour, mode, seed);
}

static void tour_close(struct tour *tour)
{
    struct abroad_tally tally;
    abroad_tally(&tally, tour->abroad);
    assert_int_equal(tally.under_way, 0);
    foreign_audit_msat(tour->foreign);
    street_close(&tour->street);
    abroad_free(tour->abroad);
    foreign_close(tour->foreign);
    abroad_map_close(&tour->map);
}

/* ---- payments both ways ---------------------------------------------------------------------------------------- */

struct outcome {
    bool is_paid;
    uint64_t fee_msat;
    uint16_t code;
    uint8_t node_id[33];
    int64_t took_us;
};

static struct outcome pay(struct tour *tour, bool is_back, uint64_t amount_msat)
{
    struct street *street = &tour->street;
    uint32_t payer = is_back ? PAYEE : PAYER, payee = is_back ? PAYER : PAYEE;
    char text[2000];
    uint32_t ends =
        street_count(street, payer, LN_NODE_PAYMENT_SENT) + street_count(street, payer, LN_NODE_PAYMENT_FAILED);
    street_ask(street, payee, amount_msat, false, text);
    struct ln_pay_terms limits = street_limits(street);
    limits.attempts_max = 1;
    int64_t begun_us = sim_now_us(street->sim);
    street_pay_with(street, payer, text, &limits);
    while (street_count(street, payer, LN_NODE_PAYMENT_SENT) + street_count(street, payer, LN_NODE_PAYMENT_FAILED) ==
           ends)
        street_run(street, SECOND);
    const struct street_event *sent = street_last(street, payer, LN_NODE_PAYMENT_SENT);
    const struct street_event *failed = street_last(street, payer, LN_NODE_PAYMENT_FAILED);
    bool is_paid = sent != NULL && sent->at_us >= begun_us;
    struct outcome outcome = {.is_paid = is_paid};
    const struct street_event *last = is_paid ? sent : failed;
    outcome.fee_msat = is_paid ? last->event.fee_msat : 0;
    outcome.code = is_paid ? 0 : last->event.code;
    outcome.took_us = last->at_us - begun_us;
    memcpy(outcome.node_id, last->event.node_id, is_paid ? 0 : 33);
    street_run(street, 10 * SECOND);
    return outcome;
}

/* Reserves and commitment fees are not quite the same: what is as close to a balance as that is left out. */
static bool is_close(const struct tour *tour, uint64_t amount_msat)
{
    for (uint32_t i = 0; i < 2 * HOPS; i++) {
        double sendable = (double)foreign_sendable_msat(tour->foreign, i / 2, i % 2);
        if (fabs(sendable - (double)amount_msat) < 30e6)
            return true;
    }
    return false;
}

/* The same payments, growing until they fail, this way and that, with both modes: what can pass passes, what cannot
 * fails with the same words of the same node, to the same fee. */
static void modeled_and_real_hops_end_alike(void **state)
{
    (void)state;
    uint32_t paid = 0, failed = 0;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct tour tours[2];
        tour_open(&tours[0], ABROAD_MODELED, seed);
        tour_open(&tours[1], ABROAD_REAL, seed);
        for (uint32_t i = 0; i < 16; i++) {
            uint64_t amount_msat = 1000000 + (i * 7 % 16) * STEP_MSAT / 4 * (1 + seed % 3);
            if (is_close(&tours[0], amount_msat))
                continue;
            struct outcome modeled = pay(&tours[0], i % 2 == 1, amount_msat);
            struct outcome real = pay(&tours[1], i % 2 == 1, amount_msat);
            assert_int_equal(real.is_paid, modeled.is_paid);
            assert_int_equal(real.code, modeled.code);
            assert_memory_equal(real.node_id, modeled.node_id, 33);
            assert_int_equal(real.fee_msat, modeled.fee_msat);
            if (i > 2) /* all channels are there by then: even the time is the same */
                assert_int_equal(real.took_us, modeled.took_us);
            paid += modeled.is_paid;
            failed += modeled.code == LN_TEMPORARY_CHANNEL_FAILURE; /* else the payer found no way of its own */
        }
        struct abroad_tally tally;
        abroad_tally(&tally, tours[1].abroad);
        assert_true(tally.channels <= HOPS && tally.nodes <= HOPS - 1);
        tour_close(&tours[0]);
        tour_close(&tours[1]);
    }
    print_message("%u paid, %u failed\n", paid, failed);
    assert_true(paid > 20 && failed > 20);
}

/* ---- gateways without power ------------------------------------------------------------------------------------ */

/* Either gateway loses power in the middle: it asks again, or its offer is told of later; the payment is made, and the
 * hops that were modeled have moved what they held. */
static void gateways_may_lose_power_in_the_middle(void **state)
{
    (void)state;
    for (enum abroad_mode mode = ABROAD_MODELED; mode <= ABROAD_REAL; mode++) {
        for (uint32_t i = 0; i < 24; i++) {
            struct tour tour;
            char text[2000];
            tour_open(&tour, mode, 1);
            struct street *street = &tour.street;
            pay(&tour, false, 1000000); /* what must be made is made */
            uint32_t victim = street->node[i % 2 == 0 ? GATE_A : GATE_B];
            street_ask(street, PAYEE, 2000000, false, text);
            street_pay(street, PAYER, text);
            street_run(street, 5000 + i * 8000);
            host_crash(street->host, victim, sim_now_us(street->sim) + 5 * SECOND);
            street_run(street, 10 * MINUTE);
            assert_int_equal(street_count(street, PAYER, LN_NODE_PAYMENT_FAILED), 0);
            assert_true(street_count(street, PAYER, LN_NODE_PAYMENT_SENT) >= 2);
            assert_true(street_count(street, PAYEE, LN_NODE_INVOICE_PAID) >= 2);
            for (uint32_t k = 0; k < PLACES; k++) {
                const struct ln_node *node = host_look(street->host, street->node[k]);
                assert_int_equal(node->pool.used, 0);
                for (uint32_t q = 0; q < node->link_places.top; q++)
                    assert_int_equal(node->links[q].kind, LN_LINK_FREE);
            }
            struct outcome after = pay(&tour, true, 1500000);
            assert_true(after.is_paid);
            tour_close(&tour);
        }
    }
}

/* ---- what cannot be answered ----------------------------------------------------------------------------------- */

static struct {
    uint32_t node;
    struct ln_node_event event;
    uint32_t count;
} asked;

static void note_asked(struct street *street, uint32_t node, const struct ln_node_event *event)
{
    (void)street;
    if (event->kind != LN_NODE_FORWARD_ASKED)
        return;
    asked.node = node;
    asked.event = *event;
    asked.count++;
}

static enum ln_node_result answer(struct street *street, const struct ln_node_answer *what, uint64_t htlc)
{
    struct ln_node *node = host_enter(street->host, asked.node);
    assert_non_null(node);
    enum ln_node_result result = ln_node_answer(node, asked.event.channel, htlc, what);
    host_leave(street->host, asked.node, result, NULL);
    return result;
}

static void wrong_answers_change_nothing(void **state)
{
    (void)state;
    struct tour tour;
    char text[2000];
    asked.count = 0;
    tour_open(&tour, ABROAD_REAL, 1);
    struct street *street = &tour.street;
    street->react = note_asked;
    street_ask(street, PAYEE, 2000000, false, text);
    street_pay(street, PAYER, text);
    while (asked.count == 0)
        street_run(street, 1000);
    uint8_t wrong[32] = {1};
    struct ln_node_answer what = {.kind = LN_ANSWER_FULFILLED, .preimage = wrong};
    assert_int_equal(answer(street, &what, asked.event.htlc), LN_NODE_PREIMAGE);
    assert_int_equal(answer(street, &what, asked.event.htlc + 1), LN_NODE_UNKNOWN);
    what = (struct ln_node_answer){.kind = LN_ANSWER_FAILED};
    assert_int_equal(answer(street, &what, asked.event.htlc), LN_NODE_TERMS);
    what = (struct ln_node_answer){.kind = LN_ANSWER_OVER, .channel = 4711};
    assert_int_equal(answer(street, &what, asked.event.htlc), LN_NODE_UNKNOWN);
    street_run(street, MINUTE); /* abroad's answer comes when its channels are made */
    assert_int_equal(street_count(street, PAYER, LN_NODE_PAYMENT_SENT), 1);
    what = (struct ln_node_answer){.kind = LN_ANSWER_FAILED, .code = LN_TEMPORARY_NODE_FAILURE};
    assert_int_equal(answer(street, &what, asked.event.htlc), LN_NODE_UNKNOWN); /* too late */
    tour_close(&tour);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modeled_and_real_hops_end_alike),
        cmocka_unit_test(gateways_may_lose_power_in_the_middle),
        cmocka_unit_test(wrong_answers_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
