/* channel_close.c: closing by agreement.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/channel_close.h"

#include <string.h>

#include "protocol/bitcoin/amount.h"
#include "protocol/bitcoin/script.h"
#include "protocol/lightning/channel_commit.h"

#define RELAY_SAT_PER_KWU 253 /* below it nobody relays; 1 sat per vbyte, rounded up */

/* ---- shutdown ---- */

/* BOLT 2's forms 1 to 3. */
static bool is_shutdown_script(const struct ln_channel *channel, struct btc_bytes script)
{
    uint8_t version;
    struct btc_bytes program;
    if (!btc_script_is_witness_program(&version, &program, script)) {
        return false;
    }
    if (version == 0) {
        return program.length == 20 || program.length == 32;
    }
    return channel->flags & LN_CHANNEL_ANY_SEGWIT;
}

void ln_channel_resend_shutdown(const struct ln_channel *channel, const struct ln_workshop *shop)
{
    struct ln_message message = {.type = LN_SHUTDOWN};
    memcpy(message.shutdown.channel_id, channel->id, 32);
    message.shutdown.script = btc_bytes(channel->policy.shutdown_script, channel->policy.shutdown_length);
    ln_effects_message(shop->effects, &message);
}

enum ln_channel_result ln_channel_shutdown(struct ln_channel *channel, const struct ln_workshop *shop)
{
    struct btc_bytes script = btc_bytes(channel->policy.shutdown_script, channel->policy.shutdown_length);
    if ((channel->stage != LN_STAGE_FUNDED && channel->stage != LN_STAGE_NORMAL) || channel->shutdown.wanted) {
        return LN_CHANNEL_STAGE;
    }
    if (!is_shutdown_script(channel, script)) {
        return LN_CHANNEL_SCRIPT;
    }
    channel->shutdown.wanted = true;
    ln_channel_persist(channel, shop); /* nobody says it again */
    ln_channel_close_on(channel, shop);
    return LN_CHANNEL_OK;
}

enum ln_channel_result ln_channel_receive_shutdown(struct ln_channel *channel, const struct ln_workshop *shop,
                                                   const struct ln_message *message)
{
    struct ln_shutdown_state *shutdown = &channel->shutdown;
    struct btc_bytes script = message->shutdown.script;
    bool known = shutdown->received || channel->has_their_upfront;
    if (!is_shutdown_script(channel, script) || script.length > LN_SHUTDOWN_SCRIPT_MAX ||
        (known && !btc_bytes_equal(script, btc_bytes(shutdown->their_script, shutdown->their_length)))) {
        return LN_CHANNEL_SCRIPT;
    }
    if (!shutdown->received) {
        memcpy(shutdown->their_script, script.data, script.length);
        shutdown->their_length = (uint8_t)script.length;
        shutdown->received = true;
        shutdown->wanted = true; /* "MUST reply" */
        ln_channel_persist(channel, shop);
        ln_channel_event(shop, LN_EVENT_SHUTDOWN, btc_bytes(NULL, 0));
    }
    return LN_CHANNEL_OK;
}

/* ---- the closing transaction ---- */

static struct ln_closing_view closing_view(const struct ln_channel *channel, uint64_t fee_sat, enum ln_side signer)
{
    const struct ln_shutdown_state *shutdown = &channel->shutdown;
    struct ln_closing_view view = {.funding = channel->funding,
                                   .funding_sat = (int64_t)channel->funding_sat,
                                   .opener = channel->opener,
                                   .fee_sat = fee_sat,
                                   .dust_limit_sat = ln_channel_terms(channel, signer)->dust_limit_sat};
    view.sides[LN_US] =
        (struct ln_closing_side){channel->settled_msat[LN_US], channel->keyring.base[LN_US][LN_BASE_FUNDING].wire,
                                 btc_bytes(channel->policy.shutdown_script, channel->policy.shutdown_length)};
    view.sides[LN_THEM] =
        (struct ln_closing_side){channel->settled_msat[LN_THEM], channel->keyring.base[LN_THEM][LN_BASE_FUNDING].wire,
                                 btc_bytes(shutdown->their_script, shutdown->their_length)};
    return view;
}

static bool sign_closing(const struct ln_channel *channel, const struct ln_workshop *shop, uint8_t signature[64],
                         const struct ln_closing_view *view)
{
    struct ln_closing closing;
    uint8_t hash[32];
    if (ln_closing_build(&closing, view) != LN_CLOSING_OK) {
        return false;
    }
    ln_closing_sighash(hash, &closing);
    return ln_backend_sign(shop->backend, signature, hash, channel->keyring.secrets.secret[LN_BASE_FUNDING],
                           channel->keyring.base[LN_US][LN_BASE_FUNDING].wire);
}

static bool verify_closing(const struct ln_channel *channel, const struct ln_workshop *shop,
                           const uint8_t signature[64], const struct ln_closing_view *view)
{
    struct ln_closing closing;
    uint8_t hash[32];
    if (ln_closing_build(&closing, view) != LN_CLOSING_OK) {
        return false;
    }
    ln_closing_sighash(hash, &closing);
    return ln_backend_verify(shop->backend, signature, hash, &channel->keyring.base[LN_THEM][LN_BASE_FUNDING]);
}

/* The signer leaves out what is dust to it, and may leave out its own output; that there is more is the variant that
 * our dust limit gives. */
static bool find_variant(const struct ln_channel *channel, const struct ln_workshop *shop, struct ln_closing_view *view,
                         const struct ln_closing_signed *in)
{
    for (unsigned tried = 0; tried < 3; tried++) {
        *view = closing_view(channel, in->fee_sat, tried < 2 ? LN_THEM : LN_US);
        view->omitted = tried == 1 ? 1u << LN_THEM : 0;
        if (verify_closing(channel, shop, in->signature, view)) {
            return true;
        }
    }
    return false;
}

static uint32_t closing_weight_wu(const struct ln_channel *channel)
{
    return ln_closing_weight_wu(channel->policy.shutdown_length, channel->shutdown.their_length);
}

/* ---- negotiation ---- */

static void send_closing(struct ln_channel *channel, const struct ln_workshop *shop, const struct ln_closing_view *view)
{
    struct ln_message message = {.type = LN_CLOSING_SIGNED};
    struct ln_shutdown_state *shutdown = &channel->shutdown;
    if (!sign_closing(channel, shop, message.closing_signed.signature, view)) {
        return; /* all is dust, or the fee is beyond the opener: there is nothing to agree upon */
    }
    memcpy(message.closing_signed.channel_id, channel->id, 32);
    message.closing_signed.fee_sat = view->fee_sat;
    message.closing_signed.min_fee_sat = shutdown->range_sat[0];
    message.closing_signed.max_fee_sat = shutdown->range_sat[1];
    message.tlvs.present = LN_HAS_FEE_RANGE;
    shutdown->fee_sent = true;
    shutdown->fee_sat = view->fee_sat;
    ln_effects_message(shop->effects, &message);
}

static void offer_fee(struct ln_channel *channel, const struct ln_workshop *shop, uint64_t fee_sat)
{
    struct ln_closing_view view = closing_view(channel, fee_sat, LN_US);
    send_closing(channel, shop, &view);
}

/* Our range: the opener would pay up to twice what it aims at, the other takes whatever is relayed. */
static void set_range(struct ln_channel *channel, uint64_t their_max_sat)
{
    uint64_t aim_sat =
        (uint64_t)btc_amount_fee(closing_weight_wu(channel), channel->policy.closing_feerate_sat_per_kwu);
    uint64_t most_sat = channel->settled_msat[channel->opener] / 1000;
    uint64_t low_sat = (uint64_t)btc_amount_fee(closing_weight_wu(channel), RELAY_SAT_PER_KWU);
    uint64_t high_sat = channel->opener == LN_US ? 2 * aim_sat : their_max_sat > aim_sat ? their_max_sat : aim_sat;
    high_sat = high_sat < most_sat ? high_sat : most_sat;
    channel->shutdown.range_sat[0] = low_sat < high_sat ? low_sat : high_sat;
    channel->shutdown.range_sat[1] = high_sat;
}

static bool may_talk(const struct ln_channel *channel)
{
    return channel->stage >= LN_STAGE_FUNDED && channel->stage <= LN_STAGE_CLOSED && channel->connected &&
           channel->reestablished;
}

static bool may_negotiate(const struct ln_channel *channel, const struct ln_workshop *shop)
{
    return may_talk(channel) && channel->shutdown.sent && channel->shutdown.received &&
           channel->first_record == LN_RECORD_NONE && ln_channel_is_quiet(channel, shop);
}

void ln_channel_close_on(struct ln_channel *channel, const struct ln_workshop *shop)
{
    struct ln_shutdown_state *shutdown = &channel->shutdown;
    if (shutdown->wanted && !shutdown->sent && may_talk(channel) && !ln_channel_wants_commit(channel, shop)) {
        shutdown->sent = true;
        ln_channel_persist(channel, shop);
        ln_channel_resend_shutdown(channel, shop);
    }
    if (channel->opener == LN_US && !shutdown->fee_sent && may_negotiate(channel, shop)) {
        set_range(channel, 0);
        uint64_t aim_sat = (shutdown->range_sat[0] + shutdown->range_sat[1]) / 2;
        uint64_t wish_sat =
            (uint64_t)btc_amount_fee(closing_weight_wu(channel), channel->policy.closing_feerate_sat_per_kwu);
        bool inside = wish_sat >= shutdown->range_sat[0] && wish_sat <= shutdown->range_sat[1];
        offer_fee(channel, shop, inside ? wish_sat : aim_sat);
    }
}

/* Both have signed this one: it may be broadcast. */
static bool finish(struct ln_channel *channel, const struct ln_workshop *shop, const struct ln_closing_view *view,
                   const struct ln_closing_signed *in)
{
    struct ln_closing closing;
    uint8_t ours[64];
    struct btc_signature pair[2];
    if (ln_closing_build(&closing, view) != LN_CLOSING_OK || !sign_closing(channel, shop, ours, view) ||
        !btc_signature_read(shop->backend->curve, &pair[LN_US], ours) ||
        !btc_signature_read(shop->backend->curve, &pair[LN_THEM], in->signature)) {
        return false;
    }
    ln_closing_sign(shop->backend->curve, &closing, view, pair);
    bool again = channel->stage == LN_STAGE_CLOSED;
    channel->stage = LN_STAGE_CLOSED;
    ln_channel_persist(channel, shop);
    if (in->fee_sat != channel->shutdown.fee_sat || !channel->shutdown.fee_sent) {
        struct ln_closing_view answer = *view;
        uint64_t dust_limit_sat = ln_channel_terms(channel, LN_US)->dust_limit_sat;
        answer.dust_limit_sat = view->dust_limit_sat > dust_limit_sat ? view->dust_limit_sat : dust_limit_sat;
        send_closing(channel, shop, &answer);
    }
    ln_effects_broadcast(shop->effects, &closing.tx);
    if (!again) {
        ln_channel_event(shop, LN_EVENT_CLOSED, btc_bytes(NULL, 0));
    }
    return true;
}

static uint64_t clamp(uint64_t value, uint64_t low, uint64_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* What to make of an offer. */
struct answer {
    enum ln_channel_result result;
    bool accepted;
    uint64_t counter_sat; /* otherwise */
};

/* "if the message contains a fee_range" */
static struct answer weigh_range(const struct ln_channel *channel, const struct ln_closing_signed *in)
{
    const struct ln_shutdown_state *shutdown = &channel->shutdown;
    uint64_t low_sat = in->min_fee_sat > shutdown->range_sat[0] ? in->min_fee_sat : shutdown->range_sat[0];
    uint64_t high_sat = in->max_fee_sat < shutdown->range_sat[1] ? in->max_fee_sat : shutdown->range_sat[1];
    bool inside = in->fee_sat >= low_sat && in->fee_sat <= high_sat;
    if (low_sat > high_sat) {
        return (struct answer){.result = LN_CHANNEL_RANGE};
    }
    if (inside && (channel->opener == LN_US || !shutdown->fee_sent)) {
        return (struct answer){.accepted = true};
    }
    if (channel->opener == LN_US ||
        shutdown->fee_sent) { /* who pays cannot leave the overlap, who chose cannot be asked */
        return (struct answer){.result = LN_CHANNEL_OFFER};
    }
    return (struct answer){.counter_sat = clamp(in->fee_sat, low_sat, high_sat)};
}

static bool is_strictly_between(uint64_t value, uint64_t a, uint64_t b)
{
    return (value > a && value < b) || (value > b && value < a);
}

/* Without ranges both go half way to meet. */
static struct answer weigh_step(const struct ln_channel *channel, const struct ln_closing_signed *in)
{
    const struct ln_shutdown_state *shutdown = &channel->shutdown;
    uint64_t low_sat = shutdown->range_sat[0];
    uint64_t high_sat = shutdown->range_sat[1];
    if (shutdown->fee_sent && shutdown->fee_received &&
        !is_strictly_between(in->fee_sat, shutdown->fee_sat, shutdown->their_fee_sat)) {
        return (struct answer){.result = LN_CHANNEL_BETWEEN};
    }
    if (in->fee_sat >= low_sat && in->fee_sat <= high_sat) {
        return (struct answer){.accepted = true};
    }
    if (!shutdown->fee_sent) {
        return (struct answer){.counter_sat = clamp(in->fee_sat, low_sat, high_sat)};
    }
    uint64_t next_sat = clamp(in->fee_sat / 2 + shutdown->fee_sat / 2, low_sat, high_sat);
    if (!is_strictly_between(next_sat, in->fee_sat, shutdown->fee_sat)) {
        return (struct answer){.result = LN_CHANNEL_RANGE};
    }
    return (struct answer){.counter_sat = next_sat};
}

enum ln_channel_result ln_channel_receive_closing(struct ln_channel *channel, const struct ln_workshop *shop,
                                                  const struct ln_message *message)
{
    const struct ln_closing_signed *in = &message->closing_signed;
    struct ln_shutdown_state *shutdown = &channel->shutdown;
    struct ln_closing_view view;
    if (!may_negotiate(channel, shop)) {
        return LN_CHANNEL_MESSAGE;
    }
    if (!find_variant(channel, shop, &view, in)) {
        return LN_CHANNEL_SIGNATURE;
    }
    struct ln_shutdown_state before = *shutdown;
    bool ranged = message->tlvs.present & LN_HAS_FEE_RANGE;
    if (!shutdown->fee_sent) {
        set_range(channel, ranged ? in->max_fee_sat : in->fee_sat);
    }
    struct answer answer = {.accepted = shutdown->fee_sent && in->fee_sat == shutdown->fee_sat};
    if (!answer.accepted) {
        answer = ranged ? weigh_range(channel, in) : weigh_step(channel, in);
    }
    if (answer.accepted && !finish(channel, shop, &view, in)) {
        answer.result = LN_CHANNEL_SIGNATURE;
    }
    if (answer.result != LN_CHANNEL_OK) {
        *shutdown = before;
        return answer.result;
    }
    shutdown->fee_received = true;
    shutdown->their_fee_sat = in->fee_sat;
    if (!answer.accepted) {
        offer_fee(channel, shop, answer.counter_sat);
    }
    return LN_CHANNEL_OK;
}
