/* test_ln_node.c: nodes of two, three and five: payments, failures by name, crashes, losses, blocks.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "tests/lightning/town.h"

#define FUND_SAT 1000000

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

static void begin(unsigned nodes)
{
    town_begin(town, &(struct town_setup){.nodes = nodes, .backend = LN_BACKEND_TOKEN});
}

/* 0 ── 1 ── 2 ..., each channel with money on both sides. */
static void begin_row(unsigned nodes)
{
    begin(nodes);
    town_start(town);
    for (unsigned i = 0; i + 1 < nodes; i++) {
        town_join(town, i, i + 1);
        town_open(town, i, i + 1, FUND_SAT, 400000000, LN_CHANNEL_ANNOUNCE);
    }
}

static uint64_t balance_msat(unsigned a, unsigned b)
{
    return town_channel(town, a, b, 0)->channel.settled_msat[LN_US];
}

static void two_nodes_open_a_channel_and_pay_each_other(void **state)
{
    (void)state;
    char text[2000];
    begin_row(2);
    uint64_t before_msat = balance_msat(0, 1);
    town_ask(town, 1, 50000000, false, text);
    struct ln_pay_terms limits = town_limits();
    town_pay(town, 0, text, &limits);
    town_settle(town);
    assert_int_equal(town_count(town, 0, LN_NODE_PAYMENT_SENT), 1);
    assert_int_equal(town_count(town, 1, LN_NODE_INVOICE_PAID), 1);
    assert_int_equal(before_msat - balance_msat(0, 1), 50000000);
    const struct ln_node_event *sent = town_last(town, 0, LN_NODE_PAYMENT_SENT);
    uint8_t hash[32];
    btc_sha256(hash, sent->preimage, 32);
    assert_memory_equal(hash, sent->payment_hash, 32);
    assert_int_equal(sent->fee_msat, 0);
    town_audit(town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_nodes_open_a_channel_and_pay_each_other),
    };
    return cmocka_run_group_tests(tests, open_town, close_town);
}
