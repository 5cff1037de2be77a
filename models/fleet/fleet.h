/* fleet.h: who comes when, for how long and how much: recorded sessions or users, cars that drive, a profile.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All sources end in one call upwards, on_arrival, and take one call downwards, fleet_leave. Recorded sessions are fed
 * one event at a time in the file's order. A car that is still here when its next day's arrival comes has not moved:
 * that day's distance is driven with the next one, so mean distance is what the scenario says. A profile's comer who
 * would come while the car is here by the profile's own account has not come; what rails and outlets do shifts nobody.
 * A car that lives on as a recorded user did has that user for good, weekdays where they are in the run.
 *
 * Unmet demand. per session: what was not delivered is reported and gone. in battery: it stays missing and comes back;
 * a recorded session's energy is then what was driven since the last one.
 */
#ifndef KONSENTO_MODELS_FLEET_FLEET_H
#define KONSENTO_MODELS_FLEET_FLEET_H

#include "models/fleet/arrivals.h"
#include "models/fleet/battery.h"
#include "models/fleet/car.h"
#include "models/fleet/profile.h"
#include "models/fleet/replay.h"
#include "models/fleet/resample.h"
#include "models/trouble.h"
#include "sim/stream.h"

struct fleet_arrival {
    uint64_t key; /* < 2^48, the same on every rail: names random draws */
    uint32_t car; /* also the number of its own outlet */
    int64_t departure_us;
    struct battery battery; /* wanted_uj is the demand */
};

struct fleet_listener {
    void *self;
    void (*on_arrival)(void *self, const struct fleet_arrival *arrival);
};

/* One resident's car of the generated kind. */
struct resident {
    struct arrivals_car who;
    struct arrivals_day day; /* the next to come home from */
    struct sim_stream stream;
    int64_t waiting_distance_m; /* of days on which the car could not leave */
    bool is_here;               /* plugged in or waiting for an outlet */
};

/* One car of a profile: the comers of one day after the other. */
struct comers {
    struct profile_user who;
    struct sim_stream stream;
    struct visit stays[PROFILE_COMERS_MAX]; /* of the day that is being worked off, from its midnight */
    size_t count, next;
    int64_t day; /* civil, from the day of time 0 */
    int64_t free_us;
    uint64_t arrival_count;
};

/* One car that lives on as a recorded user did. */
struct stand_in {
    uint32_t user;
    struct sim_stream stream;
    struct visit next; /* since the Monday at which the run's users begin */
    uint64_t arrival_count;
};

struct fleet {
    struct trouble *trouble;
    const struct fleet_config *config;
    const struct replay *replay;     /* if the source is FLEET_REPLAY */
    const struct profile *profile;   /* if the source is FLEET_PROFILE */
    const struct resample *resample; /* if the source is FLEET_RESAMPLE */
    struct fleet_listener listener;
    int64_t start_unix_s;
    int64_t until_us; /* nobody comes later */
    uint32_t car_count;
    struct car *cars;
    struct resident *residents; /* if the source is FLEET_CARS */
    struct comers *comers;      /* if the source is FLEET_PROFILE */
    struct stand_in *stand_ins; /* if the source is FLEET_RESAMPLE */
    int64_t warmup_us;
    __int128 shortfall_uj; /* of arrivals after the warm-up */
    uint64_t shortfall_count;
    uint16_t arrival_kind, day_kind, comer_kind, stand_in_kind;
};

struct fleet_options {
    struct trouble *trouble;
    const struct fleet_config *config;
    const struct replay *replay;     /* if the source is FLEET_REPLAY */
    const struct profile *profile;   /* if the source is FLEET_PROFILE */
    const struct resample *resample; /* if the source is FLEET_RESAMPLE */
    struct fleet_listener listener;
    int64_t start_unix_s, warmup_us, until_us;
};

/* Plans the first arrivals. Returns false when memory is out. Owns: fleet_close. */
bool fleet_init(struct fleet *fleet, const struct fleet_options *options) __attribute__((warn_unused_result));
void fleet_close(struct fleet *fleet);
/* The car of an arrival leaves, demand less unserved_uj having been delivered. */
void fleet_leave(struct fleet *fleet, uint32_t car, int64_t unserved_uj);
/* Cars of a config: its residents, or those in the file. */
uint32_t fleet_config_cars(const struct fleet_config *config, const struct replay *replay);

#endif
