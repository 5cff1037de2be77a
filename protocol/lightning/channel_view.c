/* channel_view.c: what a commitment of a channel shows.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/channel_view.h"

#include <assert.h>
#include <string.h>

bool ln_look_has(struct ln_look look, uint8_t state)
{
    enum ln_place place = look.owner == LN_US ? LN_IN_LOCAL : LN_IN_REMOTE;
    return ln_htlc_row(ln_htlc_state_after(state, look.step))->places & place;
}

struct ln_fee_terms ln_look_terms(const struct ln_channel *channel, struct ln_look look)
{
    enum ln_place place = look.owner == LN_US ? LN_IN_LOCAL : LN_IN_REMOTE;
    return (struct ln_fee_terms){.form = ln_channel_form_of(channel),
                                 .feerate_sat_per_kwu = ln_fee_rate(&channel->fees, place, look.step),
                                 .dust_limit_sat = ln_channel_terms(channel, look.owner)->dust_limit_sat};
}

/* An HTLC that a commitment has is off its owner's balance; one that it had is so too, and on the other's if it was
 * fulfilled. */
void ln_look_balances(const struct ln_channel *channel, const struct ln_workshop *shop, struct ln_look look,
                      uint64_t balance_msat[2])
{
    memcpy(balance_msat, channel->settled_msat, sizeof channel->settled_msat);
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE; i = ln_record_of(shop, i)->next) {
        const struct ln_slot *record = ln_record_of(shop, i);
        const struct ln_htlc_row *row = ln_htlc_row(record->state);
        bool inside = ln_look_has(look, record->state);
        bool fulfilled = !inside && row->phase >= LN_REMOVE && record->outcome == LN_OUTCOME_FULFILLED;
        if (inside || fulfilled) {
            assert(balance_msat[row->owner] >= record->amount_msat);
            balance_msat[row->owner] -= record->amount_msat;
        }
        if (fulfilled) {
            balance_msat[1 - row->owner] += record->amount_msat;
        }
    }
}

/* ---- the transaction ---- */

static bool fill_htlcs(struct ln_picture *picture, const struct ln_channel *channel, const struct ln_workshop *shop,
                       struct ln_look look)
{
    struct ln_htlc *htlcs = btc_arena_take(shop->scratch, channel->record_count, sizeof *htlcs);
    picture->records = btc_arena_take(shop->scratch, channel->record_count, sizeof *picture->records);
    if (htlcs == NULL || picture->records == NULL) {
        return false;
    }
    uint32_t count = 0;
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE; i = ln_record_of(shop, i)->next) {
        const struct ln_slot *record = ln_record_of(shop, i);
        if (!ln_look_has(look, record->state)) {
            continue;
        }
        bool offered = ln_htlc_row(record->state)->owner == look.owner;
        htlcs[count] = (struct ln_htlc){.id = record->id,
                                        .amount_msat = record->amount_msat,
                                        .cltv_expiry_height = record->cltv_expiry_height,
                                        .side = offered ? LN_HTLC_OFFERED : LN_HTLC_RECEIVED};
        memcpy(htlcs[count].payment_hash, record->payment_hash, 32);
        picture->records[count++] = i;
    }
    picture->view.htlcs = htlcs;
    picture->view.htlc_count = count;
    return true;
}

static void fill_view(struct ln_picture *picture, const struct ln_channel *channel, const struct ln_workshop *shop,
                      struct ln_look look)
{
    enum ln_side other = ln_other_side(look.owner);
    uint64_t balance_msat[2];
    ln_look_balances(channel, shop, look, balance_msat);
    picture->view.terms = ln_look_terms(channel, look);
    picture->view.funding = channel->funding;
    picture->view.funding_sat = (int64_t)channel->funding_sat;
    picture->view.owner_funding_key = channel->keyring.base[look.owner][LN_BASE_FUNDING].wire;
    picture->view.other_funding_key = channel->keyring.base[other][LN_BASE_FUNDING].wire;
    picture->view.keys = &picture->derived.keys;
    picture->view.opener = channel->opener == look.owner ? LN_OWNER : LN_OTHER;
    picture->view.to_self_delay_blocks = ln_channel_terms(channel, other)->to_self_delay_blocks;
    picture->view.obscuring_factor = channel->keyring.obscuring_factor;
    picture->view.owner_msat = balance_msat[look.owner];
    picture->view.other_msat = balance_msat[other];
}

static bool has_outputs_of_htlcs(const struct ln_commitment_view *view)
{
    for (uint32_t i = 0; i < view->htlc_count; i++) {
        if (!ln_htlc_is_trimmed(&view->terms, view->htlcs[i].side, view->htlcs[i].amount_msat)) {
            return true;
        }
    }
    return false;
}

enum ln_channel_result ln_picture_build(struct ln_picture *picture, const struct ln_channel *channel,
                                        const struct ln_workshop *shop, struct ln_look look,
                                        const struct ln_point *point, uint64_t number)
{
    fill_view(picture, channel, shop, look);
    picture->view.number = number;
    picture->point = *point;
    if (!fill_htlcs(picture, channel, shop, look)) {
        return LN_CHANNEL_NO_ROOM;
    }
    bool htlcs = has_outputs_of_htlcs(&picture->view);
    if (!ln_backend_derive(shop->backend, &picture->derived, &channel->keyring, look.owner, point, htlcs)) {
        return LN_CHANNEL_POINT;
    }
    switch (ln_commitment_build(&picture->commitment, shop->scratch, &picture->view)) {
    case LN_COMMITMENT_OK:
        return LN_CHANNEL_OK;
    case LN_COMMITMENT_NO_MEMORY:
        return LN_CHANNEL_NO_ROOM;
    case LN_COMMITMENT_AMOUNTS:
    case LN_COMMITMENT_NO_OUTPUT:
        break;
    }
    return LN_CHANNEL_FEE;
}

/* ---- signatures ---- */

enum ln_channel_result ln_picture_sign(const struct ln_picture *picture, const struct ln_channel *channel,
                                       const struct ln_workshop *shop, uint8_t signature[64],
                                       struct btc_bytes *htlc_signatures)
{
    const struct ln_keyring *keyring = &channel->keyring;
    uint8_t hash[32];
    uint8_t secret[32];
    uint8_t *list = btc_arena_take(shop->scratch, picture->commitment.htlc_count, 64);
    if (list == NULL) {
        return LN_CHANNEL_NO_ROOM;
    }
    ln_commitment_sighash(hash, &picture->commitment);
    bool good = ln_backend_sign(shop->backend, signature, hash, keyring->secrets.secret[LN_BASE_FUNDING],
                                keyring->base[LN_US][LN_BASE_FUNDING].wire) &&
                ln_keyring_htlc_secret(shop->backend, keyring, secret, picture->point.wire);
    uint32_t count = 0;
    for (uint32_t i = 0; good && i < picture->commitment.tx.output_count; i++) {
        if (picture->commitment.outputs[i].kind == LN_OUTPUT_HTLC) {
            struct ln_htlc_tx htlc_tx;
            ln_commitment_htlc_tx(&htlc_tx, &picture->commitment, &picture->view, i);
            ln_htlc_tx_sighash(hash, &htlc_tx, LN_SIGNER_OTHER);
            good = ln_backend_sign(shop->backend, list + 64 * (size_t)count++, hash, secret,
                                   picture->derived.other_htlc.wire);
        }
    }
    *htlc_signatures = btc_bytes(list, 64 * (size_t)count);
    return good ? LN_CHANNEL_OK : LN_CHANNEL_POINT;
}

enum ln_channel_result ln_picture_verify(const struct ln_picture *picture, const struct ln_channel *channel,
                                         const struct ln_workshop *shop, const uint8_t signature[64],
                                         struct btc_bytes htlc_signatures)
{
    uint8_t hash[32];
    if (htlc_signatures.length != 64 * (size_t)picture->commitment.htlc_count) {
        return LN_CHANNEL_COUNT;
    }
    ln_commitment_sighash(hash, &picture->commitment);
    if (!ln_backend_verify(shop->backend, signature, hash, &channel->keyring.base[LN_THEM][LN_BASE_FUNDING])) {
        return LN_CHANNEL_SIGNATURE;
    }
    const uint8_t *next = htlc_signatures.data;
    for (uint32_t i = 0; i < picture->commitment.tx.output_count; i++) {
        if (picture->commitment.outputs[i].kind == LN_OUTPUT_HTLC) {
            struct ln_htlc_tx htlc_tx;
            ln_commitment_htlc_tx(&htlc_tx, &picture->commitment, &picture->view, i);
            ln_htlc_tx_sighash(hash, &htlc_tx, LN_SIGNER_OTHER);
            if (!ln_backend_verify(shop->backend, next, hash, &picture->derived.other_htlc)) {
                return LN_CHANNEL_SIGNATURE;
            }
            next += 64;
        }
    }
    return LN_CHANNEL_OK;
}

static struct ln_slot *record_of_output(const struct ln_picture *picture, const struct ln_workshop *shop, uint32_t i)
{
    ptrdiff_t place = picture->commitment.outputs[i].htlc - picture->view.htlcs;
    return ln_record_of(shop, picture->records[place]);
}

void ln_picture_keep(const struct ln_picture *picture, const struct ln_workshop *shop, struct btc_bytes htlc_signatures)
{
    const uint8_t *next = htlc_signatures.data;
    for (uint32_t i = 0; i < picture->commitment.tx.output_count; i++) {
        if (picture->commitment.outputs[i].kind == LN_OUTPUT_HTLC) {
            memcpy(record_of_output(picture, shop, i)->signature, next, 64);
            next += 64;
        }
    }
}

/* ---- to be broadcast ---- */

static bool both_signatures(const struct ln_workshop *shop, struct btc_signature pair[2], const uint8_t ours[64],
                            const uint8_t theirs[64])
{
    return btc_signature_read(shop->backend->curve, &pair[LN_US], ours) &&
           btc_signature_read(shop->backend->curve, &pair[LN_THEM], theirs);
}

enum ln_channel_result ln_picture_ours(struct ln_picture *picture, struct ln_channel *channel,
                                       const struct ln_workshop *shop)
{
    uint8_t bytes[32];
    uint8_t ours[64];
    struct ln_point point;
    struct btc_signature pair[2];
    ln_keyring_secret(&channel->keyring, bytes, channel->local_number);
    if (!ln_backend_point(shop->backend, &point, bytes)) {
        return LN_CHANNEL_POINT;
    }
    struct ln_look look = {LN_US, LN_STEP_NONE};
    enum ln_channel_result result = ln_picture_build(picture, channel, shop, look, &point, channel->local_number);
    if (result != LN_CHANNEL_OK) {
        return result;
    }
    ln_commitment_sighash(bytes, &picture->commitment);
    if (!ln_backend_sign(shop->backend, ours, bytes, channel->keyring.secrets.secret[LN_BASE_FUNDING],
                         channel->keyring.base[LN_US][LN_BASE_FUNDING].wire) ||
        !both_signatures(shop, pair, ours, channel->their_signature)) {
        return LN_CHANNEL_SIGNATURE;
    }
    ln_commitment_sign(shop->backend->curve, &picture->commitment, &picture->view, &pair[LN_US], &pair[LN_THEM]);
    return LN_CHANNEL_OK;
}

bool ln_picture_second_stage(const struct ln_picture *picture, const struct ln_channel *channel,
                             const struct ln_workshop *shop, struct ln_htlc_tx *htlc_tx, uint32_t output,
                             const uint8_t *preimage)
{
    uint8_t hash[32];
    uint8_t secret[32];
    uint8_t ours[64];
    struct btc_signature pair[2];
    ln_commitment_htlc_tx(htlc_tx, &picture->commitment, &picture->view, output);
    ln_htlc_tx_sighash(hash, htlc_tx, LN_SIGNER_OWNER);
    if (!ln_keyring_htlc_secret(shop->backend, &channel->keyring, secret, picture->point.wire) ||
        !ln_backend_sign(shop->backend, ours, hash, secret, picture->derived.owner_htlc.wire) ||
        !both_signatures(shop, pair, ours, record_of_output(picture, shop, output)->signature)) {
        return false;
    }
    ln_htlc_tx_sign(shop->backend->curve, htlc_tx, &pair[LN_US], &pair[LN_THEM], preimage);
    return true;
}
