/* test_abroad_public.c: payments of real nodes over the public graph of 2026, whose hops are modeled.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     payer ══ gateway A ── the graph ── gateway B ══ payee       A, B: nodes with many channels, by rank
 */
#include "models/chain/room.h"
#include "models/host/abroad.h"
#include "models/network/graph_read.h"
#include "tests/models/near.h"
#include "tests/models/street.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define AS_OF_S 1770076800
#define FILE_OF KONSENTO_SHARED "/data/ln_graph_2026-02-03.cln-gossmap.gz"

enum { PAYER, GATE_A, FUNDER, GATE_B, PAYEE, PLACES };

struct tour {
    struct street street;
    struct abroad_map map;
    struct foreign *foreign;
    struct abroad *abroad;
    uint32_t gates[2]; /* nodes of the graph */
};

static struct tour tour;

static uint8_t *read_file(size_t *length)
{
    FILE *file = fopen(FILE_OF, "rb");
    if (file == NULL)
        return NULL;
    uint8_t *bytes = malloc(1 << 22);
    assert_non_null(bytes);
    *length = fread(bytes, 1, 1 << 22, file);
    fclose(file);
    return bytes;
}

/* Returns false if the file is not there. */
static bool open_map(void)
{
    size_t length = 0;
    uint8_t *bytes = read_file(&length);
    if (bytes == NULL)
        return false;
    struct input_problem problems[INPUT_PROBLEMS_MAX];
    struct input_report report;
    struct ln_graph source;
    struct btc_curve curve;
    const struct ln_graph_config config = {
        .allocator = &room_allocator, .nodes_max = GRAPH_NODES_MAX, .channels_max = GRAPH_CHANNELS_MAX};
    const struct graph_source from = {.name = "graph", .bytes = bytes, .length = length, .as_of_s = AS_OF_S};
    input_report_init(&report, problems);
    assert_true(graph_read(&source, &report, &config, &from));
    btc_curve_init(&curve);
    assert_true(abroad_map_open(&tour.map, &source, &curve, 7));
    assert_int_equal(ln_graph_node_count(&tour.map.graph), ln_graph_node_count(&source));
    assert_int_equal(ln_graph_channel_count(&tour.map.graph), ln_graph_channel_count(&source));
    ln_graph_close(&source);
    free(bytes);
    return true;
}

/* Channels that forward both ways, by node. */
static uint32_t *count_channels(void)
{
    const struct ln_graph *graph = &tour.map.graph;
    uint32_t *degree = calloc(graph->node_limit, sizeof degree[0]);
    assert_non_null(degree);
    for (uint32_t i = 0; i < ln_graph_channel_count(graph); i++) {
        const struct ln_graph_channel *channel = ln_graph_channel(graph, ln_graph_channel_at(graph, i));
        bool is_open = !((channel->policies[0].flags | channel->policies[1].flags) & LN_POLICY_DISABLED);
        degree[channel->nodes[0]] += is_open;
        degree[channel->nodes[1]] += is_open;
    }
    return degree;
}

/* The node with the most channels but for so many. */
static uint32_t node_of_rank(uint32_t rank)
{
    uint32_t *degree = count_channels(), node = 0;
    for (uint32_t k = 0; k <= rank; k++) {
        for (uint32_t i = node = 0; i < tour.map.graph.node_limit; i++)
            node = degree[i] > degree[node] ? i : node;
        degree[node] = 0;
    }
    free(degree);
    return node;
}

static uint32_t add_node(uint32_t place, const uint8_t *secret)
{
    struct ln_node_config config;
    struct street *street = &tour.street;
    host_node_config_init(&config, street->host, 16);
    config.graph = &tour.map.graph;
    config.channel.flags |= LN_CHANNEL_SCID_ALIAS;
    config.flags |= LN_NODE_TRUSTS_FUNDING;
    if (secret != NULL)
        abroad_gateway(&config);
    return host_add_node(street->host, &(struct host_node_setup){.config = &config,
                                                                 .device = device_class_get(DEVICE_IDEAL),
                                                                 .key = place,
                                                                 .secret = secret,
                                                                 .coins = 4,
                                                                 .coin_sat = 5000000});
}

static void add_nodes(struct street *street)
{
    for (uint32_t i = 0; i < PLACES; i++)
        street->node[i] = add_node(i, i == GATE_A   ? tour.map.secrets[tour.gates[0]]
                                      : i == GATE_B ? tour.map.secrets[tour.gates[1]]
                                                    : NULL);
}

static void join_and_open(uint32_t opener, uint32_t other)
{
    struct street *street = &tour.street;
    struct link_config config;
    link_config_init(&config, &street->class, 10 * opener + other);
    uint32_t link = link_add(&street->links, &config);
    assert_true(host_join(street->host, street->node[opener], street->node[other], link));
    link_want(&street->links, link, true);
    street_run(street, MINUTE);
    struct ln_node *node = host_enter(street->host, street->node[opener]);
    uint64_t channel;
    enum ln_node_result result = ln_node_open_channel(
        node, &channel,
        &(struct ln_node_opening){.peer = host_peer(street->host, street->node[opener], street->node[other]),
                                  .funding_sat = 4000000,
                                  .push_msat = 2000000000,
                                  .feerate_sat_per_kwu = 1000});
    host_leave(street->host, street->node[opener], result, NULL);
    assert_int_equal(result, LN_NODE_OK);
}

static void tour_open(uint32_t rank_a, uint32_t rank_b)
{
    struct street *street = &tour.street;
    tour.gates[0] = node_of_rank(rank_a);
    tour.gates[1] = node_of_rank(rank_b);
    tour.foreign = foreign_open(&(struct foreign_config){
        .graph = &tour.map.graph, .prior = {LN_PRIOR_UNIFORM, 1}, .reserve_ppm = 10000, .seed = 1});
    assert_non_null(tour.foreign);
    street_init(street);
    street->nodes = 0;
    street->add_nodes = add_nodes;
    street_meet(street);
    tour.abroad = abroad_new(&(struct abroad_options){.mode = ABROAD_MODELED,
                                                      .host = street->host,
                                                      .links = &street->links,
                                                      .map = &tour.map,
                                                      .foreign = tour.foreign,
                                                      .link = link_class_get(LINK_DATACENTRE),
                                                      .device = device_class_get(DEVICE_SERVER),
                                                      .key = 1});
    assert_non_null(tour.abroad);
    join_and_open(PAYER, GATE_A);
    join_and_open(GATE_B, PAYEE);
    assert_true(street_wait(street, PAYER, LN_NODE_CHANNEL_READY, 1, DAY));
    assert_true(street_wait(street, PAYEE, LN_NODE_CHANNEL_READY, 1, DAY));
    street_run(street, MINUTE);
}

static double cpu_s(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static void tour_close(void)
{
    foreign_audit_msat(tour.foreign);
    street_close(&tour.street);
    abroad_free(tour.abroad);
    foreign_close(tour.foreign);
    abroad_map_close(&tour.map);
    tour = (struct tour){.foreign = NULL};
}

struct journey {
    uint32_t sent, hops;
    double fee_sat; /* mean */
};

/* 40 payments of 100 to 100,000 sat, a minute apart. Returns false if the file is not there. */
static bool travel(struct journey *journey, uint32_t rank_a, uint32_t rank_b)
{
    const uint32_t count = 40;
    struct street *street = &tour.street;
    struct abroad_tally tally;
    char text[2000];
    double begin_s = cpu_s();
    *journey = (struct journey){.hops = 0};
    if (!open_map())
        return false;
    double read_s = cpu_s();
    tour_open(rank_a, rank_b);
    double open_s = cpu_s();
    for (uint32_t i = 0; i < count; i++) {
        street_ask(street, PAYEE, UINT64_C(100000) << i % 11, false, text);
        street_pay(street, PAYER, text);
        street_run(street, MINUTE);
    }
    street_run(street, HOUR);
    for (uint32_t i = 0; i < street->event_count; i++) {
        if (street->events[i].event.kind == LN_NODE_PAYMENT_SENT)
            journey->fee_sat += (double)street->events[i].event.fee_msat / 1000 / count;
    }
    abroad_tally(&tally, tour.abroad);
    journey->sent = street_count(street, PAYER, LN_NODE_PAYMENT_SENT);
    journey->hops = (uint32_t)tally.hops;
    print_message("%u of %u paid, %llu HTLCs over %llu hops, fees %.1f sat a payment; CPU: read %.2f s, open %.2f s, "
                  "%.1f ms a payment; balances %zu KiB\n",
                  journey->sent, count, (unsigned long long)tally.asked, (unsigned long long)tally.hops,
                  journey->fee_sat, read_s - begin_s, open_s - read_s, (cpu_s() - open_s) / count * 1e3,
                  foreign_memory(tour.foreign) >> 10);
    assert_int_equal(street_count(street, PAYEE, LN_NODE_INVOICE_PAID), journey->sent);
    assert_int_equal(tally.under_way, 0);
    tour_close();
    return true;
}

/* From the edge of the network it is further, and dearer. */
static void residents_pay_over_the_public_graph(void **state)
{
    (void)state;
    struct journey centre, edge;
    if (!travel(&centre, 0, 1) || !travel(&edge, 900, 1500))
        skip();
    within(centre.sent, 38, 40);
    within(centre.hops, 40, 120);
    within(centre.fee_sat, 0, 100);
    assert_true(edge.hops > centre.hops);
    assert_true(edge.sent >= 20 && edge.sent <= centre.sent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(residents_pay_over_the_public_graph),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
