/* test_ln_channel.c: two ends of a channel: payments, limits, fees, mistakes of the peer.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/duo.h"

static struct duo duo;

static const struct duo_setup usual = {.backend = LN_BACKEND_REAL,
                                       .flags = LN_CHANNEL_ANCHORS,
                                       .slots = 64,
                                       .feerate_sat_per_kwu = 1000,
                                       .funding_sat = 1000000,
                                       .push_msat = 300000000};

static struct ln_channel *end(unsigned number)
{
    return &duo.ends[number].channel;
}

static void a_payment_goes_over_and_back(void **state)
{
    (void)state;
    for (unsigned backend = LN_BACKEND_REAL; backend <= LN_BACKEND_TOKEN; backend++) {
        for (unsigned anchors = 0; anchors < 2; anchors++) {
            struct duo_setup setup = usual;
            setup.backend = (enum ln_backend_kind)backend;
            setup.flags = anchors ? LN_CHANNEL_ANCHORS : 0;
            duo_init(&duo, &setup);
            duo.interpret = true;
            assert_int_equal(duo_add(&duo, 0, 50000000, 1), LN_CHANNEL_OK);
            duo_settle(&duo);
            assert_int_equal(duo_count(&duo, 1, LN_EVENT_HTLC), 1);
            duo_audit(&duo);
            duo_fulfill(&duo, 1, 0, 1);
            duo_settle(&duo);
            duo_audit(&duo);
            assert_int_equal(duo_count(&duo, 0, LN_EVENT_FULFILLED), 1);
            assert_int_equal(end(0)->settled_msat[LN_US], 650000000);
            assert_int_equal(end(1)->settled_msat[LN_US], 350000000);
            assert_int_equal(duo.ends[0].pool.used + duo.ends[1].pool.used, 0);
            assert_true(duo.interpreted >= 6);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_payment_goes_over_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
