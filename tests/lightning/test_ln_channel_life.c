/* test_ln_channel_life.c: how channels begin, are lost, come back, and end.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/bitcoin/hash.h"
#include "protocol/lightning/snapshot.h"
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/duo.h"

static struct duo duo;

static const struct duo_setup usual = {.backend = LN_BACKEND_REAL,
                                       .flags = LN_CHANNEL_ANCHORS,
                                       .slots = 64,
                                       .feerate_sat_per_kwu = 1000,
                                       .funding_sat = 1000000,
                                       .push_msat = 300000000};

static struct ln_channel *channel_of(unsigned end)
{
    return &duo.ends[end].channel;
}

static const struct ln_workshop *shop_of(unsigned end)
{
    return &duo.ends[end].shop;
}

/* The oldest message of an end, decoded; it stays in the queue. */
static struct ln_message peek(unsigned from)
{
    struct ln_message message;
    uint32_t length;
    const struct duo_queue *queue = &duo.ends[from].out;
    assert_true(queue->count > 0);
    memcpy(&length, queue->bytes + queue->head, 4);
    assert_int_equal(ln_message_decode(&message, NULL, queue->bytes + queue->head + 4, length), LN_WIRE_OK);
    return message;
}

/* ---- establishment ---- */

static void send_open(const struct duo_setup *setup)
{
    struct ln_opening opening = {.funding_sat = setup->funding_sat,
                                 .push_msat = setup->push_msat,
                                 .feerate_sat_per_kwu = setup->feerate_sat_per_kwu};
    duo_begin(&duo, setup);
    memset(opening.temporary_id, 7, 32);
    assert_int_equal(ln_establish_open(channel_of(0), shop_of(0), &opening), LN_CHANNEL_OK);
    duo_take(&duo, 0);
}

static void every_form_of_channel_opens(void **state)
{
    (void)state;
    for (unsigned flags = 0; flags < 8; flags++) {
        struct duo_setup setup = usual;
        setup.flags = (uint8_t)flags;
        duo_init(&duo, &setup);
        assert_int_equal(duo_count(&duo, 0, LN_EVENT_READY), 1);
        assert_int_equal(duo_count(&duo, 1, LN_EVENT_READY), 1);
        assert_int_equal(channel_of(1)->flags, flags);
        bool alias = flags & (LN_CHANNEL_SCID_ALIAS | LN_CHANNEL_ZERO_CONF);
        assert_int_equal(channel_of(0)->their_alias, alias ? channel_of(1)->policy.alias : 0);
        duo_audit(&duo);
    }
}

static void a_channel_waits_for_its_depth_unless_zero_conf(void **state)
{
    struct btc_outpoint outpoint = {.index = 3};
    (void)state;
    for (unsigned zero = 0; zero < 2; zero++) {
        struct duo_setup setup = usual;
        setup.flags = zero ? LN_CHANNEL_ZERO_CONF : 0;
        send_open(&setup);
        duo_deliver(&duo, 0);
        duo_deliver(&duo, 1);
        assert_int_equal(ln_establish_fund(channel_of(0), shop_of(0), &outpoint), LN_CHANNEL_OK);
        duo_take(&duo, 0);
        duo_settle(&duo);
        assert_int_equal(channel_of(0)->stage, zero ? LN_STAGE_NORMAL : LN_STAGE_FUNDED);
        assert_int_equal(ln_channel_block(channel_of(1), shop_of(1), 101, 100), LN_CHANNEL_OK);
        duo_take(&duo, 1);
        assert_int_equal(channel_of(1)->ready_sent, zero);
        assert_int_equal(ln_channel_block(channel_of(1), shop_of(1), 102, 100), LN_CHANNEL_OK);
        assert_true(channel_of(1)->ready_sent);
        duo_take(&duo, 1);
    }
}

typedef void spoil(struct ln_message *message);

static void no_type(struct ln_message *message)
{
    message->tlvs.present &= ~(uint32_t)LN_HAS_CHANNEL_TYPE;
}
static void unknown_type(struct ln_message *message)
{
    static const uint8_t bits[1] = {1};
    message->channel.channel_type = btc_bytes(bits, 1);
}
static void foreign_chain(struct ln_message *message)
{
    message->channel.chain_hash[0] ^= 1;
}
static void push_all(struct ln_message *message)
{
    message->channel.push_msat = 1000 * message->channel.funding_sat;
}
static void too_large(struct ln_message *message)
{
    message->channel.funding_sat = LN_FUNDING_MAX_SAT + 1;
}
static void low_dust_limit(struct ln_message *message)
{
    message->channel.dust_limit_sat = LN_DUST_LIMIT_MIN_SAT - 1;
}
static void dust_above_reserve(struct ln_message *message)
{
    message->channel.channel_reserve_sat = message->channel.dust_limit_sat - 1;
}
static void many_htlcs(struct ln_message *message)
{
    message->channel.max_accepted_htlcs = LN_HTLCS_MAX + 1;
}
static void long_delay(struct ln_message *message)
{
    message->channel.to_self_delay_blocks = 2017;
}
static void high_rate(struct ln_message *message)
{
    message->channel.feerate_sat_per_kwu = 50001;
}
static void point_off_curve(struct ln_message *message)
{
    memset(message->channel.htlc_basepoint + 1, 0xff, 32);
}
static void first_point_off_curve(struct ln_message *message)
{
    memset(message->channel.first_per_commitment_point + 1, 0xff, 32);
}

static void an_offer_that_breaks_the_rules_is_refused_and_changes_nothing(void **state)
{
    static const struct {
        spoil *spoil;
        enum ln_channel_result result;
    } rows[] = {{no_type, LN_CHANNEL_TYPE},
                {unknown_type, LN_CHANNEL_TYPE},
                {foreign_chain, LN_CHANNEL_TERMS},
                {push_all, LN_CHANNEL_FEE},
                {too_large, LN_CHANNEL_TERMS},
                {low_dust_limit, LN_CHANNEL_TERMS},
                {dust_above_reserve, LN_CHANNEL_TERMS},
                {many_htlcs, LN_CHANNEL_TERMS},
                {long_delay, LN_CHANNEL_TERMS},
                {high_rate, LN_CHANNEL_TERMS},
                {point_off_curve, LN_CHANNEL_POINT},
                {first_point_off_curve, LN_CHANNEL_POINT}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        send_open(&usual);
        struct ln_message message = peek(0);
        struct ln_channel before = *channel_of(1);
        rows[i].spoil(&message);
        assert_int_equal(ln_channel_receive(channel_of(1), shop_of(1), &message), rows[i].result);
        assert_memory_equal(channel_of(1), &before, sizeof before);
        assert_int_equal(duo.effects.count, 0);
        duo_deliver(&duo, 0); /* as it was meant */
        message = peek(1);
        before = *channel_of(0);
        if (rows[i].spoil == no_type || rows[i].spoil == unknown_type || rows[i].spoil == low_dust_limit ||
            rows[i].spoil == many_htlcs || rows[i].spoil == long_delay || rows[i].spoil == point_off_curve) {
            rows[i].spoil(&message);
            assert_int_equal(ln_channel_receive(channel_of(0), shop_of(0), &message), rows[i].result);
            assert_memory_equal(channel_of(0), &before, sizeof before);
        }
    }
}

static void a_wrong_first_signature_is_refused(void **state)
{
    struct btc_outpoint outpoint = {.index = 3};
    (void)state;
    send_open(&usual);
    duo_deliver(&duo, 0);
    duo_deliver(&duo, 1);
    assert_int_equal(ln_establish_fund(channel_of(0), shop_of(0), &outpoint), LN_CHANNEL_OK);
    duo_take(&duo, 0);
    struct ln_message message = peek(0);
    message.funding_created.signature[40] ^= 1;
    assert_int_equal(ln_channel_receive(channel_of(1), shop_of(1), &message), LN_CHANNEL_SIGNATURE);
    duo_deliver(&duo, 0);
    message = peek(1);
    message.funding_signed.signature[40] ^= 1;
    assert_int_equal(ln_channel_receive(channel_of(0), shop_of(0), &message), LN_CHANNEL_SIGNATURE);
    assert_int_equal(duo_count(&duo, 0, LN_EVENT_FUNDING_SAFE), 0);
    duo_deliver(&duo, 1);
    assert_int_equal(duo_count(&duo, 0, LN_EVENT_FUNDING_SAFE), 1);
}

/* ---- snapshots ---- */

static uint8_t snapshot[2][LN_SNAPSHOT_BYTES(64)];

static size_t keep(unsigned end, unsigned slot)
{
    size_t length = 0;
    assert_int_equal(ln_snapshot_write(snapshot[slot], sizeof snapshot[slot], &length, channel_of(end), shop_of(end)),
                     LN_SNAPSHOT_OK);
    return length;
}

static enum ln_snapshot_result restore(unsigned end, unsigned slot, size_t length, enum ln_snapshot_age age)
{
    ln_pool_init(&duo.ends[end].pool, duo.ends[end].slots, usual.slots);
    enum ln_snapshot_result result =
        ln_snapshot_read(channel_of(end), shop_of(end), btc_bytes(snapshot[slot], length), age);
    ln_effects_clear(&duo.effects);
    return result;
}

static void a_snapshot_restores_what_it_was_taken_of(void **state)
{
    (void)state;
    duo_init(&duo, &usual);
    assert_int_equal(duo_add(&duo, 0, 20000000, 1), LN_CHANNEL_OK);
    assert_int_equal(duo_add(&duo, 1, 30000000, 2), LN_CHANNEL_OK);
    duo_settle(&duo);
    size_t length = keep(0, 0);
    duo_disconnect(&duo);
    assert_int_equal(restore(0, 0, length, LN_SNAPSHOT_LATEST), LN_SNAPSHOT_OK);
    assert_int_equal(keep(0, 1), length);
    assert_memory_equal(snapshot[0], snapshot[1], length);
    duo_reconnect(&duo);
    duo_settle(&duo);
    duo_fulfill(&duo, 0, 0, 2);
    duo_fulfill(&duo, 1, 0, 1);
    duo_settle(&duo);
    duo_audit(&duo);
    assert_int_equal(channel_of(0)->settled_msat[LN_US], 710000000);
}

static void a_damaged_snapshot_is_refused(void **state)
{
    (void)state;
    duo_init(&duo, &usual);
    assert_int_equal(duo_add(&duo, 0, 20000000, 1), LN_CHANNEL_OK);
    duo_settle(&duo);
    size_t length = keep(0, 0);
    struct ln_channel before = *channel_of(0);
    uint32_t used = duo.ends[0].pool.used;
    for (size_t at = 0; at < length; at += at < 16 ? 1 : 61) {
        snapshot[0][at] ^= 0x10;
        enum ln_snapshot_result result =
            ln_snapshot_read(channel_of(0), shop_of(0), btc_bytes(snapshot[0], length), LN_SNAPSHOT_LATEST);
        assert_int_equal(result, at == 4 || at == 5 ? LN_SNAPSHOT_VERSION : LN_SNAPSHOT_DAMAGED);
        snapshot[0][at] ^= 0x10;
        result = ln_snapshot_read(channel_of(0), shop_of(0), btc_bytes(snapshot[0], at), LN_SNAPSHOT_LATEST);
        assert_int_equal(result, LN_SNAPSHOT_DAMAGED);
    }
    assert_memory_equal(channel_of(0), &before, sizeof before);
    assert_int_equal(duo.ends[0].pool.used, used);
    size_t little;
    assert_int_equal(ln_snapshot_write(snapshot[1], length - 1, &little, channel_of(0), shop_of(0)), LN_SNAPSHOT_SPACE);
}

static void too_old_a_snapshot_is_found_out_and_never_broadcast(void **state)
{
    (void)state;
    duo_init(&duo, &usual);
    assert_int_equal(duo_add(&duo, 0, 20000000, 1), LN_CHANNEL_OK);
    duo_settle(&duo);
    size_t length = keep(0, 0);
    duo_fulfill(&duo, 1, 0, 1);
    duo_settle(&duo);
    duo_disconnect(&duo);
    assert_int_equal(restore(0, 0, length, LN_SNAPSHOT_DOUBTFUL), LN_SNAPSHOT_OK);
    assert_int_equal(ln_channel_fail(channel_of(0), shop_of(0), btc_bytes(NULL, 0)), LN_CHANNEL_DOUBTFUL);
    duo_reconnect(&duo);
    duo_deliver(&duo, 1); /* shows a secret that end 0 has forgotten giving away */
    assert_int_equal(channel_of(0)->stage, LN_STAGE_LOST);
    assert_int_equal(duo_count(&duo, 0, LN_EVENT_DATA_LOSS), 1);
    assert_int_equal(ln_channel_fail(channel_of(0), shop_of(0), btc_bytes(NULL, 0)), LN_CHANNEL_DOUBTFUL);
    channel_of(0)->doubtful = false;
    assert_int_equal(ln_channel_fail(channel_of(0), shop_of(0), btc_bytes(NULL, 0)), LN_CHANNEL_STAGE);
    assert_int_equal(duo.ends[0].transactions, 0);
    /* The peer sees numbers that cannot be, and closes when it is asked to. */
    assert_int_equal(duo_try(&duo, 0), LN_CHANNEL_NUMBERS);
    assert_int_equal(ln_channel_verdict(LN_CHANNEL_NUMBERS), LN_VERDICT_FAIL);
    assert_int_equal(duo_try(&duo, 0), LN_CHANNEL_OK);
    assert_int_equal(channel_of(1)->stage, LN_STAGE_FAILED);
    assert_int_equal(duo.ends[1].transactions, 1);
}

static void a_doubtful_snapshot_that_was_the_latest_goes_on(void **state)
{
    (void)state;
    duo_init(&duo, &usual);
    assert_int_equal(duo_add(&duo, 0, 20000000, 1), LN_CHANNEL_OK);
    duo_settle(&duo);
    size_t length = keep(0, 0);
    duo_disconnect(&duo);
    assert_int_equal(restore(0, 0, length, LN_SNAPSHOT_DOUBTFUL), LN_SNAPSHOT_OK);
    duo_reconnect(&duo);
    duo_settle(&duo);
    assert_false(channel_of(0)->doubtful);
    assert_int_equal(ln_channel_fail(channel_of(0), shop_of(0), btc_bytes(NULL, 0)), LN_CHANNEL_OK);
    duo_take(&duo, 0);
    assert_int_equal(duo.ends[0].transactions, 1);
}

static void a_false_secret_in_reestablish_is_refused(void **state)
{
    (void)state;
    duo_init(&duo, &usual);
    assert_int_equal(duo_add(&duo, 0, 20000000, 1), LN_CHANNEL_OK);
    duo_settle(&duo);
    duo_disconnect(&duo);
    duo_reconnect(&duo);
    struct ln_message message = peek(0);
    message.reestablish.your_last_per_commitment_secret[0] ^= 1;
    assert_int_equal(ln_channel_receive(channel_of(1), shop_of(1), &message), LN_CHANNEL_SECRET);
    message = peek(0);
    message.reestablish.next_revocation_number += 5; /* claims that we lost data, without proof */
    assert_int_equal(ln_channel_receive(channel_of(1), shop_of(1), &message), LN_CHANNEL_SECRET);
    message = peek(0);
    message.reestablish.next_commitment_number = 0;
    assert_int_equal(ln_channel_receive(channel_of(1), shop_of(1), &message), LN_CHANNEL_NUMBERS);
    message.reestablish.next_commitment_number = 9;
    assert_int_equal(ln_channel_receive(channel_of(1), shop_of(1), &message), LN_CHANNEL_NUMBERS);
    duo_settle(&duo);
    assert_true(ln_channel_is_live(channel_of(1)));
}

/* ---- the end ---- */

static void command_shutdown(unsigned end)
{
    assert_int_equal(ln_channel_shutdown(channel_of(end), shop_of(end)), LN_CHANNEL_OK);
    duo_take(&duo, end);
}

static void a_closing_is_agreed_after_the_last_htlc(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 6; way++) {
        struct duo_setup setup = usual;
        setup.backend = (enum ln_backend_kind)(way % 3);
        duo_init(&duo, &setup);
        assert_int_equal(duo_add(&duo, 0, 20000000, 1), LN_CHANNEL_OK);
        if (way < 3) {
            command_shutdown(0); /* waits for the add to be signed */
            assert_false(channel_of(0)->shutdown.sent);
        } else {
            duo_settle(&duo);
            command_shutdown(1);
        }
        duo_settle(&duo);
        assert_true(channel_of(0)->shutdown.sent && channel_of(1)->shutdown.sent);
        assert_int_equal(duo_add(&duo, 0, 20000000, 1), LN_CHANNEL_STAGE);
        assert_int_equal(channel_of(0)->stage, LN_STAGE_NORMAL);
        if (way % 2) {
            duo_disconnect(&duo);
            duo_reconnect(&duo);
            duo_settle(&duo);
        }
        duo_fulfill(&duo, 1, 0, 1);
        duo_settle(&duo);
        for (unsigned end = 0; end < 2; end++) {
            assert_int_equal(channel_of(end)->stage, LN_STAGE_CLOSED);
            assert_int_equal(duo_count(&duo, end, LN_EVENT_CLOSED), 1);
            assert_int_equal(duo.ends[end].transactions, 1);
        }
        assert_memory_equal(duo.last_tx[0], duo.last_tx[1], duo.last_tx_length[0]);
    }
}

static void closing_fees_are_taken_from_both_ranges(void **state)
{
    static const struct {
        uint32_t opener;
        uint32_t other;
    } rates[] = {{1000, 1000}, {253, 5000}, {20000, 253}};
    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        duo_init(&duo, &usual);
        channel_of(0)->policy.closing_feerate_sat_per_kwu = rates[i].opener;
        channel_of(1)->policy.closing_feerate_sat_per_kwu = rates[i].other;
        command_shutdown(1);
        duo_settle(&duo);
        assert_int_equal(channel_of(0)->stage, LN_STAGE_CLOSED);
        assert_int_equal(channel_of(1)->stage, LN_STAGE_CLOSED);
    }
}

static void a_closing_lost_on_the_way_is_agreed_again(void **state)
{
    (void)state;
    for (unsigned lost = 0; lost < 6; lost++) {
        duo_init(&duo, &usual);
        command_shutdown(0);
        for (unsigned i = 0; i < lost; i++) {
            if (!duo_deliver(&duo, 0)) {
                duo_deliver(&duo, 1);
            }
        }
        duo_disconnect(&duo);
        duo_reconnect(&duo);
        duo_settle(&duo);
        assert_int_equal(channel_of(0)->stage, LN_STAGE_CLOSED);
        assert_int_equal(channel_of(1)->stage, LN_STAGE_CLOSED);
        assert_int_equal(duo_count(&duo, 0, LN_EVENT_CLOSED), 1);
        assert_int_equal(duo_count(&duo, 1, LN_EVENT_CLOSED), 1);
    }
}

static void odd_shutdown_scripts_are_refused(void **state)
{
    static const uint8_t p2pkh[25] = {0x76, 0xa9, 20};
    (void)state;
    duo_init(&duo, &usual);
    command_shutdown(0);
    struct ln_message message = peek(0);
    message.shutdown.script = btc_bytes(p2pkh, sizeof p2pkh);
    assert_int_equal(ln_channel_receive(channel_of(1), shop_of(1), &message), LN_CHANNEL_SCRIPT);
    uint8_t other[22] = {0, 20, 9};
    message.shutdown.script = btc_bytes(other, 22); /* not the one announced when the channel was opened */
    assert_int_equal(ln_channel_receive(channel_of(1), shop_of(1), &message), LN_CHANNEL_SCRIPT);
    duo_settle(&duo);
    assert_int_equal(channel_of(1)->stage, LN_STAGE_CLOSED);
}

static void an_overdue_htlc_sends_the_channel_to_the_chain(void **state)
{
    (void)state;
    duo_init(&duo, &usual);
    assert_int_equal(duo_add(&duo, 0, 20000000, 1), LN_CHANNEL_OK); /* expires at 501 */
    duo_settle(&duo);
    assert_int_equal(ln_channel_block(channel_of(0), shop_of(0), 503, 100), LN_CHANNEL_OK);
    assert_int_equal(channel_of(0)->stage, LN_STAGE_NORMAL);
    assert_int_equal(ln_channel_block(channel_of(0), shop_of(0), 504, 100), LN_CHANNEL_OK);
    assert_int_equal(channel_of(0)->stage, LN_STAGE_FAILED);
    duo_take(&duo, 0);
    assert_int_equal(duo.ends[0].transactions, 1);
    duo_init(&duo, &usual);
    assert_int_equal(duo_add(&duo, 0, 20000000, 1), LN_CHANNEL_OK);
    duo_settle(&duo);
    assert_int_equal(ln_channel_block(channel_of(1), shop_of(1), 499, 100), LN_CHANNEL_OK);
    duo_fulfill(&duo, 1, 0, 1);
    assert_int_equal(ln_channel_block(channel_of(1), shop_of(1), 494, 100), LN_CHANNEL_OK);
    assert_int_equal(channel_of(1)->stage, LN_STAGE_NORMAL);
    assert_int_equal(ln_channel_block(channel_of(1), shop_of(1), 495, 100), LN_CHANNEL_OK);
    assert_int_equal(channel_of(1)->stage, LN_STAGE_FAILED);
    duo_take(&duo, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_of_channel_opens),
        cmocka_unit_test(a_channel_waits_for_its_depth_unless_zero_conf),
        cmocka_unit_test(an_offer_that_breaks_the_rules_is_refused_and_changes_nothing),
        cmocka_unit_test(a_wrong_first_signature_is_refused),
        cmocka_unit_test(a_snapshot_restores_what_it_was_taken_of),
        cmocka_unit_test(a_damaged_snapshot_is_refused),
        cmocka_unit_test(too_old_a_snapshot_is_found_out_and_never_broadcast),
        cmocka_unit_test(a_doubtful_snapshot_that_was_the_latest_goes_on),
        cmocka_unit_test(a_false_secret_in_reestablish_is_refused),
        cmocka_unit_test(a_closing_is_agreed_after_the_last_htlc),
        cmocka_unit_test(closing_fees_are_taken_from_both_ranges),
        cmocka_unit_test(a_closing_lost_on_the_way_is_agreed_again),
        cmocka_unit_test(odd_shutdown_scripts_are_refused),
        cmocka_unit_test(an_overdue_htlc_sends_the_channel_to_the_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
