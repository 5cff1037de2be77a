/* test_stream.c: Philox4x32-10 against its published answers, and streams named by who draws and what for.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/accumulator.h"
#include "sim/kernel.h"
#include "sim/stream.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define DRAWS 100000

/* Source: Random123, file of known answers, lines philox4x32 10. */
static void philox_gives_the_published_answers(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], expected[4];
    } answers[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        uint32_t out[4];
        philox4x32(out, answers[i].counter, answers[i].key);
        assert_memory_equal(out, answers[i].expected, sizeof out);
    }
}

static void the_generator_gives_the_words_of_successive_blocks(void **state)
{
    (void)state;
    struct sim_stream stream;
    uint32_t block[4];
    gsl_rng *rng = stream_rng(&stream);
    gsl_rng_set(rng, 0);
    for (uint32_t number = 0; number < 5; number++) {
        philox4x32(block, (const uint32_t[4]){number, 0, 0, 0}, (const uint32_t[2]){0, 0});
        for (int i = 0; i < 4; i++)
            assert_int_equal(gsl_rng_get(rng), block[i]);
    }
}

static void the_block_number_carries_into_its_second_word(void **state)
{
    (void)state;
    struct sim_stream stream;
    uint32_t block[4];
    stream_open(&stream, 1, 2, "carry", 3);
    stream.state.counter[0] = UINT32_MAX;
    gsl_rng *rng = stream_rng(&stream);
    for (int i = 0; i < 4; i++)
        gsl_rng_get(rng);
    philox4x32(block, (const uint32_t[4]){0, 1, 3, 0}, stream.state.key);
    assert_int_equal(gsl_rng_get(rng), block[0]);
}

static void the_type_says_what_gsl_wants_to_know(void **state)
{
    (void)state;
    assert_string_equal(stream_rng_type->name, "philox4x32-10");
    assert_int_equal(stream_rng_type->min, 0);
    assert_int_equal(stream_rng_type->max, 0xffffffff);
    assert_int_equal(stream_rng_type->size, sizeof(struct philox_state));
}

static void gsl_can_allocate_copy_and_seed_it(void **state)
{
    (void)state;
    gsl_rng *one = gsl_rng_alloc(stream_rng_type);
    gsl_rng_set(one, UINT64_C(0x123456789abcdef0));
    gsl_rng_get(one);
    gsl_rng *two = gsl_rng_clone(one);
    for (int i = 0; i < 10; i++)
        assert_int_equal(gsl_rng_get(one), gsl_rng_get(two));
    gsl_rng_set(two, 5);
    assert_int_not_equal(gsl_rng_get(one), gsl_rng_get(two));
    gsl_rng_free(one);
    gsl_rng_free(two);
}

static void doubles_take_53_bits_of_two_words(void **state)
{
    (void)state;
    struct sim_stream words, doubles;
    stream_open(&words, 1, 0, "u", 0);
    stream_open(&doubles, 1, 0, "u", 0);
    for (int i = 0; i < 100; i++) {
        uint64_t high = gsl_rng_get(stream_rng(&words)), low = gsl_rng_get(stream_rng(&words));
        double expected = ldexp((double)((high << 32 | low) >> 11), -53);
        assert_true(gsl_rng_uniform(stream_rng(&doubles)) == expected);
    }
}

static void a_double_after_an_odd_word_starts_at_a_pair(void **state)
{
    (void)state;
    struct sim_stream mixed, plain;
    for (int words = 1; words <= 4; words++) {
        stream_open(&mixed, 1, 0, "u", 0);
        stream_open(&plain, 1, 0, "u", 0);
        for (int i = 0; i < words; i++)
            gsl_rng_get(stream_rng(&mixed));
        for (int i = 0; i < (words + 1) / 2; i++)
            stream_uniform(&plain);
        assert_true(stream_uniform(&mixed) == stream_uniform(&plain));
        assert_int_equal(gsl_rng_get(stream_rng(&mixed)), gsl_rng_get(stream_rng(&plain)));
    }
}

static void uniforms_are_in_the_half_open_unit_interval(void **state)
{
    (void)state;
    struct sim_stream stream;
    stream_open(&stream, 1, 0, "u", 0);
    stream.state.output[0] = stream.state.output[1] = UINT32_MAX;
    stream.state.used = 0;
    double greatest = gsl_rng_uniform(stream_rng(&stream));
    assert_true(greatest < 1 && greatest == 1 - ldexp(1, -53));
    stream.state.output[2] = stream.state.output[3] = 0;
    stream.state.used = 2;
    assert_true(gsl_rng_uniform(stream_rng(&stream)) == 0);
    for (int i = 0; i < DRAWS; i++) {
        double value = gsl_rng_uniform(stream_rng(&stream));
        assert_true(value >= 0 && value < 1);
    }
}

static void an_exponential_is_never_infinite(void **state)
{
    (void)state;
    struct sim_stream stream;
    stream_open(&stream, 1, 0, "u", 0);
    stream.state.output[0] = stream.state.output[1] = UINT32_MAX;
    stream.state.used = 0;
    double greatest = stream_exponential(&stream, 2);
    assert_true(greatest > 73 && greatest < 74); /* 2 x 53 ln 2 */
}

static void short_ways_and_gsl_agree(void **state)
{
    (void)state;
    struct sim_stream one, two;
    stream_open(&one, 9, 0, "u", 0);
    stream_open(&two, 9, 0, "u", 0);
    for (int i = 0; i < 1000; i++) {
        assert_true(stream_uniform(&one) == gsl_rng_uniform(stream_rng(&two)));
        double mine = stream_exponential(&one, 3), theirs = gsl_ran_exponential(stream_rng(&two), 3);
        assert_true(fabs(mine - theirs) <= 1e-14 * (1 + theirs));
    }
}

static void mean_and_variance_are_those_of_the_distribution(void **state)
{
    (void)state;
    struct sim_stream stream;
    struct moments uniform, exponential;
    moments_init(&uniform);
    moments_init(&exponential);
    stream_open(&stream, 1, 0, "moments", 0);
    for (int i = 0; i < DRAWS; i++) {
        moments_add(&uniform, stream_uniform(&stream));
        moments_add(&exponential, stream_exponential(&stream, 5));
    }
    const double root = sqrt(DRAWS);
    assert_true(fabs(uniform.mean - 0.5) < 4 * sqrt(1 / 12.0) / root);
    assert_true(fabs(moments_variance(&uniform) - 1 / 12.0) < 4 * sqrt(1 / 180.0) / root);
    assert_true(fabs(exponential.mean - 5) < 4 * 5 / root);
    assert_true(fabs(moments_variance(&exponential) - 25) < 4 * 25 * sqrt(8) / root);
}

/* Chi-square over 256 cells, 255 degrees of freedom: mean 255, standard deviation 22.6. */
static double chi_square_of_low_bytes(struct sim_stream *stream)
{
    unsigned cells[256] = {0};
    double sum = 0, expected = DRAWS / 256.0;
    for (int i = 0; i < DRAWS; i++)
        cells[gsl_rng_get(stream_rng(stream)) & 255]++;
    for (int i = 0; i < 256; i++)
        sum += (cells[i] - expected) * (cells[i] - expected) / expected;
    return sum;
}

static void low_bytes_are_uniform(void **state)
{
    (void)state;
    struct sim_stream stream;
    stream_open(&stream, 1, 0, "bytes", 0);
    double chi_square = chi_square_of_low_bytes(&stream);
    assert_true(chi_square > 255 - 5 * 22.6 && chi_square < 255 + 5 * 22.6);
}

static double correlation(struct sim_stream *a, struct sim_stream *b)
{
    double sum = 0;
    for (int i = 0; i < DRAWS; i++)
        sum += (stream_uniform(a) - 0.5) * (stream_uniform(b) - 0.5);
    return sum / DRAWS * 12;
}

static void streams_of_different_names_are_independent(void **state)
{
    (void)state;
    static const struct {
        uint64_t seed;
        uint32_t replication;
        const char *purpose;
        uint64_t entity;
    } others[] = {{2, 0, "a", 0}, {1, 1, "a", 0}, {1, 0, "b", 0}, {1, 0, "a", 1}, {1, 0, "", 0}, {0, 1, "a", 0}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct sim_stream base, other;
        stream_open(&base, 1, 0, "a", 0);
        stream_open(&other, others[i].seed, others[i].replication, others[i].purpose, others[i].entity);
        assert_true(fabs(correlation(&base, &other)) < 5 / sqrt(DRAWS));
    }
}

static void neighbouring_entities_share_no_block(void **state)
{
    (void)state;
    double first[1000];
    for (uint64_t entity = 0; entity < 1000; entity++) {
        struct sim_stream stream;
        stream_open(&stream, 1, 0, "car", entity);
        first[entity] = stream_uniform(&stream);
        for (uint64_t i = 0; i < entity; i++)
            assert_true(first[i] != first[entity]);
    }
}

static void the_order_of_opening_decides_nothing(void **state)
{
    (void)state;
    struct sim *sim = sim_new(&(struct sim_options){.seed = 4, .replication = 9});
    struct sim_stream a, b, b_first, a_second;
    sim_stream_open(&a, sim, "arrival", 1);
    stream_uniform(&a);
    sim_stream_open(&b, sim, "energy", 1);
    sim_stream_open(&b_first, sim, "energy", 1);
    double energy = stream_uniform(&b_first);
    sim_stream_open(&a_second, sim, "arrival", 1);
    stream_uniform(&a_second);
    assert_true(stream_uniform(&b) == energy);
    assert_true(stream_uniform(&a) == stream_uniform(&a_second));
    assert_int_equal(sim_stream_count(sim), 4);
    struct sim_stream alone;
    stream_open(&alone, 4, 9, "energy", 1);
    assert_true(stream_uniform(&alone) == energy);
    sim_free(sim);
}

static void a_stream_may_be_copied_before_first_use(void **state)
{
    (void)state;
    struct sim_stream stream, copy;
    stream_open(&stream, 1, 0, "a", 0);
    copy = stream;
    double value = gsl_rng_uniform(stream_rng(&stream));
    assert_true(gsl_rng_uniform(stream_rng(&copy)) == value);
}

/* Frozen: a change here changes every result ever published. */
static void the_numbers_of_a_name_never_change(void **state)
{
    (void)state;
    struct sim_stream stream;
    stream_open(&stream, 1, 0, "arrival", 0);
    static const uint32_t expected[6] = {0xf7a01e7b, 0x8be24c59, 0xb7024cfc, 0x0ae37358, 0x480c2aa0, 0xd7fa2dc3};
    for (int i = 0; i < 6; i++)
        assert_int_equal(gsl_rng_get(stream_rng(&stream)), expected[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_published_answers),
        cmocka_unit_test(the_generator_gives_the_words_of_successive_blocks),
        cmocka_unit_test(the_block_number_carries_into_its_second_word),
        cmocka_unit_test(the_type_says_what_gsl_wants_to_know),
        cmocka_unit_test(gsl_can_allocate_copy_and_seed_it),
        cmocka_unit_test(doubles_take_53_bits_of_two_words),
        cmocka_unit_test(a_double_after_an_odd_word_starts_at_a_pair),
        cmocka_unit_test(uniforms_are_in_the_half_open_unit_interval),
        cmocka_unit_test(an_exponential_is_never_infinite),
        cmocka_unit_test(short_ways_and_gsl_agree),
        cmocka_unit_test(mean_and_variance_are_those_of_the_distribution),
        cmocka_unit_test(low_bytes_are_uniform),
        cmocka_unit_test(streams_of_different_names_are_independent),
        cmocka_unit_test(neighbouring_entities_share_no_block),
        cmocka_unit_test(the_order_of_opening_decides_nothing),
        cmocka_unit_test(a_stream_may_be_copied_before_first_use),
        cmocka_unit_test(the_numbers_of_a_name_never_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
