/* test_ln_node_crash.c: nodes that crash at each of their records, links that are lost at each message.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A story is told once without a mishap, and then again with one at every place where one can be. Whatever happens it
 * ends as it would have, or as if it had never begun, and everybody has to the millisatoshi what that says.
 */
#include "tests/lightning/cmocka_all.h"

#include "protocol/bitcoin/hash.h"
#include "tests/lightning/town_parts.h"

#define AMOUNT_MSAT UINT64_C(50000000)
#define FEE_MSAT    UINT64_C(6000)

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

/* ---- what three nodes have ---- */

struct wealth {
    uint64_t msat[3];
};

static struct wealth wealth_now(void)
{
    struct wealth wealth = {{0}};
    for (unsigned i = 0; i < 3; i++) {
        const struct ln_node *node = &town->nodes[i].node;
        for (uint32_t k = 0; k < node->channel_places.top; k++) {
            if (node->channels[k] != NULL) {
                wealth.msat[i] += node->channels[k]->channel.settled_msat[LN_US];
            }
        }
    }
    return wealth;
}

static void expect_quiet(void)
{
    for (unsigned i = 0; i < town->count; i++) {
        const struct ln_node *node = &town->nodes[i].node;
        assert_int_equal(node->pool.used, 0);
        assert_int_equal(node->link_places.top, node->link_places.free_count);
        assert_int_equal(node->attempt_places.top, node->attempt_places.free_count);
        assert_int_equal(town_count(town, i, LN_NODE_CHANNEL_FAILS) + town_count(town, i, LN_NODE_CHANNEL_LOST), 0);
    }
    town_audit(town);
}

/* Whether the payer knows that it has paid; it must know one or the other. */
static bool expect_end(const struct wealth *before, uint64_t payment)
{
    const struct ln_payment *known = ln_node_payment(&town->nodes[0].node, payment);
    struct wealth after = wealth_now();
    bool paid = known != NULL && known->state == LN_PAYMENT_SENT;
    if (known != NULL) { /* or the crash was before anything left */
        assert_true(known->state == LN_PAYMENT_SENT || known->state == LN_PAYMENT_FAILED);
        assert_true(town_count(town, 0, paid ? LN_NODE_PAYMENT_SENT : LN_NODE_PAYMENT_FAILED) >= 1);
    }
    assert_int_equal(before->msat[0] - after.msat[0], paid ? AMOUNT_MSAT + FEE_MSAT : 0);
    assert_int_equal(after.msat[1] - before->msat[1], paid ? FEE_MSAT : 0);
    assert_int_equal(after.msat[2] - before->msat[2], paid ? AMOUNT_MSAT : 0);
    expect_quiet();
    return paid;
}

/* ---- stories ---- */

enum story { STORY_PAID, STORY_HELD, STORY_REFUSED, STORIES };

static void settle_held(uint64_t invoice)
{
    const struct ln_node_invoice *left = ln_node_invoice(&town->nodes[2].node, invoice);
    if (left != NULL && left->state == LN_INVOICE_HELD) {
        assert_int_equal(ln_node_settle(town_call(town, 2), invoice, NULL), LN_NODE_OK);
        town_take(town, 2);
        town_mend(town);
    }
}

/* Tells a story of a payment from 0 to 2. Returns its number. */
static uint64_t tell(enum story story)
{
    char text[2000];
    struct ln_pay_terms limits = town_limits();
    uint64_t invoice = town_ask(town, 2, AMOUNT_MSAT, story == STORY_HELD, text);
    uint64_t payment = 0;
    limits.deadline_us = town->now_us + 1000000000;
    if (story == STORY_REFUSED && town->nodes[2].up) {
        assert_int_equal(ln_node_cancel(town_call(town, 2), invoice), LN_NODE_OK);
        town_take(town, 2);
    }
    if (town->nodes[0].up) {
        payment = town_pay(town, 0, text, &limits);
    }
    town_mend(town);
    town_wait(town, 500000000);
    if (story == STORY_HELD) {
        settle_held(invoice);
        settle_held(invoice); /* the first decision may be lost with the crash */
    }
    town_wait(town, 1100000000);
    town_mend(town);
    return payment;
}

static void every_record_may_be_the_last_one_written(void **state)
{
    (void)state;
    unsigned crashes = 0, paid = 0;
    for (unsigned at = 0; at < STORIES * 3 * 3; at++) {
        enum story story = (enum story)(at / 9);
        unsigned node = at / 3 % 3, kind = at % 3;
        for (uint32_t record = 1;; record++) {
            row(3);
            struct wealth before = wealth_now();
            town->doom.node = node;
            town->doom.record = town->nodes[node].written + record;
            town->doom.keep = kind == 1;
            town->doom.torn = kind == 2 ? 77 : 0;
            uint64_t payment = tell(story);
            paid += expect_end(&before, payment);
            if (!town->doom.done) {
                break;
            }
            crashes++;
            assert_true(town_send(town, 0, 2, 1000000)); /* life goes on */
        }
    }
    print_message("%u crashes, %u payments made\n", crashes, paid);
    assert_true(crashes > 150 && paid > 60);
}

/* Cuts a link after so many deliveries. Returns false if there were not so many. */
static bool settle_with_cut(unsigned link, uint64_t deliveries)
{
    uint64_t end = town->delivered + deliveries;
    for (bool moved = true; moved && town->delivered < end;) {
        moved = false;
        for (unsigned at = 0; at < 9 && town->delivered < end; at++) {
            moved |= town_deliver(town, at / 3, at % 3);
        }
    }
    bool reached = town->delivered == end;
    town_cut(town, link, link + 1);
    town_mend(town);
    return reached;
}

static void every_message_may_be_the_last_before_a_loss(void **state)
{
    (void)state;
    unsigned losses = 0, paid = 0;
    for (unsigned link = 0; link < 2; link++) {
        bool reached = true;
        for (uint64_t deliveries = 0; reached; deliveries++) {
            char text[2000];
            struct ln_pay_terms limits = town_limits();
            row(3);
            struct wealth before = wealth_now();
            limits.deadline_us = town->now_us + 1000000000;
            town_ask(town, 2, AMOUNT_MSAT, false, text);
            uint64_t payment = town_pay(town, 0, text, &limits);
            reached = settle_with_cut(link, deliveries);
            town_wait(town, 1100000000);
            bool done = expect_end(&before, payment);
            assert_true(done); /* there was time to try again */
            paid += done;
            losses++;
        }
    }
    print_message("%u losses, %u payments made\n", losses, paid);
    assert_true(losses > 30);
}

static void a_channel_opens_or_dies_whoever_crashes(void **state)
{
    (void)state;
    unsigned crashes = 0, opened = 0;
    for (unsigned at = 0; at < 6; at++) {
        for (uint32_t record = 1;; record++) {
            uint64_t channel = 0;
            town_begin(town, &(struct town_setup){.nodes = 2, .backend = LN_BACKEND_TOKEN});
            town_start(town);
            town_join(town, 0, 1);
            town_settle(town);
            town->doom.node = at % 2;
            town->doom.record = town->nodes[at % 2].written + record;
            town->doom.keep = at / 2 == 1;
            town->doom.torn = at / 2 == 2 ? 50 : 0;
            struct ln_node_opening opening = {.peer = town->nodes[0].peer_of[1],
                                              .funding_sat = TOWN_ROW_SAT,
                                              .push_msat = TOWN_ROW_PUSH_MSAT,
                                              .feerate_sat_per_kwu = 1000};
            assert_int_equal(ln_node_open_channel(town_call(town, 0), &channel, &opening), LN_NODE_OK);
            town_take(town, 0);
            for (unsigned i = 0; i < 9; i++) {
                town_mend(town);
                town_mine_many(town, 1);
            }
            town_mend(town);
            const struct ln_node_channel *ends[2] = {town_channel(town, 0, 1, 0), town_channel(town, 1, 0, 0)};
            if (ends[0] != NULL && ends[0]->ready) {
                assert_true(ends[1] != NULL && ends[1]->ready);
                town->doom.record = 0;
                assert_true(town_send(town, 0, 1, 1000000));
                opened++;
            } else { /* nothing was broadcast, so nobody loses; the accepter will forget it */
                assert_int_equal(town->funding_count > 0 && town->funding_sent[0], false);
            }
            if (!town->doom.done) {
                break;
            }
            crashes++;
        }
    }
    print_message("%u crashes, %u channels open\n", crashes, opened);
    assert_true(crashes > 20 && opened > 10);
}

/* ---- too old ---- */

/* A node whose disk is of yesterday. */
static void go_back(unsigned number, uint32_t written)
{
    struct town_node *node = &town->nodes[number];
    town_crash(town, number, 0, 0);
    assert_true(written < node->written);
    node->written = node->safe = written;
    node->disk_length = node->ends[written - 1];
}

static void a_stream_that_is_too_old_is_noticed_and_broadcasts_nothing(void **state)
{
    (void)state;
    row(2);
    assert_true(town_send(town, 0, 1, 30000000));
    uint32_t yesterday = town->nodes[1].written;
    assert_true(town_send(town, 0, 1, 100000000));
    go_back(1, yesterday);
    town_restart(town, 1, LN_SNAPSHOT_DOUBTFUL);
    const uint64_t number = town_channel(town, 1, 0, 0)->number;
    uint32_t waiting = town->miner.count;
    town_crash(town, 1, UINT32_MAX, 0); /* nor does the next crash make it certain */
    town_restart(town, 1, LN_SNAPSHOT_LATEST);
    assert_int_equal(ln_node_force_close(town_call(town, 1), number), LN_NODE_STAGE);
    town_take(town, 1);
    town_mine_many(town, 3);
    assert_int_equal(town->miner.count, waiting);
    town_join(town, 0, 1);
    town_settle(town);
    assert_int_equal(town_count(town, 1, LN_NODE_CHANNEL_LOST), 1);
    assert_int_equal(town_count(town, 0, LN_NODE_CHANNEL_FAILS), 1); /* told by the error, it closes */
    for (uint32_t i = waiting; i < town->miner.count; i++) {
        assert_int_equal(town->miner.waiting[i].owner, 0);
    }
    int64_t before_sat = town_wallet_sat(town, 1);
    town_mine_many(town, 40);
    assert_int_equal(town_last(town, 1, LN_NODE_CHANNEL_SPENT)->close, LN_CLOSE_FUTURE);
    int64_t gained_sat = town_wallet_sat(town, 1) - before_sat;
    assert_in_range(gained_sat, 528000, 530000); /* 400,000 and what was paid, less the sweep's fee */
    assert_int_equal(town_count(town, 1, LN_NODE_CHANNEL_GONE), 1);
    assert_int_equal(town_count(town, 0, LN_NODE_CHANNEL_GONE), 1);
}

static void a_stream_that_is_old_enough_goes_on(void **state)
{
    (void)state;
    row(2);
    assert_true(town_send(town, 0, 1, 30000000));
    town_crash(town, 1, 0, 0);
    town_restart(town, 1, LN_SNAPSHOT_DOUBTFUL);
    town_join(town, 0, 1);
    town_settle(town);
    assert_int_equal(town_count(town, 1, LN_NODE_CHANNEL_LOST), 0);
    assert_true(town_send(town, 1, 0, 3000000));
    town_crash(town, 1, UINT32_MAX, 0);
    town_mend(town);
    assert_false(town_channel(town, 1, 0, 0)->channel.doubtful); /* the peer has confirmed it */
}

/* ---- long streams ---- */

static void a_stream_is_made_short_and_says_the_same(void **state)
{
    (void)state;
    char text[2000];
    struct ln_store_index index;
    struct ln_store_writer writer = {.allocator = &town->regtest->allocator.base};
    uint8_t head[128];
    size_t head_length;
    struct btc_bytes checkpoint;
    struct ln_pay_terms limits = town_limits();
    row(3);
    for (unsigned i = 0; i < 10; i++) {
        assert_true(town_send(town, 0, 2, 1000000 + i));
    }
    uint64_t invoice = town_ask(town, 2, AMOUNT_MSAT, true, text);
    town_pay(town, 0, text, &limits);
    town_settle(town);
    struct town_node *hub = &town->nodes[1];
    town_crash(town, 1, 0, 0);
    assert_int_equal(ln_store_read(&index, writer.allocator, btc_bytes(hub->disk, hub->disk_length), NULL),
                     LN_STORE_OK);
    bool made = ln_store_compact(&writer, head, &head_length, &checkpoint, &index, hub->node.node_id);
    assert_true(made);
    assert_true(head_length + checkpoint.length < hub->disk_length / 4);
    ln_store_index_close(&index);
    memcpy(hub->disk, head, head_length);
    memcpy(hub->disk + head_length, checkpoint.data, checkpoint.length);
    hub->ends[0] = head_length;
    hub->ends[1] = hub->disk_length = head_length + checkpoint.length;
    hub->written = hub->safe = 2;
    ln_store_writer_close(&writer);
    town_mend(town);
    assert_int_equal(ln_node_settle(town_call(town, 2), invoice, NULL), LN_NODE_OK);
    town_take(town, 2);
    town_settle(town);
    assert_int_equal(town_count(town, 0, LN_NODE_PAYMENT_SENT), 11);
    assert_true(town_send(town, 2, 0, 5000));
    expect_quiet();
}

static void results_are_told_again_until_they_are_forgotten(void **state)
{
    (void)state;
    row(2);
    assert_true(town_send(town, 0, 1, 1000000));
    uint64_t payment = town_last(town, 0, LN_NODE_PAYMENT_SENT)->payment;
    uint64_t invoice = town_last(town, 1, LN_NODE_INVOICE_PAID)->invoice;
    for (unsigned i = 0; i < 2; i++) {
        for (unsigned n = 0; n < 2; n++) {
            town_crash(town, n, 0, 0);
            town_restart(town, n, LN_SNAPSHOT_LATEST);
        }
        town_mend(town);
        assert_int_equal(town_count(town, 0, LN_NODE_PAYMENT_SENT), 2);
        assert_int_equal(town_count(town, 1, LN_NODE_INVOICE_PAID), 2);
        if (i == 0) {
            assert_int_equal(ln_node_forget_payment(town_call(town, 0), payment), LN_NODE_OK);
            town_take(town, 0);
            assert_int_equal(ln_node_forget_invoice(town_call(town, 1), invoice), LN_NODE_OK);
            town_take(town, 1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_may_be_the_last_one_written),
        cmocka_unit_test(every_message_may_be_the_last_before_a_loss),
        cmocka_unit_test(a_channel_opens_or_dies_whoever_crashes),
        cmocka_unit_test(a_stream_that_is_too_old_is_noticed_and_broadcasts_nothing),
        cmocka_unit_test(a_stream_that_is_old_enough_goes_on),
        cmocka_unit_test(a_stream_is_made_short_and_says_the_same),
        cmocka_unit_test(results_are_told_again_until_they_are_forgotten),
    };
    return cmocka_run_group_tests(tests, open_town, close_town);
}
