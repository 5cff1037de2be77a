/* snapshot.c: a channel as bytes.   [real]
 * SPDX-License-Identifier: MIT
 *
 * One walk over the members serves writing and reading, so that the two cannot differ.
 */
#include "protocol/lightning/snapshot.h"

#include <assert.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/lightning/channel_update.h"

#define MAGIC        0x4b4c4e43u
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

static void walk_terms(struct walk *walk, struct ln_terms *terms)
{
    WALK(walk, terms->dust_limit_sat);
    WALK(walk, terms->max_in_flight_msat);
    WALK(walk, terms->reserve_sat);
    WALK(walk, terms->htlc_minimum_msat);
    WALK(walk, terms->to_self_delay_blocks);
    WALK(walk, terms->max_accepted_htlcs);
}

static void walk_policy(struct walk *walk, struct ln_channel_policy *policy)
{
    walk_terms(walk, &policy->terms);
    walk_bytes(walk, policy->chain_hash, 32);
    WALK(walk, policy->flags);
    WALK(walk, policy->shutdown_length);
    walk_bytes(walk, policy->shutdown_script, sizeof policy->shutdown_script);
    WALK(walk, policy->max_to_self_delay_blocks);
    WALK(walk, policy->minimum_depth_blocks);
    WALK(walk, policy->max_minimum_depth_blocks);
    WALK(walk, policy->feerate_min_sat_per_kwu);
    WALK(walk, policy->feerate_max_sat_per_kwu);
    WALK(walk, policy->closing_feerate_sat_per_kwu);
    WALK(walk, policy->fulfill_deadline_blocks);
    WALK(walk, policy->timeout_grace_blocks);
    WALK(walk, policy->closing_patience_blocks);
    WALK(walk, policy->max_dust_exposure_msat);
    WALK(walk, policy->funding_min_sat);
    WALK(walk, policy->alias);
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
    for (unsigned i = 0; i <= LN_SECRET_BITS; i++) {
        walk_bytes(walk, secrets->known[i], 32);
    }
}

static void walk_shutdown(struct walk *walk, struct ln_shutdown_state *shutdown)
{
    WALK(walk, shutdown->wanted);
    WALK(walk, shutdown->sent);
    WALK(walk, shutdown->received);
    WALK(walk, shutdown->their_length);
    walk_bytes(walk, shutdown->their_script, sizeof shutdown->their_script);
}

static void walk_progress(struct walk *walk, struct ln_channel *channel)
{
    WALK(walk, channel->ready_sent);
    WALK(walk, channel->ready_received);
    WALK(walk, channel->awaiting_revoke);
    WALK(walk, channel->revoke_was_last);
    WALK(walk, channel->doubtful);
    WALK(walk, channel->has_their_upfront);
    WALK(walk, channel->local_number);
    WALK(walk, channel->remote_number);
    walk_bytes(walk, channel->our_next.wire, 33);
    walk_bytes(walk, channel->their_point.wire, 33);
    walk_bytes(walk, channel->their_next.wire, 33);
    walk_bytes(walk, channel->their_signature, 64);
    WALK(walk, channel->settled_msat[LN_US]);
    WALK(walk, channel->settled_msat[LN_THEM]);
    WALK(walk, channel->fees.opener);
    for (unsigned i = 0; i <= LN_LIVE; i++) {
        WALK(walk, channel->fees.rate_sat_per_kwu[i]);
    }
    WALK(walk, channel->next_id[LN_US]);
    WALK(walk, channel->next_id[LN_THEM]);
    WALK(walk, channel->persists);
}

static void walk_channel(struct walk *walk, struct ln_channel *channel)
{
    walk_keys(walk, &channel->keyring, &channel->their_secrets);
    walk_policy(walk, &channel->policy);
    walk_terms(walk, &channel->their_terms);
    walk_bytes(walk, channel->id, 32);
    WALK(walk, channel->stage);
    WALK(walk, channel->opener);
    WALK(walk, channel->flags);
    walk_bytes(walk, channel->funding.txid, 32);
    WALK(walk, channel->funding.index);
    WALK(walk, channel->funding_sat);
    WALK(walk, channel->push_msat);
    WALK(walk, channel->minimum_depth_blocks);
    WALK(walk, channel->their_alias);
    walk_progress(walk, channel);
    walk_shutdown(walk, &channel->shutdown);
}

static void walk_record(struct walk *walk, struct ln_slot *record)
{
    WALK(walk, record->id);
    WALK(walk, record->amount_msat);
    WALK(walk, record->cltv_expiry_height);
    WALK(walk, record->state);
    WALK(walk, record->outcome);
    WALK(walk, record->flags);
    WALK(walk, record->failure_code);
    WALK(walk, record->blob_length);
    walk_bytes(walk, record->payment_hash, 32);
    walk_bytes(walk, record->answer, 32);
    walk_bytes(walk, record->signature, 64);
    walk_bytes(walk, record->path_key, 33);
    if (record->blob_length <= LN_BLOB_BYTES) {
        walk_bytes(walk, record->blob, record->blob_length);
    }
}

/* ---- writing ---- */

void ln_snapshot_write_bare(struct ln_writer *writer, const struct ln_channel *channel, const struct ln_workshop *shop)
{
    struct walk walk = {.writer = writer};
    struct ln_channel copy = *channel;
    walk_channel(&walk, &copy);
    ln_write_unsigned(writer, channel->record_count, 4);
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE; i = ln_record_of(shop, i)->next) {
        walk_record(&walk, ln_record_of(shop, i));
    }
}

enum ln_snapshot_result ln_snapshot_write(uint8_t *bytes, size_t capacity, size_t *length,
                                          const struct ln_channel *channel, const struct ln_workshop *shop)
{
    struct ln_writer writer = ln_writer_init(bytes, capacity);
    ln_write_unsigned(&writer, MAGIC, 4);
    ln_write_unsigned(&writer, VERSION, 2);
    ln_write_unsigned(&writer, 0, 4);
    ln_snapshot_write_bare(&writer, channel, shop);
    if (writer.fault != LN_WIRE_OK || capacity - writer.at < CHECK_BYTES) {
        return LN_SNAPSHOT_SPACE;
    }
    struct ln_writer prefix = ln_writer_init(bytes + 6, 4);
    ln_write_unsigned(&prefix, writer.at - PREFIX_BYTES, 4);
    btc_sha256(bytes + writer.at, bytes, writer.at);
    *length = writer.at + CHECK_BYTES;
    return LN_SNAPSHOT_OK;
}

/* ---- reading ---- */

static enum ln_snapshot_result check_frame(struct btc_bytes bytes)
{
    struct ln_reader reader = ln_reader_init(bytes.data, bytes.length);
    uint8_t hash[32];
    uint64_t magic = ln_read_unsigned(&reader, 4);
    uint64_t version = ln_read_unsigned(&reader, 2);
    uint64_t length = ln_read_unsigned(&reader, 4);
    if (reader.fault != LN_WIRE_OK || magic != MAGIC) {
        return LN_SNAPSHOT_DAMAGED;
    }
    if (version != VERSION) {
        return LN_SNAPSHOT_VERSION;
    }
    if (bytes.length != PREFIX_BYTES + length + CHECK_BYTES) {
        return LN_SNAPSHOT_DAMAGED;
    }
    btc_sha256(hash, bytes.data, PREFIX_BYTES + length);
    return memcmp(hash, bytes.data + PREFIX_BYTES + length, 32) == 0 ? LN_SNAPSHOT_OK : LN_SNAPSHOT_DAMAGED;
}

/* Points as curve operations want them. */
static bool parse_points(struct ln_channel *channel, const struct ln_workshop *shop)
{
    for (unsigned side = LN_US; side <= LN_THEM; side++) {
        for (unsigned i = 0; i < LN_BASE_COUNT; i++) {
            struct ln_point *point = &channel->keyring.base[side][i];
            if (!btc_pubkey_read_compressed(shop->backend->curve, &point->parsed, point->wire)) {
                return false;
            }
        }
    }
    bool second = channel->ready_received;
    return ln_backend_read_point(shop->backend, &channel->our_next, channel->our_next.wire) &&
           ln_backend_read_point(shop->backend, &channel->their_point, channel->their_point.wire) &&
           (!second || ln_backend_read_point(shop->backend, &channel->their_next, channel->their_next.wire));
}

static void give_back(struct ln_channel *channel, const struct ln_workshop *shop)
{
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE;) {
        uint32_t next = ln_record_of(shop, i)->next;
        ln_pool_give(shop->pool, i);
        i = next;
    }
}

static enum ln_snapshot_result read_records(struct ln_channel *channel, const struct ln_workshop *shop,
                                            struct walk *walk)
{
    uint64_t count = ln_read_unsigned(walk->reader, 4);
    for (uint64_t i = 0; i < count && walk->reader->fault == LN_WIRE_OK; i++) {
        uint32_t number = ln_pool_take(shop->pool);
        if (number == LN_RECORD_NONE) {
            return LN_SNAPSHOT_NO_ROOM;
        }
        ln_channel_append(channel, shop, number);
        walk_record(walk, ln_record_of(shop, number));
    }
    bool whole = walk->reader->fault == LN_WIRE_OK && ln_reader_left(walk->reader) == 0;
    return whole ? LN_SNAPSHOT_OK : LN_SNAPSHOT_DAMAGED;
}

static void tell_live(const struct ln_channel *channel, const struct ln_workshop *shop)
{
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE; i = ln_record_of(shop, i)->next) {
        const struct ln_slot *record = ln_record_of(shop, i);
        if (record->state == ln_htlc_state(LN_THEM, LN_LIVE)) {
            bool exposed = record->flags & LN_RECORD_EXPOSED;
            ln_channel_htlc_event(shop, exposed ? LN_EVENT_HTLC_EXPOSED : LN_EVENT_HTLC, record);
        }
        if (ln_htlc_row(record->state)->owner == LN_US && ln_htlc_row(record->state)->phase >= LN_REMOVE &&
            record->outcome == LN_OUTCOME_FULFILLED) {
            ln_channel_htlc_event(shop, LN_EVENT_FULFILLED, record);
        }
    }
}

enum ln_snapshot_result ln_snapshot_read_bare(struct ln_channel *channel, const struct ln_workshop *shop,
                                              struct btc_bytes bytes, enum ln_snapshot_age age)
{
    struct ln_reader reader = ln_reader_init(bytes.data, bytes.length);
    struct walk walk = {.reader = &reader};
    struct ln_channel read;
    memset(&read, 0, sizeof read);
    read.first_record = read.last_record = LN_RECORD_NONE;
    read.keyring.node_index = LN_SECRET_FIRST + 1;
    walk_channel(&walk, &read);
    enum ln_snapshot_result result = parse_points(&read, shop) ? read_records(&read, shop, &walk) : LN_SNAPSHOT_DAMAGED;
    if (result != LN_SNAPSHOT_OK) {
        give_back(&read, shop);
        return result;
    }
    read.doubtful |= age == LN_SNAPSHOT_DOUBTFUL;
    ln_channel_forget_proposals(&read, shop);
    *channel = read;
    tell_live(channel, shop);
    return LN_SNAPSHOT_OK;
}

enum ln_snapshot_result ln_snapshot_read(struct ln_channel *channel, const struct ln_workshop *shop,
                                         struct btc_bytes bytes, enum ln_snapshot_age age)
{
    enum ln_snapshot_result result = check_frame(bytes);
    if (result != LN_SNAPSHOT_OK) {
        return result;
    }
    size_t bare = bytes.length - PREFIX_BYTES - CHECK_BYTES;
    return ln_snapshot_read_bare(channel, shop, btc_bytes(bytes.data + PREFIX_BYTES, bare), age);
}
