/* riot.c: a town driven by bytes.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/riot_parts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_UNDONE   4
#define LEAST_DEPTH   3 /* of fundings: what is undone may take them */
#define MOST_CENSORED 3
#define MOST_DOWN     4 /* blocks that a node misses at most */
#define UNDER_WAY     40
#define ROOM_AT_END   700 /* blocks */
#define STALL_US      1500000000

bool riot_is_honest(const struct riot *riot, unsigned node)
{
    return node != riot->odd;
}

static bool next(struct riot *riot, uint8_t step[2])
{
    if (riot->left < 2) {
        return false;
    }
    memcpy(step, riot->bytes, 2);
    riot->bytes += 2;
    riot->left -= 2;
    riot->totals.steps++;
    return true;
}

/* ---- payments ---- */

static uint32_t under_way(const struct riot *riot, unsigned payer)
{
    const struct ln_node *node = &riot->town->nodes[payer].node;
    return node->attempt_places.top - node->attempt_places.free_count;
}

static struct riot_deal *new_deal(struct riot *riot, unsigned payer, unsigned payee, uint64_t amount_msat)
{
    struct riot_deal *deal = &riot->deals[riot->deal_count++];
    *deal = (struct riot_deal){.payer = (uint8_t)payer, .payee = (uint8_t)payee, .dust = amount_msat < 5000000};
    return deal;
}

static void send_unasked(struct riot *riot, struct riot_deal *deal, struct ln_pay_terms *terms)
{
    uint64_t number;
    memcpy(terms->payee, riot->town->nodes[deal->payee].node.node_id, 33);
    deal->keysend = true;
    enum ln_node_result result = ln_node_keysend(town_call(riot->town, deal->payer), &number, terms);
    TOWN_CHECK(result == LN_NODE_OK || result == LN_NODE_FULL);
    if (result == LN_NODE_OK) {
        const struct ln_payment *payment = ln_node_payment(&riot->town->nodes[deal->payer].node, number);
        memcpy(deal->hash, payment->terms.payment_hash, 32);
    }
    town_take(riot->town, deal->payer);
}

/* In: kind, 0 one part, 1 several, 2 keysend, 3 held. */
static void pay(struct riot *riot, unsigned kind, uint8_t what)
{
    static const uint64_t amounts_msat[8] = {700000,   3000000,   7000000,   20000000,
                                             60000000, 150000000, 300000000, 30000001};
    struct town *town = riot->town;
    unsigned payer = what % riot->nodes, payee = (payer + 1 + (what >> 4) % (riot->nodes - 1)) % riot->nodes;
    uint64_t amount_msat = amounts_msat[what >> 1 & 7];
    if (!town->nodes[payer].up || !town->nodes[payee].up || riot->deal_count == RIOT_DEALS ||
        under_way(riot, payer) >= UNDER_WAY) {
        return;
    }
    struct riot_deal *deal = new_deal(riot, payer, payee, amount_msat);
    struct ln_pay_terms terms = town_limits();
    terms.amount_msat = amount_msat;
    terms.attempts_max = 12;
    terms.parts_max = kind == 1 ? 6 : 1;
    terms.part_min_msat = 5000000;
    terms.deadline_us = what & 8 ? town->now_us + UINT64_C(900000000) : 0;
    if (kind == 2) {
        send_unasked(riot, deal, &terms);
        return;
    }
    char text[2000];
    deal->hold = kind == 3;
    uint64_t invoice = town_ask(town, payee, amount_msat, deal->hold, text);
    const struct ln_node_invoice *asked = ln_node_invoice(&town->nodes[payee].node, invoice);
    memcpy(deal->hash, asked->payment_hash, 32);
    uint64_t number;
    enum ln_node_result result =
        ln_node_pay_invoice(town_call(town, payer), &number, btc_bytes(text, strlen(text)), &terms);
    TOWN_CHECK(result == LN_NODE_OK || result == LN_NODE_FULL);
    town_take(town, payer);
}

/* Somebody decides about an invoice that is held. */
static void decide(struct riot *riot, uint8_t what)
{
    struct town *town = riot->town;
    for (unsigned i = 0; i < riot->nodes; i++) {
        unsigned number = (i + what) % riot->nodes;
        const struct ln_node *node = &town->nodes[number].node;
        for (uint32_t k = 0; town->nodes[number].up && k < node->invoice_places.top; k++) {
            if (node->invoices[k].state == LN_INVOICE_HELD) {
                uint64_t invoice = node->invoices[k].number;
                enum ln_node_result result = what & 0x30 ? ln_node_settle(town_call(town, number), invoice, NULL)
                                                         : ln_node_cancel(town_call(town, number), invoice);
                TOWN_CHECK(result == LN_NODE_OK);
                town_take(town, number);
                return;
            }
        }
    }
}

/* ---- links and nodes ---- */

static bool may_join(const struct riot *riot, unsigned a, unsigned b)
{
    bool gone = riot->odd < riot->nodes && riot->cheats && riot->yesterday == UINT32_MAX;
    return riot->linked[a][b] && !(gone && (a == riot->odd || b == riot->odd));
}

void riot_join_all(struct riot *riot)
{
    for (unsigned a = 0; a + 1 < riot->nodes; a++) {
        if (may_join(riot, a, a + 1)) {
            town_join(riot->town, a, a + 1);
        }
    }
}

void riot_restart(struct riot *riot, unsigned node)
{
    if (!riot->town->nodes[node].up) {
        town_restart(riot->town, node, LN_SNAPSHOT_LATEST);
        riot->down_blocks[node] = 0;
    }
}

static void crash(struct riot *riot, uint8_t what)
{
    unsigned node = what % riot->nodes;
    const struct town_node *at = &riot->town->nodes[node];
    if (at->up) {
        uint32_t keep = (what >> 3) % (at->written - at->safe + 1);
        riot->totals.older += keep < at->written - at->safe;
        town_crash(riot->town, node, keep, what >> 6 == 3 ? 33 : 0);
        riot->totals.crashes++;
    }
}

/* The odd node's disk is of yesterday. It cheats, or knows that it must ask. */
static void go_back(struct riot *riot)
{
    struct town *town = riot->town;
    struct town_node *node = &town->nodes[riot->odd];
    if (riot->lies || riot->yesterday == 0 || riot->yesterday == UINT32_MAX || !node->up ||
        riot->yesterday >= node->safe) {
        return;
    }
    uint32_t yesterday = riot->yesterday;
    riot->yesterday = UINT32_MAX;
    riot->sent_before = town->miner.count;
    town_crash(town, riot->odd, 0, 0);
    node->written = node->safe = yesterday;
    node->disk_length = node->ends[yesterday - 1];
    town_restart(town, riot->odd, riot->cheats ? LN_SNAPSHOT_LATEST : LN_SNAPSHOT_DOUBTFUL);
    for (uint32_t i = 0; riot->cheats && i < node->node.channel_places.top; i++) {
        struct ln_node_channel *entry = node->node.channels[i];
        if (entry != NULL && entry->mode == LN_MODE_LIVE) {
            enum ln_node_result result = ln_node_force_close(town_call(town, riot->odd), entry->number);
            TOWN_CHECK(result == LN_NODE_OK || result == LN_NODE_STAGE);
            town_take(town, riot->odd);
        }
    }
}

/* ---- the chain ---- */

void riot_mine(struct riot *riot, unsigned takes, unsigned first)
{
    struct town *town = riot->town;
    for (unsigned i = 0; i < riot->nodes; i++) {
        town_make_safe(town, i, UINT32_MAX); /* no disk is that slow */
        bool down = !town->nodes[i].up;
        riot->down_blocks[i] = down ? riot->down_blocks[i] + 1 : 0;
        if (riot->down_blocks[i] > MOST_DOWN) {
            riot_restart(riot, i);
        }
        riot->censored[i] = takes >> i & 1 ? 0 : riot->censored[i] + 1;
        if (riot->censored[i] > MOST_CENSORED) {
            takes |= 1u << i;
            riot->censored[i] = 0;
        }
    }
    town_mine(town, takes, first);
    riot->totals.blocks++;
    riot->highest = town_height(town) > riot->highest ? town_height(town) : riot->highest;
    riot_note(riot);
}

static void undo(struct riot *riot, uint8_t what)
{
    uint32_t height = town_height(riot->town);
    uint32_t floor = riot->highest - MOST_UNDONE;
    floor = floor > riot->floor_height ? floor : riot->floor_height;
    uint32_t depth = 1 + what % MOST_UNDONE;
    depth = height > floor && depth > height - floor ? height - floor : depth;
    if (height > floor) {
        town_undo(riot->town, depth);
        riot->totals.reorganised += depth;
    }
}

/* ---- channels ---- */

static struct ln_node_channel *pick_channel(struct riot *riot, unsigned number, uint8_t what)
{
    struct ln_node *node = &riot->town->nodes[number].node;
    uint32_t top = riot->town->nodes[number].up ? node->channel_places.top : 0;
    struct ln_node_channel *entry = top == 0 ? NULL : node->channels[what % top];
    return entry != NULL && entry->mode == LN_MODE_LIVE ? entry : NULL;
}

static void change_fees(struct riot *riot, uint8_t what)
{
    struct town *town = riot->town;
    unsigned number = what % riot->nodes;
    struct ln_node_channel *entry = pick_channel(riot, number, what >> 3);
    if (entry != NULL && entry->channel.opener == LN_US) {
        enum ln_node_result result =
            ln_node_set_feerate(town_call(town, number), entry->number, 500 + 10 * (uint32_t)(what >> 1));
        (void)result; /* refused if the opener cannot pay it */
        town_take(town, number);
    }
}

static void change_rates(struct riot *riot, uint8_t what)
{
    unsigned number = what % riot->nodes;
    uint32_t level = what >> 3;
    const struct ln_onchain_rates rates = {253 + 10 * level, 253 + 60 * level, 500 + 100 * level};
    if (riot->town->nodes[number].up) {
        enum ln_node_result result = ln_node_set_rates(town_call(riot->town, number), &rates);
        TOWN_CHECK(result == LN_NODE_OK);
        town_take(riot->town, number);
    }
}

static void end_channel(struct riot *riot, uint8_t what)
{
    struct town *town = riot->town;
    unsigned number = what % riot->nodes;
    struct ln_node_channel *entry = pick_channel(riot, number, what >> 3);
    if (entry != NULL && what >> 6 != 3) { /* not that often */
        bool force = what >> 6 == 0;
        enum ln_node_result result = force ? ln_node_force_close(town_call(town, number), entry->number)
                                           : ln_node_close_channel(town_call(town, number), entry->number);
        TOWN_CHECK(result == LN_NODE_OK || result == LN_NODE_STAGE);
        town_take(town, number);
    }
}

/* ---- steps ---- */

/* One bit of the oldest message that the odd node has sent to somebody. */
static void spoil(struct riot *riot, uint8_t what)
{
    for (unsigned to = 0; riot->lies && to < riot->nodes; to++) {
        struct town_queue *queue = &riot->town->queues[riot->odd][(to + what) % riot->nodes];
        if (queue->count > 0) {
            uint32_t length;
            memcpy(&length, queue->bytes + queue->head, 4);
            uint32_t bit = (what >> 2) * 2654435761u % (8 * (length < 200 ? length : 200));
            queue->bytes[queue->head + 4 + bit / 8] ^= (uint8_t)(1u << bit % 8);
            riot->totals.spoiled++;
            return;
        }
    }
}

/* Some messages of one direction: the first that has any, from where the byte says. */
static void deliver(struct riot *riot, uint8_t what)
{
    unsigned ways = 2 * (riot->nodes - 1);
    for (unsigned i = 0; i < ways; i++) {
        unsigned a = (what + i) % ways / 2, back = (what + i) % 2;
        unsigned from = back ? a + 1 : a, to = back ? a : a + 1;
        if (riot->town->queues[from][to].count > 0) {
            if (what % 64 == 42) {
                spoil(riot, (uint8_t)(what + riot->left));
            }
            for (unsigned k = 0; k <= (what >> 4) % 8u; k++) {
                riot->totals.delivered += town_deliver(riot->town, from, to);
            }
            return;
        }
    }
}

static void cut(struct riot *riot, uint8_t what)
{
    unsigned a = what % (riot->nodes - 1);
    riot->totals.losses += riot->town->joined[a][a + 1];
    town_cut(riot->town, a, a + 1);
}

static void mine(struct riot *riot, uint8_t what)
{
    unsigned takes = what & 1 ? ~0u : what >> 3;
    bool is_room = town_height(riot->town) + ROOM_AT_END < REGTEST_MAX_BLOCKS;
    for (unsigned i = 0; i <= (what >> 1 & 1) && is_room; i++) {
        riot_mine(riot, takes, what >> 5);
    }
}

static void change_link(struct riot *riot, uint8_t what)
{
    if (what & 0x40) {
        cut(riot, what);
    } else {
        riot_join_all(riot);
    }
}

static void change_node(struct riot *riot, uint8_t what)
{
    if (what & 0x20) {
        crash(riot, what);
    } else {
        riot_restart(riot, what % riot->nodes);
        riot_join_all(riot);
    }
}

static void rare(struct riot *riot, uint8_t what)
{
    switch (what % 8) {
    case 0:
        end_channel(riot, (uint8_t)(what * 37));
        break;
    case 1:
        if (riot->odd < riot->nodes && riot->yesterday == 0) {
            riot->yesterday = riot->town->nodes[riot->odd].safe;
        }
        break;
    case 2:
        if (riot->odd < riot->nodes && what & 0x80) {
            go_back(riot);
        }
        break;
    case 3:
    case 4:
        undo(riot, what >> 3);
        break;
    case 5:
        change_rates(riot, what);
        break;
    default:
        mine(riot, what);
        break;
    }
}

static void act(struct riot *riot, const uint8_t step[2])
{
    static const uint8_t kinds[64] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  0,  0,  0,  0, 0, 0,
                                      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  0,  0,  1,  1, 2, 2,
                                      2, 3, 4, 5, 5, 6, 6, 6, 6, 6, 6, 7, 8, 9, 9, 10, 11, 12, 12, 12};
    unsigned kind = kinds[step[0] % 64];
    switch (kind) {
    case 0:
        deliver(riot, step[1]);
        break;
    case 1:
        pay(riot, 0, step[1]);
        break;
    case 2:
        pay(riot, 1, step[1]);
        break;
    case 3:
        pay(riot, 2, step[1]);
        break;
    case 4:
        pay(riot, 3, step[1]);
        break;
    case 5:
        decide(riot, step[1]);
        break;
    case 6:
        if (step[1] & 3) {
            riot_restart(riot, (step[1] >> 2) % riot->nodes);
        }
        riot_join_all(riot);
        break;
    case 7:
        change_link(riot, step[1]);
        break;
    case 8:
        change_node(riot, step[1]);
        break;
    case 9:
        town_make_safe(riot->town, step[1] % riot->nodes, 1 + (step[1] >> 4));
        break;
    case 10:
        town_tick(riot->town, UINT64_C(500000) * step[1]);
        break;
    case 11:
        change_fees(riot, step[1]);
        break;
    case 12:
        rare(riot, step[1]);
        break;
    }
}

/* ---- a run ---- */

/* In: depth, of the fundings when the riot begins. */
static void open_all(struct riot *riot, uint8_t second, unsigned depth)
{
    struct town *town = riot->town;
    for (unsigned a = 0; a + 1 < riot->nodes; a++) {
        riot->linked[a][a + 1] = true;
        town_join(town, a, a + 1);
        town_settle(town);
        for (unsigned i = 0; i <= (second >> a & 1u); i++) {
            uint64_t channel;
            unsigned opener = i == 0 ? a : a + 1;
            struct ln_node_opening opening = {
                .peer = town->nodes[opener].peer_of[opener == a ? a + 1 : a],
                .funding_sat = i == 0 ? 1000000 : 400000,
                .push_msat = UINT64_C(200000000),
                .feerate_sat_per_kwu = 1000,
                .flags = (uint8_t)(town->nodes[opener].config.channel.flags | LN_CHANNEL_ANNOUNCE)};
            enum ln_node_result result = ln_node_open_channel(town_call(town, opener), &channel, &opening);
            TOWN_CHECK(result == LN_NODE_OK);
            town_take(town, opener);
            town_settle(town);
        }
    }
    riot->floor_height = town_height(town);
    for (unsigned i = 0; i < depth; i++) {
        town_mine(town, ~0u, 0);
        town_settle(town);
    }
}

static void note_start(struct riot *riot)
{
    riot->start_sum_msat = 0;
    for (unsigned i = 0; i < riot->nodes; i++) {
        const struct ln_node *node = &riot->town->nodes[i].node;
        uint64_t channels_msat = 0;
        for (uint32_t k = 0; k < node->channel_places.top; k++) {
            TOWN_CHECK(node->channels[k] != NULL && node->channels[k]->ready);
            channels_msat += node->channels[k]->channel.settled_msat[LN_US];
            riot->start_count++;
        }
        riot->start_sum_msat += channels_msat;
        riot->start_msat[i] = channels_msat + 1000 * (uint64_t)town_wallet_sat(riot->town, i);
    }
    riot->highest = town_height(riot->town);
}

static void begin(struct riot *riot, enum ln_backend_kind backend, const uint8_t first[2])
{
    struct town *town = riot->town;
    struct riot_totals totals = riot->totals;
    memset(riot, 0, sizeof *riot);
    riot->town = town;
    riot->totals = totals;
    riot->totals.runs++;
    riot->nodes = 3 + first[0] % 3;
    riot->odd = first[0] >> 6 == 3 ? first[1] % riot->nodes : TOWN_NODES;
    riot->cheats = first[1] & 0x80;
    riot->lies = riot->odd < riot->nodes && first[1] >> 6 == 1;
    town_begin(town, &(struct town_setup){
                         .nodes = riot->nodes, .backend = backend, .anchors = first[0] >> 4 & 1, .late = false});
    town->quiet = true;
    for (unsigned i = 0; i < riot->nodes; i++) {
        town_config(town, i)->likely_ppm = i % 2 == 0 ? 900000 : 0; /* some like parts */
        town_config(town, i)->stall_us = STALL_US;
        if (first[1] % 3 == 2) {
            town_config(town, i)->channel.terms.max_accepted_htlcs = 1; /* little room */
        }
    }
    town_start(town);
    open_all(riot, first[1] >> 2 & 7, first[1] & 0x20 ? LEAST_DEPTH : LN_GRAPH_DEPTH_BLOCKS + 1);
    town->late = first[0] >> 5 & 1;
    note_start(riot);
}

void riot_run(struct riot *riot, enum ln_backend_kind backend, const uint8_t *bytes, size_t length)
{
    uint8_t first[2] = {length > 0 ? bytes[0] : 0, length > 1 ? bytes[1] : 0};
    uint8_t step[2];
    begin(riot, backend, first);
    riot->bytes = bytes + (length > 1 ? 2 : length);
    riot->left = length > 1 ? length - 2 : 0;
    while (next(riot, step)) {
        act(riot, step);
        town_audit(riot->town);
    }
    riot_end(riot);
    riot->totals.mined += riot->town->miner.mined;
    riot->totals.refused += riot->town->miner.refused;
}
