/* schema_lab.c: the schema's rows for laboratories: experiments without a building.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/schema_lab.h"

static const char *const formula_names[] = {"nakamoto", "exact", "nakamoto_depth", "exact_depth", NULL};
static const char *const generation_names[] = {"2018", "current", NULL};
static const char *const mode_names[] = {"economical", "conservative", NULL};
static const char *const transaction_names[] = {"p2wpkh_1_1",
                                                "p2wpkh_1_2",
                                                "p2pkh_1_2",
                                                "funding",
                                                "commitment",
                                                "commitment_anchors",
                                                "htlc_timeout",
                                                "htlc_timeout_anchors",
                                                "htlc_success",
                                                "htlc_success_anchors",
                                                NULL};

#define AT(member) .offset = offsetof(struct lab_experiment, member)
#define NAME(title)                                                                                                    \
    {                                                                                                                  \
        "name", .kind = KIND_STRING, AT(name), DEFAULT(title, ""),                                                     \
                .help = "label in results; unique among the experiments"                                               \
    }
#define GENERATION(experiment)                                                                                         \
    {                                                                                                                  \
        "generation", .kind = KIND_ENUM, AT(experiment.generation), .names = generation_names, DEFAULT("2018", ""),    \
                      .help = "how nodes announce transactions: with the timers of 2018, or those of today"            \
    }
#define CONFIRMATIONS(experiment)                                                                                      \
    {                                                                                                                  \
        "confirmations", COUNT_UINT32, AT(experiment.confirmations), RANGE("1", "100"), REQUIRED,                      \
            .help = "blocks that are waited for, the first with the payment"                                           \
    }
#define MILLIONS   "100000000"
#define GROWTH_MAX "100 %" /* over 500 periods: exp(500) still is a number */

const struct schema_field schema_formula_fields[SCHEMA_FORMULA_FIELDS] = {
    NAME("formula"),
    {"formula", .kind = KIND_ENUM, AT(formula.formula), .names = formula_names, DEFAULT("exact", ""),
     .help = "chance to catch up by \"nakamoto\" 2008 or \"exact\"; \"..._depth\": confirmations at which it is small"},
    {"decimals", COUNT_UINT32, AT(formula.decimals), RANGE("0", "9"), DEFAULT("7", "Nakamoto 2008"),
     .help = "places after the point of the printed chances"},
    {"risk", SHARE_PPM, AT(formula.risk_ppm), RANGE("0.0001 %", "50 %"), DEFAULT("0.1 %", "Nakamoto 2008"),
     .help = "depths: the chance that is small enough"},
    {"cells", LIST(struct lab_experiment, formula.cells, formula.cell_count, LAB_CELLS_MAX), .classes = {"cell"},
     REQUIRED, .help = "places of the printed table"},
};

const struct schema_field schema_race_fields[SCHEMA_RACE_FIELDS] = {
    NAME("race"),
    {"share", SHARE_PPM, AT(race.share_ppm), RANGE("0.1 %", "49 %"), REQUIRED,
     .help = "the attacker's of all hash rate"},
    {"confirmations", COUNT_UINT32, AT(race.confirmations), RANGE("1", "100"), REQUIRED,
     .help = "blocks that the merchant waits for; the attacker wins when he has caught up from so many behind"},
    {"give_up", COUNT_UINT32, AT(race.give_up_blocks), RANGE("1", "10000"), DEFAULT("60", ASSUMED),
     .help = "blocks behind at which the attacker gives up"},
    {"trials", COUNT_UINT32, AT(race.trials), RANGE("1", MILLIONS), DEFAULT("50000", ""),
     .help = "races in each replication"},
};

const struct schema_field schema_waiting_fields[SCHEMA_WAITING_FIELDS] = {
    NAME("waiting"),
    CONFIRMATIONS(waiting),
    {"interval", TIME_US, AT(waiting.interval_us), RANGE("1 s", "1 days"), DEFAULT("10 min", "Bitcoin"),
     .help = "mean time between blocks"},
    {"blocks", COUNT_UINT32, AT(waiting.blocks), RANGE("1", "10000000"), DEFAULT("50000", ""),
     .help = "blocks in each replication"},
};

const struct schema_field schema_period_fields[SCHEMA_PERIOD_FIELDS] = {
    NAME("period"),
    CONFIRMATIONS(period),
    {"growth", SHARE_PPM, AT(period.growth_ppm), RANGE("0 %", GROWTH_MAX), DEFAULT("5 %", "retarget of March 2018"),
     .help = "growth of the hash rate over one period of 2,016 blocks, of its logarithm"},
    {"periods", COUNT_UINT32, AT(period.periods), RANGE("1", "100000"), DEFAULT("50", ""),
     .help = "periods drawn in each replication"},
    {"p50", TIME_US, AT(period.p50_us), RANGE("1 s", "366 days"), REQUIRED,
     .help = "the real period's median wait, for when the laboratory has no blocks"},
    {"p90", TIME_US, AT(period.p90_us), RANGE("1 s", "366 days"), REQUIRED, .help = "its 90 % wait"},
    {"p99", TIME_US, AT(period.p99_us), RANGE("1 s", "366 days"), REQUIRED, .help = "its 99 % wait"},
};

const struct schema_field schema_retarget_fields[SCHEMA_RETARGET_FIELDS] = {
    NAME("retarget"),
    {"timespan", TIME_US, AT(retarget.timespan_us), RANGE("1 s", "366 days"), REQUIRED,
     .help = "from the first to the last of 2,016 headers, for when the laboratory has no blocks"},
};

const struct schema_field schema_growth_fields[SCHEMA_GROWTH_FIELDS] = {
    NAME("growth"),
    {"growth", SHARE_PPM, AT(growth.growth_ppm), RANGE("0 %", GROWTH_MAX), REQUIRED,
     .help = "growth of the hash rate over one period of 2,016 blocks, of its logarithm"},
    {"interval", TIME_US, AT(growth.interval_us), RANGE("1 s", "1 h"), DEFAULT("10 min", "Bitcoin"),
     .help = "interval that the retarget aims at"},
    {"periods", COUNT_UINT32, AT(growth.periods), RANGE("1", "500"), DEFAULT("20", ""),
     .help = "periods drawn in each replication, one after the other"},
};

const struct schema_field schema_stale_fields[SCHEMA_STALE_FIELDS] = {
    NAME("stale"),
    {"interval", TIME_US, AT(stale.interval_us), RANGE("1 s", "1 h"), DEFAULT("10 min", "Bitcoin"),
     .help = "mean time between blocks"},
    {"delay", TIME_US, AT(stale.delay_us), RANGE("0 s", "10 min"), DEFAULT("1 s", "stale blocks of 2018"),
     .help = "mean time in which the hash rate does not have a new block"},
    {"blocks", COUNT_UINT32, AT(stale.blocks), RANGE("1", "200000"), DEFAULT("10000", ""),
     .help = "blocks in each replication, at least"},
};

const struct schema_field schema_gossip_fields[SCHEMA_GOSSIP_FIELDS] = {
    NAME("gossip"),
    GENERATION(gossip),
    {"nodes", COUNT_UINT32, AT(gossip.nodes), RANGE("10", "1000000"), DEFAULT("6000", ASSUMED),
     .help = "nodes of the network"},
    {"networks", COUNT_UINT32, AT(gossip.networks), RANGE("1", "10000"), DEFAULT("5", ""),
     .help = "networks drawn in each replication"},
};

const struct schema_field schema_conflict_fields[SCHEMA_CONFLICT_FIELDS] = {
    NAME("conflict"),
    GENERATION(conflict),
    {"nodes", COUNT_UINT32, AT(conflict.nodes), RANGE("10", "1000000"), DEFAULT("6000", ASSUMED),
     .help = "nodes of the network"},
    {"networks", COUNT_UINT32, AT(conflict.networks), RANGE("1", "10000"), DEFAULT("10", ""),
     .help = "networks drawn in each replication"},
    {"races", COUNT_UINT32, AT(conflict.races), RANGE("1", "10000"), DEFAULT("4", ""),
     .help = "double spends in each network at each delay, twice as many at the last"},
};

const struct schema_field schema_observers_fields[SCHEMA_OBSERVERS_FIELDS] = {
    NAME("observers"),
    GENERATION(observers),
    {"observers", COUNT_UINT32, AT(observers.observers), RANGE("1", "10000"), REQUIRED,
     .help = "nodes, drawn at random, that tell the merchant of a second transaction"},
    {"risk", SHARE_PPM, AT(observers.risk_ppm), RANGE("0.001 %", "99 %"), DEFAULT("1 %", ""),
     .help = "for observers.needed: share of double spends that may stay unseen"},
    {"trials", COUNT_UINT32, AT(observers.trials), RANGE("1", MILLIONS), DEFAULT("20000", ""),
     .help = "double spends in each replication"},
};

const struct schema_field schema_late_fields[SCHEMA_LATE_FIELDS] = {
    NAME("late"),
    GENERATION(late),
    {"from", TIME_US, AT(late.from_us), RANGE("0 s", "1 h"), DEFAULT("1 s", "doublespend.cash"),
     .help = "least time of the second transaction after the first"},
    {"to", TIME_US, AT(late.to_us), RANGE("0 s", "1 h"), DEFAULT("10 s", ASSUMED), .help = "most"},
    {"peers", COUNT_UINT32, AT(late.peers), RANGE("1", "1000"), DEFAULT("8", "Bitcoin Core's outbound connections"),
     .help = "nodes that have the first at once"},
    {"helpers", COUNT_UINT32, AT(late.helpers), RANGE("1", "1000"), DEFAULT("1", ""),
     .help = "nodes that have the second first"},
    {"trials", COUNT_UINT32, AT(late.trials), RANGE("1", MILLIONS), DEFAULT("50000", ""),
     .help = "double spends in each replication"},
};

const struct schema_field schema_size_fields[SCHEMA_SIZE_FIELDS] = {
    NAME("size"),
    {"transaction", .kind = KIND_ENUM, AT(size.transaction), .names = transaction_names, DEFAULT("p2wpkh_1_2", ""),
     .help = "what is built and signed; \"..._1_2\": one input, two outputs; one input in all others"},
    {"htlcs", COUNT_UINT32, AT(size.htlcs), RANGE("0", "483"), DEFAULT("0", ""), .help = "in a commitment"},
};

const struct schema_field schema_mempool_fields[SCHEMA_MEMPOOL_FIELDS] = {
    NAME("mempool"),
    {"era", .kind = KIND_ENUM, AT(mempool.era), .names = schema_era_names, DEFAULT("2018-03", "the field trial"),
     .help = "whose demand"},
    {"days", COUNT_UINT32, AT(mempool.days), RANGE("1", "366"), DEFAULT("31", ""),
     .help = "simulated in each replication"},
};

const struct schema_field schema_estimator_fields[SCHEMA_ESTIMATOR_FIELDS] = {
    NAME("estimator"),
    {"mode", .kind = KIND_ENUM, AT(estimator.mode), .names = mode_names, DEFAULT("economical", ""),
     .help = "of Bitcoin Core's estimator"},
    {"target", COUNT_UINT32, AT(estimator.target_blocks), RANGE("1", "1008"), DEFAULT("2", ""),
     .help = "in a block within so many"},
    {"spike", TIME_US, AT(estimator.spike_us), RANGE("1 h", "30 days"), DEFAULT("6 h", ASSUMED),
     .help = "how long demand was high before it fell"},
};
#undef AT

#define AT(member) .offset = offsetof(struct lab_cell, member)
const struct schema_field schema_cell_fields[SCHEMA_CELL_FIELDS] = {
    {"share", SHARE_PPM, AT(share_ppm), RANGE("0.1 %", "49 %"), REQUIRED, .help = "the attacker's of all hash rate"},
    {"confirmations", COUNT_UINT32, AT(confirmations), RANGE("0", "1000"), REQUIRED, .help = "as printed"},
    {"printed", NUMBER_UINT64, AT(printed), RANGE("0", "1000000000"), DEFAULT("0", ""),
     .help = "the printed chance without its point: 2045873 for 0.2045873"},
};
#undef AT

#define AT(member) .offset = offsetof(struct scenario, member)
const struct schema_field schema_lab_fields[SCHEMA_LAB_FIELDS] = {
    {"name", .kind = KIND_STRING, AT(config.name), REQUIRED, .help = "title in results and reports"},
    {"params", .kind = KIND_PARAMS, DEFAULT("", ""),
     .help = "table of k.param, if they are not declared by k.params; used through k.p \"name\""},
    {"seed", NUMBER_UINT64, AT(seed), RANGE("0", "18446744073709551615"), DEFAULT("1", ""),
     .help = "seed of the study, if the command gives none"},
    {"replications", COUNT_UINT32, AT(replications), RANGE("1", "1000000"), DEFAULT("20", ""),
     .help = "number of runs with other random numbers, if the command gives none"},
    {"blocks", .kind = KIND_PATH, AT(lab.trace_path), WORD("none", 0), DEFAULT("none", ""),
     .help = "CSV of real block times (height,unix_time), for the experiments that replay them"},
    {"experiments", LIST(struct scenario, lab.experiments, lab.experiment_count, LAB_EXPERIMENTS_MAX),
     .classes = {"experiment.formula", "experiment.race", "experiment.waiting", "experiment.period",
                 "experiment.retarget", "experiment.growth", "experiment.stale", "experiment.gossip",
                 "experiment.conflict", "experiment.observers", "experiment.late", "experiment.size",
                 "experiment.mempool", "experiment.estimator"},
     REQUIRED, .help = "what is tried, each by itself"},
    {"sweep", .kind = KIND_CLASS, AT(sweep), .classes = {"sweep"}, DEFAULT("", ""),
     .help = "the points of konsento sweep, if the command gives none"},
    {"thresholds", .kind = KIND_CHECKS, DEFAULT("", ""),
     .help = "limits that make the file a test: \"metric op value unit [where experiment=name]\""},
};
#undef AT
