/* quarrel.c: two ends of a channel that end it on a real chain: the channel, and what its ends are told.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/quarrel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/lightning/channel_view.h"
#include "tests/lightning/quarrel_chain.h"

/* ---- the channel's effects ---- */

static void push(struct quarrel_end *end, struct btc_bytes bytes)
{
    uint32_t length = (uint32_t)bytes.length;
    assert(end->queue.tail + 4 + length <= QUARREL_QUEUE_BYTES);
    memcpy(end->queue.bytes + end->queue.tail, &length, 4);
    memcpy(end->queue.bytes + end->queue.tail + 4, bytes.data, length);
    end->queue.tail += 4 + length;
    end->queue.count++;
}

static void keep_state(struct quarrel_end *end)
{
    assert(end->channel.local_number < QUARREL_STATES);
    struct quarrel_state *state = &end->states[end->channel.local_number];
    state->channel = end->channel;
    memcpy(state->slots, end->slots, sizeof state->slots);
    state->pool = end->pool;
    state->pool.records = state->slots;
}

static void keep_past(struct quarrel_end *end, struct btc_bytes record)
{
    struct ln_past past;
    bool good = ln_past_read(&past, record);
    assert(good && past.number < QUARREL_STATES && record.length <= sizeof end->past[0]);
    memcpy(end->past[past.number], record.data, record.length);
    end->past_length[past.number] = record.length;
}

/* Returns the script that an LN_EVENT_FUND brought. */
static struct btc_bytes take(struct quarrel *quarrel, unsigned number)
{
    static uint8_t script[64];
    struct btc_bytes fund = btc_bytes(NULL, 0);
    struct quarrel_end *end = &quarrel->ends[number];
    for (uint32_t i = 0; i < quarrel->effects.count; i++) {
        const struct ln_effect *effect = &quarrel->effects.list[i];
        if (effect->kind == LN_EFFECT_MESSAGE) {
            push(end, effect->bytes);
        } else if (effect->kind == LN_EFFECT_PERSIST && effect->bytes.length > 0) {
            keep_past(end, effect->bytes);
        } else if (effect->kind == LN_EFFECT_EVENT && effect->event.kind == LN_EVENT_FUND) {
            memcpy(script, effect->bytes.data, effect->bytes.length);
            fund = btc_bytes(script, effect->bytes.length);
        } else if (effect->kind == LN_EFFECT_BROADCAST && effect->bytes.length <= sizeof end->closing) {
            memcpy(end->closing, effect->bytes.data, effect->bytes.length);
            end->closing_length = effect->bytes.length;
        }
    }
    ln_effects_clear(&quarrel->effects);
    if (end->channel.stage >= LN_STAGE_FUNDED) {
        keep_state(end);
    }
    return fund;
}

static struct btc_bytes deliver(struct quarrel *quarrel, unsigned from)
{
    struct quarrel_end *end = &quarrel->ends[from];
    struct quarrel_end *to = &quarrel->ends[1 - from];
    struct ln_message message;
    uint32_t length;
    memcpy(&length, end->queue.bytes + end->queue.head, 4);
    enum ln_wire wire = ln_message_decode(&message, NULL, end->queue.bytes + end->queue.head + 4, length);
    assert(wire == LN_WIRE_OK);
    enum ln_channel_result result = ln_channel_receive(&to->channel, &to->shop, &message);
    assert(result == LN_CHANNEL_OK && quarrel->scratch.used == 0);
    end->queue.head += 4 + length;
    if (--end->queue.count == 0) {
        end->queue.head = end->queue.tail = 0;
    }
    return take(quarrel, 1 - from);
}

static void tick(struct quarrel *quarrel, unsigned number)
{
    enum ln_channel_result result = ln_channel_tick(&quarrel->ends[number].channel, &quarrel->ends[number].shop);
    assert(result == LN_CHANNEL_OK);
    take(quarrel, number);
}

unsigned quarrel_settle(struct quarrel *quarrel, unsigned most)
{
    unsigned done = 0;
    bool moved = true;
    while (moved && done < most) {
        tick(quarrel, 0);
        tick(quarrel, 1);
        moved = false;
        for (unsigned from = 0; from < 2 && done < most; from++) {
            if (quarrel->ends[from].queue.count > 0) {
                deliver(quarrel, from);
                moved = true;
                done++;
            }
        }
    }
    return done;
}

/* ---- making the channel ---- */

struct quarrel_setup quarrel_usual(bool anchors)
{
    struct quarrel_setup setup = {.backend = LN_BACKEND_REAL,
                                  .anchors = anchors,
                                  .feerate_sat_per_kwu = 1000,
                                  .delay_blocks = {20, 24},
                                  .policy = ln_onchain_policy_usual,
                                  .rates = {300, 1000, 2500}};
    return setup;
}

static struct ln_channel_policy policy_of(const struct quarrel *quarrel, unsigned end)
{
    struct ln_channel_policy policy = {.terms = {.dust_limit_sat = end == 0 ? 546 : 354,
                                                 .max_in_flight_msat = QUARREL_FUNDING_SAT * UINT64_C(1000),
                                                 .reserve_sat = 2000,
                                                 .htlc_minimum_msat = 1,
                                                 .to_self_delay_blocks = quarrel->setup.delay_blocks[1 - end],
                                                 .max_accepted_htlcs = QUARREL_HTLCS / 2},
                                       .flags = quarrel->setup.anchors ? LN_CHANNEL_ANCHORS : 0,
                                       .shutdown_length = BTC_P2WPKH_BYTES,
                                       .max_to_self_delay_blocks = 2016,
                                       .minimum_depth_blocks = 1,
                                       .feerate_min_sat_per_kwu = 253,
                                       .feerate_max_sat_per_kwu = 50000,
                                       .closing_feerate_sat_per_kwu = 1000,
                                       .fulfill_deadline_blocks = 6,
                                       .timeout_grace_blocks = 3,
                                       .max_dust_exposure_msat = QUARREL_FUNDING_SAT * UINT64_C(1000),
                                       .funding_min_sat = 10000};
    memset(policy.chain_hash, 0x43, 32);
    memcpy(policy.shutdown_script, quarrel->ends[end].script, BTC_P2WPKH_BYTES);
    return policy;
}

static void begin_end(struct quarrel *quarrel, unsigned number)
{
    struct quarrel_end *end = &quarrel->ends[number];
    uint8_t seed[32];
    memset(end, 0, offsetof(struct quarrel_end, states));
    memset(end->past_length, 0, sizeof end->past_length);
    memset(end->told, 0, sizeof end->told);
    memset(end->counts, 0, sizeof end->counts);
    end->forgets_past = end->resolves = end->without_coins = false;
    end->closing_length = 0;
    end->stored_length = 0;
    end->close = LN_CLOSE_NONE;
    memset(seed, 0x21 + (int)number, 32);
    ln_pool_init(&end->pool, end->slots, QUARREL_SLOTS);
    end->shop = (struct ln_workshop){&quarrel->backend, &end->pool, &quarrel->scratch, &quarrel->effects};
    struct ln_channel_policy policy = policy_of(quarrel, number);
    bool made = ln_channel_init(&end->channel, &end->shop, &policy, seed);
    assert(made);
}

static void establish(struct quarrel *quarrel)
{
    struct ln_opening opening = {.funding_sat = QUARREL_FUNDING_SAT,
                                 .push_msat = QUARREL_FUNDING_SAT * UINT64_C(400),
                                 .feerate_sat_per_kwu = quarrel->setup.feerate_sat_per_kwu};
    struct quarrel_end *opener = &quarrel->ends[0];
    memset(opening.temporary_id, 7, 32);
    enum ln_channel_result result = ln_establish_open(&opener->channel, &opener->shop, &opening);
    assert(result == LN_CHANNEL_OK);
    take(quarrel, 0);
    deliver(quarrel, 0);
    struct btc_bytes script = deliver(quarrel, 1);
    struct btc_outpoint outpoint = quarrel_make_funding(quarrel, script);
    result = ln_establish_fund(&opener->channel, &opener->shop, &outpoint);
    assert(result == LN_CHANNEL_OK);
    take(quarrel, 0);
    quarrel_settle(quarrel, 100);
    quarrel_mine_funding(quarrel);
    for (unsigned end = 0; end < 2; end++) {
        uint32_t height = quarrel_height(quarrel);
        result = ln_channel_block(&quarrel->ends[end].channel, &quarrel->ends[end].shop, height, height);
        assert(result == LN_CHANNEL_OK);
        take(quarrel, end);
    }
    quarrel_settle(quarrel, 100);
    assert(opener->channel.stage == LN_STAGE_NORMAL && quarrel->ends[1].channel.stage == LN_STAGE_NORMAL);
}

void quarrel_open(struct quarrel *quarrel, const struct quarrel_setup *setup)
{
    quarrel_rewind(quarrel, quarrel->base_height, quarrel->base_used);
    quarrel->setup = *setup;
    quarrel->backend = (struct ln_backend){.kind = setup->backend, .curve = &quarrel->regtest->curve};
    quarrel->regtest->tools.judge = setup->backend == LN_BACKEND_TOKEN ? quarrel_judge : NULL;
    ln_effects_init(&quarrel->effects, quarrel->list, sizeof quarrel->list / sizeof *quarrel->list,
                    quarrel->effect_memory, sizeof quarrel->effect_memory);
    ln_onchain_effects_init(&quarrel->chain_effects, quarrel->chain_list,
                            sizeof quarrel->chain_list / sizeof *quarrel->chain_list, quarrel->chain_memory,
                            sizeof quarrel->chain_memory);
    btc_arena_init(&quarrel->scratch, quarrel->scratch_memory, sizeof quarrel->scratch_memory);
    memset(quarrel->digest, 0, sizeof quarrel->digest);
    begin_end(quarrel, 0);
    begin_end(quarrel, 1);
    establish(quarrel);
}

void quarrel_save(struct quarrel *quarrel)
{
    memcpy(quarrel->saved, quarrel->ends, sizeof quarrel->ends);
    quarrel->saved_height = quarrel_height(quarrel);
    quarrel->saved_used = quarrel->regtest->arena.used;
}

void quarrel_again(struct quarrel *quarrel)
{
    quarrel_rewind(quarrel, quarrel->saved_height, quarrel->saved_used);
    memcpy(quarrel->ends, quarrel->saved, sizeof quarrel->ends);
    memset(quarrel->digest, 0, sizeof quarrel->digest);
}

/* ---- payments ---- */

void quarrel_preimage(uint8_t preimage[32], unsigned n)
{
    memset(preimage, 0x40 + (int)n, 32);
}

bool quarrel_try_add(struct quarrel *quarrel, unsigned end, uint64_t amount_msat, unsigned n, uint32_t expiry_height)
{
    uint8_t preimage[32];
    uint8_t hash[32];
    uint8_t onion[LN_ONION_BYTES];
    uint64_t id;
    quarrel_preimage(preimage, n);
    btc_sha256(hash, preimage, 32);
    memset(onion, (int)n, sizeof onion);
    struct ln_add add = {
        .amount_msat = amount_msat, .cltv_expiry_height = expiry_height, .payment_hash = hash, .onion = onion};
    enum ln_channel_result result = ln_channel_add(&quarrel->ends[end].channel, &quarrel->ends[end].shop, &id, &add);
    take(quarrel, end);
    return result == LN_CHANNEL_OK;
}

void quarrel_add(struct quarrel *quarrel, unsigned end, uint64_t amount_msat, unsigned n, uint32_t expiry_height)
{
    bool added = quarrel_try_add(quarrel, end, amount_msat, n, expiry_height);
    assert(added);
}

void quarrel_try_fee(struct quarrel *quarrel, uint32_t rate_sat_per_kwu)
{
    enum ln_channel_result result =
        ln_channel_update_fee(&quarrel->ends[0].channel, &quarrel->ends[0].shop, rate_sat_per_kwu);
    (void)result; /* refused if the opener cannot pay it */
    take(quarrel, 0);
}

void quarrel_fulfill(struct quarrel *quarrel, unsigned end, uint64_t id, unsigned n)
{
    uint8_t preimage[32];
    quarrel_preimage(preimage, n);
    enum ln_channel_result result =
        ln_channel_fulfill(&quarrel->ends[end].channel, &quarrel->ends[end].shop, id, preimage, btc_bytes(NULL, 0));
    assert(result == LN_CHANNEL_OK);
    take(quarrel, end);
}

void quarrel_fail(struct quarrel *quarrel, unsigned end, uint64_t id)
{
    static const uint8_t reason[292] = {1};
    enum ln_channel_result result = ln_channel_fail_htlc(&quarrel->ends[end].channel, &quarrel->ends[end].shop, id,
                                                         btc_bytes(reason, sizeof reason), btc_bytes(NULL, 0));
    assert(result == LN_CHANNEL_OK);
    take(quarrel, end);
}

void quarrel_agree(struct quarrel *quarrel)
{
    enum ln_channel_result result = ln_channel_shutdown(&quarrel->ends[0].channel, &quarrel->ends[0].shop);
    assert(result == LN_CHANNEL_OK);
    take(quarrel, 0);
    quarrel_settle(quarrel, 99);
    assert(quarrel->ends[0].channel.stage == LN_STAGE_CLOSED && quarrel->ends[1].channel.stage == LN_STAGE_CLOSED);
}

/* ---- the resolvers ---- */

static struct ln_onchain_tools tools_of(struct quarrel *quarrel)
{
    return (struct ln_onchain_tools){&quarrel->backend, &quarrel->scratch, &quarrel->chain_effects};
}

static void store(struct quarrel *quarrel, struct quarrel_end *end)
{
    enum ln_onchain_result result =
        ln_onchain_write(end->stored, sizeof end->stored, &end->stored_length, &end->onchain);
    assert(result == LN_ONCHAIN_OK);
    end->stored_height = quarrel_height(quarrel);
}

static void hear(struct quarrel *quarrel, struct quarrel_end *end, const struct ln_onchain_effect *effect)
{
    uint64_t id = effect->htlc.id;
    uint8_t *told = &end->told[effect->htlc.owner][id];
    assert(id < QUARREL_HTLCS && (*told == 0 || *told == effect->kind)); /* nothing is taken back */
    if (*told == 0) {
        end->told_height[effect->htlc.owner][id] = quarrel_height(quarrel);
    }
    *told = (uint8_t)effect->kind;
    if (effect->kind == LN_ONCHAIN_PREIMAGE) {
        uint8_t hash[32];
        btc_sha256(hash, effect->htlc.preimage, 32);
        assert(memcmp(hash, effect->htlc.payment_hash, 32) == 0);
    }
}

static void note(struct quarrel *quarrel, unsigned number, const struct ln_onchain_effect *effect)
{
    struct btc_sha256_state state;
    const uint8_t head[2] = {(uint8_t)number, (uint8_t)effect->kind};
    btc_sha256_init(&state);
    btc_sha256_update(&state, quarrel->digest, 32);
    btc_sha256_update(&state, head, sizeof head);
    btc_sha256_update(&state, effect->bytes.data, effect->bytes.length);
    btc_sha256_update(&state, effect->htlc.preimage, 32);
    btc_sha256_final(&state, quarrel->digest);
}

/* Does what a resolver asks for. */
static void obey(struct quarrel *quarrel, unsigned number)
{
    struct quarrel_end *end = &quarrel->ends[number];
    struct ln_onchain_effects *effects = &quarrel->chain_effects;
    bool needs_past = false;
    uint64_t past = 0;
    assert(effects->count == 0 || effects->list[0].kind == LN_ONCHAIN_PERSIST);
    for (uint32_t i = 0; i < effects->count; i++) {
        const struct ln_onchain_effect *effect = &effects->list[i];
        end->counts[effect->kind]++;
        note(quarrel, number, effect);
        switch (effect->kind) {
        case LN_ONCHAIN_PERSIST:
            store(quarrel, end);
            break;
        case LN_ONCHAIN_BROADCAST:
            quarrel_broadcast(quarrel, number, effect);
            break;
        case LN_ONCHAIN_FORGET:
            quarrel_forget(quarrel, effect->txid);
            break;
        case LN_ONCHAIN_NEED_PAST:
            needs_past = !end->forgets_past;
            past = effect->number;
            break;
        case LN_ONCHAIN_CLOSED:
            end->close = effect->close;
            break;
        case LN_ONCHAIN_REOPENED:
            end->close = LN_CLOSE_NONE;
            break;
        case LN_ONCHAIN_PREIMAGE:
        case LN_ONCHAIN_FAILED:
        case LN_ONCHAIN_CLAIMED:
        case LN_ONCHAIN_LAPSED:
            hear(quarrel, end, effect);
            break;
        case LN_ONCHAIN_WATCH:
        case LN_ONCHAIN_WANT_COINS:
        case LN_ONCHAIN_RESOLVED:
            break;
        }
    }
    ln_onchain_effects_clear(effects);
    assert(quarrel->scratch.used == 0);
    if (needs_past) {
        struct ln_onchain_tools tools = tools_of(quarrel);
        enum ln_onchain_result result =
            ln_onchain_past(&end->onchain, &tools, btc_bytes(end->past[past], end->past_length[past]));
        assert(result == LN_ONCHAIN_OK);
        obey(quarrel, number);
    }
}

void quarrel_give_coins(struct quarrel *quarrel, unsigned number)
{
    struct quarrel_end *end = &quarrel->ends[number];
    struct ln_onchain_coin coins[QUARREL_COINS];
    uint32_t count = 0;
    for (uint32_t i = 0; i < end->coin_count && !end->without_coins; i++) {
        if (quarrel_is_free(quarrel, &end->coins[i].outpoint)) {
            coins[count++] = end->coins[i];
        }
    }
    ln_onchain_set_coins(&end->onchain, coins, count);
}

void quarrel_show(struct quarrel *quarrel, unsigned number)
{
    unsigned owner = number;
    struct ln_onchain_tools tools = tools_of(quarrel);
    const struct btc_tx *tx = quarrel_first_waiting(quarrel, &owner);
    enum ln_onchain_result result =
        ln_onchain_waits(&quarrel->ends[number].onchain, &tools, owner == number ? NULL : tx);
    assert(result == LN_ONCHAIN_OK);
    obey(quarrel, number);
}

static void resolve(struct quarrel *quarrel, unsigned number, struct ln_channel *channel, struct ln_pool *pool)
{
    struct quarrel_end *end = &quarrel->ends[number];
    struct ln_workshop shop = {&quarrel->backend, pool, &quarrel->scratch, &quarrel->effects};
    struct ln_onchain_tools tools = tools_of(quarrel);
    struct ln_onchain_setup setup = {.policy = quarrel->setup.policy,
                                     .rates = quarrel->setup.rates,
                                     .sweep_script = btc_bytes(end->script, sizeof end->script),
                                     .closing = btc_bytes(end->closing, end->closing_length),
                                     .height = quarrel_height(quarrel)};
    enum ln_onchain_result result =
        ln_onchain_init(&end->onchain, end->memory, QUARREL_SLOTS, &tools, &setup, channel, &shop);
    assert(result == LN_ONCHAIN_OK);
    end->resolves = true;
    end->start_sat = quarrel_wallet_sat(quarrel, number);
    quarrel_give_coins(quarrel, number);
    result = ln_onchain_start(&end->onchain, &tools);
    assert(result == LN_ONCHAIN_OK);
    obey(quarrel, number);
}

void quarrel_resolve(struct quarrel *quarrel, unsigned number)
{
    struct quarrel_end *end = &quarrel->ends[number];
    resolve(quarrel, number, &end->channel, &end->pool);
}

void quarrel_resolve_old(struct quarrel *quarrel, unsigned number, uint64_t state)
{
    struct quarrel_state *old = &quarrel->ends[number].states[state];
    assert(old->channel.local_number == state);
    resolve(quarrel, number, &old->channel, &old->pool);
}

void quarrel_learn(struct quarrel *quarrel, unsigned number, uint64_t id, unsigned n)
{
    uint8_t preimage[32];
    struct ln_onchain_tools tools = tools_of(quarrel);
    quarrel_preimage(preimage, n);
    enum ln_onchain_result result = ln_onchain_fulfill(&quarrel->ends[number].onchain, &tools, id, preimage);
    assert(result == LN_ONCHAIN_OK || result == LN_ONCHAIN_UNKNOWN); /* an old state may not have it */
    obey(quarrel, number);
}

void quarrel_rates(struct quarrel *quarrel, unsigned number, uint32_t relaxed, uint32_t normal, uint32_t urgent)
{
    ln_onchain_set_rates(&quarrel->ends[number].onchain, &(struct ln_onchain_rates){relaxed, normal, urgent});
}

/* ---- blocks, as the resolvers see them ---- */

void quarrel_connected(struct quarrel *quarrel, unsigned number, uint32_t height)
{
    const struct btc_block *block = &quarrel->regtest->blocks[height].block;
    const struct btc_tx *txs[QUARREL_WAITING];
    struct ln_onchain_tools tools = tools_of(quarrel);
    for (uint32_t i = 1; i < block->tx_count; i++) {
        txs[i - 1] = &block->txs[i];
    }
    enum ln_onchain_result result =
        ln_onchain_connect(&quarrel->ends[number].onchain, &tools, height, txs, block->tx_count - 1);
    assert(result == LN_ONCHAIN_OK);
    obey(quarrel, number);
}

void quarrel_disconnected(struct quarrel *quarrel, unsigned number, uint32_t height)
{
    struct quarrel_end *end = &quarrel->ends[number];
    struct ln_onchain_tools tools = tools_of(quarrel);
    enum ln_onchain_result result = ln_onchain_disconnect(&end->onchain, &tools, height);
    assert(result == LN_ONCHAIN_OK);
    if (end->stored_height > height) {
        end->stored_height = height;
    }
    obey(quarrel, number);
}

void quarrel_restart(struct quarrel *quarrel, unsigned number)
{
    struct quarrel_end *end = &quarrel->ends[number];
    struct ln_onchain_tools tools = tools_of(quarrel);
    memset(&end->onchain, 0xa5, sizeof end->onchain);
    memset(end->memory, 0xa5, sizeof end->memory);
    enum ln_onchain_result result =
        ln_onchain_read(&end->onchain, end->memory, QUARREL_SLOTS, &tools, btc_bytes(end->stored, end->stored_length));
    assert(result == LN_ONCHAIN_OK);
    uint32_t from = end->stored_height < end->onchain.height ? end->stored_height : end->onchain.height;
    quarrel_disconnected(quarrel, number, from);
    for (uint32_t height = from + 1; height <= quarrel_height(quarrel); height++) {
        quarrel_connected(quarrel, number, height);
    }
    quarrel_give_coins(quarrel, number);
    result = ln_onchain_start(&end->onchain, &tools);
    assert(result == LN_ONCHAIN_OK);
    obey(quarrel, number);
    quarrel->restarts++;
}
