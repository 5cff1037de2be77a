/* test_vector_bolt08.c: every vector of BOLT 8: handshakes of both roles and their failures, 1002 messages.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/lightning/transport.h"
#include "tests/lightning/cmocka_all.h"
#include "tests/support/flat.h"

static struct btc_curve curve;
static uint8_t buffer[LN_TRANSPORT_BUFFER_BYTES];

/* How the vectors name a failure, apart from the act. */
static enum ln_transport_result failure_named(const char *name)
{
    static const struct {
        const char *part;
        enum ln_transport_result result;
    } names[] = {{"READ_FAILED", LN_TRANSPORT_CUT},
                 {"BAD_VERSION", LN_TRANSPORT_ACT_BAD_VERSION},
                 {"BAD_PUBKEY", LN_TRANSPORT_ACT_BAD_KEY},
                 {"BAD_CIPHERTEXT", LN_TRANSPORT_ACT_BAD_CIPHERTEXT},
                 {"BAD_TAG", LN_TRANSPORT_ACT_BAD_TAG}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strstr(name, names[i].part) != NULL) {
            return names[i].result;
        }
    }
    fail_msg("a failure called %s", name);
    return LN_TRANSPORT_MORE;
}

static enum ln_transport_result open_link(struct ln_transport *link, const struct flat *flat, unsigned i)
{
    static uint8_t static_secret[32];
    static uint8_t ephemeral_secret[32];
    uint8_t remote[33];
    flat_exact(flat, static_secret, 32, "cases[%u].ls_priv", i);
    flat_exact(flat, ephemeral_secret, 32, "cases[%u].e_priv", i);
    struct ln_transport_setup setup = {&curve, buffer, sizeof buffer, static_secret, ephemeral_secret};
    if (strcmp(flat_text(flat, "cases[%u].role", i), "responder") == 0) {
        return ln_transport_respond(link, &setup);
    }
    flat_exact(flat, remote, 33, "cases[%u].rs_pub", i);
    return ln_transport_initiate(link, &setup, remote);
}

/* In: result of the step before. Returns that of this one. */
static enum ln_transport_result handshake_step(struct ln_transport *link, const struct flat *flat, unsigned i,
                                               unsigned step, enum ln_transport_result result)
{
    uint8_t bytes[128];
    uint8_t key[32];
    size_t used;
    const char *error = flat_find(flat, "cases[%u].steps[%u].error", i, step);
    if (flat_find(flat, "cases[%u].steps[%u].input", i, step) != NULL) {
        size_t length = flat_bytes(flat, bytes, sizeof bytes, "cases[%u].steps[%u].input", i, step);
        return ln_transport_receive(link, &used, bytes, length);
    }
    if (flat_find(flat, "cases[%u].steps[%u].output", i, step) != NULL) {
        assert_int_equal(result, LN_TRANSPORT_SEND);
        size_t length = flat_bytes(flat, bytes, sizeof bytes, "cases[%u].steps[%u].output", i, step);
        assert_int_equal(link->act_length, length);
        assert_memory_equal(link->act, bytes, length);
        return LN_TRANSPORT_MORE;
    }
    if (error != NULL) {
        enum ln_transport_result ended = result == LN_TRANSPORT_MORE ? ln_transport_close(link) : result;
        assert_int_equal(ended, failure_named(error));
        assert_int_equal(ln_transport_receive(link, &used, bytes, 1), ended);
        return ended;
    }
    assert_true(ln_transport_established(link));
    flat_exact(flat, key, 32, "cases[%u].steps[%u].sk", i, step);
    assert_memory_equal(link->sending.key, key, 32);
    flat_exact(flat, key, 32, "cases[%u].steps[%u].rk", i, step);
    assert_memory_equal(link->receiving.key, key, 32);
    return result;
}

static void every_handshake_vector_holds(void **state)
{
    struct flat flat;
    (void)state;
    assert_true(flat_open(&flat, KONSENTO_SHARED, "bolt08-handshake"));
    unsigned count = flat_length(&flat, "cases");
    for (unsigned i = 0; i < count; i++) {
        struct ln_transport link;
        unsigned steps = flat_length(&flat, "cases[%u].steps", i);
        assert_true(steps >= 2);
        enum ln_transport_result result = open_link(&link, &flat, i);
        for (unsigned step = 0; step < steps; step++) {
            result = handshake_step(&link, &flat, i, step, result);
        }
    }
    assert_int_equal(count, 15);
    printf("bolt08-handshake: %u cases\n", count);
    flat_close(&flat);
}

static void expect_rotation(const struct ln_transport *link, const struct flat *flat, unsigned rotation)
{
    uint8_t key[32];
    flat_exact(flat, key, 32, "cases[0].rotations[%u].new_k", rotation);
    assert_memory_equal(link->sending.key, key, 32);
    flat_exact(flat, key, 32, "cases[0].rotations[%u].new_ck", rotation);
    assert_memory_equal(link->sending.chaining_key, key, 32);
}

/* The other side takes each message in, and changes its key when the sender does. */
static void expect_received(struct ln_transport *peer, const struct ln_transport *link, const uint8_t *bytes,
                            struct btc_bytes message)
{
    size_t used;
    size_t length = message.length + LN_TRANSPORT_OVERHEAD;
    assert_int_equal(ln_transport_receive(peer, &used, bytes, length), LN_TRANSPORT_MESSAGE);
    assert_int_equal(used, length);
    assert_int_equal(peer->message.length, message.length);
    assert_memory_equal(peer->message.data, message.data, message.length);
    assert_memory_equal(peer->receiving.key, link->sending.key, 32);
}

static void all_1002_messages_and_both_rotations_hold(void **state)
{
    struct flat flat;
    struct ln_transport link = {.state = LN_TRANSPORT_LENGTH};
    struct ln_transport peer = {
        .state = LN_TRANSPORT_LENGTH, .buffer = buffer, .capacity = sizeof buffer, .need = 2 + 16};
    uint8_t message[16];
    uint8_t out[64];
    uint8_t expected[64];
    unsigned output = 0;
    unsigned rotations = 0;
    (void)state;
    assert_true(flat_open(&flat, KONSENTO_SHARED, "bolt08-messages"));
    flat_exact(&flat, link.sending.chaining_key, 32, "cases[0].ck");
    flat_exact(&flat, link.sending.key, 32, "cases[0].sk");
    size_t length = flat_bytes(&flat, message, sizeof message, "cases[0].message");
    peer.receiving = link.sending;
    for (unsigned i = 0; i < 1002; i++) {
        ln_transport_send(&link, out, btc_bytes(message, length));
        expect_received(&peer, &link, out, btc_bytes(message, length));
        if (link.sending.nonce == 0) {
            expect_rotation(&link, &flat, rotations++);
        }
        if (output < flat_length(&flat, "cases[0].outputs") &&
            flat_number(&flat, "cases[0].outputs[%u].index", output) == i) {
            flat_exact(&flat, expected, length + LN_TRANSPORT_OVERHEAD, "cases[0].outputs[%u].bytes", output);
            assert_memory_equal(out, expected, length + LN_TRANSPORT_OVERHEAD);
            output++;
        }
    }
    assert_int_equal(output, 6);
    assert_int_equal(rotations, 2);
    printf("bolt08-messages: 1002 messages, %u outputs, %u rotations\n", output, rotations);
    flat_close(&flat);
}

int main(void)
{
    struct flat flat;
    if (!flat_open(&flat, KONSENTO_SHARED, "bolt08-handshake")) {
        printf("skipped: no published vectors in %s\n", KONSENTO_SHARED);
        return TEST_SKIPPED;
    }
    flat_close(&flat);
    btc_curve_init(&curve);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_handshake_vector_holds),
        cmocka_unit_test(all_1002_messages_and_both_rotations_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
