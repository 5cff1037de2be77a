/* trio_end.c: the ends of three nodes' channels: what they send, keep, and lose.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/trio_end.h"

#include <string.h>

#include "protocol/bitcoin/hash.h"

#define SNAPSHOTS        (TRIO_UNSAFE + 1)
#define SECOND_STAGES_OF 8 /* each eighth commitment's second stages are built and judged */

void trio_preimage(uint8_t preimage[32], uint32_t payment)
{
    memset(preimage, 0x5a, 32);
    memcpy(preimage, &payment, 4);
}

uint32_t trio_payment_of(const struct trio *trio, const uint8_t hash[32])
{
    uint32_t i = 0;
    while (i < trio->payment_count && memcmp(trio->payments[i].hash, hash, 32) != 0) {
        i++;
    }
    CHECK(i < trio->payment_count);
    return i;
}

/* ---- what leaves ---- */

static void push(struct trio *trio, struct trio_queue *queue, struct btc_bytes bytes, unsigned from)
{
    uint32_t length = (uint32_t)bytes.length;
    uint8_t fold[66];
    CHECK(queue->tail + 4 + length <= TRIO_QUEUE_BYTES);
    memcpy(queue->bytes + queue->tail, &length, 4);
    memcpy(queue->bytes + queue->tail + 4, bytes.data, length);
    queue->tail += 4 + length;
    queue->count++;
    memcpy(fold, trio->transcript, 32);
    fold[32] = (uint8_t)from;
    fold[33] = (uint8_t)length;
    memcpy(fold + 34, bytes.data, 2);
    memcpy(fold + 36, &length, 4);
    btc_sha256(trio->transcript, fold, 40);
}

static uint16_t type_of(struct btc_bytes bytes)
{
    return (uint16_t)(bytes.data[0] << 8 | bytes.data[1]);
}

/* A secret that leaves is the next one, or the last one again, and belongs to a commitment before our newest. */
static void watch(struct trio_end *end, struct btc_bytes bytes)
{
    uint8_t secret[32];
    for (uint64_t number = end->revealed; type_of(bytes) == LN_REVOKE_AND_ACK; number--) {
        struct ln_channel copy = end->channel;
        ln_keyring_secret(&copy.keyring, secret, number);
        if (memcmp(secret, bytes.data + 34, 32) == 0) {
            CHECK(number < copy.local_number);
            end->revealed = number + 1 > end->revealed ? number + 1 : end->revealed;
            break;
        }
        CHECK(number > 0 && number + 1 >= end->revealed);
    }
}

static void keep_closing(struct trio *trio, struct trio_end *end, struct btc_bytes bytes)
{
    static const uint8_t none[32] = {0};
    uint8_t hash[32];
    CHECK(end->channel.stage == LN_STAGE_CLOSED); /* an honest node broadcasts nothing else */
    court_judge_bytes(&trio->court, &end->channel, bytes);
    static _Alignas(16) uint8_t memory[4096];
    struct btc_arena arena;
    struct btc_tx tx;
    btc_arena_init(&arena, memory, sizeof memory);
    CHECK(btc_tx_parse(&tx, &arena, bytes) == BTC_TX_OK);
    btc_txid(hash, &tx);
    CHECK(memcmp(end->closing_txid, none, 32) == 0 || memcmp(end->closing_txid, hash, 32) == 0);
    memcpy(end->closing_txid, hash, 32);
}

/* ---- what waits ---- */

static struct trio_held *held_at(struct trio_end *end, uint64_t number)
{
    return &end->held[number % TRIO_HELD];
}

static void hold(struct trio_end *end, const struct ln_effect *effect)
{
    CHECK(end->held_end - end->held_begin < TRIO_HELD);
    if (end->held_begin == end->held_end) {
        end->held_used = 0;
    }
    uint32_t length = effect->kind == LN_EFFECT_EVENT ? 0 : (uint32_t)effect->bytes.length;
    CHECK(end->held_used + length <= sizeof end->held_bytes);
    struct trio_held *held = held_at(end, end->held_end++);
    *held = (struct trio_held){.needs = end->asked, .effect = *effect, .at = end->held_used, .length = length};
    if (length > 0) {
        memcpy(end->held_bytes + held->at, effect->bytes.data, length);
    }
    end->held_used += length;
}

bool trio_waits(const struct trio_end *end, const uint8_t payment_hash[32])
{
    for (uint64_t i = end->held_begin; i < end->held_end; i++) {
        const struct ln_effect *effect = &end->held[i % TRIO_HELD].effect;
        if (effect->kind == LN_EFFECT_EVENT && effect->event.owner == LN_US &&
            memcmp(effect->event.payment_hash, payment_hash, 32) == 0) {
            return true;
        }
    }
    return false;
}

/* Carries out all that waits for nothing any more. What an event causes may wait in its turn. */
static void release(struct trio *trio, unsigned link, unsigned side, trio_hear *hear)
{
    struct trio_end *end = trio_end_at(trio, link, side);
    while (end->held_begin < end->held_end && held_at(end, end->held_begin)->needs <= end->safe) {
        struct trio_held held = *held_at(end, end->held_begin++);
        struct btc_bytes bytes = btc_bytes(end->held_bytes + held.at, held.length);
        switch (held.effect.kind) {
        case LN_EFFECT_PERSIST:
            break;
        case LN_EFFECT_MESSAGE:
            watch(end, bytes);
            push(trio, &end->out, bytes, 2 * link + side);
            break;
        case LN_EFFECT_BROADCAST:
            keep_closing(trio, end, bytes);
            break;
        case LN_EFFECT_EVENT:
            hear(trio, link, side, &held.effect);
            break;
        }
    }
}

/* ---- what is persisted ---- */

static struct trio_snapshot *snapshot_of(struct trio_end *end, uint64_t number)
{
    return &end->snapshots[number % SNAPSHOTS];
}

/* Some of those that will be too old are kept for the end of the run. */
static void keep_old(struct trio_end *end)
{
    if (end->asked % 37 == 0) {
        end->old[end->old_count % TRIO_OLD] = *snapshot_of(end, end->asked);
        end->old_count++;
    }
}

static void keep_record(struct trio_end *end, struct btc_bytes record)
{
    struct ln_past past;
    CHECK(ln_past_read(&past, record));
    if (past.number < TRIO_NUMBERS && end->past_used + record.length <= TRIO_PAST_BYTES) {
        CHECK(end->past[past.number].length == 0 || end->past[past.number].number_asked > end->safe);
        end->past[past.number] = (struct trio_past){end->asked, end->past_used, (uint32_t)record.length};
        memcpy(end->past_bytes + end->past_used, record.data, record.length);
        end->past_used += (uint32_t)record.length;
    }
}

static void persist(struct trio *trio, struct trio_end *end, const struct ln_effect *effect)
{
    if (end->asked - end->safe == TRIO_UNSAFE) {
        end->safe++; /* the disk is not that slow; what waited for it is released behind this call */
    }
    end->asked++;
    struct trio_snapshot *snapshot = snapshot_of(end, end->asked);
    snapshot->number = end->asked;
    CHECK(ln_snapshot_write(snapshot->bytes, sizeof snapshot->bytes, &snapshot->length, &end->channel, &end->shop) ==
          LN_SNAPSHOT_OK);
    if (effect->bytes.length > 0) {
        keep_record(end, effect->bytes);
    }
    keep_old(end);
    end->safe = trio->late ? end->safe : end->asked;
}

void trio_take(struct trio *trio, unsigned link, unsigned side, trio_hear *hear)
{
    struct trio_end *end = trio_end_at(trio, link, side);
    bool dead = false;
    uint64_t asked = end->asked;
    for (uint32_t i = 0; i < trio->effects.count && !dead; i++) {
        const struct ln_effect *effect = &trio->effects.list[i];
        if (effect->kind == LN_EFFECT_PERSIST) {
            dead = trio->doomed[trio_node_of(link, side)];
            if (!dead) {
                persist(trio, end, effect);
            }
        } else {
            hold(end, effect);
        }
    }
    ln_effects_clear(&trio->effects);
    if (dead) {
        trio_crash(trio, trio_node_of(link, side), 0, hear);
        return;
    }
    for (uint64_t number = asked + 1; number <= end->asked; number++) {
        snapshot_of(end, number)->held_end = end->held_end;
    }
    release(trio, link, side, hear);
}

void trio_make_safe(struct trio *trio, unsigned link, unsigned side, uint64_t count, trio_hear *hear)
{
    struct trio_end *end = trio_end_at(trio, link, side);
    uint64_t left = end->asked - end->safe;
    end->safe += count < left ? count : left;
    release(trio, link, side, hear);
}

/* ---- crashes ---- */

/* Messages that waited when the connection was lost: there is nobody to send them to. */
static void drop_messages(struct trio_end *end)
{
    uint64_t to = end->held_begin;
    end->held_used = 0;
    for (uint64_t from = end->held_begin; from < end->held_end; from++) {
        struct trio_held *held = held_at(end, from);
        if (held->effect.kind != LN_EFFECT_MESSAGE) {
            uint32_t end_at = held->at + held->length;
            end->held_used = end_at > end->held_used ? end_at : end->held_used;
            *held_at(end, to++) = *held;
        }
    }
    end->held_end = to;
}

/* Of what waited, the events that were kept with the snapshot are still to be heard; messages are gone. */
static void forget_held(struct trio_end *end, uint64_t held_end)
{
    uint64_t to = end->held_begin;
    uint64_t all = end->held_end < held_end ? end->held_end : held_end;
    for (uint64_t from = end->held_begin; from < all; from++) {
        if (held_at(end, from)->effect.kind == LN_EFFECT_EVENT) {
            *held_at(end, to) = *held_at(end, from);
            held_at(end, to)->needs = 0;
            to++;
        }
    }
    end->held_end = to;
}

static void restore(struct trio *trio, struct trio_end *end, unsigned pick)
{
    uint64_t number = end->safe + pick % (end->asked - end->safe + 1);
    const struct trio_snapshot *snapshot = snapshot_of(end, number);
    CHECK(snapshot->number == number);
    trio->totals.stale += number != end->asked;
    ln_pool_init(&end->pool, end->slots, TRIO_SLOTS);
    CHECK(ln_snapshot_read(&end->channel, &end->shop, btc_bytes(snapshot->bytes, snapshot->length),
                           LN_SNAPSHOT_LATEST) == LN_SNAPSHOT_OK);
    ln_effects_clear(&trio->effects); /* live HTLCs are looked at again when the link is up */
    CHECK(end->channel.local_number >= end->revealed);
    forget_held(end, snapshot->held_end);
    for (uint32_t i = 0; i < TRIO_NUMBERS; i++) {
        if (end->past[i].number_asked > number) {
            end->past[i].length = 0;
        }
    }
    end->asked = end->safe = number;
    memset(end->states, 0, sizeof end->states);
    memset(end->had_reserve, 0, sizeof end->had_reserve);
}

void trio_crash(struct trio *trio, unsigned node, unsigned pick, trio_hear *hear)
{
    trio->doomed[node] = false;
    trio->totals.crashes++;
    for (unsigned at = 0; at < 4; at++) {
        if (trio_node_of(at / 2, at % 2) == node) {
            trio_cut(trio, at / 2);
            restore(trio, trio_end_at(trio, at / 2, at % 2), pick);
        }
    }
    for (unsigned at = 0; at < 4; at++) {
        if (trio_node_of(at / 2, at % 2) == node) {
            release(trio, at / 2, at % 2, hear);
        }
    }
}

/* ---- links ---- */

void trio_cut(struct trio *trio, unsigned link)
{
    for (unsigned side = 0; side < 2 && trio->joined[link]; side++) {
        struct trio_end *end = trio_end_at(trio, link, side);
        end->out.head = end->out.tail = end->out.count = 0;
        ln_channel_disconnect(&end->channel, &end->shop);
        memset(end->states, 0, sizeof end->states);
        drop_messages(end);
    }
    trio->joined[link] = false;
}

void trio_join(struct trio *trio, unsigned link, trio_hear *hear)
{
    if (trio->joined[link]) {
        return;
    }
    trio->joined[link] = true;
    for (unsigned side = 0; side < 2; side++) {
        struct trio_end *end = trio_end_at(trio, link, side);
        ln_channel_reconnect(&end->channel, &end->shop);
        trio_take(trio, link, side, hear);
    }
}

static void find_preimage(void *context, uint8_t preimage[32], const struct ln_htlc *htlc)
{
    trio_preimage(preimage, trio_payment_of(context, htlc->payment_hash));
}

/* An end has got a commitment that it could broadcast: what is it, and is it good? */
static void judge(struct trio *trio, struct trio_end *end)
{
    struct court_case what = {.court = &trio->court, .shop = &end->shop, .preimage = find_preimage, .context = trio};
    uint64_t number = end->channel.local_number;
    what.last_txid = number < TRIO_NUMBERS ? end->txids[number] : NULL;
    what.only_commitment = number % SECOND_STAGES_OF != 0;
    court_judge_end(&what, &end->channel);
}

bool trio_deliver(struct trio *trio, unsigned link, unsigned side, trio_hear *hear)
{
    struct trio_end *from = trio_end_at(trio, link, side);
    struct trio_end *to = trio_end_at(trio, link, 1 - side);
    struct ln_message message;
    static uint8_t bytes[65536];
    uint32_t length;
    if (from->out.count == 0) {
        return false;
    }
    memcpy(&length, from->out.bytes + from->out.head, 4);
    memcpy(bytes, from->out.bytes + from->out.head + 4, length);
    from->out.head += 4 + length;
    from->out.count--;
    if (from->out.count == 0) {
        from->out.head = from->out.tail = 0;
    }
    CHECK(ln_message_decode(&message, NULL, bytes, length) == LN_WIRE_OK);
    enum ln_channel_result result = ln_channel_receive(&to->channel, &to->shop, &message);
    if (result != LN_CHANNEL_OK) {
        fprintf(stderr, "%s refused: %s\n", ln_message_name(message.type), ln_channel_result_text(result));
        abort();
    }
    if (message.type == LN_COMMITMENT_SIGNED || message.type == LN_FUNDING_CREATED ||
        message.type == LN_FUNDING_SIGNED) {
        judge(trio, to);
    }
    trio->totals.delivered++;
    trio_take(trio, link, 1 - side, hear);
    return true;
}
