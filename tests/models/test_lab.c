/* test_lab.c: experiments without a building: what they fill, what it depends on, and that they can fail.   [model]
 * [model] SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whether the models agree with what was published is asked by scenarios/validation.
 */
#include "tests/models/near.h"

#include "models/chain/blocks.h"
#include "models/chain/config.h"
#include "models/chain/estimator.h"
#include "models/lab/lab.h"
#include "models/lab/wait.h"
#include "models/world.h"
#include "sim/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One experiment of each kind, as small as can be. */
static void small_lab(struct lab_config *lab)
{
    *lab = (struct lab_config){.experiment_count = LAB_KIND_COUNT};
    struct lab_experiment *list = lab->experiments;
    for (int kind = 0; kind < LAB_KIND_COUNT; kind++)
        list[kind] = (struct lab_experiment){.name = lab_kind_name((enum lab_kind)kind), .kind = kind};
    list[LAB_FORMULA].formula = (struct lab_formula_config){
        .formula = LAB_EXACT, .decimals = 3, .risk_ppm = 1000, .cells = {{100000, 1, 200}}, .cell_count = 1};
    list[LAB_RACE].race =
        (struct lab_race_config){.share_ppm = 300000, .confirmations = 2, .give_up_blocks = 30, .trials = 1000};
    list[LAB_WAITING].waiting =
        (struct lab_waiting_config){.confirmations = 2, .blocks = 1000, .interval_us = 600 * SECOND_US};
    list[LAB_PERIOD].period = (struct lab_period_config){.confirmations = 1,
                                                         .periods = 3,
                                                         .growth_ppm = 50000,
                                                         .p50_us = 400 * SECOND_US,
                                                         .p90_us = 1300 * SECOND_US,
                                                         .p99_us = 2600 * SECOND_US};
    list[LAB_RETARGET].retarget = (struct lab_retarget_config){.timespan_us = 604800 * SECOND_US};
    list[LAB_GROWTH].growth =
        (struct lab_growth_config){.growth_ppm = 100000, .interval_us = 600 * SECOND_US, .periods = 2};
    list[LAB_STALE].stale =
        (struct lab_stale_config){.interval_us = 60 * SECOND_US, .delay_us = 6 * SECOND_US, .blocks = 500};
    list[LAB_GOSSIP].gossip = (struct lab_gossip_config){.nodes = 200, .networks = 2};
    list[LAB_CONFLICT].conflict = (struct lab_conflict_config){.nodes = 300, .networks = 5, .races = 10};
    list[LAB_OBSERVERS].observers = (struct lab_observers_config){.observers = 4, .trials = 1000, .risk_ppm = 880};
    list[LAB_LATE].late =
        (struct lab_late_config){.from_us = 0, .to_us = SECOND_US, .peers = 1, .helpers = 1, .trials = 1000};
    list[LAB_SIZE].size = (struct lab_size_config){.transaction = LAB_COMMITMENT, .htlcs = 2};
    list[LAB_MEMPOOL].mempool = (struct lab_mempool_config){.era = CHAIN_ERA_2018_03, .days = 2};
    list[LAB_ESTIMATOR].estimator =
        (struct lab_estimator_config){.mode = ESTIMATOR_ECONOMICAL, .target_blocks = 2, .spike_us = 6 * HOUR_US};
}

static bool is_random(enum lab_kind kind)
{
    return kind != LAB_FORMULA && kind != LAB_RETARGET && kind != LAB_SIZE;
}

static void run(struct lab_result *result, const struct lab_config *lab, uint32_t experiment, uint32_t replication)
{
    lab_run(result, lab, &(struct lab_order){.seed = 1, .replication = replication, .experiment = experiment});
    assert_int_equal(result->end, LAB_END_DONE);
    if (result->failed)
        fail_msg("%s", result->failure);
}

/* ---- what a result is ------------------------------------------------------------------------------------------ */

static void every_metric_is_complete_and_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < LAB_METRIC_COUNT; i++) {
        const struct metric_info *info = &lab_metric_table[i].info;
        const char *kind = lab_kind_name(lab_metric_table[i].kind);
        assert_true(info->name != NULL && info->unit != NULL && info->long_name != NULL && info->source != NULL);
        assert_true(info->definition[0] != '\0' && info->unit[0] != '\0');
        assert_true(strncmp(info->name, kind, strlen(kind)) == 0 && info->name[strlen(kind)] == '.');
        assert_int_equal(metric_find(info->name), METRIC_COUNT);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(info->name, lab_metric_table[k].info.name);
        assert_true(i == 0 || lab_metric_table[i].kind >= lab_metric_table[i - 1].kind);
    }
}

static void an_experiment_fills_the_metrics_of_its_kind_and_no_others(void **state)
{
    (void)state;
    static struct lab_config lab;
    small_lab(&lab);
    enum lab_metric metrics[LAB_METRIC_COUNT];
    assert_int_equal(lab_metrics(metrics, &lab), LAB_METRIC_COUNT);
    for (uint32_t kind = 0; kind < LAB_KIND_COUNT; kind++) {
        struct lab_result result;
        run(&result, &lab, kind, 0);
        assert_true(result.trials > 0);
        assert_true(result.deterministic == !is_random((enum lab_kind)kind));
        for (int i = 0; i < LAB_METRIC_COUNT; i++) {
            bool is_ours = lab_metric_table[i].kind == (enum lab_kind)kind;
            if (isnan(result.metrics[i]) == is_ours && i != LAB_FORMULA_MISCOUNTS)
                fail_msg("%s: %s is %f", lab_kind_name((enum lab_kind)kind), lab_metric_table[i].info.name,
                         result.metrics[i]);
        }
    }
    lab.experiment_count = 1;
    assert_int_equal(lab_metrics(metrics, &lab), 4);
}

static void results_follow_from_seed_replication_and_name_alone(void **state)
{
    (void)state;
    static struct lab_config lab, other;
    small_lab(&lab);
    other = lab;
    other.experiments[1] = lab.experiments[2]; /* another one beside it */
    other.experiment_count = 2;
    for (uint32_t kind = 0; kind < LAB_KIND_COUNT; kind++) {
        struct lab_result first, again, next, named;
        run(&first, &lab, kind, 0);
        run(&next, &lab, kind, 1);
        other.experiments[0] = lab.experiments[kind];
        run(&again, &other, 0, 0);
        assert_memory_equal(first.digest, again.digest, 32);
        assert_memory_equal(first.metrics, again.metrics, sizeof first.metrics);
        assert_true((memcmp(first.digest, next.digest, 32) != 0) == is_random((enum lab_kind)kind));
        other.experiments[0].name = "renamed";
        run(&named, &other, 0, 0);
        /* The whole chain has streams of its own names. */
        bool is_named = is_random((enum lab_kind)kind) && kind != LAB_STALE;
        assert_true((memcmp(first.digest, named.digest, 32) != 0) == is_named);
    }
}

static void an_interrupt_ends_what_takes_long(void **state)
{
    (void)state;
    static struct lab_config lab;
    const volatile int interrupt = 1;
    small_lab(&lab);
    for (uint32_t kind = 0; kind < LAB_KIND_COUNT; kind++) {
        struct lab_result result;
        lab_run(&result, &lab, &(struct lab_order){.experiment = kind, .interrupt = &interrupt});
        assert_int_equal(result.end, is_random((enum lab_kind)kind) ? LAB_END_INTERRUPT : LAB_END_DONE);
    }
}

/* ---- waits ----------------------------------------------------------------------------------------------------- */

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

/* The same with many payers, one after the other. */
static void dense_waits(double *waits_us, size_t payers, const struct wait_blocks *blocks)
{
    const int64_t *arrival_us = blocks->arrival_us;
    int64_t end_us = arrival_us[blocks->count - blocks->confirmations];
    size_t next = 0;
    for (size_t i = 0; i < payers; i++) {
        double now_us = (double)arrival_us[0] + (double)(end_us - arrival_us[0]) * ((double)i + 0.5) / (double)payers;
        while ((double)arrival_us[next] <= now_us)
            next++;
        waits_us[i] = (double)arrival_us[next + blocks->confirmations - 1] - now_us;
    }
    qsort(waits_us, payers, sizeof waits_us[0], compare_doubles);
}

static void waits_are_those_of_payers_who_come_evenly(void **state)
{
    (void)state;
    enum { BLOCKS = 50, PAYERS = 200000 };
    static double waits_us[PAYERS];
    int64_t arrival_us[BLOCKS] = {0};
    struct sim_stream stream;
    stream_open(&stream, 1, 0, "test.lab", 0);
    for (int i = 1; i < BLOCKS; i++) /* every fifth comes together with the one before */
        arrival_us[i] = arrival_us[i - 1] + (i % 5 == 0 ? 0 : (int64_t)stream_exponential(&stream, 600e6));
    for (unsigned n = 1; n <= 6; n += 5) {
        const struct wait_blocks blocks = {arrival_us, BLOCKS, n};
        double sum = 0.0, range_us = (double)(arrival_us[BLOCKS - n] - arrival_us[0]);
        dense_waits(waits_us, PAYERS, &blocks);
        for (int i = 0; i < PAYERS; i++)
            sum += waits_us[i] / PAYERS;
        near(wait_mean_us(&blocks), sum, 1e-4 * range_us / BLOCKS);
        for (int percent = 5; percent < 100; percent += 15)
            near((double)wait_quantile_us(&blocks, percent / 100.0), waits_us[PAYERS * percent / 100],
                 10.0 * range_us / PAYERS);
    }
}

static void all_blocks_at_once_make_no_wait(void **state)
{
    (void)state;
    const int64_t arrival_us[3] = {7, 7, 7};
    const struct wait_blocks blocks = {arrival_us, 3, 2};
    assert_int_equal(wait_quantile_us(&blocks, 0.5), 0);
}

/* ---- experiments that must be able to fail --------------------------------------------------------------------- */

static double figure(struct lab_config *lab, enum lab_metric metric)
{
    struct lab_result result;
    run(&result, lab, lab_metric_table[metric].kind, 0);
    return result.metrics[metric];
}

static void a_wrong_table_is_noticed(void **state)
{
    (void)state;
    static struct lab_config lab;
    small_lab(&lab);
    struct lab_formula_config *formula = &lab.experiments[LAB_FORMULA].formula;
    near(figure(&lab, LAB_FORMULA_ERROR), 0.0, 1e-12);
    formula->cells[0].printed = 205;
    near(figure(&lab, LAB_FORMULA_ERROR), 0.005, 1e-12);
    formula->formula = LAB_NAKAMOTO;
    near(figure(&lab, LAB_FORMULA_ERROR), 0.205 - 0.2045873, 1e-7);
    formula->formula = LAB_EXACT_DEPTH;
    formula->cells[0].confirmations = 6;
    near(figure(&lab, LAB_FORMULA_MISCOUNTS), 0.0, 0.0);
    formula->formula = LAB_NAKAMOTO_DEPTH;
    near(figure(&lab, LAB_FORMULA_MISCOUNTS), 1.0, 0.0);
    formula->cells[0].confirmations = 5;
    near(figure(&lab, LAB_FORMULA_MISCOUNTS), 0.0, 0.0);
}

static void an_attacker_who_gives_up_at_once_wins_too_little(void **state)
{
    (void)state;
    static struct lab_config lab;
    small_lab(&lab);
    lab.experiments[LAB_RACE].race.trials = 20000;
    near(figure(&lab, LAB_RACE_DEVIATION), 0.0, 4.0 * sqrt(1e6 / 20000));
    lab.experiments[LAB_RACE].race.give_up_blocks = 1;
    assert_true(figure(&lab, LAB_RACE_DEVIATION) < -10.0 * sqrt(1e6 / 20000));
}

static void laws_follow_their_parameters(void **state)
{
    (void)state;
    static struct lab_config lab;
    small_lab(&lab);
    near(figure(&lab, LAB_RETARGET_FACTOR), 2.0, 1e-12);
    near(figure(&lab, LAB_STALE_LAW), 100.0 * -expm1(-0.1), 1e-9);
    near(figure(&lab, LAB_STALE_SHARE), 9.0, 5.0);
    lab.experiments[LAB_STALE].stale.delay_us = 0;
    struct lab_result result;
    run(&result, &lab, LAB_STALE, 0);
    assert_true(result.metrics[LAB_STALE_SHARE] == 0.0 && isnan(result.metrics[LAB_STALE_DEVIATION]));
    near(figure(&lab, LAB_GROWTH_INTERVAL), 600.0 * exp(-0.1), 30.0);
    near(figure(&lab, LAB_OBSERVERS_BOUND), 100.0 * 256.0 / 3125.0, 1e-9);
    near(figure(&lab, LAB_OBSERVERS_NEEDED), 418.0, 0.0);
    double unseen = figure(&lab, LAB_OBSERVERS_UNSEEN);
    lab.experiments[LAB_OBSERVERS].observers.observers = 40;
    assert_true(figure(&lab, LAB_OBSERVERS_UNSEEN) < unseen);
    near(figure(&lab, LAB_CONFLICT_SLOPE), 2.15, 1.0);
    within(figure(&lab, LAB_LATE_WON), 20.0, 40.0);
    lab.experiments[LAB_LATE].late.peers = 100;
    within(figure(&lab, LAB_LATE_WON), 0.0, 3.0);
}

static void the_estimator_lags_and_the_mempools_place_does_not(void **state)
{
    (void)state;
    static struct lab_config lab;
    small_lab(&lab);
    double economical_h = 0.0, conservative_h = 0.0, position_h = 0.0;
    enum { RUNS = 6 };
    for (uint32_t i = 0; i < RUNS; i++) {
        struct lab_result result;
        lab.experiments[LAB_ESTIMATOR].estimator.mode = ESTIMATOR_ECONOMICAL;
        run(&result, &lab, LAB_ESTIMATOR, i);
        economical_h += result.metrics[LAB_ESTIMATOR_LAG] / RUNS;
        position_h += result.metrics[LAB_ESTIMATOR_POSITION_LAG] / RUNS;
        lab.experiments[LAB_ESTIMATOR].estimator.mode = ESTIMATOR_CONSERVATIVE;
        run(&result, &lab, LAB_ESTIMATOR, i);
        conservative_h += result.metrics[LAB_ESTIMATOR_LAG] / RUNS;
    }
    print_message("half the way down after %.1f h, conservative %.1f h, by place %.1f h\n", economical_h,
                  conservative_h, position_h);
    assert_true(position_h < 3.0 && economical_h > 5.0 && conservative_h >= economical_h);
}

static void every_transaction_is_built_and_valid(void **state)
{
    (void)state;
    static struct lab_config lab;
    small_lab(&lab);
    static const double weights_wu[LAB_TRANSACTION_COUNT] = {438, 562, 904, 610, 722, 1114, 661, 664, 699, 702};
    for (int transaction = 0; transaction < LAB_TRANSACTION_COUNT; transaction++) {
        struct lab_result result;
        lab.experiments[LAB_SIZE].size = (struct lab_size_config){.transaction = transaction};
        run(&result, &lab, LAB_SIZE, 0);
        near(result.metrics[LAB_SIZE_WEIGHT], weights_wu[transaction], 0.0);
        near(result.metrics[LAB_SIZE_VSIZE], ceil(weights_wu[transaction] / 4.0), 0.0);
        assert_true(isnan(result.metrics[LAB_SIZE_BOLT3]) == (transaction <= LAB_FUNDING));
    }
    lab.experiments[LAB_SIZE].size = (struct lab_size_config){.transaction = LAB_COMMITMENT_ANCHORS, .htlcs = 483};
    near(figure(&lab, LAB_SIZE_BOLT3), 1124 + 172 * 483, 0.0);
    near(figure(&lab, LAB_SIZE_BOLT3_EXCESS), 0.0, 0.0);
}

/* ---- real block times ------------------------------------------------------------------------------------------ */

/* A file of blocks that come every ten minutes but for the last gap, which is long. Owns: the input. */
static struct world_input *open_blocks(unsigned count)
{
    char path[] = "/tmp/konsento-test-lab-XXXXXX";
    struct input_problem problems[INPUT_PROBLEMS_MAX];
    size_t problem_count;
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    FILE *file = fdopen(descriptor, "w");
    fputs("height,unix_time\n", file);
    for (unsigned i = 0; i < count; i++)
        fprintf(file, "%u,%u\n", i, 1520000000 + 300 * i + (i + 1 == count ? 5000 : 0));
    fclose(file);
    struct world_input *input = world_input_open_trace(problems, &problem_count, path);
    if (input == NULL)
        fail_msg("%s", problems[0].text);
    assert_int_equal(world_input_file_count(input), 1);
    remove(path);
    return input;
}

static void a_file_of_blocks_takes_the_place_of_what_was_published(void **state)
{
    (void)state;
    static struct lab_config lab;
    small_lab(&lab);
    struct world_input *input = open_blocks(BLOCKS_PER_PERIOD + 1);
    struct lab_result result;
    lab_run(&result, &lab, &(struct lab_order){.experiment = LAB_RETARGET, .input = input});
    near(result.metrics[LAB_RETARGET_TIMESPAN], 2015 * 300, 0.0);
    near(result.metrics[LAB_RETARGET_FACTOR], 2.0 * 2016 / 2015, 1e-12);
    lab_run(&result, &lab, &(struct lab_order){.experiment = LAB_PERIOD, .input = input});
    near(result.metrics[LAB_PERIOD_REAL_P50], 150.0, 10.0);
    near(result.metrics[LAB_PERIOD_P50_RANK], 0.0, 0.0);
    world_input_close(input);
    input = open_blocks(100);
    lab_run(&result, &lab, &(struct lab_order){.experiment = LAB_RETARGET, .input = input});
    assert_true(result.failed && strstr(result.failure, "less than 2016 blocks") != NULL);
    lab.experiments[LAB_PERIOD].period.confirmations = 100;
    lab_run(&result, &lab, &(struct lab_order){.experiment = LAB_PERIOD, .input = input});
    assert_true(result.failed && strstr(result.failure, "too short") != NULL);
    world_input_close(input);
}

static void a_laboratory_needs_no_file(void **state)
{
    (void)state;
    struct input_problem problems[INPUT_PROBLEMS_MAX];
    size_t count;
    struct world_input *input = world_input_open_trace(problems, &count, NULL);
    assert_non_null(input);
    assert_int_equal(world_input_file_count(input), 0);
    world_input_close(input);
    assert_null(world_input_open_trace(problems, &count, "/nowhere/blocks.csv"));
    assert_int_equal(problems[0].severity, INPUT_ERROR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_metric_is_complete_and_has_a_name_of_its_own),
        cmocka_unit_test(an_experiment_fills_the_metrics_of_its_kind_and_no_others),
        cmocka_unit_test(results_follow_from_seed_replication_and_name_alone),
        cmocka_unit_test(an_interrupt_ends_what_takes_long),
        cmocka_unit_test(waits_are_those_of_payers_who_come_evenly),
        cmocka_unit_test(all_blocks_at_once_make_no_wait),
        cmocka_unit_test(a_wrong_table_is_noticed),
        cmocka_unit_test(an_attacker_who_gives_up_at_once_wins_too_little),
        cmocka_unit_test(laws_follow_their_parameters),
        cmocka_unit_test(the_estimator_lags_and_the_mempools_place_does_not),
        cmocka_unit_test(every_transaction_is_built_and_valid),
        cmocka_unit_test(a_file_of_blocks_takes_the_place_of_what_was_published),
        cmocka_unit_test(a_laboratory_needs_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
