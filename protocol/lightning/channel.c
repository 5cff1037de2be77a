/* channel.c: every input of a channel.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/channel.h"

#include <string.h>

#include "protocol/lightning/channel_view.h"

bool ln_channel_init(struct ln_channel *channel, const struct ln_workshop *shop, const struct ln_channel_policy *policy,
                     const uint8_t seed[32])
{
    uint8_t secret[32];
    memset(channel, 0, sizeof *channel);
    channel->policy = *policy;
    channel->connected = true;
    channel->first_record = channel->last_record = LN_RECORD_NONE;
    ln_secrets_init(&channel->their_secrets);
    if (!ln_keyring_init(shop->backend, &channel->keyring, seed)) {
        return false;
    }
    ln_keyring_secret(&channel->keyring, secret, 0);
    return ln_backend_point(shop->backend, &channel->our_next, secret);
}

/* ---- messages ---- */

/* All channel messages begin with the channel's id, but open_channel, where the chain's hash comes first. */
static const uint8_t *id_of(const struct ln_message *message)
{
    return message->type == LN_OPEN_CHANNEL || message->type == LN_ACCEPT_CHANNEL
               ? message->channel.temporary_channel_id
               : message->complaint.channel_id;
}

static enum ln_channel_result receive_normal(struct ln_channel *channel, const struct ln_workshop *shop,
                                             const struct ln_message *message)
{
    if (!ln_channel_is_live(channel)) {
        return LN_CHANNEL_MESSAGE;
    }
    switch (message->type) {
    case LN_UPDATE_ADD_HTLC:
        return ln_channel_receive_add(channel, shop, message);
    case LN_UPDATE_FULFILL_HTLC:
    case LN_UPDATE_FAIL_HTLC:
    case LN_UPDATE_FAIL_MALFORMED_HTLC:
        return ln_channel_receive_removal(channel, shop, message);
    case LN_UPDATE_FEE:
        return ln_channel_receive_fee(channel, shop, message);
    case LN_COMMITMENT_SIGNED:
        return ln_channel_receive_commit(channel, shop, message);
    case LN_REVOKE_AND_ACK:
        return ln_channel_receive_revoke(channel, shop, message);
    }
    return LN_CHANNEL_MESSAGE;
}

static enum ln_channel_result receive_closing(struct ln_channel *channel, const struct ln_workshop *shop,
                                              const struct ln_message *message)
{
    if (channel->stage < LN_STAGE_FUNDED || channel->stage > LN_STAGE_CLOSED || !channel->reestablished) {
        return LN_CHANNEL_MESSAGE;
    }
    return message->type == LN_SHUTDOWN ? ln_channel_receive_shutdown(channel, shop, message)
                                        : ln_channel_receive_closing(channel, shop, message);
}

static enum ln_channel_result receive_any(struct ln_channel *channel, const struct ln_workshop *shop,
                                          const struct ln_message *message)
{
    if (message->type >= LN_OPEN_CHANNEL && message->type <= LN_CHANNEL_READY) {
        return ln_establish_receive(channel, shop, message);
    }
    if (message->type ==
        LN_ERROR) { /* BOLT 1: the channel has failed; one that is closed already has nothing to lose */
        return channel->stage >= LN_STAGE_CLOSED ? LN_CHANNEL_OK : ln_channel_fail(channel, shop, btc_bytes(NULL, 0));
    }
    if (message->type == LN_WARNING) {
        return LN_CHANNEL_OK;
    }
    if (message->type == LN_CHANNEL_REESTABLISH) {
        bool known = channel->stage >= LN_STAGE_FUNDED && channel->stage <= LN_STAGE_CLOSED;
        return known ? ln_channel_receive_reestablish(channel, shop, message) : LN_CHANNEL_MESSAGE;
    }
    if (message->type == LN_SHUTDOWN || message->type == LN_CLOSING_SIGNED) {
        return receive_closing(channel, shop, message);
    }
    return receive_normal(channel, shop, message);
}

enum ln_channel_result ln_channel_receive(struct ln_channel *channel, const struct ln_workshop *shop,
                                          const struct ln_message *message)
{
    if (message->type != LN_OPEN_CHANNEL && memcmp(id_of(message), channel->id, 32) != 0) {
        return LN_CHANNEL_ID;
    }
    uint32_t count = shop->effects->count;
    size_t used = shop->effects->arena.used;
    size_t scratch = shop->scratch->used;
    enum ln_channel_result result = receive_any(channel, shop, message);
    if (result == LN_CHANNEL_OK) {
        ln_channel_close_on(channel, shop);
    } else {
        shop->effects->count = count;
        shop->effects->arena.used = used;
        shop->scratch->used = scratch;
    }
    return result;
}

/* ---- time ---- */

enum ln_channel_result ln_channel_tick(struct ln_channel *channel, const struct ln_workshop *shop)
{
    enum ln_channel_result result = LN_CHANNEL_OK;
    if (ln_channel_is_live(channel) && !channel->awaiting_revoke && ln_channel_wants_commit(channel, shop)) {
        result = ln_channel_commit(channel, shop);
    }
    ln_channel_close_on(channel, shop);
    return result;
}

/* Whether an HTLC must be settled on chain: ours has expired (one that we have not signed yet must never be signed any
 * more, and cannot be taken back from a peer that is there), or theirs is fulfilled by us and will expire before the
 * chain is sure to have seen the preimage (BOLT 2, cltv_expiry_delta selection). */
static bool is_overdue(const struct ln_channel *channel, const struct ln_slot *record, uint32_t height)
{
    const struct ln_htlc_row *row = ln_htlc_row(record->state);
    if (row->owner == LN_US) {
        return height >= record->cltv_expiry_height + channel->policy.timeout_grace_blocks;
    }
    return row->phase >= LN_REMOVE && record->outcome == LN_OUTCOME_FULFILLED &&
           height + channel->policy.fulfill_deadline_blocks >= record->cltv_expiry_height;
}

/* Whether both have shut down, no HTLC is left, and no closing has been agreed for too long (BOLT 2: "MUST fail the
 * channel"). */
static bool is_closing_overdue(struct ln_channel *channel, uint32_t height)
{
    struct ln_shutdown_state *shutdown = &channel->shutdown;
    bool ripe = shutdown->sent && shutdown->received && channel->first_record == LN_RECORD_NONE &&
                channel->stage < LN_STAGE_CLOSED;
    if (!ripe || shutdown->ripe_height == 0) {
        shutdown->ripe_height = ripe ? height : 0;
        return false;
    }
    uint32_t patience_blocks = channel->policy.closing_patience_blocks;
    return patience_blocks != 0 && height >= shutdown->ripe_height + patience_blocks;
}

enum ln_channel_result ln_channel_block(struct ln_channel *channel, const struct ln_workshop *shop, uint32_t height,
                                        uint32_t funding_height)
{
    static const char text[] = "an HTLC is overdue";
    static const char closing_text[] = "no closing was agreed";
    if (funding_height > 0 && funding_height <= height) {
        ln_establish_depth(channel, shop, height - funding_height + 1);
    }
    if (channel->stage == LN_STAGE_NORMAL && !channel->reestablished) {
        ln_channel_withdraw(channel, shop, height);
    }
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE; i = ln_record_of(shop, i)->next) {
        if (channel->stage == LN_STAGE_NORMAL && is_overdue(channel, ln_record_of(shop, i), height)) {
            return ln_channel_fail(channel, shop, btc_bytes(text, sizeof text - 1));
        }
    }
    return is_closing_overdue(channel, height)
               ? ln_channel_fail(channel, shop, btc_bytes(closing_text, sizeof closing_text - 1))
               : LN_CHANNEL_OK;
}

/* ---- giving up ---- */

static void send_error(const struct ln_channel *channel, const struct ln_workshop *shop, struct btc_bytes text)
{
    struct ln_message message = {.type = LN_ERROR};
    memcpy(message.complaint.channel_id, channel->id, 32);
    message.complaint.data = text;
    if (channel->connected) {
        ln_effects_message(shop->effects, &message);
    }
}

enum ln_channel_result ln_channel_fail(struct ln_channel *channel, const struct ln_workshop *shop,
                                       struct btc_bytes text)
{
    struct ln_picture picture;
    size_t scratch = shop->scratch->used;
    if (channel->doubtful) {
        return LN_CHANNEL_DOUBTFUL;
    }
    if (channel->stage < LN_STAGE_FUNDED) {
        channel->stage = LN_STAGE_DEAD;
        send_error(channel, shop, text);
        return LN_CHANNEL_OK;
    }
    if (channel->stage > LN_STAGE_CLOSED) {
        return LN_CHANNEL_STAGE;
    }
    enum ln_channel_result result = ln_picture_ours(&picture, channel, shop);
    if (result == LN_CHANNEL_OK) {
        channel->stage = LN_STAGE_FAILED;
        ln_channel_persist(channel, shop);
        send_error(channel, shop, text);
        ln_effects_broadcast(shop->effects, &picture.commitment.tx);
        ln_channel_event(shop, LN_EVENT_FAILURE, text);
    }
    shop->scratch->used = scratch;
    return result;
}
