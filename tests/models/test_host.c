/* test_host.c: nodes in the engine: channels on the modeled chain, payments over links, time that devices take. [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/near.h"
#include "tests/models/street.h"

static void a_payment_crosses_the_street(void **state)
{
    (void)state;
    struct street street;
    char text[2000];
    street_init(&street);
    street_begin(&street);
    uint64_t before_msat[2] = {street_balance_msat(&street, 0, false), street_balance_msat(&street, 2, true)};
    street_ask(&street, 2, 50000000, false, text);
    street_pay(&street, 0, text);
    street_run(&street, MINUTE);
    assert_int_equal(street_count(&street, 0, LN_NODE_PAYMENT_SENT), 1);
    assert_int_equal(street_count(&street, 2, LN_NODE_INVOICE_PAID), 1);
    const struct ln_node_event *sent = &street_last(&street, 0, LN_NODE_PAYMENT_SENT)->event;
    assert_int_equal(before_msat[0] - street_balance_msat(&street, 0, false), 50000000 + sent->fee_msat);
    assert_int_equal(street_balance_msat(&street, 2, true) - before_msat[1], 50000000);
    street_close(&street);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_payment_crosses_the_street),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
