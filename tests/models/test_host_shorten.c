/* test_host_shorten.c: streams of records are made short while their nodes go on, whoever crashes.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/near.h"
#include "tests/models/street.h"

#define AMOUNT_MSAT 3000000
#define PAYMENTS    600 /* at most, until a stream is long */
#define HUB         1
#define MS          (SECOND / 1000)

struct story {
    struct street street;
    uint32_t payments;
};

static uint64_t shortened(const struct story *story)
{
    struct host_tally tally;
    host_tally(&tally, story->street.host);
    return tally.shortened;
}

static void begin(struct story *story)
{
    *story = (struct story){.payments = 0};
    street_init(&story->street);
    story->street.device[HUB] = DEVICE_BOARD;
    story->street.options.backend = LN_BACKEND_TOKEN;
    story->street.options.wire = HOST_WIRE_PLAIN;
    street_begin(&story->street);
}

/* There and back, so that money is always where it is needed. */
static void pay(struct story *story)
{
    struct street *street = &story->street;
    uint32_t payer = story->payments % 2 == 0 ? 0 : 2, payee = 2 - payer;
    uint32_t before = street_count(street, payee, LN_NODE_INVOICE_PAID);
    char text[2000];
    uint64_t invoice = street_ask(street, payee, AMOUNT_MSAT, false, text);
    uint64_t payment = street_pay(street, payer, text);
    assert_true(street_wait(street, payee, LN_NODE_INVOICE_PAID, before + 1, HOUR));
    street_run(street, 10 * SECOND);
    host_leave(street->host, street->node[payee],
               ln_node_forget_invoice(host_enter(street->host, street->node[payee]), invoice), NULL);
    host_leave(street->host, street->node[payer],
               ln_node_forget_payment(host_enter(street->host, street->node[payer]), payment), NULL);
    story->payments++;
}

static void all_goes_on(struct story *story)
{
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(host_is_up(story->street.host, story->street.node[i]));
        assert_int_equal(street_count(&story->street, i, LN_NODE_CHANNEL_FAILS), 0);
        assert_int_equal(street_count(&story->street, i, LN_NODE_CHANNEL_LOST), 0);
    }
    for (uint32_t i = 0; i < 4; i++)
        pay(story);
    street_close(&story->street);
}

static void a_long_run_has_short_streams(void **state)
{
    struct story story;
    (void)state;
    begin(&story);
    while (shortened(&story) < 6) {
        assert_true(story.payments < PAYMENTS);
        pay(&story);
    }
    for (uint32_t i = 0; i < 3; i++) {
        size_t length = host_record_bytes(story.street.host, story.street.node[i]);
        assert_in_range(length, 1000, 400000);
    }
    /* what is short is as good */
    for (uint32_t i = 0; i < 3; i++)
        host_crash(story.street.host, story.street.node[i], sim_now_us(story.street.sim) + 5 * SECOND);
    street_run(&story.street, MINUTE);
    all_goes_on(&story);
}

/* The hub loses power so long behind the moment when it begins to write a short stream. */
static void crash_behind(int64_t delay_us)
{
    struct story story;
    begin(&story);
    while (host_record_bytes(story.street.host, story.street.node[HUB]) < 250000) {
        assert_true(story.payments < PAYMENTS);
        pay(&story);
    }
    char text[2000];
    uint64_t before = shortened(&story);
    for (uint32_t i = 0; shortened(&story) == before; i++) {
        assert_true(i < 20);
        street_ask(&story.street, 2, AMOUNT_MSAT, false, text);
        street_pay(&story.street, 0, text);
        for (int64_t step = 0; step < 5000 && shortened(&story) == before; step++)
            street_run(&story.street, MS);
    }
    street_run(&story.street, delay_us);
    host_crash(story.street.host, story.street.node[HUB], sim_now_us(story.street.sim) + 5 * SECOND);
    street_run(&story.street, HOUR);
    all_goes_on(&story);
}

static void a_crash_leaves_the_old_stream_or_the_new_one(void **state)
{
    static const int64_t delays_us[] = {0, 3 * MS, 30 * MS, 300 * MS};
    (void)state;
    for (size_t i = 0; i < sizeof delays_us / sizeof delays_us[0]; i++)
        crash_behind(delays_us[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_run_has_short_streams),
        cmocka_unit_test(a_crash_leaves_the_old_stream_or_the_new_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
