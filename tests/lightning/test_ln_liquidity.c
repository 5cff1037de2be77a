/* test_ln_liquidity.c: what a payer learns, against channels whose balances the test knows.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/lightning/liquidity.h"
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/dice.h"
#include "tests/lightning/network.h"

#define CAPACITY_MSAT 1000000
#define HALF_LIFE_S   3600

static struct counting memory;

static struct ln_liquidity_hop hop_of(uint64_t scid, uint64_t amount_msat, uint8_t direction)
{
    return (struct ln_liquidity_hop){scid, CAPACITY_MSAT, amount_msat, (uint32_t)scid, direction};
}

static struct ln_bounds bounds_of(const struct ln_liquidity *liquidity, uint64_t scid, unsigned direction,
                                  uint64_t now_s)
{
    const struct ln_liquidity_record *record = ln_liquidity_find(liquidity, scid);
    assert_non_null(record);
    return ln_liquidity_record_bounds(liquidity, record, direction, now_s);
}

static void assert_bounds(const struct ln_liquidity *liquidity, const struct ln_bounds *expected, uint64_t now_s)
{
    struct ln_bounds near = bounds_of(liquidity, 1, 0, now_s), far = bounds_of(liquidity, 1, 1, now_s);
    assert_int_equal(near.lower_msat, expected->lower_msat);
    assert_int_equal(near.upper_msat, expected->upper_msat);
    assert_int_equal(far.lower_msat, CAPACITY_MSAT - expected->upper_msat);
    assert_int_equal(far.upper_msat, CAPACITY_MSAT - expected->lower_msat);
}

static void each_outcome_moves_its_bound(void **state)
{
    struct ln_liquidity liquidity;
    struct ln_liquidity_hop hops[2] = {hop_of(1, 300000, 0), hop_of(2, 299000, 0)};
    const struct ln_liquidity_failure second = {1, LN_BLAME_LIQUIDITY}, first = {0, LN_BLAME_LIQUIDITY};
    (void)state;
    counting_init(&memory);
    ln_liquidity_init(&liquidity, &memory.allocator, 10, 0);
    assert_true(ln_liquidity_sent(&liquidity, hops, 2, 0));
    assert_int_equal(ln_liquidity_find(&liquidity, 1)->pending_msat[0], 300000);
    ln_liquidity_failed(&liquidity, hops, 2, &second, 0);
    assert_int_equal(ln_liquidity_find(&liquidity, 1)->pending_msat[0], 0);
    assert_bounds(&liquidity, &(struct ln_bounds){300000, CAPACITY_MSAT, CAPACITY_MSAT}, 0);
    assert_int_equal(bounds_of(&liquidity, 2, 0, 0).upper_msat, 298999);
    hops[0].amount_msat = 600000;
    assert_true(ln_liquidity_sent(&liquidity, hops, 1, 0));
    ln_liquidity_failed(&liquidity, hops, 1, &first, 0);
    assert_bounds(&liquidity, &(struct ln_bounds){300000, 599999, CAPACITY_MSAT}, 0);
    hops[0].amount_msat = 200000;
    assert_true(ln_liquidity_sent(&liquidity, hops, 1, 0));
    ln_liquidity_settled(&liquidity, hops, 1, 0);
    assert_bounds(&liquidity, &(struct ln_bounds){100000, 399999, CAPACITY_MSAT}, 0);
    hops[0] = hop_of(1, 500000, 1); /* back: it had at least 600001 */
    assert_true(ln_liquidity_sent(&liquidity, hops, 1, 0));
    ln_liquidity_settled(&liquidity, hops, 1, 0);
    assert_bounds(&liquidity, &(struct ln_bounds){600000, 899999, CAPACITY_MSAT}, 0);
    ln_liquidity_close(&liquidity);
    assert_int_equal(memory.held, 0);
}

static void nobody_learns_from_a_failure_of_unknown_place(void **state)
{
    struct ln_liquidity liquidity;
    const struct ln_liquidity_hop hop = hop_of(1, 5000, 0);
    const struct ln_liquidity_failure unknown = {LN_LIQUIDITY_NO_HOP, LN_BLAME_LIQUIDITY},
                                      payee = {1, LN_BLAME_CHANNEL};
    (void)state;
    counting_init(&memory);
    ln_liquidity_init(&liquidity, &memory.allocator, 10, 0);
    assert_true(ln_liquidity_sent(&liquidity, &hop, 1, 0));
    ln_liquidity_failed(&liquidity, &hop, 1, &unknown, 0);
    assert_bounds(&liquidity, &(struct ln_bounds){0, CAPACITY_MSAT, CAPACITY_MSAT}, 0);
    assert_true(ln_liquidity_sent(&liquidity, &hop, 1, 0));
    ln_liquidity_failed(&liquidity, &hop, 1, &payee, 0);
    assert_bounds(&liquidity, &(struct ln_bounds){5000, CAPACITY_MSAT, CAPACITY_MSAT}, 0);
    assert_false(ln_liquidity_is_barred(ln_liquidity_find(&liquidity, 1), 0, 0));
    ln_liquidity_close(&liquidity);
}

static void what_was_learned_fades_by_half_lives(void **state)
{
    struct ln_liquidity liquidity;
    struct ln_liquidity_hop hop = hop_of(1, 800000, 0);
    const struct ln_liquidity_failure here = {0, LN_BLAME_LIQUIDITY}, behind = {1, LN_BLAME_LIQUIDITY};
    (void)state;
    counting_init(&memory);
    ln_liquidity_init(&liquidity, &memory.allocator, 10, HALF_LIFE_S);
    assert_true(ln_liquidity_sent(&liquidity, &hop, 1, 1000));
    ln_liquidity_failed(&liquidity, &hop, 1, &here, 1000);
    hop.amount_msat = 400000;
    assert_true(ln_liquidity_sent(&liquidity, &hop, 1, 1000));
    ln_liquidity_failed(&liquidity, &hop, 1, &behind, 1000);
    assert_bounds(&liquidity, &(struct ln_bounds){400000, 799999, CAPACITY_MSAT}, 1000);
    assert_bounds(&liquidity, &(struct ln_bounds){400000, 799999, CAPACITY_MSAT}, 0); /* time does not run backwards */
    assert_bounds(&liquidity, &(struct ln_bounds){200000, 900000, CAPACITY_MSAT}, 1000 + HALF_LIFE_S);
    assert_bounds(&liquidity, &(struct ln_bounds){100000, 950000, CAPACITY_MSAT}, 1000 + 2 * HALF_LIFE_S);
    assert_bounds(&liquidity, &(struct ln_bounds){0, CAPACITY_MSAT, CAPACITY_MSAT}, 1000 + 1000 * HALF_LIFE_S);
    ln_liquidity_close(&liquidity);
}

static void a_channel_that_forwards_nothing_is_barred_one_way_for_a_while(void **state)
{
    struct ln_liquidity liquidity;
    const struct ln_liquidity_hop hop = hop_of(1, 5000, 1);
    const struct ln_liquidity_failure failure = {0, LN_BLAME_CHANNEL};
    (void)state;
    counting_init(&memory);
    ln_liquidity_init(&liquidity, &memory.allocator, 10, HALF_LIFE_S);
    assert_true(ln_liquidity_sent(&liquidity, &hop, 1, 50));
    ln_liquidity_failed(&liquidity, &hop, 1, &failure, 50);
    const struct ln_liquidity_record *record = ln_liquidity_find(&liquidity, 1);
    assert_true(ln_liquidity_is_barred(record, 1, 50 + HALF_LIFE_S - 1));
    assert_false(ln_liquidity_is_barred(record, 1, 50 + HALF_LIFE_S));
    assert_false(ln_liquidity_is_barred(record, 0, 50));
    assert_bounds(&liquidity, &(struct ln_bounds){0, CAPACITY_MSAT, CAPACITY_MSAT}, 50);
    ln_liquidity_close(&liquidity);
}

static void the_oldest_record_gives_way_but_none_with_money_on_its_way(void **state)
{
    struct ln_liquidity liquidity;
    const struct ln_liquidity_failure unknown = {LN_LIQUIDITY_NO_HOP, LN_BLAME_LIQUIDITY};
    (void)state;
    counting_init(&memory);
    ln_liquidity_init(&liquidity, &memory.allocator, 3, 0);
    for (uint64_t scid = 1; scid <= 3; scid++) {
        const struct ln_liquidity_hop hop = hop_of(scid, 10, 0);
        assert_true(ln_liquidity_sent(&liquidity, &hop, 1, 10 - scid));
        if (scid != 3) {
            ln_liquidity_failed(&liquidity, &hop, 1, &unknown, 10 - scid);
        }
    }
    const struct ln_liquidity_hop more[3] = {hop_of(7, 10, 0), hop_of(1, 10, 0), hop_of(8, 10, 0)};
    assert_false(ln_liquidity_sent(&liquidity, more, 3, 11)); /* 3 is on its way, 1 and two new ones find no room */
    assert_int_equal(liquidity.count, 3);
    assert_non_null(ln_liquidity_find(&liquidity, 2));
    assert_true(ln_liquidity_sent(&liquidity, more, 1, 11));
    assert_null(ln_liquidity_find(&liquidity, 2));
    assert_non_null(ln_liquidity_find(&liquidity, 3));
    memory.fail_at = memory.calls + 1;
    liquidity.records_max = 100;
    struct ln_liquidity_hop many[20];
    for (unsigned i = 0; i < 20; i++) {
        many[i] = hop_of(100 + i, 10, 0);
    }
    assert_false(ln_liquidity_sent(&liquidity, many, 20, 11)); /* no memory */
    assert_int_equal(liquidity.count, 3);
    ln_liquidity_close(&liquidity);
    assert_int_equal(memory.held, 0);
}

static void the_largest_amounts_stay_within_bounds(void **state)
{
    struct ln_liquidity liquidity;
    const struct ln_prior prior = {LN_PRIOR_UNIFORM, 1};
    const struct ln_liquidity_failure behind = {1, LN_BLAME_LIQUIDITY};
    uint32_t nats;
    (void)state;
    counting_init(&memory);
    ln_liquidity_init(&liquidity, &memory.allocator, 10, 1);
    for (unsigned guessed = 0; guessed < 2; guessed++) {
        struct ln_liquidity_hop hop = hop_of(1, LN_BOUND_MSAT_MAX, (uint8_t)guessed);
        hop.capacity_msat = guessed == 0 ? UINT64_MAX : 0;
        assert_true(ln_liquidity_sent(&liquidity, &hop, 1, 0));
        ln_liquidity_failed(&liquidity, &hop, 1, &behind, UINT64_MAX);
        struct ln_bounds bounds = bounds_of(&liquidity, 1, guessed, UINT64_MAX);
        assert_int_equal(bounds.capacity_msat, LN_BOUND_MSAT_MAX);
        assert_true(ln_probability_nats(&nats, &prior, &bounds, LN_BOUND_MSAT_MAX));
    }
    ln_liquidity_close(&liquidity);
}

/* ---- a channel whose balances the test knows ---- */

#define FLIGHTS 8

struct truth {
    uint64_t free_msat[2]; /* by end */
    uint64_t held_msat[2]; /* in HTLCs that this end offered */
    struct {
        uint64_t amount_msat;
        uint8_t direction;
        bool held;
    } flights[FLIGHTS];
};

static void assert_contained(const struct ln_liquidity *liquidity, const struct truth *truth, uint64_t now_s)
{
    for (unsigned i = 0; i < 2 && liquidity->count > 0; i++) {
        struct ln_bounds bounds = bounds_of(liquidity, 1, i, now_s);
        uint64_t has_msat = truth->free_msat[i] + truth->held_msat[i];
        assert_true(bounds.lower_msat <= has_msat && has_msat <= bounds.upper_msat);
        assert_true(bounds.upper_msat <= bounds.capacity_msat);
    }
}

static void depart(struct ln_liquidity *liquidity, struct truth *truth, unsigned slot, struct dice *dice,
                   uint64_t now_s)
{
    uint8_t direction = (uint8_t)dice_below(dice, 2);
    uint64_t amount_msat = 1 + dice_below(dice, CAPACITY_MSAT / (1 + dice_below(dice, 10)));
    const struct ln_liquidity_hop hop = hop_of(1, amount_msat, direction);
    assert_true(ln_liquidity_sent(liquidity, &hop, 1, now_s));
    truth->flights[slot].amount_msat = amount_msat;
    truth->flights[slot].direction = direction;
    truth->flights[slot].held = truth->free_msat[direction] >= amount_msat;
    if (truth->flights[slot].held) {
        truth->free_msat[direction] -= amount_msat;
        truth->held_msat[direction] += amount_msat;
    }
}

static void land(struct ln_liquidity *liquidity, struct truth *truth, unsigned slot, struct dice *dice, uint64_t now_s)
{
    uint64_t amount_msat = truth->flights[slot].amount_msat;
    uint8_t direction = truth->flights[slot].direction;
    const struct ln_liquidity_hop hop = hop_of(1, amount_msat, direction);
    bool settles = truth->flights[slot].held && dice_below(dice, 2) == 0;
    if (truth->flights[slot].held) {
        truth->held_msat[direction] -= amount_msat;
        truth->free_msat[settles ? 1 - direction : direction] += amount_msat;
    }
    if (settles) {
        ln_liquidity_settled(liquidity, &hop, 1, now_s);
    } else {
        const struct ln_liquidity_failure failure = {truth->flights[slot].held ? 1 : 0, LN_BLAME_LIQUIDITY};
        ln_liquidity_failed(liquidity, &hop, 1, &failure, now_s);
    }
    truth->flights[slot].amount_msat = 0;
}

static void assert_slots(const struct ln_liquidity *liquidity)
{
    bool taken[8] = {false};
    for (uint32_t i = 0; i < liquidity->count; i++) {
        uint32_t slot = liquidity->records[i].slot;
        assert_true(slot < liquidity->records_max && !taken[slot]);
        taken[slot] = true;
    }
}

/* Who writes records down by slot finds the same ones again, and never more than there may be. */
static void records_go_back_to_their_slots(void **state)
{
    struct ln_liquidity liquidity, again;
    struct ln_liquidity_record slots[8];
    struct dice dice = {1};
    const struct ln_liquidity_failure unknown = {LN_LIQUIDITY_NO_HOP, LN_BLAME_LIQUIDITY};
    (void)state;
    counting_init(&memory);
    ln_liquidity_init(&liquidity, &memory.allocator, 8, 0);
    for (unsigned step = 0; step < 500; step++) {
        const struct ln_liquidity_hop hop = hop_of(1 + dice_below(&dice, 20), 10, 0);
        assert_true(ln_liquidity_sent(&liquidity, &hop, 1, step));
        ln_liquidity_failed(&liquidity, &hop, 1, &unknown, step);
        const struct ln_liquidity_record *record = ln_liquidity_find(&liquidity, hop.short_channel_id);
        slots[record->slot] = *record;
        assert_slots(&liquidity);
    }
    ln_liquidity_init(&again, &memory.allocator, 8, 0);
    for (unsigned i = 8; i-- > 0;) {
        assert_true(ln_liquidity_fits(&again, &slots[i]) && ln_liquidity_put(&again, &slots[i]));
        assert_false(ln_liquidity_fits(&again, &slots[i]));
    }
    assert_int_equal(again.count, liquidity.count);
    assert_memory_equal(again.records, liquidity.records, liquidity.count * sizeof *liquidity.records);
    ln_liquidity_close(&again);
    again.records_max = 4; /* a lower limit takes what fits, and goes on */
    for (unsigned i = 1; i < 8; i++) {
        assert_int_equal(ln_liquidity_fits(&again, &slots[i]), i < 4);
        assert_true(i >= 4 || ln_liquidity_put(&again, &slots[i]));
    }
    const struct ln_liquidity_hop hop = hop_of(100, 10, 0);
    assert_true(ln_liquidity_sent(&again, &hop, 1, 1000));
    assert_int_equal(ln_liquidity_find(&again, 100)->slot, 0);
    assert_slots(&again);
    ln_liquidity_close(&again);
    ln_liquidity_close(&liquidity);
    assert_int_equal(memory.held, 0);
}

static void bounds_always_hold_the_truth(void **state)
{
    (void)state;
    counting_init(&memory);
    for (unsigned run = 0; run < 300; run++) {
        struct dice dice = {run};
        struct ln_liquidity liquidity;
        uint64_t half_msat = dice_below(&dice, CAPACITY_MSAT), now_s = 0;
        struct truth truth = {.free_msat = {half_msat, CAPACITY_MSAT - half_msat}};
        ln_liquidity_init(&liquidity, &memory.allocator, 10, run % 2 == 0 ? 0 : HALF_LIFE_S);
        for (unsigned step = 0; step < 300; step++) {
            unsigned slot = dice_below(&dice, 1 + run % FLIGHTS);
            now_s += dice_below(&dice, 500);
            if (truth.flights[slot].amount_msat == 0) {
                depart(&liquidity, &truth, slot, &dice, now_s);
            }
            if (!truth.flights[slot].held || dice_below(&dice, 2) == 0) { /* failures are learned of at once */
                land(&liquidity, &truth, slot, &dice, now_s);
            }
            assert_contained(&liquidity, &truth, now_s);
        }
        ln_liquidity_close(&liquidity);
    }
    assert_int_equal(memory.held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_outcome_moves_its_bound),
        cmocka_unit_test(nobody_learns_from_a_failure_of_unknown_place),
        cmocka_unit_test(what_was_learned_fades_by_half_lives),
        cmocka_unit_test(a_channel_that_forwards_nothing_is_barred_one_way_for_a_while),
        cmocka_unit_test(the_oldest_record_gives_way_but_none_with_money_on_its_way),
        cmocka_unit_test(the_largest_amounts_stay_within_bounds),
        cmocka_unit_test(records_go_back_to_their_slots),
        cmocka_unit_test(bounds_always_hold_the_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
