/* fuzz_transport.c: links over a wire that the fuzzer cuts and changes.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first byte chooses: all others as handshake bytes to one end, whole and once more cut into pieces, which must end
 * alike; or as pairs (piece, change) that cut the stream of an honest sender into pieces and flip bits in it, from the
 * first message on or shortly before the keys change. What arrives is what was sent, up to the first change.
 */
#include "protocol/lightning/transport.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static struct btc_curve curve;
static uint8_t left_buffer[512];
static uint8_t right_buffer[512];
static struct ln_transport left;
static struct ln_transport right;

static void open_ends(void)
{
    static const uint8_t secrets[4][32] = {{1}, {2}, {3}, {4}};
    uint8_t node[33];
    struct ln_transport_setup one = {&curve, left_buffer, sizeof left_buffer, secrets[0], secrets[1]};
    struct ln_transport_setup two = {&curve, right_buffer, sizeof right_buffer, secrets[2], secrets[3]};
    bool good = btc_pubkey_wire_from_secret(&curve, node, secrets[2]);
    assert(good);
    assert(ln_transport_initiate(&left, &one, node) == LN_TRANSPORT_SEND);
    assert(ln_transport_respond(&right, &two) == LN_TRANSPORT_MORE);
}

static void feed_all(struct ln_transport *end, const uint8_t *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        size_t used;
        enum ln_transport_result result = ln_transport_receive(end, &used, bytes + at, length - at);
        if (end->state == LN_TRANSPORT_DEAD) {
            assert(result >= LN_TRANSPORT_ACT_BAD_VERSION);
            return;
        }
        assert(used > 0);
        at += used;
    }
}

/* Both ends of everything must be the same, but for where the buffer is. */
static void expect_alike(const struct ln_transport *one, const struct ln_transport *two)
{
    struct ln_transport moved = *two;
    moved.buffer = one->buffer;
    moved.message.data = one->message.data;
    assert(memcmp(&moved, one, sizeof moved) == 0);
    assert(one->state == LN_TRANSPORT_DEAD || memcmp(one->buffer, two->buffer, one->have) == 0);
}

/* The same bytes to the same end twice, the second time in pieces of a length that they give themselves. */
static void feed_twice(bool initiates, const uint8_t *bytes, size_t length)
{
    static uint8_t first_buffer[sizeof left_buffer];
    static struct ln_transport first;
    struct ln_transport *end = initiates ? &left : &right;
    open_ends();
    feed_all(end, bytes, length);
    first = *end;
    memcpy(first_buffer, end->buffer, sizeof first_buffer);
    first.buffer = first_buffer;
    open_ends();
    size_t piece = 1 + (length > 0 ? bytes[length - 1] % 40u : 0);
    for (size_t at = 0; at < length && end->state != LN_TRANSPORT_DEAD; at += piece) {
        feed_all(end, bytes + at, piece < length - at ? piece : length - at);
    }
    expect_alike(&first, end);
}

static void shake_hands(void)
{
    size_t used;
    open_ends();
    assert(ln_transport_receive(&right, &used, left.act, left.act_length) == LN_TRANSPORT_SEND);
    assert(ln_transport_receive(&left, &used, right.act, right.act_length) == LN_TRANSPORT_SEND);
    assert(ln_transport_receive(&right, &used, left.act, left.act_length) == LN_TRANSPORT_READY);
}

/* Message number n: its length and bytes follow from n. */
static size_t message_of(uint8_t message[64], unsigned n)
{
    size_t length = (n * 37u) % 64;
    memset(message, (int)(n & 0xff), length);
    return length;
}

struct wire {
    uint8_t bytes[64 + LN_TRANSPORT_OVERHEAD];
    size_t length;
    size_t at;
    unsigned sent;
    unsigned got;
    bool changed;
};

static void check_message(struct wire *wire)
{
    uint8_t expected[64];
    size_t length = message_of(expected, wire->got++);
    assert(!wire->changed);
    assert(right.message.length == length && memcmp(right.message.data, expected, length) == 0);
}

/* In: at most piece bytes go through, the first of them changed by mask. Returns false when the link is dead. */
static bool pass_piece(struct wire *wire, size_t piece, uint8_t mask)
{
    uint8_t message[64];
    if (wire->at == wire->length) {
        size_t length = message_of(message, wire->sent++);
        ln_transport_send(&left, wire->bytes, btc_bytes(message, length));
        wire->length = length + LN_TRANSPORT_OVERHEAD;
        wire->at = 0;
    }
    wire->bytes[wire->at] ^= mask;
    wire->changed |= mask != 0;
    piece = piece < wire->length - wire->at ? piece : wire->length - wire->at;
    while (piece > 0) {
        size_t used;
        enum ln_transport_result result = ln_transport_receive(&right, &used, wire->bytes + wire->at, piece);
        if (result == LN_TRANSPORT_MESSAGE) {
            check_message(wire);
        } else if (result != LN_TRANSPORT_MORE) {
            assert(wire->changed && right.state == LN_TRANSPORT_DEAD);
            return false;
        }
        wire->at += used;
        piece -= used;
    }
    return true;
}

/* In: uses, that both ends have made of the key already. */
static void cut_and_change(uint64_t uses, const uint8_t *bytes, size_t length)
{
    struct wire wire = {0};
    shake_hands();
    left.sending.nonce = right.receiving.nonce = uses;
    for (size_t i = 0; i + 1 < length && i < 8192; i += 2) {
        if (!pass_piece(&wire, 1 + bytes[i] % 97u, bytes[i + 1] > 250 ? bytes[i + 1] : 0)) {
            return;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length == 0) {
        return 0;
    }
    btc_curve_init(&curve);
    switch (bytes[0] % 4) {
    case 0:
    case 1:
        feed_twice(bytes[0] % 4 == 1, bytes + 1, length - 1);
        break;
    case 2:
        cut_and_change(0, bytes + 1, length - 1);
        break;
    default:
        cut_and_change(990, bytes + 1, length - 1);
    }
    return 0;
}
