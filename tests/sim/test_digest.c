/* test_digest.c: the fingerprint of a run: what it covers, what it leaves out, and its seal.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/digest.h"
#include "sim/kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void do_nothing(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)sim;
    (void)object;
    (void)entity;
    (void)argument;
}

static void trace_argument(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)object;
    (void)entity;
    sim_trace(sim, argument);
}

/* One event, as described. */
struct one {
    int64_t at_us;
    enum sim_phase phase;
    uint16_t kind; /* 1 or 2: nothing; 3: traces */
    uint32_t entity;
    uint64_t argument;
    void *object;
};

static struct sim *sim_with(const struct one *events, size_t count)
{
    struct sim *sim = sim_new(&(struct sim_options){.seed = 1});
    sim_kind_add(sim, "first", do_nothing);
    sim_kind_add(sim, "second", do_nothing);
    sim_kind_add(sim, "trace", trace_argument);
    for (size_t i = 0; i < count; i++) {
        const struct one *one = &events[i];
        struct sim_action action = {one->kind, one->entity, one->object, one->argument};
        sim_schedule(sim, one->at_us, one->phase, &action);
    }
    return sim;
}

static uint64_t chain_of(const struct one *events, size_t count)
{
    struct sim *sim = sim_with(events, count);
    sim_run(sim, SIM_TIME_MAX_US, 0, NULL);
    uint64_t chain = sim_digest_chain(sim);
    sim_free(sim);
    return chain;
}

static void every_integer_of_an_event_is_covered(void **state)
{
    (void)state;
    struct one base = {1000, SIM_TIMER, 1, 5, 9, NULL};
    struct one others[] = {base, base, base, base, base};
    others[0].at_us++;
    others[1].phase = SIM_MODEL;
    others[2].kind = 2;
    others[3].entity++;
    others[4].argument++;
    for (size_t i = 0; i < 5; i++)
        assert_true(chain_of(&base, 1) != chain_of(&others[i], 1));
    assert_true(chain_of(&base, 1) == chain_of(&base, 1));
}

static void objects_are_not_covered(void **state)
{
    (void)state;
    struct one base = {1000, SIM_TIMER, 1, 5, 9, NULL}, other = base;
    other.object = &other;
    assert_true(chain_of(&base, 1) == chain_of(&other, 1));
}

static void traced_integers_are_covered(void **state)
{
    (void)state;
    struct one silent = {1000, SIM_TIMER, 3, 5, 9, NULL};
    struct sim *sim = sim_with(&silent, 1);
    sim_step(sim);
    uint64_t who = (uint64_t)SIM_TIMER << 48 | UINT64_C(3) << 32 | 5;
    uint64_t event = digest_fold(digest_fold(digest_fold(DIGEST_START, 1000), who), 9);
    uint64_t chain = digest_fold(DIGEST_START, event);
    assert_true(sim_digest_chain(sim) == digest_fold(chain, 9));
    sim_free(sim);
}

static void the_order_of_events_is_covered(void **state)
{
    (void)state;
    struct one there[] = {{10, SIM_MODEL, 1, 1, 0, NULL}, {10, SIM_MODEL, 1, 2, 0, NULL}};
    struct one back[] = {there[1], there[0]};
    assert_true(chain_of(there, 2) != chain_of(back, 2));
}

static void every_bit_of_a_value_changes_the_chain_for_good(void **state)
{
    (void)state;
    for (int bit = 0; bit < 64; bit++) {
        uint64_t one = digest_fold(DIGEST_START, 12345), other = digest_fold(DIGEST_START, 12345 ^ UINT64_C(1) << bit);
        int differing = 0;
        for (uint64_t i = 0; i < 16; i++) {
            one = digest_fold(one, i);
            other = digest_fold(other, i);
            assert_true(one != other);
            differing += __builtin_popcountll(one ^ other);
        }
        assert_in_range(differing, 16 * 20, 16 * 44);
    }
}

static void the_seal_is_sha256_over_chain_count_and_time(void **state)
{
    (void)state;
    /* sha256 of 24 bytes: 0102030405060708 1112131415161718 2122232425262728, each least significant byte first */
    static const uint8_t expected[32] = {0x61, 0x72, 0x20, 0x78, 0xb3, 0xfe, 0xf8, 0xbc, 0x09, 0xfd, 0x79,
                                         0x22, 0x82, 0x5f, 0x30, 0xba, 0xd4, 0x27, 0xa2, 0xc4, 0xdf, 0x36,
                                         0x3e, 0x91, 0xc6, 0xb8, 0x66, 0x8a, 0x4b, 0x14, 0x86, 0x3d};
    uint8_t digest[32];
    digest_seal(digest, UINT64_C(0x0102030405060708), UINT64_C(0x1112131415161718), INT64_C(0x2122232425262728));
    assert_memory_equal(digest, expected, 32);
}

static void the_seal_covers_count_and_time(void **state)
{
    (void)state;
    uint8_t one[32], other[32];
    struct one event = {1000, SIM_TIMER, 1, 5, 9, NULL};
    struct sim *sim = sim_with(&event, 1);
    sim_run(sim, 2000, 0, NULL);
    sim_digest_final(sim, one);
    sim_run(sim, 2001, 0, NULL);
    sim_digest_final(sim, other);
    assert_memory_not_equal(one, other, 32);
    sim_free(sim);
    digest_seal(one, 1, 2, 3);
    digest_seal(other, 1, 3, 3);
    assert_memory_not_equal(one, other, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_integer_of_an_event_is_covered),
        cmocka_unit_test(objects_are_not_covered),
        cmocka_unit_test(traced_integers_are_covered),
        cmocka_unit_test(the_order_of_events_is_covered),
        cmocka_unit_test(every_bit_of_a_value_changes_the_chain_for_good),
        cmocka_unit_test(the_seal_is_sha256_over_chain_count_and_time),
        cmocka_unit_test(the_seal_covers_count_and_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
