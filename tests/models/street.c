/* street.c: a row of Lightning nodes in the engine.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/street.h"

#include "models/chain/room.h"
#include "protocol/bitcoin/hash.h"
#include "tests/models/check.h"

#include <stdlib.h>
#include <string.h>

#define COIN_SAT INT64_C(5000000)
#define COINS    4

void street_init(struct street *street)
{
    *street = (struct street){.seed = 1, .nodes = 3, .patience_us = 30 * SECOND};
    chain_config_init(&street->chain_config, CHAIN_ERA_EMPTY);
    street->chain_config.miner_count = 1;
    street->chain_config.miners[0].share_ppm = 1;
    street->chain_config.empty_ppm = 0;
    host_options_init(&street->options);
    const struct feerate_config rate = {.kind = FEERATE_FIXED, .rate_sat_per_kwu = 1000};
    street->options.relaxed = street->options.normal = street->options.urgent = rate;
    street->class = (struct link_class){.name = "test",
                                        .delay = LINK_DELAY_CONSTANT,
                                        .median_us = 10000,
                                        .packet_bytes = 1448,
                                        .header_bytes = 52,
                                        .least_timeout_us = 200000};
}

static void on_event(void *self, uint32_t node, const struct ln_node_event *event, struct btc_bytes bytes)
{
    (void)bytes;
    struct street *street = self;
    if (street->event_count == street->event_capacity) {
        street->event_capacity = street->event_capacity == 0 ? 256 : 2 * street->event_capacity;
        street->events = realloc(street->events, street->event_capacity * sizeof street->events[0]);
        assert_non_null(street->events);
    }
    street->events[street->event_count++] = (struct street_event){sim_now_us(street->sim), node, *event};
    if (event->kind == LN_NODE_CHANNEL_NEW && event->channel != 0) {
        for (uint32_t i = 0; i + 1 < street->nodes; i++) {
            if (node == street->node[i] &&
                memcmp(event->node_id, host_node_id(street->host, street->node[i + 1]), 33) == 0)
                street->channel[i] = event->channel;
        }
    }
    if (street->react != NULL)
        street->react(street, node, event);
}

static void open_graph(struct street *street)
{
    struct ln_graph_config config = {.allocator = &room_allocator, .nodes_max = 64, .channels_max = 64};
    btc_sha256d(config.chain_hash, btc_regtest_genesis, BTC_HEADER_BYTES);
    ln_graph_init(&street->graph, &config);
    street->options.graph = street->has_graph ? &street->graph : NULL;
    street->channel_flags |= street->has_graph ? LN_CHANNEL_ANNOUNCE : 0;
}

static void open_host(struct street *street)
{
    open_graph(street);
    street->options.trouble = &street->trouble;
    street->options.chain = street->chain;
    street->options.chain_config = &street->chain_config;
    street->options.links = &street->links;
    street->options.start_unix_s = STREET_START_S;
    street->host = host_new(&street->options);
    assert_non_null(street->host);
    host_listen(street->host, &(struct host_listener){.self = street, .on_event = on_event});
}

static void add_coverages(struct street *street)
{
    for (uint32_t i = 0; i + 1 < street->nodes; i++)
        street->cover[i] = coverage_add(&street->coverages, &street->coverage[i], i);
}

static void add_nodes(struct street *street)
{
    for (uint32_t i = 0; i < street->nodes; i++) {
        struct ln_node_config config;
        host_node_config_init(&config, street->host, 8);
        if (street->configure != NULL)
            street->configure(&config, i);
        const struct host_node_setup setup = {.config = &config,
                                              .device = device_class_get(street->device[i]),
                                              .key = i,
                                              .coins = COINS,
                                              .coin_sat = street->coin_sat[i] > 0 ? street->coin_sat[i] : COIN_SAT,
                                              .has_coverage = street->is_cut_off[i],
                                              .coverage = street->cover[i > 0 ? i - 1 : 0]};
        street->node[i] = host_add_node(street->host, &setup);
        assert_int_not_equal(street->node[i], HOST_NONE);
    }
}

static void add_links(struct street *street)
{
    for (uint32_t i = 0; i + 1 < street->nodes; i++) {
        struct link_config config;
        link_config_init(&config, &street->class, i);
        config.coverages[0] = street->cover[i];
        config.coverage_count = 1;
        config.patience_us[0] = config.patience_us[1] = street->patience_us;
        config.pause_most_us = 30 * SECOND;
        street->link[i] = link_add(&street->links, &config);
        assert_true(host_join(street->host, street->node[i], street->node[i + 1], street->link[i]));
        link_want(&street->links, street->link[i], true);
    }
}

void street_meet(struct street *street)
{
    street->sim =
        sim_new(&(struct sim_options){.seed = street->seed, .tie_fuzz = street->tie_fuzz, .audit_every = 512});
    assert_non_null(street->sim);
    street->trouble = (struct trouble){.sim = street->sim};
    bool has_tokens = street->options.backend == LN_BACKEND_TOKEN;
    street->chain = chain_new(&(struct chain_options){.trouble = &street->trouble,
                                                      .config = &street->chain_config,
                                                      .trace = street->trace,
                                                      .start_unix_s = STREET_START_S,
                                                      .also = has_tokens ? ln_token_judge : NULL});
    assert_non_null(street->chain);
    coverages_open(&street->coverages, &street->trouble);
    links_open(&street->links, &street->coverages);
    sim_audit_add(street->sim, "links", links_audit, &street->links);
    add_coverages(street);
    open_host(street);
    if (street->add_nodes != NULL)
        street->add_nodes(street);
    else
        add_nodes(street);
    chain_begin(street->chain);
    host_begin(street->host);
    add_links(street);
    for (uint32_t i = 0; i + 1 < street->nodes; i++)
        assert_true(street_wait(street, i, LN_NODE_PEER_READY, i == 0 ? 1 : 2, MINUTE));
}

void street_open(struct street *street, uint32_t i)
{
    const struct ln_node_opening opening = {.peer = host_peer(street->host, street->node[i], street->node[i + 1]),
                                            .funding_sat = STREET_FUND_SAT,
                                            .push_msat = 1000 * (uint64_t)STREET_PUSH_SAT,
                                            .feerate_sat_per_kwu = 1000,
                                            .flags = street->channel_flags};
    struct ln_node *node = host_enter(street->host, street->node[i]);
    uint64_t channel;
    assert_non_null(node);
    enum ln_node_result result = ln_node_open_channel(node, &channel, &opening);
    host_leave(street->host, street->node[i], result, NULL);
    assert_int_equal(result, LN_NODE_OK);
}

void street_begin(struct street *street)
{
    street_meet(street);
    street_run(street, street->settling_us);
    for (uint32_t i = 0; i + 1 < street->nodes; i++)
        street_open(street, i);
    for (uint32_t i = 0; i < street->nodes; i++)
        assert_true(street_wait(street, i, LN_NODE_CHANNEL_READY, i > 0 && i + 1 < street->nodes ? 2 : 1, 2 * DAY));
    street_run(street, MINUTE);
    for (int i = 0; i < 48 && street->has_graph && ln_graph_channel_count(&street->graph) + 1 < street->nodes; i++)
        street_run(street, HOUR);
    street_run(street, MINUTE);
}

static void check(const struct street *street, enum sim_end end)
{
    if (end == SIM_END_AUDIT)
        fail_msg("%s: %s", sim_audit_failure(street->sim)->name, sim_audit_failure(street->sim)->why);
    if (street->trouble.is_failed)
        fail_msg("%s", street->trouble.text);
    assert_false(street->trouble.is_memory_out);
}

void street_run(struct street *street, int64_t for_us)
{
    check(street, sim_run(street->sim, sim_now_us(street->sim) + for_us, 0, NULL));
}

bool street_wait(struct street *street, uint32_t node, enum ln_node_event_kind kind, uint32_t count, int64_t most_us)
{
    int64_t until_us = sim_now_us(street->sim) + most_us;
    while (street_count(street, node, kind) < count && sim_now_us(street->sim) < until_us) {
        enum sim_end end = sim_run(street->sim, until_us, 1, NULL);
        check(street, end);
        if (end == SIM_END_EMPTY)
            break;
    }
    return street_count(street, node, kind) >= count;
}

uint64_t street_close(struct street *street)
{
    char why[256] = "";
    if (!host_audit(street->host, why, sizeof why) || !links_audit(&street->links, why, sizeof why))
        fail_msg("%s", why);
    uint64_t digest = sim_digest_chain(street->sim);
    host_free(street->host);
    ln_graph_close(&street->graph);
    links_close(&street->links);
    coverages_close(&street->coverages);
    chain_free(street->chain);
    sim_free(street->sim);
    free(street->events);
    return digest;
}

/* ---- commands -------------------------------------------------------------------------------------------------- */

uint64_t street_ask(struct street *street, uint32_t i, uint64_t amount_msat, bool hold, char *text)
{
    const struct ln_node_asking asking = {.amount_msat = amount_msat, .description = btc_bytes("kWh", 3), .hold = hold};
    struct ln_node *node = host_enter(street->host, street->node[i]);
    uint64_t invoice = 0;
    assert_non_null(node);
    enum ln_node_result result = ln_node_ask(node, &invoice, text, 2000, &asking);
    host_leave(street->host, street->node[i], result, &host_work_invoice_made);
    assert_int_equal(result, LN_NODE_OK);
    return invoice;
}

struct ln_pay_terms street_limits(const struct street *street)
{
    return (struct ln_pay_terms){.max_fee_msat = 10000000,
                                 .deadline_us = (uint64_t)(STREET_START_S * 1000000 + sim_now_us(street->sim) + HOUR),
                                 .attempts_max = 20,
                                 .parts_max = 1};
}

uint64_t street_pay_with(struct street *street, uint32_t i, const char *text, const struct ln_pay_terms *limits)
{
    struct ln_node *node = host_enter(street->host, street->node[i]);
    uint64_t payment = 0;
    assert_non_null(node);
    enum ln_node_result result = ln_node_pay_invoice(node, &payment, btc_bytes(text, strlen(text)), limits);
    host_leave(street->host, street->node[i], result, &host_work_invoice_read);
    assert_int_equal(result, LN_NODE_OK);
    return payment;
}

uint64_t street_pay(struct street *street, uint32_t i, const char *text)
{
    struct ln_pay_terms limits = street_limits(street);
    return street_pay_with(street, i, text, &limits);
}

/* ---- looking --------------------------------------------------------------------------------------------------- */

uint32_t street_count(const struct street *street, uint32_t node, enum ln_node_event_kind kind)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < street->event_count; i++)
        count += street->events[i].node == street->node[node] && street->events[i].event.kind == kind;
    return count;
}

const struct street_event *street_last(const struct street *street, uint32_t node, enum ln_node_event_kind kind)
{
    for (uint32_t i = street->event_count; i > 0; i--) {
        const struct street_event *event = &street->events[i - 1];
        if (event->node == street->node[node] && event->event.kind == kind)
            return event;
    }
    return NULL;
}

static uint64_t owned_msat(const struct ln_node_channel *entry)
{
    return entry->mode == LN_MODE_LIVE && entry->channel.stage <= LN_STAGE_NORMAL ? entry->channel.settled_msat[LN_US]
                                                                                  : 0;
}

uint64_t street_balance_msat(const struct street *street, uint32_t i, bool is_left)
{
    const struct ln_node *node = host_look(street->host, street->node[i]);
    const uint8_t *other = host_node_id(street->host, street->node[is_left ? i - 1 : i + 1]);
    for (uint32_t k = 0; k < node->channel_places.top; k++) {
        const struct ln_node_channel *entry = node->channels[k];
        if (entry != NULL && memcmp(node->peers[entry->peer].node_id, other, 33) == 0)
            return owned_msat(entry);
    }
    return 0;
}

int64_t street_wealth_msat(const struct street *street, uint32_t i)
{
    const struct ln_node *node = host_look(street->host, street->node[i]);
    struct host_wallet wallet;
    host_wallet(&wallet, street->host, street->node[i]);
    int64_t sum_msat = 1000 * (wallet.confirmed_sat + wallet.pending_sat);
    for (uint32_t k = 0; k < node->channel_places.top; k++)
        sum_msat += node->channels[k] == NULL ? 0 : (int64_t)owned_msat(node->channels[k]);
    return sum_msat;
}
