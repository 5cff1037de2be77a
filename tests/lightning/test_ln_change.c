/* test_ln_change.c: what has changed in some bytes makes the new state of the old one.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/cmocka_all.h"

#include "protocol/lightning/change.h"
#include "tests/lightning/dice.h"

#define MOST 400

static uint8_t states[2][MOST], made[MOST], change[3 * MOST];

static void fill(struct dice *dice, uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        bytes[i] = (uint8_t)dice_below(dice, 256);
    }
}

/* The second state: the first, longer or shorter, with some bytes anew. */
static size_t alter(struct dice *dice, size_t length)
{
    size_t other = dice_below(dice, 2) > 0 ? length : dice_below(dice, MOST);
    fill(dice, states[1], MOST);
    memcpy(states[1], states[0], length < other ? length : other);
    for (unsigned i = dice_below(dice, 6); i > 0 && other > 0; i--) {
        states[1][dice_below(dice, (uint32_t)other)] = (uint8_t)dice_below(dice, 256);
    }
    return other;
}

static void the_new_state_follows_from_the_old_one(void **state)
{
    (void)state;
    struct dice dice = {3};
    for (unsigned run = 0; run < 20000; run++) {
        size_t length = dice_below(&dice, MOST), found;
        fill(&dice, states[0], length);
        size_t other = alter(&dice, length);
        size_t written =
            ln_change_write(change, sizeof change, btc_bytes(states[0], length), btc_bytes(states[1], other));
        assert_true(written >= 4);
        assert_int_equal(
            ln_change_write(change, written - 1, btc_bytes(states[0], length), btc_bytes(states[1], other)), 0);
        written = ln_change_write(change, written, btc_bytes(states[0], length), btc_bytes(states[1], other));
        memcpy(made, states[0], length);
        assert_true(ln_change_length(&found, btc_bytes(change, written)));
        assert_int_equal(found, other);
        assert_true(ln_change_apply(made, length, btc_bytes(change, written)));
        assert_memory_equal(made, states[1], other);
    }
}

static void what_is_the_same_takes_four_bytes(void **state)
{
    (void)state;
    struct btc_bytes same = btc_bytes(states[0], 80);
    assert_int_equal(ln_change_write(change, sizeof change, same, same), 4);
    states[1][0] = (uint8_t)~states[0][0];
    memcpy(states[1] + 1, states[0] + 1, 79);
    assert_int_equal(ln_change_write(change, sizeof change, same, btc_bytes(states[1], 80)), 4 + 8 + 8);
}

/* Whatever the bytes, nothing is written outside the new state. */
static void changes_that_reach_too_far_are_refused(void **state)
{
    (void)state;
    const uint8_t beyond[] = {0, 0, 0, 8, 0, 0, 0, 7, 0, 0, 0, 2, 1, 1};
    const uint8_t far[] = {0, 0, 0, 8, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 2, 1, 1};
    const uint8_t cut[] = {0, 0, 0, 8, 0, 0, 0, 7, 0, 0, 0, 2, 1};
    assert_false(ln_change_apply(made, 8, btc_bytes(beyond, sizeof beyond)));
    assert_false(ln_change_apply(made, 8, btc_bytes(far, sizeof far)));
    assert_false(ln_change_apply(made, 8, btc_bytes(cut, sizeof cut)));
    assert_false(ln_change_apply(made, 8, btc_bytes(cut, 3)));
    size_t length;
    assert_false(ln_change_length(&length, btc_bytes(cut, 3)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_new_state_follows_from_the_old_one),
        cmocka_unit_test(what_is_the_same_takes_four_bytes),
        cmocka_unit_test(changes_that_reach_too_far_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
