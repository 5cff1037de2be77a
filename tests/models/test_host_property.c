/* test_host_property.c: streets where everything that can happen does, at random; what must hold behind it.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/near.h"
#include "tests/models/street.h"

#include <stdlib.h>
#include <string.h>

#define NODES     4
#define TROUBLED  (2 * HOUR)
#define RUNS_FEW  4
#define CRASH_MAX (20 * MINUTE)

struct chaos {
    struct street street;
    struct sim_stream stream;
    uint16_t kind;
    bool is_over;
    bool is_stalled[NODES]; /* towards the node on its right */
    uint32_t payments, crashes, failures;
};

static double dice(struct chaos *chaos)
{
    return stream_uniform(&chaos->stream);
}

static uint32_t pick(struct chaos *chaos, uint32_t count)
{
    return (uint32_t)(dice(chaos) * count);
}

static void pay(struct chaos *chaos)
{
    struct street *street = &chaos->street;
    char text[2000];
    uint32_t payer = pick(chaos, NODES), payee = (payer + 1 + pick(chaos, NODES - 1)) % NODES;
    uint64_t amount_msat = 1 + (uint64_t)(dice(chaos) * dice(chaos) * 60000000);
    if (!host_is_up(street->host, street->node[payer]) || !host_is_up(street->host, street->node[payee]))
        return;
    struct ln_pay_terms limits = street_limits(street);
    limits.parts_max = 3;
    limits.part_min_msat = 1000;
    street_ask(street, payee, amount_msat, false, text);
    street_pay_with(street, payer, text, &limits);
    chaos->payments++;
}

static void crash(struct chaos *chaos)
{
    struct street *street = &chaos->street;
    uint32_t victim = street->node[pick(chaos, NODES)];
    int64_t for_us = 1 + (int64_t)(dice(chaos) * CRASH_MAX);
    enum host_crash_point point = pick(chaos, 3);
    if (!host_is_up(street->host, victim))
        return;
    if (dice(chaos) < 0.5)
        host_crash(street->host, victim, sim_now_us(street->sim) + for_us);
    else
        host_crash_at(street->host, victim, host_record_count(street->host, victim) + 1 + pick(chaos, 4), point,
                      for_us);
    chaos->crashes++;
}

static void stall(struct chaos *chaos)
{
    uint32_t i = pick(chaos, NODES - 1);
    chaos->is_stalled[i] = !chaos->is_stalled[i];
    host_stall(chaos->street.host, chaos->street.node[i], chaos->street.node[i + 1], chaos->is_stalled[i]);
}

static void on_chaos(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct chaos *chaos = object;
    (void)argument;
    if (chaos->is_over)
        return;
    double what = dice(chaos);
    if (what < 0.9)
        pay(chaos);
    else if (what < 0.95)
        crash(chaos);
    else
        stall(chaos);
    sim_schedule(sim, sim_now_us(sim) + 1 + (int64_t)stream_exponential(&chaos->stream, 40e6), SIM_MODEL,
                 &(struct sim_action){.kind = chaos->kind, .entity = entity, .object = chaos});
}

/* Nothing is forgotten here: there must be room for all. */
static void configure(struct ln_node_config *config, uint32_t node)
{
    (void)node;
    config->limits.invoices = config->limits.payments = 1024;
    config->limits.attempts = 512;
}

static void begin(struct chaos *chaos, uint64_t seed, enum ln_backend_kind backend)
{
    struct street *street = &chaos->street;
    street_init(street);
    street->seed = seed;
    street->tie_fuzz = seed;
    street->nodes = NODES;
    street->configure = configure;
    street->has_graph = true;
    street->options.backend = backend;
    street->class = *link_class_get(seed % 2 == 0 ? LINK_LTE : LINK_WIFI);
    street->class.loss_ppm = 10000;
    street->channel_flags = seed % 3 == 0 ? LN_CHANNEL_ANCHORS : 0;
    for (uint32_t i = 0; i < NODES; i++)
        street->device[i] = DEVICE_SERVER + i;
    street_begin(street);
    sim_stream_open(&chaos->stream, street->sim, "test.chaos", 0);
    chaos->kind = sim_kind_add(street->sim, "chaos", on_chaos);
    sim_schedule(street->sim, sim_now_us(street->sim), SIM_MODEL,
                 &(struct sim_action){.kind = chaos->kind, .object = chaos});
}

/* Lines that break now and then, for seconds or minutes. */
static void live_through_it(struct chaos *chaos)
{
    struct street *street = &chaos->street;
    for (int64_t until_us = sim_now_us(street->sim) + TROUBLED; sim_now_us(street->sim) < until_us;) {
        uint32_t cover = street->cover[pick(chaos, NODES - 1)];
        street_run(street, 1 + (int64_t)(dice(chaos) * 10 * (double)MINUTE));
        coverage_hold(&street->coverages, cover);
        street_run(street, 1 + (int64_t)(dice(chaos) * dice(chaos) * 3 * (double)MINUTE));
        coverage_release(&street->coverages, cover);
    }
    chaos->is_over = true;
    for (uint32_t i = 0; i + 1 < NODES; i++)
        host_stall(street->host, street->node[i], street->node[i + 1], false);
    street_run(street, 3 * HOUR);
    /* Who stalls with a preimage in its ears for so many blocks that it runs late is left by the chain. */
    for (uint32_t i = 0; i < NODES; i++)
        chaos->failures += street_count(street, i, LN_NODE_CHANNEL_FAILS);
    if (chaos->failures > 0)
        street_run(street, 10 * DAY);
}

/* ---- what must hold -------------------------------------------------------------------------------------------- */

/* Among the first so many events. */
static bool has_event(const struct street *street, uint32_t count, enum ln_node_event_kind kind, const uint8_t hash[32])
{
    for (uint32_t i = 0; i < count; i++) {
        if (street->events[i].event.kind == kind && memcmp(street->events[i].event.payment_hash, hash, 32) == 0)
            return true;
    }
    return false;
}

/* Who was told that it was paid was; a payee told so was paid by somebody who knows; nobody hears both. Events may come
 * twice behind a crash. */
static uint32_t check_payments(const struct street *street)
{
    uint32_t paid = 0;
    for (uint32_t i = 0; i < street->event_count; i++) {
        const struct ln_node_event *event = &street->events[i].event;
        if (event->kind == LN_NODE_PAYMENT_SENT) {
            paid += !has_event(street, i, LN_NODE_PAYMENT_SENT, event->payment_hash);
            assert_true(has_event(street, street->event_count, LN_NODE_INVOICE_PAID, event->payment_hash));
            assert_false(has_event(street, street->event_count, LN_NODE_PAYMENT_FAILED, event->payment_hash));
        }
        if (event->kind == LN_NODE_INVOICE_PAID)
            assert_true(has_event(street, street->event_count, LN_NODE_PAYMENT_SENT, event->payment_hash));
    }
    return paid;
}

static void check_quiet(const struct street *street)
{
    int64_t sum_msat = 0;
    struct host_money money;
    host_money(&money, street->host);
    for (uint32_t i = 0; i < NODES; i++) {
        const struct ln_node *node = host_look(street->host, street->node[i]);
        assert_non_null(node);
        assert_int_equal(node->pool.used, 0);
        for (uint32_t k = 0; k < node->payment_places.top; k++)
            assert_true(node->payments[k].state != LN_PAYMENT_TRYING &&
                        node->payments[k].state != LN_PAYMENT_GIVING_UP);
        assert_int_equal(street_count(street, i, LN_NODE_CHANNEL_LOST), 0);
        sum_msat += street_wealth_msat(street, i);
    }
    assert_int_equal(sum_msat, 1000 * (money.given_sat - money.fees_sat)); /* to the millisatoshi */
    assert_int_equal(money.claims_sat, 0);
}

struct totals {
    uint64_t inputs, payments, paid, crashes, torn, failures;
};

static uint64_t run(struct totals *totals, uint64_t seed, enum ln_backend_kind backend)
{
    struct chaos chaos = {.payments = 0};
    struct host_tally tally;
    begin(&chaos, seed, backend);
    live_through_it(&chaos);
    check_quiet(&chaos.street);
    totals->paid += check_payments(&chaos.street);
    totals->payments += chaos.payments;
    totals->failures += chaos.failures;
    host_tally(&tally, chaos.street.host);
    totals->inputs += tally.inputs;
    totals->crashes += tally.crashes;
    totals->torn += tally.torn;
    return street_close(&chaos.street);
}

static void nothing_is_lost_in_a_troubled_street(void **state)
{
    (void)state;
    const char *more = getenv("KONSENTO_HOST_RUNS");
    uint64_t runs = more == NULL ? RUNS_FEW : strtoull(more, NULL, 10);
    struct totals totals = {0};
    for (uint64_t seed = 1; seed <= runs; seed++)
        run(&totals, seed, LN_BACKEND_TOKEN);
    print_message("%llu runs, %llu inputs, %llu of %llu payments made, %llu crashes, %llu torn records\n",
                  (unsigned long long)runs, (unsigned long long)totals.inputs, (unsigned long long)totals.paid,
                  (unsigned long long)totals.payments, (unsigned long long)totals.crashes,
                  (unsigned long long)totals.torn);
    assert_true(totals.payments > 60 * runs && totals.paid > 30 * runs);
    assert_true(totals.crashes > 3 * runs && totals.torn > 0);
    assert_true(totals.failures <= runs / 10);
}

static void a_troubled_street_is_the_same_twice(void **state)
{
    (void)state;
    struct totals totals = {0};
    uint64_t digest = run(&totals, 1, LN_BACKEND_REAL);
    assert_int_equal(run(&totals, 1, LN_BACKEND_REAL), digest);
    assert_int_equal(run(&totals, 1, LN_BACKEND_MEMO), digest);
    assert_int_equal(run(&totals, 1, LN_BACKEND_TOKEN), digest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_in_a_troubled_street),
        cmocka_unit_test(a_troubled_street_is_the_same_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
