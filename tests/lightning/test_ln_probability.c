/* test_ln_probability.c: chances in integers against the same in floating point.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/lightning/probability.h"
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/dice.h"
#include <math.h>

#define NAT ((double)(1 << LN_NATS_BITS))

static double as_chance(uint64_t p)
{
    return (double)p / (double)LN_SURE;
}

static bool is_near(double a, double b, double relative, double absolute)
{
    return fabs(a - b) <= absolute + relative * fabs(b);
}

static void logarithms_are_right_to_half_a_percent_of_themselves(void **state)
{
    struct dice dice = {1};
    (void)state;
    assert_int_equal(ln_nats_of(LN_SURE), 0);
    for (unsigned i = 0; i < 200000; i++) {
        uint64_t p = (dice_next(&dice) >> 32 >> dice_below(&dice, 32)) + 1;
        double expected = -log(as_chance(p));
        assert_true(is_near(ln_nats_of(p) / NAT, expected, 0.004, 2 / NAT));
        uint64_t near = LN_SURE - (p >> dice_below(&dice, 20)) / 2;
        assert_true(is_near(ln_nats_of(near) / NAT, -log(as_chance(near)), 0.004, 2 / NAT));
    }
}

static void powers_are_right_to_a_hundred_thousandth(void **state)
{
    struct dice dice = {2};
    (void)state;
    assert_int_equal(ln_half_power(0), LN_SURE);
    assert_int_equal(ln_probability_of_nats(0), LN_SURE);
    assert_int_equal(ln_probability_of_nats(LN_NATS_MAX), 0);
    for (unsigned i = 0; i < 200000; i++) {
        uint64_t halves = dice_next(&dice) >> 26;
        assert_true(is_near(as_chance(ln_half_power(halves)), exp2(-(double)halves / (double)LN_SURE), 1e-5, 1e-9));
        uint64_t nats = dice_next(&dice) % LN_NATS_MAX;
        assert_true(is_near(as_chance(ln_probability_of_nats(nats)), exp(-(double)nats / NAT), 1e-5, 1e-9));
    }
}

static struct ln_bounds roll_bounds(struct dice *dice)
{
    uint64_t capacity = dice_next(dice) >> 16 >> dice_below(dice, 40);
    uint64_t a = dice_next(dice) % (capacity + 1), b = dice_next(dice) % (capacity + 1);
    switch (dice_below(dice, 4)) {
    case 0:
        return (struct ln_bounds){a < b ? a : b, a < b ? b : a, capacity};
    case 1:
        return (struct ln_bounds){0, a, capacity};
    case 2:
        return (struct ln_bounds){a, capacity, capacity};
    default:
        return (struct ln_bounds){0, capacity, capacity};
    }
}

static struct ln_prior roll_prior(struct dice *dice)
{
    enum ln_prior_kind kind = dice_below(dice, 2) == 0 ? LN_PRIOR_UNIFORM : LN_PRIOR_BIMODAL;
    return (struct ln_prior){kind, (dice_next(dice) >> 16 >> dice_below(dice, 40)) + 1};
}

static void a_larger_amount_is_never_likelier(void **state)
{
    struct dice dice = {3};
    (void)state;
    for (unsigned i = 0; i < 300000; i++) {
        struct ln_bounds bounds = roll_bounds(&dice);
        struct ln_prior prior = roll_prior(&dice);
        uint64_t a = dice_next(&dice) % (bounds.upper_msat + 1);
        uint64_t b =
            dice_below(&dice, 2) == 0 ? a + dice_below(&dice, 1000) : dice_next(&dice) % (bounds.upper_msat + 1);
        uint32_t less, more;
        if (b > bounds.upper_msat) {
            continue;
        }
        assert_true(ln_probability_nats(&less, &prior, &bounds, a < b ? a : b));
        assert_true(ln_probability_nats(&more, &prior, &bounds, a < b ? b : a));
        assert_true(less <= more && more <= LN_NATS_MAX);
    }
}

static void bounds_decide_what_is_sure_and_what_cannot_be(void **state)
{
    struct dice dice = {4};
    uint32_t nats;
    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        struct ln_bounds bounds = roll_bounds(&dice);
        struct ln_prior prior = roll_prior(&dice);
        assert_false(ln_probability_nats(&nats, &prior, &bounds, bounds.upper_msat + 1));
        assert_true(ln_probability_nats(&nats, &prior, &bounds, bounds.lower_msat));
        assert_int_equal(nats, 0);
    }
}

static void the_uniform_prior_counts_the_amounts_above(void **state)
{
    const struct ln_prior prior = {LN_PRIOR_UNIFORM, 1};
    struct dice dice = {5};
    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        struct ln_bounds bounds = roll_bounds(&dice);
        uint64_t amount = bounds.lower_msat + dice_next(&dice) % (bounds.upper_msat - bounds.lower_msat + 1);
        uint32_t nats;
        double above = (double)(bounds.upper_msat - amount) + 1;
        double all = (double)(bounds.upper_msat - bounds.lower_msat) + 1;
        assert_true(ln_probability_nats(&nats, &prior, &bounds, amount));
        if (above / all > 1e-3) { /* below, the last bits of the ratio count */
            assert_true(is_near(nats / NAT, -log(above / all), 0.005, 3 / NAT));
        }
    }
}

/* The integral of e^(-x/s) + e^((x-c)/s) from 0 to x, over s. */
static double below(double x, double capacity, double scale)
{
    return 1 - exp(-x / scale) + exp((x - capacity) / scale) - exp(-capacity / scale);
}

static void the_bimodal_prior_is_its_integral(void **state)
{
    struct dice dice = {6};
    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        struct ln_bounds bounds = roll_bounds(&dice);
        struct ln_prior prior = {LN_PRIOR_BIMODAL, bounds.capacity_msat / (1 + dice_below(&dice, 60)) + 1};
        uint64_t amount = bounds.lower_msat + dice_next(&dice) % (bounds.upper_msat - bounds.lower_msat + 1);
        double c = (double)bounds.capacity_msat, s = (double)prior.scale_msat;
        double low = below((double)bounds.lower_msat, c, s), high = below((double)bounds.upper_msat, c, s);
        double p = (high - below((double)amount, c, s)) / (high - low);
        uint32_t nats;
        assert_true(ln_probability_nats(&nats, &prior, &bounds, amount));
        if (high - low > 0.01 && p > 0.01 && c > 1e6) { /* below, 32 bits hold too little of it */
            assert_true(is_near(nats / NAT, -log(p), 0.02, 1e-3));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logarithms_are_right_to_half_a_percent_of_themselves),
        cmocka_unit_test(powers_are_right_to_a_hundred_thousandth),
        cmocka_unit_test(a_larger_amount_is_never_likelier),
        cmocka_unit_test(bounds_decide_what_is_sure_and_what_cannot_be),
        cmocka_unit_test(the_uniform_prior_counts_the_amounts_above),
        cmocka_unit_test(the_bimodal_prior_is_its_integral),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
