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

/* The HTLCs of a look, from the records. */
static bool fill_htlcs(struct ln_picture *picture, struct ln_moment *moment, const struct ln_channel *channel,
                       const struct ln_workshop *shop, struct ln_look look)
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
    moment->htlcs = htlcs;
    moment->htlc_count = count;
    return true;
}

static void fill_view(struct ln_picture *picture, const struct ln_channel *channel, const struct ln_moment *moment)
{
    enum ln_side owner = moment->owner;
    enum ln_side other = ln_other_side(owner);
    picture->view =
        (struct ln_commitment_view){.terms = {.form = ln_channel_form_of(channel),
                                              .feerate_sat_per_kwu = moment->feerate_sat_per_kwu,
                                              .dust_limit_sat = ln_channel_terms(channel, owner)->dust_limit_sat},
                                    .funding = channel->funding,
                                    .funding_sat = (int64_t)channel->funding_sat,
                                    .owner_funding_key = channel->keyring.base[owner][LN_BASE_FUNDING].wire,
                                    .other_funding_key = channel->keyring.base[other][LN_BASE_FUNDING].wire,
                                    .keys = &picture->derived.keys,
                                    .opener = channel->opener == owner ? LN_OWNER : LN_OTHER,
                                    .to_self_delay_blocks = ln_channel_terms(channel, other)->to_self_delay_blocks,
                                    .number = moment->number,
                                    .obscuring_factor = channel->keyring.obscuring_factor,
                                    .owner_msat = moment->balance_msat[owner],
                                    .other_msat = moment->balance_msat[other],
                                    .htlcs = moment->htlcs,
                                    .htlc_count = moment->htlc_count};
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

/* View and records; what a commitment is made of. */
static enum ln_channel_result begin(struct ln_picture *picture, const struct ln_channel *channel,
                                    const struct ln_workshop *shop, struct ln_look look, const struct ln_point *point,
                                    uint64_t number)
{
    struct ln_moment moment = {.owner = look.owner, .number = number};
    moment.feerate_sat_per_kwu = ln_look_terms(channel, look).feerate_sat_per_kwu;
    ln_look_balances(channel, shop, look, moment.balance_msat);
    if (!fill_htlcs(picture, &moment, channel, shop, look)) {
        return LN_CHANNEL_NO_ROOM;
    }
    fill_view(picture, channel, &moment);
    picture->point = *point;
    return LN_CHANNEL_OK;
}

/* Keys and transaction. */
static enum ln_channel_result complete(struct ln_picture *picture, const struct ln_channel *channel,
                                       const struct ln_workshop *shop, enum ln_side owner)
{
    bool htlcs = has_outputs_of_htlcs(&picture->view);
    if (!ln_backend_derive(shop->backend, &picture->derived, &channel->keyring, owner, &picture->point, htlcs)) {
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

enum ln_channel_result ln_picture_build(struct ln_picture *picture, const struct ln_channel *channel,
                                        const struct ln_workshop *shop, struct ln_look look,
                                        const struct ln_point *point, uint64_t number)
{
    enum ln_channel_result result = begin(picture, channel, shop, look, point, number);
    return result == LN_CHANNEL_OK ? complete(picture, channel, shop, look.owner) : result;
}

enum ln_channel_result ln_picture_rebuild(struct ln_picture *picture, const struct ln_channel *channel,
                                          const struct ln_workshop *shop, const struct ln_moment *moment,
                                          const struct ln_point *point)
{
    picture->records = NULL;
    picture->point = *point;
    fill_view(picture, channel, moment);
    return complete(picture, channel, shop, moment->owner);
}

/* ---- what is signed ---- */

static void mix(uint64_t digest[2], uint64_t value)
{
    digest[0] = (digest[0] ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    digest[0] ^= digest[0] >> 29;
    digest[1] = (digest[1] + value) * UINT64_C(0xbf58476d1ce4e5b9);
    digest[1] ^= digest[1] >> 31;
}

static void mix_hash(uint64_t digest[2], const uint8_t hash[32])
{
    uint64_t words[4];
    memcpy(words, hash, 32);
    for (unsigned i = 0; i < 4; i++) {
        mix(digest, words[i]);
    }
}

/* Both ends have the same one for the same commitment, if their HTLCs came in the same order. The point, which is
 * compared as it is, stands for the channel's keys and the number. */
static void digest_of(uint64_t digest[2], const struct ln_picture *picture, const struct ln_channel *channel)
{
    const struct ln_commitment_view *view = &picture->view;
    digest[0] = digest[1] = view->htlc_count;
    mix_hash(digest, channel->keyring.fingerprint);
    mix_hash(digest, view->funding.txid);
    mix_hash(digest, picture->point.wire + 1);
    mix(digest, (uint64_t)view->terms.feerate_sat_per_kwu << 32 | view->funding.index);
    mix(digest, view->terms.dust_limit_sat);
    mix(digest, view->number);
    mix(digest, view->owner_msat);
    mix(digest, view->other_msat);
    for (uint32_t i = 0; i < view->htlc_count; i++) {
        mix(digest, view->htlcs[i].amount_msat);
        mix(digest, (uint64_t)view->htlcs[i].cltv_expiry_height << 1 | view->htlcs[i].side);
        mix_hash(digest, view->htlcs[i].payment_hash);
    }
}

static void hash_outputs(const struct ln_picture *picture, uint8_t (*hashes)[32], uint32_t *places)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < picture->commitment.tx.output_count; i++) {
        if (picture->commitment.outputs[i].kind == LN_OUTPUT_HTLC) {
            struct ln_htlc_tx htlc_tx;
            ln_commitment_htlc_tx(&htlc_tx, &picture->commitment, &picture->view, i);
            ln_htlc_tx_sighash(hashes[count], &htlc_tx, LN_SIGNER_OTHER);
            places[count++] = (uint32_t)(picture->commitment.outputs[i].htlc - picture->view.htlcs);
        }
    }
}

static void use_known(struct ln_picture *picture, const struct ln_memo_commitment *known)
{
    picture->signable = (struct ln_signable){&known->owner_key, &known->other_key, known->hash,
                                             known->hashes,     known->places,     known->count};
}

static void remember(struct ln_memo *memo, struct ln_picture *picture, const uint64_t digest[2])
{
    struct ln_memo_commitment *slot = ln_memo_commitment_slot(memo, digest);
    slot->owner_key = picture->derived.owner_htlc;
    slot->other_key = picture->derived.other_htlc;
    slot->count = picture->commitment.htlc_count;
    ln_commitment_sighash(slot->hash, &picture->commitment);
    hash_outputs(picture, slot->hashes, slot->places);
    memcpy(slot->digest, digest, sizeof slot->digest);
    memcpy(slot->point, picture->point.wire, 33);
    use_known(picture, slot);
}

static enum ln_channel_result make_signable(struct ln_picture *picture, const struct ln_workshop *shop)
{
    uint32_t count = picture->commitment.htlc_count;
    uint8_t(*hashes)[32] = btc_arena_take(shop->scratch, count, sizeof *hashes);
    uint32_t *places = btc_arena_take(shop->scratch, count, sizeof *places);
    if (hashes == NULL || places == NULL) {
        return LN_CHANNEL_NO_ROOM;
    }
    ln_commitment_sighash(picture->hash, &picture->commitment);
    hash_outputs(picture, hashes, places);
    picture->signable = (struct ln_signable){&picture->derived.owner_htlc,
                                             &picture->derived.other_htlc,
                                             picture->hash,
                                             (const uint8_t(*)[32])hashes,
                                             places,
                                             count};
    return LN_CHANNEL_OK;
}

enum ln_channel_result ln_picture_sketch(struct ln_picture *picture, const struct ln_channel *channel,
                                         const struct ln_workshop *shop, struct ln_look look,
                                         const struct ln_point *point, uint64_t number)
{
    struct ln_memo *memo = shop->backend->memo;
    const struct ln_memo_commitment *known = NULL;
    uint64_t digest[2];
    enum ln_channel_result result = begin(picture, channel, shop, look, point, number);
    if (result == LN_CHANNEL_OK && memo != NULL) {
        digest_of(digest, picture, channel);
        known = ln_memo_find_commitment(memo, digest, point->wire);
    }
    if (result != LN_CHANNEL_OK || known != NULL) {
        if (known != NULL) {
            use_known(picture, known);
        }
        return result;
    }
    result = complete(picture, channel, shop, look.owner);
    if (result != LN_CHANNEL_OK) {
        return result;
    }
    if (memo != NULL && picture->commitment.htlc_count <= LN_MEMO_HTLCS) {
        remember(memo, picture, digest);
        return LN_CHANNEL_OK;
    }
    return make_signable(picture, shop);
}

/* ---- signatures ---- */

enum ln_channel_result ln_picture_sign(const struct ln_picture *picture, const struct ln_channel *channel,
                                       const struct ln_workshop *shop, uint8_t signature[64],
                                       struct btc_bytes *htlc_signatures)
{
    const struct ln_keyring *keyring = &channel->keyring;
    const struct ln_signable *signable = &picture->signable;
    uint8_t secret[32];
    uint8_t *list = btc_arena_take(shop->scratch, signable->count, 64);
    if (list == NULL) {
        return LN_CHANNEL_NO_ROOM;
    }
    bool good = ln_backend_sign(shop->backend, signature, signable->hash, keyring->secrets.secret[LN_BASE_FUNDING],
                                keyring->base[LN_US][LN_BASE_FUNDING].wire) &&
                ln_keyring_htlc_secret(shop->backend, keyring, secret, picture->point.wire);
    for (uint32_t i = 0; good && i < signable->count; i++) {
        good = ln_backend_sign(shop->backend, list + 64 * (size_t)i, signable->hashes[i], secret,
                               signable->other_key->wire);
    }
    *htlc_signatures = btc_bytes(list, 64 * (size_t)signable->count);
    return good ? LN_CHANNEL_OK : LN_CHANNEL_POINT;
}

enum ln_channel_result ln_picture_verify(const struct ln_picture *picture, const struct ln_channel *channel,
                                         const struct ln_workshop *shop, const uint8_t signature[64],
                                         struct btc_bytes htlc_signatures)
{
    const struct ln_signable *signable = &picture->signable;
    if (htlc_signatures.length != 64 * (size_t)signable->count) {
        return LN_CHANNEL_COUNT;
    }
    const struct ln_point *funding_key = &channel->keyring.base[LN_THEM][LN_BASE_FUNDING];
    bool good = ln_backend_verify(shop->backend, signature, signable->hash, funding_key);
    for (uint32_t i = 0; good && i < signable->count; i++) {
        good = ln_backend_verify(shop->backend, htlc_signatures.data + 64 * (size_t)i, signable->hashes[i],
                                 signable->other_key);
    }
    return good ? LN_CHANNEL_OK : LN_CHANNEL_SIGNATURE;
}

void ln_picture_keep(const struct ln_picture *picture, const struct ln_workshop *shop, struct btc_bytes htlc_signatures)
{
    for (uint32_t i = 0; i < picture->signable.count; i++) {
        uint32_t record = picture->records[picture->signable.places[i]];
        memcpy(ln_record_of(shop, record)->signature, htlc_signatures.data + 64 * (size_t)i, 64);
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

static struct ln_slot *record_of_output(const struct ln_picture *picture, const struct ln_workshop *shop, uint32_t i)
{
    ptrdiff_t place = picture->commitment.outputs[i].htlc - picture->view.htlcs;
    return ln_record_of(shop, picture->records[place]);
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
