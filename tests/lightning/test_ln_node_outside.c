/* test_ln_node_outside.c: HTLCs that go on, or come from, where only the host reaches.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/lightning/channel_view.h"
#include "protocol/lightning/payload.h"
#include "tests/lightning/town_parts.h"

#define SCID_OUTSIDE UINT64_C(0x0b00000001000000)
#define AMOUNT_MSAT  5000000

static struct town *town;
static uint8_t preimage[32], hash[32];

static int open_town(void **state)
{
    (void)state;
    town = town_new();
    memset(preimage, 0x5a, 32);
    btc_sha256(hash, preimage, 32);
    return 0;
}

static int close_town(void **state)
{
    (void)state;
    town_free(town);
    return 0;
}

/* 0 ── 1, and 1 ── 2 if so wanted; 1 asks. */
static void begin(bool has_third)
{
    town_begin(town, &(struct town_setup){.nodes = 3, .backend = LN_BACKEND_TOKEN});
    town_config(town, 1)->flags |= LN_NODE_ASKS_FORWARDS;
    town_start(town);
    town_join(town, 0, 1);
    town_open(town, 0, 1, TOWN_ROW_SAT, TOWN_ROW_PUSH_MSAT, 0);
    if (has_third) {
        town_join(town, 1, 2);
        town_open(town, 1, 2, TOWN_ROW_SAT, TOWN_ROW_PUSH_MSAT, 0);
    }
}

/* Node 0 pays node 2 by a channel of node 1 that nobody has. In: terms, hash and secret set or not. */
static void pay_outside(struct ln_pay_terms terms)
{
    uint64_t payment;
    terms.amount_msat = AMOUNT_MSAT;
    terms.final_blocks = 30;
    terms.attempts_max = 1;
    terms.has_secret = true;
    terms.hint_count = 1;
    terms.hints[0] = (struct ln_invoice_hop){
        .cltv_expiry_delta_blocks = 40, .fee_base_msat = 3000, .short_channel_id = SCID_OUTSIDE};
    memcpy(terms.hints[0].node, town->nodes[1].node.node_id, 33);
    memcpy(terms.payee, town->nodes[2].node.node_id, 33);
    assert_int_equal(ln_node_pay(town_call(town, 0), &payment, &terms), LN_NODE_OK);
    town_take(town, 0);
    town_settle(town);
}

static struct ln_pay_terms terms_of_hash(void)
{
    struct ln_pay_terms terms = town_limits();
    memcpy(terms.payment_hash, hash, 32);
    return terms;
}

static const struct ln_node_event *asked(void)
{
    const struct ln_node_event *event = town_last(town, 1, LN_NODE_FORWARD_ASKED);
    assert_non_null(event);
    return event;
}

static enum ln_node_result answer(const struct ln_node_answer *what)
{
    const struct ln_node_event *event = asked();
    enum ln_node_result result = ln_node_answer(town_call(town, 1), event->channel, event->htlc, what);
    town_take(town, 1);
    town_settle(town);
    return result;
}

static void nothing_is_left(void)
{
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(town->nodes[i].node.pool.used, 0);
        for (uint32_t k = 0; k < town->nodes[i].node.link_places.top; k++) {
            assert_int_equal(town->nodes[i].node.links[k].kind, LN_LINK_FREE);
        }
    }
    town_audit(town);
}

/* ---- asked ---- */

static void a_host_that_knows_the_preimage_is_paid_through(void **state)
{
    (void)state;
    begin(false);
    uint64_t before_msat = town_balance_msat(town, 1, 0);
    pay_outside(terms_of_hash());
    assert_int_equal(asked()->short_channel_id, SCID_OUTSIDE);
    assert_int_equal(asked()->amount_msat, AMOUNT_MSAT);
    assert_int_equal(asked()->fee_msat, 3000);
    assert_in_range(asked()->expiry_height, town_height(town) + 30, town_height(town) + 36);
    assert_memory_equal(asked()->payment_hash, hash, 32);
    uint8_t wrong[32] = {1};
    assert_int_equal(answer(&(struct ln_node_answer){.kind = LN_ANSWER_FULFILLED, .preimage = wrong}),
                     LN_NODE_PREIMAGE);
    assert_int_equal(town_count(town, 0, LN_NODE_PAYMENT_SENT), 0);
    const struct ln_node_answer right = {.kind = LN_ANSWER_FULFILLED, .preimage = preimage};
    assert_int_equal(answer(&right), LN_NODE_OK);
    assert_int_equal(town_count(town, 0, LN_NODE_PAYMENT_SENT), 1);
    assert_int_equal(town_count(town, 1, LN_NODE_FORWARD_SETTLED), 1);
    assert_int_equal(town_balance_msat(town, 1, 0) - before_msat, AMOUNT_MSAT + 3000);
    assert_int_equal(answer(&right), LN_NODE_UNKNOWN); /* once */
    nothing_is_left();
}

static void a_host_may_name_a_failure(void **state)
{
    (void)state;
    begin(false);
    pay_outside(terms_of_hash());
    const struct ln_node_answer none = {.kind = LN_ANSWER_FAILED};
    assert_int_equal(answer(&none), LN_NODE_TERMS);
    const struct ln_node_answer some = {.kind = LN_ANSWER_FAILED, .code = LN_TEMPORARY_CHANNEL_FAILURE};
    assert_int_equal(answer(&some), LN_NODE_OK);
    const struct ln_node_event *failed = town_last(town, 0, LN_NODE_PAYMENT_FAILED);
    assert_non_null(failed);
    assert_int_equal(failed->code, LN_TEMPORARY_CHANNEL_FAILURE);
    assert_memory_equal(failed->node_id, town->nodes[1].node.node_id, 33);
    nothing_is_left();
}

static void who_does_not_ask_fails_as_before(void **state)
{
    (void)state;
    begin(false);
    town->nodes[1].node.config.flags &= (uint8_t)~LN_NODE_ASKS_FORWARDS;
    pay_outside(terms_of_hash());
    assert_int_equal(town_count(town, 1, LN_NODE_FORWARD_ASKED), 0);
    assert_int_equal(town_last(town, 0, LN_NODE_PAYMENT_FAILED)->code, LN_UNKNOWN_NEXT_PEER);
}

/* The channel is not the one that the onion names, but leads to the same node. */
static void a_host_may_send_it_over_another_channel(void **state)
{
    (void)state;
    char text[2000];
    begin(true);
    uint64_t number = town_ask(town, 2, AMOUNT_MSAT, false, text);
    const struct ln_node_invoice *invoice = ln_node_invoice(&town->nodes[2].node, number);
    struct ln_pay_terms terms = town_limits();
    memcpy(terms.payment_hash, invoice->payment_hash, 32);
    memcpy(terms.payment_secret, invoice->payment_secret, 32);
    pay_outside(terms);
    struct ln_node_answer over = {.kind = LN_ANSWER_OVER, .channel = 4711};
    assert_int_equal(answer(&over), LN_NODE_UNKNOWN);
    over.channel = town_channel(town, 1, 2, 0)->number;
    assert_int_equal(answer(&over), LN_NODE_OK);
    assert_int_equal(town_count(town, 0, LN_NODE_PAYMENT_SENT), 1);
    assert_int_equal(town_count(town, 2, LN_NODE_INVOICE_PAID), 1);
    nothing_is_left();
}

/* Behind a restart the host is asked once more, with the same onion. */
static void what_is_not_answered_is_asked_again(void **state)
{
    (void)state;
    begin(false);
    pay_outside(terms_of_hash());
    const struct ln_node_event first = *asked();
    town_crash(town, 1, 0, 0);
    town_mend(town);
    assert_int_equal(town_count(town, 1, LN_NODE_FORWARD_ASKED), 2);
    assert_int_equal(asked()->htlc, first.htlc);
    assert_int_equal(asked()->short_channel_id, first.short_channel_id);
    assert_int_equal(asked()->amount_msat, first.amount_msat);
    assert_int_equal(answer(&(struct ln_node_answer){.kind = LN_ANSWER_FULFILLED, .preimage = preimage}), LN_NODE_OK);
    assert_int_equal(town_count(town, 0, LN_NODE_PAYMENT_SENT), 1);
    nothing_is_left();
}

/* ---- offered ---- */

/* An onion for node 2 alone. */
static void make_onion(uint8_t onion[LN_ONION_BYTES], const struct ln_node_invoice *invoice, uint32_t height)
{
    struct ln_onion_path path;
    uint8_t session[32] = {3}, bytes[200];
    struct ln_payload payload = {
        .amount_msat = invoice->amount_msat, .cltv_height = height, .total_msat = invoice->amount_msat};
    size_t length = 0;
    memcpy(payload.payment_secret, invoice->payment_secret, 32);
    payload.tlvs.present = LN_PAYLOAD_AMOUNT | LN_PAYLOAD_CLTV | LN_PAYLOAD_PAYMENT;
    assert_int_equal(ln_payload_encode(bytes, sizeof bytes, &length, &payload), LN_WIRE_OK);
    assert_int_equal(ln_backend_path(&town->backend, &path, town->nodes[2].node.node_id, 1, session),
                     LN_ONION_OK);
    const struct btc_bytes payloads[1] = {btc_bytes(bytes, length)};
    assert_int_equal(ln_onion_build(onion, &path, payloads, session, btc_bytes(invoice->payment_hash, 32)),
                     LN_ONION_OK);
}

static enum ln_node_result offer(uint64_t *htlc, uint64_t channel, uint64_t invoice_number, uint32_t height)
{
    uint8_t onion[LN_ONION_BYTES];
    const struct ln_node_invoice *invoice = ln_node_invoice(&town->nodes[2].node, invoice_number);
    make_onion(onion, invoice, height);
    const struct ln_add add = {.amount_msat = invoice->amount_msat,
                               .cltv_expiry_height = height,
                               .payment_hash = invoice->payment_hash,
                               .onion = onion};
    enum ln_node_result result = ln_node_offer(town_call(town, 1), htlc, channel, &add);
    town_take(town, 1);
    return result;
}

static void what_comes_from_outside_is_told_of_when_it_ends(void **state)
{
    (void)state;
    char text[2000];
    uint64_t htlc;
    begin(true);
    uint64_t channel = town_channel(town, 1, 2, 0)->number;
    for (unsigned crashes = 0; crashes < 2; crashes++) {
        uint64_t invoice = town_ask(town, 2, AMOUNT_MSAT, true, text);
        assert_int_equal(offer(&htlc, channel, invoice, town_height(town) + 60), LN_NODE_OK);
        town_settle(town);
        assert_int_equal(town_count(town, 2, LN_NODE_INVOICE_HELD), crashes + 1);
        if (crashes == 1) {
            town_crash(town, 1, 0, 0);
            town_mend(town);
        }
        assert_int_equal(ln_node_settle(town_call(town, 2), invoice, NULL), LN_NODE_OK);
        town_take(town, 2);
        town_settle(town);
        const struct ln_node_event *ended = town_last(town, 1, LN_NODE_OFFER_FULFILLED);
        assert_non_null(ended);
        assert_int_equal(ended->other, channel);
        assert_int_equal(ended->htlc, htlc);
        uint8_t found[32];
        btc_sha256(found, ended->preimage, 32);
        assert_memory_equal(found, ended->payment_hash, 32);
        nothing_is_left();
    }
}

static void what_comes_from_outside_may_fail(void **state)
{
    (void)state;
    char text[2000];
    uint64_t htlc;
    begin(true);
    uint64_t channel = town_channel(town, 1, 2, 0)->number;
    uint64_t invoice = town_ask(town, 2, AMOUNT_MSAT, true, text);
    assert_int_equal(offer(&htlc, 4711, invoice, town_height(town) + 60), LN_NODE_UNKNOWN);
    assert_int_equal(offer(&htlc, channel, invoice, town_height(town) + 60), LN_NODE_OK);
    town_settle(town);
    assert_int_equal(ln_node_cancel(town_call(town, 2), invoice), LN_NODE_OK);
    town_take(town, 2);
    town_settle(town);
    const struct ln_node_event *ended = town_last(town, 1, LN_NODE_OFFER_FAILED);
    assert_non_null(ended);
    assert_int_equal(ended->htlc, htlc);
    assert_int_equal(town_count(town, 1, LN_NODE_OFFER_FULFILLED), 0);
    town_cut(town, 1, 2);
    assert_int_equal(offer(&htlc, channel, invoice, town_height(town) + 60), LN_NODE_OFFLINE);
    nothing_is_left();
}

/* The payee is gone with the HTLC: the chain gives it back. */
static void what_comes_from_outside_may_end_on_the_chain(void **state)
{
    (void)state;
    char text[2000];
    uint64_t htlc;
    begin(true);
    uint64_t channel = town_channel(town, 1, 2, 0)->number;
    uint64_t invoice = town_ask(town, 2, AMOUNT_MSAT, true, text);
    assert_int_equal(offer(&htlc, channel, invoice, town_height(town) + 40), LN_NODE_OK);
    town_settle(town);
    town_cut(town, 1, 2);
    town_mine_many(town, 60);
    const struct ln_node_event *ended = town_last(town, 1, LN_NODE_OFFER_FAILED);
    assert_non_null(ended);
    assert_int_equal(ended->code, LN_PERMANENT_CHANNEL_FAILURE);
    assert_int_equal(ended->htlc, htlc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_that_knows_the_preimage_is_paid_through),
        cmocka_unit_test(a_host_may_name_a_failure),
        cmocka_unit_test(who_does_not_ask_fails_as_before),
        cmocka_unit_test(a_host_may_send_it_over_another_channel),
        cmocka_unit_test(what_is_not_answered_is_asked_again),
        cmocka_unit_test(what_comes_from_outside_is_told_of_when_it_ends),
        cmocka_unit_test(what_comes_from_outside_may_fail),
        cmocka_unit_test(what_comes_from_outside_may_end_on_the_chain),
    };
    return cmocka_run_group_tests(tests, open_town, close_town);
}
