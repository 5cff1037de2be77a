/* test_ln_node_failures.c: why payments fail, each by its name, and what nodes make of it.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/cmocka_all.h"

#include "protocol/bitcoin/hash.h"
#include "tests/lightning/town_parts.h"

static struct town *town;

static int open_town(void **state)
{
    (void)state;
    town = town_new();
    return 0;
}

static int close_town(void **state)
{
    (void)state;
    town_free(town);
    return 0;
}

static void row(unsigned nodes)
{
    town_row(town, &(struct town_setup){.nodes = nodes, .backend = LN_BACKEND_TOKEN});
}

/* What the payer was told of the last attempt: who, and why. */
static void expect_attempt(uint16_t code, int node)
{
    const struct ln_node_event *event = town_last(town, 0, LN_NODE_ATTEMPT_FAILED);
    static const uint8_t nobody[33];
    assert_non_null(event);
    assert_string_equal(event->text, code == 0 ? "a failure that nobody can read" : ln_failure_name(code));
    assert_int_equal(event->code, code);
    assert_memory_equal(event->node_id, node < 0 ? nobody : town->nodes[node].node.node_id, 33);
}

/* Pays an invoice of the last node, with terms changed by the test. */
static void pay(unsigned payee, uint64_t amount_msat, void (*change)(struct ln_pay_terms *terms))
{
    char text[2000];
    struct ln_invoice invoice;
    struct ln_pay_terms terms = town_limits();
    uint64_t payment;
    town_ask(town, payee, amount_msat, false, text);
    assert_int_equal(ln_invoice_read_by(&town->backend, &invoice, btc_bytes(text, strlen(text))), LN_INVOICE_OK);
    memcpy(terms.payee, invoice.payee, 33);
    memcpy(terms.payment_hash, invoice.payment_hash, 32);
    memcpy(terms.payment_secret, invoice.payment_secret, 32);
    terms.has_secret = true;
    terms.amount_msat = amount_msat;
    terms.final_blocks = invoice.min_final_cltv_blocks;
    terms.attempts_max = 1;
    if (change != NULL) {
        change(&terms);
    }
    assert_int_equal(ln_node_pay(town_call(town, 0), &payment, &terms), LN_NODE_OK);
    town_take(town, 0);
    town_settle(town);
}

/* ---- the payee ---- */

static void wrong_secret(struct ln_pay_terms *terms)
{
    terms->payment_secret[0] ^= 1;
}

static void no_secret(struct ln_pay_terms *terms)
{
    terms->has_secret = false;
}

static void unknown_hash(struct ln_pay_terms *terms)
{
    terms->payment_hash[0] ^= 1;
}

static void too_little(struct ln_pay_terms *terms)
{
    terms->amount_msat -= 1;
}

static void far_too_much(struct ln_pay_terms *terms)
{
    terms->amount_msat = 2 * terms->amount_msat + 1;
}

static void too_late(struct ln_pay_terms *terms)
{
    terms->final_blocks -= 3; /* two more are added */
}

static void what_a_payee_does_not_want_is_refused_and_not_tried_again(void **state)
{
    (void)state;
    void (*const changes[])(struct ln_pay_terms *) = {wrong_secret, no_secret,    unknown_hash,
                                                      too_little,   far_too_much, too_late};
    row(3);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        uint32_t sent = town_count(town, 0, LN_NODE_ATTEMPT_SENT);
        pay(2, 30000000, changes[i]);
        expect_attempt(LN_INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS, 2);
        const struct ln_node_event *failed = town_last(town, 0, LN_NODE_PAYMENT_FAILED);
        assert_int_equal(failed->cause, LN_PAY_REFUSED);
        assert_string_equal(failed->text, "incorrect_or_unknown_payment_details");
        assert_int_equal(town_count(town, 0, LN_NODE_ATTEMPT_SENT), sent + 1);
    }
    assert_int_equal(town_count(town, 2, LN_NODE_INVOICE_PAID), 0);
    pay(2, 30000000, NULL);
    assert_int_equal(town_count(town, 0, LN_NODE_PAYMENT_SENT), 1);
}

/* ---- the hub ---- */

/* What the payer believes of the hub's channel with the payee. */
static void believe(struct ln_policy policy)
{
    uint32_t channel = ln_graph_find_channel(&town->graph, town_channel(town, 1, 2, 0)->short_channel_id);
    unsigned direction = memcmp(town->nodes[1].node.node_id, town->nodes[2].node.node_id, 33) < 0 ? 0 : 1;
    policy.flags = LN_POLICY_KNOWN;
    policy.htlc_maximum_msat = UINT64_C(1000000000);
    assert_int_equal(ln_graph_set_policy(&town->graph, channel, direction, &policy), LN_GRAPH_OK);
}

static void terms_that_have_changed_are_named(void **state)
{
    (void)state;
    row(3);
    believe((struct ln_policy){.fee_base_msat = 999, .fee_proportional_ppm = 100, .cltv_expiry_delta_blocks = 40});
    pay(2, 30000000, NULL);
    expect_attempt(LN_FEE_INSUFFICIENT, 1);
    town_wait(town, UINT64_C(7200000000)); /* what was learned is forgotten */
    believe((struct ln_policy){.fee_base_msat = 1000, .fee_proportional_ppm = 100, .cltv_expiry_delta_blocks = 39});
    pay(2, 30000000, NULL);
    expect_attempt(LN_INCORRECT_CLTV_EXPIRY, 1);
    town_wait(town, UINT64_C(7200000000));
    believe((struct ln_policy){.fee_base_msat = 1000, .fee_proportional_ppm = 100, .cltv_expiry_delta_blocks = 40});
    town->nodes[1].node.config.forwarding.htlc_minimum_msat = 0;
    struct ln_node_forwarding picky = town->nodes[1].config.forwarding;
    picky.htlc_minimum_msat = 30000001;
    const uint64_t number = town_channel(town, 1, 2, 0)->number;
    assert_int_equal(ln_node_set_forwarding(town_call(town, 1), number, &picky), LN_NODE_OK);
    town_take(town, 1);
    town_settle(town);
    believe((struct ln_policy){.fee_base_msat = 1000, .fee_proportional_ppm = 100, .cltv_expiry_delta_blocks = 40});
    pay(2, 30000000, NULL);
    expect_attempt(LN_AMOUNT_BELOW_MINIMUM, 1);
    assert_int_equal(town_last(town, 0, LN_NODE_ATTEMPT_FAILED)->short_channel_id,
                     town_channel(town, 1, 2, 0)->short_channel_id);
    town_wait(town, UINT64_C(7200000000));
    picky.htlc_minimum_msat = 0;
    picky.htlc_maximum_msat = 29999999;
    assert_int_equal(ln_node_set_forwarding(town_call(town, 1), number, &picky), LN_NODE_OK);
    town_take(town, 1);
    town_settle(town);
    believe((struct ln_policy){.fee_base_msat = 1000, .fee_proportional_ppm = 100, .cltv_expiry_delta_blocks = 40});
    pay(2, 30000000, NULL);
    expect_attempt(LN_TEMPORARY_CHANNEL_FAILURE, 1);
    picky.cltv_expiry_delta_blocks = 33; /* a hub that could not claim in time */
    assert_int_equal(ln_node_set_forwarding(town_call(town, 1), number, &picky), LN_NODE_TERMS);
    ln_node_effects_clear(&town->nodes[1].out);
}

static void at_once(struct ln_pay_terms *terms)
{
    terms->final_blocks = 0;
}

static void in_years(struct ln_pay_terms *terms)
{
    terms->final_blocks = 2200;
    terms->max_blocks = 5000;
}

static void an_expiry_that_is_too_near_or_too_far_is_named(void **state)
{
    (void)state;
    row(3);
    pay(2, 30000000, at_once);
    expect_attempt(LN_EXPIRY_TOO_SOON, 1);
    town_wait(town, UINT64_C(7200000000));
    pay(2, 30000000, in_years);
    expect_attempt(LN_EXPIRY_TOO_FAR, 1);
}

static void a_channel_without_the_money_is_named_and_avoided(void **state)
{
    (void)state;
    row(3);
    assert_true(town_send(town, 1, 2, 500000000)); /* about 90,000 sat are left there, and nobody knows */
    pay(2, 200000000, NULL);
    expect_attempt(LN_TEMPORARY_CHANNEL_FAILURE, 1);
    assert_int_equal(town_last(town, 0, LN_NODE_PAYMENT_FAILED)->cause, LN_PAY_ATTEMPTS);
    uint32_t sent = town_count(town, 0, LN_NODE_ATTEMPT_SENT);
    pay(2, 200000000, NULL); /* the next search knows, and asks nobody */
    assert_int_equal(town_count(town, 0, LN_NODE_ATTEMPT_SENT), sent);
    assert_int_equal(town_last(town, 0, LN_NODE_PAYMENT_FAILED)->cause, LN_PAY_NO_ROUTE);
    pay(2, 20000000, NULL);
    assert_int_equal(town_count(town, 0, LN_NODE_PAYMENT_SENT), 1);
    town_crash(town, 0, UINT32_MAX, 0);
    town_mend(town);
    pay(2, 200000000, NULL); /* nor is it forgotten by a restart */
    assert_int_equal(town_count(town, 0, LN_NODE_ATTEMPT_SENT), sent + 1);
    town_wait(town, UINT64_C(36000000000)); /* ten half-lives: it may have changed */
    pay(2, 200000000, NULL);
    assert_int_equal(town_count(town, 0, LN_NODE_ATTEMPT_SENT), sent + 2);
    expect_attempt(LN_TEMPORARY_CHANNEL_FAILURE, 1);
}

static void the_hub_says_when_the_next_peer_is_unknown_or_away(void **state)
{
    (void)state;
    char text[2000];
    row(3);
    struct ln_pay_terms limits = town_limits();
    town_cut(town, 1, 2);
    pay(2, 30000000, NULL);
    expect_attempt(LN_TEMPORARY_CHANNEL_FAILURE, 1);
    const struct ln_liquidity_record *record =
        ln_liquidity_find(&town->nodes[0].node.liquidity, town_channel(town, 1, 2, 0)->short_channel_id);
    assert_non_null(record); /* learned: it has not that much */
    assert_true(record->lower_msat > 0 || record->upper_msat < record->capacity_msat);
    town_join(town, 1, 2);
    town_settle(town);
    /* a channel that the hub does not know: an invoice with a hint of one that is gone */
    town_ask(town, 2, 5000000, false, text);
    struct ln_invoice invoice;
    assert_int_equal(ln_invoice_read_by(&town->backend, &invoice, btc_bytes(text, strlen(text))), LN_INVOICE_OK);
    memset(limits.payee, 0, 33);
    bool good = btc_pubkey_wire_from_secret(&town->regtest->curve, limits.payee, (const uint8_t[32]){9});
    assert_true(good);
    memcpy(limits.payment_hash, invoice.payment_hash, 32);
    limits.amount_msat = 5000000;
    limits.final_blocks = 22;
    limits.attempts_max = 1;
    limits.hint_count = 1;
    limits.hints[0] = (struct ln_invoice_hop){.cltv_expiry_delta_blocks = 40, .short_channel_id = 12345};
    memcpy(limits.hints[0].node, town->nodes[1].node.node_id, 33);
    uint64_t payment;
    assert_int_equal(ln_node_pay(town_call(town, 0), &payment, &limits), LN_NODE_OK);
    town_take(town, 0);
    town_settle(town);
    expect_attempt(LN_UNKNOWN_NEXT_PEER, 1);
}

static void a_channel_on_its_way_to_the_chain_is_permanently_gone(void **state)
{
    (void)state;
    row(3);
    uint32_t channel = ln_graph_find_channel(&town->graph, town_channel(town, 1, 2, 0)->short_channel_id);
    struct ln_policy before[2];
    memcpy(before, ln_graph_channel(&town->graph, channel)->policies, sizeof before);
    assert_int_equal(ln_node_force_close(town_call(town, 1), town_channel(town, 1, 2, 0)->number), LN_NODE_OK);
    town_take(town, 1);
    town_settle(town);
    pay(2, 30000000, NULL); /* it was told that the channel is disabled */
    assert_int_equal(town_count(town, 0, LN_NODE_ATTEMPT_SENT), 0);
    for (unsigned i = 0; i < 2; i++) { /* now it has not heard of it */
        assert_int_equal(ln_graph_set_policy(&town->graph, channel, i, &before[i]), LN_GRAPH_OK);
    }
    pay(2, 30000000, NULL);
    expect_attempt(LN_PERMANENT_CHANNEL_FAILURE, 1);
}

static void a_real_id_that_an_alias_hides_is_not_accepted(void **state)
{
    (void)state;
    town_begin(town, &(struct town_setup){.nodes = 3, .backend = LN_BACKEND_TOKEN});
    town_start(town);
    town_join(town, 0, 1);
    town_join(town, 1, 2);
    town_open(town, 0, 1, TOWN_ROW_SAT, 0, LN_CHANNEL_ANNOUNCE);
    town_open(town, 1, 2, TOWN_ROW_SAT, 0, LN_CHANNEL_SCID_ALIAS);
    char text[2000];
    struct ln_invoice invoice;
    town_ask(town, 2, 5000000, false, text);
    assert_int_equal(ln_invoice_read_by(&town->backend, &invoice, btc_bytes(text, strlen(text))), LN_INVOICE_OK);
    assert_int_equal(invoice.hop_count, 1);
    assert_int_equal(invoice.hops[0].short_channel_id, town_channel(town, 1, 2, 0)->channel.policy.alias);
    struct ln_pay_terms limits = town_limits();
    memcpy(limits.payee, invoice.payee, 33);
    memcpy(limits.payment_hash, invoice.payment_hash, 32);
    limits.amount_msat = 5000000;
    limits.final_blocks = 22;
    limits.attempts_max = 1;
    limits.hint_count = 1;
    limits.hints[0] = invoice.hops[0];
    limits.hints[0].short_channel_id = town_channel(town, 1, 2, 0)->short_channel_id;
    assert_true(limits.hints[0].short_channel_id != 0);
    uint64_t payment;
    assert_int_equal(ln_node_pay(town_call(town, 0), &payment, &limits), LN_NODE_OK);
    town_take(town, 0);
    town_settle(town);
    expect_attempt(LN_UNKNOWN_NEXT_PEER, 1);
}

static void who_does_not_forward_knows_nobody(void **state)
{
    (void)state;
    row(3);
    town->nodes[1].node.config.flags &= (uint8_t)~LN_NODE_FORWARDS;
    pay(2, 30000000, NULL);
    expect_attempt(LN_UNKNOWN_NEXT_PEER, 1);
}

/* ---- onions ---- */

/* Changes one byte of the onion of the update_add_htlc that waits between two nodes. */
static void spoil_onion(unsigned from, unsigned to, size_t at)
{
    struct town_queue *queue = &town->queues[from][to];
    uint32_t length;
    uint8_t *message = queue->bytes + queue->head + 4;
    assert_true(queue->count > 0);
    memcpy(&length, queue->bytes + queue->head, 4);
    assert_int_equal(message[0] << 8 | message[1], LN_UPDATE_ADD_HTLC);
    message[2 + 32 + 8 + 8 + 32 + 4 + at] ^= 0x40;
}

static void spoil_and_expect(unsigned link, size_t at, uint16_t code, int node)
{
    char text[2000];
    struct ln_pay_terms limits = town_limits();
    limits.attempts_max = 1;
    town_ask(town, 2, 30000000, false, text);
    town_pay(town, 0, text, &limits);
    while (link == 1 && town->queues[1][2].count == 0) {
        assert_true(town_deliver(town, 0, 1) || town_deliver(town, 1, 0));
    }
    spoil_onion(link, link + 1, at);
    town_settle(town);
    expect_attempt(code, node);
    town_wait(town, UINT64_C(7200000000));
}

static void a_spoiled_onion_is_named_by_who_sent_it_on(void **state)
{
    (void)state;
    row(3);
    spoil_and_expect(0, 0, LN_INVALID_ONION_VERSION, 1);
    spoil_and_expect(0, 1, LN_INVALID_ONION_KEY, 1); /* no point begins so */
    spoil_and_expect(0, 700, LN_INVALID_ONION_HMAC, 1);
    spoil_and_expect(1, 700, LN_INVALID_ONION_HMAC, 1);
    spoil_and_expect(1, 0, LN_INVALID_ONION_VERSION, 1);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(town_count(town, i, LN_NODE_CHANNEL_FAILS), 0);
        assert_int_equal(town->nodes[i].node.pool.used, 0);
    }
    assert_true(town_send(town, 0, 2, 30000000));
}

/* ---- failures on their way back ---- */

/* The reason in the update_fail_htlc that waits between two nodes; there must be one next. Out: length. */
static uint8_t *reason_of(unsigned from, unsigned to, size_t *length)
{
    struct town_queue *queue = &town->queues[from][to];
    uint8_t *message = queue->bytes + queue->head + 4;
    assert_true(queue->count > 0);
    assert_int_equal(message[0] << 8 | message[1], LN_UPDATE_FAIL_HTLC);
    *length = (size_t)(message[42] << 8 | message[43]);
    return message + 44;
}

static bool is_failing(unsigned from, unsigned to)
{
    const struct town_queue *queue = &town->queues[from][to];
    const uint8_t *message = queue->bytes + queue->head + 4;
    return queue->count > 0 && message[0] == 0 && message[1] == LN_UPDATE_FAIL_HTLC;
}

/* Delivers whatever waits, but for an update_fail_htlc from one to the other. */
static void deliver_until_failing(unsigned from, unsigned to)
{
    for (unsigned at = 0; !is_failing(from, to); at++) {
        town_deliver(town, at / town->count % town->count, at % town->count);
        assert_true(at < 10000);
    }
}

/* Attribution data says between whom a failure was spoiled; without it the payer must guess. */
static void a_spoiled_failure_is_blamed_on_who_spoiled_it(void **state)
{
    (void)state;
    for (unsigned attributed = 0; attributed < 2; attributed++) {
        char text[2000];
        struct ln_pay_terms limits = town_limits();
        size_t length;
        limits.attempts_max = 1;
        town_begin(town, &(struct town_setup){.nodes = 4, .backend = LN_BACKEND_TOKEN});
        for (unsigned i = 0; i < 4 && !attributed; i++) {
            town_config(town, i)->features.words[0] &= ~(UINT64_C(3) << LN_FEATURE_ATTRIBUTION_DATA);
        }
        town_start(town);
        for (unsigned i = 0; i < 3; i++) {
            town_join(town, i, i + 1);
            town_open(town, i, i + 1, TOWN_ROW_SAT, TOWN_ROW_PUSH_MSAT, LN_CHANNEL_ANNOUNCE);
        }
        uint64_t invoice = town_ask(town, 3, 5000000, false, text);
        assert_int_equal(ln_node_cancel(town_call(town, 3), invoice), LN_NODE_OK);
        town_take(town, 3);
        town_pay(town, 0, text, &limits);
        deliver_until_failing(3, 2);
        reason_of(3, 2, &length)[100] ^= 1;
        town_settle(town);
        expect_attempt(0, -1);
        assert_int_equal(town_last(town, 0, LN_NODE_ATTEMPT_FAILED)->short_channel_id,
                         attributed ? town_channel(town, 2, 3, 0)->short_channel_id
                                    : town_channel(town, 1, 2, 0)->short_channel_id);
    }
}

/* A channel_update of the hub, signed by whom the test likes. */
static size_t make_update(uint8_t bytes[200], unsigned signer)
{
    struct ln_message message = {.type = LN_CHANNEL_UPDATE};
    struct ln_channel_update *update = &message.channel_update;
    size_t length;
    memset(update->chain_hash, 0x43, 32);
    update->short_channel_id = town_channel(town, 1, 2, 0)->short_channel_id;
    update->timestamp = (uint32_t)(town->now_us / 1000000) + 10;
    update->message_flags = LN_UPDATE_MUST_BE_ONE;
    update->channel_flags = memcmp(town->nodes[1].node.node_id, town->nodes[2].node.node_id, 33) < 0 ? 0 : 1;
    update->cltv_expiry_delta_blocks = 40;
    update->fee_base_msat = 1000;
    update->fee_proportional_ppm = 100;
    update->htlc_maximum_msat = 1000000000;
    assert_int_equal(ln_message_encode(bytes, 200, &length, &message), LN_WIRE_OK);
    assert_int_equal(
        ln_gossip_sign(&town->regtest->curve, bytes, length, LN_GOSSIP_NODE_1, town->nodes[signer].config.secret),
        LN_GOSSIP_OK);
    return length;
}

/* Some nodes still send their channel_update along: it is believed if they have signed it, and then tried once more. */
static void an_update_that_comes_with_a_failure_is_believed_if_it_is_signed(void **state)
{
    (void)state;
    for (unsigned forged = 0; forged < 2; forged++) {
        char text[2000];
        uint8_t update[200], message[400];
        struct ln_pay_terms limits = town_limits();
        struct ln_onion_path path;
        size_t length, packet_length;
        row(3);
        believe((struct ln_policy){.fee_base_msat = 1, .fee_proportional_ppm = 1, .cltv_expiry_delta_blocks = 40});
        town_ask(town, 2, 30000000, false, text);
        town_pay(town, 0, text, &limits);
        deliver_until_failing(1, 0);
        assert_true(ln_attempt_path(&path, &town->nodes[0].node.attempts[0], &town->backend));
        struct ln_failure failure = {.code = LN_FEE_INSUFFICIENT, .htlc_msat = 30000031};
        failure.channel_update = btc_bytes(update, make_update(update, forged ? 2 : 1));
        assert_int_equal(ln_failure_encode(message, sizeof message, &length, &failure), LN_WIRE_OK);
        uint8_t *reason = reason_of(1, 0, &packet_length);
        uint8_t packet[LN_FAILURE_PACKET_BYTES];
        assert_int_equal(packet_length, sizeof packet);
        assert_int_equal(ln_failure_wrap_first(packet, btc_bytes(message, length), LN_FAILURE_PADDED, path.secrets[0]),
                         packet_length);
        ln_failure_wrap(packet, packet_length, path.secrets[0]);
        memcpy(reason, packet, packet_length);
        town_settle(town);
        expect_attempt(LN_FEE_INSUFFICIENT, 1);
        assert_int_equal(town_count(town, 0, LN_NODE_PAYMENT_SENT), !forged);
        assert_int_equal(town_count(town, 0, LN_NODE_ATTEMPT_SENT), forged ? 1 : 2);
    }
}

/* ---- patience ---- */

static void a_payee_that_was_away_is_paid_when_it_is_back(void **state)
{
    (void)state;
    char text[2000];
    struct ln_pay_terms limits = town_limits();
    row(3);
    town_ask(town, 2, 30000000, false, text);
    limits.deadline_us = town->now_us + UINT64_C(3000000000);
    limits.attempts_max = 50;
    town_crash(town, 2, 0, 0);
    town_pay(town, 0, text, &limits);
    town_wait(town, 300000000);
    assert_int_equal(town_count(town, 0, LN_NODE_PAYMENT_SENT) + town_count(town, 0, LN_NODE_PAYMENT_FAILED), 0);
    assert_true(town_count(town, 0, LN_NODE_ATTEMPT_FAILED) >= 1);
    town_restart(town, 2, LN_SNAPSHOT_LATEST);
    town_join(town, 1, 2);
    town_wait(town, UINT64_C(2600000000));
    assert_int_equal(town_count(town, 0, LN_NODE_PAYMENT_SENT), 1);
    assert_int_equal(town_count(town, 2, LN_NODE_INVOICE_PAID), 1);
}

static void who_never_comes_back_ends_it_with_the_deadline(void **state)
{
    (void)state;
    char text[2000];
    struct ln_pay_terms limits = town_limits();
    row(3);
    for (unsigned by_height = 0; by_height < 2; by_height++) {
        town_ask(town, 2, 30000000, false, text);
        limits.deadline_us = by_height ? 0 : town->now_us + UINT64_C(1000000000);
        limits.deadline_height = by_height ? town_height(town) + 3 : 0;
        limits.attempts_max = 1000;
        town_cut(town, 1, 2);
        town_pay(town, 0, text, &limits);
        town_wait(town, UINT64_C(900000000));
        assert_int_equal(town_count(town, 0, LN_NODE_PAYMENT_FAILED), by_height);
        town_wait(town, UINT64_C(200000000));
        town_mine_many(town, by_height ? 3 : 0);
        assert_int_equal(town_count(town, 0, LN_NODE_PAYMENT_FAILED), by_height + 1);
        assert_int_equal(town_last(town, 0, LN_NODE_PAYMENT_FAILED)->cause, LN_PAY_DEADLINE);
        town_join(town, 1, 2);
        town_settle(town);
    }
}

static void a_command_stops_a_payment(void **state)
{
    (void)state;
    char text[2000];
    struct ln_pay_terms limits = town_limits();
    row(3);
    town_cut(town, 1, 2);
    limits.deadline_us = town->now_us + UINT64_C(1000000000);
    town_ask(town, 2, 30000000, false, text);
    uint64_t payment = town_pay(town, 0, text, &limits);
    town_settle(town);
    assert_int_equal(ln_node_forget_payment(town_call(town, 0), payment), LN_NODE_STAGE);
    assert_int_equal(ln_node_stop(town_call(town, 0), payment), LN_NODE_OK);
    town_take(town, 0);
    assert_int_equal(town_last(town, 0, LN_NODE_PAYMENT_FAILED)->cause, LN_PAY_CANCELLED);
    assert_int_equal(ln_node_stop(town_call(town, 0), payment), LN_NODE_STAGE);
    assert_int_equal(ln_node_stop(town_call(town, 0), payment + 1), LN_NODE_UNKNOWN);
}

/* ---- limits ---- */

static void limits_are_kept(void **state)
{
    (void)state;
    uint64_t number;
    town_begin(town, &(struct town_setup){.nodes = 2, .backend = LN_BACKEND_TOKEN});
    town_config(town, 0)->limits = (struct ln_node_limits){
        .peers = 1, .channels = 1, .htlcs = 4, .links = 2, .invoices = 2, .payments = 1, .attempts = 1, .lessons = 1};
    town_start(town);
    town_join(town, 0, 1);
    town_open(town, 0, 1, TOWN_ROW_SAT, 500000000, 0);
    struct ln_node *node = town_call(town, 0);
    struct ln_node_opening opening = {.funding_sat = 100000, .feerate_sat_per_kwu = 1000};
    assert_int_equal(ln_node_open_channel(node, &number, &opening), LN_NODE_FULL);
    uint32_t peer;
    assert_int_equal(ln_node_connect(node, &peer, (const uint8_t[33]){2, 9}), LN_NODE_FULL);
    char text[2000];
    struct ln_node_asking asking = {.amount_msat = 1000000};
    assert_int_equal(ln_node_ask(node, &number, text, sizeof text, &asking), LN_NODE_OK);
    assert_int_equal(ln_node_ask(node, &number, text, sizeof text, &asking), LN_NODE_OK);
    assert_int_equal(ln_node_ask(node, &number, text, sizeof text, &asking), LN_NODE_FULL);
    town_take(town, 0);
    struct ln_pay_terms limits = town_limits();
    town_ask(town, 1, 1000000, true, text);
    town_pay(town, 0, text, &limits);
    town_settle(town);
    town_ask(town, 1, 1000000, false, text);
    assert_int_equal(ln_node_pay_invoice(town_call(town, 0), &number, btc_bytes(text, strlen(text)), &limits),
                     LN_NODE_FULL);
    town_take(town, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_payee_does_not_want_is_refused_and_not_tried_again),
        cmocka_unit_test(terms_that_have_changed_are_named),
        cmocka_unit_test(an_expiry_that_is_too_near_or_too_far_is_named),
        cmocka_unit_test(a_channel_without_the_money_is_named_and_avoided),
        cmocka_unit_test(the_hub_says_when_the_next_peer_is_unknown_or_away),
        cmocka_unit_test(a_channel_on_its_way_to_the_chain_is_permanently_gone),
        cmocka_unit_test(a_real_id_that_an_alias_hides_is_not_accepted),
        cmocka_unit_test(who_does_not_forward_knows_nobody),
        cmocka_unit_test(a_spoiled_onion_is_named_by_who_sent_it_on),
        cmocka_unit_test(a_spoiled_failure_is_blamed_on_who_spoiled_it),
        cmocka_unit_test(an_update_that_comes_with_a_failure_is_believed_if_it_is_signed),
        cmocka_unit_test(a_payee_that_was_away_is_paid_when_it_is_back),
        cmocka_unit_test(who_never_comes_back_ends_it_with_the_deadline),
        cmocka_unit_test(a_command_stops_a_payment),
        cmocka_unit_test(limits_are_kept),
    };
    return cmocka_run_group_tests(tests, open_town, close_town);
}
