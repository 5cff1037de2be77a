/* test_host_coins.c: nodes whose wallets cannot pay for what they must send.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/check.h"
#include "tests/models/street.h"

#define EVENTS_MAX 100000 /* of a few days; an idle street has some thousands */

static void force_close(struct street *street, uint32_t i)
{
    struct ln_node *node = host_enter(street->host, street->node[i]);
    assert_non_null(node);
    enum ln_node_result result =
        ln_node_force_close(node, street_last(street, i, LN_NODE_CHANNEL_READY)->event.channel);
    host_leave(street->host, street->node[i], result, NULL);
    assert_int_equal(result, LN_NODE_OK);
}

/* It asks for coins, is given all that there are, and asks again when a block may have changed that: not before. */
static void who_cannot_pay_asks_once_a_block(void **state)
{
    (void)state;
    struct street street;
    char text[2000];
    street_init(&street);
    street.nodes = 2;
    street.channel_flags = LN_CHANNEL_ANCHORS;
    street.coin_sat[1] = 300;
    street_begin(&street);
    street_ask(&street, 0, 300000000, true, text);
    street_pay(&street, 1, text);
    assert_true(street_wait(&street, 0, LN_NODE_INVOICE_HELD, 1, MINUTE));
    uint32_t height = host_height(street.host);
    force_close(&street, 1);
    assert_int_equal(sim_run(street.sim, sim_now_us(street.sim) + 3 * DAY, EVENTS_MAX, NULL), SIM_END_HORIZON);
    uint32_t blocks = host_height(street.host) - height, wanted = street_count(&street, 1, LN_NODE_WANT_COINS);
    assert_true(wanted > 0);
    assert_true(wanted <= 2 * (blocks + 1));
    street_close(&street);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(who_cannot_pay_asks_once_a_block)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
