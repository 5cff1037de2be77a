/* establish_fund.c: the second half of establishment.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/establish_fund.h"

#include <assert.h>
#include <string.h>

#include "protocol/lightning/past.h"

/* ---- funding ---- */

static enum ln_channel_result sign_first(const struct ln_channel *channel, const struct ln_workshop *shop,
                                         uint8_t signature[64])
{
    struct ln_picture picture;
    struct btc_bytes none;
    size_t scratch = shop->scratch->used;
    struct ln_look look = {LN_THEM, LN_STEP_NONE};
    enum ln_channel_result result = ln_picture_sketch(&picture, channel, shop, look, &channel->their_point, 0);
    if (result == LN_CHANNEL_OK) {
        result = ln_picture_sign(&picture, channel, shop, signature, &none);
    }
    shop->scratch->used = scratch;
    return result;
}

static enum ln_channel_result verify_first(const struct ln_channel *channel, const struct ln_workshop *shop,
                                           const uint8_t signature[64])
{
    struct ln_picture picture;
    size_t scratch = shop->scratch->used;
    struct ln_look look = {LN_US, LN_STEP_NONE};
    enum ln_channel_result result = ln_picture_sketch(&picture, channel, shop, look, &channel->our_next, 0);
    if (result == LN_CHANNEL_OK) {
        result = ln_picture_verify(&picture, channel, shop, signature, btc_bytes(NULL, 0));
    }
    shop->scratch->used = scratch;
    return result;
}

/* Persists, with the record of the peer's commitment 0. */
static void persist_first(struct ln_channel *channel, const struct ln_workshop *shop)
{
    struct ln_commitment_view view = {
        .terms = {.form = ln_channel_form_of(channel), .feerate_sat_per_kwu = channel->fees.rate_sat_per_kwu[LN_LIVE]},
        .owner_msat = channel->settled_msat[LN_THEM],
        .other_msat = channel->settled_msat[LN_US]};
    struct btc_bytes record = ln_past_write(&shop->effects->arena, &view);
    assert(record.length > 0);
    ln_channel_persist_with(channel, shop, record);
}

/* channel_id: the txid with its last two bytes XORed with the index. */
static void set_funding(struct ln_channel *channel, const uint8_t txid[32], uint16_t index)
{
    memcpy(channel->funding.txid, txid, 32);
    channel->funding.index = index;
    memcpy(channel->id, txid, 32);
    channel->id[30] ^= (uint8_t)(index >> 8);
    channel->id[31] ^= (uint8_t)index;
}

/* Commitment 0 is signed both ways; our next point is that of number 1. */
static bool enter_funded(struct ln_channel *channel, const struct ln_workshop *shop, const uint8_t signature[64])
{
    uint8_t secret[32];
    struct ln_point next;
    ln_keyring_secret(&channel->keyring, secret, 1);
    if (!ln_backend_point(shop->backend, &next, secret)) {
        return false;
    }
    channel->our_next = next;
    memcpy(channel->their_signature, signature, 64);
    channel->stage = LN_STAGE_FUNDED;
    channel->reestablished = true;
    return true;
}

enum ln_channel_result ln_establish_fund(struct ln_channel *channel, const struct ln_workshop *shop,
                                         const struct btc_outpoint *outpoint)
{
    struct ln_message message = {.type = LN_FUNDING_CREATED};
    if (channel->stage != LN_STAGE_ACCEPTED) {
        return LN_CHANNEL_STAGE;
    }
    if (outpoint->index > UINT16_MAX) {
        return LN_CHANNEL_TERMS;
    }
    memcpy(message.funding_created.temporary_channel_id, channel->id, 32);
    struct ln_channel before = *channel;
    set_funding(channel, outpoint->txid, (uint16_t)outpoint->index);
    enum ln_channel_result result = sign_first(channel, shop, message.funding_created.signature);
    if (result != LN_CHANNEL_OK) {
        *channel = before;
        return result;
    }
    channel->stage = LN_STAGE_SENT_CREATED;
    memcpy(message.funding_created.funding_txid, outpoint->txid, 32);
    message.funding_created.funding_output_index = (uint16_t)outpoint->index;
    ln_effects_message(shop->effects, &message);
    return LN_CHANNEL_OK;
}

enum ln_channel_result ln_establish_receive_created(struct ln_channel *channel, const struct ln_workshop *shop,
                                                    const struct ln_message *message)
{
    const struct ln_funding_created *in = &message->funding_created;
    struct ln_message answer = {.type = LN_FUNDING_SIGNED};
    if (channel->stage != LN_STAGE_SENT_ACCEPT) {
        return LN_CHANNEL_MESSAGE;
    }
    struct ln_channel before = *channel;
    set_funding(channel, in->funding_txid, in->funding_output_index);
    enum ln_channel_result result = verify_first(channel, shop, in->signature);
    if (result == LN_CHANNEL_OK) {
        result = sign_first(channel, shop, answer.funding_signed.signature);
    }
    if (result == LN_CHANNEL_OK && !enter_funded(channel, shop, in->signature)) {
        result = LN_CHANNEL_POINT;
    }
    if (result != LN_CHANNEL_OK) {
        *channel = before;
        return result;
    }
    memcpy(answer.funding_signed.channel_id, channel->id, 32);
    persist_first(channel, shop);
    ln_effects_message(shop->effects, &answer);
    ln_establish_depth(channel, shop, 0);
    return LN_CHANNEL_OK;
}

enum ln_channel_result ln_establish_receive_signed(struct ln_channel *channel, const struct ln_workshop *shop,
                                                   const struct ln_message *message)
{
    if (channel->stage != LN_STAGE_SENT_CREATED) {
        return LN_CHANNEL_MESSAGE;
    }
    enum ln_channel_result result = verify_first(channel, shop, message->funding_signed.signature);
    if (result != LN_CHANNEL_OK) {
        return result;
    }
    if (!enter_funded(channel, shop, message->funding_signed.signature)) {
        return LN_CHANNEL_POINT;
    }
    persist_first(channel, shop);
    ln_channel_event(shop, LN_EVENT_FUNDING_SAFE, btc_bytes(NULL, 0));
    ln_establish_depth(channel, shop, 0);
    return LN_CHANNEL_OK;
}

/* ---- channel_ready ---- */

void ln_establish_resend_ready(struct ln_channel *channel, const struct ln_workshop *shop)
{
    struct ln_message message = {.type = LN_CHANNEL_READY};
    struct ln_point point;
    uint8_t secret[32];
    ln_keyring_secret(&channel->keyring, secret, 1);
    bool valid = ln_backend_point(shop->backend, &point, secret);
    assert(valid);
    memcpy(message.channel_ready.channel_id, channel->id, 32);
    memcpy(message.channel_ready.second_per_commitment_point, point.wire, 33);
    if (channel->flags & (LN_CHANNEL_SCID_ALIAS | LN_CHANNEL_ZERO_CONF)) {
        message.tlvs.present = LN_HAS_ALIAS;
        message.channel_ready.alias = channel->policy.alias;
    }
    ln_effects_message(shop->effects, &message);
}

static void enter_normal(struct ln_channel *channel, const struct ln_workshop *shop)
{
    if (channel->ready_sent && channel->ready_received && channel->stage == LN_STAGE_FUNDED) {
        channel->stage = LN_STAGE_NORMAL;
        ln_channel_event(shop, LN_EVENT_READY, btc_bytes(NULL, 0));
    }
}

void ln_establish_depth(struct ln_channel *channel, const struct ln_workshop *shop, uint32_t depth_blocks)
{
    if (channel->stage == LN_STAGE_FUNDED && !channel->ready_sent && depth_blocks >= channel->minimum_depth_blocks) {
        channel->ready_sent = true;
        if (depth_blocks > 0) {
            ln_channel_persist(channel, shop); /* at depth 0 funding has just been persisted, in this call */
        }
        if (channel->connected && channel->reestablished) {
            ln_establish_resend_ready(channel, shop);
        }
        enter_normal(channel, shop);
    }
}

enum ln_channel_result ln_establish_receive_ready(struct ln_channel *channel, const struct ln_workshop *shop,
                                                  const struct ln_message *message)
{
    struct ln_point next;
    if (channel->stage < LN_STAGE_FUNDED || channel->stage > LN_STAGE_CLOSED) {
        return LN_CHANNEL_MESSAGE;
    }
    if (message->tlvs.present & LN_HAS_ALIAS) {
        channel->their_alias = message->channel_ready.alias;
    }
    if (channel->ready_received) {
        return LN_CHANNEL_OK; /* redundant, but for a new alias */
    }
    if (!ln_backend_read_point(shop->backend, &next, message->channel_ready.second_per_commitment_point)) {
        return LN_CHANNEL_POINT;
    }
    channel->their_next = next;
    channel->ready_received = true;
    ln_channel_persist(channel, shop);
    enter_normal(channel, shop);
    return LN_CHANNEL_OK;
}
