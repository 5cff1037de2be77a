/* transport.c: Noise_XK and the encrypted messages after it.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/transport.h"

#include <assert.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/lightning/cipher.h"

#define ACT_ONE_BYTES   50
#define ACT_TWO_BYTES   50
#define ACT_THREE_BYTES 66
#define SEALED_KEY      (33 + LN_TAG_BYTES)
#define LENGTH_BYTES    (2 + LN_TAG_BYTES)
#define ROTATION        1000 /* uses of a key */

static const struct btc_bytes nothing = {NULL, 0};

const char *ln_transport_text(enum ln_transport_result result)
{
    switch (result) {
    case LN_TRANSPORT_MORE:
        return "waiting for more";
    case LN_TRANSPORT_SEND:
        return "an act to send";
    case LN_TRANSPORT_READY:
        return "established";
    case LN_TRANSPORT_MESSAGE:
        return "a message";
    case LN_TRANSPORT_ACT_BAD_VERSION:
        return "handshake of an unknown version";
    case LN_TRANSPORT_ACT_BAD_KEY:
        return "handshake with a bad public key";
    case LN_TRANSPORT_ACT_BAD_TAG:
        return "handshake with a wrong tag";
    case LN_TRANSPORT_ACT_BAD_CIPHERTEXT:
        return "handshake with a wrong encrypted key";
    case LN_TRANSPORT_BAD_LENGTH:
        return "length prefix with a wrong tag";
    case LN_TRANSPORT_BAD_MESSAGE:
        return "message with a wrong tag";
    case LN_TRANSPORT_TOO_LONG:
        return "message longer than the buffer";
    case LN_TRANSPORT_CLOSED:
        return "closed";
    case LN_TRANSPORT_CUT:
        return "closed in the middle";
    }
    return "unknown";
}

/* ---- the handshake's state: chaining key, hash, temporary key ---- */

static void mix_hash(struct ln_transport *transport, struct btc_bytes data)
{
    struct btc_sha256_state state;
    btc_sha256_init(&state);
    btc_sha256_update(&state, transport->hash, 32);
    btc_sha256_update(&state, data.data, data.length);
    btc_sha256_final(&state, transport->hash);
}

/* Mixes the point that both sides can compute into chaining and temporary key. */
static bool mix_secret(struct ln_transport *transport, const struct btc_pubkey *theirs, const uint8_t secret[32])
{
    uint8_t shared[32];
    if (!btc_ecdh(transport->curve, shared, theirs, secret)) {
        return false;
    }
    ln_hkdf_pair(transport->chaining_key, transport->temporary_key, transport->chaining_key, btc_bytes(shared, 32));
    return true;
}

static struct ln_seal handshake_seal(const struct ln_transport *transport, uint64_t nonce)
{
    return (struct ln_seal){transport->temporary_key, nonce, btc_bytes(transport->hash, 32)};
}

static void seal_and_mix(struct ln_transport *transport, uint8_t *out, uint64_t nonce, struct btc_bytes text)
{
    struct ln_seal seal = handshake_seal(transport, nonce);
    ln_seal_close(out, &seal, text);
    mix_hash(transport, btc_bytes(out, text.length + LN_TAG_BYTES));
}

static bool open_and_mix(struct ln_transport *transport, uint8_t *out, uint64_t nonce, struct btc_bytes sealed)
{
    struct ln_seal seal = handshake_seal(transport, nonce);
    if (!ln_seal_open(out, &seal, sealed)) {
        return false;
    }
    mix_hash(transport, sealed);
    return true;
}

static void start(struct ln_transport *transport, const struct ln_transport_setup *setup)
{
    static const char protocol[] = "Noise_XK_secp256k1_ChaChaPoly_SHA256";
    static const char prologue[] = "lightning";
    assert(setup->capacity >= LN_TRANSPORT_ACT_MAX);
    memset(transport, 0, sizeof *transport);
    transport->curve = setup->curve;
    transport->buffer = setup->buffer;
    transport->capacity = setup->capacity;
    memcpy(transport->static_secret, setup->static_secret, 32);
    memcpy(transport->ephemeral_secret, setup->ephemeral_secret, 32);
    btc_sha256(transport->hash, protocol, sizeof protocol - 1);
    memcpy(transport->chaining_key, transport->hash, 32);
    mix_hash(transport, btc_bytes(prologue, sizeof prologue - 1));
}

static void wait_for(struct ln_transport *transport, enum ln_transport_state state, size_t bytes)
{
    transport->state = state;
    transport->need = bytes;
    transport->have = 0;
}

static void forget_handshake(struct ln_transport *transport)
{
    memset(transport->chaining_key, 0, 32);
    memset(transport->temporary_key, 0, 32);
    memset(transport->static_secret, 0, 32);
    memset(transport->ephemeral_secret, 0, 32);
}

static enum ln_transport_result end(struct ln_transport *transport, enum ln_transport_result why)
{
    forget_handshake(transport);
    memset(&transport->sending, 0, sizeof transport->sending);
    memset(&transport->receiving, 0, sizeof transport->receiving);
    transport->message = nothing;
    transport->state = LN_TRANSPORT_DEAD;
    transport->ended = why;
    return why;
}

static void establish(struct ln_transport *transport, struct ln_transport_key *initiators,
                      struct ln_transport_key *responders)
{
    ln_hkdf_pair(initiators->key, responders->key, transport->chaining_key, nothing);
    memcpy(initiators->chaining_key, transport->chaining_key, 32);
    memcpy(responders->chaining_key, transport->chaining_key, 32);
    forget_handshake(transport);
    wait_for(transport, LN_TRANSPORT_LENGTH, LENGTH_BYTES);
}

/* ---- acts one and two: an ephemeral key and a tag, alike in both directions ---- */

/* In: theirs, the key to agree with. Returns false if our secret is bad. */
static bool make_ephemeral_act(struct ln_transport *transport, const struct btc_pubkey *theirs)
{
    uint8_t *act = transport->act;
    act[0] = 0;
    if (!btc_pubkey_wire_from_secret(transport->curve, act + 1, transport->ephemeral_secret)) {
        return false;
    }
    mix_hash(transport, btc_bytes(act + 1, 33));
    if (!mix_secret(transport, theirs, transport->ephemeral_secret)) {
        return false;
    }
    seal_and_mix(transport, act + 34, 0, nothing);
    transport->act_length = ACT_ONE_BYTES;
    return true;
}

/* In: ours, the secret to agree with. Out: transport->remote_ephemeral. */
static enum ln_transport_result take_ephemeral_act(struct ln_transport *transport, const uint8_t ours[32])
{
    const uint8_t *act = transport->buffer;
    uint8_t none[1];
    if (act[0] != 0) {
        return LN_TRANSPORT_ACT_BAD_VERSION;
    }
    if (!btc_pubkey_read_compressed(transport->curve, &transport->remote_ephemeral, act + 1)) {
        return LN_TRANSPORT_ACT_BAD_KEY;
    }
    mix_hash(transport, btc_bytes(act + 1, 33));
    if (!mix_secret(transport, &transport->remote_ephemeral, ours)) {
        return LN_TRANSPORT_ACT_BAD_KEY;
    }
    return open_and_mix(transport, none, 0, btc_bytes(act + 34, LN_TAG_BYTES)) ? LN_TRANSPORT_MORE
                                                                               : LN_TRANSPORT_ACT_BAD_TAG;
}

enum ln_transport_result ln_transport_initiate(struct ln_transport *transport, const struct ln_transport_setup *setup,
                                               const uint8_t remote_static[33])
{
    struct btc_pubkey remote;
    start(transport, setup);
    memcpy(transport->remote_static, remote_static, 33);
    mix_hash(transport, btc_bytes(remote_static, 33));
    if (!btc_pubkey_read_compressed(transport->curve, &remote, remote_static) ||
        !make_ephemeral_act(transport, &remote)) {
        return end(transport, LN_TRANSPORT_ACT_BAD_KEY);
    }
    wait_for(transport, LN_TRANSPORT_ACT_TWO, ACT_TWO_BYTES);
    return LN_TRANSPORT_SEND;
}

enum ln_transport_result ln_transport_respond(struct ln_transport *transport, const struct ln_transport_setup *setup)
{
    uint8_t wire[33];
    start(transport, setup);
    if (!btc_pubkey_wire_from_secret(transport->curve, wire, setup->static_secret) ||
        !btc_secret_is_valid(transport->curve, setup->ephemeral_secret)) {
        return end(transport, LN_TRANSPORT_ACT_BAD_KEY);
    }
    mix_hash(transport, btc_bytes(wire, 33));
    wait_for(transport, LN_TRANSPORT_ACT_ONE, ACT_ONE_BYTES);
    return LN_TRANSPORT_MORE;
}

/* ---- the steps, each when all its bytes are in the buffer ---- */

static enum ln_transport_result step_act_one(struct ln_transport *transport)
{
    enum ln_transport_result result = take_ephemeral_act(transport, transport->static_secret);
    if (result != LN_TRANSPORT_MORE) {
        return end(transport, result);
    }
    if (!make_ephemeral_act(transport, &transport->remote_ephemeral)) {
        return end(transport, LN_TRANSPORT_ACT_BAD_KEY);
    }
    wait_for(transport, LN_TRANSPORT_ACT_THREE, ACT_THREE_BYTES);
    return LN_TRANSPORT_SEND;
}

/* Act three: our static key, encrypted, and a tag that proves we have its secret. */
static bool make_act_three(struct ln_transport *transport)
{
    uint8_t *act = transport->act;
    uint8_t wire[33];
    if (!btc_pubkey_wire_from_secret(transport->curve, wire, transport->static_secret)) {
        return false;
    }
    act[0] = 0;
    seal_and_mix(transport, act + 1, 1, btc_bytes(wire, 33));
    if (!mix_secret(transport, &transport->remote_ephemeral, transport->static_secret)) {
        return false;
    }
    seal_and_mix(transport, act + 1 + SEALED_KEY, 0, nothing);
    transport->act_length = ACT_THREE_BYTES;
    return true;
}

static enum ln_transport_result step_act_two(struct ln_transport *transport)
{
    enum ln_transport_result result = take_ephemeral_act(transport, transport->ephemeral_secret);
    if (result != LN_TRANSPORT_MORE) {
        return end(transport, result);
    }
    if (!make_act_three(transport)) {
        return end(transport, LN_TRANSPORT_ACT_BAD_KEY);
    }
    establish(transport, &transport->sending, &transport->receiving);
    return LN_TRANSPORT_SEND;
}

static enum ln_transport_result step_act_three(struct ln_transport *transport)
{
    const uint8_t *act = transport->buffer;
    struct btc_pubkey remote;
    uint8_t wire[33];
    uint8_t none[1];
    if (act[0] != 0) {
        return end(transport, LN_TRANSPORT_ACT_BAD_VERSION);
    }
    if (!open_and_mix(transport, wire, 1, btc_bytes(act + 1, SEALED_KEY))) {
        return end(transport, LN_TRANSPORT_ACT_BAD_CIPHERTEXT);
    }
    if (!btc_pubkey_read_compressed(transport->curve, &remote, wire) ||
        !mix_secret(transport, &remote, transport->ephemeral_secret)) {
        return end(transport, LN_TRANSPORT_ACT_BAD_KEY);
    }
    if (!open_and_mix(transport, none, 0, btc_bytes(act + 1 + SEALED_KEY, LN_TAG_BYTES))) {
        return end(transport, LN_TRANSPORT_ACT_BAD_TAG);
    }
    memcpy(transport->remote_static, wire, 33);
    establish(transport, &transport->receiving, &transport->sending);
    return LN_TRANSPORT_READY;
}

/* Counts a use; after the last one a new key follows from the old. */
static void advance(struct ln_transport_key *key)
{
    key->nonce++;
    if (key->nonce == ROTATION) {
        ln_hkdf_pair(key->chaining_key, key->key, key->chaining_key, btc_bytes(key->key, 32));
        key->nonce = 0;
    }
}

/* In: length bytes in the buffer with their tag, opened in place. */
static bool open_buffer(struct ln_transport *transport)
{
    struct ln_seal seal = {transport->receiving.key, transport->receiving.nonce, nothing};
    bool genuine = ln_seal_open(transport->buffer, &seal, btc_bytes(transport->buffer, transport->have));
    advance(&transport->receiving);
    return genuine;
}

static enum ln_transport_result step_length(struct ln_transport *transport)
{
    if (!open_buffer(transport)) {
        return end(transport, LN_TRANSPORT_BAD_LENGTH);
    }
    size_t length = (size_t)transport->buffer[0] << 8 | transport->buffer[1];
    if (length + LN_TAG_BYTES > transport->capacity) {
        return end(transport, LN_TRANSPORT_TOO_LONG);
    }
    wait_for(transport, LN_TRANSPORT_BODY, length + LN_TAG_BYTES);
    return LN_TRANSPORT_MORE;
}

static enum ln_transport_result step_body(struct ln_transport *transport)
{
    if (!open_buffer(transport)) {
        return end(transport, LN_TRANSPORT_BAD_MESSAGE);
    }
    transport->message = btc_bytes(transport->buffer, transport->have - LN_TAG_BYTES);
    wait_for(transport, LN_TRANSPORT_LENGTH, LENGTH_BYTES);
    return LN_TRANSPORT_MESSAGE;
}

static enum ln_transport_result step(struct ln_transport *transport)
{
    switch (transport->state) {
    case LN_TRANSPORT_ACT_ONE:
        return step_act_one(transport);
    case LN_TRANSPORT_ACT_TWO:
        return step_act_two(transport);
    case LN_TRANSPORT_ACT_THREE:
        return step_act_three(transport);
    case LN_TRANSPORT_LENGTH:
        return step_length(transport);
    case LN_TRANSPORT_BODY:
        return step_body(transport);
    case LN_TRANSPORT_DEAD:
        break;
    }
    return transport->ended;
}

/* ---- the link ---- */

enum ln_transport_result ln_transport_receive(struct ln_transport *transport, size_t *used, const uint8_t *bytes,
                                              size_t length)
{
    *used = 0;
    if (transport->state == LN_TRANSPORT_DEAD) {
        return transport->ended;
    }
    enum ln_transport_result result = LN_TRANSPORT_MORE;
    transport->message = nothing;
    while (result == LN_TRANSPORT_MORE && *used < length) {
        size_t wanted = transport->need - transport->have;
        size_t taken = wanted < length - *used ? wanted : length - *used;
        memcpy(transport->buffer + transport->have, bytes + *used, taken);
        transport->have += taken;
        *used += taken;
        if (transport->have == transport->need) {
            result = step(transport);
        }
    }
    return result;
}

enum ln_transport_result ln_transport_close(struct ln_transport *transport)
{
    if (transport->state == LN_TRANSPORT_DEAD) {
        return transport->ended;
    }
    bool between = transport->state == LN_TRANSPORT_LENGTH && transport->have == 0;
    enum ln_transport_result why = between ? LN_TRANSPORT_CLOSED : LN_TRANSPORT_CUT;
    return end(transport, why);
}

bool ln_transport_established(const struct ln_transport *transport)
{
    return transport->state == LN_TRANSPORT_LENGTH || transport->state == LN_TRANSPORT_BODY;
}

static size_t send_piece(struct ln_transport *transport, uint8_t *out, struct btc_bytes piece)
{
    struct ln_seal seal = {transport->sending.key, transport->sending.nonce, nothing};
    ln_seal_close(out, &seal, piece);
    advance(&transport->sending);
    return piece.length + LN_TAG_BYTES;
}

void ln_transport_send(struct ln_transport *transport, uint8_t *out, struct btc_bytes message)
{
    assert(ln_transport_established(transport) && message.length <= LN_TRANSPORT_MESSAGE_MAX);
    uint8_t length[2] = {(uint8_t)(message.length >> 8), (uint8_t)message.length};
    out += send_piece(transport, out, btc_bytes(length, 2));
    send_piece(transport, out, message);
}
