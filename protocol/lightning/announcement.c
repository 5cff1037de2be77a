/* announcement.c: announcing a channel of our own.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/announcement.h"

#include <assert.h>
#include <string.h>

enum ln_gossip_place ln_announcement_init(struct ln_message *message, const uint8_t chain_hash[32],
                                          uint64_t short_channel_id, const struct ln_announced_end *ours,
                                          const struct ln_announced_end *theirs)
{
    int order = memcmp(ours->node_id, theirs->node_id, 33);
    assert(order != 0);
    const struct ln_announced_end *first = order < 0 ? ours : theirs;
    const struct ln_announced_end *second = order < 0 ? theirs : ours;
    memset(message, 0, sizeof *message);
    message->type = LN_CHANNEL_ANNOUNCEMENT;
    struct ln_channel_announcement *channel = &message->channel_announcement;
    memcpy(channel->chain_hash, chain_hash, 32);
    channel->short_channel_id = short_channel_id;
    memcpy(channel->node_id_1, first->node_id, 33);
    memcpy(channel->node_id_2, second->node_id, 33);
    memcpy(channel->bitcoin_key_1, first->bitcoin_key, 33);
    memcpy(channel->bitcoin_key_2, second->bitcoin_key, 33);
    return order < 0 ? LN_GOSSIP_NODE_1 : LN_GOSSIP_NODE_2;
}

static bool sign(const struct btc_curve *curve, uint8_t signature[64], const uint8_t hash[32], const uint8_t secret[32])
{
    struct btc_signature made;
    if (!btc_ecdsa_sign(curve, &made, hash, secret, BTC_SIGN_PLAIN)) {
        return false;
    }
    btc_signature_write(curve, signature, &made);
    return true;
}

enum ln_gossip_result ln_announcement_sign(const struct btc_curve *curve, struct ln_announcement_signatures *signatures,
                                           struct btc_bytes bytes, const uint8_t node_secret[32],
                                           const uint8_t bitcoin_secret[32])
{
    uint8_t hash[32];
    enum ln_gossip_result result = ln_gossip_hash(hash, bytes);
    if (result != LN_GOSSIP_OK) {
        return result;
    }
    bool good = sign(curve, signatures->node_signature, hash, node_secret) &&
                sign(curve, signatures->bitcoin_signature, hash, bitcoin_secret);
    return good ? LN_GOSSIP_OK : LN_GOSSIP_KEY;
}

enum ln_gossip_result ln_announcement_verify(const struct btc_curve *curve,
                                             const struct ln_announcement_signatures *signatures,
                                             struct btc_bytes bytes, const struct ln_announced_end *theirs)
{
    uint8_t hash[32];
    enum ln_gossip_result result = ln_gossip_hash(hash, bytes);
    if (result == LN_GOSSIP_OK) {
        result = ln_gossip_check_signature(curve, signatures->node_signature, hash, theirs->node_id);
    }
    if (result == LN_GOSSIP_OK) {
        result = ln_gossip_check_signature(curve, signatures->bitcoin_signature, hash, theirs->bitcoin_key);
    }
    return result;
}

void ln_announcement_put(struct ln_message *message, enum ln_gossip_place place,
                         const struct ln_announcement_signatures *signatures)
{
    assert(message->type == LN_CHANNEL_ANNOUNCEMENT && place <= LN_GOSSIP_NODE_2);
    struct ln_channel_announcement *channel = &message->channel_announcement;
    bool first = place == LN_GOSSIP_NODE_1;
    memcpy(first ? channel->node_signature_1 : channel->node_signature_2, signatures->node_signature, 64);
    memcpy(first ? channel->bitcoin_signature_1 : channel->bitcoin_signature_2, signatures->bitcoin_signature, 64);
}
