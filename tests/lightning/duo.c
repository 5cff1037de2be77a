/* duo.c: two ends of a channel, two queues between them.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/duo.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"

/* ---- making ---- */

struct ln_channel_policy duo_policy(const struct duo_setup *setup, unsigned end)
{
    struct ln_channel_policy policy = {.terms = {.dust_limit_sat = end == 0 ? 546 : 354,
                                                 .max_in_flight_msat = setup->funding_sat * 900,
                                                 .reserve_sat = setup->funding_sat / 100,
                                                 .htlc_minimum_msat = 1,
                                                 .to_self_delay_blocks = end == 0 ? 144 : 720,
                                                 .max_accepted_htlcs = LN_HTLCS_MAX},
                                       .flags = setup->flags,
                                       .shutdown_length = 22,
                                       .max_to_self_delay_blocks = 2016,
                                       .minimum_depth_blocks = setup->flags & LN_CHANNEL_ZERO_CONF ? 0 : 3,
                                       .feerate_min_sat_per_kwu = 253,
                                       .feerate_max_sat_per_kwu = 50000,
                                       .closing_feerate_sat_per_kwu = 1000,
                                       .fulfill_deadline_blocks = 6,
                                       .timeout_grace_blocks = 3,
                                       .max_dust_exposure_msat = setup->funding_sat * 200,
                                       .funding_min_sat = 10000,
                                       .alias = 0x1234560000010000u + end};
    if (policy.terms.reserve_sat < 546) {
        policy.terms.reserve_sat = 546;
    }
    memset(policy.chain_hash, 0x43, 32);
    policy.shutdown_script[0] = 0;
    policy.shutdown_script[1] = 20;
    memset(policy.shutdown_script + 2, 0x50 + (int)end, 20);
    return policy;
}

void duo_begin(struct duo *duo, const struct duo_setup *setup)
{
    static _Alignas(16) uint8_t memo_memory[1 << 20];
    memset(duo, 0, offsetof(struct duo, effects));
    btc_curve_init(&duo->curve);
    duo->backend = (struct ln_backend){.kind = setup->backend, .curve = &duo->curve};
    if (setup->backend == LN_BACKEND_MEMO || setup->share) {
        assert(ln_memo_bytes(64, 4096) <= sizeof memo_memory);
        ln_memo_init(&duo->memo, memo_memory, 64, 4096);
        duo->backend.memo = &duo->memo;
    }
    ln_effects_init(&duo->effects, duo->list, sizeof duo->list / sizeof *duo->list, duo->effect_memory,
                    sizeof duo->effect_memory);
    btc_arena_init(&duo->scratch, duo->scratch_memory, sizeof duo->scratch_memory);
    duo->event_count = 0;
    duo->interpreted = duo->delivered = 0;
    court_open(&duo->court, setup->backend == LN_BACKEND_TOKEN ? ln_token_judge : NULL);
    memset(duo->transcript, 0, 32);
    for (unsigned end = 0; end < 2; end++) {
        struct duo_end *at = &duo->ends[end];
        struct ln_channel_policy policy = duo_policy(setup, end);
        uint8_t seed[32];
        memset(seed, 0x21 + (int)end, 32);
        ln_pool_init(&at->pool, at->slots, setup->slots);
        at->shop = (struct ln_workshop){&duo->backend, &at->pool, &duo->scratch, &duo->effects};
        bool made = ln_channel_init(&at->channel, &at->shop, &policy, seed);
        assert(made);
    }
}

void duo_init(struct duo *duo, const struct duo_setup *setup)
{
    struct ln_opening opening = {.funding_sat = setup->funding_sat,
                                 .push_msat = setup->push_msat,
                                 .feerate_sat_per_kwu = setup->feerate_sat_per_kwu};
    struct btc_outpoint outpoint = {.index = 1};
    duo_begin(duo, setup);
    memset(opening.temporary_id, 7, 32);
    memset(outpoint.txid, 0xf0, 32);
    struct duo_end *opener = &duo->ends[0];
    enum ln_channel_result result = ln_establish_open(&opener->channel, &opener->shop, &opening);
    assert(result == LN_CHANNEL_OK);
    duo_take(duo, 0);
    duo_deliver(duo, 0);
    duo_deliver(duo, 1);
    assert(duo_count(duo, 0, LN_EVENT_FUND) == 1);
    result = ln_establish_fund(&opener->channel, &opener->shop, &outpoint);
    assert(result == LN_CHANNEL_OK);
    duo_take(duo, 0);
    duo_settle(duo);
    for (unsigned end = 0; end < 2; end++) {
        result = ln_channel_block(&duo->ends[end].channel, &duo->ends[end].shop, 102, 100);
        assert(result == LN_CHANNEL_OK);
        duo_take(duo, end);
    }
    duo_settle(duo);
    assert(duo->ends[0].channel.stage == LN_STAGE_NORMAL && duo->ends[1].channel.stage == LN_STAGE_NORMAL);
}

/* ---- carrying ---- */

static void push(struct duo_queue *queue, struct btc_bytes bytes)
{
    uint32_t length = (uint32_t)bytes.length;
    assert(queue->tail + 4 + length <= DUO_QUEUE_BYTES);
    memcpy(queue->bytes + queue->tail, &length, 4);
    memcpy(queue->bytes + queue->tail + 4, bytes.data, length);
    queue->tail += 4 + length;
    queue->count++;
}

static void blank(struct duo *duo, struct ln_message *message)
{
    bool tokens = duo->masked == DUO_NO_TOKENS;
    switch (message->type) {
    case LN_OPEN_CHANNEL:
    case LN_ACCEPT_CHANNEL:
        memset(message->channel.first_per_commitment_point, 2, tokens ? 33 : 0);
        break;
    case LN_FUNDING_CREATED:
        memset(message->funding_created.signature, 0, 64);
        break;
    case LN_FUNDING_SIGNED:
        memset(message->funding_signed.signature, 0, 64);
        break;
    case LN_CHANNEL_READY:
        memset(message->channel_ready.second_per_commitment_point, 2, tokens ? 33 : 0);
        break;
    case LN_COMMITMENT_SIGNED:
        memset(message->commitment_signed.signature, 0, 64);
        memset((void *)(uintptr_t)message->commitment_signed.htlc_signatures.data, 0,
               message->commitment_signed.htlc_signatures.length);
        break;
    case LN_REVOKE_AND_ACK:
        memset(message->revoke_and_ack.next_per_commitment_point, 2, tokens ? 33 : 0);
        break;
    case LN_CLOSING_SIGNED:
        memset(message->closing_signed.signature, 0, 64);
        break;
    case LN_CHANNEL_REESTABLISH:
        memset(message->reestablish.my_current_per_commitment_point, 2, tokens ? 33 : 0);
        break;
    }
}

/* Folds a message into the transcript, without what back ends may differ in. */
static void note(struct duo *duo, unsigned from, struct btc_bytes bytes)
{
    static uint8_t copy[65536 + 64];
    struct ln_message message;
    size_t length = bytes.length;
    copy[32] = (uint8_t)from;
    memcpy(copy + 33, bytes.data, length);
    if (duo->masked != DUO_ALL_BYTES) {
        static uint8_t work[65536];
        memcpy(work, bytes.data, length);
        enum ln_wire wire = ln_message_decode(&message, NULL, work, length);
        assert(wire == LN_WIRE_OK);
        blank(duo, &message);
        wire = ln_message_encode(copy + 33, 65536, &length, &message);
        assert(wire == LN_WIRE_OK && length == bytes.length);
    }
    memcpy(copy, duo->transcript, 32);
    btc_sha256(duo->transcript, copy, 33 + length);
}

void duo_take(struct duo *duo, unsigned end)
{
    struct ln_effects *effects = &duo->effects;
    for (uint32_t i = 0; i < effects->count; i++) {
        const struct ln_effect *effect = &effects->list[i];
        if (effect->kind == LN_EFFECT_MESSAGE) {
            push(&duo->ends[end].out, effect->bytes);
            note(duo, end, effect->bytes);
        } else if (effect->kind == LN_EFFECT_BROADCAST) {
            duo->ends[end].transactions++;
            assert(effect->bytes.length <= sizeof duo->last_tx[end]);
            memcpy(duo->last_tx[end], effect->bytes.data, effect->bytes.length);
            duo->last_tx_length[end] = effect->bytes.length;
            court_judge_bytes(&duo->court, &duo->ends[end].channel, effect->bytes);
            duo->interpreted++;
        } else if (effect->kind == LN_EFFECT_EVENT && duo->event_count < DUO_EVENTS) {
            duo->events[duo->event_count++] =
                (struct duo_event){(uint8_t)end, effect->event.kind, effect->event.owner, effect->event.id};
        }
    }
    ln_effects_clear(effects);
}

static bool brings_commitment(uint16_t type)
{
    return type == LN_COMMITMENT_SIGNED || type == LN_FUNDING_CREATED || type == LN_FUNDING_SIGNED;
}

enum ln_channel_result duo_try(struct duo *duo, unsigned from)
{
    struct duo_queue *queue = &duo->ends[from].out;
    struct duo_end *to = &duo->ends[1 - from];
    struct ln_message message;
    uint32_t length;
    assert(queue->count > 0);
    memcpy(&length, queue->bytes + queue->head, 4);
    enum ln_wire wire = ln_message_decode(&message, NULL, queue->bytes + queue->head + 4, length);
    assert(wire == LN_WIRE_OK);
    enum ln_channel_result result = ln_channel_receive(&to->channel, &to->shop, &message);
    queue->head += 4 + length;
    queue->count--;
    if (queue->count == 0) {
        queue->head = queue->tail = 0;
    }
    assert(duo->scratch.used == 0);
    duo->delivered++;
    duo_take(duo, 1 - from);
    if (result == LN_CHANNEL_OK && brings_commitment(message.type)) {
        duo_interpret(duo, 1 - from);
    }
    return result;
}

bool duo_deliver(struct duo *duo, unsigned from)
{
    if (duo->ends[from].out.count == 0) {
        return false;
    }
    enum ln_channel_result result = duo_try(duo, from);
    if (result != LN_CHANNEL_OK) {
        abort();
    }
    return true;
}

void duo_tick(struct duo *duo, unsigned end)
{
    enum ln_channel_result result = ln_channel_tick(&duo->ends[end].channel, &duo->ends[end].shop);
    assert(result == LN_CHANNEL_OK);
    duo_take(duo, end);
}

void duo_settle(struct duo *duo)
{
    bool moved = true;
    while (moved) {
        duo_tick(duo, 0);
        duo_tick(duo, 1);
        moved = false;
        while (duo_deliver(duo, 0) || duo_deliver(duo, 1)) {
            moved = true;
        }
    }
}

void duo_disconnect(struct duo *duo)
{
    for (unsigned end = 0; end < 2; end++) {
        struct duo_end *at = &duo->ends[end];
        at->out.head = at->out.tail = at->out.count = 0;
        ln_channel_disconnect(&at->channel, &at->shop);
    }
}

void duo_reconnect(struct duo *duo)
{
    for (unsigned end = 0; end < 2; end++) {
        ln_channel_reconnect(&duo->ends[end].channel, &duo->ends[end].shop);
        duo_take(duo, end);
    }
}

/* ---- commands ---- */

enum ln_channel_result duo_add(struct duo *duo, unsigned end, uint64_t amount_msat, unsigned preimage)
{
    uint8_t secret[32];
    uint8_t hash[32];
    uint8_t onion[LN_ONION_BYTES];
    uint64_t id;
    memset(secret, (int)preimage, 32);
    btc_sha256(hash, secret, 32);
    memset(onion, (int)preimage, sizeof onion);
    struct ln_add add = {
        .amount_msat = amount_msat, .cltv_expiry_height = 500 + preimage, .payment_hash = hash, .onion = onion};
    enum ln_channel_result result = ln_channel_add(&duo->ends[end].channel, &duo->ends[end].shop, &id, &add);
    duo_take(duo, end);
    return result;
}

void duo_fulfill(struct duo *duo, unsigned end, uint64_t id, unsigned preimage)
{
    uint8_t secret[32];
    memset(secret, (int)preimage, 32);
    enum ln_channel_result result =
        ln_channel_fulfill(&duo->ends[end].channel, &duo->ends[end].shop, id, secret, btc_bytes(NULL, 0));
    assert(result == LN_CHANNEL_OK);
    duo_take(duo, end);
}

void duo_fail(struct duo *duo, unsigned end, uint64_t id)
{
    static const uint8_t reason[292] = {1, 2, 3};
    enum ln_channel_result result = ln_channel_fail_htlc(&duo->ends[end].channel, &duo->ends[end].shop, id,
                                                         btc_bytes(reason, sizeof reason), btc_bytes(NULL, 0));
    assert(result == LN_CHANNEL_OK);
    duo_take(duo, end);
}

/* ---- checking ---- */

static void check_sums(const struct duo *duo, unsigned end)
{
    const struct duo_end *at = &duo->ends[end];
    static const struct ln_look looks[4] = {
        {LN_US, LN_STEP_NONE}, {LN_THEM, LN_STEP_NONE}, {LN_US, LN_RECEIVE_COMMIT}, {LN_THEM, LN_SEND_COMMIT}};
    for (unsigned i = 0; i < 4; i++) {
        uint64_t balance_msat[2];
        ln_look_balances(&at->channel, &at->shop, looks[i], balance_msat);
        uint64_t sum_msat = balance_msat[0] + balance_msat[1];
        for (uint32_t n = at->channel.first_record; n != LN_RECORD_NONE; n = at->slots[n].next) {
            sum_msat += ln_look_has(looks[i], at->slots[n].state) ? at->slots[n].amount_msat : 0;
        }
        assert(sum_msat == 1000 * at->channel.funding_sat);
    }
}

static void same_commitment(struct duo *duo, unsigned owner)
{
    static uint8_t bytes[2][1 << 20];
    struct ln_picture picture[2];
    size_t length[2];
    for (unsigned i = 0; i < 2; i++) {
        struct duo_end *at = &duo->ends[i == 0 ? owner : 1 - owner];
        struct ln_look look = {i == 0 ? LN_US : LN_THEM, LN_STEP_NONE};
        const struct ln_point *point = &duo->ends[1 - owner].channel.their_point;
        uint64_t number = i == 0 ? at->channel.local_number : at->channel.remote_number;
        enum ln_channel_result result = ln_picture_build(&picture[i], &at->channel, &at->shop, look, point, number);
        struct btc_writer writer;
        assert(result == LN_CHANNEL_OK);
        btc_writer_init(&writer, bytes[i], sizeof bytes[i]);
        btc_tx_write(&writer, &picture[i].commitment.tx, BTC_TX_BASE);
        length[i] = writer.length;
    }
    assert(length[0] == length[1] && memcmp(bytes[0], bytes[1], length[0]) == 0);
    duo->scratch.used = 0;
}

void duo_audit(struct duo *duo)
{
    check_sums(duo, 0);
    check_sums(duo, 1);
    if (ln_channel_is_quiet(&duo->ends[0].channel, &duo->ends[0].shop) &&
        ln_channel_is_quiet(&duo->ends[1].channel, &duo->ends[1].shop) && duo->ends[0].out.count == 0 &&
        duo->ends[1].out.count == 0) {
        same_commitment(duo, 0);
        same_commitment(duo, 1);
    }
}

/* Preimage n is 32 bytes of n, the expiry tells n. */
static void find_preimage(void *context, uint8_t preimage[32], const struct ln_htlc *htlc)
{
    (void)context;
    memset(preimage, (int)(htlc->cltv_expiry_height - 500), 32);
}

static struct court_case case_of(struct duo *duo, unsigned end)
{
    return (struct court_case){.court = &duo->court, .shop = &duo->ends[end].shop, .preimage = find_preimage};
}

void duo_interpret(struct duo *duo, unsigned end)
{
    struct court_case what = case_of(duo, end);
    duo->interpreted += court_judge_end(&what, &duo->ends[end].channel);
}

unsigned duo_flip(struct duo *duo, unsigned end)
{
    struct court_case what = case_of(duo, end);
    return court_flip_end(&what, &duo->ends[end].channel);
}

unsigned duo_count(const struct duo *duo, unsigned end, enum ln_event_kind kind)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < duo->event_count; i++) {
        count += duo->events[i].end == end && duo->events[i].kind == kind;
    }
    return count;
}
