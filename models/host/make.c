/* make.c: the host, its nodes, the lines between them.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/room.h"
#include "models/host/blocks.h"
#include "models/host/cheat.h"
#include "models/host/input.h"
#include "models/host/output.h"
#include "models/host/power.h"
#include "models/host/queue.h"
#include "models/host/reach.h"
#include "models/host/store.h"
#include "models/host/watch.h"
#include "models/host/wire.h"
#include "protocol/bitcoin/hash.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MEMO_SLOTS      256
#define MEMO_SIGNATURES 4096

/* ---- the host -------------------------------------------------------------------------------------------------- */

void host_options_init(struct host_options *options)
{
    *options = (struct host_options){.htlcs = 60,
                                     .relaxed = {.kind = FEERATE_ESTIMATOR, .target_blocks = 144},
                                     .normal = {.kind = FEERATE_ESTIMATOR, .target_blocks = 12},
                                     .urgent = {.kind = FEERATE_ESTIMATOR, .target_blocks = 2},
                                     .rate_change_ppm = 200000,
                                     .audit_inputs = 256};
}

static bool open_backend(struct host *host)
{
    host->backend = (struct ln_backend){.kind = host->options.backend, .curve = &host->room.curve};
    if (host->options.backend == LN_BACKEND_REAL)
        return true;
    host->memo_memory = malloc(ln_memo_bytes(MEMO_SLOTS, MEMO_SIGNATURES));
    if (host->memo_memory == NULL)
        return false;
    ln_memo_init(&host->memo, host->memo_memory, MEMO_SLOTS, MEMO_SIGNATURES);
    host->backend.memo = &host->memo;
    return true;
}

static bool uses_estimator(const struct host_options *options)
{
    return options->relaxed.kind == FEERATE_ESTIMATOR || options->normal.kind == FEERATE_ESTIMATOR ||
           options->urgent.kind == FEERATE_ESTIMATOR;
}

static void add_kinds(struct host *host)
{
    host->output_kind = sim_kind_add(host->sim, "host.output", output_on_due);
    host->timer_kind = sim_kind_add(host->sim, "host.timer", input_on_timer);
    host->power_kind = sim_kind_add(host->sim, "host.power", power_on_event);
    host->cheat_kind = sim_kind_add(host->sim, "host.cheat", cheat_on_event);
    host->audit_kind = sim_kind_add(host->sim, "host.audit", input_on_audit);
    sim_audit_add(host->sim, "lightning nodes", host_audit, host);
}

struct host *host_new(const struct host_options *options)
{
    struct host *host = calloc(1, sizeof *host);
    if (host == NULL)
        return NULL;
    host->options = *options;
    host->trouble = options->trouble;
    host->sim = options->trouble->sim;
    host->chain = options->chain;
    host->links = options->links;
    host->tip = host->counted_tip = HOST_NONE;
    host->until_audit = options->audit_inputs;
    slab_init(&host->nodes, sizeof(struct host_node));
    slab_init(&host->lines, sizeof(struct line_end));
    btc_table_init(&host->by_id, &room_allocator, (struct btc_salt){{0, 0}});
    purse_room_open(&host->room, host->trouble, host->chain);
    ln_node_effects_init(&host->effects, &room_allocator);
    bool is_open = feerates_open(&host->feerates, host->chain, options->chain_config, uses_estimator(options)) &&
                   open_backend(host) &&
                   ln_node_shop_open(&host->shop, &room_allocator, &host->backend, options->htlcs);
    if (!is_open) {
        host_free(host);
        return NULL;
    }
    host->shop.out = &host->effects;
    add_kinds(host);
    return host;
}

static void close_node(struct host *host, struct host_node *node)
{
    if (node->is_up)
        ln_node_close(&node->node);
    queue_close(host, node);
    store_close(&node->store);
    store_close(&node->cheat.store);
    reach_close(node);
    watch_close(&node->watched);
    purse_close(&node->purse);
    free(node->line_of_peer);
}

void host_free(struct host *host)
{
    for (uint32_t i = 0; i < host->nodes.limit; i++)
        close_node(host, host_node_at(host, i));
    queue_free_spare(host);
    for (uint32_t i = 0; i < host->lines.limit; i++)
        wire_drop(host, i);
    for (uint32_t i = 0; i < host->funding_count; i++)
        free(host->fundings[i].memory);
    if (host->shop.allocator != NULL)
        ln_node_shop_close(&host->shop);
    ln_node_effects_close(&host->effects);
    feerates_close(&host->feerates);
    purse_room_close(&host->room);
    room_free(&host->parsing);
    btc_table_close(&host->by_id);
    slab_close(&host->nodes);
    slab_close(&host->lines);
    free(host->memo_memory);
    free(host->fundings);
    free(host->loans);
    free(host->blocks);
    free(host->block_txs);
    free(host->sent);
    free(host->is_sent);
    free(host);
}

void host_begin(struct host *host)
{
    assert(!host->is_begun);
    host->is_begun = true;
    host->base_height = chain_height(host->chain);
    blocks_begin(host);
    cheat_begin(host);
    for (uint32_t i = 0; i < host->nodes.limit && !host_is_over(host); i++)
        power_open(host, i);
}

/* ---- nodes ----------------------------------------------------------------------------------------------------- */

void host_node_config_init(struct ln_node_config *config, const struct host *host, uint32_t channels)
{
    static const unsigned offered[] = {
        LN_FEATURE_VAR_ONION,   LN_FEATURE_STATIC_REMOTEKEY, LN_FEATURE_PAYMENT_SECRET, LN_FEATURE_BASIC_MPP + 1,
        LN_FEATURE_ANCHORS + 1, LN_FEATURE_CHANNEL_TYPE,     LN_FEATURE_SCID_ALIAS + 1, LN_FEATURE_ZEROCONF + 1};
    uint32_t htlcs = host->options.htlcs;
    *config = (struct ln_node_config){
        .flags = LN_NODE_KEEPS_RECORDS | LN_NODE_TAKES_KEYSEND | LN_NODE_TAKES_CHANNELS | LN_NODE_FORWARDS,
        .channel = {.terms = {.dust_limit_sat = 546,
                              .max_in_flight_msat = UINT64_C(1000) * LN_FUNDING_MAX_SAT,
                              .reserve_sat = 1000,
                              .htlc_minimum_msat = 1,
                              .to_self_delay_blocks = 144,
                              .max_accepted_htlcs = (uint16_t)(htlcs / 2)},
                    .max_to_self_delay_blocks = 2016,
                    .minimum_depth_blocks = 3,
                    .feerate_min_sat_per_kwu = 253,
                    .feerate_max_sat_per_kwu = 2500000,
                    .closing_feerate_sat_per_kwu = 1000,
                    .closing_patience_blocks = 100,
                    .max_dust_exposure_msat = 50000000,
                    .funding_min_sat = 20000},
        .forwarding = {.fee_base_msat = 1000, .fee_proportional_ppm = 1, .cltv_expiry_delta_blocks = 40},
        .onchain = ln_onchain_policy_usual,
        .limits = {.peers = channels + 4,
                   .channels = channels,
                   .htlcs = htlcs * channels < 1024 ? htlcs * channels : 1024,
                   .links = 512,
                   .invoices = 256,
                   .payments = 64,
                   .attempts = 64,
                   .lessons = 256},
        .graph = host->options.graph,
        .lesson_half_life_s = 3600,
        .likely_ppm = 10000,
        .stall_us = 60000000,
        .silence_us = 60000000};
    for (size_t i = 0; i < sizeof offered / sizeof offered[0]; i++)
        ln_features_set(&config->features, offered[i]);
}

static void draw_secret(struct host *host, uint8_t secret[32], const char *purpose, uint64_t key)
{
    struct sim_stream stream;
    sim_stream_open(&stream, host->sim, purpose, key);
    do {
        for (size_t i = 0; i < 32; i++)
            secret[i] = (uint8_t)gsl_rng_uniform_int(stream_rng(&stream), 256);
    } while (!btc_secret_is_valid(&host->room.curve, secret));
}

/* Genesis of regtest, as hashed: the last 32 bytes that a block behind it would name. */
static void set_chain(struct ln_node_config *config)
{
    btc_sha256d(config->chain_hash, btc_regtest_genesis, BTC_HEADER_BYTES);
    config->network = BTC_REGTEST;
}

static bool fill_config(struct host *host, struct host_node *node, const struct host_node_setup *setup)
{
    node->config = *setup->config;
    set_chain(&node->config);
    if (setup->secret != NULL)
        memcpy(node->config.secret, setup->secret, 32);
    else
        draw_secret(host, node->config.secret, "host.node", node->key);
    draw_secret(host, node->config.seed, "host.seed", node->key);
    if (!purse_script(&node->purse, node->sweep))
        return false;
    node->config.sweep_script = btc_bytes(node->sweep, sizeof node->sweep);
    node->config.channel.shutdown_length = sizeof node->sweep;
    memcpy(node->config.channel.shutdown_script, node->sweep, sizeof node->sweep);
    return btc_pubkey_wire_from_secret(&host->room.curve, node->node_id, node->config.secret);
}

static bool fill_node(struct host *host, struct host_node *node, const struct host_node_setup *setup)
{
    node->key = setup->key;
    node->first_line = HOST_NONE;
    node->block = HOST_NONE;
    node->line_of_peer = malloc((setup->config->limits.peers + 1) * sizeof node->line_of_peer[0]);
    if (node->line_of_peer == NULL)
        return false;
    for (uint32_t i = 0; i <= setup->config->limits.peers; i++)
        node->line_of_peer[i] = HOST_NONE;
    device_init(&node->device, setup->device);
    watch_open(&node->watched);
    if (!purse_open(&node->purse, &host->room, "host.wallet", setup->key) || !fill_config(host, node, setup) ||
        !btc_table_reserve(&host->by_id, 1))
        return false;
    assert(setup->coins == 0 || !host->is_begun);
    if (!host->is_begun)
        return purse_fund(&node->purse, setup->coins, setup->coin_sat);
    node->purse.wallet.height = chain_height(host->chain);
    return true;
}

uint32_t host_add_node(struct host *host, const struct host_node_setup *setup)
{
    uint32_t number = slab_take(&host->nodes);
    if (number == SLAB_NONE || !fill_node(host, host_node_at(host, number), setup)) {
        trouble_memory(host->trouble);
        return HOST_NONE;
    }
    host_node_at(host, number)->funder = setup->has_funder ? setup->funder : number;
    host_node_at(host, number)->reach = (struct reach){.host = host, .node = number};
    if (setup->has_coverage && !reach_open(host, number, setup->coverage)) {
        trouble_memory(host->trouble);
        return HOST_NONE;
    }
    assert(number < HOST_NODES_MAX);
    btc_table_put(&host->by_id, btc_table_hash(&host->by_id, host_node_id(host, number), 33), number);
    if (host->is_begun)
        power_open(host, number);
    return number;
}

/* ---- lines ----------------------------------------------------------------------------------------------------- */

static uint32_t line_between(const struct host *host, uint32_t number, uint32_t other)
{
    uint32_t i = host_node_at(host, number)->first_line;
    while (i != HOST_NONE && host_line_at(host, i)->other != other)
        i = host_line_at(host, i)->next;
    return i;
}

static bool add_line(struct host *host, uint32_t number, uint32_t other, uint32_t link, enum link_end end)
{
    uint32_t place = slab_take(&host->lines);
    if (place == SLAB_NONE) {
        trouble_memory(host->trouble);
        return false;
    }
    struct host_node *node = host_node_at(host, number);
    struct line_end *line = host_line_at(host, place);
    *line = (struct line_end){.node = number,
                              .other = other,
                              .link = link,
                              .end = end,
                              .host = host,
                              .number = place,
                              .next = node->first_line,
                              .peer = LN_NODE_NONE};
    node->first_line = place;
    wire_listen(host, place);
    return true;
}

bool host_join(struct host *host, uint32_t dialler, uint32_t answerer, uint32_t link)
{
    assert(dialler != answerer && line_between(host, dialler, answerer) == HOST_NONE);
    return add_line(host, dialler, answerer, link, LINK_DIALLER) &&
           add_line(host, answerer, dialler, link, LINK_ANSWERER);
}

bool host_are_joined(const struct host *host, uint32_t number, uint32_t other)
{
    return line_between(host, number, other) != HOST_NONE;
}

uint32_t host_peer(const struct host *host, uint32_t number, uint32_t other)
{
    uint32_t place = line_between(host, number, other);
    return place == HOST_NONE || !host_line_at(host, place)->is_ready ? LN_NODE_NONE : host_line_at(host, place)->peer;
}

void host_part(struct host *host, uint32_t number, uint32_t other)
{
    uint32_t place = line_between(host, number, other);
    if (place != HOST_NONE && host_node_at(host, number)->is_up)
        wire_part(host, place);
}

/* ---- the rest of host.h ---------------------------------------------------------------------------------------- */

void host_listen(struct host *host, const struct host_listener *listener)
{
    assert(host->listener_count < HOST_LISTENERS_MAX);
    host->listeners[host->listener_count++] = *listener;
}

/* Where power goes in the middle of a record is chance. */
void host_crash(struct host *host, uint32_t number, int64_t back_us)
{
    struct host_node *node = host_node_at(host, number);
    struct sim_stream stream;
    sim_stream_open(&stream, host->sim, "host.torn", node->key << 16 | (node->starts & 0xffff));
    power_off(host, number, (uint32_t)(stream_uniform(&stream) * 1e6), back_us);
}

void host_crash_at(struct host *host, uint32_t number, uint64_t record, enum host_crash_point point, int64_t for_us)
{
    struct host_node *node = host_node_at(host, number);
    node->planned_crash.record = record;
    node->planned_crash.point = point;
    node->planned_crash.for_us = for_us;
}

uint64_t host_record_count(const struct host *host, uint32_t number)
{
    return host_node_at(host, number)->node.persists;
}

uint64_t host_record_bytes(const struct host *host, uint32_t number)
{
    return host_node_at(host, number)->store.length;
}

void host_stall(struct host *host, uint32_t number, uint32_t other, bool is_stalled)
{
    uint32_t line = line_between(host, number, other);
    assert(line != HOST_NONE);
    wire_stall(host, line, is_stalled);
}

void host_tally(struct host_tally *tally, const struct host *host)
{
    *tally = host->tally;
}

const struct device *host_device(const struct host *host, uint32_t number)
{
    return &host_node_at(host, number)->device;
}
