/* channel_update.c: the updates of a channel.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/channel_update.h"

#include <assert.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/lightning/channel_limits.h"

#define BADONION 0x8000u

/* ---- messages from records ---- */

static void send_add(const struct ln_channel *channel, const struct ln_workshop *shop, const struct ln_slot *record)
{
    struct ln_message message = {.type = LN_UPDATE_ADD_HTLC};
    assert(record->blob_length == LN_ONION_BYTES);
    memcpy(message.add.channel_id, channel->id, 32);
    message.add.id = record->id;
    message.add.amount_msat = record->amount_msat;
    memcpy(message.add.payment_hash, record->payment_hash, 32);
    message.add.cltv_expiry_height = record->cltv_expiry_height;
    message.add.onion = btc_bytes(record->blob, LN_ONION_BYTES);
    if (record->flags & LN_RECORD_PATH_KEY) {
        message.tlvs.present = LN_HAS_PATH_KEY;
        memcpy(message.add.path_key, record->path_key, 33);
    }
    ln_effects_message(shop->effects, &message);
}

static void send_removal(const struct ln_channel *channel, const struct ln_workshop *shop, const struct ln_slot *record)
{
    struct ln_message message = {0};
    bool attributed = record->flags & LN_RECORD_ATTRIBUTION;
    size_t begin = attributed ? LN_ATTRIBUTION_BYTES : 0;
    struct btc_bytes attribution = btc_bytes(record->blob, begin);
    message.tlvs.present = attributed ? LN_HAS_ATTRIBUTION : 0;
    if (record->outcome == LN_OUTCOME_FULFILLED) {
        message.type = LN_UPDATE_FULFILL_HTLC;
        memcpy(message.fulfill.channel_id, channel->id, 32);
        message.fulfill.id = record->id;
        memcpy(message.fulfill.payment_preimage, record->answer, 32);
        message.fulfill.attribution = attribution;
    } else if (record->outcome == LN_OUTCOME_FAILED) {
        message.type = LN_UPDATE_FAIL_HTLC;
        memcpy(message.fail.channel_id, channel->id, 32);
        message.fail.id = record->id;
        message.fail.reason = btc_bytes(record->blob + begin, record->blob_length - begin);
        message.fail.attribution = attribution;
    } else {
        message.type = LN_UPDATE_FAIL_MALFORMED_HTLC;
        memcpy(message.malformed.channel_id, channel->id, 32);
        message.malformed.id = record->id;
        memcpy(message.malformed.sha256_of_onion, record->answer, 32);
        message.malformed.failure_code = record->failure_code;
    }
    ln_effects_message(shop->effects, &message);
}

static void send_fee(const struct ln_channel *channel, const struct ln_workshop *shop, uint32_t rate_sat_per_kwu)
{
    struct ln_message message = {.type = LN_UPDATE_FEE};
    memcpy(message.fee.channel_id, channel->id, 32);
    message.fee.feerate_sat_per_kwu = rate_sat_per_kwu;
    ln_effects_message(shop->effects, &message);
}

/* ---- commands ---- */

static uint32_t new_record(struct ln_channel *channel, const struct ln_workshop *shop, enum ln_side owner,
                           const struct ln_add *add)
{
    uint32_t number = ln_pool_take(shop->pool);
    if (number == LN_RECORD_NONE) {
        return number;
    }
    struct ln_slot *record = ln_record_of(shop, number);
    record->id = channel->next_id[owner];
    record->amount_msat = add->amount_msat;
    record->cltv_expiry_height = add->cltv_expiry_height;
    record->state = ln_htlc_state(owner, LN_ADD);
    memcpy(record->payment_hash, add->payment_hash, 32);
    memcpy(record->blob, add->onion, LN_ONION_BYTES);
    record->blob_length = LN_ONION_BYTES;
    if (add->path_key != NULL) {
        record->flags = LN_RECORD_PATH_KEY;
        memcpy(record->path_key, add->path_key, 33);
    }
    channel->next_id[owner]++;
    ln_channel_append(channel, shop, number);
    return number;
}

enum ln_channel_result ln_channel_add(struct ln_channel *channel, const struct ln_workshop *shop, uint64_t *id,
                                      const struct ln_add *add)
{
    struct ln_offer offer = {LN_US, add->amount_msat, add->cltv_expiry_height};
    if (!ln_channel_is_live(channel)) {
        return channel->stage == LN_STAGE_NORMAL ? LN_CHANNEL_OFFLINE : LN_CHANNEL_STAGE;
    }
    if (channel->shutdown.wanted || channel->shutdown.sent || channel->shutdown.received) {
        return LN_CHANNEL_STAGE;
    }
    enum ln_channel_result result = ln_limits_add(channel, shop, &offer);
    if (result == LN_CHANNEL_OK) {
        result = ln_limits_add_prudent(channel, shop, &offer);
    }
    if (result != LN_CHANNEL_OK) {
        return result;
    }
    uint32_t number = new_record(channel, shop, LN_US, add);
    if (number == LN_RECORD_NONE) {
        return LN_CHANNEL_NO_ROOM;
    }
    *id = ln_record_of(shop, number)->id;
    send_add(channel, shop, ln_record_of(shop, number));
    return LN_CHANNEL_OK;
}

/* An HTLC of theirs that is live: BOLT 2 lets no other be removed. */
static enum ln_channel_result find_removable(struct ln_slot **record, const struct ln_channel *channel,
                                             const struct ln_workshop *shop, enum ln_side owner, uint64_t id)
{
    if (channel->stage != LN_STAGE_NORMAL) {
        return LN_CHANNEL_STAGE;
    }
    *record = ln_channel_find(channel, shop, owner, id);
    bool found = *record != NULL && (*record)->state == ln_htlc_state(owner, LN_LIVE);
    return found ? LN_CHANNEL_OK : LN_CHANNEL_NO_HTLC;
}

static void put_blob(struct ln_slot *record, struct btc_bytes attribution, struct btc_bytes reason)
{
    record->flags &= (uint8_t)~LN_RECORD_ATTRIBUTION;
    if (attribution.length != 0) {
        assert(attribution.length == LN_ATTRIBUTION_BYTES);
        memcpy(record->blob, attribution.data, attribution.length);
        record->flags |= LN_RECORD_ATTRIBUTION;
    }
    if (reason.length != 0) {
        memcpy(record->blob + attribution.length, reason.data, reason.length);
    }
    record->blob_length = (uint16_t)(attribution.length + reason.length);
}

/* The record is complete but for its state. */
static void remove_by_us(const struct ln_channel *channel, const struct ln_workshop *shop, struct ln_slot *record,
                         enum ln_outcome outcome)
{
    record->outcome = (uint8_t)outcome;
    record->state = ln_htlc_state(LN_THEM, LN_REMOVE);
    if (ln_channel_is_live(channel)) {
        send_removal(channel, shop, record);
    }
}

enum ln_channel_result ln_channel_fulfill(struct ln_channel *channel, const struct ln_workshop *shop, uint64_t id,
                                          const uint8_t preimage[32], struct btc_bytes attribution)
{
    struct ln_slot *record;
    uint8_t hash[32];
    enum ln_channel_result result = find_removable(&record, channel, shop, LN_THEM, id);
    if (result != LN_CHANNEL_OK) {
        return result;
    }
    btc_sha256(hash, preimage, 32);
    if (memcmp(hash, record->payment_hash, 32) != 0) {
        return LN_CHANNEL_PREIMAGE;
    }
    if (record->flags & LN_RECORD_EXPOSED) {
        return LN_CHANNEL_DUST;
    }
    memcpy(record->answer, preimage, 32);
    put_blob(record, attribution, btc_bytes(NULL, 0));
    remove_by_us(channel, shop, record, LN_OUTCOME_FULFILLED);
    return LN_CHANNEL_OK;
}

enum ln_channel_result ln_channel_fail_htlc(struct ln_channel *channel, const struct ln_workshop *shop, uint64_t id,
                                            struct btc_bytes reason, struct btc_bytes attribution)
{
    struct ln_slot *record;
    enum ln_channel_result result = find_removable(&record, channel, shop, LN_THEM, id);
    if (result == LN_CHANNEL_OK && reason.length + attribution.length > LN_BLOB_BYTES) {
        result = LN_CHANNEL_CODE;
    }
    if (result == LN_CHANNEL_OK) {
        put_blob(record, attribution, reason);
        remove_by_us(channel, shop, record, LN_OUTCOME_FAILED);
    }
    return result;
}

enum ln_channel_result ln_channel_fail_malformed(struct ln_channel *channel, const struct ln_workshop *shop,
                                                 uint64_t id, const uint8_t onion_hash[32], uint16_t failure_code)
{
    struct ln_slot *record;
    enum ln_channel_result result = find_removable(&record, channel, shop, LN_THEM, id);
    if (result == LN_CHANNEL_OK && !(failure_code & BADONION)) {
        result = LN_CHANNEL_CODE;
    }
    if (result == LN_CHANNEL_OK) {
        memcpy(record->answer, onion_hash, 32);
        record->failure_code = failure_code;
        put_blob(record, btc_bytes(NULL, 0), btc_bytes(NULL, 0));
        remove_by_us(channel, shop, record, LN_OUTCOME_MALFORMED);
    }
    return result;
}

/* After shutdown a channel without HTLCs takes no more updates. The opener may see its own HTLC later than the peer who
 * removed it and has revoked, so the peer cannot tell before closing_signed. */
static bool is_winding_up(const struct ln_channel *channel)
{
    return channel->shutdown.sent && channel->shutdown.received && channel->first_record == LN_RECORD_NONE;
}

enum ln_channel_result ln_channel_update_fee(struct ln_channel *channel, const struct ln_workshop *shop,
                                             uint32_t rate_sat_per_kwu)
{
    if (!ln_channel_is_live(channel)) {
        return channel->stage == LN_STAGE_NORMAL ? LN_CHANNEL_OFFLINE : LN_CHANNEL_STAGE;
    }
    if (is_winding_up(channel)) {
        return LN_CHANNEL_STAGE;
    }
    enum ln_channel_result result = ln_limits_fee(channel, shop, LN_US, rate_sat_per_kwu);
    if (result == LN_CHANNEL_OK) {
        channel->fees.rate_sat_per_kwu[LN_ADD] = rate_sat_per_kwu;
        send_fee(channel, shop, rate_sat_per_kwu);
    }
    return result;
}

/* ---- messages ---- */

enum ln_channel_result ln_channel_receive_add(struct ln_channel *channel, const struct ln_workshop *shop,
                                              const struct ln_message *message)
{
    const struct ln_update_add_htlc *add = &message->add;
    struct ln_offer offer = {LN_THEM, add->amount_msat, add->cltv_expiry_height};
    if (channel->shutdown.received) {
        return LN_CHANNEL_MESSAGE;
    }
    if (add->id != channel->next_id[LN_THEM]) {
        return LN_CHANNEL_ID;
    }
    enum ln_channel_result result = ln_limits_add(channel, shop, &offer);
    if (result != LN_CHANNEL_OK) {
        return result;
    }
    bool exposed = ln_limits_exposed(channel, shop, &offer);
    struct ln_add what = {.amount_msat = add->amount_msat,
                          .cltv_expiry_height = add->cltv_expiry_height,
                          .payment_hash = add->payment_hash,
                          .onion = add->onion.data,
                          .path_key = message->tlvs.present & LN_HAS_PATH_KEY ? add->path_key : NULL};
    uint32_t number = new_record(channel, shop, LN_THEM, &what);
    if (number == LN_RECORD_NONE) {
        return LN_CHANNEL_NO_ROOM;
    }
    if (exposed) {
        ln_record_of(shop, number)->flags |= LN_RECORD_EXPOSED;
    }
    return LN_CHANNEL_OK;
}

static enum ln_channel_result receive_fulfill(struct ln_slot *record, const struct ln_workshop *shop,
                                              const struct ln_message *message)
{
    uint8_t hash[32];
    btc_sha256(hash, message->fulfill.payment_preimage, 32);
    if (memcmp(hash, record->payment_hash, 32) != 0) {
        return LN_CHANNEL_PREIMAGE;
    }
    bool attributed = message->tlvs.present & LN_HAS_ATTRIBUTION;
    memcpy(record->answer, message->fulfill.payment_preimage, 32);
    put_blob(record, attributed ? message->fulfill.attribution : btc_bytes(NULL, 0), btc_bytes(NULL, 0));
    record->outcome = LN_OUTCOME_FULFILLED;
    ln_channel_htlc_event(shop, LN_EVENT_FULFILLED, record);
    return LN_CHANNEL_OK;
}

/* A reason that is longer than any onion failure cannot be read by anybody: it is kept as an empty one. */
static enum ln_channel_result receive_fail(struct ln_slot *record, const struct ln_message *message)
{
    bool attributed = message->tlvs.present & LN_HAS_ATTRIBUTION;
    struct btc_bytes attribution = attributed ? message->fail.attribution : btc_bytes(NULL, 0);
    struct btc_bytes reason = message->fail.reason;
    if (reason.length + attribution.length > LN_BLOB_BYTES) {
        reason = btc_bytes(NULL, 0);
    }
    put_blob(record, attribution, reason);
    record->outcome = LN_OUTCOME_FAILED;
    return LN_CHANNEL_OK;
}

static enum ln_channel_result receive_malformed(struct ln_slot *record, const struct ln_message *message)
{
    if (!(message->malformed.failure_code & BADONION)) {
        return LN_CHANNEL_CODE;
    }
    memcpy(record->answer, message->malformed.sha256_of_onion, 32);
    record->failure_code = message->malformed.failure_code;
    put_blob(record, btc_bytes(NULL, 0), btc_bytes(NULL, 0));
    record->outcome = LN_OUTCOME_MALFORMED;
    return LN_CHANNEL_OK;
}

enum ln_channel_result ln_channel_receive_removal(struct ln_channel *channel, const struct ln_workshop *shop,
                                                  const struct ln_message *message)
{
    struct ln_slot *record;
    uint64_t id = message->type == LN_UPDATE_FULFILL_HTLC ? message->fulfill.id
                  : message->type == LN_UPDATE_FAIL_HTLC  ? message->fail.id
                                                          : message->malformed.id;
    enum ln_channel_result result = find_removable(&record, channel, shop, LN_US, id);
    if (result != LN_CHANNEL_OK) {
        return result;
    }
    if (message->type == LN_UPDATE_FULFILL_HTLC) {
        result = receive_fulfill(record, shop, message);
    } else if (message->type == LN_UPDATE_FAIL_HTLC) {
        result = receive_fail(record, message);
    } else {
        result = receive_malformed(record, message);
    }
    if (result == LN_CHANNEL_OK) {
        record->state = ln_htlc_state(LN_US, LN_REMOVE);
    }
    return result;
}

enum ln_channel_result ln_channel_receive_fee(struct ln_channel *channel, const struct ln_workshop *shop,
                                              const struct ln_message *message)
{
    uint32_t rate_sat_per_kwu = message->fee.feerate_sat_per_kwu;
    if (channel->shutdown.fee_received) {
        return LN_CHANNEL_MESSAGE;
    }
    enum ln_channel_result result = ln_limits_fee(channel, shop, LN_THEM, rate_sat_per_kwu);
    if (result == LN_CHANNEL_OK) {
        channel->fees.rate_sat_per_kwu[LN_ADD] = rate_sat_per_kwu;
    }
    return result;
}

/* ---- reestablishment ---- */

void ln_channel_resend_updates(const struct ln_channel *channel, const struct ln_workshop *shop, bool is_signed)
{
    uint8_t removal = ln_htlc_state(LN_THEM, is_signed ? LN_REMOVE_SIGNED : LN_REMOVE);
    uint8_t addition = ln_htlc_state(LN_US, is_signed ? LN_ADD_SIGNED : LN_ADD);
    uint32_t rate_sat_per_kwu = channel->fees.rate_sat_per_kwu[is_signed ? LN_ADD_SIGNED : LN_ADD];
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE; i = ln_record_of(shop, i)->next) {
        if (ln_record_of(shop, i)->state == removal) {
            send_removal(channel, shop, ln_record_of(shop, i));
        }
    }
    if (rate_sat_per_kwu != 0 && channel->opener == LN_US) {
        send_fee(channel, shop, rate_sat_per_kwu);
    }
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE; i = ln_record_of(shop, i)->next) {
        if (ln_record_of(shop, i)->state == addition) {
            send_add(channel, shop, ln_record_of(shop, i));
        }
    }
}

/* The record is gone with the next sweep. */
static void withdraw_one(struct ln_channel *channel, const struct ln_workshop *shop, struct ln_slot *record)
{
    put_blob(record, btc_bytes(NULL, 0), btc_bytes(NULL, 0));
    record->outcome = LN_OUTCOME_FAILED;
    record->state = ln_htlc_state(LN_US, LN_GONE);
    channel->next_id[LN_US]--;
    ln_channel_htlc_event(shop, LN_EVENT_FAILED, record);
}

void ln_channel_withdraw(struct ln_channel *channel, const struct ln_workshop *shop, uint32_t height)
{
    bool late = false;
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE; i = ln_record_of(shop, i)->next) {
        struct ln_slot *record = ln_record_of(shop, i);
        if (record->state != ln_htlc_state(LN_US, LN_ADD)) {
            continue;
        }
        if (!late && height >= record->cltv_expiry_height + channel->policy.timeout_grace_blocks) {
            late = true;
            ln_channel_persist(channel, shop);
        }
        if (late) {
            withdraw_one(channel, shop, record);
        }
    }
    ln_channel_sweep(channel, shop, ln_htlc_state(LN_US, LN_GONE));
}

void ln_channel_forget_proposals(struct ln_channel *channel, const struct ln_workshop *shop)
{
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE; i = ln_record_of(shop, i)->next) {
        struct ln_slot *record = ln_record_of(shop, i);
        if (record->state == ln_htlc_state(LN_US, LN_REMOVE)) {
            record->state = ln_htlc_state(LN_US, LN_LIVE);
        }
        channel->next_id[LN_THEM] -= record->state == ln_htlc_state(LN_THEM, LN_ADD);
    }
    ln_channel_sweep(channel, shop, ln_htlc_state(LN_THEM, LN_ADD));
    if (channel->opener == LN_THEM) {
        channel->fees.rate_sat_per_kwu[LN_ADD] = 0;
    }
}
