/* metrics.h: the one table of what experiments measure.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_LAB_METRICS_H
#define KONSENTO_MODELS_LAB_METRICS_H

#include "models/lab/config.h"
#include "models/metrics.h"

/* In the order of enum lab_kind; grows at the end of each group. */
enum lab_metric {
    LAB_FORMULA_CELLS,
    LAB_FORMULA_ERROR,
    LAB_FORMULA_DISAGREEMENT,
    LAB_FORMULA_MISCOUNTS,

    LAB_RACE_WON,
    LAB_RACE_EXACT,
    LAB_RACE_DEVIATION,

    LAB_WAITING_MEAN,
    LAB_WAITING_P50,
    LAB_WAITING_P90,
    LAB_WAITING_P99,
    LAB_WAITING_P50_DEVIATION,
    LAB_WAITING_P90_DEVIATION,
    LAB_WAITING_P99_DEVIATION,

    LAB_PERIOD_P50,
    LAB_PERIOD_P90,
    LAB_PERIOD_P99,
    LAB_PERIOD_REAL_P50,
    LAB_PERIOD_REAL_P90,
    LAB_PERIOD_REAL_P99,
    LAB_PERIOD_P50_DEVIATION,
    LAB_PERIOD_P90_DEVIATION,
    LAB_PERIOD_P99_DEVIATION,
    LAB_PERIOD_P50_RANK,
    LAB_PERIOD_P90_RANK,
    LAB_PERIOD_P99_RANK,
    LAB_PERIOD_P50_SCATTER,
    LAB_PERIOD_P90_SCATTER,
    LAB_PERIOD_P99_SCATTER,

    LAB_RETARGET_TIMESPAN,
    LAB_RETARGET_FACTOR,

    LAB_GROWTH_INTERVAL,
    LAB_GROWTH_DEVIATION,

    LAB_STALE_SHARE,
    LAB_STALE_LAW,
    LAB_STALE_DEVIATION,
    LAB_STALE_DELAY,

    LAB_GOSSIP_T50,
    LAB_GOSSIP_T90,
    LAB_GOSSIP_T99,

    LAB_CONFLICT_SLOPE,
    LAB_CONFLICT_SHARE_500_MS,
    LAB_CONFLICT_SHARE_2_S,

    LAB_OBSERVERS_UNSEEN,
    LAB_OBSERVERS_BOUND,
    LAB_OBSERVERS_BOUND_SHARE,
    LAB_OBSERVERS_NEEDED,

    LAB_LATE_WON,

    LAB_SIZE_WEIGHT,
    LAB_SIZE_VSIZE,
    LAB_SIZE_LONGEST,
    LAB_SIZE_BOLT3,
    LAB_SIZE_BOLT3_EXCESS,

    LAB_MEMPOOL_MEDIAN,
    LAB_MEMPOOL_MAX,
    LAB_MEMPOOL_FEE_P10,
    LAB_MEMPOOL_FEE_P50,
    LAB_MEMPOOL_FEE_P90,
    LAB_MEMPOOL_FILL,

    LAB_ESTIMATOR_LAG,
    LAB_ESTIMATOR_POSITION_LAG,

    LAB_METRIC_COUNT
};

struct lab_metric_info {
    enum lab_kind kind; /* of the experiments that have it */
    struct metric_info info;
};
extern const struct lab_metric_info lab_metric_table[LAB_METRIC_COUNT];

/* The metrics that experiments of this laboratory have, in the order of the table. Returns how many. */
size_t lab_metrics(enum lab_metric metrics[LAB_METRIC_COUNT], const struct lab_config *config);

#endif
