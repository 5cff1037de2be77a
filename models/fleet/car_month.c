/* car_month.c: one car, day by day, and the search for its two unknowns.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/fleet/car_month.h"

#include "models/fleet/arrivals.h"
#include "models/fleet/car.h"
#include "models/least.h"
#include "sim/stream.h"

#include <math.h>
#include <string.h>

#define WARM_DAYS      14
#define ROUNDS         12
#define BATTERY_UJ     (INT64_C(40) * 3600000000000)
#define DISTANCE_MIN_M 1000
#define DISTANCE_MAX_M 1000000
#define SOC_STEP       0.3 /* per factor e in sessions; smaller steps than the slope need, so that rounds settle */
#define SOC_MAX_PPM    2000000
#define SESSIONS_LEAST 1e-3

struct car_now {
    struct arrivals_car who;
    struct car car;
    double charger_w;
    double waiting_m; /* driven on days on which the car was here */
    int64_t free_us;
};

static int64_t driven_uj(const struct car_process *process, double distance_m)
{
    double battery_uj = distance_m * (double)process->cars.consumption_wh_per_km * 3.6e6;
    return car_grid_uj(&process->car, (int64_t)fmin(battery_uj, 4e17));
}

/* Returns whether the car plugs in on this day; fills the visit. */
static bool live_day(struct visit *visit, struct car_now *now, const struct car_process *process, int64_t day,
                     gsl_rng *rng)
{
    struct arrivals_day today;
    arrivals_draw_day(&today, rng, &process->cars, &now->who, (day + WARM_DAYS) % 7 >= 5);
    visit->arrival_us = day * DAY_US + today.home_us;
    now->waiting_m += (double)today.distance_m;
    if (visit->arrival_us < now->free_us)
        return false;
    car_drive(&now->car, driven_uj(process, now->waiting_m));
    now->waiting_m = 0;
    double day_soc = (double)driven_uj(process, now->who.mean_distance_m) / (double)now->car.capacity_uj;
    if (today.plug_uniform >= arrivals_plug_probability(&process->cars, car_soc(&now->car), day_soc))
        return false;
    double most_uj = fmin((double)today.duration_us * now->charger_w, 4e18);
    visit->departure_us = now->free_us = visit->arrival_us + today.duration_us;
    visit->energy_uj = min64(now->car.deficit_uj, (int64_t)most_uj);
    now->car.deficit_uj -= visit->energy_uj;
    return visit->energy_uj > HISTORY_ENERGY_MIN_UJ;
}

static size_t draw_month(const void *self, struct visit *visits, size_t *blocked, gsl_rng *rng)
{
    (void)blocked; /* a car that is here comes from nowhere */
    const struct car_process *process = self;
    struct car_now now = {.free_us = INT64_MIN};
    arrivals_draw_car(&now.who, rng, &process->cars);
    now.charger_w = profile_draw_charger(process->charger_w, rng);
    car_set_battery(&now.car, &process->car, process->car.battery_uj);
    now.car.deficit_uj = (int64_t)(now.who.start_uniform * (double)now.car.usable_uj / 2);
    size_t count = 0;
    for (int day = -WARM_DAYS; day < HISTORY_MONTH_DAYS; day++) {
        bool is_plugged = live_day(&visits[count], &now, process, day, rng);
        bool is_in_month = visits[count].arrival_us >= 0 && visits[count].arrival_us < HISTORY_MONTH_US;
        count += is_plugged && is_in_month;
    }
    return count;
}

void car_process_source(struct aggregate_source *source, const struct car_process *process)
{
    *source = (struct aggregate_source){.self = process, .month = draw_month};
}

void car_process_apartments(struct car_process *process, const double charger_w[PROFILE_CHARGERS])
{
    *process =
        (struct car_process){.cars = {.daily_distance_m = 30000,
                                      .daily_distance_sigma_ppm = 600000,
                                      .distance_between_sigma_ppm = 600000,
                                      .consumption_wh_per_km = 143,
                                      .plug_in_soc_ppm = 700000,
                                      .plug_in_width_ppm = 150000,
                                      .reserve_soc_ppm = 200000},
                             .car = {.battery_uj = BATTERY_UJ, .efficiency_ppm = 880000, .full_soc_ppm = 1000000}};
    memcpy(process->charger_w, charger_w, sizeof process->charger_w);
}

bool car_process_fit(struct car_process *process, double sessions, double asked_kwh)
{
    struct aggregate_source source;
    car_process_source(&source, process);
    for (int round = 0; round < ROUNDS; round++) {
        struct sim_stream stream;
        struct aggregate aggregate;
        stream_open(&stream, 1, 0, "fit.cars", 0);
        static const struct aggregate_config config = {.outlets = 50, .repetitions = 20, .power_w = 3200};
        if (!aggregate_measure(&aggregate, &config, &source, stream_rng(&stream)))
            return false;
        double farther = asked_kwh / fmax(aggregate.asked_kwh, SESSIONS_LEAST);
        double oftener = log(sessions / fmax(aggregate.sessions, SESSIONS_LEAST));
        double distance_m = (double)process->cars.daily_distance_m * farther;
        process->cars.daily_distance_m = llround(fmin(fmax(distance_m, DISTANCE_MIN_M), DISTANCE_MAX_M));
        process->cars.plug_in_soc_ppm =
            max64(0, min64(process->cars.plug_in_soc_ppm + llround(SOC_STEP * oftener * 1e6), SOC_MAX_PPM));
    }
    return true;
}
