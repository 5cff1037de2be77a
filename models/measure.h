/* measure.h: what a run's metrics are made of, collected while it goes on.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A session counts when its money is at rest, or at the end of the run, if it arrived after the warm-up and its car has
 * left. A payment counts if it was asked for after the warm-up.
 */
#ifndef KONSENTO_MODELS_MEASURE_H
#define KONSENTO_MODELS_MEASURE_H

#include "models/metrics.h"
#include "models/session.h"
#include "models/world.h"
#include "sim/accumulator.h"

#define MEASURE_MET_UJ INT64_C(360000000000) /* 0.1 kWh: as ACN-Sim */

struct measure {
    struct trouble *trouble;
    const struct world_events *events; /* may be NULL */
    int64_t warmup_us;
    int64_t efficiency_ppm;

    uint64_t session_count, unfinished_count, met_count, unplugged_count, unpowered_count, interrupted_count;
    uint64_t never_powered_count;
    __int128 unserved_outlet_uj, unserved_payment_uj;
    __int128 demanded_uj, delivered_uj, unpaid_uj, loss_uj; /* exact sums do not depend on an order */
    __int128 fee_msat, kept_msat, cost_msat, loss_msat, weight_wu;
    __int128 loss_by_cause_msat[RAIL_CAUSE_COUNT];
    const struct rail_config *rail;
    uint64_t attack_count[RAIL_CAUSE_COUNT], won_count[RAIL_CAUSE_COUNT]; /* sessions, by the payer's means */
    __int128 metered_uj, upkeep_msat, close_due_msat, undone_msat;
    __int128 upkeep_by_kind_msat[RAIL_UPKEEP_COUNT];
    __int128 event_weight_wu; /* of all events after the warm-up */
    int64_t since_us;
    int64_t largest_loss_msat;
    uint64_t session_payment_count;
    struct moments duration_h;
    struct sample wait_s, power_s, finality_s, confirmation_s;
    uint64_t credited_count, reversed_count, conflict_count, expired_count, shaken_count, undone_count;
    uint64_t failed_count[RAIL_CAUSE_COUNT];
    struct level exposure_msat;
    struct level balance_msat; /* of payers, kept by the operator */
};

/* rail: the one of config that is run. */
void measure_init(struct measure *measure, struct trouble *trouble, const struct world_config *config,
                  const struct rail_config *rail, const struct world_events *events);
void measure_close(struct measure *measure);
/* The warm-up ends now. */
void measure_restart(struct measure *measure, int64_t now_us);
/* A session is at rest, or the run has ended. */
void measure_session(struct measure *measure, const struct sessions *sessions, const struct session *session);
/* At the end of the run: what the channels that are still open will cost to close, and weigh. */
void measure_closings(struct measure *measure, int64_t fee_msat, int64_t weight_wu);
/* What the rail holds, all sessions together, since it said something: credited and not final; kept as balances of
 * payers. */
struct measure_held {
    int64_t exposure_msat, balance_msat;
};
/* A rail said something. session: NULL if of none. */
void measure_event(struct measure *measure, const struct session *session, const struct rail_event *event,
                   const struct measure_held *held);
/* Fills the metrics that sessions and payments make; the others stay as they are. */
void measure_finish(struct measure *measure, double metrics[METRIC_COUNT], const struct sessions *sessions,
                    int64_t now_us);

#endif
