/* fleet.c: the two sources of arrivals as events.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/fleet/fleet.h"

#include "models/calendar.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define BATTERY_UNKNOWN_UJ (INT64_C(40) * 3600000000000) /* 40 kWh [guessed]: a Leaf of the first large series */
#define DRIVEN_MAX_UJ                                                                                                  \
    4e17 /* 111 MWh between two sessions: beyond any battery, and within 64 bits when divided by the                   \
            efficiency */

static void count_shortfall(struct fleet *fleet, int64_t shortfall_uj)
{
    if (sim_now_us(fleet->trouble->sim) < fleet->warmup_us)
        return;
    fleet->shortfall_uj += shortfall_uj;
    fleet->shortfall_count += shortfall_uj > 0;
}

static void tell_arrival(struct fleet *fleet, struct fleet_arrival *arrival)
{
    car_come(&fleet->cars[arrival->car], &arrival->battery);
    sim_trace(fleet->trouble->sim, (uint64_t)arrival->battery.wanted_uj);
    fleet->listener.on_arrival(fleet->listener.self, arrival);
}

/* ---- recorded sessions ----------------------------------------------------------------------------------------- */

static void plan_row(struct fleet *fleet, size_t index)
{
    if (index == fleet->replay->row_count || fleet->replay->rows[index].arrival_us > fleet->until_us)
        return;
    const struct replay_row *row = &fleet->replay->rows[index];
    sim_schedule(fleet->trouble->sim, row->arrival_us, SIM_ENVIRONMENT,
                 &(struct sim_action){
                     .kind = fleet->arrival_kind, .entity = row->car, .object = fleet, .argument = (uint64_t)index});
}

static void handle_row(struct sim *sim, void *object, uint32_t entity, uint64_t index)
{
    (void)sim, (void)entity;
    struct fleet *fleet = object;
    const struct replay_row *row = &fleet->replay->rows[index];
    const struct car_config *config = &fleet->config->car;
    struct car *car = &fleet->cars[row->car];
    int64_t battery_uj = config->battery_uj > 0 ? config->battery_uj : row->battery_uj;
    car_set_battery(car, config, battery_uj > 0 ? battery_uj : BATTERY_UNKNOWN_UJ);
    if (fleet->config->unmet == UNMET_PER_SESSION) /* it did take that much, so its battery was that large */
        car_fit_battery(car, config, row->energy_uj);
    count_shortfall(fleet, car_drive(car, row->energy_uj));
    struct fleet_arrival arrival = {.key = index, .car = row->car, .departure_us = row->departure_us};
    tell_arrival(fleet, &arrival);
    plan_row(fleet, index + 1);
}

/* ---- residents ------------------------------------------------------------------------------------------------- */

static int64_t midnight_us(const struct fleet *fleet, uint64_t day)
{
    return (int64_t)day * DAY_US - calendar_time_of_day_us(fleet->start_unix_s, 0);
}

/* Draws the day and plans its coming home. A moment before time 0 has passed: its distance waits. */
static void plan_day(struct fleet *fleet, uint32_t number, uint64_t day)
{
    struct resident *resident = &fleet->residents[number];
    for (;; day++) {
        int64_t start_us = midnight_us(fleet, day);
        bool is_weekend = calendar_is_weekend(fleet->start_unix_s, start_us);
        arrivals_draw_day(&resident->day, stream_rng(&resident->stream), &fleet->config->cars, &resident->who,
                          is_weekend);
        int64_t home_us = start_us + resident->day.home_us;
        if (home_us > fleet->until_us)
            return;
        if (home_us >= sim_now_us(fleet->trouble->sim)) {
            sim_schedule(
                fleet->trouble->sim, home_us, SIM_ENVIRONMENT,
                &(struct sim_action){.kind = fleet->day_kind, .entity = number, .object = fleet, .argument = day});
            return;
        }
        resident->waiting_distance_m += resident->day.distance_m;
    }
}

static int64_t driven_uj(const struct fleet *fleet, double distance_m)
{
    double battery_uj = distance_m * (double)fleet->config->cars.consumption_wh_per_km * 3.6e6;
    return car_grid_uj(&fleet->config->car, (int64_t)fmin(battery_uj, DRIVEN_MAX_UJ));
}

static void come_home(struct fleet *fleet, uint32_t number, uint64_t day)
{
    struct resident *resident = &fleet->residents[number];
    struct car *car = &fleet->cars[number];
    int64_t distance_m = resident->waiting_distance_m + resident->day.distance_m;
    resident->waiting_distance_m = 0;
    count_shortfall(fleet, car_drive(car, driven_uj(fleet, (double)distance_m)));
    double day_soc = (double)driven_uj(fleet, resident->who.mean_distance_m) / (double)car->capacity_uj;
    double probability = arrivals_plug_probability(&fleet->config->cars, car_soc(car), day_soc);
    if (resident->day.plug_uniform >= probability)
        return;
    resident->is_here = true;
    struct fleet_arrival arrival = {.key = (uint64_t)number << 20 | day,
                                    .car = number,
                                    .departure_us = sim_now_us(fleet->trouble->sim) + resident->day.duration_us};
    tell_arrival(fleet, &arrival);
}

static void handle_day(struct sim *sim, void *object, uint32_t number, uint64_t day)
{
    (void)sim;
    struct fleet *fleet = object;
    struct resident *resident = &fleet->residents[number];
    if (resident->is_here)
        resident->waiting_distance_m += resident->day.distance_m;
    else
        come_home(fleet, number, day);
    plan_day(fleet, number, day + 1);
}

static void init_resident(struct fleet *fleet, uint32_t number)
{
    struct resident *resident = &fleet->residents[number];
    struct car *car = &fleet->cars[number];
    const struct fleet_config *config = fleet->config;
    struct sim_stream stream;
    sim_stream_open(&stream, fleet->trouble->sim, "fleet.resident", number);
    arrivals_draw_car(&resident->who, stream_rng(&stream), &config->cars);
    sim_stream_open(&resident->stream, fleet->trouble->sim, "fleet.day", number);
    car_set_battery(car, &config->car, config->car.battery_uj > 0 ? config->car.battery_uj : BATTERY_UNKNOWN_UJ);
    int64_t lowest_ppm = config->cars.plug_in_soc_ppm < config->car.full_soc_ppm ? config->cars.plug_in_soc_ppm
                                                                                 : config->car.full_soc_ppm;
    double most_uj = (double)car->usable_uj - (double)car->capacity_uj * (double)lowest_ppm / 1e6;
    car->deficit_uj = (int64_t)(resident->who.start_uniform * (most_uj > 0 ? most_uj : 0));
    plan_day(fleet, number, 0);
}

/* ---- both ------------------------------------------------------------------------------------------------------ */

uint32_t fleet_config_cars(const struct fleet_config *config, const struct replay *replay)
{
    return config->source == FLEET_REPLAY ? replay->car_count : config->cars.count;
}

bool fleet_init(struct fleet *fleet, const struct fleet_options *options)
{
    struct sim *sim = options->trouble->sim;
    bool is_recorded = options->config->source == FLEET_REPLAY;
    assert(!is_recorded || options->replay != NULL);
    *fleet = (struct fleet){.trouble = options->trouble,
                            .config = options->config,
                            .replay = is_recorded ? options->replay : NULL,
                            .listener = options->listener,
                            .start_unix_s = options->start_unix_s,
                            .warmup_us = options->warmup_us,
                            .until_us = options->until_us};
    fleet->car_count = fleet_config_cars(options->config, options->replay);
    assert(fleet->car_count > 0 && fleet->car_count < 1u << 28);
    fleet->cars = calloc(fleet->car_count, sizeof fleet->cars[0]);
    if (!is_recorded)
        fleet->residents = calloc(fleet->car_count, sizeof fleet->residents[0]);
    if (fleet->cars == NULL || (!is_recorded && fleet->residents == NULL)) {
        fleet_close(fleet);
        return false;
    }
    fleet->arrival_kind = sim_kind_add(sim, "fleet.session", handle_row);
    fleet->day_kind = sim_kind_add(sim, "fleet.day", handle_day);
    if (is_recorded)
        plan_row(fleet, 0);
    else
        for (uint32_t i = 0; i < fleet->car_count; i++)
            init_resident(fleet, i);
    return true;
}

void fleet_close(struct fleet *fleet)
{
    free(fleet->cars);
    free(fleet->residents);
    fleet->cars = NULL;
    fleet->residents = NULL;
}

void fleet_leave(struct fleet *fleet, uint32_t car, int64_t unserved_uj)
{
    assert(car < fleet->car_count);
    car_go(&fleet->cars[car], fleet->config->unmet, unserved_uj);
    if (fleet->residents != NULL)
        fleet->residents[car].is_here = false;
}
