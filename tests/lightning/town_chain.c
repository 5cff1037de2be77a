/* town_chain.c: the chain under a town: wallets, funding, blocks.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/town_parts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/script.h"
#include "protocol/lightning/channel_view.h"
#include "protocol/lightning/graph_gossip.h"

#define BASE_BLOCKS     103
#define FUNDING_FEE_SAT 500
#define BLOCK_US        600000000
#define COIN_DEPTH      6 /* of coins that pay fees: deeper than reorganisations go */

bool town_judge(void *context, const struct btc_signature_check *check)
{
    struct btc_signature signature;
    struct btc_pubkey key;
    return ln_token_judge(context, check) || (btc_pubkey_read(check->curve, &key, check->public_key) &&
                                              btc_signature_read_der(check->curve, &signature, check->signature) &&
                                              btc_ecdsa_verify(check->curve, &signature, check->hash, &key));
}

static void *take(struct town *town, size_t count, size_t size)
{
    void *taken = btc_arena_take(&town->regtest->arena, count, size);
    assert(taken != NULL);
    return taken;
}

/* ---- wallets ---- */

static void spread(struct town *town)
{
    struct regtest *regtest = town->regtest;
    struct btc_tx *tx = take(town, 1, sizeof *tx);
    int64_t value_sat = btc_subsidy_sat(&btc_regtest_rules, 1);
    const uint32_t coins = TOWN_NODES * TOWN_COINS;
    *tx = (struct btc_tx){.version = 2,
                          .input_count = 1,
                          .output_count = coins + TOWN_FUNDS,
                          .inputs = take(town, 1, sizeof *tx->inputs),
                          .outputs = take(town, coins + TOWN_FUNDS, sizeof *tx->outputs)};
    tx->inputs[0] = (struct btc_input){.previous = regtest_coinbase(regtest, 1), .sequence = BTC_SEQUENCE_FINAL};
    for (uint32_t i = 0; i < coins; i++) {
        tx->outputs[i] = (struct btc_output){TOWN_COIN_SAT, btc_bytes(town->nodes[i % TOWN_NODES].script, 22)};
    }
    for (uint32_t i = coins; i < tx->output_count; i++) {
        tx->outputs[i] = (struct btc_output){TOWN_FUND_SAT, btc_bytes(regtest->script, 22)};
    }
    regtest_sign(regtest, tx, &value_sat);
    regtest_mine(regtest, (const struct btc_tx *const[]){tx}, 1, 0);
    town->funds = regtest_outpoint(tx, coins);
}

void town_make_wallets(struct town *town)
{
    for (unsigned i = 0; i < TOWN_NODES; i++) {
        struct town_node *node = &town->nodes[i];
        uint8_t hash[20];
        memset(node->secret, 0x61 + (int)i, 32);
        bool good = btc_pubkey_wire_from_secret(&town->regtest->curve, node->key, node->secret);
        assert(good);
        btc_hash160(hash, node->key, 33);
        btc_script_p2wpkh(node->script, hash);
    }
    regtest_mine_empty(town->regtest, BASE_BLOCKS);
    spread(town);
    town->base_height = town_height(town);
    town->base_used = town->regtest->arena.used;
}

uint32_t town_height(const struct town *town)
{
    return town->regtest->chain.height;
}

void town_rewind(struct town *town, uint32_t height, size_t used)
{
    while (town_height(town) > height) {
        regtest_disconnect(town->regtest);
    }
    town->regtest->arena.used = used;
    town->miner.count = 0;
    town->mined[0].height = height;
    town->mined[0].is_best = true;
    town->mined_count = 1;
    town->tip = 0;
}

struct purse {
    const struct town *town;
    const struct town_node *node;
    int64_t sat;
    uint32_t count;
    struct ln_onchain_coin coins[64];
};

static void look_at(void *context, const struct btc_coin *coin)
{
    struct purse *purse = context;
    if (!btc_bytes_equal(coin->output.script, btc_bytes(purse->node->script, BTC_P2WPKH_BYTES))) {
        return;
    }
    purse->sat += coin->output.value_sat;
    bool deep = coin->age.height + COIN_DEPTH <= town_height(purse->town) + 1;
    if (deep && purse->count < 64 && coin->output.value_sat >= 3000 &&
        miner_is_free(&purse->town->miner, &coin->outpoint)) {
        struct ln_onchain_coin *free = &purse->coins[purse->count++];
        *free = (struct ln_onchain_coin){.outpoint = coin->outpoint, .value_sat = coin->output.value_sat};
        memcpy(free->secret, purse->node->secret, 32);
        memcpy(free->public_key, purse->node->key, 33);
    }
}

static struct purse open_purse(const struct town *town, unsigned number)
{
    struct purse purse = {.town = town, .node = &town->nodes[number]};
    btc_utxo_visit(&town->regtest->chain.coins, look_at, &purse);
    return purse;
}

int64_t town_wallet_sat(const struct town *town, unsigned number)
{
    return open_purse(town, number).sat;
}

/* The set has an order that nobody chose: by outpoint, so that runs can be repeated. */
static int by_outpoint(const void *a, const void *b)
{
    const struct ln_onchain_coin *left = a, *right = b;
    int order = memcmp(left->outpoint.txid, right->outpoint.txid, 32);
    return order != 0 ? order
                      : (left->outpoint.index > right->outpoint.index) - (left->outpoint.index < right->outpoint.index);
}

void town_give_coins(struct town *town, unsigned number)
{
    struct purse purse = open_purse(town, number);
    qsort(purse.coins, purse.count, sizeof *purse.coins, by_outpoint);
    uint32_t count = purse.count < LN_ONCHAIN_COINS ? purse.count : LN_ONCHAIN_COINS;
    for (uint32_t i = 0; i < count; i++) {
        town_watch(town, number, &purse.coins[i].outpoint);
    }
    enum ln_node_result result = ln_node_set_coins(town_call(town, number), purse.coins, count);
    TOWN_CHECK(result == LN_NODE_OK);
    town_take(town, number);
}

void town_tell_rates(struct town *town, unsigned number)
{
    const struct ln_onchain_rates rates = {300, 1000, 2500};
    enum ln_node_result result = ln_node_set_rates(town_call(town, number), &rates);
    TOWN_CHECK(result == LN_NODE_OK);
    town_take(town, number);
}

/* ---- funding ---- */

void town_fund(struct town *town, unsigned number, const struct ln_node_event *event, struct btc_bytes script)
{
    struct btc_outpoint from = town->funds;
    const int64_t value_sat = TOWN_FUND_SAT;
    assert(town->funds_used < TOWN_FUNDS && town->funding_count < TOWN_CHANNELS);
    from.index += town->funds_used++;
    struct btc_tx *tx = take(town, 1, sizeof *tx);
    uint8_t *copy = take(town, 1, script.length);
    memcpy(copy, script.data, script.length);
    *tx = (struct btc_tx){.version = 2,
                          .input_count = 1,
                          .output_count = 2,
                          .inputs = take(town, 1, sizeof *tx->inputs),
                          .outputs = take(town, 2, sizeof *tx->outputs)};
    tx->inputs[0] = (struct btc_input){.previous = from, .sequence = BTC_SEQUENCE_FINAL};
    int64_t funding_sat = (int64_t)(event->amount_msat / 1000);
    tx->outputs[0] = (struct btc_output){funding_sat, btc_bytes(copy, script.length)};
    tx->outputs[1] = (struct btc_output){value_sat - funding_sat - FUNDING_FEE_SAT,
                                         btc_bytes(town->nodes[number].script, BTC_P2WPKH_BYTES)};
    regtest_sign(town->regtest, tx, &value_sat);
    town->fundings[town->funding_count] = tx;
    town->funding_owner[town->funding_count] = (uint8_t)number;
    town->funding_sent[town->funding_count++] = false;
    struct btc_outpoint outpoint = regtest_outpoint(tx, 0);
    enum ln_node_result result = ln_node_fund(town_call(town, number), event->channel, &outpoint);
    TOWN_CHECK(result == LN_NODE_OK);
    town_take(town, number);
}

void town_send_funding(struct town *town, unsigned number, const struct btc_outpoint *outpoint)
{
    for (uint32_t i = 0; i < town->funding_count; i++) {
        struct btc_outpoint funding = regtest_outpoint(town->fundings[i], 0);
        if (btc_outpoint_equal(&funding, outpoint)) {
            static const uint8_t nothing[32];
            uint8_t bytes[1000];
            struct btc_writer writer;
            btc_writer_init(&writer, bytes, sizeof bytes);
            btc_tx_write(&writer, town->fundings[i], BTC_TX_WITNESS);
            miner_wait(&town->miner, number, btc_writer_view(&writer), nothing);
            town->funding_sent[i] = true;
        }
    }
}

void town_forget_tx(struct town *town, const uint8_t txid[32])
{
    struct miner_tx *waiting = miner_find(&town->miner, txid);
    if (waiting != NULL && waiting->mined_height == 0) { /* a crash may have kept it from ever being broadcast */
        waiting->gone = true;
    }
}

void town_watch(struct town *town, unsigned number, const struct btc_outpoint *outpoint)
{
    struct town_node *node = &town->nodes[number];
    for (uint32_t i = 0; i < node->watched_count; i++) {
        if (btc_outpoint_equal(&node->watched[i], outpoint)) {
            return;
        }
    }
    assert(node->watched_count < TOWN_WATCHED);
    node->watched[node->watched_count++] = *outpoint;
}

void town_fetch(struct town *town, unsigned number, const struct ln_node_effect *effect)
{
    struct town_node *node = &town->nodes[number];
    struct ln_store_index index;
    struct ln_store_key key = {LN_STORE_PAST, effect->event.channel, effect->number};
    size_t length = node->written == 0 ? 0 : node->ends[node->written - 1];
    enum ln_store_result read =
        ln_store_read(&index, &town->regtest->allocator.base, btc_bytes(node->disk, length), NULL);
    TOWN_CHECK(read == LN_STORE_OK);
    const struct ln_store_entry *entry = ln_store_find(&index, &key);
    TOWN_CHECK(entry != NULL);
    enum ln_node_result result = ln_node_give_past(town_call(town, number), effect->event.channel, entry->bytes);
    TOWN_CHECK(result == LN_NODE_OK || result == LN_NODE_TERMS);
    ln_store_index_close(&index);
    town_take(town, number);
}

/* ---- blocks ---- */

static bool is_watched(const struct town_node *node, const struct btc_tx *tx)
{
    uint8_t txid[32];
    btc_txid(txid, tx);
    for (uint32_t i = 0; i < node->watched_count; i++) {
        if (memcmp(node->watched[i].txid, txid, 32) == 0) {
            return true;
        }
        for (uint32_t k = 0; k < tx->input_count; k++) {
            if (btc_outpoint_equal(&tx->inputs[k].previous, &node->watched[i])) {
                return true;
            }
        }
    }
    return false;
}

static void note_block(struct town *town)
{
    assert(town->mined_count < TOWN_BLOCKS);
    town->mined[town->mined_count].parent = town->tip;
    town->mined[town->mined_count].height = town_height(town);
    town->mined[town->mined_count].is_best = true;
    town->tip = town->mined_count++;
}

/* The block of a height on the best chain. */
static uint16_t block_at(const struct town *town, uint32_t height)
{
    uint16_t block = town->tip;
    while (town->mined[block].height > height) {
        block = town->mined[block].parent;
    }
    return block;
}

/* Its transactions that matter to the node. What it watches because of one may be spent by the next. */
static void tell_block(struct town *town, unsigned number, uint32_t height)
{
    struct town_node *node = &town->nodes[number];
    const struct btc_block *block = &town->regtest->blocks[height].block;
    static struct ln_node_tx txs[MINER_WAITING];
    uint32_t count = 0;
    for (uint32_t i = 1; i < block->tx_count; i++) {
        bool child = false;
        for (uint32_t k = 0; k < count; k++) {
            uint8_t txid[32];
            btc_txid(txid, txs[k].tx);
            for (uint32_t input = 0; input < block->txs[i].input_count; input++) {
                child |= memcmp(block->txs[i].inputs[input].previous.txid, txid, 32) == 0;
            }
        }
        if (child || is_watched(node, &block->txs[i])) {
            txs[count++] = (struct ln_node_tx){&block->txs[i], i};
        }
    }
    enum ln_node_result result = ln_node_block(town_call(town, number), height, txs, count);
    TOWN_CHECK(result == LN_NODE_OK);
    node->block = block_at(town, height);
    town_take(town, number);
}

static bool has_chains(const struct ln_node *node)
{
    for (uint32_t i = 0; i < node->channel_places.top; i++) {
        if (node->channels[i] != NULL && node->channels[i]->mode == LN_MODE_CHAIN) {
            return true;
        }
    }
    return false;
}

/* What came first of what waits and spends an output, if it is somebody else's. */
static const struct btc_tx *rival_of(const struct town *town, unsigned number, const struct btc_outpoint *outpoint)
{
    for (uint32_t i = 0; i < town->miner.count; i++) {
        const struct miner_tx *waiting = &town->miner.waiting[i];
        if (!waiting->gone && waiting->mined_height == 0 &&
            btc_outpoint_equal(&waiting->tx->inputs[0].previous, outpoint)) {
            return waiting->owner == number ? NULL : waiting->tx;
        }
    }
    return NULL;
}

static void show_rivals(struct town *town, unsigned number)
{
    struct ln_node *node = &town->nodes[number].node;
    for (uint32_t i = 0; town->nodes[number].up && i < node->channel_places.top; i++) {
        const struct ln_node_channel *entry = node->channels[i];
        if (entry != NULL && entry->mode == LN_MODE_CHAIN && entry->chain->close == LN_CLOSE_NONE) {
            const struct btc_tx *rival = rival_of(town, number, &entry->channel.funding);
            enum ln_node_result result = ln_node_waits(town_call(town, number), entry->number, rival);
            TOWN_CHECK(result == LN_NODE_OK);
            town_take(town, number);
        }
    }
}

static void tell_graph(struct town *town, uint32_t height, uint32_t spent_height)
{
    const struct btc_block *block = &town->regtest->blocks[height].block;
    for (uint32_t i = 1; i < block->tx_count; i++) {
        for (uint32_t k = 0; k < block->txs[i].input_count; k++) {
            ln_graph_hear_spent(&town->graph, &block->txs[i].inputs[k].previous, spent_height);
        }
    }
}

void town_mine(struct town *town, unsigned takes, unsigned first)
{
    miner_block(&town->miner, takes, first);
    note_block(town);
    tell_graph(town, town_height(town), town_height(town));
    for (unsigned i = 0; i < town->count; i++) {
        if (town->nodes[i].up && has_chains(&town->nodes[i].node)) {
            town_give_coins(town, i);
        }
        if (town->nodes[i].up) {
            tell_block(town, i, town_height(town));
            show_rivals(town, i);
        }
    }
    town_tick(town, BLOCK_US);
}

void town_mine_many(struct town *town, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        town_mine(town, ~0u, 0);
        town_settle(town);
    }
}

void town_undo(struct town *town, uint32_t blocks)
{
    for (uint32_t i = 0; i < blocks; i++) {
        tell_graph(town, town_height(town), 0);
        miner_undo(&town->miner);
        town->mined[town->tip].is_best = false;
        town->tip = town->mined[town->tip].parent;
    }
    for (unsigned i = 0; i < town->count; i++) {
        if (town->nodes[i].up) {
            enum ln_node_result result = ln_node_unblock(town_call(town, i), town_height(town));
            TOWN_CHECK(result == LN_NODE_OK);
            town->nodes[i].block = town->tip;
            town_take(town, i);
        }
    }
}

/* What its records know of that is no longer there goes first. */
void town_catch_up(struct town *town, unsigned number)
{
    uint16_t fork = town->nodes[number].block;
    uint32_t tip = town_height(town);
    if (!town->nodes[number].up) {
        return; /* it met its doom in between */
    }
    while (!town->mined[fork].is_best) {
        fork = town->mined[fork].parent;
    }
    struct ln_node *node = town_call(town, number);
    if (town->mined[fork].height < node->seen_height) {
        enum ln_node_result result = ln_node_unblock(node, town->mined[fork].height);
        TOWN_CHECK(result == LN_NODE_OK);
        town->nodes[number].block = fork;
        town_take(town, number);
    }
    uint32_t common = node->height;
    for (uint32_t height = common + 1; height <= tip && town->nodes[number].up; height++) {
        tell_block(town, number, height);
    }
}

/* ---- channels and payments ---- */

const struct ln_node_channel *town_channel(const struct town *town, unsigned a, unsigned b, unsigned n)
{
    const struct ln_node *node = &town->nodes[a].node;
    for (uint32_t i = 0; i < node->channel_places.top; i++) {
        const struct ln_node_channel *entry = node->channels[i];
        if (entry != NULL && memcmp(node->peers[entry->peer].node_id, town->nodes[b].node.node_id, 33) == 0 &&
            n-- == 0) {
            return entry;
        }
    }
    return NULL;
}

uint64_t town_open(struct town *town, unsigned a, unsigned b, uint64_t funding_sat, uint64_t push_msat, uint8_t flags)
{
    uint64_t channel = 0;
    struct ln_node_opening opening = {.peer = town->nodes[a].peer_of[b],
                                      .funding_sat = funding_sat,
                                      .push_msat = push_msat,
                                      .feerate_sat_per_kwu = 1000,
                                      .flags = (uint8_t)(flags | town->nodes[a].config.channel.flags)};
    town_settle(town);
    enum ln_node_result result = ln_node_open_channel(town_call(town, a), &channel, &opening);
    TOWN_CHECK(result == LN_NODE_OK);
    town_take(town, a);
    town_settle(town);
    town_mine_many(town, LN_GRAPH_DEPTH_BLOCKS + 1);
    const struct ln_node_channel *entry = ln_node_channel(&town->nodes[a].node, channel);
    TOWN_CHECK(entry != NULL && entry->ready);
    return channel;
}

void town_row(struct town *town, const struct town_setup *setup)
{
    town_begin(town, setup);
    town_start(town);
    for (unsigned i = 0; i + 1 < setup->nodes; i++) {
        town_join(town, i, i + 1);
        town_open(town, i, i + 1, TOWN_ROW_SAT, TOWN_ROW_PUSH_MSAT, LN_CHANNEL_ANNOUNCE);
    }
}

uint64_t town_balance_msat(const struct town *town, unsigned a, unsigned b)
{
    return town_channel(town, a, b, 0)->channel.settled_msat[LN_US];
}

bool town_send(struct town *town, unsigned payer, unsigned payee, uint64_t amount_msat)
{
    char text[2000];
    struct ln_pay_terms limits = town_limits();
    uint32_t before = town_count(town, payer, LN_NODE_PAYMENT_SENT);
    town_ask(town, payee, amount_msat, false, text);
    town_pay(town, payer, text, &limits);
    town_settle(town);
    return town_count(town, payer, LN_NODE_PAYMENT_SENT) == before + 1;
}

struct ln_pay_terms town_limits(void)
{
    return (struct ln_pay_terms){.max_fee_msat = 1000000, .attempts_max = 30, .parts_max = 1};
}

uint64_t town_ask(struct town *town, unsigned payee, uint64_t amount_msat, bool hold, char text[2000])
{
    uint64_t invoice = 0;
    struct ln_node_asking asking = {.amount_msat = amount_msat, .description = btc_bytes("charge", 6), .hold = hold};
    enum ln_node_result result = ln_node_ask(town_call(town, payee), &invoice, text, 2000, &asking);
    TOWN_CHECK(result == LN_NODE_OK);
    town_take(town, payee);
    return invoice;
}

uint64_t town_pay(struct town *town, unsigned payer, const char *text, const struct ln_pay_terms *limits)
{
    uint64_t payment = 0;
    enum ln_node_result result =
        ln_node_pay_invoice(town_call(town, payer), &payment, btc_bytes(text, strlen(text)), limits);
    TOWN_CHECK(result == LN_NODE_OK);
    town_take(town, payer);
    return payment;
}

/* ---- checking ---- */

static void audit_channel(struct town *town, const struct ln_node *node, const struct ln_node_channel *entry)
{
    static const struct ln_look looks[2] = {{LN_US, LN_RECEIVE_COMMIT}, {LN_THEM, LN_SEND_COMMIT}};
    struct ln_workshop shop = {&town->backend, (struct ln_pool *)(uintptr_t)&node->pool, &town->shop.scratch,
                               &town->shop.effects};
    for (unsigned i = 0; i < 2; i++) {
        uint64_t balance_msat[2];
        ln_look_balances(&entry->channel, &shop, looks[i], balance_msat);
        uint64_t sum_msat = balance_msat[0] + balance_msat[1];
        for (uint32_t k = entry->channel.first_record; k != LN_RECORD_NONE; k = node->slots[k].next) {
            sum_msat += ln_look_has(looks[i], node->slots[k].state) ? node->slots[k].amount_msat : 0;
        }
        TOWN_CHECK(sum_msat == 1000 * entry->channel.funding_sat);
    }
}

/* Who forwards has been promised more, and for longer: irrevocably. */
static void audit_link(struct town *town, const struct ln_node *node, const struct ln_node_link *link)
{
    const struct ln_node_channel *in = NULL;
    for (uint32_t i = 0; i < node->channel_places.top; i++) {
        bool it = node->channels[i] != NULL && node->channels[i]->number == link->in_channel;
        in = it ? node->channels[i] : in;
    }
    TOWN_CHECK(in != NULL);
    if (link->kind == LN_LINK_FORWARD) {
        TOWN_CHECK(link->in_msat >= link->out_msat);
        TOWN_CHECK(link->in_expiry_height >=
                   link->out_expiry_height + ln_cltv_expiry_delta(&node->config.onchain.patience));
    }
    if (in->mode == LN_MODE_LIVE) {
        struct ln_workshop shop = {&town->backend, (struct ln_pool *)(uintptr_t)&node->pool, &town->shop.scratch,
                                   &town->shop.effects};
        const struct ln_slot *slot = ln_channel_find(&in->channel, &shop, LN_THEM, link->in_htlc);
        TOWN_CHECK(slot != NULL && slot->state == ln_htlc_state(LN_THEM, LN_LIVE));
        TOWN_CHECK(slot->amount_msat == link->in_msat && memcmp(slot->payment_hash, link->payment_hash, 32) == 0);
    }
}

void town_audit(struct town *town)
{
    for (unsigned i = 0; i < town->count; i++) {
        const struct ln_node *node = &town->nodes[i].node;
        for (uint32_t k = 0; town->nodes[i].up && k < node->channel_places.top; k++) {
            const struct ln_node_channel *entry = node->channels[k];
            if (entry != NULL && entry->mode == LN_MODE_LIVE && entry->channel.stage >= LN_STAGE_FUNDED) {
                audit_channel(town, node, entry);
            }
        }
        for (uint32_t k = 0; town->nodes[i].up && k < node->link_places.top; k++) {
            if (node->links[k].kind != LN_LINK_FREE) {
                audit_link(town, node, &node->links[k]);
            }
        }
    }
    TOWN_CHECK(town->shop.scratch.used == 0);
}
