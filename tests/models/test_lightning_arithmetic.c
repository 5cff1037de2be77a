/* test_lightning_arithmetic.c: what arithmetic says of fees and times, against the event log of a run.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Nothing here looks at the rail or at metrics' code: rows of sessions and payments, sizes of transactions as BOLT 3
 * and BIP 141 have them, delays as the links' table has them, costs as the devices' table has them.
 */
#include "tests/models/check.h"
#include "tests/models/lightning_fixture.h"
#include "tests/models/near.h"

#include "models/calendar.h"

#define SESSIONS 60
#define RATE_KWU 253 /* an empty chain: what is relayed */

static void start(struct onchain_fixture *fixture)
{
    lightning_fixture_config(fixture);
    fixture->base.config.payment.purchase_uj = KWH_UJ;
    fixture->base.config.building.outlets.contactor_delay_us = 50000;
}

/* One car, one outlet, a session every three hours: every one begins with a connection. */
static void run(struct onchain_fixture *fixture)
{
    onchain_fixture_run_timetable(
        fixture,
        &(struct onchain_timetable){.count = SESSIONS, .every_min = 180, .stay_min = 90, .cars = 1, .kwh = 1.5});
}

static double mean_wait_us(const struct onchain_fixture *fixture)
{
    double sum_us = 0;
    for (size_t i = 1; i < SESSIONS; i++) /* the first waits for the channel's block */
        sum_us += (double)(session_value(fixture, i, "powered_us") - session_value(fixture, i, "plugged_us"));
    return sum_us / (SESSIONS - 1);
}

/* ---- fees ------------------------------------------------------------------------------------------------------- */

static size_t upkeep_rows(const struct onchain_fixture *fixture, int64_t *fee_msat, int64_t *weight_wu)
{
    size_t count = 0;
    *fee_msat = *weight_wu = 0;
    for (size_t i = 0; i < fixture->payments.count; i++) {
        if (payment_value(fixture, i, "kind") != RAIL_UPKEEP)
            continue;
        int64_t fee = payment_value(fixture, i, "fee_msat"), weight = payment_value(fixture, i, "weight_wu");
        near((double)fee / 1000, (double)weight * RATE_KWU / 1000, 3); /* signatures may be a byte or two shorter */
        *fee_msat += fee;
        *weight_wu += weight;
        count++;
    }
    return count;
}

/* A funding spends one P2WPKH coin and has a P2WSH and a P2WPKH output: 4 (10 + 41 + 43 + 31) + 2 + 108 WU, a signature
 * of 71 or 72 bytes; a closing by agreement spends the 2-of-2 and has two P2WPKH outputs: 4 (10 + 41 + 31 + 31) + 2 +
 * 222.
 */
static void fees_are_weights_times_feerates(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    int64_t fee_msat, weight_wu, session_fee_msat = 0;
    start(&fixture);
    lightning_config_of(&fixture)->life_us = 3 * DAY_US;
    lightning_config_of(&fixture)->coins = 8; /* one coin for each funding */
    run(&fixture);
    size_t count = upkeep_rows(&fixture, &fee_msat, &weight_wu);
    size_t fundings = (count + 1) / 2, closings = count / 2; /* opened, closed, opened ... */
    assert_true(closings >= 1);
    double funding_wu = 4 * (10 + 41 + 43 + 31) + 2 + 108, closing_wu = 4 * (10 + 41 + 31 + 31) + 2 + 222;
    near((double)weight_wu, (double)fundings * funding_wu + (double)closings * closing_wu, 6.0 * (double)count);
    for (size_t i = 0; i < SESSIONS; i++)
        session_fee_msat += session_value(&fixture, i, "fee_msat");
    assert_int_equal(session_fee_msat, 0); /* the channel is direct: nobody forwards */
    double yen = (double)fee_msat * 1e-5;  /* 1,000,000 yen per bitcoin */
    near(fixture.metrics[METRIC_FEE_PER_SESSION], yen / SESSIONS, 1e-9);
    near(fixture.metrics[METRIC_FEE_TOTAL], yen, 1e-9);
    near(fixture.metrics[METRIC_CHAIN_WEIGHT_PER_SESSION], (double)weight_wu / 4 / SESSIONS, 1e-9);
    onchain_fixture_close(&fixture);
}

/* What the hub asks is 1 sat and 1 % of each payment, rounded down to the millisatoshi: on top of what the session
 * paid, and the operator's. */
static void a_hub_takes_what_it_says(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    start(&fixture);
    struct lightning_config *config = lightning_config_of(&fixture);
    config->topology = LIGHTNING_HUB;
    config->fee_base_msat = 1000;
    config->fee_ppm = 10000;
    config->fee_max_ppm = 20000;
    run(&fixture);
    int64_t told_msat = 0, spent_msat = 0;
    for (size_t i = 0; i < fixture.payments.count; i++) {
        int64_t amount_msat = payment_value(&fixture, i, "amount_msat");
        if (payment_value(&fixture, i, "kind") == RAIL_CREDITED)
            told_msat += 1000 + amount_msat / 100;
        if (payment_value(&fixture, i, "kind") == RAIL_UPKEEP)
            spent_msat += payment_value(&fixture, i, "fee_msat");
    }
    const struct ledger *ledger = &fixture.base.world.ledger;
    int64_t kept_msat = 0;
    for (size_t i = 0; i < SESSIONS; i++)
        kept_msat += session_value(&fixture, i, "paid_msat") - session_value(&fixture, i, "refunded_msat");
    int64_t payer_msat = -ledger_balance_msat(ledger, LEDGER_FIRST_PAYER);
    int64_t operator_msat = ledger_balance_msat(ledger, LEDGER_OPERATOR);
    assert_int_equal(operator_msat + spent_msat, payer_msat);
    int64_t funding_msat = payer_msat - kept_msat - told_msat; /* the phone's own, between one and two */
    within((double)funding_msat, 600.0 * RATE_KWU, 620.0 * RATE_KWU);
    onchain_fixture_close(&fixture);
}

/* ---- time to power ---------------------------------------------------------------------------------------------- */

/* One way over LTE takes 10 ms and a lognormal of median 12 ms and sigma 0.505: in the mean 10 + 12 exp(0.505^2 / 2)
 * ms, and its bytes at 17.2 Mbit/s; one packet in a thousand comes 0.2 s or more later. */
static double way_us(void)
{
    return 10000 + 12000 * exp(0.505 * 0.505 / 2) + 0.001 * 300000;
}

/* Eleven ways: the call and its answer, two acts of the handshake, the third with init, init's answer; the request, the
 * invoice; commitment, revocation and commitment, revocation. Then the contactor. Messages that are late hold up those
 * behind them, and each step waits for the later of two: somewhat more than the means. */
static void time_to_power_is_eleven_ways(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    start(&fixture);
    run(&fixture);
    double expected_us = 11 * way_us() + 50000;
    within(mean_wait_us(&fixture), 0.95 * expected_us, 1.12 * expected_us);
    for (size_t i = 1; i < SESSIONS; i++) { /* to the microsecond: the first payment, then the contactor */
        int64_t credited = payment_row(&fixture, i, RAIL_CREDITED);
        assert_int_equal(session_value(&fixture, i, "powered_us"),
                         payment_value(&fixture, (size_t)credited, "at_us") + 50000);
    }
    onchain_fixture_close(&fixture);
}

/* On credit: six ways until init is answered, the request for power, the contactor. */
static void on_credit_it_is_seven(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    start(&fixture);
    lightning_config_of(&fixture)->plan = LIGHTNING_STREAM;
    run(&fixture);
    double expected_us = 7 * way_us() + 50000;
    within(mean_wait_us(&fixture), 0.95 * expected_us, 1.12 * expected_us);
    onchain_fixture_close(&fixture);
}

/* What a slower outlet adds. In its way to the money are: three acts (its own second one, the others taken), a
 * signature for the invoice, two verified (of the commitment without and with the HTLC), two signed, keys of two
 * commitments, an onion, and six records. What waits for what is the node's affair: once to thrice as much. */
static void a_slow_outlet_adds_its_work(void **state)
{
    (void)state;
    double mean_us[2];
    for (int slow = 0; slow < 2; slow++) {
        struct onchain_fixture fixture;
        start(&fixture);
        lightning_config_of(&fixture)->outlet_device = slow ? DEVICE_MICROCONTROLLER : DEVICE_IDEAL;
        run(&fixture);
        mean_us[slow] = mean_wait_us(&fixture);
        onchain_fixture_close(&fixture);
    }
    const struct device_class *class = device_class_get(DEVICE_MICROCONTROLLER);
    const struct device_work least = {.count = {[DEVICE_VERIFY] = 1,
                                                [DEVICE_SIGN] = 2,
                                                [DEVICE_ECDH] = 4,
                                                [DEVICE_POINT] = 2,
                                                [DEVICE_TWEAK_MULTIPLY] = 2}};
    double least_us = (double)device_class_ns(class, &least) / 1000 + 3 * (double)class->write_ns / 1000;
    within(mean_us[1] - mean_us[0], least_us, 4 * least_us);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fees_are_weights_times_feerates), cmocka_unit_test(a_hub_takes_what_it_says),
        cmocka_unit_test(time_to_power_is_eleven_ways),    cmocka_unit_test(on_credit_it_is_seven),
        cmocka_unit_test(a_slow_outlet_adds_its_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
