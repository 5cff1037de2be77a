/* test_access.c: routers and radios that fail, and the gate before rails without lines of their own.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/access.h"
#include "models/rails/cloud.h"
#include "tests/models/near.h"

#include <string.h>

#define SECOND INT64_C(1000000)
#define PAYERS 3
#define HEARD  64

struct bench {
    struct sim *sim;
    struct trouble trouble;
    struct access_config config;
    struct access access;
    struct ledger ledger;
    struct rail rail;
    struct cloud_config cloud;
    struct rail_event heard[HEARD];
    int64_t heard_us[HEARD];
    uint32_t heard_count;
};

static void on_event(void *self, const struct rail_event *event)
{
    struct bench *bench = self;
    assert_true(bench->heard_count < HEARD);
    bench->heard_us[bench->heard_count] = sim_now_us(bench->sim);
    bench->heard[bench->heard_count++] = *event;
}

static void open_bench(struct bench *bench, const struct access_config *config, uint64_t seed)
{
    *bench = (struct bench){.config = *config, .cloud = {.latency_us = SECOND, .settlement_us = 10 * SECOND}};
    bench->sim = sim_new(&(struct sim_options){.seed = seed});
    assert_non_null(bench->sim);
    bench->trouble.sim = bench->sim;
    const struct rail_listener listener = {.self = bench, .on_event = on_event};
    assert_true(ledger_init(&bench->ledger, PAYERS));
    assert_true(access_open(&bench->access, &bench->trouble, &bench->config, PAYERS));
    assert_true(cloud_open(&bench->rail, &bench->trouble, &bench->cloud, &bench->ledger, &listener));
    assert_true(gate_open(&bench->rail, &bench->access, &bench->trouble, &listener));
}

static void close_bench(struct bench *bench)
{
    char why[256];
    if (!bench->rail.ops->audit(bench->rail.self, why, sizeof why) || !ledger_audit(&bench->ledger, why, sizeof why))
        fail_msg("%s", why);
    bench->rail.ops->free(bench->rail.self);
    access_close(&bench->access);
    ledger_close(&bench->ledger);
    sim_free(bench->sim);
}

static void until(struct bench *bench, int64_t at_us)
{
    sim_run(bench->sim, at_us, 0, NULL);
}

static void begin(struct bench *bench, uint32_t session, uint32_t payer)
{
    bench->rail.ops->session_open(bench->rail.self,
                                  &(struct rail_opening){.session = session, .payer = payer, .key = session});
}

static void pay(struct bench *bench, uint32_t session, uint32_t payment)
{
    bench->rail.ops->pay(bench->rail.self,
                         &(struct rail_order){.session = session, .payment = payment, .amount_msat = 1000});
}

static void heard(const struct bench *bench, uint32_t place, enum rail_event_kind kind, int64_t at_us)
{
    assert_true(place < bench->heard_count);
    assert_int_equal(bench->heard[place].kind, kind);
    assert_int_equal(bench->heard_us[place], at_us);
}

static void who_asks_while_the_router_is_gone_asks_in_vain(void **state)
{
    (void)state;
    struct bench bench;
    const struct access_config config = {
        .router_outages = {{100 * SECOND, 50 * SECOND}}, .router_outage_count = 1, .patience_us = 5 * SECOND};
    open_bench(&bench, &config, 1);
    begin(&bench, 0, 0);
    pay(&bench, 0, 0);
    until(&bench, 120 * SECOND);
    assert_true(access_is_needed(&bench.access));
    assert_false(access_is_there(&bench.access, 0));
    heard(&bench, 0, RAIL_CREDITED, SECOND);
    heard(&bench, 1, RAIL_FINAL, 11 * SECOND);
    pay(&bench, 0, 1);
    until(&bench, 160 * SECOND);
    heard(&bench, 2, RAIL_FAILED, 125 * SECOND);
    assert_int_equal(bench.heard[2].cause, RAIL_CAUSE_OFFLINE);
    assert_int_equal(bench.heard[2].payment, 1);
    assert_int_equal(bench.heard[2].asked_us, 120 * SECOND);
    assert_true(access_is_there(&bench.access, 0));
    pay(&bench, 0, 2);
    until(&bench, 200 * SECOND);
    heard(&bench, 3, RAIL_CREDITED, 161 * SECOND);
    bench.rail.ops->refund(bench.rail.self, 0, 500);
    bench.rail.ops->session_close(bench.rail.self, 0);
    until(&bench, 300 * SECOND);
    assert_int_equal(bench.heard[bench.heard_count - 1].kind, RAIL_CLOSED);
    close_bench(&bench);
}

/* CLOSED is the last word of a session, and numbers are used again behind it. */
static void a_session_is_not_over_before_its_payments_have_failed(void **state)
{
    (void)state;
    struct bench bench;
    const struct access_config config = {
        .router_outages = {{0, 500 * SECOND}}, .router_outage_count = 1, .patience_us = 20 * SECOND};
    open_bench(&bench, &config, 1);
    until(&bench, SECOND);
    for (uint32_t i = 0; i < 2; i++) {
        begin(&bench, 0, i);
        pay(&bench, 0, 0);
        pay(&bench, 0, 1);
        bench.rail.ops->session_close(bench.rail.self, 0);
        until(&bench, (int64_t)(i + 1) * 100 * SECOND);
        assert_int_equal(bench.heard_count, 3 * (i + 1));
        assert_int_equal(bench.heard[3 * i].kind, RAIL_FAILED);
        assert_int_equal(bench.heard[3 * i + 1].kind, RAIL_FAILED);
        assert_int_equal(bench.heard[3 * i + 2].kind, RAIL_CLOSED);
    }
    close_bench(&bench);
}

static void phones_lose_their_radio_one_by_one(void **state)
{
    (void)state;
    struct bench bench;
    const struct access_config config = {.garage_every_us = 600 * SECOND, .garage_mean_us = 60 * SECOND};
    uint32_t gone[PAYERS] = {0}, together = 0;
    const uint32_t count = 40000;
    open_bench(&bench, &config, 1);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t now = 0;
        until(&bench, (int64_t)(i + 1) * 100 * SECOND);
        for (uint32_t k = 0; k < PAYERS; k++) {
            bool is_gone = !access_is_there(&bench.access, k);
            gone[k] += is_gone;
            now += is_gone;
        }
        together += now == PAYERS;
    }
    double share = 60.0 / 660;
    for (uint32_t k = 0; k < PAYERS; k++)
        near((double)gone[k] / count, share, 0.01);
    near((double)together / count, share * share * share, 0.001);
    close_bench(&bench);
}

static void without_outages_there_is_nothing_to_hang_on(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, &(struct access_config){.patience_us = SECOND}, 1);
    assert_false(access_is_needed(&bench.access));
    assert_true(access_is_there(&bench.access, 1));
    begin(&bench, 3, 1);
    pay(&bench, 3, 0);
    until(&bench, 100 * SECOND);
    heard(&bench, 0, RAIL_CREDITED, SECOND);
    close_bench(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_asks_while_the_router_is_gone_asks_in_vain),
        cmocka_unit_test(a_session_is_not_over_before_its_payments_have_failed),
        cmocka_unit_test(phones_lose_their_radio_one_by_one),
        cmocka_unit_test(without_outages_there_is_nothing_to_hang_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
