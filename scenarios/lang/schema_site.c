/* schema_site.c: the schema's rows for buildings: wiring, homes, roof, transformer, owners.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/schema_site.h"

static const char *const strategy_names[] = {
    "none",      "equal_share", "round_robin", "first_come", "earliest_deadline", "least_laxity", "time_of_use",
    "price_led", "pv_surplus",  "paid_first",  NULL};
static const char *const wiring_names[] = {"single", "three_wire", "three_phase", NULL};
static const char *const paper_names[] = {"normal", "upgraded", NULL};

#define AT(member) .offset = offsetof(struct outlet_config, member)
const struct schema_field schema_outlets_fields[] = {
    {"count", COUNT_UINT32, AT(count), RANGE("1", "10000"), WORD("each", 0), DEFAULT("each", ""),
     .help = "shared outlets of the building; \"each\": every car has its own, or those named in the session file"},
    {"voltage", VOLTAGE_V, AT(voltage_v), RANGE("100 V", "480 V"), DEFAULT("200 V", "outlets in Japanese apartments"),
     .help = "voltage of an outlet, single phase; with three phases to neutral"},
    {"current", CURRENT_MA, AT(current_ma), RANGE("1 A", "500 A"), DEFAULT("16 A", "outlets in Japanese apartments"),
     .help = "largest current of an outlet, in each of its phases"},
    {"phases", COUNT_UINT32, AT(phases), RANGE("1", "3"), DEFAULT("1", "outlets in Japanese apartments"),
     .help = "phases of an outlet, 1 or 3"},
    {"contactor_delay", TIME_US, AT(contactor_delay_us), RANGE("0 s", "10 s"), DEFAULT("50 ms", ASSUMED),
     .help = "from the command to the contact, closing and opening"},
    {"meter_resolution", ENERGY_UJ, AT(meter_resolution_uj), RANGE("1 uJ", "1 kWh"), DEFAULT("1 Wh", ASSUMED),
     .help = "smallest step of the meter's reading"},
};
#undef AT

#define AT(member) .offset = offsetof(struct building_config, member)
const struct schema_field schema_building_fields[] = {
    {"flats", COUNT_UINT32, AT(flats), RANGE("0", "10000"), DEFAULT("40", ASSUMED), .help = "homes in the building"},
    {"service_limit", CURRENT_MA, AT(service_limit_ma), .also = DIMENSION_BIT(DIMENSION_POWER),
     RANGE("1 A", "100000 A"), WORD("unlimited", CONFIG_SERVICE_UNLIMITED_MA), DEFAULT("unlimited", ""),
     .help = "what each leg of the building's service may carry, in A, or all legs alike, in kW"},
    {"base_load", POWER_W, AT(base_load_w_per_flat), RANGE("0 W", "20 kW"), DEFAULT("0 W", ""),
     .help = "constant household load of each flat, balanced on the legs"},
    {"strategy", .kind = KIND_ENUM, AT(strategy), .names = strategy_names, DEFAULT("none", ""),
     .help = "how cars share what limits leave them; \"none\": they do not, each charges as soon as it may"},
    {"minimum_current", CURRENT_MA, AT(minimum_current_ma), RANGE("0 A", "500 A"),
     DEFAULT("6 A", "IEC 61851-1, pilot signal"), .help = "managed charging gives a car at least this, or nothing"},
    {"round_current", CURRENT_MA, AT(round_current_ma), RANGE("0.1 A", "500 A"), DEFAULT("1 A", "ACN-Sim, round robin"),
     .help = "what \"round_robin\" deals to each car in one round"},
    {"turn", TIME_US, AT(turn_us), RANGE("1 s", "1 days"), DEFAULT("15 min", ASSUMED),
     .help = "how long cars that wait for the minimum current let others charge"},
    {"wiring", .kind = KIND_ENUM, AT(wiring), .names = wiring_names, DEFAULT("single", ""),
     .help = "legs of the service: \"single\" one circuit at the outlets' voltage, \"three_wire\" 100 V twice (outlets "
             "of 200 V lie across both), \"three_phase\""},
    {"boards", COUNT_UINT32, AT(boards), RANGE("1", "1000"), WORD("none", 0), DEFAULT("none", ""),
     .help = "floor boards that the outlets hang on, in turn; \"none\": on the service itself"},
    {"board_limit", CURRENT_MA, AT(board_limit_ma), .also = DIMENSION_BIT(DIMENSION_POWER), RANGE("1 A", "100000 A"),
     WORD("unlimited", CONFIG_SERVICE_UNLIMITED_MA), DEFAULT("unlimited", ""),
     .help = "what each leg of each board may carry, in A, or all legs alike, in kW"},
    {"outlets", .kind = KIND_CLASS, AT(outlets), .classes = {"outlets"}, DEFAULT("", ""),
     .help = "the outlets for cars"},
    {"household", .kind = KIND_CLASS, AT(household), .classes = {"household"}, DEFAULT("", ""),
     .help = "what homes use, on top of base_load"},
    {"roof", .kind = KIND_CLASS, AT(roof), .classes = {"roof"}, DEFAULT("", ""), .help = "solar modules"},
    {"transformer", .kind = KIND_CLASS, AT(transformer), .classes = {"transformer"}, DEFAULT("", ""),
     .help = "what the service hangs on"},
    {"idle", .kind = KIND_CLASS, AT(idle), .classes = {"idle"}, DEFAULT("", ""), .help = "cars that are full"},
    {"sharing", .kind = KIND_CLASS, AT(sharing), .classes = {"sharing"}, DEFAULT("", ""),
     .help = "residents who own their outlets and lend them"},
    {"investment", .kind = KIND_CLASS, AT(investment), .classes = {"investment"}, DEFAULT("", ""),
     .help = "what it costs the operator"},
};
#undef AT

#define AT(member) .offset = offsetof(struct household_config, member)
const struct schema_field schema_household_fields[] = {
    {"daily", ENERGY_UJ, AT(daily_uj), RANGE("0 kWh", "1000 kWh"), DEFAULT("0 kWh", ""),
     .help = "energy of a flat and day, mean over flats and the year; 0: base_load alone"},
    {"spread", SHARE_PPM, AT(spread_ppm), RANGE("0", "3"), DEFAULT("0.5", "five Tokyo homes: 2.6 to 14.8 kWh a day"),
     .help = "sigma of the logarithm of a flat's mean from flat to flat"},
    {"flicker", SHARE_PPM, AT(flicker_ppm), RANGE("0", "3"),
     DEFAULT("0.6", "five Tokyo homes: coincidence of half-hours 0.52"),
     .help = "standard deviation over mean of a flat's half-hours; 0: none"},
    {"winter", SHARE_PPM, AT(winter_ppm), RANGE("0 %", "90 %"), DEFAULT("25 %", ASSUMED),
     .help = "by how much the middle of January is above the year's mean, and July below"},
    {"leg", SHARE_PPM, AT(leg_ppm), RANGE("0 %", "100 %"), DEFAULT("60 %", ASSUMED),
     .help = "three_wire: share of a flat's load on one leg; the leg alternates from flat to flat"},
};
#undef AT

#define AT(member) .offset = offsetof(struct roof_config, member)
#define MICRO_DEG  .kind = KIND_QUANTITY, .stored = DIMENSION_ANGLE, .atoms = 1
const struct schema_field schema_roof_fields[] = {
    {"peak", POWER_W, AT(peak_w), RANGE("0 W", "10000 kW"), DEFAULT("0 W", ""),
     .help = "power of the modules at 1,000 W/m2; 0: none"},
    {"owners", COUNT_UINT32, AT(owners), RANGE("1", "10000"), WORD("operator", 0), DEFAULT("operator", ""),
     .help = "so many flats own it in equal parts, from the first on"},
    {"ratio", SHARE_PPM, AT(ratio_ppm), RANGE("1 %", "100 %"), DEFAULT("80 %", ASSUMED),
     .help = "performance ratio: what heat, dirt and inverter leave"},
    {"latitude", MICRO_DEG, AT(latitude_udeg), RANGE("-90", "90"), DEFAULT("35.17", "Nagoya"), .help = "degrees north"},
    {"longitude", MICRO_DEG, AT(longitude_udeg), RANGE("-180", "180"), DEFAULT("136.97", "Nagoya"),
     .help = "degrees east"},
    {"zone", TIME_US, AT(zone_us), RANGE("-12 h", "14 h"), DEFAULT("9 h", "Japan"),
     .help = "civil time less universal time"},
    {"clearness", SHARE_PPM, AT(clearness_ppm), RANGE("0 %", "100 %"), WORD("nagoya", ROOF_NAGOYA),
     DEFAULT("nagoya", "METPV-20, months of Nagoya over Haurwitz's clear sky"),
     .help = "irradiance over that of a clear sky, mean; \"nagoya\": month by month"},
    {"day_spread", SHARE_PPM, AT(day_ppm), RANGE("0 %", "100 %"), DEFAULT("45 %", ASSUMED),
     .help = "how much days differ in clearness: 0 % not at all, 100 % clear or dark"},
    {"flicker", SHARE_PPM, AT(flicker_ppm), RANGE("0", "2"), DEFAULT("0.35", ASSUMED),
     .help = "standard deviation of the clearness within a half-cloudy day, over its mean"},
    {"cloud", TIME_US, AT(cloud_us), RANGE("1 s", "1 days"), DEFAULT("30 min", ASSUMED),
     .help = "how long a cloud lasts: correlation time"},
    {"step", TIME_US, AT(step_us), RANGE("1 min", "1 h"), DEFAULT("10 min", ""),
     .help = "power of the roof is constant so long"},
    {"irradiance", .kind = KIND_PATH, AT(path), WORD("modeled", 0), DEFAULT("modeled", ""),
     .help = "CSV of a year's irradiance on the modules (minute,irradiance_w_per_m2); \"modeled\": none"},
};
#undef AT

#define AT(member) .offset = offsetof(struct transformer_config, member)
const struct schema_field schema_transformer_fields[] = {
    {"rating", POWER_W, AT(rating_w), RANGE("1 kW", "100000 kW"), WORD("none", 0), DEFAULT("none", ""),
     .help = "rated power at power factor 1; \"none\": not modeled"},
    {"limit", SHARE_PPM, AT(limit_ppm), RANGE("10 %", "300 %"), WORD("unlimited", INT64_MAX), DEFAULT("unlimited", ""),
     .help = "of the rating, that managed charging keeps to"},
    {"no_load", SHARE_PPM, AT(no_load_ppm), RANGE("0.01 %", "5 %"),
     DEFAULT("0.2 %", "IEC 60076-7, distribution: load loss is five times as much"),
     .help = "loss without load, of the rating"},
    {"load_loss", SHARE_PPM, AT(load_loss_ppm), RANGE("0.01 %", "20 %"), DEFAULT("1 %", ASSUMED),
     .help = "loss at the rating, of the rating"},
    {"paper", .kind = KIND_ENUM, AT(paper), .names = paper_names, DEFAULT("normal", ""),
     .help = "insulation: ages normally at 98 degrees, or at 110 if thermally upgraded"},
    {"air", COUNT_UINT32, AT(air_mean_c), RANGE("0", "50"), DEFAULT("16", "Nagoya, annual mean"),
     .help = "degrees Celsius of the air, mean of the year"},
    {"air_year", COUNT_UINT32, AT(air_year_c), RANGE("0", "40"), DEFAULT("12", "Nagoya, January and August"),
     .help = "half of its swing over the year"},
    {"air_day", COUNT_UINT32, AT(air_day_c), RANGE("0", "20"), DEFAULT("4", ASSUMED),
     .help = "half of its swing over the day"},
};
#undef AT

#define AT(member) .offset = offsetof(struct idle_config, member)
const struct schema_field schema_idle_fields[] = {
    {"fee", BITCOIN_MSAT, AT(fee_msat), .also = DIMENSION_BIT(DIMENSION_YEN), RANGE("0 sat", "1000000 sat"),
     DEFAULT("0 sat", ""), .help = "for each minute begun that a full car stays on after the grace, in sat or JPY"},
    {"grace", TIME_US, AT(grace_us), RANGE("0 s", "30 days"), DEFAULT("10 min", ASSUMED),
     .help = "time that costs nothing"},
    {"move", SHARE_PPM, AT(move_ppm), RANGE("0 %", "100 %"), DEFAULT("0 %", ""),
     .help = "share of drivers who move their car when told that it is full"},
    {"moving", TIME_US, AT(moving_us), RANGE("1 s", "1 days"), DEFAULT("20 min", ASSUMED),
     .help = "mean time until they have, exponential"},
};
#undef AT

#define AT(member) .offset = offsetof(struct sharing_config, member)
const struct schema_field schema_sharing_fields[] = {
    {"owned", SHARE_PPM, AT(owned_ppm), RANGE("0 %", "100 %"), DEFAULT("0 %", ""),
     .help = "share of outlets whose resident owns them, is paid directly and lends them while the own car is away"},
    {"visits", .kind = KIND_QUANTITY, .stored = DIMENSION_FREQUENCY, .atoms = 1, AT(visits_ppm), RANGE("0", "2000"),
     DEFAULT("0", ""), .help = "mean number of visits a day on which outlets are lent"},
    {"visitors", COUNT_UINT32, AT(visitors), RANGE("1", "10000"),
     DEFAULT("50", "8 to 17 users on a shared outlet, Trondheim"), .help = "distinct visitors"},
    {"from", TIME_US, AT(from_us), RANGE("0 h", "24 h"), DEFAULT("8 h", ASSUMED),
     .help = "outlets are lent from this time of the day on weekdays ..."},
    {"to", TIME_US, AT(to_us), RANGE("0 h", "24 h"), DEFAULT("18 h", ASSUMED), .help = "... to this"},
    {"weekend_from", TIME_US, AT(weekend_from_us), RANGE("0 h", "24 h"), DEFAULT("10 h", ASSUMED),
     .help = "the same at weekends"},
    {"weekend_to", TIME_US, AT(weekend_to_us), RANGE("0 h", "24 h"), DEFAULT("16 h", ASSUMED),
     .help = "the same at weekends"},
    {"energy", ENERGY_UJ, AT(energy_uj), RANGE("100 Wh", "200 kWh"), DEFAULT("14.7 kWh", "shared points, Trondheim"),
     .help = "median of what a visitor wants, lognormal"},
    {"energy_sigma", SHARE_PPM, AT(energy_sigma_ppm), RANGE("0", "3"),
     DEFAULT("0.69", "shared points, Trondheim: mean 18.6 kWh"), .help = "sigma of its logarithm"},
    {"stay", TIME_US, AT(stay_us), RANGE("1 min", "10 days"), DEFAULT("4 h", "shared points, Trondheim"),
     .help = "median of a visitor's stay, lognormal; ends with the time of lending"},
    {"stay_sigma", SHARE_PPM, AT(stay_sigma_ppm), RANGE("0", "3"),
     DEFAULT("0.985", "shared points, Trondheim: mean 6.5 h"), .help = "sigma of its logarithm"},
};
#undef AT

#define AT(member) .offset = offsetof(struct investment_config, member)
const struct schema_field schema_investment_fields[] = {
    {"outlet", BITCOIN_MSAT, AT(outlet_msat), .also = DIMENSION_BIT(DIMENSION_YEN), RANGE("0 sat", "100000000000 sat"),
     DEFAULT("0 sat", ""), .help = "an outlet with its wires, once, in sat or JPY"},
    {"service", BITCOIN_MSAT, AT(service_msat), .also = DIMENSION_BIT(DIMENSION_YEN),
     RANGE("0 sat", "1000000000000 sat"), DEFAULT("0 sat", ""),
     .help = "what the building needs besides, once, in sat or JPY"},
    {"energy", PRICE_UYEN, AT(energy_uyen_per_kwh), RANGE("0 JPY/kWh", "10000 JPY/kWh"),
     DEFAULT("16.52 JPY/kWh", "Chubu Electric, Smart Life Plan, night"), .help = "what the operator buys energy for"},
};
