/* schema_fleet.c: the schema's rows for cars and where they come from.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/schema_fleet.h"

/* At 36 km a day (the energy of those apartments) the two defaults give 4.4, 3.6, 3.0, 2.6 and 2.3 plug-ins a week for
 * batteries of 12, 20, 32, 50 and 78 kWh, where 4.3, 4.1, 2.7, 2.6 and 2.5 were counted: 9 % rms. */
#define FITTED "fitted to plug-ins per week by battery size, Norwegian apartments"

static const char *const knee_names[] = {"ideal", "ac", "dc", NULL};
static const char *const generator_names[] = {"independent", "copula", "mixture", "visitors", NULL};
static const char *const unmet_names[] = {"session", "battery", NULL};

#define AT(member) .offset = offsetof(struct car_config, member)
const struct schema_field schema_car_fields[SCHEMA_CAR_FIELDS] = {
    {"battery", ENERGY_UJ, AT(battery_uj), RANGE("1 kWh", "1000 kWh"), WORD("recorded", 0), DEFAULT("recorded", ""),
     .help = "capacity; \"recorded\": as the session file says, and 40 kWh where nothing says it"},
    {"charger", POWER_W, AT(charger_w), RANGE("100 W", "50 kW"), WORD("unlimited", 0), DEFAULT("unlimited", ""),
     .help = "on-board charger, AC side; \"unlimited\": only the outlet limits"},
    {"dc_power", POWER_W, AT(dc_power_w), RANGE("100 W", "1000 kW"), DEFAULT("50 kW", "Nissan Leaf 40 kWh"),
     .help = "what the battery itself can take"},
    {"efficiency", SHARE_PPM, AT(efficiency_ppm), RANGE("10 %", "100 %"), DEFAULT("88 %", "Sorensen et al. 2024"),
     .help = "from the outlet to the battery"},
    {"taper_from", SHARE_PPM, AT(taper_from_ppm), RANGE("0 %", "99.9 %"), DEFAULT("80 %", "ACN-Sim, default"),
     .help = "state of charge at which the battery's own limit starts to fall"},
    {"knee", .kind = KIND_ENUM, AT(knee), .names = knee_names, DEFAULT("dc", ""),
     .help = "what the taper is measured against: \"dc\" the battery's own limit, \"ac\" the outlet as ACN-Sim does, "
             "\"ideal\" no taper"},
    {"idle_below", POWER_W, AT(idle_below_w), RANGE("1 W", "10 kW"), DEFAULT("300 W", ASSUMED),
     .help = "a car whose taper would draw less than this is full"},
    {"full", SHARE_PPM, AT(full_soc_ppm), RANGE("10 %", "100 %"), DEFAULT("100 %", ""),
     .help = "a car asks for energy up to this state of charge"},
    {"feed", POWER_W, AT(feed_w), RANGE("100 W", "50 kW"), WORD("never", 0), DEFAULT("never", ""),
     .help = "what the car can give into the building (V2G)"},
    {"feed_efficiency", SHARE_PPM, AT(feed_efficiency_ppm), RANGE("10 %", "100 %"), DEFAULT("90 %", ASSUMED),
     .help = "from the battery to the building"},
    {"feed_reserve", SHARE_PPM, AT(feed_reserve_ppm), RANGE("0 %", "100 %"), DEFAULT("40 %", ASSUMED),
     .help = "the owner's: the car never gives below this state of charge"},
    {"feed_wear", PRICE_UYEN, AT(feed_wear_uyen_per_kwh), RANGE("0 JPY/kWh", "1000 JPY/kWh"),
     DEFAULT("6 JPY/kWh", ASSUMED), .help = "what giving costs the battery's life, per energy given"},
    {"feed_share", SHARE_PPM, AT(feed_share_ppm), RANGE("0 %", "100 %"), DEFAULT("100 %", ""),
     .help = "of the cars that can give, evenly spread over their numbers"},
};
#undef AT

#define AT(member) .offset = offsetof(struct fleet_config, member)
const struct schema_field schema_replay_fields[SCHEMA_REPLAY_FIELDS] = {
    {"sessions", .kind = KIND_PATH, AT(replay.path), REQUIRED,
     .help = "CSV of charging sessions, in the derived or the Norwegian format (docs/models.md)"},
    {"location", .kind = KIND_STRING, AT(replay.location), DEFAULT("", ""),
     .help = "Norwegian format: only this location; \"\": all of them"},
    {"from", .kind = KIND_DATE, AT(replay.from_unix_s), WORD("first month", INT64_MIN), DEFAULT("first month", ""),
     .help = "Norwegian format: the civil time that becomes time 0; earlier rows are left out"},
    {"unmet", .kind = KIND_ENUM, AT(unmet), .names = unmet_names, DEFAULT("session", ""),
     .help = "energy asked for and not had: reported with the \"session\" and gone, or missing in the \"battery\""},
    {"car", .kind = KIND_CLASS, AT(car), .classes = {"car"}, DEFAULT("", ""), .help = "the cars"},
};

const struct schema_field schema_profile_fields[SCHEMA_PROFILE_FIELDS] = {
    {"file", .kind = KIND_PATH, AT(profile.path), REQUIRED, .help = "the profile, as konsento fit writes it"},
    {"count", COUNT_UINT32, AT(profile.count), RANGE("1", "100000"), REQUIRED,
     .help = "number of cars, each with a user of its own"},
    {"generator", .kind = KIND_ENUM, AT(profile.generator), .names = generator_names, DEFAULT("mixture", ""),
     .help = "how sessions are made of it; \"visitors\": comers all alike, for shared outlets"},
    {"energy", SHARE_PPM, AT(profile.energy_ppm), RANGE("0.1 %", "1000 %"), DEFAULT("100 %", ""),
     .help = "of the profile's energies (Japanese mileage against Norwegian: 45 %)"},
    {"hour_shift", TIME_US, AT(profile.hour_shift_us), RANGE("0 h", "12 h"), DEFAULT("0 h", ""),
     .help = "all arrivals later by this (Japanese commuters against Norwegian: up to 3 h)"},
    {"holidays", LIST(struct fleet_config, profile.holidays, profile.holiday_count, CONFIG_HOLIDAYS_MAX),
     .classes = {"holiday"}, DEFAULT("", ""), .help = "days that are as at weekends"},
    {"unmet", .kind = KIND_ENUM, AT(unmet), .names = unmet_names, DEFAULT("session", ""),
     .help = "energy asked for and not had: reported with the \"session\" and gone, or missing in the \"battery\""},
    {"car", .kind = KIND_CLASS, AT(car), .classes = {"car"}, DEFAULT("", ""), .help = "the cars"},
};

const struct schema_field schema_resample_fields[SCHEMA_RESAMPLE_FIELDS] = {
    {"sessions", .kind = KIND_PATH, AT(replay.path), REQUIRED,
     .help =
         "CSV of charging sessions with their users, as k.fleet.replay reads it; rows that are no sessions are told "
         "and left out"},
    {"location", .kind = KIND_STRING, AT(replay.location), DEFAULT("", ""),
     .help = "Norwegian format: only this location; \"\": all of them"},
    {"count", COUNT_UINT32, AT(resample.count), RANGE("1", "100000"), REQUIRED,
     .help = "number of cars, each with a recorded user drawn by lot, more active ones more often"},
    {"energy", SHARE_PPM, AT(resample.energy_ppm), RANGE("0.1 %", "1000 %"), DEFAULT("100 %", ""),
     .help = "of the recorded energies (Japanese mileage against Norwegian: 45 %)"},
    {"hour_shift", TIME_US, AT(resample.hour_shift_us), RANGE("0 h", "12 h"), DEFAULT("0 h", ""),
     .help = "all arrivals later by this (Japanese commuters against Norwegian: up to 3 h)"},
    {"unmet", .kind = KIND_ENUM, AT(unmet), .names = unmet_names, DEFAULT("session", ""),
     .help = "energy asked for and not had: reported with the \"session\" and gone, or missing in the \"battery\""},
    {"car", .kind = KIND_CLASS, AT(car), .classes = {"car"}, DEFAULT("", ""), .help = "the cars"},
};

const struct schema_field schema_cars_fields[SCHEMA_CARS_FIELDS] = {
    {"count", COUNT_UINT32, AT(cars.count), RANGE("1", "100000"), REQUIRED, .help = "number of cars"},
    {"daily_distance", DISTANCE_M, AT(cars.daily_distance_m), RANGE("1 m", "1000 km"),
     DEFAULT("16.5 km", "Sony Sonpo 2020: 6,017 km a year"), .help = "mean distance a day, over days and cars"},
    {"daily_sigma", SHARE_PPM, AT(cars.daily_distance_sigma_ppm), RANGE("0", "3"),
     DEFAULT("0.6", "sigma of ln energy within a user, Norwegian apartments"),
     .help = "sigma of the logarithm of a car's distance from day to day"},
    {"car_sigma", SHARE_PPM, AT(cars.distance_between_sigma_ppm), RANGE("0", "3"),
     DEFAULT("0.6", "sigma of ln energy between users, Norwegian apartments"),
     .help = "sigma of the logarithm of the mean distance from car to car"},
    {"consumption", CONSUMED_WH, AT(cars.consumption_wh_per_km), RANGE("50 Wh/km", "1 kWh/km"),
     DEFAULT("143 Wh/km", "7 km/kWh, WLTC of small electric cars"), .help = "at the battery"},
    {"plug_in_at", SHARE_PPM, AT(cars.plug_in_soc_ppm), RANGE("0 %", "200 %"), DEFAULT("70 %", FITTED),
     .help = "state of charge at which half of the drivers plug in"},
    {"plug_in_width", SHARE_PPM, AT(cars.plug_in_width_ppm), RANGE("0.1 %", "100 %"), DEFAULT("15 %", FITTED),
     .help = "how gradual that decision is"},
    {"reserve", SHARE_PPM, AT(cars.reserve_soc_ppm), RANGE("0 %", "100 %"), DEFAULT("20 %", ASSUMED),
     .help = "always plug in when the next day would end below this"},
    {"hour_shift", TIME_US, AT(cars.hour_shift_us), RANGE("0 h", "12 h"), DEFAULT("0 h", ""),
     .help = "all arrivals later by this, against Norwegian apartments (Japanese commuters: up to 3 h)"},
    {"weekend_less", SHARE_PPM, AT(cars.weekend_less_ppm), RANGE("0 %", "100 %"), DEFAULT("0 %", ""),
     .help = "how much less is driven on a day at weekends (Norwegian apartments plug in 10 % less often)"},
    {"winter", SHARE_PPM, AT(cars.winter_ppm), RANGE("0 %", "100 %"), DEFAULT("0 %", ""),
     .help = "how much more is driven in January, and less in July, than on average (Norwegian apartments: 13 %)"},
    {"holidays", LIST(struct fleet_config, cars.holidays, cars.holiday_count, CONFIG_HOLIDAYS_MAX),
     .classes = {"holiday"}, DEFAULT("", ""), .help = "days that are as at weekends"},
    {"unmet", .kind = KIND_ENUM, AT(unmet), .names = unmet_names, DEFAULT("battery", ""),
     .help = "energy asked for and not had: reported with the \"session\" and gone, or missing in the \"battery\""},
    {"car", .kind = KIND_CLASS, AT(car), .classes = {"car"}, DEFAULT("", ""), .help = "the cars"},
};
#undef AT

#define AT(member) .offset = offsetof(struct holiday, member)
const struct schema_field schema_holiday_fields[SCHEMA_HOLIDAY_FIELDS] = {
    {"day", .kind = KIND_DATE, AT(unix_s), REQUIRED, .help = "civil day"},
};
#undef AT
