/* establish.c: how a channel comes to be.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/establish.h"

#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/script.h"
#include "protocol/lightning/establish_fund.h"
#include "protocol/lightning/features.h"

#define TYPE_BYTES (LN_FEATURE_BITS / 8)

/* ---- channel_type ---- */

static size_t write_type(uint8_t bytes[TYPE_BYTES], uint8_t flags)
{
    struct ln_features features = {0};
    ln_features_set(&features, LN_FEATURE_STATIC_REMOTEKEY);
    if (flags & LN_CHANNEL_ANCHORS) {
        ln_features_set(&features, LN_FEATURE_ANCHORS);
    }
    if (flags & LN_CHANNEL_SCID_ALIAS) {
        ln_features_set(&features, LN_FEATURE_SCID_ALIAS);
    }
    if (flags & LN_CHANNEL_ZERO_CONF) {
        ln_features_set(&features, LN_FEATURE_ZEROCONF);
    }
    return ln_features_write(bytes, &features);
}

/* Finds the flags that give these bytes. */
static bool read_type(uint8_t *flags, struct btc_bytes bytes)
{
    for (uint8_t tried = 0; tried <= (LN_CHANNEL_ANCHORS | LN_CHANNEL_SCID_ALIAS | LN_CHANNEL_ZERO_CONF); tried++) {
        uint8_t written[TYPE_BYTES];
        size_t length = write_type(written, tried);
        if (btc_bytes_equal(btc_bytes(written, length), bytes)) {
            *flags = tried;
            return true;
        }
    }
    return false;
}

/* ---- terms ---- */

static void write_offer(struct ln_message *message, struct ln_channel *channel, uint8_t type[TYPE_BYTES])
{
    struct ln_channel_offer *offer = &message->channel;
    const struct ln_terms *terms = &channel->policy.terms;
    memcpy(offer->temporary_channel_id, channel->id, 32);
    offer->dust_limit_sat = terms->dust_limit_sat;
    offer->max_htlc_value_in_flight_msat = terms->max_in_flight_msat;
    offer->channel_reserve_sat = terms->reserve_sat;
    offer->htlc_minimum_msat = terms->htlc_minimum_msat;
    offer->to_self_delay_blocks = terms->to_self_delay_blocks;
    offer->max_accepted_htlcs = terms->max_accepted_htlcs;
    const struct ln_point *base = channel->keyring.base[LN_US];
    memcpy(offer->funding_pubkey, base[LN_BASE_FUNDING].wire, 33);
    memcpy(offer->revocation_basepoint, base[LN_BASE_REVOCATION].wire, 33);
    memcpy(offer->payment_basepoint, base[LN_BASE_PAYMENT].wire, 33);
    memcpy(offer->delayed_payment_basepoint, base[LN_BASE_DELAYED_PAYMENT].wire, 33);
    memcpy(offer->htlc_basepoint, base[LN_BASE_HTLC].wire, 33);
    memcpy(offer->first_per_commitment_point, channel->our_next.wire, 33);
    offer->shutdown_script = btc_bytes(channel->policy.shutdown_script, channel->policy.shutdown_length);
    offer->channel_type = btc_bytes(type, write_type(type, channel->flags));
    message->tlvs.present = LN_HAS_SHUTDOWN_SCRIPT | LN_HAS_CHANNEL_TYPE;
}

static struct ln_terms read_terms(const struct ln_channel_offer *offer)
{
    return (struct ln_terms){.dust_limit_sat = offer->dust_limit_sat,
                             .max_in_flight_msat = offer->max_htlc_value_in_flight_msat,
                             .reserve_sat = offer->channel_reserve_sat,
                             .htlc_minimum_msat = offer->htlc_minimum_msat,
                             .to_self_delay_blocks = offer->to_self_delay_blocks,
                             .max_accepted_htlcs = offer->max_accepted_htlcs};
}

/* What BOLT 2 asks of both messages; and that the two sides' reserves are above both dust limits. */
static enum ln_channel_result check_terms(const struct ln_channel *channel, const struct ln_terms *theirs,
                                          uint64_t funding_sat)
{
    const struct ln_terms *ours = &channel->policy.terms;
    bool good = theirs->dust_limit_sat >= LN_DUST_LIMIT_MIN_SAT && theirs->max_accepted_htlcs <= LN_HTLCS_MAX &&
                theirs->max_accepted_htlcs > 0 && theirs->dust_limit_sat <= theirs->reserve_sat &&
                theirs->reserve_sat < funding_sat && theirs->dust_limit_sat <= ours->reserve_sat &&
                ours->dust_limit_sat <= theirs->reserve_sat &&
                theirs->to_self_delay_blocks <= channel->policy.max_to_self_delay_blocks &&
                theirs->htlc_minimum_msat <= 1000 * funding_sat;
    return good ? LN_CHANNEL_OK : LN_CHANNEL_TERMS;
}

/* Takes the peer's keys and terms into a copy of the channel. */
static enum ln_channel_result meet(struct ln_channel *channel, const struct ln_workshop *shop,
                                   const struct ln_message *message)
{
    const struct ln_channel_offer *offer = &message->channel;
    struct ln_basepoints points;
    memcpy(points.point[LN_BASE_FUNDING], offer->funding_pubkey, 33);
    memcpy(points.point[LN_BASE_REVOCATION], offer->revocation_basepoint, 33);
    memcpy(points.point[LN_BASE_PAYMENT], offer->payment_basepoint, 33);
    memcpy(points.point[LN_BASE_DELAYED_PAYMENT], offer->delayed_payment_basepoint, 33);
    memcpy(points.point[LN_BASE_HTLC], offer->htlc_basepoint, 33);
    if (!ln_keyring_meet(shop->backend, &channel->keyring, &points, (enum ln_side)channel->opener) ||
        !ln_backend_read_point(shop->backend, &channel->their_point, offer->first_per_commitment_point)) {
        return LN_CHANNEL_POINT;
    }
    channel->their_terms = read_terms(offer);
    if ((message->tlvs.present & LN_HAS_SHUTDOWN_SCRIPT) && offer->shutdown_script.length > 0) {
        if (offer->shutdown_script.length > LN_SHUTDOWN_SCRIPT_MAX) {
            return LN_CHANNEL_SCRIPT;
        }
        channel->has_their_upfront = true;
        channel->shutdown.their_length = (uint8_t)offer->shutdown_script.length;
        memcpy(channel->shutdown.their_script, offer->shutdown_script.data, offer->shutdown_script.length);
    }
    return LN_CHANNEL_OK;
}

/* The opener can pay for the first commitment, and somebody has more than the reserve. */
static enum ln_channel_result check_amounts(const struct ln_channel *channel, uint64_t reserve_sat)
{
    struct ln_fee_terms terms = {ln_channel_form_of(channel), channel->fees.rate_sat_per_kwu[LN_LIVE], 0};
    uint64_t cost_msat = 1000 * (ln_commitment_fee_sat(&terms, 0) + (terms.form == LN_ANCHORS ? 2 * LN_ANCHOR_SAT : 0));
    uint64_t push_msat = channel->push_msat;
    if (push_msat > 1000 * channel->funding_sat || 1000 * channel->funding_sat - push_msat < cost_msat) {
        return LN_CHANNEL_FEE;
    }
    uint64_t left_msat = 1000 * channel->funding_sat - push_msat - cost_msat;
    bool both_low = left_msat <= 1000 * reserve_sat && push_msat <= 1000 * reserve_sat;
    return both_low ? LN_CHANNEL_RESERVE : LN_CHANNEL_OK;
}

static void set_balances(struct ln_channel *channel)
{
    channel->settled_msat[channel->opener] = 1000 * channel->funding_sat - channel->push_msat;
    channel->settled_msat[1 - channel->opener] = channel->push_msat;
}

/* ---- open_channel, accept_channel ---- */

enum ln_channel_result ln_establish_open(struct ln_channel *channel, const struct ln_workshop *shop,
                                         const struct ln_opening *opening)
{
    struct ln_message message = {.type = LN_OPEN_CHANNEL};
    uint8_t type[TYPE_BYTES];
    const struct ln_channel_policy *policy = &channel->policy;
    bool hidden = !(policy->flags & LN_CHANNEL_ANNOUNCE) || !(policy->flags & LN_CHANNEL_SCID_ALIAS);
    if (channel->stage != LN_STAGE_NEW || !channel->connected) {
        return channel->connected ? LN_CHANNEL_STAGE : LN_CHANNEL_OFFLINE;
    }
    if (opening->funding_sat > LN_FUNDING_MAX_SAT || opening->feerate_sat_per_kwu == 0 || !hidden ||
        policy->terms.reserve_sat < policy->terms.dust_limit_sat) {
        return LN_CHANNEL_TERMS;
    }
    struct ln_channel before = *channel;
    channel->opener = channel->fees.opener = LN_US;
    channel->flags = policy->flags;
    channel->funding_sat = opening->funding_sat;
    channel->push_msat = opening->push_msat;
    channel->fees.rate_sat_per_kwu[LN_LIVE] = opening->feerate_sat_per_kwu;
    memcpy(channel->id, opening->temporary_id, 32);
    enum ln_channel_result result = check_amounts(channel, policy->terms.reserve_sat);
    if (result != LN_CHANNEL_OK) {
        *channel = before;
        return result;
    }
    set_balances(channel);
    channel->stage = LN_STAGE_SENT_OPEN;
    write_offer(&message, channel, type);
    memcpy(message.channel.chain_hash, policy->chain_hash, 32);
    message.channel.funding_sat = opening->funding_sat;
    message.channel.push_msat = opening->push_msat;
    message.channel.feerate_sat_per_kwu = opening->feerate_sat_per_kwu;
    message.channel.channel_flags = policy->flags & LN_CHANNEL_ANNOUNCE ? 1 : 0;
    ln_effects_message(shop->effects, &message);
    return LN_CHANNEL_OK;
}

/* What is asked of the opener besides its terms. */
static enum ln_channel_result check_open(const struct ln_channel *channel, const struct ln_message *message,
                                         uint8_t flags)
{
    const struct ln_channel_offer *offer = &message->channel;
    const struct ln_channel_policy *policy = &channel->policy;
    bool hidden = !(offer->channel_flags & 1) || !(flags & LN_CHANNEL_SCID_ALIAS);
    if ((flags & ~policy->flags) || !hidden) {
        return LN_CHANNEL_TYPE;
    }
    bool good = memcmp(offer->chain_hash, policy->chain_hash, 32) == 0 && offer->funding_sat <= LN_FUNDING_MAX_SAT &&
                offer->funding_sat >= policy->funding_min_sat &&
                offer->feerate_sat_per_kwu >= policy->feerate_min_sat_per_kwu &&
                offer->feerate_sat_per_kwu <= policy->feerate_max_sat_per_kwu;
    return good ? LN_CHANNEL_OK : LN_CHANNEL_TERMS;
}

static enum ln_channel_result accept_open(struct ln_channel *channel, const struct ln_workshop *shop,
                                          const struct ln_message *message, uint8_t flags)
{
    const struct ln_channel_offer *offer = &message->channel;
    struct ln_terms terms = read_terms(offer);
    enum ln_channel_result result = check_open(channel, message, flags);
    if (result == LN_CHANNEL_OK) {
        result = check_terms(channel, &terms, offer->funding_sat);
    }
    if (result != LN_CHANNEL_OK) {
        return result;
    }
    channel->opener = channel->fees.opener = LN_THEM;
    channel->flags = (uint8_t)(flags | (offer->channel_flags & 1 ? LN_CHANNEL_ANNOUNCE : 0) |
                               (channel->policy.flags & LN_CHANNEL_ANY_SEGWIT));
    channel->funding_sat = offer->funding_sat;
    channel->push_msat = offer->push_msat;
    channel->fees.rate_sat_per_kwu[LN_LIVE] = offer->feerate_sat_per_kwu;
    memcpy(channel->id, offer->temporary_channel_id, 32);
    result = check_amounts(channel, offer->channel_reserve_sat);
    return result == LN_CHANNEL_OK ? meet(channel, shop, message) : result;
}

static enum ln_channel_result receive_open(struct ln_channel *channel, const struct ln_workshop *shop,
                                           const struct ln_message *message)
{
    uint8_t type[TYPE_BYTES];
    uint8_t flags;
    if (channel->stage != LN_STAGE_NEW) {
        return LN_CHANNEL_MESSAGE;
    }
    if (!(message->tlvs.present & LN_HAS_CHANNEL_TYPE) || !read_type(&flags, message->channel.channel_type)) {
        return LN_CHANNEL_TYPE;
    }
    struct ln_channel before = *channel;
    enum ln_channel_result result = accept_open(channel, shop, message, flags);
    if (result != LN_CHANNEL_OK) {
        *channel = before;
        return result;
    }
    struct ln_message answer = {.type = LN_ACCEPT_CHANNEL};
    set_balances(channel);
    channel->minimum_depth_blocks = flags & LN_CHANNEL_ZERO_CONF ? 0 : channel->policy.minimum_depth_blocks;
    channel->stage = LN_STAGE_SENT_ACCEPT;
    write_offer(&answer, channel, type);
    answer.channel.minimum_depth_blocks = channel->minimum_depth_blocks;
    ln_effects_message(shop->effects, &answer);
    return LN_CHANNEL_OK;
}

/* "if minimum_depth is unreasonably large: MAY fail the channel"; zero-conf means none. */
static bool is_depth_acceptable(const struct ln_channel *channel, uint8_t flags, uint32_t depth_blocks)
{
    uint32_t most_blocks = channel->policy.max_minimum_depth_blocks;
    return flags & LN_CHANNEL_ZERO_CONF ? depth_blocks == 0 : most_blocks == 0 || depth_blocks <= most_blocks;
}

static enum ln_channel_result receive_accept(struct ln_channel *channel, const struct ln_workshop *shop,
                                             const struct ln_message *message)
{
    uint8_t flags;
    const uint8_t typed = LN_CHANNEL_ANCHORS | LN_CHANNEL_SCID_ALIAS | LN_CHANNEL_ZERO_CONF;
    struct ln_terms terms = read_terms(&message->channel);
    if (channel->stage != LN_STAGE_SENT_OPEN) {
        return LN_CHANNEL_MESSAGE;
    }
    if (!(message->tlvs.present & LN_HAS_CHANNEL_TYPE) || !read_type(&flags, message->channel.channel_type) ||
        flags != (channel->flags & typed)) {
        return LN_CHANNEL_TYPE;
    }
    enum ln_channel_result result = check_terms(channel, &terms, channel->funding_sat);
    if (result == LN_CHANNEL_OK && !is_depth_acceptable(channel, flags, message->channel.minimum_depth_blocks)) {
        result = LN_CHANNEL_TERMS;
    }
    struct ln_channel before = *channel;
    if (result == LN_CHANNEL_OK) {
        result = meet(channel, shop, message);
    }
    if (result != LN_CHANNEL_OK) {
        *channel = before;
        return result;
    }
    uint8_t script[LN_FUNDING_SCRIPT_BYTES];
    uint8_t hash[32];
    uint8_t output[BTC_P2WSH_BYTES];
    ln_script_funding(script, channel->keyring.base[LN_US][LN_BASE_FUNDING].wire,
                      channel->keyring.base[LN_THEM][LN_BASE_FUNDING].wire);
    btc_sha256(hash, script, sizeof script);
    btc_script_p2wsh(output, hash);
    channel->minimum_depth_blocks = message->channel.minimum_depth_blocks;
    channel->stage = LN_STAGE_ACCEPTED;
    ln_effects_event(shop->effects,
                     &(struct ln_event){.kind = LN_EVENT_FUND, .amount_msat = 1000 * channel->funding_sat},
                     btc_bytes(output, sizeof output));
    return LN_CHANNEL_OK;
}

enum ln_channel_result ln_establish_receive(struct ln_channel *channel, const struct ln_workshop *shop,
                                            const struct ln_message *message)
{
    switch (message->type) {
    case LN_OPEN_CHANNEL:
        return receive_open(channel, shop, message);
    case LN_ACCEPT_CHANNEL:
        return receive_accept(channel, shop, message);
    case LN_FUNDING_CREATED:
        return ln_establish_receive_created(channel, shop, message);
    case LN_FUNDING_SIGNED:
        return ln_establish_receive_signed(channel, shop, message);
    case LN_CHANNEL_READY:
        return ln_establish_receive_ready(channel, shop, message);
    }
    return LN_CHANNEL_MESSAGE;
}
