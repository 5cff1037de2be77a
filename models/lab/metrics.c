/* metrics.c: the table of what experiments measure.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/lab/metrics.h"

#include <stdbool.h>

#define ROW(kind, ...)                                                                                                 \
    {                                                                                                                  \
        kind,                                                                                                          \
        {                                                                                                              \
            __VA_ARGS__, 0                                                                                             \
        }                                                                                                              \
    }
#define BOLT3 "BOLT 3"

const struct lab_metric_info lab_metric_table[LAB_METRIC_COUNT] = {
    [LAB_FORMULA_CELLS] = ROW(LAB_FORMULA, "formula.cells", "1", "places of the table compared", "cells given", ""),
    [LAB_FORMULA_ERROR] = ROW(LAB_FORMULA, "formula.error", "1", "largest error of the formula",
                              "largest distance of a computed probability from the printed one", ""),
    [LAB_FORMULA_DISAGREEMENT] =
        ROW(LAB_FORMULA, "formula.disagreement", "1", "largest distance of the two exact forms",
            "largest distance of Rosenfeld's sum from the incomplete beta function over all cells", ""),
    [LAB_FORMULA_MISCOUNTS] = ROW(LAB_FORMULA, "formula.miscounts", "1", "depths that differ from the table",
                                  "cells whose confirmations are not the fewest with a chance below the risk", ""),

    [LAB_RACE_WON] = ROW(LAB_RACE, "race.won", "%", "races won", "races in which the attacker caught up, of all", ""),
    [LAB_RACE_EXACT] = ROW(LAB_RACE, "race.exact", "%", "exact chance to catch up", "the closed form",
                           "Rosenfeld 2014; Gruenspan and Perez-Marco 2018"),
    [LAB_RACE_DEVIATION] = ROW(LAB_RACE, "race.deviation", "1", "deviation of a million races",
                               "race.won less race.exact, over the standard error that a million races would have", ""),

    [LAB_WAITING_MEAN] = ROW(LAB_WAITING, "waiting.mean", "s", "mean wait for the confirmations",
                             "of payers who come evenly over time", ""),
    [LAB_WAITING_P50] = ROW(LAB_WAITING, "waiting.p50", "s", "median wait", "as waiting.mean", ""),
    [LAB_WAITING_P90] = ROW(LAB_WAITING, "waiting.p90", "s", "90 % wait", "as waiting.mean", ""),
    [LAB_WAITING_P99] = ROW(LAB_WAITING, "waiting.p99", "s", "99 % wait", "as waiting.mean", ""),
    [LAB_WAITING_P50_DEVIATION] = ROW(LAB_WAITING, "waiting.p50_deviation", "%", "median wait against Erlang's",
                                      "waiting.p50 over the quantile of Erlang(n, interval), less one", ""),
    [LAB_WAITING_P90_DEVIATION] =
        ROW(LAB_WAITING, "waiting.p90_deviation", "%", "90 % wait against Erlang's", "as waiting.p50_deviation", ""),
    [LAB_WAITING_P99_DEVIATION] =
        ROW(LAB_WAITING, "waiting.p99_deviation", "%", "99 % wait against Erlang's", "as waiting.p50_deviation", ""),

    [LAB_PERIOD_P50] = ROW(LAB_PERIOD, "period.p50", "s", "median wait in drawn periods",
                           "mean over drawn periods of a period's quantile, of payers who come evenly over it", ""),
    [LAB_PERIOD_P90] = ROW(LAB_PERIOD, "period.p90", "s", "90 % wait in drawn periods", "as period.p50", ""),
    [LAB_PERIOD_P99] = ROW(LAB_PERIOD, "period.p99", "s", "99 % wait in drawn periods", "as period.p50", ""),
    [LAB_PERIOD_REAL_P50] = ROW(LAB_PERIOD, "period.real_p50", "s", "median wait in the real period",
                                "of payers who come evenly over it, or as the scenario says", ""),
    [LAB_PERIOD_REAL_P90] =
        ROW(LAB_PERIOD, "period.real_p90", "s", "90 % wait in the real period", "as period.real_p50", ""),
    [LAB_PERIOD_REAL_P99] =
        ROW(LAB_PERIOD, "period.real_p99", "s", "99 % wait in the real period", "as period.real_p50", ""),
    [LAB_PERIOD_P50_DEVIATION] = ROW(LAB_PERIOD, "period.p50_deviation", "%", "real median wait against drawn ones",
                                     "period.real_p50 over period.p50, less one", ""),
    [LAB_PERIOD_P90_DEVIATION] = ROW(LAB_PERIOD, "period.p90_deviation", "%", "real 90 % wait against drawn ones",
                                     "as period.p50_deviation", ""),
    [LAB_PERIOD_P99_DEVIATION] = ROW(LAB_PERIOD, "period.p99_deviation", "%", "real 99 % wait against drawn ones",
                                     "as period.p50_deviation", ""),
    [LAB_PERIOD_P50_RANK] = ROW(LAB_PERIOD, "period.p50_rank", "%", "drawn periods with a shorter median wait",
                                "drawn periods whose quantile is below the real period's, of all", ""),
    [LAB_PERIOD_P90_RANK] =
        ROW(LAB_PERIOD, "period.p90_rank", "%", "drawn periods with a shorter 90 % wait", "as period.p50_rank", ""),
    [LAB_PERIOD_P99_RANK] =
        ROW(LAB_PERIOD, "period.p99_rank", "%", "drawn periods with a shorter 99 % wait", "as period.p50_rank", ""),

    [LAB_PERIOD_P50_SCATTER] = ROW(LAB_PERIOD, "period.p50_scatter", "%", "scatter of a period's median wait",
                                   "standard deviation of drawn periods' quantiles over their mean", ""),
    [LAB_PERIOD_P90_SCATTER] =
        ROW(LAB_PERIOD, "period.p90_scatter", "%", "scatter of a period's 90 % wait", "as period.p50_scatter", ""),
    [LAB_PERIOD_P99_SCATTER] =
        ROW(LAB_PERIOD, "period.p99_scatter", "%", "scatter of a period's 99 % wait", "as period.p50_scatter", ""),

    [LAB_RETARGET_TIMESPAN] = ROW(LAB_RETARGET, "retarget.timespan", "s", "time from first to last header",
                                  "of the period's 2016 headers, which are 2015 gaps", ""),
    [LAB_RETARGET_FACTOR] = ROW(LAB_RETARGET, "retarget.factor", "1", "change of the difficulty",
                                "what the retarget after the period multiplies the difficulty by", ""),

    [LAB_GROWTH_INTERVAL] =
        ROW(LAB_GROWTH, "growth.interval", "s", "mean time between blocks", "over all periods drawn", ""),
    [LAB_GROWTH_DEVIATION] = ROW(LAB_GROWTH, "growth.deviation", "%", "deviation from the law of growth",
                                 "T exp(a T) over 2016 target intervals, less one; T: mean length of a period, a: "
                                 "growth of the hash rate",
                                 ""),

    [LAB_STALE_SHARE] = ROW(LAB_STALE, "stale.share", "%", "stale blocks",
                            "blocks found that are not on the best chain at the end, of all", ""),
    [LAB_STALE_LAW] = ROW(LAB_STALE, "stale.law", "%", "stale blocks by the law", "1 - exp(-delay / interval)",
                          "Decker and Wattenhofer 2013"),
    [LAB_STALE_DEVIATION] = ROW(LAB_STALE, "stale.deviation", "%", "stale blocks against the law",
                                "stale.share over stale.law, less one", ""),
    [LAB_STALE_DELAY] =
        ROW(LAB_STALE, "stale.delay", "s", "delay that the stale blocks speak of", "-interval ln(1 - stale.share)", ""),

    [LAB_GOSSIP_T50] = ROW(LAB_GOSSIP, "gossip.t50", "s", "time until half of the nodes have it",
                           "mean over networks, from the first node on", ""),
    [LAB_GOSSIP_T90] = ROW(LAB_GOSSIP, "gossip.t90", "s", "time until 90 % of the nodes have it", "as gossip.t50", ""),
    [LAB_GOSSIP_T99] = ROW(LAB_GOSSIP, "gossip.t99", "s", "time until 99 % of the nodes have it", "as gossip.t50", ""),

    [LAB_CONFLICT_SLOPE] = ROW(LAB_CONFLICT, "conflict.slope", "1/s", "slope of the odds law",
                               "least squares of the log odds of the nodes' mean share over delays of 0, 0.5, 1.5 and "
                               "2 s, falling: positive; at 0 s the share is one half, as both begin alike",
                               ""),
    [LAB_CONFLICT_SHARE_500_MS] =
        ROW(LAB_CONFLICT, "conflict.share_500ms", "%", "nodes with a conflict sent after 0.5 s",
            "mean share of nodes that hold the second transaction", ""),
    [LAB_CONFLICT_SHARE_2_S] = ROW(LAB_CONFLICT, "conflict.share_2s", "%", "nodes with a conflict sent after 2 s",
                                   "as conflict.share_500ms", ""),

    [LAB_OBSERVERS_UNSEEN] = ROW(LAB_OBSERVERS, "observers.unseen", "%", "double spends mined and unseen",
                                 "races at the worst delay in which the conflict is mined and no observer had it", ""),
    [LAB_OBSERVERS_BOUND] = ROW(LAB_OBSERVERS, "observers.bound", "%", "bound of that", "k^k / (k + 1)^(k + 1)", ""),
    [LAB_OBSERVERS_BOUND_SHARE] = ROW(LAB_OBSERVERS, "observers.bound_share", "%", "part of the bound that is reached",
                                      "observers.unseen over observers.bound", ""),
    [LAB_OBSERVERS_NEEDED] = ROW(LAB_OBSERVERS, "observers.needed", "1", "observers that a risk takes",
                                 "fewest observers whose bound is at most the risk", ""),

    [LAB_LATE_WON] = ROW(LAB_LATE, "late.won", "%", "late double spends that won",
                         "races in which a conflict that came so late was mined, of all", ""),

    [LAB_SIZE_WEIGHT] = ROW(LAB_SIZE, "size.weight", "WU", "weight of the transaction", "as serialised", "BIP 141"),
    [LAB_SIZE_VSIZE] =
        ROW(LAB_SIZE, "size.vsize", "vB", "virtual size", "a quarter of the weight, rounded up", "BIP 141"),
    [LAB_SIZE_LONGEST] = ROW(LAB_SIZE, "size.longest", "WU", "weight with the longest signatures",
                             "size.weight, with 73 bytes for each signature", ""),
    [LAB_SIZE_BOLT3] = ROW(LAB_SIZE, "size.bolt3", "WU", "weight that fees are reckoned with",
                           "of transactions of a channel, by the specification's formula", BOLT3),
    [LAB_SIZE_BOLT3_EXCESS] = ROW(LAB_SIZE, "size.bolt3_excess", "WU", "weight that is reckoned with and not there",
                                  "size.bolt3 less size.longest", ""),

    [LAB_MEMPOOL_MEDIAN] = ROW(LAB_MEMPOOL, "mempool.median", "MvB", "mempool on the median day",
                               "median over days of the day's mean", ""),
    [LAB_MEMPOOL_MAX] =
        ROW(LAB_MEMPOOL, "mempool.max", "MvB", "mempool on the fullest day", "largest of the days' means", ""),
    [LAB_MEMPOOL_FEE_P10] = ROW(LAB_MEMPOOL, "mempool.fee_p10", "sat", "10 % fee of a payment",
                                "quantile of mined payments, by weight, of the median size", ""),
    [LAB_MEMPOOL_FEE_P50] =
        ROW(LAB_MEMPOOL, "mempool.fee_p50", "sat", "median fee of a payment", "as mempool.fee_p10", ""),
    [LAB_MEMPOOL_FEE_P90] =
        ROW(LAB_MEMPOOL, "mempool.fee_p90", "sat", "90 % fee of a payment", "as mempool.fee_p10", ""),
    [LAB_MEMPOOL_FILL] = ROW(LAB_MEMPOOL, "mempool.fill", "%", "how full blocks are",
                             "weight mined over what the blocks could have held", ""),

    [LAB_ESTIMATOR_LAG] = ROW(LAB_ESTIMATOR, "estimator.lag", "h", "lag of the estimator",
                              "from the end of a spike until the estimate is half the way down, in logarithms; at "
                              "most 120 h",
                              "Bitcoin Core issue 10490"),
    [LAB_ESTIMATOR_POSITION_LAG] =
        ROW(LAB_ESTIMATOR, "estimator.position_lag", "h", "lag of the place in the mempool", "as estimator.lag", ""),
};

size_t lab_metrics(enum lab_metric metrics[LAB_METRIC_COUNT], const struct lab_config *config)
{
    size_t count = 0;
    for (int metric = 0; metric < LAB_METRIC_COUNT; metric++) {
        bool is_there = false;
        for (size_t i = 0; i < config->experiment_count; i++)
            is_there |= config->experiments[i].kind == (int)lab_metric_table[metric].kind;
        if (is_there)
            metrics[count++] = (enum lab_metric)metric;
    }
    return count;
}
