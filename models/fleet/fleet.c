/* fleet.c: the sources of arrivals as events.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/fleet/fleet.h"

#include "models/calendar.h"
#include "models/site/sky.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define BATTERY_UNKNOWN_UJ (INT64_C(40) * 3600000000000) /* 40 kWh [guessed]: a Leaf of the first large series */
#define WARM_DAYS          5                             /* the longest stay */
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

/* A session that took energy_uj, or for which so much was driven. */
static void come_for(struct fleet *fleet, struct fleet_arrival *arrival, int64_t energy_uj, int64_t battery_uj)
{
    const struct car_config *config = &fleet->config->car;
    struct car *car = &fleet->cars[arrival->car];
    battery_uj = config->battery_uj > 0 ? config->battery_uj : battery_uj;
    car_set_battery(car, config, battery_uj > 0 ? battery_uj : BATTERY_UNKNOWN_UJ);
    if (fleet->config->unmet == UNMET_PER_SESSION) /* it did take that much, so its battery was that large */
        car_fit_battery(car, config, energy_uj);
    count_shortfall(fleet, car_drive(car, energy_uj));
    tell_arrival(fleet, arrival);
}

static void handle_row(struct sim *sim, void *object, uint32_t entity, uint64_t index)
{
    (void)sim, (void)entity;
    struct fleet *fleet = object;
    const struct replay_row *row = &fleet->replay->rows[index];
    struct fleet_arrival arrival = {.key = index, .car = row->car, .departure_us = row->departure_us};
    come_for(fleet, &arrival, row->energy_uj, row->battery_uj);
    plan_row(fleet, index + 1);
}

/* ---- comers of a profile --------------------------------------------------------------------------------------- */

/* At a weekend, or as there. day_us: the civil day's midnight. */
static bool is_free_day(const struct fleet *fleet, const struct holiday *holidays, size_t count, int64_t day_us)
{
    for (size_t i = 0; i < count; i++)
        if (holidays[i].unix_s / 86400 == (fleet->start_unix_s + day_us / SECOND_US) / 86400)
            return true;
    return calendar_is_weekend(fleet->start_unix_s, day_us);
}

static void draw_comers(struct fleet *fleet, struct comers *comers)
{
    const struct profile_config *config = &fleet->config->profile;
    int64_t midnight_us = comers->day * DAY_US - calendar_time_of_day_us(fleet->start_unix_s, 0);
    struct civil_time civil;
    calendar_civil(&civil, fleet->start_unix_s, midnight_us);
    struct profile_day day = {.generator = config->generator,
                              .is_weekend = is_free_day(fleet, config->holidays, config->holiday_count, midnight_us),
                              .month = civil.month - 1};
    comers->next = 0;
    comers->count = profile_draw_day(comers->stays, fleet->profile, &comers->who, &day, stream_rng(&comers->stream));
    for (size_t i = 0; i < comers->count; i++) {
        struct visit *stay = &comers->stays[i];
        stay->arrival_us += midnight_us + config->hour_shift_us;
        stay->departure_us += midnight_us + config->hour_shift_us;
        stay->energy_uj = (int64_t)((__int128)stay->energy_uj * config->energy_ppm / 1000000);
    }
}

/* The next comer who finds the car away, from time 0 on. */
static void plan_comer(struct fleet *fleet, uint32_t number)
{
    struct comers *comers = &fleet->comers[number];
    for (;;) {
        for (; comers->next < comers->count; comers->next++) {
            const struct visit *stay = &comers->stays[comers->next];
            if (stay->arrival_us > fleet->until_us)
                return;
            if (stay->arrival_us < comers->free_us)
                continue;
            comers->free_us = stay->departure_us;
            if (stay->arrival_us < 0)
                continue;
            sim_schedule(fleet->trouble->sim, stay->arrival_us, SIM_ENVIRONMENT,
                         &(struct sim_action){.kind = fleet->comer_kind, .entity = number, .object = fleet});
            return;
        }
        comers->day++;
        if ((comers->day - 1) * DAY_US > fleet->until_us)
            return;
        draw_comers(fleet, comers);
    }
}

static void handle_comer(struct sim *sim, void *object, uint32_t number, uint64_t argument)
{
    (void)sim, (void)argument;
    struct fleet *fleet = object;
    struct comers *comers = &fleet->comers[number];
    const struct visit *stay = &comers->stays[comers->next++];
    struct fleet_arrival arrival = {.key = (uint64_t)number << 20 | (comers->arrival_count++ & 0xfffff),
                                    .car = number,
                                    .departure_us = stay->departure_us};
    come_for(fleet, &arrival, stay->energy_uj, 0);
    plan_comer(fleet, number);
}

/* Some days early: whoever has come to stay is here at time 0, and the outlet taken. */
static void init_comers(struct fleet *fleet, uint32_t number)
{
    struct comers *comers = &fleet->comers[number];
    struct sim_stream stream;
    sim_stream_open(&stream, fleet->trouble->sim, "fleet.user", number);
    profile_draw_user(&comers->who, fleet->profile, fleet->config->profile.generator, stream_rng(&stream));
    sim_stream_open(&comers->stream, fleet->trouble->sim, "fleet.comers", number);
    comers->day = -WARM_DAYS - 1;
    comers->free_us = INT64_MIN;
    plan_comer(fleet, number);
}

/* ---- cars that live as recorded users did ---------------------------------------------------------------------- */

/* Users begin on the Monday a week before the one that time 0 lies behind: time 0 lies in the middle of things. */
static int64_t begin_us(const struct fleet *fleet)
{
    return (history_monday(fleet->start_unix_s) - fleet->start_unix_s) * SECOND_US - HISTORY_WEEK_US;
}

static int64_t stand_in_us(const struct fleet *fleet, int64_t since_us)
{
    return begin_us(fleet) + since_us + fleet->config->resample.hour_shift_us;
}

/* The next session that begins at time 0 or later. */
static void plan_stand_in(struct fleet *fleet, uint32_t number)
{
    struct stand_in *stand_in = &fleet->stand_ins[number];
    gsl_rng *rng = stream_rng(&stand_in->stream);
    while (stand_in_us(fleet, stand_in->next.arrival_us) < 0)
        resample_next(&stand_in->next, fleet->resample, stand_in->user, stand_in->next.departure_us, rng);
    int64_t at_us = stand_in_us(fleet, stand_in->next.arrival_us);
    if (at_us <= fleet->until_us)
        sim_schedule(fleet->trouble->sim, at_us, SIM_ENVIRONMENT,
                     &(struct sim_action){.kind = fleet->stand_in_kind, .entity = number, .object = fleet});
}

static void handle_stand_in(struct sim *sim, void *object, uint32_t number, uint64_t argument)
{
    (void)sim, (void)argument;
    struct fleet *fleet = object;
    struct stand_in *stand_in = &fleet->stand_ins[number];
    const struct visit stay = stand_in->next;
    struct fleet_arrival arrival = {.key = (uint64_t)number << 20 | (stand_in->arrival_count++ & 0xfffff),
                                    .car = number,
                                    .departure_us = stand_in_us(fleet, stay.departure_us)};
    int64_t energy_uj = (int64_t)((__int128)stay.energy_uj * fleet->config->resample.energy_ppm / 1000000);
    come_for(fleet, &arrival, energy_uj, 0);
    resample_next(&stand_in->next, fleet->resample, stand_in->user, stay.departure_us, stream_rng(&stand_in->stream));
    plan_stand_in(fleet, number);
}

static void init_stand_in(struct fleet *fleet, uint32_t number)
{
    struct stand_in *stand_in = &fleet->stand_ins[number];
    sim_stream_open(&stand_in->stream, fleet->trouble->sim, "fleet.stand_in", number);
    gsl_rng *rng = stream_rng(&stand_in->stream);
    stand_in->user = resample_draw_user(fleet->resample, rng);
    resample_first(&stand_in->next, fleet->resample, stand_in->user, 0, rng);
    plan_stand_in(fleet, number);
}

/* ---- residents ------------------------------------------------------------------------------------------------- */

static int64_t midnight_us(const struct fleet *fleet, uint64_t day)
{
    return (int64_t)day * DAY_US - calendar_time_of_day_us(fleet->start_unix_s, 0);
}

/* Less at weekends and in summer, by as much as the scenario says; the year's mean stays. */
static int64_t day_distance_m(const struct fleet *fleet, int64_t distance_m, int64_t day_us, bool is_weekend)
{
    const struct cars_config *config = &fleet->config->cars;
    if (config->weekend_less_ppm == 0 && config->winter_ppm == 0)
        return distance_m;
    double less = (double)config->weekend_less_ppm / 1e6, weekday = 7 / (7 - 2 * less);
    double season = 1 - (double)config->winter_ppm / 1e6 * sky_season(fleet->start_unix_s, day_us);
    return llround((double)distance_m * season * weekday * (is_weekend ? 1 - less : 1));
}

/* Draws the day and plans its coming home. A moment before time 0 has passed: its distance waits. */
static void plan_day(struct fleet *fleet, uint32_t number, uint64_t day)
{
    struct resident *resident = &fleet->residents[number];
    for (;; day++) {
        int64_t start_us = midnight_us(fleet, day);
        const struct cars_config *config = &fleet->config->cars;
        bool is_weekend = is_free_day(fleet, config->holidays, config->holiday_count, start_us);
        arrivals_draw_day(&resident->day, stream_rng(&resident->stream), config, &resident->who, is_weekend);
        resident->day.distance_m = day_distance_m(fleet, resident->day.distance_m, start_us, is_weekend);
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

/* ---- all ------------------------------------------------------------------------------------------------------- */

uint32_t fleet_config_cars(const struct fleet_config *config, const struct replay *replay)
{
    switch (config->source) {
    case FLEET_REPLAY:
        return replay->car_count;
    case FLEET_CARS:
        return config->cars.count;
    case FLEET_PROFILE:
        return config->profile.count;
    case FLEET_RESAMPLE:
        return config->resample.count;
    }
    assert(false && "a fleet has a source");
    return 0;
}

static bool take_memory(struct fleet *fleet)
{
    fleet->cars = calloc(fleet->car_count, sizeof fleet->cars[0]);
    if (fleet->config->source == FLEET_CARS)
        fleet->residents = calloc(fleet->car_count, sizeof fleet->residents[0]);
    if (fleet->config->source == FLEET_PROFILE)
        fleet->comers = calloc(fleet->car_count, sizeof fleet->comers[0]);
    if (fleet->config->source == FLEET_RESAMPLE)
        fleet->stand_ins = calloc(fleet->car_count, sizeof fleet->stand_ins[0]);
    return fleet->cars != NULL && (fleet->config->source != FLEET_CARS || fleet->residents != NULL) &&
           (fleet->config->source != FLEET_PROFILE || fleet->comers != NULL) &&
           (fleet->config->source != FLEET_RESAMPLE || fleet->stand_ins != NULL);
}

static void plan_first(struct fleet *fleet)
{
    switch (fleet->config->source) {
    case FLEET_REPLAY:
        plan_row(fleet, 0);
        break;
    case FLEET_CARS:
        for (uint32_t i = 0; i < fleet->car_count; i++)
            init_resident(fleet, i);
        break;
    case FLEET_PROFILE:
        for (uint32_t i = 0; i < fleet->car_count; i++)
            init_comers(fleet, i);
        break;
    case FLEET_RESAMPLE:
        for (uint32_t i = 0; i < fleet->car_count; i++)
            init_stand_in(fleet, i);
        break;
    }
}

bool fleet_init(struct fleet *fleet, const struct fleet_options *options)
{
    struct sim *sim = options->trouble->sim;
    enum fleet_source source = options->config->source;
    assert(source != FLEET_REPLAY || options->replay != NULL);
    assert(source != FLEET_PROFILE || options->profile != NULL);
    assert(source != FLEET_RESAMPLE || options->resample != NULL);
    *fleet = (struct fleet){.trouble = options->trouble,
                            .config = options->config,
                            .replay = source == FLEET_REPLAY ? options->replay : NULL,
                            .profile = source == FLEET_PROFILE ? options->profile : NULL,
                            .resample = source == FLEET_RESAMPLE ? options->resample : NULL,
                            .listener = options->listener,
                            .start_unix_s = options->start_unix_s,
                            .warmup_us = options->warmup_us,
                            .until_us = options->until_us};
    fleet->car_count = fleet_config_cars(options->config, options->replay);
    assert(fleet->car_count > 0 && fleet->car_count < 1u << 28);
    if (!take_memory(fleet)) {
        fleet_close(fleet);
        return false;
    }
    fleet->arrival_kind = sim_kind_add(sim, "fleet.session", handle_row);
    fleet->day_kind = sim_kind_add(sim, "fleet.day", handle_day);
    if (source == FLEET_PROFILE)
        fleet->comer_kind = sim_kind_add(sim, "fleet.comer", handle_comer);
    if (source == FLEET_RESAMPLE)
        fleet->stand_in_kind = sim_kind_add(sim, "fleet.stand_in", handle_stand_in);
    plan_first(fleet);
    return true;
}

void fleet_close(struct fleet *fleet)
{
    free(fleet->cars);
    free(fleet->residents);
    free(fleet->comers);
    free(fleet->stand_ins);
    fleet->cars = NULL;
    fleet->residents = NULL;
    fleet->comers = NULL;
    fleet->stand_ins = NULL;
}

void fleet_leave(struct fleet *fleet, uint32_t car, int64_t unserved_uj)
{
    assert(car < fleet->car_count);
    car_go(&fleet->cars[car], fleet->config->unmet, unserved_uj);
    if (fleet->residents != NULL)
        fleet->residents[car].is_here = false;
}
