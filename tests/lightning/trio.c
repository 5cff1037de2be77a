/* trio.c: three nodes in a row, driven by bytes.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "tests/lightning/trio_check.h"

#define HELD_MAX 48 /* payments under way: far enough from the pools' end */

static trio_hear act_on_event;

static void take(struct trio *trio, unsigned link, unsigned side)
{
    trio_take(trio, link, side, act_on_event);
}

static void fault(const char *what)
{
    fprintf(stderr, "%s\n", what);
    abort();
}

/* ---- nodes ---- */

static struct ln_slot *find_by_hash(struct trio_end *end, enum ln_side owner, const uint8_t hash[32])
{
    for (uint32_t i = end->channel.first_record; i != LN_RECORD_NONE; i = end->slots[i].next) {
        if (ln_htlc_row(end->slots[i].state)->owner == owner && memcmp(end->slots[i].payment_hash, hash, 32) == 0) {
            return &end->slots[i];
        }
    }
    return NULL;
}

/* Whether an HTLC that we offered for a payment is there, or how it ended is still to be heard. */
static bool is_offered(struct trio_end *end, const struct trio_payment *payment)
{
    return find_by_hash(end, LN_US, payment->hash) != NULL || trio_waits(end, payment->hash);
}

/* The link that a node offers a payment on. */
static unsigned link_out(const struct trio_payment *payment, unsigned node)
{
    return payment->payee > node ? node : node - 1;
}

/* Fulfils or fails the HTLC by which a node gets a payment, if it is live. */
static void answer(struct trio *trio, unsigned link, unsigned side, uint32_t payment, bool pay)
{
    struct trio_end *end = trio_end_at(trio, link, side);
    struct ln_slot *slot = find_by_hash(end, LN_THEM, trio->payments[payment].hash);
    if (slot == NULL || slot->state != ln_htlc_state(LN_THEM, LN_LIVE)) {
        return;
    }
    uint8_t preimage[32];
    static const uint8_t reason[292] = {9};
    trio_preimage(preimage, payment);
    enum ln_channel_result result;
    if (pay && !(slot->flags & LN_RECORD_EXPOSED)) {
        result = ln_channel_fulfill(&end->channel, &end->shop, slot->id, preimage, btc_bytes(NULL, 0));
    } else if (payment % 5 == 0) {
        result = ln_channel_fail_malformed(&end->channel, &end->shop, slot->id, preimage, 0xc005);
    } else {
        result = ln_channel_fail_htlc(&end->channel, &end->shop, slot->id, btc_bytes(reason, sizeof reason),
                                      btc_bytes(NULL, 0));
    }
    CHECK(result == LN_CHANNEL_OK);
    take(trio, link, side);
}

/* Offers a payment on the way to its payee. Returns false if the channel does not take it. */
static bool offer(struct trio *trio, unsigned node, uint32_t payment)
{
    struct trio_payment *what = &trio->payments[payment];
    unsigned link = link_out(what, node);
    unsigned side = what->payee > node ? 0 : 1;
    struct trio_end *end = trio_end_at(trio, link, side);
    static const uint8_t onion[LN_ONION_BYTES] = {0};
    uint64_t id;
    struct ln_add add = {.amount_msat = what->amount_msat - (node == what->payer ? 0 : TRIO_FEE_MSAT),
                         .cltv_expiry_height = 1000 - 40 * node,
                         .payment_hash = what->hash,
                         .onion = onion};
    if (ln_channel_add(&end->channel, &end->shop, &id, &add) != LN_CHANNEL_OK) {
        return false;
    }
    what->next[node] = TRIO_UNDER_WAY;
    take(trio, link, side);
    return true;
}

/* A node has a live HTLC for a payment: it is the payee, or forwards once, or knows already how it ended. */
static void consider(struct trio *trio, unsigned link, unsigned side, uint32_t payment)
{
    unsigned node = trio_node_of(link, side);
    struct trio_payment *what = &trio->payments[payment];
    if (node == what->payee) {
        if (what->decided) {
            answer(trio, link, side, payment, what->accepts);
        }
        return;
    }
    struct ln_slot *slot = find_by_hash(trio_end_at(trio, link, side), LN_THEM, what->hash);
    if (slot == NULL || slot->state != ln_htlc_state(LN_THEM, LN_LIVE)) {
        return;
    }
    if (what->next[node] == TRIO_PAID || what->next[node] == TRIO_UNPAID) {
        answer(trio, link, side, payment, what->next[node] == TRIO_PAID);
        return;
    }
    unsigned out_side = what->payee > node ? 0 : 1;
    struct trio_end *out = trio_end_at(trio, link_out(what, node), out_side);
    if (what->next[node] == TRIO_UNDER_WAY && is_offered(out, what)) {
        return;
    }
    what->next[node] = TRIO_UNSENT; /* what was offered and never signed is lost with a crash */
    if ((slot->flags & LN_RECORD_EXPOSED) || !offer(trio, node, payment)) {
        if (what->next[node] == TRIO_UNSENT) {
            what->next[node] = TRIO_UNPAID;
            answer(trio, link, side, payment, false);
        }
    }
}

static void resolved(struct trio *trio, unsigned node, uint32_t payment, bool paid)
{
    struct trio_payment *what = &trio->payments[payment];
    CHECK(what->next[node] == TRIO_UNDER_WAY || (paid && what->next[node] == TRIO_PAID));
    what->next[node] = paid ? TRIO_PAID : TRIO_UNPAID;
    if (node == what->payer) {
        CHECK(what->outcome == TRIO_UNDER_WAY || (paid && what->outcome == TRIO_PAID));
        what->outcome = what->next[node];
        return;
    }
    /* the other link of the node in the middle */
    answer(trio, what->payer < node ? 0 : 1, what->payer < node ? 1 : 0, payment, paid);
}

static void act_on_event(struct trio *trio, unsigned link, unsigned side, const struct ln_effect *effect)
{
    const struct ln_event *event = &effect->event;
    switch (event->kind) {
    case LN_EVENT_HTLC:
    case LN_EVENT_HTLC_EXPOSED:
        consider(trio, link, side, trio_payment_of(trio, event->payment_hash));
        break;
    case LN_EVENT_FULFILLED:
        resolved(trio, trio_node_of(link, side), trio_payment_of(trio, event->payment_hash), true);
        break;
    case LN_EVENT_FAILED:
        resolved(trio, trio_node_of(link, side), trio_payment_of(trio, event->payment_hash), false);
        break;
    case LN_EVENT_FAILURE:
    case LN_EVENT_DATA_LOSS:
        fault("an honest channel fails");
        break;
    case LN_EVENT_FUND:
    case LN_EVENT_FUNDING_SAFE:
    case LN_EVENT_READY:
    case LN_EVENT_SETTLED:
    case LN_EVENT_SHUTDOWN:
    case LN_EVENT_CLOSED:
        break;
    }
}

/* What a node does when it is up and connected: it looks at all its live HTLCs. */
static void reconsider(struct trio *trio, unsigned link, unsigned side)
{
    struct trio_end *end = trio_end_at(trio, link, side);
    for (uint32_t p = 0; p < trio->payment_count; p++) {
        struct ln_slot *slot = find_by_hash(end, LN_THEM, trio->payments[p].hash);
        if (slot != NULL && slot->state == ln_htlc_state(LN_THEM, LN_LIVE)) {
            consider(trio, link, side, p);
        }
    }
}

static void tick(struct trio *trio, unsigned link, unsigned side)
{
    struct trio_end *end = trio_end_at(trio, link, side);
    CHECK(ln_channel_tick(&end->channel, &end->shop) == LN_CHANNEL_OK);
    take(trio, link, side);
}

/* ---- steps ---- */

static void pay(struct trio *trio, unsigned kind, uint8_t argument)
{
    static const uint8_t ways[6][2] = {{0, 2}, {2, 0}, {0, 1}, {1, 2}, {2, 1}, {1, 0}};
    static const uint64_t amounts_msat[8] = {2000, 200000, 400000, 700001, 3000000, 12345678, 40000000, 90000000};
    uint32_t under_way = 0;
    for (uint32_t i = 0; i < trio->payment_count; i++) {
        under_way += trio->payments[i].outcome == TRIO_UNDER_WAY;
    }
    if (trio->payment_count == TRIO_PAYMENTS || under_way >= HELD_MAX) {
        return;
    }
    uint32_t number = trio->payment_count;
    trio->payments[number] = (struct trio_payment){.payer = ways[kind % 6][0],
                                                   .payee = ways[kind % 6][1],
                                                   .decided = argument & 8,
                                                   .accepts = argument & 0x30,
                                                   .amount_msat = amounts_msat[argument % 8] + TRIO_FEE_MSAT};
    uint8_t preimage[32];
    trio_preimage(preimage, number);
    btc_sha256(trio->payments[number].hash, preimage, 32);
    trio->payment_count++;
    if (offer(trio, ways[kind % 6][0], number)) {
        trio->payments[number].outcome = TRIO_UNDER_WAY;
    } else {
        trio->payments[number].outcome = TRIO_UNPAID;
        trio->payments[number].next[ways[kind % 6][0]] = TRIO_UNPAID;
    }
}

/* An add that was never signed goes with a crash of its payer: the payer then knows that it did not happen. */
static void forget_lost(struct trio *trio)
{
    for (uint32_t p = 0; p < trio->payment_count; p++) {
        struct trio_payment *what = &trio->payments[p];
        unsigned side = what->payee > what->payer ? 0 : 1;
        struct trio_end *end = trio_end_at(trio, link_out(what, what->payer), side);
        if (what->outcome == TRIO_UNDER_WAY && !is_offered(end, what)) {
            what->outcome = what->next[what->payer] = TRIO_UNPAID;
        }
    }
}

static void decide(struct trio *trio, uint8_t argument)
{
    for (uint32_t p = 0; p < trio->payment_count; p++) {
        struct trio_payment *what = &trio->payments[p];
        if (!what->decided && what->outcome == TRIO_UNDER_WAY) {
            what->decided = true;
            what->accepts = argument & 3;
            unsigned link = what->payer < what->payee ? what->payee - 1u : what->payee;
            answer(trio, link, what->payer < what->payee ? 1 : 0, p, what->accepts);
            return;
        }
    }
}

static void change_fee(struct trio *trio, unsigned link, uint8_t argument)
{
    struct trio_end *end = trio_end_at(trio, link, 0);
    enum ln_channel_result result = ln_channel_update_fee(&end->channel, &end->shop, 253 + 40u * argument);
    (void)result; /* refused when it cannot be paid or the link is down: that is its good right */
    take(trio, link, 0);
}

static void shut_down(struct trio *trio, unsigned link, unsigned side)
{
    struct trio_end *end = trio_end_at(trio, link, side);
    enum ln_channel_result result = ln_channel_shutdown(&end->channel, &end->shop);
    CHECK(result == LN_CHANNEL_OK || result == LN_CHANNEL_STAGE); /* the second: it is closing already */
    take(trio, link, side);
}

/* Everything is safe, connected, looked at and delivered, until nothing moves. */
static void settle(struct trio *trio)
{
    for (bool moved = true; moved;) {
        moved = false;
        for (unsigned at = 0; at < 4; at++) {
            struct trio_end *end = trio_end_at(trio, at / 2, at % 2);
            trio_join(trio, at / 2, act_on_event);
            reconsider(trio, at / 2, at % 2);
            tick(trio, at / 2, at % 2);
            moved |= end->asked != end->safe;
            trio_make_safe(trio, at / 2, at % 2, TRIO_UNSAFE, act_on_event);
            while (trio_deliver(trio, at / 2, at % 2, act_on_event)) {
                moved = true;
            }
        }
        forget_lost(trio);
    }
}

/* How many of 256 bytes mean what. */
enum kind { DELIVER, TICK, SAFE, PAY, DECIDE, CUT, JOIN, FEE, CRASH, DOOM, SHUTDOWN, SETTLE, KINDS };

static enum kind kind_of(uint8_t action)
{
    static const uint8_t below[KINDS - 1] = {
        [DELIVER] = 114, [TICK] = 165, [SAFE] = 178,  [PAY] = 208,  [DECIDE] = 232,  [CUT] = 237,
        [JOIN] = 246,    [FEE] = 249,  [CRASH] = 252, [DOOM] = 253, [SHUTDOWN] = 254};
    unsigned kind = DELIVER;
    while (kind < SETTLE && action >= below[kind]) {
        kind++;
    }
    return (enum kind)kind;
}

static void step_link(struct trio *trio, enum kind kind, uint8_t argument)
{
    unsigned link = argument >> 7;
    unsigned side = argument >> 6 & 1;
    if (kind == DELIVER) {
        trio_deliver(trio, link, side, act_on_event);
    } else if (kind == TICK) {
        tick(trio, link, side);
    } else if (kind == SAFE) {
        trio_make_safe(trio, link, side, 1 + argument % 3, act_on_event);
    } else if (kind == CUT) {
        trio_cut(trio, link);
        trio->totals.losses++;
    } else if (kind == JOIN) {
        trio_join(trio, link, act_on_event);
        reconsider(trio, link, 0);
        reconsider(trio, link, 1);
    } else if (kind == FEE) {
        change_fee(trio, link, argument & 63);
    } else if (kind == SHUTDOWN && trio->may_close && argument % 8 == 0) {
        shut_down(trio, link, side);
    }
}

static void step(struct trio *trio, uint8_t action, uint8_t argument)
{
    enum kind kind = kind_of(action);
    if (kind == PAY) {
        pay(trio, action, argument);
    } else if (kind == DECIDE) {
        decide(trio, argument);
    } else if (kind == CRASH) {
        trio_crash(trio, argument % 3, argument / 3, act_on_event);
        forget_lost(trio);
    } else if (kind == DOOM) {
        trio->doomed[argument % 3] = true;
    } else if (kind == SETTLE) {
        settle(trio);
    } else {
        step_link(trio, kind, argument);
    }
    trio->totals.steps++;
    trio_audit(trio);
}

/* ---- whole runs ---- */

static void open_link(struct trio *trio, unsigned link, const struct duo_setup *setup)
{
    struct ln_opening opening = {.funding_sat = setup->funding_sat,
                                 .push_msat = setup->push_msat,
                                 .feerate_sat_per_kwu = setup->feerate_sat_per_kwu};
    struct btc_outpoint outpoint = {.index = link};
    memset(opening.temporary_id, 7 + (int)link, 32);
    memset(outpoint.txid, 0xf0 + (int)link, 32);
    for (unsigned side = 0; side < 2; side++) {
        struct trio_end *end = trio_end_at(trio, link, side);
        struct ln_channel_policy policy = duo_policy(setup, side);
        uint8_t seed[32];
        memset(seed, 0x31 + (int)(2 * link + side), 32);
        ln_pool_init(&end->pool, end->slots, TRIO_SLOTS);
        end->shop = (struct ln_workshop){&trio->backend, &end->pool, &trio->scratch, &trio->effects};
        CHECK(ln_channel_init(&end->channel, &end->shop, &policy, seed));
    }
    struct trio_end *opener = trio_end_at(trio, link, 0);
    trio->joined[link] = true;
    CHECK(ln_establish_open(&opener->channel, &opener->shop, &opening) == LN_CHANNEL_OK);
    take(trio, link, 0);
    trio_deliver(trio, link, 0, act_on_event);
    trio_deliver(trio, link, 1, act_on_event);
    CHECK(ln_establish_fund(&opener->channel, &opener->shop, &outpoint) == LN_CHANNEL_OK);
    take(trio, link, 0);
    while (trio_deliver(trio, link, 0, act_on_event) || trio_deliver(trio, link, 1, act_on_event)) {
    }
    CHECK(trio_end_at(trio, link, 0)->channel.stage == LN_STAGE_NORMAL);
    CHECK(trio_end_at(trio, link, 1)->channel.stage == LN_STAGE_NORMAL);
}

static void begin(struct trio *trio, enum ln_backend_kind backend, uint8_t flavour)
{
    struct duo_setup setup = {.flags = (uint8_t)((flavour & 1 ? LN_CHANNEL_ANCHORS : 0) | LN_CHANNEL_ZERO_CONF),
                              .feerate_sat_per_kwu = 1000,
                              .funding_sat = flavour & 2 ? 1000000 : 250000,
                              .push_msat = flavour & 4 ? 0 : 100000000};
    if (flavour & 32) { /* the opener can pay for a few HTLCs beside its reserve */
        setup.push_msat = setup.funding_sat * 990 - 9000000;
    }
    for (unsigned at = 0; at < 4; at++) {
        struct trio_end *end = trio_end_at(trio, at / 2, at % 2);
        memset(end, 0, offsetof(struct trio_end, out));
        end->out.head = end->out.tail = end->out.count = 0;
    }
    memset(trio->doomed, 0, sizeof trio->doomed);
    memset(trio->transcript, 0, sizeof trio->transcript);
    trio->payment_count = 0;
    trio->late = false;
    trio->may_close = flavour & 16;
    if (trio->court.depth == COURT_EVERY_BIT) {
        trio->court.depth = COURT_SPARSE;
    }
    court_open(&trio->court, backend == LN_BACKEND_TOKEN ? ln_token_judge : NULL);
    btc_curve_init(&trio->curve);
    trio->backend = (struct ln_backend){.kind = backend, .curve = &trio->curve};
    if (backend == LN_BACKEND_MEMO) {
        CHECK(ln_memo_bytes(64, 1024) <= sizeof trio->memo_memory);
        ln_memo_init(&trio->memo, trio->memo_memory, 64, 1024);
        trio->backend.memo = &trio->memo;
    }
    ln_effects_init(&trio->effects, trio->list, sizeof trio->list / sizeof *trio->list, trio->effect_memory,
                    sizeof trio->effect_memory);
    btc_arena_init(&trio->scratch, trio->scratch_memory, sizeof trio->scratch_memory);
    open_link(trio, 0, &setup);
    open_link(trio, 1, &setup);
    trio_wealth(trio, trio->start_msat);
    trio->late = flavour & 8;
}

void trio_run(struct trio *trio, enum ln_backend_kind backend, const uint8_t *bytes, size_t length)
{
    begin(trio, backend, length > 0 ? bytes[0] : 0);
    for (size_t i = 1; i + 1 < length; i += 2) {
        step(trio, bytes[i], bytes[i + 1]);
    }
    memset(trio->doomed, 0, sizeof trio->doomed);
    settle(trio);
    for (uint32_t p = 0; p < trio->payment_count; p++) {
        decide(trio, 1);
    }
    settle(trio);
    trio_audit(trio);
    trio_check_end(trio);
    trio_check_past(trio);
    trio_check_old(trio);
    trio->totals.judged = trio->court.judged;
}
