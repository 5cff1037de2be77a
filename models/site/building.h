/* building.h: the electrical service of a building: its flow, peak, overload and load series.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   service --+-- base load: flats x constant watts
 *             +-- outlet 0 --- draw (constant power, then perhaps a taper)
 *             +-- outlet 1 --- draw
 *
 * Constant draws are one integer level in watts, so a change costs the same for ten outlets as for ten thousand.
 * Draws that taper are kept in a list with their curves; each is nonincreasing, so the largest sum between two changes
 * is the one just after the first of them, and the moment when the sum falls below the limit is found by bisection.
 * A level counts for the peak only if it was held for a positive time: two cars, of which one leaves and the other
 * comes at the same instant, were never there together.
 *
 * The load series holds exact microjoules per step. A 200 V outlet lies across both legs of the single-phase
 * three-wire service and loads them equally; the base load is taken as balanced. Not modeled: voltage, reactive power.
 */
#ifndef KONSENTO_MODELS_SITE_BUILDING_H
#define KONSENTO_MODELS_SITE_BUILDING_H

#include "models/config.h"
#include "models/fleet/battery.h"
#include "sim/accumulator.h"

#include <stdbool.h>
#include <stdint.h>

/* One car drawing at one outlet; lives in the outlet. */
struct building_draw {
    struct battery_curve curve;
    int64_t since_us;
    bool is_active, is_tapering;
    bool is_feeding; /* the car gives: its power counts negative; set before it starts, never tapers */
    struct building_draw *previous, *next; /* of the tapering ones */
};

struct building {
    int64_t voltage_v;
    int64_t base_w;
    int64_t limit_w;       /* INT64_MAX: none */
    int64_t now_us;        /* up to here levels are booked */
    int64_t since_us;      /* end of the warm-up */
    int64_t constant_w;    /* sum of the constant draws */
    int64_t taper_bound_w; /* no less than the sum of the tapering draws */
    struct building_draw *tapering;
    struct level drawing; /* outlets with current */

    int64_t step_us;
    size_t step_count;
    __int128 *step_uj;     /* per step: energy into cars */
    __int128 booked_uj;    /* sum of step_uj */
    __int128 counted_uj;   /* the same since since_us */
    double peak_w;         /* cars alone, since since_us */
    int64_t over_limit_us; /* since since_us */
    int64_t over_ever_us;  /* the same since the beginning */
};

/* In: duration of the run, which the load series covers. Returns false when memory is out. Owns: building_close. */
bool building_init(struct building *building, const struct building_config *config, int64_t duration_us,
                   int64_t step_us) __attribute__((warn_unused_result));
void building_close(struct building *building);

/* A draw begins: draw->curve is set, its end_us is positive. */
void building_draw_start(struct building *building, struct building_draw *draw, int64_t now_us);
/* The curve's knee is reached: now_us is since_us + knee_us. */
void building_draw_taper(struct building *building, struct building_draw *draw, int64_t now_us);
/* The draw ends, having drawn what its curve says at now_us. Returns that energy. */
int64_t building_draw_stop(struct building *building, struct building_draw *draw, int64_t now_us);

/* Forgets peak, time over limit and counted energy: end of the warm-up. The load series goes on. */
void building_restart(struct building *building, int64_t now_us);
/* Books up to now_us, which is the end of the run; every draw has been stopped. */
void building_finish(struct building *building, int64_t now_us);

/* Energy booked for an active draw so far: its constant phase up to the last change; negative if the car gives. */
int64_t building_draw_booked_uj(const struct building *building, const struct building_draw *draw);
/* Mean power of the whole site, base load included, during a step. */
double building_load_w(const struct building *building, size_t step, int64_t duration_us);
double building_peak_w(const struct building *building);
double building_peak_a(const struct building *building);

#endif
