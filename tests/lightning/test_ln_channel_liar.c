/* test_ln_channel_liar.c: a peer that drops, repeats, alters and invents messages and keeps no limit.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     test_ln_channel_liar [SEED [RUNS]]
 *
 *     liar ──► dropped, said again, altered in any byte, said long ago, or invented ──► the end under test
 *
 * The liar is a channel of ours whose limits are lifted, so what it says is signed as it must be. Whatever it does: a
 * message that is refused changes nothing; sums are exact; the end under test never has less than it began with but for
 * what it was given a preimage for; its commitment keeps to the limits that it set, and passes the interpreter; no
 * secret leaves but that of the commitment before its newest, none is taken but the one that is due; what it broadcasts
 * in the end is the newest.
 */
#include <stdlib.h>

#include "protocol/bitcoin/hash.h"
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/dice.h"
#include "tests/lightning/duo.h"

#define RUNS      600
#define STEPS     250
#define LOG       64
#define LOG_BYTES 3000
#define IDS       1024

struct liar {
    struct duo duo;
    struct dice dice;
    unsigned us; /* the end under test */
    bool over;
    uint64_t start_msat;
    uint64_t paid_msat[IDS]; /* of its own HTLCs, by id, for which it has the preimage */
    bool had_reserve[2];
    uint8_t log[LOG][LOG_BYTES]; /* what the liar has said */
    size_t log_length[LOG];
    unsigned log_count;
    uint64_t results[LN_CHANNEL_RESULTS]; /* of all runs */
};

static struct liar liar;
static uint64_t first_seed = 1;
static unsigned run_count = RUNS;

static struct ln_channel *channel_of(unsigned end)
{
    return &liar.duo.ends[end].channel;
}

static const struct ln_workshop *shop_of(unsigned end)
{
    return &liar.duo.ends[end].shop;
}

static unsigned draw(unsigned below)
{
    return dice_below(&liar.dice, below);
}

/* ---- what must hold ---- */

static void check_secret(const uint8_t *message)
{
    struct ln_channel copy = *channel_of(liar.us);
    uint8_t secret[32];
    assert_true(copy.local_number > 0);
    ln_keyring_secret(&copy.keyring, secret, copy.local_number - 1);
    assert_memory_equal(message + 34, secret, 32);
}

static void note_preimage(const struct ln_event *event)
{
    uint8_t hash[32];
    btc_sha256(hash, event->answer, 32);
    assert_memory_equal(hash, event->payment_hash, 32);
    assert_true(event->id < IDS);
    liar.paid_msat[event->id] = event->amount_msat;
}

/* Takes what the last call left. */
static void take(unsigned end)
{
    const struct ln_effects *effects = &liar.duo.effects;
    for (uint32_t i = 0; i < effects->count && end == liar.us; i++) {
        const struct ln_effect *effect = &effects->list[i];
        if (effect->kind == LN_EFFECT_MESSAGE &&
            (effect->bytes.data[0] << 8 | effect->bytes.data[1]) == LN_REVOKE_AND_ACK) {
            check_secret(effect->bytes.data);
        }
        if (effect->kind == LN_EFFECT_EVENT && effect->event.kind == LN_EVENT_FULFILLED) {
            note_preimage(&effect->event);
        }
    }
    duo_take(&liar.duo, end);
}

static void check_sums(const struct ln_channel *channel, const struct ln_workshop *shop)
{
    static const struct ln_look looks[4] = {
        {LN_US, LN_STEP_NONE}, {LN_THEM, LN_STEP_NONE}, {LN_US, LN_RECEIVE_COMMIT}, {LN_THEM, LN_SEND_COMMIT}};
    for (unsigned n = 0; n < 4; n++) {
        uint64_t balance_msat[2];
        ln_look_balances(channel, shop, looks[n], balance_msat);
        uint64_t sum_msat = balance_msat[0] + balance_msat[1];
        for (uint32_t i = channel->first_record; i != LN_RECORD_NONE; i = ln_record_of(shop, i)->next) {
            const struct ln_slot *record = ln_record_of(shop, i);
            sum_msat += ln_look_has(looks[n], record->state) ? record->amount_msat : 0;
        }
        assert_int_equal(sum_msat, 1000 * channel->funding_sat);
    }
}

/* Our commitment as it could be broadcast now. */
static void check_wealth(const struct ln_channel *channel, const struct ln_workshop *shop)
{
    struct ln_look ours = {LN_US, LN_STEP_NONE};
    uint64_t balance_msat[2], in_flight_msat[2] = {0, 0}, paid_msat = 0;
    uint32_t count[2] = {0, 0};
    ln_look_balances(channel, shop, ours, balance_msat);
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE; i = ln_record_of(shop, i)->next) {
        const struct ln_slot *record = ln_record_of(shop, i);
        unsigned owner = ln_htlc_row(record->state)->owner;
        if (ln_look_has(ours, record->state)) {
            in_flight_msat[owner] += record->amount_msat;
            count[owner]++;
        }
    }
    for (unsigned id = 0; id < IDS; id++) {
        paid_msat += liar.paid_msat[id];
    }
    assert_true(balance_msat[LN_US] + in_flight_msat[LN_US] + paid_msat >= liar.start_msat);
    assert_true(count[LN_THEM] <= channel->policy.terms.max_accepted_htlcs);
    assert_true(in_flight_msat[LN_THEM] <= channel->policy.terms.max_in_flight_msat);
    for (unsigned side = LN_US; side <= LN_THEM; side++) {
        const struct ln_terms *other = ln_channel_terms(channel, ln_other_side((enum ln_side)side));
        bool has = balance_msat[side] >= 1000 * other->reserve_sat;
        assert_true(has || !liar.had_reserve[side]);
        liar.had_reserve[side] = has;
    }
}

static void audit(void)
{
    check_sums(channel_of(liar.us), shop_of(liar.us));
    check_wealth(channel_of(liar.us), shop_of(liar.us));
    assert_int_equal(liar.duo.scratch.used, 0);
}

static void no_preimage(void *context, uint8_t preimage[32], const struct ln_htlc *htlc)
{
    (void)context;
    (void)htlc;
    memset(preimage, 0, 32);
}

static void judge(void)
{
    struct court_case what = {
        .court = &liar.duo.court, .shop = shop_of(liar.us), .preimage = no_preimage, .only_commitment = true};
    court_judge_end(&what, channel_of(liar.us));
}

/* ---- the connection ---- */

/* The liar offers again only what it likes. */
static void join_anew(void)
{
    unsigned other = 1 - liar.us;
    duo_disconnect(&liar.duo);
    if (draw(4) != 0) {
        ln_channel_withdraw(channel_of(other), shop_of(other), UINT32_MAX);
    }
    ln_effects_clear(&liar.duo.effects);
    for (unsigned end = 0; end < 2; end++) {
        ln_channel_reconnect(channel_of(end), shop_of(end));
        take(end);
    }
}

/* Our commitment goes to the chain: the newest, and it is good. */
static void give_up(void)
{
    struct ln_channel *channel = channel_of(liar.us);
    uint64_t before = liar.duo.ends[liar.us].transactions;
    bool lost = channel->stage == LN_STAGE_LOST;
    enum ln_channel_result result = ln_channel_fail(channel, shop_of(liar.us), btc_bytes(NULL, 0));
    take(liar.us);
    assert_int_equal(result == LN_CHANNEL_OK, !lost && channel->stage == LN_STAGE_FAILED);
    assert_int_equal(liar.duo.ends[liar.us].transactions, before + (result == LN_CHANNEL_OK));
    liar.over = true;
}

/* ---- what is heard ---- */

struct trace {
    struct ln_channel channel;
    uint64_t records;
    uint32_t used;
};

static struct trace trace_of(unsigned end)
{
    struct trace trace = {.channel = *channel_of(end), .used = liar.duo.ends[end].pool.used};
    for (uint32_t i = trace.channel.first_record; i != LN_RECORD_NONE; i = liar.duo.ends[end].slots[i].next) {
        const struct ln_slot *slot = &liar.duo.ends[end].slots[i];
        trace.records = trace.records * UINT64_C(0x9e3779b97f4a7c15) + slot->id * 64 + slot->state + slot->amount_msat;
    }
    return trace;
}

/* What was accepted is in its place. */
static void check_accepted(const struct ln_message *message, const struct ln_channel *before)
{
    const struct ln_channel *us = channel_of(liar.us);
    struct ln_point point;
    uint8_t secret[32];
    if (message->type == LN_COMMITMENT_SIGNED) {
        judge();
    } else if (message->type == LN_UPDATE_ADD_HTLC) {
        assert_true(message->add.id == before->next_id[LN_THEM] && us->next_id[LN_THEM] == message->add.id + 1);
    } else if (message->type == LN_REVOKE_AND_ACK) {
        assert_true(before->awaiting_revoke);
        assert_true(ln_secrets_get(&us->their_secrets, secret, LN_SECRET_FIRST - (before->remote_number - 1)) &&
                    ln_backend_point(&liar.duo.backend, &point, secret));
        assert_memory_equal(point.wire, before->their_point.wire, 33);
    }
}

/* The end under test hears something. */
static void hear(const struct ln_message *message)
{
    const size_t behind = offsetof(struct ln_channel, their_secrets); /* keys keep where they have last reckoned */
    struct trace before = trace_of(liar.us);
    enum ln_channel_result result = ln_channel_receive(channel_of(liar.us), shop_of(liar.us), message);
    liar.results[result]++;
    if (result == LN_CHANNEL_OK) {
        take(liar.us);
        check_accepted(message, &before.channel);
        liar.over |= channel_of(liar.us)->stage > LN_STAGE_NORMAL;
        return;
    }
    struct trace after = trace_of(liar.us);
    assert_int_equal(liar.duo.effects.count, 0);
    assert_memory_equal((uint8_t *)&after.channel + behind, (uint8_t *)&before.channel + behind,
                        sizeof before.channel - behind);
    assert_true(after.records == before.records && after.used == before.used);
    if (ln_channel_verdict(result) == LN_VERDICT_FAIL && draw(8) == 0) {
        give_up();
    } else {
        join_anew(); /* a node would give up; this one shows more */
    }
}

static void hear_bytes(uint8_t *bytes, size_t length)
{
    struct ln_message message;
    uint16_t type = (uint16_t)(bytes[0] << 8 | bytes[1]);
    if (ln_message_decode(&message, NULL, bytes, length) == LN_WIRE_OK && ln_message_name(type) != NULL &&
        type != LN_ERROR) {
        hear(&message);
    }
}

/* ---- what the liar does with what it has to say ---- */

static size_t next_of(unsigned end, uint8_t *bytes)
{
    struct duo_queue *queue = &liar.duo.ends[end].out;
    uint32_t length;
    memcpy(&length, queue->bytes + queue->head, 4);
    memcpy(bytes, queue->bytes + queue->head + 4, length);
    queue->head += 4 + length;
    queue->count--;
    if (queue->count == 0) {
        queue->head = queue->tail = 0;
    }
    return length;
}

static size_t alter(uint8_t *bytes, size_t length)
{
    for (unsigned times = 1 + draw(3); times > 0; times--) {
        size_t at =
            draw(8) == 0 ? 2 + draw((unsigned)length - 2) : 34 + draw(length > 110 ? 76 : (unsigned)length - 34);
        switch (draw(4)) {
        case 0:
            bytes[at] ^= (uint8_t)(1u << draw(8));
            break;
        case 1:
            bytes[at]++;
            break;
        case 2:
            bytes[at]--;
            break;
        case 3:
            memset(bytes + at, draw(2) ? 0xff : 0, length - at < 8 ? length - at : 8);
            break;
        }
    }
    return draw(16) == 0 ? length - draw((unsigned)length - 34) : length;
}

static void keep(const uint8_t *bytes, size_t length)
{
    if (length <= LOG_BYTES) {
        unsigned slot = liar.log_count++ % LOG;
        memcpy(liar.log[slot], bytes, length);
        liar.log_length[slot] = length;
    }
}

static void say(void)
{
    static uint8_t bytes[65536];
    if (liar.duo.ends[1 - liar.us].out.count == 0) {
        return;
    }
    size_t length = next_of(1 - liar.us, bytes);
    keep(bytes, length);
    switch (draw(40)) {
    case 0: /* never said */
        return;
    case 1: /* said twice */
        hear_bytes(bytes, length);
        break;
    case 2:
    case 3:
        length = alter(bytes, length);
        break;
    }
    if (!liar.over) {
        hear_bytes(bytes, length);
    }
}

static void say_again(void)
{
    static uint8_t bytes[LOG_BYTES];
    if (liar.log_count > 0) {
        unsigned slot = draw(liar.log_count < LOG ? liar.log_count : LOG);
        size_t length = liar.log_length[slot];
        memcpy(bytes, liar.log[slot], length);
        hear_bytes(bytes, draw(2) ? alter(bytes, length) : length);
    }
}

static uint64_t odd_number(uint64_t near)
{
    const uint64_t numbers[8] = {
        near, near + 1, near - 1, 0, 1, UINT64_MAX, UINT32_MAX, 1ull << 48,
    };
    return numbers[draw(8)];
}

/* What no honest end says here. */
static void invent(void)
{
    static const uint8_t reason[60000];
    static const uint8_t onion[LN_ONION_BYTES];
    static const uint16_t types[] = {128, 128, 130, 131, 131, 132, 133, 134, 135, 136, 36, 38, 39};
    struct ln_message message = {.type = types[draw(13)]};
    struct ln_channel *us = channel_of(liar.us);
    memcpy(message.complaint.channel_id, us->id, 32);
    uint64_t id = odd_number(us->next_id[message.type == LN_UPDATE_ADD_HTLC ? LN_THEM : LN_US]);
    if (message.type == LN_UPDATE_ADD_HTLC) {
        message.add.id = id;
        message.add.amount_msat = odd_number(us->settled_msat[LN_THEM]);
        message.add.cltv_expiry_height = (uint32_t)odd_number(LN_EXPIRY_BEHIND);
        message.add.onion = btc_bytes(onion, sizeof onion);
    } else if (message.type == LN_UPDATE_FULFILL_HTLC) {
        message.fulfill.id = id;
    } else if (message.type == LN_UPDATE_FAIL_HTLC) {
        message.fail.id = draw(us->next_id[LN_US] + 1 < 100 ? (unsigned)us->next_id[LN_US] + 1 : 100);
        message.fail.reason = btc_bytes(reason, draw(2) ? sizeof reason : LN_BLOB_BYTES + draw(2));
    } else if (message.type == LN_REVOKE_AND_ACK) { /* revokes what it must not, with the right secret */
        struct ln_channel *other = channel_of(1 - liar.us);
        ln_keyring_secret(&other->keyring, message.revoke_and_ack.per_commitment_secret, other->local_number);
        memcpy(message.revoke_and_ack.next_per_commitment_point, us->their_point.wire, 33);
    } else if (message.type == LN_UPDATE_FEE) {
        message.fee.feerate_sat_per_kwu = (uint32_t)odd_number(us->fees.rate_sat_per_kwu[LN_LIVE]);
    } else if (message.type == LN_CHANNEL_REESTABLISH) {
        message.reestablish.next_commitment_number = odd_number(us->remote_number + 1);
        message.reestablish.next_revocation_number = odd_number(us->local_number);
    } else if (message.type == LN_CLOSING_SIGNED) {
        message.closing_signed.fee_sat = odd_number(us->shutdown.fee_sat);
    } else if (message.type == LN_UPDATE_FAIL_MALFORMED_HTLC) {
        message.malformed.id = id;
        message.malformed.failure_code = (uint16_t)draw(65536);
    }
    hear(&message);
}

/* ---- steps ---- */

static void remove_any(unsigned end)
{
    struct ln_channel *channel = channel_of(end);
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE; i = liar.duo.ends[end].slots[i].next) {
        const struct ln_slot *slot = &liar.duo.ends[end].slots[i];
        if (slot->state != ln_htlc_state(LN_THEM, LN_LIVE) || draw(2) == 0) {
            continue;
        }
        uint8_t preimage[32];
        memset(preimage, (int)(slot->cltv_expiry_height - 500), 32);
        enum ln_channel_result result =
            draw(2) ? ln_channel_fulfill(channel, shop_of(end), slot->id, preimage, btc_bytes(NULL, 0))
                    : ln_channel_fail_htlc(channel, shop_of(end), slot->id, btc_bytes(NULL, 0), btc_bytes(NULL, 0));
        (void)result;
        take(end);
        return;
    }
}

static void hear_us(void)
{
    static uint8_t bytes[65536];
    unsigned other = 1 - liar.us;
    struct ln_message message;
    if (liar.duo.ends[liar.us].out.count == 0) {
        return;
    }
    size_t length = next_of(liar.us, bytes);
    assert_int_equal(ln_message_decode(&message, NULL, bytes, length), LN_WIRE_OK);
    enum ln_channel_result result = ln_channel_receive(channel_of(other), shop_of(other), &message);
    take(other);
    if (result != LN_CHANNEL_OK && draw(2)) {
        join_anew(); /* it has lost the thread; or it goes on all the same */
    }
}

static void command(unsigned end)
{
    static const uint64_t amounts_msat[8] = {1, 300000, 500000, 2000000, 20000000, 90000000, 300000000, 900000000};
    enum ln_channel_result result = LN_CHANNEL_OK;
    uint64_t amount_msat = amounts_msat[draw(8)] + draw(1000);
    unsigned kind = draw(40);
    if (kind == 0) {
        result = ln_channel_shutdown(channel_of(end), shop_of(end));
    } else if (kind < 4) {
        result = ln_channel_update_fee(channel_of(end), shop_of(end), draw(4) ? 253 + draw(5000) : draw(200000));
    } else if (kind < 24) {
        result = duo_add(&liar.duo, end, amount_msat, draw(200));
    } else {
        remove_any(end);
    }
    (void)result;
    take(end);
}

static void step(void)
{
    unsigned end = draw(2);
    unsigned kind = draw(100);
    enum ln_channel_result result = LN_CHANNEL_OK;
    if (kind < 30) {
        say();
    } else if (kind < 58) {
        hear_us();
    } else if (kind < 75) {
        result = ln_channel_tick(channel_of(end), shop_of(end));
        take(end);
    } else if (kind < 94) {
        command(end);
    } else if (kind < 96) {
        join_anew();
    } else if (kind < 98) {
        say_again();
    } else {
        invent();
    }
    (void)result;
    audit();
}

/* The liar thinks that it may do anything. */
static void lift_limits(struct ln_channel *channel)
{
    channel->their_terms.reserve_sat = 0;
    channel->their_terms.htlc_minimum_msat = 0;
    channel->their_terms.max_in_flight_msat = UINT64_MAX;
    channel->their_terms.max_accepted_htlcs = UINT16_MAX;
    channel->policy.max_dust_exposure_msat = UINT64_MAX;
    channel->policy.feerate_min_sat_per_kwu = 0;
    channel->policy.feerate_max_sat_per_kwu = UINT32_MAX / 4;
}

static void run(uint64_t seed)
{
    struct duo_setup setup = {
        .backend = LN_BACKEND_TOKEN, .slots = 128, .feerate_sat_per_kwu = 1000, .funding_sat = 1000000};
    liar.dice = (struct dice){seed};
    setup.flags = draw(2) ? LN_CHANNEL_ANCHORS : 0;
    setup.push_msat = draw(990000) * UINT64_C(1000);
    liar.us = draw(2);
    liar.over = false;
    liar.log_count = 0;
    memset(liar.paid_msat, 0, sizeof liar.paid_msat);
    memset(liar.had_reserve, 0, sizeof liar.had_reserve);
    liar.duo.court.depth = COURT_BRIEF;
    duo_init(&liar.duo, &setup);
    struct ln_channel *us = channel_of(liar.us);
    us->policy.terms.max_accepted_htlcs = (uint16_t)(1 + draw(12));
    us->policy.terms.max_in_flight_msat = 1000000 * (uint64_t)(1 + draw(900));
    us->policy.terms.htlc_minimum_msat = draw(2) ? 1 : 400000;
    liar.start_msat = us->settled_msat[LN_US];
    lift_limits(channel_of(1 - liar.us));
    for (unsigned i = 0; i < STEPS && !liar.over; i++) {
        step();
    }
    if (!liar.over) {
        give_up();
    }
}

static void a_liar_gets_nothing(void **state)
{
    unsigned kinds = 0;
    (void)state;
    for (unsigned i = 0; i < run_count; i++) {
        liar.duo.event_count = 0;
        run(first_seed + i);
    }
    for (unsigned i = 0; i < LN_CHANNEL_RESULTS; i++) {
        if (liar.results[i] != 0) {
            printf("%8llu %s\n", (unsigned long long)liar.results[i],
                   ln_channel_result_text((enum ln_channel_result)i));
            kinds++;
        }
    }
    assert_true(run_count < RUNS || kinds >= 18);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_liar_gets_nothing)};
    if (argc > 1) {
        first_seed = strtoull(argv[1], NULL, 0);
        run_count = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 0) : 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
