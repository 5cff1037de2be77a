/* test_ln_memory.c: nothing is taken from the heap while channels work, and an idle end is small.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Everything between malloc and this program is counted, libsecp256k1 and nettle included.
 */
#include "protocol/lightning/failure.h"
#include "protocol/lightning/gossip.h"
#include "protocol/lightning/invoice.h"
#include "protocol/lightning/payload.h"
#include "protocol/lightning/snapshot.h"
#include "protocol/lightning/transport.h"
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/dice.h"
#include "tests/lightning/heap_watch.h"
#include "tests/lightning/relay.h"

#include <secp256k1.h>
#include <stdlib.h>

static struct relay relay;

/* The counter itself: it must see our own calls and those of a library. */
static void what_is_taken_is_counted(void **state)
{
    void *(*volatile take)(size_t) = malloc;
    void (*volatile give)(void *) = free;
    (void)state;
    heap_watch_start();
    void *block = take(100);
    assert_int_equal(heap_watch_count(), 1);
    give(block);
    assert_int_equal(heap_watch_count(), 2);
    secp256k1_context_destroy(secp256k1_context_create(SECP256K1_CONTEXT_NONE));
    assert_true(heap_watch_count() > 2);
}

/* ---- channels ---- */

struct pending {
    uint64_t id;
    unsigned preimage;
};

static void end_htlc(unsigned end, const struct pending *htlc, unsigned way)
{
    switch (way) {
    case 0:
        relay_fail(&relay, end, htlc->id);
        break;
    case 1:
        relay_fail_malformed(&relay, end, htlc->id);
        break;
    default:
        relay_fulfill(&relay, end, htlc->id, htlc->preimage);
    }
}

static void change_fee(struct dice *dice)
{
    struct duo_end *opener = &relay.duo.ends[0];
    enum ln_channel_result result = ln_channel_update_fee(&opener->channel, &opener->shop, 900 + dice_below(dice, 200));
    assert_int_equal(result, LN_CHANNEL_OK);
}

static void lose_connection(void)
{
    for (unsigned end = 0; end < 2; end++) {
        struct duo_end *at = &relay.duo.ends[end];
        ln_channel_disconnect(&at->channel, &at->shop);
        ln_effects_clear(&relay.lists[end]);
    }
    for (unsigned end = 0; end < 2; end++) {
        ln_channel_reconnect(&relay.duo.ends[end].channel, &relay.duo.ends[end].shop);
    }
}

static void keep_snapshot(unsigned end)
{
    static uint8_t bytes[LN_SNAPSHOT_BYTES(2 * DUO_HTLCS)];
    size_t length;
    struct duo_end *at = &relay.duo.ends[end];
    assert_int_equal(ln_snapshot_write(bytes, sizeof bytes, &length, &at->channel, &at->shop), LN_SNAPSHOT_OK);
}

/* A few HTLCs each way, a new feerate now and then, a connection lost in the middle now and then. Returns the commands
 * given. */
static uint64_t run_round(struct dice *dice, unsigned round)
{
    struct pending htlcs[2][4];
    unsigned counts[2];
    uint64_t commands = 0;
    for (unsigned end = 0; end < 2; end++) {
        counts[end] = 1 + dice_below(dice, 3);
        for (unsigned i = 0; i < counts[end]; i++, commands++) {
            unsigned preimage = dice_below(dice, RELAY_PREIMAGES);
            htlcs[end][i] =
                (struct pending){relay_add(&relay, end, 1000000 + dice_below(dice, 9000000), preimage), preimage};
        }
    }
    if (round % 5 == 0) {
        change_fee(dice);
        commands++;
    }
    relay_settle(&relay);
    keep_snapshot(round % 2);
    for (unsigned end = 0; end < 2; end++) {
        for (unsigned i = 0; i < counts[end]; i++, commands++) {
            end_htlc(1 - end, &htlcs[end][i], dice_below(dice, 6));
        }
    }
    if (round % 7 == 0) {
        relay_carry(&relay, 0);
        lose_connection();
        commands += 2;
    }
    relay_settle(&relay);
    assert_int_equal(relay.duo.ends[0].pool.used + relay.duo.ends[1].pool.used, 0);
    return commands;
}

static void run_channel(const char *name, const struct duo_setup *setup, unsigned rounds)
{
    struct dice dice = {31};
    uint64_t commands = 0;
    relay_open(&relay, setup);
    for (unsigned round = 0; round < 20; round++) {
        run_round(&dice, round);
    }
    relay.messages = 0;
    heap_watch_start();
    for (unsigned round = 0; round < rounds; round++) {
        commands += run_round(&dice, round);
    }
    uint64_t taken = heap_watch_count();
    printf("%s: %lu commands and %lu messages, %lu calls of the heap\n", name, commands, relay.messages, taken);
    assert_true(commands + relay.messages >= 5000);
    assert_int_equal(taken, 0);
}

static void a_working_channel_takes_nothing_from_the_heap(void **state)
{
    static const struct {
        const char *name;
        enum ln_backend_kind backend;
        bool share;
        uint8_t flags;
    } rows[] = {{"real, anchors", LN_BACKEND_REAL, false, LN_CHANNEL_ANCHORS},
                {"real, static_remotekey", LN_BACKEND_REAL, false, 0},
                {"memo", LN_BACKEND_MEMO, false, LN_CHANNEL_ANCHORS},
                {"token", LN_BACKEND_TOKEN, false, LN_CHANNEL_ANCHORS},
                {"token, shared", LN_BACKEND_TOKEN, true, LN_CHANNEL_ANCHORS}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct duo_setup setup = {.backend = rows[i].backend,
                                  .share = rows[i].share,
                                  .flags = rows[i].flags,
                                  .slots = 512,
                                  .feerate_sat_per_kwu = 1000,
                                  .funding_sat = 16000000,
                                  .push_msat = UINT64_C(8000000000)};
        run_channel(rows[i].name, &setup, rows[i].backend == LN_BACKEND_TOKEN ? 1000 : 250);
    }
}

/* All that an end owns lies in its struct, which has no pointers; HTLCs lie in a pool while they last. */
static void an_idle_end_of_a_channel_is_small(void **state)
{
    struct duo_setup setup = {
        .flags = LN_CHANNEL_ANCHORS, .slots = 64, .feerate_sat_per_kwu = 1000, .funding_sat = 16000000};
    static uint8_t bytes[LN_SNAPSHOT_BYTES(0)];
    size_t length;
    (void)state;
    relay_open(&relay, &setup);
    uint64_t id = relay_add(&relay, 0, 5000000, 1);
    relay_settle(&relay);
    relay_fulfill(&relay, 1, id, 1);
    relay_settle(&relay);
    for (unsigned end = 0; end < 2; end++) {
        const struct duo_end *at = &relay.duo.ends[end];
        assert_int_equal(at->pool.used, 0);
        assert_int_equal(relay.lists[end].count, 0);
        assert_int_equal(ln_snapshot_write(bytes, sizeof bytes, &length, &at->channel, &at->shop), LN_SNAPSHOT_OK);
        printf("idle end: %zu bytes; its snapshot: %zu bytes\n", sizeof at->channel, length);
        assert_true(sizeof at->channel <= LN_CHANNEL_IDLE_BYTES && length <= LN_CHANNEL_IDLE_BYTES);
    }
}

/* ---- everything around channels ---- */

static void use_onion(const struct btc_curve *curve)
{
    static const uint8_t node_secret[32] = {9};
    static const uint8_t session_key[32] = {8};
    static uint8_t packet[LN_ONION_PACKET_BYTES];
    static struct ln_onion_layer layer;
    struct ln_onion_path path;
    struct ln_payload payload = {.tlvs = {.present = LN_PAYLOAD_AMOUNT | LN_PAYLOAD_CLTV}, .amount_msat = 5};
    struct ln_fault fault;
    struct ln_failure_report report;
    uint8_t node[33];
    uint8_t bytes[64];
    uint8_t failure[LN_FAILURE_PACKET_BYTES];
    uint8_t attribution[LN_ATTRIBUTION_DATA_BYTES] = {0};
    uint8_t secret[32];
    size_t length;
    assert_true(btc_pubkey_wire_from_secret(curve, node, node_secret));
    assert_int_equal(ln_payload_encode(bytes, sizeof bytes, &length, &payload), LN_WIRE_OK);
    struct btc_bytes view = btc_bytes(bytes, length);
    assert_int_equal(ln_onion_path_init(curve, &path, node, 1, session_key), LN_ONION_OK);
    assert_int_equal(ln_onion_build(packet, &path, &view, session_key, view), LN_ONION_OK);
    struct ln_onion_peel peel = {packet, node_secret, view};
    assert_int_equal(ln_onion_peel(curve, &layer, secret, &peel), LN_ONION_OK);
    view = btc_bytes(layer.payload, layer.payload_length);
    assert_int_equal(ln_payload_decode(&payload, &fault, LN_PAYLOAD_FINAL, view), LN_WIRE_OK);
    length = ln_failure_wrap_first(failure, btc_bytes("\x20\x02", 2), LN_FAILURE_PADDED, secret);
    ln_attribution_add(attribution, secret, 1, btc_bytes(failure, length));
    ln_failure_wrap(failure, length, secret);
    assert_true(ln_failure_unwrap(&report, failure, length, attribution, &path));
    assert_int_equal(report.hold_count, 1);
}

static void use_transport(const struct btc_curve *curve)
{
    static const uint8_t secrets[4][32] = {{1}, {2}, {3}, {4}};
    static uint8_t buffers[2][1024];
    static struct ln_transport ends[2];
    uint8_t node[33];
    uint8_t sent[100 + LN_TRANSPORT_OVERHEAD];
    size_t used;
    struct ln_transport_setup one = {curve, buffers[0], sizeof buffers[0], secrets[0], secrets[1]};
    struct ln_transport_setup two = {curve, buffers[1], sizeof buffers[1], secrets[2], secrets[3]};
    assert_true(btc_pubkey_wire_from_secret(curve, node, secrets[2]));
    assert_int_equal(ln_transport_initiate(&ends[0], &one, node), LN_TRANSPORT_SEND);
    assert_int_equal(ln_transport_respond(&ends[1], &two), LN_TRANSPORT_MORE);
    assert_int_equal(ln_transport_receive(&ends[1], &used, ends[0].act, ends[0].act_length), LN_TRANSPORT_SEND);
    assert_int_equal(ln_transport_receive(&ends[0], &used, ends[1].act, ends[1].act_length), LN_TRANSPORT_SEND);
    assert_int_equal(ln_transport_receive(&ends[1], &used, ends[0].act, ends[0].act_length), LN_TRANSPORT_READY);
    for (unsigned i = 0; i < 1200; i++) { /* keys change twice */
        ln_transport_send(&ends[0], sent, btc_bytes(secrets, 100));
        assert_int_equal(ln_transport_receive(&ends[1], &used, sent, sizeof sent), LN_TRANSPORT_MESSAGE);
    }
}

static void use_invoice(const struct btc_curve *curve)
{
    static const uint8_t secret[32] = {6};
    static struct ln_invoice invoice;
    static char text[LN_INVOICE_CHARS_MAX + 1];
    ln_invoice_init(&invoice, BTC_REGTEST);
    invoice.present = LN_INVOICE_HAS_AMOUNT | LN_INVOICE_HAS_DESCRIPTION;
    invoice.amount_msat = 123456;
    assert_int_equal(ln_invoice_write(curve, text, sizeof text, &invoice, secret), LN_INVOICE_OK);
    assert_int_equal(ln_invoice_read(curve, &invoice, btc_bytes(text, strlen(text))), LN_INVOICE_OK);
}

static void use_gossip(const struct btc_curve *curve)
{
    static const uint8_t secret[32] = {6};
    struct ln_message message = {.type = LN_CHANNEL_UPDATE};
    uint8_t bytes[256];
    uint8_t node[33];
    size_t length;
    assert_true(btc_pubkey_wire_from_secret(curve, node, secret));
    assert_int_equal(ln_message_encode(bytes, sizeof bytes, &length, &message), LN_WIRE_OK);
    assert_int_equal(ln_gossip_sign(curve, bytes, length, LN_GOSSIP_NODE_1, secret), LN_GOSSIP_OK);
    assert_int_equal(ln_message_decode(&message, NULL, bytes, length), LN_WIRE_OK);
    assert_int_equal(ln_gossip_verify(curve, &message, btc_bytes(bytes, length), node), LN_GOSSIP_OK);
}

/* These have no warm-up: they take nothing from their first call on. */
static void onions_links_invoices_gossip_take_nothing_at_all(void **state)
{
    static struct btc_curve curve;
    (void)state;
    heap_watch_start();
    btc_curve_init(&curve);
    use_onion(&curve);
    use_transport(&curve);
    use_invoice(&curve);
    use_gossip(&curve);
    assert_int_equal(heap_watch_count(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_taken_is_counted),
        cmocka_unit_test(a_working_channel_takes_nothing_from_the_heap),
        cmocka_unit_test(an_idle_end_of_a_channel_is_small),
        cmocka_unit_test(onions_links_invoices_gossip_take_nothing_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
