/* test_ln_channel_close.c: closing by agreement, against a peer whose offers are forged.   [engine]
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

static struct ln_channel *channel_of(unsigned end)
{
    return &duo.ends[end].channel;
}

static const struct ln_workshop *shop_of(unsigned end)
{
    return &duo.ends[end].shop;
}

/* Takes the oldest message of an end out of its queue. */
static struct ln_message pop(unsigned from)
{
    struct ln_message message;
    uint32_t length;
    struct duo_queue *queue = &duo.ends[from].out;
    assert_true(queue->count > 0);
    memcpy(&length, queue->bytes + queue->head, 4);
    assert_int_equal(ln_message_decode(&message, NULL, queue->bytes + queue->head + 4, length), LN_WIRE_OK);
    queue->head += 4 + length;
    queue->count--;
    return message;
}

/* Both have shut down; the opener's first offer is taken from the wire. */
static struct ln_closing_signed reach_negotiation(void)
{
    duo_init(&duo, &usual);
    assert_int_equal(ln_channel_shutdown(channel_of(0), shop_of(0)), LN_CHANNEL_OK);
    duo_take(&duo, 0);
    duo_deliver(&duo, 0);
    duo_deliver(&duo, 1);
    struct ln_message message = pop(0);
    assert_int_equal(message.type, LN_CLOSING_SIGNED);
    return message.closing_signed;
}

/* An offer of an end as a peer might make it. */
struct offer {
    uint64_t fee_sat;
    uint64_t min_sat; /* both 0: no range */
    uint64_t max_sat;
    uint8_t omitted; /* enum ln_side, of who makes it: bits of the outputs that are left out */
};

static struct ln_message forge(unsigned end, const struct offer *offer)
{
    const struct ln_channel *channel = channel_of(end);
    struct ln_message message = {.type = LN_CLOSING_SIGNED};
    struct ln_closing closing;
    uint8_t hash[32];
    struct ln_closing_view view = {.funding = channel->funding,
                                   .funding_sat = (int64_t)channel->funding_sat,
                                   .opener = channel->opener,
                                   .fee_sat = offer->fee_sat,
                                   .dust_limit_sat = channel->policy.terms.dust_limit_sat,
                                   .omitted = offer->omitted};
    for (unsigned side = LN_US; side <= LN_THEM; side++) {
        const struct ln_channel_policy *policy = &channel_of(side == LN_US ? end : 1 - end)->policy;
        view.sides[side] =
            (struct ln_closing_side){channel->settled_msat[side], channel->keyring.base[side][LN_BASE_FUNDING].wire,
                                     btc_bytes(policy->shutdown_script, policy->shutdown_length)};
    }
    assert_int_equal(ln_closing_build(&closing, &view), LN_CLOSING_OK);
    ln_closing_sighash(hash, &closing);
    assert_true(ln_backend_sign(&duo.backend, message.closing_signed.signature, hash,
                                channel->keyring.secrets.secret[LN_BASE_FUNDING],
                                channel->keyring.base[LN_US][LN_BASE_FUNDING].wire));
    memcpy(message.closing_signed.channel_id, channel->id, 32);
    message.closing_signed.fee_sat = offer->fee_sat;
    message.closing_signed.min_fee_sat = offer->min_sat;
    message.closing_signed.max_fee_sat = offer->max_sat;
    message.tlvs.present = offer->max_sat > 0 ? LN_HAS_FEE_RANGE : 0;
    return message;
}

/* An end gets a forged offer of the other. A refusal changes nothing. */
static enum ln_channel_result hand(unsigned to, const struct offer *offer)
{
    struct ln_message message = forge(1 - to, offer);
    struct ln_channel before = *channel_of(to);
    enum ln_channel_result result = ln_channel_receive(channel_of(to), shop_of(to), &message);
    if (result != LN_CHANNEL_OK) {
        assert_memory_equal(channel_of(to), &before, sizeof before);
        assert_int_equal(duo.effects.count, 0);
    }
    duo_take(&duo, to);
    return result;
}

static void the_opener_takes_what_is_in_both_ranges_and_says_so(void **state)
{
    (void)state;
    struct ln_closing_signed first = reach_negotiation();
    struct offer offer = {first.fee_sat + 10, first.min_fee_sat, first.max_fee_sat + 1000, 0};
    assert_int_equal(hand(0, &offer), LN_CHANNEL_OK);
    struct ln_message answer = pop(0);
    assert_int_equal(answer.type, LN_CLOSING_SIGNED);
    assert_int_equal(answer.closing_signed.fee_sat, first.fee_sat + 10);
    assert_int_equal(channel_of(0)->stage, LN_STAGE_CLOSED);
    assert_int_equal(duo.ends[0].transactions, 1);
}

static void an_offer_outside_the_overlap_fails_the_channel(void **state)
{
    (void)state;
    struct ln_closing_signed first = reach_negotiation();
    struct offer above = {first.max_fee_sat + 1, first.min_fee_sat, first.max_fee_sat + 1000, 0};
    assert_int_equal(hand(0, &above), LN_CHANNEL_OFFER);
    assert_int_equal(ln_channel_verdict(LN_CHANNEL_OFFER), LN_VERDICT_FAIL);
    struct offer below_its_own = {first.min_fee_sat + 1, first.min_fee_sat + 2, first.max_fee_sat, 0};
    assert_int_equal(hand(0, &below_its_own), LN_CHANNEL_OFFER);
}

static void ranges_that_do_not_meet_are_warned_of(void **state)
{
    (void)state;
    struct ln_closing_signed first = reach_negotiation();
    struct offer offer = {first.max_fee_sat + 5, first.max_fee_sat + 1, first.max_fee_sat + 1000, 0};
    assert_int_equal(hand(0, &offer), LN_CHANNEL_RANGE);
    assert_int_equal(ln_channel_verdict(LN_CHANNEL_RANGE), LN_VERDICT_WARN);
    /* A satisfying one may still come. */
    offer = (struct offer){first.max_fee_sat, first.max_fee_sat, first.max_fee_sat + 1000, 0};
    assert_int_equal(hand(0, &offer), LN_CHANNEL_OK);
    assert_int_equal(channel_of(0)->stage, LN_STAGE_CLOSED);
}

static void who_does_not_pay_chooses_from_the_overlap_once(void **state)
{
    (void)state;
    struct ln_closing_signed first = reach_negotiation();
    uint64_t relay_sat = first.min_fee_sat; /* both reckon alike */
    struct offer low = {relay_sat - 20, relay_sat - 30, relay_sat + 30, 0};
    assert_int_equal(hand(1, &low), LN_CHANNEL_OK);
    struct ln_message answer = pop(1);
    assert_int_equal(answer.closing_signed.fee_sat, relay_sat);
    assert_int_equal(channel_of(1)->stage, LN_STAGE_NORMAL);
    struct offer other = {relay_sat - 10, relay_sat - 30, relay_sat + 30, 0};
    assert_int_equal(hand(1, &other), LN_CHANNEL_OFFER);
    struct offer same = {relay_sat, relay_sat - 30, relay_sat + 30, 0};
    assert_int_equal(hand(1, &same), LN_CHANNEL_OK);
    assert_int_equal(channel_of(1)->stage, LN_STAGE_CLOSED);
    assert_int_equal(duo.ends[1].out.count, 0); /* nothing more to say */
}

static void without_ranges_offers_go_strictly_between(void **state)
{
    (void)state;
    struct ln_closing_signed first = reach_negotiation();
    struct offer offer = {first.max_fee_sat + 200, 0, 0, 0};
    assert_int_equal(hand(0, &offer), LN_CHANNEL_OK);
    struct ln_message answer = pop(0);
    uint64_t second_sat = answer.closing_signed.fee_sat;
    assert_true(second_sat > first.fee_sat && second_sat < offer.fee_sat);
    assert_true(second_sat <= first.max_fee_sat);
    assert_int_equal(hand(0, &offer), LN_CHANNEL_BETWEEN); /* no step */
    offer.fee_sat = second_sat - 1;                        /* beyond ours */
    assert_int_equal(hand(0, &offer), LN_CHANNEL_BETWEEN);
    assert_int_equal(ln_channel_verdict(LN_CHANNEL_BETWEEN), LN_VERDICT_WARN);
    offer.fee_sat = first.max_fee_sat + 100;
    assert_int_equal(hand(0, &offer), LN_CHANNEL_OK);
    uint64_t third_sat = pop(0).closing_signed.fee_sat;
    assert_true(third_sat > second_sat && third_sat <= first.max_fee_sat);
    offer.fee_sat = third_sat; /* agreed */
    assert_int_equal(hand(0, &offer), LN_CHANNEL_OK);
    assert_int_equal(channel_of(0)->stage, LN_STAGE_CLOSED);
    assert_int_equal(duo.ends[0].out.count, 0);
}

static void an_end_that_can_go_no_further_warns(void **state)
{
    (void)state;
    struct ln_closing_signed first = reach_negotiation();
    struct offer offer = {10 * first.max_fee_sat, 0, 0, 0};
    enum ln_channel_result result = LN_CHANNEL_OK;
    unsigned rounds = 0;
    for (; result == LN_CHANNEL_OK && rounds < 20; rounds++) {
        result = hand(0, &offer);
        offer.fee_sat -= 10;
    }
    assert_int_equal(result, LN_CHANNEL_RANGE);
    assert_true(rounds >= 2 && channel_of(0)->stage == LN_STAGE_NORMAL);
    assert_int_equal(channel_of(0)->shutdown.fee_sat, first.max_fee_sat); /* never more than it wanted to pay */
}

static void a_legacy_offer_is_taken_at_once_if_it_is_fair(void **state)
{
    (void)state;
    struct ln_closing_signed first = reach_negotiation();
    struct offer offer = {first.fee_sat - 3, 0, 0, 0};
    assert_int_equal(hand(1, &offer), LN_CHANNEL_OK);
    assert_int_equal(pop(1).closing_signed.fee_sat, first.fee_sat - 3);
    assert_int_equal(channel_of(1)->stage, LN_STAGE_CLOSED);
}

static void the_peer_may_leave_out_its_own_output(void **state)
{
    (void)state;
    struct ln_closing_signed first = reach_negotiation();
    struct offer offer = {first.fee_sat, first.min_fee_sat, first.max_fee_sat, 1u << LN_US};
    assert_int_equal(hand(0, &offer), LN_CHANNEL_OK);
    assert_int_equal(channel_of(0)->stage, LN_STAGE_CLOSED);
    reach_negotiation();
    offer.omitted = 1u << LN_THEM; /* but not ours */
    assert_int_equal(hand(0, &offer), LN_CHANNEL_SIGNATURE);
}

static void closing_signed_out_of_place_is_refused(void **state)
{
    (void)state;
    duo_init(&duo, &usual);
    struct offer offer = {1000, 500, 2000, 0};
    assert_int_equal(hand(0, &offer), LN_CHANNEL_MESSAGE);
    assert_int_equal(ln_channel_shutdown(channel_of(0), shop_of(0)), LN_CHANNEL_OK);
    duo_take(&duo, 0);
    assert_int_equal(hand(0, &offer), LN_CHANNEL_MESSAGE);
    reach_negotiation();
    struct ln_message message = forge(1, &offer);
    message.closing_signed.signature[40] ^= 1;
    assert_int_equal(ln_channel_receive(channel_of(0), shop_of(0), &message), LN_CHANNEL_SIGNATURE);
}

static void an_output_below_the_dust_limit_is_left_out(void **state)
{
    struct duo_setup setup = usual;
    (void)state;
    setup.push_msat = 400000; /* more than the accepter's limit of 354, less than the opener's of 546 */
    duo_init(&duo, &setup);
    assert_int_equal(ln_channel_shutdown(channel_of(1), shop_of(1)), LN_CHANNEL_OK);
    duo_take(&duo, 1);
    duo_settle(&duo);
    assert_int_equal(channel_of(0)->stage, LN_STAGE_CLOSED);
    assert_int_equal(channel_of(1)->stage, LN_STAGE_CLOSED);
    assert_int_equal(duo.last_tx_length[0], duo.last_tx_length[1]);
    assert_memory_equal(duo.last_tx[0], duo.last_tx[1], duo.last_tx_length[0]);
}

static void a_channel_may_close_before_it_is_ready(void **state)
{
    struct ln_opening opening = {.funding_sat = 1000000, .push_msat = 300000000, .feerate_sat_per_kwu = 1000};
    struct btc_outpoint outpoint = {.index = 3};
    (void)state;
    duo_begin(&duo, &usual);
    assert_int_equal(ln_channel_shutdown(channel_of(0), shop_of(0)), LN_CHANNEL_STAGE); /* nothing is funded */
    assert_int_equal(ln_establish_open(channel_of(0), shop_of(0), &opening), LN_CHANNEL_OK);
    duo_take(&duo, 0);
    duo_deliver(&duo, 0);
    duo_deliver(&duo, 1);
    assert_int_equal(ln_establish_fund(channel_of(0), shop_of(0), &outpoint), LN_CHANNEL_OK);
    duo_take(&duo, 0);
    duo_settle(&duo);
    assert_int_equal(channel_of(1)->stage, LN_STAGE_FUNDED);
    assert_int_equal(ln_channel_shutdown(channel_of(1), shop_of(1)), LN_CHANNEL_OK);
    duo_take(&duo, 1);
    duo_settle(&duo);
    for (unsigned end = 0; end < 2; end++) {
        assert_int_equal(channel_of(end)->stage, LN_STAGE_CLOSED);
        assert_int_equal(duo.ends[end].transactions, 1);
    }
}

static void who_waits_for_a_closing_in_vain_gives_up(void **state)
{
    (void)state;
    reach_negotiation(); /* the offer is lost; the connection stands */
    channel_of(1)->policy.closing_patience_blocks = 10;
    for (uint32_t height = 200; height < 210; height++) {
        assert_int_equal(ln_channel_block(channel_of(1), shop_of(1), height, 100), LN_CHANNEL_OK);
        assert_int_equal(channel_of(1)->stage, LN_STAGE_NORMAL);
    }
    assert_int_equal(ln_channel_block(channel_of(1), shop_of(1), 210, 100), LN_CHANNEL_OK);
    assert_int_equal(channel_of(1)->stage, LN_STAGE_FAILED);
    duo_take(&duo, 1);
    assert_int_equal(duo.ends[1].transactions, 1);
}

static void nothing_is_added_behind_a_shutdown_but_the_feerate_may_change(void **state)
{
    (void)state;
    duo_init(&duo, &usual);
    assert_int_equal(duo_add(&duo, 0, 20000000, 1), LN_CHANNEL_OK);
    duo_settle(&duo);
    assert_int_equal(duo_add(&duo, 0, 20000000, 2), LN_CHANNEL_OK);
    struct ln_message add = pop(0); /* as a peer might send it too late */
    uint8_t onion[LN_ONION_BYTES];
    memcpy(onion, add.add.onion.data, sizeof onion);
    add.add.onion = btc_bytes(onion, sizeof onion);
    duo_disconnect(&duo);
    duo_reconnect(&duo);
    duo_settle(&duo);
    duo_fail(&duo, 1, 1);
    duo_settle(&duo);
    assert_int_equal(ln_channel_shutdown(channel_of(0), shop_of(0)), LN_CHANNEL_OK);
    assert_int_equal(ln_channel_shutdown(channel_of(0), shop_of(0)), LN_CHANNEL_STAGE); /* once */
    duo_take(&duo, 0);
    duo_settle(&duo);
    add.add.id = 2;
    assert_int_equal(ln_channel_receive(channel_of(1), shop_of(1), &add), LN_CHANNEL_MESSAGE);
    assert_int_equal(duo_add(&duo, 1, 20000000, 2), LN_CHANNEL_STAGE);
    assert_int_equal(ln_channel_update_fee(channel_of(0), shop_of(0), 1200), LN_CHANNEL_OK);
    duo_take(&duo, 0);
    duo_settle(&duo);
    duo_fulfill(&duo, 1, 0, 1);
    duo_settle(&duo);
    assert_int_equal(channel_of(0)->stage, LN_STAGE_CLOSED);
    assert_int_equal(ln_channel_update_fee(channel_of(0), shop_of(0), 1300), LN_CHANNEL_STAGE);
}

static void later_witness_versions_need_their_feature(void **state)
{
    static const uint8_t taproot[34] = {0x51, 32, 7};
    (void)state;
    for (unsigned allowed = 0; allowed < 2; allowed++) {
        struct duo_setup setup = usual;
        setup.flags |= allowed ? LN_CHANNEL_ANY_SEGWIT : 0;
        duo_init(&duo, &setup);
        channel_of(1)->has_their_upfront = false;
        struct ln_message message = {.type = LN_SHUTDOWN};
        memcpy(message.shutdown.channel_id, channel_of(0)->id, 32);
        message.shutdown.script = btc_bytes(taproot, sizeof taproot);
        enum ln_channel_result result = ln_channel_receive(channel_of(1), shop_of(1), &message);
        assert_int_equal(result, allowed ? LN_CHANNEL_OK : LN_CHANNEL_SCRIPT);
        duo_take(&duo, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_opener_takes_what_is_in_both_ranges_and_says_so),
        cmocka_unit_test(an_offer_outside_the_overlap_fails_the_channel),
        cmocka_unit_test(ranges_that_do_not_meet_are_warned_of),
        cmocka_unit_test(who_does_not_pay_chooses_from_the_overlap_once),
        cmocka_unit_test(without_ranges_offers_go_strictly_between),
        cmocka_unit_test(an_end_that_can_go_no_further_warns),
        cmocka_unit_test(a_legacy_offer_is_taken_at_once_if_it_is_fair),
        cmocka_unit_test(the_peer_may_leave_out_its_own_output),
        cmocka_unit_test(closing_signed_out_of_place_is_refused),
        cmocka_unit_test(an_output_below_the_dust_limit_is_left_out),
        cmocka_unit_test(a_channel_may_close_before_it_is_ready),
        cmocka_unit_test(who_waits_for_a_closing_in_vain_gives_up),
        cmocka_unit_test(nothing_is_added_behind_a_shutdown_but_the_feerate_may_change),
        cmocka_unit_test(later_witness_versions_need_their_feature),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
