/* test_ln_change.c: what has changed in some fields makes the new state of the old one.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/cmocka_all.h"

#include "protocol/lightning/change.h"
#include "protocol/lightning/wire.h"
#include "tests/lightning/dice.h"

#define FIELDS 60
#define WIDTH  33
#define MOST   (FIELDS * WIDTH)

static uint8_t bytes[2][MOST], made[MOST], change[3 * MOST];
static uint32_t ends[2][FIELDS];

/* Fields of 1 to WIDTH bytes. In: seed, of lengths and contents. */
static struct ln_fields make(unsigned place, uint32_t count, uint64_t seed)
{
    struct dice dice = {seed};
    struct ln_writer writer = ln_writer_init(bytes[place], MOST);
    writer.ends = ends[place];
    writer.end_capacity = FIELDS;
    while (writer.end_count < count) {
        uint8_t field[WIDTH];
        size_t length = 1 + dice_below(&dice, WIDTH);
        for (size_t i = 0; i < length; i++) {
            field[i] = (uint8_t)dice_below(&dice, 256);
        }
        ln_write_bytes(&writer, field, length);
    }
    return (struct ln_fields){bytes[place], writer.at, ends[place], writer.end_count};
}

static void the_new_state_follows_from_the_old_one(void **state)
{
    (void)state;
    struct dice dice = {3};
    for (unsigned run = 0; run < 5000; run++) {
        uint64_t seed = run + 1;
        struct ln_fields before = make(0, dice_below(&dice, FIELDS), seed);
        struct ln_fields after = make(1, dice_below(&dice, FIELDS), dice_below(&dice, 8) > 0 ? seed : seed + 1);
        for (unsigned i = dice_below(&dice, 6); i > 0 && after.length > 0; i--) {
            after.bytes[dice_below(&dice, (uint32_t)after.length)] ^= 1;
        }
        size_t written = ln_change_write(change, sizeof change, &before, &after), found;
        assert_true(written >= 4);
        assert_int_equal(ln_change_write(change, written - 1, &before, &after), 0);
        assert_int_equal(ln_change_write(change, written, &before, &after), written);
        memcpy(made, before.bytes, before.length);
        assert_true(ln_change_length(&found, btc_bytes(change, written)));
        assert_int_equal(found, after.length);
        assert_true(ln_change_apply(made, before.length, btc_bytes(change, written)));
        assert_memory_equal(made, after.bytes, after.length);
    }
}

/* Whatever two hashes have in common. */
static void a_field_is_written_whole_or_not_at_all(void **state)
{
    (void)state;
    uint32_t places[] = {32, 64, 96};
    struct ln_fields before = {bytes[0], 96, places, 3}, after = {bytes[1], 96, places, 3};
    memset(bytes, 7, sizeof bytes);
    assert_int_equal(ln_change_write(change, sizeof change, &before, &after), 4);
    for (unsigned at = 0; at < 96; at++) {
        memset(bytes[1], 7, 96);
        bytes[1][at] = 8;
        assert_int_equal(ln_change_write(change, sizeof change, &before, &after), 4 + 8 + 32);
    }
    bytes[1][0] = bytes[1][95] = 8;
    assert_int_equal(ln_change_write(change, sizeof change, &before, &after), 4 + 2 * (8 + 32));
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
        cmocka_unit_test(a_field_is_written_whole_or_not_at_all),
        cmocka_unit_test(changes_that_reach_too_far_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
