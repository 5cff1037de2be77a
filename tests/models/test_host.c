/* test_host.c: nodes in the engine: channels on the modeled chain, payments over links, time that devices take. [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/near.h"
#include "tests/models/street.h"

#include <string.h>

#define AMOUNT_MSAT 50000000

static void pay(struct street *street, uint32_t payer, uint32_t payee, uint64_t amount_msat)
{
    char text[2000];
    street_ask(street, payee, amount_msat, false, text);
    street_pay(street, payer, text);
}

/* Time from the command to an event. */
static int64_t took_us(const struct street *street, uint32_t node, enum ln_node_event_kind kind, int64_t since_us)
{
    const struct street_event *event = street_last(street, node, kind);
    assert_non_null(event);
    return event->at_us - since_us;
}

/* ---- payments -------------------------------------------------------------------------------------------------- */

static void a_payment_crosses_the_street(void **state)
{
    (void)state;
    struct street street;
    street_init(&street);
    street_begin(&street);
    uint64_t before_msat[2] = {street_balance_msat(&street, 0, false), street_balance_msat(&street, 2, true)};
    pay(&street, 0, 2, AMOUNT_MSAT);
    street_run(&street, MINUTE);
    assert_int_equal(street_count(&street, 0, LN_NODE_PAYMENT_SENT), 1);
    assert_int_equal(street_count(&street, 2, LN_NODE_INVOICE_PAID), 1);
    const struct ln_node_event *sent = &street_last(&street, 0, LN_NODE_PAYMENT_SENT)->event;
    assert_int_equal(before_msat[0] - street_balance_msat(&street, 0, false), AMOUNT_MSAT + sent->fee_msat);
    assert_int_equal(street_balance_msat(&street, 2, true) - before_msat[1], AMOUNT_MSAT);
    street_close(&street);
}

/* BOLT 2: an HTLC is irrevocably committed a round trip and a half after it was offered; the preimage comes back at
 * once from each hop. */
static void latency_is_that_of_the_dance(void **state)
{
    (void)state;
    for (uint32_t nodes = 2; nodes <= STREET_NODES; nodes++) {
        struct street street;
        street_init(&street);
        street.nodes = nodes;
        street.has_graph = true;
        street_begin(&street);
        int64_t since_us = sim_now_us(street.sim);
        pay(&street, 0, nodes - 1, AMOUNT_MSAT);
        street_run(&street, MINUTE);
        assert_int_equal(took_us(&street, nodes - 1, LN_NODE_INVOICE_PAID, since_us), (nodes - 1) * 30000);
        assert_int_equal(took_us(&street, 0, LN_NODE_PAYMENT_SENT, since_us), (nodes - 1) * 40000);
        street_close(&street);
    }
}

static int64_t paid_in_us(enum device_kind payee, enum device_kind hub)
{
    struct street street;
    street_init(&street);
    street.device[1] = hub;
    street.device[2] = payee;
    street_begin(&street);
    int64_t since_us = sim_now_us(street.sim);
    pay(&street, 0, 2, AMOUNT_MSAT);
    street_run(&street, 5 * MINUTE);
    int64_t paid_us = took_us(&street, 2, LN_NODE_INVOICE_PAID, since_us);
    street_close(&street);
    return paid_us;
}

/* The payee makes an invoice (a signature), and writes it; verifies two signatures, derives five keys and a point,
 * writes; signs twice, derives, writes; takes the revocation, peels an onion, writes: that much is in the way of the
 * money. Only lower bounds are reckoned here: what waits for what is the node's affair. */
static void slow_devices_show(void **state)
{
    (void)state;
    int64_t ideal_us = paid_in_us(DEVICE_IDEAL, DEVICE_IDEAL);
    assert_int_equal(ideal_us, 60000);
    const struct device_work least = {.count = {[DEVICE_VERIFY] = 2,
                                                [DEVICE_SIGN] = 2,
                                                [DEVICE_ECDH] = 1,
                                                [DEVICE_POINT] = 2,
                                                [DEVICE_TWEAK_MULTIPLY] = 4}};
    int64_t before_us = ideal_us;
    for (enum device_kind kind = DEVICE_SERVER; kind < DEVICE_KINDS; kind++) {
        const struct device_class *class = device_class_get(kind);
        int64_t slow_us = paid_in_us(kind, DEVICE_IDEAL);
        int64_t least_us = ideal_us + (device_class_ns(class, &least) + 2 * class->write_ns) / 1000;
        assert_true(slow_us >= least_us);
        assert_true(slow_us <= ideal_us + 4 * (least_us - ideal_us));
        assert_true(slow_us > before_us);
        assert_true(paid_in_us(kind, kind) > slow_us);
        before_us = slow_us;
    }
    within((double)before_us, 4e5, 2e6); /* a microcontroller: about a second */
}

/* ---- what must not matter -------------------------------------------------------------------------------------- */

struct variant {
    enum ln_backend_kind backend;
    enum host_wire wire;
};

/* Payments both ways, a link that breaks, a channel that is closed by force. Returns the digest. */
static uint64_t run_variant(struct variant variant, struct street *street)
{
    street_init(street);
    street->options.backend = variant.backend;
    street->options.wire = variant.wire;
    street->device[1] = DEVICE_BOARD;
    street->device[2] = DEVICE_MICROCONTROLLER;
    street_begin(street);
    for (int i = 0; i < 4; i++) {
        pay(street, i % 2 == 0 ? 0 : 2, i % 2 == 0 ? 2 : 0, AMOUNT_MSAT / (i + 1));
        street_run(street, 400000);
    }
    coverage_hold(&street->coverages, street->cover[1]);
    street_run(street, MINUTE);
    coverage_release(&street->coverages, street->cover[1]);
    street_run(street, 10 * MINUTE);
    struct ln_node *node = host_enter(street->host, street->node[0]);
    assert_non_null(node);
    host_leave(street->host, street->node[0], ln_node_force_close(node, street->channel[0]), NULL);
    street_run(street, 5 * DAY);
    return sim_digest_chain(street->sim);
}

static void back_ends_and_wires_take_the_same_time(void **state)
{
    (void)state;
    const struct variant variants[] = {{LN_BACKEND_REAL, HOST_WIRE_NOISE}, {LN_BACKEND_REAL, HOST_WIRE_NOISE},
                                       {LN_BACKEND_MEMO, HOST_WIRE_NOISE}, {LN_BACKEND_TOKEN, HOST_WIRE_NOISE},
                                       {LN_BACKEND_REAL, HOST_WIRE_PLAIN}, {LN_BACKEND_TOKEN, HOST_WIRE_PLAIN}};
    struct street first;
    uint64_t digest = run_variant(variants[0], &first);
    assert_int_equal(street_count(&first, 0, LN_NODE_PAYMENT_SENT), 2);
    assert_int_equal(street_count(&first, 2, LN_NODE_PAYMENT_SENT), 2);
    assert_int_equal(street_count(&first, 0, LN_NODE_CHANNEL_GONE), 1);
    for (size_t i = 1; i < sizeof variants / sizeof variants[0]; i++) {
        struct street street;
        uint64_t other = run_variant(variants[i], &street);
        assert_int_equal(street.event_count, first.event_count);
        for (uint32_t k = 0; k < first.event_count; k++) {
            assert_int_equal(street.events[k].at_us, first.events[k].at_us);
            assert_int_equal(street.events[k].node, first.events[k].node);
            assert_int_equal(street.events[k].event.kind, first.events[k].event.kind);
            assert_int_equal(street.events[k].event.amount_msat, first.events[k].event.amount_msat);
        }
        for (uint32_t n = 0; n < 3; n++)
            assert_int_equal(street_wealth_msat(&street, n), street_wealth_msat(&first, n));
        assert_int_equal(other, digest);
        street_close(&street);
    }
    street_close(&first);
}

static void the_order_of_ties_does_not_matter(void **state)
{
    (void)state;
    for (uint64_t fuzz = 0; fuzz < 6; fuzz++) {
        struct street street;
        street_init(&street);
        street.tie_fuzz = fuzz;
        street.nodes = 4;
        street.has_graph = true;
        street_begin(&street);
        int64_t before_msat = street_wealth_msat(&street, 3);
        for (int i = 0; i < 6; i++)
            pay(&street, 0, 3, AMOUNT_MSAT / 4);
        street_run(&street, MINUTE);
        assert_int_equal(street_count(&street, 0, LN_NODE_PAYMENT_SENT), 6);
        assert_int_equal(street_wealth_msat(&street, 3) - before_msat, 6 * (AMOUNT_MSAT / 4));
        street_close(&street);
    }
}

/* ---- the chain underneath -------------------------------------------------------------------------------------- */

static void no_coin_is_anywhere_else(const struct street *street, int64_t claims_sat)
{
    struct host_money money;
    host_money(&money, street->host);
    assert_int_equal(money.claims_sat, claims_sat);
    assert_int_equal(money.given_sat, (int64_t)street->nodes * 4 * 5000000);
}

static void closing_by_agreement_pays_both(void **state)
{
    (void)state;
    struct street street;
    struct host_wallet before, after;
    street_init(&street);
    street_begin(&street);
    uint64_t owned_msat = street_balance_msat(&street, 1, true);
    host_wallet(&before, street.host, street.node[1]);
    struct ln_node *node = host_enter(street.host, street.node[0]);
    assert_non_null(node);
    host_leave(street.host, street.node[0], ln_node_close_channel(node, street.channel[0]), NULL);
    street_run(&street, 2 * DAY);
    assert_int_equal(street_count(&street, 0, LN_NODE_CHANNEL_AGREED), 1);
    assert_int_equal(street_last(&street, 0, LN_NODE_CHANNEL_SPENT)->event.close, LN_CLOSE_MUTUAL);
    assert_int_equal(street_count(&street, 0, LN_NODE_CHANNEL_GONE), 1);
    host_wallet(&after, street.host, street.node[1]);
    assert_int_equal(after.confirmed_sat - before.confirmed_sat, owned_msat / 1000); /* the opener pays the fee */
    no_coin_is_anywhere_else(&street, 0);
    street_close(&street);
}

/* With an HTLC under way in each of the two channel types. */
static void closing_by_force_loses_fees_alone(void **state)
{
    (void)state;
    for (int anchors = 0; anchors < 2; anchors++) {
        struct street street;
        char text[2000];
        street_init(&street);
        street.channel_flags = anchors ? LN_CHANNEL_ANCHORS : 0;
        street_begin(&street);
        int64_t before_msat = 0, after_msat = 0;
        struct host_money money[2];
        for (uint32_t i = 0; i < 3; i++)
            before_msat += street_wealth_msat(&street, i);
        host_money(&money[0], street.host);
        street_ask(&street, 2, AMOUNT_MSAT, true, text);
        street_pay(&street, 0, text);
        street_run(&street, MINUTE);
        assert_int_equal(street_count(&street, 2, LN_NODE_INVOICE_HELD), 1);
        struct ln_node *node = host_enter(street.host, street.node[1]);
        assert_non_null(node);
        host_leave(street.host, street.node[1], ln_node_force_close(node, street.channel[1]), NULL);
        street_run(&street, 20 * DAY);
        host_money(&money[1], street.host);
        for (uint32_t i = 0; i < 3; i++)
            after_msat += street_wealth_msat(&street, i);
        assert_int_equal(street_count(&street, 1, LN_NODE_CHANNEL_FAILS), 1);
        assert_int_equal(street_count(&street, 1, LN_NODE_CHANNEL_GONE), 1);
        assert_int_equal(street_count(&street, 0, LN_NODE_PAYMENT_FAILED), 1);
        assert_int_equal(before_msat - after_msat,
                         1000 * (money[1].fees_sat - money[0].fees_sat + money[1].claims_sat - money[0].claims_sat));
        within((double)(money[1].fees_sat - money[0].fees_sat), 500, 10000);
        within((double)money[1].claims_sat, 0, 660); /* anchors that nobody wants */
        street_close(&street);
    }
}

/* With everybody else's transactions in the blocks, commitments cost what the estimator says, and confirm. */
static void feerates_follow_the_chain(void **state)
{
    (void)state;
    struct street street;
    street_init(&street);
    chain_config_init(&street.chain_config, CHAIN_ERA_2017_12);
    host_options_init(&street.options);
    street.settling_us = 3 * DAY;
    street_begin(&street);
    pay(&street, 0, 2, AMOUNT_MSAT);
    street_run(&street, DAY);
    assert_int_equal(street_count(&street, 0, LN_NODE_PAYMENT_SENT), 1);
    const struct ln_node *node = host_look(street.host, street.node[0]);
    uint32_t rate = ln_fee_rate(&node->channels[0]->channel.fees, LN_IN_LOCAL, LN_STEP_NONE);
    within((double)rate, 20000, 500000); /* 80 to 2,000 sat/vB */
    within((double)rate / node->rates.normal_sat_per_kwu, 1 / 1.2, 1.2);
    struct ln_node *closer = host_enter(street.host, street.node[0]);
    assert_non_null(closer);
    host_leave(street.host, street.node[0], ln_node_force_close(closer, street.channel[0]), NULL);
    street_run(&street, 10 * DAY);
    assert_int_equal(street_count(&street, 0, LN_NODE_CHANNEL_GONE), 1);
    no_coin_is_anywhere_else(&street, 0);
    street_close(&street);
}

/* Blocks are full of what pays much more: its own child has it mined. */
static void a_funding_that_nobody_mines_is_paid_for(void **state)
{
    (void)state;
    struct street street;
    struct host_tally tally;
    street_init(&street);
    chain_config_init(&street.chain_config, CHAIN_ERA_2017_12);
    street.settling_us = 3 * DAY;
    host_options_init(&street.options);
    street.options.normal = (struct feerate_config){.kind = FEERATE_FIXED, .rate_sat_per_kwu = 1000};
    street_meet(&street);
    street_open(&street, 0);
    street_run(&street, 30 * MINUTE);
    host_tally(&tally, street.host);
    assert_int_equal(tally.broadcasts, 1);
    assert_int_equal(street_count(&street, 0, LN_NODE_CHANNEL_READY), 0);
    street_run(&street, DAY);
    host_tally(&tally, street.host);
    assert_in_range(tally.broadcasts, 2, 6);
    assert_int_equal(street_count(&street, 0, LN_NODE_CHANNEL_READY), 1);
    assert_int_equal(street_count(&street, 1, LN_NODE_CHANNEL_READY), 1);
    street_close(&street);
}

static void force_reorg(struct street *street, uint32_t depth_blocks, enum chain_reorg_content content)
{
    chain_force_reorg(street->chain, &(struct chain_reorg){.depth_blocks = depth_blocks, .content = content},
                      CHAIN_NONE);
}

static void reorganisations_are_borne(void **state)
{
    (void)state;
    for (uint32_t depth_blocks = 1; depth_blocks <= 5; depth_blocks += 2) {
        struct street street;
        street_init(&street);
        street_begin(&street);
        street_run(&street, 6 * HOUR);
        pay(&street, 0, 2, AMOUNT_MSAT);
        street_run(&street, SECOND);
        force_reorg(&street, depth_blocks, CHAIN_REORG_EMPTY);
        street_run(&street, 6 * HOUR);
        pay(&street, 0, 2, AMOUNT_MSAT);
        street_run(&street, MINUTE);
        assert_int_equal(street_count(&street, 0, LN_NODE_PAYMENT_SENT), 2);
        struct ln_node *node = host_enter(street.host, street.node[0]);
        assert_non_null(node);
        host_leave(street.host, street.node[0], ln_node_force_close(node, street.channel[0]), NULL);
        street_run(&street, 3 * HOUR);
        force_reorg(&street, depth_blocks, CHAIN_REORG_EMPTY);
        street_run(&street, 10 * DAY);
        assert_int_equal(street_count(&street, 0, LN_NODE_CHANNEL_GONE), 1);
        assert_int_equal(street_count(&street, 1, LN_NODE_CHANNEL_GONE), 1);
        no_coin_is_anywhere_else(&street, 0);
        street_close(&street);
    }
}

static void a_node_that_comes_later_takes_part(void **state)
{
    (void)state;
    struct street street;
    struct ln_node_config config;
    struct link_config link_config;
    char text[2000];
    street_init(&street);
    street.has_graph = true;
    street_begin(&street);
    host_node_config_init(&config, street.host, 4);
    config.flags |= LN_NODE_TRUSTS_FUNDING;
    config.channel.flags |= LN_CHANNEL_ZERO_CONF | LN_CHANNEL_SCID_ALIAS;
    uint32_t late = host_add_node(
        street.host, &(struct host_node_setup){.config = &config, .device = device_class_get(DEVICE_PHONE), .key = 77});
    link_config_init(&link_config, &street.class, 77);
    uint32_t link = link_add(&street.links, &link_config);
    assert_true(host_join(street.host, street.node[2], late, link));
    link_want(&street.links, link, true);
    street_run(&street, MINUTE);
    struct ln_node *node = host_enter(street.host, street.node[2]);
    assert_non_null(node);
    uint64_t channel;
    enum ln_node_result result =
        ln_node_open_channel(node, &channel,
                             &(struct ln_node_opening){.peer = host_peer(street.host, street.node[2], late),
                                                       .funding_sat = 500000,
                                                       .feerate_sat_per_kwu = 1000,
                                                       .flags = LN_CHANNEL_ZERO_CONF | LN_CHANNEL_SCID_ALIAS});
    host_leave(street.host, street.node[2], result, NULL);
    assert_int_equal(result, LN_NODE_OK);
    street_run(&street, MINUTE); /* no block is needed */
    uint64_t invoice;
    node = host_enter(street.host, late);
    assert_non_null(node);
    result = ln_node_ask(node, &invoice, text, sizeof text,
                         &(struct ln_node_asking){.amount_msat = AMOUNT_MSAT, .description = btc_bytes("kWh", 3)});
    host_leave(street.host, late, result, &host_work_invoice_made);
    assert_int_equal(result, LN_NODE_OK);
    street_pay(&street, 0, text);
    street_run(&street, MINUTE);
    assert_int_equal(street_count(&street, 0, LN_NODE_PAYMENT_SENT), 1);
    street_close(&street);
}

/* ---- audits that trip ------------------------------------------------------------------------------------------ */

static void a_false_balance_is_found(void **state)
{
    (void)state;
    struct street street;
    char why[256] = "";
    street_init(&street);
    street_begin(&street);
    struct ln_node *node = host_enter(street.host, street.node[1]);
    assert_non_null(node);
    struct ln_channel *channel = NULL;
    for (uint32_t i = 0; channel == NULL; i++)
        channel = node->channels[i] == NULL ? NULL : &node->channels[i]->channel;
    host_leave(street.host, street.node[1], LN_NODE_OK, NULL);
    assert_true(host_audit(street.host, why, sizeof why));
    channel->settled_msat[LN_US]++;
    assert_false(host_audit(street.host, why, sizeof why));
    assert_non_null(strstr(why, "capacity"));
    channel->settled_msat[LN_THEM]--;
    assert_false(host_audit(street.host, why, sizeof why));
    assert_non_null(strstr(why, "the other thinks"));
    channel->settled_msat[LN_US]--;
    channel->settled_msat[LN_THEM]++;
    assert_true(host_audit(street.host, why, sizeof why));
    street_close(&street);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_payment_crosses_the_street),
        cmocka_unit_test(latency_is_that_of_the_dance),
        cmocka_unit_test(slow_devices_show),
        cmocka_unit_test(back_ends_and_wires_take_the_same_time),
        cmocka_unit_test(the_order_of_ties_does_not_matter),
        cmocka_unit_test(closing_by_agreement_pays_both),
        cmocka_unit_test(closing_by_force_loses_fees_alone),
        cmocka_unit_test(feerates_follow_the_chain),
        cmocka_unit_test(a_funding_that_nobody_mines_is_paid_for),
        cmocka_unit_test(reorganisations_are_borne),
        cmocka_unit_test(a_node_that_comes_later_takes_part),
        cmocka_unit_test(a_false_balance_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
