/* attribution.c: hold times and the HMACs that vouch for them.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/attribution.h"

#include <assert.h>
#include <string.h>

#include "protocol/lightning/cipher.h"

#define HOPS      LN_ATTRIBUTION_HOPS
#define TIME      4 /* bytes of a hold time */
#define MAC       4 /* bytes of a truncated HMAC */
#define MACS_AT   (HOPS * TIME)
#define ALL_BYTES LN_ATTRIBUTION_DATA_BYTES

/* The place of the HMAC of hop for a distance to the end. */
static uint8_t *mac_of(uint8_t *data, unsigned hop, unsigned distance)
{
    assert(hop + distance < HOPS);
    unsigned row = HOPS * hop - hop * (hop - 1) / 2;
    return data + MACS_AT + (size_t)MAC * (row + HOPS - 1 - hop - distance);
}

static void obfuscate(uint8_t *data, const uint8_t secret[32])
{
    uint8_t key[32];
    ln_key_of_type(key, "ammagext", secret);
    ln_stream_xor(data, ALL_BYTES, key);
}

/* Row 0's HMAC for a distance covers the packet, the hold times up to there, and the HMACs that the hops in between
 * have for that same end. */
static void make_mac(uint8_t mac[MAC], const uint8_t *data, const uint8_t um[32], unsigned distance,
                     struct btc_bytes packet)
{
    uint8_t downstream[HOPS * MAC];
    uint8_t full[32];
    for (unsigned hop = 1; hop <= distance; hop++) {
        memcpy(downstream + (size_t)MAC * (hop - 1), mac_of((uint8_t *)data, hop, distance - hop), MAC);
    }
    ln_hmac(full, btc_bytes(um, 32),
            (struct btc_bytes[]){packet, btc_bytes(data, (size_t)TIME * (distance + 1)),
                                 btc_bytes(downstream, (size_t)MAC * distance)},
            3);
    memcpy(mac, full, MAC);
}

/* Every hop becomes one hop further away; what would be further than HOPS is lost. */
static void shift_away(uint8_t *data)
{
    memmove(data + TIME, data, (size_t)(HOPS - 1) * TIME);
    for (unsigned hop = HOPS - 1; hop > 0; hop--) {
        for (unsigned distance = 0; hop + distance < HOPS; distance++) {
            memcpy(mac_of(data, hop, distance), mac_of(data, hop - 1, distance), MAC);
        }
    }
}

static void shift_near(uint8_t *data)
{
    memmove(data, data + TIME, (size_t)(HOPS - 1) * TIME);
    memset(data + (size_t)(HOPS - 1) * TIME, 0, TIME);
    for (unsigned hop = 0; hop < HOPS; hop++) {
        for (unsigned distance = 0; hop + 1 + distance < HOPS; distance++) {
            memcpy(mac_of(data, hop, distance), mac_of(data, hop + 1, distance), MAC);
        }
        memset(mac_of(data, hop, HOPS - 1 - hop), 0, MAC);
    }
}

void ln_attribution_add(uint8_t data[LN_ATTRIBUTION_DATA_BYTES], const uint8_t secret[32], uint32_t hold_time,
                        struct btc_bytes packet)
{
    uint8_t um[32];
    uint8_t row[HOPS][MAC];
    ln_key_of_type(um, "um", secret);
    shift_away(data);
    for (unsigned i = 0; i < TIME; i++) {
        data[i] = (uint8_t)(hold_time >> (8 * (TIME - 1 - i)));
    }
    for (unsigned distance = 0; distance < HOPS; distance++) {
        make_mac(row[distance], data, um, distance, packet);
    }
    for (unsigned distance = 0; distance < HOPS; distance++) {
        memcpy(mac_of(data, 0, distance), row[distance], MAC);
    }
    obfuscate(data, secret);
}

bool ln_attribution_remove(uint8_t data[LN_ATTRIBUTION_DATA_BYTES], uint32_t *hold_time, const uint8_t secret[32],
                           unsigned distance, struct btc_bytes packet)
{
    assert(distance < HOPS);
    uint8_t um[32];
    uint8_t mac[MAC];
    ln_key_of_type(um, "um", secret);
    obfuscate(data, secret);
    make_mac(mac, data, um, distance, packet);
    bool genuine = ln_equal_secret(mac, mac_of(data, 0, distance), MAC);
    *hold_time = (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
    shift_near(data);
    return genuine;
}
