/* battery.c: the closed form of constant power and exponential taper.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/fleet/battery.h"

#include "models/least.h"

#include <assert.h>
#include <math.h>

static int64_t divide_up(int64_t a, int64_t b)
{
    return a / b + (a % b != 0);
}

/* Missing energy at the knee; 0: no taper. A taper of less than one microsecond's energy is none. */
static double missing_at_knee(const struct battery *battery, const struct battery_limits *limits, int64_t power_w)
{
    if (limits->own_limit_w == 0)
        return 0;
    double taper = (double)battery->capacity_uj * (double)(1000000 - limits->taper_ppm) / 1e6;
    double missing = taper * (double)power_w / (double)limits->own_limit_w;
    return missing < (double)power_w ? 0 : missing;
}

static void taper_init(struct battery_curve *curve, const struct battery *battery, const struct battery_limits *limits,
                       double knee_missing)
{
    double above = (double)battery->missing_uj - knee_missing;
    if (above > 0) { /* rounded up: the taper starts at no more than the constant power */
        curve->knee_us = (int64_t)ceil(above / (double)curve->power_w);
        curve->knee_uj = min64(curve->knee_us * curve->power_w, battery->missing_uj);
    }
    curve->tail_uj = (double)(battery->missing_uj - curve->knee_uj);
    curve->tau_us = knee_missing / (double)curve->power_w;
    double idle_share = fmin(1, (double)limits->idle_w / (double)curve->power_w);
    int64_t idle_missing = (int64_t)ceil(idle_share * knee_missing);
    curve->end_uj = min64(curve->end_uj, battery->missing_uj - min64(idle_missing, battery->missing_uj));
}

/* Energy of the curve as if it had no end. */
static int64_t endless_energy_uj(const struct battery_curve *curve, int64_t time_us)
{
    if (time_us <= curve->knee_us || curve->tail_uj <= 0)
        return curve->power_w * time_us;
    double share = -expm1(-(double)(time_us - curve->knee_us) / curve->tau_us);
    return curve->knee_uj + (int64_t)(curve->tail_uj * share);
}

static int64_t taper_time_us(const struct battery_curve *curve, int64_t energy_uj)
{
    double share = (double)(energy_uj - curve->knee_uj) / curve->tail_uj;
    int64_t time_us = curve->knee_us + (int64_t)ceil(-curve->tau_us * log1p(-share));
    while (endless_energy_uj(curve, time_us) < energy_uj)
        time_us++;
    while (time_us > curve->knee_us && endless_energy_uj(curve, time_us - 1) >= energy_uj)
        time_us--;
    return time_us;
}

void battery_curve_init(struct battery_curve *curve, const struct battery *battery, const struct battery_limits *limits)
{
    assert(battery->missing_uj >= 0 && battery->missing_uj <= battery->capacity_uj);
    assert(battery->wanted_uj >= 0 && battery->wanted_uj <= battery->missing_uj);
    assert(limits->power_w >= 0 && limits->idle_w >= 1);
    int64_t power_w = limits->power_w;
    if (limits->own_limit_w > 0)
        power_w = min64(power_w, limits->own_limit_w);
    *curve = (struct battery_curve){.power_w = power_w};
    if (power_w == 0)
        return;
    curve->end_uj = battery->wanted_uj;
    double knee_missing = missing_at_knee(battery, limits, power_w);
    if (knee_missing > 0)
        taper_init(curve, battery, limits, knee_missing);
    if (curve->end_uj <= curve->knee_uj) /* the taper is never reached */
        curve->tail_uj = 0;
    if (curve->end_uj > 0)
        curve->end_us = battery_curve_time_us(curve, curve->end_uj);
    if (curve->tail_uj <= 0) {
        curve->knee_us = curve->end_us;
        curve->knee_uj = curve->end_uj;
    }
}

int64_t battery_curve_energy_uj(const struct battery_curve *curve, int64_t time_us)
{
    if (time_us <= 0)
        return 0;
    if (time_us >= curve->end_us)
        return curve->end_uj;
    return min64(endless_energy_uj(curve, time_us), curve->end_uj);
}

int64_t battery_curve_time_us(const struct battery_curve *curve, int64_t energy_uj)
{
    if (energy_uj <= 0)
        return 0;
    if (energy_uj > curve->end_uj)
        return INT64_MAX;
    if (curve->tail_uj <= 0 || energy_uj <= curve->knee_uj)
        return divide_up(energy_uj, curve->power_w);
    return taper_time_us(curve, energy_uj);
}

double battery_curve_power_w(const struct battery_curve *curve, int64_t time_us)
{
    if (time_us >= curve->end_us)
        return 0;
    if (time_us < curve->knee_us)
        return (double)curve->power_w;
    return curve->tail_uj / curve->tau_us * exp(-(double)(time_us - curve->knee_us) / curve->tau_us);
}

void battery_take(struct battery *battery, int64_t energy_uj)
{
    assert(energy_uj >= 0 && energy_uj <= battery->wanted_uj);
    battery->missing_uj -= energy_uj;
    battery->wanted_uj -= energy_uj;
    battery->taken_uj += energy_uj;
}

/* ---- giving back ------------------------------------------------------------------------------------------------- */

int64_t battery_refill_uj(int64_t given_uj, int64_t round_trip_ppm)
{
    assert(given_uj >= 0 && round_trip_ppm > 0 && round_trip_ppm <= 1000000);
    return (int64_t)(((__int128)given_uj * 1000000 + round_trip_ppm - 1) / round_trip_ppm);
}

int64_t battery_spare_uj(const struct battery *battery, int64_t floor_ppm, int64_t round_trip_ppm)
{
    assert(round_trip_ppm > 0 && round_trip_ppm <= 1000000);
    int64_t floor_uj = (int64_t)(((__int128)battery->capacity_uj * floor_ppm + 999999) / 1000000);
    int64_t content_uj = battery->capacity_uj - battery->missing_uj;
    if (content_uj <= floor_uj)
        return 0;
    return (int64_t)((__int128)(content_uj - floor_uj) * round_trip_ppm / 1000000);
}

void battery_curve_give(struct battery_curve *curve, int64_t power_w, int64_t energy_uj)
{
    assert(power_w > 0 && energy_uj > 0);
    int64_t end_us = divide_up(energy_uj, power_w);
    *curve = (struct battery_curve){
        .power_w = power_w, .knee_us = end_us, .knee_uj = energy_uj, .end_uj = energy_uj, .end_us = end_us};
}

void battery_give(struct battery *battery, int64_t energy_uj, int64_t round_trip_ppm)
{
    int64_t refill_uj = battery_refill_uj(energy_uj, round_trip_ppm);
    assert(refill_uj <= battery->capacity_uj - battery->missing_uj);
    battery->missing_uj += refill_uj;
    battery->wanted_uj += refill_uj;
    battery->given_uj += energy_uj;
    battery->refill_uj += refill_uj;
}
