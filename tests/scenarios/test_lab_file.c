/* test_lab_file.c: files that return k.lab: experiments without a building.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/config.h"
#include "models/chain/estimator.h"
#include "models/lab/metrics.h"
#include "tests/scenarios/reading.h"

#include <dirent.h>
#include <math.h>
#include <string.h>

#define RACE "k.experiment.race { share = \"10 %\", confirmations = 6 }"

/* A laboratory with these experiments and these other fields. */
static const char *lab_with(const char *experiments, const char *others)
{
    static char text[8000];
    snprintf(text, sizeof text,
             "local k = require \"konsento\"\nreturn k.lab { name = \"x\", %s\n experiments = {\n  %s } }", others,
             experiments);
    return text;
}

static void assert_refused(const char *text, const char *part)
{
    struct reading *reading = reading_text(text, NULL, NULL);
    if (reading->good)
        fail_msg("taken: %s", text);
    reading_assert_told(reading, part);
    reading_close(reading);
}

static const char *const one_of_each =
    "k.experiment.formula { formula = \"nakamoto\", risk = \"1 %\", cells = {\n"
    "    k.cell { share = \"30 %\", confirmations = 5, printed = 1773523 } } },\n"
    "k.experiment.race { share = \"12.5 %\", confirmations = 6, give_up = 20, trials = 7 },\n"
    "k.experiment.waiting { confirmations = 2, interval = \"1 min\", blocks = 10 },\n"
    "k.experiment.period { confirmations = 3, growth = \"5 %\", periods = 4, p50 = 1513, p90 = \"2879 s\", p99 = \"1 "
    "h\" },\n"
    "k.experiment.retarget { timespan = \"13 days\" },\n"
    "k.experiment.growth { growth = 0.15, periods = 3 },\n"
    "k.experiment.stale { delay = \"2.5 s\", interval = \"60 s\", blocks = 9 },\n"
    "k.experiment.gossip { generation = \"current\", nodes = 100, networks = 2 },\n"
    "k.experiment.conflict { races = 3 },\n"
    "k.experiment.observers { observers = 40, risk = \"0.088 %\" },\n"
    "k.experiment.late { from = \"2 s\", to = \"3 s\", peers = 4, helpers = 5 },\n"
    "k.experiment.size { transaction = \"htlc_success\" },\n"
    "k.experiment.mempool { era = \"2018-01\", days = 30 },\n"
    "k.experiment.estimator { mode = \"conservative\", target = 6, spike = \"24 h\" },\n";

static void every_experiment_arrives_in_its_config(void **state)
{
    (void)state;
    struct reading *reading = reading_text(lab_with(one_of_each, "seed = 5, replications = 3,"), NULL, NULL);
    if (!reading->good)
        fail_msg("%s", reading_told(reading));
    const struct scenario *scenario = &reading->scenario;
    const struct lab_experiment *list = scenario->lab.experiments;
    assert_true(scenario_is_lab(scenario));
    assert_string_equal(scenario_arm_word(scenario), "experiment");
    assert_int_equal(scenario_arm_count(scenario), LAB_KIND_COUNT);
    assert_int_equal(scenario_metric_count(scenario), LAB_METRIC_COUNT);
    assert_true(scenario->seed == 5 && scenario->replications == 3 && scenario->lab.trace_path == NULL);
    for (int kind = 0; kind < LAB_KIND_COUNT; kind++) {
        assert_int_equal(list[kind].kind, kind);
        const struct lab_metric_info *first = lab_metric_table; /* named after the kind */
        while (first->kind != (enum lab_kind)kind)
            first++;
        const char *name = scenario_arm_name(scenario, (size_t)kind);
        assert_true(strncmp(first->info.name, name, strlen(name)) == 0);
    }
    assert_true(list[LAB_FORMULA].formula.formula == LAB_NAKAMOTO && list[LAB_FORMULA].formula.cell_count == 1);
    assert_true(list[LAB_FORMULA].formula.cells[0].printed == 1773523 && list[LAB_FORMULA].formula.risk_ppm == 10000);
    assert_true(list[LAB_RACE].race.share_ppm == 125000 && list[LAB_RACE].race.trials == 7);
    assert_true(list[LAB_PERIOD].period.p50_us == 1513000000 && list[LAB_PERIOD].period.p99_us == 3600000000);
    assert_true(list[LAB_GROWTH].growth.growth_ppm == 150000 && list[LAB_STALE].stale.delay_us == 2500000);
    assert_true(list[LAB_GOSSIP].gossip.generation == GOSSIP_CURRENT &&
                list[LAB_CONFLICT].conflict.generation == GOSSIP_2018);
    assert_true(list[LAB_OBSERVERS].observers.risk_ppm == 880 && list[LAB_LATE].late.helpers == 5);
    assert_true(list[LAB_SIZE].size.transaction == LAB_HTLC_SUCCESS &&
                list[LAB_MEMPOOL].mempool.era == CHAIN_ERA_2018_01);
    assert_true(list[LAB_ESTIMATOR].estimator.mode == ESTIMATOR_CONSERVATIVE &&
                list[LAB_ESTIMATOR].estimator.spike_us == 24 * INT64_C(3600000000));
    reading_close(reading);
}

static void the_completed_text_says_the_same(void **state)
{
    (void)state;
    static char completed[20000];
    struct reading *reading = reading_text(
        lab_with(one_of_each, "blocks = \"VERSION\", thresholds = { \"race.won < 1 % where experiment=race\" },"), NULL,
        NULL);
    if (!reading->good)
        fail_msg("%s", reading_told(reading));
    snprintf(completed, sizeof completed, "%s", reading->scenario.completed);
    assert_non_null(strstr(completed, "return k.lab {"));
    reading_close(reading);
    reading = reading_text(completed, NULL, NULL);
    if (!reading->good)
        fail_msg("%s\n%s", reading_told(reading), completed);
    assert_string_equal(reading->scenario.completed, completed);
    reading_close(reading);
}

static void a_setting_reaches_an_experiment_by_its_name(void **state)
{
    (void)state;
    static const char *const settings[] = {"experiments.slow.trials=12", "experiments[1].give_up=9", NULL};
    struct reading *reading =
        reading_text(lab_with(RACE ", k.experiment.race { name = \"slow\", share = \"20 %\", confirmations = 1 }", ""),
                     settings, NULL);
    if (!reading->good)
        fail_msg("%s", reading_told(reading));
    assert_int_equal(reading->scenario.lab.experiments[1].race.trials, 12);
    assert_int_equal(reading->scenario.lab.experiments[0].race.give_up_blocks, 9);
    reading_close(reading);
}

static void every_metric_may_have_a_limit(void **state)
{
    (void)state;
    for (size_t i = 0; i < LAB_METRIC_COUNT; i++) {
        const struct metric_info *info = &lab_metric_table[i].info;
        bool plain = strcmp(info->unit, "1") == 0;
        char threshold[200];
        snprintf(threshold, sizeof threshold, "thresholds = { \"%s > 1.25%s%s\" },", info->name, plain ? "" : " ",
                 plain ? "" : info->unit);
        struct reading *reading = reading_text(lab_with(one_of_each, threshold), NULL, NULL);
        if (!reading->good)
            fail_msg("%s: %s", threshold, reading_told(reading));
        assert_int_equal(reading->scenario.thresholds[0].metric, i);
        assert_true(fabs(reading->scenario.thresholds[0].limit - 1.25) < 1e-12);
        assert_int_equal(reading->scenario.thresholds[0].arm, -1);
        reading_close(reading);
    }
}

static void columns_are_those_of_the_experiments_that_are_there(void **state)
{
    (void)state;
    struct reading *reading =
        reading_text(lab_with(RACE, "thresholds = { \"race.deviation < 3 where experiment = race\" },"), NULL, NULL);
    if (!reading->good)
        fail_msg("%s", reading_told(reading));
    const struct scenario *scenario = &reading->scenario;
    assert_int_equal(scenario_metric_count(scenario), 3);
    assert_string_equal(scenario_metric(scenario, scenario->thresholds[0].metric)->name, "race.deviation");
    assert_int_equal(scenario->thresholds[0].arm, 0);
    reading_close(reading);
}

static void what_is_wrong_is_told(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {RACE, "thresholds = { \"race.wons > 5\" },", "unknown metric 'race.wons' (did you mean 'race.won'?)"},
        {RACE, "thresholds = { \"gossip.t50 > 5 s\" },", "unknown metric 'gossip.t50'"},
        {RACE, "thresholds = { \"race.won > 5 s\" },", "unit 's' is of time, expected %"},
        {RACE, "thresholds = { \"race.won > 5 % where rail=race\" },", "is not of the form \"where experiment=name\""},
        {RACE, "thresholds = { \"race.won > 5 % where experiment=rase\" },",
         "no experiment has the name 'rase' (did you mean 'race'?)"},
        {RACE, "fleet = k.fleet.cars { count = 5 },", "lab has no field 'fleet'"},
        {RACE, "duration = 5,", "lab has no field 'duration'"},
        {"", "", "experiments is empty: one experiment at least"},
        {RACE ", " RACE, "",
         "experiments[2].name = \"race\" is the name of experiments[1] as well: give each experiment"},
        {"k.experiment.race { name = \"a b\", share = 0.1, confirmations = 1 }", "", "must be 1 to 40 letters"},
        {"k.experiment.late { from = \"10 s\" }", "", "experiments[1].to must be later than from"},
        {"k.experiment.rase {}", "", "k.experiment has no 'rase' (did you mean 'race'?)"},
        {"k.building {}", "", "must be k.experiment.formula { ... } or another k.experiment, got k.building"},
        {RACE, "blocks = \"nowhere.csv\",", "no such file"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_refused(lab_with(cases[i][0], cases[i][1]), cases[i][2]);
    assert_refused("local k = require \"konsento\"\nreturn k.lab { name = \"x\" }", "experiments is missing");
    assert_refused(reading_scenario("experiments = {}"), "scenario has no field 'experiments'");
}

/* Every file of the folder, as it stands there. */
static void the_validation_files_have_no_errors(void **state)
{
    (void)state;
    unsigned count = 0;
    DIR *folder = opendir(KONSENTO_SOURCE "/scenarios/validation");
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char path[600];
        if (strstr(entry->d_name, ".lua") == NULL)
            continue;
        snprintf(path, sizeof path, "%s/%s", KONSENTO_SOURCE "/scenarios/validation", entry->d_name);
        struct reading *reading = reading_file(path, NULL);
        if (!reading->good)
            fail_msg("%s: %s", path, reading_told(reading));
        assert_true(scenario_is_lab(&reading->scenario) && reading->scenario.threshold_count > 0);
        reading_close(reading);
        count++;
    }
    closedir(folder);
    assert_true(count >= 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_experiment_arrives_in_its_config),
        cmocka_unit_test(the_completed_text_says_the_same),
        cmocka_unit_test(a_setting_reaches_an_experiment_by_its_name),
        cmocka_unit_test(every_metric_may_have_a_limit),
        cmocka_unit_test(columns_are_those_of_the_experiments_that_are_there),
        cmocka_unit_test(what_is_wrong_is_told),
        cmocka_unit_test(the_validation_files_have_no_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
