/* channel_commit.c: committing updates and revoking what was before.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/channel_commit.h"

#include <assert.h>
#include <string.h>

#include "protocol/lightning/past.h"

static bool waits_for(const struct ln_channel *channel, const struct ln_workshop *shop, enum ln_step step)
{
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE; i = ln_record_of(shop, i)->next) {
        if (ln_htlc_row(ln_record_of(shop, i)->state)->step == step) {
            return true;
        }
    }
    return ln_fee_waits_for(&channel->fees, step);
}

bool ln_channel_wants_commit(const struct ln_channel *channel, const struct ln_workshop *shop)
{
    return waits_for(channel, shop, LN_SEND_COMMIT);
}

bool ln_channel_is_quiet(const struct ln_channel *channel, const struct ln_workshop *shop)
{
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE; i = ln_record_of(shop, i)->next) {
        if (ln_htlc_row(ln_record_of(shop, i)->state)->phase != LN_LIVE) {
            return false;
        }
    }
    for (unsigned phase = LN_ADD; phase < LN_LIVE; phase++) {
        if (channel->fees.rate_sat_per_kwu[phase] != 0) {
            return false;
        }
    }
    return !channel->awaiting_revoke;
}

/* ---- steps ---- */

static void tell_gone(struct ln_channel *channel, const struct ln_workshop *shop, const struct ln_slot *record)
{
    enum ln_side owner = (enum ln_side)ln_htlc_row(record->state)->owner;
    if (record->outcome == LN_OUTCOME_FULFILLED) {
        channel->settled_msat[owner] -= record->amount_msat;
        channel->settled_msat[ln_other_side(owner)] += record->amount_msat;
    }
    bool failed = owner == LN_US && record->outcome != LN_OUTCOME_FULFILLED;
    ln_channel_htlc_event(shop, failed ? LN_EVENT_FAILED : LN_EVENT_SETTLED, record);
}

/* Moves all records and feerates on, tells what became live or has gone. */
static void take_step(struct ln_channel *channel, const struct ln_workshop *shop, enum ln_step step)
{
    bool gone = false;
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE; i = ln_record_of(shop, i)->next) {
        struct ln_slot *record = ln_record_of(shop, i);
        uint8_t before = record->state;
        record->state = ln_htlc_state_after(before, step);
        if (record->state == before) {
            continue;
        }
        if (record->state == ln_htlc_state(LN_THEM, LN_LIVE)) {
            bool exposed = record->flags & LN_RECORD_EXPOSED;
            ln_channel_htlc_event(shop, exposed ? LN_EVENT_HTLC_EXPOSED : LN_EVENT_HTLC, record);
        }
        if (ln_htlc_row(record->state)->phase == LN_GONE) {
            tell_gone(channel, shop, record);
            gone = true;
        }
    }
    if (gone) {
        ln_channel_sweep(channel, shop, ln_htlc_state(LN_US, LN_GONE));
        ln_channel_sweep(channel, shop, ln_htlc_state(LN_THEM, LN_GONE));
    }
    ln_fee_step(&channel->fees, step);
}

/* ---- commitment_signed ---- */

static void send_commit(const struct ln_channel *channel, const struct ln_workshop *shop, const uint8_t signature[64],
                        struct btc_bytes htlc_signatures)
{
    struct ln_message message = {.type = LN_COMMITMENT_SIGNED};
    memcpy(message.commitment_signed.channel_id, channel->id, 32);
    memcpy(message.commitment_signed.signature, signature, 64);
    message.commitment_signed.htlc_signatures = htlc_signatures;
    ln_effects_message(shop->effects, &message);
}

enum ln_channel_result ln_channel_commit(struct ln_channel *channel, const struct ln_workshop *shop)
{
    struct ln_picture picture;
    uint8_t signature[64];
    struct btc_bytes htlc_signatures;
    struct ln_look look = {LN_THEM, LN_SEND_COMMIT};
    size_t scratch = shop->scratch->used;
    if (!ln_channel_is_live(channel)) {
        return channel->stage == LN_STAGE_NORMAL ? LN_CHANNEL_OFFLINE : LN_CHANNEL_STAGE;
    }
    if (!ln_channel_wants_commit(channel, shop)) {
        return LN_CHANNEL_NOTHING;
    }
    if (channel->awaiting_revoke) {
        return LN_CHANNEL_WAIT;
    }
    enum ln_channel_result result =
        ln_picture_sketch(&picture, channel, shop, look, &channel->their_next, channel->remote_number + 1);
    if (result == LN_CHANNEL_OK) {
        result = ln_picture_sign(&picture, channel, shop, signature, &htlc_signatures);
    }
    if (result == LN_CHANNEL_OK) {
        struct btc_bytes record = ln_past_write(&shop->effects->arena, &picture.view);
        assert(record.length > 0);
        channel->remote_number++;
        channel->awaiting_revoke = true;
        channel->revoke_was_last = false;
        ln_channel_persist_with(channel, shop, record);
        send_commit(channel, shop, signature, htlc_signatures);
        take_step(channel, shop, LN_SEND_COMMIT);
    }
    shop->scratch->used = scratch;
    return result;
}

enum ln_channel_result ln_channel_resend_commit(const struct ln_channel *channel, const struct ln_workshop *shop)
{
    struct ln_picture picture;
    uint8_t signature[64];
    struct btc_bytes htlc_signatures;
    struct ln_look look = {LN_THEM, LN_STEP_NONE};
    size_t scratch = shop->scratch->used;
    enum ln_channel_result result =
        ln_picture_sketch(&picture, channel, shop, look, &channel->their_next, channel->remote_number);
    if (result == LN_CHANNEL_OK) {
        result = ln_picture_sign(&picture, channel, shop, signature, &htlc_signatures);
    }
    if (result == LN_CHANNEL_OK) {
        send_commit(channel, shop, signature, htlc_signatures);
    }
    shop->scratch->used = scratch;
    return result;
}

static void send_revoke(struct ln_channel *channel, const struct ln_workshop *shop)
{
    struct ln_message message = {.type = LN_REVOKE_AND_ACK};
    assert(channel->local_number > 0);
    memcpy(message.revoke_and_ack.channel_id, channel->id, 32);
    ln_keyring_secret(&channel->keyring, message.revoke_and_ack.per_commitment_secret, channel->local_number - 1);
    memcpy(message.revoke_and_ack.next_per_commitment_point, channel->our_next.wire, 33);
    ln_effects_message(shop->effects, &message);
}

void ln_channel_resend_revoke(struct ln_channel *channel, const struct ln_workshop *shop)
{
    send_revoke(channel, shop);
}

static bool next_point(struct ln_point *point, struct ln_channel *channel, const struct ln_workshop *shop)
{
    uint8_t secret[32];
    ln_keyring_secret(&channel->keyring, secret, channel->local_number + 2);
    return ln_backend_point(shop->backend, point, secret);
}

enum ln_channel_result ln_channel_receive_commit(struct ln_channel *channel, const struct ln_workshop *shop,
                                                 const struct ln_message *message)
{
    const struct ln_commitment_signed *in = &message->commitment_signed;
    struct ln_picture picture;
    struct ln_point point;
    struct ln_look look = {LN_US, LN_RECEIVE_COMMIT};
    size_t scratch = shop->scratch->used;
    if ((message->tlvs.present & LN_HAS_FUNDING_TXID) && memcmp(in->funding_txid, channel->funding.txid, 32) != 0) {
        return LN_CHANNEL_MESSAGE;
    }
    enum ln_channel_result result =
        ln_picture_sketch(&picture, channel, shop, look, &channel->our_next, channel->local_number + 1);
    if (result == LN_CHANNEL_OK) {
        result = ln_picture_verify(&picture, channel, shop, in->signature, in->htlc_signatures);
    }
    if (result == LN_CHANNEL_OK && !next_point(&point, channel, shop)) {
        result = LN_CHANNEL_POINT;
    }
    if (result == LN_CHANNEL_OK) {
        memcpy(channel->their_signature, in->signature, 64);
        ln_picture_keep(&picture, shop, in->htlc_signatures);
        channel->local_number++;
        channel->our_next = point;
        channel->revoke_was_last = true;
        ln_channel_persist(channel, shop);
        take_step(channel, shop, LN_RECEIVE_COMMIT);
        send_revoke(channel, shop);
        take_step(channel, shop, LN_SEND_REVOKE);
    }
    shop->scratch->used = scratch;
    return result;
}

/* ---- revoke_and_ack ---- */

enum ln_channel_result ln_channel_receive_revoke(struct ln_channel *channel, const struct ln_workshop *shop,
                                                 const struct ln_message *message)
{
    const struct ln_revoke_and_ack *in = &message->revoke_and_ack;
    struct ln_point revoked;
    struct ln_point next;
    if (!channel->awaiting_revoke) {
        return LN_CHANNEL_MESSAGE;
    }
    if (!ln_backend_point(shop->backend, &revoked, in->per_commitment_secret) ||
        memcmp(revoked.wire, channel->their_point.wire, 33) != 0) {
        return LN_CHANNEL_SECRET;
    }
    if (!ln_backend_read_point(shop->backend, &next, in->next_per_commitment_point)) {
        return LN_CHANNEL_POINT;
    }
    uint64_t index = LN_SECRET_FIRST - (channel->remote_number - 1);
    if (ln_secrets_insert(&channel->their_secrets, index, in->per_commitment_secret) != LN_SECRETS_OK) {
        return LN_CHANNEL_SECRET;
    }
    channel->their_point = channel->their_next;
    channel->their_next = next;
    channel->awaiting_revoke = false;
    ln_channel_persist(channel, shop);
    take_step(channel, shop, LN_RECEIVE_REVOKE);
    return LN_CHANNEL_OK;
}
