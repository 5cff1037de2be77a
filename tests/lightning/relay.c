/* relay.c: two ends of a channel with nothing but bytes between them.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/relay.h"

#include <assert.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/lightning/failure.h"

void relay_open(struct relay *relay, const struct duo_setup *setup)
{
    duo_init(&relay->duo, setup);
    for (unsigned end = 0; end < 2; end++) {
        ln_effects_init(&relay->lists[end], relay->list_memory[end], 1024, relay->bytes_memory[end],
                        sizeof relay->bytes_memory[end]);
        relay->duo.ends[end].shop.effects = &relay->lists[end];
    }
    for (unsigned i = 0; i < RELAY_PREIMAGES; i++) {
        memset(relay->preimages[i], (int)i, 32);
        btc_sha256(relay->hashes[i], relay->preimages[i], 32);
    }
    relay->messages = 0;
}

bool relay_carry(struct relay *relay, unsigned from)
{
    struct ln_effects *sent = &relay->lists[from];
    struct duo_end *to = &relay->duo.ends[1 - from];
    bool any = false;
    for (uint32_t i = 0; i < sent->count; i++) {
        if (sent->list[i].kind == LN_EFFECT_MESSAGE) {
            struct ln_message message;
            enum ln_wire wire = ln_message_decode(&message, NULL, sent->list[i].bytes.data, sent->list[i].bytes.length);
            assert(wire == LN_WIRE_OK);
            enum ln_channel_result result = ln_channel_receive(&to->channel, &to->shop, &message);
            assert(result == LN_CHANNEL_OK);
            relay->messages++;
            any = true;
        }
    }
    ln_effects_clear(sent);
    return any;
}

void relay_settle(struct relay *relay)
{
    bool moved = true;
    while (moved) {
        moved = false;
        for (unsigned end = 0; end < 2; end++) {
            struct duo_end *at = &relay->duo.ends[end];
            enum ln_channel_result result = ln_channel_tick(&at->channel, &at->shop);
            assert(result == LN_CHANNEL_OK);
            moved |= relay_carry(relay, end);
        }
    }
}

uint64_t relay_add(struct relay *relay, unsigned end, uint64_t amount_msat, unsigned preimage)
{
    static const uint8_t onion[LN_ONION_BYTES] = {0};
    struct duo_end *at = &relay->duo.ends[end];
    uint64_t id = 0;
    assert(preimage < RELAY_PREIMAGES);
    struct ln_add add = {
        .amount_msat = amount_msat, .cltv_expiry_height = 600, .payment_hash = relay->hashes[preimage], .onion = onion};
    enum ln_channel_result result = ln_channel_add(&at->channel, &at->shop, &id, &add);
    assert(result == LN_CHANNEL_OK);
    return id;
}

void relay_fulfill(struct relay *relay, unsigned end, uint64_t id, unsigned preimage)
{
    struct duo_end *at = &relay->duo.ends[end];
    enum ln_channel_result result =
        ln_channel_fulfill(&at->channel, &at->shop, id, relay->preimages[preimage], btc_bytes(NULL, 0));
    assert(result == LN_CHANNEL_OK);
}

void relay_fail(struct relay *relay, unsigned end, uint64_t id)
{
    static const uint8_t reason[LN_FAILURE_PACKET_BYTES] = {1, 2, 3};
    struct duo_end *at = &relay->duo.ends[end];
    enum ln_channel_result result =
        ln_channel_fail_htlc(&at->channel, &at->shop, id, btc_bytes(reason, sizeof reason), btc_bytes(NULL, 0));
    assert(result == LN_CHANNEL_OK);
}

void relay_fail_malformed(struct relay *relay, unsigned end, uint64_t id)
{
    static const uint8_t onion_hash[32] = {4, 5};
    struct duo_end *at = &relay->duo.ends[end];
    enum ln_channel_result result =
        ln_channel_fail_malformed(&at->channel, &at->shop, id, onion_hash, LN_INVALID_ONION_HMAC);
    assert(result == LN_CHANNEL_OK);
}
