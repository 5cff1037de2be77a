/* battery.h: how fast a battery fills: constant power, then an exponential taper, in closed form.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   power                          All energies are measured at the outlet (grid side): what reaches the battery is the
 *     P |-------------.            efficiency times that. "missing" is the energy that would still flow until the
 *       |              `.          battery is full to the brim (state of charge 1).
 *       |                `-.
 *  idle |. . . . . . . . . .`--|   Above the knee the battery's own limit falls linearly with the state of charge, so
 *       +-------------+--------+   power is proportional to what is missing: missing(t) = missing_knee exp(-t / tau).
 *       0          knee_us   end_us
 *
 * With P_m the battery's own limit below the taper, s_T where its taper starts, C the capacity (grid side):
 *   missing_knee = C (1 - s_T) P / P_m,   tau = C (1 - s_T) / P_m.
 * That is the effective knee s* = s_T + (1 - s_T)(1 - P / P_m) of ACN-Sim's two-stage battery (Lee, Sharma, Low 2021),
 * without its time step. Knee ac takes P_m = P; knee dc takes the direct-current limit; knee ideal has no taper.
 *
 * Giving back. What a battery gives into the outlet is less than what has to flow to make up for it: the refill is the
 * energy given over the round trip's efficiency (charger, battery, inverter), rounded up to the microjoule. All that is
 * lost on the way there and back is booked when it is given, so that taken - given - lost is what the battery gained.
 *
 * The taper never reaches 1, so a car is full when it would draw less than idle_w. Time is whole microseconds: energy
 * at a time is rounded down to the microjoule, time to an energy is rounded up, and the two are inverse to each other.
 */
#ifndef KONSENTO_MODELS_FLEET_BATTERY_H
#define KONSENTO_MODELS_FLEET_BATTERY_H

#include <stdint.h>

/* The state of a plugged battery, grid side. */
struct battery {
    int64_t capacity_uj; /* from empty to brimful */
    int64_t missing_uj;  /* to brimful, 0 .. capacity_uj */
    int64_t wanted_uj;   /* what the car still asks for, <= missing_uj */
    int64_t taken_uj;    /* since it was plugged in */
    int64_t given_uj;    /* the same, out into the building */
    int64_t refill_uj;   /* what has to flow for that: given and lost on the way there and back */
};

struct battery_limits {
    int64_t power_w;     /* outlet and on-board charger allow */
    int64_t own_limit_w; /* P_m; 0: no taper and no limit */
    int64_t taper_ppm;   /* s_T */
    int64_t idle_w;      /* >= 1 */
};

/* Energy drawn as a function of the time since drawing began. */
struct battery_curve {
    int64_t power_w; /* during the constant phase */
    int64_t knee_us; /* its length; 0: taper from the start */
    int64_t knee_uj; /* power_w x knee_us */
    double tail_uj;  /* missing at the knee; 0: no taper, the constant phase lasts to the end */
    double tau_us;
    int64_t end_uj; /* then the car stops by itself */
    int64_t end_us; /* first time at which energy is end_uj */
};

/* The curve from now on. end_uj is 0 if the battery takes nothing. */
void battery_curve_init(struct battery_curve *curve, const struct battery *battery,
                        const struct battery_limits *limits);
/* Energy drawn until time_us, 0 .. end_uj, never decreasing. */
int64_t battery_curve_energy_uj(const struct battery_curve *curve, int64_t time_us);
/* First time at which at least energy_uj is drawn; INT64_MAX if energy_uj > end_uj. */
int64_t battery_curve_time_us(const struct battery_curve *curve, int64_t energy_uj);
/* Power just after time_us, never increasing; 0 from end_us on. */
double battery_curve_power_w(const struct battery_curve *curve, int64_t time_us);
/* Books energy that flowed. */
void battery_take(struct battery *battery, int64_t energy_uj);

/* ---- giving back ------------------------------------------------------------------------------------------------- */

/* What has to flow in for energy that is given. round_trip_ppm: 1 .. 1,000,000. */
int64_t battery_refill_uj(int64_t given_uj, int64_t round_trip_ppm);
/* The most that can be given before less than floor_ppm of the capacity is left. */
int64_t battery_spare_uj(const struct battery *battery, int64_t floor_ppm, int64_t round_trip_ppm);
/* The curve of giving power_w > 0 until energy_uj > 0 is given. */
void battery_curve_give(struct battery_curve *curve, int64_t power_w, int64_t energy_uj);
/* Books energy that was given, at most what can be: the car asks for its refill on top of what it wanted. */
void battery_give(struct battery *battery, int64_t energy_uj, int64_t round_trip_ppm);

#endif
