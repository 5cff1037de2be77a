/* test_lightning_arithmetic.c: what arithmetic says of fees and times, against the event log of a run.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Nothing here looks at the rail or at metrics' code: rows of sessions and payments, sizes of transactions as BOLT 3
 * and BIP 141 have them, delays of links and costs of devices as their sources have them, written out here again.
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

static double mean_wait_since_us(const struct onchain_fixture *fixture, size_t first)
{
    double sum_us = 0;
    for (size_t i = first; i < SESSIONS; i++)
        sum_us += (double)(session_value(fixture, i, "powered_us") - session_value(fixture, i, "plugged_us"));
    return sum_us / (double)(SESSIONS - first);
}

/* The metric is of all sessions; arithmetic, of all but the first, which waits for the channel's block. */
static double mean_wait_us(const struct onchain_fixture *fixture)
{
    double all_us = mean_wait_since_us(fixture, 0);
    near(fixture->metrics[METRIC_TIME_TO_POWER_MEAN], all_us / 1e6, 1e-6);
    return mean_wait_since_us(fixture, 1);
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
    assert_int_equal(session_fee_msat, 0);    /* the channel is direct: nobody forwards */
    double due = fundings > closings ? 1 : 0; /* who has opened it has its closing still to pay */
    double due_yen = due * ceil(closing_wu * RATE_KWU / 1000) / 100, yen = (double)fee_msat * 1e-5 + due_yen;
    near(fixture.metrics[METRIC_FEE_UPKEEP_CLOSE_DUE], due_yen, 1e-9); /* 1,000,000 yen per bitcoin */
    near(fixture.metrics[METRIC_FEE_PER_SESSION], yen / SESSIONS, 1e-9);
    near(fixture.metrics[METRIC_FEE_TOTAL], yen, 1e-9);
    near(fixture.metrics[METRIC_CHAIN_WEIGHT_PER_SESSION], ((double)weight_wu + due * closing_wu) / 4 / SESSIONS, 0.02);
    onchain_fixture_close(&fixture);
}

/* The n-th fee that was paid for upkeep. */
struct paid {
    double fee_sat, weight_wu;
};

static size_t read_upkeep(const struct onchain_fixture *fixture, struct paid *paid, size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < fixture->payments.count; i++) {
        if (payment_value(fixture, i, "kind") != RAIL_UPKEEP)
            continue;
        assert_true(count < most);
        paid[count++] = (struct paid){.fee_sat = (double)payment_value(fixture, i, "fee_msat") / 1000,
                                      .weight_wu = (double)payment_value(fixture, i, "weight_wu")};
    }
    return count;
}

/* Two visits, a week apart: by the second one the channel has been given up, and another is opened. In each: */
enum { FUNDING, COMMITMENT, TO_REMOTE, TO_LOCAL, STEPS };

static void run_to_forced_closes(struct onchain_fixture *fixture, struct paid paid[2 * STEPS])
{
    const struct onchain_timetable weekly = {.count = 2, .every_min = 7 * 1440, .stay_min = 90, .cars = 1, .kwh = 1.5};
    lightning_config_of(fixture)->force_us = 2 * DAY_US;
    onchain_fixture_run_timetable(fixture, &weekly);
    assert_int_equal(read_upkeep(fixture, paid, 2 * STEPS), 2 * STEPS);
    assert_true(fixture->metrics[METRIC_CHANNEL_CLOSED_BY_FORCE] == 2);
}

/* Yen of 1e-5 a millisatoshi. */
static double yen_of(const struct paid *a, const struct paid *b)
{
    return (a->fee_sat + b->fee_sat) / 100;
}

/* A commitment without HTLCs is reckoned with 724 WU (BOLT 3), with signatures of 73 bytes each, which are shorter by
 * two to four. What it leaves is claimed: to_remote is P2WPKH, 438 WU with one output; to_local, behind its delay,
 * takes a witness of a signature, an empty word and a script of 77 bytes: 4 (10 + 41 + 31) + 2 + 1 + 73 + 1 + 78. */
static void a_forced_close_costs_a_commitment_and_two_claims(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    struct paid paid[2 * STEPS];
    start(&fixture);
    run_to_forced_closes(&fixture, paid);
    for (size_t i = 0; i < 2 * STEPS; i += STEPS) {
        assert_true(paid[i + COMMITMENT].fee_sat == 724 * RATE_KWU / 1000);
        within(paid[i + COMMITMENT].weight_wu, 718, 723);
        within(paid[i + TO_REMOTE].weight_wu, 436, 438);
        within(paid[i + TO_LOCAL].weight_wu, 481, 4 * (10 + 41 + 31) + 2 + 1 + 73 + 1 + 78);
        for (size_t k = i + TO_REMOTE; k <= i + TO_LOCAL; k++)
            near(paid[k].fee_sat, paid[k].weight_wu * RATE_KWU / 1000, 1.5);
    }
    near(fixture.metrics[METRIC_FEE_UPKEEP_CLOSE], yen_of(&paid[COMMITMENT], &paid[STEPS + COMMITMENT]), 1e-9);
    near(fixture.metrics[METRIC_FEE_UPKEEP_CLAIM],
         yen_of(&paid[TO_REMOTE], &paid[TO_LOCAL]) + yen_of(&paid[STEPS + TO_REMOTE], &paid[STEPS + TO_LOCAL]), 1e-9);
    onchain_fixture_close(&fixture);
}

/* In March 2018 others pay more than what is relayed: funding and commitment of one channel are offered at one moment's
 * estimate, whatever that is, so their fees are as their weights. */
static void fees_above_the_floor_are_as_weights(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    struct paid paid[2 * STEPS];
    start(&fixture);
    chain_config_init(&fixture.base.config.chain, CHAIN_ERA_2018_03);
    run_to_forced_closes(&fixture, paid);
    const struct paid *second = paid + STEPS;
    double rate_kwu = 1000 * second[COMMITMENT].fee_sat / 724;
    assert_true(rate_kwu > 1.5 * RATE_KWU);
    within(1000 * second[FUNDING].fee_sat / second[FUNDING].weight_wu, 0.98 * rate_kwu, 1.02 * rate_kwu);
    double open = fixture.metrics[METRIC_FEE_UPKEEP_OPEN] + fixture.metrics[METRIC_FEE_UPKEEP_TOP_UP];
    near(open, yen_of(&paid[FUNDING], &second[FUNDING]), 1e-9);
    near(fixture.metrics[METRIC_FEE_UPKEEP_CLOSE], yen_of(&paid[COMMITMENT], &second[COMMITMENT]), 1e-9);
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
    double expected_us = 11 * way_us() + 50000, length_s = (double)fixture.base.config.duration_us / 1e6;
    near(fixture.metrics[METRIC_PAYMENT_RATE], (double)payment_count(&fixture, RAIL_CREDITED) / length_s, 1e-12);
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

/* What a slower outlet adds. Microseconds of an ESP32-S3 (libsecp256k1 0.7.2: sign 9,517, verify 29,367, point 7,219;
 * others in proportion of the server's 36.3 per verification), and 80 ms for each record. In the way to the money:
 *
 *   handshake            3 ECDH, 1 point      invoice               1 signature
 *   reestablish          1 point              the onion of an HTLC  1 ECDH, 1 point read
 *   commitment taken     2 verifications with the HTLC's, keys: 1 addition, 2 multiplications, 1 sum
 *   commitment made      2 signatures, the same keys
 *   revocations          2 points, 2 points read
 *   records              invoice, HTLC, commitment, revocation, commitment, revocation
 *
 * Bytes hashed and enciphered, keys of HTLCs, and what a message costs by itself are not in it: some more. */
static double slow_work_us(void)
{
    const double verify = 29367, sign = 9517, point = 7219, share = verify / 36.3;
    double ecdh = share * 40.9, multiply = share * 32.1, add = share * 24.2, combine = share * 2.3, read = share * 5.1;
    return 2 * verify + 3 * sign + 4 * ecdh + 4 * point + 4 * multiply + 2 * add + 2 * combine + 3 * read + 6 * 80000.0;
}

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
    within(mean_us[1] - mean_us[0], 0.95 * slow_work_us(), 1.2 * slow_work_us());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fees_are_weights_times_feerates),
        cmocka_unit_test(a_forced_close_costs_a_commitment_and_two_claims),
        cmocka_unit_test(fees_above_the_floor_are_as_weights),
        cmocka_unit_test(a_hub_takes_what_it_says),
        cmocka_unit_test(time_to_power_is_eleven_ways),
        cmocka_unit_test(on_credit_it_is_seven),
        cmocka_unit_test(a_slow_outlet_adds_its_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
