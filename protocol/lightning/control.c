/* control.c: the messages that open and keep a connection.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/control.h"

#include <assert.h>
#include <string.h>

#define CHAIN_BYTES 32

const char *ln_init_text(enum ln_init_result result)
{
    switch (result) {
    case LN_INIT_OK:
        return "ok";
    case LN_INIT_FEATURE:
        return "requires a feature that we do not know";
    case LN_INIT_DEPENDENCY:
        return "lacks a feature that one of its features depends on";
    case LN_INIT_CHAIN:
        return "is on other chains";
    }
    return "unknown";
}

void ln_init_make(struct ln_message *message, uint8_t *memory, const struct ln_features *ours,
                  struct btc_bytes networks)
{
    struct ln_features shown;
    assert(networks.length % CHAIN_BYTES == 0);
    ln_features_select(&shown, ours, LN_PLACE_INIT);
    memset(message, 0, sizeof *message);
    message->type = LN_INIT;
    message->init.features = btc_bytes(memory, ln_features_write(memory, &shown));
    if (networks.length > 0) {
        message->init.networks = networks;
        message->tlvs.present = LN_HAS_NETWORKS;
    }
}

static bool names_chain(struct btc_bytes networks, const uint8_t chain_hash[32])
{
    for (size_t at = 0; at + CHAIN_BYTES <= networks.length; at += CHAIN_BYTES) {
        if (memcmp(networks.data + at, chain_hash, CHAIN_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

enum ln_init_result ln_init_check(struct ln_features *theirs, unsigned *bit, const struct ln_init *init,
                                  const struct ln_features *known, const uint8_t chain_hash[32])
{
    struct ln_features global;
    int lost_global;
    int lost;
    ln_features_read(&global, &lost_global, init->global_features);
    ln_features_read(theirs, &lost, init->features);
    ln_features_combine(theirs, &global);
    switch (ln_features_check(bit, theirs, lost >= 0 ? lost : lost_global, known)) {
    case LN_FEATURES_OK:
        break;
    case LN_FEATURES_UNKNOWN_EVEN:
        return LN_INIT_FEATURE;
    case LN_FEATURES_DEPENDENCY:
        return LN_INIT_DEPENDENCY;
    }
    bool elsewhere = init->networks.length > 0 && !names_chain(init->networks, chain_hash);
    return elsewhere ? LN_INIT_CHAIN : LN_INIT_OK;
}

enum ln_wire ln_pong_encode(uint8_t *bytes, size_t capacity, size_t *length, const struct ln_ping *ping)
{
    *length = 0;
    if (ping->num_pong_bytes > LN_PONG_BYTES_MAX) {
        return LN_WIRE_OK;
    }
    struct ln_writer writer = ln_writer_init(bytes, capacity);
    ln_write_unsigned(&writer, LN_PONG, 2);
    ln_write_unsigned(&writer, ping->num_pong_bytes, 2);
    if (writer.fault != LN_WIRE_OK || ping->num_pong_bytes > capacity - writer.at) {
        return LN_WIRE_SPACE;
    }
    memset(bytes + writer.at, 0, ping->num_pong_bytes);
    *length = writer.at + ping->num_pong_bytes;
    return LN_WIRE_OK;
}

bool ln_pong_answers(const struct ln_pong *pong, uint16_t num_pong_bytes)
{
    return pong->ignored.length == num_pong_bytes;
}

bool ln_complaint_concerns(const struct ln_complaint *complaint, const uint8_t channel_id[32])
{
    static const uint8_t all[32];
    return memcmp(complaint->channel_id, all, 32) == 0 || memcmp(complaint->channel_id, channel_id, 32) == 0;
}

size_t ln_complaint_text(char *text, size_t capacity, const struct ln_complaint *complaint)
{
    assert(capacity > 0);
    size_t length = complaint->data.length < capacity - 1 ? complaint->data.length : capacity - 1;
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = complaint->data.data[i];
        text[i] = byte >= ' ' && byte <= '~' ? (char)byte : '?';
    }
    text[length] = '\0';
    return length;
}
