/* town.c: up to five nodes, and what is between them.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/town_parts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP_US 1000 /* what a delivery takes */

/* ---- configuration ---- */

struct ln_node_config *town_config(struct town *town, unsigned node)
{
    return &town->nodes[node].config;
}

static struct ln_channel_policy policy_of(const struct town_node *node, bool anchors)
{
    struct ln_channel_policy policy = {.terms = {.dust_limit_sat = 546,
                                                 .max_in_flight_msat = UINT64_C(5000000000),
                                                 .reserve_sat = 5000,
                                                 .htlc_minimum_msat = 1,
                                                 .to_self_delay_blocks = 20,
                                                 .max_accepted_htlcs = TOWN_HTLCS / 2},
                                       .flags = anchors ? LN_CHANNEL_ANCHORS : 0,
                                       .shutdown_length = BTC_P2WPKH_BYTES,
                                       .max_to_self_delay_blocks = 2016,
                                       .minimum_depth_blocks = 3,
                                       .feerate_min_sat_per_kwu = 253,
                                       .feerate_max_sat_per_kwu = 50000,
                                       .closing_feerate_sat_per_kwu = 1000,
                                       .closing_patience_blocks = 100,
                                       .max_dust_exposure_msat = 50000000,
                                       .funding_min_sat = 20000};
    memcpy(policy.shutdown_script, node->script, BTC_P2WPKH_BYTES);
    return policy;
}

static void configure(struct town *town, unsigned number, const struct town_setup *setup)
{
    struct town_node *node = &town->nodes[number];
    struct ln_node_config *config = &node->config;
    *config = (struct ln_node_config){
        .network = BTC_REGTEST,
        .flags = LN_NODE_KEEPS_RECORDS | LN_NODE_TAKES_KEYSEND | LN_NODE_TAKES_CHANNELS | LN_NODE_FORWARDS,
        .channel = policy_of(node, setup->anchors),
        .forwarding = {.fee_base_msat = 1000, .fee_proportional_ppm = 100, .cltv_expiry_delta_blocks = 40},
        .onchain = ln_onchain_policy_usual,
        .sweep_script = btc_bytes(node->script, BTC_P2WPKH_BYTES),
        .limits = {.peers = 8,
                   .channels = TOWN_CHANNELS,
                   .htlcs = 4 * TOWN_HTLCS,
                   .links = 128,
                   .invoices = 128,
                   .payments = 128,
                   .attempts = 128,
                   .lessons = 64},
        .graph = &town->graph,
        .lesson_half_life_s = 3600,
        .stall_us = 0,
        .silence_us = 0};
    config->onchain.resolved_depth_blocks = 12;
    memset(config->secret, 0x11 * (int)(number + 1), 32);
    memset(config->seed, 0x31 + (int)number, 32);
    memset(config->chain_hash, 0x43, 32);
    const unsigned offered[] = {
        LN_FEATURE_VAR_ONION,      LN_FEATURE_STATIC_REMOTEKEY, LN_FEATURE_PAYMENT_SECRET,
        LN_FEATURE_BASIC_MPP + 1,  LN_FEATURE_ANCHORS + 1,      LN_FEATURE_CHANNEL_TYPE,
        LN_FEATURE_SCID_ALIAS + 1, LN_FEATURE_ZEROCONF + 1,     LN_FEATURE_ATTRIBUTION_DATA + 1};
    for (size_t i = 0; i < sizeof offered / sizeof offered[0]; i++) {
        ln_features_set(&config->features, offered[i]);
    }
}

/* ---- the beginning ---- */

static void *memory_for(size_t bytes)
{
    void *memory = calloc(1, bytes);
    assert(memory != NULL);
    return memory;
}

struct town *town_new(void)
{
    struct town *town = memory_for(sizeof *town);
    town->regtest = regtest_new();
    town->memo_memory = memory_for(ln_memo_bytes(64, 1024));
    town->log = memory_for(TOWN_LOG * sizeof *town->log);
    for (unsigned i = 0; i < TOWN_NODES; i++) {
        struct town_node *node = &town->nodes[i];
        node->disk = memory_for(TOWN_DISK_BYTES);
        node->held_bytes = memory_for(TOWN_HELD_BYTES);
        ln_node_effects_init(&node->out, &town->regtest->allocator.base);
        for (unsigned k = 0; k < TOWN_NODES; k++) {
            town->queues[i][k].bytes = memory_for(TOWN_QUEUE_BYTES);
        }
    }
    town_make_wallets(town);
    bool opened = ln_node_shop_open(&town->shop, &town->regtest->allocator.base, &town->backend, TOWN_HTLCS);
    assert(opened);
    return town;
}

static void stop_all(struct town *town)
{
    for (unsigned i = 0; i < TOWN_NODES; i++) {
        struct town_node *node = &town->nodes[i];
        if (node->up) {
            ln_node_close(&node->node);
        }
        node->up = false;
        node->disk_length = node->written = node->safe = 0;
        node->held_begin = node->held_end = node->held_used = node->watched_count = 0;
        node->block = node->entropy = 0, node->doubted = 0;
        memset(node->counts, 0, sizeof node->counts);
        for (unsigned k = 0; k < TOWN_NODES; k++) {
            town->joined[i][k] = false;
            town->queues[i][k].head = town->queues[i][k].tail = town->queues[i][k].count = 0;
        }
    }
    if (town->graph.config.allocator != NULL) {
        ln_graph_close(&town->graph);
    }
}

void town_free(struct town *town)
{
    stop_all(town);
    ln_node_shop_close(&town->shop);
    for (unsigned i = 0; i < TOWN_NODES; i++) {
        ln_node_effects_close(&town->nodes[i].out);
        free(town->nodes[i].disk);
        free(town->nodes[i].held_bytes);
        for (unsigned k = 0; k < TOWN_NODES; k++) {
            free(town->queues[i][k].bytes);
        }
    }
    town_rewind(town, 0, 0);
    regtest_free(town->regtest);
    free(town->memo_memory);
    free(town->log);
    free(town);
}

void town_begin(struct town *town, const struct town_setup *setup)
{
    stop_all(town);
    town_rewind(town, town->base_height, town->base_used);
    miner_begin(&town->miner, town->regtest);
    town->count = setup->nodes;
    town->late = setup->late;
    town->now_us = TOWN_START_US;
    town->logged = town->funds_used = town->funding_count = 0;
    memset(&town->doom, 0, sizeof town->doom);
    town->delivered = town->crashes = town->refused_peers = 0;
    town->hear = NULL;
    town->backend = (struct ln_backend){.kind = setup->backend, .curve = &town->regtest->curve, .memo = &town->memo};
    ln_memo_init(&town->memo, town->memo_memory, 64, 1024);
    town->backend.memo = setup->backend == LN_BACKEND_REAL ? NULL : &town->memo;
    town->regtest->tools.judge = setup->backend == LN_BACKEND_TOKEN ? town_judge : NULL;
    struct ln_graph_config graph = {.allocator = &town->regtest->allocator.base, .nodes_max = 16, .channels_max = 64};
    memset(graph.chain_hash, 0x43, 32);
    ln_graph_init(&town->graph, &graph);
    for (unsigned i = 0; i < town->count; i++) {
        configure(town, i, setup);
    }
}

void town_start(struct town *town)
{
    for (unsigned i = 0; i < town->count; i++) {
        struct town_node *node = &town->nodes[i];
        node->config.entropy[0] = ++node->entropy;
        town->shop.out = &node->out;
        enum ln_node_result result =
            ln_node_open(&node->node, &town->shop, &node->config, town->now_us, town_height(town));
        TOWN_CHECK(result == LN_NODE_OK);
        node->up = true;
        town_take(town, i);
        town_tell_rates(town, i);
    }
}

/* ---- effects ---- */

static unsigned other_of(const struct town *town, unsigned number, uint32_t peer)
{
    for (unsigned i = 0; i < town->count; i++) {
        if (town->joined[number][i] && town->nodes[number].peer_of[i] == peer) {
            return i;
        }
    }
    return TOWN_NODES;
}

static void push(struct town_queue *queue, struct btc_bytes bytes)
{
    uint32_t length = (uint32_t)bytes.length;
    assert(queue->tail + 4 + length <= TOWN_QUEUE_BYTES);
    memcpy(queue->bytes + queue->tail, &length, 4);
    memcpy(queue->bytes + queue->tail + 4, bytes.data, length);
    queue->tail += 4 + length;
    queue->count++;
}

static void hear(struct town *town, unsigned number, const struct ln_node_effect *effect, struct btc_bytes bytes)
{
    struct town_node *node = &town->nodes[number];
    const struct ln_node_event *event = &effect->event;
    node->counts[event->kind]++;
    if (!town->quiet) {
        town->log[town->logged++ % TOWN_LOG] = (struct town_note){(uint8_t)number, *event};
    }
    if (event->kind == LN_NODE_FUND) {
        town_fund(town, number, event, bytes);
    } else if (event->kind == LN_NODE_FUNDING_SAFE) {
        town_send_funding(town, number, &event->outpoint);
    } else if (event->kind == LN_NODE_PEER_REFUSED) {
        town->refused_peers++;
    }
    if (town->hear != NULL) {
        town->hear(town, number, event);
    }
}

static void carry_out(struct town *town, unsigned number, const struct ln_node_effect *effect, struct btc_bytes bytes)
{
    unsigned other;
    switch (effect->kind) {
    case LN_NODE_PERSIST:
    case LN_NODE_WATCH:
        break;
    case LN_NODE_MESSAGE:
        other = other_of(town, number, effect->peer);
        if (other < TOWN_NODES) {
            push(&town->queues[number][other], bytes);
        }
        break;
    case LN_NODE_DISCONNECT:
        other = other_of(town, number, effect->peer);
        if (other < TOWN_NODES) {
            town_cut(town, number, other);
        }
        break;
    case LN_NODE_BROADCAST:
        (void)miner_wait(&town->miner, number, bytes, effect->event.replaced);
        break;
    case LN_NODE_FORGET_TX:
        town_forget_tx(town, effect->event.txid);
        break;
    case LN_NODE_FETCH:
        town_fetch(town, number, effect);
        break;
    case LN_NODE_EVENT:
        hear(town, number, effect, bytes);
        break;
    }
}

static void release(struct town *town, unsigned number)
{
    struct town_node *node = &town->nodes[number];
    static _Thread_local uint8_t copies[64][65600];
    static _Thread_local unsigned depth;
    while (node->up && node->held_begin < node->held_end && node->held[node->held_begin].needs <= node->safe) {
        uint32_t at = node->held_begin++;
        struct ln_node_effect effect = node->held[at].effect;
        assert(depth < 64 && effect.bytes.length <= sizeof copies[0]);
        uint8_t *copy = copies[depth++];
        if (effect.bytes.length > 0) {
            memcpy(copy, node->held_bytes + node->held[at].at, effect.bytes.length);
        }
        if (node->held_begin == node->held_end) {
            node->held_begin = node->held_end = node->held_used = 0;
        }
        carry_out(town, number, &effect, btc_bytes(copy, effect.bytes.length));
        depth--;
    }
}

static void hold(struct town_node *node, const struct ln_node_effect *effect)
{
    assert(node->held_end < TOWN_HELD && node->held_used + effect->bytes.length <= TOWN_HELD_BYTES);
    node->held[node->held_end].needs = node->written;
    node->held[node->held_end].effect = *effect;
    node->held[node->held_end].at = node->held_used;
    if (effect->bytes.length > 0) {
        memcpy(node->held_bytes + node->held_used, effect->bytes.data, effect->bytes.length);
    }
    node->held_used += (uint32_t)effect->bytes.length;
    node->held_end++;
}

static void write_record(struct town_node *node, struct btc_bytes record)
{
    if (record.length == 0) {
        return; /* it keeps none */
    }
    assert(node->disk_length + record.length <= TOWN_DISK_BYTES && node->written < TOWN_RECORDS);
    memcpy(node->disk + node->disk_length, record.data, record.length);
    node->disk_length += record.length;
    node->blocks[node->written] = node->block;
    node->ends[node->written++] = node->disk_length;
}

/* Whether the node is to crash with a record that it has just asked for. */
static bool is_doomed(const struct town *town, unsigned number)
{
    const struct town_node *node = &town->nodes[number];
    bool writes = node->out.count > 0 && node->out.list[0].kind == LN_NODE_PERSIST;
    return town->doom.record != 0 && !town->doom.done && town->doom.node == number && writes &&
           node->written + 1 >= town->doom.record;
}

static void meet_doom(struct town *town, unsigned number)
{
    struct town_node *node = &town->nodes[number];
    uint32_t before = node->written;
    for (uint32_t i = 0; i < node->out.count; i++) {
        if (node->out.list[i].kind == LN_NODE_PERSIST) {
            write_record(node, node->out.list[i].bytes);
        }
    }
    node->safe = before;
    town->doom.done = true;
    town_crash(town, number, town->doom.keep ? UINT32_MAX : 0, town->doom.torn);
}

/* Nothing is broadcast that could not be in the next block, as far as its own lock goes and the node has seen. */
static void check_lock(const struct ln_node *node, struct btc_bytes tx)
{
    const uint8_t *at = tx.data + tx.length - 4;
    uint32_t locktime = at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
    TOWN_CHECK(locktime >= BTC_LOCKTIME_IS_TIME || locktime <= node->seen_height);
}

void town_take(struct town *town, unsigned number)
{
    struct town_node *node = &town->nodes[number];
    if (is_doomed(town, number)) {
        meet_doom(town, number);
        return;
    }
    for (uint32_t i = 0; i < node->out.count; i++) {
        const struct ln_node_effect *effect = &node->out.list[i];
        if (effect->kind == LN_NODE_PERSIST) {
            write_record(node, effect->bytes);
        } else if (effect->kind == LN_NODE_WATCH) {
            town_watch(town, number, &effect->event.outpoint);
        } else {
            if (effect->kind == LN_NODE_BROADCAST) {
                check_lock(&node->node, effect->bytes);
            }
            hold(node, effect);
        }
    }
    ln_node_effects_clear(&node->out);
    if (!town->late) {
        node->safe = node->written;
    }
    release(town, number);
}

struct ln_node *town_call(struct town *town, unsigned number)
{
    TOWN_CHECK(town->nodes[number].up);
    town->shop.out = &town->nodes[number].out;
    ln_node_clock(&town->nodes[number].node, town->now_us);
    return &town->nodes[number].node;
}

void town_make_safe(struct town *town, unsigned number, uint32_t count)
{
    struct town_node *node = &town->nodes[number];
    uint32_t left = node->written - node->safe;
    node->safe += count < left ? count : left;
    release(town, number);
}

/* ---- connections ---- */

void town_join(struct town *town, unsigned a, unsigned b)
{
    const unsigned ends[2] = {a, b};
    if (!town->nodes[a].up || !town->nodes[b].up || town->joined[a][b]) {
        return;
    }
    town->joined[a][b] = town->joined[b][a] = true;
    for (unsigned i = 0; i < 2; i++) {
        struct town_node *node = &town->nodes[ends[i]];
        enum ln_node_result result = ln_node_connect(town_call(town, ends[i]), &node->peer_of[ends[1 - i]],
                                                     town->nodes[ends[1 - i]].node.node_id);
        TOWN_CHECK(result == LN_NODE_OK);
    }
    town_take(town, a);
    town_take(town, b);
}

/* Messages that wait for a record have nobody to go to any more. */
static void drop_held(struct town_node *node, uint32_t peer)
{
    for (uint32_t i = node->held_begin; i < node->held_end; i++) {
        struct ln_node_effect *effect = &node->held[i].effect;
        if ((effect->kind == LN_NODE_MESSAGE || effect->kind == LN_NODE_DISCONNECT) && effect->peer == peer) {
            effect->kind = LN_NODE_PERSIST;
        }
    }
}

static void lose(struct town *town, unsigned number, unsigned other)
{
    struct town_node *node = &town->nodes[number];
    if (node->up) {
        drop_held(node, node->peer_of[other]);
        enum ln_node_result result = ln_node_disconnect(town_call(town, number), node->peer_of[other]);
        TOWN_CHECK(result == LN_NODE_OK);
        town_take(town, number);
    }
}

void town_cut(struct town *town, unsigned a, unsigned b)
{
    if (!town->joined[a][b]) {
        return;
    }
    town->joined[a][b] = town->joined[b][a] = false;
    for (unsigned i = 0; i < 2; i++) {
        struct town_queue *queue = i == 0 ? &town->queues[a][b] : &town->queues[b][a];
        queue->head = queue->tail = queue->count = 0;
    }
    lose(town, a, b);
    lose(town, b, a);
}

void town_tick(struct town *town, uint64_t us)
{
    town->now_us += us;
    for (unsigned i = 0; i < town->count; i++) {
        if (town->nodes[i].up && ln_node_next_us(&town->nodes[i].node) <= town->now_us) {
            enum ln_node_result result = ln_node_time(town_call(town, i), town->now_us);
            TOWN_CHECK(result == LN_NODE_OK);
            town_take(town, i);
        }
    }
}

bool town_deliver(struct town *town, unsigned from, unsigned to)
{
    struct town_queue *queue = &town->queues[from][to];
    static uint8_t bytes[65536];
    uint32_t length;
    if (queue->count == 0 || !town->nodes[to].up) {
        return false;
    }
    memcpy(&length, queue->bytes + queue->head, 4);
    memcpy(bytes, queue->bytes + queue->head + 4, length);
    queue->head += 4 + length;
    if (--queue->count == 0) {
        queue->head = queue->tail = 0;
    }
    town->delivered++;
    town->now_us += STEP_US;
    enum ln_node_result result =
        ln_node_receive(town_call(town, to), town->nodes[to].peer_of[from], btc_bytes(bytes, length));
    TOWN_CHECK(result == LN_NODE_OK);
    town_take(town, to);
    return true;
}

void town_settle(struct town *town)
{
    for (bool moved = true; moved;) {
        moved = false;
        for (unsigned at = 0; at < town->count * town->count; at++) {
            moved |= town_deliver(town, at / town->count, at % town->count);
        }
        for (unsigned i = 0; i < town->count; i++) {
            town_make_safe(town, i, UINT32_MAX);
            moved |= town->nodes[i].held_begin != town->nodes[i].held_end;
        }
    }
}

void town_wait(struct town *town, uint64_t us)
{
    uint64_t until_us = town->now_us + us;
    town_settle(town);
    while (town->now_us < until_us) {
        uint64_t next_us = until_us;
        for (unsigned i = 0; i < town->count; i++) {
            uint64_t node_us = town->nodes[i].up ? ln_node_next_us(&town->nodes[i].node) : UINT64_MAX;
            next_us = node_us < next_us ? node_us : next_us;
        }
        town_tick(town, next_us > town->now_us ? next_us - town->now_us : 1);
        town_settle(town);
    }
}

/* ---- disks ---- */

void town_crash(struct town *town, unsigned number, uint32_t keep, uint32_t torn)
{
    struct town_node *node = &town->nodes[number];
    uint32_t left = node->written - node->safe;
    TOWN_CHECK(node->up);
    node->up = false;
    town->crashes++;
    ln_node_close(&node->node);
    ln_node_effects_clear(&node->out);
    node->held_begin = node->held_end = node->held_used = node->watched_count = 0;
    for (unsigned i = 0; i < town->count; i++) {
        town_cut(town, number, i);
    }
    keep = keep < left ? keep : left;
    node->written = node->safe + keep;
    size_t end = node->written == 0 ? 0 : node->ends[node->written - 1];
    size_t next = keep < left ? node->ends[node->written] : end;
    node->disk_length = end + (torn < next - end ? torn : next - end);
    node->safe = node->written;
}

void town_restart(struct town *town, unsigned number, enum ln_snapshot_age age)
{
    struct town_node *node = &town->nodes[number];
    struct ln_store_index index;
    uint8_t node_id[33];
    TOWN_CHECK(!node->up);
    age = node->written <= node->doubted ? LN_SNAPSHOT_DOUBTFUL : age;
    node->doubted = age == LN_SNAPSHOT_DOUBTFUL ? node->written : node->doubted;
    bool good = btc_pubkey_wire_from_secret(&town->regtest->curve, node_id, node->config.secret);
    enum ln_store_result read =
        ln_store_read(&index, &town->regtest->allocator.base, btc_bytes(node->disk, node->disk_length), node_id);
    size_t end = node->written == 0 ? 0 : node->ends[node->written - 1];
    TOWN_CHECK(good && read == (node->disk_length > end ? LN_STORE_TORN : LN_STORE_OK) && index.good_bytes == end);
    node->disk_length = index.good_bytes;
    node->config.entropy[0] = ++node->entropy;
    node->block = node->written == 0 ? town->tip : node->blocks[node->written - 1];
    town->shop.out = &node->out;
    enum ln_node_result result = ln_node_restore(&node->node, &town->shop, &node->config, &index, age, town->now_us);
    if (result == LN_NODE_UNKNOWN) { /* it never lived */
        ln_node_close(&node->node);
        node->written = node->safe = 0;
        node->disk_length = 0;
        result = ln_node_open(&node->node, &town->shop, &node->config, town->now_us, town_height(town));
    }
    TOWN_CHECK(result == LN_NODE_OK);
    ln_store_index_close(&index);
    node->up = true;
    town_take(town, number);
    town_tell_rates(town, number);
    town_catch_up(town, number);
}

void town_mend(struct town *town)
{
    town_settle(town);
    for (unsigned i = 0; i < town->count; i++) {
        if (!town->nodes[i].up) {
            town_restart(town, i, LN_SNAPSHOT_LATEST);
        }
    }
    for (unsigned i = 0; i + 1 < town->count; i++) {
        town_join(town, i, i + 1);
    }
    town_settle(town);
}

/* ---- what was heard ---- */

uint32_t town_count(const struct town *town, unsigned node, enum ln_node_event_kind kind)
{
    return town->nodes[node].counts[kind];
}

const struct ln_node_event *town_last(const struct town *town, unsigned node, enum ln_node_event_kind kind)
{
    for (uint32_t i = town->logged; i > 0 && i + TOWN_LOG > town->logged; i--) {
        const struct town_note *note = &town->log[(i - 1) % TOWN_LOG];
        if (note->node == node && note->event.kind == kind) {
            return &note->event;
        }
    }
    return NULL;
}

void town_print(const struct town *town)
{
    for (uint32_t i = town->logged > TOWN_LOG ? town->logged - TOWN_LOG : 0; i < town->logged; i++) {
        const struct town_note *note = &town->log[i % TOWN_LOG];
        const struct ln_node_event *event = &note->event;
        fprintf(stderr, "%u: %s %s, channel %llu, other %llu, %llu msat, fee %llu, code %04x\n", note->node,
                ln_node_event_name(event->kind), event->text, (unsigned long long)event->channel,
                (unsigned long long)event->other, (unsigned long long)event->amount_msat,
                (unsigned long long)event->fee_msat, event->code);
    }
}
