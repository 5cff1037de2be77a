/* channel_limits.c: whether an HTLC or a feerate may be offered.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/channel_limits.h"

#include <string.h>

#define SPIKE_FACTOR 2 /* the feerate that must still be payable, as a multiple */

enum scope {
    SCOPE_NEXT,    /* the commitment as signed next */
    SCOPE_LENIENT, /* the same; our HTLCs that they have not signed have no weight */
    SCOPE_ALL,     /* with all that is under way, by whoever */
};

/* A commitment in numbers. */
struct tally {
    struct ln_fee_terms terms;
    uint64_t balance_msat[2];
    uint64_t in_flight_msat[2];
    uint64_t dust_msat;
    uint32_t count[2];
    uint32_t untrimmed;
};

/* The commitment that an update by a side changes first. */
static struct ln_look next_look(enum ln_side by)
{
    return by == LN_US ? (struct ln_look){LN_THEM, LN_SEND_COMMIT} : (struct ln_look){LN_US, LN_RECEIVE_COMMIT};
}

static bool is_counted(struct ln_look look, enum scope scope, uint8_t state)
{
    const struct ln_htlc_row *row = ln_htlc_row(state);
    if (scope == SCOPE_ALL) {
        return row->phase <= (row->owner == LN_US ? LN_REMOVE : LN_LIVE);
    }
    return ln_look_has(look, state);
}

static void tally_one(struct tally *tally, struct ln_look look, const struct ln_offer *offer)
{
    enum ln_htlc_side side = offer->owner == look.owner ? LN_HTLC_OFFERED : LN_HTLC_RECEIVED;
    tally->count[offer->owner]++;
    tally->in_flight_msat[offer->owner] += offer->amount_msat;
    if (ln_htlc_is_trimmed(&tally->terms, side, offer->amount_msat)) {
        tally->dust_msat += offer->amount_msat;
    } else {
        tally->untrimmed++;
    }
}

static void take_tally(struct tally *tally, const struct ln_channel *channel, const struct ln_workshop *shop,
                       struct ln_look look, enum scope scope)
{
    memcpy(tally->balance_msat, channel->settled_msat, sizeof tally->balance_msat);
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE; i = ln_record_of(shop, i)->next) {
        const struct ln_slot *record = ln_record_of(shop, i);
        const struct ln_htlc_row *row = ln_htlc_row(record->state);
        bool inside = is_counted(look, scope, record->state);
        bool fulfilled = !inside && row->phase >= LN_REMOVE && record->outcome == LN_OUTCOME_FULFILLED;
        if (inside || fulfilled) {
            tally->balance_msat[row->owner] -= record->amount_msat;
        }
        if (fulfilled) {
            tally->balance_msat[1 - row->owner] += record->amount_msat;
        }
        if (inside) {
            uint32_t untrimmed = tally->untrimmed;
            tally_one(tally, look, &(struct ln_offer){(enum ln_side)row->owner, record->amount_msat, 0});
            if (scope == SCOPE_LENIENT && record->state == ln_htlc_state(LN_US, LN_ADD_ACKED)) {
                tally->untrimmed = untrimmed;
            }
        }
    }
}

static uint32_t highest_rate(const struct ln_channel *channel)
{
    uint32_t highest = 0;
    for (unsigned i = 0; i <= LN_LIVE; i++) {
        uint32_t rate = channel->fees.rate_sat_per_kwu[i];
        highest = rate > highest ? rate : highest;
    }
    return highest;
}

static struct tally begin_tally(const struct ln_channel *channel, struct ln_look look, enum scope scope)
{
    struct tally tally = {.terms = ln_look_terms(channel, look)};
    if (scope == SCOPE_ALL) {
        tally.terms.feerate_sat_per_kwu = highest_rate(channel);
    }
    return tally;
}

/* What the opener must have in a commitment of so many HTLC outputs. */
static uint64_t opener_cost_msat(const struct ln_fee_terms *terms, uint32_t untrimmed)
{
    return 1000 * (ln_commitment_fee_sat(terms, untrimmed) + (terms->form == LN_ANCHORS ? 2 * LN_ANCHOR_SAT : 0));
}

/* Whether the opener can pay for it and keep the reserve that the other side asks for. */
static bool opener_can_pay(const struct ln_channel *channel, const struct tally *tally, uint32_t untrimmed)
{
    enum ln_side opener = (enum ln_side)channel->opener;
    uint64_t reserve_msat = 1000 * ln_channel_terms(channel, ln_other_side(opener))->reserve_sat;
    return tally->balance_msat[opener] >= reserve_msat + opener_cost_msat(&tally->terms, untrimmed);
}

static enum ln_channel_result check_offer(const struct ln_channel *channel, const struct ln_offer *offer)
{
    const struct ln_terms *other = ln_channel_terms(channel, ln_other_side(offer->owner));
    if (offer->amount_msat == 0 || offer->amount_msat < other->htlc_minimum_msat || offer->amount_msat > LN_MSAT_MAX) {
        return LN_CHANNEL_AMOUNT;
    }
    return offer->cltv_expiry_height >= LN_EXPIRY_BEHIND ? LN_CHANNEL_EXPIRY : LN_CHANNEL_OK;
}

enum ln_channel_result ln_limits_add(const struct ln_channel *channel, const struct ln_workshop *shop,
                                     const struct ln_offer *offer)
{
    const struct ln_terms *other = ln_channel_terms(channel, ln_other_side(offer->owner));
    struct ln_look look = next_look(offer->owner);
    enum scope scope = offer->owner == LN_US ? SCOPE_NEXT : SCOPE_LENIENT;
    struct tally tally = begin_tally(channel, look, scope);
    enum ln_channel_result result = check_offer(channel, offer);
    if (result != LN_CHANNEL_OK) {
        return result;
    }
    take_tally(&tally, channel, shop, look, scope);
    tally_one(&tally, look, offer);
    if (tally.count[offer->owner] > other->max_accepted_htlcs) {
        return LN_CHANNEL_TOO_MANY;
    }
    if (tally.in_flight_msat[offer->owner] > other->max_in_flight_msat) {
        return LN_CHANNEL_IN_FLIGHT;
    }
    uint64_t *balance_msat = &tally.balance_msat[offer->owner];
    if (*balance_msat < offer->amount_msat || *balance_msat - offer->amount_msat < 1000 * other->reserve_sat) {
        return LN_CHANNEL_RESERVE;
    }
    *balance_msat -= offer->amount_msat;
    return channel->opener == offer->owner && !opener_can_pay(channel, &tally, tally.untrimmed) ? LN_CHANNEL_FEE
                                                                                                : LN_CHANNEL_OK;
}

/* A side's commitment with all that is under way and the HTLC. Returns whether the HTLC is dust in it and too much. */
static bool tally_with(struct tally *tally, const struct ln_channel *channel, const struct ln_workshop *shop,
                       enum ln_side owner, const struct ln_offer *offer)
{
    struct ln_look look = {owner, LN_STEP_NONE};
    *tally = begin_tally(channel, look, SCOPE_ALL);
    take_tally(tally, channel, shop, look, SCOPE_ALL);
    uint64_t before_msat = tally->dust_msat;
    tally_one(tally, look, offer);
    return tally->dust_msat > before_msat && tally->dust_msat > channel->policy.max_dust_exposure_msat;
}

bool ln_limits_exposed(const struct ln_channel *channel, const struct ln_workshop *shop, const struct ln_offer *offer)
{
    struct tally tally;
    return tally_with(&tally, channel, shop, LN_US, offer) || tally_with(&tally, channel, shop, LN_THEM, offer);
}

enum ln_channel_result ln_limits_add_prudent(const struct ln_channel *channel, const struct ln_workshop *shop,
                                             const struct ln_offer *offer)
{
    bool exposed = false;
    for (unsigned owner = LN_US; owner <= LN_THEM; owner++) {
        struct tally tally;
        exposed |= tally_with(&tally, channel, shop, (enum ln_side)owner, offer);
        uint64_t *balance_msat = &tally.balance_msat[offer->owner];
        if (*balance_msat < offer->amount_msat) {
            return LN_CHANNEL_RESERVE;
        }
        *balance_msat -= offer->amount_msat;
        if (!opener_can_pay(channel, &tally, tally.untrimmed)) {
            return LN_CHANNEL_FEE;
        }
        tally.terms.feerate_sat_per_kwu *= SPIKE_FACTOR;
        if (channel->opener == offer->owner && !opener_can_pay(channel, &tally, tally.untrimmed + 1)) {
            return LN_CHANNEL_FEE;
        }
    }
    return exposed ? LN_CHANNEL_DUST : LN_CHANNEL_OK;
}

/* Without anchors a higher feerate trims HTLCs: the dust at risk grows. */
static bool fee_exposes(const struct ln_channel *channel, const struct tally *tally)
{
    return ln_channel_form_of(channel) != LN_ANCHORS && tally->dust_msat > channel->policy.max_dust_exposure_msat;
}

enum ln_channel_result ln_limits_fee(const struct ln_channel *channel, const struct ln_workshop *shop, enum ln_side by,
                                     uint32_t rate_sat_per_kwu)
{
    if (by != channel->opener) {
        return LN_CHANNEL_OPENER;
    }
    if (rate_sat_per_kwu == 0 || rate_sat_per_kwu < channel->policy.feerate_min_sat_per_kwu ||
        rate_sat_per_kwu > channel->policy.feerate_max_sat_per_kwu) {
        return LN_CHANNEL_FEERATE;
    }
    struct ln_look look = next_look(by);
    enum scope scope = by == LN_US ? SCOPE_NEXT : SCOPE_LENIENT;
    struct tally next = begin_tally(channel, look, scope);
    next.terms.feerate_sat_per_kwu = rate_sat_per_kwu;
    take_tally(&next, channel, shop, look, scope);
    if (!opener_can_pay(channel, &next, next.untrimmed)) {
        return LN_CHANNEL_FEE;
    }
    for (unsigned owner = LN_US; by == LN_US && owner <= LN_THEM; owner++) {
        struct tally all = begin_tally(channel, (struct ln_look){(enum ln_side)owner, LN_STEP_NONE}, SCOPE_ALL);
        all.terms.feerate_sat_per_kwu = rate_sat_per_kwu;
        take_tally(&all, channel, shop, (struct ln_look){(enum ln_side)owner, LN_STEP_NONE}, SCOPE_ALL);
        if (!opener_can_pay(channel, &all, all.untrimmed)) {
            return LN_CHANNEL_FEE;
        }
        if (fee_exposes(channel, &all)) {
            return LN_CHANNEL_DUST;
        }
    }
    return LN_CHANNEL_OK;
}
