/* test_lightning_rail.c: payments in channels: credited, refunded, failed; every msat in its place.   [model]
 * [model] SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/check.h"
#include "tests/models/lightning_fixture.h"

#include "models/calendar.h"

#include <math.h>

/* Two cars at two outlets: 2 kWh asked for, and an hour of 3.2 kW of 5. */
#define TWO_CARS "a,600,720,2,40\nb,605,665,5,40\n"

static void run_topology(enum lightning_topology topology)
{
    struct onchain_fixture fixture;
    lightning_fixture_config(&fixture);
    lightning_config_of(&fixture)->topology = topology;
    fixture.base.config.payment.purchase_uj = KWH_UJ;
    onchain_fixture_run(&fixture, TWO_CARS);
    assert_int_equal(fixture.sessions.count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(session_value(&fixture, i, "paid_msat") - session_value(&fixture, i, "refunded_msat"),
                         session_value(&fixture, i, "cost_msat"));
        assert_true(session_value(&fixture, i, "metered_uj") >= 2 * KWH_UJ);
        assert_int_equal(session_value(&fixture, i, "failed"), 0);
    }
    assert_int_equal(payment_count(&fixture, RAIL_CREDITED), payment_count(&fixture, RAIL_FINAL));
    assert_int_equal(payment_count(&fixture, RAIL_REFUNDED), 2);
    onchain_fixture_close(&fixture);
}

static void sessions_are_paid_over_channels_of_their_own(void **state)
{
    (void)state;
    run_topology(LIGHTNING_DIRECT);
}

static void sessions_are_paid_over_a_hub(void **state)
{
    (void)state;
    run_topology(LIGHTNING_HUB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions_are_paid_over_channels_of_their_own),
        cmocka_unit_test(sessions_are_paid_over_a_hub),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
