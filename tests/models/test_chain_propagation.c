/* test_chain_propagation.c: stale blocks, winners, delays, observers, against their laws.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/near.h"

#include "models/chain/blocks.h"
#include "models/chain/propagation.h"
#include "sim/stream.h"

#include <stdlib.h>

/* ---- miners who mine on what they know ------------------------------------------------------------------------- */

#define RECENT 32 /* blocks that may still be on their way or be built upon */

struct found {
    uint32_t number, parent, height;
    int64_t arrival_us[PROPAGATION_GERVAIS_MINERS];
};

/* The best branch a miner knows at now_us: most blocks, of equal ones the first to arrive. */
static const struct found *tip_of(const struct found *recent, uint32_t count, size_t miner, int64_t now_us)
{
    const struct found *tip = NULL;
    for (uint32_t i = count > RECENT ? count - RECENT : 0; i < count; i++) {
        const struct found *block = &recent[i % RECENT];
        if (block->arrival_us[miner] > now_us)
            continue;
        if (tip == NULL || block->height > tip->height ||
            (block->height == tip->height && block->arrival_us[miner] < tip->arrival_us[miner]))
            tip = block;
    }
    assert_non_null(tip);
    return tip;
}

struct stale {
    uint32_t blocks, stale, deepest; /* deepest: blocks of the longest branch that lost */
};

static void count_stale(struct stale *result, const uint32_t *parents, const uint32_t *heights, uint32_t count)
{
    bool *is_best = calloc(count, sizeof is_best[0]);
    assert_non_null(is_best);
    uint32_t best = 0;
    for (uint32_t i = 1; i < count; i++)
        best = heights[i] > heights[best] ? i : best;
    for (uint32_t i = best; i != 0; i = parents[i])
        is_best[i] = true;
    is_best[0] = true;
    *result = (struct stale){.blocks = count - 1};
    for (uint32_t i = 1; i < count; i++) {
        result->stale += !is_best[i];
        uint32_t depth = 0;
        for (uint32_t k = i; !is_best[k]; k = parents[k])
            depth++;
        result->deepest = depth > result->deepest ? depth : result->deepest;
    }
    free(is_best);
}

static void mine(struct stale *result, const struct propagation *propagation, double interval_s, uint32_t count,
                 uint64_t seed)
{
    struct sim_stream stream;
    stream_open(&stream, seed, 0, "test.stale", 0);
    gsl_rng *rng = stream_rng(&stream);
    struct blocks blocks;
    blocks_init(&blocks, llround(interval_s * 1e6), 0.0);
    uint32_t *parents = calloc(count, sizeof parents[0]), *heights = calloc(count, sizeof heights[0]);
    assert_true(parents != NULL && heights != NULL);
    struct found recent[RECENT] = {{0}}; /* block 0 is known to all */
    int64_t now_us = 0;
    for (uint32_t number = 1; number < count; number++) {
        now_us = blocks_next_us(&blocks, rng, now_us, 1.0);
        size_t winner = propagation_winner(propagation, rng);
        const struct found *parent = tip_of(recent, number, winner, now_us);
        struct found block = {.number = number, .parent = parent->number, .height = parent->height + 1};
        for (size_t i = 0; i < propagation->miner_count; i++)
            block.arrival_us[i] = now_us + (i == winner ? 0 : propagation_block_delay_us(propagation, rng));
        recent[number % RECENT] = block;
        parents[number] = block.parent;
        heights[number] = block.height;
    }
    count_stale(result, parents, heights, count);
    free(parents);
    free(heights);
}

static void a_stale_delay_gives_its_share_of_stale_blocks(void **state)
{
    (void)state;
    static const struct {
        double delay_s, interval_s;
        uint32_t blocks;
    } cases[] = {{1.0, 600.0, 300000}, {1.0, 60.0, 100000}, {10.2, 600.0, 100000}};
    for (size_t i = 0; i < 3; i++) {
        struct propagation_config config;
        propagation_config_default(&config, GOSSIP_2018);
        config.block_mean_s =
            propagation_mean_for(cases[i].delay_s, propagation_gervais_share, PROPAGATION_GERVAIS_MINERS);
        struct propagation propagation;
        propagation_init(&propagation, &config);
        near(propagation.stale_delay_s, cases[i].delay_s, 1e-12);
        struct stale stale;
        mine(&stale, &propagation, cases[i].interval_s, cases[i].blocks, 40 + i);
        double law = propagation_stale_share(cases[i].delay_s, cases[i].interval_s);
        print_message("D %.1f s, interval %.0f s: %.3f %% stale (law %.3f %%, %u of %u), longest lost branch %u\n",
                      cases[i].delay_s, cases[i].interval_s, 100.0 * stale.stale / stale.blocks, 100.0 * law,
                      stale.stale, stale.blocks, stale.deepest);
        /* The law is of first order: delays that scatter and stale blocks among all blocks take off some hundredths
         * of a percent at D / interval = 1/60, within the noise of so many blocks. */
        near_share(stale.stale, stale.blocks, law);
    }
    print_message("SimBlock: 0.20 %% and 1.19 %%; counted in 2018: 0.172 %%\n");
}

static void without_delay_no_block_is_stale(void **state)
{
    (void)state;
    struct propagation_config config;
    propagation_config_default(&config, GOSSIP_2018);
    config.block_mean_s = 0.0;
    struct propagation propagation;
    propagation_init(&propagation, &config);
    struct stale stale;
    mine(&stale, &propagation, 10.0, 20000, 1);
    assert_int_equal(stale.stale, 0);
}

/* ---- winners, delays ------------------------------------------------------------------------------------------- */

static void winners_follow_their_shares(void **state)
{
    (void)state;
    struct propagation_config config;
    propagation_config_default(&config, GOSSIP_2018);
    struct propagation propagation;
    propagation_init(&propagation, &config);
    struct sim_stream stream;
    stream_open(&stream, 2, 0, "test.winner", 0);
    int wins[PROPAGATION_GERVAIS_MINERS] = {0};
    const int draws = 200000;
    for (int i = 0; i < draws; i++)
        wins[propagation_winner(&propagation, stream_rng(&stream))]++;
    double chi_square = 0.0, sum = 0.0;
    for (size_t i = 0; i < PROPAGATION_GERVAIS_MINERS; i++) {
        double expected = propagation.share[i] * draws;
        near(propagation.share[i], propagation_gervais_share[i] / 1.001, 1e-12);
        chi_square += (wins[i] - expected) * (wins[i] - expected) / expected;
        sum += propagation.share[i];
    }
    near(sum, 1.0, 1e-12);
    assert_true(chi_square < 37.7); /* 99.9 % of 15 degrees of freedom */
}

static int compare_times(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return a < b ? -1 : a > b;
}

static void delays_have_their_means_and_medians(void **state)
{
    (void)state;
    enum { DRAWS = 100001 };
    static int64_t times[DRAWS];
    for (int generation = GOSSIP_2018; generation <= GOSSIP_CURRENT; generation++) {
        struct propagation_config config;
        propagation_config_default(&config, (enum gossip_generation)generation);
        struct propagation propagation;
        propagation_init(&propagation, &config);
        struct sim_stream stream;
        stream_open(&stream, 3, 0, "test.delay", (uint64_t)generation);
        double sum_s = 0.0;
        for (int i = 0; i < DRAWS; i++)
            sum_s += (double)propagation_block_delay_us(&propagation, stream_rng(&stream)) / 1e6;
        /* sd / mean = sqrt(exp(1.21) - 1) = 1.53 */
        near(sum_s / DRAWS / config.block_mean_s, 1.0, 4.0 * 1.53 / sqrt(DRAWS));
        for (int i = 0; i < DRAWS; i++)
            times[i] = propagation_tx_delay_us(&propagation, stream_rng(&stream));
        qsort(times, DRAWS, sizeof times[0], compare_times);
        double median_s = (double)times[DRAWS / 2] / 1e6, p90_s = (double)times[DRAWS * 9 / 10] / 1e6;
        near(median_s / (generation == GOSSIP_2018 ? 3.9 : 8.5), 1.0, 0.01);
        near(log(p90_s / median_s) / 1.2816, 0.4, 0.01);
    }
}

/* ---- conflicts ------------------------------------------------------------------------------------------------- */

static void the_odds_law_has_its_slope_and_its_heads_and_helpers(void **state)
{
    (void)state;
    struct propagation_config config;
    propagation_config_default(&config, GOSSIP_2018);
    struct propagation propagation;
    propagation_init(&propagation, &config);
    struct propagation_conflict conflict = {.payment_nodes = 8, .conflict_nodes = 2, .delta_s = 0.0};
    near(propagation_share_mean(&propagation, &conflict), 0.2, 1e-12);
    conflict.delta_s = 2.0;
    double share = propagation_share_mean(&propagation, &conflict);
    near(log(share / (1.0 - share)), log(0.25) - 4.3, 1e-9);
    conflict.delta_s = 1000.0;
    near(propagation_share_mean(&propagation, &conflict), 0.0, 1e-12);
    struct sim_stream stream;
    stream_open(&stream, 4, 0, "test.share", 0);
    near(propagation_share_draw(&propagation, stream_rng(&stream), &conflict), 0.0, 1e-12);
    conflict.delta_s = -1000.0;
    near(propagation_share_draw(&propagation, stream_rng(&stream), &conflict), 1.0, 1e-12);
}

/* Exponential weights, one node each: the share is uniform at delta 0, and its mean is x (x - 1 - ln x) / (1 - x)^2
 * with x = exp(-g delta). */
static void drawn_shares_have_the_mean_of_their_weights(void **state)
{
    (void)state;
    struct propagation_config config;
    propagation_config_default(&config, GOSSIP_CURRENT);
    struct propagation propagation;
    propagation_init(&propagation, &config);
    near(propagation.weight_shape, 1.0, 0.0);
    struct sim_stream stream;
    stream_open(&stream, 5, 0, "test.share", 0);
    const int draws = 100000;
    for (int k = 0; k <= 4; k++) {
        struct propagation_conflict conflict = {.payment_nodes = 1, .conflict_nodes = 1, .delta_s = k};
        double x = exp(-propagation.growth_per_s * k), sum = 0.0, squares = 0.0;
        for (int i = 0; i < draws; i++) {
            double share = propagation_share_draw(&propagation, stream_rng(&stream), &conflict);
            sum += share;
            squares += share * share;
        }
        double mean = sum / draws, sd = sqrt(squares / draws - mean * mean);
        near(mean, k == 0 ? 0.5 : x * (x - 1.0 - log(x)) / ((1.0 - x) * (1.0 - x)), 4.0 * sd / sqrt(draws));
        if (k == 0)
            near(sd, sqrt(1.0 / 12.0), 0.002);
    }
}

/* Attacks at all delays: the conflict wins and none of k observers has it. */
static void observers_bound_the_risk_whatever_the_delay(void **state)
{
    (void)state;
    struct propagation_config config;
    propagation_config_default(&config, GOSSIP_2018);
    struct propagation propagation;
    propagation_init(&propagation, &config);
    static const unsigned counts[] = {1, 5, 8, 20, 40, 100};
    static const double printed[] = {25.0, 6.7, 4.3, 1.8, 0.91, 0.37};
    const int trials = 20000;
    for (size_t c = 0; c < 6; c++) {
        double bound = propagation_observer_bound(counts[c]), worst = 0.0;
        near(100.0 * bound, printed[c], printed[c] > 1.0 ? 0.05 : 0.005);
        within(bound, 1.0 / (M_E * (counts[c] + 1.0)), 1.0 / (M_E * counts[c]));
        for (int d = 0; d <= 12; d++) {
            struct sim_stream stream;
            stream_open(&stream, 6, 0, "test.observer", c * 100 + (uint64_t)d);
            gsl_rng *rng = stream_rng(&stream);
            struct propagation_conflict conflict = {.payment_nodes = 1, .conflict_nodes = 1, .delta_s = 0.25 * d};
            int won = 0;
            for (int i = 0; i < trials; i++) {
                double share = propagation_share_draw(&propagation, rng, &conflict);
                bool is_mined = gsl_rng_uniform(rng) < share;
                won += is_mined &&
                       propagation_observe_us(&propagation, rng, &conflict, share, counts[c]) == PROPAGATION_NEVER_US;
            }
            worst = fmax(worst, (double)won / trials);
        }
        print_message("%3u observers: at most %.2f %% of races at any delay win unseen, bound %.2f %%\n", counts[c],
                      100.0 * worst, 100.0 * bound);
        assert_true(worst <= bound + 3.0 * sqrt(bound / trials));
        assert_true(worst > 0.3 * bound); /* the bound is of the right order */
    }
}

static void the_rates_of_bamert_and_of_bitcoin_cash_are_in_reach(void **state)
{
    (void)state;
    unsigned observers = propagation_observers_for(0.00088);
    print_message("0.088 %% (Bamert et al. 2013, 40 nodes) for any delay takes %u observers\n", observers);
    assert_int_equal(observers, 418);
    assert_true(propagation_observer_bound(observers) <= 0.00088 &&
                propagation_observer_bound(observers - 1) > 0.00088);
    assert_int_equal(propagation_observers_for(0.25), 1);
    assert_int_equal(propagation_observers_for(0.999), 1);
    /* First-seen network, double spends more than 1 s late: 1 of 1,104 won (doublespend.cash, 2019-11). */
    struct propagation_config config;
    propagation_config_default(&config, GOSSIP_2018);
    struct propagation propagation;
    propagation_init(&propagation, &config);
    double sum = 0.0;
    const int steps = 1000;
    for (int i = 0; i < steps; i++) {
        struct propagation_conflict conflict = {
            .payment_nodes = 8, .conflict_nodes = 1, .delta_s = 1.0 + 9.0 * (i + 0.5) / steps};
        sum += propagation_share_mean(&propagation, &conflict) / steps;
    }
    print_message("delays of 1 to 10 s against 8 nodes: %.3f %% won; seen 0.09 %%\n", 100.0 * sum);
    within(100.0 * sum, 0.03, 0.3);
}

static void a_short_listening_window_sees_little(void **state)
{
    (void)state;
    struct propagation_config config;
    propagation_config_default(&config, GOSSIP_2018);
    struct propagation propagation;
    propagation_init(&propagation, &config);
    struct sim_stream stream;
    stream_open(&stream, 8, 0, "test.window", 0);
    struct propagation_conflict conflict = {.payment_nodes = 1, .conflict_nodes = 1, .delta_s = 0.0};
    const int draws = 20000;
    int before_2 = 0, before_5 = 0, before_10 = 0;
    for (int i = 0; i < draws; i++) {
        int64_t seen_us = propagation_observe_us(&propagation, stream_rng(&stream), &conflict, 1.0, 1);
        before_2 += seen_us <= 2000000;
        before_5 += seen_us <= 5000000;
        before_10 += seen_us <= 10000000;
    }
    print_message("one observer sees within 2 s %.1f %%, 5 s %.1f %%, 10 s %.1f %%\n", 100.0 * before_2 / draws,
                  100.0 * before_5 / draws, 100.0 * before_10 / draws);
    within((double)before_2 / draws, 0.0, 0.08);
    within((double)before_5 / draws, 0.65, 0.85);
    assert_true(before_10 > 0.98 * draws);
    conflict.delta_s = 3.0;
    assert_true(propagation_observe_us(&propagation, stream_rng(&stream), &conflict, 1.0, 100) > 3000000);
    assert_true(propagation_observe_us(&propagation, stream_rng(&stream), &conflict, 0.0, 100) == PROPAGATION_NEVER_US);
    assert_true(propagation_observe_us(&propagation, stream_rng(&stream), &conflict, 1.0, 0) == PROPAGATION_NEVER_US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stale_delay_gives_its_share_of_stale_blocks),
        cmocka_unit_test(without_delay_no_block_is_stale),
        cmocka_unit_test(winners_follow_their_shares),
        cmocka_unit_test(delays_have_their_means_and_medians),
        cmocka_unit_test(the_odds_law_has_its_slope_and_its_heads_and_helpers),
        cmocka_unit_test(drawn_shares_have_the_mean_of_their_weights),
        cmocka_unit_test(observers_bound_the_risk_whatever_the_delay),
        cmocka_unit_test(the_rates_of_bamert_and_of_bitcoin_cash_are_in_reach),
        cmocka_unit_test(a_short_listening_window_sees_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
