/* building.h: the electrical service of a building: its flow, peak, overload and load series.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   grid --- transformer --- service --+-- homes: watts that hold until building_set_outside
 *                                      +-- roof: the same, the other way
 *                                      +-- outlet 0 --- draw (constant power, then perhaps a taper; or it gives)
 *                                      +-- outlet 1 --- draw
 *
 * Constant draws are one integer level in watts, so a change costs the same for ten outlets as for ten thousand.
 * Draws that taper are kept in a list with their curves; each is nonincreasing, so the largest sum between two changes
 * is the one just after the first of them, and the moment when the sum falls below the limit is found by bisection.
 * A level counts for the peak only if it was held for a positive time: two cars, of which one leaves and the other
 * comes at the same instant, were never there together.
 *
 * The load series holds exact microjoules per step. Where something may flow back (a roof, cars that give) or ages (a
 * transformer), the flow at the service is split between two changes into what came from the grid and what went into
 * it, to the microsecond and the microjoule: taken - given = homes - roof + cars. Limits are those of the tree
 * (tree.h). Not modeled: voltage, reactive power.
 */
#ifndef KONSENTO_MODELS_SITE_BUILDING_H
#define KONSENTO_MODELS_SITE_BUILDING_H

#include "models/config.h"
#include "models/fleet/battery.h"
#include "models/site/transformer.h"
#include "models/site/tree.h"
#include "sim/accumulator.h"

#include <stdbool.h>
#include <stdint.h>

/* One car drawing at one outlet; lives in the outlet. */
struct building_draw {
    struct battery_curve curve;
    int64_t since_us;
    uint32_t outlet;  /* where: set once */
    int64_t split_uj; /* tapering: up to here it is in the exchange with the grid */
    bool is_active, is_tapering;
    bool is_feeding; /* the car gives: its power counts negative; set before it starts, never tapers */
    struct building_draw *previous, *next; /* of the tapering ones */
};

/* Sums since the beginning. */
struct building_sums {
    __int128 homes_uj, roof_uj;
    __int128 import_uj, export_uj; /* at the service, if the building exchanges */
};

struct building {
    int64_t voltage_v;
    struct tree tree;
    int64_t base_w;        /* homes, now */
    int64_t roof_w;        /* now */
    int64_t limit_w;       /* of the service, all legs alike; INT64_MAX: none */
    int64_t now_us;        /* up to here levels are booked */
    int64_t since_us;      /* end of the warm-up */
    int64_t constant_w;    /* sum of the constant draws; cars that give count negative */
    int64_t taper_bound_w; /* no less than the sum of the tapering draws */
    struct building_draw *tapering;
    struct level drawing; /* outlets with current */

    int64_t step_us;
    size_t step_count;
    __int128 *step_uj;                      /* per step: energy into cars */
    __int128 *step_outside_uj;              /* per step: homes less roof; NULL: base_w for ever */
    __int128 booked_uj;                     /* sum of step_uj */
    __int128 counted_uj;                    /* the same since since_us */
    struct building_sums sums, sums_before; /* before: at since_us */
    bool exchanges;                         /* the flow is split into import and export */
    bool has_transformer;
    struct transformer transformer;
    double peak_w;         /* cars alone, since since_us */
    float *day_peak_w;     /* cars alone, per day of the run */
    double site_peak_w;    /* all together, since since_us */
    double unbalance_w;    /* largest difference between two legs, since since_us */
    int64_t over_limit_us; /* some limit of the tree exceeded, since since_us */
    int64_t fault_us;      /* the same since the beginning, while cars drew there */
};

/* Power of the service over its current, its legs alike. */
int64_t building_service_v(const struct building_config *config);

/* In: duration of the run, which the load series covers. Returns false when memory is out. Owns: building_close. */
bool building_init(struct building *building, const struct building_config *config, int64_t start_unix_s,
                   int64_t duration_us, int64_t step_us) __attribute__((warn_unused_result));
void building_close(struct building *building);

/* A draw begins: draw->curve is set, its end_us is positive. */
void building_draw_start(struct building *building, struct building_draw *draw, int64_t now_us);
/* The curve's knee is reached: now_us is since_us + knee_us. */
void building_draw_taper(struct building *building, struct building_draw *draw, int64_t now_us);
/* The draw ends, having drawn what its curve says at now_us. Returns that energy. */
int64_t building_draw_stop(struct building *building, struct building_draw *draw, int64_t now_us);

/* What a device at the outlet has measured since it was told of last, and the power that it is reckoned at until the
 * next time; 0: nothing flows any more. The draw is the device's own and is started and stopped by nobody else. */
void building_draw_measure(struct building *building, struct building_draw *draw, int64_t energy_uj, int64_t power_w,
                           int64_t now_us);

/* Homes and roof from now on; outside: homes less roof by lane. */
void building_set_outside(struct building *building, int64_t base_w, int64_t roof_w, const struct tree_lanes *outside,
                          int64_t now_us);

/* Forgets peak, time over limit and counted energy: end of the warm-up. The load series goes on. */
void building_restart(struct building *building, int64_t now_us);
/* Books up to now_us, which is the end of the run; every draw has been stopped. */
void building_finish(struct building *building, int64_t now_us);

/* Energy booked for an active draw so far: its constant phase up to the last change; negative if the car gives. */
int64_t building_draw_booked_uj(const struct building *building, const struct building_draw *draw);
/* Mean power of the whole site, base load included, during a step. */
double building_load_w(const struct building *building, size_t step, int64_t duration_us);
/* Highest power from the grid, all together. */
double building_peak_w(const struct building *building);
/* Energy since the end of the warm-up: homes, roof, from the grid, into it. */
struct building_sums building_counted(const struct building *building);
/* Asserts taken - given = homes - roof + cars. */
bool building_audit(const struct building *building, char *why, size_t why_size);
double building_peak_a(const struct building *building);
/* The 95 % quantile of whole days' highest power into cars since the end of the warm-up; NaN: no whole day. Memory that
 * is out gives NaN as well. */
double building_day_peak_p95_w(const struct building *building);

#endif
