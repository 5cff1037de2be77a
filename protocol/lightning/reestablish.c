/* reestablish.c: losing the connection, and finding out together where both were.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/reestablish.h"

#include <string.h>

#include "protocol/lightning/channel_close.h"
#include "protocol/lightning/channel_commit.h"
#include "protocol/lightning/channel_update.h"
#include "protocol/lightning/cipher.h"
#include "protocol/lightning/establish_fund.h"

/* How many revoke_and_ack we have had. */
static uint64_t revoked_by_them(const struct ln_channel *channel)
{
    return channel->remote_number - (channel->awaiting_revoke ? 1 : 0);
}

void ln_channel_disconnect(struct ln_channel *channel, const struct ln_workshop *shop)
{
    channel->connected = false;
    channel->reestablished = false;
    channel->shutdown.fee_sent = channel->shutdown.fee_received = false; /* negotiation begins anew */
    if (channel->stage < LN_STAGE_FUNDED) {
        channel->stage = LN_STAGE_DEAD;
    }
    ln_channel_forget_proposals(channel, shop);
}

static void send_error(const struct ln_channel *channel, const struct ln_workshop *shop)
{
    static const char text[] = "this channel has failed";
    struct ln_message message = {.type = LN_ERROR};
    memcpy(message.complaint.channel_id, channel->id, 32);
    message.complaint.data = btc_bytes(text, sizeof text - 1);
    ln_effects_message(shop->effects, &message);
}

static void send_reestablish(struct ln_channel *channel, const struct ln_workshop *shop)
{
    struct ln_message message = {.type = LN_CHANNEL_REESTABLISH};
    struct ln_channel_reestablish *out = &message.reestablish;
    struct ln_point point;
    uint8_t secret[32];
    memcpy(out->channel_id, channel->id, 32);
    out->next_commitment_number = channel->local_number + 1;
    out->next_revocation_number = revoked_by_them(channel);
    if (out->next_revocation_number > 0 &&
        !ln_secrets_get(&channel->their_secrets, out->your_last_per_commitment_secret,
                        LN_SECRET_FIRST - (out->next_revocation_number - 1))) {
        return;
    }
    ln_keyring_secret(&channel->keyring, secret, channel->local_number);
    if (ln_backend_point(shop->backend, &point, secret)) {
        memcpy(out->my_current_per_commitment_point, point.wire, 33);
        ln_effects_message(shop->effects, &message);
    }
}

void ln_channel_reconnect(struct ln_channel *channel, const struct ln_workshop *shop)
{
    channel->connected = true;
    switch ((enum ln_stage)channel->stage) {
    case LN_STAGE_FUNDED:
    case LN_STAGE_NORMAL:
    case LN_STAGE_CLOSED:
        send_reestablish(channel, shop);
        break;
    case LN_STAGE_FAILED:
    case LN_STAGE_LOST:
        send_error(channel, shop);
        break;
    case LN_STAGE_NEW:
    case LN_STAGE_SENT_OPEN:
    case LN_STAGE_ACCEPTED:
    case LN_STAGE_SENT_CREATED:
    case LN_STAGE_SENT_ACCEPT:
    case LN_STAGE_DEAD:
        break;
    }
}

/* Whether the peer shows our secret for a commitment number that it says is revoked. */
static bool shows_our_secret(struct ln_channel *channel, const struct ln_channel_reestablish *in)
{
    uint8_t secret[32] = {0};
    if (in->next_revocation_number > LN_SECRET_FIRST) {
        return false;
    }
    if (in->next_revocation_number > 0) {
        ln_keyring_secret(&channel->keyring, secret, in->next_revocation_number - 1);
    }
    return ln_equal_secret(secret, in->your_last_per_commitment_secret, 32);
}

static void enter_lost(struct ln_channel *channel, const struct ln_workshop *shop)
{
    channel->stage = LN_STAGE_LOST;
    ln_channel_persist(channel, shop);
    send_error(channel, shop);
    ln_channel_event(shop, LN_EVENT_DATA_LOSS, btc_bytes(NULL, 0));
}

static enum ln_channel_result resend(struct ln_channel *channel, const struct ln_workshop *shop, bool commit,
                                     bool revoke)
{
    enum ln_channel_result result = LN_CHANNEL_OK;
    if (revoke && !channel->revoke_was_last) {
        ln_channel_resend_revoke(channel, shop);
    }
    if (commit) {
        ln_channel_resend_updates(channel, shop, true);
        result = ln_channel_resend_commit(channel, shop);
    }
    if (revoke && channel->revoke_was_last) {
        ln_channel_resend_revoke(channel, shop);
    }
    return result;
}

/* What is sent again when both know where they are. */
static enum ln_channel_result catch_up(struct ln_channel *channel, const struct ln_workshop *shop,
                                       const struct ln_channel_reestablish *in)
{
    bool commit = channel->awaiting_revoke && in->next_commitment_number == channel->remote_number;
    bool revoke = in->next_revocation_number + 1 == channel->local_number;
    if (channel->ready_sent && in->next_commitment_number == 1 && channel->local_number == 0) {
        ln_establish_resend_ready(channel, shop);
    }
    enum ln_channel_result result = resend(channel, shop, commit, revoke);
    if (result == LN_CHANNEL_OK && channel->shutdown.sent) {
        /* Ours went out when all of ours was signed, and no add can have followed it. */
        ln_channel_resend_shutdown(channel, shop);
    }
    if (result == LN_CHANNEL_OK) {
        channel->reestablished = true;
        channel->doubtful = false;
        ln_channel_resend_updates(channel, shop, false);
    }
    return result;
}

enum ln_channel_result ln_channel_receive_reestablish(struct ln_channel *channel, const struct ln_workshop *shop,
                                                      const struct ln_message *message)
{
    const struct ln_channel_reestablish *in = &message->reestablish;
    if (channel->reestablished || !channel->connected) {
        return LN_CHANNEL_MESSAGE;
    }
    if (in->next_commitment_number == 0) {
        return LN_CHANNEL_NUMBERS;
    }
    if (in->next_revocation_number > channel->local_number) {
        if (!shows_our_secret(channel, in)) {
            return LN_CHANNEL_SECRET;
        }
        enter_lost(channel, shop);
        return LN_CHANNEL_OK;
    }
    if (!shows_our_secret(channel, in)) {
        return LN_CHANNEL_SECRET;
    }
    bool lacks_commit = channel->awaiting_revoke && in->next_commitment_number == channel->remote_number;
    bool lacks_revoke = in->next_revocation_number + 1 == channel->local_number;
    if (channel->doubtful && in->next_commitment_number > channel->remote_number + 1) {
        enter_lost(channel, shop); /* we signed a commitment that we do not remember */
        return LN_CHANNEL_OK;
    }
    if ((!lacks_commit && in->next_commitment_number != channel->remote_number + 1) ||
        (!lacks_revoke && in->next_revocation_number != channel->local_number)) {
        return LN_CHANNEL_NUMBERS;
    }
    return catch_up(channel, shop, in);
}
