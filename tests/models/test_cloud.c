/* test_cloud.c: the cloud rail alone: latency, settlement, fees, refusals, chargebacks, refunds, outages.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/fixture.h"
#include "tests/models/near.h"

#include "models/calendar.h"
#include "models/rails/cloud.h"
#include "sim/stream.h"

#include <math.h>
#include <stdlib.h>

#define HEARD_MAX 20000

struct heard {
    struct rail_event event;
    int64_t at_us;
};

struct bench {
    struct sim *sim;
    struct trouble trouble;
    struct cloud_config config;
    struct ledger ledger;
    struct rail rail;
    struct heard *heard;
    size_t heard_count;
};

static void on_event(void *self, const struct rail_event *event)
{
    struct bench *bench = self;
    assert_true(bench->heard_count < HEARD_MAX);
    bench->heard[bench->heard_count++] = (struct heard){.event = *event, .at_us = sim_now_us(bench->sim)};
}

static void open_bench(struct bench *bench, const struct cloud_config *config, uint64_t seed)
{
    *bench = (struct bench){.config = *config};
    bench->sim = sim_new(&(struct sim_options){.seed = seed});
    bench->heard = calloc(HEARD_MAX, sizeof bench->heard[0]);
    assert_non_null(bench->sim);
    assert_non_null(bench->heard);
    bench->trouble.sim = bench->sim;
    assert_true(ledger_init(&bench->ledger, 10));
    struct rail_listener listener = {.self = bench, .on_event = on_event};
    assert_true(cloud_open(&bench->rail, &bench->trouble, &bench->config, &bench->ledger, &listener));
}

static void close_bench(struct bench *bench)
{
    char why[256];
    if (!ledger_audit(&bench->ledger, why, sizeof why) || !bench->rail.ops->audit(bench->rail.self, why, sizeof why))
        fail_msg("%s", why);
    bench->rail.ops->free(bench->rail.self);
    ledger_close(&bench->ledger);
    free(bench->heard);
    sim_free(bench->sim);
}

static void open_session(struct bench *bench, uint32_t session)
{
    bench->rail.ops->session_open(bench->rail.self,
                                  &(struct rail_opening){.session = session, .payer = session % 10, .key = session});
}
static void pay(struct bench *bench, uint32_t session, uint32_t payment, int64_t amount_msat)
{
    struct rail_order order = {.session = session, .payment = payment, .amount_msat = amount_msat};
    bench->rail.ops->pay(bench->rail.self, &order);
}
static void until(struct bench *bench, int64_t time_us)
{
    sim_run(bench->sim, time_us, 0, NULL);
}

static void check_heard(const struct bench *bench, size_t index, enum rail_event_kind kind, int64_t at_us,
                        int64_t amount_msat)
{
    assert_true(index < bench->heard_count);
    assert_int_equal(bench->heard[index].event.kind, kind);
    assert_int_equal(bench->heard[index].at_us, at_us);
    assert_int_equal(bench->heard[index].event.amount_msat, amount_msat);
}

static void a_payment_is_credited_after_the_latency_and_final_after_settlement(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench,
               &(struct cloud_config){.latency_us = 700, .settlement_us = 5000, .fee_ppm = 32500, .fee_fixed_msat = 7},
               1);
    open_session(&bench, 4);
    pay(&bench, 4, 0, 1000001);
    assert_int_equal(bench.heard_count, 0);
    assert_int_equal(ledger_spent_msat(&bench.ledger), 0);
    until(&bench, 1000);
    check_heard(&bench, 0, RAIL_CREDITED, 700, 1000001);
    assert_int_equal(bench.heard[0].event.fee_payee_msat, 32500 + 7);
    assert_int_equal(bench.heard[0].event.fee_payer_msat, 0);
    assert_int_equal(bench.rail.ops->exposure_msat(bench.rail.self), 1000001);
    assert_int_equal(ledger_balance_msat(&bench.ledger, LEDGER_IN_FLIGHT), 1000001);
    until(&bench, 10000);
    check_heard(&bench, 1, RAIL_FINAL, 5700, 1000001);
    assert_int_equal(bench.heard[1].event.asked_us, 0);
    assert_int_equal(bench.rail.ops->exposure_msat(bench.rail.self), 0);
    assert_int_equal(ledger_balance_msat(&bench.ledger, LEDGER_OPERATOR), 1000001 - 32507);
    assert_int_equal(ledger_balance_msat(&bench.ledger, LEDGER_PROVIDER), 32507);
    assert_int_equal(ledger_balance_msat(&bench.ledger, LEDGER_FIRST_PAYER + 4), -1000001);
    bench.rail.ops->session_close(bench.rail.self, 4);
    until(&bench, 20000);
    check_heard(&bench, 2, RAIL_CLOSED, 10000, 0);
    assert_int_equal(sim_stream_count(bench.sim), 0); /* nothing here is random */
    close_bench(&bench);
}

static void a_refund_comes_out_of_the_newest_payment_first(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, &(struct cloud_config){.settlement_us = 1000}, 1);
    open_session(&bench, 0);
    pay(&bench, 0, 0, 100);
    until(&bench, 2000); /* final */
    pay(&bench, 0, 1, 50);
    until(&bench, 2500);
    bench.rail.ops->refund(bench.rail.self, 0, 70);
    assert_int_equal(bench.rail.ops->exposure_msat(bench.rail.self), 0);
    assert_int_equal(ledger_balance_msat(&bench.ledger, LEDGER_OPERATOR), 80);
    bench.rail.ops->session_close(bench.rail.self, 0);
    until(&bench, 9000);
    check_heard(&bench, 3, RAIL_REFUNDED, 2500, 70);
    check_heard(&bench, 4, RAIL_FINAL, 3000, 0); /* nothing was left of the second */
    check_heard(&bench, 5, RAIL_CLOSED, 3000, 0);
    assert_int_equal(bench.heard_count, 6);
    assert_int_equal(ledger_spent_msat(&bench.ledger), 80);
    close_bench(&bench);
}

static void closed_waits_for_what_is_under_way(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, &(struct cloud_config){.latency_us = 500, .settlement_us = 1000}, 1);
    open_session(&bench, 0);
    pay(&bench, 0, 0, 100);
    bench.rail.ops->session_close(bench.rail.self, 0);
    until(&bench, 9000);
    check_heard(&bench, 0, RAIL_CREDITED, 500, 100);
    check_heard(&bench, 1, RAIL_FINAL, 1500, 100);
    check_heard(&bench, 2, RAIL_CLOSED, 1500, 0);
    open_session(&bench, 0); /* the number may be used again */
    pay(&bench, 0, 0, 5);
    until(&bench, 20000);
    check_heard(&bench, 3, RAIL_CREDITED, 9500, 5);
    close_bench(&bench);
}

static void what_is_asked_or_answered_in_an_outage_fails(void **state)
{
    (void)state;
    struct bench bench;
    struct cloud_config config = {
        .latency_us = 100,
        .outages = {{.at_us = 1000, .duration_us = 1000}, {.at_us = 1500, .duration_us = 2000}},
        .outage_count = 2};
    open_bench(&bench, &config, 1);
    open_session(&bench, 0);
    static const int64_t asked_us[] = {899, 900, 1500, 2500, 3450, 3500};
    static const bool is_good[] = {true, false, false, false, false, true}; /* down from 1000 to 3500 */
    for (uint32_t i = 0; i < 6; i++) {
        until(&bench, asked_us[i]);
        pay(&bench, 0, i, 10);
    }
    until(&bench, 9000);
    int failed = 0, credited = 0;
    for (size_t i = 0; i < bench.heard_count; i++) {
        const struct rail_event *event = &bench.heard[i].event;
        if (event->kind == RAIL_FINAL)
            continue;
        assert_int_equal(event->kind, is_good[event->payment] ? RAIL_CREDITED : RAIL_FAILED);
        assert_int_equal(event->cause, is_good[event->payment] ? RAIL_CAUSE_NONE : RAIL_CAUSE_OUTAGE);
        assert_int_equal(bench.heard[i].at_us, asked_us[event->payment] + 100);
        failed += event->kind == RAIL_FAILED;
        credited += event->kind == RAIL_CREDITED;
    }
    assert_int_equal(failed, 4);
    assert_int_equal(credited, 2);
    close_bench(&bench);
}

/* Many single payments, one session each. */
static void pay_many(struct bench *bench, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        open_session(bench, i);
        pay(bench, i, 0, 1000);
        bench->rail.ops->session_close(bench->rail.self, i);
    }
    until(bench, 100 * DAY_US);
}

static size_t count_of(const struct bench *bench, enum rail_event_kind kind, enum rail_cause cause)
{
    size_t count = 0;
    for (size_t i = 0; i < bench->heard_count; i++)
        count += bench->heard[i].event.kind == kind && bench->heard[i].event.cause == cause;
    return count;
}

static void the_declined_and_the_taken_back_are_as_many_as_configured(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, &(struct cloud_config){.settlement_us = DAY_US, .decline_ppm = 100000, .chargeback_ppm = 200000},
               3);
    pay_many(&bench, 5000);
    double declined = (double)count_of(&bench, RAIL_FAILED, RAIL_CAUSE_DECLINED);
    double reversed = (double)count_of(&bench, RAIL_REVERSED, RAIL_CAUSE_CHARGEBACK);
    double final = (double)count_of(&bench, RAIL_FINAL, RAIL_CAUSE_NONE);
    assert_near(declined, 500, 4 * sqrt(450));
    assert_near(reversed, 900, 4 * sqrt(720));
    assert_true(declined + reversed + final == 5000);
    assert_int_equal(count_of(&bench, RAIL_CLOSED, RAIL_CAUSE_NONE), 5000);
    for (size_t i = 0; i < bench.heard_count; i++) /* before it would have been final */
        if (bench.heard[i].event.kind == RAIL_REVERSED)
            assert_true(bench.heard[i].at_us < DAY_US);
    assert_int_equal(ledger_spent_msat(&bench.ledger), (int64_t) final * 1000);
    close_bench(&bench);
}

static int compare_times(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return a < b ? -1 : a > b;
}

static void latency_is_lognormal_with_the_configured_median_and_sigma(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, &(struct cloud_config){.latency_us = 2 * SECOND_US, .latency_sigma_ppm = 500000}, 3);
    pay_many(&bench, 5000);
    static int64_t at_us[5000];
    size_t count = 0;
    for (size_t i = 0; i < bench.heard_count; i++)
        if (bench.heard[i].event.kind == RAIL_CREDITED)
            at_us[count++] = bench.heard[i].at_us;
    assert_int_equal(count, 5000);
    qsort(at_us, count, sizeof at_us[0], compare_times);
    assert_near((double)at_us[2500] / 2e6, 1, 0.04);
    assert_near((double)at_us[4207] / 2e6, exp(0.5), 0.08); /* one sigma up: 84.13 % */
    assert_near((double)at_us[793] / 2e6, exp(-0.5), 0.03);
    close_bench(&bench);
}

/* A payment's fate depends on its session and number alone, not on when it is made nor on what else is configured. */
static void fates_do_not_shift_with_latency(void **state)
{
    (void)state;
    struct bench slow, fast;
    open_bench(&slow, &(struct cloud_config){.latency_us = HOUR_US, .decline_ppm = 300000}, 9);
    open_bench(&fast, &(struct cloud_config){.latency_us = 1, .latency_sigma_ppm = 100000, .decline_ppm = 300000}, 9);
    pay_many(&slow, 500);
    pay_many(&fast, 500);
    bool declined[2][500] = {{false}};
    const struct bench *benches[] = {&slow, &fast};
    for (int which = 0; which < 2; which++)
        for (size_t i = 0; i < benches[which]->heard_count; i++)
            if (benches[which]->heard[i].event.kind == RAIL_FAILED)
                declined[which][benches[which]->heard[i].event.session] = true;
    assert_memory_equal(declined[0], declined[1], sizeof declined[0]);
    assert_true(count_of(&slow, RAIL_FAILED, RAIL_CAUSE_DECLINED) > 100);
    close_bench(&slow);
    close_bench(&fast);
}

static void random_outages_take_the_expected_share_of_time(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, &(struct cloud_config){.outage_every_us = 9 * HOUR_US, .outage_mean_us = HOUR_US}, 5);
    for (uint32_t i = 0; i < 9000; i++) { /* every 11 minutes for 69 days */
        until(&bench, i * 11 * MINUTE_US);
        open_session(&bench, i);
        pay(&bench, i, 0, 10);
    }
    until(&bench, 9000 * 11 * MINUTE_US);
    double share = (double)count_of(&bench, RAIL_FAILED, RAIL_CAUSE_OUTAGE) / 9000;
    assert_near(share, 0.1, 0.035);
    close_bench(&bench);
}

static void the_rails_books_are_checked_against_the_ledger(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, &(struct cloud_config){.settlement_us = DAY_US}, 1);
    open_session(&bench, 0);
    pay(&bench, 0, 0, 1000);
    until(&bench, 10);
    char why[256];
    assert_true(bench.rail.ops->audit(bench.rail.self, why, sizeof why));
    ledger_move(&bench.ledger, LEDGER_IN_FLIGHT, LEDGER_OPERATOR, 1); /* one msat lost its way */
    assert_false(bench.rail.ops->audit(bench.rail.self, why, sizeof why));
    assert_true(ledger_audit(&bench.ledger, why, sizeof why));
    ledger_move(&bench.ledger, LEDGER_OPERATOR, LEDGER_IN_FLIGHT, 1);
    bench.ledger.balance_msat[LEDGER_FIRST_PAYER + 3] -= 1; /* one msat came from nowhere */
    assert_false(ledger_audit(&bench.ledger, why, sizeof why));
    assert_string_equal(why, "the sum of all accounts is -1 msat, not 0");
    bench.ledger.balance_msat[LEDGER_FIRST_PAYER + 3] += 1;
    close_bench(&bench);
}

/* 100 payments at once at 10 a second, of which those are answered that wait no longer than 5 s. */
static void a_provider_that_is_asked_for_too_much_lets_payers_wait(void **state)
{
    (void)state;
    const struct cloud_config config = {.latency_us = 1000000, .capacity_per_s = 10, .queue_us = 5000000};
    struct bench bench;
    uint32_t credited = 0, late = 0;
    open_bench(&bench, &config, 1);
    for (uint32_t i = 0; i < 100; i++) {
        open_session(&bench, i);
        pay(&bench, i, 0, 1000);
    }
    until(&bench, 60000000);
    for (size_t i = 0; i < bench.heard_count; i++) {
        const struct heard *heard = &bench.heard[i];
        if (heard->event.kind == RAIL_CREDITED)
            assert_int_equal(heard->at_us, 1000000 + 100000 * (int64_t)credited++);
        if (heard->event.kind != RAIL_FAILED)
            continue;
        assert_int_equal(heard->event.cause, RAIL_CAUSE_TIMEOUT);
        assert_int_equal(heard->at_us, 6000000);
        late++;
    }
    assert_int_equal(credited, 51);
    assert_int_equal(late, 49);
    close_bench(&bench);
}

/* M/D/1: the mean wait is load / (2 capacity (1 - load)). */
static void the_wait_is_that_of_a_queue_with_one_server(void **state)
{
    (void)state;
    const struct cloud_config config = {.latency_us = 0, .capacity_per_s = 100, .queue_us = 1000000000};
    struct bench bench;
    double wait_us = 0, load = 0.8;
    int64_t at_us = 0;
    const uint32_t count = 6000;
    struct sim_stream stream;
    open_bench(&bench, &config, 1);
    sim_stream_open(&stream, bench.sim, "test.arrivals", 0);
    for (uint32_t i = 0; i < count; i++) {
        at_us += (int64_t)(-log(1 - stream_uniform(&stream)) * 1e6 / (100 * load));
        until(&bench, at_us);
        open_session(&bench, i);
        pay(&bench, i, 0, 1000);
    }
    until(&bench, at_us + 60000000);
    for (size_t i = 0; i < bench.heard_count; i++) {
        if (bench.heard[i].event.kind == RAIL_CREDITED)
            wait_us += (double)(bench.heard[i].at_us - bench.heard[i].event.asked_us);
    }
    near(wait_us / count, 1e6 * load / (2 * 100 * (1 - load)), 3000);
    close_bench(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_provider_that_is_asked_for_too_much_lets_payers_wait),
        cmocka_unit_test(the_wait_is_that_of_a_queue_with_one_server),
        cmocka_unit_test(a_payment_is_credited_after_the_latency_and_final_after_settlement),
        cmocka_unit_test(a_refund_comes_out_of_the_newest_payment_first),
        cmocka_unit_test(closed_waits_for_what_is_under_way),
        cmocka_unit_test(what_is_asked_or_answered_in_an_outage_fails),
        cmocka_unit_test(the_declined_and_the_taken_back_are_as_many_as_configured),
        cmocka_unit_test(latency_is_lognormal_with_the_configured_median_and_sigma),
        cmocka_unit_test(fates_do_not_shift_with_latency),
        cmocka_unit_test(random_outages_take_the_expected_share_of_time),
        cmocka_unit_test(the_rails_books_are_checked_against_the_ledger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
