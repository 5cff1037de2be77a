/* onchain_store.c: a channel on the chain as bytes.   [real]
 * SPDX-License-Identifier: MIT
 *
 * One walk over the members serves writing and reading, so that the two cannot differ.
 */
#include "protocol/lightning/onchain_store.h"

#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/lightning/wire.h"

#define MAGIC        0x4b4c4e4fu
#define VERSION      2
#define PREFIX_BYTES 10
#define CHECK_BYTES  32

/* Goes over the members one by one; a writer or a reader, the other is NULL. */
struct walk {
    struct ln_writer *writer;
    struct ln_reader *reader;
};

static void walk_bytes(struct walk *walk, void *bytes, size_t length)
{
    if (walk->writer != NULL) {
        ln_write_bytes(walk->writer, bytes, length);
        return;
    }
    const uint8_t *from = ln_read_bytes(walk->reader, length);
    if (from != NULL) {
        memcpy(bytes, from, length);
    }
}

static uint64_t walk_number(struct walk *walk, uint64_t value, size_t width)
{
    if (walk->writer != NULL) {
        ln_write_unsigned(walk->writer, value, width);
        return value;
    }
    return ln_read_unsigned(walk->reader, width);
}

#define WALK(walk_, member_)                                                                                           \
    do {                                                                                                               \
        (member_) = (__typeof__(member_))walk_number((walk_), (uint64_t)(member_), sizeof(member_));                   \
    } while (0)

static void walk_outpoint(struct walk *walk, struct btc_outpoint *outpoint)
{
    walk_bytes(walk, outpoint->txid, 32);
    WALK(walk, outpoint->index);
}

static void walk_terms(struct walk *walk, struct ln_onchain_terms *terms)
{
    WALK(walk, terms->form);
    walk_outpoint(walk, &terms->funding);
    WALK(walk, terms->funding_sat);
    WALK(walk, terms->may_broadcast);
    WALK(walk, terms->opener);
    WALK(walk, terms->delay_blocks[LN_US]);
    WALK(walk, terms->delay_blocks[LN_THEM]);
    WALK(walk, terms->number[LN_US]);
    WALK(walk, terms->number[LN_THEM]);
    WALK(walk, terms->has_next);
    walk_bytes(walk, terms->points, sizeof terms->points);
    WALK(walk, terms->feerate_sat_per_kwu);
    WALK(walk, terms->dust_limit_sat);
    WALK(walk, terms->balance_msat[LN_US]);
    WALK(walk, terms->balance_msat[LN_THEM]);
    walk_bytes(walk, terms->their_signature, 64);
    WALK(walk, terms->closing_length);
    walk_bytes(walk, terms->closing, sizeof terms->closing);
    WALK(walk, terms->shutdown_length);
    walk_bytes(walk, terms->shutdown, sizeof terms->shutdown);
    WALK(walk, terms->sweep_length);
    walk_bytes(walk, terms->sweep, sizeof terms->sweep);
}

static void walk_policy(struct walk *walk, struct ln_onchain_policy *policy, struct ln_onchain_rates *rates)
{
    WALK(walk, policy->patience.reorganisation_blocks);
    WALK(walk, policy->patience.grace_blocks);
    WALK(walk, policy->patience.inclusion_blocks);
    WALK(walk, policy->fail_depth_blocks);
    WALK(walk, policy->resolved_depth_blocks);
    WALK(walk, policy->security_blocks);
    WALK(walk, policy->rebroadcast_blocks);
    WALK(walk, policy->floor_sat_per_kwu);
    WALK(walk, policy->incremental_sat_per_kwu);
    WALK(walk, rates->relaxed_sat_per_kwu);
    WALK(walk, rates->normal_sat_per_kwu);
    WALK(walk, rates->urgent_sat_per_kwu);
}

static void walk_keys(struct walk *walk, struct ln_keyring *keyring, struct ln_secrets *secrets)
{
    for (unsigned i = 0; i < LN_BASE_COUNT; i++) {
        walk_bytes(walk, keyring->secrets.secret[i], 32);
        walk_bytes(walk, keyring->base[LN_US][i].wire, 33);
        walk_bytes(walk, keyring->base[LN_THEM][i].wire, 33);
    }
    walk_bytes(walk, keyring->secrets.commitment_seed, 32);
    walk_bytes(walk, keyring->fingerprint, 32);
    WALK(walk, keyring->obscuring_factor);
    WALK(walk, secrets->next);
    walk_bytes(walk, secrets->known, sizeof secrets->known);
}

static void walk_htlc(struct walk *walk, struct ln_onchain_htlc *htlc)
{
    WALK(walk, htlc->htlc.id);
    WALK(walk, htlc->htlc.amount_msat);
    walk_bytes(walk, htlc->htlc.payment_hash, 32);
    WALK(walk, htlc->htlc.cltv_expiry_height);
    WALK(walk, htlc->htlc.side);
    WALK(walk, htlc->outputs);
    WALK(walk, htlc->told);
    WALK(walk, htlc->has_preimage);
    walk_bytes(walk, htlc->preimage, 32);
    walk_bytes(walk, htlc->signature, 64);
    WALK(walk, htlc->same);
}

static void walk_out(struct walk *walk, struct ln_out *out)
{
    walk_outpoint(walk, &out->outpoint);
    WALK(walk, out->value_sat);
    walk_bytes(walk, out->script_hash, 32);
    WALK(walk, out->kind);
    WALK(walk, out->htlc);
    WALK(walk, out->parent);
    WALK(walk, out->born_height);
    WALK(walk, out->claim);
    WALK(walk, out->spent_by);
    WALK(walk, out->second_stage);
    WALK(walk, out->has_preimage);
    WALK(walk, out->spent_height);
    walk_bytes(walk, out->spender, 32);
    walk_bytes(walk, out->preimage, 32);
    WALK(walk, out->fee_sat);
}

static void walk_claim(struct walk *walk, struct ln_claim *claim)
{
    WALK(walk, claim->live);
    WALK(walk, claim->alone);
    WALK(walk, claim->kind);
    walk_bytes(walk, claim->txid, 32);
    WALK(walk, claim->rate_sat_per_kwu);
    WALK(walk, claim->fee_sat);
    WALK(walk, claim->floor_sat);
    WALK(walk, claim->parts);
    WALK(walk, claim->locktime);
    WALK(walk, claim->sent_height);
    WALK(walk, claim->raised_height);
    WALK(walk, claim->coins);
}

static void walk_coin(struct walk *walk, struct ln_onchain_coin *coin)
{
    walk_outpoint(walk, &coin->outpoint);
    WALK(walk, coin->value_sat);
    walk_bytes(walk, coin->secret, 32);
    walk_bytes(walk, coin->public_key, 33);
    WALK(walk, coin->spent_height);
    WALK(walk, coin->is_free);
    WALK(walk, coin->was_used);
}

static void walk_rival(struct walk *walk, struct ln_rival *rival)
{
    WALK(walk, rival->is_there);
    walk_bytes(walk, rival->txid, 32);
    WALK(walk, rival->anchor);
    WALK(walk, rival->where);
    WALK(walk, rival->weight_wu);
    WALK(walk, rival->fee_sat);
}

static void walk_fixed(struct walk *walk, struct ln_onchain *onchain)
{
    walk_terms(walk, &onchain->terms);
    walk_policy(walk, &onchain->policy, &onchain->rates);
    walk_keys(walk, &onchain->keyring, &onchain->secrets);
    walk_bytes(walk, onchain->our_txid, 32);
    WALK(walk, onchain->height);
    WALK(walk, onchain->close);
    WALK(walk, onchain->close_number);
    walk_bytes(walk, onchain->point, 33);
    walk_bytes(walk, onchain->per_commitment_secret, 32);
    walk_bytes(walk, &onchain->derived.keys, sizeof onchain->derived.keys);
    WALK(walk, onchain->past_given);
    for (unsigned i = 0; i < LN_ONCHAIN_COINS; i++) {
        walk_coin(walk, &onchain->coins[i]);
    }
    walk_claim(walk, &onchain->commitment);
    walk_rival(walk, &onchain->rival);
    WALK(walk, onchain->htlc_count);
    WALK(walk, onchain->past_count);
    WALK(walk, onchain->out_count);
}

/* What stands in the arrays. Claims are written as far as outs: there are no more of them. */
static void walk_arrays(struct walk *walk, struct ln_onchain *onchain)
{
    for (uint32_t i = 0; i < onchain->htlc_count; i++) {
        walk_htlc(walk, &onchain->htlcs[i]);
    }
    for (uint32_t i = 0; i < onchain->past_count; i++) {
        walk_htlc(walk, &onchain->htlcs[onchain->htlc_capacity + i]);
    }
    for (uint32_t i = 0; i < onchain->out_count; i++) {
        walk_out(walk, &onchain->outs[i]);
    }
    for (uint32_t i = 0; i < onchain->out_capacity; i++) {
        struct ln_claim *claim = &onchain->claims[i];
        WALK(walk, claim->live);
        if (claim->live) {
            walk_claim(walk, claim);
        }
    }
}

/* ---- writing ---- */

enum ln_onchain_result ln_onchain_write(uint8_t *bytes, size_t capacity, size_t *length,
                                        const struct ln_onchain *onchain)
{
    struct ln_writer writer = ln_writer_init(bytes, capacity);
    struct walk walk = {.writer = &writer};
    struct ln_onchain copy = *onchain; /* its arrays are the object's own; writing changes nothing in them */
    ln_write_unsigned(&writer, MAGIC, 4);
    ln_write_unsigned(&writer, VERSION, 2);
    ln_write_unsigned(&writer, 0, 4);
    walk_number(&walk, onchain->htlc_capacity, 4);
    walk_fixed(&walk, &copy);
    walk_arrays(&walk, &copy);
    if (writer.fault != LN_WIRE_OK || capacity - writer.at < CHECK_BYTES) {
        return LN_ONCHAIN_SPACE;
    }
    struct ln_writer prefix = ln_writer_init(bytes + 6, 4);
    ln_write_unsigned(&prefix, writer.at - PREFIX_BYTES, 4);
    btc_sha256(bytes + writer.at, bytes, writer.at);
    *length = writer.at + CHECK_BYTES;
    return LN_ONCHAIN_OK;
}

/* ---- reading ---- */

static enum ln_onchain_result check_frame(struct btc_bytes bytes)
{
    struct ln_reader reader = ln_reader_init(bytes.data, bytes.length);
    uint8_t hash[32];
    uint64_t magic = ln_read_unsigned(&reader, 4);
    uint64_t version = ln_read_unsigned(&reader, 2);
    uint64_t length = ln_read_unsigned(&reader, 4);
    if (reader.fault != LN_WIRE_OK || magic != MAGIC) {
        return LN_ONCHAIN_DAMAGED;
    }
    if (version != VERSION) {
        return LN_ONCHAIN_VERSION;
    }
    if (bytes.length != PREFIX_BYTES + length + CHECK_BYTES) {
        return LN_ONCHAIN_DAMAGED;
    }
    btc_sha256(hash, bytes.data, PREFIX_BYTES + length);
    return memcmp(hash, bytes.data + PREFIX_BYTES + length, 32) == 0 ? LN_ONCHAIN_OK : LN_ONCHAIN_DAMAGED;
}

/* The basepoints as curve operations want them. */
static bool parse_points(struct ln_onchain *onchain, const struct ln_onchain_tools *tools)
{
    for (unsigned side = LN_US; side <= LN_THEM; side++) {
        for (unsigned i = 0; i < LN_BASE_COUNT; i++) {
            struct ln_point *point = &onchain->keyring.base[side][i];
            if (!btc_pubkey_read_compressed(tools->backend->curve, &point->parsed, point->wire)) {
                return false;
            }
        }
    }
    return true;
}

enum ln_onchain_result ln_onchain_read(struct ln_onchain *onchain, void *memory, uint32_t htlcs,
                                       const struct ln_onchain_tools *tools, struct btc_bytes bytes)
{
    enum ln_onchain_result result = check_frame(bytes);
    if (result != LN_ONCHAIN_OK) {
        return result;
    }
    struct ln_reader reader = ln_reader_init(bytes.data + PREFIX_BYTES, bytes.length - PREFIX_BYTES - CHECK_BYTES);
    struct walk walk = {.reader = &reader};
    uint64_t capacity = walk_number(&walk, 0, 4);
    if (capacity != htlcs) {
        return LN_ONCHAIN_NO_ROOM;
    }
    ln_onchain_place(onchain, memory, htlcs);
    walk_fixed(&walk, onchain);
    if (onchain->htlc_count > htlcs || onchain->past_count > htlcs || onchain->out_count > onchain->out_capacity) {
        return LN_ONCHAIN_DAMAGED;
    }
    walk_arrays(&walk, onchain);
    for (uint32_t i = 0; i < onchain->out_count; i++) {
        onchain->outs[i].watched = true; /* until ln_onchain_start, which tells all of them again */
    }
    onchain->keyring.node_index = LN_SECRET_FIRST + 1;
    if (reader.fault != LN_WIRE_OK || ln_reader_left(&reader) > 0) {
        return LN_ONCHAIN_DAMAGED;
    }
    return parse_points(onchain, tools) ? LN_ONCHAIN_OK : LN_ONCHAIN_KEYS;
}
