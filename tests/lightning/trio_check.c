/* trio_check.c: what must be true of three honest nodes.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/trio_check.h"

#include <string.h>

/* HTLCs only go on, in the order of htlc_state.h's table, as long as the connection lasts. */
static void check_advance(struct trio_end *end)
{
    for (uint32_t i = end->channel.first_record; i != LN_RECORD_NONE; i = end->slots[i].next) {
        const struct ln_slot *slot = &end->slots[i];
        uint8_t *furthest = &end->states[ln_htlc_row(slot->state)->owner][slot->id % TRIO_PAYMENTS];
        CHECK(slot->state + 1 >= *furthest && slot->id < end->channel.next_id[ln_htlc_row(slot->state)->owner]);
        *furthest = (uint8_t)(slot->state + 1);
    }
}

/* Who has had the reserve that the other side asks for never goes below it. */
static void check_reserve(struct trio_end *end)
{
    uint64_t balance_msat[2];
    ln_look_balances(&end->channel, &end->shop, (struct ln_look){LN_US, LN_STEP_NONE}, balance_msat);
    for (unsigned side = LN_US; side <= LN_THEM; side++) {
        const struct ln_terms *other = ln_channel_terms(&end->channel, ln_other_side((enum ln_side)side));
        bool has = balance_msat[side] >= 1000 * other->reserve_sat;
        CHECK(has || !end->had_reserve[side]);
        end->had_reserve[side] = has;
    }
}

void trio_audit(struct trio *trio)
{
    static const struct ln_look looks[2] = {{LN_US, LN_RECEIVE_COMMIT}, {LN_THEM, LN_SEND_COMMIT}};
    for (unsigned at = 0; at < 8; at++) {
        struct trio_end *end = trio_end_at(trio, at / 4, at / 2 % 2);
        uint64_t balance_msat[2];
        ln_look_balances(&end->channel, &end->shop, looks[at % 2], balance_msat);
        uint64_t sum_msat = balance_msat[0] + balance_msat[1];
        for (uint32_t i = end->channel.first_record; i != LN_RECORD_NONE; i = end->slots[i].next) {
            sum_msat += ln_look_has(looks[at % 2], end->slots[i].state) ? end->slots[i].amount_msat : 0;
        }
        CHECK(sum_msat == 1000 * end->channel.funding_sat);
    }
    for (unsigned at = 0; at < 4; at++) {
        check_advance(trio_end_at(trio, at / 2, at % 2));
        check_reserve(trio_end_at(trio, at / 2, at % 2));
    }
    CHECK(trio->scratch.used == 0);
}

void trio_wealth(const struct trio *trio, uint64_t sum_msat[3])
{
    memset(sum_msat, 0, 3 * sizeof *sum_msat);
    for (unsigned at = 0; at < 4; at++) {
        sum_msat[trio_node_of(at / 2, at % 2)] += trio->ends[at / 2][at % 2].channel.settled_msat[LN_US];
    }
}

/* Everything has ended, everybody agrees how, and has what is due. */
void trio_check_end(struct trio *trio)
{
    int64_t expected[3];
    uint64_t now_msat[3];
    trio_wealth(trio, now_msat);
    for (unsigned i = 0; i < 3; i++) {
        expected[i] = (int64_t)trio->start_msat[i];
    }
    for (uint32_t p = 0; p < trio->payment_count; p++) {
        const struct trio_payment *what = &trio->payments[p];
        CHECK(what->outcome == TRIO_PAID || what->outcome == TRIO_UNPAID);
        bool paid = what->outcome == TRIO_PAID;
        trio->totals.paid += paid;
        trio->totals.unpaid += !paid;
        if (paid) {
            bool direct = what->payer == 1 || what->payee == 1;
            CHECK(what->decided && what->accepts);
            expected[what->payer] -= (int64_t)what->amount_msat;
            expected[what->payee] += (int64_t)what->amount_msat - (direct ? 0 : TRIO_FEE_MSAT);
            expected[1] += direct ? 0 : TRIO_FEE_MSAT;
        }
    }
    for (unsigned i = 0; i < 3; i++) {
        CHECK((int64_t)now_msat[i] == expected[i]);
    }
    for (unsigned at = 0; at < 4; at++) {
        struct trio_end *end = trio_end_at(trio, at / 2, at % 2);
        CHECK(end->pool.used == 0 && ln_channel_is_quiet(&end->channel, &end->shop));
        CHECK(end->asked == end->safe && end->held_begin == end->held_end);
    }
    for (unsigned link = 0; link < 2; link++) {
        const struct trio_end *ends = trio->ends[link];
        bool closed = ends[0].channel.stage == LN_STAGE_CLOSED;
        CHECK(ends[1].channel.stage == ends[0].channel.stage && (closed || ends[0].channel.stage == LN_STAGE_NORMAL));
        CHECK(closed == (ends[0].channel.shutdown.sent || ends[1].channel.shutdown.sent));
        CHECK(memcmp(ends[0].closing_txid, ends[1].closing_txid, 32) == 0);
        trio->totals.closed += closed;
    }
}

/* ---- revoked commitments ---- */

static void rebuild(struct trio *trio, const struct trio_end *end, const struct trio_end *other, uint64_t number)
{
    const struct trio_past *past = &end->past[number];
    struct ln_picture picture;
    uint8_t secret[32];
    CHECK(past->length > 0);
    CHECK(ln_secrets_get(&end->channel.their_secrets, secret, LN_SECRET_FIRST - number));
    CHECK(ln_past_build(&picture, &end->channel, &end->shop, btc_bytes(end->past_bytes + past->at, past->length),
                        secret) == LN_CHANNEL_OK);
    CHECK(memcmp(picture.commitment.txid, other->txids[number], 32) == 0);
    CHECK(ln_commitment_number(&picture.commitment.tx, end->channel.keyring.obscuring_factor) == number);
    trio->scratch.used = 0;
    trio->totals.rebuilt++;
}

void trio_check_past(struct trio *trio)
{
    for (unsigned at = 0; at < 4; at++) {
        const struct trio_end *end = trio_end_at(trio, at / 2, at % 2);
        bool whole = end->past_used + LN_PAST_BYTES_MAX < TRIO_PAST_BYTES;
        for (uint64_t n = 0; whole && n < end->channel.remote_number && n < TRIO_NUMBERS; n++) {
            rebuild(trio, end, trio_end_at(trio, at / 2, 1 - at % 2), n);
        }
    }
}

/* ---- snapshots that are too old ---- */

static bool wants_broadcast(const struct trio *trio)
{
    for (uint32_t i = 0; i < trio->effects.count; i++) {
        if (trio->effects.list[i].kind == LN_EFFECT_BROADCAST) {
            return true;
        }
    }
    return false;
}

/* Whatever it is told, it broadcasts nothing. */
static void provoke(struct trio *trio, struct trio_end *end)
{
    struct ln_message message = {.type = LN_ERROR};
    memcpy(message.complaint.channel_id, end->channel.id, 32);
    enum ln_channel_result results[3] = {ln_channel_fail(&end->channel, &end->shop, btc_bytes(NULL, 0)),
                                         ln_channel_receive(&end->channel, &end->shop, &message),
                                         ln_channel_block(&end->channel, &end->shop, LN_EXPIRY_BEHIND - 1, 1)};
    CHECK(results[0] != LN_CHANNEL_OK && !wants_broadcast(trio));
    CHECK(results[1] != LN_CHANNEL_OK || end->channel.stage >= LN_STAGE_CLOSED);
    ln_effects_clear(&trio->effects);
}

/* What an end says after a reconnection reaches the other. */
static void say(struct trio *trio, struct trio_end *from, struct trio_end *to)
{
    static uint8_t bytes[65536];
    struct ln_message message;
    ln_effects_clear(&trio->effects);
    ln_channel_reconnect(&from->channel, &from->shop);
    CHECK(trio->effects.count == 1 && trio->effects.list[0].kind == LN_EFFECT_MESSAGE);
    size_t length = trio->effects.list[0].bytes.length;
    memcpy(bytes, trio->effects.list[0].bytes.data, length);
    ln_effects_clear(&trio->effects);
    CHECK(ln_message_decode(&message, NULL, bytes, length) == LN_WIRE_OK);
    CHECK(ln_channel_receive(&to->channel, &to->shop, &message) == LN_CHANNEL_OK);
}

static void check_one_old(struct trio *trio, struct trio_end *end, struct trio_end *other,
                          const struct trio_snapshot *old)
{
    struct ln_channel now = end->channel;
    struct ln_channel others = other->channel;
    ln_pool_init(&end->pool, end->slots, TRIO_SLOTS);
    CHECK(ln_snapshot_read(&end->channel, &end->shop, btc_bytes(old->bytes, old->length), LN_SNAPSHOT_DOUBTFUL) ==
          LN_SNAPSHOT_OK);
    bool too_old = end->channel.local_number < now.local_number || end->channel.remote_number < now.remote_number;
    provoke(trio, end);
    ln_channel_disconnect(&other->channel, &other->shop);
    end->channel.connected = true;
    say(trio, other, end);
    CHECK(!wants_broadcast(trio) && (end->channel.stage == LN_STAGE_LOST) == too_old);
    ln_effects_clear(&trio->effects);
    if (too_old) {
        provoke(trio, end);
        say(trio, end, other); /* error: the other one closes, with a commitment that it has not revoked */
        CHECK(other->channel.stage == (others.stage == LN_STAGE_CLOSED ? LN_STAGE_CLOSED : LN_STAGE_FAILED));
        CHECK(other->channel.local_number == others.local_number);
    }
    trio->totals.found += too_old;
    trio->totals.resumed += !too_old;
    ln_effects_clear(&trio->effects);
    end->channel = now;
    other->channel = others;
    ln_pool_init(&end->pool, end->slots, TRIO_SLOTS);
}

void trio_check_old(struct trio *trio)
{
    for (unsigned at = 0; at < 4; at++) {
        struct trio_end *end = trio_end_at(trio, at / 2, at % 2);
        struct trio_end *other = trio_end_at(trio, at / 2, 1 - at % 2);
        for (uint32_t i = 0; i < end->old_count && i < TRIO_OLD; i++) {
            check_one_old(trio, end, other, &end->old[i]);
        }
    }
}
