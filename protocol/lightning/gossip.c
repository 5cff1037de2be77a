/* gossip.c: what nodes tell everybody.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/gossip.h"

#include <assert.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/lightning/node_address.h"
#include "protocol/lightning/utf8.h"

#define TYPE_BYTES      2
#define SIGNATURE_BYTES 64

const char *ln_gossip_text(enum ln_gossip_result result)
{
    switch (result) {
    case LN_GOSSIP_OK:
        return "ok";
    case LN_GOSSIP_SHORT:
        return "no message of gossip";
    case LN_GOSSIP_ORDER:
        return "node ids out of order";
    case LN_GOSSIP_ADDRESSES:
        return "addresses end inside one";
    case LN_GOSSIP_KEY:
        return "a key is no point";
    case LN_GOSSIP_SIGNATURE:
        return "wrong signature";
    }
    return "unknown";
}

/* ---- what is signed, and where signatures stand ---- */

static uint16_t type_of(struct btc_bytes bytes)
{
    struct ln_reader reader = ln_reader_init(bytes.data, bytes.length);
    return (uint16_t)ln_read_unsigned(&reader, TYPE_BYTES);
}

/* How many signatures a message begins with, 0 for one that is no gossip. */
static size_t signature_count(uint16_t type)
{
    switch (type) {
    case LN_CHANNEL_ANNOUNCEMENT:
        return 4;
    case LN_NODE_ANNOUNCEMENT:
    case LN_CHANNEL_UPDATE:
        return 1;
    }
    return 0;
}

enum ln_gossip_result ln_gossip_hash(uint8_t hash[32], struct btc_bytes bytes)
{
    size_t count = signature_count(type_of(bytes));
    size_t start = TYPE_BYTES + SIGNATURE_BYTES * count;
    if (count == 0 || bytes.length < start) {
        return LN_GOSSIP_SHORT;
    }
    btc_sha256d(hash, bytes.data + start, bytes.length - start);
    return LN_GOSSIP_OK;
}

enum ln_gossip_result ln_gossip_sign(const struct btc_curve *curve, uint8_t *bytes, size_t length,
                                     enum ln_gossip_place place, const uint8_t secret[32])
{
    uint8_t hash[32];
    struct btc_signature signature;
    enum ln_gossip_result result = ln_gossip_hash(hash, btc_bytes(bytes, length));
    if (result != LN_GOSSIP_OK) {
        return result;
    }
    assert(place < signature_count(type_of(btc_bytes(bytes, length))));
    if (!btc_ecdsa_sign(curve, &signature, hash, secret, BTC_SIGN_PLAIN)) {
        return LN_GOSSIP_KEY;
    }
    btc_signature_write(curve, bytes + TYPE_BYTES + SIGNATURE_BYTES * place, &signature);
    return LN_GOSSIP_OK;
}

/* ---- checks ---- */

enum ln_gossip_result ln_gossip_check_form(const struct ln_message *message)
{
    if (message->type == LN_CHANNEL_ANNOUNCEMENT) {
        const struct ln_channel_announcement *channel = &message->channel_announcement;
        return memcmp(channel->node_id_1, channel->node_id_2, 33) < 0 ? LN_GOSSIP_OK : LN_GOSSIP_ORDER;
    }
    if (message->type == LN_NODE_ANNOUNCEMENT) {
        bool cut = ln_addresses_check(message->node_announcement.addresses) == LN_WIRE_SHORT;
        return cut ? LN_GOSSIP_ADDRESSES : LN_GOSSIP_OK;
    }
    return message->type == LN_CHANNEL_UPDATE ? LN_GOSSIP_OK : LN_GOSSIP_SHORT;
}

enum ln_gossip_result ln_gossip_check_signature(const struct btc_curve *curve, const uint8_t signature[64],
                                                const uint8_t hash[32], const uint8_t key[33])
{
    struct btc_pubkey pubkey;
    struct btc_signature read;
    if (!btc_pubkey_read_compressed(curve, &pubkey, key)) {
        return LN_GOSSIP_KEY;
    }
    bool good = btc_signature_read(curve, &read, signature) && btc_ecdsa_verify(curve, &read, hash, &pubkey);
    return good ? LN_GOSSIP_OK : LN_GOSSIP_SIGNATURE;
}

static enum ln_gossip_result verify_channel(const struct btc_curve *curve, const struct ln_channel_announcement *what,
                                            const uint8_t hash[32])
{
    const struct {
        const uint8_t *signature;
        const uint8_t *key;
    } rows[] = {{what->node_signature_1, what->node_id_1},
                {what->node_signature_2, what->node_id_2},
                {what->bitcoin_signature_1, what->bitcoin_key_1},
                {what->bitcoin_signature_2, what->bitcoin_key_2}};
    enum ln_gossip_result result = LN_GOSSIP_OK;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && result == LN_GOSSIP_OK; i++) {
        result = ln_gossip_check_signature(curve, rows[i].signature, hash, rows[i].key);
    }
    return result;
}

enum ln_gossip_result ln_gossip_verify(const struct btc_curve *curve, const struct ln_message *message,
                                       struct btc_bytes bytes, const uint8_t *node_id)
{
    uint8_t hash[32];
    assert((node_id != NULL) == (message->type == LN_CHANNEL_UPDATE));
    enum ln_gossip_result result = ln_gossip_check_form(message);
    if (result == LN_GOSSIP_OK) {
        result = ln_gossip_hash(hash, bytes);
    }
    if (result != LN_GOSSIP_OK) {
        return result;
    }
    switch (message->type) {
    case LN_CHANNEL_ANNOUNCEMENT:
        return verify_channel(curve, &message->channel_announcement, hash);
    case LN_NODE_ANNOUNCEMENT:
        return ln_gossip_check_signature(curve, message->node_announcement.signature, hash,
                                         message->node_announcement.node_id);
    default:
        return ln_gossip_check_signature(curve, message->channel_update.signature, hash, node_id);
    }
}

bool ln_gossip_may_forward(const struct ln_message *message)
{
    if (message->type == LN_NODE_ANNOUNCEMENT) {
        return ln_addresses_check(message->node_announcement.addresses) == LN_WIRE_OK;
    }
    return message->type != LN_CHANNEL_UPDATE || !(message->channel_update.message_flags & LN_UPDATE_DONT_FORWARD);
}

bool ln_gossip_alias_is_text(const uint8_t alias[32])
{
    size_t length = 32;
    while (length > 0 && alias[length - 1] == 0) {
        length--;
    }
    return memchr(alias, 0, length) == NULL && ln_utf8_is_valid(btc_bytes(alias, length));
}
